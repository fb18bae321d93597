//! How fast votes grow old: a half-life that the votes themselves choose, or none.
//!
//! The log is cut into stretches of time. Each is predicted from what came before it, with every earlier vote weighing
//! 2^(−age / half-life), for a grid of half-lives and for none (prequential log loss, Dawid 1984, *Statistical theory: the
//! prequential approach*). Votes decay only where the best half-life predicts better than none by more than twice the
//! standard error of that difference. The interval is all half-lives that are not worse than the best by as much.
//!
//! The error is taken over what each person says in a stretch: between stretches what is said is news to all before it, but
//! within one a person's votes share a taste. A log of less than a day tells nothing: who happens to vote first is no
//! change of taste, and an import has no times at all.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    board::BoardOptions,
    crew::{Crew, each},
    error::{ModelError, within},
    logistic::log_sigmoid,
    pairs::{IndexedComparison, Pairs},
};

/// Stretches of equally many votes.
const STRETCHES: usize = 12;
/// The first of these are only learned from.
const LEARNED: usize = 2;
/// Half-lives on the grid: from a fiftieth of the log's span to four times it.
const GRID: usize = 16;
/// Fewer comparisons tell nothing of time.
const FEWEST: usize = 120;
/// Nor does a shorter log, in seconds.
const LEAST_SPAN: u64 = 86_400;

/// What the votes say of their own age.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decay {
    /// In seconds; none where votes do not support any.
    pub half_life: Option<f64>,
    /// The shortest half-life that predicts as well, within error; none as above.
    pub low: Option<f64>,
    /// The longest; none where no decay at all predicts as well as that, or as above.
    pub high: Option<f64>,
    /// By how much the best half-life predicts better than none, in nats a vote; what it costs where it is below 0.
    pub gain: f64,
    /// Standard error of that.
    pub gain_error: f64,
}

impl Decay {
    /// Estimates it; `times` has each comparison's, in seconds.
    ///
    /// # Errors
    /// As [`crate::Board::fit`]; [`ModelError::Range`] where there are not as many times as comparisons.
    pub fn estimate(
        candidates: usize,
        comparisons: &[IndexedComparison],
        times: &[u64],
        options: &BoardOptions,
        crew: &dyn Crew,
    ) -> Result<Self, ModelError> {
        let ridge = options.checked()?;
        same_number(comparisons, times)?;
        Pairs::add_up(candidates, comparisons, false, crew)?;
        let mut order: Vec<usize> =
            (0..comparisons.len()).filter(|&index| comparisons[index].weight > 0.0).collect();
        order.sort_by_key(|&index| times[index]);
        let none = Self { half_life: None, low: None, high: None, gain: 0.0, gain_error: 0.0 };
        let (Some(&first), Some(&last)) = (order.first(), order.last()) else { return Ok(none) };
        if order.len() < FEWEST || times[last] - times[first] < LEAST_SPAN {
            return Ok(none);
        }
        let span = (times[last] - times[first]) as f64;
        let grid: Vec<f64> = (0..GRID)
            .map(|k| span / 50.0 * libm::exp2(k as f64 * libm::log2(200.0) / (GRID - 1) as f64))
            .collect();
        let stretch = |k: usize| &order[k * order.len() / STRETCHES..(k + 1) * order.len() / STRETCHES];
        // None first, then the grid: of each, the loss of each vote.
        let tried = core::iter::once(f64::INFINITY).chain(grid.iter().copied());
        let losses = each(crew, tried, |half_life| {
            let losses = |k: usize| {
                let (before, coming) = (&order[..k * order.len() / STRETCHES], stretch(k));
                let now = times[coming[0]];
                let learned: Vec<IndexedComparison> = before
                    .iter()
                    .map(|&index| aged(&comparisons[index], times[index], now, half_life))
                    .collect();
                let ratings = match Pairs::add_up(candidates, &learned, false, &crate::Alone) {
                    Ok(pairs) => pairs.fit(ridge, &crate::Alone).values,
                    Err(_) => vec![0.0; candidates],
                };
                let loss = |&index: &usize| {
                    let IndexedComparison { winner, loser, tie, weight, .. } = comparisons[index];
                    let gap = ratings[winner as usize] - ratings[loser as usize];
                    let loss =
                        if tie { -0.5 * (log_sigmoid(gap) + log_sigmoid(-gap)) } else { -log_sigmoid(gap) };
                    (loss * f64::from(weight)) as f32
                };
                coming.iter().map(loss).collect::<Vec<f32>>()
            };
            (LEARNED..STRETCHES).flat_map(losses).collect::<Vec<f32>>()
        });
        let predicted: Vec<(usize, IndexedComparison)> = (LEARNED..STRETCHES)
            .flat_map(|k| stretch(k).iter().map(move |&index| (k, comparisons[index])))
            .collect();
        let better = |losses: &[f32], than: &[f32]| better(&predicted, losses, than);
        let total = |k: usize| losses[k].iter().map(|&loss| f64::from(loss)).sum::<f64>();
        let best = (1..=GRID).fold(1, |best, k| if total(k) < total(best) { k } else { best });
        let (gain, gain_error) = better(&losses[best], &losses[0]);
        let none = Self { gain, gain_error, ..none };
        if gain <= 2.0 * gain_error {
            return Ok(none);
        }
        let as_good = |k: &usize| {
            let (worse, error) = better(&losses[best], &losses[*k]);
            *k == best || worse <= 2.0 * error
        };
        let mut good = (1..=GRID).filter(as_good);
        let low = good.next().unwrap_or(best);
        let high = good.next_back().unwrap_or(low).max(best);
        Ok(Self {
            half_life: Some(grid[best - 1]),
            low: Some(grid[low - 1]),
            high: Some(grid[high - 1]),
            ..none
        })
    }
}

