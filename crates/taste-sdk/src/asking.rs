//! Putting questions up: which one, what is predicted of it, and the commitment to that.

use alloc::{vec, vec::Vec};
use taste_core::{DuelOutcome, Question, Vote};

use crate::{
    choose::{self, derive},
    desk::{Asked, Desk, Planned},
    error::SdkError,
    guess::{Commitment, Forecast},
    knowledge::Knowledge,
    records::Standing,
    session::Session,
};

impl Session {
    /// Whether votes are taken now.
    pub fn is_open(&self, now: u64) -> bool {
        let (round, now) = (&self.signed.round, self.outbox.operator_time(now));
        now >= round.opens_at && now < round.closes_at
    }

    /// Whether the round's budget for this voter is spent.
    pub(crate) fn is_spent(&self) -> bool {
        let budget = self.signed.round.budget as usize;
        budget > 0 && self.cast() >= budget
    }

    /// Votes cast here that were not taken back.
    pub fn cast(&self) -> usize {
        self.records
            .standings()
            .iter()
            .filter(|s| !matches!(s, Standing::Withdrawn | Standing::Replaced))
            .count()
    }

    /// Puts the next duel up and commits to its guess. Nothing happens while one is up unanswered.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`].
    pub fn ask_duel(&mut self, now: u64, seed: &[u8; 32]) -> Result<(), SdkError> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen);
        }
        if self.duel.asked.as_ref().is_some_and(|asked| asked.answer.is_none()) {
            return Ok(());
        }
        let planned = self.duel.planned.take().or_else(|| self.plan_duel(None, &derive(seed, b"duel")));
        self.duel.done = planned.is_none() || self.is_spent();
        self.duel.asked = None;
        if let Some(planned) = planned.filter(|_| !self.duel.done) {
            self.duel.planned = self.plan_duel(Some(planned.question.clone()), &derive(seed, b"upcoming"));
            self.duel.asked = Some(self.put_up(planned, seed));
        }
        Ok(())
    }

    /// Puts the next approval up and commits to its guess. Nothing happens while one is up unanswered.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`].
    pub fn ask_approval(&mut self, now: u64, seed: &[u8; 32]) -> Result<(), SdkError> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen);
        }
        if self.approval.asked.as_ref().is_some_and(|asked| asked.answer.is_none()) {
            return Ok(());
        }
        let planned =
            self.approval.planned.take().or_else(|| self.plan_approval(None, &derive(seed, b"approval")));
        self.approval.done = planned.is_none() || self.is_spent();
        self.approval.asked = None;
        if let Some(planned) = planned.filter(|_| !self.approval.done) {
            self.approval.planned =
                self.plan_approval(Some(planned.question.clone()), &derive(seed, b"upcoming"));
            self.approval.asked = Some(self.put_up(planned, seed));
        }
        Ok(())
    }

    /// Puts a question of the caller's choice up: the host page decides what is compared.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`], [`SdkError::ForeignCandidate`], [`taste_core::CoreError::SameCandidate`].
    pub fn pose(&mut self, question: Question, now: u64, seed: &[u8; 32]) -> Result<(), SdkError> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen);
        }
        for id in question.candidates() {
            self.position(id)?;
        }
        if let Question::Duel { left, right } = question.clone() {
            Vote::duel(left, right, DuelOutcome::Skip)?;
        }
        let desk = question.clone();
        let asked = self.put_up(Planned { question, propensity: Default::default() }, seed);
        self.desk(&desk).asked = Some(asked);
        Ok(())
    }

    pub(crate) fn desk(&mut self, question: &Question) -> &mut Desk {
        match question {
            Question::Approval { .. } => &mut self.approval,
            _ => &mut self.duel,
        }
    }

    pub(crate) fn put_up(&self, planned: Planned, seed: &[u8; 32]) -> Asked {
        let Planned { question, propensity } = planned;
        // Whoever answered it before, here or taken back, has seen the guess, and the guess has seen the answer.
        let counts = !self.records.votes.iter().any(|record| record.vote.question().key() == question.key());
        let forecast = self.forecast(&question);
        let model = self.knowledge.as_ref().map(Knowledge::digest).unwrap_or_default();
        let commitment = Commitment::new(self.id, &question, model, forecast, choose::salt(seed));
        Asked { question, propensity, forecast, commitment, counts, answer: None }
    }

    /// What is predicted for a question about this round's candidates; a coin flip until there is a model.
    pub fn forecast(&self, question: &Question) -> Forecast {
        let Some(knowledge) = &self.knowledge else { return Forecast::COIN };
        match question {
            Question::Duel { left, right } => match (self.find(left), self.find(right)) {
                (Some(left), Some(right)) => knowledge.duel(left, right),
                _ => Forecast::COIN,
            },
            Question::Approval { candidate } => {
                self.find(candidate).map_or(Forecast::COIN, |at| knowledge.approval(at))
            }
            _ => Forecast::COIN,
        }
    }

    fn plan_duel(&self, also: Option<Question>, seed: &[u8; 32]) -> Option<Planned> {
        let (mut seen, mut asked) = (vec![0u32; self.contents.len()], Vec::new());
        let speaking = self.records.speaking();
        for question in speaking.iter().map(|record| record.vote.question()).chain(also) {
            if let Question::Duel { left, right } = question
                && let (Some(l), Some(r)) = (self.find(&left), self.find(&right))
            {
                seen[l] += 1;
                seen[r] += 1;
                asked.push((l.min(r), l.max(r)));
            }
        }
        asked.sort_unstable();
        let usable: Vec<bool> = self.contents.iter().map(|content| !content.broken).collect();
        let pair = match &self.knowledge {
            Some(knowledge) => knowledge.choose(&seen, &usable, &asked, self.keep_going, seed),
            None => choose::cover(&seen, &usable, &asked, seed),
        }?;
        let question =
            Question::Duel { left: self.candidate_at(pair.left).id, right: self.candidate_at(pair.right).id };
        Some(Planned { question, propensity: pair.propensity })
    }

    fn plan_approval(&self, also: Option<Question>, seed: &[u8; 32]) -> Option<Planned> {
        let speaking = self.records.speaking();
        let mut usable: Vec<bool> = self.contents.iter().map(|content| !content.broken).collect();
        for question in speaking.iter().map(|record| record.vote.question()).chain(also) {
            if let Question::Approval { candidate } = question
                && let Some(at) = self.find(&candidate)
            {
                usable[at] = false;
            }
        }
        let (at, propensity) = match &self.knowledge {
            Some(knowledge) => knowledge.choose_approval(&usable, self.keep_going, seed),
            None => choose::one(&usable, seed),
        }?;
        Some(Planned { question: Question::Approval { candidate: self.candidate_at(at).id }, propensity })
    }
}
