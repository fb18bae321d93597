//! Writing SVG: coordinates to a tenth, nothing but what a strict viewer allows.

use std::fmt::Write;

use crate::palette::Colour;

/// A number rounded to a tenth, without a trailing `.0`.
pub(crate) struct Tenth(pub(crate) f64);

impl std::fmt::Display for Tenth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() as i64;
        if tenths < 0 {
            f.write_str("-")?;
        }
        let tenths = tenths.unsigned_abs();
        match tenths % 10 {
            0 => write!(f, "{}", tenths / 10),
            tenth => write!(f, "{}.{tenth}", tenths / 10),
        }
    }
}

/// The `d` of a path, as it grows.
#[derive(Clone, Default)]
pub(crate) struct Path(String);

impl Path {
    fn command(&mut self, name: char, numbers: &[f64]) -> &mut Self {
        self.0.push(name);
        for (i, &number) in numbers.iter().enumerate() {
            if i > 0 {
                self.0.push(' ');
            }
            let _ = write!(self.0, "{}", Tenth(number));
        }
        self
    }

    pub(crate) fn move_to(&mut self, x: f64, y: f64) -> &mut Self {
        self.command('M', &[x, y])
    }

    pub(crate) fn line_to(&mut self, x: f64, y: f64) -> &mut Self {
        self.command('L', &[x, y])
    }

    pub(crate) fn across(&mut self, dx: f64) -> &mut Self {
        self.command('h', &[dx])
    }

    pub(crate) fn down(&mut self, dy: f64) -> &mut Self {
        self.command('v', &[dy])
    }

    pub(crate) fn curve(&mut self, via: (f64, f64), to: (f64, f64)) -> &mut Self {
        self.command('Q', &[via.0, via.1, to.0, to.1])
    }

    /// Goes on smoothly: the control point is the last one mirrored in the current point.
    pub(crate) fn smooth_curve(&mut self, to: (f64, f64)) -> &mut Self {
        self.command('T', &[to.0, to.1])
    }

    pub(crate) fn arc(&mut self, radius: f64, clockwise: bool, to: (f64, f64)) -> &mut Self {
        self.command('A', &[radius, radius, 0.0, 0.0, f64::from(u8::from(clockwise)), to.0, to.1])
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.0.push('Z');
        self
    }

    /// A rectangle as a closed sub-path.
    pub(crate) fn rectangle(&mut self, x: f64, y: f64, width: f64, height: f64) -> &mut Self {
        self.move_to(x, y).across(width).down(height).across(-width).close()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A drawing on its ground.
pub(crate) struct Drawing {
    head: String,
    body: String,
    open_groups: usize,
}

impl Drawing {
    pub(crate) fn new(paper: Colour) -> Self {
        let head = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 800\" width=\"800\" height=\"800\">\
             <rect width=\"800\" height=\"800\" fill=\"{paper}\"/>"
        );
        Self { head, body: String::new(), open_groups: 0 }
    }

    /// Opens a group with these attributes around all that follows.
    pub(crate) fn group(&mut self, attributes: &str) {
        let _ = write!(self.body, "<g {attributes}>");
        self.open_groups += 1;
    }

    /// Keeps all that follows within a square frame.
    pub(crate) fn clip(&mut self, margin: f64) {
        let side = Tenth(crate::SIDE - 2.0 * margin);
        let margin = Tenth(margin);
        let _ = write!(
            self.body,
            "<clipPath id=\"frame\"><rect x=\"{margin}\" y=\"{margin}\" width=\"{side}\" height=\"{side}\"/></clipPath>"
        );
        self.group("clip-path=\"url(#frame)\"");
    }

    pub(crate) fn fill(&mut self, path: &Path, colour: Colour) {
        if !path.is_empty() {
            let _ = write!(self.body, "<path d=\"{}\" fill=\"{colour}\"/>", path.0);
        }
    }

    /// Fills by the even-odd rule, so that loops within loops are holes.
    pub(crate) fn fill_even_odd(&mut self, path: &Path, colour: Colour) {
        if !path.is_empty() {
            let _ = write!(self.body, "<path d=\"{}\" fill=\"{colour}\" fill-rule=\"evenodd\"/>", path.0);
        }
    }

    /// Fills and strokes a hair in the same colour, which hides the seam between neighbours.
    pub(crate) fn fill_seamless(&mut self, path: &Path, colour: Colour) {
        if !path.is_empty() {
            let _ = write!(self.body, "<path d=\"{}\" fill=\"{colour}\" stroke=\"{colour}\"/>", path.0);
        }
    }

    pub(crate) fn stroke(&mut self, path: &Path, colour: Colour, width: f64) {
        if !path.is_empty() {
            let _ = write!(
                self.body,
                "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{}\"/>",
                path.0,
                Tenth(width)
            );
        }
    }

    pub(crate) fn circle(&mut self, x: f64, y: f64, radius: f64, colour: Colour) {
        let _ = write!(
            self.body,
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\" fill=\"{colour}\"/>",
            Tenth(x),
            Tenth(y),
            Tenth(radius)
        );
    }

    /// Fills the frame's upper part with a smooth fall of colour.
    pub(crate) fn gradient(&mut self, height: f64, top: Colour, bottom: Colour) {
        let _ = write!(
            self.body,
            "<linearGradient id=\"sky\" x2=\"0\" y2=\"1\"><stop stop-color=\"{top}\"/>\
             <stop offset=\"1\" stop-color=\"{bottom}\"/></linearGradient>\
             <rect width=\"800\" height=\"{}\" fill=\"url(#sky)\"/>",
            Tenth(height)
        );
    }

    pub(crate) fn finish(mut self) -> String {
        for _ in 0..self.open_groups {
            self.body.push_str("</g>");
        }
        self.head + &self.body + "</svg>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_a_tenth_and_have_no_needless_digits() {
        for (number, text) in [(1.0, "1"), (-0.04, "0"), (-0.06, "-0.1"), (12.34, "12.3"), (99.96, "100")] {
            assert_eq!(Tenth(number).to_string(), text);
        }
    }
}
