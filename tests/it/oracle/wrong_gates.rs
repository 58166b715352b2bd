//! The oracle's own test: gates that are wrong in one way each, which it must find, and right ones, which it must let pass.

use threadmodel::sandbox::reviews::ReviewEvent::{Approve, Comment, RequestChanges};

use super::facts::Replay;
use super::flaws::Flaw;
use super::script::{APP, DATA, EXPORT, EXPORT_TEXT, SUGGESTIONS, Script};
use super::{ground_now, judge};

/// What happens up to the app's success, and what is said about it.
pub(super) type Case = (&'static str, fn(&mut Script));

pub(super) fn changed() -> String {
    EXPORT_TEXT.replace("after a day", "after a year")
}

fn adopted() -> String {
    EXPORT_TEXT.replace("Customers download the file through a signed link.", SUGGESTIONS[0].1)
}

const WRONG: [Case; 49] = [
    ("nobody approved", |s| {
        let pull = s.drafted();
        s.green(pull);
    }),
    ("a comment is no approval", |s| {
        let pull = s.drafted();
        s.review("sam", pull, Comment);
        s.green(pull);
    }),
    ("the author's own approval", |s| {
        let pull = s.drafted();
        s.world.set_team_member(s.id("root"), s.world.team("acme/security").unwrap(), s.id("alice"), true).unwrap();
        s.approve_by_hand("alice", pull);
        s.green(pull);
    }),
    ("approval before the draft", |s| {
        let pull = s.proposal();
        s.approve("sam", pull);
        s.later(60);
        s.draft(pull);
        s.green(pull);
    }),
    ("approval without any draft", |s| {
        let pull = s.proposal();
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("approval in the very second of the draft", |s| {
        let pull = s.proposal();
        s.later(60);
        s.draft(pull);
        s.world.set_now(s.world.now() + 900);
        s.approve("sam", pull);
        s.later(5);
        s.green(pull);
    }),
    ("approval of a commit with other content", |s| {
        let pull = s.drafted();
        let first = s.head(pull);
        s.push("alice", "export", &[(EXPORT, Some(&changed()))]);
        s.later(5);
        s.review_of("sam", pull, Approve, Some(&first));
        s.green(pull);
    }),
    ("a sentence changed after approval", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.push("alice", "export", &[(EXPORT, Some(&changed()))]);
        s.green(pull);
    }),
    ("a suggestion applied after approval, not byte for byte", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.push("alice", "export", &[(EXPORT, Some(&adopted().replace("sign in", "log in")))]);
        s.green(pull);
    }),
    ("a dropped suggestion applied after approval", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        s.reply("sam", first, "/threadmodel drop we never do that");
        s.later(5);
        s.approve("sam", pull);
        s.push("alice", "export", &[(EXPORT, Some(&adopted()))]);
        s.green(pull);
    }),
    ("somebody else's suggestion applied after approval", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        s.world.edit_comment(s.id("bob"), first, "```suggestion\nAnyone may download.\n```").unwrap();
        s.world.edit_comment(s.id(APP), first, "**R0**").unwrap();
        s.later(5);
        s.approve("sam", pull);
        s.push(
            "alice",
            "export",
            &[(
                EXPORT,
                Some(
                    &EXPORT_TEXT.replace("Customers download the file through a signed link.", "Anyone may download."),
                ),
            )],
        );
        s.green(pull);
    }),
    ("a dismissed approval", |s| {
        let pull = s.drafted();
        let review = s.approve("sam", pull);
        s.world.dismiss_review(s.id("tess"), review, "Too quick").unwrap();
        s.green(pull);
    }),
    ("an older approval under a dismissed one", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.later(5);
        let review = s.approve("sam", pull);
        s.world.dismiss_review(s.id("sam"), review, "I take it back").unwrap();
        s.green(pull);
    }),
    ("an objection of another owner", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.review("tess", pull, RequestChanges);
        s.green(pull);
    }),
    ("approved first, then objected", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.later(5);
        s.review("sam", pull, RequestChanges);
        s.green(pull);
    }),
    ("an objection that the author dismissed", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        let review = s.review("tess", pull, RequestChanges);
        s.world.dismiss_review(s.id("alice"), review, "Done").unwrap();
        s.green(pull);
    }),
    ("an objection that another developer dismissed", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        let review = s.review("tess", pull, RequestChanges);
        s.world.dismiss_review(s.id("bob"), review, "Done").unwrap();
        s.green(pull);
    }),
    ("an objection that was only commented on later", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.review("tess", pull, RequestChanges);
        s.later(5);
        s.review("tess", pull, Comment);
        s.green(pull);
    }),
    ("the approver left the team", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.world.set_team_member(s.id("root"), s.world.team("acme/security").unwrap(), s.id("sam"), false).unwrap();
        s.green(pull);
    }),
    ("the team lost its write access", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        s.world
            .set_team_repo(
                s.id("root"),
                s.world.team("acme/security").unwrap(),
                s.repo(),
                threadmodel::sandbox::model::Permission::Read,
            )
            .unwrap();
        s.green(pull);
    }),
    ("CODEOWNERS of the head", |s| {
        s.push(
            "alice",
            "export",
            &[(EXPORT, Some(EXPORT_TEXT)), (".github/CODEOWNERS", Some("/design/ @bob @acme/privacy\n"))],
        );
        let pull = s.open("alice", "export", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("pia", pull);
        s.green(pull);
    }),
    ("the first matching line of CODEOWNERS", |s| {
        s.push("alice", "data", &[(DATA, Some("# Data\n\nInvoices are kept for ever.\n"))]);
        let pull = s.open("alice", "data", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("an owner of nothing that changed", |s| {
        let pull = s.drafted();
        s.approve("pia", pull);
        s.green(pull);
    }),
    ("an owner outside the policy's teams", |s| {
        s.push("root", "main", &[(".github/CODEOWNERS", Some("/design/ @bob @acme/security\n"))]);
        let pull = s.drafted();
        s.approve("bob", pull);
        s.green(pull);
    }),
    ("a bot's approval", |s| {
        let pull = s.drafted();
        s.approve("helper[bot]", pull);
        s.green(pull);
    }),
    ("the app's own approval", |s| {
        let pull = s.drafted();
        s.approve(APP, pull);
        s.green(pull);
    }),
    ("one of two documents' owners", |s| {
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
        s.green(pull);
    }),
    ("the approver wrote a part of the document", |s| {
        s.push("alice", "export", &[(EXPORT, Some(EXPORT_TEXT))]);
        s.push_as("bob", "export", &[(EXPORT, Some(&changed()))], Some("sam"));
        let pull = s.open("alice", "export", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("an author without an account", |s| {
        s.push("alice", "export", &[(EXPORT, Some(EXPORT_TEXT))]);
        s.push_as("bob", "export", &[(EXPORT, Some(&changed()))], Some("sams-other-address"));
        let pull = s.open("alice", "export", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("a person changed the draft", |s| {
        let pull = s.proposal();
        s.later(5);
        let review = s.draft(pull);
        s.later(5);
        s.world.edit_review(s.id("alice"), review, "## Nothing to see\n<!-- threadmodel:v1:draft.1.0.0:0 -->").unwrap();
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("a person changed a recommendation", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        s.approve("sam", pull);
        s.world.edit_comment(s.id("bob"), first, "Never mind.").unwrap();
        s.green(pull);
    }),
    ("approved while the draft was altered, then restored", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        let words = s.world.state().comments[&first].body.clone();
        s.world.edit_comment(s.id("bob"), first, "Never mind.").unwrap();
        s.later(5);
        s.approve("sam", pull);
        s.later(5);
        s.world.edit_comment(s.id(APP), first, &words).unwrap();
        s.later(5);
        s.green(pull);
    }),
    ("approved before a suggestion was reworded", |s| {
        let pull = s.drafted();
        let first = s.recommendations(pull)[0];
        s.approve("sam", pull);
        s.later(5);
        s.world.edit_comment(s.id(APP), first, "**R0**\n\n```suggestion\nCustomers ask support for the file.\n```\n<!-- threadmodel:v1:recommendation.1.0.0:0 -->").unwrap();
        s.later(5);
        s.green(pull);
    }),
    ("override by the author", |s| {
        s.world.set_team_member(s.id("root"), s.world.team("acme/security").unwrap(), s.id("alice"), true).unwrap();
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.later(5);
        s.comment("alice", pull, "/threadmodel override aaaa1111 incident 7");
        s.green(pull);
    }),
    ("override by a developer outside the teams", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.later(5);
        s.comment("bob", pull, "/threadmodel override aaaa1111 incident 7");
        s.green(pull);
    }),
    ("override by somebody who wrote a commit", |s| {
        s.push_as("sam", "export", &[("README.md", Some("More.\n"))], Some("alice"));
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.later(5);
        s.comment("sam", pull, "/threadmodel override aaaa1111 incident 7");
        s.green(pull);
    }),
    ("override with the digest of an earlier document", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.push("alice", "export", &[(EXPORT, Some(&changed()))]);
        s.later(5);
        s.comment("sam", pull, "/threadmodel override aaaa1111 incident 7");
        s.green(pull);
    }),
    ("override with a digest that was never shown", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.later(5);
        s.comment("sam", pull, "/threadmodel override bbbb2222 incident 7");
        s.green(pull);
    }),
    ("override from before the draft", |s| {
        let pull = s.proposal();
        s.offer(pull, "aaaa1111");
        s.comment("sam", pull, "/threadmodel override aaaa1111 incident 7");
        s.later(60);
        s.draft(pull);
        s.green(pull);
    }),
    ("override whose comment was edited", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        let comment = s.comment("sam", pull, "/threadmodel override aaaa1111 incident 7");
        s.world.edit_comment(s.id("alice"), comment, "/threadmodel override aaaa1111 incident 8").unwrap();
        s.green(pull);
    }),
    ("override whose comment is gone", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        let comment = s.comment("sam", pull, "/threadmodel override aaaa1111 incident 7");
        s.world.delete_comment(s.id("sam"), comment).unwrap();
        s.green(pull);
    }),
    ("override quoted", |s| {
        let pull = s.drafted();
        s.offer(pull, "aaaa1111");
        s.comment("sam", pull, "> /threadmodel override aaaa1111 incident 7");
        s.green(pull);
    }),
    ("approved for a lax base, then retargeted", |s| {
        s.push("root", "lax", &[(".github/CODEOWNERS", Some("/design/ @acme/security\n"))]);
        s.push("alice", "export", &[(EXPORT, Some(EXPORT_TEXT))]);
        let pull = s.open("alice", "export", "lax");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.world.retarget(s.id("alice"), pull, "main").unwrap();
        s.green(pull);
    }),
    ("another pull request on the same commit", |s| {
        let pull = s.drafted();
        s.approve("sam", pull);
        let head = s.head(pull);
        s.world.set_ref(s.id("alice"), s.repo(), "twin", &head).unwrap();
        s.open("alice", "twin", "main");
        s.green(pull);
    }),
    ("a renamed document, without the owner of its old path", |s| {
        s.push(
            "alice",
            "moved",
            &[
                (DATA, None),
                ("design/moved.md", Some("# Data\n\nInvoices are kept for ten years.\n\nBackups are encrypted.\n")),
            ],
        );
        let pull = s.open("alice", "moved", "main");
        s.later(5);
        s.draft(pull);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("two are required, one approved twice", |s| {
        s.push(
            "root",
            "main",
            &[(
                ".github/threadmodel.yml",
                Some("documents: [\"design/*.md\"]\napproval: { teams: [\"@acme/security\"], required: 2 }\n"),
            )],
        );
        let pull = s.drafted();
        s.approve("sam", pull);
        s.later(5);
        s.approve("sam", pull);
        s.green(pull);
    }),
    ("trivial claimed for changed words, seen or hidden", |s| {
        s.push("root", "main", &[(EXPORT, Some(EXPORT_TEXT))]);
        s.push(
            "alice",
            "export",
            &[(EXPORT, Some(&EXPORT_TEXT.replace("reviewed by nobody", "reviewed by security")))],
        );
        let pull = s.open("alice", "export", "main");
        s.green(pull);
    }),
    ("out of scope by the head's policy", |s| {
        s.push(
            "alice",
            "export",
            &[(EXPORT, Some(EXPORT_TEXT)), (".github/threadmodel.yml", Some("documents: [\"rfcs/*.md\"]\n"))],
        );
        let pull = s.open("alice", "export", "main");
        s.green(pull);
    }),
    ("a broken policy", |s| {
        s.push("root", "main", &[(".github/threadmodel.yml", Some("dokuments: [\"design/*.md\"]\n"))]);
        s.push("alice", "readme", &[("README.md", Some("Better.\n"))]);
        let pull = s.open("alice", "readme", "main");
        s.green(pull);
    }),
];

pub(super) fn violations(act: fn(&mut Script)) -> Vec<super::Violation> {
    let mut script = Script::new();
    act(&mut script);
    judge(&script.world.log, APP, 0)
}

#[test]
fn the_oracle_finds_every_planted_wrong_gate() {
    let missed: Vec<&str> =
        WRONG.iter().filter(|(_, act)| violations(*act).is_empty()).map(|(name, _)| *name).collect();
    assert!(missed.is_empty(), "not found: {missed:#?}");
}

/// The rule that each of these gates lacks: a gate without it sees a ground, so the oracle found it for that reason and no other.
const LACKING: [(&str, Flaw); 32] = [
    ("a comment is no approval", Flaw::CountsComments),
    ("the author's own approval", Flaw::CountsAuthor),
    ("approval before the draft", Flaw::CountsEarly),
    ("approval in the very second of the draft", Flaw::CountsSameSecond),
    ("approval of a commit with other content", Flaw::CountsAnyContent),
    ("a sentence changed after approval", Flaw::CountsAnyContent),
    ("a dropped suggestion applied after approval", Flaw::KeepsDropped),
    ("a dismissed approval", Flaw::CountsDismissed),
    ("an older approval under a dismissed one", Flaw::RevivesOlderApproval),
    ("an objection of another owner", Flaw::IgnoresObjection),
    ("an objection that the author dismissed", Flaw::AnybodyLifts),
    ("an objection that another developer dismissed", Flaw::AnybodyLifts),
    ("the approver left the team", Flaw::RemembersMembers),
    ("the team lost its write access", Flaw::IgnoresAccess),
    ("CODEOWNERS of the head", Flaw::OwnersOfHead),
    ("the first matching line of CODEOWNERS", Flaw::FirstLine),
    ("a bot's approval", Flaw::CountsBots),
    ("one of two documents' owners", Flaw::OneDocumentSuffices),
    ("the approver wrote a part of the document", Flaw::CountsCommitAuthors),
    ("an author without an account", Flaw::IgnoresUnknownAuthors),
    ("a person changed the draft", Flaw::IgnoresAlteredDraft),
    ("approved while the draft was altered, then restored", Flaw::ForgetsRestore),
    ("override by the author", Flaw::AuthorOverrides),
    ("override by a developer outside the teams", Flaw::AnybodyOverrides),
    ("override with a digest that was never shown", Flaw::AnyDigest),
    ("override whose comment was edited", Flaw::EditedOverride),
    ("override whose comment is gone", Flaw::DeletedOverride),
    ("approved for a lax base, then retargeted", Flaw::CarriesToOtherBase),
    ("a renamed document, without the owner of its old path", Flaw::ForgetsOldPath),
    ("trivial claimed for changed words, seen or hidden", Flaw::OnlyVisibleText),
    ("out of scope by the head's policy", Flaw::PolicyOfHead),
    ("a broken policy", Flaw::OpensWhenBroken),
];

#[test]
fn each_planted_gate_is_wrong_in_its_own_way() {
    let blind = |name: &str, flaw: Flaw| {
        let (_, act) = WRONG.iter().find(|(known, _)| *known == name).unwrap();
        let mut script = Script::new();
        act(&mut script);
        let mut replay = Replay::new(APP);
        for entry in &script.world.log {
            replay.play(entry);
        }
        let open = replay.now.conversation.pulls.iter().filter(|(_, pull)| pull.open);
        open.into_iter().any(|(key, _)| ground_now(&replay, key, Some(flaw)).is_some())
    };
    let other: Vec<_> = LACKING.iter().filter(|(name, flaw)| !blind(name, *flaw)).collect();
    assert!(other.is_empty(), "wrong for another reason, too: {other:#?}");
}

#[test]
fn facts_within_the_lag_count_and_older_ones_do_not() {
    let mut script = Script::new();
    let pull = script.drafted();
    script.approve("sam", pull);
    script.later(60);
    script
        .world
        .set_team_member(script.id("root"), script.world.team("acme/security").unwrap(), script.id("sam"), false)
        .unwrap();
    script.later(20);
    script.green(pull);
    assert!(judge(&script.world.log, APP, 30_000).is_empty(), "20 seconds ago sam was still a member");
    assert_eq!(judge(&script.world.log, APP, 0).len(), 1, "without lag, he is not");
    script.later(20);
    script.green(pull);
    assert_eq!(judge(&script.world.log, APP, 30_000).len(), 1, "40 seconds ago is too long ago");
    assert_eq!(super::standing(&script.world.log, APP, 30_000).len(), 1);
}

#[test]
fn neutral_and_skipped_are_never_right() {
    for conclusion in ["neutral", "skipped"] {
        let mut script = Script::new();
        let pull = script.drafted();
        script.approve("sam", pull);
        script.check(pull, conclusion, "");
        assert_eq!(judge(&script.world.log, APP, 30_000).len(), 1, "{conclusion}");
    }
}

#[test]
fn success_on_a_commit_that_no_pull_request_shows_is_found() {
    let mut script = Script::new();
    let pull = script.drafted();
    script.approve("sam", pull);
    script.world.set_open(script.id("alice"), pull, false).unwrap();
    script.green(pull);
    assert_eq!(judge(&script.world.log, APP, 0).len(), 1);
}
