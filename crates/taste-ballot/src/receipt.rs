//! The receipt: the server's signed answer to a ballot; and the log's line, which it points to.

#[cfg(feature = "curve")]
use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use taste_core::{Digest, RoundId};

#[cfg(feature = "curve")]
use crate::{ballot::VerifiedBallot, error::BallotError, key::SessionKey, signature::expect_signer};
use crate::{
    ballot::{BallotId, SignedBallot},
    eip712, json,
    signature::Signature,
};

/// The operator's word that a ballot is in the log, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// Which ballot.
    pub ballot: BallotId,
    /// In which round.
    pub round: RoundId,
    /// Its place in the round's log, from 0.
    #[serde(with = "json::decimal")]
    pub index: u64,
    /// When it became durable (Unix seconds).
    #[serde(with = "json::decimal")]
    pub accepted_at: u64,
}

impl Receipt {
    /// The EIP-712 digest.
    pub fn digest(&self) -> Digest {
        eip712::digest(self)
    }

    /// Signs as the operator.
    #[cfg(feature = "curve")]
    pub fn sign(self, operator: &SessionKey) -> SignedReceipt {
        SignedReceipt { receipt: self, signature: operator.sign_digest(&self.digest()) }
    }
}

/// A receipt with its operator's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    /// What is signed.
    pub receipt: Receipt,
    /// The operator's.
    pub signature: Signature,
}

#[cfg(feature = "curve")]
impl SignedReceipt {
    /// Checks that this operator signed.
    ///
    /// # Errors
    /// What [`recover`](crate::recover) says, and [`BallotError::SignerMismatch`] when somebody else signed.
    pub fn verify(&self, operator: Address) -> Result<(), BallotError> {
        expect_signer(&self.receipt.digest(), &self.signature, operator)
    }
}

/// One line of a round's log. The bytes of its canonical JSON are the leaf of the log's Merkle tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogEntry {
    /// Its place, from 0.
    #[serde(with = "json::decimal")]
    pub index: u64,
    /// When it became durable (Unix seconds).
    #[serde(with = "json::decimal")]
    pub accepted_at: u64,
    /// The ballot as it came.
    pub signed: SignedBallot,
    /// Where the voter is a contract wallet: which chain said that its signature is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainEvidence>,
}

/// Which chain vouched for a contract wallet's signature, and as of which block: there anybody can ask it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainEvidence {
    /// The chain's id (EIP-155).
    #[serde(with = "json::decimal")]
    pub id: u64,
    /// The block's number.
    #[serde(with = "json::decimal")]
    pub block: u64,
}

#[cfg(feature = "curve")]
impl LogEntry {
    /// As [`SignedBallot::verify`], at the second it was accepted. Where a chain vouched for the voter's own signature (the
    /// ballot's, or its grant's) that signature alone is taken on the chain's word: see [`LogEntry::chain`].
    ///
    /// # Errors
    /// As [`SignedBallot::verify`].
    pub fn verify(&self) -> Result<VerifiedBallot, BallotError> {
        let signed = &self.signed;
        if self.chain.is_none() {
            return signed.verify(self.accepted_at);
        }
        let id = signed.ballot.checked()?.digest();
        let voter = signed.ballot.voter;
        let Some(grant) = &signed.grant else { return Ok(VerifiedBallot { id, signer: voter, voter }) };
        grant.check_acceptance()?;
        grant.covers(voter, &signed.ballot.round, self.accepted_at)?;
        let signer = grant.grant.session;
        signed.check_signature(&id, signer)?;
        Ok(VerifiedBallot { id, signer, voter })
    }
}
