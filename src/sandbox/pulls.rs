//! Pull requests: opening, editing, following pushes, closing, merging.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::log::LogEvent;
use super::model::{Id, Oid, Permission, Pull, PullState, TimelineEvent, TimelineItem};
use super::render::Render;
use super::world::{Done, Refusal, WEB_FLOW, World, forbidden, invalid};

/// What to open.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewPull {
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// Base branch; empty: the default branch.
    pub base: String,
    /// Head branch.
    pub head: String,
    /// Head repository `owner/name`, for a fork.
    pub head_repo: Option<String>,
    /// As a draft.
    pub draft: bool,
    /// The base of the stack that it belongs to.
    pub stack_base: Option<String>,
}

impl World {
    /// Opens a pull request; code owners are requested unless it is a draft.
    pub fn open_pull(&mut self, by: Id, repo: Id, new: &NewPull) -> Done<Id> {
        self.need(by, repo, Permission::Read)?;
        let into = self.get_repo(repo)?;
        let base = if new.base.is_empty() { into.default_branch.clone() } else { new.base.clone() };
        let head_repo = match &new.head_repo {
            Some(name) => self.repo(name)?,
            None => repo,
        };
        let from = self.get_repo(head_repo)?;
        let Some(base_sha) = into.branches.get(&base).cloned() else {
            return invalid("Validation Failed: base is invalid");
        };
        let Some(head_sha) = from.branches.get(&new.head).cloned() else {
            return invalid("Validation Failed: head is invalid");
        };
        if from.network != into.network || self.state.permission(by, head_repo) < Permission::Write {
            return invalid("Validation Failed: head is invalid");
        }
        if self.git(repo).is_ancestor(&head_sha, &base_sha) {
            return invalid(format!("No commits between {base} and {}", new.head));
        }
        let twin = self.state.pulls.values().any(|pull| {
            pull.state == PullState::Open
                && pull.repo == repo
                && pull.head_repo == head_repo
                && pull.head == new.head
                && pull.base == base
        });
        if twin {
            return invalid(format!(
                "A pull request already exists for {}:{}.",
                self.state.login(from.owner),
                new.head
            ));
        }
        let id = self.fresh("pull");
        let number = into.next_number;
        self.edit_repo(repo, |repo| repo.next_number += 1);
        let pull = Pull {
            id,
            repo,
            number,
            author: by,
            title: new.title.clone(),
            body: new.body.clone(),
            edited: None,
            state: PullState::Open,
            draft: new.draft,
            base: base.clone(),
            base_sha: base_sha.clone(),
            head_repo,
            head: new.head.clone(),
            head_sha: head_sha.clone(),
            stack_base: new.stack_base.clone(),
            created_at: self.now,
            updated_at: self.now,
            closed_at: None,
            merged: None,
            requested_users: BTreeMap::new(),
            requested_teams: BTreeMap::new(),
            labels: Vec::new(),
            timeline: Vec::new(),
            locked: false,
        };
        self.edit().pulls.insert(id, Arc::new(pull));
        let event = LogEvent::PullOpened {
            repo: self.state.full_name(repo),
            pull: number,
            title: new.title.clone(),
            body: new.body.clone(),
            base,
            base_sha,
            head_repo: self.state.full_name(head_repo),
            head: new.head.clone(),
            head_sha,
            draft: new.draft,
            stack_base: new.stack_base.clone(),
        };
        self.note(by, event);
        self.pull_event(by, id, "opened", json!({}));
        if !new.draft {
            self.request_owners(id);
        }
        Ok(id)
    }

    /// Edits title or body (author or writer).
    pub fn edit_pull_text(&mut self, by: Id, pull: Id, title: Option<&str>, body: Option<&str>) -> Done {
        let old = self.get_pull(pull)?;
        self.need_author_or_writer(by, &old)?;
        let now = self.now;
        self.edit_pull(pull, |pull| {
            if let Some(title) = title {
                title.clone_into(&mut pull.title);
            }
            if let Some(body) = body {
                body.clone_into(&mut pull.body);
            }
            pull.edited = Some((now, by));
        });
        let new = self.get_pull(pull)?;
        self.note(
            by,
            LogEvent::PullEdited {
                repo: self.state.full_name(old.repo),
                pull: old.number,
                title: new.title.clone(),
                body: new.body.clone(),
            },
        );
        let mut changes = json!({});
        if title.is_some() {
            changes["title"] = json!({"from": old.title});
        }
        if body.is_some() {
            changes["body"] = json!({"from": old.body});
        }
        self.pull_event(by, pull, "edited", json!({"changes": changes}));
        Ok(())
    }

