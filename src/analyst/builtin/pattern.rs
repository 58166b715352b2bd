//! A pattern of the catalogue: a regular expression that is compiled when it is first needed, and the words of which one has to
//! be in a text before it can match. A catalogue holds hundreds; nearly every sentence is ruled out by its words alone.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// Parts that many patterns share, written `%name%`.
const SHARED: [(&str, &str); 2] = [
    ("%may%", "(?:can|may|might|could|is able to|are able to|(?:is|are) (?:allowed|permitted) to)"),
    ("%verbed%", "(?:accessed|read|called|fetched|reached|used|queried|downloaded)"),
];

/// Words of the catalogue are ASCII: a boundary or a class that knows all of Unicode costs ten times as much.
const ASCII: [(&str, &str); 4] = [(r"\w", "[0-9A-Za-z_]"), (r"\d", "[0-9]"), (r"\s", r"[ \t\n]"), (r"\b", r"(?-u:\b)")];

/// A pattern with more words to look for than this is tried on every sentence.
const MOST_WORDS: usize = 96;

/// One pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    names: Vec<String>,
    words: Option<Vec<String>>,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// Reads a pattern; says what is wrong with it otherwise.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let mut text = written.to_owned();
        for (from, to) in SHARED.into_iter().chain(ASCII) {
            text = text.replace(from, to);
        }
        // Read without regard to case folding, which would take the words apart into classes of letters.
        let hir = ParserBuilder::new().build().parse(&text).map_err(|e| format!("not a regular expression: {e}"))?;
        let mut names = Vec::new();
        collect_names(&hir, &mut names);
        Ok(Self { names, words: words(&hir), text, regex: OnceLock::new() })
    }

    /// The names of its groups.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The compiled pattern; `None` when it is too large, which `check` finds.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        let build = || RegexBuilder::new(&self.text).case_insensitive(true).size_limit(1 << 22).build().ok();
        self.regex.get_or_init(build).as_ref()
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex().is_some_and(|r| r.is_match(text))
    }

    /// Compiles it now.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.regex().map(|_| ()).ok_or_else(|| "the regular expression becomes too large".to_owned())
    }
}

fn collect_names(hir: &Hir, names: &mut Vec<String>) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            names.extend(capture.name.as_deref().map(str::to_owned));
            collect_names(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => collect_names(&repetition.sub, names),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().for_each(|p| collect_names(p, names)),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

/// Words of which at least one is in every text that matches; `None` when there are none such.
fn words(hir: &Hir) -> Option<Vec<String>> {
    let found = match hir.kind() {
        HirKind::Literal(literal) => vec![std::str::from_utf8(&literal.0).ok()?.to_lowercase()],
        HirKind::Capture(capture) => words(&capture.sub)?,
        HirKind::Repetition(repetition) if repetition.min > 0 => words(&repetition.sub)?,
        HirKind::Alternation(parts) => {
            parts.iter().map(words).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect()
        }
        // Any part will do: the one whose shortest word is longest rules out most.
        HirKind::Concat(parts) => parts.iter().filter_map(words).max_by_key(|w| (shortest(w), usize::MAX - w.len()))?,
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => return None,
    };
    (found.len() <= MOST_WORDS && shortest(&found) > 1).then_some(found)
}

fn shortest(words: &[String]) -> usize {
    words.iter().map(|w| w.trim().len()).min().unwrap_or(0)
}

/// Finds, in one pass over a text, which patterns could match.
#[derive(Debug)]
pub(crate) struct Index {
    automaton: Option<AhoCorasick>,
    /// For each word, the patterns that wait for it.
    waiting: Vec<Vec<usize>>,
    /// Patterns without such a word.
    always: Vec<usize>,
}

impl Index {
    /// An index over patterns, which are then known by their place.
    pub(crate) fn new<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut always = Vec::new();
        for (at, pattern) in patterns.into_iter().enumerate() {
            match &pattern.words {
                None => always.push(at),
                Some(words) => words.iter().for_each(|w| by_word.entry(w).or_default().push(at)),
            }
        }
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(by_word.keys()).ok();
        let waiting: Vec<Vec<usize>> = by_word.into_values().collect();
        if automaton.is_none() {
            // Too large for an automaton: then every pattern is tried.
            always = waiting.iter().flatten().copied().chain(always).collect();
        }
        Self { automaton, waiting, always }
    }

    /// The places of the patterns that could match, ascending.
    pub(crate) fn candidates(&self, text: &str) -> Vec<usize> {
        let mut found = self.always.clone();
        if let Some(automaton) = &self.automaton {
            let here = automaton.find_overlapping_iter(text).filter_map(|m| self.waiting.get(m.pattern().as_usize()));
            found.extend(here.flatten());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
#[allow(clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn the_words_of_a_pattern_are_those_that_rule_out_most() {
        let words = |t: &str| pattern(t).words;
        assert_eq!(words(r"\b(?P<x>archives?)\b[^.]{0,40}\bunpacked\b"), Some(vec!["unpacked".to_owned()]));
        assert_eq!(
            words(r"\b(?:token|cookie)s?\b").map(|mut w| (w.sort(), w).1),
            Some(vec!["cookie".to_owned(), "token".to_owned()])
        );
        assert_eq!(words(r"\w+ed\b").as_deref(), Some(&["ed".to_owned()][..]));
        assert_eq!(words(r"\w+"), None);
    }

    #[test]
    fn what_matches_is_always_among_the_candidates() {
        let patterns: Vec<Pattern> =
            [r"\b(?P<x>API keys?)\b", r"%may% (?:read|write)", r"\bun(?:zip|tar)s?\b", r"[A-Z]{3}"].map(pattern).into();
        let index = Index::new(&patterns);
        for text in ["An api KEY is made.", "Staff may WRITE to it", "It Untars the file", "nothing here"] {
            let candidates = index.candidates(text);
            for (at, p) in patterns.iter().enumerate() {
                assert!(!p.is_match(text) || candidates.contains(&at), "{at} in {text}");
            }
        }
    }

    #[test]
    fn a_broken_pattern_says_so() {
        assert!(Pattern::parse("(").is_err_and(|e| e.contains("not a regular expression")));
    }
}
