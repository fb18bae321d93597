//! Reading a request's body within a limit, and not too many large ones at a time.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ServerError;

/// How much of a body that is too large is still taken and thrown away. A client that is answered in the middle of
/// sending often sees a broken connection instead of the answer.
const DRAIN: usize = 32 * 1024 * 1024;
/// A body beyond this is a large one. Ballots are small.
const LARGE: usize = 256 * 1024;
/// Large bodies in memory at a time: connections are many, and each may send one.
const PLACES: usize = 32;

/// The places of large bodies.
#[derive(Clone)]
pub(crate) struct LargeBodies(Arc<Semaphore>);

impl Default for LargeBodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

/// A large body's place, to be kept for as long as the body is. A small one has none.
pub(super) type Place = Option<OwnedSemaphorePermit>;

/// The body's bytes.
///
/// # Errors
/// [`ServerError::BodyTooLarge`], and [`ServerError::BodyIncomplete`] when it breaks off.
pub(super) async fn read(
    body: Body,
    limit: usize,
    large: &LargeBodies,
) -> Result<(Bytes, Place), ServerError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut place = None;
    let mut received = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ServerError::BodyIncomplete)?;
        received += chunk.len();
        if received <= limit {
            if received > LARGE && place.is_none() {
                // Until there is one, nothing further is read: the rest waits with the client.
                let free = large.0.clone().acquire_owned().await;
                place = Some(free.map_err(|_| ServerError::Stopping)?);
            }
            bytes.extend_from_slice(&chunk);
        } else {
            (bytes, place) = (Vec::new(), None);
            if received > limit.saturating_add(DRAIN) {
                break;
            }
        }
    }
    if received > limit { Err(ServerError::BodyTooLarge { limit }) } else { Ok((bytes.into(), place)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn a_body_that_breaks_off_is_no_malformed_one() {
        let chunks = [Ok(Bytes::from_static(b"{\"ballot\":")), Err(std::io::ErrorKind::ConnectionReset)];
        let body = Body::from_stream(futures_util::stream::iter(
            chunks.map(|chunk| chunk.map_err(std::io::Error::from)),
        ));
        let large = LargeBodies::default();
        let error = read(body, LARGE, &large).now_or_never().expect("nothing to wait for").unwrap_err();
        assert_eq!(error.code(), "ServerError::BodyIncomplete");
    }

    #[test]
    fn large_bodies_wait_for_a_place_and_small_ones_do_not() {
        let large = LargeBodies(Arc::new(Semaphore::new(1)));
        let body = |length| Body::from(vec![b'x'; length]);
        let read = |length| Box::pin(read(body(length), 2 * LARGE, &large));
        let (first, place) = read(LARGE + 1).now_or_never().expect("there is a place").unwrap();
        assert_eq!((first.len(), place.is_some()), (LARGE + 1, true));
        let mut second = read(LARGE + 1);
        assert!((&mut second).now_or_never().is_none(), "the place is taken");
        let (small, none) = read(LARGE).now_or_never().expect("small ones need none").unwrap();
        assert_eq!((small.len(), none.is_none()), (LARGE, true));
        let too_large = read(2 * LARGE + 1).now_or_never().expect("what is thrown away needs none");
        assert_eq!(too_large.unwrap_err().code(), "ServerError::BodyTooLarge");
        drop(place);
        assert_eq!(second.now_or_never().expect("the place is free").unwrap().0.len(), LARGE + 1);
    }
}
