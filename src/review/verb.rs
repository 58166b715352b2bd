//! The verbs of `/threadmodel` and how a comment's first line is read.

use serde::{Deserialize, Serialize};

use super::curation::Part;
use crate::threat_model::Wording;
use crate::time::Timestamp;

/// A verb. `target` is the number of the recommendation that is meant: the one of the thread, or the one that is named.
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
    /// Ask the author something more.
    Ask {
        /// What about, in the person's own words.
        topic: String,
    },
    /// Drop the question of this thread.
    Waive,
    /// Keep a recommendation.
    Keep {
        /// Which.
        #[serde(default)]
        target: Option<u32>,
    },
    /// Drop a recommendation.
    Drop {
        /// Which.
        #[serde(default)]
        target: Option<u32>,
        /// Why.
        reason: String,
    },
    /// Reword a recommendation.
    Edit {
        /// Which.
        target: Option<u32>,
        /// Which of its parts.
        part: Part,
        /// The new words; empty takes an alternative away.
        text: String,
        /// The part was named: the words are its new text, and nobody rewords them.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        exact: bool,
        /// What an analyst made of the words, whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wording: Option<Box<Wording>>,
    },
    /// Make two of a recommendation.
    Split {
        /// Which.
        target: Option<u32>,
        /// Their titles.
        into: Vec<String>,
        /// What an analyst made of the words.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<Wording>,
    },
    /// Take another recommendation into this one.
    Merge {
        /// Into which.
        target: Option<u32>,
        /// The other one.
        other: Option<u32>,
    },
    /// One step more severe.
    Raise {
        /// Which.
        target: Option<u32>,
    },
    /// One step less severe.
    Lower {
        /// Which.
        target: Option<u32>,
    },
    /// A recommendation by a person.
    Add {
        /// What to change, in their own words.
        text: String,
        /// What an analyst made of plain words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wording: Option<Box<Wording>>,
    },
    /// End curation.
    Settle,
    /// Ask again about an assumption.
    Challenge {
        /// Its number.
        assumption: Option<u32>,
    },
    /// The risk is taken.
    AcceptRisk {
        /// Of which recommendation.
        target: Option<u32>,
        /// Why.
        reason: String,
        /// Until the end of this day (UTC), if a day is named.
        until: Option<Timestamp>,
    },
    /// It is not followed.
    Decline {
        /// Which.
        target: Option<u32>,
        /// Why.
        reason: String,
    },
    /// It is put off to an issue.
    Defer {
        /// Which.
        target: Option<u32>,
        /// The issue, as typed.
        issue: String,
    },
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
    /// No command: plain words of a code owner, and the command that they seem to mean.
    Meant {
        /// That command.
        command: String,
    },
    /// No command: plain words of a code owner that were read and ask for nothing.
    Talk,
    /// A verb that an earlier version did not carry out yet.
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

impl Verb {
    /// The recommendation that is meant, for verbs about one.
    pub const fn target(&self) -> Option<u32> {
        match self {
            Self::Keep { target }
            | Self::Drop { target, .. }
            | Self::Edit { target, .. }
            | Self::Split { target, .. }
            | Self::Merge { target, .. }
            | Self::Raise { target }
            | Self::Lower { target }
            | Self::AcceptRisk { target, .. }
            | Self::Decline { target, .. }
            | Self::Defer { target, .. } => *target,
            _ => None,
        }
    }
}

const PREFIX: &str = "/threadmodel";

