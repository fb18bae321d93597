//! Counting predictions as they come: accuracy a person, log loss, reliability. Memory does not grow with them.

use serde::{Deserialize, Serialize};
use taste_population::Random;

/// Bins of the reliability diagram.
pub const BINS: usize = 10;

/// A value, its 95 % interval, and how it varies between splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Mean over the splits.
    pub value: f64,
    /// Lower end of one split's interval (bootstrap over persons), averaged over the splits.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Standard deviation between splits; zero with one.
    pub between: f64,
}

impl Estimate {
    /// Over several splits.
    pub fn over(splits: &[Self]) -> Self {
        let count = splits.len().max(1) as f64;
        let mean = |of: fn(&Self) -> f64| splits.iter().map(of).sum::<f64>() / count;
        let value = mean(|one| one.value);
        let spread: f64 = splits.iter().map(|one| (one.value - value).powi(2)).sum();
        Self {
            value,
            low: mean(|one| one.low),
            high: mean(|one| one.high),
            between: if splits.len() > 1 { libm::sqrt(spread / (count - 1.0)) } else { 0.0 },
        }
    }

    /// The mean of some values with the percentile interval of a bootstrap over them.
    pub fn bootstrap(values: &[f64], resamples: usize, seed: u64) -> Self {
        let n = values.len();
        if n == 0 {
            return Self { value: 0.5, low: 0.0, high: 1.0, between: 0.0 };
        }
        let value = values.iter().sum::<f64>() / n as f64;
        if n == 1 || resamples == 0 {
            return Self { value, low: 0.0, high: 1.0, between: 0.0 };
        }
        let mut random = Random::new(seed, "bootstrap");
        let mut means: Vec<f64> =
            (0..resamples).map(|_| (0..n).map(|_| values[random.below(n)]).sum::<f64>() / n as f64).collect();
        means.sort_by(f64::total_cmp);
        let last = (means.len() - 1) as f64;
        let at = |share: f64, up: bool| {
            let place = share * last;
            means[(if up { libm::ceil(place) } else { libm::floor(place) }) as usize]
        };
        Self { value, low: at(0.025, false), high: at(0.975, true), between: 0.0 }
    }
}

/// Resamples of an interval, where a protocol does not say otherwise.
pub(crate) const RESAMPLES: usize = 2_000;

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bin {
    /// Predictions in it, from both sides.
    pub count: f64,
    /// Sum of their probabilities.
    pub predicted: f64,
    /// How many came true.
    pub happened: f64,
}

/// Predictions of pairs, counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    persons: Vec<f64>,
    strong_persons: Vec<f64>,
    current: (f64, f64),
    strong: (f64, f64),
    count: usize,
    loss: f64,
    bins: [Bin; BINS],
}

impl Tally {
    /// A pair of the current person: the probability given to what happened, and whether the pair is clearly different.
    pub fn add(&mut self, probability: f64, is_strong: bool) {
        let correct = match probability {
            p if p > 0.5 => 1.0,
            p if p < 0.5 => 0.0,
            _ => 0.5,
        };
        self.current.0 += correct;
        self.current.1 += 1.0;
        if is_strong {
            self.strong.0 += correct;
            self.strong.1 += 1.0;
        }
        self.count += 1;
        self.loss -= libm::log(probability.clamp(1e-12, 1.0));
        // From both sides, so that it does not matter which candidate is named first.
        for (p, happened) in [(probability, 1.0), (1.0 - probability, 0.0)] {
            let bin = &mut self.bins[((p * BINS as f64) as usize).min(BINS - 1)];
            bin.count += 1.0;
            bin.predicted += p;
            bin.happened += happened;
        }
    }

    /// The current person is through.
    pub fn next_person(&mut self) {
        for (sums, into) in
            [(&mut self.current, &mut self.persons), (&mut self.strong, &mut self.strong_persons)]
        {
            if sums.1 > 0.0 {
                into.push(sums.0 / sums.1);
            }
            *sums = (0.0, 0.0);
        }
    }

    /// Accuracy of each person, averaged over persons.
    pub fn accuracy(&self, resamples: usize, seed: u64) -> Estimate {
        Estimate::bootstrap(&self.persons, resamples, seed)
    }

    /// The same over clearly different pairs; none where there is no such pair.
    pub fn strong_accuracy(&self, resamples: usize, seed: u64) -> Option<Estimate> {
        (!self.strong_persons.is_empty()).then(|| Estimate::bootstrap(&self.strong_persons, resamples, seed))
    }

    /// Persons counted.
    pub fn persons(&self) -> usize {
        self.persons.len()
    }

    /// Pairs counted.
    pub fn pairs(&self) -> usize {
        self.count
    }

    /// Mean −ln P of what happened; ln 2 is a coin, and the answer where nothing was counted.
    pub fn log_loss(&self) -> f64 {
        if self.count == 0 { std::f64::consts::LN_2 } else { self.loss / self.count as f64 }
    }

    /// The reliability diagram.
    pub fn bins(&self) -> [Bin; BINS] {
        self.bins
    }
}

/// Expected calibration error of a reliability diagram (Naeini et al. 2015).
pub fn calibration_error(bins: &[Bin]) -> f64 {
    let count: f64 = bins.iter().map(|bin| bin.count).sum();
    if count == 0.0 {
        return 0.0;
    }
    bins.iter().map(|bin| (bin.predicted - bin.happened).abs()).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use taste_model::metrics::{self, Judged};

    #[test]
    fn counting_as_it_comes_agrees_with_the_models_own_measures() {
        let mut random = Random::new(3, "tally");
        let (mut tally, mut judged) = (Tally::default(), vec![]);
        for person in 0..7 {
            for _ in 0..=person {
                let p = random.uniform();
                tally.add(p, p > 0.7);
                judged.push(Judged { person, probability: p, happened: true });
            }
            tally.next_person();
        }
        assert!((tally.log_loss() - metrics::log_loss(&judged)).abs() < 1e-12);
        assert!((calibration_error(&tally.bins()) - metrics::calibration_error(&judged, BINS)).abs() < 1e-12);
        assert!(
            (tally.accuracy(100, 1).value - metrics::macro_accuracy(&judged, 100, 1).value).abs() < 1e-12
        );
        assert_eq!((tally.persons(), tally.pairs()), (7, 28));
        assert_eq!(tally.strong_accuracy(100, 1).unwrap().value, 1.0);
    }

    #[test]
    fn the_bootstrap_interval_has_the_width_of_the_normal_one() {
        let mut random = Random::new(9, "bootstrap");
        let values: Vec<f64> = (0..400).map(|_| random.normal()).collect();
        let found = Estimate::bootstrap(&values, 2_000, 2);
        let normal = 2.0 * 1.96 / 20.0;
        assert!(((found.high - found.low) / normal - 1.0).abs() < 0.1, "{found:?}");
        let one = Estimate::bootstrap(&[0.7], 100, 1);
        assert_eq!((one.value, one.low, one.high), (0.7, 0.0, 1.0));
        assert_eq!(Estimate::bootstrap(&[], 100, 1).value, 0.5);
    }

    #[test]
    fn splits_are_averaged_and_their_spread_is_told() {
        let one = |value| Estimate { value, low: value - 0.1, high: value + 0.1, between: 0.0 };
        let found = Estimate::over(&[one(0.6), one(0.7), one(0.8)]);
        assert!((found.value - 0.7).abs() < 1e-12 && (found.between - 0.1).abs() < 1e-12);
        assert!((found.low - 0.6).abs() < 1e-12 && (found.high - 0.8).abs() < 1e-12);
    }
}
