//! How uncertain a board's ratings are: the model's own curvature, and the sandwich, clustered by person.

use alloc::{vec, vec::Vec};

use crate::{
    clusters::Clusters,
    crew::{cut, each, even_ends, pieces},
    hessian::{Hessian, add_all, signed},
    logistic::both_sides,
    pairs::{IndexedComparison, LANES as BLOCK, Pairs, centre},
    prior::cholesky,
    random::SplitMix64,
};

/// Most draws of the sandwich.
const DRAWS: usize = 64;
/// Most draws of the model's own curvature.
const MODEL_DRAWS: usize = 32;
/// Draws end where a variance's error is this small, in parts of it: about what [`DRAWS`] reach where all of it is drawn.
const PRECISION: f64 = 0.177;
/// The same for the model's curvature.
const MODEL_PRECISION: f64 = 0.02;
/// Draws that share one pass over the pairs. A dense round needs no more.
const LANES: usize = 4;

/// How uncertain ratings and their differences are.
pub(crate) struct Spread {
    /// Variance of each rating about the round's mean.
    variances: Vec<f64>,
    /// Where they are exact.
    exact: Option<Covariances>,
}

/// Both covariances, row-major `[unknowns, unknowns]`.
struct Covariances {
    unknowns: usize,
    model: Vec<f64>,
    sandwich: Vec<f64>,
}

impl Spread {
    pub(crate) fn variance(&self, i: usize) -> f64 {
        self.variances[i]
    }

    /// Whether [`difference`](Self::difference) has an answer.
    pub(crate) fn differences_known(&self) -> bool {
        self.exact.is_some()
    }

    /// Variance of rating i − rating j, where covariances are exact; no bound where they are not.
    pub(crate) fn difference(&self, i: usize, j: usize) -> f64 {
        let Some(Covariances { unknowns, model, sandwich }) = &self.exact else { return f64::INFINITY };
        let of = |v: &[f64]| v[i * unknowns + i] + v[j * unknowns + j] - 2.0 * v[i * unknowns + j];
        of(model).max(of(sandwich)).max(0.0)
    }

    /// H⁻¹ and H⁻¹ B H⁻¹ in full, B the sum over persons of their score's outer product. `values` are the ratings and, where
    /// there is one, the position term.
    pub(crate) fn exact(
        hessian: &Hessian<'_>,
        values: &[f64],
        comparisons: &[IndexedComparison],
        persons: &Clusters,
    ) -> Self {
        let pairs = hessian.pairs;
        let (n, m) = (pairs.candidates(), values.len());
        let mut hessian = hessian.dense();
        // Only differences of ratings matter. Holding their common level changes none, and keeps a tiny ridge's huge
        // variance of that level from drowning them in rounding.
        if n > 1 {
            let level = (0..n).map(|i| hessian[i * m + i]).sum::<f64>() / (n * n) as f64;
            for row in hessian.chunks_exact_mut(m).take(n) {
                for value in &mut row[..n] {
                    *value += level;
                }
            }
        }
        let model = inverse(&hessian, m);
        let mut meat = vec![0.0; m * m];
        let mut score = vec![0.0; m];
        let mut touched = Vec::new();
        for own in persons.iter() {
            add_scores(comparisons, own, pairs, values, &mut score, &mut touched);
            for &i in &touched {
                for &j in &touched {
                    meat[i * m + j] += score[i] * score[j];
                }
            }
            for i in touched.drain(..) {
                score[i] = 0.0;
            }
        }
        let correction = cluster_correction(persons.len());
        let half = multiply(&model, &meat, m);
        let mut sandwich = multiply(&half, &model, m);
        for value in &mut sandwich {
            *value *= correction;
        }
        let variances = if n == 1 {
            vec![model[0]]
        } else {
            let (model, sandwich) = (centred_diagonal(&model, n, m), centred_diagonal(&sandwich, n, m));
            model.iter().zip(&sandwich).map(|(model, sandwich)| model.max(*sandwich)).collect()
        };
        Self { variances, exact: Some(Covariances { unknowns: m, model, sandwich }) }
    }

