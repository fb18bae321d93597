//! ONNX Runtime through the public face: graphs, encoders from files, and the real encoders of ../shared when they are there.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail and say why a test is skipped"
)]

mod graphs;

use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use graphs::Folder;
use serde::Deserialize;
use taste_inference::{Content, Encoder, GraphOptions, OrtGraph, Runtime, Tensor, TensorView};

fn graph(runtime: &Runtime, onnx: &[u8]) -> OrtGraph {
    OrtGraph::from_bytes(runtime, onnx, GraphOptions::default()).unwrap()
}

#[test]
fn a_graph_runs_on_batches_of_any_size() {
    let Some(runtime) = graphs::runtime() else { return };
    let mut linear = graph(&runtime, &graphs::linear());
    assert_eq!(linear.inputs()[0].shape, [-1, 3]);
    let one = linear.run(&[("x", TensorView::F32(&[1, 3], &[1.0, 1.0, 1.0]))]).unwrap();
    assert_eq!(one, [Tensor::f32([1, 1], vec![6.5])]);
    let two = linear.run(&[("x", TensorView::F32(&[2, 3], &[0.0, 0.0, 0.0, 1.0, 0.0, 2.0]))]).unwrap();
    assert_eq!(two, [Tensor::f32([2, 1], vec![0.5, 7.5])]);
}

#[test]
fn wrong_inputs_are_refused_before_running() {
    let Some(runtime) = graphs::runtime() else { return };
    let mut linear = graph(&runtime, &graphs::linear());
    let mut code = |inputs: &[(&str, TensorView<'_>)]| linear.run(inputs).unwrap_err().code();
    let row = TensorView::F32(&[1, 3], &[0.0; 3]);
    assert_eq!(code(&[]), "InferenceError::MissingInput");
    assert_eq!(code(&[("x", row), ("z", row)]), "InferenceError::UnknownInput");
    assert_eq!(code(&[("x", TensorView::F32(&[1, 4], &[0.0; 4]))]), "InferenceError::WrongShape");
    assert_eq!(code(&[("x", TensorView::F32(&[3], &[0.0; 3]))]), "InferenceError::WrongShape");
    assert_eq!(code(&[("x", TensorView::F32(&[2, 3], &[0.0; 3]))]), "InferenceError::WrongShape");
    assert_eq!(code(&[("x", TensorView::I64(&[1, 3], &[0; 3]))]), "InferenceError::WrongType");
}

#[test]
fn a_result_that_is_not_finite_is_an_error() {
    let Some(runtime) = graphs::runtime() else { return };
    let mut logarithm = graph(&runtime, &graphs::logarithm());
    assert!(logarithm.run(&[("x", TensorView::F32(&[2], &[1.0, 2.0]))]).is_ok());
    let error = logarithm.run(&[("x", TensorView::F32(&[2], &[1.0, 0.0]))]).unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("number 1")), ("InferenceError::NotFinite", true));
}

#[test]
fn truncated_and_damaged_graphs_are_refused() {
    let Some(runtime) = graphs::runtime() else { return };
    let whole = graphs::linear();
    let code =
        |onnx: &[u8]| OrtGraph::from_bytes(&runtime, onnx, GraphOptions::default()).unwrap_err().code();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        assert_eq!(code(&whole[..length]), "InferenceError::GraphUnreadable", "{length} bytes");
    }
    assert_eq!(code(b"<html>not found</html>"), "InferenceError::GraphUnreadable");
    let absent = OrtGraph::from_file(&runtime, Path::new("/nonexistent.onnx"), GraphOptions::default());
    assert_eq!(absent.unwrap_err().code(), "InferenceError::File");
}

#[test]
fn a_process_has_one_runtime() {
    let Some(runtime) = graphs::runtime() else { return };
    assert_eq!(Runtime::load(Some(runtime.library())).unwrap().library(), runtime.library());
    let other = Runtime::load(Some(Path::new("/nonexistent/libonnxruntime.so"))).unwrap_err();
    assert_eq!(other.code(), "InferenceError::RuntimeAlreadyLoaded");
}

