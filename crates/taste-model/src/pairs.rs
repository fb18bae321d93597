//! Comparisons added up by pair, and Bradley–Terry strengths fitted to them.

use alloc::{vec, vec::Vec};

use crate::{
    crew::{Alone, Crew, cut, each, even_ends, pieces},
    error::{ModelError, within},
    hessian::{Curvature, Hessian, Ridge},
    logistic::both_sides,
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
    /// Where the pairs of each lower number start; one more than there are candidates.
    rows: Vec<usize>,
    /// The higher number of each pair.
    highs: Vec<u32>,
    /// Where a pair is counted apart by which of the two was shown left, and the left place's favour is an unknown beside the
    /// strengths (the last one): 1 where the lower number was shown left, −1 where the higher one was, 0 where nobody knows.
    tilts: Option<Vec<f32>>,
    /// How often the lower number won, and the higher one.
    wins: Vec<[f64; 2]>,
    /// Where sums over pairs are cut: the last row of each piece, and one.
    ends: Vec<usize>,
}

/// What the lower number's pair with `high` has seen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    high: u32,
    /// As [`Pairs::tilts`]; 0 where it is not asked for.
    side: f32,
    low_wins: f64,
    high_wins: f64,
}

/// The pairs of some rows.
pub(crate) struct Piece<'a> {
    /// The first row, and one more than the last.
    pub(crate) low: core::ops::Range<usize>,
    /// Where their first pair is among all.
    pub(crate) first: usize,
    rows: &'a [usize],
}

