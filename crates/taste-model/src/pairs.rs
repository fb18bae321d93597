//! Comparisons added up by pair, and Bradley–Terry strengths fitted to them.

use alloc::{vec, vec::Vec};

use crate::{
    error::{ModelError, within},
    hessian::{Hessian, Ridge},
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
    /// Whether `winner` was the one shown left (above); none where nobody knows.
    pub winner_left: Option<bool>,
}

impl IndexedComparison {
    /// How much of a win it is for `winner` and for `loser`.
    pub(crate) fn wins(&self) -> (f64, f64) {
        let weight = f64::from(self.weight);
        if self.tie { (weight * 0.5, weight * 0.5) } else { (weight, 0.0) }
    }

    /// 1 where `winner` was shown left, −1 where it was shown right, 0 where nobody knows.
    pub(crate) fn side(&self) -> f64 {
        match self.winner_left {
            Some(true) => 1.0,
            Some(false) => -1.0,
            None => 0.0,
        }
    }
}

/// Wins of each pair of candidates that met, ordered by pair.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    candidates: usize,
    /// Whether a pair is counted apart by which of the two was shown left, and the left place's favour is an unknown
    /// beside the strengths: the last one.
    sides: bool,
    /// Where the pairs of each lower number start; one more than there are candidates.
    rows: Vec<usize>,
    pairs: Vec<Pair>,
}

/// What the lower number's pair with `high` has seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) high: u32,
    /// 1 where the lower number was shown left, −1 where the higher one was, 0 where it is not known or not asked for.
    pub(crate) side: f32,
    low_wins: f64,
    high_wins: f64,
}

/// What was fitted: one number per candidate, then the position term where there is one.
pub(crate) struct Fit {
    pub(crate) values: Vec<f64>,
    pub(crate) iterations: u32,
    pub(crate) converged: bool,
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
    /// Adds up comparisons of `candidates` candidates in time linear in both. Which side each was shown on is left out.
    ///
    /// # Errors
    /// [`ModelError::Comparison`] where one names a candidate that is not there, or the same twice;
    /// [`ModelError::Range`] for a weight that is not 0 to a million.
    pub fn aggregate(candidates: usize, comparisons: &[IndexedComparison]) -> Result<Self, ModelError> {
        Self::add_up(candidates, comparisons, false)
    }

    /// The same, apart by side where `sides` is set.
    pub(crate) fn add_up(
        candidates: usize,
        comparisons: &[IndexedComparison],
        sides: bool,
    ) -> Result<Self, ModelError> {
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
        let mut sorted = vec![(0u32, 0.0f32, 0.0f32, 0.0f32); comparisons.len()];
        let mut next = starts.clone();
        for comparison in comparisons {
            let place = &mut next[comparison.winner.min(comparison.loser) as usize];
            let Pair { high, side, low_wins, high_wins } = Pair::of(comparison, sides);
            sorted[*place] = (high, side, low_wins as f32, high_wins as f32);
            *place += 1;
        }
        let mut pairs = Vec::new();
        let mut rows = vec![0];
        let cells = if sides { 3 } else { 1 };
        let mut row = vec![(0.0f64, 0.0f64); cells * candidates];
        let mut touched = Vec::new();
        for low in 0..candidates {
            for &(high, side, low_wins, high_wins) in &sorted[starts[low]..starts[low + 1]] {
                // The right side's cell, the unknown one's, the left one's: in the order of `side`.
                let at = if sides { 3 * high as usize + (side + 1.0) as usize } else { high as usize };
                let cell = &mut row[at];
                if low_wins + high_wins > 0.0 {
                    if *cell == (0.0, 0.0) {
                        touched.push(at);
                    }
                    cell.0 += f64::from(low_wins);
                    cell.1 += f64::from(high_wins);
                }
            }
            touched.sort_unstable();
            for at in touched.drain(..) {
                let (low_wins, high_wins) = core::mem::take(&mut row[at]);
                let side = if sides { (at % 3) as f32 - 1.0 } else { 0.0 };
                pairs.push(Pair { high: (at / cells) as u32, side, low_wins, high_wins });
            }
            rows.push(pairs.len());
        }
        Ok(Self { candidates, sides, rows, pairs })
    }

