//! From the session's state to what widgets draw.

use alloc::{string::String, vec::Vec};
use taste_core::{BoardRule, Digest, VoteKind};

use crate::{
    desk::{Asked, Desk},
    records::Standing,
    session::Session,
    view::{Delivery, DeskView, Hidden, OwnVote, Phase},
};

impl Session {
    /// How the votes get away.
    pub fn delivery(&self, now: u64) -> Delivery {
        let standings = self.records.standings();
        let count = |wanted: &[Standing]| standings.iter().filter(|s| wanted.contains(s)).count() as u32;
        Delivery {
            kept: count(&[Standing::Kept, Standing::Signed]),
            offline: self.offline,
            trouble: self.outbox.trouble.clone(),
            storage: self.storage_trouble.clone(),
            retry_in: self.outbox.retry_at.map(|at| at.saturating_sub(now).try_into().unwrap_or(u32::MAX)),
            undeliverable: count(&[Standing::Undeliverable]),
            unchecked: self.unchecked().len() as u32,
        }
    }

    /// The state of the widget that asks for this kind of vote.
    pub fn desk_view(&self, kind: VoteKind, now: u64) -> DeskView {
        let desk = self.desk(kind);
        let phase = self.phase(kind, desk, now);
        let asked = self.shown(desk, phase);
        let vote = asked.and_then(|asked| self.record(asked.answer?));
        let speaking = self.records.speaking();
        let judged = speaking.iter().filter(|record| record.vote.kind() == kind).count();
        let all = match kind {
            VoteKind::Approval | VoteKind::Stars => self.usable(),
            _ => 0,
        };
        // The one that is up counts as reached, so the first says "1 of 12"; asked again, it was counted before.
        let reached = match phase {
            Phase::Asking if all > judged => judged + 1,
            _ => judged,
        };
        DeskView {
            phase,
            candidates: asked.map(|asked| asked.question.candidates()),
            upcoming: desk.planned.as_ref().map(|planned| planned.question.candidates()),
            outcome: vote.map(|record| record.vote.judgement.outcome()),
            guess: vote.map(|record| record.forecast.guess(record.forecast.hit(&record.vote.judgement))),
            progress: (reached as u32, all as u32),
            tally: self.tally(),
            can_undo: self.can_undo(Some(kind)),
            enough: desk.enough,
            delivery: self.delivery(now),
        }
    }

    /// This person's votes that still speak, in the order cast.
    pub fn own_votes(&self) -> Vec<OwnVote> {
        let (records, standings) = (&self.records.votes, self.records.standings());
        let standing = |id: Digest| {
            let at = records.iter().position(|record| record.id == id);
            match at.map(|at| standings[at]) {
                Some(Standing::Delivered) => "delivered",
                Some(Standing::Signed) => "signed",
                Some(Standing::Undeliverable) => "undeliverable",
                _ => "kept",
            }
        };
        let speaking = self.records.speaking().into_iter();
        speaking
            .map(|record| OwnVote {
                vote: record.vote.clone(),
                cast_at: record.cast_at,
                standing: standing(record.id),
            })
            .collect()
    }

    /// Why the board is not shown now; none where it is.
    pub fn board_hidden(&self, now: u64) -> Option<Hidden> {
        let closed = self.outbox.operator_time(now) >= self.round().closes_at;
        match self.round().rules.board {
            BoardRule::Voted if self.cast() == 0 && !closed => Some(Hidden::Voted),
            BoardRule::Closed if !closed => Some(Hidden::Closed),
            _ => None,
        }
    }

    /// What is published about the guess on a desk: the commitment, and its text once it is answered.
    pub fn commitment(&self, kind: VoteKind) -> Option<(Digest, Option<String>)> {
        let asked = self.desk(kind).asked.as_ref()?;
        Some((asked.commitment.digest(), asked.answer.map(|_| asked.commitment.text().into())))
    }

    fn phase(&self, kind: VoteKind, desk: &Desk, now: u64) -> Phase {
        let needed = match kind {
            VoteKind::Approval | VoteKind::Stars => 1,
            VoteKind::Ranking => self.round().ranking_size(),
            _ => 2,
        };
        let time = self.outbox.operator_time(now);
        if time < self.round().opens_at {
            return Phase::Upcoming;
        }
        if let Some(asked) = &desk.asked {
            // The answer to the last question may still be looked at after the round has closed.
            if asked.answer.is_some() {
                return Phase::Answered;
            }
            if self.is_open(now) {
                let readable = asked.question.candidates().into_iter().all(|id| self.is_readable(id));
                return if readable { Phase::Asking } else { Phase::Loading };
            }
        }
        if !self.is_open(now) {
            Phase::Closed
        } else if self.usable() < needed || !self.round().rules.allows(kind) {
            Phase::Empty
        } else if desk.done {
            Phase::Done
        } else {
            Phase::Loading
        }
    }

    fn shown<'a>(&self, desk: &'a Desk, phase: Phase) -> Option<&'a Asked> {
        desk.asked.as_ref().filter(|_| matches!(phase, Phase::Asking | Phase::Answered))
    }
}
