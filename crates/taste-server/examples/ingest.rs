//! How many ballots a second one server takes: signed, verified, durable, answered with a receipt.
//!
//! `cargo run --release -p taste-server --example ingest [CONNECTIONS] [BALLOTS]`. The clients run in the same process and
//! share its processors, so this is a lower bound. Ballots are signed before the clock starts.
#![allow(clippy::print_stdout, reason = "an example's answer")]
#![allow(clippy::unwrap_used, reason = "an example")]
#![allow(missing_docs, reason = "an example")]

#[allow(dead_code, reason = "the tests' fixtures; this uses a part")]
#[path = "../tests/server/support/mod.rs"]
mod support;

use std::{sync::Barrier, time::Instant};

use p256::ecdsa::{Signature as CurveSignature, SigningKey, signature::Signer};
use support::{Folder, Running, config, key, open, round};
use taste_ballot::{
    Address, Ballot, Scope, SessionGrant, SessionKey, Signature, SignedBallot, SignedGrant, key_address,
};
use taste_core::Digest;

/// A session key of either curve.
enum Key {
    /// As where a page is not served securely.
    Secp256k1(SessionKey),
    /// As browsers have them.
    P256(SigningKey),
}

impl Key {
    fn point(key: &SigningKey) -> [u8; 64] {
        key.verifying_key().to_sec1_point(false).as_bytes()[1..].try_into().unwrap()
    }

    fn address(&self) -> Address {
        match self {
            Self::Secp256k1(key) => key.address(),
            Self::P256(key) => key_address(&Self::point(key)),
        }
    }

    fn sign(&self, digest: &Digest) -> Signature {
        match self {
            Self::Secp256k1(key) => key.sign_digest(digest),
            Self::P256(key) => {
                let made: CurveSignature = key.sign(&digest.0);
                let both = [&made.normalize_s().to_bytes()[..], &Self::point(key)].concat();
                Signature::from_bytes(both).unwrap()
            }
        }
    }

    fn ballot(&self, ballot: Ballot, grant: Option<SignedGrant>) -> SignedBallot {
        let signature = self.sign(&ballot.digest());
        SignedBallot { ballot, signature, grant }
    }
}

fn main() {
    let argument = |place, default| std::env::args().nth(place).map_or(default, |text| text.parse().unwrap());
    let (connections, ballots): (usize, usize) = (argument(1, 64), argument(2, 20_000));
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let opened = open(&server, round(server.operator.address(), 10));
    let wallet = key(250);
    type Make = fn(u8) -> Key;
    let secp256k1: Make = |number| Key::Secp256k1(key(number));
    let p256: Make = |number| Key::P256(SigningKey::from_slice(&[number; 32]).unwrap());
    for (what, make, granted) in [
        ("guests, secp256k1", secp256k1, false),
        ("guests, P-256", p256, false),
        ("secp256k1 session keys with a grant", secp256k1, true),
        ("P-256 session keys with a grant", p256, true),
    ] {
        let each = ballots / connections;
        let bodies: Vec<Vec<Vec<u8>>> = (0..connections)
            .map(|connection| {
                let session = make(1 + connection as u8);
                // A key votes as a guest first, and for a wallet afterwards: the wallet then goes on where it was.
                let grant = granted.then(|| {
                    let grant = SessionGrant {
                        voter: wallet.address(),
                        session: session.address(),
                        scope: Scope::EveryRound,
                        origin: "https://example.org".into(),
                        not_before: support::NOW - 60,
                        not_after: support::NOW + 3600,
                    };
                    let digest = grant.digest();
                    let (signature, acceptance) = (wallet.sign_digest(&digest), session.sign(&digest));
                    SignedGrant { grant, signature, acceptance }
                });
                let voter = if granted { wallet.address() } else { session.address() };
                let sign = |sequence| {
                    let mut ballot = opened.ballot(voter, sequence);
                    if granted {
                        // Devices of one wallet that say the same thing in the same second say it once.
                        let other = matches!(session, Key::P256(_));
                        ballot.issued_at -= 2 * connection as u64 + u64::from(other);
                    }
                    serde_json::to_vec(&session.ballot(ballot, grant.clone())).unwrap()
                };
                (1..=each as u64).map(sign).collect()
            })
            .collect();
        let barrier = Barrier::new(connections + 1);
        let seconds = std::thread::scope(|scope| {
            let threads: Vec<_> = bodies
                .iter()
                .map(|mine| {
                    let mut client = server.client();
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        for body in mine {
                            let answer = client.try_send("POST", "/v1/ballots", body).unwrap();
                            assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.body));
                        }
                    })
                })
                .collect();
            barrier.wait();
            let start = Instant::now();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            start.elapsed().as_secs_f64()
        });
        println!(
            "{what}: {:.0} ballots/s over {connections} connections",
            (each * connections) as f64 / seconds
        );
    }
}
