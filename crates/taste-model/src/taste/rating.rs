//! Learning from ratings on a scale: a normal likelihood of u − a, exact in closed form; and how a person's way of using
//! the scale is taken out first.

use serde::{Deserialize, Serialize};

use super::{Predictor, Taste, dot};
use crate::{
    error::{ModelError, within},
    features::Scored,
};

/// How ratings become utilities. Some people use the whole scale, others its middle; a rating is counted from `level`
/// and divided by (spread of this person / usual spread)^`strength`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RatingScale {
    /// The mean of all ratings.
    pub level: f64,
    /// The usual standard deviation of a person's ratings.
    pub spread: f64,
    /// How far a person's own spread is taken out, 0 (not at all) to 1 (wholly).
    pub strength: f64,
    /// How many ratings the usual spread counts for in a person's own.
    pub weight: f64,
    /// Noise variance of a rating, in squared units of utility.
    pub noise: f64,
}

impl Default for RatingScale {
    /// Ratings as they are.
    fn default() -> Self {
        Self { level: 0.0, spread: 1.0, strength: 0.0, weight: 4.0, noise: 1.0 }
    }
}

impl RatingScale {
    /// Refuses numbers that no fit gives.
    ///
    /// # Errors
    /// [`ModelError::Range`] names the first one.
    pub fn checked(self) -> Result<Self, ModelError> {
        within("the ratings' level", self.level, -1e6, 1e6)?;
        within("the ratings' spread", self.spread, 1e-6, 1e6)?;
        within("the strength of a person's scale", self.strength, 0.0, 1.0)?;
        within("the weight of the usual spread", self.weight, 0.0, 1e6)?;
        within("the ratings' noise", self.noise, 1e-9, 1e9)?;
        Ok(self)
    }

    /// By how much this person's ratings are to be divided, from those given so far.
    ///
    /// Their variance is taken around their own mean, drawn towards the usual one as `weight` ratings draw.
    pub fn divisor(&self, ratings: &[f64]) -> f64 {
        if self.strength == 0.0 || ratings.is_empty() {
            return 1.0;
        }
        let count = ratings.len() as f64;
        let mean = ratings.iter().sum::<f64>() / count;
        let squares: f64 = ratings.iter().map(|rating| (rating - mean) * (rating - mean)).sum();
        let usual = self.spread * self.spread;
        let variance = (squares + self.weight * usual) / (count - 1.0 + self.weight).max(1e-9);
        // Halfway to the power: (variance / usual) is squared spreads.
        libm::pow((variance / usual).max(1e-6), 0.5 * self.strength)
    }

    /// The rating in units of utility.
    pub fn utility(&self, rating: f64, divisor: f64) -> f64 {
        self.level + (rating - self.level) / divisor
    }

    /// The five numbers of the model's file.
    pub(crate) fn numbers(&self) -> [f32; 5] {
        [self.level, self.spread, self.strength, self.weight, self.noise].map(|value| value as f32)
    }

    pub(crate) fn from_numbers(numbers: [f32; 5]) -> Self {
        let [level, spread, strength, weight, noise] = numbers.map(f64::from);
        Self { level, spread, strength, weight, noise }
    }

    /// As the file has them, so that a model is the same before and after it.
    pub(crate) fn rounded(&self) -> Self {
        Self::from_numbers(self.numbers())
    }
}

