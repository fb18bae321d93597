//! The model file: read as the `onnx` package writes it, evaluated as ONNX Runtime does, refused where it is anything else.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use std::collections::BTreeMap;

use serde_json::Value;
use taste_core::Digest;
use taste_model::{
    CutPoints, FeatureTable, Head, Hidden, Likelihood, MAX_FEATURES, MODEL_FORMAT_2, ModelError, Observation,
    Prior, Provenance, Scored, Taste, TasteModel,
};
use taste_onnx::{ModelProto, parse, to_bytes};

const FILE: &[u8] = include_bytes!("data/head.onnx");

fn expected() -> Value {
    serde_json::from_str(include_str!("data/head.json")).unwrap()
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

fn close(found: f32, expected: f32) -> bool {
    (found - expected).abs() <= 1e-5 * (1.0 + expected.abs())
}

/// A model of our own: d = 6, with or without a hidden layer of 3 units, r = 2.
fn model(hidden: bool) -> TasteModel {
    model_with_claims(hidden, "")
}

fn model_with_claims(hidden: bool, claims: &str) -> TasteModel {
    let wave =
        |n: usize, step: f32| (0..n).map(|i| libm::sinf(step * (i as f32 + 1.0))).collect::<Vec<f32>>();
    let k = if hidden { 3 } else { 6 };
    let head = Head {
        mean: wave(6, 0.7),
        inv_std: vec![2.0; 6],
        hidden: hidden.then(|| Hidden::tanh(wave(18, 1.3), wave(3, 0.2))),
        utility_weights: wave(k, 0.9),
        utility_bias: 0.25,
        feature_weights: wave(k * 2, 1.7),
    };
    let prior = Prior::new(vec![1.0, 0.1, 0.0, 0.1, 0.7, 0.2, 0.0, 0.2, 0.9], 0.3).unwrap();
    let likelihood = Likelihood { tie: 0.3, position: -0.05, offset_variance: 0.25, ..Likelihood::default() };
    let offsets = BTreeMap::from([(Digest([9; 32]), 0.5), (Digest([3; 32]), -0.25)]);
    let provenance = Provenance {
        log_size: 7,
        seed: u64::MAX,
        metrics: "{\"n\":1}".into(),
        claims: claims.into(),
        ..Provenance::default()
    };
    TasteModel::new("test@1".into(), head, &prior, likelihood, offsets, provenance).unwrap()
}

fn edited(edit: impl FnOnce(&mut ModelProto)) -> Result<TasteModel, ModelError> {
    let mut file = parse(FILE).unwrap();
    edit(&mut file);
    TasteModel::from_onnx(&to_bytes(&file))
}

#[test]
fn a_file_of_the_onnx_package_answers_as_onnx_runtime_does() {
    let (model, expected) = (TasteModel::from_onnx(FILE).unwrap(), expected());
    for (i, embedding) in expected["embeddings"].as_array().unwrap().iter().enumerate() {
        let (utility, features) = model.evaluate(&floats(embedding)).unwrap();
        assert!(close(utility, expected["utility"][i].as_f64().unwrap() as f32), "utility {i}");
        for (found, expected) in features.iter().zip(floats(&expected["features"][i])) {
            assert!(close(*found, expected), "features {i}");
        }
    }
    let likelihood = floats(&expected["likelihood"]);
    let found = model.likelihood();
    assert_eq!(
        [
            found.tie,
            found.position,
            model.prior().threshold_mean(),
            found.temperature,
            found.offset_variance,
            found.neither_weight
        ]
        .map(|value| value as f32),
        likelihood[..]
    );
    let prior: Vec<f32> = expected["prior"].as_array().unwrap().iter().flat_map(floats).collect();
    assert_eq!(model.prior().covariance().iter().map(|&value| value as f32).collect::<Vec<_>>(), prior);
    assert_eq!(model.offset(&Digest([2; 32])), Some(floats(&expected["offsets"])[1]));
    assert_eq!(model.offset(&Digest([7; 32])), None);
    assert_eq!((model.encoder().0.as_str(), model.dimension(), model.features()), ("test@1", 5, 2));
    assert_eq!((model.provenance().log_size, model.provenance().seed), (12, u64::MAX));
    assert_eq!(model.provenance().log_root, Digest([0xcd; 32]));
}

#[test]
fn a_model_survives_its_file_and_the_bytes_are_always_the_same() {
    for (hidden, claims) in [(false, ""), (true, ""), (true, "{\"voters\":\"0x01\"}")] {
        let model = model_with_claims(hidden, claims);
        let bytes = model.to_onnx();
        let read = TasteModel::from_onnx(&bytes).unwrap();
        assert_eq!(read, model);
        assert_eq!(read.to_onnx(), bytes);
        // Left out where there is nothing to say, so that files without claims are as they were.
        assert_eq!(
            parse(&bytes).unwrap().metadata("claims"),
            Some(claims).filter(|claims| !claims.is_empty())
        );
        let x = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6];
        assert_eq!(read.evaluate(&x).unwrap(), model.evaluate(&x).unwrap());
    }
}

