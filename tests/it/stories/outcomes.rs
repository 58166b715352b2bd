//! How each recommendation ends: adopted, declined, accepted as a risk, put off.

use serde_json::json;

use super::acts::{at_rest, draft_says, number, on, rested_draft, root_says, said_in, thread, told};
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{Beginning, REPO, Stage, Thread};

/// A recommendation whose suggestion can be committed.
fn adoptable(recommendations: &[Thread]) -> &Thread {
    recommendations.iter().find(|one| one.root().body.contains("```suggestion")).expect("a suggestion block")
}

fn head(stage: &Stage, pull: u64) -> String {
    stage.page(pull).0["head_sha"].as_str().unwrap()[..7].to_owned()
}

fn required_fixes() -> Stage {
    let policy = concat!(
        "documents: [\"docs/**/*.md\"]\n",
        "approval: { teams: [\"@acme/security\"], required: 1, must_fix: true }\n",
        "trivial: { sample: 0 }\n",
    );
    Stage::with(&Beginning { policy: policy.to_owned(), ..Beginning::default() })
}

/// A draft in which one recommendation must be followed: Sam raised it, and dropped what else must.
fn one_must_fix(stage: &Stage) -> (u64, Thread) {
    let (pull, recommendations) = rested_draft(stage);
    let one = on(&recommendations, "signed link").clone();
    stage.reply("sam", &one, "/threadmodel raise");
    root_says(stage, pull, &one, &["raised this to high"]);
    at_rest(stage, pull);
    (pull, one)
}

#[test]
fn settle_then_adopt_then_approve() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    stage.comment("sam", pull, "/threadmodel settle");
    let body = draft_says(&stage, pull, &["for the author"]);
    assert!(!body.contains("not for action yet"), "it is for the author now: {body}");
    let one = adoptable(&recommendations);
    stage.commit_suggestion("alice", one);
    root_says(&stage, pull, one, &["Adopted", &head(&stage, pull)]);
    stage.closed(pull, "@acme/security");
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    let check = stage.green(pull);
    assert!(check.says("adopted"), "{}", check.words);
    stage.merge("alice", pull).unwrap();
    assert_safe(&stage);
}

#[test]
fn approve_then_adopt_stays_green_and_turns_the_recommendation_adopted() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    stage.approve("sam", pull);
    stage.green(pull);
    let one = adoptable(&recommendations);
    stage.commit_suggestion("alice", one);
    root_says(&stage, pull, one, &["Adopted", &head(&stage, pull)]);
    let check = stage.green(pull);
    assert!(check.says("adopted"), "{}", check.words);
    assert_safe(&stage);
}

#[test]
fn a_suggestion_typed_by_hand_with_a_word_changed_is_no_adoption() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    stage.approve("sam", pull);
    stage.green(pull);
    let one = adoptable(&recommendations);
    let (_, new) = one.root().body.split_once("```suggestion\n").unwrap();
    let (new, _) = new.split_once("\n```").unwrap();
    let typed = format!("{} somehow.", new.trim_end_matches('.'));
    stage.push("alice", "design", &[(PATH, &DOCUMENT.replace(&one.text.clone().unwrap(), &typed))]);
    let check = stage.closed(pull, "@acme/security");
    let last = typed.rsplit(['\n', '.']).nth(1).unwrap().trim();
    assert!(check.says(last), "the difference: {last:?} in {}", check.words);
    assert_safe(&stage);
}

