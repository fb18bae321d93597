//! What a widget needs to draw itself: state comes down as these.
//!
//! Views are plain data made by [`Session`](crate::Session). They name candidates by their ids and leave out what the round's
//! manifest says anyway: whoever draws has it. A widget draws them and decides nothing.

use alloc::{string::String, vec::Vec};
use serde::Serialize;
use taste_core::{CandidateId, Vote};

/// Where a widget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The question, or a text in it, is not here yet.
    Loading,
    /// A question is up, the guess is committed, nothing is answered.
    Asking,
    /// Answered; the guess is revealed; the next question waits.
    Answered,
    /// Nothing is left to ask, or little more can be learned from this person.
    Done,
    /// The round has too few candidates to ask about, or does not take votes of this kind.
    Empty,
    /// Not open yet.
    Upcoming,
    /// No longer open.
    Closed,
}

/// The guess that was committed before the answer, in millionths. Shown only once answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guess {
    /// Probability of left against right (ties aside), of "for", or how far up the scale of stars.
    pub probability: u32,
    /// 95 % range of that under the posterior.
    pub low: u32,
    /// See `low`.
    pub high: u32,
    /// Within two points of one half: "we could not tell".
    pub undecided: bool,
    /// Whether the answer agreed; none where undecided, or the answer takes no side.
    pub hit: Option<bool>,
}

/// How the guesses went so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// Guesses that were right.
    pub hits: u32,
    /// Guesses that took a side on a question that got one.
    pub guessed: u32,
    /// The last twelve, oldest first.
    pub recent: Vec<bool>,
}

/// What a widget says about the way of the votes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Votes kept on this device, not yet acknowledged.
    pub kept: u32,
    /// Whether the device believes it is offline.
    pub offline: bool,
    /// The last refusal or failure: a stable code; none when all is well.
    pub trouble: Option<String>,
    /// Why votes cannot be stored on this device: a stable code; none when they are. Kept votes are then in this page
    /// only, and gone with it.
    pub storage: Option<String>,
    /// Seconds until the next try, where one is planned.
    pub retry_in: Option<u32>,
    /// Votes that can no longer be delivered (the round closed, the budget is spent); they stay in the export.
    pub undeliverable: u32,
    /// Ballots whose receipts nobody could check here.
    pub unchecked: u32,
}

/// The state of a desk: what a duel, an approval, stars, a ranking or points draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeskView {
    /// Where it stands.
    pub phase: Phase,
    /// What is shown, in this order, in Asking and Answered.
    pub candidates: Option<Vec<CandidateId>>,
    /// What is likely to come next, so that its media can be fetched ahead.
    pub upcoming: Option<Vec<CandidateId>>,
    /// The answer, in Answered.
    pub outcome: Option<String>,
    /// The guess, in Answered.
    pub guess: Option<Guess>,
    /// Of questions about one candidate, which of how many: (4, 12). Of others, how many were answered, of none known.
    pub progress: (u32, u32),
    /// How the guesses went.
    pub tally: Tally,
    /// Whether the last vote can be taken back.
    pub can_undo: bool,
    /// Whether little more can be learned from this person.
    pub enough: bool,
    /// The way of the votes.
    pub delivery: Delivery,
}

/// One of this person's votes that still speak.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnVote {
    /// Question and answer.
    pub vote: Vote,
    /// When it was cast, Unix seconds.
    pub cast_at: u64,
    /// `kept`, `signed`, `delivered` or `undeliverable`.
    pub standing: &'static str,
}

/// Why a board is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// Until this person has voted.
    Voted,
    /// Until the round has closed.
    Closed,
}
