//! The session: takes votes, says what it needs next, yields ballots.
//!
//! [`Session`] is one person in one round on one device, as a pure state machine: time, randomness, keys,
//! content and the network are arguments, so the same calls give the same session natively, in wasm and in
//! tests. State comes down as [views](view).
//!
//! The way of a vote: [`Session::ask`] puts a question up and commits to a [guess](Commitment); [`Session::vote`] records the
//! answer; [`Session::make_ballot`] and [`Session::seal`] put kept votes under a signature; [`Session::due`] says what to
//! send; [`Session::accept_receipt`] and [`Session::refuse`] take the operator's answer. [`Session::save`] and
//! [`Session::merge`] carry all of it over reloads and between tabs.
//!
//! Taste is not the session's: an [`Advisor`] learns from its votes, chooses questions and guesses. Where taste lives in the
//! same program that is a [`Mind`]; in a page it is a second wasm module, and until that is there the session asks by
//! coverage and guesses nothing. Signatures are not the session's either: it says what is to be signed, and is told who
//! signed what it was given.
//!
//! What is *not* here: IO of any kind, clocks, randomness, keys and curves, and drawing.

#![no_std]
extern crate alloc;

mod advice;
mod asking;
mod choose;
mod desk;
mod error;
mod guess;
#[cfg(feature = "mind")]
mod mind;
mod outbox;
mod present;
mod records;
mod refusal;
mod saved;
mod sending;
mod session;
pub mod view;
pub mod words;

pub use advice::{Advisor, Plan, Planned, Wish};
pub use error::SdkError;
pub use guess::{Commitment, Forecast};
#[cfg(feature = "mind")]
pub use mind::{Liking, Mind, Subject};
pub use outbox::{BATCH, Identity, LIFETIME, LONGEST_PAUSE, Refusal};
pub use records::{BallotEnd, BallotRecord, Records, Standing, VoteRecord};
pub use refusal::{Remedy, remedy};
pub use saved::Saved;
pub use session::Session;
pub use view::{Delivery, DeskView, Guess, Hidden, OwnVote, Phase, Tally};
