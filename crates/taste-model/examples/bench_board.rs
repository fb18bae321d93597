//! One half of `cargo xtask bench --only board`: Bradley–Terry on a million comparisons, of a thousand candidates and of ten
//! thousand.
//!
//! `bench_board FOLDER` writes for each size `N-comparisons.bin` (winner, loser and person as little-endian u32) and
//! `N-ratings.bin` (little-endian f64 log-strengths) for the peers, and prints its own times in seconds as one JSON object.
//! `bench_board memory` fits a board of ten million comparisons and prints how long that took and how much memory it held.

use std::{error::Error, fs, path::PathBuf, sync::Mutex, thread, time::Instant};

use taste_model::{Alone, Board, BoardOptions, Crew, IndexedComparison, Job, Pairs};

const SIZES: [usize; 2] = [1000, 10_000];
const COMPARISONS: usize = 1_000_000;
const PERSONS: u64 = 5000;
const RUNS: usize = 9;
/// Weak enough to leave the answer where maximum likelihood has it (to 1e-5), as the peers compute it.
const RIDGE: f64 = 1e-3;

/// Two threads, or one where there is but one processor.
struct Threads;

impl Crew for Threads {
    fn size(&self) -> usize {
        thread::available_parallelism().map_or(1, |threads| threads.get().min(2))
    }

    fn run(&self, jobs: Vec<Job<'_>>) {
        let jobs = Mutex::new(jobs.into_iter());
        let next = || jobs.lock().ok().and_then(|mut jobs| jobs.next());
        let work = || std::iter::from_fn(next).for_each(|job| job());
        thread::scope(|scope| {
            (1..self.size()).for_each(|_| drop(scope.spawn(work)));
            work();
        });
    }
}

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
fn comparisons(candidates: usize, comparisons: usize) -> Vec<IndexedComparison> {
    let mut random = Random(20_260_101);
    let strength = |candidate: u64| 4.0 * candidate as f64 / (candidates - 1) as f64 - 2.0;
    (0..comparisons)
        .map(|_| {
            let left = random.next() % candidates as u64;
            let right = (left + 1 + random.next() % (candidates as u64 - 1)) % candidates as u64;
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

/// Seconds of the quickest of a few runs after one to warm up, and the last result. The quickest: what else the machine does
/// only ever adds.
fn timed<T>(mut run: impl FnMut() -> T) -> (f64, T) {
    let mut result = run();
    let mut quickest = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        result = run();
        quickest = quickest.min(start.elapsed().as_secs_f64());
    }
    (quickest, result)
}

fn measured(candidates: usize, folder: &std::path::Path) -> Result<String, Box<dyn Error>> {
    let comparisons = comparisons(candidates, COMPARISONS);
    let (fit, strengths) =
        timed(|| Pairs::aggregate(candidates, &comparisons).map(|pairs| pairs.strengths(RIDGE)));
    let whole = |options: BoardOptions, crew: &dyn Crew| {
        timed(|| Board::fit_with(candidates, &comparisons, &options, crew).map(|board| board.rows.len())).0
    };
    let alone = whole(BoardOptions::default(), &Alone);
    let board = whole(BoardOptions::default(), &Threads);
    let fragile = whole(BoardOptions { fragility: true, ..BoardOptions::default() }, &Threads);

    let written: Vec<u8> = comparisons
        .iter()
        .flat_map(|comparison| [comparison.winner, comparison.loser, comparison.person])
        .flat_map(u32::to_le_bytes)
        .collect();
    fs::write(folder.join(format!("{candidates}-comparisons.bin")), written)?;
    let ratings: Vec<u8> = strengths?.ratings.iter().flat_map(|rating| rating.to_le_bytes()).collect();
    fs::write(folder.join(format!("{candidates}-ratings.bin")), ratings)?;
    let fragility = (fragile - board).max(0.0);
    Ok(format!(
        "{{\"candidates\":{candidates},\"fit\":{fit},\"alone\":{alone},\"board\":{board},\"fragility\":{fragility}}}"
    ))
}

/// The most memory this process held, in bytes, where the system says it.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Ten million comparisons of a hundred thousand candidates, the comparisons themselves included.
fn memory() -> Result<String, Box<dyn Error>> {
    let comparisons = comparisons(100_000, 10_000_000);
    let start = Instant::now();
    let board = Board::fit_with(100_000, &comparisons, &BoardOptions::full(), &Threads)?;
    let (seconds, bytes) = (start.elapsed().as_secs_f64(), most_memory().unwrap_or(0));
    let (votes, fragility) = (board.votes, board.fragility);
    Ok(format!(
        "{{\"seconds\":{seconds},\"bytes\":{bytes},\"votes\":{votes},\"fragility\":\"{fragility:?}\"}}"
    ))
}

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args_os().nth(1).ok_or("usage: bench_board FOLDER | memory")?;
    let said = if argument == "memory" {
        memory()?
    } else {
        let folder = PathBuf::from(argument);
        let sizes: Result<Vec<String>, _> = SIZES.iter().map(|&size| measured(size, &folder)).collect();
        format!("[{}]", sizes?.join(","))
    };
    #[allow(clippy::print_stdout, reason = "the result goes to xtask through standard output")]
    {
        println!("{said}");
    }
    Ok(())
}
