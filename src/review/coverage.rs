//! What an approval covers: the documents as they stood at its commit, and with any subset of the kept, non-overlapping
//! suggestions applied byte for byte. Plain code compares bytes; the gate sees only the answer.

use std::collections::BTreeMap;

use super::record::Record;
use super::snapshot::{BlobId, Commit, CommitSha, Snapshot};
use crate::diff::{LineMap, LineReplacement, is_with_subset_applied};
use crate::threat_model::Suggestion;

/// Whether a document at one commit covers it at another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// The same bytes, or the same with kept suggestions applied.
    Yes,
    /// Other content.
    No,
    /// One of the two could not be read.
    CannotTell,
}

/// The kept suggestions of the current revision, per document, with the text that they were written for.
pub struct Kept<'a> {
    by_path: BTreeMap<&'a str, (&'a str, Vec<&'a Suggestion>)>,
}

impl<'a> Kept<'a> {
    /// These suggestions, with the texts of the current revision that they were written for. Which ones people can commit
    /// with a click is `drafting::offered`'s to say.
    pub fn of(record: &'a Record, suggestions: impl IntoIterator<Item = &'a Suggestion>) -> Self {
        let mut by_path: BTreeMap<&str, (&str, Vec<&Suggestion>)> = BTreeMap::new();
        let Some(revision) = record.revision() else { return Self { by_path } };
        for suggestion in suggestions {
            let text = revision.documents.get(&suggestion.path).and_then(|blob| record.texts.get(blob));
            if let Some(text) = text {
                by_path.entry(&suggestion.path).or_insert_with(|| (text, Vec::new())).1.push(suggestion);
            }
        }
        Self { by_path }
    }

    /// The suggestions as line replacements of `text`, a later state of the document at `path`: those whose lines stand
    /// there unchanged and together.
    fn mapped_to(&self, path: &str, text: &str) -> Vec<LineReplacement> {
        let Some((origin, suggestions)) = self.by_path.get(path) else {
            return Vec::new();
        };
        let map = LineMap::between(origin, text);
        suggestions
            .iter()
            .filter_map(|s| {
                let start = map.map(s.start_line)?;
                let together = (s.start_line..=s.end_line)
                    .enumerate()
                    .all(|(n, line)| map.map(line) == u32::try_from(n).ok().and_then(|n| start.checked_add(n)));
                let end = start.checked_add(s.end_line.checked_sub(s.start_line)?)?;
                together.then(|| LineReplacement {
                    start_line: start,
                    end_line: end,
                    replacement: s.replacement.clone(),
                })
            })
            .collect()
    }

    /// Whether `after` is `before` with any subset of the kept suggestions applied (none included).
    pub fn explains(&self, path: &str, before: &str, after: &str) -> bool {
        before == after || is_with_subset_applied(before, after, &self.mapped_to(path, before)).is_some()
    }
}

/// Whether a document's state at `from` covers its state at `to`.
pub fn covers(snapshot: &Snapshot, kept: &Kept<'_>, path: &str, from: &CommitSha, to: &CommitSha) -> Covers {
    let at = |commit| snapshot.trees.get(commit).and_then(|tree| tree.get(path));
    match (at(from), at(to)) {
        (Some(before), Some(after)) if before == after => Covers::Yes,
        (Some(Some(before)), Some(Some(after))) => explains_blobs(snapshot, kept, path, before, after),
        (Some(_), Some(_)) => Covers::No,
        _ => Covers::CannotTell,
    }
}

fn explains_blobs(snapshot: &Snapshot, kept: &Kept<'_>, path: &str, before: &BlobId, after: &BlobId) -> Covers {
    match (snapshot.blobs.get(before), snapshot.blobs.get(after)) {
        (Some(before), Some(after)) if kept.explains(path, before, after) => Covers::Yes,
        (Some(_), Some(_)) => Covers::No,
        _ => Covers::CannotTell,
    }
}

/// What a commit did to the design documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Nothing, or only kept suggestions applied byte for byte, or a merge that took each document from a parent.
    None,
    /// It changed a document.
    Changed,
    /// Could not be read.
    CannotTell,
}

/// What `commit` did to the documents at `paths`.
pub fn touch<'p>(snapshot: &Snapshot, kept: &Kept<'_>, commit: &Commit, paths: impl Iterator<Item = &'p str>) -> Touch {
    let mut result = Touch::None;
    for path in paths {
        let Some(own) = snapshot.trees.get(&commit.sha).and_then(|tree| tree.get(path)) else {
            return Touch::CannotTell;
        };
        let mut touched = if commit.parents.is_empty() && own.is_none() { Touch::None } else { Touch::Changed };
        for parent in &commit.parents {
            match covers_from_parent(snapshot, kept, path, parent, own.as_ref(), commit.parents.len()) {
                Covers::Yes => {
                    touched = Touch::None;
                    break;
                }
                Covers::CannotTell => touched = Touch::CannotTell,
                Covers::No => {}
            }
        }
        match touched {
            Touch::Changed => return Touch::Changed,
            Touch::CannotTell => result = Touch::CannotTell,
            Touch::None => {}
        }
    }
    result
}

fn covers_from_parent(
    snapshot: &Snapshot,
    kept: &Kept<'_>,
    path: &str,
    parent: &CommitSha,
    own: Option<&BlobId>,
    parents: usize,
) -> Covers {
    let Some(before) = snapshot.trees.get(parent).and_then(|tree| tree.get(path)) else {
        return Covers::CannotTell;
    };
    match (before.as_ref(), own) {
        (before, own) if before == own => Covers::Yes,
        // A merge has no lines of its own: only a parent's very blob will do.
        (Some(before), Some(own)) if parents == 1 => explains_blobs(snapshot, kept, path, before, own),
        _ => Covers::No,
    }
}
