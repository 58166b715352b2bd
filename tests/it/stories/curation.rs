//! What code owners make of the draft, before anybody acts on it.

use serde_json::json;

use super::acts::{
    at_rest, command, counted, draft_says, drafts, looked, number, on, posts, rested_draft, root_says, said_in, thread,
    told,
};
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{REPO, Stage};

/// One command of Sam in a recommendation's thread; waits until its own comment names him and says this. Nothing new is posted.
fn curated(command: &str, says: &[&str]) -> (Stage, u64, String) {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let before = posts(&stage);
    let recommendation = on(&recommendations, "signed link");
    stage.reply("sam", recommendation, &format!("/threadmodel {command}"));
    root_says(&stage, pull, recommendation, &["✎", "sam"]);
    let body = root_says(&stage, pull, recommendation, says);
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), before, "by edits alone");
    assert_safe(&stage);
    (stage, pull, body)
}

#[test]
fn drop_strikes_it_out_with_the_reason_and_keep_brings_it_back() {
    let (stage, pull, _) = curated("drop links are dead by spring", &["dropped", "links are dead by spring", "~~"]);
    draft_says(&stage, pull, &["links are dead by spring", "~~"]);
    stage.closed(pull, "1 dropped");
    let recommendations = stage.page(pull).recommendations();
    stage.reply("tess", on(&recommendations, "signed link"), "/threadmodel keep");
    let body = root_says(&stage, pull, on(&recommendations, "signed link"), &["**Because**"]);
    assert!(!body.contains("~~"), "{body}");
    assert_safe(&stage);
}

#[test]
fn drop_needs_a_reason() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let before = recommendations[0].root().body.clone();
    stage.reply("sam", &recommendations[0], "/threadmodel drop");
    told(&stage, pull, &recommendations[0], &["reason"]);
    assert_eq!(thread(&at_rest(&stage, pull), recommendations[0].id).root().body, before);
    assert_safe(&stage);
}

#[test]
fn edit_rewords_what_to_change() {
    curated("edit Tie the link to the tenant and log each use.", &["Tie the link to the tenant and log each use."]);
}

#[test]
fn edit_rewords_the_title_here_and_in_the_draft() {
    let (stage, pull, body) = curated("edit title: Make the link personal", &["· Make the link personal**"]);
    assert!(body.contains("it was"), "what it was before: {body}");
    draft_says(&stage, pull, &["| Make the link personal |"]);
}

#[test]
fn edit_takes_the_alternative_away() {
    let (_, _, body) = curated("edit alternative: none", &["alternative"]);
    assert!(!body.contains("*Or:*"), "{body}");
}

#[test]
fn raise_makes_it_more_severe() {
    curated("raise", &["raised this to high", "** · high"]);
}

#[test]
fn lower_makes_it_less_severe() {
    curated("lower", &["lowered this to low", "** · low"]);
}

#[test]
fn merge_takes_another_one_into_this() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let before = posts(&stage);
    let all = counted(&stage, pull);
    let (one, other) = (on(&recommendations, "signed link"), on(&recommendations, "Support staff"));
    stage.reply("sam", one, &format!("/threadmodel merge {}", number(other)));
    root_says(&stage, pull, one, &["✎", "sam", &number(other)]);
    root_says(&stage, pull, other, &["~~", "sam", &number(one)]);
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), before);
    stage.closed(pull, &format!("{} recommendations kept", all - 1));
    assert_safe(&stage);
}

#[test]
fn split_makes_two_of_one() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let next = counted(&stage, pull) + 1;
    let one = on(&recommendations, "signed link");
    stage.reply("sam", one, "/threadmodel split Make the link personal | Let the link end after one use");
    root_says(&stage, pull, one, &["✎", "sam", "Make the link personal"]);
    draft_says(&stage, pull, &["| Make the link personal |", &format!("R{next} · Let the link end after one use")]);
    stage.closed(pull, &format!("{next} recommendations kept"));
    assert_eq!(drafts(&stage), 1);
    assert_safe(&stage);
}

#[test]
fn add_in_the_conversation_puts_it_into_the_draft() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let next = counted(&stage, pull) + 1;
    let before = posts(&stage);
    stage.comment("sam", pull, "/threadmodel add Have the mail company sign for the addresses");
    draft_says(&stage, pull, &[&format!("R{next} · Have the mail company sign for the addresses"), "sam"]);
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), before, "by an edit of the draft");
    assert_safe(&stage);
}

