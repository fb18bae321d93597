//! Which candidate to have rated next, where the aim is to order all the others.
//!
//! Information about a person's state also counts directions in which no two candidates differ: how strict somebody is, say.
//! What orders candidates are differences of utilities; their summed variance Σⱼ Var((fⱼ − f̄)·z) falls by a known amount
//! with every rating, whatever its value (a normal posterior's covariance does not depend on answers).

use alloc::{vec, vec::Vec};

use crate::{error::ModelError, features::Scored, taste::Taste};

/// By how much a rating of each of these would lower what is not known of their order: the sum, over all of them, of the
/// variance of a candidate's utility around their mean's. `noise` is each one's rating noise
/// ([`TasteModel::rating_noise`](crate::TasteModel::rating_noise)).
///
/// # Errors
/// [`ModelError::FeatureCount`]; [`ModelError::Shape`] where there is not one noise a candidate.
pub fn rating_gains(taste: &Taste, candidates: &[Scored<'_>], noise: &[f64]) -> Result<Vec<f64>, ModelError> {
    let (n, r) = (candidates.len(), taste.features());
    if noise.len() != n {
        return Err(ModelError::Shape { what: "the ratings' noise", found: noise.len(), expected: n });
    }
    let mut mean = vec![0.0; r];
    for candidate in candidates {
        let (found, expected) = (candidate.features().len(), r);
        if found != expected {
            return Err(ModelError::FeatureCount { found, expected });
        }
        mean.iter_mut().zip(candidate.features()).for_each(|(sum, f)| *sum += f64::from(*f) / n as f64);
    }
    // C = Σ g gᵀ over centred features; strictness takes no part in an order.
    let mut order = vec![0.0; r * r];
    for candidate in candidates {
        let g: Vec<f64> =
            candidate.features().iter().zip(&mean).map(|(f, mean)| f64::from(*f) - mean).collect();
        for i in 0..r {
            (0..r).for_each(|j| order[i * r + j] += g[i] * g[j]);
        }
    }
    let gains = candidates.iter().zip(noise).map(|(candidate, noise)| {
        let mut towards: Vec<f64> = candidate.features().iter().map(|f| f64::from(*f)).collect();
        towards.push(-1.0);
        let along = taste.times_covariance(&towards);
        let variance: f64 = towards.iter().zip(&along).map(|(x, s)| x * s).sum();
        let mut told = 0.0;
        for i in 0..r {
            (0..r).for_each(|j| told += along[i] * order[i * r + j] * along[j]);
        }
        let all = variance + candidate.offset_variance() + noise;
        if all > 0.0 { told / all } else { 0.0 }
    });
    Ok(gains.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prior;

    /// The gain is what the sum of variances falls by, as the update itself finds it.
    #[test]
    fn a_rating_lowers_the_variance_of_the_order_by_its_gain() {
        let prior = Prior::new(vec![1.0, 0.2, 0.1, 0.2, 0.7, 0.0, 0.1, 0.0, 0.5], 0.3).unwrap();
        let rows = [[0.5f32, -1.0], [1.5, 0.3], [-0.2, 0.9], [0.1, 0.1]];
        let scored: Vec<_> = rows.iter().map(|row| Scored::new(0.1, row).unwrap().unseen(0.2)).collect();
        let noise = [0.5, 0.8, 1.0, 2.0];
        let unknown = |taste: &Taste| -> f64 {
            let mean = |k: usize| rows.iter().map(|row| f64::from(row[k])).sum::<f64>() / 4.0;
            rows.iter()
                .map(|row| {
                    let g = [f64::from(row[0]) - mean(0), f64::from(row[1]) - mean(1)];
                    let s = |i: usize, j: usize| taste.covariance()[i * 3 + j];
                    g[0] * g[0] * s(0, 0) + 2.0 * g[0] * g[1] * s(0, 1) + g[1] * g[1] * s(1, 1)
                })
                .sum()
        };
        let mut taste = Taste::crowd(&prior);
        taste.update_rating(scored[3], 2.0, 1.0).unwrap();
        let gains = rating_gains(&taste, &scored, &noise).unwrap();
        for (at, gain) in gains.iter().enumerate() {
            let mut after = taste.clone();
            // Whatever the answer is; the rating of a candidate without votes is as unsure as its offset.
            after.update_rating(scored[at], -7.0, noise[at]).unwrap();
            assert!((unknown(&taste) - unknown(&after) - gain).abs() < 1e-12, "{at}");
        }
        assert_eq!(rating_gains(&taste, &scored, &noise[..3]).unwrap_err().code(), "ModelError::Shape");
    }
}
