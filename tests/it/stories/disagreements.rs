//! What does not fit together: a document and a reply, two people, two documents, a document and what the organisation says.

use super::acts::{all_open, asked, noted, on, root_says, said_in, told};
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{Page, Stage};

#[test]
fn the_card_shows_what_the_document_would_say_if_the_reply_were_right() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, "signed link");
    stage.reply("alice", question, "c, 7 days, the mail system needs it");
    let card = told(&stage, pull, question, &["24 hours", "alice", "7 days", "line 12"]);
    let block = card.split("```").nth(1).unwrap_or_else(|| panic!("a block to take over: {card}"));
    assert!(block.contains("Exports") && block.contains("7 days") && !block.contains("24 hours"), "{card}");
    assert!(card.contains("Which is right?"), "{card}");
    assert_safe(&stage);
}

#[test]
fn a_contradiction_on_the_questions_own_line_carries_a_suggestion() {
    let stage = Stage::new();
    let text = DOCUMENT.replace(
        "Customers download the file through a signed link, which they get by mail.",
        "Customers download the file through a signed link, which works for 24 hours and comes by mail.",
    );
    let pull = stage.propose(PATH, &text);
    let questions = stage.questions(pull);
    let question = on(&questions, "signed link");
    stage.reply("alice", question, "c, the link works for 7 days");
    let card = told(&stage, pull, question, &["24 hours", "7 days", "```suggestion"]);
    assert!(card.contains("signed link, which works for 7 days"), "{card}");
    assert_safe(&stage);
}

#[test]
fn two_people_who_disagree_are_both_named_and_neither_is_picked() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    let question = on(&questions, "Support staff");
    stage.reply("bob", question, "b");
    noted(&stage, pull, question, "bob", "ordinary logs");
    stage.reply("alice", question, "c");
    told(&stage, pull, question, &["bob", "alice", "settle", "ordinary logs", "nowhere"]);
    stage.until(pull, "the question is open again", |page| {
        (!super::acts::thread(page, question.id).root().body.contains("Noted")).then_some(())
    });
    all_open(&stage, pull, &questions);
    stage.reply("bob", question, "Alice is right: c");
    root_says(&stage, pull, question, &["Noted", "nowhere"]);
    assert_eq!(said_in(&stage.page(pull), question).len(), 1);
    assert_safe(&stage);
}

/// Waits until one of the app's posts shows two sayings.
fn side_by_side(stage: &Stage, pull: u64, one: &str, other: &str) {
    stage.until(pull, &format!("{one:?} beside {other:?}"), |page: &Page| {
        let both = |body: &str| body.contains(one) && body.contains(other);
        page.posts().iter().any(|said| both(&said.body)).then_some(())
    });
}

#[test]
fn two_documents_that_contradict_each_other_are_shown_side_by_side() {
    let stage = Stage::new();
    let second = "# Clean-up\n\nA job runs each night and looks for old files.\nExports are deleted after 30 days.\n";
    stage.push("alice", "design", &[(PATH, DOCUMENT), ("docs/clean-up.md", second)]);
    let pull = stage.open("alice", "design", "main");
    stage.questions(pull);
    side_by_side(&stage, pull, "Exports are deleted after 24 hours", "Exports are deleted after 30 days");
    assert_safe(&stage);
}
