//! People who rated candidates: which of two would this person rate higher?
//!
//! Some persons are held out (test), some candidates are *cold*: nobody's rating of them is seen in training. A test person
//! tells k ratings of warm candidates, drawn at random; predicted are all pairs of their other warm candidates, and all
//! pairs of their cold ones, that they rated differently. The same pairs are predicted at every k. Accuracy is a person's
//! share of pairs predicted right, averaged over persons.
//!
//! What is fitted becomes the taste model's ONNX file, is read back from those bytes, and every prediction is the posterior's
//! ([`Taste::update_rating`], [`Taste::predict_duel`]). The temperature is fitted on validation persons, by a model that did
//! not see them; then everybody but the test persons is fitted.

use std::time::Instant;

use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, Digest};
use taste_model::{
    FeatureTable, Likelihood, Provenance, RatingScale, Scored, Taste, TasteModel, rating_gains,
};
use taste_population::{Basis, Hierarchy, NoiseOf, Part, Random, Rating, Ratings, Subject};

use crate::{
    embedder::Embedded,
    error::EvaluateError,
    report::{Report, Row},
    tally::Tally,
    watch::Watch,
};

/// A data set of ratings.
#[derive(Clone, Debug)]
pub struct RatingData {
    /// The protocol's name.
    pub name: &'static str,
    /// What the data are.
    pub title: String,
    /// Whose they are, and on what terms.
    pub source: String,
    /// How many persons.
    pub persons: usize,
    /// How many candidates.
    pub candidates: usize,
    /// All ratings.
    pub ratings: Vec<Rating>,
    /// The candidates' texts.
    pub texts: Vec<String>,
    /// Their embeddings.
    pub embedded: Embedded,
    /// How the embedding is read.
    pub parts: Vec<Part>,
    /// Which of its numbers are features of taste as they are.
    pub given: Vec<usize>,
    /// Ratings that differ by this much or more differ clearly.
    pub strong: f64,
}

/// How to fit and to split.
#[derive(Clone, Debug)]
pub struct RatingConfig {
    /// The fit.
    pub hierarchy: Hierarchy,
    /// How far a person's own spread is taken out.
    pub strength: f64,
    /// Whether how many people rated a candidate says something of it: people see films that they expect to like.
    pub counts: bool,
    /// Whether the given features are used.
    pub use_given: bool,
    /// Test persons.
    pub held_out: usize,
    /// Validation persons.
    pub validation: usize,
    /// Cold candidates, as a share.
    pub cold: f64,
    /// Numbers of own ratings told.
    pub ks: Vec<usize>,
    /// Bootstrap resamples.
    pub resamples: usize,
    /// Seeds of the splits.
    pub seeds: Vec<u64>,
    /// Judge validation persons instead of test persons: for choosing settings.
    pub choosing: bool,
    /// Also fit a model that knows the cold candidates' votes: the ceiling.
    pub ceiling: bool,
}

impl RatingConfig {
    /// The settings of a data set, chosen on validation persons.
    pub fn of(name: &str) -> Self {
        let movielens = name == "movielens";
        Self {
            hierarchy: Hierarchy {
                rank: if movielens { 8 } else { 12 },
                noise: if movielens { NoiseOf::Person } else { NoiseOf::Candidate },
                rounds: if movielens { 20 } else { 40 },
                seed: 1,
            },
            strength: 0.5,
            counts: movielens,
            use_given: movielens,
            held_out: if movielens { 110 } else { 1_000 },
            validation: if movielens { 50 } else { 400 },
            cold: 0.2,
            ks: vec![0, 1, 2, 5, 10, 20],
            resamples: 2_000,
            seeds: vec![1, 2, 3, 4, 5],
            choosing: false,
            ceiling: true,
        }
    }
}

/// The most pairs of one person that are judged; more are drawn at random.
const MOST_PAIRS: usize = 1_000;
/// Usual ratings in a person's own spread.
const SPREAD_WEIGHT: f64 = 4.0;
/// Temperatures tried, times the one that noise asks for.
const TEMPERATURES: [f64; 17] =
    [0.5, 0.56, 0.63, 0.7, 0.76, 0.82, 0.88, 0.94, 1.0, 1.07, 1.15, 1.24, 1.33, 1.44, 1.6, 1.8, 2.1];

