//! From a data set to a taste model: scales, steps, prior, calibration, file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, Digest};
use taste_inference::Runtime;
use taste_model::{
    CutPoints, Decay, Head, Hidden, Likelihood, MAX_FEATURES, MAX_HIDDEN, Prior, Provenance, RatingModel,
    Reliability, Taste, TasteModel,
};
use taste_population::Random;

use crate::{
    age::{Aged, HalfLife, Weigh},
    carry::Carry,
    dataset::{Answer, Dataset, EmbeddedCandidates, Opinion},
    error::TrainError,
    judge::{accuracy, floor, prequential},
    layout::{Layout, Parameter, Shape},
    optimise::{Minimum, Problem, Schedule, minimise, weighs},
    population::{
        Calibration, Scores, UNTESTED, by_person, calibrate, cut_points, population, scaled, whiten,
    },
    progress::{Progress, Stage},
    scales::{Scales, by_evidence},
    standardise::Standard,
    step::{LEAST_TIE, TIE_SHIFT},
    warm,
};

/// The fewest votes that train.
const LEAST_VOTES: usize = 1;
/// Fewer persons than this, and nobody is kept aside: calibration then stays at its defaults.
const LEAST_PERSONS_TO_CALIBRATE: usize = 12;
/// Share of persons kept aside for calibration. Of more than so many no more than say so much: short visits tell
/// less each of how far to trust a taste, so it takes more of them.
const ASIDE_SHARE: f64 = 0.2;
const MANY_ASIDE: usize = 200;
const ENOUGH_ASIDE: usize = 12_000;
/// The most persons whose posteriors the population's prior is estimated from.
const MOST_PERSONS_IN_PRIOR: usize = 1_500;
/// Rounds of expectation–maximisation.
const PRIOR_ROUNDS: usize = 8;
/// Prior variances of what has none estimated.
const POSITION_VARIANCE: f64 = 0.25;
const TIE_VARIANCE: f64 = 4.0;
const MEAN_THRESHOLD_VARIANCE: f64 = 4.0;
pub(crate) const THRESHOLD_VARIANCE: f64 = 1.0;

/// How to train. The defaults suit rounds of tens to thousands of candidates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TrainConfig {
    /// Same data and same seed, same bytes.
    pub seed: u64,
    /// r, taste features, 1 to 32.
    pub rank: usize,
    /// Units of a hidden layer; none is the default and best for small data.
    pub hidden: Option<usize>,
    /// Steps of the graph.
    pub steps: usize,
    /// Judgements a step; all of them where there are no more.
    pub batch: usize,
    /// Learning rate at the start; falls to zero.
    pub rate: f32,
    /// AdamW's decoupled decay, on top of the priors.
    pub decay: f32,
    /// Prior variance of what taste adds to the utility of one candidate.
    pub personal_variance: f64,
    /// How much each half of a *neither* counts as an approval against.
    pub neither_weight: f64,
    /// After how long a vote weighs half.
    #[serde(default = "HalfLife::unsaid", skip_serializing_if = "HalfLife::is_none")]
    pub half_life: HalfLife,
    /// What each person weighs.
    #[serde(default = "Weigh::unsaid", skip_serializing_if = "Weigh::is_alike")]
    pub weigh: Weigh,
    /// How often the crowd is fitted again beside the tastes, and these beside it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: usize,
    /// Whether the model says what votes leave unknown of each candidate's offset.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unknown: bool,
    /// So many steps where training starts from the model that this one follows ([`train_from`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm_steps: Option<usize>,
    /// SHA-256 of the model that this one follows; the file names it in a place of its own.
    #[serde(skip)]
    pub parent: Option<Digest>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            rank: 8,
            hidden: None,
            steps: 200,
            batch: 8_192,
            rate: 0.05,
            decay: 0.0,
            personal_variance: 1.0,
            neither_weight: 0.5,
            half_life: HalfLife::Estimated,
            weigh: Weigh::Probes,
            again: 1,
            unknown: true,
            warm_steps: None,
            parent: None,
        }
    }
}

