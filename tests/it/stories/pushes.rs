//! What a push does to questions and to a draft: it tells what is new, and asks nothing twice.

use std::collections::BTreeSet;

use super::acts::{asked, at_rest, draft_says, drafts, noted, on, rested_draft, root_says};
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{Stage, posted};

/// The document with one more sentence under "What we build".
fn with(sentence: &str) -> String {
    DOCUMENT.replace("\n\n## Storage", &format!("\n{sentence}\n\n## Storage"))
}

/// Nothing was posted twice, and no two questions have the same words.
fn asked_once(stage: &Stage, pull: u64) {
    let twice: Vec<_> = posted(&stage.log()).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let questions = stage.page(pull).questions();
    let words = |body: &str| body.lines().find(|line| line.contains('?')).unwrap_or_default().replace("~~", "");
    let different: BTreeSet<String> = questions.iter().map(|question| words(&question.root().body)).collect();
    assert_eq!(different.len(), questions.len(), "{questions:#?}");
}

#[test]
fn nothing_is_asked_twice_after_three_pushes() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.reply("alice", on(&questions, "Support staff"), "b");
    noted(&stage, pull, on(&questions, "Support staff"), "alice", "ordinary logs");
    for text in [
        DOCUMENT.replace("on the billing page", "on the account page"),
        DOCUMENT.replace("# Invoice export\n", "# Invoice export\n\nThis is version two.\n"),
        DOCUMENT.replace("The bucket is encrypted at rest.", "The bucket is encrypted at rest and has versions."),
    ] {
        stage.push("alice", "design", &[(PATH, &text)]);
        at_rest(&stage, pull);
    }
    asked_once(&stage, pull);
    noted(&stage, pull, on(&questions, "Support staff"), "alice", "ordinary logs");
    stage.drafted(pull);
    at_rest(&stage, pull);
    asked_once(&stage, pull);
    assert_eq!(drafts(&stage), 1);
    assert_safe(&stage);
}

/// A push after the draft: the check says this, the draft is the same review with the same recommendations.
fn push_after_the_draft(text: &str, says: &[&str]) -> (Stage, u64) {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let before = stage.page(pull).draft().unwrap();
    stage.push("alice", "design", &[(PATH, text)]);
    for words in says {
        stage.closed(pull, words);
    }
    let page = at_rest(&stage, pull);
    assert_eq!(drafts(&stage), 1, "never a redraft");
    assert_eq!(page.draft().unwrap().review, before.review);
    let titles =
        |threads: &[crate::stage::Thread]| -> Vec<String> { threads.iter().map(super::acts::number).collect() };
    assert_eq!(titles(&page.recommendations()), titles(&recommendations));
    assert!(page.questions().len() <= 4 + 3, "at most a few questions");
    asked_once(&stage, pull);
    assert_safe(&stage);
    (stage, pull)
}

#[test]
fn a_new_component_is_told_on_the_check_and_no_new_draft_is_made() {
    let text = with("A `report-worker` reads the `exports-bucket` each night and sends figures to the `warehouse`.");
    push_after_the_draft(&text, &["report-worker"]);
}

#[test]
fn a_removed_control_is_told_on_the_check() {
    push_after_the_draft(
        &DOCUMENT.replace("Exports are deleted after 24 hours.\n", ""),
        &["deletion after a time", "gone"],
    );
}

#[test]
fn widened_access_is_told_on_the_check() {
    let text =
        DOCUMENT.replace("Support staff can open every export", "Everybody in the company can open every export");
    push_after_the_draft(&text, &["More may be done, or by more"]);
}

#[test]
fn a_push_before_the_draft_is_in_the_draft() {
    let stage = Stage::new();
    let (pull, _) = asked(&stage);
    stage.push("alice", "design", &[(PATH, &with("A `report-worker` reads the `exports-bucket` each night."))]);
    at_rest(&stage, pull);
    stage.drafted(pull);
    draft_says(&stage, pull, &["report-worker"]);
    assert_eq!(drafts(&stage), 1);
    assert_safe(&stage);
}

const SUPPORT: &str = "Support staff can open every export in the `backoffice`.\n";

#[test]
fn a_question_whose_sentence_is_gone_says_so() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, "Support staff");
    stage.push("alice", "design", &[(PATH, &DOCUMENT.replace(SUPPORT, ""))]);
    root_says(&stage, pull, question, &["is gone, or says something else now"]);
    at_rest(&stage, pull);
    asked_once(&stage, pull);
    assert_safe(&stage);
}

#[test]
fn a_recommendation_whose_lines_changed_says_so() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = on(&recommendations, "Support staff");
    let text = DOCUMENT.replace(SUPPORT, "Two people of support can open every export in the `backoffice`.\n");
    stage.push("alice", "design", &[(PATH, &text)]);
    root_says(&stage, pull, one, &["≈", "since the draft"]);
    at_rest(&stage, pull);
    assert_eq!(drafts(&stage), 1);
    assert_safe(&stage);
}
