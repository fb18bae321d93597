//! Pictures to pixels, by the decoders that the server has.
//!
//! Browsers decode JPEG and scale colours each in their own way; where an embedding must be the server's, the page decodes with this.
//! A module of its own, because a page that embeds texts or canvases needs no decoder. Conversions only, no decisions.

use wasm_bindgen::prelude::*;

/// A decoded picture.
#[wasm_bindgen]
pub struct Picture(taste_preprocess::Decoded);

#[wasm_bindgen]
impl Picture {
    /// Decodes PNG, JPEG, WebP or GIF, upright.
    pub fn decode(bytes: &[u8]) -> Result<Self, JsValue> {
        taste_preprocess::decode(bytes).map(Self).map_err(|error| {
            let hint = "Pass a PNG, JPEG, WebP or GIF of at most 64 megapixels.";
            js_sys::Array::of3(&error.code().into(), &error.to_string().into(), &hint.into()).into()
        })
    }

    /// In pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.0.width
    }

    /// In pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.0.height
    }

    /// RGBA, row by row.
    #[wasm_bindgen(getter)]
    pub fn pixels(&self) -> Vec<u8> {
        self.0.pixels.clone()
    }
}
