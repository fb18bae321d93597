//! Proof that no few votes, whichever they are, take the first place.
//!
//! Trying them all is out of the question where they are many, so what they could do at most is bounded. Let F be what the fit
//! minimises (convex, with the priors' precisions at least λ), H its curvature at the fitted values θ̂, and Δ the way from there
//! to where the fit without some votes S would be. Of a comparison c with weight w, b is the vector whose product with the
//! values is the gap that it saw (+1 at its winner, −1 at its loser, its side at the position term), and w·e, e between −1 and 1,
//! its pull. Without S the pulls of S are what is left over: ∇F(θ̂ + Δ) = −Σ_S w e b.
//!
//! **How far all of it moves.** Where every gap that was seen moves by no more than r, curvature is at least κ(r) = (1 − e^−r) / r
//! of what it was (the logistic's third derivative is no larger than its second: Bach 2010, *Self-concordant analysis for
//! logistic regression*). So with N² = ΔᵀHΔ: κ N² ≤ Δᵀ(∇F(θ̂ + Δ) − ∇F(θ̂)) = −Σ_S w e bᵀΔ ≤ N Σ_S w |e| ρ, where ρ² = bᵀH⁻¹b,
//! and r ≤ N · max ρ. Along the way on which S grows lighter by and by, N changes without jumps and begins at 0; so if at some N*
//! the right side divided by κ is below N*, then N never reaches N*.
//!
//! **ρ without n² numbers.** Without a position term H is the conductance matrix of a network in which each candidate is
//! joined to the ground by λ, and (H⁻¹)ᵤᵤ the resistance between u and the ground. It is no more than in the network that is
//! left of it with the ways u–v–ground alone (Rayleigh): 1 / (λ + Σᵥ cᵤᵥ λ / (cᵤᵥ + λ)); and bᵀH⁻¹b is no more than the sum of
//! two of these. The position term adds what one linear system says exactly. Small boards have H⁻¹ itself.
//!
//! **How far the gap to a runner-up closes.** With a = +1 at the first, −1 at the runner-up, and x = H⁻¹a:
//! −aᵀΔ = Σ_S w e(θ̂ + Δ) xᵀb + R. The first part is, but for e's change by at most |bᵀΔ| / 4, what influence functions say,
//! and no larger than that of the most telling of all votes. R is what curvature's change adds up to over all pairs: at most
//! (e^r − 1 − r) / r² · max |xᵀb| · N². For all runners-up who are not looked at so closely, −aᵀΔ ≤ N √(aᵀH⁻¹a) is enough.
//!
//! Candidates with few votes have a large ρ, and with it r would be large. They can be left out of H where N is taken, at the price
//! of a linear bound on their part of R; both are tried.

use alloc::{vec, vec::Vec};

use crate::{
    clusters::Clusters,
    crew::each,
    hessian::{Curvature, Hessian},
    pairs::{IndexedComparison, Pairs},
    ranks::SAME_RATING,
    spread::{Pull, inverse},
};

/// Runners-up whose gap is followed closely.
const CLOSE: usize = 4;
/// The most clusters that a proof is about: further down, a board is sturdy enough.
const MOST: usize = 4_096;
/// Up to so many candidates, the curvature's inverse is at hand.
const SMALL: usize = 200;
/// Precision of the linear systems, relative to the right side.
const PRECISION: f64 = 1e-5;
/// What rounding, and the fit's own last step, could add: far more than they do.
const SLACK: f64 = 1e-6;
/// How many times the middle candidate's resistance still is that of a well-known one.
const WELL_KNOWN: f64 = 3.0;

/// How far what is known of a board can be moved.
pub(crate) struct Hold<'a> {
    hessian: &'a Hessian<'a>,
    comparisons: &'a [IndexedComparison],
    pulls: &'a [Pull],
    first: usize,
    gaps: Vec<f64>,
    /// All candidates, and the well-known ones alone where others are there.
    grounds: Vec<Ground>,
}

/// A part of the curvature in which movements are measured.
struct Ground {
    /// Its inverse, row-major, on a small board.
    inverse: Option<Vec<f64>>,
    /// At least each candidate's resistance to the ground.
    resistance: Vec<f64>,
    /// The position term's own variance, and each candidate's with it; none without one.
    position: Option<(f64, Vec<f64>)>,
    /// Whether a candidate is in it.
    within: Vec<bool>,
    /// The largest ρ of a pair in it.
    widest: f64,
    /// The runners-up who are looked at closely, and x of each, by candidate, then the position term's.
    close: Vec<Close>,
    levers: Vec<[f64; CLOSE]>,
}

