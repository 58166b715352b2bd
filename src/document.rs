//! A design document as a reader sees it: sections, sentences with their lines, tables, code, links, diagrams, and, kept
//! apart, the text that a reader does not see.
//!
//! Lines are Git's and GitHub's: 1-based, ended by `\n` (a `\r` before it belongs to the line ending; a lone `\r` ends no
//! line). Reading is total and takes linear time: any text gives a document.

mod diagram;
mod equal;
mod flow;
mod front_matter;
mod hidden;
mod html;
mod lines;
mod markdown;
mod plain;
mod sentences;
mod unseen;

pub use diagram::{Diagram, Edge, Graph, GraphKind, Node, NodeKind, Zone};
pub use equal::content_equal;
pub use hidden::visible;
pub use lines::LineSpan;
pub use unseen::{unseen, urgency};

pub(crate) use lines::LineIndex;

use std::ops::Range;

/// A parsed document. Everything in it points back to lines of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    path: String,
    text: String,
    lines: LineIndex,
    content: Content,
}

/// What the readers (Markdown, reStructuredText, AsciiDoc, plain) find in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Content {
    front_matter: Option<FrontMatter>,
    sections: Vec<Section>,
    sentences: Vec<Sentence>,
    tables: Vec<Table>,
    code_blocks: Vec<CodeBlock>,
    links: Vec<Link>,
    diagrams: Vec<PlacedDiagram>,
    hidden_diagrams: Vec<PlacedDiagram>,
    hidden: Vec<Hidden>,
    /// Where, inside a sentence of several lines, the next line begins.
    breaks: Vec<Break>,
    /// Byte ranges of inline code in the sentences, and for each sentence where its own end in that list.
    code: Vec<Range<usize>>,
    code_ends: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Break {
    sentence: usize,
    offset: usize,
    line: u32,
}

/// How the block at the head of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrontMatterKind {
    /// Between `---` lines.
    Yaml,
    /// Between `+++` lines.
    Toml,
    /// `Name: value` lines up to the first blank one, as Python's PEPs have.
    Headers,
}

/// The metadata block at the head of a file, not part of the prose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontMatter {
    /// YAML, TOML or header lines.
    pub kind: FrontMatterKind,
    /// The text between the fences, as it stands.
    pub text: String,
    /// The lines of the block, fences included.
    pub lines: LineSpan,
}

/// A heading and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading as a reader sees it.
    pub heading: String,
    /// 1 to 6, as in HTML.
    pub level: u8,
    /// From the heading to the last line before the next heading of the same or a higher rank; subsections are inside.
    pub lines: LineSpan,
    /// The section around it, an index into [`Document::sections`].
    pub parent: Option<usize>,
}

/// Where in the document's structure a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SentenceKind {
    /// A heading.
    Heading,
    /// Running text.
    Paragraph,
    /// An item of a list.
    ListItem,
    /// A row of a table, its cells joined by ` | `.
    TableRow,
    /// Text inside a block quote.
    Quote,
}

/// A sentence as a reader sees it: marks gone, line breaks folded to a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The visible words.
    pub text: String,
    /// The lines of the source that hold them.
    pub lines: LineSpan,
    /// The innermost section, an index into [`Document::sections`]; none before the first heading.
    pub section: Option<usize>,
    /// What kind of block it stands in.
    pub kind: SentenceKind,
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The visible text of each cell.
    pub cells: Vec<String>,
    /// The line of the row.
    pub line: u32,
}

/// A Markdown table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The header row.
    pub header: TableRow,
    /// The body rows.
    pub rows: Vec<TableRow>,
    /// From the header to the last row.
    pub lines: LineSpan,
    /// The innermost section.
    pub section: Option<usize>,
}

/// A block of code, fenced or indented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeBlock {
    /// The first word of the fence's info string, as written.
    pub language: Option<String>,
    /// The code without its fence and indentation.
    pub text: String,
    /// The block, fences included.
    pub lines: LineSpan,
    /// The line of the first line of code; line n of `text` stands at `text_line + n`.
    pub text_line: u32,
    /// The innermost section.
    pub section: Option<usize>,
}

/// A link or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The visible text; the alternative text of an image.
    pub text: String,
    /// Where it points, as written.
    pub target: String,
    /// The title, which is shown only to a hovering mouse.
    pub title: Option<String>,
    /// The line where it begins.
    pub line: u32,
    /// Whether it is an image.
    pub image: bool,
}

/// A diagram with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDiagram {
    /// What it shows.
    pub diagram: Diagram,
    /// The block of code that holds it, fences included.
    pub lines: LineSpan,
    /// The innermost section.
    pub section: Option<usize>,
}