impl TrainConfig {
    fn check(&self) -> Result<(), TrainError> {
        let wrong = |what, found: f64, allowed| Err(TrainError::Setting { what, found, allowed });
        if !(1..=MAX_FEATURES).contains(&self.rank) {
            return wrong("rank", self.rank as f64, "1 to 32");
        }
        if self.hidden.is_some_and(|units| !(1..=MAX_HIDDEN).contains(&units)) {
            return wrong("hidden", self.hidden.unwrap_or(0) as f64, "1 to 4096");
        }
        if !(1..=1_000_000).contains(&self.steps) {
            return wrong("steps", self.steps as f64, "1 to 1,000,000");
        }
        if let Some(steps) = self.warm_steps
            && !(1..=1_000_000).contains(&steps)
        {
            return wrong("steps of a warm start", steps as f64, "1 to 1,000,000");
        }
        if self.batch == 0 {
            return wrong("batch", 0.0, "1 or more");
        }
        for (what, value, most) in
            [("rate", f64::from(self.rate), 10.0), ("personal variance", self.personal_variance, 1e4)]
        {
            if !(value > 0.0 && value <= most) {
                return wrong(what, value, "above 0, and not huge");
            }
        }
        for (what, value) in [("decay", f64::from(self.decay)), ("neither weight", self.neither_weight)] {
            if !(0.0..=100.0).contains(&value) {
                return wrong(what, value, "0 to 100");
            }
        }
        self.half_life.check()
    }
}

/// What was trained on, and how well it predicted people it had not seen. Written into the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Candidates in the round.
    pub candidates: usize,
    /// Persons who said something.
    pub persons: usize,
    /// Votes that said something.
    pub votes: usize,
    /// Persons kept aside while training (then trained on, too); none where there were too few.
    pub aside: Option<Aside>,
    /// Prior variance of utility that content explains.
    pub content_variance: f64,
    /// Prior variance of utility that it does not.
    pub offset_variance: f64,
    /// Times the population's taste covariance, chosen on persons kept aside.
    pub personal_scale: f64,
    /// T, chosen likewise.
    pub temperature: f64,
    /// Seconds after which a vote weighed half, counted back from the log's last ballot; none where age made no difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<f64>,
    /// What the log says of it, where it was asked and long enough to say something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life_estimate: Option<Decay>,
    /// How far persons mean what they say, where they were asked often enough a second time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reliability: Option<Meant>,
    /// How much of what content says of features holds for candidates without votes.
    #[serde(default = "all")]
    pub carried: f64,
    /// How it was trained: with the log, whose votes are whose, and the parent, all it takes to make the same file again.
    pub settings: TrainConfig,
    /// On what it was trained. Elsewhere the same settings may give other last bits.
    #[serde(default)]
    pub made_with: MadeWith,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Of files that do not say.
fn all() -> f64 {
    1.0
}

/// What adds the numbers up, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MadeWith {
    /// What ONNX Runtime says of its build.
    pub onnx_runtime: String,
    /// The processor's family: `x86_64`, `aarch64`, …
    pub processor: String,
}

impl MadeWith {
    /// This process.
    ///
    /// # Errors
    /// What [`Runtime::load`] says.
    pub(crate) fn here() -> Result<Self, TrainError> {
        let onnx_runtime = Runtime::load(None)?.build().to_owned();
        Ok(Self { onnx_runtime, processor: std::env::consts::ARCH.to_owned() })
    }
}

/// Persons kept aside: predicted vote after vote, each from the ones before it. Temperature and personal scale are chosen on
/// these very votes, so `personal` flatters a little; [`evaluate`](crate::evaluate()) holds persons out who choose nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Aside {
    /// How many persons.
    pub persons: usize,
    /// How many decided votes.
    pub votes: usize,
    /// Accuracy of always saying what the training votes said most.
    pub floor: f64,
    /// Accuracy of the crowd's utility.
    pub crowd: f64,
    /// Accuracy of each person's own posterior.
    pub personal: f64,
}

/// What persons said of pairs that they were asked twice ([`Reliability`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meant {
    /// How many such pairs there were.
    pub probes: u32,
    /// Of how many the same was said again: what no model can be expected to beat.
    pub agreed: u32,
    /// How often two answers agree that are both meant.
    pub meant: f64,
    /// How often by chance.
    pub chance: f64,
    /// Which share of what is said is meant, on average over the persons.
    pub share: f64,
}

impl Meant {
    fn of(found: &Reliability, dataset: &Dataset) -> Self {
        let rounded = |value: f64| (value * 1e4).round() / 1e4;
        let own = dataset.consistency.iter().map(|said| found.of(*said));
        let Reliability { probes, agreed, meant, chance, .. } = *found;
        Self {
            probes,
            agreed,
            meant: rounded(meant),
            chance: rounded(chance),
            share: rounded(own.sum::<f64>() / dataset.consistency.len().max(1) as f64),
        }
    }
}

/// A trained model and its file.
#[derive(Clone, Debug)]
pub struct Trained {
    /// In memory.
    pub model: TasteModel,
    /// The file.
    pub onnx: Vec<u8>,
    /// SHA-256 of the file: the model's name.
    pub digest: Digest,
    /// Also in the file, as JSON.
    pub metrics: Metrics,
}

