//! Encoders from files: preprocessing, the network, pooling.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard},
};

use image::{Rgb, RgbImage, imageops};
use sha2::{Digest as _, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use crate::{
    error::InferenceError,
    graph::{GraphOptions, OrtGraph, Port, Tensor, TensorView},
    image::Picture,
    manifest::{Layout, Manifest, NetworkKind},
    runtime::Runtime,
};

/// A network with everything it needs around it. Several threads may use it at once: each takes an idle copy of the
/// graph, and one is loaded when none is idle.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) id: String,
    pub(crate) manifest: Manifest,
    tokenizer: Option<Tokenizer>,
    runtime: Runtime,
    onnx: Vec<u8>,
    idle: Mutex<Vec<OrtGraph>>,
    /// Which of the graph's outputs is the embedding.
    output: usize,
    /// The names of the graph's inputs, in its order.
    inputs: Vec<String>,
}

impl Network {
    pub(crate) fn from_file(runtime: &Runtime, manifest_path: &Path) -> Result<Self, InferenceError> {
        let manifest = Manifest::read(manifest_path)?;
        let folder = manifest_path.parent().unwrap_or(Path::new(""));
        let model = folder.join(&manifest.model);
        let onnx = std::fs::read(&model).map_err(|error| InferenceError::file(&model, &error))?;
        let graph = OrtGraph::from_bytes(runtime, &onnx, GraphOptions::default())?;
        let tokenizer_json = match (manifest.kind, &manifest.tokenizer) {
            (NetworkKind::Text, Some(file)) => {
                let path = folder.join(file);
                Some(std::fs::read(&path).map_err(|error| InferenceError::file(&path, &error))?)
            }
            _ => None,
        };
        let tokenizer =
            tokenizer_json.as_deref().map(|json| read_tokenizer(json, manifest.max_tokens)).transpose()?;
        let output = match &manifest.output {
            None => 0,
            Some(name) => position(graph.outputs(), name, "an output")?,
        };
        let inputs = match manifest.kind {
            NetworkKind::Image => image_inputs(&manifest, &graph)?,
            NetworkKind::Text => text_inputs(&graph)?,
        };
        let id = manifest.id.clone().unwrap_or_else(|| {
            let stem = model.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let digest = digest(&manifest, &onnx, tokenizer_json.as_deref());
            let hex: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{stem}@{hex}")
        });
        Ok(Self {
            id,
            manifest,
            tokenizer,
            runtime: runtime.clone(),
            onnx,
            idle: Mutex::new(vec![graph]),
            output,
            inputs,
        })
    }

    pub(crate) fn embed_picture(&self, picture: &Picture) -> Result<Vec<f32>, InferenceError> {
        let (shape, data) = self.image_tensor(picture);
        let tensor = Tensor::f32(shape, data);
        let result = self.run(&[(&self.inputs[0], tensor.view())])?;
        self.pooled(result, 1)
    }

