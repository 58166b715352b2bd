//! A text near enough as a reader sees it: without what is not shown, and where each byte of the rest stands in the source.

use std::ops::Range;

use crate::document::visible;

/// The text, and for each of its bytes the place in the source that it comes from.
pub(super) struct Seen {
    pub(super) text: String,
    from: Vec<Range<usize>>,
}

impl Seen {
    /// Leaves out unseen characters, marks of emphasis and code, comments and tags; resolves numeric entities.
    pub(super) fn of(source: &str) -> Self {
        let mut seen = Self { text: String::with_capacity(source.len()), from: Vec::with_capacity(source.len()) };
        let mut at = 0;
        while let Some(rest) = source.get(at..) {
            let Some(c) = rest.chars().next() else { break };
            let (shown, length) = match c {
                '<' => (None, tag(rest)),
                '&' => entity(rest).map_or((None, 0), |(c, length)| (Some(c), length)),
                '*' | '`' | '~' | '\\' => (None, 1),
                c if !c.is_ascii() && visible(c.encode_utf8(&mut [0; 4])).is_empty() => (None, c.len_utf8()),
                _ => (None, 0),
            };
            let (shown, length) = if length == 0 { (Some(c), c.len_utf8()) } else { (shown, length) };
            if let Some(shown) = shown {
                seen.text.push(shown);
                seen.from.resize(seen.text.len(), at..at + length);
            }
            at += length;
        }
        seen
    }

    /// Where a part of the text stands in the source.
    pub(super) fn place(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.from.get(part.start).map_or(0, |from| from.start);
        let end = self.from.get(part.end.saturating_sub(1)).map_or(start, |from| from.end);
        start..end
    }
}

/// The length of a comment or a tag; 0: it is none.
fn tag(text: &str) -> usize {
    if text.starts_with("<!--") {
        return text.find("-->").map_or(0, |end| end + 3);
    }
    if !text.get(1..2).is_some_and(|c| c == "/" || c.bytes().all(|c| c.is_ascii_alphabetic())) {
        return 0;
    }
    let line = text.lines().next().unwrap_or_default();
    line.find('>').map_or(0, |end| end + 1)
}

/// A numeric entity: its character, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix("&#")?;
    let end = digits.find(';').filter(|end| *end <= 8)?;
    let digits = digits.get(..end)?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => digits.parse(),
    };
    Some((char::from_u32(code.ok()?)?, end + 3))
}