/// What was fitted: one number per candidate, then the position term where there is one.
pub(crate) struct Fit {
    pub(crate) values: Vec<f64>,
    pub(crate) iterations: u32,
    pub(crate) converged: bool,
    /// At the values, to the last step.
    pub(crate) curvature: Curvature,
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
        Self::add_up(candidates, comparisons, false, &Alone)
    }

    /// The same, apart by side where `sides` is set.
    pub(crate) fn add_up(
        candidates: usize,
        comparisons: &[IndexedComparison],
        sides: bool,
        crew: &dyn Crew,
    ) -> Result<Self, ModelError> {
        let mut starts = vec![0usize; candidates + 1];
        for (index, comparison) in comparisons.iter().enumerate() {
            let IndexedComparison { winner, loser, weight, .. } = *comparison;
            if winner == loser || winner.max(loser) as usize >= candidates {
                return Err(ModelError::Comparison { index, winner, loser, candidates });
            }
            within("a comparison's weight", f64::from(weight), 0.0, MAX_WEIGHT)?;
            starts[winner.min(loser) as usize + 1] += usize::from(weight > 0.0);
        }
        for i in 0..candidates {
            starts[i + 1] += starts[i];
        }
        // A counting sort by the lower number, then each row by itself, which a processor has at hand: no hashing, and no
        // sort over all votes. Each of the crew reads all comparisons and puts down the rows that are its own.
        let mut seen = vec![Seen::default(); starts[candidates]];
        let parts = even_ends(&starts, crew.size());
        let terms: Vec<usize> = parts.iter().map(|&end| starts[end]).collect();
        let froms = core::iter::once(0).chain(parts.iter().copied());
        let rows_of: Vec<_> = froms.zip(parts.iter().copied()).collect();
        let counted = each(crew, rows_of.iter().zip(cut(&mut seen, &terms)), |(&(from, to), seen)| {
            let first = starts[from];
            let mut next: Vec<usize> = starts[from..to].iter().map(|start| start - first).collect();
            for comparison in comparisons.iter().filter(|comparison| comparison.weight > 0.0) {
                let low = comparison.winner.min(comparison.loser) as usize;
                if let Some(next) = low.checked_sub(from).and_then(|at| next.get_mut(at)) {
                    seen[*next] = Seen::of(comparison, sides);
                    *next += 1;
                }
            }
            let row = |low: usize| starts[low] - first..starts[low + 1] - first;
            let counts = (from..to).map(|low| {
                let row = &mut seen[row(low)];
                row.sort_unstable_by_key(Seen::place);
                met(row).count()
            });
            counts.collect::<Vec<usize>>()
        });
        let mut rows = Vec::with_capacity(candidates + 1);
        rows.push(0);
        let mut total = 0;
        for count in counted.into_iter().flatten() {
            total += count;
            rows.push(total);
        }
        let (mut highs, mut wins) = (vec![0u32; total], vec![[0.0; 2]; total]);
        let mut tilts = vec![0.0f32; if sides { total } else { 0 }];
        let ends: Vec<usize> = parts.iter().map(|&row| rows[row]).collect();
        let tilt_ends: Vec<usize> = ends.iter().map(|&end| if sides { end } else { 0 }).collect();
        let places =
            cut(&mut highs, &ends).into_iter().zip(cut(&mut wins, &ends)).zip(cut(&mut tilts, &tilt_ends));
        each(crew, rows_of.iter().zip(places), |(&(from, to), ((highs, wins), tilts))| {
            let pairs = (from..to).flat_map(|low| met(&seen[starts[low]..starts[low + 1]]));
            for (at, alike) in pairs.enumerate() {
                highs[at] = alike[0].high;
                if sides {
                    tilts[at] = alike[0].tilt();
                }
                for seen in alike {
                    let [low, high] = seen.wins();
                    wins[at][0] += low;
                    wins[at][1] += high;
                }
            }
        });
        let ends = even_ends(&rows, pieces(total, candidates));
        Ok(Self { candidates, rows, highs, tilts: sides.then_some(tilts), wins, ends })
    }

    /// Takes a comparison that was added up out again (`times` −1), or puts it back (1).
    pub(crate) fn change(&mut self, comparison: &IndexedComparison, times: f64) {
        let wanted = Pair::of(comparison, self.sides());
        let low = comparison.winner.min(comparison.loser) as usize;
        let (from, to) = (self.rows[low], self.rows[low + 1]);
        let mut found = from + self.highs[from..to].partition_point(|&high| high < wanted.high);
        if let Some(tilts) = &self.tilts {
            while found < to && self.highs[found] == wanted.high && tilts[found] < wanted.side {
                found += 1;
            }
        }
        // One of weight 0 was never put in.
        let there = found < to
            && self.highs[found] == wanted.high
            && self.tilts.as_ref().is_none_or(|tilts| tilts[found] == wanted.side);
        if there {
            let [low_wins, high_wins] = &mut self.wins[found];
            *low_wins = (*low_wins + times * wanted.low_wins).max(0.0);
            *high_wins = (*high_wins + times * wanted.high_wins).max(0.0);
        }
    }

    /// What a comparison adds, and to which pair: the same numbers for those that are alike.
    pub(crate) fn content(&self, comparison: &IndexedComparison) -> [u64; 4] {
        let Pair { high, side, low_wins, high_wins } = Pair::of(comparison, self.sides());
        let low = comparison.winner.min(comparison.loser);
        let pair = u64::from(low) << 32 | u64::from(high);
        [pair, u64::from(side.to_bits()), low_wins.to_bits(), high_wins.to_bits()]
    }

    /// Whether all candidates that met anybody hang together: no two groups of them never met.
    pub(crate) fn connected(&self) -> bool {
        let mut leaders: Vec<u32> = (0..self.candidates as u32).collect();
        let (mut groups, mut known) = (0u32, 0);
        let mut met = vec![false; self.candidates];
        for (low, row) in self.rows.windows(2).enumerate() {
            for &high in &self.highs[row[0]..row[1]] {
                for i in [low, high as usize] {
                    if !core::mem::replace(&mut met[i], true) {
                        groups += 1;
                        known += 1;
                    }
                }
                let (a, b) = (leader(&mut leaders, low as u32), leader(&mut leaders, high));
                if a != b {
                    leaders[a.max(b) as usize] = a.min(b);
                    groups -= 1;
                }
            }
            // All are there, and together: no pair could change it.
            if groups == 1 && known == self.candidates {
                return true;
            }
        }
        groups < 2
    }

    /// How many different pairs met, counted apart by side where sides are.
    pub fn len(&self) -> usize {
        self.highs.len()
    }

    /// Whether nobody met anybody.
    pub fn is_empty(&self) -> bool {
        self.highs.is_empty()
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
        let Fit { mut values, iterations, converged, .. } =
            self.fit(Ridge { rating: ridge, position: 1.0 }, &Alone);
        values.truncate(self.candidates);
        Strengths { ratings: values, iterations, converged }
    }

    /// How many numbers are fitted: one per candidate, and the position term where sides count.
    pub(crate) fn unknowns(&self) -> usize {
        self.candidates + usize::from(self.sides())
    }

    /// Whether sides count.
    pub(crate) fn sides(&self) -> bool {
        self.tilts.is_some()
    }

    /// All pairs, cut where sums over them are cut.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let starts = core::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, &to)| Piece {
            low: from..to,
            first: self.rows[from],
            rows: &self.rows[from..=to],
        })
    }

    /// Where each piece's pairs end.
    pub(crate) fn piece_ends(&self) -> Vec<usize> {
        self.ends.iter().map(|&row| self.rows[row]).collect()
    }

    /// The higher numbers of some pairs.
    pub(crate) fn highs(&self, pairs: core::ops::Range<usize>) -> &[u32] {
        &self.highs[pairs]
    }

    /// Which side a pair was seen on; 0 where it is not known or not asked for.
    pub(crate) fn tilt(&self, pair: usize) -> f64 {
        self.tilts.as_ref().map_or(0.0, |tilts| f64::from(tilts[pair]))
    }

    /// How much was said of a pair.
    pub(crate) fn weight(&self, pair: usize) -> f64 {
        self.wins[pair][0] + self.wins[pair][1]
    }

    /// The values of highest posterior.
    pub(crate) fn fit(&self, ridge: Ridge, crew: &dyn Crew) -> Fit {
        // Loose at first, where a step leads only about the right way.
        self.climb(vec![0.0; self.unknowns()], ridge, 0.1, crew)
    }

    /// The same from values that are near it already, where the first step is nearly the whole way.
    pub(crate) fn fit_again(&self, start: Vec<f64>, ridge: Ridge, crew: &dyn Crew) -> Fit {
        self.climb(start, ridge, 1e-4, crew)
    }

    fn climb(&self, start: Vec<f64>, ridge: Ridge, loosest: f64, crew: &dyn Crew) -> Fit {
        const ITERATIONS: u32 = 200;
        let n = self.candidates;
        let mut values = start;
        let (mut gradient, mut curvature) = self.slopes(&values, ridge, crew);
        let first_norm = norm(&gradient);
        let mut quick = false;
        for iteration in 1..=ITERATIONS {
            // Tighter towards the end, which keeps Newton's quadratic convergence; but nothing is gained by telling finer what
            // is next to nothing already, where the last solution came at once and so the residual tells the error.
            let left = norm(&gradient) / (first_norm + 1e-300);
            let finest = if quick { (1e-12 / (left + 1e-300)).clamp(1e-10, loosest) } else { 1e-10 };
            let hessian = self.hessian(curvature, ridge, crew);
            let (mut step, rounds) = hessian.solve(&gradient, left.clamp(finest, loosest));
            curvature = hessian.curvature;
            quick = rounds <= QUICK;
            centre(&mut step[..n]);
            let largest = step.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
            let done = |mut values: Vec<f64>, converged, curvature| {
                centre(&mut values[..n]);
                Fit { values, iterations: iteration, converged, curvature }
            };
            if largest < 1e-9 {
                add(&mut values, &step, 1.0);
                return done(values, true, curvature);
            }
            if iteration == ITERATIONS {
                return done(values, false, curvature);
            }
            let climb = product(&gradient, &step);
            let mut length = 1.0;
            let mut climbed = false;
            for _ in 0..40 {
                let mut moved = values.clone();
                add(&mut moved, &step, length);
                let slopes = self.slopes(&moved, ridge, crew);
                let end = product(&slopes.0, &step);
                // Along the step the slope only falls; well below zero at the end, the top was passed far behind.
                if end >= -0.5 * climb {
                    values = moved;
                    (gradient, curvature) = slopes;
                    climbed = true;
                    break;
                }
                length *= climb / (climb - end);
            }
            // Weights of very different size under a tiny ridge: rounding hides the way to the top.
            if !climbed {
                return done(values, false, curvature);
            }
        }
        unreachable!("the last iteration returns")
    }

    /// The negative Hessian that has this curvature.
    pub(crate) fn hessian<'a>(
        &'a self,
        curvature: Curvature,
        ridge: Ridge,
        crew: &'a dyn Crew,
    ) -> Hessian<'a> {
        Hessian { pairs: self, ridge, curvature, crew }
    }

    /// Gradient and negative Hessian's curvature at the values.
    pub(crate) fn slopes(&self, values: &[f64], ridge: Ridge, crew: &dyn Crew) -> (Vec<f64>, Curvature) {
        let n = self.candidates;
        let (ratings, position) = values.split_at(n);
        let position = position.first().copied().unwrap_or(0.0);
        let mut pairs = vec![0.0; self.highs.len()];
        let places = cut(&mut pairs, &self.piece_ends());
        let parts = each(crew, self.pieces().zip(places), |(piece, curvatures)| match &self.tilts {
            None => self.piece_slopes::<false>(&piece, ratings, 0.0, &[], curvatures),
            Some(tilts) => self.piece_slopes::<true>(&piece, ratings, position, tilts, curvatures),
        });
        let mut gradient: Vec<f64> = ratings.iter().map(|rating| -ridge.rating * rating).collect();
        let mut diagonal = vec![ridge.rating; n];
        let (mut side_pull, mut side_curvature) = (-ridge.position * position, ridge.position);
        for (piece, (sums, side)) in self.pieces().zip(parts) {
            let from = piece.low.start;
            for ((gradient, diagonal), sums) in
                gradient[from..].iter_mut().zip(&mut diagonal[from..]).zip(&sums)
            {
                *gradient += sums[0];
                *diagonal += sums[1];
            }
            side_pull += side[0];
            side_curvature += side[1];
        }
        // The gradient sums to zero but for rounding, which a tiny ridge would turn into a drift of all ratings.
        centre(&mut gradient);
        if self.sides() {
            gradient.push(side_pull);
            diagonal.push(side_curvature);
        }
        (gradient, Curvature { pairs, diagonal })
    }

    /// One piece's part: pull and curvature of each candidate from the piece's first row on, and of the position term.
    fn piece_slopes<const SIDES: bool>(
        &self,
        piece: &Piece<'_>,
        ratings: &[f64],
        position: f64,
        tilts: &[f32],
        curvatures: &mut [f64],
    ) -> (Vec<[f64; 2]>, [f64; 2]) {
        let from = piece.low.start;
        let mut sums = vec![[0.0; 2]; self.candidates - from];
        let mut side_sums = [0.0; 2];
        for (low, row) in piece.rows() {
            let (own, mut own_sums) = (ratings[low], [0.0; 2]);
            for start in row.clone().step_by(LANES) {
                let block = start..row.end.min(start + LANES);
                let highs = &self.highs[block.clone()];
                let wins = &self.wins[block.clone()];
                let tilts = if SIDES { &tilts[block.clone()] } else { tilts };
                let curvatures = &mut curvatures[start - piece.first..block.end - piece.first];
                let mut gaps = [0.0; LANES];
                for (at, (gap, &high)) in gaps.iter_mut().zip(highs).enumerate() {
                    *gap = own - ratings[high as usize];
                    if SIDES {
                        *gap += f64::from(tilts[at]) * position;
                    }
                }
                let chances = both_sides(&gaps);
                for (at, (&high, curvature)) in highs.iter().zip(curvatures).enumerate() {
                    let ([p, q], [low_wins, high_wins]) = (chances[at], wins[at]);
                    let pull = low_wins * q - high_wins * p;
                    *curvature = (low_wins + high_wins) * p * q;
                    own_sums[0] += pull;
                    own_sums[1] += *curvature;
                    if SIDES {
                        let side = f64::from(tilts[at]);
                        side_sums[0] += side * pull;
                        side_sums[1] += side * side * *curvature;
                    }
                    let other = &mut sums[high as usize - from];
                    other[0] -= pull;
                    other[1] += *curvature;
                }
            }
            sums[low - from][0] += own_sums[0];
            sums[low - from][1] += own_sums[1];
        }
        (sums, side_sums)
    }
}

