//! One widget's question: what is up, what was committed, what was answered, what comes next.

use alloc::vec::Vec;
use taste_core::{Digest, Propensity, Question};

use crate::guess::{Commitment, Forecast};

/// A question that is up.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) propensity: Propensity,
    pub(crate) forecast: Forecast,
    pub(crate) commitment: Commitment,
    /// Whether the guess will count: not where the person answered the question before.
    pub(crate) counts: bool,
    /// The id of the vote that answered it.
    pub(crate) answer: Option<Digest>,
}

/// A question drawn ahead, so that its media can be fetched.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) question: Question,
    pub(crate) propensity: Propensity,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskKind {
    /// Where duels are up.
    Duel,
    /// Where approvals are up.
    Approval,
}

impl DeskKind {
    /// Where a question is put up.
    pub(crate) fn of(question: &Question) -> Self {
        match question {
            Question::Approval { .. } => Self::Approval,
            _ => Self::Duel,
        }
    }
}

/// Duels and approvals have a desk each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    pub(crate) asked: Option<Asked>,
    pub(crate) planned: Option<Planned>,
    /// There was nothing left to ask.
    pub(crate) done: bool,
}

impl Desk {
    /// The candidates of the question that is up, then of the one that is planned.
    pub(crate) fn candidates(&self) -> Vec<Digest> {
        let mut ids = Vec::new();
        for question in self
            .asked
            .iter()
            .map(|asked| &asked.question)
            .chain(self.planned.iter().map(|planned| &planned.question))
        {
            ids.extend(question.candidates());
        }
        ids
    }

    /// Drops whatever shows this candidate.
    pub(crate) fn drop_candidate(&mut self, id: Digest) {
        if self.asked.as_ref().is_some_and(|a| a.answer.is_none() && a.question.candidates().contains(&id)) {
            self.asked = None;
        }
        if self.planned.as_ref().is_some_and(|p| p.question.candidates().contains(&id)) {
            self.planned = None;
        }
    }
}
