//! The webhook over HTTP: what is taken, what is refused and why, and that 202 means durable.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use threadmodel::github::webhook::signature;
use threadmodel::store::{Claim, PullKey, Scope, Standing, Store, WakeClass};
use threadmodel::time::{Millis, Timestamp};
use threadmodel::web::{Web, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const LEASE: Millis = Millis::minutes(2);
const CURRENT: &str = "the secret of today, of thirty-two bytes or more";
const PREVIOUS: &str = "the secret of yesterday, of thirty-two bytes or more";

fn router(store: &Store) -> axum::Router {
    let secrets = vec![SecretString::from(CURRENT), SecretString::from(PREVIOUS)];
    Web::new(store.clone(), secrets, 77, Arc::new(|| NOW)).router("/webhook")
}

struct Post {
    event: &'static str,
    guid: &'static str,
    secret: &'static str,
    body: Vec<u8>,
}

fn post(event: &'static str, payload: &Value) -> Post {
    Post {
        event,
        guid: "0b989ba4-242f-11e5-81e1-c7b6966d2516",
        secret: CURRENT,
        body: payload.to_string().into_bytes(),
    }
}

impl Post {
    fn request(self) -> Request<Body> {
        Request::post("/webhook")
            .header("X-GitHub-Event", self.event)
            .header("X-GitHub-Delivery", self.guid)
            .header("X-Hub-Signature-256", signature(&SecretString::from(self.secret), &self.body))
            .header("Content-Length", self.body.len())
            .body(Body::from(self.body))
            .unwrap()
    }

    async fn send(self, store: &Store) -> (StatusCode, String) {
        answer(store, self.request()).await
    }
}

async fn answer(store: &Store, request: Request<Body>) -> (StatusCode, String) {
    let response = router(store).oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn opened(number: u64) -> Value {
    json!({
        "action": "opened", "number": number,
        "pull_request": { "number": number, "head": { "sha": "a".repeat(40) } },
        "repository": { "id": 5, "name": "api", "owner": { "login": "acme" } },
        "installation": { "id": 9 },
        "sender": { "id": 3, "login": "ana", "type": "User" },
    })
}

async fn memory() -> Store {
    Store::in_memory().await.unwrap()
}

async fn claim(store: &Store) -> Option<Claim> {
    store.claim(NOW, LEASE).await.unwrap()
}

/// A pull request that was looked at and waits for nothing.
async fn known(store: &Store, number: u64) {
    post("pull_request", &opened(number)).send(store).await;
    let held = claim(store).await.unwrap();
    let standing = Standing {
        open: true,
        head: "a".repeat(40).into(),
        base: "main".into(),
        check: "threadmodel: main".into(),
        gate_open: false,
        updated_at: NOW,
    };
    store.note_standing(&held, standing, NOW).await.unwrap();
    store.release(held, None).await.unwrap();
}

#[tokio::test]
async fn a_signed_delivery_wakes_its_pull_request() {
    let store = memory().await;
    assert_eq!(post("pull_request", &opened(42)).send(&store).await, (StatusCode::ACCEPTED, "accepted\n".to_owned()));
    let held = claim(&store).await.unwrap();
    assert_eq!((held.pull, held.class), (PullKey { repository: 5, number: 42 }, WakeClass::Person));
    assert_eq!((held.label.owner.as_str(), held.label.name.as_str(), held.label.installation), ("acme", "api", 9));
}

#[tokio::test]
async fn both_secrets_count_while_they_are_rotated() {
    let store = memory().await;
    let mut old = post("pull_request", &opened(1));
    old.secret = PREVIOUS;
    assert_eq!(old.send(&store).await.0, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_wrong_signature_is_refused_and_leaves_nothing() {
    let store = memory().await;
    let mut forged = post("pull_request", &opened(1));
    forged.secret = "a guess";
    let (status, words) = forged.send(&store).await;
    assert_eq!(
        (status, words.as_str()),
        (StatusCode::UNAUTHORIZED, "the signature does not match the webhook secret\n")
    );

    let mut altered = post("pull_request", &opened(1)).request();
    *altered.body_mut() = Body::from(opened(2).to_string());
    assert_eq!(answer(&store, altered).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(claim(&store).await, None);
}

#[tokio::test]
async fn missing_headers_are_named() {
    let store = memory().await;
    for header in ["X-GitHub-Event", "X-GitHub-Delivery", "X-Hub-Signature-256"] {
        let mut request = post("pull_request", &opened(1)).request();
        request.headers_mut().remove(header);
        assert_eq!(
            answer(&store, request).await,
            (StatusCode::BAD_REQUEST, format!("the header {header} is missing\n"))
        );
    }
    for header in ["X-GitHub-Event", "X-GitHub-Delivery"] {
        let mut request = post("pull_request", &opened(1)).request();
        request.headers_mut().insert(header, "a b; DROP TABLE".parse().unwrap());
        let (status, words) = answer(&store, request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(words.contains(header) && !words.contains("DROP"), "{words}");
    }
    assert_eq!(claim(&store).await, None);
}

#[tokio::test]
async fn a_doubled_delivery_is_acknowledged_and_wakes_nobody() {
    let store = memory().await;
    post("pull_request", &opened(1)).send(&store).await;
    let held = claim(&store).await.unwrap();
    store.release(held, None).await.unwrap();
    assert_eq!(
        post("pull_request", &opened(1)).send(&store).await,
        (StatusCode::ACCEPTED, "already have it\n".to_owned())
    );
    assert_eq!(claim(&store).await, None);
}

#[tokio::test]
async fn an_event_that_means_nothing_is_acknowledged() {
    let store = memory().await;
    for event in ["ping", "star", "an_event_of_next_year"] {
        let (status, words) = post(event, &json!({ "zen": "Keep it logically awesome." })).send(&store).await;
        assert_eq!((status, words.as_str()), (StatusCode::ACCEPTED, "nothing to do for this event\n"));
    }
}

#[tokio::test]
async fn a_malformed_delivery_is_refused_with_a_reason() {
    let store = memory().await;
    for (body, expected) in [("not json", "not JSON"), ("[]", "not JSON"), ("{\"action\":\"opened\"}", "/repository")] {
        let mut odd = post("pull_request", &json!({}));
        odd.body = body.into();
        let (status, words) = odd.send(&store).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(words.contains(expected), "{words}");
    }
}

fn padded(size: usize) -> Vec<u8> {
    let mut body = opened(1).to_string().into_bytes();
    body.resize(size, b' ');
    body
}

#[tokio::test]
async fn twenty_five_megabytes_are_taken_and_a_byte_more_is_not() {
    const CAP: usize = 25 * 1024 * 1024;
    let store = memory().await;
    let mut most = post("pull_request", &json!({}));
    most.body = padded(CAP);
    assert_eq!(most.send(&store).await.0, StatusCode::ACCEPTED);

    let mut more = post("pull_request", &json!({}));
    more.body = padded(CAP + 1);
    let (status, words) = more.send(&store).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(words.contains("25 MB"), "{words}");

    // Without a length it is found out while reading.
    let mut silent = post("pull_request", &json!({}));
    silent.body = padded(CAP + 1);
    let mut silent = silent.request();
    silent.headers_mut().remove("Content-Length");
    assert_eq!(answer(&store, silent).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_202_means_that_it_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let (path, image) = (directory.path().join("a.sqlite"), directory.path().join("b.sqlite"));
    let store = Store::open(&path).await.unwrap();
    assert_eq!(post("pull_request", &opened(42)).send(&store).await.0, StatusCode::ACCEPTED);
    // The files at this moment are what a power cut would leave.
    for suffix in ["", "-wal"] {
        let name = |path: &Path| format!("{}{suffix}", path.display());
        std::fs::copy(name(&path), name(&image)).unwrap();
    }
    let after = Store::open(&image).await.unwrap();
    assert_eq!(claim(&after).await.unwrap().pull.number, 42);
    assert_eq!(post("pull_request", &opened(42)).send(&after).await.1, "already have it\n");
}

#[tokio::test]
async fn a_delivery_that_cannot_be_stored_is_not_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("t.sqlite")).await.unwrap();
    store.clone().close().await;
    assert_eq!(post("pull_request", &opened(1)).send(&store).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let ready = Request::get("/readyz").body(Body::empty()).unwrap();
    assert_eq!(answer(&store, ready).await.0, StatusCode::SERVICE_UNAVAILABLE);
    let live = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(answer(&store, live).await.0, StatusCode::OK);
}

fn pressed(app: u64) -> Value {
    json!({
        "action": "requested_action",
        "requested_action": { "identifier": "draft_now" },
        "check_run": { "id": 1, "name": "threadmodel: main", "head_sha": "a".repeat(40), "app": { "id": app } },
        "repository": { "id": 5, "name": "api", "owner": { "login": "acme" } },
        "installation": { "id": 9 },
        "sender": { "id": 3, "login": "ana", "type": "User" },
    })
}

#[tokio::test]
async fn a_button_is_kept_and_answered_at_once() {
    let store = memory().await;
    known(&store, 42).await;
    let mut button = post("check_run", &pressed(77));
    button.guid = "press-1";
    assert_eq!(button.send(&store).await.0, StatusCode::ACCEPTED);
    let held = claim(&store).await.unwrap();
    assert_eq!((held.pull.number, held.class), (42, WakeClass::Person));
    let record = store.load(held.pull).await.unwrap();
    let presses: Vec<_> =
        record.presses.iter().map(|p| (p.guid.as_str(), p.action.as_str(), p.login.as_str())).collect();
    assert_eq!(presses, [("press-1", "draft_now", "ana")]);

    let mut foreign = post("check_run", &pressed(78));
    foreign.guid = "press-2";
    assert_eq!(foreign.send(&store).await.0, StatusCode::ACCEPTED);
    assert_eq!(store.load(held.pull).await.unwrap().presses.len(), 1, "another app's button");
}

#[tokio::test]
async fn what_concerns_many_is_noted_and_spread_later() {
    let store = memory().await;
    let push = json!({
        "ref": "refs/heads/main",
        "repository": { "id": 5, "name": "api", "owner": { "login": "acme" } },
        "installation": { "id": 9 },
    });
    assert_eq!(post("push", &push).send(&store).await.0, StatusCode::ACCEPTED);
    let fanout = store.claim_fanout(NOW, LEASE).await.unwrap().unwrap();
    assert_eq!(fanout.scope, Scope::Branch { repository: 5, branch: "main".to_owned() });

    let team = json!({
        "action": "added", "team": { "slug": "security" }, "organization": { "login": "acme" },
        "installation": { "id": 9 }, "member": {}, "scope": "team",
    });
    let mut team = post("membership", &team);
    team.guid = "team-1";
    assert_eq!(team.send(&store).await.0, StatusCode::ACCEPTED);
    let fanout = store.claim_fanout(NOW, LEASE).await.unwrap().unwrap();
    assert_eq!(fanout.scope, Scope::Installation { installation: 9 });
}

#[tokio::test]
async fn health_and_metrics_speak_plainly() {
    let store = memory().await;
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let router = router(&store);
    router.clone().oneshot(post("pull_request", &opened(1)).request()).await.unwrap();
    for (path, expected) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        assert_eq!(answer(&store, get(path)).await, (StatusCode::OK, expected.to_owned()));
    }
    let response = router.oneshot(get("/metrics")).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    for line in ["threadmodel_deliveries_total{outcome=\"accepted\"} 1", "threadmodel_wakes{state=\"due\"} 1"] {
        assert!(text.lines().any(|l| l == line), "{text}");
    }
    assert_eq!(answer(&store, get("/webhook")).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn metrics_tell_reviews_apart_by_repository_and_methodology() {
    let store = memory().await;
    post("pull_request", &opened(1)).send(&store).await;
    let held = claim(&store).await.unwrap();
    let measures = threadmodel::review::measure::Measures {
        methodology: "stride\"}\n".to_owned(),
        answered: 3,
        to_green: Some(90),
        security_half_minutes: 5,
        ..Default::default()
    };
    store.note_measures(&held, &measures).await.unwrap();
    let (_, text) = answer(&store, Request::get("/metrics").body(Body::empty()).unwrap()).await;
    let labels = r#"{repository="acme/api",methodology="stride\"}\n"}"#;
    for (name, value) in [
        ("reviews", 1),
        ("review_answers", 3),
        ("review_security_seconds", 150),
        ("minutes_to_green_sum", 90),
        ("minutes_to_green_count", 1),
        ("minutes_to_first_answer_count", 0),
    ] {
        let line = format!("threadmodel_{name}{labels} {value}");
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
}

#[tokio::test]
async fn the_server_stops_when_told_and_a_request_in_flight_ends() {
    let store = Store::in_memory().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, router(&store), stop.clone()));

    // A request whose body is on its way when the stop comes.
    let payload = opened(7).to_string();
    let (first, rest) = payload.split_at(20);
    let head = format!(
        "POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-GitHub-Event: pull_request\r\nX-GitHub-Delivery: slow\r\n\
         X-Hub-Signature-256: {}\r\nContent-Length: {}\r\n\r\n{first}",
        signature(&SecretString::from(CURRENT), payload.as_bytes()),
        payload.len(),
    );
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    stop.cancel();
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    connection.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    server.await.unwrap().unwrap();
    assert_eq!(claim(&store).await.unwrap().pull.number, 7);
}
