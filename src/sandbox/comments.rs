//! Comments of both kinds: posting in the conversation, editing, deleting, hiding, reactions; committing a suggestion.

use std::sync::Arc;

use serde_json::json;

use super::log::{LogEvent, TextKind};
use super::model::{Comment, Id, Lines, Oid, Permission, Place, PullState, Side};
use super::render::Render;
use super::world::{Done, Refusal, WEB_FLOW, World, forbidden, invalid};

/// GitHub's eight reactions.
pub const REACTIONS: [&str; 8] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

fn kind_of(comment: &Comment) -> TextKind {
    match comment.place {
        Place::Conversation => TextKind::IssueComment,
        Place::Thread { .. } => TextKind::ReviewComment,
    }
}

impl World {
    /// A comment in the conversation.
    pub fn comment(&mut self, by: Id, pull: Id, body: &str) -> Done<Id> {
        let now = self.get_pull(pull)?;
        self.need(by, now.repo, Permission::Read)?;
        if now.locked && self.state.permission(by, now.repo) < Permission::Write {
            return forbidden("Unable to create comment because issue is locked.");
        }
        if body.trim().is_empty() {
            return invalid("Body can't be blank");
        }
        if body.chars().count() > 65_536 {
            return invalid("Body is too long (maximum is 65536 characters)");
        }
        let id = self.add_comment(by, &now, Place::Conversation, body);
        self.edit_pull(pull, |_| {});
        self.note(
            by,
            LogEvent::IssueCommentPosted {
                repo: self.state.full_name(now.repo),
                pull: now.number,
                comment: id,
                body: body.to_owned(),
            },
        );
        self.comment_event(by, id, "created", json!({}));
        Ok(id)
    }

    pub(super) fn need_author_or_person_who_writes(&self, by: Id, author: Id, repo: Id) -> Done {
        self.need(by, repo, Permission::Read)?;
        let bot = self.state.login(by).ends_with("[bot]");
        if by == author || (!bot && self.state.permission(by, repo) >= Permission::Write) {
            Ok(())
        } else {
            forbidden("Must have write access, or be its author.")
        }
    }

    /// Edits a comment: its author, or anybody with write access (FACTS 5d).
    pub fn edit_comment(&mut self, by: Id, comment: Id, body: &str) -> Done {
        let old = self.state.comments.get(&comment).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need_author_or_person_who_writes(by, old.author, pull.repo)?;
        if body.trim().is_empty() {
            return invalid("Body can't be blank");
        }
        let at = self.now;
        if let Some(comment) = self.edit().comments.get_mut(&comment) {
            let comment = Arc::make_mut(comment);
            body.clone_into(&mut comment.body);
            comment.updated_at = at;
            // An edit that changes nothing leaves no trace.
            if old.body != body {
                comment.edited = Some((at, by));
            }
        }
        self.edit_pull(pull.id, |_| {});
        let event = LogEvent::TextEdited {
            repo: self.state.full_name(pull.repo),
            pull: pull.number,
            kind: kind_of(&old),
            id: comment,
            author: self.state.login(old.author),
            before: old.body.clone(),
            after: body.to_owned(),
        };
        self.note(by, event);
        self.comment_event(by, comment, "edited", json!({"changes": {"body": {"from": old.body}}}));
        Ok(())
    }

    /// Deletes a comment: its author, or anybody with write access. A thread without comments is gone.
    pub fn delete_comment(&mut self, by: Id, comment: Id) -> Done {
        let old = self.state.comments.get(&comment).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need_author_or_person_who_writes(by, old.author, pull.repo)?;
        let event = LogEvent::CommentDeleted {
            repo: self.state.full_name(pull.repo),
            pull: pull.number,
            kind: kind_of(&old),
            id: comment,
            author: self.state.login(old.author),
            body: old.body.clone(),
        };
        self.note(by, event);
        // The event carries the comment as it was.
        self.comment_event(by, comment, "deleted", json!({}));
        let state = self.edit();
        state.comments.remove(&comment);
        if let Place::Thread { thread, .. } = old.place
            && let Some(entry) = state.threads.get_mut(&thread)
        {
            let left = Arc::make_mut(entry);
            left.comments.retain(|id| *id != comment);
            if left.comments.is_empty() {
                state.threads.remove(&thread);
            }
        }
        self.edit_pull(pull.id, |_| {});
        Ok(())
    }

