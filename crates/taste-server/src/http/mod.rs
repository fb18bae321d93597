//! The routes, and what surrounds every one of them: log line, timeout, panics, security headers, CORS, compression.

mod ballots;
mod body;
mod content;
mod events;
mod files;
mod rounds;

pub(crate) use body::LargeBodies;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::{FromRequestParts, MatchedPath, Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::Serialize;
use taste_core::Digest;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{Predicate as _, SizeAbove},
    },
    cors::{AllowOrigin, CorsLayer},
};

use crate::{
    error::{ErrorCode, ServerError},
    service::Service,
};

/// The OpenAPI 3.1 document, written by hand and kept true by the tests.
const OPENAPI: &str = include_str!("../openapi.json");

/// Declares every route once, for the router and for the test that compares them with the document.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:path,)*) => {
        /// Method and path of every route.
        #[cfg(test)]
        const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn routes() -> Router<Arc<Service>> {
            Router::new()$(.route($path, $method($handler)))*
        }
    };
}

routes! {
    get "/healthz" => health,
    get "/openapi.json" => openapi,
    get "/v1/rounds" => rounds::list,
    post "/v1/rounds" => rounds::create,
    get "/v1/rounds/{id}" => rounds::view,
    get "/v1/rounds/{id}/board" => rounds::board,
    get "/v1/rounds/{id}/log" => rounds::log,
    get "/v1/rounds/{id}/claims" => rounds::claims,
    get "/v1/rounds/{id}/revocations" => rounds::revocations,
    get "/v1/rounds/{id}/events" => events::events,
    post "/v1/rounds/{id}/train" => rounds::train,
    put "/v1/content/{id}" => content::send,
    get "/v1/content/{id}" => content::load,
    post "/v1/ballots" => ballots::send,
    get "/v1/ballots/{id}/receipt" => ballots::receipt,
    post "/v1/grants" => ballots::grant,
    post "/v1/revocations" => ballots::revoke,
    get "/v1/models/{id}" => content::model,
    get "/v1/features/{id}" => content::features,
}

/// The whole application.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let origins = service.config.allow_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    // No credentials: nothing here looks at a cookie, so no page can act in another's name.
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
        .max_age(Duration::from_secs(3600));
    routes()
        .fallback(files::serve)
        .method_not_allowed_fallback(|| async { ServerError::MethodNotAllowed })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(service.clone(), surround))
        .layer(cors)
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(SizeAbove::new(1024).and(is_json)),
        )
        .with_state(service)
}

/// Only JSON: everything else is compressed already, or a stream.
fn is_json(_: StatusCode, _: axum::http::Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.starts_with("application/json") || kind.starts_with("application/x-ndjson")
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has written where; what was in flight stays out of the answer.
    ServerError::Internal.into_response()
}

/// Around every request: a time limit, headers, and one line in the log. Never a body, a query or an address.
async fn surround(
    State(service): State<Arc<Service>>,
    route: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let limit = Duration::from_secs(service.config.request_timeout);
    let mut response = match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ServerError::Timeout.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let code = response.extensions().get::<ErrorCode>().map(|code| code.0);
    tracing::info!(
        target: "taste_server::request",
        %method,
        route = route.as_ref().map_or("files", MatchedPath::as_str),
        status = response.status().as_u16(),
        ms = start.elapsed().as_secs_f64() * 1e3,
        code,
    );
    response
}

/// Runs work to its end even when the client hangs up or its time is over. Else a commit could go by without the
/// rest of the server taking note: a round would wait for content that is there.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ServerError>> + Send + 'static,
) -> Result<T, ServerError> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(ServerError::internal("a request panicked", error)),
    }
}

/// The `{id}` in a path.
struct Named(Digest);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ServerError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ServerError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ServerError::Malformed { reason: "the path is not UTF-8".into() })?;
        Ok(Self(text.parse()?))
    }
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    operator: String,
    clock: String,
}

async fn health(State(service): State<Arc<Service>>) -> impl IntoResponse {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        operator: service.key.address().to_string(),
        clock: service.now().to_string(),
    })
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_lists_exactly_the_routes_there_are() {
        let document: serde_json::Value = serde_json::from_str(OPENAPI).unwrap();
        let mut documented = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
                documented.insert((method.as_str(), path.as_str()));
            }
        }
        assert_eq!(documented, ROUTES.iter().copied().collect());
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
