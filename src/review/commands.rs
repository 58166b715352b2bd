//! `/threadmodel <verb>`: reading a command and deciding whether it is carried out. A command is a fact with an identity: it
//! counts only in a comment written by a person and never edited, and what became of it is recorded once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::marker::{PostKey, PostKind};
use super::overrides;
use super::ownership::{Ownership, Owns};
use super::record::{CommandOutcome, CommandRecord, Dropped, Pin, Press, Record};
use super::scope::Scope;
use super::snapshot::{Actor, ActorKind, Comment, Known, Permission, Snapshot};
use crate::digest::Digest;
use crate::policy::Policy;
use crate::time::{Millis, Timestamp};

/// A verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Verb {
    /// Where it stands and whom it waits for.
    Status,
    /// What was understood.
    Facts,
    /// The verbs.
    Help,
    /// Begin where the app is quiet.
    Start,
    /// Draft now.
    Draft,
    /// Analyse anew.
    Rerun,
    /// Drop the question of this thread.
    Waive,
    /// Keep the recommendation of this thread.
    Keep,
    /// Drop the recommendation of this thread.
    Drop {
        /// Why.
        reason: String,
    },
    /// End curation.
    Settle,
    /// Let the pull request through.
    Override {
        /// First digits of the digest that was seen.
        digest: String,
        /// Why.
        reason: String,
    },
    /// Silence the app here.
    Pause,
    /// Speak again.
    Resume,
    /// A verb of the design that this version does not carry out yet.
    NotYet {
        /// As typed.
        verb: String,
    },
    /// Not a verb.
    Unknown {
        /// As typed.
        verb: String,
    },
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// Only code owners.
    OwnersOnly,
    /// Only people with write access.
    WriteOnly,
    /// Only the author or a code owner.
    AuthorOrOwner,
    /// Only members of `approval.teams` may override.
    OverrideTeamsOnly {
        /// The teams.
        teams: Vec<String>,
    },
    /// The policy names no team that may override.
    OverrideNobody,
    /// The author or a committer of the pull request cannot override.
    OverrideOwnWork,
    /// An earlier state of the documents.
    StaleDigest {
        /// As typed.
        typed: String,
        /// The current one, and the line to paste.
        current: String,
    },
    /// A reason is missing.
    ReasonMissing,
    /// Must stand in the thread of a question.
    QuestionThreadOnly,
    /// Must stand in the thread of a recommendation.
    RecommendationThreadOnly,
    /// There is no draft yet.
    NoDraft,
    /// Permission could not be read.
    CannotTell,
    /// Not in this version.
    NotYet,
    /// No such verb.
    Unknown,
}

const PREFIX: &str = "/threadmodel";

/// Reads a comment's first line. `None`: not a command. A quoted one starts with `>` and is none.
pub fn parse(body: &str) -> Option<Verb> {
    let line = body.lines().next()?;
    let rest = line.strip_prefix(PREFIX)?;
    if !rest.is_empty() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim();
    let (verb, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let argument = argument.trim();
    Some(match verb.to_ascii_lowercase().as_str() {
        "status" => Verb::Status,
        "facts" => Verb::Facts,
        "help" | "" => Verb::Help,
        "start" => Verb::Start,
        "draft" => Verb::Draft,
        "rerun" => Verb::Rerun,
        "waive" => Verb::Waive,
        "keep" => Verb::Keep,
        "drop" => Verb::Drop { reason: argument.to_owned() },
        "settle" => Verb::Settle,
        "override" => {
            let (digest, reason) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
            Verb::Override { digest: digest.to_ascii_lowercase(), reason: reason.trim().to_owned() }
        }
        "pause" => Verb::Pause,
        "resume" => Verb::Resume,
        "ask" | "edit" | "split" | "merge" | "raise" | "lower" | "add" | "challenge" | "accept-risk" | "decline"
        | "defer" => Verb::NotYet { verb: verb.to_ascii_lowercase() },
        _ => Verb::Unknown { verb: verb.chars().take(40).collect() },
    })
}

/// A command as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashCommand<'a> {
    /// What was asked for.
    pub verb: Verb,
    /// The comment.
    pub comment: &'a Comment,
    /// Who typed it.
    pub by: &'a Actor,
    /// The post of ours that began the thread it stands in.
    pub thread: Option<PostKey>,
}

