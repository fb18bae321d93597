//! A model made again from its file, the log and the claims; and everything that is not as it was, named.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use taste_ballot::{Address, Ballot, LogEntry, SessionKey};
use taste_core::{CandidateId, Digest, DuelOutcome, RoundId, Strength, Vote};
use taste_inference::{InferenceError, Runtime};
use taste_onnx::{ModelProto, parse, to_bytes};
use taste_train::{Dataset, EmbeddedCandidates, Recipe, Silent, TrainConfig, TrainError, train, train_from};

const ROUND: RoundId = Digest([9; 32]);
const CANDIDATES: u8 = 6;

fn key(number: u8) -> SessionKey {
    SessionKey::from_bytes(&[number; 32]).unwrap()
}

fn candidates() -> EmbeddedCandidates {
    let ids: Vec<CandidateId> = (0..CANDIDATES).map(|n| Digest([n + 1; 32])).collect();
    let numbers = (0..CANDIDATES * 3).map(|at| f32::from(at * 7 % 11) / 11.0).collect();
    EmbeddedCandidates::new(ids, "test@1".into(), numbers).unwrap()
}

/// A ballot of each of these voters, in this order, as a server's log has it.
fn log(voters: &[u8]) -> Vec<Vec<u8>> {
    let duel = |voter: u8, left: u8, right: u8| {
        let outcome =
            if voter.is_multiple_of(3) && left % 2 == 1 { DuelOutcome::Right } else { DuelOutcome::Left };
        let strength = (left == voter % 4).then(|| Strength::new(20 + voter).unwrap());
        let vote = Vote::duel(Digest([left + 1; 32]), Digest([right + 1; 32]), outcome).unwrap();
        Vote { strength, ..vote }
    };
    let ballot = |(index, &voter): (usize, &u8)| {
        let ballot = Ballot {
            round: ROUND,
            voter: key(voter).address(),
            sequence: index as u64,
            issued_at: 1,
            deadline: 2,
            source: String::new(),
            votes: (0..CANDIDATES - 1).map(|left| duel(voter, left, left + 1)).collect(),
        };
        let signed = ballot.sign(&key(voter));
        serde_json::to_vec(&LogEntry { index: index as u64, accepted_at: 3, signed, chain: None }).unwrap()
    };
    voters.iter().enumerate().map(ballot).collect()
}

fn claims(pairs: &[(u8, u8)]) -> BTreeMap<Address, Address> {
    pairs.iter().map(|&(session, wallet)| (key(session).address(), key(wallet).address())).collect()
}

/// Trains on this log as a server does, and gives the file.
fn model(lines: &[Vec<u8>], claims: &BTreeMap<Address, Address>) -> Vec<u8> {
    let lines = lines.iter().map(Vec::as_slice);
    let dataset = Dataset::from_log(ROUND, candidates(), lines, claims).unwrap();
    // Not the defaults: all of it has to come from the file.
    let config = TrainConfig {
        seed: 5,
        rank: 2,
        steps: 30,
        batch: 20,
        rate: 0.03,
        parent: Some(Digest([4; 32])),
        ..TrainConfig::default()
    };
    train(&dataset, &config, &mut Silent).unwrap().onnx
}

fn again(onnx: &[u8], lines: &[Vec<u8>], claims: &BTreeMap<Address, Address>) -> Result<Vec<u8>, TrainError> {
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let recipe = Recipe::read(onnx.to_vec())?;
    Ok(recipe.train(ROUND, candidates(), &lines, claims, None, &mut Silent)?.onnx)
}

/// The file with this metadata changed.
fn edited(onnx: &[u8], key: &str, edit: impl Fn(&str) -> String) -> Vec<u8> {
    let mut file: ModelProto = parse(onnx).unwrap();
    let entry = file.metadata_props.iter_mut().find(|entry| entry.key == key).unwrap();
    let value = edit(&entry.value);
    assert_ne!(value, entry.value);
    entry.value = value;
    to_bytes(&file)
}

