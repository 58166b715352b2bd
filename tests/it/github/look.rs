//! One look, against answers in the form of GitHub's own descriptions.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use threadmodel::github::{Ask, Failure, GitHub, ObserveError, Observed, PullRef, RepoRef};
use threadmodel::policy::TeamRef;
use threadmodel::review::marker::{MarkerKey, PostKey, PostKind};
use threadmodel::review::snapshot::{CodeownersFile, Known, Permission, Probed, PullState, ReviewState, UserId};

use super::scripted::{Asked, Reply, Script, client, ok};

const GRAPHQL: &str = "POST /api/graphql";
const QUESTION: PostKey = PostKey::new(PostKind::Question, 1, 1, 0);

fn sha(letter: char) -> String {
    letter.to_string().repeat(40)
}

fn pull() -> PullRef {
    PullRef { installation: 9, repo: RepoRef { id: 7, owner: "acme".into(), name: "api".into() }, number: 3 }
}

fn user(id: u64, login: &str) -> Value {
    json!({ "__typename": "User", "login": login, "databaseId": id })
}

fn bot() -> Value {
    json!({ "__typename": "Bot", "login": "threadmodel", "databaseId": 99 })
}

fn post(prefix: &str, id: u64, author: &Value, body: &str) -> Value {
    json!({
        "id": format!("{prefix}_{id}"), "fullDatabaseId": id.to_string(), "body": body, "authorAssociation": "MEMBER",
        "isMinimized": false, "createdAt": format!("2026-01-01T00:00:{:02}Z", id % 60), "lastEditedAt": null,
        "author": author, "editor": null,
    })
}

fn with(mut value: Value, fields: &Value) -> Value {
    value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    value
}

fn page(nodes: &[Value], more: bool) -> Value {
    json!({ "pageInfo": { "hasNextPage": more, "endCursor": format!("c{}", nodes.len()) }, "nodes": nodes })
}

fn stamp(updated: &str) -> Value {
    json!({
        "state": "OPEN", "isDraft": false, "authorAssociation": "MEMBER", "updatedAt": updated, "headRefOid": sha('a'), "baseRefName": "layer-1", "baseRefOid": sha('e'),
    })
}

/// What stands in the repository: CODEOWNERS and the policy at the tip of `main`, the document at head and merge base.
fn file(expression: &str) -> Value {
    let (commit, path) = expression.split_once(':').unwrap();
    let blob = |oid: char, bytes: u64| json!({ "__typename": "Blob", "oid": sha(oid), "byteSize": bytes });
    match (commit.chars().next().unwrap(), path) {
        ('b', "docs/CODEOWNERS") => blob('1', 30),
        ('b', ".github/threadmodel.yml") => blob('2', 30),
        ('a', "docs/design/x.md") => blob('3', 8),
        ('d', "docs/design/old.md") => blob('4', 5_000_000_000),
        _ => Value::Null,
    }
}

