//! The material of a task: pieces of text with an id each, as a reader sees them, and where quotations stand in them.
//!
//! All of it is other people's text. A model sees only what a reader sees; the rest is reported to the reviewers by other code.

use super::changes::{gone, lay_out};
use crate::analyst::{ContextText, DocumentText, Earlier, Reply};
use crate::document::{Document, HiddenKind, LineSpan, SentenceKind, visible};
use crate::evidence;
use crate::threat_model::{Anchor, Decision, Fact, ReplyQuote, Source};

use super::answers::Quote;

/// A piece of the material.
#[derive(Clone, Debug)]
pub struct Piece {
    /// How answers name it: `doc1`, `reply2`, …
    pub id: String,
    /// What it is, in words for the model; other people's names for things are made harmless.
    pub label: String,
    /// What a reader sees, each line with its number where lines have numbers.
    pub lines: Vec<Line>,
    origin: Origin,
    text: evidence::Source,
}

/// A line as a model sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its number in the source; 0 where that says nothing.
    pub number: u32,
    /// What a reader sees of it.
    pub text: String,
    /// Whether it is a heading.
    pub heading: bool,
    /// Whether it came or went, among what changed.
    pub mark: Mark,
}

/// Whether a line came or went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// It stands there.
    #[default]
    None,
    /// It went away.
    Gone,
    /// It is new.
    New,
}

impl Mark {
    /// How a model sees it.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gone => "- ",
            Self::New => "+ ",
        }
    }
}

#[derive(Clone, Debug)]
enum Origin {
    Document(String),
    /// What changed of a document: its words stand in the document as it is, or as it was before.
    Change,
    Before(String),
    Description,
    Reply {
        comment: String,
        login: String,
    },
    Fact(Box<Fact>),
    Context(String),
    Decision(Box<Decision>),
}

/// How long a piece stays the same over the requests of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constancy {
    /// What the organisation says: over pushes.
    Lasting,
    /// What is reviewed: until it changed much.
    Stable,
    /// What changed of it: until the next push.
    Changed,
    /// What is known and was said: it changes with each answer.
    Moving,
}

/// Where words stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// The source, as the ledger and the draft name it.
    pub source: Source,
    /// The lines, in a document.
    pub anchor: Option<Anchor>,
    /// The words are of a document as it was before.
    pub before: bool,
}

/// All pieces of a task.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pieces: Vec<Piece>,
}

impl Sources {
    /// The pieces, in the order in which they were added.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Adds documents: `doc1`, … Those that were sent before are sent as they were then; `changes` tells the rest. Quotations
    /// stand in the text as it is now.
    pub fn documents(&mut self, documents: &[DocumentText], earlier: &[Earlier]) {
        for (n, document) in (1..).zip(documents) {
            let read = Document::parse(&document.path, &document.text);
            let lines = lay_out(&versions(document, earlier)).first;
            let label = format!("design document {}", label(&document.path));
            let text = evidence::Source::of_document(&read);
            let origin = Origin::Document(document.path.clone());
            self.pieces.push(Piece { id: format!("doc{n}"), label, lines, origin, text });
        }
    }

    /// Adds what changed of documents: since they were first sent (`doc1v2`, …), and what stood there before (`old1`, …).
    pub fn changes(&mut self, documents: &[DocumentText], earlier: &[Earlier]) {
        for (n, document) in (1..).zip(documents) {
            let versions = versions(document, earlier);
            let laid = lay_out(&versions);
            for (version, lines) in laid.steps {
                let label = format!("what changed of doc{n} after that: lines with - are gone, lines with + are new");
                let text = evidence::Source::of_text("");
                self.pieces.push(Piece { id: format!("doc{n}v{version}"), label, lines, origin: Origin::Change, text });
            }
            let Some(before) = &document.before else { continue };
            let read = Document::parse(&document.path, before);
            let old = seen(&read);
            // What is told already is not told twice; its words are known all the same.
            let now = versions.last().map(Vec::as_slice).unwrap_or_default();
            let told = laid.first != now && versions.iter().rev().nth(1) == Some(&old);
            let lines = if told { Vec::new() } else { gone(&old, now) };
            let label = format!("what doc{n} said before: lines with - are gone, lines with + came in their place");
            let (origin, text) = (Origin::Before(document.path.clone()), evidence::Source::of_document(&read));
            self.pieces.push(Piece { id: format!("old{n}"), label, lines, origin, text });
        }
    }

    /// Adds the description of the pull request.
    pub fn description(&mut self, description: &str) {
        if !description.trim().is_empty() {
            let read = Document::parse("description.md", description);
            let label = "description of the pull request".to_owned();
            self.add("description".to_owned(), label, Origin::Description, &read);
        }
    }

