//! What the same votes say of the candidates: how well does a board order them, by whom questions were chosen for, and how far
//! those who answer mean it?
//!
//! The truth is the share of duels that a candidate wins against any other, asked of anybody. A board is fitted to so many votes
//! of each person, in the product's way, and judged by every pair of candidates: does it order them as the truth does?

use std::collections::BTreeMap;

use taste_core::DuelOutcome;
use taste_model::{
    Answered, Before, BoardOptions, Compared, Consistency, IndexedComparison, Observation, QuestionOptions,
    Reliability, Taste, choose_pair,
};
use taste_population::Random;

use super::{Asked, Found, SimulatedConfig, World, two};
use crate::{error::EvaluateError, tally::Tally};

pub(super) const PART: &str = "the board";
/// Share of persons who click at random, where there are such.
const CARELESS: f64 = 0.3;
/// Persons whose preferences are the truth.
const EVERYBODY: usize = 400;
/// A pair is asked once more after so many others.
const PROBED_AFTER: usize = 12;

/// One vote as it was asked and given.
struct Given {
    person: usize,
    left: usize,
    right: usize,
    outcome: DuelOutcome,
    /// How likely the question was; none where every pair was as likely.
    propensity: Option<f64>,
}

/// How questions are found.
#[derive(Clone, Copy)]
enum Way {
    Random,
    /// With so much of the board in mind.
    Chosen(f64),
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
    for careless in [0.0, CARELESS] {
        for way in [Way::Random, Way::Chosen(0.0), Way::Chosen(0.5), Way::Chosen(1.0)] {
            let mut random = Random::new(seed, "simulated boards");
            let mut given = vec![];
            let mut is_careless = vec![];
            for person in 0..config.persons {
                let taste = world.taste(&mut random);
                is_careless.push(random.uniform() < careless);
                let taste = (!is_careless[person]).then_some(taste.as_slice());
                given.push(votes(config, world, model, (person, taste), way, &mut random)?);
            }
            for &k in &config.ks {
                let told: Vec<&Given> = given.iter().flat_map(|own| &own[..k.min(own.len())]).collect();
                let reliability = reliabilities(&told, config.persons);
                let mut add = |name: &'static str, weight: &dyn Fn(&Given) -> f64| {
                    let tally = judged(world.offsets.len(), &told, weight, &truth)?;
                    found.push(((PART, name, Some(k)), tally));
                    Ok::<_, EvaluateError>(())
                };
                let pairs = (config.candidates * (config.candidates - 1) / 2) as f64;
                let against = |power: f64, most: f64| {
                    move |vote: &Given| {
                        vote.propensity
                            .map_or(1.0, |p| (1.0 / (p * pairs)).powf(power).clamp(1.0 / most, most))
                    }
                };
                match (way, careless > 0.0) {
                    (Way::Random, false) => add("random questions", &|_| 1.0)?,
                    (Way::Chosen(0.0), false) => {
                        add("chosen for the person", &|_| 1.0)?;
                        add("  by 1/propensity, 10", &against(1.0, 10.0))?;
                        add("  by 1/propensity, 3", &against(1.0, 3.0))?;
                        add("  by its root, 10", &against(0.5, 10.0))?;
                        add("  by its root, 3", &against(0.5, 3.0))?;
                    }
                    (Way::Chosen(0.5), false) => add("chosen for both", &|_| 1.0)?,
                    (Way::Chosen(_), false) => add("chosen for the board", &|_| 1.0)?,
                    (Way::Chosen(0.0), true) => {
                        add("three in ten careless", &|_| 1.0)?;
                        add("  by reliability", &|vote| reliability[vote.person])?;
                        add("  without them", &|vote| if is_careless[vote.person] { 0.0 } else { 1.0 })?;
                    }
                    _ => {}
                }
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
    let candidates = model.table.all();
    let likelihood = model.table.likelihood();
    let mut own = Taste::crowd(model.table.prior());
    let (mut seen, mut asked) = (vec![0u32; candidates.len()], vec![]);
    let mut given: Vec<Given> = vec![];
    for _ in 0..config.ks.last().copied().unwrap_or(0) {
        let (left, right, propensity) = match way {
            Way::Random => {
                let (left, right) = two(candidates.len(), random);
                (left, right, None)
            }
            Way::Chosen(board) => {
                let options = QuestionOptions { board, ..QuestionOptions::default() };
                let early = given.len().saturating_sub(PROBED_AFTER);
                let due: Vec<_> = given[..early].iter().map(|vote| (vote.left, vote.right)).collect();
                let before = Before { seen: &seen, asked: &asked, due: &due };
                match choose_pair(&own, likelihood, &candidates, &before, &options, random.next())? {
                    Some(choice) => (choice.left, choice.right, Some(choice.propensity)),
                    None => break,
                }
            }
        };
        let outcome = match taste {
            Some(taste) => world.answer(taste, left, right, random),
            None if random.uniform() < 0.5 => DuelOutcome::Left,
            None => DuelOutcome::Right,
        };
        asked.push((left, right));
        seen[left] += 1;
        seen[right] += 1;
        own.update(likelihood, &Observation::duel(candidates[left], candidates[right], outcome))?;
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
