//! How good predictions are: accuracy, accuracy per person with an interval, log loss, calibration.
//!
//! Ties and skips are the caller's to leave out; what is counted here was decided one way or the other.

use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::random::SplitMix64;

/// A prediction and what happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// Whose vote it was, any numbering.
    pub person: u32,
    /// The predicted probability that it happens, 0 to 1.
    pub probability: f64,
    /// Whether it did.
    pub happened: bool,
}

impl Judged {
    /// 1 where the likelier answer came, 0 where the other did, a half where both were equally likely.
    fn correct(&self) -> f64 {
        if self.probability == 0.5 {
            0.5
        } else if (self.probability > 0.5) == self.happened {
            1.0
        } else {
            0.0
        }
    }
}

/// A value with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Over how many (persons, for a macro average).
    pub n: usize,
}

/// Share of judged predictions that were right; a half where there are none.
pub fn pair_accuracy(judged: &[Judged]) -> f64 {
    if judged.is_empty() {
        return 0.5;
    }
    judged.iter().map(Judged::correct).sum::<f64>() / judged.len() as f64
}

/// Accuracy of each person, averaged over persons, with the percentile interval of a bootstrap over persons (2,000
/// resamples are plenty). The same seed gives the same interval.
pub fn macro_accuracy(judged: &[Judged], resamples: usize, seed: u64) -> Interval {
    let mut order: Vec<&Judged> = judged.iter().collect();
    order.sort_by_key(|judged| judged.person);
    let persons: Vec<f64> = order
        .chunk_by(|a, b| a.person == b.person)
        .map(|own| own.iter().map(|judged| judged.correct()).sum::<f64>() / own.len() as f64)
        .collect();
    let n = persons.len();
    if n == 0 {
        return Interval { value: 0.5, low: 0.0, high: 1.0, n };
    }
    let value = persons.iter().sum::<f64>() / n as f64;
    let mut random = SplitMix64::new(seed);
    let mut means: Vec<f64> =
        (0..resamples).map(|_| (0..n).map(|_| persons[random.below(n)]).sum::<f64>() / n as f64).collect();
    means.sort_by(f64::total_cmp);
    // With one person, or no resamples, nothing is known of the spread.
    let (low, high) = if n < 2 || means.is_empty() {
        (0.0, 1.0)
    } else {
        let last = (means.len() - 1) as f64;
        (means[libm::floor(0.025 * last) as usize], means[libm::ceil(0.975 * last) as usize])
    };
    Interval { value, low, high, n }
}

/// Mean of −ln P(what happened), probabilities kept 1e-12 away from 0 and 1; ln 2 is a coin, and the answer where there
/// is nothing to judge.
pub fn log_loss(judged: &[Judged]) -> f64 {
    if judged.is_empty() {
        return core::f64::consts::LN_2;
    }
    let mut sum = 0.0;
    for one in judged {
        let p = if one.happened { one.probability } else { 1.0 - one.probability };
        sum -= libm::log(p.clamp(1e-12, 1.0));
    }
    sum / judged.len() as f64
}

/// Expected calibration error: predictions in `bins` bins of equal width, the distance between mean prediction and
/// frequency in each, averaged by how many are in it (Naeini et al. 2015). Each prediction counts from both sides (p and
/// 1 − p), so it does not matter which candidate was shown left.
pub fn calibration_error(judged: &[Judged], bins: usize) -> f64 {
    if judged.is_empty() || bins == 0 {
        return 0.0;
    }
    let mut sums = vec![(0.0f64, 0.0f64); bins];
    for one in judged {
        for (p, happened) in [(one.probability, one.happened), (1.0 - one.probability, !one.happened)] {
            let bin = ((p * bins as f64) as usize).min(bins - 1);
            sums[bin].0 += p;
            sums[bin].1 += f64::from(u8::from(happened));
        }
    }
    sums.iter().map(|(predicted, happened)| (predicted - happened).abs()).sum::<f64>()
        / (2 * judged.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rows: &[(u32, f64, bool)]) -> Vec<Judged> {
        rows.iter().map(|&(person, probability, happened)| Judged { person, probability, happened }).collect()
    }

    /// Two persons: one with three of four right, one with a coin.
    const ROWS: [(u32, f64, bool); 5] =
        [(7, 0.9, true), (3, 0.5, true), (7, 0.8, true), (7, 0.7, false), (7, 0.2, false)];

    #[test]
    fn accuracy_counts_votes_or_persons() {
        assert_eq!(pair_accuracy(&judged(&ROWS)), 3.5 / 5.0);
        let interval = macro_accuracy(&judged(&ROWS), 2_000, 1);
        assert_eq!((interval.value, interval.n), ((0.75 + 0.5) / 2.0, 2));
        assert_eq!((interval.low, interval.high), (0.5, 0.75));
        assert_eq!(macro_accuracy(&judged(&ROWS), 2_000, 1), interval);
    }

    #[test]
    fn log_loss_and_calibration_agree_with_numpy() {
        // numpy, of y = [1, 1, 1, 0, 0] and p = [.9, .5, .8, .7, .2].
        assert!((log_loss(&judged(&ROWS)) - 0.48975352063442534).abs() < 1e-12);
        assert!((calibration_error(&judged(&ROWS), 10) - 0.24).abs() < 1e-12);
    }

    #[test]
    fn a_calibrated_forecast_has_no_calibration_error() {
        let mut rows = vec![];
        for i in 0..100 {
            rows.push((0, 0.8, i < 80));
        }
        assert!(calibration_error(&judged(&rows), 10) < 1e-12);
        assert!((calibration_error(&judged(&[(0, 0.8, false)]), 10) - 0.8).abs() < 1e-12);
    }

    #[test]
    fn the_bootstrap_interval_has_the_width_of_the_normal_one() {
        let mut random = SplitMix64::new(9);
        let rows: Vec<_> = (0..400).map(|person| (person, 0.9, random.unit() < 0.7)).collect();
        let interval = macro_accuracy(&judged(&rows), 2_000, 2);
        let normal = 1.96 * libm::sqrt(interval.value * (1.0 - interval.value) / 400.0);
        assert!(((interval.high - interval.low) / (2.0 * normal) - 1.0).abs() < 0.1);
    }

    #[test]
    fn nothing_to_judge_is_a_coin() {
        assert_eq!(pair_accuracy(&[]), 0.5);
        assert_eq!(log_loss(&[]), core::f64::consts::LN_2);
        assert_eq!(calibration_error(&[], 10), 0.0);
        let none = macro_accuracy(&[], 100, 1);
        assert_eq!((none.value, none.low, none.high, none.n), (0.5, 0.0, 1.0, 0));
    }
}
