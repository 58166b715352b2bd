//! What of a reply is its author's own words: no quoted lines, pictures, comments or marks.

use std::sync::LazyLock;

use regex::Regex;

use super::words::{CORRECTS, PLEASANTRY};
use crate::analyst::builtin::view::window;

/// No reply is read further than this; what people answer is shorter.
const LONGEST: usize = 4_000;

static NOT_WORDS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)<!--.*?-->|!\[[^\]\n]*\]\([^)\n]*\)|</?[a-zA-Z][^>\n]*>").ok());
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[([^\]\n]+)\]\([^)\n]*\)").ok());
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\s*[Qq]\d{1,2}\s*[:.)–-]\s*").ok());
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^On .{5,120} wrote:$|^-- ?$|^Sent from my ").ok());

/// The author's own words, line by line. A reply that is nothing but a block of code is that code.
pub(super) fn own_words(body: &str) -> String {
    let body: String = body.chars().take(LONGEST).collect();
    let without = NOT_WORDS.as_ref().map_or_else(|| body.clone(), |r| r.replace_all(&body, "").into_owned());
    let (mut prose, mut code, mut fenced) = (Vec::new(), Vec::new(), false);
    for line in without.lines() {
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            fenced = !fenced;
        } else if fenced {
            code.push(line);
        } else if MAIL.as_ref().is_some_and(|r| r.is_match(line)) {
            break;
        } else if !start.starts_with('>') {
            prose.push(line);
        }
    }
    let lines = if prose.iter().all(|l| l.trim().is_empty()) { code } else { prose };
    let text = lines.join("\n");
    let text = LINK.as_ref().map_or_else(|| text.clone(), |r| r.replace_all(&text, "$1").into_owned());
    let text = text.replace(['*', '`'], "").replace(['\u{2019}', '\u{2018}'], "'");
    NUMBER.as_ref().map_or_else(|| text.clone(), |r| r.replace(&text, "").into_owned()).trim().to_owned()
}

/// A reply without the politeness around it, and whether its first words correct an earlier reply.
pub(super) struct Stripped<'t> {
    pub(super) text: &'t str,
    pub(super) corrects: bool,
}

/// Takes politeness and words of correction off the beginning.
pub(super) fn strip(own: &str) -> Stripped<'_> {
    let (mut text, mut corrects) = (own.trim(), false);
    loop {
        if let Some((_, rest)) = PLEASANTRY.split(text) {
            text = rest;
        } else if let Some((_, rest)) = CORRECTS.split(text) {
            (text, corrects) = (rest, true);
        } else {
            return Stripped { text: text.trim(), corrects };
        }
    }
}

/// In one line, and not too long.
pub(super) fn one_line(text: &str) -> String {
    shortened(text, 200)
}

/// In one line of so many characters at most.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let folded = folded.trim_end_matches(['.', ' ']);
    if folded.chars().count() <= most {
        return folded.to_owned();
    }
    let cut: String = folded.chars().take(most).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}

/// Words of a reply that are relied upon, as they stand there.
pub(super) fn quotation(body: &str) -> String {
    let own = own_words(body);
    let telling = own.lines().find(|l| !strip(l).text.is_empty()).or_else(|| own.lines().next());
    window(telling.unwrap_or_default(), 0, 25)
}
