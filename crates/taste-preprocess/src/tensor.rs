//! Content to the tensors that a network takes.

use crate::{
    error::PreprocessError,
    manifest::{Fit, Layout, Manifest},
    resample::resize,
    tokenizer::Tokenizer,
};

/// A picture (straight RGBA, row by row) as the network's input: over white, scaled as the manifest says, normalised. Gives the
/// shape and the numbers.
///
/// # Errors
/// [`PreprocessError::Pixels`].
pub fn image_tensor(
    manifest: &Manifest,
    width: u32,
    height: u32,
    rgba: &[u8],
) -> Result<([usize; 4], Vec<f32>), PreprocessError> {
    let expected = u128::from(width) * u128::from(height) * 4;
    if expected == 0 || expected != rgba.len() as u128 {
        return Err(PreprocessError::Pixels { width, height, found: rgba.len() });
    }
    let mut opaque = vec![0; rgba.len() / 4 * 3];
    for (pixel, &[r, g, b, a]) in opaque.as_chunks_mut::<3>().0.iter_mut().zip(rgba.as_chunks().0) {
        *pixel = [r, g, b];
        if a < 255 {
            let a = u32::from(a);
            *pixel = pixel.map(|value| ((u32::from(value) * a + 255 * (255 - a) + 127) / 255) as u8);
        }
    }
    let (width, height, side) = (width as usize, height as usize, manifest.size as usize);
    let pixels = match manifest.fit {
        Fit::Stretch => resize(&opaque, (width, height), (side, side), manifest.filter),
        Fit::Cover => {
            let shortest = manifest.shortest.unwrap_or(manifest.size) as usize;
            let longest = |long: usize, short: usize| {
                // A line of pixels must not become a picture of millions.
                (shortest * long / short).min(shortest * 64)
            };
            let scaled = if width <= height {
                (shortest, longest(height, width))
            } else {
                (longest(width, height), shortest)
            };
            let resized = resize(&opaque, (width, height), scaled, manifest.filter);
            let (left, top) = ((scaled.0 - side) / 2, (scaled.1 - side) / 2);
            let rows = resized.chunks_exact(scaled.0 * 3).skip(top).take(side);
            rows.flat_map(|row| &row[left * 3..(left + side) * 3]).copied().collect()
        }
    };
    // Of each channel's 256 values, each is worked out once.
    let tables: Vec<[f32; 256]> = (0..3)
        .map(|channel| {
            let (mean, std) = (manifest.mean[channel], manifest.std[channel]);
            std::array::from_fn(|value| (value as f32 / 255.0 - mean) / std)
        })
        .collect();
    let cells = side * side;
    Ok(match manifest.layout {
        Layout::Nchw => {
            let mut data = vec![0.0; 3 * cells];
            for (at, pixel) in pixels.as_chunks::<3>().0.iter().enumerate() {
                for (channel, value) in pixel.iter().enumerate() {
                    data[channel * cells + at] = tables[channel][usize::from(*value)];
                }
            }
            ([1, 3, side, side], data)
        }
        Layout::Nhwc => {
            let data = pixels.iter().enumerate().map(|(at, value)| tables[at % 3][usize::from(*value)]);
            ([1, side, side, 3], data.collect())
        }
    })
}

/// A text's rows of ids, one number a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextInputs {
    /// `input_ids`.
    pub ids: Vec<i64>,
    /// `attention_mask`: 1 for a token, 0 for filling.
    pub mask: Vec<i64>,
    /// How many are not filling.
    pub tokens: usize,
}

impl TextInputs {
    /// The row that a graph's input of this name takes; `token_type_ids` are zeros.
    pub fn row(&self, input: &str) -> Vec<i64> {
        match input {
            "input_ids" => self.ids.clone(),
            "attention_mask" => self.mask.clone(),
            _ => vec![0; self.ids.len()],
        }
    }
}

/// The most texts of one run.
const MOST_TEXTS: usize = 32;
/// The most tokens of one run, filling included: about 100 MB of MiniLM's intermediate results.
const MOST_TOKENS: usize = 4096;
/// What a run costs beside its tokens, in tokens: as measured with MiniLM in a page. Texts are filled up for less, never for more.
const RUN: usize = 8;

