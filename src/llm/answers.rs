//! What a model is asked to return, task by task: closed types, from which the schema is made and into which the answer is parsed.
//!
//! Fields stand in the order in which they are written by the model: the words first, then what is made of them. Descriptions
//! and limits are part of the schema; limits are checked again after parsing (`schema::check`).

pub mod judge;
pub mod refine;
pub mod tree;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::threat_model::{ComponentKind, DataClass, Effort, Handling, NewsKind, Slot};

/// Words of the material, copied exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The id of the source that holds the words, such as `doc1`, `description`, `reply2`, `fact3`, `context1`, `decision1`.
    #[schemars(length(min = 1, max = 20))]
    pub source: String,
    /// The words, copied exactly from that source: one sentence or a part of one, 3 to 40 words.
    #[schemars(length(min = 3, max = 400))]
    pub words: String,
}

/// Something of three sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// How much security review a change deserves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageAnswer {
    /// The sentence that says most about what is at stake.
    pub quotation: Quote,
    /// Why, in one plain sentence.
    #[schemars(length(min = 1, max = 300))]
    pub reason: String,
    /// low: nothing that people, data, access or other systems rely on changes.
    pub risk: Level,
}

/// What to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskAnswer {
    /// What the material states that matters for security, each with its words.
    #[schemars(length(max = 30))]
    pub facts: Vec<FactSaid>,
    /// Every flow across a border, every slot and every step of the method, looked at once: what could go wrong there.
    #[schemars(length(max = 40))]
    pub considered: Vec<ConsideredSaid>,
    /// What to ask the author, the most valuable first; none where nothing is open.
    #[schemars(length(max = 12))]
    pub questions: Vec<QuestionSaid>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactSaid {
    /// Where it is said.
    pub quotation: Quote,
    /// What it is about.
    pub slot: Slot,
    /// What is said, in one plain sentence.
    #[schemars(length(min = 1, max = 300))]
    pub statement: String,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsideredSaid {
    /// The words that give reason to look.
    pub quotation: Quote,
    /// What it is about.
    pub slot: Slot,
    /// What could go wrong, in one plain sentence.
    #[schemars(length(min = 1, max = 300))]
    pub could_go_wrong: String,
    /// The words that already answer it, if any do.
    pub answered_by: Option<Quote>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionSaid {
    /// The words of a document that it is about, at most 25 words.
    pub quotation: Quote,
    /// What it is about.
    pub slot: Slot,
    /// A short name of the matter in lower-case words joined by `-`, the same whenever the same matter is meant.
    #[schemars(length(min = 3, max = 60))]
    pub concern: String,
    /// The part of the system it asks about, as the author names it; empty if none.
    #[schemars(length(max = 80))]
    pub subject: String,
    /// The question: one or two plain sentences, at most 60 words, exactly one question mark, no security jargon, no advice.
    #[schemars(length(min = 10, max = 500))]
    pub text: String,
    /// Two to four answers that a developer would pick, each leading to a different draft; "not decided" is added for you.
    #[schemars(length(min = 2, max = 4))]
    pub answers: Vec<ProposedSaid>,
    /// Why it matters, one or two plain sentences.
    #[schemars(length(min = 1, max = 400))]
    pub why: String,
    /// How different the drafts are under the possible answers.
    pub changes: Level,
    /// How far the material leaves it open.
    pub open: Level,
    /// How many people could reach what it is about.
    pub exposure: Level,
}

/// A proposed answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedSaid {
    /// The answer in a few words.
    #[schemars(length(min = 1, max = 120))]
    pub text: String,
    /// A short name of it in lower-case words joined by `-`.
    #[schemars(length(min = 1, max = 40))]
    pub name: String,
    /// What the draft would then say, in one sentence.
    #[schemars(length(min = 1, max = 300))]
    pub leads_to: String,
}

/// How replies read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeSaid {
    /// The question is answered.
    Answered,
    /// A part is answered.
    Partly,
    /// It cannot be understood.
    Unclear,
    /// A reply and the document, or two replies of one person, do not fit together.
    Contradicts,
    /// Two people say different things.
    PeopleDisagree,
    /// The question does not apply to this design.
    NotApplicable,
    /// Nobody here knows, or somebody else is named.
    Deferred,
    /// The person would tell it, but not here.
    Private,
    /// The reply asks back.
    CounterQuestion,
    /// Thanks, a joke, an aside.
    NotAnAnswer,
}

