//! The document is true: every answer that it lists is drawn from a real server and has the shape that it says.

use std::collections::BTreeSet;

use taste_ballot::{Ballot, Scope};
use taste_core::{BoardRule, Digest, DuelOutcome, Vote};

use crate::support::{
    Folder, NOW, Running, TOKEN, config, grant,
    http::Client,
    key, open, post, round,
    schema::{DOCUMENT, SEEN},
    sha256, text,
};

#[test]
fn every_documented_answer_is_given_and_has_its_schema() {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    let mut manifest = round(server.operator.address(), 3);
    manifest.budget = 2;
    let opened = open(&server, manifest);
    let mut client = server.client();
    let unknown = Digest([0xee; 32]);

    for path in ["/healthz", "/openapi.json", "/v1/rounds"] {
        client.get(path);
    }
    assert_eq!(client.get("/openapi.json").value(), *DOCUMENT);
    for part in ["", "/board", "/log", "/claims", "/revocations"] {
        for id in [opened.id.to_string(), unknown.to_string(), "0x12".into()] {
            client.get(&format!("/v1/rounds/{id}{part}"));
        }
    }
    client.get(&format!("/v1/rounds/{}/log?from=-1", opened.id));
    client.events(&format!("/v1/rounds/{}/events", opened.id));
    for id in [unknown.to_string(), "0x12".into()] {
        client.get(&format!("/v1/rounds/{id}/events"));
        for family in ["content", "models", "features"] {
            client.get(&format!("/v1/{family}/{id}"));
        }
        client.get(&format!("/v1/ballots/{id}/receipt"));
    }
    rounds(&server, &mut client);
    content(&server, &mut client, unknown);
    ballots(&server, &mut client, &opened);
    training(&server, &folder, opened.id, unknown);

    let mut documented = BTreeSet::new();
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for status in operation["responses"].as_object().unwrap().keys() {
                documented.insert((method.clone(), path.clone(), status.clone()));
            }
        }
    }
    let seen = SEEN.lock().unwrap().clone();
    let mut unseen: Vec<_> = documented.difference(&seen).collect();
    // Files come from a training; where there is no ONNX Runtime there are none.
    if taste_inference::Runtime::load(None).is_err() {
        println!("skipped: models and features, there is no ONNX Runtime to train with");
        unseen.retain(|(_, path, status)| {
            !(status == "200" && (path.contains("models") || path.contains("features")))
        });
    }
    assert!(unseen.is_empty(), "documented, but never answered: {unseen:?}");
}

fn rounds(server: &Running, client: &mut Client) {
    let manifest = round(server.operator.address(), 4);
    let signed = manifest.clone().sign(&server.operator);
    client.json("POST", "/v1/rounds", &signed);
    client.json("POST", "/v1/rounds", &signed);
    client.send("POST", "/v1/rounds", b"{}");
    client.json("POST", "/v1/rounds", &manifest.clone().sign(&key(9)));
    client.json("POST", "/v1/rounds", &round(key(9).address(), 4).sign(&key(9)));
    client.send("POST", "/v1/rounds", &vec![b' '; 17 * 1024 * 1024]);
    let mut closed = round(server.operator.address(), 2);
    closed.rules.board = BoardRule::Closed;
    client.get(&format!("/v1/rounds/{}/board", post(server, closed).id));
    let mut other = manifest;
    other.encoder = "other@1".into();
    client.json("POST", "/v1/rounds", &other.sign(&server.operator));
}

fn content(server: &Running, client: &mut Client, unknown: Digest) {
    let opened = post(server, round(server.operator.address(), 5));
    let path = format!("/v1/content/{}", opened.candidate(4));
    client.send("PUT", &path, text(4).as_bytes());
    client.send("PUT", &path, text(4).as_bytes());
    client.get(&path);
    client.send("PUT", &path, b"other");
    client.send("PUT", "/v1/content/0x12", b"other");
    client.send("PUT", &format!("/v1/content/{}", sha256(b"other")), b"other");
    client.send("PUT", &format!("/v1/content/{unknown}"), &vec![0; 9 * 1024 * 1024]);
}

