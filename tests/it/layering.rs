//! The layers of docs/architecture.md, read from the sources: dependencies point down only, the core is free of the clock,
//! randomness, the environment and IO, the gate sees no model text, the sandbox knows nothing of the product.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod paths;

use paths::{code, module_of, paths};

/// What each module may use of the crate. A module that is not named here fails: say where it belongs.
const MAY_USE: &[(&str, &[&str])] = &[
    // ── core ──
    ("time", &[]),
    ("text", &[]),
    ("digest", &[]),
    ("codeowners", &[]),
    ("threat_model", &["time"]),
    // Decisions as files.
    ("memory", &["threat_model", "time"]),
    ("document", &["text"]),
    ("diff", &["document", "text"]),
    ("policy", &["codeowners", "text"]),
    ("evidence", &["document", "text", "threat_model"]),
    ("methodology", &["threat_model"]),
    // Types, and the built-in analyst: text rules without IO. An analyst that calls a model belongs to the shell.
    ("analyst", &["digest", "document", "evidence", "methodology", "text", "threat_model", "time"]),
    // Words from facts: of `review` only the types in `PROSE_MAY_READ`.
    (
        "prose",
        &[
            "codeowners",
            "diff",
            "digest",
            "document",
            "methodology",
            "policy",
            "review",
            "text",
            "threat_model",
            "time",
        ],
    ),
    (
        "review",
        &[
            "analyst",
            "codeowners",
            "diff",
            "digest",
            "document",
            "evidence",
            "methodology",
            "policy",
            "prose",
            "text",
            "threat_model",
            "time",
        ],
    ),
    // A review to take along, from what is kept of it.
    ("export", &["analyst", "methodology", "prose", "review", "threat_model", "time"]),
    // Measures an analyst by what it returns; it shares no rule with the one that it measures.
    ("eval", &["analyst", "digest", "document", "evidence", "text", "threat_model", "time"]),
    // ── shell ──
    // The analyst that asks a model, and who takes over when it cannot.
    ("llm", &["analyst", "diff", "digest", "document", "evidence", "methodology", "text", "threat_model", "time"]),
    ("store", &["analyst", "digest", "review", "threat_model", "time"]),
    (
        "github",
        &[
            "codeowners",
            "diff",
            "digest",
            "document",
            "memory",
            "methodology",
            "policy",
            "prose",
            "review",
            "text",
            "threat_model",
            "time",
        ],
    ),
    ("web", &["github", "store", "time"]),
    ("config", &["github", "llm", "review", "time"]),
    (
        "engine",
        &[
            "analyst",
            "codeowners",
            "diff",
            "digest",
            "document",
            "evidence",
            "github",
            "llm",
            "policy",
            "prose",
            "review",
            "store",
            "text",
            "threat_model",
            "time",
        ],
    ),
    // The sandbox plays GitHub: what it knew of the product, it would let pass.
    ("sandbox", &[]),
    (
        "cli",
        &[
            "analyst",
            "codeowners",
            "config",
            "diff",
            "digest",
            "document",
            "engine",
            "eval",
            "evidence",
            "export",
            "github",
            "llm",
            "memory",
            "methodology",
            "policy",
            "prose",
            "review",
            "sandbox",
            "store",
            "text",
            "threat_model",
            "time",
            "web",
        ],
    ),
];

const CORE: &[&str] = &[
    "analyst",
    "codeowners",
    "diff",
    "digest",
    "document",
    "eval",
    "evidence",
    "export",
    "memory",
    "methodology",
    "policy",
    "prose",
    "review",
    "text",
    "threat_model",
    "time",
];

/// What the core must not touch: beginnings of paths.
const NOT_IN_THE_CORE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "std::time::SystemTime",
    "std::time::Instant",
    "SystemTime::now",
    "Instant::now",
    "chrono::Utc::now",
    "chrono::Local",
    "Utc::now",
    "Local::now",
    "rand::",
    "getrandom::",
    "uuid::",
    "tokio::",
    "tokio_util::",
    "futures::",
    "reqwest::",
    "sqlx::",
    "octocrab::",
    "axum::",
    "tower::",
    "hyper::",
    "tracing::",
];

