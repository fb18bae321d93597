//! What a network's files mean: the manifest beside an encoder's ONNX file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::InferenceError;

/// The description of an encoder from files, as JSON (camelCase). Paths are relative to the manifest.
///
/// ```
/// # use taste_inference::Manifest;
/// let manifest = Manifest::parse(
///     r#"{"kind": "image", "model": "mobilenetv2.onnx", "size": 224, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
///         "layout": "nchw", "input": "x", "output": "embedding", "dimension": 1280}"#,
/// )?;
/// assert_eq!(manifest.dimension, 1280);
/// # Ok::<(), taste_inference::InferenceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The encoder's id. Left out, it is the model file's stem, `@`, and 8 hex digits of a SHA-256 over all that decides
    /// an embedding: the model's bytes, the tokenizer's, and the settings below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it embeds.
    pub kind: NetworkKind,
    /// The ONNX file.
    pub model: String,
    /// Texts: the `tokenizer.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<String>,
    /// Images: both sides of the network's input, in pixels. The picture is stretched to it.
    #[serde(default = "default_size")]
    pub size: u32,
    /// Images: mean of red, green, blue (of 0 to 1), subtracted.
    #[serde(default = "halves")]
    pub mean: [f32; 3],
    /// Images: deviation of red, green, blue, divided by after the mean. With mean 0.5, 0.5 gives −1 to 1.
    #[serde(default = "halves")]
    pub std: [f32; 3],
    /// Images: the order of the input's sides.
    #[serde(default)]
    pub layout: Layout,
    /// Texts: the most tokens; what follows is cut off.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: usize,
    /// Images: the graph's input. Left out, its only one. (Texts go by the names `input_ids`, `attention_mask`,
    /// `token_type_ids`.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The graph's output: `[1, dimension]`, or for texts also `[1, tokens, dimension]`, which is averaged. Left out, its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How many numbers an embedding has.
    pub dimension: usize,
}

/// What a network embeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkKind {
    /// Pictures.
    Image,
    /// Texts.
    Text,
}

/// The order of an image input's sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Channels, rows, columns: PyTorch's.
    #[default]
    Nchw,
    /// Rows, columns, channels: TensorFlow's.
    Nhwc,
}

fn default_size() -> u32 {
    224
}

fn halves() -> [f32; 3] {
    [0.5; 3]
}

fn default_max_tokens() -> usize {
    256
}

impl Manifest {
    /// Reads a manifest's JSON and checks its numbers.
    ///
    /// # Errors
    /// [`InferenceError::Manifest`].
    pub fn parse(json: &str) -> Result<Self, InferenceError> {
        let wrong = |reason: String| InferenceError::Manifest { reason };
        let manifest: Self = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        if !(1..=taste_core::MAX_DIMENSION).contains(&manifest.dimension) {
            return Err(wrong(format!(
                "dimension is {}; allowed are 1 to {}",
                manifest.dimension,
                taste_core::MAX_DIMENSION
            )));
        }
        if !(1..=2048).contains(&manifest.size) {
            return Err(wrong(format!("size is {}; allowed are 1 to 2048", manifest.size)));
        }
        if !(2..=8192).contains(&manifest.max_tokens) {
            return Err(wrong(format!("maxTokens is {}; allowed are 2 to 8192", manifest.max_tokens)));
        }
        if manifest.std.iter().chain(&manifest.mean).any(|value| !value.is_finite())
            || manifest.std.contains(&0.0)
        {
            return Err(wrong("mean and std must be finite, and std not zero".to_owned()));
        }
        if manifest.kind == NetworkKind::Text && manifest.tokenizer.is_none() {
            return Err(wrong("an encoder of texts needs a tokenizer".to_owned()));
        }
        Ok(manifest)
    }

    pub(crate) fn read(path: &Path) -> Result<Self, InferenceError> {
        let json = std::fs::read_to_string(path).map_err(|error| InferenceError::file(path, &error))?;
        Self::parse(&json)
    }
}
