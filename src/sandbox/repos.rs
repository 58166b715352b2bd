//! Repositories, branches, pushes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::git::{Files, Signature};
use super::log::LogEvent;
use super::model::{Id, Oid, Permission, Protection, Repo};
use super::render::{Render, iso};
use super::world::{Done, Refusal, WEB_FLOW, World, forbidden, invalid};

/// A change of one file.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Path.
    pub path: String,
    /// New text; absent: the file is deleted.
    #[serde(default)]
    pub text: Option<String>,
    /// New content in base64, for bytes that are no text.
    #[serde(default)]
    pub base64: Option<String>,
}

impl Edit {
    /// Writes a text file.
    pub fn write(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: Some(text.to_owned()), base64: None }
    }

    /// Deletes a file.
    pub fn delete(path: &str) -> Self {
        Self { path: path.to_owned(), text: None, base64: None }
    }
}

/// What to push.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Push {
    /// Branch; made (from `onto` or the default branch) where it does not exist.
    pub branch: String,
    /// Commit message.
    pub message: String,
    /// Changes against the parent.
    pub edits: Vec<Edit>,
    /// Login in the author field, if not the pusher; one that nobody has gives an author without account.
    pub author: Option<String>,
    /// The parent (commit id or branch). Other than the branch's tip or a descendant: a force push.
    pub onto: Option<String>,
    /// A second parent (commit id or branch): a merge commit; its files are merged in first.
    pub merge: Option<String>,
}

impl World {
    /// A new, empty repository with an empty first commit on its default branch.
    pub fn add_repo(&mut self, owner: Id, name: &str, private: bool, default_branch: &str) -> Done<Id> {
        let full = format!("{}/{name}", self.state.login(owner));
        if self.repo(&full).is_ok() {
            return invalid("name already exists on this account");
        }
        let id = self.fresh("repo");
        let repo = Repo {
            id,
            owner,
            name: name.to_owned(),
            private,
            default_branch: default_branch.to_owned(),
            collaborators: BTreeMap::new(),
            branches: BTreeMap::new(),
            protection: BTreeMap::new(),
            fork_of: None,
            network: id,
            created_at: self.now,
            pushed_at: self.now,
            next_number: 1,
            archived: false,
        };
        self.edit().repos.insert(id, Arc::new(repo));
        self.note(
            owner,
            LogEvent::RepositoryCreated {
                repo: full,
                id,
                private,
                default_branch: default_branch.to_owned(),
                fork_of: None,
            },
        );
        let root = self.commit_files(id, Files::new(), Vec::new(), owner, None, "Initial commit");
        self.set_branch(owner, id, default_branch, Some(root), false);
        self.repo_event(owner, id, "repository", Some("created"), json!({}));
        Ok(id)
    }

    /// Forks a repository into a person's account (`alice/api`).
    pub fn fork(&mut self, by: Id, repo: Id) -> Done<Id> {
        self.need(by, repo, Permission::Read)?;
        let source = self.get_repo(repo)?;
        if self.repo(&format!("{}/{}", self.state.login(by), source.name)).is_ok() {
            return invalid("already forked");
        }
        let id = self.fresh("repo");
        let fork = Repo {
            id,
            owner: by,
            collaborators: BTreeMap::new(),
            protection: BTreeMap::new(),
            fork_of: Some(repo),
            created_at: self.now,
            next_number: 1,
            ..source.as_ref().clone()
        };
        let branches = fork.branches.clone();
        self.edit().repos.insert(id, Arc::new(fork));
        let full = self.state.full_name(id);
        self.note(
            by,
            LogEvent::RepositoryCreated {
                repo: full.clone(),
                id,
                private: source.private,
                default_branch: source.default_branch.clone(),
                fork_of: Some(self.state.full_name(repo)),
            },
        );
        for (branch, tip) in branches {
            self.note(
                by,
                LogEvent::BranchMoved {
                    repo: full.clone(),
                    branch,
                    before: None,
                    after: Some(tip),
                    forced: false,
                    commits: Vec::new(),
                },
            );
        }
        Ok(id)
    }

    /// Renames a repository.
    pub fn rename_repo(&mut self, by: Id, repo: Id, name: &str) -> Done {
        self.need(by, repo, Permission::Admin)?;
        let from = self.state.full_name(repo);
        let old = self.get_repo(repo)?.name.clone();
        self.edit_repo(repo, |repo| name.clone_into(&mut repo.name));
        let to = self.state.full_name(repo);
        self.note(by, LogEvent::RepositoryRenamed { from, to });
        self.repo_event(
            by,
            repo,
            "repository",
            Some("renamed"),
            json!({"changes": {"repository": {"name": {"from": old}}}}),
        );
        Ok(())
    }

