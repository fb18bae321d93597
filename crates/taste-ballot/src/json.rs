//! How addresses and numbers are written in JSON: for `#[serde(with = "taste_ballot::json::…")]`.
//!
//! One text for one value: what is read here and written again is the same bytes, except that an address may also
//! arrive in all lowercase.

use alloy_primitives::Address;
use serde::{Deserialize, Deserializer, Serializer, de::Error};
use taste_core::{shortened, unhex, whole};

use crate::error::BallotError;

/// Reads an address: `0x` and 40 hex digits, either all lowercase or with the capitals of EIP-55.
///
/// # Errors
/// [`BallotError::Address`] for anything else, a wrong checksum included.
pub fn parse_address(text: &str) -> Result<Address, BallotError> {
    let wrong = || BallotError::Address { found: shortened(text) };
    let mut address = Address::ZERO;
    unhex(text, &mut address.0.0).ok_or_else(wrong)?;
    let lowercase = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if lowercase || address.to_checksum_buffer(None).as_str() == text { Ok(address) } else { Err(wrong()) }
}

/// An address in EIP-55. By hand: alloy's own goes through the machinery of `write!`.
pub fn checksum(address: &Address) -> String {
    address.to_checksum_buffer(None).as_str().into()
}

/// Reads a `uint64`: decimal digits without sign, white space or leading zero.
fn parse_decimal(text: &str) -> Result<u64, BallotError> {
    whole(text).ok_or_else(|| BallotError::Number { found: shortened(text) })
}

/// A `u64` as a decimal string: JavaScript's numbers end at 2⁵³.
pub mod decimal {
    use super::*;

    /// Writes `"42"`.
    ///
    /// # Errors
    /// Only what the serializer reports.
    pub fn serialize<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&taste_core::decimal(*number))
    }

    /// Reads `"42"`.
    ///
    /// # Errors
    /// The message of [`BallotError::Number`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        parse_decimal(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// An address in EIP-55.
pub mod address {
    use super::*;

    /// Writes EIP-55.
    ///
    /// # Errors
    /// Only what the serializer reports.
    pub fn serialize<S: Serializer>(address: &Address, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(address.to_checksum_buffer(None).as_str())
    }

    /// Reads what [`parse_address`] reads.
    ///
    /// # Errors
    /// The message of [`BallotError::Address`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        parse_address(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A list of addresses in EIP-55.
pub mod addresses {
    use super::*;

    /// Writes a list of EIP-55.
    ///
    /// # Errors
    /// Only what the serializer reports.
    pub fn serialize<S: Serializer>(addresses: &[Address], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(addresses.iter().map(|address| address.to_checksum(None)))
    }

    /// Reads a list of what [`parse_address`] reads.
    ///
    /// # Errors
    /// The message of [`BallotError::Address`].
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Address>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| parse_address(text).map_err(D::Error::custom)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The examples of EIP-55.
    const CHECKSUMMED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn an_address_is_read_with_its_checksum_or_in_lowercase_and_in_no_other_way() {
        for text in CHECKSUMMED {
            let address = parse_address(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(parse_address(&text.to_lowercase()).unwrap(), address);
            for wrong in [
                text.to_uppercase(),
                text.replace("0x", "0X"),
                text[2..].into(),
                text[..41].into(),
                format!("{text}0"),
                text.replacen(['b', 'e'], "B", 1),
                format!("0x{}", "é".repeat(20)),
            ] {
                assert_eq!(parse_address(&wrong).unwrap_err().code(), "BallotError::Address", "{wrong}");
            }
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        for (text, number) in [("0", 0), ("7", 7), ("18446744073709551615", u64::MAX)] {
            assert_eq!(parse_decimal(text), Ok(number));
        }
        for wrong in
            ["", "+7", "-7", "07", "00", " 7", "7 ", "7.0", "1e3", "0x7", "18446744073709551616", "٣"]
        {
            assert_eq!(parse_decimal(wrong).unwrap_err().code(), "BallotError::Number", "{wrong:?}");
        }
    }
}
