//! Answers to commands, and the reminder.

use super::super::commands::Verb;
use super::super::marker::{PostKey, PostKind};
use super::super::ownership::Owns;
use super::super::record::{CommandOutcome, CommandRecord};
use super::super::verdict::OwnersOf;
use super::super::wanted::{Place, Wanted, WantedPost};
use super::super::{Parts, View, post, questioning, reminders};
use crate::prose::command::{self, Others};
use crate::prose::reminder;
use crate::threat_model::Fact;

/// An answer to every command that has one: what was asked for, or why it is refused. What was carried out shows elsewhere.
pub(in super::super) fn command_replies(view: &View<'_>, wanted: &Wanted) -> Vec<WantedPost> {
    let mut replies: Vec<_> = view.record.commands.values().filter_map(|c| reply(view, wanted, c)).collect();
    replies.sort_by_key(|p| p.key);
    replies
}

fn reply(view: &View<'_>, wanted: &Wanted, typed: &CommandRecord) -> Option<WantedPost> {
    let body = match &typed.outcome {
        CommandOutcome::Applied { .. } => return None,
        CommandOutcome::Answered => match typed.verb {
            Verb::Status => {
                let check = wanted.check.as_ref()?;
                command::status(&check.title, &check.summary)
            }
            Verb::Facts => {
                let context = view.context(&view.snapshot.pull.head);
                let assumptions = view.record.revision().map(|r| r.model.assumptions.as_slice()).unwrap_or_default();
                command::facts(&context, &facts(view), assumptions)
            }
            _ => command::help(),
        },
        CommandOutcome::Refused { why } => {
            let (owners, people) = (owners(view), people(view));
            command::refusal(&typed.verb, why, &Others { owners: &owners, people: &people })
        }
    };
    let key = PostKey::new(PostKind::CommandReply, 0, typed.ordinal, 0);
    let place = typed.thread.map_or(Place::Conversation, |first| Place::Thread { first });
    Some(post(key, body, place))
}

/// What was understood so far.
fn facts(view: &View<'_>) -> Vec<Fact> {
    if let Some(revision) = view.record.revision() {
        return revision.model.facts.clone();
    }
    let View { snapshot, record, policy, settings, now, .. } = *view;
    let asked = questioning::questioning(snapshot, record, policy, settings, &view.scope, now, true).asked;
    questioning::facts(&asked)
}

fn owners(view: &View<'_>) -> Vec<String> {
    let mut named: Vec<String> = view
        .owners
        .iter()
        .flat_map(|o| match &o.how {
            OwnersOf::Rule { owners, .. } => owners.clone(),
            OwnersOf::Fallback { teams, .. } => teams.clone(),
            OwnersOf::Nobody { .. } => Vec::new(),
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// Owners who took part here and are not the author: whom to ask.
fn people(view: &View<'_>) -> Vec<String> {
    let author = view.snapshot.pull.author.as_ref().map(|a| a.id);
    view.snapshot
        .people
        .values()
        .filter(|p| Some(p.actor.id) != author)
        .filter(|p| view.owners.iter().any(|o| o.includes(view.snapshot, &p.actor) == Owns::Yes))
        .map(|p| p.actor.login.clone())
        .collect()
}

/// The one reminder.
pub(super) fn reminder(view: &View<'_>, parts: &Parts<'_>) -> Option<WantedPost> {
    if !reminders::is_due(&parts.questioning, view.record, view.policy, view.now) {
        return None;
    }
    let context = view.context(&view.snapshot.pull.head);
    let waiting = super::checks::waiting(view, parts, &context);
    let waiting: Vec<_> = waiting.iter().map(|q| (q.text, q.link.clone())).collect();
    let author = view.snapshot.pull.author.as_ref().map_or("", |a| a.login.as_str());
    let draft_at = reminders::draft_at(&parts.questioning, view.record, view.policy);
    Some(post(reminders::REMINDER, reminder::reminder(&context, author, &waiting, draft_at), Place::Conversation))
}
