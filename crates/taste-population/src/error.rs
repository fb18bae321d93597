//! The one error of this crate.

use taste_model::ModelError;
use thiserror::Error;

/// Why a population could not be fitted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PopulationError {
    /// A number is NaN or infinite. Remedy: leave the rating or the candidate out.
    #[error("{what} holds a number that is not finite, at {index}")]
    NotFinite {
        /// Which numbers.
        what: &'static str,
        /// Position of the first one.
        index: usize,
    },
    /// A table has another size than the others ask for. Remedy: one row a candidate, in the same order everywhere.
    #[error("{what} has {found} numbers; expected {expected}")]
    Shape {
        /// Which table.
        what: &'static str,
        /// Numbers found.
        found: usize,
        /// Numbers expected.
        expected: usize,
    },
    /// A rating or a choice names a person or a candidate that is not there. Remedy: number both from zero.
    #[error("judgement {index} names {what} {found} of {count}")]
    Unknown {
        /// Which judgement.
        index: usize,
        /// A person or a candidate.
        what: &'static str,
        /// Its number.
        found: usize,
        /// How many there are.
        count: usize,
    },
    /// There is nothing to learn from. Remedy: wait for votes.
    #[error("no judgement to learn from")]
    Nothing,
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
    /// The fitted numbers make no taste model. Remedy: as the inner error says.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl PopulationError {
    /// The stable code, for machines; the leaf's code where another crate found it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFinite { .. } => "PopulationError::NotFinite",
            Self::Shape { .. } => "PopulationError::Shape",
            Self::Unknown { .. } => "PopulationError::Unknown",
            Self::Nothing => "PopulationError::Nothing",
            Self::Setting { .. } => "PopulationError::Setting",
            Self::Model(leaf) => leaf.code(),
        }
    }
}

/// Refuses the first number that is NaN or infinite.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<(), PopulationError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(PopulationError::NotFinite { what, index }),
        None => Ok(()),
    }
}
