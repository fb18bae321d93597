//! Edges, their orientation, frequencies and sharpness, all on luma.

use super::{
    layout::{GRID, grid_cell},
    working::FINE,
};
use crate::roots::sqrt;

/// A gradient this steep is an edge that is seen.
const EDGE: f64 = 0.04;
/// A gradient this steep is a hard edge.
const HARD_EDGE: f64 = 0.12;
/// Cells that have all eight neighbours.
const INNER: f64 = ((FINE - 2) * (FINE - 2)) as f64;

/// The Sobel gradient; zero along the border.
pub(super) struct Gradient {
    /// Length, in luma per cell.
    pub(super) magnitude: Vec<f64>,
    /// The lengths summed by orientation, 8 sectors of 22.5° of the half circle, the first centred on x.
    by_orientation: [f64; 8],
}

impl Gradient {
    pub(super) fn of(luma: &[f64]) -> Self {
        // cos and sin of the sectors' upper borders, 11.25° + k · 22.5°.
        const BORDERS: [(f64, f64); 8] = [
            (0.980_785_280_403_230_4, 0.195_090_322_016_128_27),
            (0.831_469_612_302_545_2, 0.555_570_233_019_602_2),
            (0.555_570_233_019_602_2, 0.831_469_612_302_545_2),
            (0.195_090_322_016_128_27, 0.980_785_280_403_230_4),
            (-0.195_090_322_016_128_27, 0.980_785_280_403_230_4),
            (-0.555_570_233_019_602_2, 0.831_469_612_302_545_2),
            (-0.831_469_612_302_545_2, 0.555_570_233_019_602_2),
            (-0.980_785_280_403_230_4, 0.195_090_322_016_128_27),
        ];
        let mut magnitude = vec![0.0; FINE * FINE];
        let mut by_orientation = [0.0; 8];
        for y in 1..FINE - 1 {
            let [above, here, below] = [y - 1, y, y + 1].map(|y| &luma[y * FINE..][..FINE]);
            for x in 1..FINE - 1 {
                let gx = ((above[x + 1] - above[x - 1])
                    + 2.0 * (here[x + 1] - here[x - 1])
                    + (below[x + 1] - below[x - 1]))
                    / 8.0;
                let gy = ((below[x - 1] - above[x - 1])
                    + 2.0 * (below[x] - above[x])
                    + (below[x + 1] - above[x + 1]))
                    / 8.0;
                let length = sqrt(gx * gx + gy * gy);
                magnitude[y * FINE + x] = length;
                // An edge from dark to light has the orientation of one from light to dark.
                let (gx, gy) = if gy < 0.0 { (-gx, -gy) } else { (gx, gy) };
                let passed = BORDERS.iter().filter(|(cos, sin)| cos * gy > sin * gx).count();
                by_orientation[passed % 8] += length;
            }
        }
        Self { magnitude, by_orientation }
    }
}

/// 35 numbers: the groups from the mean gradient to the Laplacian.
pub(super) fn measure(luma: &[f64], gradient: &Gradient, raw: &mut Vec<f64>) {
    let mut sum = 0.0;
    let (mut edges, mut hard_edges) = (0u32, 0u32);
    let mut grid = [0u32; GRID * GRID];
    let mut histogram = [0u32; 16];
    for y in 1..FINE - 1 {
        for x in 1..FINE - 1 {
            let length = gradient.magnitude[y * FINE + x];
            sum += length;
            if length > EDGE {
                edges += 1;
                grid[grid_cell(x, y, FINE)] += 1;
            }
            hard_edges += u32::from(length > HARD_EDGE);
            // 16 bins over 0 to 0.32; what is steeper falls into the last.
            let bin = length * 50.0;
            histogram[if bin < 15.0 { bin as usize } else { 15 }] += 1;
        }
    }
    raw.push(sum / INNER);
    raw.extend([f64::from(edges) / INNER, f64::from(hard_edges) / INNER]);
    // A little of every orientation: a blank picture has none more than another.
    raw.extend(gradient.by_orientation.map(|part| (part + 0.125) / (sum + 1.0)));
    raw.push(entropy(&histogram, INNER) / 4.0);
    raw.extend(grid.map(|count| f64::from(count) / ((FINE / GRID) * (FINE / GRID)) as f64));
    frequencies(luma, raw);
    raw.push(sharpness(luma));
}

/// Shannon entropy in bits.
fn entropy(counts: &[u32], total: f64) -> f64 {
    let mut bits = 0.0;
    for &count in counts.iter().filter(|&&count| count > 0) {
        let share = f64::from(count) / total;
        bits -= share * libm::log2(share);
    }
    bits
}

/// 6 numbers: the strength of Haar details at 5 scales, and of horizontal against vertical ones over all scales.
fn frequencies(luma: &[f64], raw: &mut Vec<f64>) {
    const LEVELS: usize = 5;
    let mut means = luma.to_vec();
    let mut side = FINE;
    let (mut along_x, mut along_y) = (0.0, 0.0);
    for _ in 0..LEVELS {
        let half = side / 2;
        // A power of two: multiplying by it is dividing, bit by bit.
        let share = 1.0 / (half * half) as f64;
        let mut next = Vec::with_capacity(half * half);
        let mut squares = 0.0;
        for y in 0..half {
            for x in 0..half {
                let corner = 2 * y * side + 2 * x;
                let (p, q) = (means[corner], means[corner + 1]);
                let (r, s) = (means[corner + side], means[corner + side + 1]);
                let horizontal = ((p + r) - (q + s)) / 4.0;
                let vertical = ((p + q) - (r + s)) / 4.0;
                let diagonal = ((p + s) - (q + r)) / 4.0;
                squares += horizontal * horizontal + vertical * vertical + diagonal * diagonal;
                along_x += horizontal * horizontal * share;
                along_y += vertical * vertical * share;
                next.push(((p + q) + (r + s)) / 4.0);
            }
        }
        raw.push(libm::log10(sqrt(squares / (half * half) as f64) + 1e-3));
        means = next;
        side = half;
    }
    raw.push(0.5 * libm::log10((along_x + 1e-6) / (along_y + 1e-6)));
}

/// Sharpness: the mean square of the Laplacian, as a logarithm.
fn sharpness(luma: &[f64]) -> f64 {
    let mut squares = 0.0;
    for y in 1..FINE - 1 {
        for x in 1..FINE - 1 {
            let at = y * FINE + x;
            let laplacian =
                (luma[at - 1] + luma[at + 1]) + (luma[at - FINE] + luma[at + FINE]) - 4.0 * luma[at];
            squares += laplacian * laplacian;
        }
    }
    libm::log10(squares / INNER + 1e-6)
}
