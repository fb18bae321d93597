//! The one error of this crate.

use alloc::{boxed::Box, string::String};
use taste_ballot::BallotError;
use taste_core::{CandidateId, CoreError};
#[cfg(feature = "mind")]
use taste_model::ModelError;
use thiserror::Error;

/// Why a session did not do what it was asked. The session is unchanged after any of these.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SdkError {
    /// There is no question up that this would answer. Remedy: wait for the `Asking` phase.
    #[error("there is no question up to answer")]
    NoQuestion,
    /// There is nothing to take back. Remedy: offer undo only where the view says `can_undo`.
    #[error("there is no vote to take back")]
    NothingToUndo,
    /// The round does not take votes now. Remedy: look at `opensAt` and `closesAt`.
    #[error("the round does not take votes now")]
    NotOpen,
    /// The candidate is not in this round. Remedy: use ids from the round's manifest.
    #[error("candidate {id} is not in this round")]
    ForeignCandidate {
        /// The id.
        id: CandidateId,
    },
    /// The round's signature is by someone else than its operator. Remedy: fetch the round from its operator.
    #[error("the round is signed by someone else than the operator it names")]
    RoundSignature,
    /// The round's digest is not the id that was asked for. Remedy: check the address; the file was changed.
    #[error("the round's digest is {found}, expected {expected}")]
    RoundId {
        /// What was asked for.
        expected: CandidateId,
        /// What the manifest hashes to.
        found: CandidateId,
    },
    /// The content's SHA-256 is not the candidate's id. Remedy: serve the bytes that were signed.
    #[error("the content of candidate {id} has another digest")]
    ContentDigest {
        /// The candidate.
        id: CandidateId,
    },
    /// The features file speaks of another model or of another number of candidates. Remedy: fetch the pair
    /// that the round's `model` names.
    #[cfg(feature = "mind")]
    #[error("the features file has {found} rows for another model or round, expected {expected}")]
    Features {
        /// Candidates in the round.
        expected: usize,
        /// Rows in the file.
        found: usize,
    },
    /// The passport was written in this very round, and this device has votes of it: they would be learned twice. Remedy: none
    /// is needed, the votes themselves are here.
    #[cfg(feature = "mind")]
    #[error("the passport was written in this round, whose votes are already here")]
    PassportRound,
    /// The receipt is for a ballot that this session never made. Remedy: drop it.
    #[error("the receipt is for an unknown ballot {id}")]
    UnknownBallot {
        /// The ballot it names.
        id: CandidateId,
    },
    /// A vote in the draft was taken back before the signature came. Remedy: make the ballot again.
    #[error("a vote in the ballot changed while it was being signed")]
    DraftStale,
    /// The saved state is of another round or of a version this code does not know. Remedy: load the matching
    /// version of the package, or start anew; nothing was overwritten.
    #[error("cannot read the saved state: {found}")]
    Saved {
        /// What was found.
        found: String,
    },
    /// A noun could not be parsed.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// A signature, grant or receipt is wrong.
    #[error(transparent)]
    Ballot(#[from] BallotError),
    /// A model or features file is wrong.
    #[cfg(feature = "mind")]
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl From<CoreError> for Box<SdkError> {
    #[inline(never)]
    fn from(error: CoreError) -> Self {
        SdkError::from(error).into()
    }
}

impl From<BallotError> for Box<SdkError> {
    #[inline(never)]
    fn from(error: BallotError) -> Self {
        SdkError::from(error).into()
    }
}

impl SdkError {
    /// The stable code; the leaf's code wins.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoQuestion => "SdkError::NoQuestion",
            Self::NothingToUndo => "SdkError::NothingToUndo",
            Self::NotOpen => "SdkError::NotOpen",
            Self::ForeignCandidate { .. } => "SdkError::ForeignCandidate",
            Self::RoundSignature => "SdkError::RoundSignature",
            Self::RoundId { .. } => "SdkError::RoundId",
            Self::ContentDigest { .. } => "SdkError::ContentDigest",
            #[cfg(feature = "mind")]
            Self::Features { .. } => "SdkError::Features",
            #[cfg(feature = "mind")]
            Self::PassportRound => "SdkError::PassportRound",
            Self::UnknownBallot { .. } => "SdkError::UnknownBallot",
            Self::DraftStale => "SdkError::DraftStale",
            Self::Saved { .. } => "SdkError::Saved",
            Self::Core(error) => error.code(),
            Self::Ballot(error) => error.code(),
            #[cfg(feature = "mind")]
            Self::Model(error) => error.code(),
        }
    }

    /// What to do about it, one sentence.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoQuestion => "Answer only while the view's phase is `asking`.",
            Self::NothingToUndo => "Offer undo only where the view says `canUndo`.",
            Self::NotOpen => "Check the round's opensAt and closesAt.",
            Self::ForeignCandidate { .. } => "Use candidate ids from the round's manifest.",
            Self::RoundSignature | Self::RoundId { .. } => {
                "Fetch the round again from its operator; the file was changed."
            }
            Self::ContentDigest { .. } => "Serve exactly the bytes whose SHA-256 the manifest lists.",
            #[cfg(feature = "mind")]
            Self::Features { .. } => "Fetch the model and features that the round's `model` names.",
            #[cfg(feature = "mind")]
            Self::PassportRound => "Nothing needs doing: this device has the votes themselves.",
            #[cfg(feature = "mind")]
            Self::Model(ModelError::PassportModel { .. }) => {
                "Give the features file that its own model made of this round, too."
            }
            Self::UnknownBallot { .. } => "The receipt belongs to another device; drop it.",
            Self::DraftStale => "Make the ballot again and sign the new one.",
            Self::Saved { .. } => "Load the package version that wrote it, or call `forget()` to start anew.",
            Self::Core(_) => "See the message for the expected form.",
            Self::Ballot(_) => "See the message; the message was changed or signed by another key.",
            #[cfg(feature = "mind")]
            Self::Model(_) => {
                "The file is damaged or of a kind that this version does not read; fetch it again."
            }
        }
    }
}
