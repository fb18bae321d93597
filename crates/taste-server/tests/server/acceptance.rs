//! What is accepted, what is refused with which code, and whose votes they are.

use std::sync::{Arc, Barrier};

use crate::support::{
    NOW, Running, accepted, grant, http::Client, key, open, post, refusal, round, started, status, text,
};
use serde_json::{Value, json};
use taste_ballot::{Ballot, Scope, SessionKey, Signature, SignedBallot, SignedReceipt};
use taste_core::{ApprovalOutcome, Digest, DuelOutcome, Vote};

/// Changes a signed ballot's JSON, as a broken or hostile client would.
fn changed(ballot: &SignedBallot, pointer: &str, value: Value) -> Vec<u8> {
    let mut json = serde_json::to_value(ballot).unwrap();
    *json.pointer_mut(pointer).unwrap() = value;
    serde_json::to_vec(&json).unwrap()
}

#[test]
fn every_malformed_body_has_its_code_and_the_server_stays_up() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let good = opened.ballot(key(1).address(), 1).sign(&key(1));
    let many = |count| {
        Ballot { votes: vec![good.ballot.votes[0].clone(); count], ..good.ballot.clone() }.sign(&key(1))
    };
    let json = |ballot: &SignedBallot| serde_json::to_vec(ballot).unwrap();
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("nothing", vec![], 400, "ServerError::Malformed"),
        ("no JSON", b"{\"ballot\":".to_vec(), 400, "ServerError::Malformed"),
        ("no UTF-8", vec![b'"', 0xff, 0xfe, b'"'], 400, "ServerError::Malformed"),
        ("another thing", b"[1,2,3]".to_vec(), 400, "ServerError::Malformed"),
        (
            "a number too many",
            changed(&good, "/ballot/votes/0/strength", json!(256)),
            400,
            "ServerError::Malformed",
        ),
        ("deep nesting", "[".repeat(100_000).into_bytes(), 400, "ServerError::Malformed"),
        ("10 MB", vec![b' '; 10_000_000], 413, "ServerError::BodyTooLarge"),
        ("no votes", changed(&good, "/ballot/votes", json!([])), 400, "BallotError::NoVotes"),
        ("257 votes", json(&many(257)), 400, "BallotError::TooManyVotes"),
        ("half a digest", changed(&good, "/ballot/round", json!("0x12")), 400, "CoreError::Digest"),
        ("a foreign word", changed(&good, "/ballot/votes/0/outcome", json!("maybe")), 400, "CoreError::Word"),
        ("strength 101", changed(&good, "/ballot/votes/0/strength", json!(101)), 400, "CoreError::Range"),
        (
            "a duel of one",
            changed(&good, "/ballot/votes/0/candidates", json!([opened.candidate(0)])),
            400,
            "CoreError::CandidateCount",
        ),
        (
            "a duel with itself",
            changed(&good, "/ballot/votes/0/candidates", json!([opened.candidate(0), opened.candidate(0)])),
            400,
            "CoreError::SameCandidate",
        ),
        (
            "a wrong checksum",
            changed(&good, "/ballot/voter", json!("0x27b1fdb04752bbc536007a920d24acb045561c2A")),
            400,
            "BallotError::Address",
        ),
        ("a number as a number", changed(&good, "/ballot/sequence", json!(1)), 400, "ServerError::Malformed"),
        ("a negative number", changed(&good, "/ballot/sequence", json!("-1")), 400, "BallotError::Number"),
        (
            "half a byte of a signature",
            changed(&good, "/signature", json!("0x123")),
            400,
            "BallotError::SignatureFormat",
        ),
        (
            "a signature by no key",
            changed(&good, "/signature", json!("0x1234")),
            401,
            "BallotError::ContractSignature",
        ),
    ];
    let mut client = server.client();
    for (name, body, status, code) in cases {
        let answer = client.send("POST", "/v1/ballots", &body);
        assert_eq!(
            refusal(&answer),
            (status, code.to_owned()),
            "{name}: {}",
            String::from_utf8_lossy(&answer.body)
        );
    }
    let mut unknown = serde_json::to_value(&good).unwrap();
    unknown["ballot"]["privateKey"] = json!("0xdeadbeefdeadbeefdeadbeef");
    let answer = client.json("POST", "/v1/ballots", &unknown);
    assert_eq!(refusal(&answer), (400, "ServerError::Malformed".into()));
    assert!(!String::from_utf8_lossy(&answer.body).contains("deadbeef"), "a value was repeated");
    accepted(&mut client, &many(256));
}

