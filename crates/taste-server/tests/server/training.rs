//! Training beside voting: models appear, follow one another, and are what their digests say.

use std::time::{Duration, Instant};

use taste_core::{Digest, DuelOutcome};
use taste_model::{FeatureTable, TasteModel};

use crate::support::{Folder, NOW, Opened, Running, TOKEN, accepted, config, key, open, round, sha256};

/// Every voter prefers the candidate with the lower number.
fn vote(server: &Running, opened: &Opened, voters: std::ops::Range<u8>) {
    let mut client = server.client();
    for voter in voters {
        let key = key(voter);
        let mut ballot = opened.ballot(key.address(), 1);
        ballot.votes = (0..6)
            .flat_map(|left| ((left + 1)..6).map(move |right| (left, right)))
            .map(|(left, right)| opened.duel(left, right, DuelOutcome::Left))
            .collect();
        accepted(&mut client, &ballot.sign(&key));
    }
}

#[test]
fn after_enough_votes_a_model_is_published_and_files_are_what_their_digests_say() {
    if let Err(error) = taste_inference::Runtime::load(None) {
        println!("skipped: no ONNX Runtime to train with ({error})");
        return;
    }
    let folder = Folder::new();
    let mut config = config(folder.path());
    (config.train_every, config.train_steps) = (150, 60);
    let server = Running::start(config.clone());
    let opened = open(&server, round(server.operator.address(), 8));
    let mut events = server.client().events(&format!("/v1/rounds/{}/events", opened.id));
    vote(&server, &opened, 1..11);
    let first = events.until(|event| event.name == "model").data;
    assert_eq!(first["logSize"], 10);

    let mut client = server.client();
    let digest: Digest = first["digest"].as_str().unwrap().parse().unwrap();
    let model = client.get(&format!("/v1/models/{digest}"));
    assert_eq!(sha256(&model.body), digest);
    let model = TasteModel::from_onnx(&model.body).unwrap();
    assert_eq!(model.provenance().round, opened.id);
    let log = client.get(&format!("/v1/rounds/{}/log", opened.id)).body;
    let lines = log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    assert_eq!(model.provenance().log_root, taste_ledger::root(lines));

    let features: Digest = first["features"].as_str().unwrap().parse().unwrap();
    let file = client.get(&format!("/v1/features/{features}"));
    assert_eq!(sha256(&file.body), features);
    let table = FeatureTable::from_bytes(&file.body).unwrap();
    assert_eq!((table.len(), table.model()), (8, digest));
    assert!(table.row(0).0 > table.row(5).0, "what everybody prefers has more utility");

    // The second follows the first, here on request.
    vote(&server, &opened, 11..13);
    let mut operator = server.client().with_header("authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(operator.send("POST", &format!("/v1/rounds/{}/train", opened.id), b"").status, 202);
    let second = events.until(|event| event.name == "model").data;
    assert_eq!(second["logSize"], 12);
    let model = client.get(&format!("/v1/models/{}", second["digest"].as_str().unwrap()));
    assert_eq!(TasteModel::from_onnx(&model.body).unwrap().provenance().parent, Some(digest));
    drop(events);
    server.stop();

    // The model is there after a restart, and nothing is trained twice.
    let server = Running::start(config);
    let view = server.client().get(&format!("/v1/rounds/{}", opened.id)).value();
    assert_eq!(view["model"], second);
}

#[test]
fn a_training_that_fails_leaves_the_server_as_it_was() {
    let folder = Folder::new();
    let mut config = config(folder.path());
    config.train_every = 1;
    // No votes that say anything: `TrainError::TooFewVotes`, or no ONNX Runtime at all.
    let server = Running::start(config);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    for sequence in 1..=5 {
        let mut ballot = opened.ballot(key(1).address(), sequence);
        ballot.votes = vec![opened.duel(0, 1, DuelOutcome::Skip)];
        ballot.issued_at = NOW - sequence;
        accepted(&mut client, &ballot.sign(&key(1)));
    }
    let view = client.get(&format!("/v1/rounds/{}", opened.id)).value();
    assert_eq!((&view["status"]["ballots"], &view["model"]), (&5.into(), &serde_json::Value::Null));
    server.stop();
}

#[test]
fn a_stop_gives_a_training_up_and_leaves_nothing_of_it() {
    if let Err(error) = taste_inference::Runtime::load(None) {
        println!("skipped: no ONNX Runtime to train with ({error})");
        return;
    }
    let folder = Folder::new();
    let mut config = config(folder.path());
    config.train_steps = 1_000_000;
    let server = Running::start(config.clone());
    let opened = open(&server, round(server.operator.address(), 8));
    vote(&server, &opened, 1..11);
    let mut operator = server.client().with_header("authorization", &format!("Bearer {TOKEN}"));
    let mut queued = || operator.send("POST", &format!("/v1/rounds/{}/train", opened.id), b"").value();
    assert_eq!(queued()["queued"], true);
    // A round waits once. That it can wait a second time says that the first training has begun.
    let end = Instant::now() + Duration::from_secs(60);
    while queued()["queued"] != true {
        assert!(Instant::now() < end, "no training began");
    }
    let begin = Instant::now();
    server.stop();
    assert!(begin.elapsed() < Duration::from_secs(30), "the stop waited for {:?}", begin.elapsed());
    let server = Running::start(config);
    let view = server.client().get(&format!("/v1/rounds/{}", opened.id)).value();
    assert_eq!((&view["status"]["ballots"], &view["model"]), (&10.into(), &serde_json::Value::Null));
}
