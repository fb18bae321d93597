//! Resampling against Pillow, and what becomes of odd pictures.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use serde::Deserialize;
use taste_preprocess::{Filter, Manifest, hex_digest, image_tensor, resize};

#[derive(Deserialize)]
struct Case {
    width: usize,
    height: usize,
    size: (usize, usize),
    filter: String,
    sha256: String,
}

fn by(name: &str) -> Filter {
    match name {
        "bilinear" => Filter::Bilinear,
        "bicubic" => Filter::Bicubic,
        other => panic!("{other} is no filter"),
    }
}

#[test]
fn resampled_pixels_are_pillows_to_the_bit() {
    let reference: serde_json::Value = serde_json::from_str(include_str!("data/reference.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_value(reference["pictures"].clone()).unwrap();
    assert!(cases.len() >= 12);
    for Case { width, height, size, filter, sha256 } in cases {
        let pixels: Vec<u8> = (0..width * height)
            .flat_map(|at| {
                let (x, y) = (at % width, at / width);
                [(x * 7 + y * 3) as u8, (x * y) as u8, (x * x + 5 * y) as u8]
            })
            .collect();
        let resized = resize(&pixels, (width, height), size, by(&filter));
        assert_eq!(hex_digest(&resized)[2..], sha256, "{width} x {height} to {size:?}, {filter:?}");
    }
}

#[test]
fn a_covered_picture_is_cut_in_the_middle_and_a_line_of_pixels_stays_small() {
    let manifest = Manifest::parse(
        r#"{"kind": "image", "model": "m", "size": 2, "fit": "cover", "mean": [0, 0, 0], "std": [1, 1, 1], "dimension": 3}"#,
    )
    .unwrap();
    // Six pixels wide, two high: black, black, white, white, black, black.
    let pixels: Vec<u8> =
        (0..12).flat_map(|at| if at % 6 / 2 == 1 { [255, 255, 255, 255] } else { [0, 0, 0, 255] }).collect();
    let (shape, data) = image_tensor(&manifest, 6, 2, &pixels).unwrap();
    assert_eq!((shape, data), ([1, 3, 2, 2], vec![1.0; 12]));
    let line = [9, 9, 9, 0].repeat(60_000);
    let (_, data) = image_tensor(&manifest, 60_000, 1, &line).unwrap();
    // Nothing but transparency: white.
    assert_eq!(data, vec![1.0; 12]);
    for (width, height, length) in [(0, 0, 0), (2, 2, 15), (u32::MAX, u32::MAX, 4)] {
        let error = image_tensor(&manifest, width, height, &vec![0; length]).unwrap_err();
        assert_eq!(error.code(), "PreprocessError::Pixels");
    }
}
