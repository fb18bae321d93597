//! Content to embeddings, through `taste-inference`, with an optional cache on disk.

use std::{fs, path::PathBuf};

use sha2::{Digest as _, Sha256};
use taste_inference::{Content, Encoder, Runtime};

use crate::error::EvaluateError;

/// Where encoders from files lie, and where embeddings are kept.
#[derive(Clone, Debug, Default)]
pub struct Embedder {
    /// A folder with `minilm.json`, `mobilenetv2.json`, `mobilenetv1.json`: manifests of networks. None: built-in encoders
    /// alone.
    pub encoders: Option<PathBuf>,
    /// A folder for embeddings already made; none makes them each time.
    pub cache: Option<PathBuf>,
}

/// Embeddings of some contents by one encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// The encoder's id.
    pub encoder: String,
    /// d.
    pub dimension: usize,
    /// Row-major `[n, d]`.
    pub values: Vec<f32>,
}

impl Embedder {
    /// Whether a network of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.encoders.as_ref().is_some_and(|folder| folder.join(format!("{name}.json")).is_file())
    }

    /// Embeds by a built-in encoder (`text@1`, `visual@1`) or by a network (`minilm`, …).
    ///
    /// # Errors
    /// What the encoder says of the first content that it refuses; [`EvaluateError::File`].
    pub fn embed(&self, name: &str, contents: &[Content<'_>]) -> Result<Embedded, EvaluateError> {
        let encoder = match &self.encoders {
            Some(folder) if !name.contains('@') => {
                Encoder::from_file(&Runtime::load(None)?, &folder.join(format!("{name}.json")))?
            }
            _ => Encoder::builtin(name)?,
        };
        let (id, dimension) = (encoder.id().0.to_string(), encoder.dimension());
        let mut hash = Sha256::new();
        hash.update(id.as_bytes());
        for content in contents {
            hash.update((content.bytes.len() as u64).to_le_bytes());
            hash.update(content.bytes);
        }
        let key: String = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        let place = self.cache.as_ref().map(|folder| folder.join(format!("{key}.f32")));
        if let Some(bytes) = place.as_ref().and_then(|path| fs::read(path).ok())
            && bytes.len() == contents.len() * dimension * 4
        {
            let values = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
            return Ok(Embedded { encoder: id, dimension, values });
        }
        let mut values = Vec::with_capacity(contents.len() * dimension);
        for result in encoder.embed_batch(contents, 0, &|_| ()) {
            values.extend_from_slice(result?.values());
        }
        if let Some(path) = place {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(EvaluateError::file(folder))?;
            }
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            fs::write(&path, bytes).map_err(EvaluateError::file(path))?;
        }
        Ok(Embedded { encoder: id, dimension, values })
    }

    /// Texts.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    pub fn texts(&self, name: &str, texts: &[&str]) -> Result<Embedded, EvaluateError> {
        let contents: Vec<_> =
            texts.iter().map(|text| Content { media_type: "text/plain", bytes: text.as_bytes() }).collect();
        self.embed(name, &contents)
    }
}

impl Embedded {
    /// Several encoders' embeddings of the same contents side by side, as if one had made them; and where each lies.
    pub fn beside(parts: &[&Self]) -> (Self, Vec<std::ops::Range<usize>>) {
        let rows = parts.first().map_or(0, |part| part.values.len() / part.dimension.max(1));
        let dimension = parts.iter().map(|part| part.dimension).sum();
        let mut values = Vec::with_capacity(rows * dimension);
        for row in 0..rows {
            for part in parts {
                values.extend_from_slice(&part.values[row * part.dimension..(row + 1) * part.dimension]);
            }
        }
        let mut start = 0;
        let ranges = parts
            .iter()
            .map(|part| {
                start += part.dimension;
                start - part.dimension..start
            })
            .collect();
        let encoder = parts.iter().map(|part| part.encoder.as_str()).collect::<Vec<_>>().join("+");
        (Self { encoder, dimension, values }, ranges)
    }

    /// The built-in encoders' measurements as they were before the unit norm: divided by the anchor, which is last; only
    /// the first `count`.
    pub fn measurements(&self, count: usize) -> Self {
        let count = count.min(self.dimension - 1);
        let mut values = Vec::with_capacity(self.values.len() / self.dimension * count);
        for row in self.values.chunks_exact(self.dimension) {
            let anchor = row[self.dimension - 1];
            values.extend(row[..count].iter().map(|value| value * taste_encoders::ANCHOR / anchor));
        }
        Self { encoder: format!("{}[0..{count}]", self.encoder), dimension: count, values }
    }
}