    /// Adds replies: `reply1`, …
    pub fn replies(&mut self, replies: &[Reply]) {
        for (n, reply) in (1..).zip(replies) {
            let read = Document::parse("reply.md", &reply.body);
            let origin = Origin::Reply { comment: reply.comment.clone(), login: reply.login.clone() };
            self.add(format!("reply{n}"), format!("reply by {}", label(&reply.login)), origin, &read);
        }
    }

    /// Adds files of the organisation's context: `context1`, …
    pub fn context(&mut self, files: &[ContextText]) {
        for (n, file) in (1..).zip(files) {
            let read = Document::parse("context.md", &file.text);
            let label = format!("the organisation's own context, {}", label(&file.path));
            self.add(format!("context{n}"), label, Origin::Context(file.path.clone()), &read);
        }
    }

    /// Adds what is known already: `fact1`, …
    pub fn facts(&mut self, facts: &[Fact]) {
        for (n, fact) in (1..).zip(facts) {
            let quotation = quotation(&fact.source);
            let said = format!("{}\n\n{quotation}", fact.statement);
            let read = Document::parse("fact.md", &said);
            let label = format!("known from {}", label(&told_by(&fact.source)));
            self.add(format!("fact{n}"), label, Origin::Fact(Box::new(fact.clone())), &read);
        }
    }

    /// Adds what teams decided before: `decision1`, …
    pub fn decisions(&mut self, decisions: &[Decision]) {
        for (n, decision) in (1..).zip(decisions) {
            let said = format!("{}\n\n{}", decision.title, decision.reason);
            let read = Document::parse("decision.md", &said);
            let place = format!("{}#{}", decision.repository, decision.pull);
            let label = format!("{:?} by {} in {}", decision.kind, label(&decision.by), label(&place));
            self.add(format!("decision{n}"), label, Origin::Decision(Box::new(decision.clone())), &read);
        }
    }

    fn add(&mut self, id: String, label: String, origin: Origin, read: &Document) {
        let lines = seen(read);
        self.pieces.push(Piece { id, label, lines, origin, text: evidence::Source::of_document(read) });
    }

    /// Where the quoted words stand: in the piece that is named, else in the first that holds them. None: nowhere.
    pub fn find(&self, quote: &Quote) -> Option<Stands> {
        let named = self.pieces.iter().find(|piece| piece.id == quote.source);
        named
            .and_then(|piece| piece.find(&quote.words))
            .or_else(|| self.pieces.iter().find_map(|piece| piece.find(&quote.words)))
    }

    /// Where words stood in a document as it was before.
    pub fn find_before(&self, words: &str) -> Option<Anchor> {
        let before = |piece: &&Piece| matches!(piece.origin, Origin::Before(_));
        self.pieces.iter().filter(before).find_map(|piece| piece.find(words))?.anchor
    }

    /// Where words stand in a document as it is now.
    pub fn find_in_documents(&self, quote: &Quote) -> Option<Anchor> {
        let now = |piece: &&Piece| matches!(piece.origin, Origin::Document(_));
        let named = self.pieces.iter().filter(now).find(|piece| piece.id == quote.source);
        named
            .and_then(|piece| piece.find(&quote.words))
            .or_else(|| self.pieces.iter().filter(now).find_map(|piece| piece.find(&quote.words)))?
            .anchor
    }
}

impl Piece {
    /// How long it stays the same.
    pub fn constancy(&self) -> Constancy {
        match self.origin {
            Origin::Context(_) | Origin::Decision(_) => Constancy::Lasting,
            Origin::Document(_) | Origin::Description => Constancy::Stable,
            Origin::Change | Origin::Before(_) => Constancy::Changed,
            Origin::Fact(_) | Origin::Reply { .. } => Constancy::Moving,
        }
    }

    /// The path of a document.
    pub fn path(&self) -> Option<&str> {
        match &self.origin {
            Origin::Document(path) | Origin::Before(path) => Some(path),
            _ => None,
        }
    }

    fn find(&self, words: &str) -> Option<Stands> {
        let span = self.text.find(words)?;
        let words = if self.text.holds(words) { visible(words) } else { shown(words) };
        let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = |path: &str, span: LineSpan| Anchor {
            path: path.to_owned(),
            start_line: span.start,
            end_line: span.end,
            quotation: words.clone(),
        };
        Some(match &self.origin {
            Origin::Document(path) => {
                let anchor = at(path, span);
                Stands { source: Source::Document { anchor: anchor.clone() }, anchor: Some(anchor), before: false }
            }
            Origin::Before(path) => {
                let anchor = at(path, span);
                Stands { source: Source::Document { anchor: anchor.clone() }, anchor: Some(anchor), before: true }
            }
            Origin::Change => return None,
            Origin::Description => Stands::of(Source::Description { quotation: words }),
            Origin::Reply { comment, login } => {
                Stands::of(Source::Reply { comment: comment.clone(), login: login.clone(), quotation: words })
            }
            // What was said before is cited by its own words, not by how it was summed up.
            Origin::Fact(fact) => Stands {
                anchor: match &fact.source {
                    Source::Document { anchor } => Some(anchor.clone()),
                    _ => None,
                },
                source: fact.source.clone(),
                before: false,
            },
            Origin::Context(path) => Stands::of(Source::Context { path: path.clone(), quotation: words }),
            Origin::Decision(decision) => Stands::of(Source::Decision {
                id: decision.id.clone(),
                repository: decision.repository.clone(),
                pull: decision.pull,
                quotation: words,
            }),
        })
    }
}

