//! A person's posterior and its predictions, against quadrature and grids by scipy (`data/make_fixtures.py`).

#![allow(clippy::unwrap_used)] // clippy.toml allows it in tests, but not in the functions that tests share

use serde_json::Value;
use taste_core::{ApprovalOutcome, DuelOutcome, Strength};
use taste_model::{
    Before, CutPoints, Likelihood, Observation, Prior, QuestionOptions, Scored, Taste, choose_approval,
    choose_pair,
};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn answer(value: &Value) -> DuelOutcome {
    serde_json::from_value(value.clone()).unwrap()
}

/// Reproducible numbers in −1..1 for property tests.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn row(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.next() as f32).collect()
    }
}

/// A correlated prior with r features.
fn prior(r: usize) -> Prior {
    let q = r + 1;
    let mut numbers = Numbers(5);
    let factor: Vec<f64> = (0..q * q).map(|_| numbers.next()).collect();
    let mut covariance = vec![0.0; q * q];
    for i in 0..q {
        for j in 0..q {
            covariance[i * q + j] =
                (0..q).map(|k| factor[i * q + k] * factor[j * q + k]).sum::<f64>() / q as f64;
        }
        covariance[i * q + i] += 0.1;
    }
    Prior::new(covariance, 0.2).unwrap()
}

const LIKELIHOOD: Likelihood = Likelihood {
    tie: 0.35,
    position: 0.1,
    temperature: 0.9,
    offset_variance: 0.2,
    neither_weight: 0.5,
    cuts: CutPoints::NONE,
};

#[test]
fn predictions_and_gains_agree_with_numeric_integration() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("data/predictions.json")).unwrap();
    assert!(rows.len() >= 40);
    for row in rows {
        let (mean, variance) = (number(&row["mean"]), number(&row["variance"]));
        let likelihood = Likelihood {
            tie: number(&row["tie"]),
            position: number(&row["position"]),
            ..Likelihood::default()
        };
        // One feature of variance one: the predictor is N(mean, variance) if the features differ by √variance.
        let taste = Taste::crowd(&Prior::isotropic(1, 1.0, 1e-9, 0.0).unwrap());
        let features = [variance.sqrt() as f32];
        let (left, right) = (Scored::new(mean as f32, &features).unwrap(), Scored::new(0.0, &[0.0]).unwrap());
        let found = taste.predict_duel(&likelihood, left, right).unwrap();
        for (found, expected) in
            [found.left, found.tie, found.right].iter().zip(row["answers"].as_array().unwrap())
        {
            assert!((found - number(expected)).abs() < 1e-7, "{row}: {found}");
        }
        assert!(found.low <= found.probability && found.probability <= found.high, "{row}");
        assert!((found.sd - variance.sqrt()).abs() < 1e-6);
        let approval = taste.predict_approval(&likelihood, left).unwrap();
        assert!((approval.probability - number(&row["approval"])).abs() < 1e-7, "{row}");
        let choice = choose_pair(
            &taste,
            &likelihood,
            &[left, right],
            &Before::default(),
            &QuestionOptions::default(),
            1,
        )
        .unwrap()
        .unwrap();
        // The gain of the pair does not depend on sides only without position bias.
        if likelihood.position == 0.0 {
            // Fourteen nodes are coarse for a very wide predictor; for choosing that is enough.
            let tolerance = if variance > 10.0 { 0.05 } else { 2e-4 };
            assert!((choice.gain - number(&row["gain"])).abs() < tolerance, "{row}: {}", choice.gain);
        }
    }
}

