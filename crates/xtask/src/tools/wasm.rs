//! Choosing what compiles for `wasm32-unknown-unknown`, and with which flags.
//!
//! What is published must be small, so there `std` is built for size from its sources: the active toolchain's
//! (`rust-src`, added where rustup can), else those of Debian's rustc. Where neither can be had, a ready-made `std`
//! works as well, and the vote module is a quarter larger after brotli. The quick loop takes whatever is ready first.

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

/// How long rustup may take: it hangs where the network drops packets.
const RUSTUP_PATIENCE: Duration = Duration::from_secs(90);

/// Cargo profiles of the wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What is published: small.
    Published,
    /// The quick loop: panics keep their messages.
    Dev,
}

impl Profile {
    /// As Cargo.toml calls it.
    pub(crate) fn name(self, aim: Aim) -> &'static str {
        match (self, aim) {
            (Self::Published, Aim::Size) => "wasm",
            (Self::Published, Aim::Speed) => "wasm-speed",
            (Self::Dev, _) => "wasm-dev",
        }
    }
}

/// What a published module is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// What a page waits for.
    Size,
    /// What works while a page draws, and is loaded on request.
    Speed,
}

/// What compiles the wasm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Toolchain {
    /// The active toolchain with a ready-made `std` for the target.
    Installed,
    /// The active toolchain, which builds `std` from its `rust-src`.
    ActiveSources,
    /// A second compiler, which builds `std` from its own sources.
    System(System),
}

/// The system's compiler, by full paths: rustup's proxies come first in `PATH`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct System {
    cargo: PathBuf,
    rustc: PathBuf,
    /// `rust-lld` of the active toolchain; Debian's packages have none.
    linker: PathBuf,
}

impl Toolchain {
    /// In words, for the step's line.
    pub(crate) fn describe(&self, profile: Profile) -> String {
        match (self, profile) {
            (Self::Installed, Profile::Dev) => format!("active toolchain has {TARGET}"),
            (Self::Installed, Profile::Published) => {
                "active toolchain without rust-src: std is not built for size, the files are larger than published ones"
                    .to_owned()
            }
            (Self::ActiveSources, _) => "active toolchain with build-std".to_owned(),
            (Self::System(System { cargo, .. }), _) => format!("{} with build-std", cargo.display()),
        }
    }

