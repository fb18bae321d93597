//! The worker that trains: after every so many votes of a round, or when asked. Voting goes on meanwhile, and a
//! training that fails is a line in the log, nothing more.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use sha2::{Digest as _, Sha256};
use taste_ballot::{Address, SignedRound};
use taste_core::{Digest, EncoderId, RoundId};
use taste_inference::Runtime;
use taste_model::FeatureTable;
use taste_train::{
    Dataset, EmbeddedCandidates, Progress, Stage, TrainConfig, TrainError, Trained, train, train_from,
};
use tokio::sync::watch;

use crate::{
    config::ServerConfig,
    error::ServerError,
    round::{LiveRound, ModelView},
    service::Service,
    storage::{ModelRow, Page, Reader, Totals},
    worker::Waiting,
};

/// The rounds that wait for a training.
pub(crate) struct Trainer {
    every: u64,
    config: TrainConfig,
    runtime: Option<PathBuf>,
    waiting: Waiting,
}

/// What a training reads: a consistent look at the database.
struct Material {
    totals: Totals,
    log: Vec<u8>,
    claims: BTreeMap<Address, Address>,
    embeddings: Vec<Option<Vec<f32>>>,
    /// The file of the model before.
    parent: Option<Vec<u8>>,
}

/// The two files that it makes.
struct Files {
    trained: Trained,
    metrics: String,
    features: Vec<u8>,
}

impl Trainer {
    pub(crate) fn new(config: &ServerConfig) -> Self {
        Self {
            every: config.train_every,
            config: TrainConfig {
                rank: config.train_rank,
                steps: config.train_steps,
                seed: config.train_seed,
                ..TrainConfig::default()
            },
            runtime: config.onnx_runtime.clone(),
            waiting: Waiting::default(),
        }
    }

    /// Asks for a round to be trained; false when it waits for that already.
    pub(crate) fn request(&self, round: RoundId) -> bool {
        self.waiting.push(round)
    }

    /// Takes note of a round's votes, and asks for a training when enough came since the last.
    pub(crate) fn votes_came(&self, round: &LiveRound, votes: u64) {
        let trained = round.live.borrow().trained_votes;
        if self.every > 0 && votes >= trained + interval(self.every, trained) {
            self.waiting.push(round.id);
        }
    }
}

/// How many votes must come until the next training. A tenth more votes say little new, and with a fixed interval a busy
/// round would train without a pause and keep thousands of models; so their number grows with the logarithm of the votes.
fn interval(every: u64, trained_votes: u64) -> u64 {
    every.max(trained_votes / 10)
}

/// Trains one waiting round after the other, until the server stops.
pub(crate) async fn run(service: Arc<Service>) {
    let mut stopping = service.stopping.subscribe();
    loop {
        let id = tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            id = service.trainer.waiting.next() => id,
        };
        let Ok(round) = service.rounds.get(&id) else { continue };
        // From here the next votes are counted, also when this try fails: the next one comes with more votes, not at
        // once and for ever.
        round.live.send_modify(|live| live.trained_votes = live.totals.votes);
        match train_round(&service, &round).await {
            Ok(model) => tracing::info!(round = %id, model = %model, "trained"),
            Err(error) if *stopping.borrow() => {
                tracing::info!(round = %id, code = error.code(), "training gave up")
            }
            Err(error) => tracing::error!(round = %id, code = error.code(), %error, "training failed"),
        }
        service.trainer.votes_came(&round, round.live.borrow().totals.votes);
    }
}

/// Why a training failed.
#[derive(Debug, thiserror::Error)]
enum TrainingError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error("the training's thread panicked")]
    Panic(#[from] tokio::task::JoinError),
}

impl TrainingError {
    fn code(&self) -> &'static str {
        match self {
            Self::Server(error) => error.code(),
            Self::Train(error) => error.code(),
            Self::Panic(_) => ServerError::Internal.code(),
        }
    }
}

