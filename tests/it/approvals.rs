//! The approval rule, fact by fact, in our own words. The numbers are those of the open list of approval scenarios
//! (`data/approvals/approvals.md` of the shared data); a conformance test keeps this file complete against it.
//!
//! Where BEHAVIOUR decides otherwise than the list, it wins, and the test shows what BEHAVIOUR says:
//! A01 (one approval is always asked for), A05 and B18 (only the author field of a commit bars: committer and trailers are
//! forgeable both ways), A15 (an approval is bound to the documents, not to the push), A17 and A19 (a merge is judged by its
//! blobs, wherever it was made), A36 (only another owner's dismissal lifts an objection).
//!
//! Not ours, so not tested here:
//! * A07: there is no option that lets contributors approve.
//! * A20: there is no list of users whose commits are ignored.
//! * A22: the same list again.
//! * A27: other status checks are GitHub's own business.
//! * A29: the same.
//! * A33: no comment approves, whatever its pattern; commands are read elsewhere.
//! * A38: objections cannot be switched off, so there is no skipped rule.
//! * A40: every document has one rule; there are no groups of rules.
//! * B05: a pending review never becomes part of a snapshot, which has no word for it.

use threadmodel::review::coverage::Kept;
use threadmodel::review::gate::{Subject, gate};
use threadmodel::review::ownership::ownership;
use threadmodel::review::record::Dropped;
use threadmodel::review::snapshot::{CodeownersFile, FileStatus, Known, Permission, ReviewState};
use threadmodel::review::verdict::{Ground, OwnersOf, Reason, Verdict, Why};
use threadmodel::review::weighing;
use threadmodel::text::Untrusted;

use crate::facts::{Facts, PATH, SUGGESTED, TEXT, actor};

fn approved_by(facts: &Facts) -> Vec<String> {
    match facts.verdict() {
        Verdict::Open { ground: Ground::Approved { by } } => by,
        other => panic!("{other:?}"),
    }
}

/// A01
#[test]
fn no_setting_makes_the_gate_open_without_anybody() {
    let facts = Facts::drafted();
    let policy = facts.snapshot.policy.clone().unwrap();
    let owners = [ownership(&facts.snapshot, &policy, PATH)];
    let kept = Kept::of(&facts.record, []);
    let judged = gate(&weighing::facts(&facts.snapshot, &owners, &kept, Subject::Nod, 0, vec![]));
    assert!(!judged.verdict.is_open());
    assert_eq!(judged.needs[0].required, 1);
}

/// A02
#[test]
fn approvals_by_people_who_own_nothing_are_all_named_and_none_counts() {
    let people = ["ben", "lee", "mia", "noa", "oli", "pia", "tom"];
    let mut facts = Facts::drafted();
    for login in people {
        facts = facts.permission(login, Known::Yes(Permission::Write)).approve(login);
    }
    let needs = facts.needs();
    assert_eq!((needs[0].counted.len(), needs[0].not_counted.len()), (0, people.len()));
    assert!(needs[0].not_counted.iter().all(|(_, why)| *why == Why::NotOwner));
}

/// A02
#[test]
fn without_code_owners_nobody_can_approve() {
    let mut facts = Facts::new();
    facts.snapshot.codeowners = CodeownersFile::Missing;
    let facts = facts.draft().approve("sec").approve("sue");
    assert!(matches!(facts.needs()[0].owners, OwnersOf::Nobody { .. }));
    assert_eq!(facts.why_not("sec"), Why::NotOwner);
}

/// A03
#[test]
fn the_author_never_counts_though_a_member_of_the_owning_team() {
    let facts = Facts::new().members("security", &["ana", "sec", "sue"]).draft();
    assert_eq!(facts.clone().approve("ana").why_not("ana"), Why::Author);
    let facts = facts.approve("ana").approve("sec").approve("sue");
    assert_eq!(approved_by(&facts), ["sec", "sue"]);
}

/// A05, B18
#[test]
fn the_author_of_a_commit_to_a_document_does_not_count() {
    let changed = TEXT.replace("a day", "an hour");
    let facts = Facts::new().push("sec", &[(PATH, Some(&changed))]).draft().approve("sec");
    assert!(matches!(facts.why_not("sec"), Why::CommitAuthor { .. }));
    assert!(facts.approve("sue").is_open());
}

