//! ONNX Runtime's shared library, which the native crates load at run time.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::ask;
use crate::console::{Step, thousands};
use crate::failure::Failure;
use crate::paths;
use crate::state::Stamp;
use crate::tools::node;

/// The npm package that carries the library for every platform.
const NPM_PACKAGE: &str = "onnxruntime-node";

/// Its version, and the digests of it and of what it depends on; npm installs nothing else.
const NPM_FILES: [(&str, &str); 2] = [
    ("package.json", include_str!("../../onnxruntime/package.json")),
    ("package-lock.json", include_str!("../../onnxruntime/package-lock.json")),
];

/// The oldest ONNX Runtime that the workspace's `ort` (feature `api-24`) takes.
const OLDEST: (u32, u32) = (1, 24);

/// Asks Python for the version of an installed `onnxruntime` and for the library inside, one line each, without importing
/// it (that takes seconds).
const ASK_PYTHON: &str = "import importlib.util, glob, os, re
spec = importlib.util.find_spec('onnxruntime')
folder = os.path.dirname(spec.origin)
print(re.search(r'__version__ *= *.([0-9.]+)', open(os.path.join(folder, '__init__.py')).read()).group(1))
print([f for p in ('libonnxruntime.so*', 'libonnxruntime*.dylib', 'onnxruntime.dll') for f in sorted(glob.glob(os.path.join(folder, 'capi', p)))][0])";

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
    // Beside the library, not among the build's stamps: it outlives `cargo clean`.
    let (pin, pinned) = (pin(), kept().with_file_name("pin"));
    if kept().is_file() && fs::read_to_string(&pinned).is_ok_and(|known| known == pin) {
        return Ok(kept());
    }
    let step = Step::start("ONNX Runtime");
    let (from, found) = match in_python() {
        Some(found) => ("Python's onnxruntime", found),
        None => (NPM_PACKAGE, from_npm(&step)?),
    };
    keep(&found)?;
    fs::write(&pinned, pin).map_err(|error| Failure::io("write", &pinned, &error))?;
    let unpacked = download_folder();
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).map_err(|error| Failure::io("remove", &unpacked, &error))?;
    }
    let bytes = fs::metadata(kept()).map_err(|error| Failure::io("read", &kept(), &error))?.len();
    step.done(&format!("from {from}, {} bytes", thousands(bytes)));
    Ok(kept())
}

/// Changes with what [`find`] would install: a library from before such a change is not kept.
fn pin() -> String {
    NPM_FILES
        .iter()
        .fold(Stamp::default(), |stamp, (_, text)| stamp.text(text))
        .text(&format!("{OLDEST:?}"))
        .digest()
}

fn in_python() -> Option<PathBuf> {
    let path = new_enough(&ask("python3", &["-c", ASK_PYTHON])?)?;
    path.is_file().then_some(path)
}

/// The library of which Python tells, unless `ort` would refuse it.
fn new_enough(told: &str) -> Option<PathBuf> {
    let (version, path) = told.split_once('\n')?;
    let mut parts = version.trim().split('.').map(str::parse);
    let version = (parts.next()?.ok()?, parts.next()?.ok()?);
    (version >= OLDEST).then(|| PathBuf::from(path.trim()))
}

fn download_folder() -> PathBuf {
    paths::tools().join("onnxruntime-node")
}

fn from_npm(step: &Step) -> Result<PathBuf, Failure> {
    let folder = download_folder();
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;
    for (name, text) in NPM_FILES {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| Failure::io("write", &file, &error))?;
    }
    node::find()?;
    // Not the package's script: it would download what GPUs need.
    node::npm("npm ci onnxruntime-node", &folder)
        .args(["ci", "--ignore-scripts"])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_ort_would_refuse_is_not_taken_from_python() {
        for (told, expected) in [
            ("1.24.0\n/p/libonnxruntime.so.1.24.0", Some("/p/libonnxruntime.so.1.24.0")),
            ("1.30.1\n/p/libonnxruntime.so", Some("/p/libonnxruntime.so")),
            ("2.0\n/p/lib", Some("/p/lib")),
            ("1.23.2\n/p/libonnxruntime.so.1.23.2", None),
            ("1.9.0\n/p/lib", None),
            ("", None),
        ] {
            assert_eq!(new_enough(told), expected.map(PathBuf::from), "{told}");
        }
    }

    #[test]
    fn the_library_is_pinned_by_version_and_by_digest() {
        let [manifest, lock] =
            NPM_FILES.map(|(_, text)| serde_json::from_str::<serde_json::Value>(text).unwrap());
        let locked = lock["packages"].as_object().unwrap();
        let package = &locked[&format!("node_modules/{NPM_PACKAGE}")];
        assert_eq!(manifest["dependencies"][NPM_PACKAGE], package["version"]);
        let pinned = |entry: &serde_json::Value| {
            entry["integrity"].as_str().is_some_and(|it| it.starts_with("sha512-"))
        };
        assert!(locked.iter().all(|(name, entry)| name.is_empty() || pinned(entry)));
    }
}
