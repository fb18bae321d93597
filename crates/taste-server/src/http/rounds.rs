//! Rounds: listed, made, looked at; their board, their log, their training.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use taste_ballot::{SignedRound, parse_address};
use taste_core::RoundId;

use super::{Named, body, to_the_end};
use crate::{
    acceptance, board,
    error::ServerError,
    round::{Live, LiveRound, RoundSummary},
    service::Service,
    storage::Page,
};

/// Most lines of a log in one answer.
const MAX_LINES: u64 = 10_000;
/// Bytes after which an answer takes no further line: ballots may be long.
const ENOUGH: usize = 8 * 1024 * 1024;

#[derive(Serialize)]
struct RoundList<'a> {
    rounds: Vec<RoundSummary<'a>>,
}

/// Every round.
pub(super) async fn list(State(service): State<Arc<Service>>) -> Response {
    let now = service.now();
    let rounds = service.rounds.all();
    Json(RoundList { rounds: rounds.iter().map(|round| round.summary(now)).collect() }).into_response()
}

/// One round.
pub(super) async fn view(
    State(service): State<Arc<Service>>,
    Named(id): Named,
) -> Result<Response, ServerError> {
    Ok(Json(service.rounds.get(&id)?.view(service.now())).into_response())
}

/// Takes a manifest that an operator of this server signed.
pub(super) async fn create(State(service): State<Arc<Service>>, body: Body) -> Result<Response, ServerError> {
    let (body, place) = body::read(body, service.config.max_round_bytes, &service.large_bodies).await?;
    let work = async move {
        let _place = place;
        make(service, body).await
    };
    to_the_end(work).await
}

async fn make(service: Arc<Service>, body: Bytes) -> Result<Response, ServerError> {
    let checking = service.clone();
    let (id, signed) = service.store.read(move |_| check(&checking, &body)).await?;
    if let Ok(known) = service.rounds.get(&id) {
        return Ok(Json(known.view(service.now())).into_response());
    }
    let insert = service.store.write(move |writer| {
        // Two requests with one manifest at once: both come here, the second finds it stored. The first may not have
        // put the round into memory by then, so each loads it, and whoever comes first is heard.
        let (key, new) = writer.insert_round(&id, &signed)?;
        let live = Live::load(writer, key, &signed.round.encoder.0, writer.totals(key)?)?;
        Ok((LiveRound::new(key, id, signed, live), new))
    });
    let (round, new) = insert.await?;
    let round = service.rounds.insert(round);
    // Content may have come between the transaction and the line above, when nobody found the round in memory.
    let key = round.key;
    let missing = service.store.read(move |reader| reader.missing(key)).await?;
    if round.only_missing(&missing) {
        service.embedder.request(round.id);
    }
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(round.view(service.now()))).into_response())
}

fn check(service: &Service, body: &Bytes) -> Result<(RoundId, SignedRound), ServerError> {
    let signed: SignedRound =
        serde_json::from_slice(body).map_err(|error| acceptance::malformed(body, &error))?;
    signed.round.checked()?;
    let operator = signed.verify()?;
    if !service.operators.contains(&operator) {
        return Err(ServerError::NotAnOperator { operator });
    }
    if !service.embedder.knows(&signed.round.encoder) {
        return Err(ServerError::UnknownEncoder {
            encoder: signed.round.encoder.0.chars().take(100).collect(),
        });
    }
    Ok((signed.round.digest(), signed))
}

/// Whose votes to leave out of a board.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Without {
    without: Option<String>,
}

/// The ranking with its intervals; without a voter's votes where the query says so.
pub(super) async fn board(
    State(service): State<Arc<Service>>,
    Named(id): Named,
    without: Result<Query<Without>, QueryRejection>,
) -> Result<Response, ServerError> {
    let voter = match without {
        Ok(Query(Without { without: None })) => None,
        Ok(Query(Without { without: Some(voter) })) => Some(parse_address(&voter)?),
        Err(_) => {
            return Err(ServerError::Malformed {
                reason: "the query takes without, a voter's address".into(),
            });
        }
    };
    let round = service.rounds.get(&id)?;
    if !round.shows_board(service.now()) {
        return Err(ServerError::BoardHidden { closes_at: round.signed.round.closes_at });
    }
    let json = to_the_end(async move {
        match voter {
            None => board::of(&service, round).await,
            Some(voter) => board::without(&service, round, voter).await,
        }
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

/// Which part of a log, or of what is beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    #[serde(default)]
    from: u64,
    #[serde(default = "thousand")]
    limit: u64,
}

fn thousand() -> u64 {
    1000
}

/// Accepted ballots in order, one canonical line each.
pub(super) async fn log(
    State(service): State<Arc<Service>>,
    Named(id): Named,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, ServerError> {
    let (round, page) = (service.rounds.get(&id)?, page(part)?);
    let lines = service.store.read(move |reader| reader.log(round.key, page)).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response())
}

/// The lines that a query asks for, no more than an answer has.
fn page(part: Result<Query<Part>, QueryRejection>) -> Result<Page, ServerError> {
    let Query(Part { from, limit }) = part.map_err(|_| ServerError::Malformed {
        reason: "the query takes from and limit, both whole numbers".into(),
    })?;
    Ok(Page { from, limit: limit.clamp(1, MAX_LINES), enough: ENOUGH })
}

/// The grants by which wallets claimed what guests voted here, one canonical line each: with the log, all that is
/// needed to recompute whose votes are whose.
pub(super) async fn claims(
    State(service): State<Arc<Service>>,
    Named(id): Named,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, ServerError> {
    let (round, page) = (service.rounds.get(&id)?, page(part)?);
    let lines = service.store.read(move |reader| reader.claim_lines(round.key, page)).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response())
}

/// Which session keys the round's voters took back, and when: with the log, all that is needed to see that nothing of
/// theirs was accepted afterwards.
pub(super) async fn revocations(
    State(service): State<Arc<Service>>,
    Named(id): Named,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, ServerError> {
    let (round, page) = (service.rounds.get(&id)?, page(part)?);
    let lines = service.store.read(move |reader| reader.revocation_lines(round.key, page)).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response())
}

#[derive(Serialize)]
struct TrainView {
    round: RoundId,
    queued: bool,
}

/// Trains now, whatever the number of votes. For whoever knows the admin token.
pub(super) async fn train(
    State(service): State<Arc<Service>>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    let token = service.token.as_ref().ok_or(ServerError::AdminDisabled)?;
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !given.is_some_and(|given| token.matches(given)) {
        return Err(ServerError::Unauthorized);
    }
    let round = service.rounds.get(&id)?;
    let queued = service.trainer.request(round.id);
    Ok((StatusCode::ACCEPTED, Json(TrainView { round: round.id, queued })).into_response())
}
