//! The session: one person in one round on one device.

use alloc::{boxed::Box, string::String, vec, vec::Vec};
use sha2::{Digest as _, Sha256};
use taste_ballot::{Address, Round, SignedRound};
use taste_core::{
    ApprovalOutcome, Candidate, CandidateId, CandidateKind, Digest, DuelOutcome, Judgement, Question,
    RoundId, Strength, Vote, VoteKind,
};

use crate::{
    advice::{Advisor, Planned},
    choose::derive,
    desk::Desk,
    error::SdkError,
    outbox::{Identity, Outbox},
    records::{Records, Standing, VoteRecord},
    saved::Saved,
    view::Tally,
};

/// What is known of a candidate's content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// Its text was checked and is with the page.
    pub(crate) here: bool,
    /// It cannot be shown.
    pub(crate) broken: bool,
}

/// One person in one round on one device: takes votes, says what it needs, yields ballots.
///
/// A pure state machine. Time (`now`, Unix seconds), randomness (`seed`, 32 bytes, fresh for every call) and all
/// IO are the caller's; the same calls give the same session, bit for bit.
#[derive(Debug)]
pub struct Session {
    pub(crate) signed: SignedRound,
    pub(crate) id: RoundId,
    /// Where each candidate is in the manifest, by id.
    index: Vec<(CandidateId, usize)>,
    pub(crate) contents: Vec<Content>,
    pub(crate) who: Identity,
    pub(crate) server: Option<Address>,
    pub(crate) records: Records,
    pub(crate) advisor: Option<Box<dyn Advisor>>,
    /// One for each kind of vote, in the order of [`VoteKind::ALL`].
    pub(crate) desks: [Desk; VoteKind::ALL.len()],
    pub(crate) keep_going: bool,
    pub(crate) outbox: Outbox,
    pub(crate) offline: bool,
    pub(crate) storage_trouble: Option<String>,
    /// Votes of this session in the order cast, for undo.
    casts: Vec<Digest>,
}

impl Session {
    /// Opens a round for the key that will sign. `expected` is the id in the address the round came from: it stands for the
    /// whole manifest, its operator included. Without one the operator's signature has to be looked at, which
    /// [`Session::check_operator`] does.
    ///
    /// # Errors
    /// [`SdkError::RoundId`] where the manifest is another one.
    pub fn new(
        signed: SignedRound,
        expected: Option<RoundId>,
        signer: Address,
    ) -> Result<Self, Box<SdkError>> {
        let id = signed.round.digest();
        if let Some(expected) = expected.filter(|expected| *expected != id) {
            return Err(SdkError::RoundId { expected, found: id }.into());
        }
        let mut index: Vec<_> = signed.round.candidates.iter().enumerate().map(|(i, c)| (c.id, i)).collect();
        index.sort_unstable();
        let contents = vec![Content::default(); signed.round.candidates.len()];
        Ok(Self {
            signed,
            id,
            index,
            contents,
            who: Identity::guest(signer),
            server: None,
            records: Records::default(),
            advisor: None,
            desks: Default::default(),
            keep_going: false,
            outbox: Outbox::default(),
            offline: false,
            storage_trouble: None,
            casts: Vec::new(),
        })
    }

    /// Holds the round's signature against its operator: `signer` is what [`taste_ballot::recover`] says of it.
    ///
    /// # Errors
    /// [`SdkError::RoundSignature`].
    pub fn check_operator(&self, signer: Address) -> Result<(), Box<SdkError>> {
        if signer == self.round().operator { Ok(()) } else { Err(SdkError::RoundSignature.into()) }
    }

    /// The round.
    pub fn round(&self) -> &Round {
        &self.signed.round
    }

    /// The round's id, computed from the manifest.
    pub fn id(&self) -> RoundId {
        self.id
    }

    /// Who votes.
    pub fn identity(&self) -> &Identity {
        &self.who
    }

    /// All that is remembered of this round.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Votes go on in this name. Votes not signed yet go with it; what another key signed can no longer be taken back,
    /// since only that key could replace it.
    pub fn identify(&mut self, who: Identity) {
        if who.signer != self.who.signer {
            let (votes, standings) = (&self.records.votes, self.records.standings());
            self.casts.retain(|id| {
                let kept = |(vote, standing): (&VoteRecord, &Standing)| {
                    vote.id == *id && *standing == Standing::Kept
                };
                votes.iter().zip(&standings).any(kept)
            });
        }
        self.outbox.draft = None;
        self.outbox.barred = None;
        self.outbox.hurry();
        self.who = who;
    }

    /// The address whose receipts are also good: the server's operator, where the round's is another one.
    pub fn trust_server(&mut self, operator: Address) {
        self.server = Some(operator);
    }

