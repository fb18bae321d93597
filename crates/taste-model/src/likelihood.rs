//! How an opinion becomes an answer: duels with ties and position, approvals with a threshold, stars with cut points.
//!
//! Everything is a function of one number, the *predictor*: `d = (u(left) − u(right)) / T` for a duel,
//! `s = (u − a) / T` for an approval. Its distribution over the posterior is `taste`'s business, not this file's.

use serde::{Deserialize, Serialize};
use taste_core::{ApprovalOutcome, DuelOutcome};

use crate::{
    error::{ModelError, within},
    levels::CutPoints,
    logistic::{log_sigmoid, sigmoid},
    prior::Prior,
    taste::Predictor,
};

/// The largest size of a likelihood's log-odds; beyond it a probability is one to the last bit of an `f32`.
const MAX_LOG_ODDS: f64 = 30.0;

/// The parameters of the answers: five of the six numbers of the model file's `likelihood` output (the remaining one is
/// [`Prior::threshold_mean`](crate::Prior::threshold_mean)), and the stars' cut points.
///
/// Rao & Kupper (1967), *Ties in paired-comparison experiments*, on the logistic, with a position bias:
/// P(left) = σ(d + β − τ), P(right) = σ(−d − β − τ), tie = the rest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Likelihood {
    /// τ ≥ 0, in log-odds: how close two candidates must be to tie; 0 = never.
    pub tie: f64,
    /// β, in log-odds: how much the left (upper) place is favoured.
    pub position: f64,
    /// T > 0: utilities are divided by it.
    pub temperature: f64,
    /// Variance (in utility) of what content does not explain of a candidate that has no votes yet.
    pub offset_variance: f64,
    /// How much each half of a *neither* counts as an approval against; 0 = it says nothing.
    pub neither_weight: f64,
    /// Where one level of stars ends and the next begins; none where stars are an approval in part.
    #[serde(default, skip_serializing_if = "CutPoints::is_none")]
    pub cuts: CutPoints,
}

impl Default for Likelihood {
    /// No ties, no position bias, temperature one, no offsets, *neither* at half weight.
    fn default() -> Self {
        Self {
            tie: 0.0,
            position: 0.0,
            temperature: 1.0,
            offset_variance: 0.0,
            neither_weight: 0.5,
            cuts: CutPoints::NONE,
        }
    }
}

impl Likelihood {
    /// Refuses parameters that no fit gives: not finite, a negative tie or variance, a temperature of zero.
    ///
    /// # Errors
    /// [`ModelError::Range`] names the first one.
    pub fn checked(self) -> Result<Self, ModelError> {
        within("tie threshold", self.tie, 0.0, MAX_LOG_ODDS)?;
        within("position bias", self.position, -MAX_LOG_ODDS, MAX_LOG_ODDS)?;
        within("temperature", self.temperature, 1e-4, 1e4)?;
        within("offset variance", self.offset_variance, 0.0, 1e6)?;
        within("neither weight", self.neither_weight, 0.0, 100.0)?;
        Ok(self)
    }

    /// The six numbers as a model's files have them: τ, β, μₐ, T, offset variance, neither weight.
    pub(crate) fn numbers(&self, prior: &Prior) -> [f32; 6] {
        [
            self.tie,
            self.position,
            prior.threshold_mean(),
            self.temperature,
            self.offset_variance,
            self.neither_weight,
        ]
        .map(|value| value as f32)
    }

    /// The same without position bias: what is preferred, rather than what will be clicked.
    pub fn unbiased(self) -> Self {
        Self { position: 0.0, ..self }
    }

    /// The same without position bias and without ties: for two whose order was said where no side was shown and no tie could
    /// be said.
    pub fn plain(self) -> Self {
        Self { position: 0.0, tie: 0.0, ..self }
    }

    /// P(left), P(tie), P(right) at the predictor `d = (u(left) − u(right)) / T`. They sum to one.
    pub fn duel(&self, d: f64) -> [f64; 3] {
        let left = sigmoid(d + self.position - self.tie);
        let right = sigmoid(-d - self.position - self.tie);
        [left, (1.0 - left - right).max(0.0), right]
    }

    /// P(for) at the predictor `s = (u − a) / T`.
    pub fn approval(&self, s: f64) -> f64 {
        sigmoid(s)
    }