fn has_runtime() -> bool {
    match Runtime::load(None) {
        Err(InferenceError::RuntimeMissing { searched }) => {
            println!("skipped: no ONNX Runtime in {searched}; `cargo xtask setup` fetches it");
            false
        }
        other => other.is_ok(),
    }
}

#[test]
fn a_model_is_made_again_whatever_came_after_it() {
    if !has_runtime() {
        return;
    }
    let voters: Vec<u8> = (1..=16).chain([2, 3]).collect();
    // 2 voted as a guest and is 20 now; 30 was claimed and has not voted here.
    let then = claims(&[(2, 20), (30, 20)]);
    let onnx = model(&log(&voters), &then);
    assert!(again(&onnx, &log(&voters), &then).unwrap() == onnx);

    // Later more people vote, 30 among them, and wallets claim 5, who voted before, and 17, who did not.
    let longer: Vec<u8> = voters.iter().copied().chain([17, 30, 4]).collect();
    let now = claims(&[(2, 20), (30, 20), (5, 1), (17, 18)]);
    assert!(again(&onnx, &log(&longer), &now).unwrap() == onnx);
    // That these claims do make another model, were they not left out.
    assert!(model(&log(&voters), &now) != onnx);

    let code = |lines: &[Vec<u8>], claims: &BTreeMap<Address, Address>| {
        again(&onnx, lines, claims).unwrap_err().code()
    };
    assert_eq!(code(&log(&voters[..17]), &then), "TrainError::LogTooShort");
    assert_eq!(code(&log(&voters), &claims(&[(30, 20)])), "TrainError::OtherClaims");
    assert_eq!(code(&log(&voters), &claims(&[(2, 21)])), "TrainError::OtherClaims");
    let mut altered = log(&longer);
    let line = String::from_utf8(altered[7].clone()).unwrap();
    altered[7] = line.replacen("\"left\"", "\"right\"", 1).into_bytes();
    assert_eq!(code(&altered, &then), "TrainError::OtherLog");
    // What comes after the model's part of the log is not its business.
    let mut altered = log(&longer);
    altered[18] = b"no entry".to_vec();
    assert!(again(&onnx, &altered, &now).is_ok());
}

#[test]
fn a_model_that_started_from_another_is_made_again_from_the_same_one_only() {
    if !has_runtime() {
        return;
    }
    let (voters, none): (Vec<u8>, _) = ((1..=16).collect(), BTreeMap::new());
    let lines = log(&voters);
    let first = model(&lines[..10], &none);
    let dataset = Dataset::from_log(ROUND, candidates(), lines.iter().map(Vec::as_slice), &none).unwrap();
    let config = TrainConfig { seed: 5, rank: 2, steps: 30, ..TrainConfig::default() };
    let second = train_from(&first, &dataset, &config, &mut Silent).unwrap();
    let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    let recipe = Recipe::read(second.onnx.clone()).unwrap();
    assert_eq!(recipe.parent(), Some(Digest(Sha256::digest(&first).into())));
    let again = |recipe: &Recipe, parent: Option<&[u8]>| {
        recipe.train(ROUND, candidates(), &lines, &none, parent, &mut Silent).map(|trained| trained.onnx)
    };
    assert!(again(&recipe, Some(&first)).unwrap() == second.onnx);
    assert_eq!(again(&recipe, None).unwrap_err().code(), "TrainError::ParentNeeded");
    assert_eq!(again(&recipe, Some(&second.onnx)).unwrap_err().code(), "TrainError::OtherParent");
    // It is another model than one that starts from nothing, which needs no other.
    let cold = train(&dataset, &config, &mut Silent).unwrap().onnx;
    assert!(cold != second.onnx);
    let cold = Recipe::read(cold).unwrap();
    assert_eq!(cold.parent(), None);
    assert!(again(&cold, None).is_ok());
}