/// Trains a taste model. The same data set, configuration and seed give the same bytes (on one build of ONNX Runtime
/// and one kind of processor, both of which the file names).
///
/// Persons kept aside choose temperature and personal scale; then everybody is trained on.
///
/// # Errors
/// [`TrainError::TooFewVotes`], [`TrainError::Setting`], [`TrainError::Cancelled`], [`TrainError::Diverged`], and what
/// ONNX Runtime says. Nothing is written in any case: that is [`write_atomically`](crate::write_atomically), afterwards.
pub fn train(
    dataset: &Dataset,
    config: &TrainConfig,
    progress: &mut dyn Progress,
) -> Result<Trained, TrainError> {
    let config = TrainConfig { warm_steps: None, ..config.clone() };
    train_noting(dataset, &config, None, None, progress)
}

/// The same, but its last fit starts where the model before it ended: what a round has learned so far need not be found again,
/// and fewer steps lead as far. `parent` is that model's file, whose digest the new file names: who trains again needs both.
/// Where the two do not fit together (another encoder, other candidates, another number of features, or a file that is no
/// taste model) it is [`train`].
///
/// What decides how far to trust personal taste starts from nothing as ever: the model before knows the persons kept aside.
///
/// # Errors
/// As [`train`].
pub fn train_from(
    parent: &[u8],
    dataset: &Dataset,
    config: &TrainConfig,
    progress: &mut dyn Progress,
) -> Result<Trained, TrainError> {
    let digest = Digest(Sha256::digest(parent).into());
    let parent = TasteModel::from_onnx(parent).ok().filter(|parent| warm::fits(parent, dataset, config));
    let steps = config.warm_steps.unwrap_or_else(|| config.steps.div_ceil(warm::FEWER));
    let warm_steps = parent.is_some().then_some(steps);
    let config = TrainConfig { parent: Some(digest), warm_steps, ..config.clone() };
    train_noting(dataset, &config, parent.as_ref(), None, progress)
}

/// The same; the file says that it was made with this, or else with what it is really made with.
pub(crate) fn train_noting(
    dataset: &Dataset,
    config: &TrainConfig,
    parent: Option<&TasteModel>,
    made_with: Option<&MadeWith>,
    progress: &mut dyn Progress,
) -> Result<Trained, TrainError> {
    config.check()?;
    let telling = dataset.opinions.iter().filter(|opinion| weighs(opinion, config.neither_weight)).count();
    if telling < LEAST_VOTES {
        return Err(TrainError::TooFewVotes { votes: telling, needed: LEAST_VOTES });
    }
    let aged = Aged::of(dataset, config.half_life, config.weigh)?;
    let trainer = Trainer::new(dataset, config, &aged);
    let (calibration, aside) = trainer.calibration(progress)?;
    let scales = trainer.scales(&aged.opinions, progress)?;
    let mut fitted = trainer.fit(&aged.opinions, scales, parent, progress)?;
    let everybody = by_person(&aged.opinions);
    let everybody: Vec<&[Opinion]> = everybody.values().map(Vec::as_slice).collect();
    let prior = trainer.population(&mut fitted, &everybody, progress)?;

    let prior = scaled(&prior, calibration.scale)?;
    if config.unknown {
        fitted.find_unknown(&aged.opinions, &prior, &dataset.candidates)?;
    }
    let (mut feature_weights, prior) = whiten(&fitted.head.feature_weights, &prior)?;
    let (carry, features) = trainer.carry(&fitted, &feature_weights);
    // What content does not tell of features is theirs who have votes; of the others it is unknown.
    feature_weights.iter_mut().for_each(|weight| *weight *= carry.share as f32);
    let offsets_of = |(id, own): (CandidateId, Vec<f64>)| {
        (id, own.into_iter().map(|value| ((1.0 - carry.share) * value) as f32).collect())
    };
    let feature_offsets: BTreeMap<CandidateId, Vec<f32>> = features.into_iter().map(offsets_of).collect();

    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    let metrics = Metrics {
        candidates: dataset.candidates.len(),
        persons: everybody.len(),
        votes: dataset.votes(),
        aside,
        content_variance: rounded(scales.content),
        offset_variance: rounded(scales.offset),
        personal_scale: calibration.scale,
        temperature: calibration.temperature,
        half_life: aged.half_life,
        half_life_estimate: aged.estimate.clone(),
        reliability: aged.reliability.as_ref().map(|found| Meant::of(found, dataset)),
        carried: rounded(carry.share),
        settings: config.clone(),
        made_with: made_with.cloned().map_or_else(MadeWith::here, Ok)?,
    };
    let provenance = Provenance {
        round: dataset.round,
        log_size: dataset.log_size,
        log_root: dataset.log_root,
        seed: config.seed,
        metrics: serde_json::to_string(&metrics).expect("numbers and names"),
        claims: dataset.claims.to_text(),
        parent: config.parent,
    };
    let model = TasteModel::new(
        dataset.candidates.encoder().clone(),
        Head { feature_weights, ..fitted.head },
        &prior,
        Likelihood {
            temperature: calibration.temperature,
            offset_variance: fitted.likelihood.offset_variance + carry.open,
            ..fitted.likelihood
        },
        fitted.offsets,
        provenance,
    )?;
    let model = if config.unknown { model.with_unknown(fitted.unknown)? } else { model };
    let model = match carry == Carry::ALL {
        true => model,
        false => model.with_ratings(RatingModel { feature_offsets, ..RatingModel::default() })?,
    };
    let onnx = model.to_onnx();
    let digest = Digest(Sha256::digest(&onnx).into());
    Ok(Trained { model, onnx, digest, metrics })
}