#[test]
fn the_posterior_agrees_with_integration_on_a_grid() {
    let fixture: Value = serde_json::from_str(include_str!("data/posterior.json")).unwrap();
    let of = |name: &str| number(&fixture["likelihood"][name]);
    let likelihood = Likelihood {
        tie: of("tie"),
        position: of("position"),
        temperature: of("temperature"),
        offset_variance: 0.0,
        neither_weight: of("neither"),
        cuts: CutPoints::NONE,
    };
    let covariance = fixture["prior"]["covariance"].as_array().unwrap();
    let prior = Prior::new(
        covariance.iter().flat_map(|row| row.as_array().unwrap().iter().map(number)).collect(),
        number(&fixture["prior"]["threshold"]),
    )
    .unwrap();
    for case in fixture["cases"].as_array().unwrap() {
        let mut taste = Taste::crowd(&prior);
        for vote in case["votes"].as_array().unwrap() {
            let candidates: Vec<(f32, [f32; 1])> = vote["candidates"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| (number(&pair[0]) as f32, [number(&pair[1]) as f32]))
                .collect();
            let scored: Vec<Scored<'_>> =
                candidates.iter().map(|(u, f)| Scored::new(*u, f).unwrap()).collect();
            let weight = number(&vote["weight"]);
            let observation = if vote["kind"] == "duel" {
                let mut duel = Observation::duel(scored[0], scored[1], answer(&vote["outcome"]));
                if let Observation::Duel { weight: plain, .. } = &mut duel {
                    *plain = weight;
                }
                duel
            } else {
                let mut approval = Observation::approval(
                    scored[0],
                    serde_json::from_value(vote["outcome"].clone()).unwrap(),
                );
                if let Observation::Approval { weight: plain, .. } = &mut approval {
                    *plain = weight;
                }
                approval
            };
            taste.update(&likelihood, &observation).unwrap();
        }
        // One vote is exact (the grid and the quadrature are good to a millionth), neither nearly; of ten votes that
        // contradict each other the mean is within a tenth of a standard deviation.
        let tolerance = match case["name"].as_str().unwrap() {
            "neither" => 1e-3,
            "ten mixed" | "contradictory" => 0.1,
            _ => 2e-6,
        };
        for i in 0..2 {
            let expected = number(&case["mean"][i]);
            let sd = number(&case["covariance"][i][i]).sqrt();
            let error = (taste.mean()[i] - expected).abs() / sd;
            assert!(error < tolerance, "{}: mean {i} {} for {expected}", case["name"], taste.mean()[i]);
            for j in 0..2 {
                let (found, expected) = (taste.covariance()[i * 2 + j], number(&case["covariance"][i][j]));
                assert!(
                    (found - expected).abs() < tolerance,
                    "{}: covariance {found} for {expected}",
                    case["name"]
                );
            }
        }
    }
}

/// Ten votes of every kind on the six candidates of `data/head.json`, none of which has an offset, and the person's
/// utility of each afterwards, as the bits of an f64. `bindings/web/test/content.test.mjs` holds the wasm to the same bits.
#[test]
fn the_posterior_has_exactly_the_bits_on_record() {
    let on_record: Value = serde_json::from_str(include_str!("data/posterior_bits.json")).unwrap();
    let head: Value = serde_json::from_str(include_str!("data/head.json")).unwrap();
    // As a features file has them.
    let f32s = |value: &Value| -> Vec<f32> {
        value.as_array().unwrap().iter().map(|value| number(value) as f32).collect()
    };
    let [tie, position, threshold_mean, temperature, offset_variance, neither_weight] =
        f32s(&head["likelihood"])[..]
    else {
        panic!("six numbers")
    };
    let likelihood = Likelihood {
        tie: tie.into(),
        position: position.into(),
        temperature: temperature.into(),
        offset_variance: offset_variance.into(),
        neither_weight: neither_weight.into(),
        cuts: CutPoints::NONE,
    };
    let covariance = head["prior"].as_array().unwrap().iter().flat_map(f32s).map(f64::from).collect();
    let prior = Prior::new(covariance, threshold_mean.into()).unwrap();
    let utilities = f32s(&head["utility"]);
    let features: Vec<Vec<f32>> = head["features"].as_array().unwrap().iter().map(f32s).collect();
    let scored = |at: &Value| {
        let at = at.as_u64().unwrap() as usize;
        Scored::new(utilities[at], &features[at]).unwrap().unseen(likelihood.offset_variance)
    };
    let mut taste = Taste::crowd(&prior);
    for vote in on_record["votes"].as_array().unwrap() {
        let vote = vote.as_array().unwrap();
        let observation = match vote.as_slice() {
            [outcome, left, right] => Observation::duel(scored(left), scored(right), answer(outcome)),
            [outcome, candidate] => {
                Observation::approval(scored(candidate), serde_json::from_value(outcome.clone()).unwrap())
            }
            _ => panic!("{vote:?}"),
        };
        taste.update(&likelihood, &observation).unwrap();
    }
    let found: Vec<String> = utilities
        .iter()
        .zip(&features)
        .map(|(&utility, features)| {
            let mut sum = f64::from(utility);
            for (z, &feature) in taste.mean().iter().zip(features) {
                sum += z * f64::from(feature);
            }
            format!("{:016x}", sum.to_bits())
        })
        .collect();
    assert_eq!(serde_json::json!(found), on_record["utilities"]);
}

