//! One document as the built-in analyst reads it: statements with their place and weight, and the names the author uses.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::phrase::is_code;
use super::reading::Reading;
use crate::analyst::DocumentText;
use crate::document::{Document, LineSpan, Section, SentenceKind};
use crate::evidence::Source;
use crate::threat_model::Anchor;

/// A sentence, and how much it says about what is going to be built.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) lines: LineSpan,
    pub(crate) kind: SentenceKind,
    /// Index into the document's sections.
    pub(crate) section: Option<usize>,
    /// 0: says nothing about the design (history, references, alternatives that were dropped); 3: the design itself.
    pub(crate) weight: u32,
    /// Added or changed by the pull request.
    pub(crate) changed: bool,
}

/// A document, read.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) document: Document,
    /// The document made ready for looking up quotations.
    pub(crate) source: Source,
    pub(crate) title: String,
    pub(crate) statements: Vec<Statement>,
    /// Words written as code, in diagrams or in the title: the document's own names.
    pub(crate) names: BTreeSet<String>,
    /// How many statements the pull request adds or changes; `None` for a new document.
    pub(crate) changed: Option<usize>,
    reading: OnceCell<Reading>,
    /// Whether it is about anything that could go wrong, once that was asked.
    pub(super) relevant: OnceCell<bool>,
}

/// Sections that do not say what is going to be built.
static ASIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)alternative|pros (?:and|&) cons|considered options|options considered|decision drivers|^pros:?$|^cons:?$|prior art|reference|reject|histor|change ?log|revision|\btests?\b|testing|graduation|checklist|copyright|acknowledg|table of contents|drawback|future|unstable prefix|related work|related|^(?:external |useful |further )?links?$|^non-?goals?|appendix|infrastructure needed|footnote|signoff|authors?$|rationale(?: and (?:alternative|drawback)s?.*| for .*|[s:.]*)?$|unresolved|open (?:issues|questions)|examples?\b|terminolog|definitions?|glossary|production readiness|scalability|monitoring requirements|troubleshoot|how to teach|see also|further reading|out of scope|supported platform",
    )
    .ok()
});

/// Sections that say why, not what.
static REASONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:the )?(?:motivation|background|introduction|goals?|user stor|stor(?:y|ies)|use cases?|context|problem|preface|overview of)|potential issues|story \d|use case \d|faq|upgrade|version skew|migration|compatib").ok()
});

/// Sections that say what is going to be built.
static DESIGN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)propos|design|specification|architecture|implementation|how it works|what it is|details?|api|flow|behaviou?r|explanation|reference-level|guide-level|endpoint|protocol|model|requirements|summary|abstract|authent|authoriz|access|security|storage|retention").ok()
});

static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"``?([^`\n]{2,60})``?").ok());

pub(crate) fn is_match(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|r| r.is_match(text))
}

impl View {
    /// Reads a document.
    pub(crate) fn read(source: &DocumentText) -> Self {
        let document = Document::parse(&source.path, &source.text);
        let changed_lines = source.before.as_deref().map(|before| changed_lines(before, &source.text));
        let title = title(&document);
        let weights: Vec<u32> = (0..document.sections().len()).map(|s| weight(&document, s)).collect();
        let statements: Vec<Statement> = document
            .sentences()
            .iter()
            .map(|s| {
                let under = s.section.and_then(|i| weights.get(i).copied()).unwrap_or(2);
                let own = match s.kind {
                    SentenceKind::Heading => 0,
                    SentenceKind::Quote => under.min(1),
                    SentenceKind::TableRow => under.min(2),
                    SentenceKind::Paragraph | SentenceKind::ListItem => under,
                };
                Statement {
                    text: s.text.clone(),
                    lines: s.lines,
                    kind: s.kind,
                    section: s.section,
                    weight: if is_boilerplate(&s.text) { 0 } else { own },
                    changed: changed_lines.as_ref().is_none_or(|lines| touches(lines, s.lines)),
                }
            })
            .collect();
        let changed =
            changed_lines.map(|_| statements.iter().filter(|s| s.changed && s.kind != SentenceKind::Heading).count());
        let names = names(&document, &title);
        let source = Source::of_document(&document);
        Self {
            document,
            source,
            title,
            statements,
            names,
            changed,
            reading: OnceCell::new(),
            relevant: OnceCell::new(),
        }
    }

