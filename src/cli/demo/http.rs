//! The demo's pages: the pull request, a file at a commit, the forms, and a long poll that says when something happened.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use tower_http::set_header::SetResponseHeaderLayer;

use super::markdown::escape;
use super::town::{REPOSITORY, Town};
use super::view::{self, Visit};

/// Nothing is loaded from anywhere else, and no script runs but ours.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// How long a poll waits for news.
const PATIENCE: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(100);

pub(super) fn router(town: Town) -> Router {
    Router::new()
        .route("/", get(show))
        .route(&format!("/{REPOSITORY}/pull/1"), get(show))
        .route(&format!("/{REPOSITORY}/blob/{{sha}}/{{*path}}"), get(source))
        .route("/act", post(act))
        .route("/version", get(version))
        .route(
            "/page.css",
            get(async || asset("text/css; charset=utf-8", include_str!("../../../templates/demo/page.css"))),
        )
        .route(
            "/page.js",
            get(async || asset("text/javascript; charset=utf-8", include_str!("../../../templates/demo/page.js"))),
        )
        .layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)))
        .layer(SetResponseHeaderLayer::overriding(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .with_state(town)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

fn failed(error: &impl std::fmt::Display) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, format!("The page cannot be shown: {error}\n")).into_response()
}

async fn show(State(town): State<Town>, Query(visit): Query<Visit>) -> Response {
    let (page, text, version) = match town.look() {
        Ok(seen) => seen,
        Err(error) => return failed(&error),
    };
    match view::page(&page, &town.document, text, version, &visit) {
        Ok(html) => Html(html).into_response(),
        Err(error) => failed(&error),
    }
}

/// A file with numbered lines, so that links to lines arrive.
async fn source(State(town): State<Town>, Path((sha, path)): Path<(String, String)>) -> Response {
    let Some(text) = town.file(&sha, &path) else {
        return (StatusCode::NOT_FOUND, "There is no such file at that commit.\n").into_response();
    };
    let lines: Vec<String> =
        (1_u32..).zip(text.lines()).map(|(n, line)| format!("<li id=\"L{n}\">{}</li>", escape(line))).collect();
    let lines = lines.concat();
    let (name, sha) = (escape(&path), escape(sha.get(..7).unwrap_or(&sha)));
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{name}</title><link rel=\"stylesheet\" href=\"/page.css\"></head><body class=\"file\"><p><a href=\"/\">Back to the pull request</a></p><h1>{name} <small>at {sha}</small></h1><ol>{lines}</ol></body></html>"
    ))
    .into_response()
}

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    since: usize,
}

/// Answers when something happened since, or after a while.
async fn version(State(town): State<Town>, Query(Since { since }): Query<Since>) -> Response {
    let mut waited = Duration::ZERO;
    while town.version() == since && waited < PATIENCE {
        tokio::time::sleep(TICK).await;
        waited += TICK;
    }
    axum::Json(serde_json::json!({"version": town.version()})).into_response()
}

/// Does what a form says, then shows the page again.
async fn act(State(town): State<Town>, Form(form): Form<BTreeMap<String, String>>) -> Redirect {
    let done = town.wish(&form).and_then(|act| town.act(&act).map_err(|refusal| refusal.to_string()));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("as", form.get("by").map_or("", String::as_str));
    if let Err(problem) = &done {
        query.append_pair("problem", problem);
    }
    let anchor: String = form
        .get("anchor")
        .into_iter()
        .flat_map(|a| a.chars())
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    let hash = if anchor.is_empty() { String::new() } else { format!("#{anchor}") };
    Redirect::to(&format!("/?{}{hash}", query.finish()))
}