#[test]
fn without_votes_it_is_exactly_the_crowd() {
    let prior = prior(4);
    let mut taste = Taste::crowd(&prior);
    assert_eq!(taste.covariance(), prior.covariance());
    assert_eq!(taste.mean(), [0.0, 0.0, 0.0, 0.0, 0.2]);
    let (a, b) =
        (Scored::new(0.5, &[1.0, 0.0, 2.0, 0.0]).unwrap(), Scored::new(0.5, &[0.0, 1.0, 0.0, -1.0]).unwrap());
    let before = taste.clone();
    for skip in [
        Observation::duel(a, b, DuelOutcome::Skip),
        Observation::approval(a, ApprovalOutcome::Skip),
        Observation::Approval { candidate: a, outcome: ApprovalOutcome::For, weight: f64::NAN },
        Observation::duel(Scored::new(0.0, &[1.0]).unwrap(), b, DuelOutcome::Left),
    ] {
        let _ = taste.update(&LIKELIHOOD, &skip);
        assert_eq!(taste, before);
    }
    // Equal utilities: a coin, however unsure.
    assert_eq!(taste.predict_duel(&LIKELIHOOD.unbiased(), a, b).unwrap().probability, 0.5);
}

#[test]
fn wrong_sizes_and_weights_are_refused() {
    let mut taste = Taste::crowd(&prior(2));
    let (good, bad) = (Scored::new(0.0, &[0.0, 1.0]).unwrap(), Scored::new(0.0, &[0.0]).unwrap());
    let mut code = |observation| taste.update(&LIKELIHOOD, &observation).unwrap_err().code();
    assert_eq!(code(Observation::duel(good, bad, DuelOutcome::Left)), "ModelError::FeatureCount");
    assert_eq!(code(Observation::duel(bad, good, DuelOutcome::Neither)), "ModelError::FeatureCount");
    assert_eq!(code(Observation::approval(bad, ApprovalOutcome::For)), "ModelError::FeatureCount");
    for weight in [f64::NAN, -1.0, 101.0] {
        let vote = Observation::Duel { left: good, right: good, outcome: DuelOutcome::Left, weight };
        assert_eq!(code(vote), "ModelError::Range");
    }
    assert_eq!(taste.predict_duel(&LIKELIHOOD, good, bad).unwrap_err().code(), "ModelError::FeatureCount");
    assert_eq!(taste.predict_approval(&LIKELIHOOD, bad).unwrap_err().code(), "ModelError::FeatureCount");
}

#[test]
fn both_orders_of_a_pair_sum_to_one_and_a_constant_changes_nothing() {
    let mut numbers = Numbers(11);
    let mut taste = Taste::crowd(&prior(5));
    let likelihood = LIKELIHOOD.unbiased();
    for _ in 0..200 {
        let (fa, fb) = (numbers.row(5), numbers.row(5));
        // Eighths, so that adding 16 is exact in f32.
        let (ua, ub) =
            ((numbers.next() * 8.0).round() as f32 / 8.0, (numbers.next() * 8.0).round() as f32 / 8.0);
        let (a, b) = (Scored::new(ua, &fa).unwrap(), Scored::new(ub, &fb).unwrap());
        let (ab, ba) =
            (taste.predict_duel(&likelihood, a, b).unwrap(), taste.predict_duel(&likelihood, b, a).unwrap());
        assert!((ab.probability + ba.probability - 1.0).abs() < 1e-12);
        assert!((ab.low + ba.high - 1.0).abs() < 1e-12);
        assert!((ab.left + ab.tie + ab.right - 1.0).abs() < 1e-12 && (ab.left - ba.right).abs() < 1e-12);
        let (a_up, b_up) = (Scored::new(ua + 16.0, &fa).unwrap(), Scored::new(ub + 16.0, &fb).unwrap());
        assert_eq!(taste.predict_duel(&likelihood, a_up, b_up).unwrap(), ab);

        // Swapped sides teach the same (but for the last bits), shifted utilities exactly the same.
        for (outcome, mirrored) in [
            (DuelOutcome::Left, DuelOutcome::Right),
            (DuelOutcome::Tie, DuelOutcome::Tie),
            (DuelOutcome::Neither, DuelOutcome::Neither),
        ] {
            let after = |x, y, outcome| {
                let mut taste = taste.clone();
                taste.update(&likelihood, &Observation::duel(x, y, outcome)).unwrap();
                taste
            };
            let (here, there) = (after(a, b, outcome), after(b, a, mirrored));
            for (x, y) in here.mean().iter().zip(there.mean()) {
                assert!((x - y).abs() < 1e-10, "{outcome:?}");
            }
            if outcome != DuelOutcome::Neither {
                assert_eq!(after(a_up, b_up, outcome), here);
            }
        }
        taste.update(&likelihood, &Observation::duel(a, b, DuelOutcome::Left)).unwrap();
    }
    assert_eq!(taste.votes(), 200);
}

