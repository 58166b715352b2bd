//! The things that a pattern found, by the author's own names.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

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
    groups: &[(&str, Range<usize>)],
) -> BTreeMap<String, Phrase> {
    let mut out = BTreeMap::new();
    for (name, found) in groups {
        if in_a_longer_word(&statement.text, found.start, found.end) {
            continue;
        }
        // Never back into the words of another gap: "upload" is the verb of "upload attestations".
        let floor = groups.iter().map(|(_, group)| group.end).filter(|end| *end <= found.start).max().unwrap_or(0);
        let words = if *name == "v" {
            statement.text.get(found.clone()).unwrap_or_default().to_lowercase()
        } else {
            widen(view, &statement.text, floor, found.start, found.end)
        };
        let words = uncapital(spellings, &words, begins(&statement.text, &words));
        let phrase = Phrase::new(&words);
        if phrase.is_name() && phrase.text().split(' ').count() <= MOST_WORDS && phrase.text().len() <= MOST_LETTERS {
            let several = spellings.0.contains(format!("{}s", phrase.text()).as_str());
            let phrase = if several { phrase.into_common_noun() } else { phrase };
            out.insert((*name).to_owned(), phrase);
        }
    }
    out
}

/// Whether words stand where a capital says nothing: first in a sentence, or after a colon.
fn begins(text: &str, words: &str) -> bool {
    let before = text.find(words).and_then(|at| text.get(..at)).unwrap_or(text);
    before.trim_end().is_empty() || before.trim_end().ends_with([':', '.', '!', '?'])
}

/// Words without a capital that is no part of the name: the document writes the first one small elsewhere, or it is an ordinary
/// noun at the beginning of a sentence.
fn uncapital(spellings: &Spellings<'_>, words: &str, begins: bool) -> String {
    let (first, rest) = words.split_at(words.find(' ').unwrap_or(words.len()));
    let small = first.to_lowercase();
    let alone = first.chars().skip(1).all(char::is_lowercase);
    let one = small.strip_suffix('s').unwrap_or(&small);
    let elsewhere = || {
        [one, small.as_str()].iter().any(|w| spellings.0.contains(w))
            || spellings.0.contains(format!("{one}s").as_str())
    };
    let ordinary = begins && ORDINARY.contains(&one);
    // "Refresh Token" is a name by itself; "Users" and "User tokens" are not.
    let named = rest.split(' ').any(|w| w.starts_with(char::is_uppercase));
    if first == small || !alone || (named && !begins) || !(ordinary || elsewhere()) {
        return words.to_owned();
    }
    format!("{small}{rest}")
}

/// Nouns for people and parts that are nobody's name.
const ORDINARY: [&str; 32] = [
    "user",
    "client",
    "server",
    "admin",
    "administrator",
    "owner",
    "member",
    "maintainer",
    "moderator",
    "operator",
    "customer",
    "tenant",
    "developer",
    "author",
    "publisher",
    "guest",
    "visitor",
    "caller",
    "person",
    "account",
    "token",
    "key",
    "link",
    "file",
    "message",
    "request",
    "device",
    "service",
    "session",
    "cookie",
    "role",
    "password",
];

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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Spellings, begins, uncapital};

    #[test]
    fn a_capital_from_the_beginning_of_a_sentence_stays_behind() {
        let spellings = Spellings(HashSet::from(["user", "Relay", "tokens"]));
        assert_eq!(uncapital(&spellings, "Users", true), "users");
        assert_eq!(uncapital(&spellings, "User", false), "user");
        assert_eq!(uncapital(&spellings, "Token", false), "token");
        assert_eq!(uncapital(&spellings, "Admin", true), "admin");
        assert_eq!(uncapital(&spellings, "Relay", true), "Relay");
        assert_eq!(uncapital(&spellings, "User Token", false), "User Token");
        assert_eq!(uncapital(&spellings, "OAuth clients", true), "OAuth clients");
        assert!(begins("Option 1: Users sign in.", "Users") && !begins("The User signs in.", "User"));
    }
}
