//! Keys of browsers, wallets that are contracts, and permissions that are taken back. The chain is a node of a few lines
//! here; `tests/e2e/contract.test.mjs` asks a real one.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use taste_ballot::{
    Ballot, ChainEvidence, Claim, LogEntry, Revocation, RevocationEntry, Scope, SessionKey, Signature,
    SignedBallot, SignedGrant,
};

use crate::support::{
    Folder, NOW, Opened, Running, accepted, config, grant, http::Client, key, open, refusal, round,
};

/// What the node says to `eth_call`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mood {
    Yes,
    No,
    Reverts,
    Busy,
    Garbage,
    Silent,
}

/// A chain's node, as far as it is asked.
struct Node {
    url: String,
    mood: Arc<Mutex<Mood>>,
    calls: Arc<AtomicUsize>,
}

impl Node {
    fn start(chain: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let node = Self { url, mood: Arc::new(Mutex::new(Mood::Yes)), calls: Arc::default() };
        let (mood, calls) = (node.mood.clone(), node.calls.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mood, calls) = (mood.clone(), calls.clone());
                std::thread::spawn(move || answer(stream.unwrap(), chain, &mood, &calls));
            }
        });
        node
    }

    fn feels(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

fn answer(stream: std::net::TcpStream, chain: u64, mood: &Mutex<Mood>, calls: &AtomicUsize) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let request: Value = serde_json::from_slice(&body).unwrap();
        let result = |value: Value| json!({ "jsonrpc": "2.0", "id": 1, "result": value }).to_string();
        let failure = |code: i64, message: &str| {
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": code, "message": message } }).to_string()
        };
        let text = match request["method"].as_str().unwrap() {
            "eth_chainId" => result(json!(format!("{chain:#x}"))),
            "eth_blockNumber" => result(json!("0x1b4")),
            "eth_call" => {
                calls.fetch_add(1, Ordering::Relaxed);
                assert_eq!(request["params"][1], "0x1b4", "asked as of the block that was named");
                match *mood.lock().unwrap() {
                    Mood::Yes => result(json!("0x01")),
                    Mood::No => result(json!(format!("0x{:064x}", 0))),
                    Mood::Reverts => failure(3, "execution reverted: not an owner"),
                    Mood::Busy => failure(-32005, "limit exceeded"),
                    Mood::Garbage => "<html>".into(),
                    Mood::Silent => {
                        // Longer than the server waits; the test does not wait for this thread.
                        std::thread::sleep(Duration::from_secs(20));
                        return;
                    }
                }
            }
            other => panic!("the server asks for {other}"),
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        if stream.get_mut().write_all((head + &text).as_bytes()).is_err() {
            return;
        }
    }
}

fn with_chains(chains: &[(u64, &str)]) -> (Folder, Running) {
    let folder = Folder::new();
    let mut config = config(folder.path());
    config.rpc =
        chains.iter().map(|(id, url)| (id.to_string(), (*url).to_owned())).collect::<BTreeMap<_, _>>();
    config.rpc_timeout = 1;
    let server = Running::start(config);
    (folder, server)
}

fn contracts(byte: u8) -> Signature {
    Signature::Contract(vec![byte; 97])
}

/// A ballot that the contract at this address would have signed itself.
fn direct(opened: &Opened, wallet: &SessionKey, sequence: u64) -> SignedBallot {
    let ballot = opened.ballot(wallet.address(), sequence);
    SignedBallot { ballot, signature: contracts(sequence as u8), grant: None }
}

fn by_contract(wallet: &SessionKey, session: &SessionKey) -> SignedGrant {
    SignedGrant { signature: contracts(7), ..grant(wallet, session, Scope::EveryRound) }
}