#[test]
fn thousands_of_contradictory_votes_leave_a_covariance() {
    for r in [1, 8, 32] {
        let mut numbers = Numbers(3);
        let mut taste = Taste::crowd(&prior(r));
        let rows: Vec<(f32, Vec<f32>)> = (0..6).map(|_| (numbers.next() as f32, numbers.row(r))).collect();
        let scored: Vec<Scored<'_>> = rows.iter().map(|(u, f)| Scored::new(*u, f).unwrap()).collect();
        let outcomes = [
            DuelOutcome::Left,
            DuelOutcome::Right,
            DuelOutcome::Tie,
            DuelOutcome::Neither,
            DuelOutcome::Left,
        ];
        let mut trace = f64::INFINITY;
        for i in 0..5_000usize {
            let (a, b) = (i % 6, (i + 1 + i % 5) % 6);
            let vote = if i % 7 == 0 {
                let outcome = if i % 2 == 0 { ApprovalOutcome::For } else { ApprovalOutcome::Against };
                Observation::Approval { candidate: scored[a], outcome, weight: 100.0 }
            } else {
                Observation::duel(scored[a], scored[b], outcomes[i % 5])
                    .with_strength(Strength::new(100).ok())
            };
            taste.update(&LIKELIHOOD, &vote).unwrap();
            let q = r + 1;
            let diagonal: f64 = (0..q).map(|k| taste.covariance()[k * q + k]).sum();
            assert!(diagonal <= trace + 1e-12, "a vote never makes less sure");
            trace = diagonal;
        }
        let q = r + 1;
        let covariance = taste.covariance();
        for i in 0..q {
            for j in 0..q {
                assert_eq!(covariance[i * q + j], covariance[j * q + i]);
            }
        }
        assert!(is_positive_definite(covariance, q), "r = {r}");
        assert!(taste.mean().iter().all(|value| value.is_finite()));
    }
}

fn is_positive_definite(matrix: &[f64], n: usize) -> bool {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let sum = matrix[i * n + j] - (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum::<f64>();
            if i == j && sum <= 0.0 {
                return false;
            }
            lower[i * n + j] = if i == j { sum.sqrt() } else { sum / lower[j * n + j] };
        }
    }
    true
}

#[test]
fn absurd_but_finite_numbers_do_no_harm() {
    let mut taste = Taste::crowd(&prior(2));
    let rows = [[f32::MAX, f32::MAX], [f32::MIN, 1.0], [0.0, 0.0], [1e-38, -1e-38], [1e10, -1e10]];
    for (i, f) in rows.iter().enumerate() {
        for (j, g) in rows.iter().enumerate() {
            let (a, b) = (Scored::new(1e30, f).unwrap(), Scored::new(-1e30, g).unwrap());
            for outcome in [DuelOutcome::Left, DuelOutcome::Right, DuelOutcome::Tie, DuelOutcome::Neither] {
                taste.update(&LIKELIHOOD, &Observation::duel(a, b, outcome)).unwrap();
                let p = taste.predict_duel(&LIKELIHOOD, a, b).unwrap();
                assert!((0.0..=1.0).contains(&p.probability), "{i} {j} {outcome:?} {p:?}");
                assert!(
                    taste.mean().iter().chain(taste.covariance()).all(|value| value.is_finite()),
                    "{i} {j}"
                );
            }
        }
    }
}

#[test]
fn a_preference_voted_often_is_predicted() {
    let mut numbers = Numbers(21);
    let true_taste: Vec<f64> = (0..6).map(|_| 2.0 * numbers.next()).collect();
    let mut taste = Taste::crowd(&Prior::isotropic(6, 1.0, 1.0, 0.0).unwrap());
    let opinion = |f: &[f32]| f.iter().zip(&true_taste).map(|(&f, z)| f64::from(f) * z).sum::<f64>();
    let mut right = 0;
    for vote in 0..300 {
        let (fa, fb) = (numbers.row(6), numbers.row(6));
        let (a, b) = (Scored::new(0.0, &fa).unwrap(), Scored::new(0.0, &fb).unwrap());
        let prefers_left = opinion(&fa) > opinion(&fb);
        let said = taste.predict_duel(&LIKELIHOOD, a, b).unwrap().probability > 0.5;
        right += usize::from(vote >= 200 && said == prefers_left);
        let outcome = if prefers_left { DuelOutcome::Left } else { DuelOutcome::Right };
        taste.update(&LIKELIHOOD, &Observation::duel(a, b, outcome)).unwrap();
    }
    assert!(right > 88, "{right} of the last 100");
}

