//! Bytes that nobody meant well: an error each time, never a panic, never memory that the file did not pay for.

use taste_onnx::{
    ElementType, GraphBuilder, TensorProto, parse, tensor_f32, tensor_i64, tensor_u8, to_bytes,
};

fn small_model() -> Vec<u8> {
    let mut graph = GraphBuilder::new("small");
    let x = graph.input("x", ElementType::F32, &["n".into(), 2.into()]);
    let w = graph.initializer_f32("w", &[2, 1], &[1.5, -2.5]);
    let y = graph.named("y", "MatMul", &[&x, &w], vec![]);
    graph.output(&y, ElementType::F32, &["n".into(), 1.into()]);
    graph.metadata("format", "test");
    to_bytes(&graph.finish())
}

#[test]
fn a_model_survives_both_ways_and_gives_the_same_bytes() {
    let bytes = small_model();
    let model = parse(&bytes).unwrap();
    assert_eq!(model.metadata("format"), Some("test"));
    assert_eq!(tensor_f32(model.graph.as_ref().unwrap().initializer("w").unwrap()).unwrap(), [1.5, -2.5]);
    assert_eq!(to_bytes(&model), bytes);
}

#[test]
fn every_truncation_is_refused_or_a_smaller_model_and_every_flip_is_survived() {
    let bytes = small_model();
    for end in 0..bytes.len() {
        read_all(&bytes[..end]);
    }
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1 << bit;
            read_all(&damaged);
        }
    }
    assert_eq!(parse(&[]).unwrap_err().code(), "OnnxError::NoGraph");
    assert_eq!(parse(b"not a model at all").unwrap_err().code(), "OnnxError::Malformed");
}

/// Reads whatever can be read; the point is that it returns.
fn read_all(bytes: &[u8]) {
    let Ok(model) = parse(bytes) else { return };
    for tensor in model.graph.iter().flat_map(|graph| &graph.initializer) {
        let _ = (tensor_f32(tensor), tensor_i64(tensor), tensor_u8(tensor));
    }
}

#[test]
fn each_impossible_tensor_is_named() {
    let tensor = |dims: &[i64], raw: &[u8]| TensorProto {
        dims: dims.to_vec(),
        data_type: ElementType::F32 as i32,
        raw_data: raw.to_vec(),
        ..TensorProto::default()
    };
    for (bad, code) in [
        (tensor(&[-1], &[0; 4]), "OnnxError::Dimensions"),
        (tensor(&[i64::MAX, i64::MAX], &[0; 4]), "OnnxError::Dimensions"),
        (tensor(&[1 << 40], &[0; 4]), "OnnxError::Length"),
        (tensor(&[2], &[0; 4]), "OnnxError::Length"),
        (tensor(&[1], &[0; 7]), "OnnxError::Length"),
        (tensor(&[1], &[]), "OnnxError::Length"),
        (
            TensorProto { data_type: ElementType::I64 as i32, ..tensor(&[1], &[0; 4]) },
            "OnnxError::ElementType",
        ),
        (TensorProto { data_location: 1, ..tensor(&[1], &[0; 4]) }, "OnnxError::ExternalData"),
    ] {
        assert_eq!(tensor_f32(&bad).unwrap_err().code(), code, "{bad:?}");
    }
    assert_eq!(tensor_f32(&tensor(&[0, 5], &[])).unwrap(), [0.0; 0]);
    assert_eq!(tensor_f32(&tensor(&[], &1f32.to_le_bytes())).unwrap(), [1.0]);
}

#[test]
fn numbers_in_typed_fields_are_read_like_raw_ones() {
    let floats =
        TensorProto { dims: vec![2], data_type: 1, float_data: vec![1.0, 2.0], ..TensorProto::default() };
    assert_eq!(tensor_f32(&floats).unwrap(), [1.0, 2.0]);
    let integers =
        TensorProto { dims: vec![1], data_type: 7, int64_data: vec![-9], ..TensorProto::default() };
    assert_eq!(tensor_i64(&integers).unwrap(), [-9]);
}
