//! Markdown as GitHub reads it (CommonMark with GitHub's tables, strikethrough, task lists, footnotes and alerts).

use super::flow::Flow;
use super::html::{self, Hider, Piece};
use super::lines::LineCursor;
use super::{Content, HiddenKind, LineIndex, LineSpan, Link, SentenceKind, Table, TableRow, front_matter, hidden};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::HashSet;
use std::ops::Range;

/// The Markdown that GitHub shows for a file.
pub(super) fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
}

/// Reads a Markdown text.
pub(super) fn read(text: &str, lines: &LineIndex) -> Content {
    let mut flow = Flow::default();
    let mut base = 0;
    if let Some((block, end)) = front_matter::fenced(text, lines) {
        flow.content.front_matter = Some(block);
        base = end;
    } else if text.starts_with('\u{feff}') {
        base = '\u{feff}'.len_utf8();
    }
    hidden::scan(text, 1, &mut flow.content.hidden);
    let body = text.get(base..).unwrap_or_default();
    let seen_footnotes = footnotes(body);
    let mut reader = Reader {
        text,
        lines,
        cursor: LineCursor::new(lines),
        base,
        covered: lines.line_of(base).saturating_sub(1),
        seen_footnotes,
        used_labels: HashSet::new(),
        uncovered: Vec::new(),
        containers: Vec::new(),
        heading: None,
        links: Vec::new(),
        images: Vec::new(),
        alt: String::new(),
        table: None,
        row: None,
        code: None,
        html: None,
        hider: Hider::default(),
        unseen: None,
        flow,
    };
    if base > 0 && base >= text.len() {
        reader.covered = lines.count();
    }
    for (event, range) in Parser::new_ext(body, options()).into_offset_iter() {
        reader.event(event, range.start + base..range.end + base);
    }
    reader.finish()
}

/// The labels of footnotes that something refers to.
fn footnotes(body: &str) -> HashSet<String> {
    if !body.contains("[^") {
        return HashSet::new();
    }
    let label = |event| {
        if let Event::FootnoteReference(label) = event { Some(label.to_lowercase()) } else { None }
    };
    Parser::new_ext(body, options()).filter_map(label).collect()
}

enum Container {
    Item,
    Quote,
    Footnote { unused: bool },
}

struct OpenLink {
    from: usize,
    target: String,
    title: String,
    line: u32,
}

struct Code {
    language: Option<String>,
    text: String,
    lines: LineSpan,
    fenced: bool,
}

struct OpenRow {
    row: TableRow,
    /// Byte offsets in the source: the end of the last cell, and of the row.
    cells_end: usize,
    end: usize,
    /// Where the next cell begins in the visible text.
    cell: usize,
}