/// One person's ratings, cut.
pub(super) struct Cut {
    pub(super) told: Vec<Rating>,
    pub(super) warm: Vec<Rating>,
    pub(super) cold: Vec<Rating>,
}

/// A split of persons and candidates.
pub(super) struct Split {
    pub(super) training: Vec<bool>,
    pub(super) is_cold: Vec<bool>,
    pub(super) validation: Vec<Cut>,
    pub(super) test: Vec<Cut>,
}

impl Split {
    pub(super) fn draw(data: &RatingData, config: &RatingConfig, seed: u64) -> Result<Self, EvaluateError> {
        let most = config.ks.iter().copied().max().unwrap_or(0);
        let mut candidates: Vec<usize> = (0..data.candidates).collect();
        Random::new(seed, "cold").shuffle(&mut candidates);
        let mut is_cold = vec![false; data.candidates];
        let cold = (data.candidates as f64 * config.cold).round() as usize;
        candidates[..cold].iter().for_each(|&candidate| is_cold[candidate] = true);
        let mut own: Vec<Vec<Rating>> = vec![vec![]; data.persons];
        data.ratings.iter().for_each(|rating| own[rating.person].push(*rating));
        let mut order: Vec<usize> = (0..data.persons).collect();
        Random::new(seed, "held out").shuffle(&mut order);
        let mut random = Random::new(seed, "told");
        let mut training = vec![true; data.persons];
        let (mut test, mut validation) = (vec![], vec![]);
        for person in order {
            let place = if test.len() < config.held_out {
                &mut test
            } else if validation.len() < config.validation {
                &mut validation
            } else {
                break;
            };
            let mut warm: Vec<Rating> =
                own[person].iter().filter(|rating| !is_cold[rating.candidate]).copied().collect();
            // Whoever cannot tell the most and leave two to predict stays in training.
            if warm.len() < most + 2 {
                continue;
            }
            random.shuffle(&mut warm);
            let cold = own[person].iter().filter(|rating| is_cold[rating.candidate]).copied().collect();
            training[person] = false;
            let told = warm.drain(..most).collect();
            place.push(Cut { told, warm, cold });
        }
        let needed = 2;
        if test.len() < needed || validation.len() < needed {
            let found = test.len().min(validation.len());
            return Err(EvaluateError::TooFew { what: "persons with enough ratings", found, needed });
        }
        Ok(Self { training, is_cold, validation, test })
    }
}

/// A fitted model, read back from its file.
struct Learned {
    model: TasteModel,
    table: FeatureTable,
    noise: Vec<f64>,
    /// The candidates with votes, in order.
    warm: Vec<usize>,
}

/// A candidate's id: any that tells candidates apart will do here.
pub(super) fn id(candidate: usize) -> CandidateId {
    Digest(Sha256::digest((candidate as u64).to_le_bytes()).into())
}

