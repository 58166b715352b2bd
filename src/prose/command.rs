//! Answers to commands: what was asked for, what was done, or why not.

use super::cite;
use super::link::Context;
use super::markdown::{
    SafeMarkdown, blocks, code, list, login_quiet, or, ordinal, quote, sentence, table, told, words,
};
use crate::review::commands::{Refusal, Verb};
use crate::say;
use crate::threat_model::{Assumption, Fact};

/// Where the review stands: the check's title and summary.
pub fn status(title: &str, summary: &SafeMarkdown) -> SafeMarkdown {
    blocks([say!("**{}**", super::markdown::text(title)), summary.clone()]).capped()
}

/// What was understood so far, and what is assumed.
pub fn facts(context: &Context, facts: &[Fact], assumptions: &[Assumption]) -> SafeMarkdown {
    if facts.is_empty() && assumptions.is_empty() {
        return words("Nothing was taken from the conversation yet.");
    }
    let known = facts.iter().map(|fact| {
        say!("{} ({})", told(fact.statement.trim_end_matches('.')), cite::origin(context, &fact.source, None))
    });
    let assumed = assumptions.iter().map(|a| say!("A{} {}", ordinal(a.ordinal), told(&a.text)));
    let head = |any: bool, head: &'static str| if any { words(head) } else { SafeMarkdown::default() };
    blocks([
        head(!facts.is_empty(), "**Taken from the conversation**"),
        list(0, known),
        head(!assumptions.is_empty(), "**Assumed, nobody said**"),
        list(0, assumed),
    ])
    .capped()
}

/// The verbs that this version carries out.
pub fn help() -> SafeMarkdown {
    let rows = [
        ("`status`", "anyone", "where it stands and whom it waits for"),
        ("`facts`", "anyone", "what was understood"),
        ("`start`", "write access", "begins where the app is quiet"),
        ("`draft`", "author, code owner", "drafts now; open questions become assumptions"),
        ("`rerun`", "author, code owner", "reads the current documents anew"),
        ("`waive`", "code owner", "in a question's thread: drops the question"),
        ("`keep`, `drop <reason>`", "code owner", "in a recommendation's thread: keeps or drops it"),
        ("`settle`", "code owner", "ends curation: what was kept is for the author"),
        (
            "`override <digest> <reason>`",
            "member of `approval.teams`",
            "lets the pull request through; the check prints the line",
        ),
        ("`pause`, `resume`", "write access", "silences the app here; the check stays closed"),
    ];
    let rows = rows.map(|(verb, who, does)| [words(verb), words(who), words(does)]);
    blocks([
        words(
            "First line of a comment: `/threadmodel <verb>`. Approving is an ordinary GitHub review, never a comment.",
        ),
        table(["verb", "who", "does"], rows),
    ])
}

/// What was done, for a command that was carried out. Where the change shows elsewhere at once, this says where.
pub fn applied(verb: &Verb, by: &str) -> SafeMarkdown {
    let by = login_quiet(by);
    match verb {
        Verb::Status | Verb::Facts | Verb::Help => SafeMarkdown::default(),
        Verb::Start => say!("Started by {}.", by),
        Verb::Draft => say!("{} asked for the draft: open questions become stated assumptions.", by),
        Verb::Rerun => say!("{} asked to read the current documents anew.", by),
        Verb::Waive => say!("{} waived this question.", by),
        Verb::Keep => say!("✎ {} keeps this.", by),
        Verb::Drop { reason } => say!("✎ {} dropped this: {}", by, quote(reason)),
        Verb::Settle => say!("{} ended curation: the recommendations that were kept are for the author.", by),
        Verb::Override { reason, .. } => {
            say!("{} let this through without approval: {} The check says so.", by, sentence(reason))
        }
        Verb::Pause => say!("Paused by {}. The check stays closed; `/threadmodel resume` goes on.", by),
        Verb::Resume => say!("{} resumed the review.", by),
        Verb::NotYet { verb } | Verb::Unknown { verb } => say!("{} did nothing.", code(verb)),
    }
}

