//! The taste module, as the session asks it: through the page, in lines of text (`taste_sdk::words`).

use taste_core::{Digest, Question, Vote, cut, whole};
use taste_sdk::{Advisor, Forecast, Plan, Wish, words};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "#advisor")]
extern "C" {
    /// `learn`: these are all the votes that speak for the person now. `plan`: a plan's line; given are the kind, a question that is
    /// up (or nothing), ids of what is broken with spaces between them, and a line that is empty unless it is to keep going.
    /// `forecast`: probability, low and high of a question, in millionths.
    fn advise(who: u32, name: &str, given: &str, seed: &[u8]) -> String;
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
        advise(self.who, "learn", &words::votes(votes), &[]);
    }

    fn plan(&self, wish: &Wish<'_>, seed: &[u8; 32]) -> Plan {
        let mut given = String::from(wish.kind.as_str());
        given.push('\n');
        if let Some(also) = wish.also {
            given.push_str(&words::question(also));
        }
        given.push('\n');
        for id in &wish.broken {
            given.push_str(&id.to_hex());
            given.push(' ');
        }
        given.push_str(if wish.keep_going { "\n1" } else { "\n" });
        words::read_plan(&advise(self.who, "plan", &given, seed)).unwrap_or_default()
    }

    fn forecast(&self, question: &Question) -> Forecast {
        let line = advise(self.who, "forecast", &words::question(question), &[]);
        let mut numbers = Some(&line[..]);
        let mut next = || u32::try_from(whole(cut(&mut numbers, b' ')?)?).ok();
        match (next(), next(), next()) {
            (Some(probability), Some(low), Some(high))
                if low <= probability && probability <= high && high <= 1_000_000 =>
            {
                Forecast { probability, low, high }
            }
            _ => Forecast::COIN,
        }
    }
}
