//! A question with its answer.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    digest::CandidateId,
    error::CoreError,
    question::Question,
    rules::{MAX_POINTS, MAX_RANKING, MAX_STARS},
    text::{cut, decimal, shortened, whole},
};

/// Most candidates that a points vote shares its budget over; the fewest are two.
pub const MAX_POINTS_CANDIDATES: usize = 24;

/// The word for no answer, of every kind of vote.
pub(crate) const SKIP: &str = "skip";

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

impl DuelOutcome {
    const ALL: [Self; 5] = [Self::Left, Self::Right, Self::Tie, Self::Neither, Self::Skip];

    /// The word used in JSON and in what is signed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::Neither => "neither",
            Self::Skip => SKIP,
        }
    }
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

impl ApprovalOutcome {
    const ALL: [Self; 3] = [Self::For, Self::Against, Self::Skip];

    /// The word used in JSON and in what is signed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Skip => SKIP,
        }
    }
}

/// Some stars of a scale, in half steps: `3.5/5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stars {
    half_steps: u8,
    of: u8,
}

impl Stars {
    const EXPECTED: &'static str = "stars of 2 to 10, in half steps (4/5, 3.5/5), or skip";

    /// So many half stars of so many whole ones.
    ///
    /// # Errors
    /// [`CoreError::Range`]: a scale has 2 to [`MAX_STARS`], and of them at least a half and at most all are given.
    pub fn new(half_steps: u8, of: u8) -> Result<Self, CoreError> {
        if !(2..=MAX_STARS).contains(&of) {
            let (found, high) = (of.into(), MAX_STARS.into());
            return Err(CoreError::Range { what: "the scale of stars", found, low: 2, high });
        }
        if !(1..=2 * of).contains(&half_steps) {
            let (found, high) = (half_steps.into(), (2 * of).into());
            return Err(CoreError::Range { what: "half stars", found, low: 1, high });
        }
        Ok(Self { half_steps, of })
    }

    /// How many half stars.
    pub fn half_steps(self) -> u8 {
        self.half_steps
    }

    /// How many stars there were to give.
    pub fn of(self) -> u8 {
        self.of
    }

    /// How many stars.
    pub fn value(self) -> f64 {
        f64::from(self.half_steps) / 2.0
    }

    /// Where on the scale, from 0 (the least that could be given: a half where `halves` are, else one) to 1 (all).
    pub fn response(self, halves: bool) -> f64 {
        let least = if halves { 0.5 } else { 1.0 };
        ((self.value() - least) / (f64::from(self.of) - least)).clamp(0.0, 1.0)
    }

    fn parse(outcome: &str) -> Option<Self> {
        let mut of = Some(outcome);
        let value = cut(&mut of, b'/')?;
        let (whole, half) = match value.strip_suffix(".5") {
            Some(whole) => (whole, 1),
            None => (value, 0),
        };
        // At most 10 of each, so that nothing overflows below.
        let whole = small(whole, MAX_STARS.into())? as u8;
        Self::new(2 * whole + half, small(of?, MAX_STARS.into())? as u8).ok()
    }
}

/// A few candidates put in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ranking {
    candidates: Vec<CandidateId>,
    order: Option<Vec<u8>>,
}

impl Ranking {
    const EXPECTED: &'static str = "the places of the candidates shown, best first (3>1>2), or skip";

    /// The candidates as shown, and their positions (from 0) best first; none = skipped.
    ///
    /// # Errors
    /// [`CoreError::CandidateCount`], [`CoreError::SameCandidate`], [`CoreError::Word`] where the order does not name each once.
    pub fn new(candidates: Vec<CandidateId>, order: Option<Vec<u8>>) -> Result<Self, CoreError> {
        several("ranking", "2 to 12", MAX_RANKING.into(), &candidates)?;
        if let Some(order) = &order {
            let mut seen = 0u16;
            for &at in order.iter().take(MAX_RANKING.into()) {
                seen |= 1u16.checked_shl(at.into()).unwrap_or(0);
            }
            if order.len() != candidates.len() || seen != (1u16 << candidates.len()) - 1 {
                return Err(unreadable("an order", Self::EXPECTED));
            }
        }
        Ok(Self { candidates, order })
    }

    /// In the order shown.
    pub fn candidates(&self) -> &[CandidateId] {
        &self.candidates
    }

