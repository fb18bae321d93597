//! Questions, answers, guesses and undo, seen from outside.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use sha2::{Digest as _, Sha256};
use taste_core::VoteKind;
use taste_core::{ApprovalOutcome, CandidateKind, Digest, DuelOutcome, Question, Strength};
use taste_sdk::{Advisor, Mind, Phase, Session, Standing, Subject};

#[test]
fn a_round_by_another_operator_or_under_another_id_is_refused() {
    let signed = round(CandidateKind::Image, 3, 0);
    let wrong = Session::new(signed.clone(), Some(Digest([5; 32])), guest().address()).unwrap_err();
    assert_eq!(wrong.code(), "SdkError::RoundId");
    let session = Session::new(signed.clone(), Some(signed.round.digest()), guest().address()).unwrap();
    let by = |signed: &taste_ballot::SignedRound| {
        taste_ballot::recover(&signed.round.digest(), &signed.signature).unwrap()
    };
    assert!(session.check_operator(by(&signed)).is_ok());
    let mut changed = signed;
    changed.round.title.push('!');
    let forged = Session::new(changed.clone(), None, guest().address()).unwrap();
    assert_eq!(forged.check_operator(by(&changed)).unwrap_err().code(), "SdkError::RoundSignature");
}

#[test]
fn the_guess_is_committed_before_the_answer_and_opened_after_it() {
    let mut session = session(4);
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Loading);
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    let asking = session.desk_view(VoteKind::Duel, NOW);
    assert_eq!((asking.phase, asking.guess), (Phase::Asking, None));
    let (commitment, text) = session.commitment(VoteKind::Duel).unwrap();
    assert_eq!(text, None);

    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    let (same, text) = session.commitment(VoteKind::Duel).unwrap();
    let text = text.unwrap();
    assert_eq!(same, commitment);
    assert_eq!(Digest(Sha256::digest(&text).into()), commitment);
    let answered = session.desk_view(VoteKind::Duel, NOW);
    assert_eq!((answered.phase, answered.outcome.as_deref()), (Phase::Answered, Some("left")));
    // Without a model the guess is an honest coin flip: it takes no side and does not count.
    let guess = answered.guess.unwrap();
    assert!(guess.undecided && guess.hit.is_none() && guess.probability == 500_000);
    assert_eq!(answered.tally.guessed, 0);
    assert!(text.contains("probability 500000\n"));
}

#[test]
fn an_answer_needs_a_question_and_an_open_window() {
    let mut session = session(4);
    assert_eq!(session.vote_duel(DuelOutcome::Tie, None, NOW).unwrap_err().code(), "SdkError::NoQuestion");
    assert_eq!(session.ask(VoteKind::Duel, OPENS - 1, &seed(1)).unwrap_err().code(), "SdkError::NotOpen");
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    assert_eq!(session.vote_duel(DuelOutcome::Tie, None, CLOSES).unwrap_err().code(), "SdkError::NotOpen");
    session.vote_duel(DuelOutcome::Tie, None, NOW).unwrap();
    assert_eq!(session.vote_duel(DuelOutcome::Tie, None, NOW).unwrap_err().code(), "SdkError::NoQuestion");
    for (now, phase) in [(OPENS - 1, Phase::Upcoming), (CLOSES, Phase::Answered)] {
        assert_eq!(session.desk_view(VoteKind::Duel, now).phase, phase);
    }
    assert_eq!(common::session(4).desk_view(VoteKind::Duel, CLOSES).phase, Phase::Closed);
}

#[test]
fn the_pair_shown_as_upcoming_is_the_next_question() {
    let mut session = session(8);
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    for turn in 2..20 {
        let upcoming = session.desk_view(VoteKind::Duel, NOW).upcoming.unwrap();
        session.vote_duel(DuelOutcome::Right, None, NOW).unwrap();
        session.next(None, NOW, &seed(turn)).unwrap();
        assert_eq!(session.desk_view(VoteKind::Duel, NOW).candidates.unwrap(), upcoming);
    }
}

#[test]
fn every_pair_and_every_candidate_is_asked_once_and_then_it_is_done() {
    let mut session = session(4);
    session.ask(VoteKind::Duel, NOW, &seed(0)).unwrap();
    session.ask(VoteKind::Approval, NOW, &seed(0)).unwrap();
    let (mut duels, mut approvals) = (0, 0);
    for turn in 1..20 {
        duels += u32::from(session.vote_duel(DuelOutcome::Neither, None, NOW).is_ok());
        approvals += u32::from(session.vote_approval(ApprovalOutcome::For, NOW).is_ok());
        session.next(None, NOW, &seed(turn)).unwrap();
    }
    assert_eq!((duels, approvals), (6, 4));
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Done);
    assert_eq!(session.desk_view(VoteKind::Approval, NOW).progress, (4, 4));
}

