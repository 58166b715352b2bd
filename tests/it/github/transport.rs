//! What leaves, how often, and what the answers mean.

use std::time::Duration;

use serde_json::{Value, json};
use threadmodel::github::{Failure, GitHub, ObserveError, Outcome, PullRef, RepoRef, Target};
use threadmodel::prose::markdown::words;
use threadmodel::review::effect::{Effect, LineComment};
use threadmodel::review::marker::{MarkerKey, PostKey, PostKind};
use threadmodel::review::wanted::WantedReviewer;

use super::scripted::{Reply, Script, client, config, ok};

const COMMENTS: &str = "POST /api/v3/repos/acme/api/issues/3/comments";
const REVIEWS: &str = "POST /api/v3/repos/acme/api/pulls/3/reviews";
const TOKENS: &str = "POST /api/v3/app/installations/9/access_tokens";
const PULLS: &str = "GET /api/v3/repos/acme/api/pulls";

const KEY: PostKey = PostKey::new(PostKind::Reminder, 1, 0, 0);

fn repo() -> RepoRef {
    RepoRef { id: 7, owner: "acme".into(), name: "api".into() }
}

fn target() -> Target {
    Target { pull: PullRef { installation: 9, repo: repo(), number: 3 }, pull_id: 33, head: "abc".into() }
}

fn comment() -> Effect {
    Effect::PostComment { key: KEY, body: words("hello"), attempts: 0 }
}

fn post(id: u64) -> Value {
    json!({ "id": id, "node_id": format!("IC_{id}") })
}

async fn stage() -> (Script, GitHub) {
    let script = Script::default();
    let base = script.serve().await;
    (script, client(&base))
}

#[tokio::test]
async fn a_post_goes_out_signed_with_the_headers_that_github_asks_for() {
    let (script, github) = stage().await;
    script.on(COMMENTS, [ok(post(5))]);
    let acted = github.act(&target(), &comment()).await;
    assert_eq!(acted.outcome, Outcome::Done);
    assert_eq!(acted.written.iter().map(|w| (w.key, w.id)).collect::<Vec<_>>(), [(KEY, 5)]);
    let asked = &script.asked(COMMENTS)[0];
    assert_eq!(asked.headers["authorization"], "Bearer ghs_a-token-of-some-length");
    assert_eq!(asked.headers["x-github-api-version"], "2022-11-28");
    assert!(asked.headers["user-agent"].to_str().unwrap().starts_with("threadmodel/"));
    let body = asked.body["body"].as_str().unwrap();
    assert_eq!(MarkerKey::new([7; 32]).read(7, 33, body), ("hello", Some(KEY)));
}

/// A write leaves once, whatever comes back.
#[tokio::test]
async fn a_write_whose_answer_is_lost_is_uncertain_and_not_repeated() {
    for reply in [Reply::Json(502, Vec::new(), json!({})), Reply::Broken, Reply::Silence] {
        let script = Script::default();
        let mut config = config(&script.serve().await);
        config.timeout = Duration::from_millis(300);
        let github = GitHub::new(config).unwrap();
        script.on(COMMENTS, [reply]);
        let acted = github.act(&target(), &comment()).await;
        assert!(matches!(acted.outcome, Outcome::Uncertain { .. }), "{acted:?}");
        assert_eq!(script.asked(COMMENTS).len(), 1);
    }
}

