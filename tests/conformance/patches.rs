//! Patches from the public history of design documents, with the commentable lines that an independent reader gave.

use super::shared::shared_part;
use serde_json::Value;
use std::collections::BTreeSet;
use threadmodel::diff::{Patch, Side};
use threadmodel::document::Document;

/// `[[first, last], …]` as a set of lines.
fn lines(ranges: &Value) -> BTreeSet<u32> {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    ranges.as_array().unwrap().iter().flat_map(|range| number(&range[0])..=number(&range[1])).collect()
}

fn commentable(patch: &Patch, side: Side) -> BTreeSet<u32> {
    patch.commentable(side).flat_map(|span| span.start..=span.end).collect()
}

#[test]
fn commentable_lines_are_those_of_the_data() {
    let Some(folder) = shared_part("data/patches", 17) else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.display().to_string();
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let patch = Patch::parse(case["patch"].as_str()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = &case["commentable"];
        assert_eq!(commentable(&patch, Side::Right), lines(&expected["RIGHT"]), "{name}");
        let deleted = lines(&expected["LEFT"]);
        assert_eq!(commentable(&patch, Side::Left), &deleted | &lines(&expected["LEFT_context"]), "{name}");
        let ours: BTreeSet<u32> = patch.hunks().iter().flat_map(|hunk| hunk.deleted.iter().copied()).collect();
        assert_eq!(ours, deleted, "{name}");
        for line in case["not_commentable_examples_RIGHT"].as_array().unwrap() {
            let line = u32::try_from(line.as_u64().unwrap()).unwrap();
            assert!(!patch.is_commentable(Side::Right, line), "{name}: {line}");
        }
        check_head(&case, &patch, &name);
        count += 1;
    }
    assert!(count >= 17, "only {count} patches");
}

/// Added lines say in the head text what they say in the patch, and there are as many as GitHub counted.
fn check_head(case: &Value, patch: &Patch, name: &str) {
    let document = Document::parse(case["path"].as_str().unwrap(), case["head_text"].as_str().unwrap());
    assert_eq!(u64::from(document.line_count()), case["head_lines"].as_u64().unwrap(), "{name}");
    assert!(!document.sentences().is_empty(), "{name}");
    let added: Vec<u32> = patch.hunks().iter().flat_map(|hunk| hunk.added.iter().copied()).collect();
    assert_eq!(added.len() as u64, case["additions"].as_u64().unwrap(), "{name}");
    let text = case["patch"].as_str().unwrap_or_default();
    let said = text.split('\n').filter_map(|line| line.strip_prefix('+')).map(|line| line.trim_end_matches('\r'));
    let stands = added.iter().map(|&line| document.line_text(line).unwrap());
    assert!(said.eq(stands), "{name}");
}
