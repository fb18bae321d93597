//! Training steps per second: `taste-train`'s ONNX step through ONNX Runtime beside PyTorch eager, on the same data, the
//! same loss and optimiser, the same number of threads.

use std::fs;

use serde::Deserialize;

use super::{Outcome, Row, parse};
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{onnxruntime, python};

/// Both sides use this many threads.
const THREADS: &str = "2";

#[derive(Deserialize)]
struct Ours {
    /// Steps per second.
    rate: f64,
    /// Loss at the first step, to show that both compute the same thing.
    loss: f64,
}

#[derive(Deserialize)]
struct Theirs {
    rate: f64,
    loss: f64,
    version: String,
}

pub(super) fn run(install_peers: bool) -> Result<Outcome, Failure> {
    // Both halves of this bench are programs of their own; without them there is nothing to measure.
    let halves = ["crates/taste-train/examples/bench_step.rs", "crates/xtask/python/training.py"];
    if let Some(missing) = halves.iter().find(|half| !paths::root().join(half).is_file()) {
        return Ok(Outcome::Skipped(format!("training: {missing} does not exist yet")));
    }
    let Some(python) = python::with("torch", &["torch", "numpy"], install_peers)? else {
        return Ok(Outcome::Skipped(
            "training: no Python with PyTorch here (--install-peers gets it)".to_owned(),
        ));
    };
    let folder = paths::target().join("bench");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;

    let step = Step::start("training, ours");
    let finished = Program::cargo("bench training")
        .args(["run", "--quiet", "--release", "--package", "taste-train", "--example", "bench_step", "--"])
        .arg(&folder)
        .arg(THREADS)
        .env("ORT_DYLIB_PATH", onnxruntime::find()?)
        .run(&step)?;
    let ours: Ours = parse("bench_step", &finished.stdout)?;
    step.done(&format!("{:.0} steps/s", ours.rate));

    let step = Step::start("training, PyTorch");
    let finished = Program::new("training.py", python)
        .arg(paths::root().join("crates/xtask/python/training.py"))
        .arg(&folder)
        .arg(THREADS)
        .run(&step)?;
    let theirs: Theirs = parse("training.py", &finished.stdout)?;
    step.done(&format!("{:.0} steps/s", theirs.rate));
    if (ours.loss - theirs.loss).abs() > 1e-3 * ours.loss.abs().max(1.0) {
        return Err(Failure::new(format!(
            "the first step's loss is {} here and {} in PyTorch: not the same step",
            ours.loss, theirs.loss
        )));
    }
    Ok(Outcome::Rows(vec![Row {
        name: "training steps, two threads".to_owned(),
        unit: "steps/s".to_owned(),
        ours: ours.rate,
        peer: theirs.rate,
        peer_name: format!("PyTorch {} eager", theirs.version),
        ratio: ours.rate / theirs.rate,
    }]))
}
