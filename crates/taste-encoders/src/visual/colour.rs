//! Colour statistics: means, deviations, percentiles, colourfulness, hues.

use super::working::Working;
use crate::roots::sqrt;

/// 33 numbers: the groups up to the concentration of hue.
pub(super) fn measure(working: &Working, raw: &mut Vec<f64>) {
    let lab = &working.lab;
    let chroma: Vec<f64> = lab.iter().map(|[_, a, b]| sqrt(a * a + b * b)).collect();
    let moments = [0, 1, 2].map(|channel| moments(lab.iter().map(|pixel| pixel[channel])));
    let (mean_chroma, deviation_chroma) = self::moments(chroma.iter().copied());
    raw.extend(moments.map(|(mean, _)| mean));
    raw.extend(moments.map(|(_, deviation)| deviation));
    raw.extend([mean_chroma, deviation_chroma]);
    let channel = |channel: usize| lab.iter().map(move |pixel| pixel[channel]);
    raw.extend(percentiles(channel(0), 0.0, [5, 25, 50, 75, 95]));
    raw.extend(percentiles(chroma.iter().copied(), 0.0, [50, 75, 95]));
    raw.extend(percentiles(channel(1), -128.0, [10, 90]));
    raw.extend(percentiles(channel(2), -128.0, [10, 90]));
    raw.push(colourfulness(&working.rgb));
    raw.extend(hues(lab, &chroma));
    let (_, a, b) = (moments[0].0, moments[1].0, moments[2].0);
    // The 1 keeps a grey picture, whose hue is rounding, near zero.
    raw.push(sqrt(a * a + b * b) / (mean_chroma + 1.0));
}

/// Mean and population standard deviation, in two passes.
pub(super) fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.clone() {
        sum += value;
        count += 1.0;
    }
    let mean = sum / count;
    let mut squares = 0.0;
    for value in values {
        squares += (value - mean) * (value - mean);
    }
    (mean, sqrt(squares / count))
}

/// Percentiles to a quarter of a unit: the middle of the histogram bin in which each falls. Counting needs no sort
/// and has no ties to break.
fn percentiles<const N: usize>(values: impl Iterator<Item = f64>, low: f64, ranks: [u32; N]) -> [f64; N] {
    const BINS: usize = 1024;
    const WIDTH: f64 = 0.25;
    let mut counts = [0u32; BINS];
    let mut total = 0;
    for value in values {
        let bin = ((value - low) / WIDTH).clamp(0.0, (BINS - 1) as f64);
        counts[bin as usize] += 1;
        total += 1;
    }
    ranks.map(|rank| {
        let (mut bin, mut seen) = (0, counts[0]);
        while seen * 100 < rank * total {
            bin += 1;
            seen += counts[bin];
        }
        low + (bin as f64 + 0.5) * WIDTH
    })
}

/// M(3) of Hasler & Süsstrunk 2003: the deviation of the opponent colours plus 0.3 times their mean, both as lengths.
/// About 0 for grey, 109 for "extremely colourful".
fn colourfulness(pixels: &[[u8; 3]]) -> f64 {
    let channels = pixels.iter().map(|pixel| pixel.map(f64::from));
    let (mean_rg, deviation_rg) = moments(channels.clone().map(|[r, g, _]| r - g));
    let (mean_yb, deviation_yb) = moments(channels.map(|[r, g, b]| 0.5 * (r + g) - b));
    sqrt(deviation_rg * deviation_rg + deviation_yb * deviation_yb)
        + 0.3 * sqrt(mean_rg * mean_rg + mean_yb * mean_yb)
}

/// Chroma by hue, in 8 sectors of 45° centred on +a, +a+b, +b, …, per cell.
fn hues(lab: &[[f64; 3]], chroma: &[f64]) -> [f64; 8] {
    let mut sectors = [0.0; 8];
    for (&[_, a, b], chroma) in lab.iter().zip(chroma) {
        sectors[sector(a, b)] += chroma;
    }
    sectors.map(|sum| sum / lab.len() as f64)
}

/// Which of 8 sectors of 45° the direction (x, y) falls in, the first centred on +x, counted towards +y.
fn sector(x: f64, y: f64) -> usize {
    /// tan 22.5°.
    const NARROW: f64 = 0.414_213_562_373_095_05;
    let (across, along) = (f64::abs(x), f64::abs(y));
    if along <= across * NARROW {
        return if x >= 0.0 { 0 } else { 4 };
    }
    if across <= along * NARROW {
        return if y >= 0.0 { 2 } else { 6 };
    }
    match (x >= 0.0, y >= 0.0) {
        (true, true) => 1,
        (false, true) => 3,
        (false, false) => 5,
        (true, false) => 7,
    }
}