#[test]
fn another_change_shows_just_the_difference_since_the_approval() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.commit_suggestion("alice", adoptable(&recommendations));
    stage.green(pull);
    let text = stage.page(pull).0["files"][0]["patch"]
        .as_str()
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix('+'))
        .map(|line| format!("{line}\n"))
        .collect::<String>();
    stage.push("alice", "design", &[(PATH, &text.replace("on the billing page", "on the account page"))]);
    let check = stage.closed(pull, "on the account page");
    assert!(check.says("sam"), "{}", check.words);
    assert!(!check.says("Exports are deleted"), "just the difference: {}", check.words);
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_risk_is_accepted_by_whom_and_until_when() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    stage.reply("sam", one, "/threadmodel accept-risk the pilot has three customers until 2099-03-31");
    root_says(&stage, pull, one, &["accepted", "sam", "the pilot has three customers"]);
    let body = root_says(&stage, pull, one, &["2099"]);
    assert!(body.contains("31"), "the day: {body}");
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    let check = stage.green(pull);
    assert!(check.says("risk accepted until 2099-03-31"), "{}", check.words);
    assert_safe(&stage);
}

#[test]
fn a_risk_cannot_be_accepted_until_a_day_that_is_over_or_without_a_reason() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    stage.reply("sam", one, "/threadmodel accept-risk the pilot is small until 2020-01-31");
    told(&stage, pull, one, &["day", "over"]);
    stage.reply("sam", one, "/threadmodel accept-risk");
    told(&stage, pull, one, &["reason"]);
    let body = at_rest(&stage, pull).recommendations()[0].root().body.clone();
    assert!(!body.contains("accepted"), "{body}");
    assert_safe(&stage);
}

#[test]
fn only_code_owners_accept_a_risk() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    stage.reply("alice", one, "/threadmodel accept-risk we are in a hurry");
    told(&stage, pull, one, &["acme/security", "accept-risk"]);
    stage.reply("bob", one, "/threadmodel decline we are in a hurry");
    told(&stage, pull, one, &["acme/security", "decline"]);
    assert!(!at_rest(&stage, pull).recommendations()[0].root().body.contains("hurry"));
    assert_safe(&stage);
}

/// Alice declines; it is shown, and waits for an owner.
fn declined(stage: &Stage) -> (u64, Thread) {
    let (pull, recommendations) = rested_draft(stage);
    let one = recommendations[0].clone();
    stage.reply("alice", &one, "/threadmodel decline the mail gateway already strips links");
    root_says(stage, pull, &one, &["eclined", "alice", "the mail gateway already strips links", "once a code owner"]);
    draft_says(stage, pull, &["declined by the author"]);
    at_rest(stage, pull);
    (pull, one)
}

#[test]
fn the_authors_no_counts_once_an_owner_approves_later() {
    let stage = Stage::new();
    let (pull, one) = declined(&stage);
    assert!(!stage.closed(pull, "@acme/security").says("1 declined"), "not yet");
    stage.approve("sam", pull);
    let check = stage.green(pull);
    assert!(check.says("1 declined"), "{}", check.words);
    stage.until(pull, "a thread that waits for nobody", |page| {
        let body = thread(page, one.id).root().body.clone();
        (body.contains("eclined") && !body.contains("once a code owner")).then_some(())
    });
    assert_safe(&stage);
}

#[test]
fn an_owners_agreement_outlives_the_next_push() {
    let stage = Stage::new();
    let (pull, one) = declined(&stage);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.push("alice", "design", &[(PATH, &DOCUMENT.replace("billing page", "account page"))]);
    let check = stage.closed(pull, "changed since");
    assert!(check.says("1 declined"), "{}", check.words);
    let body = thread(&at_rest(&stage, pull), one.id).root().body.clone();
    assert!(!body.contains("once a code owner"), "{body}");
    assert_safe(&stage);
}

#[test]
fn the_authors_no_counts_once_an_owner_types_it_in_that_thread() {
    let stage = Stage::new();
    let (pull, one) = declined(&stage);
    stage.reply("sam", &one, "/threadmodel decline agreed, the gateway does that");
    root_says(&stage, pull, &one, &["eclined", "sam"]);
    at_rest(&stage, pull);
    stage.approve("tess", pull);
    assert!(stage.green(pull).says("declined"));
    assert_safe(&stage);
}

