//! From an embedding to the columns that content is regressed on, in the shape in which the model's file computes them.
//!
//! An embedding may be several encoders' side by side. Some of its numbers count as they are, standardised; parts of unit
//! norm also go through kernels k(x, c) = exp(−γ |x − c|²) around centres (Nyström's approximation with the centres as
//! landmarks; Williams & Seeger 2001): with K = L Lᵀ over the centres, the columns L⁻¹ k(x) have the kernel as their inner
//! product. In the file a centre is a hidden unit with an exponential ([`Hidden::kernel`]), and one unit more is the constant.

use std::ops::Range;

use taste_model::{Activation, Head, Hidden};

use crate::{
    content::{Columns, Regression},
    error::{PopulationError, finite},
    matrix::{cholesky, dot},
    random::Random,
};

/// Added to K's diagonal: what is nearer than this is one centre, and no weight grows beyond what f32 carries.
const JITTER: f64 = 1e-3;
/// The most centres of one kernel.
const MOST_CENTRES: usize = 1_000;

/// How a part of the embedding is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Its numbers, standardised over the candidates that have votes. One group of columns.
    Linear(Range<usize>),
    /// A kernel of width γ around some of the candidates that have votes; the part has unit norm. One group of columns.
    Kernel {
        /// Which numbers.
        range: Range<usize>,
        /// γ; 1 makes candidates at right angles e⁻² alike.
        gamma: f64,
        /// The most centres; drawn at random where there are more candidates.
        centres: usize,
    },
}

/// A kernel with its centres.
#[derive(Clone, Debug, PartialEq)]
struct Kernel {
    range: Range<usize>,
    gamma: f64,
    /// Row-major `[m, length of range]`.
    centres: Vec<f64>,
    /// L, row-major `[m, m]`.
    lower: Vec<f64>,
    count: usize,
}

/// A way from embeddings to columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    dimension: usize,
    mean: Vec<f64>,
    inv_std: Vec<f64>,
    linear: Vec<Range<usize>>,
    kernels: Vec<Kernel>,
}

impl Basis {
    /// From row-major embeddings `[n, d]`, looking only at the candidates `known`.
    ///
    /// # Errors
    /// [`PopulationError::Shape`], [`PopulationError::NotFinite`], [`PopulationError::Nothing`] without a known candidate.
    pub fn new(
        embeddings: &[f32],
        dimension: usize,
        known: &[usize],
        parts: &[Part],
        seed: u64,
    ) -> Result<Self, PopulationError> {
        if dimension == 0 || !embeddings.len().is_multiple_of(dimension) {
            let expected = embeddings.len().next_multiple_of(dimension.max(1));
            return Err(PopulationError::Shape { what: "embeddings", found: embeddings.len(), expected });
        }
        if let Some(index) = embeddings.iter().position(|value| !value.is_finite()) {
            return Err(PopulationError::NotFinite { what: "embeddings", index });
        }
        if known.is_empty() {
            return Err(PopulationError::Nothing);
        }
        let row = |candidate: usize| &embeddings[candidate * dimension..(candidate + 1) * dimension];
        let (mut mean, mut inv_std) = (vec![0.0; dimension], vec![1.0; dimension]);
        let (mut linear, mut kernels) = (vec![], vec![]);
        for part in parts {
            let (Part::Linear(range) | Part::Kernel { range, .. }) = part;
            if range.end > dimension || range.is_empty() {
                return Err(PopulationError::Shape { what: "a part", found: range.end, expected: dimension });
            }
            match part {
                Part::Linear(range) => {
                    for column in range.clone() {
                        let count = known.len() as f64;
                        let centre = known.iter().map(|&j| f64::from(row(j)[column])).sum::<f64>() / count;
                        let variance =
                            known.iter().map(|&j| (f64::from(row(j)[column]) - centre).powi(2)).sum::<f64>()
                                / count;
                        mean[column] = f64::from(centre as f32);
                        // What never varies says nothing, and dividing by nothing would make it say much.
                        let scale = if variance > 1e-10 { 1.0 / libm::sqrt(variance) } else { 0.0 };
                        inv_std[column] = f64::from(scale as f32);
                    }
                    linear.push(range.clone());
                }
                Part::Kernel { range, gamma, centres } => {
                    let mut order = known.to_vec();
                    if order.len() > *centres {
                        Random::new(seed, "centres").shuffle(&mut order);
                        order.truncate((*centres).clamp(1, MOST_CENTRES));
                    }
                    let centres = order
                        .iter()
                        .flat_map(|&j| row(j)[range.clone()].iter().map(|&value| f64::from(value)))
                        .collect();
                    kernels.push(Kernel::new(range.clone(), *gamma, centres));
                }
            }
        }
        Ok(Self { dimension, mean, inv_std, linear, kernels })
    }

