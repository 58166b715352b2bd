//! What GitHub says now about one pull request, read whole by `github::observe`. Facts only: nothing here is remembered by us.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::marker::PostKey;
use super::verdict::SiblingVerdict;
pub use crate::analyst::ContextText;
use crate::codeowners::Codeowners;
use crate::policy::{Policy, PolicyProblem, TeamRef};
use crate::text::Untrusted;
use crate::threat_model::Decision;
use crate::time::Timestamp;

macro_rules! text_id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Arc<str>);

        impl $name {
            /// The id as GitHub writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.into())
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_id! {
    /// A commit's SHA, 40 hex digits.
    CommitSha,
    /// A blob's SHA: equal ids are equal bytes.
    BlobId,
    /// A GraphQL node id.
    NodeId,
}

/// GitHub's numeric id of a user or bot. Logins are labels; ids are keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub u64);

/// What was read, or why it could not be. Unknown is never treated as no, and never as yes: it closes the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// Read.
    Yes(T),
    /// Not readable; the reason in a few plain words.
    Unknown(String),
}

impl<T> Known<T> {
    /// The value, if it was read.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

/// The whole snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Where.
    pub repository: Repository,
    /// Who we are.
    pub app: App,
    /// The pull request itself.
    pub pull: Pull,
    /// The policy of the base (or of the stack's base), or what is wrong with it.
    pub policy: Result<Arc<Policy>, PolicyProblem>,
    /// The code owners of the base.
    pub codeowners: CodeownersFile,
    /// Lines that GitHub's `codeowners/errors` reports for that file, by line.
    pub codeowners_errors: Known<Vec<CodeownersError>>,
    /// Changed files.
    pub files: Files,
    /// The merge base of base and head.
    pub merge_base: CommitSha,
    /// The pull request's commits, oldest first.
    pub commits: Commits,
    /// Which blob stands at a path of a commit; `None`: no such file. Holds the design documents (both paths of a rename) at
    /// head, merge base, each review's commit, each commit of the pull request and its parents. Missing entry: not readable.
    pub trees: BTreeMap<CommitSha, BTreeMap<String, Option<BlobId>>>,
    /// Texts of the blobs in `trees`. Missing: not readable (binary, too large, gone).
    pub blobs: BTreeMap<BlobId, Arc<str>>,
    /// Submitted reviews, oldest first. Pending ones are left out.
    pub reviews: Vec<PullRequestReview>,
    /// Dismissals, oldest first.
    pub dismissals: Vec<Dismissal>,
    /// Review threads.
    pub threads: Vec<Thread>,
    /// The conversation.
    pub comments: Vec<Comment>,
    /// Our check runs on the head commit, newest first.
    pub checks: Vec<CheckRun>,
    /// Everybody who wrote, reviewed, committed or pressed: what GitHub says of them at this moment.
    pub people: BTreeMap<UserId, Person>,
    /// Teams named by CODEOWNERS or the policy.
    pub teams: BTreeMap<TeamRef, Known<BTreeSet<UserId>>>,
    /// Posts of ours that were asked for by id because the lists did not show them: `None` means gone.
    pub probed: BTreeMap<NodeId, Probed>,
    /// The organisation's context: files that the policy's `context` names, in the repository at `pull.base_sha` and in the
    /// organisation's `.github` repository. No fact of the gate.
    pub context: Vec<ContextText>,
    /// Decisions that people committed as files, in the same two repositories.
    pub decided: Vec<Decided>,
    /// What the team adds to the rules of tasks (the policy's `prompts`), by the task's name, at `pull.base_sha`. It changes how
    /// a model is asked, and no key.
    pub prompts: BTreeMap<String, String>,
    /// Context and decisions that were left out, each as `path: why`.
    pub context_left_out: Vec<String>,
    /// Whether those whom replies in our question threads name can read the repository now, by `review::named`'s key: a login,
    /// or `org/slug` of a team.
    pub named: BTreeMap<String, Known<bool>>,
    /// Whether an issue that a command names is there, is no pull request, and is visible to the app; by `review::issue_ref`'s
    /// key.
    pub issues: BTreeMap<String, Known<bool>>,
    /// When the base was last changed (GraphQL `BaseRefChangedEvent`, `AutomaticBaseChangeSucceededEvent`), if ever.
    pub retargeted_at: Option<Timestamp>,
    /// Whether the branch demands that conversations are resolved before merging.
    pub conversation_resolution: bool,
    /// Other open pull requests with the same head commit and the same check name, with their verdicts.
    pub siblings: Vec<SiblingVerdict>,
    /// When reading began.
    pub observed_at: Timestamp,
}

