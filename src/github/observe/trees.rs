//! Which blob stands at a path of a commit, and its text. Both never change, so they are remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};

use super::{Look, ObserveError};
use crate::github::cache::Entry;
use crate::github::limits::Failure;
use crate::github::queries;
use crate::github::rest::BlobJson;
use crate::review::snapshot::{BlobId, CommitSha, Commits, PullRequestReview};

/// A larger document is not read: nobody reviews it by hand either.
pub(super) const LARGEST_TEXT: u64 = 4 * 1024 * 1024;
/// Reads under way at once for one look.
const AT_ONCE: usize = 4;

pub(super) type Trees = BTreeMap<CommitSha, BTreeMap<String, Option<BlobId>>>;
pub(super) type Texts = BTreeMap<BlobId, Arc<str>>;

/// What stands at a path, as far as it was readable: a commit that is not there says nothing about its files.
pub(super) type Found = BTreeMap<(CommitSha, String), Option<Entry>>;

impl Look<'_> {
    /// Trees and texts of the documents: at head, merge base, each review's commit, each commit and its parents.
    pub(super) async fn texts(
        &self,
        head: &CommitSha,
        merge_base: &CommitSha,
        reviews: &[PullRequestReview],
        commits: &Commits,
        documents: &BTreeSet<String>,
    ) -> Result<(Trees, Texts), ObserveError> {
        let mut wanted: BTreeSet<CommitSha> = [head.clone(), merge_base.clone()].into();
        wanted.extend(reviews.iter().filter_map(|r| r.commit.clone()));
        wanted.extend(commits.list.iter().flat_map(|c| c.parents.iter().chain([&c.sha]).cloned()));
        let pairs =
            wanted.iter().flat_map(|sha| documents.iter().map(move |path| (sha.clone(), path.clone()))).collect();
        let found = self.entries(pairs).await?;

        let entries: BTreeMap<BlobId, u64> = found.values().flatten().map(|e| (e.blob.clone(), e.bytes)).collect();
        let texts = self.blobs(entries).await?;
        let mut trees = Trees::new();
        for ((sha, path), entry) in found {
            trees.entry(sha).or_default().insert(path, entry.map(|e| e.blob));
        }
        Ok((trees, texts))
    }

    /// Looks paths up, from memory where it can.
    pub(super) async fn entries(&self, pairs: BTreeSet<(CommitSha, String)>) -> Result<Found, ObserveError> {
        let (cache, repo) = (&self.github.inner.caches.trees, self.pull.repo.id);
        let mut found = Found::new();
        let mut missing = Vec::new();
        for (sha, path) in pairs {
            match cache.get(&(repo, sha.clone(), path.clone())) {
                Some(entry) => drop(found.insert((sha, path), entry)),
                None => missing.push((sha, path)),
            }
        }
        let batches: Vec<_> = missing.chunks(queries::TREES_AT_ONCE).map(<[_]>::to_vec).collect();
        let parts: Vec<Found> =
            stream::iter(batches).map(|batch| self.batch(batch)).buffer_unordered(AT_ONCE).try_collect().await?;
        for ((sha, path), entry) in parts.into_iter().flatten() {
            cache.put((repo, sha.clone(), path.clone()), entry.clone(), 1);
            found.insert((sha, path), entry);
        }
        Ok(found)
    }

    async fn batch(&self, batch: Vec<(CommitSha, String)>) -> Result<Found, ObserveError> {
        let commits: Vec<CommitSha> =
            batch.iter().map(|(sha, _)| sha.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        let mut variables = Map::new();
        variables.insert("owner".into(), json!(self.pull.repo.owner));
        variables.insert("name".into(), json!(self.pull.repo.name));
        variables.extend(commits.iter().enumerate().map(|(i, sha)| (format!("c{i}"), json!(sha))));
        variables
            .extend(batch.iter().enumerate().map(|(i, (sha, path))| (format!("e{i}"), json!(format!("{sha}:{path}")))));
        let document = queries::trees(commits.len(), batch.len());
        // An object that is not there is null; some servers add an error to it.
        let reply = self
            .github
            .query_partly(self.installation(), &document, &Value::Object(variables), |e| {
                e.kind == "NOT_FOUND" && e.path.starts_with("repository.")
            })
            .await?;
        let Some(objects) = reply.get("repository").and_then(Value::as_object) else {
            return Err(ObserveError::Gone("the repository is not there".to_owned()));
        };
        let there: BTreeSet<&CommitSha> = commits
            .iter()
            .enumerate()
            .filter(|(i, _)| objects.get(&format!("c{i}")).is_some_and(Value::is_object))
            .map(|(_, sha)| sha)
            .collect();
        let mut found = Found::new();
        for (i, (sha, path)) in batch.iter().enumerate().filter(|(_, (sha, _))| there.contains(sha)) {
            let Some(object) = objects.get(&format!("e{i}")) else { continue };
            found.insert((sha.clone(), path.clone()), entry(object));
        }
        Ok(found)
    }

    /// Reads blobs, from memory where it can. Those that are no text, too large or gone are left out.
    pub(super) async fn blobs(&self, wanted: BTreeMap<BlobId, u64>) -> Result<Texts, ObserveError> {
        let cache = &self.github.inner.caches.blobs;
        let mut texts = Texts::new();
        let mut missing = Vec::new();
        for (blob, _) in wanted.into_iter().filter(|(_, bytes)| *bytes <= LARGEST_TEXT) {
            match cache.get(&(self.pull.repo.id, blob.clone())) {
                Some(text) => texts.extend(text.map(|text| (blob, text))),
                None => missing.push(blob),
            }
        }
        let read: Vec<(BlobId, Option<Arc<str>>)> =
            stream::iter(missing).map(|blob| self.text_with_id(blob)).buffer_unordered(AT_ONCE).try_collect().await?;
        texts.extend(read.into_iter().filter_map(|(blob, text)| Some((blob, text?))));
        Ok(texts)
    }

    async fn text_with_id(&self, blob: BlobId) -> Result<(BlobId, Option<Arc<str>>), ObserveError> {
        let text = self.blob_of(&self.root, self.pull.repo.id, &blob).await?;
        Ok((blob, text))
    }

    /// A blob of a repository (`/repos/OWNER/NAME`, and its id), from memory where it can; `None`: not a text that can be read.
    pub(super) async fn blob_of(&self, root: &str, repo: u64, blob: &BlobId) -> Result<Option<Arc<str>>, ObserveError> {
        let cache = &self.github.inner.caches.blobs;
        if let Some(known) = cache.get(&(repo, blob.clone())) {
            return Ok(known);
        }
        let path = format!("{root}/git/blobs/{blob}");
        let json: BlobJson = match self.github.get(self.installation(), &path).await {
            Ok(json) => json,
            // Too large (403), gone (404), not a blob (422): not readable, now or later.
            Err(Failure::Refused { status: 403 | 404 | 422, .. }) => return Ok(None),
            Err(other) => return Err(other.into()),
        };
        let text = text(&json);
        let weight = text.as_ref().map_or(1, |t| t.len().max(1));
        cache.put((repo, blob.clone()), text.clone(), weight);
        Ok(text)
    }
}

fn entry(object: &Value) -> Option<Entry> {
    // A folder or a submodule at that path is no file.
    if object.get("__typename").and_then(Value::as_str) != Some("Blob") {
        return None;
    }
    let blob = object.get("oid").and_then(Value::as_str)?;
    Some(Entry { blob: blob.into(), bytes: object.get("byteSize").and_then(Value::as_u64).unwrap_or(0) })
}

/// The text of a blob, if it is one: `base64` with line breaks, or `utf-8`.
fn text(json: &BlobJson) -> Option<Arc<str>> {
    let text = match json.encoding.as_str() {
        "base64" => {
            let packed: String = json.content.split_ascii_whitespace().collect();
            String::from_utf8(base64::engine::general_purpose::STANDARD.decode(packed).ok()?).ok()?
        }
        "utf-8" => json.content.clone(),
        _ => return None,
    };
    (!text.contains('\0')).then(|| text.into())
}
