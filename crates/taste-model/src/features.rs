//! The features file of (round, model): with it a page predicts without any encoder. And [`Scored`], one candidate as
//! the taste model sees it.

use alloc::{vec, vec::Vec};
use taste_core::{CandidateId, Digest};

use crate::{
    error::{ModelError, finite},
    levels::{CutPoints, MAX_CUTS},
    likelihood::Likelihood,
    model::TasteModel,
    prior::{MAX_FEATURES, Prior},
    taste::Taste,
};

const MAGIC: &[u8; 8] = b"TASTEFT2";
/// Of a file with the stars' cut points: after the likelihood's six numbers their count (u32), and themselves.
const MAGIC_3: &[u8; 8] = b"TASTEFT3";
/// Of a file that says of each candidate how much is unknown of it; the cut points are counted as in the third, and may be none.
const MAGIC_4: &[u8; 8] = b"TASTEFT4";
/// Magic, n, r, the model's digest, and the six numbers of the likelihood.
const HEADER: usize = 8 + 4 + 4 + 32 + 6 * 4;

/// What the crowd's model says of one candidate: the only thing that updates, predictions and questions need.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored<'a> {
    utility: f32,
    features: &'a [f32],
    offset_variance: f64,
}

impl<'a> Scored<'a> {
    /// Crowd utility (offset included where known) and features.
    ///
    /// # Errors
    /// [`ModelError::NotFinite`] for NaN or an infinity.
    pub fn new(utility: f32, features: &'a [f32]) -> Result<Self, ModelError> {
        finite("a candidate's utility", &[utility])?;
        finite("a candidate's features", features)?;
        Ok(Self { utility, features, offset_variance: 0.0 })
    }

    /// The same for a candidate whose utility may differ from this one by a variance ([`TasteModel::unknown`]): that of all
    /// offsets where it had no votes, what its votes left open where it had some. Predictions about it are less sure. Not finite
    /// or negative counts as zero.
    pub fn unseen(self, offset_variance: f64) -> Self {
        let sound = offset_variance.is_finite() && offset_variance > 0.0;
        Self { offset_variance: if sound { offset_variance } else { 0.0 }, ..self }
    }

    /// Crowd utility.
    pub fn utility(&self) -> f32 {
        self.utility
    }

    /// The r features.
    pub fn features(&self) -> &'a [f32] {
        self.features
    }

    /// Variance of what is unknown of its utility.
    pub fn offset_variance(&self) -> f64 {
        self.offset_variance
    }
}

/// Utility and features of a round's candidates, in the manifest's order, with the prior and the likelihood of their
/// model: all that learning a person's taste and predicting their answers needs.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureTable {
    model: Digest,
    prior: Prior,
    likelihood: Likelihood,
    /// Row-major `[n, 1 + r]`: utility, then features.
    rows: Vec<f32>,
    /// What is unknown of each candidate's utility, a variance, `[n]`.
    unknown: Vec<f32>,
}

