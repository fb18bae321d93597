//! The receipt: the server's signed answer to a ballot; and the log's line, which it points to.

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use taste_core::{Digest, RoundId};

use crate::{
    ballot::{BallotId, SignedBallot},
    eip712,
    error::BallotError,
    json,
    key::SessionKey,
    signature::{Signature, expect_signer},
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
    pub fn sign(self, operator: &SessionKey) -> SignedReceipt {
        SignedReceipt { receipt: self, signature: operator.sign_digest(&self.digest()) }
    }
}

/// A receipt with its operator's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedReceipt {
    /// What is signed.
    pub receipt: Receipt,
    /// The operator's.
    pub signature: Signature,
}

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
}
