//! `taste export`: a round from a server into a folder that anyone can check, train from and evaluate, and that any
//! static web server can serve to a page.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};
use taste_core::{Candidate, CandidateKind, RoundId};
use taste_train::Recipe;

use crate::{
    client::{Client, RoundView},
    error::CliError,
    folder::{self, PARENT, content_name, content_path},
    progress::{Bar, go_on},
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

/// Writes manifest, content, log, claims, revocations and the current model; says what it wrote.
pub(crate) fn export(
    client: &Client,
    id: &RoundId,
    out: &std::path::Path,
) -> Result<serde_json::Value, CliError> {
    // Looked at once: while this goes on, votes come and models follow one another.
    let seen = client.value(&format!("/v1/rounds/{id}"))?;
    let view: RoundView = serde_json::from_value(seen.clone())
        .map_err(|error| CliError::Transport { url: client.round_url(id), message: error.to_string() })?;
    // What an earlier export left: without its manifest it counts as no folder until this one is whole.
    for name in ["round.json", "static.json", "model.onnx", PARENT, "features.bin"] {
        remove(&out.join(name))?;
    }
    let candidates = &view.signed.round.candidates;
    let bar = Bar::new("content", candidates.len());
    for candidate in candidates {
        go_on()?;
        let path = content_path(out, candidate);
        if !path.exists() {
            folder::write(&path, &client.get(&format!("/v1/content/{}", candidate.id))?)?;
        }
        bar.advance();
    }
    bar.finish();
    // Revocations last: whatever the log has is from before those that came meanwhile, or they say that it must not be there.
    let mut ballots = 0;
    for list in ["log", "claims", "revocations"] {
        let lines = client.lines(id, list)?;
        if list == "log" {
            ballots = lines.len();
        }
        let text: String = lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
        folder::write(&out.join(list).with_extension("ndjson"), text.as_bytes())?;
    }
    if let Some(model) = &view.model {
        let onnx = client.get(&format!("/v1/models/{}", model.digest))?;
        folder::write(&out.join("model.onnx"), &onnx)?;
        // A model that another program trained may not say how; it is exported all the same.
        if let Ok(recipe) = Recipe::read(onnx) {
            export_parent(client, &recipe, out)?;
        }
        folder::write(&out.join("features.bin"), &client.get(&format!("/v1/features/{}", model.features))?)?;
    }
    write_static(client, id, seen, candidates, out)?;
    // Last, so that a folder with a manifest is a whole folder.
    let manifest = serde_json::to_vec(&view.signed).expect("a manifest is plain data");
    folder::write(&out.join("round.json"), &manifest)?;
    Ok(json!({
        "round": id, "folder": out, "candidates": candidates.len(), "ballots": ballots,
        "model": view.model.map(|model| model.digest),
    }))
}

/// Writes the model that the training of this one started from, where it started from one.
pub(crate) fn export_parent(client: &Client, recipe: &Recipe, out: &std::path::Path) -> Result<(), CliError> {
    if let Some(parent) = recipe.parent() {
        folder::write(&out.join(PARENT), &client.get(&format!("/v1/models/{parent}"))?)?;
    }
    Ok(())
}

fn remove(path: &std::path::Path) -> Result<(), CliError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(CliError::file(path)(error)),
        _ => Ok(()),
    }
}

/// Writes `static.json`: the round as a page opens it where there is no server (ARCHITECTURE.md, "Static rounds").
fn write_static(
    client: &Client,
    id: &RoundId,
    mut view: Value,
    candidates: &[Candidate],
    out: &std::path::Path,
) -> Result<(), CliError> {
    let mut content = Map::new();
    for candidate in candidates {
        let place = if candidate.kind == CandidateKind::Text {
            let path = content_path(out, candidate);
            Value::String(std::fs::read_to_string(&path).map_err(CliError::file(path))?)
        } else {
            json!({ "src": content_name(candidate) })
        };
        content.insert(candidate.id.to_string(), place);
    }
    view["content"] = content.into();
    // A round may withhold its board until it has closed. The file then has none, and a page shows none.
    match client.value(&format!("/v1/rounds/{id}/board")) {
        Ok(board) => view["board"] = board,
        Err(error) if error.code() == "ServerError::BoardHidden" => {}
        Err(error) => return Err(error),
    }
    if view["model"].is_object() {
        view["model"]["src"] = json!({ "model": "model.onnx", "features": "features.bin" });
    }
    folder::write(&out.join("static.json"), view.to_string().as_bytes())
}