    /// What a duel's answer says about its predictor, or nothing for a skip and for *neither* (two approvals).
    pub(crate) fn duel_evidence(&self, outcome: DuelOutcome, weight: f64) -> Option<Evidence> {
        // 1 − σ(s − τ) − σ(−s − τ) = (1 − e^(−2τ)) σ(τ − s) σ(τ + s): the factor in front does not depend on the
        // predictor, so a tie has a shape even where τ = 0 would make it impossible (imported votes).
        Some(match outcome {
            DuelOutcome::Left => Evidence::one(1.0, self.position - self.tie, weight),
            DuelOutcome::Right => Evidence::one(-1.0, -self.position - self.tie, weight),
            DuelOutcome::Tie => Evidence {
                terms: [(1.0, self.tie + self.position), (-1.0, self.tie - self.position)],
                parts: [1.0; 2],
                count: 2,
                weight,
            },
            DuelOutcome::Neither | DuelOutcome::Skip => return None,
        })
    }

    /// What an approval's answer says about its predictor, or nothing for a skip.
    pub(crate) fn approval_evidence(&self, outcome: ApprovalOutcome, weight: f64) -> Option<Evidence> {
        let sign = match outcome {
            ApprovalOutcome::For => 1.0,
            ApprovalOutcome::Against => -1.0,
            ApprovalOutcome::Skip => return None,
        };
        Some(Evidence::one(sign, 0.0, weight))
    }

    /// What stars say about the predictor: that it lies between two cut points. Stars of another scale than the cut points'
    /// are an approval in part: so much for (0 to 1), and the rest against.
    pub(crate) fn stars_evidence(&self, response: f64, weight: f64) -> Evidence {
        let Some(level) = self.cuts.level(response) else { return Evidence::shared(response, weight) };
        // σ(s − b) − σ(s − c) = (1 − e^(b − c)) σ(s − b) σ(c − s), as of a tie.
        match self.cuts.around(level) {
            (Some(below), Some(above)) => Evidence {
                terms: [(1.0, -below / self.temperature), (-1.0, above / self.temperature)],
                parts: [1.0; 2],
                count: 2,
                weight,
            },
            (Some(below), None) => Evidence::one(1.0, -below / self.temperature, weight),
            (None, above) => Evidence::one(-1.0, above.unwrap_or(0.0) / self.temperature, weight),
        }
    }
}

/// A log-concave likelihood of the predictor: weight · Σ part · ln σ(sign · x + shift).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence {
    /// (sign, shift), of which the first `count` are used.
    terms: [(f64, f64); 2],
    /// How much of the weight each term has; 1 but for stars without cut points.
    parts: [f64; 2],
    count: usize,
    weight: f64,
}

impl Evidence {
    fn one(sign: f64, shift: f64, weight: f64) -> Self {
        Self { terms: [(sign, shift), (0.0, 0.0)], parts: [1.0; 2], count: 1, weight }
    }

    /// So much for (0 to 1), and the rest against.
    pub(crate) fn shared(response: f64, weight: f64) -> Self {
        let terms = [(1.0, 0.0), (-1.0, 0.0)];
        Self { terms, parts: [response, 1.0 - response], count: 2, weight }
    }

    /// The logarithm, up to a constant.
    pub(crate) fn log(&self, x: f64) -> f64 {
        let mut sum = 0.0;
        for (&(sign, shift), part) in self.terms[..self.count].iter().zip(self.parts) {
            sum += part * log_sigmoid(sign * x + shift);
        }
        self.weight * sum
    }

    /// First and second derivative of the logarithm; the second is never positive.
    pub(crate) fn slopes(&self, x: f64) -> (f64, f64) {
        let (mut first, mut second) = (0.0, 0.0);
        for (&(sign, shift), part) in self.terms[..self.count].iter().zip(self.parts) {
            let against = sigmoid(-(sign * x + shift));
            first += part * sign * against;
            second -= part * against * (1.0 - against);
        }
        (self.weight * first, self.weight * second)
    }

    /// Mean and variance of N(mean, variance) times this likelihood.
    ///
    /// Gauss–Hermite quadrature with 20 nodes, moved to the mode and scaled by the curvature there (Liu & Pierce
    /// 1994, *A note on Gauss–Hermite quadrature*). Relative error under 1e-9 for variances up to 1, 1e-4 up to 4.
    /// The variance never grows, as the likelihood is log-concave.
    pub(crate) fn tilt(&self, mean: f64, variance: f64) -> (f64, f64) {
        let mode = self.mode(mean, variance);
        let (_, curvature) = self.slopes(mode);
        let scale = libm::sqrt(2.0 / (1.0 / variance - curvature));
        let density = |x: f64| self.log(x) - (x - mean) * (x - mean) / (2.0 * variance);
        let peak = density(mode);
        let (mut mass, mut first, mut second) = (0.0, 0.0, 0.0);
        for (node, log_weight, _) in NODES {
            for t in [-node * scale, node * scale] {
                let m = libm::exp(density(mode + t) - peak + log_weight);
                mass += m;
                first += m * t;
                second += m * t * t;
            }
        }
        let shift = first / mass;
        let spread = (second / mass - shift * shift).clamp(variance * 1e-9, variance);
        (mode + shift, spread)
    }

