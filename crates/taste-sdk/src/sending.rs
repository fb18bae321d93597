//! The session's side of sending: ballots out, receipts and refusals in. The rules are in `outbox.rs`.

use alloc::{boxed::Box, vec::Vec};
use taste_ballot::{Address, Ballot, Signature, SignedBallot, SignedReceipt};
use taste_core::Digest;

use crate::{
    error::SdkError,
    outbox::{Identity, Refusal},
    records::BallotEnd,
    refusal::Remedy,
    session::Session,
};

impl Session {
    /// A ballot of the oldest kept votes, to be signed and given to [`Session::seal`]. None where there is
    /// nothing to sign.
    pub fn make_ballot(&mut self, now: u64) -> Option<&Ballot> {
        self.outbox.draft(&self.records, self.id, &self.who, now)
    }

    /// The same in the name of a wallet that will sign it itself: no session key, no grant.
    pub fn make_ballot_for(&mut self, wallet: Address, now: u64) -> Option<&Ballot> {
        self.outbox.draft(&self.records, self.id, &Identity::guest(wallet), now)
    }

    /// The id of the ballot made last: what is to be signed.
    pub fn draft_id(&self) -> Option<Digest> {
        self.outbox.draft.as_ref().map(|draft| draft.ballot.digest())
    }

    /// Takes the signature over the ballot made last, on the caller's word: it is this session's own signer's, and what is
    /// wrong with it the operator says. Returns the ballot's id. Save before sending.
    ///
    /// # Errors
    /// [`SdkError::DraftStale`] where a vote changed meanwhile.
    pub fn seal(&mut self, signature: Signature) -> Result<Digest, Box<SdkError>> {
        self.outbox.seal(&mut self.records, signature)
    }

    /// The ballot to send now; None where there is none or it is too early.
    pub fn due(&self, now: u64) -> Option<&SignedBallot> {
        self.outbox.due(&self.records, now).map(|record| &record.signed)
    }

    /// When the next try is planned, Unix seconds.
    pub fn retry_at(&self) -> Option<u64> {
        self.outbox.retry_at
    }

    /// Try now, whatever was planned.
    pub fn hurry(&mut self) {
        self.outbox.hurry();
    }

    /// The operator's receipt for a ballot, and whose signature is under it: what [`taste_ballot::recover`] says of its digest.
    /// None where nobody here can tell: the ballot is not sent again then, and the receipt counts as
    /// [unchecked](crate::Delivery::unchecked) until it is given once more with its signer.
    ///
    /// # Errors
    /// [`SdkError::UnknownBallot`]; [`taste_ballot::BallotError::SignerMismatch`] where neither the round's operator nor the
    /// trusted server signed it. The ballot then stays as it was.
    pub fn accept_receipt(
        &mut self,
        receipt: SignedReceipt,
        signer: Option<Address>,
    ) -> Result<(), Box<SdkError>> {
        let operators = [Some(self.round().operator), self.server];
        self.outbox.accept(&mut self.records, receipt, signer, operators)
    }

    /// The receipts that nobody has checked yet.
    pub fn unchecked(&self) -> Vec<&SignedReceipt> {
        let ends = self.records.ballots.iter().map(|ballot| &ballot.end);
        ends.filter_map(|end| match end {
            BallotEnd::Accepted { receipt, checked: false } => Some(receipt),
            _ => None,
        })
        .collect()
    }

    /// The operator's refusal of a ballot, and what follows for its votes.
    ///
    /// # Errors
    /// [`SdkError::UnknownBallot`].
    pub fn refuse(
        &mut self,
        ballot: Digest,
        refusal: &Refusal<'_>,
        now: u64,
        seed: &[u8; 32],
    ) -> Result<Remedy, Box<SdkError>> {
        self.outbox.refuse(&mut self.records, ballot, refusal, now, seed)
    }

    /// No answer came (network, timeout, a server in trouble). Returns the seconds until the next try.
    pub fn postpone(&mut self, now: u64, code: &str, at_least: Option<u32>, seed: &[u8; 32]) -> u32 {
        self.outbox.postpone(now, code, at_least, seed)
    }

    /// Every ballot signed here that was not signed anew later: what is exported where there is no server, or as
    /// the person's own proof.
    pub fn export(&self) -> Vec<&SignedBallot> {
        let returned = |end: &BallotEnd| matches!(end, BallotEnd::Returned { .. });
        self.records.ballots.iter().filter(|b| !returned(&b.end)).map(|b| &b.signed).collect()
    }
}
