//! What content says of candidates, as columns; and the regression on them whose strength the votes decide.
//!
//! Columns come in groups (an intercept, surface statistics, kernel features, …). With φⱼ the row of candidate j and dⱼ
//! what its own votes say of one number of it, with precision pⱼ:
//!
//! `dⱼ = w·φⱼ + oⱼ + noise`, `w ~ N(0, diag λ_group)`, `oⱼ ~ N(0, τ²)`, `noise ~ N(0, 1/pⱼ)`
//!
//! λ of each group and τ² are those under which the d are likeliest (type-II maximum likelihood): expectation–maximisation
//! for τ², MacKay's fixed point for λ (*Bayesian interpolation*, Neural Computation 4(3), 1992).

use crate::{
    error::{PopulationError, finite},
    matrix::{cholesky, dot, inverse, solve},
};

/// The variance of an intercept: flat.
const FLAT: f64 = 1e6;

/// Content as numbers: one row a candidate, columns in groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    rows: usize,
    width: usize,
    values: Vec<f64>,
    groups: Vec<usize>,
}

impl Columns {
    /// Nothing is known of content: an intercept alone.
    pub fn none(rows: usize) -> Self {
        Self { rows, width: 1, values: vec![1.0; rows], groups: vec![1] }
    }

    /// Puts groups side by side behind an intercept. Each is row-major with as many rows; empty groups are left out.
    ///
    /// # Errors
    /// [`PopulationError::Shape`], [`PopulationError::NotFinite`].
    pub fn new(rows: usize, groups: &[&[f64]]) -> Result<Self, PopulationError> {
        let mut widths = vec![1];
        for group in groups {
            if rows == 0 || group.len() % rows != 0 {
                let expected = rows * group.len().div_ceil(rows.max(1));
                return Err(PopulationError::Shape { what: "content", found: group.len(), expected });
            }
            finite("content", group)?;
            widths.push(group.len() / rows);
        }
        let width = widths.iter().sum();
        let mut values = Vec::with_capacity(rows * width);
        for row in 0..rows {
            values.push(1.0);
            for (group, width) in groups.iter().zip(&widths[1..]) {
                values.extend(&group[row * width..(row + 1) * width]);
            }
        }
        widths.retain(|&width| width > 0);
        Ok(Self { rows, width, values, groups: widths })
    }

    /// One group more, after the others.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn and(&self, group: &[f64]) -> Result<Self, PopulationError> {
        if group.is_empty() || !group.len().is_multiple_of(self.rows) {
            let expected = self.rows * group.len().div_ceil(self.rows.max(1)).max(1);
            return Err(PopulationError::Shape { what: "content", found: group.len(), expected });
        }
        finite("content", group)?;
        let more = group.len() / self.rows;
        let rows = self.values.chunks_exact(self.width).zip(group.chunks_exact(more));
        Ok(Self {
            rows: self.rows,
            width: self.width + more,
            values: rows.flat_map(|(own, more)| own.iter().chain(more)).copied().collect(),
            groups: self.groups.iter().copied().chain([more]).collect(),
        })
    }

    /// How many candidates.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns, the intercept included.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One candidate's numbers; the first is the intercept.
    pub fn row(&self, candidate: usize) -> &[f64] {
        &self.values[candidate * self.width..(candidate + 1) * self.width]
    }

    /// Variances of groups, one a column.
    fn spread(&self, groups: &[f64]) -> Vec<f64> {
        self.groups
            .iter()
            .zip(groups)
            .flat_map(|(&width, &variance)| std::iter::repeat_n(variance, width))
            .collect()
    }
}

/// What votes say of one number of some candidates: (candidate, value, precision).
pub type Evidence = [(usize, f64, f64)];

/// A regression of one number on content.
#[derive(Clone, Debug, PartialEq)]
pub struct Regression {
    /// w, one a column.
    pub weights: Vec<f64>,
    /// λ of each group, the intercept's first.
    pub group_variances: Vec<f64>,
    /// τ²: what content does not explain.
    pub offset_variance: f64,
}

impl Regression {
    /// Before anything is known.
    pub fn new(content: &Columns, variance: f64) -> Self {
        let groups = content.groups.len();
        let mut group_variances: Vec<f64> =
            content.groups.iter().map(|&width| 0.5 * variance / width as f64).collect();
        group_variances[0] = FLAT * variance.max(1e-12);
        debug_assert_eq!(groups, group_variances.len());
        Self { weights: vec![0.0; content.width], group_variances, offset_variance: 0.5 * variance }
    }

