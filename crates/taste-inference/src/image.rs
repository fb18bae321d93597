//! Pictures from files: what `taste-preprocess` decodes, and SVG, which is drawn here.

use taste_encoders::Rgba;
use taste_preprocess::{Decoded, PreprocessError};

use crate::{error::InferenceError, svg};

/// A decoded picture: sRGB with straight alpha, 8 bits each, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture(pub(crate) Decoded);

impl Picture {
    /// Decodes a file; its bytes decide the format, not the declared type.
    ///
    /// The orientation that a camera noted (EXIF) is applied; colour profiles are not. SVG is drawn with its longer side at
    /// [`SVG_SIDE`](crate::SVG_SIDE) pixels, without texts (there are no fonts) and without anything outside the file.
    ///
    /// # Errors
    /// [`PreprocessError::ImageFormat`], [`PreprocessError::ImageTooLarge`], [`PreprocessError::ImageUnreadable`], and
    /// [`InferenceError::SvgReference`].
    pub fn decode(bytes: &[u8]) -> Result<Self, InferenceError> {
        // Decoders read what strangers send: a panic inside one costs one picture, not the server.
        std::panic::catch_unwind(|| Self::decode_trusting(bytes)).unwrap_or_else(|_| {
            Err(PreprocessError::ImageUnreadable { reason: "the decoder stopped".to_owned() }.into())
        })
    }

    fn decode_trusting(bytes: &[u8]) -> Result<Self, InferenceError> {
        if svg::looks_like_svg(bytes) {
            return Ok(Self(svg::draw(bytes)?));
        }
        Ok(Self(taste_preprocess::decode(bytes)?))
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.0.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.0.height
    }

    /// The pixels, as the built-in encoder takes them.
    pub fn rgba(&self) -> Rgba<'_> {
        Rgba { width: self.width(), height: self.height(), pixels: &self.0.pixels }
    }
}