#[tokio::test]
async fn refusals_are_facts_and_limits_are_delays() {
    let (script, github) = stage().await;
    let quick = json!({ "message": "Validation Failed", "errors": ["was submitted too quickly"] });
    script.on(
        COMMENTS,
        [
            Reply::Json(422, Vec::new(), json!({ "message": "Unprocessable" })),
            Reply::Json(403, Vec::new(), json!({ "message": "Resource not accessible by integration" })),
            Reply::Json(403, vec![("retry-after", "17".into())], json!({ "message": "secondary rate limit" })),
            Reply::Json(422, Vec::new(), quick),
            Reply::Json(410, Vec::new(), json!({ "message": "locked" })),
        ],
    );
    let mut outcomes = Vec::new();
    for _ in 0..5 {
        outcomes.push(github.act(&target(), &comment()).await.outcome);
    }
    let refused = |status, why: &str| Outcome::Refused { status, why: why.into(), keys: vec![KEY] };
    let delay = |seconds, why: &str| Outcome::Delay { seconds, why: why.into() };
    assert_eq!(
        outcomes,
        [
            refused(422, "Unprocessable"),
            refused(403, "Resource not accessible by integration"),
            delay(17, "secondary rate limit"),
            delay(60, "Validation Failed; was submitted too quickly"),
            refused(410, "locked"),
        ]
    );
    assert_eq!(script.asked(COMMENTS).len(), 5);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let (script, github) = stage().await;
    let denied = Reply::Json(401, Vec::new(), json!({ "message": "Bad credentials" }));
    script.on(COMMENTS, [denied.clone(), ok(post(5))]);
    assert_eq!(github.act(&target(), &comment()).await.outcome, Outcome::Done);
    assert_eq!(script.asked(TOKENS).len(), 2);

    let (script, github) = stage().await;
    script.on(COMMENTS, [denied]);
    assert!(matches!(github.act(&target(), &comment()).await.outcome, Outcome::Delay { .. }));
    assert_eq!((script.asked(TOKENS).len(), script.asked(COMMENTS).len()), (2, 2));
}

#[tokio::test]
async fn many_requests_share_one_token() {
    let (script, github) = stage().await;
    script.on(COMMENTS, [ok(post(5))]);
    let at = target();
    let effect = comment();
    futures::future::join_all((0..20).map(|_| github.act(&at, &effect))).await;
    assert_eq!((script.asked(TOKENS).len(), script.asked(COMMENTS).len()), (1, 20));
    // The App proves itself with a JWT.
    let jwt = script.asked(TOKENS)[0].headers["authorization"].to_str().unwrap().to_owned();
    assert_eq!(jwt.trim_start_matches("Bearer ").split('.').count(), 3);
}

#[tokio::test]
async fn an_app_key_that_github_does_not_accept_is_told() {
    let script = Script::default();
    script.on(TOKENS, [Reply::Json(401, Vec::new(), json!({ "message": "A JSON web token could not be decoded" }))]);
    let github = client(&script.serve().await);
    // The first answer in the queue is the refusal above; there is no second request.
    let outcome = github.act(&target(), &comment()).await.outcome;
    assert!(
        matches!(&outcome, Outcome::Refused { status: 401, why, .. } if why.contains("private key")),
        "{outcome:?}"
    );
    assert!(script.asked(COMMENTS).is_empty());
}

#[tokio::test]
async fn a_review_carries_its_comments_and_learns_their_ids() {
    let (script, github) = stage().await;
    let question = |n| PostKey::new(PostKind::Question, 1, n, 0);
    let marked = |n| MarkerKey::new([7; 32]).sign(7, 33, question(n), "words");
    let us = json!({ "id": 1, "login": "threadmodel[bot]", "type": "Bot" });
    let them = json!({ "id": 2, "login": "mallory", "type": "User" });
    let row = |id: u64, n, user: &Value| json!({ "id": id, "node_id": format!("PRRC_{id}"), "body": marked(n), "user": user });
    script.on(
        "GET /api/v3/app/installations/9",
        [ok(json!({ "app_id": 1, "app_slug": "threadmodel", "created_at": "2026-01-01T00:00:00Z" }))],
    );
    script.on(REVIEWS, [ok(json!({ "id": 50, "node_id": "PRR_50" }))]);
    let next = vec![("link", "<http://x/?page=2>; rel=\"next\", <http://x/?page=2>; rel=\"last\"".to_owned())];
    script.on(
        "GET /api/v3/repos/acme/api/pulls/3/reviews/50/comments",
        [Reply::Json(200, next, json!([row(61, 1, &us), row(60, 2, &them)])), ok(json!([row(62, 2, &us)]))],
    );
    let line =
        |n, start_line| LineComment { key: question(n), path: "a.md".into(), line: 7, start_line, body: words("why") };
    let round = PostKey::new(PostKind::Round, 1, 0, 0);
    let comments = vec![line(1, Some(7)), line(2, Some(5))];
    let effect = Effect::PostReview { key: Some(round), body: words("round"), comments, attempts: 0 };
    let acted = github.act(&target(), &effect).await;
    assert_eq!(acted.outcome, Outcome::Done);
    let ids: Vec<_> = acted.written.iter().map(|w| (w.key, w.id)).collect();
    assert_eq!(ids, [(question(1), 61), (question(2), 62), (round, 50)]);

    let body = &script.asked(REVIEWS)[0].body;
    assert_eq!((&body["event"], &body["commit_id"]), (&json!("COMMENT"), &json!("abc")));
    assert!(body["comments"][0].get("start_line").is_none());
    assert_eq!((&body["comments"][1]["start_line"], &body["comments"][1]["line"]), (&json!(5), &json!(7)));
}

