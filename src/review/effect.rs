//! What the engine does. Ten kinds; a new feature adds something wanted, not a new effect.

use super::marker::PostKey;
use super::record::Pin;
use super::snapshot::NodeId;
use super::wanted::{WantedAnalysis, WantedCheck, WantedReviewer};
use crate::prose::SafeMarkdown;

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a plan holds a handful of effects")]
pub enum Effect {
    /// Write to the record. Always done first, in one transaction.
    Pin(Vec<Pin>),
    /// Queue an analysis.
    Analyse(WantedAnalysis),
    /// Post a review with all its comments on lines: one notification.
    PostReview {
        /// The review's own key; `None` when the review exists and only lost comments are written again (a body is still sent).
        key: Option<PostKey>,
        /// Its body.
        body: SafeMarkdown,
        /// Its comments.
        comments: Vec<LineComment>,
        /// Tried before without a known answer.
        attempts: u32,
    },
    /// Post a reply in a review thread.
    PostReply {
        /// The post.
        key: PostKey,
        /// REST id of the thread's first comment.
        to: u64,
        /// What it says.
        body: SafeMarkdown,
        /// Tried before without a known answer.
        attempts: u32,
    },
    /// Post a comment in the conversation.
    PostComment {
        /// The post.
        key: PostKey,
        /// What it says.
        body: SafeMarkdown,
        /// Tried before without a known answer.
        attempts: u32,
    },
    /// Edit a post of ours: no notification.
    Edit {
        /// The post.
        key: PostKey,
        /// Node id.
        node: NodeId,
        /// REST id.
        id: u64,
        /// What it should say.
        body: SafeMarkdown,
    },
    /// Make a doubled post harmless: a comment is deleted, a review's body becomes one line that points to the first.
    Undouble {
        /// The post.
        key: PostKey,
        /// REST id of the doubled one.
        id: u64,
        /// REST id of the one that stays.
        first: u64,
    },
    /// Create or update the check run.
    WriteCheck {
        /// What it should say.
        check: WantedCheck,
        /// REST id, when it exists.
        id: Option<u64>,
    },
    /// Ask for a review.
    RequestReview(WantedReviewer),
    /// Ask GitHub for posts by id, because the lists do not show them.
    Probe(Vec<NodeId>),
}

/// A comment of a review, on a line of the right side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineComment {
    /// The post.
    pub key: PostKey,
    /// The file.
    pub path: String,
    /// The last (or only) line.
    pub line: u32,
    /// The first line, when there are several.
    pub start_line: Option<u32>,
    /// What it says.
    pub body: SafeMarkdown,
}
