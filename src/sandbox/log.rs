//! The sandbox's log: every act, whole, in order, so that an oracle that never saw the code can judge a check run by brute force.
//!
//! Logins, `owner/name`, branch names and commit ids are spelled out; nothing has to be looked up elsewhere.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::{Id, Millis, Oid, OrgRole, Permission, Protection, ReviewState, Side};

/// One act.
#[derive(Clone, Debug, Serialize)]
pub struct LogEntry {
    /// Running number, from 0.
    pub seq: u64,
    /// Virtual time, milliseconds since the epoch.
    pub at: Millis,
    /// Login of who did it; an App's bot ends in `[bot]`; `github` for what GitHub does by itself.
    pub actor: String,
    /// What happened.
    #[serde(flatten)]
    pub what: LogEvent,
}

/// A file that a push changed.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedFile {
    /// Path.
    pub path: String,
    /// Blob id after; `None`: deleted.
    pub blob: Option<Oid>,
    /// Text after, when it is UTF-8.
    pub text: Option<String>,
}

/// A commit that a push brought.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedCommit {
    /// Id.
    pub sha: Oid,
    /// Parents.
    pub parents: Vec<Oid>,
    /// Login in the author field; `None` when the e-mail belongs to no account.
    pub author: Option<String>,
    /// Login in the committer field.
    pub committer: Option<String>,
    /// Message, trailers included.
    pub message: String,
    /// Difference to the first parent.
    pub changed: Vec<LoggedFile>,
    /// All files of the tree: path → blob id.
    pub files: BTreeMap<String, Oid>,
}

/// What kind of text was edited or deleted.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// A comment in a review thread.
    ReviewComment,
    /// A comment in the conversation.
    IssueComment,
    /// A review's body.
    Review,
}

