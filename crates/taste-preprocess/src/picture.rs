//! Decoding pictures within limits: PNG, JPEG, WebP, and GIF (its first frame).
//!
//! The bytes decide the format, not the declared type. What a file declares is checked before anything is allocated.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};

use crate::error::PreprocessError;

/// The most pixels that a picture may declare: 64 megapixels.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;
/// The longest side.
pub const MAX_SIDE: u32 = 65_535;
/// The most bytes that a decoder may allocate: [`MAX_PIXELS`] at 16 bits a channel.
const MAX_ALLOCATION: u64 = MAX_PIXELS * 8;

/// A decoded picture: sRGB with straight alpha, 8 bits each, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// RGBA, row by row.
    pub pixels: Vec<u8>,
}

/// Decodes a file. The orientation that a camera noted (EXIF) is applied; colour profiles are not.
///
/// # Errors
/// [`PreprocessError::ImageFormat`], [`PreprocessError::ImageTooLarge`], [`PreprocessError::ImageUnreadable`].
pub fn decode(bytes: &[u8]) -> Result<Decoded, PreprocessError> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| PreprocessError::ImageUnreadable { reason: error.to_string() })?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits);
    if reader.format().is_none() {
        return Err(PreprocessError::ImageFormat { found: "this file".to_owned() });
    }
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PreprocessError::ImageTooLarge {
            found: format!("{width} x {height} pixels"),
            limit: format!("{MAX_PIXELS} pixels"),
        });
    }
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    let pixels = picture.into_rgba8();
    Ok(Decoded { width: pixels.width(), height: pixels.height(), pixels: pixels.into_raw() })
}

fn refusal(error: ImageError) -> PreprocessError {
    match error {
        ImageError::Limits(limit) => PreprocessError::ImageTooLarge {
            found: limit.to_string(),
            limit: format!("{MAX_SIDE} pixels a side, {MAX_ALLOCATION} bytes decoded"),
        },
        ImageError::Unsupported(unsupported) => {
            PreprocessError::ImageFormat { found: unsupported.to_string() }
        }
        other => PreprocessError::ImageUnreadable { reason: other.to_string() },
    }
}
