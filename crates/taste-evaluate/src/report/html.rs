//! The page: what was found, plots, the whole table. One file, no script, nothing loaded from anywhere.

use std::fmt::Write as _;

use super::{
    Report, Row,
    plot::{Line, escaped, lines, reliability},
};

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c1b19; --paper: #fbfaf7; --faint: #d9d5cc; --quiet: #6b675f;
  --c0: #0b6e6e; --c1: #b4541a; --c2: #5a4fa3; --c3: #8a6d00; --c4: #a0325c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ece9e2; --paper: #191816; --faint: #3b3833; --quiet: #a39d92;
  --c0: #4cc2bd; --c1: #ee9a62; --c2: #a79df0; --c3: #d8b83f; --c4: #ec7ba5; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
ul, p.source { color: var(--quiet); } ul { padding-left: 1.2rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .tick { fill: var(--quiet); }
.grid { stroke: var(--faint); stroke-width: 1; } .level { stroke: var(--quiet); stroke-dasharray: 4 4; fill: none; }
.line { fill: none; stroke-width: 2; } .band { opacity: .14; stroke: none; }
.line.l0 { stroke: var(--c0); } .line.l1 { stroke: var(--c1); } .line.l2 { stroke: var(--c2); } .line.l3 { stroke: var(--c3); } .line.l4 { stroke: var(--c4); }
.l0:not(.line) { fill: var(--c0); } .l1:not(.line) { fill: var(--c1); } .l2:not(.line) { fill: var(--c2); } .l3:not(.line) { fill: var(--c3); } .l4:not(.line) { fill: var(--c4); }
.table { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .875rem; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--faint); text-align: right; white-space: nowrap; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
";

pub(super) fn write(report: &Report) -> String {
    let title = escaped(&report.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n<ul>\n"
    );
    for line in &report.method {
        let _ = writeln!(page, "<li>{}</li>", escaped(line));
    }
    let seeds: Vec<String> = report.seeds.iter().map(u64::to_string).collect();
    let _ = writeln!(
        page,
        "<li>Seeds of the splits: {}. Values are means over the splits; an interval is one split's (bootstrap over persons), averaged.</li>\n</ul>",
        seeds.join(", ")
    );
    let _ = writeln!(page, "<h2>Value against votes known</h2>\n<div class=\"plots\">");
    for split in splits(report) {
        if let Some(plot) = against_k(report, split) {
            figure(&mut page, split, &plot);
        }
    }
    page += "</div>\n<h2>Reliability</h2>\n<div class=\"plots\">\n";
    for split in splits(report) {
        let own = report.rows.iter().filter(|row| row.split == split && !row.bins.is_empty());
        for row in own.clone().take(1).chain(own.skip(1).last()) {
            let k = row.k.map_or(String::new(), |k| format!(", k = {k}"));
            let ece = row.ece.map_or(String::new(), |ece| format!(", ECE {ece:.4}"));
            let words = format!("{split}, {}{k}{ece}", row.model);
            figure(&mut page, &words, &reliability(&words, &row.bins));
        }
    }
    page += "</div>\n<h2>All figures</h2>\n<div class=\"table\"><table>\n";
    page += "<tr><th>split<th>model<th>k<th>measure<th>value<th>95 %<th>± splits<th>strong<th>log loss<th>ECE<th>judged</tr>\n";
    report.rows.iter().for_each(|row| table_row(&mut page, row));
    let _ =
        writeln!(page, "</table></div>\n<p class=\"source\">Data: {}</p>\n</html>", escaped(&report.source));
    page
}

fn splits(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = vec![];
    for row in &report.rows {
        if !names.contains(&row.split.as_str()) {
            names.push(&row.split);
        }
    }
    names
}

/// Crowd and personal are one line, since the crowd is the person with no votes; what has no k, or only one, is a level.
fn against_k(report: &Report, split: &str) -> Option<String> {
    let rows: Vec<&Row> =
        report.rows.iter().filter(|row| row.split == split && row.measure != "RMSE").collect();
    let name = |row: &Row| if row.model == "crowd" { "personal".to_owned() } else { row.model.clone() };
    let mut found: Vec<Line> = vec![];
    for row in &rows {
        let Some(k) = row.k else { continue };
        let point = (k as f64, row.value.value, row.value.low, row.value.high);
        match found.iter_mut().find(|line| line.name == name(row)) {
            Some(line) => line.points.push(point),
            None => found.push(Line { name: name(row), points: vec![point] }),
        }
    }
    let (drawn, single): (Vec<Line>, Vec<Line>) = found.into_iter().partition(|line| line.points.len() > 1);
    let levels: Vec<(String, f64)> = rows
        .iter()
        .filter(|row| row.k.is_none())
        .map(|row| (row.model.clone(), row.value.value))
        .chain(single.into_iter().map(|line| (line.name, line.points[0].1)))
        .collect();
    (!rows.is_empty()).then(|| lines(split, &drawn, &levels))
}

fn figure(page: &mut String, caption: &str, plot: &str) {
    let _ = writeln!(page, "<figure><figcaption>{}</figcaption>{plot}</figure>", escaped(caption));
}

fn table_row(page: &mut String, row: &Row) {
    let optional =
        |value: Option<f64>, digits: usize| value.map_or(String::new(), |v| format!("{v:.digits$}"));
    let _ = writeln!(
        page,
        "<tr><td>{}<td>{}<td>{}<td>{}<td>{:.4}<td>{:.3}–{:.3}<td>{:.4}<td>{}<td>{}<td>{}<td>{}</tr>",
        escaped(&row.split),
        escaped(&row.model),
        row.k.map_or(String::new(), |k| k.to_string()),
        escaped(&row.measure),
        row.value.value,
        row.value.low,
        row.value.high,
        row.value.between,
        optional(row.strong.map(|strong| strong.value), 3),
        optional(row.log_loss, 4),
        optional(row.ece, 4),
        row.judged
    );
}
