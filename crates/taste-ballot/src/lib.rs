//! The protocol: what is signed, how it is hashed, signed, recovered and verified, and how it is written as JSON.
//!
//! Five messages, each an EIP-712 struct under the domain `{name: "Tastemaker", version: "2"}`: [`Round`] (the signed
//! manifest), [`Ballot`] (a voter's batch of votes), [`SessionGrant`] (a wallet lets a session key vote), [`Revocation`]
//! (it takes that back) and [`Receipt`] (the server's answer). Their `Signed…` companions are what travels. A message is
//! named by its digest, never by its signature's bytes. Serialising any of them gives the canonical JSON of ARCHITECTURE.md: camelCase, signed order,
//! `uint64` as decimal strings, addresses in EIP-55, bytes as lowercase `0x…`.
//!
//! What is *not* here: network, storage, clocks and randomness (time is an argument, keys come as bytes), and the
//! rules that need a database: which rounds exist, sequences, budgets, claimed sessions.
//!
//! ```
//! use taste_ballot::{Ballot, SessionKey};
//! use taste_core::{ApprovalOutcome, Digest, Vote};
//!
//! let guest = SessionKey::from_bytes(&[7; 32])?;
//! let ballot = Ballot {
//!     round: Digest([1; 32]),
//!     voter: guest.address(),
//!     sequence: 1,
//!     issued_at: 1_800_000_000,
//!     deadline: 1_800_000_600,
//!     source: String::new(),
//!     votes: vec![Vote::approval(Digest([2; 32]), ApprovalOutcome::For)],
//! };
//! let verified = ballot.sign(&guest).verify(1_800_000_001)?;
//! assert_eq!(verified.voter, guest.address());
//! # Ok::<(), taste_ballot::BallotError>(())
//! ```

mod ballot;
#[cfg(feature = "curve")]
mod curve;
mod eip712;
mod error;
mod grant;
pub mod json;
#[cfg(feature = "curve")]
mod key;
#[cfg(feature = "curve")]
mod p256;
mod receipt;
mod revocation;
mod round;
mod signature;

pub use alloy_primitives::Address;
pub use ballot::{Ballot, BallotId, MAX_SOURCE, MAX_VOTES, SignedBallot, VerifiedBallot};
pub use eip712::{DOMAIN_NAME, DOMAIN_SEPARATOR, DOMAIN_VERSION, TypeString, type_strings};
pub use error::BallotError;
pub use grant::{Claim, GrantId, Scope, SessionGrant, SignedGrant};
pub use json::{checksum, parse_address};
#[cfg(feature = "curve")]
pub use key::SessionKey;
pub use receipt::{ChainEvidence, LogEntry, Receipt, SignedReceipt};
pub use revocation::{Revocation, RevocationEntry, SignedRevocation};
pub use round::{MAX_CANDIDATES, MAX_ENCODER, MAX_IMPORTERS, MAX_QUESTION, Round, SignedRound};
#[cfg(feature = "curve")]
pub use signature::recover;
pub use signature::{MAX_SIGNATURE, Signature, key_address};
