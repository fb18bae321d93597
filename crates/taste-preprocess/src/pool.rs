//! A network's output to the numbers of an embedding.

use crate::{
    error::PreprocessError,
    manifest::{Manifest, Pooling},
};

/// `[1, d]` (or `[1, d, 1, 1]`) as it is; `[1, t, d]` pooled as the manifest says. `tokens`: how many of the rows are not
/// filling; 0 where every row counts.
///
/// # Errors
/// [`PreprocessError::Output`] for another shape.
pub fn pooled(
    manifest: &Manifest,
    shape: &[usize],
    data: &[f32],
    tokens: usize,
) -> Result<Vec<f32>, PreprocessError> {
    let dimension = manifest.dimension;
    let rows = match *shape {
        [1, d] | [1, d, 1, 1] if d == dimension => 1,
        [1, t, d] if d == dimension && t > 0 && tokens <= t => match (manifest.pooling, tokens) {
            (Pooling::First, _) => 1,
            (Pooling::Mean, 0) => t,
            (Pooling::Mean, tokens) => tokens,
        },
        _ => 0,
    };
    if rows == 0 || data.len() < rows * dimension {
        return Err(PreprocessError::Output {
            expected: format!("an embedding of {dimension} numbers, or a row of them a token"),
            found: format!(
                "a result of shape [{}]",
                shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
            ),
        });
    }
    Ok((0..dimension)
        .map(|column| {
            let sum: f64 = (0..rows).map(|row| f64::from(data[row * dimension + column])).sum();
            (sum / rows as f64) as f32
        })
        .collect())
}

/// The same for every row of a batch: `tokens` has how many of each are not filling.
///
/// # Errors
/// Those of [`pooled`].
pub fn pooled_each(
    manifest: &Manifest,
    shape: &[usize],
    data: &[f32],
    tokens: &[usize],
) -> Result<Vec<Vec<f32>>, PreprocessError> {
    let one = match shape {
        [count, sides @ ..] if *count == tokens.len() => [&[1], sides].concat(),
        _ => shape.to_vec(),
    };
    let size: usize = one.iter().product();
    tokens
        .iter()
        .enumerate()
        .map(|(at, tokens)| pooled(manifest, &one, data.get(at * size..).unwrap_or_default(), *tokens))
        .collect()
}

/// The mean of rows of equal length: a sound's of its patches. No rows have no numbers.
pub fn mean(rows: &[Vec<f32>]) -> Vec<f32> {
    let columns = rows.first().map_or(0, Vec::len);
    (0..columns)
        .map(|column| {
            let sum: f64 = rows.iter().map(|row| f64::from(row[column])).sum();
            (sum / rows.len() as f64) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filling_is_not_averaged_and_the_first_row_is_the_first() {
        let json = r#"{"kind": "image", "model": "m.onnx", "dimension": 2}"#;
        let mean = Manifest::parse(json).unwrap();
        let first = Manifest { pooling: Pooling::First, ..mean.clone() };
        let data = [1.0, 2.0, 3.0, 6.0, 100.0, 100.0];
        assert_eq!(pooled(&mean, &[1, 3, 2], &data, 2).unwrap(), [2.0, 4.0]);
        assert_eq!(pooled(&first, &[1, 3, 2], &data, 2).unwrap(), [1.0, 2.0]);
        assert_eq!(pooled(&mean, &[1, 2], &data[..2], 0).unwrap(), [1.0, 2.0]);
        assert_eq!(pooled_each(&mean, &[3, 1, 2], &data, &[1, 1, 1]).unwrap()[1], [3.0, 6.0]);
        assert_eq!(pooled_each(&first, &[1, 3, 2], &data, &[2]).unwrap(), [[1.0, 2.0]]);
        assert_eq!(
            pooled_each(&mean, &[2, 3, 2], &data, &[1, 1]).unwrap_err().code(),
            "PreprocessError::Output"
        );
        assert_eq!(pooled(&mean, &[1, 3], &data[..3], 0).unwrap_err().code(), "PreprocessError::Output");
        assert_eq!(pooled(&mean, &[1, 1, 2], &data[..2], 5).unwrap_err().code(), "PreprocessError::Output");
    }
}
