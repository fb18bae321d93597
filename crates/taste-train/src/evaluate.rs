//! Protocol `sessions`: hold some persons out, train on the others, and predict what the held-out ones said.
//!
//! Every held-out person's votes are cut in two: the first ones, of which the model is told k, and the later ones, which
//! are predicted. The later ones are the same for every k, so rows can be compared with each other. With a share of
//! cold candidates, a second model is trained that never sees a vote on those; `warm` and `cold` rows are its own.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use taste_model::{
    Taste,
    metrics::{Judged, calibration_error, log_loss, macro_accuracy},
};
use taste_population::Random;

use crate::{
    dataset::{Answer, Dataset, Opinion, Person},
    error::TrainError,
    judge::{BradleyTerry, Floor, Personal, Predictor, judge},
    population::{Scores, by_person},
    progress::{Progress, Stage},
    report::{Report, Row},
    train::{TrainConfig, train},
};

/// How to evaluate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EvaluateConfig {
    /// What to call the data set in the report.
    pub dataset: String,
    /// Numbers of own votes told to the model. Those that half of the held-out persons cannot serve are left out.
    pub ks: Vec<usize>,
    /// Share of persons held out, 0 to 1.
    pub held_out: f64,
    /// Share of candidates that a second model never sees votes on; 0 = no second model.
    pub cold: f64,
    /// Bootstrap resamples.
    pub resamples: usize,
    /// How to train; its seed also draws persons and candidates.
    pub train: TrainConfig,
}

impl Default for EvaluateConfig {
    fn default() -> Self {
        Self {
            dataset: String::new(),
            ks: vec![0, 5, 10, 20],
            held_out: 0.25,
            cold: 0.2,
            resamples: 2_000,
            train: TrainConfig::default(),
        }
    }
}

/// Evaluates the way of training, not one model: it trains anew without the persons held out.
///
/// # Errors
/// Those of [`train`], [`TrainError::Setting`], and [`TrainError::TooFewVotes`] when no person can be held out.
pub fn evaluate(
    dataset: &Dataset,
    config: &EvaluateConfig,
    progress: &mut dyn Progress,
) -> Result<Report, TrainError> {
    sessions(dataset, None, config, progress)
}

/// The same, but predicts what the held-out persons said in `judged` of candidates that their own votes, as far as the
/// model was told them, are not about. So votes of different kinds by the same people are measured by one and the same
/// thing. Persons who are not in `judged` teach, and are not predicted.
///
/// # Errors
/// As [`evaluate`]; [`TrainError::Candidates`] when `judged` is about other candidates.
pub fn evaluate_by(
    dataset: &Dataset,
    judged: &Dataset,
    config: &EvaluateConfig,
    progress: &mut dyn Progress,
) -> Result<Report, TrainError> {
    if judged.candidates.ids() != dataset.candidates.ids() {
        let (found, expected) = (judged.candidates.len(), dataset.candidates.len());
        return Err(TrainError::Candidates { what: "candidates in the same order", found, expected });
    }
    sessions(dataset, Some(judged), config, progress)
}

fn sessions(
    dataset: &Dataset,
    judged: Option<&Dataset>,
    config: &EvaluateConfig,
    progress: &mut dyn Progress,
) -> Result<Report, TrainError> {
    for (what, share) in [("held-out share", config.held_out), ("cold share", config.cold)] {
        if !(0.0..=0.9).contains(&share) {
            return Err(TrainError::Setting { what, found: share, allowed: "0 to 0.9" });
        }
    }
    let persons = by_person(&dataset.opinions);
    let mut order: Vec<usize> = persons.keys().copied().collect();
    Random::new(config.train.seed, "held out").shuffle(&mut order);
    let count = (order.len() as f64 * config.held_out).round() as usize;
    if count == 0 || count == order.len() {
        return Err(TrainError::TooFewVotes { votes: dataset.opinions.len(), needed: 2 });
    }
    let mut is_held_out = vec![false; dataset.persons.len()];
    order[..count].iter().for_each(|&person| is_held_out[person] = true);
    let training = dataset.of_persons(|person| !is_held_out[person]);
    let elsewhere = judged.map(|judged| {
        let said = by_person(&judged.opinions);
        let named = said.into_iter().map(|(person, opinions)| (&judged.persons[person], opinions));
        named.collect::<HashMap<&Person, Vec<Opinion>>>()
    });
    let held_out: Vec<HeldOut<'_>> = persons
        .iter()
        .filter(|(person, _)| is_held_out[**person])
        .filter_map(|(&person, said)| {
            let judged = match &elsewhere {
                None => None,
                Some(elsewhere) => Some(elsewhere.get(&dataset.persons[person])?.as_slice()),
            };
            Some(HeldOut { person, said, judged })
        })
        .collect();

    let mut rows = vec![];
    let everything = Split { config, training: &training, held_out: &held_out, is_cold: &[] };
    rows.extend(everything.rows(&["all"], progress)?);
    if config.cold > 0.0 {
        let is_cold = cold_candidates(dataset.candidates.len(), config);
        let knows = |opinion: &&Opinion| opinion.answer.candidates().all(|candidate| !is_cold[candidate]);
        let opinions = training.opinions.iter().filter(knows).copied().collect();
        let training = Dataset { opinions, ..training.clone() };
        let split = Split { config, training: &training, held_out: &held_out, is_cold: &is_cold };
        rows.extend(split.rows(&["warm", "cold"], progress)?);
    }
    let protocol = if judged.is_some() { "sessions, judged by other votes" } else { "sessions" };
    Ok(Report { dataset: config.dataset.clone(), protocol: protocol.into(), rows })
}

