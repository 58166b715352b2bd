//! The analyst's behaviour, one test each.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use super::*;
use crate::analyst::{DocumentText, Reply, Settled};
use crate::threat_model::{Question, Reading};
use crate::time::Timestamp;

fn analyst() -> &'static Builtin {
    static ANALYST: std::sync::LazyLock<Builtin> = std::sync::LazyLock::new(|| match Builtin::new() {
        Ok(analyst) => analyst,
        Err(e) => panic!("{e}"),
    });
    &ANALYST
}

const EXAMPLE: &str = include_str!("../../../examples/invoice-export.md");

fn document(text: &str) -> DocumentText {
    DocumentText { path: "docs/design/invoice-export.md".to_owned(), text: text.to_owned(), before: None }
}

fn ask_input(text: &str) -> AskInput {
    AskInput {
        documents: vec![document(text)],
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: 6,
        methodology: "four-questions".to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    }
}

fn reply(n: i64, login: &str, body: &str) -> Reply {
    Reply { comment: format!("C{n}"), login: login.to_owned(), body: body.to_owned(), at: Timestamp(n * 1000) }
}

fn question(concern: &str) -> Question {
    let found = analyst().ask(&AskInput { max_questions: 20, ..ask_input(EXAMPLE) }).questions;
    let names: Vec<_> = found.iter().map(|q| q.concern.clone()).collect();
    found.into_iter().find(|q| q.concern == concern).unwrap_or_else(|| panic!("{concern} is not among {names:?}"))
}

fn assess(question: Question, replies: Vec<Reply>, follow_ups: &[&str]) -> AssessOutput {
    analyst().assess(&AssessInput {
        question,
        follow_ups: follow_ups.iter().map(|f| (*f).to_owned()).collect(),
        replies,
        document: Some(document(EXAMPLE)),
        facts: Vec::new(),
        last_word: false,
        context: Vec::new(),
        earlier: Vec::new(),
    })
}

fn link() -> Question {
    question("forwarded-link")
}

#[test]
fn every_concern_is_found_on_its_own_text_and_not_on_the_other() {
    let analyst = analyst();
    let wrong = analyst.own_texts();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(analyst.catalogue.concerns.len() >= 45);
    let slots: std::collections::BTreeSet<_> = analyst.catalogue.concerns.iter().map(|c| c.slot).collect();
    assert_eq!(slots.len(), 21, "each slot has a concern");
}

#[test]
fn the_last_wording_of_each_concern_needs_no_name_and_reads_easily() {
    // Hard words of a document make the other wordings hard to read; without this one the question is lost, and nobody sees it.
    let hard: Vec<String> = analyst()
        .catalogue
        .concerns
        .iter()
        // It asks about what somebody does, which it has to name.
        .filter(|c| c.id != "who-may-change")
        .filter_map(|c| {
            let last = c.questions.last()?;
            let text = format!("About \"these words\": {}", last.fill(&std::collections::BTreeMap::new()));
            (last.names().next().is_some() || !lint::is_easy(&text)).then(|| c.id.clone())
        })
        .collect();
    assert_eq!(hard, Vec::<String>::new());
}

#[test]
fn the_embedded_catalogue_keeps_the_rules_for_words_that_are_not_checked_at_start() {
    assert_eq!(catalogue::read(catalogue::FILES).err(), None);
    let wrong = catalogue::FILES.map(|(file, text)| (file, text.replace("\nwhy = \"", "\nwhy = \"An attacker: ")));
    let wrong = catalogue::read(wrong.iter().map(|(file, text)| (*file, text.as_str())));
    assert!(wrong.is_err_and(|e| e.problem.contains("`attacker` is a word of the trade")));
}

#[test]
fn an_error_of_the_catalogue_names_file_and_line() {
    let error = catalogue::parse("x.toml", "[[concern]]\nid = 'a'\n").expect_err("incomplete");
    assert_eq!((error.file.as_str(), error.line), ("x.toml", 1));
}

#[test]
fn the_example_gets_four_to_six_questions_in_its_own_words() {
    let questions = analyst().ask(&ask_input(EXAMPLE)).questions;
    for q in &questions {
        eprintln!("{} line {} {}\n    {}", q.value, q.anchor.start_line, q.concern, q.text);
    }
    assert!((4..=6).contains(&questions.len()), "{}", questions.len());
    assert!(questions.iter().any(|q| q.concern == "forwarded-link"));
}

#[test]
fn nothing_is_asked_about_a_text_without_relevance() {
    let text = "# Names of colours\n\nWe call the dark one navy. The light one is sky. Pages use one of them.\n";
    assert!(analyst().ask(&ask_input(text)).questions.is_empty());
    assert!(analyst().ask(&ask_input("")).questions.is_empty());
}

fn asked_about(text: &str) -> Vec<String> {
    let input = AskInput { max_questions: 20, ..ask_input(text) };
    analyst().ask(&input).questions.into_iter().map(|q| q.concern).collect()
}

