//! Gathers visible text with its lines, and cuts it into sentences.

use super::{
    Break, CodeBlock, Content, Hidden, HiddenKind, LineSpan, PlacedDiagram, Section, Sentence, SentenceKind, diagram,
    hidden, sentences,
};
use std::ops::Range;

/// What has been read so far, and the block being read.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) content: Content,
    /// Open sections, outermost first.
    open: Vec<usize>,
    /// The visible text of the block; runs of white space are one space, `\n` is a hard break.
    text: String,
    /// From which offset of `text` on the words stand on which line.
    marks: Vec<(usize, u32)>,
    code: Vec<Range<usize>>,
}

impl Flow {
    /// The innermost section.
    pub(super) fn section(&self) -> Option<usize> {
        self.open.last().copied()
    }

    /// The length of the block's visible text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The block's visible text from an offset on.
    pub(super) fn since(&self, from: usize) -> &str {
        self.text.get(from..).unwrap_or_default().trim()
    }

    fn mark(&mut self, line: u32) {
        if self.marks.last().is_none_or(|&(_, last)| last != line) {
            self.marks.push((self.text.len(), line));
        }
    }

    /// Adds visible text that stands on one line. Invisible characters in it are left out.
    pub(super) fn push(&mut self, text: &str, line: u32) {
        if text.is_empty() {
            return;
        }
        self.mark(line);
        if text.is_ascii() {
            self.push_collapsed(text);
        } else {
            hidden::runs(text, |_, kind, run| {
                if kind.is_none() {
                    self.push_collapsed(run);
                }
            });
        }
    }

    fn push_collapsed(&mut self, text: &str) {
        let bytes = text.as_bytes();
        // Counted to the end rather than found: that is done many bytes at a time.
        let odd = bytes.iter().filter(|b| matches!(b, b'\t' | b'\r' | b'\n')).count();
        let doubled = bytes.iter().zip(bytes.iter().skip(1)).filter(|(a, b)| **a == b' ' && **b == b' ').count();
        if odd + doubled == 0 && !(bytes.first() == Some(&b' ') && self.text.ends_with([' ', '\n'])) {
            self.text.push_str(text);
            return;
        }
        for part in text.split_inclusive([' ', '\t', '\r', '\n']) {
            let word = part.trim_end_matches([' ', '\t', '\r', '\n']);
            self.text.push_str(word);
            if word.len() < part.len() {
                self.space();
            }
        }
    }

    /// Adds inline code, which no sentence ends in.
    pub(super) fn push_code(&mut self, text: &str, lines: LineSpan) {
        let from = self.text.len();
        self.push(text, lines.start);
        self.code.push(from..self.text.len());
        if lines.end > lines.start
            && let Some((last, _)) = self.text.char_indices().rfind(|(_, c)| !matches!(c, ' ' | '\n'))
            && last > from
        {
            self.marks.push((last, lines.end));
        }
    }

