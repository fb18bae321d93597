//! From kept votes to acknowledged ballots: batching, order, retries. No network: it says what to send and when.

use alloc::{boxed::Box, string::String, vec::Vec};
use taste_ballot::{Address, Ballot, BallotError, Signature, SignedBallot, SignedGrant, SignedReceipt};
use taste_core::{Digest, RoundId};

use crate::{
    choose::below,
    error::SdkError,
    records::{BallotEnd, BallotRecord, Records, Standing},
    refusal::{Remedy, remedy},
};

/// The most votes that go into one ballot of a person; the protocol allows 256.
pub const BATCH: usize = 64;
/// How long a ballot may be on its way, in seconds: a week, so that a phone may come back from holiday.
pub const LIFETIME: u64 = 7 * 24 * 3600;
/// The longest pause between two tries, in seconds.
pub const LONGEST_PAUSE: u32 = 300;

/// Who votes here.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// Whose votes they are: a wallet, or the session key itself (a guest).
    pub voter: Address,
    /// The key that signs.
    pub signer: Address,
    /// The wallet's grant to the signer, where they are two.
    pub grant: Option<SignedGrant>,
}

impl Identity {
    /// A key that is its own voter.
    pub fn guest(signer: Address) -> Self {
        Self { voter: signer, signer, grant: None }
    }
}

/// A ballot that waits for its signature.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) ballot: Ballot,
    /// The grant that goes with it. Who votes may change while a signature is waited for; this ballot stays whose it was.
    pub(crate) grant: Option<SignedGrant>,
    pub(crate) votes: Vec<Digest>,
}

/// What the operator said when it refused a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The stable code.
    pub code: &'a str,
    /// The number in its hint: the last sequence number accepted (`SequenceBehind`), the votes that still count
    /// (`BudgetSpent`), the longest lifetime in seconds (`LifetimeTooLong`).
    pub number: Option<u64>,
    /// Seconds it asks to wait, where it does.
    pub retry_after: Option<u32>,
}

/// How the sending goes. Not saved: a reload tries at once.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    pub(crate) draft: Option<Draft>,
    pub(crate) batch: usize,
    lifetime: u64,
    /// Seconds to add to the device's clock to get the operator's.
    pub(crate) clock: i64,
    /// The last code, until something is accepted.
    pub(crate) trouble: Option<String>,
    /// The identity that cannot sign any more until it is renewed.
    pub(crate) barred: Option<(Address, Address)>,
    failures: u32,
    /// Ballots signed again since the last receipt.
    again: u32,
    pub(crate) retry_at: Option<u64>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            draft: None,
            batch: BATCH,
            lifetime: LIFETIME,
            clock: 0,
            trouble: None,
            barred: None,
            failures: 0,
            again: 0,
            retry_at: None,
        }
    }
}

