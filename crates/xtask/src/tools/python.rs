//! Python with the bench's peers: the system's, or `.tools/venv` where `--install-peers` made one.

use std::path::PathBuf;
use std::time::Duration;

use crate::command::{Program, ask};
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;

fn environment() -> PathBuf {
    paths::tools().join("venv")
}

fn environment_python() -> PathBuf {
    let folder = if cfg!(windows) { "Scripts" } else { "bin" };
    environment().join(folder).join(paths::executable(if cfg!(windows) { "python" } else { "python3" }))
}

fn can_import(python: &PathBuf, module: &str) -> bool {
    // find_spec does not run the module: PyTorch takes seconds to import.
    let question =
        format!("import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)");
    ask(python, &["-c", &question]).is_some()
}

/// A Python that has `module`; with `install`, pip puts `packages` into `.tools/venv` where none has.
pub(crate) fn with(module: &str, packages: &[&str], install: bool) -> Result<Option<PathBuf>, Failure> {
    let mut candidates = vec![environment_python()];
    candidates.extend(paths::in_path("python3"));
    if let Some(found) = candidates.iter().find(|python| python.is_file() && can_import(python, module)) {
        return Ok(Some(found.clone()));
    }
    let Some(system) = paths::in_path("python3").filter(|_| install) else { return Ok(None) };
    let step = Step::start(format!("Python package {}", packages.join(", ")));
    if !environment_python().is_file() {
        Program::new("python3 -m venv", system)
            .args(["-m", "venv"])
            .arg(environment())
            .remedy("on Debian: apt-get install python3-venv")
            .run(&step)?;
    }
    Program::new("pip install", environment_python())
        .args(["-m", "pip", "install", "--quiet"])
        .args(packages)
        .timeout(Duration::from_secs(1200))
        .remedy("pip needs its index: check the network, or run without --install-peers")
        .run(&step)?;
    step.done("");
    Ok(can_import(&environment_python(), module).then(environment_python))
}
