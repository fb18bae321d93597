//! Which claims a training knew. They are beside the log, and some come after a model was trained: whoever trains it again
//! must leave those out.
//!
//! A log's *voters* are the addresses that its ballots name, numbered by their first ballot. Some are session keys that voted
//! as guests and were claimed by a wallet; the file says which of them were known to be (a bit each), and the digest of
//! those wallets. The claims themselves are public (`/claims`), so the bits are all it takes to pick the right ones.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use taste_ballot::Address;
use taste_core::Digest;

use crate::error::TrainError;

/// The claims that a data set was made with, of those that its log's voters needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownClaims {
    voters: Bits,
    /// SHA-256 of the wallets' addresses (20 bytes each), in the order of the voters that they claimed.
    wallets: Digest,
}

/// Bit i mod 8 (the lowest first) of byte ⌊i/8⌋ is for number i; no zero bytes at the end. As JSON: `"0x…"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bits(Vec<u8>);

impl KnownClaims {
    /// How many voters of the log were known to be claimed.
    pub fn len(&self) -> usize {
        self.voters.0.iter().map(|byte| byte.count_ones() as usize).sum()
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.voters.0.is_empty()
    }

    /// As a model file has it: JSON, or nothing where no claim was known.
    pub(crate) fn to_text(&self) -> String {
        if self.is_empty() { String::new() } else { serde_json::to_string(self).expect("bits and a digest") }
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub(crate) fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        if text.is_empty() { Ok(Self::default()) } else { serde_json::from_str(text) }
    }
}

/// Whose votes a log's voters cast, while it is read from its beginning.
pub(crate) struct Owners<'a> {
    claims: &'a BTreeMap<Address, Address>,
    /// Only these were known; none = all that are given.
    only: Option<&'a KnownClaims>,
    /// Of every voter so far.
    owners: HashMap<Address, Address>,
    claimed: Bits,
    wallets: Sha256,
}

impl<'a> Owners<'a> {
    pub(crate) fn new(claims: &'a BTreeMap<Address, Address>, only: Option<&'a KnownClaims>) -> Self {
        Self { claims, only, owners: HashMap::new(), claimed: Bits::default(), wallets: Sha256::new() }
    }

    /// The wallet of a claimed session key, or the voter itself.
    ///
    /// # Errors
    /// [`TrainError::OtherClaims`] where a claim was known that is not among those given.
    pub(crate) fn of(&mut self, voter: Address) -> Result<Address, TrainError> {
        if let Some(owner) = self.owners.get(&voter) {
            return Ok(*owner);
        }
        let number = self.owners.len();
        let wallet = match self.only {
            Some(known) if !known.voters.has(number) => None,
            _ => self.claims.get(&voter).copied(),
        };
        if wallet.is_none() && self.only.is_some_and(|known| known.voters.has(number)) {
            let reason =
                format!("the claim of session key {voter} was known then and is not among those given");
            return Err(TrainError::OtherClaims { reason });
        }
        if let Some(wallet) = wallet {
            self.claimed.set(number);
            self.wallets.update(wallet);
        }
        let owner = wallet.unwrap_or(voter);
        self.owners.insert(voter, owner);
        Ok(owner)
    }

    /// The claims that were used, once the log is read.
    ///
    /// # Errors
    /// [`TrainError::OtherClaims`] where they are not those that were to be used.
    pub(crate) fn finish(self) -> Result<KnownClaims, TrainError> {
        let used = if self.claimed.0.is_empty() {
            KnownClaims::default()
        } else {
            KnownClaims { voters: self.claimed, wallets: Digest(self.wallets.finalize().into()) }
        };
        match self.only {
            Some(known) if known.voters != used.voters => {
                let (named, found) = (known.len(), used.len());
                let reason =
                    format!("{named} voters were claimed then; this part of the log has {found} of them");
                Err(TrainError::OtherClaims { reason })
            }
            Some(known) if *known != used => Err(TrainError::OtherClaims {
                reason: "the same session keys belonged to other wallets".into(),
            }),
            _ => Ok(used),
        }
    }
}

