//! Rounds that wait for a worker: each at most once, however often it is asked for.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use taste_core::RoundId;
use tokio::sync::Notify;

/// A queue without repetition.
#[derive(Default)]
pub(crate) struct Waiting {
    rounds: Mutex<VecDeque<RoundId>>,
    came: Notify,
}

impl Waiting {
    /// Adds a round; false when it waits already.
    pub(crate) fn push(&self, round: RoundId) -> bool {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let new = !rounds.contains(&round);
        if new {
            rounds.push_back(round);
        }
        self.came.notify_one();
        new
    }

    /// Takes the round that has waited longest; waits for one.
    pub(crate) async fn next(&self) -> RoundId {
        loop {
            if let Some(round) = self.rounds.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
                return round;
            }
            // A permit is kept when the round came between the look and this line.
            self.came.notified().await;
        }
    }
}
