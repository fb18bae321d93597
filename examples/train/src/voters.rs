//! People who do not exist, with tastes that are written down: what everybody tends to like, and what is their own.

use taste_ballot::{BallotError, SessionKey};
use taste_core::{CandidateId, CoreError, DuelOutcome, Vote};
use taste_gallery::{Family, Work};

/// Closer than this, somebody calls it a tie.
const TIE: f64 = 0.15;

/// One person: a key, and how much each way of drawing and a dark ground please them.
pub(crate) struct Voter {
    pub(crate) key: SessionKey,
    families: [f64; 6],
    dark: f64,
    random: Random,
}

impl Voter {
    /// The person with this number, always the same.
    pub(crate) fn new(number: u64) -> Result<Self, BallotError> {
        let mut random = Random(number);
        let mut secret = [0; 32];
        secret[24..].copy_from_slice(&number.to_be_bytes());
        let families = [(); 6].map(|()| 1.5 * random.normal());
        let dark = 1.2 * random.normal();
        Ok(Self { key: SessionKey::from_bytes(&secret)?, families, dark, random })
    }

    /// How much they like a work. Nearly everybody is drawn to shores and away from weaves.
    fn utility(&self, work: &Work) -> f64 {
        let shared = match work.family {
            Family::Shore => 1.5,
            Family::Loom => -1.5,
            _ => 0.0,
        };
        let family = Family::ALL.iter().position(|family| *family == work.family).unwrap_or(0);
        shared + self.families[family] + if work.dark { self.dark } else { 0.0 }
    }

    /// Judges two works drawn by lot, with the noise of a person on an ordinary day.
    pub(crate) fn vote(&mut self, works: &[Work], ids: &[CandidateId]) -> Result<Vote, CoreError> {
        let left = self.random.below(works.len());
        let right = (left + 1 + self.random.below(works.len() - 1)) % works.len();
        let gap = self.utility(&works[left]) - self.utility(&works[right]) + self.random.logistic();
        let outcome = match gap {
            _ if gap.abs() < TIE => DuelOutcome::Tie,
            _ if gap > 0.0 => DuelOutcome::Left,
            _ => DuelOutcome::Right,
        };
        Vote::duel(ids[left], ids[right], outcome)
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    /// In (0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.uniform() * bound as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        // Irwin–Hall: the sum of twelve uniforms has variance 1.
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn logistic(&mut self) -> f64 {
        let u = self.uniform();
        (u / (1.0 - u)).ln()
    }
}
