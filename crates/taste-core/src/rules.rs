//! What a round lets its voters do.

use alloc::{string::String, vec::Vec};
use core::str::FromStr;
use serde::{Deserialize, Serialize};

use crate::{error::CoreError, question::VoteKind, text::shortened};

/// Most tags of a round.
pub const MAX_REASONS: usize = 16;
/// Longest tag, in bytes of UTF-8.
pub const MAX_REASON: usize = 40;
/// Most stars of a scale; the fewest are two.
pub const MAX_STARS: u8 = 10;
/// Most candidates that a ranking puts in order; the fewest are two.
pub const MAX_RANKING: u8 = 12;
/// Largest budget of one points vote.
pub const MAX_POINTS: u32 = 1_000;

/// What points cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PointsCost {
    /// As many as they are: the sum stays within the budget.
    #[default]
    Linear,
    /// Their square: saying one thing loudly costs more than saying several. The sum of squares stays within the budget.
    Quadratic,
}

impl PointsCost {
    /// The word used in JSON and in what is signed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Quadratic => "quadratic",
        }
    }

    /// What these points cost together.
    pub fn of(self, points: &[u16]) -> u32 {
        let cost = |&points: &u16| match self {
            Self::Linear => u32::from(points),
            Self::Quadratic => u32::from(points) * u32::from(points),
        };
        points.iter().map(cost).fold(0, u32::saturating_add)
    }
}

/// Who sees the board, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BoardRule {
    /// Everybody, always.
    #[default]
    Open,
    /// A widget shows it to a person who has voted; the server gives it to anybody.
    Voted,
    /// Nobody until the round has closed. The log stays public: who wants to can count it.
    Closed,
}

impl BoardRule {
    /// The word used in JSON and in what is signed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Voted => "voted",
            Self::Closed => "closed",
        }
    }
}

impl FromStr for BoardRule {
    type Err = CoreError;

    fn from_str(word: &str) -> Result<Self, CoreError> {
        const KNOWN: [BoardRule; 3] = [BoardRule::Open, BoardRule::Voted, BoardRule::Closed];
        KNOWN.iter().copied().find(|rule| rule.as_str() == word).ok_or_else(|| CoreError::Word {
            what: "board rule",
            found: shortened(word),
            expected: "open, voted, closed",
        })
    }
}

/// The rules of a round, part of its signed manifest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    /// Which kinds of votes are accepted; empty = all.
    pub kinds: Vec<VoteKind>,
    /// How many stars a candidate can get, 2 to [`MAX_STARS`].
    pub stars: u8,
    /// Whether half stars are given.
    pub halves: bool,
    /// The budget of one points vote, 1 to [`MAX_POINTS`].
    pub points: u32,
    /// What points cost.
    pub cost: PointsCost,
    /// How many candidates a ranking puts in order, 2 to [`MAX_RANKING`]; all of them, where the round has fewer.
    pub ranking: u8,
    /// The tags that a vote may carry, at most [`MAX_REASONS`] of 1 to [`MAX_REASON`] bytes; empty = none.
    pub reasons: Vec<String>,
    /// Who sees the board, and when.
    pub board: BoardRule,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            kinds: Vec::new(),
            stars: 5,
            halves: false,
            points: 10,
            cost: PointsCost::default(),
            ranking: 4,
            reasons: Vec::new(),
            board: BoardRule::default(),
        }
    }
}

impl Rules {
    /// Whether votes of this kind are accepted.
    pub fn allows(&self, kind: VoteKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// Checks the limits that the types alone do not hold.
    ///
    /// # Errors
    /// [`CoreError::Range`], [`CoreError::TooMany`], [`CoreError::Twice`].
    pub fn checked(&self) -> Result<&Self, CoreError> {
        let range = |what, found: u64, low: u64, high: u64| match (low..=high).contains(&found) {
            true => Ok(()),
            false => Err(CoreError::Range { what, found, low, high }),
        };
        range("rules.stars", self.stars.into(), 2, MAX_STARS.into())?;
        range("rules.points", self.points.into(), 1, MAX_POINTS.into())?;
        range("rules.ranking", self.ranking.into(), 2, MAX_RANKING.into())?;
        if self.reasons.len() > MAX_REASONS {
            let found = self.reasons.len();
            return Err(CoreError::TooMany { what: "reasons", found, limit: MAX_REASONS });
        }
        for reason in &self.reasons {
            range("the bytes of a reason", reason.len() as u64, 1, MAX_REASON as u64)?;
        }
        no_twice("kind", &self.kinds)?;
        no_twice("reason", &self.reasons)?;
        Ok(self)
    }
}

/// Refuses a short list in which something is named twice.
pub(crate) fn no_twice<T: PartialEq>(what: &'static str, list: &[T]) -> Result<(), CoreError> {
    match list.iter().enumerate().any(|(at, item)| list[..at].contains(item)) {
        true => Err(CoreError::Twice { what }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn each_limit_has_its_code() {
        assert!(Rules::default().checked().is_ok());
        type Change = fn(&mut Rules);
        let table: [(Change, &str); 13] = [
            (|r| r.stars = 1, "CoreError::Range"),
            (|r| r.stars = 11, "CoreError::Range"),
            (|r| r.points = 0, "CoreError::Range"),
            (|r| r.points = 1_001, "CoreError::Range"),
            (|r| r.points = u32::MAX, "CoreError::Range"),
            (|r| r.ranking = 1, "CoreError::Range"),
            (|r| r.ranking = 13, "CoreError::Range"),
            (|r| r.reasons = vec!["".into()], "CoreError::Range"),
            (|r| r.reasons = vec!["é".repeat(20), "é".repeat(21)], "CoreError::Range"),
            (|r| r.reasons = vec!["colour".into(); 17], "CoreError::TooMany"),
            (|r| r.reasons = vec!["colour".into(), "form".into(), "colour".into()], "CoreError::Twice"),
            (|r| r.kinds = vec![VoteKind::Duel, VoteKind::Duel], "CoreError::Twice"),
            (|r| r.kinds = vec![VoteKind::Duel; 1_000], "CoreError::Twice"),
        ];
        for (change, code) in table {
            let mut rules = Rules::default();
            change(&mut rules);
            assert_eq!(rules.checked().unwrap_err().code(), code, "{rules:?}");
        }
    }

    #[test]
    fn no_kinds_are_all_kinds() {
        let only = Rules { kinds: vec![VoteKind::Stars], ..Rules::default() };
        for kind in VoteKind::ALL {
            assert!(Rules::default().allows(kind));
            assert_eq!(only.allows(kind), kind == VoteKind::Stars);
        }
    }

    #[test]
    fn points_cost_what_they_are_or_their_square() {
        assert_eq!(PointsCost::Linear.of(&[5, 0, 3]), 8);
        assert_eq!(PointsCost::Quadratic.of(&[5, 0, 3]), 34);
        assert_eq!(PointsCost::Quadratic.of(&[u16::MAX; 24]), u32::MAX, "never less than it is");
    }
}
