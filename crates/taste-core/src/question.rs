//! What is asked, and which questions are the same.

use alloc::vec::Vec;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

use crate::{digest::CandidateId, error::CoreError, text::shortened};

/// The kinds of votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VoteKind {
    /// This or that.
    Duel,
    /// For or against one candidate.
    Approval,
    /// Stars for one candidate.
    Stars,
    /// A few candidates put in order.
    Ranking,
    /// A budget of points shared over a few candidates.
    Points,
}

impl VoteKind {
    /// Every kind, in the order in which the documentation lists them.
    pub const ALL: [Self; 5] = [Self::Duel, Self::Approval, Self::Stars, Self::Ranking, Self::Points];

    /// The word used in JSON and in what is signed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Duel => "duel",
            Self::Approval => "approval",
            Self::Stars => "stars",
            Self::Ranking => "ranking",
            Self::Points => "points",
        }
    }
}

impl fmt::Display for VoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for VoteKind {
    type Err = CoreError;

    fn from_str(word: &str) -> Result<Self, CoreError> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word).ok_or_else(|| CoreError::Word {
            what: "vote kind",
            found: shortened(word),
            expected: "duel, approval, stars, ranking, points",
        })
    }
}

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// How many stars for one candidate.
    Stars {
        /// The candidate.
        candidate: CandidateId,
    },
    /// In which order.
    Ranking {
        /// In the order shown.
        candidates: Vec<CandidateId>,
    },
    /// How many points for each.
    Points {
        /// In the order shown.
        candidates: Vec<CandidateId>,
    },
}

/// A question whichever way its candidates were laid out: a later vote with the same key replaces the earlier one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionKey {
    kind: VoteKind,
    /// Lowest id first.
    candidates: Vec<CandidateId>,
}

impl Question {
    /// A question of a kind about these, in the order shown. None where a kind is about another number of candidates.
    pub fn new(kind: VoteKind, candidates: Vec<CandidateId>) -> Option<Self> {
        Some(match (kind, &candidates[..]) {
            (VoteKind::Duel, [left, right]) => Self::Duel { left: *left, right: *right },
            (VoteKind::Approval, [candidate]) => Self::Approval { candidate: *candidate },
            (VoteKind::Stars, [candidate]) => Self::Stars { candidate: *candidate },
            (VoteKind::Ranking, [_, _, ..]) => Self::Ranking { candidates },
            (VoteKind::Points, [_, _, ..]) => Self::Points { candidates },
            _ => return None,
        })
    }

    /// Of which kind.
    pub fn kind(&self) -> VoteKind {
        match self {
            Self::Duel { .. } => VoteKind::Duel,
            Self::Approval { .. } => VoteKind::Approval,
            Self::Stars { .. } => VoteKind::Stars,
            Self::Ranking { .. } => VoteKind::Ranking,
            Self::Points { .. } => VoteKind::Points,
        }
    }

    /// The candidates in the order shown.
    pub fn candidates(&self) -> Vec<CandidateId> {
        match self {
            Self::Duel { left, right } => Vec::from([*left, *right]),
            Self::Approval { candidate } | Self::Stars { candidate } => Vec::from([*candidate]),
            Self::Ranking { candidates } | Self::Points { candidates } => candidates.clone(),
        }
    }

    /// The same for the same question, whichever side things were shown on.
    pub fn key(&self) -> QuestionKey {
        let mut candidates = self.candidates();
        in_order(&mut candidates);
        QuestionKey { kind: self.kind(), candidates }
    }
}

/// Sorts a few things, by insertion: for them the standard library's sort is no quicker, and thrice as large in a page's wasm.
pub fn in_order<T: Ord>(few: &mut [T]) {
    for end in 1..few.len() {
        let mut at = end;
        while at > 0 && few[at] < few[at - 1] {
            few.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use alloc::vec;

    const A: CandidateId = Digest([1; 32]);
    const B: CandidateId = Digest([2; 32]);

    #[test]
    fn a_few_are_put_in_order() {
        for few in [vec![], vec![1], vec![2, 1], vec![3, 1, 2, 1, 0], (0..24).rev().collect()] {
            let (mut ours, mut theirs) = (few.clone(), few);
            in_order(&mut ours);
            theirs.sort_unstable();
            assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn a_question_is_the_same_from_either_side_and_of_one_kind() {
        assert_eq!(Question::Duel { left: A, right: B }.key(), Question::Duel { left: B, right: A }.key());
        assert_eq!(
            Question::Ranking { candidates: vec![A, B] }.key(),
            Question::Ranking { candidates: vec![B, A] }.key()
        );
        let keys = [
            Question::Duel { left: A, right: B },
            Question::Ranking { candidates: vec![A, B] },
            Question::Points { candidates: vec![A, B] },
            Question::Approval { candidate: A },
            Question::Stars { candidate: A },
            Question::Stars { candidate: B },
        ]
        .map(|question| question.key());
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].contains(key), "{key:?}");
        }
    }

    #[test]
    fn every_kind_has_one_word() {
        for kind in VoteKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for wrong in ["", "Duel", "duel ", "poll", "stаrs"] {
            assert_eq!(wrong.parse::<VoteKind>().unwrap_err().code(), "CoreError::Word", "{wrong:?}");
        }
    }
}
