//! What ratings and their spread say about places: ranks, rank ranges, and expected shares of duels won.

use alloc::{vec, vec::Vec};

use crate::{
    logistic::{normal_quantile, sigmoid},
    spread::Spread,
};

/// Newton stops at 1e-9: ratings closer than this are the same.
pub(crate) const SAME_RATING: f64 = 1e-8;

/// Up to so many candidates shares are added up opponent by opponent.
const EXACT_SHARES: usize = 600;
/// Width of the cells in which larger rounds' shares are interpolated.
const CELL: f64 = 0.125;
/// σ is 0 or 1 to the last bit beyond it.
const SATURATED: f64 = 40.0;

/// The mean probability of winning against each of the others, at some ratings `at` of each candidate; a half where there are
/// no others.
pub(crate) fn shares<const L: usize>(ratings: &[f64], at: &[[f64; L]]) -> Vec<[f64; L]> {
    if ratings.len() < 2 {
        return vec![[0.5; L]; ratings.len()];
    }
    if ratings.len() <= EXACT_SHARES { summed(ratings, at) } else { interpolated(ratings, at) }
}

fn summed<const L: usize>(ratings: &[f64], at: &[[f64; L]]) -> Vec<[f64; L]> {
    let share = |own: usize, rating: f64| {
        let mut sum = 0.0;
        for (opponent, other) in ratings.iter().enumerate() {
            if opponent != own {
                sum += sigmoid(rating - other);
            }
        }
        sum / (ratings.len() - 1) as f64
    };
    at.iter().enumerate().map(|(own, at)| at.map(|rating| share(own, rating))).collect()
}

/// Within 1e-7 of the sums: the expected score against everyone is computed with its slope at the ends of the cells that are
/// asked for, and in between by Hermite's cubic, whose error is at most CELL⁴ / 384 times the fourth derivative, and σ's is
/// under 0.13. A cell's end looks only at opponents near enough to matter.
fn interpolated<const L: usize>(ratings: &[f64], at: &[[f64; L]]) -> Vec<[f64; L]> {
    let n = ratings.len();
    let mut sorted = ratings.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (first, last) = (sorted[0] - SATURATED, sorted[n - 1] + SATURATED);
    let cell = |rating: f64| libm::floor(rating.clamp(first, last) / CELL);
    let mut ends: Vec<f64> =
        at.iter().flatten().flat_map(|&rating| [cell(rating), cell(rating) + 1.0]).collect();
    ends.sort_unstable_by(f64::total_cmp);
    ends.dedup();
    let heights: Vec<(f64, f64)> = ends
        .iter()
        .map(|end| {
            let rating = end * CELL;
            let below = sorted.partition_point(|other| *other < rating - SATURATED);
            let upto = sorted.partition_point(|other| *other <= rating + SATURATED);
            let (mut sum, mut slope) = (below as f64, 0.0);
            for other in &sorted[below..upto] {
                let p = sigmoid(rating - other);
                sum += p;
                slope += p * (1.0 - p);
            }
            (sum, slope * CELL)
        })
        .collect();
    let total = |rating: f64| {
        let low = cell(rating);
        let index = ends.partition_point(|end| *end < low);
        let ((from, from_slope), (to, to_slope)) = (heights[index], heights[index + 1]);
        let t = rating.clamp(first, last) / CELL - low;
        let s = 1.0 - t;
        s * s * ((1.0 + 2.0 * t) * from + t * from_slope) + t * t * ((1.0 + 2.0 * s) * to - s * to_slope)
    };
    let share =
        |own: f64, rating: f64| ((total(rating) - sigmoid(rating - own)) / (n - 1) as f64).clamp(0.0, 1.0);
    at.iter().zip(ratings).map(|(at, own)| at.map(|rating| share(*own, rating))).collect()
}

/// The rank of each candidate; equal ratings share one.
pub(crate) fn ranks(ratings: &[f64]) -> Vec<u32> {
    let mut order = ratings.to_vec();
    order.sort_unstable_by(f64::total_cmp);
    let above = |own: &f64| ratings.len() - order.partition_point(|rating| rating - own <= SAME_RATING);
    ratings.iter().map(|own| 1 + above(own) as u32).collect()
}

/// (rank, best rank, worst rank) of each candidate.
///
/// Where covariances are known, from the pairwise differences. Where they are not, from intervals that do not overlap: the
/// standard deviation of a difference is at most the sum of the two, however they hang together, so these ranges are never
/// narrower than the exact ones of the same variances (and up to √2 wider than those of independent ratings).
pub(crate) fn rank_ranges(ratings: &[f64], spread: &Spread) -> Vec<(u32, u32, u32)> {
    let n = ratings.len();
    if n < 2 {
        return vec![(1, 1, 1); n];
    }
    let critical = -normal_quantile(0.025 / (n - 1) as f64);
    let sorted = |values: Vec<f64>| {
        let mut values = values;
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let order = sorted(ratings.to_vec());
    let above = |i: usize| n - order.partition_point(|rating| rating - ratings[i] <= SAME_RATING);
    if spread.differences_known() {
        let surely = |i: usize| {
            let (mut surely_above, mut surely_below) = (0, 0);
            for j in (0..n).filter(|&j| j != i) {
                let ahead = ratings[j] - ratings[i];
                if ahead.abs() > critical * libm::sqrt(spread.difference(i, j)) {
                    if ahead > 0.0 {
                        surely_above += 1;
                    } else {
                        surely_below += 1;
                    }
                }
            }
            (surely_above, surely_below)
        };
        return (0..n).map(|i| range(n, above(i), surely(i))).collect();
    }
    let half = |i: usize| critical * libm::sqrt(spread.variance(i));
    let lows: Vec<f64> = (0..n).map(|i| ratings[i] - half(i)).collect();
    let highs: Vec<f64> = (0..n).map(|i| ratings[i] + half(i)).collect();
    let (all_lows, all_highs) = (sorted(lows.clone()), sorted(highs.clone()));
    (0..n)
        .map(|i| {
            let surely_above = n - all_lows.partition_point(|low| *low <= highs[i]);
            let surely_below = all_highs.partition_point(|high| *high < lows[i]);
            range(n, above(i), (surely_above, surely_below))
        })
        .collect()
}

fn range(n: usize, above: usize, (surely_above, surely_below): (usize, usize)) -> (u32, u32, u32) {
    (1 + above as u32, 1 + surely_above as u32, (n - surely_below) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    #[test]
    fn interpolated_shares_are_within_a_ten_millionth_of_the_sums() {
        for width in [0.01, 3.0, 200.0] {
            let mut random = SplitMix64::new(5);
            let ratings: Vec<f64> = (0..900).map(|_| width * (random.unit() - 0.5)).collect();
            let at: Vec<[f64; 4]> = ratings
                .iter()
                .map(|rating| [*rating, rating - 1.7, rating + 90.0 * random.unit(), -1e9])
                .collect();
            let (exact, near) = (summed(&ratings, &at), interpolated(&ratings, &at));
            for (exact, near) in exact.iter().flatten().zip(near.iter().flatten()) {
                assert!((exact - near).abs() < 1e-7, "{exact} {near}");
                assert!((0.0..=1.0).contains(near));
            }
        }
    }
}
