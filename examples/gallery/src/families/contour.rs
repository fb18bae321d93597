//! Contour: level lines or bands of a warped landscape, or a maze grown by repeated differences of blurs.

use std::collections::{BTreeMap, HashSet};

use super::Facts;
use crate::{
    SIDE,
    noise::Noise,
    palette::{Colour, Palette},
    random::Random,
    svg::{Drawing, Path},
};

/// How far the landscape reaches beyond the frame, so that loops close outside of it.
const BLEED: f64 = 18.0;

/// Heights on a square grid of `cells + 1` points a side.
struct Landscape {
    cells: usize,
    heights: Vec<f64>,
}

/// An edge of the grid: a cell's corner and whether the edge runs across.
type Edge = (usize, usize, bool);

impl Landscape {
    fn flat(cells: usize) -> Self {
        Self { cells, heights: vec![0.0; (cells + 1) * (cells + 1)] }
    }

    fn side(&self) -> usize {
        self.cells + 1
    }

    /// The height at a point; the outermost points lie below every level, so that each loop closes.
    fn height(&self, i: usize, j: usize) -> f64 {
        if i == 0 || j == 0 || i >= self.cells || j >= self.cells {
            -9.0
        } else {
            self.heights[j * self.side() + i]
        }
    }

    /// Where the level crosses an edge, in SVG units.
    fn crossing(&self, (i, j, across): Edge, level: f64) -> (f64, f64) {
        let from = self.height(i, j);
        let to = if across { self.height(i + 1, j) } else { self.height(i, j + 1) };
        let t = ((level - from) / (to - from)).clamp(0.02, 0.98);
        let (x, y) = if across { (i as f64 + t, j as f64) } else { (i as f64, j as f64 + t) };
        let scale = (SIDE + 2.0 * BLEED) / self.cells as f64;
        (x * scale - BLEED, y * scale - BLEED)
    }

    /// The closed loops at a level, by marching squares.
    fn loops(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let mut neighbours: BTreeMap<Edge, Vec<Edge>> = BTreeMap::new();
        for j in 0..self.cells {
            for i in 0..self.cells {
                let above = |i, j| u8::from(self.height(i, j) > level);
                let case =
                    above(i, j) | above(i + 1, j) << 1 | above(i + 1, j + 1) << 2 | above(i, j + 1) << 3;
                let (top, right) = ((i, j, true), (i + 1, j, false));
                let (bottom, left) = ((i, j + 1, true), (i, j, false));
                let links: &[(Edge, Edge)] = match case {
                    1 | 14 => &[(left, top)],
                    2 | 13 => &[(top, right)],
                    4 | 11 => &[(right, bottom)],
                    7 | 8 => &[(bottom, left)],
                    3 | 12 => &[(left, right)],
                    6 | 9 => &[(top, bottom)],
                    5 => &[(left, bottom), (top, right)],
                    10 => &[(left, top), (right, bottom)],
                    _ => &[],
                };
                for &(a, b) in links {
                    neighbours.entry(a).or_default().push(b);
                    neighbours.entry(b).or_default().push(a);
                }
            }
        }
        let mut seen = HashSet::new();
        let mut loops = Vec::new();
        for &start in neighbours.keys() {
            let mut points = Vec::new();
            let mut edge = start;
            while seen.insert(edge) {
                points.push(self.crossing(edge, level));
                match neighbours[&edge].iter().find(|next| !seen.contains(*next)) {
                    Some(&next) => edge = next,
                    None => break,
                }
            }
            if points.len() > 4 {
                loops.push(points);
            }
        }
        loops
    }

    /// The loops at a level as smooth closed curves through the middles of their sides.
    fn curves(&self, level: f64) -> Path {
        let mut path = Path::default();
        for points in self.loops(level) {
            let middle = |a: (f64, f64), b: (f64, f64)| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            let start = middle(points[points.len() - 1], points[0]);
            path.move_to(start.0, start.1);
            for (i, &point) in points.iter().enumerate() {
                let to = middle(point, points[(i + 1) % points.len()]);
                // Through the middles, each control point is the mirror of the last, which halves the file;
                // every eighth is written out, so that rounding to tenths cannot add up.
                if i % 8 == 0 {
                    path.curve(point, to)
                } else {
                    path.smooth_curve(to)
                };
            }
            path.close();
        }
        path
    }

