//! The taste model as an ONNX file: written by the trainer, read by everyone, without a runtime.
//!
//! The graph is a template whose names are fixed; a file with any other graph is refused rather than guessed at.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use taste_core::{CandidateId, Digest, EncoderId};
use taste_onnx::{
    AttributeProto, DimensionValue, ElementType, GraphBuilder, GraphProto, ModelProto, TypeValue,
    ValueInfoProto, dims, parse, tensor_f32, tensor_u8, to_bytes,
};

use crate::{
    error::ModelError,
    levels::CutPoints,
    likelihood::Likelihood,
    model::{Activation, Head, Hidden, Provenance, RatingModel, TasteModel},
    prior::Prior,
    taste::RatingScale,
};

/// The value of the metadata key `format` of a model that says nothing that the first version could not say.
pub const MODEL_FORMAT: &str = "tastemaker.taste-model/1";
/// That of a model with kernel units, the embedding beside its hidden units, what was learned from ratings, cut points of
/// stars, or what votes left unknown of offsets.
pub const MODEL_FORMAT_2: &str = "tastemaker.taste-model/2";

/// The metadata that every file has, in the order written. Metadata comes last in a file, so one that was cut off
/// between two entries lacks some of it. `claims`, which not every file has, is written before the last of these.
const METADATA: [&str; 8] =
    ["format", "encoder", "round", "log_size", "log_root", "seed", "metrics", "parent"];

/// A node of the template: operator, inputs, output.
type Template = (&'static str, &'static [&'static str], &'static str);

/// The nodes in order. Those from `hidden.product` to `hidden` are there only with a hidden layer, `inputs` only where the
/// heads read the standardised embedding beside the units.
fn template(hidden: Option<(Activation, bool)>) -> Vec<Template> {
    let mut nodes: Vec<Template> = vec![
        ("Sub", &["embedding", "standard.mean"], "centred"),
        ("Mul", &["centred", "standard.inv_std"], "standardised"),
    ];
    if let Some((activation, _)) = hidden {
        nodes.push(("MatMul", &["standardised", "hidden.weight"], "hidden.product"));
        nodes.push(("Add", &["hidden.product", "hidden.bias"], "hidden.sum"));
        nodes.push(match activation {
            Activation::Tanh => ("Tanh", &["hidden.sum"], "hidden"),
            Activation::Exp => ("Exp", &["hidden.sum"], "hidden"),
        });
    }
    let (utility, features): (&'static [&'static str], &'static [&'static str]) = match hidden {
        None => (&["standardised", "utility.weight"], &["standardised", "feature.weight"]),
        Some((_, false)) => (&["hidden", "utility.weight"], &["hidden", "feature.weight"]),
        Some((_, true)) => {
            nodes.push(("Concat", &["hidden", "standardised"], "inputs"));
            (&["inputs", "utility.weight"], &["inputs", "feature.weight"])
        }
    };
    nodes.push(("MatMul", utility, "utility.product"));
    nodes.push(("Add", &["utility.product", "utility.bias"], "utility"));
    nodes.push(("MatMul", features, "features"));
    nodes.push(("Identity", &["prior.covariance"], "prior_covariance"));
    nodes.push(("Identity", &["likelihood.values"], "likelihood"));
    nodes
}

