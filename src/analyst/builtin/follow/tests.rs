//! What a push did, one fact each.

#![allow(clippy::panic, reason = "tests")]

use super::follow;
use crate::analyst::{DocumentText, FollowInput, FollowOutput, How, NewsKind};
use crate::document::Document;
use crate::evidence;
use crate::threat_model::{Anchor, Covered, Effort, Recommendation, Severity, Source, Suggestion};

const BEFORE: &str = "# Guest passes\n\n## Design\n\nA host creates a guest pass and sends it as a link.\n\
    The `pass-service` stores each pass in the pass database.\nThe pass database is encrypted at rest.\n\
    A session token expires after 5 minutes.\n\n## Access\n\nOnly administrators can open the visit log.\n\
    A guest must not change a pass.\nThe page says who was invited by whom, and when.\n\
    Each change of a pass is written to the audit log.\n\n## Mail\n\n\
    The mail holds the name of the host.\nThe legacy-fax-gateway prints each pass on paper for the porter.\n";

fn document(now: &str) -> DocumentText {
    DocumentText { path: "docs/passes.md".to_owned(), text: now.to_owned(), before: Some(BEFORE.to_owned()) }
}

fn anchor(quotation: &str) -> Anchor {
    let at = BEFORE.lines().position(|l| l.contains(quotation)).unwrap_or_else(|| panic!("{quotation}"));
    let line = u32::try_from(at + 1).unwrap_or(1);
    Anchor { path: "docs/passes.md".to_owned(), start_line: line, end_line: line, quotation: quotation.to_owned() }
}

fn recommendation(ordinal: u32, quotation: &str, change: &str, clause: Option<&str>) -> Recommendation {
    let anchor = anchor(quotation);
    let line = BEFORE.lines().find(|l| l.contains(quotation)).unwrap_or_default();
    let suggestion = clause.map(|clause| Suggestion {
        path: anchor.path.clone(),
        start_line: anchor.start_line,
        end_line: anchor.end_line,
        replacement: format!("{line}\n{clause}"),
    });
    Recommendation {
        ordinal,
        title: "Change it".to_owned(),
        threat: "T1".to_owned(),
        severity: Severity::High,
        effort: Effort::Small,
        change: change.to_owned(),
        alternative: "Another way.".to_owned(),
        trade_off: "It costs more.".to_owned(),
        evidence: vec![Source::Document { anchor: anchor.clone() }],
        protects_today: String::new(),
        left_over: String::new(),
        anchor,
        suggestion,
    }
}

fn after_push(now: &str, recommendations: Vec<Recommendation>, covered: Vec<Covered>) -> FollowOutput {
    let input = FollowInput { documents: vec![document(now)], recommendations, covered };
    let out = follow(&input);
    assert_eq!(out, follow(&input), "the same twice");
    for anchor in out.news.iter().map(|n| &n.anchor).chain(out.answers.iter().map(|a| &a.sentence)) {
        let stands = |text: &str| evidence::find(&anchor.quotation, &Document::parse("a.md", text)).is_some();
        assert!(stands(now) || stands(BEFORE), "{anchor:?}");
    }
    assert!(out.news.len() <= 8);
    out
}

fn news(now: &str) -> Vec<(NewsKind, String)> {
    after_push(now, Vec::new(), Vec::new()).news.into_iter().map(|n| (n.kind, n.text)).collect()
}

fn swapped(old: &str, new: &str) -> String {
    assert!(BEFORE.contains(old), "{old}");
    BEFORE.replace(old, new)
}

fn one(old: &str, new: &str) -> (NewsKind, String) {
    let found = news(&swapped(old, new));
    match found.as_slice() {
        [one] => one.clone(),
        other => panic!("{new}: {other:?}"),
    }
}

#[test]
fn a_control_that_is_gone_is_told_in_the_words_it_had() {
    let (kind, text) = one("The pass database is encrypted at rest.\n", "");
    assert_eq!((kind, text.as_str()), (NewsKind::RemovedControl, "encryption at rest is not said any more"));
    let out = after_push(&swapped("Each change of a pass is written to the audit log.\n", ""), Vec::new(), Vec::new());
    let words: Vec<&str> = out.news.iter().map(|n| n.anchor.quotation.as_str()).collect();
    assert_eq!(words, ["Each change of a pass is written to the audit log."]);
}