#[test]
fn the_authors_no_does_not_count_with_an_approval_from_before() {
    let stage = required_fixes();
    let (pull, one) = one_must_fix(&stage);
    stage.approve("sam", pull);
    at_rest(&stage, pull);
    stage.reply("alice", &one, "/threadmodel decline the mail gateway already strips links");
    root_says(&stage, pull, &one, &["alice", "the mail gateway already strips links"]);
    stage.closed(pull, "must");
    assert_safe(&stage);
}

#[test]
fn a_recommendation_is_put_off_to_an_issue() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let act = json!({"act": "open_issue", "by": "alice", "repo": REPO, "title": "Make the links personal"});
    let issue = stage.act(act)["number"].as_u64().unwrap();
    stage.reply("sam", &recommendations[0], &format!("/threadmodel defer #{issue}"));
    root_says(&stage, pull, &recommendations[0], &["eferred", "sam", &format!("#{issue}")]);
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    let check = stage.green(pull);
    assert!(check.says("deferred"), "{}", check.words);
    assert_safe(&stage);
}

#[test]
fn nothing_is_put_off_to_an_issue_that_is_not_there() {
    let stage = Stage::new();
    let (pull, recommendations) = rested_draft(&stage);
    let one = &recommendations[0];
    let before = one.root().body.clone();
    stage.reply("sam", one, "/threadmodel defer #4711");
    told(&stage, pull, one, &["no such issue"]);
    stage.reply("tess", one, "/threadmodel defer");
    stage.until(pull, "a second refusal", |page| (said_in(page, one).len() == 2).then_some(()));
    assert_eq!(thread(&at_rest(&stage, pull), one.id).root().body, before);
    assert_safe(&stage);
}

#[test]
fn a_must_fix_that_nobody_followed_keeps_the_check_closed() {
    let stage = required_fixes();
    let (pull, one) = one_must_fix(&stage);
    stage.approve("sam", pull);
    let check = stage.closed(pull, "must");
    assert!(check.says(&number(&one)), "{}", check.words);
    assert!(stage.merge("alice", pull).is_err());
    assert_safe(&stage);
}

#[test]
fn a_must_fix_is_settled_by_accepting_the_risk() {
    let stage = required_fixes();
    let (pull, one) = one_must_fix(&stage);
    stage.reply("sam", &one, "/threadmodel accept-risk the pilot has three customers until 2099-03-31");
    root_says(&stage, pull, &one, &["accepted", "sam"]);
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_must_fix_is_settled_by_its_suggestion_byte_for_byte() {
    let stage = required_fixes();
    let (pull, one) = one_must_fix(&stage);
    stage.approve("sam", pull);
    stage.closed(pull, &number(&one));
    at_rest(&stage, pull);
    stage.commit_suggestion("alice", &one);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_must_fix_is_settled_by_an_approval_newer_than_the_change() {
    let stage = required_fixes();
    let (pull, _) = one_must_fix(&stage);
    stage.approve("sam", pull);
    stage.closed(pull, "must");
    let own = DOCUMENT.replace("which they get by mail.", "which they get by mail; it asks them to sign in first.");
    stage.push("alice", "design", &[(PATH, &own)]);
    stage.closed(pull, "@acme/security");
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn the_author_cannot_put_a_must_fix_away() {
    let stage = required_fixes();
    let (pull, one) = one_must_fix(&stage);
    for verb in ["accept-risk it is fine", "drop it is fine", "lower"] {
        stage.reply("alice", &one, &format!("/threadmodel {verb}"));
        told(&stage, pull, &one, &["acme/security", verb.split(' ').next().unwrap()]);
    }
    stage.act(json!({"act": "resolve_thread", "by": "alice", "thread": one.id}));
    at_rest(&stage, pull);
    stage.approve("sam", pull);
    stage.closed(pull, "must");
    assert_safe(&stage);
}
