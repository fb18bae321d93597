//! The features file of (round, model): with it a page predicts without any encoder. And [`Scored`], one candidate as
//! the taste model sees it.

use alloc::vec::Vec;
use taste_core::{CandidateId, Digest};

use crate::{
    error::{ModelError, finite},
    model::TasteModel,
    prior::MAX_FEATURES,
};

const MAGIC: &[u8; 8] = b"TASTEFT1";
const HEADER: usize = 8 + 4 + 4 + 32;

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

/// Utility and features of a round's candidates, in the manifest's order.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureTable {
    model: Digest,
    features: usize,
    /// Row-major `[n, 1 + r]`: utility, then features.
    rows: Vec<f32>,
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
        let mut rows = Vec::new();
        for (id, embedding) in candidates {
            let (utility, features) = model.evaluate(embedding)?;
            let utility = utility + model.offset(&id).unwrap_or(0.0);
            finite("a candidate's utility", &[utility])?;
            rows.push(utility);
            rows.extend(features);
        }
        Ok(Self { model: digest, features: model.features(), rows })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`ModelError::FeaturesMagic`], [`ModelError::FeaturesLength`], [`ModelError::Shape`] for more features than
    /// a model may have, [`ModelError::NotFinite`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.get(..8).is_some_and(|magic| magic != MAGIC) {
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
        // 2³² · 33 · 4 fits easily.
        let expected = HEADER as u64 + u64::from(n) * (u64::from(r) + 1) * 4;
        if bytes.len() as u64 != expected {
            return Err(ModelError::FeaturesLength { found: bytes.len(), expected });
        }
        let mut model = [0; 32];
        model.copy_from_slice(&header[16..]);
        let (numbers, _) = bytes[HEADER..].as_chunks::<4>();
        let rows: Vec<f32> = numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
        finite("the features file", &rows)?;
        Ok(Self { model: Digest(model), features: r as usize, rows })
    }

    /// Writes the file; the same table always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.rows.len() * 4);
        bytes.extend(MAGIC);
        bytes.extend((self.len() as u32).to_le_bytes());
        bytes.extend((self.features as u32).to_le_bytes());
        bytes.extend(self.model.0);
        bytes.extend(self.rows.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// n, how many candidates.
    pub fn len(&self) -> usize {
        self.rows.len() / (self.features + 1)
    }

    /// Whether there is no candidate.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// r, how many features each has.
    pub fn features(&self) -> usize {
        self.features
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
        let row = &self.rows[i * (self.features + 1)..][..self.features + 1];
        (row[0], &row[1..])
    }

    /// Candidate i, none where i ≥ n.
    pub fn scored(&self, i: usize) -> Option<Scored<'_>> {
        (i < self.len()).then(|| {
            let (utility, features) = self.row(i);
            Scored { utility, features, offset_variance: 0.0 }
        })
    }

    /// All candidates in order, for [`choose_pair`](crate::choose_pair).
    pub fn all(&self) -> Vec<Scored<'_>> {
        (0..self.len()).filter_map(|i| self.scored(i)).collect()
    }
}
