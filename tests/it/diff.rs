//! Differences: commentable lines, lines that moved, suggestions that were taken.

use proptest::prelude::*;
use threadmodel::diff::{LineMap, LineReplacement, Patch, PatchError, Side, apply, is_with_subset_applied, unified};

fn right(patch: &Patch) -> Vec<(u32, u32)> {
    patch.commentable(Side::Right).map(|span| (span.start, span.end)).collect()
}

#[test]
fn both_sides_of_a_hunk_are_commentable() {
    let patch = Patch::parse(Some(
        "@@ -3,4 +3,5 @@ Section\n a\n-b\n+B\n+C\n c\n d\n@@ -20 +21,0 @@\n-gone\n\\ No newline at end of file",
    ))
    .unwrap();
    assert_eq!(right(&patch), [(3, 7)]);
    assert!(patch.is_commentable(Side::Left, 4) && patch.is_deleted(4) && !patch.is_deleted(3));
    assert!(patch.is_added(4) && patch.is_added(5) && !patch.is_added(6));
    assert!(patch.is_commentable(Side::Left, 20) && !patch.is_commentable(Side::Right, 21));
    assert!(
        patch.in_one_hunk(Side::Right, 3, 7)
            && !patch.in_one_hunk(Side::Right, 3, 8)
            && !patch.in_one_hunk(Side::Right, 5, 4)
    );
    assert_eq!(patch.hunks()[0].title, "Section");
    assert_eq!([1, 5, 100].map(|line| patch.nearest(line)), [Some(3), Some(5), Some(7)]);
}

#[test]
fn the_nearest_line_of_two_hunks_is_the_upper_one() {
    let patch = Patch::parse(Some("@@ -1 +1 @@\n-a\n+b\n@@ -5 +5 @@\n-a\n+b")).unwrap();
    assert_eq!([2, 3, 4].map(|line| patch.nearest(line)), [Some(1), Some(1), Some(5)]);
}

#[test]
fn without_a_patch_nothing_is_commentable() {
    for patch in [Patch::parse(None).unwrap(), Patch::parse(Some("")).unwrap()] {
        assert_eq!(patch.nearest(1), None);
        assert!(!patch.is_commentable(Side::Right, 1));
    }
}

#[test]
fn a_malformed_patch_is_an_error() {
    let check = |patch: &str, expected: PatchError| assert_eq!(Patch::parse(Some(patch)), Err(expected), "{patch:?}");
    check("hello", PatchError::NoHunk(1));
    check("@@ -1 +x @@\n a", PatchError::Header(1));
    check("@@ -0,1 +1 @@\n a", PatchError::Header(1));
    check("@@ -4294967295,2 +1 @@\n a", PatchError::Header(1));
    check("@@ -1,2 +1,2 @@\n a", PatchError::Count(1));
    check("@@ -1 +1 @@\n a\n b", PatchError::NoHunk(3));
    check("@@ -1 +1,2 @@\n?a\n b", PatchError::Mark(2));
    check("@@ -5 +5 @@\n a\n@@ -3 +3 @@\n a", PatchError::Header(3));
}

#[test]
fn lines_are_followed_to_the_new_version() {
    let map = LineMap::between("a\nb\nc\nd\n", "x\na\nB\nB2\nc\r\nd");
    assert_eq!([1, 2, 3, 4, 5, 0].map(|line| map.map(line)), [Some(2), None, Some(5), Some(6), None, None]);
    assert_eq!([1, 2, 3, 4, 9].map(|line| map.nearest(line)), [2, 3, 5, 6, 6]);
    assert_eq!(LineMap::between("a\n", "").nearest(1), 1);
    assert_eq!(LineMap::between("", "a\nb\n").nearest(7), 2);
}

fn replace(start_line: u32, end_line: u32, replacement: &str) -> LineReplacement {
    LineReplacement { start_line, end_line, replacement: replacement.to_owned() }
}

#[test]
fn a_suggestion_replaces_lines() {
    let check = |before: &str, change: LineReplacement, after: &str| assert_eq!(apply(before, &change), after);
    check("a\nb\nc\n", replace(2, 2, "B1\nB2"), "a\nB1\nB2\nc\n");
    check("a\r\nb\r\n", replace(1, 1, "x\ny"), "x\r\ny\r\nb\r\n");
    check("a\nb", replace(2, 2, "B"), "a\nB");
    check("a\nb\nc\n", replace(1, 2, ""), "c\n");
    check("a\n", replace(2, 2, "x"), "a\n");
    check("a\n", replace(0, 1, "x"), "a\n");
    check("a\nb\n", replace(2, 1, "x"), "a\nb\n");
}

#[test]
fn a_version_with_some_suggestions_is_recognised() {
    let before = "a\nb\nc\nd\ne";
    let all =
        [replace(1, 1, "A"), replace(2, 3, "BC"), replace(3, 3, "C"), replace(5, 5, "E1\nE2"), replace(9, 9, "z")];
    let check = |after: &str, expected: Option<&[usize]>| {
        assert_eq!(is_with_subset_applied(before, after, &all).as_deref(), expected, "{after:?}");
    };
    check(before, Some(&[]));
    check("A\nBC\nd\nE1\nE2", Some(&[0, 1, 3]));
    check("a\nb\nC\nd\ne", Some(&[2]));
    check("A\nBC\nd\ne\n", None); // a newline at the end is a change too
    check("A\nBC\nC\nd\ne", None); // both of an overlapping pair
    check("A \nb\nc\nd\ne", None);
    check("", None);
}

