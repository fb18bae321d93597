//! Why a prediction is what it is: how far each vote moved it, and which candidates are alike.
//!
//! Every step of learning is as much as one normal observation ([`Site`]): the posterior is the prior times all of them.
//! Its mean is therefore the prior's plus one term a vote, and so is every prediction's: the terms add up to exactly what the
//! votes made of it, whichever order they came in. (The representer theorem, for a posterior; Kimeldorf & Wahba 1970.)
//! What is *not* here: words. A widget finds those.

use alloc::vec::Vec;

use crate::{
    error::ModelError,
    features::Scored,
    likelihood::Likelihood,
    prior::Prior,
    taste::{Direction, Observation, Site, Taste, dot},
};

/// A prediction taken apart, in log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Before the first vote.
    pub crowd: f64,
    /// After the last.
    pub person: f64,
    /// How far each vote moved it; they sum to `person − crowd`. A skip moved nothing.
    pub votes: Vec<f64>,
}

/// A posterior that remembers what each vote taught.
///
/// ```
/// use taste_core::DuelOutcome;
/// use taste_model::{Likelihood, Observation, Prior, Retraced, Scored, Taste};
///
/// let likelihood = Likelihood::default();
/// let (round, square) = (Scored::new(0.0, &[1.0, 0.0])?, Scored::new(0.0, &[0.0, 1.0])?);
/// let mut retraced = Retraced::new(Taste::crowd(&Prior::isotropic(2, 1.0, 1.0, 0.0)?));
/// retraced.vote(&likelihood, &[Observation::duel(round, square, DuelOutcome::Left)])?;
/// let why = retraced.duel(&likelihood, round, square)?;
/// assert!(why.votes[0] > 0.0 && (why.crowd + why.votes[0] - why.person).abs() < 1e-12);
/// # Ok::<(), taste_model::ModelError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Retraced {
    /// What everything is counted from.
    start: Vec<f64>,
    taste: Taste,
    votes: usize,
    /// Which vote taught it, and what.
    sites: Vec<(usize, Site)>,
}

impl Retraced {
    /// Before these votes.
    pub fn new(start: Taste) -> Self {
        Self { start: start.mean().to_vec(), taste: start, votes: 0, sites: Vec::new() }
    }

    /// Learns from a vote, which may say several things ([`Observation::of_vote`]). The posterior is that of
    /// [`Taste::update`].
    ///
    /// # Errors
    /// As [`Taste::update`]; what was learned before the error stays.
    pub fn vote(
        &mut self,
        likelihood: &Likelihood,
        observations: &[Observation<'_>],
    ) -> Result<(), ModelError> {
        let (vote, sites) = (self.votes, &mut self.sites);
        self.votes += 1;
        for observation in observations {
            self.taste.update_and_tell(likelihood, observation, &mut |site| sites.push((vote, site)))?;
        }
        Ok(())
    }

    /// The posterior.
    pub fn taste(&self) -> &Taste {
        &self.taste
    }

    /// Why the left one is, or is not, preferred: the predictor of their duel.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`].
    pub fn duel(
        &self,
        likelihood: &Likelihood,
        left: Scored<'_>,
        right: Scored<'_>,
    ) -> Result<Explanation, ModelError> {
        Ok(self.explain(&self.taste.duel_direction(likelihood, left, right)?))
    }

    fn explain(&self, direction: &Direction) -> Explanation {
        let along = self.taste.times_covariance(&direction.towards);
        let mut votes = alloc::vec![0.0; self.votes];
        for (vote, site) in &self.sites {
            // What this observation asks for beyond the start, times what the posterior makes of a pull along it.
            let asked = site.pull - site.precision * dot(&site.towards, &self.start);
            votes[*vote] += asked * dot(&along, &site.towards);
        }
        let crowd = direction.crowd + dot(&direction.towards, &self.start);
        let person = direction.crowd + dot(&direction.towards, self.taste.mean());
        Explanation { crowd, person, votes }
    }
}

impl Prior {
    /// How alike two candidates are to people: the correlation, over the population, of what a person's own taste adds to
    /// their utilities. One for the same features, zero where a candidate has none of its own.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`].
    pub fn likeness(&self, a: Scored<'_>, b: Scored<'_>) -> Result<f64, ModelError> {
        let (r, q) = (self.features(), self.dimension());
        for found in [a.features().len(), b.features().len()] {
            if found != r {
                return Err(ModelError::FeatureCount { found, expected: r });
            }
        }
        let together = |a: &[f32], b: &[f32]| -> f64 {
            a.iter()
                .enumerate()
                .map(|(i, a)| {
                    let row = &self.covariance()[i * q..i * q + r];
                    let sum: f64 = row.iter().zip(b).map(|(s, b)| s * f64::from(*b)).sum();
                    f64::from(*a) * sum
                })
                .sum()
        };
        let (a, b) = (a.features(), b.features());
        let size = libm::sqrt(together(a, a).max(0.0) * together(b, b).max(0.0));
        Ok(if size > 1e-12 { (together(a, b) / size).clamp(-1.0, 1.0) } else { 0.0 })
    }
}
