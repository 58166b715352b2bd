//! Small reads that several surfaces share.

use super::git::Git;
use super::model::{Id, Oid, State};

/// A commit by branch name (with or without `refs/heads/` or `heads/`), full or abbreviated id, `HEAD`.
pub(super) fn resolve(state: &State, git: &Git, repo: Id, name: &str) -> Option<Oid> {
    let repo = state.repos.get(&repo)?;
    if name == "HEAD" {
        return repo.branches.get(&repo.default_branch).cloned();
    }
    let branch = name.trim_start_matches("refs/").trim_start_matches("heads/");
    if let Some(tip) = repo.branches.get(branch) {
        return Some(tip.clone());
    }
    git.commit(name).or_else(|| git.commit_by_prefix(name)).map(|commit| commit.sha.clone())
}
