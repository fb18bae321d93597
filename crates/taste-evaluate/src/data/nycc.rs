//! The New Yorker's caption contest: captions with how many people found them funny, somewhat funny, not funny
//! (nextml, CC BY 4.0).

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::csv;
use crate::error::EvaluateError;

/// A caption with its votes.
#[derive(Clone, Debug, PartialEq)]
pub struct Caption {
    /// Which contest, from 0.
    pub contest: usize,
    /// The words.
    pub text: String,
    /// Mean of unfunny 1, somewhat funny 2, funny 3.
    pub mean: f64,
    /// Variance of that mean.
    pub variance: f64,
    /// Whether it is one of the subset that is predicted; the others teach what words are worth.
    pub is_judged: bool,
}

/// Reads all captions with their votes, and which contests there are.
///
/// # Errors
/// [`EvaluateError::File`], [`EvaluateError::Line`].
pub fn read(folder: &Path) -> Result<(Vec<Caption>, usize), EvaluateError> {
    let folder = folder.join("nycc");
    let subset: BTreeSet<(u32, String)> =
        csv(&folder.join("bench_subset.csv.gz"), &["contest", "caption"], |fields| {
            Some((fields[0].parse().ok()?, fields[1].to_owned()))
        })?
        .into_iter()
        .collect();
    let head = ["contest", "sampling", "funny", "somewhat_funny", "unfunny", "caption"];
    let rows = csv(&folder.join("captions.csv.gz"), &head, |fields| {
        let count = |at: usize| fields[at].parse::<f64>().ok();
        Some((fields[0].parse::<u32>().ok()?, [count(4)?, count(3)?, count(2)?], fields[5].to_owned()))
    })?;
    // A caption may stand in two samplings of its contest: its votes are added up.
    let mut votes: BTreeMap<(u32, String), [f64; 3]> = BTreeMap::new();
    for (contest, counts, text) in rows {
        let key = (contest, text);
        let sums = votes.entry(key).or_default();
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let mut contests: BTreeMap<u32, usize> = BTreeMap::new();
    let mut captions = vec![];
    for (key, counts) in votes {
        let is_judged = subset.contains(&key);
        let (contest, text) = key;
        let total: f64 = counts.iter().sum();
        if total < 5.0 {
            continue;
        }
        let next = contests.len();
        let contest = *contests.entry(contest).or_insert(next);
        let mean = (counts[0] + 2.0 * counts[1] + 3.0 * counts[2]) / total;
        let square = (counts[0] + 4.0 * counts[1] + 9.0 * counts[2]) / total - mean * mean;
        captions.push(Caption { contest, text, mean, variance: (square + 0.05) / total, is_judged });
    }
    let count = contests.len();
    Ok((captions, count))
}
