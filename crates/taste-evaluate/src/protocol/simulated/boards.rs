//! What the same votes say of the candidates: how well does a board order them, by whom questions were chosen for, and how far
//! those who answer mean it?
//!
//! The truth is the share of duels that a candidate wins against any other, asked of anybody. A board is fitted to so many votes
//! of each person, in the product's way, and judged by every pair of candidates: does it order them as the truth does?

use std::collections::BTreeMap;

use taste_core::DuelOutcome;
use taste_model::{Answered, BoardOptions, Compared, Consistency, IndexedComparison, Reliability};
use taste_population::Random;

use super::{
    Asked, Found, SimulatedConfig, World,
    asking::{Asking, Way},
};
use crate::{error::EvaluateError, tally::Tally};

pub(super) const PART: &str = "the board";
const RANDOM: (&str, Way) = ("random questions", Way::Random);
const PERSON: (&str, Way) = ("for the person", Way::Chosen { board: 0.0, probes: true });
const BOTH: (&str, Way) = ("for both", Way::Chosen { board: 0.5, probes: true });
const BOARD: (&str, Way) = ("for the board", Way::Chosen { board: 1.0, probes: true });
/// Share of persons who click at random, where there are such.
const CARELESS: f64 = 0.3;
/// Persons whose preferences are the truth.
const EVERYBODY: usize = 400;
/// Fewer votes of each person make no board.
const LEAST: usize = 5;

/// One vote as it was asked and given.
struct Given {
    person: usize,
    left: usize,
    right: usize,
    outcome: DuelOutcome,
    /// How likely the question was; none where every pair was as likely.
    propensity: Option<f64>,
}

/// Rows of one population: how well each board orders its candidates.
pub(super) fn boards(
    config: &SimulatedConfig,
    world: &World,
    model: &Asked,
    seed: u64,
) -> Result<Found, EvaluateError> {
    let truth = truth(world, &mut Random::new(seed, "simulated truth"));
    let mut found = Found::new();
    let pairs = (config.candidates * (config.candidates - 1) / 2) as f64;
    for ((name, way), careless) in [(RANDOM, 0.0), (PERSON, 0.0), (BOTH, 0.0), (BOARD, 0.0), (BOTH, CARELESS)]
    {
        let mut random = Random::new(seed, "simulated boards");
        let (mut given, mut is_careless) = (vec![], vec![]);
        for person in 0..config.persons {
            let taste = world.taste(&mut random);
            is_careless.push(random.uniform() < careless);
            let taste = (!is_careless[person]).then_some(taste.as_slice());
            given.push(votes(config, world, model, (person, taste), way, &mut random)?);
        }
        for &k in config.ks.iter().filter(|&&k| k >= LEAST) {
            let told: Vec<&Given> = given.iter().flat_map(|own| &own[..k.min(own.len())]).collect();
            let reliability = reliabilities(&told, config.persons);
            let mut add = |name: &'static str, weight: &dyn Fn(&Given) -> f64| {
                let tally = judged(world.offsets.len(), &told, weight, &truth)?;
                found.push(((PART, name, Some(k)), tally));
                Ok::<_, EvaluateError>(())
            };
            if careless > 0.0 {
                add("three in ten careless", &|_| 1.0)?;
                add("the same, by reliability", &|vote| reliability[vote.person])?;
                add("the same without them", &|vote| f64::from(u8::from(!is_careless[vote.person])))?;
                continue;
            }
            add(name, &|_| 1.0)?;
            if name == BOTH.0 {
                add("for both, by 1 / propensity", &|vote| {
                    vote.propensity.map_or(1.0, |propensity| 1.0 / (propensity * pairs))
                })?;
            }
        }
    }
    Ok(found)
}

