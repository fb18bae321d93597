//! Where things are: the 4 × 4 grid, symmetry, balance.

use super::{
    texture::Gradient,
    working::{COARSE, FINE, Working},
};
use crate::roots::sqrt;

/// Cells of the layout grid along each side.
pub(super) const GRID: usize = 4;

/// The grid cell of a point on a plane of `side` × `side`.
pub(super) fn grid_cell(x: usize, y: usize, side: usize) -> usize {
    y * GRID / side * GRID + x * GRID / side
}

/// 48 numbers: mean L, then a, then b of each grid cell.
pub(super) fn measure_grid(working: &Working, raw: &mut Vec<f64>) {
    let mut sums = [[0.0; GRID * GRID]; 3];
    for (index, pixel) in working.lab.iter().enumerate() {
        let cell = grid_cell(index % COARSE, index / COARSE, COARSE);
        for (channel, sums) in sums.iter_mut().enumerate() {
            sums[cell] += pixel[channel];
        }
    }
    let share = (GRID * GRID) as f64 / (COARSE * COARSE) as f64;
    raw.extend(sums.iter().flatten().map(|sum| sum * share));
}

/// 3 numbers: the correlation of the luma with itself mirrored left-right, up-down, and turned by 180°.
pub(super) fn measure_symmetry(luma: &[f64], raw: &mut Vec<f64>) {
    let mut mean = 0.0;
    for value in luma {
        mean += value;
    }
    mean /= luma.len() as f64;
    let (mut own, mut mirrored) = (0.0, [0.0; 3]);
    for y in 0..FINE {
        for x in 0..FINE {
            let at = |x: usize, y: usize| luma[y * FINE + x] - mean;
            let (left, up) = (FINE - 1 - x, FINE - 1 - y);
            let value = at(x, y);
            own += value * value;
            for (sum, other) in mirrored.iter_mut().zip([at(left, y), at(x, up), at(left, up)]) {
                *sum += value * other;
            }
        }
    }
    // A picture of one tone is its own mirror; the small number keeps rounding from deciding about it.
    let floor = 1e-9 * luma.len() as f64;
    raw.extend(mirrored.map(|sum| (sum + floor) / (own + floor)));
}

/// 3 numbers: the centre of the gradient, and its spread about that centre.
pub(super) fn measure_balance(gradient: &Gradient, raw: &mut Vec<f64>) {
    // A little weight everywhere: a blank picture is balanced and uniform.
    const FLOOR: f64 = 1e-4;
    let (mut total, mut first, mut second) = (0.0, [0.0; 2], 0.0);
    let position = |index: usize| (2 * index + 1) as f64 / FINE as f64 - 1.0;
    for (index, magnitude) in gradient.magnitude.iter().enumerate() {
        let (x, y) = (position(index % FINE), position(index / FINE));
        let weight = magnitude + FLOOR;
        total += weight;
        first[0] += weight * x;
        first[1] += weight * y;
        second += weight * (x * x + y * y);
    }
    let (x, y) = (first[0] / total, first[1] / total);
    let variance = second / total - x * x - y * y;
    // 2/3 is x² + y² averaged over the square from −1 to 1. Rounding alone could make a variance negative.
    raw.extend([x, y, sqrt(if variance > 0.0 { variance } else { 0.0 } / (2.0 / 3.0))]);
}
