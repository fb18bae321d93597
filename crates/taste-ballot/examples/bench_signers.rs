//! How many signers of a digest are found in a second on one thread, for each curve, and what was measured, so that a peer can be
//! given the same: one line of JSON. `cargo run --release -p taste-ballot --features secp256k1,ring --example bench_signers`, as
//! `cargo xtask bench --only ballots` does.
#![allow(clippy::print_stdout, reason = "an example's answer")]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use p256::ecdsa::{Signature as CurveSignature, SigningKey, signature::Signer};
use serde_json::json;
use taste_ballot::{SessionKey, Signature, recover};
use taste_core::Digest;

const TURN: Duration = Duration::from_millis(80);
const TURNS: usize = 9;

/// Operations per second: the median of nine turns after a warm-up.
fn rate<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut turn = || {
        let (start, mut count) = (Instant::now(), 0u32);
        while start.elapsed() < TURN {
            black_box(work());
            count += 1;
        }
        f64::from(count) / start.elapsed().as_secs_f64()
    };
    turn();
    let mut rates: Vec<f64> = (0..TURNS).map(|_| turn()).collect();
    rates.sort_by(f64::total_cmp);
    rates[TURNS / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digest = Digest([5; 32]);
    let key = SigningKey::from_slice(&[7; 32])?;
    let made: CurveSignature = key.sign(&digest.0);
    let mut bytes = made.normalize_s().to_bytes().to_vec();
    bytes.extend(&key.verifying_key().to_sec1_point(false).as_bytes()[1..]);
    let p256 = Signature::from_bytes(bytes)?;
    let secp256k1 = SessionKey::from_bytes(&[7; 32])?.sign_digest(&digest);
    let measured = |signature: &Signature| -> Result<_, Box<dyn std::error::Error>> {
        let signer = recover(&digest, signature)?.to_string();
        Ok(json!({ "signature": signature, "signer": signer, "rate": rate(|| recover(&digest, signature)) }))
    };
    println!("{}", json!({ "digest": digest, "p256": measured(&p256)?, "secp256k1": measured(&secp256k1)? }));
    Ok(())
}