    /// The diagonals of both from draws. The sandwich: each person's score with a random sign, pushed through H⁻¹ (a
    /// wild bootstrap of one Newton step). What a score does through the diagonal alone needs no draws: where that is nearly
    /// all, as in a dense round, few draws tell the rest.
    pub(crate) fn drawn(
        hessian: &Hessian<'_>,
        values: &[f64],
        comparisons: &[IndexedComparison],
        persons: &Clusters,
    ) -> Self {
        let (pairs, diagonal) = (hessian.pairs, &hessian.curvature.diagonal);
        let n = pairs.candidates();
        // A fixed seed: the same votes give the same board.
        let mut random = SplitMix64::new(0x7461_7374_6562_6f61);
        let model = drawn_diagonal(hessian, n, &mut random);
        let scores = Scores::of(hessian, values, comparisons, persons);
        let (mut squares, mut own_squares) = (vec![0.0; n], vec![0.0; n]);
        let (mut others, mut draws, mut told) = (0.0, 0, false);
        while draws < DRAWS && !told {
            let drawn = scores.drawn(&mut random);
            // A hundredth is far finer than what the number of draws resolves.
            let (mut steps, _) = hessian.solve_all(&drawn, 0.01);
            centre_all(&mut steps[..n]);
            for i in 0..n {
                for lane in 0..LANES {
                    let (step, own) = (steps[i][lane], drawn[i][lane] / diagonal[i]);
                    squares[i] += step * step;
                    own_squares[i] += own * own;
                    others += (step - own) * (step - own);
                }
            }
            draws += LANES;
            // x² = a² + (2ar + r²), the first known: the error is that of the second, for which a and r are taken as normal.
            let ratio = others / own_squares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            told = 2.0 * libm::sqrt(ratio) + core::f64::consts::SQRT_2 * ratio
                <= PRECISION * libm::sqrt(draws as f64);
        }
        let known = if told { scores.own_variances() } else { vec![] };
        let correction = cluster_correction(persons.len());
        let variance = |i: usize| {
            let drawn = |sum: f64| sum / draws as f64;
            let sandwich =
                if told { known[i] + drawn(squares[i] - own_squares[i]) } else { drawn(squares[i]) };
            (sandwich * correction).max(model[i])
        };
        Self { variances: (0..n).map(variance).collect(), exact: None }
    }
}

/// Each person's pulls, one person's after another's.
struct Scores<'a> {
    hessian: &'a Hessian<'a>,
    persons: &'a Clusters,
    pulls: Vec<Pull>,
    /// Where sums over persons are cut: the last person of each piece, and one.
    ends: Vec<usize>,
}

impl<'a> Scores<'a> {
    fn of(
        hessian: &'a Hessian<'a>,
        values: &[f64],
        comparisons: &[IndexedComparison],
        persons: &'a Clusters,
    ) -> Self {
        let starts: Vec<usize> = persons.starts().iter().map(|&start| start as usize).collect();
        let members = persons.members();
        let ends = even_ends(&starts, pieces(members.len(), hessian.pairs.candidates()));
        // Reckoned in the comparisons' order, which memory has, and only then put in the persons'.
        let said = Pull::all(comparisons, hessian, values);
        let mut pulls = vec![Pull::default(); members.len()];
        let terms: Vec<usize> = ends.iter().map(|&end| starts[end]).collect();
        let froms = core::iter::once(0).chain(terms.iter().copied());
        each(hessian.crew, froms.zip(cut(&mut pulls, &terms)), |(from, pulls)| {
            for (pull, &index) in pulls.iter_mut().zip(&members[from..]) {
                *pull = said[index as usize];
            }
        });
        Self { hessian, persons, pulls, ends }
    }

