//! A fitted population as a taste model: the ONNX file's parts.

use std::collections::BTreeMap;

use taste_core::{CandidateId, EncoderId};
use taste_model::{Likelihood, Prior, Provenance, RatingModel, RatingScale, TasteModel};

use crate::{basis::Basis, error::PopulationError, hierarchy::Fitted};

/// What the model is about, beside the numbers fitted.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The encoder, or several with `+` between them, whose embeddings were read.
    pub encoder: EncoderId,
    /// The candidates.
    pub ids: &'a [CandidateId],
    /// Row-major `[n, d]`.
    pub embeddings: &'a [f32],
    /// Which candidates had votes.
    pub known: &'a [bool],
    /// Which numbers of the embedding were the given features.
    pub given: &'a [usize],
}

impl Fitted {
    /// Puts the model together. Candidates with votes have offsets from what their content says: in utility, in every
    /// learned feature, and in noise.
    ///
    /// # Errors
    /// [`PopulationError::Shape`], and what [`TasteModel::new`] refuses.
    pub fn model(
        &self,
        basis: &Basis,
        subject: &Subject<'_>,
        scale: RatingScale,
        likelihood: Likelihood,
        provenance: Provenance,
    ) -> Result<TasteModel, PopulationError> {
        let (n, k, d) = (subject.ids.len(), self.rank + 1, basis.dimension());
        for (what, found, expected) in [
            ("candidates", self.candidates.len(), n * k),
            ("embeddings", subject.embeddings.len(), n * d),
            ("candidates with votes", subject.known.len(), n),
            ("given features", subject.given.len(), self.given),
        ] {
            if found != expected {
                return Err(PopulationError::Shape { what, found, expected });
            }
        }
        let head = basis.head(self.level, &self.regressions[0], &self.regressions[1..], subject.given);
        let prior = Prior::new(self.prior.clone(), 0.0)?;
        let likelihood = Likelihood { offset_variance: self.offset_variance(), ..likelihood };
        let scale = RatingScale { noise: self.mean_noise, ..scale };
        // Offsets are counted from what the file will really say, so that rounding in kernels moves nobody with votes.
        let bare = TasteModel::new(
            subject.encoder.clone(),
            head,
            &prior,
            likelihood,
            BTreeMap::new(),
            provenance.clone(),
        )?;
        let mut offsets = BTreeMap::new();
        let mut rating = RatingModel { scale, ..RatingModel::default() };
        for (j, id) in subject.ids.iter().enumerate().filter(|(j, _)| subject.known[*j]) {
            let (utility, features) = bare.evaluate(&subject.embeddings[j * d..(j + 1) * d])?;
            let own = &self.candidates[j * k..(j + 1) * k];
            offsets.insert(*id, (self.level + own[0] - f64::from(utility)) as f32);
            let mut moved = vec![0.0; features.len()];
            for (at, value) in own[1..].iter().enumerate() {
                moved[at] = (value - f64::from(features[at])) as f32;
            }
            rating.feature_offsets.insert(*id, moved);
            rating.noise.insert(*id, self.noise[j] as f32);
        }
        let model = TasteModel::new(
            subject.encoder.clone(),
            bare.head().clone(),
            &prior,
            likelihood,
            offsets,
            provenance,
        )?;
        Ok(model.with_ratings(rating)?)
    }
}
