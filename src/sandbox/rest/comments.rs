//! Comments in review threads and in the conversation, reactions.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::super::model::{Comment, Id, Place, Repo, Side};
use super::super::render::Render;
use super::super::reviews::NewComment;
use super::super::server::Surface;
use super::{Answer, Call, Content, Served, long_form, validation_failed};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Posted {
    body: String,
    commit_id: Option<String>,
    path: String,
    line: Option<u32>,
    side: Option<Side>,
    start_line: Option<u32>,
    start_side: Option<Side>,
    in_reply_to: Option<Id>,
    subject_type: Option<String>,
}

impl Call<'_> {
    fn comment(&self, repo: &Repo, id: &str, in_thread: bool) -> Result<Arc<Comment>, Answer> {
        let state = self.sandbox.world().state();
        let here = |comment: &&Arc<Comment>| {
            state.pulls.get(&comment.pull).is_some_and(|pull| pull.repo == repo.id)
                && (comment.place != Place::Conversation) == in_thread
        };
        id.parse::<Id>()
            .ok()
            .and_then(|id| state.comments.get(&id))
            .filter(here)
            .cloned()
            .ok_or_else(|| Answer::error(404, "Not Found"))
    }

    fn shown(&self, id: Id, status: u16) -> Served {
        let world = self.sandbox.world();
        let r = Render::now(world);
        let Some(comment) = world.state().comments.get(&id) else { return Err(Answer::error(404, "Not Found")) };
        let shown = if comment.place == Place::Conversation {
            r.issue_comment(comment)
        } else {
            r.review_comment(comment, false)
        };
        let headers = if status == 201 {
            vec![("location", shown["url"].as_str().unwrap_or_default().to_owned())]
        } else {
            Vec::new()
        };
        Ok(Answer { status, body: Content::Json(shown), headers })
    }

    pub(super) fn review_comments(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        match (method, rest) {
            ("GET", ["pulls", number, "comments"]) => {
                self.need_read(repo, &["pull_requests"])?;
                let pull = self.pull(repo, number)?.id;
                self.list_comments(pull, true)
            }
            ("GET", ["pulls", "comments", id]) => {
                self.need_read(repo, &["pull_requests"])?;
                let id = self.comment(repo, id, true)?.id;
                self.shown(id, 200)
            }
            ("POST", ["pulls", number, "comments"]) => self.post_review_comment(repo, number),
            ("POST", ["pulls", number, "comments", to, "replies"]) => {
                let bot = self.need_write(repo, &["pull_requests"])?;
                self.pull(repo, number)?;
                let to = self.comment(repo, to, true)?.id;
                let body = self.text("body")?;
                let id =
                    self.sandbox.world_mut().reply(bot, to, &body).map_err(long_form("PullRequestReviewComment"))?;
                self.shown(id, 201)
            }
            ("POST", ["pulls", "comments", id, "reactions"]) => {
                let bot = self.need_write(repo, &["pull_requests"])?;
                let id = self.comment(repo, id, true)?.id;
                self.react(bot, id)
            }
            (_, ["pulls", "comments", id]) => {
                let bot = self.need_write(repo, &["pull_requests"])?;
                let id = self.comment(repo, id, true)?.id;
                self.change_comment(method, bot, id)
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    fn post_review_comment(&mut self, repo: &Repo, number: &str) -> Served {
        let bot = self.need_write(repo, &["pull_requests"])?;
        let pull = self.pull(repo, number)?.id;
        let posted: Posted = self.body()?;
        if let Some(to) = posted.in_reply_to {
            let id =
                self.sandbox.world_mut().reply(bot, to, &posted.body).map_err(long_form("PullRequestReviewComment"))?;
            return self.shown(id, 201);
        }
        let about_file = posted.subject_type.as_deref() == Some("file");
        if posted.commit_id.is_none() || (posted.line.is_none() && !about_file) {
            return Err(validation_failed(
                "PullRequestReviewComment",
                "line",
                "Invalid request.\n\n\"line\", \"commit_id\" weren't supplied.",
            ));
        }
        let line = if about_file { None } else { posted.line };
        let comment = NewComment {
            path: posted.path,
            body: posted.body,
            line,
            side: posted.side,
            start_line: posted.start_line,
            start_side: posted.start_side,
        };
        let id = self
            .sandbox
            .world_mut()
            .comment_on_line(bot, pull, posted.commit_id.as_deref(), &comment)
            .map_err(long_form("PullRequestReviewComment"))?;
        self.shown(id, 201)
    }

    pub(super) fn issues(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        match (method, rest) {
            ("GET", ["issues", number]) => {
                self.need_read(repo, &["issues"])?;
                self.issue(repo, number)
            }
            ("GET", ["issues", number, "comments"]) => {
                self.need_read(repo, &["issues", "pull_requests"])?;
                let pull = self.pull(repo, number)?.id;
                self.list_comments(pull, false)
            }
            ("POST", ["issues", number, "comments"]) => {
                let bot = self.need_write(repo, &["issues", "pull_requests"])?;
                let pull = self.pull(repo, number)?.id;
                let body = self.text("body")?;
                let id = self.sandbox.world_mut().comment(bot, pull, &body).map_err(long_form("IssueComment"))?;
                self.shown(id, 201)
            }
            ("POST", ["issues", number, "labels"]) => self.labels(repo, number),
            ("POST", ["issues", "comments", id, "reactions"]) => {
                // Not `pull_requests: write`: the table lists it under issues alone (FACTS 1m).
                let bot = self.need_write(repo, &["issues"])?;
                let id = self.comment(repo, id, false)?.id;
                self.react(bot, id)
            }
            ("GET", ["issues", "comments", id]) => {
                self.need_read(repo, &["issues", "pull_requests"])?;
                let id = self.comment(repo, id, false)?.id;
                self.shown(id, 200)
            }
            (_, ["issues", "comments", id]) => {
                let bot = self.need_write(repo, &["issues", "pull_requests"])?;
                let id = self.comment(repo, id, false)?.id;
                self.change_comment(method, bot, id)
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    /// An issue; a pull request is one, too, and says so.
    fn issue(&mut self, repo: &Repo, number: &str) -> Served {
        let state = self.lagged(Surface::Rest);
        let r = self.render(&state);
        let number = number.parse().unwrap_or_default();
        match (state.issue(repo.id, number), state.pull(repo.id, number)) {
            (Some(issue), _) if issue.deleted => Err(Answer::error(410, "This issue was deleted")),
            (Some(issue), _) => Answer::ok(r.plain_issue(issue)),
            (None, Some(pull)) => Answer::ok(r.issue(pull)),
            (None, None) => Err(Answer::error(404, "Not Found")),
        }
    }

    fn list_comments(&mut self, pull: Id, in_threads: bool) -> Served {
        let state = self.lagged(Surface::Rest);
        let r = self.render(&state);
        let since = self
            .query("since")
            .and_then(|since| chrono::DateTime::parse_from_rfc3339(since).ok())
            .map(|since| since.timestamp_millis());
        let fits = |comment: &&Arc<Comment>| {
            comment.pull == pull
                && (comment.place != Place::Conversation) == in_threads
                && !state.is_pending(comment)
                && since.is_none_or(|since| comment.updated_at >= since)
        };
        let mut comments: Vec<_> = state.comments.values().filter(fits).collect();
        if in_threads && self.query("sort").is_some() && self.query("direction") != Some("asc") {
            comments.reverse();
        }
        let shown: Vec<Value> = comments
            .into_iter()
            .map(|comment| if in_threads { r.review_comment(comment, false) } else { r.issue_comment(comment) })
            .collect();
        self.list(shown)
    }

    fn change_comment(&mut self, method: &str, bot: Id, id: Id) -> Served {
        match method {
            "PATCH" => {
                let body = self.text("body")?;
                self.sandbox.world_mut().edit_comment(bot, id, &body).map_err(long_form("IssueComment"))?;
                self.shown(id, 200)
            }
            "DELETE" => {
                self.sandbox.world_mut().delete_comment(bot, id)?;
                Ok(Answer { status: 204, body: Content::Empty, headers: Vec::new() })
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    fn react(&mut self, bot: Id, id: Id) -> Served {
        let content = self.text("content")?;
        let (reaction, new) = self.sandbox.world_mut().react(bot, id, &content).map_err(long_form("Reaction"))?;
        Ok(Answer::json(
            if new { 201 } else { 200 },
            Render::now(self.sandbox.world()).reaction(reaction, bot, &content),
        ))
    }
}
