//! Writing graphs: every operation returns the value it makes, names and constants are kept by the builder.

use alloc::{collections::BTreeMap, format, string::String, vec, vec::Vec};

use crate::{
    IR_VERSION, OPSET_VERSION,
    proto::{
        AttributeProto, DimensionProto, DimensionValue, ElementType, GraphProto, ModelProto, NodeProto,
        OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto,
        TypeProto, TypeValue, ValueInfoProto,
    },
};

/// One dimension of an input or output: `3.into()` is fixed, `"n".into()` is known when the graph runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dim {
    /// A fixed size.
    Fixed(usize),
    /// A size by name; equal names are equal sizes.
    Named(String),
}

impl From<usize> for Dim {
    fn from(size: usize) -> Self {
        Self::Fixed(size)
    }
}

impl From<&str> for Dim {
    fn from(name: &str) -> Self {
        Self::Named(name.into())
    }
}

/// A value in the graph being built, by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Value(String);

impl Value {
    /// The name under which the runtime knows it.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Builds a model node by node, in the order in which they run. The same calls give the same bytes.
///
/// Shapes and operators are not checked here; ONNX's checker and the runtime do that.
#[derive(Debug)]
pub struct GraphBuilder {
    graph: GraphProto,
    metadata: Vec<StringStringEntryProto>,
    constants: BTreeMap<Vec<u8>, Value>,
    next: usize,
}

impl GraphBuilder {
    /// An empty graph. ONNX wants every graph to have a name.
    pub fn new(name: &str) -> Self {
        let graph = GraphProto { name: name.into(), ..GraphProto::default() };
        Self { graph, metadata: vec![], constants: BTreeMap::new(), next: 0 }
    }

    /// Declares an input.
    pub fn input(&mut self, name: &str, element: ElementType, shape: &[Dim]) -> Value {
        self.graph.input.push(value_info(name, element, shape));
        Value(name.into())
    }

    /// Declares that a value is an output, under the value's own name.
    pub fn output(&mut self, value: &Value, element: ElementType, shape: &[Dim]) {
        self.graph.output.push(value_info(&value.0, element, shape));
    }

    /// Adds a named `f32` constant, row-major.
    ///
    /// # Panics
    /// When `values` has another length than `dims` say: that is a mistake in the calling code.
    pub fn initializer_f32(&mut self, name: &str, dims: &[usize], values: &[f32]) -> Value {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.initializer(name, dims, values.len(), ElementType::F32, raw)
    }

    /// Adds a named `i64` constant.
    ///
    /// # Panics
    /// As [`initializer_f32`](Self::initializer_f32).
    pub fn initializer_i64(&mut self, name: &str, dims: &[usize], values: &[i64]) -> Value {
        let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.initializer(name, dims, values.len(), ElementType::I64, raw)
    }

    /// Adds a named `u8` constant.
    ///
    /// # Panics
    /// As [`initializer_f32`](Self::initializer_f32).
    pub fn initializer_u8(&mut self, name: &str, dims: &[usize], values: &[u8]) -> Value {
        self.initializer(name, dims, values.len(), ElementType::U8, values.to_vec())
    }

    /// A scalar constant; equal ones (bit for bit) are kept once.
    pub fn scalar(&mut self, value: f32) -> Value {
        let key = [&b"f"[..], &value.to_le_bytes()].concat();
        if let Some(known) = self.constants.get(&key) {
            return known.clone();
        }
        let name = self.fresh("scalar");
        let made = self.initializer_f32(&name, &[], &[value]);
        self.constants.insert(key, made.clone());
        made
    }

    /// A constant list of integers (axes, shapes); equal ones are kept once.
    pub fn integers(&mut self, values: &[i64]) -> Value {
        let mut key = b"i".to_vec();
        key.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        if let Some(known) = self.constants.get(&key) {
            return known.clone();
        }
        let name = self.fresh("integers");
        let made = self.initializer_i64(&name, &[values.len()], values);
        self.constants.insert(key, made.clone());
        made
    }

    /// Adds a node with one output and no attributes.
    pub fn op(&mut self, op_type: &str, inputs: &[&Value]) -> Value {
        self.op_with(op_type, inputs, vec![])
    }

    /// Adds a node with one output.
    pub fn op_with(&mut self, op_type: &str, inputs: &[&Value], attributes: Vec<AttributeProto>) -> Value {
        let name = self.fresh(op_type);
        self.named(&name, op_type, inputs, attributes)
    }

    /// Adds a node whose one output has a chosen name; graph outputs are made so.
    pub fn named(
        &mut self,
        output: &str,
        op_type: &str,
        inputs: &[&Value],
        attributes: Vec<AttributeProto>,
    ) -> Value {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: vec![output.into()],
            name: format!("{output}.{op_type}"),
            op_type: op_type.into(),
            attribute: attributes,
            ..NodeProto::default()
        });
        Value(output.into())
    }

    /// Adds a node with several outputs, such as `Split`.
    pub fn op_many(
        &mut self,
        op_type: &str,
        inputs: &[&Value],
        outputs: usize,
        attributes: Vec<AttributeProto>,
    ) -> Vec<Value> {
        let stem = self.fresh(op_type);
        let made: Vec<Value> = (0..outputs).map(|index| Value(format!("{stem}_{index}"))).collect();
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: made.iter().map(|value| value.0.clone()).collect(),
            name: stem,
            op_type: op_type.into(),
            attribute: attributes,
            ..NodeProto::default()
        });
        made
    }

    /// Adds a metadata entry; they are written in the order added.
    pub fn metadata(&mut self, key: &str, value: &str) {
        self.metadata.push(StringStringEntryProto { key: key.into(), value: value.into() });
    }

    /// The finished model: IR version 9, standard operators of version 18, producer `tastemaker`.
    pub fn finish(self) -> ModelProto {
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "tastemaker".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }],
            metadata_props: self.metadata,
            ..ModelProto::default()
        }
    }

    fn initializer(
        &mut self,
        name: &str,
        dims: &[usize],
        count: usize,
        element: ElementType,
        raw_data: Vec<u8>,
    ) -> Value {
        assert_eq!(dims.iter().product::<usize>(), count, "initializer {name}: dimensions {dims:?}");
        self.graph.initializer.push(TensorProto {
            dims: dims.iter().map(|&dim| dim as i64).collect(),
            data_type: element as i32,
            name: name.into(),
            raw_data,
            ..TensorProto::default()
        });
        Value(name.into())
    }

    /// Names made here start with an underscore, so they cannot meet a name that a caller chose (ours do not).
    fn fresh(&mut self, stem: &str) -> String {
        self.next += 1;
        format!("_{stem}{}", self.next)
    }
}

fn value_info(name: &str, element: ElementType, shape: &[Dim]) -> ValueInfoProto {
    let dim = |dim: &Dim| DimensionProto {
        value: Some(match dim {
            Dim::Fixed(size) => DimensionValue::Size(*size as i64),
            Dim::Named(name) => DimensionValue::Name(name.clone()),
        }),
    };
    let tensor = TensorTypeProto {
        elem_type: element as i32,
        shape: Some(TensorShapeProto { dim: shape.iter().map(dim).collect() }),
    };
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { value: Some(TypeValue::Tensor(tensor)) }) }
}
