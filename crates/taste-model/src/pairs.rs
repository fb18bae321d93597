//! Comparisons added up by pair, and Bradley–Terry strengths fitted to them.

use alloc::{vec, vec::Vec};

use crate::{
    error::{ModelError, within},
    random::SplitMix64,
};

/// The person of a comparison where nobody knows whose it is; each such comparison then counts as its own person.
pub const NO_PERSON: u32 = u32::MAX;

/// The largest weight of one comparison.
const MAX_WEIGHT: f64 = 1e6;

/// One duel by the candidates' numbers. A tie counts half a win each.
///
/// Half a win each is the tie treatment of the board because strengths stay Bradley–Terry (a row's `share` is what it
/// says) and the fit stays concave; with Rao–Kupper or Davidson (1970) the order is the same to first order, and the tie
/// parameter would be one more thing to explain. Predictions do use Rao–Kupper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexedComparison {
    /// Number of the preferred one (of either, in a tie).
    pub winner: u32,
    /// Number of the other.
    pub loser: u32,
    /// How much it counts; 0 to a million, 1 for a plain vote.
    pub weight: f32,
    /// Whose it is, any numbering; [`NO_PERSON`] where not known.
    pub person: u32,
    /// Neither was preferred.
    pub tie: bool,
}

impl IndexedComparison {
    /// How much of a win it is for `winner` and for `loser`.
    pub(crate) fn wins(&self) -> (f64, f64) {
        let weight = f64::from(self.weight);
        if self.tie { (weight * 0.5, weight * 0.5) } else { (weight, 0.0) }
    }
}

/// Wins of each pair of candidates that met, ordered by pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    candidates: usize,
    /// Where the pairs of each lower number start; one more than there are candidates.
    rows: Vec<usize>,
    pairs: Vec<Pair>,
}

/// What the lower number's pair with `high` has seen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    high: u32,
    low_wins: f64,
    high_wins: f64,
}

/// The negative Hessian of the log-likelihood: a Laplacian with weight w·p·(1 − p) on each pair, and a ridge.
pub(crate) struct Laplacian<'a> {
    pairs: &'a Pairs,
    ridge: f64,
    curvatures: Vec<f64>,
    pub(crate) diagonal: Vec<f64>,
}

/// Fitted log-strengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Strengths {
    /// One per candidate; their mean is zero.
    pub ratings: Vec<f64>,
    /// Newton steps taken.
    pub iterations: u32,
    /// Whether the last step was smaller than 1e-9. It is not where weights differ by a million and the ridge is tiny.
    pub converged: bool,
}

impl Pairs {
    /// Adds up comparisons of `candidates` candidates in time linear in both.
    ///
    /// # Errors
    /// [`ModelError::Comparison`] where one names a candidate that is not there, or the same twice;
    /// [`ModelError::Range`] for a weight that is not 0 to a million.
    pub fn aggregate(candidates: usize, comparisons: &[IndexedComparison]) -> Result<Self, ModelError> {
        let mut starts = vec![0usize; candidates + 1];
        for (index, comparison) in comparisons.iter().enumerate() {
            let IndexedComparison { winner, loser, weight, .. } = *comparison;
            if winner == loser || winner.max(loser) as usize >= candidates {
                return Err(ModelError::Comparison { index, winner, loser, candidates });
            }
            within("a comparison's weight", f64::from(weight), 0.0, MAX_WEIGHT)?;
            starts[winner.min(loser) as usize + 1] += 1;
        }
        for i in 0..candidates {
            starts[i + 1] += starts[i];
        }
        // Counting sort by the lower number, then one dense row at a time: no hashing, no comparison sort over votes.
        let mut sorted = vec![(0u32, 0.0f32, 0.0f32); comparisons.len()];
        let mut next = starts.clone();
        for comparison in comparisons {
            let (winner_wins, loser_wins) = comparison.wins();
            let low = comparison.winner.min(comparison.loser);
            let (low_wins, high_wins) =
                if comparison.winner == low { (winner_wins, loser_wins) } else { (loser_wins, winner_wins) };
            let place = &mut next[low as usize];
            sorted[*place] = (comparison.winner.max(comparison.loser), low_wins as f32, high_wins as f32);
            *place += 1;
        }
        let mut pairs = Vec::new();
        let mut rows = vec![0];
        let mut row = vec![(0.0f64, 0.0f64); candidates];
        let mut touched = Vec::new();
        for low in 0..candidates {
            for &(high, low_wins, high_wins) in &sorted[starts[low]..starts[low + 1]] {
                let cell = &mut row[high as usize];
                if low_wins + high_wins > 0.0 {
                    if *cell == (0.0, 0.0) {
                        touched.push(high);
                    }
                    cell.0 += f64::from(low_wins);
                    cell.1 += f64::from(high_wins);
                }
            }
            touched.sort_unstable();
            for high in touched.drain(..) {
                let (low_wins, high_wins) = core::mem::take(&mut row[high as usize]);
                pairs.push(Pair { high, low_wins, high_wins });
            }
            rows.push(pairs.len());
        }
        Ok(Self { candidates, rows, pairs })
    }

