//! The training step as something to call: state in, state out, by ONNX Runtime through `taste-inference`.

use taste_inference::{GraphOptions, InferenceError, OrtGraph, Runtime, Tensor, TensorData, TensorView};
use taste_onnx::to_bytes;

use crate::{
    error::TrainError,
    layout::Layout,
    optimise::Batch,
    step::{input, output, training_step},
};

/// A loaded step with its parameters and AdamW's moments.
pub(crate) struct StepSession {
    graph: OrtGraph,
    /// Places of parameters, first moment, second moment and loss among the graph's outputs.
    places: [usize; 4],
    parameters: Vec<f32>,
    moment: Vec<f32>,
    square: Vec<f32>,
    precision: Vec<f32>,
    pace: Vec<f32>,
    steps: usize,
}

impl StepSession {
    /// Builds the step's graph and loads it on one thread, which makes it deterministic.
    pub(crate) fn new(
        layout: &Layout,
        embeddings: &[f32],
        precision: Vec<f32>,
        pace: Vec<f32>,
        start: Vec<f32>,
    ) -> Result<Self, TrainError> {
        let onnx = to_bytes(&training_step(layout, embeddings));
        let graph = OrtGraph::from_bytes(&Runtime::load(None)?, &onnx, GraphOptions { threads: 1 })?;
        let place = |name: &str| {
            let found = graph.outputs().iter().position(|port| port.name == name);
            found.expect("the step declares the outputs that it names")
        };
        let places =
            [place(output::PARAMETERS), place(output::MOMENT), place(output::SQUARE), place(output::LOSS)];
        let zeros = vec![0.0; start.len()];
        Ok(Self {
            graph,
            places,
            parameters: start,
            moment: zeros.clone(),
            square: zeros,
            precision,
            pace,
            steps: 0,
        })
    }

    /// One step; returns the loss before it.
    pub(crate) fn step(&mut self, schedule: [f32; 4], batch: &Batch) -> Result<f32, TrainError> {
        let length = [self.parameters.len()];
        let (duels, approvals) = ([batch.duel_person.len()], [batch.approval_person.len()]);
        let (duel_weights, approval_weights) = ([duels[0], 4], [approvals[0], 2]);
        let inputs = [
            (input::PARAMETERS, TensorView::F32(&length, &self.parameters)),
            (input::MOMENT, TensorView::F32(&length, &self.moment)),
            (input::SQUARE, TensorView::F32(&length, &self.square)),
            (input::PRECISION, TensorView::F32(&length, &self.precision)),
            (input::PACE, TensorView::F32(&length, &self.pace)),
            (input::SCHEDULE, TensorView::F32(&[4], &schedule)),
            (input::DUEL_PERSON, TensorView::I64(&duels, &batch.duel_person)),
            (input::DUEL_LEFT, TensorView::I64(&duels, &batch.duel_left)),
            (input::DUEL_RIGHT, TensorView::I64(&duels, &batch.duel_right)),
            (input::DUEL_WEIGHT, TensorView::F32(&duel_weights, &batch.duel_weight)),
            (input::APPROVAL_PERSON, TensorView::I64(&approvals, &batch.approval_person)),
            (input::APPROVAL_CANDIDATE, TensorView::I64(&approvals, &batch.approval_candidate)),
            (input::APPROVAL_WEIGHT, TensorView::F32(&approval_weights, &batch.approval_weight)),
            (input::APPROVAL_CUT, TensorView::F32(&approval_weights, &batch.approval_cut)),
        ];
        let outputs = self.graph.run(&inputs);
        let mut outputs = match outputs {
            // A number that is none is training's failure, not the runtime's.
            Err(InferenceError::NotFinite { .. }) => {
                return Err(TrainError::Diverged { step: self.steps, loss: f32::NAN });
            }
            other => other?,
        };
        let mut take =
            |place: usize| match std::mem::replace(&mut outputs[place], Tensor::f32([0], vec![])).data {
                TensorData::F32(data) => data,
                _ => unreachable!("outputs of an OrtGraph are f32"),
            };
        let [parameters, moment, square, loss] = self.places;
        self.parameters = take(parameters);
        self.moment = take(moment);
        self.square = take(square);
        self.steps += 1;
        Ok(take(loss)[0])
    }

    /// Where the steps have led.
    pub(crate) fn into_parameters(self) -> Vec<f32> {
        self.parameters
    }
}