#[test]
fn the_bits_of_an_evaluation_are_written_down() {
    // Any change of order, fusing or tanh shows here; the same numbers must come out in wasm.
    let x = [0.1, -0.2, 0.3, -0.4, 0.5, -0.6];
    let bits = |hidden| {
        let (utility, features) = model(hidden).evaluate(&x).unwrap();
        [utility.to_bits(), features[0].to_bits(), features[1].to_bits()]
    };
    assert_eq!(bits(false), PLAIN_BITS);
    assert_eq!(bits(true), HIDDEN_BITS);
}

const PLAIN_BITS: [u32; 3] = [3231345218, 1071384768, 3223158171];
const HIDDEN_BITS: [u32; 3] = [3214251618, 1052082996, 3201442657];

#[test]
fn an_embedding_of_the_wrong_length_or_with_nan_is_refused() {
    let model = model(true);
    let code = |x: &[f32]| model.evaluate(x).unwrap_err().code();
    assert_eq!(code(&[0.0; 5]), "CoreError::EmbeddingLength");
    assert_eq!(code(&[]), "CoreError::EmbeddingLength");
    assert_eq!(code(&[0.0, f32::NAN, 0.0, 0.0, 0.0, 0.0]), "CoreError::EmbeddingNotFinite");
    assert_eq!(code(&[f32::INFINITY; 6]), "CoreError::EmbeddingNotFinite");
    let linear = self::model(false);
    assert_eq!(linear.evaluate(&[f32::MAX; 6]).unwrap_err().code(), "ModelError::NotFinite");
}

#[test]
fn another_graph_is_refused_with_advice() {
    let foreign: [fn(&mut ModelProto); 14] = [
        |file| file.metadata_props.clear(),
        |file| file.metadata_props[0].value = "tastemaker.taste-model/2".into(),
        |file| file.graph.as_mut().unwrap().node[4].op_type = "Relu".into(),
        |file| file.graph.as_mut().unwrap().node[0].input.reverse(),
        |file| file.graph.as_mut().unwrap().node[0].domain = "com.example".into(),
        |file| file.graph.as_mut().unwrap().node.truncate(3),
        |file| file.graph.as_mut().unwrap().input.clear(),
        |file| file.graph.as_mut().unwrap().output.reverse(),
        |file| file.graph.as_mut().unwrap().input[0].r#type = None,
        |file| file.opset_import[0].version = 9,
        |file| file.graph.as_mut().unwrap().initializer.retain(|tensor| tensor.name != "utility.bias"),
        |file| file.graph.as_mut().unwrap().initializer.retain(|tensor| tensor.name != "offset.values"),
        |file| file.graph.as_mut().unwrap().initializer.retain(|tensor| tensor.name != "offset.ids"),
        |file| *file.graph.as_mut().unwrap() = Default::default(),
    ];
    for (index, edit) in foreign.into_iter().enumerate() {
        let error = edited(edit).unwrap_err();
        assert_eq!(error.code(), "ModelError::ForeignGraph", "{index}: {error}");
        assert!(error.to_string().contains("use the encoder module"));
    }
}