impl Stands {
    const fn of(source: Source) -> Self {
        Self { source, anchor: None, before: false }
    }

    /// The words of a reply.
    pub fn reply(&self) -> Option<ReplyQuote> {
        match &self.source {
            Source::Reply { comment, login, quotation } => {
                Some(ReplyQuote { comment: comment.clone(), login: login.clone(), quotation: quotation.clone() })
            }
            _ => None,
        }
    }
}

/// The versions of a document that were sent in a review, as a reader sees them, oldest first, and the text as it is now.
fn versions(document: &DocumentText, earlier: &[Earlier]) -> Vec<Vec<Line>> {
    let earlier = earlier.iter().filter(|earlier| earlier.path == document.path).flat_map(|earlier| &earlier.texts);
    let mut versions: Vec<Vec<Line>> =
        earlier.chain([&document.text]).map(|text| seen(&Document::parse(&document.path, text))).collect();
    versions.dedup();
    versions
}

/// What a reader sees of a document, line by line.
fn seen(document: &Document) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(front) = document.front_matter() {
        for (n, line) in (front.lines.start..).zip(front.text.lines()) {
            push(&mut lines, n, line, false);
        }
    }
    let unseen = |n: u32| document.hidden().iter().any(|h| h.line == n && h.kind == HiddenKind::SourceComment);
    let mut code = document.code_blocks().iter().peekable();
    let block = |lines: &mut Vec<Line>, block: &crate::document::CodeBlock| {
        for (n, line) in (block.text_line..).zip(block.text.lines()) {
            if !unseen(n) {
                push(lines, n, line, false);
            }
        }
    };
    for sentence in document.sentences() {
        while let Some(next) = code.next_if(|b| b.lines.start < sentence.lines.start) {
            block(&mut lines, next);
        }
        let heading = sentence.kind == SentenceKind::Heading;
        match lines.last_mut() {
            // Sentences of one line stay together.
            Some(last) if !heading && !last.heading && last.number == sentence.lines.start => {
                last.text.push(' ');
                last.text.push_str(&visible(&sentence.text));
            }
            _ => push(&mut lines, sentence.lines.start, &sentence.text, heading),
        }
    }
    for rest in code {
        block(&mut lines, rest);
    }
    lines
}

fn push(lines: &mut Vec<Line>, number: u32, text: &str, heading: bool) {
    // What breaks a line for a model, but not for us, would let a text begin a line as it likes.
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let text: String = visible(text).chars().map(|c| if breaks(c) { ' ' } else { c }).collect();
    if !text.trim().is_empty() {
        lines.push(Line { number, text: text.trim_end().to_owned(), heading, mark: Mark::None });
    }
}

/// A name that somebody outside chose, as a label: one line, no marks, short.
fn label(name: &str) -> String {
    let plain: String = visible(name)
        .chars()
        .map(|c| if c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '#' | ' ') { c } else { ' ' })
        .take(120)
        .collect();
    format!("`{}`", plain.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What a reader sees of a short text that is Markdown source, without what it hides or links to.
pub(super) fn shown(quotation: &str) -> String {
    let read = Document::parse("quotation.md", quotation);
    let sentences: Vec<&str> = read.sentences().iter().map(|sentence| sentence.text.as_str()).collect();
    visible(&sentences.join(" "))
}

fn quotation(source: &Source) -> &str {
    match source {
        Source::Document { anchor } => &anchor.quotation,
        Source::Reply { quotation, .. }
        | Source::Description { quotation }
        | Source::Context { quotation, .. }
        | Source::Decision { quotation, .. } => quotation,
        Source::Assumption { .. } => "",
    }
}

fn told_by(source: &Source) -> String {
    match source {
        Source::Document { anchor } => format!("{} line {}", anchor.path, anchor.start_line),
        Source::Reply { login, .. } => login.clone(),
        Source::Description { .. } => "the description".to_owned(),
        Source::Context { path, .. } => path.clone(),
        Source::Decision { repository, pull, .. } => format!("{repository}#{pull}"),
        Source::Assumption { ordinal } => format!("assumption {ordinal}"),
    }
}
