//! The way of the votes: signing, sending, refusals, receipts, reloads, and that nothing is lost or sent twice.

#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::*;
use taste_ballot::{Address, Scope, SessionGrant, SessionKey, SignedBallot, SignedGrant};
use taste_core::{CandidateKind, Digest, DuelOutcome, Question, RoundId, Strength, Vote};
use taste_sdk::{Identity, Refusal, Remedy, Session, Standing, remedy};

fn refusal(code: &str) -> Refusal<'_> {
    Refusal { code, number: None, retry_after: None }
}

fn vote(session: &mut Session, left: usize, right: usize) {
    session
        .pose(Question::Duel { left: id(left), right: id(right) }, NOW, &seed((left * 100 + right) as u64))
        .unwrap();
    session.vote_duel(DuelOutcome::Left, None, NOW).unwrap();
}

#[test]
fn kept_votes_go_under_one_signature_and_stay_pending_until_the_operator_signs() {
    let mut session = session(5);
    assert!(session.make_ballot(NOW).is_none());
    vote(&mut session, 0, 1);
    vote(&mut session, 2, 3);
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    let signed = session.due(NOW).unwrap().clone();
    assert_eq!((signed.ballot.digest(), signed.ballot.votes.len()), (ballot, 2));
    assert!(signed.verify(NOW).is_ok());
    assert_eq!(session.delivery(NOW).kept, 2);

    let forged =
        taste_ballot::Receipt { ballot, round: session.id(), index: 0, accepted_at: NOW }.sign(&wallet());
    assert_eq!(acknowledge(&mut session, forged.clone()).unwrap_err().code(), "BallotError::SignerMismatch");
    assert_eq!(session.delivery(NOW).kept, 2);
    session.trust_server(wallet().address());
    acknowledge(&mut session, forged).unwrap();
    acknowledge(&mut session, receipt(&signed, 0)).unwrap();
    assert_eq!(session.delivery(NOW).kept, 0);
    assert!(session.due(NOW).is_none());
    let stranger =
        taste_ballot::Receipt { ballot: Digest([4; 32]), round: session.id(), index: 0, accepted_at: NOW };
    let stranger = acknowledge(&mut session, stranger.sign(&operator()));
    assert_eq!(stranger.unwrap_err().code(), "SdkError::UnknownBallot");
}

#[test]
fn a_receipt_that_nobody_could_check_is_kept_and_checked_later() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    sign(&mut session, &guest(), NOW).unwrap();
    let signed = session.due(NOW).unwrap().clone();
    session.accept_receipt(receipt(&signed, 0), None).unwrap();
    let delivery = session.delivery(NOW);
    assert_eq!((delivery.kept, delivery.unchecked, session.due(NOW)), (0, 1, None));
    // After a reload it is still known which one nobody has checked.
    let mut again = common::session(5);
    again.merge(session.save(), NOW).unwrap();
    let waiting = again.unchecked()[0].clone();
    let forged = taste_ballot::Receipt { index: 7, ..waiting.receipt }.sign(&wallet());
    assert_eq!(acknowledge(&mut again, forged).unwrap_err().code(), "BallotError::SignerMismatch");
    assert_eq!(again.delivery(NOW).unchecked, 1);
    acknowledge(&mut again, waiting).unwrap();
    assert_eq!(again.delivery(NOW).unchecked, 0);
    // A copy that knows less takes nothing back.
    again.merge(session.save(), NOW).unwrap();
    assert_eq!(again.delivery(NOW).unchecked, 0);
}

#[test]
fn a_signature_over_a_changed_draft_is_refused() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let digest = session.make_ballot(NOW).unwrap().digest();
    session.undo(None, NOW, &seed(1)).unwrap();
    assert_eq!(session.seal(guest().sign_digest(&digest)).unwrap_err().code(), "SdkError::DraftStale");
    assert!(session.due(NOW).is_none());
}

