//! The training step against three oracles: JAX's autodiff (`data/step_oracle.py`), finite differences, and itself.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use serde::Deserialize;
use taste_inference::{GraphOptions, InferenceError, OrtGraph, Runtime, TensorView};
use taste_onnx::{parse, to_bytes};
use taste_train::{
    Layout, Parameter, Shape,
    step::{BETA_1, BETA_2, input, output},
    training_step, training_step_with_gradient,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    hidden: Option<usize>,
    candidates: usize,
    dimension: usize,
    rank: usize,
    persons: usize,
    embeddings: Vec<f32>,
    parameters: Vec<f32>,
    precision: Vec<f32>,
    duel_person: Vec<i64>,
    duel_left: Vec<i64>,
    duel_right: Vec<i64>,
    duel_weight: Vec<f32>,
    approval_person: Vec<i64>,
    approval_candidate: Vec<i64>,
    approval_weight: Vec<f32>,
    /// The oracle knows approvals alone: no cut points.
    approval_cut: Option<Vec<f32>>,
    loss: f64,
    gradient: Vec<f64>,
    rate: f32,
    decay: f32,
    steps: usize,
    after: Vec<f64>,
    loss_after: f64,
}

struct State {
    parameters: Vec<f32>,
    moment: Vec<f32>,
    square: Vec<f32>,
}

struct Found {
    state: State,
    loss: f32,
    gradient: Vec<f32>,
}

impl Case {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("data/step.json")).unwrap()
    }

    fn layout(&self) -> Layout {
        let Self { candidates, dimension, hidden, rank, persons, .. } = *self;
        Layout::new(Shape { candidates, dimension, hidden, rank, persons })
    }

    fn start(&self) -> State {
        let zeros = vec![0.0; self.parameters.len()];
        State { parameters: self.parameters.clone(), moment: zeros.clone(), square: zeros }
    }

    fn run(&self, graph: &mut OrtGraph, state: &State, step: i32) -> Found {
        self.run_at(graph, state, step, &vec![1.0; state.parameters.len()])
    }

    fn cuts(&self) -> Vec<f32> {
        self.approval_cut.clone().unwrap_or_else(|| vec![0.0; 2 * self.approval_person.len()])
    }

    /// The oracle knows duels alone: none of them is part of an order.
    fn weights(&self) -> Vec<f32> {
        self.duel_weight.chunks_exact(3).flat_map(|row| [row[0], row[1], row[2], 0.0]).collect()
    }

    fn run_at(&self, graph: &mut OrtGraph, state: &State, step: i32, pace: &[f32]) -> Found {
        self.run_with(graph, state, step, pace, &self.weights())
    }

    fn run_with(
        &self,
        graph: &mut OrtGraph,
        state: &State,
        step: i32,
        pace: &[f32],
        duel_weight: &[f32],
    ) -> Found {
        let schedule = [self.rate, self.decay, 1.0 - BETA_1.powi(step), 1.0 - BETA_2.powi(step)];
        let (n, duels, approvals) =
            ([state.parameters.len()], [self.duel_person.len()], [self.approval_person.len()]);
        let results = graph
            .run(&[
                (input::PARAMETERS, TensorView::F32(&n, &state.parameters)),
                (input::MOMENT, TensorView::F32(&n, &state.moment)),
                (input::SQUARE, TensorView::F32(&n, &state.square)),
                (input::PRECISION, TensorView::F32(&n, &self.precision)),
                (input::PACE, TensorView::F32(&n, pace)),
                (input::SCHEDULE, TensorView::F32(&[4], &schedule)),
                (input::DUEL_PERSON, TensorView::I64(&duels, &self.duel_person)),
                (input::DUEL_LEFT, TensorView::I64(&duels, &self.duel_left)),
                (input::DUEL_RIGHT, TensorView::I64(&duels, &self.duel_right)),
                (input::DUEL_WEIGHT, TensorView::F32(&[duels[0], 4], duel_weight)),
                (input::APPROVAL_PERSON, TensorView::I64(&approvals, &self.approval_person)),
                (input::APPROVAL_CANDIDATE, TensorView::I64(&approvals, &self.approval_candidate)),
                (input::APPROVAL_WEIGHT, TensorView::F32(&[approvals[0], 2], &self.approval_weight)),
                (input::APPROVAL_CUT, TensorView::F32(&[approvals[0], 2], &self.cuts())),
            ])
            .unwrap();
        let get = |name: &str| {
            let place = graph.outputs().iter().position(|port| port.name == name).unwrap();
            results[place].as_f32().unwrap().to_vec()
        };
        Found {
            state: State {
                parameters: get(output::PARAMETERS),
                moment: get(output::MOMENT),
                square: get(output::SQUARE),
            },
            loss: get(output::LOSS)[0],
            gradient: get(output::GRADIENT),
        }
    }
}

