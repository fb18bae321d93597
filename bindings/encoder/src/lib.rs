//! Networks in the page: content in, embedding out, by ONNX Runtime Web.
//!
//! What happens before and after the network is `taste-preprocess`, the same Rust as natively. Conversions only, no decisions:
//! files are fetched, and work is queued, by `worker.ts`. `ort-web` asks two scripts of its own for the runtime and for telemetry;
//! `build.mjs` puts ours in their place: `runtime.ts` takes ONNX Runtime from verified bytes, and there is no telemetry to take.

#![cfg(target_arch = "wasm32")]

use js_sys::Float32Array;
use ort::{
    environment::Environment,
    session::{RunOptions, Session, SessionInputValue, builder::GraphOptimizationLevel},
    value::{Tensor, ValueType},
};
use taste_core::Embedding;
use taste_preprocess::{
    Manifest, NetworkKind, PreprocessError, Tokenizer, image_tensor, inspect, pooled, steady, text_inputs,
};
use wasm_bindgen::prelude::*;

/// SHA-256 as `0x` and 64 hex digits: `crypto.subtle` is only there in secure contexts.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> String {
    taste_preprocess::hex_digest(bytes)
}

/// ONNX Runtime, started; `runtime.ts` has loaded it.
#[wasm_bindgen]
pub struct Runtime(Environment);

#[wasm_bindgen]
impl Runtime {
    /// Starts it.
    pub async fn start() -> Result<Self, JsValue> {
        let api = ort_web::api(ort_web::FEATURE_NONE).await.map_err(|error| {
            thrown("Encoder::Runtime", &error.to_string(), "Serve the package's files beside its modules.")
        })?;
        ort::set_api(api);
        let environment = ort::init().with_telemetry(false).build().map_err(|error| stopped(&error))?;
        Ok(Self(environment))
    }
}

/// A network with everything it needs around it.
#[wasm_bindgen]
pub struct Network {
    manifest: Manifest,
    id: String,
    tokenizer: Option<Tokenizer>,
    session: Session,
    inputs: Vec<String>,
    output: String,
}

#[wasm_bindgen]
impl Network {
    /// From the manifest's JSON and the files it names, whose digests it has.
    pub async fn open(
        runtime: &Runtime,
        manifest: &str,
        model: Vec<u8>,
        tokenizer: Option<Vec<u8>>,
    ) -> Result<Self, JsValue> {
        let environment = runtime.0.clone();
        let manifest = Manifest::parse(manifest).map_err(refused)?;
        inspect(&model).map_err(refused)?;
        let id = manifest.encoder_id(&model, tokenizer.as_deref());
        let tokenizer = match (manifest.kind, tokenizer) {
            (NetworkKind::Text, Some(json)) => Some(Tokenizer::from_json(&json).map_err(refused)?),
            _ => None,
        };
        let session = Session::builder(&environment)
            .and_then(|builder| Ok(builder.with_optimization_level(GraphOptimizationLevel::Level3)?))
            .map_err(|error| stopped(&error))?
            .commit_from_memory(&steady(&model).map_err(refused)?)
            .await
            .map_err(|error| {
                let hint = "The file is not one that ONNX Runtime Web runs, or the page's memory is used up.";
                thrown("Encoder::Graph", &error.to_string(), hint)
            })?;
        drop(model);
        let inputs: Vec<String> = session.inputs().iter().map(|input| input.name().to_owned()).collect();
        let known = ["input_ids", "attention_mask", "token_type_ids"];
        let fits = match manifest.kind {
            NetworkKind::Image => {
                inputs.len() == 1 && manifest.input.as_ref().is_none_or(|name| *name == inputs[0])
            }
            NetworkKind::Text => {
                inputs.iter().any(|name| name == known[0])
                    && inputs.iter().all(|name| known.contains(&name.as_str()))
            }
        };
        let output = match &manifest.output {
            Some(name) => session.outputs().iter().find(|output| output.name() == name),
            None => session.outputs().first(),
        };
        let output = output.filter(|output| fits && matches!(output.dtype(), ValueType::Tensor { .. }));
        let Some(output) = output.map(|output| output.name().to_owned()) else {
            let message =
                format!("the graph has the inputs {}, and not what the manifest says", inputs.join(", "));
            return Err(thrown(
                "Encoder::ForeignGraph",
                &message,
                "Make the manifest with `taste encoder add`.",
            ));
        };
        Ok(Self { manifest, id, tokenizer, session, inputs, output })
    }