impl Snapshot {
    /// Our check run of this name that counts on GitHub: the newest.
    pub fn check_run(&self, name: &str) -> Option<&CheckRun> {
        self.checks.iter().filter(|run| run.name == name).max_by_key(|run| run.id)
    }
}

/// The answer to asking for one post by its node id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probed {
    /// It is there: the lists lag.
    Present,
    /// It is gone while the pull request is readable: a person removed it.
    Gone,
}

/// The repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// GitHub's numeric id.
    pub id: u64,
    /// The owner's login, a label.
    pub owner: String,
    /// The name, a label.
    pub name: String,
    /// Whether anybody can read it.
    pub public: bool,
    /// The default branch.
    pub default_branch: String,
}

/// Our own identity as GitHub knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// The App's id.
    pub id: u64,
    /// Its slug; the bot's GraphQL login.
    pub slug: String,
    /// The installation.
    pub installation: u64,
    /// When it was installed: older pull requests are left alone until somebody says `start`.
    pub installed_at: Timestamp,
}

/// Somebody who did something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Actor {
    /// Numeric id.
    pub id: UserId,
    /// Login, a label (a bot's without `[bot]`).
    pub login: String,
    /// Person or not.
    pub kind: ActorKind,
}

/// Person or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person.
    User,
    /// A GitHub App.
    Bot,
    /// Mannequin, organisation, anything else: never counts.
    Other,
}

impl App {
    /// Whether this is us.
    pub fn is(&self, actor: &Actor) -> bool {
        actor.kind == ActorKind::Bot && actor.login.eq_ignore_ascii_case(&self.slug)
    }
}

/// The pull request's own fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Numeric id.
    pub id: u64,
    /// Number within the repository.
    pub number: u64,
    /// Node id.
    pub node: NodeId,
    /// Title.
    pub title: Untrusted,
    /// Description.
    pub body: Untrusted,
    /// Who opened it; `None`: a deleted account.
    pub author: Option<Actor>,
    /// GitHub says that they are a member, owner or collaborator (`authorAssociation`; false negatives are possible).
    pub associated: bool,
    /// Open or not.
    pub state: PullState,
    /// Marked as a draft.
    pub draft: bool,
    /// Head commit.
    pub head: CommitSha,
    /// Name of the base branch that decides: the stack's base where there is one, else the base.
    pub base: String,
    /// Tip of that branch.
    pub base_sha: CommitSha,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed, as GitHub says.
    pub updated_at: Timestamp,
}

/// Open or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    /// Open.
    Open,
    /// Closed without merging.
    Closed,
    /// Merged.
    Merged,
}

/// The CODEOWNERS file of the base.
#[derive(Clone, Debug, PartialEq)]
pub enum CodeownersFile {
    /// None of the three locations holds one.
    Missing,
    /// 3 MB or more: GitHub does not load it.
    TooLarge {
        /// Where.
        path: String,
    },
    /// Loaded.
    Loaded {
        /// Where.
        path: String,
        /// Its rules.
        rules: Arc<Codeowners>,
    },
    /// Could not be read.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// One row of GitHub's `codeowners/errors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeownersError {
    /// 1-based line.
    pub line: u32,
    /// GitHub's kind, such as `Unknown owner` or `Invalid pattern`.
    pub kind: String,
    /// The line's own text.
    pub source: String,
}

