//! The oracle: ONNX's own Python package must accept what the builder writes and read the same numbers from it.
//!
//! `data/built.onnx` is the file that was checked and `data/built.txt` what the onnx package read from it; the builder must still write the
//! very same bytes. Where Python has the onnx package, the check runs again.

use std::{path::Path, process::Command};
use taste_onnx::{AttributeProto, ElementType, GraphBuilder, to_bytes};

/// One of everything that the builder can write.
fn one_of_everything() -> Vec<u8> {
    let mut graph = GraphBuilder::new("one-of-everything");
    let x = graph.input("x", ElementType::F32, &["n".into(), 2.into()]);
    let index = graph.input("index", ElementType::I64, &["m".into()]);
    let weights = graph.initializer_f32("weights", &[2, 2], &[1.0, 2.0, 3.0, -4.5]);
    let rows = graph.op("Gather", &[&x, &index]);
    let product = graph.op_with("Gemm", &[&rows, &weights], vec![AttributeProto::int("transB", 0)]);
    let sizes = graph.integers(&[1, 1]);
    let halves = graph.op_many("Split", &[&product, &sizes], 2, vec![AttributeProto::int("axis", 1)]);
    let slope = graph.op_with("LeakyRelu", &[&halves[0]], vec![AttributeProto::float("alpha", 0.25)]);
    let half = graph.scalar(0.5);
    let sum = graph.op("Sum", &[&slope, &halves[1], &half]);
    let y = graph.named("y", "Tanh", &[&sum], vec![]);
    graph.initializer_u8("bytes", &[3], &[1, 2, 255]);
    graph.initializer_i64("integers", &[1, 2], &[i64::MIN, i64::MAX]);
    graph.output(&y, ElementType::F32, &["m".into(), 1.into()]);
    graph.metadata("format", "test/1");
    graph.metadata("title", "größer");
    to_bytes(&graph.finish())
}

#[test]
fn onnx_accepts_what_the_builder_writes() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let built = data.join("built.onnx");
    if std::env::var_os("TASTE_WRITE_FIXTURES").is_some() {
        std::fs::write(&built, one_of_everything()).unwrap();
    }
    assert!(
        std::fs::read(&built).unwrap() == one_of_everything(),
        "the builder writes other bytes than data/built.onnx"
    );

    let python = std::env::var("TASTE_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_onnx =
        Command::new(&python).args(["-c", "import onnx"]).output().is_ok_and(|run| run.status.success());
    if !has_onnx {
        println!("skipped: {python} has no onnx package, so the recorded check is not run again");
        return;
    }
    let run =
        Command::new(&python).env("PYTHONUTF8", "1").arg(data.join("check.py")).arg(&built).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(
        String::from_utf8_lossy(&run.stdout),
        std::fs::read_to_string(data.join("built.txt")).unwrap()
    );
}