    /// Positions among the shown ones (from 0), best first; none = skipped.
    pub fn order(&self) -> Option<&[u8]> {
        self.order.as_deref()
    }

    /// The candidates, best first; nothing where it was skipped.
    pub fn best_first(&self) -> impl Iterator<Item = CandidateId> + '_ {
        self.order.iter().flatten().map(|&at| self.candidates[usize::from(at)])
    }

    fn parse(outcome: &str, candidates: Vec<CandidateId>) -> Result<Self, CoreError> {
        let places = numbers(outcome, b'>', MAX_RANKING.into(), MAX_RANKING.into());
        let places = places.filter(|places| !places.contains(&0));
        let places = places.ok_or_else(|| unreadable(outcome, Self::EXPECTED))?;
        let order = places.into_iter().map(|place| place as u8 - 1).collect();
        Self::new(candidates, Some(order)).map_err(|error| said(error, outcome))
    }
}

/// A budget of points shared over a few candidates.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Points {
    candidates: Vec<CandidateId>,
    given: Option<Vec<u16>>,
}

impl Points {
    const EXPECTED: &'static str = "points for each candidate shown (5,0,3), or skip";

    /// The candidates as shown, and the points of each; none = skipped. Whether the budget suffices, the round's rules say.
    ///
    /// # Errors
    /// [`CoreError::CandidateCount`], [`CoreError::SameCandidate`], [`CoreError::Word`] where there are not as many numbers as
    /// candidates, [`CoreError::Range`] for more than [`MAX_POINTS`].
    pub fn new(candidates: Vec<CandidateId>, given: Option<Vec<u16>>) -> Result<Self, CoreError> {
        several("points", "2 to 24", MAX_POINTS_CANDIDATES, &candidates)?;
        if let Some(given) = &given {
            if given.len() != candidates.len() {
                return Err(unreadable("another number of them", Self::EXPECTED));
            }
            if let Some(&points) = given.iter().find(|&&points| u32::from(points) > MAX_POINTS) {
                let (found, high) = (points.into(), MAX_POINTS.into());
                return Err(CoreError::Range { what: "points", found, low: 0, high });
            }
        }
        Ok(Self { candidates, given })
    }

    /// In the order shown.
    pub fn candidates(&self) -> &[CandidateId] {
        &self.candidates
    }

    /// The points of each, in the order shown; none = skipped.
    pub fn given(&self) -> Option<&[u16]> {
        self.given.as_deref()
    }

    fn parse(outcome: &str, candidates: Vec<CandidateId>) -> Result<Self, CoreError> {
        let given = numbers(outcome, b',', MAX_POINTS_CANDIDATES, MAX_POINTS);
        let given = given.ok_or_else(|| unreadable(outcome, Self::EXPECTED))?;
        Self::new(candidates, Some(given)).map_err(|error| said(error, outcome))
    }
}

/// A number up to this one, in its one spelling.
fn small(digits: &str, most: u32) -> Option<u32> {
    Some(whole(digits).filter(|number| *number <= most.into())? as u32)
}

/// The numbers between the separators, each as [`small`] reads it; none where there are more than so many.
fn numbers(outcome: &str, separator: u8, most: usize, largest: u32) -> Option<Vec<u16>> {
    let (mut numbers, mut left) = (Vec::new(), Some(outcome));
    while let Some(digits) = cut(&mut left, separator) {
        if numbers.len() == most {
            return None;
        }
        numbers.push(small(digits, largest)? as u16);
    }
    Some(numbers)
}

/// The same error, with the words that were said in the place of what they were found to be.
fn said(error: CoreError, outcome: &str) -> CoreError {
    match error {
        CoreError::Word { expected, .. } => unreadable(outcome, expected),
        other => other,
    }
}

/// Refuses too few and too many candidates before it looks at any of them, and the same one shown twice.
fn several(
    kind: &'static str,
    expected: &'static str,
    most: usize,
    candidates: &[CandidateId],
) -> Result<(), CoreError> {
    let found = candidates.len();
    if !(2..=most).contains(&found) {
        return Err(CoreError::CandidateCount { kind, expected, found });
    }
    match candidates.iter().enumerate().any(|(at, id)| candidates[..at].contains(id)) {
        true => Err(CoreError::SameCandidate),
        false => Ok(()),
    }
}

