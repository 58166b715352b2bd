//! The parts of the system and the data, each under one name however the text varies it.

use std::collections::HashMap;

use super::lexicon::{
    CLIENT, DATA, DET, EITHER, OUTSIDE, PART, PLURAL, PROCESS, PRODUCT, ROLE, STOP, STORE, THIRD, VAGUE, ZONE,
};
use super::words::{self, Gap, Span, Word};

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A person or role.
    Actor,
    /// A system of somebody else.
    ThirdParty,
    /// Code that runs.
    Process,
    /// Where data is kept.
    Store,
    /// A kind of data.
    Data,
}

/// Where something stands: in a statement, or on a line that is none (a diagram).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An index into the view's statements and a byte offset in it.
    Statement { statement: usize, at: usize },
    /// A line of a diagram.
    Line(u32),
}

/// Something that the document names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entity {
    /// As the author wrote it where it first stands.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    /// How often the text names it.
    pub(crate) mentions: u32,
    /// The boundary it stands inside, in the author's words.
    pub(crate) zone: Option<String>,
    /// A node of a diagram.
    pub(crate) drawn: bool,
    /// A name that any system would use: "the server".
    pub(crate) vague: bool,
    /// On the user's side of the wire.
    pub(crate) client: bool,
}

/// Entities by name.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) list: Vec<Entity>,
    by_key: HashMap<String, usize>,
    /// Words with a capital inside sentences, and how often: names that no list knows.
    proper: HashMap<String, u32>,
    key: String,
}

/// People of a story are no parts.
const PEOPLE: [&str; 12] =
    ["Alice", "Bob", "Carol", "Dave", "Eve", "Mallory", "Mike", "John", "Jane", "Trent", "Charlie", "Erin"];

/// What is still missing of an entity once its name is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sort {
    pub(super) kind: Kind,
    pub(super) vague: bool,
    pub(super) client: bool,
}

