//! `palette@1`: 33 measurements of a set of colours.
//!
//! Colours are taken in CIELAB under D65, in the order given where order counts. Sources: Cohen-Or et al., *Color harmonization*,
//! SIGGRAPH 2006 (hues that lie together, opposite, or at thirds: here the first three circular moments); O'Donovan,
//! Agarwala, Hertzmann, *Color compatibility from large datasets*, SIGGRAPH 2011 (statistics over a theme and its neighbours); WCAG
//! 2.2 (contrast). What is *not* here: reading colours from text.

use taste_core::Embedding;

use crate::{
    dimensions::{Group, scaled, total},
    error::EncoderError,
    roots::sqrt,
    visual::lab,
};

/// The encoder id of [`palette`].
pub const PALETTE_ID: &str = "palette@1";

/// How many numbers [`palette`] gives.
pub const PALETTE_DIMENSION: usize = total(PALETTE_GROUPS) + 1;

/// The most colours of a palette.
pub const MAX_COLOURS: usize = 256;

/// The dimensions of `palette@1`, in order; one more follows, the [`ANCHOR`](crate::ANCHOR).
pub const PALETTE_GROUPS: &[Group] = &[
    Group::new("ln number of colours", 1, 1.6, 0.4),
    Group::new("mean L", 1, 60.0, 18.0),
    Group::new("mean a", 1, 5.0, 20.0),
    Group::new("mean b", 1, 10.0, 20.0),
    Group::new("standard deviation of L", 1, 20.0, 9.0),
    Group::new("standard deviation of a", 1, 18.0, 12.0),
    Group::new("standard deviation of b", 1, 20.0, 12.0),
    Group::new("mean chroma", 1, 32.0, 18.0),
    Group::new("standard deviation of chroma", 1, 16.0, 9.0),
    Group::new("least and greatest L", 2, 58.0, 30.0),
    Group::new("ln greatest contrast of WCAG", 1, 1.8, 0.6),
    Group::new("least, mean and greatest distance of two colours (CIE 1976)", 3, 50.0, 30.0),
    Group::new("chroma in 8 hue sectors from +a towards +b, per colour", 8, 4.0, 7.0),
    Group::new("concentration of hue about one, two, three equal directions", 3, 0.6, 0.3),
    Group::new("mean difference of L from one colour to the next", 1, 22.0, 12.0),
    Group::new("L, a, b of the first colour", 3, 25.0, 35.0),
    Group::new("L, a, b of the last colour", 3, 25.0, 35.0),
];

/// Embeds a palette: [`PALETTE_DIMENSION`] numbers of unit norm, in the order of [`PALETTE_GROUPS`].
///
/// # Errors
/// [`EncoderError::PaletteSize`] for no colours or more than [`MAX_COLOURS`].
pub fn palette(colours: &[[u8; 3]]) -> Result<Embedding, EncoderError> {
    if !(1..=MAX_COLOURS).contains(&colours.len()) {
        return Err(EncoderError::PaletteSize { found: colours.len(), limit: MAX_COLOURS });
    }
    let colours = lab::from_srgb(colours);
    let count = colours.len() as f64;
    let mean = |value: &dyn Fn(&[f64; 3]) -> f64| colours.iter().map(value).sum::<f64>() / count;
    let deviation = |value: &dyn Fn(&[f64; 3]) -> f64| {
        let centre = mean(value);
        sqrt(mean(&|colour| (value(colour) - centre) * (value(colour) - centre)))
    };
    let chroma = |colour: &[f64; 3]| sqrt(colour[1] * colour[1] + colour[2] * colour[2]);
    let mut raw = Vec::with_capacity(PALETTE_DIMENSION);
    raw.push(libm::log(count));
    raw.extend((0..3).map(|axis| mean(&|colour| colour[axis])));
    raw.extend((0..3).map(|axis| deviation(&|colour| colour[axis])));
    raw.extend([mean(&chroma), deviation(&chroma)]);
    let least = colours.iter().map(|colour| colour[0]).fold(f64::INFINITY, f64::min);
    let greatest = colours.iter().map(|colour| colour[0]).fold(f64::NEG_INFINITY, f64::max);
    raw.extend([least, greatest]);
    raw.push(libm::log((luminance(greatest) + 0.05) / (luminance(least) + 0.05)));
    raw.extend(distances(&colours));
    raw.extend(sectors(&colours, &chroma).map(|sum| sum / count));
    raw.extend(concentrations(&colours, &chroma));
    let steps: f64 = colours.windows(2).map(|pair| (pair[1][0] - pair[0][0]).abs()).sum();
    raw.push(if colours.len() > 1 { steps / (count - 1.0) } else { 0.0 });
    raw.extend(colours[0]);
    raw.extend(colours[colours.len() - 1]);
    Ok(Embedding::normalised(PALETTE_ID.into(), scaled(PALETTE_GROUPS, &raw))?)
}