#[test]
fn each_step_of_acceptance_refuses_with_its_code() {
    let (_folder, server) = started();
    let mut manifest = round(server.operator.address(), 3);
    manifest.budget = 1;
    manifest.importers = vec![key(8).address()];
    let opened = open(&server, manifest);
    let mut later = round(server.operator.address(), 3);
    later.opens_at = NOW + 50;
    later.salt = Digest([9; 32]);
    let waiting = post(&server, later);
    let (wallet, session) = (key(1), key(2));
    let ballot = || opened.ballot(wallet.address(), 5);
    let granted = |grant| ballot().sign_granted(&session, grant);
    let with_grant = |change: &dyn Fn(&mut taste_ballot::SessionGrant)| {
        let mut inner = grant(&wallet, &session, Scope::EveryRound).grant;
        change(&mut inner);
        granted(inner.sign(&wallet, &session))
    };
    let mut unsigned_grant = grant(&wallet, &session, Scope::EveryRound);
    unsigned_grant.signature = unsigned_grant.acceptance.clone();
    let mut not_accepted = grant(&wallet, &session, Scope::EveryRound);
    not_accepted.acceptance = not_accepted.signature.clone();
    let foreign = Vote::duel(opened.candidate(0), Digest([7; 32]), DuelOutcome::Tie).unwrap();

    let cases: Vec<(&str, SignedBallot, u16, &str)> = vec![
        (
            "another round",
            Ballot { round: Digest([1; 32]), ..ballot() }.sign(&wallet),
            404,
            "ServerError::UnknownRound",
        ),
        (
            "a round without content",
            Ballot { round: waiting.id, ..ballot() }.sign(&wallet),
            409,
            "ServerError::RoundNotOpen",
        ),
        (
            "too late",
            Ballot { deadline: NOW - 1, ..ballot() }.sign(&wallet),
            400,
            "ServerError::DeadlinePassed",
        ),
        (
            "from the future",
            Ballot { issued_at: NOW + 301, ..ballot() }.sign(&wallet),
            400,
            "ServerError::ClockSkew",
        ),
        (
            "for ever",
            Ballot { deadline: u64::MAX, ..ballot() }.sign(&wallet),
            400,
            "ServerError::LifetimeTooLong",
        ),
        ("a grant by somebody else", granted(unsigned_grant), 401, "BallotError::GrantSignature"),
        ("a grant nobody accepted", granted(not_accepted), 401, "BallotError::GrantAcceptance"),
        (
            "another voter's grant",
            granted(grant(&key(3), &session, Scope::EveryRound)),
            401,
            "BallotError::GrantMismatch",
        ),
        (
            "another round's grant",
            granted(grant(&wallet, &session, Scope::Round(waiting.id))),
            401,
            "BallotError::GrantScope",
        ),
        ("a grant to come", with_grant(&|grant| grant.not_before = NOW + 1), 401, "BallotError::GrantNotYet"),
        (
            "an expired grant",
            with_grant(&|grant| grant.not_after = NOW - 1),
            401,
            "BallotError::GrantExpired",
        ),
        (
            "a wallet that grants itself",
            ballot().sign_granted(&wallet, grant(&wallet, &wallet, Scope::EveryRound)),
            409,
            "ServerError::SessionClaimed",
        ),
        ("another signer", ballot().sign(&session), 401, "BallotError::SignerMismatch"),
        (
            "a source by no importer",
            Ballot { source: "csv:a".into(), ..ballot() }.sign(&wallet),
            403,
            "ServerError::NotAnImporter",
        ),
        (
            "over the budget",
            Ballot { votes: vec![ballot().votes[0].clone(), foreign.clone()], ..ballot() }.sign(&wallet),
            409,
            "ServerError::BudgetSpent",
        ),
        (
            "a foreign candidate",
            Ballot { votes: vec![foreign], ..ballot() }.sign(&wallet),
            422,
            "ServerError::ForeignCandidate",
        ),
    ];
    let mut client = server.client();
    for (name, ballot, status, code) in cases {
        let answer = client.json("POST", "/v1/ballots", &ballot);
        assert_eq!(refusal(&answer), (status, code.to_owned()), "{name}");
    }
    // Nothing of that left a trace: the same sequence is still free.
    accepted(&mut client, &ballot().sign(&wallet));
    for sequence in [5, 4, 0] {
        let again = Ballot { sequence, issued_at: NOW - 1, ..ballot() };
        let answer = client.json("POST", "/v1/ballots", &again.sign(&wallet));
        assert_eq!(refusal(&answer), (409, "ServerError::SequenceBehind".into()));
        assert!(answer.value()["error"]["hint"].as_str().unwrap().contains('5'));
    }
    let imported = Ballot { source: "csv:a".into(), ..opened.ballot(key(8).address(), 1) };
    accepted(&mut client, &imported.sign(&key(8)));
}

