//! The session: one person in one round on one device.

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};
use sha2::{Digest as _, Sha256};
use taste_ballot::{Address, Round, SignedRound};
use taste_core::{
    ApprovalOutcome, Candidate, CandidateId, Digest, DuelOutcome, Judgement, Question, RoundId, Strength,
    Vote,
};

use crate::{
    choose::derive,
    desk::{Desk, DeskKind, Planned},
    error::SdkError,
    guess::Forecast,
    knowledge::{Knowledge, Subject},
    outbox::{Identity, Outbox},
    records::{Records, Standing, VoteRecord},
    saved::Saved,
    view::{Request, Tally},
};

/// Where a candidate's content is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    pub(crate) src: Option<String>,
    pub(crate) text: Option<String>,
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
    pub(crate) knowledge: Option<Knowledge>,
    pub(crate) duel: Desk,
    pub(crate) approval: Desk,
    pub(crate) keep_going: bool,
    pub(crate) outbox: Outbox,
    pub(crate) offline: bool,
    pub(crate) storage_trouble: Option<String>,
    /// Votes of this session in the order cast, for undo.
    casts: Vec<Digest>,
}

impl Session {
    /// Opens a round for the key that will sign. `expected` is the id in the address the round came from.
    ///
    /// # Errors
    /// [`SdkError::RoundSignature`] where someone else than the operator signed, [`SdkError::RoundId`] where
    /// the manifest is another one, and the leaf's errors for a signature that is none.
    pub fn new(signed: SignedRound, expected: Option<RoundId>, signer: Address) -> Result<Self, SdkError> {
        if signed.verify()? != signed.round.operator {
            return Err(SdkError::RoundSignature);
        }
        let id = signed.round.digest();
        if let Some(expected) = expected.filter(|expected| *expected != id) {
            return Err(SdkError::RoundId { expected, found: id });
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
            knowledge: None,
            duel: Desk::default(),
            approval: Desk::default(),
            keep_going: false,
            outbox: Outbox::default(),
            offline: false,
            storage_trouble: None,
            casts: Vec::new(),
        })
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

    /// Says where a candidate's content lies.
    ///
    /// # Errors
    /// [`SdkError::ForeignCandidate`].
    pub fn set_source(&mut self, id: CandidateId, src: &str) -> Result<(), SdkError> {
        let at = self.position(id)?;
        self.contents[at].src = Some(src.to_string());
        Ok(())
    }

    /// Brings a text candidate's content. It is checked: its SHA-256 must be the id.
    ///
    /// # Errors
    /// [`SdkError::ForeignCandidate`], [`SdkError::ContentDigest`].
    pub fn set_text(&mut self, id: CandidateId, text: &str) -> Result<(), SdkError> {
        let at = self.position(id)?;
        if Sha256::digest(text.as_bytes())[..] != id.0[..] {
            return Err(SdkError::ContentDigest { id });
        }
        self.contents[at].text = Some(text.to_string());
        Ok(())
    }

    /// Text candidates on the desks whose content is not here yet: fetch these first.
    pub fn wanted_texts(&self) -> Vec<CandidateId> {
        let mut wanted = self.duel.candidates();
        wanted.extend(self.approval.candidates());
        wanted.retain(|id| !self.is_readable(*id));
        wanted
    }

    /// Whether a candidate can be shown now: only a text has to be here first.
    pub(crate) fn is_readable(&self, id: CandidateId) -> bool {
        self.find(&id).is_some_and(|at| {
            self.candidate_at(at).kind != taste_core::CandidateKind::Text || self.contents[at].text.is_some()
        })
    }

    pub(crate) fn content(&self, at: usize) -> &Content {
        &self.contents[at]
    }

    pub(crate) fn candidate_at(&self, at: usize) -> &Candidate {
        &self.signed.round.candidates[at]
    }

    pub(crate) fn find(&self, id: &CandidateId) -> Option<usize> {
        find(&self.index, id)
    }

    pub(crate) fn position(&self, id: CandidateId) -> Result<usize, SdkError> {
        self.find(&id).ok_or(SdkError::ForeignCandidate { id })
    }

    // ---- answering -----------------------------------------------------------------------------------------

    /// Answers the duel that is up.
    ///
    /// # Errors
    /// [`SdkError::NoQuestion`], [`SdkError::NotOpen`].
    pub fn vote_duel(
        &mut self,
        outcome: DuelOutcome,
        strength: Option<Strength>,
        now: u64,
    ) -> Result<Digest, SdkError> {
        match self.duel.asked.as_ref().map(|asked| &asked.question) {
            Some(&Question::Duel { left, right }) => {
                self.answer(Judgement::Duel { left, right, outcome }, strength, now)
            }
            _ => Err(SdkError::NoQuestion),
        }
    }

