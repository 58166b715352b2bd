//! The nouns of threat modelling: what an analyst returns and what reviews, exports and prose are made from.
//! Plain data; nothing here decides anything.

mod attack_tree;
pub mod considered;
mod wording;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

pub use attack_tree::{AttackTree, Skill, Takes, TreeNode, TreeStep};
pub use considered::Considered;
pub use wording::Wording;

/// What a fact or a question is about. Methodologies share slots, so that switching the lens asks nothing twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// What it is for.
    Purpose,
    /// Who takes part.
    Actors,
    /// Where requests or data come in.
    EntryPoints,
    /// Kinds of data handled.
    DataTypes,
    /// Where data is kept.
    DataStores,
    /// Groups of components under the same rules.
    TrustZones,
    /// How callers prove who they are.
    Authn,
    /// Who may do what.
    Authz,
    /// Ways in for staff and operators.
    AdminPaths,
    /// How customers are kept apart.
    Tenancy,
    /// Keys, tokens, passwords.
    Secrets,
    /// Encryption and signatures.
    Crypto,
    /// Other systems and libraries relied upon.
    Dependencies,
    /// What happens when a part is slow, wrong or gone.
    FailureModes,
    /// How input is checked.
    InputHandling,
    /// How code and artifacts get to production.
    SupplyChain,
    /// What is recorded.
    Logging,
    /// How long data is kept and how it goes away.
    Retention,
    /// Use against the intent, volume and cost.
    Abuse,
    /// How the change is rolled out and back.
    Rollout,
    /// Old clients, old data, defaults.
    Compatibility,
}

/// Words of a document: where they stand and the words themselves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// Path in the repository.
    pub path: String,
    /// First line, 1-based, in the version of the document that was read.
    pub start_line: u32,
    /// Last line, 1-based, inclusive.
    pub end_line: u32,
    /// The words, as they stand there (white space folded).
    pub quotation: String,
}

/// Where a fact or a claim comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// A document of the pull request.
    Document {
        /// Where.
        anchor: Anchor,
    },
    /// A comment by a person.
    Reply {
        /// GraphQL node id of the comment.
        comment: String,
        /// Who wrote it.
        login: String,
        /// The words that are relied upon.
        quotation: String,
    },
    /// The pull request's description.
    Description {
        /// The words.
        quotation: String,
    },
    /// A file of the organisation's context.
    Context {
        /// Its path, with the repository in front when it is another one.
        path: String,
        /// The words.
        quotation: String,
    },
    /// What a team decided in an earlier review.
    Decision {
        /// `Decision::id`.
        id: String,
        /// Where: `owner/name`.
        repository: String,
        /// The pull request.
        pull: u64,
        /// The words.
        quotation: String,
    },
    /// Nobody said it: assumption `A<ordinal>` of the draft.
    Assumption {
        /// Its number.
        ordinal: u32,
    },
}

/// One entry of the context ledger: what is known, who said it, in which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about.
    pub slot: Slot,
    /// The concern of the catalogue that it answers, when it came from a question.
    pub concern: Option<String>,
    /// What is said, in one plain sentence.
    pub statement: String,
    /// Where it comes from.
    pub source: Source,
    /// When it was said (for replies: when the comment was written).
    pub at: Timestamp,
}

/// A proposed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What a developer would pick, in a few words.
    pub text: String,
    /// The branch it leads to: a stable name that `draft` understands.
    pub branch: String,
}

/// A question to the author, anchored to words of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Stable name of what is asked (catalogue id, or a slug by a model); nothing with the same name and subject is asked twice.
    pub concern: String,
    /// The component or thing it asks about, in the author's words; may be empty.
    pub subject: String,
    /// What it is about.
    pub slot: Slot,
    /// The words it is about.
    pub anchor: Anchor,
    /// The question: one or two plain sentences, one question mark.
    pub text: String,
    /// Two to four proposed answers; "something else / not decided" is added by prose.
    pub choices: Vec<Choice>,
    /// Why it matters, one or two sentences.
    pub why: String,
    /// How much the answer changes the draft, 0 to 1000; questions are shown in this order.
    pub value: u32,
}

