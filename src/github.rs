//! GitHub as a client sees it: App authentication, one look at a pull request, one write, webhook verification. A concrete
//! type, tested over HTTP against the sandbox. What GitHub does, and the sources for it, stand in `docs/sandbox.md`.

pub mod act;
pub mod auth;
mod cache;
mod call;
mod graphql;
pub mod limits;
mod listing;
pub mod observe;
pub mod pacing;
pub mod permissions;
pub mod queries;
mod rest;
mod transport;
pub mod webhook;

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use act::{Acted, Outcome, Target, Written};
pub use limits::Failure;
pub use listing::{ListedPull, Listing};
pub use observe::{Ask, ObserveError, Observed, OpenPull, OpenPulls};
pub use webhook::{Delivery, Rejected, Wake};

use crate::prose::{CommentRef, RepoAddress, RepoLink};
use crate::review::marker::MarkerKey;
use crate::time::Timestamp;

/// Tells the time. Passed in, so that tests may turn it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A repository: its id is the key, owner and name are labels that may be outdated (GitHub redirects after a rename).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RepoRef {
    /// GitHub's numeric id.
    pub id: u64,
    /// The owner's login.
    pub owner: String,
    /// The name.
    pub name: String,
}

/// A pull request and the installation through which it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PullRef {
    /// The installation's id.
    pub installation: u64,
    /// Its repository.
    pub repo: RepoRef,
    /// Its number.
    pub number: u64,
}

/// Where GitHub's two APIs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The web pages, without a slash at the end.
    pub web: String,
    /// REST, without a slash at the end.
    pub rest: String,
    /// GraphQL.
    pub graphql: String,
}

/// A base URL that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not GitHub's address: expected https://github.com, or https://HOST for Enterprise Server")]
pub struct NotAnAddress(pub String);

impl Endpoints {
    /// The APIs of GitHub's web address: `https://github.com` or `https://HOST` of an Enterprise Server
    /// (<https://docs.github.com/en/enterprise-server/rest/quickstart>); plain http only for this machine.
    pub fn of(base: &str) -> Result<Self, NotAnAddress> {
        let wrong = || NotAnAddress(base.to_owned());
        let url = url::Url::parse(base.trim()).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?;
        let local = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
        let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if !plain || !(url.scheme() == "https" || (url.scheme() == "http" && local)) {
            return Err(wrong());
        }
        let root = base.trim().trim_end_matches('/');
        if matches!(host, "github.com" | "www.github.com" | "api.github.com") {
            return Ok(Self::apart("github.com"));
        }
        // Enterprise Cloud with data residency: https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency
        if host.ends_with(".ghe.com") {
            return Ok(Self::apart(host.strip_prefix("api.").unwrap_or(host)));
        }
        let web = root.strip_suffix("/api/v3").unwrap_or(root);
        Ok(Self { web: web.to_owned(), rest: format!("{web}/api/v3"), graphql: format!("{web}/api/graphql") })
    }

    /// The APIs on a host of their own.
    fn apart(host: &str) -> Self {
        let rest = format!("https://api.{host}");
        Self { web: format!("https://{host}"), graphql: format!("{rest}/graphql"), rest }
    }

    /// The page of a review of ours.
    pub(crate) fn review(&self, pull: &PullRef, id: u64) -> RepoLink {
        let address = RepoAddress::new(&self.web, &pull.repo.owner, &pull.repo.name);
        RepoLink::comment(&address, pull.number, CommentRef::Review(id))
    }
}