/// A05, B18
#[test]
fn committing_what_others_wrote_bars_nobody() {
    let mut facts = Facts::new();
    facts.snapshot.commits.list[0].committer = Some(actor("sec"));
    assert!(facts.draft().approve("sec").is_open());
}

#[test]
fn a_commit_that_leaves_the_documents_alone_bars_nobody() {
    let facts = Facts::new().push("sec", &[("src/main.rs", Some("fn main() {}\n"))]).draft().approve("sec");
    assert!(facts.is_open());
}

#[test]
fn a_commit_by_nobody_known_closes_the_gate_and_says_what_to_do() {
    let facts = Facts::new();
    let head = facts.snapshot.pull.head.clone();
    let facts = facts.commit(None, &[head], &[(PATH, Some("# Other\n"))]).draft().approve("sec");
    let said =
        facts.reasons().into_iter().any(|r| matches!(r, Reason::CannotTell { what } if what.contains("amend it")));
    assert!(said, "{:?}", facts.reasons());
}

/// A09
#[test]
fn a_single_user_can_be_the_owner() {
    let facts = Facts::new().policy("trivial: { sample: 0 }\n").codeowners("* @lee\n").draft().approve("sec");
    assert_eq!(facts.why_not("sec"), Why::NotOwner);
    assert_eq!(approved_by(&facts.approve("lee")), ["lee"]);
}

/// A11
#[test]
fn of_two_approvers_only_the_team_member_counts() {
    let facts = Facts::drafted().approve("ben").approve("sue");
    assert_eq!(approved_by(&facts), ["sue"]);
}

/// A13
#[test]
fn two_approvals_may_come_from_a_user_and_a_team() {
    let facts = Facts::new()
        .policy("approval: { required: 2 }\ntrivial: { sample: 0 }\n")
        .codeowners("* @lee @acme/security\n")
        .draft()
        .approve("lee");
    assert_eq!(facts.needs()[0].counted, ["lee"]);
    assert_eq!(facts.needs()[0].required, 2);
    assert_eq!(approved_by(&facts.approve("sec")), ["lee", "sec"]);
}

/// A14, A15
#[test]
fn a_push_that_leaves_the_documents_alone_keeps_the_approval() {
    let facts = Facts::drafted().approve("sec").push("ana", &[("src/main.rs", Some("fn main() {}\n"))]);
    assert!(facts.is_open());
}

/// A17, A19
#[test]
fn merging_the_base_keeps_the_approval_and_its_author_may_approve() {
    let facts = Facts::drafted();
    let (head, base) = (facts.snapshot.pull.head.clone(), facts.snapshot.merge_base.clone());
    let facts = facts.approve("sec").commit(Some("sue"), &[head, base], &[("src/lib.rs", Some("// base\n"))]);
    assert!(facts.is_open());
    assert_eq!(approved_by(&facts.approve("sue")), ["sec", "sue"]);
}

/// A19
#[test]
fn a_merge_that_writes_a_document_itself_is_a_change_like_any_other() {
    let facts = Facts::drafted();
    let (head, base) = (facts.snapshot.pull.head.clone(), facts.snapshot.merge_base.clone());
    // Even where the words are those of a suggestion: a merge has no lines of its own.
    let adopted = TEXT.replace("Customers download the file through a signed link.", SUGGESTED);
    let facts = facts.commit(Some("sec"), &[head, base], &[(PATH, Some(&adopted))]).approve("sec");
    assert!(matches!(facts.why_not("sec"), Why::CommitAuthor { .. }));
}

/// A24
#[test]
fn editing_the_text_of_a_review_changes_nothing() {
    let mut facts = Facts::drafted().approve("sec");
    let now = facts.now;
    let review = facts.last_review("sec");
    review.post.body = Untrusted::new("never mind");
    review.post.last_edited_at = Some(now);
    review.post.editor = Some(actor("ana"));
    assert!(facts.is_open());
}

/// A30
#[test]
fn somebody_who_approves_twice_is_one_person() {
    let facts = Facts::new().policy("approval: { required: 2 }\ntrivial: { sample: 0 }\n").draft();
    let facts = facts.approve("sec").say("sec", "approved!").approve("sec");
    assert_eq!(facts.needs()[0].counted, ["sec"]);
}

