//! Repositories, commits, files.

use serde_json::{Value, json};

use super::super::git::{Commit, Signature};
use super::super::model::{Id, Permission};
use super::super::patch::FileChange;
use super::{Render, iso, node_id, permissions};

/// (field, path below the repository's URL).
const REPO_URLS: [(&str, &str); 37] = [
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
    ("url", ""),
];

impl Render<'_> {
    /// A repository.
    pub(in crate::sandbox) fn repository(self, id: Id) -> Value {
        let Some(repo) = self.state.repos.get(&id) else {
            return Value::Null;
        };
        let (api, html) = (self.api(id), self.html(id));
        let open = self
            .state
            .pulls
            .values()
            .filter(|pull| pull.repo == id && pull.state == super::super::model::PullState::Open)
            .count();
        let mut shown = json!({
            "id": id,
            "node_id": node_id("R_", id),
            "name": repo.name,
            "full_name": self.state.full_name(id),
            "private": repo.private,
            "owner": self.user(repo.owner),
            "html_url": html,
            "description": null,
            "fork": repo.fork_of.is_some(),
            "created_at": iso(repo.created_at),
            "updated_at": iso(repo.pushed_at),
            "pushed_at": iso(repo.pushed_at),
            "git_url": format!("git:{}.git", html.trim_start_matches("http:").trim_start_matches("https:")),
            "ssh_url": format!("git@sandbox:{}.git", self.state.full_name(id)),
            "clone_url": format!("{html}.git"),
            "svn_url": html,
            "archived": repo.archived,
            "open_issues_count": open,
            "visibility": if repo.private { "private" } else { "public" },
            "forks": 0,
            "open_issues": open,
            "watchers": 0,
            "default_branch": repo.default_branch,
        });
        // What the sandbox has no opinion about.
        let rest = json!({
            "homepage": null, "size": 1, "stargazers_count": 0, "watchers_count": 0, "language": null, "has_issues": true, "has_projects": false,
            "has_downloads": true, "has_wiki": false, "has_pages": false, "has_discussions": false, "forks_count": 0, "mirror_url": null, "disabled": false,
            "license": null, "allow_forking": true, "is_template": false, "web_commit_signoff_required": false, "topics": [],
        });
        if let (Value::Object(shown), Value::Object(rest)) = (&mut shown, rest) {
            shown.extend(rest);
        }
        for (field, path) in REPO_URLS {
            shown[field] = json!(format!("{api}{path}"));
        }
        shown
    }

    /// A repository with what only `GET /repos/{owner}/{repo}` gives.
    pub(in crate::sandbox) fn full_repository(self, id: Id) -> Value {
        let mut shown = self.repository(id);
        shown["permissions"] = permissions(Permission::Read);
        shown["network_count"] = json!(0);
        shown["subscribers_count"] = json!(0);
        if let Some(source) = self.state.repos.get(&id).and_then(|repo| repo.fork_of) {
            shown["parent"] = self.repository(source);
            shown["source"] = self.repository(source);
        }
        shown
    }

    fn signature(who: &Signature) -> Value {
        json!({"name": who.name, "email": who.email, "date": iso(who.at)})
    }

    /// A commit.
    pub(in crate::sandbox) fn commit(self, repo: Id, commit: &Commit) -> Value {
        let (api, html, sha) = (self.api(repo), self.html(repo), &commit.sha);
        let parents: Vec<Value> = commit.parents.iter().map(|sha| json!({"sha": sha, "url": format!("{api}/commits/{sha}"), "html_url": format!("{html}/commit/{sha}")})).collect();
        let who = |user: Option<Id>| user.map_or(Value::Null, |user| self.user(user));
        json!({
            "sha": sha,
            "node_id": format!("C_{sha}"),
            "commit": {
                "author": Self::signature(&commit.author),
                "committer": Self::signature(&commit.committer),
                "message": commit.message,
                "tree": {"sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree)},
                "url": format!("{api}/git/commits/{sha}"),
                "comment_count": 0,
                "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
            },
            "url": format!("{api}/commits/{sha}"),
            "html_url": format!("{html}/commit/{sha}"),
            "comments_url": format!("{api}/commits/{sha}/comments"),
            "author": who(commit.author.user),
            "committer": who(commit.committer.user),
            "parents": parents,
        })
    }

    /// A commit as the push event shows it.
    pub(in crate::sandbox) fn push_commit(self, repo: Id, commit: &Commit) -> Value {
        let git = self.world.git(repo);
        let before = commit.parents.first().and_then(|sha| git.files(sha)).unwrap_or_default();
        let added: Vec<&String> = commit.files.keys().filter(|path| !before.contains_key(*path)).collect();
        let removed: Vec<&String> = before.keys().filter(|path| !commit.files.contains_key(*path)).collect();
        let modified: Vec<&String> = commit
            .files
            .iter()
            .filter(|(path, oid)| before.get(*path).is_some_and(|old| old != *oid))
            .map(|(path, _)| path)
            .collect();
        let who = |who: &Signature| json!({"name": who.name, "email": who.email, "date": iso(who.at), "username": who.user.map(|user| self.state.login(user))});
        json!({
            "id": commit.sha,
            "tree_id": commit.tree,
            "distinct": true,
            "message": commit.message,
            "timestamp": iso(commit.committer.at),
            "url": format!("{}/commit/{}", self.html(repo), commit.sha),
            "author": who(&commit.author),
            "committer": who(&commit.committer),
            "added": added,
            "removed": removed,
            "modified": modified,
        })
    }

    /// A changed file.
    pub(in crate::sandbox) fn diff_entry(self, repo: Id, sha: &str, file: &FileChange) -> Value {
        let (api, html, path) = (self.api(repo), self.html(repo), &file.path);
        let quoted = percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut shown = json!({
            "sha": file.new.as_ref().or(file.old.as_ref()),
            "filename": path,
            "status": file.status,
            "additions": file.additions,
            "deletions": file.deletions,
            "changes": file.additions + file.deletions,
            "blob_url": format!("{html}/blob/{sha}/{quoted}"),
            "raw_url": format!("{html}/raw/{sha}/{quoted}"),
            "contents_url": format!("{api}/contents/{quoted}?ref={sha}"),
        });
        if let Some(patch) = &file.patch {
            shown["patch"] = json!(patch);
        }
        if let Some(previous) = &file.previous {
            shown["previous_filename"] = json!(previous);
        }
        shown
    }

    /// A file of `contents`.
    pub(in crate::sandbox) fn content_entry(
        self,
        repo: Id,
        reference: &str,
        path: &str,
        kind: &str,
        oid: &str,
        size: usize,
    ) -> Value {
        let (api, html) = (self.api(repo), self.html(repo));
        let quoted: Vec<String> = path
            .split('/')
            .map(|part| percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).to_string())
            .collect();
        let quoted = quoted.join("/");
        let url = format!("{api}/contents/{quoted}?ref={reference}");
        let git = format!("{api}/git/{}/{oid}", if kind == "dir" { "trees" } else { "blobs" });
        let page = format!("{html}/{}/{reference}/{quoted}", if kind == "dir" { "tree" } else { "blob" });
        json!({
            "name": path.rsplit('/').next(),
            "path": path,
            "sha": oid,
            "size": size,
            "url": url,
            "html_url": page,
            "git_url": git,
            "download_url": if kind == "dir" { Value::Null } else { json!(format!("{html}/raw/{reference}/{quoted}")) },
            "type": kind,
            "_links": {"self": url, "git": git, "html": page},
        })
    }
}
