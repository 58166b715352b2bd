//! What matters about the repository itself: headers, sizes, banned words, links that lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A file should hold one idea. Longer ones need a reason here: path, reason.
const MAY_BE_LONG: &[(&str, &str)] = &[];
const MAX_LINES: usize = 700;

/// What must not stand in a source file. Written in two parts, so that this file does not find itself.
const BANNED: &[(&str, &str)] = &[
    (concat!("todo", "!("), "finish it or leave it out"),
    (concat!("unimplemented", "!("), "finish it or leave it out"),
    (concat!("dbg", "!("), "a left-over"),
    (concat!("TO", "DO"), "open an issue"),
    (concat!("FIX", "ME"), "open an issue"),
    (concat!("#[", "ignore]"), "a test that never runs reads as a pass"),
];

/// Paths of one machine.
const MACHINE: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/tmp/", "wt"), concat!("/tmp/", "brief"), concat!("/ro", "ot/")];

const TEXT: &[&str] = &["rs", "md", "toml", "yml", "yaml", "json", "sql", "html", "css", "js", "sh", "lock"];

struct File {
    /// Path below the repository, with `/`.
    name: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file of the repository: its text, empty when it is not a text.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_dir() {
                if ![".git", "target"].contains(&name.as_str()) {
                    folders.push(path);
                }
                continue;
            }
            let extension = path.extension().and_then(|e| e.to_str());
            let is_text = extension.map_or_else(|| name == "justfile" || name == ".ci/run", |e| TEXT.contains(&e));
            let text = if is_text { fs::read_to_string(&path).unwrap() } else { String::new() };
            found.push(File { name, text });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == "rs")
}

fn is_markdown(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == "md")
}

