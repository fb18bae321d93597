//! Inclusion proofs: this line is in the log with that root.

use alloc::vec::Vec;
use taste_core::Digest;
use thiserror::Error;

use crate::tree::{Tree, node_hash};

/// Why a proof could not be made or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The log has no leaf at this index. Remedy: ask for an index below the size.
    #[error("no leaf {index} in a log of {size}")]
    IndexOutOfRange {
        /// The index asked for.
        index: u64,
        /// Leaves in the log.
        size: u64,
    },
    /// The proof has more or fewer hashes than a leaf at this place needs. Remedy: it belongs to another index or size.
    #[error("an inclusion proof of {found} hashes; expected {expected}")]
    ProofLength {
        /// Hashes found.
        found: usize,
        /// Hashes expected.
        expected: usize,
    },
    /// The leaf and the proof lead to another root: this line is not at that place of that log.
    #[error("the proof leads to the root {found}, expected {expected}")]
    RootMismatch {
        /// The root that leaf and proof give.
        found: Digest,
        /// The root that was published.
        expected: Digest,
    },
}

impl LedgerError {
    /// The stable code, for machines: `"LedgerError::RootMismatch"`, …
    pub fn code(&self) -> &'static str {
        match self {
            Self::IndexOutOfRange { .. } => "LedgerError::IndexOutOfRange",
            Self::ProofLength { .. } => "LedgerError::ProofLength",
            Self::RootMismatch { .. } => "LedgerError::RootMismatch",
        }
    }
}

/// The hashes beside the path from leaf `index` up to the root of all `leaves` (their [`leaf_hash`](crate::leaf_hash)es),
/// lowest first: PATH(m, D\[n\]) of RFC 6962, section 2.1.1.
///
/// # Errors
/// [`LedgerError::IndexOutOfRange`].
pub fn inclusion_proof(leaves: &[Digest], index: u64) -> Result<Vec<Digest>, LedgerError> {
    let size = leaves.len() as u64;
    let mut position = in_range(index, size)? as usize;
    let mut path = Vec::new();
    let mut range = leaves;
    // From the top down; turned around at the end.
    while range.len() > 1 {
        let (left, right) = range.split_at(range.len().next_power_of_two() / 2);
        let sibling = if position < left.len() {
            range = left;
            right
        } else {
            position -= left.len();
            range = right;
            left
        };
        let mut tree = Tree::new();
        sibling.iter().for_each(|leaf| tree.push_hash(*leaf));
        path.push(tree.root());
    }
    path.reverse();
    Ok(path)
}

/// Checks that the leaf with hash `leaf` is at `index` of the log of `size` leaves with that `root`.
///
/// # Errors
/// [`LedgerError::IndexOutOfRange`], [`LedgerError::ProofLength`], [`LedgerError::RootMismatch`].
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), LedgerError> {
    let index = in_range(index, size)?;
    // RFC 9162, section 2.1.3.2: climb while keeping this node's and the last node's place on its level.
    let (mut node, mut last) = (index, size - 1);
    let expected = path_length(index, size);
    if proof.len() != expected {
        return Err(LedgerError::ProofLength { found: proof.len(), expected });
    }
    let mut hash = *leaf;
    for sibling in proof {
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            // A rightmost node without a sibling rises unchanged until it is a right child.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if hash == *root { Ok(()) } else { Err(LedgerError::RootMismatch { found: hash, expected: *root }) }
}

fn in_range(index: u64, size: u64) -> Result<u64, LedgerError> {
    if index < size { Ok(index) } else { Err(LedgerError::IndexOutOfRange { index, size }) }
}

/// Hashes in the proof for a leaf: one per level where it has a sibling.
fn path_length(index: u64, size: u64) -> usize {
    // Below the level where the paths of this leaf and of the last one meet there is always a sibling; above it
    // only where the path is a right child.
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    (inner + (index.checked_shr(inner).unwrap_or(0)).count_ones()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{
        leaf_hash, root,
        tests::{LEAVES, ROOTS},
    };
    use alloc::string::{String, ToString};

    /// Paths of the reference implementation's `precomputed_path_test_data`: (index, size, path).
    const PATHS: [(u64, u64, &[&str]); 4] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "0x96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "0x5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "0x6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "0xbc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "0xca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ];

    #[test]
    fn paths_are_those_of_certificate_transparency() {
        let leaves = LEAVES.map(leaf_hash);
        for (index, size, expected) in PATHS {
            let path = inclusion_proof(&leaves[..size as usize], index).unwrap();
            let path: Vec<String> = path.iter().map(ToString::to_string).collect();
            assert_eq!(path, expected, "leaf {index} of {size}");
            let path: Vec<Digest> = expected.iter().map(|hash| hash.parse().unwrap()).collect();
            let root = ROOTS[size as usize].parse().unwrap();
            verify_inclusion(&leaves[index as usize], index, size, &path, &root).unwrap();
        }
    }

    #[test]
    fn every_leaf_of_every_size_up_to_40_is_proven_and_nothing_else_is() {
        let lines: Vec<[u8; 1]> = (0..40).map(|i| [i]).collect();
        for size in 1..=lines.len() {
            let root = root(lines[..size].iter().map(<[u8; 1]>::as_slice));
            let leaves: Vec<Digest> = lines[..size].iter().map(|line| leaf_hash(line)).collect();
            for index in 0..size {
                let (index, size) = (index as u64, size as u64);
                let proof = inclusion_proof(&leaves, index).unwrap();
                verify_inclusion(&leaves[index as usize], index, size, &proof, &root).unwrap();
                let code = |leaf: &Digest, index, size, proof: &[Digest]| {
                    verify_inclusion(leaf, index, size, proof, &root).unwrap_err().code()
                };
                assert_eq!(code(&leaf_hash(b"other"), index, size, &proof), "LedgerError::RootMismatch");
                let longer = [&proof[..], &[root]].concat();
                assert_eq!(code(&leaves[index as usize], index, size, &longer), "LedgerError::ProofLength");
                assert_eq!(code(&leaves[index as usize], size, size, &proof), "LedgerError::IndexOutOfRange");
                for other in (0..size).filter(|other| *other != index) {
                    assert!(verify_inclusion(&leaves[index as usize], other, size, &proof, &root).is_err());
                }
            }
        }
    }

    #[test]
    fn an_empty_log_proves_nothing() {
        assert_eq!(inclusion_proof(&[], 0).unwrap_err().code(), "LedgerError::IndexOutOfRange");
    }
}