#[test]
fn damaged_numbers_and_sizes_are_named() {
    let tensor = |name: &'static str, edit: fn(&mut taste_onnx::TensorProto)| {
        edited(|file| {
            let graph = file.graph.as_mut().unwrap();
            edit(graph.initializer.iter_mut().find(|tensor| tensor.name == name).unwrap());
        })
        .unwrap_err()
        .code()
    };
    assert_eq!(tensor("hidden.weight", |t| t.dims = vec![1 << 40, 1 << 40]), "OnnxError::Dimensions");
    assert_eq!(tensor("hidden.weight", |t| t.dims = vec![-5, -4]), "OnnxError::Dimensions");
    assert_eq!(tensor("hidden.weight", |t| t.dims = vec![1 << 30, 4]), "OnnxError::Length");
    assert_eq!(tensor("hidden.weight", |t| t.dims = vec![4, 5]), "ModelError::Shape");
    assert_eq!(tensor("hidden.weight", |t| t.raw_data.truncate(7)), "OnnxError::Length");
    assert_eq!(tensor("hidden.weight", |t| t.raw_data.clear()), "OnnxError::Length");
    assert_eq!(
        tensor("feature.weight", |t| (t.dims, t.raw_data) = (vec![4, 0], vec![])),
        "ModelError::Shape"
    );
    assert_eq!(tensor("standard.mean", |t| t.data_location = 1), "OnnxError::ExternalData");
    assert_eq!(tensor("standard.mean", |t| t.data_type = 11), "OnnxError::ElementType");
    let nan: fn(&mut taste_onnx::TensorProto) = |t| t.raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    for name in ["standard.mean", "hidden.weight", "utility.bias", "feature.weight", "offset.values"] {
        assert_eq!(tensor(name, nan), "ModelError::NotFinite", "{name}");
    }
    assert_eq!(tensor("prior.covariance", nan), "ModelError::NotFinite");
    assert_eq!(tensor("prior.covariance", |t| t.raw_data[3] ^= 0x80), "ModelError::Covariance");
    // The tie threshold turned negative.
    assert_eq!(tensor("likelihood.values", |t| t.raw_data[3] ^= 0x80), "ModelError::Range");
    assert_eq!(tensor("likelihood.values", nan), "ModelError::Range");
    assert_eq!(tensor("offset.ids", |t| t.raw_data = vec![1; 64]), "ModelError::Shape");
    assert_eq!(tensor("offset.ids", |t| t.dims = vec![32, 2]), "ModelError::Shape");
}

#[test]
fn no_truncation_and_no_flipped_byte_makes_it_panic() {
    for length in 0..FILE.len() {
        let code = TasteModel::from_onnx(&FILE[..length]).unwrap_err().code();
        assert!(code.starts_with("OnnxError::") || code.starts_with("ModelError::"), "{length}: {code}");
    }
    // Nor is a file whole that was cut off after its claims.
    let with_claims = model_with_claims(false, "{}").to_onnx();
    for length in 0..with_claims.len() {
        assert!(TasteModel::from_onnx(&with_claims[..length]).is_err(), "{length}");
    }
    assert_eq!(TasteModel::from_onnx(b"").unwrap_err().code(), "OnnxError::NoGraph");
    assert_eq!(TasteModel::from_onnx(&FILE[..900]).unwrap_err().code(), "OnnxError::Malformed");
    assert_eq!(TasteModel::from_onnx(b"<!doctype html>").unwrap_err().code(), "OnnxError::Malformed");
    for at in 0..FILE.len() {
        for mask in [0x01, 0x80, 0xff] {
            let mut bytes = FILE.to_vec();
            bytes[at] ^= mask;
            if let Ok(model) = TasteModel::from_onnx(&bytes) {
                // Whatever was read can be evaluated, or says why not.
                let _ = model.evaluate(&vec![0.5; model.dimension()]);
            }
        }
    }
}

