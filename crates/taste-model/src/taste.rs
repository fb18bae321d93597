//! One person's taste: a Gaussian over (z, a) that follows their votes, on their own device.
//!
//! A vote is about one number, the predictor d = c + φ·(z, a). Under the posterior it is normal with mean
//! c + φ·μ and variance φᵀΣφ; the likelihood turns it into something almost normal, whose exact mean and variance
//! (by quadrature) are carried back to (μ, Σ) by one rank-one step. That is assumed-density filtering, exact in the one
//! direction a vote speaks about (Opper 1998, *A Bayesian approach to on-line learning*).
//! What is *not* here: predictions (`predict.rs`), the next question (`question.rs`).

mod rating;

use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};
use taste_core::{ApprovalOutcome, CandidateId, Digest, DuelOutcome, Judgement, Strength, Vote};

use crate::{
    error::ModelError,
    features::Scored,
    likelihood::{Evidence, Likelihood},
    prior::{MAX_FEATURES, Prior},
};

pub use rating::RatingScale;

/// Version of the stored form.
const STORED_VERSION: u32 = 1;

/// The largest weight of one vote.
const MAX_WEIGHT: f64 = 100.0;

/// A vote about candidates as the taste model scored them.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Observation<'a> {
    /// This or that, in the order shown.
    Duel {
        /// Shown left.
        left: Scored<'a>,
        /// Shown right.
        right: Scored<'a>,
        /// The answer.
        outcome: DuelOutcome,
        /// How much it counts, 0 to 100; 1 for a plain vote. See [`strength_weight`].
        weight: f64,
    },
    /// For or against.
    Approval {
        /// The candidate.
        candidate: Scored<'a>,
        /// The answer.
        outcome: ApprovalOutcome,
        /// As above.
        weight: f64,
    },
    /// Stars: one of the ordered levels between the likelihood's cut points; without these so much for the candidate, and the
    /// rest against it.
    Stars {
        /// The candidate.
        candidate: Scored<'a>,
        /// Where on the scale, 0 to 1 ([`taste_core::Stars::response`]).
        response: f64,
        /// As above.
        weight: f64,
    },
    /// Part of a ranking or of a points vote ([`taste_core::Vote::comparisons`]): no side was shown, and no tie could be said.
    Preference {
        /// The preferred one.
        winner: Scored<'a>,
        /// The other.
        loser: Scored<'a>,
        /// As above; what one such vote says of all its pairs weighs together what a few duels do.
        weight: f64,
    },
}

impl<'a> Observation<'a> {
    /// Stars of plain weight.
    pub fn stars(candidate: Scored<'a>, response: f64) -> Self {
        Self::Stars { candidate, response, weight: 1.0 }
    }

    /// A part of an order, at its weight.
    pub fn preference(winner: Scored<'a>, loser: Scored<'a>, weight: f64) -> Self {
        Self::Preference { winner, loser, weight }
    }

    /// A duel of plain weight.
    pub fn duel(left: Scored<'a>, right: Scored<'a>, outcome: DuelOutcome) -> Self {
        Self::Duel { left, right, outcome, weight: 1.0 }
    }

    /// An approval of plain weight.
    pub fn approval(candidate: Scored<'a>, outcome: ApprovalOutcome) -> Self {
        Self::Approval { candidate, outcome, weight: 1.0 }
    }

    /// What a vote teaches, as heavy as it was meant, in the order in which it is learned: one thing, or of a ranking and of
    /// points each pair. Nothing where a candidate has no features (`scored`), and of a ranking that is skipped. `halves` says
    /// whether the round gives half stars. Training learns the same.
    pub fn of_vote(
        vote: &Vote,
        halves: bool,
        scored: impl Fn(CandidateId) -> Option<Scored<'a>>,
    ) -> Vec<Self> {
        let one = match &vote.judgement {
            Judgement::Duel { left, right, outcome } => match (scored(*left), scored(*right)) {
                (Some(left), Some(right)) => Some(Self::duel(left, right, *outcome)),
                _ => None,
            },
            Judgement::Approval { candidate, outcome } => {
                scored(*candidate).map(|candidate| Self::approval(candidate, *outcome))
            }
            Judgement::Stars { candidate, stars } => match (scored(*candidate), stars) {
                (Some(candidate), Some(stars)) => Some(Self::stars(candidate, stars.response(halves))),
                _ => None,
            },
            _ => {
                let said = vote.comparisons().into_iter().filter_map(|said| {
                    let (winner, loser) = (scored(said.winner)?, scored(said.loser)?);
                    Some(Self::preference(winner, loser, said.weight).with_strength(vote.strength))
                });
                return said.collect();
            }
        };
        one.map(|one| one.with_strength(vote.strength)).into_iter().collect()
    }

