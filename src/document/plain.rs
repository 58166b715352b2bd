//! reStructuredText, AsciiDoc and plain text, read as text with headings: enough for sentences, sections, code and
//! comments, not a full parser of either.

use super::flow::Flow;
use super::{Content, HiddenKind, LineIndex, LineSpan, SentenceKind, front_matter, hidden};

/// The markup of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Markup {
    ReStructuredText,
    AsciiDoc,
    None,
}

/// Reads a text.
pub(super) fn read(text: &str, lines: &LineIndex, markup: Markup) -> Content {
    let mut flow = Flow::default();
    hidden::scan(text, 1, &mut flow.content.hidden);
    let mut first = 1;
    if markup == Markup::ReStructuredText
        && let Some((block, next)) = front_matter::headers(text, lines)
    {
        flow.content.front_matter = Some(block);
        first = next;
    }
    let mut reader =
        Reader { text, lines, markup, underlines: Vec::new(), flow, item: false, literal: false, language: None };
    let mut n = first;
    while n <= lines.count() {
        n = reader.block(n).max(n + 1);
    }
    reader.flush();
    reader.flow.finish(lines.count())
}

struct Reader<'t> {
    text: &'t str,
    lines: &'t LineIndex,
    markup: Markup,
    /// Heading styles in order of appearance: (underline, overlined).
    underlines: Vec<(char, bool)>,
    flow: Flow,
    item: bool,
    /// reStructuredText: the paragraph before ended with `::`.
    literal: bool,
    /// AsciiDoc: `[source,rust]` stood before.
    language: Option<String>,
}