    /// How many different pairs met.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether nobody met anybody.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// How many candidates there are.
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// Bradley–Terry log-strengths θ that maximise Σ w ln σ(θ_winner − θ_loser) − ridge/2 · ‖θ‖².
    ///
    /// The ridge is a normal prior of variance 1/ridge on each strength: whoever never met anybody gets 0, groups that
    /// never met each other are each centred on 0, an unbeaten candidate stays finite. It is raised to 1e-9 where smaller.
    ///
    /// Newton's method with conjugate gradients (preconditioned by the diagonal); it is quick on dense rounds and does not
    /// stall on ladders. Steps that overshoot are shortened by the slope at their end, so no logarithm is needed.
    pub fn strengths(&self, ridge: f64) -> Strengths {
        const ITERATIONS: u32 = 200;
        let ridge = if ridge > 1e-9 { ridge } else { 1e-9 };
        let mut ratings = vec![0.0; self.candidates];
        let (mut gradient, mut laplacian) = self.slopes(&ratings, ridge);
        let first_norm = norm(&gradient);
        for iteration in 1..=ITERATIONS {
            // Loose at first, tight near the end: that keeps Newton's quadratic convergence.
            let precision = libm::sqrt(norm(&gradient) / (first_norm + 1e-300)).clamp(1e-10, 0.1);
            let mut step = laplacian.solve(&gradient, precision);
            centre(&mut step);
            let largest = step.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            if largest < 1e-9 {
                add(&mut ratings, &step, 1.0);
                centre(&mut ratings);
                return Strengths { ratings, iterations: iteration, converged: true };
            }
            let climb = product(&gradient, &step);
            let mut length = 1.0;
            let mut climbed = false;
            for _ in 0..40 {
                let mut moved = ratings.clone();
                add(&mut moved, &step, length);
                let slopes = self.slopes(&moved, ridge);
                let end = product(&slopes.0, &step);
                // Along the step the slope only falls; well below zero at the end, the top was passed far behind.
                if end >= -0.5 * climb {
                    ratings = moved;
                    (gradient, laplacian) = slopes;
                    climbed = true;
                    break;
                }
                length *= climb / (climb - end);
            }
            // Weights of very different size under a tiny ridge: rounding hides the way to the top.
            if !climbed {
                centre(&mut ratings);
                return Strengths { ratings, iterations: iteration, converged: false };
            }
        }
        centre(&mut ratings);
        Strengths { ratings, iterations: ITERATIONS, converged: false }
    }

    /// Gradient and negative Hessian at the ratings.
    pub(crate) fn slopes(&self, ratings: &[f64], ridge: f64) -> (Vec<f64>, Laplacian<'_>) {
        let mut gradient: Vec<f64> = ratings.iter().map(|rating| -ridge * rating).collect();
        let mut diagonal = vec![ridge; self.candidates];
        let mut curvatures = Vec::with_capacity(self.pairs.len());
        for (low, row) in self.rows.windows(2).enumerate() {
            let (own, mut pull_sum, mut curvature_sum) = (ratings[low], 0.0, 0.0);
            for pair in &self.pairs[row[0]..row[1]] {
                let (p, q) = both_sides(own - ratings[pair.high as usize]);
                let pull = pair.low_wins * q - pair.high_wins * p;
                let curvature = (pair.low_wins + pair.high_wins) * p * q;
                pull_sum += pull;
                curvature_sum += curvature;
                gradient[pair.high as usize] -= pull;
                diagonal[pair.high as usize] += curvature;
                curvatures.push(curvature);
            }
            gradient[low] += pull_sum;
            diagonal[low] += curvature_sum;
        }
        // The gradient sums to zero but for rounding, which a tiny ridge would turn into a drift of all ratings.
        centre(&mut gradient);
        (gradient, Laplacian { pairs: self, ridge, curvatures, diagonal })
    }
}

