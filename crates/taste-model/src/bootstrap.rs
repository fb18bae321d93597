//! A board's spread by drawing persons: each draw has as many persons as the round, taken with replacement, all votes of each.
//!
//! It stands beside the board's own intervals and takes nothing for granted but that persons are alike to draw from: not that
//! ratings are near normal, nor that one Newton step tells enough. Of one person alone it knows nothing: its interval is then
//! a point, and the board's own is what holds.

use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    board::BoardOptions,
    clusters::Clusters,
    crew::{Alone, Crew, each},
    error::{ModelError, within},
    hessian::Ridge,
    pairs::{IndexedComparison, Pairs},
    random::SplitMix64,
    ranks::ranks,
};

/// What draws of persons say of one candidate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BootstrapRow {
    /// Its number.
    pub candidate: u32,
    /// 2.5 % of draws rate it lower.
    pub low: f64,
    /// 2.5 % of draws rate it higher.
    pub high: f64,
    /// Standard deviation of its rating over draws.
    pub deviation: f64,
    /// In 2.5 % of draws its rank is better.
    pub rank_low: u32,
    /// In 2.5 % of draws its rank is worse.
    pub rank_high: u32,
}

/// The bootstrap of a board, by person: a row for each candidate, in order of their numbers. The same seed gives the same rows.
///
/// # Errors
/// As [`crate::Board::fit`]; [`ModelError::Range`] for fewer than 2 or more than 100,000 draws.
pub fn bootstrap(
    candidates: usize,
    comparisons: &[IndexedComparison],
    options: &BoardOptions,
    draws: u32,
    seed: u64,
    crew: &dyn Crew,
) -> Result<Vec<BootstrapRow>, ModelError> {
    within("the number of draws", f64::from(draws), 2.0, 1e5)?;
    let ridge = options.checked()?;
    let pairs = Pairs::add_up(candidates, comparisons, options.position.is_some(), crew)?;
    let persons = Clusters::persons(comparisons);
    let fitted = pairs.fit(ridge, crew).values;
    let ratings = each(crew, 0..draws, |draw| {
        let mut random = SplitMix64::new(seed ^ u64::from(draw).wrapping_mul(0xd6e8_feb8_6659_fd93));
        drawn(&pairs, &fitted, comparisons, &persons, ridge, &mut random)
    });
    let ranked: Vec<Vec<u32>> = ratings.iter().map(|ratings| ranks(ratings)).collect();
    let row = |candidate: usize| {
        let mut own: Vec<f64> = ratings.iter().map(|ratings| ratings[candidate]).collect();
        let mut places: Vec<u32> = ranked.iter().map(|ranks| ranks[candidate]).collect();
        own.sort_unstable_by(f64::total_cmp);
        places.sort_unstable();
        let mean = own.iter().sum::<f64>() / own.len() as f64;
        let squares = own.iter().map(|rating| (rating - mean) * (rating - mean)).sum::<f64>();
        let outer = (own.len() as f64 * 0.025) as usize;
        let upper = own.len() - 1 - outer;
        BootstrapRow {
            candidate: candidate as u32,
            low: own[outer],
            high: own[upper],
            deviation: libm::sqrt(squares / (own.len() - 1) as f64),
            rank_low: places[outer],
            rank_high: places[upper],
        }
    };
    Ok((0..candidates).map(row).collect())
}

/// Ratings with as many persons as there are, some several times and some not.
fn drawn(
    pairs: &Pairs,
    fitted: &[f64],
    comparisons: &[IndexedComparison],
    persons: &Clusters,
    ridge: Ridge,
    random: &mut SplitMix64,
) -> Vec<f64> {
    let mut times = vec![0u32; persons.len()];
    (0..persons.len()).for_each(|_| times[random.below(persons.len())] += 1);
    let mut pairs = pairs.clone();
    for (own, times) in persons.iter().zip(times) {
        if times != 1 {
            own.iter().for_each(|&index| pairs.change(&comparisons[index as usize], f64::from(times) - 1.0));
        }
    }
    let mut values = pairs.fit_again(fitted.to_vec(), ridge, &Alone).values;
    values.truncate(pairs.candidates());
    values
}
