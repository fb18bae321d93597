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
use crate::tools::{chromium, node, wasm};

/// Most brotli bytes for each of the things that a page waits for.
const BUDGETS: [(&str, u64); 4] = [
    ("import of `tastemaker` alone", 4_000),
    ("first paint of a widget", 12_000),
    ("first signed vote, all in all", 64_000),
    ("encoder module, our part", 90_000),
];

#[derive(Args)]
pub(crate) struct Options {
    /// Also write the figures as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What `js/size.mjs` measured in Chromium. All sizes in bytes, brotli.
#[derive(Serialize, Deserialize)]
struct Sizes {
    /// Importing `tastemaker` and doing nothing with it.
    entry: u64,
    /// A widget that is drawn, before it has a source.
    first_paint: u64,
    /// Everything up to the first signed vote, `first_paint` included.
    first_vote: u64,
    /// What the page goes on to load without being asked.
    background: u64,
    /// What a page loads besides when content is first embedded or predicted.
    content_module: u64,
    /// What a page loads of ours to open an encoder with a network and embed a text.
    encoder_module: u64,
    /// What it loads besides when a network first embeds a picture's file.
    pictures_module: u64,
    /// ONNX Runtime Web's files, which come with the first encoder.
    onnx_runtime: u64,
    #[serde(default = "budgets")]
    budgets: BTreeMap<String, u64>,
    files: BTreeMap<String, File>,
    peers: Vec<Peer>,
}

fn budgets() -> BTreeMap<String, u64> {
    BUDGETS.map(|(name, bytes)| (name.to_owned(), bytes)).into()
}

impl Sizes {
    /// What was measured of each budget, in its order.
    fn held(&self) -> [u64; BUDGETS.len()] {
        [self.entry, self.first_paint, self.first_vote, self.encoder_module]
    }

    /// The budgets that are exceeded, as sentences.
    fn exceeded(&self) -> Vec<String> {
        let over = BUDGETS.iter().zip(self.held()).filter(|((_, budget), bytes)| bytes > budget);
        over.map(|((name, budget), bytes)| format!("{name}: {} of {}", thousands(bytes), thousands(*budget)))
            .collect()
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    raw: u64,
    brotli: u64,
    /// `first_paint`, `first_vote`, `background`, `content`, `encoder`, `pictures` or `runtime`.
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
    node::packages(&paths::root().join("crates/xtask/peers"))?;
    let browser = chromium::find()?;
    let step = Step::start("measuring");
    let finished =
        node::script("size.mjs", &paths::scripts().join("size.mjs"))?.env("CHROMIUM", browser).run(&step)?;
    let sizes: Sizes = parse(&finished.stdout)?;
    step.done("brotli, quality 11");

    let mut rows: Vec<Vec<String>> = sizes
        .files
        .iter()
        .map(|(path, file)| {
            vec![path.clone(), thousands(file.raw), thousands(file.brotli), file.when.clone()]
        })
        .collect();
    // In the order of need.
    let order = ["first_paint", "first_vote", "background", "content", "encoder", "pictures", "runtime"];
    rows.sort_by_key(|row| order.iter().position(|when| *when == row[3]));
    let sum = |name: &str, bytes| vec![name.to_owned(), String::new(), thousands(bytes), String::new()];
    rows.push(sum("`tastemaker` before it is used", sizes.entry));
    rows.push(sum("to the first paint", sizes.first_paint));
    rows.push(sum("to the first signed vote", sizes.first_vote));
    rows.push(sum("more, after it: to send it", sizes.background));
    rows.push(sum("more, once content is embedded", sizes.content_module));
    rows.push(sum("an encoder with a network, our part", sizes.encoder_module));
    rows.push(sum("more, for pictures' files", sizes.pictures_module));
    rows.push(sum("more, ONNX Runtime Web", sizes.onnx_runtime));
    for peer in &sizes.peers {
        rows.push(vec![peer.name.clone(), thousands(peer.raw), thousands(peer.brotli), "peer".to_owned()]);
    }
    console::table(&["", "raw", "brotli", "needed for"], &rows);
    if let Some(json) = &options.json {
        let text = serde_json::to_string_pretty(&sizes).expect("plain values serialise");
        fs::write(json, text + "\n").map_err(|error| Failure::io("write", json, &error))?;
    }
    for ((name, budget), bytes) in BUDGETS.iter().zip(sizes.held()) {
        println!("budget of the {name}: {} of {} bytes", thousands(bytes), thousands(*budget));
    }
    let exceeded = sizes.exceeded();
    if !exceeded.is_empty() {
        let told = format!("above the budget:\n  - {}", exceeded.join("\n  - "));
        return Err(Failure::new(told).with_remedy(
            if wasm::find(wasm::Profile::Published)?.builds_for_size() {
                "look at what the largest file above gained; load what voting does not need by a later import"
            } else {
                "this toolchain cannot build std for size: rustup component add rust-src"
            },
        ));
    }
    Ok(())
}

fn parse(stdout: &str) -> Result<Sizes, Failure> {
    serde_json::from_str(stdout.trim())
        .map_err(|error| Failure::new(format!("size.mjs said something else than expected: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_budget_is_held_by_itself() {
        let text = r#"{"entry":4001,"first_paint":12000,"first_vote":64001,"background":9,"content_module":9,
            "encoder_module":90001,"pictures_module":9,"onnx_runtime":9,"files":{},"peers":[]}"#;
        let exceeded = parse(text).expect("the shape that size.mjs writes").exceeded();
        assert_eq!(exceeded.len(), 3, "{exceeded:?}");
        assert!(exceeded[0].contains("alone: 4,001 of 4,000"), "{exceeded:?}");
        assert!(exceeded[1].contains("64,001 of 64,000"), "{exceeded:?}");
        assert!(exceeded[2].contains("our part: 90,001 of 90,000"), "{exceeded:?}");
    }
}
