//! What every request has at hand: settings, clock, key, database, rounds and the workers beside.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use taste_ballot::{Address, SessionKey};
use tokio::sync::{Semaphore, watch};

use crate::{
    chain::Chains,
    config::{Secret, ServerConfig},
    embedder::Embedder,
    error::ServerError,
    http::LargeBodies,
    key_file::key_file,
    round::{Live, LiveRound, Rounds},
    storage::Store,
    trainer::Trainer,
};

/// Says what time it is, in Unix seconds. An argument, so that a test can close a round without waiting for it.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The system's clock.
pub(crate) fn system_clock() -> Clock {
    Arc::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// The service without its sockets.
pub(crate) struct Service {
    pub(crate) config: ServerConfig,
    pub(crate) key: SessionKey,
    /// Who may make rounds.
    pub(crate) operators: HashSet<Address>,
    pub(crate) token: Option<Secret>,
    pub(crate) store: Store,
    pub(crate) rounds: Rounds,
    pub(crate) embedder: Embedder,
    pub(crate) trainer: Trainer,
    /// Who is asked about contract wallets.
    pub(crate) chains: Chains,
    pub(crate) large_bodies: LargeBodies,
    /// Places of event streams: three of four connections, so that listeners never keep voters out.
    pub(crate) listeners: Arc<Semaphore>,
    /// Becomes true when the server stops: event streams end, workers give up.
    pub(crate) stopping: watch::Sender<bool>,
    clock: Clock,
}

impl Service {
    /// Opens everything and takes up the rounds that are there.
    pub(crate) async fn open(config: ServerConfig, clock: Clock) -> Result<Arc<Self>, ServerError> {
        config.check()?;
        let key = key_file(&config.operator_key)?;
        let mut operators: HashSet<Address> = config.operators()?.into_iter().collect();
        operators.insert(key.address());
        let service = Arc::new(Self {
            token: config.token()?,
            store: Store::open(&config.database)?,
            rounds: Rounds::default(),
            embedder: Embedder::new(&config)?,
            trainer: Trainer::new(&config),
            chains: Chains::new(&config)?,
            large_bodies: LargeBodies::default(),
            listeners: Arc::new(Semaphore::new((config.max_connections / 4 * 3).max(1))),
            stopping: watch::Sender::new(false),
            key,
            operators,
            config,
            clock,
        });
        service.load_rounds().await?;
        Ok(service)
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Takes up what the last run left: rounds to embed, rounds to train.
    pub(crate) fn resume(&self) {
        for round in self.rounds.all() {
            let live = round.live.borrow().clone();
            if live.missing.is_empty() && !live.embedded {
                self.embedder.request(round.id);
            }
            self.trainer.votes_came(&round, live.totals.votes);
        }
    }

    async fn load_rounds(&self) -> Result<(), ServerError> {
        let rounds = self
            .store
            .read(|reader| {
                let load = |row: crate::storage::RoundRow| {
                    let encoder = row.signed.round.encoder.0.clone();
                    let live = Live::load(reader, row.key, &encoder, row.totals)?;
                    Ok(LiveRound::new(row.key, row.signed.round.digest(), row.signed, live))
                };
                reader.rounds()?.into_iter().map(load).collect::<Result<Vec<_>, ServerError>>()
            })
            .await?;
        for round in rounds {
            self.rounds.insert(round);
        }
        Ok(())
    }
}