    /// d, how long an embedding is.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The columns of every candidate.
    ///
    /// # Errors
    /// [`PopulationError::NotFinite`].
    pub fn columns(&self, embeddings: &[f32]) -> Result<Columns, PopulationError> {
        let rows = embeddings.len() / self.dimension;
        let mut groups: Vec<Vec<f64>> = vec![vec![]; self.linear.len() + self.kernels.len()];
        for row in embeddings.chunks_exact(self.dimension) {
            for (group, range) in groups.iter_mut().zip(&self.linear) {
                group.extend(range.clone().map(|at| self.standardised(row, at)));
            }
            for (group, kernel) in groups[self.linear.len()..].iter_mut().zip(&self.kernels) {
                group.extend(kernel.columns(row));
            }
        }
        for group in &groups {
            finite("content", group)?;
        }
        Columns::new(rows, &groups.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// One number of an embedding, standardised.
    pub fn standardised(&self, embedding: &[f32], at: usize) -> f64 {
        (f64::from(embedding[at]) - self.mean[at]) * self.inv_std[at]
    }

    /// The weights of a model of content alone: utility from a regression, and one feature that is nothing.
    pub fn content_head(&self, utility: &Regression) -> Head {
        let nothing = Regression { weights: vec![0.0; utility.weights.len()], ..utility.clone() };
        self.head(0.0, utility, &[nothing], &[])
    }

    /// The model's weights: utility from one regression, features from the others, then given features, each one number
    /// of the embedding standardised.
    pub(crate) fn head(
        &self,
        level: f64,
        utility: &Regression,
        features: &[Regression],
        given: &[usize],
    ) -> Head {
        let d = self.dimension;
        let units = 1 + self.kernels.iter().map(|kernel| kernel.count).sum::<usize>();
        let r = features.len() + given.len();
        let mut weights = vec![0.0f32; d * units];
        // The constant unit's sum is zero.
        let mut bias = vec![0.0f32];
        for kernel in &self.kernels {
            let first = bias.len();
            let width = kernel.range.len();
            for (unit, centre) in kernel.centres.chunks_exact(width).enumerate() {
                for (at, value) in kernel.range.clone().zip(centre) {
                    weights[at * units + first + unit] = (2.0 * kernel.gamma * value) as f32;
                }
            }
            bias.extend(std::iter::repeat_n((-2.0 * kernel.gamma) as f32, kernel.count));
        }
        let inputs = units + d;
        let utility_weights = self.inputs(&utility.weights).iter().map(|&weight| weight as f32).collect();
        let mut feature_weights = vec![0.0f32; inputs * r];
        for (column, regression) in features.iter().enumerate() {
            for (row, weight) in self.inputs(&regression.weights).into_iter().enumerate() {
                feature_weights[row * r + column] = weight as f32;
            }
        }
        for (column, &at) in given.iter().enumerate() {
            feature_weights[(units + at) * r + features.len() + column] = 1.0;
        }
        Head {
            mean: self.mean.iter().map(|&value| value as f32).collect(),
            inv_std: self.inv_std.iter().map(|&value| value as f32).collect(),
            hidden: Some(Hidden { weights, bias, activation: Activation::Exp, beside: true }),
            utility_weights,
            utility_bias: level as f32,
            feature_weights,
        }
    }

    /// Weights on columns as weights on (constant unit, kernel units, standardised embedding).
    fn inputs(&self, columns: &[f64]) -> Vec<f64> {
        let mut beside = vec![0.0; self.dimension];
        let mut units = vec![columns[0]];
        let mut rest = &columns[1..];
        for range in &self.linear {
            let (own, after) = rest.split_at(range.len());
            beside[range.clone()].iter_mut().zip(own).for_each(|(sum, weight)| *sum += weight);
            rest = after;
        }
        for kernel in &self.kernels {
            let (own, after) = rest.split_at(kernel.count);
            units.extend(kernel.weights(own));
            rest = after;
        }
        units.extend(beside);
        units
    }
}

impl Kernel {
    fn new(range: Range<usize>, gamma: f64, centres: Vec<f64>) -> Self {
        let width = range.len();
        let count = centres.len() / width;
        let centre = |i: usize| &centres[i * width..(i + 1) * width];
        let mut matrix = vec![0.0; count * count];
        for i in 0..count {
            for j in 0..=i {
                let value = libm::exp(2.0 * gamma * (dot(centre(i), centre(j)) - 1.0));
                matrix[i * count + j] = value;
                matrix[j * count + i] = value;
            }
            matrix[i * count + i] += JITTER;
        }
        let lower = cholesky(matrix, count).expect("a kernel's matrix and a jitter is positive");
        Self { range, gamma, centres, lower, count }
    }

    /// L⁻¹ k(x).
    fn columns(&self, row: &[f32]) -> Vec<f64> {
        let own: Vec<f64> = row[self.range.clone()].iter().map(|&value| f64::from(value)).collect();
        let mut k: Vec<f64> = self
            .centres
            .chunks_exact(self.range.len())
            .map(|centre| libm::exp(2.0 * self.gamma * (dot(&own, centre) - 1.0)))
            .collect();
        let m = self.count;
        for i in 0..m {
            k[i] = (k[i] - dot(&self.lower[i * m..i * m + i], &k[..i])) / self.lower[i * m + i];
        }
        k
    }

    /// L⁻ᵀ w: weights on the kernel's own values.
    fn weights(&self, columns: &[f64]) -> Vec<f64> {
        let m = self.count;
        let mut w = columns.to_vec();
        for i in (0..m).rev() {
            w[i] /= self.lower[i * m + i];
            let value = w[i];
            for (before, factor) in w[..i].iter_mut().zip(&self.lower[i * m..]) {
                *before -= factor * value;
            }
        }
        w
    }
}
