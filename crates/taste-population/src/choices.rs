//! Choices to utilities: logistic regression of who was preferred on the difference of two candidates' columns.
//!
//! P(a over b) = σ(w·(φ(a) − φ(b))), w ~ N(0, diag 1/λ). Maximum a posteriori by Newton's method, each step solved by
//! conjugate gradients with the diagonal as preconditioner (truncated Newton; Lin, Weng & Keerthi 2008, *Trust region
//! Newton method for large-scale logistic regression*). Rows are sparse: texts have tens of n-grams out of thousands.

use taste_model::sigmoid;

use crate::{
    error::{PopulationError, finite},
    matrix::{cholesky, inverse, log_determinant},
};

/// Sparse rows over some columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseRows {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
    width: usize,
}

impl SparseRows {
    /// No rows yet, over so many columns.
    pub fn new(width: usize) -> Self {
        Self { starts: vec![0], entries: vec![], width }
    }

    /// Adds a row; entries of one column are added up, zeros are left out.
    ///
    /// # Errors
    /// [`PopulationError::NotFinite`], [`PopulationError::Shape`] for a column that is not there.
    pub fn push(&mut self, mut row: Vec<(u32, f64)>) -> Result<(), PopulationError> {
        row.sort_by_key(|entry| entry.0);
        if let Some(index) = row.iter().position(|entry| !entry.1.is_finite()) {
            return Err(PopulationError::NotFinite { what: "a row", index });
        }
        if let Some(&(column, _)) = row.last().filter(|entry| entry.0 as usize >= self.width) {
            let (found, expected) = (column as usize, self.width);
            return Err(PopulationError::Shape { what: "columns", found, expected });
        }
        let start = self.entries.len();
        for (column, value) in row {
            match self.entries[start..].last_mut() {
                Some(last) if last.0 == column => last.1 += value,
                _ => self.entries.push((column, value)),
            }
        }
        let mut kept = start;
        for at in start..self.entries.len() {
            if self.entries[at].1 != 0.0 {
                self.entries[kept] = self.entries[at];
                kept += 1;
            }
        }
        self.entries.truncate(kept);
        self.starts.push(kept);
        Ok(())
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One row's entries, by column.
    pub fn row(&self, at: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[at]..self.starts[at + 1]]
    }

    /// Row times weights.
    pub fn product(&self, at: usize, weights: &[f64]) -> f64 {
        self.row(at).iter().map(|&(column, value)| value * weights[column as usize]).sum()
    }
}

/// Rounds of Newton's method, and of conjugate gradients in each.
const ROUNDS: usize = 40;
const INNER: usize = 60;
/// How much of the residual (squared, preconditioned) may be left: of a step that others follow, and of the only one.
const ONE_OF_MANY: f64 = 1e-6;
const ONLY_STEP: f64 = 1e-14;

/// The weights that are likeliest, given differences, the share of judges for the first of each pair, how much each pair
/// counts, and the precision of each weight's prior.
///
/// # Errors
/// [`PopulationError::Shape`], [`PopulationError::NotFinite`], [`PopulationError::Setting`] for a precision not above zero.
pub fn fit_choices(
    differences: &SparseRows,
    first: &[f64],
    counts: &[f64],
    precision: &[f64],
) -> Result<Vec<f64>, PopulationError> {
    let (n, d) = (differences.len(), differences.width());
    check(differences, ("shares", first), counts, precision)?;
    let mut weights = vec![0.0; d];
    let mut loss = objective(differences, first, counts, precision, &weights);
    for _ in 0..ROUNDS {
        let mut gradient: Vec<f64> = weights.iter().zip(precision).map(|(w, p)| w * p).collect();
        let mut diagonal = precision.to_vec();
        let mut curvature = vec![0.0; n];
        for i in 0..n {
            let p = sigmoid(differences.product(i, &weights));
            let slope = counts[i] * (p - first[i]);
            curvature[i] = counts[i] * p * (1.0 - p);
            for &(column, value) in differences.row(i) {
                gradient[column as usize] += slope * value;
                diagonal[column as usize] += curvature[i] * value * value;
            }
        }
        let step = solve(differences, &curvature, precision, &diagonal, &gradient, ONE_OF_MANY);
        let fall: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
        if fall <= 1e-12 * (1.0 + loss.abs()) {
            break;
        }
        // Halve until the loss falls; it does for some length, since the direction goes down.
        let mut length = 1.0;
        loop {
            let trial: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w - length * s).collect();
            let found = objective(differences, first, counts, precision, &trial);
            if found <= loss - 1e-4 * length * fall {
                (weights, loss) = (trial, found);
                break;
            }
            length *= 0.5;
            if length < 1e-8 {
                return Ok(weights);
            }
        }
    }
    Ok(weights)
}

