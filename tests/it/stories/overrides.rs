//! Letting a pull request through without approval.

use serde_json::json;

use super::{DOCUMENT, PATH, assert_safe, reworded};
use crate::stage::Stage;

#[test]
fn an_override_with_the_digest_of_the_check_lets_through_until_its_comment_changes() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let digest = stage.quiet(pull).check(crate::stage::CHECK).unwrap().digest().expect("the line to paste");
    let comment = stage.comment("sam", pull, &format!("/threadmodel override {digest} incident 4711"));
    let check = stage.green(pull);
    assert!(check.says("Overridden") && check.says("sam") && check.says("incident 4711"), "{}", check.words);
    let edited = format!("/threadmodel override {digest} incident 4712");
    stage.act(json!({"act": "edit_comment", "by": "sam", "comment": comment, "body": edited}));
    stage.closed(pull, "@acme/security");
    assert!(stage.merge("alice", pull).is_err());
    assert_safe(&stage);
}

#[test]
fn an_override_ends_when_its_comment_is_gone() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let digest = stage.quiet(pull).check(crate::stage::CHECK).unwrap().digest().expect("the line to paste");
    let comment = stage.comment("tess", pull, &format!("/threadmodel override {digest} incident 4711"));
    stage.green(pull);
    stage.act(json!({"act": "delete_comment", "by": "tess", "comment": comment}));
    stage.closed(pull, "@acme/security");
    assert_safe(&stage);
}

#[test]
fn only_members_of_the_teams_override_and_never_the_author() {
    let stage = Stage::new();
    stage
        .act(json!({"act": "set_team_member", "by": "root", "team": "acme/security", "user": "alice", "member": true}));
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let digest = stage.quiet(pull).check(crate::stage::CHECK).unwrap().digest().expect("the line to paste");
    for who in ["bob", "alice"] {
        let before = stage.page(pull).by_the_app().len();
        stage.comment(who, pull, &format!("/threadmodel override {digest} please"));
        stage.until(pull, &format!("a refusal for {who}"), |page| {
            page.by_the_app().get(before..)?.iter().any(|said| said.body.contains("override")).then_some(())
        });
        assert!(!stage.quiet(pull).check(crate::stage::CHECK).unwrap().is_green(), "{who} overrode");
    }
    assert_safe(&stage);
}

#[test]
fn the_digest_of_an_earlier_document_is_refused_with_the_current_one() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let old = stage.quiet(pull).check(crate::stage::CHECK).unwrap().digest().expect("the line to paste");
    stage.push("alice", "design", &[(PATH, &reworded())]);
    let new = stage
        .until(pull, "a new digest", |page| page.check(crate::stage::CHECK)?.digest().filter(|digest| *digest != old));
    stage.comment("sam", pull, &format!("/threadmodel override {old} incident 4711"));
    stage.until(pull, "the current digest", |page| {
        page.by_the_app().iter().any(|said| said.body.contains(&new) && said.body.contains(&old)).then_some(())
    });
    assert!(!stage.quiet(pull).check(crate::stage::CHECK).unwrap().is_green());
    stage.comment("sam", pull, &format!("/threadmodel override {new} incident 4711"));
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_push_to_a_document_ends_an_override() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let digest = stage.quiet(pull).check(crate::stage::CHECK).unwrap().digest().expect("the line to paste");
    stage.comment("sam", pull, &format!("/threadmodel override {digest} incident 4711"));
    stage.green(pull);
    stage.push("alice", "design", &[(PATH, &reworded())]);
    stage.closed(pull, "@acme/security");
    assert_safe(&stage);
}
