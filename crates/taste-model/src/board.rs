//! The ranking of a round with honest error bars: Bradley–Terry ratings, intervals, rank ranges, shares, and how little would
//! change the first place.
//!
//! Intervals are the wider of two: the sandwich, clustered by person (one person's hundred votes are not a hundred
//! independent ones), and the model's own curvature (which stays wide where there are few votes or few persons, where a
//! sandwich collapses). Rank ranges come from differences at a level that holds for all opponents of a candidate at once
//! (Bonferroni).

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

use crate::{
    clusters::Clusters,
    compared::counts,
    crew::{Alone, Crew},
    error::{ModelError, within},
    fragility::Fragility,
    hessian::Ridge,
    pairs::{IndexedComparison, Pairs},
    ranks::{rank_ranges, shares},
    spread::Spread,
};

/// A candidate with fewer votes is marked fragile.
pub const FRAGILE_VOTES: u32 = 10;

/// Half of the width of a central 95 % interval, in standard deviations.
const Z95: f64 = 1.959963984540054;

/// Up to here covariances are exact; above, `n³` would be felt, and variances are estimated from draws.
const DENSE_LIMIT: usize = 600;

/// How a board is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BoardOptions {
    /// Precision of the normal prior on each rating, above 0. 1 says that most duels between unknown candidates end
    /// no more one-sided than 80 : 20, and costs a candidate with fifty votes next to nothing.
    pub ridge: f64,
    /// Precision of the normal prior on the position term, above 0; none fits without one. The term is how much the left
    /// place is favoured, in log-odds: candidates that were often shown there are not ranked higher for it.
    pub position: Option<f64>,
    /// Whether [`Board::fragility`] is worked out, which takes several more fits.
    pub fragility: bool,
}

impl Default for BoardOptions {
    /// Ratings and their intervals alone.
    fn default() -> Self {
        Self { ridge: 1.0, position: None, fragility: false }
    }
}

impl BoardOptions {
    /// All that a board can say. The position term's prior has a standard deviation of a half: most people favour a side by
    /// less than 73 : 27.
    pub fn full() -> Self {
        Self { position: Some(4.0), fragility: true, ..Self::default() }
    }

    /// The priors' precisions, where they are allowed.
    pub(crate) fn checked(&self) -> Result<Ridge, ModelError> {
        within("the ridge", self.ridge, 1e-9, 1e9)?;
        let position = self.position.unwrap_or(1.0);
        within("the position term's precision", position, 1e-9, 1e9)?;
        Ok(Ridge { rating: self.ridge, position })
    }
}

/// A fitted board. `candidate` numbers are the caller's; digests are put in where it is served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// Votes that say something of two candidates.
    pub votes: u32,
    /// Different persons behind them; those of [`NO_PERSON`] count one each.
    pub voters: u32,
    /// Ties among the votes.
    pub ties: u32,
    /// How much the left place is favoured, in log-odds; none where it was not asked for.
    pub position: Option<f64>,
    /// How little would change the first place; none where it was not asked for, the fit did not converge, or nobody is
    /// there to lose it to.
    pub fragility: Option<Fragility>,
    /// What to know before relying on it.
    pub warnings: Vec<BoardWarning>,
    /// Best first.
    pub rows: Vec<BoardRow>,
}

/// Why a board says less than it seems to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BoardWarning {
    /// The fit stopped short of the best ratings. Remedy: a larger ridge, or weights that differ less.
    NotConverged,
    /// Some candidates with votes never met the others, not even through third ones: between such groups the order is
    /// the prior's. Remedy: ask for duels across them.
    Disconnected,
    /// More than half of all that was said is one person's. Remedy: look at the board without them.
    OneVoice,
    /// There are votes enough, and they tell no two candidates apart: they are ties, or go against each other. Remedy: ask
    /// other questions, or take the candidates for equal.
    Undecided,
}

/// One candidate's line on the board.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BoardRow {
    /// Its number.
    pub candidate: u32,
    /// 1 for the best; equal ratings share a rank.
    pub rank: u32,
    /// Best rank that the votes allow, with 95 % confidence.
    pub rank_low: u32,
    /// Worst rank that they allow.
    pub rank_high: u32,
    /// Bradley–Terry log-strength; the round's mean is 0.
    pub rating: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Expected share of duels won against the round's average opponent; a half where there is none.
    pub share: f64,
    /// Lower end of its 95 % interval.
    pub share_low: f64,
    /// Upper end.
    pub share_high: f64,
    /// Votes that compare it.
    pub votes: u32,
    /// Under [`FRAGILE_VOTES`] votes.
    pub fragile: bool,
}