/// What the client must know.
#[derive(Clone)]
pub struct GitHubConfig {
    /// The App's id.
    pub app_id: u64,
    /// The App's private key, PEM.
    pub private_key: SecretString,
    /// Where GitHub is.
    pub endpoints: Endpoints,
    /// Signs the markers of our posts.
    pub marker: MarkerKey,
    /// How fast we may write.
    pub pacing: pacing::Pacing,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// How often a read is tried.
    pub read_attempts: u32,
    /// The first pause between two tries of a read; doubled each time.
    pub backoff: Duration,
    /// The longest pause that is waited out here; longer ones become `Delay`.
    pub longest_wait: Duration,
    /// How many items a page of a list should hold (GitHub: at most 100).
    pub page_size: u32,
    /// How long answers about teams and permissions may be used again (never for a fresh look).
    pub people_ttl: Duration,
    /// Tells the time.
    pub clock: Clock,
}

impl GitHubConfig {
    /// The usual settings.
    pub fn new(app_id: u64, private_key: SecretString, endpoints: Endpoints, marker: MarkerKey) -> Self {
        Self {
            app_id,
            private_key,
            endpoints,
            marker,
            pacing: pacing::Pacing::default(),
            timeout: Duration::from_secs(30),
            read_attempts: 3,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(5),
            page_size: 100,
            people_ttl: Duration::from_mins(1),
            #[allow(clippy::disallowed_methods, reason = "the shell's clock; tests pass their own")]
            clock: Arc::new(|| Timestamp(chrono::Utc::now().timestamp_millis())),
        }
    }
}

impl std::fmt::Debug for GitHubConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHubConfig")
            .field("app_id", &self.app_id)
            .field("endpoints", &self.endpoints)
            .finish_non_exhaustive()
    }
}

/// The client. Cheap to clone; clones share tokens, caches and pacing.
#[derive(Clone)]
pub struct GitHub {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) config: GitHubConfig,
    pub(crate) transport: transport::Transport,
    pub(crate) tokens: auth::Tokens,
    pub(crate) limiter: pacing::Limiter,
    pub(crate) caches: cache::Caches,
}

/// Why the client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The private key is not an RSA key in PEM.
    #[error(
        "the App's private key cannot be read: {0}. It is the .pem file that GitHub gives under \"Private keys\" of the App's settings"
    )]
    Key(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot start: {0}")]
    Http(String),
}

impl GitHub {
    /// A client. Must be called within a tokio runtime.
    pub fn new(config: GitHubConfig) -> Result<Self, SetupError> {
        let tokens = auth::Tokens::new(config.app_id, &config.private_key)?;
        let transport = transport::Transport::new(config.timeout)?;
        let limiter = pacing::Limiter::new(config.pacing);
        Ok(Self { inner: Arc::new(Inner { config, transport, tokens, limiter, caches: cache::Caches::default() }) })
    }

    /// Now, by the client's clock.
    pub(crate) fn now(&self) -> Timestamp {
        (self.inner.config.clock)()
    }
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.config.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_github_and_of_enterprise_servers() {
        let of = |base: &str| Endpoints::of(base).map(|e| (e.rest, e.graphql)).ok();
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(of("https://github.com/"), pair("https://api.github.com", "https://api.github.com/graphql"));
        assert_eq!(of("https://api.github.com"), pair("https://api.github.com", "https://api.github.com/graphql"));
        assert_eq!(
            of("https://ghe.example.com"),
            pair("https://ghe.example.com/api/v3", "https://ghe.example.com/api/graphql")
        );
        assert_eq!(
            of("https://ghe.example.com/api/v3"),
            pair("https://ghe.example.com/api/v3", "https://ghe.example.com/api/graphql")
        );
        assert_eq!(of("https://acme.ghe.com"), pair("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"));
        assert_eq!(
            of("http://127.0.0.1:8080"),
            pair("http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/api/graphql")
        );
        assert_eq!(of("http://ghe.example.com"), None);
        assert_eq!(of("ghe.example.com"), None);
        assert_eq!(of("https://ghe.example.com/?x"), None);
        assert_eq!(
            Endpoints::of("https://ghe.example.com/api/v3").map(|e| e.web).ok(),
            Some("https://ghe.example.com".to_owned())
        );
    }
}