/// Every command that counts, oldest first.
pub fn typed(snapshot: &Snapshot) -> Vec<SlashCommand<'_>> {
    let conversation = snapshot.comments.iter().map(|comment| (comment, None));
    let threads = snapshot.threads.iter().flat_map(|thread| {
        let first = thread.comments.first().and_then(|c| c.marker);
        thread.comments.iter().map(move |comment| (comment, first))
    });
    let mut commands: Vec<_> = conversation
        .chain(threads)
        .filter(|(comment, _)| comment.last_edited_at.is_none() && comment.editor.is_none())
        .filter_map(|(comment, thread)| {
            let by = comment.author.as_ref().filter(|author| author.kind == ActorKind::User)?;
            Some(SlashCommand { verb: parse(comment.body.raw())?, comment, by, thread })
        })
        .collect();
    commands.sort_by(|a, b| (a.comment.created_at, &a.comment.node).cmp(&(b.comment.created_at, &b.comment.node)));
    commands
}

/// What a command is judged by.
pub struct Court<'a> {
    /// The facts.
    pub snapshot: &'a Snapshot,
    /// What was done so far.
    pub record: &'a Record,
    /// The policy.
    pub policy: &'a Policy,
    /// What is in scope.
    pub scope: &'a Scope,
    /// Owners of the documents.
    pub owners: &'a [Ownership],
    /// Digest of the documents as they stand.
    pub documents: &'a Digest,
    /// Now.
    pub now: Timestamp,
}

/// How long a permission that cannot be read is asked for again before the command is refused.
const PATIENCE: Millis = Millis::minutes(10);

/// Commands and presses that were not looked at yet, with what becomes of them. Also when to look again, if a permission
/// could not be read yet.
pub fn decide(court: &Court<'_>) -> (Vec<Pin>, Option<Timestamp>) {
    let mut pins = Vec::new();
    let mut wake = None;
    let mut ordinal = u32::try_from(court.record.commands.len()).unwrap_or(u32::MAX);
    for command in typed(court.snapshot) {
        if court.record.commands.contains_key(&command.comment.node) {
            continue;
        }
        let outcome = match judge(court, &command) {
            Judgement::Is(outcome) => outcome,
            Judgement::CannotTell if court.now < command.comment.created_at.after(PATIENCE) => {
                wake = Some(court.now.after(Millis::minutes(1)));
                continue;
            }
            Judgement::CannotTell => CommandOutcome::Refused { why: Refusal::CannotTell },
        };
        ordinal = ordinal.saturating_add(1);
        pins.extend(consequence(court, &command, &outcome));
        pins.push(Pin::Command(
            command.comment.node.clone(),
            CommandRecord {
                ordinal,
                verb: command.verb.clone(),
                outcome,
                by: command.by.login.clone(),
                at: command.comment.created_at,
                thread: command.thread,
            },
        ));
    }
    for press in court.record.presses.iter().filter(|p| p.outcome.is_none()) {
        match pressed(court, press) {
            Judgement::Is(outcome) => pins.push(Pin::Press { guid: press.guid.clone(), outcome }),
            Judgement::CannotTell if court.now < press.at.after(PATIENCE) => {
                wake = Some(court.now.after(Millis::minutes(1)));
            }
            Judgement::CannotTell => pins.push(Pin::Press {
                guid: press.guid.clone(),
                outcome: CommandOutcome::Refused { why: Refusal::CannotTell },
            }),
        }
    }
    (pins, wake)
}

enum Judgement {
    Is(CommandOutcome),
    CannotTell,
}

impl Judgement {
    const fn refused(why: Refusal) -> Self {
        Self::Is(CommandOutcome::Refused { why })
    }
}

