//! Running any ONNX graph: named tensors in, named f32 tensors out.
//!
//! Made for many runs of one graph: inputs are borrowed, never copied; each output is copied out once. A training step
//! feeds its outputs (parameters, moments) back in as the next step's inputs.

use std::path::Path;

use ort::{
    session::{Session, SessionInputValue, builder::GraphOptimizationLevel},
    value::{Outlet, TensorElementType, TensorRef, ValueType},
};

use crate::{error::InferenceError, runtime::Runtime};

/// How a graph runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphOptions {
    /// Threads within one operator. One, the default, gives the same bits on every machine of a kind.
    pub threads: usize,
}

impl Default for GraphOptions {
    fn default() -> Self {
        Self { threads: 1 }
    }
}

/// An owned tensor, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Its sides; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its elements, as many as the product of the sides.
    pub data: TensorData,
}

/// The elements of a [`Tensor`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum TensorData {
    /// 32-bit floating point.
    F32(Vec<f32>),
    /// 64-bit integers.
    I64(Vec<i64>),
}

impl Tensor {
    /// A tensor of f32.
    pub fn f32(shape: impl Into<Vec<usize>>, data: Vec<f32>) -> Self {
        Self { shape: shape.into(), data: TensorData::F32(data) }
    }

    /// A tensor of i64.
    pub fn i64(shape: impl Into<Vec<usize>>, data: Vec<i64>) -> Self {
        Self { shape: shape.into(), data: TensorData::I64(data) }
    }

    /// The elements, if they are f32 (a graph's outputs always are).
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            TensorData::F32(data) => Some(data),
            TensorData::I64(_) => None,
        }
    }

    /// Borrows it as an input.
    pub fn view(&self) -> TensorView<'_> {
        match &self.data {
            TensorData::F32(data) => TensorView::F32(&self.shape, data),
            TensorData::I64(data) => TensorView::I64(&self.shape, data),
        }
    }
}

/// A borrowed tensor: shape and elements.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum TensorView<'a> {
    /// 32-bit floating point.
    F32(&'a [usize], &'a [f32]),
    /// 64-bit integers.
    I64(&'a [usize], &'a [i64]),
}

impl<'a> TensorView<'a> {
    fn shape(&self) -> Vec<i64> {
        let (Self::F32(shape, _) | Self::I64(shape, _)) = self;
        shape.iter().map(|&side| i64::try_from(side).unwrap_or(i64::MAX)).collect()
    }

    fn len(&self) -> usize {
        match self {
            Self::F32(_, data) => data.len(),
            Self::I64(_, data) => data.len(),
        }
    }

    fn element(&self) -> TensorElementType {
        match self {
            Self::F32(..) => TensorElementType::Float32,
            Self::I64(..) => TensorElementType::Int64,
        }
    }

    fn into_input(self) -> Result<SessionInputValue<'a>, ort::Error> {
        let shape = self.shape();
        Ok(match self {
            Self::F32(_, data) => TensorRef::from_array_view((shape, data))?.into(),
            Self::I64(_, data) => TensorRef::from_array_view((shape, data))?.into(),
        })
    }
}

/// An input or output that a graph declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its sides; -1 = any.
    pub shape: Vec<i64>,
    element: Option<TensorElementType>,
}

impl Port {
    fn of(outlet: &Outlet) -> Self {
        let (shape, element) = match outlet.dtype() {
            ValueType::Tensor { ty, shape, .. } => (shape.to_vec(), Some(*ty)),
            _ => (Vec::new(), None),
        };
        Self { name: outlet.name().to_owned(), shape, element }
    }

    /// Whether it is a tensor of f32.
    pub fn is_f32(&self) -> bool {
        self.element == Some(TensorElementType::Float32)
    }

    /// Whether it is a tensor of i64.
    pub fn is_i64(&self) -> bool {
        self.element == Some(TensorElementType::Int64)
    }

    fn element_name(&self) -> String {
        self.element.map_or_else(|| "no tensor".to_owned(), |element| element.to_string())
    }

    fn check(&self, view: &TensorView<'_>) -> Result<(), InferenceError> {
        if self.element != Some(view.element()) {
            return Err(InferenceError::WrongType {
                name: self.name.clone(),
                expected: self.element_name(),
                found: view.element().to_string(),
            });
        }
        let found = view.shape();
        let elements = found.iter().try_fold(1i64, |product, &side| product.checked_mul(side));
        let fits = self.shape.len() == found.len()
            && self.shape.iter().zip(&found).all(|(&declared, &side)| declared < 0 || declared == side)
            && elements == i64::try_from(view.len()).ok();
        if fits {
            return Ok(());
        }
        Err(InferenceError::WrongShape { name: self.name.clone(), expected: self.shape.clone(), found })
    }
}

