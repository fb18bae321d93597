//! Drift: evenly spaced streamlines in a noise field, after Jobard and Lefer (1997), with eddies.

use std::collections::{BTreeMap, HashMap};
use std::f64::consts::TAU;

use super::Facts;
use crate::{
    SIDE,
    noise::{Noise, cos, sin},
    palette::{Colour, Palette},
    random::Random,
    svg::{Drawing, Path},
};

const STEP: f64 = 4.0;

struct Eddy {
    x: f64,
    y: f64,
    turn: f64,
    radius: f64,
}

struct Field {
    noise: Noise,
    scale: f64,
    turns: f64,
    bias: f64,
    /// Directions are rounded to so many; 0 leaves them free.
    steps: i32,
    eddies: Vec<Eddy>,
}

impl Field {
    /// The unit direction of the flow.
    fn direction(&self, x: f64, y: f64) -> (f64, f64) {
        let mut angle =
            self.bias + (self.noise.at(x * self.scale, y * self.scale, 2) - 0.5) * TAU * self.turns;
        if self.steps > 0 {
            let steps = f64::from(self.steps);
            angle = (angle / TAU * steps).round() / steps * TAU;
        }
        let (mut dx, mut dy) = (cos(angle), sin(angle));
        for eddy in &self.eddies {
            let (ex, ey) = (x - eddy.x, y - eddy.y);
            let square = ex * ex + ey * ey;
            let strength =
                2.2 * eddy.radius * eddy.radius / (square + eddy.radius * eddy.radius * 0.5) * eddy.turn;
            let length = square.sqrt() + 0.001;
            dx += strength * -ey / length;
            dy += strength * ex / length;
        }
        let length = (dx * dx + dy * dy).sqrt() + 1e-9;
        (dx / length, dy / length)
    }
}

/// Points already drawn, in cells as wide as the spacing.
struct Taken {
    cell: f64,
    points: HashMap<(i32, i32), Vec<(f64, f64)>>,
}

impl Taken {
    fn key(&self, x: f64, y: f64) -> (i32, i32) {
        ((x / self.cell).floor() as i32, (y / self.cell).floor() as i32)
    }

    fn insert(&mut self, x: f64, y: f64) {
        self.points.entry(self.key(x, y)).or_default().push((x, y));
    }

    fn within(&self, x: f64, y: f64, distance: f64) -> bool {
        let (cx, cy) = self.key(x, y);
        (cx - 1..=cx + 1).any(|i| {
            (cy - 1..=cy + 1).any(|j| {
                self.points.get(&(i, j)).is_some_and(|cell| {
                    cell.iter().any(|p| {
                        let (ex, ey) = (p.0 - x, p.1 - y);
                        ex * ex + ey * ey < distance * distance
                    })
                })
            })
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Colouring {
    Region,
    Band,
    Mono,
}

pub(crate) fn draw(random: &mut Random, palette: &Palette, drawing: &mut Drawing) -> Facts {
    let spacing = random.pick(&[8.0, 11.0, 14.0, 19.0, 26.0]);
    let margin = random.pick(&[0.0, 0.0, 56.0]);
    let colouring = random.pick(&[Colouring::Region, Colouring::Region, Colouring::Band, Colouring::Mono]);
    let weight = random.between(0.38, 0.86);
    let longest = random.pick(&[40, 120, 260]);
    let mut field = Field {
        noise: Noise::new(random.seed()),
        scale: random.between(0.0011, 0.0034),
        turns: random.between(0.55, 1.5),
        bias: random.between(0.0, TAU),
        steps: random.pick(&[0, 0, 0, 8, 12]),
        eddies: Vec::new(),
    };
    for _ in 0..random.pick(&[0, 0, 1, 2]) {
        field.eddies.push(Eddy {
            x: random.between(200.0, 600.0),
            y: random.between(200.0, 600.0),
            turn: if random.odds(0.5) { 1.0 } else { -1.0 },
            radius: random.between(120.0, 260.0),
        });
    }
    let regions = Noise::new(random.seed());
    let (low, high) = if margin > 0.0 { (margin, SIDE - margin) } else { (-30.0, SIDE + 30.0) };

    let mut starts = Vec::new();
    let mut y = low;
    while y < high {
        let mut x = low;
        while x < high {
            starts.push((x + random.between(-3.0, 3.0), y + random.between(-3.0, 3.0)));
            x += spacing * 0.8;
        }
        y += spacing * 0.8;
    }
    random.shuffle(&mut starts);

    let mut taken = Taken { cell: spacing, points: HashMap::new() };
    let mut strokes: BTreeMap<(Colour, i32), Path> = BTreeMap::new();
    for start in starts {
        if taken.within(start.0, start.1, spacing) {
            continue;
        }
        let run = |sign: f64| {
            let mut line = Vec::new();
            let (mut x, mut y) = start;
            for _ in 0..longest {
                let (dx, dy) = field.direction(x, y);
                x += dx * STEP * sign;
                y += dy * STEP * sign;
                if x < low || y < low || x > high || y > high || taken.within(x, y, spacing * 0.92) {
                    break;
                }
                line.push((x, y));
            }
            line
        };
        let mut line = run(-1.0);
        line.reverse();
        line.push(start);
        line.extend(run(1.0));
        if line.len() < 6 {
            continue;
        }
        for &(x, y) in &line {
            taken.insert(x, y);
        }
        let middle = line[line.len() / 2];
        let fourth = |t: f64| palette.colours[(t.floor().clamp(0.0, 3.0)) as usize];
        let colour = match colouring {
            Colouring::Region => {
                let t = regions.at(middle.0 * 0.0042, middle.1 * 0.0042, 2);
                fourth((t - 0.24) / 0.52 * 4.0 + random.between(-0.45, 0.45))
            }
            Colouring::Band => fourth(middle.1 / SIDE * 4.0 + random.between(-0.4, 0.4)),
            Colouring::Mono if random.odds(0.06) => palette.colours[3],
            Colouring::Mono => palette.ink,
        };
        let thin = if random.odds(0.25) { random.between(0.35, 0.7) } else { 1.0 };
        let width = ((spacing * weight * thin).round() as i32).max(2);
        let path = strokes.entry((colour, width)).or_default();
        for (i, &(x, y)) in line.iter().step_by(2).enumerate() {
            if i == 0 {
                path.move_to(x, y)
            } else {
                path.line_to(x, y)
            };
        }
    }
    drawing.group("stroke-linecap=\"round\" stroke-linejoin=\"round\"");
    for ((colour, width), path) in &strokes {
        drawing.stroke(path, *colour, f64::from(*width));
    }
    vec![
        ("spacing", (if spacing > 15.0 { "wide" } else { "fine" }).into()),
        ("eddies", field.eddies.len().to_string()),
        (
            "colouring",
            (match colouring {
                Colouring::Region => "regions",
                Colouring::Band => "bands",
                Colouring::Mono => "mono",
            })
            .into(),
        ),
    ]
}