struct Reader<'t> {
    text: &'t str,
    lines: &'t LineIndex,
    cursor: LineCursor<'t>,
    base: usize,
    /// The last line that some block accounts for.
    covered: u32,
    seen_footnotes: HashSet<String>,
    used_labels: HashSet<String>,
    uncovered: Vec<u32>,
    containers: Vec<Container>,
    heading: Option<(u8, u32)>,
    links: Vec<OpenLink>,
    images: Vec<OpenLink>,
    alt: String,
    table: Option<Table>,
    row: Option<OpenRow>,
    code: Option<Code>,
    /// The raw HTML of a block and from which offset on it stands on which line.
    html: Option<(String, Vec<(usize, u32)>)>,
    hider: Hider,
    /// A run of text that is not seen.
    unseen: Option<(HiddenKind, u32, String)>,
    flow: Flow,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag, range),
            Event::Text(text) => self.words(&text, range),
            Event::Code(code) => {
                let mut lines =
                    LineSpan::new(self.cursor.line_of(range.start), self.cursor.line_of(range.end.saturating_sub(1)));
                self.cover(lines);
                if self.elsewhere(&code, lines.start) {
                    return;
                }
                // `a `b` c`: the space inside the backticks is cut off, yet a reader needs it.
                let inside = self.text.get(range.clone()).unwrap_or_default().trim_matches('`');
                // Backticks alone on the first or the last line: the code stands on the lines between.
                let alone = |part: &str| part.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '>'));
                if lines.end > lines.start && inside.split('\n').next().is_some_and(alone) {
                    lines.start += 1;
                }
                if lines.end > lines.start && inside.rsplit('\n').next().is_some_and(alone) {
                    lines.end -= 1;
                }
                if inside.starts_with(' ') && !code.starts_with(' ') {
                    self.flow.space();
                }
                self.flow.push_code(&code, lines);
                if inside.ends_with(' ') && !code.ends_with(' ') {
                    self.flow.space();
                }
            }
            Event::InlineMath(math) | Event::DisplayMath(math) => self.words(&math, range),
            Event::Html(html) => {
                let line = self.cursor.line_of(range.start);
                if let Some((block, marks)) = &mut self.html {
                    marks.push((block.len(), line));
                    block.push_str(&html);
                } else {
                    self.raw_html(&html, &[(0, line)], false);
                }
            }
            Event::InlineHtml(html) => {
                let line = self.cursor.line_of(range.start);
                let end = self.cursor.line_of(range.end.saturating_sub(1));
                self.cover(LineSpan::new(line, end));
                self.raw_html(&html, &[(0, line)], true);
            }
            Event::SoftBreak => self.space(false),
            Event::HardBreak => self.space(true),
            Event::Rule => {
                self.flush();
                let lines = self.lines.span(self.text, range);
                self.cover(lines);
            }
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {
                let line = self.cursor.line_of(range.start);
                self.cover(LineSpan::line(line));
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph => {
                self.leaf(range);
            }
            Tag::Heading { level, .. } => {
                let line = self.leaf(range).start;
                self.heading = Some((level as u8, line));
            }
            Tag::BlockQuote(kind) => {
                self.flush();
                if kind.is_some() {
                    // `> [!NOTE]` is shown as a word of its own and belongs to no sentence.
                    let line = self.cursor.line_of(range.start);
                    self.cover(LineSpan::line(line));
                }
                self.containers.push(Container::Quote);
            }
            Tag::List(_) => {
                self.flush();
            }
            Tag::Item => {
                self.flush();
                self.containers.push(Container::Item);
            }
            Tag::FootnoteDefinition(label) => {
                self.flush();
                let unused = !self.seen_footnotes.contains(&label.to_lowercase());
                self.containers.push(Container::Footnote { unused });
            }
            Tag::CodeBlock(kind) => self.start_code(kind, range),
            Tag::HtmlBlock => {
                self.leaf(range);
                self.html = Some((String::new(), Vec::new()));
            }
            Tag::Table(_) => {
                let lines = self.leaf(range);
                let header = TableRow { cells: Vec::new(), line: lines.start };
                self.table = Some(Table { header, rows: Vec::new(), lines, section: self.flow.section() });
            }
            Tag::TableHead | Tag::TableRow => {
                let line = self.cursor.line_of(range.start);
                let row = TableRow { cells: Vec::new(), line };
                self.row = Some(OpenRow { row, cells_end: range.start, end: range.end, cell: self.flow.len() });
            }
            Tag::Link { link_type, dest_url, title, id } => {
                self.open_link(link_type, &dest_url, &title, &id, range.start, false);
            }
            Tag::Image { link_type, dest_url, title, id } => {
                self.open_link(link_type, &dest_url, &title, &id, range.start, true);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd, range: Range<usize>) {
        match tag {
            TagEnd::Paragraph => {
                self.flush();
                self.hider.end_of_paragraph();
            }
            TagEnd::Heading(_) => {
                self.end_unseen();
                if let Some((level, line)) = self.heading
                    && self.containers.is_empty()
                    && !self.flow.since(0).is_empty()
                {
                    self.flow.open_section(level, line);
                }
                self.flush();
                self.heading = None;
                self.hider.end_of_paragraph();
            }
            TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::FootnoteDefinition => {
                self.flush();
                self.containers.pop();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => {
                if let Some((html, marks)) = self.html.take() {
                    self.raw_html(&html, &marks, false);
                    self.flush();
                }
            }
            TagEnd::TableCell => self.end_cell(range),
            TagEnd::TableHead => {
                if let (Some(row), Some(table)) = (self.end_row(), &mut self.table) {
                    table.header = row;
                }
            }
            TagEnd::TableRow => {
                if let (Some(row), Some(table)) = (self.end_row(), &mut self.table) {
                    table.rows.push(row);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take()
                    && self.unseen_here().is_none()
                {
                    self.flow.content.tables.push(table);
                }
            }
            TagEnd::Link => self.close_link(),
            TagEnd::Image => self.close_image(),
            _ => {}
        }
    }

    // ── blocks ──

    /// A block that holds text or code begins; gives its lines.
    fn leaf(&mut self, range: Range<usize>) -> LineSpan {
        self.flush();
        let lines = self.lines.span(self.text, range);
        self.cover(lines);
        lines
    }

    /// Accounts for lines; those skipped since the last call are no block's.
    fn cover(&mut self, lines: LineSpan) {
        self.uncovered.extend(self.covered.saturating_add(1)..lines.start);
        self.covered = self.covered.max(lines.end);
    }

    /// The block being read ends.
    fn flush(&mut self) {
        self.end_unseen();
        let kind = if self.heading.is_some() {
            SentenceKind::Heading
        } else {
            match self.containers.last() {
                Some(Container::Item) => SentenceKind::ListItem,
                Some(Container::Quote) => SentenceKind::Quote,
                Some(Container::Footnote { .. }) | None => SentenceKind::Paragraph,
            }
        };
        self.flow.flush(kind);
    }

    fn start_code(&mut self, kind: CodeBlockKind<'_>, range: Range<usize>) {
        let lines = self.leaf(range);
        let (language, fenced) = match kind {
            CodeBlockKind::Indented => (None, false),
            CodeBlockKind::Fenced(info) => {
                let info = info.trim();
                let (word, rest) = info.split_once(char::is_whitespace).unwrap_or((info, ""));
                self.flow.hide(HiddenKind::CodeInfo, rest, lines.start);
                ((!word.is_empty()).then(|| word.to_owned()), true)
            }
        };
        self.code = Some(Code { language, text: String::new(), lines, fenced });
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        let text_line = code.lines.start.saturating_add(u32::from(code.fenced));
        if let Some(kind) = self.unseen_here() {
            self.flow.hidden_code(kind, code.language.as_deref(), &code.text, code.lines, text_line);
        } else {
            self.flow.code_block(code.language, code.text, code.lines, text_line);
        }
    }

    fn end_cell(&mut self, range: Range<usize>) {
        self.end_unseen();
        let Some(open) = &mut self.row else { return };
        open.cells_end = range.end;
        let cell = self.flow.since(open.cell).replace('\n', " ");
        if !cell.is_empty() {
            self.flow.separate_cells();
        }
        open.cell = self.flow.len();
        open.row.cells.push(cell);
    }

    fn end_row(&mut self) -> Option<TableRow> {
        let OpenRow { row, cells_end, end, .. } = self.row.take()?;
        self.end_unseen();
        self.flow.flush(SentenceKind::TableRow);
        let extra =
            self.text.get(cells_end..end).unwrap_or_default().trim_matches(|c: char| c == '|' || c.is_whitespace());
        self.flow.hide(HiddenKind::ExtraCell, extra, row.line);
        Some(row)
    }

    // ── text ──

    fn words(&mut self, text: &str, range: Range<usize>) {
        if let Some(code) = &mut self.code {
            code.text.push_str(text);
            return;
        }
        let line = self.cursor.line_of(range.start);
        self.cover(LineSpan::line(line));
        // A character reference may name an invisible character that a scan of the source does not meet.
        if !text.is_ascii() && self.text.as_bytes().get(range.start) == Some(&b'&') {
            hidden::runs(text, |_, kind, run| {
                if let Some(kind) = kind {
                    self.flow.hide(kind, &hidden::describe(kind, run), line);
                }
            });
        }
        if !self.elsewhere(text, line) {
            self.flow.push(text, line);
        }
    }

    /// Takes text that is no visible prose: hidden, or an image's alternative text.
    fn elsewhere(&mut self, text: &str, line: u32) -> bool {
        if !self.images.is_empty() {
            self.alt.push_str(text);
            return true;
        }
        let kind = self.unseen_here();
        if self.unseen.as_ref().is_some_and(|&(current, ..)| Some(current) != kind) {
            self.end_unseen();
        }
        let Some(kind) = kind else { return false };
        self.unseen.get_or_insert_with(|| (kind, line, String::new())).2.push_str(text);
        true
    }

    /// Why text at this point is not seen.
    fn unseen_here(&self) -> Option<HiddenKind> {
        let unused = self.containers.iter().any(|c| matches!(c, Container::Footnote { unused: true }));
        self.hider.active().or_else(|| unused.then_some(HiddenKind::UnusedFootnote))
    }

    fn end_unseen(&mut self) {
        if let Some((kind, line, text)) = self.unseen.take() {
            self.flow.hide(kind, &text, line);
        }
    }

    fn space(&mut self, hard: bool) {
        if !self.images.is_empty() {
            self.alt.push(' ');
        } else if let Some((_, _, text)) = &mut self.unseen {
            text.push(' ');
        }
        if hard {
            self.flow.hard_break();
        } else {
            self.flow.space();
        }
    }

    // ── links ──

    fn open_link(&mut self, link_type: LinkType, target: &str, title: &str, id: &str, at: usize, image: bool) {
        let line = self.cursor.line_of(at);
        self.cover(LineSpan::line(line));
        if matches!(link_type, LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut) {
            self.used_labels.insert(label_key(id));
        }
        self.flow.hide(HiddenKind::LinkTitle, title, line);
        let open = OpenLink { from: self.flow.len(), target: target.to_owned(), title: title.to_owned(), line };
        if image {
            self.images.push(open);
        } else {
            self.links.push(open);
        }
    }

    fn close_link(&mut self) {
        if let Some(open) = self.links.pop() {
            let text = self.flow.since(open.from).replace('\n', " ");
            self.link(open, text, false);
        }
    }

    fn close_image(&mut self) {
        let Some(open) = self.images.pop() else {
            return;
        };
        if self.images.is_empty() {
            let alt = std::mem::take(&mut self.alt);
            self.flow.hide(HiddenKind::ImageAlt, &alt, open.line);
            self.link(open, alt, true);
        }
    }

    fn link(&mut self, open: OpenLink, text: String, image: bool) {
        let title = (!open.title.is_empty()).then_some(open.title);
        self.flow.content.links.push(Link { text, target: open.target, title, line: open.line, image });
    }

    // ── raw HTML ──

    fn raw_html(&mut self, html: &str, marks: &[(usize, u32)], inline: bool) {
        let line_at = |offset: usize| {
            let at = marks.partition_point(|&(from, _)| from <= offset).saturating_sub(1);
            marks.get(at).map_or(1, |&(_, line)| line)
        };
        let mut skip = 0;
        if let Some(until) = self.hider.pending {
            let end = until.end_in(html);
            let swallowed = html.get(..end.unwrap_or(html.len())).unwrap_or_default();
            self.elsewhere(swallowed, line_at(0));
            let Some(end) = end else { return };
            self.end_unseen();
            self.hider.pending = None;
            skip = end;
        }
        html::pieces(html.get(skip..).unwrap_or_default(), |offset, piece| {
            self.piece(piece, offset + skip, &line_at, inline);
        });
    }

    fn piece(&mut self, piece: Piece<'_>, offset: usize, line_at: &impl Fn(usize) -> u32, inline: bool) {
        let line = line_at(offset);
        match piece {
            Piece::Text(text) => {
                let mut at = offset;
                for part in text.split_inclusive('\n') {
                    let decoded = html::decode(part.trim_end_matches(['\n', '\r']));
                    if !decoded.trim().is_empty() && !self.elsewhere(&decoded, line_at(at)) {
                        self.flow.push(&decoded, line_at(at));
                    }
                    if part.ends_with('\n') {
                        self.space(false);
                    }
                    at += part.len();
                }
            }
            Piece::Comment(text) => self.flow.hide(HiddenKind::HtmlComment, text, line),
            Piece::Unclosed(text, until) => {
                self.flow.hide(HiddenKind::HtmlComment, text, line);
                self.hider.pending = Some(until);
            }
            Piece::Open { name, attributes, closed } => {
                self.end_unseen();
                self.flow.hide(HiddenKind::HtmlAttribute, attributes, line);
                if let Some(target) = html::attribute(attributes, "href").or_else(|| html::attribute(attributes, "src"))
                {
                    let title = html::attribute(attributes, "title").map(str::to_owned);
                    let image = name.eq_ignore_ascii_case("img");
                    let target = target.to_owned();
                    self.flow.content.links.push(Link { text: String::new(), target, title, line, image });
                }
                self.edge(name, inline);
                if !closed {
                    self.hider.open(name, attributes, inline);
                }
            }
            Piece::Close(name) => {
                self.end_unseen();
                self.hider.close(name);
                self.edge(name, inline);
            }
        }
    }

    /// A tag that parts what stands before it from what follows.
    fn edge(&mut self, name: &str, inline: bool) {
        if name.eq_ignore_ascii_case("br") {
            self.space(true);
        } else if html::is_block(name) {
            if inline || self.row.is_some() {
                self.space(true);
            } else {
                self.flush();
            }
        }
    }

    // ── the end ──

    fn finish(mut self) -> Content {
        self.flush();
        self.cover(LineSpan::line(self.lines.count().saturating_add(1)));
        let first = self.lines.line_of(self.base);
        for line in std::mem::take(&mut self.uncovered) {
            let text = self.lines.get(self.text, line).unwrap_or_default();
            // Marks of lists and quotes whose block is empty hide nothing.
            let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '>' | '-' | '+' | '*' | '#'));
            let empty_number = text.trim_end().trim_end_matches(['.', ')']).bytes().all(|b| b.is_ascii_digit());
            if line < first || text.trim().is_empty() || empty_number {
                continue;
            }
            let label = text.strip_prefix('[').and_then(|rest| rest.split_once("]:"));
            let used = label.is_some_and(|(label, _)| self.used_labels.contains(&label_key(label)));
            let kind = if used { HiddenKind::LinkDefinition } else { HiddenKind::UnusedLinkDefinition };
            self.flow.hide(kind, text, line);
        }
        self.flow.finish(self.lines.count())
    }
}

/// Labels match whatever their case and white space (CommonMark, "matches").
fn label_key(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