    /// Changes the base branch.
    pub fn retarget(&mut self, by: Id, pull: Id, base: &str) -> Done {
        let old = self.get_pull(pull)?;
        self.need_author_or_writer(by, &old)?;
        if old.state != PullState::Open {
            return invalid("Cannot change the base branch of a closed pull request.");
        }
        if !self.get_repo(old.repo)?.branches.contains_key(base) {
            return invalid("Validation Failed: base is invalid");
        }
        self.change_base(by, &old, base, false);
        Ok(())
    }

    pub(super) fn change_base(&mut self, by: Id, old: &Pull, base: &str, automatic: bool) {
        let (from, to) = (old.base.clone(), base.to_owned());
        let Some(base_sha) = self.get_repo(old.repo).ok().and_then(|repo| repo.branches.get(base).cloned()) else {
            return;
        };
        let previous_sha = old.base_sha.clone();
        self.edit_pull(old.id, |pull| {
            base.clone_into(&mut pull.base);
            pull.base_sha = base_sha;
        });
        let what = if automatic {
            TimelineEvent::AutomaticBaseChangeSucceeded { from: from.clone(), to: to.clone() }
        } else {
            TimelineEvent::BaseRefChanged { from: from.clone(), to: to.clone() }
        };
        self.timeline(old.id, by, what);
        self.note(
            by,
            LogEvent::PullRetargeted {
                repo: self.state.full_name(old.repo),
                pull: old.number,
                from: from.clone(),
                to,
                automatic,
            },
        );
        self.reanchor(old.id);
        self.pull_event(
            by,
            old.id,
            "edited",
            json!({"changes": {"base": {"ref": {"from": from}, "sha": {"from": previous_sha}}}}),
        );
    }

    /// Sets the base of the stack.
    pub fn set_stack_base(&mut self, by: Id, pull: Id, base: Option<&str>) -> Done {
        let old = self.get_pull(pull)?;
        self.need_author_or_writer(by, &old)?;
        self.edit_pull(pull, |pull| pull.stack_base = base.map(str::to_owned));
        self.note(
            by,
            LogEvent::PullStacked {
                repo: self.state.full_name(old.repo),
                pull: old.number,
                stack_base: base.map(str::to_owned),
            },
        );
        Ok(())
    }

    /// Closes (`open: false`) or reopens.
    pub fn set_open(&mut self, by: Id, pull: Id, open: bool) -> Done {
        let old = self.get_pull(pull)?;
        self.need_author_or_writer(by, &old)?;
        match (old.state, open) {
            (PullState::Merged, _) => {
                return invalid("Validation Failed: a merged pull request stays merged");
            }
            (PullState::Open, true) | (PullState::Closed, false) => return Ok(()),
            _ => {}
        }
        let repo = self.state.full_name(old.repo);
        if open {
            let tip = self.get_repo(old.head_repo)?.branches.get(&old.head).cloned();
            let Some(tip) = tip.filter(|tip| self.git(old.repo).is_ancestor(&old.head_sha, tip)) else {
                return invalid("The head branch was deleted or force-pushed.");
            };
            if !self.get_repo(old.repo)?.branches.contains_key(&old.base) {
                return invalid("The base branch was deleted.");
            }
            self.edit_pull(pull, |pull| {
                pull.state = PullState::Open;
                pull.closed_at = None;
                pull.head_sha = tip;
            });
            self.timeline(pull, by, TimelineEvent::Reopened);
            self.note(by, LogEvent::PullReopened { repo, pull: old.number });
            self.reanchor(pull);
        } else {
            let now = self.now;
            self.edit_pull(pull, |pull| {
                pull.state = PullState::Closed;
                pull.closed_at = Some(now);
            });
            self.timeline(pull, by, TimelineEvent::Closed);
            self.note(by, LogEvent::PullClosed { repo, pull: old.number });
        }
        self.pull_event(by, pull, if open { "reopened" } else { "closed" }, json!({}));
        Ok(())
    }

