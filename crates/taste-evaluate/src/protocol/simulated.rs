//! Voters who are made up: how much sooner is a taste known where questions are chosen than where they are drawn at random?
//!
//! Nobody's real answers are there for every pair that could be asked, so this is asked of people whose answers are drawn:
//! candidates with content, a crowd's utility, tastes that spread in a few directions of content, and duels with ties and a
//! favoured side. Each person answers k duels, once drawn at random and once chosen by [`choose_pair`] with the settings of the
//! product; the posterior is the product's as well. Predicted are answers to other pairs, drawn at random, the same for
//! every k and for all ways of asking. Three models are asked: one that knows the population as it is, one that was trained by
//! the steps of `taste train` from other persons' random duels, and one from duels that were themselves chosen.
//!
//! And what becomes of the board, when questions are chosen for persons: see `boards.rs`.

mod asking;
mod boards;

use std::collections::BTreeMap;

use taste_ballot::Address;
use taste_core::{CandidateId, Digest, DuelOutcome, EncoderId, Propensity, Vote};
use taste_model::{FeatureTable, Head, Likelihood, Prior, Provenance, QuestionOptions, Taste, TasteModel};
use taste_population::Random;
use taste_train::{Dataset, EmbeddedCandidates, Person, Progress, Stage, TrainConfig, train};

use super::ratings::id;
use crate::{
    error::EvaluateError,
    report::{Report, Row},
    tally::{RESAMPLES, Tally},
    watch::Watch,
};
use asking::{Asking, Way};

/// Who votes on what.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedConfig {
    /// Candidates of the round.
    pub candidates: usize,
    /// Numbers of an embedding.
    pub dimension: usize,
    /// Directions of content in which tastes differ.
    pub directions: usize,
    /// Persons whose duels a trained model learns from; none = only the model that knows the population.
    pub training: usize,
    /// Duels of each of them.
    pub training_duels: usize,
    /// Persons who are asked.
    pub persons: usize,
    /// Pairs of each that are predicted.
    pub pairs: usize,
    /// Numbers of own duels told, rising.
    pub ks: Vec<usize>,
    /// Seeds: each a population of its own.
    pub seeds: Vec<u64>,
}

impl Default for SimulatedConfig {
    fn default() -> Self {
        Self {
            candidates: 200,
            dimension: 24,
            directions: 8,
            training: 400,
            training_duels: 40,
            persons: 300,
            pairs: 100,
            ks: vec![1, 2, 5, 10, 20, 40],
            seeds: vec![1, 2, 3, 4, 5],
        }
    }
}

/// Variance of the crowd's utility that content says, that it does not, and of what tastes add.
const CROWD: f64 = 0.6;
const OFFSET: f64 = 0.2;
const PERSONAL: f64 = 2.0;
/// Half of a tie's width, and what the left side is favoured by.
const TIE: f64 = 0.2;
const LEFT: f64 = 0.1;

const RANDOM: &str = "random questions";
const CHOSEN: &str = "chosen questions";
const WAYS: [&str; 3] = [RANDOM, CHOSEN, "half of them chosen"];
const PARTS: [&str; 3] = ["population known", "trained from votes", "from chosen votes"];

/// A population and what it judges.
struct World {
    dimension: usize,
    embeddings: Vec<f32>,
    weights: Vec<f32>,
    offsets: Vec<f32>,
    /// Spread of tastes in each direction.
    spreads: Vec<f64>,
    answers: Likelihood,
}

impl World {
    fn draw(config: &SimulatedConfig, seed: u64) -> Self {
        let mut random = Random::new(seed, "simulated world");
        let SimulatedConfig { candidates, dimension, directions, .. } = *config;
        let mut normal = |count: usize, variance: f64| -> Vec<f32> {
            (0..count).map(|_| (variance.sqrt() * random.normal()) as f32).collect()
        };
        let embeddings = normal(candidates * dimension, 1.0);
        let weights = normal(dimension, CROWD / dimension as f64);
        let offsets = normal(candidates, OFFSET);
        // Each direction is half as wide as the one before but two, as tastes in ratings are.
        let shares: Vec<f64> = (0..directions).map(|k| 0.5f64.powf(k as f64 / 2.0)).collect();
        let all: f64 = shares.iter().sum();
        let spreads = shares.iter().map(|share| (PERSONAL * share / all).sqrt()).collect();
        let answers = Likelihood { tie: TIE, position: LEFT, ..Likelihood::default() };
        Self { dimension, embeddings, weights, offsets, spreads, answers }
    }

