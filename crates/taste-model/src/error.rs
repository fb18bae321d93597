//! The one error of this crate.

use alloc::string::String;
use core::fmt;
use taste_core::CoreError;
#[cfg(feature = "onnx")]
use taste_onnx::OnnxError;
use thiserror::Error;

/// Why a taste model, a features file, a posterior or a vote could not be used.
///
/// Every variant has a stable [`code`](ModelError::code); messages say what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A noun is wrong: an embedding of another length than the model's encoder makes, or not finite; a digest in the
    /// metadata that is none. Remedy: embed with the encoder that [`TasteModel::encoder`](crate::TasteModel::encoder)
    /// names; fetch the model again.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// Not a readable ONNX file. Remedy: fetch it again and compare its SHA-256 with the digest.
    #[cfg(feature = "onnx")]
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// A good ONNX file with a graph that is not a taste model's. Remedy: use the encoder module, which runs any
    /// graph through ONNX Runtime.
    #[error("not the graph of a taste model: {found}; use the encoder module, which runs any ONNX graph")]
    ForeignGraph {
        /// Where it differs, shortened.
        found: String,
    },
    /// A matrix or list has another size than the model's other parts ask for. Remedy: the model was put together
    /// wrongly or is damaged; export it again.
    #[error("{what} has {found} numbers; expected {expected}")]
    Shape {
        /// Which part.
        what: &'static str,
        /// Numbers found.
        found: usize,
        /// Numbers expected.
        expected: usize,
    },
    /// A number is NaN or infinite. Remedy: training diverged or the file is damaged; train or fetch again.
    #[error("{what} holds a number that is not finite, at {index}")]
    NotFinite {
        /// Which part.
        what: &'static str,
        /// Position of the first one.
        index: usize,
    },
    /// A number is outside of its range. Remedy: see the field's documentation.
    #[error("{what} is {}; allowed are {} to {}", Shown(*found), Shown(*low), Shown(*high))]
    Range {
        /// Which number.
        what: &'static str,
        /// What it is.
        found: f64,
        /// Smallest allowed.
        low: f64,
        /// Largest allowed.
        high: f64,
    },
    /// A covariance is not symmetric or has a negative direction. Remedy: export the prior again; it must be
    /// positive semidefinite.
    #[error("{what} is not a covariance: {why}")]
    Covariance {
        /// Which one.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The bytes do not start as a features file does. Remedy: check which file was fetched.
    #[error("not a features file: it does not start with TASTEFT2, 3 or 4")]
    FeaturesMagic,
    /// A features file is shorter or longer than its header says. Remedy: fetch it again and compare its SHA-256.
    #[error("a features file of {found} bytes; its header says {expected}")]
    FeaturesLength {
        /// Bytes found.
        found: usize,
        /// Bytes that the header announces (at least a header's).
        expected: u64,
    },
    /// A candidate comes with another number of features than the posterior has. Remedy: rebuild the posterior
    /// from the votes under the new model: [`Taste::rebuild`](crate::Taste::rebuild).
    #[error("a candidate of {found} features, a taste of {expected}")]
    FeatureCount {
        /// Features found.
        found: usize,
        /// Features expected.
        expected: usize,
    },
    /// A stored posterior was written by another version. Remedy: rebuild it from the votes.
    #[error("a stored taste of version {found}; this build reads version {expected}")]
    TasteVersion {
        /// Version found.
        found: u32,
        /// Version read.
        expected: u32,
    },
    /// The bytes do not start as a taste passport does, or are too few for one. Remedy: check which file was opened.
    #[error("not a taste passport: it does not start with TASTEPP1, or is cut short")]
    Passport,
    /// A taste passport is about another model than the one it is opened with. Remedy: open it with the features of its own
    /// model, and carry the taste over ([`Taste::carry`](crate::Taste::carry)).
    #[error("a taste passport of model {found}, opened with model {expected}")]
    PassportModel {
        /// The model it names.
        found: taste_core::Digest,
        /// The model at hand.
        expected: taste_core::Digest,
    },
    /// A comparison names a candidate that is not there, or the same one twice. Remedy: number the candidates from
    /// zero in the manifest's order.
    #[error("comparison {index} names candidates {winner} and {loser} of {candidates}")]
    Comparison {
        /// Which comparison.
        index: usize,
        /// Its winner.
        winner: u32,
        /// Its loser.
        loser: u32,
        /// How many candidates there are.
        candidates: usize,
    },
}

impl ModelError {
    /// The stable code, for machines: `"ModelError::ForeignGraph"`, …; the leaf's code where another crate found it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Core(leaf) => leaf.code(),
            #[cfg(feature = "onnx")]
            Self::Onnx(leaf) => leaf.code(),
            Self::ForeignGraph { .. } => "ModelError::ForeignGraph",
            Self::Shape { .. } => "ModelError::Shape",
            Self::NotFinite { .. } => "ModelError::NotFinite",
            Self::Range { .. } => "ModelError::Range",
            Self::Covariance { .. } => "ModelError::Covariance",
            Self::FeaturesMagic => "ModelError::FeaturesMagic",
            Self::FeaturesLength { .. } => "ModelError::FeaturesLength",
            Self::FeatureCount { .. } => "ModelError::FeatureCount",
            Self::TasteVersion { .. } => "ModelError::TasteVersion",
            Self::Passport => "ModelError::Passport",
            Self::PassportModel { .. } => "ModelError::PassportModel",
            Self::Comparison { .. } => "ModelError::Comparison",
        }
    }
}

/// A number in a message, to six decimals. The standard formatting of floats would be 3 KB of a page's wasm.
struct Shown(f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        if number.is_nan() {
            return f.write_str("not a number");
        }
        let millionths = libm::round(number.abs() * 1e6);
        if millionths >= 1e15 {
            return f.write_str(if number > 0.0 { "over 10^9" } else { "under -10^9" });
        }
        let millionths = millionths as u64;
        let (whole, mut rest, mut digits) = (millionths / 1_000_000, millionths % 1_000_000, 6);
        write!(f, "{}{whole}", if number < 0.0 { "-" } else { "" })?;
        if rest == 0 {
            return Ok(());
        }
        while rest.is_multiple_of(10) {
            (rest, digits) = (rest / 10, digits - 1);
        }
        write!(f, ".{rest:0digits$}")
    }
}

/// Refuses the first number that is NaN or infinite.
pub(crate) fn finite(what: &'static str, values: &[f32]) -> Result<(), ModelError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(ModelError::NotFinite { what, index }),
        None => Ok(()),
    }
}

/// Refuses a number outside of `low..=high` (NaN is outside of everything).
pub(crate) fn within(what: &'static str, found: f64, low: f64, high: f64) -> Result<(), ModelError> {
    if found >= low && found <= high { Ok(()) } else { Err(ModelError::Range { what, found, low, high }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn numbers_in_messages_are_short() {
        let cases = [
            (0.0, "0"),
            (2.0, "2"),
            (-0.25, "-0.25"),
            (0.000_001, "0.000001"),
            (1.05, "1.05"),
            (1.0 / 3.0, "0.333333"),
            (f64::NAN, "not a number"),
            (f64::INFINITY, "over 10^9"),
            (-1e300, "under -10^9"),
        ];
        for (number, text) in cases {
            assert_eq!(format!("{}", Shown(number)), text);
        }
    }
}