    /// The same vote, counting as a voter's strength says.
    pub fn with_strength(mut self, strength: Option<Strength>) -> Self {
        let (Self::Duel { weight, .. }
        | Self::Approval { weight, .. }
        | Self::Stars { weight, .. }
        | Self::Preference { weight, .. }) = &mut self;
        *weight *= strength_weight(strength);
        self
    }
}

/// What a stated strength weighs: 50 is a plain vote (1), 100 counts twice, 1 hardly; unstated is plain.
pub fn strength_weight(strength: Option<Strength>) -> f64 {
    strength.map_or(1.0, |strength| f64::from(strength.get()) / 50.0)
}

/// One person's posterior. With no votes it is exactly the crowd: predictions follow the crowd's utility alone.
///
/// ```
/// use taste_core::DuelOutcome;
/// use taste_model::{Likelihood, Observation, Prior, Scored, Taste};
///
/// let likelihood = Likelihood::default();
/// let mut taste = Taste::crowd(&Prior::isotropic(2, 1.0, 1.0, 0.0)?);
/// let (round, square) = (Scored::new(0.0, &[1.0, 0.0])?, Scored::new(0.0, &[0.0, 1.0])?);
/// assert_eq!(taste.predict_duel(&likelihood, round, square)?.probability, 0.5);
/// taste.update(&likelihood, &Observation::duel(round, square, DuelOutcome::Left))?;
/// assert!(taste.predict_duel(&likelihood, round, square)?.probability > 0.6);
/// # Ok::<(), taste_model::ModelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredTaste", into = "StoredTaste")]
pub struct Taste {
    model: Digest,
    votes: u32,
    /// (z, a), q numbers.
    mean: Vec<f64>,
    /// Row-major `[q, q]`, exactly symmetric.
    covariance: Vec<f64>,
}

/// Mean and variance of a predictor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Predictor {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

impl Taste {
    /// Someone who has not voted yet.
    pub fn crowd(prior: &Prior) -> Self {
        let mut mean = vec![0.0; prior.dimension()];
        mean[prior.features()] = prior.threshold_mean();
        Self { model: Digest::default(), votes: 0, mean, covariance: prior.covariance().to_vec() }
    }

    /// The same, noting the digest of the model whose features it is about, so that a stored taste is not used with
    /// another model by mistake.
    pub fn of_model(self, model: Digest) -> Self {
        Self { model, ..self }
    }

