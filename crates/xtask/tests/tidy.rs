//! The invariants of ARCHITECTURE.md that are about absences: what is not there cannot fail a test of its own.
//!
//! Read from the workspace's manifests and sources as they lie on disk; nothing is built or run.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Crates that a page loads, in whole or in part.
const LIGHT: [&str; 6] =
    ["taste-core", "taste-ballot", "taste-encoders", "taste-onnx", "taste-model", "taste-sdk"];

/// Which crate of the workspace may use which others. A line more or less is a decision, and ARCHITECTURE.md says why.
const EDGES: [(&str, &[&str]); 23] = [
    ("example-train", &["taste-ballot", "taste-core", "taste-gallery", "taste-inference", "taste-train"]),
    ("taste-ballot", &["taste-core"]),
    (
        "taste-cli",
        &[
            "taste-ballot",
            "taste-core",
            "taste-evaluate",
            "taste-inference",
            "taste-ledger",
            "taste-model",
            "taste-preprocess",
            "taste-server",
            "taste-train",
        ],
    ),
    ("taste-core", &[]),
    ("taste-encoders", &["taste-core"]),
    (
        "taste-evaluate",
        &[
            "taste-ballot",
            "taste-core",
            "taste-encoders",
            "taste-inference",
            "taste-model",
            "taste-population",
            "taste-train",
        ],
    ),
    ("taste-gallery", &[]),
    ("taste-inference", &["taste-core", "taste-encoders", "taste-preprocess"]),
    ("taste-ledger", &["taste-core"]),
    ("taste-model", &["taste-core", "taste-onnx"]),
    ("taste-onnx", &[]),
    ("taste-population", &["taste-core", "taste-model"]),
    ("taste-preprocess", &["taste-core"]),
    ("taste-sdk", &["taste-ballot", "taste-core", "taste-model"]),
    (
        "taste-server",
        &["taste-ballot", "taste-core", "taste-inference", "taste-ledger", "taste-model", "taste-train"],
    ),
    (
        "taste-train",
        &[
            "taste-ballot",
            "taste-core",
            "taste-inference",
            "taste-ledger",
            "taste-model",
            "taste-onnx",
            "taste-population",
        ],
    ),
    ("tastemaker-content", &["taste-encoders", "taste-model"]),
    ("tastemaker-encoder", &["taste-core", "taste-preprocess"]),
    ("tastemaker-pictures", &["taste-preprocess"]),
    ("tastemaker-senses", &["taste-preprocess"]),
    ("tastemaker-taste", &["taste-ballot", "taste-core", "taste-sdk"]),
    ("tastemaker-web", &["taste-ballot", "taste-core", "taste-sdk"]),
    ("xtask", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

struct Crate {
    folder: PathBuf,
    manifest: toml::Table,
}

impl Crate {
    /// The crates that its tables of this name (`dependencies`, …) name, those for one target too.
    fn uses(&self, table: &str) -> BTreeSet<String> {
        let here = self.manifest.get(table);
        let targets = self.manifest.get("target").and_then(toml::Value::as_table);
        let there =
            targets.into_iter().flat_map(|targets| targets.values()).filter_map(|target| target.get(table));
        here.into_iter()
            .chain(there)
            .filter_map(toml::Value::as_table)
            .flatten()
            .map(|(name, how)| how.get("package").and_then(toml::Value::as_str).unwrap_or(name).to_owned())
            .collect()
    }

    /// Its sources, without comments and without the tests below them: file and line, and what stands there.
    fn code(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        for file in files(&self.folder.join("src"), &["rs"]) {
            let text = fs::read_to_string(&file).unwrap();
            let product = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            lines.extend(without_comments(&file, product));
        }
        assert!(!lines.is_empty(), "{} has no sources", self.folder.display());
        lines
    }
}

fn without_comments(file: &Path, text: &str) -> Vec<(String, String)> {
    let name = file.strip_prefix(root()).unwrap().display().to_string();
    let code = text.lines().enumerate().filter(|(_, line)| {
        let line = line.trim_start();
        !(line.starts_with("//") || line.starts_with("/*") || line.starts_with("* "))
    });
    code.map(|(at, line)| (format!("{name}:{}", at + 1), line.to_owned())).collect()
}

/// Every file below a folder with one of these endings, without what was installed or built there.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !["node_modules", "target", "dist", "demo-data"].contains(&&*name) {
                found.extend(files(&path, endings));
            }
        } else if endings.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every crate of the workspace by its name.
