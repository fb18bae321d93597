//! The licences of what others wrote and the npm package carries: the Rust crates that are linked into its wasm modules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;

/// What `cargo metadata` says, as far as it matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    authors: Vec<String>,
    /// Nothing for the workspace's own.
    source: Option<String>,
    manifest_path: PathBuf,
}

/// Writes the notices of `packages` as they are linked for wasm.
pub(crate) fn write(file: &Path, packages: &[&str], step: &Step) -> Result<(), Failure> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let mut linked = BTreeSet::new();
    for package in packages {
        // One by one, as they are built: together they would share features.
        let tree = Program::cargo("cargo tree")
            .args(["tree", "--locked", "--package", package, "--target", TARGET])
            .args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"])
            .run(step)?;
        linked.extend(tree.stdout.lines().filter_map(name_and_version));
    }
    let metadata = Program::cargo("cargo metadata")
        .args(["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET])
        .run(step)?;
    let metadata: Metadata = serde_json::from_str(metadata.stdout.trim()).map_err(|error| {
        Failure::new(format!("cargo metadata said something else than expected: {error}"))
    })?;
    let foreign = metadata.packages.into_iter().filter(|package| {
        package.source.is_some() && linked.contains(&(package.name.clone(), package.version.clone()))
    });
    let text = notices(&foreign.collect::<Vec<_>>())?;
    fs::write(file, text).map_err(|error| Failure::io("write", file, &error))
}

/// `k256 v0.14.0` → name and version.
fn name_and_version(line: &str) -> Option<(String, String)> {
    let mut words = line.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
}

fn notices(packages: &[Package]) -> Result<String, Failure> {
    let mut list = String::new();
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see its text below");
        list.push_str(&format!("| {name} | {licence} |\n"));
        let own = licence_texts(package)?;
        if own.is_empty() {
            let authors = match &package.authors[..] {
                [] => "its authors".to_owned(),
                authors => authors.join(", "),
            };
            texts
                .entry(format!("{licence}, by {authors}; the crate brings no text."))
                .or_default()
                .push(name.clone());
        }
        for text in own {
            texts.entry(text).or_default().push(name.clone());
        }
    }
    let mut out = format!(
        "# Third-party notices\n\nThe wasm modules of this package contain parts of these Rust crates, and of Rust's standard library \
         (MIT OR Apache-2.0, the Rust project's contributors). Where a crate offers MIT, it is used under MIT.\n\n\
         | crate | licence |\n|---|---|\n{list}"
    );
    for (text, names) in texts {
        out.push_str(&format!("\n## {}\n\n```text\n{}\n```\n", names.join(", "), text.trim()));
    }
    Ok(out)
}

/// The crate's licence files; of several to choose from, MIT's alone.
fn licence_texts(package: &Package) -> Result<Vec<String>, Failure> {
    let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
    let entries = fs::read_dir(folder).map_err(|error| Failure::io("list", folder, &error))?;
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let named = |path: &Path, part: &str| {
        path.file_name().is_some_and(|name| name.to_string_lossy().to_uppercase().contains(part))
    };
    files.retain(|path| ["LICENSE", "LICENCE", "COPYING", "NOTICE"].iter().any(|part| named(path, part)));
    let alone = package.license.as_deref().is_some_and(|licence| !licence.contains(" AND "));
    if alone && files.iter().any(|path| named(path, "MIT")) {
        files.retain(|path| named(path, "MIT"));
    }
    files
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
            // Line ends and spaces at them differ between copies of one text.
            Ok(text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &Path, name: &str, licence: &str, files: &[(&str, &str)]) -> Package {
        let own = folder.join(name);
        fs::create_dir_all(&own).unwrap();
        for (file, text) in files {
            fs::write(own.join(file), text).unwrap();
        }
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some(licence.to_owned()),
            authors: vec!["Somebody".to_owned()],
            source: Some("registry".to_owned()),
            manifest_path: own.join("Cargo.toml"),
        }
    }

    #[test]
    fn every_crate_is_named_and_a_text_that_several_share_is_there_once() {
        let folder = std::env::temp_dir().join(format!("xtask-notices-{}", std::process::id()));
        let text = notices(&[
            package(
                &folder,
                "a",
                "MIT OR Apache-2.0",
                &[("LICENSE-MIT", "be kind\r\n"), ("LICENSE-APACHE", "long")],
            ),
            package(&folder, "b", "MIT", &[("LICENSE.txt", "be kind")]),
            package(&folder, "c", "Apache-2.0", &[("LICENSE", "long"), ("NOTICE", "by c")]),
            package(&folder, "d", "MIT", &[]),
        ]);
        fs::remove_dir_all(&folder).unwrap();
        let text = text.unwrap();
        for part in [
            "## a 1.0.0, b 1.0.0\n\n```text\nbe kind\n```",
            "## c 1.0.0\n\n```text\nlong",
            "by c",
            "MIT, by Somebody",
        ] {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
        assert_eq!((text.matches("be kind").count(), text.matches("long").count()), (1, 1));
    }

    #[test]
    fn a_line_of_the_tree_is_a_name_and_a_version() {
        assert_eq!(name_and_version("k256 v0.14.0 (*)"), Some(("k256".to_owned(), "0.14.0".to_owned())));
        assert_eq!(name_and_version(""), None);
    }
}
