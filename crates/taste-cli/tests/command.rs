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
};

use serde_json::Value;
use taste_ballot::{LogEntry, SignedRound};

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
    let made: Value = serde_json::from_str(&printed(&folder, &[&create[..], &[&address]].concat())).unwrap();
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
    let page: Value = serde_json::from_slice(&fs::read(folder.0.join("out/static.json")).unwrap()).unwrap();
    assert_eq!(page["content"].as_object().unwrap().len(), 12);

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
        entry.signed.verify(entry.accepted_at).unwrap();
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
