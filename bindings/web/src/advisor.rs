//! The taste module, as the session asks it: through the page, in lines of text (`taste_sdk::words`).

use taste_core::{Digest, Question, Vote};
use taste_sdk::{Advisor, Forecast, Plan, Wish, words};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "#advisor")]
extern "C" {
    /// These are all the votes that speak for the person now.
    fn learn(who: u32, votes: &str);
    /// A plan's line; `also` is a question or empty, `broken` ids with spaces between them.
    fn plan(who: u32, kind: &str, also: &str, broken: &str, keep_going: bool, seed: &[u8]) -> String;
    /// Probability, low and high, in millionths.
    fn forecast(who: u32, question: &str) -> Vec<u32>;
}

/// The page's handle on a mind in the other module. What the page answers wrongly, or not at all, is no advice.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) who: u32,
    pub(crate) model: Digest,
}

impl Advisor for Relay {
    fn model(&self) -> Digest {
        self.model
    }

    fn learn(&mut self, votes: &[&Vote]) {
        learn(self.who, &words::votes(votes));
    }

    fn plan(&self, wish: &Wish<'_>, seed: &[u8; 32]) -> Plan {
        let also = wish.also.map(words::question).unwrap_or_default();
        let broken = wish.broken.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let line = plan(self.who, wish.kind.as_str(), &also, &broken, wish.keep_going, seed);
        words::read_plan(&line).unwrap_or_default()
    }

    fn forecast(&self, question: &Question) -> Forecast {
        match forecast(self.who, &words::question(question))[..] {
            [probability, low, high] if low <= probability && probability <= high && high <= 1_000_000 => {
                Forecast { probability, low, high }
            }
            _ => Forecast::COIN,
        }
    }
}
