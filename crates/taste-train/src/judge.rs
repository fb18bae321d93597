//! Predicting what was said: the baselines and the model, vote by vote.

use taste_core::DuelOutcome;
use taste_model::{
    IndexedComparison, Likelihood, ModelError, Pairs, Prior, Taste,
    metrics::{Judged, pair_accuracy},
};

use crate::{
    dataset::{Answer, Opinion},
    population::Scores,
};

/// Something that gives the probability of *left* (given that one side wins), or of *for*.
pub(crate) trait Predictor {
    fn probability(&self, answer: &Answer) -> Result<f64, ModelError>;
}

/// Whether *left*, or *for*, was said; of a preference, always its winner. None where nothing was decided, as by stars in the
/// middle of the scale.
pub(crate) fn decided(answer: &Answer) -> Option<bool> {
    match *answer {
        Answer::Duel { outcome: DuelOutcome::Left, .. } => Some(true),
        Answer::Duel { outcome: DuelOutcome::Right, .. } => Some(false),
        Answer::Duel { .. } => None,
        Answer::Approval { liked, .. } => Some(liked),
        Answer::Stars { response, .. } => (response != 0.5).then_some(response > 0.5),
        Answer::Preference { .. } => Some(true),
    }
}

/// Judges one prediction; none where nothing was decided.
pub(crate) fn judge(
    predictor: &dyn Predictor,
    person: usize,
    answer: &Answer,
) -> Result<Option<Judged>, ModelError> {
    let Some(happened) = decided(answer) else { return Ok(None) };
    let probability = predictor.probability(answer)?;
    Ok(Some(Judged { person: person as u32, probability, happened }))
}

/// Always what was said most: the left or the right side, for or against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    left: f64,
    liked: f64,
}

impl Floor {
    /// Shares among these opinions, with one imagined vote each way.
    pub(crate) fn of(opinions: &[Opinion]) -> Self {
        let (mut left, mut duels, mut liked, mut approvals) = (1.0, 2.0, 1.0, 2.0);
        for opinion in opinions {
            let Some(yes) = decided(&opinion.answer) else { continue };
            let yes = f64::from(u8::from(yes));
            match opinion.answer {
                Answer::Duel { .. } => {
                    left += yes;
                    duels += 1.0;
                }
                Answer::Approval { .. } | Answer::Stars { .. } => {
                    liked += yes;
                    approvals += 1.0;
                }
                // It has no sides of which one could be the more frequent.
                Answer::Preference { .. } => {}
            }
        }
        Self { left: left / duels, liked: liked / approvals }
    }
}

impl Predictor for Floor {
    fn probability(&self, answer: &Answer) -> Result<f64, ModelError> {
        Ok(match answer {
            Answer::Duel { .. } => self.left,
            Answer::Approval { .. } | Answer::Stars { .. } => self.liked,
            Answer::Preference { .. } => 0.5,
        })
    }
}

/// Bradley–Terry on the candidates alone: no content, no persons. Approvals are duels against a threshold.
#[derive(Clone, Debug)]
pub(crate) struct BradleyTerry {
    ratings: Vec<f64>,
}

impl BradleyTerry {
    /// Strengths with a normal prior of variance one.
    pub(crate) fn of(opinions: &[Opinion], candidates: usize) -> Result<Self, ModelError> {
        let comparisons: Vec<IndexedComparison> =
            compared(opinions, candidates).into_iter().map(|(_, comparison)| comparison).collect();
        let ratings = Pairs::aggregate(candidates + 1, &comparisons)?.strengths(1.0).ratings;
        Ok(Self { ratings })
    }
}

/// What opinions say of candidates in comparison, each with its vote; a rating compares with a threshold, which is numbered
/// after the candidates.
pub(crate) fn compared(opinions: &[Opinion], candidates: usize) -> Vec<(usize, IndexedComparison)> {
    let mut compared = vec![];
    for &Opinion { person, vote, answer, weight } in opinions {
        let mut add_part = |winner: usize, loser: usize, tie: bool, part: f64| {
            let (winner, loser, person) = (winner as u32, loser as u32, person as u32);
            let weight = (weight * part) as f32;
            let comparison = IndexedComparison { winner, loser, weight, person, tie, winner_left: None };
            compared.push((vote, comparison));
        };
        let mut add = |winner, loser, tie| add_part(winner, loser, tie, 1.0);
        match answer {
            Answer::Duel { left, right, outcome: DuelOutcome::Left } => add(left, right, false),
            Answer::Duel { left, right, outcome: DuelOutcome::Right } => add(right, left, false),
            Answer::Duel { left, right, outcome: DuelOutcome::Tie } => add(left, right, true),
            Answer::Duel { .. } => {}
            Answer::Approval { candidate, liked: true } => add(candidate, candidates, false),
            Answer::Approval { candidate, liked: false } => add(candidates, candidate, false),
            Answer::Stars { candidate, response } => {
                add_part(candidate, candidates, false, response);
                add_part(candidates, candidate, false, 1.0 - response);
            }
            Answer::Preference { winner, loser } => add(winner, loser, false),
        }
    }
    compared
}

