//! Our own thin transport: one POST, one capped answer. For the providers whose form is ours to write (docs/adr/0010).

use std::fmt;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use url::Url;

use super::openai::Flavour;
use super::{Completion, Provider, ProviderError, Request, anthropic, faults, gemini, openai};

/// The largest answer. The longest that a model may write is some hundred kilobytes.
pub(super) const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// As much of an error's body is looked at.
const LARGEST_ERROR: usize = 64 * 1024;

/// A connection stands by then or not at all.
const CONNECT: Duration = Duration::from_secs(10);

/// How requests are written and answers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    Anthropic,
    OpenAi(Flavour),
    Gemini,
}

/// A provider that is spoken to directly.
pub(super) struct Wire {
    pub(super) client: reqwest::Client,
    /// Ends with `/`.
    pub(super) base: Url,
    /// Marked as sensitive.
    pub(super) key: Option<HeaderValue>,
    pub(super) speech: Speech,
    pub(super) schema_in_prompt: bool,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("speech", &self.speech)
            .field("host", &self.base.host_str())
            .finish_non_exhaustive()
    }
}

/// The client for one base URL: no redirect is followed, so that a key goes nowhere else; no proxy but the configured one;
/// the whole of a request has one time limit.
pub(super) fn client(base: &Url, proxy: Option<&Url>, timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .no_gzip()
        .https_only(base.scheme() == "https")
        .connect_timeout(CONNECT.min(timeout))
        .timeout(timeout)
        .user_agent(concat!("threadmodel/", env!("CARGO_PKG_VERSION")));
    match proxy {
        Some(proxy) => builder.proxy(reqwest::Proxy::all(proxy.clone())?).build(),
        None => builder.build(),
    }
}

impl Provider for Wire {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        self.send(request).boxed()
    }
}

impl Wire {
    async fn send(&self, request: &Request) -> Result<Completion, ProviderError> {
        let body = self.speech.body(request, self.schema_in_prompt);
        let mut post = self.client.post(self.url(&request.model)?).json(&body);
        drop(body);
        if let Some(key) = &self.key {
            post = post.header(self.speech.key_header(), key.clone());
        }
        if self.speech == Speech::Anthropic {
            post = post.header("anthropic-version", anthropic::VERSION);
        }
        let mut response = post.send().await.map_err(|error| no_answer(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if status != StatusCode::OK {
            let body = capped(&mut response, LARGEST_ERROR).await?.unwrap_or_default();
            return Err(faults::of(status, &headers, &body));
        }
        let large = || ProviderError::Invalid(format!("it is larger than {} MB", LARGEST_ANSWER / 1024 / 1024));
        if response.content_length().is_some_and(|length| length > LARGEST_ANSWER as u64) {
            return Err(large());
        }
        let body = capped(&mut response, LARGEST_ANSWER).await?.ok_or_else(large)?;
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(ProviderError::Invalid("it is empty".to_owned()));
        }
        let answer: Value =
            serde_json::from_slice(&body).map_err(|_| ProviderError::Invalid("it is not JSON".to_owned()))?;
        self.speech.read(&answer, &request.model)
    }

    /// Below the base URL, with its query: some gateways want one.
    fn url(&self, model: &str) -> Result<Url, ProviderError> {
        let mut url = self
            .base
            .join(&self.speech.path(model))
            .map_err(|_| ProviderError::Invalid("there is no such address".to_owned()))?;
        url.set_query(self.base.query());
        Ok(url)
    }
}

/// The body, or `None` when there is more of it than `most`: the rest is then never read.
async fn capped(response: &mut reqwest::Response, most: usize) -> Result<Option<Vec<u8>>, ProviderError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Why no answer came. The error's own words name the address and are left out.
pub(super) fn no_answer(error: &reqwest::Error) -> ProviderError {
    ProviderError::Unreachable(if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        "no answer in time"
    } else if error.is_builder() {
        "the request cannot be sent"
    } else {
        "the connection broke off"
    })
}

impl Speech {
    fn body(self, request: &Request, schema_in_prompt: bool) -> Value {
        match self {
            Self::Anthropic => anthropic::body(request, schema_in_prompt),
            Self::OpenAi(flavour) => openai::body(request, flavour, schema_in_prompt),
            Self::Gemini => gemini::body(request, schema_in_prompt),
        }
    }

    fn read(self, answer: &Value, asked: &str) -> Result<Completion, ProviderError> {
        match self {
            Self::Anthropic => anthropic::read(answer, asked),
            Self::OpenAi(_) => openai::read(answer, asked),
            Self::Gemini => gemini::read(answer, asked),
        }
    }

    fn path(self, model: &str) -> String {
        match self {
            Self::Anthropic => "messages".to_owned(),
            Self::OpenAi(_) => "chat/completions".to_owned(),
            Self::Gemini => gemini::path(model),
        }
    }

    const fn key_header(self) -> HeaderName {
        match self {
            Self::Anthropic => HeaderName::from_static("x-api-key"),
            Self::OpenAi(_) => http::header::AUTHORIZATION,
            Self::Gemini => HeaderName::from_static("x-goog-api-key"),
        }
    }

    /// What stands before the key.
    pub(super) const fn key_prefix(self) -> &'static str {
        match self {
            Self::OpenAi(_) => "Bearer ",
            Self::Anthropic | Self::Gemini => "",
        }
    }
}