impl Outbox {
    /// The operator's time.
    pub(crate) fn operator_time(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.clock)
    }

    /// Puts the oldest kept votes into a ballot. None where there is nothing to sign.
    pub(crate) fn draft(
        &mut self,
        records: &Records,
        round: RoundId,
        who: &Identity,
        now: u64,
    ) -> Option<&Ballot> {
        self.draft = None;
        if self.barred == Some((who.voter, who.signer)) {
            return None;
        }
        let standings = records.standings();
        let kept = records.votes.iter().zip(&standings).filter(|(_, standing)| **standing == Standing::Kept);
        let taken: Vec<_> = kept.map(|(record, _)| record).take(self.batch).collect();
        if taken.is_empty() {
            return None;
        }
        let now = self.operator_time(now);
        // As if the operator had refused it: the votes are kept for a new grant, or for the guest.
        if let Some(signed) = &who.grant
            && let Err(error) = signed.covers(who.voter, &round, now)
        {
            self.trouble = Some(error.code().into());
            return None;
        }
        let ballot = Ballot {
            round,
            voter: who.voter,
            // Time as a floor: a device that lost its counter, or a second device of the same wallet, goes on
            // above what was used before.
            sequence: (records.sequence + 1).max(now),
            issued_at: now,
            deadline: now + self.lifetime,
            source: String::new(),
            votes: taken.iter().map(|record| record.vote.clone()).collect(),
        };
        let votes = taken.iter().map(|record| record.id).collect();
        Some(&self.draft.insert(Draft { ballot, grant: who.grant.clone(), votes }).ballot)
    }

    /// Takes the signature over the draft, on the caller's word that it is the signer's. From here on the ballot is sent
    /// until there is an answer.
    pub(crate) fn seal(
        &mut self,
        records: &mut Records,
        signature: Signature,
    ) -> Result<Digest, Box<SdkError>> {
        let draft = self.draft.take().ok_or_else(|| Box::new(SdkError::DraftStale))?;
        let standings = records.standings();
        let still_kept = |id: &Digest| {
            records.votes.iter().zip(&standings).any(|(vote, s)| vote.id == *id && *s == Standing::Kept)
        };
        if !draft.votes.iter().all(still_kept) || draft.ballot.sequence <= records.sequence {
            return Err(SdkError::DraftStale.into());
        }
        let id = draft.ballot.digest();
        let signed = SignedBallot { ballot: draft.ballot, signature, grant: draft.grant };
        records.sequence = signed.ballot.sequence;
        records.ballots.push(BallotRecord { id, signed, votes: draft.votes, end: BallotEnd::Pending });
        Ok(id)
    }

    /// The ballot to send now: the pending one with the lowest sequence number, unless it is too early.
    pub(crate) fn due<'a>(&self, records: &'a Records, now: u64) -> Option<&'a BallotRecord> {
        if self.retry_at.is_some_and(|at| now < at) {
            return None;
        }
        records.ballots.iter().find(|ballot| ballot.end == BallotEnd::Pending)
    }

    /// The operator's answer that the ballot is durable. A second receipt for the same ballot changes nothing.
    pub(crate) fn accept(
        &mut self,
        records: &mut Records,
        receipt: SignedReceipt,
        signer: Option<Address>,
        operators: [Option<Address>; 2],
    ) -> Result<(), Box<SdkError>> {
        let id = receipt.receipt.ballot;
        let record = records
            .ballots
            .iter_mut()
            .find(|ballot| ballot.id == id)
            .ok_or_else(|| Box::new(SdkError::UnknownBallot { id }))?;
        if let Some(found) = signer
            && !operators.contains(&signer)
        {
            let expected = operators[0].unwrap_or_default();
            return Err(BallotError::SignerMismatch { expected, found }.into());
        }
        let end = BallotEnd::Accepted { receipt, checked: signer.is_some() };
        if record.end.rank() < end.rank() {
            record.end = end;
        }
        (self.failures, self.again, self.retry_at, self.trouble, self.batch) = (0, 0, None, None, BATCH);
        Ok(())
    }

    /// The operator's refusal. The first new signature is sent at once, further ones wait as failures do.
    pub(crate) fn refuse(
        &mut self,
        records: &mut Records,
        id: Digest,
        refusal: &Refusal<'_>,
        now: u64,
        seed: &[u8; 32],
    ) -> Result<Remedy, Box<SdkError>> {
        let code = refusal.code;
        let record = records
            .ballots
            .iter_mut()
            .find(|ballot| ballot.id == id)
            .ok_or_else(|| Box::new(SdkError::UnknownBallot { id }))?;
        self.trouble = Some(code.into());
        if record.end != BallotEnd::Pending {
            return Ok(Remedy::Wait);
        }
        let remedy = match remedy(code) {
            // One vote that is too large cannot be made smaller.
            Remedy::Smaller if record.votes.len() == 1 => Remedy::GiveUp,
            Remedy::Fewer if !matches!(refusal.number, Some(n) if (1..record.votes.len() as u64).contains(&n)) => {
                Remedy::GiveUp
            }
            // By this device's clock it is not late, so the clock is slow: a new signature would be as late.
            Remedy::SignAgain
                if code == "ServerError::DeadlinePassed"
                    && record.signed.ballot.deadline >= self.operator_time(now) =>
            {
                Remedy::SetClock
            }
            remedy => remedy,
        };
        match (code, refusal.number) {
            // Half of all numbers stay free: a server cannot use them up.
            ("ServerError::SequenceBehind", Some(last)) if last < u64::MAX / 2 => {
                records.sequence = records.sequence.max(last);
            }
            ("ServerError::LifetimeTooLong", Some(limit)) => self.lifetime = limit.clamp(60, LIFETIME),
            _ => {}
        }
        match remedy {
            Remedy::Wait => drop(self.postpone(now, code, refusal.retry_after, seed)),
            Remedy::GiveUp => record.end = BallotEnd::Undeliverable { code: code.into() },
            Remedy::SignAgain | Remedy::SetClock | Remedy::Smaller | Remedy::Fewer | Remedy::NewGrant => {
                if remedy == Remedy::Fewer {
                    self.batch = refusal.number.map_or(1, |left| left as usize);
                }
                if remedy == Remedy::Smaller {
                    self.batch = (record.votes.len() / 2).max(1);
                }
                if remedy == Remedy::NewGrant {
                    let signer =
                        record.signed.grant.as_ref().map_or(record.signed.ballot.voter, |g| g.grant.session);
                    self.barred = Some((record.signed.ballot.voter, signer));
                }
                record.end = BallotEnd::Returned { code: code.into() };
                self.again += 1;
                if self.again > 1 {
                    self.postpone(now, code, refusal.retry_after, seed);
                }
            }
        }
        Ok(remedy)
    }

    /// A try came to nothing (no network, no answer, a busy server): the next one waits, longer each time, by
    /// chance between half and all of the pause so that many devices do not come back at once.
    pub(crate) fn postpone(&mut self, now: u64, code: &str, at_least: Option<u32>, seed: &[u8; 32]) -> u32 {
        let pause = 2u32.saturating_pow(self.failures.min(12) + 1).min(LONGEST_PAUSE);
        self.failures += 1;
        let chosen = pause / 2 + below(pause as usize / 2 + 1, seed, b"pause") as u32;
        let wait = chosen.max(at_least.unwrap_or(0).min(3600)).max(1);
        self.retry_at = Some(now + u64::from(wait));
        self.trouble = Some(code.into());
        wait
    }

    /// Whatever delayed the sending is over: try now.
    pub(crate) fn hurry(&mut self) {
        (self.failures, self.retry_at) = (0, None);
    }
}
