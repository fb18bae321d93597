//! Questions, answers, guesses and undo, seen from outside.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use sha2::{Digest as _, Sha256};
use taste_core::{ApprovalOutcome, CandidateKind, Digest, DuelOutcome, Question, Strength};
use taste_sdk::{DeskKind, Phase, Request, SdkError, Session, Standing, Subject};

#[test]
fn a_round_by_another_operator_or_under_another_id_is_refused() {
    let signed = round(CandidateKind::Image, 3, 0);
    let wrong = Session::new(signed.clone(), Some(Digest([5; 32])), guest().address()).unwrap_err();
    assert_eq!(wrong.code(), "SdkError::RoundId");
    let mut changed = signed.clone();
    changed.round.title.push('!');
    let forged = Session::new(changed, None, guest().address()).unwrap_err();
    assert_eq!(forged.code(), "BallotError::SignerMismatch");
    assert!(Session::new(signed.clone(), Some(signed.round.digest()), guest().address()).is_ok());
}

#[test]
fn the_guess_is_committed_before_the_answer_and_opened_after_it() {
    let mut session = session(4);
    assert_eq!(session.duel_view(NOW).phase, Phase::Loading);
    session.ask_duel(NOW, &seed(1)).unwrap();
    let asking = session.duel_view(NOW);
    assert_eq!((asking.phase, asking.guess), (Phase::Asking, None));
    let (commitment, text) = session.duel_commitment().unwrap();
    assert_eq!(text, None);

    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    let (same, text) = session.duel_commitment().unwrap();
    let text = text.unwrap();
    assert_eq!(same, commitment);
    assert_eq!(Digest(Sha256::digest(&text).into()), commitment);
    let answered = session.duel_view(NOW);
    assert_eq!((answered.phase, answered.outcome), (Phase::Answered, Some(DuelOutcome::Left)));
    // Without a model the guess is an honest coin flip: it takes no side and does not count.
    let guess = answered.guess.unwrap();
    assert!(guess.undecided && guess.hit.is_none() && guess.probability == 0.5);
    assert_eq!(answered.tally.guessed, 0);
    assert!(text.contains("probability 500000\n"));
}

#[test]
fn an_answer_needs_a_question_and_an_open_window() {
    let mut session = session(4);
    assert!(matches!(session.vote_duel(DuelOutcome::Tie, None, NOW), Err(SdkError::NoQuestion)));
    assert!(matches!(session.ask_duel(OPENS - 1, &seed(1)), Err(SdkError::NotOpen)));
    session.ask_duel(NOW, &seed(1)).unwrap();
    assert!(matches!(session.vote_duel(DuelOutcome::Tie, None, CLOSES), Err(SdkError::NotOpen)));
    session.vote_duel(DuelOutcome::Tie, None, NOW).unwrap();
    assert!(matches!(session.vote_duel(DuelOutcome::Tie, None, NOW), Err(SdkError::NoQuestion)));
    for (now, phase) in [(OPENS - 1, Phase::Upcoming), (CLOSES, Phase::Answered)] {
        assert_eq!(session.duel_view(now).phase, phase);
    }
    assert_eq!(common::session(4).duel_view(CLOSES).phase, Phase::Closed);
}

#[test]
fn the_pair_shown_as_upcoming_is_the_next_question() {
    let mut session = session(8);
    session.ask_duel(NOW, &seed(1)).unwrap();
    for turn in 2..20 {
        let upcoming = session.duel_view(NOW).upcoming.unwrap();
        session.vote_duel(DuelOutcome::Right, None, NOW).unwrap();
        assert!(session.request(&Request::Next { desk: None }, NOW, &seed(turn)).unwrap());
        assert_eq!(session.duel_view(NOW).pair.unwrap(), upcoming);
    }
}

#[test]
fn every_pair_and_every_candidate_is_asked_once_and_then_it_is_done() {
    let mut session = session(4);
    session.ask_duel(NOW, &seed(0)).unwrap();
    session.ask_approval(NOW, &seed(0)).unwrap();
    let (mut duels, mut approvals) = (0, 0);
    for turn in 1..20 {
        duels += u32::from(session.vote_duel(DuelOutcome::Neither, None, NOW).is_ok());
        approvals += u32::from(session.vote_approval(ApprovalOutcome::For, NOW).is_ok());
        session.request(&Request::Next { desk: None }, NOW, &seed(turn)).unwrap();
    }
    assert_eq!((duels, approvals), (6, 4));
    assert_eq!(session.duel_view(NOW).phase, Phase::Done);
    assert_eq!(session.approve_view(NOW).progress, (4, 4));
}

