//! Digests and addresses. Whatever needs a curve is in the taste module.

use sha2::Digest as _;
use taste_ballot::{Ballot, Receipt, Revocation, Round, SessionGrant, checksum, parse_address};
use taste_core::{CoreError, Digest};
use wasm_bindgen::prelude::*;

use crate::{
    error::{WebError, told},
    read::from_json,
};

/// One function for all of it, as with the session. Of a text: `Ballot`, `SessionGrant`, `Revocation`, `Receipt` and `Round` give
/// the `hashTypedData` of the message, as JSON, under Tastemaker's domain; `checksum` an address in EIP-55. Of bytes:
/// `keccak256`, and `sha256` (where a page is not served securely there is no `crypto.subtle`).
#[wasm_bindgen]
pub fn compute(name: &str, text: &str, bytes: &[u8]) -> String {
    told(computed(name, text, bytes))
}

/// The address of a public key x ‖ y, on whichever curve.
#[wasm_bindgen(js_name = keyAddress)]
pub fn key_address(bytes: &[u8]) -> String {
    let wrong = |_| WebError::argument("the public key", "expected 64 bytes");
    told(bytes.try_into().map_err(wrong).map(|key| checksum(&taste_ballot::key_address(key))))
}

fn computed(name: &str, text: &str, bytes: &[u8]) -> Result<String, WebError> {
    let digest = match name {
        "Ballot" => from_json::<Ballot>("ballot", text)?.digest(),
        "SessionGrant" => from_json::<SessionGrant>("grant", text)?.digest(),
        "Revocation" => from_json::<Revocation>("revocation", text)?.digest(),
        "Receipt" => from_json::<Receipt>("receipt", text)?.digest(),
        "Round" => from_json::<Round>("round", text)?.digest(),
        "keccak256" => Digest(alloy_primitives::keccak256(bytes).0),
        "sha256" => Digest(sha2::Sha256::digest(bytes).into()),
        "checksum" => return Ok(checksum(&parse_address(text)?)),
        other => {
            let expected = "Ballot, SessionGrant, Revocation, Receipt, Round";
            return Err(CoreError::Word { what: "primaryType", found: other.into(), expected }.into());
        }
    };
    Ok(digest.to_hex())
}
