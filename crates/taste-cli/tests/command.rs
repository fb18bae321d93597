//! The `taste` command as somebody types it: what it says, what it writes, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use serde_json::Value;
use taste_ballot::{Address, Ballot, LogEntry, Scope, SessionGrant, SessionKey, SignedGrant, SignedRound};
use taste_core::{
    ApprovalOutcome, BoardRule, CandidateId, DuelOutcome, PointsCost, Rules, Stars, Strength, Vote, VoteKind,
};

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("taste-command-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The command, in this folder, with nothing of the tester's own settings.
fn taste(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taste"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TASTE_")) {
        command.env_remove(name);
    }
    command.current_dir(&folder.0).args(arguments);
    command
}

fn run(folder: &Folder, arguments: &[&str]) -> Output {
    taste(folder, arguments).output().unwrap()
}

/// Runs a command that must succeed; what it printed.
fn printed(folder: &Folder, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// `taste serve` on a free port.
struct Serving {
    child: Child,
    address: String,
    output: BufReader<std::process::ChildStdout>,
}

impl Serving {
    fn start(folder: &Folder, arguments: &[&str]) -> Self {
        let all = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut child = taste(folder, &all).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").expect("it says where").to_owned();
        Self { child, address, output }
    }

    /// Presses Ctrl-C; the exit status.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Twelve texts, named `t0` to `t11`.
fn texts() -> String {
    let words = ["amber", "basalt", "cedar", "dune", "ember", "fjord"];
    (0..12).map(|n| format!("{{\"id\":\"t{n}\",\"text\":\"The {} of {n}\"}}\n", words[n % 6])).collect()
}

#[test]
fn every_wrong_use_ends_with_its_status_and_its_code() {
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    folder.file("one.jsonl", "{\"text\":\"alone\"}\n");
    folder.file("odd.csv", "session,left,right,chosen\n1,t0,t1,t0\n1,t0,t99,t0\n");
    folder.file("wrong.toml", "listen = \"127.0.0.1:0\"\ntrain_evry = 5\n");
    folder.file("secret.key", "0xthis-is-not-a-key");
    fs::set_permissions(folder.0.join("secret.key"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let closed = "http://127.0.0.1:1";
    for (arguments, status, part) in [
        (&["--nothing"][..], 2, "--nothing"),
        (&["round", "create", "--title", "T"], 2, "--candidates"),
        (&["replay", "--title", "T", "--candidates", "texts.jsonl"], 2, "--comparisons"),
        (
            &["replay", "--title", "T", "--candidates", "texts.jsonl", "--likes", "l", "--as", "stars"],
            2,
            "--likes",
        ),
        (
            &["replay", "--title", "T", "--candidates", "texts.jsonl", "--ratings", "r", "--as", "approval"],
            2,
            "--liked-from",
        ),
        (
            &["replay", "--title", "T", "--candidates", "texts.jsonl", "--ratings", "r", "--as", "poll"],
            2,
            "poll",
        ),
        (
            &["round", "create", "--title", "T", "--candidates", "texts.jsonl", "--kinds", "duel,poll"],
            2,
            "poll",
        ),
        (&["round", "create", "--title", "T", "--candidates", "texts.jsonl", "--board", "shut"], 2, "shut"),
        (
            &["round", "create", "--title", "T", "--candidates", "texts.jsonl", "--stars", "11"],
            1,
            "[CoreError::Range]",
        ),
        (&["train", "folder"], 2, "--out"),
        (&["train", "--again", "m.onnx"], 2, "FOLDER"),
        (&["train", "folder", "--again", "m.onnx", "--seed", "1"], 2, "--seed"),
        (&["train", "folder", "--again", "m.onnx", "--out", "n.onnx"], 2, "--out"),
        (&["train", "folder", "--out", "m.onnx", "--server", closed], 2, "--server"),
        (&["serve", "--config", "none.toml"], 1, "[CliError::File]"),
        (&["serve", "--config", "wrong.toml"], 1, "line 2"),
        (&["serve", "--listen", "127.0.0.1:0", "--static", "none"], 1, "[ServerError::Config]"),
        (&["serve", "--listen", "127.0.0.1:0", "--allow-origin", "*"], 1, "[ServerError::Config]"),
        (&["serve", "--listen", "127.0.0.1:0", "--operator-key", "secret.key"], 1, "[ServerError::KeyFile]"),
        (&["embed", "one.jsonl", "--encoder", "text@1", "--out", "e.npy"], 1, "two candidates"),
        (&["embed", "texts.jsonl", "--encoder", "text@9", "--out", "e.npy"], 1, "[InferenceError::"),
        (&["export", "--round", "0x12", "--out", "e"], 1, "[CoreError::Digest]"),
        (
            &["round", "create", "--title", "T", "--candidates", "texts.jsonl", "--server", closed],
            1,
            "[CliError::Transport]",
        ),
    ] {
        let output = run(&folder, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
        assert!(!said.contains("this-is-not-a-key") && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
    assert!(!folder.0.join("e.npy").exists());
    if let Err(error) = taste_inference::Runtime::load(None) {
        println!("skipped: wrong uses of what needs ONNX Runtime ({error})");
        return;
    }
    for (arguments, part) in [
        (&["train", "none", "--out", "m.onnx"][..], "[CliError::File]"),
        (&["train", "none", "--again", "m.onnx"], "m.onnx: "),
        (&["train", "none", "--again", "texts.jsonl"], "[OnnxError::"),
        (
            &["replay", "--title", "T", "--candidates", "texts.jsonl", "--comparisons", "odd.csv"],
            "line 3: no candidate \"t99\" [CliError::Content]",
        ),
    ] {
        let output = run(&folder, arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(part), "{arguments:?}: {said}");
    }
}

#[test]
fn a_round_is_made_exported_and_embedded_and_ctrl_c_ends_the_server_in_order() {
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    let server = Serving::start(&folder, &["--train-every", "0"]);
    let address = server.address.clone();
    let create = ["round", "create", "--title", "Lines", "--candidates", "texts.jsonl", "--json", "--server"];
    let rules = [
        "--kinds",
        "stars,points",
        "--halves",
        "--stars",
        "7",
        "--quadratic",
        "--points",
        "30",
        "--ranking",
        "5",
        "--reason",
        "wit",
        "--reason",
        "form",
        "--board",
        "closed",
    ];
    let create = [&create[..], &[&address], &rules].concat();
    let made: Value = serde_json::from_str(&printed(&folder, &create)).unwrap();
    assert_eq!((&made["state"], &made["candidates"]), (&"open".into(), &12.into()));

    let round = made["round"].as_str().unwrap();
    let export = ["export", "--round", round, "--out", "out", "--server", &address];
    // What another round's export left must not be taken for this one's.
    fs::create_dir(folder.0.join("out")).unwrap();
    folder.file("out/model.onnx", "stale");
    let exported: Value = serde_json::from_str(&printed(&folder, &export)).unwrap();
    assert_eq!((&exported["ballots"], &exported["model"]), (&0.into(), &Value::Null));
    assert!(!folder.0.join("out/model.onnx").exists());
    let signed: SignedRound =
        serde_json::from_slice(&fs::read(folder.0.join("out/round.json")).unwrap()).unwrap();
    assert_eq!(signed.round.digest().to_string(), round);
    let expected = Rules {
        kinds: vec![VoteKind::Stars, VoteKind::Points],
        stars: 7,
        halves: true,
        points: 30,
        cost: PointsCost::Quadratic,
        ranking: 5,
        reasons: vec!["wit".into(), "form".into()],
        board: BoardRule::Closed,
    };
    assert_eq!(signed.round.rules, expected);
    let page: Value = serde_json::from_slice(&fs::read(folder.0.join("out/static.json")).unwrap()).unwrap();
    assert_eq!(page["content"].as_object().unwrap().len(), 12);
    assert!(page.get("board").is_none(), "the round's rules withhold it");

    printed(&folder, &["embed", "texts.jsonl", "--encoder", "text@1", "--out", "rows.npy"]);
    assert_eq!(fs::metadata(folder.0.join("rows.npy")).unwrap().len(), 128 + 12 * 1024 * 4);
    assert_eq!(fs::read_to_string(folder.0.join("rows.ids")).unwrap().lines().count(), 12);
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn settings_come_from_file_environment_and_flags_the_later_wins() {
    let folder = Folder::new();
    folder.file("serve.toml", "train_every = 7\nmax_clock_skew = 9\nlisten = \"127.0.0.1:1\"\n");
    let output = taste(&folder, &["serve", "--print-config", "--listen", "127.0.0.1:3"])
        .envs([
            ("TASTE_CONFIG", "serve.toml"),
            ("TASTE_LISTEN", "127.0.0.1:2"),
            ("TASTE_TRAIN_EVERY", "8"),
            ("TASTE_LOG_JSON", "1"),
            ("TASTE_ALLOW_ORIGIN", "https://a.example,https://b.example"),
            ("TASTE_ADMIN_TOKEN", "a token that nobody must see"),
        ])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for line in ["train_every = 8", "max_clock_skew = 9", "listen = \"127.0.0.1:3\"", "log_format = \"json\""]
    {
        assert!(said.lines().any(|found| found == line), "{line} in:\n{said}");
    }
    assert!(said.contains("https://a.example") && said.contains("https://b.example"));
    assert!(!said.contains("nobody must see"));
}

/// Fifteen sittings of eleven votes: who comes first in the list wins, the pair after it is a tie.
fn comparisons() -> String {
    let mut csv = "who,one,two,said\n".to_owned();
    for sitting in 0..15 {
        for n in 0..11 {
            let said = if (sitting + n) % 5 == 4 { "-1".to_owned() } else { format!("t{n}") };
            let (one, two) = if (sitting + n) % 2 == 0 { (n, n + 1) } else { (n + 1, n) };
            csv += &format!("{sitting},t{one},t{two},{said}\n");
        }
    }
    csv
}

fn log(folder: &Path) -> Vec<LogEntry> {
    let text = fs::read_to_string(folder.join("log.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn without_onnx_runtime_replay_ends_before_it_sends_anything() {
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    folder.file("votes.csv", &comparisons());
    let replay = ["replay", "--title", "T", "--candidates", "texts.jsonl", "--comparisons", "votes.csv"];
    let output = taste(&folder, &replay).env("ORT_DYLIB_PATH", "nowhere.so").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("[InferenceError::RuntimeUnusable]"), "{said}");
    assert!(!folder.0.join("replay").exists());
}

#[test]
fn replay_sends_every_vote_as_the_importers_signed_ballot_and_measures_on_people_held_out() {
    if let Err(error) = taste_inference::Runtime::load(None) {
        println!("skipped: no ONNX Runtime to train with ({error})");
        return;
    }
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    folder.file("votes.csv", &comparisons());
    let said = printed(
        &folder,
        &[
            "replay",
            "--title",
            "Lines",
            "--candidates",
            "texts.jsonl",
            "--comparisons",
            "votes.csv",
            "--columns",
            "who,one,two,said",
            "--k",
            "0,3",
            "--cold",
            "0",
            "--steps",
            "40",
            "--json",
            "report.json",
        ],
    );
    let round: SignedRound =
        serde_json::from_slice(&fs::read(folder.0.join("replay/round/round.json")).unwrap()).unwrap();
    let [importer] = round.round.importers[..] else { panic!("one importer") };
    let entries = log(&folder.0.join("replay/round"));
    let sources: BTreeSet<_> = entries.iter().map(|entry| entry.signed.ballot.source.as_str()).collect();
    assert_eq!((entries.len(), sources.len()), (15, 15));
    assert!(sources.contains("csv:votes.csv#session-0"), "{sources:?}");
    let mut ties = 0;
    for entry in &entries {
        assert_eq!((entry.signed.ballot.voter, entry.signed.ballot.votes.len()), (importer, 11));
        entry.verify().unwrap();
        let votes = serde_json::to_value(&entry.signed.ballot.votes).unwrap();
        ties += votes.as_array().unwrap().iter().filter(|vote| vote["outcome"] == "tie").count();
    }
    assert_eq!(ties, 33, "every fifth vote");

    let report: Value = serde_json::from_slice(&fs::read(folder.0.join("report.json")).unwrap()).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(report["dataset"], "Lines");
    assert!(rows.iter().any(|row| row["k"] == 3));
    for row in rows {
        for name in ["model", "k", "split", "accuracy", "low", "high", "n"] {
            assert!(!row[name].is_null(), "{name} in {row}");
        }
        assert!(said.contains(row["model"].as_str().unwrap()), "{row} in:\n{said}");
    }
    assert!(folder.0.join("replay/model.onnx").exists());
}

/// Fifteen people's ratings of twelve texts, 0 to 11: the earlier in the list the better, and every third person moves some.
fn ratings() -> Vec<(u8, u8, u8)> {
    let rating = |who: u8, text: u8| match who % 3 {
        0 => 11 - (text + who) % 12,
        _ => 11 - text,
    };
    (0..15u8).flat_map(|who| (0..12).map(move |text| (who, text, rating(who, text)))).collect()
}

#[test]
fn replay_sends_ratings_as_votes_of_every_kind_and_likes_as_approvals_and_learns_from_each() {
    if let Err(error) = taste_inference::Runtime::load(None) {
        println!("skipped: no ONNX Runtime to train with ({error})");
        return;
    }
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    let lines = |cell: &dyn Fn(u8) -> String| -> String {
        let line = |(who, text, rating): (u8, u8, u8)| format!("{who},t{text},{}\n", cell(rating));
        ratings().into_iter().map(line).collect()
    };
    folder.file("ratings.csv", &format!("user,candidate,rating\n{}", lines(&|rating| rating.to_string())));
    let liked = |rating| if rating >= 6 { "yes" } else { "no" }.to_owned();
    folder.file("likes.csv", &format!("user,candidate,liked\n{}", lines(&liked)));

    let from_ratings = |kind: &'static str| vec!["--ratings", "ratings.csv", "--as", kind];
    let table: [(&str, Vec<&str>, usize); 6] = [
        ("duel", vec!["--ratings", "ratings.csv"], 6),
        ("stars", [from_ratings("stars"), vec!["--halves", "--stars", "6"]].concat(), 12),
        ("approval", [from_ratings("approval"), vec!["--liked-from", "6"]].concat(), 12),
        ("ranking", [from_ratings("ranking"), vec!["--ranking", "4"]].concat(), 3),
        ("points", [from_ratings("points"), vec!["--points", "20"]].concat(), 2),
        ("approval", vec!["--likes", "likes.csv"], 12),
    ];
    for (run, (kind, arguments, votes)) in table.iter().enumerate() {
        let (out, json) = (format!("out-{run}"), format!("report-{run}.json"));
        let common = [
            "replay",
            "--title",
            "Lines",
            "--candidates",
            "texts.jsonl",
            "--k",
            "0,1",
            "--cold",
            "0",
            "--steps",
            "60",
            "--kinds",
            kind,
            "--out",
            &out,
            "--json",
            &json,
        ];
        printed(&folder, &[&common[..], arguments].concat());

        let round = folder.0.join(&out).join("round");
        let signed: SignedRound =
            serde_json::from_slice(&fs::read(round.join("round.json")).unwrap()).unwrap();
        let number = |id: &CandidateId| {
            signed.round.candidates.iter().position(|candidate| candidate.id == *id).unwrap() as u8
        };
        let entries = log(&round);
        assert_eq!(entries.len(), 15, "{kind}: a ballot a person");
        for entry in &entries {
            entry.verify().unwrap();
            let ballot = &entry.signed.ballot;
            assert_eq!(ballot.votes.len(), *votes, "{kind}");
            let who: u8 = ballot.source.rsplit('-').next().unwrap().parse().unwrap();
            let rating =
                |text: u8| ratings().into_iter().find(|one| (one.0, one.1) == (who, text)).unwrap().2;
            for vote in &ballot.votes {
                assert_eq!(vote.kind().as_str(), *kind);
                let rated: Vec<u8> = vote.candidates().iter().map(|id| rating(number(id))).collect();
                let outcome = vote.judgement.outcome();
                match *kind {
                    "duel" => assert_eq!(outcome, if rated[0] > rated[1] { "left" } else { "right" }),
                    "stars" => {
                        let stars: f64 = outcome.strip_suffix("/6").unwrap().parse().unwrap();
                        assert_eq!(stars, f64::from(rated[0] + 1) / 2.0);
                    }
                    "approval" => assert_eq!(outcome, if rated[0] >= 6 { "for" } else { "against" }),
                    "ranking" => {
                        let places = outcome.split('>').map(|place| place.parse::<usize>().unwrap());
                        let ranked: Vec<u8> = places.map(|place| rated[place - 1]).collect();
                        assert_eq!(ranked.len(), 4);
                        assert!(ranked.is_sorted_by(|one, next| one > next), "{ranked:?}");
                    }
                    _ => {
                        let given: Vec<u32> =
                            outcome.split(',').map(|points| points.parse().unwrap()).collect();
                        assert_eq!((given.len(), given.iter().sum::<u32>()), (6, 20));
                        for (one, other) in (0..6).flat_map(|one| (0..6).map(move |other| (one, other))) {
                            let right = given[one] <= given[other] || rated[one] > rated[other];
                            assert!(right, "{given:?} for {rated:?}");
                        }
                    }
                }
            }
        }

        let report: Value = serde_json::from_slice(&fs::read(folder.0.join(&json)).unwrap()).unwrap();
        let itself = *kind == "duel" || arguments[0] == "--likes";
        let protocol = if itself { "sessions" } else { "sessions, judged by other votes" };
        assert_eq!(report["protocol"], protocol);
        let rows = report["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["model"] == "crowd" && row["k"] == 1).unwrap();
        assert!(row["n"].as_u64().unwrap() > 0 && row["accuracy"].as_f64().unwrap() > 0.6, "{kind}: {row}");
    }
}

/// A round on a running server, and the people who vote in it.
struct Voting {
    address: String,
    round: SignedRound,
    id: String,
    sequence: u64,
}

impl Voting {
    /// A round of the folder's texts on this server.
    fn begin(folder: &Folder, server: &Serving) -> Self {
        let address = server.address.clone();
        let create =
            ["round", "create", "--title", "Lines", "--candidates", "texts.jsonl", "--json", "--halves"];
        let made = printed(folder, &[&create[..], &["--server", &address]].concat());
        let made: Value = serde_json::from_str(&made).unwrap();
        let id = made["round"].as_str().unwrap().to_owned();
        let view: Value =
            ureq::get(format!("{address}/v1/rounds/{id}")).call().unwrap().body_mut().read_json().unwrap();
        let round = serde_json::from_value(view["signed"].clone()).unwrap();
        Self { address, round, id, sequence: 0 }
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Value {
        let url = format!("{}{path}", self.address);
        let answer = ureq::post(&url).header("authorization", "Bearer a token for the tests").send_json(body);
        answer.unwrap().body_mut().read_json().unwrap()
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let mut answer = ureq::get(format!("{}{path}", self.address)).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    fn key(number: u8) -> SessionKey {
        SessionKey::from_bytes(&[number; 32]).unwrap()
    }

    fn now() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    fn ballot(&mut self, voter: Address, votes: Vec<Vote>) -> Ballot {
        self.sequence += 1;
        let (now, round) = (Self::now(), self.round.round.digest());
        let (issued_at, deadline) = (now, now + 600);
        Ballot { round, voter, sequence: self.sequence, issued_at, deadline, source: String::new(), votes }
    }

    /// Eleven votes of every kind each, some of a stated strength: the earlier in the list the better, but every third voter prefers
    /// even numbers.
    fn votes(&self, voter: u8) -> Vec<Vote> {
        let id = |n: u8| -> CandidateId { self.round.round.candidates[usize::from(n % 12)].id };
        let duel = |n: u8| {
            let odd = voter.is_multiple_of(3) && n % 2 == 1;
            let outcome = if odd { DuelOutcome::Right } else { DuelOutcome::Left };
            let vote = Vote::duel(id(n), id(n + 1), outcome).unwrap();
            Vote { strength: n.is_multiple_of(3).then(|| Strength::new(10 * (n % 10) + 5).unwrap()), ..vote }
        };
        let approval = Vote::approval(id(voter), ApprovalOutcome::For);
        let few = |from: u8, count: u8| (from..from + count).map(id).collect::<Vec<_>>();
        let others = [
            approval,
            Vote::stars(id(voter + 3), Some(Stars::new(1 + voter % 10, 5).unwrap())),
            Vote::ranking(few(voter, 4), Some(vec![1, 0, 3, 2])).unwrap(),
            Vote::points(few(voter + 2, 3), Some(vec![5, 0, 2])).unwrap(),
        ];
        (voter..voter + 7).map(|n| duel(n % 11)).chain(others).collect()
    }

    /// These guests vote.
    fn guests(&mut self, voters: impl IntoIterator<Item = u8>) {
        for voter in voters {
            let key = Self::key(voter);
            let ballot = self.ballot(key.address(), self.votes(voter)).sign(&key);
            self.post("/v1/ballots", &ballot);
        }
    }

    fn grant(wallet: u8, guest: u8) -> SignedGrant {
        let (wallet, session) = (Self::key(wallet), Self::key(guest));
        let now = Self::now();
        SessionGrant {
            voter: wallet.address(),
            session: session.address(),
            scope: Scope::EveryRound,
            origin: "https://example.org".into(),
            not_before: now - 60,
            not_after: now + 3600,
        }
        .sign(&wallet, &session)
    }

    /// A wallet claims what a guest voted.
    fn claim(&self, wallet: u8, guest: u8) {
        assert_eq!(self.post("/v1/grants", &Self::grant(wallet, guest))["claimed"], 1);
    }

    /// Has a model trained; its digest.
    fn train(&self) -> String {
        let path = format!("/v1/rounds/{}", self.id);
        let model = || serde_json::from_slice::<Value>(&self.get(&path)).unwrap()["model"]["digest"].clone();
        let before = model();
        self.post(&format!("{path}/train"), &Value::Null);
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let found = model();
            if found != before {
                return found.as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < end, "no model came");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn a_servers_second_model_is_trained_again_to_the_same_bytes_and_an_altered_log_is_refused() {
    if let Err(error) = taste_inference::Runtime::load(None) {
        println!("skipped: no ONNX Runtime to train with ({error})");
        return;
    }
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    // Other settings than the command's own.
    folder.file(
        "serve.toml",
        "train_every = 0\ntrain_rank = 3\ntrain_steps = 40\ntrain_seed = 9\nadmin_token = \"a token for the tests\"\n",
    );
    let server = Serving::start(&folder, &["--config", "serve.toml"]);
    let mut voting = Voting::begin(&folder, &server);
    let (address, id) = (voting.address.clone(), voting.id.clone());

    voting.guests(1..=14);
    let first = voting.train();
    // Between the two trainings: more votes, a claim, and a wallet's own ballot under the grant.
    voting.guests(15..=18);
    voting.claim(101, 3);
    let ballot = voting.ballot(Voting::key(101).address(), voting.votes(4));
    voting.post("/v1/ballots", &ballot.sign_granted(&Voting::key(3), Voting::grant(101, 3)));
    let second = voting.train();
    // And after: votes that the second model does not know, and a claim of a vote that it does know.
    voting.guests(19..=20);
    voting.claim(102, 5);

    let export = ["export", "--round", &id, "--out", "out", "--server", &address];
    printed(&folder, &export);
    assert_eq!(fs::read_to_string(folder.0.join("out/claims.ndjson")).unwrap().lines().count(), 2);
    let model =
        taste_model::TasteModel::from_onnx(&fs::read(folder.0.join("out/model.onnx")).unwrap()).unwrap();
    assert_eq!(model.provenance().parent.unwrap().to_string(), first);
    assert!(!model.provenance().claims.is_empty());
    assert_eq!((model.provenance().log_size, log(&folder.0.join("out")).len()), (19, 21));

    let said: Value =
        serde_json::from_str(&printed(&folder, &["train", "out", "--again", "out/model.onnx"])).unwrap();
    assert_eq!((&said["model"], &said["same"]), (&second.as_str().into(), &true.into()));
    assert_eq!((&said["parent"], &said["logSize"]), (&first.as_str().into(), &19.into()));
    // The first one as well, straight from the server; nothing is left where it was fetched to.
    fs::write(folder.0.join("first.onnx"), voting.get(&format!("/v1/models/{first}"))).unwrap();
    let said: Value =
        serde_json::from_str(&printed(&folder, &["train", "--again", "first.onnx", "--server", &address]))
            .unwrap();
    assert_eq!((&said["model"], &said["parent"]), (&first.as_str().into(), &Value::Null));
    // The second started from the first, which is fetched with it, was exported beside it, or is given.
    let fetched = ["train", "--again", "out/model.onnx", "--server", &address];
    let said: Value = serde_json::from_str(&printed(&folder, &fetched)).unwrap();
    assert_eq!(said["model"], second.as_str());
    assert_eq!(server.interrupt(), Some(0));
    fs::remove_file(folder.0.join("out/parent.onnx")).unwrap();
    let given = ["train", "out", "--again", "out/model.onnx", "--parent", "first.onnx"];
    let said: Value = serde_json::from_str(&printed(&folder, &given)).unwrap();
    assert_eq!(said["model"], second.as_str());

    let again = |part: &str| {
        let output = run(&folder, &["train", "out", "--again", "out/model.onnx"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(part) && output.stdout.is_empty(), "{said}");
    };
    again("[TrainError::ParentNeeded]");
    fs::copy(folder.0.join("first.onnx"), folder.0.join("out/parent.onnx")).unwrap();
    let whole = fs::read_to_string(folder.0.join("out/log.ndjson")).unwrap();
    folder.file("out/log.ndjson", &whole.replacen("\"outcome\":\"left\"", "\"outcome\":\"right\"", 1));
    again("[TrainError::OtherLog]");
    folder.file("out/log.ndjson", &whole[..=whole.find('\n').unwrap()]);
    again("[TrainError::LogTooShort]");
    folder.file("out/log.ndjson", &whole);
    let claims = fs::read_to_string(folder.0.join("out/claims.ndjson")).unwrap();
    folder.file("out/claims.ndjson", "");
    again("[TrainError::OtherClaims]");
    folder.file("out/claims.ndjson", &claims);
    // A model that says it took other steps than it took. Of the same length, so the file stays one.
    let bytes = fs::read(folder.0.join("out/model.onnx")).unwrap();
    let (from, to) = (b"\"warmSteps\":10", b"\"warmSteps\":11");
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    let forged = [&bytes[..at], to, &bytes[at + to.len()..]].concat();
    fs::write(folder.0.join("out/model.onnx"), forged).unwrap();
    again("[TrainError::NotTheSame]");
}

#[test]
fn an_export_has_what_was_taken_back_and_a_log_that_did_not_keep_to_it_is_refused() {
    let folder = Folder::new();
    folder.file("texts.jsonl", &texts());
    let server = Serving::start(&folder, &["--train-every", "0"]);
    let mut voting = Voting::begin(&folder, &server);
    let (address, id) = (voting.address.clone(), voting.id.clone());
    voting.guests(1..=4);
    let (wallet, session) = (Voting::key(101), Voting::key(50));
    let ballot = voting.ballot(wallet.address(), voting.votes(5));
    voting.post("/v1/ballots", &ballot.sign_granted(&session, Voting::grant(101, 50)));
    let (voter, session) = (wallet.address(), session.address());
    let revocation = taste_ballot::Revocation { voter, session, revoked_at: Voting::now() };
    voting.post("/v1/revocations", &revocation.sign(&wallet));

    printed(&folder, &["export", "--round", &id, "--out", "out", "--server", &address]);
    let kept = fs::read_to_string(folder.0.join("out/revocations.ndjson")).unwrap();
    assert_eq!(kept.lines().count(), 1);
    let evaluate = ["evaluate", "out", "--k", "1"];
    let refused = |code: &str, place: &str| {
        let output = run(&folder, &evaluate);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(code) && said.contains(place), "{said}");
    };
    // What the key signed before it was taken back stands; the same line from a second later does not.
    let log = fs::read_to_string(folder.0.join("out/log.ndjson")).unwrap();
    let entries = self::log(&folder.0.join("out"));
    let last = entries.last().unwrap().accepted_at;
    let later = format!("\"index\":\"4\",\"acceptedAt\":\"{}\"", last + 100);
    folder
        .file("out/log.ndjson", &log.replace(&format!("\"index\":\"4\",\"acceptedAt\":\"{last}\""), &later));
    refused("[BallotError::GrantRevoked]", "log.ndjson, line 5");
    folder.file("out/log.ndjson", &log);
    // A revocation that nobody signed takes nothing back, and is no reason to trust the rest.
    let mut forged: Value = serde_json::from_str(&kept).unwrap();
    forged["signed"]["revocation"]["session"] = Voting::key(1).address().to_string().into();
    folder.file("out/revocations.ndjson", &forged.to_string());
    refused("[BallotError::RevocationSignature]", "");
    folder.file("out/revocations.ndjson", &kept);
    let output = run(&folder, &evaluate);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("Revo"), "whole again");
    assert_eq!(server.interrupt(), Some(0));
}
