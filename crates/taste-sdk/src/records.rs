//! What this device remembers: every vote it cast and every ballot it signed.
//!
//! Nothing here is ever overwritten or removed, only added to: a vote may become withdrawn, a ballot may move
//! from pending to one of its ends. So two copies (two tabs, or memory and storage) can always be joined, in
//! any order and as often as one likes, and the result knows everything that either knew. Where a vote stands
//! is never stored; it follows from the ballots it is in.

use alloc::{string::String, vec, vec::Vec};
use serde::{Deserialize, Serialize};
use taste_ballot::{SignedBallot, SignedReceipt};
use taste_core::{ApprovalOutcome, CandidateId, Digest, DuelOutcome, Judgement, Vote};

use crate::guess::Forecast;

/// One vote as it was cast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VoteRecord {
    /// The commitment of its guess; no two votes share one.
    pub id: Digest,
    /// Position among this device's votes; ties (two tabs) are broken by `id`.
    pub order: u32,
    /// When it was cast, Unix seconds.
    pub cast_at: u64,
    /// Question and answer.
    pub vote: Vote,
    /// What had been committed before the answer.
    pub forecast: Forecast,
    /// Whether the guess counts: not where the person had seen it before (asked again after undo).
    pub counts: bool,
    /// Taken back before it was signed. Has no effect once a ballot holds the vote.
    pub withdrawn: bool,
}

/// One ballot as it was signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BallotRecord {
    /// Its EIP-712 digest, the idempotency key.
    pub id: Digest,
    /// What is sent.
    pub signed: SignedBallot,
    /// The votes in it, by their ids here.
    pub votes: Vec<Digest>,
    /// How far it got.
    pub end: BallotEnd,
}

/// How far a ballot got. Moves down this list only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "EndWire", into = "EndWire")]
#[non_exhaustive]
pub enum BallotEnd {
    /// Signed, not acknowledged: it is sent until there is an answer.
    Pending,
    /// Refused for a reason that a new signature mends; its votes are kept and go into a new ballot.
    Returned {
        /// The refusal's code.
        code: String,
    },
    /// Refused for good. The votes stay in the export.
    Undeliverable {
        /// The refusal's code.
        code: String,
    },
    /// Durable at the operator, who signed for it.
    Accepted {
        /// The operator's receipt.
        receipt: SignedReceipt,
        /// Whether the operator's signature under it was checked.
        checked: bool,
    },
}

/// An end as it is saved: flat, because serde reads tagged enums through a copy that costs the wasm 40 KB.
#[derive(Serialize, Deserialize)]
struct EndWire {
    state: String,
    code: Option<String>,
    receipt: Option<SignedReceipt>,
    checked: Option<bool>,
}

impl From<BallotEnd> for EndWire {
    fn from(end: BallotEnd) -> Self {
        let (state, code, receipt, checked) = match end {
            BallotEnd::Pending => ("pending", None, None, None),
            BallotEnd::Returned { code } => ("returned", Some(code), None, None),
            BallotEnd::Undeliverable { code } => ("undeliverable", Some(code), None, None),
            BallotEnd::Accepted { receipt, checked } => ("accepted", None, Some(receipt), Some(checked)),
        };
        Self { state: state.into(), code, receipt, checked }
    }
}

impl TryFrom<EndWire> for BallotEnd {
    type Error = &'static str;

    fn try_from(wire: EndWire) -> Result<Self, Self::Error> {
        Ok(match (wire.state.as_str(), wire.code, wire.receipt) {
            ("pending", _, _) => Self::Pending,
            ("returned", Some(code), _) => Self::Returned { code },
            ("undeliverable", Some(code), _) => Self::Undeliverable { code },
            ("accepted", _, Some(receipt)) => Self::Accepted { receipt, checked: wire.checked == Some(true) },
            _ => return Err("a ballot's state is none that is known"),
        })
    }
}

impl BallotEnd {
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Returned { .. } => 1,
            Self::Undeliverable { .. } => 2,
            Self::Accepted { checked: false, .. } => 3,
            Self::Accepted { checked: true, .. } => 4,
        }
    }
}

/// Where a vote stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Cast, in no ballot yet.
    Kept,
    /// Cast, but a later vote on the same question took its place before it was signed.
    Replaced,
    /// Taken back before it was signed.
    Withdrawn,
    /// In a ballot that was refused for good.
    Undeliverable,
    /// In a signed ballot without an answer yet.
    Signed,
    /// In a ballot that the operator acknowledged.
    Delivered,
}

/// All of it, for one round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Records {
    /// In the order cast.
    pub votes: Vec<VoteRecord>,
    /// In the order of their sequence numbers.
    pub ballots: Vec<BallotRecord>,
    /// The highest sequence number used or heard of.
    #[serde(with = "taste_ballot::json::decimal")]
    pub sequence: u64,
    /// Votes with a lower `order` teach nothing: the person had what was learned from them forgotten.
    pub taught_from: u32,
}

