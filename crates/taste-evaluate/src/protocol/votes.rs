//! The same people's ratings, said as votes, and trained from as a log is: by the steps of `taste train`.
//!
//! Splits, targets and judged pairs are those of [`ratings`](super::ratings). What is asked is what kind of vote teaches how
//! much: stars as ordered levels, stars as approvals in part, or so many duels a person, drawn at random from the pairs that
//! the person rated differently. A test person tells k votes of the same kind; duels are drawn from the candidates whose
//! ratings others tell as stars, so that nobody tells of what is predicted.

use std::time::Instant;

use taste_ballot::Address;
use taste_core::{DuelOutcome, Stars, Vote};
use taste_model::{FeatureTable, Observation, Taste, TasteModel};
use taste_population::{Random, Rating};
use taste_train::{Dataset, EmbeddedCandidates, Person, Progress, Stage, TrainConfig, train};

use super::ratings::{Cut, RatingConfig, RatingData, Split, id, pairs};
use crate::{
    error::EvaluateError,
    report::{Report, Row},
    tally::Tally,
    watch::Watch,
};

/// Stars of the scale that ratings are said on, in halves: ten levels.
const STARS: u8 = 5;
const LEVELS: f64 = 10.0;

/// What training persons say, and what test persons tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// All their ratings.
    Stars {
        /// Whether levels are ordered, or approvals in part.
        ordered: bool,
    },
    /// So many duels each.
    Duels(usize),
}

const SAID: [Said; 5] = [
    Said::Stars { ordered: true },
    Said::Stars { ordered: false },
    Said::Duels(10),
    Said::Duels(30),
    Said::Duels(100),
];

impl Said {
    fn name(self) -> &'static str {
        match self {
            Self::Stars { ordered: true } => "stars, ordered levels",
            Self::Stars { ordered: false } => "stars, approvals in part",
            Self::Duels(10) => "10 duels a person",
            Self::Duels(30) => "30 duels a person",
            Self::Duels(_) => "100 duels a person",
        }
    }
}

/// Ratings as a round's stars.
struct Scale {
    least: f64,
    all: f64,
}

