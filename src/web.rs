//! What GitHub and the operator reach over HTTP: the webhook, health, metrics.

mod health;
mod metrics;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use http::StatusCode;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::github::Clock;
use crate::store::Store;
use metrics::Counters;

/// The longest that a request may take, its body included. GitHub itself gives up after ten seconds.
const LONGEST: Duration = Duration::from_secs(30);
/// How long requests in flight may go on after the stop.
const DRAIN: Duration = Duration::from_secs(10);
/// Large bodies in memory at once.
const LARGE_AT_ONCE: usize = 8;

/// What the handlers need.
#[derive(Clone)]
pub struct Web {
    store: Store,
    secrets: Arc<[SecretString]>,
    app_id: u64,
    clock: Clock,
    counters: Arc<Counters>,
    large: Arc<Semaphore>,
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Web").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

impl Web {
    /// Handlers that take deliveries signed with any of `secrets` and write to `store`.
    pub fn new(store: Store, secrets: Vec<SecretString>, app_id: u64, clock: Clock) -> Self {
        let large = Arc::new(Semaphore::new(LARGE_AT_ONCE));
        Self { store, secrets: secrets.into(), app_id, clock, counters: Arc::default(), large }
    }

    /// The routes: `POST` to `webhook_path`, and `GET /healthz`, `/readyz`, `/metrics`.
    pub fn router(self, webhook_path: &str) -> Router {
        Router::new()
            .route(webhook_path, post(webhook::deliver).get(webhook::explain))
            .route("/healthz", get(health::live))
            .route("/readyz", get(health::ready))
            .route("/metrics", get(metrics::show))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONGEST))
            .layer(CatchPanicLayer::new())
            .with_state(self)
    }
}

/// Serves until `stop`; then takes no new connection and lets those in flight end, for ten seconds at most.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let served = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        served = served => served,
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("some requests did not end in time after the stop; they are cut");
            Ok(())
        }
    }
}
