//! The log of a round as a Merkle tree, hashed exactly as RFC 6962 (section 2.1) says.
//!
//! A leaf is one line of the log, its bytes as they were written. [`Tree`] takes leaves one by one and keeps
//! only what the next root needs (a *compact range*: at most 64 hashes, however long the log); [`root`] does the
//! same for a log that is already there. [`inclusion_proof`] and [`verify_inclusion`] show that one line is part of
//! a log whose root somebody published.
//!
//! What is *not* here: where the lines are stored, how they are sent, signed checkpoints and tiles.
//!
//! ```
//! let lines: [&[u8]; 3] = [b"first", b"second", b"third"];
//! let root = taste_ledger::root(lines);
//! let leaves = lines.map(taste_ledger::leaf_hash);
//! let proof = taste_ledger::inclusion_proof(&leaves, 1)?;
//! taste_ledger::verify_inclusion(&leaves[1], 1, 3, &proof, &root)?;
//! # Ok::<(), taste_ledger::LedgerError>(())
//! ```

#![no_std]
extern crate alloc;

mod proof;
mod tree;

pub use proof::{LedgerError, inclusion_proof, verify_inclusion};
pub use tree::{Tree, leaf_hash, root};
