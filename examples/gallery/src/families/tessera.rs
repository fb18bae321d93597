//! Tessera: tiles of quarter arcs on a grid, after Truchet (1704), Smith (1987) and Carlson's winged tiles (2018).

use std::collections::BTreeMap;

use super::Facts;
use crate::{
    SIDE,
    palette::{Colour, Palette},
    random::Random,
    svg::{Drawing, Path},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tiles {
    Winged,
    Bauhaus,
    Ripple,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Symmetry {
    None,
    Mirror,
    Turn,
}

/// A square on the wall; its corners are numbered clockwise from the top left.
#[derive(Clone, Copy)]
struct Square {
    x: f64,
    y: f64,
    side: f64,
}

impl Square {
    /// A corner, and the directions from it into the square.
    fn corner(self, corner: usize) -> (f64, f64, f64, f64) {
        let right = corner == 1 || corner == 2;
        let low = corner >= 2;
        (
            if right { self.x + self.side } else { self.x },
            if low { self.y + self.side } else { self.y },
            if right { -1.0 } else { 1.0 },
            if low { -1.0 } else { 1.0 },
        )
    }

    /// A quarter disc around a corner.
    fn pie(self, corner: usize, radius: f64, path: &mut Path) {
        let (cx, cy, dx, dy) = self.corner(corner);
        path.move_to(cx, cy)
            .line_to(cx + dx * radius, cy)
            .arc(radius, dx * dy > 0.0, (cx, cy + dy * radius))
            .close();
    }

    /// A quarter circle around a corner.
    fn arc(self, corner: usize, radius: f64, path: &mut Path) {
        let (cx, cy, dx, dy) = self.corner(corner);
        path.move_to(cx + dx * radius, cy).arc(radius, dx * dy > 0.0, (cx, cy + dy * radius));
    }

    fn whole(self) -> Path {
        let mut path = Path::default();
        path.rectangle(self.x, self.y, self.side, self.side);
        path
    }
}

/// Winged tiles: two tones that swap at every subdivision, so that arcs run on across sizes.
fn winged(
    random: &mut Random,
    palette: &Palette,
    drawing: &mut Drawing,
    square: Square,
    swapped: bool,
    splits: u32,
) {
    let Square { x, y, side } = square;
    if splits > 0 && random.odds(0.42) {
        let half = side / 2.0;
        for quarter in 0..4 {
            let (dx, dy) = (f64::from(quarter & 1) * half, f64::from(quarter >> 1) * half);
            let small = Square { x: x + dx, y: y + dy, side: half };
            winged(random, palette, drawing, small, !swapped, splits - 1);
        }
        return;
    }
    let (ground, figure) = if swapped { (palette.ink, palette.paper) } else { (palette.paper, palette.ink) };
    let figure_or_accent = if random.odds(0.12) { palette.colours[0] } else { figure };
    drawing.fill_seamless(&square.whole(), ground);
    let third = side / 3.0;
    let mut band = |corner: usize| {
        let (mut outer, mut inner) = (Path::default(), Path::default());
        square.pie(corner, third * 2.0, &mut outer);
        square.pie(corner, third, &mut inner);
        drawing.fill(&outer, figure_or_accent);
        drawing.fill(&inner, ground);
    };
    match random.whole(0, 5) {
        kind @ 0..=1 => {
            band(kind as usize);
            band(kind as usize + 2);
        }
        2 => {
            let mut cross = Path::default();
            cross.rectangle(x, y + third, side, third).rectangle(x + third, y, third, side);
            drawing.fill(&cross, figure_or_accent);
        }
        3 => band(random.whole(0, 3) as usize),
        kind => {
            band(kind as usize - 4);
            band(kind as usize - 2);
        }
    }
    let middles =
        [(x + side / 2.0, y), (x + side, y + side / 2.0), (x + side / 2.0, y + side), (x, y + side / 2.0)];
    for (cx, cy) in middles {
        drawing.circle(cx, cy, side / 6.0, figure);
    }
    for corner in 0..4 {
        let (cx, cy, ..) = square.corner(corner);
        drawing.circle(cx, cy, third, ground);
    }
}

/// What a tile is, before symmetry turns it.
#[derive(Clone, Copy)]
struct Tile {
    kind: f64,
    corner: usize,
    colours: [Colour; 6],
    mood: f64,
}

fn bauhaus(drawing: &mut Drawing, palette: &Palette, quiet: f64, square: Square, tile: Tile, corner: usize) {
    let Square { x, y, side } = square;
    let ground = if tile.mood < quiet { palette.paper } else { tile.colours[0] };
    drawing.fill_seamless(&square.whole(), ground);
    let figure = if ground == tile.colours[1] { tile.colours[2] } else { tile.colours[1] };
    let inner = if ground == tile.colours[2] { tile.colours[1] } else { tile.colours[2] };
    let mut path = Path::default();
    if tile.kind < 0.36 {
        square.pie(corner, side, &mut path);
    } else if tile.kind < 0.54 {
        square.pie(corner, side / 2.0, &mut path);
        square.pie((corner + 2) % 4, side / 2.0, &mut path);
    } else if tile.kind < 0.7 {
        square.pie(corner, side, &mut path);
        let mut small = Path::default();
        square.pie(corner, side / 2.0, &mut small);
        drawing.fill(&path, figure);
        drawing.fill(&small, inner);
        return;
    } else if tile.kind < 0.84 {
        for i in 0..3 {
            let (cx, cy, ..) = square.corner((corner + i) % 4);
            if i == 0 {
                path.move_to(cx, cy)
            } else {
                path.line_to(cx, cy)
            };
        }
        path.close();
    } else if tile.kind < 0.92 {
        drawing.circle(x + side / 2.0, y + side / 2.0, side * 0.34, figure);
    }
    drawing.fill_seamless(&path, figure);
}

/// Ripples; `bridges` gathers short strokes over the tiles' edges, drawn last, which hide the seams.
fn ripple(
    drawing: &mut Drawing,
    bridges: &mut BTreeMap<Colour, Path>,
    palette: &Palette,
    rings: i32,
    square: Square,
    tile: Tile,
    corner: usize,
) {
    let step = square.side / f64::from(rings);
    let accent = if tile.mood < 0.18 {
        palette.colours[0]
    } else if tile.mood < 0.3 {
        palette.colours[1]
    } else {
        palette.ink
    };
    let mut fan = |corner: usize, colour: Colour, reach: i32| {
        let mut ground = Path::default();
        square.pie(corner, f64::from(reach) * step, &mut ground);
        drawing.fill(&ground, palette.paper);
        let mut lines = Path::default();
        let (cx, cy, dx, dy) = square.corner(corner);
        let bridge = bridges.entry(colour).or_default();
        for ring in 0..reach {
            let radius = (f64::from(ring) + 0.5) * step;
            square.arc(corner, radius, &mut lines);
            bridge
                .move_to(cx + dx * radius, cy - 1.0)
                .down(2.0)
                .move_to(cx - 1.0, cy + dy * radius)
                .across(2.0);
        }
        drawing.stroke(&lines, colour, step * 0.5);
    };
    if tile.kind > 0.12 {
        fan((corner + 2) % 4, if tile.mood > 0.9 { palette.colours[1] } else { palette.ink }, rings);
        fan(corner, accent, rings);
    } else {
        fan((corner + 1) % 4, palette.ink, rings / 2);
        fan((corner + 3) % 4, palette.ink, rings / 2);
    }
}

pub(crate) fn draw(random: &mut Random, palette: &Palette, drawing: &mut Drawing) -> Facts {
    let n = random.pick(&[3_i32, 4, 4, 5, 6, 8]);
    let tiles = random.pick(&[Tiles::Winged, Tiles::Bauhaus, Tiles::Bauhaus, Tiles::Ripple, Tiles::Ripple]);
    let symmetry = random.pick(&[Symmetry::None, Symmetry::None, Symmetry::Mirror, Symmetry::Turn]);
    let margin = random.pick(&[0.0, 0.0, 50.0]);
    let side = (SIDE - 2.0 * margin) / f64::from(n);
    let rings = random.whole(3, 6);
    let quiet = random.between(0.05, 0.3);
    if margin > 0.0 || tiles == Tiles::Winged {
        drawing.clip(margin);
    }
    let at =
        |i: i32, j: i32| Square { x: margin + f64::from(i) * side, y: margin + f64::from(j) * side, side };

    if tiles == Tiles::Winged {
        for j in 0..n {
            for i in 0..n {
                winged(random, palette, drawing, at(i, j), false, if n <= 4 { 2 } else { 1 });
            }
        }
    } else {
        let designs: Vec<Tile> = (0..n * n)
            .map(|_| {
                let mut colours = [
                    palette.paper,
                    palette.ink,
                    palette.colours[0],
                    palette.colours[1],
                    palette.colours[2],
                    palette.colours[3],
                ];
                let (kind, corner) = (random.unit(), random.below(4));
                random.shuffle(&mut colours);
                Tile { kind, corner, colours, mood: random.unit() }
            })
            .collect();
        let mut bridges = BTreeMap::new();
        for j in 0..n {
            for i in 0..n {
                let (mut a, mut b, mut flip_x, mut flip_y) = (i, j, false, false);
                if symmetry == Symmetry::Mirror && 2 * i >= n {
                    (a, flip_x) = (n - 1 - i, true);
                }
                if symmetry == Symmetry::Turn && 2 * j >= n {
                    (a, b, flip_x, flip_y) = (n - 1 - i, n - 1 - j, true, true);
                }
                let tile = designs[(b * n + a) as usize];
                let mut corner = tile.corner;
                if flip_x {
                    corner = [1, 0, 3, 2][corner];
                }
                if flip_y {
                    corner = [3, 2, 1, 0][corner];
                }
                match tiles {
                    Tiles::Bauhaus => bauhaus(drawing, palette, quiet, at(i, j), tile, corner),
                    _ => ripple(drawing, &mut bridges, palette, rings, at(i, j), tile, corner),
                }
            }
        }
        for (colour, path) in &bridges {
            drawing.stroke(path, *colour, side / f64::from(rings) * 0.5);
        }
    }
    vec![
        ("grid", (if n > 4 { "fine" } else { "coarse" }).into()),
        ("tiles", format!("{tiles:?}").to_lowercase()),
        ("symmetry", format!("{symmetry:?}").to_lowercase()),
    ]
}
