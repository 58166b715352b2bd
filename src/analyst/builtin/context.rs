//! What the organisation's own context files say about a concern: then nobody is asked, and nothing is recommended.

use std::sync::LazyLock;

use regex::Regex;

use super::find::Finding;
use super::rank::stems;
use super::view::{View, is_match, window};
use crate::analyst::{ContextText, DocumentText};
use crate::document::SentenceKind;
use crate::threat_model::Source;

/// A file of the context, read.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) view: View,
}

/// Reads the context files.
pub(crate) fn read(context: &[ContextText]) -> Vec<File> {
    let view = |c: &ContextText| View::read(&DocumentText { path: c.path.clone(), text: c.text.clone(), before: None });
    context.iter().map(|c| File { path: c.path.clone(), view: view(c) }).collect()
}

static UNIVERSAL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)\b(?:all|every|each|any|always)\b").ok());
static DENIED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:not|no|never|without|nobody|\w+n't)(?:\s+[\w-]+){0,2}\s*$").ok());

/// Inside of what was found; a pattern that begins with "not" means it.
static NOT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:is|are|was|were|be|do|does|can|will)(?: not|n't|n’t)\b").ok());

/// The words of the context that answer a concern: about the same thing, or about everything.
pub(crate) fn answer(files: &[File], finding: &Finding<'_>) -> Option<Source> {
    let concern = finding.concern;
    let patterns = || concern.answered.iter().chain(&concern.answered_near);
    let subject = Some(stems(&finding.subject())).filter(|s| !s.is_empty()).unwrap_or_else(|| stems(&concern.title));
    for file in files {
        let said = file.view.statements.iter().filter(|s| s.kind != SentenceKind::Heading && !s.text.contains('?'));
        for statement in said {
            let Some(found) = patterns().find_map(|p| p.find(&statement.text)) else { continue };
            let before = statement.text.get(..found.start).unwrap_or_default();
            let mut about = stems(&statement.text);
            about.extend(stems(file.view.heading(statement)));
            let same = is_match(&UNIVERSAL, &statement.text) || !about.is_disjoint(&subject);
            let quotation = window(&statement.text, found.start, 25);
            let denied = is_match(&DENIED, before) || is_match(&NOT, statement.text.get(found).unwrap_or_default());
            if same && !denied && file.view.source.find(&quotation).is_some() {
                return Some(Source::Context { path: file.path.clone(), quotation });
            }
        }
    }
    None
}
