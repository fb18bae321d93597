//! The one place where a Rust error becomes text: `!`, its code, and a line for each value that belongs to it. The sentences
//! are in `messages.ts`: the machinery that puts numbers and ids into sentences would be a tenth of this module.

use taste_ballot::{BallotError, checksum};
use taste_core::{CoreError, decimal};
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
