//! Questions, votes and plans as short lines: what a session and its adviser say to each other across two wasm modules.
//!
//! `duel 0x… 0x…` is a question, also inside of a commitment. A vote is `<strength> <outcome> <question>`, a plan
//! `<1 where enough is known, else 0> <propensity> <question>`, or its first word alone. No outcome has a space in it.

use alloc::{string::String, vec::Vec};
use taste_core::{
    CandidateId, Judgement, Propensity, Question, Strength, Vote, VoteKind, cut, decimal, whole,
};

use crate::advice::{Plan, Planned};

/// A question as a line.
pub fn question(question: &Question) -> String {
    let mut line = String::from(question.kind().as_str());
    for id in question.candidates() {
        line.push(' ');
        line.push_str(&id.to_hex());
    }
    line
}

/// The question that a line spells; none where it spells none.
pub fn read_question(line: &str) -> Option<Question> {
    let mut words = Some(line);
    let kind: VoteKind = cut(&mut words, b' ')?.parse().ok()?;
    let mut candidates: Vec<CandidateId> = Vec::new();
    while let Some(id) = cut(&mut words, b' ') {
        candidates.push(id.parse().ok()?);
    }
    Question::new(kind, candidates)
}

/// Votes, a line each: all of them that teaches.
pub fn votes(votes: &[&Vote]) -> String {
    let mut lines = String::new();
    for vote in votes {
        lines.push_str(&decimal(vote.strength.map_or(0, Strength::get).into()));
        lines.push(' ');
        lines.push_str(&vote.judgement.outcome());
        lines.push(' ');
        lines.push_str(&question(&vote.question()));
        lines.push('\n');
    }
    lines
}

/// The votes that these lines spell; none where one spells none.
pub fn read_votes(lines: &str) -> Option<Vec<Vote>> {
    lines.lines().map(read_vote).collect()
}

fn read_vote(line: &str) -> Option<Vote> {
    let (strength, rest) = line.split_once(' ')?;
    let (outcome, question) = rest.split_once(' ')?;
    let mut vote = Vote::from(Judgement::parse(read_question(question)?, outcome).ok()?);
    vote.strength = match strength.parse().ok()? {
        0 => None,
        said => Some(Strength::new(said).ok()?),
    };
    Some(vote)
}

/// A plan as a line.
pub fn plan(plan: &Plan) -> String {
    let mut line = String::from(if plan.enough { "1" } else { "0" });
    if let Some(planned) = &plan.next {
        line.push(' ');
        line.push_str(&decimal(planned.propensity.billionths().into()));
        line.push(' ');
        line.push_str(&question(&planned.question));
    }
    line
}

/// The plan that a line spells; none where it spells none.
pub fn read_plan(line: &str) -> Option<Plan> {
    let mut words = Some(line);
    let enough = match cut(&mut words, b' ')? {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    let Some(propensity) = cut(&mut words, b' ') else { return Some(Plan { next: None, enough }) };
    let propensity = Propensity::from_billionths(whole(propensity)?.try_into().ok()?).ok()?;
    Some(Plan { next: Some(Planned { question: read_question(words?)?, propensity }), enough })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec};
    use taste_core::{ApprovalOutcome, Digest, DuelOutcome, Stars};

    const A: Digest = Digest([1; 32]);
    const B: Digest = Digest([2; 32]);
    const C: Digest = Digest([3; 32]);

    fn cast() -> Vec<Vote> {
        let strong = Vote {
            strength: Some(Strength::new(80).unwrap()),
            ..Vote::duel(A, B, DuelOutcome::Tie).unwrap()
        };
        vec![
            strong,
            Vote::approval(C, ApprovalOutcome::Against),
            Vote::stars(A, Some(Stars::new(7, 5).unwrap())),
            Vote::stars(A, None),
            Vote::ranking(vec![A, B, C], Some(vec![2, 0, 1])).unwrap(),
            Vote::points(vec![A, B], Some(vec![5, 0])).unwrap(),
        ]
    }

    #[test]
    fn what_is_written_is_read_again() {
        let cast = cast();
        let lines = votes(&cast.iter().collect::<Vec<_>>());
        assert_eq!(read_votes(&lines), Some(cast.clone()));
        for vote in &cast {
            assert_eq!(read_question(&question(&vote.question())), Some(vote.question()));
            let propensity = Propensity::from_billionths(7).unwrap();
            for next in [None, Some(Planned { question: vote.question(), propensity })] {
                for enough in [false, true] {
                    let whole = Plan { next: next.clone(), enough };
                    assert_eq!(read_plan(&plan(&whole)), Some(whole));
                }
            }
        }
        assert_eq!(read_votes(""), Some(vec![]));
    }

    #[test]
    fn what_spells_nothing_is_nothing() {
        let a = A.to_string();
        for wrong in
            ["", "duel", &alloc::format!("duel {a}"), &alloc::format!("approval {a} {a}"), "stars 0x1"]
        {
            assert_eq!(read_question(wrong), None, "{wrong}");
        }
        for wrong in ["", "2", "0 ", "0 x approval", &alloc::format!("0 2000000000 approval {a}")] {
            assert_eq!(read_plan(wrong), None, "{wrong}");
        }
        assert_eq!(read_votes(&alloc::format!("101 for approval {a}\n")), None);
    }
}
