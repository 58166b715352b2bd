//! What the sandbox's GitHub holds at one moment: plain values, cheap to clone (every entity sits behind an `Arc`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// GitHub's numeric database id.
pub type Id = u64;
/// Milliseconds since the Unix epoch, virtual time.
pub type Millis = i64;
/// A git object id: 40 hexadecimal digits.
pub type Oid = String;

/// What somebody may do with a repository, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// Nothing.
    #[default]
    None,
    /// Read.
    Read,
    /// Read, and manage issues and pull requests without writing.
    Triage,
    /// Push.
    Write,
    /// Push, and some settings.
    Maintain,
    /// Everything.
    Admin,
}

impl Permission {
    /// The role's name, as `role_name` says it.
    pub fn role(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// The old four-level name: `maintain` shows as write, `triage` as read (FACTS 1g).
    pub fn legacy(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read | Self::Triage => "read",
            Self::Write | Self::Maintain => "write",
            Self::Admin => "admin",
        }
    }

    /// The name that teams use: pull, triage, push, maintain, admin.
    pub fn team_name(self) -> &'static str {
        match self {
            Self::None | Self::Read => "pull",
            Self::Triage => "triage",
            Self::Write => "push",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }
}

/// A user, a bot, or an organisation.
#[derive(Clone, Debug)]
pub struct Account {
    /// Database id.
    pub id: Id,
    /// Login; a bot's ends in `[bot]`, as REST shows it.
    pub login: String,
    /// Display name.
    pub name: String,
    /// What it is.
    pub kind: AccountKind,
    /// When the account was made.
    pub created_at: Millis,
    /// The account was deleted: reads show nobody (`null`) in its place.
    pub ghost: bool,
}

/// The kinds of account.
#[derive(Clone, Debug)]
pub enum AccountKind {
    /// A person.
    User,
    /// An App's bot.
    Bot {
        /// The App.
        app: Id,
    },
    /// An organisation.
    Organization {
        /// Members with their role.
        members: BTreeMap<Id, OrgRole>,
        /// What every member may do in every repository.
        base: Permission,
    },
}

/// A member's role in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrgRole {
    /// Ordinary member.
    Member,
    /// Owner: admin everywhere.
    Owner,
}

/// A team of an organisation.
#[derive(Clone, Debug)]
pub struct Team {
    /// Database id.
    pub id: Id,
    /// The organisation.
    pub org: Id,
    /// Slug, lower case.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// Visible to its members and owners only; cannot own code.
    pub secret: bool,
    /// The team above: its members include ours, its repositories are ours too.
    pub parent: Option<Id>,
    /// Direct members.
    pub members: BTreeSet<Id>,
    /// Repositories with the permission granted.
    pub repos: BTreeMap<Id, Permission>,
}

/// A required status check of a protected branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredCheck {
    /// The check run's name.
    pub context: String,
    /// Only this App's run counts.
    #[serde(default)]
    pub app_id: Option<Id>,
}

/// The rules of a branch, as a ruleset would hold them. Administrators obey them too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Protection {
    /// Checks that must pass.
    pub required_checks: Vec<RequiredCheck>,
    /// Approvals by people with write access.
    pub required_approvals: u32,
    /// An approval by an owner of each changed path.
    pub code_owner_review: bool,
    /// Every review thread must be resolved.
    pub conversation_resolution: bool,
    /// A push that changes the diff dismisses approvals.
    pub dismiss_stale: bool,
}

/// A repository.
#[derive(Clone, Debug)]
pub struct Repo {
    /// Database id.
    pub id: Id,
    /// The account that owns it.
    pub owner: Id,
    /// Name without owner.
    pub name: String,
    /// Only those with access see it.
    pub private: bool,
    /// Default branch.
    pub default_branch: String,
    /// Direct collaborators.
    pub collaborators: BTreeMap<Id, Permission>,
    /// Branch name → tip.
    pub branches: BTreeMap<String, Oid>,
    /// Branch name → rules; a trailing `*` matches any rest.
    pub protection: BTreeMap<String, Protection>,
    /// The repository it was forked from.
    pub fork_of: Option<Id>,
    /// The root of its fork network: forks share git objects.
    pub network: Id,
    /// When it was made.
    pub created_at: Millis,
    /// Last push.
    pub pushed_at: Millis,
    /// Next issue or pull request number.
    pub next_number: u64,
    /// It is archived: nothing can be written.
    pub archived: bool,
}

/// Open, closed or merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PullState {
    /// Open.
    Open,
    /// Closed without a merge.
    Closed,
    /// Merged.
    Merged,
}

