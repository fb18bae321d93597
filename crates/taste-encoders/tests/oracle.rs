//! The pieces of the built-in encoders against numpy, scipy, scikit-image and PyWavelets (data/make.py), and the exact bits
//! of whole embeddings, which the wasm build is compared with too.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod pictures;

use pictures::Picture;
use serde::Deserialize;
use std::collections::BTreeMap;
use taste_encoders::{ANCHOR, Group, Rgba, TEXT_GROUPS, VISUAL_GROUPS, text, visual};

#[derive(Deserialize)]
struct Oracle {
    pictures: Vec<OraclePicture>,
    texts: Vec<OracleText>,
}

#[derive(Deserialize)]
struct OraclePicture {
    name: String,
    width: u32,
    height: u32,
    groups: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct OracleText {
    text: String,
    groups: BTreeMap<String, Vec<f64>>,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("data/oracle.json")).unwrap()
}

/// Undoes the unit norm, by the anchor, and compares scaled measurements with the oracle's.
fn compare(what: &str, table: &[Group], values: &[f32], oracle: &BTreeMap<String, Vec<f64>>) {
    let anchor = values[values.len() - 1];
    let mut first = 0;
    let mut compared = 0;
    for group in table {
        let ours = &values[first..first + group.len];
        first += group.len;
        let Some(expected) = oracle.get(group.name) else { continue };
        assert_eq!(expected.len(), group.len, "{what}: {}", group.name);
        for (ours, expected) in ours.iter().zip(expected) {
            let ours = f64::from(ours / anchor * ANCHOR);
            let expected = ((expected - group.centre) / group.spread).clamp(-4.0, 4.0);
            assert!((ours - expected).abs() < 2e-5, "{what}: {}: {ours} instead of {expected}", group.name);
        }
        compared += 1;
    }
    assert_eq!(compared, oracle.len(), "{what}: every group of the oracle is in the table");
}

#[test]
fn measurements_of_pictures_are_those_of_scikit_image_scipy_and_pywavelets() {
    for case in oracle().pictures {
        let picture = Picture::named(&case.name, case.width, case.height);
        let embedding = visual(&picture.rgba()).unwrap();
        compare(&case.name, VISUAL_GROUPS, embedding.values(), &case.groups);
    }
}

#[test]
fn measurements_of_texts_are_those_of_python() {
    for case in oracle().texts {
        compare(&case.text, TEXT_GROUPS, text(&case.text).unwrap().values(), &case.groups);
    }
}

/// As recorded in data/bits.json: FNV-1a, 64 bits, over the little-endian bytes of the numbers.
fn bits(values: &[f32]) -> u64 {
    values.iter().flat_map(|value| value.to_le_bytes()).fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[derive(Deserialize)]
struct Bits {
    pictures: Vec<(String, u32, u32, String)>,
    texts: Vec<(String, String)>,
}

#[test]
fn embeddings_have_exactly_the_bits_on_record() {
    let on_record: Bits = serde_json::from_str(include_str!("data/bits.json")).unwrap();
    let of_pictures = on_record.pictures.iter().map(|(name, width, height, _)| {
        let picture = Picture::named(name, *width, *height);
        let found = format!("{:016x}", bits(visual(&picture.rgba()).unwrap().values()));
        (name.clone(), *width, *height, found)
    });
    let of_texts = on_record
        .texts
        .iter()
        .map(|(content, _)| (content.clone(), format!("{:016x}", bits(text(content).unwrap().values()))));
    assert_eq!(of_pictures.collect::<Vec<_>>(), on_record.pictures);
    assert_eq!(of_texts.collect::<Vec<_>>(), on_record.texts);
}

#[test]
fn a_picture_without_colour_or_edges_has_an_embedding_too() {
    for value in [0u8, 128, 255] {
        let pixels = [value, value, value, 255].repeat(12);
        let embedding = visual(&Rgba { width: 4, height: 3, pixels: &pixels }).unwrap();
        assert!(embedding.values().iter().all(|value| value.is_finite()));
    }
}

#[test]
fn a_picture_twice_as_large_by_repeated_pixels_has_the_same_embedding() {
    let small = Picture::named("noise", 64, 48);
    let mut pixels = Vec::new();
    for row in small.pixels.chunks(64 * 4) {
        let wide: Vec<u8> = row.chunks(4).flat_map(|pixel| [pixel, pixel].concat()).collect();
        pixels.extend([wide.as_slice(), wide.as_slice()].concat());
    }
    let large = Rgba { width: 128, height: 96, pixels: &pixels };
    assert_eq!(visual(&small.rgba()).unwrap(), visual(&large).unwrap());
}

#[test]
fn what_is_transparent_is_white() {
    let embed = |pixel: [u8; 4]| {
        let pixels = pixel.repeat(9);
        visual(&Rgba { width: 3, height: 3, pixels: &pixels }).unwrap()
    };
    assert_eq!(embed([10, 200, 30, 0]), embed([255, 255, 255, 255]));
    assert_ne!(embed([10, 200, 30, 128]), embed([255, 255, 255, 255]));
}

#[test]
fn pictures_of_impossible_size_are_refused() {
    let code = |width, height, pixels: &[u8]| visual(&Rgba { width, height, pixels }).unwrap_err().code();
    assert_eq!(code(0, 4, &[]), "EncoderError::ImageSides");
    assert_eq!(code(70_000, 1, &[0; 280_000]), "EncoderError::ImageSides");
    assert_eq!(code(2, 2, &[0; 15]), "EncoderError::ImageBuffer");
    assert_eq!(code(65_535, 65_535, &[]), "EncoderError::ImageBuffer");
}

#[test]
fn empty_and_endless_texts_are_refused() {
    let code = |content: &str| text(content).unwrap_err().code();
    assert_eq!(code(""), "EncoderError::TextEmpty");
    assert_eq!(code(" \n\t\u{3000}\u{200B}"), "EncoderError::TextEmpty");
    assert_eq!(code(&"a".repeat((1 << 20) + 1)), "EncoderError::TextTooLong");
}

#[test]
fn texts_of_every_script_and_of_signs_only_have_embeddings() {
    for content in
        ["!", "7", "🙂", "ﷺ", "한국어 문장", "नमस्ते दुनिया", "עברית", "ภาษาไทย", "e\u{301}", "\u{10FFFF}"]
    {
        assert!(text(content).is_ok(), "{content}");
    }
}

#[test]
fn width_and_white_space_do_not_change_the_n_grams() {
    let buckets = |content: &str| {
        let embedding = text(content).unwrap();
        let values = embedding.values();
        let anchor = values[values.len() - 1];
        values[40..].iter().map(|value| (value / anchor * 1e4).round()).collect::<Vec<_>>()
    };
    assert_eq!(buckets("Hello World"), buckets("ｈｅｌｌｏ  \n world "));
    assert_ne!(buckets("Hello World"), buckets("world hello"));
}