fn learn(
    data: &RatingData,
    config: &RatingConfig,
    ratings: Vec<Rating>,
    seed: u64,
) -> Result<Learned, EvaluateError> {
    let mut own: Vec<Vec<f64>> = vec![vec![]; data.persons];
    ratings.iter().for_each(|rating| own[rating.person].push(rating.value));
    let level = ratings.iter().map(|rating| rating.value).sum::<f64>() / ratings.len().max(1) as f64;
    let (mut squares, mut degrees) = (0.0, 0.0);
    for values in own.iter().filter(|values| values.len() > 1) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        squares += values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        degrees += values.len() as f64 - 1.0;
    }
    let scale = RatingScale {
        level,
        spread: libm::sqrt((squares / f64::max(degrees, 1.0)).max(1e-6)),
        strength: config.strength,
        weight: SPREAD_WEIGHT,
        noise: 1.0,
    };
    let divisors: Vec<f64> = own.iter().map(|values| scale.divisor(values)).collect();
    let ratings: Vec<Rating> = ratings
        .into_iter()
        .map(|rating| Rating { value: scale.utility(rating.value, divisors[rating.person]), ..rating })
        .collect();
    let mut known = vec![false; data.candidates];
    ratings.iter().for_each(|rating| known[rating.candidate] = true);
    let rated: Vec<usize> = (0..data.candidates).filter(|&j| known[j]).collect();
    let embedded = &data.embedded;
    let basis = Basis::new(&embedded.values, embedded.dimension, &rated, &data.parts, seed)?;
    let columns = basis.columns(&embedded.values)?;
    let by_votes = if config.counts { familiarity(&ratings, &known) } else { vec![] };
    let given_columns: &[usize] = if config.use_given { &data.given } else { &[] };
    let given: Vec<f64> = embedded
        .values
        .chunks_exact(embedded.dimension)
        .flat_map(|row| given_columns.iter().map(|&at| basis.standardised(row, at)))
        .collect();
    let ratings = Ratings::new(data.persons, data.candidates, ratings)?;
    let fitted =
        Hierarchy { seed, ..config.hierarchy.clone() }.fit_beside(&ratings, &columns, &by_votes, &given)?;
    let ids: Vec<CandidateId> = (0..data.candidates).map(id).collect();
    let subject = Subject {
        encoder: embedded.encoder.as_str().into(),
        ids: &ids,
        embeddings: &embedded.values,
        known: &known,
        given: given_columns,
    };
    // A difference of two ratings has twice their noise; 1.702 makes a logistic of a normal.
    let temperature = libm::sqrt(2.0 * fitted.mean_noise) / 1.702;
    let likelihood = Likelihood { temperature, ..Likelihood::default() };
    let provenance = Provenance { seed, ..Provenance::default() };
    let model = fitted.model(&basis, &subject, scale, likelihood, provenance)?;
    // What is judged is the file.
    let model = TasteModel::from_onnx(&model.to_onnx())?;
    let rows = ids.iter().copied().zip(embedded.values.chunks_exact(embedded.dimension));
    let table = FeatureTable::build(&model, Digest::default(), rows)?;
    let noise = ids.iter().map(|id| model.rating_noise(id).unwrap_or(1.0)).collect();
    Ok(Learned { model, table, noise, warm: rated })
}

/// ln (1 + number of ratings), standardised over the candidates that have some. What it says of a candidate is in that
/// candidate's offsets; one that is new is not held to be bad for it.
fn familiarity(ratings: &[Rating], known: &[bool]) -> Vec<f64> {
    let mut counts = vec![0.0; known.len()];
    ratings.iter().for_each(|rating| counts[rating.candidate] += 1.0);
    let logs = || counts.iter().zip(known).filter(|(_, known)| **known).map(|(count, _)| libm::log1p(*count));
    let all = logs().count().max(1) as f64;
    let mean = logs().sum::<f64>() / all;
    let spread = libm::sqrt(logs().map(|value| (value - mean).powi(2)).sum::<f64>() / all).max(1e-6);
    let told = |(count, known): (&f64, &bool)| {
        if *known { (libm::log1p(*count) - mean) / spread } else { 0.0 }
    };
    counts.iter().zip(known).map(told).collect()
}

impl Learned {
    fn scored(&self, candidate: usize) -> Scored<'_> {
        self.table.scored(candidate).expect("every candidate has a row")
    }

    /// The posterior after some ratings.
    fn taste(&self, told: &[Rating]) -> Result<Taste, EvaluateError> {
        let scale = self.model.rating().expect("fitted from ratings").scale;
        let values: Vec<f64> = told.iter().map(|rating| rating.value).collect();
        let divisor = scale.divisor(&values);
        let mut taste = Taste::crowd(self.model.prior());
        for rating in told {
            let j = rating.candidate;
            taste.update_rating(self.scored(j), scale.utility(rating.value, divisor), self.noise[j])?;
        }
        Ok(taste)
    }

    /// Judges all pairs of targets that were rated differently.
    fn judge(
        &self,
        taste: &Taste,
        likelihood: &Likelihood,
        pairs: &[(Rating, Rating)],
        strong: f64,
        tally: &mut Tally,
    ) -> Result<(), EvaluateError> {
        for (better, worse) in pairs {
            let found = taste.predict_duel(
                likelihood,
                self.scored(better.candidate),
                self.scored(worse.candidate),
            )?;
            tally.add(found.probability, better.value - worse.value >= strong);
        }
        Ok(())
    }
}

