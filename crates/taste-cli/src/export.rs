//! `taste export`: a round from a server into a folder that anyone can check, train from and evaluate.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use taste_core::RoundId;

use crate::{
    client::Client,
    error::CliError,
    folder::{self, content_path},
    progress::Bar,
};

/// `taste export`
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The server.
    #[arg(long, env = "TASTE_SERVER", default_value = "http://127.0.0.1:8787")]
    server: String,
    /// The round's id, 0x…
    #[arg(long)]
    round: String,
    /// The folder to write.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl Export {
    pub(crate) fn run(self) -> Result<(), CliError> {
        let id: RoundId = self.round.parse()?;
        let summary = export(&Client::new(&self.server), &id, &self.out)?;
        crate::print(&summary);
        Ok(())
    }
}

/// Writes manifest, content, log, claims and the current model; says what it wrote.
pub(crate) fn export(
    client: &Client,
    id: &RoundId,
    out: &std::path::Path,
) -> Result<serde_json::Value, CliError> {
    let view = client.round(id)?;
    let candidates = &view.signed.round.candidates;
    let bar = Bar::new("content", candidates.len());
    for candidate in candidates {
        let path = content_path(out, candidate);
        if !path.exists() {
            folder::write(&path, &client.get(&format!("/v1/content/{}", candidate.id))?)?;
        }
        bar.advance();
    }
    bar.finish();
    let log = client.log(id)?;
    folder::write(&out.join("log.ndjson"), log.as_bytes())?;
    folder::write(&out.join("claims.ndjson"), &client.get(&format!("/v1/rounds/{id}/claims"))?)?;
    if let Some(model) = &view.model {
        folder::write(&out.join("model.onnx"), &client.get(&format!("/v1/models/{}", model.digest))?)?;
        folder::write(&out.join("features.bin"), &client.get(&format!("/v1/features/{}", model.features))?)?;
    }
    // Last, so that a folder with a manifest is a whole folder.
    let manifest = serde_json::to_vec(&view.signed).expect("a manifest is plain data");
    folder::write(&out.join("round.json"), &manifest)?;
    Ok(json!({
        "round": id, "folder": out, "candidates": candidates.len(), "ballots": log.lines().count(),
        "model": view.model.map(|model| model.digest),
    }))
}