#[test]
fn of_several_faults_the_first_step_that_finds_one_names_it() {
    let (_folder, server) = started();
    let mut manifest = round(server.operator.address(), 3);
    (manifest.opens_at, manifest.budget) = (NOW - 100, 2);
    let opened = open(&server, manifest);
    let (wallet, session, stranger) = (key(1), key(2), key(3));
    let mut client = server.client();
    let valid = grant(&wallet, &session, Scope::EveryRound);
    accepted(&mut client, &opened.ballot(wallet.address(), 5).sign_granted(&session, valid.clone()));
    let mut expired = valid.grant.clone();
    expired.not_after = NOW - 1;
    let expired = expired.sign(&wallet, &session);
    let own = opened.ballot(wallet.address(), 5).votes.remove(0);
    let foreign = Vote::duel(opened.candidate(0), Digest([7; 32]), DuelOutcome::Tie).unwrap();
    let another = opened.duel(1, 2, DuelOutcome::Tie);

    // A ballot that is wrong for every step from this one on, and right for those before.
    let wrong_from = |step: usize| {
        let (own, foreign, another) = (own.clone(), foreign.clone(), another.clone());
        let ballot = Ballot {
            round: if step <= 2 { Digest([1; 32]) } else { opened.id },
            deadline: if step <= 5 { NOW - 1 } else { NOW + 3600 },
            source: if step <= 8 { "csv:a".into() } else { String::new() },
            sequence: if step <= 9 { 5 } else { 6 },
            votes: match step {
                1 => vec![],
                2..=10 => vec![foreign, another, own],
                11 => vec![foreign, own],
                _ => vec![own.clone(), own],
            },
            ..opened.ballot(wallet.address(), 6)
        };
        let digest = ballot.digest();
        let mut signed =
            ballot.sign_granted(&session, if step <= 6 { expired.clone() } else { valid.clone() });
        if step <= 7 {
            signed.signature = stranger.sign_digest(&digest);
        }
        signed
    };
    for (step, status, code) in [
        (1, 400, "BallotError::NoVotes"),
        (2, 404, "ServerError::UnknownRound"),
        (4, 409, "ServerError::RoundClosed"),
        (5, 400, "ServerError::DeadlinePassed"),
        (6, 401, "BallotError::GrantExpired"),
        (7, 401, "BallotError::SignerMismatch"),
        (8, 403, "ServerError::NotAnImporter"),
        (9, 409, "ServerError::SequenceBehind"),
        (10, 409, "ServerError::BudgetSpent"),
        (11, 422, "ServerError::ForeignCandidate"),
    ] {
        server.set_clock(if step <= 4 { NOW + 86_400 } else { NOW });
        let answer = client.json("POST", "/v1/ballots", &wrong_from(step));
        assert_eq!(refusal(&answer), (status, code.to_owned()), "step {step}");
    }
    // Step 3 is before all but the first two: what was accepted keeps its receipt, whatever else has become wrong.
    accepted(&mut client, &wrong_from(12));
    server.set_clock(NOW + 86_400);
    assert_eq!(client.json("POST", "/v1/ballots", &wrong_from(12)).status, 200);
}

