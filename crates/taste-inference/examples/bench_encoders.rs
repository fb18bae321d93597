//! Images and sentences a second by the real encoders, for `cargo xtask bench --only encoders`: writes what it embeds into a folder, so
//! that the peer embeds the same, and a few embeddings, so that it can compare.
//!
//!     cargo run --release --package taste-inference --example bench_encoders -- ENCODERS FOLDER THREADS

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that measures, and says what it measured"
)]

use std::{fs, path::Path, time::Instant};

use serde_json::json;
use taste_inference::{Content, Encoder, Runtime};

const TURNS: usize = 5;

fn sentences() -> Vec<String> {
    let words = "the lighthouse keeper retired and sea out of habit kept looking up nobody had told it that lamps are lit by people";
    let words: Vec<&str> = words.split(' ').collect();
    // From three words to forty, most of them short.
    let sentence = |at: usize| {
        let length = 3 + (at * 7 % 13) * (at * 5 % 4);
        (0..length).map(|word| words[(at * 11 + word * word) % words.len()]).collect::<Vec<_>>().join(" ")
    };
    (0..256).map(sentence).collect()
}

fn pictures() -> Vec<Vec<u8>> {
    let picture = |at: u32| {
        let pixels = image::RgbImage::from_fn(640, 480, |x, y| {
            image::Rgb([(x * 255 / 639) as u8, ((x * (at + 3) + y * 7) / 11) as u8, (y * 255 / 479) as u8])
        });
        let mut jpeg = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
        jpeg.into_inner()
    };
    (0..64).map(picture).collect()
}

/// Pieces a second, the median of the turns, and the embeddings of the first few.
fn measured(encoder: &Encoder, contents: &[Content<'_>], threads: usize) -> (f64, Vec<Vec<f32>>) {
    let embed = || encoder.embed_together(contents, threads, &|_| ());
    let rows = embed().into_iter().take(8).map(|row| row.unwrap().values().to_vec()).collect();
    let mut seconds: Vec<f64> = (0..TURNS)
        .map(|_| {
            let start = Instant::now();
            embed();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    (contents.len() as f64 / seconds[TURNS / 2], rows)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [encoders, folder, threads] = arguments.as_slice() else { panic!("ENCODERS FOLDER THREADS") };
    let (encoders, folder, threads) =
        (Path::new(encoders).canonicalize().unwrap(), Path::new(folder), threads.parse().unwrap());
    fs::create_dir_all(folder).unwrap();
    let runtime = Runtime::load(None).unwrap();
    let open = |name: &str, manifest: serde_json::Value| {
        let file = folder.join(name);
        fs::write(&file, manifest.to_string()).unwrap();
        Encoder::from_file(&runtime, &file).unwrap()
    };
    let file = |name: &str| encoders.join(name).to_str().unwrap().to_owned();
    let minilm = open(
        "minilm.json",
        json!({"kind": "text", "model": file("minilm_l6_int8.onnx"), "tokenizer": file("minilm_tokenizer.json"), "maxTokens": 256, "dimension": 384}),
    );
    let mobilenet = open(
        "mobilenet.json",
        json!({"kind": "image", "model": file("mobilenetv2_qat_int8w.onnx"), "dimension": 1280}),
    );
    // The graph that is run in place of the 8-bit one, so that the peer can run it, too.
    let onnx = fs::read(file("minilm_l6_int8.onnx")).unwrap();
    fs::write(folder.join("minilm_steady.onnx"), taste_preprocess::steady(&onnx).unwrap()).unwrap();
    let (sentences, pictures) = (sentences(), pictures());
    fs::write(folder.join("sentences.json"), serde_json::to_vec(&sentences).unwrap()).unwrap();
    for (at, picture) in pictures.iter().enumerate() {
        fs::write(folder.join(format!("{at:02}.jpg")), picture).unwrap();
    }
    let texts: Vec<Content<'_>> =
        sentences.iter().map(|text| Content { media_type: "text/plain", bytes: text.as_bytes() }).collect();
    let images: Vec<Content<'_>> =
        pictures.iter().map(|bytes| Content { media_type: "image/jpeg", bytes }).collect();
    let (texts, text_rows) = measured(&minilm, &texts, threads);
    let (images, image_rows) = measured(&mobilenet, &images, threads);
    fs::write(folder.join("rows.json"), json!({"sentences": text_rows, "images": image_rows}).to_string())
        .unwrap();
    println!("{}", json!({"sentences": texts, "images": images}));
}