#[test]
fn an_unseen_candidate_is_predicted_less_surely_and_teaches_less() {
    let mut taste = Taste::crowd(&prior(1));
    let (a, b) = (Scored::new(1.0, &[1.0]).unwrap(), Scored::new(0.0, &[0.0]).unwrap());
    let seen = taste.predict_duel(&LIKELIHOOD, a, b).unwrap();
    let unseen = taste.predict_duel(&LIKELIHOOD, a.unseen(LIKELIHOOD.offset_variance), b).unwrap();
    assert!(unseen.sd > seen.sd && unseen.probability < seen.probability);
    // The offsets' variances add to the predictor's, each divided by T².
    let added = |variance: f64| (seen.sd * seen.sd + variance / (0.9 * 0.9)).sqrt();
    for (left, right, variance) in
        [(a.unseen(0.3), b, 0.3), (a, b.unseen(0.4), 0.4), (a.unseen(0.3), b.unseen(0.4), 0.7)]
    {
        let found = taste.predict_duel(&LIKELIHOOD, left, right).unwrap();
        assert!((found.sd - added(variance)).abs() < 1e-12, "{variance}");
    }
    let sd = |candidate| taste.predict_approval(&LIKELIHOOD, candidate).unwrap().sd;
    assert!((sd(a.unseen(0.3)).powi(2) - sd(a).powi(2) - 0.3 / (0.9 * 0.9)).abs() < 1e-12);
    assert_eq!((sd(a.unseen(f64::NAN)), sd(a.unseen(-1.0))), (sd(a), sd(a)));
    let mut other = taste.clone();
    taste.update(&LIKELIHOOD, &Observation::duel(a, b, DuelOutcome::Left)).unwrap();
    other.update(&LIKELIHOOD, &Observation::duel(a.unseen(2.0), b, DuelOutcome::Left)).unwrap();
    assert!(other.mean()[0] < taste.mean()[0] && other.mean()[0] > 0.0);
}