impl TasteModel {
    /// Writes the ONNX file (opset 18, IR 9). The same model always gives the same bytes.
    pub fn to_onnx(&self) -> Vec<u8> {
        let (d, r) = (self.dimension(), self.features());
        let q = r + 1;
        let head = &self.head;
        let k = head.utility_weights.len();
        let mut graph = GraphBuilder::new("taste-model");
        let mut values = BTreeMap::new();
        let mut constant =
            |graph: &mut GraphBuilder, name: &'static str, shape: &[usize], numbers: &[f32]| {
                values.insert(name, graph.initializer_f32(name, shape, numbers));
            };
        constant(&mut graph, "standard.mean", &[d], &head.mean);
        constant(&mut graph, "standard.inv_std", &[d], &head.inv_std);
        if let Some(hidden) = &head.hidden {
            let units = hidden.bias.len();
            constant(&mut graph, "hidden.weight", &[d, units], &hidden.weights);
            constant(&mut graph, "hidden.bias", &[units], &hidden.bias);
        }
        constant(&mut graph, "utility.weight", &[k], &head.utility_weights);
        constant(&mut graph, "utility.bias", &[], &[head.utility_bias]);
        constant(&mut graph, "feature.weight", &[k, r], &head.feature_weights);
        let covariance: Vec<f32> = self.prior.covariance().iter().map(|&value| value as f32).collect();
        constant(&mut graph, "prior.covariance", &[q, q], &covariance);
        constant(&mut graph, "likelihood.values", &[6], &self.likelihood.numbers(&self.prior));
        if !self.offsets.is_empty() {
            let ids: Vec<u8> = self.offsets.keys().flat_map(|id| id.0).collect();
            let offsets: Vec<f32> = self.offsets.values().copied().collect();
            graph.initializer_u8("offset.ids", &[offsets.len(), 32], &ids);
            graph.initializer_f32("offset.values", &[offsets.len()], &offsets);
        }
        if !self.unknown.is_empty() {
            let unknown: Vec<f32> = self.unknown.values().copied().collect();
            graph.initializer_f32("offset.unknown", &[unknown.len()], &unknown);
        }
        if !self.likelihood.cuts.is_none() {
            let cuts: Vec<f32> = self.likelihood.cuts.values().iter().map(|&cut| cut as f32).collect();
            graph.initializer_f32("stars.cuts", &[cuts.len()], &cuts);
        }
        if let Some(rating) = &self.rating {
            self.write_ratings(rating, &mut graph);
        }

        values.insert("embedding", graph.input("embedding", ElementType::F32, &["n".into(), d.into()]));
        for (operator, inputs, output) in
            template(head.hidden.as_ref().map(|layer| (layer.activation, layer.beside)))
        {
            let inputs: Vec<_> = inputs.iter().map(|name| &values[name]).collect();
            let made = graph.named(output, operator, &inputs, attributes(operator));
            values.insert(output, made);
        }
        graph.output(&values["utility"], ElementType::F32, &["n".into()]);
        graph.output(&values["features"], ElementType::F32, &["n".into(), r.into()]);
        graph.output(&values["prior_covariance"], ElementType::F32, &[q.into(), q.into()]);
        graph.output(&values["likelihood"], ElementType::F32, &[6.into()]);

