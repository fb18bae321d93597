//! A round while it is served: its manifest, what it still waits for, and what changes about it.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use serde::Serialize;
use serde_json::value::RawValue;
use taste_ballot::SignedRound;
use taste_core::{BoardRule, CandidateId, CandidateKind, Digest, RoundId};
use tokio::sync::watch;

use crate::{
    board::BoardCache,
    error::ServerError,
    storage::{ModelRow, Reader, Totals},
};

/// Where a round stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    AwaitingContent,
    Embedding,
    Upcoming,
    Open,
    Closed,
}

impl State {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingContent => "awaiting-content",
            Self::Embedding => "embedding",
            Self::Upcoming => "upcoming",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A round in memory.
pub(crate) struct LiveRound {
    /// Its key within the database.
    pub(crate) key: i64,
    pub(crate) id: RoundId,
    pub(crate) signed: SignedRound,
    /// Each candidate's place in the manifest.
    pub(crate) places: HashMap<CandidateId, u32>,
    /// What changes. A watcher always sees the latest and never falls behind.
    pub(crate) live: watch::Sender<Live>,
    /// The board as last computed.
    pub(crate) board: tokio::sync::Mutex<BoardCache>,
}

/// What changes about a round. Cloned for every watcher, so long lists are shared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    pub(crate) totals: Totals,
    /// Candidates whose content has not come.
    pub(crate) missing: Arc<Vec<CandidateId>>,
    /// Whether embedding every candidate was tried.
    pub(crate) embedded: bool,
    /// Candidates that could not be embedded.
    pub(crate) failed: Arc<Vec<Failure>>,
    pub(crate) model: Option<Arc<ModelView>>,
    /// Votes at the last training, or try of it.
    pub(crate) trained_votes: u64,
    /// How often claims moved votes from one person to another: the board must be counted anew.
    pub(crate) claims: u64,
}

/// A candidate that could not be embedded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Failure {
    pub(crate) candidate: CandidateId,
    pub(crate) code: String,
}

/// The round's current model, as clients see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelView {
    pub(crate) digest: Digest,
    pub(crate) features: Digest,
    pub(crate) log_size: u64,
    /// JSON as the training wrote it.
    pub(crate) metrics: Box<RawValue>,
}

/// What a round's status says.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) ballots: u64,
    pub(crate) votes: u64,
    pub(crate) voters: u64,
    pub(crate) missing: Arc<Vec<CandidateId>>,
    pub(crate) failed: Arc<Vec<Failure>>,
}

/// A line of the list of rounds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoundSummary<'a> {
    id: RoundId,
    title: &'a str,
    question: &'a str,
    encoder: &'a str,
    kind: CandidateKind,
    candidates: usize,
    opens_at: String,
    closes_at: String,
    state: State,
    ballots: u64,
    votes: u64,
    voters: u64,
}

/// A round as a page loads it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RoundView<'a> {
    id: RoundId,
    signed: &'a SignedRound,
    status: Status,
    model: Option<Arc<ModelView>>,
}

impl Live {
    /// Reads everything that a restart must know again.
    pub(crate) fn load(
        reader: &Reader<'_>,
        key: i64,
        encoder: &str,
        totals: Totals,
    ) -> Result<Self, ServerError> {
        let model = reader.current_model(key)?;
        let missing = reader.missing(key)?;
        let embedded = missing.is_empty() && reader.unembedded(key, encoder)?.is_empty();
        Ok(Self {
            totals,
            missing: Arc::new(missing),
            embedded,
            failed: Arc::new(failures(reader, key, encoder)?),
            trained_votes: model.as_ref().map_or(0, |model| model.votes),
            model: model.map(|row| ModelView::from_row(&row).map(Arc::new)).transpose()?,
            claims: 0,
        })
    }
}

/// The candidates that could not be embedded.
pub(crate) fn failures(reader: &Reader<'_>, key: i64, encoder: &str) -> Result<Vec<Failure>, ServerError> {
    let rows = reader.failed_embeddings(key, encoder)?;
    Ok(rows.into_iter().map(|(candidate, code)| Failure { candidate, code }).collect())
}

impl ModelView {
    /// From what is stored.
    pub(crate) fn from_row(row: &ModelRow) -> Result<Self, ServerError> {
        let metrics = RawValue::from_string(row.metrics.clone())
            .map_err(|error| ServerError::internal("a model's metrics are no JSON", error))?;
        Ok(Self { digest: row.digest, features: row.features, log_size: row.log_size, metrics })
    }
}

impl LiveRound {
    pub(crate) fn new(key: i64, id: RoundId, signed: SignedRound, live: Live) -> Self {
        let places =
            (0u32..).zip(&signed.round.candidates).map(|(place, candidate)| (candidate.id, place)).collect();
        Self { key, id, signed, places, live: watch::Sender::new(live), board: tokio::sync::Mutex::default() }
    }

    /// The encoder that embeds its candidates.
    pub(crate) fn encoder(&self) -> &str {
        &self.signed.round.encoder.0
    }

