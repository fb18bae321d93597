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

/// A Markdown table with even columns. What does not depend on the person's own votes stands in one line, its k `any`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})\n", self.dataset, self.protocol)?;
        let mut lines = vec![HEAD.map(String::from), RULE.map(String::from)];
        for (at, row) in self.rows.iter().enumerate() {
            let alike = |other: &&Row| Row { k: row.k, ..(*other).clone() } == *row;
            if self.rows[..at].iter().any(|other| alike(&other)) {
                continue;
            }
            let of_model = |other: &&Row| other.model == row.model && other.split == row.split;
            let mut others = self.rows[at + 1..].iter().filter(of_model).peekable();
            let any = others.peek().is_some() && others.all(|other| alike(&other));
            let Row { model, k, split, accuracy, low, high, n, persons, log_loss, ece } = row;
            lines.push([
                split.clone(),
                model.clone(),
                if any { "any".into() } else { k.to_string() },
                format!("{accuracy:.4}"),
                format!("{low:.3}–{high:.3}"),
                format!("{log_loss:.4}"),
                format!("{ece:.3}"),
                n.to_string(),
                persons.to_string(),
            ]);
        }
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; HEAD.len()] = std::array::from_fn(width);
        for (at, line) in lines.iter().enumerate() {
            for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
                match (at, column < 2) {
                    (1, true) => write!(f, "| {:-<width$} ", "")?,
                    (1, false) => write!(f, "| {:->1$}: ", "", width - 1)?,
                    (_, true) => write!(f, "| {cell:<width$} ")?,
                    (_, false) => write!(f, "| {cell:>width$} ")?,
                }
            }
            writeln!(f, "|")?;
        }
        Ok(())
    }
}

const HEAD: [&str; 9] = ["split", "model", "k", "accuracy", "95 %", "log loss", "ECE", "votes", "persons"];
/// Its dashes are drawn to the columns' widths.
const RULE: [&str; 9] = ["", "", "--", "--", "--", "--", "--", "--", "--"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_own_votes_do_not_change_stands_in_one_line() {
        let row = |model: &str, k, accuracy| Row {
            model: model.into(),
            k,
            split: "all".into(),
            accuracy,
            low: 0.5,
            high: 0.75,
            n: 622,
            persons: 64,
            log_loss: 0.585,
            ece: 0.03,
        };
        let rows = vec![
            row("crowd", 0, 0.6639),
            row("crowd", 5, 0.6639),
            row("personal", 0, 0.6639),
            row("personal", 5, 0.6749),
        ];
        let report = Report { dataset: "websites".into(), protocol: "sessions".into(), rows };
        let expected = "\
websites (sessions)

| split | model    |   k | accuracy |        95 % | log loss |   ECE | votes | persons |
| ----- | -------- | --: | -------: | ----------: | -------: | ----: | ----: | ------: |
| all   | crowd    | any |   0.6639 | 0.500–0.750 |   0.5850 | 0.030 |   622 |      64 |
| all   | personal |   0 |   0.6639 | 0.500–0.750 |   0.5850 | 0.030 |   622 |      64 |
| all   | personal |   5 |   0.6749 | 0.500–0.750 |   0.5850 | 0.030 |   622 |      64 |
";
        assert_eq!(report.to_string(), expected);
    }
}
