//! The revocation: a wallet takes back what it granted to a session key.

use alloy_primitives::Address;
use serde::{Deserialize, Serialize};
use taste_core::Digest;

use crate::{eip712, json, receipt::ChainEvidence, signature::Signature};
#[cfg(feature = "curve")]
use crate::{error::BallotError, key::SessionKey, signature::expect_signer};

/// What a wallet signs to end every grant of a session key, whatever its scope.
///
/// It does not reach back: votes from before stay the wallet's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Revocation {
    /// The wallet that granted.
    #[serde(with = "json::address")]
    pub voter: Address,
    /// The key that may not sign for it any more.
    #[serde(with = "json::address")]
    pub session: Address,
    /// When it was signed (Unix seconds). An operator refuses every ballot that reaches it after the revocation, whatever
    /// time the ballot claims: who stole a key would date back.
    #[serde(with = "json::decimal")]
    pub revoked_at: u64,
}

impl Revocation {
    /// The EIP-712 digest.
    pub fn digest(&self) -> Digest {
        eip712::digest(self)
    }

    /// Signs as the voter.
    #[cfg(feature = "curve")]
    pub fn sign(self, voter: &SessionKey) -> SignedRevocation {
        SignedRevocation { revocation: self, signature: voter.sign_digest(&self.digest()) }
    }
}

/// A revocation with its voter's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRevocation {
    /// What is signed.
    pub revocation: Revocation,
    /// The voter's.
    pub signature: Signature,
}

/// A revocation as an operator keeps and publishes it: from the second it was received, no ballot under a grant of that
/// key is accepted for that voter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RevocationEntry {
    /// When it became durable (Unix seconds).
    #[serde(with = "json::decimal")]
    pub received_at: u64,
    /// The revocation as it came.
    pub signed: SignedRevocation,
    /// Where the voter is a contract wallet: which chain said that its signature is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainEvidence>,
}

#[cfg(feature = "curve")]
impl SignedRevocation {
    /// Checks that the voter signed.
    ///
    /// # Errors
    /// [`BallotError::HighS`], [`BallotError::RevocationSignature`]; [`BallotError::ContractSignature`] where the voter is a
    /// contract and only its chain can tell.
    pub fn verify(&self) -> Result<(), BallotError> {
        let voter = self.revocation.voter;
        match expect_signer(&self.revocation.digest(), &self.signature, voter) {
            Ok(()) => Ok(()),
            Err(error @ (BallotError::HighS | BallotError::ContractSignature)) => Err(error),
            Err(_) => Err(BallotError::RevocationSignature { voter }),
        }
    }
}
