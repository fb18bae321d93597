//! Choosing what compiles for `wasm32-unknown-unknown`: the active toolchain where it has the target (or rustup can
//! add it), else Debian's rustc and cargo, which build the standard library from their own sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::command::{Program, ask};
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::state::State;
use crate::tools::debian;

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's Rust for building web things: current enough for this workspace, with the sources of `std`.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// What compiles the wasm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Toolchain {
    /// The active toolchain has `std` for the target.
    Installed,
    /// A second compiler, which builds `std` for the target itself.
    BuildStd {
        cargo: PathBuf,
        rustc: PathBuf,
        /// `rust-lld` of the active toolchain; Debian's packages have none.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// In words, for the step's line.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Installed => format!("active toolchain has {TARGET}"),
            Self::BuildStd { cargo, .. } => format!("{} with build-std", cargo.display()),
        }
    }

    fn still_there(&self) -> bool {
        match self {
            Self::Installed => active_has_target(),
            Self::BuildStd { cargo, rustc, linker } => {
                [cargo, rustc, linker].iter().all(|path| path.is_file())
            }
        }
    }

    /// `cargo build` for the target, up to the package selection. Its own target folder keeps it from waiting for,
    /// or rebuilding after, native builds.
    pub(crate) fn cargo_build(&self, name: &str, profile: &str) -> Program {
        let program = match self {
            Self::Installed => Program::cargo(name).arg("build"),
            Self::BuildStd { cargo, rustc, linker } => Program::new(name, cargo)
                // Set by the rustup proxy and `cargo run` for the other compiler.
                .without_env(&["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "RUSTC_WRAPPER", "CARGO"])
                .env("RUSTC", rustc)
                // Stable compilers take -Z flags only so.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .args(["build", "-Zbuild-std=std,panic_abort"]),
        };
        program
            .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths().join("\x1f"))
            .args(["--profile", profile, "--target", TARGET, "--target-dir"])
            .arg(target_folder())
            .remedy("see the compiler's message above; `cargo xtask setup` looks for a wasm toolchain again")
    }
}

/// Panic messages carry source paths. Neither this machine's folders nor their length belong in the published file.
fn remapped_paths() -> Vec<String> {
    let mut flags = Vec::new();
    let mut remap =
        |from: &Path, to: &str| flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    // The last matching flag wins, so the general folders come first.
    if let Some(home) = std::env::home_dir() {
        remap(&home, "~");
        let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
        remap(&cargo, "cargo");
        let registries = fs::read_dir(cargo.join("registry").join("src"));
        for registry in registries.into_iter().flatten().flatten() {
            remap(&registry.path(), "crates");
        }
    }
    remap(&paths::root(), "tastemaker");
    flags
}

fn target_folder() -> PathBuf {
    paths::target().join("wasm")
}

/// Where cargo puts a built wasm file.
pub(crate) fn built_file(profile: &str, crate_name: &str) -> PathBuf {
    target_folder().join(TARGET).join(profile).join(format!("{crate_name}.wasm"))
}

fn active_has_target() -> bool {
    let Some(folder) = ask("rustc", &["--print", "target-libdir", "--target", TARGET]) else { return false };
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn rust_lld() -> Option<PathBuf> {
    let sysroot = ask("rustc", &["--print", "sysroot"])?;
    let libraries = Path::new(&sysroot).join("lib").join("rustlib");
    let beside = fs::read_dir(libraries)
        .ok()?
        .flatten()
        .map(|entry| entry.path().join("bin").join(paths::executable("rust-lld")))
        .find(|path| path.is_file());
    beside.or_else(|| paths::in_path("rust-lld")).or_else(|| paths::in_path("wasm-ld"))
}

/// A system compiler with the sources of `std`.
fn system_build_std() -> Option<Toolchain> {
    let (cargo, rustc) = (PathBuf::from("/usr/bin/cargo"), PathBuf::from("/usr/bin/rustc"));
    let sysroot = ask(&rustc, &["--print", "sysroot"])?;
    let sources = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/src/lib.rs");
    (cargo.is_file() && sources.is_file()).then_some(())?;
    Some(Toolchain::BuildStd { cargo, rustc, linker: rust_lld()? })
}

/// The wasm toolchain: as chosen before, found, or installed.
///
/// # Errors
/// Where none of the ways works: names each.
pub(crate) fn find() -> Result<Toolchain, Failure> {
    let step = Step::start("wasm toolchain");
    let active = ask("rustc", &["--version", "--verbose"]).unwrap_or_default();
    if let Some((chosen_under, toolchain)) = State::read().wasm
        && chosen_under == active
        && toolchain.still_there()
    {
        return Ok(toolchain);
    }
    let toolchain = choose(&step)?;
    step.done(&toolchain.describe());
    let mut state = State::read();
    state.wasm = Some((active, toolchain.clone()));
    state.write()?;
    Ok(toolchain)
}

fn choose(step: &Step) -> Result<Toolchain, Failure> {
    if active_has_target() {
        return Ok(Toolchain::Installed);
    }
    if paths::in_path("rustup").is_some() {
        let added = Program::new("rustup target add", "rustup")
            .args(["target", "add", TARGET])
            .timeout(Duration::from_secs(90))
            .run(step);
        if added.is_ok() && active_has_target() {
            return Ok(Toolchain::Installed);
        }
    }
    if let Some(found) = system_build_std() {
        return Ok(found);
    }
    let installed = debian::install(&DEBIAN_PACKAGES, step);
    if let Some(found) = system_build_std() {
        return Ok(found);
    }
    let reason = match installed {
        Err(failure) => format!(" ({failure})"),
        Ok(()) => String::new(),
    };
    Err(Failure::new(format!("no compiler for {TARGET}{reason}")).with_remedy(format!(
        "either: rustup target add {TARGET}\n       or, on Debian: apt-get install {}",
        DEBIAN_PACKAGES.join(" ")
    )))
}
