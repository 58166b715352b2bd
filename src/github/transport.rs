//! One HTTP request, one answer. octocrab carries it (its connection pool, TLS, redirects); nothing is ever sent twice here.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt as _, Limited};
use octocrab::{OctoBody, Octocrab};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use super::SetupError;
use super::limits::Failure;

/// The REST API version that the client is written against: <https://docs.github.com/en/rest/about-the-rest-api/api-versions>.
const API_VERSION: &str = "2022-11-28";

/// The largest answer that is read: a blob of GitHub's own limit does not belong in memory.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Auth<'a> {
    /// A JWT or an installation token.
    Bearer(&'a SecretString),
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON. An answer that cannot be read leaves the outcome unknown.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|e| Failure::Uncertain {
            why: format!("GitHub's answer ({}) is not what its documentation says: {e}", self.status),
        })
    }

    /// Whether a list goes on: <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>.
    pub(crate) fn has_next(&self) -> bool {
        self.headers
            .get_all(header::LINK)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .any(|link| link.split(';').skip(1).any(|p| matches!(p.trim(), "rel=\"next\"" | "rel=next")))
    }
}

pub(crate) struct Transport {
    octocrab: Octocrab,
    timeout: Duration,
}

impl Transport {
    pub(crate) fn new(timeout: Duration) -> Result<Self, SetupError> {
        // The retry layer is compiled out (Cargo.toml leaves octocrab's `retry` feature off): it would post twice.
        let octocrab = Octocrab::builder()
            .set_connect_timeout(Some(timeout.min(Duration::from_secs(10))))
            .set_read_timeout(Some(timeout))
            .set_write_timeout(Some(timeout))
            .build()
            .map_err(|e| SetupError::Http(e.to_string()))?;
        Ok(Self { octocrab, timeout })
    }

    /// Sends one request. `Uncertain`: whether GitHub carried it out is not known.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        auth: Auth<'_>,
        body: Option<&serde_json::Value>,
        etag: Option<&str>,
    ) -> Result<Answer, Failure> {
        let Auth::Bearer(token) = auth;
        let cannot =
            |e: &dyn std::fmt::Display| Failure::Refused { status: 0, why: format!("the request cannot be made: {e}") };
        let mut authorization =
            http::HeaderValue::try_from(format!("Bearer {}", token.expose_secret())).map_err(|e| cannot(&e))?;
        authorization.set_sensitive(true);
        let mut request = http::Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, authorization)
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::USER_AGENT, concat!("threadmodel/", env!("CARGO_PKG_VERSION")))
            .header("X-GitHub-Api-Version", API_VERSION);
        if let Some(etag) = etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        let body = match body {
            Some(value) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                OctoBody::from(value.to_string())
            }
            None => OctoBody::empty(),
        };
        let request = request.body(body).map_err(|e| cannot(&e))?;
        let exchange = async {
            let (parts, body) = self.octocrab.send(request).await.map_err(|e| lost(&e))?.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(|e| lost(&*e))?.to_bytes();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
        };
        tokio::time::timeout(self.timeout, exchange).await.unwrap_or_else(|_| {
            Err(Failure::Uncertain { why: format!("GitHub did not answer within {} s", self.timeout.as_secs_f32()) })
        })
    }
}

fn lost(error: &(dyn std::error::Error + 'static)) -> Failure {
    // The outer error's words are often only "service error": the innermost cause says what happened.
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Failure::Uncertain { why: format!("the connection to GitHub was lost: {cause}") }
}