/// A30
#[test]
fn the_latest_of_several_approvals_decides_whether_it_is_early() {
    let early = Facts::new().approve("sec").draft();
    assert!(matches!(early.why_not("sec"), Why::BeforeDraft { .. }));
    assert!(early.approve("sec").is_open());
}

/// A34, B02
#[test]
fn whoever_objected_may_approve_later() {
    let facts = Facts::drafted().object("sec");
    assert!(facts.reasons().iter().any(|r| matches!(r, Reason::Objection { by, .. } if by == "sec")));
    assert!(facts.approve("sec").is_open());
}

/// A36
#[test]
fn an_approval_by_somebody_else_does_not_lift_an_objection() {
    let facts = Facts::drafted().object("sec").object("sue").approve("sue");
    assert!(facts.reasons().iter().any(|r| matches!(r, Reason::Objection { by, .. } if by == "sec")));
}

/// A36
#[test]
fn another_owner_who_could_approve_lifts_an_objection_by_dismissing_it() {
    assert!(Facts::drafted().object("sec").approve("sue").dismiss("sec", "sue").is_open());
}

#[test]
fn a_dismissal_by_the_author_or_anybody_else_lifts_nothing() {
    for by in ["ana", "ben"] {
        let facts = Facts::drafted().object("sec").approve("sue").dismiss("sec", by);
        let dismissed = |r: &Reason| matches!(r, Reason::Objection { by: sec, dismissed_by: Some(who), .. } if sec == "sec" && who == by);
        assert!(facts.reasons().iter().any(dismissed), "{by}: {:?}", facts.reasons());
    }
}

#[test]
fn a_dismissal_whose_event_is_not_readable_yet_lifts_nothing() {
    let mut facts = Facts::drafted().object("sec").approve("sue").dismiss("sec", "sue");
    facts.snapshot.dismissals.clear();
    assert!(!facts.is_open());
}

/// A41, B08
#[test]
fn an_approver_who_left_the_team_does_not_count_at_the_next_look() {
    let facts = Facts::drafted().approve("sec").settle();
    assert_eq!(facts.conclusion(), Some("success"));
    let facts = facts.members("security", &["sue"]).settle();
    assert_eq!(facts.why_not("sec"), Why::NotOwner);
    assert_eq!(facts.conclusion(), Some("action_required"));
}

/// A44
#[test]
fn the_base_names_the_check_wherever_the_head_is() {
    let mut facts = Facts::drafted();
    assert_eq!(facts.check_key().name, "threadmodel: main");
    facts.snapshot.pull.base = "release/2".to_owned();
    assert_eq!(facts.check_key().name, "threadmodel: release/2");
}

/// A45
#[test]
fn a_rename_asks_the_owners_of_both_paths() {
    let old = "docs/design/legal/export.md";
    let facts = Facts::new()
        .policy("trivial: { sample: 0 }\n")
        .codeowners("/docs/design/ @acme/security\n/docs/design/legal/ @lee\n")
        .before(old, TEXT)
        .push("ana", &[(old, None)]);
    let mut facts = facts;
    facts.snapshot.files.list.retain(|f| f.path == PATH);
    facts.snapshot.files.list[0].status = FileStatus::Renamed;
    facts.snapshot.files.list[0].previous_path = Some(old.to_owned());
    let facts = facts.draft().approve("sec");
    let lacking: Vec<String> = facts.needs().into_iter().map(|n| n.path).collect();
    assert_eq!(lacking, [old]);
    assert!(facts.approve("lee").is_open());
}

/// A48
#[test]
fn somebody_without_permission_is_refused_and_not_an_error() {
    for permission in [Permission::None, Permission::Read] {
        let facts = Facts::drafted().permission("sec", Known::Yes(permission)).approve("sec");
        assert_eq!(facts.why_not("sec"), Why::NoWriteAccess);
    }
}