/// Everything that is wrong with one file by itself.
fn complaints(name: &str, text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for path in MACHINE.iter().filter(|p| text.contains(**p)) {
        out.push(format!("{name}: holds a path of one machine, `{path}`"));
    }
    if let Some(at) = text.lines().position(|l| l.contains('\t')) {
        out.push(format!("{name}:{}: holds a tab", at + 1));
    }
    if is_rust(name) {
        if !text.starts_with("//!") {
            out.push(format!("{name}: begins without a `//!` line that says what it is"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES && !MAY_BE_LONG.iter().any(|(n, _)| *n == name) {
            out.push(format!("{name}: {lines} lines; split it, or give a reason in tests/it/tidy.rs"));
        }
        for (word, why) in BANNED.iter().filter(|(word, _)| text.contains(word)) {
            out.push(format!("{name}: `{word}`: {why}"));
        }
    }
    out
}

#[test]
fn files_are_tidy() {
    let files = files();
    let complaints: Vec<String> = files.iter().flat_map(|f| complaints(&f.name, &f.text)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    for (name, _) in MAY_BE_LONG {
        let lines = files.iter().find(|f| f.name == *name).map_or(0, |f| f.text.lines().count());
        assert!(lines > MAX_LINES, "{name} is short or gone: take it out of tests/it/tidy.rs");
    }
}

#[test]
fn planted_untidiness_is_found() {
    let long = format!("//! Long.\n{}", "\n".repeat(MAX_LINES));
    let mut planted = vec![
        ("src/a.rs", "fn f() {}".to_owned()),
        ("src/a.rs", long),
        ("src/a.rs", "//! A.\n\tfn f() {}".to_owned()),
        ("docs/a.md", "a\tb".to_owned()),
    ];
    planted.extend(BANNED.iter().map(|(word, _)| ("src/a.rs", format!("//! A.\nfn f() {{ {word}) }}"))));
    planted.extend(MACHINE.iter().map(|path| ("docs/a.md", format!("see {path}x"))));
    for (name, text) in planted {
        assert_eq!(complaints(name, &text).len(), 1, "in {name}: {text}");
    }
    assert_eq!(complaints("src/a.rs", "//! A.\nfn f() {}\n"), Vec::<String>::new());
}

/// The targets of Markdown links outside code: `[words](target)`, and of images.
fn links(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        // Every other piece between backticks is code.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        let mut rest = prose.as_str();
        while let Some(at) = rest.find("](") {
            rest = &rest[at + 2..];
            let end = rest.find([')', ' ']).unwrap_or(rest.len());
            out.push(rest[..end].to_owned());
        }
    }
    out
}

/// The anchors that GitHub gives the headings of a Markdown file.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut out = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if !fenced && line.starts_with('#') {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            out.insert(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        }
    }
    out
}

/// `to` as written in `from`, as a path below the repository.
fn below_root(from: &str, to: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in Path::new(from).parent().unwrap().join(to).components() {
        match part {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(name) => parts.push(name.to_str().unwrap().to_owned()),
            _ => {}
        }
    }
    parts.join("/")
}

/// Links that lead nowhere, and files below `docs/` that no chain of links from the README reaches.
fn link_complaints(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut out = Vec::new();
    let mut leads_to: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // Elsewhere, Markdown is somebody's text to review, or a part of a page.
    let elsewhere = ["examples/", "tests/", "prompts/", "src/"];
    let ours = |n: &str| is_markdown(n) && !elsewhere.iter().any(|folder| n.starts_with(folder));
    for (name, text) in files.iter().filter(|(n, _)| ours(n)) {
        for link in links(text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { name.clone() } else { below_root(name, path) };
            let is_folder = files.keys().any(|n| n.starts_with(&format!("{target}/")));
            match files.get(&target) {
                None if !is_folder => out.push(format!("{name}: the link `{link}` leads nowhere")),
                Some(text) if !anchor.is_empty() && is_markdown(&target) && !anchors(text).contains(anchor) => {
                    out.push(format!("{name}: `{link}`: no such heading"));
                }
                _ => leads_to.entry(name).or_default().push(target),
            }
        }
    }
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut next = vec!["README.md".to_owned()];
    while let Some(name) = next.pop() {
        if reached.insert(name.clone()) {
            next.extend(leads_to.get(name.as_str()).into_iter().flatten().cloned());
        }
    }
    for name in files.keys().filter(|n| n.starts_with("docs/") && !reached.contains(*n)) {
        out.push(format!("{name}: no link from the README, or from a file that it leads to"));
    }
    out
}

#[test]
fn links_lead_somewhere_and_every_doc_is_linked() {
    let files: BTreeMap<String, String> = files().into_iter().map(|f| (f.name, f.text)).collect();
    let complaints = link_complaints(&files);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn planted_dead_links_are_found() {
    let check = |readme: &str, doc: &str| {
        let files = [("README.md", readme), ("docs/a.md", doc), ("docs/b.png", "")];
        link_complaints(&files.map(|(n, t)| (n.to_owned(), t.to_owned())).into())
    };
    let fine = "[a](docs/a.md#the-way-of-a-reply) [web](https://example.com) `[x](y)`\n```\n[x](y)\n```\n";
    assert_eq!(check(fine, "# The way of a reply\n![b](b.png) [up](../README.md)"), Vec::<String>::new());
    assert_eq!(check(fine, "# Another\n![b](b.png)").len(), 1 + 2, "a heading that is gone, and what hangs on it");
    assert_eq!(check(fine, "# The way of a reply\n![b](c.png)").len(), 1 + 1);
    assert_eq!(check("nothing", "").len(), 2);
}

/// The names of tests in a table: code with an underscore in it.
fn named_tests(table: &str) -> Vec<&str> {
    table
        .lines()
        .filter(|l| l.starts_with('|'))
        .flat_map(|l| l.split('`').skip(1).step_by(2))
        .filter(|name| {
            name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        })
        .collect()
}

#[test]
fn tests_that_the_architecture_names_exist() {
    let files = files();
    let page = files.iter().find(|f| f.name == "docs/architecture.md").unwrap();
    let (_, section) = page.text.split_once("## What must stay true").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let invariants =
        section.lines().filter(|l| l.starts_with("| ") && l[2..].starts_with(|c: char| c.is_ascii_digit()));
    for line in invariants.clone() {
        assert!(!named_tests(line).is_empty(), "an invariant that no test holds: {line}");
    }
    assert_eq!(invariants.count(), 9);
    for name in named_tests(section) {
        let exists = files.iter().any(|f| is_rust(&f.name) && f.text.contains(&format!("fn {name}(")));
        assert!(exists, "docs/architecture.md: there is no test `{name}`");
    }
    assert_eq!(named_tests("| 1 | `wake_at` is | `a_test`, `Not::one` |\n`not_a_table`"), ["wake_at", "a_test"]);
}