    fn row(&self, candidate: usize) -> &[f32] {
        &self.embeddings[candidate * self.dimension..][..self.dimension]
    }

    fn taste(&self, random: &mut Random) -> Vec<f64> {
        self.spreads.iter().map(|spread| spread * random.normal()).collect()
    }

    fn utility(&self, taste: &[f64], candidate: usize) -> f64 {
        let row = self.row(candidate);
        let crowd: f64 = row.iter().zip(&self.weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
        let own: f64 = row.iter().zip(taste).map(|(x, z)| f64::from(*x) * z).sum();
        crowd + f64::from(self.offsets[candidate]) + own
    }

    fn answer(&self, taste: &[f64], left: usize, right: usize, random: &mut Random) -> DuelOutcome {
        let [for_left, tie, _] = self.answers.duel(self.utility(taste, left) - self.utility(taste, right));
        match random.uniform() {
            drawn if drawn < for_left => DuelOutcome::Left,
            drawn if drawn < for_left + tie => DuelOutcome::Tie,
            _ => DuelOutcome::Right,
        }
    }

    /// The model that knows all of this but no person.
    fn known(&self) -> Result<Asked, EvaluateError> {
        let (d, r) = (self.dimension, self.spreads.len());
        let mut feature_weights = vec![0.0; d * r];
        self.spreads.iter().enumerate().for_each(|(k, spread)| feature_weights[k * r + k] = *spread as f32);
        let head = Head {
            mean: vec![0.0; d],
            inv_std: vec![1.0; d],
            hidden: None,
            utility_weights: self.weights.clone(),
            utility_bias: 0.0,
            feature_weights,
        };
        let offsets: BTreeMap<CandidateId, f32> =
            self.offsets.iter().enumerate().map(|(at, offset)| (id(at), *offset)).collect();
        let prior = Prior::isotropic(r, 1.0, 1.0, 0.0)?;
        let encoder = EncoderId("simulated@1".into());
        let model = TasteModel::new(encoder, head, &prior, self.answers, offsets, Provenance::default())?;
        self.asked(model, Digest::default())
    }

    /// The model that others' duels make: random ones, or those that a model chose for them.
    fn trained(
        &self,
        config: &SimulatedConfig,
        seed: u64,
        by: Option<&Asked>,
        watch: &mut dyn Watch,
    ) -> Result<Asked, EvaluateError> {
        let purpose = if by.is_some() { "simulated training, chosen" } else { "simulated training" };
        let mut random = Random::new(seed, purpose);
        let mut votes = vec![];
        for person in 0..config.training {
            let taste = self.taste(&mut random);
            let mut asking = by.map(|by| Asking::new(&by.table, Way::PERSON));
            for _ in 0..config.training_duels {
                let (left, right, propensity) = match &asking {
                    Some(asking) => asking.ask(&mut random)?,
                    None => {
                        let (left, right) = two(self.offsets.len(), &mut random);
                        (left, right, None)
                    }
                };
                let outcome = self.answer(&taste, left, right, &mut random);
                if let Some(asking) = &mut asking {
                    asking.hear(left, right, outcome)?;
                }
                let person = Person { voter: Address::ZERO, source: format!("person {person}") };
                let vote = Vote::duel(id(left), id(right), outcome).expect("two candidates");
                let billionths = (1e9 * propensity.unwrap_or(0.0)) as u32;
                let propensity = Propensity::from_billionths(billionths).unwrap_or_default();
                votes.push((person, Vote { propensity, ..vote }));
            }
        }
        let ids = (0..self.offsets.len()).map(id).collect();
        let candidates = EmbeddedCandidates::new(ids, "simulated@1".into(), self.embeddings.clone())?;
        let dataset = Dataset::from_votes(Digest::default(), candidates, votes)?;
        let settings = TrainConfig { seed, rank: config.directions, ..TrainConfig::default() };
        let trained = train(&dataset, &settings, &mut Quiet(watch))?;
        self.asked(TasteModel::from_onnx(&trained.onnx)?, trained.digest)
    }

    fn asked(&self, model: TasteModel, digest: Digest) -> Result<Asked, EvaluateError> {
        let rows = (0..self.offsets.len()).map(|at| (id(at), self.row(at)));
        let table = FeatureTable::build(&model, digest, rows)?;
        Ok(Asked { table })
    }
}

/// Training says nothing here, and ends where the evaluation is to.
struct Quiet<'a>(&'a mut dyn Watch);

