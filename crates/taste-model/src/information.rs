//! How much an answer says of the candidates, whoever gives it: what a fit leaves unknown of them.

use taste_core::DuelOutcome;

use crate::{
    error::ModelError,
    likelihood::Likelihood,
    taste::{Observation, Predictor, Taste},
};

/// π / 8: a logistic averaged over a normal is nearly a flatter logistic (MacKay 1992, *The evidence framework applied to
/// classification networks*, eq. 10).
const FLATTER: f64 = core::f64::consts::FRAC_PI_8;

impl Taste {
    /// What answers like this one, of persons like this one, say of the utility of each candidate that it is about: the expected
    /// (Fisher) information, times the vote's weight, in 1 / squared units of utility. What is not known of the person makes it
    /// less. Precisions add up: a candidate whose offset had the variance v before has 1 / (1/v + Σ information) after.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`].
    pub fn information(
        &self,
        likelihood: &Likelihood,
        observation: &Observation<'_>,
    ) -> Result<f64, ModelError> {
        let per_utility = 1.0 / (likelihood.temperature * likelihood.temperature);
        Ok(per_utility
            * match *observation {
                Observation::Duel { left, right, outcome: DuelOutcome::Neither, weight } => {
                    let weight = weight * likelihood.neither_weight;
                    let of = |candidate| {
                        Ok::<_, ModelError>(approval(
                            likelihood,
                            self.approval_parts(likelihood, candidate)?.0,
                        ))
                    };
                    weight * (of(left)? + of(right)?) / 2.0
                }
                Observation::Duel { left, right, weight, .. } => {
                    weight * duel(likelihood, self.duel_parts(likelihood, left, right)?.0)
                }
                Observation::Preference { winner, loser, weight } => {
                    weight * duel(&likelihood.plain(), self.duel_parts(likelihood, winner, loser)?.0)
                }
                Observation::Approval { candidate, weight, .. } => {
                    weight * approval(likelihood, self.approval_parts(likelihood, candidate)?.0)
                }
                Observation::Stars { candidate, weight, .. } => {
                    weight * stars(likelihood, self.approval_parts(likelihood, candidate)?.0)
                }
            })
    }
}

/// By how much flatter the curve of an answer is for noise of this variance in its predictor.
pub(crate) fn flatter(noise: f64) -> f64 {
    1.0 / libm::sqrt(1.0 + FLATTER * noise)
}

fn duel(likelihood: &Likelihood, predictor: Predictor) -> f64 {
    let k = flatter(predictor.variance);
    let [left, tie, right] = likelihood.duel(k * predictor.mean);
    let (rising, falling) = (left * (1.0 - left), right * (1.0 - right));
    let bent = falling - rising;
    let of = |slope: f64, p: f64| if p > 1e-12 { slope * slope / p } else { 0.0 };
    k * k * (of(rising, left) + of(bent, tie) + of(falling, right))
}

fn approval(likelihood: &Likelihood, predictor: Predictor) -> f64 {
    let k = flatter(predictor.variance);
    let p = likelihood.approval(k * predictor.mean);
    k * k * p * (1.0 - p)
}

/// Ordered levels; an approval where there are no cut points.
fn stars(likelihood: &Likelihood, predictor: Predictor) -> f64 {
    let cuts = likelihood.cuts.values();
    if cuts.is_empty() {
        return approval(likelihood, predictor);
    }
    let k = flatter(predictor.variance);
    let (mut sum, mut above, mut slope_above) = (0.0, 1.0, 0.0);
    for cut in cuts.iter().map(|&cut| Some(cut)).chain([None]) {
        let beyond =
            cut.map_or(0.0, |cut| likelihood.approval(k * (predictor.mean - cut / likelihood.temperature)));
        let slope = beyond * (1.0 - beyond);
        let p = above - beyond;
        if p > 1e-12 {
            sum += (slope_above - slope) * (slope_above - slope) / p;
        }
        (above, slope_above) = (beyond, slope);
    }
    k * k * sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CutPoints, Prior, Scored};
    use alloc::{vec, vec::Vec};

    /// Against the definition, E[(d/dm ln P)²], with P averaged over the person by brute force: right to a tenth.
    #[test]
    fn information_is_the_expected_square_of_the_slope() {
        let likelihood = Likelihood {
            tie: 0.4,
            position: 0.1,
            cuts: CutPoints::new(&[-1.0, 0.2, 1.5]).unwrap(),
            ..Likelihood::default()
        };
        let crowd = Taste::crowd(&Prior::isotropic(1, 0.8, 0.5, 0.0).unwrap());
        let averaged = |mean: f64, variance: f64, answers: &dyn Fn(f64) -> Vec<f64>| -> Vec<f64> {
            let (steps, mut sum, mut all) = (4_000, vec![], 0.0);
            for i in 0..=steps {
                let z = -8.0 + 16.0 * f64::from(i) / f64::from(steps);
                let weight = libm::exp(-z * z / 2.0);
                let said = answers(mean + z * libm::sqrt(variance));
                sum.resize(said.len(), 0.0);
                said.iter().zip(&mut sum).for_each(|(p, sum)| *sum += weight * p);
                all += weight;
            }
            sum.iter().map(|sum| sum / all).collect()
        };
        let expected = |mean: f64, variance: f64, answers: &dyn Fn(f64) -> Vec<f64>| -> f64 {
            let h = 1e-4;
            let (low, high) = (averaged(mean - h, variance, answers), averaged(mean + h, variance, answers));
            low.iter().zip(&high).map(|(a, b)| ((b - a) / (2.0 * h)).powi(2) / ((a + b) / 2.0)).sum()
        };
        let level = |x: f64| -> Vec<f64> {
            let mut above: Vec<f64> = vec![1.0];
            above.extend(likelihood.cuts.values().iter().map(|cut| likelihood.approval(x - cut)));
            above.push(0.0);
            above.windows(2).map(|pair| pair[0] - pair[1]).collect()
        };
        for (one, other) in [(0.0f32, 0.0f32), (0.9, -0.4), (-1.0, 1.2)] {
            let (one_features, other_features) = ([1.0f32], [-0.5f32]);
            let left = Scored::new(one, &one_features).unwrap();
            let right = Scored::new(other, &other_features).unwrap();
            let close = |found: f64, expected: f64| {
                assert!((found / expected - 1.0).abs() < 0.1, "{found} {expected}")
            };
            let told = Observation::duel(left, right, DuelOutcome::Left);
            let mean = f64::from(one) - f64::from(other);
            close(
                crowd.information(&likelihood, &told).unwrap(),
                expected(mean, 0.8 * 2.25, &|x| likelihood.duel(x).to_vec()),
            );
            let told = Observation::Stars { candidate: left, response: 0.5, weight: 2.0 };
            close(
                crowd.information(&likelihood, &told).unwrap(),
                2.0 * expected(f64::from(one), 0.8 + 0.5, &level),
            );
        }
    }
}
