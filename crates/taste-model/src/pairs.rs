//! Comparisons added up by pair, and Bradley–Terry strengths fitted to them.

use alloc::{vec, vec::Vec};

use crate::{
    error::{ModelError, within},
    logistic::sigmoid,
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
    pairs: Vec<Pair>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) low: u32,
    pub(crate) high: u32,
    pub(crate) low_wins: f64,
    pub(crate) high_wins: f64,
}

/// Fitted log-strengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Strengths {
    /// One per candidate; their mean is zero.
    pub ratings: Vec<f64>,
    /// Newton steps taken.
    pub iterations: u32,
    /// Whether the last step was smaller than 1e-9.
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
                pairs.push(Pair { low: low as u32, high, low_wins, high_wins });
            }
        }
        Ok(Self { candidates, pairs })
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
    /// Newton's method with conjugate gradients (preconditioned by the diagonal) and halved steps where needed; it is
    /// quick on dense rounds and does not stall on ladders.
    pub fn strengths(&self, ridge: f64) -> Strengths {
        let n = self.candidates;
        let ridge = if ridge > 1e-9 { ridge } else { 1e-9 };
        let mut ratings = vec![0.0; n];
        let mut curvatures = vec![0.0; self.pairs.len()];
        let mut value = self.objective(&ratings, ridge);
        let mut first_norm = 0.0;
        for iteration in 1..=200 {
            let mut gradient: Vec<f64> = ratings.iter().map(|rating| -ridge * rating).collect();
            for (pair, curvature) in self.pairs.iter().zip(&mut curvatures) {
                let (i, j) = (pair.low as usize, pair.high as usize);
                let p = sigmoid(ratings[i] - ratings[j]);
                let weight = pair.low_wins + pair.high_wins;
                let pull = pair.low_wins - weight * p;
                gradient[i] += pull;
                gradient[j] -= pull;
                *curvature = weight * p * (1.0 - p);
            }
            // The gradient sums to zero but for rounding, which a tiny ridge would turn into a drift of all ratings.
            centre(&mut gradient);
            let norm = libm::sqrt(product(&gradient, &gradient));
            if iteration == 1 {
                first_norm = norm;
            }
            // Loose at first, tight near the end: that keeps Newton's quadratic convergence.
            let precision = libm::sqrt(norm / (first_norm + 1e-300)).clamp(1e-10, 0.1);
            let mut step = self.solve(&curvatures, ridge, &gradient, precision);
            centre(&mut step);
            let largest = step.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            if largest < 1e-9 {
                for (rating, step) in ratings.iter_mut().zip(&step) {
                    *rating += step;
                }
                centre(&mut ratings);
                return Strengths { ratings, iterations: iteration, converged: true };
            }
            let mut length = 1.0;
            loop {
                let moved: Vec<f64> =
                    ratings.iter().zip(&step).map(|(rating, step)| rating + length * step).collect();
                let reached = self.objective(&moved, ridge);
                // Rounding may hide the last improvements.
                if reached >= value - 1e-13 * value.abs() {
                    (ratings, value) = (moved, reached);
                    break;
                }
                length *= 0.5;
                if length < 1e-6 {
                    centre(&mut ratings);
                    return Strengths { ratings, iterations: iteration, converged: false };
                }
            }
        }
        centre(&mut ratings);
        Strengths { ratings, iterations: 200, converged: false }
    }

    /// The negative Hessian's pair weights w·p·(1 − p) at the ratings.
    pub(crate) fn curvatures(&self, ratings: &[f64]) -> Vec<f64> {
        self.pairs
            .iter()
            .map(|pair| {
                let p = sigmoid(ratings[pair.low as usize] - ratings[pair.high as usize]);
                (pair.low_wins + pair.high_wins) * p * (1.0 - p)
            })
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    fn objective(&self, ratings: &[f64], ridge: f64) -> f64 {
        let mut sum = 0.0;
        for pair in &self.pairs {
            let d = ratings[pair.low as usize] - ratings[pair.high as usize];
            // ln σ(−d) = ln σ(d) − d, so one logarithm serves both.
            let ahead = crate::logistic::log_sigmoid(d);
            sum += pair.low_wins * ahead + pair.high_wins * (ahead - d);
        }
        sum - 0.5 * ridge * product(ratings, ratings)
    }

    /// Solves (L + ridge · I) x = b by conjugate gradients, L the Laplacian of the pair weights.
    pub(crate) fn solve(&self, curvatures: &[f64], ridge: f64, b: &[f64], precision: f64) -> Vec<f64> {
        let n = self.candidates;
        let mut diagonal = vec![ridge; n];
        for (pair, curvature) in self.pairs.iter().zip(curvatures) {
            diagonal[pair.low as usize] += curvature;
            diagonal[pair.high as usize] += curvature;
        }
        let mut x = vec![0.0; n];
        let mut residual = b.to_vec();
        let target = precision * precision * product(b, b);
        let mut scaled: Vec<f64> = residual.iter().zip(&diagonal).map(|(r, d)| r / d).collect();
        let mut direction = scaled.clone();
        let mut energy = product(&residual, &scaled);
        let mut applied = vec![0.0; n];
        for _ in 0..(2 * n + 100) {
            if product(&residual, &residual) <= target || energy <= 0.0 {
                break;
            }
            for (applied, direction) in applied.iter_mut().zip(&direction) {
                *applied = ridge * direction;
            }
            for (pair, curvature) in self.pairs.iter().zip(curvatures) {
                let flow = curvature * (direction[pair.low as usize] - direction[pair.high as usize]);
                applied[pair.low as usize] += flow;
                applied[pair.high as usize] -= flow;
            }
            let length = energy / product(&direction, &applied);
            if !length.is_finite() {
                break;
            }
            for i in 0..n {
                x[i] += length * direction[i];
                residual[i] -= length * applied[i];
                scaled[i] = residual[i] / diagonal[i];
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
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Takes the mean away. With a ridge it is zero but for rounding.
fn centre(ratings: &mut [f64]) {
    let mean = ratings.iter().sum::<f64>() / ratings.len().max(1) as f64;
    for rating in ratings {
        *rating -= mean;
    }
}
