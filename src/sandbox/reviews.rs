//! Reviews and review threads.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::log::{LogEvent, TextKind};
use super::model::{
    Comment, Id, Lines, Oid, Permission, Place, Pull, PullState, Review, ReviewState, Side, Thread, TimelineEvent,
};
use super::patch::{FileChange, changes, hunk_until, shown_lines};
use super::render::Render;
use super::world::{Done, Refusal, World, forbidden, invalid};

/// What a review says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewEvent {
    /// Approve.
    Approve,
    /// Request changes.
    RequestChanges,
    /// Comment only.
    Comment,
}

impl ReviewEvent {
    fn state(self) -> ReviewState {
        match self {
            Self::Approve => ReviewState::Approved,
            Self::RequestChanges => ReviewState::ChangesRequested,
            Self::Comment => ReviewState::Commented,
        }
    }
}

/// A new comment on lines, or (without `line`) on the whole file.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct NewComment {
    /// File.
    pub path: String,
    /// Text.
    pub body: String,
    /// Last (or only) line.
    pub line: Option<u32>,
    /// Side; `RIGHT` unless told.
    pub side: Option<Side>,
    /// First line of several; strictly less than `line`.
    pub start_line: Option<u32>,
    /// Its side.
    pub start_side: Option<Side>,
}

/// A new review. Without `event` it stays pending.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewReview {
    /// What it says.
    pub event: Option<ReviewEvent>,
    /// Text.
    pub body: String,
    /// The commit it is about; the head unless told.
    pub commit_id: Option<Oid>,
    /// Comments, all or none.
    pub comments: Vec<NewComment>,
}

impl World {
    /// Submits a review (or leaves it pending): all of it or nothing.
    pub fn submit_review(&mut self, by: Id, pull: Id, new: &NewReview) -> Done<Id> {
        let now = self.get_pull(pull)?;
        self.need(by, now.repo, Permission::Read)?;
        self.need_unlocked(by, &now)?;
        Self::check_opinion(by, &now, new.event)?;
        if self.pending_of(by, pull).is_some() {
            return invalid("User can only have one pending review per pull request");
        }
        let bodyless = new.body.trim().is_empty() && (new.comments.is_empty() || !self.quirks.empty_review_body);
        if bodyless && matches!(new.event, Some(ReviewEvent::RequestChanges | ReviewEvent::Comment)) {
            return invalid("Body can't be blank");
        }
        if new.body.chars().count() > 65_536 || new.comments.iter().any(|comment| comment.body.chars().count() > 65_536)
        {
            return invalid("Body is too long (maximum is 65536 characters)");
        }
        let commit = new.commit_id.clone().unwrap_or_else(|| now.head_sha.clone());
        let files = self.files_at(&now, &commit)?;
        for comment in &new.comments {
            Self::check_anchor(&files, comment)?;
        }
        let review = self.add_review(by, &now, new.event, &new.body, &commit);
        for comment in &new.comments {
            self.add_thread(by, &now, review, &commit, &files, comment);
        }
        self.reanchor_if_old(&now, &commit);
        if let Some(event) = new.event {
            self.review_submitted(by, review, event);
        }
        Ok(review)
    }

    /// Submits a pending review.
    pub fn submit_pending(&mut self, by: Id, review: Id, event: ReviewEvent, body: Option<&str>) -> Done {
        let old = self.state.reviews.get(&review).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        if old.author != by || old.state != ReviewState::Pending {
            return invalid("Can not submit a review that is not pending");
        }
        Self::check_opinion(by, &pull, Some(event))?;
        let now = self.now;
        if let Some(review) = self.edit().reviews.get_mut(&review) {
            let review = Arc::make_mut(review);
            review.state = event.state();
            review.submitted_at = Some(now);
            if let Some(body) = body {
                body.clone_into(&mut review.body);
            }
        }
        self.review_submitted(by, review, event);
        Ok(())
    }

    /// A single comment outside any review of several: GitHub makes a review around it.
    pub fn comment_on_line(&mut self, by: Id, pull: Id, commit: Option<&str>, comment: &NewComment) -> Done<Id> {
        let now = self.get_pull(pull)?;
        self.need(by, now.repo, Permission::Read)?;
        self.need_unlocked(by, &now)?;
        if comment.body.trim().is_empty() {
            return invalid("Body can't be blank");
        }
        let commit = commit.map_or_else(|| now.head_sha.clone(), str::to_owned);
        let files = self.files_at(&now, &commit)?;
        Self::check_anchor(&files, comment)?;
        let review = self.add_review(by, &now, Some(ReviewEvent::Comment), "", &commit);
        let id = self.add_thread(by, &now, review, &commit, &files, comment);
        self.reanchor_if_old(&now, &commit);
        self.review_submitted(by, review, ReviewEvent::Comment);
        Ok(id)
    }