#[test]
fn a_control_in_other_words_is_no_news() {
    for (old, new) in [
        ("The pass database is encrypted at rest.", "We encrypt the pass database on its disks."),
        ("The pass database is encrypted at rest.", "The pass database and its backups are encrypted at rest."),
        ("A guest must not change a pass.", "A guest cannot change a pass."),
        ("A guest must not change a pass.", "The service refuses a guest who changes a pass."),
        ("after 5 minutes", "after 2 minutes"),
        ("Each change of a pass is written to the audit log.", "The audit log holds each change of a pass."),
    ] {
        assert_eq!(news(&swapped(old, new)), [], "{new}");
    }
}

#[test]
fn weaker_words_and_longer_times_are_a_control_that_says_less() {
    let control = |text: &str| (NewsKind::RemovedControl, text.to_owned());
    assert_eq!(one("must not change", "may change"), control("“must not” became “may”"));
    assert_eq!(one("5 minutes", "5 hours"), control("“5 minutes” became “5 hours”"));
    assert_eq!(
        one("The pass database is encrypted at rest.", "The pass database is not encrypted at rest for now."),
        control("encryption at rest is not said any more")
    );
}

#[test]
fn access_for_more_people_is_told() {
    let wider = |text: &str| (NewsKind::WidenedAccess, text.to_owned());
    assert_eq!(one("Only administrators can open", "Anyone can open"), wider("open to “Anyone”"));
    assert_eq!(one("Only administrators can open", "All users of the portal can open"), wider("open to “All users”"));
    let added = swapped("## Mail", "Customers may read the visit log of their own guests.\n\n## Mail");
    assert_eq!(news(&added), [wider("Customers may read visit log")]);
    let (kind, text) = one("Only administrators can open", "Administrators and porters can open");
    assert_eq!((kind, text.starts_with("“Only administrators")), (NewsKind::WidenedAccess, true), "{text}");
    let narrower = swapped("Only administrators can open", "Only two named administrators can open");
    assert_eq!(news(&narrower), []);
    let denied = swapped("## Mail", "Not everybody can open the page, guests must not.\n\n## Mail");
    assert_eq!(news(&denied), []);
}

#[test]
fn a_part_that_was_not_there_is_told_once_and_a_new_name_is_not() {
    let now = swapped(
        "## Mail",
        "The `pass-service` sends each pass to the badge-service.\nThe badge-service keeps a copy.\n\n## Mail",
    );
    let found = news(&now);
    assert_eq!(found, [(NewsKind::NewComponent, "badge-service".to_owned())]);
    let renamed = BEFORE.replace("pass-service", "visit-service");
    assert_eq!(news(&renamed), []);
}

#[test]
fn moved_wrapped_and_mended_text_is_no_news() {
    let wrapped = swapped(
        "A host creates a guest pass and sends it as a link.",
        "A host creates a guest pass\nand sends it\nas a link.",
    );
    let typo = swapped("sends it as a link", "sends it as the lnik").replace("The page says who", "The page say who");
    let marks = swapped("encrypted at rest", "**encrypted at rest**");
    let sentence = "The pass database is encrypted at rest.\n";
    let moved = format!("{}\n## Storage\n\n{sentence}", BEFORE.replace(sentence, ""));
    for now in [&wrapped, &typo, &marks, &moved, BEFORE] {
        let covered = vec![Covered {
            text: "encryption at rest".to_owned(),
            anchor: anchor("The pass database is encrypted at rest."),
        }];
        let rests = recommendation(
            1,
            "A host creates a guest pass and sends it as a link.",
            "Ask the guest to sign in before the pass opens.",
            None,
        );
        let out = after_push(now, vec![rests], covered);
        assert_eq!(out, FollowOutput::default(), "{now}");
    }
}

#[test]
fn text_that_moved_to_another_document_is_no_news() {
    let sentence = "The pass database is encrypted at rest.\n";
    let other = DocumentText {
        path: "docs/storage.md".to_owned(),
        text: format!("# Storage\n\n{sentence}"),
        before: Some("# Storage\n".to_owned()),
    };
    let input = FollowInput {
        documents: vec![document(&BEFORE.replace(sentence, "")), other],
        recommendations: Vec::new(),
        covered: Vec::new(),
    };
    assert_eq!(follow(&input).news, []);
}

