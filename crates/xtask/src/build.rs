//! `cargo xtask build`: the six wasm modules, their glue, the npm package's files, and the native `taste` command.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use crate::command::Program;
use crate::console::{Step, thousands};
use crate::failure::Failure;
use crate::paths;
use crate::state::{Stamp, State};
use crate::tools::names::Shortened;
use crate::tools::wasm::Aim;
use crate::tools::{bindgen, node, wasm};

/// A crate that becomes a wasm module of the npm package.
struct Module {
    package: &'static str,
    /// The file that cargo makes of it, without its ending.
    stem: &'static str,
    /// Where its glue lies below `target/wasm-bindgen`.
    folder: &'static str,
    aim: Aim,
}

/// All that voting needs.
const VOTE: Module =
    Module { package: "tastemaker-web", stem: "tastemaker_web", folder: "web", aim: Aim::Size };
/// Exports of the vote module that nobody needs before a first vote is signed: they come in a file of their own.
const LATE: [&str; 2] = ["websession_late", "compute"];
/// What the session asks the page for once it was told, by one of those, whom to ask (`advisor.rs`).
const ASKED_LATE: &str = "__wbg_advise_";
/// Taste and curves, loaded once the first question is up.
const TASTE: Module =
    Module { package: "tastemaker-taste", stem: "tastemaker_taste", folder: "taste", aim: Aim::Size };
/// Below the vote module's folder: the same in the first version of WebAssembly, of which `build.mjs` makes a script.
const PLAIN: &str = "mvp";
/// Encoders and model evaluation, loaded when content is first embedded.
const CONTENT: Module =
    Module { package: "tastemaker-content", stem: "tastemaker_content", folder: "content", aim: Aim::Speed };
/// Networks from files, loaded when a page asks for one.
const ENCODER: Module =
    Module { package: "tastemaker-encoder", stem: "tastemaker_encoder", folder: "encoder", aim: Aim::Size };
/// Decoding pictures as the server does, loaded when a network first embeds a file.
const PICTURES: Module = Module {
    package: "tastemaker-pictures",
    stem: "tastemaker_pictures",
    folder: "pictures",
    aim: Aim::Size,
};
/// What networks see and hear, loaded when one first embeds a picture or a sound.
const SENSES: Module =
    Module { package: "tastemaker-senses", stem: "tastemaker_senses", folder: "senses", aim: Aim::Speed };
const MODULES: [Module; 6] = [VOTE, TASTE, CONTENT, ENCODER, PICTURES, SENSES];

impl Module {
    fn glue(&self) -> PathBuf {
        paths::target().join("wasm-bindgen").join(self.folder)
    }
}

#[derive(Args, Clone, Default)]
pub(crate) struct Options {
    /// Quick loop: no whole-program optimisation, no wasm-opt, names kept, `taste` in the dev profile
    #[arg(long)]
    pub(crate) dev: bool,
    /// Only the wasm and the npm package's files
    #[arg(long, conflicts_with = "native")]
    pub(crate) web: bool,
    /// Only the `taste` command
    #[arg(long)]
    pub(crate) native: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if !options.native {
        web(options.dev)?;
    }
    if !options.web {
        taste(if options.dev { Profile::Dev } else { Profile::Release })?;
    }
    Ok(())
}

/// Cargo profiles of the native command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For tests.
    Dev,
    /// For the demonstration and for measuring.
    Release,
}

/// Builds `taste` and gives its path.
pub(crate) fn taste(profile: Profile) -> Result<PathBuf, Failure> {
    let (name, flags, folder): (_, &[&str], _) = match profile {
        // `--workspace`: with the features that `cargo test --workspace` unites, so that no dependency is compiled twice.
        // The gallery's drawings are what many tests vote on: built here, no test waits for a compiler.
        Profile::Dev => ("taste (dev)", &["--workspace", "--bin", "taste-gallery"], "debug"),
        Profile::Release => ("taste (release)", &["--package", "taste-cli", "--release"], "release"),
    };
    let step = Step::start(name);
    Program::cargo(&format!("cargo build {name}"))
        .args(["build", "--bin", "taste"])
        .args(flags)
        .run(&step)?;
    let file = paths::target().join(folder).join(paths::executable("taste"));
    step.done(&paths::shown(&file));
    Ok(file)
}

/// The crates that become the npm package's wasm modules.
pub(crate) fn wasm_packages() -> [&'static str; 6] {
    MODULES.map(|module| module.package)
}

/// wasm-bindgen's output folders for the vote and the taste wasm.
pub(crate) fn glue_folders() -> [PathBuf; 2] {
    [VOTE.glue(), TASTE.glue()]
}

/// wasm-bindgen's output folder for the content wasm.
pub(crate) fn content_glue() -> PathBuf {
    CONTENT.glue()
}

/// Builds an example of a crate as wasm, as small as what is published, and gives the folder of its glue.
pub(crate) fn example(package: &str, example: &str) -> Result<PathBuf, Failure> {
    bindgen::check_version()?;
    let profile = wasm::Profile::Published;
    let toolchain = wasm::find(profile)?;
    let step = Step::start(format!("wasm of {example}"));
    toolchain
        .cargo_build(&format!("cargo build {example}"), profile, Aim::Size)
        .args(["--package", package, "--example", example])
        .run(&step)?;
    let compiled = wasm::built_file(profile, Aim::Size, &format!("examples/{example}"));
    let out = paths::target().join("wasm-bindgen").join(example);
    bindgen::generate(&compiled, &out, false)?;
    node::packages(&paths::web())?;
    bindgen::optimise(&out, example, Aim::Size, &step)?;
    step.done(&toolchain.describe(profile));
    Ok(out)
}

