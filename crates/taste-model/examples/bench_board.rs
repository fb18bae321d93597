//! One half of `cargo xtask bench --only board`: Bradley–Terry on a million comparisons of a thousand candidates.
//!
//! `bench_board FOLDER` writes `comparisons.bin` (pairs of little-endian u32, winner then loser) and `ratings.bin`
//! (little-endian f64 log-strengths) for the peer, and prints its own times in seconds as one JSON object.

use std::{error::Error, fs, path::PathBuf, time::Instant};

use taste_model::{Board, BoardOptions, IndexedComparison, Pairs};

const CANDIDATES: usize = 1000;
const COMPARISONS: usize = 1_000_000;
const PERSONS: u64 = 5000;
const RUNS: usize = 9;
/// Weak enough to leave the answer where maximum likelihood has it (to 1e-5), as the peer computes it.
const RIDGE: f64 = 1e-3;

/// SplitMix64 (Steele, Lea, Flood 2014): seeded, so that every run measures the same comparisons.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Random pairs, answered by Bradley–Terry with strengths evenly spread over [−2, 2].
fn comparisons() -> Vec<IndexedComparison> {
    let mut random = Random(20_260_101);
    let strength = |candidate: u64| 4.0 * candidate as f64 / (CANDIDATES - 1) as f64 - 2.0;
    (0..COMPARISONS)
        .map(|_| {
            let left = random.next() % CANDIDATES as u64;
            let right = (left + 1 + random.next() % (CANDIDATES as u64 - 1)) % CANDIDATES as u64;
            let chance = 1.0 / (1.0 + (strength(right) - strength(left)).exp());
            let (winner, loser) = if random.unit() < chance { (left, right) } else { (right, left) };
            let person = (random.next() % PERSONS) as u32;
            IndexedComparison {
                winner: winner as u32,
                loser: loser as u32,
                weight: 1.0,
                person,
                tie: false,
                winner_left: None,
            }
        })
        .collect()
}

/// Seconds of the middle one of a few runs after one to warm up, and the last result.
fn timed<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut result = run();
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            result = run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    (seconds[RUNS / 2], result)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: bench_board FOLDER")?);
    let comparisons = comparisons();
    let (fit, strengths) =
        timed(|| Pairs::aggregate(CANDIDATES, &comparisons).map(|pairs| pairs.strengths(RIDGE)));
    let (board, fitted) = timed(|| Board::fit(CANDIDATES, &comparisons, &BoardOptions::default()));
    fitted?;

    let pairs: Vec<u8> = comparisons
        .iter()
        .flat_map(|comparison| [comparison.winner.to_le_bytes(), comparison.loser.to_le_bytes()].concat())
        .collect();
    fs::write(folder.join("comparisons.bin"), pairs)?;
    let ratings: Vec<u8> = strengths?.ratings.iter().flat_map(|rating| rating.to_le_bytes()).collect();
    fs::write(folder.join("ratings.bin"), ratings)?;
    #[allow(clippy::print_stdout, reason = "the result goes to xtask through standard output")]
    {
        println!("{{\"fit\":{fit},\"board\":{board}}}");
    }
    Ok(())
}