    /// Box blur along one axis; the grid wraps around.
    fn blurred(&self, radius: usize, along_columns: bool) -> Self {
        let n = self.side();
        let width = (2 * radius + 1) as f64;
        let index = |line: usize, k: usize| if along_columns { k * n + line } else { line * n + k };
        let mut out = Self::flat(self.cells);
        for line in 0..n {
            let at = |k: usize| self.heights[index(line, k % n)];
            let mut sum: f64 = (0..=2 * radius).map(|k| at(k + n - radius)).sum();
            for k in 0..n {
                out.heights[index(line, k)] = sum / width;
                sum += at(k + radius + 1) - at(k + n - radius);
            }
        }
        out
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Lines,
    Bands,
    Maze,
}

fn hills(random: &mut Random) -> (Landscape, f64, f64) {
    let noise = Noise::new(random.seed());
    let scale = random.between(1.6, 3.6);
    let warp = random.between(0.0, 1.6);
    let islands: Vec<_> = (0..random.whole(0, 4))
        .map(|_| (random.between(0.15, 0.85), random.between(0.15, 0.85), random.between(0.08, 0.3)))
        .collect();
    let mut land = Landscape::flat(100);
    let n = land.side();
    let (mut low, mut high) = (f64::MAX, f64::MIN);
    for j in 0..n {
        for i in 0..n {
            let (x, y) = (i as f64 / 100.0, j as f64 / 100.0);
            let wx = noise.at(x * 2.0 + 5.0, y * 2.0, 2) - 0.5;
            let wy = noise.at(x * 2.0, y * 2.0 + 9.0, 2) - 0.5;
            let mut height = noise.at(x * scale + wx * warp, y * scale + wy * warp, 2);
            for &(a, b, r) in &islands {
                height += 0.55 / (1.0 + ((x - a) * (x - a) + (y - b) * (y - b)) / (r * r));
            }
            land.heights[j * n + i] = height;
            low = low.min(height);
            high = high.max(height);
        }
    }
    (land, low, high)
}

/// A maze of even grain: twelve rounds of sharpening noise between two blurs, a cheap relative of
/// reaction–diffusion (Turing 1952).
fn maze(random: &mut Random) -> (Landscape, &'static str, &'static str) {
    let mut land = Landscape::flat(116);
    for height in &mut land.heights {
        *height = random.unit() - 0.5;
    }
    let grain = random.pick(&[1, 2, 2, 3]);
    let bias = random.pick(&[-0.7, 0.0, 0.0, 0.6]);
    let pull = random.pick(&[0, 0, 1, 2]);
    let smooth = |land: &Landscape, radius: usize| {
        (0..2).fold(Landscape { cells: land.cells, heights: land.heights.clone() }, |land, _| {
            land.blurred(radius + usize::from(pull == 1), false)
                .blurred(radius + usize::from(pull == 2), true)
        })
    };
    for _ in 0..12 {
        let (near, far) = (smooth(&land, grain), smooth(&land, grain * 2 + 1));
        for ((height, near), far) in land.heights.iter_mut().zip(&near.heights).zip(&far.heights) {
            *height = ((near - far) * 9.0 + bias * 0.25).clamp(-1.0, 1.0);
        }
    }
    let land = land.blurred(1, false).blurred(1, true);
    (land, if grain > 1 { "coarse" } else { "fine" }, if pull > 0 { "one way" } else { "even" })
}

pub(crate) fn draw(random: &mut Random, palette: &Palette, drawing: &mut Drawing) -> Facts {
    let mode = random.pick(&[Mode::Lines, Mode::Bands, Mode::Maze, Mode::Maze, Mode::Bands]);
    let mut facts = vec![("mode", format!("{mode:?}").to_lowercase())];
    if mode == Mode::Maze {
        let (land, grain, pull) = maze(random);
        let figure = if random.odds(0.5) { palette.ink } else { random.pick(&palette.colours) };
        drawing.fill_even_odd(&land.curves(0.0), figure);
        if random.odds(0.6) {
            let rest: Vec<Colour> = palette.colours.into_iter().filter(|c| *c != figure).collect();
            drawing.fill_even_odd(&land.curves(0.62), random.pick(&rest));
        }
        facts.extend([("grain", grain.into()), ("pull", pull.into())]);
        return facts;
    }
    let (land, low, high) = hills(random);
    let levels = if mode == Mode::Lines { random.pick(&[12, 18, 26]) } else { random.pick(&[5, 7, 9, 12]) };
    let mut between = if random.odds(0.5) { palette.by_lightness() } else { palette.colours };
    if random.odds(0.3) {
        random.shuffle(&mut between);
    }
    let ramp = [palette.paper, between[0], between[1], between[2], between[3], palette.ink];
    let ramp_at = |t: f64| {
        let x = t * 5.0;
        let i = (x.floor() as usize).min(4);
        ramp[i].mix(ramp[i + 1], x - i as f64)
    };
    let every = random.pick(&[4, 5]);
    let line = random.pick(&palette.colours);
    for step in 0..levels {
        let level = low + (high - low) * (f64::from(step) + 0.6) / f64::from(levels);
        let curves = land.curves(level);
        if mode == Mode::Lines {
            let major = step % every == 0;
            drawing.stroke(&curves, if major { palette.ink } else { line }, if major { 4.5 } else { 2.2 });
        } else {
            drawing.fill_even_odd(&curves, ramp_at(f64::from(step + 1) / f64::from(levels)));
        }
    }
    facts.push(("levels", (if levels > 9 { "many" } else { "few" }).into()));
    facts
}
