//! A round in a folder, as `taste export` writes it and `train` and `evaluate` read it:
//! `round.json`, `log.ndjson`, `claims.ndjson`, `revocations.ndjson`, `content/`, the current model, and `static.json` for pages without a server.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;
use taste_ballot::{Address, BallotError, Claim, LogEntry, Revocation, RevocationEntry, SignedRound};
use taste_core::{Candidate, Embedding, RoundId};
use taste_inference::{Content, Encoder, InferenceError, Runtime};
use taste_train::{Dataset, EmbeddedCandidates, Progress, Recipe, Trained, write_atomically};

use crate::{catalogue::content_id, error::CliError, progress::Bar};

/// A round read from its folder.
pub(crate) struct RoundFolder {
    pub(crate) id: RoundId,
    pub(crate) signed: SignedRound,
    path: PathBuf,
    log: Vec<u8>,
    claims: BTreeMap<Address, Address>,
}

/// The model that the training of a folder's model started from, where it started from one.
pub(crate) const PARENT: &str = "parent.onnx";

/// A candidate's content, relative to the folder. The ending lets any static web server name the right media type.
pub(crate) fn content_name(candidate: &Candidate) -> String {
    let ending = match candidate.media_type.as_str() {
        "image/svg+xml" => "svg",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "audio/wav" => "wav",
        "text/plain" => "txt",
        "application/json" => "json",
        _ => "bin",
    };
    format!("content/{}.{ending}", candidate.id)
}

/// Where a candidate's content lies.
pub(crate) fn content_path(folder: &Path, candidate: &Candidate) -> PathBuf {
    folder.join(content_name(candidate))
}

/// Writes a file of the folder, whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(CliError::file(folder))?;
    }
    Ok(write_atomically(path, bytes)?)
}

impl RoundFolder {
    /// Reads the folder, verifies the signatures of manifest, claims and revocations, and that the log kept to these.
    pub(crate) fn open(path: &Path) -> Result<Self, CliError> {
        let file = path.join("round.json");
        let bytes = fs::read(&file).map_err(CliError::file(&file))?;
        let signed: SignedRound = serde_json::from_slice(&bytes).map_err(|error| CliError::Content {
            path: file,
            line: error.line(),
            message: error.to_string(),
        })?;
        signed.verify()?;
        signed.round.checked()?;
        let file = path.join("log.ndjson");
        let log = fs::read(&file).map_err(CliError::file(&file))?;
        let claims = read_claims(&path.join("claims.ndjson"))?;
        honoured(&read_revocations(&path.join("revocations.ndjson"))?, &log, &file, &claims)?;
        Ok(Self { id: signed.round.digest(), signed, path: path.to_owned(), log, claims })
    }

    /// Embeds the candidates, by the round's own encoder or another, and reads the log.
    pub(crate) fn dataset(&self, other_encoder: Option<&str>) -> Result<Dataset, CliError> {
        let candidates = self.embed(&encoder(other_encoder.unwrap_or(&self.signed.round.encoder.0))?)?;
        Ok(Dataset::from_log(self.id, candidates, self.lines(), &self.claims)?)
    }

    /// Trains a model of this round again, from what its file says; it comes out as the very same file. A built-in
    /// encoder is known by its name; a network must be given. The model that training started from is in the folder, or given.
    pub(crate) fn train_again(
        &self,
        recipe: &Recipe,
        network: Option<&str>,
        parent: Option<&Path>,
        progress: &mut dyn Progress,
    ) -> Result<Trained, CliError> {
        let lines = self.lines();
        // Before anything is embedded, which may take long: that the log is another one.
        recipe.part(self.id, &lines)?;
        let beside = self.path.join(PARENT);
        let parent =
            parent.or(beside.exists().then_some(beside.as_path())).filter(|_| recipe.parent().is_some());
        let parent = parent.map(|path| fs::read(path).map_err(CliError::file(path))).transpose()?;
        let encoder = network.map_or_else(|| Ok(Encoder::builtin(&recipe.encoder().0)?), encoder)?;
        let candidates = self.embed(&encoder)?;
        Ok(recipe.train(self.id, candidates, &lines, &self.claims, parent.as_deref(), progress)?)
    }

    fn lines(&self) -> Vec<&[u8]> {
        self.log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect()
    }

