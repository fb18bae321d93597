//! What networks of sounds are given, against Hugging Face's own extractor (data/make_clap.py).

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use serde::Deserialize;
use taste_preprocess::{Beside, ElementKind, Front, Inspection, PortInfo, describe, sound_tensor};

#[derive(Deserialize)]
struct Case {
    name: String,
    samples: i64,
    step: i64,
    shape: [usize; 2],
    rows: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<Vec<f32>>,
    sum: f64,
    preprocessor: serde_json::Value,
}

/// CLAP's tower as exporters leave it: its sides open.
fn tower() -> Inspection {
    let port = |name: &str, shape: &[i64]| PortInfo {
        name: name.to_owned(),
        shape: shape.to_vec(),
        element: ElementKind::F32,
    };
    Inspection {
        inputs: vec![port("input_features", &[-1, -1, -1, -1])],
        outputs: vec![port("audio_embeds", &[-1, 512])],
        ..Inspection::default()
    }
}

#[test]
fn clap_hears_what_hugging_faces_extractor_hears() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("data/clap.json")).unwrap();
    assert_eq!(cases.len(), 7);
    let mut largest = 0.0f32;
    for Case { name, samples, step, shape, rows, columns, values, sum, preprocessor } in cases {
        let beside = Beside { preprocessor: Some(&preprocessor), ..Beside::default() };
        let manifest = describe(&tower(), &beside).unwrap();
        assert_eq!(manifest.sound.front, Front::Clap);
        let sample = |at: i64| if step == 0 { 0.0 } else { (at * at / step % 512 - 256) as f32 / 512.0 };
        let sound: Vec<f32> = (0..samples).map(sample).collect();
        let (sides, heard) = sound_tensor(&manifest.sound, manifest.sound.rate, &sound).unwrap();
        assert_eq!(sides, [1, 1, shape[0], shape[1]], "{name}");
        for (row, values) in rows.iter().zip(values) {
            for (column, expected) in columns.iter().zip(values) {
                let found = heard[row * shape[1] + column];
                largest = largest.max((found - expected).abs());
                // Decibels, of some −100 to 40; the reference rounds its transform to 32 bits.
                assert!(
                    (found - expected).abs() < 2e-5,
                    "{name}: {row} {column}: {found} instead of {expected}"
                );
            }
        }
        let all: f64 = heard.iter().map(|value| f64::from(*value)).sum();
        let apart = (all - sum).abs() / heard.len() as f64;
        println!("{name}: the mean differs by {apart:e}");
        assert!(apart < 1e-6, "{name}: all together {all} instead of {sum}");
    }
    println!("the furthest of any value: {largest:e} decibels");
}