/// What stays the same between the fit for calibration and the fit for the file.
struct Trainer<'a> {
    dataset: &'a Dataset,
    config: &'a TrainConfig,
    aged: &'a Aged,
    standard: Standard,
    embeddings: Vec<f32>,
}

/// The steps' result, before the population.
struct Fitted {
    head: Head,
    likelihood: Likelihood,
    offsets: BTreeMap<CandidateId, f32>,
    mean_threshold: f64,
    /// What votes leave unknown of each offset, a variance; empty before tastes have a prior.
    unknown: BTreeMap<CandidateId, f32>,
    /// What the steps came down to.
    loss: f32,
}

impl<'a> Trainer<'a> {
    fn new(dataset: &'a Dataset, config: &'a TrainConfig, aged: &'a Aged) -> Self {
        let standard = Standard::of(&dataset.candidates);
        let embeddings = standard.apply(&dataset.candidates);
        Self { dataset, config, aged, standard, embeddings }
    }

    /// Cut points as if everybody liked everything alike: what the levels' shares alone say.
    fn first_cuts(&self, opinions: &[Opinion]) -> Result<CutPoints, TrainError> {
        Ok(cut_points(self.stars(opinions, |_, _| 0.0), self.dataset.star_levels)?)
    }

    /// All stars among these opinions, where u − a of a person and a candidate is known.
    fn stars(
        &self,
        opinions: &[Opinion],
        liking: impl Fn(usize, usize) -> f64,
    ) -> Vec<(f64, f64, usize, f64)> {
        let steps = self.dataset.star_levels.saturating_sub(1) as f64;
        let said = opinions.iter().filter_map(|opinion| match opinion.answer {
            Answer::Stars { candidate, response } => {
                let level = (response * steps).round() as usize;
                Some((liking(opinion.person, candidate), 0.0, level, opinion.weight))
            }
            _ => None,
        });
        said.collect()
    }

    /// The scales that these votes speak for. Persons kept aside have no say in those of the fit that predicts them.
    fn scales(&self, opinions: &[Opinion], progress: &mut dyn Progress) -> Result<Scales, TrainError> {
        progress.advance(Stage::Scales, 0, 1);
        let d = self.dataset.candidates.dimension();
        let cuts = self.first_cuts(opinions)?;
        let scales = by_evidence(opinions, &self.embeddings, d, self.config.neither_weight, cuts);
        progress.advance(Stage::Scales, 1, 1);
        if progress.cancelled() {
            return Err(TrainError::Cancelled);
        }
        Ok(scales)
    }

