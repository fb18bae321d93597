//! Ballots, receipts, grants and revocations.

use std::sync::Arc;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::StatusCode,
    response::IntoResponse,
};
use serde::Serialize;
use taste_ballot::{Claim, GrantId, Revocation, RevocationEntry, Scope, SignedGrant, SignedRevocation};
use taste_core::Digest;

use super::{Named, body, to_the_end};
use crate::{
    acceptance::{self, Answer, Vouched},
    chain::Question,
    error::ServerError,
    service::Service,
};

/// Reads a message, and then does its work to the end even if the client hangs up.
async fn once_read<T: Send + 'static, F: Future<Output = Result<T, ServerError>> + Send + 'static>(
    service: Arc<Service>,
    body: Body,
    work: impl FnOnce(Arc<Service>, Bytes) -> F + Send + 'static,
) -> Result<T, ServerError> {
    let (body, place) = body::read(body, service.config.max_ballot_bytes, &service.large_bodies).await?;
    to_the_end(async move {
        let _place = place;
        work(service, body).await
    })
    .await
}

/// Takes a ballot.
pub(super) async fn send(
    State(service): State<Arc<Service>>,
    body: Body,
) -> Result<impl IntoResponse, ServerError> {
    let accept = |service: Arc<Service>, body| async move { acceptance::accept(&service, body).await };
    let Answer { new, receipt } = once_read(service, body, accept).await?;
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
    Ok(Json(once_read(service, body, claim).await?))
}

async fn claim(service: Arc<Service>, body: Bytes) -> Result<GrantView, ServerError> {
    let now = service.now();
    let checking = service.clone();
    let checked = service.store.read(move |reader| {
        let signed: SignedGrant =
            serde_json::from_slice(&body).map_err(|error| acceptance::malformed(&body, &error))?;
        let vouched = acceptance::granted(&checking.chains, reader, &signed)?;
        // Only its time is in question here: it speaks for its own voter, in whichever round it names.
        let round = match signed.grant.scope {
            Scope::EveryRound => Digest::default(),
            Scope::Round(round) => round,
        };
        signed.covers(signed.grant.voter, &round, now)?;
        acceptance::still_granted(reader, &signed.grant.voter, &signed.grant.session)?;
        Ok((signed, vouched))
    });
    let (signed, mut vouched) = checked.await?;
    if let Vouched::Ask(question) = &vouched {
        vouched = Vouched::By(service.chains.ask(question, now).await?);
    }
    let (voter, session) = (signed.grant.voter.to_string(), signed.grant.session.to_string());
    let id = signed.grant.digest();
    let claim = service.store.write(move |writer| {
        acceptance::still_granted(writer, &signed.grant.voter, &signed.grant.session)?;
        acceptance::session_free(writer, &signed)?;
        writer.claim(&id, &Claim::new(signed, vouched.evidence()))
    });
    let claimed = claim.await?;
    service.rounds.votes_moved(&claimed.rounds);
    Ok(GrantView { grant: id, voter, session, claimed: claimed.ballots })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevocationView {
    voter: String,
    session: String,
    revoked_at: String,
}

/// Takes a session key's permission back, from this answer on.
pub(super) async fn revoke(
    State(service): State<Arc<Service>>,
    body: Body,
) -> Result<impl IntoResponse, ServerError> {
    let (new, view) = once_read(service, body, take_back).await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(view)))
}

async fn take_back(service: Arc<Service>, body: Bytes) -> Result<(bool, RevocationView), ServerError> {
    let now = service.now();
    let checking = service.clone();
    let checked = service.store.read(move |_| {
        let signed: SignedRevocation =
            serde_json::from_slice(&body).map_err(|error| acceptance::malformed(&body, &error))?;
        let Revocation { voter, revoked_at, .. } = signed.revocation;
        if revoked_at > now.saturating_add(checking.config.max_clock_skew) {
            return Err(ServerError::ClockSkew { issued_at: revoked_at, now });
        }
        let vouched = Vouched::from_local(signed.verify(), &checking.chains, || {
            Question::new(voter, signed.revocation.digest(), &signed.signature)
        })?;
        Ok((signed, vouched))
    });
    let (signed, mut vouched) = checked.await?;
    if let Vouched::Ask(question) = &vouched {
        vouched = Vouched::By(service.chains.ask(question, now).await?);
    }
    let Revocation { voter, session, revoked_at } = signed.revocation;
    let entry = RevocationEntry { received_at: now, signed, chain: vouched.evidence() };
    let new = service.store.write(move |writer| writer.revoke(&entry)).await?;
    let (voter, session) = (voter.to_string(), session.to_string());
    Ok((new, RevocationView { voter, session, revoked_at: revoked_at.to_string() }))
}