#[test]
fn a_draft_whose_votes_another_tab_signed_meanwhile_is_refused() {
    let (mut one, mut two) = (session(5), session(5));
    vote(&mut one, 0, 1);
    two.merge(one.save(), NOW).unwrap();
    let digest = one.make_ballot(NOW).unwrap().digest();
    sign(&mut two, &guest(), NOW + 1).unwrap();
    one.merge(two.save(), NOW).unwrap();
    assert_eq!(one.seal(guest().sign_digest(&digest)).unwrap_err().code(), "SdkError::DraftStale");
    assert_eq!(one.export().len(), 1);
}

#[test]
fn each_refusal_has_its_remedy() {
    for (code, expected) in [
        ("ServerError::SequenceBehind", Remedy::SignAgain),
        ("ServerError::DeadlinePassed", Remedy::SignAgain),
        ("ServerError::ClockSkew", Remedy::SetClock),
        ("BallotError::TooManyVotes", Remedy::Smaller),
        ("ServerError::BudgetSpent", Remedy::Fewer),
        ("BallotError::GrantExpired", Remedy::NewGrant),
        ("ServerError::RoundClosed", Remedy::GiveUp),
        ("CoreError::Range", Remedy::GiveUp),
        ("ServerError::UnknownRound", Remedy::Wait),
        ("ServerError::Internal", Remedy::Wait),
        ("SomethingNew::Unheard", Remedy::Wait),
    ] {
        assert_eq!(remedy(code), expected, "{code}");
    }
}

#[test]
fn a_sequence_that_is_behind_is_signed_again_above_the_operators() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let first = sign(&mut session, &guest(), NOW).unwrap();
    let behind = Refusal { number: Some(NOW + 500), ..refusal("ServerError::SequenceBehind") };
    assert_eq!(session.refuse(first, &behind, NOW, &seed(1)).unwrap(), Remedy::SignAgain);
    assert_eq!(session.records().standings(), [Standing::Kept]);
    let second = sign(&mut session, &guest(), NOW).unwrap();
    assert_ne!(first, second);
    assert_eq!(session.due(NOW).unwrap().ballot.sequence, NOW + 501);
    // Only the second is exported: the votes are in it.
    assert_eq!(session.export().len(), 1);
    // Refused over and over, it waits longer each time instead of spinning.
    session.refuse(second, &behind, NOW, &seed(2)).unwrap();
    assert!(session.retry_at().is_some_and(|at| at > NOW));
}

#[test]
fn a_closed_round_makes_votes_undeliverable_and_says_so() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    session.refuse(ballot, &refusal("ServerError::RoundClosed"), NOW, &seed(1)).unwrap();
    let delivery = session.delivery(NOW);
    assert_eq!((delivery.kept, delivery.undeliverable), (0, 1));
    assert_eq!(delivery.trouble.as_deref(), Some("ServerError::RoundClosed"));
    assert_eq!(session.export().len(), 1);
    assert!(session.due(NOW).is_none() && session.make_ballot(NOW).is_none());
}

#[test]
fn a_budget_with_room_for_some_takes_those_and_the_rest_is_undeliverable() {
    let mut session = session(5);
    for (left, right) in [(0, 1), (1, 2), (2, 3)] {
        vote(&mut session, left, right);
    }
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    let two_left = Refusal { number: Some(2), ..refusal("ServerError::BudgetSpent") };
    assert_eq!(session.refuse(ballot, &two_left, NOW, &seed(1)).unwrap(), Remedy::Fewer);
    sign(&mut session, &guest(), NOW).unwrap();
    let signed = session.due(NOW).unwrap().clone();
    assert_eq!(signed.ballot.votes.len(), 2);
    acknowledge(&mut session, receipt(&signed, 0)).unwrap();
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    let none_left = Refusal { number: Some(0), ..refusal("ServerError::BudgetSpent") };
    assert_eq!(session.refuse(ballot, &none_left, NOW, &seed(1)).unwrap(), Remedy::GiveUp);
    assert_eq!(session.delivery(NOW).undeliverable, 1);
}