    /// What the person's votes say under a (new) prior and likelihood: the votes are kept, the posterior is made anew.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn rebuild<'a>(
        prior: &Prior,
        likelihood: &Likelihood,
        observations: impl IntoIterator<Item = Observation<'a>>,
    ) -> Result<Self, ModelError> {
        let mut taste = Self::crowd(prior);
        for observation in observations {
            taste.update(likelihood, &observation)?;
        }
        Ok(taste)
    }

    /// The model's digest, zero where none was noted.
    pub fn model(&self) -> Digest {
        self.model
    }

    /// How many votes it has learned from; skips do not count.
    pub fn votes(&self) -> u32 {
        self.votes
    }

    /// r, how many features it is about.
    pub fn features(&self) -> usize {
        self.mean.len() - 1
    }

    /// Posterior mean of (z, a): r features, then the approval threshold.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Posterior covariance of (z, a), row-major `[q, q]`, symmetric.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// Learns from one vote; a skip changes nothing. Deterministic: the same votes in the same order give the same bits
    /// in wasm and natively.
    ///
    /// *Neither* is an approval against each of the two at [`Likelihood::neither_weight`], the more surprising first, so
    /// that sides do not matter.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where a candidate has another number of features, [`ModelError::Range`] where the
    /// weight is not 0 to 100. The posterior is then as it was.
    pub fn update(
        &mut self,
        likelihood: &Likelihood,
        observation: &Observation<'_>,
    ) -> Result<(), ModelError> {
        self.update_and_tell(likelihood, observation, &mut |_| ())
    }

    /// [`update`](Self::update), saying what was learned in each direction.
    pub(crate) fn update_and_tell(
        &mut self,
        likelihood: &Likelihood,
        observation: &Observation<'_>,
        tell: &mut dyn FnMut(Site),
    ) -> Result<(), ModelError> {
        let (Observation::Duel { weight, .. }
        | Observation::Approval { weight, .. }
        | Observation::Stars { weight, .. }
        | Observation::Preference { weight, .. }) = *observation;
        crate::error::within("a vote's weight", weight, 0.0, MAX_WEIGHT)?;
        match *observation {
            Observation::Duel { left, right, outcome: DuelOutcome::Neither, .. } => {
                let (first, second) =
                    (self.approval_direction(likelihood, left)?, self.approval_direction(likelihood, right)?);
                let weight = (weight * likelihood.neither_weight).min(MAX_WEIGHT);
                let Some(evidence) = likelihood.approval_evidence(ApprovalOutcome::Against, weight) else {
                    return Ok(());
                };
                let surprise = |d: &Direction| d.crowd + dot(&d.towards, &self.mean);
                let swap = (surprise(&first), &first.towards, first.noise)
                    < (surprise(&second), &second.towards, second.noise);
                let (first, second) = if swap { (second, first) } else { (first, second) };
                self.learn(first, &evidence, tell);
                self.learn(second, &evidence, tell);
            }
            Observation::Duel { left, right, outcome, .. } => {
                let direction = self.duel_direction(likelihood, left, right)?;
                let Some(evidence) = likelihood.duel_evidence(outcome, weight) else { return Ok(()) };
                self.learn(direction, &evidence, tell);
            }
            Observation::Approval { candidate, outcome, .. } => {
                let direction = self.approval_direction(likelihood, candidate)?;
                let Some(evidence) = likelihood.approval_evidence(outcome, weight) else { return Ok(()) };
                self.learn(direction, &evidence, tell);
            }
            Observation::Stars { candidate, response, .. } => {
                crate::error::within("a response", response, 0.0, 1.0)?;
                let direction = self.approval_direction(likelihood, candidate)?;
                self.learn(direction, &likelihood.stars_evidence(response, weight), tell);
            }
            Observation::Preference { winner, loser, .. } => {
                let direction = self.duel_direction(likelihood, winner, loser)?;
                self.learn(direction, &Evidence::shared(1.0, weight), tell);
            }
        }
        self.votes = self.votes.saturating_add(1);
        Ok(())
    }

    /// The rank-one step: the predictor's new mean and variance, carried back along Σφ.
    fn learn(&mut self, direction: Direction, evidence: &Evidence, tell: &mut dyn FnMut(Site)) {
        let gain = self.times_covariance(&direction.towards);
        let variance = dot(&direction.towards, &gain) + direction.noise;
        // Nothing is uncertain in this direction (equal features, or a prior of lower rank): nothing to learn.
        if variance <= 1e-12 || !variance.is_finite() {
            return;
        }
        let mean = direction.crowd + dot(&direction.towards, &self.mean);
        let (new_mean, new_variance) = evidence.tilt(mean, variance);
        // The normal likelihood of towards · (z, a) that would have moved the posterior in the same way.
        let own = variance - direction.noise;
        let shrink = (variance - new_variance) / (variance * variance);
        let precision = shrink / (1.0 - shrink * own);
        let place = dot(&direction.towards, &self.mean);
        let pull = (new_mean - mean) / variance * (1.0 + precision * own) + precision * place;
        if self.carry_back(&gain, Predictor { mean, variance }, new_mean, new_variance) {
            tell(Site { towards: direction.towards, precision, pull });
        }
    }

    /// Moves (μ, Σ) so that the predictor, `before` until now, has a new mean and variance; not where these are no numbers.
    /// `gain` is Σφ.
    fn carry_back(&mut self, gain: &[f64], before: Predictor, new_mean: f64, new_variance: f64) -> bool {
        if !new_mean.is_finite() || !new_variance.is_finite() {
            return false;
        }
        let q = self.mean.len();
        let Predictor { mean, variance } = before;
        let shift = (new_mean - mean) / variance;
        let shrink = (variance - new_variance) / (variance * variance);
        for i in 0..q {
            self.mean[i] += gain[i] * shift;
            let row = gain[i] * shrink;
            for (j, other) in gain[..=i].iter().enumerate() {
                let value = self.covariance[i * q + j] - row * other;
                self.covariance[i * q + j] = value;
                self.covariance[j * q + i] = value;
            }
        }
        true
    }

    /// Mean and variance of a duel's predictor.
    pub(crate) fn duel_predictor(
        &self,
        likelihood: &Likelihood,
        left: Scored<'_>,
        right: Scored<'_>,
    ) -> Result<Predictor, ModelError> {
        Ok(self.predictor(&self.duel_direction(likelihood, left, right)?))
    }

    /// Mean and variance of an approval's predictor.
    pub(crate) fn approval_predictor(
        &self,
        likelihood: &Likelihood,
        candidate: Scored<'_>,
    ) -> Result<Predictor, ModelError> {
        Ok(self.predictor(&self.approval_direction(likelihood, candidate)?))
    }

    /// The predictor as far as it is the person's, and the variance of what is unknown of the candidates.
    pub(crate) fn duel_parts(
        &self,
        likelihood: &Likelihood,
        left: Scored<'_>,
        right: Scored<'_>,
    ) -> Result<(Predictor, f64), ModelError> {
        Ok(self.parts(self.duel_direction(likelihood, left, right)?))
    }

    /// Likewise of an approval.
    pub(crate) fn approval_parts(
        &self,
        likelihood: &Likelihood,
        candidate: Scored<'_>,
    ) -> Result<(Predictor, f64), ModelError> {
        Ok(self.parts(self.approval_direction(likelihood, candidate)?))
    }

    fn parts(&self, direction: Direction) -> (Predictor, f64) {
        let noise = direction.noise;
        (self.predictor(&Direction { noise: 0.0, ..direction }), noise)
    }

    /// Mean and variance of u − a, what this person's stars speak of: how much they like a candidate beyond their severity.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`].
    pub fn liking(&self, candidate: Scored<'_>) -> Result<(f64, f64), ModelError> {
        let Predictor { mean, variance } = self.approval_predictor(&Likelihood::default(), candidate)?;
        Ok((mean, variance))
    }

    fn predictor(&self, direction: &Direction) -> Predictor {
        let towards = &direction.towards;
        let variance = dot(towards, &self.times_covariance(towards)) + direction.noise;
        Predictor { mean: direction.crowd + dot(towards, &self.mean), variance: variance.max(0.0) }
    }

    pub(crate) fn duel_direction(
        &self,
        likelihood: &Likelihood,
        left: Scored<'_>,
        right: Scored<'_>,
    ) -> Result<Direction, ModelError> {
        self.check(left)?;
        self.check(right)?;
        let t = likelihood.temperature;
        let mut towards: Vec<f64> = left
            .features()
            .iter()
            .zip(right.features())
            .map(|(&left, &right)| (f64::from(left) - f64::from(right)) / t)
            .collect();
        towards.push(0.0);
        Ok(Direction {
            crowd: (f64::from(left.utility()) - f64::from(right.utility())) / t,
            towards,
            noise: (left.offset_variance() + right.offset_variance()) / (t * t),
        })
    }

    fn approval_direction(
        &self,
        likelihood: &Likelihood,
        candidate: Scored<'_>,
    ) -> Result<Direction, ModelError> {
        self.check(candidate)?;
        let t = likelihood.temperature;
        let mut towards: Vec<f64> = candidate.features().iter().map(|&value| f64::from(value) / t).collect();
        towards.push(-1.0 / t);
        Ok(Direction {
            crowd: f64::from(candidate.utility()) / t,
            towards,
            noise: candidate.offset_variance() / (t * t),
        })
    }

    /// From its parts, checked as a stored one is.
    pub(crate) fn of_parts(
        model: Digest,
        votes: u32,
        mean: Vec<f64>,
        covariance: Vec<f64>,
    ) -> Result<Self, ModelError> {
        let q = mean.len();
        if let Some(index) = mean.iter().position(|value| !value.is_finite()) {
            return Err(ModelError::NotFinite { what: "a taste", index });
        }
        let covariance = Prior::new(covariance, mean[q - 1])?.covariance().to_vec();
        Ok(Self { model, votes, mean, covariance })
    }

    fn check(&self, candidate: Scored<'_>) -> Result<(), ModelError> {
        let (found, expected) = (candidate.features().len(), self.features());
        if found == expected { Ok(()) } else { Err(ModelError::FeatureCount { found, expected }) }
    }

    /// Σ · φ
    pub(crate) fn times_covariance(&self, towards: &[f64]) -> Vec<f64> {
        self.covariance.chunks_exact(towards.len()).map(|row| dot(row, towards)).collect()
    }
}

