//! The protocols: how data are split, what is told to the model, and what it must then predict.

pub mod adparaphrase;
pub mod nycc;
pub mod ratings;
pub mod simulated;
pub mod votes;
pub mod websites;

use std::path::Path;

use crate::{data, embedder::Embedder, error::EvaluateError, report::Report, watch::Watch};

/// The protocols by name, each with what it is.
pub const PROTOCOLS: [(&str, &str); 9] = [
    ("jester", "which of two jokes a person rates higher; warm and cold jokes"),
    ("movielens", "which of two films a person rates higher; warm and cold films"),
    ("jester-votes", "the same jokes and people, trained from stars or from duels alone, as from a log"),
    ("movielens-votes", "the same films and people, trained from stars or from duels alone, as from a log"),
    ("website-ratings", "mean ratings of unseen website designs"),
    ("website-votes", "which of two website designs is more attractive, from few votes and from content"),
    ("nycc", "which of two captions of an unseen cartoon is funnier"),
    ("adparaphrase", "which of two ad texts most judges find more attractive"),
    (
        "simulated",
        "made-up voters: how much sooner a taste is known where questions are chosen; takes no data",
    ),
];

/// Runs a protocol on the data in a folder, over several splits.
///
/// # Errors
/// [`EvaluateError::Protocol`] for a name that is none, and what the protocol says.
pub fn run(
    name: &str,
    folder: &Path,
    embedder: &Embedder,
    seeds: &[u64],
    watch: &mut dyn Watch,
) -> Result<Report, EvaluateError> {
    if seeds.is_empty() {
        return Err(EvaluateError::TooFew { what: "seeds", found: 0, needed: 1 });
    }
    let rated = |data: &ratings::RatingData, watch: &mut dyn Watch| {
        let config = ratings::RatingConfig { seeds: seeds.to_vec(), ..ratings::RatingConfig::of(data.name) };
        ratings::run(data, &config, watch)
    };
    let voted = |data: &ratings::RatingData, watch: &mut dyn Watch| {
        let config = ratings::RatingConfig { seeds: seeds.to_vec(), ..ratings::RatingConfig::of(data.name) };
        votes::run(data, &config, watch)
    };
    match name {
        "jester" => rated(&data::jester::read(folder, embedder)?, watch),
        "movielens" => rated(&data::movielens::read(folder, embedder)?, watch),
        "jester-votes" => voted(&data::jester::read(folder, embedder)?, watch),
        "movielens-votes" => voted(&data::movielens::read(folder, embedder)?, watch),
        "website-ratings" => websites::ratings(folder, embedder, watch),
        "website-votes" => websites::votes(folder, embedder, seeds, watch),
        "nycc" => nycc::run(folder, embedder, seeds, watch),
        "adparaphrase" => adparaphrase::run(folder, embedder, seeds, watch),
        "simulated" => {
            let config = simulated::SimulatedConfig { seeds: seeds.to_vec(), ..Default::default() };
            simulated::run(&config, watch)
        }
        _ => Err(EvaluateError::Protocol {
            found: name.into(),
            known: PROTOCOLS.map(|(name, _)| name).join(", "),
        }),
    }
}
