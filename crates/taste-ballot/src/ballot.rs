//! The ballot: a voter's batch of votes in one round, under one signature.

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use taste_core::{Digest, RoundId, Vote};

use crate::{eip712, error::BallotError, grant::SignedGrant, json, signature::Signature};
#[cfg(feature = "curve")]
use crate::{key::SessionKey, signature::expect_signer};

/// A ballot's name and idempotency key: its EIP-712 digest. Never its signature's bytes, which have twins.
pub type BallotId = Digest;

/// Most votes of a ballot; the fewest is one.
pub const MAX_VOTES: usize = 256;
/// Longest source, in bytes of UTF-8.
pub const MAX_SOURCE: usize = 300;

/// What a voter signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ballot {
    /// In which round; the round's id covers its operator and rules, so a ballot cannot be replayed elsewhere.
    pub round: RoundId,
    /// Who the votes belong to: the wallet, or a guest's own session key.
    #[serde(with = "json::address")]
    pub voter: Address,
    /// Strictly increasing per voter, round and signing key.
    #[serde(with = "json::decimal")]
    pub sequence: u64,
    /// When it was signed (Unix seconds).
    #[serde(with = "json::decimal")]
    pub issued_at: u64,
    /// Until when it may be submitted (Unix seconds).
    #[serde(with = "json::decimal")]
    pub deadline: u64,
    /// Empty for a person's own votes; an importer writes where the judgements come from. At most [`MAX_SOURCE`] bytes.
    pub source: String,
    /// 1 to [`MAX_VOTES`] votes.
    pub votes: Vec<Vote>,
}

impl Ballot {
    /// The EIP-712 digest: the ballot's id.
    pub fn digest(&self) -> BallotId {
        eip712::digest(self)
    }

    /// Signs as the voter itself: a guest, a wallet's key, an importer.
    #[cfg(feature = "curve")]
    pub fn sign(self, voter: &SessionKey) -> SignedBallot {
        let signature = voter.sign_digest(&self.digest());
        SignedBallot { ballot: self, signature, grant: None }
    }

    /// Signs as the session key of a grant and attaches the grant.
    #[cfg(feature = "curve")]
    pub fn sign_granted(self, session: &SessionKey, grant: SignedGrant) -> SignedBallot {
        SignedBallot { grant: Some(grant), ..self.sign(session) }
    }

    /// Checks the limits that the types alone do not hold.
    ///
    /// # Errors
    /// [`BallotError::NoVotes`], [`BallotError::TooManyVotes`], [`BallotError::TooLong`].
    pub fn checked(&self) -> Result<&Self, BallotError> {
        match self.votes.len() {
            0 => return Err(BallotError::NoVotes),
            found if found > MAX_VOTES => return Err(BallotError::TooManyVotes { found, limit: MAX_VOTES }),
            _ => {}
        }
        if self.source.len() > MAX_SOURCE {
            return Err(BallotError::TooLong { what: "source", found: self.source.len(), limit: MAX_SOURCE });
        }
        Ok(self)
    }
}

/// A ballot with its signature and, where a session key signed for a wallet, the grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedBallot {
    /// What is signed.
    pub ballot: Ballot,
    /// By the session key where there is a grant, by the voter where there is none.
    pub signature: Signature,
    /// The voter's leave for the session key.
    pub grant: Option<SignedGrant>,
}

/// What is known once a ballot is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VerifiedBallot {
    /// The ballot's id.
    pub id: BallotId,
    /// Whose key signed: the sequence counts per signer.
    pub signer: Address,
    /// Who the votes belong to.
    pub voter: Address,
}

#[cfg(feature = "curve")]
impl SignedBallot {
    /// Checks limits, grant and signature, in this order: [`Ballot::checked`], [`SignedBallot::check_grant`],
    /// [`SignedBallot::check_signature`]. Round, window, deadline, sequence and budget need a database and are the
    /// server's part; it calls the three steps itself where other checks come between them.
    ///
    /// `now` is in Unix seconds; for a ballot from a log, the second it was accepted.
    ///
    /// # Errors
    /// What the three steps say.
    pub fn verify(&self, now: u64) -> Result<VerifiedBallot, BallotError> {
        let id = self.ballot.checked()?.digest();
        let signer = self.check_grant(now)?;
        self.check_signature(&id, signer)?;
        Ok(VerifiedBallot { id, signer, voter: self.ballot.voter })
    }

    /// Checks the grant, if there is one, and says whose signature the ballot must carry.
    ///
    /// # Errors
    /// What [`SignedGrant::verify`] and then [`SignedGrant::covers`] say.
    pub fn check_grant(&self, now: u64) -> Result<Address, BallotError> {
        match &self.grant {
            None => Ok(self.ballot.voter),
            Some(signed) => {
                signed.verify()?;
                signed.covers(self.ballot.voter, &self.ballot.round, now)?;
                Ok(signed.grant.session)
            }
        }
    }

    /// Checks that this signer signed; `id` is the ballot's digest, computed once by the caller.
    ///
    /// # Errors
    /// [`BallotError::HighS`], [`BallotError::Signature`], [`BallotError::SignerMismatch`]; [`BallotError::ContractSignature`]
    /// where only a chain can tell, which with a grant is nobody: session keys are no contracts.
    pub fn check_signature(&self, id: &BallotId, signer: Address) -> Result<(), BallotError> {
        expect_signer(id, &self.signature, signer)
    }
}
