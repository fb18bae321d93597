//! One judgement, and what ranking and learning eat of it.

use alloc::{
    string::{String, ToString},
    vec,
    vec::Vec,
};
use serde::{Deserialize, Serialize};

use crate::{
    digest::CandidateId,
    error::{CoreError, shortened},
};

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Question {
    /// This or that, in the order shown.
    Duel {
        /// Shown left (or on top).
        left: CandidateId,
        /// Shown right (or below).
        right: CandidateId,
    },
    /// For or against one candidate.
    Approval {
        /// The candidate.
        candidate: CandidateId,
    },
}

impl Question {
    /// The same question whichever side things were shown on: a later vote on it replaces the earlier one.
    pub fn key(&self) -> (&'static str, CandidateId, CandidateId) {
        match *self {
            Self::Duel { left, right } => ("duel", left.min(right), left.max(right)),
            Self::Approval { candidate } => ("approval", candidate, candidate),
        }
    }
}

/// How a duel ended. Tie, neither and skip are three different things: as good, both bad, no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DuelOutcome {
    /// The left one is preferred.
    Left,
    /// The right one is preferred.
    Right,
    /// Equally good.
    Tie,
    /// Both are bad.
    Neither,
    /// No answer; recorded because what people skip says something about the question.
    Skip,
}

/// How an approval ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalOutcome {
    /// Liked.
    For,
    /// Not liked.
    Against,
    /// No answer.
    Skip,
}

/// A question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Judgement {
    /// This or that.
    Duel {
        /// Shown left.
        left: CandidateId,
        /// Shown right; never the same as `left`.
        right: CandidateId,
        /// The answer.
        outcome: DuelOutcome,
    },
    /// For or against.
    Approval {
        /// The candidate.
        candidate: CandidateId,
        /// The answer.
        outcome: ApprovalOutcome,
    },
}

/// How strongly it was meant, 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Strength(u8);

impl Strength {
    /// # Errors
    /// [`CoreError::Range`] outside of 1 to 100.
    pub fn new(strength: u8) -> Result<Self, CoreError> {
        match strength {
            1..=100 => Ok(Self(strength)),
            _ => Err(CoreError::Range { what: "strength", found: strength.into(), low: 1, high: 100 }),
        }
    }

    /// 1 to 100.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// The probability with which this question was chosen, in billionths; 0 = not known.
///
/// Needed to undo the bias of choosing questions that teach most. Billionths, since a pair drawn evenly among a thousand
/// candidates is a matter of two millionths already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Propensity(u32);

impl Propensity {
    /// A probability of one.
    const CERTAIN: u32 = 1_000_000_000;

    /// # Errors
    /// [`CoreError::Range`] above a billion.
    pub fn from_billionths(billionths: u32) -> Result<Self, CoreError> {
        match billionths {
            0..=Self::CERTAIN => Ok(Self(billionths)),
            _ => Err(CoreError::Range {
                what: "propensity",
                found: billionths.into(),
                low: 0,
                high: Self::CERTAIN.into(),
            }),
        }
    }

    /// 0 (not known) to 1,000,000,000.
    pub fn billionths(self) -> u32 {
        self.0
    }
}

/// One judgement with how it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "VoteWire", into = "VoteWire")]
pub struct Vote {
    /// Question and answer.
    pub judgement: Judgement,
    /// How strongly, where the voter said so.
    pub strength: Option<Strength>,
    /// How likely the question was.
    pub propensity: Propensity,
}

impl Vote {
    /// A duel's vote.
    ///
    /// # Errors
    /// [`CoreError::SameCandidate`] when both sides are one.
    pub fn duel(left: CandidateId, right: CandidateId, outcome: DuelOutcome) -> Result<Self, CoreError> {
        if left == right {
            return Err(CoreError::SameCandidate);
        }
        Ok(Self::plain(Judgement::Duel { left, right, outcome }))
    }