    pub(crate) fn embed_text(&self, text: &str) -> Result<Vec<f32>, InferenceError> {
        let ids = self.token_ids(text)?;
        let shape = [1, ids.len()];
        let (ones, zeros) = (vec![1; ids.len()], vec![0; ids.len()]);
        let inputs: Vec<(&str, TensorView<'_>)> = self
            .inputs
            .iter()
            .map(|name| {
                let data = match name.as_str() {
                    "input_ids" => &ids,
                    "attention_mask" => &ones,
                    _ => &zeros,
                };
                (name.as_str(), TensorView::I64(&shape, data))
            })
            .collect();
        let result = self.run(&inputs)?;
        self.pooled(result, ids.len())
    }

    /// The tokens of a text, special ones included, cut to the manifest's most.
    pub(crate) fn token_ids(&self, text: &str) -> Result<Vec<i64>, InferenceError> {
        let tokenizer = self.tokenizer.as_ref().expect("an encoder of texts has a tokenizer");
        let encoding = tokenizer.encode(text, true).map_err(|error| tokenizer_error(error.as_ref()))?;
        Ok(encoding.get_ids().iter().map(|&id| i64::from(id)).collect())
    }

    /// The picture over white, stretched with an antialiased bilinear filter, and normalised.
    fn image_tensor(&self, picture: &Picture) -> (Vec<usize>, Vec<f32>) {
        let Manifest { size, mean, std, layout, .. } = &self.manifest;
        let pixels = &picture.pixels;
        let opaque = RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
            let [r, g, b, a] = pixels.get_pixel(x, y).0.map(u32::from);
            Rgb([r, g, b].map(|value| ((value * a + 255 * (255 - a) + 127) / 255) as u8))
        });
        let resized = imageops::resize(&opaque, *size, *size, imageops::FilterType::Triangle);
        let side = *size as usize;
        let value = |channel: usize, pixel: usize| {
            (f32::from(resized.as_raw()[pixel * 3 + channel]) / 255.0 - mean[channel]) / std[channel]
        };
        let cells = side * side;
        match layout {
            Layout::Nchw => (
                vec![1, 3, side, side],
                (0..3 * cells).map(|index| value(index / cells, index % cells)).collect(),
            ),
            Layout::Nhwc => {
                (vec![1, side, side, 3], (0..3 * cells).map(|index| value(index % 3, index / 3)).collect())
            }
        }
    }

    fn run(&self, inputs: &[(&str, TensorView<'_>)]) -> Result<Tensor, InferenceError> {
        let idle = self.idle_graphs().pop();
        let mut graph = match idle {
            Some(graph) => graph,
            None => OrtGraph::from_bytes(&self.runtime, &self.onnx, GraphOptions::default())?,
        };
        let results = graph.run(inputs);
        self.idle_graphs().push(graph);
        Ok(results?.swap_remove(self.output))
    }

    fn idle_graphs(&self) -> MutexGuard<'_, Vec<OrtGraph>> {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// `[1, d]` as it is, `[1, t, d]` averaged over the tokens (none of them is padding).
    fn pooled(&self, result: Tensor, tokens: usize) -> Result<Vec<f32>, InferenceError> {
        let dimension = self.manifest.dimension;
        let data = result.as_f32().expect("a graph's outputs are f32");
        let rows = match result.shape[..] {
            [1, d] | [1, d, 1, 1] if d == dimension => 1,
            [1, t, d] if d == dimension && t == tokens => t,
            _ => {
                return Err(InferenceError::ForeignGraph {
                    expected: format!("an embedding of {dimension} numbers"),
                    found: format!("a result of shape {:?}", result.shape),
                });
            }
        };
        Ok((0..dimension)
            .map(|column| {
                let sum: f64 = (0..rows).map(|row| f64::from(data[row * dimension + column])).sum();
                (sum / rows as f64) as f32
            })
            .collect())
    }
}

/// SHA-256 over all that decides an embedding: the digests of the graph and of the tokenizer, and the manifest but for
/// its name and paths. Another mean or another tokenizer makes another encoder.
fn digest(manifest: &Manifest, onnx: &[u8], tokenizer: Option<&[u8]>) -> [u8; 32] {
    let settings = Manifest { id: None, model: String::new(), tokenizer: None, ..manifest.clone() };
    Sha256::new()
        .chain_update(Sha256::digest(onnx))
        .chain_update(Sha256::digest(tokenizer.unwrap_or_default()))
        .chain_update(serde_json::to_vec(&settings).expect("numbers and names"))
        .finalize()
        .into()
}

fn position(ports: &[Port], name: &str, what: &str) -> Result<usize, InferenceError> {
    ports.iter().position(|port| port.name == name).ok_or_else(|| InferenceError::ForeignGraph {
        expected: format!("{what} {name:?}"),
        found: names(ports),
    })
}

fn names(ports: &[Port]) -> String {
    ports.iter().map(|port| format!("{:?} {:?}", port.name, port.shape)).collect::<Vec<_>>().join(", ")
}

/// An image network has one input: f32, four sides that fit the manifest's.
fn image_inputs(manifest: &Manifest, graph: &OrtGraph) -> Result<Vec<String>, InferenceError> {
    let side = i64::from(manifest.size);
    let wanted = match manifest.layout {
        Layout::Nchw => [1, 3, side, side],
        Layout::Nhwc => [1, side, side, 3],
    };
    let foreign = || InferenceError::ForeignGraph {
        expected: format!(
            "one f32 input {:?} of shape {wanted:?}",
            manifest.input.as_deref().unwrap_or("(any name)")
        ),
        found: names(graph.inputs()),
    };
    let [port] = graph.inputs() else { return Err(foreign()) };
    let named = manifest.input.as_ref().is_none_or(|name| *name == port.name);
    let shaped =
        port.shape.len() == 4 && port.shape.iter().zip(wanted).all(|(&has, wants)| has < 0 || has == wants);
    if named && shaped && port.is_f32() { Ok(vec![port.name.clone()]) } else { Err(foreign()) }
}

/// A text network has `input_ids`, and perhaps `attention_mask` and `token_type_ids`, all i64.
fn text_inputs(graph: &OrtGraph) -> Result<Vec<String>, InferenceError> {
    const KNOWN: [&str; 3] = ["input_ids", "attention_mask", "token_type_ids"];
    let inputs = graph.inputs();
    let known = inputs
        .iter()
        .all(|port| KNOWN.contains(&port.name.as_str()) && port.is_i64() && port.shape.len() == 2);
    if !known || inputs.iter().all(|port| port.name != KNOWN[0]) {
        return Err(InferenceError::ForeignGraph {
            expected: format!("i64 inputs of two sides, of {}", KNOWN.join(", ")),
            found: names(inputs),
        });
    }
    Ok(inputs.iter().map(|port| port.name.clone()).collect())
}

fn read_tokenizer(json: &[u8], max_tokens: usize) -> Result<Tokenizer, InferenceError> {
    let mut tokenizer = Tokenizer::from_bytes(json).map_err(|error| tokenizer_error(error.as_ref()))?;
    let truncation = TruncationParams { max_length: max_tokens, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(|error| tokenizer_error(error.as_ref()))?;
    // Texts run one by one, so nothing needs filling up.
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

fn tokenizer_error(error: &(dyn std::error::Error + Send + Sync)) -> InferenceError {
    InferenceError::Tokenizer { reason: error.to_string() }
}
