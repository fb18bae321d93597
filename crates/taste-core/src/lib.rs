//! The nouns: candidate, rules, question, vote, comparison, embedding.
//!
//! Everything here is parsed once at the edge and cannot be wrong afterwards: a [`Digest`] is 32 bytes, an
//! [`Embedding`] is finite and of unit norm, a duel has two different candidates. What is *not* here:
//! Ethereum, ONNX, the web, clocks and randomness; those live in the crates around this one.

#![no_std]
extern crate alloc;

mod candidate;
mod digest;
mod embedding;
mod error;
mod judgement;
mod question;
mod rules;
mod text;
mod vote;

pub use candidate::{Candidate, CandidateKind, MAX_NOTE, MAX_TITLE};
pub use digest::{CandidateId, Digest, RoundId};
pub use embedding::{Embedding, EncoderId, MAX_DIMENSION};
pub use error::CoreError;
pub use judgement::{ApprovalOutcome, DuelOutcome, Judgement, MAX_POINTS_CANDIDATES, Points, Ranking, Stars};
pub use question::{Question, QuestionKey, VoteKind, in_order};
pub use rules::{BoardRule, MAX_POINTS, MAX_RANKING, MAX_REASON, MAX_REASONS, MAX_STARS, PointsCost, Rules};
pub use text::{cut, decimal, hex, shortened, unhex, whole};
pub use vote::{Comparison, Propensity, Strength, Vote, VoteWire};
