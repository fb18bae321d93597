//! The session: takes votes, says what it needs next, yields ballots.
//!
//! [`Session`] is one person in one round on one device, as a pure state machine: time, randomness, keys,
//! content and the network are arguments, so the same calls give the same session natively, in wasm and in
//! tests. State comes down as [views](view), wishes go up as [`Request`]s.
//!
//! The way of a vote: [`Session::ask_duel`] puts a question up and commits to a [guess](Commitment);
//! [`Session::vote_duel`] records the answer and updates the person's taste; [`Session::make_ballot`] and
//! [`Session::seal`] put kept votes under a signature; [`Session::due`] says what to send;
//! [`Session::accept_receipt`] and [`Session::refuse`] take the operator's answer. [`Session::save`] and
//! [`Session::merge`] carry all of it over reloads and between tabs.
//!
//! What is *not* here: IO of any kind, clocks, randomness, the session's secret key, and drawing.

#![no_std]
extern crate alloc;

mod asking;
mod choose;
mod desk;
mod error;
mod guess;
mod knowledge;
mod outbox;
mod present;
mod records;
mod refusal;
mod saved;
mod sending;
mod session;
pub mod view;

pub use desk::DeskKind;
pub use error::SdkError;
pub use guess::{Commitment, Forecast};
pub use knowledge::{Knowledge, Subject};
pub use outbox::{BATCH, Identity, LIFETIME, LONGEST_PAUSE, Refusal};
pub use present::{BoardRowWire, BoardWire};
pub use records::{BallotEnd, BallotRecord, Records, Standing, VoteRecord};
pub use refusal::{Remedy, remedy};
pub use saved::Saved;
pub use session::Session;
pub use view::{
    ApproveView, BoardRowView, BoardView, CandidateView, Delivery, DuelView, Guess, Phase, Request, Tally,
    WalletView,
};