/// Which texts run together: places in `rows`, the shortest first, so that little is filled up. A network without
/// `attention_mask` sees filling as tokens (`masks` is false): there only texts of one length go together.
pub fn text_batches(rows: &[TextInputs], masks: bool) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| rows[at].ids.len());
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for at in order {
        let length = rows[at].ids.len();
        let joins = batches.last().is_some_and(|batch| {
            let longest = rows[batch[batch.len() - 1]].ids.len();
            batch.len() < MOST_TEXTS
                && (batch.len() + 1) * length <= MOST_TOKENS
                && batch.len() * (length - longest) <= if masks { RUN } else { 0 }
        });
        match batches.last_mut() {
            Some(batch) if joins => batch.push(at),
            _ => batches.push(vec![at]),
        }
    }
    batches
}

/// The rows of a batch, one after the other, as the graph's input of this name takes them, each filled up to `length`.
pub fn batch_input(rows: &[&TextInputs], input: &str, length: usize, padding: u32) -> Vec<i64> {
    let filling = if input == "input_ids" { i64::from(padding) } else { 0 };
    let mut values = Vec::with_capacity(rows.len() * length);
    for row in rows {
        values.extend(row.row(input));
        values.resize(values.len() + length - row.ids.len(), filling);
    }
    values
}

/// Tokenizes a text as the manifest says.
///
/// # Errors
/// Those of [`Tokenizer::encode`].
pub fn text_inputs(
    manifest: &Manifest,
    tokenizer: &Tokenizer,
    text: &str,
) -> Result<TextInputs, PreprocessError> {
    let mut ids = if manifest.prefix.is_empty() {
        tokenizer.encode(text, manifest.max_tokens)?
    } else {
        tokenizer.encode(&format!("{}{text}", manifest.prefix), manifest.max_tokens)?
    };
    let tokens = ids.len();
    let mut mask = vec![1; tokens];
    if manifest.fill {
        ids.resize(manifest.max_tokens, i64::from(tokenizer.padding()));
        mask.resize(manifest.max_tokens, 0);
    }
    Ok(TextInputs { ids, mask, tokens })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(length: usize) -> TextInputs {
        TextInputs { ids: vec![7; length], mask: vec![1; length], tokens: length }
    }

    #[test]
    fn texts_of_like_length_go_together_and_every_text_once() {
        let lengths: Vec<usize> = (0..100).map(|at| 3 + (at * 37) % 50).chain([400, 512]).collect();
        let rows: Vec<TextInputs> = lengths.iter().map(|length| row(*length)).collect();
        for masks in [true, false] {
            let batches = text_batches(&rows, masks);
            let mut all = batches.concat();
            all.sort_unstable();
            assert_eq!(all, (0..102).collect::<Vec<_>>());
            for batch in &batches {
                let longest = batch.iter().map(|at| lengths[*at]).max().unwrap();
                let shortest = batch.iter().map(|at| lengths[*at]).min().unwrap();
                let sum: usize = batch.iter().map(|at| lengths[*at]).sum();
                assert!(batch.len() <= 32 && batch.len() * longest - sum <= RUN * batch.len());
                assert!(masks || longest == shortest);
            }
        }
        assert!(text_batches(&rows, true).len() < 40 && text_batches(&rows, false).len() > 40);
        assert_eq!(text_batches(&vec![row(512); 20], true).len(), 3, "not more tokens than fit");
        assert!(text_batches(&[], true).is_empty());
    }

    #[test]
    fn a_batch_is_filled_with_the_padding_and_masked() {
        let rows = [row(2), row(3)];
        let rows: Vec<&TextInputs> = rows.iter().collect();
        assert_eq!(batch_input(&rows, "input_ids", 3, 9), [7, 7, 9, 7, 7, 7]);
        assert_eq!(batch_input(&rows, "attention_mask", 3, 9), [1, 1, 0, 1, 1, 1]);
        assert_eq!(batch_input(&rows, "token_type_ids", 3, 9), [0; 6]);
    }
}