    /// What `work` makes of the persons of each piece, the numbers of the first and of the one after the last.
    fn each<R: Send>(&self, work: impl Fn(core::ops::Range<usize>) -> R + Sync) -> Vec<R> {
        let froms = core::iter::once(0).chain(self.ends.iter().copied());
        each(self.hessian.crew, froms.zip(&self.ends).map(|(from, &to)| from..to), work)
    }

    fn own(&self, person: usize) -> &[Pull] {
        let starts = self.persons.starts();
        &self.pulls[starts[person] as usize..starts[person + 1] as usize]
    }

    /// Sums of all scores, each with a random sign in each lane.
    fn drawn(&self, random: &mut SplitMix64) -> Vec<[f64; LANES]> {
        let (n, unknowns) = (self.hessian.pairs.candidates(), self.hessian.curvature.diagonal.len());
        let before = random.clone();
        random.skip(self.persons.len() as u64);
        let parts = self.each(|persons| {
            let mut random = before.clone();
            random.skip(persons.start as u64);
            let mut sums = vec![[0.0; LANES]; unknowns];
            for person in persons {
                let signs: [f64; LANES] = signed(1.0, &mut random);
                for pull in self.own(person) {
                    let flow = signs.map(|sign| sign * pull.size());
                    for lane in 0..LANES {
                        sums[pull.winner as usize][lane] += flow[lane];
                        sums[pull.loser as usize][lane] -= flow[lane];
                    }
                    if unknowns > n {
                        for lane in 0..LANES {
                            sums[n][lane] += pull.side() * flow[lane];
                        }
                    }
                }
            }
            sums
        });
        let mut sums = vec![[0.0; LANES]; unknowns];
        parts.iter().for_each(|part| add_all(&mut sums, part));
        sums
    }

    /// The sandwich of H's diagonal alone: Σ over persons of (score / Hᵢᵢ)².
    fn own_variances(&self) -> Vec<f64> {
        let diagonal = &self.hessian.curvature.diagonal;
        let parts = self.each(|persons| {
            let mut variances = vec![[0.0; 1]; diagonal.len()];
            let mut score = vec![0.0; diagonal.len()];
            for person in persons {
                let own = self.own(person);
                for pull in own {
                    score[pull.winner as usize] += pull.size();
                    score[pull.loser as usize] -= pull.size();
                }
                for i in own.iter().flat_map(|pull| [pull.winner as usize, pull.loser as usize]) {
                    let sum = core::mem::take(&mut score[i]);
                    variances[i][0] += sum * sum;
                }
            }
            variances
        });
        let mut variances = vec![[0.0; 1]; diagonal.len()];
        parts.iter().for_each(|part| add_all(&mut variances, part));
        variances.iter().zip(diagonal).map(|([sum], diagonal)| sum / (diagonal * diagonal)).collect()
    }
}

/// The diagonal of H⁻¹ about the mean, from draws x = H⁻¹s with s of covariance H. Most of it needs none: the variance of
/// xᵢ is 1 / Hᵢᵢ, what would be left if all others were known, and that of xᵢ − sᵢ / Hᵢᵢ, what the others add (Sidén et al.
/// 2018, *Efficient covariance approximations for large sparse precision matrices*). So a dense round is exact to a
/// percent, and a long ladder to a tenth.
fn drawn_diagonal(hessian: &Hessian<'_>, n: usize, random: &mut SplitMix64) -> Vec<f64> {
    let diagonal = &hessian.curvature.diagonal;
    let known: Vec<f64> = diagonal.iter().map(|diagonal| 1.0 / diagonal).collect();
    let mut sums = vec![0.0; n];
    let (mut draws, mut told) = (0, false);
    while draws < MODEL_DRAWS && !told {
        let mut noise: Vec<[f64; LANES]> = hessian.noise(random);
        centre_all(&mut noise[..n]);
        let (steps, _) = hessian.solve_all(&noise, 1e-3);
        for (i, sum) in sums.iter_mut().enumerate() {
            for lane in 0..LANES {
                let others = steps[i][lane] - noise[i][lane] / diagonal[i];
                *sum += others * others;
            }
        }
        draws += LANES;
        let (others, own) = (sums.iter().sum::<f64>(), known[..n].iter().sum::<f64>());
        let ratio = others / draws as f64 / own;
        told = core::f64::consts::SQRT_2 * ratio <= MODEL_PRECISION * libm::sqrt(draws as f64);
    }
    known.iter().zip(sums).map(|(known, sum)| known + sum / draws as f64).collect()
}