    /// Makes it a draft, or ready for review (which asks the code owners).
    pub fn set_draft(&mut self, by: Id, pull: Id, draft: bool) -> Done {
        let old = self.get_pull(pull)?;
        self.need_author_or_writer(by, &old)?;
        if old.draft == draft {
            return Ok(());
        }
        self.edit_pull(pull, |pull| pull.draft = draft);
        self.timeline(pull, by, if draft { TimelineEvent::ConvertToDraft } else { TimelineEvent::ReadyForReview });
        self.note(by, LogEvent::PullDraft { repo: self.state.full_name(old.repo), pull: old.number, draft });
        self.pull_event(by, pull, if draft { "converted_to_draft" } else { "ready_for_review" }, json!({}));
        if !draft {
            self.request_owners(pull);
        }
        Ok(())
    }

    /// Merges with a merge commit, when the rules of the base allow it. Gives the merge commit.
    pub fn merge(&mut self, by: Id, pull: Id) -> Done<Oid> {
        let old = self.get_pull(pull)?;
        self.need(by, old.repo, Permission::Write)?;
        let reasons = self.merge_blockers(&old);
        let repo = self.state.full_name(old.repo);
        if !reasons.is_empty() {
            self.note(by, LogEvent::MergeRefused { repo, pull: old.number, reasons: reasons.clone() });
            return Err(Refusal::Conflict(reasons.join("; ")));
        }
        let Some(files) = self.merged_files(&old) else {
            return Err(Refusal::Conflict("Merge conflict".to_owned()));
        };
        let base_tip = self.get_repo(old.repo)?.branches.get(&old.base).cloned().unwrap_or_default();
        let (author, committer) = (self.signature(Some(by), ""), self.signature(Some(WEB_FLOW), ""));
        let message = format!("Merge pull request #{} from {}\n\n{}", old.number, old.head, old.title);
        let sha = self
            .git_mut(old.repo)
            .add_commit(files, vec![base_tip.clone(), old.head_sha.clone()], author, committer, &message)
            .sha
            .clone();
        let now = self.now;
        let merge_sha = sha.clone();
        self.edit_pull(pull, |pull| {
            pull.state = PullState::Merged;
            pull.closed_at = Some(now);
            pull.base_sha = base_tip;
            pull.merged = Some((merge_sha, by));
        });
        self.timeline(pull, by, TimelineEvent::Merged);
        self.note(
            by,
            LogEvent::PullMerged {
                repo,
                pull: old.number,
                base: old.base.clone(),
                head_sha: old.head_sha.clone(),
                merge_sha: sha.clone(),
            },
        );
        self.move_branch(by, old.repo, &old.base, Some(&sha), false);
        self.pull_event(by, pull, "closed", json!({}));
        Ok(sha)
    }

    /// Asks people and teams for a review. One who may not read it is refused.
    pub fn request_review(&mut self, by: Id, pull: Id, users: &[Id], teams: &[Id]) -> Done {
        let old = self.get_pull(pull)?;
        self.need(by, old.repo, Permission::Triage)?;
        if users.contains(&old.author) {
            return invalid("Review cannot be requested from pull request author.");
        }
        let stranger = users.iter().any(|user| {
            self.state.permission(*user, old.repo) < Permission::Read || self.state.login(*user).ends_with("[bot]")
        });
        let outside = teams.iter().any(|team| self.state.team_permission(*team, old.repo) < Permission::Read);
        if stranger || outside {
            return invalid(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.",
            );
        }
        self.add_requests(by, pull, users, teams, false);
        Ok(())
    }

    /// Withdraws requests for review.
    pub fn remove_review_request(&mut self, by: Id, pull: Id, users: &[Id], teams: &[Id]) -> Done {
        let old = self.get_pull(pull)?;
        self.need_author_or_writer(by, &old)?;
        self.edit_pull(pull, |pull| {
            pull.requested_users.retain(|user, _| !users.contains(user));
            pull.requested_teams.retain(|team, _| !teams.contains(team));
        });
        let (users_named, teams_named) = self.reviewer_names(users, teams);
        self.note(
            by,
            LogEvent::ReviewRequestRemoved {
                repo: self.state.full_name(old.repo),
                pull: old.number,
                users: users_named,
                teams: teams_named,
            },
        );
        for user in users {
            let payload = json!({"requested_reviewer": Render::now(self).user(*user)});
            self.pull_event(by, pull, "review_request_removed", payload);
        }
        for team in teams {
            let payload = json!({"requested_team": Render::now(self).team(*team)});
            self.pull_event(by, pull, "review_request_removed", payload);
        }
        Ok(())
    }