fn graphql(asked: &Asked, marked: &str) -> Value {
    let (query, variables) = (asked.body["query"].as_str().unwrap(), &asked.body["variables"]);
    let branch = |oid: char| json!({ "name": "main", "target": { "oid": sha(oid) } });
    let data = if query.contains("query Pull(") {
        assert_eq!(variables["base"], "refs/heads/main");
        let second = variables["reviews"].is_string();
        let review = |id, state: &str, commit: Value| {
            with(
                post("PRR", id, &user(4, "sam"), "fine"),
                &json!({ "state": state, "submittedAt": "2026-01-02T00:00:00Z", "commit": commit }),
            )
        };
        let reviews = if second {
            page(&[review(22, "APPROVED", json!({ "oid": sha('a') })), review(23, "PENDING", Value::Null)], false)
        } else {
            page(&[review(21, "CHANGES_REQUESTED", json!({ "oid": sha('f') }))], true)
        };
        let ours = with(post("PRRC", 31, &bot(), marked), &json!({ "state": "SUBMITTED", "replyTo": null }));
        let thread = json!({
            "id": "PRRT_1", "path": "docs/design/x.md", "line": 2, "isResolved": true, "isOutdated": false,
            "resolvedBy": user(5, "ana"), "comments": page(&[ours], true),
        });
        let stolen = post("IC", 41, &user(6, "mallory"), marked);
        let dismissal = json!({
            "__typename": "ReviewDismissedEvent", "id": "RDE_1", "createdAt": "2026-01-03T00:00:00Z", "previousReviewState": "CHANGES_REQUESTED",
            "actor": user(5, "ana"), "review": { "id": "PRR_21" },
        });
        let moved = json!({ "__typename": "BaseRefChangedEvent", "id": "BRCE_1", "createdAt": "2026-01-04T00:00:00Z" });
        let head = json!({
            "id": "PR_33", "fullDatabaseId": "33", "number": 3, "title": "T", "body": "B", "createdAt": "2026-01-01T00:00:00Z",
            "author": user(5, "ana"), "reviews": reviews, "reviewThreads": page(&[thread], false), "comments": page(&[stolen], false),
            "timelineItems": page(&[dismissal, moved], false),
        });
        json!({ "repository": {
            "databaseId": 7, "name": "api", "owner": { "login": "acme" }, "visibility": "PRIVATE", "defaultBranchRef": branch('b'),
            "base": branch('b'), "pullRequest": with(head, &stamp("2026-01-05T00:00:00Z")),
        } })
    } else if query.contains("query Thread(") {
        let reply = with(
            post("PRRC", 32, &user(5, "ana"), "only admins"),
            &json!({ "state": "SUBMITTED", "replyTo": { "id": "PRRC_31" } }),
        );
        json!({ "node": { "__typename": "PullRequestReviewThread", "comments": page(&[reply], false) } })
    } else if query.contains("query Trees(") {
        let mut objects = serde_json::Map::new();
        for (name, value) in variables.as_object().unwrap() {
            let expression = value.as_str().unwrap();
            if name.starts_with('e') {
                objects.insert(name.clone(), file(expression));
            } else if name.starts_with('c') {
                // One commit was collected as garbage.
                objects.insert(
                    name.clone(),
                    if expression == sha('f') { Value::Null } else { json!({ "__typename": "Commit" }) },
                );
            }
        }
        json!({ "repository": objects })
    } else if query.contains("query Probe(") {
        let errors = json!([{ "type": "NOT_FOUND", "path": ["nodes", 1], "message": "Could not resolve to a node" }]);
        return json!({ "data": { "nodes": [{ "__typename": "IssueComment", "id": "IC_8" }, null] }, "errors": errors });
    } else {
        json!({ "repository": { "databaseId": 7, "base": branch('b'), "pullRequest": stamp("2026-01-05T00:00:00Z") } })
    };
    json!({ "data": data })
}

async fn stage() -> (Script, GitHub) {
    let script = Script::default();
    let base = script.serve().await;
    let marked = MarkerKey::new([7; 32]).sign(7, 33, QUESTION, "Who may open it?");
    let repo = "/api/v3/repos/acme/api";
    let get = |path: &str, body: Value| script.on(&format!("GET {repo}{path}"), [ok(body)]);
    script.on(
        "GET /api/v3/app/installations/9",
        [ok(json!({ "app_id": 1, "app_slug": "threadmodel", "created_at": "2025-01-01T00:00:00Z" }))],
    );
    let tip = |name: &str, c: char| json!({ "ref": name, "sha": sha(c), "repo": { "id": 7 } });
    let stack = json!({ "base": { "ref": "main", "sha": sha('b') } });
    get(
        "/pulls/3",
        json!({ "id": 33, "number": 3, "head": tip("h", 'a'), "base": tip("layer-1", 'e'), "stack": stack }),
    );
    get(
        "/pulls/3/files",
        json!([
            { "filename": "docs/design/x.md", "status": "renamed", "previous_filename": "docs/design/old.md", "contents_url": format!("https://x/?ref={}", sha('a')) },
            { "filename": "src/a.rs", "status": "changed", "patch": "@@ -1 +1 @@" },
        ]),
    );
    get(
        "/pulls/3/commits",
        json!([{ "sha": sha('a'), "parents": [{ "sha": sha('d') }], "author": { "id": 5, "login": "ana", "type": "User" }, "committer": {} }]),
    );
    let run = |id: u64, app: u64| json!({ "id": id, "name": "threadmodel: main", "external_id": "x", "status": "completed", "conclusion": "success", "output": { "title": null, "summary": null, "text": null }, "app": { "id": app } });
    get(
        &format!("/commits/{}/check-runs", sha('a')),
        json!({ "total_count": 3, "check_runs": [run(51, 1), run(53, 1), run(52, 2)] }),
    );
    get(&format!("/compare/{}...{}", sha('b'), sha('a')), json!({ "merge_base_commit": { "sha": sha('d') } }));
    get(
        "/rules/branches/main",
        json!([{ "type": "pull_request", "parameters": { "required_review_thread_resolution": true } }]),
    );
    get(
        "/codeowners/errors",
        json!({ "errors": [{ "line": 2, "column": 1, "kind": "Unknown owner", "source": "* @nobody", "message": "m", "path": "docs/CODEOWNERS" }] }),
    );
    let text = |text: &str| json!({ "encoding": "base64", "content": format!("{}\n", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text)) });
    get(&format!("/git/blobs/{}", sha('1')), text("docs/design/ @acme/security\n"));
    get(&format!("/git/blobs/{}", sha('2')), text("documents: [\"docs/design/*.md\"]\n"));
    get(&format!("/git/blobs/{}", sha('3')), text("# Design"));
    let permission = |id: u64, word: &str| json!({ "permission": word, "role_name": word, "user": { "id": id, "login": "x", "type": "User" } });
    get("/collaborators/sam/permission", permission(4, "write"));
    get("/collaborators/ana/permission", permission(5, "admin"));
    get("/collaborators/mallory/permission", permission(666, "admin"));
    script
        .on("GET /api/v3/orgs/acme/teams/security/members", [ok(json!([{ "id": 4, "login": "sam", "type": "User" }]))]);
    script.on(GRAPHQL, [Reply::Made(Arc::new(move |asked| graphql(asked, &marked)))]);
    (script, client(&base))
}

