//! A person's posterior at the largest number of features: learning from a vote, choosing the next pair, scoring everything.
//! Natively and in Chromium, each beside its budget; natively beside numpy as well, where it computes the same.

use std::fs;

use serde::Deserialize;

use super::{Outcome, Row, parse};
use crate::build;
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{chromium, node, python};

/// Numpy scores in another order, in the same 32 bits.
const AGREEMENT: f64 = 1e-4;

/// Seconds.
#[derive(Deserialize)]
struct Ours {
    learn: f64,
    choose_1000: f64,
    choose_100000: f64,
    score: f64,
}

#[derive(Deserialize)]
struct Theirs {
    score: f64,
    learn: f64,
    /// Largest difference between the two results.
    difference: f64,
    version: String,
}

impl Ours {
    /// What each is, its seconds, its unit as a number of it a second, and the budget in that unit.
    fn parts(&self) -> [(&'static str, f64, &'static str, f64, f64); 4] {
        [
            ("learning from a duel, 32 features", self.learn, "µs", 1e6, 20.0),
            ("choosing the next pair among 1,000 candidates", self.choose_1000, "ms", 1e3, 2.0),
            ("choosing the next pair among 100,000 candidates", self.choose_100000, "ms", 1e3, 20.0),
            ("scoring 100,000 candidates, 32 features", self.score, "ms", 1e3, 5.0),
        ]
    }

    fn beside_budget(&self, place: &str) -> impl Iterator<Item = Row> {
        self.parts().into_iter().map(move |(name, seconds, unit, per_second, budget)| {
            row(format!("{name} ({place})"), unit, seconds * per_second, budget, "budget".to_owned())
        })
    }
}

fn row(name: String, unit: &str, ours: f64, peer: f64, peer_name: String) -> Row {
    Row { name, unit: unit.to_owned(), ours, peer, peer_name, ratio: peer / ours }
}

pub(super) fn run(install_peers: bool) -> Result<Outcome, Failure> {
    let folder = paths::target().join("bench").join("posterior");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("create", &folder, &error))?;

    let step = Step::start("posterior, native");
    let finished = Program::cargo("bench posterior")
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "taste-model",
            "--example",
            "bench_posterior",
            "--",
        ])
        .arg(&folder)
        .run(&step)?;
    let native: Ours = parse("bench_posterior", &finished.stdout)?;
    step.done(&format!("{:.1} µs a vote", 1e6 * native.learn));

    let glue = build::example("taste-model", "bench_posterior")?;
    let browser = chromium::find()?;
    let step = Step::start("posterior, Chromium");
    let name = "bench-posterior.mjs";
    let finished =
        node::script(name, &paths::scripts().join(name))?.arg(&glue).env("CHROMIUM", &browser).run(&step)?;
    let page: Ours = parse(name, &finished.stdout)?;
    step.done(&format!("{:.1} µs a vote", 1e6 * page.learn));

    let mut rows: Vec<Row> = native.beside_budget("native").chain(page.beside_budget("Chromium")).collect();
    if let Some(python) = python::with("numpy", &["numpy"], install_peers)? {
        let step = Step::start("posterior, numpy");
        let finished = Program::new("posterior.py", python)
            .arg(paths::root().join("crates/xtask/python/posterior.py"))
            .arg(&folder)
            .run(&step)?;
        let theirs: Theirs = parse("posterior.py", &finished.stdout)?;
        step.done(&format!("{:.1} µs a vote", 1e6 * theirs.learn));
        if theirs.difference.is_nan() || theirs.difference > AGREEMENT {
            return Err(Failure::new(format!(
                "ours and numpy's results differ by {:.1e}: their times do not compare",
                theirs.difference
            )));
        }
        let peer = format!("numpy {}", theirs.version);
        let [learn, _, _, score] = native.parts();
        for ((name, seconds, unit, per_second, _), theirs) in [(learn, theirs.learn), (score, theirs.score)] {
            let name = format!("{name} (native)");
            rows.push(row(name, unit, seconds * per_second, theirs * per_second, peer.clone()));
        }
    }
    Ok(Outcome::Rows(rows))
}
