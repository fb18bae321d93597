//! How much content, and how much a candidate's own votes, should move the crowd's utility: chosen by evidence.
//!
//! Crowd utility is u = w·x + o with w ~ N(0, c I) and o ~ N(0, v), so a priori u ~ N(0, c XXᵀ + v I): a Gaussian
//! process. Its marginal likelihood (Laplace's approximation; Rasmussen & Williams 2006, chapter 3.4, for logistic
//! comparisons) is climbed over (c, v). With few votes the evidence is flat and the priors on ln c and ln v decide, which is what keeps twenty
//! votes from being over-fitted; with many, they do not matter. Approvals are comparisons with one more, unknown, "threshold" candidate,
//! stars with that candidate moved up or down to a cut point.

use taste_core::DuelOutcome;

use taste_model::CutPoints;
use taste_population::matrix::{cholesky, dot, inverse, log_determinant, solve};

use crate::dataset::{Answer, Opinion};

/// The most candidates that are looked at (those with the most votes): the work grows with their cube.
const MOST_CANDIDATES: usize = 200;
/// Prior variance of the threshold's place.
const THRESHOLD_VARIANCE: f64 = 4.0;
/// Where ln c and ln v have their prior's mean, and its standard deviation.
const TYPICAL: Scales = Scales { content: 0.5, offset: 0.15 };
const LOG_SPREAD: f64 = 1.5;

/// Prior variances of the crowd's utility.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scales {
    /// c: what content explains.
    pub(crate) content: f64,
    /// v: what it does not.
    pub(crate) offset: f64,
}

/// Who is compared with whom, by their place among those looked at; the threshold is the last.
struct Comparisons {
    /// (winner, loser, weight, what the winner's lead is counted from)
    list: Vec<(usize, usize, f64, f64)>,
    /// XXᵀ, n × n without the threshold.
    gram: Vec<f64>,
    n: usize,
}

/// The scales of largest evidence. `embeddings` are standardised, row-major `[n, d]`.
pub(crate) fn by_evidence(
    opinions: &[Opinion],
    embeddings: &[f32],
    d: usize,
    neither_weight: f64,
    cuts: CutPoints,
) -> Scales {
    let comparisons = gather(opinions, embeddings, d, neither_weight, cuts);
    let mut start = vec![0.0; comparisons.n + 1];
    let mut value = |scales: Scales| {
        let log_content = libm::log(scales.content / TYPICAL.content) / LOG_SPREAD;
        let log_offset = libm::log(scales.offset / TYPICAL.offset) / LOG_SPREAD;
        evidence(&comparisons, scales, &mut start)
            - 0.5 * (log_content * log_content + log_offset * log_offset)
    };
    let mut best = TYPICAL;
    let mut best_value = value(best);
    // A pattern search in ln c and ln v: factor 3, then √3. The optimum is broad; nothing finer changes predictions.
    for factor in [3.0, 1.75] {
        for _ in 0..4 {
            let before = best;
            for (content, offset) in [(factor, 1.0), (1.0 / factor, 1.0), (1.0, factor), (1.0, 1.0 / factor)]
            {
                let trial = Scales { content: before.content * content, offset: before.offset * offset };
                let trial_value = value(trial);
                if trial_value > best_value {
                    (best, best_value) = (trial, trial_value);
                }
            }
            if best == before {
                break;
            }
        }
    }
    best
}

