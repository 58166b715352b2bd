//! A statement as words with their classes, and the noun phrases between them.

use std::ops::Range;

use super::super::phrase::is_code;
use super::lexicon::{
    ADVERB, ANYONE, AUX, Class, DATA, DET, EITHER, Entry, Form, Frame, HOSTILE, MODAL, NEG, PART, PLAIN, PLURAL, PREP,
    PRON, STOP, TO, VERB, WHO, look_up,
};

/// What parts a word from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    None,
    Comma,
    /// An opening bracket.
    Bracket,
    /// The end of a clause or of a cell.
    Clause,
}

/// One word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    /// Byte offset in the statement.
    pub(super) at: usize,
    pub(super) entry: Entry,
    /// What stands before it.
    pub(super) gap: Gap,
    /// Ends in `'s` or `s'` (which is cut off).
    pub(super) owner: bool,
    /// Written as code, by marks or by its letters.
    pub(super) code: bool,
    pub(super) capital: bool,
}

impl Word<'_> {
    pub(super) fn is(&self, class: Class) -> bool {
        self.entry.class & class != 0
    }

    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    pub(super) fn is_number(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b'-' | b'%'))
    }

    /// A word that no list knows.
    pub(super) fn is_unknown(&self) -> bool {
        self.entry.class == 0
    }
}

/// Cuts a statement into words, which are added to a list. `code` holds the byte ranges of inline code.
pub(super) fn split<'t>(text: &'t str, code: &[Range<usize>], out: &mut Vec<Word<'t>>) {
    let bytes = text.as_bytes();
    let (mut at, mut next_code) = (0, 0);
    let mut gap = Gap::Clause;
    let mut lower = String::new();
    while at < bytes.len() {
        if bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
            continue;
        }
        let end = bytes.iter().skip(at).position(u8::is_ascii_whitespace).map_or(bytes.len(), |n| at + n);
        let token = text.get(at..end).unwrap_or_default();
        let inner = token.trim_start_matches(|c: char| !is_inside(c));
        let start = at + (token.len() - inner.len());
        let head = text.get(at..start).unwrap_or_default();
        let inner = inner.trim_end_matches(|c: char| !is_inside(c)).trim_end_matches(['.', '/', '-', ':']);
        let tail = text.get(start + inner.len()..end).unwrap_or_default();
        gap = wider(gap, gap_of(head, true));
        if inner.is_empty() {
            // A dash or a bar by itself.
            gap = wider(gap, Gap::Clause);
        } else {
            while code.get(next_code).is_some_and(|range| range.end <= start) {
                next_code += 1;
            }
            let marked = code.get(next_code).is_some_and(|range| range.start <= start && start < range.end);
            let (inner, owner) = cut_owner(inner);
            out.push(word(inner, start, gap, owner, marked, &mut lower));
            gap = gap_of(tail, false);
        }
        at = end;
    }
}

fn is_inside(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '$') || (!c.is_ascii() && c.is_alphanumeric())
}

fn gap_of(marks: &str, before: bool) -> Gap {
    let mut gap = Gap::None;
    for c in marks.chars() {
        gap = wider(
            gap,
            match c {
                ',' => Gap::Comma,
                '(' | '[' if before => Gap::Bracket,
                ')' | ']' if !before => Gap::Comma,
                '.' | ';' | ':' | '!' | '?' | '|' | '—' | '–' | '→' | '=' | '>' => Gap::Clause,
                _ => Gap::None,
            },
        );
    }
    gap
}

fn wider(a: Gap, b: Gap) -> Gap {
    match (a, b) {
        (Gap::Clause, Gap::Bracket) | (_, Gap::Clause) => {
            if b == Gap::Bracket {
                Gap::Bracket
            } else {
                Gap::Clause
            }
        }
        (Gap::Clause, _) => Gap::Clause,
        (_, Gap::Bracket) | (Gap::Bracket, _) => Gap::Bracket,
        (Gap::Comma, _) | (_, Gap::Comma) => Gap::Comma,
        _ => Gap::None,
    }
}

fn cut_owner(word: &str) -> (&str, bool) {
    for mark in ["'s", "’s", "s'", "s’"] {
        if let Some(owner) = word.strip_suffix(mark) {
            let keep = word.get(..owner.len() + usize::from(mark.starts_with('s'))).unwrap_or(owner);
            return (keep, true);
        }
    }
    (word, false)
}

