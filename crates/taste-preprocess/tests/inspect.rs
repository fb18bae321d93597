//! Hostile and foreign ONNX files, refused before any runtime reads them.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail and say why a test is skipped"
)]

use taste_onnx::{
    ElementType, GraphBuilder, ModelProto, NodeProto, StringStringEntryProto, TensorProto, to_bytes,
};
use taste_preprocess::{ElementKind, PreprocessError, inspect, steady};

fn doubles() -> ModelProto {
    let mut graph = GraphBuilder::new("doubles");
    let x = graph.input("x", ElementType::F32, &["n".into(), 3.into()]);
    let two = graph.initializer_f32("two", &[3], &[2.0; 3]);
    let y = graph.named("y", "Mul", &[&x, &two], vec![]);
    graph.output(&y, ElementType::F32, &["n".into(), 3.into()]);
    graph.finish()
}

fn code(change: impl FnOnce(&mut ModelProto)) -> &'static str {
    let mut model = doubles();
    change(&mut model);
    inspect(&to_bytes(&model)).map_or_else(|error| error.code(), |_| "accepted")
}

fn tensor(model: &mut ModelProto) -> &mut TensorProto {
    &mut model.graph.as_mut().unwrap().initializer[0]
}

#[test]
fn what_a_file_is_made_of_is_read_without_a_runtime() {
    let found = inspect(&to_bytes(&doubles())).unwrap();
    assert_eq!((found.inputs[0].name.as_str(), &found.inputs[0].shape[..]), ("x", [-1, 3].as_slice()));
    assert_eq!(found.outputs[0].element, ElementKind::F32);
    assert_eq!(found.operators, ["Mul"]);
    assert_eq!((found.opset(), found.nodes, found.weights), (18, 1, 12));
}

#[test]
fn numbers_in_other_files_are_not_fetched() {
    let entry = |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
    let mut model = doubles();
    tensor(&mut model).external_data = vec![entry("location", "../../etc/passwd"), entry("length", "4")];
    let error = inspect(&to_bytes(&model)).unwrap_err();
    assert!(
        matches!(&error, PreprocessError::OnnxExternal { location, .. } if location == "../../etc/passwd")
    );
    assert_eq!(code(|model| tensor(model).data_location = 1), "PreprocessError::OnnxExternal");
}

#[test]
fn tensors_that_declare_more_than_the_file_holds_are_refused() {
    for dims in [vec![1 << 40, 1 << 40], vec![-3], vec![4], vec![i64::MAX], vec![2]] {
        assert_eq!(code(|model| tensor(model).dims = dims), "PreprocessError::OnnxTensor");
    }
    let typed = |model: &mut ModelProto| {
        *tensor(model) = TensorProto {
            name: "two".into(),
            dims: vec![1_000_000_000],
            data_type: 1,
            float_data: vec![1.0],
            ..TensorProto::default()
        };
    };
    assert_eq!(code(typed), "PreprocessError::OnnxTensor");
}

#[test]
fn cycles_and_values_from_nowhere_are_refused() {
    let node = |input: &str, output: &str| NodeProto {
        op_type: "Neg".into(),
        input: vec![input.into()],
        output: vec![output.into()],
        ..NodeProto::default()
    };
    let with = |nodes: Vec<NodeProto>| {
        code(|model| model.graph.as_mut().unwrap().node.splice(0..0, nodes).for_each(drop))
    };
    assert_eq!(with(vec![node("a", "a")]), "PreprocessError::OnnxOrder");
    assert_eq!(with(vec![node("b", "a"), node("a", "b")]), "PreprocessError::OnnxOrder");
    assert_eq!(with(vec![node("x", "a"), node("a", "b")]), "accepted");
    assert_eq!(code(|model| model.graph.as_mut().unwrap().node.clear()), "PreprocessError::OnnxOrder");
}

#[test]
fn operators_that_are_not_everywhere_are_named() {
    let custom = |model: &mut ModelProto| model.graph.as_mut().unwrap().node[0].domain = "org.example".into();
    assert_eq!(code(custom), "PreprocessError::OnnxOperators");
    assert_eq!(code(|model| model.opset_import[0].version = 99), "PreprocessError::OnnxOperators");
    assert_eq!(code(|model| model.opset_import.clear()), "PreprocessError::OnnxOperators");
}

#[test]
fn every_truncation_and_every_flipped_byte_is_an_answer_and_no_panic() {
    let whole = to_bytes(&doubles());
    for length in 0..whole.len() {
        // A cut between two fields of the file can leave a whole, smaller one; without the operator sets it is refused.
        assert!(inspect(&whole[..length]).is_err(), "{length} bytes");
    }
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            let _ = inspect(&flipped);
        }
    }
    assert_eq!(inspect(b"<html>not found</html>").unwrap_err().code(), "PreprocessError::OnnxMalformed");
}

#[test]
fn rounded_activations_become_the_numbers_themselves_and_nothing_else_changes() {
    let whole = to_bytes(&doubles());
    assert_eq!(&*steady(&whole).unwrap(), &whole[..]);
    let node = |operator: &str, input: &[&str], output: &[&str]| NodeProto {
        op_type: operator.into(),
        input: input.iter().map(|&name| name.into()).collect(),
        output: output.iter().map(|&name| name.into()).collect(),
        ..NodeProto::default()
    };
    let quantised = |reader: &str| {
        let mut model = doubles();
        let graph = model.graph.as_mut().unwrap();
        graph.initializer.push(TensorProto {
            name: "w".into(),
            dims: vec![3, 3],
            data_type: 3,
            raw_data: vec![1; 9],
            ..TensorProto::default()
        });
        graph.node = vec![
            node("DynamicQuantizeLinear", &["x"], &["q", "s", "z"]),
            node(reader, &["q", "w", "z"], &["i"]),
            node("Cast", &["i"], &["f"]),
            node("Mul", &["f", "s"], &["y"]),
        ];
        to_bytes(&model)
    };
    let file = quantised("MatMulInteger");
    let found = inspect(&steady(&file).unwrap()).unwrap();
    let mut operators = found.operators.clone();
    operators.sort();
    assert_eq!(operators, ["Cast", "Identity", "MatMul", "Mul"]);
    let other = quantised("ConvInteger");
    assert_eq!(&*steady(&other).unwrap(), &other[..]);
    for length in 0..file.len() {
        let _ = steady(&file[..length]);
    }
}

#[test]
fn real_encoders_are_accepted() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/encoders");
    if !shared.is_dir() {
        println!("skipped: ../shared/encoders is absent");
        return;
    }
    for (name, input) in
        [("minilm_l6_int8", "input_ids"), ("mobilenetv2_qat_int8w", "x"), ("yamnet_trunk_int8w", "x")]
    {
        let found = inspect(&std::fs::read(shared.join(format!("{name}.onnx"))).unwrap()).unwrap();
        assert_eq!(found.inputs[0].name, input);
        let bytes = std::fs::read(shared.join(format!("{name}.onnx"))).unwrap();
        assert!(
            !inspect(&steady(&bytes).unwrap())
                .unwrap()
                .operators
                .contains(&"DynamicQuantizeLinear".to_owned())
        );
        println!("{name}: {} nodes, {} bytes of weights, {:?}", found.nodes, found.weights, found.operators);
    }
}
