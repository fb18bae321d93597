//! Website aesthetics: pairwise votes on 100 screenshots, and mean ratings of 398 others (calista-ai; Reinecke & Gajos 2014).

use std::{fs, path::Path};

use taste_inference::Content;

use super::csv;
use crate::{
    embedder::{Embedded, Embedder},
    error::EvaluateError,
};

/// One choice of a session.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Whose.
    pub session: usize,
    /// Place in the session, from 0.
    pub place: usize,
    /// Site shown left.
    pub left: usize,
    /// Site shown right.
    pub right: usize,
    /// Which was chosen; none for a tie.
    pub chosen: Option<usize>,
}

/// A screenshot with its mean rating.
#[derive(Clone, Debug, PartialEq)]
pub struct RatedSite {
    /// File in `img_rated`.
    pub image: String,
    /// Whether the published split trains on it.
    pub is_training: bool,
    /// Mean of ratings from 1 to 9.
    pub rating: f64,
}

/// Choices of the sessions that passed the consistency check.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`].
pub fn choices(folder: &Path) -> Result<Vec<Choice>, EvaluateError> {
    let path = folder.join("webaesthetics/votes.csv");
    let rows = csv(&path, &["session", "accepted", "pos", "left", "right", "chosen"], |fields| {
        let (left, right) = (fields[3].parse().ok()?, fields[4].parse().ok()?);
        let chosen = match fields[5].parse::<i64>().ok()? {
            -1 => None,
            site => Some(usize::try_from(site).ok().filter(|site| [left, right].contains(site))?),
        };
        let choice =
            Choice { session: fields[0].parse().ok()?, place: fields[2].parse().ok()?, left, right, chosen };
        Some((fields[1] == "1", choice))
    })?;
    Ok(rows.into_iter().filter(|(accepted, _)| *accepted).map(|(_, choice)| choice).collect())
}

/// The rated sites.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`].
pub fn rated(folder: &Path) -> Result<Vec<RatedSite>, EvaluateError> {
    let path = folder.join("webaesthetics/rated_sites.csv");
    csv(&path, &["image", "split", "mean_rating_1to9"], |fields| {
        Some(RatedSite {
            image: fields[0].into(),
            is_training: fields[1] == "train",
            rating: fields[2].parse().ok()?,
        })
    })
}

/// Screenshots as every encoder sees them: MobileNetV2, MobileNetV1 (where their manifests are there) and the measurements
/// of `visual@1`.
///
/// # Errors
/// [`EvaluateError::File`], and what the encoders say.
pub fn embed<'a>(
    folder: &Path,
    images: impl IntoIterator<Item = &'a str>,
    embedder: &Embedder,
) -> Result<Vec<Embedded>, EvaluateError> {
    let bytes: Vec<Vec<u8>> = images
        .into_iter()
        .map(|name| {
            let path = folder.join("webaesthetics").join(name);
            fs::read(&path).map_err(EvaluateError::file(path))
        })
        .collect::<Result<_, _>>()?;
    let contents: Vec<_> =
        bytes.iter().map(|bytes| Content { media_type: "image/jpeg", bytes: bytes.as_slice() }).collect();
    let measured = embedder.embed("visual@1", &contents)?;
    let count = measured.dimension - 1;
    let mut parts = vec![measured.measurements(count)];
    for network in ["mobilenetv2", "mobilenetv1"] {
        if embedder.has(network) {
            parts.push(embedder.embed(network, &contents)?);
        }
    }
    Ok(parts)
}
