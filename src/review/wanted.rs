//! What should be true now: the output of `want`, input of `reconcile`.

use serde::{Deserialize, Serialize};

use super::marker::PostKey;
use super::record::{CheckKey, Pin};
use super::snapshot::UserId;
use super::verdict::Verdict;
use crate::analyst::Task;
use crate::digest::Digest;
use crate::prose::SafeMarkdown;
use crate::time::Timestamp;

/// Everything that should be true.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What the record must learn first. While there are pins, nothing else is done: the next look sees the new record.
    pub pins: Vec<Pin>,
    /// Analyses that are missing.
    pub analyses: Vec<WantedAnalysis>,
    /// Posts, in the order in which they should be written.
    pub posts: Vec<WantedPost>,
    /// The check run on the head commit. `None`: leave it as it is (closed pull request).
    pub check: Option<WantedCheck>,
    /// People to ask for a review (again).
    pub reviewers: Vec<WantedReviewer>,
    /// When to look again even if nothing happens.
    pub wake_at: Option<Timestamp>,
    /// This pull request's own verdict, for siblings and the operator.
    pub verdict: Verdict,
    /// Where the review stands, for people.
    pub phase: Phase,
}

/// Where a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// No changed file is a design document.
    OutOfScope,
    /// Plain code finds the change trivial.
    Trivial,
    /// Quiet until somebody says `start`.
    NotStarted,
    /// Silenced by `pause`.
    Paused,
    /// The policy is broken.
    PolicyBroken,
    /// The analyst reads.
    Reading,
    /// Questions wait for answers.
    Questioning,
    /// The draft is being made.
    Drafting,
    /// The draft waits for the code owners.
    Curation,
    /// The approval rule holds.
    Approved,
    /// Let through by an override.
    Overridden,
    /// Something kept failing.
    Failed,
    /// Closed or merged.
    Closed,
}

/// An analysis that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedAnalysis {
    /// Digest of exactly what the task may use.
    pub key: Digest,
    /// The task.
    pub task: Task,
    /// Not before this moment (the quiet period).
    pub not_before: Timestamp,
}

/// A post that should stand on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPost {
    /// Which.
    pub key: PostKey,
    /// What it should say.
    pub body: SafeMarkdown,
    /// Where.
    pub place: Place,
}

/// Where a post stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The body of a review of ours.
    Review,
    /// A comment on a line, written together with this review.
    InReview {
        /// The review.
        review: PostKey,
        /// The file.
        path: String,
        /// The last (or only) line, on the right side.
        line: u32,
        /// The first line, when there are several.
        start_line: Option<u32>,
    },
    /// A reply in the thread that this post of ours began.
    Thread {
        /// The thread's first post.
        first: PostKey,
    },
    /// A reply in the thread that begins with this comment (REST id), written by somebody else.
    ForeignThread {
        /// REST id of the thread's first comment.
        comment: u64,
    },
    /// The conversation.
    Conversation,
}

/// The check run that should stand on the head commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedCheck {
    /// Name and commit.
    pub key: CheckKey,
    /// In progress, or how it ended.
    pub conclusion: Conclusion,
    /// Title, at most a line.
    pub title: String,
    /// Summary, Markdown.
    pub summary: SafeMarkdown,
    /// Buttons, at most three; shown by GitHub after completion only.
    pub actions: Vec<Action>,
    /// Changed by a re-run request, so that the run is written again.
    pub nonce: u32,
}

/// What a check run may conclude. `neutral` and `skipped` pass a required check, so they do not exist here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Not yet.
    InProgress,
    /// Somebody has to act.
    ActionRequired,
    /// The gate is open.
    Success,
}

/// A button of the check run. GitHub caps label, description and identifier at 20, 40 and 20 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Draft on what is known.
    DraftNow,
    /// Analyse the current documents anew.
    RunAgain,
    /// After a failure.
    TryAgain,
}

/// Somebody to ask for a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedReviewer {
    /// For this revision of the draft.
    pub revision: u32,
    /// Who.
    pub who: UserId,
    /// Their login now.
    pub login: String,
}

impl WantedCheck {
    /// Digest of what would be written, to tell whether it stands already.
    pub fn digest(&self) -> Digest {
        crate::digest::Canonical::new("check", 1).json(self).finish()
    }
}
