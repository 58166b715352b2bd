//! The things that a pattern found, by the author's own names.

use std::collections::{BTreeMap, HashSet};

use regex::{Captures, Regex};

use super::phrase::{Phrase, is_code};
use super::view::{Statement, View};

/// A name has at most so many words and letters; what is longer is half a sentence.
const MOST_WORDS: usize = 7;
const MOST_LETTERS: usize = 70;

/// The words of a document, each as it is written somewhere.
#[derive(Debug)]
pub(crate) struct Spellings<'v>(HashSet<&'v str>);

impl<'v> Spellings<'v> {
    /// Looks through a document once.
    pub(crate) fn of(view: &'v View) -> Self {
        let words = |text: &'v str| text.split(|c: char| !c.is_alphanumeric() && c != '-');
        Self(view.statements.iter().flat_map(|s| words(&s.text)).collect())
    }
}

/// The named parts of a match as phrases, without those that name nothing.
pub(crate) fn names(
    view: &View,
    spellings: &Spellings<'_>,
    statement: &Statement,
    pattern: &Regex,
    captures: &Captures<'_>,
) -> BTreeMap<String, Phrase> {
    let taken: Vec<_> = pattern.capture_names().flatten().filter_map(|n| captures.name(n)).map(|m| m.end()).collect();
    let mut out = BTreeMap::new();
    for name in pattern.capture_names().flatten() {
        let Some(found) = captures.name(name) else { continue };
        if in_a_longer_word(&statement.text, found.start(), found.end()) {
            continue;
        }
        // Never back into the words of another gap: "upload" is the verb of "upload attestations".
        let floor = taken.iter().copied().filter(|end| *end <= found.start()).max().unwrap_or(0);
        let words = if name == "v" {
            found.as_str().to_lowercase()
        } else {
            widen(view, &statement.text, floor, found.start(), found.end())
        };
        let words = if statement.text.starts_with(words.as_str()) { uncapital(spellings, &words) } else { words };
        let phrase = Phrase::new(&words);
        if phrase.is_name() && phrase.text().split(' ').count() <= MOST_WORDS && phrase.text().len() <= MOST_LETTERS {
            out.insert(name.to_owned(), phrase);
        }
    }
    out
}

/// Words from the start of a sentence without its capital, when the document writes the first one small elsewhere.
fn uncapital(spellings: &Spellings<'_>, words: &str) -> String {
    let first = words.split(' ').next().unwrap_or_default();
    let small = first.to_lowercase();
    if first == small || !spellings.0.contains(small.as_str()) {
        return words.to_owned();
    }
    format!("{small}{}", words.get(first.len()..).unwrap_or_default())
}

/// Whether the match is a piece of a name such as `crates.io` or `pod/status`.
fn in_a_longer_word(text: &str, start: usize, end: usize) -> bool {
    let mut after = text.get(end..).unwrap_or_default().chars();
    let mut before = text.get(..start).unwrap_or_default().chars().rev();
    let mark = |c: char| matches!(c, '.' | '/' | '_' | '-' | ':');
    after.next().is_some_and(mark) && after.next().is_some_and(char::is_alphanumeric)
        || before.next().is_some_and(mark) && before.next().is_some_and(char::is_alphanumeric)
}

/// Words before a noun that belong to its name although they are ordinary.
const BEFORE_NOUN: [&str; 50] = [
    "access",
    "refresh",
    "api",
    "service",
    "account",
    "client",
    "server",
    "signing",
    "private",
    "public",
    "session",
    "bearer",
    "user",
    "registry",
    "package",
    "image",
    "profile",
    "upload",
    "download",
    "content",
    "webhook",
    "callback",
    "node",
    "pod",
    "container",
    "cluster",
    "namespace",
    "custom",
    "remote",
    "external",
    "internal",
    "signed",
    "encrypted",
    "media",
    "room",
    "event",
    "request",
    "response",
    "audit",
    "export",
    "trusted",
    "shared",
    "default",
    "temporary",
    "pending",
    "ephemeral",
    "debug",
    "mirror",
    "static",
    "build",
];

