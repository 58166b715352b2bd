//! The sandbox's GraphQL answers, judged by GitHub's schema: selection, type, nullability.

use serde_json::{Value, json};
use threadmodel::sandbox::Hostility;

use super::sandbox_town::Town;
use super::shared::shared_part;
use super::validate::GraphQl;

const WHO: &str = "fragment Who on Actor { __typename login url ... on User { databaseId name } ... on Bot { id databaseId } ... on Organization { id } }";
const COMMENT: &str = "fragment Comment on PullRequestReviewComment { id databaseId fullDatabaseId body createdAt updatedAt lastEditedAt author { ...Who } editor { ...Who } authorAssociation isMinimized minimizedReason path line startLine originalLine originalStartLine position originalPosition outdated diffHunk subjectType state url replyTo { id } pullRequestReview { id } commit { oid } originalCommit { oid } }";

/// Everything of a pull request that the sandbox knows.
fn everything() -> String {
    format!(
        "query All($owner: String!, $name: String!, $number: Int!, $n: Int = 50, $spec: String!) {{
          viewer {{ login databaseId }}
          rateLimit {{ cost limit remaining used resetAt nodeCount }}
          repository(owner: $owner, name: $name) {{
            id databaseId name nameWithOwner visibility isPrivate isFork isArchived url createdAt pushedAt owner {{ __typename login }}
            defaultBranchRef {{ id name prefix target {{ __typename oid }} refUpdateRule {{ pattern requiresConversationResolution requiredStatusCheckContexts requiresCodeOwnerReviews requiredApprovingReviewCount }} }}
            none: ref(qualifiedName: \"refs/heads/none\") {{ name }}
            file: object(expression: $spec) {{ __typename oid ... on Blob {{ id byteSize isBinary isTruncated text abbreviatedOid }} }}
            tree: object(expression: \"main:docs\") {{ __typename ... on Tree {{ oid entries {{ name path type mode oid size object {{ __typename oid }} }} }} }}
            missing: object(expression: \"main:none\") {{ __typename }}
            pullRequests(first: $n, states: [OPEN], headRefName: \"design\", orderBy: {{field: UPDATED_AT, direction: DESC}}) {{ totalCount nodes {{ number }} edges {{ cursor node {{ number }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}
            pullRequest(number: $number) {{
              __typename id databaseId fullDatabaseId number title body state isDraft merged mergedAt createdAt updatedAt lastEditedAt closed closedAt
              headRefOid headRefName baseRefOid baseRefName isCrossRepository locked authorAssociation mergeStateStatus mergeable reviewDecision additions deletions changedFiles url
              headRepository {{ databaseId nameWithOwner }} baseRef {{ name }} headRef {{ name }} author {{ ...Who }} editor {{ ...Who }} mergedBy {{ ...Who }}
              reviews(first: $n) {{ totalCount nodes {{ id databaseId fullDatabaseId state body submittedAt createdAt updatedAt lastEditedAt author {{ ...Who }} editor {{ ...Who }} authorAssociation authorCanPushToRepository isMinimized commit {{ oid }} onBehalfOf(first: 5) {{ nodes {{ slug combinedSlug databaseId }} }} comments(first: 5) {{ nodes {{ id }} }} }} }}
              latestOpinionatedReviews(first: $n, writersOnly: true) {{ nodes {{ state author {{ ...Who }} }} }}
              reviewThreads(first: $n) {{ nodes {{ id isResolved isOutdated isCollapsed path line startLine originalLine originalStartLine diffSide startDiffSide subjectType viewerCanResolve viewerCanUnresolve viewerCanReply resolvedBy {{ ...Who }} comments(first: $n) {{ totalCount nodes {{ ...Comment }} }} }} }}
              comments(last: 5) {{ nodes {{ id databaseId fullDatabaseId body createdAt lastEditedAt updatedAt author {{ ...Who }} editor {{ ...Who }} authorAssociation isMinimized minimizedReason url }} }}
              reviewRequests(first: $n) {{ nodes {{ id asCodeOwner requestedReviewer {{ __typename ... on User {{ login }} ... on Team {{ slug name members(first: 3) {{ nodes {{ login }} }} }} }} }} }}
              commits(first: $n) {{ totalCount nodes {{ id commit {{ oid message messageHeadline committedDate authoredDate committedViaWeb author {{ name email date user {{ login }} }} committer {{ name user {{ login }} }} parents(first: 2) {{ nodes {{ oid }} }} tree {{ oid }} statusCheckRollup {{ state contexts(first: 5) {{ nodes {{ __typename ... on CheckRun {{ id databaseId name status conclusion externalId title summary isRequired(pullRequestNumber: $number) checkSuite {{ id app {{ slug }} }} }} }} }} }} }} }} }}
              files(first: $n) {{ totalCount nodes {{ path changeType additions deletions viewerViewedState }} }}
              timelineItems(first: $n) {{ totalCount filteredCount pageCount updatedAt nodes {{ __typename
                ... on ReviewDismissedEvent {{ id createdAt databaseId previousReviewState dismissalMessage actor {{ ...Who }} review {{ id state }} pullRequestCommit {{ commit {{ oid }} }} }}
                ... on BaseRefChangedEvent {{ id createdAt previousRefName currentRefName actor {{ ...Who }} }}
                ... on HeadRefForcePushedEvent {{ id createdAt beforeCommit {{ oid }} afterCommit {{ oid }} actor {{ ...Who }} }}
                ... on ReadyForReviewEvent {{ id createdAt }} ... on ConvertToDraftEvent {{ id createdAt }} ... on ClosedEvent {{ id createdAt }} ... on ReopenedEvent {{ id createdAt }}
                ... on ReviewRequestedEvent {{ id requestedReviewer {{ __typename ... on Team {{ slug }} }} }} ... on PullRequestReview {{ id }} ... on IssueComment {{ id }} ... on PullRequestCommit {{ id }} }} }}
            }}
          }}
        }} {WHO} {COMMENT}"
    )
}

async fn history(town: &Town) {
    let acts = [
        json!({"act": "review", "by": "bob", "repo": "acme/api", "pull": 1, "event": "REQUEST_CHANGES", "body": "no", "comments": [{"path": "docs/sharing.md", "line": 5, "body": "Who?"}, {"path": "docs/sharing.md", "body": "about the file"}]}),
        json!({"act": "comment", "by": "alice", "repo": "acme/api", "pull": 1, "body": "hi"}),
        json!({"act": "edit_pull", "by": "alice", "repo": "acme/api", "pull": 1, "title": "Sharing!"}),
        json!({"act": "draft", "by": "alice", "repo": "acme/api", "pull": 1}),
        json!({"act": "ready", "by": "alice", "repo": "acme/api", "pull": 1}),
        json!({"act": "close", "by": "alice", "repo": "acme/api", "pull": 1}),
        json!({"act": "reopen", "by": "alice", "repo": "acme/api", "pull": 1}),
        json!({"act": "push", "by": "root", "repo": "acme/api", "branch": "release", "message": "m", "edits": [{"path": "r", "text": "r\n"}]}),
        json!({"act": "retarget", "by": "alice", "repo": "acme/api", "pull": 1, "base": "release"}),
        json!({"act": "retarget", "by": "alice", "repo": "acme/api", "pull": 1, "base": "main"}),
        json!({"act": "push", "by": "alice", "repo": "acme/api", "branch": "design", "onto": "main", "message": "again", "author": "nobody", "edits": [{"path": "docs/sharing.md", "text": "# All new\n"}]}),
    ];
    for act in acts {
        let (status, body) = town.call("POST", "/_sandbox/act", act.clone()).await;
        assert_eq!(status, 200, "{act}: {body}");
    }
    let (_, page) = town.call("GET", "/_sandbox/page/acme/api/1", Value::Null).await;
    let entry =
        page["conversation"].as_array().unwrap().iter().find(|entry| entry["state"] == "CHANGES_REQUESTED").unwrap();
    for act in [
        json!({"act": "dismiss_review", "by": "alice", "review": entry["id"], "message": "no time"}),
        json!({"act": "resolve_thread", "by": "alice", "thread": entry["threads"][0]}),
        json!({"act": "delete_account", "login": "bob"}),
    ] {
        assert_eq!(town.call("POST", "/_sandbox/act", act).await.0, 200);
    }
    let (_, head) = town.call("GET", "/repos/acme/api/pulls/1", Value::Null).await;
    let run = json!({"name": "threadmodel: main", "head_sha": head["head"]["sha"], "conclusion": "success"});
    assert_eq!(town.call("POST", "/repos/acme/api/check-runs", run).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_shape_of_its_document() {
    let Some(path) = shared_part("github/schema.graphql", 1) else { return };
    let judge = GraphQl::new(&std::fs::read_to_string(path).unwrap());
    for page_cap in [0, 2] {
        let town = Town::new(Hostility { page_cap, ..Hostility::none() }, Town::all_permissions()).await;
        history(&town).await;
        let document = everything();
        let answer = town
            .graphql(&document, json!({"owner": "acme", "name": "api", "number": 1, "spec": "design:docs/sharing.md"}))
            .await;
        assert_eq!(judge.check(&document, &answer), Vec::<String>::new(), "{answer:#}");
        assert!(answer.get("errors").is_none(), "{}", answer["errors"]);
        let pull = &answer["data"]["repository"]["pullRequest"];
        let thread = pull["reviewThreads"]["nodes"][0]["id"].as_str().unwrap();
        assert_eq!(answer["data"]["repository"]["file"]["text"], "# All new\n");
        assert_eq!(pull["reviews"]["nodes"][0]["author"], Value::Null, "bob is gone");

        let nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } node(id: \"PR_nonsense\") { id } }";
        let answer = town.graphql(nodes, json!({"ids": [thread, pull["id"], "PRRC_nothing"]})).await;
        assert_eq!(judge.check(nodes, &answer), Vec::<String>::new(), "{answer}");
        assert_eq!(
            (&answer["data"]["nodes"][2], answer["errors"][0]["type"].as_str()),
            (&Value::Null, Some("NOT_FOUND"))
        );

        for name in ["resolveReviewThread", "unresolveReviewThread"] {
            let mutation = format!(
                "mutation($id: ID!) {{ {name}(input: {{threadId: $id, clientMutationId: \"m\"}}) {{ clientMutationId thread {{ id isResolved resolvedBy {{ login }} }} }} }}"
            );
            let answer = town.graphql(&mutation, json!({"id": thread})).await;
            assert_eq!(judge.check(&mutation, &answer), Vec::<String>::new(), "{answer}");
            assert_eq!(answer["data"][name]["thread"]["isResolved"], json!(name == "resolveReviewThread"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resolving_takes_the_right_to_push() {
    let mut permissions = Town::all_permissions();
    permissions["contents"] = json!("read");
    let town = Town::new(Hostility::none(), permissions).await;
    history(&town).await;
    let threads = "{ repository(owner: \"acme\", name: \"api\") { pullRequest(number: 1) { reviewThreads(first: 5) { nodes { id viewerCanResolve } } } } }";
    let first = town.graphql(threads, json!({})).await["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"]
        [0]
    .clone();
    assert_eq!(first["viewerCanResolve"], json!(false));
    let answer = town
        .graphql(
            "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id } } }",
            json!({"id": first["id"]}),
        )
        .await;
    assert_eq!(answer["errors"][0]["type"], "FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_fails_the_document() {
    let town = Town::new(Hostility::none(), Town::all_permissions()).await;
    let answer = town.graphql("{ viewer { nonsense } }", json!({})).await;
    assert!(
        answer.get("data").is_none() && answer["errors"][0]["message"].as_str().unwrap().contains("nonsense"),
        "{answer}"
    );
}
