//! From what was decided to what people read: collects the facts for each surface of `prose`.

mod checks;
mod drafts;
mod notices;
mod replies;
mod rounds;

use std::collections::BTreeMap;

use super::marker::PostKey;
use super::record::{Post, Record};
use super::settings::Settings;
use super::snapshot::{CommitSha, Snapshot};
use super::wanted::WantedPost;
use super::{Parts, View};
use crate::prose::{CommentRef, Context, RepoAddress};

pub use checks::gave_up;
pub(super) use checks::{broken_policy, check};
pub(super) use drafts::draft;
pub(super) use replies::command_replies;

/// Every post that should stand, in the order in which they are written; `draft`: those of the draft.
pub(super) fn posts(view: &View<'_>, parts: &Parts<'_>, draft: Vec<WantedPost>) -> Vec<WantedPost> {
    let mut posts = rounds::rounds(view, parts);
    posts.extend(rounds::follow_ups(view));
    posts.extend(draft);
    posts.extend(replies::reminder(view, parts));
    posts.extend(notices::notices(view));
    posts
}

/// What every surface needs to link and to tell the time. "Now" is when the pull request last changed, so that a text does not
/// change by itself at midnight.
fn context(snapshot: &Snapshot, settings: &Settings, sha: &CommitSha) -> Context {
    let mut comments = BTreeMap::new();
    for review in &snapshot.reviews {
        comments.insert(review.post.node.to_string(), CommentRef::Review(review.post.id));
    }
    for comment in snapshot.threads.iter().flat_map(|t| &t.comments) {
        comments.insert(comment.node.to_string(), CommentRef::Thread(comment.id));
    }
    for comment in &snapshot.comments {
        comments.insert(comment.node.to_string(), CommentRef::Conversation(comment.id));
    }
    Context {
        repository: RepoAddress::new(&settings.web, &snapshot.repository.owner, &snapshot.repository.name),
        pull: snapshot.pull.number,
        sha: sha.to_string(),
        comments,
        now: snapshot.pull.updated_at,
    }
}

impl View<'_> {
    /// The post stands in a thread that a person began.
    fn in_foreign_thread(&self, key: PostKey) -> bool {
        key.kind == super::marker::PostKind::Recommendation
            && self.record.revision().is_some_and(|r| r.number == key.round && r.foreign.contains_key(&key.ordinal))
    }

    fn context(&self, sha: &CommitSha) -> Context {
        context(self.snapshot, self.settings, sha)
    }
}

/// Whether a post that has a line is written there: unless GitHub refused it, or its review was posted without it.
fn on_line(record: &Record, review: PostKey, post: PostKey) -> bool {
    match record.posts.get(&post) {
        Some(Post::Refused { .. }) => false,
        Some(_) => true,
        None => !matches!(record.posts.get(&review), Some(Post::Done { .. })),
    }
}
