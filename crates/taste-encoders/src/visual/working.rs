//! The working picture: any size to 128 × 128, by area averages in integers, so that nothing is sampled away and every
//! machine agrees.

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

impl Span {
    /// The pixels of a cell, and how much of each belongs to it.
    fn weights(&self) -> impl Iterator<Item = (usize, u32)> {
        (self.first..=self.last).map(|at| match at {
            _ if at == self.first => (at, self.head),
            _ if at == self.last => (at, self.tail),
            _ => (at, FULL),
        })
    }
}

/// The weight of a pixel that belongs to one cell alone.
const FULL: u32 = FINE as u32;

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

/// The picture over white, averaged over [`FINE`] × [`FINE`] cells: values 0 to 255, not rounded. Down each column first, where whole
/// rows are added, and then across.
fn reduced(picture: &Rgba<'_>) -> Vec<[f64; 3]> {
    let across: Vec<Span> = spans(picture.width).collect();
    let row_bytes = picture.width as usize * 4;
    // 255 for the alpha, the rest for the area. The sums stay under 255 · 255 · 65,535² < 2^48: exact in f64 too.
    let scale = 1.0 / (255.0 * f64::from(picture.width) * f64::from(picture.height));
    let mut columns = Columns::of(picture.width as usize);
    let mut cells = Vec::with_capacity(FINE * FINE);
    for down in spans(picture.height) {
        for (y, weight) in down.weights() {
            columns.add(&picture.pixels[y * row_bytes..][..row_bytes], weight);
        }
        let sums = columns.take();
        cells.extend(across.iter().map(|span| {
            let mut total = [0u64; 3];
            for (x, weight) in span.weights() {
                for (total, sum) in total.iter_mut().zip(sums[x]) {
                    *total += u64::from(weight) * u64::from(sum);
                }
            }
            total.map(|sum| sum as f64 * scale)
        }));
    }
    cells
}

/// Weighted sums down each column of pixels, over white and times 255 (below 255 · 255 · 65,535 < 2^32).
struct Columns {
    sums: Vec<[u32; 3]>,
    /// Opaque rows of full weight, which most rows are: two pixels at a time, red and blue of each, then green and alpha, in 16
    /// bits each.
    packed: Vec<[u64; 2]>,
    rows: u32,
}

/// Every other byte.
const APART: u64 = 0x00FF_00FF_00FF_00FF;

impl Columns {
    /// As many rows as 16 bits hold.
    const MOST_ROWS: u32 = 257;

    fn of(width: usize) -> Self {
        Self { sums: vec![[0; 3]; width], packed: vec![[0; 2]; width / 2], rows: 0 }
    }

    fn add(&mut self, row: &[u8], weight: u32) {
        let (pixels, _) = row.as_chunks::<4>();
        let opacity = pixels.iter().fold(255, |all, pixel| all & pixel[3]);
        if opacity == 255 && weight == FULL {
            let (pairs, _) = row.as_chunks::<8>();
            for (sums, pair) in self.packed.iter_mut().zip(pairs) {
                let pair = u64::from_le_bytes(*pair);
                sums[0] += pair & APART;
                sums[1] += (pair >> 8) & APART;
            }
            if pixels.len() % 2 == 1 {
                let at = pixels.len() - 1;
                weigh(&mut self.sums[at..], &pixels[at..], weight);
            }
            self.rows += 1;
            if self.rows == Self::MOST_ROWS {
                self.unpack();
            }
        } else {
            weigh(&mut self.sums, pixels, weight);
        }
    }

    fn unpack(&mut self) {
        for (packed, sums) in self.packed.iter_mut().zip(self.sums.as_chunks_mut::<2>().0) {
            let [first, second] = core::mem::take(packed);
            for (at, sum) in sums.iter_mut().enumerate() {
                let part = |sums: u64, place: usize| (sums >> (32 * at + 16 * place)) as u32 & 0xFFFF;
                for (sum, value) in sum.iter_mut().zip([part(first, 0), part(second, 0), part(first, 1)]) {
                    *sum += FULL * 255 * value;
                }
            }
        }
        self.rows = 0;
    }

    /// The sums, which begin anew with the next row.
    fn take(&mut self) -> Vec<[u32; 3]> {
        self.unpack();
        let empty = vec![[0; 3]; self.sums.len()];
        core::mem::replace(&mut self.sums, empty)
    }
}

/// Adds pixels over white, times 255 and their row's weight.
fn weigh(sums: &mut [[u32; 3]], pixels: &[[u8; 4]], weight: u32) {
    for (sum, &[red, green, blue, alpha]) in sums.iter_mut().zip(pixels) {
        let opacity = u32::from(alpha);
        let white = 255 * (255 - opacity);
        for (sum, value) in sum.iter_mut().zip([red, green, blue]) {
            *sum += weight * (u32::from(value) * opacity + white);
        }
    }
}
