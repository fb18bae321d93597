//! What a network's files mean: the manifest beside an encoder's ONNX file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::PreprocessError;

/// The description of an encoder from files, as JSON (camelCase). Paths are relative to the manifest. `taste encoder add`
/// writes one from what Hugging Face exports beside a network.
///
/// ```
/// # use taste_preprocess::Manifest;
/// let manifest = Manifest::parse(
///     r#"{"kind": "image", "model": "mobilenetv2.onnx", "size": 224, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
///         "layout": "nchw", "input": "x", "output": "embedding", "dimension": 1280}"#,
/// )?;
/// assert_eq!(manifest.dimension, 1280);
/// # Ok::<(), taste_preprocess::PreprocessError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// The encoder's id. Left out, it is the model file's stem, `@`, and 8 hex digits of [`Manifest::settings_digest`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it embeds.
    pub kind: NetworkKind,
    /// The ONNX file.
    pub model: String,
    /// Texts: the `tokenizer.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokenizer: Option<String>,
    /// SHA-256 of each file by the name it has above. A page insists on them; natively a file without one is taken as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digests: BTreeMap<String, String>,
    /// Images: both sides of the network's input, in pixels.
    #[serde(default = "default_size")]
    pub size: u32,
    /// Images: how a picture comes to that size.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fit: Fit,
    /// Images that are covered: what the shorter side becomes before the middle is cut out. Left out, `size`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortest: Option<u32>,
    /// Images: the resampling filter.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Filter,
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
    /// Texts: whether every text is filled up to `max_tokens`, as CLIP and SigLIP want it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub fill: bool,
    /// Texts: what is put before every text, such as E5's `query: `.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Images: the graph's input. Left out, its only one. (Texts go by the names `input_ids`, `attention_mask`,
    /// `token_type_ids`.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// The graph's output. Left out, its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// How an output with a row a token (or patch) becomes one row.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pooling: Pooling,
    /// How many numbers an embedding has.
    pub dimension: usize,
    /// The licence of the weights, in SPDX's words where it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
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

/// How a picture comes to the network's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Stretched.
    #[default]
    Stretch,
    /// Scaled until the shorter side fits, and the middle cut out.
    Cover,
}

/// A resampling filter, antialiased as in PIL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Filter {
    /// A triangle over two pixels.
    #[default]
    Bilinear,
    /// Keys' cubic with a = −0.5, over four pixels.
    Bicubic,
}