/// What the replies to one question say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessAnswer {
    /// What the replies state, each with its words.
    #[schemars(length(max = 8))]
    pub facts: Vec<FactSaid>,
    /// The reply's words that decide; null when nothing was said to the matter.
    pub reply: Option<Quote>,
    /// The words that do not fit with it: of the document, or of another person's reply; null unless they contradict.
    pub against: Option<Quote>,
    /// How the replies read.
    pub outcome: OutcomeSaid,
    /// What was understood, one line that the person would agree with; empty when nothing was.
    #[schemars(length(max = 240))]
    pub noted: String,
    /// Names of the proposed answers that were chosen; empty when it is in the person's own words.
    #[schemars(length(max = 4), inner(length(min = 1, max = 40)))]
    pub chosen: Vec<String>,
    /// partly, unclear: the one follow-up question, which quotes the reply; else empty.
    #[schemars(length(max = 400))]
    pub follow_up: String,
    /// deferred: the login or team that may know, without `@`; else empty.
    #[schemars(length(max = 60))]
    pub may_know: String,
    /// counter_question: up to three plain sentences why it matters; else empty.
    #[schemars(length(max = 600))]
    pub explanation: String,
}

/// A draft of a threat model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftAnswer {
    /// The parts of the system, named as the author names them.
    #[schemars(length(max = 25))]
    pub components: Vec<ComponentSaid>,
    /// What goes from part to part.
    #[schemars(length(max = 40))]
    pub flows: Vec<FlowSaid>,
    /// Kinds of data.
    #[schemars(length(max = 20))]
    pub data: Vec<DataSaid>,
    /// What is being built, three to eight plain sentences; empty for a document without relevance.
    #[schemars(length(max = 1200))]
    pub summary: String,
    /// What the design already does.
    #[schemars(length(max = 20))]
    pub covered: Vec<CoveredSaid>,
    /// All that can go wrong, broadly: every flow across a border, every slot, every step of the method.
    #[schemars(length(max = 40))]
    pub threats: Vec<ThreatSaid>,
    /// What nobody said and the draft takes for granted.
    #[schemars(length(max = 12))]
    pub assumptions: Vec<AssumptionSaid>,
    /// What to change in the design, the best first.
    #[schemars(length(max = 12))]
    pub recommendations: Vec<RecommendationSaid>,
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentSaid {
    /// The words of a document that name it.
    pub quotation: Quote,
    /// The author's name for it, which stands in the quotation.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// What it is.
    pub kind: ComponentKind,
    /// The group of parts under the same rules that it belongs to, a few plain words; null when the text does not tell.
    #[schemars(length(max = 60))]
    pub zone: Option<String>,
}

/// Data that goes from one part to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowSaid {
    /// The words of a document that say so.
    pub quotation: Quote,
    /// Name of the part it leaves, from `components`.
    #[schemars(length(min = 1, max = 80))]
    pub from: String,
    /// Name of the part it reaches, from `components`.
    #[schemars(length(min = 1, max = 80))]
    pub to: String,
    /// What travels, in the author's words.
    #[schemars(length(max = 80))]
    pub carries: String,
}

/// A kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSaid {
    /// The words of a document that name it.
    pub quotation: Quote,
    /// The author's name for it, which stands in the quotation.
    #[schemars(length(min = 1, max = 80))]
    pub name: String,
    /// How closely it must be held.
    pub class: DataClass,
    /// What is done with it.
    pub handling: Handling,
}

