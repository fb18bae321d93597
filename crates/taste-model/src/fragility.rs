//! How little would have to be taken away for the first place to change.
//!
//! The upper end is a removal that was found and tried: votes are taken away in the order of their influence on the gap to a
//! runner-up (one Newton step), and the board is fitted again without them. The lower end is proven in two ways, and the
//! better one counts: by trying everything smaller, as far as a bounded number of fits goes, and by a bound on what so many
//! votes can do at most (`hold.rs`).

use alloc::{collections::BTreeMap, vec, vec::Vec};
use serde::{Deserialize, Serialize};

use crate::{
    clusters::Clusters,
    crew::Crew,
    hessian::{Hessian, Ridge},
    hold::Hold,
    pairs::{Fit, IndexedComparison, Pairs},
    ranks::SAME_RATING,
    spread::Pull,
};

/// Runners-up whose way to the first place is reckoned.
const RUNNERS_UP: usize = 4;
/// The same on boards of more pairs than [`SMALL`].
const FEWER_RUNNERS_UP: usize = 2;
/// Rounds of taking away by influence, which is reckoned anew in each.
const ROUNDS: usize = 10;
/// Fits by which a removal that was found is made smaller.
const NARROWING: usize = 12;
/// Boards of more pairs try the nearest runner-up alone.
const SMALL: usize = 50_000;
/// How much trying everything smaller may cost: pairs that are looked at, over all fits.
const PROOF: usize = 1_000_000;

/// How little would change the first place: the fewest votes, and the fewest voters with all of their votes, without which the
/// board's first row no longer ranks first alone. Nothing else changes: priors, and the position term's, stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fragility {
    /// Votes; 0 where the first place is shared already.
    pub votes: Fewest,
    /// Persons.
    pub voters: Fewest,
}

/// The least number, as far as it is known: where both ends are the same, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fewest {
    /// No fewer are enough, whichever they are: that is proven.
    pub low: u32,
    /// So many are enough: such a removal was found.
    pub high: u32,
}

impl Fragility {
    /// Of a board whose `values` were fitted to the pairs of `hessian`, which the comparisons add up to; `votes` as
    /// [`Clusters::votes`] has them. Nothing where there is nobody to lose the first place to.
    pub(crate) fn of(
        hessian: &Hessian<'_>,
        values: &[f64],
        comparisons: &[IndexedComparison],
        votes: &[[u32; 2]],
        persons: &Clusters,
    ) -> Option<Self> {
        let (pairs, ridge, crew) = (hessian.pairs, hessian.ridge, hessian.crew);
        let n = pairs.candidates();
        if n < 2 {
            return None;
        }
        // The board's first row: of equals the lowest number.
        let first = (1..n).fold(0, |best, i| if values[i] > values[best] { i } else { best });
        let gone = vec![0; comparisons.len()];
        let mut contest =
            Contest { comparisons, ridge, crew, first, pairs: pairs.clone(), gone, values: values.to_vec() };
        if contest.lead(values) <= SAME_RATING {
            let none = Fewest { low: 0, high: 0 };
            return Some(Self { votes: none, voters: none });
        }
        let ways = contest.ways(hessian);
        let each = Clusters::votes(comparisons, votes);
        let on_first = match votes {
            [] => contest.touching(&each),
            votes => contest.speaking(votes),
        };
        let pulls = Pull::all(comparisons, hessian, values);
        let hold = Hold::of(hessian, values, first, comparisons, &pulls);
        let votes = contest.fewest(&each, &ways, on_first);
        let voters = contest.fewest(persons, &ways, contest.touching(persons));
        let proven = |clusters: &Clusters, Fewest { low, high }: Fewest| {
            let held = hold.without(clusters, high as usize) as u32;
            Fewest { low: low.max(held + 1).min(high), high }
        };
        Some(Self { votes: proven(&each, votes), voters: proven(persons, voters) })
    }
}

