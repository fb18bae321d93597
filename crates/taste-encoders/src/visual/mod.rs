//! `visual@1`: 128 measurements of a picture, and the order they come in.
//!
//! The picture is laid over white and brought to 128 × 128 cells by exact area averages ([`working`]); its
//! proportions survive as one measurement. Colour is measured in CIELAB on 64 × 64 ([`lab`], [`colour`]),
//! layout on 4 × 4 ([`layout`]), edges, frequencies and complexity on the luma of 128 × 128 ([`texture`],
//! [`complexity`]). [`VISUAL_GROUPS`] is the list, dimension by dimension.
//!
//! Sources: Datta, Joshi, Li, Wang, *Studying aesthetics in photographic images using a computational approach*,
//! ECCV 2006; Hasler & Süsstrunk, *Measuring colorfulness in natural images*, SPIE 5007, 2003; Reinecke et al.,
//! *Predicting users' first impressions of website aesthetics with a quantification of perceived visual complexity and
//! colorfulness*, CHI 2013 (quadtree, symmetry, balance); Machajdik & Hanbury, *Affective image classification*, ACM MM
//! 2010. What is *not* here: decoding and colour profiles (pixels are taken to be sRGB).

mod colour;
mod complexity;
pub(crate) mod lab;
mod layout;
mod texture;
mod working;

use taste_core::Embedding;

use crate::{
    dimensions::{Group, scaled, total},
    error::EncoderError,
};
use working::Working;

/// The encoder id of [`visual`].
pub const VISUAL_ID: &str = "visual@1";

/// How many numbers [`visual`] gives.
pub const VISUAL_DIMENSION: usize = total(VISUAL_GROUPS) + 1;

/// The longest side of a picture, in pixels; beyond it the integer sums of the reduction could overflow.
pub const MAX_SIDE: u32 = 65_535;

/// A picture in memory.
#[derive(Debug, Clone, Copy)]
pub struct Rgba<'a> {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width × height × 4` bytes, row by row from the top: red, green, blue in sRGB, and straight alpha, as
    /// the canvas' `getImageData` gives them.
    pub pixels: &'a [u8],
}

/// The dimensions of `visual@1`, in order; one more follows, the [`ANCHOR`](crate::ANCHOR).
///
/// Units: L, a, b, and chroma √(a² + b²) in CIELAB under D65 (L 0 to 100); luma is Rec. 601 of the gamma-coded values,
/// 0 to 1; gradients are luma per cell; shares are 0 to 1. Grids are 4 × 4, row by row.
pub const VISUAL_GROUPS: &[Group] = &[
    Group::new("mean L", 1, 75.0, 18.0),
    Group::new("mean a", 1, 0.0, 8.0),
    Group::new("mean b", 1, 0.0, 10.0),
    Group::new("standard deviation of L", 1, 22.0, 8.0),
    Group::new("standard deviation of a", 1, 8.0, 6.0),
    Group::new("standard deviation of b", 1, 11.0, 7.0),
    Group::new("mean chroma", 1, 11.0, 9.0),
    Group::new("standard deviation of chroma", 1, 12.0, 7.0),
    Group::new("L at its 5th, 25th, 50th, 75th, 95th percentile", 5, 75.0, 30.0),
    Group::new("chroma at its 50th, 75th, 95th percentile", 3, 18.0, 18.0),
    Group::new("a at its 10th, 90th percentile", 2, 0.0, 12.0),
    Group::new("b at its 10th, 90th percentile", 2, 0.0, 15.0),
    Group::new("colourfulness of Hasler and Süsstrunk", 1, 35.0, 22.0),
    Group::new("chroma in 8 hue sectors from +a towards +b, per cell", 8, 1.4, 2.5),
    Group::new("concentration of hue: |mean (a, b)| / mean chroma", 1, 0.5, 0.25),
    Group::new("L on the grid", 16, 75.0, 22.0),
    Group::new("a on the grid", 16, 0.0, 10.0),
    Group::new("b on the grid", 16, 0.0, 14.0),
    Group::new("mean gradient", 1, 0.035, 0.018),
    Group::new("share of cells with a gradient over 0.04, over 0.12", 2, 0.2, 0.13),
    Group::new("gradient in 8 orientations, the first along x, as shares", 8, 0.125, 0.12),
    Group::new("entropy of the gradient's 16-bin histogram, of 4 bits", 1, 0.42, 0.14),
    Group::new("share of cells with a gradient over 0.04 on the grid", 16, 0.25, 0.18),
    Group::new("log10 root mean square of Haar details, finest of 5 levels first", 5, -1.2, 0.3),
    Group::new("log10 ratio of horizontal to vertical Haar detail", 1, 0.0, 0.25),
    Group::new("log10 mean square of the Laplacian (sharpness)", 1, -1.6, 0.6),
    Group::new("log10 share of quadtree leaves at deviation 0.02", 1, -0.2, 0.25),
    Group::new("log10 share of quadtree leaves at deviation 0.1", 1, -0.6, 0.35),
    Group::new("log10 number of colours at 4 bits a channel", 1, 2.0, 0.4),
    Group::new("share of the most frequent colour", 1, 0.4, 0.22),
    Group::new("share of flat 8 × 8 blocks", 1, 0.35, 0.24),
    Group::new("share of white (L over 95, chroma under 5)", 1, 0.3, 0.3),
    Group::new("share of black (L under 12)", 1, 0.06, 0.15),
    Group::new("correlation with the mirror image left-right, up-down, and with the half turn", 3, 0.2, 0.3),
    Group::new("centre of gradient: x, y, from -1 to 1", 2, 0.0, 0.15),
    Group::new("spread of gradient about its centre, as a share of a uniform picture's", 1, 1.0, 0.15),
    Group::new("natural logarithm of width / height", 1, 0.0, 0.5),
];

/// Embeds a picture: [`VISUAL_DIMENSION`] numbers of unit norm, in the order of [`VISUAL_GROUPS`].
///
/// # Errors
/// [`EncoderError::ImageSides`] for no pixels or a side over [`MAX_SIDE`], [`EncoderError::ImageBuffer`] when the buffer
/// has another length than `width × height × 4`.
pub fn visual(picture: &Rgba<'_>) -> Result<Embedding, EncoderError> {
    let working = Working::of(picture)?;
    let mut raw = Vec::with_capacity(VISUAL_DIMENSION);
    colour::measure(&working, &mut raw);
    layout::measure_grid(&working, &mut raw);
    let gradient = texture::Gradient::of(&working.luma);
    texture::measure(&working.luma, &gradient, &mut raw);
    complexity::measure(&working, &mut raw);
    layout::measure_symmetry(&working.luma, &mut raw);
    layout::measure_balance(&gradient, &mut raw);
    raw.push(libm::log(f64::from(picture.width) / f64::from(picture.height)));
    Ok(Embedding::normalised(VISUAL_ID.into(), scaled(VISUAL_GROUPS, &raw))?)
}