async fn look(github: &GitHub, ask: &Ask) -> Result<Observed, ObserveError> {
    github.observe(&pull(), ask).await
}

#[tokio::test]
async fn a_pull_request_is_read_whole() {
    let (script, github) = stage().await;
    let ask = Ask { probe: vec!["IC_8".into(), "IC_9".into()], ..Ask::default() };
    let seen = look(&github, &ask).await.unwrap().snapshot;
    // The stack's base decides, and its rules are read at its tip.
    assert_eq!((seen.pull.base.as_str(), seen.pull.base_sha.as_str()), ("main", sha('b').as_str()));
    assert_eq!((seen.pull.id, seen.pull.state, seen.app.slug.as_str()), (33, PullState::Open, "threadmodel"));
    assert_eq!((seen.repository.public, seen.repository.default_branch.as_str()), (false, "main"));
    assert!(seen.policy.as_ref().unwrap().is_document("docs/design/x.md"));
    assert!(matches!(&seen.codeowners, CodeownersFile::Loaded { path, .. } if path == "docs/CODEOWNERS"));
    assert!(
        matches!(&seen.codeowners_errors, Known::Yes(errors) if errors[0].line == 2 && errors[0].kind == "Unknown owner")
    );
    assert!(seen.conversation_resolution && seen.files.complete && seen.commits.complete);
    assert!(seen.files.list[0].patch.is_none());

    // Both pages of reviews, without the pending one.
    let states: Vec<_> = seen.reviews.iter().map(|r| (r.post.id, r.state)).collect();
    assert_eq!(states, [(21, ReviewState::ChangesRequested), (22, ReviewState::Approved)]);
    assert_eq!((seen.dismissals.len(), seen.dismissals[0].review.as_str()), (1, "PRR_21"));
    assert_eq!(seen.retargeted_at.map(|t| t.0), Some(1_767_484_800_000));
    // The whole thread; our own post without its marker, a copied marker is nobody's.
    let thread = &seen.threads[0];
    let bodies: Vec<_> = thread.comments.iter().map(|c| (c.body.raw(), c.marker)).collect();
    assert_eq!(bodies, [("Who may open it?", Some(QUESTION)), ("only admins", None)]);
    assert_eq!(seen.comments[0].marker, None);
    assert!(seen.comments[0].body.raw().contains("<!--"));

    // Trees of both paths; a commit that is gone says nothing; a text that is too large is not there.
    let at = |commit: char, path: &str| seen.trees.get(&sha(commit).as_str().into()).and_then(|t| t.get(path)).cloned();
    assert_eq!(at('a', "docs/design/x.md").flatten().map(|b| b.to_string()), Some(sha('3')));
    assert_eq!(at('a', "docs/design/old.md"), Some(None));
    assert_eq!(at('d', "docs/design/old.md").flatten().map(|b| b.to_string()), Some(sha('4')));
    assert_eq!(at('f', "docs/design/x.md"), None);
    assert_eq!(
        seen.blobs.iter().map(|(id, text)| (id.to_string(), &**text)).collect::<Vec<_>>(),
        [(sha('3'), "# Design")]
    );

    // Our own runs, newest first; people; teams; probes.
    assert_eq!(seen.checks.iter().map(|c| c.id).collect::<Vec<_>>(), [53, 51]);
    let may = |id| seen.people[&UserId(id)].permission.clone();
    assert_eq!(
        (may(4), may(5), may(99)),
        (Known::Yes(Permission::Write), Known::Yes(Permission::Admin), Known::Yes(Permission::None))
    );
    assert!(matches!(may(6), Known::Unknown(why) if why.contains("somebody else")));
    let security = TeamRef { org: "acme".into(), slug: "security".into() };
    assert_eq!(seen.teams[&security], Known::Yes([UserId(4)].into()));
    assert_eq!(seen.probed.values().copied().collect::<Vec<_>>(), [Probed::Present, Probed::Gone]);

    // What cannot change is not asked again; what can is, when a fresh look is asked for.
    let members = "GET /api/v3/orgs/acme/teams/security/members";
    let blob = format!("GET /api/v3/repos/acme/api/git/blobs/{}", sha('3'));
    look(&github, &Ask::default()).await.unwrap();
    assert_eq!((script.asked(members).len(), script.asked(&blob).len()), (1, 1));
    look(&github, &Ask { fresh: true, ..Ask::default() }).await.unwrap();
    assert_eq!((script.asked(members).len(), script.asked(&blob).len()), (2, 1));
}

