//! Authentication as a GitHub App: a short-lived JWT for the App itself, and a token for each installation, kept until shortly
//! before it expires.
//!
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>,
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app>

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::limits::{Class, Failure, classify};
use super::transport::Auth;
use super::{GitHub, SetupError};
use crate::time::{Millis, Timestamp};

/// A token is not used any more in its last minutes: a request that starts now must still end within its life.
const MARGIN: Millis = Millis::minutes(5);

/// The App's key and the tokens of its installations. Their length and form are GitHub's business: nothing here looks at it.
pub(crate) struct Tokens {
    app_id: u64,
    key: EncodingKey,
    /// One slot per installation; its lock is held while a token is fetched, so that only one request does it.
    slots: Mutex<HashMap<u64, Arc<tokio::sync::Mutex<Option<Token>>>>>,
}

#[derive(Clone)]
struct Token {
    secret: SecretString,
    expires: Timestamp,
}

#[derive(Serialize)]
struct Claims {
    iat: i64,
    exp: i64,
    iss: String,
}

/// GitHub's answer to POST access_tokens.
#[derive(Deserialize)]
struct Answer {
    token: SecretString,
    expires_at: chrono::DateTime<chrono::Utc>,
}

impl Tokens {
    pub(crate) fn new(app_id: u64, pem: &SecretString) -> Result<Self, SetupError> {
        let key =
            EncodingKey::from_rsa_pem(pem.expose_secret().as_bytes()).map_err(|e| SetupError::Key(e.to_string()))?;
        Ok(Self { app_id, key, slots: Mutex::default() })
    }

    /// The App's own token: issued a minute ago against clock drift, good for nine minutes (GitHub allows ten).
    pub(crate) fn jwt(&self, now: Timestamp) -> Result<SecretString, Failure> {
        let seconds = now.0.div_euclid(1_000);
        let claims = Claims { iat: seconds - 60, exp: seconds + 9 * 60, iss: self.app_id.to_string() };
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key)
            .map(SecretString::from)
            .map_err(|e| Failure::Refused { status: 0, why: format!("the App's token could not be signed: {e}") })
    }

    fn slot(&self, installation: u64) -> Arc<tokio::sync::Mutex<Option<Token>>> {
        Arc::clone(self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(installation).or_default())
    }
}

impl GitHub {
    /// The token of an installation, fetched when there is none that lives long enough.
    pub(crate) async fn token(&self, installation: u64) -> Result<SecretString, Failure> {
        let slot = self.inner.tokens.slot(installation);
        let mut held = slot.lock().await;
        if let Some(token) = held.as_ref().filter(|t| t.expires > self.now().after(MARGIN)) {
            return Ok(token.secret.clone());
        }
        let token = self.fetch_token(installation).await?;
        let secret = token.secret.clone();
        *held = Some(token);
        Ok(secret)
    }

    /// Forgets a token that GitHub refused, unless somebody has replaced it already.
    pub(crate) async fn forget_token(&self, installation: u64, refused: &SecretString) {
        let slot = self.inner.tokens.slot(installation);
        let mut held = slot.lock().await;
        if held.as_ref().is_some_and(|t| t.secret.expose_secret() == refused.expose_secret()) {
            *held = None;
        }
    }

    async fn fetch_token(&self, installation: u64) -> Result<Token, Failure> {
        let jwt = self.inner.tokens.jwt(self.now())?;
        let url = format!("{}/app/installations/{installation}/access_tokens", self.inner.config.endpoints.rest);
        let answer = self.inner.transport.send(http::Method::POST, &url, Auth::Bearer(&jwt), None, None).await?;
        match classify(answer.status, &answer.headers, &answer.body, self.now()) {
            Class::Ok | Class::NotModified => {}
            Class::Unauthorised { why } => return Err(bad_key(&why)),
            Class::Failed(failure) => return Err(failure),
        }
        let answer: Answer = answer.json()?;
        Ok(Token { secret: answer.token, expires: Timestamp(answer.expires_at.timestamp_millis()) })
    }
}

pub(super) fn bad_key(why: &str) -> Failure {
    Failure::Refused {
        status: 401,
        why: format!(
            "GitHub does not accept the App's key ({why}); check the App id, the private key and this machine's clock"
        ),
    }
}
