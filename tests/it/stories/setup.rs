//! What the repository's owners set up, and what they forgot.

use serde_json::json;

use super::{DOCUMENT, PATH, assert_safe};
use crate::stage::{Beginning, CHECK, REPO, Stage};

#[test]
fn a_broken_policy_closes_the_gate_and_names_line_and_column() {
    let policy = "documents: [\"docs/**/*.md\"]\nmetodology: stride\n".to_owned();
    let stage = Stage::with(&Beginning { policy, ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    let check = stage.closed(pull, "line 2");
    assert!(check.says("column") && check.says("metodology") && check.says("methodology"), "{}", check.words);
    assert_eq!(stage.quiet(pull).posts().len(), 0);
    stage.push("root", "main", &[(".github/threadmodel.yml", "documents: [\"docs/**/*.md\"]\nmethodology: stride\n")]);
    stage.questions(pull);
    assert_safe(&stage);
}

#[test]
fn without_codeowners_the_check_stays_closed_and_says_why() {
    let policy = "documents: [\"docs/**/*.md\"]\napproval: { required: 1 }\n".to_owned();
    let stage = Stage::with(&Beginning { owners: None, policy, ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    stage.until(pull, "questions", |page| (!page.questions().is_empty()).then_some(()));
    stage.comment("alice", pull, "/threadmodel draft");
    stage.until(pull, "a draft", crate::stage::Page::draft);
    stage.closed(pull, "CODEOWNERS");
    stage.approve("sam", pull);
    stage.quiet(pull);
    stage.closed(pull, "CODEOWNERS");
    assert_safe(&stage);
}

#[test]
#[ignore = "fails: `installation` created wakes no open pull request, so no check says \"not started\""]
fn a_pull_request_from_before_the_installation_is_left_alone_until_start() {
    let stage = Stage::with(&Beginning { installed: false, ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    {
        let mut sandbox = stage.shared().lock();
        let world = sandbox.world_mut();
        let (root, acme) = (world.account("root").unwrap(), world.account("acme").unwrap());
        let app = world.state().apps.values().next().unwrap().id;
        world.install(root, app, acme, None).unwrap();
        sandbox.collect();
    }
    stage.closed(pull, "/threadmodel start");
    assert_eq!(stage.quiet(pull).posts().len(), 0, "installing is quiet");
    assert!(stage.merge("alice", pull).is_err());
    stage.comment("alice", pull, "/threadmodel start");
    stage.questions(pull);
    assert_safe(&stage);
}

#[test]
fn a_draft_pull_request_is_not_questioned_until_it_is_ready() {
    let stage = Stage::new();
    stage.push("alice", "design", &[(PATH, DOCUMENT)]);
    let act = json!({"act": "open_pull", "by": "alice", "repo": REPO, "title": "Early", "base": "main", "head": "design", "draft": true});
    let pull = stage.act(act)["number"].as_u64().unwrap();
    stage.until(pull, "a check", |page| page.check(CHECK));
    let page = stage.quiet(pull);
    assert_eq!(page.posts().len(), 0);
    assert!(!page.check(CHECK).unwrap().is_green());
    stage.act(json!({"act": "ready", "by": "alice", "repo": REPO, "pull": pull}));
    stage.questions(pull);
    assert_safe(&stage);
}

#[test]
fn each_document_needs_its_own_owner() {
    let stage = Stage::new();
    let second =
        "# Retention\n\nInvoices are kept for ten years in `billing-db`.\nCustomers may ask for deletion by mail.\n";
    stage.push("alice", "design", &[(PATH, DOCUMENT), ("docs/privacy/retention.md", second)]);
    let pull = stage.open("alice", "design", "main");
    stage.drafted(pull);
    stage.approve("sam", pull);
    let check = stage.closed(pull, "@acme/privacy");
    assert!(check.says("docs/privacy/retention.md"), "{}", check.words);
    stage.quiet(pull);
    stage.approve("pia", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn a_policy_that_only_advises_is_green_and_tells_the_truth() {
    let policy = "documents: [\"docs/**/*.md\"]\nmode: advise\n".to_owned();
    let stage = Stage::with(&Beginning { policy, ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    stage.green(pull);
    let page = stage.quiet(pull);
    assert_eq!(page.threads().len(), 0, "no threads, so that no rule about conversations can block");
    assert!(page.check(CHECK).unwrap().is_green());
    assert_safe(&stage);
}

#[test]
fn closing_and_reopening_loses_nothing() {
    let stage = Stage::new();
    let pull = stage.propose(PATH, DOCUMENT);
    let questions = stage.questions(pull);
    stage.quiet(pull);
    stage.act(json!({"act": "close", "by": "alice", "repo": REPO, "pull": pull}));
    stage.quiet(pull);
    stage.act(json!({"act": "reopen", "by": "alice", "repo": REPO, "pull": pull}));
    let page = stage.quiet(pull);
    assert_eq!(page.questions().len(), questions.len(), "nothing is asked twice");
    stage.drafted(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}
