//! Encoders with networks: in Chromium beside transformers.js and a plain onnxruntime-web pipeline, natively beside Python's
//! onnxruntime with PIL and tokenizers; the same files and as many threads. The built-in encoders stand beside their budget.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::{Outcome, Row, parse};
use crate::build;
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{chromium, node, onnxruntime, python};

/// Threads of the native side and of its peer.
const THREADS: &str = "2";

/// Embeddings further apart are different answers, and their times do not compare. Not nearer: 8-bit activations round
/// differently from machine to machine, which ours are changed not to do (`taste_preprocess::steady`).
const AGREEMENT: f64 = 0.98;
/// Of one graph there is one answer.
const SAME: f64 = 0.999_99;

/// Pieces a second.
#[derive(Deserialize)]
struct Ours {
    sentences: f64,
    images: f64,
}

#[derive(Deserialize)]
struct Theirs {
    sentences: f64,
    images: f64,
    cosine: f64,
    steady_sentences: f64,
    steady_cosine: f64,
    version: String,
}

pub(super) fn run(install: bool) -> Result<Vec<Outcome>, Failure> {
    let encoders = paths::root().join("../shared/encoders");
    if !encoders.is_dir() {
        let reason = "encoders: their networks are not there (../shared/encoders)";
        return Ok(vec![Outcome::Skipped(reason.to_owned())]);
    }
    Ok(vec![in_the_page()?, natively(&encoders, install)?])
}

fn in_the_page() -> Result<Outcome, Failure> {
    build::web(false)?;
    let browser = chromium::find()?;
    let peers = paths::root().join("crates/xtask/encoder-peers");
    if let Err(failure) = node::packages(&peers) {
        return Ok(Outcome::Skipped(format!(
            "encoders in Chromium: transformers.js cannot be installed ({failure})"
        )));
    }
    let name = "encoders in Chromium";
    let step = Step::start(name);
    let finished = node::script(name, &paths::encoder().join("bench.mjs"))?
        .arg(&peers)
        .arg(build::content_glue())
        .env("CHROMIUM", &browser)
        .env("PKG_DIR", paths::package())
        .timeout(Duration::from_secs(900))
        .run(&step)?;
    let rows: Vec<Row> = parse(name, &finished.stdout)?;
    step.done("");
    Ok(Outcome::Rows(rows))
}

fn natively(encoders: &PathBuf, install: bool) -> Result<Outcome, Failure> {
    let packages = ["onnxruntime", "pillow", "tokenizers", "numpy"];
    let Some(python) = python::with("tokenizers", &packages, install)? else {
        let reason =
            "encoders natively: Python with onnxruntime, PIL and tokenizers is absent (--install-peers)";
        return Ok(Outcome::Skipped(reason.to_owned()));
    };
    let folder = paths::target().join("bench-encoders");
    let step = Step::start("encoders natively");
    let finished = Program::cargo("bench encoders")
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "taste-inference",
            "--example",
            "bench_encoders",
            "--",
        ])
        .args([encoders, &folder])
        .arg(THREADS)
        .env("ORT_DYLIB_PATH", onnxruntime::find()?)
        .timeout(Duration::from_secs(1800))
        .run(&step)?;
    let ours: Ours = parse("bench_encoders", &finished.stdout)?;
    let finished = Program::new("encoders.py", python)
        .arg(paths::root().join("crates/xtask/python/encoders.py"))
        .args([encoders, &folder])
        .arg(THREADS)
        .timeout(Duration::from_secs(900))
        .run(&step)?;
    let theirs: Theirs = parse("encoders.py", &finished.stdout)?;
    step.done("");
    if theirs.cosine < AGREEMENT {
        return Err(Failure::new(format!(
            "our embeddings and Python's differ, cosine {:.4}: their times do not compare",
            theirs.cosine
        )));
    }
    if theirs.steady_cosine < SAME {
        return Err(Failure::new(format!(
            "our embeddings and Python's of the same graph differ, cosine {:.6}",
            theirs.steady_cosine
        )));
    }
    let row = |name: &str, ours: f64, peer: f64| Row {
        name: format!("natively, {THREADS} threads: {name}"),
        unit: "a second".to_owned(),
        ours,
        peer,
        peer_name: theirs.version.clone(),
        ratio: ours / peer,
    };
    Ok(Outcome::Rows(vec![
        row("MiniLM, 256 sentences, ours made steady", ours.sentences, theirs.sentences),
        row("MiniLM, 256 sentences, the same graph", ours.sentences, theirs.steady_sentences),
        row("MobileNetV2, 64 JPEG files", ours.images, theirs.images),
    ]))
}