/// What one step taught: as much as a normal observation of towards · (z, a) with this precision, at pull / precision. The
/// posterior is the prior times all of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Site {
    pub(crate) towards: Vec<f64>,
    pub(crate) precision: f64,
    pub(crate) pull: f64,
}

/// How a predictor depends on a person: crowd + towards · (z, a), and noise of which the person's state knows nothing.
pub(crate) struct Direction {
    pub(crate) crowd: f64,
    pub(crate) towards: Vec<f64>,
    pub(crate) noise: f64,
}

/// Σ aᵢbᵢ in four interleaved sums, added at the end: quicker than one sum, and the order is fixed all the same.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0f64; 4];
    let (a_whole, a_rest) = a.as_chunks::<4>();
    let (b_whole, b_rest) = b.as_chunks::<4>();
    for (a, b) in a_whole.iter().zip(b_whole) {
        for i in 0..4 {
            sums[i] += a[i] * b[i];
        }
    }
    let mut rest = 0.0;
    for (a, b) in a_rest.iter().zip(b_rest) {
        rest += a * b;
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

/// The stored form: the covariance's lower triangle row by row, so that half the numbers are written and symmetry needs
/// no checking.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredTaste {
    version: u32,
    model: Digest,
    votes: u32,
    mean: Vec<f64>,
    covariance: Vec<f64>,
}

