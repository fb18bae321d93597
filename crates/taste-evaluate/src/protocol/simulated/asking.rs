//! One person who is asked, question after question.

use taste_core::DuelOutcome;
use taste_model::{Before, FeatureTable, Observation, QuestionOptions, Scored, Taste, choose_pair};
use taste_population::Random;

use super::two;
use crate::error::EvaluateError;

/// A pair is asked once more after so many others, as in the product.
const PROBED_AFTER: usize = 12;

/// How questions are found.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Every pair alike.
    Random,
    /// As the product does, so many of them for the board; pairs are asked once more or not.
    Chosen { board: f64, probes: bool },
}

impl Way {
    /// Nearly all for the person, none twice.
    pub(super) const PERSON: Self = Self::Chosen { board: 0.0, probes: false };
}

/// The person, as the model that asks knows them.
pub(super) struct Asking<'a> {
    table: &'a FeatureTable,
    candidates: Vec<Scored<'a>>,
    way: Way,
    taste: Taste,
    seen: Vec<u32>,
    asked: Vec<(usize, usize)>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(table: &'a FeatureTable, way: Way) -> Self {
        let candidates = table.all();
        let seen = vec![0; candidates.len()];
        Self { table, candidates, way, taste: Taste::crowd(table.prior()), seen, asked: vec![] }
    }

    /// The next pair, left and right, and its propensity where it was chosen.
    pub(super) fn ask(&self, random: &mut Random) -> Result<(usize, usize, Option<f64>), EvaluateError> {
        if let Way::Chosen { board, probes } = self.way {
            let early = if probes { self.asked.len().saturating_sub(PROBED_AFTER) } else { 0 };
            let before = Before { seen: &self.seen, asked: &self.asked, due: &self.asked[..early] };
            let options = QuestionOptions::default().for_board(board);
            let (likelihood, seed) = (self.table.likelihood(), random.next());
            if let Some(choice) =
                choose_pair(&self.taste, likelihood, &self.candidates, &before, &options, seed)?
            {
                return Ok((choice.left, choice.right, Some(choice.propensity)));
            }
        }
        let (left, right) = two(self.candidates.len(), random);
        Ok((left, right, None))
    }

    /// Learns what was said.
    pub(super) fn hear(
        &mut self,
        left: usize,
        right: usize,
        outcome: DuelOutcome,
    ) -> Result<(), EvaluateError> {
        self.asked.push((left, right));
        self.seen[left] += 1;
        self.seen[right] += 1;
        let said = Observation::duel(self.candidates[left], self.candidates[right], outcome);
        self.taste.update(self.table.likelihood(), &said)?;
        Ok(())
    }

    pub(super) fn taste(&self) -> &Taste {
        &self.taste
    }
}