fn word<'t>(text: &'t str, at: usize, gap: Gap, owner: bool, marked: bool, lower: &mut String) -> Word<'t> {
    lower.clear();
    let entry = if text.bytes().any(|b| b.is_ascii_uppercase()) {
        lower.push_str(text);
        lower.make_ascii_lowercase();
        look_up(lower)
    } else {
        look_up(text)
    };
    let bytes = text.as_bytes();
    let capital = bytes.first().is_some_and(u8::is_ascii_uppercase);
    // Only a word with a mark or a capital inside can be code.
    let inside = bytes
        .iter()
        .skip(1)
        .any(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'/' | b'.' | b':' | b'(' | b'{' | b'$' | b'='));
    let code = marked || bytes.first() == Some(&b'/') || (inside && is_code(text));
    Word { text, at, entry, gap, owner, code, capital }
}

/// Words `start..end` that name one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    pub(super) fn text<'t>(self, text: &'t str, words: &[Word<'_>]) -> &'t str {
        let (Some(first), Some(last)) = (words.get(self.start), words.get(self.end.saturating_sub(1))) else {
            return "";
        };
        text.get(first.at..last.end()).unwrap_or_default()
    }

    pub(super) fn head<'w, 't>(self, words: &'w [Word<'t>]) -> Option<&'w Word<'t>> {
        words.get(self.end.checked_sub(1)?)
    }
}

/// Most words in a name, the last one counted.
const LONGEST: usize = 4;

