//! What the gate is given: the one place that takes its facts from a snapshot. Texts of documents are compared here, byte for
//! byte; words that people or models wrote are not read.

use std::collections::{BTreeMap, BTreeSet};

use super::coverage::{Kept, covers, touch};
use super::gate::{Approval, Commit, Document, Facts, Person, Say, Subject};
use super::ownership::Ownership;
use super::say;
use super::snapshot::{Actor, PullRequestReview, Snapshot, UserId};

/// The facts, but for what could not be read elsewhere: `unreadable`.
pub fn facts(
    snapshot: &Snapshot,
    owners: &[Ownership],
    kept: &Kept<'_>,
    subject: Subject,
    required: u32,
    unreadable: Vec<String>,
) -> Facts {
    let says = say::says(snapshot);
    let mut actors: BTreeSet<&Actor> = says.values().map(|(person, _)| *person).collect();
    actors.extend(says.values().filter_map(|(_, say)| match say {
        say::Say::ObjectionDismissed { by, .. } => *by,
        _ => None,
    }));
    let people: BTreeMap<UserId, Person> = actors.into_iter().map(|a| (a.id, person(snapshot, owners, a))).collect();
    let says =
        says.into_iter().filter_map(|(id, (_, said))| Some((id, say_of(snapshot, owners, kept, &said)?))).collect();
    let commits = snapshot.commits.list.iter().map(|commit| Commit {
        short: commit.sha.as_str().chars().take(7).collect(),
        author: commit.author.as_ref().map(|author| author.id),
        touch: touch(snapshot, kept, commit, owners.iter().map(|o| o.path.as_str())),
    });
    Facts {
        documents: owners.iter().map(|o| Document { path: o.path.clone(), owners: o.how.clone() }).collect(),
        people,
        says,
        commits: commits.collect(),
        commits_complete: snapshot.commits.complete,
        author: snapshot.pull.author.as_ref().map(|author| author.id),
        retargeted_at: snapshot.retargeted_at,
        subject,
        required,
        unreadable,
    }
}

fn person(snapshot: &Snapshot, owners: &[Ownership], actor: &Actor) -> Person {
    Person {
        login: actor.login.clone(),
        kind: actor.kind,
        permission: snapshot.people.get(&actor.id).map(|known| known.permission.clone()),
        owns: owners.iter().map(|ownership| ownership.includes(snapshot, actor)).collect(),
    }
}

fn say_of(snapshot: &Snapshot, owners: &[Ownership], kept: &Kept<'_>, said: &say::Say<'_>) -> Option<Say> {
    match said {
        say::Say::Approves(review) => Some(Say::Approves(approval(snapshot, owners, kept, review))),
        say::Say::Objects(review) => Some(Say::Objects { at: review.submitted_at }),
        say::Say::ObjectionDismissed { review, by } => {
            Some(Say::ObjectionDismissed { at: review.submitted_at, by: by.map(|by| by.id) })
        }
        say::Say::DismissedUnread => Some(Say::DismissedUnread),
        say::Say::Nothing => None,
    }
}

fn approval(snapshot: &Snapshot, owners: &[Ownership], kept: &Kept<'_>, review: &PullRequestReview) -> Approval {
    let to = &snapshot.pull.head;
    let covering = |from| owners.iter().map(|o| covers(snapshot, kept, &o.path, from, to)).collect();
    Approval { id: review.post.id, at: review.submitted_at, covers: review.commit.as_ref().map(covering) }
}