#[test]
fn parts_that_do_not_fit_make_no_model() {
    let good = model(true);
    let make = |edit: fn(&mut Head), prior: &Prior| {
        let mut head = good.head().clone();
        edit(&mut head);
        TasteModel::new(
            "test@1".into(),
            head,
            prior,
            *good.likelihood(),
            BTreeMap::new(),
            Provenance::default(),
        )
        .map(|_| ())
        .map_err(|error| error.code())
    };
    assert_eq!(make(|_| {}, good.prior()), Ok(()));
    assert_eq!(make(|_| {}, &Prior::isotropic(3, 1.0, 1.0, 0.0).unwrap()), Err("ModelError::Shape"));
    assert_eq!(make(|head| head.mean.clear(), good.prior()), Err("ModelError::Shape"));
    assert_eq!(make(|head| head.hidden = None, good.prior()), Err("ModelError::Shape"));
    assert_eq!(make(|head| head.utility_bias = f32::NAN, good.prior()), Err("ModelError::NotFinite"));
    assert_eq!(Prior::isotropic(MAX_FEATURES + 1, 1.0, 1.0, 0.0).unwrap_err().code(), "ModelError::Shape");
}

#[test]
fn the_features_file_holds_what_the_model_answers() {
    let model = model(true);
    let x: Vec<Vec<f32>> = (0..3).map(|i| vec![0.1 * i as f32; 6]).collect();
    let ids = [Digest([9; 32]), Digest([1; 32]), Digest([3; 32])];
    let rows = ids.iter().copied().zip(x.iter().map(Vec::as_slice));
    let table = FeatureTable::build(&model, Digest([4; 32]), rows).unwrap();
    let bytes = table.to_bytes();
    assert_eq!(bytes.len(), 48 + (6 + 6 + 3 * 3) * 4 + 1);
    assert_eq!(&bytes[..16], b"TASTEFT2\x03\0\0\0\x02\0\0\0");
    assert_eq!(bytes[16..48], [4; 32]);
    let number = |i: usize| f64::from(f32::from_le_bytes(bytes[48 + 4 * i..][..4].try_into().unwrap()));
    let (likelihood, prior) = (model.likelihood(), model.prior());
    assert_eq!([0, 2, 4].map(number), [likelihood.tie, prior.threshold_mean(), likelihood.offset_variance]);
    // The lower triangle, row by row: (1, 0) is the second number of it, (2, 2) the last.
    assert_eq!([7, 11].map(number), [prior.covariance()[3], prior.covariance()[8]]);
    assert_eq!(bytes.last(), Some(&0b010), "only the second candidate has no offset");
    let read = FeatureTable::from_bytes(&bytes).unwrap();
    assert_eq!(read, table);
    assert_eq!((read.len(), read.features(), read.model()), (3, 2, Digest([4; 32])));
    for (i, offset) in [0.5, 0.0, -0.25].into_iter().enumerate() {
        let (utility, features) = model.evaluate(&x[i]).unwrap();
        assert_eq!(read.row(i), (utility + offset, features.as_slice()));
    }
    assert_eq!((read.prior(), read.likelihood()), (prior, likelihood));
    let variance = |i| read.scored(i).unwrap().offset_variance();
    assert_eq!([0, 1, 2].map(variance), [0.0, likelihood.offset_variance, 0.0]);
    // What a person likes how much, in the precision of the file.
    let mut taste = Taste::crowd(read.prior());
    assert_eq!(read.utilities(&taste).unwrap(), [0, 1, 2].map(|i| read.row(i).0));
    taste.update(read.likelihood(), &Observation::stars(read.scored(1).unwrap(), 1.0)).unwrap();
    for (i, found) in read.utilities(&taste).unwrap().into_iter().enumerate() {
        let (utility, features) = read.row(i);
        let personal: f64 = features.iter().zip(taste.mean()).map(|(f, z)| f64::from(*f) * z).sum();
        assert!((f64::from(found) - f64::from(utility) - personal).abs() < 1e-6);
    }
    let other = Taste::crowd(&Prior::isotropic(3, 1.0, 1.0, 0.0).unwrap());
    assert_eq!(read.utilities(&other).unwrap_err().code(), "ModelError::FeatureCount");
    assert!(read.scored(3).is_none());
    assert_eq!(read.all().len(), 3);
}