/// Changed files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// As GitHub lists them.
    pub list: Vec<ChangedFile>,
    /// False when the list ends at GitHub's limit of 3,000.
    pub complete: bool,
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Path at head (for a removed file: the path that is gone).
    pub path: String,
    /// Path before, for a rename.
    pub previous_path: Option<String>,
    /// What happened.
    pub status: FileStatus,
    /// The patch, when GitHub gives one.
    pub patch: Option<String>,
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// New.
    Added,
    /// Changed (also GitHub's `changed`).
    Modified,
    /// Moved, changed or not.
    Renamed,
    /// A copy of another file.
    Copied,
    /// Gone.
    Removed,
}

/// Commits of the pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commits {
    /// Oldest first.
    pub list: Vec<Commit>,
    /// False when the list ends at GitHub's limit of 250.
    pub complete: bool,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its SHA.
    pub sha: CommitSha,
    /// Its parents.
    pub parents: Vec<CommitSha>,
    /// The account in the author field; `None`: no account has that e-mail.
    pub author: Option<Actor>,
    /// The account in the committer field (only `override` looks at it).
    pub committer: Option<Actor>,
}

/// The states of a submitted review that we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// A comment: changes nobody's say.
    Commented,
    /// Approval.
    Approved,
    /// Objection.
    ChangesRequested,
    /// One of the two, dismissed.
    Dismissed,
}

/// GitHub's own review, by a person or by us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestReview {
    /// Its body as a post.
    pub post: Comment,
    /// Its state now.
    pub state: ReviewState,
    /// The commit it was given on; `None` after a force push and garbage collection.
    pub commit: Option<CommitSha>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
}

/// A dismissal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    /// The dismissed review.
    pub review: NodeId,
    /// Who dismissed it.
    pub actor: Option<Actor>,
    /// What it was before.
    pub previous: ReviewState,
    /// When.
    pub at: Timestamp,
}

/// A review thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    /// Node id.
    pub node: NodeId,
    /// The file it stands on.
    pub path: String,
    /// The line at head; `None`: outdated or on the file.
    pub line: Option<u32>,
    /// Resolved.
    pub resolved: bool,
    /// Who resolved it.
    pub resolved_by: Option<Actor>,
    /// Its lines changed since.
    pub outdated: bool,
    /// Oldest first; the first one is the thread's own.
    pub comments: Vec<Comment>,
}

/// A comment, or the body of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Node id.
    pub node: NodeId,
    /// REST id.
    pub id: u64,
    /// Who wrote it.
    pub author: Option<Actor>,
    /// Who edited it last, if anybody did.
    pub editor: Option<Actor>,
    /// The text; for our own posts without the marker.
    pub body: Untrusted,
    /// Which of our posts it is: set only when the author is our app, the marker's HMAC holds for this pull request.
    pub marker: Option<PostKey>,
    /// GitHub says the author is a member, owner or collaborator (`author_association`; false negatives are possible).
    pub associated: bool,
    /// Hidden by somebody.
    pub minimized: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub last_edited_at: Option<Timestamp>,
}

/// One of our check runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRun {
    /// REST id.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Our own id for it.
    pub external_id: String,
    /// GitHub's conclusion as written, `None` while in progress.
    pub conclusion: Option<String>,
    /// Title of the output.
    pub title: String,
    /// Summary of the output.
    pub summary: String,
    /// Text of the output.
    pub text: String,
}

/// What GitHub says of a person at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub actor: Actor,
    /// What they may do in this repository.
    pub permission: Known<Permission>,
}

/// What a person may do (REST `permission`, where `maintain` shows as write and `triage` as read).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Nothing.
    None,
    /// May read.
    Read,
    /// May push.
    Write,
    /// Administers.
    Admin,
}

/// A decision that people committed as a file (`threadmodel memory export` writes such files).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its path, with the repository in front when it is another one.
    pub path: String,
    /// What it says.
    pub decision: Decision,
}
