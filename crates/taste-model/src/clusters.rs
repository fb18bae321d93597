//! Comparisons of weight above 0 in groups: one group per person, or each on its own.

use alloc::{vec, vec::Vec};

use crate::pairs::{IndexedComparison, NO_PERSON};

/// Positions of comparisons, group by group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clusters {
    members: Vec<u32>,
    /// Where each group starts; one more than there are groups.
    starts: Vec<u32>,
}

impl Clusters {
    /// One group per person, by number; those of [`NO_PERSON`] one each.
    pub(crate) fn persons(comparisons: &[IndexedComparison]) -> Self {
        let known =
            comparisons.iter().map(|comparison| comparison.person).filter(|&person| person != NO_PERSON);
        let numbers = known.max().map_or(0, |last| last as usize + 1);
        if numbers <= 2 * comparisons.len() {
            return Self::counted(comparisons, numbers);
        }
        // Person and position in one number: an unstable sort of these keeps each person's order.
        let mut keys: Vec<u64> = counted(comparisons)
            .map(|index| u64::from(comparisons[index as usize].person) << 32 | u64::from(index))
            .collect();
        keys.sort_unstable();
        Self::grouped(&keys, |person| person == NO_PERSON)
    }

    /// The same where persons' numbers are below `numbers`, which are not many more than there are comparisons: counted, not sorted.
    fn counted(comparisons: &[IndexedComparison], numbers: usize) -> Self {
        let mut next = vec![0u32; numbers + 2];
        let place = |index: u32| (comparisons[index as usize].person as usize).min(numbers);
        for index in counted(comparisons) {
            next[place(index) + 1] += 1;
        }
        let mut sum = 0;
        for count in &mut next {
            sum += *count;
            *count = sum;
        }
        let total = sum;
        let mut starts: Vec<u32> = next[..numbers].to_vec();
        starts.dedup();
        let first_unknown = next[numbers];
        // Whoever says nothing has the start of the next one; the last of them, the start of those nobody knows.
        starts.retain(|&start| start < first_unknown);
        starts.extend(first_unknown..total);
        starts.push(total);
        let mut members = vec![0; total as usize];
        for index in counted(comparisons) {
            let next = &mut next[place(index)];
            members[*next as usize] = index;
            *next += 1;
        }
        Self { members, starts }
    }

    /// One group per vote, by number; each comparison on its own where `votes` is empty. A comparison of two ratings rests on
    /// both and is in both groups.
    pub(crate) fn votes(comparisons: &[IndexedComparison], votes: &[[u32; 2]]) -> Self {
        if votes.is_empty() {
            let members: Vec<u32> = counted(comparisons).collect();
            return Self { starts: (0..=members.len() as u32).collect(), members };
        }
        let mut keys = Vec::with_capacity(votes.len());
        for index in counted(comparisons) {
            let [winner, loser] = votes[index as usize].map(|vote| u64::from(vote) << 32 | u64::from(index));
            keys.push(winner);
            if loser != winner {
                keys.push(loser);
            }
        }
        keys.sort_unstable();
        Self::grouped(&keys, |_| false)
    }

    /// From sorted keys: the group's number above, the comparison's position below.
    fn grouped(keys: &[u64], alone: impl Fn(u32) -> bool) -> Self {
        let mut starts = Vec::new();
        let mut before = None;
        for (at, key) in keys.iter().enumerate() {
            let group = (key >> 32) as u32;
            if before != Some(group) || alone(group) {
                starts.push(at as u32);
                before = Some(group);
            }
        }
        starts.push(keys.len() as u32);
        Self { members: keys.iter().map(|&key| key as u32).collect(), starts }
    }

    /// Whether a comparison is in several groups, by its position among `comparisons` comparisons.
    pub(crate) fn shared(&self, comparisons: usize) -> Vec<bool> {
        let mut seen = vec![0u8; comparisons];
        for &index in &self.members {
            seen[index as usize] = seen[index as usize].saturating_add(1);
        }
        seen.into_iter().map(|groups| groups > 1).collect()
    }

    /// How many groups.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// A group's comparisons.
    pub(crate) fn of(&self, group: usize) -> &[u32] {
        &self.members[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    /// Positions of comparisons, one group after another.
    pub(crate) fn members(&self) -> &[u32] {
        &self.members
    }

    /// Where each group starts among the members; one more than there are groups.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// All groups in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|group| self.of(group))
    }
}

fn counted(comparisons: &[IndexedComparison]) -> impl Iterator<Item = u32> {
    let heavy = comparisons.iter().enumerate().filter(|(_, comparison)| comparison.weight > 0.0);
    heavy.map(|(index, _)| index as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_grouped_by_person_and_those_of_nobody_known_stand_alone() {
        let vote = |person, weight| IndexedComparison {
            winner: 0,
            loser: 1,
            weight,
            person,
            tie: false,
            winner_left: None,
        };
        let votes = [
            vote(NO_PERSON, 1.0),
            vote(7, 1.0),
            vote(2, 1.0),
            vote(7, 0.0),
            vote(7, 0.5),
            vote(NO_PERSON, 1.0),
        ];
        let groups = |clusters: Clusters| clusters.iter().map(<[u32]>::to_vec).collect::<Vec<_>>();
        assert_eq!(groups(Clusters::persons(&votes)), [vec![2], vec![1, 4], vec![0], vec![5]]);
        assert_eq!(groups(Clusters::votes(&votes, &[])), [[0], [1], [2], [4], [5]]);
        assert_eq!(Clusters::persons(&[]).len(), 0);
        // Numbers far apart are sorted, numbers close together counted: to the same groups.
        let close: Vec<_> =
            (0..600).map(|i| vote([i * i % 71, NO_PERSON][(i % 5 / 4) as usize], (i % 7) as f32)).collect();
        let far: Vec<_> = close
            .iter()
            .map(|vote| IndexedComparison { person: vote.person.saturating_mul(50_000_000), ..*vote })
            .collect();
        assert_eq!(Clusters::persons(&close), Clusters::persons(&far));
        // A ranking of three comparisons, one that weighs nothing, and two ratings' one.
        let of = [[4, 4], [4, 4], [4, 4], [2, 2], [0, 1], [1, 0]];
        let clusters = Clusters::votes(&votes, &of);
        assert_eq!(clusters.shared(6), [false, false, false, false, true, true]);
        assert_eq!(groups(clusters), [vec![4, 5], vec![4, 5], vec![0, 1, 2]]);
    }
}