#[test]
fn undo_takes_the_vote_back_and_asks_again_without_counting_the_guess() {
    let mut session = advised(4, 3.0);
    session.pose(Question::Duel { left: id(0), right: id(1) }, NOW, &seed(1)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    assert_eq!((session.tally().hits, session.tally().guessed), (1, 1));
    let committed = session.commitment(VoteKind::Duel).unwrap().0;

    session.undo(None, NOW, &seed(2)).unwrap();
    let view = session.desk_view(VoteKind::Duel, NOW);
    assert_eq!((view.phase, view.tally.guessed, view.delivery.kept), (Phase::Asking, 0, 0));
    assert_ne!(session.commitment(VoteKind::Duel).unwrap().0, committed);
    assert_eq!(session.undo(None, NOW, &seed(3)).unwrap_err().code(), "SdkError::NothingToUndo");

    session.vote_duel(DuelOutcome::Right, None, NOW).unwrap();
    let view = session.desk_view(VoteKind::Duel, NOW);
    assert_eq!(view.guess.unwrap().hit, Some(false));
    assert_eq!((view.tally.guessed, view.delivery.kept), (0, 1));
}

#[test]
fn the_guess_on_a_question_that_was_answered_before_does_not_count() {
    let mut session = advised(4, 3.0);
    for (left, right, outcome) in [(0, 1, DuelOutcome::Left), (1, 0, DuelOutcome::Right)] {
        session.pose(Question::Duel { left: id(left), right: id(right) }, NOW, &seed(left as u64)).unwrap();
        session.vote_duel(outcome, None, NOW).unwrap();
        assert_eq!(session.desk_view(VoteKind::Duel, NOW).guess.unwrap().hit, Some(true));
        assert_eq!((session.tally().hits, session.tally().guessed), (1, 1));
    }
}

#[test]
fn undo_after_signing_replaces_the_vote_by_a_skip() {
    let mut session = session(4);
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
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
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    let broken = session.desk_view(VoteKind::Duel, NOW).candidates.unwrap()[0];
    session.broken(broken, NOW, &seed(2)).unwrap();
    let shown = session.desk_view(VoteKind::Duel, NOW).candidates.unwrap();
    assert!(!shown.contains(&broken) && session.cast() == 0);
    session.broken(shown[0], NOW, &seed(3)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Empty);
}

#[test]
fn a_text_is_shown_once_it_is_here_and_only_if_it_is_the_signed_one() {
    let mut session = Session::new(round(CandidateKind::Text, 2, 0), None, guest().address()).unwrap();
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Loading);
    assert_eq!(session.wanted_texts().len(), 2);
    assert_eq!(session.check_text(id(0), "another").unwrap_err().code(), "SdkError::ContentDigest");
    for index in 0..2 {
        session.check_text(id(index), &text(index)).unwrap();
    }
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Asking);
    assert!(session.wanted_texts().is_empty());
}

