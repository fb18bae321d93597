//! `cargo xtask setup`: everything that the other tasks need, found or installed. They call the parts themselves as
//! they need them; setup calls all, so that afterwards nothing is downloaded.

use clap::Args;

use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{chromium, firefox, node, onnxruntime, wasm};

#[derive(Args, Default)]
pub(crate) struct Options {}

pub(crate) fn run(_options: &Options) -> Result<(), Failure> {
    report("Node.js", &node::find()?.display().to_string());
    node::packages(&paths::web())?;
    let profile = wasm::Profile::Published;
    report("wasm toolchain", &wasm::find(profile)?.describe(profile));
    report("ONNX Runtime", &paths::shown(&onnxruntime::find()?));
    report("Chromium", &chromium::find()?.display().to_string());
    chromium::fonts()?;
    let firefox = firefox::find();
    report(
        "Firefox",
        &firefox.map_or("none: its tests are skipped".to_owned(), |path| path.display().to_string()),
    );
    Ok(())
}

fn report(name: &str, found: &str) {
    Step::start(name).done(found);
}
