//! Replies of ours in a question's thread: only ever to ask again, to settle a contradiction, or to say why.

use super::cite;
use super::link::Context;
use super::markdown::{SafeMarkdown, blocks, code_block, holds_command, login, quote, suggestion, table, told, words};
use crate::say;
use crate::threat_model::{Anchor, Assumption, Choice, Reading, ReplyQuote, Suggestion};

/// Lines that a thread stands on: a suggestion block changes exactly these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadLines<'a> {
    /// The file.
    pub path: &'a str,
    /// First line, 1-based.
    pub start: u32,
    /// Last line, inclusive.
    pub end: u32,
}

/// The reply that a reading calls for; `None` when there is nothing to ask again (the question's own comment says the rest).
/// `thread` is where the thread stands, `None` where suggestion blocks are off or the thread has no lines; `choices` are the
/// question's proposed answers; `owners` are those who may be told in private.
pub fn reply(
    context: &Context,
    reading: &Reading,
    thread: Option<ThreadLines<'_>>,
    choices: &[Choice],
    owners: &[String],
) -> Option<SafeMarkdown> {
    match reading {
        Reading::Partly { follow_up } | Reading::Unclear { follow_up } => Some(told(follow_up)),
        Reading::Contradicts { document, reply, suggestion } => {
            Some(contradiction(context, document, reply, suggestion.as_ref(), thread))
        }
        Reading::PeopleDisagree { one, other } => Some(disagreement(one, other, choices)),
        Reading::CounterQuestion { explanation } => Some(told(explanation)),
        // They are called: only people and teams that can read the repository come this far.
        Reading::Deferred { to: Some(to) } => {
            Some(say!("{}, can you answer this? You were named here. “Not decided” is an answer too.", login(to)))
        }
        Reading::Private => Some(private(owners)),
        Reading::Answered | Reading::NotApplicable | Reading::Deferred { to: None } | Reading::NotAnAnswer => None,
    }
    .filter(|reply| !reply.is_empty())
}

fn private(owners: &[String]) -> SafeMarkdown {
    let whom = if owners.is_empty() {
        words("the code owners of this document")
    } else {
        super::markdown::or(owners.iter().map(|who| super::markdown::login_quiet(who)).collect())
    };
    say!(
        "Then please do not post it here. Tell {} directly; they see what it changes and can say here as much as may be said. Meanwhile this stays open.",
        whom
    )
}

/// What is asked in a question's thread when a code owner doubts the assumption that stands for it.
pub fn challenge(by: &str, assumption: &Assumption) -> String {
    format!("{by} doubts what the draft takes for granted: “{}” Is that so?", assumption.text.trim())
}

fn contradiction(
    context: &Context,
    document: &Anchor,
    reply: &ReplyQuote,
    new: Option<&Suggestion>,
    thread: Option<ThreadLines<'_>>,
) -> SafeMarkdown {
    let home = thread.map(|thread| thread.path);
    let card = table(
        ["", ""],
        [
            [say!("document, {}", cite::place(context, document, home)), quote(&document.quotation)],
            [cite::said_by(context, reply), quote(&reply.quotation)],
        ],
    );
    let fix = new.map_or_else(SafeMarkdown::default, |new| match here(new, thread) {
        Some(block) => blocks([words("If the reply is right, this would bring the document in line:"), block]),
        None if holds_command(&new.replacement) => SafeMarkdown::default(),
        None => blocks([
            say!("If the reply is right, {} could say:", lines_of(context, new, home)),
            code_block(&new.replacement),
        ]),
    });
    blocks([words("These two do not fit together. Which is right?"), card, fix])
}

fn disagreement(one: &ReplyQuote, other: &ReplyQuote, choices: &[Choice]) -> SafeMarkdown {
    say!(
        "{} says {}; {} says {}. Could you two settle it here?",
        login(&one.login),
        spelt_out(&one.quotation, choices),
        login(&other.login),
        spelt_out(&other.quotation, choices)
    )
}

/// Somebody's words; where they are a letter, also the proposed answer behind it, so that nobody has to look it up.
fn spelt_out(words: &str, choices: &[Choice]) -> SafeMarkdown {
    let first = words.split_whitespace().next().unwrap_or_default();
    let letter = first.trim_end_matches([',', '.', ')', ':', ';']);
    let alone = letter.len() < first.len() || words.trim() == letter;
    let at = match letter.to_ascii_lowercase().as_bytes() {
        [letter @ b'a'..=b'h'] if alone => Some(usize::from(letter - b'a')),
        _ => None,
    };
    match at.and_then(|at| choices.get(at)) {
        Some(choice) => say!("{} ({})", quote(words), told(&choice.text)),
        None => quote(words),
    }
}

/// New text for the document: a suggestion block where the thread stands on just these lines, so that a click applies it; else
/// the lines as text to copy.
pub fn new_text(context: &Context, new: &Suggestion, thread: Option<ThreadLines<'_>>) -> SafeMarkdown {
    here(new, thread).unwrap_or_else(|| {
        if holds_command(&new.replacement) {
            return SafeMarkdown::default();
        }
        let at = lines_of(context, new, thread.map(|t| t.path));
        blocks([say!("In place of {}:", at), code_block(&new.replacement)])
    })
}

/// The suggestion block, where the thread stands on just the lines that it replaces.
fn here(new: &Suggestion, thread: Option<ThreadLines<'_>>) -> Option<SafeMarkdown> {
    let thread = thread?;
    let same = thread.path == new.path && thread.start == new.start_line && thread.end == new.end_line;
    if same { suggestion(new) } else { None }
}

fn lines_of(context: &Context, new: &Suggestion, home: Option<&str>) -> SafeMarkdown {
    let at =
        Anchor { path: new.path.clone(), start_line: new.start_line, end_line: new.end_line, quotation: String::new() };
    cite::place(context, &at, home)
}
