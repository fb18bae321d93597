//! Training steps per second: `taste-train`'s ONNX step through ONNX Runtime beside PyTorch eager, on the same data, the
//! same loss and optimiser, one thread each.

use std::fs;

use serde::Deserialize;

use super::{Outcome, Row, parse};
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{onnxruntime, python};

/// Of each side: as many as `taste train` takes, for the same bytes every time. With more, a machine that does something
/// else besides would slow PyTorch's spinning threads far more than it slows ours.
const THREADS: &str = "1";

/// Losses further apart than this, relatively, are not those of the same steps.
const AGREEMENT: f64 = 1e-3;

#[derive(Deserialize)]
struct Measured {
    /// Steps per second: the median of several turns, after a warm-up.
    rate: f64,
    /// Loss at the first step.
    first_loss: f64,
    /// Loss at the last step of the warm-up: both sides went the same way.
    last_loss: f64,
    /// The peer's.
    #[serde(default)]
    version: String,
}

pub(super) fn run(install_peers: bool) -> Result<Outcome, Failure> {
    let Some(python) = python::with("torch", &["torch", "numpy"], install_peers)? else {
        return Ok(Outcome::Skipped(
            "training: no Python with PyTorch here (--install-peers gets it)".to_owned(),
        ));
    };
    let folder = paths::target().join("bench").join("training");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;
    let step = Step::start("training, ours");
    let finished = Program::cargo("bench training")
        .args(["run", "--quiet", "--release", "--package", "taste-train", "--example", "bench_step", "--"])
        .arg(&folder)
        .arg(THREADS)
        .env("ORT_DYLIB_PATH", onnxruntime::find()?)
        .run(&step)?;
    let ours: Measured = parse("bench_step", &finished.stdout)?;
    step.done(&format!("{:.0} steps/s", ours.rate));

    let step = Step::start("training, PyTorch");
    let finished = Program::new("training.py", python)
        .arg(paths::root().join("crates/xtask/python/training.py"))
        .arg(&folder)
        .arg(THREADS)
        .run(&step)?;
    let theirs: Measured = parse("training.py", &finished.stdout)?;
    step.done(&format!("{:.0} steps/s", theirs.rate));
    same_steps(&ours, &theirs)?;
    Ok(Outcome::Rows(vec![Row {
        name: "training step, batch 8,192, one thread".to_owned(),
        unit: "steps/s".to_owned(),
        ours: ours.rate,
        peer: theirs.rate,
        peer_name: format!("PyTorch {}, eager", theirs.version),
        ratio: ours.rate / theirs.rate,
    }]))
}

/// Refuses to compare the times of steps that do not do the same.
fn same_steps(ours: &Measured, theirs: &Measured) -> Result<(), Failure> {
    for (when, ours, theirs) in [
        ("at the first step", ours.first_loss, theirs.first_loss),
        ("after the warm-up", ours.last_loss, theirs.last_loss),
    ] {
        // Written so that a NaN is refused.
        let same = (ours - theirs).abs() <= AGREEMENT * theirs.abs();
        if !same {
            return Err(Failure::new(format!(
                "the loss {when} is {ours} here and {theirs} in PyTorch: not the same steps"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_part_or_lose_their_way_are_not_compared() {
        let measured =
            |first_loss, last_loss| Measured { rate: 1.0, first_loss, last_loss, version: String::new() };
        let ours = measured(0.9, 0.5);
        assert!(same_steps(&ours, &measured(0.90001, 0.50001)).is_ok());
        for other in [measured(0.95, 0.5), measured(0.9, 0.6), measured(0.9, f64::NAN)] {
            assert!(same_steps(&ours, &other).is_err());
        }
    }
}