/// What a command changes beside its own row.
fn consequence(court: &Court<'_>, command: &SlashCommand<'_>, outcome: &CommandOutcome) -> Option<Pin> {
    if !matches!(outcome, CommandOutcome::Applied { .. }) {
        return None;
    }
    let number = court.record.revision()?.number;
    match &command.verb {
        Verb::Keep => Some(Pin::Dropped { number, ordinal: command.thread?.ordinal, dropped: None }),
        Verb::Drop { reason } => {
            let dropped = Dropped { by: Some(command.by.login.clone()), reason: reason.clone() };
            Some(Pin::Dropped { number, ordinal: command.thread?.ordinal, dropped: Some(dropped) })
        }
        Verb::Settle => Some(Pin::Curated { number }),
        _ => None,
    }
}

fn judge(court: &Court<'_>, command: &SlashCommand<'_>) -> Judgement {
    let applied = || Judgement::Is(CommandOutcome::Applied { documents: court.documents.clone() });
    let when = |allowed: Owns, refusal: Refusal| match allowed {
        Owns::Yes => applied(),
        Owns::No => Judgement::refused(refusal),
        Owns::CannotTell(_) => Judgement::CannotTell,
    };
    match &command.verb {
        Verb::Status | Verb::Facts | Verb::Help => Judgement::Is(CommandOutcome::Answered),
        Verb::Unknown { .. } => Judgement::refused(Refusal::Unknown),
        Verb::NotYet { .. } => Judgement::refused(Refusal::NotYet),
        Verb::Start | Verb::Pause | Verb::Resume => when(writes(court, command.by), Refusal::WriteOnly),
        Verb::Draft | Verb::Rerun => when(author_or_owner(court, command.by), Refusal::AuthorOrOwner),
        Verb::Waive => match command.thread {
            Some(PostKey { kind: PostKind::Question, .. }) => when(owns(court, command.by), Refusal::OwnersOnly),
            _ => Judgement::refused(Refusal::QuestionThreadOnly),
        },
        Verb::Keep | Verb::Drop { .. } => match (command.thread, court.record.revision()) {
            (Some(PostKey { kind: PostKind::Recommendation, round, .. }), Some(revision))
                if round == revision.number =>
            {
                if matches!(&command.verb, Verb::Drop { reason } if reason.is_empty()) {
                    return Judgement::refused(Refusal::ReasonMissing);
                }
                when(owns(court, command.by), Refusal::OwnersOnly)
            }
            _ => Judgement::refused(Refusal::RecommendationThreadOnly),
        },
        Verb::Settle if court.record.revision().is_none() => Judgement::refused(Refusal::NoDraft),
        Verb::Settle => when(owns(court, command.by), Refusal::OwnersOnly),
        Verb::Override { digest, reason } => match overrides::objection(court, command.by, digest, reason) {
            None => applied(),
            Some(Refusal::CannotTell) => Judgement::CannotTell,
            Some(refusal) => Judgement::refused(refusal),
        },
    }
}

fn pressed(court: &Court<'_>, press: &Press) -> Judgement {
    let Some(person) = court.snapshot.people.get(&press.sender) else {
        return Judgement::CannotTell;
    };
    let allowed = match press.action.as_str() {
        "draft_now" | "run_again" => author_or_owner(court, &person.actor),
        // Looking again is harmless: whoever may press may have it.
        _ => {
            return Judgement::Is(CommandOutcome::Applied { documents: court.documents.clone() });
        }
    };
    match allowed {
        Owns::Yes => Judgement::Is(CommandOutcome::Applied { documents: court.documents.clone() }),
        Owns::No => Judgement::refused(Refusal::AuthorOrOwner),
        Owns::CannotTell(_) => Judgement::CannotTell,
    }
}

fn writes(court: &Court<'_>, person: &Actor) -> Owns {
    match court.snapshot.people.get(&person.id).map(|p| &p.permission) {
        Some(Known::Yes(Permission::Write | Permission::Admin)) => Owns::Yes,
        Some(Known::Yes(_)) => Owns::No,
        Some(Known::Unknown(why)) => Owns::CannotTell(why.clone()),
        None => Owns::CannotTell("not read".to_owned()),
    }
}