    /// Makes a repository private or public.
    pub fn set_private(&mut self, by: Id, repo: Id, private: bool) -> Done {
        self.need(by, repo, Permission::Admin)?;
        self.edit_repo(repo, |repo| repo.private = private);
        let event = LogEvent::VisibilityChanged { repo: self.state.full_name(repo), private };
        self.note(by, event);
        self.repo_event(by, repo, "repository", Some(if private { "privatized" } else { "publicized" }), json!({}));
        Ok(())
    }

    /// Archives a repository or brings it back.
    pub fn set_archived(&mut self, by: Id, repo: Id, archived: bool) -> Done {
        if self.state.permission(by, repo) < Permission::Admin {
            return forbidden("Must have admin rights to Repository.");
        }
        self.edit_repo(repo, |repo| repo.archived = archived);
        self.repo_event(by, repo, "repository", Some(if archived { "archived" } else { "unarchived" }), json!({}));
        Ok(())
    }

    /// Sets the rules of a branch (`release/*` works), or lifts them.
    pub fn protect(&mut self, by: Id, repo: Id, branch: &str, rules: Option<Protection>) -> Done {
        self.need(by, repo, Permission::Admin)?;
        self.edit_repo(repo, |repo| {
            match rules.clone() {
                Some(rules) => repo.protection.insert(branch.to_owned(), rules),
                None => repo.protection.remove(branch),
            };
        });
        let event = LogEvent::ProtectionChanged { repo: self.state.full_name(repo), branch: branch.to_owned(), rules };
        self.note(by, event);
        Ok(())
    }

    /// Commits and pushes; gives the new commit. A branch whose rules ask for anything takes direct pushes from administrators only.
    pub fn push(&mut self, by: Id, repo: Id, push: &Push) -> Done<Oid> {
        self.need(by, repo, Permission::Write)?;
        self.push_allowed(by, repo, &push.branch)?;
        let now = self.get_repo(repo)?;
        let tip = now.branches.get(&push.branch).cloned();
        let parent = match &push.onto {
            Some(onto) => {
                Some(self.resolve(repo, onto).ok_or_else(|| Refusal::Invalid(format!("{onto}: no such commit")))?)
            }
            None => tip.clone().or_else(|| now.branches.get(&now.default_branch).cloned()),
        };
        let mut files = parent.as_ref().and_then(|sha| self.git(repo).files(sha)).unwrap_or_default().as_ref().clone();
        let mut parents: Vec<Oid> = parent.into_iter().collect();
        if let Some(other) = &push.merge {
            let other =
                self.resolve(repo, other).ok_or_else(|| Refusal::Invalid(format!("{other}: no such commit")))?;
            let git = self.git(repo);
            let ours = parents.first().cloned().unwrap_or_default();
            let base = git.merge_base(&ours, &other).and_then(|sha| git.files(&sha)).unwrap_or_default();
            let theirs = git.files(&other).unwrap_or_default();
            // A conflict is left as ours; the edits resolve it.
            files = git.merge_files(&base, &files, &theirs).unwrap_or(files);
            parents.push(other);
        }
        for edit in &push.edits {
            let content = match (&edit.text, &edit.base64) {
                (Some(text), _) => Some(text.clone().into_bytes()),
                (None, Some(coded)) => Some(
                    base64::Engine::decode(&base64::prelude::BASE64_STANDARD, coded)
                        .map_err(|_| Refusal::Invalid("base64".to_owned()))?,
                ),
                (None, None) => None,
            };
            match content {
                Some(content) => {
                    let oid = self.git_mut(repo).add_blob(content);
                    files.insert(edit.path.clone(), oid);
                }
                None => {
                    files.remove(&edit.path);
                }
            }
        }
        let message = if push.message.is_empty() { "Update" } else { &push.message };
        let sha = self.commit_files(repo, files, parents, by, push.author.as_deref(), message);
        let forced = tip.as_ref().is_some_and(|tip| !self.git(repo).is_ancestor(tip, &sha));
        self.move_branch(by, repo, &push.branch, Some(&sha), forced);
        Ok(sha)
    }

    /// Points a branch at a commit that exists (a new branch, a reset, a fast-forward).
    pub fn set_ref(&mut self, by: Id, repo: Id, branch: &str, to: &str) -> Done<Oid> {
        self.need(by, repo, Permission::Write)?;
        self.push_allowed(by, repo, branch)?;
        let sha = self.resolve(repo, to).ok_or_else(|| Refusal::Invalid(format!("{to}: no such commit")))?;
        let forced =
            self.get_repo(repo)?.branches.get(branch).is_some_and(|tip| !self.git(repo).is_ancestor(tip, &sha));
        self.move_branch(by, repo, branch, Some(&sha), forced);
        Ok(sha)
    }

