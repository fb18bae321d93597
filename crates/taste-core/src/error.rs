//! The one error of this crate.

use alloc::string::String;
use thiserror::Error;

/// Why a noun could not be parsed.
///
/// Every variant has a stable [`code`](CoreError::code); messages say what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CoreError {
    /// Not `0x` followed by 64 lowercase or uppercase hex digits. Remedy: send the full SHA-256 or digest.
    #[error("expected a 32-byte hex string (0x and 64 digits), found {found:?}")]
    Digest {
        /// The start of what was found, shortened.
        found: String,
    },
    /// A word that is not one of the listed ones. Remedy: use one of `expected`.
    #[error("unknown {what} {found:?}; expected one of {expected}")]
    Word {
        /// Which field.
        what: &'static str,
        /// The word found, shortened.
        found: String,
        /// The allowed words.
        expected: &'static str,
    },
    /// A text is longer than the protocol allows. Remedy: shorten it.
    #[error("{what} has {found} bytes; at most {limit} are allowed")]
    TooLong {
        /// Which field.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A vote of this kind needs another number of candidates. Remedy: a duel has two, an approval and stars one, a ranking
    /// 2 to 12, points 2 to 24.
    #[error("a {kind} vote needs {expected} candidates, found {found}")]
    CandidateCount {
        /// The kind of vote.
        kind: &'static str,
        /// How many it needs.
        expected: &'static str,
        /// How many came.
        found: usize,
    },
    /// A vote shows the same candidate twice, as both sides of a duel for example. Remedy: ask about different ones.
    #[error("one vote shows the same candidate twice")]
    SameCandidate,
    /// A list names something twice. Remedy: name it once.
    #[error("the same {what} is named twice")]
    Twice {
        /// What kind of thing.
        what: &'static str,
    },
    /// A list is longer than the protocol allows. Remedy: shorten it.
    #[error("{found} {what}; at most {limit} are allowed")]
    TooMany {
        /// What kind of things.
        what: &'static str,
        /// How many came.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A number is outside of its range. Remedy: see the field's documentation.
    #[error("{what} is {found}; allowed are {low} to {high}")]
    Range {
        /// Which field.
        what: &'static str,
        /// The number found.
        found: u64,
        /// Smallest allowed.
        low: u64,
        /// Largest allowed.
        high: u64,
    },
    /// An embedding has no dimension, too many, or not as many as its encoder. Remedy: embed again.
    #[error("an embedding of {found} numbers; expected {expected}")]
    EmbeddingLength {
        /// Numbers found.
        found: usize,
        /// Numbers expected (0 = between 1 and [`MAX_DIMENSION`](crate::MAX_DIMENSION)).
        expected: usize,
    },
    /// An embedding holds NaN or an infinity. Remedy: the content could not be embedded; check the encoder.
    #[error("number {index} of an embedding is not finite")]
    EmbeddingNotFinite {
        /// Position of the first bad number.
        index: usize,
    },
    /// An embedding is all zeros, so it has no direction. Remedy: the content is empty; leave it out.
    #[error("an embedding of norm zero has no direction")]
    EmbeddingZero,
}

impl CoreError {
    /// The stable code, for machines: `"CoreError::Digest"`, …
    pub fn code(&self) -> &'static str {
        match self {
            Self::Digest { .. } => "CoreError::Digest",
            Self::Word { .. } => "CoreError::Word",
            Self::TooLong { .. } => "CoreError::TooLong",
            Self::CandidateCount { .. } => "CoreError::CandidateCount",
            Self::SameCandidate => "CoreError::SameCandidate",
            Self::Twice { .. } => "CoreError::Twice",
            Self::TooMany { .. } => "CoreError::TooMany",
            Self::Range { .. } => "CoreError::Range",
            Self::EmbeddingLength { .. } => "CoreError::EmbeddingLength",
            Self::EmbeddingNotFinite { .. } => "CoreError::EmbeddingNotFinite",
            Self::EmbeddingZero => "CoreError::EmbeddingZero",
        }
    }
}
