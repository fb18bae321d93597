//! The one error of this crate.

use taste_ballot::Address;
use taste_core::{CandidateId, CoreError, Digest, EncoderId, RoundId};
use taste_inference::InferenceError;
use taste_model::ModelError;
use thiserror::Error;

/// Why votes could not be read, a model not trained, or a file not written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A line of the log is not a log entry. Remedy: fetch the log again; compare its size and root.
    #[error("line {line} of the log is not an entry: {source}")]
    LogLine {
        /// Which line, from 0.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// A line of the log carries another index than its place. Remedy: pass the whole log, in order, from index 0.
    #[error("line {line} of the log has index {found}")]
    LogOrder {
        /// Which line, from 0.
        line: usize,
        /// The index it carries.
        found: u64,
    },
    /// A ballot belongs to another round. Remedy: pass the log of this round.
    #[error("line {line} of the log is a ballot of round {found}")]
    ForeignRound {
        /// Which line, from 0.
        line: usize,
        /// Its round.
        found: RoundId,
    },
    /// A vote names a candidate that has no embedding here. Remedy: pass every candidate of the round.
    #[error("a vote of {voter} names candidate {candidate}, which is not in the data set")]
    UnknownCandidate {
        /// Who voted.
        voter: Address,
        /// The candidate.
        candidate: CandidateId,
    },
    /// Candidates and embeddings do not fit together. Remedy: one embedding of the same encoder per candidate.
    #[error("{what}: found {found}, expected {expected}")]
    Candidates {
        /// What does not fit.
        what: &'static str,
        /// How many were found.
        found: usize,
        /// How many were expected.
        expected: usize,
    },
    /// An embedding is unusable. Remedy: embed the candidate again.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// There is nothing to learn from. Remedy: wait for votes that prefer something (skips teach nothing).
    #[error("{votes} votes that say something; at least {needed} are needed")]
    TooFewVotes {
        /// Usable votes.
        votes: usize,
        /// The fewest that train.
        needed: usize,
    },
    /// A setting is outside of its range. Remedy: see the field's documentation.
    #[error("{what} is {found}; allowed are {allowed}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// Its value.
        found: f64,
        /// The range in words.
        allowed: &'static str,
    },
    /// The loss is no number any more. Remedy: a smaller learning rate; report the data, this should not happen.
    #[error("training diverged at step {step}: the loss is {loss}")]
    Diverged {
        /// At which step.
        step: usize,
        /// The loss there.
        loss: f32,
    },
    /// [`Progress::cancelled`](crate::Progress::cancelled) said so. Nothing was written.
    #[error("training was cancelled; nothing was written")]
    Cancelled,
    /// ONNX Runtime could not be found or refused the step. Remedy: as the inner error says.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The trained numbers make no taste model. Remedy: as the inner error says.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model file does not say by what it could be trained again. Remedy: none for this file; train one from a log.
    #[error("the model cannot be trained again: {reason}")]
    Unrepeatable {
        /// What is missing.
        reason: String,
    },
    /// The model is of another round. Remedy: the log and the content of the round that the model names.
    #[error("the model is of round {expected}, found round {found}")]
    OtherRound {
        /// The model's.
        expected: RoundId,
        /// Whose log and candidates were given.
        found: RoundId,
    },
    /// The candidates were embedded by another encoder. Remedy: name the model's encoder (`--encoder`).
    #[error("the model reads embeddings of {expected}, found those of {found}")]
    OtherEncoder {
        /// The model's.
        expected: EncoderId,
        /// That of the embeddings given.
        found: EncoderId,
    },
    /// The log has fewer ballots than the model learned from. Remedy: fetch the whole log (`taste export`).
    #[error("the model learned from {needed} ballots; the log has {found}")]
    LogTooShort {
        /// Ballots that the model learned from.
        needed: u64,
        /// Ballots given.
        found: u64,
    },
    /// The log is not the one that the model learned from: a ballot of it was altered, left out or put in. Remedy: fetch
    /// the log again; where it stays another one, whoever served it or the model owes an answer.
    #[error("the model learned from a log of {size} ballots with root {expected}; these have root {found}")]
    OtherLog {
        /// Ballots that the model learned from.
        size: u64,
        /// Their root, as the model has it.
        expected: Digest,
        /// The root of the first so many ballots given.
        found: Digest,
    },
    /// Whose votes are whose cannot be told as it was when the model was trained. Remedy: fetch the claims again.
    #[error("the claims are not those that the model was trained with: {reason}")]
    OtherClaims {
        /// What is different.
        reason: String,
    },
    /// Training started from the model before, which is not here. Remedy: pass that model's file (`--parent`), or have it
    /// fetched from the server (`--server`).
    #[error("the model was trained on from model {parent}, whose file is needed to train it again")]
    ParentNeeded {
        /// SHA-256 of the file.
        parent: Digest,
    },
    /// The model given is not the one that training started from. Remedy: the file with the digest that is expected.
    #[error("the model was trained on from model {expected}; the file given is {found}")]
    OtherParent {
        /// The model before, as its successor names it.
        expected: Digest,
        /// SHA-256 of what was given.
        found: Digest,
    },
    /// Training again gave another file. Remedy: where another build of ONNX Runtime or another kind of processor is
    /// among the differences, try with the one named; otherwise the model is not what it says it is.
    #[error("trained again, model {expected} is {found}; what differs: {differences}")]
    NotTheSame {
        /// The file's digest.
        expected: Digest,
        /// What came out instead.
        found: Digest,
        /// What differs, in words.
        differences: String,
    },
    /// A file could not be written. Remedy: check the folder, its permissions and the free space.
    #[error("cannot write {path}: {source}")]
    Write {
        /// Which file.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl TrainError {
    /// The stable code, for machines: `"TrainError::Cancelled"`, …; the leaf's code where another crate found it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LogLine { .. } => "TrainError::LogLine",
            Self::LogOrder { .. } => "TrainError::LogOrder",
            Self::ForeignRound { .. } => "TrainError::ForeignRound",
            Self::UnknownCandidate { .. } => "TrainError::UnknownCandidate",
            Self::Candidates { .. } => "TrainError::Candidates",
            Self::Core(leaf) => leaf.code(),
            Self::TooFewVotes { .. } => "TrainError::TooFewVotes",
            Self::Setting { .. } => "TrainError::Setting",
            Self::Diverged { .. } => "TrainError::Diverged",
            Self::Cancelled => "TrainError::Cancelled",
            Self::Inference(leaf) => leaf.code(),
            Self::Model(leaf) => leaf.code(),
            Self::Unrepeatable { .. } => "TrainError::Unrepeatable",
            Self::OtherRound { .. } => "TrainError::OtherRound",
            Self::OtherEncoder { .. } => "TrainError::OtherEncoder",
            Self::LogTooShort { .. } => "TrainError::LogTooShort",
            Self::OtherLog { .. } => "TrainError::OtherLog",
            Self::OtherClaims { .. } => "TrainError::OtherClaims",
            Self::ParentNeeded { .. } => "TrainError::ParentNeeded",
            Self::OtherParent { .. } => "TrainError::OtherParent",
            Self::NotTheSame { .. } => "TrainError::NotTheSame",
            Self::Write { .. } => "TrainError::Write",
        }
    }
}
