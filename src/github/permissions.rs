//! Which permission each operation of the client needs, so that `app-manifest.yml` asks for no more and no less.
//! Source: <https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps>.

/// A permission as the App's manifest names it.
pub type Permission = (&'static str, Access);

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// `read`.
    Read,
    /// `write`, which includes `read`.
    Write,
}

impl Access {
    /// From the manifest's word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            _ => None,
        }
    }
}

/// One operation: method, path template as in GitHub's OpenAPI description, and what it needs (`None`: the App's own JWT).
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// HTTP method.
    pub method: &'static str,
    /// Path template.
    pub path: &'static str,
    /// What it needs.
    pub needs: Option<Permission>,
    /// What for.
    pub why: &'static str,
}

const fn op(method: &'static str, path: &'static str, needs: Permission, why: &'static str) -> Operation {
    Operation { method, path, needs: Some(needs), why }
}

const fn own(method: &'static str, path: &'static str, why: &'static str) -> Operation {
    Operation { method, path, needs: None, why }
}

const METADATA: Permission = ("metadata", Access::Read);
const CONTENTS: Permission = ("contents", Access::Read);
const PULLS: Permission = ("pull_requests", Access::Write);
const PULLS_READ: Permission = ("pull_requests", Access::Read);
const ISSUES: Permission = ("issues", Access::Write);
const ISSUES_READ: Permission = ("issues", Access::Read);
const CHECKS: Permission = ("checks", Access::Write);
const CHECKS_READ: Permission = ("checks", Access::Read);
const MEMBERS: Permission = ("members", Access::Read);

/// Everything that the client ever asks of GitHub.
pub const OPERATIONS: &[Operation] = &[
    own("GET", "/app", "our own name"),
    own("GET", "/app/installations", "where it is installed: for what no delivery told"),
    own("GET", "/app/installations/{installation_id}", "when the App was installed"),
    own("POST", "/app/installations/{installation_id}/access_tokens", "the installation's token"),
    op("POST", "/graphql", PULLS_READ, "the pull request, its reviews, threads, comments and dismissals"),
    op("POST", "/graphql", CONTENTS, "which blob stands at a path of a commit"),
    op("POST", "/graphql", ISSUES, "the conversation"),
    op("GET", "/installation/repositories", METADATA, "repositories whose pull requests are listed"),
    op("GET", "/repos/{owner}/{repo}", METADATA, "its id, visibility and default branch"),
    op("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", METADATA, "what a person may do"),
    op("GET", "/repos/{owner}/{repo}/rules/branches/{branch}", METADATA, "whether conversations must be resolved"),
    op(
        "GET",
        "/repos/{owner}/{repo}/pulls",
        PULLS_READ,
        "open pull requests: with the same head, and those that no delivery told of",
    ),
    op("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", PULLS_READ, "the base that decides, stacks included"),
    op("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/files", PULLS_READ, "changed files and patches"),
    op("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/commits", PULLS_READ, "who wrote which commit"),
    op("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/comments", PULLS_READ, "which of two doubled posts is which"),
    op(
        "GET",
        "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/comments",
        PULLS_READ,
        "ids of the comments of a review that we posted",
    ),
    op("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}", CONTENTS, "the documents' text"),
    op("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha}", CONTENTS, "files of the organisation's context"),
    op("GET", "/repos/{owner}/{repo}/contents/{path}", CONTENTS, "the organisation's defaults"),
    op("GET", "/repos/{owner}/{repo}/compare/{basehead}", CONTENTS, "the merge base"),
    op("GET", "/repos/{owner}/{repo}/codeowners/errors", CONTENTS, "lines of CODEOWNERS that GitHub skips"),
    op("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", CHECKS_READ, "our check run"),
    op("GET", "/orgs/{org}/teams/{team_slug}/members", MEMBERS, "who is in an owning team"),
    op(
        "GET",
        "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
        MEMBERS,
        "whether a team that a reply names can read the repository",
    ),
    op(
        "GET",
        "/repos/{owner}/{repo}/issues/{issue_number}",
        ISSUES_READ,
        "whether an issue that a command names is there",
    ),
    op("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", PULLS, "a round of questions, a draft"),
    op("PUT", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", PULLS, "editing our review"),
    op("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", PULLS, "a follow-up"),
    op("PATCH", "/repos/{owner}/{repo}/pulls/comments/{comment_id}", PULLS, "editing our question"),
    op("DELETE", "/repos/{owner}/{repo}/pulls/comments/{comment_id}", PULLS, "deleting our doubled comment"),
    op("POST", "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", PULLS, "asking for a review again"),
    op("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", ISSUES, "which of two doubled posts is which"),
    op("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", ISSUES, "a comment in the conversation"),
    op("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", ISSUES, "editing our comment"),
    op("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", ISSUES, "deleting our doubled comment"),
    op("POST", "/repos/{owner}/{repo}/check-runs", CHECKS, "the check"),
    op("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}", CHECKS, "the check"),
];

/// Permissions that an event needs and no operation does:
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#merge_group>.
pub const FOR_EVENTS: &[(&str, Permission)] = &[("merge_group", ("merge_queues", Access::Read))];

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]

    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Manifest {
        default_permissions: BTreeMap<String, String>,
        default_events: Vec<String>,
    }

    fn manifest() -> Manifest {
        serde_saphyr::from_str(include_str!("../../app-manifest.yml")).expect("a readable manifest")
    }

    #[test]
    fn the_manifest_asks_for_what_the_client_needs_and_no_more() {
        let mut needed: BTreeMap<String, Access> = BTreeMap::new();
        for (name, access) in
            OPERATIONS.iter().filter_map(|o| o.needs).chain(FOR_EVENTS.iter().map(|(_, needs)| *needs))
        {
            let most = needed.entry(name.to_owned()).or_insert(access);
            *most = access.max(*most);
        }
        let asked: BTreeMap<String, Access> = manifest()
            .default_permissions
            .into_iter()
            .map(|(name, word)| (name, Access::parse(&word).expect(&word)))
            .collect();
        assert_eq!(asked, needed);
        assert_eq!(asked.get("contents"), Some(&Access::Read));
    }

    #[test]
    fn every_event_that_is_asked_for_wakes_something() {
        let repository = serde_json::json!({"id": 7, "name": "api", "owner": {"login": "acme"}});
        for event in manifest().default_events {
            let payload = serde_json::json!({
                "repository": repository, "organization": {"login": "acme"}, "ref": "refs/heads/main",
                "pull_request": {"number": 1, "head": {"sha": "a"}}, "issue": {"number": 1, "pull_request": {}},
                "merge_group": {"head_sha": "a"}, "team": {"slug": "s"},
            });
            let body = payload.to_string();
            let secret = secrecy::SecretString::from("s".to_owned());
            let mut headers = http::HeaderMap::new();
            for (name, value) in [
                ("x-github-event", event.clone()),
                ("x-github-delivery", "g".to_owned()),
                ("x-hub-signature-256", crate::github::webhook::signature(&secret, body.as_bytes())),
            ] {
                headers.insert(name, value.parse().expect("a header value"));
            }
            let delivery = crate::github::Delivery::verify(&headers, body.as_bytes(), &[secret]);
            assert!(delivery.is_ok_and(|d| !d.wakes.is_empty()), "{event}");
        }
    }
}