    /// Trains without some persons and chooses on them how far to trust personal taste, and the temperature. They are heard as
    /// their own devices hear them, where votes do not grow old; where they do elsewhere, only persons are asked who voted
    /// within a half-life of the log's end: the model is to be trusted as far as it holds today.
    fn calibration(&self, progress: &mut dyn Progress) -> Result<(Calibration, Option<Aside>), TrainError> {
        let mut persons = by_person(&self.dataset.opinions);
        let mut order: Vec<usize> =
            persons.iter().filter(|(_, said)| self.is_recent(said)).map(|(person, _)| *person).collect();
        if order.len() < LEAST_PERSONS_TO_CALIBRATE {
            return Ok((UNTESTED, None));
        }
        Random::new(self.config.seed, "aside").shuffle(&mut order);
        let most = (order.len() as f64 * ASIDE_SHARE).ceil() as usize;
        let (mut aside, mut said) = (0, 0);
        while aside < most && (aside < MANY_ASIDE || said < ENOUGH_ASIDE) {
            said += persons[&order[aside]].len();
            aside += 1;
        }
        let mut is_aside = vec![false; self.dataset.persons.len()];
        order[..aside].iter().for_each(|&person| is_aside[person] = true);

        let rest: Vec<Opinion> =
            self.aged.opinions.iter().copied().filter(|opinion| !is_aside[opinion.person]).collect();
        if !rest.iter().any(|opinion| weighs(opinion, self.config.neither_weight)) {
            return Ok((UNTESTED, None));
        }
        let scales = self.scales(&rest, progress)?;
        let mut fitted = self.fit(&rest, scales, None, progress)?;
        let others = by_person(&rest);
        let others: Vec<&[Opinion]> = others.values().map(Vec::as_slice).collect();
        let prior = self.population(&mut fitted, &others, progress)?;
        progress.advance(Stage::Calibration, 0, 1);
        if self.config.unknown {
            fitted.find_unknown(&rest, &prior, &self.dataset.candidates)?;
        }
        let scores = fitted.scores(&self.dataset.candidates)?;
        persons.retain(|person, _| is_aside[*person]);
        let aside: Vec<&[Opinion]> = persons.values().map(Vec::as_slice).collect();
        let calibration = calibrate(&aside, &scores, &fitted.likelihood, &prior)?;
        progress.advance(Stage::Calibration, 1, 1);
        if progress.cancelled() {
            return Err(TrainError::Cancelled);
        }
        let likelihood = Likelihood { temperature: calibration.temperature, ..fitted.likelihood };
        let personal = prequential(&aside, &scores, &likelihood, &scaled(&prior, calibration.scale)?)?;
        let crowd = prequential(&aside, &scores, &likelihood, &scaled(&prior, 0.0)?)?;
        let floor = floor(&rest, &aside);
        let found = Aside {
            persons: aside.len(),
            votes: personal.len(),
            floor: accuracy(&floor),
            crowd: accuracy(&crowd),
            personal: accuracy(&personal),
        };
        Ok((calibration, (found.votes > 0).then_some(found)))
    }

    /// Whether a person, of whom these are all opinions, has voted within a half-life of the log's end.
    fn is_recent(&self, opinions: &[Opinion]) -> bool {
        let (Some(half_life), Some(&now)) = (self.aged.half_life, self.dataset.times.iter().max()) else {
            return true;
        };
        opinions.iter().any(|opinion| (now - self.dataset.times[opinion.vote]) as f64 <= half_life)
    }

    /// Runs the steps on these votes, from nothing or from a model that fits.
    fn fit(
        &self,
        opinions: &[Opinion],
        scales: Scales,
        parent: Option<&TasteModel>,
        progress: &mut dyn Progress,
    ) -> Result<Fitted, TrainError> {
        let Self { dataset, config, .. } = self;
        // Only persons who are there get a row of the taste matrix.
        let mut numbers = vec![None; dataset.persons.len()];
        let mut persons = 0;
        let opinions: Vec<Opinion> = opinions
            .iter()
            .map(|opinion| {
                let person = *numbers[opinion.person].get_or_insert_with(|| {
                    persons += 1;
                    persons - 1
                });
                Opinion { person, ..*opinion }
            })
            .collect();
        let layout = Layout::new(Shape {
            candidates: dataset.candidates.len(),
            dimension: dataset.candidates.dimension(),
            hidden: config.hidden,
            rank: config.rank,
            persons,
        });
        let warm = parent.zip(config.warm_steps);
        let schedule = Schedule {
            steps: warm.map_or(config.steps, |(_, steps)| steps),
            batch: config.batch,
            rate: config.rate,
            decay: config.decay,
            seed: config.seed,
        };
        let mut problem = Problem {
            layout: &layout,
            embeddings: &self.embeddings,
            opinions: &opinions,
            precision: self.precision(&layout, scales),
            moves: |parameter| !is_personal(parameter),
            neither_weight: config.neither_weight,
            cuts: self.first_cuts(&opinions)?,
        };
        // First the crowd alone, then what persons add to it. All at once, points for thousands of tastes explain away
        // part of what everybody shares, and newcomers, who get the crowd's utility, are predicted worse for it.
        let start = |starts| self.start(&layout, &problem.precision, starts);
        let (crowd, personal) = match warm {
            Some((parent, _)) => {
                let cold = start(is_personal);
                let start = warm::start(parent, &layout, &dataset.candidates, &opinions, &cold)?;
                let part = |personal: bool| {
                    let mut part = start.clone();
                    let other = |parameter: &Parameter| is_personal(*parameter) != personal;
                    Parameter::ALL.into_iter().filter(other).for_each(|p| part[layout.range(p)].fill(0.0));
                    part
                };
                (part(false), part(true))
            }
            None => (start(|parameter| !is_personal(parameter)), start(is_personal)),
        };
        let crowd = minimise(&problem, crowd, &schedule, progress)?.parameters;
        // Cut points are found again from what the steps say of everybody, before and after tastes are added.
        problem.cuts = self.cuts(&layout, &crowd, &opinions, scales)?;
        let start = crowd.iter().zip(&personal).map(|(crowd, personal)| crowd + personal).collect();
        problem.moves = is_personal;
        let Minimum { mut parameters, mut loss } = minimise(&problem, start, &schedule, progress)?;
        // What the crowd alone explained was partly who was asked what: a person is asked what they cannot decide, so such answers
        // say that all candidates are equal, until it is known what was to be expected of the person. So the crowd once more,
        // beside the tastes found, and then the tastes beside that. `crates/taste-evaluate/FIGURES.md` has what it brings, and where
        // it brings nothing.
        for _ in 0..config.again {
            problem.moves = |parameter| !is_personal(parameter);
            parameters = minimise(&problem, parameters, &schedule, progress)?.parameters;
            problem.cuts = self.cuts(&layout, &parameters, &opinions, scales)?;
            problem.moves = is_personal;
            Minimum { parameters, loss } = minimise(&problem, parameters, &schedule, progress)?;
        }
        let mut fitted = self.fitted(&layout, &parameters, &opinions, scales);
        fitted.loss = loss;
        fitted.likelihood.cuts = self.cuts(&layout, &parameters, &opinions, scales)?;
        Ok(fitted)
    }

