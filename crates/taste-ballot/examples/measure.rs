//! Microseconds for hashing, signing and verifying one ballot: `cargo run --release -p taste-ballot --example measure`,
//! and again with `--features secp256k1` for the C library.
#![allow(clippy::print_stdout)]

use std::{hint::black_box, time::Instant};

use taste_ballot::{Ballot, SessionKey, recover};
use taste_core::{Digest, DuelOutcome, Vote};

/// The median of many runs, in microseconds.
fn median<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut times: Vec<f64> = (0..2_000)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = SessionKey::from_bytes(&[7; 32])?;
    let vote = Vote::duel(Digest([1; 32]), Digest([2; 32]), DuelOutcome::Left)?;
    for votes in [1, 16, 256] {
        let ballot = Ballot {
            round: Digest([3; 32]),
            voter: key.address(),
            sequence: 1,
            issued_at: 1_800_000_000,
            deadline: 1_800_000_600,
            source: String::new(),
            votes: vec![vote.clone(); votes],
        };
        println!("hash, {votes} votes: {:.1} µs", median(|| ballot.digest()));
    }
    let digest = Digest([5; 32]);
    let signature = key.sign_digest(&digest);
    println!("sign: {:.1} µs", median(|| key.sign_digest(&digest)));
    println!("recover: {:.1} µs", median(|| recover(&digest, &signature)));
    Ok(())
}