#[test]
fn the_stars_cut_points_travel_in_the_models_file_and_in_the_features_file() {
    let bare = model(true);
    let cuts = CutPoints::new(&[-1.25, 0.1, 2.0]).unwrap();
    let model = TasteModel::new(
        bare.encoder().clone(),
        bare.head().clone(),
        bare.prior(),
        Likelihood { cuts, ..*bare.likelihood() },
        bare.offsets().clone(),
        bare.provenance().clone(),
    )
    .unwrap();
    // 0.1 is another number in a file's 32 bits; the model has that one from the start.
    assert_eq!(model.likelihood().cuts.values()[1], f64::from(0.1f32));
    let onnx = model.to_onnx();
    assert_eq!(TasteModel::from_onnx(&onnx).unwrap(), model);
    assert!(parse(&onnx).unwrap().metadata("format") == Some(MODEL_FORMAT_2));

    let x = [0.1f32; 6];
    let id = Digest([9; 32]);
    let table = FeatureTable::build(&model, Digest([4; 32]), [(id, &x[..])]).unwrap();
    let bytes = table.to_bytes();
    assert_eq!(&bytes[..8], b"TASTEFT3");
    assert_eq!(bytes[72..76], 3u32.to_le_bytes());
    assert_eq!(bytes[76..80], (-1.25f32).to_le_bytes());
    assert_eq!(FeatureTable::from_bytes(&bytes).unwrap(), table);
    let code = |bytes: &[u8]| FeatureTable::from_bytes(bytes).unwrap_err().code();
    let with = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    assert_eq!(code(&bytes[..74]), "ModelError::FeaturesLength");
    assert_eq!(code(&bytes[..bytes.len() - 1]), "ModelError::FeaturesLength");
    assert_eq!(code(&with(72, &[0; 4])), "ModelError::Shape");
    assert_eq!(code(&with(72, &[20, 0, 0, 0])), "ModelError::Shape");
    assert_eq!(code(&with(72, &[4, 0, 0, 0])), "ModelError::FeaturesLength");
    assert_eq!(code(&with(80, &(-9.0f32).to_le_bytes())), "ModelError::Range");
}