impl FeatureTable {
    /// Evaluates the model on each candidate's embedding and adds its offset. `digest` names the model's file.
    ///
    /// # Errors
    /// What [`TasteModel::evaluate`] refuses.
    pub fn build<'a>(
        model: &TasteModel,
        digest: Digest,
        candidates: impl IntoIterator<Item = (CandidateId, &'a [f32])>,
    ) -> Result<Self, ModelError> {
        let (mut rows, mut unknown) = (Vec::new(), Vec::new());
        for (id, embedding) in candidates {
            let (utility, mut features) = model.evaluate(embedding)?;
            let offset = model.offset(&id);
            for (value, offset) in features.iter_mut().zip(model.feature_offset(&id).unwrap_or(&[])) {
                *value += offset;
            }
            finite("a candidate's features", &features)?;
            let utility = utility + offset.unwrap_or(0.0);
            finite("a candidate's utility", &[utility])?;
            rows.push(utility);
            rows.extend(features);
            unknown.push(model.unknown(&id) as f32);
        }
        let (prior, likelihood) = (model.prior().clone(), *model.likelihood());
        Ok(Self { model: digest, prior, likelihood, rows, unknown })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`ModelError::FeaturesMagic`], [`ModelError::FeaturesLength`], [`ModelError::Shape`] for more features than
    /// a model may have, [`ModelError::NotFinite`], and what [`Prior::new`] and [`Likelihood::checked`] refuse.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let is = |magic: &[u8; 8]| bytes.get(..8).is_some_and(|found| found == magic);
        let (third, fourth) = (is(MAGIC_3), is(MAGIC_4));
        let with_cuts = third || fourth;
        if bytes.len() >= 8 && !is(MAGIC) && !with_cuts {
            return Err(ModelError::FeaturesMagic);
        }
        let header: &[u8; HEADER] = bytes
            .first_chunk()
            .ok_or(ModelError::FeaturesLength { found: bytes.len(), expected: HEADER as u64 })?;
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (n, r) = (number(8), number(12));
        if r == 0 || r as usize > MAX_FEATURES {
            return Err(ModelError::Shape { what: "features", found: r as usize, expected: MAX_FEATURES });
        }
        let q = r as usize + 1;
        let triangle = q * (q + 1) / 2;
        let mut cuts_length = 0;
        let mut cut_numbers = Vec::new();
        if with_cuts {
            let after = &bytes[HEADER..];
            let count = after
                .first_chunk::<4>()
                .map(|count| u32::from_le_bytes(*count) as usize)
                .ok_or(ModelError::FeaturesLength { found: bytes.len(), expected: HEADER as u64 + 4 })?;
            if (count == 0 && third) || count > MAX_CUTS {
                let (found, expected) = (count, MAX_CUTS);
                return Err(ModelError::Shape { what: "the stars' cut points", found, expected });
            }
            let (numbers, _) = after[4..].as_chunks::<4>();
            cut_numbers =
                numbers.iter().take(count).map(|&number| f64::from(f32::from_le_bytes(number))).collect();
            cuts_length = 4 + 4 * count;
        }
        let unknown_length = if fourth { u64::from(n) * 4 } else { u64::from(n.div_ceil(8)) };
        // 2³² · 34 · 4 fits easily.
        let expected = HEADER as u64
            + cuts_length as u64
            + triangle as u64 * 4
            + u64::from(n) * (u64::from(r) + 1) * 4
            + unknown_length;
        if bytes.len() as u64 != expected {
            return Err(ModelError::FeaturesLength { found: bytes.len(), expected });
        }
        let n = n as usize;
        let mut model = [0; 32];
        model.copy_from_slice(&header[16..48]);
        let (bytes, last) = bytes[48..].split_at(bytes.len() - 48 - unknown_length as usize);
        // The cut points stand between the six numbers and the rest.
        let (six, rest) = bytes.split_at(6 * 4);
        let (six, rest) = (six.as_chunks::<4>().0, rest[cuts_length..].as_chunks::<4>().0);
        let numbers: Vec<f32> = six.iter().chain(rest).map(|&number| f32::from_le_bytes(number)).collect();
        finite("the features file", &numbers)?;
        let [tie, position, threshold_mean, temperature, offset_variance, neither_weight] =
            core::array::from_fn(|i| f64::from(numbers[i]));
        let cuts = CutPoints::new(&cut_numbers)?;
        let likelihood =
            Likelihood { tie, position, temperature, offset_variance, neither_weight, cuts }.checked()?;
        let (below, rows) = numbers[6..].split_at(triangle);
        let mut covariance = vec![0.0; q * q];
        for i in 0..q {
            for j in 0..=i {
                let value = f64::from(below[i * (i + 1) / 2 + j]);
                (covariance[i * q + j], covariance[j * q + i]) = (value, value);
            }
        }
        let prior = Prior::new(covariance, threshold_mean)?;
        let unknown: Vec<f32> = match fourth {
            true => last.as_chunks::<4>().0.iter().map(|&number| f32::from_le_bytes(number)).collect(),
            false => {
                let has_offset = |i: usize| last[i / 8] >> (i % 8) & 1 == 0;
                (0..n).map(|i| if has_offset(i) { 0.0 } else { likelihood.offset_variance as f32 }).collect()
            }
        };
        finite("what is unknown of a candidate", &unknown)?;
        Ok(Self { model: Digest(model), prior, likelihood, rows: rows.to_vec(), unknown })
    }

    /// Writes the file; the same table always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.rows.len() * 4);
        let cuts = self.likelihood.cuts;
        // Before there was anything to say of candidates with votes, a bit said which ones have none.
        let usual = self.likelihood.offset_variance as f32;
        let graded = self.unknown.iter().any(|&variance| variance != 0.0 && variance != usual);
        bytes.extend(match (graded, cuts.is_none()) {
            (true, _) => MAGIC_4,
            (false, true) => MAGIC,
            (false, false) => MAGIC_3,
        });
        bytes.extend((self.len() as u32).to_le_bytes());
        bytes.extend((self.features() as u32).to_le_bytes());
        bytes.extend(self.model.0);
        for value in self.likelihood.numbers(&self.prior) {
            bytes.extend(value.to_le_bytes());
        }
        if graded || !cuts.is_none() {
            bytes.extend((cuts.values().len() as u32).to_le_bytes());
            bytes.extend(cuts.values().iter().flat_map(|cut| (*cut as f32).to_le_bytes()));
        }
        let q = self.prior.dimension();
        for i in 0..q {
            for value in &self.prior.covariance()[i * q..=i * q + i] {
                bytes.extend((*value as f32).to_le_bytes());
            }
        }
        bytes.extend(self.rows.iter().flat_map(|value| value.to_le_bytes()));
        if graded {
            bytes.extend(self.unknown.iter().flat_map(|variance| variance.to_le_bytes()));
            return bytes;
        }
        for eight in self.unknown.chunks(8) {
            bytes.push(eight.iter().enumerate().map(|(bit, unknown)| u8::from(*unknown > 0.0) << bit).sum());
        }
        bytes
    }

    /// n, how many candidates.
    pub fn len(&self) -> usize {
        self.unknown.len()
    }

    /// Whether there is no candidate.
    pub fn is_empty(&self) -> bool {
        self.unknown.is_empty()
    }

    /// r, how many features each has.
    pub fn features(&self) -> usize {
        self.prior.features()
    }

    /// What the model believes about a person before their first vote.
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// How opinions become answers under the model.
    pub fn likelihood(&self) -> &Likelihood {
        &self.likelihood
    }

    /// SHA-256 of the model's file.
    pub fn model(&self) -> Digest {
        self.model
    }

    /// Utility (offset included) and features of candidate i.
    ///
    /// # Panics
    /// Where i ≥ n.
    pub fn row(&self, i: usize) -> (f32, &[f32]) {
        let width = self.features() + 1;
        let row = &self.rows[i * width..][..width];
        (row[0], &row[1..])
    }

    /// Candidate i, none where i ≥ n, as sure as the model is of it ([`Scored::unseen`]).
    pub fn scored(&self, i: usize) -> Option<Scored<'_>> {
        (i < self.len()).then(|| {
            let (utility, features) = self.row(i);
            Scored { utility, features, offset_variance: 0.0 }.unseen(f64::from(self.unknown[i]))
        })
    }

    /// How much this person likes each candidate, in order: the posterior mean of its utility.
    ///
    /// Bits: the person's mean is rounded to `f32`; products are added up in eight sums, k-th features into sum k mod 8, and these
    /// two by two at the end. Compilers do four or eight of them at once without changing a bit.
    ///
    /// # Errors
    /// [`ModelError::FeatureCount`] where the taste is another model's.
    pub fn utilities(&self, taste: &Taste) -> Result<Vec<f32>, ModelError> {
        let (found, expected) = (taste.features(), self.features());
        if found != expected {
            return Err(ModelError::FeatureCount { found, expected });
        }
        let mean: Vec<f32> = taste.mean()[..expected].iter().map(|&value| value as f32).collect();
        let mut utilities = Vec::with_capacity(self.len());
        let mut from = 0;
        while let Some(row) = self.rows.get(from..from + expected + 1) {
            from += expected + 1;
            utilities.push(row[0] + dot(&row[1..], &mean));
        }
        Ok(utilities)
    }

    /// All candidates in order, for [`choose_pair`](crate::choose_pair).
    pub fn all(&self) -> Vec<Scored<'_>> {
        (0..self.len()).filter_map(|i| self.scored(i)).collect()
    }
}

