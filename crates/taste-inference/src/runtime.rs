//! Finding and loading ONNX Runtime's shared library.
//!
//! Looked for in this order: the path given; the environment's `ORT_DYLIB_PATH`; `.tools/onnxruntime` (where
//! `cargo xtask setup` puts it) beside the executable or above it; the `onnxruntime` package
//! of `python3`. The first two are decisions: if they do not load, nothing else is tried.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
};

use ort::environment::Environment;

use crate::error::InferenceError;

/// Where `cargo xtask setup` puts the library.
const TOOLS: &str = ".tools/onnxruntime";
/// The variable that `ort` itself reads too.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// A process has one ONNX Runtime and one environment in it.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

/// ONNX Runtime, loaded. Cheap to clone; telemetry is off.
#[derive(Debug, Clone)]
pub struct Runtime {
    environment: Environment,
    library: PathBuf,
}

impl Runtime {
    /// Loads the library at `library`, or the first one found; later calls give the same runtime.
    ///
    /// # Errors
    /// [`InferenceError::RuntimeMissing`], [`InferenceError::RuntimeUnusable`], and
    /// [`InferenceError::RuntimeAlreadyLoaded`] when this process runs on another library than the one given.
    pub fn load(library: Option<&Path>) -> Result<Self, InferenceError> {
        let mut loaded = LOADED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(runtime) = &*loaded {
            return match library {
                Some(requested) if !same_file(requested, &runtime.library) => {
                    Err(InferenceError::RuntimeAlreadyLoaded {
                        loaded: runtime.library.clone(),
                        requested: requested.to_path_buf(),
                    })
                }
                _ => Ok(runtime.clone()),
            };
        }
        let chosen = library
            .map(Path::to_path_buf)
            .or_else(|| std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from));
        let runtime = match chosen {
            Some(path) => Self::open(&path)?,
            None => Self::search()?,
        };
        Ok(loaded.insert(runtime).clone())
    }

    /// The library in use.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// What the library says of its own build: branch, commit, flags. Another build may add up in another order.
    pub fn build(&self) -> &'static str {
        let text = ort::info();
        text.strip_prefix("ORT Build Info: ").unwrap_or(text)
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    fn open(library: &Path) -> Result<Self, InferenceError> {
        let unusable =
            |reason: String| InferenceError::RuntimeUnusable { path: library.to_path_buf(), reason };
        // `ort` takes a relative path from the executable's folder; here it means the current one, as everywhere.
        let library = std::path::absolute(library).map_err(|error| unusable(error.to_string()))?;
        let environment = ort::init_from(&library)
            .map_err(|error| unusable(error.to_string()))?
            .with_name("tastemaker")
            .with_telemetry(false)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { environment, library })
    }

    fn search() -> Result<Self, InferenceError> {
        let mut refused = None;
        let folders = tools_folders();
        for library in folders.iter().flat_map(|folder| libraries_in(folder)).chain(from_python()) {
            match Self::open(&library) {
                Ok(runtime) => return Ok(runtime),
                // A library for another machine must not hide a good one further on.
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| InferenceError::RuntimeMissing {
            searched: format!("{VARIABLE}, {TOOLS} above the executable, python3's packages"),
        }))
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

/// Every `.tools/onnxruntime` above the executable, nearest first. Not above the current folder: a library is code, and a
/// folder that one happens to stand in (`/tmp/…`) must not choose it.
fn tools_folders() -> Vec<PathBuf> {
    let Ok(executable) = std::env::current_exe() else { return Vec::new() };
    executable.ancestors().map(|above| above.join(TOOLS)).filter(|folder| folder.is_dir()).collect()
}

/// ONNX Runtime's libraries in a folder and, to a small depth, below: upper folders first, then by name.
fn libraries_in(folder: &Path) -> Vec<PathBuf> {
    const DEPTH: usize = 5;
    let mut found = Vec::new();
    let mut level = vec![folder.to_path_buf()];
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for folder in level {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            for path in paths {
                if path.is_dir() {
                    below.push(path);
                } else if is_library(&path) {
                    found.push(path);
                }
            }
        }
        level = below;
    }
    found
}

/// `libonnxruntime.so`, `libonnxruntime.so.1.30.0`, `libonnxruntime.1.30.0.dylib`, `onnxruntime.dll`; not the
/// `libonnxruntime_providers_…` beside them.
fn is_library(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    match std::env::consts::OS {
        "windows" => name == "onnxruntime.dll",
        "macos" => name.starts_with("libonnxruntime.") && name.ends_with(".dylib"),
        _ => name.starts_with("libonnxruntime.so"),
    }
}

/// The library inside python's `onnxruntime`, when `python3` has that package. Finding it does not import it, and the
/// current folder (which `-c` puts first, as an empty path) is no place of packages.
fn from_python() -> Vec<PathBuf> {
    const QUESTION: &str = "import sys; sys.path = [p for p in sys.path if p]; import importlib.util as u; \
                            s = u.find_spec('onnxruntime'); print(s.origin if s else '')";
    let Ok(answer) = Command::new("python3").args(["-c", QUESTION]).output() else { return Vec::new() };
    let origin = PathBuf::from(String::from_utf8_lossy(&answer.stdout).trim());
    origin.parent().map(|package| libraries_in(&package.join("capi"))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_main_library_counts() {
        let named = |name: &str| is_library(Path::new(name));
        if std::env::consts::OS == "linux" {
            assert!(named("a/libonnxruntime.so") && named("libonnxruntime.so.1.30.0"));
            assert!(!named("libonnxruntime_providers_shared.so") && !named("onnxruntime.dll"));
        }
    }

    #[test]
    fn a_folder_without_a_library_gives_none() {
        assert_eq!(libraries_in(Path::new("/nonexistent")), Vec::<PathBuf>::new());
        assert_eq!(libraries_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")), Vec::<PathBuf>::new());
    }
}