#[test]
fn a_permission_that_cannot_be_read_never_counts() {
    let facts = Facts::drafted().permission("sec", Known::Unknown("502".to_owned())).approve("sec");
    assert!(matches!(facts.why_not("sec"), Why::CannotTell { .. }));
    let mut facts = Facts::drafted().approve("sec");
    facts.snapshot.people.remove(&actor("sec").id);
    assert!(matches!(facts.why_not("sec"), Why::CannotTell { .. }));
}

/// B01
#[test]
fn an_objection_after_an_approval_closes_and_the_approval_does_not_come_back() {
    let facts = Facts::drafted().approve("sec").object("sec");
    assert!(!facts.is_open());
    // Dismissed by another owner, the objection is gone, and so is the approval before it.
    assert_eq!(facts.dismiss("sec", "sue").needs()[0].counted, Vec::<String>::new());
}

/// B03
#[test]
fn a_comment_review_after_an_approval_cancels_nothing() {
    assert!(Facts::drafted().approve("sec").review("sec", ReviewState::Commented).is_open());
}

#[test]
fn a_dismissed_approval_does_not_count() {
    assert!(!Facts::drafted().approve("sec").dismiss("sec", "ana").is_open());
}

/// B06
#[test]
fn an_approval_of_other_words_does_not_count() {
    let changed = TEXT.replace("a day", "a year");
    let facts = Facts::drafted().approve("sec").push("ana", &[(PATH, Some(&changed))]);
    assert_eq!(facts.why_not("sec"), Why::DocumentChanged { paths: vec![PATH.to_owned()] });
    assert!(facts.approve("sec").is_open());
}

#[test]
fn an_approval_covers_a_kept_suggestion_applied_byte_for_byte_and_nothing_more() {
    let line = "Customers download the file through a signed link.";
    let adopted = TEXT.replace(line, SUGGESTED);
    let facts = Facts::drafted().approve("sec");
    assert!(facts.clone().push("ana", &[(PATH, Some(&adopted))]).is_open());
    let more = adopted.replace("a day", "a year");
    assert!(!facts.clone().push("ana", &[(PATH, Some(&more))]).is_open());
    let spaced = adopted.replace(SUGGESTED, &format!("{SUGGESTED} "));
    assert!(!facts.push("ana", &[(PATH, Some(&spaced))]).is_open());
}

#[test]
fn a_dropped_suggestion_is_not_covered() {
    let adopted = TEXT.replace("Customers download the file through a signed link.", SUGGESTED);
    let mut facts = Facts::drafted();
    let dropped = Dropped { by: Some("sec".to_owned()), reason: "we know better".to_owned() };
    facts.record.revisions[0].dropped.insert(1, dropped);
    let facts = facts.settle().approve("sec").push("ana", &[(PATH, Some(&adopted))]);
    assert!(!facts.is_open());
}

#[test]
fn an_owner_who_commits_a_kept_suggestion_may_still_approve() {
    let adopted = TEXT.replace("Customers download the file through a signed link.", SUGGESTED);
    assert!(Facts::drafted().push("sec", &[(PATH, Some(&adopted))]).approve("sec").is_open());
}

#[test]
fn an_approval_whose_commit_is_gone_does_not_count() {
    let mut facts = Facts::drafted().approve("sec");
    facts.last_review("sec").commit = None;
    assert_eq!(facts.why_not("sec"), Why::CommitUnknown);
}

#[test]
fn an_approval_in_the_very_second_of_the_draft_does_not_count() {
    let mut facts = Facts::drafted().approve("sec");
    let settled_at = facts.record.revision().unwrap().settled_at.unwrap();
    facts.last_review("sec").submitted_at = settled_at;
    assert!(matches!(facts.why_not("sec"), Why::BeforeDraft { .. }));
}

#[test]
fn an_approval_before_a_change_of_base_does_not_count() {
    let mut facts = Facts::drafted().approve("sec");
    facts.snapshot.retargeted_at = Some(facts.now);
    assert_eq!(facts.why_not("sec"), Why::BeforeRetarget);
    assert!(facts.approve("sec").is_open());
}

/// B09
#[test]
fn code_owners_come_from_the_base_whatever_the_pull_request_writes() {
    let facts = Facts::new().push("ana", &[(".github/CODEOWNERS", Some("* @ben\n"))]).draft().approve("ben");
    assert_eq!(facts.why_not("ben"), Why::NotOwner);
}