impl Laplacian<'_> {
    /// The whole matrix, row-major `[n, n]`.
    pub(crate) fn dense(&self) -> Vec<f64> {
        let n = self.pairs.candidates;
        let mut matrix = vec![0.0; n * n];
        for low in 0..n {
            matrix[low * n + low] = self.diagonal[low];
            for index in self.pairs.rows[low]..self.pairs.rows[low + 1] {
                let high = self.pairs.pairs[index].high as usize;
                matrix[low * n + high] = -self.curvatures[index];
                matrix[high * n + low] = -self.curvatures[index];
            }
        }
        matrix
    }

    /// A draw of mean zero whose covariance is this matrix: a random sign for the ridge of each candidate and for each pair,
    /// times the root of what it adds.
    pub(crate) fn noise(&self, random: &mut SplitMix64) -> Vec<f64> {
        let mut sign = |size: f64| if random.next() >> 63 == 0 { size } else { -size };
        let root = libm::sqrt(self.ridge);
        let mut noise: Vec<f64> = self.diagonal.iter().map(|_| sign(root)).collect();
        for (low, row) in self.pairs.rows.windows(2).enumerate() {
            for index in row[0]..row[1] {
                let flow = sign(libm::sqrt(self.curvatures[index]));
                noise[low] += flow;
                noise[self.pairs.pairs[index].high as usize] -= flow;
            }
        }
        noise
    }

    /// Solves A x = b by conjugate gradients, to a residual of `precision` times b's norm.
    pub(crate) fn solve(&self, b: &[f64], precision: f64) -> Vec<f64> {
        let n = b.len();
        let mut x = vec![0.0; n];
        let mut residual = b.to_vec();
        let target = precision * precision * product(b, b);
        let mut scaled: Vec<f64> = residual.iter().zip(&self.diagonal).map(|(r, d)| r / d).collect();
        let mut direction = scaled.clone();
        let mut energy = product(&residual, &scaled);
        let mut applied = vec![0.0; n];
        for _ in 0..(2 * n + 100) {
            if product(&residual, &residual) <= target || energy <= 0.0 {
                break;
            }
            self.apply(&direction, &mut applied);
            let length = energy / product(&direction, &applied);
            if !length.is_finite() {
                break;
            }
            for i in 0..n {
                x[i] += length * direction[i];
                residual[i] -= length * applied[i];
                scaled[i] = residual[i] / self.diagonal[i];
            }
            let next = product(&residual, &scaled);
            let keep = next / energy;
            for (direction, scaled) in direction.iter_mut().zip(&scaled) {
                *direction = scaled + keep * *direction;
            }
            energy = next;
        }
        x
    }

    fn apply(&self, v: &[f64], out: &mut [f64]) {
        for (out, v) in out.iter_mut().zip(v) {
            *out = self.ridge * v;
        }
        for (low, row) in self.pairs.rows.windows(2).enumerate() {
            // The lower number's sum stays in a register: only the higher ones are written.
            let (own, mut sum) = (v[low], 0.0);
            let row = row[0]..row[1];
            for (pair, curvature) in self.pairs.pairs[row.clone()].iter().zip(&self.curvatures[row]) {
                let flow = curvature * (own - v[pair.high as usize]);
                sum += flow;
                out[pair.high as usize] -= flow;
            }
            out[low] += sum;
        }
    }
}

/// σ(d) and σ(−d), each to full relative precision: where one side always wins, 1 − σ(d) would be all rounding.
fn both_sides(d: f64) -> (f64, f64) {
    let e = libm::exp(-d.abs());
    let (larger, smaller) = (1.0 / (1.0 + e), e / (1.0 + e));
    if d >= 0.0 { (larger, smaller) } else { (smaller, larger) }
}

fn add(to: &mut [f64], step: &[f64], length: f64) {
    for (to, step) in to.iter_mut().zip(step) {
        *to += length * step;
    }
}

fn norm(v: &[f64]) -> f64 {
    libm::sqrt(product(v, v))
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes the mean away. That of ratings with a ridge is zero but for rounding.
pub(crate) fn centre(ratings: &mut [f64]) {
    let mean = ratings.iter().sum::<f64>() / ratings.len().max(1) as f64;
    for rating in ratings {
        *rating -= mean;
    }
}
