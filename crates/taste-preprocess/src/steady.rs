//! Networks with dynamic 8-bit activations, made steady.
//!
//! `DynamicQuantizeLinear` rounds every activation to one of 256 steps of its tensor. Where two machines add up in another
//! order, one value in a million falls on another step, and layers later the embedding is another: MiniLM's by 0.003 in cosine,
//! between AVX2 and WebAssembly. So the graph is changed before it is loaded: activations stay as they are, and the 8-bit weights are
//! multiplied as the numbers they stand for. That is closer to the network before its quantisation, and the same everywhere.
//!
//! `DynamicQuantizeLinear(x) → q, s, z` becomes `q = x`, `s = 1`; `MatMulInteger(q, W, z, w)` becomes `q · (W − w)`. The
//! multiplications by `s` and by the weights' scale that follow stay as they are.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::{
    error::PreprocessError,
    inspect::{Wire, fields, text},
};

/// The steady form of a graph; the graph itself where there is nothing to change, or where the rounded activations go elsewhere than into
/// `MatMulInteger`.
///
/// # Errors
/// [`PreprocessError::OnnxMalformed`].
pub fn steady(onnx: &[u8]) -> Result<Cow<'_, [u8]>, PreprocessError> {
    let mut graph = None;
    for field in fields(onnx) {
        if let (7, Wire::Bytes(bytes)) = field? {
            graph = Some(bytes);
        }
    }
    let Some(graph) = graph else { return Ok(Cow::Borrowed(onnx)) };
    let mut nodes = Vec::new();
    for field in fields(graph) {
        if let (1, Wire::Bytes(bytes)) = field? {
            nodes.push(Node::read(bytes)?);
        }
    }
    // Rounded values and their zero points, by the node that makes them.
    let mut rounded: HashMap<&str, usize> = HashMap::new();
    for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.is("DynamicQuantizeLinear")) {
        for output in [0, 2].into_iter().filter_map(|output| node.outputs.get(output)) {
            rounded.insert(output, at);
        }
    }
    let mut changed = vec![false; nodes.len()];
    rounded.values().for_each(|at| changed[*at] = true);
    for node in &nodes {
        for (place, input) in node.inputs.iter().enumerate() {
            let good = node.is("MatMulInteger") && (place == 0 || place == 2) && node.inputs.len() > 2;
            if let Some(at) = rounded.get(input.as_str()).filter(|_| !good) {
                changed[*at] = false;
            }
        }
    }
    let multiplies = |node: &Node<'_>| {
        node.is("MatMulInteger")
            && node
                .inputs
                .first()
                .and_then(|input| rounded.get(input.as_str()))
                .is_some_and(|at| changed[*at])
    };
    if !nodes.iter().any(multiplies) {
        return Ok(Cow::Borrowed(onnx));
    }
    let mut inside = Vec::with_capacity(graph.len());
    let mut nodes = nodes.iter().enumerate();
    for field in fields(graph) {
        match field? {
            (1, Wire::Bytes(bytes)) => {
                let (at, node) = nodes.next().expect("every node was read above");
                if changed[at] {
                    put(&mut inside, 1, &written("Identity", &[&node.inputs[0]], &node.outputs[0], None));
                    if let Some(scale) = node.outputs.get(1) {
                        put(&mut inside, 5, &one(scale));
                    }
                } else if multiplies(node) {
                    replace_multiplication(&mut inside, node);
                } else {
                    put(&mut inside, 1, bytes);
                }
            }
            (number, wire) => copy(&mut inside, number, &wire),
        }
    }
    let mut file = Vec::with_capacity(inside.len() + 1024);
    for field in fields(onnx) {
        match field? {
            (7, Wire::Bytes(_)) => put(&mut file, 7, &inside),
            (number, wire) => copy(&mut file, number, &wire),
        }
    }
    Ok(Cow::Owned(file))
}

fn replace_multiplication(graph: &mut Vec<u8>, node: &Node<'_>) {
    let output = &node.outputs[0];
    let number = format!("{output}/steady.weights");
    put(graph, 1, &written("Cast", &[&node.inputs[1]], &number, Some(("to", 1))));
    let weights = match node.inputs.get(3).filter(|zero| !zero.is_empty()) {
        Some(zero) => {
            let (point, centred) = (format!("{output}/steady.zero"), format!("{output}/steady.centred"));
            put(graph, 1, &written("Cast", &[zero], &point, Some(("to", 1))));
            put(graph, 1, &written("Sub", &[&number, &point], &centred, None));
            centred
        }
        None => number,
    };
    put(graph, 1, &written("MatMul", &[&node.inputs[0], &weights], output, None));
}

struct Node<'a> {
    inputs: Vec<String>,
    outputs: Vec<String>,
    operator: String,
    domain: &'a [u8],
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, PreprocessError> {
        let mut node = Self { inputs: Vec::new(), outputs: Vec::new(), operator: String::new(), domain: b"" };
        for field in fields(bytes) {
            match field? {
                (1, Wire::Bytes(name)) => node.inputs.push(text(name)?),
                (2, Wire::Bytes(name)) => node.outputs.push(text(name)?),
                (4, Wire::Bytes(name)) => node.operator = text(name)?,
                (7, Wire::Bytes(name)) => node.domain = name,
                _ => {}
            }
        }
        Ok(node)
    }

    fn is(&self, operator: &str) -> bool {
        self.operator == operator
            && (self.domain.is_empty() || self.domain == b"ai.onnx")
            && !self.outputs.is_empty()
            && !self.inputs.is_empty()
    }
}

/// A node of the standard operators, with at most one whole number as its attribute.
fn written(operator: &str, inputs: &[&String], output: &str, attribute: Option<(&str, u64)>) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        put(&mut node, 1, input.as_bytes());
    }
    put(&mut node, 2, output.as_bytes());
    put(&mut node, 4, operator.as_bytes());
    if let Some((name, value)) = attribute {
        let mut bytes = Vec::new();
        put(&mut bytes, 1, name.as_bytes());
        number(&mut bytes, 3, value);
        // The kind of attribute: an integer.
        number(&mut bytes, 20, 2);
        put(&mut node, 5, &bytes);
    }
    node
}

/// The constant 1, an f32 without sides.
fn one(name: &str) -> Vec<u8> {
    let mut tensor = Vec::new();
    number(&mut tensor, 2, 1);
    put(&mut tensor, 8, name.as_bytes());
    put(&mut tensor, 9, &1f32.to_le_bytes());
    tensor
}

fn copy(out: &mut Vec<u8>, field: u64, wire: &Wire<'_>) {
    match wire {
        Wire::Number(value) => number(out, field, *value),
        Wire::Bytes(bytes) => put(out, field, bytes),
        Wire::Fixed(bytes) => {
            varint(out, (field << 3) | if bytes.len() == 8 { 1 } else { 5 });
            out.extend_from_slice(bytes);
        }
    }
}

fn put(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, (field << 3) | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 127 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}
