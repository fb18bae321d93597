//! What a task says when it cannot go on: what happened, the last lines of the program concerned, and what to do.

use std::fmt;
use std::io;
use std::path::Path;

/// A task's failure, written for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    /// Last lines that the failed program wrote.
    tail: Vec<String>,
    remedy: Option<String>,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), tail: Vec::new(), remedy: None }
    }

    pub(crate) fn with_tail(mut self, tail: Vec<String>) -> Self {
        self.tail = tail;
        self
    }

    /// Adds what the reader can do about it.
    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// A failed read or write of `path`.
    pub(crate) fn io(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("could not {doing} {}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.tail {
            writeln!(out, "  │ {line}")?;
        }
        write!(out, "error: {}", self.message)?;
        if let Some(remedy) = &self.remedy {
            write!(out, "\n       {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_programs_last_lines_then_the_message_then_the_remedy() {
        let failure =
            Failure::new("npm ci failed").with_tail(vec!["E404".to_owned()]).with_remedy("check the network");
        assert_eq!(failure.to_string(), "  │ E404\nerror: npm ci failed\n       check the network");
    }
}