    /// Fits weights and variances; starts from what it already is. Works with columns or with candidates, whichever are
    /// fewer; both give the same weights.
    pub fn fit(&mut self, content: &Columns, evidence: &Evidence, rounds: usize) {
        if evidence.is_empty() {
            return;
        }
        if evidence.len() < content.width {
            self.fit_by_candidates(content, evidence, rounds);
        } else {
            self.fit_by_columns(content, evidence, rounds);
        }
    }

    /// The posterior of w: precision Σ ω φ φᵀ + diag 1/λ with ω = 1 / (τ² + 1/p).
    fn fit_by_columns(&mut self, content: &Columns, evidence: &Evidence, rounds: usize) {
        let d = content.width;
        for round in 0..=rounds {
            let prior = content.spread(&self.group_variances);
            let mut precision = vec![0.0; d * d];
            let mut right = vec![0.0; d];
            for &(candidate, value, precise) in evidence {
                let weight = 1.0 / (self.offset_variance + 1.0 / precise);
                let row = content.row(candidate);
                for i in 0..d {
                    let scaled = weight * row[i];
                    if scaled != 0.0 {
                        right[i] += scaled * value;
                        let into = &mut precision[i * d..i * d + i + 1];
                        into.iter_mut().zip(row).for_each(|(sum, value)| *sum += scaled * value);
                    }
                }
            }
            for i in 0..d {
                precision[i * d + i] += 1.0 / prior[i];
                for j in 0..i {
                    precision[j * d + i] = precision[i * d + j];
                }
            }
            let Some(lower) = cholesky(precision, d) else { return };
            self.weights = solve(&lower, d, &right);
            if round < rounds {
                let covariance = inverse(&lower, d);
                self.improve_variances(content, evidence, &covariance);
            }
        }
    }

    fn improve_variances(&mut self, content: &Columns, evidence: &Evidence, covariance: &[f64]) {
        let d = content.width;
        let (mut start, mut all_decided) = (0, 0.0);
        for (group, &width) in content.groups.iter().enumerate() {
            let variance = self.group_variances[group];
            let columns = start..start + width;
            let size: f64 = self.weights[columns.clone()].iter().map(|w| w * w).sum();
            let unsure: f64 = columns.map(|i| covariance[i * d + i]).sum();
            // How many of the group's weights the data decided.
            let decided = (width as f64 - unsure / variance).max(1e-3);
            all_decided += decided;
            start += width;
            self.move_group(group, size / decided);
        }
        let (mut sum, tau) = (0.0, self.offset_variance);
        let (mut weights, mut squares) = (0.0, 0.0);
        for &(candidate, value, precise) in evidence {
            let weight = 1.0 / (tau + 1.0 / precise);
            let mean = tau * weight * (value - dot(content.row(candidate), &self.weights));
            sum += mean * mean + tau - tau * tau * weight;
            weights += weight;
            squares += weight * weight;
        }
        // How unsure w is adds τ⁴ Σ ω² φᵀ Cov φ. Σ ω φᵀ Cov φ is exactly the number of weights decided; ω varies little.
        sum += tau * tau * squares / weights * all_decided;
        self.offset_variance = (sum / evidence.len() as f64).max(1e-9);
    }

    /// The same by the covariance of the values themselves, C = Σ λ G + diag(τ² + 1/p) with G = Φ Φᵀ of each group:
    /// w = λ Φᵀ α, α = C⁻¹ d.
    fn fit_by_candidates(&mut self, content: &Columns, evidence: &Evidence, rounds: usize) {
        let n = evidence.len();
        let mut start = 0;
        let grams: Vec<Vec<f64>> = content
            .groups
            .iter()
            .map(|&width| {
                let columns = start..start + width;
                start += width;
                let mut gram = vec![0.0; n * n];
                for i in 0..n {
                    let own = &content.row(evidence[i].0)[columns.clone()];
                    for j in 0..=i {
                        let value = dot(own, &content.row(evidence[j].0)[columns.clone()]);
                        (gram[i * n + j], gram[j * n + i]) = (value, value);
                    }
                }
                gram
            })
            .collect();
        let values: Vec<f64> = evidence.iter().map(|one| one.1).collect();
        for round in 0..=rounds {
            let mut covariance = vec![0.0; n * n];
            for (gram, variance) in grams.iter().zip(&self.group_variances) {
                covariance.iter_mut().zip(gram).for_each(|(sum, value)| *sum += variance * value);
            }
            for (i, one) in evidence.iter().enumerate() {
                covariance[i * n + i] += self.offset_variance + 1.0 / one.2;
            }
            let Some(lower) = cholesky(covariance, n) else { return };
            let alpha = solve(&lower, n, &values);
            if round == rounds {
                let spread = content.spread(&self.group_variances);
                let mut weights = vec![0.0; content.width];
                for (one, alpha) in evidence.iter().zip(&alpha) {
                    weights.iter_mut().zip(content.row(one.0)).for_each(|(sum, value)| *sum += alpha * value);
                }
                weights.iter_mut().zip(spread).for_each(|(weight, variance)| *weight *= variance);
                self.weights = weights;
                return;
            }
            let precision = inverse(&lower, n);
            for (group, gram) in grams.iter().enumerate() {
                let size: f64 = (0..n).map(|i| alpha[i] * dot(&gram[i * n..(i + 1) * n], &alpha)).sum();
                let trace = dot(&precision, gram);
                let variance = self.group_variances[group];
                self.move_group(group, variance * size / trace.max(1e-12));
            }
            let tau = self.offset_variance;
            let sum: f64 = alpha
                .iter()
                .enumerate()
                .map(|(i, alpha)| tau * tau * alpha * alpha + tau - tau * tau * precision[i * n + i])
                .sum();
            self.offset_variance = (sum / n as f64).max(1e-9);
        }
    }