/// Whether somebody is a code owner of one of the documents.
fn owns(court: &Court<'_>, person: &Actor) -> Owns {
    match Owns::any(court.owners.iter().map(|ownership| ownership.includes(court.snapshot, person))) {
        Owns::Yes => writes(court, person),
        answer => answer,
    }
}

fn author_or_owner(court: &Court<'_>, person: &Actor) -> Owns {
    if court.snapshot.pull.author.as_ref().is_some_and(|a| a.id == person.id) { Owns::Yes } else { owns(court, person) }
}

/// Recommendations that somebody dropped who was no owner when it was looked at and is one now. Their suggestions are
/// nobody's to commit until an owner says `keep` or `drop` again.
pub fn contested(court: &Court<'_>) -> BTreeSet<u32> {
    let mut contested = BTreeSet::new();
    let Some(revision) = court.record.revision() else { return contested };
    for command in typed(court.snapshot) {
        let Some(PostKey { kind: PostKind::Recommendation, round, ordinal, .. }) = command.thread else { continue };
        let refused = court
            .record
            .commands
            .get(&command.comment.node)
            .is_some_and(|known| matches!(known.outcome, CommandOutcome::Refused { why: Refusal::OwnersOnly }));
        if round == revision.number
            && refused
            && matches!(command.verb, Verb::Drop { .. })
            && owns(court, command.by) != Owns::No
        {
            contested.insert(ordinal);
        }
    }
    contested
}

/// Commands of the record that were applied and fit, oldest first.
pub fn applied<'a>(
    record: &'a Record,
    fits: impl Fn(&CommandRecord) -> bool + 'a,
) -> impl Iterator<Item = &'a CommandRecord> {
    record.commands.values().filter(move |c| matches!(c.outcome, CommandOutcome::Applied { .. }) && fits(c))
}

/// Presses of a button that were applied.
pub fn presses<'a>(record: &'a Record, action: &'a str) -> impl Iterator<Item = &'a Press> {
    record
        .presses
        .iter()
        .filter(move |p| p.action == action && matches!(p.outcome, Some(CommandOutcome::Applied { .. })))
}

/// Whether the app is silenced: the latest of `pause` and `resume` decides.
pub fn paused(record: &Record) -> bool {
    paused_by(record).is_some()
}

/// Who silenced the app, if it is silenced.
pub fn paused_by(record: &Record) -> Option<&str> {
    let latest = applied(record, |c| matches!(c.verb, Verb::Pause | Verb::Resume)).max_by_key(|c| (c.at, c.ordinal))?;
    (latest.verb == Verb::Pause).then_some(&latest.by)
}

/// How often people asked for the analysis to be done anew: part of the draft's key.
pub fn reruns(record: &Record) -> u32 {
    let typed = applied(record, |c| c.verb == Verb::Rerun).count();
    u32::try_from(typed + presses(record, "run_again").count()).unwrap_or(u32::MAX)
}

/// Whether somebody asked to draft now, for these documents.
pub fn draft_now(record: &Record, documents: &Digest) -> bool {
    let typed = applied(record, |c| c.verb == Verb::Draft).any(|c| latched(&c.outcome, documents));
    typed || presses(record, "draft_now").any(|p| p.outcome.as_ref().is_some_and(|o| latched(o, documents)))
}

fn latched(outcome: &CommandOutcome, digest: &Digest) -> bool {
    matches!(outcome, CommandOutcome::Applied { documents } if documents == digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_the_first_line_and_nothing_else() {
        assert_eq!(parse("/threadmodel status\nthanks"), Some(Verb::Status));
        assert_eq!(
            parse("/threadmodel override 3FA91C07  incident 4711\r\nmore"),
            Some(Verb::Override { digest: "3fa91c07".to_owned(), reason: "incident 4711".to_owned() })
        );
        assert_eq!(parse("> /threadmodel status"), None);
        assert_eq!(parse("please /threadmodel status"), None);
        assert_eq!(parse("/threadmodels status"), None);
        assert_eq!(parse("\n/threadmodel status"), None);
        assert_eq!(parse("/threadmodel approve"), Some(Verb::Unknown { verb: "approve".to_owned() }));
    }
}