/// Relative luminance of a lightness, 0 to 1.
fn luminance(lightness: f64) -> f64 {
    let root = (lightness + 16.0) / 116.0;
    if lightness > 8.0 { root * root * root } else { lightness.max(0.0) / 903.3 }
}

/// Least, mean and greatest over all pairs; zeros of a single colour.
fn distances(colours: &[[f64; 3]]) -> [f64; 3] {
    let (mut least, mut sum, mut greatest, mut pairs) = (f64::INFINITY, 0.0, 0.0f64, 0.0);
    for (at, first) in colours.iter().enumerate() {
        for second in &colours[at + 1..] {
            let square: f64 =
                (0..3).map(|axis| (first[axis] - second[axis]) * (first[axis] - second[axis])).sum();
            let distance = sqrt(square);
            (least, greatest) = (least.min(distance), greatest.max(distance));
            (sum, pairs) = (sum + distance, pairs + 1.0);
        }
    }
    if pairs == 0.0 { [0.0; 3] } else { [least, sum / pairs, greatest] }
}

fn sectors(colours: &[[f64; 3]], chroma: &dyn Fn(&[f64; 3]) -> f64) -> [f64; 8] {
    let mut sums = [0.0; 8];
    for colour in colours {
        let [_, a, b] = *colour;
        // Comparisons only: no arctangent, whose last bit libraries differ in.
        let half = if b < 0.0 || b == 0.0 && a < 0.0 { 4 } else { 0 };
        let (a, b) = if half == 4 { (-a, -b) } else { (a, b) };
        let quarter = if a > 0.0 { 0 } else { 2 };
        let (x, y) = if quarter == 2 { (b, -a) } else { (a, b) };
        sums[half + quarter + usize::from(y >= x && y > 0.0)] += chroma(colour);
    }
    sums
}

/// |Σ c e^{ikh}| / Σ c for k = 1, 2, 3: 1 where all hues lie in k equal directions.
fn concentrations(colours: &[[f64; 3]], chroma: &dyn Fn(&[f64; 3]) -> f64) -> [f64; 3] {
    let mut sums = [[0.0f64; 2]; 3];
    let mut whole = 0.0;
    for colour in colours {
        let length = chroma(colour);
        whole += length;
        if length == 0.0 {
            continue;
        }
        let (x, y) = (colour[1] / length, colour[2] / length);
        let (mut re, mut im) = (1.0, 0.0);
        for sum in &mut sums {
            (re, im) = (re * x - im * y, re * y + im * x);
            sum[0] += length * re;
            sum[1] += length * im;
        }
    }
    // One unit of chroma, which nobody sees, keeps what rounding leaves of a grey from counting as a hue.
    sums.map(|[re, im]| sqrt(re * re + im * im) / (whole + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ANCHOR;

    fn measured(colours: &[[u8; 3]], name: &str) -> Vec<f64> {
        let embedding = palette(colours).unwrap();
        let values = embedding.values();
        let anchor = values[values.len() - 1];
        let at = PALETTE_GROUPS.iter().position(|group| group.name == name).unwrap();
        let start: usize = PALETTE_GROUPS[..at].iter().map(|group| group.len).sum();
        let group = PALETTE_GROUPS[at];
        let raw = |value: &f32| f64::from(value / anchor * ANCHOR) * group.spread + group.centre;
        values[start..start + group.len].iter().map(raw).collect()
    }

    #[test]
    fn black_and_white_have_wcags_greatest_contrast_and_no_hue() {
        let both = [[0, 0, 0], [255, 255, 255]];
        let contrast = measured(&both, "ln greatest contrast of WCAG")[0];
        assert!((contrast - libm::log(21.0)).abs() < 1e-4, "{contrast}");
        let distances = measured(&both, "least, mean and greatest distance of two colours (CIE 1976)");
        assert!(distances.iter().all(|distance| (distance - 100.0).abs() < 0.02), "{distances:?}");
        let hues = measured(&both, "concentration of hue about one, two, three equal directions");
        assert!(hues.iter().all(|hue| *hue < 0.6), "{hues:?}");
    }

    #[test]
    fn a_palette_of_one_hue_is_concentrated_and_the_order_of_colours_counts() {
        let reds = [[255, 0, 0], [200, 20, 20], [120, 10, 10]];
        let hues = measured(&reds, "concentration of hue about one, two, three equal directions");
        assert!(hues.iter().all(|hue| *hue > 0.95), "{hues:?}");
        let sectors = measured(&reds, "chroma in 8 hue sectors from +a towards +b, per colour");
        // Clamped at four spreads: all of it in the first sector.
        assert!(sectors[0] > 30.0 && sectors[1..].iter().all(|sector| sector.abs() < 1e-3), "{sectors:?}");
        let turned = [reds[2], reds[1], reds[0]];
        assert_ne!(palette(&reds).unwrap(), palette(&turned).unwrap());
        assert_eq!(palette(&[]).unwrap_err().code(), "EncoderError::PaletteSize");
        assert!(palette(&[[1, 2, 3]]).is_ok());
    }
}
