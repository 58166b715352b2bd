//! The rules of GitHub's CODEOWNERS, one by one.

use super::*;

/// Whether one pattern covers a path.
fn covers(pattern: &str, path: &str) -> bool {
    let file = Codeowners::parse(&format!("{pattern} @owner\n"));
    assert_eq!(file.invalid_lines(), &[], "{pattern} should be valid");
    file.rule_for(path).is_some()
}

#[track_caller]
fn check(pattern: &str, covered: &[&str], not_covered: &[&str]) {
    for path in covered {
        assert!(covers(pattern, path), "{pattern} should cover {path}");
    }
    for path in not_covered {
        assert!(!covers(pattern, path), "{pattern} should not cover {path}");
    }
}

fn reason(line: &str) -> Option<InvalidReason> {
    let file = Codeowners::parse(line);
    file.invalid_lines().first().map(|line| line.reason.clone())
}

#[test]
fn a_name_matches_at_any_depth_and_what_lies_below_it() {
    check("plans", &["plans", "a/plans", "a/plans/b/c"], &["plans2", "xplans", "a/b"]);
    check("plans/", &["plans/a", "x/plans/a"], &["plans", "x/plans"]);
}

#[test]
fn a_separator_ties_the_pattern_to_the_root() {
    check("/plans", &["plans", "plans/a"], &["x/plans"]);
    check("a/plans", &["a/plans", "a/plans/x/y"], &["x/a/plans"]);
    check("/plans/", &["plans/a", "plans/a/b"], &["plans", "x/plans/a"]);
}

#[test]
fn a_star_at_the_end_owns_direct_children_only() {
    check("a/*", &["a/b"], &["a/b/c", "a", "x/a/b"]);
    check("/*", &["a"], &["a/b"]);
    check("**/a/*", &["a/b", "x/a/b"], &["x/a/b/c"]);
    check("*", &["a", "a/b/c"], &[]);
    check("a/*/", &["a/b/c", "a/b/c/d"], &["a/b"]);
    check("a/*.md", &["a/b.md", "a/b.md/c"], &["a/c/b.md"]);
}

#[test]
fn two_stars_cross_directories_only_when_they_stand_alone() {
    check("a/**", &["a/b", "a/b/c"], &["a", "ab"]);
    check("a/**/b", &["a/b", "a/x/b", "a/x/y/b/z"], &["b", "a/bb"]);
    check("**/b", &["b", "x/b", "x/y/b/z"], &["x/bb"]);
    check("a/**/**/b", &["a/b", "a/x/b"], &["a/x"]);
    check("a/x**y", &["a/xy", "a/x1y"], &["a/x/y"]);
    check("a/**/c/**/*.md", &["a/c/x.md", "a/b/c/d/e/x.md"], &["a/x.md"]);
}

#[test]
fn wildcards_stay_within_a_segment() {
    check("a?c", &["abc", "aüc"], &["ac", "abbc", "a/c"]);
    check("/a*c/d", &["ac/d", "abbc/d/e"], &["a/c/d"]);
    check("*a*b*", &["xxaxxbxx", "ab"], &["ba", "a/b"]);
    check("*.tar.gz", &["x.tar.gz", "y/x.tar.gz"], &["x.gz", "x.tar"]);
    check("*.", &["x."], &["x"]);
}

#[test]
fn a_backslash_makes_the_next_character_plain() {
    check(r"a\*b", &["a*b"], &["axb"]);
    check(r"a\\b", &[r"a\b"], &["ab"]);
    check(r"two\ words/", &["two words/x"], &["two/x"]);
    check(r"\!a", &["!a"], &["a"]);
    check(r"\[a\]", &["[a]"], &["a"]);
    check(r"*\.md", &["x.md"], &["xmd"]);
}

#[test]
fn other_special_characters_of_globs_are_plain() {
    check("{a,b}", &["{a,b}"], &["a"]);
    check("a]", &["a]"], &[]);
    check("a.c", &["a.c"], &["abc"]);
}

#[test]
fn case_matters_in_paths() {
    check("/Plans/", &["Plans/a"], &["plans/a"]);
}

