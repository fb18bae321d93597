//! One training step as a plain ONNX graph: forward, written-out backward and AdamW in standard operators.
//!
//! Any ONNX Runtime runs it; no training build is needed. The loss is the mean negative log-likelihood of a batch of
//! judgements, each weighing what its voter meant, plus Gaussian priors:
//!
//! - utility of candidate i for person p: u = w·hᵢ + oᵢ + z_p·(hᵢF), with h the standardised embedding or, with a hidden
//!   layer, tanh(x W1 + b1);
//! - duel, s = u(left) − u(right) + β: Rao–Kupper (JASA 62, 1967) on the logistic, P(left) = σ(s − τ),
//!   P(right) = σ(−s − τ), and for the rest ln P(tie) = ln σ(s + τ) + ln σ(τ − s) + ln(1 − e^(−2τ));
//! - part of a ranking or a points vote, where no side was shown and no tie could be said: P(left) = σ(u(left) − u(right));
//! - approval, t = u − μₐ − a_p: P(for) = σ(t); stars as ordered levels: σ(t − b) σ(c − t) between the cut points b and c, which
//!   the steps are given and do not move, and one of the two at an end of the scale;
//! - priors: ½ Σ precisionⱼ θⱼ². They are part of the gradient, so that the optimum is the maximum a posteriori;
//!   AdamW's decoupled decay (Loshchilov & Hutter 2019) is there as well and zero by default, because Adam's scaling
//!   would make a prior of it that depends on the optimiser.
//!
//! Sums over judgements that share a candidate are `ScatterND` with `reduction = add`, which is in order, hence
//! deterministic, on one thread.

use taste_onnx::{AttributeProto, Dim, ElementType, GraphBuilder, ModelProto, Value};

use crate::layout::{Layout, Parameter};

/// Names of the graph's inputs.
pub mod input {
    /// f32 `[N]`: all parameters, as [`Layout`](crate::Layout) orders them.
    pub const PARAMETERS: &str = "parameters";
    /// f32 `[N]`: AdamW's first moment.
    pub const MOMENT: &str = "moment";
    /// f32 `[N]`: AdamW's second moment.
    pub const SQUARE: &str = "square";
    /// f32 `[N]`: precision of each parameter's prior, in units of the mean loss.
    pub const PRECISION: &str = "precision";
    /// f32 `[N]`: times the learning rate, for each parameter; zero keeps it where it is.
    pub const PACE: &str = "pace";
    /// f32 `[4]`: learning rate, decoupled decay, 1 − β₁ᵗ, 1 − β₂ᵗ.
    pub const SCHEDULE: &str = "schedule";
    /// i64 `[B]`: who judged the duel.
    pub const DUEL_PERSON: &str = "duel_person";
    /// i64 `[B]`: shown left.
    pub const DUEL_LEFT: &str = "duel_left";
    /// i64 `[B]`: shown right.
    pub const DUEL_RIGHT: &str = "duel_right";
    /// f32 `[B, 4]`: weights of left, right, tie, and left as part of an order; already divided by the batch's total weight.
    pub const DUEL_WEIGHT: &str = "duel_weight";
    /// i64 `[C]`: who approved or not.
    pub const APPROVAL_PERSON: &str = "approval_person";
    /// i64 `[C]`: of which candidate.
    pub const APPROVAL_CANDIDATE: &str = "approval_candidate";
    /// f32 `[C, 2]`: weights of for and against, divided likewise. Of stars both: as said to be above the one cut point, and
    /// below the other.
    pub const APPROVAL_WEIGHT: &str = "approval_weight";
    /// f32 `[C, 2]`: above which cut point, and below which; zero for approvals.
    pub const APPROVAL_CUT: &str = "approval_cut";
}