/// A PNG of 2 × 2 pixels: red, green; blue, transparent.
fn four_pixels() -> Vec<u8> {
    let pixels = vec![255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 9, 9, 9, 0];
    let picture = image::RgbaImage::from_raw(2, 2, pixels).unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

const IMAGE_MANIFEST: &str = r#"{"kind": "image", "model": "averages.onnx", "size": 2, "mean": [0, 0, 0], "std": [1, 1, 0.5], "dimension": 3}"#;
const TEXT_MANIFEST: &str = r#"{"kind": "text", "model": "tokens.onnx", "tokenizer": "tokenizer.json", "maxTokens": 3, "dimension": 2}"#;

#[test]
fn an_image_network_sees_the_picture_over_white_and_normalised() {
    let Some(runtime) = graphs::runtime() else { return };
    let folder = Folder::new("image");
    folder.write("averages.onnx", graphs::averages());
    let encoder = Encoder::from_file(&runtime, &folder.write("manifest.json", IMAGE_MANIFEST)).unwrap();
    assert!(encoder.id().0.starts_with("averages@") && encoder.id().0.len() == "averages@".len() + 8);
    let embedding = encoder.embed(&Content { media_type: "image/png", bytes: &four_pixels() }).unwrap();
    // Half of the pixels have each channel; blue's deviation of 0.5 doubles it.
    let norm = (0.25f32 + 0.25 + 1.0).sqrt();
    for (found, expected) in embedding.values().iter().zip([0.5 / norm, 0.5 / norm, 1.0 / norm]) {
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    }
    let text = encoder.embed(&Content { media_type: "text/plain", bytes: b"red" }).unwrap_err();
    assert_eq!(text.code(), "InferenceError::WrongKind");
}

#[test]
fn a_text_network_averages_its_tokens_and_cuts_long_texts() {
    let Some(runtime) = graphs::runtime() else { return };
    let folder = Folder::new("text");
    folder.write("tokens.onnx", graphs::token_table());
    folder.write("tokenizer.json", graphs::TOKENIZER);
    let encoder = Encoder::from_file(&runtime, &folder.write("manifest.json", TEXT_MANIFEST)).unwrap();
    assert_eq!(encoder.token_ids("Red green PINK blue").unwrap(), [1, 2, 0]);
    assert_eq!(encoder.embed_text("blue").unwrap().values(), [0.6, 0.8]);
    let mixed = encoder.embed_text("red green").unwrap();
    assert!((mixed.values()[0] - 0.5f32.sqrt()).abs() < 1e-6);
    // The unknown word's row is zero, so there is no direction; an empty text has no token at all.
    assert_eq!(encoder.embed_text("pink").unwrap_err().code(), "CoreError::EmbeddingZero");
    assert!(encoder.embed_text("").is_err());
    let latin1 = encoder.embed(&Content { media_type: "text/plain", bytes: b"caf\xE9" }).unwrap_err();
    assert_eq!(latin1.code(), "InferenceError::NotUtf8");
}

#[test]
fn a_graph_that_is_not_what_the_manifest_says_is_foreign() {
    let Some(runtime) = graphs::runtime() else { return };
    let folder = Folder::new("foreign");
    folder.write("averages.onnx", graphs::linear());
    folder.write("tokens.onnx", graphs::linear());
    folder.write("tokenizer.json", graphs::TOKENIZER);
    let code = |manifest: &str| {
        let path = folder.write("manifest.json", manifest);
        Encoder::from_file(&runtime, &path).unwrap_err().code()
    };
    assert_eq!(code(IMAGE_MANIFEST), "InferenceError::ForeignGraph");
    assert_eq!(code(TEXT_MANIFEST), "InferenceError::ForeignGraph");
    folder.write("averages.onnx", graphs::averages());
    assert_eq!(code(&IMAGE_MANIFEST.replace("\"size\": 2", "\"size\": 4")), "InferenceError::ForeignGraph");
    assert_eq!(
        code(&IMAGE_MANIFEST.replace("\"kind\"", "\"output\": \"y\", \"kind\"")),
        "InferenceError::ForeignGraph"
    );
    assert_eq!(code(&IMAGE_MANIFEST.replace("image", "video")), "PreprocessError::Manifest");
    assert_eq!(code(&IMAGE_MANIFEST.replace("image", "audio")), "InferenceError::ForeignGraph");
    folder.write("tokenizer.json", "{}");
    folder.write("tokens.onnx", graphs::token_table());
    assert_eq!(code(TEXT_MANIFEST), "PreprocessError::Tokenizer");
    // The dimension shows when it runs.
    let path = folder.write("manifest.json", IMAGE_MANIFEST.replace("\"dimension\": 3", "\"dimension\": 4"));
    let encoder = Encoder::from_file(&runtime, &path).unwrap();
    let error = encoder.embed(&Content { media_type: "image/png", bytes: &four_pixels() }).unwrap_err();
    assert_eq!(error.code(), "PreprocessError::Output");
}

#[test]
fn a_file_that_is_not_the_manifests_is_refused() {
    let Some(runtime) = graphs::runtime() else { return };
    let folder = Folder::new("digests");
    folder.write("averages.onnx", graphs::averages());
    let with = |digest: &str| {
        IMAGE_MANIFEST.replace("{", &format!("{{\"digests\": {{\"averages.onnx\": \"{digest}\"}}, "))
    };
    let right = taste_preprocess::hex_digest(&graphs::averages());
    assert!(Encoder::from_file(&runtime, &folder.write("right.json", with(&right))).is_ok());
    let wrong = folder.write("wrong.json", with(&format!("0x{}", "0".repeat(64))));
    assert_eq!(Encoder::from_file(&runtime, &wrong).unwrap_err().code(), "PreprocessError::Digest");
}

#[test]
fn whatever_decides_an_embedding_is_in_the_encoders_id() {
    let Some(runtime) = graphs::runtime() else { return };
    let folder = Folder::new("ids");
    folder.write("averages.onnx", graphs::averages());
    folder.write("tokens.onnx", graphs::token_table());
    folder.write("tokenizer.json", graphs::TOKENIZER);
    let id = |manifest: &str| {
        let path = folder.write("manifest.json", manifest);
        Encoder::from_file(&runtime, &path).unwrap().id().0.clone()
    };
    let (picture, text) = (id(IMAGE_MANIFEST), id(TEXT_MANIFEST));
    // A setting that is written out says what its default says.
    assert_eq!(id(&IMAGE_MANIFEST.replace("\"size\"", "\"layout\": \"nchw\", \"size\"")), picture);
    assert_ne!(id(&IMAGE_MANIFEST.replace("[0, 0, 0]", "[0.5, 0, 0]")), picture);
    assert_ne!(id(&TEXT_MANIFEST.replace("\"maxTokens\": 3", "\"maxTokens\": 4")), text);
    folder.write("tokenizer.json", graphs::TOKENIZER.replace("Lowercase", "NFC"));
    assert_ne!(id(TEXT_MANIFEST), text);
    assert_eq!(id(&IMAGE_MANIFEST.replace("{", "{\"id\": \"mine@1\", ")), "mine@1");
}

#[test]
fn a_batch_keeps_its_order_and_reports_each_piece_once() {
    let encoder = Encoder::builtin("text@1").unwrap();
    let texts: Vec<String> = (0..40).map(|number| format!("text number {number}")).collect();
    let mut contents: Vec<Content<'_>> =
        texts.iter().map(|text| Content { media_type: "text/plain", bytes: text.as_bytes() }).collect();
    contents[7].bytes = b"\xFF";
    let seen = Mutex::new(Vec::new());
    let results = encoder.embed_batch(&contents, 4, &|done| seen.lock().unwrap().push(done));
    for (index, (result, text)) in results.iter().zip(&texts).enumerate() {
        match index {
            7 => assert_eq!(result.as_ref().unwrap_err().code(), "InferenceError::NotUtf8"),
            _ => assert_eq!(result.as_ref().unwrap(), &encoder.embed_text(text).unwrap()),
        }
    }
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, (1..=40).collect::<Vec<_>>());
    let calls = AtomicUsize::new(0);
    assert!(encoder.embed_batch(&[], 0, &|_| _ = calls.fetch_add(1, Ordering::Relaxed)).is_empty());
    assert_eq!(calls.into_inner(), 0);
}

