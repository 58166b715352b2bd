//! Fields of git objects: branches, commits, trees, blobs.

use serde_json::Value;

use super::super::model::Id;
use super::super::patch::is_binary;
use super::super::reads::resolve;
use super::super::render::iso;
use super::Fault;
use super::exec::{Exec, Out, unknown};
use super::fields::leaf;
use super::objects::Obj;

impl Exec<'_> {
    /// `sha`, `branch`, `sha:path`, or the id of any object.
    pub(super) fn git_object(&self, repo: Id, wanted: &str) -> Option<Obj> {
        let git = self.world.git(repo);
        if let Some((commit, path)) = wanted.split_once(':') {
            let sha = resolve(&self.state, git, repo, commit)?;
            let files = git.files(&sha)?;
            if let Some(oid) = files.get(path) {
                return Some(Obj::Blob(repo, oid.clone()));
            }
            let mut tree = git.commit(&sha)?.tree.clone();
            for part in path.split('/').filter(|part| !part.is_empty()) {
                tree.clone_from(
                    &git.tree(&tree)?.clone().iter().find(|entry| entry.name == part && entry.mode == "40000")?.oid,
                );
            }
            return Some(Obj::Tree(repo, tree));
        }
        if git.blob(wanted).is_some() {
            return Some(Obj::Blob(repo, wanted.to_owned()));
        }
        if git.tree(wanted).is_some() {
            return Some(Obj::Tree(repo, wanted.to_owned()));
        }
        resolve(&self.state, git, repo, wanted).map(|sha| Obj::Commit(repo, sha))
    }

    pub(super) fn ref_field(&self, repo: Id, branch: &str, name: &str) -> Result<Out, Fault> {
        Ok(match name {
            "id" => leaf(format!("REF_{repo}_{branch}")),
            "name" => leaf(branch),
            "prefix" => leaf("refs/heads/"),
            "repository" => Out::Obj(Obj::Repo(repo)),
            "target" => Out::maybe(
                self.state
                    .repos
                    .get(&repo)
                    .and_then(|found| found.branches.get(branch))
                    .map(|sha| Obj::Commit(repo, sha.clone())),
            ),
            "refUpdateRule" => {
                Out::maybe(self.state.rules(repo, branch).map(|_| Obj::UpdateRule(repo, branch.to_owned())))
            }
            _ => return Err(unknown(name, "Ref")),
        })
    }

    pub(super) fn update_rule_field(&self, repo: Id, branch: &str, name: &str) -> Result<Out, Fault> {
        let rules = self.state.rules(repo, branch).cloned().unwrap_or_default();
        Ok(match name {
            "pattern" => leaf(branch),
            "requiredApprovingReviewCount" => leaf(rules.required_approvals),
            "requiredStatusCheckContexts" => {
                leaf(rules.required_checks.iter().map(|check| &check.context).collect::<Vec<_>>())
            }
            "requiresCodeOwnerReviews" => leaf(rules.code_owner_review),
            "requiresConversationResolution" => leaf(rules.conversation_resolution),
            "allowsDeletions"
            | "allowsForcePushes"
            | "blocksCreations"
            | "requiresLinearHistory"
            | "requiresSignatures"
            | "viewerCanPush" => leaf(false),
            "viewerAllowedToDismissReviews" => leaf(true),
            _ => return Err(unknown(name, "RefUpdateRule")),
        })
    }

    pub(super) fn commit_field(&self, repo: Id, oid: &str, name: &str) -> Result<Out, Fault> {
        let git = self.world.git(repo);
        let Some(commit) = git.commit(oid) else { return Ok(Out::Leaf(Value::Null)) };
        let full = self.state.full_name(repo);
        let (headline, body) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
        Ok(match name {
            "id" => leaf(format!("C_{oid}")),
            "oid" => leaf(oid),
            "abbreviatedOid" => leaf(oid.get(..7)),
            "message" => leaf(&commit.message),
            "messageHeadline" => leaf(headline),
            "messageBody" => leaf(body.trim_start()),
            "committedDate" => leaf(iso(commit.committer.at)),
            "authoredDate" => leaf(iso(commit.author.at)),
            "committedViaWeb" => leaf(commit.committer.user == Some(super::super::world::WEB_FLOW)),
            "authoredByCommitter" => leaf(commit.author.user == commit.committer.user),
            "author" => Out::Obj(Obj::GitActor(repo, oid.to_owned(), true)),
            "committer" => Out::Obj(Obj::GitActor(repo, oid.to_owned(), false)),
            "authors" => Out::Conn("GitActorConnection", vec![Obj::GitActor(repo, oid.to_owned(), true)]),
            "parents" => {
                Out::Conn("CommitConnection", commit.parents.iter().map(|sha| Obj::Commit(repo, sha.clone())).collect())
            }
            "tree" => Out::Obj(Obj::Tree(repo, commit.tree.clone())),
            "repository" => Out::Obj(Obj::Repo(repo)),
            "url" | "commitUrl" => leaf(format!("{}/{full}/commit/{oid}", self.world.origin)),
            "resourcePath" | "commitResourcePath" => leaf(format!("/{full}/commit/{oid}")),
            "statusCheckRollup" => Out::maybe(
                self.state
                    .runs
                    .values()
                    .any(|run| run.repo == repo && run.sha == oid)
                    .then(|| Obj::Rollup(repo, oid.to_owned())),
            ),
            "associatedPullRequests" => {
                let pulls = self.state.pulls.values().filter(|pull| {
                    pull.repo == repo
                        && (pull.head_sha == oid
                            || git
                                .commits_between(&pull.base_sha, &pull.head_sha)
                                .iter()
                                .any(|commit| commit.sha == oid))
                });
                Out::Conn("PullRequestConnection", pulls.map(|pull| Obj::Pull(pull.id)).collect())
            }
            "checkSuites" => {
                let suites: std::collections::BTreeMap<Id, Id> = self
                    .state
                    .runs
                    .values()
                    .filter(|run| run.repo == repo && run.sha == oid)
                    .map(|run| (run.suite, run.id))
                    .collect();
                Out::Conn(
                    "CheckSuiteConnection",
                    suites.into_iter().map(|(suite, run)| Obj::Suite(suite, run)).collect(),
                )
            }
            _ => return Err(unknown(name, "Commit")),
        })
    }

    pub(super) fn git_actor_field(&self, repo: Id, oid: &str, author: bool, name: &str) -> Result<Out, Fault> {
        let Some(commit) = self.world.git(repo).commit(oid) else { return Ok(Out::Leaf(Value::Null)) };
        let who = if author { &commit.author } else { &commit.committer };
        Ok(match name {
            "name" => leaf(&who.name),
            "email" => leaf(&who.email),
            "date" => leaf(iso(who.at)),
            // A `User`: null for bots and for e-mails of nobody.
            "user" => {
                Out::maybe(who.user.and_then(|user| Obj::account(&self.state, user)).filter(|user| user.is("User")))
            }
            "avatarUrl" => leaf(format!("{}/avatars/e", self.world.origin)),
            _ => return Err(unknown(name, "GitActor")),
        })
    }

    fn git_id(repo: Id, oid: &str, kind: &str) -> Out {
        leaf(format!("{kind}_{repo}_{oid}"))
    }

    pub(super) fn tree_field(&self, repo: Id, oid: &str, name: &str) -> Result<Out, Fault> {
        Ok(match name {
            "id" => Self::git_id(repo, oid, "T"),
            "oid" => leaf(oid),
            "abbreviatedOid" => leaf(oid.get(..7)),
            "repository" => Out::Obj(Obj::Repo(repo)),
            "entries" => {
                let entries = self.world.git(repo).tree(oid).cloned().unwrap_or_default();
                let entry = |entry: &super::super::git::TreeEntry| {
                    Obj::TreeEntry(
                        repo,
                        std::rc::Rc::new((
                            entry.name.clone(),
                            entry.name.clone(),
                            entry.oid.clone(),
                            entry.mode == "40000",
                        )),
                    )
                };
                Out::List(entries.iter().map(|found| Some(entry(found))).collect())
            }
            _ => return Err(unknown(name, "Tree")),
        })
    }

    pub(super) fn tree_entry_field(
        &self,
        repo: Id,
        entry: &(String, String, String, bool),
        name: &str,
    ) -> Result<Out, Fault> {
        let (own, path, oid, directory) = entry;
        Ok(match name {
            "name" => leaf(own),
            "path" => leaf(path),
            "oid" => leaf(oid),
            "mode" => leaf(if *directory { 0o040_000 } else { 0o100_644 }),
            "type" => leaf(if *directory { "tree" } else { "blob" }),
            "size" => leaf(self.world.git(repo).blob(oid).map_or(0, |bytes| bytes.len())),
            "object" => Out::Obj(if *directory { Obj::Tree(repo, oid.clone()) } else { Obj::Blob(repo, oid.clone()) }),
            _ => return Err(unknown(name, "TreeEntry")),
        })
    }

    pub(super) fn blob_field(&self, repo: Id, oid: &str, name: &str) -> Result<Out, Fault> {
        let bytes = self.world.git(repo).blob(oid).cloned().unwrap_or_default();
        // Text is cut off after 512 kB.
        let cut = bytes.len() > 512_000;
        Ok(match name {
            "id" => Self::git_id(repo, oid, "B"),
            "oid" => leaf(oid),
            "abbreviatedOid" => leaf(oid.get(..7)),
            "repository" => Out::Obj(Obj::Repo(repo)),
            "byteSize" => leaf(bytes.len()),
            "isBinary" => leaf(is_binary(&bytes)),
            "isTruncated" => leaf(cut),
            "text" if is_binary(&bytes) => Out::Leaf(Value::Null),
            "text" => leaf(String::from_utf8_lossy(bytes.get(..512_000).unwrap_or(&bytes))),
            _ => return Err(unknown(name, "Blob")),
        })
    }
}