/// All of the crate that the gate may name: its facts can be made of nothing else.
const GATE_MAY_NAME: &[&str] = &[
    "crate::review::coverage::Covers",
    "crate::review::coverage::Touch",
    "crate::review::ownership::Owns",
    "crate::review::snapshot::ActorKind",
    "crate::review::snapshot::Known",
    "crate::review::snapshot::Permission",
    "crate::review::snapshot::UserId",
    "crate::review::verdict::DocumentNeeds",
    "crate::review::verdict::Ground",
    "crate::review::verdict::OwnersOf",
    "crate::review::verdict::Reason",
    "crate::review::verdict::Verdict",
    "crate::review::verdict::Why",
    "crate::time::Timestamp",
];

/// The gate and what takes its facts from a snapshot.
const GATE: &[&str] =
    &["review/gate.rs", "review/weighing.rs", "review/coverage.rs", "review/ownership.rs", "review/say.rs"];

/// What those may read of a snapshot: nothing that people wrote in words, and nothing of ours.
const GATE_MAY_READ: &[&str] = &[
    "blobs",
    "codeowners",
    "codeowners_errors",
    "commits",
    "dismissals",
    "people",
    "pull",
    "retargeted_at",
    "reviews",
    "teams",
    "trees",
];

/// Types of `review` that are plain facts, for the words.
const PROSE_MAY_READ: &[&str] = &[
    "review::commands::Refusal",
    "review::commands::Verb",
    "review::curation::Asked",
    "review::curation::Change",
    "review::curation::Note",
    "review::curation::Part",
    "review::pasted::Kind",
    "review::snapshot::CodeownersError",
    "review::spent::StoodIn",
    "review::verdict::",
    "review::wanted::Phase",
];

