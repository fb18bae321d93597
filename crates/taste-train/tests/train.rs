//! Training as a whole, on votes made by people whose tastes are known.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use taste_ballot::Address;
use taste_core::{ApprovalOutcome, CandidateId, Digest, DuelOutcome, Strength, Vote};
use taste_inference::{GraphOptions, InferenceError, OrtGraph, Runtime, TensorView};
use taste_model::TasteModel;
use taste_train::{
    Answer, Dataset, EmbeddedCandidates, EvaluateConfig, HalfLife, Metrics, Opinion, Person, Progress,
    Silent, Stage, TrainConfig, TrainError, evaluate, train,
};

/// Whether ONNX Runtime is here; says so where it is not.
fn has_runtime() -> bool {
    match Runtime::load(None) {
        Err(InferenceError::RuntimeMissing { searched }) => {
            println!("skipped: no ONNX Runtime in {searched}; `cargo xtask setup` fetches it");
            false
        }
        other => other.is_ok(),
    }
}

/// SplitMix64: draws for the world below, from no seed but its own.
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.uniform() * bound as f64) as usize
    }
}

/// How the world is made.
struct World {
    candidates: usize,
    dimension: usize,
    persons: usize,
    votes: usize,
    /// Variance of utility that all share, by content.
    crowd: f64,
    /// Variance of utility of each person's own.
    personal: f64,
}

const SMALL: World =
    World { candidates: 40, dimension: 12, persons: 60, votes: 25, crowd: 1.0, personal: 2.0 };

impl World {
    /// Everybody judges random pairs (a few tie, one in ten votes is an approval) by u = crowd·x + own·x.
    fn votes(&self, seed: u64) -> Dataset {
        self.votes_of(seed, |_| None)
    }

    /// The same, every vote as strong as its number says.
    fn votes_of(&self, seed: u64, strength: impl Fn(usize) -> Option<u8>) -> Dataset {
        let mut draws = Draws(seed);
        let (n, d) = (self.candidates, self.dimension);
        let embeddings: Vec<f32> = (0..n * d).map(|_| (draws.normal() / (d as f64).sqrt()) as f32).collect();
        let id = |i: usize| -> CandidateId {
            Digest([(i / 256) as u8, (i % 256) as u8].repeat(16).try_into().unwrap())
        };
        let crowd: Vec<f64> = (0..d).map(|_| draws.normal() * self.crowd.sqrt()).collect();
        let mut votes: Vec<(Person, Vote)> = vec![];
        for person in 0..self.persons {
            // Own taste lives in three directions.
            let own: Vec<f64> = (0..d)
                .map(|k| if k < 3 { draws.normal() * (self.personal * d as f64 / 3.0).sqrt() } else { 0.0 })
                .collect();
            let utility = |i: usize| -> f64 {
                let x = &embeddings[i * d..(i + 1) * d];
                x.iter()
                    .zip(crowd.iter().zip(&own))
                    .map(|(x, (crowd, own))| f64::from(*x) * (crowd + own))
                    .sum()
            };
            let name = Person { voter: Address::repeat_byte(person as u8), source: format!("{person}") };
            for _ in 0..self.votes {
                let left = draws.below(n);
                let right = (left + 1 + draws.below(n - 1)) % n;
                let noise = -(1.0 / draws.uniform() - 1.0).ln();
                let vote = if draws.uniform() < 0.1 {
                    let liked = utility(left) - 0.3 + noise > 0.0;
                    Vote::approval(
                        id(left),
                        if liked { ApprovalOutcome::For } else { ApprovalOutcome::Against },
                    )
                } else {
                    let gap = utility(left) - utility(right) + noise;
                    let outcome = match gap {
                        _ if gap.abs() < 0.25 => DuelOutcome::Tie,
                        _ if gap > 0.0 => DuelOutcome::Left,
                        _ => DuelOutcome::Right,
                    };
                    Vote::duel(id(left), id(right), outcome).unwrap()
                };
                let strength = strength(votes.len()).map(|strength| Strength::new(strength).unwrap());
                votes.push((name.clone(), Vote { strength, ..vote }));
            }
        }
        let ids = (0..n).map(id).collect();
        let candidates = EmbeddedCandidates::new(ids, "test@1".into(), embeddings).unwrap();
        Dataset::from_votes(Digest([7; 32]), candidates, votes).unwrap()
    }
}

fn quick() -> TrainConfig {
    TrainConfig { rank: 4, steps: 200, ..TrainConfig::default() }
}

