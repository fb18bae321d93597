//! `cargo xtask size`: brotli bytes of what a page loads, beside the peers measured the same way, held to the budget.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::build;
use crate::console::{self, Step, thousands};
use crate::failure::Failure;
use crate::paths;
use crate::tools::{node, wasm};

/// Most brotli bytes that a page may load up to its first signed vote: 120 KB.
const BUDGET: u64 = 120_000;

#[derive(Args)]
pub(crate) struct Options {
    /// Also write the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What `js/size.mjs` measured. All sizes in bytes.
#[derive(Serialize, Deserialize)]
struct Sizes {
    /// Needed before the widget shows anything: scripts imported statically, styles.
    first_paint: u64,
    /// Everything up to the first signed vote, `first_paint` included.
    first_vote: u64,
    /// What a page loads besides when content is first embedded or predicted.
    content_module: u64,
    /// The lazy module that embeds content with a neural network; null while there is none.
    encoder_module: Option<u64>,
    #[serde(default = "budget")]
    budget: u64,
    files: BTreeMap<String, File>,
    peers: Vec<Peer>,
}

fn budget() -> u64 {
    BUDGET
}

#[derive(Serialize, Deserialize)]
struct File {
    raw: u64,
    brotli: u64,
    /// `first_paint`, `first_vote` or `content`.
    when: String,
}

#[derive(Serialize, Deserialize)]
struct Peer {
    name: String,
    raw: u64,
    brotli: u64,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    build::web(false)?;
    let step = Step::start("measuring");
    let finished = node::script("size.mjs", &paths::scripts().join("size.mjs"))?.run(&step)?;
    let sizes: Sizes = serde_json::from_str(finished.stdout.trim())
        .map_err(|error| Failure::new(format!("size.mjs said something else than expected: {error}")))?;
    step.done("brotli, quality 11");

    let mut rows: Vec<Vec<String>> = sizes
        .files
        .iter()
        .map(|(path, file)| {
            vec![path.clone(), thousands(file.raw), thousands(file.brotli), file.when.clone()]
        })
        .collect();
    // In the order of need.
    let order = ["first_paint", "first_vote", "content"];
    rows.sort_by_key(|row| order.iter().position(|when| *when == row[3]));
    let sum = |name: &str, bytes| vec![name.to_owned(), String::new(), thousands(bytes), String::new()];
    rows.push(sum("to the first paint", sizes.first_paint));
    rows.push(sum("to the first signed vote", sizes.first_vote));
    rows.push(sum("more, once content is embedded", sizes.content_module));
    for peer in &sizes.peers {
        rows.push(vec![peer.name.clone(), thousands(peer.raw), thousands(peer.brotli), "peer".to_owned()]);
    }
    console::table(&["", "raw", "brotli", "needed for"], &rows);
    match sizes.encoder_module {
        Some(bytes) => println!("encoder module: {}", thousands(bytes)),
        None => println!("encoder module: none yet (the built-in encoders are in the content module)"),
    }
    if let Some(json) = &options.json {
        let text = serde_json::to_string_pretty(&sizes).expect("plain values serialise");
        fs::write(json, text + "\n").map_err(|error| Failure::io("write", json, &error))?;
    }
    if sizes.first_vote > BUDGET {
        return Err(Failure::new(format!(
            "{} brotli bytes to the first signed vote, the budget is {}",
            thousands(sizes.first_vote),
            thousands(BUDGET)
        ))
        .with_remedy(if wasm::find(wasm::Profile::Published)?.builds_for_size() {
            "look at what the largest file above gained; load what voting does not need by a later import"
        } else {
            "this toolchain cannot build std for size: rustup component add rust-src"
        }));
    }
    println!("budget: {} of {} bytes", thousands(sizes.first_vote), thousands(BUDGET));
    Ok(())
}
