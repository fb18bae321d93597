//! The worker that embeds a round's candidates once their content is complete.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use taste_core::{CandidateId, EncoderId, RoundId};
use taste_inference::{Content, Encoder, Runtime};
use tokio::task::JoinSet;

use crate::{
    config::ServerConfig,
    error::ServerError,
    round::{LiveRound, failures},
    service::Service,
    worker::Waiting,
};

/// Candidates that one thread embeds before it writes them down.
const CHUNK: usize = 8;
/// After this long, embedding that could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(30);

/// The encoders of this server, and the rounds that wait for one.
pub(crate) struct Embedder {
    encoders: HashMap<EncoderId, Arc<Encoder>>,
    waiting: Waiting,
}

/// What became of a candidate: its numbers, or the code of why there are none.
type Outcome = (CandidateId, Result<Vec<f32>, String>);

impl Embedder {
    /// The built-in encoders and those of the settings.
    ///
    /// # Errors
    /// [`ServerError::Config`] when an encoder's files cannot be used.
    pub(crate) fn new(config: &ServerConfig) -> Result<Self, ServerError> {
        let wrong = |error: taste_inference::InferenceError| ServerError::Config {
            setting: "encoders",
            reason: error.to_string(),
        };
        let mut encoders = Vec::new();
        for id in ["visual@1", "text@1", "palette@1", "audio@1"] {
            encoders.push(Encoder::builtin(id).map_err(wrong)?);
        }
        if !config.encoders.is_empty() {
            let runtime = Runtime::load(config.onnx_runtime.as_deref()).map_err(wrong)?;
            for manifest in &config.encoders {
                encoders.push(Encoder::from_file(&runtime, manifest).map_err(wrong)?);
            }
        }
        let encoders =
            encoders.into_iter().map(|encoder| (encoder.id().clone(), Arc::new(encoder))).collect();
        Ok(Self { encoders, waiting: Waiting::default() })
    }

    /// Whether rounds may ask for this encoder.
    pub(crate) fn knows(&self, encoder: &EncoderId) -> bool {
        self.encoders.contains_key(encoder)
    }

    /// How many numbers its embeddings have.
    pub(crate) fn dimension(&self, encoder: &EncoderId) -> Option<usize> {
        self.encoders.get(encoder).map(|encoder| encoder.dimension())
    }

    /// Asks for a round to be embedded.
    pub(crate) fn request(&self, round: RoundId) {
        self.waiting.push(round);
    }
}

/// Embeds one waiting round after the other, until the server stops.
pub(crate) async fn run(service: Arc<Service>) {
    let mut stopping = service.stopping.subscribe();
    loop {
        let id = tokio::select! {
            _ = stopping.wait_for(|stopping| *stopping) => return,
            id = service.embedder.waiting.next() => id,
        };
        let Ok(round) = service.rounds.get(&id) else { continue };
        if let Err(error) = embed(&service, &round).await {
            // A full disk, mostly. What was embedded is stored; the rest is tried again, or the round would never open.
            tracing::error!(round = %id, code = error.code(), "embedding stopped, and is tried again in a while");
            let service = service.clone();
            tokio::spawn(async move {
                tokio::time::sleep(RETRY).await;
                service.embedder.request(id);
            });
        }
    }
}

async fn embed(service: &Arc<Service>, round: &Arc<LiveRound>) -> Result<(), ServerError> {
    let Some(encoder) = service.embedder.encoders.get(&round.signed.round.encoder).cloned() else {
        // The settings lost an encoder that a stored round needs. Its votes count; there is nothing to learn from.
        tracing::error!(round = %round.id, encoder = round.encoder(), "no such encoder any more");
        round.live.send_modify(|live| live.embedded = true);
        return Ok(());
    };
    let (key, name) = (round.key, round.encoder().to_owned());
    let waiting = service.store.read(move |reader| reader.unembedded(key, &name)).await?;
    tracing::info!(round = %round.id, candidates = waiting.len(), encoder = round.encoder(), "embedding");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut work = JoinSet::new();
    for chunk in waiting.chunks(CHUNK) {
        while work.len() >= threads {
            finish(work.join_next().await)?;
        }
        if *service.stopping.borrow() {
            return Ok(());
        }
        work.spawn(embed_chunk(service.clone(), round.clone(), encoder.clone(), chunk.to_vec()));
    }
    while let Some(done) = work.join_next().await {
        finish(Some(done))?;
    }
    let name = round.encoder().to_owned();
    let failed = service.store.read(move |reader| failures(reader, key, &name)).await?;
    if !failed.is_empty() {
        tracing::warn!(round = %round.id, failed = failed.len(), "some candidates could not be embedded");
    }
    round.live.send_modify(|live| {
        live.failed = Arc::new(failed);
        live.embedded = true;
    });
    Ok(())
}

fn finish(done: Option<Result<Result<(), ServerError>, tokio::task::JoinError>>) -> Result<(), ServerError> {
    match done {
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(ServerError::internal("an embedding task panicked", error)),
        None => Ok(()),
    }
}

async fn embed_chunk(
    service: Arc<Service>,
    round: Arc<LiveRound>,
    encoder: Arc<Encoder>,
    chunk: Vec<CandidateId>,
) -> Result<(), ServerError> {
    let content = service.store.read(move |reader| {
        chunk.into_iter().map(|id| Ok((id, reader.content(&id)?))).collect::<Result<Vec<_>, ServerError>>()
    });
    let content = content.await?;
    let embedding = round.clone();
    let work =
        move || content.into_iter().map(|(id, bytes)| outcome(&embedding, &encoder, id, bytes)).collect();
    let outcomes: Vec<Outcome> = tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| ServerError::internal("an embedding thread panicked", error))?;
    let store = service.store.write(move |writer| {
        outcomes.iter().try_for_each(|(id, outcome)| {
            let outcome = outcome.as_deref().map_err(String::as_str);
            writer.insert_embedding(id, round.encoder(), outcome)
        })
    });
    store.await
}

fn outcome(round: &LiveRound, encoder: &Encoder, id: CandidateId, bytes: Option<Vec<u8>>) -> Outcome {
    let place = round.places[&id] as usize;
    let media_type = &round.signed.round.candidates[place].media_type;
    let bytes = bytes.unwrap_or_default();
    // Content comes from strangers; a decoder that panics on it must not take the other candidates with it.
    let embedded = catch_unwind(AssertUnwindSafe(|| encoder.embed(&Content { media_type, bytes: &bytes })));
    let outcome = match embedded {
        Ok(Ok(embedding)) => Ok(embedding.values().to_vec()),
        Ok(Err(error)) => {
            tracing::warn!(candidate = %id, code = error.code(), %error, "not embedded");
            Err(error.code().to_owned())
        }
        Err(_) => Err(ServerError::Internal.code().to_owned()),
    };
    (id, outcome)
}
