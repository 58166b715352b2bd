//! One line of the file: blank, a pattern with its owners, or invalid.

use super::Owner;
use std::fmt;

/// What a line says.
pub(super) enum Line<'a> {
    Blank,
    Rule { pattern: &'a str, owners: Vec<Owner> },
    Invalid(InvalidReason),
}

/// Why GitHub skips a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidReason {
    /// `!` at the beginning: there is no negation.
    Negation,
    /// An unescaped `[`: there are no character ranges.
    CharacterRange,
    /// A `\` with nothing after it that it could escape.
    DanglingEscape,
    /// A word after the pattern that is no user, team or e-mail; it holds the word.
    NotAnOwner(String),
}

impl fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negation => f.write_str("patterns cannot be negated with `!`"),
            Self::CharacterRange => f.write_str("patterns cannot hold `[ ]` ranges"),
            Self::DanglingEscape => f.write_str("`\\` escapes nothing"),
            Self::NotAnOwner(word) => write!(f, "`{word}` is not a user, team or e-mail address"),
        }
    }
}

/// Reads one line, with or without the `\r` of a CRLF file.
pub(super) fn parse(source: &str) -> Line<'_> {
    let text = source.find('#').map_or(source, |at| &source[..at]);
    let text = text.trim_start_matches(is_blank);
    let (pattern, rest) = match split_pattern(text) {
        Ok(("", _)) => return Line::Blank,
        Ok(parts) => parts,
        Err(reason) => return Line::Invalid(reason),
    };
    // Most lines have one.
    let mut owners = Vec::with_capacity(1);
    for word in rest.split(is_blank).filter(|word| !word.is_empty()) {
        match Owner::parse(word) {
            Some(owner) => owners.push(owner),
            None => return Line::Invalid(InvalidReason::NotAnOwner(word.to_owned())),
        }
    }
    Line::Rule { pattern, owners }
}

/// Only ASCII blanks part words; a no-break space is a fault that should be seen.
fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

/// Parts the pattern from the owners, at the first blank that is not escaped.
fn split_pattern(text: &str) -> Result<(&str, &str), InvalidReason> {
    if text.starts_with('!') {
        return Err(InvalidReason::Negation);
    }
    let mut end = text.len();
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            // The `\r` of a line ending is never part of a name.
            _ if is_blank(char::from(byte)) && (!escaped || byte == b'\r') => {
                end = at;
                break;
            }
            b'[' if !escaped => return Err(InvalidReason::CharacterRange),
            // A separator cannot be escaped: names hold none.
            b'/' if escaped => return Err(InvalidReason::DanglingEscape),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    if escaped {
        return Err(InvalidReason::DanglingEscape);
    }
    Ok(text.split_at_checked(end).unwrap_or((text, "")))
}
