//! Which question comes next where no model can say: coverage, by chance, with a known probability.
//!
//! Candidates that this person saw least come first, and a pair is not asked twice. The probability with
//! which the pair was drawn is part of the vote. Randomness is a seed that the caller passes.

use alloc::vec::Vec;
use sha2::{Digest as _, Sha256};
use taste_core::{Digest, Propensity};

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
    let bytes = derive(seed, purpose);
    let word = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
    ((u128::from(word) * n as u128) >> 64) as usize
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
pub(crate) fn cover(
    seen: &[u32],
    usable: &[bool],
    asked: &[(usize, usize)],
    seed: &[u8; 32],
) -> Option<Pair> {
    let open =
        |a: usize, b: usize| a != b && usable[b] && asked.binary_search(&(a.min(b), a.max(b))).is_err();
    let partners = |a: usize| -> Vec<usize> { (0..seen.len()).filter(|&b| open(a, b)).collect() };
    let least = |from: Vec<usize>| -> Vec<usize> {
        let floor = from.iter().map(|&i| seen[i]).min().unwrap_or(0);
        from.into_iter().filter(|&i| seen[i] == floor).collect()
    };
    let has_partner = |a: usize| usable[a] && (0..seen.len()).any(|b| open(a, b));
    let first = least((0..seen.len()).filter(|&i| has_partner(i)).collect());
    if first.is_empty() {
        return None;
    }
    let a = first[below(first.len(), seed, b"first")];
    let second = least(partners(a));
    let b = second[below(second.len(), seed, b"second")];
    // The same pair could also have been drawn the other way round.
    let mut probability = 1.0 / (first.len() * second.len()) as f64;
    if first.contains(&b) {
        let back = least(partners(b));
        if back.contains(&a) {
            probability += 1.0 / (first.len() * back.len()) as f64;
        }
    }
    let (left, right) = if below(2, seed, b"side") == 0 { (a, b) } else { (b, a) };
    Some(Pair { left, right, propensity: propensity(probability) })
}

/// Draws one candidate of the usable ones, uniformly.
pub(crate) fn one(usable: &[bool], seed: &[u8; 32]) -> Option<(usize, Propensity)> {
    let open: Vec<usize> = (0..usable.len()).filter(|i| usable[*i]).collect();
    if open.is_empty() {
        return None;
    }
    Some((open[below(open.len(), seed, b"one")], propensity(1.0 / open.len() as f64)))
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
            let drawn = (pair.left.min(pair.right), pair.left.max(pair.right));
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
        let (seen, usable, asked) = ([0, 0, 0, 1], [true; 4], [(0, 1), (0, 2)]);
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
    }
}
