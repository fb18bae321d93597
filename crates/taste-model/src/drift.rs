//! How a board moved from one time to another: the difference of the two boards, and its interval.
//!
//! The votes of both times are mostly the same ones, so the two boards' own intervals say little of the difference. Persons are drawn
//! as for the bootstrap, once for both: whoever is drawn twice counts twice then and now, and what did not move does not spread.

use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    board::BoardOptions,
    crew::{Alone, Crew, each},
    error::{ModelError, within},
    pairs::{IndexedComparison, Pairs},
    random::SplitMix64,
    ranks::ranks,
};

/// How one candidate moved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DriftRow {
    /// Its number.
    pub candidate: u32,
    /// How much higher it is rated now.
    pub rating: f64,
    /// Lower end of that change's 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard deviation of the change over draws.
    pub deviation: f64,
    /// Its rank then.
    pub rank_then: u32,
}

/// What moved between the votes of `then` and those of `now`: a row for each candidate, in order of their numbers. Persons
/// have the same numbers in both. The same seed gives the same rows.
///
/// # Errors
/// As [`crate::Board::fit`]; [`ModelError::Range`] for fewer than 2 or more than 100,000 draws.
pub fn drift(
    candidates: usize,
    then: &[IndexedComparison],
    now: &[IndexedComparison],
    options: &BoardOptions,
    draws: u32,
    seed: u64,
    crew: &dyn Crew,
) -> Result<Vec<DriftRow>, ModelError> {
    within("the number of draws", f64::from(draws), 2.0, 1e5)?;
    let ridge = options.checked()?;
    let add_up = |comparisons| Pairs::add_up(candidates, comparisons, options.position.is_some(), crew);
    let sides = [(add_up(then)?, then), (add_up(now)?, now)];
    let fitted = sides.each_ref().map(|(pairs, _)| pairs.fit(ridge, crew).values);
    let persons = then.iter().chain(now).map(|comparison| comparison.person as usize + 1).max().unwrap_or(0);
    let mut known = vec![false; persons];
    then.iter().chain(now).for_each(|comparison| known[comparison.person as usize] = true);
    let known: Vec<usize> = (0..persons).filter(|&person| known[person]).collect();

    let moved = each(crew, 0..draws, |draw| {
        let mut random = SplitMix64::new(seed ^ u64::from(draw).wrapping_mul(0xd6e8_feb8_6659_fd93));
        let mut times = vec![0u32; persons];
        known.iter().for_each(|_| times[known[random.below(known.len())]] += 1);
        let [before, after] = [0, 1].map(|side| {
            let mut pairs = sides[side].0.clone();
            for comparison in sides[side].1 {
                let times = times[comparison.person as usize];
                if times != 1 {
                    pairs.change(comparison, f64::from(times) - 1.0);
                }
            }
            pairs.fit_again(fitted[side].clone(), ridge, &Alone).values
        });
        (0..candidates).map(|candidate| after[candidate] - before[candidate]).collect::<Vec<f64>>()
    });
    let ranks_then = ranks(&fitted[0][..candidates]);
    let row = |candidate: usize| {
        let mut own: Vec<f64> = moved.iter().map(|moved| moved[candidate]).collect();
        own.sort_unstable_by(f64::total_cmp);
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        let squares = own.iter().map(|moved| (moved - mean) * (moved - mean)).sum::<f64>();
        let outer = (own.len() as f64 * 0.025) as usize;
        DriftRow {
            candidate: candidate as u32,
            rating: fitted[1][candidate] - fitted[0][candidate],
            low: own[outer],
            high: own[own.len() - 1 - outer],
            deviation: libm::sqrt(squares / (own.len() - 1) as f64),
            rank_then: ranks_then[candidate],
        }
    };
    Ok((0..candidates).map(row).collect())
}
