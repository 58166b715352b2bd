//! Our own posts as they stand on GitHub.

use std::collections::BTreeMap;

use super::marker::PostKey;
use super::record::{Post, Record};
use super::snapshot::{Actor, ActorKind, App, Comment, NodeId, Snapshot};
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

/// Every post of ours, oldest first for each key. A post is known by the id that GitHub gave us, whatever became of its text;
/// by its marker only when nobody else edited it, since anybody who may edit may also paste another post's marker.
pub fn seen<'s>(snapshot: &'s Snapshot, record: &Record) -> BTreeMap<PostKey, Vec<SeenPost<'s>>> {
    let ids: BTreeMap<&NodeId, PostKey> = record
        .posts
        .iter()
        .filter_map(|(key, post)| if let Post::Done { node, .. } = post { Some((node, *key)) } else { None })
        .collect();
    let mut seen: BTreeMap<PostKey, Vec<SeenPost<'s>>> = BTreeMap::new();
    let mut add = |comment, answered| {
        let comment: &'s Comment = comment;
        let ours = comment.author.as_ref().is_some_and(|author| snapshot.app.is(author));
        let untouched = comment.editor.as_ref().is_none_or(|editor| snapshot.app.is(editor));
        let known = ids.get(&comment.node).copied().filter(|_| ours);
        if let Some(key) = known.or(comment.marker.filter(|_| untouched)) {
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