/// Takes each lane's mean away.
fn centre_all(draws: &mut [[f64; LANES]]) {
    for lane in 0..LANES {
        let mut own: Vec<f64> = draws.iter().map(|draws| draws[lane]).collect();
        centre(&mut own);
        for (draws, own) in draws.iter_mut().zip(own) {
            draws[lane] = own;
        }
    }
}

/// G / (G − 1): few clusters understate the spread.
fn cluster_correction(persons: usize) -> f64 {
    if persons > 1 { persons as f64 / (persons - 1) as f64 } else { 1.0 }
}

/// How one comparison pulls its winner up, its loser down, and the position term by its side, at the values. Sixteen bytes: of
/// these a board has as many as votes, and a millionth part of a pull is more than anybody sees of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pull {
    pub(crate) winner: u32,
    pub(crate) loser: u32,
    /// Of the winner; 0 where there is no position term.
    side: f32,
    size: f32,
}

impl Pull {
    pub(crate) fn size(&self) -> f64 {
        f64::from(self.size)
    }

    pub(crate) fn side(&self) -> f64 {
        f64::from(self.side)
    }

    /// Those of all comparisons, at the values to which the Hessian belongs.
    pub(crate) fn all(comparisons: &[IndexedComparison], hessian: &Hessian<'_>, values: &[f64]) -> Vec<Self> {
        let mut pulls = vec![Self::default(); comparisons.len()];
        let (pairs, crew) = (hessian.pairs, hessian.crew);
        let part = comparisons.len().div_ceil(crew.size()).next_multiple_of(BLOCK).max(BLOCK);
        each(crew, comparisons.chunks(part).zip(pulls.chunks_mut(part)), |(comparisons, pulls)| {
            for (comparisons, pulls) in comparisons.chunks(BLOCK).zip(pulls.chunks_mut(BLOCK)) {
                for (pull, (comparison, (size, side))) in
                    pulls.iter_mut().zip(comparisons.iter().zip(exact_pulls(comparisons, pairs, values)))
                {
                    let IndexedComparison { winner, loser, .. } = *comparison;
                    *pull = Self { winner, loser, side: side as f32, size: size as f32 };
                }
            }
        });
        pulls
    }
}

/// Sizes and sides of the pulls of a block of comparisons: all at the same time, so that none waits for another's to come from
/// memory.
fn exact_pulls(comparisons: &[IndexedComparison], pairs: &Pairs, values: &[f64]) -> [(f64, f64); BLOCK] {
    let position = values.get(pairs.candidates()).copied().unwrap_or(0.0);
    let (mut gaps, mut pulls) = ([0.0; BLOCK], [(0.0, 0.0); BLOCK]);
    for ((gap, (_, side)), comparison) in gaps.iter_mut().zip(&mut pulls).zip(comparisons) {
        *side = if pairs.sides() { comparison.side() } else { 0.0 };
        *gap = values[comparison.winner as usize] - values[comparison.loser as usize] + *side * position;
    }
    let chances = both_sides(&gaps);
    for (((size, _), [chance, other]), comparison) in pulls.iter_mut().zip(chances).zip(comparisons) {
        // What the winner got, less what was expected of it: of a win, the other's chance.
        let more = if comparison.tie { 0.5 - chance } else { other };
        *size = f64::from(comparison.weight) * more;
    }
    pulls
}

