//! A look into an ONNX file before any runtime reads it: what it is made of, and whether it is hostile.
//!
//! A walk over the protobuf that copies nothing but names. Refused are numbers kept in other files, tensors that declare more than
//! the file holds, and nodes that read what only comes after them (so every cycle).

use std::collections::HashSet;

use crate::error::PreprocessError;

/// Versions of the standard operators that ONNX Runtime 1.24 and later run, natively and on the web.
pub const OPSETS: std::ops::RangeInclusive<i64> = 7..=26;

/// Operator sets beside the standard one that ONNX Runtime's usual builds carry, the web's too.
const DOMAINS: [&str; 3] = ["", "ai.onnx", "com.microsoft"];

/// How deep graphs may lie within graphs.
const MAX_DEPTH: usize = 16;

/// What a file is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Operator sets and their versions; the standard one is `""`.
    pub opsets: Vec<(String, i64)>,
    /// Operators used, each once, with the domain before a colon where it is not the standard one.
    pub operators: Vec<String>,
    /// What must be given, constants aside.
    pub inputs: Vec<PortInfo>,
    /// What comes out.
    pub outputs: Vec<PortInfo>,
    /// Nodes, those of graphs within included.
    pub nodes: usize,
    /// Bytes of weights.
    pub weights: u64,
}

/// An input or output as the file declares it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PortInfo {
    /// Its name.
    pub name: String,
    /// Its sides; -1 = any.
    pub shape: Vec<i64>,
    /// Its elements.
    pub element: ElementKind,
}

/// The elements of a tensor, as far as encoders' inputs and outputs go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ElementKind {
    /// 32-bit floating point.
    F32,
    /// 64-bit integers.
    I64,
    /// ONNX's number of another type; 0 where none is said.
    #[default]
    Unsaid,
    /// Any other.
    Other(i64),
}

/// Reads a file's structure and refuses hostile ones.
///
/// # Errors
/// [`PreprocessError::OnnxMalformed`], [`PreprocessError::OnnxExternal`], [`PreprocessError::OnnxTensor`], [`PreprocessError::OnnxOrder`], and
/// [`PreprocessError::OnnxOperators`] for operators or versions that are not everywhere.
pub fn inspect(onnx: &[u8]) -> Result<Inspection, PreprocessError> {
    let mut inspection = Inspection::default();
    let mut graph = None;
    for field in Fields(onnx) {
        match field? {
            (7, Wire::Bytes(bytes)) => graph = Some(bytes),
            (8, Wire::Bytes(bytes)) => {
                let (mut domain, mut version) = (String::new(), 0);
                for field in Fields(bytes) {
                    match field? {
                        (1, Wire::Bytes(name)) => domain = text(name)?,
                        (2, Wire::Number(number)) => version = number as i64,
                        _ => {}
                    }
                }
                let domain = if domain == "ai.onnx" { String::new() } else { domain };
                inspection.opsets.push((domain, version));
            }
            _ => {}
        }
    }
    let graph = graph.ok_or_else(|| malformed("it holds no graph"))?;
    inspection.graph(graph, &mut HashSet::new(), 0)?;
    inspection.verdict()?;
    Ok(inspection)
}

impl Inspection {
    /// The version of the standard operators; 0 where none is said.
    pub fn opset(&self) -> i64 {
        self.opsets.iter().rev().find(|(domain, _)| domain.is_empty()).map_or(0, |(_, version)| *version)
    }

    fn verdict(&self) -> Result<(), PreprocessError> {
        let version = self.opset();
        if !OPSETS.contains(&version) {
            let reason = format!(
                "opset {version} of the standard operators; {} to {} are run",
                OPSETS.start(),
                OPSETS.end()
            );
            return Err(PreprocessError::OnnxOperators { reason });
        }
        let foreign: Vec<&str> = self
            .operators
            .iter()
            .map(String::as_str)
            .filter(|name| name.split_once(':').is_some_and(|(domain, _)| !DOMAINS.contains(&domain)))
            .take(5)
            .collect();
        if foreign.is_empty() {
            return Ok(());
        }
        Err(PreprocessError::OnnxOperators { reason: format!("it needs {}", foreign.join(", ")) })
    }

