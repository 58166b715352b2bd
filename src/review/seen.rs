//! Our own posts as they stand on GitHub.

use std::collections::BTreeMap;

use super::marker::PostKey;
use super::snapshot::{Actor, ActorKind, App, Comment, Snapshot};
use crate::digest::{Canonical, Digest};

/// One of our posts as seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenPost<'a> {
    /// The post.
    pub comment: &'a Comment,
    /// Somebody else wrote below it in its thread.
    pub answered: bool,
}

impl SeenPost<'_> {
    /// Digest of its text.
    pub fn body(&self) -> Digest {
        body_digest(self.comment.body.raw())
    }

    /// The person who edited it last, if it was not us.
    pub fn foreign_editor(&self, app: &App) -> Option<&Actor> {
        self.comment.editor.as_ref().filter(|editor| !app.is(editor))
    }
}

/// Digest of a post's text, as written and as read back: GitHub may change line ends and trailing white space.
pub fn body_digest(body: &str) -> Digest {
    let folded = body.replace("\r\n", "\n");
    Canonical::new("body", 1).text(folded.trim_end()).finish()
}

/// Every post of ours, oldest first for each key.
pub fn seen(snapshot: &Snapshot) -> BTreeMap<PostKey, Vec<SeenPost<'_>>> {
    let mut seen: BTreeMap<PostKey, Vec<SeenPost<'_>>> = BTreeMap::new();
    let mut add = |comment, answered| {
        let comment: &Comment = comment;
        if let Some(key) = comment.marker {
            seen.entry(key).or_default().push(SeenPost { comment, answered });
        }
    };
    for review in &snapshot.reviews {
        add(&review.post, false);
    }
    for thread in &snapshot.threads {
        let by_person =
            thread.comments.iter().any(|c| c.author.as_ref().is_none_or(|author| author.kind == ActorKind::User));
        for (index, comment) in thread.comments.iter().enumerate() {
            add(comment, index == 0 && by_person);
        }
    }
    for comment in &snapshot.comments {
        add(comment, false);
    }
    for posts in seen.values_mut() {
        posts.sort_by_key(|p| (p.comment.created_at, p.comment.id));
    }
    seen
}
