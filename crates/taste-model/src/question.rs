//! Which question to ask next: the one whose answer is expected to teach most, with its exact probability.
//!
//! The gain of a question is the mutual information between its answer and the person's state, in nats: the entropy of the
//! predicted answer less the expected entropy once the state is known (BALD; Houlsby et al. 2011, *Bayesian active
//! learning for classification and preference learning*). What is unknown of the candidates themselves is noise to that. A choice
//! is drawn from a mixture of three: softmax of the gains over a pool, little-seen candidates of the pool, and everything
//! uniformly. The last makes every question possible, so that votes can be reweighted by 1 / propensity without bias, and it is
//! the part that teaches the *board*: a question chosen for a person is one that this person is thought to be undecided about, so
//! its answers alone say of any two candidates that they are equal. What teaches most of the order of all is every pair alike
//! (`taste evaluate simulated` measures it), so a setting says how many questions are drawn so.
//!
//! Now and then a pair is asked once more with its sides changed, a *probe*: whoever means what they say says it again, and
//! whoever always takes the left one does not ([`crate::Reliability`]).
//!
//! The propensity is the probability of the question given the pool, whichever side is shown left (that coin is fair
//! and apart). Where everything fits in the pool it is the plain probability; where the pool is itself drawn, weighting
//! by the conditional one is unbiased all the same, since every question has a positive one in every pool.

mod ratings;

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    error::{ModelError, within},
    features::Scored,
    information::flatter,
    likelihood::{Likelihood, expectation},
    random::SplitMix64,
    taste::{Predictor, Taste},
};

pub use ratings::rating_gains;

/// How questions are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuestionOptions {
    /// How many questions are compared; 1 or more.
    pub pool: usize,
    /// Share of choices made uniformly among all questions, 0 < share ≤ 1.
    pub exploration: f64,
    /// Share of choices that go to little-seen candidates, 0 to 1 − exploration.
    pub coverage: f64,
    /// How sharply the best gain is preferred: a question of half the best gain is e^(−sharpness / 2) as likely.
    pub sharpness: f64,
    /// The best gain, in nats, under which enough is known.
    pub enough: f64,
    /// Share of choices that ask a pair once more, while any is due; 0 to 1.
    pub probes: f64,
}

impl Default for QuestionOptions {
    /// 256 questions, 5 % uniform, 20 % little-seen, sharpness 20, enough at 0.02 nats (a predictor's sd of about 0.4), every
    /// twentieth question a probe: nearly all about the person.
    fn default() -> Self {
        Self { pool: 256, exploration: 0.05, coverage: 0.2, sharpness: 20.0, enough: 0.02, probes: 0.05 }
    }
}

impl QuestionOptions {
    /// The same with so much of all questions, 0 to 1, drawn from all alike, for the board; at least as much as before.
    #[must_use]
    pub fn for_board(self, share: f64) -> Self {
        let exploration = share.clamp(self.exploration, 1.0);
        Self { exploration, coverage: self.coverage.min(1.0 - exploration), ..self }
    }

    fn check(&self) -> Result<(), ModelError> {
        within("the question pool", self.pool as f64, 1.0, 1e6)?;
        within("the share of exploration", self.exploration, 1e-6, 1.0)?;
        within("the share of coverage", self.coverage, 0.0, 1.0 - self.exploration)?;
        within("the sharpness", self.sharpness, 0.0, 1e3)?;
        within("the share of probes", self.probes, 0.0, 1.0)
    }
}

/// What a person was asked before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Before<'a> {
    /// How often each candidate was shown (missing = never): the person's own counts or the round's.
    pub seen: &'a [u32],
    /// Pairs not to repeat, in any order.
    pub asked: &'a [(usize, usize)],
    /// Pairs, left and right as they were shown, that may be asked once more with the sides changed.
    pub due: &'a [(usize, usize)],
}