/// A person's votes; without a taste, clicks at random.
fn votes(
    config: &SimulatedConfig,
    world: &World,
    model: &Asked,
    (person, taste): (usize, Option<&[f64]>),
    way: Way,
    random: &mut Random,
) -> Result<Vec<Given>, EvaluateError> {
    let mut asking = Asking::new(&model.table, way);
    let mut given = vec![];
    for _ in 0..config.ks.last().copied().unwrap_or(0) {
        let (left, right, propensity) = asking.ask(random)?;
        let outcome = match taste {
            Some(taste) => world.answer(taste, left, right, random),
            None if random.uniform() < 0.5 => DuelOutcome::Left,
            None => DuelOutcome::Right,
        };
        asking.hear(left, right, outcome)?;
        given.push(Given { person, left, right, outcome, propensity });
    }
    Ok(given)
}

/// What each person's votes weigh, by the pairs they answered twice.
fn reliabilities(told: &[&Given], persons: usize) -> Vec<f64> {
    let mut answers = [0u64; 4];
    let mut own = vec![Consistency::default(); persons];
    let mut earlier = BTreeMap::new();
    for vote in told {
        if let Some(at) = Reliability::place(vote.outcome) {
            answers[at] += 1;
        }
        let said = Answered { left: vote.left as u32, right: vote.right as u32, outcome: vote.outcome };
        let pair = (vote.person, vote.left.min(vote.right), vote.left.max(vote.right));
        let before: Option<Answered> = earlier.insert(pair, said);
        if let Some(agreed) = before.and_then(|before| before.probe(said, vote.propensity.is_some())) {
            own[vote.person].add(agreed);
        }
    }
    match Reliability::estimate(&own, Reliability::chance_of(answers)) {
        Some(found) => own.into_iter().map(|said| found.of(said)).collect(),
        None => vec![1.0; persons],
    }
}

/// The share of duels that each candidate wins, whoever is asked.
fn truth(world: &World, random: &mut Random) -> Vec<f64> {
    let n = world.offsets.len();
    let unbiased = world.answers.unbiased();
    let mut shares = vec![0.0; n];
    for _ in 0..EVERYBODY {
        let taste = world.taste(random);
        let utilities: Vec<f64> = (0..n).map(|at| world.utility(&taste, at)).collect();
        for (at, own) in utilities.iter().enumerate() {
            for other in &utilities {
                let [won, tie, _] = unbiased.duel(own - other);
                shares[at] += won + tie / 2.0;
            }
        }
    }
    shares
}

/// Every pair of candidates: is the one that is better in truth ahead?
fn judged(
    candidates: usize,
    told: &[&Given],
    weight: &dyn Fn(&Given) -> f64,
    truth: &[f64],
) -> Result<Tally, EvaluateError> {
    // Of two answers on a pair the later one stands, as everywhere.
    let mut latest = BTreeMap::new();
    for vote in told {
        latest.insert((vote.person, vote.left.min(vote.right), vote.left.max(vote.right)), *vote);
    }
    let mut compared = Compared::new();
    for vote in latest.values() {
        let (winner, loser) = match vote.outcome {
            DuelOutcome::Right => (vote.right, vote.left),
            _ => (vote.left, vote.right),
        };
        compared.vote([IndexedComparison {
            winner: winner as u32,
            loser: loser as u32,
            weight: weight(vote) as f32,
            person: vote.person as u32,
            tie: vote.outcome == DuelOutcome::Tie,
            winner_left: Some(winner == vote.left),
        }]);
    }
    let board =
        compared.board(candidates, &BoardOptions { position: Some(4.0), ..BoardOptions::default() })?;
    let mut ratings = vec![0.0; candidates];
    board.rows.iter().for_each(|row| ratings[row.candidate as usize] = row.rating);
    let mut tally = Tally::default();
    for one in 0..candidates {
        for other in (0..candidates).filter(|&other| other != one) {
            let (better, worse) = if truth[one] > truth[other] { (one, other) } else { (other, one) };
            tally.add(taste_model::sigmoid(ratings[better] - ratings[worse]), false);
        }
        tally.next_person();
    }
    Ok(tally)
}
