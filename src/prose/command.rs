//! Answers to commands: what was asked for, what was done, or why not.

use super::cite;
use super::link::Context;
use super::markdown::{
    SafeMarkdown, blocks, code, list, login_quiet, or, ordinal, quote, say_when, table, told, words,
};
use crate::review::commands::{Refusal, Verb};
use crate::say;
use crate::threat_model::{Assumption, Fact};

/// Where the review stands: the check's title and summary.
pub fn status(title: &str, summary: &SafeMarkdown) -> SafeMarkdown {
    blocks([say!("**{}**", super::markdown::text(title)), summary.clone()]).capped()
}

/// What was understood so far: said by people, found in the documents, assumed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Understood<'a> {
    /// What people said, with what each replaces of their own.
    pub said: &'a [(&'a Fact, Option<&'a Fact>)],
    /// What documents and description state.
    pub found: &'a [Fact],
    /// What nobody said.
    pub assumptions: &'a [Assumption],
}

/// What was understood so far, each with its source.
pub fn facts(context: &Context, understood: &Understood<'_>) -> SafeMarkdown {
    let Understood { said, found, assumptions } = understood;
    if said.is_empty() && found.is_empty() && assumptions.is_empty() {
        return words("Nothing was taken from the conversation yet.");
    }
    let known = said.iter().map(|(fact, replaces)| {
        let before = say_when(*replaces, |old| say!("; before: {}", quote(old.statement.trim_end_matches('.'))));
        let statement = told(fact.statement.trim_end_matches('.'));
        say!("{} ({}{})", statement, cite::origin(context, &fact.source, None), before)
    });
    let found = found.iter().map(|fact| {
        say!("{} ({})", told(fact.statement.trim_end_matches('.')), cite::origin(context, &fact.source, None))
    });
    let assumed = assumptions.iter().map(|a| say!("A{} {}", ordinal(a.ordinal), told(&a.text)));
    let part = |head: &'static str, entries: Vec<SafeMarkdown>| {
        if entries.is_empty() { SafeMarkdown::default() } else { blocks([words(head), list(0, entries)]) }
    };
    blocks([
        part("**Taken from the conversation**", known.collect()),
        part("**Stated by the documents**", found.collect()),
        part("**Assumed, nobody said**", assumed.collect()),
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
        ("`ask <topic>`", "code owner", "asks the author something more"),
        ("`waive`", "code owner", "in a question's thread: drops the question"),
        ("`keep`, `drop <reason>`", "code owner", "keeps or drops a recommendation"),
        (
            "`edit <new words>`, `edit title: …`, `edit alternative: …`",
            "code owner",
            "rewords it; `edit alternative: none` takes the alternative away",
        ),
        ("`raise`, `lower`", "code owner", "one step more or less severe"),
        ("`merge R2`, `split <title> | <title>`", "code owner", "takes R2 into this one; makes two of one"),
        ("`add <recommendation>`", "code owner", "adds one; on a line of the document it stands there"),
        ("`challenge A3`", "code owner", "asks again about an assumption"),
        ("`settle`", "code owner", "ends curation: what was kept is for the author"),
        ("`accept-risk <reason> [until <yyyy-mm-dd>]`", "code owner", "the risk is taken, for good or until that day"),
        (
            "`decline <reason>`",
            "author, code owner",
            "it is not followed; the author's counts once a code owner agrees",
        ),
        ("`defer #12`", "code owner", "puts it off to an issue"),
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
        words(
            "Verbs about a recommendation work in its thread, or anywhere with its number: `/threadmodel drop R6 <reason>`.",
        ),
    ])
}

/// What plain words seem to ask for, as a command to be posted.
pub fn meant(command: &str) -> SafeMarkdown {
    blocks([
        words("Nothing has changed yet. If this is what you mean, post it as a comment here:"),
        super::markdown::code_block(command),
    ])
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
        Refusal::NotThere => say!(
            "The draft holds no such recommendation, or it was dropped or merged ({}). `/threadmodel keep` brings a dropped one back.",
            typed
        ),
        Refusal::Usage => say!("Like this: {}", code(&format!("/threadmodel {}", usage(verb)))),
        Refusal::NoFurther => words("It cannot go any further: the steps are low, medium, high."),
        Refusal::NoAssumption => words("The draft holds no such assumption. `/threadmodel facts` lists them."),
        Refusal::DayOver => words("That day is over. Name a day that is still to come: `until <yyyy-mm-dd>`."),
        Refusal::IssueNotFound => {
            words("The app sees no such issue. Open one in this repository and name it: `/threadmodel defer #12`.")
        }
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

/// How a verb is written.
fn usage(verb: &Verb) -> String {
    let rest = match verb {
        Verb::Ask { .. } => " <what you want to know>",
        Verb::Edit { .. } => " <new words>",
        Verb::Split { .. } => " <first title> | <second title>",
        Verb::Merge { .. } => " R2",
        Verb::Add { .. } => " <what to change>",
        Verb::Challenge { .. } => " A3",
        Verb::Defer { .. } => " #12",
        _ => "",
    };
    format!("{}{rest}", word(verb))
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
        Verb::Ask { .. } => "ask",
        Verb::Waive => "waive",
        Verb::Keep { .. } => "keep",
        Verb::Drop { .. } => "drop",
        Verb::Edit { .. } => "edit",
        Verb::Split { .. } => "split",
        Verb::Merge { .. } => "merge",
        Verb::Raise { .. } => "raise",
        Verb::Lower { .. } => "lower",
        Verb::Add { .. } => "add",
        Verb::Settle => "settle",
        Verb::Challenge { .. } => "challenge",
        Verb::AcceptRisk { .. } => "accept-risk",
        Verb::Decline { .. } => "decline",
        Verb::Defer { .. } => "defer",
        Verb::Override { .. } => "override",
        Verb::Pause => "pause",
        Verb::Resume => "resume",
        Verb::NotYet { verb } | Verb::Unknown { verb } => verb,
        Verb::Meant { command } => command,
        Verb::Talk => "",
    }
}