    /// `cargo build` for the target, up to the package selection. Its own target folder keeps it from waiting for,
    /// or rebuilding after, native builds.
    pub(crate) fn cargo_build(&self, name: &str, profile: Profile, aim: Aim) -> Program {
        let program = match self {
            Self::Installed | Self::ActiveSources => Program::cargo(name),
            Self::System(System { cargo, rustc, linker }) => Program::new(name, cargo)
                .with_cargo_progress()
                // Set by the rustup proxy and `cargo run` for the other compiler.
                .without_env(&["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "RUSTC_WRAPPER", "CARGO"])
                .env("RUSTC", rustc)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        };
        let mut program = program
            .arg("build")
            .env("CARGO_ENCODED_RUSTFLAGS", self.rustc_flags(profile, aim).join("\x1f"))
            .args(["--profile", profile.name(aim), "--target", TARGET, "--target-dir"])
            .arg(target_folder());
        if self.builds_for_size() {
            // Stable compilers take -Z flags only with the variable.
            program = program.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
            if profile == Profile::Published {
                program = program.arg("-Zbuild-std-features=optimize_for_size");
            }
        }
        program
            .remedy("see the compiler's message above; `cargo xtask setup` looks for a wasm toolchain again")
    }

    /// Whether what it makes is as small as what is published.
    pub(crate) fn builds_for_size(&self) -> bool {
        *self != Self::Installed
    }

    fn rustc_flags(&self, profile: Profile, aim: Aim) -> Vec<String> {
        let mut flags = remapped_paths();
        flags.extend(ARITHMETIC.map(str::to_owned));
        if profile == Profile::Published && aim == Aim::Size {
            flags.push(INLINE_LESS.to_owned());
        }
        if self.builds_for_size() && profile == Profile::Published {
            flags.extend(WITHOUT_MESSAGES.map(str::to_owned));
        }
        flags
    }
}

/// Which variants of our dependencies' arithmetic suit WebAssembly.
const ARITHMETIC: [&str; 4] = [
    // k256's 26-bit field elements instead of the 52-bit ones that 64-bit integers make it choose: wasm has no 64 × 64 →
    // 128 bit product, so the wide field multiplies by calls. Half the code, and twice the recoveries a second.
    "--cfg",
    "cpubits=\"32\"",
    // SHA-256 as a loop, not unrolled: a page hashes kilobytes.
    "--cfg",
    "sha2_backend_soft=\"compact\"",
];

/// A panic is a bug: here it traps at once, formats nothing and knows
/// no place in the source. The quick loop keeps all of that.
const WITHOUT_MESSAGES: [&str; 4] =
    ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"];

/// Only what is called once, or is smaller than its call, is copied to where it is called. It keeps something else from being
/// copied, too: where the whole program is optimised together with std's sources, rustc 1.95 copies the allocator into
/// its callers, and LLVM takes the length that stands before a zeroed allocation for one of its zeros, so that
/// freeing it traps. What is compiled for speed is therefore not optimised as a whole (`wasm-speed` in Cargo.toml).
const INLINE_LESS: &str = "-Cllvm-args=-inline-threshold=0";

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
pub(crate) fn built_file(profile: Profile, aim: Aim, crate_name: &str) -> PathBuf {
    target_folder().join(TARGET).join(profile.name(aim)).join(format!("{crate_name}.wasm"))
}

/// All that the choice depends on, found by looking only. It is saved with the choice, which holds for as long as a
/// look finds the same: what was added or removed since leads to another choice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Surroundings {
    /// `rustc --version --verbose` of the active toolchain.
    active: String,
    /// Whether it has a ready-made `std` for the target.
    target: bool,
    /// Whether it has the sources of `std`.
    sources: bool,
    /// The system's compiler, where it has the sources of `std`.
    system: Option<System>,
}

impl Surroundings {
    fn look() -> Self {
        let sysroot = ask("rustc", &["--print", "sysroot"]).map(PathBuf::from);
        Self {
            active: ask("rustc", &["--version", "--verbose"]).unwrap_or_default(),
            target: active_has_target(),
            sources: sysroot.as_deref().is_some_and(has_sources),
            system: system(sysroot.as_deref()),
        }
    }

    /// What can be used as things are, the best first.
    fn choice(&self, profile: Profile) -> Option<Toolchain> {
        let installed = self.target.then_some(Toolchain::Installed);
        let sources = self.sources.then_some(Toolchain::ActiveSources);
        let system = || self.system.clone().map(Toolchain::System);
        match profile {
            Profile::Published => sources.or_else(system).or(installed),
            Profile::Dev => installed.or(sources).or_else(system),
        }
    }
}

/// A choice and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    surroundings: Surroundings,
    toolchain: Toolchain,
}

fn active_has_target() -> bool {
    let Some(folder) = ask("rustc", &["--print", "target-libdir", "--target", TARGET]) else { return false };
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std/src/lib.rs").is_file()
}

fn rust_lld(sysroot: Option<&Path>) -> Option<PathBuf> {
    let libraries = sysroot.map(|sysroot| sysroot.join("lib").join("rustlib"));
    let beside = libraries
        .and_then(|libraries| fs::read_dir(libraries).ok())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin").join(paths::executable("rust-lld")))
        .find(|path| path.is_file());
    beside.or_else(|| paths::in_path("rust-lld")).or_else(|| paths::in_path("wasm-ld"))
}

/// The system's compiler, where it has the sources of `std` and there is a linker for it.
fn system(active_sysroot: Option<&Path>) -> Option<System> {
    let (cargo, rustc) = (PathBuf::from("/usr/bin/cargo"), PathBuf::from("/usr/bin/rustc"));
    let sysroot = ask(&rustc, &["--print", "sysroot"])?;
    (cargo.is_file() && has_sources(Path::new(&sysroot))).then_some(())?;
    Some(System { cargo, rustc, linker: rust_lld(active_sysroot)? })
}