    /// How far these features carry over to candidates without votes; and the features of those with votes, by candidate,
    /// where content does not tell all of them. A hidden layer learns its own content, of which nothing can be left out here.
    fn carry(&self, fitted: &Fitted, feature_weights: &[f32]) -> (Carry, Vec<(CandidateId, Vec<f64>)>) {
        let d = self.dataset.candidates.dimension();
        let r = feature_weights.len() / d;
        let ids = self.dataset.candidates.ids();
        let judged: Vec<usize> = (0..ids.len()).filter(|&i| fitted.offsets.contains_key(&ids[i])).collect();
        if self.config.hidden.is_some() || judged.len() >= 2 * d {
            return (Carry::ALL, vec![]);
        }
        let content: Vec<f64> = judged
            .iter()
            .flat_map(|&i| &self.embeddings[i * d..(i + 1) * d])
            .map(|&value| f64::from(value))
            .collect();
        let features: Vec<f64> = content
            .chunks_exact(d)
            .flat_map(|row| {
                (0..r).map(|k| {
                    row.iter().enumerate().map(|(at, x)| x * f64::from(feature_weights[at * r + k])).sum()
                })
            })
            .collect();
        let carry = Carry::of(&content, &features, judged.len(), self.config.seed);
        let own = judged.iter().map(|&i| ids[i]).zip(features.chunks_exact(r).map(<[f64]>::to_vec));
        (carry, if carry == Carry::ALL { vec![] } else { own.collect() })
    }

    /// The stars' cut points, given what these parameters say of everybody and everything.
    fn cuts(
        &self,
        layout: &Layout,
        parameters: &[f32],
        opinions: &[Opinion],
        scales: Scales,
    ) -> Result<CutPoints, TrainError> {
        if self.dataset.star_levels == 0 {
            return Ok(CutPoints::NONE);
        }
        let scores = self.fitted(layout, parameters, opinions, scales).scores(&self.dataset.candidates)?;
        let (tastes, own) = (layout.range(Parameter::Taste), layout.range(Parameter::Threshold));
        let mean = f64::from(parameters[layout.range(Parameter::MeanThreshold).start]);
        let liking = |person: usize, candidate: usize| {
            let taste = &parameters[tastes.clone()][person * scores.rank..][..scores.rank];
            let features = &scores.features[candidate * scores.rank..][..scores.rank];
            let personal: f64 = taste.iter().zip(features).map(|(z, f)| f64::from(*z) * f64::from(*f)).sum();
            let severity = mean + f64::from(parameters[own.start + person]);
            f64::from(scores.utility[candidate]) + personal - severity
        };
        Ok(cut_points(self.stars(opinions, liking), self.dataset.star_levels)?)
    }

    /// 1 / prior variance of every parameter. Standardised embeddings have a mean squared length of one (and k hidden
    /// units one of at most k), so variances of weights are variances of utilities.
    fn precision(&self, layout: &Layout, scales: Scales) -> Vec<f64> {
        let shape = layout.shape;
        let length = shape.hidden.unwrap_or(1) as f64;
        let variance = |parameter| match parameter {
            // Preactivations of unit variance, a priori.
            Parameter::HiddenWeights | Parameter::HiddenBias => 1.0,
            Parameter::Utility => scales.content / length,
            Parameter::Features => self.config.personal_variance / (shape.rank as f64 * length),
            Parameter::Taste => 1.0,
            Parameter::Threshold => THRESHOLD_VARIANCE,
            Parameter::Offset => scales.offset,
            Parameter::Tie => TIE_VARIANCE,
            Parameter::Position => POSITION_VARIANCE,
            Parameter::MeanThreshold => MEAN_THRESHOLD_VARIANCE,
        };
        let mut precision = vec![0.0; layout.len()];
        for parameter in Parameter::ALL {
            precision[layout.range(parameter)].fill(1.0 / variance(parameter));
        }
        precision
    }

