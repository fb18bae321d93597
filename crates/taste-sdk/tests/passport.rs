//! A mind that explains itself, and whose taste goes along to another round and to the next model.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Trained, guest, id, mind, model};
use serde_json::{Value, json};
use taste_ballot::{Signature, recover};
use taste_core::{ApprovalOutcome, Digest, DuelOutcome, Vote, hex};
use taste_model::FeatureTable;
use taste_sdk::{Advisor, Mind, SdkError, SignedPassport, Subject, passport_digest, words};

const ROUND: Digest = Digest([5; 32]);
const ANOTHER: Digest = Digest([6; 32]);

/// This person likes even candidates; all kinds of votes.
fn votes() -> Vec<Vote> {
    vec![
        Vote::duel(id(2), id(1), DuelOutcome::Left).unwrap(),
        Vote::duel(id(3), id(4), DuelOutcome::Right).unwrap(),
        Vote::duel(id(1), id(5), DuelOutcome::Neither).unwrap(),
        Vote::approval(id(4), ApprovalOutcome::For),
        Vote::duel(id(2), id(4), DuelOutcome::Tie).unwrap(),
        Vote::duel(id(0), id(3), DuelOutcome::Skip).unwrap(),
    ]
}

fn learned(trained: &Trained, count: usize) -> Mind {
    let mut mind = mind(trained, 6);
    mind.learn(&votes().iter().take(count).collect::<Vec<_>>());
    mind
}

fn candidate(at: usize) -> Subject {
    Subject::Candidate(id(at))
}

#[test]
fn a_prediction_says_which_votes_made_it_and_what_is_near() {
    let mind = learned(&model(6, 1.0), 6);
    let reasons = mind.explain(&candidate(0), &candidate(1)).unwrap();
    assert_eq!(reasons.votes.len(), 6);
    let sum: f64 = reasons.votes.iter().sum();
    assert!((reasons.before + sum - reasons.after).abs() < 1e-9);
    assert!(reasons.after > reasons.before + 0.3, "who likes even ones likes 0: {reasons:?}");
    assert_eq!(reasons.votes[5], 0.0, "a skip moves nothing");
    assert!(reasons.votes[0] > 0.0 && reasons.votes[1] > 0.0);
    // Candidate 1 was itself voted on: nothing is nearer to the right one.
    let nearest = &reasons.nearest;
    assert_eq!((nearest[0].candidate, nearest[0].left), (id(1), false));
    assert!((nearest[0].likeness - 1.0).abs() < 1e-12);
    assert!((nearest[0].moved - (reasons.votes[0] + reasons.votes[2])).abs() < 1e-12);
    assert!(nearest.windows(2).all(|two| two[0].likeness >= two[1].likeness));
    // The same the other way round.
    let turned = mind.explain(&candidate(1), &candidate(0)).unwrap();
    assert!(
        (turned.after + reasons.after).abs() < 1e-12 && (turned.votes[0] + reasons.votes[0]).abs() < 1e-12
    );
    let foreign = mind.explain(&Subject::Candidate(ROUND), &candidate(0)).unwrap_err();
    assert_eq!(foreign.code(), "SdkError::ForeignCandidate");
}

#[test]
fn near_what_is_liked_is_what_was_not_voted_on_and_is_liked_too() {
    let trained = model(12, 0.0);
    let mut mind = mind(&trained, 12);
    assert_eq!(mind.nearest(5).unwrap(), vec![]);
    let vote = Vote::duel(id(2), id(3), DuelOutcome::Left).unwrap();
    mind.learn(&[&vote]);
    let nearest = mind.nearest(2).unwrap();
    // 8 has the very features of 2; 9 has those of 3, which lost.
    assert_eq!(nearest[0], (id(8), id(2)));
    assert!(nearest.len() == 2 && !nearest.iter().any(|(candidate, _)| *candidate == id(9)));
}

#[test]
fn a_passport_is_its_owners_and_a_changed_one_is_somebody_elses() {
    let mind = learned(&model(6, 1.0), 6);
    let passport = mind.passport(ROUND, 1_800_000_000).unwrap();
    let signature = guest().sign_digest(&passport_digest(&passport));
    let file = SignedPassport { passport: passport.clone(), signature }.to_bytes();
    let opened = SignedPassport::from_bytes(&file).unwrap();
    assert_eq!(recover(&passport_digest(&opened.passport), &opened.signature).unwrap(), guest().address());
    let mut changed = file.clone();
    changed[9] += 1;
    let changed = SignedPassport::from_bytes(&changed).unwrap();
    assert_ne!(
        recover(&passport_digest(&changed.passport), &changed.signature).ok(),
        Some(guest().address())
    );
    let unsigned = SignedPassport::from_bytes(&passport.to_bytes()).unwrap_err();
    assert_eq!(unsigned.code(), "BallotError::SignatureFormat");
    assert_eq!(SignedPassport::from_bytes(b"a votes file").unwrap_err().code(), "ModelError::Passport");
}