impl From<Taste> for StoredTaste {
    fn from(taste: Taste) -> Self {
        let q = taste.mean.len();
        let covariance = (0..q).flat_map(|i| taste.covariance[i * q..][..=i].to_vec()).collect();
        Self { version: STORED_VERSION, model: taste.model, votes: taste.votes, mean: taste.mean, covariance }
    }
}

impl TryFrom<StoredTaste> for Taste {
    type Error = ModelError;

    fn try_from(stored: StoredTaste) -> Result<Self, ModelError> {
        if stored.version != STORED_VERSION {
            return Err(ModelError::TasteVersion { found: stored.version, expected: STORED_VERSION });
        }
        let q = stored.mean.len();
        if !(2..=MAX_FEATURES + 1).contains(&q) {
            return Err(ModelError::Shape { what: "a stored taste", found: q, expected: MAX_FEATURES + 1 });
        }
        let expected = q * (q + 1) / 2;
        if stored.covariance.len() != expected {
            let found = stored.covariance.len();
            return Err(ModelError::Shape { what: "a stored taste's covariance", found, expected });
        }
        if let Some(index) = stored.mean.iter().position(|value| !value.is_finite()) {
            return Err(ModelError::NotFinite { what: "a stored taste", index });
        }
        let mut covariance = vec![0.0; q * q];
        let mut values = stored.covariance.into_iter();
        for i in 0..q {
            for j in 0..=i {
                let value = values.next().expect("counted above");
                covariance[i * q + j] = value;
                covariance[j * q + i] = value;
            }
        }
        // The same check that a prior goes through; it leaves a symmetric matrix as it is.
        let prior = Prior::new(covariance, stored.mean[q - 1])?;
        Ok(Self {
            model: stored.model,
            votes: stored.votes,
            mean: stored.mean,
            covariance: prior.covariance().to_vec(),
        })
    }
}