    /// The operator's clock, so that tickets in the future are not refused. `server` in Unix seconds.
    pub fn set_clock(&mut self, now: u64, server: u64) {
        self.outbox.clock = server.wrapping_sub(now) as i64;
    }

    /// Whether the device believes it is offline. Coming back makes the next try due.
    pub fn set_offline(&mut self, offline: bool) {
        if self.offline && !offline {
            self.outbox.hurry();
        }
        self.offline = offline;
    }

    /// What is wrong with storing votes on this device, for [`Delivery::storage`](crate::Delivery::storage): a stable
    /// code, or nothing.
    pub fn set_storage_trouble(&mut self, code: Option<String>) {
        self.storage_trouble = code;
    }

    // ---- content -------------------------------------------------------------------------------------------

    /// Checks a text's or a palette's content, which the page has now: its SHA-256 must be the id.
    ///
    /// # Errors
    /// [`SdkError::ForeignCandidate`], [`SdkError::ContentDigest`].
    pub fn check_text(&mut self, id: CandidateId, text: &str) -> Result<(), Box<SdkError>> {
        let at = self.position(id)?;
        if Sha256::digest(text.as_bytes())[..] != id.0[..] {
            return Err(SdkError::ContentDigest { id }.into());
        }
        self.contents[at].here = true;
        Ok(())
    }

    /// Texts and palettes on the desks whose content is not here yet: fetch these first.
    pub fn wanted_texts(&self) -> Vec<CandidateId> {
        let mut wanted: Vec<CandidateId> = Vec::new();
        for desk in &self.desks {
            wanted.extend(desk.candidates());
        }
        // What was found never to come is not asked for again, though an answer about it may still be up.
        wanted
            .retain(|id| !self.is_readable(*id) && !self.find(id).is_some_and(|at| self.contents[at].broken));
        wanted
    }

    /// Whether a candidate can be shown now: only what is written (a text, a palette's colours) has to be here first.
    pub(crate) fn is_readable(&self, id: CandidateId) -> bool {
        self.find(&id).is_some_and(|at| {
            let written = matches!(self.candidate_at(at).kind, CandidateKind::Text | CandidateKind::Palette);
            !written || self.contents[at].here
        })
    }

    pub(crate) fn candidate_at(&self, at: usize) -> &Candidate {
        &self.signed.round.candidates[at]
    }

    pub(crate) fn find(&self, id: &CandidateId) -> Option<usize> {
        find(&self.index, id)
    }

    pub(crate) fn position(&self, id: CandidateId) -> Result<usize, Box<SdkError>> {
        self.find(&id).ok_or_else(|| SdkError::ForeignCandidate { id }.into())
    }

    // ---- answering -----------------------------------------------------------------------------------------

    /// Answers the question of this kind that is up, in the words of the protocol: `left`, `3.5/5`, `3>1>2`, `skip`, ….
    /// `reasons` are some of the round's, in any order.
    ///
    /// # Errors
    /// [`SdkError::NoQuestion`], [`SdkError::NotOpen`], [`SdkError::Core`] for what is no answer, [`SdkError::Ballot`] for one
    /// that the round's rules do not allow. The question stays up then.
    pub fn vote(
        &mut self,
        kind: VoteKind,
        outcome: &str,
        strength: Option<Strength>,
        reasons: Vec<String>,
        now: u64,
    ) -> Result<Digest, Box<SdkError>> {
        let question = self.up(kind)?;
        self.answer(Judgement::parse(question, outcome)?, strength, reasons, now)
    }

    /// Answers the duel that is up.
    ///
    /// # Errors
    /// As [`Session::vote`].
    pub fn vote_duel(
        &mut self,
        outcome: DuelOutcome,
        strength: Option<Strength>,
        now: u64,
    ) -> Result<Digest, Box<SdkError>> {
        match self.up(VoteKind::Duel)? {
            Question::Duel { left, right } => {
                self.answer(Judgement::Duel { left, right, outcome }, strength, Vec::new(), now)
            }
            _ => Err(SdkError::NoQuestion.into()),
        }
    }

    /// Answers the approval that is up.
    ///
    /// # Errors
    /// As [`Session::vote`].
    pub fn vote_approval(&mut self, outcome: ApprovalOutcome, now: u64) -> Result<Digest, Box<SdkError>> {
        match self.up(VoteKind::Approval)? {
            Question::Approval { candidate } => {
                self.answer(Judgement::Approval { candidate, outcome }, None, Vec::new(), now)
            }
            _ => Err(SdkError::NoQuestion.into()),
        }
    }

    /// The question of this kind that waits for its answer.
    fn up(&self, kind: VoteKind) -> Result<Question, Box<SdkError>> {
        let asked = self.desk(kind).asked.as_ref().filter(|asked| asked.answer.is_none());
        asked.map(|asked| asked.question.clone()).ok_or_else(|| SdkError::NoQuestion.into())
    }

