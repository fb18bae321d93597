//! Jester: 5,000 people rated 100 jokes from −10 to 10 (Goldberg, Roeder, Gupta & Perkins 2001, *Eigentaste*).

use std::path::Path;

use taste_encoders::TEXT_GROUPS;
use taste_population::{Part, Rating};

use super::{csv, json_lines};
use crate::{
    embedder::{Embedded, Embedder},
    error::EvaluateError,
    protocol::ratings::RatingData,
};

/// How many of `text@1`'s numbers measure the surface of a text; the rest are hashed n-grams.
pub(crate) fn surface_statistics() -> usize {
    TEXT_GROUPS.iter().take_while(|group| group.len == 1).count()
}

/// Reads ratings and jokes, and embeds these.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`], and what the encoders say.
pub fn read(folder: &Path, embedder: &Embedder) -> Result<RatingData, EvaluateError> {
    let folder = folder.join("jester");
    let ratings = csv(&folder.join("ratings.csv.gz"), &["user", "joke", "rating"], |fields| {
        Some(Rating {
            person: fields[0].parse().ok()?,
            candidate: fields[1].parse().ok()?,
            value: fields[2].parse().ok()?,
        })
    })?;
    let jokes = json_lines(&folder.join("jokes.jsonl"))?;
    let texts: Vec<&str> = jokes.iter().map(|joke| joke["text"].as_str().unwrap_or_default()).collect();
    let surface = embedder.texts("text@1", &texts)?.measurements(surface_statistics());
    let network = if embedder.has("minilm") { "minilm" } else { "text@1" };
    let meaning = embedder.texts(network, &texts)?;
    let (embedded, ranges) = Embedded::beside(&[&surface, &meaning]);
    Ok(RatingData {
        name: "jester",
        title: "Jester: 5,000 people, 100 jokes, ratings from −10 to 10".into(),
        source: "Jester 5k (recommenderlab); Goldberg, Roeder, Gupta, Perkins, Eigentaste, Information Retrieval 4(2), 2001; research use with citation".into(),
        persons: ratings.iter().map(|rating| rating.person + 1).max().unwrap_or(0),
        candidates: texts.len(),
        ratings,
        texts: texts.into_iter().map(String::from).collect(),
        parts: vec![
            // How long a joke is, apart: one number among forty would be held to their common strength.
            Part::Linear(ranges[0].start..ranges[0].start + 1),
            Part::Linear(ranges[0].clone()),
            Part::Kernel { range: ranges[1].clone(), gamma: 1.0, centres: 100 },
        ],
        given: vec![],
        embedded,
        strong: 5.0,
    })
}
