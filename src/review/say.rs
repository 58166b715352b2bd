//! A person's say: the latest of their APPROVED, CHANGES_REQUESTED and DISMISSED reviews. A comment changes nothing, and an
//! older approval never comes back.

use std::collections::BTreeMap;

use super::snapshot::{Actor, Dismissal, PullRequestReview, ReviewState, Snapshot, UserId};
use crate::time::Timestamp;

/// What somebody's latest review amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say<'a> {
    /// They approve.
    Approves(&'a PullRequestReview),
    /// They object.
    Objects(&'a PullRequestReview),
    /// They objected and somebody dismissed it; whether that lifts the objection depends on who.
    ObjectionDismissed {
        /// The objection.
        review: &'a PullRequestReview,
        /// Who dismissed it; `None`: a deleted account.
        by: Option<&'a Actor>,
    },
    /// Their review was dismissed and GitHub does not (yet) say what it was.
    DismissedUnread,
    /// Their approval was dismissed.
    Nothing,
}

/// Everybody's say. Reviews by deleted accounts cannot be anybody's say; bots and ourselves are left to the rules.
pub fn says(snapshot: &Snapshot) -> BTreeMap<UserId, (&Actor, Say<'_>)> {
    let mut latest: BTreeMap<UserId, (&Actor, (Timestamp, u64), &PullRequestReview)> = BTreeMap::new();
    for review in &snapshot.reviews {
        let Some(author) = &review.post.author else {
            continue;
        };
        if review.state == ReviewState::Commented {
            continue;
        }
        // GitHub's times have whole seconds, its ids rise, and the order of a list proves nothing.
        let order = (review.submitted_at, review.post.id);
        let entry = latest.entry(author.id).or_insert((author, order, review));
        if order >= entry.1 {
            *entry = (author, order, review);
        }
    }
    latest.into_iter().map(|(id, (author, _, review))| (id, (author, say(snapshot, review)))).collect()
}

fn say<'a>(snapshot: &'a Snapshot, review: &'a PullRequestReview) -> Say<'a> {
    match review.state {
        ReviewState::Approved => Say::Approves(review),
        ReviewState::ChangesRequested => Say::Objects(review),
        ReviewState::Commented => Say::Nothing,
        ReviewState::Dismissed => match dismissal(snapshot, review) {
            None => Say::DismissedUnread,
            Some(Dismissal { previous: ReviewState::ChangesRequested, actor, .. }) => {
                Say::ObjectionDismissed { review, by: actor.as_ref() }
            }
            Some(_) => Say::Nothing,
        },
    }
}

fn dismissal<'a>(snapshot: &'a Snapshot, review: &PullRequestReview) -> Option<&'a Dismissal> {
    snapshot.dismissals.iter().filter(|d| d.review == review.post.node).max_by_key(|d| d.at)
}
