//! The example runs with its one command, and what it claims is so.

use std::{fs, process::Command};

use sha2::{Digest, Sha256};
use taste_inference::{InferenceError, Runtime};

#[test]
fn people_held_out_are_guessed_better_than_the_floor_and_the_file_is_the_one_named() {
    if let Err(InferenceError::RuntimeMissing { searched }) = Runtime::load(None) {
        println!("skipped: no ONNX Runtime in {searched}; `cargo xtask setup` fetches it");
        return;
    }
    let path = std::env::temp_dir().join(format!("example-train-{}.onnx", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_example-train")).arg(&path).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));

    let digest: String =
        Sha256::digest(fs::read(&path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(said.contains(&digest), "{digest} in:\n{said}");
    fs::remove_file(&path).unwrap();

    let verdict = said.lines().find(|line| line.starts_with("people held out:")).unwrap();
    let figures: Vec<f64> =
        verdict.split(" %").filter_map(|part| part.rsplit(' ').next()?.parse().ok()).collect();
    let [floor, crowd, personal] = figures[..] else { panic!("{verdict}") };
    assert!(crowd > floor + 3.0 && personal > crowd + 5.0, "{verdict}");
}
