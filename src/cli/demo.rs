//! `threadmodel demo`: the sandbox GitHub, the App and SQLite on loopback in one process, and a page that shows the pull request.

mod http;
mod markdown;
mod page;
mod picture;
pub(super) mod town;
mod view;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::town::{Registration, Town};
use super::analyst::{self, Who};
use super::app::{App, Parts, clock, until_told};
use super::console;
use super::keys::{AppKey, random};
use super::outcome::{Outcome, Result, Trouble};
use crate::engine::EngineSettings;
use crate::github::pacing::Pacing;
use crate::github::{Endpoints, GitHubConfig};
use crate::llm::analysts::Model;
use crate::review::marker::MarkerKey;
use crate::review::settings::Settings;
use crate::sandbox::{Shared, serve};
use crate::store::Store;
use crate::time::Millis;

const USUAL_PORT: u16 = 4410;
const EXAMPLE: &str = include_str!("../../examples/invoice-export.md");

/// Shows the whole loop on a made-up pull request: questions, answers, draft, approval, the check turning green. No account, no key;
/// nothing leaves this machine, unless a model is set up to read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  threadmodel demo
  threadmodel demo --document docs/design/login.md

Everything is gone when it ends (Ctrl-C).
Exit codes: 0 told to stop; 1 it failed; 2 the document cannot be read.")]
pub(super) struct Arguments {
    /// A design document of your own, instead of the example.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// The page's port on 127.0.0.1; 4410 unless told, any free one when that is taken.
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Who reads: `model` where one is set up (docs/models.md), `builtin` for the one that needs no network.
    #[arg(long, value_name = "WHO")]
    analyst: Option<Who>,
    /// Do not open a browser.
    #[arg(long)]
    no_open: bool,
}

/// The document that is proposed.
struct Proposal {
    path: String,
    title: String,
    text: String,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let proposal = match &arguments.document {
        Some(file) => own(file)?,
        None => proposal("invoice-export.md", EXAMPLE.to_owned()),
    };
    let model = match arguments.analyst {
        Some(Who::Builtin) => None,
        who => analyst::configured(who)?,
    };
    until_told(|stop| run_until(stop, arguments, proposal, model))?;
    Ok(Outcome::Done)
}

fn own(file: &Path) -> std::result::Result<Proposal, Trouble> {
    let bytes =
        std::fs::read(file).map_err(|error| Trouble::Usage(format!("{} cannot be read: {error}", file.display())))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Trouble::Usage(format!("{} is no text in UTF-8", file.display())))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(proposal(&name, text))
}

fn proposal(name: &str, text: String) -> Proposal {
    let heading =
        text.lines().find_map(|line| line.strip_prefix("# ")).map(str::trim).filter(|title| !title.is_empty());
    Proposal { path: format!("docs/design/{name}"), title: heading.unwrap_or(name).to_owned(), text }
}

async fn run_until(
    stop: CancellationToken,
    arguments: &Arguments,
    proposal: Proposal,
    model: Option<Model>,
) -> anyhow::Result<()> {
    let pages = listen(arguments.port).await?;
    let address = format!("http://{}", pages.local_addr()?);
    let town = start(&address, &proposal, model, &stop).await?;
    let router = http::router(town.clone());
    for act in town::proposal(&proposal.path, &proposal.title, &proposal.text)? {
        town.act(&act).context("the pull request cannot be opened")?;
    }
    console::print(&format!("{address}/"))?;
    console::note("The demo is running at the address above; Ctrl-C ends it.");
    if !arguments.no_open {
        open_browser(&format!("{address}/"));
    }
    // Long polls never end by themselves, so the stop does not wait for them.
    tokio::select! {
        served = axum::serve(pages, router) => served.context("the page cannot be served"),
        () = stop.cancelled() => Ok(()),
    }
}

async fn listen(port: Option<u16>) -> anyhow::Result<TcpListener> {
    let bind = |port: u16| TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    match port {
        Some(port) => bind(port).await.with_context(|| format!("port {port} cannot be used; name another with --port")),
        None => match bind(USUAL_PORT).await {
            Ok(listener) => Ok(listener),
            Err(_) => bind(0).await.context("no port is free on 127.0.0.1"),
        },
    }
}

/// Starts the sandbox and the App, each on a port of its own.
async fn start(
    pages: &str,
    proposal: &Proposal,
    model: Option<Model>,
    stop: &CancellationToken,
) -> anyhow::Result<Town> {
    let key = AppKey::generate()?;
    let secret = hex::encode(random()?);
    let (github, hooks) = (listen(Some(0)).await?, listen(Some(0)).await?);
    let webhook_url = format!("http://{}/webhook", hooks.local_addr()?);
    let registration =
        Registration { public_key_pem: &key.public_pem, webhook_url: &webhook_url, webhook_secret: &secret };
    let (sandbox, app_id) = town::sandbox(&town::seed(&registration)?)?;
    let mut endpoints = Endpoints::of(&format!("http://{}", github.local_addr()?))?;
    // Links in what the App writes lead to the demo's page.
    pages.clone_into(&mut endpoints.web);
    let mut client =
        GitHubConfig::new(app_id, SecretString::from(key.private_pem), endpoints, MarkerKey::new(random()?));
    client.pacing = Pacing::unlimited();
    client.clock = clock();
    let shared = Shared::new(sandbox);
    tokio::spawn(serve(github, shared.clone()));
    let app = App::new(Parts {
        store: Store::in_memory().await?,
        github: client,
        webhook_secrets: vec![SecretString::from(secret)],
        webhook_path: "/webhook".to_owned(),
        engine: EngineSettings { review: settings(pages), ..EngineSettings::default() },
        model,
        drain: Duration::from_secs(2),
    })?;
    let stop = stop.clone();
    tokio::spawn(async move {
        if let Err(error) = app.run(hooks, stop).await {
            tracing::error!(%error, "the App ended");
        }
    });
    Ok(Town::new(shared, proposal.path.clone()))
}

/// Nobody waits: the sandbox shows its writes at once, and answers are read as soon as they are written.
fn settings(pages: &str) -> Settings {
    Settings {
        settle: Millis::seconds(2),
        quiet: Millis(0),
        quiet_max: Millis(0),
        web: pages.to_owned(),
        refines: false,
    }
}

/// Tries; the address is printed anyway.
fn open_browser(url: &str) {
    let (program, before): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let mut command = Command::new(program);
    let _ = command.args(before).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}
