//! `threadmodel serve`: the GitHub App.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::analyst;
use super::app::{App, Parts, clock, until_told};
use super::console;
use super::database::{USUAL_FILE, variables};
use super::outcome::{Outcome, Result, Trouble};
use crate::config::Config;
use crate::engine::EngineSettings;
use crate::github::GitHubConfig;
use crate::llm::analysts::Model;
use crate::store::Store;
use crate::time::Millis;

/// Takes GitHub's webhooks, looks at pull requests, asks, drafts, and keeps the check true.
#[derive(Debug, Args)]
#[command(after_help = "\
Settings come from the file and from THREADMODEL_… variables, which win; threadmodel.example.toml explains each.
The least: THREADMODEL_APP_ID, the App's key (THREADMODEL_PRIVATE_KEY or private_key_file) and the webhook's secret
(THREADMODEL_WEBHOOK_SECRET or webhook_secret_file, at least 32 bytes: openssl rand -hex 32).

On SIGTERM or Ctrl-C it takes no more deliveries, finishes the work in hand, and ends with 0.

Exit codes: 0 told to stop; 1 it failed; 2 the configuration is wrong (every problem is listed).")]
pub(super) struct Arguments {
    /// Settings; threadmodel.toml in the current directory, if there is one, unless told.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let usual = Some(PathBuf::from(USUAL_FILE)).filter(|path| path.is_file());
    let file = arguments.config.clone().or(usual);
    let config = read(file.as_deref())?;
    let model = config.llm.as_ref().map(analyst::model).transpose()?;
    until_told(|stop| async move {
        let store = Store::open(&config.database).await.context("the store cannot be opened")?;
        let listen = config.listen;
        // Whole before it listens: what connects is served, and whoever waits for the port waits for the App.
        let app = App::new(parts(config, model, store))?;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} cannot be listened on"))?;
        let address = listener.local_addr()?;
        console::note(&format!("listening on http://{address}"));
        app.run(listener, stop).await
    })?;
    Ok(Outcome::Done)
}

fn read(file: Option<&Path>) -> std::result::Result<Config, Trouble> {
    Config::read(file, variables()).map_err(|error| Trouble::Usage(error.to_string()))
}

fn parts(config: Config, model: Option<Model>, store: Store) -> Parts {
    let mut github = GitHubConfig::new(config.app_id, config.private_key, config.endpoints, config.marker);
    github.pacing = config.pacing;
    github.clock = clock();
    let engine = EngineSettings {
        review: config.settings,
        workers: config.engine.workers,
        analysis_workers: config.engine.analysis_workers,
        lease: config.engine.lease,
        sweep: config.engine.sweep,
        analysis_timeout: span(config.engine.analysis_lease),
    };
    Parts {
        store,
        github,
        webhook_secrets: config.webhook_secrets,
        webhook_path: config.webhook_path,
        engine,
        model,
        drain: span(config.engine.drain),
    }
}

fn span(millis: Millis) -> Duration {
    Duration::from_millis(u64::try_from(millis.0).unwrap_or_default())
}