/// A board from which votes are taken away and to which they are put back.
struct Contest<'a> {
    comparisons: &'a [IndexedComparison],
    ridge: Ridge,
    crew: &'a dyn Crew,
    first: usize,
    /// Without what is taken away at the moment.
    pairs: Pairs,
    /// How many of the groups that a comparison is in are taken away at the moment. It is gone with the first of them.
    gone: Vec<u8>,
    /// As fitted to everything.
    values: Vec<f64>,
}

/// A runner-up, and by how much its gap to the first closes without each comparison, to first order.
struct Way {
    to: usize,
    closes: Vec<f64>,
}

/// Clusters to take away, most telling first.
struct Plan {
    to: usize,
    order: Vec<u32>,
    /// Whether they close the gap, to first order.
    enough: bool,
}

impl Contest<'_> {
    /// The first's rating less the best other one's.
    fn lead(&self, values: &[f64]) -> f64 {
        let others = (0..self.pairs.candidates()).filter(|&i| i != self.first);
        values[self.first] - others.map(|i| values[i]).fold(f64::NEG_INFINITY, f64::max)
    }

    /// Whether the first place is lost or shared, where the fit can be trusted.
    fn lost(&self, fit: &Fit) -> bool {
        fit.converged && self.lead(&fit.values) <= SAME_RATING
    }

    fn change(&mut self, cluster: &[u32], times: f64) {
        for &index in cluster {
            let gone = &mut self.gone[index as usize];
            let was = *gone;
            *gone = if times < 0.0 { was + 1 } else { was - 1 };
            if (was == 0) != (*gone == 0) {
                self.pairs.change(&self.comparisons[index as usize], times);
            }
        }
    }

    /// The ways to the runners-up to whom the first place goes most easily. A vote moves a rating by about 1 / (its
    /// curvature), so that is told from the gap and the better known one's.
    fn ways(&self, hessian: &Hessian<'_>) -> Vec<Way> {
        let diagonal = &hessian.curvature.diagonal;
        let toil = |i: usize| {
            let gap = self.values[self.first] - self.values[i];
            gap * diagonal[i].min(diagonal[self.first])
        };
        let mut others: Vec<(f64, usize)> =
            (0..self.pairs.candidates()).filter(|&i| i != self.first).map(|i| (toil(i), i)).collect();
        others.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        others.truncate(if self.pairs.len() > SMALL { FEWER_RUNNERS_UP } else { RUNNERS_UP });
        let pulls = Pull::all(self.comparisons, hessian, &self.values);
        let way = |(_, to)| Way { to, closes: self.closes(hessian, &pulls, to) };
        others.into_iter().map(way).collect()
    }

    /// By how much the gap to a runner-up closes without each comparison.
    fn closes(&self, hessian: &Hessian<'_>, pulls: &[Pull], to: usize) -> Vec<f64> {
        let mut gap = vec![0.0; self.pairs.unknowns()];
        gap[self.first] = 1.0;
        gap[to] = -1.0;
        let (lever, _) = hessian.solve(&gap, 1e-4);
        let position = lever.get(self.pairs.candidates()).copied().unwrap_or(0.0);
        let closes = |(pull, &gone): (&Pull, &u8)| {
            let arm = lever[pull.winner as usize] - lever[pull.loser as usize] + pull.side() * position;
            if gone > 0 { 0.0 } else { pull.size() * arm }
        };
        pulls.iter().zip(&self.gone).map(closes).collect()
    }

    /// How many clusters compare the first with anybody.
    fn touching(&self, clusters: &Clusters) -> usize {
        let first = self.first as u32;
        let touches = |&index: &u32| {
            let IndexedComparison { winner, loser, .. } = self.comparisons[index as usize];
            winner == first || loser == first
        };
        clusters.iter().filter(|own| own.iter().any(touches)).count()
    }

    /// How many votes speak of the first: without these, nobody compares it. Others' ratings, with which its own are
    /// compared, may stay.
    fn speaking(&self, votes: &[[u32; 2]]) -> usize {
        let first = self.first as u32;
        let sides = self.comparisons.iter().zip(votes).filter(|(comparison, _)| comparison.weight > 0.0);
        let sides = sides.flat_map(|(comparison, [winner, loser])| {
            [(comparison.winner, *winner), (comparison.loser, *loser)]
        });
        let mut own: Vec<u32> =
            sides.filter(|(candidate, _)| *candidate == first).map(|(_, vote)| vote).collect();
        own.sort_unstable();
        own.dedup();
        own.len()
    }

    /// `high` are enough: without any vote on it the first is rated as one that nobody knows, the average, and somebody is at or
    /// above it.
    fn fewest(&mut self, clusters: &Clusters, ways: &[Way], mut high: usize) -> Fewest {
        for plan in self.plans(clusters, ways) {
            if let Some(found) = self.search(clusters, plan, high) {
                high = found.len();
            }
        }
        self.proof(clusters, high)
    }

    /// What to try, the shortest first.
    fn plans(&self, clusters: &Clusters, ways: &[Way]) -> Vec<Plan> {
        let gone = vec![false; clusters.len()];
        let gap = |way: &Way| self.values[self.first] - self.values[way.to];
        let mut plans: Vec<Plan> = ways.iter().map(|way| plan(clusters, way, &gone, gap(way))).collect();
        plans.sort_by_key(|plan| (!plan.enough, plan.order.len()));
        if self.pairs.len() > SMALL {
            plans.truncate(1);
        }
        plans
    }

    /// A removal of fewer than `limit` clusters, if the plan leads to one. All are put back.
    fn search(&mut self, clusters: &Clusters, plan: Plan, limit: usize) -> Option<Vec<u32>> {
        let to = plan.to;
        let mut next = plan.order;
        let mut removed: Vec<u32> = Vec::new();
        let mut gone = vec![false; clusters.len()];
        let mut values = self.values.clone();
        let mut held = (0, self.lead(&values));
        for _ in 0..ROUNDS {
            next.truncate((limit - 1).saturating_sub(removed.len()));
            if next.is_empty() {
                break;
            }
            for &cluster in &next {
                gone[cluster as usize] = true;
                self.change(clusters.of(cluster as usize), -1.0);
            }
            removed.append(&mut next);
            let fit = self.pairs.fit_again(values, self.ridge, self.crew);
            let lead = self.lead(&fit.values);
            if self.lost(&fit) {
                let enough = self.narrow(clusters, &removed, held, lead, fit.values);
                removed.truncate(enough);
                return Some(removed);
            }
            values = fit.values;
            held = (removed.len(), lead);
            let hessian = self.pairs.hessian(fit.curvature, self.ridge, self.crew);
            let pulls = Pull::all(self.comparisons, &hessian, &values);
            let way = Way { to, closes: self.closes(&hessian, &pulls, to) };
            next = self::plan(clusters, &way, &gone, values[self.first] - values[to]).order;
        }
        for &cluster in &removed {
            self.change(clusters.of(cluster as usize), 1.0);
        }
        None
    }

    /// How many of `removed`, in their order, are enough: between those under which the first place held, by which lead, and all
    /// of them. Puts all back.
    fn narrow(
        &mut self,
        clusters: &Clusters,
        removed: &[u32],
        mut held: (usize, f64),
        lead: f64,
        mut values: Vec<f64>,
    ) -> usize {
        let mut lost = (removed.len(), lead);
        let mut out = removed.len();
        for step in 1..=NARROWING {
            let span = lost.0 - held.0;
            if span < 2 {
                break;
            }
            // The lead falls about evenly; where it does not, halves do not crawl.
            let share = if step % 3 == 0 { 0.5 } else { held.1 / (held.1 - lost.1) };
            let enough = held.0 + (libm::ceil(share * span as f64) as usize).clamp(1, span - 1);
            while out > enough {
                out -= 1;
                self.change(clusters.of(removed[out] as usize), 1.0);
            }
            while out < enough {
                self.change(clusters.of(removed[out] as usize), -1.0);
                out += 1;
            }
            let fit = self.pairs.fit_again(values, self.ridge, self.crew);
            let now = (enough, self.lead(&fit.values));
            if self.lost(&fit) {
                lost = now;
            } else {
                held = now;
            }
            values = fit.values;
        }
        for &cluster in &removed[..out] {
            self.change(clusters.of(cluster as usize), 1.0);
        }
        lost.0
    }

    /// Tries everything smaller than `high`, smallest first, as far as [`PROOF`] goes.
    fn proof(&mut self, clusters: &Clusters, high: usize) -> Fewest {
        let ends = |low: usize, high: usize| Fewest { low: low as u32, high: high as u32 };
        let fits = PROOF / (self.pairs.len() + 200);
        // One at least: the first place is held with all of them.
        if high < 2 {
            return ends(1, 1);
        }
        let Some(alike) = self.alike(clusters, fits) else { return ends(1, high) };
        let mut trial = Trial { taken: vec![0; alike.len()], alike, fits };
        for size in 1..high {
            if trial.removals(size) > trial.fits {
                return ends(size, high);
            }
            match self.any_lost(clusters, &mut trial, 0, size) {
                Some(false) => {}
                Some(true) => return ends(size, size),
                None => return ends(size, high),
            }
        }
        ends(high, high)
    }

    /// Clusters that add the same to the board, together; nothing where there are more than `most` different ones.
    fn alike(&self, clusters: &Clusters, most: usize) -> Option<Vec<Vec<u32>>> {
        let mut kinds: BTreeMap<Vec<[u64; 4]>, Vec<u32>> = BTreeMap::new();
        let mut content = Vec::new();
        let shared = clusters.shared(self.comparisons.len());
        for (cluster, own) in clusters.iter().enumerate() {
            content.clear();
            content.extend(own.iter().map(|&index| self.pairs.content(&self.comparisons[index as usize])));
            content.sort_unstable();
            // What it has in common with which others makes it one of its kind.
            if own.iter().any(|&index| shared[index as usize]) {
                content.push([u64::MAX, cluster as u64, 0, 0]);
            }
            if let Some(alike) = kinds.get_mut(content.as_slice()) {
                alike.push(cluster as u32);
            } else if kinds.len() == most {
                return None;
            } else {
                kinds.insert(content.clone(), vec![cluster as u32]);
            }
        }
        Some(kinds.into_values().collect())
    }

    /// Whether the first place is lost without any `size` more clusters, of kinds from `from` on; nothing where a fit
    /// does not come to its end.
    fn any_lost(&mut self, clusters: &Clusters, trial: &mut Trial, from: usize, size: usize) -> Option<bool> {
        if size == 0 {
            trial.fits -= 1;
            let fit = self.pairs.fit_again(self.values.clone(), self.ridge, self.crew);
            return fit.converged.then(|| self.lost(&fit));
        }
        for kind in from..trial.alike.len() {
            let taken = trial.taken[kind];
            let Some(&cluster) = trial.alike[kind].get(taken) else { continue };
            trial.taken[kind] += 1;
            self.change(clusters.of(cluster as usize), -1.0);
            let lost = self.any_lost(clusters, trial, kind, size - 1);
            self.change(clusters.of(cluster as usize), 1.0);
            trial.taken[kind] -= 1;
            if lost != Some(false) {
                return lost;
            }
        }
        Some(false)
    }
}

