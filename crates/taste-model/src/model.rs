//! The taste model in memory: its parts, and evaluating it on an embedding.
//!
//! Reading and writing the ONNX file is `file.rs`; what a person adds to the crowd's opinion is `taste.rs`.

use alloc::{collections::BTreeMap, string::String, vec, vec::Vec};
use taste_core::{CandidateId, CoreError, Digest, EncoderId, MAX_DIMENSION, RoundId};

use crate::{
    error::{ModelError, finite, within},
    likelihood::Likelihood,
    prior::{MAX_FEATURES, Prior},
    taste::RatingScale,
};

/// The most units of the hidden layer.
pub const MAX_HIDDEN: usize = 4_096;

/// The weights from embedding to crowd utility and features.
///
/// With d the embedding's dimension, k the numbers that feed the two heads (k = d without a hidden layer) and r features:
/// `s = (x − mean) · inv_std`, `h = activation(s · W1 + b1)` or `h = s`, `utility = h · w + b`, `features = h · F`. A hidden
/// layer may leave s beside its units: h is then the units and after them s.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// `[d]`
    pub mean: Vec<f32>,
    /// `[d]`
    pub inv_std: Vec<f32>,
    /// The optional hidden layer.
    pub hidden: Option<Hidden>,
    /// w, `[k]`
    pub utility_weights: Vec<f32>,
    /// b
    pub utility_bias: f32,
    /// F, row-major `[k, r]`
    pub feature_weights: Vec<f32>,
}

/// A hidden layer of units.
#[derive(Clone, Debug, PartialEq)]
pub struct Hidden {
    /// W1, row-major `[d, units]`
    pub weights: Vec<f32>,
    /// b1, `[units]`
    pub bias: Vec<f32>,
    /// What each unit makes of its sum.
    pub activation: Activation,
    /// Whether the heads read the standardised embedding too, after the units.
    pub beside: bool,
}

impl Hidden {
    /// Units with tanh, which are all that the heads read.
    pub fn tanh(weights: Vec<f32>, bias: Vec<f32>) -> Self {
        Self { weights, bias, activation: Activation::Tanh, beside: false }
    }

    /// One unit a centre, exp(−γ |x − c|²), for embeddings of unit norm: |x − c|² = 2 − 2 x·c, so that the sum
    /// 2γ x·c − 2γ goes through the exponential. `centres` is row-major `[units, d]`; they too have unit norm.
    pub fn kernel(centres: &[f32], dimension: usize, gamma: f32) -> Self {
        let units = centres.len() / dimension.max(1);
        let mut weights = vec![0.0; dimension * units];
        for (unit, centre) in centres.chunks_exact(dimension.max(1)).enumerate() {
            for (row, value) in centre.iter().enumerate() {
                weights[row * units + unit] = 2.0 * gamma * value;
            }
        }
        Self { weights, bias: vec![-2.0 * gamma; units], activation: Activation::Exp, beside: false }
    }
}

/// What a hidden unit makes of its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// A soft step; `libm::tanhf`.
    Tanh,
    /// A kernel's unit ([`Hidden::kernel`]); `libm::expf`.
    Exp,
}

/// What a model fitted from ratings knows beyond one that knows choices alone.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RatingModel {
    /// How ratings become utilities.
    pub scale: RatingScale,
    /// What votes say of a candidate's features beyond its content, r numbers each; for candidates with an offset.
    pub feature_offsets: BTreeMap<CandidateId, Vec<f32>>,
    /// Noise variance of a candidate's ratings, where it is not the scale's.
    pub noise: BTreeMap<CandidateId, f32>,
}

/// Where a model comes from; written into the file so that anyone can train it again.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Provenance {
    /// The round whose log it was trained on.
    pub round: RoundId,
    /// How many ballots of the log it saw.
    pub log_size: u64,
    /// The RFC 6962 root over them.
    pub log_root: Digest,
    /// The training seed.
    pub seed: u64,
    /// What it reached on held-out votes, and by which settings: JSON, or empty.
    pub metrics: String,
    /// Which of the log's voters were known to be claimed session keys, and whose: JSON, or empty where none was.
    pub claims: String,
    /// SHA-256 of the round's model before this one. Where training started from it, `metrics` says so.
    pub parent: Option<Digest>,
}

/// A trained taste model, checked: every shape fits, every number is finite.
#[derive(Clone, Debug, PartialEq)]
pub struct TasteModel {
    pub(crate) encoder: EncoderId,
    pub(crate) head: Head,
    pub(crate) prior: Prior,
    pub(crate) likelihood: Likelihood,
    pub(crate) offsets: BTreeMap<CandidateId, f32>,
    /// What is still unknown of an offset, a variance; empty, or one for each.
    pub(crate) unknown: BTreeMap<CandidateId, f32>,
    pub(crate) rating: Option<RatingModel>,
    pub(crate) provenance: Provenance,
}

