//! From the session's state to what widgets draw.

use alloc::{string::String, vec::Vec};
use serde::Deserialize;
use taste_core::{CandidateId, Judgement, Question, RoundId};

use crate::{
    desk::{Asked, Desk, DeskKind},
    error::SdkError,
    records::Standing,
    session::Session,
    view::{ApproveView, BoardRowView, BoardView, CandidateView, Delivery, DuelView, Phase},
};

/// The board as the server writes it (ARCHITECTURE, "HTTP"); the fields that a page shows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BoardWire {
    /// Which round's.
    pub round: RoundId,
    /// All votes in it.
    pub votes: u32,
    /// By how many people.
    pub voters: u32,
    /// Best first.
    pub rows: Vec<BoardRowWire>,
}

/// One row of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardRowWire {
    candidate: CandidateId,
    rank_low: u32,
    rank_high: u32,
    share: f64,
    share_low: f64,
    share_high: f64,
    votes: u32,
    fragile: bool,
}

impl Session {
    /// The candidate as it hangs on the wall.
    ///
    /// # Errors
    /// [`SdkError::ForeignCandidate`].
    pub fn candidate_view(&self, id: CandidateId) -> Result<CandidateView, SdkError> {
        let at = self.position(id)?;
        let (candidate, content) = (self.candidate_at(at), self.content(at));
        Ok(CandidateView {
            id,
            kind: candidate.kind,
            title: candidate.title.clone(),
            note: candidate.note.clone(),
            src: content.src.clone(),
            text: content.text.clone(),
        })
    }

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
        }
    }

    /// The state of a duel widget.
    pub fn duel_view(&self, now: u64) -> DuelView {
        let phase = self.phase(&self.duel, 2, now);
        let asked = self.shown(&self.duel, phase);
        let vote = asked.and_then(|asked| self.record(asked.answer?));
        DuelView {
            phase,
            question: self.round().question.clone(),
            pair: asked.and_then(|asked| self.pair(&asked.question)),
            outcome: vote.and_then(|record| match record.vote.judgement {
                Judgement::Duel { outcome, .. } => Some(outcome),
                _ => None,
            }),
            guess: vote.map(|record| record.forecast.guess(record.forecast.hit(&record.vote.judgement))),
            upcoming: self.duel.planned.as_ref().and_then(|planned| self.pair(&planned.question)),
            tally: self.tally(),
            can_undo: self.can_undo(Some(DeskKind::Duel)),
            delivery: self.delivery(now),
        }
    }

    /// The state of an approval widget.
    pub fn approve_view(&self, now: u64) -> ApproveView {
        let phase = self.phase(&self.approval, 1, now);
        let asked = self.shown(&self.approval, phase);
        let vote = asked.and_then(|asked| self.record(asked.answer?));
        let speaking = self.records.speaking();
        let judged =
            speaking.iter().filter(|r| matches!(r.vote.judgement, Judgement::Approval { .. })).count();
        let all = self.usable();
        // The one that is up counts as reached, so the first says "1 of 12".
        let reached = if phase == Phase::Asking { judged + 1 } else { judged };
        ApproveView {
            phase,
            question: self.round().question.clone(),
            candidate: asked.and_then(|asked| match asked.question {
                Question::Approval { candidate } => self.candidate_view(candidate).ok(),
                _ => None,
            }),
            outcome: vote.and_then(|record| match record.vote.judgement {
                Judgement::Approval { outcome, .. } => Some(outcome),
                _ => None,
            }),
            guess: vote.map(|record| record.forecast.guess(record.forecast.hit(&record.vote.judgement))),
            progress: (reached.min(all) as u32, all as u32),
            tally: self.tally(),
            can_undo: self.can_undo(Some(DeskKind::Approval)),
            delivery: self.delivery(now),
        }
    }

    /// The state of a board widget; `None` while the board is on its way. Rows of candidates that are not in
    /// this round are left out.
    pub fn board_view(&self, board: Option<&BoardWire>) -> BoardView {
        let title = self.round().title.clone();
        let Some(board) = board.filter(|board| board.round == self.id()) else {
            return BoardView { phase: Phase::Loading, title, votes: 0, voters: 0, rows: Vec::new() };
        };
        let chosen = self.records.chosen();
        // Before the first vote every rank is possible for all: rows would say so a hundred times.
        let ranked = if board.votes == 0 { &[] } else { board.rows.as_slice() };
        let rows: Vec<_> = ranked
            .iter()
            .filter_map(|row| {
                Some(BoardRowView {
                    candidate: self.candidate_view(row.candidate).ok()?,
                    ranks: (row.rank_low, row.rank_high),
                    share: row.share,
                    low: row.share_low,
                    high: row.share_high,
                    votes: row.votes,
                    fragile: row.fragile,
                    yours: chosen.binary_search(&row.candidate).is_ok(),
                })
            })
            .collect();
        let phase = if rows.is_empty() { Phase::Empty } else { Phase::Asking };
        BoardView { phase, title, votes: board.votes, voters: board.voters, rows }
    }

    /// What is published about the guess on the duel desk: the commitment, and its text once it is answered.
    pub fn duel_commitment(&self) -> Option<(taste_core::Digest, Option<String>)> {
        opening(&self.duel)
    }

    /// As [`Session::duel_commitment`], for the approval desk.
    pub fn approval_commitment(&self) -> Option<(taste_core::Digest, Option<String>)> {
        opening(&self.approval)
    }

    fn phase(&self, desk: &Desk, needed: usize, now: u64) -> Phase {
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
        } else if self.usable() < needed {
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

    fn pair(&self, question: &Question) -> Option<(CandidateView, CandidateView)> {
        match question {
            Question::Duel { left, right } => {
                Some((self.candidate_view(*left).ok()?, self.candidate_view(*right).ok()?))
            }
            _ => None,
        }
    }
}

fn opening(desk: &Desk) -> Option<(taste_core::Digest, Option<String>)> {
    let asked = desk.asked.as_ref()?;
    Some((asked.commitment.digest(), asked.answer.map(|_| asked.commitment.text().into())))
}
