//! The working picture: any size to 128 × 128, by area averages in integers, so that nothing is sampled away and every
//! machine agrees.

use alloc::{vec, vec::Vec};

use super::{MAX_SIDE, Rgba, lab};
use crate::error::EncoderError;

/// Cells along each side of the luma plane.
pub(super) const FINE: usize = 128;
/// Cells along each side of the colour planes.
pub(super) const COARSE: usize = 64;

/// The picture at the sizes that the measurements use.
pub(super) struct Working {
    /// Rec. 601 luma, 0 to 1, [`FINE`] × [`FINE`].
    pub(super) luma: Vec<f64>,
    /// sRGB, 8 bits, [`COARSE`] × [`COARSE`].
    pub(super) rgb: Vec<[u8; 3]>,
    /// CIELAB of `rgb`.
    pub(super) lab: Vec<[f64; 3]>,
}

impl Working {
    pub(super) fn of(picture: &Rgba<'_>) -> Result<Self, EncoderError> {
        let Rgba { width, height, pixels } = *picture;
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(EncoderError::ImageSides { width, height, limit: MAX_SIDE });
        }
        // Saturating: on wasm32 the product can pass usize, and no buffer is that long.
        let expected = (width as usize).saturating_mul(height as usize).saturating_mul(4);
        if pixels.len() != expected {
            return Err(EncoderError::ImageBuffer { expected, found: pixels.len() });
        }
        let fine = reduced(picture);
        let luma = fine.iter().map(|[r, g, b]| (0.299 * r + 0.587 * g + 0.114 * b) / 255.0).collect();
        let rgb: Vec<[u8; 3]> = (0..COARSE * COARSE)
            .map(|index| {
                let corner = index / COARSE * 2 * FINE + index % COARSE * 2;
                let mean = |channel: usize| {
                    let cell = |offset: usize| fine[corner + offset][channel];
                    ((cell(0) + cell(1) + cell(FINE) + cell(FINE + 1)) / 4.0 + 0.5) as u8
                };
                [mean(0), mean(1), mean(2)]
            })
            .collect();
        let lab = lab::from_srgb(&rgb);
        Ok(Self { luma, rgb, lab })
    }
}

/// What one cell covers of a side of `length` pixels. In units of 1/128 pixel a pixel is 128 wide and a cell `length`
/// wide, so every weight is an integer and a cell's weights add up to `length`.
struct Span {
    first: usize,
    last: usize,
    head: u32,
    tail: u32,
}

fn spans(length: u32) -> impl Iterator<Item = Span> {
    let fine = FINE as u64;
    (0..fine).map(move |cell| {
        let (start, end) = (cell * u64::from(length), (cell + 1) * u64::from(length));
        let (first, last) = (start / fine, (end - 1) / fine);
        let head = end.min((first + 1) * fine) - start;
        let tail = if last > first { end - last * fine } else { 0 };
        Span { first: first as usize, last: last as usize, head: head as u32, tail: tail as u32 }
    })
}

/// The picture over white, averaged over [`FINE`] × [`FINE`] cells: values 0 to 255, not rounded.
fn reduced(picture: &Rgba<'_>) -> Vec<[f64; 3]> {
    let across: Vec<Span> = spans(picture.width).collect();
    let row_bytes = picture.width as usize * 4;
    // 255 for the alpha, the rest for the area. The sums stay under 255 · 255 · 65,535² < 2^48: exact in f64 too.
    let scale = 1.0 / (255.0 * f64::from(picture.width) * f64::from(picture.height));
    let mut sums = vec![[0u32; 3]; FINE];
    let mut held = usize::MAX;
    let mut cells = Vec::with_capacity(FINE * FINE);
    for down in spans(picture.height) {
        let mut total = vec![[0u64; 3]; FINE];
        for y in down.first..=down.last {
            let weight = match y {
                _ if y == down.first => down.head,
                _ if y == down.last => down.tail,
                _ => FINE as u32,
            };
            // Neighbouring cells share the pixel row between them; it is summed once.
            if held != y {
                sum_row(&picture.pixels[y * row_bytes..][..row_bytes], &across, &mut sums);
                held = y;
            }
            for (total, sum) in total.iter_mut().zip(&sums) {
                for channel in 0..3 {
                    total[channel] += u64::from(weight) * u64::from(sum[channel]);
                }
            }
        }
        cells.extend(total.iter().map(|total| total.map(|sum| sum as f64 * scale)));
    }
    cells
}

/// One row of pixels over white, times 255, summed with weights into [`FINE`] cells (below 255 · 255 · 65,535 < 2^32).
fn sum_row(row: &[u8], across: &[Span], sums: &mut [[u32; 3]]) {
    for (span, sum) in across.iter().zip(sums) {
        let (mut colour, mut alpha) = ([0u32; 3], 0u32);
        let inner = if span.last > span.first + 1 { &row[(span.first + 1) * 4..span.last * 4] } else { &[] };
        for pixel in inner.as_chunks::<4>().0 {
            let opacity = u32::from(pixel[3]);
            alpha += opacity;
            for channel in 0..3 {
                colour[channel] += u32::from(pixel[channel]) * opacity;
            }
        }
        let white = 255 * (inner.len() as u32 / 4 * 255 - alpha);
        *sum = colour.map(|colour| FINE as u32 * (colour + white));
        for (x, weight) in [(span.first, span.head), (span.last, span.tail)] {
            let pixel = &row[x * 4..][..4];
            let opacity = u32::from(pixel[3]);
            for channel in 0..3 {
                sum[channel] += weight * (u32::from(pixel[channel]) * opacity + 255 * (255 - opacity));
            }
        }
    }
}