    /// Where it stands at this time (Unix seconds).
    pub(crate) fn state(&self, now: u64) -> State {
        let round = &self.signed.round;
        let live = self.live.borrow();
        if now >= round.closes_at {
            State::Closed
        } else if !live.missing.is_empty() {
            State::AwaitingContent
        } else if !live.embedded {
            State::Embedding
        } else if now < round.opens_at {
            State::Upcoming
        } else {
            State::Open
        }
    }

    /// Whether anybody may see the board at this time: not before the end where its rules say so.
    pub(crate) fn shows_board(&self, now: u64) -> bool {
        let round = &self.signed.round;
        round.rules.board != BoardRule::Closed || now >= round.closes_at
    }

    /// Seconds until its window changes its state by itself; none when it is closed.
    pub(crate) fn next_change(&self, now: u64) -> Option<u64> {
        let round = &self.signed.round;
        [round.opens_at, round.closes_at].into_iter().find(|at| *at > now).map(|at| at - now)
    }

    pub(crate) fn status(&self, now: u64) -> Status {
        let state = self.state(now);
        let live = self.live.borrow();
        let Totals { ballots, votes, voters } = live.totals;
        Status { state, ballots, votes, voters, missing: live.missing.clone(), failed: live.failed.clone() }
    }

    pub(crate) fn summary(&self, now: u64) -> RoundSummary<'_> {
        let round = &self.signed.round;
        let Status { state, ballots, votes, voters, .. } = self.status(now);
        RoundSummary {
            id: self.id,
            title: &round.title,
            question: &round.question,
            encoder: &round.encoder.0,
            kind: round.candidates.first().map_or(CandidateKind::Card, |candidate| candidate.kind),
            candidates: round.candidates.len(),
            opens_at: round.opens_at.to_string(),
            closes_at: round.closes_at.to_string(),
            state,
            ballots,
            votes,
            voters,
        }
    }

    pub(crate) fn view(&self, now: u64) -> RoundView<'_> {
        RoundView {
            id: self.id,
            signed: &self.signed,
            status: self.status(now),
            model: self.live.borrow().model.clone(),
        }
    }

    /// Takes note that a candidate's content came; true when it was the last one missing.
    pub(crate) fn content_came(&self, id: &CandidateId) -> bool {
        self.keep_missing(|missing| missing != id)
    }

    /// Takes note that only these may still be missing; true when nothing is, and embedding has not happened.
    pub(crate) fn only_missing(&self, still: &[CandidateId]) -> bool {
        let still: std::collections::HashSet<_> = still.iter().collect();
        self.keep_missing(|missing| still.contains(missing));
        let live = self.live.borrow();
        live.missing.is_empty() && !live.embedded
    }

    fn keep_missing(&self, keep: impl Fn(&CandidateId) -> bool) -> bool {
        let mut completed = false;
        self.live.send_if_modified(|live| {
            let before = live.missing.len();
            if live.missing.iter().all(&keep) {
                return false;
            }
            Arc::make_mut(&mut live.missing).retain(&keep);
            completed = before > 0 && live.missing.is_empty();
            true
        });
        completed
    }

    /// Takes counts from a commit. Commits of one group are reported in any order; the largest log is the latest.
    pub(crate) fn advance(&self, totals: Totals) {
        self.live.send_if_modified(|live| {
            let newer = totals.ballots > live.totals.ballots;
            if newer {
                live.totals = totals;
            }
            newer
        });
    }
}

/// The rounds of this server.
#[derive(Default)]
pub(crate) struct Rounds(RwLock<Index>);

#[derive(Default)]
struct Index {
    in_order: Vec<Arc<LiveRound>>,
    by_id: HashMap<RoundId, Arc<LiveRound>>,
}

impl Rounds {
    /// All of them, in the order they came.
    pub(crate) fn all(&self) -> Vec<Arc<LiveRound>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).in_order.clone()
    }

    /// One of them.
    ///
    /// # Errors
    /// [`ServerError::UnknownRound`].
    pub(crate) fn get(&self, id: &RoundId) -> Result<Arc<LiveRound>, ServerError> {
        let index = self.0.read().unwrap_or_else(PoisonError::into_inner);
        index.by_id.get(id).cloned().ok_or(ServerError::UnknownRound)
    }

    /// Takes note that a claim moved votes in these rounds.
    pub(crate) fn votes_moved(&self, rounds: &[(RoundId, Totals)]) {
        for (id, totals) in rounds {
            if let Ok(round) = self.get(id) {
                round.live.send_modify(|live| {
                    live.claims += 1;
                    if totals.ballots >= live.totals.ballots {
                        live.totals = *totals;
                    }
                });
            }
        }
    }

    /// One more; the one that is there where the round is known.
    pub(crate) fn insert(&self, round: LiveRound) -> Arc<LiveRound> {
        let mut index = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = index.by_id.get(&round.id) {
            return known.clone();
        }
        let round = Arc::new(round);
        index.in_order.push(round.clone());
        index.by_id.insert(round.id, round.clone());
        round
    }
}