fn unreadable(outcome: &str, expected: &'static str) -> CoreError {
    CoreError::Word { what: "outcome", found: shortened(outcome), expected }
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Stars for one candidate.
    Stars {
        /// The candidate.
        candidate: CandidateId,
        /// How many; none = skipped.
        stars: Option<Stars>,
    },
    /// Candidates put in order.
    Ranking(Ranking),
    /// Points for each of a few candidates.
    Points(Points),
}

impl Judgement {
    /// The answer that these words give to this question.
    ///
    /// # Errors
    /// [`CoreError::Word`] where they are none; [`CoreError::CandidateCount`], [`CoreError::SameCandidate`] and
    /// [`CoreError::Range`] where the question could not be asked or a number is out of range.
    pub fn parse(question: Question, outcome: &str) -> Result<Self, CoreError> {
        let wrong = |expected| unreadable(outcome, expected);
        let skipped = outcome == SKIP;
        Ok(match question {
            Question::Duel { left, right } => {
                if left == right {
                    return Err(CoreError::SameCandidate);
                }
                let outcome = DuelOutcome::ALL.iter().copied().find(|one| one.as_str() == outcome);
                let outcome = outcome.ok_or_else(|| wrong("left, right, tie, neither, skip"))?;
                Self::Duel { left, right, outcome }
            }
            Question::Approval { candidate } => {
                let outcome = ApprovalOutcome::ALL.iter().copied().find(|one| one.as_str() == outcome);
                Self::Approval { candidate, outcome: outcome.ok_or_else(|| wrong("for, against, skip"))? }
            }
            Question::Stars { candidate } => {
                let stars = match skipped {
                    true => None,
                    false => Some(Stars::parse(outcome).ok_or_else(|| wrong(Stars::EXPECTED))?),
                };
                Self::Stars { candidate, stars }
            }
            Question::Ranking { candidates } => Self::Ranking(match skipped {
                true => Ranking::new(candidates, None)?,
                false => Ranking::parse(outcome, candidates)?,
            }),
            Question::Points { candidates } => Self::Points(match skipped {
                true => Points::new(candidates, None)?,
                false => Points::parse(outcome, candidates)?,
            }),
        })
    }

    /// What was asked.
    pub fn question(&self) -> Question {
        match self {
            Self::Duel { left, right, .. } => Question::Duel { left: *left, right: *right },
            Self::Approval { candidate, .. } => Question::Approval { candidate: *candidate },
            Self::Stars { candidate, .. } => Question::Stars { candidate: *candidate },
            Self::Ranking(ranking) => Question::Ranking { candidates: ranking.candidates.clone() },
            Self::Points(points) => Question::Points { candidates: points.candidates.clone() },
        }
    }

    /// The same question without an answer.
    pub fn skipped(&self) -> Self {
        match self {
            Self::Duel { left, right, .. } => {
                Self::Duel { left: *left, right: *right, outcome: DuelOutcome::Skip }
            }
            Self::Approval { candidate, .. } => {
                Self::Approval { candidate: *candidate, outcome: ApprovalOutcome::Skip }
            }
            Self::Stars { candidate, .. } => Self::Stars { candidate: *candidate, stars: None },
            Self::Ranking(ranking) => Self::Ranking(Ranking { order: None, ..ranking.clone() }),
            Self::Points(points) => Self::Points(Points { given: None, ..points.clone() }),
        }
    }

    /// The answer in its one spelling.
    pub fn outcome(&self) -> String {
        let joined = |numbers: &mut dyn Iterator<Item = u16>, separator: char| {
            let mut text = String::new();
            for number in numbers {
                if !text.is_empty() {
                    text.push(separator);
                }
                text.push_str(&decimal(number.into()));
            }
            text
        };
        match self {
            Self::Duel { outcome, .. } => outcome.as_str().into(),
            Self::Approval { outcome, .. } => outcome.as_str().into(),
            Self::Stars { stars: Some(stars), .. } => {
                let half = if stars.half_steps % 2 == 1 { ".5" } else { "" };
                [&decimal((stars.half_steps / 2).into()), half, "/", &decimal(stars.of.into())].concat()
            }
            Self::Ranking(Ranking { order: Some(order), .. }) => {
                joined(&mut order.iter().map(|&at| u16::from(at) + 1), '>')
            }
            Self::Points(Points { given: Some(given), .. }) => joined(&mut given.iter().copied(), ','),
            Self::Stars { stars: None, .. } | Self::Ranking(_) | Self::Points(_) => SKIP.into(),
        }
    }
}