/// Names of the graph's outputs.
pub mod output {
    /// f32 `[N]`: the parameters after the step.
    pub const PARAMETERS: &str = "parameters_next";
    /// f32 `[N]`: AdamW's first moment after the step.
    pub const MOMENT: &str = "moment_next";
    /// f32 `[N]`: AdamW's second moment after the step.
    pub const SQUARE: &str = "square_next";
    /// f32 `[]`: the loss before the step, priors included.
    pub const LOSS: &str = "loss";
    /// f32 `[N]`: the loss's gradient before the step; only from [`training_step_with_gradient`](super::training_step_with_gradient).
    pub const GRADIENT: &str = "gradient";
}

/// AdamW's decay of the first moment.
pub const BETA_1: f32 = 0.9;
/// AdamW's decay of the second moment.
pub const BETA_2: f32 = 0.99;
/// AdamW's guard against division by zero. Losses here are means of a few thousand terms: gradients of 1e-6 are real.
pub const EPSILON: f32 = 1e-9;
/// The least tie threshold: keeps ln(1 − e^(−2τ)) finite where nobody ever ties.
pub const LEAST_TIE: f32 = 1e-3;
/// Where the tie threshold's prior has its mean: τ = LEAST_TIE + softplus(ρ + TIE_SHIFT).
pub const TIE_SHIFT: f32 = -2.0;

/// Builds the step for these sizes and standardised embeddings (row-major n × d, kept in the graph).
///
/// # Panics
/// When `embeddings` is not n × d.
pub fn training_step(layout: &Layout, embeddings: &[f32]) -> ModelProto {
    build(layout, embeddings, false)
}

/// The same with the gradient as one more output, for tests that compare it.
///
/// # Panics
/// As [`training_step`].
pub fn training_step_with_gradient(layout: &Layout, embeddings: &[f32]) -> ModelProto {
    build(layout, embeddings, true)
}

fn build(layout: &Layout, embeddings: &[f32], with_gradient: bool) -> ModelProto {
    let mut step = Step { graph: GraphBuilder::new("taste-training-step"), layout, with_gradient };
    step.build(embeddings);
    step.graph.finish()
}

struct Step<'a> {
    graph: GraphBuilder,
    layout: &'a Layout,
    with_gradient: bool,
}

/// The inputs that AdamW works on.
struct AdamState {
    flat: Value,
    moment: Value,
    square: Value,
    precision: Value,
    pace: Value,
    schedule: Value,
}

/// The parameters, cut out of the flat vector and brought to their shapes.
struct Parameters {
    hidden_weights: Value,
    hidden_bias: Value,
    utility: Value,
    features: Value,
    taste: Value,
    threshold: Value,
    offset: Value,
    tie: Value,
    position: Value,
    mean_threshold: Value,
}

/// What the forward pass over the judgements leaves for the backward pass.
struct Judged {
    loss: Value,
    /// Candidates, and the loss's slope for their utility and features, one row a judgement.
    candidates: Value,
    utility_rows: Value,
    feature_rows: Value,
    /// Persons, and the slope for their taste.
    persons: Value,
    taste_rows: Value,
    approval_person: Value,
    threshold_rows: Value,
    tie: Value,
    position: Value,
    mean_threshold: Value,
}

