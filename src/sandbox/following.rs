//! Pull requests follow their branches: pushes to the head, pushes to the base, branches that go away, threads that move with their lines.

use std::sync::Arc;

use serde_json::json;

use super::log::LogEvent;
use super::model::{Id, Oid, Pull, PullState, ReviewState, Side, Thread, TimelineEvent};
use super::patch::{follow, shown_lines};
use super::world::World;

impl World {
    /// A branch moved: its pull requests follow.
    pub(super) fn follow_branch(
        &mut self,
        by: Id,
        repo: Id,
        branch: &str,
        before: Option<&Oid>,
        after: Option<&Oid>,
        forced: bool,
    ) {
        let open: Vec<Arc<Pull>> =
            self.state.pulls.values().filter(|pull| pull.state == PullState::Open).cloned().collect();
        for pull in open {
            if pull.head_repo == repo && pull.head == branch {
                match after {
                    Some(after) => self.synchronize(by, &pull, before, after, forced),
                    None => self.close_silently(by, &pull),
                }
            } else if pull.repo == repo && pull.base == branch {
                match after {
                    Some(after) => self.base_moved(by, &pull, after),
                    // GitHub retargets to the base of a merged pull request whose branch goes away, else closes.
                    None => match self.merged_into(repo, branch) {
                        Some(next) => self.change_base(by, &pull, &next, true),
                        None => self.close_silently(by, &pull),
                    },
                }
            }
        }
    }

    fn merged_into(&self, repo: Id, branch: &str) -> Option<String> {
        let merged = self.state.pulls.values().rfind(|pull| {
            pull.repo == repo && pull.head_repo == repo && pull.head == branch && pull.state == PullState::Merged
        })?;
        self.state.repos.get(&repo)?.branches.contains_key(&merged.base).then(|| merged.base.clone())
    }

    fn close_silently(&mut self, by: Id, pull: &Pull) {
        let now = self.now;
        self.edit_pull(pull.id, |pull| {
            pull.state = PullState::Closed;
            pull.closed_at = Some(now);
        });
        self.timeline(pull.id, by, TimelineEvent::Closed);
        self.note(by, LogEvent::PullClosed { repo: self.state.full_name(pull.repo), pull: pull.number });
        self.pull_event(by, pull.id, "closed", json!({}));
    }

    fn base_moved(&mut self, by: Id, pull: &Pull, after: &Oid) {
        if self.quirks.base_sha_follows
            && let Some(pull) = self.edit().pulls.get_mut(&pull.id)
        {
            Arc::make_mut(pull).base_sha.clone_from(after);
        }
        // A push to the base that contains the head merges the pull request.
        if self.git(pull.repo).is_ancestor(&pull.head_sha, after) {
            let now = self.now;
            self.edit_pull(pull.id, |pull| {
                pull.state = PullState::Merged;
                pull.closed_at = Some(now);
                pull.merged = Some((after.clone(), by));
            });
            self.timeline(pull.id, by, TimelineEvent::Merged);
            self.note(
                by,
                LogEvent::PullMerged {
                    repo: self.state.full_name(pull.repo),
                    pull: pull.number,
                    base: pull.base.clone(),
                    head_sha: pull.head_sha.clone(),
                    merge_sha: after.clone(),
                },
            );
            self.pull_event(by, pull.id, "closed", json!({}));
        }
    }

    fn synchronize(&mut self, by: Id, pull: &Pull, before: Option<&Oid>, after: &Oid, forced: bool) {
        let old_diff = self.diff_shape(pull);
        let base_sha = self
            .get_repo(pull.repo)
            .ok()
            .and_then(|repo| repo.branches.get(&pull.base).cloned())
            .unwrap_or_else(|| pull.base_sha.clone());
        self.edit_pull(pull.id, |pull| {
            pull.head_sha.clone_from(after);
            pull.base_sha = base_sha;
        });
        let before = before.cloned().unwrap_or_default();
        if forced {
            self.timeline(
                pull.id,
                by,
                TimelineEvent::HeadRefForcePushed { before: before.clone(), after: after.clone() },
            );
        }
        self.note(
            by,
            LogEvent::PullHeadMoved {
                repo: self.state.full_name(pull.repo),
                pull: pull.number,
                before: before.clone(),
                after: after.clone(),
                forced,
            },
        );
        self.reanchor(pull.id);
        let Ok(now) = self.get_pull(pull.id) else {
            return;
        };
        let stale = self.state.rules(pull.repo, &pull.base).is_some_and(|rules| rules.dismiss_stale)
            && old_diff != self.diff_shape(&now);
        self.pull_event(by, pull.id, "synchronize", json!({"before": before, "after": after}));
        if stale {
            let approvals: Vec<Id> = self
                .state
                .reviews
                .values()
                .filter(|review| review.pull == pull.id && review.state == ReviewState::Approved)
                .map(|review| review.id)
                .collect();
            for review in approvals {
                self.dismiss_quietly(by, review, "Dismissed by a push that changed the diff", true);
            }
        }
        if !now.draft {
            self.request_owners(pull.id);
        }
    }

    fn diff_shape(&self, pull: &Pull) -> Vec<(String, Option<Oid>, Option<Oid>)> {
        self.pull_files(pull).into_iter().map(|file| (file.path, file.old, file.new)).collect()
    }

    /// Moves threads with their lines; those whose lines changed are outdated.
    pub(super) fn reanchor(&mut self, pull: Id) {
        let Ok(now) = self.get_pull(pull) else { return };
        let files = self.pull_files(&now);
        let threads: Vec<Arc<Thread>> =
            self.state.threads.values().filter(|thread| thread.pull == pull).cloned().collect();
        for thread in threads {
            let file = files.iter().find(|file| file.path == thread.path);
            let lines = thread.original.and_then(|at| {
                let file = file?;
                let git = self.git(now.repo);
                let text = |oid: &Option<Oid>| {
                    oid.as_ref()
                        .and_then(|oid| git.blob(oid))
                        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                        .unwrap_or_default()
                };
                let new = if thread.side == Side::Right { text(&file.new) } else { text(&file.old) };
                let moved = follow(&self.thread_text(&now, &thread), &new, at)?;
                // GitHub shows a thread as outdated once its line is no part of the diff any more.
                let shown = file.patch.as_deref().map(shown_lines);
                shown.is_none_or(|shown| shown.contains_key(&(thread.side, moved.line))).then_some(moved)
            });
            let outdated = if thread.original.is_some() { lines.is_none() } else { file.is_none() };
            let fresh = outdated && !thread.outdated;
            if let Some(thread) = self.edit().threads.get_mut(&thread.id) {
                let thread = Arc::make_mut(thread);
                thread.lines = lines;
                thread.outdated = outdated;
                if !outdated {
                    thread.commit.clone_from(&now.head_sha);
                }
            }
            if fresh {
                self.note(
                    now.author,
                    LogEvent::ThreadOutdated {
                        repo: self.state.full_name(now.repo),
                        pull: now.number,
                        thread: thread.id,
                    },
                );
            }
        }
    }

    /// The text that a thread's original lines count in.
    fn thread_text(&self, pull: &Pull, thread: &Thread) -> String {
        let git = self.git(pull.repo);
        let sha = match thread.side {
            Side::Right => thread.original_commit.clone(),
            Side::Left => git.merge_base(&pull.base_sha, &thread.original_commit).unwrap_or_default(),
        };
        git.text(&sha, &thread.path).unwrap_or_default()
    }
}
