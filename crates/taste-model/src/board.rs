//! The ranking of a round with honest error bars: Bradley–Terry ratings, intervals, rank ranges, shares.
//!
//! Intervals are the wider of two: the sandwich, clustered by person (one person's hundred votes are not a hundred
//! independent ones), and the model's own curvature (which stays wide where there are few votes or few persons, where a
//! sandwich collapses). Rank ranges come from pairwise differences at a level that holds for all opponents of a
//! candidate at once (Bonferroni).

use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    error::{ModelError, within},
    logistic::{normal_quantile, sigmoid},
    pairs::{IndexedComparison, Laplacian, NO_PERSON, Pairs, centre},
    prior::cholesky,
    random::SplitMix64,
};

/// A candidate with fewer votes is marked fragile.
pub const FRAGILE_VOTES: u32 = 10;

/// Half of the width of a central 95 % interval, in standard deviations.
const Z95: f64 = 1.959963984540054;

/// Up to here covariances are exact; above, `n³` would be felt, and variances are estimated from draws.
const DENSE_LIMIT: usize = 600;
/// Draws of the sandwich.
const DRAWS: usize = 64;
/// Draws of the model's own curvature, which is known from its diagonal for the most part.
const MODEL_DRAWS: usize = 32;

/// How a board is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardOptions {
    /// Precision of the normal prior on each rating, above 0. 1 says that most duels between unknown candidates end
    /// no more one-sided than 80 : 20, and costs a candidate with fifty votes next to nothing.
    pub ridge: f64,
}

impl Default for BoardOptions {
    fn default() -> Self {
        Self { ridge: 1.0 }
    }
}

/// A fitted board. `candidate` numbers are the caller's; digests are put in where it is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// Comparisons of weight above 0.
    pub votes: u32,
    /// Different persons behind them; those of [`NO_PERSON`] count one each.
    pub voters: u32,
    /// Ties among the votes.
    pub ties: u32,
    /// Best first.
    pub rows: Vec<BoardRow>,
}

/// One candidate's line on the board.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardRow {
    /// Its number.
    pub candidate: u32,
    /// 1 for the best; equal ratings share a rank.
    pub rank: u32,
    /// Best rank that the votes allow, with 95 % confidence.
    pub rank_low: u32,
    /// Worst rank that they allow.
    pub rank_high: u32,
    /// Bradley–Terry log-strength; the round's mean is 0.
    pub rating: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Expected share of duels won against the round's average opponent; a half where there is none.
    pub share: f64,
    /// Lower end of its 95 % interval.
    pub share_low: f64,
    /// Upper end.
    pub share_high: f64,
    /// Comparisons it was in.
    pub votes: u32,
    /// Under [`FRAGILE_VOTES`] votes.
    pub fragile: bool,
}

impl Board {
    /// Ranks `candidates` candidates. No votes, one candidate, groups that never met and nothing but ties all give finite
    /// answers with wide intervals.
    ///
    /// # Errors
    /// [`ModelError::Comparison`] where a comparison names a candidate that is not there, or the same twice;
    /// [`ModelError::Range`] for a weight or a ridge that is not allowed.
    pub fn fit(
        candidates: usize,
        comparisons: &[IndexedComparison],
        options: &BoardOptions,
    ) -> Result<Self, ModelError> {
        Self::fit_with(candidates, comparisons, options, DENSE_LIMIT)
    }

