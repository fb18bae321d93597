//! What an evaluation found: data (JSON), a table (Markdown), and a page with plots (HTML).

mod html;
mod markdown;
mod plot;

use serde::{Deserialize, Serialize};

use crate::tally::{Bin, Estimate};

/// A report on one data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The protocol's name.
    pub protocol: String,
    /// What the data are.
    pub title: String,
    /// Whose data they are, and on what terms.
    pub source: String,
    /// How they were split, and what was chosen on whom.
    pub method: Vec<String>,
    /// Seeds of the splits.
    pub seeds: Vec<u64>,
    /// The findings.
    pub rows: Vec<Row>,
}

/// One way of predicting, on one part of the data, with so many votes known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Which part: `warm`, `cold`, …
    pub split: String,
    /// Which way of predicting.
    pub model: String,
    /// How many votes were known (the person's own; or the round's); none where it does not matter.
    pub k: Option<usize>,
    /// `pair accuracy`, `Pearson`, `RMSE`.
    pub measure: String,
    /// The value.
    pub value: Estimate,
    /// The same over clearly different pairs.
    pub strong: Option<Estimate>,
    /// Mean −ln P of what happened; none where no probability is predicted.
    pub log_loss: Option<f64>,
    /// Expected calibration error.
    pub ece: Option<f64>,
    /// The reliability diagram; empty where no probability is predicted.
    pub bins: Vec<Bin>,
    /// Pairs (or candidates) judged, over all splits.
    pub judged: usize,
    /// Persons a split.
    pub persons: usize,
}

impl Report {
    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report is plain data")
    }

    /// As Markdown.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }

    /// As one self-contained page: no script, nothing loaded.
    pub fn html(&self) -> String {
        html::write(self)
    }

    /// The row of that split, model and k.
    pub fn row(&self, split: &str, model: &str, k: Option<usize>) -> Option<&Row> {
        self.rows.iter().find(|row| row.split == split && row.model == model && row.k == k)
    }
}