#[test]
fn many_suggestions_take_no_exponential_time() {
    // All suggestions say the same and lines are alike, so every subset looks like many others.
    let before = "x\n".repeat(400);
    let changes: Vec<_> = (1..=400).map(|n| replace(n, n, "x\nx")).collect();
    let after = format!("{}y\n", "x\n".repeat(600));
    assert_eq!(is_with_subset_applied(&before, &after, &changes), None);
    let after = "x\n".repeat(600);
    assert_eq!(is_with_subset_applied(&before, &after, &changes).map(|applied| applied.len()), Some(200));
}

#[test]
fn a_difference_is_shown() {
    insta::assert_snapshot!(unified("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nD\ne\nf\ng\nh\ni", 1), @r"
    @@ -3,3 +3,3 @@
     c
    -d
    +D
     e
    @@ -8 +8,2 @@
     h
    +i
    \ No newline at end of file
    ");
    assert_eq!(unified("a\n", "a\n", 3), "");
    let long = unified("", &"line\n".repeat(100_000), 3);
    assert!(long.len() < 21_000 && long.ends_with("more lines\n"));
    assert!(unified("", &"é".repeat(1_000_000), 3).len() < 21_000);
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "é\n", "d"]), 0..12)
        .prop_map(|lines| lines.concat())
}

fn changes() -> impl Strategy<Value = Vec<LineReplacement>> {
    let change = (1..8_u32, 0..3_u32, prop::sample::select(vec!["", "a", "b\na", "é", "x\ny\nz"]))
        .prop_map(|(start, len, replacement)| replace(start, start + len, replacement));
    prop::collection::vec(change, 0..6)
}

/// Every subset, by brute force.
fn some_subset(before: &str, after: &str, changes: &[LineReplacement]) -> bool {
    let count = u32::try_from(before.split_inclusive('\n').count()).unwrap();
    (0..1_u32 << changes.len()).any(|mask| {
        let mut taken: Vec<_> = (0..changes.len()).filter(|i| mask & (1 << i) != 0).map(|i| &changes[i]).collect();
        taken.sort_by_key(|change| std::cmp::Reverse(change.start_line));
        let valid = taken.iter().all(|c| c.end_line <= count)
            && taken.windows(2).all(|pair| pair[1].end_line < pair[0].start_line);
        // From the bottom up, so that line numbers stay right.
        let crlf = before.lines().next().is_some() && before.split_inclusive('\n').next().unwrap().ends_with("\r\n");
        valid && {
            let mut lines: Vec<String> = before.split_inclusive('\n').map(str::to_owned).collect();
            for change in taken {
                let (from, to) = (change.start_line as usize - 1, change.end_line as usize);
                let ended = lines[to - 1].ends_with('\n');
                let eol = if crlf { "\r\n" } else { "\n" };
                let mut new = change.replacement.replace('\n', eol);
                if ended && !change.replacement.is_empty() {
                    new.push_str(eol);
                }
                lines.splice(from..to, [new]);
            }
            lines.concat() == after
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn subsets_are_those_of_brute_force(before in text(), changes in changes(), pick in any::<u8>(), noise in text()) {
        let mut after = before.clone();
        let mut order: Vec<_> = changes.iter().enumerate().filter(|(i, _)| pick & (1 << i) != 0).collect();
        order.sort_by_key(|(_, change)| std::cmp::Reverse(change.start_line));
        for (_, change) in order { after = apply(&after, change); }
        for after in [after, noise] {
            let found = is_with_subset_applied(&before, &after, &changes);
            prop_assert_eq!(found.is_some(), some_subset(&before, &after, &changes), "{:?} {:?} {:?}", before, after, changes);
            if let Some(found) = found {
                let only: Vec<_> = found.iter().map(|&i| changes[i].clone()).collect();
                prop_assert!(some_subset(&before, &after, &only));
            }
        }
    }

    #[test]
    fn any_patch_is_read_or_refused(patch in "(@@ -[0-9]{1,2}(,[0-9])? \\+[0-9]{1,2}(,[0-9])? @@\n)?([ +\\-\\\\@a]{0,4}\n){0,6}") {
        if let Ok(patch) = Patch::parse(Some(&patch)) {
            for line in 0..20 {
                let near = patch.nearest(line);
                prop_assert!(near.is_none_or(|near| patch.is_commentable(Side::Right, near)));
            }
        }
    }

    #[test]
    fn a_mapped_line_is_the_same_line(old in text(), new in text()) {
        let map = LineMap::between(&old, &new);
        let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
        let mut last = 0;
        for (n, line) in (1..).zip(&old) {
            if let Some(to) = map.map(n) {
                prop_assert_eq!(new[to as usize - 1], *line);
                prop_assert!(to > last);
                last = to;
            }
            let near = map.nearest(n);
            prop_assert!(1 <= near && near as usize <= new.len().max(1));
        }
    }
}
