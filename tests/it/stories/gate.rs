//! The way to the merge, and what keeps it shut.

use serde_json::json;

use super::{DOCUMENT, PATH, assert_safe, reworded};
use crate::stage::{Beginning, REPO, Stage};

#[test]
fn a_design_goes_from_questions_to_a_merge() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    stage.closed(pull, "question");
    assert!(stage.merge("alice", pull).is_err(), "the check is required");
    for question in &questions {
        stage.reply("alice", question, "Not decided yet.");
    }
    let draft = stage.drafted(pull);
    assert!(draft.body.contains("not for action yet"), "{}", draft.body);
    assert!(draft.body.contains("@acme/security"), "{}", draft.body);
    assert!(stage.merge("alice", pull).is_err(), "a draft is no approval");
    stage.approve("sam", pull);
    let check = stage.green(pull);
    assert!(check.says("sam"), "{}", check.words);
    stage.merge("alice", pull).unwrap();
    assert_eq!(stage.page(pull).state(), "merged");
    assert_safe(&stage);
}

#[test]
fn a_document_without_security_relevance_still_waits_for_its_owner() {
    let stage = Stage::new();
    let text = "# Tone of our release notes\n\nWe write release notes in the present tense.\nHeadlines have at most sixty characters.\n";
    let pull = stage.propose("docs/release-notes.md", text);
    let draft = stage.draft(pull);
    assert_eq!(stage.page(pull).questions().len(), 0);
    assert_eq!(draft.recommendations.len(), 0);
    let lines = draft.body.lines().filter(|line| !line.trim().is_empty() && !line.contains("<!--")).count();
    assert!(lines <= 4, "a draft of two lines under its heading: {}", draft.body);
    stage.quiet(pull);
    stage.closed(pull, "@acme/security");
    stage.approve("tess", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn white_space_alone_is_green_at_once() {
    let beginning = Beginning { files: vec![(PATH.to_owned(), DOCUMENT.to_owned())], ..Beginning::default() };
    let stage = Stage::with(&beginning);
    let pull = stage.propose(PATH, &DOCUMENT.replace("\n\nExports", "\n\n\nExports"));
    stage.green(pull);
    let page = stage.quiet(pull);
    assert_eq!(page.posts().len(), 0, "nothing is said about it");
    assert_safe(&stage);
}

#[test]
fn a_change_without_design_documents_is_green_at_once() {
    let stage = Stage::new();
    let pull = stage.propose("README.md", "A better API.\n");
    stage.green(pull);
    assert_eq!(stage.quiet(pull).posts().len(), 0);
    assert_safe(&stage);
}

#[test]
fn a_suggestion_committed_after_approval_stays_green() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let draft = stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.commit_suggestion("alice", draft.suggestion());
    stage.green(pull);
    stage.quiet(pull);
    stage.green(pull);
    stage.merge("alice", pull).unwrap();
    assert_safe(&stage);
}

#[test]
fn another_sentence_changed_turns_red_and_one_approval_turns_it_green() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.push("alice", "design", &[(PATH, &reworded())]);
    stage.closed(pull, "@acme/security");
    assert!(stage.merge("alice", pull).is_err());
    stage.quiet(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_push_that_leaves_the_documents_alone_stays_green() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.push("alice", "design", &[("README.md", "A better API.\n")]);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn an_author_who_owns_the_document_does_not_count() {
    let stage = Stage::new();
    stage
        .act(json!({"act": "set_team_member", "by": "root", "team": "acme/security", "user": "alice", "member": true}));
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    let refused = stage.try_review("alice", pull, "APPROVE");
    assert!(refused.is_err_and(|why| why.contains("your own")), "GitHub refuses it");
    stage.quiet(pull);
    stage.closed(pull, "@acme/security");
    assert_safe(&stage);
}

#[test]
fn somebody_who_wrote_a_part_of_the_document_does_not_count() {
    let stage = Stage::new();
    stage.push("sam", "design", &[(PATH, &reworded())]);
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.quiet(pull);
    stage.closed(pull, "sam");
    stage.approve("tess", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn an_approval_before_the_draft_is_named_and_asked_for_again() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.questions(pull);
    stage.approve("sam", pull);
    stage.drafted(pull);
    let check = stage.closed(pull, "before the draft");
    assert!(check.says("sam"), "{}", check.words);
    stage.until(pull, "sam is asked again", |page| {
        page.0["requested_reviewers"].as_array()?.iter().any(|login| login == "sam").then_some(())
    });
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn an_objection_blocks_until_it_is_withdrawn() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    let objection = stage.try_review("tess", pull, "REQUEST_CHANGES").unwrap();
    stage.closed(pull, "tess");
    // GitHub lets the author dismiss it; that lifts nothing.
    stage.act(json!({"act": "dismiss_review", "by": "alice", "review": objection, "message": "Done"}));
    stage.quiet(pull);
    stage.closed(pull, "tess");
    stage.approve("tess", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_draft_altered_by_a_person_voids_the_approval_and_is_restored() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let draft = stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.act(json!({"act": "edit_review", "by": "bob", "review": draft.review, "body": "Nothing to see here."}));
    stage.until(pull, "the app's own words back", |page| {
        page.posts().iter().any(|said| said.id == draft.review && said.body.contains("threat model")).then_some(())
    });
    assert!(!stage.quiet(pull).draft().unwrap().body.contains("Nothing to see"));
    stage.closed(pull, "@acme/security");
    assert!(stage.merge("alice", pull).is_err(), "the approval is void");
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn retargeting_to_a_base_with_other_owners_closes_the_gate() {
    let stage = Stage::new();
    let lax = "documents: [\"docs/**/*.md\"]\napproval: { required: 1 }\n";
    stage.push("root", "lax", &[(".github/CODEOWNERS", "* @bob\n"), (".github/threadmodel.yml", lax)]);
    stage.act(json!({"act": "push", "by": "alice", "repo": REPO, "branch": "design", "onto": "lax", "message": "Design", "edits": [{"path": PATH, "text": DOCUMENT}]}));
    let pull = stage.open("alice", "design", "lax");
    stage.until(pull, "a check for lax", |page| page.check("threadmodel: lax").filter(crate::stage::Check::is_closed));
    stage.comment("alice", pull, "/threadmodel draft");
    stage.until(pull, "a draft", crate::stage::Page::draft);
    stage.quiet(pull);
    stage.approve("bob", pull);
    stage.until(pull, "green on lax", |page| page.check("threadmodel: lax").filter(crate::stage::Check::is_green));
    stage.act(json!({"act": "retarget", "by": "alice", "repo": REPO, "pull": pull, "base": "main"}));
    stage.closed(pull, "@acme/security");
    assert!(stage.merge("alice", pull).is_err());
    assert_safe(&stage);
}

#[test]
fn two_pull_requests_on_one_commit_both_need_their_approval() {
    let stage = Stage::new();
    let first = stage.propose(PATH, DOCUMENT);
    stage.act(json!({"act": "set_ref", "by": "bob", "repo": REPO, "branch": "twin", "to": "design"}));
    let second = stage.open("bob", "twin", "main");
    stage.drafted(first);
    stage.comment("bob", second, "/threadmodel draft");
    stage.until(second, "a draft", crate::stage::Page::draft);
    stage.quiet(second);
    stage.approve("sam", first);
    stage.quiet(first);
    assert!(!stage.page(first).check(crate::stage::CHECK).unwrap().is_green(), "the other one is not approved");
    stage.approve("sam", second);
    stage.green(first);
    stage.green(second);
    assert_safe(&stage);
}
