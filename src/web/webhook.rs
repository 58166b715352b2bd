//! `POST` of a delivery: checked over the raw body, made durable, acknowledged. What it means is found out later, from GitHub.
//!
//! <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};

use super::Web;
use super::metrics::Outcome;
use crate::github::webhook::Press;
use crate::github::{Delivery, Rejected, RepoRef, Wake};
use crate::store::{Accepted, NewDelivery, NewPress, NewWake, PullKey, RepositoryLabel, Scope, StoreError, WakeClass};
use crate::time::Timestamp;

/// GitHub caps payloads at 25 MB.
const LARGEST: usize = 25 * 1024 * 1024;
/// Bodies above this wait for one of few places, so that nobody fills the memory; hashing them leaves the event loop.
const LARGE: usize = 1024 * 1024;

/// Answers a browser: somebody looks whether the address is right.
pub(super) async fn explain() -> (StatusCode, &'static str) {
    (StatusCode::METHOD_NOT_ALLOWED, "This is where GitHub posts webhook deliveries; there is nothing to see here.\n")
}

pub(super) async fn deliver(State(web): State<Web>, headers: HeaderMap, body: Body) -> Response {
    match take(&web, &headers, body).await {
        Ok(taken) => {
            web.counters.count(match taken {
                Taken::New => Outcome::Accepted,
                Taken::Duplicate => Outcome::Duplicate,
                Taken::Ignored => Outcome::Ignored,
            });
            (StatusCode::ACCEPTED, taken.words()).into_response()
        }
        Err(refused) => {
            web.counters.count(refused.outcome());
            // The reason only: headers and body may be anybody's.
            tracing::info!(status = refused.status().as_u16(), reason = %refused, "a delivery was refused");
            (refused.status(), format!("{refused}\n")).into_response()
        }
    }
}

/// What became of a delivery that was taken.
#[derive(Clone, Copy)]
enum Taken {
    New,
    Duplicate,
    Ignored,
}

impl Taken {
    const fn words(self) -> &'static str {
        match self {
            Self::New => "accepted\n",
            Self::Duplicate => "already have it\n",
            Self::Ignored => "nothing to do for this event\n",
        }
    }
}

/// Why a delivery was not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("the body is larger than 25 MB, the most that GitHub sends")]
    TooLarge,
    #[error("the body did not arrive whole")]
    Cut,
    #[error("the header {0} is not what GitHub sends")]
    OddHeader(&'static str),
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// The reason is for the log; whoever posts needs to know only that it was not kept.
    #[error("the delivery could not be stored; please redeliver it later")]
    Store(#[from] StoreError),
}

impl Refused {
    fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Cut | Self::OddHeader(_) => StatusCode::BAD_REQUEST,
            Self::Rejected(rejected) => StatusCode::from_u16(rejected.status()).unwrap_or(StatusCode::BAD_REQUEST),
            Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn outcome(&self) -> Outcome {
        match self {
            Self::TooLarge => Outcome::TooLarge,
            Self::Rejected(Rejected::Signature) => Outcome::BadSignature,
            Self::Cut | Self::OddHeader(_) | Self::Rejected(_) => Outcome::Malformed,
            Self::Store(_) => Outcome::NotStored,
        }
    }
}

async fn take(web: &Web, headers: &HeaderMap, body: Body) -> Result<Taken, Refused> {
    // Cheap refusals first: nobody without these headers gets us to read a body.
    for name in ["X-Hub-Signature-256", "X-GitHub-Delivery", "X-GitHub-Event"] {
        if !headers.contains_key(name) {
            return Err(Rejected::Header(name).into());
        }
    }
    let delivery = read_and_verify(web, headers, body).await?;
    // The signature covers the body, not these two headers.
    if !is_word(&delivery.guid) {
        return Err(Refused::OddHeader("X-GitHub-Delivery"));
    }
    if !is_word(&delivery.event) {
        return Err(Refused::OddHeader("X-GitHub-Event"));
    }
    let hints = Hints::of(&delivery, web.app_id, (web.clock)());
    if hints.is_empty() {
        return Ok(Taken::Ignored);
    }
    let (guid, event) = (delivery.guid.clone(), delivery.event.clone());
    let accepted =
        web.store.accept(hints.delivery, hints.wakes, hints.scopes, hints.press).await.inspect_err(|error| {
            tracing::error!(%guid, %event, %error, "a delivery could not be stored");
        })?;
    tracing::debug!(%guid, %event, action = delivery.action.as_deref(), ?accepted, "a delivery");
    Ok(match accepted {
        Accepted::New => Taken::New,
        Accepted::Duplicate => Taken::Duplicate,
    })
}

async fn read_and_verify(web: &Web, headers: &HeaderMap, body: Body) -> Result<Delivery, Refused> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()).and_then(|n| n.parse::<usize>().ok());
    if announced.is_some_and(|n| n > LARGEST) {
        return Err(Refused::TooLarge);
    }
    if announced.is_some_and(|n| n <= LARGE) {
        let body = read(body, LARGE).await?;
        return Ok(Delivery::verify(headers, &body, &web.secrets)?);
    }
    // Large, or of unknown length. The semaphore is never closed; if it were, refusing is right.
    let _place = web.large.acquire().await.map_err(|_| Refused::Cut)?;
    let body = read(body, LARGEST).await?;
    let (headers, secrets) = (headers.clone(), web.secrets.clone());
    tokio::task::spawn_blocking(move || Delivery::verify(&headers, &body, &secrets))
        .await
        .map_err(|_| Refused::Cut)?
        .map_err(Into::into)
}

