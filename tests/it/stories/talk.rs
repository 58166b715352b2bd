//! What is said in the threads.

use serde_json::json;

use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{BOT, Page, Stage, Thread, marker, posted};

fn thread(page: &Page, id: u64) -> Thread {
    page.threads().into_iter().find(|thread| thread.id == id).expect("the thread")
}

#[test]
fn the_round_is_one_review_whose_questions_stand_on_their_lines() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    let page = stage.quiet(pull);
    assert_eq!(page.questions().len(), questions.len(), "the whole round at once");
    assert_eq!(page.by_the_app().len(), 1, "one review, one notification");
    assert!(questions.len() <= 6);
    for question in &questions {
        let line = question.text.as_deref().expect("it stands on a line that the diff shows");
        assert!(DOCUMENT.contains(line), "{line}");
        assert!(question.root().body.contains("Why we ask"), "{}", question.root().body);
    }
}

#[test]
fn a_reply_is_noted_in_the_question_itself() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    let asked = &questions[0];
    stage.reply("alice", asked, "a");
    stage.until(pull, "the note", |page| {
        let now = thread(page, asked.id);
        (now.root().body.contains("Noted") && now.root().body.contains("alice")).then_some(())
    });
    let now = thread(&stage.quiet(pull), asked.id);
    assert_eq!(now.root().id, asked.root().id, "by an edit");
    assert_eq!(now.comments.iter().filter(|said| said.author == BOT).count(), 1, "without a new comment");
}

#[test]
fn thanks_are_no_answer() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let asked = stage.questions(pull).remove(0);
    stage.reply("bob", &asked, "Thanks, good question!");
    let page = stage.quiet(pull);
    assert!(!thread(&page, asked.id).root().body.contains("Noted"), "{:?}", thread(&page, asked.id));
    stage.closed(pull, "question");
}

#[test]
fn a_reply_that_contradicts_the_document_is_shown_beside_it_and_settled() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    let asked = questions
        .iter()
        .find(|question| question.root().body.contains("signed link"))
        .expect("a question about the link");
    stage.reply("alice", asked, "b, 7 days, the mail system needs it");
    let card = stage.until(pull, "both sayings side by side", |page| {
        let now = thread(page, asked.id);
        now.comments
            .into_iter()
            .find(|said| said.author == BOT && said.body.contains("24 hours") && said.body.contains("7 days"))
    });
    assert!(card.body.contains("alice"), "{}", card.body);
    stage.reply("alice", asked, "The document is right: exports are deleted after 24 hours.");
    stage.until(pull, "the settlement", |page| {
        let said =
            thread(page, asked.id).comments.into_iter().find(|said| said.author == BOT && said.body.contains("Noted"));
        said.filter(|said| said.body.contains("24 hours"))
    });
}

#[test]
fn a_question_deleted_by_a_maintainer_is_not_asked_again() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    stage.quiet(pull);
    let gone = questions[0].root();
    let key = marker(&gone.body).unwrap().to_owned();
    stage.act(json!({"act": "delete_comment", "by": "root", "comment": gone.id}));
    stage.quiet(pull);
    for question in questions.iter().skip(1) {
        stage.reply("alice", question, "Not decided yet.");
    }
    stage.drafted(pull);
    let page = stage.quiet(pull);
    assert!(page.posts().iter().all(|said| marker(&said.body) != Some(key.as_str())), "asked again");
    assert_eq!(posted(&stage.log()).get(&(pull, key)), Some(&1));
}

#[test]
fn a_thread_resolved_by_a_person_is_left_open_and_one_reopened_stays_open() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let asked = stage.questions(pull).remove(0);
    let before = stage.quiet(pull);
    stage.act(json!({"act": "resolve_thread", "by": "alice", "thread": asked.id}));
    stage.until(pull, "the check takes notice", |page| {
        (page.check(crate::stage::CHECK)?.words != before.check(crate::stage::CHECK)?.words || page.draft().is_some())
            .then_some(())
    });
    stage.quiet(pull);
    stage.act(json!({"act": "unresolve_thread", "by": "bob", "thread": asked.id}));
    let page = stage.quiet(pull);
    assert!(!thread(&page, asked.id).resolved, "a person reopened it");
    assert_safe(&stage);
}

#[test]
fn a_draft_shows_each_recommendation_on_its_line_with_evidence() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let draft = stage.drafted(pull);
    assert!(!draft.recommendations.is_empty() && draft.recommendations.len() <= 5);
    for recommendation in &draft.recommendations {
        assert!(recommendation.root().body.contains("**Because**"), "{}", recommendation.root().body);
    }
}

#[test]
fn the_draft_draws_what_is_being_built() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let draft = stage.drafted(pull);
    assert!(draft.body.contains("```mermaid"), "{}", draft.body);
}

#[test]
fn a_dropped_recommendation_says_who_dropped_it_and_why() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let draft = stage.drafted(pull);
    let dropped = &draft.recommendations[0];
    stage.reply("sam", dropped, "/threadmodel drop we never do one-time links");
    stage.until(pull, "the reason", |page| {
        let now = thread(page, dropped.id);
        (now.root().body.contains("sam") && now.root().body.contains("we never do one")).then_some(())
    });
    // Only code owners curate.
    let kept = draft.recommendations.get(1).unwrap_or(dropped);
    let before = thread(&stage.quiet(pull), kept.id).root().body.clone();
    stage.reply("bob", kept, "/threadmodel drop too much work");
    let after = thread(&stage.quiet(pull), kept.id).root().body.clone();
    assert_eq!(before, after, "bob owns nothing");
}
