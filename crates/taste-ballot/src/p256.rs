//! P-256, as `crypto.subtle` signs with it. Nothing outside of this file names the library.
//!
//! There is no signing here: such a key exists to be one that a page's scripts cannot read, and lives in the browser.

use p256::{
    Sec1Point,
    ecdsa::{Signature as CurveSignature, VerifyingKey, signature::Verifier},
};

/// Whether the key x ‖ y signed the digest; ECDSA hashes what it signs with SHA-256, so here a digest is a message.
pub(crate) fn verify(digest: &[u8; 32], r_and_s: &[u8; 64], key: &[u8; 64]) -> bool {
    let point = Sec1Point::from_untagged_bytes(key.into());
    let (Ok(key), Ok(signature)) =
        (VerifyingKey::from_sec1_point(&point), CurveSignature::from_slice(r_and_s))
    else {
        return false;
    };
    key.verify(digest, &signature).is_ok()
}
