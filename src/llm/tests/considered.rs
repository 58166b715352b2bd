//! What was looked at before asking: kept with its words, listed in the draft, told twice by nobody.

use super::*;
use crate::threat_model::considered::listed;
use crate::threat_model::{Considered, Source};

fn looked_at(words: &str, text: &str, answered_by: Option<&str>) -> Value {
    let answer = answered_by.map(|words| json!({"source": "doc1", "words": words}));
    json!({"quotation": {"source": "doc1", "words": words}, "slot": "retention", "could_go_wrong": text, "answered_by": answer})
}

const KEPT: &str = "Exports are deleted after 24 hours.";
const BUCKET: &str = "writes a CSV file to the exports-bucket";

fn considered(of: &[Value]) -> (Vec<Considered>, Vec<(&'static str, &'static str)>) {
    let mut answer = questions(&[]);
    answer["considered"] = json!(of);
    let performed = desk([triage(), answer]).perform(&Task::Ask(ask()));
    let fell = performed.dropped.iter().map(|d| (d.what, d.why)).collect();
    match performed.answer.unwrap() {
        Answer::Ask(output) => (output.considered, fell),
        _ => panic!("another task"),
    }
}

#[test]
fn what_was_looked_at_is_kept_once_and_only_with_words_that_stand() {
    let (kept, fell) = considered(&[
        looked_at(KEPT, "Somebody fetches an export long after it was made.", Some(KEPT)),
        looked_at(KEPT, "Somebody fetches an export long after it was made!", None),
        looked_at("The bucket is public", "Anybody lists what lies there.", None),
        looked_at(BUCKET, "Two jobs overwrite one another.", Some("Jobs are locked")),
    ]);
    let texts: Vec<_> = kept.iter().map(|c| (c.text.as_str(), c.answered_by.is_some())).collect();
    assert_eq!(
        texts,
        [("Somebody fetches an export long after it was made.", true), ("Two jobs overwrite one another.", false)]
    );
    assert!(matches!(&kept[0].source, Source::Document { anchor } if anchor.start_line == 7));
    assert_eq!(
        fell,
        [
            ("considered", "it is said twice"),
            ("considered", "its quotation stands in no source"),
            ("answer to considered", "its quotation stands in no source"),
        ]
    );
}

#[test]
fn a_draft_lists_what_came_to_nothing_and_not_what_it_says_anyway() {
    let (kept, _) = considered(&[
        looked_at(KEPT, "Somebody fetches an export long after it was made.", Some(KEPT)),
        looked_at(BUCKET, "Two jobs overwrite one another.", None),
    ]);
    let drafted = model(desk([drafted()]).perform(&Task::Draft(draft_input(true))));
    let before = drafted.set_aside.len();
    let with = |drafted: &ThreatModel, questions: &[&Question]| {
        let model = listed(drafted.clone(), &kept, questions);
        model.set_aside[before..].iter().map(|s| (s.text.clone(), s.reason.clone())).collect::<Vec<_>>()
    };
    let texts = with(&drafted, &[]);
    assert_eq!(texts[0].1, format!("Answered already: \u{201c}{KEPT}\u{201d}"));
    assert_eq!(texts[1].1, "Looked at before asking, and not taken further.");
    // Listed twice it stands there once.
    let again = listed(listed(drafted.clone(), &kept, &[]), &kept, &[]);
    assert_eq!(again.set_aside.len(), before + 2);
    // A question about the same words and the same thing is what came of it.
    let Source::Document { anchor } = &kept[1].source else { panic!("not of a document") };
    let asked = Question { slot: Slot::Retention, anchor: anchor.clone(), ..settled(true).question };
    assert_eq!(with(&drafted, &[&asked]).len(), 1);
    let other = Question { slot: Slot::Authz, ..asked };
    assert_eq!(with(&drafted, &[&other]).len(), 2, "the same words, another thing");
    // And so is a threat.
    let mut told = drafted.clone();
    told.threats[0].slot = Slot::Retention;
    told.threats[0].evidence = vec![kept[0].source.clone()];
    assert_eq!(with(&told, &[]).len(), 1);
}
