//! Characters that take no room on the screen.

use super::{Hidden, HiddenKind};
use std::fmt::Write;

/// What an invisible character is; none for one that is seen.
///
/// The list follows Unicode's `Default_Ignorable_Code_Point` (UAX #44) and the bidirectional controls of UAX #9.
pub(super) fn kind_of(c: char) -> Option<HiddenKind> {
    match c {
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
            Some(HiddenKind::Bidi)
        }
        '\u{E0000}'..='\u{E0FFF}' | '\u{FE00}'..='\u{FE0E}' => Some(HiddenKind::Tag),
        '\u{00AD}'
        | '\u{034F}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{17B4}'
        | '\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200D}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' => Some(HiddenKind::ZeroWidth),
        _ => None,
    }
}

/// Joiners that a script or an emoji needs stand between characters that are not ASCII; elsewhere they hide something.
fn joins(before: Option<char>, c: char, after: Option<char>) -> bool {
    let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && kind_of(c).is_none());
    matches!(c, '\u{200C}' | '\u{200D}') && foreign(before) && foreign(after)
}

/// Splits a text into runs that are seen and runs (one kind each) that are not.
pub(super) fn runs<'t>(text: &'t str, mut each: impl FnMut(usize, Option<HiddenKind>, &'t str)) {
    let mut from = 0;
    let mut current = None;
    let mut before = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let kind = if c.is_ascii() {
            None
        } else {
            kind_of(c).filter(|_| !joins(before, c, chars.peek().map(|&(_, next)| next)))
        };
        if kind != current {
            if let Some(run) = text.get(from..at).filter(|run| !run.is_empty()) {
                each(from, current, run);
            }
            (from, current) = (at, kind);
        }
        before = Some(c);
    }
    if let Some(run) = text.get(from..).filter(|run| !run.is_empty()) {
        each(from, current, run);
    }
}

/// A text without the characters that take no room on the screen.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    runs(text, |_, kind, run| {
        if kind.is_none() {
            out.push_str(run);
        }
    });
    out
}

/// An invisible run, so that it can be read: tags and variation selectors decoded, others by code point.
pub(super) fn describe(kind: HiddenKind, run: &str) -> String {
    if kind == HiddenKind::Tag {
        let decoded: String = run.chars().map(decode).collect();
        if decoded.chars().any(|c| !c.is_control()) {
            return decoded;
        }
    }
    let mut out = String::new();
    for (n, c) in run.chars().enumerate() {
        if n == 32 {
            out.push_str(" …");
            break;
        }
        if n > 0 {
            out.push(' ');
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "U+{:04X}", u32::from(c));
    }
    out
}

/// Tag characters mirror ASCII at U+E0000; variation selectors number bytes (0–15 from U+FE00, 16–255 from U+E0100).
fn decode(c: char) -> char {
    let code = u32::from(c);
    let byte = match code {
        0xE0000..=0xE007F => code - 0xE0000,
        0xFE00..=0xFE0F => code - 0xFE00,
        0xE0100..=0xE01EF => code - 0xE0100 + 16,
        _ => return char::REPLACEMENT_CHARACTER,
    };
    char::from_u32(byte).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Every invisible run of a source, with its line.
pub(super) fn scan(text: &str, first_line: u32, out: &mut Vec<Hidden>) {
    if text.is_ascii() {
        return;
    }
    for (n, line) in (first_line..).zip(text.split('\n')) {
        if line.is_ascii() {
            continue;
        }
        // A byte order mark at the very start hides nothing.
        let line = if n == 1 { line.trim_start_matches('\u{feff}') } else { line };
        runs(line, |_, kind, run| {
            if let Some(kind) = kind {
                out.push(Hidden { kind, text: describe(kind, run), line: n });
            }
        });
    }
}
