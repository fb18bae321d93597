//! `taste evaluate PROTOCOL --data DIR`: a named protocol on public data, and its report.

use std::path::PathBuf;

use clap::Args;
use taste_evaluate::{Embedder, Watch, protocol};

use crate::{error::CliError, folder::write, progress::is_cancelled};

/// What only a protocol on public data has.
#[derive(Args, Clone, Debug)]
pub(crate) struct ProtocolOptions {
    /// Run the named protocol (jester, movielens, jester-votes, movielens-votes, website-ratings, website-votes, nycc, adparaphrase, simulated) on the data in this folder. `simulated` takes none.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// A folder with the manifests minilm.json, mobilenetv2.json, mobilenetv1.json; without it the built-in encoders.
    #[arg(long, value_name = "DIR", requires = "data")]
    encoders: Option<PathBuf>,
    /// Keep embeddings here for the next time.
    #[arg(long, value_name = "DIR", requires = "data")]
    cache: Option<PathBuf>,
    /// Seeds of the splits.
    #[arg(long, value_delimiter = ',', default_value = "1,2,3,4,5")]
    seeds: Vec<u64>,
    /// Write PROTOCOL.md, PROTOCOL.json and PROTOCOL.html into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
}

/// Sentences on standard error.
struct Sentences;

impl Watch for Sentences {
    fn say(&mut self, what: &str) {
        eprintln!("{what}");
    }

    fn cancelled(&self) -> bool {
        is_cancelled()
    }
}

impl ProtocolOptions {
    /// Runs the protocol of this name and prints its table.
    pub(crate) fn run(&self, name: &str, data: &std::path::Path) -> Result<(), CliError> {
        let embedder = Embedder { encoders: self.encoders.clone(), cache: self.cache.clone() };
        let report = protocol::run(name, data, &embedder, &self.seeds, &mut Sentences)?;
        if let Some(folder) = &self.report {
            for (ending, text) in
                [("md", report.markdown()), ("json", report.json()), ("html", report.html())]
            {
                write(&folder.join(format!("{name}.{ending}")), text.as_bytes())?;
            }
        }
        crate::print(&report.markdown());
        Ok(())
    }
}