impl Scale {
    fn of(data: &RatingData) -> Self {
        let values = || data.ratings.iter().map(|rating| rating.value);
        Self {
            least: values().fold(f64::INFINITY, f64::min),
            all: values().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// A scale of ten values keeps them; of a finer one each level is a tenth.
    fn stars(&self, data: &RatingData, value: f64) -> Stars {
        let place = (value - self.least) / (self.all - self.least);
        let level = match data.name {
            "movielens" => (place * (LEVELS - 1.0)).round(),
            _ => (place * LEVELS).floor().min(LEVELS - 1.0),
        };
        Stars::new(level as u8 + 1, STARS).expect("a level of the scale")
    }

    fn vote(&self, data: &RatingData, rating: &Rating) -> Vote {
        Vote::stars(id(rating.candidate), Some(self.stars(data, rating.value)))
    }
}

/// At most so many duels of one person's ratings, each pair once; those rated alike are not asked.
fn duels(own: &[Rating], count: usize, random: &mut Random) -> Vec<Vote> {
    let mut open: Vec<(usize, usize)> = (0..own.len())
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .filter(|&(i, j)| own[i].value != own[j].value)
        .collect();
    random.shuffle(&mut open);
    open.truncate(count);
    let vote = |(i, j): (usize, usize)| {
        let (left, right) = if random.below(2) == 0 { (own[i], own[j]) } else { (own[j], own[i]) };
        let outcome = if left.value > right.value { DuelOutcome::Left } else { DuelOutcome::Right };
        Vote::duel(id(left.candidate), id(right.candidate), outcome).expect("two candidates")
    };
    open.into_iter().map(vote).collect()
}

/// Training says nothing here, and ends where the evaluation is to.
struct Quiet<'a>(&'a mut dyn Watch);

impl Progress for Quiet<'_> {
    fn advance(&mut self, _: Stage, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

/// A trained model, read back from its file.
struct Learned {
    model: TasteModel,
    table: FeatureTable,
}

impl Learned {
    fn taste(&self, told: &[Vote], data: &RatingData) -> Result<Taste, EvaluateError> {
        let place = |wanted| (0..data.candidates).find(|&candidate| id(candidate) == wanted);
        let scored = |wanted| place(wanted).and_then(|candidate| self.table.scored(candidate));
        let mut taste = Taste::crowd(self.model.prior());
        for vote in told {
            for said in Observation::of_vote(vote, true, scored) {
                taste.update(self.model.likelihood(), &said)?;
            }
        }
        Ok(taste)
    }
}

fn learn(
    data: &RatingData,
    config: &RatingConfig,
    said: Said,
    own: &[Vec<Rating>],
    seed: u64,
    watch: &mut dyn Watch,
) -> Result<Learned, EvaluateError> {
    let scale = Scale::of(data);
    let mut random = Random::new(seed, "training duels");
    let mut votes = vec![];
    for (person, own) in own.iter().enumerate() {
        let person = Person { voter: Address::ZERO, source: format!("person {person}") };
        let said = match said {
            Said::Stars { .. } => own.iter().map(|rating| scale.vote(data, rating)).collect(),
            Said::Duels(count) => duels(own, count, &mut random),
        };
        votes.extend(said.into_iter().map(|vote| (person.clone(), vote)));
    }
    let ids = (0..data.candidates).map(id).collect::<Vec<_>>();
    let embedded = &data.embedded;
    let candidates =
        EmbeddedCandidates::new(ids.clone(), embedded.encoder.as_str().into(), embedded.values.clone())?
            .with_half_stars(true);
    let mut dataset = Dataset::from_votes(taste_core::Digest::default(), candidates, votes)?;
    if said == (Said::Stars { ordered: false }) {
        dataset.star_levels = 0;
    }
    let settings = TrainConfig { seed, rank: config.hierarchy.rank, ..TrainConfig::default() };
    let trained = train(&dataset, &settings, &mut Quiet(watch))?;
    let model = TasteModel::from_onnx(&trained.onnx)?;
    let rows = ids.into_iter().zip(embedded.values.chunks_exact(embedded.dimension));
    let table = FeatureTable::build(&model, trained.digest, rows)?;
    Ok(Learned { model, table })
}

/// Tallies of one split, by (part, what was said, k).
type Found = Vec<((&'static str, &'static str, Option<usize>), Tally)>;

fn one_split(
    data: &RatingData,
    config: &RatingConfig,
    seed: u64,
    watch: &mut dyn Watch,
) -> Result<Found, EvaluateError> {
    let split = Split::draw(data, config, seed)?;
    let mut own: Vec<Vec<Rating>> = vec![vec![]; data.persons];
    for rating in &data.ratings {
        if split.training[rating.person] && !split.is_cold[rating.candidate] {
            own[rating.person].push(*rating);
        }
    }
    if !config.choosing {
        for cut in &split.validation {
            let Some(first) = cut.told.first() else { continue };
            own[first.person] = cut.told.iter().chain(&cut.warm).copied().collect();
        }
    }
    let scale = Scale::of(data);
    let judged: &[Cut] = if config.choosing { &split.validation } else { &split.test };
    let mut found = Found::new();
    for said in SAID {
        let started = Instant::now();
        let learned = learn(data, config, said, &own, seed, watch)?;
        watch.say(&format!("{}: {}, {:.0} s", data.name, said.name(), started.elapsed().as_secs_f64()));
        let mut likelihood = learned.model.likelihood().unbiased();
        if said == (Said::Stars { ordered: true }) {
            // Which of two is rated higher has the noise of two ratings; a level that of one.
            likelihood.temperature *= std::f64::consts::SQRT_2;
        }
        // The same pairs, and the same duels told, for everything that is said.
        let (mut random, mut asked) = (Random::new(seed, "pairs"), Random::new(seed, "told duels"));
        let mut tallies: Vec<Tally> = vec![Tally::default(); 2 * config.ks.len()];
        for cut in judged {
            let most = config.ks.iter().copied().max().unwrap_or(0);
            let told = match said {
                Said::Stars { .. } => cut.told.iter().map(|rating| scale.vote(data, rating)).collect(),
                Said::Duels(_) => duels(&cut.told, most, &mut asked),
            };
            let tastes = config
                .ks
                .iter()
                .map(|&k| learned.taste(&told[..k.min(told.len())], data))
                .collect::<Result<Vec<_>, _>>()?;
            for (part, targets) in [&cut.warm, &cut.cold].into_iter().enumerate() {
                let pairs = pairs(targets, &mut random);
                for (at, taste) in tastes.iter().enumerate() {
                    let tally = &mut tallies[part * config.ks.len() + at];
                    for (better, worse) in &pairs {
                        let scored = |rating: &Rating| {
                            learned.table.scored(rating.candidate).expect("every candidate has a row")
                        };
                        let told = taste.predict_duel(&likelihood, scored(better), scored(worse))?;
                        tally.add(told.probability, better.value - worse.value >= data.strong);
                    }
                    tally.next_person();
                }
            }
        }
        let parts = ["warm", "cold"].into_iter().flat_map(|part| config.ks.iter().map(move |&k| (part, k)));
        found.extend(parts.zip(tallies).map(|((part, k), tally)| ((part, said.name(), Some(k)), tally)));
    }
    Ok(found)
}

/// Runs the protocol.
///
/// # Errors
/// [`EvaluateError::TooFew`], [`EvaluateError::Cancelled`], and what training and model say.
pub fn run(data: &RatingData, config: &RatingConfig, watch: &mut dyn Watch) -> Result<Report, EvaluateError> {
    let mut splits: Vec<Found> = vec![];
    for (at, &seed) in config.seeds.iter().enumerate() {
        splits.push(one_split(data, config, seed, watch)?);
        watch.say(&format!("{}: split {} of {}", data.name, at + 1, config.seeds.len()));
    }
    let rows = (0..splits[0].len())
        .map(|at| {
            let tallies: Vec<&Tally> = splits.iter().map(|split| &split[at].1).collect();
            Row::of_splits(splits[0][at].0, &tallies, &config.seeds, config.resamples, true)
        })
        .collect();
    let method = vec![
        format!("persons, candidates and judged pairs as in the protocol {}", data.name),
        format!(
            "trained by the steps of `taste train`, {} features; content: {}; the posterior learns the same kind of vote",
            config.hierarchy.rank, data.embedded.encoder
        ),
        format!(
            "stars: ratings on {STARS} stars in halves; ordered levels: the crowd's cut points and a personal shift; approvals in part: a share for, the rest against"
        ),
        "duels: so many random pairs that the person rated differently; k duels are told of the candidates whose ratings are told as stars".into(),
    ];
    Ok(Report {
        protocol: format!("{}-votes", data.name),
        title: format!("{}, said as votes", data.title),
        source: data.source.clone(),
        method,
        seeds: config.seeds.clone(),
        rows,
    })
}
