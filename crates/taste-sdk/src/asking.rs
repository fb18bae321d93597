//! Putting questions up: which one, what is guessed of it, and the commitment to that.

use alloc::{boxed::Box, vec, vec::Vec};
use taste_core::{Question, Vote, VoteKind, in_order};

use crate::{
    advice::{Plan, Planned, Wish},
    choose::{self, derive},
    desk::{Asked, Desk},
    error::SdkError,
    guess::{Commitment, Forecast},
    records::Standing,
    session::Session,
};

/// A points vote shows so many candidates, as fit on a phone; all of them, where the round has fewer.
const POINTS_SHOWN: usize = 6;
/// Rankings and points are asked until every candidate was shown so often.
const SHOWN_ENOUGH: u32 = 3;

impl Session {
    /// Whether votes are taken now.
    pub fn is_open(&self, now: u64) -> bool {
        let (round, now) = (self.round(), self.outbox.operator_time(now));
        now >= round.opens_at && now < round.closes_at
    }

    /// Whether the round's budget for this voter is spent.
    pub(crate) fn is_spent(&self) -> bool {
        let budget = self.round().budget as usize;
        budget > 0 && self.records.speaking().iter().filter(|record| !record.vote.is_skip()).count() >= budget
    }

    /// Votes cast here that were not taken back.
    pub fn cast(&self) -> usize {
        self.records
            .standings()
            .iter()
            .filter(|s| !matches!(s, Standing::Withdrawn | Standing::Replaced))
            .count()
    }

