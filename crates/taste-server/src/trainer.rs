//! The worker that trains: after every so many votes of a round, or when asked.

use taste_core::RoundId;

use crate::{config::ServerConfig, round::LiveRound, worker::Waiting};

/// The rounds that wait for a training.
pub(crate) struct Trainer {
    every: u64,
    waiting: Waiting,
}

impl Trainer {
    pub(crate) fn new(config: &ServerConfig) -> Self {
        Self { every: config.train_every, waiting: Waiting::default() }
    }

    /// Asks for a round to be trained; false when it waits for that already.
    pub(crate) fn request(&self, round: RoundId) -> bool {
        self.waiting.push(round)
    }

    /// Takes note of a round's votes, and asks for a training when enough came since the last.
    pub(crate) fn votes_came(&self, round: &LiveRound, votes: u64) {
        let trained = round.live.borrow().trained_votes;
        if self.every > 0 && votes >= trained + self.every {
            self.waiting.push(round.id);
        }
    }
}

/// Trains one waiting round after the other, until the server stops.
pub(crate) async fn run(service: std::sync::Arc<crate::service::Service>) {
    let mut stopping = service.stopping.subscribe();
    loop {
        tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            _ = service.trainer.waiting.next() => {}
        }
    }
}