fn lines<T: serde::de::DeserializeOwned>(client: &mut Client, path: &str) -> Vec<T> {
    let answer = client.get(path);
    assert_eq!(answer.status, 200, "{answer:?}");
    let lines = answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

#[test]
fn a_contract_wallet_votes_on_its_chains_word_and_the_log_says_which() {
    let node = Node::start(31_337);
    let (_folder, server) = with_chains(&[(31_337, &node.url)]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    let (wallet, session) = (key(1), key(2));
    accepted(&mut client, &direct(&opened, &wallet, 1));
    // Under a grant the chain is asked once; its ballots go by that. (A ballot's id does not cover its signer.)
    let grant = by_contract(&wallet, &session);
    for sequence in 2..5 {
        let ballot = opened.ballot(wallet.address(), sequence).sign_granted(&session, grant.clone());
        accepted(&mut client, &ballot);
    }
    assert_eq!(node.calls(), 2);
    // A key's own signature needs no chain, on a server that has one.
    accepted(&mut client, &opened.ballot(key(3).address(), 1).sign(&key(3)));
    assert_eq!(node.calls(), 2);

    let entries: Vec<LogEntry> = lines(&mut client, &format!("/v1/rounds/{}/log", opened.id));
    let evidence = Some(ChainEvidence { id: 31_337, block: 0x1b4 });
    assert_eq!(
        entries.iter().map(|entry| entry.chain).collect::<Vec<_>>(),
        [evidence, evidence, evidence, evidence, None]
    );
    for entry in &entries {
        entry.verify().unwrap();
    }
}

#[test]
fn a_claim_of_a_contract_wallet_is_published_with_its_evidence() {
    let node = Node::start(1);
    let (_folder, server) = with_chains(&[(1, &node.url)]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    let (wallet, session) = (key(1), key(2));
    accepted(&mut client, &opened.ballot(session.address(), 1).sign(&session));
    let signed = by_contract(&wallet, &session);
    let answer = client.json("POST", "/v1/grants", &signed);
    assert_eq!((answer.status, &answer.value()["claimed"]), (200, &json!(1)));
    let claims: Vec<Claim> = lines(&mut client, &format!("/v1/rounds/{}/claims", opened.id));
    assert_eq!(claims, [Claim::new(signed, Some(ChainEvidence { id: 1, block: 0x1b4 }))]);
    claims[0].verify().unwrap();
}

#[test]
fn what_a_chain_says_or_does_not_say_has_its_code_and_leaves_no_trace() {
    let node = Node::start(10);
    let (_folder, server) = with_chains(&[(10, &node.url)]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    let wallet = key(1);
    for (sequence, mood, status, code) in [
        (1, Mood::No, 401, "BallotError::ContractRefused"),
        (2, Mood::Reverts, 401, "BallotError::ContractRefused"),
        (3, Mood::Busy, 503, "ServerError::ChainUnavailable"),
        (4, Mood::Garbage, 503, "ServerError::ChainUnavailable"),
        (5, Mood::Silent, 503, "ServerError::ChainUnavailable"),
    ] {
        node.feels(mood);
        let answer = client.json("POST", "/v1/ballots", &direct(&opened, &wallet, sequence));
        assert_eq!(refusal(&answer), (status, code.to_owned()), "{mood:?}");
        // Others are not held up by it.
        accepted(&mut client, &opened.ballot(key(3).address(), sequence).sign(&key(3)));
    }
    node.feels(Mood::Yes);
    // No answer is not remembered, a no is for a while.
    accepted(&mut client, &direct(&opened, &wallet, 5));
    let calls = node.calls();
    let refused =
        |client: &mut Client| refusal(&client.json("POST", "/v1/ballots", &direct(&opened, &wallet, 1))).1;
    assert_eq!(refused(&mut client), "BallotError::ContractRefused");
    assert_eq!(node.calls(), calls, "a no is remembered");
    server.set_clock(NOW + 60);
    // The chain says yes now, so the next step refuses.
    assert_eq!(refused(&mut client), "ServerError::SequenceBehind");
    assert_eq!(node.calls(), calls + 1);
}

#[test]
fn without_a_chain_and_of_session_keys_a_contracts_signature_is_refused() {
    let (_folder, server) = with_chains(&[]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    let wallet = key(1);
    let answer = client.json("POST", "/v1/ballots", &direct(&opened, &wallet, 1));
    assert_eq!(refusal(&answer), (401, "BallotError::ContractSignature".into()));

    let node = Node::start(1);
    let (_folder, server) = with_chains(&[(1, &node.url)]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    // A session key is a key: no chain speaks for it.
    let mut signed = opened.ballot(wallet.address(), 1).sign_granted(&key(2), by_contract(&wallet, &key(2)));
    signed.signature = contracts(9);
    let answer = client.json("POST", "/v1/ballots", &signed);
    assert_eq!(refusal(&answer), (401, "BallotError::ContractSignature".into()));
    let mut unaccepted = by_contract(&wallet, &key(2));
    unaccepted.acceptance = contracts(9);
    assert_eq!(
        refusal(&client.json("POST", "/v1/grants", &unaccepted)),
        (401, "BallotError::GrantAcceptance".into())
    );
    assert_eq!(node.calls(), 0, "what is refused anyway asks nobody");
}

#[test]
fn of_several_chains_one_yes_is_enough_and_a_node_of_another_chain_is_not_believed() {
    let (one, other) = (Node::start(1), Node::start(8453));
    let (_folder, server) = with_chains(&[(1, &one.url), (8453, &other.url)]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    for (sequence, mood) in [(1, Mood::No), (2, Mood::Garbage)] {
        one.feels(mood);
        accepted(&mut client, &direct(&opened, &key(1), sequence));
    }
    other.feels(Mood::No);
    let answer = client.json("POST", "/v1/ballots", &direct(&opened, &key(1), 3));
    assert_eq!(
        refusal(&answer),
        (503, "ServerError::ChainUnavailable".into()),
        "the silent one may know the wallet"
    );
    let entries: Vec<LogEntry> = lines(&mut client, &format!("/v1/rounds/{}/log", opened.id));
    assert!(entries.iter().all(|entry| entry.chain.unwrap().id == 8453));

    let wrong = Node::start(5);
    let (_folder, server) = with_chains(&[(1, &wrong.url)]);
    let opened = open(&server, round(server.operator.address(), 2));
    let answer = server.client().json("POST", "/v1/ballots", &direct(&opened, &key(1), 1));
    assert_eq!(refusal(&answer), (503, "ServerError::ChainUnavailable".into()));
    assert_eq!(wrong.calls(), 0);
}

#[test]
fn a_revoked_key_votes_for_nobody_from_then_on_whatever_time_its_ballots_claim() {
    let (_folder, server) = with_chains(&[]);
    let opened = open(&server, round(server.operator.address(), 2));
    let mut client = server.client();
    let (wallet, session) = (key(1), key(2));
    let granted = grant(&wallet, &session, Scope::EveryRound);
    let under = |sequence, issued_at| {
        Ballot { issued_at, ..opened.ballot(wallet.address(), sequence) }
            .sign_granted(&session, granted.clone())
    };
    accepted(&mut client, &opened.ballot(session.address(), 1).sign(&session));
    accepted(&mut client, &under(1, NOW));

    let revocation = Revocation { voter: wallet.address(), session: session.address(), revoked_at: NOW };
    // Nobody else's word counts: neither a stranger's nor the key's own.
    for other in [key(3), session.clone()] {
        let answer = client.json("POST", "/v1/revocations", &revocation.sign(&other));
        assert_eq!(refusal(&answer), (401, "BallotError::RevocationSignature".into()));
    }
    // Nor does a stranger's own revocation of the key.
    let strangers = Revocation { voter: key(3).address(), ..revocation }.sign(&key(3));
    assert_eq!(client.json("POST", "/v1/revocations", &strangers).status, 201);
    accepted(&mut client, &under(2, NOW));
    let early = Revocation { revoked_at: NOW + 301, ..revocation }.sign(&wallet);
    assert_eq!(
        refusal(&client.json("POST", "/v1/revocations", &early)),
        (400, "ServerError::ClockSkew".into())
    );

    let signed = revocation.sign(&wallet);
    assert_eq!(client.json("POST", "/v1/revocations", &signed).status, 201);
    assert_eq!(client.json("POST", "/v1/revocations", &signed).status, 200);
    for ballot in [under(3, NOW), under(4, NOW - 1000), opened.ballot(session.address(), 2).sign(&session)] {
        let answer = client.json("POST", "/v1/ballots", &ballot);
        assert_eq!(refusal(&answer), (401, "BallotError::GrantRevoked".into()));
    }
    // What was accepted stays so, with its receipt.
    assert_eq!(client.json("POST", "/v1/ballots", &under(2, NOW)).status, 200);
    // The key is not granted again; another key of the same wallet is.
    assert_eq!(
        refusal(&client.json("POST", "/v1/grants", &granted)),
        (401, "BallotError::GrantRevoked".into())
    );
    let fresh = grant(&wallet, &key(4), Scope::EveryRound);
    accepted(&mut client, &opened.ballot(wallet.address(), 9).sign_granted(&key(4), fresh));

    let entries: Vec<RevocationEntry> = lines(&mut client, &format!("/v1/rounds/{}/revocations", opened.id));
    assert_eq!(
        entries,
        [RevocationEntry { received_at: NOW, signed, chain: None }],
        "strangers' are not this round's"
    );
    entries[0].signed.verify().unwrap();
}

#[test]
fn two_devices_of_one_wallet_count_their_own_sequences_and_are_one_person() {
    let (_folder, server) = with_chains(&[]);
    let mut manifest = round(server.operator.address(), 2);
    manifest.budget = 3;
    let opened = open(&server, manifest);
    let mut client = server.client();
    let wallet = key(1);
    let from = |session: u8, sequence| {
        let session = key(session);
        let ballot = Ballot { issued_at: NOW - sequence, ..opened.ballot(wallet.address(), sequence) };
        ballot.sign_granted(&session, grant(&wallet, &session, Scope::EveryRound))
    };
    accepted(&mut client, &from(2, 9));
    // The other device is behind, and need not know.
    accepted(&mut client, &from(3, 1));
    let behind = client.json("POST", "/v1/ballots", &from(3, 0));
    assert_eq!(refusal(&behind), (409, "ServerError::SequenceBehind".into()));
    // So does the wallet itself, signing a whole ballot without any session key.
    accepted(&mut client, &opened.ballot(wallet.address(), 2).sign(&wallet));
    let summary = client.get(&format!("/v1/rounds/{}", opened.id)).value();
    assert_eq!(summary["status"]["voters"], 1);
    // They share one budget.
    let answer = client.json("POST", "/v1/ballots", &from(2, 10));
    assert_eq!(refusal(&answer), (409, "ServerError::BudgetSpent".into()));
}
