//! One half of `cargo xtask bench --only posterior`: learning from a vote, choosing the next pair, and scoring candidates, at
//! the largest number of features. Natively, and the same code as a wasm module in a browser.
//!
//! `bench_posterior FOLDER` writes what the peer works on (`rows.f32`: utility and features; `mean.f64`, `covariance.f64`:
//! the posterior; `towards.f64`: the directions of the votes; `posterior.json`: sizes and results) and prints its own times
//! as one JSON object.

use std::collections::BTreeMap;

use taste_core::{Digest, DuelOutcome, EncoderId};
use taste_model::{
    Before, FeatureTable, Head, Likelihood, Observation, Prior, Provenance, QuestionOptions, Taste,
    TasteModel, choose_pair,
};

/// r, the most a model may have.
const FEATURES: usize = 32;
/// Votes of one turn.
const VOTES: usize = 200;

/// SplitMix64 (Steele, Lea, Flood 2014): seeded, so that every run measures the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [−1, 1).
    fn signed(&mut self) -> f32 {
        ((self.next() >> 40) as f32) / (1u64 << 23) as f32 - 1.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// A round of some candidates, and a person of it.
struct World {
    table: FeatureTable,
    taste: Taste,
    seed: u64,
}

impl World {
    fn new(candidates: usize) -> Self {
        let mut random = Random(20_260_101);
        // Utility and features are the numbers of the embedding.
        let width = FEATURES + 1;
        let mut feature_weights = vec![0.0; width * FEATURES];
        (0..FEATURES).for_each(|at| feature_weights[(at + 1) * FEATURES + at] = 1.0);
        let mut utility_weights = vec![0.0; width];
        utility_weights[0] = 1.0;
        let head = Head {
            mean: vec![0.0; width],
            inv_std: vec![1.0; width],
            hidden: None,
            utility_weights,
            utility_bias: 0.0,
            feature_weights,
        };
        let prior = Prior::isotropic(FEATURES, 1.0, 1.0, 0.0).expect("a sound prior");
        let model = TasteModel::new(
            EncoderId("bench@1".into()),
            head,
            &prior,
            Likelihood { tie: 0.2, position: 0.05, ..Likelihood::default() },
            BTreeMap::new(),
            Provenance::default(),
        )
        .expect("a sound model");
        let embeddings: Vec<f32> = (0..candidates * width).map(|_| 0.5 * random.signed()).collect();
        let rows = embeddings.chunks_exact(width).enumerate().map(|(at, row)| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&(at as u64).to_le_bytes());
            (Digest(id), row)
        });
        let table = FeatureTable::build(&model, Digest::default(), rows).expect("finite numbers");
        let taste = Taste::crowd(table.prior());
        let mut world = Self { table, taste, seed: 1 };
        world.learn(VOTES);
        world
    }

    /// Learns from so many duels, from where the person is.
    fn learn(&mut self, votes: usize) -> f64 {
        let mut random = Random(self.seed);
        self.seed += 1;
        let n = self.table.len();
        let mut taste = self.taste.clone();
        for _ in 0..votes {
            let left = random.below(n);
            let right = (left + 1 + random.below(n - 1)) % n;
            let outcome = [DuelOutcome::Left, DuelOutcome::Right, DuelOutcome::Tie][random.below(3)];
            let (left, right) = (self.table.scored(left), self.table.scored(right));
            let (left, right) = (left.expect("below n"), right.expect("below n"));
            let duel = Observation::duel(left, right, outcome);
            taste.update(self.table.likelihood(), &duel).expect("a sound vote");
        }
        let told = taste.mean()[0];
        if self.taste.votes() == 0 {
            self.taste = taste;
        }
        told
    }

    /// Chooses a pair, as a page does: from the table.
    fn choose(&mut self) -> f64 {
        self.seed += 1;
        let candidates = self.table.all();
        let options = QuestionOptions::default();
        let chosen = choose_pair(
            &self.taste,
            self.table.likelihood(),
            &candidates,
            &Before::default(),
            &options,
            self.seed,
        );
        chosen.expect("sound options").expect("a pair is left").gain
    }

    /// How much the person likes every candidate.
    fn score(&self) -> f64 {
        let utilities = self.table.utilities(&self.taste).expect("of this model");
        f64::from(utilities[utilities.len() - 1])
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use wasm_bindgen::prelude::wasm_bindgen;

    /// [`World`](super::World), of so many candidates.
    #[wasm_bindgen]
    pub struct Bench(super::World);

    #[wasm_bindgen]
    impl Bench {
        #[wasm_bindgen(constructor)]
        pub fn new(candidates: usize) -> Self {
            Self(super::World::new(candidates))
        }

        pub fn learn(&mut self, votes: usize) -> f64 {
            self.0.learn(votes)
        }

        pub fn choose(&mut self) -> f64 {
            self.0.choose()
        }

        pub fn score(&mut self) -> f64 {
            self.0.score()
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    use std::{fs, hint::black_box, io::Write as _, path::PathBuf, time::Instant};

    /// Seconds of one turn: the quickest of nine, after a first that warms up. What else the machine does only ever adds.
    fn quickest(mut turn: impl FnMut() -> f64) -> f64 {
        black_box(turn());
        let seconds = (0..9).map(|_| {
            let start = Instant::now();
            black_box(turn());
            start.elapsed().as_secs_f64()
        });
        seconds.fold(f64::INFINITY, f64::min)
    }

    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: bench_posterior FOLDER")?);
    let mut small = World::new(1_000);
    let learn = quickest(|| small.learn(VOTES)) / VOTES as f64;
    let choose_1000 = quickest(|| (0..10).map(|_| small.choose()).sum()) / 10.0;
    let mut large = World::new(100_000);
    let choose_100000 = quickest(|| large.choose());
    let score = quickest(|| large.score());

    let bytes = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let rows: Vec<u8> = (0..large.table.len())
        .flat_map(|at| {
            let (utility, features) = large.table.row(at);
            std::iter::once(utility).chain(features.iter().copied()).collect::<Vec<f32>>()
        })
        .flat_map(f32::to_le_bytes)
        .collect();
    fs::write(folder.join("rows.f32"), rows)?;
    fs::write(folder.join("mean.f64"), bytes(large.taste.mean()))?;
    fs::write(folder.join("covariance.f64"), bytes(large.taste.covariance()))?;
    let utilities: Vec<f64> = large.table.utilities(&large.taste)?.into_iter().map(f64::from).collect();
    fs::write(folder.join("utilities.f64"), bytes(&utilities))?;
    // One more vote for the peer: what it makes of candidates 0 and 1, left preferred, without tie and position.
    let mut after = large.taste.clone();
    let (left, right) =
        (large.table.scored(0).ok_or("no candidate")?, large.table.scored(1).ok_or("no candidate")?);
    after.update(&large.table.likelihood().plain(), &Observation::duel(left, right, DuelOutcome::Left))?;
    fs::write(folder.join("after.f64"), bytes(after.mean()))?;
    writeln!(
        std::io::stdout(),
        "{{\"learn\":{learn},\"choose_1000\":{choose_1000},\"choose_100000\":{choose_100000},\"score\":{score}}}"
    )?;
    Ok(())
}