    fn answer(
        &mut self,
        judgement: Judgement,
        strength: Option<Strength>,
        reasons: Vec<String>,
        now: u64,
    ) -> Result<Digest, Box<SdkError>> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen.into());
        }
        let order = self.records.next_order();
        let mut vote = Vote { strength, ..Vote::from(judgement) };
        let kind = vote.kind();
        let asked = self.desk(kind).asked.as_ref().filter(|asked| asked.answer.is_none());
        let asked = asked.ok_or_else(|| Box::new(SdkError::NoQuestion))?;
        let (id, forecast, counts) = (asked.commitment.digest(), asked.forecast, asked.counts);
        vote.propensity = asked.propensity;
        let tags = &self.round().rules.reasons;
        // In the round's order. What is foreign stays, to be refused below, as is what was said twice.
        let mut left = reasons;
        for tag in tags {
            while let Some(at) = left.iter().position(|reason| reason == tag) {
                vote.reasons.push(left.remove(at));
            }
        }
        vote.reasons.append(&mut left);
        self.round().allows(&vote)?;
        if let Some(asked) = &mut self.desk_mut(kind).asked {
            asked.answer = Some(id);
        }
        self.records.votes.push(VoteRecord {
            id,
            order,
            cast_at: now,
            vote,
            forecast,
            counts,
            withdrawn: false,
        });
        self.casts.push(id);
        self.learn();
        Ok(id)
    }

    /// Whether [`Session::undo`] has something to take back.
    pub fn can_undo(&self, desk: Option<VoteKind>) -> bool {
        self.last_cast(desk).is_some()
    }

    /// The last vote of this session on a desk: its place among the casts, and its record's.
    fn last_cast(&self, desk: Option<VoteKind>) -> Option<(usize, usize)> {
        self.casts.iter().enumerate().rev().find_map(|(cast, id)| {
            let at = self.records.votes.iter().position(|record| record.id == *id)?;
            let found = self.records.votes[at].vote.kind();
            (desk.unwrap_or(found) == found).then_some((cast, at))
        })
    }

    /// Takes the last vote of this session (of one desk, where it is named) back and puts its question up again. A
    /// vote that is signed already cannot be unsigned: a skip on the same question replaces it.
    ///
    /// # Errors
    /// [`SdkError::NothingToUndo`].
    pub fn undo(&mut self, desk: Option<VoteKind>, now: u64, seed: &[u8; 32]) -> Result<(), Box<SdkError>> {
        let (cast, at) = self.last_cast(desk).ok_or_else(|| Box::new(SdkError::NothingToUndo))?;
        self.casts.remove(cast);
        self.records.votes[at].withdrawn = true;
        self.outbox.draft = None;
        let question = self.records.votes[at].vote.question();
        let propensity = self.records.votes[at].vote.propensity;
        self.replace_signed_withdrawals(now);
        self.learn();
        let kind = question.kind();
        let asked = self.put_up(Planned { question, propensity }, seed);
        let desk = self.desk_mut(kind);
        desk.asked = Some(asked);
        desk.done = false;
        Ok(())
    }

    /// A vote that was taken back after it was signed, or while another tab signed it, is replaced by a skip. The skip's
    /// id follows from the vote's, so that two tabs that both notice write the same one.
    fn replace_signed_withdrawals(&mut self, now: u64) {
        let standings = self.records.standings();
        let mut skips = Vec::new();
        for (at, (record, standing)) in self.records.votes.iter().zip(&standings).enumerate() {
            if !record.withdrawn || *standing < Standing::Undeliverable {
                continue;
            }
            let question = record.vote.question();
            let key = question.key();
            let mut later = self.records.votes.iter().zip(&standings).skip(at + 1);
            if later.any(|(vote, s)| vote.vote.question().key() == key && *s != Standing::Withdrawn) {
                continue;
            }
            let Ok(skip) = Judgement::parse(question, "skip") else { continue };
            skips.push(VoteRecord {
                id: Digest(derive(&record.id.0, b"taken back")),
                order: self.records.next_order() + skips.len() as u32,
                cast_at: now,
                vote: Vote { propensity: record.vote.propensity, ..Vote::from(skip) },
                forecast: record.forecast,
                counts: false,
                withdrawn: false,
            });
        }
        self.records.votes.extend(skips);
    }

    /// The next question, on every desk (or the one that is named) that was in use and has none up.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`].
    pub fn next(&mut self, kind: Option<VoteKind>, now: u64, seed: &[u8; 32]) -> Result<(), Box<SdkError>> {
        for each in VoteKind::ALL {
            let desk = self.desk(each);
            let answered = desk.asked.as_ref().is_some_and(|asked| asked.answer.is_some());
            if kind.unwrap_or(each) == each && (desk.done || answered) {
                self.ask(each, now, &derive(seed, desk_seed(each)))?;
            }
        }
        Ok(())
    }

    /// Asks on although enough is known.
    ///
    /// # Errors
    /// [`SdkError::NotOpen`].
    pub fn keep_going(&mut self, now: u64, seed: &[u8; 32]) -> Result<(), Box<SdkError>> {
        self.keep_going = true;
        self.next(None, now, seed)
    }

    /// The content of a candidate cannot be shown: other questions take the place of those that show it, and nothing is
    /// recorded.
    ///
    /// # Errors
    /// [`SdkError::ForeignCandidate`], [`SdkError::NotOpen`].
    pub fn broken(&mut self, id: CandidateId, now: u64, seed: &[u8; 32]) -> Result<(), Box<SdkError>> {
        let at = self.position(id)?;
        self.contents[at].broken = true;
        for kind in VoteKind::ALL {
            let desk = self.desk_mut(kind);
            let had = desk.asked.is_some();
            desk.drop_candidate(id);
            if had && desk.asked.is_none() {
                self.ask(kind, now, &derive(seed, desk_seed(kind)))?;
            }
        }
        Ok(())
    }

    /// How many candidates can be shown.
    pub(crate) fn usable(&self) -> usize {
        self.contents.iter().filter(|content| !content.broken).count()
    }

    /// How the guesses went, over all votes that were not taken back.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for record in self.records.votes.iter().filter(|record| record.counts && !record.withdrawn) {
            if let Some(hit) = record.forecast.hit(&record.vote.judgement) {
                tally.guessed += 1;
                tally.hits += u32::from(hit);
                tally.recent.push(hit);
            }
        }
        let surplus = tally.recent.len().saturating_sub(12);
        tally.recent.drain(..surplus);
        tally
    }

    /// The record of a vote.
    pub(crate) fn record(&self, id: Digest) -> Option<&VoteRecord> {
        self.records.votes.iter().find(|record| record.id == id)
    }

    // ---- advice --------------------------------------------------------------------------------------------

    /// From now on this one knows about taste. It learns this person's votes, so the very next question and guess know both;
    /// what is up and not answered is committed to anew.
    pub fn take_advice(&mut self, advisor: Box<dyn Advisor>, seed: &[u8; 32]) {
        self.advisor = Some(advisor);
        for desk in &mut self.desks {
            desk.planned = None;
        }
        self.learn();
        self.commit_again(seed);
        for kind in VoteKind::ALL {
            self.plan_ahead(kind, seed);
        }
    }

    /// The digest of the model behind the advice.
    pub fn model(&self) -> Option<Digest> {
        self.advisor.as_ref().map(|advisor| advisor.model())
    }

    /// Hands the votes that speak now to whoever knows about taste.
    fn learn(&mut self) {
        let from = self.records.taught_from;
        let speaking = self.records.speaking().into_iter().filter(|record| record.order >= from);
        if let Some(advisor) = &mut self.advisor {
            advisor.learn(&speaking.map(|record| &record.vote).collect::<Vec<_>>());
        }
    }

    /// Has what was learned of this person forgotten, here and after every reload: what was voted so far teaches nothing any
    /// more. The votes stand.
    pub fn forget_taste(&mut self) {
        self.records.taught_from = self.records.next_order();
        for desk in &mut self.desks {
            desk.planned = None;
        }
        self.learn();
    }

    // ---- keeping -------------------------------------------------------------------------------------------

    /// Whether to ask on although enough is known.
    pub fn keeps_going(&self) -> bool {
        self.keep_going
    }

    /// Everything that must survive a reload.
    pub fn save(&self) -> Saved {
        Saved::new(self.id, self.records.clone(), self.keep_going)
    }

    /// Adds what was saved, here or in another tab; nothing that either knew is lost.
    ///
    /// # Errors
    /// [`SdkError::Saved`] for another round's state or an unknown version; the session is unchanged then.
    pub fn merge(&mut self, saved: Saved, now: u64) -> Result<(), Box<SdkError>> {
        let (records, keep_going) = saved.open(self.id)?;
        self.records.join(records);
        self.keep_going |= keep_going;
        self.replace_signed_withdrawals(now);
        self.learn();
        Ok(())
    }
}

/// What makes one seed several. The words are older than the kinds of votes.
fn desk_seed(kind: VoteKind) -> &'static [u8] {
    match kind {
        VoteKind::Duel => b"duel desk",
        VoteKind::Approval => b"approval desk",
        other => other.as_str().as_bytes(),
    }
}

fn find(index: &[(CandidateId, usize)], id: &CandidateId) -> Option<usize> {
    let at = index.binary_search_by(|(known, _)| known.cmp(id)).ok()?;
    Some(index[at].1)
}