#[test]
fn what_is_not_there_is_said_with_a_code_of_its_own() {
    let (_folder, server) = started();
    let (mut client, nobody) = (server.client(), Digest([7; 32]));
    for (path, code) in [
        (format!("/v1/rounds/{nobody}"), "ServerError::UnknownRound"),
        (format!("/v1/content/{nobody}"), "ServerError::UnknownContent"),
        (format!("/v1/ballots/{nobody}/receipt"), "ServerError::UnknownBallot"),
        (format!("/v1/models/{nobody}"), "ServerError::UnknownModel"),
        (format!("/v1/features/{nobody}"), "ServerError::UnknownModel"),
    ] {
        assert_eq!(refusal(&client.get(&path)), (404, code.to_owned()), "{path}");
    }
}

#[test]
fn a_round_takes_ballots_from_its_opening_on() {
    let (_folder, server) = started();
    let mut manifest = round(server.operator.address(), 2);
    manifest.opens_at = NOW + 50;
    let opened = post(&server, manifest);
    let mut client = server.client();
    for number in 0..2 {
        client.send("PUT", &format!("/v1/content/{}", opened.candidate(number)), text(number).as_bytes());
    }
    let mut events = client.events(&format!("/v1/rounds/{}/events", opened.id));
    events.until(|event| event.name == "status" && event.data["state"] == "upcoming");
    let ballot = opened.ballot(key(1).address(), 1).sign(&key(1));
    let answer = client.json("POST", "/v1/ballots", &ballot);
    assert_eq!(refusal(&answer), (409, "ServerError::RoundNotOpen".into()));
    assert!(answer.value()["error"]["hint"].as_str().unwrap().contains(&(NOW + 50).to_string()));
    server.set_clock(NOW + 50);
    accepted(&mut client, &ballot);
}

#[test]
fn the_high_s_twin_is_refused_and_names_no_second_ballot() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 2));
    let good = opened.ballot(key(1).address(), 1).sign(&key(1));
    let bytes: [u8; 65] = good.signature.as_bytes().try_into().unwrap();
    let mut other = bytes;
    // s' = n − s, and the other parity.
    let order: [u8; 32] = *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41";
    let mut borrow = 0i16;
    for place in (0..32).rev() {
        let difference = i16::from(order[place]) - i16::from(bytes[32 + place]) - borrow;
        borrow = i16::from(difference < 0);
        other[32 + place] = (difference + 256 * borrow) as u8;
    }
    other[64] = 55 - bytes[64];
    let twin = SignedBallot { signature: Signature::Recoverable(other), ..good.clone() };
    let mut client = server.client();
    assert_eq!(refusal(&client.json("POST", "/v1/ballots", &twin)), (401, "BallotError::HighS".into()));
    let receipt = accepted(&mut client, &good);
    // Once the ballot is in, the twin is the same ballot.
    let answer = client.json("POST", "/v1/ballots", &twin);
    assert_eq!((answer.status, answer.body), (200, serde_json::to_vec(&receipt).unwrap()));
}

#[test]
fn a_ballot_sent_again_gets_the_same_receipt_even_after_the_round_has_closed() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 2));
    let ballot = opened.ballot(key(1).address(), 1).sign(&key(1));
    let mut client = server.client();
    let first = client.json("POST", "/v1/ballots", &ballot);
    assert_eq!(first.status, 201);
    let receipt: SignedReceipt = serde_json::from_slice(&first.body).unwrap();
    receipt.verify(server.operator.address()).unwrap();
    server.set_clock(NOW + 86_400);
    let again = client.json("POST", "/v1/ballots", &ballot);
    assert_eq!((again.status, &again.body), (200, &first.body));
    let looked_up = client.get(&format!("/v1/ballots/{}/receipt", ballot.ballot.digest()));
    assert_eq!((looked_up.status, &looked_up.body), (200, &first.body));
    let mut late = opened.ballot(key(1).address(), 2);
    late.deadline = NOW + 100_000;
    let answer = client.json("POST", "/v1/ballots", &late.sign(&key(1)));
    assert_eq!(refusal(&answer), (409, "ServerError::RoundClosed".into()));
    assert_eq!(status(&server, &opened)["ballots"], 1);
}

