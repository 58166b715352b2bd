//! How fast the core is, on texts that it makes up: reading beside bare pulldown-cmark, the built-in analyst, CODEOWNERS beside
//! the `ignore` crate, patches. See docs/benchmarks.md.
#![allow(clippy::expect_used, reason = "a bench that cannot begin shall say so")]

mod texts;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ignore::gitignore::GitignoreBuilder;
use pulldown_cmark::{Options, Parser};
use threadmodel::analyst::builtin::{Builtin, Read};
use threadmodel::analyst::{AskInput, DocumentText, DraftInput, Settled};
use threadmodel::codeowners::Codeowners;
use threadmodel::diff::{LineMap, Patch, unified};
use threadmodel::document::Document;
use threadmodel::methodology;
use threadmodel::threat_model::ThreatModel;

/// What the reader asks of the parser.
const MARKDOWN: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM);

/// Bare parsing and reading side by side: the goal is a ratio of at least 0.5.
fn reading(c: &mut Criterion) {
    let text = texts::design(1_000_000);
    let mut group = c.benchmark_group("reading 1 MB");
    group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("bare pulldown-cmark", |b| {
        b.iter(|| Parser::new_ext(black_box(&text), MARKDOWN).into_offset_iter().count());
    });
    group.bench_function("document", |b| b.iter(|| Document::parse("a.md", black_box(&text))));
    group.finish();
}

fn document(bytes: usize) -> Vec<DocumentText> {
    vec![DocumentText { path: "docs/design/a.md".to_owned(), text: texts::design(bytes), before: None }]
}

/// Questions, and a draft with all of them open.
fn review(read: &Read<'_>, documents: &[DocumentText]) -> ThreatModel {
    let asked = read.ask(&AskInput {
        documents: documents.to_vec(),
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: 6,
        methodology: methodology::DEFAULT.to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    });
    let open = |question| Settled { question, branches: Vec::new(), noted: String::new(), by: None, open: true };
    read.draft(&DraftInput {
        documents: documents.to_vec(),
        description: String::new(),
        questions: asked.questions.into_iter().map(open).collect(),
        facts: Vec::new(),
        methodology: methodology::DEFAULT.to_owned(),
        nonce: 0,
        decisions: Vec::new(),
        context: Vec::new(),
    })
}

fn analyst(c: &mut Criterion) {
    let mut group = c.benchmark_group("analyst");
    group.sample_size(10);
    group.bench_function("its catalogue", |b| b.iter(|| Builtin::new().expect("the embedded catalogue")));
    for (name, bytes) in [("20 kB", 20_000), ("1 MB", 1_000_000), ("2 MB", 2_000_000)] {
        let documents = document(bytes);
        let analyst = Builtin::new().expect("the embedded catalogue");
        group.bench_function(format!("questions and draft, {name}"), |b| {
            b.iter(|| review(&analyst.read(black_box(&documents), ""), &documents));
        });
    }
    // What a command pays: its patterns are built for this document alone.
    let documents = document(1_000_000);
    group.bench_function("questions and draft, 1 MB, first document", |b| {
        b.iter_batched(
            || Builtin::new().expect("the embedded catalogue"),
            |analyst| review(&analyst.read(&documents, ""), &documents),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn codeowners(c: &mut Criterion) {
    let (file, paths) = (texts::owners(10_000), texts::paths(1_000));
    let mut ignore = GitignoreBuilder::new("");
    for line in file.lines() {
        let pattern = line.split(' ').next().unwrap_or_default();
        ignore.add_line(None, pattern).expect("a pattern that both read");
    }
    let (owners, ignore) = (Codeowners::parse(&file), ignore.build().expect("a set of patterns"));
    let mut group = c.benchmark_group("CODEOWNERS, 10,000 rules");
    group.sample_size(10);
    group.bench_function("read", |b| b.iter(|| Codeowners::parse(black_box(&file))));
    group.throughput(Throughput::Elements(paths.len() as u64));
    group.bench_function("1,000 paths", |b| b.iter(|| paths.iter().filter_map(|p| owners.rule_for(p)).count()));
    group.bench_function("1,000 paths, `ignore`", |b| {
        b.iter(|| paths.iter().filter(|p| ignore.matched_path_or_any_parents(p, false).is_ignore()).count());
    });
    group.finish();
}

fn patches(c: &mut Criterion) {
    let before = texts::design(100_000);
    let after = before.replace("audit log", "audit record");
    let patch = unified(&before, &after, 3);
    let mut group = c.benchmark_group("a change of 100 kB");
    group.sample_size(20);
    group.bench_function("patch to lines", |b| b.iter(|| Patch::parse(Some(black_box(&patch)))));
    group.bench_function("line map", |b| b.iter(|| LineMap::between(black_box(&before), black_box(&after))));
    group.finish();
}

criterion_group!(benches, reading, analyst, codeowners, patches);
criterion_main!(benches);
