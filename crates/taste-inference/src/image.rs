//! Decoding pictures within limits: PNG, JPEG, WebP, GIF (its first frame), and SVG.
//!
//! The bytes decide the format, not the declared type. What a file declares is checked before anything is allocated.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbaImage};
use taste_encoders::Rgba;

use crate::{error::InferenceError, svg};

/// The most pixels that a picture may declare: 64 megapixels.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;
/// The most bytes that a decoder may allocate: [`MAX_PIXELS`] at 16 bits a channel.
const MAX_ALLOCATION: u64 = MAX_PIXELS * 8;
/// The longest side that `visual@1` takes.
const MAX_SIDE: u32 = taste_encoders::MAX_SIDE;

/// A decoded picture: sRGB with straight alpha, 8 bits each, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub(crate) pixels: RgbaImage,
}

impl Picture {
    /// Decodes a file.
    ///
    /// The orientation that a camera noted (EXIF) is applied; colour profiles are not. SVG is drawn with its longer side at
    /// [`SVG_SIDE`](crate::SVG_SIDE) pixels, without texts (there are no fonts) and without anything outside the file.
    ///
    /// # Errors
    /// [`InferenceError::ImageFormat`], [`InferenceError::ImageTooLarge`], [`InferenceError::ImageUnreadable`], and
    /// [`InferenceError::SvgReference`].
    pub fn decode(bytes: &[u8]) -> Result<Self, InferenceError> {
        // Decoders read what strangers send: a panic inside one costs one picture, not the server.
        std::panic::catch_unwind(|| Self::decode_trusting(bytes)).unwrap_or_else(|_| {
            Err(InferenceError::ImageUnreadable { reason: "the decoder stopped".to_owned() })
        })
    }

    fn decode_trusting(bytes: &[u8]) -> Result<Self, InferenceError> {
        if svg::looks_like_svg(bytes) {
            return Ok(Self { pixels: svg::draw(bytes)? });
        }
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|error| InferenceError::ImageUnreadable { reason: error.to_string() })?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_ALLOCATION);
        reader.limits(limits);
        if reader.format().is_none() {
            return Err(InferenceError::ImageFormat { found: "this file".to_owned() });
        }
        let mut decoder = reader.into_decoder().map_err(refusal)?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(InferenceError::ImageTooLarge {
                found: format!("{width} x {height} pixels"),
                limit: format!("{MAX_PIXELS} pixels"),
            });
        }
        let orientation = decoder.orientation().map_err(refusal)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
        picture.apply_orientation(orientation);
        Ok(Self { pixels: picture.into_rgba8() })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// The pixels, as the built-in encoder takes them.
    pub fn rgba(&self) -> Rgba<'_> {
        Rgba { width: self.width(), height: self.height(), pixels: self.pixels.as_raw() }
    }
}

fn refusal(error: ImageError) -> InferenceError {
    match error {
        ImageError::Limits(limit) => InferenceError::ImageTooLarge {
            found: limit.to_string(),
            limit: format!("{MAX_SIDE} pixels a side, {MAX_ALLOCATION} bytes decoded"),
        },
        ImageError::Unsupported(unsupported) => {
            InferenceError::ImageFormat { found: unsupported.to_string() }
        }
        other => InferenceError::ImageUnreadable { reason: other.to_string() },
    }
}
