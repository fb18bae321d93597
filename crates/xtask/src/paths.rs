//! Where things are in the repository. Every path is absolute, so tasks work from any folder.

use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).expect("crates/xtask lies two folders below the root").to_owned()
}

/// Cargo's target folder: `CARGO_TARGET_DIR` or `target`.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Logs of every program that a task ran.
pub(crate) fn logs() -> PathBuf {
    target().join("xtask-logs")
}

/// Downloaded tools, ignored by git: ONNX Runtime's library, a Python environment for the bench's peers.
pub(crate) fn tools() -> PathBuf {
    root().join(".tools")
}

/// The TypeScript and wasm binding.
pub(crate) fn web() -> PathBuf {
    root().join("bindings").join("web")
}

/// Networks in the page: a binding with a worker of its own, beside ONNX Runtime Web.
pub(crate) fn encoder() -> PathBuf {
    root().join("bindings").join("encoder")
}

/// What npm receives.
pub(crate) fn package() -> PathBuf {
    root().join("pkg")
}

/// The JavaScript half of the measuring tasks.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("js")
}

/// A program's file name on this system.
pub(crate) fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// Looks for a program in `PATH`.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let file = executable(name);
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}

/// `path` as written from the repository's root, for messages.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
