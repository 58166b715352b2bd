//! A pull request as a person sees its page: conversation, threads, checks, whether it can be merged.

use serde_json::{Value, json};

use super::model::{Comment, Id, Place, Pull, PullState, ReviewState};
use super::render::iso;
use super::world::{Done, World};

impl World {
    /// The page of a pull request.
    pub fn page(&self, pull: Id) -> Done<Value> {
        let pull = self.get_pull(pull)?;
        let blockers = self.merge_blockers(&pull);
        Ok(json!({
            "id": pull.id,
            "repo": self.state.full_name(pull.repo),
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "author": self.state.login(pull.author),
            "state": match pull.state { PullState::Open => "open", PullState::Closed => "closed", PullState::Merged => "merged" },
            "draft": pull.draft,
            "base": pull.base,
            "head": pull.head,
            "head_sha": pull.head_sha,
            "updated_at": iso(pull.updated_at),
            "requested_reviewers": pull.requested_users.keys().map(|user| self.state.login(*user)).collect::<Vec<_>>(),
            "requested_teams": pull.requested_teams.keys().filter_map(|team| self.state.teams.get(team)).map(|team| format!("{}/{}", self.state.login(team.org), team.slug)).collect::<Vec<_>>(),
            "labels": pull.labels,
            "conversation": self.conversation(&pull),
            "threads": self.state.threads.values().filter(|thread| thread.pull == pull.id && !self.all_pending(&thread.comments)).map(|thread| self.page_thread(&pull, thread.id)).collect::<Vec<_>>(),
            "checks": self.page_checks(&pull),
            "files": self.pull_files(&pull).into_iter().map(|file| json!({"path": file.path, "status": file.status, "previous": file.previous, "patch": file.patch, "blob": file.new})).collect::<Vec<_>>(),
            "commits": self.pull_commits(&pull).iter().map(|commit| json!({"sha": commit.sha, "author": commit.author.user.map(|user| self.state.login(user)), "committer": commit.committer.user.map(|user| self.state.login(user)), "message": commit.message})).collect::<Vec<_>>(),
            "mergeable": blockers.is_empty(),
            "mergeable_state": self.mergeable_state(&pull),
            "blockers": blockers,
        }))
    }

    fn all_pending(&self, comments: &[Id]) -> bool {
        comments.iter().filter_map(|id| self.state.comments.get(id)).all(|comment| self.state.is_pending(comment))
    }

    /// Reviews and comments, oldest first.
    fn conversation(&self, pull: &Pull) -> Vec<Value> {
        let mut all: Vec<(i64, Id, Value)> = Vec::new();
        for review in
            self.state.reviews.values().filter(|review| review.pull == pull.id && review.state != ReviewState::Pending)
        {
            let at = review.submitted_at.unwrap_or(review.created_at);
            let threads: Vec<Id> =
                self.state
                    .threads
                    .values()
                    .filter(|thread| {
                        thread.comments.first().and_then(|id| self.state.comments.get(id)).is_some_and(
                            |root| matches!(root.place, Place::Thread { review: of, .. } if of == review.id),
                        )
                    })
                    .map(|thread| thread.id)
                    .collect();
            // A reply's own empty review is not shown as an entry.
            if review.body.is_empty() && review.state == ReviewState::Commented && threads.is_empty() {
                continue;
            }
            let shown = json!({
                "kind": "review", "id": review.id, "author": self.state.login(review.author), "state": review.state.name(), "body": review.body, "commit": review.commit,
                "at": iso(at), "edited_by": review.edited.map(|(_, who)| self.state.login(who)), "threads": threads, "on_behalf_of": review.on_behalf_of.iter().filter_map(|team| self.state.teams.get(team)).map(|team| team.slug.clone()).collect::<Vec<_>>(),
            });
            all.push((at, review.id, shown));
        }
        for comment in self
            .state
            .comments
            .values()
            .filter(|comment| comment.pull == pull.id && comment.place == Place::Conversation)
        {
            let mut shown = self.page_comment(comment);
            shown["kind"] = json!("comment");
            all.push((comment.created_at, comment.id, shown));
        }
        all.sort_by_key(|(at, id, _)| (*at, *id));
        all.into_iter().map(|(_, _, shown)| shown).collect()
    }

    fn page_comment(&self, comment: &Comment) -> Value {
        json!({
            "id": comment.id,
            "author": self.state.login(comment.author),
            "body": comment.body,
            "at": iso(comment.created_at),
            "edited_by": comment.edited.map(|(_, who)| self.state.login(who)),
            "hidden": comment.minimized,
            "reactions": comment.reactions.iter().map(|(_, who, what)| json!({"by": self.state.login(*who), "content": what})).collect::<Vec<_>>(),
        })
    }

    fn page_thread(&self, pull: &Pull, thread: Id) -> Value {
        let Some(thread) = self.state.threads.get(&thread) else {
            return Value::Null;
        };
        let git = self.git(pull.repo);
        let quoted = thread.lines.and_then(|at| {
            let text = git.text(&thread.commit, &thread.path)?;
            let lines: Vec<&str> = text.lines().collect();
            let from = usize::try_from(at.start.unwrap_or(at.line)).ok()?.checked_sub(1)?;
            lines.get(from..usize::try_from(at.line).ok()?).map(|lines| lines.join("\n"))
        });
        json!({
            "id": thread.id,
            "path": thread.path,
            "side": thread.side.name(),
            "line": thread.lines.map(|at| at.line),
            "start_line": thread.lines.and_then(|at| at.start),
            "original_line": thread.original.map(|at| at.line),
            "text": quoted,
            "outdated": thread.outdated,
            "resolved": thread.resolved_by.is_some(),
            "resolved_by": thread.resolved_by.map(|user| self.state.login(user)),
            "comments": thread.comments.iter().filter_map(|id| self.state.comments.get(id)).filter(|comment| !self.state.is_pending(comment)).map(|comment| self.page_comment(comment)).collect::<Vec<_>>(),
        })
    }

    /// The newest run of each name and App on the head.
    fn page_checks(&self, pull: &Pull) -> Vec<Value> {
        let mut latest = std::collections::BTreeMap::new();
        for run in self.state.runs.values().filter(|run| run.repo == pull.repo && run.sha == pull.head_sha) {
            latest.insert((run.name.clone(), run.app), run);
        }
        let rules = self.state.rules(pull.repo, pull.stack_base.as_ref().unwrap_or(&pull.base));
        let mut shown: Vec<Value> = latest.values().map(|run| json!({
            "id": run.id, "name": run.name, "app": self.state.apps.get(&run.app).map(|app| app.slug.clone()), "status": run.status, "conclusion": run.conclusion, "title": run.title,
            "summary": run.summary, "text": run.text, "details_url": run.details_url, "external_id": run.external_id,
            "actions": if run.status == "completed" { json!(run.actions) } else { json!([]) },
            "required": rules.is_some_and(|rules| rules.required_checks.iter().any(|check| check.context == run.name)),
        })).collect();
        for check in rules.into_iter().flat_map(|rules| &rules.required_checks) {
            if !latest.keys().any(|(name, _)| *name == check.context) {
                shown.push(json!({"id": null, "name": check.context, "status": "expected", "conclusion": null, "required": true, "actions": []}));
            }
        }
        shown
    }
}

impl super::model::State {
    /// A comment of a review that was not submitted yet: only its author sees it.
    pub fn is_pending(&self, comment: &Comment) -> bool {
        matches!(comment.place, Place::Thread { review, .. } if self.reviews.get(&review).is_some_and(|review| review.state == ReviewState::Pending))
    }
}
