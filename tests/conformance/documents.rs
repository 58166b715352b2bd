//! Real design documents: every sentence's words stand on its lines, diagrams are found.

use super::shared::shared_part;
use serde_json::Value;
use threadmodel::document::{Diagram, Document, LineSpan, content_equal};
use threadmodel::evidence::Source;

/// Calls `each` with every document and its metadata.
fn documents(mut each: impl FnMut(&str, &Document, &Value)) {
    let Some(folder) = shared_part("data/docs", 20) else {
        return;
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(meta) = std::fs::read_to_string(folder.join("meta.json")) else {
            continue;
        };
        let meta: Value = serde_json::from_str(&meta).unwrap();
        for file in ["doc.md", "doc.rst"] {
            if let Ok(text) = std::fs::read_to_string(folder.join(file)) {
                let name = format!("{}/{file}", folder.file_name().unwrap().to_string_lossy());
                each(&name, &Document::parse(file, &text), &meta);
                count += 1;
            }
        }
    }
    assert_eq!(count, 20, "documents");
}

/// The source as a reader sees it, nearly: marks that may stand inside a word gone, the usual character references decoded.
fn readable(document: &Document, span: LineSpan) -> String {
    let lines: Vec<&str> = (span.start..=span.end).map(|n| document.line_text(n).unwrap()).collect();
    let text = lines.join(" ").replace(['*', '_', '`', '~', '\\'], "");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("&nbsp;", "\u{a0}")
}

#[test]
fn every_word_stands_on_the_lines_of_its_sentence() {
    documents(|name, document, _| {
        assert!(document.sentences().len() > 10, "{name}");
        for sentence in document.sentences() {
            assert!(sentence.lines.start >= 1 && sentence.lines.end <= document.line_count(), "{name}: {sentence:?}");
            let source = readable(document, sentence.lines);
            let mut rest = source.as_str();
            let visible = sentence.text.replace(['*', '_', '`', '~', '\\'], "");
            for word in visible.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
                let at =
                    rest.find(word).unwrap_or_else(|| panic!("{name}: {word:?} of {sentence:?} not in {source:?}"));
                rest = &rest[at + word.len()..];
            }
        }
    });
}

#[test]
fn every_sentence_is_evidence_for_itself() {
    documents(|name, document, _| {
        let source = Source::of_document(document);
        for sentence in document.sentences().iter().filter(|s| s.text.chars().any(char::is_alphanumeric)) {
            let found = source.find(&sentence.text);
            assert!(found.is_some(), "{name}: {sentence:?}");
        }
    });
}

#[test]
fn code_stands_where_it_says() {
    documents(|name, document, _| {
        for code in document.code_blocks() {
            for (n, line) in (code.text_line..).zip(code.text.lines()) {
                let source = document.line_text(n).unwrap_or_default();
                assert!(source.trim().ends_with(line.trim()), "{name}:{n}: {line:?} {source:?}");
            }
        }
    });
}

#[test]
fn diagrams_are_found_where_the_metadata_says() {
    documents(|name, document, meta| {
        let expected = meta["mermaid_or_plantuml"].as_bool().unwrap();
        let placed: Vec<_> = document.diagrams().iter().chain(document.hidden_diagrams()).collect();
        assert_eq!(!placed.is_empty(), expected, "{name}");
        for placed in placed {
            match &placed.diagram {
                Diagram::Graph(graph) => {
                    assert!(graph.nodes.len() > 1 && !graph.edges.is_empty(), "{name}: {graph:?}");
                    for edge in &graph.edges {
                        assert!(placed.lines.contains(edge.line), "{name}: {edge:?}");
                    }
                }
                Diagram::Unread { language, .. } => assert!(!language.is_empty(), "{name}"),
            }
        }
    });
}

#[test]
fn more_blank_lines_between_blocks_are_trivial_and_a_letter_is_not() {
    documents(|name, document, _| {
        let text = document.text();
        assert!(content_equal(name, text, &format!("{}\n\n", text.trim_end())), "{name}");
        for at in (0..text.len()).step_by(997).filter(|&at| text.is_char_boundary(at)) {
            let changed = format!("{}x{}", &text[..at], &text[at..]);
            assert!(!content_equal(name, text, &changed), "{name} at {at}");
        }
    });
}

#[test]
fn real_design_documents_hold_nothing_that_looks_like_a_secret() {
    documents(|name, document, _| {
        let seen = threadmodel::review::pasted::masked(document.text());
        for (line, (before, after)) in (1..).zip(document.text().lines().zip(seen.lines())) {
            assert_eq!(before, after, "{name}, line {line}");
        }
    });
}