    /// Zero, except where zero is a saddle: features and tastes start small and random, hidden weights at their prior.
    fn start(&self, layout: &Layout, precision: &[f64], starts: fn(Parameter) -> bool) -> Vec<f32> {
        let mut random = Random::new(self.config.seed, "start");
        let mut start = vec![0.0; layout.len()];
        for (parameter, size) in
            [(Parameter::HiddenWeights, 1.0), (Parameter::Features, 0.3), (Parameter::Taste, 0.3)]
        {
            for at in layout.range(parameter).filter(|_| starts(parameter)) {
                start[at] = (size * random.normal() / libm::sqrt(precision[at])) as f32;
            }
        }
        start
    }

    fn fitted(&self, layout: &Layout, parameters: &[f32], opinions: &[Opinion], scales: Scales) -> Fitted {
        let get = |parameter| parameters[layout.range(parameter)].to_vec();
        let scalar = |parameter| f64::from(parameters[layout.range(parameter).start]);
        let hidden = layout
            .shape
            .hidden
            .map(|_| Hidden::tanh(get(Parameter::HiddenWeights), get(Parameter::HiddenBias)));
        let offset = get(Parameter::Offset);
        let mut judged = vec![false; offset.len()];
        opinions.iter().flat_map(|opinion| opinion.answer.candidates()).for_each(|i| judged[i] = true);
        // Where nobody judged a candidate its offset is its prior's mean, zero, and says nothing.
        let candidates = self.dataset.candidates.ids();
        let offsets = (0..offset.len()).filter(|&i| judged[i]).map(|i| (candidates[i], offset[i])).collect();
        let rho = scalar(Parameter::Tie) + f64::from(TIE_SHIFT);
        Fitted {
            head: Head {
                mean: self.standard.mean.clone(),
                inv_std: self.standard.inv_std.clone(),
                hidden,
                utility_weights: get(Parameter::Utility),
                utility_bias: 0.0,
                feature_weights: get(Parameter::Features),
            },
            likelihood: Likelihood {
                tie: f64::from(LEAST_TIE) + libm::log1p(libm::exp(rho)),
                position: scalar(Parameter::Position),
                temperature: 1.0,
                offset_variance: scales.offset,
                neither_weight: self.config.neither_weight,
                cuts: CutPoints::NONE,
            },
            offsets,
            mean_threshold: scalar(Parameter::MeanThreshold),
            unknown: BTreeMap::new(),
            loss: f32::NAN,
        }
    }

    /// Of these persons; the cut points follow them.
    fn population(
        &self,
        fitted: &mut Fitted,
        persons: &[&[Opinion]],
        progress: &mut dyn Progress,
    ) -> Result<Prior, TrainError> {
        progress.advance(Stage::Prior, 0, 1);
        // Every k-th person, so that early and late ones are there.
        let stride = persons.len().div_ceil(MOST_PERSONS_IN_PRIOR).max(1);
        let some: Vec<&[Opinion]> = persons.iter().copied().step_by(stride).collect();
        let scores = fitted.scores(&self.dataset.candidates)?;
        let start = fitted.unit_prior(self.config.rank)?;
        let (prior, cuts) = population(&some, &scores, &fitted.likelihood, &start, PRIOR_ROUNDS)?;
        fitted.likelihood.cuts = cuts;
        progress.advance(Stage::Prior, 1, 1);
        if progress.cancelled() {
            return Err(TrainError::Cancelled);
        }
        Ok(prior)
    }
}

/// What tells persons from the crowd. A hidden layer is the crowd's: features are read off it as it is.
fn is_personal(parameter: Parameter) -> bool {
    matches!(parameter, Parameter::Features | Parameter::Taste | Parameter::Threshold)
}

impl Fitted {
    fn unit_prior(&self, rank: usize) -> Result<Prior, TrainError> {
        Ok(Prior::isotropic(rank, 1.0, THRESHOLD_VARIANCE, self.mean_threshold)?)
    }

