//! One widget's question: what is up, what was committed, what was answered, what comes next.

use alloc::vec::Vec;
use taste_core::{CandidateId, Digest, Propensity, Question};

use crate::{
    advice::Planned,
    guess::{Commitment, Forecast},
};

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

/// Each kind of vote has a desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    pub(crate) asked: Option<Asked>,
    pub(crate) planned: Option<Planned>,
    /// There was nothing left to ask.
    pub(crate) done: bool,
    /// Little more can be learned here.
    pub(crate) enough: bool,
}

impl Desk {
    /// Whether a question is up that nobody answered.
    pub(crate) fn waits(&self) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.answer.is_none())
    }

    /// The candidates of the question that is up, then of the one that is planned.
    pub(crate) fn candidates(&self) -> Vec<CandidateId> {
        let mut shown = Vec::new();
        if let Some(asked) = &self.asked {
            shown = asked.question.candidates();
        }
        if let Some(planned) = &self.planned {
            shown.extend(planned.question.candidates());
        }
        shown
    }

    /// Drops whatever shows this candidate.
    pub(crate) fn drop_candidate(&mut self, id: CandidateId) {
        if self.waits() && self.asked.as_ref().is_some_and(|asked| asked.question.candidates().contains(&id))
        {
            self.asked = None;
        }
        if self.planned.as_ref().is_some_and(|planned| planned.question.candidates().contains(&id)) {
            self.planned = None;
        }
    }
}