#[test]
fn a_half_life_that_the_log_chose_is_chosen_again() {
    if !has_runtime() {
        return;
    }
    // A ballot a day; after a hundred, what was preferred no longer is.
    let lines: Vec<Vec<u8>> = (0..200u64)
        .map(|day| {
            let mut entry: LogEntry = serde_json::from_slice(&log(&[(day % 70) as u8 + 1])[0]).unwrap();
            entry.index = day;
            entry.accepted_at = 1_000_000 + 86_400 * day;
            let outcome = if day < 100 { DuelOutcome::Left } else { DuelOutcome::Right };
            let ballot = &mut entry.signed.ballot;
            ballot.votes = (0..CANDIDATES - 1)
                .map(|left| Vote::duel(Digest([left + 1; 32]), Digest([left + 2; 32]), outcome).unwrap())
                .collect();
            serde_json::to_vec(&entry).unwrap()
        })
        .collect();
    let none = BTreeMap::new();
    let onnx = model(&lines, &none);
    let metrics = taste_model::TasteModel::from_onnx(&onnx).unwrap().provenance().metrics.clone();
    assert!(metrics.contains("\"halfLife\":"), "{metrics}");
    assert!(again(&onnx, &lines, &none).unwrap() == onnx);
    let other = edited(&onnx, "metrics", |metrics| {
        metrics.replace("\"halfLife\":\"estimated\"", "\"halfLife\":\"none\"")
    });
    assert_eq!(again(&other, &lines, &none).unwrap_err().code(), "TrainError::NotTheSame");
}

#[test]
fn a_file_that_says_something_else_than_how_it_was_made_is_found_out() {
    if !has_runtime() {
        return;
    }
    let lines = log(&(1..=8).collect::<Vec<u8>>());
    let none = BTreeMap::new();
    let onnx = model(&lines, &none);
    let outcome = |onnx: &[u8]| again(onnx, &lines, &none).unwrap_err();
    let told = |error: TrainError| match error {
        TrainError::NotTheSame { differences, .. } => differences,
        other => panic!("{other}"),
    };
    // The same numbers, said to be of more steps.
    let steps = edited(&onnx, "metrics", |metrics| metrics.replace("\"steps\":30", "\"steps\":31"));
    assert_eq!(told(outcome(&steps)), "the trained numbers");
    let persons = edited(&onnx, "metrics", |metrics| metrics.replace("\"persons\":8", "\"persons\":800"));
    assert_eq!(told(outcome(&persons)), "metrics.persons was 800, is 8");
    let seed = edited(&onnx, "seed", |_| "6".into());
    assert_eq!(told(outcome(&seed)), "seed was 6, is 5");
    // What made it is taken over, so that another build that gives the same bits gives the same bytes; where it
    // does not, it is the first thing told.
    let build =
        edited(&onnx, "metrics", |metrics| metrics.replace("\"onnxRuntime\":\"", "\"onnxRuntime\":\"old "));
    assert!(again(&build, &lines, &none).unwrap() == build);
    let both = edited(&build, "metrics", |metrics| metrics.replace("\"rank\":2", "\"rank\":3"));
    assert!(told(outcome(&both)).starts_with("ONNX Runtime was \"old "));

    let code = |onnx: &[u8]| outcome(onnx).code();
    assert_eq!(code(&edited(&onnx, "metrics", |_| String::new())), "TrainError::Unrepeatable");
    assert_eq!(code(&edited(&onnx, "log_size", |_| "0".into())), "TrainError::Unrepeatable");
    assert_eq!(code(&edited(&onnx, "log_size", |_| "7".into())), "TrainError::OtherLog");
    assert_eq!(code(&edited(&onnx, "round", |_| Digest([8; 32]).to_string())), "TrainError::OtherRound");
    assert_eq!(code(&edited(&onnx, "encoder", |_| "test@2".into())), "TrainError::OtherEncoder");
    assert_eq!(code(&onnx[..100]), "OnnxError::Malformed");
    let claims = edited(&model(&lines, &claims(&[(2, 20)])), "claims", |_| "{".into());
    assert_eq!(code(&claims), "TrainError::Unrepeatable");
}