impl Predictor for BradleyTerry {
    fn probability(&self, answer: &Answer) -> Result<f64, ModelError> {
        let gap = match *answer {
            Answer::Duel { left, right, .. } => self.ratings[left] - self.ratings[right],
            Answer::Preference { winner, loser } => self.ratings[winner] - self.ratings[loser],
            Answer::Approval { candidate, .. } | Answer::Stars { candidate, .. } => {
                self.ratings[candidate] - self.ratings[self.ratings.len() - 1]
            }
        };
        Ok(1.0 / (1.0 + libm::exp(-gap)))
    }
}

/// A person's posterior under the taste model.
pub(crate) struct Personal<'a> {
    pub(crate) taste: Taste,
    pub(crate) scores: &'a Scores,
    pub(crate) likelihood: &'a Likelihood,
}

impl Personal<'_> {
    /// Learns from one more opinion.
    pub(crate) fn learn(&mut self, opinion: &Opinion) -> Result<(), ModelError> {
        self.taste.update(self.likelihood, &self.scores.observation(opinion)?)
    }
}

impl Predictor for Personal<'_> {
    fn probability(&self, answer: &Answer) -> Result<f64, ModelError> {
        let Self { taste, scores, likelihood } = self;
        Ok(match *answer {
            Answer::Duel { left, right, .. } => {
                taste.predict_duel(likelihood, scores.scored(left)?, scores.scored(right)?)?.probability
            }
            Answer::Preference { winner, loser } => {
                let (winner, loser) = (scores.scored(winner)?, scores.scored(loser)?);
                taste.predict_duel(&likelihood.plain(), winner, loser)?.probability
            }
            Answer::Stars { candidate, response } if likelihood.cuts.level(response).is_some() => {
                // The upper half of the levels against the lower; the middle one, if there is one, decides nothing.
                let levels = taste.predict_stars(likelihood, scores.scored(candidate)?)?;
                let half = levels.len() / 2;
                let lower: f64 = levels[..half].iter().sum();
                let upper: f64 = levels[levels.len() - half..].iter().sum();
                if lower + upper > 0.0 { upper / (lower + upper) } else { 0.5 }
            }
            Answer::Approval { candidate, .. } | Answer::Stars { candidate, .. } => {
                taste.predict_approval(likelihood, scores.scored(candidate)?)?.probability
            }
        })
    }
}

/// Every decided vote of every person, predicted from the person's votes before it. Votes teach as much as they were
/// meant; each counts once in what is judged, a ranking or a points vote once a pair.
pub(crate) fn prequential(
    persons: &[&[Opinion]],
    scores: &Scores,
    likelihood: &Likelihood,
    prior: &Prior,
) -> Result<Vec<Judged>, ModelError> {
    let mut judged = vec![];
    for (person, opinions) in persons.iter().enumerate() {
        let mut personal = Personal { taste: Taste::crowd(prior), scores, likelihood };
        for vote in opinions.chunk_by(|one, next| one.vote == next.vote) {
            for opinion in vote {
                judged.extend(judge(&personal, person, &opinion.answer)?);
            }
            for opinion in vote {
                personal.learn(opinion)?;
            }
        }
    }
    Ok(judged)
}

/// The same votes, predicted by the floor of these opinions.
pub(crate) fn floor(opinions: &[Opinion], persons: &[&[Opinion]]) -> Vec<Judged> {
    let floor = Floor::of(opinions);
    let answers =
        persons.iter().enumerate().flat_map(|(person, said)| said.iter().map(move |o| (person, &o.answer)));
    answers.filter_map(|(person, answer)| judge(&floor, person, answer).ok().flatten()).collect()
}

/// Share of right predictions, to four digits: enough to read, and no noise in a file that is named by its bytes.
pub(crate) fn accuracy(judged: &[Judged]) -> f64 {
    (pair_accuracy(judged) * 1e4).round() / 1e4
}