impl Step<'_> {
    fn build(&mut self, embeddings: &[f32]) {
        let shape = self.layout.shape;
        let length = || [Dim::Fixed(self.layout.len())];
        let flat = self.graph.input(input::PARAMETERS, ElementType::F32, &length());
        let moment = self.graph.input(input::MOMENT, ElementType::F32, &length());
        let square = self.graph.input(input::SQUARE, ElementType::F32, &length());
        let precision = self.graph.input(input::PRECISION, ElementType::F32, &length());
        let pace = self.graph.input(input::PACE, ElementType::F32, &length());
        let schedule = self.graph.input(input::SCHEDULE, ElementType::F32, &[4.into()]);
        let x = self.graph.initializer_f32("embeddings", &[shape.candidates, shape.dimension], embeddings);

        let parameters = self.cut(&flat);
        let hidden = shape.hidden.map(|_| {
            let product = self.graph.op("MatMul", &[&x, &parameters.hidden_weights]);
            let sum = self.graph.op("Add", &[&product, &parameters.hidden_bias]);
            self.graph.op("Tanh", &[&sum])
        });
        let h = hidden.clone().unwrap_or_else(|| x.clone());
        let content = self.graph.op("MatMul", &[&h, &parameters.utility]);
        let content = self.reshape(&content, &[shape.candidates as i64]);
        let utility = self.graph.op("Add", &[&content, &parameters.offset]);
        let features = self.graph.op("MatMul", &[&h, &parameters.features]);

        let judged = self.judge(&parameters, &utility, &features);
        let gradient = self.gradient(&parameters, &judged, &x, &h, hidden.is_some());
        let state = AdamState { flat, moment, square, precision, pace, schedule };
        self.adam(&state, &gradient, &judged.loss);
    }

    fn cut(&mut self, flat: &Value) -> Parameters {
        let shape = self.layout.shape;
        let present: Vec<_> = Parameter::ALL
            .into_iter()
            .filter(|parameter| !self.layout.range(*parameter).is_empty())
            .collect();
        let sizes: Vec<i64> =
            present.iter().map(|parameter| self.layout.range(*parameter).len() as i64).collect();
        let sizes = self.graph.integers(&sizes);
        let axis = vec![AttributeProto::int("axis", 0)];
        let pieces = self.graph.op_many("Split", &[flat, &sizes], present.len(), axis);
        let mut get = |parameter: Parameter| {
            // An absent hidden layer leaves nothing to cut; the whole vector stands in and is never used.
            let Some(index) = present.iter().position(|other| *other == parameter) else {
                return flat.clone();
            };
            match parameter.dims(&shape)[..] {
                [rows, columns] => self.reshape(&pieces[index], &[rows as i64, columns as i64]),
                // A column, so that MatMul makes one number a candidate.
                [length] if parameter == Parameter::Utility => {
                    self.reshape(&pieces[index], &[length as i64, 1])
                }
                _ => pieces[index].clone(),
            }
        };
        Parameters {
            hidden_weights: get(Parameter::HiddenWeights),
            hidden_bias: get(Parameter::HiddenBias),
            utility: get(Parameter::Utility),
            features: get(Parameter::Features),
            taste: get(Parameter::Taste),
            threshold: get(Parameter::Threshold),
            offset: get(Parameter::Offset),
            tie: get(Parameter::Tie),
            position: get(Parameter::Position),
            mean_threshold: get(Parameter::MeanThreshold),
        }
    }

    fn judge(&mut self, parameters: &Parameters, utility: &Value, features: &Value) -> Judged {
        // Duels.
        let person = self.graph.input(input::DUEL_PERSON, ElementType::I64, &["B".into()]);
        let left = self.graph.input(input::DUEL_LEFT, ElementType::I64, &["B".into()]);
        let right = self.graph.input(input::DUEL_RIGHT, ElementType::I64, &["B".into()]);
        let weight = self.graph.input(input::DUEL_WEIGHT, ElementType::F32, &["B".into(), 4.into()]);
        let [w_left, w_right, w_tie, w_order] = self.columns(&weight);

        let taste = self.graph.op("Gather", &[&parameters.taste, &person]);
        let left_features = self.graph.op("Gather", &[features, &left]);
        let right_features = self.graph.op("Gather", &[features, &right]);
        let feature_gap = self.graph.op("Sub", &[&left_features, &right_features]);
        let personal = self.dot_rows(&taste, &feature_gap);
        let left_utility = self.graph.op("Gather", &[utility, &left]);
        let right_utility = self.graph.op("Gather", &[utility, &right]);
        let crowd = self.graph.op("Sub", &[&left_utility, &right_utility]);
        let gap = self.graph.op("Add", &[&crowd, &personal]);
        let s = self.graph.op("Add", &[&gap, &parameters.position]);

        let shift = self.graph.scalar(TIE_SHIFT);
        let least = self.graph.scalar(LEAST_TIE);
        let rho = self.graph.op("Add", &[&parameters.tie, &shift]);
        let soft = self.graph.op("Softplus", &[&rho]);
        let tau = self.graph.op("Add", &[&soft, &least]);
        // a = −(s − τ) and b = s + τ: the losing arguments of left and right.
        let a = self.graph.op("Sub", &[&tau, &s]);
        let b = self.graph.op("Add", &[&s, &tau]);
        let sigma_a = self.graph.op("Sigmoid", &[&a]);
        let sigma_b = self.graph.op("Sigmoid", &[&b]);

        // Loss: left softplus(a); right softplus(b); tie softplus(−b) + softplus(−a) − ln(1 − e^(−2τ)).
        let minus_a = self.graph.op("Neg", &[&a]);
        let minus_b = self.graph.op("Neg", &[&b]);
        let two = self.graph.scalar(2.0);
        let one = self.graph.scalar(1.0);
        let double_tau = self.graph.op("Mul", &[&tau, &two]);
        let minus_double = self.graph.op("Neg", &[&double_tau]);
        let decayed = self.graph.op("Exp", &[&minus_double]);
        let rest = self.graph.op("Sub", &[&one, &decayed]);
        let log_rest = self.graph.op("Log", &[&rest]);
        let left_loss = self.softplus_weighted(&a, &w_left);
        let right_loss = self.softplus_weighted(&b, &w_right);
        let tie_loss_a = self.softplus_weighted(&minus_a, &w_tie);
        let tie_loss_b = self.softplus_weighted(&minus_b, &w_tie);
        let ties = self.sum(&w_tie);
        let tie_constant = self.graph.op("Mul", &[&ties, &log_rest]);
        let tie_constant = self.sum(&tie_constant);
        let loss = self.add_all(&[&left_loss, &right_loss, &tie_loss_a, &tie_loss_b]);
        let loss = self.graph.op("Sub", &[&loss, &tie_constant]);

        // Slope in s: −left·σ(a) + right·σ(b) + tie·(σ(b) − σ(a)).
        let against = self.graph.op("Add", &[&w_right, &w_tie]);
        let for_left = self.graph.op("Add", &[&w_left, &w_tie]);
        let pull_b = self.graph.op("Mul", &[&against, &sigma_b]);
        let pull_a = self.graph.op("Mul", &[&for_left, &sigma_a]);
        let slope = self.graph.op("Sub", &[&pull_b, &pull_a]);
        // Slope in τ: the same two pulls added, less tie·(2 + 2 / (e^(2τ) − 1)) = tie·2 / (1 − e^(−2τ)).
        let pulls = self.graph.op("Add", &[&pull_a, &pull_b]);
        let pulls = self.sum(&pulls);
        let steep = self.graph.op("Div", &[&two, &rest]);
        let steep = self.graph.op("Mul", &[&ties, &steep]);
        let tau_slope = self.graph.op("Sub", &[&pulls, &steep]);
        let sigma_rho = self.graph.op("Sigmoid", &[&rho]);
        let tie = self.graph.op("Mul", &[&tau_slope, &sigma_rho]);
        let position = self.sum(&slope);

        // Parts of an order: softplus(−gap), whose slope knows neither τ nor β.
        let minus_gap = self.graph.op("Neg", &[&gap]);
        let order_loss = self.softplus_weighted(&minus_gap, &w_order);
        let loss = self.graph.op("Add", &[&loss, &order_loss]);
        let sigma_order = self.graph.op("Sigmoid", &[&minus_gap]);
        let order_pull = self.graph.op("Mul", &[&w_order, &sigma_order]);
        let slope = self.graph.op("Sub", &[&slope, &order_pull]);

        // Approvals.
        let approval_person = self.graph.input(input::APPROVAL_PERSON, ElementType::I64, &["C".into()]);
        let candidate = self.graph.input(input::APPROVAL_CANDIDATE, ElementType::I64, &["C".into()]);
        let approval_weight =
            self.graph.input(input::APPROVAL_WEIGHT, ElementType::F32, &["C".into(), 2.into()]);
        let [w_for, w_against] = self.columns(&approval_weight);
        let cut = self.graph.input(input::APPROVAL_CUT, ElementType::F32, &["C".into(), 2.into()]);
        let [lower, upper] = self.columns(&cut);
        let approval_taste = self.graph.op("Gather", &[&parameters.taste, &approval_person]);
        let approval_features = self.graph.op("Gather", &[features, &candidate]);
        let personal = self.dot_rows(&approval_taste, &approval_features);
        let crowd = self.graph.op("Gather", &[utility, &candidate]);
        let own = self.graph.op("Gather", &[&parameters.threshold, &approval_person]);
        let threshold = self.graph.op("Add", &[&own, &parameters.mean_threshold]);
        let liked = self.graph.op("Add", &[&crowd, &personal]);
        let t = self.graph.op("Sub", &[&liked, &threshold]);
        let short = self.graph.op("Sub", &[&lower, &t]);
        let beyond = self.graph.op("Sub", &[&t, &upper]);
        let for_loss = self.softplus_weighted(&short, &w_for);
        let against_loss = self.softplus_weighted(&beyond, &w_against);
        let loss = self.add_all(&[&loss, &for_loss, &against_loss]);
        // Slope in t: against·σ(t − c) − for·σ(b − t).
        let sigma_short = self.graph.op("Sigmoid", &[&short]);
        let sigma_beyond = self.graph.op("Sigmoid", &[&beyond]);
        let pull_up = self.graph.op("Mul", &[&w_for, &sigma_short]);
        let pull_down = self.graph.op("Mul", &[&w_against, &sigma_beyond]);
        let approval_slope = self.graph.op("Sub", &[&pull_down, &pull_up]);

        // Rows to be added up by candidate and by person.
        let minus_slope = self.graph.op("Neg", &[&slope]);
        let threshold_rows = self.graph.op("Neg", &[&approval_slope]);
        let mean_threshold = self.sum(&threshold_rows);
        let left_rows = self.scale_rows(&taste, &slope);
        let right_rows = self.graph.op("Neg", &[&left_rows]);
        let approval_rows = self.scale_rows(&approval_taste, &approval_slope);
        let duel_taste = self.scale_rows(&feature_gap, &slope);
        let approval_taste_rows = self.scale_rows(&approval_features, &approval_slope);
        Judged {
            loss,
            candidates: self.concat(&[&left, &right, &candidate]),
            utility_rows: self.concat(&[&slope, &minus_slope, &approval_slope]),
            feature_rows: self.concat(&[&left_rows, &right_rows, &approval_rows]),
            persons: self.concat(&[&person, &approval_person]),
            taste_rows: self.concat(&[&duel_taste, &approval_taste_rows]),
            approval_person,
            threshold_rows,
            tie,
            position,
            mean_threshold,
        }
    }

    /// The gradient of the likelihood as one flat vector, in the layout's order.
    fn gradient(
        &mut self,
        parameters: &Parameters,
        judged: &Judged,
        x: &Value,
        h: &Value,
        hidden: bool,
    ) -> Value {
        let shape = self.layout.shape;
        let (n, r, persons) = (shape.candidates as i64, shape.rank as i64, shape.persons as i64);
        let by_candidate = self.reshape(&judged.candidates, &[-1, 1]);
        let by_person = self.reshape(&judged.persons, &[-1, 1]);
        let by_approver = self.reshape(&judged.approval_person, &[-1, 1]);
        let offset = self.scatter_add(&[n], &by_candidate, &judged.utility_rows);
        let table = self.scatter_add(&[n, r], &by_candidate, &judged.feature_rows);
        let taste = self.scatter_add(&[persons, r], &by_person, &judged.taste_rows);
        let threshold = self.scatter_add(&[persons], &by_approver, &judged.threshold_rows);
        let column = self.reshape(&offset, &[n, 1]);
        let utility = self.transposed_product(h, &column);
        let features = self.transposed_product(h, &table);

        let mut pieces = vec![];
        if hidden {
            let transposed = || vec![AttributeProto::int("transB", 1)];
            let from_utility = self.graph.op_with("Gemm", &[&column, &parameters.utility], transposed());
            let from_features = self.graph.op_with("Gemm", &[&table, &parameters.features], transposed());
            let slope = self.graph.op("Add", &[&from_utility, &from_features]);
            let one = self.graph.scalar(1.0);
            let squared = self.graph.op("Mul", &[h, h]);
            let tanh_slope = self.graph.op("Sub", &[&one, &squared]);
            let slope = self.graph.op("Mul", &[&slope, &tanh_slope]);
            let weights = self.transposed_product(x, &slope);
            let axes = self.graph.integers(&[0]);
            let bias =
                self.graph.op_with("ReduceSum", &[&slope, &axes], vec![AttributeProto::int("keepdims", 0)]);
            pieces.extend([weights, bias]);
        }
        pieces.extend([utility, features, taste, threshold, offset]);
        pieces.extend([judged.tie.clone(), judged.position.clone(), judged.mean_threshold.clone()]);
        let flat: Vec<Value> = pieces.iter().map(|piece| self.reshape(piece, &[-1])).collect();
        self.concat(&flat.iter().collect::<Vec<_>>())
    }

    fn adam(&mut self, state: &AdamState, likelihood_gradient: &Value, likelihood_loss: &Value) {
        let AdamState { flat, moment, square, precision, pace, schedule } = state;
        let length = [Dim::Fixed(self.layout.len())];
        let sizes = self.graph.integers(&[1, 1, 1, 1]);
        let parts = self.graph.op_many("Split", &[schedule, &sizes], 4, vec![AttributeProto::int("axis", 0)]);
        let [rate, decay, correct_1, correct_2] = [&parts[0], &parts[1], &parts[2], &parts[3]];

        let pull = self.graph.op("Mul", &[precision, flat]);
        let half = self.graph.scalar(0.5);
        let energy = self.graph.op("Mul", &[&pull, flat]);
        let energy = self.sum(&energy);
        let energy = self.graph.op("Mul", &[&energy, &half]);
        let loss = self.graph.op("Add", &[likelihood_loss, &energy]);
        let loss = {
            let scalar = self.graph.integers(&[]);
            self.graph.named(output::LOSS, "Reshape", &[&loss, &scalar], vec![])
        };
        let gradient = self.graph.named(output::GRADIENT, "Add", &[likelihood_gradient, &pull], vec![]);

        let (beta_1, rest_1) = (self.graph.scalar(BETA_1), self.graph.scalar(1.0 - BETA_1));
        let (beta_2, rest_2) = (self.graph.scalar(BETA_2), self.graph.scalar(1.0 - BETA_2));
        let kept = self.graph.op("Mul", &[moment, &beta_1]);
        let new = self.graph.op("Mul", &[&gradient, &rest_1]);
        let moment_next = self.graph.named(output::MOMENT, "Add", &[&kept, &new], vec![]);
        let squared = self.graph.op("Mul", &[&gradient, &gradient]);
        let kept = self.graph.op("Mul", &[square, &beta_2]);
        let new = self.graph.op("Mul", &[&squared, &rest_2]);
        let square_next = self.graph.named(output::SQUARE, "Add", &[&kept, &new], vec![]);

        let direction = self.graph.op("Div", &[&moment_next, correct_1]);
        let spread = self.graph.op("Div", &[&square_next, correct_2]);
        let spread = self.graph.op("Sqrt", &[&spread]);
        let epsilon = self.graph.scalar(EPSILON);
        let spread = self.graph.op("Add", &[&spread, &epsilon]);
        let direction = self.graph.op("Div", &[&direction, &spread]);
        let decayed = self.graph.op("Mul", &[flat, decay]);
        let direction = self.graph.op("Add", &[&direction, &decayed]);
        let rates = self.graph.op("Mul", &[pace, rate]);
        let change = self.graph.op("Mul", &[&direction, &rates]);
        let flat_next = self.graph.named(output::PARAMETERS, "Sub", &[flat, &change], vec![]);

        for value in [&flat_next, &moment_next, &square_next] {
            self.graph.output(value, ElementType::F32, &length);
        }
        if self.with_gradient {
            self.graph.output(&gradient, ElementType::F32, &length);
        }
        self.graph.output(&loss, ElementType::F32, &[]);
    }

    fn reshape(&mut self, value: &Value, dims: &[i64]) -> Value {
        let dims = self.graph.integers(dims);
        self.graph.op("Reshape", &[value, &dims])
    }

    fn concat(&mut self, values: &[&Value]) -> Value {
        self.graph.op_with("Concat", values, vec![AttributeProto::int("axis", 0)])
    }

    /// The columns of a `[rows, K]` matrix, each `[rows]`.
    fn columns<const K: usize>(&mut self, matrix: &Value) -> [Value; K] {
        let sizes = self.graph.integers(&[1; K]);
        let columns = self.graph.op_many("Split", &[matrix, &sizes], K, vec![AttributeProto::int("axis", 1)]);
        std::array::from_fn(|index| self.reshape(&columns[index], &[-1]))
    }

    /// Σ over each row of a ∘ b: `[rows, r]` twice to `[rows]`.
    fn dot_rows(&mut self, a: &Value, b: &Value) -> Value {
        let product = self.graph.op("Mul", &[a, b]);
        let axes = self.graph.integers(&[1]);
        self.graph.op_with("ReduceSum", &[&product, &axes], vec![AttributeProto::int("keepdims", 0)])
    }

    /// Each row of a `[rows, r]` matrix times its number.
    fn scale_rows(&mut self, matrix: &Value, numbers: &Value) -> Value {
        let column = self.reshape(numbers, &[-1, 1]);
        self.graph.op("Mul", &[matrix, &column])
    }

    /// Everything added up, as `[1]`.
    fn sum(&mut self, value: &Value) -> Value {
        let flat = self.reshape(value, &[-1]);
        let axes = self.graph.integers(&[0]);
        self.graph.op_with("ReduceSum", &[&flat, &axes], vec![AttributeProto::int("keepdims", 1)])
    }

    fn softplus_weighted(&mut self, argument: &Value, weight: &Value) -> Value {
        let loss = self.graph.op("Softplus", &[argument]);
        let weighted = self.graph.op("Mul", &[&loss, weight]);
        self.sum(&weighted)
    }

    fn add_all(&mut self, values: &[&Value]) -> Value {
        self.graph.op("Sum", values)
    }

    /// aᵀ b.
    fn transposed_product(&mut self, a: &Value, b: &Value) -> Value {
        self.graph.op_with("Gemm", &[a, b], vec![AttributeProto::int("transA", 1)])
    }

    /// Rows added up where their index says: zeros of `dims`, plus every row, in order.
    fn scatter_add(&mut self, dims: &[i64], indices: &Value, rows: &Value) -> Value {
        let shape = self.graph.integers(dims);
        let zeros = self.graph.op("ConstantOfShape", &[&shape]);
        let add = vec![AttributeProto::text("reduction", "add")];
        self.graph.op_with("ScatterND", &[&zeros, indices, rows], add)
    }
}