        let provenance = &self.provenance;
        graph.metadata("format", self.format());
        graph.metadata("encoder", &self.encoder.0);
        graph.metadata("round", &provenance.round.to_string());
        graph.metadata("log_size", &provenance.log_size.to_string());
        graph.metadata("log_root", &provenance.log_root.to_string());
        graph.metadata("seed", &provenance.seed.to_string());
        graph.metadata("metrics", &provenance.metrics);
        if !provenance.claims.is_empty() {
            graph.metadata("claims", &provenance.claims);
        }
        graph.metadata("parent", &provenance.parent.map_or(String::new(), |parent| parent.to_string()));
        to_bytes(&graph.finish())
    }

    /// Reads the very file that ONNX Runtime runs. Nothing in it is believed: every size is compared with the numbers
    /// that are really there, so memory stays in proportion to the file.
    ///
    /// # Errors
    /// [`ModelError::Onnx`] where it is no ONNX file (cut off, damaged), [`ModelError::ForeignGraph`] where it is
    /// one with another graph, and what [`TasteModel::new`] refuses.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, ModelError> {
        let model = parse(bytes)?;
        let graph = model.graph.as_ref().ok_or_else(|| foreign("it has none"))?;
        check_format(&model)?;
        let layer = check_nodes(graph)?;
        let d = check_ends(graph)?;

        let mean = constant(graph, "standard.mean", &[Some(d)])?.0;
        let inv_std = constant(graph, "standard.inv_std", &[Some(d)])?.0;
        let mut k = d;
        let hidden = if let Some((activation, beside)) = layer {
            let (weights, shape) = constant(graph, "hidden.weight", &[Some(d), None])?;
            let bias = constant(graph, "hidden.bias", &[Some(shape[1])])?.0;
            k = shape[1] + if beside { d } else { 0 };
            Some(Hidden { weights, bias, activation, beside })
        } else {
            None
        };
        let utility_weights = constant(graph, "utility.weight", &[Some(k)])?.0;
        let utility_bias = constant(graph, "utility.bias", &[])?.0[0];
        let (feature_weights, shape) = constant(graph, "feature.weight", &[Some(k), None])?;
        let q = shape[1].saturating_add(1);
        let covariance = constant(graph, "prior.covariance", &[Some(q), Some(q)])?.0;
        let numbers = constant(graph, "likelihood.values", &[Some(6)])?.0;
        let [tie, position, threshold_mean, temperature, offset_variance, neither_weight] =
            core::array::from_fn(|i| f64::from(numbers[i]));

        let head = Head { mean, inv_std, hidden, utility_weights, utility_bias, feature_weights };
        // Before the prior, so that the size that is really wrong is the one named.
        head.check(shape[1])?;
        let prior = Prior::new(covariance.into_iter().map(f64::from).collect(), threshold_mean)?;
        let cuts = cuts(graph)?;
        let likelihood = Likelihood { tie, position, temperature, offset_variance, neither_weight, cuts };
        let text = |key| model.metadata(key).unwrap_or_default();
        let encoder = EncoderId(text("encoder").into());
        let features = shape[1];
        let found = Self::new(encoder, head, &prior, likelihood, offsets(graph)?, provenance(text)?)?;
        let found = match graph.initializer("offset.unknown") {
            Some(_) => {
                let unknown = constant(graph, "offset.unknown", &[Some(found.offsets.len())])?.0;
                let unknown = found.offsets.keys().copied().zip(unknown).collect();
                found.with_unknown(unknown)?
            }
            None => found,
        };
        let found = match ratings(graph, features)? {
            Some(rating) => found.with_ratings(rating)?,
            None => found,
        };
        // A file of the first version has nothing that only the second can say, and the other way round.
        if text("format") != found.format() {
            return Err(foreign(format!(
                "its format is {}, its graph that of {}",
                text("format"),
                found.format()
            )));
        }
        Ok(found)
    }

    fn format(&self) -> &'static str {
        let plain = self.rating.is_none()
            && self.unknown.is_empty()
            && self.likelihood.cuts.is_none()
            && self
                .head
                .hidden
                .as_ref()
                .is_none_or(|layer| layer.activation == Activation::Tanh && !layer.beside);
        if plain { MODEL_FORMAT } else { MODEL_FORMAT_2 }
    }

    /// `rating.values`, and of the candidates with an offset, in their order, `offset.features` and `offset.noise`.
    fn write_ratings(&self, rating: &RatingModel, graph: &mut GraphBuilder) {
        let scale = rating.scale;
        graph.initializer_f32("rating.values", &[5], &scale.numbers());
        if !rating.feature_offsets.is_empty() {
            let none = vec![0.0; self.features()];
            let rows: Vec<f32> = self
                .offsets
                .keys()
                .flat_map(|id| rating.feature_offsets.get(id).unwrap_or(&none))
                .copied()
                .collect();
            graph.initializer_f32("offset.features", &[self.offsets.len(), self.features()], &rows);
        }
        if !rating.noise.is_empty() {
            let usual = scale.noise as f32;
            let noise: Vec<f32> =
                self.offsets.keys().map(|id| rating.noise.get(id).copied().unwrap_or(usual)).collect();
            graph.initializer_f32("offset.noise", &[noise.len()], &noise);
        }
    }
}

