//! secp256k1 arithmetic by two libraries with one face: k256 everywhere, and libsecp256k1 natively where the
//! `secp256k1` feature asks for it. Both sign by RFC 6979 with low s, so they give the same bytes; a test holds
//! them to it. Nothing outside of this file names either library.

#[cfg(not(feature = "secp256k1"))]
pub(crate) use pure::{Secret, recover};

#[cfg(feature = "secp256k1")]
pub(crate) use native::{Secret, recover};

#[cfg(any(not(feature = "secp256k1"), test))]
pub(crate) mod pure {
    use alloy_primitives::Address;
    use k256::ecdsa::{RecoveryId, Signature as CurveSignature, SigningKey, VerifyingKey};

    use crate::signature::Signature;

    /// A secret key; k256 wipes it from memory on drop.
    #[derive(Clone)]
    pub(crate) struct Secret(SigningKey);

    impl Secret {
        pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
            SigningKey::from_slice(bytes).ok().map(Self)
        }

        pub(crate) fn to_bytes(&self) -> [u8; 32] {
            self.0.to_bytes().into()
        }

        pub(crate) fn address(&self) -> Address {
            address(self.0.verifying_key())
        }

        pub(crate) fn sign(&self, digest: &[u8; 32]) -> Signature {
            let (signature, id) = self.0.sign_prehash_recoverable(digest);
            // R's x is below the group order, but for a chance of 2⁻¹²⁸ that v could not express.
            Signature::from_parts(&signature.to_bytes(), id.is_y_odd())
        }
    }

    pub(crate) fn recover(digest: &[u8; 32], r_and_s: &[u8; 64], odd: bool) -> Option<Address> {
        let signature = CurveSignature::from_slice(r_and_s).ok()?;
        let key = VerifyingKey::recover_from_prehash(digest, &signature, RecoveryId::new(odd, false)).ok()?;
        Some(address(&key))
    }

    fn address(key: &VerifyingKey) -> Address {
        Address::from_raw_public_key(&key.to_sec1_point(false).as_bytes()[1..])
    }
}

#[cfg(feature = "secp256k1")]
pub(crate) mod native {
    use alloy_primitives::Address;
    use secp256k1::{
        Message, PublicKey, SecretKey,
        ecdsa::{RecoverableSignature, RecoveryId},
    };

    use crate::signature::Signature;

    /// A secret key, overwritten on drop as well as libsecp256k1's binding can.
    #[derive(Clone)]
    pub(crate) struct Secret(SecretKey);

    impl Drop for Secret {
        fn drop(&mut self) {
            self.0.non_secure_erase();
        }
    }

    impl Secret {
        pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
            SecretKey::from_secret_bytes(*bytes).ok().map(Self)
        }

        pub(crate) fn to_bytes(&self) -> [u8; 32] {
            self.0.to_secret_bytes()
        }

        pub(crate) fn address(&self) -> Address {
            address(&PublicKey::from_secret_key(&self.0))
        }

        pub(crate) fn sign(&self, digest: &[u8; 32]) -> Signature {
            let signature =
                RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(*digest), &self.0);
            let (id, r_and_s) = signature.serialize_compact();
            Signature::from_parts(&r_and_s, id == RecoveryId::One)
        }
    }

    pub(crate) fn recover(digest: &[u8; 32], r_and_s: &[u8; 64], odd: bool) -> Option<Address> {
        let id = if odd { RecoveryId::One } else { RecoveryId::Zero };
        let signature = RecoverableSignature::from_compact(r_and_s, id).ok()?;
        signature.recover_ecdsa(Message::from_digest(*digest)).ok().map(|key| address(&key))
    }

    fn address(key: &PublicKey) -> Address {
        Address::from_raw_public_key(&key.serialize_uncompressed()[1..])
    }
}

#[cfg(all(test, feature = "secp256k1"))]
mod tests {
    use super::{native, pure};
    use alloy_primitives::keccak256;

    #[test]
    fn both_libraries_give_the_same_bytes_and_refuse_the_same() {
        for n in 0..500u32 {
            let bytes = keccak256(n.to_be_bytes()).0;
            let digest = keccak256(bytes).0;
            let (one, other) = (pure::Secret::from_bytes(&bytes), native::Secret::from_bytes(&bytes));
            let (one, other) = (one.unwrap(), other.unwrap());
            assert_eq!(one.address(), other.address());
            assert_eq!(one.to_bytes(), other.to_bytes());
            let signature = one.sign(&digest);
            assert_eq!(signature, other.sign(&digest));
            // The right message and parity, and three others: some key, or none, but the same one.
            for (digest, odd) in [(&digest, false), (&digest, true), (&bytes, false), (&bytes, true)] {
                let r_and_s = signature.as_bytes().first_chunk().unwrap();
                assert_eq!(pure::recover(digest, r_and_s, odd), native::recover(digest, r_and_s, odd));
                // An r that is random, and so not on the curve half of the time.
                let mut other_r = *r_and_s;
                other_r[..32].copy_from_slice(&bytes);
                assert_eq!(pure::recover(digest, &other_r, odd), native::recover(digest, &other_r, odd));
            }
        }
        let order_and_zero = [&[0xff; 32][..], &[0; 32]];
        for wrong in order_and_zero.map(|part| part.repeat(2)) {
            let r_and_s: [u8; 64] = wrong.try_into().unwrap();
            assert_eq!(pure::recover(&[1; 32], &r_and_s, false), None);
            assert_eq!(native::recover(&[1; 32], &r_and_s, false), None);
        }
        for bytes in [[0; 32], [0xff; 32]] {
            assert!(
                pure::Secret::from_bytes(&bytes).is_none() && native::Secret::from_bytes(&bytes).is_none()
            );
        }
    }
}
