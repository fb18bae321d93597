//! The session key: signs silently in a browser, or for an operator or an importer on a server.

use alloy_primitives::Address;
use core::fmt;
use taste_core::Digest;

use crate::{curve::Secret, error::BallotError, signature::Signature};

/// A secp256k1 secret key with its address. Wiped from memory on drop; `Debug` shows only the address.
#[derive(Clone)]
pub struct SessionKey {
    secret: Secret,
    address: Address,
}

impl SessionKey {
    /// Takes 32 random bytes; drawing them is the caller's part.
    ///
    /// # Errors
    /// [`BallotError::Key`] for zero and for numbers from the group order on (a chance of 2⁻¹²⁷).
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BallotError> {
        let secret = Secret::from_bytes(bytes).ok_or(BallotError::Key)?;
        Ok(Self { address: secret.address(), secret })
    }

    /// The secret itself, to be stored. Whoever has it votes in this key's name.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.secret.to_bytes()
    }

    /// Who this key is to everybody else.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a digest with the nonce of RFC 6979 and low s: the same key and digest give the same 65 bytes.
    ///
    /// The digest must be a hash that this side computed; signing bytes chosen by somebody else signs anything.
    pub fn sign_digest(&self, digest: &Digest) -> Signature {
        self.secret.sign(&digest.0)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionKey({})", self.address)
    }
}