/// Sends all at once, each over a connection of its own; the statuses.
fn all_at_once<T: Send + 'static>(
    server: &Running,
    messages: Vec<T>,
    send: fn(&mut Client, &T) -> u16,
) -> Vec<u16> {
    let barrier = Arc::new(Barrier::new(messages.len()));
    let start = |message: T| {
        let (barrier, mut client) = (barrier.clone(), server.client());
        std::thread::spawn(move || {
            barrier.wait();
            send(&mut client, &message)
        })
    };
    let threads: Vec<_> = messages.into_iter().map(start).collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

fn at_once(server: &Running, ballots: Vec<SignedBallot>) -> Vec<u16> {
    all_at_once(server, ballots, |client, ballot| client.json("POST", "/v1/ballots", ballot).status)
}

#[test]
fn of_many_ballots_at_once_with_one_sequence_or_one_budget_the_right_number_wins() {
    let (_folder, server) = started();
    let mut manifest = round(server.operator.address(), 16);
    manifest.budget = 5;
    let opened = open(&server, manifest);
    let approval = |n: usize| Vote::approval(opened.candidate(n), ApprovalOutcome::For);
    let voted = |key: &SessionKey, sequence: u64, strength: u64| {
        let mut ballot = opened.ballot(key.address(), sequence);
        ballot.issued_at = NOW - strength;
        ballot.sign(key)
    };
    let count = |statuses: &[u16], status| statuses.iter().filter(|found| **found == status).count();
    // The same sequence, different ballots.
    let statuses = at_once(&server, (0..16).map(|n| voted(&key(1), 1, n)).collect());
    assert_eq!((count(&statuses, 201), count(&statuses, 409)), (1, 15));
    // The very same ballot.
    let statuses = at_once(&server, vec![voted(&key(2), 1, 0); 16]);
    assert_eq!((count(&statuses, 201), count(&statuses, 200)), (1, 15));
    // One wallet, sixteen devices, an answer to a question of its own each, five votes.
    let wallet = key(3);
    let device = |n: u8| {
        let session = key(100 + n);
        let mut ballot = opened.ballot(wallet.address(), 1);
        ballot.issued_at = NOW - u64::from(n);
        ballot.votes = vec![approval(usize::from(n))];
        ballot.sign_granted(&session, grant(&wallet, &session, Scope::EveryRound))
    };
    let statuses = at_once(&server, (0..16).map(device).collect());
    assert_eq!((count(&statuses, 201), count(&statuses, 409)), (5, 11));
    let status = status(&server, &opened);
    assert_eq!((&status["ballots"], &status["voters"]), (&json!(7), &json!(3)));
}

#[test]
fn the_log_verifies_line_by_line_and_its_root_is_the_ledgers() {
    let (_folder, server) = started();
    let opened = open(&server, round(server.operator.address(), 3));
    let mut client = server.client();
    let mut tree = taste_ledger::Tree::new();
    for number in 1..=7u8 {
        let ballot = opened.ballot(key(number).address(), u64::from(number)).sign(&key(number));
        let receipt = accepted(&mut client, &ballot);
        assert_eq!(receipt.receipt.index, u64::from(number) - 1);
        let entry = taste_ballot::LogEntry {
            index: receipt.receipt.index,
            accepted_at: NOW,
            signed: ballot,
            chain: None,
        };
        tree.push(&serde_json::to_vec(&entry).unwrap());
    }
    let log = client.get(&format!("/v1/rounds/{}/log", opened.id));
    let lines: Vec<&[u8]> = log.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 7);
    for line in &lines {
        let entry: taste_ballot::LogEntry = serde_json::from_slice(line).unwrap();
        entry.verify().unwrap();
    }
    assert_eq!(taste_ledger::root(lines.iter().copied()), tree.root());
    let part = client.get(&format!("/v1/rounds/{}/log?from=5&limit=1", opened.id));
    assert_eq!(part.body, [lines[5], b"\n"].concat());
    assert!(client.get(&format!("/v1/rounds/{}/log?from=7", opened.id)).body.is_empty());
}

