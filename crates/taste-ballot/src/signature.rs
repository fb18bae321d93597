//! Signatures in their three forms, and who made them.

use alloy_primitives::Address;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use taste_core::{hex, unhex};

use crate::error::BallotError;
#[cfg(feature = "curve")]
use crate::{curve, p256};
#[cfg(feature = "curve")]
use taste_core::Digest;

/// Longest signature, in bytes. Those of contract wallets have no length of their own; a passkey's has about a
/// thousand bytes, one of an undeployed wallet carries the call that deploys it.
pub const MAX_SIGNATURE: usize = 8192;

/// Half of secp256k1's group order, (n − 1) / 2: the largest s that is accepted (EIP-2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// Half of P-256's group order, likewise (NIST SP 800-186, section 3.2.1.3).
const HALF_ORDER_P256: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// A signature over a digest. Written `0x` and lowercase hex digits; its length says which form it has.
///
/// Holding one says nothing: `recover` tells who signed, and refuses a high s.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Signature {
    /// secp256k1, as Ethereum's keys sign: r ‖ s ‖ v with v 27 or 28. The signer is recovered from it.
    Recoverable([u8; 65]),
    /// P-256, as a browser's own keys sign (`crypto.subtle`): r ‖ s ‖ x ‖ y over the SHA-256 of the digest's 32 bytes.
    /// The signer's address is that of the public key (x, y), the last 20 bytes of its Keccak-256.
    P256([u8; 128]),
    /// Everything else, 1 to [`MAX_SIGNATURE`] bytes: a contract wallet's (ERC-1271, ERC-6492). Only its chain knows
    /// whether it is good.
    Contract(Vec<u8>),
}

impl Signature {
    /// Reads bytes. 65 with v 27 or 28 are [`Signature::Recoverable`], 128 are [`Signature::P256`]. (65 with another v
    /// are a contract's: an owner of a Safe who signed by `eth_sign` has v 31 or 32.)
    ///
    /// # Errors
    /// [`BallotError::SignatureFormat`] for none, or for more than [`MAX_SIGNATURE`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, BallotError> {
        if let Ok(bytes) = <[u8; 65]>::try_from(&bytes[..])
            && matches!(bytes[64], 27 | 28)
        {
            return Ok(Self::Recoverable(bytes));
        }
        if let Ok(bytes) = <[u8; 128]>::try_from(&bytes[..]) {
            return Ok(Self::P256(bytes));
        }
        match bytes.len() {
            0 => Err(BallotError::SignatureFormat { reason: "it is empty" }),
            1..=MAX_SIGNATURE => Ok(Self::Contract(bytes)),
            _ => Err(BallotError::SignatureFormat { reason: "it is longer" }),
        }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Recoverable(bytes) => bytes,
            Self::P256(bytes) => bytes,
            Self::Contract(bytes) => bytes,
        }
    }

    /// Puts r ‖ s and the parity of R's y together.
    #[cfg(feature = "curve")]
    pub(crate) fn from_parts(r_and_s: &[u8], odd: bool) -> Self {
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(r_and_s);
        bytes[64] = 27 + u8::from(odd);
        Self::Recoverable(bytes)
    }

    /// Reads what a wallet answers: like parsing, but v may also be 0 or 1, as some hardware wallets write it, and
    /// the hex digits may be capitals.
    ///
    /// # Errors
    /// [`BallotError::SignatureFormat`] where it is no hex, empty or too long.
    pub fn from_wallet(text: &str) -> Result<Self, BallotError> {
        let mut bytes = parse_bytes(&text.to_ascii_lowercase())?;
        if bytes.len() == 65 && bytes[64] < 2 {
            bytes[64] += 27;
        }
        Self::from_bytes(bytes)
    }

    /// Whether s is in the upper half, where the same statement has a second spelling. A contract's has no s.
    pub fn is_high_s(&self) -> bool {
        match self {
            Self::Recoverable(bytes) => bytes[32..64] > HALF_ORDER[..],
            Self::P256(bytes) => bytes[32..64] > HALF_ORDER_P256[..],
            Self::Contract(_) => false,
        }
    }
}

/// Who signed this digest.
///
/// # Errors
/// [`BallotError::HighS`] for the high-s twin, [`BallotError::Signature`] when no key can have made it (with P-256: when
/// the key that it names has not), [`BallotError::ContractSignature`] for a contract wallet's.
#[cfg(feature = "curve")]
pub fn recover(digest: &Digest, signature: &Signature) -> Result<Address, BallotError> {
    if signature.is_high_s() {
        return Err(BallotError::HighS);
    }
    match signature {
        Signature::Recoverable(bytes) => {
            let (r_and_s, v) = bytes.split_first_chunk().expect("65 bytes begin with 64");
            curve::recover(&digest.0, r_and_s, v[0] == 28).ok_or(BallotError::Signature)
        }
        Signature::P256(bytes) => {
            let (r_and_s, key) = halves(bytes);
            if p256::verify(&digest.0, r_and_s, key) {
                Ok(key_address(key))
            } else {
                Err(BallotError::Signature)
            }
        }
        Signature::Contract(_) => Err(BallotError::ContractSignature),
    }
}

/// [`recover`], and the signer must be this one.
#[cfg(feature = "curve")]
pub(crate) fn expect_signer(
    digest: &Digest,
    signature: &Signature,
    expected: Address,
) -> Result<(), BallotError> {
    // 128 bytes with another's key may be a contract's, whose bytes mean something else: nothing is said of them.
    if let Signature::P256(bytes) = signature
        && let found = key_address(halves(bytes).1)
        && found != expected
    {
        return Err(BallotError::SignerMismatch { expected, found });
    }
    match recover(digest, signature)? {
        found if found == expected => Ok(()),
        found => Err(BallotError::SignerMismatch { expected, found }),
    }
}

/// r ‖ s, and x ‖ y.
#[cfg(feature = "curve")]
fn halves(bytes: &[u8; 128]) -> (&[u8; 64], &[u8; 64]) {
    (bytes.first_chunk().expect("128 bytes begin with 64"), bytes.last_chunk().expect("and end with 64"))
}

/// The address of a public key x ‖ y, on whichever curve.
pub fn key_address(key: &[u8; 64]) -> Address {
    Address::from_raw_public_key(key)
}

fn parse_bytes(text: &str) -> Result<Vec<u8>, BallotError> {
    let wrong = |reason| BallotError::SignatureFormat { reason };
    let digits = text.strip_prefix("0x").ok_or(wrong("0x is missing"))?.as_bytes();
    if digits.len() % 2 == 1 {
        return Err(wrong("half a byte is missing"));
    }
    if digits.len() > 2 * MAX_SIGNATURE {
        return Err(wrong("it is longer"));
    }
    let mut bytes = vec![0; digits.len() / 2];
    let read = unhex(text, &mut bytes).filter(|()| !digits.iter().any(u8::is_ascii_uppercase));
    read.map(|()| bytes).ok_or(wrong("a character is no lowercase hex digit"))
}

impl FromStr for Signature {
    type Err = BallotError;

    fn from_str(text: &str) -> Result<Self, BallotError> {
        Self::from_bytes(parse_bytes(text)?)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(self.as_bytes()))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(self.as_bytes()))
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
