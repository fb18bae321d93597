//! Pictures and sounds to what networks of them take, by the server's Rust.
//!
//! A module of its own: it is compiled for speed, and a page that embeds texts needs none of it. Conversions only, no decisions.

use taste_preprocess::{Manifest, NetworkKind, PreprocessError, image_tensor, read_wav, sound_tensor};
use wasm_bindgen::prelude::*;

/// What one network sees or hears, as its manifest says. All give the four sides of the network's input, and then its numbers.
#[wasm_bindgen]
pub struct Senses(Manifest);

#[wasm_bindgen]
impl Senses {
    /// From the manifest's JSON.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str) -> Result<Self, JsValue> {
        Manifest::parse(manifest).map(Self).map_err(refused)
    }

    /// A picture: straight RGBA, row by row, four bytes a pixel.
    pub fn see(&self, width: u32, height: u32, pixels: &[u8]) -> Result<Vec<f32>, JsValue> {
        self.check(NetworkKind::Image, "a picture")?;
        image_tensor(&self.0, width, height, pixels).map(row).map_err(refused)
    }

    /// A sound of one channel, samples from −1 to 1.
    pub fn hear(&self, rate: u32, samples: &[f32]) -> Result<Vec<f32>, JsValue> {
        self.check(NetworkKind::Audio, "a sound")?;
        sound_tensor(&self.0.sound, rate, samples).map(row).map_err(refused)
    }

    /// A WAV file.
    #[wasm_bindgen(js_name = hearFile)]
    pub fn hear_file(&self, file: &[u8]) -> Result<Vec<f32>, JsValue> {
        let (rate, samples) = read_wav(file).map_err(refused)?;
        self.hear(rate, &samples)
    }
}

impl Senses {
    fn check(&self, kind: NetworkKind, found: &str) -> Result<(), JsValue> {
        if self.0.kind == kind {
            return Ok(());
        }
        let message = format!("{} does not embed {found}", self.0.model);
        Err(thrown("Encoder::WrongKind", &message, "An encoder of the content's own kind."))
    }
}

fn row((sides, numbers): ([usize; 4], Vec<f32>)) -> Vec<f32> {
    sides.map(|side| side as f32).into_iter().chain(numbers).collect()
}

fn refused(error: PreprocessError) -> JsValue {
    let hint = match error {
        PreprocessError::AudioTooLong { .. } => "Cut an excerpt.",
        PreprocessError::AudioUnreadable { .. } => {
            "Decode it first: decodeAudioData gives an AudioBuffer, which is embedded as it is."
        }
        PreprocessError::Pixels { .. } => "Pass straight RGBA, 8 bits each, row by row.",
        _ => "Make the manifest with `taste encoder add`.",
    };
    thrown(error.code(), &error.to_string(), hint)
}

fn thrown(code: &str, message: &str, hint: &str) -> JsValue {
    js_sys::Array::of3(&code.into(), &message.into(), &hint.into()).into()
}