/// A runner-up looked at closely.
struct Close {
    candidate: usize,
    /// max |xᵀb| over the pairs within.
    steepest: f64,
    /// What the other pairs add to R at most, as a multiple of N.
    beside: f64,
}

/// Sums of the largest of something over the clusters: of none, of one, of two, …
struct Largest(Vec<f64>);

impl Largest {
    fn of(mut values: Vec<f64>, most: usize) -> Self {
        keep_largest(&mut values, most);
        values.sort_unstable_by(|a, b| b.total_cmp(a));
        let mut sum = 0.0;
        let sums = values.into_iter().map(|value| {
            sum += value.max(0.0);
            sum
        });
        Self(core::iter::once(0.0).chain(sums).collect())
    }

    fn sum(&self, count: usize) -> f64 {
        self.0[count.min(self.0.len() - 1)]
    }
}

/// Leaves only the largest, in any order.
fn keep_largest(values: &mut Vec<f64>, most: usize) {
    if most < values.len() {
        values.select_nth_unstable_by(most, |a, b| b.total_cmp(a));
        values.truncate(most);
    }
}

impl<'a> Hold<'a> {
    pub(crate) fn of(
        hessian: &'a Hessian<'a>,
        values: &[f64],
        first: usize,
        comparisons: &'a [IndexedComparison],
        pulls: &'a [Pull],
    ) -> Self {
        let n = hessian.pairs.candidates();
        let gaps: Vec<f64> = values[..n].iter().map(|value| values[first] - value - SAME_RATING).collect();
        let all = Ground::of(hessian, vec![true; n], first, &gaps);
        let mut sorted = all.resistance.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let most = WELL_KNOWN * sorted[n / 2];
        let within: Vec<bool> = all.resistance.iter().map(|resistance| *resistance <= most).collect();
        let mut grounds = vec![all];
        if within.contains(&false) && within[first] {
            grounds.push(Ground::of(hessian, within, first, &gaps));
        }
        Self { hessian, comparisons, pulls, first, gaps, grounds }
    }

    /// A number of clusters, as large as can be proven but below `limit`, without which the first place is held whichever they are.
    pub(crate) fn without(&self, clusters: &Clusters, limit: usize) -> usize {
        let most = limit.saturating_sub(1).min(MOST);
        if most == 0 {
            return 0;
        }
        self.grounds.iter().map(|ground| self.within(ground, clusters, most)).max().unwrap_or(0)
    }

    /// Of several numbers that clusters have, which are sums over their comparisons: the largest.
    fn largest<const K: usize>(
        &self,
        clusters: &Clusters,
        most: usize,
        of: impl Fn(usize) -> [f64; K] + Sync,
    ) -> [Largest; K] {
        let crew = self.hessian.crew;
        let part = clusters.len().div_ceil(crew.size()).max(1);
        let parts = (0..clusters.len()).step_by(part).map(|from| from..clusters.len().min(from + part));
        let found = each(crew, parts, |part| {
            let mut found: [Vec<f64>; K] = core::array::from_fn(|_| Vec::with_capacity(part.len()));
            for cluster in part {
                let mut sums = [0.0; K];
                for &index in clusters.of(cluster) {
                    let more = of(index as usize);
                    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
                }
                found.iter_mut().zip(sums).for_each(|(found, sum)| found.push(sum));
            }
            found.iter_mut().for_each(|values| keep_largest(values, most));
            found
        });
        let mut all: [Vec<f64>; K] = core::array::from_fn(|_| vec![]);
        for found in found {
            all.iter_mut().zip(found).for_each(|(all, found)| all.extend(found));
        }
        all.map(|values| Largest::of(values, most))
    }