    /// Who and what takes part, and what is said of them.
    pub(crate) fn reading(&self) -> &Reading {
        self.reading.get_or_init(|| Reading::of(self))
    }

    /// The heading that a statement stands under.
    pub(crate) fn heading(&self, statement: &Statement) -> &str {
        statement.section.and_then(|s| self.document.sections().get(s)).map_or("", |s| s.heading.as_str())
    }

    /// The words of a statement as an anchor: whole when short, else a window of at most 25 words around `at`.
    pub(crate) fn anchor(&self, statement: &Statement, at: usize) -> Anchor {
        Anchor {
            path: self.document.path().to_owned(),
            start_line: statement.lines.start,
            end_line: statement.lines.end,
            quotation: window(&statement.text, at, 25),
        }
    }
}

/// At most `limit` consecutive words of a text around a byte offset, whole where that fits.
pub(crate) fn window(text: &str, at: usize, limit: usize) -> String {
    if text.split_whitespace().nth(limit).is_none() {
        return text.trim().to_owned();
    }
    // Only what can be in the window is looked at: a statement can be very long.
    let from = (at..text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    let end = text.get(from..).and_then(|rest| rest.find(char::is_whitespace)).map_or(text.len(), |i| from + i);
    let (head, tail) = text.split_at(end);
    let mut words: Vec<&str> = head.split_whitespace().rev().take(limit).collect();
    words.reverse();
    let here = words.len().saturating_sub(1);
    words.extend(tail.split_whitespace().take(limit));
    let mut start = here.saturating_sub(limit / 2);
    // Better from the beginning of a clause than from the middle of one.
    if let Some(clause) = (start..here).rev().find(|i| words.get(*i).is_some_and(|w| w.ends_with([',', ';', ':']))) {
        start = clause + 1;
    }
    let start = start.min(words.len().saturating_sub(limit));
    words.iter().skip(start).take(limit).copied().collect::<Vec<_>>().join(" ")
}

fn title(document: &Document) -> String {
    document
        .sections()
        .iter()
        .find(|s| s.level == 1)
        .or_else(|| document.sections().first())
        .map_or_else(String::new, |s| s.heading.clone())
}

fn weight(document: &Document, section: usize) -> u32 {
    let mut chain = Vec::new();
    let mut at = Some(section);
    while let Some(s) = at.and_then(|i| document.sections().get(i)) {
        chain.push(s);
        at = s.parent;
    }
    // The first heading may be the title of all; a second of its level is a part like any other.
    let first = document.sections().iter().find(|s| s.level == 1).map(|s| s.lines.start);
    let is_title = |s: &Section| s.level == 1 && chain.len() > 1 && Some(s.lines.start) == first;
    let own: Vec<&str> = chain.iter().filter(|s| !is_title(s)).map(|s| s.heading.as_str()).collect();
    if own.iter().any(|h| is_match(&ASIDE, h)) {
        0
    } else if own.iter().any(|h| is_match(&REASONS, h)) {
        1
    } else if own.iter().any(|h| is_match(&DESIGN, h)) {
        3
    } else {
        2
    }
}

/// Template text that nobody wrote for this document.
fn is_boilerplate(text: &str) -> bool {
    static TEMPLATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)^\[\d+\]|^see\b|^\(?(?:R\)\s|why should we|what is the (?:impact|expected)|this section (?:is|should|must)|- ?\[ ?\]|how can (?:this|the) feature|are there any|will enabling|does enabling|what (?:specific|other|are the|steps)|have you|please)|\[x?\s?\]|<!--|the key words .{0,40}must not").ok()
    });
    is_match(&TEMPLATE, text.trim())
}

fn touches(lines: &BTreeSet<u32>, span: LineSpan) -> bool {
    lines.range(span.start..=span.end.max(span.start)).next().is_some()
}

