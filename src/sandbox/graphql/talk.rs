//! Fields of reviews, threads and comments.

use serde_json::Value;

use super::super::model::{Comment, Id, Permission, Place, Pull, Review, Thread};
use super::super::patch::shown_lines;
use super::super::render::{iso, node_id};
use super::Fault;
use super::exec::{Exec, Out, unknown};
use super::fields::{int, leaf};
use super::objects::Obj;

impl Exec<'_> {
    pub(super) fn talk_field(&self, obj: &Obj, name: &str) -> Result<Out, Fault> {
        let pull = |id: Id| self.state.pulls.get(&id);
        match obj {
            Obj::Review(id) => match self.state.reviews.get(id).and_then(|review| Some((review, pull(review.pull)?))) {
                Some((review, pull)) => self.review_field(review, pull, name),
                None => Ok(Self::null()),
            },
            Obj::Thread(id) => match self.state.threads.get(id).and_then(|thread| Some((thread, pull(thread.pull)?))) {
                Some((thread, pull)) => self.thread_field(thread, pull, name),
                None => Ok(Self::null()),
            },
            Obj::ReviewComment(id) | Obj::IssueComment(id) => {
                match self.state.comments.get(id).and_then(|comment| Some((comment, pull(comment.pull)?))) {
                    Some((comment, pull)) => self.comment_field(comment, pull, name),
                    None => Ok(Self::null()),
                }
            }
            _ => Err(unknown(name, obj.type_name())),
        }
    }

    fn account(&self, id: Id) -> Out {
        Out::maybe(Obj::account(&self.state, id))
    }

    fn review_field(&self, review: &Review, pull: &Pull, name: &str) -> Result<Out, Fault> {
        let url = || format!("{}#pullrequestreview-{}", self.pull_url(pull), review.id);
        Ok(match name {
            "id" => leaf(node_id("PRR_", review.id)),
            "databaseId" => int(review.id),
            "fullDatabaseId" => leaf(review.id.to_string()),
            "state" => leaf(review.state.name()),
            "body" | "bodyText" => leaf(&review.body),
            "author" => self.account(review.author),
            "authorAssociation" => self.association(review.author, pull.repo),
            "authorCanPushToRepository" => leaf(self.state.permission(review.author, pull.repo) >= Permission::Write),
            "commit" => Out::maybe(review.commit.as_ref().map(|sha| Obj::Commit(pull.repo, sha.clone()))),
            "createdAt" => leaf(iso(review.created_at)),
            "submittedAt" | "publishedAt" => leaf(review.submitted_at.map(iso)),
            "updatedAt" => leaf(iso(review.edited.map_or(review.created_at, |(at, _)| at))),
            "lastEditedAt" => leaf(review.edited.map(|(at, _)| iso(at))),
            "editor" => review.edited.map_or(Self::null(), |(_, by)| self.account(by)),
            "includesCreatedEdit" => leaf(review.edited.is_some()),
            "createdViaEmail" => leaf(false),
            "isMinimized" => leaf(review.minimized.is_some()),
            "minimizedReason" => leaf(&review.minimized),
            "onBehalfOf" => {
                Out::Conn("TeamConnection", review.on_behalf_of.iter().map(|team| Obj::Team(*team)).collect())
            }
            "comments" => {
                let own = self
                    .state
                    .comments
                    .values()
                    .filter(|comment| matches!(comment.place, Place::Thread { review: of, .. } if of == review.id));
                Out::Conn(
                    "PullRequestReviewCommentConnection",
                    own.map(|comment| Obj::ReviewComment(comment.id)).collect(),
                )
            }
            "pullRequest" => Out::Obj(Obj::Pull(pull.id)),
            "repository" => Out::Obj(Obj::Repo(pull.repo)),
            "url" => leaf(url()),
            "viewerDidAuthor" => leaf(review.author == self.asker.bot),
            _ => return Err(unknown(name, "PullRequestReview")),
        })
    }

    fn thread_field(&self, thread: &Thread, pull: &Pull, name: &str) -> Result<Out, Fault> {
        // Resolving takes `contents: write` of an App (FACTS 1b).
        let may_resolve = self.asker.may(&self.state, pull.repo, "contents", true);
        Ok(match name {
            "id" => leaf(node_id("PRRT_", thread.id)),
            "isResolved" => leaf(thread.resolved_by.is_some()),
            "isCollapsed" => leaf(thread.resolved_by.is_some() || thread.outdated),
            "isOutdated" => leaf(thread.outdated),
            // A `User`: null where a bot resolved it (FACTS 5).
            "resolvedBy" => Out::maybe(
                thread.resolved_by.and_then(|user| Obj::account(&self.state, user)).filter(|user| user.is("User")),
            ),
            "path" => leaf(&thread.path),
            "line" => leaf(thread.lines.map(|at| at.line)),
            "startLine" => leaf(thread.lines.and_then(|at| at.start)),
            "originalLine" => leaf(thread.original.map(|at| at.line)),
            "originalStartLine" => leaf(thread.original.and_then(|at| at.start)),
            "diffSide" => leaf(thread.side.name()),
            "startDiffSide" => leaf(thread.original.and_then(|at| at.start).map(|_| thread.side.name())),
            "subjectType" => leaf(if thread.original.is_some() { "LINE" } else { "FILE" }),
            "viewerCanResolve" => leaf(may_resolve && thread.resolved_by.is_none()),
            "viewerCanUnresolve" => leaf(may_resolve && thread.resolved_by.is_some()),
            "viewerCanReply" => leaf(self.asker.may(&self.state, pull.repo, "pull_requests", true)),
            "comments" => {
                let shown = thread
                    .comments
                    .iter()
                    .filter(|id| self.state.comments.get(id).is_some_and(|comment| !self.state.is_pending(comment)));
                Out::Conn("PullRequestReviewCommentConnection", shown.map(|id| Obj::ReviewComment(*id)).collect())
            }
            "pullRequest" => Out::Obj(Obj::Pull(pull.id)),
            "repository" => Out::Obj(Obj::Repo(pull.repo)),
            _ => return Err(unknown(name, "PullRequestReviewThread")),
        })
    }

    fn comment_field(&self, comment: &Comment, pull: &Pull, name: &str) -> Result<Out, Fault> {
        let prefix = if comment.place == Place::Conversation { "IC_" } else { "PRRC_" };
        let anchor = if comment.place == Place::Conversation { "issuecomment-" } else { "discussion_r" };
        Ok(match name {
            "id" => leaf(node_id(prefix, comment.id)),
            "databaseId" => int(comment.id),
            "fullDatabaseId" => leaf(comment.id.to_string()),
            "body" | "bodyText" => leaf(&comment.body),
            "author" => self.account(comment.author),
            "authorAssociation" => self.association(comment.author, pull.repo),
            "createdAt" | "publishedAt" => leaf(iso(comment.created_at)),
            "updatedAt" => leaf(iso(comment.updated_at)),
            "lastEditedAt" => leaf(comment.edited.map(|(at, _)| iso(at))),
            "editor" => comment.edited.map_or(Self::null(), |(_, by)| self.account(by)),
            "includesCreatedEdit" => leaf(comment.edited.is_some()),
            "createdViaEmail" => leaf(false),
            "isMinimized" => leaf(comment.minimized.is_some()),
            "minimizedReason" => leaf(&comment.minimized),
            "pullRequest" => Out::Obj(Obj::Pull(pull.id)),
            "repository" => Out::Obj(Obj::Repo(pull.repo)),
            "url" => leaf(format!("{}#{anchor}{}", self.pull_url(pull), comment.id)),
            "viewerDidAuthor" => leaf(comment.author == self.asker.bot),
            "viewerCanMinimize" => leaf(self.asker.may(&self.state, pull.repo, "pull_requests", true)),
            _ => return self.review_comment_field(comment, pull, name),
        })
    }

    fn review_comment_field(&self, comment: &Comment, pull: &Pull, name: &str) -> Result<Out, Fault> {
        let Place::Thread { thread, review, reply_to, commit } = &comment.place else {
            return Err(unknown(name, "IssueComment"));
        };
        let Some(at) = self.state.threads.get(thread) else { return Ok(Out::Leaf(Value::Null)) };
        let position = || shown_lines(&at.diff_hunk).values().map(|shown| shown.position).max().unwrap_or(1);
        Ok(match name {
            "path" => leaf(&at.path),
            "line" => leaf(at.lines.map(|at| at.line)),
            "startLine" => leaf(at.lines.and_then(|at| at.start)),
            "originalLine" => leaf(at.original.map(|at| at.line)),
            "originalStartLine" => leaf(at.original.and_then(|at| at.start)),
            "position" => leaf(at.lines.map(|_| position())),
            "originalPosition" => leaf(position()),
            "outdated" => leaf(at.outdated),
            "diffHunk" => leaf(&at.diff_hunk),
            "subjectType" => leaf(if at.original.is_some() { "LINE" } else { "FILE" }),
            "state" => leaf(if self.state.is_pending(comment) { "PENDING" } else { "SUBMITTED" }),
            "replyTo" => Out::maybe(reply_to.filter(|to| self.state.comments.contains_key(to)).map(Obj::ReviewComment)),
            "pullRequestReview" => Out::maybe(self.state.reviews.contains_key(review).then_some(Obj::Review(*review))),
            "commit" => Out::Obj(Obj::Commit(pull.repo, at.commit.clone())),
            "originalCommit" => Out::Obj(Obj::Commit(pull.repo, commit.clone())),
            _ => return Err(unknown(name, "PullRequestReviewComment")),
        })
    }
}
