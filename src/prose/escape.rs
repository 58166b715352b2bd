//! Makes text from outside show literally on GitHub.
//!
//! Markdown alone is not enough: GitHub runs filters over the *rendered* text (mentions, issue and commit references, emoji
//! shortcodes, bare addresses), so a backslash or an entity in front of `@` does not stop a mention. What stops all of them is
//! a character between the sign and what follows. We use U+2060 WORD JOINER: it has no width and allows no line break. Any
//! that the text brought along is removed first, so ours are the only ones.

/// The invisible character that we put between a sign and its meaning.
pub(crate) const JOINER: char = '\u{2060}';

/// Whether a reader cannot see this character: zero-width, bidirectional, tag, filler and variation characters, and controls
/// other than white space.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{e}'..='\u{1b}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// One line of visible text: invisible characters gone, white space (line breaks too) folded to single spaces, ends trimmed,
/// at most `max` characters, with "…" where it was cut.
pub(crate) fn fold(text: &str, max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(max.saturating_mul(4)));
    let mut count = 0_usize;
    let mut space = false;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        // U+001C to U+001F separate lines for some readers and are no white space for Rust.
        if c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}') {
            space = count > 0;
            continue;
        }
        let needed = if space { 2 } else { 1 };
        if count.saturating_add(needed) > max {
            out.push('…');
            return out;
        }
        if space {
            out.push(' ');
        }
        out.push(c);
        count = count.saturating_add(needed);
        space = false;
    }
    out
}

/// Text that shows literally inside a paragraph, a list item or a table cell, wherever on the line it stands.
pub(crate) fn inline(text: &str, max: usize) -> String {
    literal(text, max, true)
}

/// As [`inline`], for text that follows other text on its line.
pub(crate) fn inline_after(text: &str, max: usize) -> String {
    literal(text, max, false)
}

fn literal(text: &str, max: usize, may_start_line: bool) -> String {
    let folded = fold(text, max);
    let chars: Vec<char> = folded.chars().collect();
    let at = |i: usize| chars.get(i).copied();
    let mut out = String::with_capacity(folded.len().saturating_mul(2));
    let mut only_digits_before = may_start_line;
    let mut hex_run = 0_usize;
    for (i, c) in chars.iter().copied().enumerate() {
        hex_run = if c.is_ascii_hexdigit() { hex_run.saturating_add(1) } else { 0 };
        if hex_run > 6 {
            // Seven hex digits may name a commit.
            out.push(JOINER);
            hex_run = 1;
        }
        if c == '.' && follows_www(&chars, i) {
            out.push(JOINER);
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // An entity is no column boundary in a table; `\|` is one to some parsers.
            '|' => out.push_str("&#124;"),
            // The way that GitHub documents for a dollar sign that begins no formula.
            // https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
            '$' => out.push_str("<span>$</span>"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '!' | '~' | '#' => {
                out.push('\\');
                out.push(c);
            }
            // `1.` and `1)` begin a list, and the digits may have been written before this text; other signs begin a
            // list, a rule, a heading's underline or a table only as the first on a line.
            '.' | ')' if only_digits_before => {
                out.push('\\');
                out.push(c);
            }
            c if i == 0 && may_start_line && c.is_ascii_punctuation() => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        if needs_joiner(&chars, i, c, at(i.wrapping_add(1))) {
            out.push(JOINER);
        }
        only_digits_before &= c.is_ascii_digit();
    }
    out
}

fn needs_joiner(chars: &[char], i: usize, c: char, next: Option<char>) -> bool {
    let before = |n: usize| i.checked_sub(n).and_then(|j| chars.get(j)).copied();
    match c {
        // Mentions, e-mail addresses, `owner/repository@commit`; issue references.
        '@' | '#' => true,
        // `GH-12`.
        '-' => matches!((before(2), before(1)), (Some('g' | 'G'), Some('h' | 'H'))),
        // `https://` and `:shortcode:` (an address after `mailto:` holds an `@`).
        ':' => next == Some('/') || closes_shortcode(chars, i),
        // A command of ours, or of another bot, at the start of a line or a word.
        '/' => matches!(before(1), None | Some(' ')),
        _ => false,
    }
}

/// `www.` begins an address in cmark-gfm, and a joiner after it would count as part of the host.
fn follows_www(chars: &[char], dot: usize) -> bool {
    let start = dot.checked_sub(3);
    start
        .and_then(|start| chars.get(start..dot))
        .is_some_and(|three| three.iter().all(|c| c.eq_ignore_ascii_case(&'w')))
}

fn closes_shortcode(chars: &[char], colon: usize) -> bool {
    let rest = chars.iter().skip(colon.saturating_add(1));
    let mut name = rest.skip_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-'));
    name.next() == Some(&':')
}

/// Longest run of `sign` in `text`.
pub(crate) fn longest_run(text: &str, sign: char) -> usize {
    let mut longest = 0_usize;
    let mut run = 0_usize;
    for c in text.chars() {
        run = if c == sign { run.saturating_add(1) } else { 0 };
        longest = longest.max(run);
    }
    longest
}
