//! Loom: warp and weft in six drafts, with striped yarn.

use std::collections::BTreeMap;

use super::Facts;
use crate::{
    SIDE,
    palette::{Colour, Palette},
    random::Random,
    svg::{Drawing, Path},
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Draft {
    Plain,
    Twill,
    Herringbone,
    Basket,
    Satin,
    Overshot,
}

impl Draft {
    /// Whether the warp thread `i` lies over the weft thread `j`.
    fn warp_is_up(self, i: i32, j: i32, turn: i32) -> bool {
        match self {
            Self::Plain => (i + j) % 2 != 0,
            Self::Basket => (i / 2 + j / 2) % 2 != 0,
            Self::Twill => (i + j) % 4 < 2,
            Self::Herringbone => {
                let k = if (i / turn) % 2 != 0 { -i } else { i };
                (k + j).rem_euclid(4) < 2
            }
            Self::Satin => (i * 3 + j) % 5 == 0,
            Self::Overshot => {
                let (a, b) = ((i / turn) % 2, (j / turn) % 2);
                if a == b { (i + j) % 2 != 0 } else { (a != 0) != ((i + j) % 4 == 0) }
            }
        }
    }
}

/// The colours of `n` threads, in stripes of a few yarns.
fn stripes(random: &mut Random, yarns: &[Colour], n: usize, mirrored: bool) -> Vec<Colour> {
    let mut yarns = yarns.to_vec();
    random.shuffle(&mut yarns);
    yarns.truncate(random.whole(2, 4) as usize);
    let half = if mirrored { n.div_ceil(2) } else { n };
    let mut threads = Vec::new();
    while threads.len() < half {
        let yarn = random.pick(&yarns);
        for _ in 0..random.pick(&[1, 2, 2, 3, 5, 8]) {
            threads.push(yarn);
        }
        if random.odds(0.25) {
            let fleck = random.pick(&yarns);
            for _ in 0..3 {
                threads.extend([fleck, yarn]);
            }
        }
    }
    threads.truncate(half);
    if mirrored {
        let back: Vec<_> = threads.iter().rev().copied().collect();
        threads.extend(back);
        threads.truncate(n);
    }
    threads
}

pub(crate) fn draw(random: &mut Random, palette: &Palette, drawing: &mut Drawing) -> Facts {
    let n = random.pick(&[28_i32, 36, 48, 64]);
    let margin = random.pick(&[0.0, 60.0]);
    let side = (SIDE - 2.0 * margin) / f64::from(n);
    let draft = random.pick(&[
        Draft::Plain,
        Draft::Twill,
        Draft::Herringbone,
        Draft::Basket,
        Draft::Satin,
        Draft::Overshot,
    ]);
    let gap = side * random.pick(&[0.0, 0.08, 0.18]);
    let mirrored = random.odds(0.55);
    let turn = random.pick(&[4, 6, 8, 12]);
    let yarns = [palette.ink, palette.colours[0], palette.colours[1], palette.colours[2], palette.colours[3]];
    let warp = stripes(random, &yarns, n as usize, mirrored);
    let weft = if random.odds(0.3) { warp.clone() } else { stripes(random, &yarns, n as usize, mirrored) };

    let mut cloth: BTreeMap<Colour, Path> = BTreeMap::new();
    for j in 0..n {
        for i in 0..n {
            let (x, y) = (margin + f64::from(i) * side, margin + f64::from(j) * side);
            if draft.warp_is_up(i, j, turn) {
                let path = cloth.entry(warp[i as usize]).or_default();
                path.rectangle(x + gap, y, side - 2.0 * gap, side);
            } else {
                let path = cloth.entry(weft[j as usize]).or_default();
                path.rectangle(x, y + gap, side, side - 2.0 * gap);
            }
        }
    }
    drawing.group(if gap > 0.0 { "shape-rendering=\"auto\"" } else { "shape-rendering=\"crispEdges\"" });
    for (colour, path) in &cloth {
        drawing.fill(path, *colour);
    }
    if margin > 0.0 {
        let mut fringe: BTreeMap<Colour, Path> = BTreeMap::new();
        for i in 0..n {
            let x = margin + (f64::from(i) + 0.5) * side;
            let (above, below) = (f64::from(random.whole(14, 26)), f64::from(random.whole(14, 26)));
            let path = fringe.entry(warp[i as usize]).or_default();
            path.move_to(x, margin - above).down(above).move_to(x, SIDE - margin).down(below);
        }
        for (colour, path) in &fringe {
            drawing.stroke(path, *colour, side * 0.42);
        }
    }
    vec![
        ("threads", (if n > 40 { "fine" } else { "coarse" }).into()),
        ("draft", format!("{draft:?}").to_lowercase()),
        ("mirrored", (if mirrored { "yes" } else { "no" }).into()),
    ]
}
