//! Overrides: what they cover, and when they end.

use threadmodel::digest::Canonical;
use threadmodel::review::record::{CommandOutcome, Pin};
use threadmodel::review::snapshot::Known;
use threadmodel::review::verdict::{Ground, Verdict};

use crate::facts::{Facts, PATH, TEXT, actor, team};

/// The line that the check prints, with a reason.
fn line(facts: &Facts) -> String {
    let check = facts.clone().settle().want().check.expect("a check");
    let rest = check.summary.as_str().split("/threadmodel override ").nth(1).expect("the line to paste");
    let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    format!("/threadmodel override {digits} incident 4711")
}

fn overridden(facts: &Facts) -> bool {
    matches!(facts.verdict(), Verdict::Open { ground: Ground::Overridden { by, .. } } if by == "sec")
}

fn by_sec(facts: Facts) -> Facts {
    let line = line(&facts);
    facts.say("sec", &line).settle()
}

#[test]
fn a_member_lets_it_through_with_the_line_that_the_check_prints() {
    let facts = by_sec(Facts::drafted());
    assert!(overridden(&facts));
    assert_eq!(facts.conclusion(), Some("success"));
}

#[test]
fn it_ends_when_the_documents_change_or_the_person_leaves_or_the_comment_goes() {
    let facts = by_sec(Facts::drafted());
    assert!(!overridden(&facts.clone().push("ana", &[(PATH, Some(&TEXT.replace("a day", "a year")))])));
    assert!(!overridden(&facts.clone().members("security", &["sue"])));
    let mut unreadable = facts.clone();
    unreadable.snapshot.teams.insert(team("security"), Known::Unknown("404".to_owned()));
    assert!(!overridden(&unreadable));
    let mut edited = facts.clone();
    edited.snapshot.comments[0].last_edited_at = Some(facts.now);
    assert!(!overridden(&edited));
    let mut gone = facts;
    gone.snapshot.comments.clear();
    assert!(!overridden(&gone));
}

#[test]
fn neither_the_author_nor_a_committer_can() {
    let facts = Facts::new().members("security", &["ana", "sec", "sue"]).draft();
    let line = line(&facts);
    assert!(!facts.say("ana", &line).is_open());
    let mut facts = Facts::drafted();
    facts.snapshot.commits.list[0].committer = Some(actor("sec"));
    assert!(!overridden(&by_sec(facts)));
}

#[test]
fn it_covers_the_documents_that_were_seen_and_not_others_with_the_same_first_digits() {
    let facts = Facts::drafted();
    let line = line(&facts);
    let typed = facts.say("sec", &line);
    assert!(overridden(&typed));
    // The same words, accepted when other documents stood there.
    let mut other = typed.settle_pins();
    let (node, command) = other.record.commands.iter().next().map(|(n, c)| (n.clone(), c.clone())).expect("recorded");
    other.record.commands.clear();
    let documents = Canonical::new("documents", 1).text("others").finish();
    let outcome = CommandOutcome::Applied { documents };
    other.record.apply(Pin::Command(node, threadmodel::review::record::CommandRecord { outcome, ..command }));
    assert!(!overridden(&other));
}

#[test]
fn it_counts_where_nothing_was_begun_and_where_a_nod_is_waited_for() {
    let mut quiet = Facts::new();
    quiet.snapshot.pull.draft = true;
    assert!(overridden(&by_sec(quiet)));
    let nod =
        "approval: { teams: [\"@acme/security\"] }\ntrivial: { paths: [\"docs/design/*.md\"], then: acknowledge }\n";
    assert!(overridden(&by_sec(Facts::new().policy(nod))));
}

#[test]
fn while_the_app_is_paused_the_check_offers_none() {
    let facts = Facts::drafted().say("sue", "/threadmodel pause").settle();
    let check = facts.want().check.expect("a check");
    assert!(!check.summary.as_str().contains("/threadmodel override"));
}

#[test]
fn a_document_that_is_not_text_closes_the_gate_and_says_what_to_do() {
    let mut facts = Facts::drafted().approve("sec");
    facts.snapshot.blobs.clear();
    let said = facts.reasons().into_iter().any(
        |r| matches!(r, threadmodel::review::verdict::Reason::CannotTell { what } if what.contains("make it a text file")),
    );
    assert!(said, "{:?}", facts.reasons());
}
