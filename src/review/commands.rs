//! `/threadmodel <verb>`: parsing, and what each may do.

use serde::{Deserialize, Serialize};

/// A verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Verb {
    /// Where it stands and whom it waits for.
    Status,
    /// What was understood.
    Facts,
    /// The verbs.
    Help,
    /// Begin where the app is quiet.
    Start,
    /// Draft now.
    Draft,
    /// Analyse anew.
    Rerun,
    /// Drop the question of this thread.
    Waive,
    /// Keep the recommendation of this thread.
    Keep,
    /// Drop the recommendation of this thread.
    Drop {
        /// Why.
        reason: String,
    },
    /// End curation.
    Settle,
    /// Let the pull request through.
    Override {
        /// First digits of the digest that was seen.
        digest: String,
        /// Why.
        reason: String,
    },
    /// Silence the app here.
    Pause,
    /// Speak again.
    Resume,
    /// A verb of the design that this version does not carry out yet.
    NotYet {
        /// As typed.
        verb: String,
    },
    /// Not a verb.
    Unknown {
        /// As typed.
        verb: String,
    },
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// Only code owners.
    OwnersOnly,
    /// Only people with write access.
    WriteOnly,
    /// Only the author or a code owner.
    AuthorOrOwner,
    /// Only members of `approval.teams` may override.
    OverrideTeamsOnly {
        /// The teams.
        teams: Vec<String>,
    },
    /// The policy names no team that may override.
    OverrideNobody,
    /// The author or a committer of the pull request cannot override.
    OverrideOwnWork,
    /// An earlier state of the documents.
    StaleDigest {
        /// As typed.
        typed: String,
        /// The current one, and the line to paste.
        current: String,
    },
    /// A reason is missing.
    ReasonMissing,
    /// Must stand in the thread of a question.
    QuestionThreadOnly,
    /// Must stand in the thread of a recommendation.
    RecommendationThreadOnly,
    /// There is no draft yet.
    NoDraft,
    /// Permission could not be read.
    CannotTell,
    /// Not in this version.
    NotYet,
    /// No such verb.
    Unknown,
}
