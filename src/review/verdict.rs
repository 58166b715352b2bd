//! What the gate says and why. Closed enums: nothing else can open the gate, and every verdict carries its reasons.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The complete list of grounds on which a check may be green.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ground", rename_all = "snake_case")]
pub enum Ground {
    /// The approval rule holds.
    Approved {
        /// Logins whose approvals count.
        by: Vec<String>,
    },
    /// A valid override.
    Overridden {
        /// Who.
        by: String,
        /// Their reason, as typed.
        reason: crate::text::Untrusted,
    },
    /// Plain code finds the change trivial (and a nod was given where one is asked for).
    TrivialByRule {
        /// Which rule.
        rule: TrivialRule,
        /// Who nodded, where a nod was asked for.
        nod: Vec<String>,
    },
    /// No changed file is a design document.
    NoDesignDocuments,
    /// The policy only advises. `would_be` says what `enforce` would have said.
    AdviseMode {
        /// Whether the gate would have been open.
        would_be_open: bool,
    },
}

/// Why a change is trivial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrivialRule {
    /// The documents' content is equal after parsing.
    ContentEqual,
    /// Only files of `trivial.paths` changed.
    Paths,
}

/// Why the gate is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The draft is not posted yet, so there is nothing to approve.
    NoDraft,
    /// The draft's posts are being written or read back.
    DraftNotSettled,
    /// A post of the draft was altered by a person.
    Altered {
        /// The post, in words ("R2", "the draft").
        post: String,
        /// Who edited it, when known.
        editor: Option<String>,
    },
    /// A document's rule lacks approvals.
    Approvals(DocumentNeeds),
    /// An owner objects.
    Objection {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
        /// Somebody dismissed it who cannot lift it.
        dismissed_by: Option<String>,
    },
    /// A fact could not be read in whole.
    CannotTell {
        /// What, in plain words, with what to do.
        what: String,
    },
    /// A must-fix recommendation has no outcome yet.
    MustFix {
        /// Its number.
        ordinal: u32,
    },
    /// Another open pull request with the same commit and check is not through.
    Sibling {
        /// Its number.
        number: u64,
    },
}

/// What one document still needs, with everything that was considered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentNeeds {
    /// The document.
    pub path: String,
    /// How ownership was decided.
    pub owners: OwnersOf,
    /// Approvals needed.
    pub required: u32,
    /// Logins that count.
    pub counted: Vec<String>,
    /// Approvals that do not count, and why.
    pub not_counted: Vec<(String, Why)>,
}

/// Who owns a document and which rule says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum OwnersOf {
    /// A line of CODEOWNERS.
    Rule {
        /// The file.
        file: String,
        /// 1-based line.
        line: u32,
        /// Its pattern.
        pattern: String,
        /// Its owners as written.
        owners: Vec<String>,
    },
    /// No valid owner: the policy's fallback teams.
    Fallback {
        /// The teams.
        teams: Vec<String>,
        /// Why CODEOWNERS gave nobody.
        because: String,
    },
    /// Nobody can approve.
    Nobody {
        /// Why.
        because: String,
    },
}

/// Why an approval does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// Given before the draft's current revision was posted (or restored).
    BeforeDraft {
        /// When.
        at: Timestamp,
    },
    /// Given while a post of the draft was being edited: nobody can tell which words it was about.
    WhileEdited {
        /// When.
        at: Timestamp,
    },
    /// Given before the pull request was moved to this base.
    BeforeRetarget,
    /// The documents changed since.
    DocumentChanged {
        /// Which documents.
        paths: Vec<String>,
    },
    /// GitHub no longer says which commit it was given on.
    CommitUnknown,
    /// The author of the pull request.
    Author,
    /// The author of a commit that changed a design document.
    CommitAuthor {
        /// The commit.
        sha: String,
    },
    /// Not an owner of this document (or not in `approval.teams`).
    NotOwner,
    /// No write access now.
    NoWriteAccess,
    /// Not a person.
    Bot,
    /// A fact about this person could not be read.
    CannotTell {
        /// What.
        what: String,
    },
}

/// The verdict on one pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The check may be green.
    Open {
        /// On this ground.
        ground: Ground,
    },
    /// It may not.
    Closed {
        /// Every reason that was found; never empty.
        reasons: Vec<Reason>,
    },
}

impl Verdict {
    /// Whether the gate is open.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// The verdict of another open pull request that shares head commit and check name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiblingVerdict {
    /// Its number.
    pub number: u64,
    /// Whether its own gate is open; unknown counts as closed.
    pub open: bool,
}
