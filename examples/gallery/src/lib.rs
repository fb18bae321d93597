//! The demo's candidates: seeded generative art in six families, and short texts.
//!
//! A work is a pure function of its family and number: only `+ - * / √`, a polynomial sine and integer hashing,
//! coordinates rounded to a tenth, so the same seed draws the same SVG on every machine. Twelve palettes are
//! shared by all families, so that colour and structure are separate tastes. Each work says how it was made
//! ([`Work::facts`]): simulated voters have their tastes about those facts, never about ids.
//!
//! Not here: anything that the product needs. The SDK sees these as it sees any other images and texts.

mod families;
mod noise;
mod palette;
mod random;
mod svg;
mod texts;
mod titles;

use std::collections::BTreeMap;

use serde::Serialize;

pub use palette::{PALETTES, Palette};
pub use texts::{Text, TextForm, texts};

use random::Random;
use svg::Drawing;

/// The side of every work, in SVG user units.
pub const SIDE: f64 = 800.0;

/// A way of drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Evenly spaced streamlines in a noise field.
    Drift,
    /// Quarter-arc tiles on a grid.
    Tessera,
    /// Packed circles.
    Pebble,
    /// Layered ridges under a sky.
    Shore,
    /// Warp and weft.
    Loom,
    /// Level lines, bands and mazes.
    Contour,
}

impl Family {
    /// All six, in the order of the catalogue.
    pub const ALL: [Self; 6] =
        [Self::Drift, Self::Tessera, Self::Pebble, Self::Shore, Self::Loom, Self::Contour];

    /// Its name on a label.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drift => "Drift",
            Self::Tessera => "Tessera",
            Self::Pebble => "Pebble",
            Self::Shore => "Shore",
            Self::Loom => "Loom",
            Self::Contour => "Contour",
        }
    }
}

/// A finished work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Work {
    /// Which program drew it.
    pub family: Family,
    /// Its number within the family, from 1.
    pub number: u32,
    /// The name of its palette.
    pub palette: &'static str,
    /// Whether the palette's paper is dark.
    pub dark: bool,
    /// What its label says: unique within the family.
    pub title: String,
    /// How it was made: parameter and value, both as words.
    pub facts: BTreeMap<&'static str, String>,
    /// The picture, 800 × 800.
    #[serde(skip)]
    pub svg: String,
}

impl Work {
    /// The smaller line of its label: `Shore, no. 2`.
    pub fn note(&self) -> String {
        format!("{}, no. {}", self.family.name(), self.number)
    }

    /// Its file name: `shore-002.svg`.
    pub fn file_name(&self) -> String {
        format!("{}-{:03}.svg", self.family.name().to_lowercase(), self.number)
    }
}

/// Draws one work; the same arguments always give the same bytes.
pub fn draw(family: Family, number: u32) -> Work {
    let mut random = Random::from_seed(&format!("tastemaker/{}/{number}", family.name()));
    let palette = &PALETTES[random.below(PALETTES.len())];
    let mut drawing = Drawing::new(palette.paper);
    let facts = match family {
        Family::Drift => families::drift::draw(&mut random, palette, &mut drawing),
        Family::Tessera => families::tessera::draw(&mut random, palette, &mut drawing),
        Family::Pebble => families::pebble::draw(&mut random, palette, &mut drawing),
        Family::Shore => families::shore::draw(&mut random, palette, &mut drawing),
        Family::Loom => families::loom::draw(&mut random, palette, &mut drawing),
        Family::Contour => families::contour::draw(&mut random, palette, &mut drawing),
    };
    Work {
        family,
        number,
        palette: palette.name,
        dark: palette.is_dark(),
        title: titles::title(family, number),
        facts: facts.into_iter().collect(),
        svg: drawing.finish(),
    }
}

/// The catalogue of a round: `count` works, the families taking turns.
pub fn works(count: usize) -> impl Iterator<Item = Work> {
    (0..count).map(|i| draw(Family::ALL[i % 6], (i / 6) as u32 + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_draws_the_same_bytes_and_another_seed_others() {
        for family in Family::ALL {
            assert_eq!(draw(family, 7), draw(family, 7));
            assert_ne!(draw(family, 7).svg, draw(family, 8).svg);
        }
    }

    #[test]
    fn three_hundred_works_are_all_different_small_and_named() {
        let works: Vec<_> = works(300).collect();
        let pictures: BTreeSet<_> = works.iter().map(|w| w.svg.as_str()).collect();
        let names: BTreeSet<_> = works.iter().map(|w| (w.family, w.title.as_str())).collect();
        assert_eq!((pictures.len(), names.len()), (300, 300));
        for work in &works {
            assert!(work.svg.len() < 220_000, "{} has {} bytes", work.note(), work.svg.len());
            assert!(work.svg.len() > 800, "{} is nearly empty", work.note());
            assert!(!work.svg.contains("NaN") && !work.svg.contains("inf"), "{}", work.note());
        }
        let palettes: BTreeSet<_> = works.iter().map(|w| w.palette).collect();
        assert_eq!(palettes.len(), PALETTES.len(), "colour is a taste of its own: every palette is used");
    }
}