    fn fit_with(
        candidates: usize,
        comparisons: &[IndexedComparison],
        options: &BoardOptions,
        dense_limit: usize,
    ) -> Result<Self, ModelError> {
        let ridge = options.ridge;
        within("the ridge", ridge, 1e-9, 1e9)?;
        let pairs = Pairs::aggregate(candidates, comparisons)?;
        let ratings = pairs.strengths(ridge).ratings;
        let persons = by_person(comparisons);
        let spread = if candidates <= dense_limit {
            Spread::exact(&pairs, &ratings, comparisons, &persons, ridge)
        } else {
            Spread::drawn(&pairs, &ratings, comparisons, &persons, ridge)
        };

        let mut votes = vec![0u32; candidates];
        for comparison in comparisons.iter().filter(|comparison| comparison.weight > 0.0) {
            votes[comparison.winner as usize] += 1;
            votes[comparison.loser as usize] += 1;
        }
        let ranks = rank_ranges(&ratings, &spread);
        let mut rows: Vec<BoardRow> = (0..candidates)
            .map(|i| {
                let half = Z95 * libm::sqrt(spread.variance(i));
                let (low, high) = (ratings[i] - half, ratings[i] + half);
                let share = |rating: f64| share(rating, i, &ratings);
                let alone = candidates == 1;
                BoardRow {
                    candidate: i as u32,
                    rank: ranks[i].0,
                    rank_low: ranks[i].1,
                    rank_high: ranks[i].2,
                    rating: ratings[i],
                    low,
                    high,
                    share: share(ratings[i]),
                    share_low: if alone { 0.0 } else { share(low) },
                    share_high: if alone { 1.0 } else { share(high) },
                    votes: votes[i],
                    fragile: votes[i] < FRAGILE_VOTES,
                }
            })
            .collect();
        rows.sort_by(|a, b| b.rating.total_cmp(&a.rating).then(a.candidate.cmp(&b.candidate)));
        let counted = || comparisons.iter().filter(|comparison| comparison.weight > 0.0);
        Ok(Self {
            votes: counted().count() as u32,
            voters: persons.len() as u32,
            ties: counted().filter(|comparison| comparison.tie).count() as u32,
            rows,
        })
    }
}

/// Mean probability of winning against each of the others.
fn share(rating: f64, own: usize, ratings: &[f64]) -> f64 {
    if ratings.len() < 2 {
        return 0.5;
    }
    let mut sum = 0.0;
    for (opponent, other) in ratings.iter().enumerate() {
        if opponent != own {
            sum += sigmoid(rating - other);
        }
    }
    sum / (ratings.len() - 1) as f64
}

/// (rank, best rank, worst rank) of each candidate.
fn rank_ranges(ratings: &[f64], spread: &Spread) -> Vec<(u32, u32, u32)> {
    let n = ratings.len();
    if n < 2 {
        return vec![(1, 1, 1); n];
    }
    let critical = -normal_quantile(0.025 / (n - 1) as f64);
    (0..n)
        .map(|i| {
            let (mut above, mut surely_above, mut surely_below) = (0, 0, 0);
            for j in (0..n).filter(|&j| j != i) {
                let ahead = ratings[j] - ratings[i];
                // Newton stops at 1e-9: closer than this is the same rating.
                if ahead > 1e-8 {
                    above += 1;
                }
                if ahead.abs() > critical * libm::sqrt(spread.difference(i, j)) {
                    if ahead > 0.0 {
                        surely_above += 1;
                    } else {
                        surely_below += 1;
                    }
                }
            }
            (1 + above, 1 + surely_above, n as u32 - surely_below)
        })
        .collect()
}

/// Positions of comparisons of weight above 0, one list per person.
fn by_person(comparisons: &[IndexedComparison]) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> =
        (0..comparisons.len() as u32).filter(|&i| comparisons[i as usize].weight > 0.0).collect();
    let person = |i: &u32| comparisons[*i as usize].person;
    order.sort_by_key(person);
    order.chunk_by(|a, b| person(a) == person(b) && person(a) != NO_PERSON).map(<[u32]>::to_vec).collect()
}

/// How uncertain ratings and their differences are.
struct Spread {
    n: usize,
    /// Variance of each rating about the round's mean.
    variances: Vec<f64>,
    /// The two covariances, row-major `[n, n]`, where they are exact.
    exact: Option<(Vec<f64>, Vec<f64>)>,
}

impl Spread {
    fn variance(&self, i: usize) -> f64 {
        self.variances[i]
    }

    /// Variance of rating i − rating j.
    fn difference(&self, i: usize, j: usize) -> f64 {
        let Some((model, sandwich)) = &self.exact else {
            // Ratings of a large round are hardly correlated.
            return self.variances[i] + self.variances[j];
        };
        let n = self.n;
        let of = |v: &[f64]| v[i * n + i] + v[j * n + j] - 2.0 * v[i * n + j];
        of(model).max(of(sandwich)).max(0.0)
    }

