//! The open list of approval scenarios: each is shown by a test of `tests/it/approvals.rs`, or told there why it is not ours.

use std::collections::BTreeSet;

use crate::shared::shared_part;

const TESTS: &str = include_str!("../it/approvals.rs");

fn ids(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() == 3 && word.starts_with(['A', 'B']) && word[1..].bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned)
}

#[test]
fn every_scenario_is_tested_or_told_to_be_not_ours() {
    let Some(path) = shared_part("data/approvals/approvals.md", 39) else { return };
    let list = std::fs::read_to_string(path).expect("a readable list");
    let rows: BTreeSet<String> =
        list.lines().filter_map(|line| ids(line.strip_prefix("| ")?.split('|').next()?).next()).collect();
    assert!(rows.len() >= 39, "the list has another form: {} rows", rows.len());

    let tested: BTreeSet<String> = TESTS.lines().filter_map(|l| l.strip_prefix("/// ")).flat_map(ids).collect();
    let not_ours: BTreeSet<String> =
        TESTS.lines().filter_map(|l| l.strip_prefix("//! * ")?.get(..3)).flat_map(ids).collect();
    let told: BTreeSet<String> = tested.union(&not_ours).cloned().collect();
    assert_eq!(rows.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "forgotten");
    assert_eq!(told.difference(&rows).collect::<Vec<_>>(), Vec::<&String>::new(), "no such scenario");
    assert_eq!(tested.intersection(&not_ours).collect::<Vec<_>>(), Vec::<&String>::new(), "told both ways");
}
