//! A sandbox on a socket with a small town in it, and a plain HTTP client that records what it sees.

use std::sync::Mutex;

use serde_json::{Value, json};
use threadmodel::sandbox::{Clock, Hostility, Sandbox, Shared, serve};

use super::validate::Exchange;

/// The town: a client with its token, and everything that went over the wire.
pub struct Town {
    _shared: Shared,
    pub base: String,
    pub token: String,
    pub jwt: String,
    pub installation: u64,
    client: reqwest::Client,
    pub exchanges: Mutex<Vec<Exchange>>,
}

/// A throw-away key pair: (private key in PEM, public key in PEM).
fn keys() -> (String, String) {
    use aws_lc_rs::encoding::AsDer as _;
    use aws_lc_rs::signature::KeyPair as _;
    use base64::Engine as _;
    let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let pem = |label: &str, der: &[u8]| {
        format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
            base64::prelude::BASE64_STANDARD
                .encode(der)
                .as_bytes()
                .chunks(64)
                .map(|line| std::str::from_utf8(line).unwrap())
                .collect::<Vec<_>>()
                .join("\n")
        )
    };
    let private: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    (pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref()))
}

pub const DOC: &str = "# Sharing\n\nFiles can be shared.\n\nA link opens a file.\n\nLinks never expire.\n";

fn seed(public_key_pem: &str, permissions: &Value) -> Value {
    json!({
        "users": ["alice", "bob", "sam", "root"],
        "orgs": [{"login": "acme", "owners": ["root"], "members": ["alice", "bob", "sam"], "base": "read"}],
        "repos": [{"name": "acme/api", "private": true, "files": {".github/CODEOWNERS": "docs/ @acme/security\nx @nobody-here\n", "docs/old.md": "old\n", "src/a.rs": "fn a() {}\n"}, "collaborators": {"alice": "write", "bob": "write"}}],
        "teams": [{"name": "acme/staff", "members": ["bob"]}, {"name": "acme/security", "parent": "acme/staff", "members": ["sam"], "repos": {"acme/api": "write"}}],
        "apps": [{"slug": "threadmodel", "owner": "acme", "public_key_pem": public_key_pem, "permissions": permissions, "events": ["pull_request"], "install": ["acme"]}],
        "pulls": [
            {"by": "alice", "repo": "acme/api", "title": "Sharing", "body": "A design.", "head": "design", "files": {"docs/sharing.md": DOC, "docs/old.md": null}},
            {"by": "bob", "repo": "acme/api", "title": "Other", "head": "other", "draft": true, "files": {"src/a.rs": "fn b() {}\n"}},
        ],
        "protection": {"acme/api": {"main": {"required_checks": [{"context": "threadmodel: main", "app_id": null}], "required_approvals": 1, "code_owner_review": true, "conversation_resolution": true}}},
    })
}

impl Town {
    /// A town whose App has these permissions.
    pub async fn new(hostility: Hostility, permissions: Value) -> Self {
        let (private, public) = keys();
        let mut sandbox = Sandbox::new(11, Clock::Real { ahead: 0 });
        sandbox.hostility = hostility;
        let seed = serde_json::from_value(seed(&public, &permissions)).unwrap();
        let made = sandbox.world_mut().seed(&seed).unwrap();
        sandbox.world_mut().settle();
        let app = made["apps"]["threadmodel"]["id"].as_u64().unwrap();
        let installation = made["apps"]["threadmodel"]["installations"]["acme"].as_u64().unwrap();
        let shared = Shared::new(sandbox);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, shared.clone()));
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({"iat": now - 10, "exp": now + 500, "iss": app.to_string()});
        let key = jsonwebtoken::EncodingKey::from_rsa_pem(private.as_bytes()).unwrap();
        let jwt =
            jsonwebtoken::encode(&jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256), &claims, &key).unwrap();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        let mut town = Self {
            _shared: shared,
            base,
            token: String::new(),
            jwt,
            installation,
            client,
            exchanges: Mutex::new(Vec::new()),
        };
        let made = town.as_app("POST", &format!("/app/installations/{installation}/access_tokens"), json!({})).await;
        made.1["token"].as_str().expect("a token").clone_into(&mut town.token);
        town
    }

    /// Everything the product asks for, and `contents: write` to try resolving.
    pub fn all_permissions() -> Value {
        json!({"metadata": "read", "contents": "write", "pull_requests": "write", "issues": "write", "checks": "write", "merge_queues": "read", "members": "read"})
    }

    pub async fn as_app(&self, method: &str, target: &str, body: Value) -> (u16, Value) {
        self.send(method, target, body, &self.jwt, "application/vnd.github+json").await
    }

    /// Sends as the installation.
    pub async fn call(&self, method: &str, target: &str, body: Value) -> (u16, Value) {
        self.send(method, target, body, &self.token, "application/vnd.github+json").await
    }

    pub async fn send(&self, method: &str, target: &str, body: Value, credential: &str, accept: &str) -> (u16, Value) {
        let mut request =
            self.client.request(method.parse().unwrap(), format!("{}{target}", self.base)).header("accept", accept);
        if !credential.is_empty() {
            request = request.bearer_auth(credential);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let content_type =
            answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let text = answer.text().await.unwrap();
        let shown = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
        self.exchanges.lock().unwrap().push(Exchange {
            method: method.to_owned(),
            target: target.to_owned(),
            request: body,
            status,
            content_type,
            answer: text,
        });
        (status, shown)
    }

    /// A GraphQL request as the installation.
    pub async fn graphql(&self, document: &str, variables: Value) -> Value {
        self.send(
            "POST",
            "/graphql",
            json!({"query": document, "variables": variables}),
            &self.token,
            "application/json",
        )
        .await
        .1
    }
}
