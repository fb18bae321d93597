//! The one error of this crate.

use std::path::PathBuf;

use taste_inference::InferenceError;
use taste_model::ModelError;
use taste_population::PopulationError;
use taste_train::TrainError;
use thiserror::Error;

/// Why a protocol could not be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A file of the data set cannot be read. Remedy: check the folder; its README says where the data come from.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A line is not what the data set's description says. Remedy: fetch the file again.
    #[error("{path}, line {line}: {message}")]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// No such protocol. Remedy: one of those listed.
    #[error("no protocol {found:?}; there are {known}")]
    Protocol {
        /// What was asked for.
        found: String,
        /// Those there are.
        known: String,
    },
    /// Too few people or candidates to hold any out. Remedy: more data, or fewer held out.
    #[error("{what}: found {found}, needed {needed}")]
    TooFew {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// An encoder failed. Remedy: as the inner error says.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// The population could not be fitted. Remedy: as the inner error says.
    #[error(transparent)]
    Population(#[from] PopulationError),
    /// A model could not be put together or used. Remedy: as the inner error says.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Training failed. Remedy: as the inner error says.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// [`Watch::cancelled`](crate::Watch::cancelled) said so. Nothing was written.
    #[error("evaluation was cancelled; nothing was written")]
    Cancelled,
}

impl EvaluateError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// The stable code, for machines; the leaf's code where another crate found it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "EvaluateError::File",
            Self::Line { .. } => "EvaluateError::Line",
            Self::Protocol { .. } => "EvaluateError::Protocol",
            Self::TooFew { .. } => "EvaluateError::TooFew",
            Self::Cancelled => "EvaluateError::Cancelled",
            Self::Inference(leaf) => leaf.code(),
            Self::Population(leaf) => leaf.code(),
            Self::Model(leaf) => leaf.code(),
            Self::Train(leaf) => leaf.code(),
        }
    }
}
