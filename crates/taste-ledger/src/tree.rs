//! Hashes and roots.

use alloc::vec::Vec;
use sha2::{Digest as _, Sha256};
use taste_core::Digest;

/// SHA-256 of `0x00` and the leaf's bytes.
///
/// The prefix keeps a leaf from being mistaken for an inner node (RFC 6962, section 2.1).
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    Digest(Sha256::new().chain_update([0x00]).chain_update(leaf).finalize().into())
}

/// SHA-256 of `0x01` and the two children.
pub(crate) fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest(Sha256::new().chain_update([0x01]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root over leaves in log order; of none it is the SHA-256 of nothing.
pub fn root<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut tree = Tree::new();
    for leaf in leaves {
        tree.push(leaf);
    }
    tree.root()
}

/// A tree that only grows, kept as the roots of its perfect subtrees from left (largest) to right.
///
/// There is one subtree for every set bit of the size, so this is at most 64 hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    subtrees: Vec<Digest>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf and returns its hash.
    pub fn push(&mut self, leaf: &[u8]) -> Digest {
        let hash = leaf_hash(leaf);
        self.push_hash(hash);
        hash
    }

    /// Appends a leaf by its [`leaf_hash`].
    pub fn push_hash(&mut self, leaf: Digest) {
        let mut hash = leaf;
        // Appending is adding one in binary: every trailing set bit of the size is a subtree to merge with.
        for _ in 0..self.size.trailing_ones() {
            let left = self.subtrees.pop().expect("a subtree for every set bit of the size");
            hash = node_hash(&left, &hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// How many leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The Merkle tree hash of everything appended so far.
    pub fn root(&self) -> Digest {
        self.subtrees
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(|| Digest(Sha256::digest([]).into()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use alloc::string::ToString;

    /// The leaves of the test vectors of the reference implementation,
    /// github.com/google/certificate-transparency, `cpp/merkletree/merkle_tree_test.cc`.
    pub(crate) const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// The roots of the first 0, 1, … 8 leaves, from the same file.
    pub(crate) const ROOTS: [&str; 9] = [
        "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "0x6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "0xfac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "0xaeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "0xd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "0x4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "0x76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "0xddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "0x5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        for (size, expected) in ROOTS.iter().enumerate() {
            assert_eq!(root(LEAVES[..size].iter().copied()).to_string(), *expected, "{size} leaves");
        }
    }

    #[test]
    fn a_tree_that_grows_has_the_root_of_each_size_on_its_way() {
        let mut tree = Tree::new();
        for (size, expected) in ROOTS.iter().enumerate() {
            assert_eq!((tree.size(), tree.root().to_string().as_str()), (size as u64, *expected));
            if let Some(leaf) = LEAVES.get(size) {
                assert_eq!(tree.push(leaf), leaf_hash(leaf));
            }
        }
    }

    /// RFC 6962's own recursive definition, which splits at the largest power of two below n.
    fn by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest(Sha256::digest([]).into()),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn every_size_up_to_300_agrees_with_the_recursive_definition() {
        let mut tree = Tree::new();
        let mut leaves = Vec::new();
        for i in 0u32..300 {
            assert_eq!(tree.root(), by_definition(&leaves));
            leaves.push(tree.push(&i.to_le_bytes()));
        }
    }

    #[test]
    fn one_changed_byte_changes_the_root() {
        assert_ne!(root([b"a".as_slice(), b"b"]), root([b"a".as_slice(), b"c"]));
    }
}
