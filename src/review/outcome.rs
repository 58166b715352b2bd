//! How a kept recommendation ends: adopted (the documents say it), declined, risk accepted, deferred. Status, not wording: an
//! outcome makes no new revision of the draft.

use serde::{Deserialize, Serialize};

use super::record::Revision;
use super::snapshot::{NodeId, UserId};
use crate::time::Timestamp;

/// What somebody decided about a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The command's comment.
    pub node: NodeId,
    /// Who: a login.
    pub by: String,
    /// Who.
    pub who: UserId,
    /// They were a code owner then.
    pub owner: bool,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Ending,
}

/// A way to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// Not followed.
    Declined {
        /// Why.
        reason: String,
    },
    /// The risk is taken.
    RiskAccepted {
        /// Why.
        reason: String,
        /// Until then.
        until: Option<Timestamp>,
    },
    /// Put off to an issue.
    Deferred {
        /// `owner/name#12`, lower case.
        issue: String,
    },
}

impl Ending {
    /// Until when the risk is accepted, if it is for a time.
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::RiskAccepted { until, .. } => *until,
            Self::Declined { .. } | Self::Deferred { .. } => None,
        }
    }
}

/// The decision that stands for a recommendation: the latest.
pub fn standing(revision: &Revision, ordinal: u32) -> Option<&Decided> {
    revision.outcomes.get(&ordinal)?.iter().max_by_key(|decided| (decided.at, &decided.node))
}

impl Decided {
    /// Whether an accepted risk's time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        matches!(self.what, Ending::RiskAccepted { until: Some(until), .. } if now > until)
    }

    /// Whether it counts: a code owner's at once, the author's `decline` once a code owner approved after it (`agreed_at`).
    pub fn counts(&self, agreed_at: Option<Timestamp>, now: Timestamp) -> bool {
        !self.is_over(now) && (self.owner || agreed_at.is_some_and(|at| at > self.at))
    }
}

/// When the next accepted risk is over.
pub fn next_end(revision: &Revision, now: Timestamp) -> Option<Timestamp> {
    let ends = revision.outcomes.keys().filter_map(|ordinal| match standing(revision, *ordinal)?.what {
        Ending::RiskAccepted { until, .. } => until,
        Ending::Declined { .. } | Ending::Deferred { .. } => None,
    });
    ends.filter(|until| *until >= now).min().map(|until| Timestamp(until.0.saturating_add(1)))
}
