//! The App put together: store, GitHub client, engine, webhook server. `serve` and `demo` run the same.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::analyst::builtin::Builtin;
use crate::engine::{Engine, EngineSettings};
use crate::github::{Clock, GitHub, GitHubConfig};
use crate::llm::analysts::{Analysts, Model};
use crate::store::Store;
use crate::time::Timestamp;
use crate::web::{self, Web};

/// How long the end waits for threads that compute.
const LAST: Duration = Duration::from_secs(1);

/// What the App is put together from.
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) github: GitHubConfig,
    pub(super) webhook_secrets: Vec<SecretString>,
    pub(super) webhook_path: String,
    pub(super) engine: EngineSettings,
    /// The model that is asked before the built-in analyst, if any.
    pub(super) model: Option<Model>,
    /// How long work in hand may go on after the stop.
    pub(super) drain: Duration,
}

/// The App, ready to run.
pub(super) struct App {
    store: Store,
    engine: Engine,
    router: axum::Router,
    drain: Duration,
}

impl App {
    pub(super) fn new(parts: Parts) -> anyhow::Result<Self> {
        let Parts { store, github, webhook_secrets, webhook_path, engine, model, drain } = parts;
        let (app_id, clock) = (github.app_id, github.clock.clone());
        let builtin = Arc::new(Builtin::new().context("the built-in analyst's catalogue cannot be read")?);
        let analysts = match model {
            Some(model) => Analysts::with_model(builtin, model),
            None => builtin.into(),
        };
        let github = GitHub::new(github)?;
        let engine = Engine::new(store.clone(), github, analysts, engine, clock.clone());
        let router = Web::new(store.clone(), webhook_secrets, app_id, clock).router(&webhook_path);
        Ok(Self { store, engine, router, drain })
    }

    /// Runs until `stop`: takes no more deliveries, finishes the looks in hand, closes the store.
    pub(super) async fn run(self, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
        let Self { store, engine, router, drain } = self;
        let working = tokio::spawn({
            let stop = stop.clone();
            async move { engine.run(stop).await }
        });
        let served = web::serve(listener, router, stop.clone()).await;
        // Also when the server failed by itself.
        stop.cancel();
        if tokio::time::timeout(drain, working).await.is_err() {
            tracing::warn!("some looks did not end in time after the stop; they are taken up again at the next start");
        }
        store.close().await;
        served.context("the webhook server failed")
    }
}

/// The real clock.
#[expect(clippy::disallowed_methods, reason = "the shell tells the time that others are given")]
pub(super) fn clock() -> Clock {
    Arc::new(|| Timestamp(chrono::Utc::now().timestamp_millis()))
}

/// Runs `work` with a token that SIGINT (Ctrl-C) and SIGTERM cancel.
pub(super) fn until_told<W>(work: impl FnOnce(CancellationToken) -> W) -> anyhow::Result<()>
where
    W: Future<Output = anyhow::Result<()>>,
{
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no threads can be started")?;
    let done = runtime.block_on(async {
        let stop = CancellationToken::new();
        tokio::spawn({
            let stop = stop.clone();
            async move {
                told().await;
                stop.cancel();
            }
        });
        work(stop).await
    });
    // An analysis that is computing cannot be stopped; its lease is void at the next start.
    runtime.shutdown_timeout(LAST);
    done
}

#[cfg(unix)]
async fn told() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn told() {
    let _ = tokio::signal::ctrl_c().await;
}
