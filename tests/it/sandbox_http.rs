//! The sandbox on a socket: signed deliveries, faults before and after, lag, virtual time.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};
use threadmodel::sandbox::webhooks::signature;
use threadmodel::sandbox::{Clock, Hostility, Sandbox, Shared, serve};

const SECRET: &str = "It's a Secret to Everybody";

type Received = Arc<Mutex<Vec<(HeaderMap, String)>>>;

async fn receiver() -> (String, Received) {
    let received = Received::default();
    let keep = async |State(received): State<Received>, headers: HeaderMap, body: String| {
        received.lock().unwrap().push((headers, body));
    };
    let router = Router::new().fallback(keep).with_state(received.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

struct Town {
    base: String,
    shared: Shared,
    client: reqwest::Client,
}

/// A public repository, so that reads need no token.
async fn town(hostility: Hostility, clock: Clock, hook: &str) -> Town {
    let mut sandbox = Sandbox::new(3, clock);
    sandbox.hostility = hostility;
    let shared = Shared::new(sandbox);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(serve(listener, shared.clone()));
    let town = Town { base, shared, client: reqwest::Client::builder().no_proxy().build().unwrap() };
    let seed = json!({
        "users": ["alice", "bob"],
        "orgs": [{"login": "acme", "owners": ["alice"], "members": ["bob"], "base": "write"}],
        "repos": [{"name": "acme/api", "files": {"a.md": "a\n"}}],
        "apps": [{"slug": "threadmodel", "owner": "acme", "webhook_url": hook, "webhook_secret": SECRET, "permissions": {"pull_requests": "write"}, "events": ["pull_request", "issue_comment"], "install": ["acme"]}],
        "pulls": [{"by": "alice", "repo": "acme/api", "title": "t", "head": "h", "files": {"b.md": "b\n"}}],
    });
    assert_eq!(town.post("/_sandbox/seed", &seed).await.0, 200);
    town
}

impl Town {
    async fn post(&self, target: &str, body: &Value) -> (u16, Value) {
        let answer = self.client.post(format!("{}{target}", self.base)).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn get(&self, target: &str) -> (u16, Value) {
        let answer = self.client.get(format!("{}{target}", self.base)).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn say(&self, body: &str) {
        let act = json!({"act": "comment", "by": "bob", "repo": "acme/api", "pull": 1, "body": body});
        assert_eq!(self.post("/_sandbox/act", &act).await.0, 200);
    }

    async fn comments(&self) -> usize {
        self.get("/repos/acme/api/issues/1/comments").await.1.as_array().unwrap().len()
    }
}

#[test]
fn signatures_are_githubs() {
    // The example of GitHub's documentation, "Validating webhook deliveries".
    let expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(signature(SECRET, b"Hello, World!"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_delivered_signed() {
    let (hook, received) = receiver().await;
    let town = town(Hostility::none(), Clock::Real { ahead: 0 }, &hook).await;
    town.say("hello").await;
    assert_eq!(town.post("/_sandbox/idle", &json!({})).await.1["idle"], json!(true));
    let received = received.lock().unwrap();
    let (headers, body) = received.iter().find(|(headers, _)| headers["x-github-event"] == "issue_comment").unwrap();
    assert_eq!(headers["x-hub-signature-256"], signature(SECRET, body.as_bytes()));
    let payload: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&payload["action"], &payload["comment"]["body"], &payload["sender"]["login"]),
        (&json!("created"), &json!("hello"), &json!("bob"))
    );
    assert!(payload["installation"]["id"].is_u64() && payload["repository"]["full_name"] == "acme/api");
    assert!(received.iter().any(|(headers, _)| headers["x-github-event"] == "pull_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_lost_and_doubled_on_demand() {
    for (hostility, expected) in [
        (Hostility { drop_deliveries: 1000, ..Hostility::none() }, 0),
        (Hostility { double_deliveries: 1000, ..Hostility::none() }, 2),
    ] {
        let (hook, received) = receiver().await;
        let town = town(hostility, Clock::Real { ahead: 0 }, &hook).await;
        town.say("hello").await;
        town.post("/_sandbox/idle", &json!({})).await;
        let received = received.lock().unwrap();
        let guids: Vec<_> = received
            .iter()
            .filter(|(headers, _)| headers["x-github-event"] == "issue_comment")
            .map(|(headers, _)| headers["x-github-delivery"].clone())
            .collect();
        assert_eq!(guids.len(), expected);
        assert!(guids.windows(2).all(|pair| pair[0] == pair[1]), "a doubled delivery keeps its GUID");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_lag_in_virtual_time() {
    let hostility = Hostility { lag_rest_ms: 30_000, ..Hostility::none() };
    let town = town(hostility, Clock::Fixed(1_790_000_000_000), "").await;
    town.shared.lock().advance(60_000);
    town.say("hello").await;
    let mut seen = Vec::new();
    for _ in 0..40 {
        seen.push(town.comments().await);
    }
    assert!(seen.contains(&0), "an immediate read may miss the comment");
    town.shared.lock().advance(31_000);
    for _ in 0..40 {
        assert_eq!(town.comments().await, 1, "after the longest lag everybody sees it");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_strikes_before_or_after_and_only_as_often_as_told() {
    let town = town(Hostility::none(), Clock::Real { ahead: 0 }, "").await;
    let installation = *town.shared.lock().world().state().installations.keys().next().unwrap();
    let token = town.shared.lock().token_for(installation);
    for (when, trouble, made) in
        [("before", json!({"status": 502}), 0), ("after", json!({"status": 502}), 1), ("after", json!("drop"), 2)]
    {
        let fault = json!([{"method": "POST", "contains": "/comments", "trouble": trouble, "when": when}]);
        assert_eq!(town.post("/_sandbox/faults", &fault).await.0, 200);
        let send = || {
            town.client
                .post(format!("{}/repos/acme/api/issues/1/comments", town.base))
                .bearer_auth(&token)
                .json(&json!({"body": "x"}))
                .send()
        };
        let failed = match send().await {
            Ok(answer) => answer.status().as_u16() == 502 || answer.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(failed);
        assert_eq!(town.comments().await, made, "{when} {trouble}");
    }
    let (_, limit) = town.get("/rate_limit").await;
    assert!(limit["rate"]["limit"].is_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_link_to_each_other_under_both_bases() {
    let town = town(Hostility { page_cap: 2, ..Hostility::none() }, Clock::Real { ahead: 0 }, "").await;
    for number in 0..5 {
        town.say(&number.to_string()).await;
    }
    let (mut next, mut seen) = (Some(format!("{}/api/v3/repos/acme/api/issues/1/comments?per_page=100", town.base)), 0);
    while let Some(url) = next {
        let answer = town.client.get(url).send().await.unwrap();
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
        next = link
            .split(", ")
            .find(|part| part.ends_with("rel=\"next\""))
            .map(|part| part[1..part.find('>').unwrap()].to_owned());
        seen += answer.json::<Vec<Value>>().await.unwrap().len();
    }
    assert_eq!(seen, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_answer_is_not_sent_again() {
    let town = town(Hostility::none(), Clock::Real { ahead: 0 }, "").await;
    let url = format!("{}/repos/acme/api/pulls/1", town.base);
    let tag = town.client.get(&url).send().await.unwrap().headers()["etag"].clone();
    assert_eq!(town.client.get(&url).header("if-none-match", &tag).send().await.unwrap().status(), 304);
    town.say("news").await;
    assert_eq!(town.client.get(&url).header("if-none-match", &tag).send().await.unwrap().status(), 200);
}
