//! What a person's ratings say in votes of each kind. Every rating is used at most once, so that votes are as independent as the
//! ratings are; what ratings do not say (an order of equals, a liking without a threshold) is not made up.

use std::cmp::Ordering;

use taste_core::{
    ApprovalOutcome, CandidateId, CoreError, DuelOutcome, PointsCost, Rules, Stars, Vote, VoteKind,
};

/// How many candidates a points vote shares its budget over, as a page shows them.
const POINTS_SHOWN: usize = 6;

/// One person's ratings, shuffled.
pub(crate) struct Rated {
    pub(crate) name: String,
    pub(crate) ratings: Vec<(CandidateId, f64)>,
}

/// How ratings are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// What they become.
    pub(crate) kind: VoteKind,
    /// The round's rules.
    pub(crate) rules: Rules,
    /// How many a ranking puts in order: as the rules say, or all where the round has fewer.
    pub(crate) ranked: usize,
    /// The least that can be given.
    pub(crate) low: f64,
    /// The most.
    pub(crate) high: f64,
    /// From which rating on a candidate is liked; approvals alone ask for it.
    pub(crate) liked_from: f64,
}

impl Reading {
    /// The votes that these ratings say, in the order in which they lie.
    ///
    /// # Errors
    /// None where the ratings are between `low` and `high`.
    pub(crate) fn votes(&self, ratings: &[(CandidateId, f64)]) -> Result<Vec<Vote>, CoreError> {
        match self.kind {
            VoteKind::Duel => duels(ratings).collect(),
            VoteKind::Approval => Ok(ratings
                .iter()
                .map(|&(id, rating)| {
                    let liked = rating >= self.liked_from;
                    Vote::approval(id, if liked { ApprovalOutcome::For } else { ApprovalOutcome::Against })
                })
                .collect()),
            VoteKind::Stars => {
                ratings.iter().map(|&(id, rating)| Ok(Vote::stars(id, Some(self.stars(rating)?)))).collect()
            }
            VoteKind::Ranking => {
                groups(ratings, self.ranked, |one, other| one.0 != other.0 && one.1 != other.1)
                    .into_iter()
                    .filter(|group| group.len() == self.ranked)
                    .map(|group| ranking(&group))
                    .collect()
            }
            // Points: the last kind there is.
            _ => groups(ratings, POINTS_SHOWN, |one, other| one.0 != other.0)
                .into_iter()
                .filter(|group| group.len() >= 2)
                .filter_map(|group| {
                    let given = self.points(&group)?;
                    Some(Vote::points(group.into_iter().map(|(id, _)| id).collect(), Some(given)))
                })
                .collect(),
        }
    }

    /// From 0 to 1.
    fn height(&self, rating: f64) -> f64 {
        if self.high > self.low { (rating - self.low) / (self.high - self.low) } else { 0.5 }
    }

    /// The scale cut into as many equal parts as the round has levels. A scale of as many even steps is kept as it is.
    fn stars(&self, rating: f64) -> Result<Stars, CoreError> {
        let (least, step) = if self.rules.halves { (1, 1) } else { (2, 2) };
        let levels = 2 * self.rules.stars / step;
        // Half a part is more than the rounding of a height, and less than what lies between two parts' middles.
        let level = (self.height(rating) * f64::from(levels) + 1e-9).floor() as u8;
        Stars::new(least + step * level.min(levels - 1), self.rules.stars)
    }