#[tokio::test]
async fn a_pull_request_that_moves_is_read_again_and_at_last_given_back() {
    for (moves, seen) in [(1, true), (100, false)] {
        let (script, github) = stage().await;
        let count = AtomicU32::new(0);
        let marked = String::new();
        let reply = Reply::Made(Arc::new(move |asked| {
            if asked.body["query"].as_str().unwrap().contains("query Still(")
                && count.fetch_add(1, Ordering::SeqCst) < moves
            {
                let base = json!({ "target": { "oid": sha('b') } });
                return json!({ "data": { "repository": { "databaseId": 7, "base": base, "pullRequest": stamp("2026-01-06T00:00:00Z") } } });
            }
            graphql(asked, &marked)
        }));
        let fresh = Script::default();
        fresh.on(GRAPHQL, [reply]);
        script.replace(GRAPHQL, &fresh);
        let result = look(&github, &Ask::default()).await;
        assert_eq!(result.is_ok(), seen, "{result:?}");
        if let Err(error) = result {
            assert!(matches!(error, ObserveError::Moving(_)) && error.retry_after().is_some());
        }
    }
}

#[tokio::test]
async fn what_is_missing_is_unknown_or_an_error_never_a_guess() {
    // A hole in the list of reviews could be an objection.
    let (script, github) = stage().await;
    let fresh = Script::default();
    fresh.on(
        GRAPHQL,
        [Reply::Made(Arc::new(|asked: &Asked| {
            let mut answer = graphql(asked, "");
            if let Some(nodes) = answer.pointer_mut("/data/repository/pullRequest/reviews/nodes") {
                *nodes = json!([null]);
            }
            answer
        }))],
    );
    script.replace(GRAPHQL, &fresh);
    assert!(matches!(look(&github, &Ask::default()).await, Err(ObserveError::Failed(Failure::Uncertain { .. }))));

    // A team that the App cannot see.
    let (script, github) = stage().await;
    script.replace("GET /api/v3/orgs/acme/teams/security/members", &Script::default());
    let seen = look(&github, &Ask::default()).await.unwrap().snapshot;
    assert!(matches!(seen.teams.values().next(), Some(Known::Unknown(why)) if why.contains("not visible")));

    // A list of files of another head.
    let (script, github) = stage().await;
    let fresh = Script::default();
    let files = "GET /api/v3/repos/acme/api/pulls/3/files";
    fresh.on(
        files,
        [ok(json!([{ "filename": "a", "status": "added", "contents_url": format!("https://x/?ref={}", sha('9')) }]))],
    );
    script.replace(files, &fresh);
    assert!(matches!(look(&github, &Ask::default()).await, Err(ObserveError::Moving(_))));

    // A pull request that is not there.
    let (script, github) = stage().await;
    script.replace("GET /api/v3/repos/acme/api/pulls/3", &Script::default());
    assert!(matches!(look(&github, &Ask::default()).await, Err(ObserveError::Gone(_))));
}
