//! The one place where a Rust error becomes text: `!`, its code, and a line for each value that belongs to it. The sentences
//! are in `messages.ts`: the machinery that puts numbers and ids into sentences would be a tenth of this module.

use taste_ballot::BallotError;
use taste_core::{CoreError, Digest};
use taste_sdk::SdkError;

/// An error on its way to the page.
pub enum WebError {
    /// From the session.
    Sdk(SdkError),
    /// An argument that is not what was expected.
    Argument {
        /// Which.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl From<SdkError> for WebError {
    fn from(error: SdkError) -> Self {
        Self::Sdk(error)
    }
}

impl From<BallotError> for WebError {
    fn from(error: BallotError) -> Self {
        Self::Sdk(error.into())
    }
}

impl From<CoreError> for WebError {
    fn from(error: CoreError) -> Self {
        Self::Sdk(error.into())
    }
}

/// What was found, or why not.
pub(crate) fn told(result: Result<String, impl Into<WebError>>) -> String {
    result.unwrap_or_else(|error| spelled(error.into()))
}

#[inline(never)]
fn spelled(error: WebError) -> String {
    match error {
        WebError::Argument { what, why } => ["!WebError::Argument\n", what, "\n", &why].concat(),
        WebError::Sdk(error) => {
            let mut text = String::from("!");
            text.push_str(error.code());
            for value in values(&error) {
                text.push('\n');
                text.push_str(&value);
            }
            text
        }
    }
}

/// What stands for {0}, {1}, … in an error's sentence.
fn values(error: &SdkError) -> Vec<String> {
    let id = |id: &Digest| Vec::from([id.to_string()]);
    match error {
        SdkError::ForeignCandidate { id: of }
        | SdkError::ContentDigest { id: of }
        | SdkError::UnknownBallot { id: of } => id(of),
        SdkError::RoundId { expected, found } => Vec::from([found.to_string(), expected.to_string()]),
        SdkError::Saved { found } => Vec::from([found.clone()]),
        SdkError::Core(CoreError::Word { what, found, expected }) => {
            Vec::from([(*what).into(), found.clone(), (*expected).into()])
        }
        SdkError::Core(CoreError::Digest { found }) | SdkError::Ballot(BallotError::Address { found }) => {
            Vec::from([found.clone()])
        }
        SdkError::Ballot(BallotError::ForeignReason { reason }) => Vec::from([reason.clone()]),
        SdkError::Ballot(BallotError::KindNotAllowed { kind }) => Vec::from([kind.as_str().into()]),
        SdkError::Ballot(BallotError::PointsBudget { cost, budget, .. }) => {
            Vec::from([cost.to_string(), budget.to_string()])
        }
        SdkError::Ballot(BallotError::SignerMismatch { expected, found }) => {
            Vec::from([found.to_string(), expected.to_string()])
        }
        _ => Vec::new(),
    }
}
