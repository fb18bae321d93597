//! Fits against oracles that are not ours (scipy, numpy: `data/make.py`), and the way of a fit into a taste model's file.

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use serde_json::Value;
use taste_core::{CandidateId, Digest};
use taste_model::{FeatureTable, Likelihood, Provenance, RatingScale, TasteModel};
use taste_population::{
    Basis, Columns, Fitted, Hierarchy, NoiseOf, Part, Random, Rating, Ratings, Regression, Subject,
};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// The covariance of ratings that a fit implies: Λ S Λᵀ + Ψ with Λ = (f, −1).
fn implied(fitted: &Fitted, n: usize) -> Vec<f64> {
    let (r, q) = (fitted.rank, fitted.dimension());
    let x = |j: usize, i: usize| if i == r { -1.0 } else { fitted.candidates[j * (r + 1) + 1 + i] };
    let mut covariance = vec![0.0; n * n];
    for a in 0..n {
        for b in 0..n {
            for i in 0..q {
                for j in 0..q {
                    covariance[a * n + b] += x(a, i) * fitted.prior[i * q + j] * x(b, j);
                }
            }
        }
        covariance[a * n + a] += fitted.noise[a];
    }
    covariance
}

#[test]
fn with_much_data_it_is_the_factor_analysis_of_maximum_likelihood() {
    let oracle: Value = serde_json::from_str(include_str!("data/factors.json")).unwrap();
    let n = oracle["candidates"].as_u64().unwrap() as usize;
    let said: Vec<Rating> = numbers(&oracle["ratings"])
        .into_iter()
        .enumerate()
        .map(|(at, value)| Rating { person: at / n, candidate: at % n, value })
        .collect();
    let ratings = Ratings::new(said.len() / n, n, said).unwrap();
    // Rank 1 and how strict people are make two factors, but the second is not free: so rank 2.
    let hierarchy = Hierarchy { rank: 2, noise: NoiseOf::Candidate, rounds: 300, seed: 1 };
    let fitted = hierarchy.fit(&ratings, &Columns::none(n), &[]).unwrap();
    for (j, mean) in numbers(&oracle["mean"]).iter().enumerate() {
        assert!((fitted.level + fitted.candidates[j * 3] - mean).abs() < 0.03, "{j}");
    }
    let (found, expected) = (implied(&fitted, n), numbers(&oracle["covariance"]));
    let size: f64 = expected.iter().map(|value| value * value).sum();
    let off: f64 = found.iter().zip(&expected).map(|(a, b)| (a - b) * (a - b)).sum();
    // Priors draw a little, and strictness is a third direction that the oracle does not have.
    assert!((off / size).sqrt() < 0.06, "{}: {found:?}\n{expected:?}", (off / size).sqrt());
}