#[test]
fn same_votes_and_seed_give_the_same_bytes_and_another_seed_does_not() {
    if !has_runtime() {
        return;
    }
    let dataset = SMALL.votes(1);
    for config in [quick(), TrainConfig { hidden: Some(8), batch: 300, ..quick() }] {
        let once = train(&dataset, &config, &mut Silent).unwrap();
        let twice = train(&dataset, &config, &mut Silent).unwrap();
        assert_eq!(once.digest, twice.digest);
        assert!(once.onnx == twice.onnx);
        // What is written in the file is enough to make it again.
        let written: Metrics = serde_json::from_str(&once.model.provenance().metrics).unwrap();
        assert_eq!(train(&dataset, &written.settings, &mut Silent).unwrap().digest, once.digest);
        let other = train(&dataset, &TrainConfig { seed: 2, ..config }, &mut Silent).unwrap();
        assert_ne!(once.digest, other.digest);
    }
}

#[test]
fn votes_of_plain_strength_give_the_bytes_of_votes_without_one_and_others_do_not() {
    if !has_runtime() {
        return;
    }
    let digest = |strength: fn(usize) -> Option<u8>| {
        train(&SMALL.votes_of(8, strength), &quick(), &mut Silent).unwrap().digest
    };
    let unstated = digest(|_| None);
    assert_eq!(digest(|_| Some(50)), unstated);
    assert_eq!(digest(|vote| vote.is_multiple_of(2).then_some(50)), unstated);
    assert_ne!(digest(|vote| (vote == 700).then_some(51)), unstated);
}

#[test]
fn two_who_mean_it_outweigh_three_who_hardly_do() {
    if !has_runtime() {
        return;
    }
    let ids: Vec<CandidateId> = (1..=3).map(|n| Digest([n; 32])).collect();
    let utilities = |weak: Option<u8>, strong: Option<u8>| {
        let votes = (0..5u8).map(|voter| {
            let (outcome, strength) =
                if voter < 3 { (DuelOutcome::Left, weak) } else { (DuelOutcome::Right, strong) };
            let strength = strength.map(|strength| Strength::new(strength).unwrap());
            let person = Person { voter: Address::repeat_byte(voter), source: String::new() };
            (person, Vote { strength, ..Vote::duel(ids[0], ids[1], outcome).unwrap() })
        });
        let rows = vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        let candidates = EmbeddedCandidates::new(ids.clone(), "test@1".into(), rows).unwrap();
        let dataset = Dataset::from_votes(Digest([7; 32]), candidates, votes).unwrap();
        let model = train(&dataset, &quick(), &mut Silent).unwrap().model;
        let of = |i: usize| {
            let offset = model.offset(&ids[i]).unwrap();
            model.evaluate(dataset.candidates.embedding(i)).unwrap().0 + offset
        };
        (of(0), of(1))
    };
    let (left, right) = utilities(None, None);
    assert!(left > right, "{left} {right}");
    let (left, right) = utilities(Some(10), Some(100));
    assert!(right > left, "{left} {right}");
}

#[test]
fn onnx_runtime_says_of_the_file_what_the_model_says() {
    if !has_runtime() {
        return;
    }
    let dataset = SMALL.votes(2);
    for hidden in [None, Some(6)] {
        let trained = train(&dataset, &TrainConfig { hidden, ..quick() }, &mut Silent).unwrap();
        assert_eq!(TasteModel::from_onnx(&trained.onnx).unwrap(), trained.model);
        let runtime = Runtime::load(None).unwrap();
        let mut graph = OrtGraph::from_bytes(&runtime, &trained.onnx, GraphOptions::default()).unwrap();
        let candidates = &dataset.candidates;
        let shape = [candidates.len(), candidates.dimension()];
        let results = graph.run(&[("embedding", TensorView::F32(&shape, candidates.embeddings()))]).unwrap();
        let (utilities, features) = (results[0].as_f32().unwrap(), results[1].as_f32().unwrap());
        for i in 0..candidates.len() {
            let (utility, own) = trained.model.evaluate(candidates.embedding(i)).unwrap();
            assert!((utility - utilities[i]).abs() <= 1e-5, "{utility} {}", utilities[i]);
            for (ours, theirs) in own.iter().zip(&features[i * own.len()..]) {
                assert!((ours - theirs).abs() <= 1e-5, "{ours} {theirs}");
            }
        }
    }
}

