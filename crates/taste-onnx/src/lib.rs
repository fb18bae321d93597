//! ONNX files without a runtime: the protobuf structs, a graph builder, and readers that distrust what they read.
//!
//! The trainer writes its step and the taste model through [`GraphBuilder`]; a page reads the taste model's
//! weights with [`parse`] and [`tensor_f32`]. What is *not* here: running a graph (`taste-inference` does, by ONNX
//! Runtime), or knowing what a taste model looks like (`taste-model`).
//!
//! ```
//! use taste_onnx::{ElementType, GraphBuilder, parse, tensor_f32, to_bytes};
//!
//! let mut graph = GraphBuilder::new("doubles");
//! let x = graph.input("x", ElementType::F32, &["n".into(), 3.into()]);
//! let two = graph.initializer_f32("two", &[], &[2.0]);
//! let y = graph.named("y", "Mul", &[&x, &two], vec![]);
//! graph.output(&y, ElementType::F32, &["n".into(), 3.into()]);
//! let bytes = to_bytes(&graph.finish());
//!
//! let model = parse(&bytes)?;
//! let graph = model.graph.as_ref().expect("just written");
//! assert_eq!(tensor_f32(graph.initializer("two").expect("just written"))?, [2.0]);
//! # Ok::<(), taste_onnx::OnnxError>(())
//! ```

#![no_std]
extern crate alloc;

mod builder;
mod error;
mod proto;
mod tensor;

pub use builder::{Dim, GraphBuilder, Value};
pub use error::OnnxError;
pub use proto::{
    AttributeKind, AttributeProto, DimensionProto, DimensionValue, ElementType, GraphProto, ModelProto,
    NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, TypeValue, ValueInfoProto,
};
pub use tensor::{dims, tensor_f32, tensor_i64, tensor_u8};

use alloc::vec::Vec;
use prost::Message;

/// The intermediate-representation version that is written (ONNX 1.14 and later read it).
pub const IR_VERSION: i64 = 9;
/// The version of the standard operators that is written.
pub const OPSET_VERSION: i64 = 18;
/// The longest file that [`parse`] looks at, in bytes. A taste model of 16,384 dimensions and 256 hidden units is a quarter of it.
pub const MAX_FILE: usize = 64 << 20;

/// Reads an ONNX file. Fields outside of the subset in this crate are skipped, as protobuf readers do; whether the
/// graph is one that the caller wants is for the caller to check.
///
/// # Errors
/// [`OnnxError::TooLarge`] above [`MAX_FILE`], [`OnnxError::Malformed`] when the bytes are not the protobuf,
/// [`OnnxError::NoGraph`] when they are, but hold no graph (an empty file is such a one).
pub fn parse(bytes: &[u8]) -> Result<ModelProto, OnnxError> {
    if bytes.len() > MAX_FILE {
        return Err(OnnxError::TooLarge { found: bytes.len(), limit: MAX_FILE });
    }
    let model = ModelProto::decode(bytes).map_err(OnnxError::Malformed)?;
    if model.graph.is_none() {
        return Err(OnnxError::NoGraph);
    }
    Ok(model)
}

/// Writes an ONNX file. The same model always gives the same bytes: fields in order of their numbers, lists in
/// their own order, no maps.
pub fn to_bytes(model: &ModelProto) -> Vec<u8> {
    model.encode_to_vec()
}