#[test]
fn undo_takes_the_vote_back_and_asks_again_without_counting_the_guess() {
    let mut session = session(4);
    let trained = model(4, 3.0);
    session.install_model(&trained.features, trained.digest).unwrap();
    session.pose(Question::Duel { left: id(0), right: id(1) }, NOW, &seed(1)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    assert_eq!((session.tally().hits, session.tally().guessed), (1, 1));
    let committed = session.duel_commitment().unwrap().0;

    session.undo(None, NOW, &seed(2)).unwrap();
    let view = session.duel_view(NOW);
    assert_eq!((view.phase, view.tally.guessed, view.delivery.kept), (Phase::Asking, 0, 0));
    assert_ne!(session.duel_commitment().unwrap().0, committed);
    assert!(matches!(session.undo(None, NOW, &seed(3)), Err(SdkError::NothingToUndo)));

    session.vote_duel(DuelOutcome::Right, None, NOW).unwrap();
    let view = session.duel_view(NOW);
    assert_eq!(view.guess.unwrap().hit, Some(false));
    assert_eq!((view.tally.guessed, view.delivery.kept), (0, 1));
}

#[test]
fn the_guess_on_a_question_that_was_answered_before_does_not_count() {
    let mut session = session(4);
    let trained = model(4, 3.0);
    session.install_model(&trained.features, trained.digest).unwrap();
    for (left, right, outcome) in [(0, 1, DuelOutcome::Left), (1, 0, DuelOutcome::Right)] {
        session.pose(Question::Duel { left: id(left), right: id(right) }, NOW, &seed(left as u64)).unwrap();
        session.vote_duel(outcome, None, NOW).unwrap();
        assert_eq!(session.duel_view(NOW).guess.unwrap().hit, Some(true));
        assert_eq!((session.tally().hits, session.tally().guessed), (1, 1));
    }
}

#[test]
fn undo_after_signing_replaces_the_vote_by_a_skip() {
    let mut session = session(4);
    session.ask_duel(NOW, &seed(1)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    sign(&mut session, &guest(), NOW).unwrap();
    session.undo(None, NOW, &seed(2)).unwrap();
    assert_eq!(session.records().standings(), [Standing::Signed, Standing::Kept]);
    let skip = session.make_ballot(NOW).unwrap().votes[0].clone();
    assert_eq!(
        skip,
        taste_core::Vote { propensity: skip.propensity, ..duel_like(&session, DuelOutcome::Skip) }
    );
    // The answer that follows replaces the skip before it was signed.
    session.vote_duel(DuelOutcome::Tie, None, NOW).unwrap();
    assert_eq!(session.records().standings(), [Standing::Signed, Standing::Replaced, Standing::Kept]);
}

fn duel_like(session: &Session, outcome: DuelOutcome) -> taste_core::Vote {
    let Question::Duel { left, right } = session.records().votes[0].vote.question() else { panic!("a duel") };
    taste_core::Vote::duel(left, right, outcome).unwrap()
}

#[test]
fn a_later_vote_on_the_same_question_replaces_the_earlier_one() {
    let mut session = session(4);
    for (left, right, outcome) in [(0, 1, DuelOutcome::Left), (1, 0, DuelOutcome::Left)] {
        session.pose(Question::Duel { left: id(left), right: id(right) }, NOW, &seed(left as u64)).unwrap();
        session.vote_duel(outcome, Some(Strength::new(80).unwrap()), NOW).unwrap();
    }
    let ballot = session.make_ballot(NOW).unwrap();
    assert_eq!(ballot.votes.len(), 1);
    assert_eq!(ballot.votes[0].candidates(), [id(1), id(0)]);
    assert_eq!(session.records().chosen(), [id(1)]);
}

#[test]
fn what_cannot_be_shown_is_left_out_and_nothing_is_recorded() {
    let mut session = session(3);
    session.ask_duel(NOW, &seed(1)).unwrap();
    let broken = session.duel_view(NOW).pair.unwrap().0.id;
    session.request(&Request::Broken { candidate: broken }, NOW, &seed(2)).unwrap();
    let (left, right) = session.duel_view(NOW).pair.unwrap();
    assert!(left.id != broken && right.id != broken && session.cast() == 0);
    session.request(&Request::Broken { candidate: left.id }, NOW, &seed(3)).unwrap();
    assert_eq!(session.duel_view(NOW).phase, Phase::Empty);
}

#[test]
fn a_text_is_shown_once_it_is_here_and_only_if_it_is_the_signed_one() {
    let mut session = Session::new(round(CandidateKind::Text, 2, 0), None, guest().address()).unwrap();
    session.ask_duel(NOW, &seed(1)).unwrap();
    assert_eq!(session.duel_view(NOW).phase, Phase::Loading);
    assert_eq!(session.wanted_texts().len(), 2);
    assert_eq!(session.set_text(id(0), "another").unwrap_err().code(), "SdkError::ContentDigest");
    for index in 0..2 {
        session.set_text(id(index), &text(index)).unwrap();
    }
    assert_eq!(session.duel_view(NOW).phase, Phase::Asking);
    assert!(session.wanted_texts().is_empty());
}

#[test]
fn a_new_model_replays_the_votes_and_predictions_change_without_a_reload() {
    let mut session = session(6);
    let Trained { model, digest, features } = model(6, 0.0);
    let ask = (Subject::Candidate(id(0)), Subject::Candidate(id(1)));
    assert_eq!(session.predict(&ask.0, &ask.1).unwrap_err().code(), "SdkError::NoModel");
    // This person likes the even ones.
    for (left, right) in [(0, 1), (2, 3), (5, 4), (3, 0)] {
        session.pose(Question::Duel { left: id(left), right: id(right) }, NOW, &seed(left as u64)).unwrap();
        let outcome = if left % 2 == 0 { DuelOutcome::Left } else { DuelOutcome::Right };
        session.vote_duel(outcome, None, NOW).unwrap();
    }
    session.install_model(&features, digest).unwrap();
    assert_eq!(session.model(), Some(digest));
    let learned = session.predict(&ask.0, &ask.1).unwrap();
    assert!(learned.probability > 600_000, "{learned:?}");
    // Content is the same subject as the candidate it is of, but for what content does not explain.
    let mut even = vec![0.0; 6];
    even[2] = 1.0;
    let (utility, of_it) = model.evaluate(&even).unwrap();
    let brought = Subject::Content { utility, features: of_it };
    let brought = session.predict(&brought, &ask.1).unwrap();
    assert!(brought.probability > 550_000, "{brought:?}");
    let foreign = Subject::Content { utility: 0.0, features: vec![0.0; 5] };
    assert_eq!(session.predict(&foreign, &ask.1).unwrap_err().code(), "ModelError::FeatureCount");
    let swapped = session.predict(&ask.1, &ask.0).unwrap();
    assert!(learned.probability.abs_diff(1_000_000 - swapped.probability) <= 1);
    // The features of another round, and half a file, are refused and change nothing.
    let wrong = session.install_model(&features, Digest([7; 32])).unwrap_err();
    assert_eq!((wrong.code(), session.model()), ("SdkError::Features", Some(digest)));
    let foreign = common::model(5, 0.0);
    let wrong = session.install_model(&foreign.features, foreign.digest).unwrap_err();
    assert_eq!((wrong.code(), session.model()), ("SdkError::Features", Some(digest)));
    let cut = session.install_model(&features[..features.len() / 2], digest).unwrap_err();
    assert_eq!((cut.code(), session.model()), ("ModelError::FeaturesLength", Some(digest)));
}

#[test]
fn the_budget_of_the_round_ends_the_questions() {
    let mut session = Session::new(round(CandidateKind::Image, 6, 2), None, guest().address()).unwrap();
    session.ask_duel(NOW, &seed(1)).unwrap();
    for turn in 0..2 {
        session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
        session.request(&Request::Next { desk: None }, NOW, &seed(turn)).unwrap();
    }
    assert_eq!(session.duel_view(NOW).phase, Phase::Done);
}

#[test]
fn each_desk_goes_on_and_back_by_itself() {
    let mut session = session(6);
    session.ask_duel(NOW, &seed(1)).unwrap();
    session.ask_approval(NOW, &seed(2)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    session.vote_approval(ApprovalOutcome::For, NOW).unwrap();
    let approved = session.approve_view(NOW).candidate.unwrap().id;
    // The approval goes on; the duel's guess is still being looked at.
    session.request(&Request::Next { desk: Some(DeskKind::Approval) }, NOW, &seed(3)).unwrap();
    assert_eq!(session.duel_view(NOW).phase, Phase::Answered);
    assert_eq!(session.approve_view(NOW).phase, Phase::Asking);
    // The duel takes its own vote back, though the approval's came later.
    assert!(session.duel_view(NOW).can_undo && session.approve_view(NOW).can_undo);
    session.request(&Request::Undo { desk: Some(DeskKind::Duel) }, NOW, &seed(4)).unwrap();
    assert_eq!(session.duel_view(NOW).phase, Phase::Asking);
    assert!(!session.duel_view(NOW).can_undo && session.approve_view(NOW).can_undo);
    assert_eq!(
        session.undo(Some(DeskKind::Duel), NOW, &seed(5)).unwrap_err().code(),
        "SdkError::NothingToUndo"
    );
    // Without a name it is the last vote of all.
    session.undo(None, NOW, &seed(6)).unwrap();
    assert_eq!(session.approve_view(NOW).candidate.unwrap().id, approved);
}
