//! Every REST operation of the sandbox, driven over HTTP, every exchange judged by GitHub's OpenAPI description.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use threadmodel::sandbox::Hostility;

use super::sandbox_town::Town;
use super::shared::shared_json;
use super::validate::Rest;

/// The sandbox has them, the description at hand does not.
const NOT_DESCRIBED: [(&str, &str); 6] = [
    ("GET", "/issues/"),
    ("GET", "/teams/security/repos/"),
    ("DELETE", "/pulls/comments/"),
    ("DELETE", "/issues/comments/"),
    ("GET", "/pulls/comments/"),
    ("GET", "/issues/comments/"),
];

/// What is annoying but breaks no single exchange.
fn hostile() -> Hostility {
    Hostility {
        lag_rest_ms: 0,
        lag_graphql_ms: 0,
        lag_checks_ms: 0,
        write_faults: 0,
        read_faults: 0,
        ..Hostility::default()
    }
}

async fn drive(town: &Town) {
    let repo = "/repos/acme/api";
    let expect = |wanted: u16, (status, body): (u16, Value)| {
        assert_eq!(status, wanted, "{body}");
        body
    };
    for target in [
        "/app",
        "/app/installations?per_page=1",
        "/app/hook/deliveries?per_page=2",
        &format!("{repo}/installation"),
        &format!("/app/installations/{}", town.installation),
    ] {
        expect(200, town.as_app("GET", target, Value::Null).await);
    }
    expect(404, town.as_app("GET", "/app/installations/5", Value::Null).await);
    let narrow = json!({"permissions": {"contents": "read"}, "repositories": ["api"]});
    expect(201, town.as_app("POST", &format!("/app/installations/{}/access_tokens", town.installation), narrow).await);
    let too_much = json!({"permissions": {"administration": "write"}});
    expect(
        422,
        town.as_app("POST", &format!("/app/installations/{}/access_tokens", town.installation), too_much).await,
    );
    expect(401, town.send("GET", "/app", Value::Null, "nonsense.jwt.here", "application/json").await);

    let pull = expect(200, town.call("GET", &format!("{repo}/pulls/1"), Value::Null).await);
    let head = pull["head"]["sha"].as_str().unwrap().to_owned();
    let blob = expect(200, town.call("GET", &format!("{repo}/contents/docs/sharing.md?ref={head}"), Value::Null).await)
        ["sha"]
        .as_str()
        .unwrap()
        .to_owned();
    let reads = [
        "/rate_limit".to_owned(),
        "/installation/repositories?per_page=1".to_owned(),
        repo.to_owned(),
        format!("{repo}/contents/docs?ref={head}"),
        format!("{repo}/git/trees/{head}?recursive=1"),
        format!("{repo}/git/trees/main"),
        format!("{repo}/git/blobs/{blob}"),
        format!("{repo}/compare/main...{head}"),
        format!("{repo}/compare/main...{head}?per_page=1&page=2"),
        format!("{repo}/commits/{head}"),
        format!("{repo}/commits/main"),
        format!("{repo}/codeowners/errors?ref=main"),
        format!("{repo}/pulls?state=all&sort=updated&direction=desc&per_page=1"),
        format!("{repo}/pulls?head=acme:design&base=main"),
        format!("{repo}/pulls/1/files?per_page=1"),
        format!("{repo}/pulls/1/commits"),
        format!("{repo}/pulls/1/requested_reviewers"),
        format!("{repo}/collaborators/alice/permission"),
        format!("{repo}/rules/branches/main"),
        "/orgs/acme/teams/security/members".to_owned(),
        "/orgs/acme/teams/security/memberships/sam".to_owned(),
    ];
    for target in &reads {
        expect(200, town.call("GET", target, Value::Null).await);
    }
    expect(204, town.call("GET", "/orgs/acme/members/alice", Value::Null).await);
    expect(404, town.call("GET", "/orgs/acme/members/nobody", Value::Null).await);
    expect(404, town.call("GET", "/orgs/acme/teams/security/memberships/alice", Value::Null).await);
    expect(404, town.call("GET", "/repos/acme/nothing", Value::Null).await);

    let comments = json!([{"path": "docs/sharing.md", "line": 5, "side": "RIGHT", "body": "Who?"}, {"path": "docs/sharing.md", "start_line": 3, "line": 5, "start_side": "RIGHT", "side": "RIGHT", "body": "Why?"}]);
    let review = expect(
        200,
        town.call(
            "POST",
            &format!("{repo}/pulls/1/reviews"),
            json!({"event": "COMMENT", "body": "Questions", "commit_id": head, "comments": comments}),
        )
        .await,
    );
    let id = review["id"].as_u64().unwrap();
    let outside = json!({"event": "COMMENT", "body": "x", "comments": [{"path": "docs/sharing.md", "line": 50, "side": "RIGHT", "body": "?"}]});
    expect(422, town.call("POST", &format!("{repo}/pulls/1/reviews"), outside).await);
    let pending =
        expect(200, town.call("POST", &format!("{repo}/pulls/2/reviews"), json!({"body": "later"})).await)["id"]
            .as_u64()
            .unwrap();
    expect(
        200,
        town.call(
            "POST",
            &format!("{repo}/pulls/2/reviews/{pending}/events"),
            json!({"event": "REQUEST_CHANGES", "body": "now"}),
        )
        .await,
    );
    expect(
        200,
        town.call(
            "PUT",
            &format!("{repo}/pulls/2/reviews/{pending}/dismissals"),
            json!({"message": "never mind", "event": "DISMISS"}),
        )
        .await,
    );
    expect(
        422,
        town.call("PUT", &format!("{repo}/pulls/1/reviews/{id}/dismissals"), json!({"message": "only a comment"}))
            .await,
    );
    expect(200, town.call("PUT", &format!("{repo}/pulls/1/reviews/{id}"), json!({"body": "Questions, edited"})).await);
    expect(200, town.call("GET", &format!("{repo}/pulls/1/reviews"), Value::Null).await);
    let listed = expect(200, town.call("GET", &format!("{repo}/pulls/1/reviews/{id}/comments"), Value::Null).await);
    let comment = listed[0]["id"].as_u64().unwrap();
    expect(200, town.call("GET", &format!("{repo}/pulls/1/comments?sort=created&direction=asc"), Value::Null).await);
    expect(
        201,
        town.call(
            "POST",
            &format!("{repo}/pulls/1/comments"),
            json!({"body": "line", "commit_id": head, "path": "docs/sharing.md", "line": 1, "side": "RIGHT"}),
        )
        .await,
    );
    expect(
        201,
        town.call(
            "POST",
            &format!("{repo}/pulls/1/comments"),
            json!({"body": "file", "commit_id": head, "path": "docs/sharing.md", "subject_type": "file"}),
        )
        .await,
    );
    expect(
        422,
        town.call(
            "POST",
            &format!("{repo}/pulls/1/comments"),
            json!({"body": "no", "commit_id": head, "path": "src/a.rs", "line": 1}),
        )
        .await,
    );
    let reply = expect(
        201,
        town.call("POST", &format!("{repo}/pulls/1/comments/{comment}/replies"), json!({"body": "a reply"})).await,
    )["id"]
        .as_u64()
        .unwrap();
    expect(200, town.call("PATCH", &format!("{repo}/pulls/comments/{comment}"), json!({"body": "edited"})).await);
    expect(
        201,
        town.call("POST", &format!("{repo}/pulls/comments/{comment}/reactions"), json!({"content": "eyes"})).await,
    );
    expect(
        200,
        town.call("POST", &format!("{repo}/pulls/comments/{comment}/reactions"), json!({"content": "eyes"})).await,
    );
    expect(204, town.call("DELETE", &format!("{repo}/pulls/comments/{reply}"), Value::Null).await);
    let said =
        expect(201, town.call("POST", &format!("{repo}/issues/1/comments"), json!({"body": "hello"})).await)["id"]
            .as_u64()
            .unwrap();
    expect(200, town.call("GET", &format!("{repo}/issues/1/comments?since=2020-01-01T00:00:00Z"), Value::Null).await);
    expect(404, town.call("GET", &format!("{repo}/issues/99/comments"), Value::Null).await);
    expect(200, town.call("PATCH", &format!("{repo}/issues/comments/{said}"), json!({"body": "hello again"})).await);
    expect(201, town.call("POST", &format!("{repo}/issues/comments/{said}/reactions"), json!({"content": "+1"})).await);
    expect(200, town.call("POST", &format!("{repo}/issues/1/labels"), json!({"labels": ["security"]})).await);
    expect(
        201,
        town.call(
            "POST",
            &format!("{repo}/pulls/1/requested_reviewers"),
            json!({"reviewers": ["bob"], "team_reviewers": ["security"]}),
        )
        .await,
    );
    expect(
        422,
        town.call("POST", &format!("{repo}/pulls/1/requested_reviewers"), json!({"reviewers": ["alice"]})).await,
    );
    let run = json!({"name": "threadmodel: main", "head_sha": head, "status": "in_progress", "external_id": "x", "output": {"title": "t", "summary": "s"}});
    let run = expect(201, town.call("POST", &format!("{repo}/check-runs"), run).await)["id"].as_u64().unwrap();
    let finish = json!({"status": "completed", "conclusion": "action_required", "actions": [{"label": "Draft now", "description": "d", "identifier": "draft"}]});
    expect(200, town.call("PATCH", &format!("{repo}/check-runs/{run}"), finish).await);
    expect(200, town.call("GET", &format!("{repo}/check-runs/{run}"), Value::Null).await);
    expect(
        200,
        town.call(
            "GET",
            &format!("{repo}/commits/{head}/check-runs?check_name=threadmodel%3A%20main&filter=latest"),
            Value::Null,
        )
        .await,
    );

    // A push makes threads outdated: their comments must still be as described.
    let push = json!({"act": "push", "by": "alice", "repo": "acme/api", "branch": "design", "message": "m", "edits": [{"path": "docs/sharing.md", "text": "# All new\n"}]});
    expect(200, town.call("POST", "/_sandbox/act", push).await);
    expect(200, town.call("GET", &format!("{repo}/pulls/1/comments"), Value::Null).await);
    expect(200, town.call("GET", &format!("{repo}/pulls/1/reviews/{id}/comments"), Value::Null).await);
    expect(200, town.call("GET", &format!("{repo}/pulls/1"), Value::Null).await);
    for _ in 0..200 {
        let sent = expect(200, town.as_app("GET", "/app/hook/deliveries?per_page=1", Value::Null).await);
        if let Some(delivery) = sent[0]["id"].as_u64() {
            expect(202, town.as_app("POST", &format!("/app/hook/deliveries/{delivery}/attempts"), Value::Null).await);
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no delivery was ever listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_as_github_describes() {
    let Some(description) = shared_json::<Value>("github/openapi.json", 1) else { return };
    let operations: BTreeSet<String> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .filter(|(_, value)| value["operationId"].is_string())
                .map(move |(method, _)| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let rest = Rest::new(description);
    let mut touched = BTreeSet::new();
    for hostility in [Hostility::none(), hostile()] {
        let town = Town::new(hostility, Town::all_permissions()).await;
        drive(&town).await;
        for exchange in
            town.exchanges.lock().unwrap().iter().filter(|exchange| !exchange.target.starts_with("/_sandbox"))
        {
            match rest.check(exchange) {
                // The answer to a bad request may follow a bad request.
                Some(wrong) => assert!(
                    wrong.is_empty(),
                    "{} {} → {}: {wrong:#?}\n{}",
                    exchange.method,
                    exchange.target,
                    exchange.status,
                    exchange.answer
                ),
                None => assert!(
                    NOT_DESCRIBED
                        .iter()
                        .any(|(method, part)| exchange.method == *method && exchange.target.contains(part)),
                    "{} {}",
                    exchange.method,
                    exchange.target
                ),
            }
            touched.extend(rest.name(exchange));
        }
    }
    let left: Vec<&String> = operations.difference(&touched).collect();
    assert!(left.is_empty(), "operations never driven: {left:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_asks_its_permission() {
    let mut all = Town::all_permissions();
    for (name, level) in [("pull_requests", "read"), ("issues", "read"), ("checks", "read")] {
        all[name] = json!(level);
    }
    let town = Town::new(Hostility::none(), all).await;
    let repo = "/repos/acme/api";
    let head = town.call("GET", &format!("{repo}/pulls/1"), Value::Null).await.1["head"]["sha"].clone();
    for (target, body) in [
        (format!("{repo}/pulls/1/reviews"), json!({"event": "COMMENT", "body": "x"})),
        (format!("{repo}/issues/1/comments"), json!({"body": "x"})),
        (format!("{repo}/check-runs"), json!({"name": "x", "head_sha": head, "status": "queued"})),
        (format!("{repo}/pulls/1/requested_reviewers"), json!({"reviewers": ["bob"]})),
    ] {
        let (status, answer) = town.call("POST", &target, body).await;
        assert_eq!(
            (status, answer["message"].as_str()),
            (403, Some("Resource not accessible by integration")),
            "{target}"
        );
    }
}
