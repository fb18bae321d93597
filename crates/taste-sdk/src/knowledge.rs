//! What the session knows about taste: the model, the round's features, and this person's posterior.
//!
//! The one file of this crate that speaks to `taste-model`. Everything here can be thrown away and rebuilt from
//! the model's files and the person's own votes, so none of it is saved.

use alloc::vec::Vec;
use taste_core::{CandidateId, Digest, Judgement, Vote};
use taste_model::{
    FeatureTable, ModelError, Observation, QuestionOptions, Scored, Taste, choose_approval, choose_pair,
};

use crate::{
    choose::{Pair, below, derive, propensity},
    error::SdkError,
    guess::Forecast,
};

/// So many votes are asked for before "enough is known" is said: a model that believes to know everybody would
/// otherwise ask nobody.
const ENOUGH_AFTER: usize = 24;

/// What a prediction is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A candidate of the round.
    Candidate(CandidateId),
    /// Content that the page brings, as the model evaluates its embedding
    /// ([`TasteModel::evaluate`](taste_model::TasteModel::evaluate)). That is done outside of the session, because
    /// voting and predicting the round's own candidates need neither the model's file nor an encoder.
    Content {
        /// Crowd utility.
        utility: f32,
        /// The r features.
        features: Vec<f32>,
    },
}

/// The round's features under a model, and this person's posterior.
#[derive(Debug)]
pub struct Knowledge {
    features: FeatureTable,
    taste: Taste,
    learned: usize,
}

impl Knowledge {
    pub(crate) fn read(file: &[u8], model: Digest, candidates: usize) -> Result<Self, SdkError> {
        let features = FeatureTable::from_bytes(file)?;
        if features.model() != model || features.len() != candidates {
            return Err(SdkError::Features { expected: candidates, found: features.len() });
        }
        let taste = Taste::crowd(features.prior());
        Ok(Self { features, taste, learned: 0 })
    }

    /// SHA-256 of the model's file.
    pub fn digest(&self) -> Digest {
        self.features.model()
    }

    /// This person's posterior.
    pub fn taste(&self) -> &Taste {
        &self.taste
    }

    /// Makes the posterior anew from the votes in this order. A vote on a candidate that is not here, or one the
    /// model cannot take, teaches nothing; it is kept all the same.
    pub(crate) fn learn(&mut self, votes: &[Vote], position: impl Fn(CandidateId) -> Option<usize>) {
        let mut taste = Taste::crowd(self.features.prior());
        let scored = |id| self.features.scored(position(id)?);
        for vote in votes {
            let observation = match vote.judgement {
                Judgement::Duel { left, right, outcome } => match (scored(left), scored(right)) {
                    (Some(left), Some(right)) => Observation::duel(left, right, outcome),
                    _ => continue,
                },
                Judgement::Approval { candidate, outcome } => match scored(candidate) {
                    Some(candidate) => Observation::approval(candidate, outcome),
                    None => continue,
                },
                _ => continue,
            };
            // A refused update leaves the posterior as it was.
            let _ = taste.update(self.features.likelihood(), &observation.with_strength(vote.strength));
        }
        self.taste = taste;
        self.learned = votes.len();
    }

    /// What this person will answer about two candidates of the round.
    pub(crate) fn duel(&self, left: usize, right: usize) -> Forecast {
        match (self.features.scored(left), self.features.scored(right)) {
            (Some(left), Some(right)) => self.preference(left, right).unwrap_or(Forecast::COIN),
            _ => Forecast::COIN,
        }
    }

    pub(crate) fn approval(&self, candidate: usize) -> Forecast {
        let predict = |scored| self.taste.predict_approval(self.features.likelihood(), scored).ok();
        self.features
            .scored(candidate)
            .and_then(predict)
            .map_or(Forecast::COIN, |p| Forecast::new(p.probability, p.low, p.high))
    }

    fn preference(&self, left: Scored<'_>, right: Scored<'_>) -> Result<Forecast, SdkError> {
        let prediction = self.taste.predict_duel(self.features.likelihood(), left, right)?;
        Ok(Forecast::new(prediction.probability, prediction.low, prediction.high))
    }

    /// The preference between two subjects, as if neither were shown first: what is liked, not what is clicked.
    pub(crate) fn compare(
        &self,
        left: &Subject,
        right: &Subject,
        position: impl Fn(CandidateId) -> Result<usize, SdkError>,
    ) -> Result<Forecast, SdkError> {
        let (left, right) = (self.measure(left, &position)?, self.measure(right, &position)?);
        let likelihood = self.features.likelihood().unbiased();
        let prediction = self.taste.predict_duel(&likelihood, left.scored()?, right.scored()?)?;
        Ok(Forecast::new(prediction.probability, prediction.low, prediction.high))
    }

