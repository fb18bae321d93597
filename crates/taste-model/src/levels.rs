//! Stars as ordered levels: where one ends and the next begins.
//!
//! P(level ≥ l) = σ((u − a − cₗ) / T) for cut points c₁ < c₂ < … (McCullagh 1980, *Regression models for ordinal data*;
//! Samejima 1969, the graded response model, with a person's severity a). The cut points are the crowd's, as it uses the
//! scale; a person's severity, which shifts all of them, is part of what is learned of a person. That a person's own *spread*
//! of the scale did not help to predict is on record in `taste-evaluate`'s figures.

use serde::{Deserialize, Serialize};

use crate::error::{ModelError, within};

/// The most cut points: ten stars in halves have twenty levels.
pub const MAX_CUTS: usize = 19;
/// Cut points are no further from zero than this, in utility, and no nearer to each other than [`LEAST_GAP`].
const MAX_CUT: f64 = 100.0;
/// So near that a level between is hardly ever said, and far enough that `f32` tells them apart.
const LEAST_GAP: f64 = 1e-3;
/// How near a response must be to a level.
const ON_LEVEL: f64 = 1e-6;

/// The cut points of a scale of stars, in utility above the approval threshold; none where no stars were learned from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "alloc::vec::Vec<f64>", into = "alloc::vec::Vec<f64>")]
pub struct CutPoints {
    count: usize,
    values: [f64; MAX_CUTS],
}

impl CutPoints {
    /// None: stars are then an approval in part.
    pub const NONE: Self = Self { count: 0, values: [0.0; MAX_CUTS] };

    /// Cut points from the lowest to the highest, one fewer than levels.
    ///
    /// # Errors
    /// [`ModelError::Shape`] for more than a scale has, [`ModelError::Range`] where one is no number, too far away, or not
    /// above the one before it.
    pub fn new(cuts: &[f64]) -> Result<Self, ModelError> {
        let (found, expected) = (cuts.len(), MAX_CUTS);
        if found > expected {
            return Err(ModelError::Shape { what: "the stars' cut points", found, expected });
        }
        let mut values = [0.0; MAX_CUTS];
        for (at, &cut) in cuts.iter().enumerate() {
            let least = if at == 0 { -MAX_CUT } else { cuts[at - 1] + 0.5 * LEAST_GAP };
            within("a cut point of the stars", cut, least, MAX_CUT)?;
            values[at] = cut;
        }
        Ok(Self { count: found, values })
    }

    /// The cut points with which the crowd would use the levels as often as it did: Σ σ(κᵢ (xᵢ − cₗ)) = how many gave level l
    /// or more, one equation each. `said` has, of each rating, x = u − a, its variance, the level, and how much it counts.
    /// `usual` ratings, spread evenly over the levels, are imagined beside them: the prior, under which no level is
    /// impossible that nobody gave yet.
    ///
    /// κ = 1/√(1 + π variance / 8) averages the logistic over what is not known of x (MacKay 1992).
    ///
    /// # Errors
    /// [`ModelError::Shape`] for more levels than a scale has; nothing else where numbers are finite.
    pub fn of_use(
        said: &[(f64, f64, usize, f64)],
        levels: usize,
        usual: f64,
        temperature: f64,
    ) -> Result<Self, ModelError> {
        let cuts = levels.saturating_sub(1);
        let (found, expected) = (cuts, MAX_CUTS);
        if found > expected {
            return Err(ModelError::Shape { what: "the stars' cut points", found, expected });
        }
        let total: f64 = said.iter().map(|one| one.3).sum();
        let mean = if total > 0.0 { said.iter().map(|one| one.3 * one.0).sum::<f64>() / total } else { 0.0 };
        let mut values = [0.0; MAX_CUTS];
        let mut least = -MAX_CUT;
        for (cut, value) in values[..cuts].iter_mut().enumerate() {
            let above: f64 = said.iter().filter(|one| one.2 > cut).map(|one| one.3).sum();
            let wanted = above + usual * (cuts - cut) as f64 / levels as f64;
            // Imagined ratings are of candidates in the middle.
            let expected = |at: f64| -> f64 {
                let one = |x: f64, variance: f64| {
                    let flat = core::f64::consts::PI * variance / (8.0 * temperature * temperature);
                    let kappa = 1.0 / (temperature * libm::sqrt(1.0 + flat));
                    crate::sigmoid(kappa * (x - at))
                };
                said.iter().map(|said| said.3 * one(said.0, said.1)).sum::<f64>() + usual * one(mean, 0.0)
            };
            // Falls in the cut point: halving cannot fail, and gives the same bits everywhere.
            let (mut low, mut high) = (-MAX_CUT, MAX_CUT);
            for _ in 0..50 {
                let middle = 0.5 * (low + high);
                if expected(middle) > wanted { low = middle } else { high = middle }
            }
            *value = (0.5 * (low + high)).clamp(least, MAX_CUT - (cuts - cut) as f64 * LEAST_GAP);
            least = *value + LEAST_GAP;
        }
        Self::new(&values[..cuts])
    }