/// How the rows of an output become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// Their mean, over those that are not filling.
    #[default]
    Mean,
    /// The first row: that of the `[CLS]` token.
    First,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
    /// Reads a manifest's JSON and checks it.
    ///
    /// # Errors
    /// [`PreprocessError::Manifest`].
    pub fn parse(json: &str) -> Result<Self, PreprocessError> {
        let manifest: Self = serde_json::from_str(json)
            .map_err(|error| PreprocessError::Manifest { reason: error.to_string() })?;
        manifest.checked()
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`PreprocessError::Manifest`].
    pub fn checked(self) -> Result<Self, PreprocessError> {
        let wrong = |reason: String| Err(PreprocessError::Manifest { reason });
        let most = taste_core::MAX_DIMENSION;
        if !(1..=most).contains(&self.dimension) {
            return wrong(format!("dimension is {}; allowed are 1 to {most}", self.dimension));
        }
        if !(1..=2048).contains(&self.size) {
            return wrong(format!("size is {}; allowed are 1 to 2048", self.size));
        }
        let shortest = self.shortest.unwrap_or(self.size);
        if !(self.size..=4096).contains(&shortest) || self.fit == Fit::Stretch && self.shortest.is_some() {
            return wrong(format!(
                "shortest is {shortest}; with \"fit\": \"cover\" allowed are {} (size) to 4096",
                self.size
            ));
        }
        if !(2..=8192).contains(&self.max_tokens) {
            return wrong(format!("maxTokens is {}; allowed are 2 to 8192", self.max_tokens));
        }
        if self.std.iter().chain(&self.mean).any(|value| !value.is_finite()) || self.std.contains(&0.0) {
            return wrong("mean and std must be finite, and std not zero".to_owned());
        }
        if self.kind == NetworkKind::Text && self.tokenizer.is_none() {
            return wrong("an encoder of texts needs a tokenizer".to_owned());
        }
        let is_digest = |text: &str| {
            text.len() == 66
                && text.starts_with("0x")
                && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if let Some((file, digest)) = self.digests.iter().find(|(_, digest)| !is_digest(digest)) {
            return wrong(format!("the digest of {file} is {digest:?}; 0x and 64 hex digits are wanted"));
        }
        Ok(self)
    }

    /// The files that it names: the network, and a tokenizer.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.model.as_str()).chain(self.tokenizer.as_deref())
    }

    /// SHA-256 over all that decides an embedding: the bytes of the graph and of the tokenizer, and the settings; not names, paths
    /// or the licence.
    pub fn settings_digest(&self, model: &[u8], tokenizer: Option<&[u8]>) -> [u8; 32] {
        let settings = Self {
            id: None,
            model: String::new(),
            tokenizer: None,
            digests: BTreeMap::new(),
            licence: None,
            ..self.clone()
        };
        Sha256::new()
            // What this crate makes of content and of graphs; another number where that changes.
            .chain_update(b"tastemaker.preprocess/1")
            .chain_update(Sha256::digest(model))
            .chain_update(Sha256::digest(tokenizer.unwrap_or_default()))
            .chain_update(serde_json::to_vec(&settings).expect("numbers and names"))
            .finalize()
            .into()
    }

    /// The encoder's id, given its files.
    pub fn encoder_id(&self, model: &[u8], tokenizer: Option<&[u8]>) -> String {
        if let Some(id) = &self.id {
            return id.clone();
        }
        let name = self.model.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let digest = self.settings_digest(model, tokenizer);
        let [a, b, c, d] = [digest[0], digest[1], digest[2], digest[3]];
        format!("{stem}@{a:02x}{b:02x}{c:02x}{d:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        r#"{"kind": "text", "model": "a/minilm.onnx", "tokenizer": "tokenizer.json", "dimension": 384}"#;

    #[test]
    fn what_decides_an_embedding_is_in_the_id_and_nothing_else() {
        let manifest = Manifest::parse(TEXT).unwrap();
        let id = |manifest: &Manifest| manifest.encoder_id(b"onnx", Some(b"{}"));
        assert!(id(&manifest).starts_with("minilm@") && id(&manifest).len() == 15);
        let licensed = Manifest { licence: Some("MIT".to_owned()), ..manifest.clone() };
        assert_eq!(id(&licensed), id(&manifest));
        let queried = Manifest { prefix: "query: ".to_owned(), ..manifest.clone() };
        let first = Manifest { pooling: Pooling::First, ..manifest.clone() };
        assert_ne!(id(&queried), id(&manifest));
        assert_ne!(id(&first), id(&manifest));
        assert_ne!(manifest.encoder_id(b"onnx", Some(b"[]")), id(&manifest));
    }

    #[test]
    fn impossible_numbers_are_refused() {
        for (from, to) in [
            ("384", "0"),
            ("384", "99999999"),
            ("\"kind\"", "\"std\": [1, 0, 1], \"kind\""),
            ("\"kind\"", "\"shortest\": 300, \"kind\""),
            ("\"kind\"", "\"maxTokens\": 1, \"kind\""),
            ("\"kind\"", "\"digests\": {\"a/minilm.onnx\": \"sha256\"}, \"kind\""),
            ("\"tokenizer\": \"tokenizer.json\", ", ""),
            ("\"kind\"", "\"unknown\": 1, \"kind\""),
        ] {
            let error = Manifest::parse(&TEXT.replacen(from, to, 1)).unwrap_err();
            assert_eq!(error.code(), "PreprocessError::Manifest", "{to}");
        }
    }
}
