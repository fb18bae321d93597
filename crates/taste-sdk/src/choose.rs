//! Which question comes next where no model can say: coverage, by chance, with a known probability.
//!
//! Candidates that this person saw least come first, and a pair is not asked twice. The probability with
//! which the pair was drawn is part of the vote. Randomness is a seed that the caller passes.

use alloc::vec::Vec;
use sha2::{Digest as _, Sha256};
use taste_core::{Digest, Propensity, in_order};

/// A pair to ask about, by position in the round's manifest, in the order to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) left: usize,
    pub(crate) right: usize,
    pub(crate) propensity: Propensity,
}

/// Independent 32 bytes for one purpose out of a seed.
pub(crate) fn derive(seed: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update(purpose).finalize().into()
}

/// A number in `0..n` out of 32 random bytes; the bias is below n / 2⁶⁴.
pub(crate) fn below(n: usize, seed: &[u8; 32], purpose: &[u8]) -> usize {
    ((u128::from(word(seed, purpose)) * n as u128) >> 64) as usize
}

/// Billionths, at least one: what was asked cannot have been impossible.
pub(crate) fn propensity(probability: f64) -> Propensity {
    let billionths = libm::round(probability * 1e9) as u32;
    Propensity::from_billionths(billionths.clamp(1, 1_000_000_000)).expect("clamped to a billion")
}

/// Draws a pair of candidates that were `seen` least often. `usable[i]` is false for what cannot be shown;
/// `asked` holds the pairs (smaller position first) that are settled, sorted. None when no pair is left.
///
/// One candidate is drawn uniformly among the least seen that still have a partner, then its partner
/// uniformly among its least seen remaining ones, then the sides by a fair coin, which is not part of the
/// probability.
pub(crate) fn cover(seen: &[u32], usable: &[bool], asked: &[Vec<usize>], seed: &[u8; 32]) -> Option<Pair> {
    let open = |a: usize, b: usize| a != b && usable[b] && !is_settled(asked, a, b);
    let partners = |a: usize| least(seen, |b| open(a, b));
    let has_partner = |a: usize| usable[a] && (0..seen.len()).any(|b| open(a, b));
    let first = least(seen, has_partner);
    if first.is_empty() {
        return None;
    }
    let a = first[below(first.len(), seed, b"first")];
    let second = partners(a);
    let b = second[below(second.len(), seed, b"second")];
    // The same pair could also have been drawn the other way round.
    let mut probability = 1.0 / (first.len() * second.len()) as f64;
    if first.contains(&b) {
        let back = partners(b);
        if back.contains(&a) {
            probability += 1.0 / (first.len() * back.len()) as f64;
        }
    }
    let (left, right) = if below(2, seed, b"side") == 0 { (a, b) } else { (b, a) };
    Some(Pair { left, right, propensity: propensity(probability) })
}

/// Of those that may be taken, the ones that were seen least.
#[inline(never)]
fn least(seen: &[u32], may_be: impl Fn(usize) -> bool) -> Vec<usize> {
    let (mut least, mut floor) = (Vec::new(), u32::MAX);
    for (at, &times) in seen.iter().enumerate() {
        if times > floor || !may_be(at) {
            continue;
        }
        if times < floor {
            least.clear();
            floor = times;
        }
        least.push(at);
    }
    least
}

#[inline(never)]
fn is_settled(asked: &[Vec<usize>], a: usize, b: usize) -> bool {
    let pair = [a.min(b), a.max(b)];
    asked.binary_search_by(|known| known[..].cmp(&pair[..])).is_ok()
}

/// Draws one candidate of the usable ones, uniformly.
pub(crate) fn one(usable: &[bool], seed: &[u8; 32]) -> Option<(usize, Propensity)> {
    let open: Vec<usize> = (0..usable.len()).filter(|i| usable[*i]).collect();
    if open.is_empty() {
        return None;
    }
    Some((open[below(open.len(), seed, b"one")], propensity(1.0 / open.len() as f64)))
}

