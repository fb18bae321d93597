//! What an evaluation found, as JSON and as a table.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An evaluation. As JSON: `{"dataset":…,"protocol":…,"rows":[{"model":…,"k":…,"split":…,"accuracy":…,…}]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// What was evaluated on, as the caller names it.
    pub dataset: String,
    /// How: `sessions`.
    pub protocol: String,
    /// One row a model, k and split.
    pub rows: Vec<Row>,
}

/// How well one way of predicting did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// `floor`, `bradley-terry`, `crowd` or `personal`.
    pub model: String,
    /// How many of the person's own votes were known.
    pub k: usize,
    /// `all`; or, from a model that never saw votes on some candidates, `warm` (both known) and `cold` (one or both not).
    pub split: String,
    /// Share predicted right, of each person, averaged over persons.
    pub accuracy: f64,
    /// Lower end of its 95 % interval (bootstrap over persons).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Votes predicted.
    pub n: usize,
    /// Persons.
    pub persons: usize,
    /// Mean −ln P of what was said; a coin has 0.693.
    pub log_loss: f64,
    /// Expected calibration error, ten bins.
    pub ece: f64,
}

impl Report {
    /// The row of that model, k and split.
    pub fn row(&self, model: &str, k: usize, split: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.model == model && row.k == k && row.split == split)
    }
}

/// A Markdown table.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})\n", self.dataset, self.protocol)?;
        writeln!(f, "| split | model | k | accuracy | 95 % | log loss | ECE | votes | persons |")?;
        writeln!(f, "|---|---|--:|--:|---|--:|--:|--:|--:|")?;
        for row in &self.rows {
            let Row { model, k, split, accuracy, low, high, n, persons, log_loss, ece } = row;
            writeln!(
                f,
                "| {split} | {model} | {k} | {accuracy:.4} | {low:.3}–{high:.3} | {log_loss:.4} | {ece:.3} | {n} | {persons} |"
            )?;
        }
        Ok(())
    }
}
