//! Networks in the page: content in, embedding out, by ONNX Runtime Web.
//!
//! What happens before and after the network is `taste-preprocess`, the same Rust as natively. Conversions only, no decisions:
//! files are fetched, and work is queued, by `worker.ts`.

#![cfg(target_arch = "wasm32")]

mod backend;

use js_sys::{Array, Float32Array};
use ort::{
    environment::Environment,
    session::{RunOptions, Session, SessionInputValue},
    value::{Tensor, ValueType},
};
use taste_core::Embedding;
use taste_preprocess::{
    Manifest, NetworkKind, PreprocessError, SOUND_PATCHES, TextInputs, Tokenizer, batch_input, inspect, mean,
    pooled_each, steady, text_batches, text_inputs,
};
use wasm_bindgen::prelude::*;

/// SHA-256 as `0x` and 64 hex digits: `crypto.subtle` is only there in secure contexts.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> String {
    taste_preprocess::hex_digest(bytes)
}

/// ONNX Runtime, started; `engine.ts` has loaded it.
#[wasm_bindgen]
pub struct Runtime(Environment);

#[wasm_bindgen]
impl Runtime {
    /// Starts it.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Self, JsValue> {
        ort::set_api(backend::API);
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
    /// Whether the graph takes several texts at once.
    batches: bool,
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
            NetworkKind::Image | NetworkKind::Audio => {
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
        let batches = session.inputs().iter().all(
            |input| matches!(input.dtype(), ValueType::Tensor { shape, .. } if shape.first().is_some_and(|side| *side < 0)),
        );
        Ok(Self { manifest, id, tokenizer, session, inputs, output, batches })
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

    /// Embeds texts, those of like length in one run where the graph takes several.
    #[wasm_bindgen(js_name = embedTexts)]
    pub async fn embed_texts(&mut self, texts: Vec<String>) -> Result<Array, JsValue> {
        let Some(tokenizer) = &self.tokenizer else { return Err(self.wrong_kind("a text")) };
        let padding = tokenizer.padding();
        let rows: Vec<TextInputs> = texts
            .iter()
            .map(|text| text_inputs(&self.manifest, tokenizer, text).map_err(refused))
            .collect::<Result<_, _>>()?;
        let batches = if self.batches {
            text_batches(&rows, self.inputs.iter().any(|name| name == "attention_mask"))
        } else {
            (0..rows.len()).map(|at| vec![at]).collect()
        };
        let embeddings = Array::new_with_length(rows.len() as u32);
        for batch in batches {
            let together: Vec<&TextInputs> = batch.iter().map(|at| &rows[*at]).collect();
            let length = together.iter().map(|row| row.ids.len()).max().unwrap_or(0);
            let mut values = Vec::with_capacity(self.inputs.len());
            for name in &self.inputs {
                let data = batch_input(&together, name, length, padding);
                let tensor =
                    Tensor::from_array(([together.len(), length], data)).map_err(|error| stopped(&error))?;
                values.push(SessionInputValue::from(tensor));
            }
            let tokens: Vec<usize> = together.iter().map(|row| row.tokens).collect();
            for (at, row) in batch.iter().zip(self.run(values, &tokens).await?) {
                embeddings.set(*at as u32, self.normalised(row)?.into());
            }
        }
        Ok(embeddings)
    }

    /// Embeds what the senses wasm made of a picture or a sound: four sides, and the numbers. The mean of the parts of
    /// the first side: a picture is one, a sound's patches run a few at a time.
    #[wasm_bindgen(js_name = embedSensed)]
    pub async fn embed_sensed(&mut self, sensed: &[f32]) -> Result<Float32Array, JsValue> {
        let Some((&[_, a, b, c], data)) = sensed.split_first_chunk() else {
            return Err(self.wrong_kind("nothing"));
        };
        let [a, b, c] = [a, b, c].map(|side| side as usize);
        let together = if self.batches { SOUND_PATCHES } else { 1 };
        let mut rows = Vec::new();
        for part in data.chunks(together * a * b * c) {
            let count = part.len() / (a * b * c);
            let tensor =
                Tensor::from_array(([count, a, b, c], part.to_vec())).map_err(|error| stopped(&error))?;
            rows.extend(self.run(vec![tensor.into()], &vec![0; count]).await?);
        }
        self.normalised(mean(&rows))
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
    /// One run: a row for each of `tokens`.
    async fn run(
        &mut self,
        values: Vec<SessionInputValue<'static>>,
        tokens: &[usize],
    ) -> Result<Vec<Vec<f32>>, JsValue> {
        let options = RunOptions::new().map_err(|error| stopped(&error))?;
        let feeds: Vec<(String, SessionInputValue<'static>)> =
            self.inputs.iter().cloned().zip(values).collect();
        let outputs = self.session.run_async(feeds, &options).await.map_err(|error| stopped(&error))?;
        let (shape, data) =
            outputs[self.output.as_str()].try_extract_tensor::<f32>().map_err(|error| stopped(&error))?;
        let shape: Vec<usize> = shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
        pooled_each(&self.manifest, &shape, data, tokens).map_err(refused)
    }

    fn normalised(&self, row: Vec<f32>) -> Result<Float32Array, JsValue> {
        let embedding = Embedding::normalised(self.id.as_str().into(), row).map_err(|error| {
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