#[test]
fn a_text_that_never_comes_is_not_asked_for_without_end() {
    let mut session = Session::new(round(CandidateKind::Text, 3, 0), None, guest().address()).unwrap();
    let question = Question::Duel { left: id(0), right: id(1) };
    session.pose(question.clone(), NOW, &seed(1)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    session.check_text(id(0), &text(0)).unwrap();
    assert!(session.wanted_texts().contains(&id(1)));
    // The answer stays up; its second text is known not to come.
    session.broken(id(1), NOW, &seed(2)).unwrap();
    assert!(!session.wanted_texts().contains(&id(1)));
    // A page that asks about it all the same has it looked for again.
    session.pose(question, NOW, &seed(3)).unwrap();
    assert!(session.wanted_texts().contains(&id(1)));
}

/// This person likes the even ones.
fn even_ones(session: &mut Session) {
    for (left, right) in [(0, 1), (2, 3), (5, 4), (3, 0)] {
        session.pose(Question::Duel { left: id(left), right: id(right) }, NOW, &seed(left as u64)).unwrap();
        let outcome = if left % 2 == 0 { DuelOutcome::Left } else { DuelOutcome::Right };
        session.vote_duel(outcome, None, NOW).unwrap();
    }
}

fn cast(session: &Session) -> Vec<taste_core::Vote> {
    session.records().speaking().iter().map(|record| record.vote.clone()).collect()
}

#[test]
fn a_new_model_replays_the_votes_and_predictions_change_without_a_reload() {
    let mut session = session(6);
    let trained = model(6, 0.0);
    even_ones(&mut session);
    session.take_advice(Box::new(mind(&trained, 6)), &seed(9));
    assert_eq!(session.model(), Some(trained.digest));
    session.pose(Question::Duel { left: id(0), right: id(5) }, NOW, &seed(10)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    let guess = session.desk_view(VoteKind::Duel, NOW).guess.unwrap();
    assert!(guess.probability > 600_000 && guess.hit == Some(true), "{guess:?}");

    let mut mind = mind(&trained, 6);
    mind.learn(&cast(&session).iter().collect::<Vec<_>>());
    let ask = (Subject::Candidate(id(0)), Subject::Candidate(id(1)));
    let learned = mind.predict(&ask.0, &ask.1).unwrap();
    assert!(learned.probability > 600_000, "{learned:?}");
    // Content is the same subject as the candidate it is of, but for what content does not explain.
    let mut even = vec![0.0; 6];
    even[2] = 1.0;
    let (utility, of_it) = trained.model.evaluate(&even).unwrap();
    let brought = Subject::Content { utility, features: of_it };
    let brought = mind.predict(&brought, &ask.1).unwrap();
    assert!(brought.probability > 550_000, "{brought:?}");
    let foreign = Subject::Content { utility: 0.0, features: vec![0.0; 5] };
    assert_eq!(mind.predict(&foreign, &ask.1).unwrap_err().code(), "ModelError::FeatureCount");
    let stranger = Subject::Candidate(Digest([7; 32]));
    assert_eq!(mind.utility(&stranger).unwrap_err().code(), "SdkError::ForeignCandidate");
    let swapped = mind.predict(&ask.1, &ask.0).unwrap();
    assert!(learned.probability.abs_diff(1_000_000 - swapped.probability) <= 1);
    // The features of another round, and half a file, are refused.
    let ids: Vec<_> = (0..6).map(id).collect();
    let read = |features: &[u8], digest| Mind::new(features, digest, ids.clone(), false).unwrap_err().code();
    let (features, five) = (&trained.features, common::model(5, 0.0));
    assert_eq!(read(features, Digest([7; 32])), "SdkError::Features");
    assert_eq!(read(&five.features, five.digest), "SdkError::Features");
    assert_eq!(read(&features[..features.len() / 2], trained.digest), "ModelError::FeaturesLength");
}

#[test]
fn taste_is_the_same_bits_however_the_votes_arrived() {
    let trained = model(6, 0.5);
    let mut session = session(6);
    even_ones(&mut session);
    let votes = cast(&session);
    let at_once = {
        let mut mind = mind(&trained, 6);
        mind.learn(&votes.iter().collect::<Vec<_>>());
        mind
    };
    let mut one_by_one = mind(&trained, 6);
    for known in 0..=votes.len() {
        one_by_one.learn(&votes[..known].iter().collect::<Vec<_>>());
    }
    assert_eq!(one_by_one.taste(), at_once.taste());
    // One was taken back, and given again: as if it had never been gone.
    one_by_one.learn(&votes[1..].iter().collect::<Vec<_>>());
    assert_ne!(one_by_one.taste(), at_once.taste());
    one_by_one.learn(&votes.iter().collect::<Vec<_>>());
    assert_eq!(one_by_one.taste(), at_once.taste());
}

#[test]
fn what_is_up_when_taste_arrives_is_committed_to_anew_and_what_is_answered_is_not() {
    let mut session = session(6);
    even_ones(&mut session);
    session.ask(VoteKind::Approval, NOW, &seed(1)).unwrap();
    let (before, answered) =
        (session.commitment(VoteKind::Approval).unwrap(), session.commitment(VoteKind::Duel).unwrap());
    let shown = session.desk_view(VoteKind::Approval, NOW).candidates;
    let trained = model(6, 0.0);
    session.take_advice(Box::new(mind(&trained, 6)), &seed(2));
    assert_eq!(session.desk_view(VoteKind::Approval, NOW).candidates, shown);
    assert_ne!(session.commitment(VoteKind::Approval).unwrap(), before);
    assert_eq!(session.commitment(VoteKind::Duel).unwrap(), answered);
    session.vote_approval(ApprovalOutcome::For, NOW).unwrap();
    let text = session.commitment(VoteKind::Approval).unwrap().1.unwrap();
    assert!(text.contains(&format!("model {}", trained.digest)), "{text}");
    assert!(!text.contains("low 0\nhigh 1000000"), "{text}");
}

#[test]
fn what_is_forgotten_teaches_nothing_here_or_after_a_reload_and_the_votes_stand() {
    let mut session = advised(6, 0.0);
    even_ones(&mut session);
    let guess = |session: &mut Session, turn| {
        session.pose(Question::Duel { left: id(0), right: id(5) }, NOW, &seed(turn)).unwrap();
        session.vote_duel(DuelOutcome::Skip, None, NOW).unwrap();
        session.desk_view(VoteKind::Duel, NOW).guess.unwrap().probability
    };
    let learned = guess(&mut session, 20);
    session.forget_taste();
    let forgotten = guess(&mut session, 21);
    assert!(learned > 600_000 && forgotten.abs_diff(500_000) < 50_000, "{learned}, then {forgotten}");
    let mut again = advised(6, 0.0);
    again.merge(session.save(), NOW).unwrap();
    assert_eq!(guess(&mut again, 22), forgotten);
    assert_eq!(again.records().speaking().len(), 5);
}

/// Advice that makes no sense: a question of another round.
#[derive(Debug)]
struct Confused;

impl Advisor for Confused {
    fn model(&self) -> Digest {
        Digest([1; 32])
    }
    fn learn(&mut self, _: &[&taste_core::Vote]) {}
    fn plan(&self, _: &taste_sdk::Wish<'_>, _: &[u8; 32]) -> taste_sdk::Plan {
        let question = Question::Duel { left: Digest([1; 32]), right: Digest([2; 32]) };
        taste_sdk::Plan {
            next: Some(taste_sdk::Planned { question, propensity: Default::default() }),
            enough: false,
        }
    }
    fn forecast(&self, _: &Question) -> taste_sdk::Forecast {
        taste_sdk::Forecast::COIN
    }
}

#[test]
fn advice_that_makes_no_sense_is_not_taken() {
    let mut session = session(4);
    session.take_advice(Box::new(Confused), &seed(1));
    for kind in [VoteKind::Duel, VoteKind::Approval] {
        session.ask(kind, NOW, &seed(2)).unwrap();
        let view = session.desk_view(kind, NOW);
        assert_eq!(view.phase, Phase::Asking);
        assert!(view.candidates.unwrap().iter().all(|shown| (0..4).any(|at| id(at) == *shown)));
    }
}

#[test]
fn likings_put_a_person_and_the_crowd_on_one_scale() {
    let mut mind = mind(&model(6, 2.0), 6);
    let crowd = mind.likings().unwrap();
    assert_eq!(crowd.len(), 6);
    for liking in &crowd {
        assert!(
            (liking.mine - liking.crowd).abs() < 1e-12,
            "without votes a person is the crowd: {liking:?}"
        );
        assert!(liking.low <= liking.mine && liking.mine <= liking.high);
    }
    assert!(crowd[0].crowd > 0.6 && crowd[1].crowd < 0.5);
    let dislikes: Vec<_> =
        (1..6).map(|at| taste_core::Vote::duel(id(0), id(at), DuelOutcome::Right).unwrap()).collect();
    mind.learn(&dislikes.iter().collect::<Vec<_>>());
    let after = mind.likings().unwrap();
    assert!(after[0].mine < crowd[0].mine && after[0].crowd == crowd[0].crowd);
}

#[test]
fn stars_rankings_and_points_are_asked_answered_and_held_to_the_rules() {
    let mut session = session(7);
    for kind in [VoteKind::Stars, VoteKind::Ranking, VoteKind::Points] {
        session.ask(kind, NOW, &seed(1)).unwrap();
    }
    let shown = |session: &Session, kind| session.desk_view(kind, NOW).candidates.unwrap().len();
    assert_eq!(
        [VoteKind::Stars, VoteKind::Ranking, VoteKind::Points].map(|kind| shown(&session, kind)),
        [1, 4, 6]
    );
    for (kind, wrong, code) in [
        (VoteKind::Stars, "3/4", "BallotError::StarsScale"),
        (VoteKind::Stars, "3.5/5", "BallotError::StarsScale"),
        (VoteKind::Stars, "left", "CoreError::Word"),
        (VoteKind::Ranking, "1>2>3", "CoreError::Word"),
        (VoteKind::Points, "5,5,1,0,0,0", "BallotError::PointsBudget"),
    ] {
        let refused = session.vote(kind, wrong, None, vec![], NOW).unwrap_err();
        assert_eq!((refused.code(), session.desk_view(kind, NOW).phase), (code, Phase::Asking), "{wrong}");
    }
    let foreign = session.vote(VoteKind::Stars, "3/5", None, vec!["colour".into()], NOW).unwrap_err();
    assert_eq!(foreign.code(), "BallotError::ForeignReason");
    for (kind, outcome) in
        [(VoteKind::Stars, "3/5"), (VoteKind::Ranking, "3>1>2>4"), (VoteKind::Points, "5,0,3,0,0,2")]
    {
        session.vote(kind, outcome, Strength::new(80).ok(), vec![], NOW).unwrap();
        let view = session.desk_view(kind, NOW);
        assert_eq!((view.phase, view.outcome.as_deref()), (Phase::Answered, Some(outcome)));
    }
    assert_eq!(session.cast(), 3);
    sign(&mut session, &guest(), NOW).unwrap();
    assert_eq!(session.due(NOW).unwrap().ballot.votes.len(), 3);
}

#[test]
fn rankings_end_when_every_candidate_was_shown_often_enough() {
    let mut session = session(8);
    session.ask(VoteKind::Ranking, NOW, &seed(0)).unwrap();
    let mut asked = 0;
    while session.desk_view(VoteKind::Ranking, NOW).phase == Phase::Asking {
        session.vote(VoteKind::Ranking, "1>2>3>4", None, vec![], NOW).unwrap();
        asked += 1;
        session.next(Some(VoteKind::Ranking), NOW, &seed(asked)).unwrap();
        assert!(asked <= 20);
    }
    let view = session.desk_view(VoteKind::Ranking, NOW);
    assert_eq!((view.phase, view.enough, asked), (Phase::Done, true, 6));
    session.keep_going(NOW, &seed(99)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Ranking, NOW).phase, Phase::Asking);
}

#[test]
fn reasons_are_the_rounds_and_in_its_order_and_kinds_that_it_does_not_take_are_not_asked() {
    let mut signed = round(CandidateKind::Image, 4, 0);
    signed.round.rules.reasons = vec!["colour".into(), "form".into()];
    signed.round.rules.kinds = vec![VoteKind::Duel];
    let mut session = Session::new(signed, None, guest().address()).unwrap();
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    session.vote(VoteKind::Duel, "left", None, vec!["form".into(), "colour".into()], NOW).unwrap();
    assert_eq!(session.records().votes[0].vote.reasons, ["colour", "form"]);
    session.ask(VoteKind::Approval, NOW, &seed(1)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Approval, NOW).phase, Phase::Empty);
    let posed = session.pose(Question::Approval { candidate: id(1) }, NOW, &seed(1)).unwrap_err();
    assert_eq!(posed.code(), "BallotError::KindNotAllowed");
}