    fn reviewer_names(&self, users: &[Id], teams: &[Id]) -> (Vec<String>, Vec<String>) {
        let users = users.iter().map(|user| self.state.login(*user)).collect();
        (
            users,
            teams
                .iter()
                .filter_map(|team| self.state.teams.get(team))
                .map(|team| format!("{}/{}", self.state.login(team.org), team.slug))
                .collect(),
        )
    }

    fn add_requests(&mut self, by: Id, pull: Id, users: &[Id], teams: &[Id], as_owner: bool) {
        let Ok(old) = self.get_pull(pull) else { return };
        let users: Vec<Id> = users.iter().copied().filter(|user| !old.requested_users.contains_key(user)).collect();
        let teams: Vec<Id> = teams.iter().copied().filter(|team| !old.requested_teams.contains_key(team)).collect();
        if users.is_empty() && teams.is_empty() {
            return;
        }
        self.edit_pull(pull, |pull| {
            pull.requested_users.extend(users.iter().map(|user| (*user, as_owner)));
            pull.requested_teams.extend(teams.iter().map(|team| (*team, as_owner)));
        });
        let (users_named, teams_named) = self.reviewer_names(&users, &teams);
        self.note(
            by,
            LogEvent::ReviewRequested {
                repo: self.state.full_name(old.repo),
                pull: old.number,
                users: users_named,
                teams: teams_named,
                as_code_owner: as_owner,
            },
        );
        for user in users {
            self.timeline(pull, by, TimelineEvent::ReviewRequested { user: Some(user), team: None });
            let payload = json!({"requested_reviewer": Render::now(self).user(user)});
            self.pull_event(by, pull, "review_requested", payload);
        }
        for team in teams {
            self.timeline(pull, by, TimelineEvent::ReviewRequested { user: None, team: Some(team) });
            let payload = json!({"requested_team": Render::now(self).team(team)});
            self.pull_event(by, pull, "review_requested", payload);
        }
    }

    /// GitHub asks the owners of changed paths by itself.
    pub(super) fn request_owners(&mut self, pull: Id) {
        let Ok(now) = self.get_pull(pull) else { return };
        let (mut users, mut teams) = (BTreeSet::new(), BTreeSet::new());
        for rule in self.owners_of_pull(&now) {
            users.extend(rule.users);
            teams.extend(rule.teams);
        }
        users.remove(&now.author);
        self.add_requests(
            now.author,
            pull,
            &users.into_iter().collect::<Vec<_>>(),
            &teams.into_iter().collect::<Vec<_>>(),
            true,
        );
    }

    /// Adds labels.
    pub fn add_labels(&mut self, by: Id, pull: Id, labels: &[String]) -> Done {
        let old = self.get_pull(pull)?;
        self.need(by, old.repo, Permission::Triage)?;
        self.edit_pull(pull, |pull| {
            for label in labels {
                if !pull.labels.contains(label) {
                    pull.labels.push(label.clone());
                }
            }
        });
        self.note(
            by,
            LogEvent::Labeled { repo: self.state.full_name(old.repo), pull: old.number, labels: labels.to_vec() },
        );
        Ok(())
    }

    pub(super) fn need_author_or_writer(&self, by: Id, pull: &Pull) -> Done {
        self.need(by, pull.repo, Permission::Read)?;
        if by != pull.author && self.state.permission(by, pull.repo) < Permission::Write {
            forbidden("Must have write access or be the author.")
        } else {
            Ok(())
        }
    }

    pub(super) fn timeline(&mut self, pull: Id, actor: Id, what: TimelineEvent) {
        let (id, at) = (self.fresh("event"), self.now);
        self.edit_pull(pull, |pull| pull.timeline.push(TimelineItem { id, at, actor, what }));
    }

    /// Sends a `pull_request` event.
    pub(super) fn pull_event(&mut self, by: Id, pull: Id, action: &str, mut payload: Value) {
        if self.silent {
            return;
        }
        let Ok(now) = self.get_pull(pull) else { return };
        payload["number"] = json!(now.number);
        payload["pull_request"] = Render::now(self).pull(&now, true);
        self.repo_event(by, now.repo, "pull_request", Some(action), payload);
    }
}