    /// Where N(mean, variance) times this likelihood is largest: Newton, kept inside a bracket by halving.
    fn mode(&self, mean: f64, variance: f64) -> f64 {
        // |slope of ln likelihood| ≤ weight · terms, so the mode is no further from the mean than this.
        let reach = variance * self.weight * self.count as f64;
        let (mut low, mut high) = (mean - reach, mean + reach);
        let tolerance = 1e-12 * (1.0 + libm::sqrt(variance));
        let mut x = mean;
        for _ in 0..100 {
            let (slope, curvature) = self.slopes(x);
            let gradient = slope - (x - mean) / variance;
            if gradient > 0.0 {
                low = x;
            } else {
                high = x;
            }
            let newton = x - gradient / (curvature - 1.0 / variance);
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            let step = next - x;
            x = next;
            if step.abs() <= tolerance {
                break;
            }
        }
        x
    }
}

/// E f(X) for X normal, by plain Gauss–Hermite with the 14 inner nodes; for bounded f. Calls `f(x, weight of x)`; the
/// weights sum to one within 1e-8.
pub(crate) fn expectation(predictor: Predictor, mut f: impl FnMut(f64, f64) -> f64) -> f64 {
    let scale = libm::sqrt(2.0 * predictor.variance);
    let mut sum = 0.0;
    for (node, _, weight) in NODES {
        // The outer nodes weigh less than 1e-7: not worth their exponentials for a bounded function.
        if weight > 1e-7 {
            for x in [predictor.mean - node * scale, predictor.mean + node * scale] {
                sum += weight * f(x, weight);
            }
        }
    }
    sum
}

/// Positive half of the 20-point Gauss–Hermite rule (numpy `hermgauss(20)`): node t, ln w + t², w / √π.
const NODES: [(f64, f64, f64); 10] = [
    (0.24534070830090124, -0.7114710404116901, 0.2607930634495549),
    (0.7374737285453944, -0.7055368459223146, 0.16173933398399998),
    (1.234076215395323, -0.6933054504113765, 0.0615063720639769),
    (1.7385377121165861, -0.6739741099862373, 0.013997837447101022),
    (2.2549740020892757, -0.6461102649118216, 0.00183010313108049),
    (2.7888060584281305, -0.6072415536850873, 0.00012882627996192928),
    (3.3478545673832163, -0.5529289199616052, 4.402121090230851e-06),
    (3.944764040115625, -0.4743672219775181, 6.127490259982928e-08),
    (4.603682449550744, -0.35050407841539055, 2.4820623623151755e-10),
    (5.387480890011233, -0.10692622802020324, 1.2578006724379234e-13),
];

#[cfg(test)]
mod tests {
    use super::*;

    const LIKELIHOOD: Likelihood = Likelihood {
        tie: 0.4,
        position: 0.15,
        temperature: 1.0,
        offset_variance: 0.0,
        neither_weight: 0.5,
        cuts: CutPoints::NONE,
    };

    #[test]
    fn slopes_agree_with_finite_differences() {
        let step = 1e-4;
        for outcome in [DuelOutcome::Left, DuelOutcome::Right, DuelOutcome::Tie] {
            let evidence = LIKELIHOOD.duel_evidence(outcome, 0.7).unwrap();
            for x in [-6.0, -1.0, 0.0, 0.3, 2.0, 9.0] {
                let (first, second) = evidence.slopes(x);
                let (below, above) = (evidence.log(x - step), evidence.log(x + step));
                assert!((first - (above - below) / (2.0 * step)).abs() < 1e-7, "{outcome:?} {x}");
                assert!(
                    (second - (above - 2.0 * evidence.log(x) + below) / (step * step)).abs() < 1e-6,
                    "{outcome:?} {x}"
                );
            }
        }
    }