#[test]
fn content_is_taken_only_where_it_is_what_a_round_lists() {
    let (_folder, server) = started();
    let opened = post(&server, round(server.operator.address(), 2));
    assert_eq!(status(&server, &opened)["missing"].as_array().unwrap().len(), 2);
    let mut client = server.client();
    let path = |id: &Digest| format!("/v1/content/{id}");
    let unlisted = crate::support::sha256(b"unlisted");
    let large = vec![0; 9 * 1024 * 1024];
    for (id, body, status, code) in [
        (opened.candidate(0), &b"something else"[..], 422, "ServerError::ContentMismatch"),
        (unlisted, b"unlisted", 404, "ServerError::UnlistedContent"),
        (opened.candidate(0), &large, 413, "ServerError::BodyTooLarge"),
    ] {
        assert_eq!(refusal(&client.send("PUT", &path(&id), body)), (status, code.to_owned()));
    }
    assert_eq!(
        refusal(&client.get(&path(&opened.candidate(0)))),
        (404, "ServerError::UnknownContent".into())
    );
    assert_eq!(client.send("PUT", &path(&opened.candidate(0)), text(0).as_bytes()).status, 201);
    assert_eq!(client.send("PUT", &path(&opened.candidate(0)), text(0).as_bytes()).status, 204);
    let content = client.get(&path(&opened.candidate(0)));
    assert_eq!(content.body, text(0).as_bytes());
    assert_eq!(content.header("content-type"), Some("text/plain"));
    assert_eq!(content.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(content.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert!(content.header("content-security-policy").unwrap().starts_with("sandbox"));
}

#[test]
fn content_that_cannot_be_embedded_is_named_and_the_round_opens_all_the_same() {
    let (_folder, server) = started();
    let bomb = b"\xff\xfe not UTF-8";
    let mut manifest = round(server.operator.address(), 3);
    manifest.candidates[1].id = crate::support::sha256(bomb);
    let opened = post(&server, manifest);
    let mut client = server.client();
    for (number, body) in [(0, text(0).into_bytes()), (1, bomb.to_vec()), (2, text(2).into_bytes())] {
        assert_eq!(
            client.send("PUT", &format!("/v1/content/{}", opened.candidate(number)), &body).status,
            201
        );
    }
    let mut events = client.events(&format!("/v1/rounds/{}/events", opened.id));
    let event = events.until(|event| event.name == "status" && event.data["state"] == "open");
    assert_eq!(
        event.data["failed"],
        json!([{"candidate": opened.candidate(1), "code": "InferenceError::NotUtf8"}])
    );
    accepted(&mut client, &opened.ballot(key(1).address(), 1).sign(&key(1)));
}

#[test]
fn rounds_are_made_by_operators_only_and_once() {
    let (_folder, server) = started();
    let mut client = server.client();
    let manifest = round(server.operator.address(), 2);
    let stranger = round(key(5).address(), 2).sign(&key(5));
    assert_eq!(
        refusal(&client.json("POST", "/v1/rounds", &stranger)),
        (403, "ServerError::NotAnOperator".into())
    );
    let forged = manifest.clone().sign(&key(5));
    assert_eq!(
        refusal(&client.json("POST", "/v1/rounds", &forged)),
        (401, "BallotError::SignerMismatch".into())
    );
    let mut other = manifest.clone();
    other.encoder = "nobody@7".into();
    let other = other.sign(&server.operator);
    assert_eq!(
        refusal(&client.json("POST", "/v1/rounds", &other)),
        (422, "ServerError::UnknownEncoder".into())
    );
    let mut twice = manifest.clone();
    twice.candidates[1] = twice.candidates[0].clone();
    let twice = twice.sign(&server.operator);
    assert_eq!(
        refusal(&client.json("POST", "/v1/rounds", &twice)),
        (400, "BallotError::DuplicateCandidate".into())
    );
    let signed = manifest.sign(&server.operator);
    let statuses = all_at_once(&server, vec![signed; 16], |client, signed| {
        client.json("POST", "/v1/rounds", signed).status
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 15, "{statuses:?}");
    assert_eq!(client.get("/v1/rounds").value()["rounds"].as_array().unwrap().len(), 1);
}
