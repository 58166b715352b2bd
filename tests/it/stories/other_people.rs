//! People come and go.

use serde_json::json;

use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::Stage;

#[test]
fn an_approver_who_leaves_the_team_takes_the_approval_along() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.act(json!({"act": "set_team_member", "by": "root", "team": "acme/security", "user": "sam", "member": false}));
    stage.closed(pull, "@acme/security");
    assert!(stage.merge("alice", pull).is_err());
    // An approval between the App's look and its edit of the draft would be asked for again.
    stage.quiet(pull);
    stage.approve("tess", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn new_owners_on_the_base_are_the_owners() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.push("root", "main", &[(".github/CODEOWNERS", "/docs/ @acme/privacy\n")]);
    stage.closed(pull, "@acme/privacy");
    stage.quiet(pull);
    stage.approve("pia", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn owners_that_a_pull_request_gives_itself_are_none() {
    let stage = Stage::new();
    stage.push("alice", "design", &[(PATH, DOCUMENT), (".github/CODEOWNERS", "* @bob\n")]);
    let pull = stage.open("alice", "design", "main");
    stage.drafted(pull);
    stage.approve("bob", pull);
    stage.quiet(pull);
    stage.closed(pull, "@acme/security");
    assert_safe(&stage);
}

#[test]
fn a_dismissed_approval_counts_no_more() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let review = stage.approve("sam", pull);
    stage.green(pull);
    stage.act(json!({"act": "dismiss_review", "by": "tess", "review": review, "message": "Not yet"}));
    stage.closed(pull, "@acme/security");
    assert_safe(&stage);
}