#[test]
fn an_earlier_vote_is_changed_by_asking_it_again() {
    let mut session = session(4);
    let question = Question::Stars { candidate: id(2) };
    for (turn, outcome) in ["2/5", "5/5"].into_iter().enumerate() {
        session.pose(question.clone(), NOW, &seed(turn as u64)).unwrap();
        session.vote(VoteKind::Stars, outcome, None, vec![], NOW).unwrap();
        sign(&mut session, &guest(), NOW);
        let own = session.own_votes();
        assert_eq!(
            (own.len(), own[0].vote.judgement.outcome().as_str(), own[0].standing),
            (1, outcome, "signed")
        );
    }
    assert_eq!(session.records().chosen(), [id(2)]);
}

#[test]
fn a_board_is_hidden_as_the_rules_say() {
    use taste_core::BoardRule::{Closed, Open, Voted};
    use taste_sdk::Hidden;
    for (rule, at_first, voted) in [
        (Open, None, None),
        (Voted, Some(Hidden::Voted), None),
        (Closed, Some(Hidden::Closed), Some(Hidden::Closed)),
    ] {
        let mut signed = round(CandidateKind::Image, 4, 0);
        signed.round.rules.board = rule;
        let mut session = Session::new(signed, None, guest().address()).unwrap();
        assert_eq!(session.board_hidden(NOW), at_first);
        session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
        session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
        assert_eq!((session.board_hidden(NOW), session.board_hidden(CLOSES)), (voted, None));
    }
}