/// B11
#[test]
fn an_app_never_approves_though_it_is_named_as_an_owner() {
    let facts = Facts::new().policy("trivial: { sample: 0 }\n").codeowners("* @threadmodel @renovate @lee\n");
    let mut facts = facts.permission("threadmodel", Known::Yes(Permission::Write));
    facts = facts.permission("renovate", Known::Yes(Permission::Admin)).draft();
    let facts = facts.approve("threadmodel").approve("renovate");
    assert_eq!(facts.why_not("threadmodel"), Why::Bot);
    assert_eq!(facts.why_not("renovate"), Why::Bot);
}

/// B12
#[test]
fn every_document_needs_its_own_owner() {
    let other = "docs/design/legal/terms.md";
    let facts = Facts::new()
        .policy("trivial: { sample: 0 }\n")
        .codeowners("/docs/design/ @acme/security\n/docs/design/legal/ @lee\n")
        .push("ana", &[(other, Some("# Terms\n\nNone.\n"))])
        .draft()
        .approve("sec");
    let needs = facts.needs();
    assert_eq!(needs.iter().map(|n| n.path.as_str()).collect::<Vec<_>>(), [other]);
    assert!(matches!(&needs[0].owners, OwnersOf::Rule { owners, line: 2, .. } if owners == &["@lee"]));
    assert!(facts.approve("lee").is_open());
}

/// B15
#[test]
fn the_letter_case_of_a_login_does_not_matter() {
    let facts = Facts::new().policy("trivial: { sample: 0 }\n").codeowners("* @LEE\n").draft();
    assert!(facts.approve("lee").is_open());
}

/// B19
#[test]
fn the_order_in_which_reviews_are_listed_does_not_matter() {
    let mut facts = Facts::drafted().approve("sec").object("sec").approve("sue");
    let told = facts.verdict();
    facts.snapshot.reviews.reverse();
    assert_eq!(facts.verdict(), told);
    let twice = facts.snapshot.reviews.clone();
    facts.snapshot.reviews.extend(twice);
    assert!(!facts.is_open());
}

/// B19
#[test]
fn of_two_reviews_in_one_second_the_later_one_decides_in_any_order() {
    let mut facts = Facts::drafted().approve("sec").object("sec");
    let at = facts.last_review("sec").submitted_at;
    facts.snapshot.reviews.iter_mut().for_each(|r| r.submitted_at = at);
    assert!(!facts.is_open());
    facts.snapshot.reviews.reverse();
    assert!(!facts.is_open());
}

#[test]
fn truncated_lists_close_the_gate() {
    let mut facts = Facts::drafted().approve("sec");
    facts.snapshot.commits.complete = false;
    assert!(!facts.is_open());
    let mut facts = Facts::drafted().approve("sec");
    facts.snapshot.files.complete = false;
    assert!(!facts.is_open());
}

#[test]
fn a_team_that_cannot_be_read_never_counts() {
    let mut facts = Facts::drafted().approve("sec");
    facts.snapshot.teams.insert(crate::facts::team("security"), Known::Unknown("404".to_owned()));
    assert!(matches!(facts.why_not("sec"), Why::CannotTell { .. }));
    facts.snapshot.teams.clear();
    assert!(matches!(facts.why_not("sec"), Why::CannotTell { .. }));
}

#[test]
fn a_code_owners_file_that_cannot_be_read_is_not_one_without_owners() {
    let mut facts = Facts::new().policy("approval: { fallback: [\"@acme/security\"] }\ntrivial: { sample: 0 }\n");
    facts.snapshot.codeowners = CodeownersFile::Unreadable { why: "502".to_owned() };
    assert!(!facts.draft().approve("sec").is_open());
}

#[test]
fn with_must_fix_a_severe_recommendation_is_adopted_or_dropped_first() {
    let facts = Facts::drafted().policy("approval: { must_fix: true }\ntrivial: { sample: 0 }\n").approve("sam");
    let reasons = match facts.verdict() {
        Verdict::Closed { reasons } => reasons,
        open => panic!("{open:?}"),
    };
    assert!(reasons.iter().any(|r| matches!(r, Reason::MustFix { .. })), "{reasons:?}");
}