    /// The budget in proportion to how far above the least each is; with a quadratic cost the squares' sum is the budget's. No
    /// vote where all are the least.
    fn points(&self, group: &[(CandidateId, f64)]) -> Option<Vec<u16>> {
        let heights: Vec<f64> = group.iter().map(|(_, rating)| self.height(*rating)).collect();
        let budget = f64::from(self.rules.points);
        let scale = match self.rules.cost {
            PointsCost::Linear => budget / heights.iter().sum::<f64>(),
            PointsCost::Quadratic => {
                budget.sqrt() / heights.iter().map(|height| height * height).sum::<f64>().sqrt()
            }
        };
        if !scale.is_finite() {
            return None;
        }
        let shares: Vec<f64> = heights.iter().map(|height| height * scale).collect();
        let mut given: Vec<u16> = shares.iter().map(|share| share.floor() as u16).collect();
        // What rounding left goes to whom it took most from, as long as it fits.
        let mut order: Vec<usize> = (0..given.len()).collect();
        order.sort_by(|a, b| shares[*b].fract().total_cmp(&shares[*a].fract()));
        for at in order {
            given[at] += 1;
            if self.rules.cost.of(&given) > self.rules.points || shares[at].fract() == 0.0 {
                given[at] -= 1;
            }
        }
        Some(given)
    }
}

/// Two at a time; the higher rating wins, equal ratings tie.
fn duels(ratings: &[(CandidateId, f64)]) -> impl Iterator<Item = Result<Vote, CoreError>> {
    ratings.chunks_exact(2).filter(|pair| pair[0].0 != pair[1].0).map(|pair| {
        let outcome = match pair[0].1.total_cmp(&pair[1].1) {
            Ordering::Greater => DuelOutcome::Left,
            Ordering::Less => DuelOutcome::Right,
            Ordering::Equal => DuelOutcome::Tie,
        };
        Vote::duel(pair[0].0, pair[1].0, outcome)
    })
}

/// Groups of at most `size`, each rating in the first that has room and takes it beside every one there.
fn groups(
    ratings: &[(CandidateId, f64)],
    size: usize,
    beside: impl Fn(&(CandidateId, f64), &(CandidateId, f64)) -> bool,
) -> Vec<Vec<(CandidateId, f64)>> {
    let mut groups: Vec<Vec<(CandidateId, f64)>> = Vec::new();
    // Before this one all are full.
    let mut open = 0;
    for &rated in ratings {
        let takes = |group: &Vec<_>| group.len() < size && group.iter().all(|other| beside(&rated, other));
        match groups[open..].iter_mut().find(|group| takes(group)) {
            Some(group) => group.push(rated),
            None => groups.push(vec![rated]),
        }
        while groups.get(open).is_some_and(|group| group.len() == size) {
            open += 1;
        }
    }
    groups
}

fn ranking(group: &[(CandidateId, f64)]) -> Result<Vote, CoreError> {
    let mut order: Vec<u8> = (0..group.len() as u8).collect();
    order.sort_by(|a, b| group[usize::from(*b)].1.total_cmp(&group[usize::from(*a)].1));
    Vote::ranking(group.iter().map(|(id, _)| *id).collect(), Some(order))
}

#[cfg(test)]
mod tests {
    use taste_core::Digest;

    use super::*;

    fn reading(kind: VoteKind) -> Reading {
        let rules = Rules::default();
        Reading { kind, rules, ranked: 3, low: 1.0, high: 5.0, liked_from: 3.5 }
    }

    fn rated(ratings: &[f64]) -> Vec<(CandidateId, f64)> {
        (0..).zip(ratings).map(|(n, &rating)| (Digest([n; 32]), rating)).collect()
    }

    /// Each vote as its candidates' numbers and its outcome.
    fn said(reading: &Reading, ratings: &[(CandidateId, f64)]) -> Vec<(Vec<u8>, String)> {
        let votes = reading.votes(ratings).unwrap();
        let said = votes
            .iter()
            .map(|vote| (vote.candidates().iter().map(|id| id.0[0]).collect(), vote.judgement.outcome()));
        said.collect()
    }

    fn outcomes(reading: &Reading, ratings: &[f64]) -> Vec<String> {
        said(reading, &rated(ratings)).into_iter().map(|(_, outcome)| outcome).collect()
    }