#[test]
fn a_regression_with_given_variances_is_numpys_ridge() {
    let oracle: Value = serde_json::from_str(include_str!("data/ridge.json")).unwrap();
    let (design, values) = (numbers(&oracle["design"]), numbers(&oracle["values"]));
    let n = values.len();
    let half = |first: usize| -> Vec<f64> {
        design.chunks_exact(4).flat_map(|row| row[first..first + 2].to_vec()).collect()
    };
    let columns = Columns::new(n, &[&half(0), &half(2)]).unwrap();
    let mut regression = Regression::new(&columns, 1.0);
    regression.offset_variance = oracle["offset"].as_f64().unwrap();
    regression.group_variances[1..].copy_from_slice(&numbers(&oracle["groups"]));
    let evidence: Vec<(usize, f64, f64)> = numbers(&oracle["precision"])
        .into_iter()
        .enumerate()
        .map(|(j, precise)| (j, values[j], precise))
        .collect();
    regression.fit(&columns, &evidence, 0);
    for (found, expected) in regression.weights.iter().zip(numbers(&oracle["weights"])) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

/// 60 candidates whose content tells most of their utility and one feature, 150 persons, 12 ratings each; the last ten
/// candidates are rated by nobody.
struct World {
    embeddings: Vec<f32>,
    truth: Vec<f64>,
    ratings: Vec<Rating>,
}

const DIMENSION: usize = 6;

fn world() -> World {
    let mut random = Random::new(11, "world");
    let n = 60;
    let mut embeddings = vec![];
    let (mut truth, mut feature) = (vec![], vec![]);
    for _ in 0..n {
        let linear: Vec<f64> = (0..2).map(|_| random.normal()).collect();
        let mut direction: Vec<f64> = (0..4).map(|_| random.normal()).collect();
        let norm = direction.iter().map(|value| value * value).sum::<f64>().sqrt();
        direction.iter_mut().for_each(|value| *value /= norm);
        truth.push(3.0 + linear[0] + 0.3 * random.normal());
        feature.push(2.0 * direction[0] + 0.1 * random.normal());
        embeddings.extend(linear.iter().chain(&direction).map(|&value| value as f32));
    }
    let mut ratings = vec![];
    for person in 0..150 {
        let (z, strict) = (random.normal(), 0.5 * random.normal());
        for _ in 0..12 {
            let candidate = random.below(n - 10);
            let value = truth[candidate] + z * feature[candidate] - strict + 0.5 * random.normal();
            ratings.push(Rating { person, candidate, value });
        }
    }
    World { embeddings, truth, ratings }
}

fn fitted(world: &World) -> (Basis, Fitted, TasteModel, Vec<CandidateId>) {
    let known: Vec<usize> = (0..50).collect();
    let parts = [Part::Linear(0..2), Part::Kernel { range: 2..6, gamma: 0.5, centres: 40 }];
    let basis = Basis::new(&world.embeddings, DIMENSION, &known, &parts, 1).unwrap();
    let columns = basis.columns(&world.embeddings).unwrap();
    let ratings = Ratings::new(150, 60, world.ratings.clone()).unwrap();
    let hierarchy = Hierarchy { rank: 2, noise: NoiseOf::Candidate, rounds: 60, seed: 3 };
    let fitted = hierarchy.fit(&ratings, &columns, &[]).unwrap();
    let ids: Vec<CandidateId> = (0..60u8).map(|j| Digest([j; 32])).collect();
    let has_votes: Vec<bool> = (0..60).map(|j| j < 50).collect();
    let subject = Subject {
        encoder: "test@1".into(),
        ids: &ids,
        embeddings: &world.embeddings,
        known: &has_votes,
        given: &[],
    };
    let model = fitted
        .model(&basis, &subject, RatingScale::default(), Likelihood::default(), Provenance::default())
        .unwrap();
    (basis, fitted, model, ids)
}

#[test]
fn what_content_says_reaches_candidates_that_nobody_rated_through_the_file() {
    let world = world();
    let (_, fitted, model, ids) = fitted(&world);
    let read = TasteModel::from_onnx(&model.to_onnx()).unwrap();
    assert_eq!(read, model);
    let rows = ids.iter().copied().zip(world.embeddings.chunks_exact(DIMENSION));
    let table = FeatureTable::build(&read, Digest::default(), rows).unwrap();
    for j in 0..60 {
        let (utility, features) = table.row(j);
        let own = &fitted.candidates[j * 3..j * 3 + 3];
        if j < 50 {
            assert!((f64::from(utility) - fitted.level - own[0]).abs() < 1e-4);
            assert!((f64::from(features[0]) - own[1]).abs() < 1e-4);
        } else {
            assert!((f64::from(utility) - fitted.level - fitted.predicted[j * 3]).abs() < 2e-3);
            assert!((f64::from(utility) - world.truth[j]).abs() < 1.3, "{j}: {utility} {}", world.truth[j]);
        }
    }
    let errors: f64 = (50..60).map(|j| (f64::from(table.row(j).0) - world.truth[j]).powi(2)).sum();
    assert!((errors / 10.0).sqrt() < 0.6, "{}", (errors / 10.0).sqrt());
    // The feature that votes do not support is nearly nothing: 0.5 of noise is more than it has.
    let q = fitted.dimension();
    let mut sizes: Vec<f64> = (0..2)
        .map(|k| {
            let square = (0..50).map(|j| fitted.candidates[j * 3 + 1 + k].powi(2)).sum::<f64>() / 50.0;
            square * fitted.prior[k * q + k]
        })
        .collect();
    sizes.sort_by(f64::total_cmp);
    assert!(sizes[0] < 0.2 * sizes[1], "{sizes:?}");
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let world = world();
    assert_eq!(fitted(&world).2.to_onnx(), fitted(&world).2.to_onnx());
}

#[test]
fn bad_data_give_finite_numbers_or_a_named_error() {
    let rating = |person, candidate, value| Rating { person, candidate, value };
    let code = |said: Vec<Rating>| Ratings::new(2, 3, said).unwrap_err().code();
    assert_eq!(code(vec![rating(0, 0, f64::NAN)]), "PopulationError::NotFinite");
    assert_eq!(code(vec![rating(2, 0, 1.0)]), "PopulationError::Unknown");
    assert_eq!(code(vec![rating(0, 3, 1.0)]), "PopulationError::Unknown");
    let hierarchy = Hierarchy { rank: 2, rounds: 20, ..Hierarchy::default() };
    let fit = |said: Vec<Rating>| {
        hierarchy.fit(&Ratings::new(2, 3, said).unwrap(), &Columns::none(3), &[]).map(|fitted| {
            let all = fitted.candidates.iter().chain(&fitted.prior).chain(&fitted.noise);
            assert!(all.clone().all(|value| value.is_finite()), "{fitted:?}");
        })
    };
    assert_eq!(fit(vec![]).unwrap_err().code(), "PopulationError::Nothing");
    // One person; one rating; constant ratings; contradictions.
    fit(vec![rating(0, 0, 1.0), rating(0, 1, 5.0)]).unwrap();
    fit(vec![rating(1, 2, 3.0)]).unwrap();
    fit((0..6).map(|at| rating(at % 2, at / 2, 3.0)).collect()).unwrap();
    fit((0..600).map(|at| rating(at % 2, at % 3, if at % 4 < 2 { -1e3 } else { 1e3 })).collect()).unwrap();
    // Constant embeddings say nothing, and break nothing.
    let parts = [Part::Linear(0..2), Part::Kernel { range: 2..4, gamma: 1.0, centres: 5 }];
    let basis = Basis::new(&[0.5, 0.5, 1.0, 0.0].repeat(3), 4, &[0, 1, 2], &parts, 1).unwrap();
    let columns = basis.columns(&[0.5, 0.5, 1.0, 0.0].repeat(3)).unwrap();
    let ratings = Ratings::new(2, 3, vec![rating(0, 0, 1.0), rating(1, 1, 2.0), rating(1, 2, 0.0)]).unwrap();
    let fitted = hierarchy.fit(&ratings, &columns, &[]).unwrap();
    assert!(fitted.predicted.iter().all(|value| value.is_finite()));
    let error = Basis::new(&[f32::NAN; 4], 4, &[0], &parts, 1).unwrap_err();
    assert_eq!(error.code(), "PopulationError::NotFinite");
    assert_eq!(Basis::new(&[0.0; 4], 4, &[], &parts, 1).unwrap_err().code(), "PopulationError::Nothing");
}

/// Contests: everybody rates captions of their own, and all weigh the given feature alike, give or take.
#[test]
fn what_everybody_gives_for_a_given_feature_is_the_crowds() {
    let mut random = Random::new(6, "contests");
    let (persons, each) = (30, 40);
    let n = persons * each;
    let given: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let weights: Vec<f64> = (0..persons).map(|_| 1.0 + 0.2 * random.normal()).collect();
    let said: Vec<Rating> = (0..n)
        .map(|j| {
            let value = weights[j / each] * given[j] + random.normal();
            Rating { person: j / each, candidate: j, value }
        })
        .collect();
    let ratings = Ratings::new(persons, n, said).unwrap();
    let columns = Columns::new(n, &[&given]).unwrap();
    let hierarchy = Hierarchy { rank: 0, noise: NoiseOf::Everybody, rounds: 15, seed: 1 };
    let fitted = hierarchy.fit(&ratings, &columns, &given).unwrap();
    let slope = fitted.regressions[0].weights[1];
    assert!((slope - 1.0).abs() < 0.15, "{slope}");
    // How people differ in it is their own.
    assert!(fitted.prior[0] < 0.2, "{}", fitted.prior[0]);
}

/// Films that many saw are liked: that helps those with votes, and no film without votes is the worse for it.
#[test]
fn what_votes_alone_tell_stays_with_those_who_have_some() {
    let mut random = Random::new(7, "popular");
    let (persons, n) = (40, 120);
    let seen: Vec<f64> = (0..n).map(|j| if j < 100 { random.normal() } else { 0.0 }).collect();
    let told: Vec<f64> = (0..n).map(|_| random.normal()).collect();
    let truth: Vec<f64> = (0..n).map(|j| seen[j] + told[j]).collect();
    let said: Vec<Rating> = (0..300)
        .map(|_| {
            let candidate = random.below(100);
            Rating {
                person: random.below(persons),
                candidate,
                value: truth[candidate] + 2.0 * random.normal(),
            }
        })
        .collect();
    let ratings = Ratings::new(persons, n, said).unwrap();
    let columns = Columns::new(n, &[&told]).unwrap();
    let hierarchy = Hierarchy { rank: 0, noise: NoiseOf::Everybody, rounds: 40, seed: 1 };
    let plain = hierarchy.fit(&ratings, &columns, &[]).unwrap();
    let beside = hierarchy.fit_beside(&ratings, &columns, &seen, &[]).unwrap();
    let off = |fitted: &Fitted| -> f64 {
        (0..100).map(|j| (fitted.level + fitted.candidates[j] - truth[j]).powi(2)).sum()
    };
    assert!(off(&beside) < 0.8 * off(&plain), "{} {}", off(&beside), off(&plain));
    assert_eq!(beside.regressions[0].weights.len(), columns.width());
    for j in 100..n {
        assert!((beside.predicted[j] - beside.regressions[0].predict(columns.row(j))).abs() < 1e-9);
    }
}