    fn within(&self, ground: &Ground, clusters: &Clusters, most: usize) -> usize {
        let ridge = self.hessian.ridge.rating.min(match ground.position {
            Some(_) => self.hessian.ridge.position,
            None => f64::MAX,
        });
        // Of each cluster: Σ w|e|ρ as fitted, how much that grows with N, and the most that it can be.
        let [fitted, grows, whole] = self.largest(clusters, most, |index| {
            let (pull, weight) = (&self.pulls[index], f64::from(self.comparisons[index].weight));
            let rho = ground.rho(pull.winner as usize, pull.loser as usize, pull.side());
            [pull.size().abs() * rho, 0.25 * weight * rho * rho, weight * rho]
        });
        let moved = |count: usize| {
            ground.moved(|n: f64| (fitted.sum(count) + n * grows.sum(count)).min(whole.sum(count)))
        };
        if moved(1).is_none() {
            return 0;
        }
        // Of each runner-up: what a cluster closes as fitted, then how much that grows with N.
        let closes: [Largest; 2 * CLOSE] = self.largest(clusters, most, |index| {
            let pull = &self.pulls[index];
            let (winner, loser) = (pull.winner as usize, pull.loser as usize);
            let weight = f64::from(self.comparisons[index].weight);
            let grows = 0.25 * weight * ground.rho(winner, loser, pull.side());
            let arms = ground.arms(winner, loser, pull.side());
            core::array::from_fn(|k| {
                let arm = arms[k % CLOSE];
                if k < CLOSE { pull.size() * arm } else { grows * arm.abs() }
            })
        });

        let holds = |count: usize| {
            let Some(moved) = moved(count) else { return false };
            let r = ground.widest * moved;
            let bend = if r < 1e-3 { 0.5 + r } else { (libm::exp(r) - 1.0 - r) / (r * r) };
            let residual = PRECISION * 2.0 * moved / libm::sqrt(ridge);
            let close = ground.close.iter().enumerate().all(|(lane, close)| {
                let rest = bend * close.steepest * moved * moved + close.beside * moved;
                let telling = closes[lane].sum(count) + moved * closes[CLOSE + lane].sum(count);
                let closed = telling + rest + residual + SLACK;
                closed < self.gaps[close.candidate]
            });
            let looked_at =
                |i: usize| i == self.first || ground.close.iter().any(|close| close.candidate == i);
            close
                && (0..self.gaps.len())
                    .filter(|&i| !looked_at(i))
                    .all(|i| ground.rho(self.first, i, 0.0) * moved + SLACK < self.gaps[i])
        };
        // What holds without many holds without fewer.
        let (mut held, mut lost) = (0, most.min(clusters.len()) + 1);
        while lost - held > 1 {
            // Doubled first: it is more often few than many.
            let next = (2 * held).max(1).min(held + (lost - held) / 2).max(held + 1);
            if holds(next) {
                held = next;
            } else {
                lost = next;
            }
        }
        held
    }
}

/// Every pair, with its lower and its higher number.
fn each_pair(pairs: &Pairs, mut visit: impl FnMut(usize, usize, usize)) {
    for piece in pairs.pieces() {
        for (low, row) in piece.rows() {
            for (pair, &high) in row.clone().zip(pairs.highs(row)) {
                visit(pair, low, high as usize);
            }
        }
    }
}