fn gather(
    opinions: &[Opinion],
    embeddings: &[f32],
    d: usize,
    neither_weight: f64,
    cuts: CutPoints,
) -> Comparisons {
    let total = embeddings.len() / d;
    let mut votes = vec![0usize; total];
    opinions
        .iter()
        .flat_map(|opinion| opinion.answer.candidates())
        .for_each(|candidate| votes[candidate] += 1);
    let mut chosen: Vec<usize> = (0..total).filter(|&candidate| votes[candidate] > 0).collect();
    chosen.sort_by_key(|&candidate| (std::cmp::Reverse(votes[candidate]), candidate));
    chosen.truncate(MOST_CANDIDATES);
    let n = chosen.len();
    let mut place = vec![None; total];
    chosen.iter().enumerate().for_each(|(index, &candidate)| place[candidate] = Some(index));

    let mut weights = std::collections::BTreeMap::new();
    // Cuts are told apart by their number, 0 for none.
    let mut add_at = |winner: Option<usize>, loser: Option<usize>, weight: f64, cut: usize| {
        if let (Some(winner), Some(loser)) = (winner, loser) {
            *weights.entry((winner, loser, cut)).or_insert(0.0) += weight;
        }
    };
    for opinion in opinions {
        if let Answer::Stars { candidate, response } = opinion.answer
            && let Some(level) = cuts.level(response)
        {
            if level > 0 {
                add_at(place[candidate], Some(n), opinion.weight, level);
            }
            if level + 1 < cuts.levels() {
                add_at(Some(n), place[candidate], opinion.weight, level + 1);
            }
            continue;
        }
        let mut add = |winner, loser, weight| add_at(winner, loser, weight, 0);
        match opinion.answer {
            Answer::Duel { left, right, outcome } => {
                let (left, right) = (place[left], place[right]);
                match outcome {
                    DuelOutcome::Left => add(left, right, opinion.weight),
                    DuelOutcome::Right => add(right, left, opinion.weight),
                    DuelOutcome::Tie => {
                        add(left, right, 0.5 * opinion.weight);
                        add(right, left, 0.5 * opinion.weight);
                    }
                    DuelOutcome::Neither => {
                        let weight = opinion.neither_weight(neither_weight);
                        add(Some(n), left, weight);
                        add(Some(n), right, weight);
                    }
                    DuelOutcome::Skip => {}
                }
            }
            Answer::Approval { candidate, liked: true } => add(place[candidate], Some(n), opinion.weight),
            Answer::Approval { candidate, liked: false } => add(Some(n), place[candidate], opinion.weight),
            Answer::Stars { candidate, response } => {
                add(place[candidate], Some(n), opinion.weight * response);
                add(Some(n), place[candidate], opinion.weight * (1.0 - response));
            }
            Answer::Preference { winner, loser } => add(place[winner], place[loser], opinion.weight),
        }
    }
    let row = |candidate: usize| -> Vec<f64> {
        embeddings[candidate * d..(candidate + 1) * d].iter().map(|&x| f64::from(x)).collect()
    };
    let rows: Vec<Vec<f64>> = chosen.iter().map(|&candidate| row(candidate)).collect();
    let mut gram = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let product = dot(&rows[i], &rows[j]);
            gram[i * n + j] = product;
            gram[j * n + i] = product;
        }
    }
    // The candidate has to lead the threshold by the cut point, or the threshold the candidate by its opposite.
    let list = weights.into_iter().map(|((winner, loser, cut), weight)| {
        let lead = cut.checked_sub(1).map_or(0.0, |at| cuts.values()[at]);
        (winner, loser, weight, if winner == n { -lead } else { lead })
    });
    Comparisons { list: list.collect(), gram, n }
}

