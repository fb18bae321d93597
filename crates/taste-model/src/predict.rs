//! What a person will say, and how sure that is.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    error::ModelError,
    features::Scored,
    likelihood::Likelihood,
    logistic::{expected_sigmoid, sigmoid},
    taste::{Predictor, Taste},
};

/// Half of the width of a central 95 % interval, in standard deviations.
const Z95: f64 = 1.959963984540054;

/// A duel's prediction, the posterior's uncertainty included.
///
/// Integrals over the posterior are closed-form: the logistic is a mixture of eight probits (Monahan & Stefanski
/// 1992), exact to 3e-9.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Prediction {
    /// P(left is chosen).
    pub left: f64,
    /// P(tie); `left + tie + right` is one.
    pub tie: f64,
    /// P(right is chosen).
    pub right: f64,
    /// The preference: P(left | not a tie).
    pub probability: f64,
    /// Lower end of the posterior's central 95 % interval of that preference.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Standard deviation of the predictor d, in log-odds.
    pub sd: f64,
}

/// An approval's prediction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalPrediction {
    /// P(for).
    pub probability: f64,
    /// Lower end of the posterior's central 95 % interval of it.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Standard deviation of the predictor s, in log-odds.
    pub sd: f64,
}

impl Taste {
    /// What this person will say of a duel. With [`Likelihood::unbiased`], P(a, b) + P(b, a) = 1.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where a candidate has another number of features.
    pub fn predict_duel(
        &self,
        likelihood: &Likelihood,
        left: Scored<'_>,
        right: Scored<'_>,
    ) -> Result<Prediction, ModelError> {
        let Predictor { mean, variance } = self.duel_predictor(likelihood, left, right)?;
        let Likelihood { tie, position, .. } = *likelihood;
        let (left, right) = (
            expected_sigmoid(mean + position - tie, variance),
            expected_sigmoid(-mean - position - tie, variance),
        );
        let sd = libm::sqrt(variance);
        let preference = |d: f64| {
            // left / (left + right), written so that both may be tiny.
            let s = d + position;
            let ratio = if s >= 0.0 {
                libm::exp(-s) * (1.0 + libm::exp(tie - s)) / (libm::exp(-s) + libm::exp(tie))
            } else {
                libm::exp(s) * (1.0 + libm::exp(tie + s)) / (libm::exp(s) + libm::exp(tie))
            };
            // For s ≥ 0 the ratio is right : left, else left : right.
            if s >= 0.0 { 1.0 / (1.0 + ratio) } else { ratio / (1.0 + ratio) }
        };
        let decided = left + right;
        let probability = if decided > 0.0 { left / decided } else { preference(mean) };
        Ok(Prediction {
            left,
            tie: (1.0 - left - right).max(0.0),
            right,
            probability,
            low: preference(mean - Z95 * sd),
            high: preference(mean + Z95 * sd),
            sd,
        })
    }

    /// What this person will say of one candidate.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where it has another number of features.
    pub fn predict_approval(
        &self,
        likelihood: &Likelihood,
        candidate: Scored<'_>,
    ) -> Result<ApprovalPrediction, ModelError> {
        let Predictor { mean, variance } = self.approval_predictor(likelihood, candidate)?;
        let sd = libm::sqrt(variance);
        Ok(ApprovalPrediction {
            probability: expected_sigmoid(mean, variance),
            low: sigmoid(mean - Z95 * sd),
            high: sigmoid(mean + Z95 * sd),
            sd,
        })
    }

    /// How likely each level of stars is, from the lowest; they sum to one. Empty where the model knows no cut points.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where the candidate has another number of features.
    pub fn predict_stars(
        &self,
        likelihood: &Likelihood,
        candidate: Scored<'_>,
    ) -> Result<Vec<f64>, ModelError> {
        let Predictor { mean, variance } = self.approval_predictor(likelihood, candidate)?;
        let cuts = likelihood.cuts.values();
        let above = |cut: &f64| expected_sigmoid(mean - cut / likelihood.temperature, variance);
        let above: Vec<f64> = cuts.iter().map(above).collect();
        let from = core::iter::once(&1.0).chain(&above);
        let to = above.iter().chain(core::iter::once(&0.0));
        let levels = from.zip(to).map(|(from, to)| (from - to).max(0.0));
        Ok(if cuts.is_empty() { Vec::new() } else { levels.collect() })
    }
}
