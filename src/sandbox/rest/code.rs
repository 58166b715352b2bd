//! Contents, trees, blobs, commits, comparisons, CODEOWNERS errors.

use base64::Engine as _;
use serde_json::{Value, json};

use super::super::git::Git;
use super::super::model::{PullState, Repo};
use super::super::owners;
use super::super::patch::changes;
use super::super::reads::resolve;
use super::super::render::Render;
use super::super::server::Surface;
use super::{Answer, Call, Content, Served};

impl Call<'_> {
    pub(super) fn code(&mut self, method: &str, repo: &Repo, rest: &[&str]) -> Served {
        if method != "GET" {
            return Err(Answer::error(404, "Not Found"));
        }
        match rest {
            ["commits", sha, "pulls"] => self.pulls_of_commit(repo, sha),
            ["contents", path @ ..] => {
                self.need_read(repo, &["contents"])?;
                self.contents(repo, path.join("/").trim_matches('/'))
            }
            ["git", "trees", sha @ ..] => {
                self.need_read(repo, &["contents"])?;
                self.tree(repo, &sha.join("/"))
            }
            ["git", "blobs", sha] => {
                self.need_read(repo, &["contents"])?;
                self.blob(repo, sha)
            }
            ["compare", basehead @ ..] => {
                self.need_read(repo, &["contents"])?;
                self.compare(repo, &basehead.join("/"))
            }
            ["commits", reference @ ..] => {
                self.need_read(repo, &["contents"])?;
                self.commit(repo, &reference.join("/"))
            }
            ["codeowners", "errors"] => {
                self.need_read(repo, &["contents"])?;
                self.owners_errors(repo)
            }
            _ => Err(Answer::error(404, "Not Found")),
        }
    }

    fn git(&self, repo: &Repo) -> &Git {
        self.sandbox.world().git(repo.id)
    }

    fn resolve(&self, repo: &Repo, name: &str) -> Option<String> {
        resolve(self.sandbox.world().state(), self.git(repo), repo.id, name)
    }

    fn contents(&self, repo: &Repo, path: &str) -> Served {
        let reference = self.query("ref").unwrap_or(&repo.default_branch).to_owned();
        let Some(sha) = self.resolve(repo, &reference) else {
            return Err(Answer::error(404, &format!("No commit found for the ref {reference}")));
        };
        let git = self.git(repo);
        let Some(files) = git.files(&sha) else { return Err(Answer::error(404, "Not Found")) };
        let r = Render::now(self.sandbox.world());
        if let Some(oid) = files.get(path) {
            let bytes = git.blob(oid).cloned().unwrap_or_default();
            if self.request.accept.contains("raw") {
                return Ok(Answer { status: 200, body: Content::Raw(bytes.to_vec()), headers: Vec::new() });
            }
            let mut shown = r.content_entry(repo.id, &reference, path, "file", oid, bytes.len());
            let small = bytes.len() <= self.sandbox.world().limits.contents_bytes;
            shown["content"] = json!(if small { wrapped(&bytes) } else { String::new() });
            shown["encoding"] = json!(if small { "base64" } else { "none" });
            return Answer::ok(shown);
        }
        let start = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut entries = std::collections::BTreeMap::new();
        for (file, oid) in files.iter().filter(|(file, _)| file.starts_with(&start)) {
            let rest = file.get(start.len()..).unwrap_or_default();
            match rest.split_once('/') {
                Some((directory, _)) => {
                    let whole = format!("{start}{directory}");
                    entries.entry(whole.clone()).or_insert_with(|| {
                        r.content_entry(
                            repo.id,
                            &reference,
                            &whole,
                            "dir",
                            &super::super::git::object_id("tree", whole.as_bytes()),
                            0,
                        )
                    });
                }
                None => {
                    entries.insert(
                        file.clone(),
                        r.content_entry(
                            repo.id,
                            &reference,
                            file,
                            "file",
                            oid,
                            git.blob(oid).map_or(0, |bytes| bytes.len()),
                        ),
                    );
                }
            }
        }
        if entries.is_empty() && !path.is_empty() {
            Err(Answer::error(404, "Not Found"))
        } else {
            Answer::ok(Value::Array(entries.into_values().take(1000).collect()))
        }
    }

    fn tree(&self, repo: &Repo, name: &str) -> Served {
        let git = self.git(repo);
        let root = match self.resolve(repo, name) {
            Some(sha) => git.commit(&sha).map(|commit| commit.tree.clone()),
            None => git.tree(name).map(|_| name.to_owned()),
        };
        let Some(root) = root else { return Err(Answer::error(404, "Not Found")) };
        let api = Render::now(self.sandbox.world()).api(repo.id);
        let mut shown = Vec::new();
        let mut open = vec![(String::new(), root.clone())];
        while let Some((start, oid)) = open.pop() {
            for entry in git.tree(&oid).into_iter().flat_map(|entries| entries.iter()) {
                let path = format!("{start}{}", entry.name);
                if entry.mode == "40000" {
                    shown.push(json!({"path": path, "mode": "040000", "type": "tree", "sha": entry.oid, "url": format!("{api}/git/trees/{}", entry.oid)}));
                    if self.query("recursive").is_some() {
                        open.push((format!("{path}/"), entry.oid.clone()));
                    }
                } else {
                    let size = git.blob(&entry.oid).map_or(0, |bytes| bytes.len());
                    shown.push(json!({"path": path, "mode": entry.mode, "type": "blob", "sha": entry.oid, "size": size, "url": format!("{api}/git/blobs/{}", entry.oid)}));
                }
            }
        }
        shown.sort_by(|a, b| a["path"].as_str().cmp(&b["path"].as_str()));
        Answer::ok(json!({"sha": root, "url": format!("{api}/git/trees/{root}"), "tree": shown, "truncated": false}))
    }

    fn blob(&self, repo: &Repo, sha: &str) -> Served {
        let Some(bytes) = self.git(repo).blob(sha) else { return Err(Answer::error(404, "Not Found")) };
        if self.request.accept.contains("raw") {
            return Ok(Answer { status: 200, body: Content::Raw(bytes.to_vec()), headers: Vec::new() });
        }
        let url = format!("{}/git/blobs/{sha}", Render::now(self.sandbox.world()).api(repo.id));
        Answer::ok(
            json!({"sha": sha, "node_id": format!("B_{sha}"), "size": bytes.len(), "url": url, "content": wrapped(bytes), "encoding": "base64"}),
        )
    }

    fn commit(&self, repo: &Repo, name: &str) -> Served {
        let Some(sha) = self.resolve(repo, name) else {
            return Err(Answer::error(422, &format!("No commit found for SHA: {name}")));
        };
        if self.request.accept.contains("sha") {
            return Ok(Answer { status: 200, body: Content::Raw(sha.into_bytes()), headers: Vec::new() });
        }
        let git = self.git(repo);
        let Some(commit) = git.commit(&sha) else { return Err(Answer::error(404, "Not Found")) };
        let before = commit.parents.first().and_then(|sha| git.files(sha)).unwrap_or_default();
        let files = changes(git, &before, &commit.files, self.sandbox.world().limits.patch);
        let r = Render::now(self.sandbox.world());
        let mut shown = r.commit(repo.id, commit);
        let (added, deleted) = (
            files.iter().map(|file| file.additions).sum::<u64>(),
            files.iter().map(|file| file.deletions).sum::<u64>(),
        );
        shown["stats"] = json!({"additions": added, "deletions": deleted, "total": added + deleted});
        let (files, headers) = self.page(files);
        shown["files"] = json!(files.iter().map(|file| r.diff_entry(repo.id, &sha, file)).collect::<Vec<_>>());
        Ok(Answer { status: 200, body: Content::Json(shown), headers })
    }

    fn compare(&self, repo: &Repo, basehead: &str) -> Served {
        let missing = || Answer::error(404, "Not Found");
        let (base, head) = basehead.split_once("...").ok_or_else(missing)?;
        // `owner:branch` names a fork's branch.
        let end = |name: &str| -> Option<String> {
            match name.split_once(':') {
                Some((owner, branch)) => {
                    let state = self.sandbox.world().state();
                    let owner = state.account(owner)?.id;
                    let fork =
                        state.repos.values().find(|other| other.network == repo.network && other.owner == owner)?;
                    self.resolve(fork, branch)
                }
                None => self.resolve(repo, name),
            }
        };
        let (base, head) = (end(base).ok_or_else(missing)?, end(head).ok_or_else(missing)?);
        let git = self.git(repo);
        let middle = git.merge_base(&base, &head).ok_or_else(missing)?;
        let (ahead, behind) = (git.commits_between(&base, &head), git.commits_between(&head, &base));
        let r = Render::now(self.sandbox.world());
        let commit = |sha: &str| git.commit(sha).map_or(Value::Null, |commit| r.commit(repo.id, commit));
        let empty = std::sync::Arc::default();
        let files = changes(
            git,
            &git.files(&middle).unwrap_or(std::sync::Arc::clone(&empty)),
            &git.files(&head).unwrap_or(empty),
            self.sandbox.world().limits.patch,
        );
        let url = format!("{}/compare/{basehead}", r.api(repo.id));
        let page = format!("{}/compare/{base}...{head}", r.html(repo.id));
        let status = match (ahead.is_empty(), behind.is_empty()) {
            (true, true) => "identical",
            (false, true) => "ahead",
            (true, false) => "behind",
            (false, false) => "diverged",
        };
        let total = ahead.len();
        // Without paging parameters: the first 250 commits; files stand on the first page only.
        let paged = self.query("page").is_some() || self.query("per_page").is_some();
        let first = self.query("page").is_none_or(|page| page == "1");
        let (commits, headers) = if paged {
            self.page(ahead)
        } else {
            (ahead.into_iter().take(self.sandbox.world().limits.commits).collect(), Vec::new())
        };
        let files: Vec<Value> = if first {
            files
                .iter()
                .take(self.sandbox.world().limits.compare_files)
                .map(|file| r.diff_entry(repo.id, &head, file))
                .collect()
        } else {
            Vec::new()
        };
        let body = json!({
            "url": url,
            "html_url": page,
            "permalink_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "base_commit": commit(&base),
            "merge_base_commit": commit(&middle),
            "status": status,
            "ahead_by": total,
            "behind_by": behind.len(),
            "total_commits": total,
            "commits": commits.iter().map(|commit| r.commit(repo.id, commit)).collect::<Vec<_>>(),
            "files": files,
        });
        Ok(Answer { status: 200, body: Content::Json(body), headers })
    }

    fn owners_errors(&self, repo: &Repo) -> Served {
        let reference = self.query("ref").unwrap_or(&repo.default_branch).to_owned();
        let world = self.sandbox.world();
        let sha = self.resolve(repo, &reference).ok_or_else(|| Answer::error(404, "Not Found"))?;
        let Some(errors) = owners::errors(world.state(), world.git(repo.id), repo.id, &sha) else {
            return Err(Answer { status: 404, body: Content::Empty, headers: Vec::new() });
        };
        let shown: Vec<Value> = errors
            .iter()
            .map(|error| json!({"line": error.line, "column": error.column, "source": format!("{}\n", error.source), "kind": error.kind, "suggestion": null, "message": format!("{} on line {}: {}\n\n  {}", error.kind, error.line, error.kind, error.source), "path": error.path}))
            .collect();
        Answer::ok(json!({"errors": shown}))
    }

    /// `commits/{sha}/pulls`: not in the description at hand; shaped like the list of pull requests.
    fn pulls_of_commit(&mut self, repo: &Repo, name: &str) -> Served {
        self.need_read(repo, &["pull_requests", "contents"])?;
        let Some(sha) = self.resolve(repo, name) else {
            return Err(Answer::error(422, &format!("No commit found for SHA: {name}")));
        };
        let state = self.lagged(Surface::Rest);
        let git = self.git(repo);
        let r = self.render(&state);
        let pulls = state.pulls.values().filter(|pull| {
            pull.repo == repo.id
                && (pull.head_sha == sha
                    || pull.merged.as_ref().is_some_and(|(merge, _)| *merge == sha)
                    || (pull.state == PullState::Open
                        && git.is_ancestor(&sha, &pull.head_sha)
                        && !git.is_ancestor(&sha, &pull.base_sha)))
        });
        let shown = pulls.map(|pull| r.pull(pull, false)).collect();
        self.list(shown)
    }
}

/// Base64 in lines of 60, as GitHub sends it.
fn wrapped(bytes: &[u8]) -> String {
    let coded = base64::prelude::BASE64_STANDARD.encode(bytes);
    let mut lines = String::new();
    let mut rest = coded.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(60));
        lines.push_str(line);
        lines.push('\n');
        rest = tail;
    }
    lines
}