#[test]
fn held_out_people_are_predicted_better_by_the_crowd_than_by_the_floor_and_better_still_by_their_own_votes() {
    if !has_runtime() {
        return;
    }
    let world = World { candidates: 60, persons: 160, votes: 40, ..SMALL };
    let train = TrainConfig { rank: 4, ..TrainConfig::default() };
    let config = EvaluateConfig { cold: 0.2, resamples: 500, train, ..EvaluateConfig::default() };
    let report = evaluate(&world.votes(3), &config, &mut Silent).unwrap();
    println!("{report}");
    let accuracy = |model, k, split| report.row(model, k, split).unwrap().accuracy;
    assert_eq!(accuracy("crowd", 0, "all"), accuracy("personal", 0, "all"));
    assert!(accuracy("crowd", 0, "all") > accuracy("floor", 0, "all") + 0.05);
    assert!(accuracy("personal", 20, "all") > accuracy("crowd", 20, "all") + 0.03);
    // Nobody voted on the cold ones: their content alone must do.
    assert!(accuracy("crowd", 0, "cold") > accuracy("floor", 0, "cold") + 0.03);
    assert!(accuracy("personal", 20, "cold") > accuracy("crowd", 20, "cold"));
    let json = serde_json::to_value(&report).unwrap();
    for key in ["model", "k", "split", "accuracy", "low", "high", "n", "persons", "logLoss", "ece"] {
        assert!(json["rows"][0].get(key).is_some(), "{key}");
    }
}

#[test]
fn where_everybody_agrees_own_votes_do_not_hurt() {
    if !has_runtime() {
        return;
    }
    let world = World { candidates: 60, persons: 120, votes: 40, crowd: 1.5, personal: 0.0, ..SMALL };
    let config = EvaluateConfig { cold: 0.0, resamples: 100, ..EvaluateConfig::default() };
    let report = evaluate(&world.votes(4), &config, &mut Silent).unwrap();
    println!("{report}");
    let loss = |model, k| report.row(model, k, "all").unwrap().log_loss;
    for k in [5, 10, 20] {
        assert!(loss("personal", k) < loss("crowd", k) + 0.004);
    }
}

#[test]
fn twenty_votes_are_believed_but_not_over_fitted() {
    if !has_runtime() {
        return;
    }
    let world = World { persons: 1, votes: 20, ..SMALL };
    let trained = train(&world.votes(5), &quick(), &mut Silent).unwrap();
    let candidates = &world.votes(5).candidates;
    let spread = |values: Vec<f32>| values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
    let utilities: Vec<f32> =
        (0..candidates.len()).map(|i| trained.model.evaluate(candidates.embedding(i)).unwrap().0).collect();
    let found = spread(utilities);
    assert!(found > 1e-4 && found < 1.0, "variance of utility {found}");
    assert!(trained.metrics.aside.is_none());
}

/// Persons come one a day for 200 days, and judge ten pairs of twelve candidates each. What they like moves round the circle
/// once in `year` days, or never; and every pair as it stands on the last day, the better one first.
fn seasons(year: Option<f64>) -> (Dataset, Vec<(usize, usize)>) {
    let mut draws = Draws(3);
    let n = 12;
    let id = |i: usize| -> CandidateId { Digest([i as u8 + 1; 32]) };
    let utility = |i: usize, day: usize| {
        let turn = year.map_or(0.0, |year| day as f64 / year);
        2.0 * (std::f64::consts::TAU * (i as f64 / n as f64 - turn)).cos()
    };
    let (mut votes, mut times) = (vec![], vec![]);
    for day in 0..200 {
        for _ in 0..10 {
            let left = draws.below(n);
            let right = (left + 1 + draws.below(n - 1)) % n;
            let noise = -(1.0 / draws.uniform() - 1.0).ln();
            let left_won = utility(left, day) - utility(right, day) + noise > 0.0;
            let outcome = if left_won { DuelOutcome::Left } else { DuelOutcome::Right };
            let person = Person { voter: Address::repeat_byte(day as u8), source: format!("{day}") };
            votes.push((person, Vote::duel(id(left), id(right), outcome).unwrap()));
            times.push(1_000_000 + 86_400 * day as u64);
        }
    }
    let embeddings = (0..n * 4).map(|_| draws.normal() as f32).collect();
    let candidates = EmbeddedCandidates::new((0..n).map(id).collect(), "test@1".into(), embeddings).unwrap();
    let dataset = Dataset::from_votes(Digest([7; 32]), candidates, votes).unwrap();
    let pairs = (0..n).flat_map(|a| (0..n).map(move |b| (a, b)));
    let better = pairs.filter(|&(a, b)| utility(a, 199) > utility(b, 199) + 0.1).collect();
    (Dataset { times, ..dataset }, better)
}

/// Of how many of these pairs the model prefers the better.
fn right(dataset: &Dataset, model: &TasteModel, pairs: &[(usize, usize)]) -> f64 {
    let utility = |i: usize| {
        let offset = model.offset(&dataset.candidates.ids()[i]).unwrap_or(0.0);
        model.evaluate(dataset.candidates.embedding(i)).unwrap().0 + offset
    };
    pairs.iter().filter(|&&(a, b)| utility(a) > utility(b)).count() as f64 / pairs.len() as f64
}

