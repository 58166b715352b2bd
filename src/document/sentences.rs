//! Where one sentence ends and the next begins.
//!
//! Only a terminator followed by white space can end a sentence, so file names, versions and URLs stay whole by
//! construction; abbreviations, initials, numbered items and a following lower-case word keep it open (rules SB6 to SB8
//! of UAX #29, and a list that the standard leaves to the application).

use std::ops::Range;

/// Never end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "e.g", "i.e", "eg", "ie", "cf", "vs", "resp", "approx", "mr", "mrs", "ms", "dr", "prof", "fig", "figs", "sec",
    "ver", "ca", "al", "st", "pp", "ch", "vol", "eq", "incl", "excl", "viz", "a.k.a", "n.b", "w.r.t", "esp", "ref",
    "refs", "aka", "ex",
];

/// Bytes with which the end of a sentence may begin.
const MAY_END: [bool; 256] = {
    let mut table = [false; 256];
    let mut list: &[u8] = b"\n.!?\xE3\xEF";
    while let [byte, rest @ ..] = list {
        table[*byte as usize] = true;
        list = rest;
    }
    table
};

/// Calls `each` with the byte range of every sentence of a block's visible text, white space trimmed. `\n` stands for a
/// hard line break; `code` holds the rising byte ranges of inline code, which is never split.
pub(super) fn split(text: &str, code: &[Range<usize>], mut each: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let (mut start, mut at, mut next_code) = (0, 0, 0);
    let mut code_end = None;
    while at < bytes.len() {
        while code.get(next_code).is_some_and(|range| range.end <= at) {
            next_code += 1;
        }
        if let Some(range) = code.get(next_code)
            && range.start <= at
        {
            at = range.end;
            code_end = Some(at);
            continue;
        }
        let starts_code = |from: usize| code.get(next_code).is_some_and(|range| range.start == from);
        match bytes.get(at) {
            Some(b'\n') if !continues(text, at + 1, starts_code) => {
                emit(text, start..at, &mut each);
                start = at + 1;
                at += 1;
            }
            Some(b'.' | b'!' | b'?') => {
                let end = after_closers(text, at + 1);
                let spaced = bytes.get(end).is_none_or(u8::is_ascii_whitespace);
                let dot = bytes.get(at) == Some(&b'.') && end == at + 1 && code_end != Some(at);
                let open =
                    dot && keeps_open(text.get(start..at).unwrap_or_default(), text.get(end..).unwrap_or_default());
                if spaced && !open && !continues(text, end, starts_code) {
                    emit(text, start..end, &mut each);
                    start = end;
                }
                at = end;
            }
            // 。！？ (U+3002, U+FF01, U+FF1F) need no space after them.
            Some(0xE3 | 0xEF) => {
                let c = text.get(at..).and_then(|rest| rest.chars().next());
                at += 3;
                if matches!(c, Some('。' | '！' | '？')) {
                    let end = after_closers(text, at);
                    emit(text, start..end, &mut each);
                    (start, at) = (end, end);
                }
            }
            _ => {
                // Most bytes end nothing: on to the next one that may.
                let until = code.get(next_code).map_or(bytes.len(), |range| range.start.clamp(at + 1, bytes.len()));
                let rest = bytes.get(at + 1..until).unwrap_or_default();
                at += 1 + rest.iter().position(|b| MAY_END[usize::from(*b)]).unwrap_or(rest.len());
            }
        }
    }
    emit(text, start..text.len(), &mut each);
}

fn emit(text: &str, range: Range<usize>, each: &mut impl FnMut(Range<usize>)) {
    let Some(part) = text.get(range.clone()) else {
        return;
    };
    let trimmed = part.trim();
    if !trimmed.is_empty() {
        let start = range.start + (part.len() - part.trim_start().len());
        each(start..start + trimmed.len());
    }
}

/// Past further terminators and closing quotes and brackets.
fn after_closers(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let kept = rest.trim_start_matches(['.', '!', '?', '"', '\'', ')', ']', '”', '’', '»', '」', '）', '…']);
    from + rest.len() - kept.len()
}

/// Whether the text goes on in lower case, so that the sentence does too. Code may begin a sentence however it is written.
fn continues(text: &str, from: usize, starts_code: impl Fn(usize) -> bool) -> bool {
    let rest = text.get(from..).unwrap_or_default();
    let next = rest.trim_start();
    !starts_code(from + rest.len() - next.len()) && next.chars().next().is_some_and(char::is_lowercase)
}

/// Whether the dot belongs to what stands before it.
fn keeps_open(sentence: &str, rest: &str) -> bool {
    let word = sentence.rsplit([' ', '\n', '(', '[', '"', '“', '/', ',']).next().unwrap_or(sentence);
    if word.len() == sentence.trim_start().len() && !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
        return true; // "1. First"
    }
    let mut chars = word.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return only.is_uppercase(); // an initial
    }
    let next_is_digit = rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let is = |known: &&str| known.eq_ignore_ascii_case(word);
    ABBREVIATIONS.iter().any(is) || (next_is_digit && ["no", "nr", "p", "art"].iter().any(is))
}
