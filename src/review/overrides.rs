//! Override: a member of `approval.teams`, neither author nor committer of the pull request, lets it through for the
//! documents and the revision that they saw. Judged anew from the comment at every look: when the comment is gone or
//! edited, the documents or the revision change, or the person leaves the team, it is void.

use super::commands::{Court, Refusal, SlashCommand, Verb, typed};
use super::ownership::{Owns, member};
use super::record::{CommandOutcome, Record};
use super::snapshot::{Actor, Snapshot};
use super::verdict::Ground;
use crate::digest::{Canonical, Digest};
use crate::text::Untrusted;

/// The shortest prefix that is accepted: what the check prints.
const SHORTEST: usize = 8;

/// What an override must name: the documents' digest (repository, number, base, paths, blobs) and the draft's state.
pub fn digest(documents: &Digest, record: &Record) -> Digest {
    let mut digest = Canonical::new("override", 1).text(documents.as_str());
    if let Some(revision) = record.revision() {
        digest = digest.int(u64::from(revision.number)).text(revision.key.as_str());
        for ordinal in revision.dropped.keys() {
            digest = digest.int(u64::from(*ordinal));
        }
        // What code owners or later answers changed in it.
        for note in revision.notes.values().flatten() {
            digest = digest.text(note.node.as_str());
        }
        if let Some(key) = &revision.redrafted {
            digest = digest.text(key.as_str());
        }
        // A draft that somebody altered is not the one that was seen, although the app restored it.
        for (key, restored) in &revision.restored {
            digest = digest.text(&key.to_string()).int(u64::from(restored.times));
        }
    }
    digest.finish()
}

/// The override that holds now, if any.
pub fn current(court: &Court<'_>) -> Option<Ground> {
    typed(court.snapshot).into_iter().find_map(|command @ SlashCommand { by, .. }| match &command.verb {
        Verb::Override { digest, reason }
            if accepted(court, &command) && objection(court, by, digest, reason).is_none() =>
        {
            Some(Ground::Overridden { by: by.login.clone(), reason: Untrusted::new(reason) })
        }
        _ => None,
    })
}

/// It was accepted for these very documents. People type the first digits of a digest; an author could look for two documents
/// that share them, so what counts is the whole digest, recorded when the command was first seen.
fn accepted(court: &Court<'_>, command: &SlashCommand<'_>) -> bool {
    let recorded = court.record.commands.get(&command.comment.node);
    recorded
        .is_some_and(|r| matches!(&r.outcome, CommandOutcome::Applied { documents } if documents == court.documents))
}

/// Why this person's override does not hold; `None`: it does.
pub fn objection(court: &Court<'_>, person: &Actor, typed: &str, reason: &str) -> Option<Refusal> {
    let teams = &court.policy.approval.teams;
    if teams.is_empty() {
        return Some(Refusal::OverrideNobody);
    }
    let memberships: Vec<Owns> = teams.iter().map(|team| member(court.snapshot, team, person)).collect();
    if !memberships.contains(&Owns::Yes) {
        let unknown = memberships.iter().any(|m| matches!(m, Owns::CannotTell(_)));
        return Some(if unknown {
            Refusal::CannotTell
        } else {
            Refusal::OverrideTeamsOnly { teams: teams.iter().map(ToString::to_string).collect() }
        });
    }
    if own_work(court.snapshot, person) {
        return Some(Refusal::OverrideOwnWork);
    }
    // With a truncated list of commits nobody can tell whose work it is.
    if !court.snapshot.commits.complete || court.snapshot.pull.author.is_none() {
        return Some(Refusal::CannotTell);
    }
    // Blobs that could not be read: the digest would cover what nobody saw.
    if court.scope.truncated || court.scope.documents.iter().any(|d| d.head.is_none()) {
        return Some(Refusal::CannotTell);
    }
    let current = digest(court.documents, court.record);
    if typed.len() < SHORTEST || !current.as_str().starts_with(typed) {
        return Some(Refusal::StaleDigest {
            typed: typed.chars().take(64).collect(),
            current: current.short().to_owned(),
        });
    }
    reason.is_empty().then_some(Refusal::ReasonMissing)
}

fn own_work(snapshot: &Snapshot, person: &Actor) -> bool {
    let is = |actor: &Option<Actor>| actor.as_ref().is_some_and(|a| a.id == person.id);
    is(&snapshot.pull.author) || snapshot.commits.list.iter().any(|c| is(&c.author) || is(&c.committer))
}
