//! Bringing embeddings to a scale on which one prior fits every encoder.

use crate::dataset::EmbeddedCandidates;

/// `(x − mean) · inv_std`, as the taste model does it before anything else.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standard {
    /// `[d]`
    pub(crate) mean: Vec<f32>,
    /// `[d]`
    pub(crate) inv_std: Vec<f32>,
}

impl Standard {
    /// Centres every dimension and scales it by 1 / √(its variance + the mean variance): dimensions that hardly vary
    /// (rare hashes) are lifted, but not to the rank of the others, as their noise would be too. One common factor
    /// then makes the mean squared length 1, so that w ~ N(0, σ²I) gives utilities of variance σ² for any encoder.
    pub(crate) fn of(candidates: &EmbeddedCandidates) -> Self {
        let (n, d) = (candidates.len(), candidates.dimension());
        let mut mean = vec![0.0f64; d];
        for row in candidates.embeddings().chunks_exact(d) {
            for (sum, &value) in mean.iter_mut().zip(row) {
                *sum += f64::from(value);
            }
        }
        mean.iter_mut().for_each(|sum| *sum /= n as f64);
        let mut variance = vec![0.0f64; d];
        for row in candidates.embeddings().chunks_exact(d) {
            for ((sum, &value), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *sum += (f64::from(value) - mean) * (f64::from(value) - mean);
            }
        }
        variance.iter_mut().for_each(|sum| *sum /= n as f64);
        let average = variance.iter().sum::<f64>() / d as f64;
        // Candidates that are all alike to this encoder: nothing to scale, and nothing to learn from content.
        if average <= 1e-20 {
            return Self { mean: mean.iter().map(|&m| m as f32).collect(), inv_std: vec![1.0; d] };
        }
        let length: f64 = variance.iter().map(|v| v / (v + average)).sum();
        let scale = |v: &f64| (1.0 / (libm::sqrt(v + average) * libm::sqrt(length))) as f32;
        Self { mean: mean.iter().map(|&m| m as f32).collect(), inv_std: variance.iter().map(scale).collect() }
    }

    /// All embeddings, row-major `[n, d]`.
    pub(crate) fn apply(&self, candidates: &EmbeddedCandidates) -> Vec<f32> {
        let columns = self.mean.iter().zip(&self.inv_std).cycle();
        candidates.embeddings().iter().zip(columns).map(|(x, (mean, inv_std))| (x - mean) * inv_std).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use taste_core::Digest;

    #[test]
    fn standardised_embeddings_have_mean_zero_and_mean_square_length_one() {
        let rows = vec![1.0, 0.0, 5.0, 0.0, 1.0, 5.0, 3.0, 2.0, 5.0, -1.0, 0.5, 5.0];
        let ids = (0..4).map(|i| Digest([i; 32])).collect();
        let candidates = EmbeddedCandidates::new(ids, "test@1".into(), rows).unwrap();
        let scaled = Standard::of(&candidates).apply(&candidates);
        for column in 0..3 {
            assert!(scaled.iter().skip(column).step_by(3).sum::<f32>().abs() < 1e-5);
        }
        let square = scaled.iter().map(|x| x * x).sum::<f32>() / 4.0;
        assert!((square - 1.0).abs() < 1e-5, "{square}");
    }

    #[test]
    fn candidates_that_are_all_alike_become_zeros() {
        let ids = (0..2).map(|i| Digest([i; 32])).collect();
        let candidates = EmbeddedCandidates::new(ids, "test@1".into(), vec![0.6, 0.8, 0.6, 0.8]).unwrap();
        assert!(Standard::of(&candidates).apply(&candidates).iter().all(|x| x.abs() < 1e-6));
    }
}
