//! What changes about a round, told to whoever listens (server-sent events).
//!
//! Each listener watches the round's latest state, not a queue of changes: one that reads slowly skips what it missed
//! and costs nothing meanwhile. Changes within [`PAUSE`] arrive as one.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use serde::Serialize;
use taste_core::Digest;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::Named;
use crate::{
    error::ServerError,
    round::{Live, LiveRound},
    service::Service,
};

/// The shortest time between two rounds of events to one listener.
const PAUSE: Duration = Duration::from_millis(200);
/// A comment this often keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

struct Listener {
    /// Its place among the listeners, for as long as it listens.
    _place: OwnedSemaphorePermit,
    service: Arc<Service>,
    round: Arc<LiveRound>,
    live: watch::Receiver<Live>,
    stopping: watch::Receiver<bool>,
    ready: VecDeque<Event>,
    status: String,
    model: Option<Digest>,
    board: Option<(u64, u64)>,
}

/// The round's event stream.
pub(super) async fn events(
    State(service): State<Arc<Service>>,
    Named(id): Named,
) -> Result<Response, ServerError> {
    let round = service.rounds.get(&id)?;
    let place = service.listeners.clone().try_acquire_owned().map_err(|_| ServerError::TooManyListeners)?;
    let mut listener = Listener {
        _place: place,
        live: round.live.subscribe(),
        stopping: service.stopping.subscribe(),
        ready: VecDeque::new(),
        status: String::new(),
        model: None,
        board: None,
        service,
        round,
    };
    listener.look();
    let stream = stream::unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

impl Listener {
    /// The next event; none when the server stops.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            // The window opens and closes without anybody doing anything.
            let window = self.round.next_change(self.service.now()).unwrap_or(3600).min(3600);
            tokio::select! {
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                changed = self.live.changed() => changed.ok()?,
                () = tokio::time::sleep(Duration::from_secs(window)) => {}
            }
            tokio::select! {
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
                () = tokio::time::sleep(PAUSE) => {}
            }
            self.look();
        }
    }

    /// Compares the latest state with what was told, and prepares what is new.
    fn look(&mut self) {
        let live = self.live.borrow_and_update().clone();
        let status = self.round.status(self.service.now());
        if let Ok(json) = serde_json::to_string(&status)
            && json != self.status
        {
            self.ready.push_back(Event::default().event("status").data(&json));
            self.status = json;
        }
        if let Some(model) = live.model
            && self.model != Some(model.digest)
        {
            self.model = Some(model.digest);
            self.ready.extend(Event::default().event("model").json_data(&*model));
        }
        let board = (live.totals.votes, live.claims);
        // A board that nobody may see yet is not announced; when the round closes, it is.
        if self.board != Some(board) && self.round.shows_board(self.service.now()) {
            self.board = Some(board);
            self.ready.extend(Event::default().event("board").json_data(BoardEvent { votes: board.0 }));
        }
    }
}

#[derive(Serialize)]
struct BoardEvent {
    votes: u64,
}
