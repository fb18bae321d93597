//! AdParaphrase v2: pairs of Japanese search-ad texts that say the same, with the votes of ten judges for the more
//! attractive one (CyberAgent AI Lab).

use std::{collections::BTreeMap, path::Path};

use super::csv;
use crate::error::EvaluateError;

/// A pair of texts and how many judges preferred each.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The two texts' numbers.
    pub texts: [usize; 2],
    /// Judges for each.
    pub votes: [f64; 2],
    /// Pairs that share a text, directly or through others, have the same number.
    pub group: usize,
}

/// The data set.
#[derive(Clone, Debug, PartialEq)]
pub struct AdTexts {
    /// The texts, each once.
    pub texts: Vec<String>,
    /// Pairs on which the judges were not evenly divided.
    pub pairs: Vec<Pair>,
    /// How many groups.
    pub groups: usize,
}

const HEAD: [&str; 10] = [
    "id",
    "ad1",
    "ad2",
    "source_ad1",
    "source_ad2",
    "count.paraphrase",
    "count.nonparaphrase",
    "count.preference_ad1",
    "count.preference_ad2",
    "count.preference_skip",
];

/// Reads the pairs that judges decided.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`].
pub fn read(folder: &Path) -> Result<AdTexts, EvaluateError> {
    let path = folder.join("adparaphrase/pairs.csv.gz");
    let rows = csv(&path, &HEAD, |fields| {
        let count =
            |at: usize| if fields[at].is_empty() { Some(0.0) } else { fields[at].parse::<f64>().ok() };
        Some((fields[1].to_owned(), fields[2].to_owned(), count(7)?, count(8)?))
    })?;
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut texts = vec![];
    let mut pairs = vec![];
    for (first, second, for_first, for_second) in rows {
        if for_first == for_second || first == second {
            continue;
        }
        let mut number = |text: String| {
            *numbers.entry(text.clone()).or_insert_with(|| {
                texts.push(text);
                texts.len() - 1
            })
        };
        let own = [number(first), number(second)];
        pairs.push(Pair { texts: own, votes: [for_first, for_second], group: 0 });
    }
    let groups = join(texts.len(), &mut pairs);
    Ok(AdTexts { texts, pairs, groups })
}

/// Numbers the groups of pairs that hang together (union–find), in order of first appearance.
fn join(texts: usize, pairs: &mut [Pair]) -> usize {
    let mut parent: Vec<usize> = (0..texts).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while parent[at] != at {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        at
    }
    for pair in pairs.iter() {
        let (a, b) = (root(&mut parent, pair.texts[0]), root(&mut parent, pair.texts[1]));
        parent[a] = b;
    }
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    for pair in pairs.iter_mut() {
        let at = root(&mut parent, pair.texts[0]);
        let next = numbers.len();
        pair.group = *numbers.entry(at).or_insert(next);
    }
    numbers.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_share_a_text_are_one_group() {
        let pair = |a, b| Pair { texts: [a, b], votes: [1.0, 0.0], group: 9 };
        let mut pairs = [pair(0, 1), pair(2, 3), pair(3, 4), pair(5, 1)];
        assert_eq!(join(6, &mut pairs), 2);
        assert_eq!(pairs.map(|pair| pair.group), [0, 1, 1, 0]);
    }
}
