//! `taste train`: an exported round to one ONNX file, or such a file once again.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use taste_inference::Runtime;
use taste_train::{HalfLife, Recipe, TrainConfig, train, train_from};

use crate::{
    client::Client,
    clock,
    error::CliError,
    export::{export, export_parent},
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
    /// After how long a vote weighs half: `estimated` from the log, `none`, or a time such as 12h, 7d.
    #[arg(long, value_name = "TIME", default_value = "estimated", value_parser = half_life)]
    pub(crate) half_life: HalfLife,
}

fn half_life(text: &str) -> Result<HalfLife, CliError> {
    Ok(match text {
        "estimated" => HalfLife::Estimated,
        "none" => HalfLife::None,
        time => HalfLife::Seconds(clock::parse(time, 0)? as f64),
    })
}

impl TrainOptions {
    /// Finds ONNX Runtime now: that there is none is to be said before long work, not after it.
    pub(crate) fn check_runtime() -> Result<(), CliError> {
        Ok(Runtime::load(None).map(drop)?)
    }

    pub(crate) fn config(&self) -> TrainConfig {
        let Self { seed, rank, steps, half_life } = *self;
        TrainConfig { seed, rank, steps, half_life, ..TrainConfig::default() }
    }
}

/// `taste train`
#[derive(Args, Debug)]
pub(crate) struct Train {
    /// A folder written by `taste export`.
    #[arg(value_name = "FOLDER", required_unless_present = "server")]
    folder: Option<PathBuf>,
    /// The model file to write; it is there as a whole or not at all.
    #[arg(long, value_name = "FILE", required_unless_present = "again")]
    out: Option<PathBuf>,
    /// Embed with this encoder instead of the round's own (with --again, of the model's): `visual@1`, `text@1`, or a
    /// manifest's path.
    #[arg(long)]
    encoder: Option<String>,
    /// Start from this model, the one before: fewer steps lead as far. With --again: the model that training started from,
    /// where it is neither in the folder (`parent.onnx`) nor fetched.
    #[arg(long, value_name = "MODEL.onnx")]
    parent: Option<PathBuf>,
    #[command(flatten)]
    options: TrainOptions,
    /// Train this model again from the part of the log, the claims and the settings that its file names, and compare:
    /// status 0 and its digest where the same bytes come out. No file is written.
    #[arg(long, value_name = "MODEL.onnx", conflicts_with_all = ["out", "seed", "rank", "steps", "half_life"])]
    again: Option<PathBuf>,
    /// With --again: fetch the model's round from this server, in place of a folder.
    #[arg(long, value_name = "URL", requires = "again", conflicts_with = "folder")]
    server: Option<String>,
}

impl Train {
    pub(crate) fn run(self) -> Result<(), CliError> {
        listen_for_cancel();
        TrainOptions::check_runtime()?;
        if let Some(model) = &self.again {
            return self.again(model);
        }
        let (folder, out) = (self.folder.as_deref(), self.out.as_deref());
        let (folder, out) = folder.zip(out).expect("clap requires both where there is no --again");
        let folder = RoundFolder::open(folder)?;
        let dataset = folder.dataset(self.encoder.as_deref())?;
        let (config, mut bars) = (self.options.config(), TrainingBars::default());
        let trained = match &self.parent {
            Some(parent) => {
                let file = std::fs::read(parent).map_err(CliError::file(parent))?;
                train_from(&file, &dataset, &config, &mut bars)?
            }
            None => train(&dataset, &config, &mut bars)?,
        };
        write(out, &trained.onnx)?;
        crate::print(&json!({
            "model": trained.digest, "file": out, "bytes": trained.onnx.len(), "round": folder.id,
            "logSize": dataset.log_size, "logRoot": dataset.log_root,
            "parent": trained.model.provenance().parent, "metrics": trained.metrics,
        }));
        Ok(())
    }

    fn again(&self, model: &Path) -> Result<(), CliError> {
        let recipe = Recipe::read(std::fs::read(model).map_err(CliError::file(model))?)?;
        let fetched = self.server.as_deref().map(|server| Fetched::from(server, &recipe)).transpose()?;
        let folder = fetched.as_ref().map(|fetched| fetched.0.as_path()).or(self.folder.as_deref());
        let folder = RoundFolder::open(folder.expect("clap requires a folder where there is no server"))?;
        let (network, parent) = (self.encoder.as_deref(), self.parent.as_deref());
        let trained = folder.train_again(&recipe, network, parent, &mut TrainingBars::default())?;
        let provenance = trained.model.provenance();
        crate::print(&json!({
            "model": trained.digest, "same": true, "round": provenance.round, "logSize": provenance.log_size,
            "logRoot": provenance.log_root, "parent": provenance.parent, "metrics": trained.metrics,
        }));
        Ok(())
    }
}

/// A round fetched from a server for one command; its folder goes away with it.
struct Fetched(PathBuf);

impl Fetched {
    fn from(server: &str, recipe: &Recipe) -> Result<Self, CliError> {
        let path =
            std::env::temp_dir().join(format!("taste-again-{}-{}", recipe.round(), std::process::id()));
        // Not a folder that somebody else put there.
        std::fs::create_dir(&path).map_err(CliError::file(&path))?;
        let fetched = Self(path);
        let client = Client::new(server);
        export(&client, &recipe.round(), &fetched.0)?;
        export_parent(&client, recipe, &fetched.0)?;
        Ok(fetched)
    }
}

impl Drop for Fetched {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