/// Laplace's log evidence. `start` is where Newton begins, and where it ended afterwards.
fn evidence(comparisons: &Comparisons, scales: Scales, start: &mut Vec<f64>) -> f64 {
    let n = comparisons.n;
    let size = n + 1;
    let mut prior = vec![0.0; size * size];
    for i in 0..n {
        for j in 0..n {
            prior[i * size + j] = scales.content * comparisons.gram[i * n + j];
        }
        prior[i * size + i] += scales.offset;
    }
    prior[size * size - 1] = THRESHOLD_VARIANCE;
    let lower = cholesky(prior, size).expect("a Gram matrix plus a positive diagonal is positive definite");
    let precision = inverse(&lower, size);
    let prior_log_determinant = log_determinant(&lower, size);

    let energy = |u: &[f64]| {
        let mut sum = 0.0;
        for &(winner, loser, weight, lead) in &comparisons.list {
            sum += weight * log_sigmoid(u[winner] - u[loser] - lead);
        }
        let pull: f64 = (0..size).map(|i| u[i] * dot(&precision[i * size..][..size], u)).sum();
        sum - 0.5 * pull
    };
    let mut u = start.clone();
    let mut value = energy(&u);
    let mut curvature = 0.0;
    for _ in 0..30 {
        let mut gradient: Vec<f64> = (0..size).map(|i| -dot(&precision[i * size..][..size], &u)).collect();
        let mut hessian = precision.clone();
        for &(winner, loser, weight, lead) in &comparisons.list {
            let p = sigmoid(u[loser] - u[winner] + lead);
            gradient[winner] += weight * p;
            gradient[loser] -= weight * p;
            let bend = weight * p * (1.0 - p);
            hessian[winner * size + winner] += bend;
            hessian[loser * size + loser] += bend;
            hessian[winner * size + loser] -= bend;
            hessian[loser * size + winner] -= bend;
        }
        let factor =
            cholesky(hessian, size).expect("a precision plus a graph Laplacian is positive definite");
        curvature = log_determinant(&factor, size);
        let step = solve(&factor, size, &gradient);
        // The energy is concave; a full step overshoots only from far away.
        let mut length = 1.0;
        let next = loop {
            let trial: Vec<f64> = u.iter().zip(&step).map(|(u, step)| u + length * step).collect();
            let trial_value = energy(&trial);
            if trial_value >= value || length < 1e-4 {
                break (trial, trial_value);
            }
            length *= 0.5;
        };
        let gained = next.1 - value;
        (u, value) = next;
        if gained < 1e-3 {
            break;
        }
    }
    start.clone_from(&u);
    value - 0.5 * (prior_log_determinant + curvature)
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn log_sigmoid(x: f64) -> f64 {
    if x >= 0.0 { -libm::log1p(libm::exp(-x)) } else { x - libm::log1p(libm::exp(x)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use taste_population::Random;

    /// Votes on 60 candidates of 8 numbers whose utility is content · x + offset.
    fn votes(content: f64, offset: f64, count: usize) -> (Vec<Opinion>, Vec<f32>) {
        let mut random = Random::new(11, "scales");
        let (n, d) = (60, 8);
        let embeddings: Vec<f32> = (0..n * d).map(|_| (random.normal() / (d as f64).sqrt()) as f32).collect();
        let w: Vec<f64> = (0..d).map(|_| random.normal() * content.sqrt()).collect();
        let utility: Vec<f64> = (0..n)
            .map(|i| {
                let x = &embeddings[i * d..(i + 1) * d];
                x.iter().zip(&w).map(|(x, w)| f64::from(*x) * w).sum::<f64>()
                    + random.normal() * offset.sqrt()
            })
            .collect();
        let opinions = (0..count)
            .map(|_| {
                let left = random.below(n);
                let right = (left + 1 + random.below(n - 1)) % n;
                let wins = random.uniform() < sigmoid(utility[left] - utility[right]);
                let outcome = if wins { DuelOutcome::Left } else { DuelOutcome::Right };
                Opinion { person: 0, vote: 0, answer: Answer::Duel { left, right, outcome }, weight: 1.0 }
            })
            .collect();
        (opinions, embeddings)
    }

    #[test]
    fn a_vote_of_double_weight_counts_as_two() {
        let (mut opinions, embeddings) = votes(1.0, 0.3, 90);
        let tie = Answer::Duel { left: 3, right: 9, outcome: DuelOutcome::Tie };
        let neither = Answer::Duel { left: 1, right: 5, outcome: DuelOutcome::Neither };
        let prefer = Answer::Preference { winner: 6, loser: 7 };
        let stars = Answer::Stars { candidate: 4, response: 0.75 };
        for answer in [tie, neither, Answer::Approval { candidate: 2, liked: true }, prefer, stars] {
            opinions.push(Opinion { person: 0, vote: 0, answer, weight: 1.0 });
        }
        let twice: Vec<Opinion> = opinions.iter().flat_map(|opinion| [*opinion; 2]).collect();
        let heavy: Vec<Opinion> = opinions.iter().map(|o| Opinion { weight: 2.0, ..*o }).collect();
        let list = |opinions: &[Opinion]| gather(opinions, &embeddings, 8, 0.5, CutPoints::NONE).list;
        assert_eq!(list(&heavy), list(&twice));
        assert_ne!(list(&heavy), list(&opinions));
    }

    #[test]
    fn stars_are_counted_from_their_cut_points() {
        let (_, embeddings) = votes(1.0, 0.3, 1);
        let cuts = CutPoints::new(&[-0.5, 1.5]).unwrap();
        let stars = |response| {
            let answer = Answer::Stars { candidate: 7, response };
            Opinion { person: 0, vote: 0, answer, weight: 2.0 }
        };
        let found = gather(&[0.0, 0.5, 1.0].map(stars), &embeddings, 8, 0.5, cuts);
        assert_eq!(found.n, 1);
        // The candidate is 0, the threshold 1: the lowest is below the lower cut point, the middle between both, the highest above.
        let above = [(0, 1, 2.0, -0.5), (0, 1, 2.0, 1.5)];
        let below = [(1, 0, 2.0, 0.5), (1, 0, 2.0, -1.5)];
        assert_eq!(found.list, [above, below].concat());
    }

    #[test]
    fn evidence_tells_taste_in_content_from_taste_in_candidates() {
        let (opinions, embeddings) = votes(2.0, 0.02, 6_000);
        let content = by_evidence(&opinions, &embeddings, 8, 0.5, CutPoints::NONE);
        assert!(content.content > 8.0 * content.offset, "{content:?}");
        let (opinions, embeddings) = votes(0.02, 2.0, 6_000);
        let own = by_evidence(&opinions, &embeddings, 8, 0.5, CutPoints::NONE);
        assert!(own.offset > 4.0 * own.content, "{own:?}");
    }

    #[test]
    fn twenty_votes_leave_the_scales_near_their_priors() {
        let (opinions, embeddings) = votes(2.0, 0.02, 20);
        let few = by_evidence(&opinions, &embeddings, 8, 0.5, CutPoints::NONE);
        for (found, typical) in [(few.content, TYPICAL.content), (few.offset, TYPICAL.offset)] {
            assert!(found < 6.0 * typical && found > typical / 6.0, "{few:?}");
        }
    }
}