/// Loads the step, or says why the test is skipped.
fn load(case: &Case) -> Option<OrtGraph> {
    let runtime = match Runtime::load(None) {
        Err(InferenceError::RuntimeMissing { searched }) => {
            println!("skipped: no ONNX Runtime in {searched}; `cargo xtask setup` fetches it");
            return None;
        }
        other => other.unwrap(),
    };
    let onnx = to_bytes(&training_step_with_gradient(&case.layout(), &case.embeddings));
    Some(OrtGraph::from_bytes(&runtime, &onnx, GraphOptions::default()).unwrap())
}

#[test]
fn loss_and_gradient_are_those_of_autodiff() {
    for case in Case::all() {
        let Some(mut graph) = load(&case) else { return };
        let found = case.run(&mut graph, &case.start(), 1);
        assert!((f64::from(found.loss) - case.loss).abs() < 2e-6, "{} {}", found.loss, case.loss);
        assert_eq!(found.gradient.len(), case.gradient.len());
        for (at, (found, expected)) in found.gradient.iter().zip(&case.gradient).enumerate() {
            assert!(
                (f64::from(*found) - expected).abs() < 1e-6,
                "{:?} {at}: {found} {expected}",
                case.hidden
            );
        }
    }
}

#[test]
fn twenty_steps_of_adamw_follow_the_oracle() {
    for case in Case::all() {
        let Some(mut graph) = load(&case) else { return };
        let mut state = case.start();
        for step in 1..=case.steps {
            state = case.run(&mut graph, &state, step as i32).state;
        }
        for (found, expected) in state.parameters.iter().zip(&case.after) {
            assert!((f64::from(*found) - expected).abs() < 2e-4, "{found} {expected}");
        }
        let after = case.run(&mut graph, &state, case.steps as i32 + 1).loss;
        assert!((f64::from(after) - case.loss_after).abs() < 2e-5, "{after} {}", case.loss_after);
    }
}

#[test]
fn the_gradient_is_the_slope_of_the_loss() {
    for case in Case::all() {
        let Some(mut graph) = load(&case) else { return };
        let gradient = case.run(&mut graph, &case.start(), 1).gradient;
        for (at, expected) in gradient.iter().enumerate() {
            // f32 losses: a wide step, and a tolerance that its rounding (1e-7 / 2e-2) allows.
            let mut side = |step: f32| {
                let mut state = case.start();
                state.parameters[at] += step;
                f64::from(case.run(&mut graph, &state, 1).loss)
            };
            let slope = (side(1e-2) - side(-1e-2)) / 2e-2;
            assert!((slope - f64::from(*expected)).abs() < 5e-5, "{at}: {slope} {expected}");
        }
    }
}

/// Stars: −ln (σ(t − b) σ(c − t)) of each, by hand, and the gradient as its slope.
#[test]
fn stars_lie_between_their_cut_points() {
    for mut case in Case::all() {
        let Some(mut graph) = load(&case) else { return };
        let plain = case.run(&mut graph, &case.start(), 1);
        let ends = [[0.0, -0.4], [-0.4, 0.7], [0.7, 0.0]];
        let levels = (0..case.approval_person.len()).map(|at| at % 3);
        case.approval_cut = Some(levels.clone().flat_map(|level| ends[level]).collect());
        case.approval_weight =
            levels.flat_map(|level| [[0.0, 0.02], [0.02, 0.02], [0.02, 0.0]][level]).collect();
        let found = case.run(&mut graph, &case.start(), 1);
        assert!((found.loss - plain.loss).abs() > 1e-3);
        for (at, expected) in found.gradient.iter().enumerate() {
            let mut side = |step: f32| {
                let mut state = case.start();
                state.parameters[at] += step;
                f64::from(case.run(&mut graph, &state, 1).loss)
            };
            let slope = (side(1e-2) - side(-1e-2)) / 2e-2;
            assert!((slope - f64::from(*expected)).abs() < 5e-5, "{at}: {slope} {expected}");
        }
        // Cut points all moved up are what a higher threshold is.
        let up = 0.3f32;
        case.approval_cut = case.approval_cut.map(|cuts| cuts.iter().map(|cut| cut + up).collect());
        let moved = case.run(&mut graph, &case.start(), 1).gradient;
        case.approval_cut = case.approval_cut.map(|cuts| cuts.iter().map(|cut| cut - up).collect());
        let mut state = case.start();
        let threshold = case.layout().range(Parameter::MeanThreshold).start;
        state.parameters[threshold] += up;
        let higher = case.run(&mut graph, &state, 1).gradient;
        let prior = case.precision[threshold] * up;
        for (at, (moved, higher)) in moved.iter().zip(&higher).enumerate() {
            let expected = higher - if at == threshold { prior } else { 0.0 };
            assert!((moved - expected).abs() < 2e-6, "{at}: {moved} {expected}");
        }
    }
}