/// The acts. `pull` is always the number within `repo`.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are GitHub's own words; each variant says what happened")]
pub enum LogEvent {
    /// An account exists from now on.
    AccountAdded { login: String, id: Id, kind: &'static str },
    /// An account was deleted.
    AccountDeleted { login: String },
    /// A person is in an organisation with this role; `None`: not any more.
    OrganizationMember { org: String, login: String, role: Option<OrgRole> },
    /// A team as it is after a change: direct members, repositories with their permission.
    TeamChanged {
        org: String,
        slug: String,
        id: Id,
        secret: bool,
        parent: Option<String>,
        members: Vec<String>,
        repos: BTreeMap<String, Permission>,
    },
    /// A team was deleted.
    TeamDeleted { org: String, slug: String },
    /// A direct collaborator's permission; `none`: removed.
    CollaboratorChanged { repo: String, login: String, permission: Permission },
    /// A repository exists from now on.
    RepositoryCreated { repo: String, id: Id, private: bool, default_branch: String, fork_of: Option<String> },
    /// A repository was renamed.
    RepositoryRenamed { from: String, to: String },
    /// Public or private from now on.
    VisibilityChanged { repo: String, private: bool },
    /// The rules of a branch from now on; `None`: unprotected.
    ProtectionChanged { repo: String, branch: String, rules: Option<Protection> },
    /// A branch points elsewhere: made (`before` is `None`), moved, or deleted (`after` is `None`). `commits` are new to it, oldest first.
    BranchMoved {
        repo: String,
        branch: String,
        before: Option<Oid>,
        after: Option<Oid>,
        forced: bool,
        commits: Vec<LoggedCommit>,
    },
    /// An issue was opened.
    IssueOpened { repo: String, issue: u64, title: String },
    /// An issue was deleted.
    IssueDeleted { repo: String, issue: u64 },
    /// A pull request was opened.
    PullOpened {
        repo: String,
        pull: u64,
        title: String,
        body: String,
        base: String,
        base_sha: Oid,
        head_repo: String,
        head: String,
        head_sha: Oid,
        draft: bool,
        stack_base: Option<String>,
    },
    /// Title or body were edited.
    PullEdited { repo: String, pull: u64, title: String, body: String },
    /// The base was changed.
    PullRetargeted { repo: String, pull: u64, from: String, to: String, automatic: bool },
    /// The base of its stack was set.
    PullStacked { repo: String, pull: u64, stack_base: Option<String> },
    /// The head moved by a push.
    PullHeadMoved { repo: String, pull: u64, before: Oid, after: Oid, forced: bool },
    /// Closed without a merge.
    PullClosed { repo: String, pull: u64 },
    /// Reopened.
    PullReopened { repo: String, pull: u64 },
    /// Ready for review (`draft: false`) or a draft again.
    PullDraft { repo: String, pull: u64, draft: bool },
    /// Merged: `head_sha` into `base`, giving `merge_sha`.
    PullMerged { repo: String, pull: u64, base: String, head_sha: Oid, merge_sha: Oid },
    /// A merge was refused.
    MergeRefused { repo: String, pull: u64, reasons: Vec<String> },
    /// A review was submitted (or left pending).
    ReviewSubmitted { repo: String, pull: u64, review: Id, state: ReviewState, commit: Oid, body: String },
    /// A review was dismissed; `automatic` by a push under "dismiss stale approvals".
    ReviewDismissed {
        repo: String,
        pull: u64,
        review: Id,
        reviewer: String,
        previous: ReviewState,
        message: String,
        automatic: bool,
    },
    /// People or teams were asked for a review.
    ReviewRequested { repo: String, pull: u64, users: Vec<String>, teams: Vec<String>, as_code_owner: bool },
    /// A request for review was withdrawn.
    ReviewRequestRemoved { repo: String, pull: u64, users: Vec<String>, teams: Vec<String> },
    /// A comment in a review thread; `reply_to` `None`: it opened the thread. `line` `None`: about the file.
    ReviewCommentPosted {
        repo: String,
        pull: u64,
        comment: Id,
        thread: Id,
        review: Id,
        path: String,
        side: Side,
        start_line: Option<u32>,
        line: Option<u32>,
        reply_to: Option<Id>,
        body: String,
    },
    /// A comment in the conversation.
    IssueCommentPosted { repo: String, pull: u64, comment: Id, body: String },
    /// Text was edited, by whoever `actor` is; `author` wrote it.
    TextEdited { repo: String, pull: u64, kind: TextKind, id: Id, author: String, before: String, after: String },
    /// A comment was deleted.
    CommentDeleted { repo: String, pull: u64, kind: TextKind, id: Id, author: String, body: String },
    /// Hidden (with a reason) or shown again.
    CommentMinimized { repo: String, pull: u64, kind: TextKind, id: Id, author: String, reason: Option<String> },
    /// A thread was resolved or reopened.
    ThreadResolved { repo: String, pull: u64, thread: Id, resolved: bool },
    /// A push changed a thread's lines.
    ThreadOutdated { repo: String, pull: u64, thread: Id },
    /// Somebody clicked "Commit suggestion".
    SuggestionCommitted { repo: String, pull: u64, comment: Id, sha: Oid },
    /// A reaction was added.
    Reacted { repo: String, pull: u64, kind: TextKind, id: Id, content: String },
    /// An App wrote a check run (made it when `created`).
    CheckRunWritten {
        repo: String,
        sha: Oid,
        run: Id,
        app: Id,
        name: String,
        external_id: String,
        status: String,
        conclusion: Option<String>,
        title: Option<String>,
        summary: Option<String>,
        text: Option<String>,
        actions: Vec<String>,
        created: bool,
    },
    /// A person pressed a button of a check run.
    ButtonPressed { repo: String, sha: Oid, run: Id, name: String, identifier: String },
    /// A person asked for a check run (or, without a run, its suite) to be run again.
    RerunRequested { repo: String, sha: Oid, run: Option<Id>, app: Id },
    /// An App is installed, or its grants changed.
    InstallationChanged {
        installation: Id,
        app: Id,
        account: String,
        permissions: BTreeMap<String, String>,
        events: Vec<String>,
        repos: Option<Vec<String>>,
        suspended: bool,
    },
    /// Labels were added.
    Labeled { repo: String, pull: u64, labels: Vec<String> },
}
