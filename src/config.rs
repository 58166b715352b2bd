//! The server's own configuration: a TOML file, then `THREADMODEL_*` of the environment, read once. An unknown setting is an
//! error; a secret comes from the environment or from a file of its own, never from the settings file or the command line.

mod error;
mod example;
mod llm;
mod secrets;
mod settings;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format as _, Toml};
use secrecy::SecretString;

pub use error::{ConfigError, Problem};
pub use llm::{Llm, LlmSettings, llm};
pub use settings::{EngineSettings, PacingSettings, Settings};

use crate::github::Endpoints;
use crate::github::pacing::Pacing;
use crate::review::marker::MarkerKey;
use crate::time::Millis;
use error::Origin;

/// Every variable of ours begins so; `__` stands between a table and its key: `THREADMODEL_ENGINE__WORKERS`. For the table
/// `llm` one `_` is enough: `THREADMODEL_LLM_MODEL`.
pub const PREFIX: &str = "THREADMODEL_";

/// Variables of ours that are no settings: read by the command line, the log, the tests.
const OTHERS: [&str; 3] = ["config", "log", "shared"];

/// What the server runs with: checked, nothing left out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// The address under which people and GitHub reach it.
    pub public_url: Option<url::Url>,
    /// The path of the webhook.
    pub webhook_path: String,
    /// The SQLite file.
    pub database: PathBuf,
    /// GitHub's APIs.
    pub endpoints: Endpoints,
    /// The App's id.
    pub app_id: u64,
    /// The App's private key, PEM.
    pub private_key: SecretString,
    /// The webhook's secret, and the one before it while it is rotated. Never empty.
    pub webhook_secrets: Vec<SecretString>,
    /// Signs the markers of our posts.
    pub marker: MarkerKey,
    /// What the core must know.
    pub settings: crate::review::settings::Settings,
    /// The engine.
    pub engine: Engine,
    /// How fast we write to GitHub.
    pub pacing: Pacing,
    /// The language model; `None`: the built-in analyst works alone.
    pub llm: Option<Llm>,
}

/// The engine's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Engine {
    /// Pull requests looked at at once.
    pub workers: usize,
    /// Analyses at once.
    pub analysis_workers: usize,
    /// How long a worker holds a pull request.
    pub lease: Millis,
    /// How long a worker holds an analysis between two heartbeats.
    pub analysis_lease: Millis,
    /// Every open pull request is looked at this often, whatever arrives.
    pub sweep: Millis,
    /// How long work in hand may go on after the stop.
    pub drain: Millis,
}

impl Config {
    /// Reads the file (if there is one) and the variables, which win. Every problem is reported, not only the first.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let (variables, secrets) = secrets::part(environment);
        let figment = figment(file, variables)?;
        let settings: Settings = figment.extract().map_err(ConfigError::from_figment)?;
        Checked { settings: &settings, figment: &figment, problems: Vec::new() }.config(&secrets)
    }
}

fn figment(file: Option<&Path>, variables: Vec<(String, String)>) -> Result<Figment, ConfigError> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if let Err(error) = std::fs::metadata(file) {
            return Err(ConfigError::one(
                Origin::File(file.to_owned()),
                format!("it cannot be read: {error}"),
                "name another with --config, or copy threadmodel.example.toml",
            ));
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    Ok(figment.merge(settings::Variables(variables)))
}

/// The settings as they are written, unchecked and without secrets: for commands that look into the database only.
pub fn settings(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Settings, ConfigError> {
    let (variables, _) = secrets::part(environment);
    figment(file, variables)?.extract().map_err(ConfigError::from_figment)
}

/// Checks one setting after another and collects what is wrong.
struct Checked<'a> {
    settings: &'a Settings,
    figment: &'a Figment,
    problems: Vec<Problem>,
}

