//! Bradley–Terry on a million comparisons of a thousand candidates: `taste-model` beside evalica's compiled core,
//! on the same comparisons, one thread each, to the same answer.

use std::fs;

use serde::Deserialize;

use super::{Outcome, Row, parse};
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::python;

/// Log-strengths further apart than this are different answers, and their times do not compare.
const AGREEMENT: f64 = 1e-3;

#[derive(Deserialize)]
struct Ours {
    /// Seconds to add up the comparisons and fit the strengths.
    fit: f64,
    /// Seconds for the whole board: intervals, rank ranges and shares as well.
    board: f64,
}

#[derive(Deserialize)]
struct Theirs {
    fit: f64,
    /// Largest difference between the two results' log-strengths.
    difference: f64,
    version: String,
}

pub(super) fn run(install_peers: bool) -> Result<Outcome, Failure> {
    let Some(python) = python::with("evalica", &["evalica"], install_peers)? else {
        return Ok(Outcome::Skipped(
            "board: no Python with evalica here (--install-peers gets it)".to_owned(),
        ));
    };
    let folder = paths::target().join("bench");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;

    let step = Step::start("board, ours");
    let finished = Program::cargo("bench board")
        .args(["run", "--quiet", "--release", "--package", "taste-model", "--example", "bench_board", "--"])
        .arg(&folder)
        .run(&step)?;
    let ours: Ours = parse("bench_board", &finished.stdout)?;
    step.done(&format!("fit {:.3} s, whole board {:.3} s", ours.fit, ours.board));

    let step = Step::start("board, evalica");
    let finished = Program::new("board.py", python)
        .arg(paths::root().join("crates/xtask/python/board.py"))
        .arg(&folder)
        // Its compiled core may use more threads than ours.
        .env("RAYON_NUM_THREADS", "1")
        .env("OMP_NUM_THREADS", "1")
        .run(&step)?;
    let theirs: Theirs = parse("board.py", &finished.stdout)?;
    step.done(&format!("fit {:.3} s", theirs.fit));
    if theirs.difference > AGREEMENT {
        return Err(Failure::new(format!(
            "ours and evalica's log-strengths differ by {:.1e}: their times do not compare",
            theirs.difference
        )));
    }
    let row = |name: &str, ours: f64| Row {
        name: name.to_owned(),
        unit: "s".to_owned(),
        ours,
        peer: theirs.fit,
        peer_name: format!("evalica {}, fit alone", theirs.version),
        ratio: theirs.fit / ours,
    };
    Ok(Outcome::Rows(vec![
        row("Bradley–Terry, 1,000,000 comparisons, 1,000 candidates", ours.fit),
        row("the same with intervals, rank ranges and shares", ours.board),
    ]))
}