#[test]
fn where_taste_moves_old_votes_weigh_less_and_where_it_does_not_all_weigh_the_same() {
    if !has_runtime() {
        return;
    }
    let config = TrainConfig { rank: 2, ..quick() };
    let never = TrainConfig { half_life: HalfLife::None, ..config.clone() };
    let (moving, pairs) = seasons(Some(250.0));
    let (aged, plain) =
        (train(&moving, &config, &mut Silent).unwrap(), train(&moving, &never, &mut Silent).unwrap());
    let days = aged.metrics.half_life.unwrap() / 86_400.0;
    assert!((4.0..60.0).contains(&days), "{days} days");
    let estimate = aged.metrics.half_life_estimate.as_ref().unwrap();
    assert!(estimate.low <= aged.metrics.half_life && estimate.gain > 2.0 * estimate.gain_error);
    assert_eq!((plain.metrics.half_life, &plain.metrics.half_life_estimate), (None, &None));
    let [with, without] = [&aged, &plain].map(|trained| right(&moving, &trained.model, &pairs));
    assert!(with > without + 0.1, "today's pairs: {with} with a half-life, {without} without");
    // What is written in the file is enough to make it again, and a half-life that is given is taken.
    let written: Metrics = serde_json::from_str(&aged.model.provenance().metrics).unwrap();
    assert_eq!(train(&moving, &written.settings, &mut Silent).unwrap().digest, aged.digest);
    let given = HalfLife::Seconds(aged.metrics.half_life.unwrap());
    let given = train(&moving, &TrainConfig { half_life: given, ..config.clone() }, &mut Silent).unwrap();
    assert_eq!(given.metrics.half_life, aged.metrics.half_life);
    assert_eq!(right(&moving, &given.model, &pairs), with);

    let (still, _) = seasons(None);
    let found = train(&still, &config, &mut Silent).unwrap();
    assert_eq!(found.metrics.half_life, None);
    assert!(found.metrics.half_life_estimate.is_some());
    // Nor does a log without times, or one of an afternoon, say anything.
    let afternoon = moving.times.iter().map(|time| time / 1_000).collect();
    for times in [vec![], afternoon] {
        let hurried = train(&Dataset { times, ..moving.clone() }, &config, &mut Silent).unwrap();
        assert_eq!((hurried.metrics.half_life, hurried.metrics.half_life_estimate), (None, None));
    }
    let wrong = TrainConfig { half_life: HalfLife::Seconds(f64::NAN), ..config };
    assert_eq!(train(&moving, &wrong, &mut Silent).unwrap_err().code(), "TrainError::Setting");
}

#[test]
fn a_cancelled_training_ends_soon_and_says_so() {
    struct StopAfter(usize, usize);
    impl Progress for StopAfter {
        fn advance(&mut self, stage: Stage, done: usize, total: usize) {
            assert!(done <= total);
            self.1 += usize::from(stage == Stage::Steps);
        }
        fn cancelled(&self) -> bool {
            self.1 >= self.0
        }
    }
    if !has_runtime() {
        return;
    }
    let mut progress = StopAfter(10, 0);
    let cancelled = train(&SMALL.votes(6), &quick(), &mut progress).unwrap_err();
    assert_eq!((cancelled.code(), progress.1), ("TrainError::Cancelled", 10));
}

#[test]
fn what_cannot_be_trained_is_named() {
    let dataset = SMALL.votes(7);
    let code =
        |dataset: &Dataset, config: TrainConfig| train(dataset, &config, &mut Silent).unwrap_err().code();
    let silent = Dataset { opinions: vec![], ..dataset.clone() };
    assert_eq!(code(&silent, quick()), "TrainError::TooFewVotes");
    // *Neither* at weight zero says nothing, however often.
    let answer = Answer::Duel { left: 0, right: 1, outcome: DuelOutcome::Neither };
    let neither = Opinion { person: 0, vote: 0, answer, weight: 1.0 };
    let speechless = Dataset { opinions: vec![neither; 30], ..dataset.clone() };
    assert_eq!(code(&speechless, TrainConfig { neither_weight: 0.0, ..quick() }), "TrainError::TooFewVotes");
    for config in [
        TrainConfig { rank: 0, ..quick() },
        TrainConfig { rank: 33, ..quick() },
        TrainConfig { rate: f32::NAN, ..quick() },
        TrainConfig { steps: 0, ..quick() },
        TrainConfig { hidden: Some(0), ..quick() },
    ] {
        assert_eq!(code(&dataset, config), "TrainError::Setting");
    }
    if has_runtime() {
        // An outrageous rate ends in an error, not in a file full of NaN.
        let wild = TrainConfig { rate: 10.0, decay: 100.0, ..quick() };
        let result = train(&dataset, &wild, &mut Silent);
        assert!(
            matches!(result, Err(TrainError::Diverged { .. } | TrainError::Model(_))),
            "{:?}",
            result.map(|t| t.digest)
        );
    }
}
