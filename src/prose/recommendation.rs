//! One recommendation: its thread, in whatever state it is.

use super::cite;
use super::follow_up::{ThreadLines, new_text};
use super::link::{Context, RepoLink};
use super::markdown::{
    SafeMarkdown, blocks, code, commit, day, details, join, link, link_maybe, login_quiet, ordinal, quote, say_when,
    sentence, small, strong, struck, told, words,
};
use crate::review::curation::{Asked, Change, Note, Part};
use crate::say;
use crate::threat_model::{Anchor, Effort, How, Recommendation, Severity, Threat, Wording};
use crate::time::Timestamp;

/// What became of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Nobody has said anything yet.
    Proposed,
    /// Curation is over and it was kept: addressed to the author.
    Kept,
    /// A code owner dropped it.
    Dropped(Dropped<'a>),
    /// It went into another one.
    WentInto {
        /// That one.
        other: u32,
    },
    /// An answer made it needless.
    Answered {
        /// What was noted.
        noted: &'a str,
    },
    /// The document changed as suggested.
    Adopted {
        /// The commit.
        sha: &'a str,
        /// Where it stands now.
        line: Option<u32>,
    },
    /// It is not followed.
    Declined {
        /// Who said so.
        by: &'a str,
        /// Why.
        reason: &'a str,
        /// A code owner shares it.
        counts: bool,
    },
    /// The risk is taken.
    RiskAccepted {
        /// Who said so.
        by: &'a str,
        /// Why.
        reason: &'a str,
        /// Until then.
        until: Option<Timestamp>,
        /// That moment has passed.
        over: bool,
    },
    /// It is put off.
    Deferred {
        /// Who said so.
        by: &'a str,
        /// `owner/name#12`.
        issue: &'a str,
    },
}

/// By whom and why a recommendation was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped<'a> {
    /// Their login, when known.
    pub by: Option<&'a str>,
    /// Why, as typed.
    pub reason: &'a str,
}

/// What a push did to a recommendation, as far as the analyst can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// How far.
    pub how: How,
    /// The sentence that says so.
    pub sentence: &'a Anchor,
}

/// A recommendation with what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The recommendation.
    pub recommendation: &'a Recommendation,
    /// The threat it answers. `None` also where threat stories stay off a public page (`visibility: summary`).
    pub threat: Option<&'a Threat>,
    /// What became of it.
    pub outcome: Outcome<'a>,
    /// What code owners changed in it, oldest first.
    pub notes: &'a [Note],
    /// What a push seems to have done to it.
    pub seen: Option<Seen<'a>>,
    /// The lines that it is about say something else now, or are gone.
    pub lines_changed: bool,
    /// Where its thread stands; `None`: suggestion blocks are off, or it is folded into the draft.
    pub thread: Option<ThreadLines<'a>>,
}

/// How bad, in a word.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

/// How much work, in a word.
pub const fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Small => "small",
        Effort::Medium => "medium",
        Effort::Large => "large",
    }
}

/// The recommendation's own comment.
pub fn recommendation(context: &Context, shown: &Shown<'_>) -> SafeMarkdown {
    let r = shown.recommendation;
    let name = say!("R{} · {}", ordinal(r.ordinal), told(&r.title));
    let whole = |first: SafeMarkdown, last: SafeMarkdown| {
        blocks([first, head(&name, r), notes(shown.notes), body(context, shown), seen(context, shown), last])
    };
    let none = SafeMarkdown::default;
    match shown.outcome {
        Outcome::Dropped(Dropped { by, reason }) => blocks([
            say!(
                "✎ {}{}",
                by.map_or_else(|| words("**Dropped**"), |by| say!("{} **dropped** this", login_quiet(by))),
                because(reason)
            ),
            struck(&name),
            small(&words("`/threadmodel keep` brings it back")),
        ]),
        Outcome::WentInto { other } => {
            blocks([say!("✎ **Merged** into R{}.", ordinal(other)), struck(&name), notes(shown.notes)])
        }
        Outcome::Answered { noted } => blocks([
            say!("✓ **Not needed any more**: {}", sentence(noted)),
            struck(&name),
            small(&words("An answer that was given after the draft settled it.")),
        ]),
        Outcome::Adopted { sha, line } => whole(adopted(context, sha, line), none()),
        Outcome::Declined { by, reason, counts } => {
            let pending = if counts {
                none()
            } else {
                small(&words("Counts once a code owner says so here (`/threadmodel decline <reason>`) or approves."))
            };
            whole(say!("✎ **Declined** by {}{}", login_quiet(by), because(reason)), pending)
        }
        Outcome::RiskAccepted { by, reason, until, over } => whole(risk_accepted(by, reason, until, over), none()),
        Outcome::Deferred { by, issue } => {
            whole(say!("→ **Deferred** by {} to {}.", login_quiet(by), issue_link(context, issue)), none())
        }
        Outcome::Kept => whole(none(), small(&words(KEPT))),
        Outcome::Proposed => whole(none(), small(&words(PROPOSED))),
    }
    .capped()
}

