//! When it keeps silent, and what it says to whom.

use serde_json::json;

use super::acts::{asked, at_rest, command, noted, on, posts, public, stranger};
use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{CHECK, REPO, Stage};

#[test]
fn paused_it_says_nothing_and_the_check_stays_closed_until_resumed() {
    let stage = Stage::new();
    let (pull, questions) = asked(&stage);
    stage.comment("bob", pull, "/threadmodel pause");
    stage.closed(pull, "paused");
    at_rest(&stage, pull);
    let before = posts(&stage);
    stage.reply("alice", on(&questions, "Support staff"), "b");
    stage.reply("alice", on(&questions, "signed link"), "Why does that matter?");
    stage.comment("alice", pull, "/threadmodel draft");
    stage.push("alice", "design", &[(PATH, &DOCUMENT.replace("billing page", "account page"))]);
    let page = at_rest(&stage, pull);
    assert_eq!(posts(&stage), before, "silence");
    assert!(page.draft().is_none());
    assert!(!super::acts::thread(&page, on(&questions, "Support staff").id).root().body.contains("Noted"));
    stage.closed(pull, "paused");
    stage.approve("sam", pull);
    at_rest(&stage, pull);
    stage.closed(pull, "paused");
    stage.comment("alice", pull, "/threadmodel resume");
    noted(&stage, pull, on(&questions, "Support staff"), "alice", "ordinary logs");
    assert_safe(&stage);
}

#[test]
fn only_people_with_write_access_pause() {
    let stage = Stage::new();
    public(&stage);
    stranger(&stage, "olaf");
    let (pull, _) = asked(&stage);
    let refusal = command(&stage, "olaf", pull, "pause");
    assert!(refusal.contains("write"), "the reason: {refusal}");
    assert!(!at_rest(&stage, pull).check(CHECK).unwrap().says("paused"));
    assert_safe(&stage);
}

#[test]
fn a_public_repository_is_told_that_answers_are_public() {
    let stage = Stage::new();
    public(&stage);
    let (pull, _) = asked(&stage);
    let first = stage.page(pull).by_the_app().remove(0).body;
    assert!(first.contains("public"), "{first}");
    assert_safe(&stage);
}

#[test]
fn a_private_repository_is_not_told_so() {
    let stage = Stage::new();
    let (pull, _) = asked(&stage);
    let first = stage.page(pull).by_the_app().remove(0).body;
    assert!(!first.contains("public"), "{first}");
    assert_safe(&stage);
}

#[test]
fn on_a_public_repository_no_threat_story_is_on_the_page() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let told = "nobody could say who it was";
    stage.drafted(pull);
    assert!(
        at_rest(&stage, pull).posts().iter().any(|said| said.body.contains(told)),
        "the story, where it is private"
    );
    stage.act(json!({"act": "close", "by": "alice", "repo": REPO, "pull": pull}));
    public(&stage);
    stage.push("alice", "second", &[("docs/second.md", DOCUMENT)]);
    let pull = stage.open("alice", "second", "main");
    stage.drafted(pull);
    let page = at_rest(&stage, pull);
    assert!(page.posts().iter().all(|said| !said.body.contains(told) && !said.body.contains("What can go wrong")));
    assert!(!page.check(CHECK).unwrap().says(told));
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_draft_pull_request_is_questioned_when_somebody_says_start() {
    let stage = Stage::new();
    stage.push("alice", "design", &[(PATH, DOCUMENT)]);
    let act = json!({"act": "open_pull", "by": "alice", "repo": REPO, "title": "Early", "base": "main", "head": "design", "draft": true});
    let pull = stage.act(act)["number"].as_u64().unwrap();
    stage.closed(pull, "/threadmodel start");
    assert_eq!(posts(&stage), 0);
    stage.comment("alice", pull, "/threadmodel start");
    stage.questions(pull);
    assert_safe(&stage);
}

#[test]
fn an_author_who_is_the_only_code_owner_is_told_at_once() {
    let stage = Stage::with(&crate::stage::Beginning {
        policy: "documents: [\"docs/**/*.md\"]\n".to_owned(),
        owners: Some("/docs/ @alice\n".to_owned()),
        ..Default::default()
    });
    let (pull, _) = asked(&stage);
    let check = stage.closed(pull, "alice");
    assert!(check.says("only") && check.says("author"), "{}", check.words);
    assert_safe(&stage);
}

#[test]
fn help_lists_the_verbs_and_says_that_approving_is_no_comment() {
    let stage = Stage::new();
    let (pull, _) = asked(&stage);
    let help = command(&stage, "bob", pull, "help");
    for verb in [
        "status",
        "facts",
        "draft",
        "ask",
        "waive",
        "keep",
        "drop",
        "edit",
        "raise",
        "lower",
        "merge",
        "split",
        "add",
        "settle",
        "challenge",
        "accept-risk",
        "decline",
        "defer",
        "override",
        "pause",
        "resume",
    ] {
        assert!(help.contains(&format!("`{verb}")), "{verb}: {help}");
    }
    let unknown = command(&stage, "bob", pull, "aprove");
    assert!(unknown.contains("aprove") && unknown.contains("help"), "{unknown}");
    assert_safe(&stage);
}

/// Olaf, whom the organisation does not know, proposes a document from his fork of the public repository.
pub(super) fn proposed_from_outside(stage: &Stage) -> u64 {
    public(stage);
    stranger(stage, "olaf");
    stage.act(json!({"act": "fork", "by": "olaf", "repo": REPO}));
    let edits = json!([{"path": PATH, "text": DOCUMENT}]);
    let push = json!({"act": "push", "by": "olaf", "repo": "olaf/api", "branch": "design", "message": "Design", "edits": edits});
    stage.act(push);
    let act = json!({"act": "open_pull", "by": "olaf", "repo": REPO, "title": "A design", "base": "main", "head": "design", "head_repo": "olaf/api"});
    stage.act(act)["number"].as_u64().unwrap()
}

#[test]
fn an_outsiders_pull_request_waits_until_somebody_with_write_access_says_start() {
    let stage = Stage::new();
    let pull = proposed_from_outside(&stage);
    let check = stage.closed(pull, "/threadmodel start");
    assert!(check.says("olaf"), "{}", check.words);
    at_rest(&stage, pull);
    assert_eq!(posts(&stage), 0);
    let refusal = command(&stage, "olaf", pull, "start");
    assert!(refusal.contains("write"), "{refusal}");
    at_rest(&stage, pull);
    assert!(stage.page(pull).questions().is_empty());
    stage.comment("bob", pull, "/threadmodel start");
    stage.questions(pull);
    assert_safe(&stage);
}

#[test]
fn a_repository_may_let_the_built_in_analyst_ask_outsiders() {
    let policy = format!("{}outsiders: built-in\n", crate::stage::Beginning::default().policy);
    let stage = Stage::with(&crate::stage::Beginning { policy, ..Default::default() });
    let pull = proposed_from_outside(&stage);
    stage.questions(pull);
    assert_safe(&stage);
}
