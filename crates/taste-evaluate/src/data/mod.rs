//! The public data sets, read as their folder's README describes them. Nothing of them is in the project.

pub mod adparaphrase;
pub mod jester;
pub mod movielens;
pub mod nycc;
pub mod webaesthetics;

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use crate::error::EvaluateError;

/// A file's text, unzipped where its name ends in `.gz`.
pub(crate) fn text(path: &Path) -> Result<String, EvaluateError> {
    let file = File::open(path).map_err(EvaluateError::file(path))?;
    let mut text = String::new();
    let read = if path.extension().is_some_and(|ending| ending == "gz") {
        GzDecoder::new(file).read_to_string(&mut text)
    } else {
        { file }.read_to_string(&mut text)
    };
    read.map_err(EvaluateError::file(path))?;
    Ok(text)
}

/// The rows of a CSV with a head, each by a function that gets its fields.
pub(crate) fn csv<T>(
    path: &Path,
    head: &[&str],
    row: impl Fn(&[&str]) -> Option<T>,
) -> Result<Vec<T>, EvaluateError> {
    let text = text(path)?;
    let wrong = |line: usize, message: String| EvaluateError::Line { path: path.into(), line, message };
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| wrong(1, error.to_string()))?;
    if !names.iter().eq(head.iter().copied()) {
        return Err(wrong(1, format!("the head is not {}", head.join(","))));
    }
    let mut rows = vec![];
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|error| wrong(at + 2, error.to_string()))?;
        let fields: Vec<&str> = record.iter().collect();
        rows.push(row(&fields).ok_or_else(|| wrong(at + 2, format!("cannot read {}", fields.join(","))))?);
    }
    Ok(rows)
}

/// The lines of a JSONL.
pub(crate) fn json_lines(path: &Path) -> Result<Vec<serde_json::Value>, EvaluateError> {
    let wrong =
        |line: usize, message: String| EvaluateError::Line { path: PathBuf::from(path), line, message };
    text(path)?
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| serde_json::from_str(line).map_err(|error| wrong(at + 1, error.to_string())))
        .collect()
}