    /// The person's expected utility: crowd utility + E[z] · features.
    pub(crate) fn utility(
        &self,
        subject: &Subject,
        position: impl Fn(CandidateId) -> Result<usize, SdkError>,
    ) -> Result<f64, SdkError> {
        let measured = self.measure(subject, &position)?;
        let mut utility = f64::from(measured.utility);
        for (z, feature) in self.taste.mean().iter().zip(&measured.features) {
            utility += z * f64::from(*feature);
        }
        Ok(utility)
    }

    fn measure(
        &self,
        subject: &Subject,
        position: &impl Fn(CandidateId) -> Result<usize, SdkError>,
    ) -> Result<Measured, SdkError> {
        match subject {
            Subject::Candidate(id) => {
                let (utility, features) = self.features.row(position(*id)?);
                Ok(Measured { utility, features: features.to_vec(), unseen: 0.0 })
            }
            Subject::Content { utility, features } => {
                let (found, expected) = (features.len(), self.features.features());
                if found != expected {
                    return Err(ModelError::FeatureCount { found, expected }.into());
                }
                let unseen = self.features.likelihood().offset_variance;
                Ok(Measured { utility: *utility, features: features.clone(), unseen })
            }
        }
    }

    /// The duel that teaches most. None where every pair was asked, or where enough is known.
    pub(crate) fn choose(
        &self,
        seen: &[u32],
        usable: &[bool],
        asked: &[(usize, usize)],
        keep_going: bool,
        seed: &[u8; 32],
    ) -> Option<Pair> {
        let Among { places, candidates } = self.among(usable);
        let place = |at: usize| places.binary_search(&at).ok();
        let seen: Vec<u32> = places.iter().map(|at| seen[*at]).collect();
        let asked: Vec<_> = asked.iter().filter_map(|(a, b)| Some((place(*a)?, place(*b)?))).collect();
        let choice = choose_pair(
            &self.taste,
            self.features.likelihood(),
            &candidates,
            &seen,
            &asked,
            &QuestionOptions::default(),
            word(seed),
        );
        let choice = choice.ok().flatten().filter(|choice| self.asks_on(choice.enough, keep_going))?;
        let (mut left, mut right) = (places[choice.left], places[choice.right]);
        if below(2, seed, b"side") == 1 {
            core::mem::swap(&mut left, &mut right);
        }
        Some(Pair { left, right, propensity: propensity(choice.propensity) })
    }

    /// The approval that teaches most, among the `usable`.
    pub(crate) fn choose_approval(
        &self,
        usable: &[bool],
        keep_going: bool,
        seed: &[u8; 32],
    ) -> Option<(usize, taste_core::Propensity)> {
        let Among { places, candidates } = self.among(usable);
        let choice = choose_approval(
            &self.taste,
            self.features.likelihood(),
            &candidates,
            &[],
            &[],
            &QuestionOptions::default(),
            word(seed),
        );
        let choice = choice.ok().flatten().filter(|choice| self.asks_on(choice.enough, keep_going))?;
        Some((places[choice.candidate], propensity(choice.propensity)))
    }

    fn asks_on(&self, enough: bool, keep_going: bool) -> bool {
        keep_going || !enough || self.learned < ENOUGH_AFTER
    }

    fn among(&self, usable: &[bool]) -> Among<'_> {
        let places: Vec<usize> = (0..usable.len()).filter(|at| usable[*at]).collect();
        let candidates = places.iter().filter_map(|at| self.features.scored(*at)).collect();
        Among { places, candidates }
    }
}

/// The candidates that may be asked about, and where they are in the manifest.
struct Among<'a> {
    places: Vec<usize>,
    candidates: Vec<Scored<'a>>,
}

/// What the model makes of a subject.
struct Measured {
    utility: f32,
    features: Vec<f32>,
    unseen: f64,
}

impl Measured {
    fn scored(&self) -> Result<Scored<'_>, SdkError> {
        Ok(Scored::new(self.utility, &self.features)?.unseen(self.unseen))
    }
}

/// A 64-bit seed out of ours.
fn word(seed: &[u8; 32]) -> u64 {
    let bytes = derive(seed, b"question");
    u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"))
}