impl TasteModel {
    /// Puts a model together and checks that its parts fit. Prior and likelihood are rounded to `f32`, so that the model
    /// is the same before and after its file.
    ///
    /// # Errors
    /// [`ModelError::Shape`] where sizes do not fit, [`ModelError::NotFinite`], [`ModelError::Range`],
    /// [`ModelError::Covariance`].
    pub fn new(
        encoder: EncoderId,
        head: Head,
        prior: &Prior,
        likelihood: Likelihood,
        offsets: BTreeMap<CandidateId, f32>,
        provenance: Provenance,
    ) -> Result<Self, ModelError> {
        head.check(prior.features())?;
        if let Some(index) = offsets.values().position(|value| !value.is_finite()) {
            return Err(ModelError::NotFinite { what: "the offsets", index });
        }
        let rounded = |value: f64| f64::from(value as f32);
        let prior = Prior::new(
            prior.covariance().iter().copied().map(rounded).collect(),
            rounded(prior.threshold_mean()),
        )?;
        let likelihood = Likelihood {
            tie: rounded(likelihood.tie),
            position: rounded(likelihood.position),
            temperature: rounded(likelihood.temperature),
            offset_variance: rounded(likelihood.offset_variance),
            neither_weight: rounded(likelihood.neither_weight),
            cuts: likelihood.cuts.rounded(),
        }
        .checked()?;
        let unknown = BTreeMap::new();
        Ok(Self { encoder, head, prior, likelihood, offsets, unknown, rating: None, provenance })
    }

    /// The same, with what its votes leave unknown of each candidate's offset: a variance, in squared units of utility. A
    /// candidate with three votes is known less well than one with three hundred, and predictions about it say so.
    ///
    /// # Errors
    /// [`ModelError::Shape`] where they are not the candidates with an offset, [`ModelError::Range`].
    pub fn with_unknown(self, unknown: BTreeMap<CandidateId, f32>) -> Result<Self, ModelError> {
        if !unknown.keys().eq(self.offsets.keys()) {
            let (found, expected) = (unknown.len(), self.offsets.len());
            return Err(ModelError::Shape { what: "offset.unknown", found, expected });
        }
        for variance in unknown.values() {
            within("what is unknown of an offset", f64::from(*variance), 0.0, 1e6)?;
        }
        Ok(Self { unknown, ..self })
    }

    /// The same, with what was learned from ratings.
    ///
    /// # Errors
    /// [`ModelError::Shape`] where a candidate's feature offsets are not r numbers or it has no offset,
    /// [`ModelError::NotFinite`], [`ModelError::Range`].
    pub fn with_ratings(self, rating: RatingModel) -> Result<Self, ModelError> {
        for (id, offsets) in &rating.feature_offsets {
            let (found, expected) = (offsets.len(), self.features());
            if found != expected || !self.offsets.contains_key(id) {
                return Err(ModelError::Shape { what: "offset.features", found, expected });
            }
            finite("offset.features", offsets)?;
        }
        for (id, noise) in &rating.noise {
            within("a candidate's rating noise", f64::from(*noise), 1e-9, 1e9)?;
            if !self.offsets.contains_key(id) {
                return Err(ModelError::Shape { what: "offset.noise", found: 1, expected: 0 });
            }
        }
        let scale = rating.scale.rounded().checked()?;
        Ok(Self { rating: Some(RatingModel { scale, ..rating }), ..self })
    }

    /// What was learned from ratings; none where it learned from choices alone.
    pub fn rating(&self) -> Option<&RatingModel> {
        self.rating.as_ref()
    }

    /// What votes say of a candidate's features beyond its content, r numbers.
    pub fn feature_offset(&self, candidate: &CandidateId) -> Option<&[f32]> {
        self.rating.as_ref()?.feature_offsets.get(candidate).map(Vec::as_slice)
    }

    /// Noise variance of this candidate's ratings, in squared units of utility; none where the model knows no ratings.
    pub fn rating_noise(&self, candidate: &CandidateId) -> Option<f64> {
        let rating = self.rating.as_ref()?;
        Some(rating.noise.get(candidate).map_or(rating.scale.noise, |&noise| f64::from(noise)))
    }

    /// The encoder whose embeddings it understands.
    pub fn encoder(&self) -> &EncoderId {
        &self.encoder
    }

    /// d, how long an embedding must be.
    pub fn dimension(&self) -> usize {
        self.head.mean.len()
    }

    /// r, how many features it makes.
    pub fn features(&self) -> usize {
        self.prior.features()
    }

    /// The weights.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What is believed about a person before their first vote.
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// How opinions become answers.
    pub fn likelihood(&self) -> &Likelihood {
        &self.likelihood
    }

    /// What votes say of a candidate beyond its content; none where it had no votes in training.
    pub fn offset(&self, candidate: &CandidateId) -> Option<f32> {
        self.offsets.get(candidate).copied()
    }