/// Reads a comment's first line; `edit` and `add` take the lines below with them. `None`: not a command. A quoted one starts
/// with `>` and is none. `of`: the recommendation of the thread that it stands in; elsewhere a number names it (`drop R2 …`).
pub fn parse(body: &str, of: Option<u32>) -> Option<Verb> {
    let (line, below) = body.split_once('\n').unwrap_or((body, ""));
    let rest = line.trim_end_matches('\r').strip_prefix(PREFIX)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let (verb, argument) = word(rest.trim());
    let whole = || format!("{argument}\n{}", below.trim_end()).trim().to_owned();
    let (target, own) = match of {
        Some(ordinal) => (Some(ordinal), argument),
        None => named(argument),
    };
    Some(match verb.to_ascii_lowercase().as_str() {
        "status" => Verb::Status,
        "facts" => Verb::Facts,
        "help" | "" => Verb::Help,
        "start" => Verb::Start,
        "draft" => Verb::Draft,
        "rerun" => Verb::Rerun,
        "ask" => Verb::Ask { topic: argument.to_owned() },
        "waive" => Verb::Waive,
        "keep" => Verb::Keep { target },
        "drop" => Verb::Drop { target, reason: own.to_owned() },
        "edit" => {
            let (part, text, exact) = part(own, below);
            Verb::Edit { target, part, text, exact, wording: None }
        }
        "split" => Verb::Split { target, into: titles(own), parts: Vec::new() },
        "merge" => merge(of, argument),
        "raise" => Verb::Raise { target },
        "lower" => Verb::Lower { target },
        "add" => Verb::Add { text: whole(), wording: None },
        "settle" => Verb::Settle,
        "challenge" => Verb::Challenge { assumption: number(word(argument).0, ['A', 'a']) },
        "accept-risk" => {
            let (reason, until) = until(own);
            Verb::AcceptRisk { target, reason, until }
        }
        "decline" => Verb::Decline { target, reason: own.to_owned() },
        "defer" => Verb::Defer { target, issue: own.to_owned() },
        "override" => {
            let (digest, reason) = word(argument);
            Verb::Override { digest: digest.to_ascii_lowercase(), reason: reason.to_owned() }
        }
        "pause" => Verb::Pause,
        "resume" => Verb::Resume,
        _ => Verb::Unknown { verb: verb.chars().take(40).collect() },
    })
}

/// Whether a comment is a command, whatever it says.
pub fn is_command(body: &str) -> bool {
    parse(body, None).is_some()
}

/// The first word, and what comes after it.
fn word(text: &str) -> (&str, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim())
}

/// `R2`, `A3`.
fn number(word: &str, letter: [char; 2]) -> Option<u32> {
    word.strip_prefix(letter)?.trim_end_matches([',', ':', '.']).parse().ok().filter(|n| *n > 0)
}

/// A recommendation named first, and the rest.
fn named(argument: &str) -> (Option<u32>, &str) {
    let (first, rest) = word(argument);
    match number(first, ['R', 'r']) {
        Some(ordinal) => (Some(ordinal), rest),
        None => (None, argument),
    }
}

/// In a thread the named one goes into the thread's own; elsewhere the second goes into the first.
fn merge(of: Option<u32>, argument: &str) -> Verb {
    let (first, rest) = named(argument);
    match of {
        Some(ordinal) => Verb::Merge { target: Some(ordinal), other: first },
        None => Verb::Merge { target: first, other: named(rest).0 },
    }
}

/// `title: …`, `alternative: none`; anything else rewords the change itself. Also whether the part was named.
fn part(argument: &str, below: &str) -> (Part, String, bool) {
    let whole = |first: &str| format!("{first}\n{}", below.trim_end()).trim().to_owned();
    let parts = [
        ("title", Part::Title),
        ("change", Part::Change),
        ("alternative", Part::Alternative),
        ("or", Part::Alternative),
    ];
    let labelled = argument.split_once(':').and_then(|(label, text)| {
        let label = label.trim().to_ascii_lowercase();
        parts.into_iter().find(|(name, _)| *name == label).map(|(_, part)| (part, text.trim()))
    });
    match labelled {
        Some((Part::Title, text)) => (Part::Title, text.to_owned(), true),
        Some((Part::Alternative, text)) if text.eq_ignore_ascii_case("none") => {
            (Part::Alternative, String::new(), true)
        }
        Some((part, text)) => (part, whole(text), true),
        None => (Part::Change, whole(argument), false),
    }
}

