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
