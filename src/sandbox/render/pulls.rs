//! Pull requests and the issues behind them.

use serde_json::{Value, json};

use super::super::model::{Id, Issue, Pull, PullState};
use super::{Render, iso, node_id};

impl Render<'_> {
    /// A pull request; `full` adds what only a single read gives (counts, mergeability).
    pub(in crate::sandbox) fn pull(self, pull: &Pull, full: bool) -> Value {
        let (api, html) = (self.api(pull.repo), self.html(pull.repo));
        let (number, own, issue) =
            (pull.number, format!("{api}/pulls/{}", pull.number), format!("{api}/issues/{}", pull.number));
        let page = format!("{html}/pull/{number}");
        let closed = pull.closed_at.map(iso);
        let mut shown = json!({
            "url": own,
            "id": pull.id,
            "node_id": node_id("PR_", pull.id),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "issue_url": issue,
            "commits_url": format!("{own}/commits"),
            "review_comments_url": format!("{own}/comments"),
            "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
            "comments_url": format!("{issue}/comments"),
            "statuses_url": format!("{api}/statuses/{}", pull.head_sha),
            "number": number,
            "state": if pull.state == PullState::Open { "open" } else { "closed" },
            "locked": pull.locked,
            "active_lock_reason": null,
            "title": pull.title,
            "user": self.user(pull.author),
            "body": if pull.body.is_empty() { Value::Null } else { json!(pull.body) },
            "labels": pull.labels.iter().map(|label| self.label(pull.repo, label)).collect::<Vec<_>>(),
            "milestone": null,
            "created_at": iso(pull.created_at),
            "updated_at": iso(pull.updated_at),
            "closed_at": closed,
            "merged_at": pull.merged.as_ref().and(closed.as_ref()),
            "merge_commit_sha": pull.merged.as_ref().map(|(sha, _)| sha),
            "assignee": null,
            "assignees": [],
            "requested_reviewers": pull.requested_users.keys().map(|user| self.user(*user)).collect::<Vec<_>>(),
            "requested_teams": pull.requested_teams.keys().map(|team| self.team(*team)).collect::<Vec<_>>(),
            "head": self.branch_end(pull.head_repo, &pull.head, &pull.head_sha),
            "base": self.branch_end(pull.repo, &pull.base, &pull.base_sha),
            "author_association": self.association(pull.author, pull.repo),
            "auto_merge": null,
            "draft": pull.draft,
        });
        shown["_links"] = json!({
            "self": {"href": own},
            "html": {"href": page},
            "issue": {"href": issue},
            "comments": {"href": format!("{issue}/comments")},
            "review_comments": {"href": format!("{own}/comments")},
            "review_comment": {"href": format!("{api}/pulls/comments{{/number}}")},
            "commits": {"href": format!("{own}/commits")},
            "statuses": {"href": format!("{api}/statuses/{}", pull.head_sha)},
        });
        if let Some(base) = &pull.stack_base {
            let sha = self.state.repos.get(&pull.repo).and_then(|repo| repo.branches.get(base));
            shown["stack"] = json!({"base": {"ref": base, "sha": sha.unwrap_or(&pull.base_sha)}});
        }
        if full {
            self.add_counts(pull, &mut shown);
        }
        shown
    }

    fn add_counts(self, pull: &Pull, shown: &mut Value) {
        let files = self.world.pull_files(pull);
        let comments = |review: bool| {
            self.state
                .comments
                .values()
                .filter(|comment| {
                    comment.pull == pull.id && (comment.place != super::super::model::Place::Conversation) == review
                })
                .count()
        };
        let state = self.world.mergeable_state(pull);
        shown["merged"] = json!(pull.merged.is_some());
        shown["mergeable"] = if pull.state == PullState::Open { json!(state != "dirty") } else { Value::Null };
        shown["rebaseable"] = Value::Null;
        shown["mergeable_state"] = json!(state);
        shown["merged_by"] = pull.merged.as_ref().map_or(Value::Null, |(_, by)| self.user(*by));
        shown["comments"] = json!(comments(false));
        shown["review_comments"] = json!(comments(true));
        shown["maintainer_can_modify"] = json!(pull.head_repo != pull.repo);
        shown["commits"] = json!(self.world.pull_commits(pull).len());
        shown["additions"] = json!(files.iter().map(|file| file.additions).sum::<u64>());
        shown["deletions"] = json!(files.iter().map(|file| file.deletions).sum::<u64>());
        shown["changed_files"] = json!(files.len());
    }

    fn branch_end(self, repo: Id, branch: &str, sha: &str) -> Value {
        let owner = self.state.repos.get(&repo).map(|repo| repo.owner).unwrap_or_default();
        json!({
            "label": format!("{}:{branch}", self.state.login(owner)),
            "ref": branch,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repo),
        })
    }

    /// A label.
    pub(in crate::sandbox) fn label(self, repo: Id, name: &str) -> Value {
        let id = name.bytes().fold(5_000_000_000_u64, |sum, byte| sum + u64::from(byte) * 31);
        json!({"id": id, "node_id": node_id("LA_", id), "url": format!("{}/labels/{}", self.api(repo), percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)), "name": name, "description": "", "color": "ededed", "default": false})
    }

    /// The issue that a pull request also is, as `issue_comment` events carry it.
    pub(in crate::sandbox) fn issue(self, pull: &Pull) -> Value {
        let (api, html, number) = (self.api(pull.repo), self.html(pull.repo), pull.number);
        let page = format!("{html}/pull/{number}");
        json!({
            "url": format!("{api}/issues/{number}"),
            "repository_url": api,
            "comments_url": format!("{api}/issues/{number}/comments"),
            "html_url": page,
            "id": pull.id + 1_000_000_000,
            "node_id": node_id("PR_", pull.id),
            "number": number,
            "title": pull.title,
            "user": self.user(pull.author),
            "labels": [],
            "state": if pull.state == PullState::Open { "open" } else { "closed" },
            "locked": pull.locked,
            "assignee": null,
            "assignees": [],
            "milestone": null,
            "created_at": iso(pull.created_at),
            "updated_at": iso(pull.updated_at),
            "closed_at": pull.closed_at.map(iso),
            "author_association": self.association(pull.author, pull.repo),
            "active_lock_reason": null,
            "draft": pull.draft,
            "pull_request": {"url": format!("{api}/pulls/{number}"), "html_url": page, "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "merged_at": pull.merged.as_ref().and(pull.closed_at.map(iso))},
            "body": if pull.body.is_empty() { Value::Null } else { json!(pull.body) },
            "comments": self.state.comments.values().filter(|comment| comment.pull == pull.id && comment.place == super::super::model::Place::Conversation).count(),
            "performed_via_github_app": null,
        })
    }

    /// An issue that is no pull request.
    pub(in crate::sandbox) fn plain_issue(self, issue: &Issue) -> Value {
        let (api, number) = (self.api(issue.repo), issue.number);
        let own = format!("{api}/issues/{number}");
        json!({
            "url": own,
            "repository_url": api,
            "labels_url": format!("{own}/labels{{/name}}"),
            "comments_url": format!("{own}/comments"),
            "events_url": format!("{own}/events"),
            "html_url": format!("{}/issues/{number}", self.html(issue.repo)),
            "id": issue.id,
            "node_id": node_id("I_", issue.id),
            "number": number,
            "title": issue.title,
            "user": self.user(issue.author),
            "labels": [],
            "state": "open",
            "state_reason": null,
            "locked": false,
            "active_lock_reason": null,
            "assignee": null,
            "assignees": [],
            "milestone": null,
            "comments": 0,
            "created_at": iso(issue.created_at),
            "updated_at": iso(issue.created_at),
            "closed_at": null,
            "closed_by": null,
            "author_association": self.association(issue.author, issue.repo),
            "body": if issue.body.is_empty() { Value::Null } else { json!(issue.body) },
            "performed_via_github_app": null,
        })
    }

    /// A pull request in the smallest form, as check runs list it.
    pub(in crate::sandbox) fn pull_minimal(self, pull: &Pull) -> Value {
        let end = |repo: Id, branch: &str, sha: &str| json!({"ref": branch, "sha": sha, "repo": {"id": repo, "url": self.api(repo), "name": self.state.repos.get(&repo).map(|repo| repo.name.clone()).unwrap_or_default()}});
        json!({
            "id": pull.id,
            "number": pull.number,
            "url": format!("{}/pulls/{}", self.api(pull.repo), pull.number),
            "head": end(pull.head_repo, &pull.head, &pull.head_sha),
            "base": end(pull.repo, &pull.base, &pull.base_sha),
        })
    }
}