impl Board {
    /// Ranks `candidates` candidates, each comparison a vote of its own. No votes, one candidate, groups that never met and nothing but ties all give finite
    /// answers with wide intervals.
    ///
    /// # Errors
    /// [`ModelError::Comparison`] where a comparison names a candidate that is not there, or the same twice;
    /// [`ModelError::Range`] for a weight or a ridge that is not allowed.
    pub fn fit(
        candidates: usize,
        comparisons: &[IndexedComparison],
        options: &BoardOptions,
    ) -> Result<Self, ModelError> {
        Self::fit_with(candidates, comparisons, options, &Alone)
    }

    /// The same board, sooner, with the help of a crew.
    ///
    /// # Errors
    /// As [`Self::fit`].
    pub fn fit_with(
        candidates: usize,
        comparisons: &[IndexedComparison],
        options: &BoardOptions,
        crew: &dyn Crew,
    ) -> Result<Self, ModelError> {
        Self::of_votes(candidates, comparisons, &[], options, crew)
    }

    /// The same where a vote may be several comparisons: `votes` has for each comparison the vote that speaks of its winner and
    /// the one that speaks of its loser; where it is empty, each comparison is a vote.
    pub(crate) fn of_votes(
        candidates: usize,
        comparisons: &[IndexedComparison],
        votes: &[[u32; 2]],
        options: &BoardOptions,
        crew: &dyn Crew,
    ) -> Result<Self, ModelError> {
        let ridge = options.checked()?;
        let pairs = Pairs::add_up(candidates, comparisons, options.position.is_some(), crew)?;
        let fit = pairs.fit(ridge, crew);
        let hessian = pairs.hessian(fit.curvature, ridge, crew);
        let persons = Clusters::persons(comparisons);
        let spread = if candidates <= DENSE_LIMIT {
            Spread::exact(&hessian, &fit.values, comparisons, &persons)
        } else {
            Spread::drawn(&hessian, &fit.values, comparisons, &persons)
        };
        let (ratings, position) = fit.values.split_at(candidates);

        let (row_votes, all_votes) = counts(candidates, comparisons, votes);
        let ranks = rank_ranges(ratings, &spread);
        let intervals: Vec<[f64; 3]> = (0..candidates)
            .map(|i| {
                let half = Z95 * libm::sqrt(spread.variance(i));
                [ratings[i] - half, ratings[i], ratings[i] + half]
            })
            .collect();
        let shares = shares(ratings, &intervals);
        let mut rows: Vec<BoardRow> = (0..candidates)
            .map(|i| {
                let ([low, rating, high], [share_low, share, share_high]) = (intervals[i], shares[i]);
                let alone = candidates == 1;
                BoardRow {
                    candidate: i as u32,
                    rank: ranks[i].0,
                    rank_low: ranks[i].1,
                    rank_high: ranks[i].2,
                    rating,
                    low,
                    high,
                    share,
                    share_low: if alone { 0.0 } else { share_low },
                    share_high: if alone { 1.0 } else { share_high },
                    votes: row_votes[i],
                    fragile: row_votes[i] < FRAGILE_VOTES,
                }
            })
            .collect();
        rows.sort_by(|a, b| b.rating.total_cmp(&a.rating).then(a.candidate.cmp(&b.candidate)));
        let mut warnings = Vec::new();
        if !fit.converged {
            warnings.push(BoardWarning::NotConverged);
        }
        if !pairs.connected() {
            warnings.push(BoardWarning::Disconnected);
        }
        if all_votes >= FRAGILE_VOTES && one_voice(comparisons, &persons) {
            warnings.push(BoardWarning::OneVoice);
        }
        let apart = |row: &BoardRow| row.rank_low > 1 || (row.rank_high as usize) < candidates;
        if candidates > 1
            && 2 * all_votes as usize >= FRAGILE_VOTES as usize * candidates
            && !rows.iter().any(apart)
        {
            warnings.push(BoardWarning::Undecided);
        }
        let fragility = if options.fragility && fit.converged {
            Fragility::of(&hessian, &fit.values, comparisons, votes, &persons)
        } else {
            None
        };
        Ok(Self {
            votes: all_votes,
            voters: persons.len() as u32,
            ties: comparisons.iter().filter(|comparison| comparison.weight > 0.0 && comparison.tie).count()
                as u32,
            position: position.first().copied(),
            fragility,
            warnings,
            rows,
        })
    }
}

/// Whether one known person's votes weigh more than all others' together.
fn one_voice(comparisons: &[IndexedComparison], persons: &Clusters) -> bool {
    let weight =
        |own: &[u32]| own.iter().map(|&index| f64::from(comparisons[index as usize].weight)).sum::<f64>();
    let weights: Vec<f64> = persons.iter().map(weight).collect();
    persons.len() > 1 && weights.iter().copied().fold(0.0, f64::max) > 0.5 * weights.iter().sum::<f64>()
}
