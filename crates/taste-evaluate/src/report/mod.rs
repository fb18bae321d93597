//! What an evaluation found: data (JSON), a table (Markdown), and a page with plots (HTML).

mod html;
mod markdown;
mod plot;

use serde::{Deserialize, Serialize};

use crate::tally::{BINS, Bin, Estimate, Tally, calibration_error};

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

impl Row {
    /// Pair accuracy over the splits of these seeds, each with its tally. Where the predictions are no `probabilities`, only who
    /// is preferred was told, and there is nothing to calibrate.
    pub fn of_splits(
        (split, model, k): (&str, &str, Option<usize>),
        tallies: &[&Tally],
        seeds: &[u64],
        resamples: usize,
        probabilities: bool,
    ) -> Self {
        let each = |of: &dyn Fn(&Tally, u64) -> Option<Estimate>| -> Option<Vec<Estimate>> {
            tallies.iter().zip(seeds).map(|(tally, seed)| of(tally, *seed)).collect()
        };
        let accuracies = each(&|tally, seed| Some(tally.accuracy(resamples, seed))).unwrap_or_default();
        let mean = |of: fn(&Tally) -> f64| {
            probabilities.then(|| tallies.iter().map(|tally| of(tally)).sum::<f64>() / tallies.len() as f64)
        };
        let mut bins = vec![];
        if probabilities {
            bins.resize(BINS, Bin::default());
            for (bin, more) in tallies.iter().flat_map(|tally| tally.bins().into_iter().enumerate()) {
                bins[bin].count += more.count;
                bins[bin].predicted += more.predicted;
                bins[bin].happened += more.happened;
            }
        }
        Self {
            split: split.into(),
            model: model.into(),
            k,
            measure: "pair accuracy".into(),
            value: Estimate::over(&accuracies),
            strong: each(&|tally, seed| tally.strong_accuracy(resamples, seed))
                .map(|each| Estimate::over(&each)),
            log_loss: mean(|tally| tally.log_loss()),
            ece: mean(|tally| calibration_error(&tally.bins())),
            bins,
            judged: tallies.iter().map(|tally| tally.pairs()).sum(),
            persons: tallies.iter().map(|tally| tally.persons()).sum::<usize>() / tallies.len().max(1),
        }
    }
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