impl Bits {
    fn has(&self, number: usize) -> bool {
        self.0.get(number / 8).is_some_and(|byte| (byte >> (number % 8)) & 1 == 1)
    }

    fn set(&mut self, number: usize) {
        if self.0.len() <= number / 8 {
            self.0.resize(number / 8 + 1, 0);
        }
        self.0[number / 8] |= 1 << (number % 8);
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&format!("0x{digits}"))
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte = |pair: &[u8]| {
            let digit = |c: u8| char::from(c).to_digit(16).filter(|_| !c.is_ascii_uppercase());
            Some((digit(*pair.first()?)? * 16 + digit(*pair.get(1)?)?) as u8)
        };
        let bytes: Option<Vec<u8>> =
            text.strip_prefix("0x").and_then(|digits| digits.as_bytes().chunks(2).map(byte).collect());
        match bytes {
            // One way of writing the same thing, or the same training would have two files.
            Some(bytes) if bytes.last() != Some(&0) => Ok(Self(bytes)),
            _ => Err(serde::de::Error::custom(
                "expected 0x and pairs of lowercase hex digits, the last not 00",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u8) -> Address {
        Address::repeat_byte(number)
    }

    /// Reads a log of these voters; the claims used, and each voter's owner.
    fn read(
        voters: &[u8],
        claims: &[(u8, u8)],
        only: Option<&KnownClaims>,
    ) -> Result<(KnownClaims, Vec<Address>), TrainError> {
        let claims = claims.iter().map(|&(session, wallet)| (address(session), address(wallet))).collect();
        let mut owners = Owners::new(&claims, only);
        let found = voters.iter().map(|&voter| owners.of(address(voter))).collect::<Result<_, _>>()?;
        Ok((owners.finish()?, found))
    }

    #[test]
    fn claims_that_came_later_are_left_out_and_those_known_are_needed() {
        let log = [1, 2, 1, 3, 2];
        let (then, owners) = read(&log, &[(2, 9)], None).unwrap();
        assert_eq!(owners, [1, 9, 1, 3, 9].map(address));
        assert_eq!(then.len(), 1);
        // Later 1 and 3 were claimed, and 4, who voted after this part of the log.
        let now = [(1, 8), (2, 9), (3, 8), (4, 7)];
        assert_eq!(read(&log, &now, Some(&then)).unwrap(), (then.clone(), owners));
        assert_ne!(read(&log, &now, None).unwrap().0, then);

        let code = |claims: &[(u8, u8)], only| read(&log, claims, Some(only)).unwrap_err().code();
        assert_eq!(code(&[], &then), "TrainError::OtherClaims");
        assert_eq!(code(&[(2, 7)], &then), "TrainError::OtherClaims");
        // A tenth voter, of a log of three.
        let foreign = KnownClaims { voters: Bits(vec![2, 2]), ..then.clone() };
        assert_eq!(code(&[(2, 9)], &foreign), "TrainError::OtherClaims");
        // Where none was known, none counts.
        let (none, owners) = read(&log, &now, Some(&KnownClaims::default())).unwrap();
        assert!(none.is_empty() && owners == [1, 2, 1, 3, 2].map(address));
    }

    #[test]
    fn the_text_is_short_and_has_one_form() {
        assert_eq!(KnownClaims::default().to_text(), "");
        assert_eq!(KnownClaims::from_text("").unwrap(), KnownClaims::default());
        let voters: Vec<u8> = (0..20).collect();
        let (known, _) = read(&voters, &[(0, 40), (9, 40), (19, 41)], None).unwrap();
        let text = known.to_text();
        assert!(text.starts_with(r#"{"voters":"0x010208","wallets":"0x"#), "{text}");
        assert_eq!(KnownClaims::from_text(&text).unwrap(), known);
        let wallets = Digest::default();
        for wrong in ["01", "0x0", "0x0g", "0x0A", "0x0100", "0x€"] {
            let text = format!(r#"{{"voters":"{wrong}","wallets":"{wallets}"}}"#);
            assert!(KnownClaims::from_text(&text).is_err(), "{text}");
        }
    }
}