/// Pairs whose chances are reckoned at the same time.
pub(crate) const LANES: usize = 16;

/// A solution that took no more rounds came at once: the system is nearly its diagonal.
const QUICK: usize = 30;

impl Piece<'_> {
    /// Each row's number and its pairs.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, core::ops::Range<usize>)> {
        self.low.clone().zip(self.rows.windows(2).map(|row| row[0]..row[1]))
    }
}

/// A comparison on its way into a pair of its lower number.
#[derive(Clone, Copy, Default)]
struct Seen {
    high: u32,
    weight: f32,
    /// Which side the lower number was shown on (−1, 0, 1), and whether it won (1), lost (−1) or neither (0).
    said: [i8; 2],
}

impl Seen {
    fn of(comparison: &IndexedComparison, sides: bool) -> Self {
        let IndexedComparison { winner, loser, weight, tie, .. } = *comparison;
        let sign = if winner < loser { 1 } else { -1 };
        let side = if sides { sign * comparison.side() as i8 } else { 0 };
        let won = if tie { 0 } else { sign };
        Self { high: winner.max(loser), weight, said: [side, won] }
    }

    /// Its place in a row: of the same pair and side, all that was said alike is together, and of that all that weighs alike, so
    /// that sums do not hang on the order in which votes came.
    fn place(&self) -> (u64, u32) {
        let [side, won] = self.said.map(|said| u64::from((said + 1) as u8));
        (u64::from(self.high) << 4 | side << 2 | won, self.weight.to_bits())
    }

    fn tilt(&self) -> f32 {
        f32::from(self.said[0])
    }

    fn wins(&self) -> [f64; 2] {
        let weight = f64::from(self.weight);
        match self.said[1] {
            1 => [weight, 0.0],
            -1 => [0.0, weight],
            _ => [0.5 * weight; 2],
        }
    }
}

/// A row's pairs, each with all that was seen of it. The row is in the order of [`Seen::place`].
fn met(row: &[Seen]) -> impl Iterator<Item = &[Seen]> {
    row.chunk_by(|a, b| a.high == b.high && a.said[0] == b.said[0])
}

impl Pair {
    fn of(comparison: &IndexedComparison, sides: bool) -> Self {
        let seen = Seen::of(comparison, sides);
        let [low_wins, high_wins] = seen.wins();
        Self { high: seen.high, side: seen.tilt(), low_wins, high_wins }
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
