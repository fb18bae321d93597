//! `taste train`: an exported round to one ONNX file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use taste_inference::Runtime;
use taste_train::{TrainConfig, train};

use crate::{
    error::CliError,
    folder::{RoundFolder, write},
    progress::{TrainingBars, listen_for_cancel},
};

/// How to train, wherever that is done.
#[derive(Args, Clone, Debug)]
pub(crate) struct TrainOptions {
    /// Same log and same seed, same bytes.
    #[arg(long, default_value_t = TrainConfig::default().seed)]
    pub(crate) seed: u64,
    /// Taste features, 1 to 32.
    #[arg(long, default_value_t = TrainConfig::default().rank)]
    pub(crate) rank: usize,
    /// Steps of the training graph.
    #[arg(long, default_value_t = TrainConfig::default().steps)]
    pub(crate) steps: usize,
}

impl TrainOptions {
    /// Finds ONNX Runtime now: that there is none is to be said before long work, not after it.
    pub(crate) fn check_runtime() -> Result<(), CliError> {
        Ok(Runtime::load(None).map(drop)?)
    }

    pub(crate) fn config(&self) -> TrainConfig {
        TrainConfig { seed: self.seed, rank: self.rank, steps: self.steps, ..TrainConfig::default() }
    }
}

/// `taste train`
#[derive(Args, Debug)]
pub(crate) struct Train {
    /// A folder written by `taste export`.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The model file to write; it is there as a whole or not at all.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Embed with this encoder instead of the round's own: `visual@1`, `text@1`, or a manifest's path.
    #[arg(long)]
    encoder: Option<String>,
    #[command(flatten)]
    options: TrainOptions,
}

impl Train {
    pub(crate) fn run(self) -> Result<(), CliError> {
        listen_for_cancel();
        TrainOptions::check_runtime()?;
        let folder = RoundFolder::open(&self.folder)?;
        let dataset = folder.dataset(self.encoder.as_deref())?;
        let trained = train(&dataset, &self.options.config(), &mut TrainingBars::default())?;
        write(&self.out, &trained.onnx)?;
        crate::print(&json!({
            "model": trained.digest, "file": self.out, "bytes": trained.onnx.len(), "round": folder.id,
            "logSize": dataset.log_size, "logRoot": dataset.log_root, "metrics": trained.metrics,
        }));
        Ok(())
    }
}