/// A pull request.
#[derive(Clone, Debug)]
pub struct Pull {
    /// Database id.
    pub id: Id,
    /// The base repository.
    pub repo: Id,
    /// Number within it.
    pub number: u64,
    /// Author.
    pub author: Id,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// When and by whom title or body were last edited.
    pub edited: Option<(Millis, Id)>,
    /// State.
    pub state: PullState,
    /// A draft.
    pub draft: bool,
    /// Base branch.
    pub base: String,
    /// Tip of the base as GitHub last noted it for this pull request.
    pub base_sha: Oid,
    /// Head repository; another one for a pull request from a fork.
    pub head_repo: Id,
    /// Head branch.
    pub head: String,
    /// Head commit.
    pub head_sha: Oid,
    /// The base of the stack (GitHub's stacked pull requests, public preview): (branch).
    pub stack_base: Option<String>,
    /// Opened.
    pub created_at: Millis,
    /// Last change that GitHub counts.
    pub updated_at: Millis,
    /// Closed or merged.
    pub closed_at: Option<Millis>,
    /// Merge commit, when merged, and by whom.
    pub merged: Option<(Oid, Id)>,
    /// Requested people; true when asked as a code owner.
    pub requested_users: BTreeMap<Id, bool>,
    /// Requested teams; true when asked as a code owner.
    pub requested_teams: BTreeMap<Id, bool>,
    /// Labels.
    pub labels: Vec<String>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineItem>,
    /// The conversation is locked.
    pub locked: bool,
}

/// One entry of a pull request's timeline that is not a comment, review or commit.
#[derive(Clone, Debug)]
pub struct TimelineItem {
    /// Database id.
    pub id: Id,
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: Id,
    /// What.
    pub what: TimelineEvent,
}

/// The timeline's events.
#[derive(Clone, Debug)]
pub enum TimelineEvent {
    /// A review was dismissed.
    ReviewDismissed {
        /// The review.
        review: Id,
        /// State before.
        previous: ReviewState,
        /// Why.
        message: String,
        /// A push did it ("dismiss stale approvals"): the commit.
        commit: Option<Oid>,
    },
    /// Somebody changed the base.
    BaseRefChanged {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// GitHub changed the base because the old one was merged and deleted.
    AutomaticBaseChangeSucceeded {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The head was force-pushed.
    HeadRefForcePushed {
        /// Before.
        before: Oid,
        /// After.
        after: Oid,
    },
    /// A draft became ready.
    ReadyForReview,
    /// It became a draft.
    ConvertToDraft,
    /// Closed.
    Closed,
    /// Reopened.
    Reopened,
    /// Merged.
    Merged,
    /// A review was asked for.
    ReviewRequested {
        /// Person.
        user: Option<Id>,
        /// Team.
        team: Option<Id>,
    },
}

/// States of a pull request review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewState {
    /// Not submitted yet.
    Pending,
    /// Comments only.
    Commented,
    /// Approved.
    Approved,
    /// Changes requested.
    ChangesRequested,
    /// Dismissed.
    Dismissed,
}

impl ReviewState {
    /// GitHub's spelling, `CHANGES_REQUESTED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Commented => "COMMENTED",
            Self::Approved => "APPROVED",
            Self::ChangesRequested => "CHANGES_REQUESTED",
            Self::Dismissed => "DISMISSED",
        }
    }
}

/// A pull request review.
#[derive(Clone, Debug)]
pub struct Review {
    /// Database id.
    pub id: Id,
    /// The pull request.
    pub pull: Id,
    /// Who.
    pub author: Id,
    /// State.
    pub state: ReviewState,
    /// Text.
    pub body: String,
    /// The head it was about; `None` after garbage collection.
    pub commit: Option<Oid>,
    /// Made.
    pub created_at: Millis,
    /// Submitted.
    pub submitted_at: Option<Millis>,
    /// Edited when and by whom.
    pub edited: Option<(Millis, Id)>,
    /// Teams on whose behalf (GraphQL `onBehalfOf`).
    pub on_behalf_of: Vec<Id>,
    /// Hidden, with the reason.
    pub minimized: Option<String>,
}

/// The side of the diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    /// The base's side: deleted and context lines.
    Left,
    /// The head's side: added and context lines.
    Right,
}

impl Side {
    /// `LEFT` or `RIGHT`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "LEFT",
            Self::Right => "RIGHT",
        }
    }
}

/// Where a thread stands: lines of a side, 1-based, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// First line, when the thread spans several.
    pub start: Option<u32>,
    /// Last (or only) line.
    pub line: u32,
}

/// A review thread.
#[derive(Clone, Debug)]
pub struct Thread {
    /// Database id (the root comment's).
    pub id: Id,
    /// The pull request.
    pub pull: Id,
    /// File.
    pub path: String,
    /// Side.
    pub side: Side,
    /// Now; `None` when outdated, or about the whole file.
    pub lines: Option<Lines>,
    /// When posted; `None` about the whole file.
    pub original: Option<Lines>,
    /// Head when posted.
    pub original_commit: Oid,
    /// Head that `lines` count in.
    pub commit: Oid,
    /// The lines are gone or changed.
    pub outdated: bool,
    /// Resolved by whom.
    pub resolved_by: Option<Id>,
    /// The diff around it when posted.
    pub diff_hunk: String,
    /// Comments, oldest first.
    pub comments: Vec<Id>,
}

