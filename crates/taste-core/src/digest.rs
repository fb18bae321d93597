//! 32-byte names of things: content digests, round ids, ballot ids.

use alloc::string::String;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    error::CoreError,
    text::{hex, shortened, unhex},
};

/// 32 bytes that name something by its content. Written `0x` and 64 lowercase hex digits, as viem does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digest(pub [u8; 32]);

/// A candidate's name: the SHA-256 of its content's bytes (for text, its UTF-8), so `sha256sum` checks it.
pub type CandidateId = Digest;

/// A round's name: the EIP-712 digest of its signed manifest.
pub type RoundId = Digest;

impl Digest {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// As it is written everywhere: what [`Display`](fmt::Display) writes.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Digest {
    type Err = CoreError;

    fn from_str(text: &str) -> Result<Self, CoreError> {
        let mut digest = Self::default();
        match unhex(text, &mut digest.0) {
            Some(()) => Ok(digest),
            None => Err(CoreError::Digest { found: shortened(text) }),
        }
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    #[test]
    fn hex_survives_both_ways_and_anything_else_is_refused() {
        let digest = Digest([0xab; 32]);
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        for wrong in [
            "",
            "0x",
            "ab",
            &"ab".repeat(32),
            &format!("0x{}", "g".repeat(64)),
            &format!("0x{}", "é".repeat(32)),
        ] {
            assert_eq!(wrong.parse::<Digest>().unwrap_err().code(), "CoreError::Digest", "{wrong}");
        }
    }
}