#[test]
fn a_clock_that_is_ahead_is_set_by_the_operators() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let ballot = sign(&mut session, &guest(), NOW + 5000).unwrap();
    assert_eq!(
        session.refuse(ballot, &refusal("ServerError::ClockSkew"), NOW, &seed(1)).unwrap(),
        Remedy::SetClock
    );
    session.set_clock(NOW + 5000, NOW);
    sign(&mut session, &guest(), NOW + 5001).unwrap();
    assert_eq!(session.due(NOW + 5001).unwrap().ballot.issued_at, NOW + 1);
}

#[test]
fn a_clock_that_is_slow_is_set_too_and_a_ballot_that_is_late_is_only_signed_again() {
    let late = refusal("ServerError::DeadlinePassed");
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    // Ten days by the operator's clock, none by this device's: a new signature would be as late.
    assert_eq!(session.refuse(ballot, &late, NOW, &seed(1)).unwrap(), Remedy::SetClock);
    session.set_clock(NOW, NOW + 10 * 86_400);
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    let deadline = session.due(NOW).unwrap().ballot.deadline;
    assert!(deadline > NOW + 10 * 86_400);
    assert_eq!(
        session.refuse(ballot, &late, deadline + 1 - 10 * 86_400, &seed(2)).unwrap(),
        Remedy::SignAgain
    );
}

#[test]
fn failures_wait_longer_each_time_and_coming_back_online_tries_at_once() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    sign(&mut session, &guest(), NOW).unwrap();
    let waits: Vec<u32> = (0..12).map(|n| session.postpone(NOW, "Client::Network", None, &seed(n))).collect();
    assert!((1..=2).contains(&waits[0]) && (150..=300).contains(&waits[11]), "{waits:?}");
    assert!(session.due(NOW).is_none() && session.delivery(NOW).retry_in == Some(waits[11]));
    assert_eq!(session.postpone(NOW, "Client::Busy", Some(900), &seed(0)), 900);
    session.set_offline(true);
    session.set_offline(false);
    assert!(session.due(NOW).is_some());
}

fn grant(voter: &SessionKey, session: &SessionKey, round: RoundId) -> SignedGrant {
    let grant = SessionGrant {
        voter: voter.address(),
        session: session.address(),
        scope: Scope::Round(round),
        origin: "https://example.org".into(),
        not_before: NOW - 10,
        not_after: NOW + 1000,
    };
    let digest = grant.digest();
    SignedGrant { grant, signature: voter.sign_digest(&digest), acceptance: session.sign_digest(&digest) }
}

#[test]
fn queued_guest_votes_go_on_under_the_grant_and_a_bad_grant_keeps_them() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let grant = grant(&wallet(), &guest(), session.id());
    let who = Identity { voter: wallet().address(), signer: guest().address(), grant: Some(grant) };
    session.identify(who.clone());
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    let signed: &SignedBallot = session.due(NOW).unwrap();
    assert_eq!(signed.verify(NOW).unwrap().voter, wallet().address());

    let remedy = session.refuse(ballot, &refusal("BallotError::GrantExpired"), NOW, &seed(1)).unwrap();
    assert_eq!(remedy, Remedy::NewGrant);
    assert!(session.make_ballot(NOW).is_none(), "nothing is signed under a grant that was refused");
    assert_eq!(session.delivery(NOW).kept, 1);
    session.identify(Identity::guest(guest().address()));
    assert_eq!(session.make_ballot(NOW).unwrap().voter, guest().address());
}

#[test]
fn a_grant_that_ends_while_the_page_is_open_keeps_the_votes_and_says_why() {
    let mut session = session(5);
    let grant = grant(&wallet(), &guest(), session.id());
    let end = grant.grant.not_after;
    session.identify(Identity { voter: wallet().address(), signer: guest().address(), grant: Some(grant) });
    vote(&mut session, 0, 1);
    assert!(session.make_ballot(end).is_some());
    assert!(session.make_ballot(end + 1).is_none());
    let delivery = session.delivery(end + 1);
    assert_eq!((delivery.kept, delivery.trouble.as_deref()), (1, Some("BallotError::GrantExpired")));
    session.identify(Identity::guest(guest().address()));
    assert_eq!(session.make_ballot(end + 1).unwrap().voter, guest().address());
}

