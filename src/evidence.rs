//! Does this quotation stand in that source?
//!
//! A model's claim rests on words that it quotes. They are compared in a normal form: case, white space, Markdown marks and
//! typographic quotes, dashes and ellipses do not count. Hidden text is no evidence.

use crate::document::{Document, FrontMatterKind, HiddenKind, LineSpan};
use std::ops::Range;

/// Where a quotation stands in what a reader sees of a document. None when it does not, or says nothing.
pub fn find(quotation: &str, document: &Document) -> Option<LineSpan> {
    Source::of_document(document).find(quotation)
}

/// Where a quotation stands in a Markdown text, say a reply.
pub fn find_in_text(quotation: &str, text: &str) -> Option<LineSpan> {
    Source::of_text(text).find(quotation)
}

/// A source made ready for many quotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The visible text in normal form.
    text: String,
    /// From which byte of `text` on it stands on which line.
    lines: Vec<(usize, u32)>,
}

impl Source {
    /// What a reader sees of a document: metadata, prose and code, in order of lines.
    pub fn of_document(document: &Document) -> Self {
        let mut source = Self { text: String::new(), lines: Vec::new() };
        if let Some(front) = document.front_matter() {
            // Fences are no text; header lines have none.
            let fence = u32::from(front.kind != FrontMatterKind::Headers);
            let first = front.lines.start.saturating_add(fence);
            for (n, line) in (first..).zip(front.text.lines()) {
                source.push(line, n);
            }
        }
        // Comments in a diagram are drawn for nobody.
        let unseen =
            |line: u32| document.hidden().iter().any(|h| h.line == line && h.kind == HiddenKind::SourceComment);
        let mut code = document.code_blocks().iter().peekable();
        for (index, sentence) in document.sentences().iter().enumerate() {
            while let Some(block) = code.next_if(|block| block.lines.start < sentence.lines.start) {
                source.push_lines(&block.text, block.text_line, unseen);
            }
            source.push_sentence(document, index, &sentence.text, sentence.lines);
        }
        for block in code {
            source.push_lines(&block.text, block.text_line, unseen);
        }
        source
    }

    /// A Markdown text, say a reply.
    pub fn of_text(text: &str) -> Self {
        Self::of_document(&Document::parse("text.md", text))
    }

    fn push_lines(&mut self, text: &str, first: u32, unseen: impl Fn(u32) -> bool) {
        for (n, line) in (first..).zip(text.lines()).filter(|(n, _)| !unseen(*n)) {
            self.push(line, n);
        }
    }

    fn push_sentence(&mut self, document: &Document, index: usize, text: &str, lines: LineSpan) {
        if lines.start == lines.end {
            self.push(text, lines.start);
            return;
        }
        let mut offset = 0;
        for word in text.split_inclusive(' ') {
            self.push(word, document.line_of_word(index, offset).unwrap_or(lines.start));
            offset += word.len();
        }
    }

    fn push(&mut self, text: &str, line: u32) {
        let mut form = std::mem::take(&mut self.text);
        if !form.is_empty() && !form.ends_with(' ') {
            form.push(' ');
        }
        let from = form.len();
        normalise(text, &mut form);
        self.text = form;
        if self.text.len() > from && self.lines.last().is_none_or(|&(_, last)| last != line) {
            self.lines.push((from, line));
        }
    }

    /// Where a quotation stands. One of fewer than three words or twelve characters must be made of whole words; an empty one,
    /// or one of marks alone, stands nowhere.
    pub fn find(&self, quotation: &str) -> Option<LineSpan> {
        let plain = form_of(quotation);
        if let Some(found) = self.find_form(&plain) {
            return Some(found);
        }
        // The quotation may be Markdown source: link targets, marks of lists and tables.
        let shown = Document::parse("quotation.md", quotation);
        let shown: Vec<&str> = shown.sentences().iter().map(|sentence| sentence.text.as_str()).collect();
        let shown = form_of(&shown.join(" "));
        // What is hidden or not prose must not make a short quotation out of a long one.
        let kept = letters(&shown) * 2 >= letters(&plain);
        if kept && shown != plain { self.find_form(&shown) } else { None }
    }

    /// Whether the quotation stands there by its own words, not only by what a reader would see of it as Markdown.
    pub fn holds(&self, quotation: &str) -> bool {
        self.find_form(&form_of(quotation)).is_some()
    }

    fn find_form(&self, form: &str) -> Option<LineSpan> {
        if letters(form) == 0 {
            return None;
        }
        let short = form.split(' ').count() < 3 || form.chars().count() < 12;
        let at =
            self.text.match_indices(form).map(|(at, _)| at..at + form.len()).find(|at| !short || self.is_whole(at))?;
        Some(LineSpan::new(self.line_at(at.start), self.line_at(at.end.saturating_sub(1))))
    }

    /// Whether the place begins and ends at the edge of a word.
    fn is_whole(&self, at: &Range<usize>) -> bool {
        let edge = |a: Option<char>, b: Option<char>| {
            !(a.is_some_and(char::is_alphanumeric) && b.is_some_and(char::is_alphanumeric))
        };
        let (before, rest) = self.text.split_at_checked(at.start).unwrap_or_default();
        let (inside, after) = rest.split_at_checked(at.len()).unwrap_or_default();
        edge(before.chars().next_back(), inside.chars().next())
            && edge(inside.chars().next_back(), after.chars().next())
    }

    fn line_at(&self, offset: usize) -> u32 {
        let at = self.lines.partition_point(|&(from, _)| from <= offset).saturating_sub(1);
        self.lines.get(at).map_or(1, |&(_, line)| line)
    }
}

fn letters(form: &str) -> usize {
    form.chars().filter(|c| c.is_alphanumeric()).count()
}

/// A quotation's normal form, without the quotes and ellipses around it.
fn form_of(quotation: &str) -> String {
    let mut form = String::with_capacity(quotation.len());
    normalise(quotation, &mut form);
    form.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '.' | ',' | ';' | ':')).to_owned()
}

/// Appends the normal form of a text: lower case, one space for any white space, no Markdown marks, ASCII punctuation.
fn normalise(text: &str, out: &mut String) {
    let space = |out: &mut String| {
        if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    };
    for c in text.chars() {
        match c {
            // Marks, and characters that are not seen.
            '*'
            | '_'
            | '`'
            | '~'
            | '#'
            | '>'
            | '\\'
            | '\u{00AD}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2060}'
            | '\u{FEFF}' => {}
            '|' => space(out),
            '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{2039}' | '\u{203A}' => out.push('\''),
            '\u{201C}'..='\u{201F}' | '\u{2033}' | '«' | '»' => out.push('"'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '-' => {
                if !out.ends_with('-') {
                    out.push('-'); // `--` and `---` are typed for dashes
                }
            }
            '…' => out.push_str("..."),
            c if c.is_whitespace() => space(out),
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            c => out.extend(c.to_lowercase()),
        }
    }
}
