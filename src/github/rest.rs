//! What is read of REST's answers: few fields, leniently. <https://docs.github.com/en/rest>

use serde::Deserialize;

use crate::review::snapshot::{Actor, ActorKind, ChangedFile, CheckRun, Commit, FileStatus, UserId};

/// A pull request, from a list or alone: <https://docs.github.com/en/rest/pulls/pulls>.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PullJson {
    pub(crate) id: u64,
    pub(crate) number: u64,
    #[serde(default)]
    pub(crate) state: String,
    pub(crate) head: Tip,
    pub(crate) base: Tip,
    #[serde(default)]
    pub(crate) stack: Option<Stack>,
}

impl PullJson {
    /// The branch whose rules decide: the stack's base where there is one.
    pub(crate) fn deciding_base(&self) -> &str {
        self.stack.as_ref().map_or(&self.base.name, |stack| &stack.base.name)
    }
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Tip {
    #[serde(rename = "ref")]
    pub(crate) name: String,
    pub(crate) sha: String,
    #[serde(default)]
    pub(crate) repo: Option<TipRepo>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct TipRepo {
    pub(crate) id: u64,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Stack {
    pub(crate) base: Tip,
}

/// An account; GitHub has been seen to give `{}` for an unknown author.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Account {
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    login: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

impl Account {
    pub(crate) fn actor(self) -> Option<Actor> {
        let kind = match self.kind.as_deref() {
            Some("User") => ActorKind::User,
            Some("Bot") => ActorKind::Bot,
            _ => ActorKind::Other,
        };
        let login = self.login?;
        let login = if kind == ActorKind::Bot { login.trim_end_matches("[bot]").to_owned() } else { login };
        Some(Actor { id: UserId(self.id?), login, kind })
    }

    pub(crate) fn id(&self) -> Option<UserId> {
        self.id.map(UserId)
    }
}

#[derive(Deserialize)]
pub(crate) struct FileJson {
    filename: String,
    status: String,
    #[serde(default)]
    patch: Option<String>,
    #[serde(default)]
    previous_filename: Option<String>,
    #[serde(default)]
    contents_url: Option<String>,
}

impl FileJson {
    /// The head commit that this row was made for, where its URL says so.
    pub(crate) fn head(&self) -> Option<&str> {
        let (_, query) = self.contents_url.as_deref()?.rsplit_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix("ref=")).filter(|sha| sha.len() >= 40)
    }

    pub(crate) fn changed(self) -> ChangedFile {
        let status = match self.status.as_str() {
            "added" => FileStatus::Added,
            "removed" => FileStatus::Removed,
            "renamed" => FileStatus::Renamed,
            "copied" => FileStatus::Copied,
            _ => FileStatus::Modified,
        };
        let previous_path = self.previous_filename.filter(|_| status == FileStatus::Renamed);
        ChangedFile { path: self.filename, previous_path, status, patch: self.patch }
    }
}

#[derive(Deserialize)]
pub(crate) struct CommitJson {
    sha: String,
    #[serde(default)]
    parents: Vec<ShaJson>,
    #[serde(default)]
    author: Option<Account>,
    #[serde(default)]
    committer: Option<Account>,
}

#[derive(Deserialize)]
pub(crate) struct ShaJson {
    pub(crate) sha: String,
}

impl CommitJson {
    pub(crate) fn commit(self) -> Commit {
        Commit {
            sha: self.sha.into(),
            parents: self.parents.into_iter().map(|p| p.sha.into()).collect(),
            author: self.author.and_then(Account::actor),
            committer: self.committer.and_then(Account::actor),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct CheckRunsJson {
    pub(crate) check_runs: Vec<CheckRunJson>,
}

#[derive(Deserialize)]
pub(crate) struct CheckRunJson {
    pub(crate) id: u64,
    name: String,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    conclusion: Option<String>,
    #[serde(default)]
    output: OutputJson,
    #[serde(default)]
    app: Option<AppJson>,
}

#[derive(Default, Deserialize)]
struct OutputJson {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct AppJson {
    id: u64,
}

impl CheckRunJson {
    pub(crate) fn is_of(&self, app: u64) -> bool {
        self.app.as_ref().is_some_and(|a| a.id == app)
    }

    pub(crate) fn run(self) -> CheckRun {
        CheckRun {
            id: self.id,
            name: self.name,
            external_id: self.external_id.unwrap_or_default(),
            conclusion: self.conclusion.filter(|_| self.status == "completed"),
            title: self.output.title.unwrap_or_default(),
            summary: self.output.summary.unwrap_or_default(),
            text: self.output.text.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct CodeownersErrorsJson {
    pub(crate) errors: Vec<CodeownersErrorJson>,
}

#[derive(Deserialize)]
pub(crate) struct CodeownersErrorJson {
    pub(crate) line: u32,
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) source: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct CompareJson {
    pub(crate) merge_base_commit: ShaJson,
}

#[derive(Deserialize)]
pub(crate) struct BlobJson {
    pub(crate) content: String,
    pub(crate) encoding: String,
}

#[derive(Deserialize)]
pub(crate) struct PermissionJson {
    pub(crate) permission: String,
    #[serde(default)]
    pub(crate) user: Option<Account>,
}

#[derive(Deserialize)]
pub(crate) struct InstallationJson {
    pub(crate) app_id: u64,
    pub(crate) app_slug: String,
    pub(crate) created_at: Moment,
}

/// GitHub gives an installation's times as text, older Enterprise Servers as seconds.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Moment {
    Text(chrono::DateTime<chrono::Utc>),
    Seconds(i64),
}

/// A post as answered by any of the writing operations.
#[derive(Deserialize)]
pub(crate) struct PostJson {
    pub(crate) id: u64,
    pub(crate) node_id: String,
    #[serde(default)]
    pub(crate) body: Option<String>,
    #[serde(default)]
    pub(crate) user: Option<Account>,
}

#[derive(Deserialize)]
pub(crate) struct IdJson {
    pub(crate) id: u64,
}