#[test]
fn a_pattern_of_nothing_but_separators_matches_nothing() {
    check("/", &[], &["a", "a/b"]);
    check("//", &[], &["a", "a/b"]);
    check("a//b", &[], &["a/b", "a/x/b"]);
}

#[test]
fn the_last_line_that_matches_decides() {
    let file = Codeowners::parse("* @all\n/a/ @a\n/a/b.md\n*.md @md # words\n/a/ @later\n");
    let line = |path| file.rule_for(path).map(|rule| rule.line);
    assert_eq!(line("x"), Some(1));
    assert_eq!(line("x.md"), Some(4));
    assert_eq!(line("a/b.md"), Some(5));
    assert_eq!(Codeowners::parse("a @x").rule_for(""), None);
}

#[test]
fn a_line_without_owners_takes_ownership_away() {
    let file = Codeowners::parse("/a/ @x\n/a/open # nobody\n");
    let rule = file.rule_for("a/open/b").unwrap();
    assert_eq!((rule.line, rule.owners.len()), (2, 0));
}

#[test]
fn invalid_lines_are_skipped_and_told() {
    let file = Codeowners::parse("* @all\r\n!a @x\r\n*.md @md\r\n");
    assert_eq!(file.rules().len(), 2);
    assert_eq!(
        file.invalid_lines(),
        &[InvalidLine { line: 2, source: "!a @x".into(), reason: InvalidReason::Negation }]
    );
    assert_eq!(file.rule_for("a").map(|rule| rule.line), Some(1));
}

#[test]
fn each_fault_has_its_reason() {
    assert_eq!(reason("a[bc] @x"), Some(InvalidReason::CharacterRange));
    assert_eq!(reason(r"\#a @x"), Some(InvalidReason::DanglingEscape));
    assert_eq!(reason(r"a\/b @x"), Some(InvalidReason::DanglingEscape));
    assert_eq!(reason("a @x y"), Some(InvalidReason::NotAnOwner("y".into())));
    assert_eq!(reason("a @x\u{a0}"), Some(InvalidReason::NotAnOwner("@x\u{a0}".into())));
    assert_eq!(reason("a @x # y"), None);
}

#[test]
fn owners_are_users_teams_and_addresses() {
    for word in ["@a", "@a-b", "@a_corp", "@org/team_1", "a.b+c@mail.example.com"] {
        assert_eq!(Owner::parse(word).unwrap().to_string(), word);
    }
    for word in ["", "@", "@-a", "@a/", "@/a", "@a/b/c", "@ü", "a", "a@b", "@a@b.c", "a@b..c", "a@-b.c"] {
        assert_eq!(Owner::parse(word), None, "{word}");
    }
}

#[test]
fn owners_compare_without_case_and_by_kind() {
    use std::collections::HashSet;
    let both: HashSet<_> = ["@Org/Team", "@org/team"].map(Owner::parse).into();
    assert_eq!(both.len(), 1);
    assert_ne!(Owner::parse("@a"), Owner::parse("@a/a"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_pattern() {
    assert!(Codeowners::parse("\u{feff}/a @x").rule_for("a").is_some());
}

#[test]
fn a_file_that_github_does_not_load_owns_nothing() {
    let mut text = String::from("* @all\n");
    text.extend(std::iter::repeat_n('#', MAX_BYTES - text.len() - 1));
    assert!(Codeowners::parse(&text).rule_for("a").is_some());
    text.push('#');
    let file = Codeowners::parse(&text);
    assert!(file.too_large());
    assert_eq!(file.rule_for("a"), None);
}

#[test]
fn the_first_location_that_is_a_file_counts() {
    assert_eq!(locate(|_| true), Some(".github/CODEOWNERS"));
    assert_eq!(locate(|path| path != LOCATIONS[0]), Some("CODEOWNERS"));
    assert_eq!(locate(|path| path == "docs/CODEOWNERS"), Some("docs/CODEOWNERS"));
    assert_eq!(locate(|path| path == "codeowners"), None);
}