    /// An approval's vote.
    pub fn approval(candidate: CandidateId, outcome: ApprovalOutcome) -> Self {
        Self::plain(Judgement::Approval { candidate, outcome })
    }

    fn plain(judgement: Judgement) -> Self {
        Self { judgement, strength: None, propensity: Propensity::default() }
    }

    /// What was asked.
    pub fn question(&self) -> Question {
        match self.judgement {
            Judgement::Duel { left, right, .. } => Question::Duel { left, right },
            Judgement::Approval { candidate, .. } => Question::Approval { candidate },
        }
    }

    /// The candidates in the order shown.
    pub fn candidates(&self) -> Vec<CandidateId> {
        match self.judgement {
            Judgement::Duel { left, right, .. } => vec![left, right],
            Judgement::Approval { candidate, .. } => vec![candidate],
        }
    }

    /// Winner and loser where the vote names them, a tie as half a win each; none for neither, skips and
    /// approvals (those speak of one candidate, not of two).
    pub fn comparisons(&self) -> Vec<Comparison> {
        match self.judgement {
            Judgement::Duel { left, right, outcome } => match outcome {
                DuelOutcome::Left => vec![Comparison { winner: left, loser: right, weight: 1.0 }],
                DuelOutcome::Right => vec![Comparison { winner: right, loser: left, weight: 1.0 }],
                DuelOutcome::Tie => vec![
                    Comparison { winner: left, loser: right, weight: 0.5 },
                    Comparison { winner: right, loser: left, weight: 0.5 },
                ],
                DuelOutcome::Neither | DuelOutcome::Skip => vec![],
            },
            Judgement::Approval { .. } => vec![],
        }
    }
}

/// What a vote says of two candidates: always winner, then loser.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The preferred one.
    pub winner: CandidateId,
    /// The other.
    pub loser: CandidateId,
    /// How much it counts; 1 for a plain win.
    pub weight: f64,
}

/// A vote as JSON and EIP-712 write it: flat, readable in a wallet's dialog, with room for kinds to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoteWire {
    /// `duel` or `approval`.
    pub kind: String,
    /// In the order shown: left, right.
    pub candidates: Vec<CandidateId>,
    /// `left`, `right`, `tie`, `neither`, `skip`; or `for`, `against`, `skip`.
    pub outcome: String,
    /// 1 to 100; 0 = not said.
    pub strength: u8,
    /// Billionths; 0 = not known.
    pub propensity: u32,
}

impl From<Vote> for VoteWire {
    fn from(vote: Vote) -> Self {
        let (kind, outcome) = match vote.judgement {
            Judgement::Duel { outcome, .. } => (
                "duel",
                match outcome {
                    DuelOutcome::Left => "left",
                    DuelOutcome::Right => "right",
                    DuelOutcome::Tie => "tie",
                    DuelOutcome::Neither => "neither",
                    DuelOutcome::Skip => "skip",
                },
            ),
            Judgement::Approval { outcome, .. } => (
                "approval",
                match outcome {
                    ApprovalOutcome::For => "for",
                    ApprovalOutcome::Against => "against",
                    ApprovalOutcome::Skip => "skip",
                },
            ),
        };
        Self {
            kind: kind.to_string(),
            candidates: vote.candidates(),
            outcome: outcome.to_string(),
            strength: vote.strength.map_or(0, Strength::get),
            propensity: vote.propensity.billionths(),
        }
    }
}

impl TryFrom<VoteWire> for Vote {
    type Error = CoreError;