/// Builds the wasm modules and everything in `pkg/dist`.
pub(crate) fn web(dev: bool) -> Result<(), Failure> {
    bindgen::check_version()?;
    compile(dev)?;
    node::packages(&paths::web())?;
    for module in &MODULES {
        glue(module, dev)?;
    }
    package(dev)
}

fn wasm_profile(dev: bool) -> wasm::Profile {
    if dev { wasm::Profile::Dev } else { wasm::Profile::Published }
}

fn compile(dev: bool) -> Result<(), Failure> {
    let profile = wasm_profile(dev);
    let toolchain = wasm::find(profile)?;
    let step = Step::start(format!("wasm ({})", profile.name(Aim::Size)));
    // One after the other: in one call Cargo would join their features, and the vote module would get
    // curves, taste and an ONNX reader.
    for module in &MODULES {
        let name = format!("cargo build {}", module.package);
        toolchain.cargo_build(&name, profile, module.aim).args(["--package", module.package]).run(&step)?;
    }
    step.done(&toolchain.describe(profile));
    Ok(())
}

fn glue(module: &Module, dev: bool) -> Result<(), Failure> {
    let compiled = wasm::built_file(wasm_profile(dev), module.aim, module.stem);
    let out = module.glue();
    let name = format!("glue of {}", module.package);
    let step = Step::start(name.as_str());
    let mut stamp = Stamp::default().text(if dev { "dev" } else { "full" }).path(&compiled);
    for way in bindgen::SOURCES {
        stamp = stamp.text(way);
    }
    if !dev {
        // The version of wasm-opt.
        stamp = stamp.path(&paths::web().join("package-lock.json"));
    }
    let stamp = stamp.digest();
    let wasm = out.join(format!("{}_bg.wasm", module.stem));
    if State::read().is_done(&name, &stamp) && wasm.is_file() {
        step.unchanged();
        return Ok(());
    }
    State::begun(&name)?;
    // Made beside its place and then moved: whoever reads the folder never sees half of it.
    let partial = out.with_extension(format!("partial-{}", std::process::id()));
    step.says("wasm-bindgen");
    let is_vote = module.package == VOTE.package;
    if is_vote {
        bindgen::generate_without_objects(&compiled, &partial, module.stem, dev)?;
    } else {
        bindgen::generate(&compiled, &partial, dev)?;
    }
    let mut names = Shortened::default();
    if !dev {
        step.says("wasm-opt");
        names = bindgen::optimise(&partial, module.stem, module.aim, &step)?;
    }
    if is_vote {
        let late = LATE.map(|name| names.exports.get(name).map_or(name, String::as_str).to_owned());
        // Its name ends in a digest.
        let asked = names.imports.iter().find(|(name, _)| name.starts_with(ASKED_LATE));
        let asked: Vec<String> = asked.into_iter().map(|(_, short)| short.clone()).collect();
        bindgen::divide(&partial, module.stem, &late, &asked, dev, &step)?;
        step.says("wasm-bindgen, for the script");
        bindgen::generate_plain(&compiled, &partial.join(PLAIN), module.stem, &step)?;
    }
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| Failure::io("empty", &out, &error))?;
    }
    fs::rename(&partial, &out).map_err(|error| Failure::io("write", &out, &error))?;
    let bytes = fs::metadata(&wasm).map_err(|error| Failure::io("read", &wasm, &error))?.len();
    step.done(&format!("{} bytes", thousands(bytes)));
    State::finished(&name, stamp)
}

fn package(dev: bool) -> Result<(), Failure> {
    let (web, dist) = (paths::web(), paths::package().join("dist"));
    let encoder = paths::encoder();
    node::packages(&web)?;
    node::packages(&encoder)?;
    let step = Step::start("npm package files");
    let mut stamp = Stamp::default().text(if dev { "dev" } else { "full" });
    for module in &MODULES {
        stamp = stamp.path(&module.glue());
    }
    let scripts = ["build.mjs", "docs.mjs", "frameworks.mjs", "manifest.mjs"];
    for part in ["src", "package.json", "package-lock.json", "tsconfig.json"].iter().chain(&scripts) {
        stamp = stamp.path(&web.join(part));
    }
    for part in ["src", "licences", "build.mjs", "package-lock.json", "tsconfig.json"] {
        stamp = stamp.path(&encoder.join(part));
    }
    stamp = stamp.path(&paths::root().join("bindings/react"));
    let stamp = stamp.path(&paths::package().join("package.json")).digest();
    if State::read().is_done("package", &stamp) && dist.is_dir() {
        step.unchanged();
        return Ok(());
    }
    State::begun("package")?;
    node::script("bindings/web/build.mjs", &web.join("build.mjs"))?
        .args([VOTE, TASTE, CONTENT].map(|module| module.glue()))
        .arg(&dist)
        .args(dev.then_some("--dev"))
        .folder(&web)
        .remedy("the message above is the TypeScript compiler's or the bundler's")
        .run(&step)?;
    node::script("bindings/encoder/build.mjs", &encoder.join("build.mjs"))?
        .args([ENCODER, PICTURES, SENSES].map(|module| module.glue()))
        .arg(dist.join("encoder"))
        .args(dev.then_some("--dev"))
        .folder(&encoder)
        .remedy("the message above is the TypeScript compiler's or the bundler's")
        .run(&step)?;
    step.done(&paths::shown(&dist));
    State::finished("package", stamp)
}
