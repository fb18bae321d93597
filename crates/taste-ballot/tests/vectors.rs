//! The vectors of `tests/vectors`, made by viem and checked with ethers: same JSON, same digests, same signatures.
//! Runs with either curve library; the vectors hold both to the same bytes.
#![allow(clippy::unwrap_used)] // also in the functions that the tests share

use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use taste_ballot::{
    Address, Ballot, BallotError, DOMAIN_NAME, DOMAIN_SEPARATOR, DOMAIN_VERSION, Receipt, Revocation, Round,
    SessionGrant, SessionKey, Signature, SignedBallot, SignedGrant, SignedReceipt, SignedRevocation,
    SignedRound, parse_address, recover, type_strings,
};
use taste_core::Digest;

/// One line of a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    private_key: Digest,
    message: String,
    digest: Digest,
    signature: Signature,
    signer: String,
    session_private_key: Option<Digest>,
    acceptance: Option<Signature>,
    session: Option<String>,
}

impl Vector {
    fn key(&self) -> SessionKey {
        SessionKey::from_bytes(&self.private_key.0).unwrap()
    }

    fn signer(&self) -> Address {
        parse_address(&self.signer).unwrap()
    }
}

fn text(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(file);
    fs::read_to_string(path).unwrap()
}

fn vectors(file: &str, least: usize) -> Vec<Vector> {
    let vectors: Vec<Vector> = text(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(vectors.len() >= least, "{file} has {} vectors", vectors.len());
    vectors
}

/// Reads a message, and what it writes must be the very bytes that were read.
fn round_trip<T: Serialize + DeserializeOwned>(json: &str) -> T {
    let message: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(serde_json::to_string(&message).unwrap(), json);
    message
}

/// The same statement with the other s: n − s, and the other parity.
fn high_s_twin(signature: &Signature) -> Signature {
    let order =
        "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse::<Digest>().unwrap();
    let mut twin: [u8; 65] = signature.as_bytes().try_into().unwrap();
    negate(&mut twin[32..64], &order);
    twin[64] = 27 + 28 - twin[64];
    Signature::Recoverable(twin)
}

/// s becomes the order − s.
fn negate(s: &mut [u8], order: &Digest) {
    let mut borrow = 0;
    for i in (0..32).rev() {
        let difference = i32::from(order.0[i]) - i32::from(s[i]) - borrow;
        borrow = i32::from(difference < 0);
        s[i] = difference.rem_euclid(256) as u8;
    }
}

/// What holds of every vector, whatever is signed.
fn check_signature(vector: &Vector, digest: Digest) {
    assert_eq!(digest, vector.digest, "{}", vector.message);
    assert_eq!(vector.key().address(), vector.signer());
    assert_eq!(vector.key().sign_digest(&digest), vector.signature);
    assert_eq!(recover(&digest, &vector.signature), Ok(vector.signer()));
    assert_eq!(vector.signature.to_string().parse(), Ok(vector.signature.clone()));
    assert_eq!(recover(&digest, &high_s_twin(&vector.signature)), Err(BallotError::HighS));
}

/// Flips bits of each byte in turn (every `step`th byte) of a signed message; `accepted` is the signed message's
/// own verification. Nothing but a change of hex digits to capitals, which is the same message, may pass.
fn flip<T: DeserializeOwned + PartialEq>(signed: &str, step: usize, accepted: impl Fn(&T) -> bool) {
    let original: T = serde_json::from_str(signed).unwrap();
    assert!(accepted(&original), "the message itself is refused: {signed}");
    for position in (0..signed.len()).step_by(step) {
        for mask in [0x01, 0x20, 0x80] {
            let mut bytes = signed.as_bytes().to_vec();
            bytes[position] ^= mask;
            let Ok(changed) = serde_json::from_slice::<T>(&bytes) else { continue };
            if changed == original {
                let same = bytes.eq_ignore_ascii_case(signed.as_bytes());
                assert!(same, "byte {position} ^ {mask:#x} changes nothing: {signed}");
            } else {
                assert!(!accepted(&changed), "byte {position} ^ {mask:#x} is accepted: {signed}");
            }
        }
    }
}

/// Every byte of the first few short messages, and some bytes of all the others.
fn step(index: usize, length: usize) -> usize {
    if (2..6).contains(&index) && length < 2_000 { 1 } else { length.div_ceil(16) + index % 7 }
}

#[test]
fn ballots_are_those_of_viem_and_ethers() {
    for (index, vector) in vectors("ballots.jsonl", 200).iter().enumerate() {
        let ballot: Ballot = round_trip(&vector.message);
        check_signature(vector, ballot.digest());
        let signed = ballot.clone().sign(&vector.key());
        assert_eq!(signed.signature, vector.signature);
        let json =
            format!(r#"{{"ballot":{},"signature":"{}","grant":null}}"#, vector.message, vector.signature);
        assert_eq!(round_trip::<SignedBallot>(&json), signed);
        match ballot.votes.len() {
            0 => assert_eq!(signed.verify(0).unwrap_err().code(), "BallotError::NoVotes"),
            _ => {
                assert_eq!(signed.verify(0).map(|verified| verified.voter), Ok(vector.signer()));
                flip::<SignedBallot>(&json, step(index, json.len()), |signed| signed.verify(0).is_ok());
                let twin = SignedBallot { signature: high_s_twin(&signed.signature), ..signed };
                assert_eq!(twin.verify(0), Err(BallotError::HighS));
            }
        }
    }
}

#[test]
fn grants_are_those_of_viem_and_ethers() {
    for (index, vector) in vectors("grants.jsonl", 200).iter().enumerate() {
        let grant: SessionGrant = round_trip(&vector.message);
        check_signature(vector, grant.digest());
        let session = SessionKey::from_bytes(&vector.session_private_key.unwrap().0).unwrap();
        assert_eq!(Some(session.address().to_string()), vector.session);
        let signed = grant.sign(&vector.key(), &session);
        assert_eq!(
            (signed.signature.clone(), Some(signed.acceptance.clone())),
            (vector.signature.clone(), vector.acceptance.clone())
        );
        let json = format!(
            r#"{{"grant":{},"signature":"{}","acceptance":"{}"}}"#,
            vector.message, signed.signature, signed.acceptance
        );
        assert_eq!(round_trip::<SignedGrant>(&json), signed);
        flip::<SignedGrant>(&json, step(index, json.len()), |signed| signed.verify().is_ok());
        let twin = SignedGrant { acceptance: high_s_twin(&signed.acceptance), ..signed.clone() };
        assert_eq!(twin.verify(), Err(BallotError::HighS));
        let twin = SignedGrant { signature: high_s_twin(&signed.signature), ..signed };
        assert_eq!(twin.verify(), Err(BallotError::HighS));
    }
}

#[test]
fn receipts_are_those_of_viem_and_ethers() {
    for (index, vector) in vectors("receipts.jsonl", 200).iter().enumerate() {
        let receipt: Receipt = round_trip(&vector.message);
        check_signature(vector, receipt.digest());
        let signed = receipt.sign(&vector.key());
        let json = format!(r#"{{"receipt":{},"signature":"{}"}}"#, vector.message, vector.signature);
        assert_eq!(round_trip::<SignedReceipt>(&json), signed);
        flip::<SignedReceipt>(&json, step(index, json.len()), |signed| {
            signed.verify(vector.signer()).is_ok()
        });
        let twin = SignedReceipt { signature: high_s_twin(&signed.signature), ..signed };
        assert_eq!(twin.verify(vector.signer()), Err(BallotError::HighS));
    }
}

#[test]
fn rounds_are_those_of_viem_and_ethers() {
    for (index, vector) in vectors("rounds.jsonl", 40).iter().enumerate() {
        let round: Round = round_trip(&vector.message);
        check_signature(vector, round.digest());
        let signed = round.sign(&vector.key());
        let json = format!(r#"{{"round":{},"signature":"{}"}}"#, vector.message, vector.signature);
        assert_eq!(round_trip::<SignedRound>(&json), signed);
        flip::<SignedRound>(&json, step(index, json.len()), |signed| signed.verify().is_ok());
        let twin = SignedRound { signature: high_s_twin(&signed.signature), ..signed };
        assert_eq!(twin.verify(), Err(BallotError::HighS));
    }
}

/// Version 1 signed other types under another domain. Its rounds and ballots have no place to be read into; its grants and
/// receipts, whose fields are the same, are no longer anybody's signature.
#[test]
fn what_was_signed_under_version_1_is_refused() {
    for vector in vectors("v1/rounds.jsonl", 40) {
        assert!(serde_json::from_str::<Round>(&vector.message).is_err(), "{}", vector.message);
    }
    for vector in vectors("v1/ballots.jsonl", 200) {
        let read = serde_json::from_str::<Ballot>(&vector.message);
        assert_eq!(read.is_ok(), vector.message.contains("\"votes\":[]"), "{}", vector.message);
        let with_fields: Ballot = serde_json::from_str(
            &vector
                .message
                .replace("},{\"kind\"", ",\"reasons\":[]},{\"kind\"")
                .replace("}]}", ",\"reasons\":[]}]}"),
        )
        .unwrap();
        let signed = SignedBallot { ballot: with_fields, signature: vector.signature, grant: None };
        assert_ne!(signed.ballot.digest(), vector.digest);
        assert!(signed.verify(0).is_err(), "{}", vector.message);
    }
    for vector in vectors("v1/grants.jsonl", 200) {
        let (signature, acceptance) = (vector.signature, vector.acceptance.unwrap());
        let grant: SessionGrant = round_trip(&vector.message);
        assert_eq!(
            SignedGrant { grant, signature, acceptance }.verify().unwrap_err().code(),
            "BallotError::GrantSignature"
        );
    }
    for vector in vectors("v1/receipts.jsonl", 200) {
        let receipt: Receipt = round_trip(&vector.message);
        let signed = SignedReceipt { receipt, signature: vector.signature.clone() };
        assert_eq!(signed.verify(vector.signer()).unwrap_err().code(), "BallotError::SignerMismatch");
    }
}

#[test]
fn revocations_are_those_of_viem_and_ethers() {
    for (index, vector) in vectors("revocations.jsonl", 100).iter().enumerate() {
        let revocation: Revocation = round_trip(&vector.message);
        check_signature(vector, revocation.digest());
        let signed = revocation.sign(&vector.key());
        let json = format!(r#"{{"revocation":{},"signature":"{}"}}"#, vector.message, vector.signature);
        assert_eq!(round_trip::<SignedRevocation>(&json), signed);
        flip::<SignedRevocation>(&json, step(index, json.len()), |signed| signed.verify().is_ok());
    }
}

#[test]
fn signatures_of_webcrypto_are_their_keys_and_one_changed_byte_is_refused() {
    let order =
        "0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551".parse::<Digest>().unwrap();
    #[derive(Deserialize)]
    struct Line {
        digest: Digest,
        signature: Signature,
        signer: String,
    }
    let lines: Vec<Line> =
        text("p256.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() >= 40);
    for (index, Line { digest, signature, signer }) in lines.iter().enumerate() {
        let signer = parse_address(signer).unwrap();
        assert_eq!(recover(digest, signature), Ok(signer));
        assert_eq!(signature.to_string().parse().as_ref(), Ok(signature));
        let bytes: [u8; 128] = signature.as_bytes().try_into().unwrap();
        for position in (index % 8..128).step_by(8) {
            let mut changed = bytes;
            changed[position] ^= 1 << (index % 8);
            assert_ne!(recover(digest, &Signature::P256(changed)), Ok(signer), "byte {position}");
        }
        let mut other = *digest;
        other.0[index % 32] ^= 1;
        assert_eq!(recover(&other, signature), Err(BallotError::Signature));
        let mut twin = bytes;
        negate(&mut twin[32..64], &order);
        assert_eq!(recover(digest, &Signature::P256(twin)), Err(BallotError::HighS));
        for place in [0..32, 32..64] {
            let mut zero = bytes;
            zero[place].fill(0);
            assert_eq!(recover(digest, &Signature::P256(zero)), Err(BallotError::Signature));
        }
    }
}

/// A guest whose key is the browser's: its address is that of the key, and nobody else's ballot passes.
#[test]
fn a_ballot_signed_by_webcrypto_is_its_signers() {
    let line = text("p256.jsonl").lines().next().unwrap().to_owned();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let secret: Digest = line["privateKey"].as_str().unwrap().parse().unwrap();
    let key = p256::ecdsa::SigningKey::from_slice(&secret.0).unwrap();
    let voter = parse_address(line["signer"].as_str().unwrap()).unwrap();
    let mut ballot: Ballot = serde_json::from_str(&vectors("ballots.jsonl", 200)[5].message).unwrap();
    ballot.voter = voter;
    let sign = |ballot: Ballot| {
        let signature: p256::ecdsa::Signature =
            p256::ecdsa::signature::Signer::sign(&key, &ballot.digest().0);
        let mut bytes = signature.normalize_s().to_bytes().to_vec();
        bytes.extend(&key.verifying_key().to_sec1_point(false).as_bytes()[1..]);
        SignedBallot { ballot, signature: Signature::from_bytes(bytes).unwrap(), grant: None }
    };
    let signed = sign(ballot.clone());
    let verified = signed.verify(0).unwrap();
    assert_eq!((verified.signer, verified.voter), (voter, voter));
    flip::<SignedBallot>(&serde_json::to_string(&signed).unwrap(), 7, |signed| signed.verify(0).is_ok());
    ballot.voter = Address::ZERO;
    assert_eq!(
        sign(ballot).verify(0),
        Err(BallotError::SignerMismatch { expected: Address::ZERO, found: voter })
    );
}

#[test]
fn the_types_are_those_of_the_typescript_table() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Table {
        domain: BTreeMap<String, String>,
        domain_separator: Digest,
        encode_type: BTreeMap<String, String>,
    }
    let table: Table = serde_json::from_str(&text("types.json")).unwrap();
    let domain = [("name", DOMAIN_NAME), ("version", DOMAIN_VERSION)].map(|(k, v)| (k.into(), v.into()));
    assert_eq!(table.domain, domain.into());
    assert_eq!(table.domain_separator, DOMAIN_SEPARATOR);
    assert_eq!(
        table.encode_type,
        type_strings().into_iter().map(|(name, text)| (name.into(), text)).collect()
    );
}
