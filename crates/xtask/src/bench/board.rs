//! Boards of a million comparisons: `taste-model` beside evalica's compiled core, which fits strengths, and beside arena-rank,
//! which has intervals as well; on the same comparisons, to the same answer. Each figure is the quickest of nine turns (one,
//! where a peer takes a minute): what else the machine does only ever adds.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{Outcome, Row, parse};
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::python;

/// Log-strengths further apart than this are different answers, and their times do not compare.
const AGREEMENT: f64 = 1e-3;

/// Seconds that a board of ten thousand candidates may take, and its fragility.
const BUDGET: [f64; 2] = [0.35, 1.0];

/// Seconds.
#[derive(Deserialize)]
struct Ours {
    candidates: usize,
    /// To add up the comparisons and fit the strengths, on one thread.
    fit: f64,
    /// The whole board on one thread: intervals, rank ranges and shares as well.
    alone: f64,
    /// The same on two.
    board: f64,
    /// How much longer it takes with the first place's fragility.
    fragility: f64,
}

#[derive(Deserialize)]
struct Memory {
    seconds: f64,
    bytes: f64,
}

#[derive(Deserialize)]
struct Theirs {
    seconds: f64,
    /// Largest difference between the two results' log-strengths.
    difference: f64,
    version: String,
}

fn ours(argument: &Path) -> Program {
    Program::cargo("bench board")
        .args(["run", "--quiet", "--release", "--package", "taste-model", "--example", "bench_board", "--"])
        .arg(argument)
}

fn theirs(folder: &Path, peer: &str, candidates: usize, install: bool) -> Result<Option<Theirs>, Failure> {
    let Some(python) = python::with(&peer.replace('-', "_"), &[peer, "numpy"], install)? else {
        return Ok(None);
    };
    let step = Step::start(format!("board of {candidates}, {peer}"));
    let finished = Program::new("board.py", python)
        .arg(paths::root().join("crates/xtask/python/board.py"))
        .arg(folder)
        .args([&candidates.to_string(), peer])
        .timeout(Duration::from_secs(900))
        .run(&step)?;
    let theirs: Theirs = parse("board.py", &finished.stdout)?;
    step.done(&format!("{:.3} s", theirs.seconds));
    if theirs.difference > AGREEMENT {
        return Err(Failure::new(format!(
            "ours and {peer}'s log-strengths differ by {:.1e}: their times do not compare",
            theirs.difference
        )));
    }
    Ok(Some(theirs))
}

pub(super) fn run(install_peers: bool) -> Result<Outcome, Failure> {
    let folder = paths::target().join("bench");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;

    let step = Step::start("board, ours");
    let finished = ours(&folder).run(&step)?;
    let sizes: Vec<Ours> = parse("bench_board", &finished.stdout)?;
    step.done(&sizes.iter().map(|size| format!("{:.3} s", size.board)).collect::<Vec<_>>().join(", "));
    let step = Step::start("board of ten million comparisons");
    let finished = ours(Path::new("memory")).run(&step)?;
    let memory: Memory = parse("bench_board", &finished.stdout)?;
    step.done(&format!("{:.1} s", memory.seconds));

    let row = |name: String, unit: &str, ours: f64, peer: f64, peer_name: String| Row {
        name,
        unit: unit.to_owned(),
        ours,
        peer,
        peer_name,
        ratio: peer / ours,
    };
    let mut rows = Vec::new();
    for size in &sizes {
        let of = format!("1,000,000 comparisons, {} candidates", size.candidates);
        if let Some(theirs) = theirs(&folder, "evalica", size.candidates, install_peers)? {
            let peer = format!("evalica {}, fit alone", theirs.version);
            let one = format!("Bradley–Terry, {of}, one thread");
            rows.push(row(one, "s", size.fit, theirs.seconds, peer.clone()));
            let alone = format!("board with intervals, rank ranges and shares, {of}, one thread");
            rows.push(row(alone, "s", size.alone, theirs.seconds, peer.clone()));
            rows.push(row(format!("the same, {of}, two threads"), "s", size.board, theirs.seconds, peer));
        }
        // Its matrices are dense and inverted: a thousand candidates take it seconds, ten thousand hours.
        if size.candidates <= 1000
            && let Some(theirs) = theirs(&folder, "arena-rank", size.candidates, install_peers)?
        {
            let peer = format!("arena-rank {}, with its sandwich", theirs.version);
            rows.push(row(format!("board, {of}, two threads"), "s", size.board, theirs.seconds, peer));
        }
        if size.candidates > 1000 {
            let [board, fragility] = BUDGET;
            let budget = || "budget".to_owned();
            rows.push(row(format!("board, {of}, two threads"), "s", size.board, board, budget()));
            rows.push(row(
                format!("its fragility, {of}, two threads"),
                "s",
                size.fragility,
                fragility,
                budget(),
            ));
        }
    }
    if memory.bytes > 0.0 {
        let name = "board with fragility, 10,000,000 comparisons, 100,000 candidates".to_owned();
        rows.push(row(name, "GiB", memory.bytes / f64::from(1 << 30), 2.0, "budget".to_owned()));
    }
    if rows.is_empty() {
        return Ok(Outcome::Skipped(
            "board: no Python with evalica or arena-rank here (--install-peers gets them)".to_owned(),
        ));
    }
    Ok(Outcome::Rows(rows))
}
