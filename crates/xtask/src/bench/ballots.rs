//! The digest, the signature and the recovery of one ballot: the vote and the taste wasm beside viem, by turns on the same
//! thread, in Node.js and in Chromium.

use super::{Outcome, Row, parse};
use crate::build;
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
    Ok(Outcome::Rows(rows))
}
