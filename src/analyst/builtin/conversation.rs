//! Tests of what people and the organisation said: requests, decisions, context, contradictions between texts, corrections.

#![allow(clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::analyst::{ContextText, DocumentText, Settled};
use crate::document::Document;
use crate::evidence;
use crate::threat_model::{Anchor, Decision, DecisionKind, Fact, Question, Slot, Source};
use crate::time::Timestamp;

fn analyst() -> &'static Builtin {
    static ANALYST: std::sync::LazyLock<Builtin> = std::sync::LazyLock::new(|| match Builtin::new() {
        Ok(analyst) => analyst,
        Err(e) => panic!("{e}"),
    });
    &ANALYST
}

const EXAMPLE: &str = include_str!("../../../examples/invoice-export.md");

fn document(path: &str, text: &str) -> DocumentText {
    DocumentText { path: path.to_owned(), text: text.to_owned(), before: None }
}

fn ask_input() -> AskInput {
    AskInput {
        documents: vec![document("docs/export.md", EXAMPLE)],
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

fn draft_input() -> DraftInput {
    DraftInput {
        documents: ask_input().documents,
        description: String::new(),
        questions: Vec::new(),
        facts: Vec::new(),
        methodology: "four-questions".to_owned(),
        nonce: 0,
        decisions: Vec::new(),
        context: Vec::new(),
    }
}

fn context(text: &str) -> Vec<ContextText> {
    vec![ContextText {
        path: "acme/.github:context/links.md".to_owned(),
        text: text.to_owned(),
        ..ContextText::default()
    }]
}

fn decision(kind: DecisionKind, concern: &str) -> Decision {
    Decision {
        id: "7-12-link".to_owned(),
        repository: "acme/api".to_owned(),
        pull: 12,
        kind,
        concern: concern.to_owned(),
        slot: Slot::Authz,
        title: "Bind the link to its reader".to_owned(),
        reason: "the portal asks for the account".to_owned(),
        by: "sec-lead".to_owned(),
        at: Timestamp(1_000),
        until: None,
    }
}

fn concerns(input: &AskInput) -> Vec<String> {
    analyst().ask(input).questions.into_iter().map(|q| q.concern).collect()
}

fn topic(words: &str) -> Vec<Question> {
    analyst().ask(&AskInput { topic: Some(words.to_owned()), ..ask_input() }).questions
}

fn link() -> Question {
    let input = AskInput { concern: Some("forwarded-link".to_owned()), ..ask_input() };
    analyst().ask(&input).questions.pop().expect("the link is asked about")
}

// ── requests ──

#[test]
fn a_concern_is_asked_about_whatever_its_rank_and_only_where_the_text_gives_reason() {
    let every = concerns(&AskInput { max_questions: 50, ..ask_input() });
    assert!(every.len() >= 4);
    for id in every {
        let one = AskInput { concern: Some(id.clone()), max_questions: 0, ..ask_input() };
        assert_eq!(concerns(&one), [id]);
    }
    let unchanged = AskInput {
        documents: vec![DocumentText { before: Some(EXAMPLE.to_owned()), ..document("docs/export.md", EXAMPLE) }],
        concern: Some("forwarded-link".to_owned()),
        ..ask_input()
    };
    assert_eq!(concerns(&unchanged), ["forwarded-link"]);
    assert!(concerns(&AskInput { concern: Some("no-such-concern".to_owned()), ..ask_input() }).is_empty());
}

#[test]
fn a_topic_gets_the_question_that_fits_its_words_best() {
    for words in ["the signed links", "links that get forwarded", "Link?"] {
        let found = topic(words);
        assert_eq!(found.len(), 1, "{words}");
        assert!(found.iter().all(|q| q.text.to_lowercase().contains("link")), "{words}: {found:?}");
    }
    assert!(topic("what about quantum entanglement").is_empty());
    assert!(topic("the and of").is_empty());
    let first = topic("signed links");
    let again = AskInput { topic: Some("signed links".to_owned()), asked: first.clone(), ..ask_input() };
    assert!(analyst().ask(&again).questions.iter().all(|q| first.iter().all(|f| f.concern != q.concern)));
}

#[test]
fn facts_are_the_documents_own_sentences_and_few() {
    let input = AskInput { description: "Only billing admins may start an export.".to_owned(), ..ask_input() };
    let facts = analyst().ask(&input).facts;
    assert!((3..=12).contains(&facts.len()), "{facts:?}");
    let design = Document::parse("docs/export.md", EXAMPLE);
    let mut told = 0;
    for fact in &facts {
        match &fact.source {
            Source::Document { anchor } => assert!(evidence::find(&anchor.quotation, &design).is_some(), "{fact:?}"),
            Source::Description { quotation } => {
                told += 1;
                assert!(evidence::find_in_text(quotation, &input.description).is_some());
            }
            other => panic!("{other:?}"),
        }
    }
    let statements: Vec<&str> = facts.iter().map(|f| f.statement.as_str()).collect();
    assert!(statements.contains(&"Exports are deleted after 24 hours."), "{statements:?}");
    assert_eq!(told, 1, "{statements:?}");
    assert!(analyst().ask(&AskInput { topic: Some("links".to_owned()), ..ask_input() }).facts.is_empty());
}

// ── decisions and context ──

#[test]
fn what_was_declined_or_is_in_the_context_is_not_asked() {
    assert!(concerns(&ask_input()).contains(&"forwarded-link".to_owned()));
    for kind in [DecisionKind::Dropped, DecisionKind::Declined, DecisionKind::RiskAccepted, DecisionKind::Fact] {
        let decided = AskInput { decisions: vec![decision(kind, "forwarded-link")], ..ask_input() };
        assert!(!concerns(&decided).contains(&"forwarded-link".to_owned()), "{kind:?}");
    }
    let edited = AskInput { decisions: vec![decision(DecisionKind::Edited, "forwarded-link")], ..ask_input() };
    assert!(concerns(&edited).contains(&"forwarded-link".to_owned()));
    let answered = AskInput {
        context: context("# Links\n\nSigned links are bound to the account they were made for.\n"),
        ..ask_input()
    };
    assert!(!concerns(&answered).contains(&"forwarded-link".to_owned()));
    for other in ["Signed links are not bound to any account.", "Badges are bound to the person that holds them."] {
        let beside = AskInput { context: context(&format!("# Things\n\n{other}\n")), ..ask_input() };
        assert!(concerns(&beside).contains(&"forwarded-link".to_owned()), "{other}");
    }
}

fn settled(question: Question, branches: &[&str], noted: &str, open: bool) -> Settled {
    let branches = branches.iter().map(|b| (*b).to_owned()).collect();
    Settled { question, branches, noted: noted.to_owned(), by: Some("ana".to_owned()), open }
}

fn reason_for(model: &ThreatModel, concern: &str) -> Option<String> {
    model.set_aside.iter().find(|s| s.concern == concern).map(|s| s.reason.clone())
}

#[test]
fn what_was_declined_before_is_set_aside_with_the_decision_cited() {
    let of = |kind| {
        let input = DraftInput { decisions: vec![decision(kind, "forwarded-link")], ..draft_input() };
        let model = analyst().draft(&input);
        assert!(model.threats.iter().all(|t| t.concern != "forwarded-link"));
        reason_for(&model, "forwarded-link").expect("a line")
    };
    let told = "before in acme/api#12 by sec-lead: “the portal asks for the account”.";
    assert_eq!(of(DecisionKind::Declined), format!("Declined {told}"));
    assert_eq!(of(DecisionKind::Dropped), format!("Dropped {told}"));
    assert_eq!(of(DecisionKind::RiskAccepted), format!("Risk accepted {told}"));
    let newer =
        vec![decision(DecisionKind::Added, "forwarded-link"), decision(DecisionKind::Declined, "forwarded-link")];
    let model = analyst().draft(&DraftInput { decisions: newer, ..draft_input() });
    assert_eq!(reason_for(&model, "forwarded-link"), None, "a newer decision asks for it");
}

#[test]
fn an_answer_that_asks_for_the_change_outright_weighs_more_than_the_decision() {
    let input = DraftInput {
        questions: vec![settled(link(), &["long"], "days or longer, for anyone who has it", false)],
        decisions: vec![decision(DecisionKind::Declined, "forwarded-link")],
        context: context("# Links\n\nSigned links are bound to the account they were made for.\n"),
        ..draft_input()
    };
    let model = analyst().draft(&input);
    let threat = model.threats.iter().find(|t| t.concern == "forwarded-link").expect("a threat");
    let advice = model.recommendations.iter().find(|r| r.threat == threat.id).expect("a recommendation");
    assert!(advice.evidence.iter().any(|e| matches!(e, Source::Decision { pull: 12, .. })), "{:?}", advice.evidence);
    assert!(advice.protects_today.contains("Declined before in acme/api#12"), "{}", advice.protects_today);
}

#[test]
fn decisions_that_ask_for_the_same_are_cited() {
    let input = DraftInput { decisions: vec![decision(DecisionKind::Edited, "forwarded-link")], ..draft_input() };
    let model = analyst().draft(&input);
    let threat = model.threats.iter().find(|t| t.concern == "forwarded-link").expect("a threat");
    let quoted =
        |e: &Source| matches!(e, Source::Decision { quotation, .. } if quotation == "the portal asks for the account");
    assert!(threat.evidence.iter().any(quoted), "{:?}", threat.evidence);
}

#[test]
fn what_the_context_answers_is_set_aside_with_its_words() {
    let input = DraftInput {
        context: context("# Links\n\nSigned links are bound to the account they were made for.\n"),
        ..draft_input()
    };
    let reason = reason_for(&analyst().draft(&input), "forwarded-link").expect("a line");
    assert_eq!(
        reason,
        "Covered by acme/.github:context/links.md: “Signed links are bound to the account they were made for.”"
    );
}

// ── contradictions between texts ──

#[test]
fn a_document_against_the_context_is_asked_about_with_both_sides() {
    let rule = "# Rules\n\nExports are kept for 12 hours at most.\n";
    let questions = analyst().ask(&AskInput { context: context(rule), ..ask_input() }).questions;
    let question = questions.into_iter().find(|q| q.concern == "two-statements").expect("it is asked");
    assert_eq!(question.anchor.quotation, "Exports are deleted after 24 hours.");
    assert_eq!(
        question.text,
        "About \"Exports are deleted after 24 hours\" and \"Exports are kept for 12 hours at most\" in \
         \"acme/.github:context/links.md\": which of the two is right?"
    );
    for fits in
        ["Exports are kept for 7 days at most.", "Exports are kept for 24 hours.", "Badges are kept for 12 hours."]
    {
        let input = AskInput { context: context(&format!("# Rules\n\n{fits}\n")), ..ask_input() };
        assert!(!concerns(&input).contains(&"two-statements".to_owned()), "{fits}");
    }
    let model = analyst().draft(&DraftInput {
        context: context(rule),
        questions: vec![settled(question, &["other"], "the other", false)],
        ..draft_input()
    });
    let threat = model.threats.iter().find(|t| t.concern == "two-statements").expect("it is in the draft");
    assert!(threat.evidence.iter().any(|e| matches!(e, Source::Context { .. })), "{:?}", threat.evidence);
}

#[test]
fn two_documents_of_a_pull_request_are_held_against_each_other() {
    let with = |other: &str| AskInput {
        documents: vec![
            document("docs/export.md", EXAMPLE),
            document("docs/keep.md", &format!("# Keeping\n\n## Design\n\n{other}\n")),
        ],
        ..ask_input()
    };
    let apart = with("Exports are deleted after 7 days.");
    let questions = analyst().ask(&apart).questions;
    let question = questions.iter().find(|q| q.concern == "two-statements").expect("it is asked");
    assert!(question.text.contains("\"Exports are deleted after 7 days\" in \"docs/keep.md\""), "{}", question.text);
    assert_eq!(question.anchor.path, "docs/export.md");
    for fits in [
        "Exports are deleted after 24 hours.",
        "By default, exports are deleted after 7 days.",
        "Invoices are deleted after 7 days.",
    ] {
        assert!(!concerns(&with(fits)).contains(&"two-statements".to_owned()), "{fits}");
    }
    let only = with("Only administrators can open a customer's export.");
    assert!(
        concerns(&AskInput { concern: Some("two-statements".to_owned()), ..only })
            .contains(&"two-statements".to_owned())
    );
}

// ── what people said ──

fn fact(n: i64, login: &str, concern: &str, statement: &str) -> Fact {
    Fact {
        slot: Slot::Authz,
        concern: Some(concern.to_owned()),
        statement: statement.to_owned(),
        source: Source::Reply { comment: format!("C{n}"), login: login.to_owned(), quotation: statement.to_owned() },
        at: Timestamp(n * 1_000),
    }
}

#[test]
fn of_two_things_that_one_person_said_the_later_counts() {
    let facts = vec![
        fact(1, "ana", "forwarded-link", "minutes, for anyone who has it"),
        fact(2, "ben", "forwarded-link", "the mail is read by accountants"),
        fact(3, "ana", "forwarded-link", "days or longer, for anyone who has it"),
    ];
    let noted = "days or longer, for anyone who has it (before: minutes, for anyone who has it)";
    let input = DraftInput { facts, questions: vec![settled(link(), &["long"], noted, false)], ..draft_input() };
    let model = analyst().draft(&input);
    let comments = |sources: &[Source]| -> Vec<String> {
        let of = |s: &Source| if let Source::Reply { comment, .. } = s { Some(comment.clone()) } else { None };
        sources.iter().filter_map(of).collect()
    };
    let threat = model.threats.iter().find(|t| t.concern == "forwarded-link").expect("a threat");
    assert_eq!(comments(&threat.evidence), ["C2", "C3"]);
    assert_eq!(model.facts.len(), 2);
    let both = "minutes, for anyone who has it; the kiosk prints it";
    let facts = vec![
        fact(1, "ana", "forwarded-link", "minutes, for anyone who has it"),
        fact(2, "ana", "forwarded-link", "the kiosk prints it"),
    ];
    let input = DraftInput { facts, questions: vec![settled(link(), &["short"], both, false)], ..draft_input() };
    assert_eq!(analyst().draft(&input).facts.len(), 2, "an answer in two parts rests on both");
}

#[test]
fn a_correction_takes_the_place_of_the_sentence_that_it_quotes() {
    let before = analyst().draft(&draft_input()).summary;
    let sentence = "Customers want their invoices as one file for their accountants.";
    assert!(before.contains(sentence), "{before}");
    let with = |statement: &str| {
        let facts = vec![Fact { slot: Slot::Purpose, ..fact(1, "ana", "understanding", statement) }];
        analyst().draft(&DraftInput { facts, ..draft_input() })
    };
    let replaced = with(&format!("> {sentence}\n\nno, it is the accountants who want the file"));
    assert!(!replaced.summary.contains(sentence), "{}", replaced.summary);
    assert!(replaced.summary.starts_with("No, it is the accountants who want the file."), "{}", replaced.summary);
    assert_eq!(replaced.facts.len(), 1);
    assert!(!with(&format!("“{sentence}” is wrong")).summary.contains(sentence));
    assert_eq!(with("the export is for auditors as well").summary, before, "what quotes nothing changes nothing");
}

#[test]
fn a_challenge_and_a_topic_give_the_same_twice_and_quote_what_stands() {
    let design = Document::parse("docs/export.md", EXAMPLE);
    for question in [link()].into_iter().chain(topic("support staff and exports")) {
        let Anchor { quotation, .. } = &question.anchor;
        assert!(evidence::find(quotation, &design).is_some(), "{quotation}");
    }
    assert_eq!(topic("support staff and exports"), topic("support staff and exports"));
}