/// A graph, loaded and ready to run.
#[derive(Debug)]
pub struct OrtGraph {
    session: Session,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
}

impl OrtGraph {
    /// Loads a graph from the bytes of an ONNX file.
    ///
    /// # Errors
    /// [`InferenceError::GraphUnreadable`] when it is truncated, damaged or needs unknown operators, and
    /// [`InferenceError::ForeignGraph`] when an output is not a tensor of f32.
    pub fn from_bytes(runtime: &Runtime, onnx: &[u8], options: GraphOptions) -> Result<Self, InferenceError> {
        let unreadable = |error: ort::Error| InferenceError::GraphUnreadable { reason: error.to_string() };
        let session = Self::build(runtime, onnx, options).map_err(unreadable)?;
        let inputs: Vec<Port> = session.inputs().iter().map(Port::of).collect();
        let outputs: Vec<Port> = session.outputs().iter().map(Port::of).collect();
        if let Some(port) = outputs.iter().find(|port| !port.is_f32()) {
            return Err(InferenceError::ForeignGraph {
                expected: "outputs of f32".to_owned(),
                found: format!("{:?} of {}", port.name, port.element_name()),
            });
        }
        Ok(Self { session, inputs, outputs })
    }

    /// Loads a graph from an ONNX file.
    ///
    /// # Errors
    /// [`InferenceError::File`], and those of [`OrtGraph::from_bytes`].
    pub fn from_file(runtime: &Runtime, path: &Path, options: GraphOptions) -> Result<Self, InferenceError> {
        let onnx = std::fs::read(path).map_err(|error| InferenceError::file(path, &error))?;
        Self::from_bytes(runtime, &onnx, options)
    }

    fn build(runtime: &Runtime, onnx: &[u8], options: GraphOptions) -> Result<Session, ort::Error> {
        Session::builder(runtime.environment())?
            .with_intra_threads(options.threads.max(1))?
            .with_inter_threads(1)?
            // Waiting threads that spin take the machine from the server that shares it.
            .with_intra_op_spinning(false)?
            .with_deterministic_compute(true)?
            // Without this, int8 networks saturate on processors of AVX2 without VNNI: other embeddings than elsewhere.
            .with_precise_qmm()?
            .with_optimization_level(GraphOptimizationLevel::Level3)?
            .commit_from_memory(onnx)
    }

    /// The inputs that it declares, in its order.
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// The outputs that it declares, in its order.
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// Runs the graph once and gives all of its outputs, in its order.
    ///
    /// # Errors
    /// [`InferenceError::MissingInput`], [`InferenceError::UnknownInput`], [`InferenceError::WrongType`] and
    /// [`InferenceError::WrongShape`] before running; [`InferenceError::RunFailed`] when the runtime stops;
    /// [`InferenceError::NotFinite`] when a result holds NaN or an infinity.
    pub fn run(&mut self, inputs: &[(&str, TensorView<'_>)]) -> Result<Vec<Tensor>, InferenceError> {
        let failed = |error: ort::Error| InferenceError::RunFailed { reason: error.to_string() };
        if let Some((name, _)) =
            inputs.iter().find(|(name, _)| self.inputs.iter().all(|port| port.name != *name))
        {
            let known: Vec<&str> = self.inputs.iter().map(|port| port.name.as_str()).collect();
            return Err(InferenceError::UnknownInput { name: (*name).to_owned(), known: known.join(", ") });
        }
        let mut values = Vec::with_capacity(self.inputs.len());
        for port in &self.inputs {
            let given = inputs.iter().find(|(name, _)| port.name == *name);
            let (_, view) = given.ok_or_else(|| InferenceError::MissingInput { name: port.name.clone() })?;
            port.check(view)?;
            values.push(view.into_input().map_err(failed)?);
        }
        let results = self.session.run(values.as_slice()).map_err(failed)?;
        self.outputs
            .iter()
            .enumerate()
            .map(|(index, port)| {
                let (shape, data) = results[index].try_extract_tensor::<f32>().map_err(failed)?;
                if let Some(index) = data.iter().position(|value| !value.is_finite()) {
                    return Err(InferenceError::NotFinite { name: port.name.clone(), index });
                }
                let shape: Vec<usize> =
                    shape.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
                Ok(Tensor::f32(shape, data.to_vec()))
            })
            .collect()
    }
}