/// Pairs rated differently, the better one first; drawn where there are too many.
pub(super) fn pairs(targets: &[Rating], random: &mut Random) -> Vec<(Rating, Rating)> {
    let ordered = |a: Rating, b: Rating| if a.value > b.value { (a, b) } else { (b, a) };
    let n = targets.len();
    if n * n.saturating_sub(1) / 2 <= MOST_PAIRS {
        let all = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
        return all
            .map(|(i, j)| (targets[i], targets[j]))
            .filter(|(a, b)| a.value != b.value)
            .map(|(a, b)| ordered(a, b))
            .collect();
    }
    (0..MOST_PAIRS)
        .map(|_| (targets[random.below(n)], targets[random.below(n)]))
        .filter(|(a, b)| a.value != b.value)
        .map(|(a, b)| ordered(a, b))
        .collect()
}

/// Tallies of one split, by (split, model, k).
type Found = Vec<((&'static str, &'static str, Option<usize>), Tally)>;

fn tally<'a>(
    found: &'a mut Found,
    split: &'static str,
    model: &'static str,
    k: Option<usize>,
) -> &'a mut Tally {
    let key = (split, model, k);
    let at = found.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
        found.push((key, Tally::default()));
        found.len() - 1
    });
    &mut found[at].1
}

/// Runs the protocol.
///
/// # Errors
/// [`EvaluateError::TooFew`], [`EvaluateError::Cancelled`], and what fit and model say.
pub fn run(data: &RatingData, config: &RatingConfig, watch: &mut dyn Watch) -> Result<Report, EvaluateError> {
    let mut splits: Vec<Found> = vec![];
    let mut temperatures = vec![];
    for (at, &seed) in config.seeds.iter().enumerate() {
        let started = Instant::now();
        let (found, temperature) = one_split(data, config, seed, watch)?;
        watch.say(&format!(
            "{}: split {} of {}, {:.0} s",
            data.name,
            at + 1,
            config.seeds.len(),
            started.elapsed().as_secs_f64()
        ));
        splits.push(found);
        temperatures.push(temperature);
    }
    let mut rows = vec![];
    for (key, _) in &splits[0] {
        let of_key = |split: &'_ Found| split.iter().position(|(other, _)| other == key);
        // Where one split had nobody with enough ratings there is no average.
        let Some(places) = splits.iter().map(of_key).collect::<Option<Vec<usize>>>() else { continue };
        let tallies: Vec<&Tally> = splits.iter().zip(places).map(|(split, at)| &split[at].1).collect();
        let probabilities = ["personal", "crowd", "random questions", "chosen questions"].contains(&key.1);
        rows.push(Row::of_splits(*key, &tallies, &config.seeds, config.resamples, probabilities));
    }
    let temperature = temperatures.iter().sum::<f64>() / temperatures.len() as f64;
    let method = vec![
        format!(
            "{} persons held out, {} more to fit the temperature, {:.0} % of candidates cold; warm targets are the ratings that are never told",
            config.held_out,
            config.validation,
            100.0 * config.cold
        ),
        format!(
            "hierarchical variational Bayes, {} learned features, {} given, {} rounds; content: {}; ratings scaled per person at strength {}",
            config.hierarchy.rank,
            if config.use_given { data.given.len() } else { 0 },
            config.hierarchy.rounds,
            data.embedded.encoder,
            config.strength
        ),
        format!("temperature {temperature:.2} times what noise asks for, on average (validation persons)"),
        "collective mean: mean rating of the training persons (cold: content alone); ceiling: training persons did judge the cold candidates".into(),
        format!("by question: persons with {} warm ratings or more; {QUESTIONS} of these may be asked for, the others are predicted; chosen is what most lowers the variance of the order of all warm candidates", QUESTIONS + LEAST_TARGETS),
    ];
    Ok(Report {
        protocol: data.name.into(),
        title: data.title.clone(),
        source: data.source.clone(),
        method,
        seeds: config.seeds.clone(),
        rows,
    })
}

