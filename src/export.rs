//! A review to take along: what was read, asked, answered, assumed, found, recommended and decided, as a document of a stated
//! version ([`SCHEMA`], `docs/export.schema.json`) and as Markdown to file. Made from what the store keeps; GitHub is not asked.

mod gather;
mod page;

use schemars::{JsonSchema, Schema};
use serde::Serialize;

pub use gather::{Of, gather};
pub use page::markdown;

/// The version of the document.
pub const SCHEMA: &str = "threadmodel.export/1";

/// The JSON schema of the document.
pub fn schema() -> Schema {
    schemars::schema_for!(Export)
}

/// One review. Times are RFC 3339, UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "threadmodel export", deny_unknown_fields)]
pub struct Export {
    /// Always `threadmodel.export/1`. A field may be added under the same version; none changes its meaning or goes away.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// `owner/name`.
    pub repository: String,
    /// Number of the pull request.
    pub pull: u64,
    /// The pull request on GitHub.
    pub url: Option<String>,
    /// When this was written.
    pub exported_at: String,
    /// Where it stood at the last look, if it was looked at.
    pub standing: Option<Standing>,
    /// Id of the methodology.
    pub methodology: String,
    /// What is being built, as it was understood.
    pub summary: String,
    /// The documents that the draft (before there is one, the last round of questions) was made from.
    pub documents: Vec<Document>,
    /// Parts of the system.
    pub components: Vec<Component>,
    /// What travels between them.
    pub flows: Vec<Flow>,
    /// Kinds of data.
    pub data: Vec<Data>,
    /// Every question that was asked.
    pub questions: Vec<Question>,
    /// What is known, and who said it.
    pub facts: Vec<Fact>,
    /// What nobody said and the draft takes for granted.
    pub assumptions: Vec<Assumption>,
    /// What can go wrong, most severe first.
    pub threats: Vec<Threat>,
    /// What to change, best first, with what became of it.
    pub recommendations: Vec<Recommendation>,
    /// What the design already covers.
    pub covered: Vec<Covered>,
    /// What was considered and set aside.
    pub set_aside: Vec<SetAside>,
    /// GitHub reviews that approved while every post of the draft stood as the app wrote it.
    pub approvals: Vec<Approval>,
    /// Commands that people typed, oldest first.
    pub commands: Vec<Command>,
    /// Revisions of the draft, oldest first.
    pub revisions: Vec<Revision>,
    /// Quotations of the draft.
    pub quotations: Quotations,
    /// Names of the decisions that are organisational memory (`threadmodel memory show`).
    pub remembered: Vec<String>,
}

/// Where a pull request stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Standing {
    /// Open, or closed or merged.
    pub open: bool,
    /// Whether the check lets it through.
    pub green: bool,
    /// Head commit.
    pub head: String,
    /// The base branch.
    pub base: String,
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Document {
    /// Its path.
    pub path: String,
    /// Git's id of its content.
    pub blob: String,
}

/// Words of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Place {
    /// Path in the repository.
    pub path: String,
    /// First line, from 1, at the draft's commit.
    pub first_line: u32,
    /// Last line.
    pub last_line: u32,
    /// The words.
    pub quotation: String,
}

/// What something rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// Words of a document of the pull request.
    Document {
        /// Path in the repository.
        path: String,
        /// First line, from 1, at the draft's commit.
        first_line: u32,
        /// Last line.
        last_line: u32,
        /// The words.
        quotation: String,
    },
    /// Words of a person, in a comment.
    Reply {
        /// Their login.
        by: String,
        /// The words.
        quotation: String,
    },
    /// Words of the pull request's description.
    Description {
        /// The words.
        quotation: String,
    },
    /// Words of the organisation's context.
    Context {
        /// The file.
        path: String,
        /// The words.
        quotation: String,
    },
    /// What a team decided in an earlier review.
    Decision {
        /// Its name.
        id: String,
        /// Where.
        repository: String,
        /// The pull request.
        pull: u64,
        /// The words.
        quotation: String,
    },
    /// Nobody said it.
    Assumption {
        /// Its name: `A1`.
        id: String,
    },
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Component {
    /// The author's name for it.
    pub name: String,
    /// `actor`, `third_party`, `process`, `store`.
    pub kind: String,
    /// The trust zone it stands in.
    pub zone: Option<String>,
}

/// Data that goes from one part to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Flow {
    /// Name of the part it leaves.
    pub from: String,
    /// Name of the part it reaches.
    pub to: String,
    /// What travels; may be empty.
    pub label: String,
}

/// A kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Data {
    /// The author's name for it.
    pub name: String,
    /// `secret`, `personal`, `internal`.
    pub class: String,
    /// `stored`, `sent`, `used`.
    pub handling: String,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Question {
    /// Round and number: `1.2`.
    pub id: String,
    /// What it is about, by a stable name.
    pub concern: String,
    /// What it is about, roughly: the slot that methodologies share.
    pub slot: String,
    /// The question.
    pub text: String,
    /// Why it was asked.
    pub why: String,
    /// The words it is about.
    pub place: Place,
    /// How it stood when the draft was made; `null`: there is no draft yet.
    pub answer: Option<Answered>,
    /// The question on GitHub.
    pub url: Option<String>,
}

