//! Signatures as 65 bytes, and who made them.

use alloy_primitives::Address;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use taste_core::Digest;

use crate::{curve, error::BallotError};

/// Half of the group order, (n − 1) / 2: the largest s that is accepted (EIP-2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
    0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// A secp256k1 signature, r ‖ s ‖ v with v 27 or 28. Written `0x` and 130 lowercase hex digits.
///
/// Holding one says nothing: [`recover`] tells who signed, and refuses a high s.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(pub [u8; 65]);

impl Signature {
    /// Puts r ‖ s and the parity of R's y together.
    pub(crate) fn from_parts(r_and_s: &[u8], odd: bool) -> Self {
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(r_and_s);
        bytes[64] = 27 + u8::from(odd);
        Self(bytes)
    }

    /// Reads what a wallet answers: like parsing, but v may also be 0 or 1, as some hardware wallets write it, and
    /// the hex digits may be capitals.
    ///
    /// # Errors
    /// [`BallotError::SignatureFormat`] for another length (a contract wallet's, for one) or another v.
    pub fn from_wallet(text: &str) -> Result<Self, BallotError> {
        let mut bytes = parse_bytes(&text.to_ascii_lowercase())?;
        if bytes[64] < 2 {
            bytes[64] += 27;
        }
        Self::try_from(bytes)
    }

    /// r ‖ s.
    pub(crate) fn r_and_s(&self) -> &[u8; 64] {
        self.0.first_chunk().expect("65 bytes begin with 64")
    }

    /// Whether R's y is odd.
    ///
    /// # Errors
    /// [`BallotError::SignatureFormat`] when v is neither 27 nor 28.
    pub(crate) fn odd(&self) -> Result<bool, BallotError> {
        match self.0[64] {
            27 => Ok(false),
            28 => Ok(true),
            _ => Err(BallotError::SignatureFormat { reason: "v is something else" }),
        }
    }

    /// Whether s is in the upper half, where the same statement has a second spelling.
    pub fn is_high_s(&self) -> bool {
        self.0[32..64] > HALF_ORDER[..]
    }
}

/// Who signed this digest.
///
/// # Errors
/// [`BallotError::SignatureFormat`] for a v that is neither 27 nor 28, [`BallotError::HighS`] for the high-s twin,
/// [`BallotError::Signature`] when no key can have made it.
pub fn recover(digest: &Digest, signature: &Signature) -> Result<Address, BallotError> {
    let odd = signature.odd()?;
    if signature.is_high_s() {
        return Err(BallotError::HighS);
    }
    curve::recover(&digest.0, signature.r_and_s(), odd).ok_or(BallotError::Signature)
}

/// [`recover`], and the signer must be this one.
pub(crate) fn expect_signer(
    digest: &Digest,
    signature: &Signature,
    expected: Address,
) -> Result<(), BallotError> {
    match recover(digest, signature)? {
        found if found == expected => Ok(()),
        found => Err(BallotError::SignerMismatch { expected, found }),
    }
}

fn parse_bytes(text: &str) -> Result<[u8; 65], BallotError> {
    let wrong = |reason| BallotError::SignatureFormat { reason };
    let digits = text.strip_prefix("0x").ok_or(wrong("0x is missing"))?.as_bytes();
    if digits.len() != 130 {
        return Err(wrong("the length is different"));
    }
    let digit = |c: u8| match c {
        b'0'..=b'9' => Ok(c - b'0'),
        b'a'..=b'f' => Ok(c - b'a' + 10),
        _ => Err(wrong("a character is no lowercase hex digit")),
    };
    let mut bytes = [0; 65];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? * 16 + digit(pair[1])?;
    }
    Ok(bytes)
}

impl TryFrom<[u8; 65]> for Signature {
    type Error = BallotError;

    fn try_from(bytes: [u8; 65]) -> Result<Self, BallotError> {
        let signature = Self(bytes);
        signature.odd().map(|_| signature)
    }
}

impl FromStr for Signature {
    type Err = BallotError;

    fn from_str(text: &str) -> Result<Self, BallotError> {
        parse_bytes(text)?.try_into()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