/// Lines of `after` that are not in `before`, 1-based.
fn changed_lines(before: &str, after: &str) -> BTreeSet<u32> {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut out = BTreeSet::new();
    for op in diff.ops() {
        if op.tag() != similar::DiffTag::Equal {
            let new = op.new_range();
            out.extend((new.start..new.end).filter_map(|i| u32::try_from(i + 1).ok()));
        }
    }
    out
}

fn names(document: &Document, title: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    if let Some(code) = CODE.as_ref() {
        let marked = document.lines().filter(|line| line.contains('`'));
        for found in marked.flat_map(|line| code.captures_iter(line)) {
            if let Some(span) = found.get(1) {
                for word in span.as_str().split_whitespace() {
                    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
                    if word.len() >= 3 && word.chars().any(char::is_alphabetic) {
                        out.insert(word.to_owned());
                    }
                }
            }
        }
    }
    for sentence in document.sentences() {
        for word in sentence.text.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_'));
            if is_code(word) && word.len() <= 60 {
                out.insert(word.to_owned());
            }
        }
    }
    for word in title.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let name_like = word.contains('-') || word.chars().skip(1).any(char::is_uppercase);
        if word.len() >= 4 && name_like {
            out.insert(word.to_owned());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str, before: Option<&str>) -> DocumentText {
        DocumentText { path: "docs/design/a.md".to_owned(), text: text.to_owned(), before: before.map(str::to_owned) }
    }

    #[test]
    fn statements_of_the_design_weigh_most_and_history_nothing() {
        let view = View::read(&text(
            "# A\n\n## Motivation\n\nWhy.\n\n## Proposal\n\nWhat.\n\n## Alternatives\n\nNot this.\n",
            None,
        ));
        let weights: Vec<u32> =
            view.statements.iter().filter(|s| s.kind != SentenceKind::Heading).map(|s| s.weight).collect();
        assert_eq!(weights, [1, 3, 0]);
    }

    #[test]
    fn options_that_were_weighed_are_not_the_design() {
        let view = View::read(&text(
            "# A\n\n## Considered Options\n\nThis.\n\n## Decision Outcome\n\nThat.\n\n## Pros and Cons of the Options\n\n### That\n\nThose.\n",
            None,
        ));
        let weights: Vec<u32> =
            view.statements.iter().filter(|s| s.kind != SentenceKind::Heading).map(|s| s.weight).collect();
        assert_eq!(weights, [0, 2, 0]);
    }

    #[test]
    fn a_second_heading_of_the_first_level_is_no_title() {
        let view = View::read(&text("# A\n\n# Proposal\n\nWhat.\n\n# Prior art\n\n## Others\n\nThey.\n", None));
        let weights: Vec<u32> =
            view.statements.iter().filter(|s| s.kind != SentenceKind::Heading).map(|s| s.weight).collect();
        assert_eq!(weights, [3, 0]);
    }

    #[test]
    fn a_rationale_beside_a_description_is_a_part_of_the_design() {
        let view = View::read(&text(
            "# The problem\n\nWhy.\n\n# Proposal\n\n## Rationale and description of fields\n\nWhat.\n\n# Rationale and alternatives\n\nNot this.\n",
            None,
        ));
        let weights: Vec<u32> =
            view.statements.iter().filter(|s| s.kind != SentenceKind::Heading).map(|s| s.weight).collect();
        assert_eq!(weights, [1, 3, 0]);
    }

    #[test]
    fn only_changed_lines_count_as_changed() {
        let view = View::read(&text("# A\n\nOld one.\n\nNew one.\n", Some("# A\n\nOld one.\n")));
        let changed: Vec<&str> = view.statements.iter().filter(|s| s.changed).map(|s| s.text.as_str()).collect();
        assert_eq!(changed, ["New one."]);
        assert_eq!(view.changed, Some(1));
    }

    #[test]
    fn a_window_is_verbatim_and_short() {
        let long = (0..60).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        let cut = window(&long, long.find("w40").unwrap_or(0), 25);
        assert_eq!(cut.split(' ').count(), 25);
        assert!(long.contains(&cut) && cut.contains("w40"));
    }
}
