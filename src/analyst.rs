//! What an analyst is asked and what it returns. It holds no power: no tools, no token, typed answers; which repository, commit,
//! path and line is written to comes from the snapshot, never from its text.

pub mod builtin;
mod refine;
pub(crate) mod weighing;

use serde::{Deserialize, Serialize};

use crate::threat_model::{Considered, Covered, Decision, Fact, Question, Reading, Recommendation, ThreatModel};

pub use crate::threat_model::{Followed, How, News, NewsKind};
use crate::time::Timestamp;
pub use refine::{Act, Mode, RefineInput, RefineOutput, Refined, Titled};

/// A document as the analyst may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentText {
    /// Path in the repository.
    pub path: String,
    /// The whole text at the head commit.
    pub text: String,
    /// The text before this pull request, at the merge base; `None` for a new document.
    pub before: Option<String>,
}

/// A document as earlier rounds of the review read it. A model is sent what it was sent then, and what changed since; nothing is
/// concluded from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Path in the repository.
    pub path: String,
    /// The texts, oldest first.
    pub texts: Vec<String>,
}

/// Find what to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskInput {
    /// The changed design documents, by path.
    pub documents: Vec<DocumentText>,
    /// The pull request's description.
    pub description: String,
    /// What is known already.
    pub facts: Vec<Fact>,
    /// Questions of earlier rounds: not to be asked again, not in other words either.
    pub asked: Vec<Question>,
    /// At most this many questions.
    pub max_questions: u32,
    /// The methodology: the id of one that comes with threadmodel, or the whole text of a file (`methodology::chosen`).
    pub methodology: String,
    /// What a code owner asked to have looked at (`/threadmodel ask <topic>`), if anything.
    pub topic: Option<String>,
    /// The one concern to ask about, because an assumption was challenged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concern: Option<String>,
    /// What teams of the organisation decided before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// The organisation's own context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextText>,
    /// The documents as earlier rounds read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

/// A file of the organisation's context (the policy's `context`), read from the base.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextText {
    /// Its path, with the repository in front when it is another one.
    pub path: String,
    /// The whole text, without front matter.
    pub text: String,
    /// Its front matter says `always`, or `mandatory`: it is given to an analyst that cannot read everything before others are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
    /// Its front matter's `when`: words of which one must stand in a document for the file to be given to a model; none: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
}

/// What to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskOutput {
    /// At most `max_questions`, most valuable first.
    pub questions: Vec<Question>,
    /// How many statements were dropped because their quotation did not stand.
    pub dropped: u32,
    /// What the documents and the description state, for the ledger: few, each with its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// All that was looked at, broadly, out of which the questions were chosen; from an analyst that tells it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub considered: Vec<Considered>,
}

/// A reply in a question's thread, by a person with a say, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// GraphQL node id of the comment.
    pub comment: String,
    /// Who wrote it.
    pub login: String,
    /// The words.
    pub body: String,
    /// When it was written.
    pub at: Timestamp,
}

/// Read the replies to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessInput {
    /// What was asked.
    pub question: Question,
    /// Follow-ups and contradiction cards that were already posted in this thread (plain text), oldest first.
    pub follow_ups: Vec<String>,
    /// The replies, oldest first.
    pub replies: Vec<Reply>,
    /// The document that the question is about, as it stands now.
    pub document: Option<DocumentText>,
    /// Facts of the same slot.
    pub facts: Vec<Fact>,
    /// No further follow-up is allowed (the cap is reached): take what was said.
    pub last_word: bool,
    /// The organisation's own context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextText>,
    /// The document as rounds before this one read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

/// How the replies were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessOutput {
    /// The reading.
    pub reading: Reading,
    /// What was understood, one line in plain words, for the "noted" mark; empty when nothing was.
    pub noted: String,
    /// Whose words `noted` rests on (login), if anybody's.
    pub by: Option<String>,
    /// Branch names (`Choice::branch`) that the answer selects; empty when it is in the person's own words.
    pub branches: Vec<String>,
    /// Facts for the ledger.
    pub facts: Vec<Fact>,
}

/// A question and what became of it, for the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// What was asked.
    pub question: Question,
    /// Branches that the answer selected.
    pub branches: Vec<String>,
    /// The one-line understanding; empty when it stayed open.
    pub noted: String,
    /// Whose words that rests on (login), if anybody's.
    #[serde(default)]
    pub by: Option<String>,
    /// Whether it stayed open (waived, deferred, resolved without an answer, drafted early).
    pub open: bool,
}

/// Write the draft.
///
/// Of two facts that one person told of one concern the later counts. A fact of the concern `understanding` corrects the summary:
/// the sentences of the summary that its statement quotes (after `>`, in quotation marks, or word for word), or that its reply's
/// quotation holds, give way to what the statement says beside the quotation, or to nothing.
///
/// A concern that a decision speaks against (`Decision::declines`), or that the context answers, is set aside with the words,
/// unless an answer of this review asks for the change outright.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftInput {
    /// The changed design documents.
    pub documents: Vec<DocumentText>,
    /// The pull request's description.
    pub description: String,
    /// What became of each question.
    pub questions: Vec<Settled>,
    /// The ledger.
    pub facts: Vec<Fact>,
    /// The methodology: the id of one that comes with threadmodel, or the whole text of a file (`methodology::chosen`).
    pub methodology: String,
    /// A number that `rerun` changes, so that the key changes.
    pub nonce: u32,
    /// What teams of the organisation decided before, newest first; only what still holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// The organisation's own context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<ContextText>,
}

/// Say what a push did to a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowInput {
    /// The changed documents as they stand now; `before`: as the draft read them.
    pub documents: Vec<DocumentText>,
    /// The recommendations that are kept.
    pub recommendations: Vec<Recommendation>,
    /// What the draft called covered by the design.
    pub covered: Vec<Covered>,
}

/// What a push did to a draft: shown, never counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowOutput {
    /// Recommendations that the new text answers, as far as can be told.
    pub answers: Vec<Followed>,
    /// What is new in the design, most telling first.
    pub news: Vec<News>,
}

/// One piece of work for an analyst.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Task {
    /// Find what to ask.
    Ask(AskInput),
    /// Read the replies to one question.
    Assess(AssessInput),
    /// Write the draft.
    Draft(DraftInput),
    /// Say what a push did to a draft.
    Follow(FollowInput),
    /// Read a code owner's words on one recommendation.
    Refine(RefineInput),
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case")]
pub enum Answer {
    /// To `Task::Ask`.
    Ask(AskOutput),
    /// To `Task::Assess`.
    Assess(AssessOutput),
    /// To `Task::Draft`.
    Draft(Box<ThreatModel>),
    /// To `Task::Follow`.
    Follow(FollowOutput),
    /// To `Task::Refine`.
    Refine(RefineOutput),
}