#[test]
fn the_budget_of_the_round_ends_the_questions() {
    let mut session = Session::new(round(CandidateKind::Image, 6, 2), None, guest().address()).unwrap();
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    for turn in 0..2 {
        session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
        session.next(None, NOW, &seed(turn)).unwrap();
    }
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Done);
}

#[test]
fn a_skip_and_an_answer_given_anew_leave_the_budget_as_it_was() {
    let mut session = Session::new(round(CandidateKind::Image, 6, 2), None, guest().address()).unwrap();
    for (at, outcome) in [DuelOutcome::Left, DuelOutcome::Right, DuelOutcome::Tie].into_iter().enumerate() {
        session.pose(Question::Duel { left: id(0), right: id(1) }, NOW, &seed(at as u64)).unwrap();
        session.vote_duel(outcome, None, NOW).unwrap();
    }
    session.pose(Question::Duel { left: id(2), right: id(3) }, NOW, &seed(4)).unwrap();
    session.vote_duel(DuelOutcome::Skip, None, NOW).unwrap();
    session.next(Some(VoteKind::Duel), NOW, &seed(5)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Asking, "one of two is left");
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    session.next(Some(VoteKind::Duel), NOW, &seed(6)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Done);
}

#[test]
fn each_desk_goes_on_and_back_by_itself() {
    let mut session = session(6);
    session.ask(VoteKind::Duel, NOW, &seed(1)).unwrap();
    session.ask(VoteKind::Approval, NOW, &seed(2)).unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
    session.vote_approval(ApprovalOutcome::For, NOW).unwrap();
    let approved = session.desk_view(VoteKind::Approval, NOW).candidates.unwrap()[0];
    // The approval goes on; the duel's guess is still being looked at.
    session.next(Some(VoteKind::Approval), NOW, &seed(3)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Answered);
    assert_eq!(session.desk_view(VoteKind::Approval, NOW).phase, Phase::Asking);
    // The duel takes its own vote back, though the approval's came later.
    assert!(
        session.desk_view(VoteKind::Duel, NOW).can_undo
            && session.desk_view(VoteKind::Approval, NOW).can_undo
    );
    session.undo(Some(VoteKind::Duel), NOW, &seed(4)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Duel, NOW).phase, Phase::Asking);
    assert!(
        !session.desk_view(VoteKind::Duel, NOW).can_undo
            && session.desk_view(VoteKind::Approval, NOW).can_undo
    );
    assert_eq!(
        session.undo(Some(VoteKind::Duel), NOW, &seed(5)).unwrap_err().code(),
        "SdkError::NothingToUndo"
    );
    // Without a name it is the last vote of all.
    session.undo(None, NOW, &seed(6)).unwrap();
    assert_eq!(session.desk_view(VoteKind::Approval, NOW).candidates.unwrap()[0], approved);
}