async fn read(body: Body, limit: usize) -> Result<Bytes, Refused> {
    axum::body::to_bytes(body, limit).await.map_err(|error| {
        let error = error.into_inner();
        if error.is::<http_body_util::LengthLimitError>() { Refused::TooLarge } else { Refused::Cut }
    })
}

/// What GitHub puts in these headers: a GUID, an event's name.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// What a delivery asks for, in the store's words.
struct Hints {
    delivery: NewDelivery,
    wakes: Vec<NewWake>,
    scopes: Vec<Scope>,
    press: Option<NewPress>,
}

impl Hints {
    fn of(delivery: &Delivery, app_id: u64, now: Timestamp) -> Self {
        let installation = delivery.installation.unwrap_or(0);
        let added = delivery.added.iter().map(|repo| (repo.id, label(repo, installation))).collect();
        let mut hints = Self {
            delivery: NewDelivery { guid: delivery.guid.clone(), event: delivery.event.clone(), at: now, added },
            wakes: Vec::new(),
            scopes: Vec::new(),
            press: None,
        };
        for wake in &delivery.wakes {
            match wake {
                Wake::Pull { repo, number } => hints.wakes.push(NewWake {
                    pull: PullKey { repository: repo.id, number: *number },
                    label: label(repo, installation),
                    class: class(delivery),
                    due_at: now,
                }),
                other => hints.scopes.extend(scopes(other, delivery.installation)),
            }
        }
        // GitHub sends the buttons of other apps' checks to those apps; one that is not ours is none of our business.
        let ours = |press: &&Press| press.app.is_none_or(|app| app == app_id);
        hints.press = delivery.press.as_ref().filter(ours).map(|press| NewPress {
            repository: press.repo.id,
            label: label(&press.repo, installation),
            numbers: Vec::new(),
            sender: press.sender,
            login: press.login.clone(),
            action: press.action.clone(),
            sha: press.sha.as_str().to_owned(),
        });
        hints
    }

    fn is_empty(&self) -> bool {
        self.wakes.is_empty() && self.scopes.is_empty() && self.press.is_none()
    }
}

fn label(repo: &RepoRef, installation: u64) -> RepositoryLabel {
    RepositoryLabel { owner: repo.owner.clone(), name: repo.name.clone(), installation }
}

/// A bot's doings (mostly our own posts) wait behind people's, unless they may take a ground of the gate away.
fn class(delivery: &Delivery) -> WakeClass {
    let by_bot = delivery.sender.as_ref().is_some_and(|sender| sender.bot);
    match delivery.event.as_str() {
        _ if !by_bot => WakeClass::Person,
        "pull_request" | "pull_request_review" => WakeClass::Red,
        _ => WakeClass::Due,
    }
}

fn scopes(wake: &Wake, installation: Option<u64>) -> Vec<Scope> {
    let of_owner = |login: &String| match installation {
        Some(installation) => Scope::Installation { installation },
        None => Scope::Owner { login: login.clone() },
    };
    let scope = match wake {
        Wake::Pull { .. } => return Vec::new(),
        Wake::Commit { repo, sha } => Scope::Commit { repository: repo.id, sha: sha.as_str().to_owned() },
        Wake::Branch { repo, branch } => Scope::Branch { repository: repo.id, branch: branch.clone() },
        Wake::Repository { repo } => Scope::Repository { repository: repo.id },
        Wake::Team { organization, .. } | Wake::Organization { organization } => of_owner(organization),
        // What it newly reaches was never heard of.
        Wake::Installation { installation } => {
            let installation = *installation;
            return vec![Scope::Installation { installation }, Scope::Unheard { installation }];
        }
    };
    vec![scope]
}
