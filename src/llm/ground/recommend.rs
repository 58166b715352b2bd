//! Recommendations out of what a model said, each for a threat that stands, on words of the document.

use super::{Ground, plain};
use crate::analyst::DocumentText;
use crate::document::{Document, SentenceKind};
use crate::llm::answers::RecommendationSaid;
use crate::threat_model::{Anchor, Recommendation, Source, Suggestion, Threat};

/// One recommendation; None when its words do not stand, or it says too little or too much.
pub(super) fn recommendation(
    ground: &mut Ground<'_>,
    said: &RecommendationSaid,
    threat: &Threat,
    documents: &[DocumentText],
    so_far: &[Recommendation],
) -> Option<Recommendation> {
    let title = plain(&said.title, 100);
    let anchor = ground.in_documents("recommendation", &title, &said.quotation)?;
    let change = plain(&said.change, 600);
    if plain(&said.alternative, 400).is_empty() || change.is_empty() || title.is_empty() {
        ground.drop("recommendation", &title, "it lacks a change or another way");
        return None;
    }
    let taken = |s: &Suggestion| {
        so_far
            .iter()
            .filter_map(|r| r.suggestion.as_ref())
            .any(|o| o.path == s.path && o.start_line <= s.end_line && s.start_line <= o.end_line)
    };
    let suggestion =
        said.new_words.as_deref().and_then(|words| suggestion(&anchor, words, documents)).filter(|s| !taken(s));
    if said.new_words.is_some() && suggestion.is_none() {
        ground.drop("suggestion", &title, "the document's line cannot be changed so");
    }
    let mut evidence = threat.evidence.clone();
    let own = Source::Document { anchor: anchor.clone() };
    if !evidence.contains(&own) {
        evidence.insert(0, own);
    }
    Some(Recommendation {
        ordinal: 0,
        title,
        threat: threat.id.clone(),
        severity: threat.severity,
        effort: said.effort,
        change,
        alternative: plain(&said.alternative, 400),
        trade_off: plain(&said.trade_off, 300),
        evidence,
        protects_today: plain(&said.protects_today, 300),
        left_over: plain(&said.left_over, 300),
        anchor,
        suggestion,
    })
}

/// New text for the one line that holds the quoted words: running text of a Markdown document, where the words stand as they are
/// quoted. The rest of the line stays byte for byte.
fn suggestion(anchor: &Anchor, new_words: &str, documents: &[DocumentText]) -> Option<Suggestion> {
    let text = documents.iter().find(|d| d.path == anchor.path)?;
    let ending = std::path::Path::new(&anchor.path).extension().unwrap_or_default();
    let markdown = ["md", "markdown"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    if anchor.start_line != anchor.end_line || !markdown {
        return None;
    }
    let document = Document::parse(&text.path, &text.text);
    let line = document.line_text(anchor.start_line)?;
    let in_prose = document.sentences().iter().any(|s| {
        s.lines.contains(anchor.start_line) && matches!(s.kind, SentenceKind::Paragraph | SentenceKind::ListItem)
    });
    let words = anchor.quotation.trim();
    let new = plain(new_words, 500);
    // What a suggestion adds is text: no marks that open code, HTML, links, tables, comments or a mention.
    let marks =
        |c: char| matches!(c, '<' | '>' | '`' | '[' | ']' | '|' | '\\' | '@' | '{' | '}' | '!' | '#' | '~' | '&' | '$');
    let added = |c: char| marks(c) && !words.contains(c);
    let address = new.contains("://") || new.to_lowercase().contains("www.");
    if !in_prose || new.is_empty() || new == words || new.contains(added) || address {
        return None;
    }
    if line.matches(words).count() != 1 || holds_command(line) {
        return None;
    }
    let replacement = line.replacen(words, &new, 1);
    if !keeps_shape(&document, anchor.start_line, &replacement) {
        return None;
    }
    Some(Suggestion {
        path: text.path.clone(),
        start_line: anchor.start_line,
        end_line: anchor.start_line,
        replacement,
    })
}

/// Whether a bot would take the line for a command, were it posted: it is then left to people to change.
fn holds_command(line: &str) -> bool {
    line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '-' | '*' | '+')).starts_with(['/', '@'])
}

/// Whether a document with another text on one line has the same headings, lists, links and hidden parts as before: `===` would
/// make a heading of the line above.
fn keeps_shape(before: &Document, line: u32, replacement: &str) -> bool {
    let changed: Vec<&str> =
        (1..).zip(before.lines()).map(|(n, text)| if n == line { replacement } else { text }).collect();
    let after = Document::parse(before.path(), &changed.join("\n"));
    let kinds = |document: &Document| {
        let lines =
            |s: &crate::document::Sentence| (s.lines.start..=s.lines.end).map(|n| (n, s.kind)).collect::<Vec<_>>();
        let mut all: Vec<_> = document.sentences().iter().flat_map(lines).collect();
        all.dedup();
        all
    };
    let beside = |d: &Document| (d.links().len(), d.hidden().len(), d.code_blocks().len());
    kinds(before) == kinds(&after) && beside(before) == beside(&after)
}
