//! Pebble: circles packed into a shape until nothing fits.

use std::f64::consts::{PI, TAU};

use super::Facts;
use crate::{
    SIDE,
    noise::{Noise, cos, sin},
    palette::Palette,
    random::Random,
    svg::{Drawing, Path},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Sheet,
    Disc,
    Slope,
    Pair,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fill {
    Solid,
    Moon,
    Rings,
    Mixed,
}

impl Shape {
    /// How large a circle at this place may be before it leaves the shape.
    fn room(self, x: f64, y: f64) -> f64 {
        let to = |cx: f64, cy: f64| ((x - cx) * (x - cx) + (y - cy) * (y - cy)).sqrt();
        match self {
            Self::Disc => 330.0 - to(400.0, 400.0),
            Self::Pair => (235.0 - to(265.0, 290.0)).max(165.0 - to(565.0, 545.0)),
            Self::Sheet => x.min(y).min(SIDE - x).min(SIDE - y) + 60.0,
            Self::Slope => x.min(y).min(SIDE - x).min(SIDE - y) - 40.0,
        }
    }
}

pub(crate) fn draw(random: &mut Random, palette: &Palette, drawing: &mut Drawing) -> Facts {
    let noise = Noise::new(random.seed());
    let largest = random.pick(&[40.0, 70.0, 110.0, 170.0]);
    let smallest: f64 = random.pick(&[3.0, 5.0, 8.0]);
    let gap = random.pick(&[1.5, 3.0, 6.0]);
    let shape = random.pick(&[Shape::Sheet, Shape::Disc, Shape::Slope, Shape::Pair, Shape::Sheet]);
    let fill = random.pick(&[Fill::Solid, Fill::Moon, Fill::Rings, Fill::Mixed, Fill::Solid]);
    let mut colours = palette.colours;
    random.shuffle(&mut colours);

    let mut stones: Vec<(f64, f64, f64)> = Vec::new();
    for attempt in 0..5200 {
        if stones.len() >= 950 {
            break;
        }
        let (x, y) = (random.between(-40.0, 840.0), random.between(-40.0, 840.0));
        let room = shape.room(x, y) - gap;
        if room < smallest {
            continue;
        }
        let wish = if shape == Shape::Slope {
            (largest * (y / SIDE) * (y / SIDE)).max(smallest + 1.0)
        } else {
            largest * (0.35 + 0.65 * noise.at(x * 0.004, y * 0.004, 1))
        };
        // The first stones are as large as they may be; the rest fill up at all sizes.
        let wish = if attempt < 60 { wish } else { wish * (0.25 + 0.75 * random.unit()) };
        let mut radius = room.min(wish);
        for &(cx, cy, r) in &stones {
            radius = radius.min(((cx - x) * (cx - x) + (cy - y) * (cy - y)).sqrt() - r - gap);
            if radius < smallest {
                break;
            }
        }
        if radius >= smallest {
            stones.push((x, y, radius));
        }
    }

    let tilt = random.between(0.0, TAU);
    for &(x, y, radius) in &stones {
        let mood = random.unit() * 0.5 + noise.at(x * 0.003 + 40.0, y * 0.003, 1) * 0.5;
        let share = [0.46, 0.74, 0.9, 1.0];
        let first = share.iter().position(|&s| mood * 1.25 - 0.12 < s).unwrap_or(3);
        let second = (first + 1 + random.below(3)) % 4;
        let (one, other) = (colours[first], colours[second]);
        let style = if fill == Fill::Mixed {
            random.pick(&[Fill::Solid, Fill::Solid, Fill::Moon, Fill::Rings])
        } else {
            fill
        };
        match style {
            Fill::Moon if radius >= 9.0 => {
                let angle = tilt + if random.odds(0.15) { PI } else { 0.0 };
                let (dx, dy) = (cos(angle) * radius, sin(angle) * radius);
                drawing.circle(x, y, radius, one);
                let mut half = Path::default();
                half.move_to(x - dx, y - dy).arc(radius, true, (x + dx, y + dy)).close();
                drawing.fill(&half, other);
            }
            Fill::Rings if radius >= 9.0 => {
                let rings = ((radius / 13.0).round() as u32).max(2);
                for ring in 0..rings {
                    let colour = match ring % 4 {
                        0 => one,
                        2 => other,
                        _ => palette.paper,
                    };
                    drawing.circle(x, y, radius * (1.0 - f64::from(ring) / f64::from(rings)), colour);
                }
            }
            _ => {
                let colour = if random.odds(0.05) { palette.ink } else { one };
                drawing.circle(x, y, radius, colour);
            }
        }
    }
    vec![
        ("stones", (if stones.len() > 400 { "many" } else { "few" }).into()),
        ("shape", format!("{shape:?}").to_lowercase()),
        ("fill", format!("{fill:?}").to_lowercase()),
    ]
}
