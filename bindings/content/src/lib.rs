//! Content that the page itself brings: the built-in encoders, and a taste model's head on their embeddings.
//!
//! A module of its own, loaded when content is first embedded: a person who only votes never loads it, because the
//! features file holds what the round's own candidates need. Conversions only, no decisions.

use taste_encoders::{EncoderError, Rgba};
use taste_model::{ModelError, TasteModel};
use wasm_bindgen::prelude::*;

/// `text@1` of a text.
#[wasm_bindgen(js_name = embedText)]
pub fn embed_text(text: &str) -> Result<Vec<f32>, JsValue> {
    Ok(taste_encoders::text(text).map_err(encoder_error)?.into_values())
}

/// `visual@1` of a picture: RGBA, row by row, four bytes a pixel, as `ImageData.data` has it.
#[wasm_bindgen(js_name = embedVisual)]
pub fn embed_visual(width: u32, height: u32, pixels: &[u8]) -> Result<Vec<f32>, JsValue> {
    let embedding = taste_encoders::visual(&Rgba { width, height, pixels }).map_err(encoder_error)?;
    Ok(embedding.into_values())
}

/// `palette@1` of a set of colours: red, green, blue of each.
#[wasm_bindgen(js_name = embedPalette)]
pub fn embed_palette(colours: &[u8]) -> Result<Vec<f32>, JsValue> {
    Ok(taste_encoders::palette(colours.as_chunks().0).map_err(encoder_error)?.into_values())
}

/// `audio@1` of a sound of one channel, samples from −1 to 1.
#[wasm_bindgen(js_name = embedAudio)]
pub fn embed_audio(rate: u32, samples: &[f32]) -> Result<Vec<f32>, JsValue> {
    Ok(taste_encoders::audio(samples, rate).map_err(encoder_error)?.into_values())
}

/// A taste model read from its file.
#[wasm_bindgen]
pub struct Model(TasteModel);

#[wasm_bindgen]
impl Model {
    /// From the bytes of the ONNX file.
    #[wasm_bindgen(constructor)]
    pub fn new(file: &[u8]) -> Result<Self, JsValue> {
        TasteModel::from_onnx(file).map(Self).map_err(model_error)
    }

    /// Crowd utility of an embedding, then its r features.
    pub fn evaluate(&self, embedding: &[f32]) -> Result<Vec<f32>, JsValue> {
        let (utility, features) = self.0.evaluate(embedding).map_err(model_error)?;
        Ok([vec![utility], features].concat())
    }
}

fn encoder_error(error: EncoderError) -> JsValue {
    thrown(error.code(), &error.to_string(), "Embed other content.")
}

fn model_error(error: ModelError) -> JsValue {
    let hint = "The model is damaged or of a kind the content module does not run, or the embedding is another encoder's.";
    thrown(error.code(), &error.to_string(), hint)
}

/// What `content.ts` makes a `TasteError` of: `[code, message, hint]`.
fn thrown(code: &str, message: &str, hint: &str) -> JsValue {
    js_sys::Array::of3(&code.into(), &message.into(), &hint.into()).into()
}
