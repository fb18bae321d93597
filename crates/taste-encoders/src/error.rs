//! The one error of this crate.

use taste_core::CoreError;
use thiserror::Error;

/// Why content has no embedding.
///
/// Every variant has a stable [`code`](EncoderError::code); messages say what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncoderError {
    /// A picture without pixels, or with a side beyond [`MAX_SIDE`](crate::MAX_SIDE). Remedy: scale it first.
    #[error("a picture of {width} x {height} pixels; each side must be 1 to {limit}")]
    ImageSides {
        /// Width found.
        width: u32,
        /// Height found.
        height: u32,
        /// Longest side allowed.
        limit: u32,
    },
    /// The buffer is not width x height x 4 bytes. Remedy: pass straight (not premultiplied) RGBA, 8 bits each.
    #[error("{found} bytes of pixels; width x height x 4 would be {expected}")]
    ImageBuffer {
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A text of nothing but white space. Remedy: there is nothing to prefer; leave it out.
    #[error("the text is empty")]
    TextEmpty,
    /// A text longer than [`MAX_TEXT_BYTES`](crate::MAX_TEXT_BYTES). Remedy: embed a summary or an excerpt.
    #[error("the text has {found} bytes; at most {limit} are allowed")]
    TextTooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The numbers are no embedding; the nouns' own error says why.
    #[error(transparent)]
    Core(#[from] CoreError),
}

impl EncoderError {
    /// The stable code, for machines: `"EncoderError::TextEmpty"`, …; an inner error keeps its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ImageSides { .. } => "EncoderError::ImageSides",
            Self::ImageBuffer { .. } => "EncoderError::ImageBuffer",
            Self::TextEmpty => "EncoderError::TextEmpty",
            Self::TextTooLong { .. } => "EncoderError::TextTooLong",
            Self::Core(inner) => inner.code(),
        }
    }
}
