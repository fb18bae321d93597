//! Sounds to what networks of sounds take, by the server's Rust.
//!
//! A module of its own, because a page that embeds texts or pictures needs none of it. Conversions only, no decisions.

use taste_preprocess::{PreprocessError, SoundSettings, read_wav, sound_tensor};
use wasm_bindgen::prelude::*;

/// A sound of one channel as patches, one after the other. `settings` are the encoder module's `soundSettings`.
#[wasm_bindgen]
pub fn patches(settings: &[f32], rate: u32, samples: &[f32]) -> Result<Vec<f32>, JsValue> {
    let settings = SoundSettings::from_row(settings).map_err(refused)?;
    Ok(sound_tensor(&settings, rate, samples).map_err(refused)?.1)
}

/// The same of a WAV file.
#[wasm_bindgen(js_name = patchesOfFile)]
pub fn patches_of_file(settings: &[f32], file: &[u8]) -> Result<Vec<f32>, JsValue> {
    let (rate, samples) = read_wav(file).map_err(refused)?;
    patches(settings, rate, &samples)
}

fn refused(error: PreprocessError) -> JsValue {
    let hint = match error {
        PreprocessError::AudioTooLong { .. } => "Cut an excerpt.",
        _ => "Decode it first: decodeAudioData gives an AudioBuffer, which is embedded as it is.",
    };
    js_sys::Array::of3(&error.code().into(), &error.to_string().into(), &hint.into()).into()
}
