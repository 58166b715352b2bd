//! The settings as they are written. The documentation of each field is the text of `threadmodel.example.toml`.

use std::path::PathBuf;

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::llm::LlmSettings;
use crate::time::Millis;

/// The settings as they are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The App ID that GitHub shows on the App's page. Required.
    pub app_id: Option<u64>,
    /// File with the App's private key (PEM), or set THREADMODEL_PRIVATE_KEY to the key itself. Required.
    pub private_key_file: Option<PathBuf>,
    /// File with the webhook's secret, or set THREADMODEL_WEBHOOK_SECRET. Required; at least 32 bytes: `openssl rand -hex 32`.
    pub webhook_secret_file: Option<PathBuf>,
    /// File with the secret before this one, or THREADMODEL_WEBHOOK_SECRET_PREVIOUS: counts too, while you change it on GitHub.
    pub webhook_secret_previous_file: Option<PathBuf>,
    /// File with the secret that signs the marks in our posts, or THREADMODEL_MARKER_SECRET. If left out it follows from the
    /// private key; set it before you change that key, else threadmodel does not know its older posts again.
    pub marker_secret_file: Option<PathBuf>,
    /// GitHub's web address; of an Enterprise Server: `https://HOST`.
    pub github_url: String,
    /// Where to listen. A proxy in front ends TLS.
    pub listen: String,
    /// The address under which GitHub and people reach this server.
    pub public_url: Option<String>,
    /// The path of the webhook, as entered on the App's page.
    pub webhook_path: String,
    /// The SQLite file; relative to the directory in which threadmodel is started.
    pub database: PathBuf,
    /// How the engine works.
    pub engine: EngineSettings,
    /// How fast we write to GitHub, for each installation.
    pub pacing: PacingSettings,
    /// The language model. Left out: the built-in analyst works alone. In the environment one `_` is enough here:
    /// THREADMODEL_LLM_PROVIDER, THREADMODEL_LLM_KEY, THREADMODEL_LLM_MODEL, THREADMODEL_LLM_BASE_URL and so on.
    pub llm: LlmSettings,
}

/// How the engine works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct EngineSettings {
    /// Pull requests looked at at once.
    pub workers: u32,
    /// Analyses at once.
    pub analysis_workers: u32,
    /// A worker that is silent for this long loses its pull request to another.
    pub lease_seconds: u32,
    /// The same for an analysis.
    pub analysis_lease_seconds: u32,
    /// How long GitHub's reads may lag behind its writes before a post that is not seen is asked for by its id.
    pub settle_seconds: u32,
    /// An analysis starts this long after the last human word ...
    pub quiet_seconds: u32,
    /// ... but at most this long after the first.
    pub quiet_max_seconds: u32,
    /// Every open pull request is looked at this often, even if no delivery arrives.
    pub sweep_seconds: u32,
    /// How long work in hand may go on after SIGTERM.
    pub drain_seconds: u32,
}

/// How fast we write to GitHub, for each installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct PacingSettings {
    /// GitHub allows about 80 a minute; a fifth is kept for checks.
    pub writes_per_minute: u32,
    /// GitHub allows about 500 an hour.
    pub writes_per_hour: u32,
    /// GitHub asks for a second between two writes.
    pub milliseconds_between_writes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            app_id: None,
            private_key_file: None,
            webhook_secret_file: None,
            webhook_secret_previous_file: None,
            marker_secret_file: None,
            github_url: "https://github.com".to_owned(),
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            webhook_path: "/webhook".to_owned(),
            database: PathBuf::from("threadmodel.sqlite"),
            engine: EngineSettings::default(),
            pacing: PacingSettings::default(),
            llm: LlmSettings::default(),
        }
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            workers: 8,
            analysis_workers: 4,
            lease_seconds: 120,
            analysis_lease_seconds: 120,
            settle_seconds: 60,
            quiet_seconds: 90,
            quiet_max_seconds: 600,
            sweep_seconds: 600,
            drain_seconds: 20,
        }
    }
}

impl Settings {
    /// The part that the core must know.
    pub(super) fn for_the_core(&self) -> crate::review::settings::Settings {
        let seconds = |n: u32| Millis::seconds(i64::from(n));
        crate::review::settings::Settings {
            settle: seconds(self.engine.settle_seconds),
            quiet: seconds(self.engine.quiet_seconds),
            quiet_max: seconds(self.engine.quiet_max_seconds),
            web: web(&self.github_url),
            ..crate::review::settings::Settings::default()
        }
    }
}

/// Where people see GitHub, also when the address of its API was given.
fn web(github_url: &str) -> String {
    let root = github_url.trim().trim_end_matches('/');
    let root = root.strip_suffix("/api/v3").unwrap_or(root);
    match root.split_once("://") {
        Some((_, "github.com" | "www.github.com" | "api.github.com")) => "https://github.com".to_owned(),
        Some((scheme, host)) if host.ends_with(".ghe.com") => {
            format!("{scheme}://{}", host.strip_prefix("api.").unwrap_or(host))
        }
        _ => root.to_owned(),
    }
}

impl Default for PacingSettings {
    fn default() -> Self {
        Self { writes_per_minute: 80, writes_per_hour: 500, milliseconds_between_writes: 1000 }
    }
}

/// Settings of the environment, by their name without prefix in lower case. Given, not looked up, so that a test needs no
/// environment of its own.
pub(super) struct Variables(pub(super) Vec<(String, String)>);

impl Variables {
    pub(super) const NAME: &str = "environment";
}

impl Provider for Variables {
    fn metadata(&self) -> Metadata {
        Metadata::named(Self::NAME)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut data = Dict::new();
        for (name, text) in &self.0 {
            let value = text.parse().unwrap_or_else(|never: std::convert::Infallible| match never {});
            insert(&mut data, name.split("__"), value);
        }
        Ok(Profile::Default.collect(data))
    }
}

fn insert<'a>(into: &mut Dict, mut names: impl Iterator<Item = &'a str>, value: Value) {
    let Some(name) = names.next() else { return };
    let mut names = names.peekable();
    if names.peek().is_none() {
        into.insert(name.to_owned(), value);
        return;
    }
    let mut inner = match into.remove(name) {
        Some(Value::Dict(_, inner)) => inner,
        _ => Dict::new(),
    };
    // Tables have no tables of their own: what is left is one key.
    inner.insert(names.collect::<Vec<_>>().join("__"), value);
    into.insert(name.to_owned(), inner.into());
}