    #[test]
    fn duels_take_every_rating_once_and_equals_tie() {
        let said = said(&reading(VoteKind::Duel), &rated(&[2.0, 4.0, 3.0, 3.0, 5.0]));
        assert_eq!(said, [(vec![0, 1], "right".into()), (vec![2, 3], "tie".into())]);
    }

    #[test]
    fn approvals_are_for_what_is_rated_at_least_so_high() {
        let outcomes = outcomes(&reading(VoteKind::Approval), &[3.4, 3.5, 5.0]);
        assert_eq!(outcomes, ["against", "for", "for"]);
    }

    #[test]
    fn stars_keep_a_scale_of_as_many_steps_and_cut_any_other_evenly() {
        let mut stars = reading(VoteKind::Stars);
        assert_eq!(outcomes(&stars, &[1.0, 2.0, 3.0, 4.0, 5.0]), ["1/5", "2/5", "3/5", "4/5", "5/5"]);
        stars.rules.halves = true;
        stars.low = 0.5;
        let halves: Vec<f64> = (1..=10).map(|n| f64::from(n) / 2.0).collect();
        let same: Vec<String> = halves.iter().map(|value| format!("{value}/5")).collect();
        assert_eq!(outcomes(&stars, &halves), same);
        // Nineteen tenths as floats: a step's lower end belongs to it, whatever its rounding is.
        (stars.low, stars.high) = (0.1, 1.0);
        let tenths: Vec<f64> = (1..=10).map(|n| f64::from(n) * 0.1).collect();
        assert_eq!(outcomes(&stars, &tenths), same);
        (stars.low, stars.high, stars.rules.halves) = (-10.0, 10.0, false);
        let outcomes = outcomes(&stars, &[-10.0, -6.1, -6.0, 0.0, 5.9, 6.0, 10.0]);
        assert_eq!(outcomes, ["1/5", "1/5", "2/5", "3/5", "4/5", "5/5", "5/5"]);
    }

    #[test]
    fn rankings_put_only_differently_rated_ones_in_order_and_leave_out_the_rest() {
        let ratings = rated(&[2.0, 2.0, 5.0, 3.0, 4.0, 1.0, 1.0]);
        let said = said(&reading(VoteKind::Ranking), &ratings);
        assert_eq!(said, [(vec![0, 2, 3], "2>3>1".into()), (vec![1, 4, 5], "2>1>3".into())]);
    }

    #[test]
    fn points_are_the_budget_in_proportion_and_never_more_than_it() {
        let mut points = reading(VoteKind::Points);
        assert_eq!(
            outcomes(&points, &[1.0, 2.0, 3.0, 4.0, 5.0, 1.0, 4.0, 4.0, 4.0]),
            ["0,1,2,3,4,0", "4,3,3"]
        );
        assert_eq!(outcomes(&points, &[1.0, 1.0, 1.0]), [] as [&str; 0], "nothing to tell apart");
        points.rules.cost = PointsCost::Quadratic;
        for budget in [1, 7, 10, 100, 1000] {
            points.rules.points = budget;
            for vote in points.votes(&rated(&[1.0, 1.7, 2.2, 3.9, 4.4, 5.0])).unwrap() {
                let taste_core::Judgement::Points(given) = &vote.judgement else { panic!("points") };
                let given = given.given().unwrap();
                assert!(PointsCost::Quadratic.of(given) <= budget, "{given:?}");
                assert!(given.is_sorted() && given[5] > 0, "{given:?}");
            }
        }
    }

    #[test]
    fn one_candidate_rated_twice_is_never_beside_itself() {
        let mut ratings = rated(&[1.0, 2.0, 3.0]);
        ratings.insert(1, (ratings[0].0, 4.0));
        for kind in VoteKind::ALL {
            for vote in reading(kind).votes(&ratings).unwrap() {
                let mut candidates = vote.candidates();
                let count = candidates.len();
                candidates.sort_unstable();
                candidates.dedup();
                assert_eq!(candidates.len(), count, "{vote:?}");
            }
        }
    }
}