#[test]
fn a_pair_is_asked_again_with_its_sides_changed_and_both_answers_are_signed() {
    let mut session = advised(12, 3.0);
    let (mut asked, mut probes) = (Vec::new(), 0);
    session.ask(VoteKind::Duel, NOW, &seed(0)).unwrap();
    session.keep_going(NOW, &seed(0)).unwrap();
    for turn in 1..=60 {
        let Some(shown) = session.desk_view(VoteKind::Duel, NOW).candidates else { break };
        let pair = [shown[0], shown[1]];
        assert!(!asked.contains(&pair), "nothing is asked again as it was");
        if let Some(before) = asked.iter().position(|earlier| *earlier == [pair[1], pair[0]]) {
            assert!(asked.len() - before > 12, "not while it is remembered: {before}, {}", asked.len());
            probes += 1;
        }
        asked.push(pair);
        session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
        sign(&mut session, &guest(), NOW).unwrap();
        session.next(None, NOW, &seed(turn)).unwrap();
    }
    assert!(probes > 0, "of sixty questions, every twentieth or so");
    // The later answer speaks, and the log has both.
    let ballots: Vec<_> =
        session.records().ballots.iter().flat_map(|ballot| &ballot.signed.ballot.votes).collect();
    assert_eq!((ballots.len(), asked.len()), (asked.len(), ballots.len()));
    assert!(ballots.iter().all(|vote| vote.propensity.billionths() > 0), "each was drawn");
    assert_eq!(session.cast(), asked.len(), "nothing is taken back");
}
