//! The guess that is committed before the answer, and its opening.
//!
//! When a question goes up, the session fixes what it predicts and publishes only
//! `commitment = SHA-256(text)`. The text holds the prediction and a random salt, so the commitment says
//! nothing before the answer and cannot be changed after it. Anyone checks it with one SHA-256.

use alloc::string::String;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use taste_core::{ApprovalOutcome, Digest, DuelOutcome, Judgement, Question, RoundId, decimal};

use crate::{view::Guess, words};

/// Half the width of the band around one half that counts as "we could not tell": two points.
const UNDECIDED: i64 = 20_000;

/// What is predicted, in millionths, so that the committed text and the number shown are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// Left against right (ties aside), "for", or how far up the scale of stars.
    pub probability: u32,
    /// Lower end of the 95 % range.
    pub low: u32,
    /// Upper end.
    pub high: u32,
}

impl Forecast {
    /// Nothing is known: one half, anywhere between never and always.
    pub const COIN: Self = Self { probability: 500_000, low: 0, high: 1_000_000 };

    /// From probabilities in [0, 1]; anything that is not a number counts as a coin flip.
    pub fn new(probability: f64, low: f64, high: f64) -> Self {
        if !(probability.is_finite() && low.is_finite() && high.is_finite()) {
            return Self::COIN;
        }
        let millionths = |p: f64| libm::round(p.clamp(0.0, 1.0) * 1e6) as u32;
        let probability = millionths(probability);
        Self { probability, low: millionths(low).min(probability), high: millionths(high).max(probability) }
    }

    /// Whether it is too close to one half to take a side.
    pub fn undecided(self) -> bool {
        (i64::from(self.probability) - 500_000).abs() <= UNDECIDED
    }

    /// Whether the answer agreed; none where undecided, or the answer takes no side.
    pub fn hit(self, judgement: &Judgement) -> Option<bool> {
        let favoured = match judgement {
            Judgement::Duel { outcome: DuelOutcome::Left, .. }
            | Judgement::Approval { outcome: ApprovalOutcome::For, .. } => true,
            Judgement::Duel { outcome: DuelOutcome::Right, .. }
            | Judgement::Approval { outcome: ApprovalOutcome::Against, .. } => false,
            _ => return None,
        };
        (!self.undecided()).then_some((self.probability > 500_000) == favoured)
    }

    /// As a widget shows it.
    pub fn guess(self, hit: Option<bool>) -> Guess {
        let Self { probability, low, high } = self;
        Guess { probability, low, high, undecided: self.undecided(), hit }
    }
}

/// A forecast fixed for one question, with the salt that hides it until it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    text: String,
    digest: Digest,
}

impl Commitment {
    /// Fixes `forecast` for `question` of `round`; `model` is the model's digest, zero where there is none.
    pub fn new(round: RoundId, question: &Question, model: Digest, forecast: Forecast, salt: Digest) -> Self {
        let asked = words::question(question);
        let Forecast { probability, low, high } = forecast;
        // Not `format!`: its machinery is large in a page's wasm.
        let mut text = String::from("tastemaker.prediction/1\n");
        for (name, value) in [
            ("round ", round.to_hex()),
            ("question ", asked),
            ("model ", model.to_hex()),
            ("probability ", decimal(probability.into())),
            ("low ", decimal(low.into())),
            ("high ", decimal(high.into())),
            ("salt ", salt.to_hex()),
        ] {
            text.push_str(name);
            text.push_str(&value);
            text.push('\n');
        }
        let digest = Digest(Sha256::digest(text.as_bytes()).into());
        Self { text, digest }
    }

    /// What is published with the question: the SHA-256 of the text.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// What is published after the answer.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use taste_core::Vote;

    const A: Digest = Digest([1; 32]);
    const B: Digest = Digest([2; 32]);

    #[test]
    fn a_commitment_is_the_sha256_of_its_text_and_hides_by_its_salt() {
        let question = Question::Duel { left: A, right: B };
        let forecast = Forecast::new(0.71, 0.5, 0.9);
        let one = Commitment::new(Digest([9; 32]), &question, Digest::default(), forecast, Digest([7; 32]));
        let two = Commitment::new(Digest([9; 32]), &question, Digest::default(), forecast, Digest([8; 32]));
        assert_ne!(one.digest(), two.digest());
        // printf 'tastemaker.prediction/1\n…' | sha256sum (tests/commitment.py writes the whole text).
        assert_eq!(one.digest().to_string(), include_str!("../tests/commitment.txt").trim());
    }

    #[test]
    fn a_hit_needs_a_side_on_both_ends() {
        let judged = |outcome| Vote::duel(A, B, outcome).unwrap().judgement;
        for (probability, outcome, hit) in [
            (0.70, DuelOutcome::Left, Some(true)),
            (0.70, DuelOutcome::Right, Some(false)),
            (0.30, DuelOutcome::Right, Some(true)),
            (0.70, DuelOutcome::Tie, None),
            (0.70, DuelOutcome::Neither, None),
            (0.70, DuelOutcome::Skip, None),
            (0.519, DuelOutcome::Left, None),
            (0.521, DuelOutcome::Left, Some(true)),
        ] {
            assert_eq!(
                Forecast::new(probability, 0.0, 1.0).hit(&judged(outcome)),
                hit,
                "{probability} {outcome:?}"
            );
        }
        let approved = Vote::approval(A, ApprovalOutcome::For).judgement;
        assert_eq!(Forecast::new(0.9, 0.8, 1.0).hit(&approved), Some(true));
    }

    #[test]
    fn what_is_not_a_number_is_a_coin_flip() {
        assert_eq!(Forecast::new(f64::NAN, 0.0, 1.0), Forecast::COIN);
        assert!(Forecast::COIN.undecided());
    }
}