    /// What these weights say of every candidate, by way of the model itself.
    fn scores(&self, candidates: &EmbeddedCandidates) -> Result<Scores, TrainError> {
        let rank = self.head.feature_weights.len() / self.head.utility_weights.len();
        let model = TasteModel::new(
            candidates.encoder().clone(),
            self.head.clone(),
            &self.unit_prior(rank)?,
            self.likelihood,
            self.offsets.clone(),
            Provenance::default(),
        )?;
        let model = if self.unknown.is_empty() { model } else { model.with_unknown(self.unknown.clone())? };
        Ok(Scores::of(&model, candidates)?)
    }

    /// Finds what these votes leave unknown of each offset: they are taken for those of strangers, whose tastes are as the prior
    /// says, so that what is known of their givers counts for nothing. That overstates it, by a fifth or so.
    fn find_unknown(
        &mut self,
        opinions: &[Opinion],
        prior: &Prior,
        candidates: &EmbeddedCandidates,
    ) -> Result<(), TrainError> {
        let scores = self.scores(candidates)?;
        let crowd = Taste::crowd(prior);
        let mut information = vec![0.0; candidates.len()];
        for opinion in opinions {
            let told = crowd.information(&self.likelihood, &scores.observation(opinion)?)?;
            opinion.answer.candidates().for_each(|candidate| information[candidate] += told);
        }
        let before = self.likelihood.offset_variance;
        let known = candidates.ids().iter().zip(&information).filter(|(id, _)| self.offsets.contains_key(id));
        self.unknown = known.map(|(id, told)| (*id, (before / (1.0 + before * told)) as f32)).collect();
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dataset::Person;
    use taste_ballot::Address;
    use taste_core::{DuelOutcome, Vote};

    pub(crate) fn has_runtime() -> bool {
        Runtime::load(None).is_ok()
    }

    /// Persons with tastes of their own, of this size, judge twenty random pairs of forty candidates each, whose content says
    /// something of them.
    pub(crate) fn world(dimension: usize, persons: usize, taste: f64, seed: u64) -> Dataset {
        let mut random = Random::new(seed, "world");
        let n = 40;
        let embeddings: Vec<f32> = (0..n * dimension).map(|_| random.normal() as f32).collect();
        let id = |i: usize| CandidateId::from(Digest([i as u8 + 1; 32]));
        let crowd: Vec<f64> = (0..dimension).map(|_| random.normal()).collect();
        let offsets: Vec<f64> = (0..n).map(|_| 0.5 * random.normal()).collect();
        let mut votes = vec![];
        for person in 0..persons {
            let own: Vec<f64> =
                (0..dimension).map(|k| if k < 3 { taste * random.normal() } else { 0.0 }).collect();
            let utility = |i: usize| -> f64 {
                let row = &embeddings[i * dimension..][..dimension];
                let liked = row.iter().zip(crowd.iter().zip(&own)).map(|(x, (a, b))| f64::from(*x) * (a + b));
                liked.sum::<f64>() / (dimension as f64).sqrt() + offsets[i]
            };
            for _ in 0..20 {
                let left = random.below(n);
                let right = (left + 1 + random.below(n - 1)) % n;
                let left_won = utility(left) - utility(right) - (1.0 / random.uniform() - 1.0).ln() > 0.0;
                let outcome = if left_won { DuelOutcome::Left } else { DuelOutcome::Right };
                let voter = Person { voter: Address::repeat_byte(person as u8), source: person.to_string() };
                votes.push((voter, Vote::duel(id(left), id(right), outcome).unwrap()));
            }
        }
        let candidates =
            EmbeddedCandidates::new((0..n).map(id).collect(), "test@1".into(), embeddings).unwrap();
        Dataset::from_votes(Digest([7; 32]), candidates, votes).unwrap()
    }

    /// What the last fit's steps come down to.
    pub(crate) fn loss(dataset: &Dataset, config: &TrainConfig, parent: Option<&TasteModel>) -> f32 {
        let aged = Aged::of(dataset, config.half_life, config.weigh).unwrap();
        let trainer = Trainer::new(dataset, config, &aged);
        let scales = trainer.scales(&dataset.opinions, &mut crate::Silent).unwrap();
        trainer.fit(&dataset.opinions, scales, parent, &mut crate::Silent).unwrap().loss
    }

    #[test]
    fn the_crowd_once_more_beside_the_tastes_explains_more_than_twice_the_steps_do() {
        if !has_runtime() {
            return;
        }
        let dataset = world(12, 60, 1.5, 7);
        let again = TrainConfig { rank: 4, ..TrainConfig::default() };
        let longer = TrainConfig { again: 0, steps: 2 * again.steps, ..again.clone() };
        let [again, longer] = [loss(&dataset, &again, None), loss(&dataset, &longer, None)];
        assert!(again < longer - 0.001, "{again} of {longer}");
    }
}