    /// From the lowest to the highest.
    pub fn values(&self) -> &[f64] {
        &self.values[..self.count]
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.count == 0
    }

    /// How many levels they part; 0 where there are none.
    pub fn levels(&self) -> usize {
        if self.count == 0 { 0 } else { self.count + 1 }
    }

    /// Which level a response ([`taste_core::Stars::response`]) is, from 0; none where these are another scale's.
    pub fn level(&self, response: f64) -> Option<usize> {
        let place = response * self.count as f64;
        let level = libm::round(place);
        let on =
            self.count > 0 && (place - level).abs() <= ON_LEVEL && (0.0..=self.count as f64).contains(&level);
        on.then_some(level as usize)
    }

    /// The cut points below and above a level: none below the lowest, none above the highest.
    pub fn around(&self, level: usize) -> (Option<f64>, Option<f64>) {
        let cuts = self.values();
        (level.checked_sub(1).and_then(|at| cuts.get(at)).copied(), cuts.get(level).copied())
    }

    /// As a file has them, so that a model is the same before and after it.
    pub(crate) fn rounded(&self) -> Self {
        Self { count: self.count, values: self.values.map(|value| f64::from(value as f32)) }
    }
}

impl TryFrom<alloc::vec::Vec<f64>> for CutPoints {
    type Error = ModelError;

    fn try_from(cuts: alloc::vec::Vec<f64>) -> Result<Self, ModelError> {
        Self::new(&cuts)
    }
}

impl From<CutPoints> for alloc::vec::Vec<f64> {
    fn from(cuts: CutPoints) -> Self {
        cuts.values().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    #[test]
    fn a_response_is_a_level_of_its_own_scale_alone() {
        let cuts = CutPoints::new(&[-2.0, -0.5, 0.5, 2.0]).unwrap();
        for stars in 1..=5u8 {
            let response = taste_core::Stars::new(2 * stars, 5).unwrap().response(false);
            assert_eq!(cuts.level(response), Some(usize::from(stars) - 1));
        }
        assert_eq!([0.1, f64::NAN, -0.25, 1.25].map(|response| cuts.level(response)), [None; 4]);
        assert_eq!((CutPoints::NONE.level(0.0), CutPoints::NONE.levels(), cuts.levels()), (None, 0, 5));
        assert_eq!([cuts.around(0), cuts.around(2)], [(None, Some(-2.0)), (Some(-0.5), Some(0.5))]);
        assert_eq!(cuts.around(4), (Some(2.0), None));
    }

    #[test]
    fn cut_points_out_of_order_are_refused() {
        for bad in [&[0.0, 0.0][..], &[1.0, 0.5], &[f64::NAN], &[0.0, f64::INFINITY], &[-101.0]] {
            assert_eq!(CutPoints::new(bad).unwrap_err().code(), "ModelError::Range", "{bad:?}");
        }
        assert_eq!(CutPoints::new(&[0.0; 20]).unwrap_err().code(), "ModelError::Shape");
    }

    #[test]
    fn the_crowds_cut_points_are_found_again_from_its_ratings() {
        let truth = [-1.5, -0.2, 0.4, 2.1];
        let levels = 5;
        // Every x on a grid, and of each level as much as is expected of it: nothing is left to chance.
        let mut said = vec![];
        for i in 0..200 {
            let x = -3.0 + 6.0 * f64::from(i) / 199.0;
            let above: Vec<f64> = truth.iter().map(|cut| crate::sigmoid(x - cut)).collect();
            for level in 0..levels {
                let from = if level == 0 { 1.0 } else { above[level - 1] };
                let to = above.get(level).copied().unwrap_or(0.0);
                said.push((x, 0.0, level, from - to));
            }
        }
        let found = CutPoints::of_use(&said, levels, 0.0, 1.0).unwrap();
        for (found, truth) in found.values().iter().zip(truth) {
            assert!((found - truth).abs() < 1e-9, "{found} {truth}");
        }
        // Half the temperature: the same answers from utilities half as far apart.
        let near: Vec<_> = said.iter().map(|&(x, _, level, weight)| (0.5 * x, 0.0, level, weight)).collect();
        let found = CutPoints::of_use(&near, levels, 0.0, 0.5).unwrap();
        assert!((found.values()[3] - 1.05).abs() < 1e-9);
    }

    #[test]
    fn a_level_that_nobody_gave_is_possible_and_no_rating_at_all_gives_an_even_scale() {
        let cuts = CutPoints::of_use(&[(0.0, 0.0, 4, 1.0); 20], 5, 4.0, 1.0).unwrap();
        assert!(cuts.values().windows(2).all(|two| two[1] > two[0]) && cuts.values()[3] < 0.0);
        let even = CutPoints::of_use(&[], 4, 4.0, 1.0).unwrap();
        assert!((even.values()[0] + libm::log(3.0)).abs() < 1e-9 && even.values()[1].abs() < 1e-9);
        let absurd = [(1e300, 0.0, 0, 1.0), (-1e300, 1e300, 3, 1.0)];
        assert_eq!(CutPoints::of_use(&absurd, 4, 4.0, 1.0).unwrap().levels(), 4);
    }
}
