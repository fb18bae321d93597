//! Groups of like-minded persons, and what all of them like: the group-aware consensus of Polis and a bridging score, beside
//! the board's one number, which a large group decides alone.
//!
//! A person's residuals (what they said of each candidate beyond what the board expects) are projected on the direction along
//! which persons differ most, as Polis does with votes (Small et al. 2021, *Polis: scaling deliberation by mapping high
//! dimensional opinion spaces*) and Community Notes with ratings (Wojcik et al. 2022, *Birdwatch: crowd wisdom and bridging
//! algorithms*). Two groups lie to its sides, if it is real: found on one half of each person's votes, it must tell how the
//! same persons voted in the other half. Where it does not, there is one group.
//!
//! Each group has a board of its own. The consensus of a candidate is the product over groups of its expected share of duels
//! won, as Polis multiplies its chances of agreement; its bridging score is the least of these shares.

use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    board::BoardOptions,
    clusters::Clusters,
    crew::Crew,
    error::ModelError,
    hessian::Ridge,
    pairs::{IndexedComparison, NO_PERSON, Pairs},
    random::SplitMix64,
    ranks::shares,
    spread::Pull,
};

/// Fewer persons are no groups.
const FEWEST_PERSONS: usize = 8;
/// How surely the second half must agree with the first, in standard deviations.
const SURE: f64 = 3.0;
/// Steps of the power method.
const STEPS: usize = 60;

/// What groups of like-minded persons make of a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bridging {
    /// Persons in each group; one group where persons do not fall apart.
    pub groups: Vec<u32>,
    /// How surely they do: the agreement of two halves of each person's votes, in standard deviations.
    pub surety: f64,
    /// By candidates' numbers.
    pub rows: Vec<BridgingRow>,
}

/// What all groups make of one candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BridgingRow {
    /// Its number.
    pub candidate: u32,
    /// Expected share of duels won, in each group.
    pub shares: Vec<f64>,
    /// Their product.
    pub consensus: f64,
    /// The least of them.
    pub bridging: f64,
}

impl Bridging {
    /// Of a round's comparisons. Those of [`NO_PERSON`] are in no group.
    ///
    /// # Errors
    /// As [`crate::Board::fit`].
    pub fn of(
        candidates: usize,
        comparisons: &[IndexedComparison],
        options: &BoardOptions,
        crew: &dyn Crew,
    ) -> Result<Self, ModelError> {
        let ridge = options.checked()?;
        let sides = options.position.is_some();
        let pairs = Pairs::add_up(candidates, comparisons, sides, crew)?;
        let fit = pairs.fit(ridge, crew);
        let pulls = Pull::all(comparisons, &pairs.hessian(fit.curvature, ridge, crew), &fit.values);
        let persons = Clusters::persons(comparisons);
        let known: Vec<&[u32]> =
            persons.iter().filter(|own| comparisons[own[0] as usize].person != NO_PERSON).collect();

        let (groups, surety) = groups(candidates, &known, &pulls);
        let mut group_shares: Vec<Vec<f64>> = Vec::new();
        for group in &groups {
            let own: Vec<IndexedComparison> =
                group.iter().flat_map(|&person| known[person]).map(|&i| comparisons[i as usize]).collect();
            group_shares.push(own_shares(candidates, &own, sides, ridge, crew)?);
        }
        let rows = (0..candidates).map(|i| {
            let shares: Vec<f64> = group_shares.iter().map(|shares| shares[i]).collect();
            BridgingRow {
                candidate: i as u32,
                consensus: shares.iter().product(),
                bridging: shares.iter().copied().fold(1.0, f64::min),
                shares,
            }
        });
        Ok(Self {
            groups: groups.iter().map(|group| group.len() as u32).collect(),
            surety,
            rows: rows.collect(),
        })
    }
}

fn own_shares(
    candidates: usize,
    comparisons: &[IndexedComparison],
    sides: bool,
    ridge: Ridge,
    crew: &dyn Crew,
) -> Result<Vec<f64>, ModelError> {
    let fit = Pairs::add_up(candidates, comparisons, sides, crew)?.fit(ridge, crew);
    let ratings = &fit.values[..candidates];
    let at: Vec<[f64; 1]> = ratings.iter().map(|&rating| [rating]).collect();
    Ok(shares(ratings, &at).into_iter().map(|[share]| share).collect())
}

/// Persons of each group, and how sure it is that there are two.
fn groups(candidates: usize, persons: &[&[u32]], pulls: &[Pull]) -> (Vec<Vec<usize>>, f64) {
    let all = || vec![(0..persons.len()).collect()];
    if persons.len() < FEWEST_PERSONS {
        return (all(), 0.0);
    }
    // Every other vote of each person: what the first half finds, the second must know.
    let half = |odd: usize| persons.iter().map(move |own| own.iter().skip(odd).step_by(2).copied());
    let direction = direction(candidates, half(0), pulls);
    let first: Vec<f64> = half(0).map(|own| place(own, pulls, &direction)).collect();
    let second: Vec<f64> = half(1).map(|own| place(own, pulls, &direction)).collect();
    let surety = correlation(&first, &second) * libm::sqrt(persons.len() as f64);
    if surety < SURE {
        return (all(), surety);
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (person, place) in first.iter().zip(&second).map(|(a, b)| a + b).enumerate() {
        if place > 0.0 { right.push(person) } else { left.push(person) }
    }
    if left.is_empty() || right.is_empty() { (all(), surety) } else { (vec![left, right], surety) }
}

/// Along which persons differ most: the first right singular vector of their residuals, by the power method.
fn direction<I: Iterator<Item = u32> + Clone>(
    candidates: usize,
    persons: impl Iterator<Item = I> + Clone,
    pulls: &[Pull],
) -> Vec<f64> {
    let mut random = SplitMix64::new(0x6272_6964_6765_7321);
    let mut direction: Vec<f64> = (0..candidates).map(|_| random.unit() - 0.5).collect();
    for _ in 0..STEPS {
        let mut next = vec![0.0; candidates];
        for own in persons.clone() {
            let place = place(own.clone(), pulls, &direction);
            for index in own {
                let pull = &pulls[index as usize];
                next[pull.winner as usize] += place * pull.size();
                next[pull.loser as usize] -= place * pull.size();
            }
        }
        let norm = libm::sqrt(next.iter().map(|value| value * value).sum::<f64>());
        if norm == 0.0 {
            break;
        }
        direction = next.into_iter().map(|value| value / norm).collect();
    }
    direction
}

/// Where a person stands along it.
fn place(own: impl Iterator<Item = u32>, pulls: &[Pull], direction: &[f64]) -> f64 {
    own.map(|index| {
        let pull = &pulls[index as usize];
        pull.size() * (direction[pull.winner as usize] - direction[pull.loser as usize])
    })
    .sum()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    if aa > 0.0 && bb > 0.0 { ab / libm::sqrt(aa * bb) } else { 0.0 }
}