    /// By how much, as a variance, a candidate's utility may differ from what the model says: the offset variance where it had
    /// no votes in training, else what its votes left open, or nothing where the model does not know that.
    pub fn unknown(&self, candidate: &CandidateId) -> f64 {
        match self.offsets.contains_key(candidate) {
            true => self.unknown.get(candidate).map_or(0.0, |&variance| f64::from(variance)),
            false => self.likelihood.offset_variance,
        }
    }

    /// All offsets, by candidate.
    pub fn offsets(&self) -> &BTreeMap<CandidateId, f32> {
        &self.offsets
    }

    /// Where the model comes from.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Crowd utility (without offset) and the r features of an embedding.
    ///
    /// Bits: `f32` throughout; each sum starts at zero and runs over the inputs in order, one multiplication and one
    /// addition a step, never fused; the bias comes last; tanh and exp are `libm`'s. So wasm and native agree to the last
    /// bit, and ONNX Runtime (which sums in another order) to about 1e-5 of the largest term.
    ///
    /// # Errors
    /// [`CoreError::EmbeddingLength`], [`CoreError::EmbeddingNotFinite`]; [`ModelError::NotFinite`] where the numbers are
    /// so large that the answer overflows.
    pub fn evaluate(&self, embedding: &[f32]) -> Result<(f32, Vec<f32>), ModelError> {
        let head = &self.head;
        if embedding.len() != head.mean.len() {
            return Err(
                CoreError::EmbeddingLength { found: embedding.len(), expected: head.mean.len() }.into()
            );
        }
        if let Some(index) = embedding.iter().position(|value| !value.is_finite()) {
            return Err(CoreError::EmbeddingNotFinite { index }.into());
        }
        let standardised: Vec<f32> = embedding
            .iter()
            .zip(head.mean.iter().zip(&head.inv_std))
            .map(|(x, (mean, inv_std))| (x - mean) * inv_std)
            .collect();
        let hidden = match &head.hidden {
            None => standardised,
            Some(layer) => {
                let mut units = product(&standardised, &layer.weights, layer.bias.len());
                for (unit, bias) in units.iter_mut().zip(&layer.bias) {
                    *unit = match layer.activation {
                        Activation::Tanh => libm::tanhf(*unit + bias),
                        Activation::Exp => libm::expf(*unit + bias),
                    };
                }
                if layer.beside {
                    units.extend(standardised);
                }
                units
            }
        };
        let mut utility = 0.0f32;
        for (unit, weight) in hidden.iter().zip(&head.utility_weights) {
            utility += unit * weight;
        }
        utility += head.utility_bias;
        let features = product(&hidden, &head.feature_weights, self.features());
        finite("the model's utility", &[utility])?;
        finite("the model's features", &features)?;
        Ok((utility, features))
    }
}

/// `row · matrix` for a row-major matrix of `columns` columns. Columns are summed side by side, which compilers
/// vectorise without changing the order within any of them.
fn product(row: &[f32], matrix: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0f32; columns];
    for (value, weights) in row.iter().zip(matrix.chunks_exact(columns)) {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += value * weight;
        }
    }
    sums
}

impl Head {
    /// Checks every size against the embedding's dimension (the length of `mean`) and r features.
    pub(crate) fn check(&self, features: usize) -> Result<(), ModelError> {
        let size = |what, found: usize, expected: usize| {
            if found == expected { Ok(()) } else { Err(ModelError::Shape { what, found, expected }) }
        };
        let d = self.mean.len();
        if d == 0 || d > MAX_DIMENSION {
            return Err(ModelError::Shape { what: "standard.mean", found: d, expected: MAX_DIMENSION });
        }
        if features == 0 || features > MAX_FEATURES {
            return Err(ModelError::Shape { what: "features", found: features, expected: MAX_FEATURES });
        }
        size("standard.inv_std", self.inv_std.len(), d)?;
        let mut k = d;
        if let Some(hidden) = &self.hidden {
            k = hidden.bias.len();
            if k == 0 || k > MAX_HIDDEN {
                return Err(ModelError::Shape { what: "hidden.bias", found: k, expected: MAX_HIDDEN });
            }
            size("hidden.weight", hidden.weights.len(), d * k)?;
            finite("hidden.weight", &hidden.weights)?;
            finite("hidden.bias", &hidden.bias)?;
            k += if hidden.beside { d } else { 0 };
        }
        size("utility.weight", self.utility_weights.len(), k)?;
        size("feature.weight", self.feature_weights.len(), k * features)?;
        finite("standard.mean", &self.mean)?;
        finite("standard.inv_std", &self.inv_std)?;
        finite("utility.weight", &self.utility_weights)?;
        finite("utility.bias", &[self.utility_bias])?;
        finite("feature.weight", &self.feature_weights)
    }
}
