//! Digests and addresses. Whatever needs a curve is in the taste module.

use sha2::Digest as _;
use taste_ballot::{Ballot, Receipt, Revocation, Round, SessionGrant, parse_address};
use taste_core::{CoreError, Digest};
use wasm_bindgen::prelude::*;

use crate::{
    error::{WebError, told},
    read::from_json,
};

/// `hashTypedData` of a message, as JSON, under Tastemaker's domain.
#[wasm_bindgen(js_name = hashTyped)]
pub fn hash_typed(primary_type: &str, message: &str) -> String {
    told(digest(primary_type, message).map(|digest| digest.to_string()))
}

fn digest(primary_type: &str, message: &str) -> Result<Digest, WebError> {
    Ok(match primary_type {
        "Ballot" => from_json::<Ballot>("ballot", message)?.digest(),
        "SessionGrant" => from_json::<SessionGrant>("grant", message)?.digest(),
        "Revocation" => from_json::<Revocation>("revocation", message)?.digest(),
        "Receipt" => from_json::<Receipt>("receipt", message)?.digest(),
        "Round" => from_json::<Round>("round", message)?.digest(),
        other => {
            let expected = "Ballot, SessionGrant, Revocation, Receipt, Round";
            return Err(CoreError::Word { what: "primaryType", found: other.into(), expected }.into());
        }
    })
}

/// Keccak-256 of bytes, `0x…`.
#[wasm_bindgen]
pub fn keccak256(bytes: &[u8]) -> String {
    Digest(alloy_primitives::keccak256(bytes).0).to_string()
}

/// SHA-256 of bytes, `0x…`; where a page is not served securely there is no `crypto.subtle`.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> String {
    Digest(sha2::Sha256::digest(bytes).into()).to_string()
}

/// The address of a public key x ‖ y on whichever curve, EIP-55; of another number of bytes there is none.
#[wasm_bindgen(js_name = keyAddress)]
pub fn key_address(key: &[u8]) -> String {
    key.try_into().map(|key| taste_ballot::key_address(key).to_string()).unwrap_or_default()
}

/// An address in EIP-55 capitals. `!…` where it is none, or where its capitals are wrong.
#[wasm_bindgen(js_name = checksumAddress)]
pub fn checksum_address(address: &str) -> String {
    told(parse_address(address).map(|address| address.to_string()))
}
