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

use support::{Folder, Running, config, key, open, round};
use taste_ballot::Scope;

fn main() {
    let argument = |place, default| std::env::args().nth(place).map_or(default, |text| text.parse().unwrap());
    let (connections, ballots): (usize, usize) = (argument(1, 64), argument(2, 20_000));
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let opened = open(&server, round(server.operator.address(), 10));
    for granted in [false, true] {
        let each = ballots / connections;
        let bodies: Vec<Vec<Vec<u8>>> = (0..connections)
            .map(|connection| {
                let (session, wallet) = (key(1 + connection as u8), key(250));
                let grant = support::grant(&wallet, &session, Scope::EveryRound);
                let granted_ballot = |sequence| {
                    let mut ballot = opened.ballot(wallet.address(), sequence);
                    // Two devices that say the same thing in the same second say it once.
                    ballot.issued_at -= connection as u64;
                    ballot
                };
                let sign = |sequence| {
                    let signed = if granted {
                        granted_ballot(sequence).sign_granted(&session, grant.clone())
                    } else {
                        opened.ballot(session.address(), sequence).sign(&session)
                    };
                    serde_json::to_vec(&signed).unwrap()
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
        let what = if granted { "session keys with a grant" } else { "guests" };
        println!(
            "{what}: {:.0} ballots/s over {connections} connections",
            (each * connections) as f64 / seconds
        );
    }
}
