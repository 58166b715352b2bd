//! CODEOWNERS against the facts that other implementations and GitHub's documentation agree on.

use std::collections::BTreeSet;

use serde::Deserialize;
use threadmodel::codeowners::{Codeowners, locate};

use crate::shared::shared_json;

#[derive(Deserialize)]
struct File<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    file: String,
    path: String,
    expected_owners: Option<Vec<String>>,
}

#[test]
fn owners_of_paths() {
    let Some(File { cases }) = shared_json::<File<Case>>("data/codeowners/cases.json", 198) else {
        return;
    };
    assert_eq!(cases.len(), 198);
    let wrong: Vec<String> = cases.iter().filter_map(fault).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn fault(case: &Case) -> Option<String> {
    let lower = |owners: Vec<String>| -> BTreeSet<String> { owners.iter().map(|o| o.to_lowercase()).collect() };
    let file = Codeowners::parse(&case.file);
    let rule = file.rule_for(&case.path);
    let found = rule.map(|rule| lower(rule.owners.iter().map(ToString::to_string).collect()));
    let expected = case.expected_owners.clone().map(lower);
    (found != expected).then(|| {
        let Case { id, file, path, .. } = case;
        format!("{id}: {path:?} in {file:?}: {found:?}, expected {expected:?}")
    })
}

#[derive(Deserialize)]
struct ParsedLine {
    line: String,
    valid: bool,
    pattern: Option<String>,
    owners: Option<Vec<String>>,
}

#[test]
fn single_lines() {
    let Some(File { cases }) = shared_json::<File<ParsedLine>>("data/codeowners/parse_lines.json", 20) else {
        return;
    };
    assert_eq!(cases.len(), 20);
    for case in cases {
        let file = Codeowners::parse(&case.line);
        assert_eq!(file.invalid_lines().is_empty(), case.valid, "{}", case.line);
        let rule = file.rules().first();
        assert_eq!(rule.map(|rule| rule.pattern.clone()), case.pattern, "{}", case.line);
        let owners = rule.map(|rule| rule.owners.iter().map(ToString::to_string).collect());
        assert_eq!(owners, case.owners, "{}", case.line);
    }
}

#[derive(Deserialize)]
struct Location {
    present: Vec<String>,
    uses: Option<String>,
    source: String,
}

#[test]
fn locations() {
    let Some(File { cases }) = shared_json::<File<Location>>("data/codeowners/locations.json", 11) else {
        return;
    };
    assert_eq!(cases.len(), 11);
    for case in cases {
        let found = locate(|path| case.present.iter().any(|present| present == path));
        assert_eq!(found, case.uses.as_deref(), "{}", case.source);
    }
}