impl Records {
    /// Adds everything that `other` knows.
    pub fn join(&mut self, other: Self) {
        for mut theirs in other.votes {
            if let Some(at) = self.votes.iter().position(|ours| ours.id == theirs.id) {
                let ours = &mut self.votes[at];
                ours.withdrawn |= theirs.withdrawn;
                // Two tabs may have written the same skip at different places: the first one stands in both.
                if ours.order <= theirs.order {
                    continue;
                }
                theirs.withdrawn = ours.withdrawn;
                self.votes.remove(at);
            }
            let place = (theirs.order, theirs.id);
            let at = self.votes.partition_point(|ours| (ours.order, ours.id) < place);
            self.votes.insert(at, theirs);
        }
        for theirs in other.ballots {
            match self.ballots.iter_mut().find(|ours| ours.id == theirs.id) {
                Some(ours) if ours.end.rank() < theirs.end.rank() => ours.end = theirs.end,
                Some(_) => {}
                None => {
                    let place = |ballot: &BallotRecord| (ballot.signed.ballot.sequence, ballot.id);
                    let at = self.ballots.partition_point(|ours| place(ours) < place(&theirs));
                    self.ballots.insert(at, theirs);
                }
            }
        }
        self.sequence = self.sequence.max(other.sequence);
        self.taught_from = self.taught_from.max(other.taught_from);
    }

    /// The `order` of the next vote.
    pub(crate) fn next_order(&self) -> u32 {
        self.votes.last().map_or(0, |vote| vote.order + 1)
    }

    /// Where each vote stands, in the order of `votes`.
    pub fn standings(&self) -> Vec<Standing> {
        let mut places: Vec<(Digest, usize)> =
            self.votes.iter().enumerate().map(|(index, vote)| (vote.id, index)).collect();
        places.sort_unstable();
        let place = |id: &Digest| Some(places[places.binary_search_by_key(id, |(id, _)| *id).ok()?].1);
        let mut standings = vec![Standing::Kept; self.votes.len()];
        for ballot in &self.ballots {
            let standing = match ballot.end {
                BallotEnd::Returned { .. } => continue,
                BallotEnd::Undeliverable { .. } => Standing::Undeliverable,
                BallotEnd::Pending => Standing::Signed,
                BallotEnd::Accepted { .. } => Standing::Delivered,
            };
            for index in ballot.votes.iter().filter_map(place) {
                standings[index] = standings[index].max(standing);
            }
        }
        let mut later = Vec::new();
        for (index, record) in self.votes.iter().enumerate().rev() {
            let standing = &mut standings[index];
            if *standing == Standing::Kept && record.withdrawn {
                *standing = Standing::Withdrawn;
                continue;
            }
            if !add(&mut later, record.vote.question().key()) && *standing == Standing::Kept {
                *standing = Standing::Replaced;
            }
        }
        standings
    }

    /// The votes that speak for this person now: the last on each question that was not taken back, in the
    /// order cast. Undeliverable ones are among them: the person's taste is the same.
    pub fn speaking(&self) -> Vec<&VoteRecord> {
        let (mut answered, mut speaking) = (Vec::new(), Vec::new());
        for (record, standing) in self.votes.iter().zip(self.standings()).rev() {
            if standing != Standing::Withdrawn && add(&mut answered, record.vote.question().key()) {
                speaking.push(record);
            }
        }
        speaking.reverse();
        speaking
    }

    /// The candidates that a vote that still speaks prefers, sorted.
    pub fn chosen(&self) -> Vec<CandidateId> {
        let mut chosen = Vec::new();
        for record in self.speaking() {
            match &record.vote.judgement {
                Judgement::Duel { left, outcome: DuelOutcome::Left, .. } => chosen.push(*left),
                Judgement::Duel { right, outcome: DuelOutcome::Right, .. } => chosen.push(*right),
                Judgement::Approval { candidate, outcome: ApprovalOutcome::For } => chosen.push(*candidate),
                // All that could be given, the first place, the most points.
                Judgement::Stars { candidate, stars: Some(stars) }
                    if stars.half_steps() == 2 * stars.of() =>
                {
                    chosen.push(*candidate);
                }
                Judgement::Ranking(ranking) => chosen.extend(ranking.best_first().next()),
                Judgement::Points(points) => {
                    let given = points.given().unwrap_or_default();
                    let most = given.iter().copied().max().unwrap_or(0);
                    let best = points
                        .candidates()
                        .iter()
                        .zip(given)
                        .filter(|(_, given)| most > 0 && **given == most);
                    chosen.extend(best.map(|(id, _)| *id));
                }
                _ => {}
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// Adds to a sorted list what is not in it; whether it was not. Where a tree would do, a list is a third of the wasm.
fn add<T: Ord>(sorted: &mut Vec<T>, item: T) -> bool {
    let place = sorted.binary_search(&item);
    if let Err(place) = place {
        sorted.insert(place, item);
    }
    place.is_err()
}