    /// H⁻¹ and H⁻¹ B H⁻¹ in full, B the sum over persons of their score's outer product.
    fn exact(
        pairs: &Pairs,
        ratings: &[f64],
        comparisons: &[IndexedComparison],
        persons: &[Vec<u32>],
        ridge: f64,
    ) -> Self {
        let n = ratings.len();
        let mut hessian = pairs.slopes(ratings, ridge).1.dense();
        // Only differences of ratings matter. Holding their common level changes none, and keeps a tiny ridge's huge
        // variance of that level from drowning them in rounding.
        if n > 1 {
            let level = (0..n).map(|i| hessian[i * n + i]).sum::<f64>() / (n * n) as f64;
            for value in &mut hessian {
                *value += level;
            }
        }
        let model = inverse(&hessian, n);
        let mut meat = vec![0.0; n * n];
        let mut score = vec![0.0; n];
        let mut touched = Vec::new();
        for own in persons {
            add_scores(comparisons, own, ratings, &mut score, &mut touched);
            for &i in &touched {
                for &j in &touched {
                    meat[i * n + j] += score[i] * score[j];
                }
            }
            for i in touched.drain(..) {
                score[i] = 0.0;
            }
        }
        let correction = cluster_correction(persons.len());
        let half = multiply(&model, &meat, n);
        let mut sandwich = multiply(&half, &model, n);
        for value in &mut sandwich {
            *value *= correction;
        }
        let variances = if n == 1 {
            vec![model[0]]
        } else {
            let (model, sandwich) = (centred_diagonal(&model, n), centred_diagonal(&sandwich, n));
            model.iter().zip(&sandwich).map(|(model, sandwich)| model.max(*sandwich)).collect()
        };
        Self { n, variances, exact: Some((model, sandwich)) }
    }

    /// The diagonals of both from draws. The sandwich: each person's score with a random sign, pushed through H⁻¹ (a
    /// wild bootstrap of one Newton step).
    fn drawn(
        pairs: &Pairs,
        ratings: &[f64],
        comparisons: &[IndexedComparison],
        persons: &[Vec<u32>],
        ridge: f64,
    ) -> Self {
        let n = ratings.len();
        let (_, laplacian) = pairs.slopes(ratings, ridge);
        // A fixed seed: the same votes give the same board.
        let mut random = SplitMix64::new(0x7461_7374_6562_6f61);
        let model = drawn_diagonal(&laplacian, &mut random);
        let pulls: Vec<(usize, usize, f64)> =
            persons.iter().flatten().map(|&index| pull(&comparisons[index as usize], ratings)).collect();
        let mut sums = vec![0.0; n];
        for _ in 0..DRAWS {
            let mut scores = vec![0.0; n];
            let mut pulls = pulls.iter();
            for own in persons {
                let sign = if random.next() >> 63 == 0 { 1.0 } else { -1.0 };
                for &(winner, loser, pull) in pulls.by_ref().take(own.len()) {
                    scores[winner] += sign * pull;
                    scores[loser] -= sign * pull;
                }
            }
            // A hundredth is far finer than what the number of draws resolves.
            let mut draw = laplacian.solve(&scores, 0.01);
            centre(&mut draw);
            for (sum, value) in sums.iter_mut().zip(&draw) {
                *sum += value * value;
            }
        }
        let correction = cluster_correction(persons.len()) / DRAWS as f64;
        let variances = sums.iter().zip(&model).map(|(sum, model)| (sum * correction).max(*model)).collect();
        Self { n, variances, exact: None }
    }
}

/// The diagonal of H⁻¹ about the mean, from draws x = H⁻¹s with s of covariance H. Most of it needs none: the variance of
/// xᵢ is 1 / Hᵢᵢ, what would be left if all others were known, and that of xᵢ − sᵢ / Hᵢᵢ, what the others add (Sidén et al.
/// 2018, *Efficient covariance approximations for large sparse precision matrices*). So a dense round is exact to a
/// percent, and a long ladder to a tenth.
fn drawn_diagonal(laplacian: &Laplacian<'_>, random: &mut SplitMix64) -> Vec<f64> {
    let mut sums = vec![0.0; laplacian.diagonal.len()];
    for _ in 0..MODEL_DRAWS {
        let mut noise = laplacian.noise(random);
        centre(&mut noise);
        let draw = laplacian.solve(&noise, 1e-3);
        for (i, sum) in sums.iter_mut().enumerate() {
            let others = draw[i] - noise[i] / laplacian.diagonal[i];
            *sum += others * others;
        }
    }
    let known = laplacian.diagonal.iter().map(|diagonal| 1.0 / diagonal);
    known.zip(sums).map(|(known, sum)| known + sum / MODEL_DRAWS as f64).collect()
}

