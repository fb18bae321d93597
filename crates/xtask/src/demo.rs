//! `cargo xtask demo`: from a fresh clone to one address that shows the whole loop. `--headless` plays it without a
//! person and prints what happened.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use crate::build;
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::server::{Server, ServerOptions};
use crate::state::{Stamp, State};
use crate::tools::{chromium, node, onnxruntime};

#[derive(Args)]
pub(crate) struct Options {
    /// Play the loop in Chromium without a person, print what happened, and stop
    #[arg(long)]
    headless: bool,
    /// With --headless: also write what happened as JSON
    #[arg(long, value_name = "FILE", requires = "headless")]
    json: Option<PathBuf>,
    /// Where to listen (default: 8787, or any free port where that is taken)
    #[arg(long)]
    port: Option<u16>,
    /// Forget earlier votes, rounds and keys first
    #[arg(long)]
    fresh: bool,
}

/// Votes after which the server trains again. Few, so that a visitor sees it happen.
const TRAIN_EVERY: u64 = 30;
/// The same without a person: as many as the driver's learners cast together, and more than its newcomers do, so that
/// there is one training and it has not seen a vote of a newcomer (`tests/e2e/headless-demo.mjs`).
const HEADLESS_TRAIN_EVERY: u64 = 720;

/// A round of the demonstration.
struct DemoRound {
    /// File below the gallery's folder.
    candidates: &'static str,
    title: &'static str,
    question: &'static str,
    /// Beyond what `taste round create` does by default, which takes every kind of vote.
    rules: &'static [&'static str],
}

const ROUNDS: [DemoRound; 2] = [
    DemoRound {
        candidates: "art.jsonl",
        title: "Works on paper",
        question: "Which would you rather live with?",
        rules: &[
            "--halves",
            "--reason",
            "colour",
            "--reason",
            "composition",
            "--reason",
            "line",
            "--reason",
            "surprise",
        ],
    },
    DemoRound {
        candidates: "texts.jsonl",
        title: "One line each",
        question: "Worth telling a friend?",
        rules: &["--quadratic", "--points", "30", "--board", "voted"],
    },
];

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    // A visitor brings their own browser.
    let browser = if options.headless { Some(chromium::find()?) } else { None };
    build::web(false)?;
    let taste = build::taste(build::Profile::Release)?;

    // The headless play must not depend on what was voted before, nor spoil it.
    let data = if options.headless {
        paths::target().join("demo-headless")
    } else {
        paths::root().join("demo-data")
    };
    if (options.fresh || options.headless) && data.exists() {
        fs::remove_dir_all(&data).map_err(|error| Failure::io("remove", &data, &error))?;
    }
    fs::create_dir_all(&data).map_err(|error| Failure::io("create", &data, &error))?;
    let gallery = gallery()?;
    let site = site(&data)?;
    let mut server = Server::start(&ServerOptions {
        taste: &taste,
        onnxruntime: &onnxruntime::find()?,
        data: &data,
        folders: &[paths::root().join("examples").join("demo"), site],
        port: if options.headless { Some(0) } else { options.port },
        train_every: if options.headless { HEADLESS_TRAIN_EVERY } else { TRAIN_EVERY },
    })?;
    rounds(&server, &taste, &data, &gallery)?;

    if let Some(browser) = browser {
        let played = play(&server, &browser, options.json.as_deref());
        server.stop();
        return played;
    }
    println!("\n  {}\n\n  Votes are kept in {}. Ctrl-C stops.", server.url(), paths::shown(&data));
    server.wait_for_interrupt()?;
    server.stop();
    println!("stopped; every acknowledged vote is in {}", paths::shown(&data.join("taste.db")));
    Ok(())
}

/// Draws the demonstration's art and writes its texts, once for every version of the gallery.
fn gallery() -> Result<PathBuf, Failure> {
    let folder = paths::target().join("demo-gallery");
    let sources = paths::root().join("examples").join("gallery");
    let stamp = Stamp::default().path(&sources.join("src")).path(&sources.join("Cargo.toml")).digest();
    let step = Step::start("gallery");
    if State::read().is_done("gallery", &stamp) && folder.is_dir() {
        step.unchanged();
        return Ok(folder);
    }
    State::begun("gallery")?;
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| Failure::io("empty", &folder, &error))?;
    }
    Program::cargo("taste-gallery")
        .args(["run", "--quiet", "--release", "--package", "taste-gallery", "--"])
        .arg(&folder)
        .run(&step)?;
    step.done(&paths::shown(&folder));
    State::finished("gallery", stamp)?;
    Ok(folder)
}

/// The npm package's files where the page looks for them: `/pkg/`.
fn site(data: &Path) -> Result<PathBuf, Failure> {
    let site = data.join("site");
    let pkg = site.join("pkg");
    if pkg.exists() {
        fs::remove_dir_all(&pkg).map_err(|error| Failure::io("remove", &pkg, &error))?;
    }
    copy(&paths::package().join("dist"), &pkg)?;
    Ok(site)
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|error| Failure::io("create", to, &error))?;
    let entries = fs::read_dir(from).map_err(|error| Failure::io("list", from, &error))?;
    for entry in entries.flatten() {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(|error| Failure::io("copy", &source, &error))?;
        }
    }
    Ok(())
}

/// `GET /v1/rounds`, as far as it matters here.
#[derive(Deserialize)]
struct RoundList {
    rounds: Vec<RoundSummary>,
}

#[derive(Deserialize)]
struct RoundSummary {
    title: String,
    state: String,
}

/// Makes the rounds that are not open on this server yet.
fn rounds(server: &Server, taste: &Path, data: &Path, gallery: &Path) -> Result<(), Failure> {
    let text =
        server.get("/v1/rounds").ok_or_else(|| Failure::new("the server does not answer /v1/rounds"))?;
    let known: RoundList = serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("/v1/rounds is not what ARCHITECTURE.md says: {error}")))?;
    for round in ROUNDS {
        let step = Step::start(format!("round “{}”", round.title));
        if known.rounds.iter().any(|other| other.title == round.title && other.state == "open") {
            step.unchanged();
            continue;
        }
        Program::new("taste round create", taste)
            .args(["round", "create", "--server", &server.url()])
            .arg("--operator-key")
            .arg(data.join("operator.key"))
            .arg("--candidates")
            .arg(gallery.join(round.candidates))
            .args(["--title", round.title, "--question", round.question, "--closes", "30d"])
            .args(round.rules)
            .run(&step)?;
        step.done("");
    }
    Ok(())
}

/// Plays the loop in Chromium. The driver prints its own account.
fn play(server: &Server, browser: &Path, json: Option<&Path>) -> Result<(), Failure> {
    let driver = paths::root().join("tests").join("e2e").join("headless-demo.mjs");
    let step = Step::start("playing in Chromium");
    let mut program = node::script("headless-demo", &driver)?
        .args(["--server", &server.url()])
        .arg("--gallery")
        .arg(paths::target().join("demo-gallery"))
        .env("CHROMIUM", browser)
        .remedy("the driver's own message is above; --headless starts from fresh data every time");
    if let Some(json) = json {
        let absolute = std::path::absolute(json).map_err(|error| Failure::io("resolve", json, &error))?;
        program = program.arg("--json").arg(absolute);
    }
    let finished = program.run(&step)?;
    step.done("");
    println!("{}", finished.stdout.trim_end());
    Ok(())
}