#[test]
fn a_stored_taste_comes_back_to_the_bit_and_a_damaged_one_does_not() {
    let mut numbers = Numbers(8);
    let prior = prior(3);
    let rows: Vec<Vec<f32>> = (0..4).map(|_| numbers.row(3)).collect();
    let scored: Vec<Scored<'_>> = rows.iter().map(|row| Scored::new(0.1, row).unwrap()).collect();
    let votes = [
        Observation::duel(scored[0], scored[1], DuelOutcome::Left),
        Observation::duel(scored[2], scored[1], DuelOutcome::Tie),
        Observation::approval(scored[3], ApprovalOutcome::Against),
    ];
    let mut taste = Taste::crowd(&prior);
    for vote in &votes {
        taste.update(&LIKELIHOOD, vote).unwrap();
    }
    assert_eq!(Taste::rebuild(&prior, &LIKELIHOOD, votes).unwrap(), taste);
    let taste = taste.of_model(taste_core::Digest([7; 32]));
    let json = serde_json::to_value(&taste).unwrap();
    assert_eq!(json["covariance"].as_array().unwrap().len(), 10);
    assert_eq!(serde_json::from_value::<Taste>(json.clone()).unwrap(), taste);
    for (field, value, hint) in [
        ("version", serde_json::json!(2), "version 2"),
        ("mean", serde_json::json!([]), "stored taste"),
        ("mean", serde_json::json!([0.0, 0.0]), "covariance"),
        ("covariance", serde_json::json!([1.0, 2.0, 1.0, 0, 0, 1, 0, 0, 0, 1]), "negative direction"),
    ] {
        let mut damaged = json.clone();
        damaged[field] = value;
        let error = serde_json::from_value::<Taste>(damaged).unwrap_err().to_string();
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn questions_come_with_the_probability_they_are_drawn_with() {
    let rows: Vec<Vec<f32>> = {
        let mut numbers = Numbers(4);
        (0..5).map(|_| numbers.row(2)).collect()
    };
    let scored: Vec<Scored<'_>> = rows.iter().map(|row| Scored::new(row[0], row).unwrap()).collect();
    let taste = Taste::crowd(&prior(2));
    let options = QuestionOptions { sharpness: 3.0, ..QuestionOptions::default() };
    let (seen, asked) = ([3, 0, 1, 0, 2], [(1usize, 0usize), (0, 1)]);
    let draws = 20_000;
    let mut pairs = std::collections::BTreeMap::new();
    let mut lefts = 0;
    for seed in 0..draws {
        let choice = choose_pair(
            &taste,
            &LIKELIHOOD,
            &scored,
            &Before { seen: &seen, asked: &asked, due: &[] },
            &options,
            seed,
        )
        .unwrap()
        .unwrap();
        lefts += usize::from(choice.left < choice.right);
        let entry =
            pairs.entry((choice.left.min(choice.right), choice.left.max(choice.right))).or_insert((0, 0.0));
        *entry = (entry.0 + 1, choice.propensity);
    }
    assert_eq!(pairs.len(), 9, "ten pairs, one of them asked");
    assert!((pairs.values().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-9);
    for ((a, b), (count, p)) in &pairs {
        let sd = (p * (1.0 - p) / draws as f64).sqrt();
        assert!((*count as f64 / draws as f64 - p).abs() < 4.5 * sd, "{a} {b}: {count} for {p}");
    }
    assert!((lefts as f64 / draws as f64 - 0.5).abs() < 0.02);

    let mut singles = std::collections::BTreeMap::new();
    for seed in 0..draws {
        let choice =
            choose_approval(&taste, &LIKELIHOOD, &scored, &seen, &[4], &options, seed).unwrap().unwrap();
        let entry = singles.entry(choice.candidate).or_insert((0, 0.0));
        *entry = (entry.0 + 1, choice.propensity);
    }
    assert_eq!(singles.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    for (count, p) in singles.values() {
        assert!((*count as f64 / draws as f64 - p).abs() < 4.5 * (p * (1.0 - p) / draws as f64).sqrt());
    }
}

#[test]
fn now_and_then_a_pair_that_is_due_is_asked_again_with_its_sides_changed() {
    let rows: Vec<Vec<f32>> = {
        let mut numbers = Numbers(4);
        (0..5).map(|_| numbers.row(2)).collect()
    };
    let scored: Vec<Scored<'_>> = rows.iter().map(|row| Scored::new(row[0], row).unwrap()).collect();
    let taste = Taste::crowd(&prior(2));
    let options = QuestionOptions { probes: 0.1, ..QuestionOptions::default() };
    let ask = |due: &[(usize, usize)], options: &QuestionOptions, seed: u64| {
        let before = Before { seen: &[], asked: &[(3, 1), (0, 4), (2, 4)], due };
        choose_pair(&taste, &LIKELIHOOD, &scored, &before, options, seed)
    };
    let draws = 20_000;
    let mut chances = std::collections::BTreeMap::new();
    let mut probes = 0;
    for seed in 0..draws {
        let choice = ask(&[(3, 1), (0, 4)], &options, seed).unwrap().unwrap();
        if choice.probe {
            probes += 1;
            assert!([(1, 3), (4, 0)].contains(&(choice.left, choice.right)), "the sides are changed");
            assert_eq!(choice.propensity, 0.05, "a tenth, for two of them");
        }
        chances.insert((choice.left.min(choice.right), choice.left.max(choice.right)), choice.propensity);
    }
    assert!((f64::from(probes) / draws as f64 - 0.1).abs() < 0.01, "{probes}");
    assert_eq!(chances.len(), 9, "ten pairs, of which one was asked and is not due");
    assert!((chances.values().sum::<f64>() - 1.0).abs() < 1e-9);
    // Where nothing is due, questions are what they would be without probes.
    let none = QuestionOptions { probes: 0.0, ..options };
    assert!((0..50).all(|seed| ask(&[], &options, seed).unwrap() == ask(&[(3, 1)], &none, seed).unwrap()));
    let foreign = ask(&[(0, 9)], &QuestionOptions { probes: 1.0, ..options }, 1).unwrap_err();
    assert_eq!(foreign.code(), "ModelError::Shape");
}

#[test]
fn questions_for_the_board_are_drawn_from_all_alike() {
    let rows: Vec<Vec<f32>> = {
        let mut numbers = Numbers(4);
        (0..5).map(|_| numbers.row(2)).collect()
    };
    let scored: Vec<Scored<'_>> = rows.iter().map(|row| Scored::new(row[0], row).unwrap()).collect();
    let taste = Taste::crowd(&prior(2));
    let chances = |options: &QuestionOptions| -> Vec<f64> {
        let ask = |seed| choose_pair(&taste, &LIKELIHOOD, &scored, &Before::default(), options, seed);
        (0..200).map(|seed| ask(seed).unwrap().unwrap().propensity).collect()
    };
    let person = QuestionOptions::default();
    assert!(chances(&person.for_board(1.0)).iter().all(|chance| (chance - 0.1).abs() < 1e-12));
    let least = |chances: Vec<f64>| chances.into_iter().fold(1.0, f64::min);
    let half = least(chances(&person.for_board(0.5)));
    assert!((0.05..0.1).contains(&half) && least(chances(&person)) < 0.05, "{half}");
    assert_eq!(person.for_board(0.0), person, "a twentieth is the least");
}

#[test]
fn a_drawn_pool_weighs_back_to_a_uniform_average() {
    // 40 candidates make 780 pairs, the pool holds 16: 1 / propensity must undo the choice (Horvitz–Thompson).
    let rows: Vec<Vec<f32>> = {
        let mut numbers = Numbers(14);
        (0..40).map(|_| numbers.row(2)).collect()
    };
    let scored: Vec<Scored<'_>> = rows.iter().map(|row| Scored::new(row[0], row).unwrap()).collect();
    let taste = Taste::crowd(&prior(2));
    let options = QuestionOptions { pool: 16, exploration: 0.5, ..QuestionOptions::default() };
    let draws = 6_000;
    let (mut mass, mut far) = (0.0, 0.0);
    for seed in 0..draws {
        let choice =
            choose_pair(&taste, &LIKELIHOOD, &scored, &Before::default(), &options, seed).unwrap().unwrap();
        mass += 1.0 / choice.propensity;
        if choice.left.abs_diff(choice.right) >= 20 {
            far += 1.0 / choice.propensity;
        }
    }
    assert!((mass / draws as f64 / 780.0 - 1.0).abs() < 0.06, "{}", mass / draws as f64);
    assert!((far / draws as f64 / 210.0 - 1.0).abs() < 0.12, "{}", far / draws as f64);
}

#[test]
fn the_questions_asked_teach_more_than_random_ones_and_end() {
    let mut numbers = Numbers(31);
    let rows: Vec<Vec<f32>> = (0..30).map(|_| numbers.row(4)).collect();
    let scored: Vec<Scored<'_>> = rows.iter().map(|row| Scored::new(0.0, row).unwrap()).collect();
    let prior = Prior::isotropic(4, 2.0, 1.0, 0.0).unwrap();
    let trace = |taste: &Taste| (0..5).map(|i| taste.covariance()[i * 6]).sum::<f64>();
    let run = |options: &QuestionOptions, votes: u64| {
        let mut taste = Taste::crowd(&prior);
        let mut asked = Vec::new();
        let mut enough = false;
        for seed in 0..votes {
            let Some(choice) = choose_pair(
                &taste,
                &LIKELIHOOD,
                &scored,
                &Before { asked: &asked, ..Before::default() },
                options,
                seed,
            )
            .unwrap() else {
                break;
            };
            enough = choice.enough;
            asked.push((choice.right, choice.left));
            let opinion = |i: usize| 2.0 * rows[i][0] - rows[i][2];
            let outcome = if opinion(choice.left) > opinion(choice.right) {
                DuelOutcome::Left
            } else {
                DuelOutcome::Right
            };
            taste
                .update(&LIKELIHOOD, &Observation::duel(scored[choice.left], scored[choice.right], outcome))
                .unwrap();
        }
        (trace(&taste), enough, asked.len())
    };
    let chosen = run(&QuestionOptions::default(), 20);
    let random = run(&QuestionOptions { exploration: 1.0, coverage: 0.0, ..QuestionOptions::default() }, 20);
    assert!(chosen.0 < 0.9 * random.0, "{} against {}", chosen.0, random.0);
    assert!(!chosen.1, "after 20 votes there is more to know");
    let all = run(&QuestionOptions::default(), 1_000);
    assert_eq!(all.2, 435, "every pair is asked once, then none");
    assert!(all.1, "at the end enough is known");
}

#[test]
fn a_question_needs_candidates_and_sound_options() {
    let taste = Taste::crowd(&prior(1));
    let one = [Scored::new(0.0, &[1.0]).unwrap()];
    let options = QuestionOptions::default();
    assert_eq!(choose_pair(&taste, &LIKELIHOOD, &[], &Before::default(), &options, 1).unwrap(), None);
    assert_eq!(
        choose_pair(
            &taste,
            &LIKELIHOOD,
            &one,
            &Before { asked: &[(0, 0), (0, 9)], ..Before::default() },
            &options,
            1
        )
        .unwrap(),
        None
    );
    assert_eq!(choose_approval(&taste, &LIKELIHOOD, &one, &[], &[0], &options, 1).unwrap(), None);
    let only = choose_approval(&taste, &LIKELIHOOD, &one, &[], &[], &options, 1).unwrap().unwrap();
    assert_eq!((only.candidate, only.propensity), (0, 1.0));
    let wrong = [Scored::new(0.0, &[1.0]).unwrap(), Scored::new(0.0, &[1.0, 2.0]).unwrap()];
    let error = choose_pair(&taste, &LIKELIHOOD, &wrong, &Before::default(), &options, 1).unwrap_err();
    assert_eq!(error.code(), "ModelError::FeatureCount");
    for bad in [
        QuestionOptions { pool: 0, ..options },
        QuestionOptions { exploration: 0.0, ..options },
        QuestionOptions { coverage: 0.99, ..options },
        QuestionOptions { sharpness: f64::NAN, ..options },
    ] {
        let error = choose_pair(&taste, &LIKELIHOOD, &one, &Before::default(), &bad, 1).unwrap_err();
        assert_eq!(error.code(), "ModelError::Range");
    }
}

/// Three votes of stars beside a duel, against a sum over a grid of (z, a): mean and covariance of the whole posterior, and
/// what is predicted from it.
#[test]
fn stars_as_ordered_levels_agree_with_integration_on_a_grid() {
    let cuts = CutPoints::new(&[-1.0, -0.2, 0.4, 1.5]).unwrap();
    let likelihood = Likelihood { cuts, temperature: 0.8, ..Likelihood::default() };
    let prior = Prior::new(vec![0.9, 0.2, 0.2, 0.6], 0.3).unwrap();
    let features = [[0.8f32], [-0.5], [1.1]];
    let utilities = [0.2f32, -0.1, 0.4];
    let scored = |i: usize| Scored::new(utilities[i], &features[i]).unwrap();
    let stars = [(0, 4), (1, 0), (2, 2)];
    let mut taste = Taste::crowd(&prior);
    for (candidate, level) in stars {
        let said = Observation::stars(scored(candidate), f64::from(level) / 4.0);
        taste.update(&likelihood, &said).unwrap();
    }
    let above = |s: f64, level: i32| match level {
        0 => 1.0,
        5 => 0.0,
        _ => taste_model::sigmoid(s - cuts.values()[level as usize - 1] / 0.8),
    };
    let of = |z: f64, a: f64, i: usize| (f64::from(utilities[i]) + f64::from(features[i][0]) * z - a) / 0.8;
    let determinant = 0.9 * 0.6 - 0.2 * 0.2;
    let mut moments = [0.0; 6];
    let mut predicted = [0.0; 5];
    for i in -200..=200 {
        for j in -200..=200 {
            let (z, a) = (f64::from(i) * 0.03, f64::from(j) * 0.03);
            let (x, y) = (z, a - 0.3);
            let energy = (0.6 * x * x - 0.4 * x * y + 0.9 * y * y) / (2.0 * determinant);
            let mut density = (-energy).exp();
            for (candidate, level) in stars {
                let s = of(z, a, candidate);
                density *= above(s, level) - above(s, level + 1);
            }
            for (sum, value) in moments.iter_mut().zip([1.0, z, a, z * z, z * a, a * a]) {
                *sum += density * value;
            }
            let s = of(z, a, 0);
            for (level, sum) in predicted.iter_mut().enumerate() {
                *sum += density * (above(s, level as i32) - above(s, level as i32 + 1));
            }
        }
    }
    let [mass, z, a, zz, za, aa] = moments;
    let (z, a) = (z / mass, a / mass);
    let exact = [z, a, zz / mass - z * z, za / mass - z * a, aa / mass - a * a];
    let c = taste.covariance();
    // Assumed density: exact along each vote's direction, and near where directions cross.
    for (found, exact) in [taste.mean()[0], taste.mean()[1], c[0], c[1], c[3]].into_iter().zip(exact) {
        assert!((found - exact).abs() < 0.015, "{found} {exact}");
    }
    let found = taste.predict_stars(&likelihood, scored(0)).unwrap();
    assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    for (found, exact) in found.iter().zip(predicted) {
        assert!((found - exact / mass).abs() < 0.006, "{found} {}", exact / mass);
    }
    // Without cut points nothing is said of levels.
    assert!(taste.predict_stars(&Likelihood::default(), scored(0)).unwrap().is_empty());
}

#[test]
fn a_person_who_gives_everything_one_star_more_differs_in_severity_and_not_in_taste() {
    let cuts = CutPoints::new(&[-1.5, -0.5, 0.5, 1.5]).unwrap();
    let likelihood = Likelihood { cuts, ..Likelihood::default() };
    let prior = Prior::isotropic(1, 1.0, 4.0, 0.0).unwrap();
    let features: Vec<[f32; 1]> = (0..8).map(|i| [if i % 2 == 0 { 1.0 } else { -1.0 }]).collect();
    let learned = |shift: u8| {
        let mut taste = Taste::crowd(&prior);
        for _ in 0..4 {
            for (i, features) in features.iter().enumerate() {
                let level = shift + u8::from(i % 2 == 0);
                let candidate = Scored::new(0.0, features).unwrap();
                taste.update(&likelihood, &Observation::stars(candidate, f64::from(level) / 4.0)).unwrap();
            }
        }
        taste
    };
    let (strict, mild) = (learned(1), learned(2));
    assert!((strict.mean()[0] - mild.mean()[0]).abs() < 0.05, "{} {}", strict.mean()[0], mild.mean()[0]);
    assert!((strict.mean()[1] - mild.mean()[1] - 1.0).abs() < 0.15, "{:?} {:?}", strict.mean(), mild.mean());
}
