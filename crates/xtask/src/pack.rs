//! `cargo xtask pack`: the npm tarball, and a look at what is inside before anyone else looks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::build;
use crate::console::{self, Step, thousands};
use crate::failure::Failure;
use crate::notices;
use crate::paths;
use crate::tools::node;

#[derive(Args)]
pub(crate) struct Options {
    /// Also write the list of files as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Files that must be there whatever the exports map says.
const REQUIRED: [&str; 21] = [
    "package.json",
    "README.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "THIRD-PARTY.md",
    "dist/tastemaker.wasm",
    "dist/tastemaker-first.wasm",
    "dist/tastemaker-rest.wasm",
    "dist/tastemaker-taste.wasm",
    "dist/tastemaker-content.wasm",
    "dist/tastemaker-vote.js",
    "dist/encoder/tastemaker-encoder.wasm",
    "dist/encoder/tastemaker-pictures.wasm",
    "dist/encoder/tastemaker-senses.wasm",
    "dist/encoder/worker.js",
    // ONNX Runtime Web, and what its files must be passed on with.
    "dist/encoder/ort.wasm.bundle.min.js",
    "dist/encoder/ort-wasm-simd-threaded.wasm",
    "dist/encoder/ort.jspi.bundle.min.js",
    "dist/encoder/ort-wasm-simd-threaded.jspi.wasm",
    "dist/encoder/ONNX-RUNTIME-LICENSE.txt",
    "dist/encoder/ONNX-RUNTIME-NOTICES.txt",
];

/// Endings that belong in `dist/`.
const ENDINGS: [&str; 7] =
    [".js", ".d.ts", ".wasm", ".css", "custom-elements.json", "custom-data.json", "web-types.json"];

/// What `npm pack --json` says of one package.
#[derive(Deserialize, Serialize)]
#[serde(rename_all(deserialize = "camelCase"))]
struct Packed {
    filename: String,
    version: String,
    /// Bytes of the tarball.
    size: u64,
    /// Bytes of all files inside.
    unpacked_size: u64,
    files: Vec<PackedFile>,
}

#[derive(Deserialize, Serialize)]
struct PackedFile {
    path: String,
    size: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    build::web(false)?;
    let (file, packed) = pack()?;
    let rows: Vec<Vec<String>> =
        packed.files.iter().map(|file| vec![file.path.clone(), thousands(file.size)]).collect();
    console::table(&["file", "bytes"], &rows);
    println!(
        "{}: {} bytes, {} unpacked, {} files",
        paths::shown(&file),
        thousands(packed.size),
        thousands(packed.unpacked_size),
        packed.files.len()
    );
    if let Some(json) = &options.json {
        let text = serde_json::to_string_pretty(&packed).expect("plain values serialise");
        fs::write(json, text + "\n").map_err(|error| Failure::io("write", json, &error))?;
    }
    Ok(())
}

/// Packs what is built, checks it, and gives the tarball's path.
pub(crate) fn tarball() -> Result<PathBuf, Failure> {
    pack().map(|(file, _)| file)
}

fn pack() -> Result<(PathBuf, Packed), Failure> {
    let (package, out) = (paths::package(), paths::target().join("pack"));
    let step = Step::start("npm pack");
    fs::create_dir_all(&out).map_err(|error| Failure::io("create", &out, &error))?;
    // npm takes only files below the package; the originals lie at the root, once.
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let original = paths::root().join(licence);
        fs::copy(&original, package.join(licence)).map_err(|error| Failure::io("copy", &original, &error))?;
    }
    notices::write(&package.join("THIRD-PARTY.md"), &build::wasm_packages(), &step)?;
    let finished = node::npm("npm pack", &package)
        .args(["pack", "--json", "--ignore-scripts", "--pack-destination"])
        .arg(&out)
        .remedy("the message above is npm's; see pkg/package.json")
        .run(&step)?;
    let mut all: Vec<Packed> = serde_json::from_str(&finished.stdout).map_err(|error| {
        Failure::new(format!("npm pack --json said something else than expected: {error}"))
    })?;
    let packed = all.pop().ok_or_else(|| Failure::new("npm pack packed nothing"))?;
    let manifest = read_manifest(&package.join("package.json"))?;
    let wrong = faults(&packed, &manifest, &package);
    if !wrong.is_empty() {
        return Err(Failure::new(format!("the npm package is wrong:\n  - {}", wrong.join("\n  - ")))
            .with_remedy("see `files` and `exports` in pkg/package.json, and bindings/web/build.mjs"));
    }
    step.done(&packed.filename);
    Ok((out.join(&packed.filename), packed))
}

fn read_manifest(path: &Path) -> Result<serde_json::Value, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("{}: {error}", paths::shown(path))))
}