    /// Deletes a branch; closes the pull requests that came from it.
    pub fn delete_branch(&mut self, by: Id, repo: Id, branch: &str) -> Done {
        self.need(by, repo, Permission::Write)?;
        self.push_allowed(by, repo, branch)?;
        if self.get_repo(repo)?.branches.contains_key(branch) {
            self.move_branch(by, repo, branch, None, false);
        }
        Ok(())
    }

    fn push_allowed(&self, by: Id, repo: Id, branch: &str) -> Done {
        let ruled = self.state.rules(repo, branch).is_some_and(|rules| *rules != Protection::default());
        if ruled && self.state.permission(by, repo) < Permission::Admin {
            return forbidden(format!("Changes to {branch} must be made through a pull request."));
        }
        Ok(())
    }

    /// A commit by branch name, full or abbreviated id, `HEAD`.
    pub fn resolve(&self, repo: Id, name: &str) -> Option<Oid> {
        super::reads::resolve(&self.state, self.git(repo), repo, name)
    }

    pub(super) fn edit_repo(&mut self, repo: Id, change: impl FnOnce(&mut Repo)) {
        if let Some(repo) = self.edit().repos.get_mut(&repo) {
            change(Arc::make_mut(repo));
        }
    }

    pub(super) fn signature(&self, user: Option<Id>, name: &str) -> Signature {
        let (name, email) = match user {
            Some(WEB_FLOW) => ("GitHub".to_owned(), "noreply@github.com".to_owned()),
            Some(user) => {
                let login = self.state.login(user);
                (login.clone(), format!("{user}+{login}@users.noreply.github.com"))
            }
            None => (name.to_owned(), format!("{name}@mail.invalid")),
        };
        Signature { name, email, at: self.now, user }
    }

    fn commit_files(
        &mut self,
        repo: Id,
        files: Files,
        parents: Vec<Oid>,
        by: Id,
        author: Option<&str>,
        message: &str,
    ) -> Oid {
        let committer = self.signature(Some(by), "");
        let author = author.map_or_else(|| committer.clone(), |name| self.signature(self.account(name).ok(), name));
        self.git_mut(repo).add_commit(files, parents, author, committer, message).sha.clone()
    }

    fn set_branch(&mut self, by: Id, repo: Id, branch: &str, to: Option<Oid>, forced: bool) {
        let Ok(old) = self.get_repo(repo) else { return };
        let before = old.branches.get(branch).cloned();
        let now = self.now;
        self.edit_repo(repo, |repo| {
            match to.clone() {
                Some(to) => repo.branches.insert(branch.to_owned(), to),
                None => repo.branches.remove(branch),
            };
            repo.pushed_at = now;
        });
        let git = self.git(repo);
        let commits =
            to.as_ref().map(|to| git.commits_between(before.as_deref().unwrap_or(""), to)).unwrap_or_default();
        let commits = commits.iter().map(|commit| self.logged_commit(repo, commit)).collect();
        let event = LogEvent::BranchMoved {
            repo: self.state.full_name(repo),
            branch: branch.to_owned(),
            before,
            after: to,
            forced,
            commits,
        };
        self.note(by, event);
    }

    /// Moves a branch with everything that follows: the push event, pull requests from it and into it.
    pub(super) fn move_branch(&mut self, by: Id, repo: Id, branch: &str, to: Option<&Oid>, forced: bool) {
        let before = self.get_repo(repo).ok().and_then(|repo| repo.branches.get(branch).cloned());
        if before.as_ref() == to {
            return;
        }
        self.set_branch(by, repo, branch, to.cloned(), forced);
        self.push_event(by, repo, branch, before.as_ref(), to, forced);
        self.follow_branch(by, repo, branch, before.as_ref(), to, forced);
    }

    fn push_event(&mut self, by: Id, repo: Id, branch: &str, before: Option<&Oid>, after: Option<&Oid>, forced: bool) {
        if self.silent {
            return;
        }
        let nothing = "0".repeat(40);
        let git = self.git(repo);
        let commits =
            after.map(|after| git.commits_between(before.map_or("", String::as_str), after)).unwrap_or_default();
        let r = Render::now(self);
        let commits: Vec<_> = commits.iter().rev().take(20).rev().map(|commit| r.push_commit(repo, commit)).collect();
        let (login, url) = (self.state.login(by), r.html(repo));
        let payload = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": before.unwrap_or(&nothing),
            "after": after.unwrap_or(&nothing),
            "created": before.is_none(),
            "deleted": after.is_none(),
            "forced": forced,
            "base_ref": null,
            "compare": format!("{url}/compare/{}...{}", before.unwrap_or(&nothing), after.unwrap_or(&nothing)),
            "head_commit": commits.last(),
            "commits": commits,
            "pusher": {"name": login, "email": format!("{login}@users.noreply.github.com"), "date": iso(self.now)},
        });
        self.repo_event(by, repo, "push", None, payload);
    }
}