fn add_scores(
    comparisons: &[IndexedComparison],
    own: &[u32],
    pairs: &Pairs,
    values: &[f64],
    score: &mut [f64],
    touched: &mut Vec<usize>,
) {
    for &index in own {
        let comparison = comparisons[index as usize];
        let (size, side) = exact_pulls(&[comparison], pairs, values)[0];
        for (i, sign) in [(comparison.winner as usize, 1.0), (comparison.loser as usize, -1.0)] {
            score[i] += sign * size;
            touched.push(i);
        }
        if side != 0.0 {
            score[pairs.candidates()] += side * size;
            touched.push(pairs.candidates());
        }
    }
    touched.sort_unstable();
    touched.dedup();
}

/// Diagonal of P V P over the first `n` of `m` unknowns, P = I − 11ᵀ/n: variances about the mean.
fn centred_diagonal(v: &[f64], n: usize, m: usize) -> Vec<f64> {
    let means: Vec<f64> =
        v.chunks_exact(m.max(1)).take(n).map(|row| row[..n].iter().sum::<f64>() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n.max(1) as f64;
    (0..n).map(|i| (v[i * m + i] - 2.0 * means[i] + mean).max(0.0)).collect()
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
pub(crate) fn inverse(matrix: &[f64], n: usize) -> Vec<f64> {
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
    use crate::{crew::Alone, hessian::Ridge, pairs::Pairs, ranks::rank_ranges};

    fn hessian<'a>(pairs: &'a Pairs, values: &[f64], ridge: Ridge) -> Hessian<'a> {
        pairs.hessian(pairs.slopes(values, ridge, &Alone).1, ridge, &Alone)
    }

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
                winner_left: None,
            })
            .collect();
        (fixture, comparisons)
    }

    #[test]
    fn clustered_variances_agree_with_statsmodels() {
        let (fixture, comparisons) = fixture();
        let pairs = Pairs::aggregate(12, &comparisons).unwrap();
        let (ridge, persons) = (Ridge { rating: 1e-9, position: 1.0 }, Clusters::persons(&comparisons));
        assert_eq!(persons.len() as u64, fixture["persons"].as_u64().unwrap());
        let ratings = pairs.strengths(ridge.rating).ratings;
        let spread = Spread::exact(&hessian(&pairs, &ratings, ridge), &ratings, &comparisons, &persons);
        let Covariances { model, sandwich, .. } = spread.exact.unwrap();
        // statsmodels estimates θᵢ − θ₀, without the correction for few clusters.
        let contrast = |v: &[f64], i: usize| v[0] + v[i * 12 + i] - 2.0 * v[i];
        let correction = cluster_correction(persons.len());
        for i in 1..12 {
            let of = |name: &str| fixture[name][i - 1].as_f64().unwrap();
            assert!((contrast(&sandwich, i) / correction / of("cluster_variance") - 1.0).abs() < 1e-4, "{i}");
            assert!((contrast(&model, i) / of("model_variance") - 1.0).abs() < 1e-4, "{i}");
        }
    }

    /// Standard deviations from draws over exact ones.
    fn drawn_over_exact(candidates: usize, comparisons: &[IndexedComparison], sides: bool) -> Vec<f64> {
        let ridge = Ridge { rating: 1.0, position: 4.0 };
        let pairs = Pairs::add_up(candidates, comparisons, sides, &Alone).unwrap();
        let values = pairs.fit(ridge, &Alone).values;
        let persons = Clusters::persons(comparisons);
        let hessian = hessian(&pairs, &values, ridge);
        let exact = Spread::exact(&hessian, &values, comparisons, &persons);
        let drawn = Spread::drawn(&hessian, &values, comparisons, &persons);
        (0..candidates).map(|i| libm::sqrt(drawn.variance(i) / exact.variance(i))).collect()
    }

    #[test]
    fn drawn_intervals_are_near_the_exact_ones() {
        let (_, mut comparisons) = fixture();
        for sides in [false, true] {
            for (index, comparison) in comparisons.iter_mut().enumerate() {
                comparison.winner_left = Some(index % 3 == 0);
            }
            for ratio in drawn_over_exact(12, &comparisons, sides) {
                assert!((0.7..1.3).contains(&ratio), "{ratio}");
            }
        }
    }

    #[test]
    fn drawn_intervals_are_as_wide_where_few_candidates_met() {
        // Forty duels between neighbours, or within each of fifty couples that met nobody else; all by one person.
        let half = |i: u32, k: u32| if k.is_multiple_of(2) { (i, i + 1) } else { (i + 1, i) };
        let vote = |(winner, loser)| IndexedComparison {
            winner,
            loser,
            weight: 1.0,
            person: 1,
            tie: false,
            winner_left: None,
        };
        let votes = |lower: &dyn Fn(u32) -> bool| -> Vec<_> {
            (0..99).filter(|&i| lower(i)).flat_map(|i| (0..40).map(move |k| half(i, k))).map(vote).collect()
        };
        for comparisons in [votes(&|_| true), votes(&|i| i.is_multiple_of(2))] {
            let ratios = drawn_over_exact(100, &comparisons, false);
            let mean = ratios.iter().sum::<f64>() / 100.0;
            assert!((mean - 1.0).abs() < 0.05, "{mean}");
            assert!(ratios.iter().all(|ratio| (0.7..1.4).contains(ratio)), "{ratios:?}");
        }
    }

    #[test]
    fn where_neighbours_decide_there_are_draws_enough() {
        // Duels between neighbours alone, each pair's by four persons who are of one mind ten times over.
        let vote = |low: u32, k: u32| {
            let (winner, loser) = if (k / 10).is_multiple_of(2) { (low, low + 1) } else { (low + 1, low) };
            let person = low * 4 + k / 10;
            IndexedComparison { winner, loser, weight: 1.0, person, tie: false, winner_left: None }
        };
        let comparisons: Vec<_> = (0..99).flat_map(|i| (0..40).map(move |k| vote(i, k))).collect();
        let ratios = drawn_over_exact(100, &comparisons, false);
        let error = ratios.iter().map(|ratio| (ratio - 1.0) * (ratio - 1.0)).sum::<f64>() / 100.0;
        // Sixty-four draws leave a standard deviation uncertain by 9 %, eight by 25 %.
        assert!(error < 0.13 * 0.13, "{error}");
    }

    #[test]
    fn rank_ranges_without_covariances_are_never_the_narrower_ones() {
        let (_, comparisons) = fixture();
        // The fixture's round, and two groups that hardly met: their ratings about the mean go against each other.
        let mut groups: Vec<_> = comparisons.clone();
        groups.retain(|comparison| (comparison.winner < 6) == (comparison.loser < 6));
        groups
            .extend(comparisons.iter().find(|comparison| (comparison.winner < 6) != (comparison.loser < 6)));
        let mut wider = 0;
        for comparisons in [&comparisons, &groups] {
            let ridge = Ridge { rating: 0.1, position: 1.0 };
            let pairs = Pairs::aggregate(12, comparisons).unwrap();
            let ratings = pairs.strengths(ridge.rating).ratings;
            let persons = Clusters::persons(comparisons);
            let mut spread =
                Spread::exact(&hessian(&pairs, &ratings, ridge), &ratings, comparisons, &persons);
            let exact = rank_ranges(&ratings, &spread);
            spread.exact = None;
            for (exact, sorted) in exact.into_iter().zip(rank_ranges(&ratings, &spread)) {
                assert!(
                    sorted.0 == exact.0 && sorted.1 <= exact.1 && sorted.2 >= exact.2,
                    "{sorted:?} {exact:?}"
                );
                wider += u32::from(sorted != exact);
            }
        }
        assert!(wider > 0);
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