    /// Answers the approval that is up.
    ///
    /// # Errors
    /// [`SdkError::NoQuestion`], [`SdkError::NotOpen`].
    pub fn vote_approval(&mut self, outcome: ApprovalOutcome, now: u64) -> Result<Digest, SdkError> {
        match self.approval.asked.as_ref().map(|asked| &asked.question) {
            Some(&Question::Approval { candidate }) => {
                self.answer(Judgement::Approval { candidate, outcome }, None, now)
            }
            _ => Err(SdkError::NoQuestion),
        }
    }

    fn answer(
        &mut self,
        judgement: Judgement,
        strength: Option<Strength>,
        now: u64,
    ) -> Result<Digest, SdkError> {
        if !self.is_open(now) {
            return Err(SdkError::NotOpen);
        }
        let order = self.records.next_order();
        let desk = match judgement {
            Judgement::Approval { .. } => &mut self.approval,
            _ => &mut self.duel,
        };
        let asked = desk.asked.as_mut().filter(|asked| asked.answer.is_none()).ok_or(SdkError::NoQuestion)?;
        let id = asked.commitment.digest();
        asked.answer = Some(id);
        let vote = Vote { strength, propensity: asked.propensity, ..judgement.into() };
        let (forecast, counts) = (asked.forecast, asked.counts);
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
    pub fn can_undo(&self, desk: Option<DeskKind>) -> bool {
        self.last_cast(desk).is_some()
    }

    /// The last vote of this session on a desk: its place among the casts, and its record's.
    fn last_cast(&self, desk: Option<DeskKind>) -> Option<(usize, usize)> {
        self.casts.iter().enumerate().rev().find_map(|(cast, id)| {
            let at = self.records.votes.iter().position(|record| record.id == *id)?;
            let found = DeskKind::of(&self.records.votes[at].vote.question());
            (desk.unwrap_or(found) == found).then_some((cast, at))
        })
    }

    /// Takes the last vote of this session (of one desk, where it is named) back and puts its question up again. A
    /// vote that is signed already cannot be unsigned: a skip on the same question replaces it.
    ///
    /// # Errors
    /// [`SdkError::NothingToUndo`].
    pub fn undo(&mut self, desk: Option<DeskKind>, now: u64, seed: &[u8; 32]) -> Result<(), SdkError> {
        let (cast, at) = self.last_cast(desk).ok_or(SdkError::NothingToUndo)?;
        self.casts.remove(cast);
        self.records.votes[at].withdrawn = true;
        self.outbox.draft = None;
        let question = self.records.votes[at].vote.question();
        let propensity = self.records.votes[at].vote.propensity;
        self.replace_signed_withdrawals(now);
        self.learn();
        let asked = self.put_up(Planned { question: question.clone(), propensity }, seed);
        let desk = self.desk(&question);
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
            let key = record.vote.question().key();
            let mut later = self.records.votes.iter().zip(&standings).skip(at + 1);
            if later.any(|(vote, s)| vote.vote.question().key() == key && *s != Standing::Withdrawn) {
                continue;
            }
            skips.push(VoteRecord {
                id: Digest(derive(&record.id.0, b"taken back")),
                order: self.records.next_order() + skips.len() as u32,
                cast_at: now,
                vote: Vote { propensity: record.vote.propensity, ..record.vote.judgement.skipped().into() },
                counts: false,
                withdrawn: false,
                ..record.clone()
            });
        }
        self.records.votes.extend(skips);
    }

    /// Does what a widget asks for, as far as it needs no IO; `false` where the host must do it (retry, wallet).
    ///
    /// # Errors
    /// Those of the method that the request names.
    pub fn request(&mut self, request: &Request, now: u64, seed: &[u8; 32]) -> Result<bool, SdkError> {
        match request {
            Request::Duel { outcome } => drop(self.vote_duel(*outcome, None, now)?),
            Request::Approve { outcome } => drop(self.vote_approval(*outcome, now)?),
            Request::Undo { desk } => self.undo(*desk, now, seed)?,
            Request::Next { desk } => self.next(*desk, now, seed)?,
            Request::Broken { candidate } => self.broken(*candidate, now, seed)?,
            Request::KeepGoing => {
                self.keep_going = true;
                self.next(None, now, seed)?;
            }
            Request::Retry | Request::Connect { .. } | Request::Disconnect => return Ok(false),
        }
        Ok(true)
    }

