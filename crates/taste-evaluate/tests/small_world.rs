//! The ratings protocol on a small world of our own, end to end; and the file's graph in ONNX Runtime itself.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use taste_evaluate::{
    Embedded, EvaluateError, Unwatched, Watch,
    protocol::ratings::{RatingConfig, RatingData, run},
};
use taste_inference::{GraphOptions, OrtGraph, Runtime, TensorView};
use taste_model::{Activation, Head, Hidden, Likelihood, Prior, Provenance, TasteModel};
use taste_population::{Part, Random, Rating};

/// 120 persons with one taste, 40 candidates whose content tells utility and feature.
fn world() -> RatingData {
    let mut random = Random::new(5, "world");
    let n = 40;
    let (mut values, mut truth) = (vec![], vec![]);
    for _ in 0..n {
        let (a, b) = (random.normal(), random.normal());
        truth.push((a, 2.0 * b));
        values.extend([a as f32, b as f32]);
    }
    let mut ratings = vec![];
    for person in 0..120 {
        let z = random.normal();
        let mut order: Vec<usize> = (0..n).collect();
        random.shuffle(&mut order);
        for &candidate in &order[..25] {
            let (utility, feature) = truth[candidate];
            ratings.push(Rating { person, candidate, value: utility + z * feature + random.normal() });
        }
    }
    RatingData {
        name: "world",
        title: "a small world".into(),
        source: "made for this test".into(),
        persons: 120,
        candidates: n,
        ratings,
        texts: vec![String::new(); n],
        embedded: Embedded { encoder: "world@1".into(), dimension: 2, values },
        parts: vec![Part::Linear(0..2)],
        given: vec![],
        strong: 2.0,
    }
}

/// The same, everybody having rated everything: enough for questions to be chosen.
fn full_world() -> RatingData {
    let mut data = world();
    let mut random = Random::new(6, "full world");
    // 30 more candidates, much like one another, of which a rating says little.
    let truth: Vec<(f64, f64)> =
        data.embedded.values.chunks(2).map(|row| (f64::from(row[0]), 2.0 * f64::from(row[1]))).collect();
    let n = truth.len() + 30;
    let all: Vec<(f64, f64)> =
        (0..n).map(|at| if at < truth.len() { truth[at] } else { (0.3 * random.normal(), 0.0) }).collect();
    data.embedded.values = all.iter().flat_map(|(a, b)| [*a as f32, (*b / 2.0) as f32]).collect();
    data.candidates = n;
    data.texts = vec![String::new(); n];
    data.ratings = (0..data.persons)
        .flat_map(|person| {
            let z = random.normal();
            let rate = |(candidate, (utility, feature)): (usize, &(f64, f64))| Rating {
                person,
                candidate,
                value: utility + z * feature + random.normal(),
            };
            all.iter().enumerate().map(rate).collect::<Vec<_>>()
        })
        .collect();
    data
}

#[test]
fn chosen_questions_teach_more_than_random_ones() {
    let config = RatingConfig { ks: vec![0, 2, 4], ..config() };
    let report = run(&full_world(), &config, &mut Unwatched).unwrap();
    let value = |model, k| report.row("warm, by question", model, Some(k)).unwrap().value.value;
    // Half as many chosen ones are as good.
    assert!(value("chosen questions", 2) > value("random questions", 4) - 0.005, "{}", report.markdown());
    assert!(value("chosen questions", 4) > value("random questions", 4), "{}", report.markdown());
    let short = run(&world(), &config, &mut Unwatched).unwrap();
    assert!(short.row("warm, by question", "chosen questions", Some(2)).is_none(), "nobody has rated enough");
}

fn config() -> RatingConfig {
    RatingConfig {
        held_out: 40,
        validation: 20,
        ks: vec![0, 10],
        seeds: vec![1, 2],
        resamples: 200,
        ..RatingConfig::of("world")
    }
}

#[test]
fn own_votes_help_on_warm_and_on_cold_candidates_and_probabilities_mean_what_they_say() {
    let report = run(&world(), &config(), &mut Unwatched).unwrap();
    let value = |split, model, k| report.row(split, model, k).unwrap().value.value;
    for split in ["warm", "cold"] {
        let (crowd, personal) = (value(split, "crowd", Some(0)), value(split, "personal", Some(10)));
        assert!(personal > crowd + 0.05, "{split}: {crowd} {personal}");
        let row = report.row(split, "personal", Some(10)).unwrap();
        assert!(row.ece.unwrap() < 0.06 && row.strong.unwrap().value > row.value.value, "{row:?}");
    }
    assert!(report.row("cold", "ceiling, personal", Some(10)).is_some());
    let page = report.html();
    assert!(page.contains("<svg") && !page.contains("<script") && !page.contains("http"));
    assert!(report.markdown().contains("| warm  | personal"));
    let read: taste_evaluate::Report = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(read.rows.len(), report.rows.len());
}

#[test]
fn too_few_people_and_a_wish_to_stop_are_named() {
    let data = RatingData { ratings: world().ratings[..50].to_vec(), ..world() };
    assert_eq!(run(&data, &config(), &mut Unwatched).unwrap_err().code(), "EvaluateError::TooFew");
    struct Stop;
    impl Watch for Stop {
        fn say(&mut self, _: &str) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    assert!(matches!(run(&world(), &config(), &mut Stop), Err(EvaluateError::Cancelled)));
}

#[test]
fn kernel_units_and_the_embedding_beside_them_are_the_same_in_onnx_runtime() {
    let Ok(runtime) = Runtime::load(None) else {
        eprintln!("skipped: ONNX Runtime is not there");
        return;
    };
    let wave = |n: usize, step: f32| (0..n).map(|i| (step * (i as f32 + 1.0)).sin()).collect::<Vec<f32>>();
    let hidden = Hidden { beside: true, ..Hidden::kernel(&wave(12, 0.8), 4, 0.7) };
    assert_eq!(hidden.activation, Activation::Exp);
    let head = Head {
        mean: vec![0.0; 4],
        inv_std: vec![1.0; 4],
        hidden: Some(hidden),
        utility_weights: wave(7, 0.9),
        utility_bias: 0.25,
        feature_weights: wave(14, 1.7),
    };
    let prior = Prior::isotropic(2, 1.0, 1.0, 0.0).unwrap();
    let model = TasteModel::new(
        "test@1".into(),
        head,
        &prior,
        Likelihood::default(),
        Default::default(),
        Provenance::default(),
    )
    .unwrap();
    let bytes = model.to_onnx();
    assert_eq!(TasteModel::from_onnx(&bytes).unwrap(), model);
    let mut graph = OrtGraph::from_bytes(&runtime, &bytes, GraphOptions::default()).unwrap();
    let embedding = [0.5f32, -0.5, 0.1, 0.7];
    let found = graph.run(&[("embedding", TensorView::F32(&[1, 4], &embedding))]).unwrap();
    let (utility, features) = model.evaluate(&embedding).unwrap();
    let floats = |tensor: &taste_inference::Tensor| tensor.as_f32().unwrap().to_vec();
    assert!((floats(&found[0])[0] - utility).abs() < 1e-5);
    for (a, b) in floats(&found[1]).iter().zip(&features) {
        assert!((a - b).abs() < 1e-5);
    }
}
