//! What earlier runs found out or finished, in `target/xtask.json`: decisions (which wasm toolchain) and stamps
//! (a digest of a step's inputs). A lost file costs time, never correctness.

use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::paths;
use crate::tools::wasm::Choice;

/// The file's content.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Cargo profile → the wasm toolchain chosen for it.
    pub(crate) wasm_toolchains: BTreeMap<String, Choice>,
    /// Step → digest of its inputs when it last succeeded.
    stamps: BTreeMap<String, String>,
}

impl State {
    fn file() -> PathBuf {
        paths::target().join("xtask.json")
    }

    /// Reads the state; a missing or unreadable file is an empty one.
    pub(crate) fn read() -> Self {
        fs::read(Self::file()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    pub(crate) fn write(&self) -> Result<(), Failure> {
        let file = Self::file();
        fs::create_dir_all(paths::target())
            .map_err(|error| Failure::io("create", &paths::target(), &error))?;
        let text = serde_json::to_vec_pretty(self).expect("plain strings serialise");
        // Two tasks may run side by side: a rename never leaves half a file.
        let partial = file.with_extension(format!("json.{}", std::process::id()));
        fs::write(&partial, text).map_err(|error| Failure::io("write", &partial, &error))?;
        fs::rename(&partial, &file).map_err(|error| Failure::io("write", &file, &error))
    }

    /// Whether `step` last succeeded with these inputs.
    pub(crate) fn is_done(&self, step: &str, stamp: &str) -> bool {
        self.stamps.get(step).is_some_and(|known| known == stamp)
    }

    /// Forgets that `step` ever succeeded: from here on its output may be half old, half new.
    pub(crate) fn begun(step: &str) -> Result<(), Failure> {
        let mut state = Self::read();
        match state.stamps.remove(step) {
            Some(_) => state.write(),
            None => Ok(()),
        }
    }

    /// Remembers that `step` succeeded with these inputs.
    pub(crate) fn finished(step: &str, stamp: String) -> Result<(), Failure> {
        // Read again: another task may have finished a step of its own meanwhile.
        let mut state = Self::read();
        state.stamps.insert(step.to_owned(), stamp);
        state.write()
    }
}

/// Collects a step's inputs into a short digest. Not cryptographic: it tells "the same" from "changed".
#[derive(Default)]
pub(crate) struct Stamp {
    // SipHash with fixed keys; the digest is only ever compared with one that the same program wrote.
    hasher: std::hash::DefaultHasher,
}

impl Stamp {
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.hasher.write(text.as_bytes());
        self.hasher.write_u8(0);
        self
    }

    /// A file's content, or the content of all files below a folder (without `node_modules` and dot files).
    pub(crate) fn path(mut self, path: &Path) -> Self {
        if path.is_dir() {
            let Ok(entries) = fs::read_dir(path) else { return self };
            let mut children: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
            children.sort();
            for child in children {
                let name = child.file_name().unwrap_or_default().to_string_lossy().into_owned();
                if name != "node_modules" && !name.starts_with('.') {
                    self = self.path(&child);
                }
            }
            self
        } else {
            self.hasher.write(path.to_string_lossy().as_bytes());
            match fs::read(path) {
                Ok(bytes) => {
                    self.hasher.write_usize(bytes.len());
                    self.hasher.write(&bytes);
                }
                Err(_) => self.hasher.write_u8(1),
            }
            self
        }
    }

    pub(crate) fn digest(self) -> String {
        format!("{:016x}", self.hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_changes_with_content_and_with_presence_but_not_otherwise() {
        let folder = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let stamp = || Stamp::default().text("options").path(&folder).digest();
        fs::write(folder.join("a"), "1").unwrap();
        let first = stamp();
        assert_eq!(first, stamp());
        fs::write(folder.join("a"), "2").unwrap();
        let second = stamp();
        assert_ne!(first, second);
        fs::write(folder.join("b"), "").unwrap();
        assert_ne!(second, stamp());
        fs::remove_dir_all(&folder).unwrap();
    }
}