    /// Takes a comparison that was added up out again (`times` −1), or puts it back (1).
    pub(crate) fn change(&mut self, comparison: &IndexedComparison, times: f64) {
        let wanted = Pair::of(comparison, self.sides);
        let low = comparison.winner.min(comparison.loser) as usize;
        let row = &mut self.pairs[self.rows[low]..self.rows[low + 1]];
        let order = |pair: &Pair| pair.high.cmp(&wanted.high).then(pair.side.total_cmp(&wanted.side));
        // One of weight 0 was never put in.
        if let Ok(found) = row.binary_search_by(order) {
            let pair = &mut row[found];
            pair.low_wins = (pair.low_wins + times * wanted.low_wins).max(0.0);
            pair.high_wins = (pair.high_wins + times * wanted.high_wins).max(0.0);
        }
    }

    /// What a comparison adds, and to which pair: the same numbers for those that are alike.
    pub(crate) fn content(&self, comparison: &IndexedComparison) -> [u64; 4] {
        let Pair { high, side, low_wins, high_wins } = Pair::of(comparison, self.sides);
        let low = comparison.winner.min(comparison.loser);
        let pair = u64::from(low) << 32 | u64::from(high);
        [pair, u64::from(side.to_bits()), low_wins.to_bits(), high_wins.to_bits()]
    }

    /// Whether all candidates that met anybody hang together: no two groups of them never met.
    pub(crate) fn connected(&self) -> bool {
        let mut leaders: Vec<u32> = (0..self.candidates as u32).collect();
        let mut groups = 0u32;
        let mut met = vec![false; self.candidates];
        for (low, row) in self.rows.windows(2).enumerate() {
            for pair in &self.pairs[row[0]..row[1]] {
                for i in [low, pair.high as usize] {
                    groups += u32::from(!core::mem::replace(&mut met[i], true));
                }
                let (a, b) = (leader(&mut leaders, low as u32), leader(&mut leaders, pair.high));
                if a != b {
                    leaders[a.max(b) as usize] = a.min(b);
                    groups -= 1;
                }
            }
        }
        groups < 2
    }

