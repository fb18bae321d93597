//! The one place where a Rust error becomes text: `!`, then a line each for the code and what to do, then what happened.
//! `session.ts` makes the page's `TasteError` of it.

use taste_ballot::BallotError;
use taste_core::CoreError;
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
    result.unwrap_or_else(|error| match error.into() {
        WebError::Sdk(error) => ["!", error.code(), "\n", error.hint(), "\n", &error.to_string()].concat(),
        WebError::Argument { what, why } => {
            ["!WebError::Argument\nPass what the type declaration says.\n", what, ": ", &why].concat()
        }
    })
}

/// Nothing, or why not.
pub(crate) fn done(result: Result<(), impl Into<WebError>>) -> String {
    told(result.map(|()| String::new()))
}
