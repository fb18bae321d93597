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

/// The hashes of one kind of n-grams: different ones with how often each occurs, in rising order.
pub(super) struct Counted {
    /// With repetitions.
    total: usize,
    runs: Vec<(u64, u32)>,
}

impl Counted {
    fn of(sorter: &mut Sorter, hashes: &[u64]) -> Self {
        let mut runs: Vec<(u64, u32)> = Vec::with_capacity(hashes.len());
        for &hash in sorter.sorted(hashes) {
            match runs.last_mut() {
                Some((last, count)) if *last == hash => *count += 1,
                _ => runs.push((hash, 1)),
            }
        }
        Self { total: hashes.len(), runs }
    }

    /// How many different ones.
    pub(super) fn different(&self) -> u32 {
        self.runs.len() as u32
    }

    /// The Shannon entropy of the counts, in bits.
    pub(super) fn entropy(&self) -> f64 {
        let mut entropy = 0.0;
        let mut known = (0, 0.0);
        for &(_, count) in &self.runs {
            if known.0 != count {
                let share = f64::from(count) / self.total as f64;
                known = (count, share * libm::log2(share));
            }
            entropy -= known.1;
        }
        entropy
    }
}

/// Puts hashes in rising order. They are spread evenly, so that by their upper bits nearly each has a place of its own; what
/// shares one (above all, what occurs more than once) is sorted there.
#[derive(Default)]
struct Sorter {
    /// Where each place ends.
    ends: Vec<u32>,
    sorted: Vec<u64>,
}

impl Sorter {
    /// As many are sorted by hand; more than that share a place where a text repeats itself.
    const FEW: usize = 32;

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
        let mut start = 0;
        for &end in ends.iter() {
            let shared = &mut sorted[start..end as usize];
            if shared.len() > Self::FEW {
                shared.sort_unstable();
            } else {
                for at in 1..shared.len() {
                    let mut to = at;
                    while to > 0 && shared[to - 1] > shared[to] {
                        shared.swap(to - 1, to);
                        to -= 1;
                    }
                }
            }
            start = end as usize;
        }
        sorted
    }
}

/// The n-grams of a text, by kind.
pub(super) struct Grams([Counted; 5]);

impl Grams {
    pub(super) fn of(reading: &Reading) -> Self {
        let characters = reading.characters.as_slice();
        let (mut hashes, mut sorter) = (Vec::with_capacity(characters.len()), Sorter::default());
        let mut counted = |grams: &mut dyn Iterator<Item = Gram>| {
            hashes.clear();
            hashes.extend(grams.map(Gram::hash));
            Counted::of(&mut sorter, &hashes)
        };
        const KINDS: [Gram; 5] =
            [Gram::of_kind(1), Gram::of_kind(2), Gram::of_kind(3), Gram::of_kind(4), Gram::of_kind(5)];
        let spelling = |word: &Word| &characters[word.range.clone()];
        let visible = characters.iter().filter(|&&character| character != ' ');
        Self([
            counted(&mut visible.map(|&character| KINDS[0].character(character))),
            counted(&mut characters.array_windows().map(|[a, b]| KINDS[1].character(*a).character(*b))),
            counted(
                &mut characters
                    .array_windows()
                    .map(|[a, b, c]| KINDS[2].character(*a).character(*b).character(*c)),
            ),
            counted(&mut reading.words.iter().map(|word| KINDS[3].characters(spelling(word)))),
            counted(&mut reading.words.array_windows().map(|[first, second]| {
                KINDS[4].characters(spelling(first)).character(' ').characters(spelling(second))
            })),
        ])
    }

    /// Characters, blanks aside.
    pub(super) fn characters(&self) -> &Counted {
        &self.0[0]
    }

    pub(super) fn words(&self) -> &Counted {
        &self.0[3]
    }

    /// [`BUCKETS`] numbers.
    pub(super) fn buckets(&self) -> Vec<f64> {
        let mut buckets = vec![0.0; BUCKETS];
        for (counted, weight) in self.0.iter().zip(WEIGHTS) {
            let total = counted.total as f64;
            let mut known = (0, 0.0);
            for &(hash, count) in &counted.runs {
                if known.0 != count {
                    known = (count, weight * sqrt(f64::from(count) / total));
                }
                // The lower 32 bits as a fraction of 2^32, times the number of buckets.
                let bucket = ((hash & 0xFFFF_FFFF) * BUCKETS as u64) >> 32;
                buckets[bucket as usize] += if hash >> 63 == 0 { known.1 } else { -known.1 };
            }
        }
        buckets
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
        // What no mixer gives: all in one place.
        let together: Vec<u64> = (0..500u64).map(|at| at * 7919 % 501).collect();
        for hashes in [spread, together, vec![], vec![u64::MAX], vec![u64::MAX, 0]] {
            let mut expected = hashes.clone();
            expected.sort_unstable();
            assert_eq!(Sorter::default().sorted(&hashes), expected);
        }
    }
}