#[test]
fn what_another_key_signed_cannot_be_taken_back_what_nobody_signed_can() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    sign(&mut session, &guest(), NOW).unwrap();
    vote(&mut session, 1, 2);
    session.identify(Identity::guest(wallet().address()));
    session.undo(None, NOW, &seed(1)).unwrap();
    assert_eq!(session.records().standings(), [Standing::Signed, Standing::Withdrawn]);
    // A skip by the new key would be another voter's.
    assert_eq!(session.undo(None, NOW, &seed(2)).unwrap_err().code(), "SdkError::NothingToUndo");
}

#[test]
fn a_vote_that_could_not_be_delivered_can_be_taken_back() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let ballot = sign(&mut session, &guest(), NOW).unwrap();
    session.refuse(ballot, &refusal("ServerError::BudgetSpent"), NOW, &seed(1)).unwrap();
    assert_eq!(session.records().chosen(), [id(0)]);
    session.undo(None, NOW, &seed(2)).unwrap();
    // It is in a signed ballot, which somebody may still import: a skip follows it.
    assert_eq!(session.records().chosen(), []);
    assert_eq!(session.records().standings(), [Standing::Undeliverable, Standing::Kept]);
}

#[test]
fn a_saved_session_of_another_round_or_version_is_refused_and_nothing_changes() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    let mut other = Session::new(round(CandidateKind::Image, 6, 0), None, guest().address()).unwrap();
    assert_eq!(other.merge(session.save(), NOW).unwrap_err().code(), "SdkError::Saved");
    let json = serde_json::to_string(&session.save()).unwrap();
    let newer = json.replace("tastemaker.session/2", "tastemaker.session/9");
    let error = session.merge(serde_json::from_str(&newer).unwrap(), NOW).unwrap_err();
    assert_eq!(error.code(), "SdkError::Saved");
    assert_eq!(serde_json::to_string(&session.save()).unwrap(), json);
}

#[test]
fn a_vote_taken_back_in_one_tab_while_another_signed_it_is_replaced_by_one_skip() {
    let (mut one, mut two) = (session(5), session(5));
    vote(&mut one, 0, 1);
    two.merge(one.save(), NOW).unwrap();
    one.undo(None, NOW, &seed(1)).unwrap();
    sign(&mut two, &guest(), NOW).unwrap();
    one.merge(two.save(), NOW).unwrap();
    two.merge(one.save(), NOW).unwrap();
    one.merge(two.save(), NOW).unwrap();
    for tab in [&one, &two] {
        assert_eq!(tab.records().standings(), [Standing::Signed, Standing::Kept]);
    }
}

#[test]
fn a_later_answer_that_was_taken_back_too_does_not_stand_for_the_skip() {
    let (mut one, mut two) = (session(5), session(5));
    vote(&mut one, 0, 1);
    two.merge(one.save(), NOW).unwrap();
    one.undo(None, NOW, &seed(11)).unwrap();
    one.vote_duel(DuelOutcome::Right, None, NOW).unwrap();
    one.undo(None, NOW, &seed(12)).unwrap();
    sign(&mut two, &guest(), NOW).unwrap();
    one.merge(two.save(), NOW).unwrap();
    assert_eq!(one.records().standings(), [Standing::Signed, Standing::Withdrawn, Standing::Kept]);
}

#[test]
fn tabs_that_each_wrote_the_skip_agree_on_its_place_and_on_what_is_said_after_it() {
    let (mut one, mut two) = (session(5), session(5));
    vote(&mut one, 0, 1);
    let cast = one.save();
    one.undo(None, NOW, &seed(1)).unwrap();
    let taken_back = one.save();
    two.merge(cast, NOW).unwrap();
    sign(&mut two, &guest(), NOW).unwrap();
    let signed = two.save();

    let (mut early, mut late) = (session(5), session(5));
    early.merge(signed.clone(), NOW).unwrap();
    early.merge(taken_back.clone(), NOW).unwrap();
    vote(&mut early, 1, 0);
    late.merge(signed, NOW).unwrap();
    vote(&mut late, 2, 3);
    vote(&mut late, 3, 4);
    late.merge(taken_back, NOW).unwrap();
    late.merge(early.save(), NOW).unwrap();
    early.merge(late.save(), NOW).unwrap();
    assert_eq!(early.records(), late.records());
    // What was said after the skip was seen still stands.
    assert!(late.records().chosen().contains(&id(1)));
    let standing = |tab: &Session| tab.records().standings().iter().filter(|s| **s == Standing::Kept).count();
    assert_eq!((standing(&early), standing(&late)), (3, 3));
}

