//! Health: alive, and able to keep what it is given.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;

use super::Web;

/// How long the store may take to prove that it can be written.
const PATIENCE: Duration = Duration::from_secs(5);

/// The process runs.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// Deliveries can be made durable.
pub(super) async fn ready(State(web): State<Web>) -> (StatusCode, String) {
    let why = match tokio::time::timeout(PATIENCE, web.store.check_writable((web.clock)())).await {
        Ok(Ok(())) => return (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no write came to an end within {} s", PATIENCE.as_secs()),
    };
    tracing::warn!(%why, "not ready: the store cannot be written");
    (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be written; the log says why\n".to_owned())
}