/// A comment, in a review thread or in the conversation.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Database id.
    pub id: Id,
    /// The pull request.
    pub pull: Id,
    /// Thread and review, for a review comment.
    pub place: Place,
    /// Who.
    pub author: Id,
    /// Text.
    pub body: String,
    /// Made.
    pub created_at: Millis,
    /// Last change.
    pub updated_at: Millis,
    /// Edited when and by whom.
    pub edited: Option<(Millis, Id)>,
    /// Hidden, with the reason.
    pub minimized: Option<String>,
    /// Reactions: (id, who, content).
    pub reactions: Vec<(Id, Id, String)>,
}

/// An issue.
#[derive(Clone, Debug)]
pub struct Issue {
    /// Database id.
    pub id: Id,
    /// The repository.
    pub repo: Id,
    /// Number within it, in one count with pull requests.
    pub number: u64,
    /// Author.
    pub author: Id,
    /// Title.
    pub title: String,
    /// Description.
    pub body: String,
    /// Opened.
    pub created_at: Millis,
    /// Deleted: only its number remains.
    pub deleted: bool,
}

/// Where a comment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The pull request's conversation.
    Conversation,
    /// A review thread.
    Thread {
        /// The thread.
        thread: Id,
        /// The review it belongs to.
        review: Id,
        /// The comment it answers (always the root).
        reply_to: Option<Id>,
        /// Head when posted.
        commit: Oid,
    },
}

/// A button of a check run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAction {
    /// At most 20 characters.
    pub label: String,
    /// At most 40.
    pub description: String,
    /// At most 20.
    pub identifier: String,
}

/// A check run.
#[derive(Clone, Debug)]
pub struct CheckRun {
    /// Database id.
    pub id: Id,
    /// Its suite.
    pub suite: Id,
    /// Repository.
    pub repo: Id,
    /// The App that owns it.
    pub app: Id,
    /// Commit.
    pub sha: Oid,
    /// Name.
    pub name: String,
    /// The App's own key.
    pub external_id: String,
    /// Link.
    pub details_url: Option<String>,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// Only when completed.
    pub conclusion: Option<String>,
    /// Started.
    pub started_at: Millis,
    /// Completed.
    pub completed_at: Option<Millis>,
    /// Output title.
    pub title: Option<String>,
    /// Output summary.
    pub summary: Option<String>,
    /// Output text.
    pub text: Option<String>,
    /// Buttons.
    pub actions: Vec<CheckAction>,
}

/// A GitHub App.
#[derive(Clone, Debug)]
pub struct App {
    /// App id.
    pub id: Id,
    /// Slug; the bot is `slug[bot]`.
    pub slug: String,
    /// Display name.
    pub name: String,
    /// Who registered it.
    pub owner: Id,
    /// Its bot account.
    pub bot: Id,
    /// Public key, PEM, to verify its JWTs.
    pub public_key_pem: String,
    /// Where deliveries go; empty: nowhere.
    pub webhook_url: String,
    /// Secret of the signature.
    pub webhook_secret: String,
    /// Permissions it asks for.
    pub permissions: BTreeMap<String, String>,
    /// Events it subscribes to.
    pub events: BTreeSet<String>,
    /// Registered.
    pub created_at: Millis,
}

/// An App in an account.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Installation id.
    pub id: Id,
    /// The App.
    pub app: Id,
    /// The account.
    pub account: Id,
    /// Granted, perhaps less than the App asks.
    pub permissions: BTreeMap<String, String>,
    /// Granted events.
    pub events: BTreeSet<String>,
    /// Chosen repositories; `None`: all.
    pub repos: Option<BTreeSet<Id>>,
    /// Suspended since.
    pub suspended_at: Option<Millis>,
    /// Installed.
    pub created_at: Millis,
}

/// Everything but git objects, at one moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Users, bots, organisations.
    pub accounts: BTreeMap<Id, Arc<Account>>,
    /// Teams.
    pub teams: BTreeMap<Id, Arc<Team>>,
    /// Repositories.
    pub repos: BTreeMap<Id, Arc<Repo>>,
    /// Pull requests by database id.
    pub pulls: BTreeMap<Id, Arc<Pull>>,
    /// Issues by database id.
    pub issues: BTreeMap<Id, Arc<Issue>>,
    /// Reviews.
    pub reviews: BTreeMap<Id, Arc<Review>>,
    /// Review threads.
    pub threads: BTreeMap<Id, Arc<Thread>>,
    /// Comments of both kinds.
    pub comments: BTreeMap<Id, Arc<Comment>>,
    /// Check runs.
    pub runs: BTreeMap<Id, Arc<CheckRun>>,
    /// Apps.
    pub apps: BTreeMap<Id, Arc<App>>,
    /// Installations.
    pub installations: BTreeMap<Id, Arc<Installation>>,
}
