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
use taste_ballot::{Address, SignedRound, parse_address};
use taste_core::RoundId;

use super::{Named, body, to_the_end};
use crate::{
    acceptance,
    board::{self, HalfLife},
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

/// Which board.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Whose votes to leave out.
    without: Option<String>,
    /// Since when to say what moved.
    since: Option<u64>,
    /// After how long a vote weighs half: seconds, or `model`.
    #[serde(rename = "halfLife")]
    half_life: Option<String>,
    /// What votes weigh by: `reliability` of their givers, or `propensity` of their questions.
    weigh: Option<String>,
}

/// A board that is fitted for one request.
enum Special {
    Without(Address),
    Since(u64),
    Aged(HalfLife),
    Weighed,
    Evened,
}

impl Which {
    /// What the query asks for, which is one thing or nothing.
    fn special(self) -> Result<Option<Special>, ServerError> {
        let reason = "the query takes one of: without, a voter's address; since, Unix seconds; halfLife, 60 seconds or more or model; weigh=reliability or weigh=propensity";
        let malformed = || ServerError::Malformed { reason: reason.into() };
        Ok(match (self.without, self.since, self.half_life.as_deref(), self.weigh.as_deref()) {
            (None, None, None, None) => None,
            (Some(voter), None, None, None) => Some(Special::Without(parse_address(&voter)?)),
            (None, Some(since), None, None) => Some(Special::Since(since)),
            (None, None, None, Some("reliability")) => Some(Special::Weighed),
            (None, None, None, Some("propensity")) => Some(Special::Evened),
            (None, None, Some("model"), None) => Some(Special::Aged(HalfLife::Model)),
            (None, None, Some(seconds), None) => {
                let seconds: f64 = seconds.parse().map_err(|_| malformed())?;
                if !(60.0..=1e10).contains(&seconds) {
                    return Err(malformed());
                }
                Some(Special::Aged(HalfLife::Seconds(seconds)))
            }
            _ => return Err(malformed()),
        })
    }
}

/// The ranking with its intervals; without a voter's votes, with what moved since a time, or with older votes counting less,
/// where the query says so.
pub(super) async fn board(
    State(service): State<Arc<Service>>,
    Named(id): Named,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Response, ServerError> {
    let special = match which {
        Ok(Query(which)) => which.special()?,
        Err(refused) => return Err(ServerError::Malformed { reason: refused.body_text() }),
    };
    let round = service.rounds.get(&id)?;
    if !round.shows_board(service.now()) {
        return Err(ServerError::BoardHidden { closes_at: round.signed.round.closes_at });
    }
    let json = to_the_end(async move {
        match special {
            None => board::of(&service, round).await,
            Some(Special::Without(voter)) => board::without(&service, round, voter).await,
            Some(Special::Since(since)) => board::since(&service, round, since).await,
            Some(Special::Aged(half_life)) => board::aged(&service, round, half_life).await,
            Some(Special::Weighed) => board::weighed(&service, round).await,
            Some(Special::Evened) => board::evened(&service, round).await,
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
