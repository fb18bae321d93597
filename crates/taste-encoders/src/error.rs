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
    /// A palette without colours, or with too many. Remedy: pass the colours that matter.
    #[error("a palette of {found} colours; 1 to {limit} are allowed")]
    PaletteSize {
        /// Colours found.
        found: usize,
        /// Colours allowed.
        limit: usize,
    },
    /// A sample rate that is not heard. Remedy: resample to 44,100.
    #[error("a sample rate of {found}; 8000 to 192000 are heard")]
    AudioRate {
        /// Samples a second found.
        found: u32,
    },
    /// A sound of less than one window, or a very long one. Remedy: embed an excerpt.
    #[error("a sound of {found} samples; at least {least}, and at most {seconds} s, are heard")]
    AudioLength {
        /// Samples found.
        found: usize,
        /// Samples of one window.
        least: usize,
        /// Seconds allowed.
        seconds: u32,
    },
    /// A sample that is no number. Remedy: decode the sound again.
    #[error("sample {index} is not finite")]
    AudioSample {
        /// Its place.
        index: usize,
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
            Self::PaletteSize { .. } => "EncoderError::PaletteSize",
            Self::AudioRate { .. } => "EncoderError::AudioRate",
            Self::AudioLength { .. } => "EncoderError::AudioLength",
            Self::AudioSample { .. } => "EncoderError::AudioSample",
            Self::Core(inner) => inner.code(),
        }
    }
}
