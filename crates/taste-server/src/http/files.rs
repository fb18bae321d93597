//! The operator's own pages: files of the configured folders, at every path that is no route.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tower_http::services::ServeDir;

use crate::{error::ServerError, service::Service};

/// The file at the request's path, from the first folder that has it; `.br` beside it where the client takes that.
pub(super) async fn serve(
    State(service): State<Arc<Service>>,
    request: Request,
) -> Result<Response, ServerError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ServerError::NotFound);
    }
    let (parts, _) = request.into_parts();
    for folder in &service.config.static_folders {
        let request = Request::from_parts(parts.clone(), axum::body::Body::empty());
        let found = ServeDir::new(folder).precompressed_br().try_call(request).await;
        let response = found.map_err(|error| ServerError::internal("a file cannot be read", error))?;
        if response.status() != StatusCode::NOT_FOUND {
            let mut response = response.into_response();
            if let Ok(policy) = HeaderValue::from_str(&service.config.static_policy) {
                response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            return Ok(response);
        }
    }
    Err(ServerError::NotFound)
}