impl Reader<'_> {
    fn line(&self, n: u32) -> &str {
        self.lines.get(self.text, n).unwrap_or_default()
    }

    fn flush(&mut self) {
        self.flow.flush(if self.item { SentenceKind::ListItem } else { SentenceKind::Paragraph });
        self.item = false;
    }

    /// Reads what begins at line `n`; gives the line after it.
    fn block(&mut self, n: u32) -> u32 {
        let line = self.line(n).to_owned();
        if line.trim().is_empty() {
            self.flush();
            return n + 1;
        }
        let read = match self.markup {
            Markup::ReStructuredText => self.rst(n, &line),
            Markup::AsciiDoc => self.asciidoc(n, &line),
            Markup::None => None,
        };
        read.unwrap_or_else(|| {
            self.prose(n, &line);
            n + 1
        })
    }

    fn prose(&mut self, n: u32, line: &str) {
        let words = line.trim();
        let (item, words) = match strip_marker(words) {
            Some(rest) => (true, rest),
            None => (false, words),
        };
        if item {
            self.flush();
            self.item = true;
        }
        let words = unmarked(words, self.markup);
        self.flow.space();
        self.flow.push(&words, n);
        self.literal = self.markup == Markup::ReStructuredText && line.trim_end().ends_with("::");
    }

    fn heading(&mut self, words: &str, level: u8, at: u32, first: u32) {
        self.flush();
        let words = unmarked(words.trim(), self.markup);
        self.flow.push(&words, at);
        self.flow.open_section(level, first);
        self.flow.flush(SentenceKind::Heading);
    }

    fn rst(&mut self, n: u32, line: &str) -> Option<u32> {
        if self.literal && indent(line) > 0 && self.flow.len() == 0 {
            self.literal = false;
            let end = self.indented_end(n, 0);
            self.code(None, n, end, n, end);
            return Some(end + 1);
        }
        if let Some(c) = adornment(line)
            && adornment(self.line(n + 2)) == Some(c)
            && self.line(n + 2).trim_end().len() == line.trim_end().len()
            && !self.line(n + 1).trim().is_empty()
        {
            let (title, level) = (self.line(n + 1).to_owned(), self.level(c, true));
            self.heading(&title, level, n + 1, n);
            return Some(n + 3);
        }
        if let Some(c) = adornment(self.line(n + 1))
            && indent(line) == 0
            && adornment(line).is_none()
            && self.flow.len() == 0
            && self.line(n + 1).trim_end().chars().count() >= line.trim_end().chars().count().min(4)
        {
            let level = self.level(c, false);
            self.heading(line, level, n, n);
            return Some(n + 2);
        }
        let explicit = line.trim_start().strip_prefix("..").filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
        self.flush();
        Some(self.explicit(n, line, explicit.trim()))
    }

    /// `.. something`: a directive, a target, a footnote or a comment.
    fn explicit(&mut self, n: u32, line: &str, body: &str) -> u32 {
        let base = indent(line);
        let end = self.indented_end(n + 1, base).max(n);
        if let Some((name, argument)) = body.split_once("::").filter(|(name, _)| !name.contains(' ')) {
            if matches!(name, "code-block" | "code" | "sourcecode" | "literalinclude" | "mermaid" | "uml" | "graphviz")
            {
                let language = if name.starts_with('c') || name.starts_with('s') { argument.trim() } else { name };
                let mut from = n + 1;
                while from < end && (self.line(from).trim().is_empty() || self.line(from).trim_start().starts_with(':'))
                {
                    from += 1;
                }
                self.code(Some(language.to_owned()).filter(|l| !l.is_empty()), n, end, from, end);
                return end + 1;
            }
            let words = argument.trim();
            self.flow.push(words, n);
            return n + 1; // what is inside a note or a figure is prose
        }
        if body.starts_with(['_', '|', '[']) {
            if body.starts_with('[')
                && let Some((_, words)) = body.split_once(']')
            {
                let words = words.trim().to_owned();
                self.flow.push(&words, n);
                return n + 1;
            }
            return end + 1;
        }
        let comment = (n..=end).map(|k| self.line(k).trim()).collect::<Vec<_>>().join("\n");
        self.flow.hide(HiddenKind::SourceComment, comment.trim_start_matches("..").trim(), n);
        end + 1
    }

    fn asciidoc(&mut self, n: u32, line: &str) -> Option<u32> {
        let trimmed = line.trim_end();
        if let Some(end) = ["////", "----", "....", "```"].into_iter().find_map(|fence| {
            let opens = trimmed.starts_with(fence) && (fence == "```" || trimmed.chars().all(|c| fence.starts_with(c)));
            opens.then(|| {
                (n + 1..=self.lines.count())
                    .find(|&k| self.line(k).trim_end().starts_with(fence))
                    .unwrap_or(self.lines.count())
            })
        }) {
            self.flush();
            if trimmed.starts_with("//") {
                let comment = (n + 1..end).map(|k| self.line(k)).collect::<Vec<_>>().join("\n");
                self.flow.hide(HiddenKind::SourceComment, &comment, n);
            } else {
                let language =
                    trimmed.strip_prefix("```").map(|info| info.trim().to_owned()).filter(|info| !info.is_empty());
                let language = language.or_else(|| self.language.take());
                let last = end.saturating_sub(1).max(n + 1);
                self.code(language, n, end, n + 1, last);
            }
            return Some(end + 1);
        }
        if let Some(comment) = line.strip_prefix("//") {
            self.flow.hide(HiddenKind::SourceComment, comment, n);
            return Some(n + 1);
        }
        let depth = trimmed.bytes().take_while(|&b| b == b'=').count();
        if let (1..=6, Some(title)) = (depth, trimmed.get(depth..).and_then(|rest| rest.strip_prefix(' '))) {
            self.heading(title, u8::try_from(depth).unwrap_or(6), n, n);
            return Some(n + 1);
        }
        if let Some(attributes) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.flush();
            let mut parts = attributes.split(',');
            match parts.next().map(str::trim) {
                Some("source") => {
                    self.language = parts.next().map(|language| language.trim().to_owned());
                }
                Some(kind @ ("mermaid" | "plantuml" | "graphviz")) => {
                    self.language = Some(kind.to_owned());
                }
                _ => {}
            }
            return Some(n + 1);
        }
        None
    }

    /// The level of a heading's style: styles rank by their first appearance (docutils, "Sections").
    fn level(&mut self, c: char, over: bool) -> u8 {
        let at = self.underlines.iter().position(|&style| style == (c, over)).unwrap_or_else(|| {
            self.underlines.push((c, over));
            self.underlines.len() - 1
        });
        u8::try_from(at + 1).unwrap_or(6).min(6)
    }

    /// The last line of the text that is indented deeper than `base`, from line `n` on; `n - 1` when there is none.
    fn indented_end(&self, n: u32, base: usize) -> u32 {
        let mut last = n.saturating_sub(1);
        for k in n..=self.lines.count() {
            let line = self.line(k);
            if line.trim().is_empty() {
                continue;
            }
            if indent(line) <= base {
                break;
            }
            last = k;
        }
        last
    }

    fn code(&mut self, language: Option<String>, start: u32, end: u32, from: u32, to: u32) {
        let shared = (from..=to).map(|k| self.line(k)).filter(|l| !l.trim().is_empty()).map(indent).min().unwrap_or(0);
        let mut text = String::new();
        for k in from..=to {
            text.push_str(self.line(k).get(shared..).unwrap_or_default());
            text.push('\n');
        }
        self.flow.code_block(language, text, LineSpan::new(start, end), from);
    }
}

/// The number of bytes of white space at the head of a line.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The character of a line made of one punctuation character.
fn adornment(line: &str) -> Option<char> {
    let line = line.trim_end();
    let c = line.chars().next().filter(char::is_ascii_punctuation)?;
    (line.len() >= 3 && line.chars().all(|other| other == c)).then_some(c)
}

/// What follows the mark of a list item.
fn strip_marker(line: &str) -> Option<&str> {
    let (mark, rest) = line.split_once(' ')?;
    let bullet = matches!(mark, "-" | "*" | "+" | "•" | "**" | "***" | "." | ".." | "#.");
    let number = mark.len() <= 4
        && mark
            .strip_suffix(['.', ')'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    (bullet || number).then(|| rest.trim_start())
}

/// Leaves the marks of inline markup out; words stay as they are.
fn unmarked(words: &str, markup: Markup) -> String {
    match markup {
        Markup::None => words.to_owned(),
        Markup::AsciiDoc => words.replace(['`', '*'], ""),
        Markup::ReStructuredText => {
            let words = words.replace("``", "").replace("**", "").replace("`__", "").replace("`_", "");
            words.replace('`', "").replace("::", ":")
        }
    }
}
