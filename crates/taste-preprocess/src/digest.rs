//! Files by their SHA-256.

use sha2::{Digest as _, Sha256};

use crate::error::PreprocessError;

/// `0x` and 64 hex digits.
pub fn hex_digest(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let mut text = String::with_capacity(66);
    text.push_str("0x");
    for byte in digest {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).expect("four bits"));
        }
    }
    text
}

/// Whether `bytes` are the file that `expected` names.
///
/// # Errors
/// [`PreprocessError::Digest`].
pub fn checked_file(file: &str, bytes: &[u8], expected: &str) -> Result<(), PreprocessError> {
    let found = hex_digest(bytes);
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(PreprocessError::Digest { file: file.to_owned(), expected: expected.to_owned(), found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_nists_and_one_flipped_bit_is_another_file() {
        let abc = "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex_digest(b"abc"), abc);
        assert!(checked_file("abc", b"abc", abc).is_ok());
        assert_eq!(checked_file("abc", b"abb", abc).unwrap_err().code(), "PreprocessError::Digest");
    }
}
