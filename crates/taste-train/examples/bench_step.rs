//! One half of `cargo xtask bench --only training`: steps a second of the training step by ONNX Runtime.
//!
//! `bench_step FOLDER THREADS` writes the problem for the peer (`problem.json` and one little-endian file an array) and
//! prints one JSON object: steps a second, the loss of the first step, and the loss after a hundred. The sizes are those
//! of a round that has been voted on for a while, trained as [`TrainConfig`] does by default.

use std::{error::Error, fs, path::PathBuf, time::Instant};

use serde_json::json;
use taste_inference::{GraphOptions, OrtGraph, Runtime, TensorData, TensorView};
use taste_onnx::to_bytes;
use taste_train::{
    Layout, Shape, TrainConfig,
    step::{BETA_1, BETA_2, input, output},
    training_step,
};

const CANDIDATES: usize = 1_000;
/// As `visual@1` has it.
const DIMENSION: usize = 128;
const PERSONS: usize = 2_000;
/// One judgement in ten is an approval.
const APPROVAL_SHARE: usize = 10;
/// Batches that the steps take in turn.
const BATCHES: usize = 4;
/// Steps before the clock starts. Their last loss shows that both sides walk the same way.
const WARM_UP: usize = 100;
const TURNS: usize = 9;
const TURN_SECONDS: f64 = 0.5;
const RATE: f32 = 0.01;
const PRECISION: f32 = 1e-4;