impl Progress for Quiet<'_> {
    fn advance(&mut self, _: Stage, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// Two different candidates.
fn two(n: usize, random: &mut Random) -> (usize, usize) {
    let left = random.below(n);
    (left, (left + 1 + random.below(n - 1)) % n)
}

/// What asks and predicts: the round's features under a model, as a page has them.
struct Asked {
    table: FeatureTable,
}

impl Asked {
    /// The person's tastes after so many of their duels, as `ks` says; zero first.
    fn tastes(
        &self,
        world: &World,
        taste: &[f64],
        way: Way,
        ks: &[usize],
        random: &mut Random,
    ) -> Result<Vec<Taste>, EvaluateError> {
        let mut asking = Asking::new(&self.table, way);
        let mut found = vec![asking.taste().clone()];
        for told in 1..=ks.last().copied().unwrap_or(0) {
            let (left, right, _) = asking.ask(random)?;
            let outcome = world.answer(taste, left, right, random);
            asking.hear(left, right, outcome)?;
            if ks.contains(&told) {
                found.push(asking.taste().clone());
            }
        }
        Ok(found)
    }
}

/// Tallies of one population, by (part, way of asking, k).
type Found = Vec<((&'static str, &'static str, Option<usize>), Tally)>;

fn one_world(config: &SimulatedConfig, seed: u64, watch: &mut dyn Watch) -> Result<Found, EvaluateError> {
    let world = World::draw(config, seed);
    let mut models = vec![world.known()?];
    if config.training > 0 {
        let by_random = world.trained(config, seed, None, watch)?;
        let by_chosen = world.trained(config, seed, Some(&by_random), watch)?;
        models.extend([by_random, by_chosen]);
    }
    let mut random = Random::new(seed, "simulated persons");
    let columns = config.ks.len();
    let mut ceiling = Tally::default();
    // Of each model the crowd, then each k of each way.
    let mut tallies = vec![vec![Tally::default(); 1 + WAYS.len() * columns]; models.len()];
    for _ in 0..config.persons {
        if watch.cancelled() {
            return Err(EvaluateError::Cancelled);
        }
        let taste = world.taste(&mut random);
        // Which side a pair is shown on is forgotten where it is predicted: the winner is told first.
        let mut judged = vec![];
        for _ in 0..config.pairs {
            let (left, right) = two(config.candidates, &mut random);
            match world.answer(&taste, left, right, &mut random) {
                DuelOutcome::Left => judged.push((left, right)),
                DuelOutcome::Right => judged.push((right, left)),
                _ => {}
            }
        }
        let unbiased = world.answers.unbiased();
        for &(winner, loser) in &judged {
            let [won, _, lost] = unbiased.duel(world.utility(&taste, winner) - world.utility(&taste, loser));
            ceiling.add(won / (won + lost), false);
        }
        ceiling.next_person();
        for (model, tallies) in models.iter().zip(&mut tallies) {
            let mut ways = vec![];
            for way in [Way::Random, Way::PERSON, Way::Chosen { board: 0.5, probes: false }] {
                ways.push(model.tastes(&world, &taste, way, &config.ks, &mut random)?);
            }
            let likelihood = model.table.likelihood().unbiased();
            let crowd = &ways[0][..1];
            let after = ways.iter().flat_map(|tastes| &tastes[1..]);
            for (person, tally) in crowd.iter().chain(after).zip(tallies) {
                for &(winner, loser) in &judged {
                    let scored = |at: usize| model.table.scored(at).expect("every candidate has a row");
                    let told = person.predict_duel(&likelihood, scored(winner), scored(loser))?;
                    tally.add(told.probability, false);
                }
                tally.next_person();
            }
        }
    }
    let mut found = Found::new();
    for (part, tallies) in PARTS.into_iter().zip(tallies) {
        let ways = WAYS.into_iter().flat_map(|way| config.ks.iter().map(move |&k| (way, k)));
        let ways = std::iter::once(("crowd", 0)).chain(ways);
        found.extend(ways.zip(tallies).map(|((way, k), tally)| ((part, way, Some(k)), tally)));
    }
    found.push(((PARTS[0], "ceiling, own utilities", None), ceiling));
    // Questions come from a model that was itself trained from votes, where there is one.
    let asking = models.get(1).unwrap_or(&models[0]);
    found.extend(boards::boards(config, &world, asking, seed)?);
    Ok(found)
}

/// Runs the protocol.
///
/// # Errors
/// [`EvaluateError::TooFew`], [`EvaluateError::Cancelled`], and what training and model say.
pub fn run(config: &SimulatedConfig, watch: &mut dyn Watch) -> Result<Report, EvaluateError> {
    for (what, found, needed) in [
        ("candidates", config.candidates, 3),
        ("numbers of an embedding", config.dimension, config.directions.max(1)),
        ("directions", config.directions, 1),
        ("seeds", config.seeds.len(), 1),
    ] {
        if found < needed {
            return Err(EvaluateError::TooFew { what, found, needed });
        }
    }
    let mut worlds: Vec<Found> = vec![];
    for (at, &seed) in config.seeds.iter().enumerate() {
        worlds.push(one_world(config, seed, watch)?);
        watch.say(&format!("simulated: population {} of {}", at + 1, config.seeds.len()));
    }
    let rows = (0..worlds[0].len())
        .map(|at| {
            let tallies: Vec<&Tally> = worlds.iter().map(|world| &world[at].1).collect();
            Row::of_splits(
                worlds[0][at].0,
                &tallies,
                &config.seeds,
                RESAMPLES,
                worlds[0][at].0.0 != boards::PART,
            )
        })
        .collect();
    let options = QuestionOptions::default();
    let method = vec![
        format!(
            "{} candidates, embeddings of {} numbers; utilities: the crowd's with variance {CROWD} by content and {OFFSET} beside it, a person's own with variance {PERSONAL} in {} directions; ties and a favoured left side",
            config.candidates, config.dimension, config.directions
        ),
        format!(
            "{} persons a population; predicted: the answers to {} random pairs each, ties left out",
            config.persons, config.pairs
        ),
        format!(
            "chosen: the product's questions, {} % of them uniform and {} % for what was seen least; random: every pair alike",
            100.0 * options.exploration,
            100.0 * options.coverage
        ),
        format!(
            "half of them chosen: the other half, every pair alike, as the product does where it is not told otherwise; both halves with {} % for what was seen least",
            100.0 * options.coverage
        ),
        format!(
            "population known: the model has the true weights, offsets and spread of tastes; trained from votes: `taste train` from {} random duels of each of {} other persons; from chosen votes: from as many that the model before chose for as many others",
            config.training_duels, config.training
        ),
        "the board: Bradley–Terry with a position term from the votes of all persons; predicted: which of two candidates would win more of all duels, whoever is asked".into(),
        "for the person, for both, for the board: 5, 50 and 100 % of the questions are every pair alike, one in twenty a pair asked again with its sides changed; careless: who clicks at random, asked for both".into(),
    ];
    Ok(Report {
        protocol: "simulated".into(),
        title: "Simulated voters: questions at random, and chosen".into(),
        source: "drawn by the protocol itself".into(),
        method,
        seeds: config.seeds.clone(),
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Unwatched;

    #[test]
    fn chosen_questions_reach_with_half_of_the_votes_what_random_ones_do() {
        let config = SimulatedConfig {
            candidates: 60,
            dimension: 6,
            directions: 4,
            training: 0,
            persons: 150,
            ks: vec![5, 10, 20],
            seeds: vec![1, 2],
            ..SimulatedConfig::default()
        };
        let report = run(&config, &mut Unwatched).unwrap();
        let accuracy = |way, k| report.row(PARTS[0], way, Some(k)).unwrap().value.value;
        for k in [5, 10] {
            assert!(accuracy(CHOSEN, k) > accuracy(RANDOM, 2 * k) - 0.004, "k = {k}: {}", report.markdown());
            assert!(accuracy(CHOSEN, k) > accuracy(RANDOM, k) + 0.01, "k = {k}: {}", report.markdown());
        }
        let crowd = accuracy("crowd", 0);
        let ceiling = report.row(PARTS[0], "ceiling, own utilities", None).unwrap();
        assert!(crowd < accuracy(RANDOM, 5) && accuracy(CHOSEN, 20) < ceiling.value.value);
        // Who knows the population means what they say.
        let known = report.rows.iter().filter(|row| row.split == PARTS[0]);
        assert!(known.clone().all(|row| row.ece.unwrap() < 0.02), "{}", report.markdown());
        assert_eq!(known.count(), 2 + WAYS.len() * config.ks.len());
        // What is chosen for persons alone tells the board little.
        let board = |name| report.row(boards::PART, name, Some(20)).unwrap().value.value;
        assert!(board("for the person") < board("for both") - 0.01, "{}", report.markdown());
        assert!(board("for both") < board("for the board") && board("for the board") > 0.8);
        assert!(board("three in ten careless") < board("the same without them"));
        assert_eq!(run(&config, &mut Unwatched).unwrap(), report, "the same seeds give the same figures");
        let nobody = SimulatedConfig { seeds: vec![], ..config };
        assert_eq!(run(&nobody, &mut Unwatched).unwrap_err().code(), "EvaluateError::TooFew");
    }
}
