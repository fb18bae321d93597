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
    pub fn normalised(encoder: EncoderId, values: Vec<f32>) -> Result<Self, CoreError> {
        let all = 0..values.len();
        Self::normalised_at(encoder, values, all)
    }

    /// As [`normalised`](Self::normalised), and with the same bits, of numbers that are zero but at these places, in rising
    /// order: a thousand hashed n-grams are two hundred that are there.
    ///
    /// # Errors
    /// As [`normalised`](Self::normalised).
    pub fn normalised_at(
        encoder: EncoderId,
        mut values: Vec<f32>,
        places: impl Iterator<Item = usize> + Clone,
    ) -> Result<Self, CoreError> {
        if values.is_empty() || values.len() > MAX_DIMENSION {
            return Err(CoreError::EmbeddingLength { found: values.len(), expected: 0 });
        }
        // No f32 is large enough for a square, or a sum of these, to pass f64: what is not finite shows in the sum.
        let mut square = 0.0f64;
        for place in places.clone() {
            square += f64::from(values[place]) * f64::from(values[place]);
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
        for place in places {
            values[place] = (f64::from(values[place]) / norm) as f32;
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

    /// The numbers alone.
    pub fn into_values(self) -> Vec<f32> {
        self.values
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
    fn what_is_zero_need_not_be_named() {
        let values = vec![0.0, 0.3, 0.0, -0.7, 0.1, 0.0];
        let all = Embedding::normalised("test@1".into(), values.clone()).unwrap();
        let some = Embedding::normalised_at("test@1".into(), values, [1, 3, 4].into_iter()).unwrap();
        assert_eq!(all.into_values(), some.into_values());
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
