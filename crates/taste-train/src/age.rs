//! How fast the votes of a log grow old, how far their givers mean them, and what they weigh at its end.
//!
//! A model speaks of today. Where taste moves, a vote of last year says less of today than one of last week: it weighs
//! 2^(−age / half-life), its age counted back from the log's last ballot. The half-life is the one under which the log's
//! own future is predicted best from its past ([`Decay::estimate`]), and where none predicts better than no decay at all,
//! every vote weighs what it was meant to.
//!
//! Whoever was asked the same twice and did not say the same weighs less, by as much as everybody's second answers say
//! ([`Reliability`]).

use serde::{Deserialize, Serialize};
use taste_model::{Alone, BoardOptions, Decay, IndexedComparison, Reliability};

use crate::{
    dataset::{Dataset, Opinion},
    error::TrainError,
    judge::compared,
};

/// The most comparisons that a half-life is estimated from: of more every k-th, which keeps the log's span. Fewer votes
/// are averaged over longer, so what is found is then rather too long than too short.
const MOST_COMPARISONS: usize = 100_000;
/// The shortest half-life that may be asked for, in seconds.
const SHORTEST: f64 = 60.0;

/// After how long a vote weighs half.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HalfLife {
    /// As the log itself says, or never where it does not say.
    Estimated,
    /// Never: a vote weighs the same whenever it was given.
    None,
    /// After so many seconds.
    Seconds(f64),
}

impl HalfLife {
    /// What models were trained with that do not say: what they say stays what it was.
    pub(crate) fn unsaid() -> Self {
        Self::None
    }

    pub(crate) fn is_none(&self) -> bool {
        *self == Self::None
    }

    pub(crate) fn check(self) -> Result<(), TrainError> {
        match self {
            Self::Seconds(found) if !(found >= SHORTEST && found.is_finite()) => {
                Err(TrainError::Setting { what: "half-life", found, allowed: "60 seconds or more" })
            }
            _ => Ok(()),
        }
    }
}

/// Whether persons weigh as much as they mean what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Weigh {
    /// By the pairs they were asked twice, where there are enough of those.
    Probes,
    /// All alike.
    Alike,
}

impl Weigh {
    /// As of [`HalfLife::unsaid`].
    pub(crate) fn unsaid() -> Self {
        Self::Alike
    }

    pub(crate) fn is_alike(&self) -> bool {
        *self == Self::Alike
    }
}

/// Votes as they weigh at the log's end.
pub(crate) struct Aged {
    pub(crate) opinions: Vec<Opinion>,
    /// In whole seconds; none where votes do not grow old.
    pub(crate) half_life: Option<f64>,
    /// What the log says, where it was asked and long enough to say something.
    pub(crate) estimate: Option<Decay>,
    /// What everybody's second answers say, where they were asked and are enough.
    pub(crate) reliability: Option<Reliability>,
}

impl Aged {
    pub(crate) fn of(dataset: &Dataset, half_life: HalfLife, weigh: Weigh) -> Result<Self, TrainError> {
        let (half_life, estimate) = match half_life {
            HalfLife::None => (None, None),
            HalfLife::Seconds(seconds) => (Some(seconds), None),
            HalfLife::Estimated => {
                let found = estimate(dataset)?;
                (found.half_life, (found.gain_error > 0.0).then_some(found))
            }
        };
        let now = dataset.times.iter().copied().max();
        let mut opinions = match (half_life, now) {
            (Some(half_life), Some(now)) => {
                let weight = |opinion: &Opinion| {
                    let age = (now - dataset.times[opinion.vote]) as f64;
                    opinion.weight * libm::exp2(-age / half_life)
                };
                dataset
                    .opinions
                    .iter()
                    .map(|opinion| Opinion { weight: weight(opinion), ..*opinion })
                    .collect()
            }
            _ => dataset.opinions.clone(),
        };
        let reliability = match weigh {
            Weigh::Probes => {
                let chance = Reliability::chance_of(dataset.duel_answers);
                Reliability::estimate(&dataset.consistency, chance)
            }
            Weigh::Alike => None,
        };
        if let Some(found) = &reliability {
            let own: Vec<f64> = dataset.consistency.iter().map(|said| found.of(*said)).collect();
            opinions.iter_mut().for_each(|opinion| opinion.weight *= own[opinion.person]);
        }
        Ok(Self { opinions, half_life, estimate, reliability })
    }
}

/// From the crowd's strengths alone: Bradley–Terry, where a rating is a duel with a threshold.
fn estimate(dataset: &Dataset) -> Result<Decay, TrainError> {
    let candidates = dataset.candidates.len();
    let mut said = if dataset.times.is_empty() { vec![] } else { compared(&dataset.opinions, candidates) };
    let stride = said.len().div_ceil(MOST_COMPARISONS).max(1);
    said = said.into_iter().step_by(stride).collect();
    let times: Vec<u64> = said.iter().map(|(vote, _)| dataset.times[*vote]).collect();
    let comparisons: Vec<IndexedComparison> = said.into_iter().map(|(_, comparison)| comparison).collect();
    let mut found = Decay::estimate(candidates + 1, &comparisons, &times, &BoardOptions::default(), &Alone)?;
    // Whole seconds, and six digits of what it gains: enough to read, and no noise in a file that is named by its bytes.
    for seconds in [&mut found.half_life, &mut found.low, &mut found.high].into_iter().flatten() {
        *seconds = seconds.round();
    }
    for nats in [&mut found.gain, &mut found.gain_error] {
        *nats = (*nats * 1e6).round() / 1e6;
    }
    Ok(found)
}