    /// Answers in the thread of this comment.
    pub fn reply(&mut self, by: Id, comment: Id, body: &str) -> Done<Id> {
        let to = self.state.comments.get(&comment).cloned().ok_or(Refusal::NotFound)?;
        let Place::Thread { thread, .. } = to.place else {
            return Err(Refusal::NotFound);
        };
        let pull = self.get_pull(to.pull)?;
        self.need(by, pull.repo, Permission::Read)?;
        self.need_unlocked(by, &pull)?;
        if body.trim().is_empty() {
            return invalid("Body can't be blank");
        }
        let root =
            self.state.threads.get(&thread).ok_or(Refusal::NotFound)?.comments.first().copied().unwrap_or(comment);
        let review = self.add_review(by, &pull, Some(ReviewEvent::Comment), "", &pull.head_sha);
        let id = self.add_comment(
            by,
            &pull,
            Place::Thread { thread, review, reply_to: Some(root), commit: pull.head_sha.clone() },
            body,
        );
        self.review_submitted(by, review, ReviewEvent::Comment);
        Ok(id)
    }

    /// Dismisses an approval or a request for changes; anyone with write access may, the author too (FACTS 7).
    pub fn dismiss_review(&mut self, by: Id, review: Id, message: &str) -> Done {
        let old = self.state.reviews.get(&review).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need(by, pull.repo, Permission::Write)?;
        if !matches!(old.state, ReviewState::Approved | ReviewState::ChangesRequested) {
            return invalid(format!("Can not dismiss a {} pull request review", old.state.name().to_lowercase()));
        }
        if message.trim().is_empty() {
            return invalid("Message can't be blank");
        }
        self.dismiss_quietly(by, review, message, false);
        Ok(())
    }

    pub(super) fn dismiss_quietly(&mut self, by: Id, review: Id, message: &str, automatic: bool) {
        let Some(old) = self.state.reviews.get(&review).cloned() else {
            return;
        };
        let Ok(pull) = self.get_pull(old.pull) else {
            return;
        };
        if let Some(review) = self.edit().reviews.get_mut(&review) {
            Arc::make_mut(review).state = ReviewState::Dismissed;
        }
        let commit = automatic.then(|| pull.head_sha.clone());
        self.timeline(
            pull.id,
            by,
            TimelineEvent::ReviewDismissed { review, previous: old.state, message: message.to_owned(), commit },
        );
        let event = LogEvent::ReviewDismissed {
            repo: self.state.full_name(pull.repo),
            pull: pull.number,
            review,
            reviewer: self.state.login(old.author),
            previous: old.state,
            message: message.to_owned(),
            automatic,
        };
        self.note(by, event);
        self.review_event(by, review, "dismissed", json!({}));
    }

    /// Edits a review's body: its author, or a writer.
    pub fn edit_review(&mut self, by: Id, review: Id, body: &str) -> Done {
        let old = self.state.reviews.get(&review).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need_author_or_person_who_writes(by, old.author, pull.repo)?;
        let at = self.now;
        if let Some(review) = self.edit().reviews.get_mut(&review) {
            let review = Arc::make_mut(review);
            body.clone_into(&mut review.body);
            review.edited = Some((at, by));
        }
        self.edit_pull(pull.id, |_| {});
        let event = LogEvent::TextEdited {
            repo: self.state.full_name(pull.repo),
            pull: pull.number,
            kind: TextKind::Review,
            id: review,
            author: self.state.login(old.author),
            before: old.body.clone(),
            after: body.to_owned(),
        };
        self.note(by, event);
        self.review_event(by, review, "edited", json!({"changes": {"body": {"from": old.body}}}));
        Ok(())
    }

    /// Forgets which commit a review was about, as after a force-push and garbage collection (FACTS 9).
    pub fn forget_review_commit(&mut self, review: Id) {
        if let Some(review) = self.edit().reviews.get_mut(&review) {
            Arc::make_mut(review).commit = None;
        }
    }