impl Parts {
    /// Counts the words of a statement that are written like names.
    pub(super) fn count_names(&mut self, words: &[Word<'_>]) {
        for word in words {
            let shaped = word.capital && word.entry.class == 0 && word.text.bytes().any(|b| b.is_ascii_lowercase());
            if shaped && word.gap == Gap::None {
                match self.proper.get_mut(word.text) {
                    Some(count) => *count = count.saturating_add(1),
                    None => {
                        self.proper.insert(word.text.to_owned(), 1);
                    }
                }
            }
        }
    }

    /// Notes every part and kind of data that a statement names.
    pub(super) fn mention_all(&mut self, text: &str, words: &[Word<'_>], statement: usize) {
        for (i, word) in words.iter().enumerate() {
            if !word.is(PART | DATA) || !is_last(words, i) || words::is_verb(words, i) {
                continue;
            }
            let span = words::name_ending_at(words, i);
            if let Some(sort) = sort_of(words, span) {
                self.mention(text, words, span, sort, statement);
            }
        }
    }

    /// Notes one mention; gives the entity.
    pub(super) fn mention(
        &mut self,
        text: &str,
        words: &[Word<'_>],
        span: Span,
        sort: Sort,
        statement: usize,
    ) -> usize {
        let mut key = std::mem::take(&mut self.key);
        key_of(words, span, &mut key);
        let at = words.get(span.start).map_or(0, |w| w.at);
        let index = if let Some(&known) = self.by_key.get(&key) {
            known
        } else {
            self.list.push(Entity {
                name: span.text(text, words).to_owned(),
                kind: sort.kind,
                place: Place::Statement { statement, at },
                mentions: 0,
                zone: None,
                drawn: false,
                vague: sort.vague,
                client: sort.client,
            });
            self.by_key.insert(key.clone(), self.list.len() - 1);
            self.list.len() - 1
        };
        self.key = key;
        if let Some(entity) = self.list.get_mut(index) {
            entity.mentions = entity.mentions.saturating_add(1);
            if let Place::Line(_) = entity.place {
                entity.place = Place::Statement { statement, at };
            }
        }
        index
    }

    /// The entity that an end of a flow names, noted if it is new; none when the words name no part.
    pub(super) fn resolve(&mut self, text: &str, words: &[Word<'_>], span: Span, statement: usize) -> Option<usize> {
        if let Some(sort) = sort_of(words, span) {
            if sort.kind == Kind::Data {
                return None;
            }
            let found = self.mention(text, words, span, sort, statement);
            self.unmention(found);
            return Some(found);
        }
        let head = span.head(words)?;
        if head.is(PART | DATA | ZONE) {
            return None;
        }
        let mut key = std::mem::take(&mut self.key);
        key_of(words, span, &mut key);
        let known = self.by_key.get(&key).copied();
        self.key = key;
        if known.is_some() {
            return known;
        }
        let names = words.get(span.start..span.end)?;
        if names.iter().any(|w| PEOPLE.contains(&w.text)) {
            return None;
        }
        let by_mark = names.len() == 1 && head.code && is_part_shaped(head.text);
        let by_use =
            names.iter().all(|w| w.capital && w.entry.class == 0 && self.proper.get(w.text).is_some_and(|n| *n >= 2));
        if !by_mark && !by_use {
            return None;
        }
        let sort = Sort { kind: Kind::Process, vague: false, client: false };
        Some(self.mention(text, words, span, sort, statement))
    }

    /// A flow names its ends in words that the first pass has counted already.
    fn unmention(&mut self, index: usize) {
        if let Some(entity) = self.list.get_mut(index)
            && entity.mentions > 1
        {
            entity.mentions -= 1;
        }
    }

    /// The entity with this name, written as in a diagram or a table; noted if it is new.
    pub(super) fn named(&mut self, name: &str, sort: Sort, place: Place) -> Option<usize> {
        let mut list = Vec::new();
        words::split(name, &[], &mut list);
        if list.is_empty() || name.len() > 60 {
            return None;
        }
        let mut span = Span { start: 0, end: list.len() };
        while span.start + 1 < span.end && list.get(span.start).is_some_and(|w| w.is(DET)) {
            span.start += 1;
        }
        let mut key = String::new();
        key_of(&list, span, &mut key);
        if let Some(&known) = self.by_key.get(&key) {
            return Some(known);
        }
        let start = list.get(span.start).map_or(0, |w| w.at);
        self.list.push(Entity {
            name: name.get(if span.start > 0 { start } else { 0 }..).unwrap_or(name).trim().to_owned(),
            kind: sort.kind,
            place,
            mentions: 0,
            zone: None,
            drawn: false,
            vague: sort.vague,
            client: sort.client,
        });
        self.by_key.insert(key, self.list.len() - 1);
        Some(self.list.len() - 1)
    }

    /// Another name for a known entity: an acronym in brackets after it.
    pub(super) fn acronyms(&mut self, text: &str, words: &[Word<'_>], statement: usize) {
        for (i, short) in words.iter().enumerate().skip(2) {
            let spelt = short.gap == Gap::Bracket
                && (2..=5).contains(&short.text.len())
                && short.text.bytes().filter(u8::is_ascii_uppercase).count() * 2 > short.text.len()
                && words.get(i + 1).is_none_or(|w| w.gap != Gap::None);
            let long = i.checked_sub(short.text.len()).map(|start| Span { start, end: i });
            let Some(long) = long.filter(|_| spelt) else { continue };
            let initials = words.get(long.start..long.end).unwrap_or_default().iter().map(|w| w.text.bytes().next());
            let matches = initials.zip(short.text.bytes()).all(|(a, b)| a.is_some_and(|a| a.eq_ignore_ascii_case(&b)));
            if !matches {
                continue;
            }
            if let Some(sort) = sort_of(words, long).filter(|s| s.kind != Kind::Data) {
                let entity = self.mention(text, words, long, sort, statement);
                self.by_key.insert(short.text.to_lowercase(), entity);
            }
        }
    }

    /// "The X service" is X where X is a part too; "the service" is the only "… service" there is.
    pub(super) fn merge(&mut self) -> Vec<usize> {
        const TAILS: [&str; 8] =
            [" service", " component", " system", " daemon", " process", " tool", " project", " instance"];
        let mut to: Vec<usize> = (0..self.list.len()).collect();
        for (key, &index) in &self.by_key {
            for tail in TAILS {
                let Some(short) = key.strip_suffix(tail).and_then(|short| self.by_key.get(short)) else { continue };
                let part = self.list.get(*short).is_some_and(|e| e.kind != Kind::Data);
                if part && let Some(slot) = to.get_mut(index) {
                    *slot = *short;
                }
            }
        }
        let mentions: Vec<u32> = self.list.iter().map(|e| e.mentions).collect();
        for (from, &into) in to.iter().enumerate() {
            if from != into {
                let more = mentions.get(from).copied().unwrap_or(0);
                if let Some(entity) = self.list.get_mut(into) {
                    entity.mentions = entity.mentions.saturating_add(more);
                }
                if let Some(entity) = self.list.get_mut(from) {
                    entity.mentions = 0;
                }
            }
        }
        to
    }
}

/// Whether a name ends here: no further noun follows. A word in -s that no list knows may be a verb.
fn is_last(words: &[Word<'_>], i: usize) -> bool {
    let ends = words.get(i + 1).is_none_or(|next| {
        next.gap != Gap::None
            || next.is(STOP)
            || ((next.is_unknown() || next.is(EITHER)) && next.text.ends_with('s') && !next.capital && !next.code)
            || words::is_verb(words, i + 1)
    });
    ends && words.get(i).is_some_and(|w| !w.owner)
}

/// What a name is by its last word; none when that word names nothing, or too little.
pub(super) fn sort_of(words: &[Word<'_>], span: Span) -> Option<Sort> {
    let head = span.head(words)?;
    let names = words.get(span.start..span.end)?;
    if words::is_hostile(words, span) || names.iter().any(|w| w.is(ZONE) && w.is(PLURAL)) {
        return None;
    }
    let before = span.start.checked_sub(1).and_then(|i| words.get(i));
    let alone = names.len() == 1 && !head.text.contains('-');
    let outside = names.iter().chain(before).any(|w| w.is(OUTSIDE) && !w.text.eq_ignore_ascii_case("public"));
    let kind = if head.is(DATA) && !head.is(PART) {
        Kind::Data
    } else if head.is(THIRD) || (outside && head.is(PROCESS | STORE)) {
        Kind::ThirdParty
    } else if head.is(STORE) {
        Kind::Store
    } else if head.is(ROLE) {
        Kind::Actor
    } else if head.is(PROCESS) {
        Kind::Process
    } else {
        return None;
    };
    // "the backup operator" is a person; "the `redis` operator", "Redis Operator" is software.
    let software = head.entry.base == "operator"
        && names.len() > 1
        && names.iter().rev().nth(1).is_some_and(|w| w.code || w.capital && w.entry.class == 0)
        || head.text.ends_with("-operator");
    let kind = if software { Kind::Process } else { kind };
    let vague = alone && head.is(VAGUE) && !head.is(PRODUCT);
    // "a service", "services": some or any, not one of the design.
    let named = before.is_some_and(|b| b.is(DET) && matches!(b.text, "the" | "The" | "our" | "Our" | "this" | "This"));
    if vague && !named {
        return None;
    }
    Some(Sort { kind, vague: alone && kind != Kind::Actor && !head.is(PRODUCT), client: head.is(CLIENT) })
}

/// A word in code marks that can be the name of a part: `export-worker`, not `user_id`, `--flag` or `a/b`.
fn is_part_shaped(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 4
        && bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        && bytes.iter().all(|b| !b.is_ascii_uppercase())
        && !matches!(text, "true" | "false" | "null" | "none" | "nil" | "default")
}

/// One key for all forms of a name.
pub(super) fn key_of(words: &[Word<'_>], span: Span, out: &mut String) {
    out.clear();
    for i in span.start..span.end {
        let Some(word) = words.get(i) else { break };
        if !out.is_empty() {
            out.push(' ');
        }
        let from = out.len();
        if i + 1 == span.end && word.is(PLURAL) && !word.entry.base.is_empty() {
            out.push_str(word.entry.base);
            continue;
        }
        out.push_str(word.text);
        if let Some(added) = out.get_mut(from..) {
            added.make_ascii_lowercase();
        }
        let bytes = word.text.as_bytes();
        let several = i + 1 == span.end
            && bytes.len() > 3
            && bytes.ends_with(b"s")
            && !matches!(bytes.get(bytes.len() - 2), Some(b's' | b'u' | b'i'))
            && !word.is(PRODUCT);
        if several {
            out.pop();
        }
    }
}
