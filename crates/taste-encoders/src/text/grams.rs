//! Hashed n-grams: characters and words into signed buckets.
//!
//! Each n-gram is hashed as [`Gram`] says; the top bit is its sign, the lower 32 bits its bucket. An n-gram that occurs
//! `c` times among `n` of its kind adds `± weight · √(c / n)`, so that every kind has a fixed length whatever the
//! length of the text, and repetition counts less and less.

use super::{
    BUCKETS,
    reading::{Reading, Word},
};
use crate::roots::sqrt;

/// Lengths of the five kinds before the unit norm, beside surface statistics of about one each: character 1-, 2-,
/// 3-grams, words, word pairs.
const WEIGHTS: [f64; 5] = [2.0, 3.0, 3.0, 2.0, 1.0];

/// FNV-1a, 64 bits, over the kind's number and then each scalar value's four bytes from the lowest, finished with the
/// mixer of MurmurHash3 (Appleby), because FNV's upper bits alone mix poorly over short keys.
#[derive(Clone, Copy)]
struct Gram(u64);

impl Gram {
    const PRIME: u64 = 0x0000_0100_0000_01B3;

    const fn of_kind(kind: u8) -> Self {
        Self((0xCBF2_9CE4_8422_2325 ^ kind as u64).wrapping_mul(Self::PRIME))
    }

    fn character(self, character: char) -> Self {
        // Bytes of zero only multiply, so those at the end are one product.
        const UPPER: u64 = Gram::PRIME.wrapping_mul(Gram::PRIME);
        const UPPER_THREE: u64 = UPPER.wrapping_mul(Gram::PRIME);
        const ALL: u64 = UPPER.wrapping_mul(UPPER);
        let [first, second, third, _] = (character as u32).to_le_bytes().map(u64::from);
        if second | third == 0 {
            return Self((self.0 ^ first).wrapping_mul(ALL));
        }
        let two = (self.0 ^ first).wrapping_mul(Self::PRIME) ^ second;
        if third == 0 {
            return Self(two.wrapping_mul(UPPER_THREE));
        }
        Self((two.wrapping_mul(Self::PRIME) ^ third).wrapping_mul(UPPER))
    }

    fn characters(self, characters: &[char]) -> Self {
        characters.iter().fold(self, |gram, character| gram.character(*character))
    }

    fn hash(self) -> u64 {
        let mut hash = self.0;
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        hash ^ (hash >> 33)
    }
}

/// Puts hashes in rising order. They are spread evenly, so that by their upper bits nearly each has a place of its own; what
/// shares one (above all, what occurs more than once) is put right after.
#[derive(Default)]
struct Sorter {
    /// Where each place ends.
    ends: Vec<u32>,
    sorted: Vec<u64>,
}

impl Sorter {
    /// How often, on average, a hash may move down by one. Only hashes that somebody made to share places need more.
    const FEW: usize = 8;

    fn sorted(&mut self, hashes: &[u64]) -> &[u64] {
        let bits = (hashes.len() | 1).ilog2() + 1;
        let place = |hash: u64| (hash >> (64 - bits)) as usize;
        let Self { ends, sorted } = self;
        ends.clear();
        ends.resize(1 << bits, 0);
        for &hash in hashes {
            ends[place(hash)] += 1;
        }
        let mut sum = 0;
        for end in ends.iter_mut() {
            // Where the place begins; filling it moves this to its end.
            sum += core::mem::replace(end, sum);
        }
        sorted.clear();
        sorted.resize(hashes.len(), 0);
        for &hash in hashes {
            let end = &mut ends[place(hash)];
            sorted[*end as usize] = hash;
            *end += 1;
        }
        let mut moves = Self::FEW * sorted.len();
        for at in 1..sorted.len() {
            let hash = sorted[at];
            let mut to = at;
            while to > 0 && sorted[to - 1] > hash {
                sorted[to] = sorted[to - 1];
                to -= 1;
            }
            sorted[to] = hash;
            match moves.checked_sub(at - to) {
                Some(left) => moves = left,
                None => {
                    sorted.sort_unstable();
                    break;
                }
            }
        }
        sorted
    }
}

/// Calls with each different hash of a rising list, and how often it stands there.
fn runs(sorted: &[u64], mut each: impl FnMut(u64, u32)) {
    let mut rest = sorted.iter();
    let Some(&(mut hash)) = rest.next() else { return };
    let mut count = 1;
    for &next in rest {
        if next == hash {
            count += 1;
        } else {
            each(hash, count);
            (hash, count) = (next, 1);
        }
    }
    each(hash, count);
}

/// The Shannon entropy of the counts of different hashes, in bits.
fn entropy(sorted: &[u64]) -> f64 {
    let (mut entropy, mut known) = (0.0, (0, 0.0));
    runs(sorted, |_, count| {
        if known.0 != count {
            let share = f64::from(count) / sorted.len() as f64;
            known = (count, share * libm::log2(share));
        }
        entropy -= known.1;
    });
    entropy
}