    /// How many different pairs met, counted apart by side where sides are.
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
        let ridge = if ridge > 1e-9 { ridge } else { 1e-9 };
        let Fit { mut values, iterations, converged } = self.fit(Ridge { rating: ridge, position: 1.0 });
        values.truncate(self.candidates);
        Strengths { ratings: values, iterations, converged }
    }

    /// How many numbers are fitted: one per candidate, and the position term where sides count.
    pub(crate) fn unknowns(&self) -> usize {
        self.candidates + usize::from(self.sides)
    }

    /// Whether sides count.
    pub(crate) fn sides(&self) -> bool {
        self.sides
    }

    /// The pairs of a lower number, and where they start among all pairs.
    pub(crate) fn row(&self, low: usize) -> (usize, &[Pair]) {
        (self.rows[low], &self.pairs[self.rows[low]..self.rows[low + 1]])
    }

    /// The values of highest posterior.
    pub(crate) fn fit(&self, ridge: Ridge) -> Fit {
        // Loose at first, where a step leads only about the right way.
        self.climb(vec![0.0; self.unknowns()], ridge, 0.1)
    }

    /// The same from values that are near it already, where the first step is nearly the whole way.
    pub(crate) fn fit_again(&self, start: Vec<f64>, ridge: Ridge) -> Fit {
        self.climb(start, ridge, 1e-4)
    }

    fn climb(&self, start: Vec<f64>, ridge: Ridge, loosest: f64) -> Fit {
        const ITERATIONS: u32 = 200;
        let n = self.candidates;
        let mut values = start;
        let (mut gradient, mut hessian) = self.slopes(&values, ridge);
        let first_norm = norm(&gradient);
        for iteration in 1..=ITERATIONS {
            // Tighter towards the end: that keeps Newton's quadratic convergence.
            let precision = libm::sqrt(norm(&gradient) / (first_norm + 1e-300)).clamp(1e-10, loosest);
            let mut step = hessian.solve(&gradient, precision);
            centre(&mut step[..n]);
            let largest = step.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            if largest < 1e-9 {
                add(&mut values, &step, 1.0);
                centre(&mut values[..n]);
                return Fit { values, iterations: iteration, converged: true };
            }
            let climb = product(&gradient, &step);
            let mut length = 1.0;
            let mut climbed = false;
            for _ in 0..40 {
                let mut moved = values.clone();
                add(&mut moved, &step, length);
                let slopes = self.slopes(&moved, ridge);
                let end = product(&slopes.0, &step);
                // Along the step the slope only falls; well below zero at the end, the top was passed far behind.
                if end >= -0.5 * climb {
                    values = moved;
                    (gradient, hessian) = slopes;
                    climbed = true;
                    break;
                }
                length *= climb / (climb - end);
            }
            // Weights of very different size under a tiny ridge: rounding hides the way to the top.
            if !climbed {
                centre(&mut values[..n]);
                return Fit { values, iterations: iteration, converged: false };
            }
        }
        centre(&mut values[..n]);
        Fit { values, iterations: ITERATIONS, converged: false }
    }

    /// Gradient and negative Hessian at the values.
    pub(crate) fn slopes(&self, values: &[f64], ridge: Ridge) -> (Vec<f64>, Hessian<'_>) {
        let (ratings, position) = values.split_at(self.candidates);
        let position = position.first().copied().unwrap_or(0.0);
        let mut gradient: Vec<f64> = ratings.iter().map(|rating| -ridge.rating * rating).collect();
        let mut diagonal = vec![ridge.rating; self.candidates];
        let mut curvatures = Vec::with_capacity(self.pairs.len());
        let (mut side_pull, mut side_curvature) = (-ridge.position * position, ridge.position);
        for (low, row) in self.rows.windows(2).enumerate() {
            let (own, mut pull_sum, mut curvature_sum) = (ratings[low], 0.0, 0.0);
            for pair in &self.pairs[row[0]..row[1]] {
                let side = f64::from(pair.side);
                let (p, q) = both_sides(own - ratings[pair.high as usize] + side * position);
                let pull = pair.low_wins * q - pair.high_wins * p;
                let curvature = (pair.low_wins + pair.high_wins) * p * q;
                pull_sum += pull;
                curvature_sum += curvature;
                side_pull += side * pull;
                side_curvature += side * side * curvature;
                gradient[pair.high as usize] -= pull;
                diagonal[pair.high as usize] += curvature;
                curvatures.push(curvature);
            }
            gradient[low] += pull_sum;
            diagonal[low] += curvature_sum;
        }
        // The gradient sums to zero but for rounding, which a tiny ridge would turn into a drift of all ratings.
        centre(&mut gradient);
        if self.sides {
            gradient.push(side_pull);
            diagonal.push(side_curvature);
        }
        (gradient, Hessian { pairs: self, ridge, curvatures, diagonal })
    }
}

impl Pair {
    fn of(comparison: &IndexedComparison, sides: bool) -> Self {
        let (winner_wins, loser_wins) = comparison.wins();
        let side = if sides { comparison.side() as f32 } else { 0.0 };
        if comparison.winner < comparison.loser {
            Self { high: comparison.loser, side, low_wins: winner_wins, high_wins: loser_wins }
        } else {
            // Not −0, which is another place in the order.
            Self { high: comparison.winner, side: 0.0 - side, low_wins: loser_wins, high_wins: winner_wins }
        }
    }
}

/// The lowest number of a candidate's group, with the way to it made shorter.
fn leader(leaders: &mut [u32], mut i: u32) -> u32 {
    while leaders[i as usize] != i {
        leaders[i as usize] = leaders[leaders[i as usize] as usize];
        i = leaders[i as usize];
    }
    i
}

/// σ(d) and σ(−d), each to full relative precision: where one side always wins, 1 − σ(d) would be all rounding.
fn both_sides(d: f64) -> (f64, f64) {
    let e = libm::exp(-d.abs());
    let larger = 1.0 / (1.0 + e);
    let smaller = e * larger;
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
