//! The digest, the signature and the recovery of one ballot: the vote and the taste wasm beside viem and WebCrypto, by turns on
//! the same thread, in Node.js and in Chromium; and what a server does with signatures, beside Node.js.

use super::{Outcome, Row, parse};
use crate::build;
use crate::command::Program;
use crate::console::Step;
use crate::failure::Failure;
use crate::paths;
use crate::tools::{chromium, node};

pub(super) fn run() -> Result<Outcome, Failure> {
    build::web(false)?;
    let browser = chromium::find()?;
    let mut rows: Vec<Row> = Vec::new();
    for place in ["node", "chromium"] {
        let name = format!("ballots beside viem ({place})");
        let step = Step::start(&name);
        let finished = node::script(&name, &paths::scripts().join("bench-ballots.mjs"))?
            .args(build::glue_folders())
            .arg(place)
            .env("CHROMIUM", &browser)
            .run(&step)?;
        rows.extend(parse::<Vec<Row>>(&name, &finished.stdout)?);
        step.done("");
    }
    rows.extend(natively()?);
    Ok(Outcome::Rows(rows))
}

/// The signer of a digest by each curve, as the server finds it, beside Node.js on the same digest and signatures.
fn natively() -> Result<Vec<Row>, Failure> {
    let step = Step::start("signers of ballots, natively");
    let measured = Program::cargo("bench signers")
        .args(["run", "--quiet", "--release", "--package", "taste-ballot", "--features", "secp256k1,ring"])
        .args(["--example", "bench_signers"])
        .run(&step)?;
    let line = measured.stdout.trim().lines().last().unwrap_or_default().to_owned();
    let name = "signers beside Node.js";
    let finished = node::script(name, &paths::scripts().join("bench-signers.mjs"))?.arg(&line).run(&step)?;
    step.done("");
    parse(name, &finished.stdout)
}
