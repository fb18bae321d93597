//! The one place where a Rust error becomes text: `!`, its code, and a line for each value that belongs to it. The sentences
//! are in `messages.ts`: the machinery that puts numbers and ids into sentences would be a tenth of this module.

use taste_ballot::{BallotError, checksum};
use taste_core::{CoreError, decimal};
use taste_sdk::SdkError;

/// An error on its way to the page. Behind pointers, since every function here hands one on: the copies of what an error holds
/// were a tenth of the module.
pub enum WebError {
    /// From the session.
    Sdk(Box<SdkError>),
    /// An argument that is not what was expected.
    Argument(Box<Wrong>),
}

/// What is wrong with an argument.
pub struct Wrong {
    what: &'static str,
    why: String,
}

impl WebError {
    #[inline(never)]
    pub(crate) fn argument(what: &'static str, why: &str) -> Self {
        Self::Argument(Box::new(Wrong { what, why: why.into() }))
    }

    /// What is wrong with the argument, where it is one.
    pub(crate) fn why(&self) -> Option<&str> {
        match self {
            Self::Argument(wrong) => Some(&wrong.why),
            Self::Sdk(_) => None,
        }
    }
}

impl From<Box<SdkError>> for WebError {
    fn from(error: Box<SdkError>) -> Self {
        Self::Sdk(error)
    }
}

impl From<BallotError> for WebError {
    #[inline(never)]
    fn from(error: BallotError) -> Self {
        Self::Sdk(error.into())
    }
}

impl From<CoreError> for WebError {
    #[inline(never)]
    fn from(error: CoreError) -> Self {
        Self::Sdk(error.into())
    }
}

/// What was found, or why not.
pub(crate) fn told(result: Result<String, WebError>) -> String {
    result.unwrap_or_else(spelled)
}

#[inline(never)]
fn spelled(error: WebError) -> String {
    match &error {
        WebError::Argument(wrong) => ["!WebError::Argument\n", wrong.what, "\n", &wrong.why].concat(),
        WebError::Sdk(error) => {
            let mut text = String::from("!");
            text.push_str(error.code());
            values(error, &mut text);
            text
        }
    }
}

/// A line for each of what stands for {0}, {1}, … in an error's sentence.
fn values(error: &SdkError, text: &mut String) {
    let mut say = |value: &str| {
        text.push('\n');
        text.push_str(value);
    };
    match error {
        SdkError::ForeignCandidate { id }
        | SdkError::ContentDigest { id }
        | SdkError::UnknownBallot { id } => say(&id.to_hex()),
        SdkError::RoundId { expected, found } => {
            say(&found.to_hex());
            say(&expected.to_hex());
        }
        SdkError::Saved { found }
        | SdkError::Core(CoreError::Digest { found })
        | SdkError::Ballot(BallotError::Address { found } | BallotError::ForeignReason { reason: found }) => {
            say(found);
        }
        SdkError::Core(CoreError::Word { what, found, expected }) => {
            say(what);
            say(found);
            say(expected);
        }
        SdkError::Ballot(BallotError::KindNotAllowed { kind }) => say(kind.as_str()),
        SdkError::Ballot(BallotError::PointsBudget { cost, budget, .. }) => {
            say(&decimal(u64::from(*cost)));
            say(&decimal(u64::from(*budget)));
        }
        SdkError::Ballot(BallotError::SignerMismatch { expected, found }) => {
            say(&checksum(found));
            say(&checksum(expected));
        }
        _ => {}
    }
}