#[test]
fn other_words_where_the_draft_quotes_are_told_with_the_new_sentence() {
    let now = swapped(
        "The page says who was invited by whom, and when.",
        "The page says who was invited by whom, when and why.",
    );
    let rests =
        recommendation(2, "The page says who was invited by whom, and when.", "Show it to the host alone.", None);
    let out = after_push(&now, vec![rests.clone()], Vec::new());
    let told: Vec<(NewsKind, &str, &str)> =
        out.news.iter().map(|n| (n.kind, n.text.as_str(), n.anchor.quotation.as_str())).collect();
    assert_eq!(
        told,
        [(
            NewsKind::ChangedWords,
            "where R2 quotes the design",
            "The page says who was invited by whom, when and why."
        )]
    );
    assert_eq!(after_push(&now, Vec::new(), Vec::new()).news, [], "nothing rests on it");
    let gone = after_push(&swapped("The page says who was invited by whom, and when.\n", ""), vec![rests], Vec::new());
    assert_eq!(gone.news.iter().map(|n| n.text.as_str()).collect::<Vec<_>>(), ["what R2 quotes is gone"]);
}

const CHANGE: &str = "Let the link open only after the guest confirms a code sent to the guest's own telephone, and stop it after one visit.";
const CLAUSE: &str = "The link opens only after the guest confirms a code sent by telephone, and ends after one visit.";

fn link() -> Recommendation {
    recommendation(1, "A host creates a guest pass and sends it as a link.", CHANGE, Some(CLAUSE))
}

fn how(now: &str) -> Option<How> {
    after_push(now, vec![link()], Vec::new()).answers.first().map(|a| a.how)
}

#[test]
fn a_recommendation_is_adopted_when_its_words_stand_near_its_anchor() {
    let behind = |sentence: &str| swapped("sends it as a link.\n", &format!("sends it as a link.\n{sentence}\n"));
    assert_eq!(how(&behind(CLAUSE)), Some(How::Adopted));
    let own = "Before the link opens, the guest confirms a code that is sent to a telephone, and one visit ends it.";
    assert_eq!(how(&behind(own)), Some(How::Adopted));
    assert_eq!(how(&behind("The guest confirms a code sent by telephone.")), Some(How::Partly));
    assert_eq!(how(&behind("The link has a nicer colour.")), None);
    assert_eq!(
        how(&behind("A code sent by telephone that the guest confirms before one visit is out of scope.")),
        None
    );
    assert_eq!(how(&behind("The guest does not confirm a code sent by telephone before the visit.")), None);
    let far = format!("{BEFORE}{}\n## Elsewhere\n\n{}\n", "\nMore.\n".repeat(20), own);
    assert_eq!(how(&far), None);
}

#[test]
fn what_is_not_in_the_design_any_more_is_superseded() {
    let fax = recommendation(
        3,
        "The legacy-fax-gateway prints each pass on paper for the porter.",
        "Shred the paper after the visit.",
        None,
    );
    let gone = swapped("The legacy-fax-gateway prints each pass on paper for the porter.\n", "");
    let out = after_push(&gone, vec![fax.clone()], Vec::new());
    assert_eq!(out.answers.iter().map(|a| (a.ordinal, a.how)).collect::<Vec<_>>(), [(3, How::Superseded)]);
    let still = gone + "\nThe legacy-fax-gateway stays in the cellar.\n";
    assert_eq!(after_push(&still, vec![fax], Vec::new()).answers, []);
}

#[test]
fn a_new_document_brings_its_parts_and_long_texts_take_time_by_their_length() {
    let new = DocumentText { path: "docs/new.md".to_owned(), text: BEFORE.to_owned(), before: None };
    let input = FollowInput { documents: vec![new], recommendations: Vec::new(), covered: Vec::new() };
    let kinds: Vec<NewsKind> = follow(&input).news.iter().map(|n| n.kind).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|k| *k == NewsKind::NewComponent), "{kinds:?}");
    let long = BEFORE.repeat(200);
    let mut input = FollowInput {
        documents: vec![document(&long.replace("5 minutes", "5 hours"))],
        recommendations: vec![link()],
        covered: Vec::new(),
    };
    if let Some(d) = input.documents.first_mut() {
        d.before = Some(long);
    }
    assert!(follow(&input).news.iter().any(|n| n.text.contains("5 hours")));
}
