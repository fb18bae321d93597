//! From what people said to comparisons, each with the votes that it rests on.
//!
//! A duel is one comparison, a ranking or a points vote several. Stars and approvals speak of one candidate each: beside
//! others of the same person they compare. Of two candidates that one person rated differently the higher-rated won; of two
//! rated alike nothing is said. For approvals that is the pairwise conditional likelihood of the Rasch model: given that a
//! person with threshold a approves exactly one of two, with P(for) = σ(u − a), it is the first with probability
//! e^u₁ / (e^u₁ + e^u₂), which is Bradley–Terry, whatever a was (Zwinderman 1995, *Pairwise parameter estimation in Rasch
//! models*). So a lenient and a severe person are heard alike, and ratings and duels are on one scale. Of stars the order is
//! taken and the distance left out: how far apart two stars are, each person means in their own way.
//!
//! The pairs of one person hang together: m ratings make m(m − 1)/2 of them, and at a weight of one each a person who rates
//! everything would weigh without bound. All pairs of m ratings share a weight of m − 1, those of equal ratings (which then
//! say nothing) included: what m − 1 duels that join m candidates weigh. One rating so never weighs more than one duel.

use alloc::{vec, vec::Vec};

use crate::{
    board::{Board, BoardOptions},
    crew::{Alone, Crew},
    decay::decayed,
    error::{ModelError, within},
    pairs::IndexedComparison,
};

/// With how many others a rating is compared at most, on each side of a circle. Up to twice as many and one more ratings
/// meet all; beyond, the work would grow with their square.
const NEIGHBOURS: usize = 12;

/// Comparisons, and the votes that each rests on.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    comparisons: Vec<IndexedComparison>,
    /// The vote that speaks of the winner, and that of the loser; the same one unless they are ratings.
    votes: Vec<[u32; 2]>,
    next: u32,
    /// Whether every vote so far is one comparison.
    plain: bool,
}

impl Compared {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { plain: true, ..Self::default() }
    }

    /// One vote: what it says of each pair. [`taste_core::Vote::comparisons`] has the weights.
    pub fn vote(&mut self, comparisons: impl IntoIterator<Item = IndexedComparison>) {
        let before = self.comparisons.len();
        self.comparisons.extend(comparisons);
        self.votes.resize(self.comparisons.len(), [self.next; 2]);
        self.next += 1;
        self.plain &= self.comparisons.len() == before + 1;
    }

    /// All ratings of one kind by one person, a vote each: candidates and their levels, higher is better. In the candidates'
    /// order, so that who is compared with whom does not hang on how they were rated.
    pub fn ratings(&mut self, person: u32, rated: &[(u32, u32)]) {
        let m = rated.len();
        let first = self.next;
        self.next += m as u32;
        if m < 2 {
            return;
        }
        self.plain = false;
        let steps = steps(m);
        let pairs: usize = steps.iter().map(|&step| if 2 * step == m { step } else { m }).sum();
        let weight = ((m - 1) as f64 / pairs as f64) as f32;
        for step in steps {
            // Half way round, every pair would come twice.
            let starts = if 2 * step == m { step } else { m };
            for one in 0..starts {
                let other = (one + step) % m;
                let (better, worse) = match rated[one].1.cmp(&rated[other].1) {
                    core::cmp::Ordering::Greater => (one, other),
                    core::cmp::Ordering::Less => (other, one),
                    core::cmp::Ordering::Equal => continue,
                };
                self.comparisons.push(IndexedComparison {
                    winner: rated[better].0,
                    loser: rated[worse].0,
                    weight,
                    person,
                    tie: false,
                    winner_left: None,
                });
                self.votes.push([first + better as u32, first + worse as u32]);
            }
        }
    }

    /// All this without one person's votes: the board of it is the one that there would be had they not voted.
    #[must_use]
    pub fn without(&self, person: u32) -> Self {
        let kept =
            self.comparisons.iter().zip(&self.votes).filter(|(comparison, _)| comparison.person != person);
        let (comparisons, votes) = kept.map(|(comparison, votes)| (*comparison, *votes)).unzip();
        Self { comparisons, votes, next: self.next, plain: self.plain }
    }

    /// All this as it weighs at `now`, in seconds as `times`, which has each vote's in the order in which they were told: what a
    /// board of today is fitted to. What two ratings say beside each other is as old as the older one.
    ///
    /// # Errors
    /// As [`decayed`].
    pub fn decayed(&self, times: &[u64], now: u64, half_life: f64) -> Result<Self, ModelError> {
        within("times for each vote", times.len() as f64, self.next.into(), self.next.into())?;
        let older = |votes: &[u32; 2]| times[votes[0] as usize].min(times[votes[1] as usize]);
        let times: Vec<u64> = self.votes.iter().map(older).collect();
        Ok(Self { comparisons: decayed(&self.comparisons, &times, now, half_life)?, ..self.clone() })
    }

    /// All this with each person's comparisons as heavy as they are reliable, say; a weight of 0 leaves a person out.
    ///
    /// # Errors
    /// [`ModelError::Range`] where a weight is not 0 to 100.
    pub fn weighed(&self, weight: impl Fn(u32) -> f64) -> Result<Self, ModelError> {
        let mut comparisons = self.comparisons.clone();
        for comparison in &mut comparisons {
            let weight = weight(comparison.person);
            within("a person's weight", weight, 0.0, 100.0)?;
            comparison.weight = (f64::from(comparison.weight) * weight) as f32;
        }
        Ok(Self { comparisons, ..self.clone() })
    }

    /// The comparisons so far.
    pub fn comparisons(&self) -> &[IndexedComparison] {
        &self.comparisons
    }

    /// Comparisons and votes, for tests that take some away.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> (&[IndexedComparison], &[[u32; 2]]) {
        (&self.comparisons, &self.votes)
    }

    /// The board of all this. A row's votes, the board's, and its fragility are told in votes, not in comparisons; without a
    /// rating, the comparisons in which it took part are gone, and others keep their weight.
    ///
    /// # Errors
    /// As [`Board::fit`].
    pub fn board(&self, candidates: usize, options: &BoardOptions) -> Result<Board, ModelError> {
        self.board_with(candidates, options, &Alone)
    }

    /// The same board, sooner, with the help of a crew.
    ///
    /// # Errors
    /// As [`Board::fit`].
    pub fn board_with(
        &self,
        candidates: usize,
        options: &BoardOptions,
        crew: &dyn Crew,
    ) -> Result<Board, ModelError> {
        let votes: &[[u32; 2]] = if self.plain { &[] } else { &self.votes };
        Board::of_votes(candidates, &self.comparisons, votes, options, crew)
    }
}

