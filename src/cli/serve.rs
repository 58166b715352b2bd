//! `serve`: the server that GitHub talks to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::console;
use super::outcome::{Outcome, Result, Trouble};
use crate::analyst::builtin::Builtin;
use crate::config::Config;
use crate::engine::{Engine, EngineSettings};
use crate::github::{Clock, GitHub, GitHubConfig};
use crate::store::Store;
use crate::time::Timestamp;
use crate::web::{self, Web};

/// Serve the GitHub App: take deliveries, ask, draft, gate.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Settings file (TOML); `threadmodel.example.toml` explains every setting. `THREADMODEL_*` variables win over it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs until it is told to stop.
pub(super) fn run(arguments: &Arguments) -> Result {
    #[expect(clippy::disallowed_methods, reason = "the environment is read here, once, and handed to the configuration")]
    let environment = std::env::vars();
    let config = Config::read(arguments.config.as_deref(), environment).map_err(|e| Trouble::Usage(e.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        let stop = CancellationToken::new();
        let signals = stop.clone();
        tokio::spawn(async move {
            stopped().await;
            tracing::info!("stopping: no new deliveries; what is in hand is finished");
            signals.cancel();
        });
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}: choose another `listen` address", config.listen))?;
        let address = listener.local_addr().context("the listener has no address")?;
        let store = Store::open(&config.database).await.map_err(|e| Trouble::Usage(e.to_string()))?;
        let drain = config.engine.drain;
        let app = App::new(config, store)?;
        console::note(&format!("listening on http://{address}"));
        app.run(listener, stop, Duration::from_millis(u64::try_from(drain.0).unwrap_or(20_000))).await?;
        Ok(Outcome::Done)
    })
}

/// The wall clock.
pub(super) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the shell's one clock; everything below is given the time")]
    Arc::new(|| Timestamp(chrono::Utc::now().timestamp_millis()))
}

/// The whole server but its listener: what `serve` and `demo` run.
pub(super) struct App {
    engine: Engine,
    router: axum::Router,
    store: Store,
}

impl App {
    /// Puts the parts together. Must be called within a tokio runtime.
    pub(super) fn new(config: Config, store: Store) -> std::result::Result<Self, Trouble> {
        let clock = clock();
        let mut client = GitHubConfig::new(config.app_id, config.private_key, config.endpoints, config.marker);
        client.pacing = config.pacing;
        client.clock = Arc::clone(&clock);
        let github = GitHub::new(client).map_err(|e| Trouble::Usage(e.to_string()))?;
        let analyst = Arc::new(Builtin::new().context("the built-in catalogue is broken")?);
        let settings = EngineSettings {
            review: config.settings,
            workers: config.engine.workers,
            analysis_workers: config.engine.analysis_workers,
            lease: config.engine.lease,
            sweep: config.engine.sweep,
            analysis_timeout: Duration::from_millis(u64::try_from(config.engine.analysis_lease.0).unwrap_or(300_000)),
        };
        let engine = Engine::new(store.clone(), github, analyst, settings, Arc::clone(&clock));
        let router = Web::new(store.clone(), config.webhook_secrets, config.app_id, clock).router(&config.webhook_path);
        Ok(Self { engine, router, store })
    }

    /// Serves until `stop`, then finishes what is in hand, for at most `drain`.
    pub(super) async fn run(self, listener: TcpListener, stop: CancellationToken, drain: Duration) -> anyhow::Result<()> {
        let engine = tokio::spawn({
            let (engine, stop) = (self.engine.clone(), stop.clone());
            async move { engine.run(stop).await }
        });
        let served = web::serve(listener, self.router, stop.clone()).await.context("the web server failed");
        stop.cancel();
        if tokio::time::timeout(drain, engine).await.is_err() {
            tracing::warn!("some looks did not end in time; they are taken up again at the next start");
        }
        self.store.close().await;
        served
    }
}

/// SIGTERM (an orderly stop by the system) or Ctrl-C.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard; only Ctrl-C stops in order");
                let _ = interrupt.await;
                return;
            }
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
