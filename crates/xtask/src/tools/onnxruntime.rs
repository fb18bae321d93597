//! ONNX Runtime's shared library, which the native crates load at run time.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::ask;
use crate::console::{Step, thousands};
use crate::failure::Failure;
use crate::paths;
use crate::tools::node;

/// The npm package that carries the library for every platform, pinned. Its registry entry has the digest.
const NPM_PACKAGE: &str = "onnxruntime-node@1.30.0";

/// Asks Python for the library inside an installed `onnxruntime`, without importing it (that takes seconds).
const ASK_PYTHON: &str = "import importlib.util, glob, os
spec = importlib.util.find_spec('onnxruntime')
folder = os.path.join(os.path.dirname(spec.origin), 'capi') if spec and spec.origin else ''
found = [f for p in ('libonnxruntime.so*', 'libonnxruntime*.dylib', 'onnxruntime.dll') for f in sorted(glob.glob(os.path.join(folder, p)))]
print(found[0] if found else '')";

/// The library's file name on this system.
fn file_name() -> &'static str {
    if cfg!(windows) {
        "onnxruntime.dll"
    } else if cfg!(target_os = "macos") {
        "libonnxruntime.dylib"
    } else {
        "libonnxruntime.so"
    }
}

/// Where setup puts the library, and where `taste-inference` looks.
fn kept() -> PathBuf {
    paths::tools().join("onnxruntime").join(file_name())
}

/// The library, downloaded where it is missing.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from) {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(Failure::new(format!("ORT_DYLIB_PATH names {}, which is no file", path.display()))
                .with_remedy("set it to ONNX Runtime's shared library, or unset it to have one found"))
        };
    }
    if kept().is_file() {
        return Ok(kept());
    }
    let step = Step::start("ONNX Runtime");
    let (from, found) = match in_python() {
        Some(found) => ("Python's onnxruntime", found),
        None => (NPM_PACKAGE, from_npm(&step)?),
    };
    keep(&found)?;
    let unpacked = download_folder();
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).map_err(|error| Failure::io("remove", &unpacked, &error))?;
    }
    let bytes = fs::metadata(kept()).map_err(|error| Failure::io("read", &kept(), &error))?.len();
    step.done(&format!("from {from}, {} bytes", thousands(bytes)));
    Ok(kept())
}

fn in_python() -> Option<PathBuf> {
    let path = ask("python3", &["-c", ASK_PYTHON]).map(PathBuf::from)?;
    path.is_file().then_some(path)
}

fn download_folder() -> PathBuf {
    paths::tools().join("onnxruntime-node")
}

fn from_npm(step: &Step) -> Result<PathBuf, Failure> {
    let folder = download_folder();
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;
    // A package file of its own, or npm would install into the nearest one above.
    let manifest = folder.join("package.json");
    fs::write(&manifest, "{\"private\":true}").map_err(|error| Failure::io("write", &manifest, &error))?;
    node::find()?;
    node::npm("npm install onnxruntime-node", &folder)
        .args(["install", "--ignore-scripts", "--no-save", "--no-package-lock", NPM_PACKAGE])
        .remedy("or install ONNX Runtime 1.24 or newer yourself and set ORT_DYLIB_PATH to its shared library")
        .run(step)?;
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let binaries = folder.join("node_modules/onnxruntime-node/bin");
    library_below(&binaries, &format!("{system}/{machine}")).ok_or_else(|| {
        Failure::new(format!("{NPM_PACKAGE} brings no library for {system}/{machine}")).with_remedy(
            "build or install ONNX Runtime yourself and set ORT_DYLIB_PATH to its shared library",
        )
    })
}

/// `bin/napi-v*/<platform>/` holds the library under its versioned name (`libonnxruntime.so.1`).
fn library_below(binaries: &Path, platform: &str) -> Option<PathBuf> {
    let stem = file_name().split('.').next().expect("split gives at least one part");
    fs::read_dir(binaries).ok()?.flatten().find_map(|version| {
        let mut files: Vec<PathBuf> =
            fs::read_dir(version.path().join(platform)).ok()?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.into_iter().find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&format!("{stem}.")) && !name.ends_with(".lib")
        })
    })
}

/// Copies the library to its place. Half a copy must never look like a library.
fn keep(found: &Path) -> Result<(), Failure> {
    let place = kept();
    let folder = place.parent().expect("the library lies in a folder");
    fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    let partial = place.with_extension("partial");
    fs::copy(found, &partial).map_err(|error| Failure::io("copy", found, &error))?;
    fs::rename(&partial, &place).map_err(|error| Failure::io("write", &place, &error))
}
