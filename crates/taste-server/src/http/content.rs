//! Candidates' content, and the files that training makes: bytes named by their SHA-256.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use sha2::{Digest as _, Sha256};
use taste_core::{CandidateId, Digest};

use super::{Named, body, to_the_end};
use crate::{error::ServerError, service::Service};

/// What is named by its digest never changes.
const IMMUTABLE: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
/// Content comes from strangers: opened by itself it is a document without scripts, origin or network.
const SANDBOX: (HeaderName, HeaderValue) = (
    header::CONTENT_SECURITY_POLICY,
    HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'"),
);
/// Pages that are isolated from other origins may still show it.
const ANY_PAGE: (HeaderName, HeaderValue) =
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));

/// Takes content that a known round lists.
pub(super) async fn send(
    State(service): State<Arc<Service>>,
    named: Result<Named, ServerError>,
    body: Body,
) -> Result<impl IntoResponse, ServerError> {
    // The body first, even where the path is wrong: see `body::read`.
    let (bytes, place) = body::read(body, service.config.max_content_bytes, &service.large_bodies).await?;
    let Named(id) = named?;
    let work = async move {
        let _place = place;
        store(&service, id, bytes).await
    };
    let new = to_the_end(work).await?;
    Ok(if new { StatusCode::CREATED } else { StatusCode::NO_CONTENT })
}

/// Whether it is new.
async fn store(service: &Service, id: CandidateId, bytes: Bytes) -> Result<bool, ServerError> {
    let checked = service.store.read(move |reader| {
        let found: CandidateId = Digest(Sha256::digest(&bytes).into());
        if found != id {
            return Err(ServerError::ContentMismatch { found });
        }
        if reader.rounds_with(&id)?.is_empty() { Err(ServerError::UnlistedContent) } else { Ok(bytes) }
    });
    let bytes = checked.await?;
    let store = service.store.write(move |writer| {
        let new = writer.insert_content(&id, &bytes)?;
        Ok((new, writer.rounds_with(&id)?))
    });
    let (new, rounds) = store.await?;
    for round in rounds.iter().filter_map(|round| service.rounds.get(round).ok()) {
        if round.content_came(&id) {
            service.embedder.request(round.id);
        }
    }
    Ok(new)
}

/// A candidate's content.
pub(super) async fn load(
    State(service): State<Arc<Service>>,
    Named(id): Named,
) -> Result<impl IntoResponse, ServerError> {
    let (bytes, rounds) =
        service.store.read(move |reader| Ok((reader.content(&id)?, reader.rounds_with(&id)?))).await?;
    let bytes = bytes.ok_or(ServerError::UnknownContent)?;
    let media_type = rounds.iter().find_map(|round| {
        let round = service.rounds.get(round).ok()?;
        let place = *round.places.get(&id)?;
        HeaderValue::from_str(&round.signed.round.candidates[place as usize].media_type).ok()
    });
    let media_type = media_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    Ok(([(header::CONTENT_TYPE, media_type), IMMUTABLE, SANDBOX, ANY_PAGE], bytes))
}

/// A taste model's file.
pub(super) async fn model(
    State(service): State<Arc<Service>>,
    Named(digest): Named,
) -> Result<impl IntoResponse, ServerError> {
    file(service.store.read(move |reader| reader.model(&digest)).await?)
}

/// A features file.
pub(super) async fn features(
    State(service): State<Arc<Service>>,
    Named(digest): Named,
) -> Result<impl IntoResponse, ServerError> {
    file(service.store.read(move |reader| reader.features(&digest)).await?)
}

fn file(bytes: Option<Vec<u8>>) -> Result<impl IntoResponse, ServerError> {
    let bytes = bytes.ok_or(ServerError::UnknownModel)?;
    let binary = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, binary), IMMUTABLE, ANY_PAGE], bytes))
}