/// The weights of a linear regression of values on sparse rows that are likeliest, given how much each row counts (1 / variance)
/// and the precision of each weight's prior: one solution by conjugate gradients.
///
/// # Errors
/// As [`fit_choices`].
pub fn fit_values(
    rows: &SparseRows,
    values: &[f64],
    counts: &[f64],
    precision: &[f64],
) -> Result<Vec<f64>, PopulationError> {
    check(rows, ("values", values), counts, precision)?;
    let mut gradient = vec![0.0; rows.width()];
    let mut diagonal = precision.to_vec();
    for (i, (value, count)) in values.iter().zip(counts).enumerate() {
        for &(column, entry) in rows.row(i) {
            gradient[column as usize] += count * value * entry;
            diagonal[column as usize] += count * entry * entry;
        }
    }
    Ok(solve(rows, counts, precision, &diagonal, &gradient, ONLY_STEP))
}

/// As many of each as there are rows or columns, and all of them numbers.
fn check(
    rows: &SparseRows,
    (what, values): (&'static str, &[f64]),
    counts: &[f64],
    precision: &[f64],
) -> Result<(), PopulationError> {
    for (what, found, expected) in [
        (what, values.len(), rows.len()),
        ("counts", counts.len(), rows.len()),
        ("precisions", precision.len(), rows.width()),
    ] {
        if found != expected {
            return Err(PopulationError::Shape { what, found, expected });
        }
    }
    finite(what, values)?;
    finite("counts", counts)?;
    if let Some(&found) = precision.iter().find(|value| !(value.is_finite() && **value > 0.0)) {
        return Err(PopulationError::Setting { what: "precision", found, allowed: "above 0" });
    }
    Ok(())
}

/// Posterior covariance of a few weights by Laplace's approximation at the fitted ones; d² numbers, for d up to a few
/// hundred.
///
/// None where it is not positive definite, which rounding alone can make.
pub fn choice_covariance(
    differences: &SparseRows,
    counts: &[f64],
    precision: &[f64],
    weights: &[f64],
) -> Option<Vec<f64>> {
    let d = differences.width();
    Some(inverse(&cholesky(hessian(differences, counts, precision, weights), d)?, d))
}

/// Xᵀ C X + diag λ at some weights.
fn hessian(differences: &SparseRows, counts: &[f64], precision: &[f64], weights: &[f64]) -> Vec<f64> {
    let d = differences.width();
    let mut hessian = vec![0.0; d * d];
    (0..d).for_each(|i| hessian[i * d + i] = precision[i]);
    for (i, count) in counts.iter().enumerate() {
        let p = sigmoid(differences.product(i, weights));
        let curvature = count * p * (1.0 - p);
        let row = differences.row(i);
        for &(a, x) in row {
            for &(b, y) in row {
                hessian[a as usize * d + b as usize] += curvature * x * y;
            }
        }
    }
    hessian
}

/// How likely the choices are under a prior, its weights integrated out by Laplace's approximation, as a logarithm up to a
/// constant: by it, variances are chosen without holding anything out (MacKay 1992).
///
/// Minus infinity where the curvature is not positive definite, which rounding alone can make.
pub fn choice_evidence(
    differences: &SparseRows,
    first: &[f64],
    counts: &[f64],
    precision: &[f64],
    weights: &[f64],
) -> f64 {
    let d = differences.width();
    let Some(lower) = cholesky(hessian(differences, counts, precision, weights), d) else {
        return f64::NEG_INFINITY;
    };
    let prior: f64 = precision.iter().map(|value| libm::log(*value)).sum();
    0.5 * (prior - log_determinant(&lower, d)) - objective(differences, first, counts, precision, weights)
}

fn objective(
    differences: &SparseRows,
    first: &[f64],
    counts: &[f64],
    precision: &[f64],
    weights: &[f64],
) -> f64 {
    let mut sum: f64 = weights.iter().zip(precision).map(|(w, p)| 0.5 * p * w * w).sum();
    for i in 0..differences.len() {
        let x = differences.product(i, weights);
        // ln(1 + eˣ) − share · x
        let soft = if x > 0.0 { x + libm::log1p(libm::exp(-x)) } else { libm::log1p(libm::exp(x)) };
        sum += counts[i] * (soft - first[i] * x);
    }
    sum
}

/// (Xᵀ C X + diag λ)⁻¹ g, by conjugate gradients.
fn solve(
    differences: &SparseRows,
    curvature: &[f64],
    precision: &[f64],
    diagonal: &[f64],
    gradient: &[f64],
    tolerance: f64,
) -> Vec<f64> {
    let d = gradient.len();
    let mut x = vec![0.0; d];
    let mut residual = gradient.to_vec();
    let mut scaled: Vec<f64> = residual.iter().zip(diagonal).map(|(r, d)| r / d).collect();
    let mut direction = scaled.clone();
    let mut size: f64 = residual.iter().zip(&scaled).map(|(r, s)| r * s).sum();
    let enough = tolerance * size;
    let most = if tolerance < ONE_OF_MANY { 10 * INNER } else { INNER };
    for _ in 0..most {
        let mut image: Vec<f64> = direction.iter().zip(precision).map(|(d, p)| d * p).collect();
        for (i, curvature) in curvature.iter().enumerate() {
            let along = curvature * differences.product(i, &direction);
            for &(column, value) in differences.row(i) {
                image[column as usize] += along * value;
            }
        }
        let bend: f64 = direction.iter().zip(&image).map(|(d, i)| d * i).sum();
        if bend <= 0.0 {
            break;
        }
        let length = size / bend;
        for i in 0..d {
            x[i] += length * direction[i];
            residual[i] -= length * image[i];
            scaled[i] = residual[i] / diagonal[i];
        }
        let next: f64 = residual.iter().zip(&scaled).map(|(r, s)| r * s).sum();
        if next <= enough {
            break;
        }
        let turn = next / size;
        direction.iter_mut().zip(&scaled).for_each(|(d, s)| *d = s + turn * *d);
        size = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn world() -> (SparseRows, Vec<f64>, Vec<f64>, Vec<f64>) {
        let mut random = Random::new(2, "choices");
        let truth = [1.0, -0.7, 0.0, 2.0];
        let mut rows = SparseRows::new(4);
        let (mut first, mut counts) = (vec![], vec![]);
        for _ in 0..300 {
            let row: Vec<(u32, f64)> = (0..4).map(|column| (column, random.normal())).collect();
            let x: f64 = row.iter().map(|&(column, value)| value * truth[column as usize]).sum();
            first.push(f64::from(u8::from(random.uniform() < sigmoid(x))));
            counts.push(1.0 + random.uniform());
            rows.push(row).unwrap();
        }
        (rows, first, counts, vec![0.5, 1.0, 2.0, 0.1])
    }

    #[test]
    fn at_the_fitted_weights_the_loss_is_flat_by_finite_differences() {
        let (rows, first, counts, precision) = world();
        let weights = fit_choices(&rows, &first, &counts, &precision).unwrap();
        for i in 0..4 {
            let at = |step: f64| {
                let mut moved = weights.clone();
                moved[i] += step;
                objective(&rows, &first, &counts, &precision, &moved)
            };
            let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!(slope.abs() < 1e-4, "{i}: {slope}");
            assert!(at(1e-2) > at(0.0) && at(-1e-2) > at(0.0));
        }
        assert!((weights[3] - 2.0).abs() < 0.5 && (weights[0] - 1.0).abs() < 0.5, "{weights:?}");
    }

    #[test]
    fn at_the_weights_of_values_the_squares_are_least_by_finite_differences() {
        let (rows, _, counts, precision) = world();
        let mut random = Random::new(3, "values");
        let values: Vec<f64> = (0..rows.len())
            .map(|i| rows.product(i, &[1.0, -0.7, 0.0, 2.0]) + 0.1 * random.normal())
            .collect();
        let weights = fit_values(&rows, &values, &counts, &precision).unwrap();
        let squares = |weights: &[f64]| {
            let prior: f64 = weights.iter().zip(&precision).map(|(w, p)| p * w * w).sum();
            let all = values.iter().zip(&counts).enumerate();
            prior + all.map(|(i, (y, c))| c * (y - rows.product(i, weights)).powi(2)).sum::<f64>()
        };
        for i in 0..4 {
            let at = |step: f64| {
                let mut moved = weights.clone();
                moved[i] += step;
                squares(&moved)
            };
            let slope = (at(1e-4) - at(-1e-4)) / 2e-4;
            assert!(slope.abs() < 1e-2, "{i}: {slope} of {}", at(0.0));
            assert!(at(1e-2) > at(0.0) && at(-1e-2) > at(0.0), "{i}");
        }
        assert!((weights[3] - 2.0).abs() < 0.05, "{weights:?}");
        assert_eq!(
            fit_values(&rows, &values[1..], &counts, &precision).unwrap_err().code(),
            "PopulationError::Shape"
        );
    }

    #[test]
    fn the_covariance_is_the_inverse_of_the_second_differences() {
        let (rows, first, counts, precision) = world();
        let weights = fit_choices(&rows, &first, &counts, &precision).unwrap();
        let covariance = choice_covariance(&rows, &counts, &precision, &weights).unwrap();
        let step = 1e-3;
        let at = |i: usize, j: usize, a: f64, b: f64| {
            let mut moved = weights.clone();
            moved[i] += a;
            moved[j] += b;
            objective(&rows, &first, &counts, &precision, &moved)
        };
        let second = |i: usize, j: usize| {
            (at(i, j, step, step) - at(i, j, step, -step) - at(i, j, -step, step) + at(i, j, -step, -step))
                / (4.0 * step * step)
        };
        for i in 0..4 {
            for k in 0..4 {
                let product: f64 = (0..4).map(|j| second(i, j) * covariance[j * 4 + k]).sum();
                assert!((product - f64::from(u8::from(i == k))).abs() < 1e-3, "{i} {k} {product}");
            }
        }
    }

    #[test]
    fn the_evidence_is_the_integral_over_the_weight() {
        // One weight: the integral by the trapezoidal rule.
        let mut rows = SparseRows::new(1);
        let first = [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
        (0..8).for_each(|i| rows.push(vec![(0, 0.5 + 0.1 * f64::from(i))]).unwrap());
        let exact = |precision: f64| {
            let sum: f64 = (-4_000..4_000)
                .map(|at| {
                    libm::exp(-objective(&rows, &first, &[1.0; 8], &[precision], &[f64::from(at) * 0.005]))
                })
                .sum();
            libm::log(sum * 0.005 * libm::sqrt(precision))
        };
        let laplace = |precision: f64| {
            let weights = fit_choices(&rows, &first, &[1.0; 8], &[precision]).unwrap();
            choice_evidence(&rows, &first, &[1.0; 8], &[precision], &weights)
        };
        // Differences count: the constant is the same for all precisions.
        for (a, b) in [(0.5, 5.0), (1.0, 50.0)] {
            assert!((exact(a) - exact(b) - laplace(a) + laplace(b)).abs() < 0.03);
        }
    }

    #[test]
    fn bad_numbers_are_named_and_nobody_choosing_gives_zeros() {
        let mut rows = SparseRows::new(2);
        assert_eq!(rows.push(vec![(0, f64::NAN)]).unwrap_err().code(), "PopulationError::NotFinite");
        assert_eq!(rows.push(vec![(2, 1.0)]).unwrap_err().code(), "PopulationError::Shape");
        assert_eq!(fit_choices(&rows, &[], &[], &[1.0, 1.0]).unwrap(), [0.0, 0.0]);
        let error = fit_choices(&rows, &[], &[], &[1.0, 0.0]).unwrap_err();
        assert_eq!(error.code(), "PopulationError::Setting");
        // Everybody prefers the first: finite, because of the prior.
        rows.push(vec![(0, 1.0), (0, 2.0), (1, 0.0)]).unwrap();
        assert_eq!(rows.row(0), [(0, 3.0)]);
        let weights = fit_choices(&rows, &[1.0], &[1e6], &[1.0, 1.0]).unwrap();
        assert!(weights[0].is_finite() && weights[0] > 1.0 && weights[1] == 0.0);
    }
}