    /// The encoder's id.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.id.clone()
    }

    /// How many numbers an embedding has.
    #[wasm_bindgen(getter)]
    pub fn dimension(&self) -> usize {
        self.manifest.dimension
    }

    /// Embeds a text.
    #[wasm_bindgen(js_name = embedText)]
    pub async fn embed_text(&mut self, text: &str) -> Result<Float32Array, JsValue> {
        let Some(tokenizer) = &self.tokenizer else { return Err(self.wrong_kind("a text")) };
        let row = text_inputs(&self.manifest, tokenizer, text).map_err(refused)?;
        let shape = [1, row.ids.len()];
        let mut values = Vec::with_capacity(self.inputs.len());
        for name in &self.inputs {
            let tensor = Tensor::from_array((shape, row.row(name))).map_err(|error| stopped(&error))?;
            values.push(SessionInputValue::from(tensor));
        }
        self.run(values, row.tokens).await
    }

    /// Embeds a picture: straight RGBA, row by row, four bytes a pixel.
    #[wasm_bindgen(js_name = embedPixels)]
    pub async fn embed_pixels(
        &mut self,
        width: u32,
        height: u32,
        pixels: &[u8],
    ) -> Result<Float32Array, JsValue> {
        if self.manifest.kind != NetworkKind::Image {
            return Err(self.wrong_kind("a picture"));
        }
        let (shape, data) = image_tensor(&self.manifest, width, height, pixels).map_err(refused)?;
        let tensor = Tensor::from_array((shape, data)).map_err(|error| stopped(&error))?;
        self.run(vec![tensor.into()], 0).await
    }

    /// The token ids of a text, for comparing.
    #[wasm_bindgen(js_name = tokenIds)]
    pub fn token_ids(&self, text: &str) -> Result<Vec<f64>, JsValue> {
        let Some(tokenizer) = &self.tokenizer else { return Err(self.wrong_kind("a text")) };
        let row = text_inputs(&self.manifest, tokenizer, text).map_err(refused)?;
        Ok(row.ids[..row.tokens].iter().map(|id| *id as f64).collect())
    }
}

impl Network {
    async fn run(
        &mut self,
        values: Vec<SessionInputValue<'static>>,
        tokens: usize,
    ) -> Result<Float32Array, JsValue> {
        let options = RunOptions::new().map_err(|error| stopped(&error))?;
        let feeds: Vec<(String, SessionInputValue<'static>)> =
            self.inputs.iter().cloned().zip(values).collect();
        let mut outputs = self.session.run_async(feeds, &options).await.map_err(|error| stopped(&error))?;
        ort_web::sync_outputs(&mut outputs).await.map_err(|error| {
            thrown(
                "Encoder::Run",
                &error.to_string(),
                "Try again; a network that is too large for the page never runs.",
            )
        })?;
        let (shape, data) =
            outputs[self.output.as_str()].try_extract_tensor::<f32>().map_err(|error| stopped(&error))?;
        let shape: Vec<usize> = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
        let values = pooled(&self.manifest, &shape, data, tokens).map_err(refused)?;
        let embedding = Embedding::normalised(self.id.as_str().into(), values).map_err(|error| {
            thrown(error.code(), &error.to_string(), "This content has no direction; leave it out.")
        })?;
        Ok(Float32Array::from(embedding.values()))
    }

    fn wrong_kind(&self, found: &str) -> JsValue {
        let message = format!("{} does not embed {found}", self.id);
        thrown("Encoder::WrongKind", &message, "An image encoder for images, a text encoder for texts.")
    }
}

fn refused(error: PreprocessError) -> JsValue {
    thrown(error.code(), &error.to_string(), hint(&error))
}

fn hint(error: &PreprocessError) -> &'static str {
    match error {
        PreprocessError::Digest { .. } => {
            "Fetch the file again; if it was changed on purpose, `taste encoder add`."
        }
        PreprocessError::Manifest { .. } => "Make the manifest with `taste encoder add`.",
        PreprocessError::Tokenizer { .. } | PreprocessError::TokenizerUnsupported { .. } => {
            "Use the tokenizer.json that Hugging Face exports beside the network."
        }
        PreprocessError::TextTooLong { .. } => "Embed a summary or an excerpt.",
        PreprocessError::Pixels { .. } => "Pass straight RGBA, 8 bits each, row by row.",
        _ => "Export the network again, as one file, for the standard operators.",
    }
}

fn stopped(error: &ort::Error) -> JsValue {
    thrown(
        "Encoder::Run",
        &error.to_string(),
        "Try again; a network that is too large for the page never runs.",
    )
}

/// What `worker.ts` makes an error of: `[code, message, hint]`.
fn thrown(code: &str, message: &str, hint: &str) -> JsValue {
    js_sys::Array::of3(&code.into(), &message.into(), &hint.into()).into()
}
