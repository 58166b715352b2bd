//! Reviews, comments, reactions.

use serde_json::{Value, json};

use super::super::model::{AccountKind, Comment, Id, Place, Review};
use super::super::patch::shown_lines;
use super::{Render, iso, node_id};

impl Render<'_> {
    /// A review.
    pub(in crate::sandbox) fn review(self, review: &Review) -> Value {
        let Some(pull) = self.state.pulls.get(&review.pull) else {
            return Value::Null;
        };
        let page = format!("{}/pull/{}", self.html(pull.repo), pull.number);
        let own = format!("{page}#pullrequestreview-{}", review.id);
        let api = format!("{}/pulls/{}", self.api(pull.repo), pull.number);
        let mut shown = json!({
            "id": review.id,
            "node_id": node_id("PRR_", review.id),
            "user": self.user(review.author),
            "body": review.body,
            "state": review.state.name(),
            "html_url": own,
            "pull_request_url": api,
            "author_association": self.association(review.author, pull.repo),
            "_links": {"html": {"href": own}, "pull_request": {"href": api}},
            "commit_id": review.commit,
        });
        if let Some(at) = review.submitted_at {
            shown["submitted_at"] = json!(iso(at));
        }
        shown
    }

    /// A comment of a review thread. `in_review`: as `reviews/{id}/comments` lists it.
    pub(in crate::sandbox) fn review_comment(self, comment: &Comment, in_review: bool) -> Value {
        let Place::Thread { thread, review, reply_to, commit } = &comment.place else {
            return Value::Null;
        };
        let (Some(pull), Some(thread)) = (self.state.pulls.get(&comment.pull), self.state.threads.get(thread)) else {
            return Value::Null;
        };
        let repo = pull.repo;
        let page = format!("{}/pull/{}#discussion_r{}", self.html(repo), pull.number, comment.id);
        let (api, own) = (
            format!("{}/pulls/{}", self.api(repo), pull.number),
            format!("{}/pulls/comments/{}", self.api(repo), comment.id),
        );
        let position = shown_lines(&thread.diff_hunk).values().map(|shown| shown.position).max().unwrap_or(1);
        let mut shown = json!({
            "url": own,
            "pull_request_review_id": review,
            "id": comment.id,
            "node_id": node_id("PRRC_", comment.id),
            "diff_hunk": thread.diff_hunk,
            "path": thread.path,
            "original_position": position,
            "commit_id": thread.commit,
            "original_commit_id": commit,
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": iso(comment.created_at),
            "updated_at": iso(comment.updated_at),
            "html_url": page,
            "pull_request_url": api,
            "author_association": self.association(comment.author, repo),
            "_links": {"self": {"href": own}, "html": {"href": page}, "pull_request": {"href": api}},
            "reactions": self.reactions(&own, comment),
            "side": thread.side.name(),
            "subject_type": if thread.original.is_some() { "line" } else { "file" },
        });
        // GitHub's description allows no null here: an outdated or file-level comment leaves the field out (see docs/sandbox.md).
        if let Some(lines) = thread.lines {
            shown["line"] = json!(lines.line);
            shown["position"] = json!(position);
        } else if in_review {
            shown["position"] = Value::Null;
        }
        shown["start_line"] = json!(thread.lines.and_then(|lines| lines.start));
        shown["original_start_line"] = json!(thread.original.and_then(|lines| lines.start));
        shown["start_side"] =
            thread.original.and_then(|lines| lines.start).map_or(Value::Null, |_| json!(thread.side.name()));
        if let Some(lines) = thread.original {
            shown["original_line"] = json!(lines.line);
        }
        if let Some(reply_to) = reply_to {
            shown["in_reply_to_id"] = json!(reply_to);
        }
        shown
    }

    /// A comment of the conversation.
    pub(in crate::sandbox) fn issue_comment(self, comment: &Comment) -> Value {
        let Some(pull) = self.state.pulls.get(&comment.pull) else {
            return Value::Null;
        };
        let own = format!("{}/issues/comments/{}", self.api(pull.repo), comment.id);
        let app = match self.state.accounts.get(&comment.author).map(|account| &account.kind) {
            Some(AccountKind::Bot { app }) => self.integration(*app),
            _ => Value::Null,
        };
        json!({
            "id": comment.id,
            "node_id": node_id("IC_", comment.id),
            "url": own,
            "html_url": format!("{}/pull/{}#issuecomment-{}", self.html(pull.repo), pull.number, comment.id),
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": iso(comment.created_at),
            "updated_at": iso(comment.updated_at),
            "issue_url": format!("{}/issues/{}", self.api(pull.repo), pull.number),
            "author_association": self.association(comment.author, pull.repo),
            "reactions": self.reactions(&own, comment),
            "performed_via_github_app": app,
        })
    }

    #[expect(clippy::unused_self, reason = "reads like its neighbours")]
    fn reactions(self, own: &str, comment: &Comment) -> Value {
        let mut shown = json!({"url": format!("{own}/reactions"), "total_count": comment.reactions.len()});
        for content in super::super::comments::REACTIONS {
            shown[content] = json!(comment.reactions.iter().filter(|(_, _, what)| what == content).count());
        }
        shown
    }

    /// A reaction.
    pub(in crate::sandbox) fn reaction(self, id: Id, user: Id, content: &str) -> Value {
        json!({"id": id, "node_id": node_id("REA_", id), "user": self.user(user), "content": content, "created_at": iso(self.world.now())})
    }
}