fn ballots(server: &Running, client: &mut Client, opened: &crate::support::Opened) {
    let wallet = key(1);
    let ballot = opened.ballot(wallet.address(), 1);
    let good = ballot.clone().sign(&wallet);
    client.json("POST", "/v1/ballots", &good);
    client.json("POST", "/v1/ballots", &good);
    client.get(&format!("/v1/ballots/{}/receipt", good.ballot.digest()));
    client.json("POST", "/v1/ballots", &Ballot { deadline: NOW - 1, ..ballot.clone() }.sign(&wallet));
    client.json("POST", "/v1/ballots", &ballot.clone().sign(&key(2)));
    client.json("POST", "/v1/ballots", &Ballot { sequence: 0, ..ballot.clone() }.sign(&wallet));
    client.json(
        "POST",
        "/v1/ballots",
        &Ballot { source: "csv:a".into(), sequence: 2, ..ballot.clone() }.sign(&wallet),
    );
    client.json("POST", "/v1/ballots", &Ballot { round: Digest([1; 32]), ..ballot.clone() }.sign(&wallet));
    client.send("POST", "/v1/ballots", &vec![b' '; 300_000]);
    let foreign = Vote::duel(opened.candidate(0), Digest([7; 32]), DuelOutcome::Left).unwrap();
    client.json("POST", "/v1/ballots", &Ballot { votes: vec![foreign], sequence: 2, ..ballot }.sign(&wallet));

    let claim = grant(&wallet, &key(3), Scope::EveryRound);
    client.json("POST", "/v1/grants", &claim);
    client.json("POST", "/v1/grants", &grant(&key(4), &key(3), Scope::EveryRound));
    client.send("POST", "/v1/grants", b"{}");
    client.send("POST", "/v1/grants", &vec![b' '; 300_000]);
    let mut forged = claim;
    forged.signature = forged.acceptance.clone();
    client.json("POST", "/v1/grants", &forged);
    let revocation =
        taste_ballot::Revocation { voter: wallet.address(), session: key(3).address(), revoked_at: NOW };
    client.json("POST", "/v1/revocations", &revocation.sign(&wallet));
    client.json("POST", "/v1/revocations", &revocation.sign(&wallet));
    client.json("POST", "/v1/revocations", &revocation.sign(&key(3)));
    client.send("POST", "/v1/revocations", b"{}");
    client.send("POST", "/v1/revocations", &vec![b' '; 300_000]);
    chain_down();
    assert!(server.clock.load(std::sync::atomic::Ordering::Relaxed) == NOW);
}

/// A server whose chain does not answer, and messages that only a chain can judge.
fn chain_down() {
    let folder = Folder::new();
    let mut config = config(folder.path());
    config.rpc = [("1".to_owned(), "http://127.0.0.1:1".to_owned())].into();
    let server = Running::start(config);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    client.json("POST", "/v1/ballots", &opened.ballot(key(1).address(), 1).sign(&key(2)));
    let mut forged = grant(&key(1), &key(3), Scope::EveryRound);
    forged.signature = forged.acceptance.clone();
    client.json("POST", "/v1/grants", &forged);
    let revocation =
        taste_ballot::Revocation { voter: key(1).address(), session: key(3).address(), revoked_at: NOW };
    client.json("POST", "/v1/revocations", &revocation.sign(&key(3)));
}

fn training(server: &Running, folder: &Folder, id: Digest, unknown: Digest) {
    let mut operator = server.client().with_header("authorization", &format!("Bearer {TOKEN}"));
    let listening = server.client();
    let mut events = listening.events(&format!("/v1/rounds/{id}/events"));
    for id in [id.to_string(), unknown.to_string(), "0x12".into()] {
        operator.send("POST", &format!("/v1/rounds/{id}/train"), b"");
    }
    server.client().send("POST", &format!("/v1/rounds/{id}/train"), b"");
    if taste_inference::Runtime::load(None).is_ok() {
        let model = events.until(|event| event.name == "model").data;
        let mut client = server.client();
        client.get(&format!("/v1/models/{}", model["digest"].as_str().unwrap()));
        client.get(&format!("/v1/features/{}", model["features"].as_str().unwrap()));
        client.get(&format!("/v1/rounds/{id}"));
    }
    // A second server without a token and with few places, beside the first.
    let mut config = config(&folder.path().join("."));
    config.database = folder.path().join("second.sqlite");
    (config.admin_token, config.max_connections) = (None, 4);
    let second = Running::start(config);
    let id = post(&second, round(second.operator.address(), 2)).id;
    second.client().send("POST", &format!("/v1/rounds/{id}/train"), b"");
    let path = format!("/v1/rounds/{id}/events");
    let _listeners: Vec<_> = (0..3).map(|_| second.client().events(&path)).collect();
    second.client().get(&path);
}