/// Everything that is missing, stray, or tells about the machine that built it.
fn faults(packed: &Packed, manifest: &serde_json::Value, package: &Path) -> Vec<String> {
    let inside: BTreeSet<&str> = packed.files.iter().map(|file| file.path.as_str()).collect();
    let mut wrong = Vec::new();
    let ours = env!("CARGO_PKG_VERSION");
    if packed.version != ours {
        wrong.push(format!("version {} in pkg/package.json, {ours} in Cargo.toml", packed.version));
    }
    wrong.extend(
        REQUIRED.iter().filter(|file| !inside.contains(*file)).map(|file| format!("{file} is missing")),
    );
    let mut promised = Vec::new();
    for field in ["exports", "main", "module", "types", "customElements"] {
        targets(&manifest[field], &mut promised);
    }
    for target in promised {
        let target = target.trim_start_matches("./");
        let there = match target.split_once('*') {
            Some((before, after)) => {
                inside.iter().any(|file| file.starts_with(before) && file.ends_with(after))
            }
            None => inside.contains(target),
        };
        if !there {
            wrong.push(format!("package.json promises {target}, which is missing"));
        }
    }
    for file in &inside {
        let belongs = REQUIRED.contains(file)
            || *file == "CHANGELOG.md"
            || file.starts_with("dist/") && ENDINGS.iter().any(|ending| file.ends_with(ending));
        if !belongs {
            wrong.push(format!("{file} does not belong inside"));
        }
    }
    let machine = machine_paths();
    for file in &inside {
        let bytes = fs::read(package.join(file)).unwrap_or_default();
        for path in machine.iter().filter(|path| contains(&bytes, path.as_bytes())) {
            wrong.push(format!("{file} names {path}, a folder of this machine"));
        }
    }
    wrong
}

/// File names in an exports map, at any depth.
fn targets<'a>(value: &'a serde_json::Value, found: &mut Vec<&'a str>) {
    match value {
        serde_json::Value::String(path) => found.push(path),
        serde_json::Value::Object(map) => map.values().for_each(|value| targets(value, found)),
        serde_json::Value::Array(list) => list.iter().for_each(|value| targets(value, found)),
        _ => {}
    }
}

/// Folders that a build leaks where paths are not remapped.
fn machine_paths() -> Vec<String> {
    let home = std::env::home_dir().map(|home| home.join(".cargo"));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let folders = home.into_iter().chain(cargo).chain([paths::root()]);
    folders.map(|path| path.display().to_string()).filter(|path| !path.is_empty()).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: &[&str]) -> Packed {
        let files = files.iter().map(|path| PackedFile { path: (*path).to_owned(), size: 1 }).collect();
        Packed {
            filename: "tastemaker-0.1.0.tgz".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            size: 1,
            unpacked_size: 1,
            files,
        }
    }

    const COMPLETE: [&str; 22] = [
        "package.json",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "THIRD-PARTY.md",
        "dist/index.js",
        "dist/tastemaker.wasm",
        "dist/tastemaker-first.wasm",
        "dist/tastemaker-rest.wasm",
        "dist/tastemaker-taste.wasm",
        "dist/tastemaker-content.wasm",
        "dist/tastemaker-vote.js",
        "dist/encoder/tastemaker-encoder.wasm",
        "dist/encoder/tastemaker-pictures.wasm",
        "dist/encoder/tastemaker-senses.wasm",
        "dist/encoder/worker.js",
        "dist/encoder/ort.wasm.bundle.min.js",
        "dist/encoder/ort-wasm-simd-threaded.wasm",
        "dist/encoder/ort.jspi.bundle.min.js",
        "dist/encoder/ort-wasm-simd-threaded.jspi.wasm",
        "dist/encoder/ONNX-RUNTIME-LICENSE.txt",
        "dist/encoder/ONNX-RUNTIME-NOTICES.txt",
    ];

    #[test]
    fn a_complete_package_has_no_faults() {
        let manifest = serde_json::json!({ "exports": { ".": { "default": "./dist/index.js" }, "./*.wasm": "./dist/*.wasm" } });
        assert_eq!(faults(&packed(&COMPLETE), &manifest, Path::new("/nowhere")), Vec::<String>::new());
    }

    #[test]
    fn a_missing_module_or_target_a_stray_file_and_another_version_are_faults() {
        let mut files = COMPLETE.to_vec();
        files.retain(|file| *file != "dist/tastemaker-content.wasm");
        files.push("dist/index.js.map");
        let mut wrong = packed(&files);
        wrong.version = "9.9.9".to_owned();
        let manifest = serde_json::json!({ "exports": { "./elements": "./dist/elements.js" } });
        let faults = faults(&wrong, &manifest, Path::new("/nowhere")).join("\n");
        let parts = [
            "9.9.9",
            "dist/tastemaker-content.wasm is missing",
            "promises dist/elements.js",
            "dist/index.js.map does not belong",
        ];
        for part in parts {
            assert!(faults.contains(part), "{part} in:\n{faults}");
        }
    }
}
