//! Character n-grams of texts as an encoder fitted on training texts: a vocabulary instead of hashing, so that no two
//! n-grams share a number.

use std::collections::{BTreeMap, BTreeSet};

/// The n-grams that an embedding has numbers for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    numbers: BTreeMap<String, u32>,
    longest: usize,
}

/// All n-grams of 1 to `longest` characters, each once, with marks at both ends of the text.
pub fn ngrams(text: &str, longest: usize) -> BTreeSet<String> {
    let characters: Vec<char> = std::iter::once('\u{2}')
        .chain(text.chars().flat_map(char::to_lowercase))
        .chain(std::iter::once('\u{3}'))
        .collect();
    (1..=longest)
        .flat_map(|length| characters.windows(length))
        .map(|window| window.iter().collect())
        .collect()
}

impl Vocabulary {
    /// The n-grams by which most pairs of texts differ, at most `size`, each seen in `least` pairs or more. Equal
    /// counts in alphabetical order.
    pub fn of_differences<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        longest: usize,
        least: u32,
        size: usize,
    ) -> Self {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for (first, second) in pairs {
            let (first, second) = (ngrams(first, longest), ngrams(second, longest));
            for ngram in first.symmetric_difference(&second) {
                *counts.entry(ngram.clone()).or_default() += 1;
            }
        }
        let mut order: Vec<(String, u32)> = counts.into_iter().filter(|(_, count)| *count >= least).collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        order.truncate(size);
        let numbers = order.into_iter().enumerate().map(|(at, (ngram, _))| (ngram, at as u32)).collect();
        Self { numbers, longest }
    }

    /// How many numbers an embedding has.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The numbers of the n-grams in a text, in order.
    pub fn read(&self, text: &str) -> Vec<u32> {
        let mut found: Vec<u32> =
            ngrams(text, self.longest).iter().filter_map(|ngram| self.numbers.get(ngram).copied()).collect();
        found.sort_unstable();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_tells_texts_apart_is_kept_most_frequent_first() {
        let vocabulary = Vocabulary::of_differences([("ab", "ac"), ("xb", "xd"), ("ab", "ab")], 2, 1, 100);
        assert_eq!(vocabulary.numbers["b"], 0);
        assert!(!vocabulary.numbers.contains_key("a") && !vocabulary.numbers.contains_key("\u{2}"));
        assert_eq!(vocabulary.read("B"), vocabulary.read("b"));
        assert_eq!(Vocabulary::of_differences([("ab", "ac"), ("xb", "xd")], 1, 2, 9).len(), 1);
        assert!(vocabulary.read("").is_empty());
    }
}
