//! What code owners do to a draft: reword, raise, lower, merge, split, add. Each act changes the pinned draft in place and
//! leaves a note of who did what, so that people see it and an approval counts for the state that it saw.

use serde::{Deserialize, Serialize};

use super::placing::Line;
use super::record::Revision;
use super::snapshot::NodeId;
use crate::threat_model::{Anchor, Effort, Recommendation, Severity, Source, Wording};
use crate::time::Timestamp;

/// A part of a recommendation that can be reworded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its title.
    Title,
    /// What to change.
    Change,
    /// The other way, with its trade-off.
    Alternative,
}

/// How an act was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "snake_case")]
pub enum Asked {
    /// By a command.
    #[default]
    Command,
    /// By a command whose words a model was to read and did not: they are taken as typed.
    AsTyped,
    /// In plain words.
    Words {
        /// Those that ask for it.
        quotation: String,
        /// Those that should be remembered for other reviews.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remember: Option<String>,
    },
}

impl Asked {
    /// Whether a command alone asked for it.
    pub const fn is_command(&self) -> bool {
        matches!(self, Self::Command)
    }
}

/// One act of a code owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The command's comment.
    pub node: NodeId,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
    /// How it was asked for.
    #[serde(default, skip_serializing_if = "Asked::is_command")]
    pub asked: Asked,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Reword.
    Edit {
        /// The recommendation.
        ordinal: u32,
        /// Which part.
        part: Part,
        /// The new words; empty takes an alternative away.
        text: String,
    },
    /// Say something else, all parts at once.
    Rewrite {
        /// The recommendation.
        ordinal: u32,
        /// What it says then.
        wording: Box<Wording>,
    },
    /// One step up.
    Raise {
        /// The recommendation.
        ordinal: u32,
    },
    /// One step down.
    Lower {
        /// The recommendation.
        ordinal: u32,
    },
    /// `other` goes into `ordinal`.
    Merge {
        /// The one that stays.
        ordinal: u32,
        /// The one that goes.
        other: u32,
    },
    /// Two of one.
    Split {
        /// The recommendation.
        ordinal: u32,
        /// Titles: the first stays, the second becomes a new one.
        into: Vec<String>,
    },
    /// Two or three of one, each in its own words.
    Divide {
        /// The recommendation.
        ordinal: u32,
        /// What each says: the first stays, the others become new ones.
        into: Vec<Wording>,
    },
    /// A new one.
    Add {
        /// What to change, in the person's words.
        text: String,
        /// The line it was written on, if it was.
        on: Option<On>,
        /// The document it is about, where no line says so.
        path: String,
        /// What it says, where an analyst put it into words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wording: Option<Box<Wording>>,
    },
}

/// A line of a document on which a person began a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct On {
    /// REST id of the thread's first comment.
    pub comment: u64,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
}

/// What was done to a recommendation, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The command's comment.
    pub node: NodeId,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub change: Change,
    /// How it was asked for.
    #[serde(default, skip_serializing_if = "Asked::is_command")]
    pub asked: Asked,
}

/// A change of a recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Reworded.
    Edited {
        /// Which part.
        part: Part,
        /// The words before.
        before: String,
    },
    /// An analyst reworded it as asked.
    Rewritten {
        /// What it said before.
        before: Box<Wording>,
    },
    /// One step up.
    Raised {
        /// To.
        to: Severity,
    },
    /// One step down.
    Lowered {
        /// To.
        to: Severity,
    },
    /// Took another one in.
    Took {
        /// That one.
        other: u32,
    },
    /// Went into another one.
    WentInto {
        /// That one.
        other: u32,
    },
    /// A part of it became a recommendation of its own.
    SplitOff {
        /// That one.
        other: u32,
    },
    /// It was a part of another one.
    PartOf {
        /// That one.
        other: u32,
    },
    /// A person's own.
    Added,
}

/// The longest title; GitHub shows a thread's first line in lists.
const TITLE: usize = 90;

/// Whether the act can be carried out on this draft.
pub fn fits(revision: &Revision, what: &What) -> bool {
    let there = |ordinal: &u32| is_there(revision, *ordinal);
    match what {
        What::Edit { ordinal, part, text } => there(ordinal) && (*part == Part::Alternative || !text.is_empty()),
        What::Rewrite { ordinal, wording } => there(ordinal) && !wording.title.is_empty() && !wording.change.is_empty(),
        What::Raise { ordinal } => severity(revision, *ordinal).is_some_and(|s| raised(s) != s),
        What::Lower { ordinal } => severity(revision, *ordinal).is_some_and(|s| lowered(s) != s),
        What::Merge { ordinal, other } => ordinal != other && there(ordinal) && there(other),
        What::Split { ordinal, into } => there(ordinal) && into.len() == 2,
        What::Divide { ordinal, into } => there(ordinal) && (2..=3).contains(&into.len()),
        What::Add { text, .. } => !text.is_empty(),
    }
}

