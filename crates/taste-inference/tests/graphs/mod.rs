//! Tiny networks, written with `taste-onnx`, and what the tests need around them.

use std::path::PathBuf;
use taste_inference::{InferenceError, Runtime};
use taste_onnx::{ElementType, GraphBuilder, to_bytes};

/// ONNX Runtime, or `None` with a line that says why the test has nothing to show.
pub(crate) fn runtime() -> Option<Runtime> {
    match Runtime::load(None) {
        Ok(runtime) => Some(runtime),
        Err(InferenceError::RuntimeMissing { .. }) => {
            println!("skipped: ONNX Runtime's library is absent (cargo xtask setup brings it)");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

/// `y = x · w + b` for x of `[n, 3]`, w = [1, 2, 3]ᵀ, b = 0.5: y of `[n, 1]`.
pub(crate) fn linear() -> Vec<u8> {
    let mut graph = GraphBuilder::new("linear");
    let x = graph.input("x", ElementType::F32, &["n".into(), 3.into()]);
    let w = graph.initializer_f32("w", &[3, 1], &[1.0, 2.0, 3.0]);
    let b = graph.initializer_f32("b", &[1], &[0.5]);
    let product = graph.op("MatMul", &[&x, &w]);
    let y = graph.named("y", "Add", &[&product, &b], vec![]);
    graph.output(&y, ElementType::F32, &["n".into(), 1.into()]);
    to_bytes(&graph.finish())
}

/// `y = ln x`, which is not finite at zero.
pub(crate) fn logarithm() -> Vec<u8> {
    let mut graph = GraphBuilder::new("logarithm");
    let x = graph.input("x", ElementType::F32, &["n".into()]);
    let y = graph.named("y", "Log", &[&x], vec![]);
    graph.output(&y, ElementType::F32, &["n".into()]);
    to_bytes(&graph.finish())
}

/// An image network of 2 × 2 pixels: its embedding is the global average of each channel, `[n, 3, 1, 1]`.
pub(crate) fn averages() -> Vec<u8> {
    let mut graph = GraphBuilder::new("averages");
    let x = graph.input("x", ElementType::F32, &["n".into(), 3.into(), 2.into(), 2.into()]);
    let y = graph.named("embedding", "GlobalAveragePool", &[&x], vec![]);
    graph.output(&y, ElementType::F32, &["n".into(), 3.into(), 1.into(), 1.into()]);
    to_bytes(&graph.finish())
}

/// A text network: each token's embedding is a row of a table, `[n, t, 2]`.
pub(crate) fn token_table() -> Vec<u8> {
    let mut graph = GraphBuilder::new("tokens");
    let ids = graph.input("input_ids", ElementType::I64, &["n".into(), "t".into()]);
    let table = graph.initializer_f32("table", &[4, 2], &[0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 3.0, 4.0]);
    let y = graph.named("embedding", "Gather", &[&table, &ids], vec![]);
    graph.output(&y, ElementType::F32, &["n".into(), "t".into(), 2.into()]);
    to_bytes(&graph.finish())
}

/// A tokenizer of three words.
pub(crate) const TOKENIZER: &str = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
    "model": {"type": "WordLevel", "vocab": {"?": 0, "red": 1, "green": 2, "blue": 3}, "unk_token": "?"}}"#;

/// A folder of this test's own, removed when dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("taste-inference-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing depends on it; the system empties its temporary folder too.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