/// How a thread's replies were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Reading {
    /// The question is answered.
    Answered,
    /// A part of it is answered; the rest is asked again once.
    Partly {
        /// The follow-up question, one sentence that quotes the reply.
        follow_up: String,
    },
    /// It cannot be read; asked once more in other words.
    Unclear {
        /// The rephrased question.
        follow_up: String,
    },
    /// A reply and the document do not fit together.
    Contradicts {
        /// The document's words.
        document: Anchor,
        /// The reply's words.
        reply: ReplyQuote,
        /// New text for the document's lines that would make it say what was answered, if one can be made.
        suggestion: Option<Suggestion>,
    },
    /// Two people say different things.
    PeopleDisagree {
        /// One.
        one: ReplyQuote,
        /// The other.
        other: ReplyQuote,
    },
    /// The question does not apply here.
    NotApplicable,
    /// Nobody here knows; left open.
    Deferred {
        /// Who may know, as named in the reply (a login or team without `@`).
        to: Option<String>,
    },
    /// The person wants to tell it, but not here.
    Private,
    /// The reply asks back.
    CounterQuestion {
        /// Up to three sentences why it matters.
        explanation: String,
    },
    /// A thank-you or an aside: nothing to read.
    NotAnAnswer,
}

/// Words of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyQuote {
    /// GraphQL node id of the comment.
    pub comment: String,
    /// Who wrote it.
    pub login: String,
    /// The words.
    pub quotation: String,
}

/// New text for whole lines of a document, as in a GitHub suggestion block.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Suggestion {
    /// Path in the repository.
    pub path: String,
    /// First line replaced, 1-based.
    pub start_line: u32,
    /// Last line replaced, inclusive.
    pub end_line: u32,
    /// The new lines, separated by `\n`, without a final one.
    pub replacement: String,
}

/// How likely harm is and how bad it would be; derived by rule, never free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth planning for.
    Medium,
    /// Worth deciding before building.
    High,
}

/// What a change would cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Hours to a day.
    Small,
    /// Days.
    Medium,
    /// Weeks, or a change of plan.
    Large,
}

/// A part of the system, named as the author named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// The author's name for it.
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// The trust zone it stands in, by name.
    pub zone: Option<String>,
    /// Where the document names it.
    pub evidence: Anchor,
}

/// What kind of part a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// A person or role.
    Actor,
    /// A system of somebody else.
    ThirdParty,
    /// Code that runs.
    Process,
    /// Where data is kept.
    Store,
}

/// Data that goes from one component to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFlow {
    /// Name of the component it leaves.
    pub from: String,
    /// Name of the component it reaches.
    pub to: String,
    /// What travels, in the author's words; may be empty.
    pub label: String,
    /// Where the document says so.
    pub evidence: Anchor,
}

/// A kind of data, named as the author named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataItem {
    /// The author's name for it.
    pub name: String,
    /// How closely it must be held.
    pub class: DataClass,
    /// What is done with it.
    pub handling: Handling,
    /// Where the document names it.
    pub evidence: Anchor,
}

/// How closely data must be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// It opens something.
    Secret,
    /// It is about people.
    Personal,
    /// It belongs to the organisation.
    Internal,
}

impl DataClass {
    /// Whether it is about people.
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::Personal)
    }

    /// Whether its loss is worse than others'.
    pub const fn is_sensitive(self) -> bool {
        matches!(self, Self::Secret | Self::Personal)
    }
}

/// What is done with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Kept somewhere.
    Stored,
    /// Handed on.
    Sent,
    /// Used, or merely seen.
    Used,
}

/// What nobody said and the draft takes for granted. Approving the draft accepts it by number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assumption {
    /// `A<ordinal>`, from 1.
    pub ordinal: u32,
    /// What is assumed, one plain sentence.
    pub text: String,
    /// The question left open, if one was asked: its concern.
    pub concern: Option<String>,
    /// The concern of the threat that it stands under, asked about or not; empty in drafts from before this was kept.
    #[serde(default)]
    pub about: String,
}

/// Something that can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threat {
    /// Stable name within the draft.
    pub id: String,
    /// The concern of the catalogue it comes from.
    pub concern: String,
    /// Who does what, because of which words, and the harm: one or two sentences.
    pub story: String,
    /// What it is about.
    pub slot: Slot,
    /// By rule: how bad and how near.
    pub severity: Severity,
    /// By rule: how bad, leaving aside how likely.
    #[serde(default = "middling")]
    pub impact: Severity,
    /// The words it rests on.
    pub evidence: Vec<Source>,
}

/// For threats that were kept before their impact was.
const fn middling() -> Severity {
    Severity::Medium
}

/// A change of the design that is proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommendation {
    /// `R<ordinal>`, from 1, in order of risk reduction per effort.
    pub ordinal: u32,
    /// A few words, imperative.
    pub title: String,
    /// The threat it answers: `Threat::id`.
    pub threat: String,
    /// By rule, from the threat.
    pub severity: Severity,
    /// Rough size.
    pub effort: Effort,
    /// What to change in the design, concretely.
    pub change: String,
    /// Another way.
    pub alternative: String,
    /// What the other way costs or leaves.
    pub trade_off: String,
    /// The words it rests on.
    pub evidence: Vec<Source>,
    /// What already protects today; may be empty.
    pub protects_today: String,
    /// What stays even when it is done.
    pub left_over: String,
    /// The line it would change.
    pub anchor: Anchor,
    /// New text for the document, when it changes the document's own words.
    pub suggestion: Option<Suggestion>,
}