#[derive(Deserialize)]
struct Reference {
    texts: Vec<ReferenceText>,
    picture: ReferencePicture,
    sound: ReferenceSound,
}

#[derive(Deserialize)]
struct ReferenceText {
    text: String,
    ids: Vec<i64>,
    embedding: Vec<f64>,
}

#[derive(Deserialize)]
struct ReferencePicture {
    width: u32,
    height: u32,
    embedding: Vec<f64>,
}

#[derive(serde::Deserialize)]
struct ReferenceSound {
    patches: usize,
    places: Vec<[usize; 3]>,
    values: Vec<f32>,
    embedding: Vec<f64>,
}

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(&a, b)| f64::from(a) * b).sum()
}

/// Real encoders against Python's onnxruntime, PIL and tokenizers (data/make.py).
#[test]
fn real_encoders_give_what_python_gives() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/encoders");
    if !shared.is_dir() {
        println!("skipped: ../shared/encoders is absent");
        return;
    }
    let Some(runtime) = graphs::runtime() else { return };
    let reference: Reference = serde_json::from_str(include_str!("data/shared_encoders.json")).unwrap();
    let folder = Folder::new("real");
    let file = |name: &str| serde_json::json!(shared.join(name).canonicalize().unwrap());

    let manifest = serde_json::json!({"kind": "text", "model": file("minilm_l6_int8.onnx"),
        "tokenizer": file("minilm_tokenizer.json"), "maxTokens": 256, "dimension": 384});
    let minilm = Encoder::from_file(&runtime, &folder.write("minilm.json", manifest.to_string())).unwrap();
    for case in &reference.texts {
        assert_eq!(minilm.token_ids(&case.text).unwrap(), case.ids, "{}", case.text);
        let cosine = cosine(minilm.embed_text(&case.text).unwrap().values(), &case.embedding);
        println!("{}: cosine {cosine:.7}", minilm.id());
        assert!(cosine > 0.999_99, "{}: {cosine}", case.text);
    }

    // Many at once, of all lengths, one not a text: the same embeddings, in the same places.
    let mut texts: Vec<String> =
        (0..40).map(|at| format!("{} {at}", "the sea ".repeat(at * at % 60))).collect();
    texts.extend(reference.texts.iter().map(|case| case.text.clone()));
    let mut contents: Vec<Content<'_>> =
        texts.iter().map(|text| Content { media_type: "text/plain", bytes: text.as_bytes() }).collect();
    contents[3].bytes = b"\xFF";
    let done = AtomicUsize::new(0);
    let together = minilm.embed_together(&contents, 2, &|_| _ = done.fetch_add(1, Ordering::Relaxed));
    assert_eq!((together.len(), done.into_inner()), (texts.len(), texts.len()));
    for (at, (result, text)) in together.iter().zip(&texts).enumerate() {
        if at == 3 {
            assert_eq!(result.as_ref().unwrap_err().code(), "InferenceError::NotUtf8");
            continue;
        }
        let alone: Vec<f64> =
            minilm.embed_text(text).unwrap().values().iter().map(|&it| f64::from(it)).collect();
        let cosine = cosine(result.as_ref().unwrap().values(), &alone);
        assert!(cosine > 0.999_99, "{at}: {cosine}");
    }

    let manifest = serde_json::json!({"kind": "image", "model": file("mobilenetv2_qat_int8w.onnx"), "dimension": 1280,
        "input": "x", "output": "embedding", "layout": "nchw", "size": 224});
    let mobilenet =
        Encoder::from_file(&runtime, &folder.write("mobilenet.json", manifest.to_string())).unwrap();
    let ReferencePicture { width, height, embedding } = &reference.picture;
    let picture = image::RgbImage::from_fn(*width, *height, |x, y| {
        image::Rgb([(x * 255 / (width - 1)) as u8, (x * y / 7) as u8, (y * 255 / (height - 1)) as u8])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let ours = mobilenet.embed(&Content { media_type: "image/png", bytes: png.get_ref() }).unwrap();
    let cosine = cosine(ours.values(), embedding);
    println!("{}: cosine {cosine:.7}", mobilenet.id());
    assert!(cosine > 0.999_99, "{cosine}");
}

/// YAMNet, and what it is fed, against numpy and Python's onnxruntime (data/make.py).
#[test]
fn yamnet_hears_what_python_hears() {
    let reference: Reference = serde_json::from_str(include_str!("data/shared_encoders.json")).unwrap();
    let ReferenceSound { patches, places, values, embedding } = reference.sound;
    let samples: Vec<f32> = (0..30_000i64).map(|at| (at * at / 97 % 512 - 256) as f32 / 512.0).collect();
    let usual = taste_inference::SoundSettings::default();
    let (shape, found) = taste_preprocess::sound_tensor(&usual, 16_000, &samples).unwrap();
    assert_eq!(shape, [patches, 1, 96, 64]);
    for ([patch, frame, band], value) in places.into_iter().zip(values) {
        let found = found[(patch * 96 + frame) * 64 + band];
        assert!((found - value).abs() < 2e-5, "{patch} {frame} {band}: {found} instead of {value}");
    }
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/encoders");
    if !shared.is_dir() {
        println!("skipped: ../shared/encoders is absent");
        return;
    }
    let Some(runtime) = graphs::runtime() else { return };
    let folder = Folder::new("yamnet");
    let model = serde_json::json!(shared.join("yamnet_trunk_int8w.onnx").canonicalize().unwrap());
    let manifest = serde_json::json!({"kind": "audio", "model": model, "dimension": 1024}).to_string();
    let yamnet = Encoder::from_file(&runtime, &folder.write("yamnet.json", manifest)).unwrap();
    let ours = yamnet.embed_sound(16_000, &samples).unwrap();
    let cosine = cosine(ours.values(), &embedding);
    println!("{}: cosine {cosine:.7}", yamnet.id());
    assert!(cosine > 0.999_99, "{cosine}");
    // The same as a file, which is 16 bits coarse; and content of another kind.
    let mut file =
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data".to_vec();
    file.extend(60_000u32.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| ((sample * 32_768.0) as i16).to_le_bytes()));
    let heard = yamnet.embed(&Content { media_type: "audio/wav", bytes: &file }).unwrap();
    assert_eq!(heard, ours);
    let code = |media_type, bytes| yamnet.embed(&Content { media_type, bytes }).unwrap_err().code();
    assert_eq!(code("audio/ogg", b"OggS"), "PreprocessError::AudioUnreadable");
    assert_eq!(code("image/png", &four_pixels()), "InferenceError::WrongKind");
    assert_eq!(
        yamnet.embed_sound(16_000, &vec![0.0; 16_000 * 601]).unwrap_err().code(),
        "PreprocessError::AudioTooLong"
    );
    // The built-in one takes the same files.
    let builtin = Encoder::builtin("audio@1").unwrap();
    assert_eq!(
        builtin.embed(&Content { media_type: "audio/wav", bytes: &file }).unwrap().dimension(),
        builtin.dimension()
    );
}
