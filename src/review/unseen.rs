//! What a reader does not see of the documents: noted once, when a round or a draft is made from them, so that what is told of it
//! stays the same while they do.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pasted;
use super::record::Record;
use super::snapshot::BlobId;
use crate::document::{Document, Hidden, unseen, urgency};

impl Record {
    /// Keeps texts, and what a reader does not see of them.
    pub(super) fn keep(&mut self, documents: &BTreeMap<String, BlobId>, texts: BTreeMap<BlobId, Arc<str>>) {
        for (path, blob) in documents {
            if let Some(text) = texts.get(blob).filter(|_| !self.texts.contains_key(blob)) {
                let found = unseen(&Document::parse(path, &pasted::masked(text)));
                self.unseen.extend((!found.is_empty()).then(|| (blob.clone(), found)));
            }
        }
        self.texts.extend(texts);
    }

    /// What a reader does not see of documents, the most urgent first, each with its path.
    pub fn unseen_in<'a>(&'a self, documents: &'a BTreeMap<String, BlobId>) -> Vec<(&'a str, &'a Hidden)> {
        let of = |(path, blob): (&'a String, &BlobId)| {
            self.unseen.get(blob).into_iter().flatten().map(move |hidden| (path.as_str(), hidden))
        };
        let mut found: Vec<_> = documents.iter().flat_map(of).collect();
        found.sort_by_key(|(_, hidden)| urgency(hidden));
        found
    }
}