    fn graph<'a>(
        &mut self,
        graph: &'a [u8],
        known: &mut HashSet<&'a [u8]>,
        depth: usize,
    ) -> Result<(), PreprocessError> {
        if depth > MAX_DEPTH {
            return Err(malformed("graphs lie too deep within graphs"));
        }
        let (mut nodes, mut constants, mut ports) = (Vec::new(), HashSet::new(), Vec::new());
        for field in Fields(graph) {
            match field? {
                (1, Wire::Bytes(node)) => nodes.push(node),
                (5, Wire::Bytes(tensor)) => {
                    let name = self.tensor(tensor)?;
                    constants.insert(name);
                    known.insert(name);
                }
                (11, Wire::Bytes(port)) => ports.push((true, port)),
                (12, Wire::Bytes(port)) => ports.push((false, port)),
                (15, Wire::Bytes(sparse)) => {
                    for field in Fields(sparse) {
                        if let (1, Wire::Bytes(tensor)) = field? {
                            known.insert(self.tensor(tensor)?);
                        }
                    }
                }
                _ => {}
            }
        }
        for (is_input, port) in &ports {
            let (name, info) = port_info(port)?;
            if *is_input {
                known.insert(name);
            }
            if depth == 0 && !(*is_input && constants.contains(name)) {
                if *is_input { &mut self.inputs } else { &mut self.outputs }.push(info);
            }
        }
        for node in nodes {
            self.node(node, known, depth)?;
        }
        for (is_input, port) in &ports {
            let (name, _) = port_info(port)?;
            if !is_input && !known.contains(name) {
                return Err(order("the graph's output", name));
            }
        }
        Ok(())
    }

    fn node<'a>(
        &mut self,
        node: &'a [u8],
        known: &mut HashSet<&'a [u8]>,
        depth: usize,
    ) -> Result<(), PreprocessError> {
        self.nodes += 1;
        let (mut inputs, mut outputs, mut attributes) = (Vec::new(), Vec::new(), Vec::new());
        let (mut name, mut operator, mut domain) = (String::new(), String::new(), String::new());
        for field in Fields(node) {
            match field? {
                (1, Wire::Bytes(bytes)) => inputs.push(bytes),
                (2, Wire::Bytes(bytes)) => outputs.push(bytes),
                (3, Wire::Bytes(bytes)) => name = text(bytes)?,
                (4, Wire::Bytes(bytes)) => operator = text(bytes)?,
                (5, Wire::Bytes(bytes)) => attributes.push(bytes),
                (7, Wire::Bytes(bytes)) => domain = text(bytes)?,
                _ => {}
            }
        }
        let label = if name.is_empty() { operator.clone() } else { name };
        if let Some(unknown) = inputs.iter().find(|input| !input.is_empty() && !known.contains(**input)) {
            return Err(order(&label, unknown));
        }
        for attribute in attributes {
            for field in Fields(attribute) {
                match field? {
                    (5 | 10, Wire::Bytes(tensor)) => {
                        self.tensor(tensor)?;
                    }
                    // A graph within sees what is known here, and keeps what it makes.
                    (6 | 11, Wire::Bytes(graph)) => self.graph(graph, &mut known.clone(), depth + 1)?,
                    _ => {}
                }
            }
        }
        known.extend(outputs);
        let operator = match domain.as_str() {
            "" | "ai.onnx" => operator,
            domain => format!("{domain}:{operator}"),
        };
        if !self.operators.contains(&operator) {
            self.operators.push(operator);
        }
        Ok(())
    }

    /// Checks a tensor and gives its name.
    fn tensor<'a>(&mut self, tensor: &'a [u8]) -> Result<&'a [u8], PreprocessError> {
        let (mut dims, mut name, mut kind) = (Vec::new(), [].as_slice(), 0);
        let (mut raw, mut external, mut location) = (None, false, None);
        // Bytes of the typed fields, by how small an element can be there.
        let mut typed = 0u64;
        for field in Fields(tensor) {
            match field? {
                (1, Wire::Number(side)) => dims.push(side as i64),
                (1, Wire::Bytes(packed)) => {
                    let mut rest = packed;
                    while !rest.is_empty() {
                        dims.push(varint(&mut rest)? as i64);
                    }
                }
                (2, Wire::Number(number)) => kind = number,
                (4, Wire::Bytes(packed)) => typed += packed.len() as u64 / 4,
                (5 | 7 | 11, Wire::Bytes(packed)) => typed += packed.len() as u64,
                (10, Wire::Bytes(packed)) => typed += packed.len() as u64 / 8,
                (4..=7 | 10 | 11, _) => typed += 1,
                (8, Wire::Bytes(bytes)) => name = bytes,
                (9, Wire::Bytes(bytes)) => raw = Some(bytes.len() as u64),
                (13, Wire::Bytes(entry)) => {
                    external = true;
                    let (mut key, mut value) = (String::new(), String::new());
                    for field in Fields(entry) {
                        match field? {
                            (1, Wire::Bytes(bytes)) => key = text(bytes)?,
                            (2, Wire::Bytes(bytes)) => value = text(bytes)?,
                            _ => {}
                        }
                    }
                    if key == "location" {
                        location = Some(value);
                    }
                }
                (14, Wire::Number(1)) => external = true,
                _ => {}
            }
        }
        let shown = || short(name);
        if external {
            return Err(PreprocessError::OnnxExternal {
                tensor: shown(),
                location: short(location.unwrap_or_default().as_bytes()),
            });
        }
        let elements = dims.iter().try_fold(1u64, |product, &side| {
            product.checked_mul(u64::try_from(side).ok()?).filter(|product| *product <= 1 << 40)
        });
        let impossible = |declared: String, held: String| {
            Err(PreprocessError::OnnxTensor { tensor: shown(), declared, held })
        };
        let Some(elements) = elements else {
            return impossible(
                format!(
                    "the shape [{}]",
                    dims.iter().take(8).map(i64::to_string).collect::<Vec<_>>().join(", ")
                ),
                "no such tensor".to_owned(),
            );
        };
        match (raw, element_bits(kind)) {
            (Some(bytes), Some(bits)) if bytes != (elements * bits).div_ceil(8) => {
                return impossible(
                    format!("{} bytes", (elements * bits).div_ceil(8)),
                    format!("{bytes} bytes"),
                );
            }
            (None, _) if elements > typed.saturating_mul(2) && elements > 0 && kind != 8 => {
                return impossible(format!("{elements} numbers"), format!("at most {typed}"));
            }
            _ => {}
        }
        self.weights += raw.unwrap_or(typed);
        Ok(name)
    }
}