async fn train_round(service: &Arc<Service>, round: &Arc<LiveRound>) -> Result<Digest, TrainingError> {
    let dimension = service.embedder.dimension(&round.signed.round.encoder);
    let dimension =
        dimension.ok_or_else(|| ServerError::UnknownEncoder { encoder: round.encoder().to_owned() })?;
    let reading = round.clone();
    let material = service.store.read(move |reader| material(reader, &reading)).await?;
    let totals = material.totals;
    tracing::info!(round = %round.id, ballots = totals.ballots, votes = totals.votes, "training");
    let mut progress = Patience(service.stopping.subscribe());
    let (config, runtime, training) =
        (service.trainer.config.clone(), service.trainer.runtime.clone(), round.clone());
    let work = move || {
        // The process has one ONNX Runtime: from here on training finds the one of the settings.
        Runtime::load(runtime.as_deref()).map_err(TrainError::from)?;
        make_files(&training.signed, training.id, material, dimension, &config, &mut progress)
    };
    let files: Files = tokio::task::spawn_blocking(work).await??;

    let row = ModelRow {
        digest: files.trained.digest,
        features: Digest(Sha256::digest(&files.features).into()),
        log_size: totals.ballots,
        votes: totals.votes,
        metrics: files.metrics,
    };
    let view = Arc::new(ModelView::from_row(&row)?);
    let (key, digest) = (round.key, row.digest);
    let store = service
        .store
        .write(move |writer| writer.insert_model(key, &row, &files.trained.onnx, &files.features));
    store.await?;
    round.live.send_modify(|live| {
        live.model = Some(view);
        live.trained_votes = totals.votes;
    });
    Ok(digest)
}

fn material(reader: &Reader<'_>, round: &LiveRound) -> Result<Material, ServerError> {
    // One snapshot for all of it: ballots go on coming.
    let _snapshot = reader.unchecked_transaction()?;
    Ok(Material {
        totals: reader.totals(round.key)?,
        log: reader.log(round.key, Page { from: 0, limit: u64::MAX, enough: usize::MAX })?,
        claims: reader.claims(&round.id)?,
        embeddings: reader.embeddings(round.key, round.encoder())?,
        parent: match reader.current_model(round.key)? {
            Some(model) => reader.model(&model.digest)?,
            None => None,
        },
    })
}

fn make_files(
    signed: &SignedRound,
    id: RoundId,
    material: Material,
    dimension: usize,
    config: &TrainConfig,
    progress: &mut dyn Progress,
) -> Result<Files, TrainError> {
    let ids: Vec<_> = signed.round.candidates.iter().map(|candidate| candidate.id).collect();
    let encoder: EncoderId = signed.round.encoder.clone();
    let candidates = EmbeddedCandidates::with_gaps(ids, encoder, dimension, &material.embeddings)?
        .with_half_stars(signed.round.rules.halves);
    let lines = material.log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let dataset = Dataset::from_log(id, candidates, lines, &material.claims)?;
    // A training may take minutes and a log may be long: what was read from it is all that is needed.
    drop(material.log);
    let trained = match &material.parent {
        Some(parent) => train_from(parent, &dataset, config, progress)?,
        None => train(&dataset, config, progress)?,
    };
    let candidates = &dataset.candidates;
    let rows = candidates.ids().iter().copied().zip(candidates.embeddings().chunks_exact(dimension));
    let features = FeatureTable::build(&trained.model, trained.digest, rows)?.to_bytes();
    let metrics = serde_json::to_string(&trained.metrics).expect("numbers and names");
    Ok(Files { trained, metrics, features })
}

/// Gives up when the server stops.
struct Patience(watch::Receiver<bool>);

impl Progress for Patience {
    fn advance(&mut self, _: Stage, _: usize, _: usize) {}

    fn cancelled(&self) -> bool {
        *self.0.borrow()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_votes_train_a_hundred_times_and_not_ten_thousand() {
        let (mut trained, mut trainings) = (0, 0);
        while trained < 1_000_000 {
            trained += interval(100, trained);
            trainings += 1;
        }
        assert_eq!((interval(100, 0), interval(100, 999), interval(100, 5_000)), (100, 100, 500));
        assert!((70..110).contains(&trainings), "{trainings}");
    }
}
