//! Encoders from files: preprocessing, the network, pooling.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard},
};

use taste_preprocess::{
    Layout, Manifest, NetworkKind, SOUND_PATCHES, TextInputs, Tokenizer, batch_input, checked_file,
    image_tensor, inspect, mean, pooled_each, sound_tensor, steady, text_batches, text_inputs,
};

use crate::{
    error::InferenceError,
    graph::{GraphOptions, OrtGraph, Port, Tensor, TensorView},
    image::Picture,
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
    /// Whether the graph takes several rows at once.
    batches: bool,
}

impl Network {
    pub(crate) fn from_file(runtime: &Runtime, manifest_path: &Path) -> Result<Self, InferenceError> {
        let json = std::fs::read_to_string(manifest_path)
            .map_err(|error| InferenceError::file(manifest_path, &error))?;
        let manifest = Manifest::parse(&json)?;
        let folder = manifest_path.parent().unwrap_or(Path::new(""));
        let read = |name: &str| -> Result<Vec<u8>, InferenceError> {
            let path = folder.join(name);
            let bytes = std::fs::read(&path).map_err(|error| InferenceError::file(&path, &error))?;
            if let Some(digest) = manifest.digest(name) {
                checked_file(name, &bytes, digest)?;
            }
            Ok(bytes)
        };
        let onnx = read(&manifest.model)?;
        inspect(&onnx)?;
        let tokenizer_json = match (manifest.kind, &manifest.tokenizer) {
            (NetworkKind::Text, Some(file)) => Some(read(file)?),
            _ => None,
        };
        let tokenizer = tokenizer_json.as_deref().map(Tokenizer::from_json).transpose()?;
        let id = manifest.encoder_id(&onnx, tokenizer_json.as_deref());
        let onnx = steady(&onnx)?.into_owned();
        let graph = OrtGraph::from_bytes(runtime, &onnx, GraphOptions::default())?;
        let output = match &manifest.output {
            None => 0,
            Some(name) => position(graph.outputs(), name, "an output")?,
        };
        let inputs = match manifest.kind {
            NetworkKind::Image => image_input_names(&manifest, &graph)?,
            NetworkKind::Text => text_input_names(&graph)?,
            NetworkKind::Audio => sound_input_names(&manifest, &graph)?,
        };
        let batches = graph.inputs().iter().all(|port| port.shape.first().is_some_and(|side| *side < 0));
        Ok(Self {
            id,
            batches,
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
        let (shape, data) =
            image_tensor(&self.manifest, picture.width(), picture.height(), picture.rgba().pixels)?;
        let tensor = Tensor::f32(shape, data);
        let mut rows = self.pooled(&self.run(&[(&self.inputs[0], tensor.view())])?, &[0])?;
        Ok(rows.swap_remove(0))
    }

    /// Embeds a sound: the mean of its patches.
    pub(crate) fn embed_sound(&self, rate: u32, samples: &[f32]) -> Result<Vec<f32>, InferenceError> {
        let ([patches, one, frames, bands], data) = sound_tensor(&self.manifest.sound, rate, samples)?;
        let together = if self.batches { SOUND_PATCHES } else { 1 };
        let mut rows = Vec::with_capacity(patches);
        for data in data.chunks(together * frames * bands) {
            let count = data.len() / (frames * bands);
            let shape = [count, one, frames, bands];
            let result = self.run(&[(&self.inputs[0], TensorView::F32(&shape, data))])?;
            rows.extend(self.pooled(&result, &vec![0; count])?);
        }
        Ok(mean(&rows))
    }

    pub(crate) fn embed_text(&self, text: &str) -> Result<Vec<f32>, InferenceError> {
        let mut rows = self.embed_rows(&[&self.tokenized(text)?])?;
        Ok(rows.swap_remove(0))
    }

    /// A text's tokens, as [`embed_rows`](Self::embed_rows) takes them.
    pub(crate) fn tokenized(&self, text: &str) -> Result<TextInputs, InferenceError> {
        Ok(text_inputs(&self.manifest, self.tokenizer(), text)?)
    }

    /// Which texts run together, as places in `rows`.
    pub(crate) fn batches(&self, rows: &[TextInputs]) -> Vec<Vec<usize>> {
        if self.batches {
            return text_batches(rows, self.inputs.iter().any(|name| name == "attention_mask"));
        }
        (0..rows.len()).map(|at| vec![at]).collect()
    }

    /// Embeds texts in one run.
    pub(crate) fn embed_rows(&self, rows: &[&TextInputs]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let length = rows.iter().map(|row| row.ids.len()).max().unwrap_or(0);
        let shape = [rows.len(), length];
        let padding = self.tokenizer().padding();
        let data: Vec<Vec<i64>> =
            self.inputs.iter().map(|name| batch_input(rows, name, length, padding)).collect();
        let inputs: Vec<(&str, TensorView<'_>)> = self
            .inputs
            .iter()
            .zip(&data)
            .map(|(name, data)| (name.as_str(), TensorView::I64(&shape, data)))
            .collect();
        let tokens: Vec<usize> = rows.iter().map(|row| row.tokens).collect();
        self.pooled(&self.run(&inputs)?, &tokens)
    }

    /// The tokens of a text, special ones included, cut to the manifest's most.
    pub(crate) fn token_ids(&self, text: &str) -> Result<Vec<i64>, InferenceError> {
        let mut row = text_inputs(&self.manifest, self.tokenizer(), text)?;
        row.ids.truncate(row.tokens);
        Ok(row.ids)
    }

    fn tokenizer(&self) -> &Tokenizer {
        self.tokenizer.as_ref().expect("an encoder of texts has a tokenizer")
    }

    fn pooled(&self, result: &Tensor, tokens: &[usize]) -> Result<Vec<Vec<f32>>, InferenceError> {
        let data = result.as_f32().expect("a graph's outputs are f32");
        Ok(pooled_each(&self.manifest, &result.shape, data, tokens)?)
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

/// A network of sounds has one input: f32, patches of one channel that fit the manifest's.
fn sound_input_names(manifest: &Manifest, graph: &OrtGraph) -> Result<Vec<String>, InferenceError> {
    let (frames, bands) = (i64::from(manifest.sound.frames), i64::from(manifest.sound.bands));
    one_input(manifest, graph, [1, 1, frames, bands])
}

/// An image network has one input: f32, four sides that fit the manifest's.
fn image_input_names(manifest: &Manifest, graph: &OrtGraph) -> Result<Vec<String>, InferenceError> {
    let side = i64::from(manifest.size);
    let wanted = match manifest.layout {
        Layout::Nchw => [1, 3, side, side],
        Layout::Nhwc => [1, side, side, 3],
    };
    one_input(manifest, graph, wanted)
}

fn one_input(manifest: &Manifest, graph: &OrtGraph, wanted: [i64; 4]) -> Result<Vec<String>, InferenceError> {
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
fn text_input_names(graph: &OrtGraph) -> Result<Vec<String>, InferenceError> {
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