const PROPOSED: &str = "Code owners: `/threadmodel keep` · `drop <reason>` · `edit <new words>` · `raise` · `lower` · `accept-risk <reason>` · `/threadmodel help` has the rest";

const KEPT: &str = "Kept by the reviewers. Author: change the document (a suggestion takes one click), or say why not: `/threadmodel decline <reason>`. Code owners: `/threadmodel accept-risk <reason> [until <date>]` · `defer #<issue>`";

fn risk_accepted(by: &str, reason: &str, until: Option<Timestamp>, over: bool) -> SafeMarkdown {
    let day = say_when(until, |until| say!(" until {}", day(until)));
    let first = say!("✎ **Risk accepted** by {}{}{}", login_quiet(by), day, because(reason));
    let ended = if over { words("That day is over: it is open again.") } else { SafeMarkdown::default() };
    super::markdown::lines([first, ended])
}

/// An issue of this repository is linked; another one is named.
fn issue_link(context: &Context, issue: &str) -> SafeMarkdown {
    link_maybe(&code(issue), RepoLink::issue(&context.repository, issue).as_ref())
}

/// What code owners changed, a line each; then what it said before the last time that all of it was reworded.
fn notes(notes: &[Note]) -> SafeMarkdown {
    let lines = super::markdown::lines(notes.iter().map(|note| say!("{}{}", changed(note), asked(note))));
    let before = notes.iter().rev().find_map(|note| match &note.change {
        Change::Rewritten { before } => Some(before),
        _ => None,
    });
    blocks([lines, say_when(before, |before| details("What it said before", None, &was(before)))])
}

/// The words that asked for it, where they were plain ones, and how it is taken back.
fn asked(note: &Note) -> SafeMarkdown {
    let back = match &note.change {
        Change::Edited { .. } | Change::Rewritten { .. } => code("/threadmodel edit <new words>"),
        Change::Raised { .. } => code("/threadmodel lower"),
        Change::Lowered { .. } => code("/threadmodel raise"),
        Change::Took { .. } => code("/threadmodel split <title> | <title>"),
        Change::SplitOff { other } => code(&format!("/threadmodel merge R{other}")),
        Change::Added => code("/threadmodel drop <reason>"),
        Change::WentInto { .. } | Change::PartOf { .. } => return SafeMarkdown::default(),
    };
    match &note.asked {
        Asked::Command => SafeMarkdown::default(),
        Asked::AsTyped => words(" In the words as typed: no model was there to put them into shape."),
        Asked::Words { quotation, .. } => say!(" They wrote: {}. Not meant? {}", quote(quotation), back),
    }
}

fn was(wording: &Wording) -> SafeMarkdown {
    let Wording { title, change, alternative, trade_off } = wording;
    let other = say_when((!alternative.trim().is_empty()).then_some(()), |()| {
        join(" ", [say!("*Or:* {}", sentence(alternative)), sentence(trade_off)])
    });
    super::markdown::lines([strong(&told(title)), sentence(change), other])
}

