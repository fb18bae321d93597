//! `taste evaluate`: how well taste is predicted for people who were held out of an exported round, or of public data.

use std::path::{Path, PathBuf};

use clap::Args;
use taste_train::{Dataset, EvaluateConfig, Report, evaluate, evaluate_by};

use crate::{
    error::CliError,
    folder::{RoundFolder, write},
    progress::{TrainingBars, listen_for_cancel},
    protocol::ProtocolOptions,
    train::TrainOptions,
};

/// How to evaluate, wherever that is done.
#[derive(Args, Clone, Debug)]
pub(crate) struct EvaluateOptions {
    /// What to call the data in the report (default: the round's title).
    #[arg(long)]
    pub(crate) dataset: Option<String>,
    /// Numbers of own votes told to the model.
    #[arg(long, value_delimiter = ',', default_value = "0,5,10,20")]
    pub(crate) k: Vec<usize>,
    /// Share of persons held out.
    #[arg(long, default_value_t = EvaluateConfig::default().held_out)]
    pub(crate) held_out: f64,
    /// Share of candidates that a second model never sees votes on; 0 = no second model.
    #[arg(long, default_value_t = EvaluateConfig::default().cold)]
    pub(crate) cold: f64,
    /// Also write the report as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) train: TrainOptions,
}

impl EvaluateOptions {
    /// Evaluates on an exported round's votes, or by what the same persons said elsewhere, and writes the JSON where it is wanted.
    pub(crate) fn report(
        &self,
        folder: &RoundFolder,
        dataset: &Dataset,
        judged: Option<&Dataset>,
    ) -> Result<Report, CliError> {
        let config = EvaluateConfig {
            dataset: self.dataset.clone().unwrap_or_else(|| folder.signed.round.title.clone()),
            ks: self.k.clone(),
            held_out: self.held_out,
            cold: self.cold,
            train: self.train.config(),
            ..EvaluateConfig::default()
        };
        let bars = &mut TrainingBars::default();
        let report = match judged {
            None => evaluate(dataset, &config, bars)?,
            Some(judged) => evaluate_by(dataset, judged, &config, bars)?,
        };
        if let Some(path) = &self.json {
            write(path, &serde_json::to_vec_pretty(&report).expect("a report is plain data"))?;
        }
        Ok(report)
    }
}

/// `taste evaluate`
#[derive(Args, Debug)]
pub(crate) struct Evaluate {
    /// A folder written by `taste export`; with --data, a protocol's name.
    #[arg(value_name = "FOLDER|PROTOCOL")]
    folder: PathBuf,
    #[command(flatten)]
    protocol: ProtocolOptions,
    /// Embed with this encoder instead of the round's own: `visual@1`, `text@1`, or a manifest's path.
    #[arg(long)]
    encoder: Option<String>,
    #[command(flatten)]
    options: EvaluateOptions,
}

impl Evaluate {
    pub(crate) fn run(self) -> Result<(), CliError> {
        listen_for_cancel();
        let named = self.folder.to_string_lossy();
        if let Some(data) = &self.protocol.data {
            return self.protocol.run(&named, data);
        }
        if named == "simulated" && !self.folder.exists() {
            return self.protocol.run(&named, Path::new("."));
        }
        if self.protocol.report.is_some() {
            let message = "--report goes with a protocol: name one, with --data DIR where it takes data";
            return Err(CliError::Usage(message.into()));
        }
        TrainOptions::check_runtime()?;
        let folder = RoundFolder::open(&self.folder)?;
        let dataset = folder.dataset(self.encoder.as_deref())?;
        crate::print(&self.options.report(&folder, &dataset, None)?);
        Ok(())
    }
}
