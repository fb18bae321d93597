//! The built-in encoders, for content that the page itself brings.

use taste_encoders::Rgba;
use wasm_bindgen::prelude::*;

use crate::error::WebError;

/// `text@1` of a text.
#[wasm_bindgen(js_name = embedText)]
pub fn embed_text(text: &str) -> Result<Vec<f32>, WebError> {
    Ok(taste_encoders::text(text)?.values().to_vec())
}

/// `visual@1` of a picture: RGBA, row by row, four bytes a pixel, as `ImageData.data` has it.
#[wasm_bindgen(js_name = embedVisual)]
pub fn embed_visual(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<f32>, WebError> {
    Ok(taste_encoders::visual(&Rgba { width, height, pixels })?.values().to_vec())
}