struct Source {
    /// Path below `src`, with `/`.
    name: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
                found.push(Source { name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// A file that is compiled for tests only may use what it likes.
fn is_test(name: &str) -> bool {
    name.ends_with("/tests.rs") || name.ends_with("_tests.rs") || name.contains("/tests/")
}

/// Everything that is wrong with one file.
fn complaints(name: &str, text: &str) -> Vec<String> {
    if is_test(name) {
        return Vec::new();
    }
    let module = module_of(name);
    let Some(top) = module.first().map(String::as_str) else { return Vec::new() };
    if top == "lib" || top == "main" {
        return Vec::new();
    }
    let Some((_, may)) = MAY_USE.iter().find(|(m, _)| *m == top) else {
        return vec![format!("{name}: `{top}` has no layer; give it one in tests/it/layering.rs")];
    };
    let code = code(text);
    let paths = paths(&code, &module);
    let mut out = Vec::new();

    for path in paths.iter().filter(|p| p.first().is_some_and(|s| s == "crate")) {
        let Some(used) = path.get(1) else { continue };
        let used = match used.as_str() {
            "say" => "prose", // its macro
            used => used,
        };
        if used != top && !may.contains(&used) {
            out.push(format!("{name}: `{top}` may not use `{used}` ({})", path.join("::")));
        }
        if top == "prose" && used == "review" && !begins(&path[1..], PROSE_MAY_READ) {
            out.push(format!("{name}: prose reads plain facts of review only, not {}", path.join("::")));
        }
    }
    if CORE.contains(&top) {
        for path in paths.iter().filter(|p| begins(p, NOT_IN_THE_CORE)) {
            out.push(format!("{name}: the core may not use {}", path.join("::")));
        }
        for word in ["async", "await"] {
            if paths::has_word(&code, word) {
                out.push(format!("{name}: the core is not `{word}`"));
            }
        }
    }
    if GATE.contains(&name) {
        out.extend(gate_complaints(name, &code, &paths));
    }
    out
}

fn gate_complaints(name: &str, code: &str, paths: &[Vec<String>]) -> Vec<String> {
    let mut out = Vec::new();
    for path in paths.iter().filter(|p| p.first().is_some_and(|s| s == "crate")) {
        let path = path.join("::");
        if name == "review/gate.rs"
            && !GATE_MAY_NAME.iter().any(|may| path == *may || path.starts_with(&format!("{may}::")))
        {
            out.push(format!("{name}: the gate may not name {path}"));
        }
        // What a suggestion would put into the document is compared byte for byte, in one file, behind `Kept`.
        let bytes = name == "review/coverage.rs"
            && ["crate::threat_model::Suggestion", "crate::review::record::"].iter().any(|p| path.starts_with(p));
        let words = ["analyst", "prose", "threat_model", "evidence", "say", "review::record", "review::wanted"];
        if !bytes
            && words.iter().any(|m| path.starts_with(&format!("crate::{m}")))
            && !path.starts_with("crate::review::say")
        {
            out.push(format!("{name}: the gate may not see {path}"));
        }
    }
    for field in paths::fields_of(code, "snapshot") {
        if !GATE_MAY_READ.contains(&field.as_str()) {
            out.push(format!("{name}: the gate may not read snapshot.{field}"));
        }
    }
    // The text of a post, whatever it hangs on; who wrote it may be asked.
    for field in ["body", "threads", "comments"] {
        if code.contains(&format!(".{field}")) {
            out.push(format!("{name}: the gate may not read `.{field}`"));
        }
    }
    if paths::has_word(code, "Untrusted") {
        out.push(format!("{name}: the gate may not see text from outside"));
    }
    out
}

/// Whether a path is one of `beginnings`, or lies below one. A beginning that ends with `::` is a crate or a module.
fn begins(path: &[String], beginnings: &[&str]) -> bool {
    let path = format!("{}::", path.join("::"));
    beginnings.iter().any(|b| path.starts_with(&format!("{}::", b.trim_end_matches("::"))))
        && path.matches("::").count() > 1
}

#[test]
fn dependencies_point_down_only() {
    let sources = sources();
    let complaints: Vec<String> = sources.iter().flat_map(|s| complaints(&s.name, &s.text)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    // The table itself holds no module that is gone, and the gate's files are where it looks for them.
    let tops: BTreeSet<String> = sources.iter().filter_map(|s| module_of(&s.name).first().cloned()).collect();
    for (module, _) in MAY_USE {
        assert!(tops.contains(*module), "tests/it/layering.rs names `{module}`, which is not there");
    }
    for gate in GATE {
        assert!(sources.iter().any(|s| s.name == *gate), "src/{gate} has moved: tell tests/it/layering.rs");
    }
}

#[test]
fn modules_of_the_core_use_each_other_without_a_ring() {
    // `review` and `prose` meet in plain facts (PROSE_MAY_READ); apart from that the table is a ladder.
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&(&str, &[&str])> = MAY_USE.iter().collect();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|(module, uses)| {
            let free = uses.iter().all(|u| placed.contains(u) || (*module == "prose" && *u == "review"));
            if free {
                placed.insert(module);
            }
            !free
        });
        assert!(left.len() < before, "a ring among {:?}", left.iter().map(|(m, _)| m).collect::<Vec<_>>());
    }
}

/// The rules can fail: each line is planted into a file where it must not stand.
#[test]
fn planted_breaches_are_found() {
    let check = |name: &str, text: &str| complaints(name, text);
    for (name, text) in [
        ("review/gate.rs", "use crate::threat_model::Threat;"),
        ("review/gate.rs", "use crate::{digest::Digest, prose::markdown::SafeMarkdown};"),
        ("review/gate.rs", "use crate::analyst::AssessOutput;"),
        ("review/gate.rs", "use super::record::Record;"),
        ("review/gate.rs", "fn f(record: &super::record::Record) {}"),
        ("review/gate.rs", "use super::snapshot::{Known, Snapshot};"),
        ("review/gate.rs", "use super::snapshot::Comment;"),
        ("review/gate.rs", "use super::snapshot::*;"),
        ("review/gate.rs", "use super::coverage::{Covers, Kept};"),
        ("review/gate.rs", "use super::verdict;"),
        ("review/gate.rs", "use super::say::Say;"),
        ("review/weighing.rs", "fn f(snapshot: &Snapshot) { snapshot.threads.len(); }"),
        ("review/weighing.rs", "fn f(snapshot: &Snapshot) { snapshot\n    .comments\n    .len(); }"),
        ("review/weighing.rs", "use super::record::Record;"),
        ("review/gate.rs", "fn f(review: &R) -> &str { &review.post.body }"),
        ("review/gate.rs", "use super::snapshot::{Actor, Untrusted};"),
        ("review/coverage.rs", "use crate::threat_model::Recommendation;"),
        ("document/html.rs", "use crate::review::record::Record;"),
        ("document/html.rs", "use super::super::engine::Engine;"),
        ("review/want.rs", "use crate::store::Store;"),
        ("review/want.rs", "fn f() { let x = crate::github::act::Act; }"),
        ("review/want.rs", "use std::{collections::BTreeMap, time::{Duration, Instant}};"),
        ("review/want.rs", "fn f() { std::env::var(\"HOME\"); }"),
        ("review/want.rs", "use std::fs;"),
        ("review/want.rs", "use std::io::Read as _;"),
        ("review/want.rs", "use chrono::Utc; fn f() { Utc::now(); }"),
        ("review/want.rs", "fn f() { chrono::Utc::now(); }"),
        ("review/want.rs", "fn f() { getrandom::fill(&mut []); }"),
        ("review/want.rs", "use tokio::sync::Mutex;"),
        ("review/want.rs", "async fn f() {}"),
        ("review/want.rs", "fn f() { let it = \"//\"; tokio::spawn(it); }"),
        ("prose/check.rs", "use crate::review::gate::Judged;"),
        ("prose/check.rs", "use crate::review::{verdict::Reason, reconcile::reconcile};"),
        ("prose/check.rs", "use crate::review::wanted::WantedPost;"),
        ("sandbox/model.rs", "use crate::codeowners::Rules;"),
        ("sandbox/model.rs", "use crate::{sandbox::page, time::Timestamp};"),
        ("sandbox/model.rs", "fn f() { crate::text::fold(); }"),
        ("store/records.rs", "use crate::engine::Engine;"),
        ("web/webhook.rs", "use crate::cli::Cli;"),
        ("github/act.rs", "use crate::store::Store;"),
        ("dashboard/page.rs", "fn f() {}"),
    ] {
        assert!(!check(name, text).is_empty(), "not found: `{text}` in {name}");
    }
    for (name, text) in [
        ("review/gate.rs", "use super::coverage::{Covers, Touch}; use crate::time::Timestamp; fn f() { Covers::Yes; }"),
        (
            "review/weighing.rs",
            "use super::coverage::{Covers, Kept}; use super::say::says; use super::snapshot::Snapshot;",
        ),
        ("review/weighing.rs", "fn f(snapshot: &Snapshot) { snapshot.pull.head; }"),
        ("review/coverage.rs", "use crate::threat_model::Suggestion; use super::record::Record;"),
        (
            "review/want.rs",
            "// tokio::spawn, std::fs\n/* crate::store */ fn f() { \"std::env::var crate::store\"; '\"'; }",
        ),
        ("review/want.rs", "fn f<'a>(x: &'a str) {} /* async */"),
        ("review/want.rs", "#[cfg(test)]\nmod tests { use std::fs; fn f() { { } } }\nfn g() {}"),
        ("review/tests.rs", "use std::fs;"),
        (
            "prose/check.rs",
            "use crate::review::verdict::{Reason, Why}; use crate::review::wanted::Phase; crate::say!(\"x\");",
        ),
        ("sandbox/model.rs", "use crate::sandbox::{log, world}; use std::fs;"),
        ("engine/look.rs", "use crate::review::want; async fn f() { std::fs::read(); }"),
        ("main.rs", "use threadmodel::cli::Cli;"),
    ] {
        assert_eq!(check(name, text), Vec::<String>::new(), "wrongly found: `{text}` in {name}");
    }
    // What follows a test module is looked at again.
    assert!(!check("review/want.rs", "#[cfg(test)]\nmod tests { fn f() {} }\nuse std::fs;").is_empty());
}