    /// A soft break, or a gap between pieces.
    pub(super) fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
    }

    /// A hard line break.
    pub(super) fn hard_break(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Puts a separator between two cells of a row.
    pub(super) fn separate_cells(&mut self) {
        self.text.truncate(self.text.trim_end().len());
        self.text.push_str(" | ");
    }

    /// Ends the block: its text becomes sentences.
    pub(super) fn flush(&mut self, kind: SentenceKind) {
        if self.text.trim().is_empty() {
            self.clear();
            return;
        }
        let (text, code, marks) =
            (std::mem::take(&mut self.text), std::mem::take(&mut self.code), std::mem::take(&mut self.marks));
        match kind {
            SentenceKind::TableRow | SentenceKind::Heading => {
                let trimmed = text.trim_end().trim_end_matches(" |").trim();
                let start = text.len() - text.trim_start().len();
                self.sentence(&text, start..start + trimmed.len(), &marks, &code, kind);
            }
            _ => sentences::split(&text, &code, |range| {
                self.sentence(&text, range, &marks, &code, kind);
            }),
        }
        // The buffers keep their room for the next block.
        (self.text, self.code, self.marks) = (text, code, marks);
        self.clear();
    }

    fn clear(&mut self) {
        self.text.clear();
        self.marks.clear();
        self.code.clear();
    }

    fn sentence(
        &mut self,
        text: &str,
        range: Range<usize>,
        marks: &[(usize, u32)],
        code: &[Range<usize>],
        kind: SentenceKind,
    ) {
        let Some(words) = text.get(range.clone()).filter(|words| !words.is_empty()) else {
            return;
        };
        let first = marks.partition_point(|&(offset, _)| offset <= range.start).saturating_sub(1);
        let last = marks.partition_point(|&(offset, _)| offset < range.end).saturating_sub(1);
        let Some(&(_, start)) = marks.get(first) else {
            return;
        };
        let sentence = self.content.sentences.len();
        let mut end = start;
        for &(offset, line) in marks.get(first + 1..=last).unwrap_or_default() {
            self.content.breaks.push(Break { sentence, offset: offset.saturating_sub(range.start), line });
            end = end.max(line);
        }
        let from = code.partition_point(|c| c.end <= range.start);
        for c in code.get(from..).unwrap_or_default().iter().take_while(|c| c.start < range.end) {
            let inside = c.start.max(range.start) - range.start..c.end.min(range.end) - range.start;
            self.content.code.push(inside);
        }
        self.content.code_ends.push(self.content.code.len());
        let text = if words.contains('\n') { words.replace('\n', " ") } else { words.to_owned() };
        self.content.sentences.push(Sentence { text, lines: LineSpan::new(start, end), section: self.section(), kind });
    }

    /// Begins a section at a heading; the heading's text is the block being read.
    pub(super) fn open_section(&mut self, level: u8, line: u32) {
        let heading = self.since(0).replace('\n', " ");
        self.close_sections(level, line.saturating_sub(1));
        let parent = self.section();
        self.open.push(self.content.sections.len());
        self.content.sections.push(Section { heading, level, lines: LineSpan::line(line), parent });
    }

    /// Ends the open sections of a rank not above `level`.
    pub(super) fn close_sections(&mut self, level: u8, last_line: u32) {
        while let Some(&index) = self.open.last() {
            let Some(section) = self.content.sections.get_mut(index) else {
                break;
            };
            if section.level < level {
                break;
            }
            section.lines.end = last_line.max(section.lines.start);
            self.open.pop();
        }
    }

    /// Notes text that is not seen.
    pub(super) fn hide(&mut self, kind: HiddenKind, text: &str, line: u32) {
        let text = text.trim();
        if !text.is_empty() {
            self.content.hidden.push(Hidden { kind, text: text.to_owned(), line });
        }
    }

    /// Adds a block of code, and the diagram that it may be.
    pub(super) fn code_block(&mut self, language: Option<String>, text: String, lines: LineSpan, text_line: u32) {
        let section = self.section();
        let text_line = text_line.clamp(lines.start, lines.end);
        if let Some(found) = diagram::read(language.as_deref().unwrap_or_default(), &text, text_line) {
            for (line, comment) in found.comments {
                self.hide(HiddenKind::SourceComment, &comment, line.min(lines.end));
            }
            self.content.diagrams.push(PlacedDiagram { diagram: found.diagram, lines, section });
        }
        self.content.code_blocks.push(CodeBlock { language, text, lines, text_line, section });
    }

    /// Notes a block of code that is not seen, and the diagram that it may be.
    pub(super) fn hidden_code(
        &mut self,
        kind: HiddenKind,
        language: Option<&str>,
        text: &str,
        lines: LineSpan,
        text_line: u32,
    ) {
        let text_line = text_line.clamp(lines.start, lines.end);
        self.hide(kind, text, text_line);
        if let Some(found) = diagram::read(language.unwrap_or_default(), text, text_line) {
            let section = self.section();
            self.content.hidden_diagrams.push(PlacedDiagram { diagram: found.diagram, lines, section });
        }
    }

    /// The end of the document.
    pub(super) fn finish(mut self, last_line: u32) -> Content {
        self.flush(SentenceKind::Paragraph);
        self.close_sections(0, last_line);
        self.content.hidden.sort_by_key(|hidden| hidden.line);
        self.content
    }
}
