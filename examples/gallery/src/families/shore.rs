//! Shore: layered ridges of noise under a sky, with or without a sun and water.

use super::Facts;
use crate::{
    SIDE,
    noise::Noise,
    palette::{Colour, Palette},
    random::Random,
    svg::{Drawing, Path},
};

pub(crate) fn draw(random: &mut Random, palette: &Palette, drawing: &mut Drawing) -> Facts {
    let noise = Noise::new(random.seed());
    let dark = palette.is_dark();
    let colours = palette.by_lightness();
    let horizon = random.between(0.3, 0.62) * SIDE;
    let ridges = random.whole(3, 8);
    let roughness = random.whole(1, 5) as u32;
    let water = random.odds(0.5);
    let bands = random.pick(&[0, 0, 7, 11]);
    let sun = random.pick(&[26.0, 44.0, 70.0, 120.0, 0.0]);

    let top = if dark { palette.paper } else { random.pick(&[palette.paper, colours[1], colours[0]]) };
    let low = if dark {
        colours[random.whole(1, 3) as usize]
    } else {
        random.pick(&[colours[0], palette.paper.mix(colours[1], 0.4), palette.paper])
    };
    if bands > 0 {
        for band in 0..bands {
            let y = f64::from(band) * horizon / f64::from(bands);
            let colour = top.mix(low, f64::from(band) / f64::from(bands - 1));
            drawing.fill(Path::default().rectangle(0.0, y, SIDE, SIDE - y), colour);
        }
    } else {
        drawing.gradient(horizon + 120.0, top, low);
    }

    let warmest = palette.colours.into_iter().max_by_key(|c| c.warmth()).unwrap_or(palette.ink);
    let light = if dark { palette.ink } else { warmest };
    let sun_x = random.between(150.0, 650.0);
    let sun_y = horizon - random.between(-0.3, 2.2) * (if sun > 0.0 { sun } else { 50.0 }) - 10.0;
    if sun > 0.0 {
        drawing.circle(sun_x, sun_y, sun, light);
    }

    let shoreline = if water { horizon + random.between(20.0, 60.0) } else { SIDE };
    let far = low.mix(colours[2], 0.35);
    let near = if dark { palette.paper.mix(Colour(0, 0, 0), 0.25) } else { palette.ink };
    for ridge in 0..ridges {
        let t = f64::from(ridge) / f64::from(ridges - 1);
        let base =
            if water { horizon - (1.0 - t) * 40.0 + 10.0 } else { horizon + t * t * (SIDE - horizon) * 0.74 };
        let height = (if water { 46.0 } else { 60.0 + 60.0 * t }) * random.between(0.6, 1.5);
        let scale = (if water { 0.005 } else { 0.0032 }) * random.between(0.6, 1.4);
        let colour =
            if t < 0.5 { far.mix(colours[2], t * 2.0) } else { colours[2].mix(near, (t - 0.5) * 1.9) };
        let mut path = Path::default();
        path.move_to(0.0, shoreline);
        for step in 0..=160 {
            let x = f64::from(step) * 5.0;
            let hill = noise.at(x * scale + f64::from(ridge) * 31.0, f64::from(ridge) * 7.7, roughness);
            path.line_to(x, (base - (hill - 0.35) * height * 1.7).min(shoreline));
        }
        path.line_to(SIDE, shoreline).close();
        drawing.fill(&path, colour);
    }

    if water {
        let sea = low.mix(colours[2], 0.55);
        drawing.fill(Path::default().rectangle(0.0, shoreline, SIDE, SIDE - shoreline), sea);
        let (mut shaded, mut lit) = (Path::default(), Path::default());
        let mut y = shoreline + 6.0;
        while y < SIDE {
            let t = (y - shoreline) / (SIDE - shoreline);
            for _ in 0..random.whole(2, 6) {
                let glitter = sun > 0.0 && random.odds(0.5);
                let x = if glitter {
                    sun_x + random.between(-1.0, 1.0) * (18.0 + sun * 0.7 + 120.0 * t)
                } else {
                    random.between(0.0, SIDE)
                };
                let length = random.between(10.0, 40.0 + 120.0 * t);
                let path = if glitter { &mut lit } else { &mut shaded };
                path.move_to(x - length / 2.0, y).across(length);
            }
            y += 5.0 + 13.0 * t;
        }
        drawing.stroke(&shaded, sea.mix(near, 0.35), 3.0);
        drawing.stroke(&lit, light, 3.0);
    }
    vec![
        ("ridges", (if ridges > 5 { "many" } else { "few" }).into()),
        ("water", (if water { "yes" } else { "no" }).into()),
        (
            "sun",
            (if sun == 0.0 {
                "none"
            } else if sun > 60.0 {
                "large"
            } else {
                "small"
            })
            .into(),
        ),
        ("sky", (if bands > 0 { "banded" } else { "smooth" }).into()),
    ]
}