/// Nouns after a noun that make it part of a longer name.
const AFTER_NOUN: [&str; 28] = [
    "endpoint",
    "endpoints",
    "request",
    "requests",
    "header",
    "headers",
    "file",
    "files",
    "format",
    "server",
    "servers",
    "service",
    "services",
    "repository",
    "controller",
    "controllers",
    "controllers'",
    "field",
    "fields",
    "list",
    "store",
    "config",
    "registry",
    "key",
    "keys",
    "id",
    "ids",
    "uris",
];

/// Takes the author's own qualifiers along: code, names, and a few ordinary words right before; a head noun right after.
fn widen(view: &View, text: &str, floor: usize, start: usize, end: usize) -> String {
    let mut from = start;
    for _ in 0..3 {
        let before = text.get(..from).unwrap_or_default();
        let Some(trimmed) = before.strip_suffix(' ') else {
            break;
        };
        let word = trimmed.rsplit(' ').next().unwrap_or_default();
        let first_of_sentence = trimmed.len() == word.len();
        if word.is_empty() || !belongs(view, word, first_of_sentence) {
            break;
        }
        let next = trimmed.len() - word.len();
        if next < floor {
            break;
        }
        from = next;
    }
    let mut to = end;
    let rest = text.get(end..).unwrap_or_default();
    if let Some(next) = rest.strip_prefix(' ').and_then(|r| r.split(' ').next()) {
        let bare = next.trim_end_matches(|c: char| !c.is_alphanumeric());
        if AFTER_NOUN.contains(&bare.to_lowercase().as_str()) {
            to = end + 1 + bare.len();
        }
    }
    text.get(from..to).unwrap_or_default().to_owned()
}

fn belongs(view: &View, word: &str, first_of_sentence: bool) -> bool {
    if !word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')) || word.ends_with(['.', '-']) {
        return false;
    }
    // The first word of a step is what is done: "Download archive to …".
    if !first_of_sentence && BEFORE_NOUN.contains(&word.to_lowercase().as_str()) {
        return true;
    }
    if is_code(word) || (view.names.contains(word) && word.len() > 3 && !word.chars().all(char::is_lowercase)) {
        return true;
    }
    let loud = [
        "MUST",
        "SHOULD",
        "MAY",
        "NOT",
        "CAN",
        "SHALL",
        "WILL",
        "OPTIONAL",
        "REQUIRED",
        "RECOMMENDED",
        "IF",
        "A",
        "I",
        "AND",
        "OR",
    ];
    let capital = word.chars().next().is_some_and(char::is_uppercase);
    capital && !first_of_sentence && !loud.contains(&word) && word.len() > 1
}

/// Names that many documents share.
const COMMON_NAMES: [&str; 30] = [
    "Kubernetes",
    "Docker",
    "GitHub",
    "GitLab",
    "HTTP",
    "HTTPS",
    "API",
    "JSON",
    "YAML",
    "TLS",
    "OIDC",
    "OAuth",
    "OAuth2",
    "URL",
    "URI",
    "README",
    "AWS",
    "GCP",
    "Azure",
    "Linux",
    "Windows",
    "ConfigMap",
    "OpenID",
    "WebSocket",
    "JavaScript",
    "TypeScript",
    "PyPI",
    "PostgreSQL",
    "GraphQL",
    "gRPC",
];

/// Whether a phrase holds a name of this document rather than one that any document could hold.
pub(crate) fn is_own(view: &View, phrase: &Phrase) -> bool {
    phrase.text().split(' ').any(|w| {
        !COMMON_NAMES.contains(&w)
            && w.len() >= 4
            && (is_code(w) || (view.names.contains(w) && !w.chars().all(char::is_lowercase)))
    })
}
