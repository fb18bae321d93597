//! A taste moves to the next model: what votes taught about candidates is said again in the new model's features.
//!
//! Features of two models have nothing in common but the candidates that both know. A posterior divided by its prior is what
//! the votes said: a normal likelihood exp(h·x − ½ xᵀΛx) of x = (z, a). Every direction e of x is a weighted sum of predictors of
//! candidates, e = Gᵀw with rows (f, −1)/T of G; w = W e, W = G(GᵀG)⁻¹, is the smallest such. The same sum of the same candidates'
//! predictors under the new model is the new direction. What was said about the one is said about the other: crowd utilities,
//! their level and their temperature may all have changed. Exact where the new features span the old ones; what they
//! cannot say is lost.
//!
//! Where the votes themselves are at hand, [`Taste::rebuild`] is better still.

use alloc::{vec, vec::Vec};

use crate::{
    error::ModelError,
    features::Scored,
    likelihood::Likelihood,
    prior::{Prior, cholesky, inverse, ridge},
    taste::Taste,
};

/// A model's beliefs, for [`Taste::carry`].
pub(crate) type Beliefs<'a> = (&'a Prior, &'a Likelihood);

impl Taste {
    /// This taste under the next model. `anchors` are candidates as the old model scores them and as the new one does; a few
    /// times as many as there are features are needed, and more are better.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where an anchor or the taste has other features than the priors;
    /// [`ModelError::Shape`] without anchors; [`ModelError::Covariance`].
    pub fn carry<'a>(
        &self,
        (old_prior, old): Beliefs<'_>,
        (new_prior, new): Beliefs<'_>,
        anchors: impl IntoIterator<Item = (Scored<'a>, Scored<'a>)>,
    ) -> Result<Self, ModelError> {
        let (p, q) = (old_prior.dimension(), new_prior.dimension());
        if self.mean().len() != p {
            return Err(ModelError::FeatureCount { found: self.features(), expected: p - 1 });
        }
        // GᵀG, G'ᵀG and Gᵀc, over candidates; c is how much lower the new crowd puts a candidate.
        let (mut same, mut across, mut shift) = (vec![0.0; p * p], vec![0.0; q * p], vec![0.0; p]);
        let mut count = 0;
        for (before, after) in anchors {
            let own = row(before, old, p)?;
            let next = row(after, new, q)?;
            let lower =
                f64::from(before.utility()) / old.temperature - f64::from(after.utility()) / new.temperature;
            for i in 0..p {
                shift[i] += own[i] * lower;
                (0..p).for_each(|j| same[i * p + j] += own[i] * own[j]);
                (0..q).for_each(|j| across[j * p + i] += next[j] * own[i]);
            }
            count += 1;
        }
        if count == 0 {
            return Err(ModelError::Shape { what: "anchors", found: 0, expected: 1 });
        }
        let lower = cholesky(&same, p, ridge(&same, p)).ok_or(NOT_POSITIVE)?;
        let solved = inverse(&lower, p);
        // M = G'ᵀW and δ = Wᵀc.
        let map = product(&across, &solved, p);
        let shift = product(&shift, &solved, p);
        // What the votes said: Λ and h.
        let said = |covariance: &[f64], mean: &[f64]| -> Result<(Vec<f64>, Vec<f64>), ModelError> {
            let lower = cholesky(covariance, p, ridge(old_prior.covariance(), p)).ok_or(NOT_POSITIVE)?;
            let precision = inverse(&lower, p);
            let pull = product(mean, &precision, p);
            Ok((precision, pull))
        };
        let mut start = vec![0.0; p];
        start[p - 1] = old_prior.threshold_mean();
        let (after, pulled) = said(self.covariance(), self.mean())?;
        let (before, from) = said(old_prior.covariance(), &start)?;
        let learned: Vec<f64> = after.iter().zip(&before).map(|(a, b)| a - b).collect();
        let moved = product(&shift, &learned, p);
        let pull: Vec<f64> = (0..p).map(|i| pulled[i] - from[i] + moved[i]).collect();
        // The new prior, and the same said in its words.
        let new_ridge = ridge(new_prior.covariance(), q);
        let lower = cholesky(new_prior.covariance(), q, new_ridge).ok_or(NOT_POSITIVE)?;
        let mut precision = inverse(&lower, q);
        let half = product(&map, &learned, p);
        let mut right: Vec<f64> =
            (0..q).map(|i| precision[i * q + q - 1] * new_prior.threshold_mean()).collect();
        for i in 0..q {
            right[i] += inner(&map[i * p..(i + 1) * p], &pull);
            for j in 0..=i {
                // Symmetric but for rounding; the lower half is taken.
                let value = precision[i * q + j] + inner(&half[i * p..(i + 1) * p], &map[j * p..(j + 1) * p]);
                (precision[i * q + j], precision[j * q + i]) = (value, value);
            }
        }
        let lower = cholesky(&precision, q, 0.0).ok_or(NOT_POSITIVE)?;
        let mut covariance = inverse(&lower, q);
        let mean = product(&right, &covariance, q);
        (0..q).for_each(|i| covariance[i * q + i] = (covariance[i * q + i] - new_ridge).max(0.0));
        Self::of_parts(self.model(), self.votes(), mean, covariance)
    }
}

const NOT_POSITIVE: ModelError =
    ModelError::Covariance { what: "a carried taste's", why: "it has a negative direction" };

/// (f, −1) / T.
fn row(candidate: Scored<'_>, likelihood: &Likelihood, q: usize) -> Result<Vec<f64>, ModelError> {
    let (found, expected) = (candidate.features().len(), q - 1);
    if found != expected {
        return Err(ModelError::FeatureCount { found, expected });
    }
    let t = likelihood.temperature;
    let features = candidate.features().iter().map(|&value| f64::from(value) / t);
    Ok(features.chain([-1.0 / t]).collect())
}

/// Rows of `a`, n long, times a symmetric matrix.
fn product(a: &[f64], symmetric: &[f64], n: usize) -> Vec<f64> {
    a.chunks_exact(n)
        .flat_map(|row| symmetric.chunks_exact(n).map(move |column| inner(row, column)))
        .collect()
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
