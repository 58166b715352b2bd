//! Whether two versions of a document say the same, so that the change between them is trivial.
//!
//! Both must hold: the texts are equal when all white space is left out, and they parse to the same events, where only the
//! width of white space in prose may differ (reflowed lines, blank lines between blocks). So no letter, mark, link target,
//! comment or invisible character can differ, and no white space that means something. When in doubt, not equal.

use super::{Format, LineIndex, front_matter, markdown};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Whether the two texts say the same to every reader, visible and hidden text alike.
pub fn content_equal(path: &str, before: &str, after: &str) -> bool {
    if before == after {
        return true;
    }
    if !before.bytes().filter(|b| !is_blank(*b)).eq(after.bytes().filter(|b| !is_blank(*b))) {
        return false;
    }
    match Format::of(path) {
        Format::Markdown => markdown_equal(before, after),
        Format::ReStructuredText | Format::PlainText => plain(before, true) == plain(after, true),
        // In AsciiDoc code may stand unindented between fences, so that blank lines count.
        Format::AsciiDoc => plain(before, false) == plain(after, false),
        Format::Mdx | Format::Other => false,
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn markdown_equal(before: &str, after: &str) -> bool {
    let (head_before, body_before) = parts(before);
    let (head_after, body_after) = parts(after);
    if head_before != head_after {
        return false;
    }
    // A line break ends a comment in TeX, so where there may be formulas, white space counts.
    let exactly = before.contains('$') || spacing_matters(before);
    events(body_before, exactly) == events(body_after, exactly)
}

/// What stands before the Markdown, and the Markdown: as the reader of documents divides them.
fn parts(text: &str) -> (&str, &str) {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let end = front_matter::fenced(text, &LineIndex::of(text)).map_or(mark, |(_, end)| end);
    (text.get(..end).unwrap_or_default(), text.get(end..).unwrap_or_default())
}

/// Raw HTML that makes white space in prose count.
fn spacing_matters(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<pre", "<textarea", "<code", "<kbd", "<samp", "white-space", "<xmp", "<listing", "<plaintext"]
        .iter()
        .any(|tag| lower.contains(tag))
}

#[derive(Debug, PartialEq)]
enum Token<'t> {
    Event(Event<'t>),
    /// Prose, white space folded.
    Prose(String),
    /// Code and raw HTML, to the byte.
    Exact(String),
}

fn events(body: &str, exactly: bool) -> Vec<Token<'_>> {
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut in_code = false;
    for event in Parser::new_ext(body, markdown::options()) {
        match event {
            Event::Text(text) if in_code || exactly => exact(&mut out, &text),
            Event::Text(text) => prose(&mut out, &text),
            Event::SoftBreak if !exactly => prose(&mut out, " "),
            Event::Html(html) => exact(&mut out, &html),
            event => {
                match event {
                    Event::Start(Tag::CodeBlock(_)) => in_code = true,
                    Event::End(TagEnd::CodeBlock) => in_code = false,
                    _ => {}
                }
                out.push(Token::Event(event));
            }
        }
    }
    out
}

fn prose(out: &mut Vec<Token<'_>>, text: &str) {
    if !matches!(out.last(), Some(Token::Prose(_))) {
        out.push(Token::Prose(String::new()));
    }
    let Some(Token::Prose(all)) = out.last_mut() else {
        return;
    };
    for c in text.chars() {
        let blank = matches!(c, ' ' | '\t' | '\n' | '\r');
        if !blank {
            all.push(c);
        } else if !all.ends_with(' ') {
            all.push(' ');
        }
    }
}

fn exact(out: &mut Vec<Token<'_>>, text: &str) {
    if let Some(Token::Exact(all)) = out.last_mut() {
        all.push_str(text);
    } else {
        out.push(Token::Exact(text.to_owned()));
    }
}

/// Lines without trailing white space. Runs of blank lines between unindented lines count as one, when asked to.
fn plain(text: &str, fold_blank: bool) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    let mut blank = 0;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let kept = line.trim_end_matches([' ', '\t']);
        if kept.is_empty() {
            blank += 1;
            continue;
        }
        let margin = |line: &str| !line.starts_with([' ', '\t']);
        let fold = fold_blank && margin(kept) && out.last().is_some_and(|before| margin(before));
        if !out.is_empty() {
            out.extend(std::iter::repeat_n("", if fold { blank.min(1) } else { blank }));
        }
        blank = 0;
        // After a backslash white space is escaped, so that it counts.
        out.push(if kept.ends_with('\\') { line } else { kept });
    }
    out
}
