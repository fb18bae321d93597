//! P-256, as `crypto.subtle` signs with it, by two libraries with one face: p256 everywhere, and ring natively where the `ring`
//! feature asks for it. A test holds them to the same answers. Nothing outside of this file names either library.
//!
//! There is no signing here: such a key exists to be one that a page's scripts cannot read, and lives in the browser.
//!
//! `verify(digest, r ‖ s, x ‖ y)` says whether the key signed the digest; ECDSA hashes what it signs with SHA-256, so here a
//! digest is a message.

#[cfg(not(feature = "ring"))]
pub(crate) use pure::verify;

#[cfg(feature = "ring")]
pub(crate) use native::verify;

#[cfg(any(not(feature = "ring"), test))]
mod pure {
    use p256::{
        Sec1Point,
        ecdsa::{Signature as CurveSignature, VerifyingKey, signature::Verifier},
    };

    pub(crate) fn verify(digest: &[u8; 32], r_and_s: &[u8; 64], key: &[u8; 64]) -> bool {
        let point = Sec1Point::from_untagged_bytes(key.into());
        let (Ok(key), Ok(signature)) =
            (VerifyingKey::from_sec1_point(&point), CurveSignature::from_slice(r_and_s))
        else {
            return false;
        };
        key.verify(digest, &signature).is_ok()
    }
}

#[cfg(feature = "ring")]
mod native {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    pub(crate) fn verify(digest: &[u8; 32], r_and_s: &[u8; 64], key: &[u8; 64]) -> bool {
        // Uncompressed: 04, x, y.
        let mut point = [4; 65];
        point[1..].copy_from_slice(key);
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(digest, r_and_s).is_ok()
    }
}

#[cfg(all(test, feature = "ring"))]
mod tests {
    use alloy_primitives::keccak256;
    use p256::ecdsa::{Signature, SigningKey, signature::Signer};

    use super::{native, pure};

    #[test]
    fn both_libraries_accept_and_refuse_the_same() {
        let both = |digest: &[u8; 32], r_and_s: &[u8; 64], key: &[u8; 64]| {
            let answer = pure::verify(digest, r_and_s, key);
            assert_eq!(native::verify(digest, r_and_s, key), answer, "{r_and_s:?} of {key:?}");
            answer
        };
        for n in 0..100u32 {
            let bytes = keccak256(n.to_be_bytes()).0;
            let digest = keccak256(bytes).0;
            let secret = SigningKey::from_slice(&bytes).unwrap();
            let made: Signature = secret.sign(&digest);
            let point = secret.verifying_key().to_sec1_point(false);
            let key: [u8; 64] = point.as_bytes()[1..].try_into().unwrap();
            // As signed, whichever s that is, and the other s: curves do not mind.
            let (r, s) = made.split_scalars();
            let twin = Signature::from_scalars(r, -*s).unwrap();
            for signature in [made, twin] {
                let r_and_s: [u8; 64] = signature.to_bytes().into();
                assert!(both(&digest, &r_and_s, &key));
                assert!(!both(&bytes, &r_and_s, &key));
                let at = n as usize % 64;
                let (mut other, mut elsewhere) = (r_and_s, key);
                other[at] ^= 1;
                elsewhere[at] ^= 1;
                assert!(!both(&digest, &other, &key));
                // Off the curve, but for a chance of 2⁻²⁵⁵.
                assert!(!both(&digest, &r_and_s, &elsewhere));
            }
        }
        for part in [[0; 64], [0xff; 64]] {
            assert!(!both(&[1; 32], &part, &part));
        }
    }
}