/// What [`TasteModel::write_ratings`] wrote.
fn ratings(graph: &GraphProto, features: usize) -> Result<Option<RatingModel>, ModelError> {
    if graph.initializer("rating.values").is_none() {
        return match graph.initializer("offset.features").or(graph.initializer("offset.noise")) {
            Some(_) => Err(foreign("offset.features or offset.noise without rating.values")),
            None => Ok(None),
        };
    }
    let numbers = constant(graph, "rating.values", &[Some(5)])?.0;
    let scale = RatingScale::from_numbers(core::array::from_fn(|i| numbers[i]));
    let ids = match graph.initializer("offset.ids") {
        Some(ids) => tensor_u8(ids)?.as_chunks::<32>().0.iter().map(|&id| Digest(id)).collect(),
        None => Vec::new(),
    };
    let mut rating = RatingModel { scale, ..RatingModel::default() };
    if graph.initializer("offset.features").is_some() {
        let rows = constant(graph, "offset.features", &[Some(ids.len()), Some(features)])?.0;
        rating.feature_offsets =
            ids.iter().copied().zip(rows.chunks_exact(features).map(<[f32]>::to_vec)).collect();
    }
    if graph.initializer("offset.noise").is_some() {
        let noise = constant(graph, "offset.noise", &[Some(ids.len())])?.0;
        rating.noise = ids.into_iter().zip(noise).collect();
    }
    Ok(Some(rating))
}

/// The stars' cut points; none where the file has none.
fn cuts(graph: &GraphProto) -> Result<CutPoints, ModelError> {
    if graph.initializer("stars.cuts").is_none() {
        return Ok(CutPoints::NONE);
    }
    let values: Vec<f64> = constant(graph, "stars.cuts", &[None])?.0.into_iter().map(f64::from).collect();
    CutPoints::new(&values)
}

fn foreign(found: impl Into<String>) -> ModelError {
    ModelError::ForeignGraph { found: found.into() }
}

/// The start of a name that a stranger chose, for a message that must stay short.
fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

fn check_format(model: &ModelProto) -> Result<(), ModelError> {
    match model.metadata("format") {
        Some(MODEL_FORMAT | MODEL_FORMAT_2) => {}
        Some(other) => {
            return Err(foreign(format!("its format is {:?}, not {MODEL_FORMAT} or /2", shortened(other))));
        }
        None => return Err(foreign(format!("its metadata has no format {MODEL_FORMAT}"))),
    }
    if let Some(missing) = METADATA.iter().find(|key| model.metadata(key).is_none()) {
        return Err(foreign(format!("its metadata has no {missing}")));
    }
    if model.metadata("encoder") == Some("") {
        return Err(foreign("its encoder has no name"));
    }
    if model.opset_import.is_empty() {
        return Err(foreign("it names no set of operators"));
    }
    for set in &model.opset_import {
        // The five operators mean the same from opset 13 on.
        if !is_standard(&set.domain) || set.version < 13 {
            return Err(foreign(format!(
                "operators {:?} of version {}",
                shortened(&set.domain),
                set.version
            )));
        }
    }
    Ok(())
}

fn is_standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

/// Compares the nodes with the template; says which hidden layer there is.
fn check_nodes(graph: &GraphProto) -> Result<Option<(Activation, bool)>, ModelError> {
    let layer = graph.initializer("hidden.weight").map(|_| {
        let has = |operator: &str| graph.node.iter().any(|node| node.op_type == operator);
        (if has("Exp") { Activation::Exp } else { Activation::Tanh }, has("Concat"))
    });
    let expected = template(layer);
    if graph.node.len() != expected.len() {
        return Err(foreign(format!("{} nodes where {} are expected", graph.node.len(), expected.len())));
    }
    for (node, (operator, inputs, output)) in graph.node.iter().zip(expected) {
        let same = node.op_type == operator
            && is_standard(&node.domain)
            && node.attribute == attributes(operator)
            && node.input.iter().map(String::as_str).eq(inputs.iter().copied())
            && node.output.len() == 1
            && node.output[0] == output;
        if !same {
            let made = node.output.first().map_or("", String::as_str);
            return Err(foreign(format!(
                "node {:?} makes {:?} where {operator} makes {output:?}",
                shortened(&node.op_type),
                shortened(made)
            )));
        }
    }
    Ok(layer)
}