    /// Resolves or reopens a thread: the pull request's author, or a writer.
    pub fn resolve_thread(&mut self, by: Id, thread: Id, resolved: bool) -> Done {
        let old = self.state.threads.get(&thread).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need_author_or_writer(by, &pull)?;
        if old.resolved_by.is_some() == resolved {
            return Ok(());
        }
        if let Some(thread) = self.edit().threads.get_mut(&thread) {
            Arc::make_mut(thread).resolved_by = resolved.then_some(by);
        }
        if self.quirks.resolving_touches {
            self.edit_pull(pull.id, |_| {});
        }
        self.note(
            by,
            LogEvent::ThreadResolved { repo: self.state.full_name(pull.repo), pull: pull.number, thread, resolved },
        );
        let r = Render::now(self);
        let payload = json!({"pull_request": r.pull(&pull, false), "thread": {"node_id": r.node("PRRT_", thread), "comments": old.comments.iter().filter_map(|id| self.state.comments.get(id)).map(|c| r.review_comment(c, false)).collect::<Vec<_>>()}});
        self.repo_event(
            by,
            pull.repo,
            "pull_request_review_thread",
            Some(if resolved { "resolved" } else { "unresolved" }),
            payload,
        );
        Ok(())
    }

    // ── parts ──

    fn need_unlocked(&self, by: Id, pull: &Pull) -> Done {
        if pull.locked && self.state.permission(by, pull.repo) < Permission::Write {
            forbidden("Unable to create comment because issue is locked.")
        } else {
            Ok(())
        }
    }

    fn check_opinion(by: Id, pull: &Pull, event: Option<ReviewEvent>) -> Done {
        match event {
            Some(ReviewEvent::Approve) if by == pull.author => invalid("Can not approve your own pull request"),
            Some(ReviewEvent::RequestChanges) if by == pull.author => {
                invalid("Can not request changes on your own pull request")
            }
            Some(ReviewEvent::Approve | ReviewEvent::RequestChanges) if pull.state != PullState::Open => {
                invalid("Pull request is closed")
            }
            _ => Ok(()),
        }
    }

    /// A person's own pending review.
    pub fn pending_of(&self, by: Id, pull: Id) -> Option<Id> {
        self.state
            .reviews
            .values()
            .find(|review| review.pull == pull && review.author == by && review.state == ReviewState::Pending)
            .map(|review| review.id)
    }

    /// The diff of the pull request as of one of its commits.
    fn files_at(&self, pull: &Pull, commit: &str) -> Done<Vec<FileChange>> {
        if commit == pull.head_sha {
            return Ok(self.pull_files(pull));
        }
        let git = self.git(pull.repo);
        let Some(files) = git.files(commit) else {
            return invalid("Validation Failed: commit_id is not part of the pull request");
        };
        let base = git.merge_base(&pull.base_sha, commit).and_then(|sha| git.files(&sha)).unwrap_or_default();
        Ok(changes(git, &base, &files, self.limits.patch))
    }

    /// Only lines that a hunk shows; several lines within one hunk, first before last. The answer names no culprit (FACTS 12).
    fn check_anchor(files: &[FileChange], comment: &NewComment) -> Done {
        let refused = || Err(Refusal::Invalid("Unprocessable Entity: \"Line could not be resolved\"".to_owned()));
        if comment.body.trim().is_empty() {
            return refused();
        }
        let Some(file) = files.iter().find(|file| file.path == comment.path) else {
            return refused();
        };
        let Some(line) = comment.line else {
            return if comment.start_line.is_none() { Ok(()) } else { refused() };
        };
        let Some(patch) = &file.patch else {
            return refused();
        };
        let (shown, side) = (shown_lines(patch), comment.side.unwrap_or(Side::Right));
        let Some(last) = shown.get(&(side, line)) else {
            return refused();
        };
        match comment.start_line {
            None => Ok(()),
            Some(start) => match shown.get(&(comment.start_side.unwrap_or(side), start)) {
                Some(first) if first.hunk == last.hunk && start < line => Ok(()),
                _ => refused(),
            },
        }
    }

    fn add_review(&mut self, by: Id, pull: &Pull, event: Option<ReviewEvent>, body: &str, commit: &str) -> Id {
        let id = self.fresh("review");
        let review = Review {
            id,
            pull: pull.id,
            author: by,
            state: event.map_or(ReviewState::Pending, ReviewEvent::state),
            body: body.to_owned(),
            commit: Some(commit.to_owned()),
            created_at: self.now,
            submitted_at: event.map(|_| self.now),
            edited: None,
            on_behalf_of: Vec::new(),
            minimized: None,
        };
        self.edit().reviews.insert(id, Arc::new(review));
        id
    }

