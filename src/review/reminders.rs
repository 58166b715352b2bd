//! Silence: one reminder after `reminders.after` of working time, then the draft goes ahead on stated assumptions, or waits.

use super::marker::{PostKey, PostKind};
use super::questioning::Questioning;
use super::record::{Post, Record};
use crate::policy::{Policy, ReminderThen};
use crate::time::{Millis, Timestamp};

/// The one reminder of a review.
pub const REMINDER: PostKey = PostKey::new(PostKind::Reminder, 0, 0, 0);

const DAY: i64 = 24 * 60 * 60 * 1_000;
const HOUR: i64 = 60 * 60 * 1_000;

/// When silence began: the last round was posted, or a person last said something.
fn silent_since(questioning: &Questioning<'_>, record: &Record) -> Option<Timestamp> {
    // A push that raised no question asked for nothing.
    let round = record.rounds.iter().rfind(|round| !round.questions.is_empty())?;
    let posted = match record.posts.get(&PostKey::new(PostKind::Round, round.ordinal, 0, 0))? {
        Post::Done { .. } => round.at,
        _ => return None,
    };
    Some(questioning.last_word.map_or(posted, |word| word.max(posted)))
}

/// When the reminder is due, while questions wait and no draft is there.
pub fn due(questioning: &Questioning<'_>, record: &Record, policy: &Policy) -> Option<Timestamp> {
    if record.revision().is_some() || questioning.open() == 0 {
        return None;
    }
    Some(after_working_time(silent_since(questioning, record)?, policy.reminders.after.hours()))
}

/// Whether the reminder stands or should stand.
pub fn is_due(questioning: &Questioning<'_>, record: &Record, policy: &Policy, now: Timestamp) -> bool {
    record.posts.contains_key(&REMINDER) || due(questioning, record, policy).is_some_and(|due| now >= due)
}

/// When to look again for a reminder's sake.
pub fn wake_at(questioning: &Questioning<'_>, record: &Record, policy: &Policy) -> Option<Timestamp> {
    match record.posts.get(&REMINDER) {
        None => due(questioning, record, policy),
        Some(_) if record.revision().is_some() || questioning.open() == 0 => None,
        Some(_) => lapse(record, policy),
    }
}

/// When patience ends after the reminder.
fn lapse(record: &Record, policy: &Policy) -> Option<Timestamp> {
    match record.posts.get(&REMINDER) {
        Some(Post::Done { at, .. }) if policy.reminders.then == ReminderThen::Draft => {
            Some(after_working_time(*at, policy.reminders.after.hours()))
        }
        _ => None,
    }
}

/// When the draft goes ahead without the answers, if the policy says so and it can be told.
pub fn draft_at(questioning: &Questioning<'_>, record: &Record, policy: &Policy) -> Option<Timestamp> {
    if policy.reminders.then != ReminderThen::Draft || record.revision().is_some() || questioning.open() == 0 {
        return None;
    }
    let reminder = due(questioning, record, policy)?;
    Some(lapse(record, policy).unwrap_or_else(|| after_working_time(reminder, policy.reminders.after.hours())))
}

/// Whether the reminder went unanswered for long enough that the draft goes ahead.
pub fn lapsed(record: &Record, policy: &Policy, now: Timestamp) -> bool {
    lapse(record, policy).is_some_and(|at| now >= at)
}

/// `hours` of working time after `from`: Saturdays and Sundays (UTC) do not count.
fn after_working_time(from: Timestamp, hours: u32) -> Timestamp {
    let mut at = from;
    let mut left = hours;
    // A policy's longest period is bounded; the loop is too.
    for _ in 0..24 * 366 {
        if left == 0 {
            break;
        }
        at = at.after(Millis(HOUR));
        if !is_weekend(at) {
            left -= 1;
        }
    }
    at
}

fn is_weekend(at: Timestamp) -> bool {
    // 1970-01-01 was a Thursday.
    let weekday = (at.0.div_euclid(DAY) + 4).rem_euclid(7);
    weekday == 0 || weekday == 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_do_not_count() {
        // Friday 2026-11-20 12:00 UTC plus one working day is Monday noon.
        let friday = Timestamp(1_795_176_000_000);
        assert_eq!(after_working_time(friday, 24), Timestamp(friday.0 + 3 * DAY));
        assert_eq!(after_working_time(friday, 2), Timestamp(friday.0 + 2 * HOUR));
    }
}
