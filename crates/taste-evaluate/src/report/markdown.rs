//! The table.

use std::fmt::Write as _;

use super::{Report, Row};

/// The report as Markdown.
pub(super) fn write(report: &Report) -> String {
    let mut text = format!("## {}\n\n", report.title);
    for line in &report.method {
        let _ = writeln!(text, "- {line}");
    }
    let _ = writeln!(
        text,
        "- {} split{}: seeds {}",
        report.seeds.len(),
        if report.seeds.len() == 1 { "" } else { "s" },
        list(&report.seeds)
    );
    let _ = writeln!(text, "- Data: {}\n", report.source);
    let mut lines = vec![HEAD.map(String::from)];
    lines.extend(report.rows.iter().map(cells));
    let widths: [usize; HEAD.len()] = std::array::from_fn(|column| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0).max(3)
    });
    for (at, line) in lines.iter().enumerate() {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let _ = if column < WORDS {
                write!(text, "| {cell:<width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
        }
        text.push_str("|\n");
        if at == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let _ = if column < WORDS {
                    write!(text, "| {:-<width$} ", "")
                } else {
                    write!(text, "| {:->1$}: ", "", width - 1)
                };
            }
            text.push_str("|\n");
        }
    }
    text
}

const HEAD: [&str; 11] =
    ["split", "model", "k", "measure", "value", "95 %", "± splits", "strong", "log loss", "ECE", "judged"];
/// The first columns hold words.
const WORDS: usize = 2;

fn cells(row: &Row) -> [String; HEAD.len()] {
    let optional =
        |value: Option<f64>, digits: usize| value.map_or(String::new(), |v| format!("{v:.digits$}"));
    [
        row.split.clone(),
        row.model.clone(),
        row.k.map_or(String::new(), |k| k.to_string()),
        row.measure.clone(),
        format!("{:.4}", row.value.value),
        format!("{:.3}–{:.3}", row.value.low, row.value.high),
        format!("{:.4}", row.value.between),
        optional(row.strong.map(|strong| strong.value), 3),
        optional(row.log_loss, 4),
        optional(row.ece, 4),
        row.judged.to_string(),
    ]
}

fn list(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}
