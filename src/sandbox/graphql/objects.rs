//! The objects that the GraphQL API hands out, and which types they are.

use std::rc::Rc;

use super::super::model::{AccountKind, Id, Oid, State};
use super::exec::Page;

/// An object, by its id.
#[derive(Clone, Debug)]
pub(super) enum Obj {
    Query,
    Account(Id, AccountType),
    Viewer,
    Team(Id),
    Repo(Id),
    Ref(Id, String),
    UpdateRule(Id, String),
    Commit(Id, Oid),
    Tree(Id, Oid),
    TreeEntry(Id, Rc<(String, String, Oid, bool)>),
    Blob(Id, Oid),
    GitActor(Id, Oid, bool),
    Pull(Id),
    PullCommit(Id, Oid),
    ChangedFile(Id, usize),
    Review(Id),
    Thread(Id),
    ReviewComment(Id),
    IssueComment(Id),
    Request(Id, Reviewer),
    /// Pull request and place in its timeline.
    Event(Id, usize, &'static str),
    Rollup(Id, Oid),
    Suite(Id, Id),
    App(Id),
    Run(Id),
    RateLimit,
    Page(Page),
    Edge(Rc<Obj>, usize, &'static str),
    PageInfo {
        before: bool,
        after: bool,
        ends: Option<(String, String)>,
    },
    /// A mutation's payload: type, field, object, the client's own id.
    Payload(&'static str, &'static str, Rc<Obj>, Option<String>),
}

/// Kinds of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountType {
    User,
    Bot,
    Organization,
}

/// Whom a review was asked of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reviewer {
    Person(Id),
    Team(Id),
}

impl Obj {
    /// An account; `None` for a deleted one.
    pub(super) fn account(state: &State, id: Id) -> Option<Self> {
        let account = state.accounts.get(&id).filter(|account| !account.ghost)?;
        let kind = match account.kind {
            AccountKind::User => AccountType::User,
            AccountKind::Bot { .. } => AccountType::Bot,
            AccountKind::Organization { .. } => AccountType::Organization,
        };
        Some(Self::Account(id, kind))
    }

    /// `__typename`.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Query => "Query",
            Self::Account(_, AccountType::User) | Self::Viewer => "User",
            Self::Account(_, AccountType::Bot) => "Bot",
            Self::Account(_, AccountType::Organization) => "Organization",
            Self::Team(_) => "Team",
            Self::Repo(_) => "Repository",
            Self::Ref(..) => "Ref",
            Self::UpdateRule(..) => "RefUpdateRule",
            Self::Commit(..) => "Commit",
            Self::Tree(..) => "Tree",
            Self::TreeEntry(..) => "TreeEntry",
            Self::Blob(..) => "Blob",
            Self::GitActor(..) => "GitActor",
            Self::Pull(_) => "PullRequest",
            Self::PullCommit(..) => "PullRequestCommit",
            Self::ChangedFile(..) => "PullRequestChangedFile",
            Self::Review(_) => "PullRequestReview",
            Self::Thread(_) => "PullRequestReviewThread",
            Self::ReviewComment(_) => "PullRequestReviewComment",
            Self::IssueComment(_) => "IssueComment",
            Self::Request(..) => "ReviewRequest",
            Self::Event(_, _, name) | Self::Payload(name, ..) => name,
            Self::Rollup(..) => "StatusCheckRollup",
            Self::Suite(..) => "CheckSuite",
            Self::App(_) => "App",
            Self::Run(_) => "CheckRun",
            Self::RateLimit => "RateLimit",
            Self::Page(page) => page.name,
            Self::Edge(_, _, connection) => edge_name(connection),
            Self::PageInfo { .. } => "PageInfo",
        }
    }

    /// Is it of this type, interface or union?
    pub(super) fn is(&self, name: &str) -> bool {
        let own = self.type_name();
        if own == name {
            return true;
        }
        match name {
            "Actor" => matches!(own, "User" | "Bot" | "Organization" | "Mannequin"),
            "RepositoryOwner" => matches!(own, "User" | "Organization"),
            "RequestedReviewer" => matches!(own, "User" | "Team" | "Bot" | "Mannequin"),
            "GitObject" => matches!(own, "Commit" | "Tree" | "Blob"),
            "Comment" | "Reactable" | "Updatable" | "UpdatableComment" => {
                matches!(own, "PullRequest" | "PullRequestReview" | "PullRequestReviewComment" | "IssueComment")
            }
            "Minimizable" | "Deletable" => {
                matches!(own, "PullRequestReview" | "PullRequestReviewComment" | "IssueComment")
            }
            "RepositoryNode" => {
                matches!(own, "PullRequest" | "PullRequestReview" | "PullRequestReviewComment" | "IssueComment")
            }
            "StatusCheckRollupContext" => own == "CheckRun",
            "PullRequestTimelineItems" => {
                own.ends_with("Event")
                    || matches!(
                        own,
                        "PullRequestCommit" | "PullRequestReview" | "IssueComment" | "PullRequestReviewThread"
                    )
            }
            "UniformResourceLocatable" => {
                matches!(own, "PullRequest" | "Repository" | "Commit" | "User" | "Organization" | "Bot" | "CheckRun")
                    || own.ends_with("Event")
            }
            "IssueOrPullRequest" | "Closable" | "Lockable" | "Labelable" | "Assignable" | "Subscribable" => {
                own == "PullRequest"
            }
            "Node" => {
                !matches!(
                    own,
                    "RefUpdateRule"
                        | "TreeEntry"
                        | "GitActor"
                        | "RateLimit"
                        | "PageInfo"
                        | "PullRequestChangedFile"
                        | "Query"
                ) && !matches!(self, Self::Page(_) | Self::Edge(..) | Self::Payload(..))
            }
            _ => false,
        }
    }
}

/// `FooConnection` → `FooEdge`, with GitHub's exceptions among those we have.
fn edge_name(connection: &'static str) -> &'static str {
    match connection {
        "PullRequestReviewConnection" => "PullRequestReviewEdge",
        "PullRequestReviewThreadConnection" => "PullRequestReviewThreadEdge",
        "PullRequestReviewCommentConnection" => "PullRequestReviewCommentEdge",
        "IssueCommentConnection" => "IssueCommentEdge",
        "PullRequestTimelineItemsConnection" => "PullRequestTimelineItemsEdge",
        "ReviewRequestConnection" => "ReviewRequestEdge",
        "PullRequestCommitConnection" => "PullRequestCommitEdge",
        "PullRequestChangedFileConnection" => "PullRequestChangedFileEdge",
        "PullRequestConnection" => "PullRequestEdge",
        "TeamConnection" => "TeamEdge",
        "TeamMemberConnection" => "TeamMemberEdge",
        "CommitConnection" => "CommitEdge",
        "GitActorConnection" => "GitActorEdge",
        "StatusCheckRollupContextConnection" => "StatusCheckRollupContextEdge",
        "CheckSuiteConnection" => "CheckSuiteEdge",
        "CheckRunConnection" => "CheckRunEdge",
        _ => "RefEdge",
    }
}