/// Why a reader does not see a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenKind {
    /// An HTML comment, declaration or processing instruction, or text that an unclosed one swallows.
    HtmlComment,
    /// The attributes of a raw HTML tag.
    HtmlAttribute,
    /// Content of an element that is not shown (`hidden`, `display:none`, script, template …).
    HiddenElement,
    /// Inside `<details>` that is closed.
    Collapsed,
    /// Nested `<sub>`, `<sup>`, `<small>`.
    Tiny,
    /// The title of a link or image.
    LinkTitle,
    /// The alternative text of an image.
    ImageAlt,
    /// A link reference definition that a link uses.
    LinkDefinition,
    /// A link reference definition that no link uses: the usual way to write a comment.
    UnusedLinkDefinition,
    /// What follows the language in the info string of a code fence.
    CodeInfo,
    /// Cells beyond the columns of a table, which are not shown.
    ExtraCell,
    /// A footnote that nothing refers to, which GitHub does not show.
    UnusedFootnote,
    /// Zero-width and other invisible characters, as `U+200B`.
    ZeroWidth,
    /// Characters that change the direction of writing.
    Bidi,
    /// Unicode tag characters and variation selectors that carry text, decoded.
    Tag,
    /// A comment in a diagram's source, or in reStructuredText or AsciiDoc.
    SourceComment,
}

/// A text that a reader does not see.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hidden {
    /// Why it is not seen.
    pub kind: HiddenKind,
    /// The text.
    pub text: String,
    /// The line where it begins.
    pub line: u32,
}

/// How a file is read, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Markdown,
    /// Markdown where white space may be program text.
    Mdx,
    ReStructuredText,
    AsciiDoc,
    PlainText,
    Other,
}

impl Format {
    fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Self::Markdown,
            "mdx" => Self::Mdx,
            "rst" => Self::ReStructuredText,
            "adoc" | "asciidoc" => Self::AsciiDoc,
            "txt" | "text" => Self::PlainText,
            _ => Self::Other,
        }
    }
}

impl Document {
    /// Reads a file; its name's ending says how. Never fails.
    pub fn parse(path: &str, text: &str) -> Self {
        let lines = LineIndex::of(text);
        let content = match Format::of(path) {
            Format::Markdown | Format::Mdx => markdown::read(text, &lines),
            Format::ReStructuredText => plain::read(text, &lines, plain::Markup::ReStructuredText),
            Format::AsciiDoc => plain::read(text, &lines, plain::Markup::AsciiDoc),
            Format::PlainText | Format::Other => plain::read(text, &lines, plain::Markup::None),
        };
        Self { path: path.to_owned(), text: text.to_owned(), lines, content }
    }

    /// The path given to [`Document::parse`].
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The source, as given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number of lines; an empty text has none, a last line without `\n` counts.
    pub fn line_count(&self) -> u32 {
        self.lines.count()
    }

    /// Line `n` (1-based) without its ending.
    pub fn line_text(&self, n: u32) -> Option<&str> {
        self.lines.get(&self.text, n)
    }

    /// All lines without their endings.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        (1..=self.line_count()).filter_map(|n| self.line_text(n))
    }

    /// The metadata block at the head.
    pub fn front_matter(&self) -> Option<&FrontMatter> {
        self.content.front_matter.as_ref()
    }

    /// Headings, in order.
    pub fn sections(&self) -> &[Section] {
        &self.content.sections
    }

    /// What a reader reads, in order; code is in [`Document::code_blocks`].
    pub fn sentences(&self) -> &[Sentence] {
        &self.content.sentences
    }

    /// The byte ranges of a sentence's text that are written as code, rising; Markdown only.
    pub fn code_in(&self, sentence: usize) -> &[Range<usize>] {
        let ends = &self.content.code_ends;
        let from = sentence.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        ends.get(sentence).and_then(|&to| self.content.code.get(from..to)).unwrap_or_default()
    }

    /// Tables, in order. Their rows are sentences too.
    pub fn tables(&self) -> &[Table] {
        &self.content.tables
    }

    /// Blocks of code, in order, those that hold diagrams too.
    pub fn code_blocks(&self) -> &[CodeBlock] {
        &self.content.code_blocks
    }

    /// Links and images, in order.
    pub fn links(&self) -> &[Link] {
        &self.content.links
    }

    /// Diagrams, in order.
    pub fn diagrams(&self) -> &[PlacedDiagram] {
        &self.content.diagrams
    }

    /// Diagrams that a reader does not see at first, say in a closed `<details>`; their source is in [`Document::hidden`].
    pub fn hidden_diagrams(&self) -> &[PlacedDiagram] {
        &self.content.hidden_diagrams
    }

    /// What a reader does not see, in order of lines.
    pub fn hidden(&self) -> &[Hidden] {
        &self.content.hidden
    }

    /// The innermost section that holds a line.
    pub fn section_at(&self, line: u32) -> Option<usize> {
        self.sections().iter().rposition(|section| section.lines.contains(line))
    }

    /// The line of the word at a byte offset of a sentence's text.
    pub fn line_of_word(&self, sentence: usize, offset: usize) -> Option<u32> {
        let found = self.sentences().get(sentence)?;
        let breaks = &self.content.breaks;
        let at = breaks.partition_point(|b| (b.sentence, b.offset) <= (sentence, offset));
        Some(match at.checked_sub(1).and_then(|before| breaks.get(before)) {
            Some(b) if b.sentence == sentence => b.line,
            _ => found.lines.start,
        })
    }
}