/// How far apart on the circle two ratings are that are compared: all distances where they are few, else a fixed number,
/// spread evenly, the next one among them so that all hang together.
fn steps(m: usize) -> Vec<usize> {
    let half = m / 2;
    if half <= NEIGHBOURS {
        return (1..=half).collect();
    }
    let mut steps: Vec<usize> =
        (0..NEIGHBOURS).map(|k| 1 + k * ((m - 1) / 2 - 1) / (NEIGHBOURS - 1)).collect();
    steps.dedup();
    steps
}

/// For each candidate, in how many votes it took part, and how many votes there are; of comparisons that weigh something.
pub(crate) fn counts(
    candidates: usize,
    comparisons: &[IndexedComparison],
    votes: &[[u32; 2]],
) -> (Vec<u32>, u32) {
    let mut rows = vec![0u32; candidates];
    let counted = comparisons.iter().enumerate().filter(|(_, comparison)| comparison.weight > 0.0);
    if votes.is_empty() {
        let mut all = 0;
        for (_, comparison) in counted {
            rows[comparison.winner as usize] += 1;
            rows[comparison.loser as usize] += 1;
            all += 1;
        }
        return (rows, all);
    }
    let mut spoken: Vec<(u32, u32)> = Vec::with_capacity(2 * comparisons.len());
    for (index, comparison) in counted {
        let [winner, loser] = votes[index];
        spoken.extend([(winner, comparison.winner), (loser, comparison.loser)]);
    }
    spoken.sort_unstable();
    spoken.dedup();
    let mut all = 0;
    let mut before = None;
    for (vote, candidate) in spoken {
        rows[candidate as usize] += 1;
        all += u32::from(before != Some(vote));
        before = Some(vote);
    }
    (rows, all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;

    #[test]
    fn all_pairs_of_a_person_weigh_one_less_than_there_are_ratings() {
        for m in [2u32, 3, 4, 5, 24, 25, 26, 27, 100, 101, 3_000] {
            let rated: Vec<(u32, u32)> = (0..m).map(|i| (i, (i * 7919) % m)).collect();
            let mut compared = Compared::new();
            compared.ratings(0, &rated);
            let weight: f64 = compared.comparisons.iter().map(|c| f64::from(c.weight)).sum();
            assert!((weight / f64::from(m - 1) - 1.0).abs() < 1e-5, "{m}: {weight}");
            let pairs: BTreeSet<_> =
                compared.comparisons.iter().map(|c| (c.winner.min(c.loser), c.winner.max(c.loser))).collect();
            assert_eq!(pairs.len(), compared.comparisons.len(), "no pair twice");
            assert!(pairs.len() as u32 <= m * NEIGHBOURS as u32, "{m}");
            if m <= 25 {
                assert_eq!(pairs.len() as u32, m * (m - 1) / 2);
            }
        }
    }

    #[test]
    fn only_what_was_rated_differently_is_compared() {
        let mut compared = Compared::new();
        compared.ratings(4, &[(7, 3), (2, 1), (5, 3)]);
        let said: Vec<_> = compared.comparisons.iter().map(|c| (c.winner, c.loser, c.person)).collect();
        assert_eq!(said, [(7, 2, 4), (5, 2, 4)]);
        assert_eq!(compared.votes, [[0, 1], [2, 1]]);
        compared.ratings(5, &[(7, 3)]);
        compared.ratings(6, &[(7, 3), (2, 3)]);
        assert_eq!(compared.comparisons.len(), 2, "one rating, or equal ones, say nothing of two candidates");
        assert_eq!(counts(8, &compared.comparisons, &compared.votes), (vec![0, 0, 1, 0, 0, 1, 0, 1], 3));
    }

    #[test]
    fn the_board_without_a_person_is_the_board_of_the_others() {
        let vote = |person, winner, loser| IndexedComparison {
            winner,
            loser,
            weight: 1.0,
            person,
            tie: false,
            winner_left: None,
        };
        let build = |persons: &[u32]| {
            let mut compared = Compared::new();
            for &person in persons {
                (0..9 + person).for_each(|k| compared.vote([vote(person, (k + person) % 3, 3)]));
                compared.vote([vote(person, 0, 1), vote(person, 0, 2), vote(person, 1, 2)]);
                compared.ratings(person, &[(0, person), (1, 2), (2, 4), (3, 1)]);
            }
            compared
        };
        let options = BoardOptions { fragility: true, ..BoardOptions::default() };
        let board = |compared: Compared| compared.board(4, &options).unwrap();
        for person in 0..4 {
            let others: Vec<u32> = (0..4).filter(|&other| other != person).collect();
            let without = board(build(&[0, 1, 2, 3]).without(person));
            assert_eq!(without, board(build(&others)));
            assert_ne!(without.rows, board(build(&[0, 1, 2, 3])).rows);
        }
        assert_eq!(board(build(&[0, 1]).without(7)), board(build(&[0, 1])));
    }

    #[test]
    fn two_ratings_beside_each_other_are_as_old_as_the_older() {
        let mut compared = Compared::new();
        let win =
            IndexedComparison { winner: 0, loser: 1, weight: 1.0, person: 0, tie: false, winner_left: None };
        compared.vote([win]);
        compared.ratings(0, &[(0, 5)]);
        compared.ratings(1, &[(0, 5), (1, 3)]);
        let weights = |compared: Compared| compared.comparisons.iter().map(|c| c.weight).collect::<Vec<_>>();
        let aged = compared.decayed(&[90, 0, 100, 80], 100, 10.0).unwrap();
        assert_eq!(weights(aged), [0.5, 0.25]);
        assert_eq!(weights(compared.clone()), [1.0, 1.0]);
        assert!(compared.decayed(&[90, 0, 100], 100, 10.0).is_err());
    }

    #[test]
    fn a_vote_of_several_comparisons_is_one_vote() {
        let mut compared = Compared::new();
        let win = |winner, loser| IndexedComparison {
            winner,
            loser,
            weight: 1.0,
            person: 0,
            tie: false,
            winner_left: None,
        };
        compared.vote([win(0, 1)]);
        assert!(compared.plain);
        compared.vote([win(0, 1), win(0, 2), win(1, 2)]);
        assert_eq!(counts(3, &compared.comparisons, &compared.votes), (vec![2, 2, 1], 2));
        assert_eq!(counts(3, &compared.comparisons, &[]), (vec![3, 3, 2], 4));
    }
}
