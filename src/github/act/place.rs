//! Which of GitHub's three kinds of post one of ours is, and how each is edited or deleted.

use base64::Engine as _;
use http::Method;

use super::Target;
use crate::review::marker::{PostKey, PostKind};
use crate::review::snapshot::NodeId;

/// A kind of post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The body of a review.
    Review,
    /// A comment in a review thread.
    Thread,
    /// A comment in the conversation.
    Conversation,
}

impl Kind {
    /// Where posts of a kind stand; `None`: in more than one place.
    pub(super) const fn usual(key: PostKey) -> Option<Self> {
        match key.kind {
            PostKind::Round | PostKind::Draft => Some(Self::Review),
            PostKind::Question | PostKind::FollowUp | PostKind::Recommendation => Some(Self::Thread),
            PostKind::Reminder => Some(Self::Conversation),
            PostKind::CommandReply | PostKind::Notice => None,
        }
    }

    /// By the node id, whose prefix names the type, or else by what such a post usually is.
    pub(super) fn of(key: PostKey, node: &NodeId) -> Self {
        Self::named(node.as_str()).or_else(|| Self::usual(key)).unwrap_or(Self::Conversation)
    }

    fn named(node: &str) -> Option<Self> {
        match node.split_once('_').map(|(prefix, _)| prefix) {
            Some("PRR") => return Some(Self::Review),
            Some("PRRC") => return Some(Self::Thread),
            Some("IC") => return Some(Self::Conversation),
            _ => {}
        }
        // Ids of older servers are base64 of a number, the type's name and the id: "024:PullRequestReviewComment17".
        let text =
            base64::engine::general_purpose::STANDARD.decode(node).ok().and_then(|b| String::from_utf8(b).ok())?;
        let (_, name) = text.split_once(':')?;
        match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "PullRequestReview" => Some(Self::Review),
            "PullRequestReviewComment" => Some(Self::Thread),
            "IssueComment" => Some(Self::Conversation),
            _ => None,
        }
    }

    pub(super) fn edit(self, at: &Target, id: u64) -> (Method, String) {
        let root = at.root();
        match self {
            Self::Review => (Method::PUT, format!("{root}/pulls/{}/reviews/{id}", at.pull.number)),
            Self::Thread => (Method::PATCH, format!("{root}/pulls/comments/{id}")),
            Self::Conversation => (Method::PATCH, format!("{root}/issues/comments/{id}")),
        }
    }

    /// The path to delete it; `None`: GitHub deletes no submitted review.
    pub(super) fn delete(self, at: &Target, id: u64) -> Option<String> {
        let root = at.root();
        match self {
            Self::Review => None,
            Self::Thread => Some(format!("{root}/pulls/comments/{id}")),
            Self::Conversation => Some(format!("{root}/issues/comments/{id}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_node_id_says_what_a_post_is() {
        let key = PostKey::new(PostKind::CommandReply, 0, 1, 0);
        let of = |node: &str| Kind::of(key, &node.into());
        assert_eq!(of("PRR_kwDOA"), Kind::Review);
        assert_eq!(of("PRRC_kwDOA"), Kind::Thread);
        assert_eq!(of("IC_kwDOA"), Kind::Conversation);
        let legacy = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        assert_eq!(of(&legacy("017:PullRequestReview12")), Kind::Review);
        assert_eq!(of(&legacy("024:PullRequestReviewComment12")), Kind::Thread);
        assert_eq!(of(&legacy("012:IssueComment12")), Kind::Conversation);
        assert_eq!(of("?"), Kind::Conversation);
        assert_eq!(Kind::of(PostKey::new(PostKind::Draft, 1, 0, 0), &"?".into()), Kind::Review);
    }
}