    fn try_from(wire: VoteWire) -> Result<Self, CoreError> {
        let count = |kind, expected: usize| {
            if wire.candidates.len() == expected {
                Ok(())
            } else {
                Err(CoreError::CandidateCount { kind, expected, found: wire.candidates.len() })
            }
        };
        let outcome =
            |expected| CoreError::Word { what: "outcome", found: shortened(&wire.outcome), expected };
        let mut vote = match wire.kind.as_str() {
            "duel" => {
                count("duel", 2)?;
                let outcome = match wire.outcome.as_str() {
                    "left" => DuelOutcome::Left,
                    "right" => DuelOutcome::Right,
                    "tie" => DuelOutcome::Tie,
                    "neither" => DuelOutcome::Neither,
                    "skip" => DuelOutcome::Skip,
                    _ => return Err(outcome("left, right, tie, neither, skip")),
                };
                Self::duel(wire.candidates[0], wire.candidates[1], outcome)?
            }
            "approval" => {
                count("approval", 1)?;
                let outcome = match wire.outcome.as_str() {
                    "for" => ApprovalOutcome::For,
                    "against" => ApprovalOutcome::Against,
                    "skip" => ApprovalOutcome::Skip,
                    _ => return Err(outcome("for, against, skip")),
                };
                Self::approval(wire.candidates[0], outcome)
            }
            _ => {
                return Err(CoreError::Word {
                    what: "vote kind",
                    found: shortened(&wire.kind),
                    expected: "duel, approval",
                });
            }
        };
        if wire.strength != 0 {
            vote.strength = Some(Strength::new(wire.strength)?);
        }
        vote.propensity = Propensity::from_billionths(wire.propensity)?;
        Ok(vote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    const A: CandidateId = Digest([1; 32]);
    const B: CandidateId = Digest([2; 32]);

    fn wire(
        kind: &str,
        candidates: &[CandidateId],
        outcome: &str,
        strength: u8,
        propensity: u32,
    ) -> VoteWire {
        VoteWire {
            kind: kind.into(),
            candidates: candidates.into(),
            outcome: outcome.into(),
            strength,
            propensity,
        }
    }

    #[test]
    fn every_outcome_survives_the_wire() {
        for (kind, candidates, outcomes) in [
            ("duel", &[A, B][..], &["left", "right", "tie", "neither", "skip"][..]),
            ("approval", &[A], &["for", "against", "skip"]),
        ] {
            for outcome in outcomes {
                let sent = wire(kind, candidates, outcome, 7, 250_000);
                assert_eq!(VoteWire::from(Vote::try_from(sent.clone()).unwrap()), sent);
            }
        }
    }

    #[test]
    fn each_malformed_vote_is_named() {
        for (bad, code) in [
            (wire("poll", &[A], "for", 0, 0), "CoreError::Word"),
            (wire("duel", &[A, B], "for", 0, 0), "CoreError::Word"),
            (wire("duel", &[A], "left", 0, 0), "CoreError::CandidateCount"),
            (wire("duel", &[A, A], "left", 0, 0), "CoreError::SameCandidate"),
            (wire("approval", &[A, B], "for", 0, 0), "CoreError::CandidateCount"),
            (wire("approval", &[A], "for", 101, 0), "CoreError::Range"),
            (wire("approval", &[A], "for", 0, 1_000_000_001), "CoreError::Range"),
        ] {
            assert_eq!(Vote::try_from(bad).unwrap_err().code(), code);
        }
    }

    #[test]
    fn a_question_is_the_same_from_either_side() {
        assert_eq!(Question::Duel { left: A, right: B }.key(), Question::Duel { left: B, right: A }.key());
        assert_ne!(Question::Duel { left: A, right: B }.key(), Question::Approval { candidate: A }.key());
    }

    #[test]
    fn a_tie_is_half_a_win_each_and_a_skip_is_nothing() {
        let weight =
            |outcome| Vote::duel(A, B, outcome).unwrap().comparisons().iter().map(|c| c.weight).sum::<f64>();
        assert_eq!(weight(DuelOutcome::Left), 1.0);
        assert_eq!(weight(DuelOutcome::Tie), 1.0);
        assert_eq!(weight(DuelOutcome::Skip), 0.0);
    }
}
