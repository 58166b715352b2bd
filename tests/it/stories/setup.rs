//! What the repository's owners set up, and what they forgot.

use serde_json::json;

use super::acts::a_moment_later;
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

/// Root installs the App for the whole organisation, or for some repositories.
fn install(stage: &Stage, repositories: Option<&[&str]>) -> u64 {
    let mut sandbox = stage.shared().lock();
    let world = sandbox.world_mut();
    let (root, acme) = (world.account("root").unwrap(), world.account("acme").unwrap());
    let app = world.state().apps.values().next().unwrap().id;
    let chosen = repositories.map(|names| names.iter().map(|name| world.repo(name).unwrap()).collect());
    let installation = world.install(root, app, acme, chosen).unwrap();
    sandbox.collect();
    installation
}

/// Neither asked nor commented on, and closed, until somebody says `start`.
fn left_alone_until_start(stage: &Stage, pull: u64) {
    stage.closed(pull, "/threadmodel start");
    assert_eq!(stage.quiet(pull).posts().len(), 0, "installing is quiet");
    assert!(stage.merge("alice", pull).is_err());
    stage.comment("alice", pull, "/threadmodel start");
    stage.questions(pull);
}

#[test]
fn a_pull_request_from_before_the_installation_is_left_alone_until_start() {
    let stage = Stage::with(&Beginning { installed: false, ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    a_moment_later();
    install(&stage, None);
    left_alone_until_start(&stage, pull);
    assert_safe(&stage);
}

#[test]
fn a_pull_request_from_before_its_repository_was_added_is_left_alone_until_start() {
    let stage = Stage::with(&Beginning { installed: false, ..Beginning::default() });
    let installation = install(&stage, Some(&[]));
    a_moment_later();
    let pull = stage.propose(PATH, DOCUMENT);
    a_moment_later();
    stage.act(json!({"act": "change_installation", "by": "root", "installation": installation, "repos": [REPO]}));
    left_alone_until_start(&stage, pull);
    // One that is opened afterwards is like any other.
    a_moment_later();
    stage.push("alice", "second", &[("docs/second.md", DOCUMENT)]);
    let second = stage.open("alice", "second", "main");
    stage.questions(second);
    assert_safe(&stage);
}

#[test]
fn what_happened_while_the_app_was_away_is_found_when_it_is_back() {
    let mut stage = Stage::new();
    let known = stage.propose(PATH, DOCUMENT);
    stage.drafted(known);
    stage.quiet(known);
    stage.kill();
    // Nobody hears of this, and GitHub sends nothing twice.
    stage.approve("tess", known);
    stage.push("alice", "second", &[("docs/second.md", DOCUMENT)]);
    let unknown = stage.open("alice", "second", "main");
    stage.delivered();
    stage.start();
    stage.green(known);
    stage.questions(unknown);
    assert_safe(&stage);
}

#[test]
fn a_lost_delivery_costs_one_sweep() {
    let mut stage = Stage::without_app(&Beginning::default(), threadmodel::sandbox::Hostility::none());
    stage.set("ENGINE__SWEEP_SECONDS", "10");
    stage.start();
    stage.shared().lock().hostility.drop_deliveries = 1_000;
    // The sweep of the start may be under way; this comes after it.
    a_moment_later();
    let pull = stage.propose(PATH, DOCUMENT);
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

#[test]
fn a_methodology_of_ones_own_is_read_from_the_base() {
    let policy = "documents: [\"docs/**/*.md\"]\nmethodology: docs/our-way.toml\n".to_owned();
    let stage = Stage::with(&Beginning { policy, ..Beginning::default() });
    let pull = stage.propose(PATH, DOCUMENT);
    let check = stage.closed(pull, "our-way.toml");
    assert!(check.says("is not there"), "{}", check.words);
    let house =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/prompts/methodologies/house.toml")).unwrap();
    let broken = house.replace("version = 1", "verison = 1");
    stage.push("root", "main", &[("docs/our-way.toml", &broken)]);
    let check = stage.closed(pull, "line 3");
    assert!(check.says("verison"), "{}", check.words);
    let ours = house.replace("id = \"house\"", "id = \"ours\"").replace("\"Changes\"", "\"What we would do\"");
    stage.push("root", "main", &[("docs/our-way.toml", &ours)]);
    stage.questions(pull);
    stage.comment("alice", pull, "/threadmodel draft");
    let draft = stage.until(pull, "a draft", crate::stage::Page::draft);
    assert!(draft.body.contains("### What we would do") && draft.body.contains("· ours ·"), "{}", draft.body);
    assert_safe(&stage);
}