/// How a question stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Answered {
    /// `answered`, `does_not_apply`, `open`.
    pub state: String,
    /// What was understood; may be empty.
    pub noted: String,
    /// Whose words that rests on.
    pub by: Option<String>,
}

/// Something that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Fact {
    /// What it is about, roughly.
    pub slot: String,
    /// The concern of the question that it answers.
    pub concern: Option<String>,
    /// In one sentence.
    pub statement: String,
    /// Who said it, or where it stands.
    pub source: Evidence,
    /// When it was said.
    pub at: String,
}

/// What nobody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Assumption {
    /// `A1`.
    pub id: String,
    /// In one sentence.
    pub text: String,
    /// The concern of the question that stayed open.
    pub concern: Option<String>,
}

/// Something that can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Threat {
    /// Its name in the draft.
    pub id: String,
    /// The concern it comes from.
    pub concern: String,
    /// What it is about, roughly.
    pub slot: String,
    /// Who does what, and the harm.
    pub story: String,
    /// `low`, `medium`, `high`.
    pub severity: String,
    /// The same, leaving aside how likely.
    pub impact: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// A change of the design that was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Recommendation {
    /// `R1`.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// The threat it answers.
    pub threat: String,
    /// `low`, `medium`, `high`.
    pub severity: String,
    /// `small`, `medium`, `large`.
    pub effort: String,
    /// What to change.
    pub change: String,
    /// Another way.
    pub alternative: String,
    /// What that costs or leaves.
    pub trade_off: String,
    /// What protects today.
    pub protects_today: String,
    /// What stays even then.
    pub left_over: String,
    /// The line it would change.
    pub place: Place,
    /// New text for the document's lines.
    pub suggestion: Option<Suggestion>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Whether code owners kept it.
    pub curation: Curation,
    /// What they changed about it, oldest first.
    pub changes: Vec<Change>,
    /// How it ended, as far as somebody said so.
    pub outcome: Option<Outcome>,
    /// The recommendation on GitHub.
    pub url: Option<String>,
}

/// New text for whole lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Suggestion {
    /// Path in the repository.
    pub path: String,
    /// First line replaced, from 1.
    pub first_line: u32,
    /// Last line replaced.
    pub last_line: u32,
    /// The new lines.
    pub replacement: String,
}

/// Whether code owners kept a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Curation {
    /// `kept`, `dropped`, `merged` into another one, or `needless` by an answer given after the draft.
    pub state: String,
    /// Who dropped it.
    pub by: Option<String>,
    /// Why; of a merged one, the name of that which it went into.
    pub reason: Option<String>,
}

/// A change of a recommendation by a code owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Change {
    /// `edited`, `raised`, `lowered`, `took`, `went_into`, `split_off`, `part_of`, `added`.
    pub what: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// The words before, of an edit.
    pub before: Option<String>,
}

/// How a recommendation ended. That its suggestion stands in the document is not among it: the export asks the store only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Outcome {
    /// `declined`, `risk_accepted`, `deferred`.
    pub state: String,
    /// Who said so.
    pub by: String,
    /// Whether they were a code owner; an author's word counts once a code owner approved after it.
    pub by_owner: bool,
    /// When.
    pub at: String,
    /// Why; of a deferred one, the issue.
    pub reason: String,
    /// Until when the risk is accepted.
    pub until: Option<String>,
}

/// A control that the design has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Covered {
    /// In a few words.
    pub text: String,
    /// Where the document says so.
    pub place: Place,
}

/// Something considered and not recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SetAside {
    /// What.
    pub text: String,
    /// Why not.
    pub reason: String,
    /// The concern it comes from.
    pub concern: String,
    /// The words it was considered for.
    pub place: Option<Place>,
}

/// An approval by a GitHub review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Approval {
    /// GitHub's id of the review.
    pub review: u64,
    /// The revision of the draft that it saw.
    pub revision: u32,
    /// The review on GitHub, which names the person.
    pub url: Option<String>,
}

/// A command that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Command {
    /// The verb.
    pub verb: String,
    /// Who typed it.
    pub by: String,
    /// When.
    pub at: String,
    /// The recommendation or question in whose thread it stood: `R1`, `1.2`.
    pub about: Option<String>,
    /// `applied`, `answered`, `refused`.
    pub outcome: String,
}

/// A revision of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Revision {
    /// From 1.
    pub number: u32,
    /// When it was made.
    pub at: String,
    /// From when on approvals counted for its words; `null`: they are being written or restored.
    pub settled_at: Option<String>,
    /// The commit that was read.
    pub head: String,
    /// How many threats it told of.
    pub threats: u32,
    /// How many recommendations it made.
    pub recommendations: u32,
    /// How many of those code owners dropped.
    pub dropped: u32,
    /// How often a post of it had to be restored.
    pub restored: u32,
}

/// Quotations of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Quotations {
    /// How many were checked.
    pub checked: u32,
    /// How many stand in the source that they name.
    pub found: u32,
}