    fn embed(&self, encoder: &Encoder) -> Result<EmbeddedCandidates, CliError> {
        let candidates = &self.signed.round.candidates;
        let mut media = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let path = content_path(&self.path, candidate);
            let bytes = fs::read(&path).map_err(CliError::file(&path))?;
            if content_id(&bytes) != candidate.id {
                let message = format!("its SHA-256 is not the candidate's id {}", candidate.id);
                return Err(CliError::Content { path, line: 1, message });
            }
            media.push((candidate.media_type.as_str(), bytes));
        }
        let contents: Vec<_> =
            media.iter().map(|(media_type, bytes)| Content { media_type, bytes: bytes.as_slice() }).collect();
        let mut rows = Vec::with_capacity(candidates.len());
        for (candidate, result) in candidates.iter().zip(embed_all(encoder, &contents)) {
            // As on the server: a candidate that cannot be embedded is known by its votes alone.
            rows.push(match result {
                Ok(embedding) => Some(embedding.values().to_vec()),
                Err(error) => {
                    eprintln!("{}: {error}; it is known by its votes alone", candidate.title);
                    None
                }
            });
        }
        let ids = candidates.iter().map(|candidate| candidate.id).collect();
        let embedded = EmbeddedCandidates::with_gaps(ids, encoder.id().clone(), encoder.dimension(), &rows)?;
        Ok(embedded.with_half_stars(self.signed.round.rules.halves))
    }
}

/// Embeds everything on all cores, behind a bar.
pub(crate) fn embed_all(
    encoder: &Encoder,
    contents: &[Content<'_>],
) -> Vec<Result<Embedding, InferenceError>> {
    let bar = Bar::new("embedding", contents.len());
    let results = encoder.embed_batch(contents, 0, &|_| bar.advance());
    bar.finish();
    results
}

/// An encoder by its id (`visual@1`, `text@1`), or a network by the path of its manifest.
pub(crate) fn encoder(name: &str) -> Result<Encoder, CliError> {
    let path = Path::new(name);
    if path.is_file() {
        return Ok(Encoder::from_file(&Runtime::load(None)?, path)?);
    }
    Ok(Encoder::builtin(name)?)
}

/// Which guest keys were claimed by which wallets; every grant is verified. No file: nobody claimed.
fn read_claims(path: &Path) -> Result<BTreeMap<Address, Address>, CliError> {
    let mut claims = BTreeMap::new();
    for claim in read_lines::<Claim>(path)? {
        claim.verify()?;
        claims.insert(claim.grant.session, claim.grant.voter);
    }
    Ok(claims)
}

/// Which wallet took which key back, and since when; every signature is verified. No file: nothing was taken back.
fn read_revocations(path: &Path) -> Result<BTreeMap<(Address, Address), RevocationEntry>, CliError> {
    let mut revocations = BTreeMap::new();
    for entry in read_lines::<RevocationEntry>(path)? {
        entry.verify()?;
        let Revocation { voter, session, .. } = entry.signed.revocation;
        revocations.insert((voter, session), entry);
    }
    Ok(revocations)
}

/// Whether nothing in the log was accepted from a key after it had been taken back: neither under a grant, nor from the guest
/// whose votes its wallet claimed.
fn honoured(
    revocations: &BTreeMap<(Address, Address), RevocationEntry>,
    log: &[u8],
    path: &Path,
    claims: &BTreeMap<Address, Address>,
) -> Result<(), CliError> {
    if revocations.is_empty() {
        return Ok(());
    }
    for (index, line) in log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
        let place = |message: String| CliError::Content { path: path.to_owned(), line: index + 1, message };
        let entry: LogEntry = serde_json::from_slice(line).map_err(|error| place(error.to_string()))?;
        let voter = entry.signed.ballot.voter;
        let key = match &entry.signed.grant {
            Some(grant) => (voter, grant.grant.session),
            None => (claims.get(&voter).copied().unwrap_or(voter), voter),
        };
        if let Some(revoked) = revocations.get(&key)
            && entry.accepted_at > revoked.received_at
        {
            let revoked_at = revoked.signed.revocation.revoked_at;
            let source = BallotError::GrantRevoked { session: key.1, revoked_at };
            return Err(CliError::Log { path: path.to_owned(), line: index + 1, source });
        }
    }
    Ok(())
}

/// A file of a message a line; no file: none.
fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, CliError> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path).map_err(CliError::file(path))?;
    let read = |(index, line)| {
        serde_json::from_str(line).map_err(|error: serde_json::Error| CliError::Content {
            path: path.to_owned(),
            line: index + 1,
            message: error.to_string(),
        })
    };
    text.lines().enumerate().map(read).collect()
}
