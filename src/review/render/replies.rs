//! Answers to commands, and the reminder.

use super::super::commands::Verb;
use super::super::marker::{PostKey, PostKind};
use super::super::questioning::{self, Stage};
use super::super::record::{CommandOutcome, CommandRecord};
use super::super::verdict::OwnersOf;
use super::super::wanted::{Place, Wanted, WantedPost};
use super::super::{Parts, View, ledger, post, reminders};
use crate::prose::command::{self, Others, Understood};
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
                let (said, found) = (facts(view), found(view));
                let assumptions = view.record.revision().map(|r| r.model.assumptions.as_slice()).unwrap_or_default();
                let said = ledger::current(&said);
                command::facts(&context, &Understood { said: &said, found: &found, assumptions })
            }
            Verb::Meant { ref command } => command::meant(command),
            Verb::Talk => return None,
            _ => command::help(),
        },
        CommandOutcome::Refused { why } => {
            let (owners, people) = (owners(view), people(view));
            command::refusal(&typed.verb, why, &Others { owners: &owners, people: &people })
        }
    };
    let key = PostKey::new(PostKind::CommandReply, 0, typed.ordinal, 0);
    let place = match (typed.thread, &typed.on) {
        (Some(first), _) if !view.in_foreign_thread(first) => Place::Thread { first },
        (_, Some(on)) => Place::ForeignThread { comment: on.comment },
        (Some(first), None) => {
            let comment = view.record.revision().and_then(|r| r.foreign.get(&first.ordinal)).copied();
            comment.map_or(Place::Conversation, |comment| Place::ForeignThread { comment })
        }
        (None, None) => Place::Conversation,
    };
    Some(post(key, body, place))
}

/// What people said so far.
fn facts(view: &View<'_>) -> Vec<Fact> {
    if let Some(revision) = view.record.revision() {
        return revision.model.facts.clone();
    }
    questioning::facts(&questioning::questioning(view.around(), Stage::DraftWanted).asked)
}

/// What the documents were found to state, as of the last round that read them.
fn found(view: &View<'_>) -> Vec<Fact> {
    view.record
        .rounds
        .iter()
        .rev()
        .map(|round| &round.facts)
        .find(|facts| !facts.is_empty())
        .cloned()
        .unwrap_or_default()
}

pub(super) fn owners(view: &View<'_>) -> Vec<String> {
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
        .filter(|p| view.is_owner(&p.actor))
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