#[test]
fn add_on_a_line_stands_in_that_thread() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let next = counted(&stage, pull) + 1;
    let line = DOCUMENT.lines().position(|line| line.starts_with("The mail service")).unwrap() + 1;
    let body = "/threadmodel add Have the mail company sign for the addresses";
    stage.act(json!({"act": "comment_on_line", "by": "sam", "repo": REPO, "pull": pull, "comment": {"path": PATH, "line": line, "body": body}}));
    let threads = stage.page(pull).threads();
    let mine = threads.iter().find(|thread| thread.root().author == "sam").unwrap();
    told(&stage, pull, mine, &[&format!("R{next} · Have the mail company sign for the addresses")]);
    draft_says(&stage, pull, &[&format!("R{next}"), "Have the mail company sign for the addresses"]);
    // It is curated there like any other.
    stage.reply("tess", mine, "/threadmodel drop they have signed");
    told(&stage, pull, mine, &["dropped", "tess", "they have signed"]);
    assert_safe(&stage);
}

#[test]
fn ask_puts_one_more_question_to_the_author() {
    let stage = Stage::new();
    let (pull, _) = rested_draft(&stage);
    let before = stage.page(pull).questions().len();
    stage.comment("sam", pull, "/threadmodel ask which templates the mail company may change");
    let questions = stage
        .until(pull, "one more question", |page| Some(page.questions()).filter(|questions| questions.len() > before));
    let new = &questions.last().unwrap().root().body;
    assert!(new.contains("which templates the mail company may change"), "it asks what Sam asked: {new}");
    at_rest(&stage, pull);
    assert_eq!(stage.page(pull).questions().len(), before + 1);
    stage.closed(pull, "question");
    assert_safe(&stage);
}

#[test]
fn a_waived_question_is_waited_for_no_more() {
    let stage = Stage::new();
    let (pull, questions) = super::acts::asked(&stage);
    stage.reply("sam", &questions[0], "/threadmodel waive");
    root_says(&stage, pull, &questions[0], &["sam", "~~"]);
    stage.closed(pull, &format!("{} question", questions.len() - 1));
    stage.reply("bob", &questions[1], "/threadmodel waive");
    told(&stage, pull, &questions[1], &["acme/security"]);
    stage.closed(pull, &format!("{} question", questions.len() - 1));
    assert_safe(&stage);
}

#[test]
fn a_recommendation_is_curated_by_number_from_the_conversation() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let other = recommendations.iter().find(|one| number(one) == "R2").unwrap();
    stage.comment("sam", pull, "/threadmodel drop R2 support is one person");
    root_says(&stage, pull, other, &["dropped", "sam", "support is one person"]);
    stage.closed(pull, "1 dropped");
    let unknown = command(&stage, "sam", pull, "drop R99 it is not there");
    assert!(unknown.contains("no such recommendation"), "{unknown}");
    assert_safe(&stage);
}

#[test]
fn others_are_refused_with_the_reason_and_change_nothing() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    let before = one.root().body.clone();
    for (at, (who, verb)) in
        [("alice", "drop too much work"), ("bob", "lower"), ("bob", "edit Do nothing."), ("pia", "keep")]
            .iter()
            .enumerate()
    {
        stage.reply(who, one, &format!("/threadmodel {verb}"));
        let refusal = stage.until(pull, &format!("a refusal for {who}"), |page| said_in(page, one).get(at).cloned());
        assert!(refusal.contains("acme/security"), "{refusal}");
        assert!(refusal.contains(verb.split(' ').next().unwrap()), "{refusal}");
    }
    let refusal = command(&stage, "bob", pull, "add Nothing at all");
    assert!(refusal.contains("acme/security"), "{refusal}");
    assert_eq!(thread(&looked(&stage, pull), one.id).root().body, before);
    assert_safe(&stage);
}

#[test]
fn a_command_that_was_edited_into_a_comment_or_is_quoted_is_none() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    let before = one.root().body.clone();
    let comment = stage.reply("sam", one, "Hm.");
    stage.act(json!({"act": "edit_comment", "by": "sam", "comment": comment, "body": "/threadmodel drop no"}));
    stage.reply("sam", one, "> /threadmodel drop no\n\nShould we?");
    assert_eq!(thread(&looked(&stage, pull), one.id).root().body, before);
    assert_safe(&stage);
}

#[test]
fn plain_words_in_a_recommendations_thread_are_answered_with_the_command() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    let before = one.root().body.clone();
    stage.reply("sam", one, "Please drop this, we never do one-time links.");
    told(&stage, pull, one, &["/threadmodel drop"]);
    assert_eq!(thread(&at_rest(&stage, pull), one.id).root().body, before);
    assert_safe(&stage);
}

#[test]
fn an_approval_before_a_curation_is_asked_for_again_and_one_after_counts() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.reply("tess", &recommendations[0], "/threadmodel edit Tie the link to the tenant.");
    let check = stage.closed(pull, "sam");
    assert!(check.says("again"), "{}", check.words);
    assert!(stage.merge("alice", pull).is_err());
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}
