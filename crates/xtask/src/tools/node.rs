//! Node.js, npm, and the npm packages that the build itself uses.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command::{Program, ask};
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::state::{Stamp, State};

/// Oldest Node.js whose test runner has what the tests use (`--test-force-exit`).
const OLDEST_NODE: (u32, u32) = (20, 14);

/// `node`, checked for its version.
///
/// # Errors
/// Where Node.js is missing or too old.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    let remedy = format!("install Node.js {}.{} or newer: https://nodejs.org", OLDEST_NODE.0, OLDEST_NODE.1);
    let node = paths::in_path("node").ok_or_else(|| Failure::new("no node in PATH").with_remedy(&remedy))?;
    let version = ask(&node, &["--version"]).unwrap_or_default();
    match major_and_minor(&version) {
        Some(version) if version >= OLDEST_NODE => Ok(node),
        _ => {
            Err(Failure::new(format!("{} is version {version}, too old", node.display())).with_remedy(remedy))
        }
    }
}

fn major_and_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// A run of a script by Node.js.
pub(crate) fn script(name: &str, file: &Path) -> Result<Program, Failure> {
    Ok(Program::new(name, find()?).arg(file))
}

/// npm, with the noise switched off.
pub(crate) fn npm(name: &str, folder: &Path) -> Program {
    // npm is a shell script on Unix and npm.cmd on Windows.
    Program::new(name, if cfg!(windows) { "npm.cmd" } else { "npm" })
        .folder(folder)
        .env("npm_config_update_notifier", "false")
        .env("npm_config_fund", "false")
        .env("npm_config_audit", "false")
        .timeout(Duration::from_secs(600))
        .remedy("npm needs its registry: check the network, then run the task again")
}

/// Makes `node_modules` of a folder equal to its lock file.
pub(crate) fn packages(folder: &Path) -> Result<(), Failure> {
    let shown = paths::shown(folder);
    let key = format!("npm ci {shown}");
    let stamp =
        Stamp::default().path(&folder.join("package.json")).path(&folder.join("package-lock.json")).digest();
    if State::read().is_done(&key, &stamp) && folder.join("node_modules").is_dir() {
        return Ok(());
    }
    find()?;
    if !folder.join("package-lock.json").is_file() {
        return Err(Failure::new(format!("{shown} has no package-lock.json"))
            .with_remedy(format!("write it: npm install --package-lock-only --prefix {shown}")));
    }
    let step = Step::start(format!("npm packages of {shown}"));
    State::begun(&key)?;
    npm(&key, folder).args(["ci", "--prefer-offline"]).run(&step)?;
    step.done("");
    State::finished(&key, stamp)
}

/// A file of an npm package of `bindings/web`.
pub(crate) fn package_file(path: &str) -> Option<PathBuf> {
    let file = paths::web().join("node_modules").join(path);
    file.exists().then_some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_node_prints() {
        for (text, expected) in [
            ("v20.11.1\n", Some((20, 11))),
            ("v9.0.0", Some((9, 0))),
            ("v20", None),
            ("20", None),
            ("", None),
        ] {
            assert_eq!(major_and_minor(text), expected, "{text:?}");
        }
    }
}
