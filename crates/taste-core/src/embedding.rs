//! Embeddings: what an encoder makes of content.

use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

use crate::error::CoreError;

/// The most numbers an embedding may have.
pub const MAX_DIMENSION: usize = 65_536;

/// The name and version of an encoder: `visual@1`, `text@1`, or a file's name and digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EncoderId(pub String);

impl fmt::Display for EncoderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for EncoderId {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

/// A finite vector of unit norm, tagged with the encoder that made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    encoder: EncoderId,
    values: Vec<f32>,
}

impl Embedding {
    /// Takes raw numbers and brings them to unit norm (summed in f64, in order: the same bits everywhere).
    ///
    /// # Errors
    /// [`CoreError::EmbeddingLength`] for none or too many, [`CoreError::EmbeddingNotFinite`] for NaN or an
    /// infinity, [`CoreError::EmbeddingZero`] when there is no direction to keep.
    pub fn normalised(encoder: EncoderId, mut values: Vec<f32>) -> Result<Self, CoreError> {
        if values.is_empty() || values.len() > MAX_DIMENSION {
            return Err(CoreError::EmbeddingLength { found: values.len(), expected: 0 });
        }
        // No f32 is large enough for a square, or a sum of these, to pass f64: what is not finite shows in the sum.
        let mut square = 0.0f64;
        for &value in &values {
            square += f64::from(value) * f64::from(value);
        }
        if !square.is_finite() {
            let index = values.iter().position(|value| !value.is_finite()).unwrap_or_default();
            return Err(CoreError::EmbeddingNotFinite { index });
        }
        if square == 0.0 {
            return Err(CoreError::EmbeddingZero);
        }
        // IEEE 754 defines square root and division exactly, so these bits agree in wasm and natively.
        let norm = libm::sqrt(square);
        for value in &mut values {
            *value = (f64::from(*value) / norm) as f32;
        }
        Ok(Self { encoder, values })
    }

    /// Which encoder made it.
    pub fn encoder(&self) -> &EncoderId {
        &self.encoder
    }

    /// The numbers; their norm is one up to rounding.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// How many numbers.
    pub fn dimension(&self) -> usize {
        self.values.len()
    }

    /// Refuses an embedding that another encoder's length would need.
    ///
    /// # Errors
    /// [`CoreError::EmbeddingLength`] when the dimension is not `expected`.
    pub fn of_dimension(self, expected: usize) -> Result<Self, CoreError> {
        if self.values.len() == expected {
            Ok(self)
        } else {
            Err(CoreError::EmbeddingLength { found: self.values.len(), expected })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_vector_comes_out_with_unit_norm() {
        let embedding = Embedding::normalised("test@1".into(), vec![3.0, 4.0]).unwrap();
        assert_eq!(embedding.values(), [0.6, 0.8]);
    }

    #[test]
    fn what_has_no_direction_or_no_length_is_refused() {
        let code = |values| Embedding::normalised("test@1".into(), values).unwrap_err().code();
        assert_eq!(code(vec![]), "CoreError::EmbeddingLength");
        assert_eq!(code(vec![0.0; MAX_DIMENSION + 1]), "CoreError::EmbeddingLength");
        assert_eq!(code(vec![0.0, 0.0]), "CoreError::EmbeddingZero");
        assert_eq!(code(vec![1.0, f32::NAN]), "CoreError::EmbeddingNotFinite");
        assert_eq!(code(vec![f32::INFINITY]), "CoreError::EmbeddingNotFinite");
    }
}
