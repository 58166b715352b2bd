//! A code owner's words on one recommendation: what is asked for, as a closed set of acts. Whether the person may, and whether the
//! words say so clearly enough to be acted upon, is decided elsewhere by plain code.

use serde::{Deserialize, Serialize};

use super::Reply;
use crate::threat_model::{Severity, Wording};

/// How the words are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Plain words in the recommendation's thread: they may ask for any act, or for nothing.
    Words,
    /// What was typed after `edit`: an instruction, or the new text.
    Edit,
    /// What was typed after `split`: titles, or an instruction.
    Split,
}

/// Another recommendation of the draft, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Titled {
    /// Its number.
    pub ordinal: u32,
    /// Its title.
    pub title: String,
}

/// Read a code owner's words on one recommendation. Nothing that others wrote in the thread is in it: what they say is nobody's
/// wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefineInput {
    /// How the words are meant.
    pub mode: Mode,
    /// The recommendation's number.
    pub ordinal: u32,
    /// What it says now.
    pub wording: Wording,
    /// How severe it is.
    pub severity: Severity,
    /// The threat that it answers, in a sentence or two; may be empty.
    pub story: String,
    /// The words of the document that it is about; may be empty.
    pub about: String,
    /// The other recommendations that stand.
    pub others: Vec<Titled>,
    /// The code owner's own words, without what they quoted.
    pub said: Reply,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// It stays, or comes back.
    Keep,
    /// It goes.
    Drop {
        /// Why, in the person's words.
        reason: String,
    },
    /// It says something else.
    Edit {
        /// What it says then, whole.
        wording: Wording,
    },
    /// Two or three of it.
    Split {
        /// What each says.
        into: Vec<Wording>,
    },
    /// Another one goes into it.
    Merge {
        /// That one.
        other: u32,
    },
    /// One step more severe.
    Raise,
    /// One step less severe.
    Lower,
    /// The author is asked something more.
    Ask {
        /// What.
        question: String,
    },
    /// One more recommendation.
    Add {
        /// What it says.
        wording: Wording,
    },
}

/// An act and the words that ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refined {
    /// The act.
    pub act: Act,
    /// The person's words that ask for it, as quoted; empty for words after a command.
    pub words: String,
    /// Words of theirs that should be remembered for other reviews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remember: Option<String>,
}

/// What the words ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefineOutput {
    /// `None`: nothing, or nobody could tell.
    pub asked_for: Option<Refined>,
}
