//! Notices of secrets that were pasted.

use super::super::marker::{PostKey, PostKind};
use super::super::pasted::{Noticed, Where};
use super::super::snapshot::{NodeId, Snapshot};
use super::super::wanted::{Place, WantedPost};
use super::super::{View, post};
use crate::prose::notice::{self, Pasted};

/// One for each secret, where it stands: in its thread, else in the conversation.
pub(super) fn notices(view: &View<'_>) -> Vec<WantedPost> {
    view.record.noticed.iter().map(|noticed| of(view, noticed)).collect()
}

fn of(view: &View<'_>, noticed: &Noticed) -> WantedPost {
    let key = PostKey::new(PostKind::Notice, 0, noticed.ordinal, 0);
    match &noticed.place {
        Where::Document { path, line, head } => {
            let pasted = Pasted::Document { path, line: *line };
            post(key, notice::secret(&view.context(head), &pasted, noticed.kind), Place::Conversation)
        }
        Where::Comment { node, login } => {
            let context = view.context(&view.snapshot.pull.head);
            let pasted = Pasted::Comment { login, link: context.comment(node.as_str()) };
            post(key, notice::secret(&context, &pasted, noticed.kind), beside(view.snapshot, node))
        }
    }
}

/// In the thread that holds a comment.
fn beside(snapshot: &Snapshot, node: &NodeId) -> Place {
    let thread = snapshot.threads.iter().find(|t| t.comments.iter().any(|c| c.node == *node));
    match thread.and_then(|t| t.comments.first()) {
        Some(first) => match first.marker {
            Some(ours) => Place::Thread { first: ours },
            None => Place::ForeignThread { comment: first.id },
        },
        None => Place::Conversation,
    }
}