impl Checked<'_> {
    fn config(mut self, secrets: &secrets::Given) -> Result<Config, ConfigError> {
        let s = self.settings;
        let listen = self.parsed("listen", s.listen.parse().ok(), "an address and a port, such as `0.0.0.0:8080`");
        let public_url = s.public_url.as_ref().and_then(|text| {
            let url =
                url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
            self.parsed("public_url", url, "a web address, such as `https://threadmodel.example.com`")
        });
        let path = Some(s.webhook_path.clone()).filter(|path| is_plain_path(path));
        let webhook_path =
            self.parsed("webhook_path", path, "a path such as `/webhook`, of letters, digits, `-`, `_` and `/`");
        let endpoints = self.parsed(
            "github_url",
            Endpoints::of(&s.github_url).ok(),
            "`https://github.com`, or `https://HOST` of your Enterprise Server",
        );
        let app_id = s.app_id.filter(|id| *id > 0);
        let app_id = self.parsed(
            "app_id",
            app_id,
            "the App ID that GitHub shows on the App's page (Settings, Developer settings, GitHub Apps)",
        );
        let private_key = self.taken(secrets.private_key(s));
        let webhook_secrets = self.taken(secrets.webhook(s));
        let marker = private_key.as_ref().and_then(|key| self.taken(secrets.marker(s, key)));
        let engine = self.engine();
        let pacing = self.pacing();
        let database = Some(s.database.clone()).filter(|path| !path.as_os_str().is_empty());
        let database = self.parsed("database", database, "the path of a file");
        let quiet = s.engine.quiet_max_seconds >= s.engine.quiet_seconds;
        self.parsed("engine.quiet_max_seconds", quiet.then_some(()), "at least `engine.quiet_seconds`");
        let llm = match llm::checked(s, self.figment, secrets) {
            Ok(llm) => llm,
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        };
        let complete = self.problems.is_empty();
        let (Some(listen), Some(webhook_path), Some(endpoints), Some(database), true) =
            (listen, webhook_path, endpoints, database, complete)
        else {
            return Err(ConfigError::many(self.problems));
        };
        let (Some(app_id), Some(private_key), Some(webhook_secrets), Some(marker)) =
            (app_id, private_key, webhook_secrets, marker)
        else {
            return Err(ConfigError::many(self.problems));
        };
        Ok(Config {
            listen,
            public_url,
            webhook_path,
            database,
            endpoints,
            app_id,
            private_key,
            webhook_secrets,
            marker,
            settings: s.for_the_core(),
            engine,
            pacing,
            llm,
        })
    }

    fn engine(&mut self) -> Engine {
        let e = &self.settings.engine;
        let mut workers = |key: &str, n: u32| {
            let n = (1..=256).contains(&n).then_some(n as usize);
            self.parsed(key, n, "a number from 1 to 256").unwrap_or(1)
        };
        let (workers, analysis_workers) =
            (workers("engine.workers", e.workers), workers("engine.analysis_workers", e.analysis_workers));
        // A shorter lease could end within one write, whose timeout is 30 s.
        let mut span = |key: &str, n: u32, least: u32| {
            let fits = (n >= least).then(|| Millis::seconds(i64::from(n)));
            self.parsed(key, fits, &format!("at least {least} seconds")).unwrap_or_default()
        };
        Engine {
            workers,
            analysis_workers,
            lease: span("engine.lease_seconds", e.lease_seconds, 60),
            analysis_lease: span("engine.analysis_lease_seconds", e.analysis_lease_seconds, 30),
            sweep: span("engine.sweep_seconds", e.sweep_seconds, 10),
            drain: span("engine.drain_seconds", e.drain_seconds, 0),
        }
    }

    fn pacing(&mut self) -> Pacing {
        let p = &self.settings.pacing;
        let mut count = |key: &str, n: u32| {
            let n = (n > 0).then_some(n as usize);
            self.parsed(key, n, "a number above 0").unwrap_or(1)
        };
        Pacing {
            per_minute: count("pacing.writes_per_minute", p.writes_per_minute),
            per_hour: count("pacing.writes_per_hour", p.writes_per_hour),
            gap: Millis(i64::from(p.milliseconds_between_writes)),
            ..Pacing::default()
        }
    }

    /// Notes a problem where there is no value.
    fn parsed<T>(&mut self, key: &str, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            let origin = Origin::of(self.figment, key);
            let what = if matches!(origin, Origin::Default) { "it is not set" } else { "its value does not fit" };
            self.problems.push(Problem::new(key, origin, what, format!("give it {expected}")));
        }
        value
    }

    fn taken<T>(&mut self, value: Result<T, Problem>) -> Option<T> {
        value.map_err(|problem| self.problems.push(problem)).ok()
    }
}

fn is_plain_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/');
    let taken = ["/healthz", "/readyz", "/metrics"];
    path.len() > 1 && path.starts_with('/') && !path.contains("//") && path.bytes().all(plain) && !taken.contains(&path)
}