/// SplitMix64 (Steele, Lea, Flood 2014): seeded, so that every run measures the same steps.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> i64 {
        (self.next() % n as u64) as i64
    }

    /// Uniform in [−size, size).
    fn around_zero(&mut self, size: f32) -> f32 {
        ((self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    }
}

/// The judgements of all batches, one after the other.
#[derive(Default)]
struct Judgements {
    duel_person: Vec<i64>,
    duel_left: Vec<i64>,
    duel_right: Vec<i64>,
    duel_weight: Vec<f32>,
    approval_person: Vec<i64>,
    approval_candidate: Vec<i64>,
    approval_weight: Vec<f32>,
}

impl Judgements {
    fn draw(random: &mut Random, duels: usize, approvals: usize) -> Self {
        let mut all = Self::default();
        let weight = 1.0 / (duels + approvals) as f32;
        for _ in 0..BATCHES * duels {
            let left = random.below(CANDIDATES);
            all.duel_person.push(random.below(PERSONS));
            all.duel_left.push(left);
            all.duel_right.push((left + 1 + random.below(CANDIDATES - 1)) % CANDIDATES as i64);
            // Nine in twenty for each side, the rest are ties.
            let outcome = random.below(20);
            all.duel_weight.extend(
                [outcome < 9, (9..18).contains(&outcome), outcome >= 18].map(|is| weight * f32::from(is)),
            );
        }
        for _ in 0..BATCHES * approvals {
            all.approval_person.push(random.below(PERSONS));
            all.approval_candidate.push(random.below(CANDIDATES));
            let liked = random.below(2) == 0;
            all.approval_weight.extend([liked, !liked].map(|is| weight * f32::from(is)));
        }
        all
    }
}

fn bytes<T: Copy, const N: usize>(values: &[T], to_bytes: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| to_bytes(*value)).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, threads] = &arguments[..] else { return Err("usage: bench_step FOLDER THREADS".into()) };
    let (folder, threads): (PathBuf, usize) = (folder.into(), threads.parse()?);

    let TrainConfig { rank, hidden, batch, .. } = TrainConfig::default();
    let (approvals, duels) = (batch / APPROVAL_SHARE, batch - batch / APPROVAL_SHARE);
    let shape = Shape { candidates: CANDIDATES, dimension: DIMENSION, hidden, rank, persons: PERSONS };
    let layout = Layout::new(shape);
    let mut random = Random(20_260_101);
    // Uniform with variance 1 / d: a mean squared length of one, as training's standardised embeddings have.
    let size = (3.0 / DIMENSION as f32).sqrt();
    let embeddings: Vec<f32> = (0..CANDIDATES * DIMENSION).map(|_| random.around_zero(size)).collect();
    let start: Vec<f32> = (0..layout.len()).map(|_| random.around_zero(0.3)).collect();
    let precision = vec![PRECISION; layout.len()];
    let judgements = Judgements::draw(&mut random, duels, approvals);
    let Judgements { duel_person, duel_left, duel_right, duel_weight, .. } = &judgements;
    let Judgements { approval_person, approval_candidate, approval_weight, .. } = &judgements;

    let problem = json!({
        "candidates": CANDIDATES, "dimension": DIMENSION, "rank": rank, "persons": PERSONS, "batches": BATCHES,
        "duels": duels, "approvals": approvals, "rate": RATE, "precision": PRECISION, "beta_1": BETA_1,
        "beta_2": BETA_2, "epsilon": taste_train::step::EPSILON, "least_tie": taste_train::step::LEAST_TIE,
        "tie_shift": taste_train::step::TIE_SHIFT, "warm_up": WARM_UP, "turns": TURNS, "turn_seconds": TURN_SECONDS,
    });
    fs::write(folder.join("problem.json"), problem.to_string())?;
    for (name, values) in [
        ("embeddings", &embeddings),
        ("parameters", &start),
        (input::DUEL_WEIGHT, duel_weight),
        (input::APPROVAL_WEIGHT, approval_weight),
    ] {
        fs::write(folder.join(format!("{name}.f32")), bytes(values, f32::to_le_bytes))?;
    }
    for (name, values) in [
        (input::DUEL_PERSON, duel_person),
        (input::DUEL_LEFT, duel_left),
        (input::DUEL_RIGHT, duel_right),
        (input::APPROVAL_PERSON, approval_person),
        (input::APPROVAL_CANDIDATE, approval_candidate),
    ] {
        fs::write(folder.join(format!("{name}.i64")), bytes(values, i64::to_le_bytes))?;
    }

    let onnx = to_bytes(&training_step(&layout, &embeddings));
    let mut graph = OrtGraph::from_bytes(&Runtime::load(None)?, &onnx, GraphOptions { threads })?;
    let place = |name: &str| graph.outputs().iter().position(|port| port.name == name);
    let places = [output::PARAMETERS, output::MOMENT, output::SQUARE, output::LOSS].map(place);
    let [Some(at_parameters), Some(at_moment), Some(at_square), Some(at_loss)] = places else {
        return Err("the step lacks an output".into());
    };
    let n = [layout.len()];
    let pace = vec![1.0; layout.len()];
    let (mut parameters, mut moment, mut square) = (start, vec![0.0; n[0]], vec![0.0; n[0]]);
    // The peer has duels alone; the fourth column is for parts of an order.
    let weights: Vec<f32> =
        duel_weight.chunks_exact(3).flat_map(|row| [row[0], row[1], row[2], 0.0]).collect();
    // Nor stars: nothing is counted from a cut point.
    let cuts = vec![0.0; approvals * 2];
    let mut steps = 0;
    // As `taste-train` calls it: the state goes in and comes out, the batch is ready.
    let mut step = || -> Result<f32, Box<dyn Error>> {
        let at = steps % BATCHES;
        steps += 1;
        let (d, a) = (at * duels..(at + 1) * duels, at * approvals..(at + 1) * approvals);
        let count = i32::try_from(steps)?;
        let schedule = [RATE, 0.0, 1.0 - BETA_1.powi(count), 1.0 - BETA_2.powi(count)];
        let mut outputs = graph.run(&[
            (input::PARAMETERS, TensorView::F32(&n, &parameters)),
            (input::MOMENT, TensorView::F32(&n, &moment)),
            (input::SQUARE, TensorView::F32(&n, &square)),
            (input::PRECISION, TensorView::F32(&n, &precision)),
            (input::PACE, TensorView::F32(&n, &pace)),
            (input::SCHEDULE, TensorView::F32(&[4], &schedule)),
            (input::DUEL_PERSON, TensorView::I64(&[duels], &duel_person[d.clone()])),
            (input::DUEL_LEFT, TensorView::I64(&[duels], &duel_left[d.clone()])),
            (input::DUEL_RIGHT, TensorView::I64(&[duels], &duel_right[d.clone()])),
            (input::DUEL_WEIGHT, TensorView::F32(&[duels, 4], &weights[d.start * 4..d.end * 4])),
            (input::APPROVAL_PERSON, TensorView::I64(&[approvals], &approval_person[a.clone()])),
            (input::APPROVAL_CANDIDATE, TensorView::I64(&[approvals], &approval_candidate[a.clone()])),
            (
                input::APPROVAL_WEIGHT,
                TensorView::F32(&[approvals, 2], &approval_weight[a.start * 2..a.end * 2]),
            ),
            (input::APPROVAL_CUT, TensorView::F32(&[approvals, 2], &cuts)),
        ])?;
        let mut take =
            |place: usize| match std::mem::replace(&mut outputs[place].data, TensorData::F32(vec![])) {
                TensorData::F32(data) => data,
                _ => unreachable!("outputs of an OrtGraph are f32"),
            };
        parameters = take(at_parameters);
        moment = take(at_moment);
        square = take(at_square);
        Ok(take(at_loss)[0])
    };

    let first = step()?;
    let mut last = first;
    for _ in 1..WARM_UP {
        last = step()?;
    }
    let mut rates = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let (started, mut done) = (Instant::now(), 0);
        while started.elapsed().as_secs_f64() < TURN_SECONDS {
            step()?;
            done += 1;
        }
        rates.push(f64::from(done) / started.elapsed().as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    #[allow(clippy::print_stdout, reason = "the result goes to xtask through standard output")]
    {
        println!("{}", json!({ "rate": rates[TURNS / 2], "first_loss": first, "last_loss": last }));
    }
    Ok(())
}
