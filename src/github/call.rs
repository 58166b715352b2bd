//! Calls on behalf of an installation. Reads are tried a bounded number of times; a write leaves once.

use std::time::Duration;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::GitHub;
use super::limits::{Class, Failure, classify};
use super::pacing::Write;
use super::transport::{Answer, Auth};

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One segment of a path, or one value of a query.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A list that was read to its end, or to where we stop.
pub(crate) struct List<T> {
    pub(crate) items: Vec<T>,
    pub(crate) complete: bool,
}

impl GitHub {
    /// Reads `path` (with its query) and decodes it.
    pub(crate) async fn get<T: DeserializeOwned>(&self, installation: u64, path: &str) -> Result<T, Failure> {
        let url = format!("{}{path}", self.inner.config.endpoints.rest);
        self.read(installation, &url, None).await?.json()
    }

    /// Whether `path` is there: GitHub answers some questions by 204 or 404 alone.
    pub(crate) async fn is_there(&self, installation: u64, path: &str) -> Result<bool, Failure> {
        let url = format!("{}{path}", self.inner.config.endpoints.rest);
        match self.read(installation, &url, None).await {
            Ok(_) => Ok(true),
            Err(Failure::Refused { status: 404, .. }) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// One answer to a GET, tried again while that may help; 304 without a body when it still has this ETag.
    async fn read(&self, installation: u64, url: &str, etag: Option<&str>) -> Result<Answer, Failure> {
        let mut patience = self.patience();
        loop {
            match self.once_unless(installation, Method::GET, url, None, etag).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    /// Reads `path` as the App itself.
    pub(crate) async fn get_as_app<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.read_as_app(&format!("{}{path}", self.inner.config.endpoints.rest)).await?.json()
    }

    async fn read_as_app(&self, url: &str) -> Result<Answer, Failure> {
        let mut patience = self.patience();
        loop {
            match self.once_as_app(url).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    /// Reads a list as the App itself, as [`GitHub::get_all`] does.
    pub(crate) async fn get_all_as_app<P: DeserializeOwned, T>(
        &self,
        path: &str,
        most: usize,
        pick: impl Fn(P) -> Vec<T>,
    ) -> Result<List<T>, Failure> {
        let mut items = Vec::new();
        for page in 1..=most.max(1) {
            let url = self.page_url(path, page);
            let answer = self.read_as_app(&url).await?;
            items.extend(pick(answer.json::<P>()?));
            if !answer.has_next() {
                return Ok(List { items, complete: true });
            }
            if items.len() >= most {
                break;
            }
        }
        Ok(List { items, complete: false })
    }

    /// One page of a list; 304 without a body when it still has this ETag.
    pub(crate) async fn page(
        &self,
        installation: u64,
        path: &str,
        page: usize,
        etag: Option<&str>,
    ) -> Result<Answer, Failure> {
        self.read(installation, &self.page_url(path, page), etag).await
    }

    fn page_url(&self, path: &str, page: usize) -> String {
        let joint = if path.contains('?') { '&' } else { '?' };
        let config = &self.inner.config;
        format!("{}{path}{joint}per_page={}&page={page}", config.endpoints.rest, config.page_size)
    }

    async fn once_as_app(&self, url: &str) -> Result<Answer, Failure> {
        let jwt = self.inner.tokens.jwt(self.now())?;
        let answer = self.inner.transport.send(Method::GET, url, Auth::Bearer(&jwt), None, None).await?;
        match classify(answer.status, &answer.headers, &answer.body, self.now()) {
            Class::Ok | Class::NotModified => Ok(answer),
            Class::Unauthorised { why } => Err(super::auth::bad_key(&why)),
            Class::Failed(failure) => Err(failure),
        }
    }

    /// Reads a list page by page until it ends or holds `most` items. `pick` takes the items out of a page.
    pub(crate) async fn get_all<P: DeserializeOwned, T>(
        &self,
        installation: u64,
        path: &str,
        most: usize,
        pick: impl Fn(P) -> Vec<T>,
    ) -> Result<List<T>, Failure> {
        let mut items = Vec::new();
        // Every page but the last holds something, so `most` pages are enough for `most` items.
        for page in 1..=most.max(1) {
            let answer = self.page(installation, path, page, None).await?;
            items.extend(pick(answer.json::<P>()?));
            if !answer.has_next() {
                return Ok(List { items, complete: true });
            }
            if items.len() >= most {
                break;
            }
        }
        Ok(List { items, complete: false })
    }

    /// Writes once, when the pace allows.
    pub(crate) async fn write(
        &self,
        installation: u64,
        kind: Write,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let wait = self.inner.limiter.book(installation, kind, self.now()).map_err(|wait| Failure::Delay {
            seconds: u64::try_from(wait.0).unwrap_or(0).div_ceil(1_000),
            why: "our own pace for this installation".to_owned(),
        })?;
        if let Some(wait) = u64::try_from(wait.0).ok().filter(|ms| *ms > 0) {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let url = format!("{}{path}", self.inner.config.endpoints.rest);
        self.once(installation, method, &url, body).await
    }

    /// One request with the installation's token. A refused token is replaced once: GitHub carried nothing out.
    pub(crate) async fn once(
        &self,
        installation: u64,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        self.once_unless(installation, method, url, body, None).await
    }

    async fn once_unless(
        &self,
        installation: u64,
        method: Method,
        url: &str,
        body: Option<&Value>,
        etag: Option<&str>,
    ) -> Result<Answer, Failure> {
        for last in [false, true] {
            // No write has left yet, so a token that could not be had is a delay, not an unknown outcome.
            let token = self.token(installation).await.map_err(|failure| match failure {
                Failure::Uncertain { why } if method != Method::GET => Failure::Delay { seconds: 5, why },
                other => other,
            })?;
            let answer = self.inner.transport.send(method.clone(), url, Auth::Bearer(&token), body, etag).await?;
            match classify(answer.status, &answer.headers, &answer.body, self.now()) {
                Class::Ok | Class::NotModified => return Ok(answer),
                Class::Unauthorised { why } => {
                    self.forget_token(installation, &token).await;
                    if last {
                        return Err(Failure::Delay {
                            seconds: 60,
                            why: format!("GitHub refuses a fresh token: {why}"),
                        });
                    }
                }
                Class::Failed(failure) => return Err(failure),
            }
        }
        Err(Failure::Delay { seconds: 60, why: "GitHub refuses the token".to_owned() })
    }

    /// How often and how long a read may be tried again.
    pub(crate) fn patience(&self) -> Patience {
        let config = &self.inner.config;
        Patience { left: config.read_attempts.max(1) - 1, pause: config.backoff, longest: config.longest_wait }
    }
}

/// Tries a read again while that may help and does not take long.
pub(crate) struct Patience {
    left: u32,
    pause: Duration,
    longest: Duration,
}

impl Patience {
    /// Waits before the next try, or gives the failure back when there is none.
    pub(crate) async fn after(&mut self, failure: Failure) -> Result<(), Failure> {
        let wait = match &failure {
            Failure::Refused { .. } => return Err(failure),
            Failure::Delay { seconds, .. } => Duration::from_secs(*seconds),
            Failure::Uncertain { .. } => self.pause,
        };
        if self.left == 0 || wait > self.longest {
            return Err(failure);
        }
        self.left -= 1;
        tokio::time::sleep(wait).await;
        self.pause = self.pause.saturating_mul(2);
        Ok(())
    }
}