#[test]
fn what_another_part_of_the_document_answers_is_not_asked_and_stays_a_threat() {
    let limited = format!("{EXAMPLE}\n## Operation\n\nA gateway in front of the site does rate limiting.\n");
    let concern = "create-without-end".to_owned();
    assert!(asked_about(EXAMPLE).contains(&concern));
    assert!(!asked_about(&limited).contains(&concern));
    assert!(draft_of(&limited, Vec::new(), Vec::new()).threats.iter().any(|t| t.concern == concern));
}

#[test]
fn a_word_is_asked_about_only_where_its_context_stands() {
    let with = |sentence: &str| {
        asked_about(&format!(
            "# Plugin installer\n\n## Design\n\nThe tool downloads plugins from the registry. Users sign in to the registry \
             with a password.\n{sentence}\n"
        ))
    };
    let concern = "checksum-source".to_owned();
    assert!(with("The package is compared with its checksum.").contains(&concern));
    assert!(!with("Each job keeps the state of its run under a checksum.").contains(&concern));
}

#[test]
fn a_small_change_gets_few_questions_and_only_about_itself() {
    let mut input = ask_input(&EXAMPLE.replace(
        "## Failures",
        "Operators can download images from the archive with an API token stored in a file.\n\n## Failures",
    ));
    if let Some(document) = input.documents.first_mut() {
        document.before = Some(EXAMPLE.to_owned());
    }
    let questions = analyst().ask(&input).questions;
    assert_eq!(questions.len(), 1);
    assert!(questions.iter().all(|q| q.anchor.quotation.contains("Operators")));
}

#[test]
fn what_was_asked_is_not_asked_again() {
    let first = analyst().ask(&ask_input(EXAMPLE)).questions;
    let again = analyst().ask(&AskInput { asked: first.clone(), ..ask_input(EXAMPLE) }).questions;
    for q in &again {
        assert!(first.iter().all(|f| f.concern != q.concern && f.text != q.text), "{}", q.text);
    }
}

#[test]
fn a_letter_chooses_and_the_rest_is_kept() {
    let out = assess(link(), vec![reply(1, "ana", "b, and nobody else sees it")], &[]);
    assert_eq!(out.reading, Reading::Answered);
    assert_eq!(out.branches, ["short"]);
    assert_eq!(out.noted, "minutes, for anyone who has it, and nobody else sees it");
    assert_eq!(out.by.as_deref(), Some("ana"));
    assert_eq!(out.facts.len(), 1);
    assert_eq!(assess(link(), vec![reply(1, "ana", "option C")], &[]).branches, ["long"]);
}

#[test]
fn a_value_against_the_documents_value_is_a_contradiction_with_the_line_mended() {
    let out = assess(link(), vec![reply(1, "ana", "c, 7 days, the mail system needs it")], &[]);
    let Reading::Contradicts { document, reply, suggestion } = out.reading else { panic!("{:?}", out.reading) };
    assert_eq!(document.quotation, "Exports are deleted after 24 hours.");
    assert_eq!(reply.quotation, "c, 7 days, the mail system needs it");
    let suggestion = suggestion.expect("the value can be swapped");
    assert_eq!(suggestion.replacement, "Exports are deleted after 7 days.");
    assert_eq!(suggestion.start_line, document.start_line);
}

#[test]
fn after_the_card_one_side_settles_it() {
    let first = reply(1, "ana", "c, 7 days, the mail system needs it");
    let card = "These two do not fit together. Which is right?";
    let settled = |words: &str| assess(link(), vec![first.clone(), reply(2, "ana", words)], &[card]);
    let document = settled("the document");
    assert_eq!(document.reading, Reading::Answered);
    assert!(document.noted.contains("Exports are deleted after 24 hours"), "{}", document.noted);
    let mine = settled("mine");
    assert_eq!(mine.reading, Reading::Answered);
    assert_eq!(mine.branches, ["long"]);
    assert!(mine.noted.contains("7 days"), "{}", mine.noted);
}

#[test]
fn two_people_who_choose_differently_are_both_named_and_a_later_word_replaces_an_earlier_one() {
    let out = assess(link(), vec![reply(1, "ana", "a"), reply(2, "ben", "c")], &[]);
    let Reading::PeopleDisagree { one, other } = out.reading else { panic!("{:?}", out.reading) };
    assert_eq!((one.login.as_str(), other.login.as_str()), ("ana", "ben"));
    let out = assess(link(), vec![reply(1, "ana", "a"), reply(2, "ben", "c"), reply(3, "ana", "c")], &[]);
    assert_eq!(out.branches, ["long"]);
}

