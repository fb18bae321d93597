//! Plots as inline SVG: lines with intervals, and reliability. Colours and type come from the page's style; nothing moves.

use std::fmt::Write as _;

use crate::tally::Bin;

/// Width and height of a plot, in its own units.
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 320.0;
/// Room for the axes' words.
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 44.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 120.0;

/// A line of a plot: its name, and points (x, value, low, high).
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64, f64, f64)>,
}

/// A place on the paper for numbers in a range.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn at(&self, value: f64) -> f64 {
        let span = if self.high > self.low { self.high - self.low } else { 1.0 };
        self.from + (value - self.low) / span * (self.to - self.from)
    }

    /// Round numbers inside the range, four to eight of them.
    fn ticks(&self) -> Vec<f64> {
        let span = (self.high - self.low).max(1e-9);
        let power = libm::pow(10.0, libm::floor(libm::log10(span / 4.0)));
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|times| times * power)
            .find(|step| span / step <= 8.0)
            .unwrap_or(power);
        let first = libm::ceil(self.low / step - 1e-9);
        (0..9)
            .map(|i| (first + f64::from(i)) * step)
            .filter(|tick| *tick <= self.high + 1e-9 * span)
            .collect()
    }
}

/// Text that may stand in HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Value against k. Votes are drawn at equal distances of ln(1 + k), since the first ones matter most.
pub(super) fn lines(title: &str, lines: &[Line], levels: &[(String, f64)]) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let x_of = |k: f64| libm::log1p(k);
    let most = points().map(|point| point.0).fold(1.0, f64::max);
    let values = points().flat_map(|p| [p.2, p.3]).chain(levels.iter().map(|level| level.1));
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = if low.is_finite() { (low - 0.005, high + 0.005) } else { (0.0, 1.0) };
    let x = Axis { low: 0.0, high: x_of(most), from: LEFT + 10.0, to: WIDTH - RIGHT };
    let y = Axis { low, high, from: HEIGHT - BOTTOM, to: TOP };
    let mut svg = open(title);
    for tick in y.ticks() {
        grid(&mut svg, &y, tick, &format!("{tick:.3}"));
    }
    let mut ks: Vec<f64> = points().map(|point| point.0).collect();
    ks.sort_by(f64::total_cmp);
    ks.dedup();
    for k in ks {
        let at = x.at(x_of(k));
        let _ = write!(
            svg,
            r#"<text class="tick" x="{at:.1}" y="{:.1}" text-anchor="middle">{k}</text>"#,
            HEIGHT - BOTTOM + 18.0
        );
    }
    label(&mut svg, "votes known (k)");
    for (name, level) in levels {
        let at = y.at(*level);
        let _ = write!(
            svg,
            r#"<path class="level" d="M{LEFT} {at:.1}H{:.1}"/><text class="name" x="{:.1}" y="{:.1}">{}</text>"#,
            WIDTH - RIGHT,
            WIDTH - RIGHT + 6.0,
            at + 4.0,
            escaped(name)
        );
    }
    for (number, line) in lines.iter().enumerate() {
        let class = format!("line l{}", number % 5);
        let place = |k: f64, value: f64| format!("{:.1} {:.1}", x.at(x_of(k)), y.at(value));
        if line.points.len() > 1 {
            let above = line.points.iter().map(|p| place(p.0, p.3));
            let below = line.points.iter().rev().map(|p| place(p.0, p.2));
            let _ = write!(
                svg,
                r#"<path class="band l{}" d="M{}Z"/>"#,
                number % 5,
                above.chain(below).collect::<Vec<_>>().join("L")
            );
        }
        let path: Vec<String> = line.points.iter().map(|p| place(p.0, p.1)).collect();
        let _ = write!(svg, r#"<path class="{class}" d="M{}"/>"#, path.join("L"));
        for point in &line.points {
            let _ = write!(
                svg,
                r#"<circle class="dot l{}" cx="{:.1}" cy="{:.1}" r="3"><title>{}, k = {}: {:.4} ({:.3}–{:.3})</title></circle>"#,
                number % 5,
                x.at(x_of(point.0)),
                y.at(point.1),
                escaped(&line.name),
                point.0,
                point.1,
                point.2,
                point.3
            );
        }
        if let Some(last) = line.points.last() {
            let _ = write!(
                svg,
                r#"<text class="name l{}" x="{:.1}" y="{:.1}">{}</text>"#,
                number % 5,
                x.at(x_of(last.0)) + 8.0,
                y.at(last.1) + 4.0,
                escaped(&line.name)
            );
        }
    }
    svg + "</svg>"
}