fn changed(note: &Note) -> SafeMarkdown {
    let by = login_quiet(&note.by);
    match &note.change {
        Change::Rewritten { .. } => say!("✎ {} had this reworded.", by),
        Change::Edited { part: Part::Title, before } => say!("✎ {} reworded the title; it was {}.", by, quote(before)),
        Change::Edited { part: Part::Change, .. } => say!("✎ {} reworded what to change.", by),
        Change::Edited { part: Part::Alternative, before } if before.trim().is_empty() => {
            say!("✎ {} added an alternative.", by)
        }
        Change::Edited { part: Part::Alternative, before } => {
            say!("✎ {} changed the alternative; it was {}.", by, quote(before))
        }
        Change::Raised { to } => say!("✎ {} raised this to {}.", by, words(severity(*to))),
        Change::Lowered { to } => say!("✎ {} lowered this to {}.", by, words(severity(*to))),
        Change::Took { other } => say!("✎ {} merged R{} into this.", by, ordinal(*other)),
        Change::WentInto { other } => say!("✎ {} merged this into R{}.", by, ordinal(*other)),
        Change::SplitOff { other } => say!("✎ {} split R{} off.", by, ordinal(*other)),
        Change::PartOf { other } => say!("✎ {} split this off R{}.", by, ordinal(*other)),
        Change::Added => say!("✎ Added by {}.", by),
    }
}

/// What the analyst makes of a push; the reviewers judge it.
fn seen(context: &Context, shown: &Shown<'_>) -> SafeMarkdown {
    if shown.seen.is_none() && shown.lines_changed {
        return words(
            "≈ The lines that this is about have changed since the draft. The reviewers judge what that means here.",
        );
    }
    say_when(shown.seen, |seen| {
        let how = match seen.how {
            How::Adopted => words("seems to be adopted"),
            How::Partly => words("seems to be adopted in part"),
            How::Superseded => words("seems to be about something that is gone"),
        };
        let home = Some(shown.recommendation.anchor.path.as_str());
        let at = cite::place(context, seen.sentence, home);
        say!("≈ Since the draft this {}: {} ({}). The reviewers judge that.", how, quote(&seen.sentence.quotation), at)
    })
}

fn because(reason: &str) -> SafeMarkdown {
    if reason.trim().is_empty() { words(".") } else { say!(": {}", quote(reason)) }
}

fn adopted(context: &Context, sha: &str, line: Option<u32>) -> SafeMarkdown {
    let to = RepoLink::commit(&context.repository, context.pull, sha);
    let at = say_when(line, |line| say!(" (line {})", ordinal(line)));
    say!("✓ **Adopted** in {}{}.", link(&commit(sha), &to), at)
}

fn head(name: &SafeMarkdown, r: &Recommendation) -> SafeMarkdown {
    say!("{} · {}, {} effort", strong(name), words(severity(r.severity)), words(effort(r.effort)))
}

fn body(context: &Context, shown: &Shown<'_>) -> SafeMarkdown {
    let r = shown.recommendation;
    let home = Some(r.anchor.path.as_str());
    let alternative = say_when((!r.alternative.trim().is_empty()).then_some(()), |()| {
        join(" ", [say!("*Or:* {}", sentence(&r.alternative)), sentence(&r.trade_off)])
    });
    let change = super::markdown::lines([sentence(&r.change), alternative]);
    let harm = say_when(shown.threat, |threat| say!("**What can go wrong:** {}", sentence(&threat.story)));
    let evidence: Vec<_> = r.evidence.iter().take(4).map(|from| cite::source(context, from, home)).collect();
    let evidence = say_when((!evidence.is_empty()).then_some(evidence), |evidence| {
        say!("**Because** {}.", super::markdown::and(evidence))
    });
    let today = labelled("**Protects today:**", &r.protects_today);
    let left = labelled("**Left over:**", &r.left_over);
    let new = say_when(r.suggestion.as_ref(), |new| new_text(context, new, shown.thread));
    blocks([change, harm, join(" ", [evidence, today, left]), new])
}

fn labelled(label: &'static str, said: &str) -> SafeMarkdown {
    if said.trim().is_empty() { SafeMarkdown::default() } else { say!("{} {}", words(label), sentence(said)) }
}

/// The body of the review that carries recommendations which somebody had deleted.
pub fn restored_review() -> SafeMarkdown {
    words("A part of the draft had been deleted; here it is again. Approvals from before that do not count.")
}
