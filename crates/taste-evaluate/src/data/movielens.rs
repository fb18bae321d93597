//! MovieLens (latest-small): 610 people rated 9,742 films with half to five stars (Harper & Konstan 2015).

use std::{collections::BTreeMap, path::Path};

use taste_population::{Part, Rating};

use super::{csv, json_lines};
use crate::{
    embedder::{Embedded, Embedder},
    error::EvaluateError,
    protocol::ratings::RatingData,
};

/// Films with fewer ratings are left out.
const LEAST_RATINGS: usize = 5;

/// Reads ratings and films, and embeds titles with genres. Tags are not read: some were written by people who are held out.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`], and what the encoders say.
pub fn read(folder: &Path, embedder: &Embedder) -> Result<RatingData, EvaluateError> {
    let folder = folder.join("movielens_small");
    let all = csv(&folder.join("ratings.csv.gz"), &["user", "movie", "rating", "timestamp"], |fields| {
        Some((
            fields[0].parse::<usize>().ok()?,
            fields[1].parse::<u64>().ok()?,
            fields[2].parse::<f64>().ok()?,
        ))
    })?;
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    all.iter().for_each(|(_, movie, _)| *counts.entry(*movie).or_default() += 1);
    counts.retain(|_, count| *count >= LEAST_RATINGS);
    let films = json_lines(&folder.join("movies.jsonl"))?;
    let films: Vec<&serde_json::Value> = films
        .iter()
        .filter(|film| film["movie"].as_u64().is_some_and(|id| counts.contains_key(&id)))
        .collect();
    let places: BTreeMap<u64, usize> =
        films.iter().enumerate().filter_map(|(at, film)| Some((film["movie"].as_u64()?, at))).collect();
    let genres = |film: &serde_json::Value| -> Vec<String> {
        let list = film["genres"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|genre| genre.as_str().map(String::from)).collect()
    };
    let mut names: Vec<String> = films.iter().flat_map(|film| genres(film)).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.starts_with('('));
    let mut facts = vec![];
    let mut texts = vec![];
    for film in &films {
        let title = film["title"].as_str().unwrap_or_default();
        let own = genres(film);
        facts.extend(names.iter().map(|name| f32::from(u8::from(own.contains(name)))));
        let year = year(title).unwrap_or(1995.0);
        facts.push(((year - 1990.0) / 20.0) as f32);
        facts.push((((year - 1990.0) / 20.0) * ((year - 1990.0) / 20.0)) as f32);
        texts.push(format!("{title}. {}", own.join(", ")));
    }
    let facts = Embedded { encoder: "genres-year".into(), dimension: names.len() + 2, values: facts };
    let given = (0..names.len() + 1).collect();
    let network = if embedder.has("minilm") { "minilm" } else { "text@1" };
    let meaning = embedder.texts(network, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
    let (embedded, ranges) = Embedded::beside(&[&facts, &meaning]);
    let ratings: Vec<Rating> = all
        .into_iter()
        .filter_map(|(user, movie, value)| {
            Some(Rating { person: user - 1, candidate: *places.get(&movie)?, value })
        })
        .collect();
    Ok(RatingData {
        name: "movielens",
        title: "MovieLens small: 610 people, films with five ratings or more, half to five stars".into(),
        source: "GroupLens ml-latest-small; Harper & Konstan, The MovieLens Datasets, ACM TiiS 5(4), 2015; no commercial use".into(),
        persons: ratings.iter().map(|rating| rating.person + 1).max().unwrap_or(0),
        candidates: films.len(),
        ratings,
        texts,
        parts: vec![
            Part::Linear(ranges[0].clone()),
            Part::Kernel { range: ranges[1].clone(), gamma: 1.0, centres: 150 },
        ],
        given,
        embedded,
        strong: 2.0,
    })
}

/// The year in brackets at the end of a title.
fn year(title: &str) -> Option<f64> {
    let inside = title.trim_end().strip_suffix(')')?;
    inside.get(inside.len().checked_sub(4)?..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_films_year_is_at_the_end_of_its_title() {
        assert_eq!(super::year("Toy Story (1995)"), Some(1995.0));
        assert_eq!(super::year("Babylon 5"), None);
        assert_eq!(super::year(")"), None);
    }
}