    fn add_thread(
        &mut self,
        by: Id,
        pull: &Pull,
        review: Id,
        commit: &str,
        files: &[FileChange],
        new: &NewComment,
    ) -> Id {
        let side = new.side.unwrap_or(Side::Right);
        let lines = new.line.map(|line| Lines { start: new.start_line, line });
        let patch =
            files.iter().find(|file| file.path == new.path).and_then(|file| file.patch.as_deref()).unwrap_or_default();
        let thread = self.fresh("comment");
        let record = Thread {
            id: thread,
            pull: pull.id,
            path: new.path.clone(),
            side,
            lines,
            original: lines,
            original_commit: commit.to_owned(),
            commit: commit.to_owned(),
            outdated: false,
            resolved_by: None,
            diff_hunk: lines.map_or_else(String::new, |at| hunk_until(patch, side, at.line)),
            comments: Vec::new(),
        };
        self.edit().threads.insert(thread, Arc::new(record));
        self.add_comment(
            by,
            pull,
            Place::Thread { thread, review, reply_to: None, commit: commit.to_owned() },
            &new.body,
        )
    }

    pub(super) fn add_comment(&mut self, by: Id, pull: &Pull, place: Place, body: &str) -> Id {
        let id = self.fresh("comment");
        if let Place::Thread { thread, .. } = &place
            && let Some(thread) = self.edit().threads.get_mut(thread)
        {
            Arc::make_mut(thread).comments.push(id);
        }
        let comment = Comment {
            id,
            pull: pull.id,
            place,
            author: by,
            body: body.to_owned(),
            created_at: self.now,
            updated_at: self.now,
            edited: None,
            minimized: None,
            reactions: Vec::new(),
        };
        self.edit().comments.insert(id, Arc::new(comment));
        id
    }

    fn reanchor_if_old(&mut self, pull: &Pull, commit: &str) {
        if commit != pull.head_sha {
            self.reanchor(pull.id);
        }
    }

    /// What follows a submission: requests fulfilled, log, one event for each comment and one for the review (FACTS 15).
    fn review_submitted(&mut self, by: Id, review: Id, event: ReviewEvent) {
        let Some(done) = self.state.reviews.get(&review).cloned() else {
            return;
        };
        let Ok(pull) = self.get_pull(done.pull) else {
            return;
        };
        let teams: Vec<Id> =
            pull.requested_teams.keys().copied().filter(|team| self.state.team_members(*team).contains(&by)).collect();
        let behalf = teams.clone();
        if let Some(review) = self.edit().reviews.get_mut(&review) {
            Arc::make_mut(review).on_behalf_of = behalf;
        }
        self.edit_pull(pull.id, |pull| {
            pull.requested_users.remove(&by);
            // A comment leaves the team asked; an opinion answers for it.
            if event != ReviewEvent::Comment {
                pull.requested_teams.retain(|team, _| !teams.contains(team));
            }
        });
        let repo = self.state.full_name(pull.repo);
        let commit = done.commit.clone().unwrap_or_default();
        self.note(
            by,
            LogEvent::ReviewSubmitted {
                repo: repo.clone(),
                pull: pull.number,
                review,
                state: done.state,
                commit,
                body: done.body.clone(),
            },
        );
        let comments: Vec<Arc<Comment>> = self
            .state
            .comments
            .values()
            .filter(|comment| matches!(comment.place, Place::Thread { review: of, .. } if of == review))
            .cloned()
            .collect();
        for comment in comments {
            let Place::Thread { thread, reply_to, .. } = comment.place else {
                continue;
            };
            let Some(at) = self.state.threads.get(&thread).cloned() else {
                continue;
            };
            let posted = LogEvent::ReviewCommentPosted {
                repo: repo.clone(),
                pull: pull.number,
                comment: comment.id,
                thread,
                review,
                path: at.path.clone(),
                side: at.side,
                start_line: at.original.and_then(|lines| lines.start),
                line: at.original.map(|lines| lines.line),
                reply_to,
                body: comment.body.clone(),
            };
            self.note(by, posted);
            if self.silent {
                continue;
            }
            let r = Render::now(self);
            let payload = json!({"comment": r.review_comment(&comment, false), "pull_request": r.pull(&pull, false)});
            self.repo_event(by, pull.repo, "pull_request_review_comment", Some("created"), payload);
        }
        self.review_event(by, review, "submitted", json!({}));
    }

    fn review_event(&mut self, by: Id, review: Id, action: &str, mut payload: serde_json::Value) {
        if self.silent {
            return;
        }
        let Some(review) = self.state.reviews.get(&review).cloned() else {
            return;
        };
        let Ok(pull) = self.get_pull(review.pull) else {
            return;
        };
        let r = Render::now(self);
        let mut shown = r.review(&review);
        // Webhooks spell the state in lower case.
        shown["state"] = json!(review.state.name().to_lowercase());
        payload["review"] = shown;
        payload["pull_request"] = r.pull(&pull, false);
        self.repo_event(by, pull.repo, "pull_request_review", Some(action), payload);
    }
}