#[test]
fn not_applicable_not_known_why_and_thanks() {
    assert_eq!(assess(link(), vec![reply(1, "ana", "n/a")], &[]).reading, Reading::NotApplicable);
    let deferred = |body: &str| match assess(link(), vec![reply(1, "ana", body)], &[]).reading {
        Reading::Deferred { to } => to,
        other => panic!("{body}: {other:?}"),
    };
    assert_eq!(deferred("I don't know"), None);
    assert_eq!(deferred("ask @ben"), Some("ben".to_owned()));
    assert_eq!(deferred("the payments team knows"), Some("payments".to_owned()));
    assert_eq!(deferred("d"), None);
    assert!(matches!(
        assess(link(), vec![reply(1, "ana", "Why do you ask?")], &[]).reading,
        Reading::CounterQuestion { .. }
    ));
    for aside in ["Thanks!", "👍", "> quoted\n\nwill check"] {
        assert_eq!(assess(link(), vec![reply(1, "ana", aside)], &[]).reading, Reading::NotAnAnswer, "{aside}");
    }
    assert_eq!(assess(link(), Vec::new(), &[]).reading, Reading::NotAnAnswer);
}

#[test]
fn a_vague_word_is_asked_about_once_and_own_words_are_taken_as_they_are() {
    assert!(matches!(assess(link(), vec![reply(1, "ana", "probably")], &[]).reading, Reading::Unclear { .. }));
    let out = assess(link(), vec![reply(1, "ana", "it opens a page in the portal that asks for the account")], &[]);
    assert_eq!(out.reading, Reading::Answered);
    assert!(out.branches.is_empty());
    assert_eq!(out.noted, "taken as written: it opens a page in the portal that asks for the account");
}

fn draft_of(text: &str, settled: Vec<Settled>, facts: Vec<crate::threat_model::Fact>) -> ThreatModel {
    analyst().draft(&DraftInput {
        documents: vec![document(text)],
        description: String::new(),
        questions: settled,
        facts,
        methodology: "four-questions".to_owned(),
        nonce: 0,
        decisions: Vec::new(),
        context: Vec::new(),
    })
}

#[test]
fn the_draft_rests_on_the_text_and_the_answers() {
    let question = link();
    let answer = assess(question.clone(), vec![reply(1, "ana", "c, anyone, for 24 hours")], &[]);
    assert_eq!(answer.reading, Reading::Answered);
    let settled = vec![Settled {
        question,
        branches: answer.branches.clone(),
        noted: answer.noted.clone(),
        by: answer.by.clone(),
        open: false,
    }];
    let model = draft_of(EXAMPLE, settled, answer.facts);
    assert!(model.summary.contains("accountants"), "{}", model.summary);
    assert!(model.components.iter().any(|c| c.name == "export-worker"));
    let link = model.recommendations.iter().find(|r| r.title.contains("signed link")).expect("a change of the link");
    assert_eq!(link.severity, crate::threat_model::Severity::High);
    assert_eq!(link.evidence.len(), 2, "the document's and the reply's words");
    let suggestion = link.suggestion.as_ref().expect("a suggestion");
    assert!(
        suggestion.replacement.starts_with("Customers download the file through a signed link.\nThe link works only"),
        "{suggestion:?}"
    );
    assert!(model.recommendations.iter().all(|r| !r.alternative.is_empty() && !r.trade_off.is_empty()));
    assert!(model.threats.len() <= 12);
    assert_eq!(model.quotations.checked, model.quotations.found);
    let numbers: Vec<u32> = model.assumptions.iter().map(|a| a.ordinal).collect();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap_or(0)).collect::<Vec<_>>());
    assert!(model.covered.iter().any(|c| c.text == "encryption at rest"));
}

#[test]
fn a_safe_answer_asks_for_no_change() {
    let question = link();
    let settled = vec![Settled {
        question,
        branches: vec!["owner".to_owned()],
        noted: "minutes, only the person it was made for".to_owned(),
        by: Some("ana".to_owned()),
        open: false,
    }];
    let model = draft_of(EXAMPLE, settled, Vec::new());
    assert!(model.threats.iter().all(|t| t.concern != "forwarded-link"));
    assert!(model.set_aside.iter().any(|s| s.concern == "forwarded-link" && s.reason.contains("minutes")));
}

#[test]
fn what_stayed_open_is_a_numbered_assumption() {
    let settled = vec![Settled { question: link(), branches: Vec::new(), noted: String::new(), by: None, open: true }];
    let model = draft_of(EXAMPLE, settled, Vec::new());
    let first = model.assumptions.first().expect("an assumption");
    assert_eq!((first.ordinal, first.concern.as_deref()), (1, Some("forwarded-link")));
}

#[test]
fn a_text_without_relevance_gets_two_sentences() {
    let model = draft_of("# Names\n\nWe call the dark colour navy from now on.\n", Vec::new(), Vec::new());
    assert_eq!(
        model.summary,
        "We call the dark colour navy from now on. Nothing in it gave reason for a question about security."
    );
    assert!(model.threats.is_empty() && model.recommendations.is_empty() && model.components.is_empty());
}

#[test]
fn the_same_twice() {
    assert_eq!(analyst().ask(&ask_input(EXAMPLE)), analyst().ask(&ask_input(EXAMPLE)));
    assert_eq!(draft_of(EXAMPLE, Vec::new(), Vec::new()), draft_of(EXAMPLE, Vec::new(), Vec::new()));
}