    /// A group's new λ, at most ten times up or down; the intercept stays flat.
    fn move_group(&mut self, group: usize, found: f64) {
        if group > 0 && found.is_finite() {
            let variance = self.group_variances[group];
            self.group_variances[group] = found.clamp(variance * 0.1, variance * 10.0).max(1e-12);
        }
    }

    /// What content says of a candidate with this row.
    pub fn predict(&self, row: &[f64]) -> f64 {
        dot(row, &self.weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// 40 candidates; the truth has a group that matters, one that does not, and offsets of variance 0.09.
    fn world() -> (Columns, Vec<(usize, f64, f64)>) {
        let mut random = Random::new(4, "content");
        let n = 400;
        let draw =
            |random: &mut Random, count: usize| (0..count).map(|_| random.normal()).collect::<Vec<_>>();
        let (useful, idle) = (draw(&mut random, n * 3), draw(&mut random, n * 5));
        let columns = Columns::new(n, &[&useful, &[], &idle]).unwrap();
        let evidence = (0..n)
            .map(|j| {
                let precise = 4.0 + 20.0 * random.uniform();
                let truth = 2.0 + useful[j * 3] - 0.5 * useful[j * 3 + 1] + 0.3 * random.normal();
                (j, truth + random.normal() / precise.sqrt(), precise)
            })
            .collect();
        (columns, evidence)
    }

    #[test]
    fn what_matters_is_found_and_what_does_not_is_left_out() {
        let (columns, evidence) = world();
        let mut found = Regression::new(&columns, 1.0);
        found.fit(&columns, &evidence, 60);
        assert!((found.weights[0] - 2.0).abs() < 0.1 && (found.weights[1] - 1.0).abs() < 0.1, "{found:?}");
        assert!((found.offset_variance - 0.09).abs() < 0.04, "{}", found.offset_variance);
        assert!(found.group_variances[2] < 0.02 * found.group_variances[1], "{:?}", found.group_variances);
    }

    #[test]
    fn working_with_columns_and_with_candidates_is_the_same_thing() {
        let (columns, evidence) = world();
        let some = &evidence[..60];
        let (mut by_columns, mut by_candidates) =
            (Regression::new(&columns, 1.0), Regression::new(&columns, 1.0));
        by_columns.fit_by_columns(&columns, some, 0);
        by_candidates.fit_by_candidates(&columns, some, 0);
        for (a, b) in by_columns.weights.iter().zip(&by_candidates.weights) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
        by_columns.fit_by_columns(&columns, some, 1);
        by_candidates.fit_by_candidates(&columns, some, 1);
        for (a, b) in by_columns.group_variances.iter().zip(&by_candidates.group_variances) {
            assert!((a / b - 1.0).abs() < 1e-4, "{a} {b}");
        }
        // The one approximation: how unsure weights are, where precisions differ.
        assert!((by_columns.offset_variance / by_candidates.offset_variance - 1.0).abs() < 0.02);
    }

    #[test]
    fn constant_content_and_no_evidence_stay_finite() {
        let columns = Columns::new(5, &[&[1.0; 10]]).unwrap();
        let mut found = Regression::new(&columns, 1.0);
        found.fit(&columns, &[], 5);
        assert!(found.weights.iter().all(|weight| *weight == 0.0));
        found.fit(&columns, &[(0, 1.0, 2.0), (1, 1.0, 2.0)], 20);
        assert!((found.predict(columns.row(4)) - 1.0).abs() < 1e-3 && found.offset_variance > 0.0);
        assert_eq!(Columns::new(2, &[&[1.0, f64::NAN]]).unwrap_err().code(), "PopulationError::NotFinite");
        assert_eq!(Columns::new(2, &[&[1.0; 3]]).unwrap_err().code(), "PopulationError::Shape");
    }
}