/// A control that the design already has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// What is covered, a few words.
    pub text: String,
    /// Where the document says so.
    pub anchor: Anchor,
}

/// Something that was considered and not shown as a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// What.
    pub text: String,
    /// Why not.
    pub reason: String,
    /// The concern it comes from.
    pub concern: String,
    /// The words it was considered for, if any.
    pub anchor: Option<Anchor>,
}

/// A whole draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreatModel {
    /// The methodology: the id of one that comes with threadmodel, or the whole text of a file (`methodology::chosen`).
    pub methodology: String,
    /// What is being built as it was understood, three to eight plain sentences; empty for a document without relevance.
    pub summary: String,
    /// Parts of the system.
    pub components: Vec<Component>,
    /// What travels between them.
    pub flows: Vec<DataFlow>,
    /// What was taken from the conversation.
    pub facts: Vec<Fact>,
    /// What nobody said.
    pub assumptions: Vec<Assumption>,
    /// What can go wrong, most severe first.
    pub threats: Vec<Threat>,
    /// What to change, best first; prose shows five and folds the rest.
    pub recommendations: Vec<Recommendation>,
    /// Kinds of data that the document names.
    #[serde(default)]
    pub data: Vec<DataItem>,
    /// What the design already covers.
    pub covered: Vec<Covered>,
    /// What was considered and set aside.
    pub set_aside: Vec<SetAside>,
    /// The ways to one feared outcome, where the methodology asks for them and an analyst found any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack_tree: Option<AttackTree>,
    /// How many quotations were checked, and how many stood.
    pub quotations: Quotations,
}

/// Bookkeeping of `evidence.rs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotations {
    /// Checked.
    pub checked: u32,
    /// Found in the source they name.
    pub found: u32,
}

/// What a team decided, with its reason: organisational memory, which the next review uses and cites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Stable name, from the repository's id, the pull request and what it is about: lower-case letters, digits, `-`.
    pub id: String,
    /// Where it was decided: `owner/name`, a label.
    pub repository: String,
    /// The pull request.
    pub pull: u64,
    /// What was decided.
    pub kind: DecisionKind,
    /// The concern it is about; empty for what a person added.
    pub concern: String,
    /// What it is about.
    pub slot: Slot,
    /// The recommendation's title, or the fact's statement.
    pub title: String,
    /// Why, in the person's own words; may be empty.
    pub reason: String,
    /// Who decided: a login.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// It holds until then; `None`: until somebody forgets it.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// What was decided about a recommendation, or learnt about the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// A code owner took the recommendation out of the draft.
    Dropped,
    /// The recommendation was not followed, for a reason that a code owner shares.
    Declined,
    /// A code owner reworded it; `reason` holds the new words.
    Edited,
    /// A code owner added it.
    Added,
    /// The risk was accepted.
    RiskAccepted,
    /// It was put off to an issue.
    Deferred,
    /// A fact about the organisation, confirmed by approving.
    Fact,
}

impl Decision {
    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// The order in which an analyst is given decisions: the newest first, those of one moment by name.
    pub fn newest_first(&self, other: &Self) -> std::cmp::Ordering {
        other.at.cmp(&self.at).then_with(|| self.id.cmp(&other.id))
    }

    /// Whether it speaks against recommending the same again.
    pub const fn declines(&self) -> bool {
        matches!(self.kind, DecisionKind::Dropped | DecisionKind::Declined | DecisionKind::RiskAccepted)
    }
}

/// How a recommendation was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// `Recommendation::ordinal`.
    pub ordinal: u32,
    /// As far as can be told.
    pub how: How,
    /// The sentence of the new text that says so; for `How::Superseded` the one of the old text that is gone.
    pub sentence: Anchor,
}

/// How far a change of the document follows a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The new text says what was recommended.
    Adopted,
    /// It says a part of it.
    Partly,
    /// What the recommendation was about is not in the design any more.
    Superseded,
}

/// Something new in the design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What kind of news.
    pub kind: NewsKind,
    /// In a few plain words.
    pub text: String,
    /// The words: in the new text, for what was removed in the old one.
    pub anchor: Anchor,
}

/// Kinds of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// A statement of a control is gone or says less.
    RemovedControl,
    /// More people or parts may do something.
    WidenedAccess,
    /// A component that was not there.
    NewComponent,
    /// A sentence that the draft rests on has other words.
    ChangedWords,
}