/// A person held out.
struct HeldOut<'a> {
    person: usize,
    /// What the person said: told to the model, and predicted where nothing else is.
    said: &'a [Opinion],
    /// What is predicted instead.
    judged: Option<&'a [Opinion]>,
}

/// What one person said, vote by vote.
fn votes(opinions: &[Opinion]) -> impl Iterator<Item = &[Opinion]> {
    opinions.chunk_by(|one, next| one.vote == next.vote)
}

/// Of what was said, that which is about none of the candidates that these votes are about.
fn unspoken<'a>(said: &'a [Opinion], told: &[&[Opinion]]) -> Vec<&'a Answer> {
    let known: HashSet<usize> =
        told.iter().flat_map(|vote| vote.iter()).flat_map(|opinion| opinion.answer.candidates()).collect();
    let answers = said.iter().map(|opinion| &opinion.answer);
    answers.filter(|answer| !answer.candidates().any(|candidate| known.contains(&candidate))).collect()
}

fn cold_candidates(candidates: usize, config: &EvaluateConfig) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates).collect();
    Random::new(config.train.seed, "cold").shuffle(&mut order);
    let mut is_cold = vec![false; candidates];
    let count = (candidates as f64 * config.cold).round() as usize;
    order[..count].iter().for_each(|&candidate| is_cold[candidate] = true);
    is_cold
}

/// One training and the predictions from it.
struct Split<'a> {
    config: &'a EvaluateConfig,
    training: &'a Dataset,
    held_out: &'a [HeldOut<'a>],
    /// Empty where every candidate is known.
    is_cold: &'a [bool],
}

/// Judged predictions of one model at one k.
struct Found {
    model: &'static str,
    k: usize,
    split: &'static str,
    judged: Vec<Judged>,
}

