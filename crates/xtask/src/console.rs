//! What a task shows while it works: one line per step, with a moving spinner at a terminal and nothing but the
//! finished line elsewhere (continuous integration, pipes).

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A step under way. Finished with [`Step::done`]; dropped without it, the line disappears (the failure speaks).
pub(crate) struct Step {
    name: String,
    started: Instant,
    bar: ProgressBar,
}

impl Step {
    pub(crate) fn start(name: impl Into<String>) -> Self {
        let name = name.into();
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg:.dim}")
                .expect("the template is constant"),
        );
        bar.set_prefix(name.clone());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { name, started: Instant::now(), bar }
    }

    /// Shows the last thing that the program underneath said.
    pub(crate) fn says(&self, line: &str) {
        // No terminal is wider, and some programs print megabytes in a line.
        let plain: String = line.chars().filter(|c| !c.is_control()).take(500).collect();
        self.bar.set_message(plain.trim().to_owned());
    }

    /// A bar with a known length replaces the spinner from here on.
    pub(crate) fn progress(&self, done: u64, of: u64) {
        if self.bar.length() != Some(of) {
            self.bar.set_style(
                ProgressStyle::with_template(
                    "{spinner} {prefix} {elapsed} [{bar:30}] {pos}/{len} {wide_msg:.dim}",
                )
                .expect("the template is constant"),
            );
            self.bar.set_length(of);
        }
        self.bar.set_position(done);
    }

    /// Ends the step and leaves one line: what it was, what came of it, how long it took.
    pub(crate) fn done(self, result: &str) {
        self.finish("✓", result);
    }

    /// Ends a step that found its work done before.
    pub(crate) fn unchanged(self) {
        self.finish("·", "unchanged");
    }

    /// Ends a step that failed, where the task goes on to the next one.
    pub(crate) fn failed(self, result: &str) {
        self.finish("✗", result);
    }

    fn finish(self, mark: &str, result: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.bar.finish_and_clear();
        let time = if seconds < 0.05 { String::new() } else { format!("  {seconds:.1} s") };
        let result = if result.is_empty() { String::new() } else { format!("  {result}") };
        println!("{mark} {}{result}{time}", self.name);
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A table with right-aligned columns after the first.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let mut text = String::new();
        for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.chars().count());
            let gap = if column == 0 { "" } else { "  " };
            if column == 0 {
                text.push_str(&format!("{gap}{cell}{space}"));
            } else {
                text.push_str(&format!("{gap}{space}{cell}"));
            }
        }
        println!("{}", text.trim_end());
    };
    line(&header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    for row in rows {
        line(row);
    }
}

/// `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_by_commas() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }
}
