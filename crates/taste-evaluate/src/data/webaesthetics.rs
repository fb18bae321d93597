//! Website aesthetics: pairwise votes on 100 screenshots, and mean ratings of 398 others (calista-ai; Reinecke & Gajos 2014).

use std::{fs, io::Cursor, path::Path};

use image::{DynamicImage, ImageFormat, imageops::FilterType};
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

/// Side of a view, in pixels: what the networks see.
const VIEW_SIDE: u32 = 224;
/// Views of a screenshot: corners, centre, and the whole of it.
const VIEWS: usize = 6;

/// A screenshot's views, each squeezed into a square: four corners and the centre of two thirds of either side, and the
/// whole. A network that crops to a square would see neither a page's left nor its right edge.
fn views(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let picture = image::load_from_memory(bytes).ok()?;
    let (width, height) = (picture.width(), picture.height());
    let (w, h) = ((2 * width / 3).max(1), (2 * height / 3).max(1));
    let (right, bottom) = (width - w, height - h);
    let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom), (right / 2, bottom / 2)];
    let square = |view: DynamicImage| -> Option<Vec<u8>> {
        let mut bytes = vec![];
        view.resize_exact(VIEW_SIDE, VIEW_SIDE, FilterType::Triangle)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .ok()?;
        Some(bytes)
    };
    let parts = corners.into_iter().map(|(x, y)| square(picture.crop_imm(x, y, w, h)));
    parts.chain([square(picture.clone())]).collect()
}

/// The mean of the views' embeddings, as roots (see `protocol::websites`), squared again: the same for every order of views.
fn mean_of_views(views: &Embedded) -> Embedded {
    let d = views.dimension;
    let mut values = Vec::with_capacity(views.values.len() / VIEWS);
    for views in views.values.chunks_exact(VIEWS * d) {
        values.extend((0..d).map(|at| {
            let roots: f32 = views.chunks_exact(d).map(|view| view[at].max(0.0).sqrt()).sum();
            (roots / VIEWS as f32).powi(2)
        }));
    }
    Embedded { encoder: format!("{VIEWS} views by {}", views.encoder), dimension: d, values }
}

/// Screenshots as every encoder sees them: the measurements of `visual@1`, MobileNetV2 by views and MobileNetV1 (where their
/// manifests are there).
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
    if embedder.has("mobilenetv2") {
        let unreadable = |index: usize| EvaluateError::Line {
            path: folder.join("webaesthetics"),
            line: index + 1,
            message: "the screenshot is not a picture".into(),
        };
        let mut pieces = vec![];
        for (index, bytes) in bytes.iter().enumerate() {
            pieces.extend(views(bytes).ok_or_else(|| unreadable(index))?);
        }
        let pieces: Vec<_> =
            pieces.iter().map(|bytes| Content { media_type: "image/png", bytes: bytes.as_slice() }).collect();
        parts.push(mean_of_views(&embedder.embed("mobilenetv2", &pieces)?));
    }
    if embedder.has("mobilenetv1") {
        parts.push(embedder.embed("mobilenetv1", &contents)?);
    }
    Ok(parts)
}
