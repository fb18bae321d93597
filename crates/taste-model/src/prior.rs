//! What is believed about a person before their first vote.

use alloc::{vec, vec::Vec};

use crate::error::ModelError;

/// The most features a taste model may have.
pub const MAX_FEATURES: usize = 32;

/// The population's distribution of a person's state (z, a): taste z ∈ Rʳ with mean zero, approval threshold a.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    covariance: Vec<f64>,
    dimension: usize,
    threshold_mean: f64,
}

impl Prior {
    /// From a row-major covariance `[q, q]`, q = r + 1, the threshold last, and the threshold's mean.
    ///
    /// # Errors
    /// [`ModelError::Shape`] where it is not square with 2 ≤ q ≤ 33, [`ModelError::NotFinite`],
    /// [`ModelError::Covariance`] where it is not symmetric (to a ten-thousandth) or not positive semidefinite.
    pub fn new(mut covariance: Vec<f64>, threshold_mean: f64) -> Result<Self, ModelError> {
        const WHAT: &str = "the prior's covariance";
        let found = covariance.len();
        let dimension = (2..=MAX_FEATURES + 1).find(|q| q * q >= found).unwrap_or(MAX_FEATURES + 1);
        if found != dimension * dimension {
            return Err(ModelError::Shape { what: WHAT, found, expected: dimension * dimension });
        }
        if let Some(index) = covariance.iter().position(|value| !value.is_finite()) {
            return Err(ModelError::NotFinite { what: WHAT, index });
        }
        if !threshold_mean.is_finite() {
            return Err(ModelError::NotFinite { what: "the approval threshold's mean", index: 0 });
        }
        let largest = (0..dimension).map(|i| covariance[i * dimension + i].abs()).fold(0.0, f64::max);
        for i in 0..dimension {
            for j in 0..i {
                let (below, above) = (covariance[i * dimension + j], covariance[j * dimension + i]);
                if (below - above).abs() > 1e-4 * largest {
                    return Err(ModelError::Covariance { what: WHAT, why: "it is not symmetric" });
                }
                // Exactly symmetric from here on, and untouched where it already was.
                let middle = below + (above - below) * 0.5;
                covariance[i * dimension + j] = middle;
                covariance[j * dimension + i] = middle;
            }
        }
        // The hair's breadth allows for a covariance of less than full rank that was rounded to f32.
        if cholesky(&covariance, dimension, 1e-5 * largest).is_none() && largest > 0.0 {
            return Err(ModelError::Covariance { what: WHAT, why: "it has a negative direction" });
        }
        if largest == 0.0 && covariance.iter().any(|&value| value != 0.0) {
            return Err(ModelError::Covariance { what: WHAT, why: "it has a negative direction" });
        }
        Ok(Self { covariance, dimension, threshold_mean })
    }

    /// The same variance for every feature and another for the threshold, all independent: a start for training, and
    /// what tests use.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn isotropic(
        features: usize,
        variance: f64,
        threshold_variance: f64,
        threshold_mean: f64,
    ) -> Result<Self, ModelError> {
        if features == 0 || features > MAX_FEATURES {
            return Err(ModelError::Shape { what: "the prior", found: features, expected: MAX_FEATURES });
        }
        let q = features + 1;
        let mut covariance = vec![0.0; q * q];
        for i in 0..features {
            covariance[i * q + i] = variance;
        }
        covariance[q * q - 1] = threshold_variance;
        Self::new(covariance, threshold_mean)
    }

    /// r, how many features a candidate has.
    pub fn features(&self) -> usize {
        self.dimension - 1
    }

    /// q = r + 1, how many numbers describe a person.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Row-major `[q, q]`, symmetric.
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// μₐ, the mean approval threshold, in units of utility.
    pub fn threshold_mean(&self) -> f64 {
        self.threshold_mean
    }
}

/// Added to a covariance's diagonal where it must be divided by, as a share of its largest number: directions in which
/// nobody differs have no inverse of their own.
const RIDGE: f64 = 1e-9;

/// The ridge of this covariance.
pub(crate) fn ridge(covariance: &[f64], n: usize) -> f64 {
    let largest = (0..n).map(|i| covariance[i * n + i]).fold(0.0, f64::max);
    if largest > 0.0 { RIDGE * largest } else { RIDGE }
}

/// Solves L y = b in place, for a lower triangle.
pub(crate) fn forward(lower: &[f64], n: usize, b: &mut [f64]) {
    for i in 0..n {
        for k in 0..i {
            b[i] -= lower[i * n + k] * b[k];
        }
        b[i] /= lower[i * n + i];
    }
}

/// Solves Lᵀ x = y in place.
pub(crate) fn backward(lower: &[f64], n: usize, y: &mut [f64]) {
    for i in (0..n).rev() {
        for k in i + 1..n {
            y[i] -= lower[k * n + i] * y[k];
        }
        y[i] /= lower[i * n + i];
    }
}

/// The inverse of L Lᵀ, exactly symmetric.
pub(crate) fn inverse(lower: &[f64], n: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    for column in 0..n {
        let mut unit = vec![0.0; n];
        unit[column] = 1.0;
        forward(lower, n, &mut unit);
        backward(lower, n, &mut unit);
        for row in column..n {
            (inverse[row * n + column], inverse[column * n + row]) = (unit[row], unit[row]);
        }
    }
    inverse
}

/// The lower Cholesky factor of `matrix + jitter · I`, row-major; none where it is not positive definite.
pub(crate) fn cholesky(matrix: &[f64], n: usize, jitter: f64) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let mut sum = matrix[i * n + j];
            if i == j {
                sum += jitter;
            }
            for k in 0..j {
                sum -= lower[i * n + k] * lower[j * n + k];
            }
            if i == j {
                if sum <= 0.0 || !sum.is_finite() {
                    return None;
                }
                lower[i * n + i] = libm::sqrt(sum);
            } else {
                lower[i * n + j] = sum / lower[j * n + j];
            }
        }
    }
    Some(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_covariance_is_refused() {
        let code = |values: &[f64]| Prior::new(values.to_vec(), 0.0).unwrap_err().code();
        assert_eq!(code(&[1.0, 0.0, 0.0]), "ModelError::Shape");
        assert_eq!(code(&[1.0]), "ModelError::Shape");
        assert_eq!(code(&[1.0; 34 * 34]), "ModelError::Shape");
        assert_eq!(code(&[1.0, 0.0, 0.0, f64::NAN]), "ModelError::NotFinite");
        assert_eq!(code(&[1.0, 0.5, -0.5, 1.0]), "ModelError::Covariance");
        assert_eq!(code(&[1.0, 2.0, 2.0, 1.0]), "ModelError::Covariance");
        assert_eq!(code(&[0.0, 1.0, 1.0, 0.0]), "ModelError::Covariance");
        assert_eq!(code(&[-1.0, 0.0, 0.0, -1.0]), "ModelError::Covariance");
        assert!(Prior::new(vec![1.0, 0.0, 0.0, 1.0], f64::NAN).is_err());
    }

    #[test]
    fn a_direction_without_variance_is_allowed() {
        let prior = Prior::new(vec![1.0, 1.0, 1.0, 1.0], 0.3).unwrap();
        assert_eq!((prior.features(), prior.dimension(), prior.threshold_mean()), (1, 2, 0.3));
        assert!(Prior::new(vec![0.0; 4], 0.0).is_ok());
    }
}
