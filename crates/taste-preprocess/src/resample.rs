//! PIL's resampling, to the bit: separable, antialiased, with weights of 22 bits and 8 bits between the passes.
//!
//! Networks were trained on what Pillow made of pictures (`ImagingResample` of its `Resample.c`); a page's canvas scales in
//! another way in every browser. Rows first, then columns, as Pillow up to 12 does always; 13 begins with the pass that
//! leaves less to do, which moves some values by one. Integers only, once the weights are rounded: the same pixels everywhere.

use crate::manifest::Filter;

/// Bits of a weight after the point: 32, less 8 of the pixel, less 2 for sums that overshoot.
const PRECISION: u32 = 32 - 8 - 2;

/// For one output pixel: the first input pixel, and the weights from there on.
struct Window {
    from: usize,
    weights: Vec<i32>,
}

fn support(filter: Filter) -> f64 {
    match filter {
        Filter::Bilinear => 1.0,
        Filter::Bicubic => 2.0,
    }
}

fn value(filter: Filter, distance: f64) -> f64 {
    let x = distance.abs();
    match filter {
        Filter::Bilinear if x < 1.0 => 1.0 - x,
        Filter::Bicubic if x < 1.0 => (1.5 * x - 2.5) * x * x + 1.0,
        Filter::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
        _ => 0.0,
    }
}

fn windows(input: usize, output: usize, filter: Filter) -> Vec<Window> {
    let scale = input as f64 / output as f64;
    let stretch = scale.max(1.0);
    let reach = support(filter) * stretch;
    (0..output)
        .map(|index| {
            let centre = (index as f64 + 0.5) * scale;
            let from = (centre - reach + 0.5).max(0.0) as usize;
            let to = ((centre + reach + 0.5) as usize).min(input);
            let raw: Vec<f64> =
                (from..to).map(|at| value(filter, (at as f64 - centre + 0.5) * (1.0 / stretch))).collect();
            let sum: f64 = raw.iter().sum();
            let weights = raw
                .iter()
                .map(|weight| {
                    let weight = if sum == 0.0 { *weight } else { weight / sum };
                    let scaled = weight * f64::from(1 << PRECISION);
                    (if weight < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
                })
                .collect();
            Window { from, weights }
        })
        .collect()
}

fn rounded(sum: i32) -> u8 {
    (sum >> PRECISION).clamp(0, 255) as u8
}

/// Resamples RGB pixels, row by row, three bytes each, from `(width, height)` to `(new_width, new_height)`.
///
/// # Panics
/// Where a side is 0 or the buffer is not width × height × 3 bytes.
pub fn resize(
    pixels: &[u8],
    (width, height): (usize, usize),
    (new_width, new_height): (usize, usize),
    filter: Filter,
) -> Vec<u8> {
    assert!(width * height * new_width * new_height > 0, "no side is 0");
    assert_eq!(pixels.len(), width * height * 3, "three bytes a pixel");
    let half = 1i32 << (PRECISION - 1);
    let across = if width == new_width {
        pixels.to_vec()
    } else {
        let windows = windows(width, new_width, filter);
        let mut result = vec![0; new_width * height * 3];
        let (rows, _) = pixels.as_chunks::<3>();
        let (made, _) = result.as_chunks_mut::<3>();
        for (row, made) in rows.chunks_exact(width).zip(made.chunks_exact_mut(new_width)) {
            for (made, Window { from, weights }) in made.iter_mut().zip(&windows) {
                let [mut red, mut green, mut blue] = [half; 3];
                for (&[r, g, b], weight) in row[*from..].iter().zip(weights) {
                    red += i32::from(r) * weight;
                    green += i32::from(g) * weight;
                    blue += i32::from(b) * weight;
                }
                *made = [red, green, blue].map(rounded);
            }
        }
        result
    };
    if height == new_height {
        return across;
    }
    let row = new_width * 3;
    let mut result = Vec::with_capacity(row * new_height);
    let mut sums = vec![0i32; row];
    for Window { from, weights } in windows(height, new_height, filter) {
        sums.fill(half);
        for (line, weight) in across[from * row..].chunks_exact(row).zip(&weights) {
            for (sum, value) in sums.iter_mut().zip(line) {
                *sum += i32::from(*value) * weight;
            }
        }
        result.extend(sums.iter().copied().map(rounded));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_colour_stays_that_colour_at_any_size_and_by_any_filter() {
        let pixels: Vec<u8> = [13, 200, 255].repeat(7 * 5);
        for filter in [Filter::Bilinear, Filter::Bicubic] {
            for size in [(1, 1), (3, 9), (7, 5), (40, 2)] {
                let resized = resize(&pixels, (7, 5), size, filter);
                assert_eq!(resized, [13, 200, 255].repeat(size.0 * size.1), "{filter:?} {size:?}");
            }
        }
    }
}