impl Ground {
    fn of(hessian: &Hessian<'_>, within: Vec<bool>, first: usize, gaps: &[f64]) -> Self {
        let (pairs, n, ridge) = (hessian.pairs, hessian.pairs.candidates(), hessian.ridge);
        // The curvature of what is within.
        let mut curvature = Curvature { pairs: vec![0.0; pairs.len()], diagonal: vec![ridge.rating; n] };
        let mut side = ridge.position;
        let mut ways = vec![ridge.rating; n];
        let mut together = (usize::MAX, usize::MAX, 0.0);
        let mut add_way = |(low, high, c): (usize, usize, f64)| {
            if c > 0.0 {
                let way = c * ridge.rating / (c + ridge.rating);
                ways[low] += way;
                ways[high] += way;
            }
        };
        each_pair(pairs, |pair, low, high| {
            if !(within[low] && within[high]) {
                return;
            }
            let c = hessian.curvature.pairs[pair];
            curvature.pairs[pair] = c;
            curvature.diagonal[low] += c;
            curvature.diagonal[high] += c;
            side += pairs.tilt(pair) * pairs.tilt(pair) * c;
            // A pair that is counted apart by side is one way.
            if (together.0, together.1) == (low, high) {
                together.2 += c;
            } else {
                add_way(core::mem::replace(&mut together, (low, high, c)));
            }
        });
        add_way(together);
        let resistance: Vec<f64> = ways.into_iter().map(|ways| 1.0 / ways).collect();
        if pairs.sides() {
            curvature.diagonal.push(side);
        }
        let inside = Hessian { pairs, ridge, curvature, crew: hessian.crew };
        let unknowns = pairs.unknowns();
        let inverse = (n <= SMALL).then(|| inverse(&inside.dense(), unknowns));
        let position = pairs.sides().then(|| {
            let mut one = vec![0.0; n + 1];
            one[n] = 1.0;
            let (solved, _) = inside.solve(&one, PRECISION);
            (solved[n], solved)
        });
        let (close, levers) = (vec![], vec![]);
        let mut ground = Self { inverse, resistance, position, within, widest: 0.0, close, levers };
        let mut widest: f64 = 0.0;
        each_pair(pairs, |pair, low, high| {
            if ground.within[low] && ground.within[high] {
                widest = widest.max(ground.rho(low, high, pairs.tilt(pair)));
            }
        });
        ground.widest = widest;

        // Those to whom the first place goes soonest, as far as the rough bound tells.
        let toil = |i: usize| gaps[i] / ground.rho(first, i, 0.0);
        let mut nearest: Vec<usize> = (0..n).filter(|&i| i != first).collect();
        nearest.sort_unstable_by(|&a, &b| toil(a).total_cmp(&toil(b)).then(a.cmp(&b)));
        nearest.truncate(CLOSE);
        let mut sides = vec![[0.0; CLOSE]; pairs.unknowns()];
        for (lane, &candidate) in nearest.iter().enumerate() {
            sides[first][lane] = 1.0;
            sides[candidate][lane] = -1.0;
        }
        ground.levers = hessian.solve_all(&sides, PRECISION).0;
        let (mut steepest, mut beside) = ([0.0f64; CLOSE], [0.0; CLOSE]);
        each_pair(pairs, |pair, low, high| {
            let tilt = pairs.tilt(pair);
            let arms = ground.arms(low, high, tilt).map(f64::abs);
            if ground.within[low] && ground.within[high] {
                steepest.iter_mut().zip(arms).for_each(|(steepest, arm)| *steepest = steepest.max(arm));
            } else {
                // Pull and curvature both change by no more than this times the gap's change.
                let most = 0.25 * pairs.weight(pair) + hessian.curvature.pairs[pair];
                let most = most * ground.rho(low, high, tilt);
                beside.iter_mut().zip(arms).for_each(|(beside, arm)| *beside += arm * most);
            }
        });
        let lanes = nearest.into_iter().zip(steepest.into_iter().zip(beside));
        ground.close =
            lanes.map(|(candidate, (steepest, beside))| Close { candidate, steepest, beside }).collect();
        ground
    }

    /// xᵀb of a comparison of these two, with this side, of each runner-up.
    fn arms(&self, one: usize, other: usize, side: f64) -> [f64; CLOSE] {
        let (one, other) = (&self.levers[one], &self.levers[other]);
        let position = self.levers.get(self.resistance.len()).copied().unwrap_or([0.0; CLOSE]);
        core::array::from_fn(|lane| one[lane] - other[lane] + side * position[lane])
    }

    /// At least √(bᵀH⁻¹b) of a comparison of these two, with this side.
    fn rho(&self, one: usize, other: usize, side: f64) -> f64 {
        if let Some(inverse) = &self.inverse {
            let m = self.resistance.len() + usize::from(self.position.is_some());
            let at = |row: usize, column: usize| inverse[row * m + column];
            let mut square = at(one, one) + at(other, other) - 2.0 * at(one, other);
            if self.position.is_some() {
                square += side * (side * at(m - 1, m - 1) + 2.0 * (at(one, m - 1) - at(other, m - 1)));
            }
            return libm::sqrt(1.001 * square.max(0.0));
        }
        let mut square = self.resistance[one] + self.resistance[other];
        if let Some((variance, with)) = &self.position {
            let off = side + (with[one] - with[other]) / variance;
            square += off * off * variance;
        }
        // A thousandth for the linear system's own error.
        libm::sqrt(1.001 * square)
    }

