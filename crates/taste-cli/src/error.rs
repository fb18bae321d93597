//! The one error of the command: what failed, and what to do about it.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why a command stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum CliError {
    /// A file or folder could not be read or written. Remedy: check the path and its permissions.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file's content is not what it should be. Remedy: the message says which line and what was expected.
    #[error("{path}, line {line}: {message}")]
    Content {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A log has what must not be there. Remedy: ask its operator; what comes of such a log is not what was agreed.
    #[error("{path}, line {line}: {source}")]
    Log {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Which rule it breaks.
        source: taste_ballot::BallotError,
    },
    /// An argument does not make sense. Remedy: `taste help COMMAND`.
    #[error("{0}")]
    Usage(String),
    /// The server refused. Remedy: the hint, which the server sends.
    #[error("the server refused ({code}): {message}{}", advice(.hint))]
    Refused {
        /// The server's stable code.
        code: String,
        /// What it says.
        message: String,
        /// What it advises.
        hint: String,
    },
    /// The server could not be reached or answered with something else. Remedy: check the address; `GET /healthz` tells.
    #[error("{url}: {message}")]
    Transport {
        /// What was asked for.
        url: String,
        /// What happened.
        message: String,
    },
    /// Stopped by Ctrl-C. Nothing half-written is left behind.
    #[error("stopped; no file was left half-written")]
    Cancelled,
    /// A protocol message is wrong.
    #[error(transparent)]
    Ballot(#[from] taste_ballot::BallotError),
    /// A noun is wrong.
    #[error(transparent)]
    Core(#[from] taste_core::CoreError),
    /// A network's files were refused.
    #[error(transparent)]
    Preprocess(#[from] taste_preprocess::PreprocessError),
    /// An encoder or ONNX Runtime failed.
    #[error(transparent)]
    Inference(#[from] taste_inference::InferenceError),
    /// Training failed.
    #[error(transparent)]
    Train(#[from] taste_train::TrainError),
    /// A protocol could not be run.
    #[error(transparent)]
    Evaluate(#[from] taste_evaluate::EvaluateError),
    /// The server failed.
    #[error(transparent)]
    Server(#[from] taste_server::ServerError),
}

fn advice(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(". {text}") }
}

impl CliError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// Whether it is no fault: somebody pressed Ctrl-C.
    pub(crate) fn is_interruption(&self) -> bool {
        matches!(
            self,
            Self::Cancelled
                | Self::Train(taste_train::TrainError::Cancelled)
                | Self::Evaluate(taste_evaluate::EvaluateError::Cancelled)
        )
    }

    /// The stable code, for machines; the leaf's wins.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::File { .. } => "CliError::File",
            Self::Content { .. } => "CliError::Content",
            Self::Log { source, .. } => source.code(),
            Self::Usage(_) => "CliError::Usage",
            Self::Refused { code, .. } => code,
            Self::Transport { .. } => "CliError::Transport",
            Self::Cancelled => "CliError::Cancelled",
            Self::Ballot(error) => error.code(),
            Self::Core(error) => error.code(),
            Self::Preprocess(error) => error.code(),
            Self::Inference(error) => error.code(),
            Self::Train(error) => error.code(),
            Self::Evaluate(error) => error.code(),
            Self::Server(error) => error.code(),
        }
    }
}
