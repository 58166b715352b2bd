//! What a judge sees, and what its words are worth.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::eval::corpus::{Files, read};

fn case(concerns: &[&str]) -> Case {
    let threats: Vec<String> =
        concerns.iter().zip(1..).map(|(title, n)| format!(r#"{{"id": "T{n}", "title": "{title}"}}"#)).collect();
    read(Files {
        name: "a".to_owned(),
        file: "doc.md".to_owned(),
        document: "# A".to_owned(),
        expected: Some(format!(r#"{{"threats": [{}]}}"#, threats.join(","))),
        meta: None,
        answers: None,
    })
    .unwrap()
}

fn finding(kind: Kind, number: &str, told: &str) -> Finding {
    Finding::new(kind, number.to_owned(), vec![told.to_owned()])
}

fn found() -> Vec<Finding> {
    vec![
        finding(Kind::Question, "Q1", "Who revokes the key of a partner?"),
        finding(Kind::Threat, "F1", "A mailbox keeps the link for years."),
        finding(Kind::Aside, "S1", "Two jobs overwrite one another."),
    ]
}

/// A yes with these words of the finding that begins so.
fn yes(blind: &Blind, concern: &str, finding: &str, words: &str) -> Verdict {
    let label = |entries: &[Entry], begins: &str| {
        entries.iter().find(|e| e.text.starts_with(begins)).map_or("f99".to_owned(), |e| e.label.clone())
    };
    Verdict {
        concern: label(&blind.concerns, concern),
        touches: vec![(label(&blind.findings, finding), words.to_owned())],
        touched: true,
    }
}

#[test]
fn a_judge_sees_neither_kind_nor_rank() {
    let case = case(&["Keys live on", "Links live on"]);
    let seen = blind(&case, &found());
    let mut labels: Vec<&str> = seen.findings.iter().map(|e| e.label.as_str()).collect();
    labels.sort_unstable();
    assert_eq!(labels, ["f1", "f2", "f3"]);
    for number in ["Q1", "F1", "S1", "T1"] {
        assert!(!seen.findings.iter().chain(&seen.concerns).any(|e| e.text.contains(number)), "{number}");
    }
    // Another rank: the same lists, and the same digest.
    let turned: Vec<Finding> = found().into_iter().rev().collect();
    let of = |seen: &Blind| seen.findings.iter().map(|e| e.text.clone()).collect::<Vec<_>>();
    assert_eq!(of(&blind(&case, &turned)), of(&seen));
    assert_eq!(blind(&case, &turned).digest(), seen.digest());
    assert_ne!(blind(&case, &found()[1..]).digest(), seen.digest());
    assert_ne!(blind(&self::case(&["Keys live on"]), &found()).digest(), seen.digest());
}

#[test]
fn a_yes_counts_with_words_of_the_finding_only() {
    let case = case(&["Keys live on", "Links live on", "Jobs collide"]);
    let found = found();
    let seen = blind(&case, &found);
    let verdicts = [
        yes(&seen, "Keys live on", "Who revokes", "revokes the KEY of a partner"),
        yes(&seen, "Links live on", "A mailbox", "keeps the key for years"),
    ];
    let judged = seen.read(&case, &found, &verdicts);
    let by: Vec<_> = judged.concerns.iter().map(|c| (c.by_question.clone(), c.by_threat.clone())).collect();
    assert_eq!(by, [(vec!["Q1".to_owned()], vec![]), (vec![], vec![]), (vec![], vec![])]);
    assert_eq!(judged.concerns[0].quoted, ["Q1: \u{201c}revokes the KEY of a partner\u{201d}"]);
    assert_eq!((judged.fallen, judged.silent), (1, 1));
}

#[test]
fn no_is_no_and_what_is_not_there_touches_nothing() {
    let case = case(&["Jobs collide"]);
    let found = found();
    let seen = blind(&case, &found);
    let aside = yes(&seen, "Jobs collide", "Two jobs", "Two jobs overwrite");
    let touched = |verdict: Verdict| {
        let judged = seen.read(&case, &found, &[verdict]);
        (judged.concerns[0].by_aside.len(), judged.fallen, judged.silent)
    };
    assert_eq!(touched(aside.clone()), (1, 0, 0));
    assert_eq!(touched(Verdict { touched: false, ..aside.clone() }), (0, 0, 0));
    assert_eq!(touched(Verdict { touches: vec![], ..aside.clone() }), (0, 0, 0), "a yes without words");
    assert_eq!(touched(Verdict { concern: "c9".to_owned(), ..aside }), (0, 0, 1));
    assert_eq!(touched(yes(&seen, "Jobs collide", "Nobody", "Two jobs overwrite")), (0, 1, 0), "no such finding");
    assert_eq!(touched(yes(&seen, "Jobs collide", "Two jobs", "jobs")), (0, 1, 0), "one word says nothing");
}

#[test]
fn more_than_a_judge_reads_is_left_out_and_counted() {
    let titles: Vec<String> = (0..=MOST_CONCERNS).map(|n| format!("Concern {n}")).collect();
    let case = case(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let found: Vec<Finding> = (0..MOST_FINDINGS + 2)
        .map(|n| finding(Kind::Threat, &format!("F{n}"), &format!("{n} {}", "long ".repeat(400))))
        .collect();
    let seen = blind(&case, &found);
    assert_eq!((seen.concerns.len(), seen.findings.len(), seen.left_out), (MOST_CONCERNS, MOST_FINDINGS, 3));
    assert!(seen.findings.iter().all(|e| e.text.chars().count() == MOST_CHARACTERS && e.at < MOST_FINDINGS));
}
