//! `cargo xtask bench`: speed beside a peer, both in the same run. One file per bench.

mod ballots;
mod board;
mod encoders;
mod page;
mod posterior;
mod training;

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::console;
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Options {
    /// Run only this bench (may be repeated)
    #[arg(long, value_name = "BENCH")]
    only: Vec<Bench>,
    /// Also write the rows as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Install missing Python peers (evalica, arena-rank, numpy, PyTorch, onnxruntime, PIL, tokenizers) into .tools/venv
    #[arg(long)]
    install_peers: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bench {
    /// EIP-712 in Node.js and Chromium beside viem
    Ballots,
    /// Boards of a million comparisons beside evalica and arena-rank
    Board,
    /// Encoders with networks, in Chromium beside transformers.js and natively beside Python's onnxruntime
    Encoders,
    /// A person's posterior: a vote learned, the next pair, everything scored; beside budgets and numpy
    Posterior,
    /// Training steps beside PyTorch
    Training,
    /// Time to the first vote, and votes, in a page on a slowed-down phone profile, beside the budget
    Page,
}

/// One measured thing.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    name: String,
    /// Of `ours` and `peer`: `operations/s`, `steps/s`, `a second`, `s`, `ms`, `µs`.
    unit: String,
    ours: f64,
    peer: f64,
    peer_name: String,
    /// More than 1 means that ours is better, whatever the unit.
    ratio: f64,
}

/// What a bench gives: rows, or why it was skipped.
enum Outcome {
    Rows(Vec<Row>),
    Skipped(String),
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut skipped = Vec::new();
    for bench in
        [Bench::Ballots, Bench::Board, Bench::Encoders, Bench::Posterior, Bench::Training, Bench::Page]
    {
        if !options.only.is_empty() && !options.only.contains(&bench) {
            continue;
        }
        let outcomes = match bench {
            Bench::Ballots => vec![ballots::run()?],
            Bench::Board => vec![board::run(options.install_peers)?],
            Bench::Encoders => encoders::run(options.install_peers)?,
            Bench::Posterior => vec![posterior::run(options.install_peers)?],
            Bench::Training => vec![training::run(options.install_peers)?],
            Bench::Page => vec![page::run()?],
        };
        for outcome in outcomes {
            match outcome {
                Outcome::Rows(more) => rows.extend(more),
                Outcome::Skipped(reason) => skipped.push(reason),
            }
        }
    }
    let table: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let ratio = format!("{:.1}×", row.ratio);
            vec![
                row.name.clone(),
                figure(row.ours),
                figure(row.peer),
                row.unit.clone(),
                row.peer_name.clone(),
                ratio,
            ]
        })
        .collect();
    console::table(&["", "ours", "peer", "unit", "peer name", "ratio"], &table);
    for reason in &skipped {
        println!("skipped: {reason}");
    }
    if let Some(json) = &options.json {
        let text = serde_json::to_string_pretty(&rows).expect("plain values serialise");
        fs::write(json, text + "\n").map_err(|error| Failure::io("write", json, &error))?;
    }
    Ok(())
}

/// Three digits that matter.
fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Reads the last line of a program's output as JSON.
fn parse<T: for<'a> Deserialize<'a>>(name: &str, stdout: &str) -> Result<T, Failure> {
    let last = stdout.trim().lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .map_err(|error| Failure::new(format!("{name} said something else than expected: {error}: {last}")))
}
