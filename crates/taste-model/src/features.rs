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

    /// The same for a candidate without an offset: its utility may differ from what its content says by this
    /// variance ([`Likelihood::offset_variance`](crate::Likelihood::offset_variance)), and predictions about it are
    /// less sure. Not finite or negative counts as zero.
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

    /// Variance of what content does not explain.
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
    /// Which candidates have no offset, `[n]`.
    unseen: Vec<bool>,
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
        let (mut rows, mut unseen) = (Vec::new(), Vec::new());
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
            unseen.push(offset.is_none());
        }
        let (prior, likelihood) = (model.prior().clone(), *model.likelihood());
        Ok(Self { model: digest, prior, likelihood, rows, unseen })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`ModelError::FeaturesMagic`], [`ModelError::FeaturesLength`], [`ModelError::Shape`] for more features than
    /// a model may have, [`ModelError::NotFinite`], and what [`Prior::new`] and [`Likelihood::checked`] refuse.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let with_cuts = bytes.get(..8).is_some_and(|magic| magic == MAGIC_3);
        if bytes.get(..8).is_some_and(|magic| magic != MAGIC) && !with_cuts {
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
            if count == 0 || count > MAX_CUTS {
                let (found, expected) = (count, MAX_CUTS);
                return Err(ModelError::Shape { what: "the stars' cut points", found, expected });
            }
            let (numbers, _) = after[4..].as_chunks::<4>();
            cut_numbers =
                numbers.iter().take(count).map(|&number| f64::from(f32::from_le_bytes(number))).collect();
            cuts_length = 4 + 4 * count;
        }
        // 2³² · 34 · 4 fits easily.
        let expected = HEADER as u64
            + cuts_length as u64
            + triangle as u64 * 4
            + u64::from(n) * (u64::from(r) + 1) * 4
            + u64::from(n.div_ceil(8));
        if bytes.len() as u64 != expected {
            return Err(ModelError::FeaturesLength { found: bytes.len(), expected });
        }
        let n = n as usize;
        let mut model = [0; 32];
        model.copy_from_slice(&header[16..48]);
        let (bytes, flags) = bytes[48..].split_at(bytes.len() - 48 - n.div_ceil(8));
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
        let unseen = (0..n).map(|i| flags[i / 8] >> (i % 8) & 1 == 1).collect();
        Ok(Self { model: Digest(model), prior, likelihood, rows: rows.to_vec(), unseen })
    }

    /// Writes the file; the same table always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.rows.len() * 4);
        let cuts = self.likelihood.cuts;
        bytes.extend(if cuts.is_none() { MAGIC } else { MAGIC_3 });
        bytes.extend((self.len() as u32).to_le_bytes());
        bytes.extend((self.features() as u32).to_le_bytes());
        bytes.extend(self.model.0);
        for value in self.likelihood.numbers(&self.prior) {
            bytes.extend(value.to_le_bytes());
        }
        if !cuts.is_none() {
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
        for eight in self.unseen.chunks(8) {
            bytes.push(eight.iter().enumerate().map(|(bit, unseen)| u8::from(*unseen) << bit).sum());
        }
        bytes
    }

    /// n, how many candidates.
    pub fn len(&self) -> usize {
        self.unseen.len()
    }

    /// Whether there is no candidate.
    pub fn is_empty(&self) -> bool {
        self.unseen.is_empty()
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

    /// Candidate i, none where i ≥ n. One without an offset may differ from what its content says
    /// ([`Scored::unseen`]).
    pub fn scored(&self, i: usize) -> Option<Scored<'_>> {
        (i < self.len()).then(|| {
            let (utility, features) = self.row(i);
            let scored = Scored { utility, features, offset_variance: 0.0 };
            if self.unseen[i] { scored.unseen(self.likelihood.offset_variance) } else { scored }
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
        let (whole, rest) = mean.as_chunks::<8>();
        let utility = |row: &[f32]| {
            let mut sums = [0.0f32; 8];
            let (features, features_rest) = row[1..].as_chunks::<8>();
            for (features, mean) in features.iter().zip(whole) {
                for k in 0..8 {
                    sums[k] += features[k] * mean[k];
                }
            }
            for k in 0..rest.len() {
                sums[k] += features_rest[k] * rest[k];
            }
            let four: [f32; 4] = core::array::from_fn(|k| sums[k] + sums[k + 4]);
            row[0] + ((four[0] + four[2]) + (four[1] + four[3]))
        };
        Ok(self.rows.chunks_exact(expected + 1).map(utility).collect())
    }

    /// All candidates in order, for [`choose_pair`](crate::choose_pair).
    pub fn all(&self) -> Vec<Scored<'_>> {
        (0..self.len()).filter_map(|i| self.scored(i)).collect()
    }
}