    /// Hides a comment with a reason (`OUTDATED`, `RESOLVED`, …), or shows it again.
    pub fn minimize_comment(&mut self, by: Id, comment: Id, reason: Option<&str>) -> Done {
        let old = self.state.comments.get(&comment).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need(by, pull.repo, Permission::Write)?;
        if let Some(comment) = self.edit().comments.get_mut(&comment) {
            Arc::make_mut(comment).minimized = reason.map(str::to_lowercase);
        }
        let event = LogEvent::CommentMinimized {
            repo: self.state.full_name(pull.repo),
            pull: pull.number,
            kind: kind_of(&old),
            id: comment,
            author: self.state.login(old.author),
            reason: reason.map(str::to_owned),
        };
        self.note(by, event);
        Ok(())
    }

    /// Adds a reaction; gives its id and whether it is new.
    pub fn react(&mut self, by: Id, comment: Id, content: &str) -> Done<(Id, bool)> {
        let old = self.state.comments.get(&comment).cloned().ok_or(Refusal::NotFound)?;
        let pull = self.get_pull(old.pull)?;
        self.need(by, pull.repo, Permission::Read)?;
        if !REACTIONS.contains(&content) {
            return invalid("Validation Failed: content");
        }
        if let Some((id, ..)) = old.reactions.iter().find(|(_, who, what)| *who == by && what == content) {
            return Ok((*id, false));
        }
        let id = self.fresh("reaction");
        if let Some(comment) = self.edit().comments.get_mut(&comment) {
            Arc::make_mut(comment).reactions.push((id, by, content.to_owned()));
        }
        self.note(
            by,
            LogEvent::Reacted {
                repo: self.state.full_name(pull.repo),
                pull: pull.number,
                kind: kind_of(&old),
                id: comment,
                content: content.to_owned(),
            },
        );
        Ok((id, true))
    }

    fn comment_event(&mut self, by: Id, comment: Id, action: &str, mut payload: serde_json::Value) {
        if self.silent {
            return;
        }
        let Some(comment) = self.state.comments.get(&comment).cloned() else {
            return;
        };
        let Ok(pull) = self.get_pull(comment.pull) else {
            return;
        };
        let r = Render::now(self);
        match comment.place {
            Place::Conversation => {
                payload["comment"] = r.issue_comment(&comment);
                payload["issue"] = r.issue(&pull);
                self.repo_event(by, pull.repo, "issue_comment", Some(action), payload);
            }
            Place::Thread { .. } => {
                payload["comment"] = r.review_comment(&comment, false);
                payload["pull_request"] = r.pull(&pull, false);
                self.repo_event(by, pull.repo, "pull_request_review_comment", Some(action), payload);
            }
        }
    }

    /// "Commit suggestion": replaces the thread's lines by the block's, as a commit on the head branch. The clicker is the author, GitHub the
    /// committer, the suggester a co-author (FACTS 6).
    pub fn commit_suggestion(&mut self, by: Id, comment: Id) -> Done<Oid> {
        self.commit_suggestions(by, &[comment])
    }

