//! A pattern of the catalogue: a regular expression that is compiled when it is first needed. A catalogue holds hundreds; the
//! [index] rules nearly all of them out for a sentence by its words alone, so that few are ever compiled.
//!
//! Patterns know ASCII words and letters only, and any character of the text as one.

mod engine;
mod index;

use std::ops::Range;
use std::sync::OnceLock;

use regex_syntax::ast::{self, Ast, GroupKind};

use self::engine::Engine;
pub(super) use self::engine::parse;
pub(crate) use self::index::{Index, Scratch};

/// Parts that many patterns share, written `%name%`; and white space, which in a sentence is one of these.
const SHARED: [(&str, &str); 3] = [
    ("%may%", "(?:can|may|might|could|is able to|are able to|(?:is|are) (?:allowed|permitted) to)"),
    ("%verbed%", "(?:accessed|read|called|fetched|reached|used|queried|downloaded)"),
    (r"\s", r"[ \t\n]"),
];

/// One pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    text: String,
    names: Vec<String>,
    ways: Vec<index::Way>,
    /// Its place among all patterns of its catalogue.
    pub(crate) id: usize,
    engine: OnceLock<Option<Engine>>,
}

/// Where a pattern matched, and the named groups that took part, in the order in which they are written.
#[derive(Debug)]
pub(crate) struct Match<'p> {
    pub(crate) whole: Range<usize>,
    pub(crate) groups: Vec<(&'p str, Range<usize>)>,
}

impl Pattern {
    /// Reads a pattern; says what is wrong with it otherwise.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let mut text = written.to_owned();
        for (from, to) in SHARED {
            if text.contains(from) {
                text = text.replace(from, to);
            }
        }
        let ast = ast::parse::Parser::new().parse(&text).map_err(|e| format!("not a regular expression: {e}"))?;
        let mut names = Vec::new();
        collect_names(&ast, &mut names);
        Ok(Self { names, ways: index::ways(&ast), text, id: 0, engine: OnceLock::new() })
    }

    /// The names of its groups.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The compiled pattern; `None` when it is too large, which `check` finds.
    fn engine(&self) -> Option<&Engine> {
        self.engine.get_or_init(|| Engine::new(&self.text)).as_ref()
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.engine().is_some_and(|engine| engine.is_match(text))
    }

    /// Where it matches first.
    pub(crate) fn find(&self, text: &str) -> Option<Range<usize>> {
        self.engine()?.find(text)
    }

    /// Where it matches first, with its groups.
    pub(crate) fn captures(&self, text: &str) -> Option<Match<'_>> {
        let (whole, groups) = self.engine()?.captures(text, &self.names)?;
        Some(Match { whole, groups })
    }

    /// Compiles it now.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.engine().map(|_| ()).ok_or_else(|| "the regular expression becomes too large".to_owned())
    }
}

fn collect_names(ast: &Ast, names: &mut Vec<String>) {
    match ast {
        Ast::Group(group) => {
            if let GroupKind::CaptureName { name, .. } = &group.kind {
                names.push(name.name.clone());
            }
            collect_names(&group.ast, names);
        }
        Ast::Repetition(repetition) => collect_names(&repetition.ast, names),
        Ast::Concat(concat) => concat.asts.iter().for_each(|part| collect_names(part, names)),
        Ast::Alternation(alternation) => alternation.asts.iter().for_each(|part| collect_names(part, names)),
        _ => {}
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
    fn a_character_beyond_ascii_counts_as_one() {
        let text = "éé…日本 x";
        assert!(pattern(r"^[^.]{6}x").is_match(text) && !pattern(r"^[^.]{5}x").is_match(text));
        assert_eq!(pattern(r"(?P<x>[^.]{2})x").captures(text).map(|m| m.groups), Some(vec![("x", 10..14)]));
        assert!(pattern("^.{7}$").is_match(text) && !pattern("^.{8}").is_match(text));
        assert!(pattern(r"l’\w+").is_match("L’Export"));
    }

    #[test]
    fn a_broken_pattern_says_so() {
        assert!(Pattern::parse("(").is_err_and(|e| e.contains("not a regular expression")));
        assert!(pattern(r"(?:\w{900}){900}").check().is_err_and(|e| e.contains("too large")));
    }
}