/// Whom to ask instead, for refusals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others<'a> {
    /// Code owners of the changed documents, as written.
    pub owners: &'a [String],
    /// People who could carry the command out.
    pub people: &'a [String],
}

fn names(of: &[String], otherwise: &'static str) -> SafeMarkdown {
    if of.is_empty() { words(otherwise) } else { or(of.iter().map(|who| login_quiet(who)).collect()) }
}

/// Why a command was refused, and what to do instead.
pub fn refusal(verb: &Verb, why: &Refusal, others: &Others<'_>) -> SafeMarkdown {
    let ask = if others.people.is_empty() {
        SafeMarkdown::default()
    } else {
        let people = others.people.iter().take(3).map(|who| login_quiet(who)).collect();
        say!(" Ask {}.", or(people))
    };
    let typed = typed(verb);
    match why {
        Refusal::OwnersOnly => {
            say!(
                "Only {} can do this ({}).{}",
                names(others.owners, "a code owner of the changed documents"),
                typed,
                ask
            )
        }
        Refusal::WriteOnly => say!("Only people with write access can do this ({}).{}", typed, ask),
        Refusal::AuthorOrOwner => say!(
            "Only the author and {} can do this ({}).{}",
            names(others.owners, "the code owners of the changed documents"),
            typed,
            ask
        ),
        Refusal::OverrideTeamsOnly { teams } => say!(
            "Only {} can override, and the author of a pull request cannot.{}",
            names(teams, "members of `approval.teams`"),
            ask
        ),
        Refusal::OverrideNobody => words(
            "Nobody can override here: the policy names no team in `approval.teams`. An approval by a code owner lets it through.",
        ),
        Refusal::OverrideOwnWork => {
            say!("Who wrote or committed to a pull request cannot override it.{}", ask)
        }
        Refusal::StaleDigest { typed, current } => say!(
            "{} is not the current state of the documents. For the current one: {}",
            code(typed),
            code(&current_line(current))
        ),
        Refusal::ReasonMissing if matches!(verb, Verb::Override { .. }) => words(
            "A reason is missing: `/threadmodel override <digest> <reason>`. The check prints the line with the digest.",
        ),
        Refusal::ReasonMissing => {
            say!("A reason is missing: {}", code(&format!("/threadmodel {} <reason>", word(verb))))
        }
        Refusal::QuestionThreadOnly => say!("{} works in the thread of a question: answer there.", typed),
        Refusal::RecommendationThreadOnly => say!("{} works in the thread of a recommendation: answer there.", typed),
        Refusal::NoDraft => say!("There is no draft yet, so {} has nothing to work on.", typed),
        Refusal::CannotTell => say!(
            "GitHub did not say what you may do here, so {} was not carried out. Please post it again in a few minutes.",
            typed
        ),
        Refusal::NotYet => say!("{} is planned and not in this version. `/threadmodel help` lists what is.", typed),
        Refusal::Unknown => say!("{} is not a command. `/threadmodel help` lists them.", typed),
    }
}

fn current_line(current: &str) -> String {
    if current.starts_with("/threadmodel") {
        return current.to_owned();
    }
    format!("/threadmodel override {current} <reason>")
}

fn typed(verb: &Verb) -> SafeMarkdown {
    code(word(verb))
}

fn word(verb: &Verb) -> &str {
    match verb {
        Verb::Status => "status",
        Verb::Facts => "facts",
        Verb::Help => "help",
        Verb::Start => "start",
        Verb::Draft => "draft",
        Verb::Rerun => "rerun",
        Verb::Waive => "waive",
        Verb::Keep => "keep",
        Verb::Drop { .. } => "drop",
        Verb::Settle => "settle",
        Verb::Override { .. } => "override",
        Verb::Pause => "pause",
        Verb::Resume => "resume",
        Verb::NotYet { verb } | Verb::Unknown { verb } => verb,
    }
}
