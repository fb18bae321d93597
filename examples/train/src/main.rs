//! `cargo run -p example-train [MODEL.onnx]`: votes → log → training → evaluation → one ONNX file.
//!
//! Sixty simulated people with tastes that are known ([`voters`]) judge works of the gallery. Their votes are signed as
//! ballots and become a log, exactly as a server would hold it; from there on everything is what `taste train` and
//! `taste evaluate` do. The floor is what a guesser reaches who knows only which side people press more often.

mod voters;

use std::{collections::BTreeMap, error::Error, io::Write, path::PathBuf};

use sha2::{Digest as _, Sha256};
use taste_ballot::{Ballot, LogEntry};
use taste_core::{CandidateId, Digest, RoundId};
use taste_gallery::Work;
use taste_inference::{Content, Encoder};
use taste_train::{
    Dataset, EmbeddedCandidates, EvaluateConfig, Report, Silent, TrainConfig, evaluate, train,
    write_atomically,
};

use voters::Voter;

const WORKS: usize = 90;
const VOTERS: u64 = 60;
const BALLOTS: u64 = 4;
const VOTES_PER_BALLOT: usize = 10;
const ROUND: RoundId = Digest([7; 32]);
/// Any time will do: nothing in training looks at it.
const NOW: u64 = 1_800_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("model.onnx"), PathBuf::from);
    let works: Vec<Work> = taste_gallery::works(WORKS).collect();
    let candidates = embed(&works)?;
    let log = log(&works, candidates.ids())?;
    let lines = log.iter().map(Vec::as_slice);
    let dataset = Dataset::from_log(ROUND, candidates, lines, &BTreeMap::new())?;

    let config = TrainConfig { seed: 1, ..TrainConfig::default() };
    let trained = train(&dataset, &config, &mut Silent)?;
    write_atomically(&path, &trained.onnx)?;

    let evaluation =
        EvaluateConfig { dataset: "gallery".into(), cold: 0.0, train: config, ..EvaluateConfig::default() };
    let report = evaluate(&dataset, &evaluation, &mut Silent)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} votes in {} ballots, log root {}",
        dataset.opinions.len(),
        log.len(),
        dataset.log_root
    )?;
    writeln!(out, "{} bytes in {}, SHA-256 {}", trained.onnx.len(), path.display(), trained.digest)?;
    writeln!(out, "\n{report}")?;
    writeln!(out, "{}", verdict(&report))?;
    Ok(())
}

/// A work's id is the SHA-256 of its bytes; its embedding comes from the built-in encoder, as on a server.
fn embed(works: &[Work]) -> Result<EmbeddedCandidates, Box<dyn Error>> {
    let encoder = Encoder::builtin("visual@1")?;
    let contents: Vec<_> = works
        .iter()
        .map(|work| Content { media_type: "image/svg+xml", bytes: work.svg.as_bytes() })
        .collect();
    let mut numbers = Vec::new();
    for embedding in encoder.embed_batch(&contents, 0, &|_| {}) {
        numbers.extend_from_slice(embedding?.values());
    }
    let id = |work: &Work| -> CandidateId { Digest(Sha256::digest(&work.svg).into()) };
    Ok(EmbeddedCandidates::new(works.iter().map(id).collect(), encoder.id().clone(), numbers)?)
}

/// Everybody votes and signs; every ballot is verified before it becomes a line of the log.
fn log(works: &[Work], ids: &[CandidateId]) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut lines = Vec::new();
    for number in 1..=VOTERS {
        let mut voter = Voter::new(number)?;
        for sequence in 1..=BALLOTS {
            let votes: Result<_, _> = (0..VOTES_PER_BALLOT).map(|_| voter.vote(works, ids)).collect();
            let ballot = Ballot {
                round: ROUND,
                voter: voter.key.address(),
                sequence,
                issued_at: NOW,
                deadline: NOW + 60,
                source: String::new(),
                votes: votes?,
            };
            let signed = ballot.sign(&voter.key);
            signed.verify(NOW)?;
            lines.push(serde_json::to_vec(&LogEntry {
                index: lines.len() as u64,
                accepted_at: NOW,
                signed,
                chain: None,
            })?);
        }
    }
    Ok(lines)
}

/// The two rows that matter: people whose votes the training never saw, before and after they said something.
fn verdict(report: &Report) -> String {
    let most = report.rows.iter().map(|row| row.k).max().unwrap_or(0);
    let accuracy = |model, k| report.row(model, k, "all").map_or(0.0, |row| 100.0 * row.accuracy);
    format!(
        "people held out: floor {:.1} %, crowd {:.1} %, after {most} votes of their own {:.1} %",
        accuracy("floor", 0),
        accuracy("crowd", 0),
        accuracy("personal", most)
    )
}
