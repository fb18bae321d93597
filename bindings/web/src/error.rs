//! The one place where a Rust error becomes text: `!`, its code, and a line for each value that belongs to it. The sentences
//! are in `messages.ts`: the machinery that puts numbers and ids into sentences would be a tenth of this module.

use taste_ballot::{BallotError, checksum};
use taste_core::{CoreError, Digest, decimal};
use taste_sdk::SdkError;

/// An error on its way to the page. Behind a pointer, since every function here hands one on: the copies of what an error holds
/// were a tenth of the module.
pub struct WebError(Box<Why>);

enum Why {
    /// From the session.
    Sdk(SdkError),
    /// An argument that is not what was expected: which, and what is wrong with it.
    Argument(&'static str, String),
}

impl WebError {
    #[inline(never)]
    pub(crate) fn argument(what: &'static str, why: &str) -> Self {
        Self(Box::new(Why::Argument(what, why.into())))
    }

    /// What is wrong with the argument, where it is one.
    pub(crate) fn why(&self) -> Option<&str> {
        match &*self.0 {
            Why::Argument(_, why) => Some(why),
            Why::Sdk(_) => None,
        }
    }
}

impl From<SdkError> for WebError {
    #[inline(never)]
    fn from(error: SdkError) -> Self {
        Self(Box::new(Why::Sdk(error)))
    }
}

impl From<BallotError> for WebError {
    #[inline(never)]
    fn from(error: BallotError) -> Self {
        SdkError::from(error).into()
    }
}

impl From<CoreError> for WebError {
    #[inline(never)]
    fn from(error: CoreError) -> Self {
        SdkError::from(error).into()
    }
}

/// What was found, or why not.
pub(crate) fn told(result: Result<String, WebError>) -> String {
    result.unwrap_or_else(spelled)
}

#[inline(never)]
fn spelled(error: WebError) -> String {
    match &*error.0 {
        Why::Argument(what, why) => ["!WebError::Argument\n", what, "\n", why].concat(),
        Why::Sdk(error) => {
            let mut text = String::from("!");
            text.push_str(error.code());
            for value in values(error) {
                text.push('\n');
                text.push_str(&value);
            }
            text
        }
    }
}

/// What stands for {0}, {1}, … in an error's sentence.
fn values(error: &SdkError) -> Vec<String> {
    let id = |id: &Digest| Vec::from([id.to_hex()]);
    match error {
        SdkError::ForeignCandidate { id: of }
        | SdkError::ContentDigest { id: of }
        | SdkError::UnknownBallot { id: of } => id(of),
        SdkError::RoundId { expected, found } => Vec::from([found.to_hex(), expected.to_hex()]),
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
            Vec::from([decimal(u64::from(*cost)), decimal(u64::from(*budget))])
        }
        SdkError::Ballot(BallotError::SignerMismatch { expected, found }) => {
            Vec::from([checksum(found), checksum(expected)])
        }
        _ => Vec::new(),
    }
}