/// Draws so many of the usable candidates, the least seen first, in the order to show. `asked` holds the sets (each sorted)
/// that are settled, sorted. None where there are not enough, or no set is found that is not settled.
pub(crate) fn few(
    size: usize,
    seen: &[u32],
    usable: &[bool],
    asked: &[Vec<usize>],
    seed: &[u8; 32],
) -> Option<(Vec<usize>, Propensity)> {
    let open: Vec<usize> = (0..usable.len()).filter(|at| usable[*at]).collect();
    if size < 2 || open.len() < size {
        return None;
    }
    for attempt in 0..8u8 {
        let mut chance = SplitMix64(word(seed, &[attempt]));
        let mut drawn: Vec<(u64, u64, usize)> =
            open.iter().map(|&at| (seen[at].into(), chance.next(), at)).collect();
        drawn.sort_unstable();
        let level = drawn[size - 1].0;
        let tied = drawn.iter().filter(|(seen, ..)| *seen == level).count();
        drawn.truncate(size);
        let of_them = drawn.iter().filter(|(seen, ..)| *seen == level).count();
        let mut set: Vec<usize> = drawn.iter().map(|(.., at)| *at).collect();
        in_order(&mut set);
        if asked.binary_search(&set).is_ok() {
            continue;
        }
        // Those seen less often are certain; of the others every choice is as likely. After a second draw nobody knows.
        let known =
            if attempt == 0 { propensity(1.0 / choices(tied, of_them)) } else { Propensity::default() };
        // By chance again: those seen less often would always come first.
        let mut shown: Vec<(u64, u64, usize)> = set.into_iter().map(|at| (chance.next(), 0, at)).collect();
        shown.sort_unstable();
        return Some((shown.into_iter().map(|(.., at)| at).collect(), known));
    }
    None
}

/// In how many ways k of n can be chosen.
fn choices(n: usize, k: usize) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}

fn word(seed: &[u8; 32], purpose: &[u8]) -> u64 {
    u64::from_le_bytes(derive(seed, purpose)[..8].try_into().expect("eight bytes"))
}

/// Steele, Lea and Flood's generator: many numbers out of one seed, where a hash for each would take long.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The salt of a commitment.
pub(crate) fn salt(seed: &[u8; 32]) -> Digest {
    Digest(derive(seed, b"salt"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{collections::BTreeMap, vec};

    fn seed(n: u32) -> [u8; 32] {
        Sha256::digest(n.to_le_bytes()).into()
    }

    #[test]
    fn every_pair_is_asked_once_and_then_none_is_left() {
        let (mut seen, mut asked) = (vec![0; 6], Vec::new());
        for turn in 0..15 {
            let pair = cover(&seen, &[true; 6], &asked, &seed(turn)).expect("fifteen pairs of six");
            let drawn = vec![pair.left.min(pair.right), pair.left.max(pair.right)];
            assert!(!asked.contains(&drawn));
            asked.push(drawn);
            asked.sort_unstable();
            seen[pair.left] += 1;
            seen[pair.right] += 1;
        }
        assert_eq!(cover(&seen, &[true; 6], &asked, &seed(99)), None);
    }

    #[test]
    fn the_recorded_probability_is_the_frequency() {
        // Candidate 3 was seen once, so it is drawn last: an uneven case.
        let (seen, usable, asked) = ([0, 0, 0, 1], [true; 4], [vec![0, 1], vec![0, 2]]);
        let mut drawn: BTreeMap<(usize, usize), (u32, u32)> = BTreeMap::new();
        let turns = 20_000;
        for turn in 0..turns {
            let pair = cover(&seen, &usable, &asked, &seed(turn)).unwrap();
            let entry = drawn
                .entry((pair.left.min(pair.right), pair.left.max(pair.right)))
                .or_insert((0, pair.propensity.billionths()));
            entry.0 += 1;
        }
        for (pair, (count, billionths)) in drawn {
            let (found, said) = (f64::from(count) / f64::from(turns), f64::from(billionths) / 1e9);
            assert!((found - said).abs() < 0.015, "{pair:?}: drawn {found}, recorded {said}");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_not_asked() {
        for turn in 0..50 {
            let pair = cover(&[0, 0, 0], &[true, false, true], &[], &seed(turn)).unwrap();
            assert!(pair.left != 1 && pair.right != 1);
            assert_eq!(one(&[false, false, true], &seed(turn)).unwrap().0, 2);
        }
        assert_eq!(cover(&[0, 0], &[true, false], &[], &seed(1)), None);
        assert_eq!(few(3, &[0; 4], &[true, true, false, false], &[], &seed(1)), None);
    }

    #[test]
    fn a_few_are_drawn_as_likely_as_is_said_and_no_set_twice() {
        // 4 was not seen yet, so it is certain, and two of the other four come with it.
        let (seen, usable) = ([1, 1, 1, 1, 0], [true; 5]);
        let mut drawn: BTreeMap<Vec<usize>, (u32, u32)> = BTreeMap::new();
        let turns = 12_000;
        for turn in 0..turns {
            let (mut set, known) = few(3, &seen, &usable, &[], &seed(turn)).unwrap();
            set.sort_unstable();
            drawn.entry(set).or_insert((0, known.billionths())).0 += 1;
        }
        assert_eq!(drawn.len(), 6);
        for (set, (count, billionths)) in drawn {
            assert!(set.contains(&4));
            let (found, said) = (f64::from(count) / f64::from(turns), f64::from(billionths) / 1e9);
            assert!((found - said).abs() < 0.02, "{set:?}: drawn {found}, recorded {said}");
        }
        assert_eq!(few(5, &seen, &usable, &[vec![0, 1, 2, 3, 4]], &seed(1)), None);
    }
}
