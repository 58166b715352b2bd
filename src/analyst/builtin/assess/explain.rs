//! Why a question was asked, in at most three sentences: why it matters, what could happen here, and how to say that it cannot.

use std::collections::BTreeMap;

use unicode_segmentation::UnicodeSegmentation as _;

use super::choose::Options;
use super::language::Language;
use crate::analyst::builtin::ask::small;
use crate::analyst::builtin::find;
use crate::analyst::builtin::phrase::Phrase;
use crate::analyst::builtin::template::capital;
use crate::analyst::builtin::view::View;
use crate::analyst::{AssessInput, DocumentText};

/// Answers a reply that asks back. `why`: it asks why; else it asks something else, and is told what words it is about.
pub(super) fn explain(options: Options<'_>, input: &AssessInput, reply: &str, why: bool) -> String {
    let question = options.question;
    let words = question.anchor.quotation.trim().replace(['“', '”'], "\"");
    let story = story(options, input);
    let first =
        if why || words.is_empty() { first_sentence(&question.why) } else { format!("It is about “{words}”.") };
    let second = match story {
        Some(story) if why => Some(format!("For example: {}", small(&story))),
        Some(story) => Some(story),
        None if why => None,
        None => Some(first_sentence(&question.why)),
    };
    let last = Language::of(reply).sentences().or_say_so;
    [Some(first), second, Some(last.to_owned())].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The worst that could happen under an answer, with the document's own names.
fn story(options: Options<'_>, input: &AssessInput) -> Option<String> {
    let concern = options.concern?;
    let advice = concern.advice.get(&concern.worst()?.advice)?;
    let subject = options.question.subject.as_str();
    let read = |d: &DocumentText| View::read(&DocumentText { before: None, ..d.clone() });
    let view = input.document.as_ref().map(read);
    let found =
        view.as_ref().and_then(|view| find::found(options.catalogue, concern, view)).filter(|f| f.subject() == subject);
    let own = Phrase::new(subject);
    let named: BTreeMap<String, Phrase> = own.is_name().then(|| ("x".to_owned(), own)).into_iter().collect();
    let words = found.map_or(named, |f| f.words);
    Some(first_sentence(&capital(&advice.threat.fill(&words))))
}

fn first_sentence(text: &str) -> String {
    text.split_sentence_bounds().next().unwrap_or(text).trim().to_owned()
}
