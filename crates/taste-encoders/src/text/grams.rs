//! Hashed n-grams: characters and words into signed buckets.
//!
//! Each n-gram is hashed as [`Gram`] says; the top bit is its sign, the lower 32 bits its bucket. An n-gram that occurs
//! `c` times among `n` of its kind adds `± weight · √(c / n)`, so that every kind has a fixed length whatever the
//! length of the text, and repetition counts less and less.

use alloc::{vec, vec::Vec};

use super::{BUCKETS, reading::Reading};

/// Lengths of the five kinds before the unit norm, beside surface statistics of about one each: character 1-, 2-,
/// 3-grams, words, word pairs.
const WEIGHTS: [f64; 5] = [2.0, 3.0, 3.0, 2.0, 1.0];

/// FNV-1a, 64 bits, over the kind's number and then each scalar value's four bytes from the lowest, finished with the
/// mixer of MurmurHash3 (Appleby), because FNV's upper bits alone mix poorly over short keys.
#[derive(Clone, Copy)]
struct Gram(u64);

impl Gram {
    fn of_kind(kind: u8) -> Self {
        Self(0xCBF2_9CE4_8422_2325).byte(kind)
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
    }

    fn characters(self, characters: &[char]) -> Self {
        characters.iter().flat_map(|character| (*character as u32).to_le_bytes()).fold(self, Self::byte)
    }

    fn hash(self) -> u64 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        hash ^ (hash >> 33)
    }
}

/// Hashes of the character 1-grams, blanks aside.
pub(super) fn characters(reading: &Reading) -> Vec<u64> {
    let visible = reading.characters.iter().filter(|&&character| character != ' ');
    visible.map(|&character| Gram::of_kind(1).characters(&[character]).hash()).collect()
}

/// Hashes of the words.
pub(super) fn words(reading: &Reading) -> Vec<u64> {
    reading
        .words
        .iter()
        .map(|word| Gram::of_kind(4).characters(&reading.characters[word.range.clone()]).hash())
        .collect()
}

fn character_windows(reading: &Reading, length: u8) -> Vec<u64> {
    let windows = reading.characters.windows(usize::from(length));
    windows.map(|window| Gram::of_kind(length).characters(window).hash()).collect()
}

fn word_pairs(reading: &Reading) -> Vec<u64> {
    let spelling = |index: usize| &reading.characters[reading.words[index].range.clone()];
    (1..reading.words.len())
        .map(|second| {
            let first = Gram::of_kind(5).characters(spelling(second - 1)).characters(&[' ']);
            first.characters(spelling(second)).hash()
        })
        .collect()
}

/// Sorts hashes and counts equal ones.
pub(super) fn runs(hashes: &mut [u64]) -> impl Iterator<Item = (u64, u32)> {
    hashes.sort_unstable();
    hashes.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32))
}

/// [`BUCKETS`] numbers.
pub(super) fn buckets(reading: &Reading) -> Vec<f64> {
    let kinds = [
        characters(reading),
        character_windows(reading, 2),
        character_windows(reading, 3),
        words(reading),
        word_pairs(reading),
    ];
    let mut buckets = vec![0.0; BUCKETS];
    for (mut hashes, weight) in kinds.into_iter().zip(WEIGHTS) {
        let total = hashes.len() as f64;
        for (hash, count) in runs(&mut hashes) {
            let value = weight * libm::sqrt(f64::from(count) / total);
            // The lower 32 bits as a fraction of 2^32, times the number of buckets.
            let bucket = ((hash & 0xFFFF_FFFF) * BUCKETS as u64) >> 32;
            buckets[bucket as usize] += if hash >> 63 == 0 { value } else { -value };
        }
    }
    buckets
}
