//! What was acknowledged stays: through a SIGKILL under load, and through a restart.

use std::{
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use taste_ballot::{LogEntry, SignedBallot, SignedReceipt};
use taste_core::Digest;

use crate::child;
use crate::support::{
    Folder, NOW, Opened, Running, accepted, config, http::Client, key, open, post_at, round, sha256, text,
};

const VOTERS: u8 = 8;
const BALLOTS: u64 = 400;

/// Ballots of every voter, numbered.
fn ballots(opened: &Opened) -> Vec<Vec<SignedBallot>> {
    (1..=VOTERS)
        .map(|voter| {
            let key = key(voter);
            (1..=BALLOTS).map(|sequence| opened.ballot(key.address(), sequence).sign(&key)).collect()
        })
        .collect()
}

#[test]
fn after_a_sigkill_under_load_every_receipt_is_in_the_log_and_every_ballot_arrives_once() {
    let folder = Folder::new();
    let opened = {
        let server = Running::start(config(folder.path()));
        let opened = open(&server, round(server.operator.address(), 2));
        server.stop();
        opened
    };
    let ballots = ballots(&opened);
    let (mut child, address) = child::start(folder.path(), Stdio::null());
    let receipts: Arc<Mutex<Vec<SignedReceipt>>> = Arc::default();
    let count = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = ballots
        .iter()
        .cloned()
        .map(|mine| {
            let (receipts, count) = (receipts.clone(), count.clone());
            std::thread::spawn(move || {
                let mut client = Client::new(address);
                for ballot in mine {
                    let body = serde_json::to_vec(&ballot).unwrap();
                    let Ok(answer) = client.try_send("POST", "/v1/ballots", &body) else { return };
                    assert_eq!(answer.status, 201);
                    receipts.lock().unwrap().push(serde_json::from_slice(&answer.body).unwrap());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let end = Instant::now() + Duration::from_secs(60);
    while count.load(Ordering::Relaxed) < 300 && Instant::now() < end {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let receipts = std::mem::take(&mut *receipts.lock().unwrap());
    assert!(receipts.len() >= 300, "too slow to kill under load");
    assert!(receipts.len() < usize::from(VOTERS) * BALLOTS as usize, "everything was sent before the kill");

    let server = Running::start(config(folder.path()));
    let mut client = server.client();
    for receipt in &receipts {
        let answer = client.get(&format!("/v1/ballots/{}/receipt", receipt.receipt.ballot));
        assert_eq!((answer.status, answer.body), (200, serde_json::to_vec(receipt).unwrap()));
    }
    // Clients send everything again that they have no receipt for; sending all of it changes nothing more.
    for ballot in ballots.iter().flatten() {
        let answer = client.json("POST", "/v1/ballots", ballot);
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    }
    let entries = log(&mut client, &opened);
    let mut ids: Vec<Digest> = entries.iter().map(|entry| entry.signed.ballot.digest()).collect();
    for receipt in &receipts {
        assert_eq!(ids[receipt.receipt.index as usize], receipt.receipt.ballot);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), entries.len()), (3200, 3200));
}

fn log(client: &mut Client, opened: &Opened) -> Vec<LogEntry> {
    let log = client.get(&format!("/v1/rounds/{}/log?limit=10000", opened.id));
    let lines = log.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let entries: Vec<LogEntry> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert!(entries.iter().enumerate().all(|(index, entry)| entry.index == index as u64));
    entries
}

#[test]
fn a_restart_goes_on_where_it_stopped() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let opened = open(&server, round(server.operator.address(), 3));
    let before = accepted(&mut server.client(), &opened.ballot(key(1).address(), 7).sign(&key(1)));
    let view = server.client().get(&format!("/v1/rounds/{}", opened.id)).body;
    let board = server.client().get(&format!("/v1/rounds/{}/board", opened.id)).body;
    server.stop();

    let server = Running::start(config(folder.path()));
    let mut client = server.client();
    assert_eq!(client.get(&format!("/v1/rounds/{}", opened.id)).body, view);
    assert_eq!(client.get(&format!("/v1/rounds/{}/board", opened.id)).body, board);
    let answer = client.json("POST", "/v1/ballots", &opened.ballot(key(1).address(), 6).sign(&key(1)));
    assert_eq!(answer.value()["error"]["code"], "ServerError::SequenceBehind");
    let after = accepted(&mut client, &opened.ballot(key(1).address(), 8).sign(&key(1)));
    assert_eq!((before.receipt.index, after.receipt.index), (0, 1));
    assert_eq!(log(&mut client, &opened).len(), 2);
}

#[test]
fn a_stop_under_load_answers_what_it_has_taken() {
    let folder = Folder::new();
    let mut server = Running::start(config(folder.path()));
    let opened = open(&server, round(server.operator.address(), 2));
    let (address, all) = (server.address, ballots(&opened));
    let answered = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = all
        .into_iter()
        .map(|mine| {
            let answered = answered.clone();
            std::thread::spawn(move || {
                let mut client = Client::new(address);
                let mut receipts = Vec::new();
                for ballot in mine {
                    let body = serde_json::to_vec(&ballot).unwrap();
                    match client.try_send("POST", "/v1/ballots", &body) {
                        Ok(answer) if answer.status == 201 => {
                            receipts.push(serde_json::from_slice::<SignedReceipt>(&answer.body).unwrap());
                            answered.fetch_add(1, Ordering::Relaxed);
                        }
                        _ => break,
                    }
                }
                receipts
            })
        })
        .collect();
    let end = Instant::now() + Duration::from_secs(60);
    while answered.load(Ordering::Relaxed) < 200 && Instant::now() < end {
        std::thread::yield_now();
    }
    server.ask_to_stop();
    let receipts: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    server.stop();
    let server = Running::start(config(folder.path()));
    let entries = log(&mut server.client(), &opened);
    for receipt in &receipts {
        assert_eq!(entries[receipt.receipt.index as usize].signed.ballot.digest(), receipt.receipt.ballot);
        assert_eq!(entries[receipt.receipt.index as usize].accepted_at, NOW);
    }
    assert!(entries.len() >= receipts.len());
}

#[test]
fn a_round_whose_embedding_was_cut_short_opens_after_the_next_start() {
    let folder = Folder::new();
    let (mut child, address) = child::start(folder.path(), Stdio::null());
    let operator = taste_server::key_file(&folder.path().join("operator.key")).unwrap();
    // Long, so that embedding takes its time.
    let content = |number: usize| format!("{number}: {}", text(number).repeat(10_000));
    let mut manifest = round(operator.address(), 16);
    for (number, candidate) in manifest.candidates.iter_mut().enumerate() {
        candidate.id = sha256(content(number).as_bytes());
    }
    let opened = post_at(address, &operator, manifest);
    let mut client = Client::new(address);
    for number in 0..16 {
        let path = format!("/v1/content/{}", opened.candidate(number));
        assert_eq!(client.send("PUT", &path, content(number).as_bytes()).status, 201);
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let server = Running::start(config(folder.path()));
    let mut events = server.client().events(&format!("/v1/rounds/{}/events", opened.id));
    let event = events.until(|event| event.name == "status" && event.data["state"] == "open");
    assert_eq!(event.data["failed"], serde_json::json!([]));
}

#[test]
fn what_one_round_embedded_is_not_embedded_again_for_the_next_also_after_a_start() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    // Long, so that embedding takes its time: a round that needed it would not be open at once.
    let content = |number: usize| format!("{number}: {}", text(number).repeat(10_000));
    let manifest = |title: &str| {
        let mut manifest = round(server.operator.address(), 16);
        manifest.title = title.into();
        for (number, candidate) in manifest.candidates.iter_mut().enumerate() {
            candidate.id = sha256(content(number).as_bytes());
        }
        manifest
    };
    let (first, second, third) = (manifest("First"), manifest("Second"), manifest("Third"));
    let state = |address, id: &str| -> String {
        let round = Client::new(address).get(&format!("/v1/rounds/{id}")).value();
        round["status"]["state"].as_str().unwrap().to_owned()
    };
    let opened = post_at(server.address, &server.operator, first);
    let mut client = server.client();
    for number in 0..16 {
        let path = format!("/v1/content/{}", opened.candidate(number));
        assert_eq!(client.send("PUT", &path, content(number).as_bytes()).status, 201);
    }
    let mut events = server.client().events(&format!("/v1/rounds/{}/events", opened.id));
    events.until(|event| event.name == "status" && event.data["state"] == "open");
    let opened = post_at(server.address, &server.operator, second);
    assert_eq!(state(server.address, &opened.id.to_string()), "open");
    let operator = taste_server::key_file(&folder.path().join("operator.key")).unwrap();
    drop(server);
    let server = Running::start(config(folder.path()));
    let opened = post_at(server.address, &operator, third);
    assert_eq!(state(server.address, &opened.id.to_string()), "open");
}