/// Everything of a size, one by one.
struct Trial {
    alike: Vec<Vec<u32>>,
    /// How many of each kind are taken away at the moment.
    taken: Vec<usize>,
    /// Fits that may still be spent.
    fits: usize,
}

impl Trial {
    /// How many different removals there are of a size.
    fn removals(&self, size: usize) -> usize {
        let mut ways = vec![0usize; size + 1];
        ways[0] = 1;
        for alike in &self.alike {
            for sum in (1..=size).rev() {
                let more = (1..=sum.min(alike.len())).map(|own| ways[sum - own]);
                ways[sum] = more.fold(ways[sum], usize::saturating_add);
            }
        }
        ways[size]
    }
}

/// As many clusters as close the gap to first order, most telling first; all that close it at all where they are not enough.
fn plan(clusters: &Clusters, way: &Way, gone: &[bool], gap: f64) -> Plan {
    let closes = |own: &[u32]| own.iter().map(|&index| way.closes[index as usize]).sum::<f64>();
    let mut telling: Vec<(f64, u32)> = clusters
        .iter()
        .enumerate()
        .filter(|(cluster, _)| !gone[*cluster])
        .map(|(cluster, own)| (closes(own), cluster as u32))
        .filter(|(closes, _)| *closes > 0.0)
        .collect();
    let order = |a: &(f64, u32), b: &(f64, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
    let mut looked_at = 64.min(telling.len());
    loop {
        if looked_at < telling.len() {
            telling.select_nth_unstable_by(looked_at, order);
        }
        telling[..looked_at].sort_unstable_by(order);
        let mut closed = 0.0;
        let needed = telling[..looked_at].iter().position(|(closes, _)| {
            closed += closes;
            closed >= gap
        });
        let enough = needed.is_some();
        if enough || looked_at == telling.len() {
            let order = telling[..needed.map_or(looked_at, |last| last + 1)].iter().map(|one| one.1);
            return Plan { to: way.to, order: order.collect(), enough };
        }
        looked_at = (8 * looked_at).min(telling.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::{Board, BoardOptions},
        crew::Alone,
        random::SplitMix64,
    };

    const RIDGE: Ridge = Ridge { rating: 1.0, position: 4.0 };

    /// Duels of random pairs by random persons, who each see candidates a little differently.
    fn round(candidates: usize, persons: usize, votes: usize, seed: u64) -> Vec<IndexedComparison> {
        let mut random = SplitMix64::new(seed);
        (0..votes)
            .map(|_| {
                let (person, left) = (random.below(persons), random.below(candidates));
                let right = (left + 1 + random.below(candidates - 1)) % candidates;
                let liked = |i: usize| i as f64 / candidates as f64 + ((person * 7 + i * 3) % 5) as f64 / 5.0;
                let chance = 1.0 / (1.0 + libm::exp(liked(right) - liked(left) - 0.3));
                let left_won = random.unit() < chance;
                let (winner, loser) = if left_won { (left, right) } else { (right, left) };
                IndexedComparison {
                    winner: winner as u32,
                    loser: loser as u32,
                    weight: 1.0,
                    person: person as u32,
                    tie: random.below(9) == 0,
                    winner_left: Some(left_won),
                }
            })
            .collect()
    }

    fn contest(candidates: usize, comparisons: &[IndexedComparison], sides: bool) -> Contest<'_> {
        let pairs = Pairs::add_up(candidates, comparisons, sides, &Alone).unwrap();
        let values = pairs.fit(RIDGE, &Alone).values;
        let first = (1..candidates).fold(0, |best, i| if values[i] > values[best] { i } else { best });
        let gone = vec![0; comparisons.len()];
        Contest { comparisons, ridge: RIDGE, crew: &Alone, first, pairs, gone, values }
    }

    fn ways(contest: &Contest<'_>) -> Vec<Way> {
        let (_, curvature) = contest.pairs.slopes(&contest.values, RIDGE, &Alone);
        contest.ways(&contest.pairs.hessian(curvature, RIDGE, &Alone))
    }

    #[test]
    fn without_what_was_found_the_board_has_another_first_place_and_with_one_less_it_has_not() {
        for (seed, sides) in [(1, false), (2, true), (3, true)] {
            let comparisons = round(30, 60, 3000, seed);
            let options =
                BoardOptions { position: sides.then_some(RIDGE.position), ..BoardOptions::default() };
            let first_alone = |clusters: &Clusters, removed: &[u32], first: usize| {
                let mut kept = comparisons.clone();
                for &cluster in removed {
                    for &index in clusters.of(cluster as usize) {
                        kept[index as usize].weight = 0.0;
                    }
                }
                let rows = Board::fit(30, &kept, &options).unwrap().rows;
                rows[0].candidate as usize == first && rows[1].rank > 1
            };
            let mut contest = contest(30, &comparisons, sides);
            let (whole, first) = (contest.pairs.clone(), contest.first);
            let ways = ways(&contest);
            assert_eq!(ways.len(), RUNNERS_UP);
            for clusters in [Clusters::votes(&comparisons, &[]), Clusters::persons(&comparisons)] {
                let mut found = 0;
                for plan in contest.plans(&clusters, &ways) {
                    let Some(removed) = contest.search(&clusters, plan, clusters.len()) else { continue };
                    found += 1;
                    assert!(!first_alone(&clusters, &removed, first), "{removed:?}");
                    assert!(first_alone(&clusters, &removed[..removed.len() - 1], first), "{removed:?}");
                    assert_eq!(contest.pairs, whole, "all was put back");
                }
                assert!(found > 0);
            }
        }
    }

    /// Ratings, whose comparisons each rest on two votes, and a ranking, of three comparisons: what is said of the fewest holds when
    /// everything smaller is tried by other means.
    #[test]
    fn without_a_rating_its_comparisons_are_gone_and_no_others() {
        let mut known = 0;
        for seed in 0..12 {
            let mut random = SplitMix64::new(seed);
            let mut compared = crate::Compared::new();
            for person in 0..5 {
                let mut rated = vec![];
                for candidate in 0..4u32 {
                    if random.below(5) > 0 {
                        rated.push((candidate, (random.below(4) as u32 + 3 - candidate) / 2));
                    }
                }
                compared.ratings(person, &rated);
            }
            let order = |winner, loser| IndexedComparison {
                winner,
                loser,
                weight: 2.0 / 3.0,
                person: 9,
                tie: false,
                winner_left: None,
            };
            compared.vote([order(1, 0), order(1, 3), order(0, 3)]);
            let (comparisons, votes) = compared.parts();
            let fit = |gone: &[u32]| {
                let mut kept = comparisons.to_vec();
                for (comparison, own) in kept.iter_mut().zip(votes) {
                    if own.iter().any(|vote| gone.contains(vote)) {
                        comparison.weight = 0.0;
                    }
                }
                Board::of_votes(4, &kept, votes, &BoardOptions::default(), &Alone).unwrap()
            };
            let options = BoardOptions { fragility: true, ..BoardOptions::default() };
            let board = compared.board(4, &options).unwrap();
            let Fewest { low, high } = board.fragility.unwrap().votes;
            let first = board.rows[0].candidate;
            let lost = |gone: &[u32]| {
                let rows = fit(gone).rows;
                rows[0].candidate != first || rows[1].rank == 1
            };
            let mut all: Vec<u32> = votes.iter().flatten().copied().collect();
            all.sort_unstable();
            all.dedup();
            let one = all.iter().any(|&a| lost(&[a]));
            let two = all.iter().any(|&a| all.iter().any(|&b| lost(&[a, b])));
            let fewest = if low == 0 || lost(&[]) {
                0
            } else if one {
                1
            } else if two {
                2
            } else {
                3
            };
            assert!(low <= fewest, "{seed}: {low} to {high}, {fewest}");
            assert!(high >= fewest, "{seed}: {low} to {high}, {fewest}");
            known += u32::from(low == high && fewest < 3 && low == fewest);
        }
        assert!(known >= 6, "{known}");
    }

    #[test]
    fn influence_alone_comes_near_to_the_fewest() {
        let (mut exact, mut near, mut all) = (0, 0, 0);
        for seed in 0..40 {
            let comparisons = round(4, 10, 40, seed);
            let mut contest = contest(4, &comparisons, true);
            if contest.lead(&contest.values) <= SAME_RATING {
                continue;
            }
            let ways = ways(&contest);
            for clusters in [Clusters::votes(&comparisons, &[]), Clusters::persons(&comparisons)] {
                let plans = contest.plans(&clusters, &ways);
                let found =
                    plans.into_iter().filter_map(|plan| contest.search(&clusters, plan, clusters.len()));
                let found = found.map(|removed| removed.len()).min().unwrap();
                let proven = contest.proof(&clusters, found);
                assert!(proven.high as usize <= found && proven.low <= proven.high);
                all += 1;
                exact += u32::from(proven.low as usize == found);
                near += u32::from(found <= proven.high as usize + 1);
            }
        }
        assert!(all > 60 && 10 * exact >= 8 * all && 10 * near >= 9 * all, "{exact} and {near} of {all}");
    }
}
