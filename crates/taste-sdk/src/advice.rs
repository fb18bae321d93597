//! What a session is told about taste: which question teaches most, and what will be answered to it.
//!
//! A session knows nothing of taste. Whoever does ([`Mind`](crate::Mind), here or in another wasm module) learns from the
//! votes that the session hands over and answers with plain values.

use alloc::vec::Vec;
use core::fmt;
use taste_core::{CandidateId, Digest, Propensity, Question, Vote, VoteKind};

use crate::guess::Forecast;

/// Asks about taste. Nothing it answers can break a session: a question that the round does not have is not asked.
pub trait Advisor: fmt::Debug {
    /// The digest of the model behind it; it is part of what is committed.
    fn model(&self) -> Digest;

    /// Learns from these votes, and from no others: all that speak for the person now, in the order cast.
    fn learn(&mut self, votes: &[&Vote]);

    /// The question that teaches most of those that fit.
    fn plan(&self, wish: &Wish<'_>, seed: &[u8; 32]) -> Plan;

    /// What will be answered.
    fn forecast(&self, question: &Question) -> Forecast;
}

/// Which question is wanted. What was asked before follows from the votes learned.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// A duel, an approval, or stars.
    pub kind: VoteKind,
    /// A question that is up and must not be asked again.
    pub also: Option<&'a Question>,
    /// Candidates that cannot be shown.
    pub broken: Vec<CandidateId>,
    /// Whether to ask on although enough is known.
    pub keep_going: bool,
}

/// An answer to a [`Wish`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The question; none where nothing is left to ask, or enough is known.
    pub next: Option<Planned>,
    /// Whether little more can be learned.
    pub enough: bool,
}

/// A question drawn ahead, so that its media can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// In the order to show.
    pub question: Question,
    /// How likely it was to be drawn.
    pub propensity: Propensity,
}
