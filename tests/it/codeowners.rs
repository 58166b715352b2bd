//! CODEOWNERS against a second, slow and simple reading of the rules, on random files.

use std::fmt::Write as _;
use std::time::Instant;

use proptest::prelude::*;
use regex::Regex;
use threadmodel::codeowners::Codeowners;

/// A pattern as a regular expression, written from the documentation: the second opinion.
fn regex_of(pattern: &str) -> Regex {
    let mut body = pattern.trim_end_matches('/').trim_start_matches('/').to_owned();
    let directory = pattern.ends_with('/');
    let anchored = pattern.trim_end_matches('/').contains('/');
    let direct_only = anchored && !directory && (body == "*" || body.ends_with("/*"));
    if !anchored {
        body = format!("**/{body}");
    }
    let mut text = String::from("^");
    let segments: Vec<&str> = body.split('/').collect();
    for (i, segment) in segments.iter().enumerate() {
        let last = i + 1 == segments.len();
        match (*segment, last) {
            ("**", false) => text += "(?:[^/]+/)*",
            ("**", true) => text += "[^/]+(?:/[^/]+)*",
            (segment, _) => {
                for c in segment.chars() {
                    match c {
                        '*' if segment == "*" => text += "[^/]+",
                        '*' => text += "[^/]*",
                        '?' => text += "[^/]",
                        c => text += &regex::escape(&c.to_string()),
                    }
                }
                if !last {
                    text.push('/');
                }
            }
        }
    }
    text += match (directory, direct_only) {
        (true, _) => "/.+$",
        (false, true) => "$",
        (false, false) => "(?:/.+)?$",
    };
    Regex::new(&text).unwrap()
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "ab", "a.b", "ü", "b.a", "aab"]).prop_map(String::from)
}

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => name(),
        1 => Just("**".to_owned()),
        1 => Just("*".to_owned()),
        2 => "[ab.?*]{1,4}".prop_filter("stars alone are `**`", |s| s.contains(|c| c != '*')),
    ]
}

fn pattern() -> impl Strategy<Value = String> {
    let parts = (any::<bool>(), prop::collection::vec(segment(), 1..5), any::<bool>());
    parts.prop_map(|(root, segments, directory)| {
        let root = if root { "/" } else { "" };
        let directory = if directory { "/" } else { "" };
        format!("{root}{}{directory}", segments.join("/"))
    })
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(name(), 1..6).prop_map(|names| names.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_matching_line_wins(patterns in prop::collection::vec(pattern(), 1..12), path in path()) {
        let mut text = String::new();
        for (i, pattern) in patterns.iter().enumerate() {
            let owner = if i % 3 == 0 { "" } else { "@owner" };
            writeln!(text, "{pattern} {owner}").unwrap();
        }
        let file = Codeowners::parse(&text);
        prop_assert_eq!(file.rules().len(), patterns.len());
        let found = file.rule_for(&path).map(|rule| rule.line as usize - 1);
        let expected = patterns.iter().rposition(|pattern| regex_of(pattern).is_match(&path));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_text_is_read(text in r"(?:[\PC\n\t\r]|[*?/\\#@!\[ a])*", path in ".*") {
        let file = Codeowners::parse(&text);
        if let Some(rule) = file.rule_for(&path) {
            prop_assert!(file.rules().contains(rule));
        }
        let lines = text.split('\n').count();
        prop_assert!(file.rules().len() + file.invalid_lines().len() <= lines);
    }
}

/// Many directories, endings, wildcards and names, as in a large company's one repository.
fn large_file(rules: usize) -> String {
    let mut text = String::from("* @acme/everyone\n");
    for i in 1..rules {
        let (area, service) = (i % 37, i % 613);
        match i % 10 {
            0 => writeln!(text, "*.kind{i} @acme/kind-{area} @user{service}"),
            1 => writeln!(text, "**/module-{i} @acme/area-{area}"),
            2 => writeln!(text, "/areas/{area}/**/part-{i}.md @user{service}"),
            3 => writeln!(text, "docs/{area}/topic-{i}/* @acme/docs-{area}"),
            4 => writeln!(text, "/areas/{area}/svc-{service}/*.rs @user{i}"),
            5 => writeln!(text, "gen-{i}-* @acme/generators"),
            _ => writeln!(text, "/areas/{area}/svc-{service}/dir-{i}/ @acme/t-{area}"),
        }
        .unwrap();
    }
    text
}

#[test]
fn a_large_file_gives_the_same_answers_as_line_by_line() {
    let text = large_file(1500);
    let file = Codeowners::parse(&text);
    let slow: Vec<(u32, Regex)> = (1..).zip(text.lines().map(|l| regex_of(l.split(' ').next().unwrap()))).collect();
    for path in paths().iter().take(150) {
        let expected = slow.iter().rev().find(|(_, regex)| regex.is_match(path)).map(|(line, _)| *line);
        assert_eq!(file.rule_for(path).map(|rule| rule.line), expected, "{path}");
    }
}

fn paths() -> Vec<String> {
    let path = |i: usize| match i % 6 {
        0 => format!("areas/{}/svc-{}/dir-{}/src/deep/file.rs", i % 37, i % 613, i),
        1 => format!("docs/{}/topic-{}/plan.md", i % 37, i),
        2 => format!("areas/{}/a/b/c/part-{}.md", i % 37, i),
        3 => format!("elsewhere/a/module-{}/x/y.txt", i - 2),
        4 => format!("tools/gen-{}-fast/x.kind{}", i + 1, i),
        _ => format!("nothing/{i}/at/all/here.txt"),
    };
    (0..5000).map(path).collect()
}

/// `cargo test --release --test it speed_of_a_large_file -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: only meaningful in a release build on a quiet machine"]
fn speed_of_a_large_file() {
    let text = large_file(10_000);
    let mut parse_times = Vec::new();
    for _ in 0..21 {
        let start = Instant::now();
        let file = std::hint::black_box(Codeowners::parse(&text));
        parse_times.push(start.elapsed());
        drop(file);
    }
    parse_times.sort();
    let file = Codeowners::parse(&text);
    let paths = paths();
    let start = Instant::now();
    for path in &paths {
        std::hint::black_box(file.rule_for(path));
    }
    let per_path = start.elapsed() / 5000;
    println!("{} bytes: parse {:?}, per path {per_path:?}", text.len(), parse_times[10]);
    assert!(parse_times[10].as_millis() < 10 && per_path.as_nanos() < 9000);
}