/// The name that ends with word `last`.
pub(super) fn name_ending_at(words: &[Word<'_>], last: usize) -> Span {
    let mut start = last;
    while start > 0 && last - start + 1 < LONGEST {
        let (Some(here), Some(before)) = (words.get(start), words.get(start - 1)) else { break };
        if here.gap != Gap::None || before.owner || before.is_number() || (before.is(STOP) && !before.code) {
            break;
        }
        // A verb with its subject before it and a noun after it: "client requests".
        if before.is(EITHER) && is_verb(words, start - 1) {
            break;
        }
        if !before.code && !before.capital && (before.text.ends_with("ly") || before.text.ends_with("ed")) {
            break;
        }
        start -= 1;
    }
    // Words that nobody knows count as part of the name only where it is plain that the name begins there.
    let begins = |start: usize| {
        words.get(start).is_some_and(|w| w.gap != Gap::None)
            || start.checked_sub(1).and_then(|i| words.get(i)).is_none_or(|w| w.owner || w.is(DET | PLAIN))
    };
    if !begins(start) {
        while start < last
            && words.get(start).is_some_and(|w| w.is_unknown() && !w.capital && !w.code && !w.text.contains('-'))
        {
            start += 1;
        }
    }
    Span { start, end: last + 1 }
}

/// The name that begins at or after word `from`, past articles; none when something else comes first.
pub(super) fn name_from(words: &[Word<'_>], from: usize) -> Option<(Span, usize)> {
    let mut start = from;
    while words
        .get(start)
        .is_some_and(|w| w.is(DET | PLAIN | ADVERB) && !w.code && (start == from || w.gap == Gap::None))
    {
        start += 1;
    }
    let mut end = start;
    while let Some(word) = words.get(end) {
        let goes_on = end == start || word.gap == Gap::None;
        // "the signed link", "the running job": a form of a verb before a noun.
        let like_adjective = word.is(VERB)
            && matches!(word.entry.form, Form::Going | Form::Past)
            && (end > start || start > from)
            && words.get(end + 1).is_some_and(|w| w.gap == Gap::None && !w.is(STOP));
        let stops = word.is(STOP) && !word.code && !like_adjective;
        if !goes_on || stops || (word.is_number() && end == start) {
            break;
        }
        if end > start && word.is(EITHER) && is_verb(words, end) {
            break;
        }
        end += 1;
        if word.owner {
            // "the user's browser" is the browser.
            start = end;
        }
        if end - start >= LONGEST + 2 {
            break;
        }
    }
    (end > start).then_some((Span { start, end }, end))
}

/// Whether word `i` acts as a verb here.
pub(super) fn is_verb(words: &[Word<'_>], i: usize) -> bool {
    let Some(word) = words.get(i) else { return false };
    if word.code && !word.text.bytes().all(|b| b.is_ascii_uppercase()) && !word.is(VERB | EITHER) {
        return false;
    }
    let before = if word.gap == Gap::None { i.checked_sub(1) } else { before_bracket(words, i) };
    let before = before.and_then(|i| words.get(i));
    if word.is(VERB) {
        // "the sent mail", "a signed link"
        return !(word.entry.form == Form::Past && before.is_some_and(|b| b.is(DET)));
    }
    if !word.is(EITHER) {
        return false;
    }
    let after = words.get(i + 1).filter(|w| w.gap == Gap::None);
    match before {
        Some(b) if b.is(MODAL | TO | WHO | PRON) || (b.is(NEG) && !b.is(PREP)) => true,
        Some(b) if b.is(ADVERB) && !b.is(DET) => after.is_some_and(|a| opens(a)),
        Some(b) if b.is(STOP) || b.owner => false,
        Some(b) => {
            // A plural subject takes the plain form, a single one the form in -s.
            let many = b.is(PLURAL);
            let agrees = match word.entry.form {
                Form::Base => many,
                Form::Third => !many,
                Form::Past | Form::Going => false,
            };
            let ends = word.entry.form == Form::Base && words.get(i + 1).is_none_or(|w| w.gap != Gap::None);
            agrees && (ends || after.is_some_and(|a| opens(a) || (a.is(TO | PREP) && word.is(EITHER) && b.is(PART))))
        }
        None => false,
    }
}

/// Whether a word begins an object.
fn opens(word: &Word<'_>) -> bool {
    word.is(DET | PLAIN | PRON | PLURAL) || word.code || (word.is_unknown() && word.text.ends_with('s'))
}

/// The name that is the subject of the verb at `i`, past auxiliaries and adverbs.
pub(super) fn subject(words: &[Word<'_>], i: usize) -> Option<Span> {
    let mut at = i;
    while at > 0 {
        let here = words.get(at)?;
        let before = words.get(at - 1)?;
        if here.gap == Gap::Clause {
            return None;
        }
        if before.is(ADVERB | MODAL | AUX | NEG | WHO) && !before.code {
            at -= 1;
        } else {
            break;
        }
    }
    if let Some(last) = before_bracket(words, at) {
        let head = words.get(last)?;
        return (!head.is(STOP) || head.code).then(|| name_ending_at(words, last));
    }
    let last = at.checked_sub(1)?;
    let (head, here) = (words.get(last)?, words.get(at)?);
    let stops = head.is(STOP) && !head.is(ANYONE) && !head.code;
    // A comma between subject and verb is allowed after "X, which".
    let comma = here.gap != Gap::None && !here.is(WHO);
    if stops || comma || head.owner || head.is_number() {
        return None;
    }
    Some(governor(words, name_ending_at(words, last)))
}

/// "the provider (P) returns": the last word before the brackets that end right before word `at`.
fn before_bracket(words: &[Word<'_>], at: usize) -> Option<usize> {
    words.get(at).filter(|w| w.gap == Gap::Comma)?;
    let bracket = (at.saturating_sub(4)..at).rev().find(|n| words.get(*n).is_some_and(|w| w.gap == Gap::Bracket))?;
    bracket.checked_sub(1)
}

/// "the owner of the room", "the worker watching the queue": who acts is the owner, the worker.
fn governor(words: &[Word<'_>], span: Span) -> Span {
    let mut found = span;
    for _ in 0..2 {
        let mut at = found.start;
        while at > 0
            && words.get(at).is_some_and(|w| w.gap == Gap::None)
            && words.get(at - 1).is_some_and(|w| w.is(DET | PLAIN) && !w.is(PREP))
        {
            at -= 1;
        }
        let joined = |i: usize| words.get(i).is_some_and(|w| w.gap == Gap::None);
        let Some(link) = at.checked_sub(1).filter(|_| joined(at)) else { break };
        let links = words.get(link).is_some_and(|w| w.is(PREP) || (w.text.ends_with("ing") && !w.is(PART | DATA)));
        let Some(last) = link.checked_sub(1).filter(|_| links && joined(link)) else { break };
        if words.get(last).is_none_or(|w| w.is(STOP) || w.is_number() || is_verb(words, last)) {
            break;
        }
        found = name_ending_at(words, last);
    }
    found
}

/// Whether a name is of somebody hostile or of nobody.
pub(super) fn is_hostile(words: &[Word<'_>], span: Span) -> bool {
    let from = span.start.saturating_sub(1);
    words.get(from..span.end).is_some_and(|part| part.iter().any(|w| w.is(HOSTILE)))
}

/// How the verb at `i` moves data, if it does and acts as a verb there.
pub(super) fn frame(words: &[Word<'_>], i: usize) -> Frame {
    match words.get(i) {
        Some(word) if word.entry.frame != Frame::Still && is_verb(words, i) => {
            // "signs in to", not "signs the file".
            let needs_in = matches!(word.entry.base, "sign" | "log");
            let goes_in = words.get(i + 1).is_some_and(|w| matches!(w.text, "in" | "into"));
            if needs_in && !goes_in { Frame::Still } else { word.entry.frame }
        }
        _ => Frame::Still,
    }
}