    /// A batch of suggestions as one commit.
    pub fn commit_suggestions(&mut self, by: Id, comments: &[Id]) -> Done<Oid> {
        let mut changes: Vec<(String, Lines, String)> = Vec::new();
        let mut authors = Vec::new();
        let mut place = None;
        for id in comments {
            let comment = self.state.comments.get(id).cloned().ok_or(Refusal::NotFound)?;
            let Place::Thread { thread, .. } = comment.place else {
                return invalid("Suggestions stand in review threads.");
            };
            let thread = self.state.threads.get(&thread).cloned().ok_or(Refusal::NotFound)?;
            let (Some(lines), false, Side::Right) = (thread.lines, thread.outdated, thread.side) else {
                return invalid("Suggestion cannot be applied: outdated, or on deleted lines.");
            };
            let Some(block) = suggestion_block(&comment.body) else {
                return invalid("The comment holds no suggestion.");
            };
            changes.push((thread.path.clone(), lines, block));
            authors.push(comment.author);
            place = Some(comment.pull);
        }
        let pull = self.get_pull(place.ok_or(Refusal::NotFound)?)?;
        if pull.state != PullState::Open {
            return invalid("Suggestions cannot be applied to a closed pull request.");
        }
        self.need(by, pull.head_repo, Permission::Write)?;
        let mut files = self.git(pull.repo).files(&pull.head_sha).unwrap_or_default().as_ref().clone();
        // From the last line up, so that earlier replacements do not move later ones.
        changes.sort_by_key(|(path, lines, _)| (path.clone(), std::cmp::Reverse(lines.line)));
        let overlap = changes.windows(2).any(|pair| matches!(pair, [(path, later, _), (other, earlier, _)] if path == other && later.start.unwrap_or(later.line) <= earlier.line));
        if overlap {
            return invalid("Suggestions overlap.");
        }
        for (path, lines, block) in &changes {
            let git = self.git_mut(pull.repo);
            let Some(text) =
                files.get(path).and_then(|oid| git.blob(oid)).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            else {
                return Err(Refusal::NotFound);
            };
            let oid = git.add_blob(replace_lines(&text, *lines, block).into_bytes());
            files.insert(path.clone(), oid);
        }
        let mut message = match changes.as_slice() {
            [(path, ..)] => format!("Update {path}"),
            _ => "Apply suggestions from code review".to_owned(),
        };
        authors.sort_unstable();
        authors.dedup();
        for author in authors.into_iter().filter(|author| *author != by) {
            let who = self.signature(Some(author), "");
            message.extend(["\n\nCo-authored-by: ", &who.name, " <", &who.email, ">"]);
        }
        let (author, committer) = (self.signature(Some(by), ""), self.signature(Some(WEB_FLOW), ""));
        let sha = self
            .git_mut(pull.repo)
            .add_commit(files, vec![pull.head_sha.clone()], author, committer, &message)
            .sha
            .clone();
        for comment in comments {
            self.note(
                by,
                LogEvent::SuggestionCommitted {
                    repo: self.state.full_name(pull.repo),
                    pull: pull.number,
                    comment: *comment,
                    sha: sha.clone(),
                },
            );
        }
        self.move_branch(by, pull.head_repo, &pull.head, Some(&sha), false);
        if self.quirks.suggestion_resolves {
            for comment in comments {
                if let Some(Place::Thread { thread, .. }) =
                    self.state.comments.get(comment).map(|comment| comment.place.clone())
                {
                    self.resolve_thread(by, thread, true)?;
                }
            }
        }
        Ok(sha)
    }
}

/// The content of the first ```` ```suggestion ```` block, with its line ends.
fn suggestion_block(body: &str) -> Option<String> {
    let mut lines = body.split_inclusive('\n');
    let fence = lines.find_map(|line| {
        let line = line.trim();
        let ticks = line.bytes().take_while(|byte| *byte == b'`').count();
        (ticks >= 3 && line.get(ticks..).is_some_and(|word| word.trim() == "suggestion")).then_some(ticks)
    })?;
    let mut block = String::new();
    for line in lines {
        let bare = line.trim();
        if bare.len() >= fence && bare.bytes().all(|byte| byte == b'`') {
            return Some(block);
        }
        block.push_str(line);
    }
    None
}

/// Replaces lines of a text; the new ones take the line end that the replaced ones had.
fn replace_lines(text: &str, at: Lines, block: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let index = |line: u32| usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1).min(lines.len());
    let (start, end) = (index(at.start.unwrap_or(at.line)), index(at.line).saturating_add(1).min(lines.len()));
    let replaced = lines.get(start..end).unwrap_or_default();
    let crlf = replaced.first().is_some_and(|line| line.ends_with("\r\n"));
    let unended = replaced.last().is_some_and(|line| !line.ends_with('\n'));
    let mut new: String = block.lines().flat_map(|line| [line, if crlf { "\r\n" } else { "\n" }]).collect();
    if unended {
        new.truncate(new.trim_end_matches(['\r', '\n']).len());
    }
    let mut all: String = lines.get(..start).unwrap_or_default().concat();
    all.push_str(&new);
    all.push_str(&lines.get(end..).unwrap_or_default().concat());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_replaces_exactly_its_lines() {
        let block = suggestion_block("Better:\n\n```suggestion\nB\nBB\n```\nso?").unwrap_or_default();
        assert_eq!(block, "B\nBB\n");
        assert_eq!(replace_lines("a\nb\nc\n", Lines { start: None, line: 2 }, &block), "a\nB\nBB\nc\n");
        assert_eq!(
            replace_lines("a\r\nb\r\nc", Lines { start: Some(2), line: 3 }, &block),
            "a\r\nB\r\nBB\n".replace("BB\n", "BB")
        );
        assert_eq!(replace_lines("a\nb\nc\n", Lines { start: Some(1), line: 2 }, ""), "c\n");
    }
}