/// An operator: a log, and the checks that need memory.
#[derive(Default)]
struct Operator {
    log: Vec<SignedBallot>,
    last: BTreeMap<Address, u64>,
}

enum Answer {
    Receipt(Box<taste_ballot::SignedReceipt>),
    Refusal(&'static str, Option<u64>),
}

impl Operator {
    fn submit(&mut self, signed: &SignedBallot, now: u64) -> Answer {
        let id = signed.ballot.digest();
        if let Some(index) = self.log.iter().position(|known| known.ballot.digest() == id) {
            return Answer::Receipt(Box::new(receipt(signed, index as u64)));
        }
        let verified = signed.verify(now).expect("a session sends what verifies");
        let last = self.last.entry(verified.signer).or_insert(0);
        if signed.ballot.sequence <= *last {
            return Answer::Refusal("ServerError::SequenceBehind", Some(*last));
        }
        if signed.ballot.deadline < now {
            return Answer::Refusal("ServerError::DeadlinePassed", None);
        }
        *last = signed.ballot.sequence;
        self.log.push(signed.clone());
        Answer::Receipt(Box::new(receipt(signed, self.log.len() as u64 - 1)))
    }
}

/// Random histories of two tabs over one store: votes, second thoughts on earlier questions, undo, signing (under the
/// lock), sending with lost requests, lost receipts, refusals, crashes at any point, long absences. In the end every vote
/// that stands is in the log exactly once, every vote taken back before it was signed is not in it, and the log's last word
/// on each question is the person's.
#[test]
fn no_vote_is_lost_or_sent_twice_whatever_happens() {
    const CANDIDATES: usize = 24;
    for history in 0..40u64 {
        let mut chance = Chance(history * 7919 + 1);
        let mut operator = Operator::default();
        let mut stored = session(CANDIDATES).save();
        let mut tabs = [session(CANDIDATES), session(CANDIDATES)];
        // Each vote has a strength of its own, by which it is known.
        let mut pairs = (0..CANDIDATES).flat_map(|a| (a + 1..CANDIDATES).map(move |b| (a, b)));
        let (mut posed, mut strengths) =
            (Vec::new(), (1..=100).map(|strength| Strength::new(strength).unwrap()));
        let mut now = NOW;
        let persist = |tab: &mut Session, stored: &mut taste_sdk::Saved, now| {
            tab.merge(stored.clone(), now).unwrap();
            *stored = tab.save();
        };
        for _ in 0..120 {
            let tab = &mut tabs[chance.below(2) as usize];
            now += chance.below(4);
            match chance.below(12) {
                0..=4 => {
                    let (left, right) = match chance.below(3) {
                        0 if !posed.is_empty() => posed[chance.below(posed.len() as u64) as usize],
                        _ => pairs.next().unwrap(),
                    };
                    posed.push((right, left));
                    let question = Question::Duel { left: id(left), right: id(right) };
                    tab.pose(question, now, &chance.seed()).unwrap();
                    tab.vote_duel(DuelOutcome::Left, strengths.next(), now).unwrap();
                    persist(tab, &mut stored, now);
                }
                5 => {
                    if tab.undo(None, now, &chance.seed()).is_ok() {
                        persist(tab, &mut stored, now);
                    }
                }
                6 => now += chance.below(20 * 24 * 3600),
                7 => {
                    *tab = {
                        let mut fresh = session(CANDIDATES);
                        fresh.merge(stored.clone(), now).unwrap();
                        fresh
                    }
                }
                _ => {
                    // One flush under the lock, as client.ts does it.
                    persist(tab, &mut stored, now);
                    tab.hurry();
                    for _ in 0..6 {
                        if tab.due(now).is_none() {
                            if sign(tab, &guest(), now).is_none() {
                                break;
                            }
                            persist(tab, &mut stored, now);
                        }
                        let Some(signed) = tab.due(now).cloned() else { break };
                        let fate = chance.below(6);
                        if fate == 0 {
                            tab.postpone(now, "Client::Network", None, &chance.seed());
                            break;
                        }
                        let answer = operator.submit(&signed, now);
                        if fate == 1 {
                            // The answer is lost; half of the time the tab dies with it.
                            if chance.below(2) == 0 {
                                *tab = session(CANDIDATES);
                                tab.merge(stored.clone(), now).unwrap();
                            }
                            break;
                        }
                        match answer {
                            Answer::Receipt(receipt) => acknowledge(tab, *receipt).unwrap(),
                            Answer::Refusal(code, number) => {
                                let refusal = Refusal { code, number, retry_after: None };
                                tab.refuse(signed.ballot.digest(), &refusal, now, &chance.seed()).unwrap();
                            }
                        }
                        persist(tab, &mut stored, now);
                    }
                }
            }
        }
        // Both tabs close; one comes back and sends what is left.
        for tab in &mut tabs {
            persist(tab, &mut stored, now);
        }
        let tab = &mut tabs[0];
        tab.merge(stored.clone(), now).unwrap();
        for _ in 0..400 {
            tab.hurry();
            if tab.due(now).is_none() && sign(tab, &guest(), now).is_none() {
                break;
            }
            let signed = tab.due(now).unwrap().clone();
            match operator.submit(&signed, now) {
                Answer::Receipt(receipt) => acknowledge(tab, *receipt).unwrap(),
                Answer::Refusal(code, number) => {
                    let refusal = Refusal { code, number, retry_after: None };
                    tab.refuse(signed.ballot.digest(), &refusal, now, &chance.seed()).unwrap();
                }
            }
        }
        let mut logged: BTreeMap<_, u32> = BTreeMap::new();
        // Skips that stand for votes taken back have no strength, and look alike.
        let known = |vote: &&Vote| vote.strength.is_some();
        for vote in operator.log.iter().flat_map(|signed| &signed.ballot.votes).filter(known) {
            *logged.entry(format!("{vote:?}")).or_default() += 1;
        }
        assert!(logged.values().all(|count| *count == 1), "history {history}: a vote is in the log twice");
        let standings = tab.records().standings();
        for (record, standing) in tab.records().votes.iter().zip(&standings) {
            let in_log = logged.contains_key(&format!("{:?}", record.vote));
            match standing {
                Standing::Delivered | Standing::Withdrawn | Standing::Replaced if !known(&&record.vote) => {}
                Standing::Delivered => {
                    assert!(in_log, "history {history}: a delivered vote is not in the log")
                }
                Standing::Withdrawn | Standing::Replaced => {
                    assert!(!in_log, "history {history}: a vote taken back is in the log")
                }
                other => panic!("history {history}: a vote is still {other:?}"),
            }
        }
        // And what the person finally said on each question is the last that the log says on it.
        for record in tab.records().speaking() {
            let key = record.vote.question().key();
            let last = operator.log.iter().flat_map(|s| &s.ballot.votes).rfind(|v| v.question().key() == key);
            assert_eq!(last, Some(&record.vote), "history {history}");
        }
        assert!(operator.log.len() > 5, "history {history} tests too little");
    }
}

#[test]
fn what_the_device_cannot_store_is_told_apart_from_what_did_not_arrive() {
    let mut session = session(5);
    vote(&mut session, 0, 1);
    session.set_storage_trouble(Some("Client::Storage".into()));
    let told = |session: &Session| {
        let delivery = session.delivery(NOW);
        (delivery.trouble, delivery.storage)
    };
    assert_eq!(told(&session), (None, Some("Client::Storage".into())));
    session.postpone(NOW, "Client::Network", None, &seed(1));
    assert_eq!(told(&session), (Some("Client::Network".into()), Some("Client::Storage".into())));
    session.set_storage_trouble(None);
    assert_eq!(told(&session), (Some("Client::Network".into()), None));
}