/// A recommendation that was not dropped and did not go into another one.
pub fn is_there(revision: &Revision, ordinal: u32) -> bool {
    revision.model.recommendations.iter().any(|r| r.ordinal == ordinal)
        && !revision.dropped.contains_key(&ordinal)
        && gone_into(revision, ordinal).is_none()
        && !revision.answered.contains_key(&ordinal)
}

/// The recommendation that this one went into.
pub fn gone_into(revision: &Revision, ordinal: u32) -> Option<u32> {
    revision.notes.get(&ordinal)?.iter().rev().find_map(|note| match note.change {
        Change::WentInto { other } => Some(other),
        _ => None,
    })
}

/// Whether a person's hand is in it: then a later reading of answers leaves its words alone.
pub fn is_curated(revision: &Revision, ordinal: u32) -> bool {
    revision.notes.get(&ordinal).is_some_and(|notes| !notes.is_empty())
}

fn severity(revision: &Revision, ordinal: u32) -> Option<Severity> {
    let found = revision.model.recommendations.iter().find(|r| r.ordinal == ordinal)?;
    is_there(revision, ordinal).then_some(found.severity)
}

const fn raised(severity: Severity) -> Severity {
    match severity {
        Severity::Low => Severity::Medium,
        Severity::Medium | Severity::High => Severity::High,
    }
}

const fn lowered(severity: Severity) -> Severity {
    match severity {
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
    }
}

/// Carries out an act. Idempotent by its comment; what does not fit changes nothing.
pub fn apply(revision: &mut Revision, act: &Act) {
    let known = revision.notes.values().flatten().any(|note| note.node == act.node);
    if known || !fits(revision, &act.what) {
        return;
    }
    let mut noted = Vec::new();
    match &act.what {
        What::Edit { ordinal, part, text } => {
            noted.extend(
                edit(revision, *ordinal, *part, text).map(|before| (*ordinal, Change::Edited { part: *part, before })),
            );
        }
        What::Rewrite { ordinal, wording } => {
            let before = of(revision, *ordinal).map(|r| Box::new(r.reword(wording)));
            noted.extend(before.map(|before| (*ordinal, Change::Rewritten { before })));
        }
        What::Raise { ordinal } => {
            noted.extend(rate(revision, *ordinal, raised).map(|to| (*ordinal, Change::Raised { to })));
        }
        What::Lower { ordinal } => {
            noted.extend(rate(revision, *ordinal, lowered).map(|to| (*ordinal, Change::Lowered { to })));
        }
        What::Merge { ordinal, other } => {
            merge(revision, *ordinal, *other);
            noted.push((*ordinal, Change::Took { other: *other }));
            noted.push((*other, Change::WentInto { other: *ordinal }));
        }
        What::Split { ordinal, into } => {
            if let Some(new) = split(revision, *ordinal, into) {
                noted.push((*ordinal, Change::SplitOff { other: new }));
                noted.push((new, Change::PartOf { other: *ordinal }));
            }
        }
        What::Divide { ordinal, into } => {
            for new in divide(revision, *ordinal, into) {
                noted.push((*ordinal, Change::SplitOff { other: new }));
                noted.push((new, Change::PartOf { other: *ordinal }));
            }
        }
        What::Add { text, on, path, wording } => {
            let new = add(revision, act, text, on.as_ref(), path);
            if let (Some(added), Some(wording)) = (of(revision, new), wording) {
                added.reword(wording);
            }
            noted.push((new, Change::Added));
        }
    }
    for (ordinal, change) in noted {
        let asked = act.asked.clone();
        let note = Note { node: act.node.clone(), by: act.by.clone(), at: act.at, change, asked };
        revision.notes.entry(ordinal).or_default().push(note);
    }
    // The draft says something else now: what was approved before is not what stands.
    revision.settled_at = None;
}

fn of(revision: &mut Revision, ordinal: u32) -> Option<&mut Recommendation> {
    revision.model.recommendations.iter_mut().find(|r| r.ordinal == ordinal)
}