    /// A number that N stays below, where votes push by no more than `push(N)`; none where nothing is certain.
    fn moved(&self, push: impl Fn(f64) -> f64) -> Option<f64> {
        let needed = |n: f64| {
            let r = self.widest * n;
            let kept = if r < 1e-6 { 1.0 - 0.5 * r } else { -libm::expm1(-r) / r };
            push(n) / kept
        };
        let mut moved = 0.0;
        for _ in 0..200 {
            let next = needed(moved);
            if self.widest * next > 5.0 {
                return None;
            }
            let enough = 1.01 * next + 1e-12;
            if needed(enough) < enough {
                return Some(enough);
            }
            moved = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alone, hessian::Ridge, random::SplitMix64};

    /// Duels of random pairs; candidate 0 is the best by `ahead`, and the last one has few.
    fn duels(n: usize, votes: usize, ahead: f64, persons: usize, seed: u64) -> Vec<IndexedComparison> {
        let mut random = SplitMix64::new(seed);
        let liked = |i: usize| if i == 0 { ahead } else { -0.05 * i as f64 };
        (0..votes)
            .map(|vote| {
                let left = random.below(n - usize::from(vote % 9 > 0));
                let right = (left + 1 + random.below(n - 1)) % n;
                let chance = 1.0 / (1.0 + libm::exp(liked(right) - liked(left) - 0.2));
                let left_won = random.unit() < chance;
                let (winner, loser) = if left_won { (left, right) } else { (right, left) };
                IndexedComparison {
                    winner: winner as u32,
                    loser: loser as u32,
                    weight: [1.0, 0.5, 2.0][random.below(3)],
                    person: random.below(persons) as u32,
                    tie: random.below(8) == 0,
                    winner_left: [Some(left_won), None][random.below(2)],
                }
            })
            .collect()
    }

    struct Fitted {
        pairs: Pairs,
        values: Vec<f64>,
        first: usize,
    }

    const RIDGE: Ridge = Ridge { rating: 1.0, position: 4.0 };

    fn fitted(n: usize, comparisons: &[IndexedComparison], sides: bool) -> Fitted {
        let pairs = Pairs::add_up(n, comparisons, sides, &Alone).unwrap();
        let values = pairs.fit(RIDGE, &Alone).values;
        let first = (1..n).fold(0, |best, i| if values[i] > values[best] { i } else { best });
        Fitted { pairs, values, first }
    }

    fn with_hold<T>(
        fitted: &Fitted,
        comparisons: &[IndexedComparison],
        look: impl FnOnce(Hold<'_>) -> T,
    ) -> T {
        let (_, curvature) = fitted.pairs.slopes(&fitted.values, RIDGE, &Alone);
        let hessian = fitted.pairs.hessian(curvature, RIDGE, &Alone);
        let pulls = Pull::all(comparisons, &hessian, &fitted.values);
        look(Hold::of(&hessian, &fitted.values, fitted.first, comparisons, &pulls))
    }

    /// Whether the first place is lost without these.
    fn lost(n: usize, comparisons: &[IndexedComparison], sides: bool, first: usize, gone: &[usize]) -> bool {
        let mut kept = comparisons.to_vec();
        gone.iter().for_each(|&index| kept[index].weight = 0.0);
        let values = fitted(n, &kept, sides).values;
        (0..n).any(|i| i != first && values[i] >= values[first] - SAME_RATING)
    }

    #[test]
    fn what_is_proven_to_hold_does_hold_without_any_of_all_removals() {
        let mut proven = [0; 4];
        for seed in 0..36 {
            let (n, sides) = (3 + seed as usize % 3, seed % 2 == 0);
            let comparisons = duels(n, 60 + 3 * seed as usize, 0.4 + 0.02 * seed as f64, 9, seed);
            let found = fitted(n, &comparisons, sides);
            let clusters = Clusters::votes(&comparisons, &[]);
            let held = with_hold(&found, &comparisons, |hold| hold.without(&clusters, 4));
            proven[held] += 1;
            let any = |gone: &[usize]| lost(n, &comparisons, sides, found.first, gone);
            let all = comparisons.len();
            if held >= 1 {
                assert!(!(0..all).any(|a| any(&[a])), "{seed}");
            }
            if held >= 2 {
                assert!(!(0..all).any(|a| (0..a).any(|b| any(&[a, b]))), "{seed}");
            }
            // Of three, the most telling ones, in every order of telling that one by one leads to.
            if held >= 3 {
                let mut gone = vec![];
                for _ in 0..3 {
                    let gap = |index: usize| {
                        let mut kept = comparisons.to_vec();
                        gone.iter().chain([&index]).for_each(|&index| kept[index].weight = 0.0);
                        let values = fitted(n, &kept, sides).values;
                        let second = (0..n).filter(|&i| i != found.first).map(|i| values[i]);
                        values[found.first] - second.fold(f64::NEG_INFINITY, f64::max)
                    };
                    let most = (0..all).filter(|index| !gone.contains(index));
                    gone.push(most.min_by(|&a, &b| gap(a).total_cmp(&gap(b))).unwrap());
                }
                assert!(!any(&gone), "{seed}: {gone:?}");
            }
        }
        assert!(proven[1] + proven[2] + proven[3] >= 12 && proven[2] + proven[3] >= 3, "{proven:?}");
    }

    #[test]
    fn of_persons_as_well() {
        let mut proven = 0;
        for seed in 0..20 {
            let comparisons = duels(4, 400, 1.0, 200, seed);
            let found = fitted(4, &comparisons, true);
            let clusters = Clusters::persons(&comparisons);
            let held = with_hold(&found, &comparisons, |hold| hold.without(&clusters, 3));
            proven += usize::from(held > 0);
            let gone = |cluster: usize| clusters.of(cluster).iter().map(|&index| index as usize);
            for one in 0..clusters.len() {
                let gone: Vec<usize> = gone(one).collect();
                assert!(held < 1 || !lost(4, &comparisons, true, found.first, &gone), "{seed}");
            }
        }
        assert!(proven >= 10, "{proven}");
    }

    #[test]
    fn a_bound_on_movement_is_one() {
        // Whatever is taken away, N is what the bound says or less.
        for seed in 0..10 {
            let comparisons = duels(5, 300, 0.5, 9, seed);
            let found = fitted(5, &comparisons, true);
            let mut random = SplitMix64::new(seed);
            for count in [1usize, 3, 6] {
                let gone: Vec<usize> = (0..count).map(|_| random.below(comparisons.len())).collect();
                let mut kept = comparisons.clone();
                gone.iter().for_each(|&index| kept[index].weight = 0.0);
                let values = fitted(5, &kept, true).values;
                let moved: Vec<f64> =
                    values.iter().zip(&found.values).map(|(now, then)| now - then).collect();
                let (_, curvature) = found.pairs.slopes(&found.values, RIDGE, &Alone);
                let hessian = found.pairs.hessian(curvature, RIDGE, &Alone);
                let dense = hessian.dense();
                let m = moved.len();
                let energy: f64 = (0..m * m).map(|at| moved[at / m] * dense[at] * moved[at % m]).sum();
                let ground = Ground::of(&hessian, vec![true; 5], found.first, &[1.0; 5]);
                let push = |_: f64| {
                    let rho = |&index: &usize| {
                        let IndexedComparison { winner, loser, weight, .. } = comparisons[index];
                        f64::from(weight)
                            * ground.rho(winner as usize, loser as usize, comparisons[index].side())
                    };
                    gone.iter().map(rho).sum::<f64>()
                };
                let bound = ground.moved(push);
                assert!(bound.is_none_or(|bound| libm::sqrt(energy) <= bound), "{seed}: {energy} {bound:?}");
                assert!(count > 1 || bound.is_some());
            }
        }
    }

    #[test]
    fn a_resistance_is_no_less_than_the_true_one() {
        for sides in [false, true] {
            let comparisons = duels(6, 120, 0.3, 9, 3);
            let found = fitted(6, &comparisons, sides);
            let (_, curvature) = found.pairs.slopes(&found.values, RIDGE, &Alone);
            let hessian = found.pairs.hessian(curvature, RIDGE, &Alone);
            let exact = Ground::of(&hessian, vec![true; 6], found.first, &[1.0; 6]);
            let inverse = None;
            let ground = Ground { inverse, ..Ground::of(&hessian, vec![true; 6], found.first, &[1.0; 6]) };
            for comparison in &comparisons {
                let (one, other) = (comparison.winner as usize, comparison.loser as usize);
                let side = if sides { comparison.side() } else { 0.0 };
                let mut b = vec![0.0; found.pairs.unknowns()];
                (b[one], b[other]) = (1.0, -1.0);
                if sides {
                    b[6] = side;
                }
                let (solved, _) = hessian.solve(&b, 1e-10);
                let square: f64 = b.iter().zip(&solved).map(|(b, x)| b * x).sum();
                let rho = ground.rho(one, other, side);
                assert!(rho * rho >= square && rho < 4.0 * libm::sqrt(square), "{rho} {square}");
                let rho = exact.rho(one, other, side);
                assert!(rho * rho >= square && rho < 1.01 * libm::sqrt(square), "{rho} {square}");
            }
        }
    }
}