    /// Puts the next question of a kind up and commits to its guess. Nothing happens while one is up unanswered.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`].
    pub fn ask(&mut self, kind: VoteKind, now: u64, seed: &[u8; 32]) -> Result<(), Box<SdkError>> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen.into());
        }
        if self.desk(kind).waits() {
            return Ok(());
        }
        let ahead = self.desk_mut(kind).planned.take();
        let next = match ahead {
            Some(planned) => Some(planned),
            None => self.plan(kind, None, &derive(seed, kind.as_str().as_bytes())),
        };
        let done = next.is_none() || self.is_spent();
        let desk = self.desk_mut(kind);
        (desk.done, desk.asked) = (done, None);
        if let Some(planned) = next.filter(|_| !done) {
            let upcoming = self.plan(kind, Some(&planned.question), &derive(seed, b"upcoming"));
            let asked = self.put_up(planned, seed);
            let desk = self.desk_mut(kind);
            (desk.asked, desk.planned) = (Some(asked), upcoming);
        }
        Ok(())
    }

    /// Puts a question of the caller's choice up: the host page decides what is asked, or the person changes an earlier
    /// answer.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`], [`SdkError::ForeignCandidate`], [`taste_core::CoreError::SameCandidate`], and what
    /// [`taste_ballot::Round::allows`] says.
    pub fn pose(&mut self, question: Question, now: u64, seed: &[u8; 32]) -> Result<(), Box<SdkError>> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen.into());
        }
        for id in question.candidates() {
            self.position(id)?;
        }
        // A skip is the one answer that every question has.
        self.round().allows(&Vote::from(taste_core::Judgement::parse(question.clone(), "skip")?))?;
        // The page insists on these: their content is looked for once more.
        for id in question.candidates() {
            let at = self.position(id)?;
            self.contents[at].broken = false;
        }
        let kind = question.kind();
        let asked = self.put_up(Planned { question, propensity: Default::default() }, seed);
        self.desk_mut(kind).asked = Some(asked);
        Ok(())
    }

    pub(crate) fn desk(&self, kind: VoteKind) -> &Desk {
        &self.desks[kind as usize]
    }

    pub(crate) fn desk_mut(&mut self, kind: VoteKind) -> &mut Desk {
        &mut self.desks[kind as usize]
    }

    pub(crate) fn put_up(&self, planned: Planned, seed: &[u8; 32]) -> Asked {
        let Planned { question, propensity } = planned;
        // Whoever answered it before, here or taken back, has seen the guess, and the guess has seen the answer.
        let key = question.key();
        let counts = !self.records.votes.iter().any(|record| record.vote.question().key() == key);
        let (forecast, commitment) = self.commit(&question, seed);
        Asked { question, propensity, forecast, commitment, counts, answer: None }
    }

    /// What is guessed of a question, and the commitment to it.
    fn commit(&self, question: &Question, seed: &[u8; 32]) -> (Forecast, Commitment) {
        let (forecast, model) = match &self.advisor {
            Some(advisor) => (advisor.forecast(question), advisor.model()),
            None => (Forecast::COIN, Default::default()),
        };
        (forecast, Commitment::new(self.id(), question, model, forecast, choose::salt(seed)))
    }

    /// Commits anew to what is up and not answered: whoever advises came, or learned, after it was put up.
    pub(crate) fn commit_again(&mut self, seed: &[u8; 32]) {
        for kind in VoteKind::ALL {
            if !self.desk(kind).waits() {
                continue;
            }
            let Some(question) = self.desk(kind).asked.as_ref().map(|asked| asked.question.clone()) else {
                continue;
            };
            let fresh = self.commit(&question, &derive(seed, kind.as_str().as_bytes()));
            if let Some(asked) = &mut self.desk_mut(kind).asked {
                (asked.forecast, asked.commitment) = fresh;
            }
        }
    }

    /// Draws what comes after the question that is up, where one is.
    pub(crate) fn plan_ahead(&mut self, kind: VoteKind, seed: &[u8; 32]) {
        if let Some(question) = self.desk(kind).asked.as_ref().map(|asked| asked.question.clone()) {
            let upcoming = self.plan(
                kind,
                Some(&question),
                &derive(&derive(seed, kind.as_str().as_bytes()), b"upcoming"),
            );
            self.desk_mut(kind).planned = upcoming;
        }
    }

    /// Draws the next question of a kind: by what it would teach where somebody knows, else by coverage.
    fn plan(&mut self, kind: VoteKind, also: Option<&Question>, seed: &[u8; 32]) -> Option<Planned> {
        let plan =
            if self.round().rules.allows(kind) { self.draw(kind, also, seed) } else { Plan::default() };
        self.desk_mut(kind).enough = plan.enough;
        plan.next
    }

    fn draw(&self, kind: VoteKind, also: Option<&Question>, seed: &[u8; 32]) -> Plan {
        let mut usable: Vec<bool> = self.contents.iter().map(|content| !content.broken).collect();
        let id = |at: usize| self.candidate_at(at).id;
        let advised = matches!(kind, VoteKind::Duel | VoteKind::Approval | VoteKind::Stars);
        if let Some(advisor) = self.advisor.as_ref().filter(|_| advised) {
            let broken = (0..usable.len()).filter(|at| !usable[*at]).map(id).collect();
            let plan = advisor.plan(&Wish { kind, also, broken, keep_going: self.keep_going }, seed);
            let fits = |planned: &Planned| {
                let ids = planned.question.candidates();
                planned.question.kind() == kind && ids.iter().all(|id| self.find(id).is_some())
            };
            if plan.next.as_ref().is_none_or(fits) {
                return plan;
            }
        }
        let (mut seen, mut asked) = (vec![0u32; usable.len()], Vec::new());
        let mut questions: Vec<Question> =
            self.records.speaking().iter().map(|record| record.vote.question()).collect();
        questions.extend(also.cloned());
        for question in questions {
            if question.kind() != kind {
                continue;
            }
            let mut places = Vec::new();
            for id in question.candidates() {
                if let Some(at) = self.find(&id) {
                    seen[at] += 1;
                    places.push(at);
                }
            }
            in_order(&mut places);
            asked.push(places);
        }
        asked.sort_unstable();
        let mut enough = false;
        let drawn = match kind {
            VoteKind::Duel => choose::cover(&seen, &usable, &asked, seed)
                .map(|pair| (vec![pair.left, pair.right], pair.propensity)),
            VoteKind::Approval | VoteKind::Stars => {
                asked.iter().flatten().for_each(|at| usable[*at] = false);
                choose::one(&usable, seed).map(|(at, propensity)| (vec![at], propensity))
            }
            _ => {
                let size = match kind {
                    VoteKind::Ranking => self.round().ranking_size(),
                    _ => POINTS_SHOWN.min(self.usable()),
                };
                enough = seen.iter().zip(&usable).all(|(seen, usable)| !usable || *seen >= SHOWN_ENOUGH);
                if enough && !self.keep_going {
                    return Plan { next: None, enough };
                }
                choose::few(size, &seen, &usable, &asked, seed)
            }
        };
        let next = drawn.and_then(|(places, propensity)| {
            let question = Question::new(kind, places.into_iter().map(id).collect())?;
            Some(Planned { question, propensity })
        });
        Plan { next, enough }
    }
}
