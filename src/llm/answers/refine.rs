//! What a model is asked to return about a code owner's words on one recommendation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Quote;

/// What a code owner asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActSaid {
    /// Nothing: thanks, an opinion, a remark to somebody, a question to the author that is asked already, or another recommendation.
    None,
    /// The recommendation stays, or comes back.
    Keep,
    /// It goes.
    Drop,
    /// It says something else.
    Edit,
    /// Two or three of it.
    Split,
    /// Another recommendation goes into this one.
    Merge,
    /// More severe.
    Raise,
    /// Less severe.
    Lower,
    /// The author is to be asked something more.
    Ask,
    /// One more recommendation.
    Add,
}

/// What a recommendation says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordingSaid {
    /// A few words, imperative; null: as it is.
    #[schemars(length(min = 3, max = 100))]
    pub title: Option<String>,
    /// What to change in the design, concretely, one to three plain sentences; null: as it is.
    #[schemars(length(min = 10, max = 600))]
    pub change: Option<String>,
    /// Another way; empty: none; null: as it is.
    #[schemars(length(max = 400))]
    pub alternative: Option<String>,
    /// What the other way costs or leaves; empty: nothing is said; null: as it is.
    #[schemars(length(max = 300))]
    pub trade_off: Option<String>,
}

/// What a code owner's words on one recommendation ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefineAnswer {
    /// The words of `reply1` that ask for it, a whole sentence; null when nothing is asked for.
    pub quotation: Option<Quote>,
    /// What they ask for.
    pub act: ActSaid,
    /// drop: the words of `reply1` that say why; else null.
    pub reason: Option<Quote>,
    /// edit, add: one; split: two or three; else empty.
    #[schemars(length(max = 3))]
    pub wordings: Vec<WordingSaid>,
    /// merge: the number of the other recommendation; else null.
    #[schemars(range(min = 1, max = 999))]
    pub other: Option<u32>,
    /// ask: what the author is to be asked, one plain question; else empty.
    #[schemars(length(max = 400))]
    pub question: String,
    /// The words of `reply1` that hold for other designs, too, and are worth remembering; null: none.
    pub remember: Option<Quote>,
}