/// The wasm toolchain for a profile: as chosen before, found, or installed.
///
/// # Errors
/// Where none of the ways works: names each.
pub(crate) fn find(profile: Profile) -> Result<Toolchain, Failure> {
    let step = Step::start("wasm toolchain");
    let surroundings = Surroundings::look();
    if let Some(choice) = State::read().wasm_toolchains.get(profile.name(Aim::Size))
        && choice.surroundings == surroundings
    {
        return Ok(choice.toolchain.clone());
    }
    let toolchain = choose(profile, surroundings, &step)?;
    step.done(&toolchain.describe(profile));
    let choice = Choice { surroundings: Surroundings::look(), toolchain: toolchain.clone() };
    let mut state = State::read();
    state.wasm_toolchains.insert(profile.name(Aim::Size).to_owned(), choice);
    state.write()?;
    Ok(toolchain)
}

/// Installs the best that can be had, unless it is there.
fn choose(profile: Profile, mut found: Surroundings, step: &Step) -> Result<Toolchain, Failure> {
    let mut reason = String::new();
    let wanted = |found: &Surroundings| match profile {
        Profile::Published => found.sources,
        Profile::Dev => found.target,
    };
    if !wanted(&found) {
        rustup(profile, step);
        found = Surroundings::look();
    }
    let enough = match profile {
        Profile::Published => found.sources || found.system.is_some(),
        Profile::Dev => found.choice(profile).is_some(),
    };
    if !enough {
        if let Err(failure) = debian::install(&DEBIAN_PACKAGES, step) {
            reason = format!(" ({failure})");
        }
        found = Surroundings::look();
    }
    if found.choice(profile).is_none() {
        // No sources anywhere: the target's ready-made std is the last way.
        rustup(Profile::Dev, step);
        found = Surroundings::look();
    }
    found.choice(profile).ok_or_else(|| {
        Failure::new(format!("no compiler for {TARGET}{reason}")).with_remedy(format!(
            "either: rustup component add rust-src\n       or, for larger files: rustup target add {TARGET}\n       \
             or, on Debian: apt-get install {}",
            DEBIAN_PACKAGES.join(" ")
        ))
    })
}

/// Has rustup add what a profile would like best. Where it cannot, there are other ways.
fn rustup(profile: Profile, step: &Step) {
    if paths::in_path("rustup").is_none() {
        return;
    }
    let (name, arguments) = match profile {
        Profile::Published => ("rustup component add", ["component", "add", "rust-src"]),
        Profile::Dev => ("rustup target add", ["target", "add", TARGET]),
    };
    let _ = Program::new(name, "rustup").args(arguments).timeout(RUSTUP_PATIENCE).run(step);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system() -> System {
        System { cargo: "/usr/bin/cargo".into(), rustc: "/usr/bin/rustc".into(), linker: "rust-lld".into() }
    }

    #[test]
    fn what_is_published_prefers_sources_and_the_quick_loop_a_ready_made_std() {
        let everything =
            Surroundings { active: "1".to_owned(), target: true, sources: true, system: Some(system()) };
        assert_eq!(everything.choice(Profile::Published), Some(Toolchain::ActiveSources));
        assert_eq!(everything.choice(Profile::Dev), Some(Toolchain::Installed));
        let without_sources = Surroundings { sources: false, ..everything.clone() };
        assert_eq!(without_sources.choice(Profile::Published), Some(Toolchain::System(system())));
        let alone = Surroundings { system: None, ..without_sources };
        assert_eq!(alone.choice(Profile::Published), Some(Toolchain::Installed));
        assert_eq!(Surroundings::default().choice(Profile::Published), None);
    }

    #[test]
    fn only_what_is_published_from_sources_goes_without_messages() {
        let silent = |toolchain: Toolchain, profile| {
            let flags = toolchain.rustc_flags(profile, Aim::Size);
            assert!(flags.iter().any(|flag| flag == "cpubits=\"32\""));
            flags.iter().any(|flag| flag == "-Cpanic=immediate-abort")
        };
        assert!(silent(Toolchain::ActiveSources, Profile::Published));
        assert!(silent(Toolchain::System(system()), Profile::Published));
        assert!(!silent(Toolchain::ActiveSources, Profile::Dev));
        // A ready-made std was compiled to unwind; only what is built with it can do without.
        assert!(!silent(Toolchain::Installed, Profile::Published));
    }
}
