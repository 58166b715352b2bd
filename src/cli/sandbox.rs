//! `threadmodel sandbox`: the sandbox GitHub alone on a port, and the settings with which `serve` can be pointed at it.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::app::until_told;
use super::console;
use super::demo::town::{self, Registration};
use super::keys::{AppKey, random};
use super::outcome::{Outcome, Result, Trouble};
use crate::sandbox::seed::Seed;
use crate::sandbox::{Clock, Hostility, Sandbox, Shared, serve};

/// A GitHub in memory behind real HTTP: REST, GraphQL, signed webhooks, and a control API under /_sandbox.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes the App's key and the webhook's secret to files that only you can read, and prints settings for `serve`:

  threadmodel sandbox > sandbox.toml &
  threadmodel serve --config sandbox.toml

The seed is JSON, or TOML when its name ends so; docs/sandbox.md explains it and the control API. Without one: the demo's
organisation, with a repository and a branch that holds a design document. Apps of the seed without a key get the generated one.

Exit codes: 0 told to stop; 1 it failed; 2 the seed cannot be read.")]
pub(super) struct Arguments {
    /// Port on 127.0.0.1.
    #[arg(long, value_name = "PORT", default_value_t = 4411)]
    port: u16,
    /// What the world begins with.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Lagging reads, lost and doubled webhooks, pages of two, failing writes: GitHub on a bad day.
    #[arg(long)]
    hostile: bool,
    /// Where webhooks go, for apps of the seed that do not say.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080/webhook")]
    webhook: String,
    /// Where the key and the secret are written.
    #[arg(long, value_name = "DIR", default_value = "threadmodel-sandbox")]
    secrets: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result {
    let key = AppKey::generate()?;
    let secret = hex::encode(random()?);
    let seed = seed(arguments, &key, &secret)?;
    let key_file = write_secret(&arguments.secrets, "app.pem", &key.private_pem)?;
    let secret_file = write_secret(&arguments.secrets, "webhook-secret", &secret)?;
    let mut sandbox = Sandbox::new(1, Clock::Real { ahead: 0 });
    sandbox.hostility = if arguments.hostile { Hostility::default() } else { Hostility::none() };
    let made = sandbox
        .world_mut()
        .seed(&seed)
        .map_err(|refusal| Trouble::Usage(format!("the seed cannot be made: {refusal}")))?;
    sandbox.world_mut().settle();
    let app_id = made["apps"].as_object().and_then(|apps| apps.values().next()).and_then(|app| app["id"].as_u64());
    until_told(|stop| async move {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port)))
            .await
            .with_context(|| format!("port {} cannot be used; name another with --port", arguments.port))?;
        let address = format!("http://{}", listener.local_addr()?);
        console::print(&settings(app_id, &address, &key_file, &secret_file))?;
        console::note(&format!("listening on {address}"));
        if arguments.seed.is_none() {
            console::note(&format!(
                "When `serve` runs, open the pull request:\n  curl -d '{{\"act\":\"open_pull\",\"by\":\"ana\",\"repo\":\"acme/billing\",\"title\":\"Invoice export\",\"head\":\"invoice-export\",\"base\":\"main\"}}' {address}/_sandbox/act\nand look at it:\n  curl {address}/_sandbox/page/acme/billing/1"
            ));
        }
        tokio::select! {
            served = serve(listener, Shared::new(sandbox)) => served.context("the sandbox failed"),
            () = stop.cancelled() => Ok(()),
        }
    })?;
    Ok(Outcome::Done)
}

fn seed(arguments: &Arguments, key: &AppKey, secret: &str) -> std::result::Result<Seed, Trouble> {
    let Some(file) = &arguments.seed else {
        let registration =
            Registration { public_key_pem: &key.public_pem, webhook_url: &arguments.webhook, webhook_secret: secret };
        let example = include_str!("../../examples/invoice-export.md");
        let mut seed = town::seed(&registration).map_err(anyhow::Error::from)?;
        let [push, _] =
            town::proposal("docs/design/invoice-export.md", "Invoice export", example).map_err(anyhow::Error::from)?;
        seed.acts.push(push);
        return Ok(seed);
    };
    let wrong = |error: &dyn std::fmt::Display| Trouble::Usage(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    let is_toml = file.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    let mut seed: Seed = if is_toml {
        toml::from_str(&text).map_err(|error| wrong(&error))?
    } else {
        serde_json::from_str(&text).map_err(|error| wrong(&error))?
    };
    for app in seed.apps.iter_mut().filter(|app| app.public_key_pem.is_empty()) {
        app.public_key_pem.clone_from(&key.public_pem);
        if app.webhook_secret.is_empty() {
            secret.clone_into(&mut app.webhook_secret);
        }
        if app.webhook_url.is_empty() {
            app.webhook_url.clone_from(&arguments.webhook);
        }
    }
    Ok(seed)
}

/// Settings for `serve`, as TOML.
fn settings(app_id: Option<u64>, address: &str, key: &Path, secret: &Path) -> String {
    let text = |value: &str| toml::Value::from(value).to_string();
    let path = |path: &Path| text(&path.to_string_lossy());
    let app = app_id.map_or_else(|| "# the seed has no App".to_owned(), |id| format!("app_id = {id}"));
    format!(
        "# Settings of `threadmodel serve` for this sandbox.\n{app}\nprivate_key_file = {}\nwebhook_secret_file = {}\ngithub_url = {}\nlisten = \"127.0.0.1:8080\"\n",
        path(key),
        path(secret),
        text(address),
    )
}

/// A file that only its owner can read; an older one is replaced.
fn write_secret(dir: &Path, name: &str, content: &str) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    let path = std::path::absolute(dir.join(name))?;
    let _ = std::fs::remove_file(&path);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(content.as_bytes()).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}