#[test]
fn a_taste_goes_along_to_another_round_and_its_votes_come_on_top() {
    let trained = model(6, 1.0);
    let passport = learned(&trained, 4).passport(ROUND, 0).unwrap();
    let mut there = mind(&trained, 6);
    let later = [votes()[4].clone(), votes()[5].clone()];
    there.learn(&later.iter().collect::<Vec<_>>());
    there.carry(&passport, ANOTHER, None).unwrap();
    let all = learned(&trained, 6);
    for (a, b) in [(0, 1), (2, 5), (4, 3)] {
        let (found, expected) = (
            there.predict(&candidate(a), &candidate(b)).unwrap(),
            all.predict(&candidate(a), &candidate(b)).unwrap(),
        );
        assert!(found.probability.abs_diff(expected.probability) < 5_000, "{found:?} {expected:?}");
    }
    assert_eq!(there.taste().votes(), all.taste().votes());
    // What the passport brought is where explanations start.
    let reasons = there.explain(&candidate(0), &candidate(1)).unwrap();
    assert!(reasons.votes.len() == 2 && reasons.before > 0.0);
    // Taking votes back leaves what came along.
    there.learn(&[]);
    assert_eq!(there.taste().votes(), passport.votes());
    there.uncarry();
    assert_eq!(there.taste(), mind(&trained, 6).taste());
}

#[test]
fn votes_are_not_learned_twice_and_another_model_needs_its_own_features() {
    let (old, new) = (model(6, 1.0), model(6, 0.4));
    let here = learned(&old, 4);
    let passport = here.passport(ROUND, 0).unwrap();
    let mut again = learned(&old, 4);
    let before = again.taste().clone();
    assert!(matches!(again.carry(&passport, ROUND, None), Err(SdkError::PassportRound)));
    let mut next = mind(&new, 6);
    assert_eq!(next.carry(&passport, ANOTHER, None).unwrap_err().code(), "ModelError::PassportModel");
    let other = model(5, 1.0);
    let wrong = next.carry(&passport, ANOTHER, Some(&other.features)).unwrap_err();
    assert_eq!(wrong.code(), "SdkError::Features");
    assert_eq!((again.taste(), next.taste()), (&before, mind(&new, 6).taste()), "nothing changed");
    next.carry(&passport, ANOTHER, Some(&old.features)).unwrap();
    let anew = learned(&new, 4);
    for (a, b) in [(1, 2), (4, 3), (2, 5)] {
        let ask = |mind: &Mind| mind.predict(&candidate(a), &candidate(b)).unwrap().probability;
        assert!(ask(&next).abs_diff(ask(&anew)) < 30_000, "{} {}", ask(&next), ask(&anew));
    }
}

/// `tests/vectors/passport.json`: what JavaScript must find to the last bit, through the taste wasm. Written anew by
/// `VECTORS_WRITE=1 cargo test -p taste-sdk --test passport`.
#[test]
fn passport_and_explanation_have_the_bits_on_record() {
    let (trained, next) = (model(6, 1.0), model(6, 0.4));
    let mind = learned(&trained, 6);
    let passport = mind.passport(ROUND, 1_800_000_000).unwrap();
    let signature: Signature = guest().sign_digest(&passport_digest(&passport));
    let mut carried = common::mind(&next, 6);
    carried.carry(&passport, ANOTHER, Some(&trained.features)).unwrap();
    let reasons = mind.explain(&candidate(0), &candidate(1)).unwrap();
    let cast = votes();
    let ends = [reasons.before.to_string(), reasons.after.to_string()].join(" ");
    let moved = reasons.votes.iter().map(f64::to_string).collect::<Vec<_>>().join(" ");
    let found = json!({
        "features": hex(&FeatureTable::from_bytes(&trained.features).unwrap().to_bytes()),
        "model": trained.digest.to_string(),
        "next": { "features": hex(&next.features), "model": next.digest.to_string() },
        "candidates": (0..6).map(|at| id(at).to_string()).collect::<Vec<_>>(),
        "round": ROUND.to_string(),
        "another": ANOTHER.to_string(),
        "votes": words::votes(&cast.iter().collect::<Vec<_>>()),
        "digest": passport_digest(&passport).to_string(),
        "passport": hex(&SignedPassport { passport, signature }.to_bytes()),
        "signer": guest().address().to_string(),
        "explain": [ends, moved],
        "carried": hex(&carried.passport(ANOTHER, 1_800_000_001).unwrap().to_bytes()),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/passport.json");
    if std::env::var_os("VECTORS_WRITE").is_some() {
        std::fs::write(path, format!("{}\n", serde_json::to_string_pretty(&found).unwrap())).unwrap();
    }
    let record: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(found, record);
}
