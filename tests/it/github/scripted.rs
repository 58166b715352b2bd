//! A server that answers as told and notes what it was asked: for what happens on the wire. What GitHub itself does is the
//! sandbox's part.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::signature::KeyPair as _;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use http::{HeaderMap, Method};
use secrecy::SecretString;
use serde_json::{Value, json};
use threadmodel::github::pacing::Pacing;
use threadmodel::github::{Endpoints, GitHub, GitHubConfig};
use threadmodel::review::marker::MarkerKey;

/// What to answer.
#[derive(Clone)]
pub enum Reply {
    Json(u16, Vec<(&'static str, String)>, Value),
    /// Nothing, ever: the request was taken in.
    Silence,
    /// The connection breaks within the answer.
    Broken,
    /// 200, with what this makes of the question.
    Made(Arc<dyn Fn(&Asked) -> Value + Send + Sync>),
}

pub fn ok(body: Value) -> Reply {
    Reply::Json(200, Vec::new(), body)
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Value,
}

#[derive(Clone, Default)]
pub struct Script {
    replies: Arc<Mutex<HashMap<String, VecDeque<Reply>>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Script {
    /// The next answers to `METHOD /path` (without its query); the last one stays.
    pub fn on(&self, what: &str, replies: impl IntoIterator<Item = Reply>) {
        self.replies.lock().unwrap().entry(what.to_owned()).or_default().extend(replies);
    }

    /// Answers to `what` from now on as `other` would.
    pub fn replace(&self, what: &str, other: &Self) {
        let replies = other.replies.lock().unwrap().remove(what);
        let mut ours = self.replies.lock().unwrap();
        ours.remove(what);
        ours.extend(replies.map(|r| (what.to_owned(), r)));
    }

    pub fn asked(&self, what: &str) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|a| format!("{} {}", a.method, a.target.split('?').next().unwrap()) == what)
            .cloned()
            .collect()
    }

    /// Starts the server; gives its address.
    pub async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(answer).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let expires = chrono::Utc::now() + chrono::Duration::hours(1);
        let token = json!({ "token": "ghs_a-token-of-some-length", "expires_at": expires.to_rfc3339() });
        self.on("POST /api/v3/app/installations/9/access_tokens", [Reply::Json(201, Vec::new(), token)]);
        base
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let target = parts.uri.path_and_query().unwrap().to_string();
    let what = format!("{} {}", parts.method, parts.uri.path());
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let asked = Asked { method: parts.method, target, headers: parts.headers, body };
    script.asked.lock().unwrap().push(asked.clone());
    let reply = {
        let mut replies = script.replies.lock().unwrap();
        match replies.get_mut(&what) {
            Some(queue) if queue.len() > 1 => queue.pop_front(),
            Some(queue) => queue.front().cloned(),
            None => None,
        }
    };
    match reply {
        Some(Reply::Json(status, headers, body)) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            response.body(Body::from(body.to_string())).unwrap()
        }
        Some(Reply::Made(make)) => Response::new(Body::from(make(&asked).to_string())),
        Some(Reply::Silence) => {
            std::future::pending::<()>().await;
            unreachable!()
        }
        Some(Reply::Broken) => {
            let parts = [Ok(bytes::Bytes::from("{\"id\"")), Err(std::io::Error::other("broken"))];
            Response::new(Body::from_stream(futures::stream::iter(parts)))
        }
        None => Response::builder().status(404).body(Body::from(r#"{"message":"Not Found"}"#)).unwrap(),
    }
}

/// A throw-away App key, made once: (private, public).
pub fn app_keys() -> &'static (String, String) {
    static KEYS: OnceLock<(String, String)> = OnceLock::new();
    let pem = |label: &str, der: &[u8]| {
        let packed = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = packed.as_bytes().chunks(64).map(|c| std::str::from_utf8(c).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    KEYS.get_or_init(|| {
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
    })
}

pub fn config(base: &str) -> GitHubConfig {
    let key = SecretString::from(app_keys().0.clone());
    let mut config = GitHubConfig::new(1, key, Endpoints::of(base).unwrap(), MarkerKey::new([7; 32]));
    config.pacing = Pacing::unlimited();
    config.timeout = Duration::from_secs(2);
    config.backoff = Duration::from_millis(5);
    config
}

pub fn client(base: &str) -> GitHub {
    GitHub::new(config(base)).unwrap()
}
