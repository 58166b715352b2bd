//! Gates that are right: what the oracle must let pass.

use threadmodel::sandbox::reviews::ReviewEvent::{Comment, RequestChanges};

use super::script::{APP, DATA, EXPORT, EXPORT_TEXT};
use super::wrong_gates::{Case, changed, violations};

const RIGHT: [Case; 20] = [
    ("approved after the draft", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("approved, then commented", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.later(5);
        s.review("sam", pull, Comment);
        s.green(pull);
    }),
    ("an outsider's objection and approval change nothing", |s| {
        let pull = s.drafted();
        s.review("bob", pull, RequestChanges);
        s.approve("pia", pull);
        s.approve("tess", pull);
        s.green(pull);
    }),
    ("objection withdrawn by its author", |s| {
        let pull = s.drafted();
        s.review("sam", pull, RequestChanges);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("objection dismissed by another owner", |s| {
        let pull = s.drafted();
        let review = s.review("sam", pull, RequestChanges);
        s.later(5);
        s.world.dismiss_review(s.id("tess"), review, "We spoke").unwrap();
        s.approve("tess", pull);
        s.green(pull);
    }),
    ("a suggestion committed after approval", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.later(5);
        let first = s.recommendations(pull)[0];
        s.world.commit_suggestion(s.id("alice"), first).unwrap();
        s.green(pull);
    }),
    ("both suggestions committed by the approver, after approval", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.later(5);
        let all = s.recommendations(pull);
        s.world.commit_suggestions(s.id("sam"), &all).unwrap();
        s.green(pull);
    }),
    ("approved again after another sentence changed", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.push("alice", "export", &[(EXPORT, Some(&changed()))]);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("a push that leaves the documents alone", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.push("alice", "export", &[("README.md", Some("More.\n"))]);
        s.green(pull);
    }),
    ("the approver merged the base into the branch", |s| {
        s.push("alice", "export", &[(EXPORT, Some(EXPORT_TEXT))]);
        s.push("root", "main", &[("README.md", Some("News.\n")), (DATA, Some("# Data\n\nNew rules.\n"))]);
        let merge = threadmodel::sandbox::repos::Push {
            branch: "export".to_owned(),
            message: "Merge main".to_owned(),
            merge: Some("main".to_owned()),
            ..Default::default()
        };
        s.world.push(s.id("sam"), s.repo(), &merge).unwrap();
        let pull = s.open("alice", "export", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("each document by its owner", |s| {
        s.push(
            "alice",
            "export",
            &[(EXPORT, Some(EXPORT_TEXT)), (DATA, Some("# Data\n\nInvoices are kept for ever.\n"))],
        );
        let pull = s.open("alice", "export", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.approve("pia", pull);
        s.green(pull);
    }),
    ("the draft restored, then approved", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        let words = s.world.state().comments[&first].body.clone();
        s.world.edit_comment(s.id("bob"), first, "Never mind.").unwrap();
        s.later(5);
        s.world.edit_comment(s.id(APP), first, &words).unwrap();
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("status edits of the draft void nothing", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        s.approve("sam", pull);
        s.later(5);
        let words = s.world.state().comments[&first].body.clone();
        s.world.edit_comment(s.id(APP), first, &format!("{words}\n✓ Kept by sam")).unwrap();
        s.green(pull);
    }),
    ("overridden with the digest that was shown", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.later(5);
        s.comment("sam", pull, "/threadmodel override aaaa1111 incident 7");
        s.green(pull);
    }),
    ("no design document", |s| {
        s.push("alice", "readme", &[("README.md", Some("Better.\n"))]);
        let pull = s.open("alice", "readme", "main");
        s.green(pull);
    }),
    ("white space only", |s| {
        s.push("root", "main", &[(EXPORT, Some(EXPORT_TEXT))]);
        s.push("alice", "export", &[(EXPORT, Some(&EXPORT_TEXT.replace("\n\nThe", "\n\n\nThe")))]);
        let pull = s.open("alice", "export", "main");
        s.green(pull);
    }),
    ("a policy that only advises", |s| {
        s.push("root", "main", &[(".github/threadmodel.yml", Some("documents: [\"design/*.md\"]\nmode: advise\n"))]);
        let pull = s.proposal();
        s.green(pull);
    }),
    ("both pull requests on the commit are approved", |s| {
        let pull = s.drafted();
        let head = s.head(pull);
        s.world.set_ref(s.id("alice"), s.repo(), "twin", &head).unwrap();
        let twin = s.open("alice", "twin", "main");
        s.draft(twin);
        s.later(5);
        s.approve("sam", pull);
        s.approve("sam", twin);
        s.green(pull);
    }),
    ("the other pull request on the commit has another base, so another check", |s| {
        let pull = s.drafted();
        let head = s.head(pull);
        s.world.set_ref(s.id("alice"), s.repo(), "twin", &head).unwrap();
        s.open("alice", "twin", "lax");
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("a document without an owner belongs to the fallback", |s| {
        s.push("root", "main", &[(".github/CODEOWNERS", Some("/design/ @acme/ghosts\n"))]);
        let pull = s.drafted();
        s.approve("sam", pull);
        s.green(pull);
    }),
];

#[test]
fn the_oracle_lets_every_right_gate_pass() {
    let blamed: Vec<_> =
        RIGHT.iter().map(|(name, act)| (name, violations(*act))).filter(|(_, found)| !found.is_empty()).collect();
    assert!(blamed.is_empty(), "blamed: {blamed:#?}");
}