    #[test]
    fn shared_evidence_has_the_mean_and_variance_of_its_integral() {
        let step = 1e-4;
        for (response, weight, mean, variance) in
            [(0.25, 1.0, 0.4, 1.0), (0.9, 2.0, -1.0, 0.3), (0.5, 0.7, 2.0, 2.0), (1.0, 0.5, 0.0, 1.0)]
        {
            let evidence = Evidence::shared(response, weight);
            for x in [-3.0, 0.2, 4.0] {
                let (first, second) = evidence.slopes(x);
                let (below, above) = (evidence.log(x - step), evidence.log(x + step));
                assert!((first - (above - below) / (2.0 * step)).abs() < 1e-7);
                assert!((second - (above - 2.0 * evidence.log(x) + below) / (step * step)).abs() < 1e-6);
            }
            let (mut mass, mut sum, mut square) = (0.0, 0.0, 0.0);
            for i in -40_000..=40_000 {
                let x = mean + f64::from(i) * 5e-4;
                let density = libm::exp(evidence.log(x) - (x - mean) * (x - mean) / (2.0 * variance));
                mass += density;
                sum += density * x;
                square += density * x * x;
            }
            let expected = (sum / mass, square / mass - (sum / mass) * (sum / mass));
            let found = evidence.tilt(mean, variance);
            assert!(
                (found.0 - expected.0).abs() < 1e-5 && (found.1 - expected.1).abs() < 1e-5,
                "{found:?} {expected:?}"
            );
        }
    }

    /// The level's probability, its derivatives by finite differences, and mean and variance by the trapezoidal rule.
    #[test]
    fn stars_say_that_utility_lies_between_two_cut_points() {
        let cuts = CutPoints::new(&[-1.2, 0.1, 0.3, 2.0]).unwrap();
        let likelihood = Likelihood { cuts, temperature: 0.8, ..LIKELIHOOD };
        let above = |x: f64, level: usize| match level.checked_sub(1).map(|at| cuts.values().get(at)) {
            None => 1.0,
            Some(None) => 0.0,
            Some(Some(cut)) => sigmoid(x - cut / 0.8),
        };
        let (mean, variance) = (0.3, 1.4);
        for level in 0..5 {
            let probability = |x: f64| above(x, level) - above(x, level + 1);
            let evidence = likelihood.stars_evidence(level as f64 / 4.0, 1.0);
            let constant = libm::log(probability(0.0)) - evidence.log(0.0);
            let step = 1e-4;
            for x in [-4.0, -0.3, 0.2, 3.0] {
                assert!((libm::log(probability(x)) - evidence.log(x) - constant).abs() < 1e-9);
                let (first, second) = evidence.slopes(x);
                let (below, beyond) = (evidence.log(x - step), evidence.log(x + step));
                assert!((first - (beyond - below) / (2.0 * step)).abs() < 1e-7);
                assert!((second - (beyond - 2.0 * evidence.log(x) + below) / (step * step)).abs() < 1e-6);
            }
            let (mut mass, mut sum, mut square) = (0.0, 0.0, 0.0);
            for i in -20_000..=20_000 {
                let x = mean + f64::from(i) * 5e-4;
                let density = probability(x) * libm::exp(-(x - mean) * (x - mean) / (2.0 * variance));
                mass += density;
                sum += density * x;
                square += density * x * x;
            }
            let expected = (sum / mass, square / mass - (sum / mass) * (sum / mass));
            let found = evidence.tilt(mean, variance);
            assert!(
                (found.0 - expected.0).abs() < 1e-5 && (found.1 - expected.1).abs() < 1e-5,
                "{level}: {found:?} {expected:?}"
            );
        }
        // A scale that the cut points are not of: an approval in part.
        let (shared, plain) = (likelihood.stars_evidence(0.3, 1.0), Evidence::shared(0.3, 1.0));
        assert_eq!(shared.log(0.7), plain.log(0.7));
    }

    #[test]
    fn the_evidence_has_the_shape_of_the_probability() {
        for (index, outcome) in
            [DuelOutcome::Left, DuelOutcome::Tie, DuelOutcome::Right].into_iter().enumerate()
        {
            let evidence = LIKELIHOOD.duel_evidence(outcome, 1.0).unwrap();
            let constant = libm::log(LIKELIHOOD.duel(0.0)[index]) - evidence.log(0.0);
            for d in [-3.0, -0.2, 1.0, 4.0] {
                let exact = libm::log(LIKELIHOOD.duel(d)[index]);
                assert!((exact - evidence.log(d) - constant).abs() < 1e-12, "{outcome:?} {d}");
            }
        }
    }

    #[test]
    fn three_answers_sum_to_one() {
        for d in [-40.0, -1.0, 0.0, 2.5, 700.0] {
            assert!((LIKELIHOOD.duel(d).iter().sum::<f64>() - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn impossible_parameters_are_refused() {
        for bad in [
            Likelihood { tie: -0.1, ..LIKELIHOOD },
            Likelihood { position: f64::NAN, ..LIKELIHOOD },
            Likelihood { temperature: 0.0, ..LIKELIHOOD },
            Likelihood { offset_variance: f64::INFINITY, ..LIKELIHOOD },
            Likelihood { neither_weight: -1.0, ..LIKELIHOOD },
        ] {
            assert_eq!(bad.checked().unwrap_err().code(), "ModelError::Range");
        }
    }
}
