//! One judgement with how it came about, and what ranking and learning eat of it.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

use crate::{
    digest::CandidateId,
    error::CoreError,
    judgement::{ApprovalOutcome, DuelOutcome, Judgement, MAX_POINTS_CANDIDATES, Points, Ranking, Stars},
    question::{Question, VoteKind},
    rules::{MAX_REASON, MAX_REASONS, no_twice},
};

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
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "VoteWire", into = "VoteWire")]
pub struct Vote {
    /// Question and answer.
    pub judgement: Judgement,
    /// How strongly, where the voter said so.
    pub strength: Option<Strength>,
    /// How likely the question was.
    pub propensity: Propensity,
    /// Which of the round's tags say why, in the round's order; usually none.
    pub reasons: Vec<String>,
}

impl From<Judgement> for Vote {
    fn from(judgement: Judgement) -> Self {
        Self { judgement, strength: None, propensity: Propensity::default(), reasons: Vec::new() }
    }
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
        Ok(Judgement::Duel { left, right, outcome }.into())
    }

    /// An approval's vote.
    pub fn approval(candidate: CandidateId, outcome: ApprovalOutcome) -> Self {
        Judgement::Approval { candidate, outcome }.into()
    }

    /// A vote of stars; none = skipped.
    pub fn stars(candidate: CandidateId, stars: Option<Stars>) -> Self {
        Judgement::Stars { candidate, stars }.into()
    }

    /// A ranking's vote: what was shown, and the positions (from 0) best first; none = skipped.
    ///
    /// # Errors
    /// What [`Ranking::new`] says.
    pub fn ranking(candidates: Vec<CandidateId>, order: Option<Vec<u8>>) -> Result<Self, CoreError> {
        Ok(Judgement::Ranking(Ranking::new(candidates, order)?).into())
    }

    /// A vote of points: what was shown, and the points of each; none = skipped.
    ///
    /// # Errors
    /// What [`Points::new`] says.
    pub fn points(candidates: Vec<CandidateId>, given: Option<Vec<u16>>) -> Result<Self, CoreError> {
        Ok(Judgement::Points(Points::new(candidates, given)?).into())
    }

    /// What was asked.
    pub fn question(&self) -> Question {
        self.judgement.question()
    }

    /// Whether it answers nothing, and takes an earlier answer back.
    pub fn is_skip(&self) -> bool {
        match &self.judgement {
            Judgement::Duel { outcome, .. } => *outcome == DuelOutcome::Skip,
            Judgement::Approval { outcome, .. } => *outcome == ApprovalOutcome::Skip,
            Judgement::Stars { stars, .. } => stars.is_none(),
            Judgement::Ranking(ranking) => ranking.order().is_none(),
            Judgement::Points(points) => points.given().is_none(),
        }
    }

    /// Of which kind.
    pub fn kind(&self) -> VoteKind {
        match self.judgement {
            Judgement::Duel { .. } => VoteKind::Duel,
            Judgement::Approval { .. } => VoteKind::Approval,
            Judgement::Stars { .. } => VoteKind::Stars,
            Judgement::Ranking(_) => VoteKind::Ranking,
            Judgement::Points(_) => VoteKind::Points,
        }
    }

    /// The candidates in the order shown.
    pub fn candidates(&self) -> Vec<CandidateId> {
        self.question().candidates()
    }

    /// What this vote alone says of two candidates. None for neither, skips, approvals and stars: those speak of one
    /// candidate, and only beside what the same person said of another one do they compare.
    ///
    /// A tie is half a win each. A ranking of k gives every pair in it, each at 2/k, so that all together weigh k − 1: what
    /// the k − 1 duels of neighbours would, from which the rest follows. (Full rank-breaking of the Plackett–Luce
    /// model; its pairs hang together, so at a weight of one they would claim more than the person said.) Points
    /// give every pair of which one got more, at the same 2/k: how many more is left out, as it says how the person uses points.
    pub fn comparisons(&self) -> Vec<Comparison> {
        let of = |winner, loser, weight| Comparison { winner, loser, weight };
        match &self.judgement {
            &Judgement::Duel { left, right, outcome } => match outcome {
                DuelOutcome::Left => Vec::from([of(left, right, 1.0)]),
                DuelOutcome::Right => Vec::from([of(right, left, 1.0)]),
                DuelOutcome::Tie => Vec::from([of(left, right, 0.5), of(right, left, 0.5)]),
                DuelOutcome::Neither | DuelOutcome::Skip => Vec::new(),
            },
            Judgement::Approval { .. } | Judgement::Stars { .. } => Vec::new(),
            Judgement::Ranking(ranking) => {
                let best_first: Vec<CandidateId> = ranking.best_first().collect();
                let weight = 2.0 / best_first.len() as f64;
                let pairs = best_first
                    .iter()
                    .enumerate()
                    .flat_map(|(at, &winner)| best_first[at + 1..].iter().map(move |&loser| (winner, loser)));
                pairs.map(|(winner, loser)| of(winner, loser, weight)).collect()
            }
            Judgement::Points(points) => {
                let given: Vec<(CandidateId, u16)> = points
                    .candidates()
                    .iter()
                    .copied()
                    .zip(points.given().into_iter().flatten().copied())
                    .collect();
                let weight = 2.0 / given.len() as f64;
                let pairs = given
                    .iter()
                    .enumerate()
                    .flat_map(|(at, &one)| given[at + 1..].iter().map(move |&other| (one, other)));
                pairs
                    .filter(|((_, one), (_, other))| one != other)
                    .map(
                        |((a, one), (b, other))| {
                            if one > other { of(a, b, weight) } else { of(b, a, weight) }
                        },
                    )
                    .collect()
            }
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

/// A vote as JSON and EIP-712 write it: flat, and readable in a wallet's dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoteWire {
    /// `duel`, `approval`, `stars`, `ranking` or `points`.
    pub kind: String,
    /// In the order shown: left, right.
    pub candidates: Vec<CandidateId>,
    /// Of a duel `left`, `right`, `tie`, `neither`; of an approval `for`, `against`; of stars `3.5/5`; of a ranking the
    /// places shown, best first, `3>1>2`; of points those of each, `5,0,3`; of any kind `skip`.
    pub outcome: String,
    /// 1 to 100; 0 = not said.
    pub strength: u8,
    /// Billionths; 0 = not known.
    pub propensity: u32,
    /// Tags of the round that say why.
    pub reasons: Vec<String>,
}

impl From<&Vote> for VoteWire {
    fn from(vote: &Vote) -> Self {
        Self {
            kind: vote.kind().as_str().to_string(),
            candidates: vote.candidates(),
            outcome: vote.judgement.outcome(),
            strength: vote.strength.map_or(0, Strength::get),
            propensity: vote.propensity.billionths(),
            reasons: vote.reasons.clone(),
        }
    }
}

impl From<Vote> for VoteWire {
    fn from(vote: Vote) -> Self {
        Self::from(&vote)
    }
}

impl TryFrom<VoteWire> for Vote {
    type Error = CoreError;

    fn try_from(wire: VoteWire) -> Result<Self, CoreError> {
        let VoteWire { kind, candidates, outcome, strength, propensity, reasons } = wire;
        let kind: VoteKind = kind.parse()?;
        let (fewest, most, expected) = match kind {
            VoteKind::Duel => (2, 2, "2"),
            VoteKind::Approval | VoteKind::Stars => (1, 1, "1"),
            VoteKind::Ranking => (2, 12, "2 to 12"),
            VoteKind::Points => (2, MAX_POINTS_CANDIDATES, "2 to 24"),
        };
        let found = candidates.len();
        if !(fewest..=most).contains(&found) {
            return Err(CoreError::CandidateCount { kind: kind.as_str(), expected, found });
        }
        let question = Question::new(kind, candidates).expect("as many as were counted");
        let mut vote = Self::from(Judgement::parse(question, &outcome)?);
        if strength != 0 {
            vote.strength = Some(Strength::new(strength)?);
        }
        vote.propensity = Propensity::from_billionths(propensity)?;
        if reasons.len() > MAX_REASONS {
            return Err(CoreError::TooMany { what: "reasons", found: reasons.len(), limit: MAX_REASONS });
        }
        if let Some(long) = reasons.iter().find(|reason| reason.len() > MAX_REASON) {
            return Err(CoreError::TooLong { what: "reason", found: long.len(), limit: MAX_REASON });
        }
        no_twice("reason", &reasons)?;
        vote.reasons = reasons;
        Ok(vote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use alloc::{format, vec};

    const A: CandidateId = Digest([1; 32]);
    const B: CandidateId = Digest([2; 32]);
    const C: CandidateId = Digest([3; 32]);

    fn wire(kind: &str, candidates: &[CandidateId], outcome: &str) -> VoteWire {
        VoteWire {
            kind: kind.into(),
            candidates: candidates.into(),
            outcome: outcome.into(),
            strength: 0,
            propensity: 0,
            reasons: vec![],
        }
    }

    fn code(wire: VoteWire) -> &'static str {
        Vote::try_from(wire).unwrap_err().code()
    }

    #[test]
    fn every_outcome_survives_the_wire() {
        let twelve: Vec<CandidateId> = (0..12).map(|seed| Digest([seed; 32])).collect();
        let many: Vec<CandidateId> = (0..24).map(|seed| Digest([seed; 32])).collect();
        let longest = vec!["1000"; 24].join(",");
        for (kind, candidates, outcomes) in [
            ("duel", &[A, B][..], &["left", "right", "tie", "neither", "skip"][..]),
            ("approval", &[A], &["for", "against", "skip"]),
            ("stars", &[A], &["0.5/2", "1/2", "4/5", "3.5/5", "5/5", "10/10", "9.5/10", "skip"]),
            ("ranking", &[A, B, C], &["3>1>2", "1>2>3", "skip"]),
            ("ranking", &[A, B], &["2>1"]),
            ("ranking", &twelve, &["12>11>10>9>8>7>6>5>4>3>2>1"]),
            ("points", &[A, B, C], &["5,0,3", "0,0,0", "1000,999,10", "skip"]),
            ("points", &many, &[&longest]),
        ] {
            for outcome in outcomes {
                let mut sent = wire(kind, candidates, outcome);
                (sent.strength, sent.propensity) = (7, 250_000);
                sent.reasons = vec!["colour".into(), "form".into()];
                assert_eq!(VoteWire::from(Vote::try_from(sent.clone()).unwrap()), sent);
            }
        }
    }

    #[test]
    fn each_malformed_vote_is_named() {
        let with = |change: fn(&mut VoteWire)| {
            let mut wire = wire("approval", &[A], "for");
            change(&mut wire);
            wire
        };
        for (bad, expected) in [
            (wire("poll", &[A], "for"), "CoreError::Word"),
            (wire("duel", &[A, B], "for"), "CoreError::Word"),
            (wire("duel", &[A], "left"), "CoreError::CandidateCount"),
            (wire("duel", &[A, A], "left"), "CoreError::SameCandidate"),
            (wire("approval", &[A, B], "for"), "CoreError::CandidateCount"),
            (wire("stars", &[], "1/5"), "CoreError::CandidateCount"),
            (wire("stars", &[A, B], "1/5"), "CoreError::CandidateCount"),
            (wire("ranking", &[A], "1"), "CoreError::CandidateCount"),
            (wire("ranking", &[A, B, A], "1>2>3"), "CoreError::SameCandidate"),
            (wire("ranking", &[A, A], "skip"), "CoreError::SameCandidate"),
            (wire("points", &[A], "1"), "CoreError::CandidateCount"),
            (wire("points", &[A, B, B], "1,2,3"), "CoreError::SameCandidate"),
            (with(|w| w.strength = 101), "CoreError::Range"),
            (with(|w| w.propensity = 1_000_000_001), "CoreError::Range"),
            (with(|w| w.reasons = vec!["a".into(); 2]), "CoreError::Twice"),
            (with(|w| w.reasons = vec!["a".repeat(41)]), "CoreError::TooLong"),
            (with(|w| w.reasons = vec!["a".into(); 17]), "CoreError::TooMany"),
        ] {
            assert_eq!(code(bad.clone()), expected, "{bad:?}");
        }
    }

    #[test]
    fn an_outcome_has_one_spelling() {
        for outcome in [
            "",
            "5",
            "/",
            "5/",
            "/5",
            "0/5",
            "0.0/5",
            "6/5",
            "5.5/5",
            "+3/5",
            "-3/5",
            "03/5",
            "3/05",
            "3 /5",
            " 3/5",
            "3/5 ",
            "3.0/5",
            "3.50/5",
            "3.25/5",
            "3,5/5",
            ".5/5",
            "5/5/5",
            "1/1",
            "0.5/1",
            "11/11",
            "3/0",
            "1e0/5",
            "٣/5",
            "３/5",
            "3⁄5",
            "3/٥",
            "Skip",
            "skip ",
            "4294967299/5",
            "259/5",
            "18446744073709551617/5",
            "NaN/5",
        ] {
            assert_eq!(code(wire("stars", &[A], outcome)), "CoreError::Word", "{outcome:?}");
        }
        for outcome in [
            "",
            ">",
            "1",
            "1>2",
            "1>1>2",
            "1>2>3>",
            ">1>2>3",
            "1>2>4",
            "0>1>2",
            "1>2>3>4",
            "1>2>2",
            "01>2>3",
            "+1>2>3",
            "1 >2>3",
            "1,2,3",
            "1<2<3",
            "١>2>3",
            "257>2>3",
            "65537>2>3",
            "1>2>-3",
            "SKIP",
        ] {
            assert_eq!(code(wire("ranking", &[A, B, C], outcome)), "CoreError::Word", "{outcome:?}");
        }
        for outcome in [
            "",
            ",",
            ",,",
            "1",
            "1,2",
            "1,2,3,4",
            "1,2,",
            "1,2,03",
            "1,2,+3",
            "1,2,-3",
            "1, 2,3",
            "1,2,3 ",
            "1;2;3",
            "1.5,2,3",
            "1,2,1001",
            "1,2,9999",
            "1,2,10000",
            "1,2,65536",
            "1,2,4294967296",
            "١,2,3",
            "1e1,2,3",
        ] {
            assert_eq!(code(wire("points", &[A, B, C], outcome)), "CoreError::Word", "{outcome:?}");
        }
    }

    #[test]
    fn what_is_far_too_long_is_refused_with_a_short_message() {
        let long = |piece: &str| piece.repeat(100_000 / piece.len());
        let crowd = vec![A; 100_000];
        for bad in [
            wire(&long("stars"), &[A], "1/5"),
            wire("stars", &[A], &long("5/")),
            wire("stars", &[A], &format!("{}/5", long("9"))),
            wire("ranking", &[A, B], &long("1>")),
            wire("ranking", &[A, B], &long("2>1>")),
            wire("points", &[A, B], &long("1,")),
            wire("points", &[A, B], &long("９")),
            wire("duel", &[A, B], &long("left")),
            wire("ranking", &crowd, "1>2"),
            wire("points", &crowd, "skip"),
        ] {
            let error = Vote::try_from(bad).unwrap_err();
            assert!(matches!(error.code(), "CoreError::Word" | "CoreError::CandidateCount"), "{error}");
            assert!(format!("{error}").len() < 250, "{error}");
        }
    }

    /// Random texts from the letters of outcomes: read or refused, and what is read is written the same.
    #[test]
    fn what_is_read_is_written_again() {
        let letters: Vec<char> = "01235/>,.+٣".chars().collect();
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let mut read = 0;
        for round in 0..60_000 {
            let (kind, candidates) =
                [("stars", &[A][..]), ("ranking", &[A, B]), ("points", &[A, B]), ("points", &[A, B, C])]
                    [round % 4];
            let outcome: String = (0..3 + next(3)).map(|_| letters[next(letters.len())]).collect();
            if let Ok(vote) = Vote::try_from(wire(kind, candidates, &outcome)) {
                assert_eq!(VoteWire::from(&vote).outcome, outcome);
                read += 1;
            }
        }
        assert!(read > 100, "{read}");
    }

    #[test]
    fn a_tie_is_half_a_win_each_and_a_skip_is_nothing() {
        let weight =
            |outcome| Vote::duel(A, B, outcome).unwrap().comparisons().iter().map(|c| c.weight).sum::<f64>();
        assert_eq!(weight(DuelOutcome::Left), 1.0);
        assert_eq!(weight(DuelOutcome::Tie), 1.0);
        assert_eq!(weight(DuelOutcome::Skip), 0.0);
    }

    #[test]
    fn a_ranking_says_every_pair_and_weighs_what_its_neighbours_duels_would() {
        let said = |vote: Vote| -> Vec<(CandidateId, CandidateId, f64)> {
            vote.comparisons().iter().map(|c| (c.winner, c.loser, c.weight)).collect()
        };
        let two = 2.0 / 3.0;
        assert_eq!(
            said(Vote::ranking(vec![A, B, C], Some(vec![2, 0, 1])).unwrap()),
            [(C, A, two), (C, B, two), (A, B, two)]
        );
        let twelve: Vec<CandidateId> = (0..12).map(|seed| Digest([seed; 32])).collect();
        let whole: f64 =
            said(Vote::ranking(twelve, Some((0..12).collect())).unwrap()).iter().map(|c| c.2).sum();
        assert!((whole - 11.0).abs() < 1e-12, "{whole}");
        assert_eq!(said(Vote::ranking(vec![A, B], Some(vec![1, 0])).unwrap()), [(B, A, 1.0)], "a duel");
        assert_eq!(said(Vote::ranking(vec![A, B], None).unwrap()), []);
    }

    #[test]
    fn points_say_who_got_more_and_equal_points_say_nothing() {
        let said = |given: Vec<u16>| -> Vec<(CandidateId, CandidateId)> {
            let vote = Vote::points(vec![A, B, C], Some(given)).unwrap();
            vote.comparisons().iter().map(|c| (c.winner, c.loser)).collect()
        };
        assert_eq!(said(vec![5, 0, 3]), [(A, B), (A, C), (C, B)]);
        assert_eq!(said(vec![0, 9, 0]), [(B, A), (B, C)]);
        assert_eq!(said(vec![2, 2, 2]), []);
    }

    #[test]
    fn stars_lie_between_the_least_and_all() {
        let response = |half_steps, halves| Stars::new(half_steps, 5).unwrap().response(halves);
        assert_eq!([response(2, false), response(6, false), response(10, false)], [0.0, 0.5, 1.0]);
        assert_eq!([response(1, true), response(10, true)], [0.0, 1.0]);
        assert_eq!(response(1, false), 0.0, "less than the round's least is the least");
        for (half_steps, of) in [(0, 5), (11, 5), (1, 1), (1, 11), (255, 255)] {
            assert_eq!(Stars::new(half_steps, of).unwrap_err().code(), "CoreError::Range");
        }
    }
}
