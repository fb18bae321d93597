//! Who rated what how high: checked, and found by person and by candidate.

use crate::error::PopulationError;

/// One rating.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// Who rated, from 0.
    pub person: usize,
    /// What, from 0.
    pub candidate: usize,
    /// How high, on any scale.
    pub value: f64,
}

/// Ratings in order of persons, with a second order by candidates.
#[derive(Clone, Debug)]
pub struct Ratings {
    said: Vec<Rating>,
    /// Where each person's ratings start, `[persons + 1]`.
    starts: Vec<usize>,
    /// Indices into `said`, by candidate.
    by_candidate: Vec<u32>,
    /// Where each candidate's start, `[candidates + 1]`.
    candidate_starts: Vec<usize>,
}

impl Ratings {
    /// Sorts and checks them.
    ///
    /// # Errors
    /// [`PopulationError::NotFinite`], [`PopulationError::Unknown`].
    pub fn new(persons: usize, candidates: usize, mut said: Vec<Rating>) -> Result<Self, PopulationError> {
        for (index, rating) in said.iter().enumerate() {
            if !rating.value.is_finite() {
                return Err(PopulationError::NotFinite { what: "the ratings", index });
            }
            for (what, found, count) in
                [("person", rating.person, persons), ("candidate", rating.candidate, candidates)]
            {
                if found >= count {
                    return Err(PopulationError::Unknown { index, what, found, count });
                }
            }
        }
        // Stable, so that a person's ratings stay in the order in which they were given.
        said.sort_by_key(|rating| rating.person);
        let person_starts = starts(persons, said.iter().map(|rating| rating.person));
        let candidate_starts = starts(candidates, said.iter().map(|rating| rating.candidate));
        let mut next = candidate_starts.clone();
        let mut by_candidate = vec![0u32; said.len()];
        for (index, rating) in said.iter().enumerate() {
            by_candidate[next[rating.candidate]] = index as u32;
            next[rating.candidate] += 1;
        }
        Ok(Self { said, starts: person_starts, by_candidate, candidate_starts })
    }

    /// How many persons.
    pub fn persons(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many candidates.
    pub fn candidates(&self) -> usize {
        self.candidate_starts.len() - 1
    }

    /// All, in order of persons.
    pub fn all(&self) -> &[Rating] {
        &self.said
    }

    /// One person's, in the order in which they were given.
    pub fn of_person(&self, person: usize) -> &[Rating] {
        &self.said[self.starts[person]..self.starts[person + 1]]
    }

    /// One candidate's.
    pub fn of_candidate(&self, candidate: usize) -> impl ExactSizeIterator<Item = &Rating> {
        self.by_candidate[self.candidate_starts[candidate]..self.candidate_starts[candidate + 1]]
            .iter()
            .map(|&index| &self.said[index as usize])
    }
}

/// Where each number's entries start once they are sorted, `[count + 1]`.
fn starts(count: usize, numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0; count + 1];
    numbers.for_each(|number| starts[number + 1] += 1);
    for i in 0..count {
        starts[i + 1] += starts[i];
    }
    starts
}
