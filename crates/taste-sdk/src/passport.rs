//! A taste passport under its owner's signature.
//!
//! The bytes are the [`Passport`]'s, then the signature's. Signed is the SHA-256 of [`PASSPORT_DOMAIN`] and the passport, by any key
//! that signs ballots: whoever opens it learns whose it is, and that nobody changed it. (No signed ballot, grant or
//! round has such a digest: theirs are Keccak-256.)

use alloc::vec::Vec;
use sha2::{Digest as _, Sha256};
use taste_ballot::Signature;
use taste_core::Digest;
use taste_model::{PASSPORT_DOMAIN, Passport};

use crate::error::SdkError;

/// What is signed for a passport.
pub fn passport_digest(passport: &Passport) -> Digest {
    let mut hash = Sha256::new();
    hash.update(PASSPORT_DOMAIN);
    hash.update(passport.to_bytes());
    Digest(hash.finalize().into())
}

/// A passport and its signature. Holding one says nothing yet: recover the signer of [`passport_digest`].
#[derive(Clone, Debug, PartialEq)]
pub struct SignedPassport {
    /// The taste.
    pub passport: Passport,
    /// Its owner's.
    pub signature: Signature,
}

impl SignedPassport {
    /// Reads one.
    ///
    /// # Errors
    /// [`SdkError::Model`] where it is no passport, [`SdkError::Ballot`] where no signature comes behind it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SdkError> {
        let (passport, rest) = Passport::read(bytes)?;
        Ok(Self { passport, signature: Signature::from_bytes(rest.to_vec())? })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.passport.to_bytes();
        bytes.extend(self.signature.as_bytes());
        bytes
    }
}
