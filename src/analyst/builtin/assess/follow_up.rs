//! What is asked again, in one sentence that quotes the reply, in the reply's language where that is clear.

use super::language::{ALL, Language, Sentences};
use super::plain::shortened;
use crate::threat_model::{Choice, Question};

/// Asks whether the reply means a proposed answer.
pub(super) fn confirm(reply: &str, choice: &Choice) -> String {
    ask(reply, reply, |said| said.mean.replace('%', &choice.text))
}

/// The proposed answer that a follow-up of ours asked about, if it was such a one.
pub(super) fn asked_to_confirm<'q>(question: &'q Question, follow_up: &str) -> Option<&'q Choice> {
    let asks = |choice: &Choice| {
        ALL.iter().any(|language| follow_up.ends_with(&language.sentences().mean.replace('%', &choice.text)))
    };
    question.choices.iter().find(|choice| asks(choice))
}

/// Whether it is one of ours, which quotes a reply.
pub(super) fn is_ours(follow_up: &str) -> bool {
    let opens = |language: &Language| language.sentences().wrote.split('%').next().unwrap_or_default();
    ALL.iter().any(|language| follow_up.starts_with(opens(language)))
}

/// Asks which of some answers is meant.
pub(super) fn which(question: &Question, reply: &str, branches: &[String]) -> String {
    let some: Vec<String> = lettered(question).filter(|(_, c)| branches.contains(&c.branch)).map(written).collect();
    ask(reply, reply, |said| said.which.replace('%', &some.join(&format!(", {} ", said.or))))
}

/// Asks which of all answers comes closest.
pub(super) fn closest(question: &Question, reply: &str) -> String {
    let all: Vec<String> = lettered(question).map(written).collect();
    ask(reply, reply, |said| said.closest.replace('%', &all.join(", ")))
}

/// Asks who is meant by a word.
pub(super) fn whom(reply: &str, term: &str) -> String {
    ask(reply, term, |said| said.whom.to_owned())
}

/// Asks how far "internal" reaches.
pub(super) fn how_far(reply: &str) -> String {
    ask(reply, reply, |said| said.how_far.to_owned())
}

/// Asks for the answer that is none of those offered.
pub(super) fn what_else(reply: &str) -> String {
    ask(reply, reply, |said| said.what_else.to_owned())
}

fn ask(reply: &str, quoted: &str, asked: impl Fn(&Sentences) -> String) -> String {
    let said = Language::of(reply).sentences();
    let quoted = shortened(quoted, 100).trim_end_matches(['?', '!']).replace(['“', '”'], "\"");
    format!("{} {}", said.wrote.replace('%', &quoted), asked(said))
}

fn lettered(question: &Question) -> impl Iterator<Item = (char, &Choice)> {
    ('a'..='e').zip(&question.choices)
}

fn written((letter, choice): (char, &Choice)) -> String {
    format!("{letter} “{}”", choice.text)
}