/// Bits of an element, by ONNX's number of its type.
fn element_bits(kind: u64) -> Option<u64> {
    Some(match kind {
        1 | 6 | 12 => 32,
        2 | 3 | 9 | 17..=20 => 8,
        4 | 5 | 10 | 16 => 16,
        7 | 11 | 13 | 14 => 64,
        15 => 128,
        21 | 22 => 4,
        _ => return None,
    })
}

fn port_info(port: &[u8]) -> Result<(&[u8], PortInfo), PreprocessError> {
    let (mut name, mut info) = ([].as_slice(), PortInfo::default());
    for field in Fields(port) {
        match field? {
            (1, Wire::Bytes(bytes)) => name = bytes,
            (2, Wire::Bytes(kind)) => {
                for field in Fields(kind) {
                    let (1, Wire::Bytes(tensor)) = field? else { continue };
                    for field in Fields(tensor) {
                        match field? {
                            (1, Wire::Number(element)) => {
                                info.element = match element {
                                    1 => ElementKind::F32,
                                    7 => ElementKind::I64,
                                    other => ElementKind::Other(other as i64),
                                }
                            }
                            (2, Wire::Bytes(shape)) => {
                                for field in Fields(shape) {
                                    let (1, Wire::Bytes(dimension)) = field? else { continue };
                                    let mut side = -1;
                                    for field in Fields(dimension) {
                                        if let (1, Wire::Number(number)) = field? {
                                            side = number as i64;
                                        }
                                    }
                                    info.shape.push(side);
                                }
                            }
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
    }
    info.name = short(name);
    Ok((name, info))
}

fn order(node: &str, value: &[u8]) -> PreprocessError {
    PreprocessError::OnnxOrder { node: short(node.as_bytes()), value: short(value) }
}

fn malformed(reason: &str) -> PreprocessError {
    PreprocessError::OnnxMalformed { reason: reason.to_owned() }
}

pub(crate) fn text(bytes: &[u8]) -> Result<String, PreprocessError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| malformed("a name in it is not UTF-8"))
}

/// A name for a message.
fn short(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(120).collect()
}

/// The value of a field, as far as the wire says what it is.
pub(crate) enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes.
    Fixed(&'a [u8]),
}

/// The fields of a message.
pub(crate) fn fields(message: &[u8]) -> impl Iterator<Item = Result<(u64, Wire<'_>), PreprocessError>> {
    Fields(message)
}

/// The fields of a protobuf message, in its order.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Wire<'a>), PreprocessError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = field(&mut self.0);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn field<'a>(rest: &mut &'a [u8]) -> Result<(u64, Wire<'a>), PreprocessError> {
    let key = varint(rest)?;
    let wire = match key & 7 {
        0 => Wire::Number(varint(rest)?),
        1 => Wire::Fixed(taken(rest, 8)?),
        2 => {
            let length = varint(rest)?;
            Wire::Bytes(taken(rest, length)?)
        }
        5 => Wire::Fixed(taken(rest, 4)?),
        _ => return Err(malformed("it is not the protobuf of an ONNX model")),
    };
    Ok((key >> 3, wire))
}

fn taken<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], PreprocessError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let (taken, left) = rest.split_at_checked(length).ok_or_else(|| malformed("it ends too early"))?;
    *rest = left;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64, PreprocessError> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let [byte] = *taken(rest, 1)? else { return Err(malformed("it ends too early")) };
        if shift < 64 {
            value |= u64::from(byte & 0x7F) << shift;
        }
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(malformed("a number in it does not end"))
}