#[tokio::test]
async fn a_review_holds_twenty_comments_and_names_the_rest() {
    let (script, github) = stage().await;
    script.on(REVIEWS, [Reply::Json(422, Vec::new(), json!({ "message": "no" }))]);
    let key = |n| PostKey::new(PostKind::Question, 1, n, 0);
    let comments = (1..=23)
        .map(|n| LineComment { key: key(n), path: "a".into(), line: 1, start_line: None, body: words("w") })
        .collect();
    let acted = github.act(&target(), &Effect::PostReview { key: None, body: words("b"), comments, attempts: 0 }).await;
    assert_eq!(acted.unsent, [key(21), key(22), key(23)]);
    assert!(matches!(acted.outcome, Outcome::Refused { keys, .. } if keys.len() == 20));
    assert_eq!(script.asked(REVIEWS)[0].body["comments"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn reads_are_tried_again_and_paged_to_the_end() {
    let (script, github) = stage().await;
    let row = |number: u64, sha: &str, base: &str| json!({ "id": number, "number": number, "head": { "ref": "h", "sha": sha }, "base": { "ref": base, "sha": "b" } });
    let mut stacked = row(5, "abc", "layer-1");
    stacked["stack"] = json!({ "base": { "ref": "main", "sha": "b" } });
    let next = vec![("link", "<http://x/?page=2>; rel=\"next\"".to_owned())];
    script.on(
        PULLS,
        [
            Reply::Json(502, Vec::new(), json!({})),
            Reply::Json(200, next, json!([row(3, "abc", "main"), row(4, "other", "main")])),
            Reply::Broken,
            ok(json!([stacked])),
        ],
    );
    let open = github.open_pulls_on(9, &repo(), &"abc".into()).await.unwrap();
    assert!(open.complete);
    let found: Vec<_> = open.list.iter().map(|p| (p.pull.number, p.base.as_str())).collect();
    assert_eq!(found, [(3, "main"), (5, "main")]);
    let pages: Vec<bool> = script.asked(PULLS).iter().map(|a| a.target.contains("page=2")).collect();
    assert_eq!(pages, [false, false, true, true]);
}

#[tokio::test]
async fn a_graphql_limit_within_status_200_is_a_delay() {
    let (script, github) = stage().await;
    script.on(
        "GET /api/v3/app/installations/9",
        [ok(json!({ "app_id": 1, "app_slug": "t", "created_at": "2026-01-01T00:00:00Z" }))],
    );
    let repo_json = json!({ "id": 7 });
    let tip = |sha: &str| json!({ "ref": "main", "sha": sha, "repo": repo_json });
    script.on(
        "GET /api/v3/repos/acme/api/pulls/3",
        [ok(json!({ "id": 33, "number": 3, "head": tip("abc"), "base": tip("b") }))],
    );
    let limited = json!({ "errors": [{ "type": "RATE_LIMITED", "message": "API rate limit exceeded" }] });
    script.on("POST /api/graphql", [Reply::Json(200, vec![("retry-after", "1234".into())], limited)]);
    let error = github.observe(&target().pull, &threadmodel::github::Ask::default()).await.unwrap_err();
    assert_eq!(error, ObserveError::Failed(Failure::Delay { seconds: 1234, why: "API rate limit exceeded".into() }));
    assert_eq!(error.retry_after(), Some(1234));
}

#[tokio::test]
async fn a_name_that_somebody_else_took_is_not_read() {
    let (script, github) = stage().await;
    script.on(
        "GET /api/v3/app/installations/9",
        [ok(json!({ "app_id": 1, "app_slug": "t", "created_at": 1_700_000_000 }))],
    );
    let tip = json!({ "ref": "main", "sha": "b", "repo": { "id": 8 } });
    script.on("GET /api/v3/repos/acme/api/pulls/3", [ok(json!({ "id": 33, "number": 3, "head": tip, "base": tip }))]);
    let error = github.observe(&target().pull, &threadmodel::github::Ask::default()).await.unwrap_err();
    assert!(matches!(error, ObserveError::Gone(_)), "{error}");
}

#[tokio::test]
async fn a_request_for_a_review_that_github_refuses_is_a_fact() {
    let (script, github) = stage().await;
    let path = "POST /api/v3/repos/acme/api/pulls/3/requested_reviewers";
    script.on(
        path,
        [Reply::Json(422, Vec::new(), json!({ "message": "Reviews may only be requested from collaborators." }))],
    );
    let who = WantedReviewer { revision: 1, who: threadmodel::review::snapshot::UserId(4), login: "sam".into() };
    let acted = github.act(&target(), &Effect::RequestReview(who)).await;
    assert!(matches!(acted.outcome, Outcome::Refused { status: 422, keys, .. } if keys.is_empty()));
    assert_eq!(script.asked(path)[0].body, json!({ "reviewers": ["sam"] }));
}

/// The paces of tests are counted in the client's own time.
#[tokio::test]
async fn writes_beyond_the_pace_are_delays_that_never_leave() {
    let script = Script::default();
    let mut config = config(&script.serve().await);
    config.pacing =
        threadmodel::github::pacing::Pacing { per_minute: 5, ..threadmodel::github::pacing::Pacing::unlimited() };
    config.pacing.longest_wait = threadmodel::time::Millis(0);
    let github = GitHub::new(config).unwrap();
    script.on(COMMENTS, [ok(post(5))]);
    for _ in 0..4 {
        assert_eq!(github.act(&target(), &comment()).await.outcome, Outcome::Done);
    }
    assert!(matches!(github.act(&target(), &comment()).await.outcome, Outcome::Delay { .. }));
    assert_eq!(script.asked(COMMENTS).len(), 4);
}

#[tokio::test]
async fn a_doubled_comment_goes_and_a_doubled_review_becomes_a_line_without_a_marker() {
    let (script, github) = stage().await;
    script.on("DELETE /api/v3/repos/acme/api/issues/comments/6", [Reply::Json(404, Vec::new(), json!({}))]);
    let acted = github.act(&target(), &Effect::Undouble { key: KEY, id: 6, first: 5 }).await;
    assert_eq!(acted.outcome, Outcome::Done);
    let path = "PUT /api/v3/repos/acme/api/pulls/3/reviews/8";
    script.on(path, [ok(json!({ "id": 8 }))]);
    let key = PostKey::new(PostKind::Draft, 1, 0, 0);
    let acted = github.act(&target(), &Effect::Undouble { key, id: 8, first: 7 }).await;
    assert_eq!(acted.outcome, Outcome::Done);
    let asked = script.asked(path);
    let body = asked[0].body["body"].as_str().unwrap();
    assert!(body.contains("#pullrequestreview-7") && !body.contains("<!--"), "{body}");
}
