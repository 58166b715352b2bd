//! The built-in analyst on twenty real design documents, read in place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use threadmodel::analyst::builtin::Builtin;
use threadmodel::analyst::{AskInput, AskOutput, DocumentText, FollowInput};
use threadmodel::document::Document;
use threadmodel::evidence;

struct Real {
    name: String,
    class: String,
    document: DocumentText,
}

fn documents(shared: &Path) -> Vec<Real> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(shared.join("data/docs"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    folders
        .iter()
        .map(|folder| {
            let meta: serde_json::Value =
                serde_json::from_str(&std::fs::read_to_string(folder.join("meta.json")).unwrap()).unwrap();
            let file = ["doc.stripped.md", "doc.stripped.rst", "doc.md", "doc.rst"]
                .into_iter()
                .find(|f| folder.join(f).exists())
                .unwrap();
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            Real {
                document: DocumentText {
                    path: format!("docs/design/{name}.{}", file.rsplit('.').next().unwrap()),
                    text: std::fs::read_to_string(folder.join(file)).unwrap(),
                    before: None,
                },
                class: meta["class"].as_str().unwrap().to_owned(),
                name,
            }
        })
        .collect()
}

fn input(document: &DocumentText) -> AskInput {
    AskInput {
        documents: vec![document.clone()],
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: 6,
        methodology: "four-questions".to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    }
}

/// Questions are printed, so that a person can read them: `cargo test --test conformance analyst -- --nocapture`.
#[test]
fn questions_on_real_documents() {
    let Some(shared) = super::shared::shared() else {
        return;
    };
    let analyst = Builtin::new().unwrap();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut quiet = 0;
    let mut spent = Duration::ZERO;
    for real in documents(&shared) {
        let start = Instant::now();
        let AskOutput { questions, dropped, .. } = analyst.ask(&input(&real.document));
        let took = start.elapsed();
        spent += took;
        println!(
            "\n### {} ({}): {} questions, {dropped} dropped, {} ms",
            real.name,
            real.class,
            questions.len(),
            took.as_millis()
        );
        for q in &questions {
            println!("  [{} {:?} {}] line {}: {}", q.concern, q.slot, q.value, q.anchor.start_line, q.anchor.quotation);
            println!("      {}", q.text);
            println!("      ({})", q.choices.iter().map(|c| c.text.as_str()).collect::<Vec<_>>().join(" · "));
        }
        assert!(questions.len() <= 6);
        if real.class == "low" {
            assert!(questions.len() <= 1, "{} has no security relevance", real.name);
            quiet += usize::from(questions.is_empty());
        }
        for q in &questions {
            rubric(&real, q);
            if let Some(other) = seen.insert(q.text.clone(), real.name.clone()) {
                panic!("asked word for word in {other} and {}: {}", real.name, q.text);
            }
        }
        assert_eq!(analyst.ask(&input(&real.document)).questions, questions, "the same again");
    }
    println!("\nin all {} ms", spent.as_millis());
    assert!(quiet >= 3, "documents without security relevance are left alone");
}

/// The hard rules of a good question that code can check.
fn rubric(real: &Real, q: &threadmodel::threat_model::Question) {
    let words = q.text.split_whitespace().count();
    assert!(words <= 60, "{}: {words} words: {}", real.name, q.text);
    assert_eq!(q.text.matches('?').count(), 1, "{}: {}", real.name, q.text);
    assert!(q.anchor.quotation.split_whitespace().count() <= 25, "{}", q.anchor.quotation);
    assert!((2..=4).contains(&q.choices.len()));
    let mut branches: Vec<&str> = q.choices.iter().map(|c| c.branch.as_str()).collect();
    branches.dedup();
    assert_eq!(branches.len(), q.choices.len(), "each answer leads somewhere else");
    let lower = q.text.to_lowercase();
    for bad in [
        "attacker",
        "spoof",
        "repudiat",
        "threat",
        "attack surface",
        "least privilege",
        "exfiltrat",
        "why didn't",
        "you should",
        "have you considered",
        "list all",
    ] {
        // The document's own words are quoted as they are.
        let own = lower.split('"').step_by(2).any(|part| part.contains(bad));
        assert!(!own, "{}: `{bad}` in {}", real.name, q.text);
    }
    let folded: String =
        real.document.text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['`', '*', '_'], "");
    let quotation = q.anchor.quotation.replace(['`', '*', '_'], "");
    let first: Vec<&str> = quotation.split_whitespace().take(3).collect();
    assert!(
        folded.contains(&first.join(" ")) || folded.contains(first.last().copied().unwrap_or_default()),
        "{}: {}",
        real.name,
        q.anchor.quotation
    );
}

/// The second-level sections of a Markdown document in another order, the title first.
fn reordered(text: &str) -> String {
    let mut parts: Vec<&str> = text.split("\n## ").collect();
    if let Some(rest) = parts.get_mut(1..) {
        rest.reverse();
    }
    parts.iter().map(|part| part.trim_end()).collect::<Vec<_>>().join("\n\n## ")
}

fn is_markdown(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"))
}

#[test]
fn real_documents_in_another_order_are_no_news_and_a_lost_section_is_quoted_as_it_was() {
    let Some(shared) = super::shared::shared() else {
        return;
    };
    let analyst = Builtin::new().unwrap();
    let mut told = 0;
    for real in documents(&shared).into_iter().filter(|real| is_markdown(&real.document.path)) {
        let text = real.document.text.as_str();
        let follow = |now: String| {
            let document = DocumentText { text: now, before: Some(text.to_owned()), path: real.document.path.clone() };
            let documents = vec![document];
            analyst.follow(&FollowInput { documents, recommendations: Vec::new(), covered: Vec::new() })
        };
        let moved = follow(reordered(text));
        assert!(moved.news.is_empty() && moved.answers.is_empty(), "{}: {:?}", real.name, moved.news);
        let longest = text.split("\n## ").skip(1).max_by_key(|part| part.len()).unwrap_or_default();
        let lost = follow(text.replacen(longest, "Design\n", 1));
        println!("\n### {}: {} pieces of news about a lost section", real.name, lost.news.len());
        let before = Document::parse(&real.document.path, text);
        told += lost.news.len();
        for news in &lost.news {
            println!("  {:?} {} | {}", news.kind, news.text, news.anchor.quotation);
            assert!(evidence::find(&news.anchor.quotation, &before).is_some(), "{}: {news:?}", real.name);
        }
    }
    assert!(told > 0, "what protects stood in some of them");
}