#[test]
fn what_votes_leave_unknown_of_each_candidate_travels_in_both_files() {
    let bare = model(true);
    let unknown: BTreeMap<_, _> = bare.offsets().keys().copied().zip([0.125f32, 0.0]).collect();
    let known = bare.clone().with_unknown(unknown).unwrap();
    let onnx = known.to_onnx();
    assert_eq!(TasteModel::from_onnx(&onnx).unwrap(), known);
    assert!(parse(&onnx).unwrap().metadata("format") == Some(MODEL_FORMAT_2));
    let wrong = |unknown: BTreeMap<_, _>| bare.clone().with_unknown(unknown).unwrap_err().code();
    assert_eq!(wrong(BTreeMap::new()), "ModelError::Shape");
    let each = |variance: f32| bare.offsets().keys().map(|id| (*id, variance)).collect();
    assert_eq!([wrong(each(-0.1)), wrong(each(f32::NAN))], ["ModelError::Range"; 2]);

    let x = [0.1f32; 6];
    let mut ids: Vec<_> = known.offsets().keys().copied().collect();
    ids.push(Digest([77; 32]));
    let rows = ids.iter().map(|id| (*id, &x[..]));
    let table = FeatureTable::build(&known, Digest([4; 32]), rows).unwrap();
    let bytes = table.to_bytes();
    assert_eq!(&bytes[..8], b"TASTEFT4");
    assert_eq!(bytes[72..76], [0; 4], "no cut points");
    assert_eq!(bytes.len(), 48 + (6 + 1 + 6 + 3 * 3 + 3) * 4);
    let read = FeatureTable::from_bytes(&bytes).unwrap();
    assert_eq!(read, table);
    let variances = [0, 1, 2].map(|i| read.scored(i).unwrap().offset_variance());
    assert_eq!(variances, [0.125, 0.0, known.likelihood().offset_variance]);
    let code = |bytes: &[u8]| FeatureTable::from_bytes(bytes).unwrap_err().code();
    assert_eq!(code(&bytes[..bytes.len() - 1]), "ModelError::FeaturesLength");
    let broken = [&bytes[..bytes.len() - 4], &f32::NAN.to_le_bytes()].concat();
    assert_eq!(code(&broken), "ModelError::NotFinite");

    // Predictions about what is known less well are less sure.
    let crowd = Taste::crowd(read.prior());
    let duel = |one, other| {
        let (one, other) = (read.scored(one).unwrap(), read.scored(other).unwrap());
        crowd.predict_duel(read.likelihood(), one, other).unwrap()
    };
    let width = |prediction: taste_model::Prediction| prediction.high - prediction.low;
    assert!(width(duel(0, 1)) < width(duel(0, 2)));
}

#[test]
fn a_damaged_features_file_is_refused() {
    let mut bytes = b"TASTEFT2\x01\0\0\0\x02\0\0\0".to_vec();
    bytes.extend([0; 32]);
    let likelihood = [0.1f32, 0.0, 0.5, 1.0, 0.25, 0.5];
    let triangle = [1.0, 0.5, 1.0, 0.0, 0.0, 2.0];
    let row = [1.0, 2.0, 3.0];
    bytes.extend(likelihood.iter().chain(&triangle).chain(&row).flat_map(|value| value.to_le_bytes()));
    bytes.push(1);
    assert!(FeatureTable::from_bytes(&bytes).is_ok());
    let code = |bytes: &[u8]| FeatureTable::from_bytes(bytes).unwrap_err().code();
    let with = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    assert_eq!(code(&[]), "ModelError::FeaturesLength");
    assert_eq!(code(&bytes[..30]), "ModelError::FeaturesLength");
    assert_eq!(code(&bytes[..bytes.len() - 1]), "ModelError::FeaturesLength");
    assert_eq!(code(&[bytes.clone(), vec![0]].concat()), "ModelError::FeaturesLength");
    assert_eq!(code(&with(8, &[0xff; 4])), "ModelError::FeaturesLength");
    assert_eq!(code(&with(12, &[0xff; 4])), "ModelError::Shape");
    assert_eq!(code(&with(12, &[0; 4])), "ModelError::Shape");
    assert_eq!(code(&with(0, b"T4STEFT2")), "ModelError::FeaturesMagic");
    assert_eq!(code(&with(100, &f32::NAN.to_le_bytes())), "ModelError::NotFinite");
    assert_eq!(code(&with(48, &(-1.0f32).to_le_bytes())), "ModelError::Range");
    assert_eq!(code(&with(76, &9.0f32.to_le_bytes())), "ModelError::Covariance");
    assert_eq!(Scored::new(f32::NAN, &[]).unwrap_err().code(), "ModelError::NotFinite");
    assert_eq!(Scored::new(0.0, &[f32::INFINITY]).unwrap_err().code(), "ModelError::NotFinite");
}