/// Predicted probability against frequency; the area of a dot is how often it was predicted.
pub(super) fn reliability(title: &str, bins: &[Bin]) -> String {
    let x = Axis { low: 0.0, high: 1.0, from: LEFT + 10.0, to: LEFT + 10.0 + HEIGHT - BOTTOM - TOP };
    let y = Axis { low: 0.0, high: 1.0, from: HEIGHT - BOTTOM, to: TOP };
    let mut svg = open(title);
    for tick in y.ticks() {
        grid(&mut svg, &y, tick, &format!("{tick:.1}"));
        let _ = write!(
            svg,
            r#"<text class="tick" x="{:.1}" y="{:.1}" text-anchor="middle">{tick:.1}</text>"#,
            x.at(tick),
            HEIGHT - BOTTOM + 18.0
        );
    }
    label(&mut svg, "predicted probability; upwards, how often it happened");
    let _ = write!(
        svg,
        r#"<path class="level" d="M{:.1} {:.1}L{:.1} {:.1}"/>"#,
        x.at(0.0),
        y.at(0.0),
        x.at(1.0),
        y.at(1.0)
    );
    let most = bins.iter().map(|bin| bin.count).fold(1.0, f64::max);
    for bin in bins.iter().filter(|bin| bin.count > 0.0) {
        let (predicted, happened) = (bin.predicted / bin.count, bin.happened / bin.count);
        let _ = write!(
            svg,
            r#"<circle class="dot l0" cx="{:.1}" cy="{:.1}" r="{:.1}"><title>predicted {predicted:.3}, happened {happened:.3}, {:.0} times</title></circle>"#,
            x.at(predicted),
            y.at(happened),
            2.0 + 6.0 * libm::sqrt(bin.count / most),
            bin.count
        );
    }
    svg + "</svg>"
}

fn open(title: &str) -> String {
    let title = escaped(title);
    format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title>"#)
}

fn grid(svg: &mut String, y: &Axis, tick: f64, words: &str) {
    let at = y.at(tick);
    let _ = write!(
        svg,
        r#"<path class="grid" d="M{LEFT} {at:.1}H{:.1}"/><text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{words}</text>"#,
        WIDTH - RIGHT,
        LEFT - 6.0,
        at + 4.0
    );
}

fn label(svg: &mut String, words: &str) {
    let _ = write!(
        svg,
        r#"<text class="tick" x="{:.1}" y="{:.1}" text-anchor="middle">{words}</text>"#,
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 8.0
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_inside_the_range() {
        let ticks = |low, high| Axis { low, high, from: 0.0, to: 1.0 }.ticks();
        let found: Vec<String> = ticks(0.613, 0.662).iter().map(|tick| format!("{tick:.2}")).collect();
        assert_eq!(found, ["0.62", "0.63", "0.64", "0.65", "0.66"]);
        assert_eq!(ticks(0.0, 1.0).len(), 6);
        assert!(ticks(0.5, 0.5).len() <= 9);
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        assert_eq!(escaped("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
        let line = Line { name: "<script>".into(), points: vec![(5.0, 0.6, 0.5, 0.7)] };
        assert!(!lines("t", &[line], &[]).contains("<script>"));
    }

    #[test]
    fn nothing_to_draw_is_an_empty_plot() {
        assert!(lines("t", &[], &[]).ends_with("</svg>"));
        assert!(reliability("t", &[Bin::default()]).ends_with("</svg>"));
    }
}