impl Split<'_> {
    fn rows(&self, splits: &[&'static str], progress: &mut dyn Progress) -> Result<Vec<Row>, TrainError> {
        let trained = train(self.training, &self.config.train, progress)?;
        let scores = Scores::of(&trained.model, &self.training.candidates)?;
        let floor = Floor::of(&self.training.opinions);
        let bradley_terry = BradleyTerry::of(&self.training.opinions, self.training.candidates.len())?;
        let ks = self.ks();
        let most = ks.last().copied().unwrap_or(0);
        let models = ["floor", "bradley-terry", "crowd", "personal"];
        let mut found: Vec<Found> = splits
            .iter()
            .flat_map(|&split| models.iter().map(move |&model| (split, model)))
            .flat_map(|(split, model)| ks.iter().map(move |&k| Found { model, k, split, judged: vec![] }))
            .collect();
        for (index, &HeldOut { person, said, judged }) in self.held_out.iter().enumerate() {
            if progress.cancelled() {
                return Err(TrainError::Cancelled);
            }
            let (context, mut targets) = self.cut(said, most);
            if let Some(judged) = judged {
                targets = unspoken(judged, &context);
            }
            let crowd = Taste::crowd(trained.model.prior());
            let likelihood = trained.model.likelihood();
            let crowd = Personal { taste: crowd, scores: &scores, likelihood };
            let mut personal = Personal { taste: crowd.taste.clone(), scores: &scores, likelihood };
            let mut known = 0;
            for &k in &ks {
                while known < k.min(context.len()) {
                    for opinion in context[known] {
                        personal.learn(opinion)?;
                    }
                    known += 1;
                }
                for target in &targets {
                    let split = self.split_of(target);
                    for entry in found.iter_mut().filter(|entry| entry.k == k && entry.split == split) {
                        let predictor: &dyn Predictor = match entry.model {
                            "floor" => &floor,
                            "bradley-terry" => &bradley_terry,
                            "crowd" => &crowd,
                            _ => &personal,
                        };
                        entry.judged.extend(judge(predictor, person, target)?);
                    }
                }
            }
            progress.advance(Stage::Evaluation, index + 1, self.held_out.len());
        }
        Ok(found.into_iter().map(|found| self.row(found)).collect())
    }

    /// The ks that at least half of the persons can serve and still have a vote left.
    fn ks(&self) -> Vec<usize> {
        let can =
            |k: usize| self.held_out.iter().filter(|person| self.context_length(person.said) > k).count();
        let mut ks: Vec<usize> =
            self.config.ks.iter().copied().filter(|&k| k == 0 || 2 * can(k) >= self.held_out.len()).collect();
        ks.sort_unstable();
        ks.dedup();
        ks
    }

    fn context_length(&self, opinions: &[Opinion]) -> usize {
        votes(opinions).filter(|vote| self.is_known(vote)).count()
    }

    /// Whether a vote is about known candidates alone.
    fn is_known(&self, vote: &[Opinion]) -> bool {
        vote.iter().all(|opinion| self.split_of(&opinion.answer) != "cold")
    }

    /// The first votes, on known candidates, as heavy as they were meant; and everything else, to be predicted, each
    /// vote once.
    fn cut<'b>(&self, opinions: &'b [Opinion], most: usize) -> (Vec<&'b [Opinion]>, Vec<&'b Answer>) {
        let (mut context, mut targets) = (vec![], vec![]);
        for vote in votes(opinions) {
            if context.len() < most && self.is_known(vote) {
                context.push(vote);
            } else {
                targets.extend(vote.iter().map(|opinion| &opinion.answer));
            }
        }
        (context, targets)
    }

    fn split_of(&self, answer: &Answer) -> &'static str {
        if self.is_cold.is_empty() {
            "all"
        } else if answer.candidates().any(|candidate| self.is_cold[candidate]) {
            "cold"
        } else {
            "warm"
        }
    }

    fn row(&self, found: Found) -> Row {
        let interval = macro_accuracy(&found.judged, self.config.resamples, self.config.train.seed);
        Row {
            model: found.model.into(),
            k: found.k,
            split: found.split.into(),
            accuracy: interval.value,
            low: interval.low,
            high: interval.high,
            n: found.judged.len(),
            persons: interval.n,
            log_loss: log_loss(&found.judged),
            ece: calibration_error(&found.judged, 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{EmbeddedCandidates, Person};
    use taste_core::{CandidateId, Digest, DuelOutcome, Vote};

    /// Were a ranking cut in two, its first pairs would give the others away.
    #[test]
    fn what_one_vote_says_is_told_or_predicted_as_a_whole() {
        let ids: Vec<CandidateId> = (0..5).map(|n| Digest([n; 32])).collect();
        let candidates = EmbeddedCandidates::new(ids.clone(), "test@1".into(), vec![1.0; 5]).unwrap();
        let votes = [
            Vote::ranking(ids[..3].to_vec(), Some(vec![2, 0, 1])).unwrap(),
            Vote::duel(ids[0], ids[3], DuelOutcome::Left).unwrap(),
            Vote::points(ids[1..4].to_vec(), Some(vec![1, 2, 3])).unwrap(),
        ];
        let person = Person { voter: taste_ballot::Address::ZERO, source: String::new() };
        let said = votes.map(|vote| (person.clone(), vote));
        let dataset = Dataset::from_votes(Digest::default(), candidates, said).unwrap();
        let config = EvaluateConfig::default();
        let cut = |is_cold: &[bool], most: usize| {
            let split = Split { config: &config, training: &dataset, held_out: &[], is_cold };
            let (context, targets) = split.cut(&dataset.opinions, most);
            (context.iter().map(|vote| vote.len()).collect::<Vec<_>>(), targets.len())
        };
        assert_eq!(cut(&[], 0), (vec![], 7));
        assert_eq!(cut(&[], 1), (vec![3], 4));
        assert_eq!(cut(&[], 2), (vec![3, 1], 3));
        // The ranking's third candidate is cold: nothing of the ranking is told.
        assert_eq!(cut(&[false, false, true, false, false], 9), (vec![1], 6));
    }

    /// A person told of some candidates in stars is asked about the others alone.
    #[test]
    fn what_is_judged_elsewhere_is_about_candidates_nobody_was_told_of() {
        let ids: Vec<CandidateId> = (0..6).map(|n| Digest([n; 32])).collect();
        let candidates = EmbeddedCandidates::new(ids.clone(), "test@1".into(), vec![1.0; 6]).unwrap();
        let person = Person { voter: taste_ballot::Address::ZERO, source: String::new() };
        let dataset = |votes: Vec<Vote>| {
            let said = votes.into_iter().map(|vote| (person.clone(), vote));
            Dataset::from_votes(Digest::default(), candidates.clone(), said).unwrap()
        };
        let stars = taste_core::Stars::new(4, 5).unwrap();
        let told = dataset(ids.iter().map(|id| Vote::stars(*id, Some(stars))).collect());
        let duel = |left: usize, right: usize| Vote::duel(ids[left], ids[right], DuelOutcome::Left).unwrap();
        let judged = dataset(vec![duel(0, 5), duel(1, 2), duel(3, 4), duel(4, 5)]);
        let pairs = |context: &[&[Opinion]]| -> Vec<Vec<usize>> {
            unspoken(&judged.opinions, context).iter().map(|answer| answer.candidates().collect()).collect()
        };
        let context: Vec<&[Opinion]> = votes(&told.opinions).collect();
        assert_eq!(pairs(&[]), [[0, 5], [1, 2], [3, 4], [4, 5]]);
        assert_eq!(pairs(&context[..2]), [[3, 4], [4, 5]]);
        assert_eq!(pairs(&context), [] as [Vec<usize>; 0]);
    }
}