/// Something that the design already does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoveredSaid {
    /// The words of a document that say so.
    pub quotation: Quote,
    /// What is covered, a few words.
    #[schemars(length(min = 1, max = 160))]
    pub text: String,
}

/// Something that can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThreatSaid {
    /// The words that it rests on: of a document, a reply, the context.
    pub quotation: Quote,
    /// `t1`, `t2`, …
    #[schemars(length(min = 2, max = 8))]
    pub id: String,
    /// What it is about.
    pub slot: Slot,
    /// A short name of the matter in lower-case words joined by `-`; the question's, when it comes from one.
    #[schemars(length(min = 3, max = 60))]
    pub concern: String,
    /// The part that it is about, from `components`; null when it is about the whole.
    #[schemars(length(max = 80))]
    pub part: Option<String>,
    /// Who does what, because of which words, and the harm: one or two plain sentences.
    #[schemars(length(min = 10, max = 500))]
    pub story: String,
    /// The words that already answer it, if any do.
    pub covered_by: Option<Quote>,
    /// How bad it would be.
    pub impact: Level,
    /// How near it is: high when anybody outside could do it today.
    pub likelihood: Level,
}

/// Something that nobody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumptionSaid {
    /// The id of the open question that it stands for, such as `question2`; null when none was asked.
    #[schemars(length(max = 20))]
    pub question: Option<String>,
    /// The threat that it stands under, from `threats`.
    #[schemars(length(min = 2, max = 8))]
    pub threat: String,
    /// What is assumed, one plain sentence.
    #[schemars(length(min = 5, max = 300))]
    pub text: String,
}

/// A change of the design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendationSaid {
    /// The threat that it answers, from `threats`.
    #[schemars(length(min = 2, max = 8))]
    pub threat: String,
    /// The words of a document that it would change.
    pub quotation: Quote,
    /// A few words, imperative.
    #[schemars(length(min = 3, max = 100))]
    pub title: String,
    /// What to change in the design, concretely, one to three plain sentences.
    #[schemars(length(min = 10, max = 600))]
    pub change: String,
    /// Another way.
    #[schemars(length(min = 5, max = 400))]
    pub alternative: String,
    /// What the other way costs or leaves.
    #[schemars(length(min = 3, max = 300))]
    pub trade_off: String,
    /// What already protects today; may be empty.
    #[schemars(length(max = 300))]
    pub protects_today: String,
    /// What stays even when it is done.
    #[schemars(length(min = 3, max = 300))]
    pub left_over: String,
    /// Rough size.
    pub effort: Effort,
    /// New words for the quoted ones, when the change is one of the document's own words; null otherwise.
    #[schemars(length(min = 3, max = 500))]
    pub new_words: Option<String>,
}

/// How a recommendation was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HowSaid {
    /// The new text says what was recommended.
    Adopted,
    /// It says a part of it.
    Partly,
    /// What it was about is gone from the design.
    Superseded,
    /// The new text does not touch it.
    Not,
}

/// What a push did to a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowAnswer {
    /// Each recommendation once.
    #[schemars(length(max = 40))]
    pub recommendations: Vec<FollowedSaid>,
    /// What is new in the design and matters for security, the most telling first.
    #[schemars(length(max = 8))]
    pub news: Vec<NewsSaid>,
}

/// One recommendation after a push.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FollowedSaid {
    /// Its number.
    #[schemars(range(min = 1, max = 999))]
    pub number: u32,
    /// The words of the new text that say so; superseded: of the old text (`old1`, …); not: null.
    pub quotation: Option<Quote>,
    /// How it was followed.
    pub how: HowSaid,
}

/// Something new in the design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewsSaid {
    /// The words: of the new text; removed_control: of the old text (`old1`, …).
    pub quotation: Quote,
    /// What kind of news.
    pub kind: NewsKind,
    /// In a few plain words.
    #[schemars(length(min = 3, max = 200))]
    pub text: String,
}