/// The next duel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PairChoice {
    /// Index of the candidate to show left.
    pub left: usize,
    /// Index of the candidate to show right.
    pub right: usize,
    /// Probability with which this pair was chosen, in (0, 1].
    pub propensity: f64,
    /// Its expected information gain, in nats.
    pub gain: f64,
    /// The best gain in the pool.
    pub best_gain: f64,
    /// Whether the best gain is so small that enough is known.
    pub enough: bool,
    /// Whether it was asked before, with its sides changed.
    pub probe: bool,
}

/// The next approval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalChoice {
    /// Index of the candidate.
    pub candidate: usize,
    /// Probability with which it was chosen, in (0, 1].
    pub propensity: f64,
    /// Its expected information gain, in nats.
    pub gain: f64,
    /// The best gain in the pool.
    pub best_gain: f64,
    /// Whether the best gain is so small that enough is known.
    pub enough: bool,
}

/// Chooses the next duel among `candidates`, or none where every pair was asked. The same arguments and seed give the same
/// choice.
///
/// # Errors
/// [`ModelError::FeatureCount`] where a candidate has another number of features, [`ModelError::Range`] for options
/// that make no distribution.
pub fn choose_pair(
    taste: &Taste,
    likelihood: &Likelihood,
    candidates: &[Scored<'_>],
    before: &Before<'_>,
    options: &QuestionOptions,
    seed: u64,
) -> Result<Option<PairChoice>, ModelError> {
    options.check()?;
    let &Before { seen, asked, due } = before;
    let n = candidates.len();
    let mut known: Vec<(usize, usize)> =
        asked.iter().map(|&(a, b)| (a.min(b), a.max(b))).filter(|&(a, b)| a != b && b < n).collect();
    known.sort_unstable();
    known.dedup();
    let asked = |pair: &(usize, usize)| known.binary_search(pair).is_ok();
    let total = pairs_of(n);
    let eligible = total - known.len() as u64;
    if eligible == 0 {
        return Ok(None);
    }
    let mut random = SplitMix64::new(seed);
    let all: Option<Vec<(usize, usize)>> = (total <= (4 * options.pool).max(2 * known.len()) as u64)
        .then(|| (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).filter(|pair| !asked(pair)).collect());
    let shown = |i: usize| seen.get(i).copied().unwrap_or(0);
    let uniform = |random: &mut SplitMix64| match &all {
        Some(list) => list[random.below(list.len())],
        // More than half of all pairs are eligible here, so this takes four draws or so.
        None => loop {
            let (a, b) = (random.below(n), random.below(n));
            let pair = (a.min(b), a.max(b));
            if a != b && !asked(&pair) {
                break pair;
            }
        },
    };
    let pool: Vec<(usize, usize)> = match &all {
        Some(list) if list.len() <= options.pool => list.clone(),
        _ => {
            let mut pool = Vec::with_capacity(options.pool);
            for draw in 0..4 * options.pool {
                if pool.len() == options.pool {
                    break;
                }
                let mut pair = uniform(&mut random);
                if draw % 2 == 1 {
                    // Every other one starts from the least seen of four candidates.
                    let a = (0..4).map(|_| random.below(n)).min_by_key(|&i| shown(i)).unwrap_or(0);
                    let b = random.below(n);
                    let other = (a.min(b), a.max(b));
                    if a != b && !asked(&other) {
                        pair = other;
                    }
                }
                if let Err(place) = pool.binary_search(&pair) {
                    pool.insert(place, pair);
                }
            }
            pool
        }
    };
    let mut gains = Vec::with_capacity(pool.len());
    for &(a, b) in &pool {
        gains.push(duel_gain(taste, likelihood, [candidates[a], candidates[b]])?);
    }
    let counts: Vec<u32> = pool.iter().map(|&(a, b)| shown(a).min(shown(b))).collect();
    let chances = chances(&gains, &counts, options);
    let best_gain = gains.iter().copied().fold(0.0, f64::max);
    let enough = best_gain < options.enough;
    let probes = if due.is_empty() { 0.0 } else { options.probes };
    if probes > 0.0 && random.unit() < probes {
        let (right, left) = due[random.below(due.len())];
        let (Some(&one), Some(&other)) = (candidates.get(left), candidates.get(right)) else {
            return Err(ModelError::Shape {
                what: "a pair that is due",
                found: left.max(right),
                expected: n,
            });
        };
        let gain = duel_gain(taste, likelihood, [one, other])?;
        let propensity = probes / due.len() as f64;
        return Ok(Some(PairChoice { left, right, propensity, gain, best_gain, enough, probe: true }));
    }

    let chosen = match draw(&chances, options, &mut random) {
        Some(index) => pool[index],
        None => uniform(&mut random),
    };
    let in_pool = pool.binary_search(&chosen).ok();
    let gain = match in_pool {
        Some(index) => gains[index],
        None => duel_gain(taste, likelihood, [candidates[chosen.0], candidates[chosen.1]])?,
    };
    let propensity = (1.0 - probes) * propensity(in_pool.map(|index| chances[index]), eligible, options);
    let (left, right) = if random.next() >> 63 == 0 { chosen } else { (chosen.1, chosen.0) };
    Ok(Some(PairChoice { left, right, propensity, gain, best_gain, enough, probe: false }))
}

/// Chooses the next candidate to approve or not, or none where each was asked. `seen` and `asked` as in [`Before`].
///
/// # Errors
/// As [`choose_pair`].
pub fn choose_approval(
    taste: &Taste,
    likelihood: &Likelihood,
    candidates: &[Scored<'_>],
    seen: &[u32],
    asked: &[usize],
    options: &QuestionOptions,
    seed: u64,
) -> Result<Option<ApprovalChoice>, ModelError> {
    options.check()?;
    let mut known = asked.to_vec();
    known.sort_unstable();
    let eligible: Vec<usize> = (0..candidates.len()).filter(|i| known.binary_search(i).is_err()).collect();
    if eligible.is_empty() {
        return Ok(None);
    }
    let mut random = SplitMix64::new(seed);
    let mut pool = eligible.clone();
    if pool.len() > options.pool {
        // The first steps of a Fisher–Yates shuffle draw without repetition.
        for i in 0..options.pool {
            let j = i + random.below(pool.len() - i);
            pool.swap(i, j);
        }
        pool.truncate(options.pool);
        pool.sort_unstable();
    }
    let mut gains = Vec::with_capacity(pool.len());
    for &i in &pool {
        gains.push(approval_gain(taste, likelihood, candidates[i])?);
    }
    let counts: Vec<u32> = pool.iter().map(|&i| seen.get(i).copied().unwrap_or(0)).collect();
    let chances = chances(&gains, &counts, options);
    let best_gain = gains.iter().copied().fold(0.0, f64::max);
    let candidate = match draw(&chances, options, &mut random) {
        Some(index) => pool[index],
        None => eligible[random.below(eligible.len())],
    };
    let in_pool = pool.binary_search(&candidate).ok();
    let gain = match in_pool {
        Some(index) => gains[index],
        None => approval_gain(taste, likelihood, candidates[candidate])?,
    };
    let propensity = propensity(in_pool.map(|index| chances[index]), eligible.len() as u64, options);
    Ok(Some(ApprovalChoice { candidate, propensity, gain, best_gain, enough: best_gain < options.enough }))
}

/// How many pairs n candidates make. In 64 bits: a round may have 100,000 candidates, whose pairs a page's 32-bit `usize`
/// does not count.
fn pairs_of(n: usize) -> u64 {
    let n = n as u64;
    n * n.saturating_sub(1) / 2
}

/// The probability of each question of the pool in the two parts of the mixture that look at the pool; their sum is
/// 1 − exploration.
fn chances(gains: &[f64], counts: &[u32], options: &QuestionOptions) -> Vec<f64> {
    let best = gains.iter().copied().fold(0.0, f64::max);
    let relative = |gain: f64| if best > 1e-12 { gain / best - 1.0 } else { 0.0 };
    let by_gain: Vec<f64> = gains.iter().map(|&gain| libm::exp(options.sharpness * relative(gain))).collect();
    let least = counts.iter().copied().min().unwrap_or(0);
    // A candidate shown once more than the least seen is a quarter as likely, twice more a ninth, …
    let by_count: Vec<f64> = counts
        .iter()
        .map(|&count| {
            let more = 1.0 + f64::from(count - least);
            1.0 / (more * more)
        })
        .collect();
    let (gain_mass, count_mass): (f64, f64) = (by_gain.iter().sum(), by_count.iter().sum());
    let focus = 1.0 - options.exploration - options.coverage;
    by_gain
        .iter()
        .zip(&by_count)
        .map(|(gain, count)| focus * gain / gain_mass + options.coverage * count / count_mass)
        .collect()
}

/// An index into the pool, or none for the uniform part.
fn draw(chances: &[f64], options: &QuestionOptions, random: &mut SplitMix64) -> Option<usize> {
    if random.unit() < options.exploration {
        return None;
    }
    let mut left = random.unit() * chances.iter().sum::<f64>();
    for (index, chance) in chances.iter().enumerate() {
        left -= chance;
        if left < 0.0 {
            return Some(index);
        }
    }
    // Only rounding leads here.
    Some(chances.len() - 1)
}

fn propensity(chance: Option<f64>, eligible: u64, options: &QuestionOptions) -> f64 {
    (chance.unwrap_or(0.0) + options.exploration / eligible as f64).min(1.0)
}

/// What the duel's answer is expected to teach of the person, in nats: mutual information between the two. Both entropies are
/// taken over one quadrature, so it is never negative.
fn duel_gain(
    taste: &Taste,
    likelihood: &Likelihood,
    [left, right]: [Scored<'_>; 2],
) -> Result<f64, ModelError> {
    let (likelihood, predictor) = noisy(likelihood, taste.duel_parts(likelihood, left, right)?);
    let mut mean = [0.0; 3];
    let conditional = expectation(predictor, |d, weight| {
        let answers = likelihood.duel(d);
        for (sum, p) in mean.iter_mut().zip(answers) {
            *sum += weight * p;
        }
        entropy(&answers)
    });
    Ok((entropy(&mean) - conditional).max(0.0))
}

fn approval_gain(taste: &Taste, likelihood: &Likelihood, candidate: Scored<'_>) -> Result<f64, ModelError> {
    let (likelihood, predictor) = noisy(likelihood, taste.approval_parts(likelihood, candidate)?);
    let mut mean = 0.0;
    let conditional = expectation(predictor, |s, weight| {
        let p = likelihood.approval(s);
        mean += weight * p;
        entropy(&[p, 1.0 - p])
    });
    Ok((entropy(&[mean, 1.0 - mean]) - conditional).max(0.0))
}

/// Answers and predictor where the predictor has noise of this variance that is not the person's: curves are flatter for it.
fn noisy(likelihood: &Likelihood, (own, noise): (Predictor, f64)) -> (Likelihood, Predictor) {
    let k = flatter(noise);
    let Predictor { mean, variance } = own;
    let likelihood = Likelihood { tie: k * likelihood.tie, position: k * likelihood.position, ..*likelihood };
    (likelihood, Predictor { mean: k * mean, variance: k * k * variance })
}

/// −Σ p ln p, in nats.
fn entropy(probabilities: &[f64]) -> f64 {
    let mut sum = 0.0;
    for &p in probabilities {
        if p > 0.0 {
            sum -= p * libm::log(p);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pairs_of_the_largest_round_are_counted() {
        assert_eq!([0, 1, 2, 65_537, 100_000].map(pairs_of), [0, 0, 1, 2_147_516_416, 4_999_950_000]);
    }
}
