//! Ballots, receipts and grants.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::IntoResponse,
};
use serde::Serialize;
use taste_ballot::{GrantId, Scope, SignedGrant};
use taste_core::Digest;

use super::{Named, body, to_the_end};
use crate::{
    acceptance::{self, Answer},
    error::ServerError,
    service::Service,
};

/// Takes a ballot. Once the body is here, its acceptance runs to the end even if the client hangs up.
pub(super) async fn send(
    State(service): State<Arc<Service>>,
    body: Body,
) -> Result<impl IntoResponse, ServerError> {
    let (body, place) = body::read(body, service.config.max_ballot_bytes, &service.large_bodies).await?;
    let work = async move {
        let _place = place;
        acceptance::accept(&service, body).await
    };
    let Answer { new, receipt } = to_the_end(work).await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(receipt)))
}

/// The receipt of an accepted ballot.
pub(super) async fn receipt(
    State(service): State<Arc<Service>>,
    Named(id): Named,
) -> Result<impl IntoResponse, ServerError> {
    let receipt =
        service.store.read(move |reader| reader.receipt(&id)).await?.ok_or(ServerError::UnknownBallot)?;
    Ok(Json(receipt.sign(&service.key)))
}

#[derive(Serialize)]
struct GrantView {
    grant: GrantId,
    voter: String,
    session: String,
    claimed: u64,
}

/// Ties a session key to its wallet; what the guest voted belongs to the wallet from here on.
pub(super) async fn grant(
    State(service): State<Arc<Service>>,
    body: Body,
) -> Result<impl IntoResponse, ServerError> {
    let (body, place) = body::read(body, service.config.max_ballot_bytes, &service.large_bodies).await?;
    let work = async move {
        let _place = place;
        claim(&service, body).await
    };
    Ok(Json(to_the_end(work).await?))
}

async fn claim(service: &Service, body: Bytes) -> Result<GrantView, ServerError> {
    let now = service.now();
    let checked = service.store.read(move |_| {
        let signed: SignedGrant =
            serde_json::from_slice(&body).map_err(|error| acceptance::malformed(&body, &error))?;
        signed.verify()?;
        // Only its time is in question here: it speaks for its own voter, in whichever round it names.
        let round = match signed.grant.scope {
            Scope::EveryRound => Digest::default(),
            Scope::Round(round) => round,
        };
        signed.covers(signed.grant.voter, &round, now)?;
        Ok(signed)
    });
    let signed = checked.await?;
    let (voter, session) = (signed.grant.voter.to_string(), signed.grant.session.to_string());
    let id = signed.grant.digest();
    let claim = service.store.write(move |writer| {
        acceptance::session_free(writer, &signed)?;
        writer.claim(&id, &signed)
    });
    let claimed = claim.await?;
    service.rounds.votes_moved(&claimed.rounds);
    Ok(GrantView { grant: id, voter, session, claimed: claimed.ballots })
}