/// The comparisons as they weigh at `now`, in seconds as `times`, with a half-life in seconds: what a board of today is fitted to.
///
/// # Errors
/// [`ModelError::Range`] for a half-life that is not above 0, or where there are not as many times as comparisons.
pub fn decayed(
    comparisons: &[IndexedComparison],
    times: &[u64],
    now: u64,
    half_life: f64,
) -> Result<Vec<IndexedComparison>, ModelError> {
    within("the half-life", half_life, 1e-3, f64::MAX)?;
    same_number(comparisons, times)?;
    let aged = |(comparison, &time)| aged(comparison, time, now, half_life);
    Ok(comparisons.iter().zip(times).map(aged).collect())
}

fn aged(comparison: &IndexedComparison, time: u64, now: u64, half_life: f64) -> IndexedComparison {
    let age = now.saturating_sub(time) as f64;
    IndexedComparison { weight: comparison.weight * libm::exp2(-age / half_life) as f32, ..*comparison }
}

fn same_number(comparisons: &[IndexedComparison], times: &[u64]) -> Result<(), ModelError> {
    within(
        "times for each comparison",
        times.len() as f64,
        comparisons.len() as f64,
        comparisons.len() as f64,
    )
}

/// By how much the first losses are smaller, a vote of plain weight, and the standard error of that; each comparison with its
/// stretch.
fn better(predicted: &[(usize, IndexedComparison)], losses: &[f32], than: &[f32]) -> (f64, f64) {
    // What a person said in a stretch: gain and weight.
    let mut said: BTreeMap<(usize, u32), (f64, f64)> = BTreeMap::new();
    for ((stretch, comparison), (&loss, &than)) in predicted.iter().zip(losses.iter().zip(than)) {
        let sums = said.entry((*stretch, comparison.person)).or_default();
        sums.0 += f64::from(than) - f64::from(loss);
        sums.1 += f64::from(comparison.weight);
    }
    let (gain, weight) =
        said.values().fold((0.0, 0.0), |(gain, weight), said| (gain + said.0, weight + said.1));
    let mean = gain / weight;
    let squares: f64 = said.values().map(|said| said.0 - mean * said.1).map(|rest| rest * rest).sum();
    let groups = said.len() as f64;
    (mean, libm::sqrt(squares * groups / (groups - 1.0)) / weight)
}
