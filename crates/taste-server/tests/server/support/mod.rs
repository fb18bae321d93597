//! A real server over a real socket and a real file, and a client that compares every answer with `/openapi.json`.

pub(crate) mod http;
pub(crate) mod schema;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use taste_ballot::{
    Address, Ballot, Round, Scope, SessionGrant, SessionKey, SignedBallot, SignedGrant, SignedReceipt,
    SignedRound,
};
use taste_core::{Candidate, CandidateId, CandidateKind, Digest, DuelOutcome, RoundId, Rules, Vote};
use taste_server::{Server, ServerConfig};
use tokio::sync::oneshot;

use http::{Answer, Client};

/// What time it is when a test begins.
pub(crate) const NOW: u64 = 1_800_000_000;
/// The admin token of every test server.
pub(crate) const TOKEN: &str = "a token for the tests";

/// A folder that goes away with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("taste-server-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Settings for a server in this folder, on a free port.
pub(crate) fn config(folder: &Path) -> ServerConfig {
    let mut config = ServerConfig::default();
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.database = folder.join("rounds.sqlite");
    config.operator_key = folder.join("operator.key");
    config.admin_token = Some(TOKEN.to_owned().into());
    config.train_every = 0;
    config
}

/// A server in a thread of its own, with a clock that the test sets.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) operator: SessionKey,
    pub(crate) clock: Arc<AtomicU64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(crate) fn start(config: ServerConfig) -> Self {
        let operator = taste_server::key_file(&config.operator_key).unwrap();
        let clock = Arc::new(AtomicU64::new(NOW));
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let reading = clock.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let clock = Arc::new(move || reading.load(Ordering::Relaxed));
                let server = Server::bind_with_clock(config, clock).await.unwrap();
                tell.send(server.local_address()).unwrap();
                server
                    .run(async {
                        let _ = stopped.await;
                    })
                    .await;
            });
        });
        let address = told.recv().expect("the server starts");
        Self { address, operator, clock, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    pub(crate) fn set_clock(&self, seconds: u64) {
        self.clock.store(seconds, Ordering::Relaxed);
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn ask_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Stops it and waits until the database is closed.
    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A key by a number.
pub(crate) fn key(number: u8) -> SessionKey {
    SessionKey::from_bytes(&[number; 32]).unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> CandidateId {
    Digest(Sha256::digest(bytes).into())
}

/// The texts that the tests' rounds are made of.
pub(crate) fn text(number: usize) -> String {
    let words = ["amber", "basalt", "cedar", "dune", "ember", "fjord", "grove", "harbour", "iris", "juniper"];
    format!("A line about {} and {}, the {number}th.", words[number % 10], words[(number * 7 + 3) % 10])
}

/// A manifest of texts, open for a day.
pub(crate) fn round(operator: Address, candidates: usize) -> Round {
    let candidate = |number| Candidate {
        id: sha256(text(number).as_bytes()),
        kind: CandidateKind::Text,
        media_type: "text/plain".into(),
        title: format!("No. {number}"),
        note: String::new(),
    };
    Round {
        operator,
        title: "Lines".into(),
        question: "Which line do you prefer?".into(),
        encoder: "text@1".into(),
        opens_at: NOW - 100,
        closes_at: NOW + 86_400,
        budget: 0,
        importers: vec![],
        rules: Rules::default(),
        salt: Digest([candidates as u8; 32]),
        candidates: (0..candidates).map(candidate).collect(),
    }
}

/// An open round on a server.
pub(crate) struct Opened {
    pub(crate) id: RoundId,
    pub(crate) signed: SignedRound,
}

impl Opened {
    /// Candidate by number.
    pub(crate) fn candidate(&self, number: usize) -> CandidateId {
        self.signed.round.candidates[number].id
    }

    /// A duel between two candidates by number.
    pub(crate) fn duel(&self, left: usize, right: usize, outcome: DuelOutcome) -> Vote {
        Vote::duel(self.candidate(left), self.candidate(right), outcome).unwrap()
    }

    /// A ballot of one vote.
    pub(crate) fn ballot(&self, voter: Address, sequence: u64) -> Ballot {
        Ballot {
            round: self.id,
            voter,
            sequence,
            issued_at: NOW,
            deadline: NOW + 3600,
            source: String::new(),
            votes: vec![self.duel(0, 1, DuelOutcome::Left)],
        }
    }
}

/// Posts the manifest, sends the content, and waits until the round is open.
pub(crate) fn open(server: &Running, round: Round) -> Opened {
    open_at(server.address, &server.operator, round)
}

/// The same on a server of which only the address and the operator's key are known.
pub(crate) fn open_at(address: SocketAddr, operator: &SessionKey, round: Round) -> Opened {
    let opened = post_at(address, operator, round);
    let mut client = Client::new(address);
    for number in 0..opened.signed.round.candidates.len() {
        let answer =
            client.send("PUT", &format!("/v1/content/{}", opened.candidate(number)), text(number).as_bytes());
        assert!(matches!(answer.status, 201 | 204), "{answer:?}");
    }
    let mut events = client.events(&format!("/v1/rounds/{}/events", opened.id));
    events.until(|event| event.name == "status" && event.data["state"] == "open");
    opened
}

/// Posts the manifest only.
pub(crate) fn post(server: &Running, round: Round) -> Opened {
    post_at(server.address, &server.operator, round)
}

/// The same on a server of which only the address and the operator's key are known.
pub(crate) fn post_at(address: SocketAddr, operator: &SessionKey, round: Round) -> Opened {
    let signed = round.sign(operator);
    let answer = Client::new(address).json("POST", "/v1/rounds", &signed);
    assert_eq!(answer.status, 201, "{answer:?}");
    Opened { id: signed.round.digest(), signed }
}

pub(crate) fn grant(voter: &SessionKey, session: &SessionKey, scope: Scope) -> SignedGrant {
    SessionGrant {
        voter: voter.address(),
        session: session.address(),
        scope,
        origin: "https://example.org".into(),
        not_before: NOW - 60,
        not_after: NOW + 3600,
    }
    .sign(voter, session)
}

/// Sends a ballot that must be accepted.
pub(crate) fn accepted(client: &mut Client, ballot: &SignedBallot) -> SignedReceipt {
    let answer = client.json("POST", "/v1/ballots", ballot);
    assert_eq!(answer.status, 201, "{answer:?}");
    serde_json::from_slice(&answer.body).unwrap()
}

/// The status and code of a refusal; its message must not repeat a signature.
pub(crate) fn refusal(answer: &Answer) -> (u16, String) {
    let json = answer.value();
    let text = String::from_utf8_lossy(&answer.body);
    assert!(!text.contains(&"0".repeat(100)) && text.len() < 1000, "a refusal says too much: {text}");
    assert!(!json["error"]["hint"].as_str().unwrap().is_empty());
    (answer.status, json["error"]["code"].as_str().unwrap().to_owned())
}

pub(crate) fn started() -> (Folder, Running) {
    let folder = Folder::new();
    let server = Running::start(config(folder.path()));
    (folder, server)
}

pub(crate) fn status(server: &Running, opened: &Opened) -> Value {
    server.client().get(&format!("/v1/rounds/{}", opened.id)).value()["status"].clone()
}

pub(crate) fn board(server: &Running, opened: &Opened) -> Value {
    server.client().get(&format!("/v1/rounds/{}/board", opened.id)).value()
}
