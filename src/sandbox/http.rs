//! The sandbox on a socket: REST, GraphQL, the control API; faults before and after.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as HttpRequest, State as Shares};
use axum::response::Response;
use serde_json::json;
use tokio::net::TcpListener;

use super::faults::{Trouble, When};
use super::rest::{self, Answer, Content, Request};
use super::server::Shared;

/// Serves the sandbox on this listener, webhooks included, until the task is dropped. URLs in answers use the listener's address.
pub async fn serve(listener: TcpListener, shared: Shared) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    shared.lock().world_mut().origin = format!("http://{address}");
    let deliverer = tokio::spawn(super::webhooks::deliver(shared.clone()));
    let router = Router::new().fallback(handle).with_state(shared);
    let served = axum::serve(listener, router).await;
    deliverer.abort();
    served
}

async fn handle(Shares(shared): Shares<Shared>, request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, 64 * 1024 * 1024).await else {
        return respond(Answer::error(413, "Too large"));
    };
    let header =
        |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let path = percent_encoding::percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned();
    let request = Request {
        method: parts.method.to_string(),
        path: strip(&path),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        raw_query,
        authorization: header("authorization"),
        accept: header("accept"),
        if_none_match: header("if-none-match"),
        body: bytes.to_vec(),
    };
    if request.path.starts_with("/_sandbox") {
        return respond(super::control::serve(&shared, &request).await);
    }
    let (trouble, answer) = carry_out(&shared, &request);
    match trouble {
        None => respond(answer),
        // GraphQL tells of limits with HTTP 200.
        Some(Trouble::PrimaryLimit(_) | Trouble::SecondaryLimit(_)) if request.path == "/graphql" => {
            respond(super::graphql::rate_limited())
        }
        Some(trouble) => trouble_answer(trouble).await,
    }
}

/// `/api/v3/…` is Enterprise Server's base; `/api/graphql` its GraphQL.
fn strip(path: &str) -> String {
    let path = path.strip_prefix("/api/v3").unwrap_or(path);
    if path == "/api/graphql" { "/graphql".to_owned() } else { path.to_owned() }
}

fn carry_out(shared: &Shared, request: &Request) -> (Option<Trouble>, Answer) {
    let mut sandbox = shared.lock();
    sandbox.world_mut();
    let graphql = request.path == "/graphql";
    let document = if graphql { String::from_utf8_lossy(&request.body).into_owned() } else { String::new() };
    let write = request.method != "GET" && (!graphql || document.contains("mutation"));
    // Getting a token is left alone by chance: a client without one shows nothing.
    let quiet = request.path.starts_with("/app/installations");
    let saved = sandbox.hostility.clone();
    if quiet {
        (sandbox.hostility.write_faults, sandbox.hostility.read_faults) = (0, 0);
    }
    let trouble = sandbox.trouble(&request.method, &format!("{} {document}", request.path), write);
    sandbox.hostility = saved;
    let nothing = Answer { status: 502, body: Content::Empty, headers: Vec::new() };
    match trouble {
        Some((trouble, When::Before)) => (Some(trouble), nothing),
        other => {
            let answer =
                if graphql { super::graphql::serve(&mut sandbox, request) } else { rest::serve(&mut sandbox, request) };
            sandbox.collect();
            (other.map(|(trouble, _)| trouble), answer)
        }
    }
}

async fn trouble_answer(trouble: Trouble) -> Response {
    match trouble {
        Trouble::Status(code) => respond(Answer {
            status: code,
            body: Content::Raw(b"<html><body><h1>Unicorn!</h1></body></html>".to_vec()),
            headers: vec![("content-type", "text/html".to_owned())],
        }),
        Trouble::SecondaryLimit(seconds) => respond(rest::secondary_limit(seconds)),
        Trouble::PrimaryLimit(seconds) => {
            let mut answer = Answer::error(403, "API rate limit exceeded for installation.");
            let reset = super::server::wall() / 1000 + i64::try_from(seconds).unwrap_or(0);
            answer.headers.extend([
                ("x-ratelimit-limit", "5000".to_owned()),
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-reset", reset.to_string()),
            ]);
            respond(answer)
        }
        Trouble::Drop => {
            // A body that breaks: the client reads no answer.
            let broken =
                futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the connection was dropped")) });
            Response::new(Body::from_stream(broken))
        }
        Trouble::Hang(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            respond(Answer::json(502, json!({"message": "Server Error"})))
        }
    }
}

fn respond(answer: Answer) -> Response {
    let (bytes, kind) = match answer.body {
        Content::Json(body) => (body.to_string().into_bytes(), "application/json; charset=utf-8"),
        Content::Raw(bytes) => (bytes, "application/vnd.github.raw; charset=utf-8"),
        Content::Empty => (Vec::new(), ""),
    };
    let mut builder = Response::builder().status(answer.status).header("x-github-request-id", "SANDBOX");
    if !kind.is_empty() && !answer.headers.iter().any(|(name, _)| *name == "content-type") {
        builder = builder.header("content-type", kind);
    }
    for (name, value) in answer.headers {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(bytes)).unwrap_or_default()
}