/// `one thing | another thing`.
fn titles(argument: &str) -> Vec<String> {
    argument.split('|').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// `… until 2027-03-31`, at the end.
fn until(argument: &str) -> (String, Option<Timestamp>) {
    let split = argument.rsplit_once("until ").filter(|(before, _)| before.is_empty() || before.ends_with(' '));
    let Some((reason, day)) = split else { return (argument.to_owned(), None) };
    match Timestamp::end_of_day(day.trim().trim_end_matches('.')) {
        Some(until) => (reason.trim().trim_end_matches(',').to_owned(), Some(until)),
        None => (argument.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_the_first_line_and_nothing_else() {
        let parse = |body| parse(body, None);
        assert_eq!(parse("/threadmodel status\nthanks"), Some(Verb::Status));
        assert_eq!(
            parse("/threadmodel override 3FA91C07  incident 4711\r\nmore"),
            Some(Verb::Override { digest: "3fa91c07".to_owned(), reason: "incident 4711".to_owned() })
        );
        assert_eq!(parse("> /threadmodel status"), None);
        assert_eq!(parse("please /threadmodel status"), None);
        assert_eq!(parse("/threadmodels status"), None);
        assert_eq!(parse("\n/threadmodel status"), None);
        assert_eq!(parse("/threadmodel approve"), Some(Verb::Unknown { verb: "approve".to_owned() }));
    }

    #[test]
    fn in_a_thread_a_number_is_a_word_and_elsewhere_it_names_the_recommendation() {
        let drop = |target, reason: &str| Some(Verb::Drop { target, reason: reason.to_owned() });
        assert_eq!(parse("/threadmodel drop R2 covers this", Some(1)), drop(Some(1), "R2 covers this"));
        assert_eq!(parse("/threadmodel drop R2 covered", None), drop(Some(2), "covered"));
        assert_eq!(parse("/threadmodel drop too much", None), drop(None, "too much"));
        assert_eq!(parse("/threadmodel merge r3", Some(1)), Some(Verb::Merge { target: Some(1), other: Some(3) }));
        assert_eq!(parse("/threadmodel merge R1 R3", None), Some(Verb::Merge { target: Some(1), other: Some(3) }));
    }

    #[test]
    fn an_edit_names_a_part_or_is_the_change() {
        let said = |part, text: &str, exact| {
            Some(Verb::Edit { target: Some(1), part, text: text.to_owned(), exact, wording: None })
        };
        let edit = |part, text| said(part, text, false);
        assert_eq!(parse("/threadmodel edit title: Short links", Some(1)), said(Part::Title, "Short links", true));
        assert_eq!(parse("/threadmodel edit alternative: none", Some(1)), said(Part::Alternative, "", true));
        assert_eq!(parse("/threadmodel edit change: Sign in.", Some(1)), said(Part::Change, "Sign in.", true));
        assert_eq!(
            parse("/threadmodel edit Sign people in.\nThen send.", Some(1)),
            edit(Part::Change, "Sign people in.\nThen send.")
        );
        assert_eq!(parse("/threadmodel edit note: one way only", Some(1)), edit(Part::Change, "note: one way only"));
    }

    #[test]
    fn a_day_ends_an_accepted_risk_only_when_it_is_a_day() {
        let accepted =
            |reason: &str, until| Some(Verb::AcceptRisk { target: Some(1), reason: reason.to_owned(), until });
        let day = Timestamp::end_of_day("2027-03-31");
        assert!(day.is_some());
        let typed = "/threadmodel accept-risk one customer only, until 2027-03-31";
        assert_eq!(parse(typed, Some(1)), accepted("one customer only", day));
        assert_eq!(parse("/threadmodel accept-risk until we have SSO", Some(1)), accepted("until we have SSO", None));
    }
}
