//! Which design documents a pull request changes, and whether plain code may call the change trivial.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::snapshot::{BlobId, ChangedFile, CommitSha, FileStatus, Snapshot};
use super::verdict::TrivialRule;
use crate::digest::{Canonical, Digest};
use crate::policy::{Policy, TrivialThen};

/// A changed design document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    /// Path at head (for a removed one: the path that is gone).
    pub path: String,
    /// Path before, for a rename.
    pub previous_path: Option<String>,
    /// What happened.
    pub status: FileStatus,
    /// Its blob at head; `Some(None)`: not there; `None`: could not be read.
    pub head: Option<Option<BlobId>>,
    /// Its text at head.
    pub text: Option<Arc<str>>,
    /// Its text at the merge base, under its path then.
    pub before: Option<Arc<str>>,
    /// GitHub's patch.
    pub patch: Option<String>,
}

impl DocumentChange {
    /// The paths whose owners are asked: both of a rename.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.path.as_str()).chain(self.previous_path.as_deref())
    }
}

/// What is in scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Changed design documents, by path.
    pub documents: Vec<DocumentChange>,
    /// Why the change is trivial, if plain code finds it so.
    pub trivial: Option<TrivialRule>,
    /// The list of files ended at GitHub's limit: nothing may be concluded from what it does not hold.
    pub truncated: bool,
}

/// Whether a changed file is a design document, under its path now or before.
pub fn is_document(policy: &Policy, file: &ChangedFile) -> bool {
    policy.is_document(&file.path) || previous(file).is_some_and(|path| policy.is_document(path))
}

fn previous(file: &ChangedFile) -> Option<&str> {
    // A copy leaves its origin as it was.
    (file.status == FileStatus::Renamed).then_some(file.previous_path.as_deref()).flatten()
}

/// Finds what is in scope.
pub fn scope(snapshot: &Snapshot, policy: &Policy) -> Scope {
    let mut documents: Vec<DocumentChange> = snapshot
        .files
        .list
        .iter()
        .filter(|file| is_document(policy, file))
        .map(|file| change(snapshot, file))
        .collect();
    documents.sort_by(|a, b| a.path.cmp(&b.path));
    let truncated = !snapshot.files.complete;
    let trivial = (!truncated && !documents.is_empty()).then(|| trivial(&documents, policy)).flatten();
    Scope { documents, trivial, truncated }
}

fn change(snapshot: &Snapshot, file: &ChangedFile) -> DocumentChange {
    let head = blob_at(snapshot, &snapshot.pull.head, &file.path);
    let before_path = previous(file).unwrap_or(&file.path);
    let before = blob_at(snapshot, &snapshot.merge_base, before_path);
    let text = |blob: &Option<Option<BlobId>>| blob.as_ref()?.as_ref().and_then(|id| snapshot.blobs.get(id)).cloned();
    DocumentChange {
        path: file.path.clone(),
        previous_path: previous(file).map(str::to_owned),
        status: file.status,
        text: text(&head),
        before: text(&before),
        head,
        patch: file.patch.clone(),
    }
}

/// The blob at a path of a commit: `None` unknown, `Some(None)` no such file.
pub fn blob_at(snapshot: &Snapshot, commit: &CommitSha, path: &str) -> Option<Option<BlobId>> {
    snapshot.trees.get(commit)?.get(path).cloned()
}

fn trivial(documents: &[DocumentChange], policy: &Policy) -> Option<TrivialRule> {
    if documents.iter().all(|d| d.paths().all(|path| policy.is_trivial_path(path))) {
        return Some(TrivialRule::Paths);
    }
    let equal = documents.iter().all(|document| {
        // A rename may change whose document it is, so it is never trivial.
        document.status == FileStatus::Modified
            && match (&document.before, &document.text) {
                (Some(before), Some(text)) => crate::document::content_equal(&document.path, before, text),
                _ => false,
            }
    });
    equal.then_some(TrivialRule::ContentEqual)
}

/// Whether a trivial pass still asks the team for a nod: the policy says so, or the sample drew it (by a hash of repository,
/// number and digest, so that everybody can check the draw and nobody can choose it).
pub fn wants_nod(snapshot: &Snapshot, policy: &Policy, documents: &Digest) -> bool {
    if policy.trivial.then == TrivialThen::Acknowledge {
        return true;
    }
    let draw = Canonical::new("trivial-sample", 1)
        .int(snapshot.repository.id)
        .int(snapshot.pull.number)
        .text(documents.as_str())
        .finish();
    let number = u32::from_str_radix(draw.short(), 16).unwrap_or(0);
    f64::from(number) / f64::from(u32::MAX) < policy.trivial.sample
}

/// Digest of the documents as they stand: repository, number, base, and path and blob of each. Unknown blobs have a digest
/// of their own, so that nothing bound to it can match a known state.
pub fn documents_digest(snapshot: &Snapshot, documents: &[DocumentChange]) -> Digest {
    let mut digest =
        Canonical::new("documents", 1).int(snapshot.repository.id).int(snapshot.pull.number).text(&snapshot.pull.base);
    for document in documents {
        digest = digest.text(&document.path).maybe(document.previous_path.as_deref());
        digest = match &document.head {
            Some(Some(blob)) => digest.int(1).text(blob.as_str()),
            Some(None) => digest.int(0),
            None => digest.int(2).text(snapshot.pull.head.as_str()),
        };
    }
    digest.finish()
}

/// Path and blob of each document that stands at head.
pub fn blobs(documents: &[DocumentChange]) -> BTreeMap<String, BlobId> {
    documents.iter().filter_map(|d| Some((d.path.clone(), d.head.clone()??))).collect()
}