    /// The next question, on every desk (or the one that is named) that was in use and has none up.
    pub fn next(&mut self, desk: Option<DeskKind>, now: u64, seed: &[u8; 32]) -> Result<(), SdkError> {
        let waits = |kind, its: &Desk| {
            let answered = its.asked.as_ref().is_some_and(|asked| asked.answer.is_some());
            desk.unwrap_or(kind) == kind && (its.done || answered)
        };
        let ask_duel = waits(DeskKind::Duel, &self.duel);
        let ask_approval = waits(DeskKind::Approval, &self.approval);
        if ask_duel {
            self.ask_duel(now, &derive(seed, b"duel desk"))?;
        }
        if ask_approval {
            self.ask_approval(now, &derive(seed, b"approval desk"))?;
        }
        Ok(())
    }

    fn broken(&mut self, id: CandidateId, now: u64, seed: &[u8; 32]) -> Result<(), SdkError> {
        let at = self.position(id)?;
        self.contents[at].broken = true;
        let (had_duel, had_approval) = (self.duel.asked.is_some(), self.approval.asked.is_some());
        self.duel.drop_candidate(id);
        self.approval.drop_candidate(id);
        if had_duel && self.duel.asked.is_none() {
            self.ask_duel(now, &derive(seed, b"duel desk"))?;
        }
        if had_approval && self.approval.asked.is_none() {
            self.ask_approval(now, &derive(seed, b"approval desk"))?;
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

    // ---- learning ------------------------------------------------------------------------------------------

    /// Takes the features of this round under a new taste model, which its digest names; the person's own votes are replayed, so the very next
    /// prediction knows both. The question that is up keeps the guess it committed to.
    ///
    /// # Errors
    /// [`SdkError::Features`] where the features are another model's or round's; [`SdkError::Model`] for a damaged
    /// file.
    pub fn install_model(&mut self, features: &[u8], model: Digest) -> Result<(), SdkError> {
        self.knowledge = Some(Knowledge::read(features, model, self.contents.len())?);
        (self.duel.planned, self.approval.planned) = (None, None);
        self.learn();
        Ok(())
    }

    /// The digest of the model in use.
    pub fn model(&self) -> Option<Digest> {
        self.knowledge.as_ref().map(Knowledge::digest)
    }

    /// What the session knows about taste, once a model is here.
    pub fn knowledge(&self) -> Option<&Knowledge> {
        self.knowledge.as_ref()
    }

    /// The preference between two subjects, the sides not mattering.
    ///
    /// # Errors
    /// [`SdkError::NoModel`], [`SdkError::ForeignCandidate`], [`SdkError::Model`] for content evaluated by a model
    /// with other features.
    pub fn predict(&self, left: &Subject, right: &Subject) -> Result<Forecast, SdkError> {
        let knowledge = self.knowledge.as_ref().ok_or(SdkError::NoModel)?;
        knowledge.compare(left, right, |id| self.position(id))
    }

    /// This person's expected utility of a subject; only differences mean something.
    ///
    /// # Errors
    /// As [`Session::predict`].
    pub fn utility(&self, subject: &Subject) -> Result<f64, SdkError> {
        let knowledge = self.knowledge.as_ref().ok_or(SdkError::NoModel)?;
        knowledge.utility(subject, |id| self.position(id))
    }

    /// Rebuilds the posterior from the votes that speak now: the same however they arrived.
    fn learn(&mut self) {
        if let Some(knowledge) = &mut self.knowledge {
            let votes: Vec<Vote> = self.records.speaking().iter().map(|record| record.vote.clone()).collect();
            knowledge.learn(&votes, |id| find(&self.index, &id));
        }
    }

    // ---- keeping -------------------------------------------------------------------------------------------

    /// Everything that must survive a reload.
    pub fn save(&self) -> Saved {
        Saved::new(self.id, self.records.clone(), self.keep_going)
    }

    /// Adds what was saved, here or in another tab; nothing that either knew is lost.
    ///
    /// # Errors
    /// [`SdkError::Saved`] for another round's state or an unknown version; the session is unchanged then.
    pub fn merge(&mut self, saved: Saved, now: u64) -> Result<(), SdkError> {
        let (records, keep_going) = saved.open(self.id)?;
        self.records.join(records);
        self.keep_going |= keep_going;
        self.replace_signed_withdrawals(now);
        self.learn();
        Ok(())
    }
}

fn find(index: &[(CandidateId, usize)], id: &CandidateId) -> Option<usize> {
    let at = index.binary_search_by(|(known, _)| known.cmp(id)).ok()?;
    Some(index[at].1)
}
