//! The session key and the digests, for the viem-compatible account in `account.ts`.

use k256::ecdsa::SigningKey;
use sha2::Digest as _;
use taste_ballot::{
    Ballot, Receipt, Revocation, Round, SessionGrant, SessionKey, Signature, SignedGrant, parse_address,
};
use taste_core::Digest;
use wasm_bindgen::prelude::*;

use crate::{
    convert::{bytes32, from_js, parse},
    error::WebError,
};

/// A secp256k1 key that signs silently. Its secret came from the page's `crypto.getRandomValues`.
#[wasm_bindgen(js_name = Key)]
pub struct WebKey(pub(crate) SessionKey);

#[wasm_bindgen(js_class = Key)]
impl WebKey {
    /// From 32 random bytes; throws `BallotError::Key` for the few that are no key.
    #[wasm_bindgen(constructor)]
    pub fn new(secret: &[u8]) -> Result<Self, WebError> {
        Ok(Self(SessionKey::from_bytes(&bytes32("the secret", secret)?)?))
    }

    /// EIP-55.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> String {
        self.0.address().to_string()
    }

    /// The uncompressed public key, `0x04…`.
    #[wasm_bindgen(getter, js_name = publicKey)]
    pub fn public_key(&self) -> String {
        let key = SigningKey::from_slice(&self.0.to_bytes()).expect("a session key is a curve key");
        hex(key.verifying_key().to_sec1_point(false).as_bytes())
    }

    /// r ‖ s ‖ v over a digest, low s, RFC 6979: `0x…` of 65 bytes.
    #[wasm_bindgen(js_name = signDigest)]
    pub fn sign_digest(&self, digest: &str) -> Result<String, WebError> {
        Ok(self.0.sign_digest(&parse::<Digest>(digest)?).to_string())
    }
}

/// Who signed this digest, EIP-55. Throws `BallotError::HighS` for the high-s twin.
#[wasm_bindgen]
pub fn recover(digest: &str, signature: &str) -> Result<String, WebError> {
    Ok(taste_ballot::recover(&parse::<Digest>(digest)?, &parse::<Signature>(signature)?)?.to_string())
}

/// Checks both signatures of a SignedGrant; its time and scope are not looked at. Throws `BallotError::GrantSignature`,
/// `BallotError::GrantAcceptance`, `BallotError::ContractSignature`, `BallotError::HighS`.
#[wasm_bindgen(js_name = verifyGrant)]
pub fn verify_grant(signed: JsValue) -> Result<(), WebError> {
    Ok(from_js::<SignedGrant>("the grant", signed)?.verify()?)
}

/// The address of a public key x ‖ y on whichever curve, EIP-55.
#[wasm_bindgen(js_name = keyAddress)]
pub fn key_address(key: &[u8]) -> Result<String, WebError> {
    let key = key.try_into().map_err(|_| WebError::argument("the public key", "expected 64 bytes"))?;
    Ok(taste_ballot::key_address(key).to_string())
}

/// `hashTypedData` of a message under Tastemaker's domain; `type` is `Ballot`, `SessionGrant`, `Revocation`, `Receipt` or
/// `Round`.
#[wasm_bindgen(js_name = hashTyped)]
pub fn hash_typed(primary_type: &str, message: JsValue) -> Result<String, WebError> {
    let digest = match primary_type {
        "Ballot" => from_js::<Ballot>("ballot", message)?.digest(),
        "SessionGrant" => from_js::<SessionGrant>("grant", message)?.digest(),
        "Revocation" => from_js::<Revocation>("revocation", message)?.digest(),
        "Receipt" => from_js::<Receipt>("receipt", message)?.digest(),
        "Round" => from_js::<Round>("round", message)?.digest(),
        other => {
            let expected = "Ballot, SessionGrant, Revocation, Receipt, Round";
            return Err(WebError::argument("primaryType", format_args!("{other}; expected {expected}")));
        }
    };
    Ok(digest.to_string())
}

/// Keccak-256 of bytes, `0x…`.
#[wasm_bindgen]
pub fn keccak256(bytes: &[u8]) -> String {
    hex(alloy_primitives::keccak256(bytes).as_slice())
}

/// SHA-256 of bytes, `0x…`; where a page is not served securely there is no `crypto.subtle`.
#[wasm_bindgen]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

/// An address in EIP-55 capitals. Throws where it is none, or where its capitals are wrong.
#[wasm_bindgen(js_name = checksumAddress)]
pub fn checksum_address(address: &str) -> Result<String, WebError> {
    Ok(parse_address(address)?.to_string())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::from("0x");
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}