/// With the weights of *left* moved to parts of an order: its own slope, and that of a duel without ties and sides.
#[test]
fn a_part_of_an_order_pulls_utilities_and_tastes_and_neither_tie_nor_position() {
    for case in Case::all() {
        let Some(mut graph) = load(&case) else { return };
        let order: Vec<f32> =
            case.weights().chunks_exact(4).flat_map(|row| [0.0, 0.0, 0.0, row[0]]).collect();
        let left: Vec<f32> = case.weights().chunks_exact(4).flat_map(|row| [row[0], 0.0, 0.0, 0.0]).collect();
        let pace = vec![1.0; case.parameters.len()];
        let layout = case.layout();
        let (tie, position) = (layout.range(Parameter::Tie).start, layout.range(Parameter::Position).start);
        let found = case.run_with(&mut graph, &case.start(), 1, &pace, &order);
        for (at, expected) in found.gradient.iter().enumerate() {
            let mut side = |step: f32| {
                let mut state = case.start();
                state.parameters[at] += step;
                f64::from(case.run_with(&mut graph, &state, 1, &pace, &order).loss)
            };
            let slope = (side(1e-2) - side(-1e-2)) / 2e-2;
            assert!((slope - f64::from(*expected)).abs() < 5e-5, "{at}: {slope} {expected}");
            let prior = case.precision[at] * case.parameters[at];
            if at == tie || at == position {
                assert!((expected - prior).abs() < 1e-7, "{at}: {expected} {prior}");
            }
        }
        // Nobody ties and no side is favoured: a duel is no other thing.
        let mut state = case.start();
        (state.parameters[tie], state.parameters[position]) = (-30.0, 0.0);
        let as_order = case.run_with(&mut graph, &state, 1, &pace, &order);
        let as_duel = case.run_with(&mut graph, &state, 1, &pace, &left);
        assert!(as_order.loss > 0.0 && (as_order.loss - as_duel.loss).abs() < 2e-3 * as_duel.loss);
    }
}

#[test]
fn parameters_of_pace_zero_stay_and_the_others_do_not_care() {
    for case in Case::all() {
        let Some(mut graph) = load(&case) else { return };
        let start = case.start();
        let pace: Vec<f32> = (0..start.parameters.len()).map(|at| (at % 2) as f32).collect();
        let (all, odd) =
            (case.run(&mut graph, &start, 1).state, case.run_at(&mut graph, &start, 1, &pace).state);
        for at in 0..pace.len() {
            let expected = if at % 2 == 0 { start.parameters[at] } else { all.parameters[at] };
            assert_eq!(odd.parameters[at], expected, "{at}");
        }
    }
}

#[test]
fn the_same_steps_give_the_same_bits() {
    for case in Case::all() {
        let walk = || {
            let mut graph = load(&case)?;
            let mut state = case.start();
            for step in 1..=case.steps {
                state = case.run(&mut graph, &state, step as i32).state;
            }
            Some(state.parameters.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
        };
        assert_eq!(walk(), walk());
    }
}

#[test]
fn the_step_is_a_small_graph_of_standard_operators() {
    let case = &Case::all()[0];
    let bytes = to_bytes(&training_step(&case.layout(), &case.embeddings));
    let model = parse(&bytes).unwrap();
    assert!(model.graph.unwrap().node.iter().all(|node| node.domain.is_empty()));
    assert!(bytes.len() < 20_000, "{} bytes", bytes.len());
}