fn crates() -> BTreeMap<String, Crate> {
    let read = |file: &Path| fs::read_to_string(file).unwrap().parse::<toml::Table>().unwrap();
    let mut crates = BTreeMap::new();
    for member in read(&root().join("Cargo.toml"))["workspace"]["members"].as_array().unwrap() {
        let member = member.as_str().unwrap();
        let folders = match member.strip_suffix("/*") {
            Some(parent) => {
                fs::read_dir(root().join(parent)).unwrap().map(|entry| entry.unwrap().path()).collect()
            }
            None => vec![root().join(member)],
        };
        for folder in folders.into_iter().filter(|folder| folder.join("Cargo.toml").is_file()) {
            let manifest = read(&folder.join("Cargo.toml"));
            let name = manifest["package"]["name"].as_str().unwrap().to_owned();
            crates.insert(name, Crate { folder, manifest });
        }
    }
    crates
}

/// The lines that hold one of the words.
fn lines_with(code: &[(String, String)], words: &[&str]) -> Vec<String> {
    let found = |line: &str| words.iter().find(|word| line.contains(*word));
    code.iter().filter_map(|(place, line)| found(line).map(|word| format!("{place}: {word}"))).collect()
}

#[test]
fn crates_use_each_other_as_the_architecture_says() {
    let crates = crates();
    let expected: BTreeMap<&str, BTreeSet<String>> = EDGES
        .iter()
        .map(|(name, uses)| (*name, uses.iter().map(|&other| other.to_owned()).collect()))
        .collect();
    let found: BTreeMap<&str, BTreeSet<String>> = crates
        .iter()
        .map(|(name, it)| {
            let ours = it.uses("dependencies").into_iter().filter(|other| crates.contains_key(other));
            (name.as_str(), ours.collect())
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn no_crate_but_taste_inference_and_the_pages_encoder_names_ort() {
    let users: Vec<String> = crates()
        .into_iter()
        .filter(|(_, it)| {
            ["dependencies", "dev-dependencies", "build-dependencies"]
                .iter()
                .any(|table| it.uses(table).iter().any(|name| name == "ort" || name.starts_with("ort-")))
        })
        .map(|(name, _)| name)
        .collect();
    assert_eq!(users, ["taste-inference", "tastemaker-encoder"]);
}

#[test]
fn no_light_crate_reads_a_clock_draws_randomness_or_does_io() {
    let forbidden = [
        "std::time",
        "SystemTime",
        "Instant::",
        "std::fs",
        "std::net",
        "std::env",
        "std::io",
        "std::process",
        "std::thread",
        "print!",
        "println!",
        "getrandom",
        "rand::",
        "RandomState",
        "HashMap",
        "HashSet",
        "Math::random",
        "Date::now",
        "Date::new_0",
        "Performance",
        "performance()",
        "Request",
        "XmlHttpRequest",
        "WebSocket",
        "EventSource",
        "local_storage",
        "session_storage",
        "IdbFactory",
    ];
    let crates = crates();
    for name in LIGHT {
        assert_eq!(lines_with(&crates[name].code(), &forbidden), Vec::<String>::new());
        let heavy = ["ort", "tokio", "getrandom", "rand", "ureq", "chrono", "time", "web-time"];
        let uses = crates[name].uses("dependencies");
        assert!(heavy.iter().all(|other| !uses.contains(*other)), "{name}: {uses:?}");
    }
}

#[test]
fn mathematics_that_page_and_server_share_uses_libm_and_fuses_nothing() {
    // What the platform's library or the processor may round differently. Square roots are exact everywhere.
    let inexact = [
        ".exp(",
        ".exp2(",
        ".exp_m1(",
        ".ln(",
        ".ln_1p(",
        ".log2(",
        ".log10(",
        ".powf(",
        ".powi(",
        ".sin(",
        ".cos(",
        ".tan(",
        ".sin_cos(",
        ".asin(",
        ".acos(",
        ".atan(",
        ".atan2(",
        ".sinh(",
        ".cosh(",
        ".tanh(",
        ".cbrt(",
        ".hypot(",
        ".mul_add(",
    ];
    let crates = crates();
    for name in LIGHT {
        assert_eq!(lines_with(&crates[name].code(), &inexact), Vec::<String>::new());
    }
}

#[test]
fn the_page_gets_no_markup_from_text_no_inline_style_and_nothing_of_a_third_party() {
    let forbidden = [
        "innerHTML",
        "outerHTML",
        "inner_html",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function(",
        "\"style\"",
        "cookie",
        "iframe",
        "sendBeacon",
        "//cdn",
        "\"https://",
        "\"http://",
        "`https://",
        "`http://",
    ];
    let mut code = Vec::new();
    let pages = ["bindings/web/src", "bindings/encoder/src", "bindings/pictures/src", "bindings/senses/src"];
    let face = pages.iter().flat_map(|folder| files(&root().join(folder), &["ts", "rs", "css"]));
    for file in face.chain(files(&root().join("bindings/react"), &["js"])) {
        code.extend(without_comments(&file, &fs::read_to_string(&file).unwrap()));
    }
    // A name space is no address.
    code.retain(|(_, line)| !line.contains("www.w3.org/2000/svg"));
    assert_eq!(lines_with(&code, &forbidden), Vec::<String>::new());
}

#[test]
fn every_crate_takes_the_workspaces_lints() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse::<toml::Table>().unwrap();
    for (name, it) in crates() {
        let lints = &it.manifest["lints"];
        if name == "tastemaker-encoder" {
            // Its backend of `ort` is made of C's functions; Cargo has no way to take the others and change one.
            let mut expected = workspace["workspace"]["lints"].clone();
            expected["rust"]["unsafe_code"] = "deny".into();
            assert_eq!(*lints, expected, "{name}");
        } else {
            assert_eq!(lints["workspace"].as_bool(), Some(true), "{name}");
        }
    }
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let root = root();
    let known: Vec<String> =
        files(&root, &["rs", "ts", "mjs", "js", "json", "jsonl", "md", "css", "html", "py"])
            .iter()
            .map(|file| format!("/{}", file.strip_prefix(&root).unwrap().display()))
            .collect();
    let mut named = 0;
    for document in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "GLOSSARY.md", "crates/xtask/README.md"]
    {
        let text = fs::read_to_string(root.join(document)).unwrap();
        for word in text.split('`').skip(1).step_by(2) {
            let is_source = [".rs", ".ts", ".mjs", ".py"].iter().any(|ending| word.ends_with(ending));
            if !is_source || word.contains([' ', '*', '<', '"']) {
                continue;
            }
            named += 1;
            // `taste-sdk/asking.rs` is short for `crates/taste-sdk/src/asking.rs`.
            let (folder, file) = word.rsplit_once('/').unwrap_or(("", word));
            let there = known.iter().any(|path| {
                path.ends_with(&format!("/{word}"))
                    || path.ends_with(&format!("/{file}")) && path.contains(&format!("/{folder}/src/"))
            });
            assert!(there, "{document} names {word}, which is nowhere");
        }
    }
    assert!(named > 10, "only {named} files are named: the documents are not read as they are written");
}
