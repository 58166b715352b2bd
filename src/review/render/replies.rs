//! Answers to commands, and the reminder.

use super::super::marker::{PostKey, PostKind};
use super::super::record::{CommandOutcome, CommandRecord};
use super::super::wanted::{Place, Wanted, WantedPost};
use super::super::{Parts, View, post, reminders};
use crate::prose::markdown::words;

/// An answer to every command that has one: what was asked for, or why it is refused.
pub(in super::super) fn command_replies(view: &View<'_>, wanted: &Wanted) -> Vec<WantedPost> {
    let mut replies: Vec<_> = view.record.commands.values().filter_map(|c| reply(view, wanted, c)).collect();
    replies.sort_by_key(|p| p.key);
    replies
}

fn reply(view: &View<'_>, wanted: &Wanted, command: &CommandRecord) -> Option<WantedPost> {
    let _ = (view, wanted);
    let body = match &command.outcome {
        CommandOutcome::Applied { .. } => return None,
        CommandOutcome::Answered => words("answer"),
        CommandOutcome::Refused { .. } => words("refused"),
    };
    let key = PostKey::new(PostKind::CommandReply, 0, command.ordinal, 0);
    let place = command.thread.map_or(Place::Conversation, |first| Place::Thread { first });
    Some(post(key, body, place))
}

/// The one reminder.
pub(super) fn reminder(view: &View<'_>, parts: &Parts<'_>) -> Option<WantedPost> {
    if !reminders::is_due(&parts.questioning, view.record, view.policy, view.now) {
        return None;
    }
    Some(post(reminders::REMINDER, words("reminder"), Place::Conversation))
}
