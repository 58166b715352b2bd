//! Deliveries. Verification is the constructor: nothing reads a field of a payload whose signature did not hold.
//!
//! <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>,
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

mod wakes;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq as _};

use super::RepoRef;
use crate::review::snapshot::{CommitSha, UserId};

/// A verified delivery: what it wakes, and the one fact that is kept from it. The payload itself is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// `X-GitHub-Delivery`: the same for a redelivery.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The payload's `action`, where it has one.
    pub action: Option<String>,
    /// Which installation it concerns.
    pub installation: Option<u64>,
    /// Who caused it.
    pub sender: Option<Sender>,
    /// What to look at again. Empty for events that mean nothing to us.
    pub wakes: Vec<Wake>,
    /// Repositories that were added to an installation: GitHub tells their day nowhere else.
    pub added: Vec<RepoRef>,
    /// A button or a re-run request: it leaves no trace on GitHub, so it is kept.
    pub press: Option<Press>,
}

/// Who caused a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Numeric id.
    pub id: UserId,
    /// Login; a bot's ends in `[bot]`.
    pub login: String,
    /// GitHub's `type` is `Bot`.
    pub bot: bool,
}

/// What to look at again. A hint, never a fact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "wake", rename_all = "snake_case")]
pub enum Wake {
    /// One pull request.
    Pull {
        /// Its repository.
        repo: RepoRef,
        /// Its number.
        number: u64,
    },
    /// Every open pull request with this head commit.
    Commit {
        /// The repository.
        repo: RepoRef,
        /// The commit.
        sha: CommitSha,
    },
    /// Every open pull request onto this branch: CODEOWNERS or the policy may have changed.
    Branch {
        /// The repository.
        repo: RepoRef,
        /// The branch, without `refs/heads/`.
        branch: String,
    },
    /// Every open pull request of a repository.
    Repository {
        /// The repository.
        repo: RepoRef,
    },
    /// Every open pull request that a team's membership may decide.
    Team {
        /// The organisation's login.
        organization: String,
        /// The team's slug; `None` when the team is gone.
        slug: Option<String>,
    },
    /// Every open pull request of an organisation.
    Organization {
        /// Its login.
        organization: String,
    },
    /// Everything of an installation (created, removed, suspended, repositories added or taken).
    Installation {
        /// Its id.
        installation: u64,
    },
}

/// Facts of a button press or a re-run request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// Where.
    pub repo: RepoRef,
    /// Who; what they may do is asked later.
    pub sender: UserId,
    /// Their login.
    pub login: String,
    /// `requested_action.identifier`, or `rerequested`.
    pub action: String,
    /// The check run; `None` when a whole suite was asked for.
    pub check: Option<u64>,
    /// The check run's name, where GitHub gives it.
    pub name: Option<String>,
    /// Head commit.
    pub sha: CommitSha,
    /// The app that owns the check.
    pub app: Option<u64>,
}

/// Why a delivery was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// A header is missing or unreadable.
    #[error("the header {0} is missing")]
    Header(&'static str),
    /// No secret matches.
    #[error("the signature does not match the webhook secret")]
    Signature,
    /// The body is not JSON.
    #[error("the body is not JSON; set the webhook's content type to application/json")]
    NotJson,
    /// A field that we need is missing or of another type.
    #[error("{event}: the field `{field}` is missing or not what GitHub documents")]
    Field {
        /// The event.
        event: String,
        /// The field.
        field: &'static str,
    },
}

impl Rejected {
    /// The HTTP status to answer with.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Signature => 401,
            Self::Header(_) | Self::NotJson | Self::Field { .. } => 400,
        }
    }
}

impl Delivery {
    /// Takes a delivery if one of the secrets signed it. Every secret is tried, whatever the others said.
    pub fn verify(headers: &HeaderMap, raw_body: &[u8], secrets: &[SecretString]) -> Result<Self, Rejected> {
        let header = |name: &'static str| {
            headers
                .get(name)
                .and_then(|v| v.to_str().ok())
                .map(str::trim)
                .filter(|v| !v.is_empty())
                .ok_or(Rejected::Header(name))
        };
        let claimed = header("X-Hub-Signature-256")?;
        let claimed = claimed.strip_prefix("sha256=").and_then(|h| hex::decode(h).ok()).ok_or(Rejected::Signature)?;
        let holds = secrets
            .iter()
            .filter(|secret| !secret.expose_secret().is_empty())
            .filter_map(|secret| mac(secret, raw_body))
            .fold(Choice::from(0), |held, expected| held | expected.as_slice().ct_eq(&claimed));
        if !bool::from(holds) {
            return Err(Rejected::Signature);
        }
        let guid = header("X-GitHub-Delivery")?.to_owned();
        let event = header("X-GitHub-Event")?.to_owned();
        let payload: Value = serde_json::from_slice(raw_body).map_err(|_| Rejected::NotJson)?;
        if !payload.is_object() {
            return Err(Rejected::NotJson);
        }
        wakes::read(guid, event, &payload)
    }

    /// Whether our own App caused it: such a wake may wait behind those of people.
    pub fn is_own(&self, slug: &str) -> bool {
        self.sender.as_ref().is_some_and(|s| {
            s.bot && s.login.strip_suffix("[bot]").is_some_and(|login| login.eq_ignore_ascii_case(slug))
        })
    }
}

fn mac(secret: &SecretString, body: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(body);
    Some(mac.finalize().into_bytes().to_vec())
}

/// The value of `X-Hub-Signature-256` for a body: what GitHub sends, for tests and `doctor`.
pub fn signature(secret: &SecretString, body: &[u8]) -> String {
    mac(secret, body).map(|mac| format!("sha256={}", hex::encode(mac))).unwrap_or_default()
}

#[cfg(test)]
mod tests;