/// The attributes of a node of the template.
fn attributes(operator: &str) -> Vec<AttributeProto> {
    if operator == "Concat" { vec![AttributeProto::int("axis", 1)] } else { vec![] }
}

/// Checks inputs and outputs; returns d.
fn check_ends(graph: &GraphProto) -> Result<usize, ModelError> {
    let names = |ends: &[ValueInfoProto]| ends.iter().map(|end| shortened(&end.name)).collect::<Vec<_>>();
    if names(&graph.output) != ["utility", "features", "prior_covariance", "likelihood"] {
        return Err(foreign("other outputs"));
    }
    let [input] = graph.input.as_slice() else {
        return Err(foreign("more or fewer inputs than one"));
    };
    let wrong = || foreign("its input is not embedding, f32 [n, d]");
    let Some(TypeValue::Tensor(tensor)) = input.r#type.as_ref().and_then(|kind| kind.value.as_ref()) else {
        return Err(wrong());
    };
    let shape = tensor.shape.as_ref().map_or(&[][..], |shape| shape.dim.as_slice());
    match shape {
        [_, columns] if input.name == "embedding" && tensor.elem_type == ElementType::F32 as i32 => {
            match columns.value {
                Some(DimensionValue::Size(size)) => usize::try_from(size).map_err(|_| wrong()),
                _ => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

/// A constant and its shape, which must be the expected one (`None` = any size there).
fn constant(
    graph: &GraphProto,
    name: &'static str,
    expected: &[Option<usize>],
) -> Result<(Vec<f32>, Vec<usize>), ModelError> {
    let tensor = graph.initializer(name).ok_or_else(|| foreign(format!("no initialiser {name}")))?;
    let numbers = tensor_f32(tensor)?;
    let (shape, found) = dims(tensor)?;
    let fits = shape.len() == expected.len()
        && shape
            .iter()
            .zip(expected)
            .all(|(size, expected)| expected.is_none_or(|expected| *size == expected));
    if !fits {
        let known = expected.iter().map(|size| size.unwrap_or(1)).fold(1usize, usize::saturating_mul);
        return Err(ModelError::Shape { what: name, found, expected: known });
    }
    Ok((numbers, shape))
}

fn offsets(graph: &GraphProto) -> Result<BTreeMap<CandidateId, f32>, ModelError> {
    let ids = match (graph.initializer("offset.ids"), graph.initializer("offset.values")) {
        (None, None) => return Ok(BTreeMap::new()),
        (Some(ids), Some(_)) => ids,
        _ => return Err(foreign("only one of offset.ids and offset.values")),
    };
    let (values, _) = constant(graph, "offset.values", &[None])?;
    let bytes = tensor_u8(ids)?;
    let shape_error = ModelError::Shape {
        what: "offset.ids",
        found: bytes.len(),
        expected: values.len().saturating_mul(32),
    };
    if dims(ids)?.0 != [values.len(), 32] {
        return Err(shape_error);
    }
    let (rows, _) = bytes.as_chunks::<32>();
    let offsets: BTreeMap<_, _> = rows.iter().map(|&id| Digest(id)).zip(values).collect();
    // A candidate listed twice would have two offsets.
    if offsets.len() == rows.len() { Ok(offsets) } else { Err(shape_error) }
}

fn provenance<'a>(text: impl Fn(&'static str) -> &'a str) -> Result<Provenance, ModelError> {
    let digest = |key| match text(key) {
        "" => Ok(None),
        value => value.parse::<Digest>().map(Some),
    };
    let number = |key| match text(key) {
        "" => Ok(0),
        value => {
            value.parse::<u64>().map_err(|_| foreign(format!("metadata {key} is {:?}", shortened(value))))
        }
    };
    Ok(Provenance {
        round: digest("round")?.unwrap_or_default(),
        log_size: number("log_size")?,
        log_root: digest("log_root")?.unwrap_or_default(),
        seed: number("seed")?,
        metrics: text("metrics").into(),
        claims: text("claims").into(),
        parent: digest("parent")?,
    })
}
