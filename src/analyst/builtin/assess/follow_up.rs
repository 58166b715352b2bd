//! What is asked again, in one sentence that quotes the reply.

use super::plain::shortened;
use crate::threat_model::{Choice, Question};

/// Asks whether the reply means a proposed answer.
pub(super) fn confirm(reply: &str, choice: &Choice) -> String {
    format!("You wrote “{}”. Do you mean “{}”?", quoted(reply), choice.text)
}

/// The proposed answer that a follow-up of ours asked about, if it was such a one.
pub(super) fn asked_to_confirm<'q>(question: &'q Question, follow_up: &str) -> Option<&'q Choice> {
    question.choices.iter().find(|c| follow_up.ends_with(&format!("Do you mean “{}”?", c.text)))
}

/// Asks which of some answers is meant.
pub(super) fn which(question: &Question, reply: &str, branches: &[String]) -> String {
    let some: Vec<String> = lettered(question).filter(|(_, c)| branches.contains(&c.branch)).map(written).collect();
    format!("You wrote “{}”. Which of these is it: {}?", quoted(reply), some.join(", or "))
}

/// Asks which of all answers comes closest.
pub(super) fn closest(question: &Question, reply: &str) -> String {
    let all: Vec<String> = lettered(question).map(written).collect();
    format!("You wrote “{}”. Which comes closest: {}, or something else?", quoted(reply), all.join(", "))
}

/// Asks who is meant by a word.
pub(super) fn whom(term: &str) -> String {
    format!("You wrote “{}”. Is that anybody with an account there, or fewer?", quoted(term))
}

/// Asks how far "internal" reaches.
pub(super) fn how_far(term: &str) -> String {
    format!("You wrote “{}”. Is that one machine, everybody on the company's network, or certain people?", quoted(term))
}

/// Asks for the answer that is none of those offered.
pub(super) fn what_else(reply: &str) -> String {
    format!("You wrote “{}”. What is it instead, in a few words?", quoted(reply))
}

fn lettered(question: &Question) -> impl Iterator<Item = (char, &Choice)> {
    ('a'..='e').zip(&question.choices)
}

fn written((letter, choice): (char, &Choice)) -> String {
    format!("{letter} “{}”", choice.text)
}

fn quoted(reply: &str) -> String {
    shortened(reply, 100).trim_end_matches(['?', '!']).replace(['“', '”'], "\"")
}