impl Taste {
    /// Learns from a rating already in units of utility ([`RatingScale::utility`]): value ~ N(u − a, noise), where u is the
    /// candidate's utility for this person and a their threshold, here how strict they are. Exact: the posterior stays
    /// normal, whatever the order.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where the candidate has another number of features, [`ModelError::Range`] where
    /// value or noise is no number or the noise is not above zero. The posterior is then as it was.
    pub fn update_rating(&mut self, candidate: Scored<'_>, value: f64, noise: f64) -> Result<(), ModelError> {
        within("a rating", value, -1e9, 1e9)?;
        within("a rating's noise", noise, 1e-9, 1e9)?;
        self.check(candidate)?;
        let mut towards: alloc::vec::Vec<f64> =
            candidate.features().iter().map(|&value| f64::from(value)).collect();
        towards.push(-1.0);
        let gain = self.times_covariance(&towards);
        let variance = dot(&towards, &gain) + candidate.offset_variance();
        self.votes = self.votes.saturating_add(1);
        if variance <= 1e-12 || !variance.is_finite() {
            return Ok(());
        }
        let mean = f64::from(candidate.utility()) + dot(&towards, &self.mean);
        let share = variance / (variance + noise);
        let (new_mean, new_variance) = (mean + share * (value - mean), variance * (1.0 - share));
        self.carry_back(&gain, Predictor { mean, variance }, new_mean, new_variance);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prior::{Prior, cholesky};
    use alloc::{vec, vec::Vec};

    /// Bayesian linear regression by the normal equations, with no update formula in common.
    #[test]
    fn ratings_give_the_posterior_of_linear_regression_in_any_order() {
        let prior = Prior::new(vec![1.0, 0.2, 0.1, 0.2, 0.7, 0.0, 0.1, 0.0, 0.5], 0.3).unwrap();
        let rows =
            [([0.5f32, -1.0], 0.2f32, 1.1, 0.8), ([1.5, 0.3], -0.4, 0.2, 0.5), ([-0.2, 0.9], 0.0, -0.7, 2.0)];
        let learn = |order: &[usize]| {
            let mut taste = Taste::crowd(&prior);
            for &i in order {
                let (features, utility, value, noise) = &rows[i];
                taste.update_rating(Scored::new(*utility, features).unwrap(), *value, *noise).unwrap();
            }
            taste
        };
        let taste = learn(&[0, 1, 2]);
        // Precision = S⁻¹ + Σ x xᵀ / ψ; right = S⁻¹ μ + Σ x (y − u) / ψ.
        let solve = |matrix: &[f64], b: &[f64]| -> Vec<f64> {
            let l = cholesky(matrix, 3, 0.0).unwrap();
            let mut y = b.to_vec();
            for i in 0..3 {
                for k in 0..i {
                    y[i] -= l[i * 3 + k] * y[k];
                }
                y[i] /= l[i * 3 + i];
            }
            for i in (0..3).rev() {
                for k in i + 1..3 {
                    y[i] -= l[k * 3 + i] * y[k];
                }
                y[i] /= l[i * 3 + i];
            }
            y
        };
        let mut precision = vec![0.0; 9];
        for j in 0..3 {
            let mut unit = [0.0; 3];
            unit[j] = 1.0;
            let column = solve(prior.covariance(), &unit);
            (0..3).for_each(|i| precision[i * 3 + j] = column[i]);
        }
        let mut right: Vec<f64> = (0..3).map(|i| precision[i * 3 + 2] * 0.3).collect();
        for (features, utility, value, noise) in rows {
            let x = [f64::from(features[0]), f64::from(features[1]), -1.0];
            for i in 0..3 {
                right[i] += x[i] * (value - f64::from(utility)) / noise;
                (0..3).for_each(|j| precision[i * 3 + j] += x[i] * x[j] / noise);
            }
        }
        let mean = solve(&precision, &right);
        for (i, mean) in mean.into_iter().enumerate() {
            assert!((taste.mean()[i] - mean).abs() < 1e-12);
            assert!((learn(&[2, 0, 1]).mean()[i] - mean).abs() < 1e-12);
        }
        assert_eq!(taste.votes(), 3);
    }

    #[test]
    fn a_person_who_uses_the_whole_scale_is_brought_nearer_to_the_others() {
        let scale = RatingScale { level: 0.0, spread: 2.0, strength: 0.5, weight: 0.0, noise: 1.0 };
        // Twice the usual spread, at half strength: divided by √2.
        let wide = [-4.0, 4.0, -4.0, 4.0].map(|x: f64| x * libm::sqrt(0.75));
        assert!((scale.divisor(&wide) - core::f64::consts::SQRT_2).abs() < 1e-12);
        assert_eq!(scale.divisor(&[]), 1.0);
        assert_eq!(RatingScale::default().divisor(&wide), 1.0);
        assert!(RatingScale { weight: 4.0, ..scale }.divisor(&[1.0]) == 1.0);
        assert!(scale.divisor(&[3.0, 3.0]).is_finite());
    }

    #[test]
    fn a_rating_that_is_no_number_changes_nothing() {
        let mut taste = Taste::crowd(&Prior::isotropic(1, 1.0, 1.0, 0.0).unwrap());
        let before = taste.clone();
        let candidate = Scored::new(0.0, &[1.0]).unwrap();
        assert_eq!(taste.update_rating(candidate, f64::NAN, 1.0).unwrap_err().code(), "ModelError::Range");
        assert_eq!(taste.update_rating(candidate, 1.0, 0.0).unwrap_err().code(), "ModelError::Range");
        assert_eq!(taste, before);
    }
}