/// Σ of products in eight sums side by side, the numbers that are left over after whole eights in the first of them; then
/// halves, quarters, all: the same order, and so the same bits, whether a compiler takes eight at a time, four, or one.
///
/// Written out, because what is compiled for size keeps an array of sums in memory and calls its iterators: in a page this is
/// twice as quick, without instructions that some browser lacks.
fn dot(features: &[f32], mean: &[f32]) -> f32 {
    let [mut s0, mut s1, mut s2, mut s3, mut s4, mut s5, mut s6, mut s7] = [0.0f32; 8];
    let mut at = 0;
    while let (Some(f), Some(z)) = (features.get(at..at + 8), mean.get(at..at + 8)) {
        s0 += f[0] * z[0];
        s1 += f[1] * z[1];
        s2 += f[2] * z[2];
        s3 += f[3] * z[3];
        s4 += f[4] * z[4];
        s5 += f[5] * z[5];
        s6 += f[6] * z[6];
        s7 += f[7] * z[7];
        at += 8;
    }
    let mut sums = [s0, s1, s2, s3, s4, s5, s6, s7];
    while let (Some(f), Some(z)) = (features.get(at), mean.get(at)) {
        sums[at % 8] += f * z;
        at += 1;
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_sums_side_by_side_are_added_in_halves_whatever_is_left_over() {
        for r in 1..=33usize {
            let numbers = |salt: usize| -> Vec<f32> {
                (0..r).map(|k| ((k * 37 + salt) % 101) as f32 * 0.37 - 17.0).collect()
            };
            let (features, mean) = (numbers(5), numbers(60));
            let mut sums = [0.0f32; 8];
            for k in 0..r {
                sums[k % 8] += features[k] * mean[k];
            }
            let four: [f32; 4] = core::array::from_fn(|k| sums[k] + sums[k + 4]);
            let expected = (four[0] + four[2]) + (four[1] + four[3]);
            assert_eq!(dot(&features, &mean).to_bits(), expected.to_bits(), "{r}");
        }
    }
}
