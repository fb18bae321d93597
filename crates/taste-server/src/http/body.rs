//! Reading a request's body within a limit.

use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;

use crate::error::ServerError;

/// How much of a body that is too large is still taken and thrown away. A client that is answered in the middle of
/// sending often sees a broken connection instead of the answer.
const DRAIN: usize = 32 * 1024 * 1024;

/// The body's bytes.
///
/// # Errors
/// [`ServerError::BodyTooLarge`], and [`ServerError::Malformed`] when the body breaks off.
pub(super) async fn read(body: Body, limit: usize) -> Result<Bytes, ServerError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut received = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ServerError::Malformed { reason: "the body broke off".into() })?;
        received += chunk.len();
        if received <= limit {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
            if received > limit.saturating_add(DRAIN) {
                break;
            }
        }
    }
    if received > limit { Err(ServerError::BodyTooLarge { limit }) } else { Ok(bytes.into()) }
}
