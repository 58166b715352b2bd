//! One recommendation: its thread, in whatever state it is.

use super::cite;
use super::follow_up::{ThreadLines, new_text};
use super::link::{Context, RepoLink};
use super::markdown::{
    SafeMarkdown, blocks, commit, join, link, login_quiet, ordinal, quote, say_when, sentence, small, strong, struck,
    told, words,
};
use crate::say;
use crate::threat_model::{Effort, Recommendation, Severity, Threat};

/// What became of a recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Nobody has said anything yet.
    Proposed,
    /// Curation is over and it was kept: addressed to the author.
    Kept,
    /// A code owner dropped it.
    Dropped(Dropped<'a>),
    /// The document changed as suggested.
    Adopted {
        /// The commit.
        sha: &'a str,
        /// Where it stands now.
        line: Option<u32>,
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

/// A recommendation with what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The recommendation.
    pub recommendation: &'a Recommendation,
    /// The threat it answers. `None` also where threat stories stay off a public page (`visibility: summary`).
    pub threat: Option<&'a Threat>,
    /// What became of it.
    pub outcome: Outcome<'a>,
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
        Outcome::Adopted { sha, line } => blocks([adopted(context, sha, line), head(&name, r), body(context, shown)]),
        Outcome::Kept => blocks([
            head(&name, r),
            body(context, shown),
            small(&words("Kept by the reviewers: change the document, or say here why not.")),
        ]),
        Outcome::Proposed => blocks([
            head(&name, r),
            body(context, shown),
            small(&words("Code owners: `/threadmodel keep` · `/threadmodel drop <reason>`")),
        ]),
    }
    .capped()
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
