//! `taste encoder add`: a network and what Hugging Face exports beside it become a folder with a manifest, tried once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde_json::{Value, json};
use taste_inference::{Encoder, NetworkKind, Picture, Pooling, Runtime};
use taste_preprocess::{Beside, describe, hex_digest, inspect};

use crate::{error::CliError, folder::write};

/// `taste encoder add`
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The ONNX file. What is not named below is looked for beside it and in the folder above.
    #[arg(value_name = "ONNX")]
    model: PathBuf,
    /// Hugging Face's tokenizer.json.
    #[arg(long, value_name = "JSON")]
    tokenizer: Option<PathBuf>,
    /// Hugging Face's preprocessor_config.json.
    #[arg(long, value_name = "JSON")]
    preprocessor: Option<PathBuf>,
    /// Hugging Face's config.json.
    #[arg(long, value_name = "JSON")]
    config: Option<PathBuf>,
    /// The folder to write: manifest.json and the files that it names.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The encoder's id; by default the model's name and a digest of all that decides an embedding.
    #[arg(long)]
    id: Option<String>,
    /// The output that is the embedding, where the usual names do not find it.
    #[arg(long)]
    output: Option<String>,
    /// How many numbers an embedding has, where no file says.
    #[arg(long)]
    dimension: Option<usize>,
    /// The most tokens of a text.
    #[arg(long)]
    max_tokens: Option<usize>,
    /// What is put before every text, such as E5's "query: ".
    #[arg(long)]
    prefix: Option<String>,
    /// Take the first row (that of [CLS]) instead of the rows' mean.
    #[arg(long)]
    first: bool,
    /// The licence of the weights, in SPDX's words.
    #[arg(long)]
    licence: Option<String>,
}

impl Add {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let onnx = fs::read(&self.model).map_err(CliError::file(&self.model))?;
        // Before any runtime sees it.
        let network = inspect(&onnx)?;
        let preprocessor = self.json(&self.preprocessor, "preprocessor_config.json")?;
        let config = self.json(&self.config, "config.json")?;
        let beside = Beside {
            preprocessor: preprocessor.as_ref(),
            config: config.as_ref(),
            output: self.output.as_deref(),
            dimension: self.dimension,
        };
        let mut manifest = describe(&network, &beside)?;
        let name = self.model.file_name().map_or("model.onnx".into(), |name| name.to_string_lossy());
        manifest.model = name.into_owned();
        manifest.max_tokens = self.max_tokens.unwrap_or(manifest.max_tokens);
        manifest.prefix = self.prefix.clone().unwrap_or_default();
        manifest.licence.clone_from(&self.licence);
        manifest.id.clone_from(&self.id);
        if self.first {
            manifest.pooling = Pooling::First;
        }
        manifest.digests.push((manifest.model.clone(), hex_digest(&onnx)));
        write(&self.out.join(&manifest.model), &onnx)?;
        if manifest.kind == NetworkKind::Text {
            let file = self.beside(&self.tokenizer, "tokenizer.json").ok_or_else(|| {
                CliError::Usage(
                    "an encoder of texts needs --tokenizer, Hugging Face's tokenizer.json".to_owned(),
                )
            })?;
            let bytes = fs::read(&file).map_err(CliError::file(&file))?;
            manifest.digests.push(("tokenizer.json".to_owned(), hex_digest(&bytes)));
            write(&self.out.join("tokenizer.json"), &bytes)?;
        }
        let manifest = manifest.checked()?;
        let file = self.out.join("manifest.json");
        let text = serde_json::to_string_pretty(&manifest).expect("numbers and names");
        write(&file, (text + "\n").as_bytes())?;
        // What cannot embed now would fail in every page.
        let encoder = Encoder::from_file(&Runtime::load(None)?, &file)?;
        let tried = match manifest.kind {
            NetworkKind::Text => encoder.embed_text("The sea was calm.")?,
            NetworkKind::Image => encoder.embed_picture(&Picture::decode(SAMPLE)?)?,
            // A second of a sawtooth: silence may have no direction.
            NetworkKind::Audio => {
                let sawtooth: Vec<f32> = (0..16_000).map(|at| (at % 73) as f32 / 73.0 - 0.5).collect();
                encoder.embed_sound(16_000, &sawtooth)?
            }
        };
        crate::print(&json!({
            "encoder": encoder.id(), "kind": manifest.kind, "dimension": tried.dimension(), "manifest": file,
            "opset": network.opset(), "operators": network.operators, "nodes": network.nodes,
            "verdict": "ONNX Runtime runs it here, and its operators are in ONNX Runtime Web",
        }));
        Ok(())
    }

    /// A file that was named, or one of that name beside the network or in the folder above (`onnx/model.onnx` is usual).
    fn beside(&self, given: &Option<PathBuf>, name: &str) -> Option<PathBuf> {
        let folder = self.model.parent().unwrap_or(Path::new(""));
        let above = folder.join("..");
        given.clone().or_else(|| {
            [folder, &above].into_iter().map(|folder| folder.join(name)).find(|file| file.is_file())
        })
    }

    fn json(&self, given: &Option<PathBuf>, name: &str) -> Result<Option<Value>, CliError> {
        let Some(file) = self.beside(given, name) else { return Ok(None) };
        let bytes = fs::read(&file).map_err(CliError::file(&file))?;
        let value = serde_json::from_slice(&bytes).map_err(|error| CliError::Content {
            path: file,
            line: error.line(),
            message: error.to_string(),
        })?;
        Ok(Some(value))
    }
}

/// A picture to try an encoder with.
const SAMPLE: &[u8] = br##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="4" height="3" fill="#2a6"/><circle cx="2" cy="1.5" r="1" fill="#fc3"/></svg>"##;