/// G / (G − 1): few clusters understate the spread.
fn cluster_correction(persons: usize) -> f64 {
    if persons > 1 { persons as f64 / (persons - 1) as f64 } else { 1.0 }
}

/// How one comparison pulls its winner up (and its loser down) at the ratings.
fn pull(comparison: &IndexedComparison, ratings: &[f64]) -> (usize, usize, f64) {
    let (winner, loser) = (comparison.winner as usize, comparison.loser as usize);
    let (winner_wins, loser_wins) = comparison.wins();
    let p = sigmoid(ratings[winner] - ratings[loser]);
    (winner, loser, winner_wins - (winner_wins + loser_wins) * p)
}

fn add_scores(
    comparisons: &[IndexedComparison],
    own: &[u32],
    ratings: &[f64],
    score: &mut [f64],
    touched: &mut Vec<usize>,
) {
    for &index in own {
        let (winner, loser, pull) = pull(&comparisons[index as usize], ratings);
        score[winner] += pull;
        score[loser] -= pull;
        touched.push(winner);
        touched.push(loser);
    }
    touched.sort_unstable();
    touched.dedup();
}

/// Diagonal of P V P, P = I − 11ᵀ/n: variances about the mean.
fn centred_diagonal(v: &[f64], n: usize) -> Vec<f64> {
    let means: Vec<f64> = v.chunks_exact(n.max(1)).map(|row| row.iter().sum::<f64>() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n.max(1) as f64;
    (0..n).map(|i| (v[i * n + i] - 2.0 * means[i] + mean).max(0.0)).collect()
}

/// Row-major product of two n × n matrices; the inner loop runs along rows.
fn multiply(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![0.0; n * n];
    for (row, out) in a.chunks_exact(n.max(1)).zip(out.chunks_exact_mut(n.max(1))) {
        for (&value, b) in row.iter().zip(b.chunks_exact(n)) {
            if value != 0.0 {
                for (out, b) in out.iter_mut().zip(b) {
                    *out += value * b;
                }
            }
        }
    }
    out
}

/// Inverse of a symmetric positive definite matrix, by Cholesky.
///
/// Beside weights of a million a tiny ridge is lost in rounding; the diagonal is then raised by the least that is not.
/// Directions which only that ridge held (the distance between groups that never met) stay very wide.
fn inverse(matrix: &[f64], n: usize) -> Vec<f64> {
    let largest = (0..n).map(|i| matrix[i * n + i]).fold(0.0, f64::max);
    let mut raised = 0.0;
    let lower = loop {
        match cholesky(matrix, n, raised) {
            Some(lower) => break lower,
            // From twice the largest number on, the diagonal outweighs all else.
            None => assert!(raised <= 2.0 * largest * n as f64, "a matrix of numbers"),
        }
        raised = if raised == 0.0 { largest * 1e-16 } else { raised * 10.0 };
    };
    // Rows of L⁻¹ by forward substitution, then (L⁻¹)ᵀ L⁻¹.
    let mut inverse_lower = vec![0.0; n * n];
    for i in 0..n {
        let (done, current) = inverse_lower.split_at_mut(i * n);
        let current = &mut current[..n];
        for k in 0..i {
            let value = lower[i * n + k];
            for (current, done) in current[..=k].iter_mut().zip(&done[k * n..]) {
                *current -= value * done;
            }
        }
        current[i] += 1.0;
        let pivot = lower[i * n + i];
        for value in &mut current[..=i] {
            *value /= pivot;
        }
    }
    let mut out = vec![0.0; n * n];
    for row in inverse_lower.chunks_exact(n.max(1)) {
        for (&value, out) in row.iter().zip(out.chunks_exact_mut(n)) {
            if value != 0.0 {
                for (out, other) in out.iter_mut().zip(row) {
                    *out += value * other;
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fixture of `tests/data/make_fixtures.py`, without ties.
    fn fixture() -> (serde_json::Value, Vec<IndexedComparison>) {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../tests/data/board.json")).unwrap();
        let number = |value: &serde_json::Value| value.as_u64().unwrap() as u32;
        let rows = fixture["comparisons"].as_array().unwrap().iter().filter(|row| row[3] == false);
        let comparisons = rows
            .map(|row| IndexedComparison {
                winner: number(&row[0]),
                loser: number(&row[1]),
                weight: 1.0,
                person: number(&row[2]),
                tie: false,
            })
            .collect();
        (fixture, comparisons)
    }

    #[test]
    fn clustered_variances_agree_with_statsmodels() {
        let (fixture, comparisons) = fixture();
        let pairs = Pairs::aggregate(12, &comparisons).unwrap();
        let (ridge, persons) = (1e-9, by_person(&comparisons));
        assert_eq!(persons.len() as u64, fixture["persons"].as_u64().unwrap());
        let ratings = pairs.strengths(ridge).ratings;
        let spread = Spread::exact(&pairs, &ratings, &comparisons, &persons, ridge);
        let (model, sandwich) = spread.exact.unwrap();
        // statsmodels estimates θᵢ − θ₀, without the correction for few clusters.
        let contrast = |v: &[f64], i: usize| v[0] + v[i * 12 + i] - 2.0 * v[i];
        let correction = cluster_correction(persons.len());
        for i in 1..12 {
            let of = |name: &str| fixture[name][i - 1].as_f64().unwrap();
            assert!((contrast(&sandwich, i) / correction / of("cluster_variance") - 1.0).abs() < 1e-4, "{i}");
            assert!((contrast(&model, i) / of("model_variance") - 1.0).abs() < 1e-4, "{i}");
        }
    }

    /// Widths of drawn intervals over exact ones.
    fn drawn_over_exact(candidates: usize, comparisons: &[IndexedComparison]) -> Vec<f64> {
        let fit =
            |limit| Board::fit_with(candidates, comparisons, &BoardOptions::default(), limit).unwrap().rows;
        let ratio = |(exact, drawn): (&BoardRow, &BoardRow)| {
            assert_eq!((exact.candidate, exact.rating), (drawn.candidate, drawn.rating));
            (drawn.high - drawn.low) / (exact.high - exact.low)
        };
        fit(DENSE_LIMIT).iter().zip(&fit(0)).map(ratio).collect()
    }

    #[test]
    fn drawn_intervals_are_near_the_exact_ones() {
        let (_, comparisons) = fixture();
        for ratio in drawn_over_exact(12, &comparisons) {
            assert!((0.7..1.3).contains(&ratio), "{ratio}");
        }
    }

    #[test]
    fn drawn_intervals_are_as_wide_where_few_candidates_met() {
        // Forty duels between neighbours, or within each of fifty couples that met nobody else; all by one person.
        let half = |i: u32, k: u32| if k.is_multiple_of(2) { (i, i + 1) } else { (i + 1, i) };
        let vote = |(winner, loser)| IndexedComparison { winner, loser, weight: 1.0, person: 1, tie: false };
        let votes = |lower: &dyn Fn(u32) -> bool| -> Vec<_> {
            (0..99).filter(|&i| lower(i)).flat_map(|i| (0..40).map(move |k| half(i, k))).map(vote).collect()
        };
        for comparisons in [votes(&|_| true), votes(&|i| i.is_multiple_of(2))] {
            let ratios = drawn_over_exact(100, &comparisons);
            let mean = ratios.iter().sum::<f64>() / 100.0;
            assert!((mean - 1.0).abs() < 0.05, "{mean}");
            assert!(ratios.iter().all(|ratio| (0.7..1.4).contains(ratio)), "{ratios:?}");
        }
    }

    #[test]
    fn the_inverse_undoes_the_matrix() {
        let matrix = [4.0, 1.0, -1.0, 1.0, 3.0, 0.5, -1.0, 0.5, 2.0];
        let unit = multiply(&matrix, &inverse(&matrix, 3), 3);
        for (i, value) in unit.iter().enumerate() {
            assert!((value - f64::from(u8::from(i % 4 == 0))).abs() < 1e-12);
        }
    }
}