fn one_split(
    data: &RatingData,
    config: &RatingConfig,
    seed: u64,
    watch: &mut dyn Watch,
) -> Result<(Found, f64), EvaluateError> {
    let split = Split::draw(data, config, seed)?;
    let seen: Vec<Rating> = data
        .ratings
        .iter()
        .filter(|rating| split.training[rating.person] && !split.is_cold[rating.candidate])
        .copied()
        .collect();
    let mut learned = learn(data, config, seen.clone(), seed)?;
    if watch.cancelled() {
        return Err(EvaluateError::Cancelled);
    }
    let factor = temperature(&learned, &split.validation, config, seed)?;
    if !config.choosing {
        let told = split.validation.iter().flat_map(|cut| cut.told.iter().chain(&cut.warm));
        learned = learn(data, config, seen.into_iter().chain(told.copied()).collect(), seed)?;
    }
    if watch.cancelled() {
        return Err(EvaluateError::Cancelled);
    }
    let mut likelihood = *learned.model.likelihood();
    likelihood.temperature *= factor;
    let mut random = Random::new(seed, "pairs");
    let mut found = Found::new();
    let judged = if config.choosing { &split.validation } else { &split.test };
    let ceiling = (config.ceiling && !config.choosing)
        .then(|| {
            let all = data.ratings.iter().filter(|rating| split.training[rating.person]);
            learn(data, config, all.copied().collect(), seed)
        })
        .transpose()?;
    let means = means(data, &split);
    let crowd = Taste::crowd(learned.model.prior());
    for cut in judged {
        for (part, targets) in [("warm", &cut.warm), ("cold", &cut.cold)] {
            let pairs = pairs(targets, &mut random);
            let collective = tally(&mut found, part, "collective mean", None);
            for (better, worse) in &pairs {
                let score = |rating: &Rating| match part {
                    "warm" => means[rating.candidate],
                    _ => f64::from(learned.scored(rating.candidate).utility()),
                };
                let difference = score(better) - score(worse);
                let sure = if difference > 0.0 {
                    0.75
                } else if difference < 0.0 {
                    0.25
                } else {
                    0.5
                };
                collective.add(sure, better.value - worse.value >= data.strong);
            }
            collective.next_person();
            for &k in &config.ks {
                let taste = if k == 0 { crowd.clone() } else { learned.taste(&cut.told[..k])? };
                let name = if k == 0 { "crowd" } else { "personal" };
                let into = tally(&mut found, part, name, Some(k));
                learned.judge(&taste, &likelihood, &pairs, data.strong, into)?;
                into.next_person();
            }
            if let (Some(ceiling), "cold") = (&ceiling, part) {
                let most = config.ks.iter().copied().max().unwrap_or(0);
                for (k, name) in [(0, "ceiling, crowd"), (most, "ceiling, personal")] {
                    let taste = ceiling.taste(&cut.told[..k])?;
                    let into = tally(&mut found, part, name, Some(k));
                    ceiling.judge(&taste, &likelihood, &pairs, data.strong, into)?;
                    into.next_person();
                }
            }
        }
    }
    let mut random = Random::new(seed, "questions");
    for cut in judged {
        questions(&learned, &likelihood, cut, data, config, &mut random, &mut found)?;
    }
    Ok((found, factor))
}

/// From how many of their own ratings a person's questions are drawn or chosen.
const QUESTIONS: usize = 40;
/// So many more are needed, to predict.
const LEAST_TARGETS: usize = 5;