fn edit(revision: &mut Revision, ordinal: u32, part: Part, text: &str) -> Option<String> {
    let r = of(revision, ordinal)?;
    let place = match part {
        Part::Title => &mut r.title,
        Part::Change => {
            // Its new text for the document said what the old words said.
            r.suggestion = None;
            &mut r.change
        }
        Part::Alternative => {
            r.trade_off.clear();
            &mut r.alternative
        }
    };
    Some(std::mem::replace(place, text.to_owned()))
}

fn rate(revision: &mut Revision, ordinal: u32, step: impl Fn(Severity) -> Severity) -> Option<Severity> {
    let r = of(revision, ordinal)?;
    r.severity = step(r.severity);
    Some(r.severity)
}

fn merge(revision: &mut Revision, ordinal: u32, other: u32) {
    let Some(taken) = of(revision, other).cloned() else { return };
    let Some(r) = of(revision, ordinal) else { return };
    r.change = format!("{} {}", ended(&r.change), taken.change);
    r.severity = r.severity.max(taken.severity);
    r.effort = r.effort.max(taken.effort);
    let new: Vec<Source> = taken.evidence.into_iter().filter(|e| !r.evidence.contains(e)).collect();
    r.evidence.extend(new);
    // Two changes of the document in one: a person words that.
    if taken.suggestion.is_some() {
        r.suggestion = None;
    }
}

fn ended(sentence: &str) -> String {
    let sentence = sentence.trim_end();
    if sentence.ends_with(['.', '!', '?', ':']) { sentence.to_owned() } else { format!("{sentence}.") }
}

fn next(revision: &Revision) -> u32 {
    revision.model.recommendations.iter().map(|r| r.ordinal).max().unwrap_or(0).saturating_add(1)
}

fn split(revision: &mut Revision, ordinal: u32, into: &[String]) -> Option<u32> {
    let [first, second] = into else { return None };
    let new = next(revision);
    let r = of(revision, ordinal)?;
    // The new text for the document stays with the first.
    let other = Recommendation { ordinal: new, title: second.clone(), suggestion: None, ..r.clone() };
    r.title.clone_from(first);
    revision.model.recommendations.push(other);
    Some(new)
}

/// The new ones.
fn divide(revision: &mut Revision, ordinal: u32, into: &[Wording]) -> Vec<u32> {
    let Some((first, others)) = into.split_first() else { return Vec::new() };
    let Some(whole) = of(revision, ordinal).cloned() else { return Vec::new() };
    if let Some(r) = of(revision, ordinal) {
        r.reword(first);
    }
    let part = |wording: &Wording| {
        let new = next(revision);
        let mut part = Recommendation { ordinal: new, suggestion: None, ..whole.clone() };
        part.reword(wording);
        revision.model.recommendations.push(part);
        new
    };
    others.iter().map(part).collect()
}

fn add(revision: &mut Revision, act: &Act, text: &str, on: Option<&On>, path: &str) -> u32 {
    let new = next(revision);
    let (title, change) = titled(text);
    let line = on.map_or(1, |on| on.line);
    let path = on.map_or(path, |on| on.path.as_str()).to_owned();
    let said = Source::Reply { comment: act.node.to_string(), login: act.by.clone(), quotation: text.to_owned() };
    revision.model.recommendations.push(Recommendation {
        ordinal: new,
        title,
        threat: String::new(),
        severity: Severity::Medium,
        effort: Effort::Medium,
        change,
        alternative: String::new(),
        trade_off: String::new(),
        evidence: vec![said],
        protects_today: String::new(),
        left_over: String::new(),
        anchor: Anchor { path: path.clone(), start_line: line, end_line: line, quotation: String::new() },
        suggestion: None,
    });
    if let Some(on) = on {
        revision.placed.lines.insert(new, Line { path, line, start_line: None, exact: false });
        revision.foreign.insert(new, on.comment);
    }
    new
}

/// The first sentence as title, when it is short enough to be one; the whole as what to change.
fn titled(text: &str) -> (String, String) {
    let first = text.lines().next().unwrap_or(text);
    let sentence = first.split_inclusive(". ").next().unwrap_or(first).trim().trim_end_matches('.');
    let title = if sentence.chars().count() <= TITLE {
        sentence.to_owned()
    } else {
        let cut: String = sentence.chars().take(TITLE).collect();
        let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(kept, _)| kept);
        format!("{cut} …")
    };
    (title, text.to_owned())
}