/// Buckets, and which of them were added to.
struct Buckets {
    sums: [f64; BUCKETS],
    /// A bit each.
    filled: [u32; BUCKETS.div_ceil(32)],
}

impl Buckets {
    /// Adds all n-grams of a kind; how many different ones there are.
    fn add(&mut self, sorted: &[u64], weight: f64) -> u32 {
        let total = sorted.len() as f64;
        let (mut different, mut known) = (0, (0, 0.0));
        runs(sorted, |hash, count| {
            different += 1;
            if known.0 != count {
                known = (count, weight * sqrt(f64::from(count) / total));
            }
            // The lower 32 bits as a fraction of 2^32, times the number of buckets.
            let bucket = (((hash & 0xFFFF_FFFF) * BUCKETS as u64) >> 32) as usize;
            self.sums[bucket] += if hash >> 63 == 0 { known.1 } else { -known.1 };
            self.filled[bucket / 32] |= 1 << (bucket % 32);
        });
        different
    }
}

/// The n-grams of a text.
pub(super) struct Grams {
    buckets: Buckets,
    /// How many different characters there are, blanks aside.
    pub(super) different_characters: u32,
    /// The entropy of these, in bits.
    pub(super) entropy: f64,
    pub(super) different_words: u32,
}

impl Grams {
    pub(super) fn of(reading: &Reading) -> Self {
        const KINDS: [Gram; 5] =
            [Gram::of_kind(1), Gram::of_kind(2), Gram::of_kind(3), Gram::of_kind(4), Gram::of_kind(5)];
        let characters = reading.characters.as_slice();
        let spelling = |word: &Word| &characters[word.range.clone()];
        let mut found = Self {
            buckets: Buckets { sums: [0.0; BUCKETS], filled: [0; BUCKETS.div_ceil(32)] },
            different_characters: 0,
            entropy: 0.0,
            different_words: 0,
        };
        let (mut hashes, mut sorter) = (Vec::with_capacity(characters.len()), Sorter::default());

        let visible = characters.iter().filter(|&&character| character != ' ');
        hashes.extend(visible.map(|&character| KINDS[0].character(character).hash()));
        let sorted = sorter.sorted(&hashes);
        found.entropy = entropy(sorted);
        found.different_characters = found.buckets.add(sorted, WEIGHTS[0]);

        hashes.clear();
        hashes.extend(characters.array_windows().map(|[a, b]| KINDS[1].character(*a).character(*b).hash()));
        found.buckets.add(sorter.sorted(&hashes), WEIGHTS[1]);

        hashes.clear();
        hashes.extend(
            characters
                .array_windows()
                .map(|[a, b, c]| KINDS[2].character(*a).character(*b).character(*c).hash()),
        );
        found.buckets.add(sorter.sorted(&hashes), WEIGHTS[2]);

        hashes.clear();
        hashes.extend(reading.words.iter().map(|word| KINDS[3].characters(spelling(word)).hash()));
        found.different_words = found.buckets.add(sorter.sorted(&hashes), WEIGHTS[3]);

        hashes.clear();
        hashes.extend(reading.words.array_windows().map(|[first, second]| {
            KINDS[4].characters(spelling(first)).character(' ').characters(spelling(second)).hash()
        }));
        found.buckets.add(sorter.sorted(&hashes), WEIGHTS[4]);
        found
    }

    /// Calls with each bucket that was added to, in order, and what it holds.
    pub(super) fn each_bucket(&self, mut each: impl FnMut(usize, f64)) {
        for (word, &filled) in self.buckets.filled.iter().enumerate() {
            let mut left = filled;
            while left != 0 {
                let bucket = 32 * word + left.trailing_zeros() as usize;
                each(bucket, self.buckets.sums[bucket]);
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_the_bytes_one_by_one() {
        for character in ['a', 'ß', '業', '🙂', '\u{10FFFF}', '\u{100}', '\u{10000}'] {
            let bytes = (character as u32).to_le_bytes();
            let slow = bytes.iter().fold(Gram::of_kind(2).0, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
            });
            assert_eq!(Gram::of_kind(2).character(character).0, slow, "{character}");
        }
    }

    #[test]
    fn hashes_are_sorted_however_they_are_spread() {
        let spread: Vec<u64> = (0..500u64).map(|at| Gram(at % 90).hash()).collect();
        // What no mixer gives: all in one place, falling, so that each moves past all others.
        let together: Vec<u64> = (0..500u64).map(|at| at * 7919 % 501).collect();
        let falling: Vec<u64> = (0..500u64).rev().collect();
        for hashes in [spread, together, falling, vec![], vec![u64::MAX], vec![u64::MAX, 0]] {
            let mut expected = hashes.clone();
            expected.sort_unstable();
            assert_eq!(Sorter::default().sorted(&hashes), expected);
        }
    }
}