/// The same pairs of a person predicted after k questions drawn at random and after k chosen ones, both out of the same
/// [`QUESTIONS`] that the person has answers to. Chosen is what most lowers the variance of the order of *all* warm candidates
/// ([`rating_gains`]): neither answers nor which pairs will be judged are looked at. Persons with fewer ratings take no part.
fn questions(
    learned: &Learned,
    likelihood: &Likelihood,
    cut: &Cut,
    data: &RatingData,
    config: &RatingConfig,
    random: &mut Random,
    found: &mut Found,
) -> Result<(), EvaluateError> {
    let own: Vec<Rating> = cut.told.iter().chain(&cut.warm).copied().collect();
    if own.len() < QUESTIONS + LEAST_TARGETS {
        return Ok(());
    }
    let (pool, targets) = own.split_at(QUESTIONS);
    let pairs = pairs(targets, random);
    let mut chosen: Vec<Rating> = vec![];
    let mut open = pool.to_vec();
    let mut taste = Taste::crowd(learned.model.prior());
    let most = config.ks.iter().copied().max().unwrap_or(0).min(QUESTIONS);
    // Of a normal posterior the covariance, and so the choice, does not depend on the answers.
    let all: Vec<Scored<'_>> = learned.warm.iter().map(|&j| learned.scored(j)).collect();
    let noise: Vec<f64> = learned.warm.iter().map(|&j| learned.noise[j]).collect();
    while chosen.len() < most {
        let gains = rating_gains(&taste, &all, &noise)?;
        let gain =
            |rating: &Rating| learned.warm.binary_search(&rating.candidate).map_or(0.0, |place| gains[place]);
        let Some(best) = (0..open.len()).max_by(|&a, &b| gain(&open[a]).total_cmp(&gain(&open[b]))) else {
            break;
        };
        let next = open.swap_remove(best);
        taste.update_rating(learned.scored(next.candidate), 0.0, learned.noise[next.candidate])?;
        chosen.push(next);
    }
    for &k in config.ks.iter().filter(|&&k| k > 0 && k <= QUESTIONS) {
        for (name, told) in [("random questions", &pool[..k]), ("chosen questions", &chosen[..k])] {
            let into = tally(found, "warm, by question", name, Some(k));
            learned.judge(&learned.taste(told)?, likelihood, &pairs, data.strong, into)?;
            into.next_person();
        }
    }
    Ok(())
}

/// A validation person's tastes after each k, and the pairs of ratings to be predicted from them.
type Case = (Vec<Taste>, Vec<(Rating, Rating)>);

/// The factor under which validation persons' pairs are predicted best (log loss), over all k.
fn temperature(
    learned: &Learned,
    validation: &[Cut],
    config: &RatingConfig,
    seed: u64,
) -> Result<f64, EvaluateError> {
    let mut best = (f64::INFINITY, 1.0);
    let mut random = Random::new(seed, "temperature");
    let cases: Vec<Case> = validation
        .iter()
        .map(|cut| {
            let mut all = pairs(&cut.warm, &mut random);
            random.shuffle(&mut all);
            all.truncate(100);
            let tastes =
                config.ks.iter().map(|&k| learned.taste(&cut.told[..k])).collect::<Result<_, _>>()?;
            Ok((tastes, all))
        })
        .collect::<Result<_, EvaluateError>>()?;
    for factor in TEMPERATURES {
        let mut likelihood = *learned.model.likelihood();
        likelihood.temperature *= factor;
        let mut tally = Tally::default();
        for (tastes, pairs) in &cases {
            for taste in tastes {
                learned.judge(taste, &likelihood, pairs, f64::INFINITY, &mut tally)?;
            }
        }
        if tally.log_loss() < best.0 {
            best = (tally.log_loss(), factor);
        }
    }
    Ok(best.1)
}

/// Everybody's mean rating, of the training persons; those of nobody count as the mean of all.
fn means(data: &RatingData, split: &Split) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); data.candidates];
    let mut all = (0.0, 0.0);
    for rating in data.ratings.iter().filter(|rating| split.training[rating.person]) {
        let sum = &mut sums[rating.candidate];
        *sum = (sum.0 + rating.value, sum.1 + 1.0);
        all = (all.0 + rating.value, all.1 + 1.0);
    }
    let mean = all.0 / f64::max(all.1, 1.0);
    sums.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { mean }).collect()
}
