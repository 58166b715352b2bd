//! `/threadmodel <verb>`: reading a command and deciding whether it is carried out. A command is a fact with an identity: it
//! counts only in a comment written by a person and never edited, and what became of it is recorded once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::curation::{self, Act, Asked, On, What};
use super::issue_ref;
use super::marker::{PostKey, PostKind};
use super::outcome::{Decided, Ending};
use super::overrides;
use super::ownership::{Ownership, Owns};
use super::plain_words;
use super::record::{CommandOutcome, CommandRecord, Dropped, FollowUp, Pin, Press, QuestionKey, Record};
use super::refining::{self, Worded};
use super::scope::Scope;
use super::snapshot::{Actor, ActorKind, Comment, Known, NodeId, Permission, Snapshot, Thread};
use super::verb;
use super::wanted::WantedAnalysis;
use crate::digest::{Canonical, Digest};
use crate::policy::Policy;
use crate::prose::follow_up;
use crate::threat_model::{Assumption, Reading};
use crate::time::{Millis, Timestamp};

pub use super::verb::{Verb, is_command};

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
    /// The draft holds no such recommendation, or holds it no more.
    NotThere,
    /// What was typed does not fit the verb.
    Usage,
    /// It is as severe, or as little severe, as can be.
    NoFurther,
    /// The draft holds no such assumption.
    NoAssumption,
    /// The day is over.
    DayOver,
    /// There is no such issue, as far as the app can see.
    IssueNotFound,
    /// Permission could not be read.
    CannotTell,
    /// Not in this version.
    NotYet,
    /// No such verb.
    Unknown,
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
    /// The post of ours that the thread it stands in is about: its first comment, or a recommendation below a person's words.
    pub thread: Option<PostKey>,
    /// The line that the thread stands on, where the thread is about no recommendation.
    pub on: Option<On>,
    /// How it was asked for.
    pub asked: Asked,
}

/// Every command that counts, oldest first.
pub fn typed(snapshot: &Snapshot) -> Vec<SlashCommand<'_>> {
    let conversation = snapshot.comments.iter().map(|comment| (comment, None, None));
    let threads = snapshot.threads.iter().flat_map(|thread| {
        let (about, on) = (about(thread), on(thread));
        thread.comments.iter().map(move |comment| (comment, about, on.clone()))
    });
    let mut commands: Vec<_> = conversation
        .chain(threads)
        .filter(|(comment, _, _)| comment.last_edited_at.is_none() && comment.editor.is_none())
        .filter_map(|(comment, thread, on)| {
            let by = comment.author.as_ref().filter(|author| author.kind == ActorKind::User)?;
            let of = thread.filter(|key| key.kind == PostKind::Recommendation).map(|key| key.ordinal);
            let on = on.filter(|_| of.is_none());
            let verb = verb::parse(comment.body.raw(), of)?;
            Some(SlashCommand { verb, comment, by, thread, on, asked: Asked::Command })
        })
        .collect();
    commands.sort_by(|a, b| (a.comment.created_at, &a.comment.node).cmp(&(b.comment.created_at, &b.comment.node)));
    commands
}

/// What a thread is about: our post that began it, or our recommendation in a thread that a person began.
pub(super) fn about(thread: &Thread) -> Option<PostKey> {
    let recommendation = |key: &PostKey| key.kind == PostKind::Recommendation;
    let first = thread.comments.first()?.marker;
    first.or_else(|| thread.comments.iter().filter_map(|c| c.marker).find(recommendation))
}

fn on(thread: &Thread) -> Option<On> {
    let first = thread.comments.first()?;
    Some(On { comment: first.id, path: thread.path.clone(), line: thread.line.unwrap_or(1) })
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
    /// Where people see GitHub.
    pub web: &'a str,
    /// A model is there that reads people's words.
    pub refines: bool,
    /// Now.
    pub now: Timestamp,
}

/// What is to be done about commands and presses that were not looked at yet.
#[derive(Debug, Default)]
pub struct Decisions {
    /// What becomes of them.
    pub pins: Vec<Pin>,
    /// When to look again, if a permission could not be read yet.
    pub wake_at: Option<Timestamp>,
    /// Readings that are missing of what was typed.
    pub analyses: Vec<WantedAnalysis>,
    /// Commands wait for such a reading, and will change the draft.
    pub pending: bool,
}

/// How long a permission that cannot be read is asked for again before the command is refused.
const PATIENCE: Millis = Millis::minutes(10);

/// Commands and presses that were not looked at yet, with what becomes of them.
pub fn decide(court: &Court<'_>) -> Decisions {
    let mut pins = Vec::new();
    let mut wake = None;
    let (mut analyses, mut held) = (Vec::new(), BTreeSet::new());
    let mut ordinal = u32::try_from(court.record.commands.len()).unwrap_or(u32::MAX);
    for mut command in typed(court.snapshot) {
        if court.record.commands.contains_key(&command.comment.node) {
            continue;
        }
        // What is being put into words comes first: later commands about the same wait for it.
        if touches(&command.verb, &held) {
            continue;
        }
        match refining::command(court, &command) {
            Worded::Plainly => {}
            Worded::Later(analysis) => {
                held.extend(command.verb.target());
                analyses.extend(analysis.map(|analysis| *analysis));
                continue;
            }
            Worded::As(verb) => command.verb = verb,
            Worded::AsTyped => command.asked = Asked::AsTyped,
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
                on: command.on.clone(),
                asked: command.asked.clone(),
            },
        ));
    }
    if let Some(meant) = meant(court).filter(|_| !court.refines) {
        pins.push(Pin::Command(meant.0, CommandRecord { ordinal: ordinal.saturating_add(1), ..meant.1 }));
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
    Decisions { pins, wake_at: wake, analyses, pending: !held.is_empty() }
}

/// Whether a command is about one of these recommendations.
fn touches(verb: &Verb, held: &BTreeSet<u32>) -> bool {
    let other = match verb {
        Verb::Merge { other, .. } => *other,
        _ => None,
    };
    [verb.target(), other].iter().flatten().any(|ordinal| held.contains(ordinal))
}

/// The oldest plain words of a code owner in a recommendation's thread that seem to ask for something, where the app has not
/// yet said how that is asked for: once in a thread.
fn meant(court: &Court<'_>) -> Option<(NodeId, CommandRecord)> {
    let revision = court.record.revision()?;
    let told = |key: PostKey| {
        let about = |c: &CommandRecord| c.thread == Some(key) && matches!(c.verb, Verb::Meant { .. });
        court.record.commands.values().any(about)
    };
    let threads = court.snapshot.threads.iter().filter_map(|thread| Some((thread, about(thread)?)));
    let of_draft = threads.filter(|(_, key)| key.kind == PostKind::Recommendation && key.round == revision.number);
    let words = of_draft.filter(|(_, key)| !told(*key)).flat_map(|(thread, key)| {
        let after = thread.comments.iter().skip_while(move |c| c.marker != Some(key)).skip(1);
        after.map(move |comment| (comment, key))
    });
    let wishes = words.filter_map(|(comment, key)| {
        let by = comment.author.as_ref().filter(|author| author.kind == ActorKind::User)?;
        let plain = comment.marker.is_none() && !comment.minimized && !is_command(comment.body.raw());
        let command = plain.then(|| plain_words::meant(comment.body.raw()))??;
        (owns(court, by) == Owns::Yes).then_some((comment, key, by, command))
    });
    let (comment, key, by, command) = wishes.min_by_key(|(comment, ..)| (comment.created_at, &comment.node))?;
    let record = CommandRecord {
        ordinal: 0,
        verb: Verb::Meant { command },
        outcome: CommandOutcome::Answered,
        by: by.login.clone(),
        at: comment.created_at,
        thread: Some(key),
        on: None,
        asked: Asked::Command,
    };
    Some((comment.node.clone(), record))
}

pub(super) enum Judgement {
    Is(CommandOutcome),
    CannotTell,
}

impl Judgement {
    const fn refused(why: Refusal) -> Self {
        Self::Is(CommandOutcome::Refused { why })
    }
}

/// What a command changes beside its own row.
pub(super) fn consequence(court: &Court<'_>, command: &SlashCommand<'_>, outcome: &CommandOutcome) -> Option<Pin> {
    if !matches!(outcome, CommandOutcome::Applied { .. }) {
        return None;
    }
    let revision = court.record.revision()?;
    let number = revision.number;
    match &command.verb {
        Verb::Keep { target } => Some(Pin::Dropped { number, ordinal: (*target)?, dropped: None }),
        Verb::Drop { target, reason } => {
            let dropped = Dropped { by: Some(command.by.login.clone()), reason: reason.clone() };
            Some(Pin::Dropped { number, ordinal: (*target)?, dropped: Some(dropped) })
        }
        Verb::Settle => Some(Pin::Curated { number }),
        Verb::Challenge { assumption } => {
            let assumption = revision.model.assumptions.iter().find(|a| Some(a.ordinal) == *assumption)?;
            let id = asked_about(court.record, assumption)?;
            let after = Canonical::new("challenge", 1).text(command.comment.node.as_str()).finish();
            let follow_up = follow_up::challenge(&command.by.login, assumption);
            Some(Pin::FollowUp(id, FollowUp { after, reading: Reading::Unclear { follow_up }, heard: None }))
        }
        _ => {
            let act = act(court, command).map(|act| Pin::Curate { number, act });
            act.or_else(|| {
                let (ordinal, decided) = decided(court, command)?;
                Some(Pin::Outcome { number, ordinal, decided })
            })
        }
    }
}

/// The question that was asked about what an assumption now takes for granted.
pub fn asked_about(record: &Record, assumption: &Assumption) -> Option<QuestionKey> {
    let concern = assumption.concern.as_deref().unwrap_or(&assumption.about);
    let all = record.rounds.iter().flat_map(|round| {
        (1..).zip(&round.questions).map(|(ordinal, question)| (QuestionKey { round: round.ordinal, ordinal }, question))
    });
    all.filter(|(_, question)| !concern.is_empty() && question.concern == concern).map(|(id, _)| id).last()
}

/// The act of curation that a command asks for.
fn act(court: &Court<'_>, command: &SlashCommand<'_>) -> Option<Act> {
    let what = match &command.verb {
        Verb::Edit { target, wording: Some(wording), .. } => {
            What::Rewrite { ordinal: (*target)?, wording: wording.clone() }
        }
        Verb::Edit { target, part, text, .. } => What::Edit { ordinal: (*target)?, part: *part, text: text.clone() },
        Verb::Raise { target } => What::Raise { ordinal: (*target)? },
        Verb::Lower { target } => What::Lower { ordinal: (*target)? },
        Verb::Merge { target, other } => What::Merge { ordinal: (*target)?, other: (*other)? },
        Verb::Split { target, parts, .. } if !parts.is_empty() => {
            What::Divide { ordinal: (*target)?, into: parts.clone() }
        }
        Verb::Split { target, into, .. } => What::Split { ordinal: (*target)?, into: into.clone() },
        Verb::Add { text, wording } => {
            let path = court.scope.documents.first().map(|d| d.path.clone()).unwrap_or_default();
            What::Add { text: text.clone(), on: command.on.clone(), path, wording: wording.clone() }
        }
        _ => return None,
    };
    let at = command.comment.created_at;
    let (node, by, asked) = (command.comment.node.clone(), command.by.login.clone(), command.asked.clone());
    Some(Act { node, by, at, what, asked })
}

/// The end of a recommendation that a command says.
fn decided(court: &Court<'_>, command: &SlashCommand<'_>) -> Option<(u32, Decided)> {
    let (target, what) = match &command.verb {
        Verb::AcceptRisk { target, reason, until } => {
            (target, Ending::RiskAccepted { reason: reason.clone(), until: *until })
        }
        Verb::Decline { target, reason } => (target, Ending::Declined { reason: reason.clone() }),
        Verb::Defer { target, issue } => (target, Ending::Deferred { issue: issue_named(court, issue)? }),
        _ => return None,
    };
    let owner = owns(court, command.by) == Owns::Yes;
    let (node, by, who) = (command.comment.node.clone(), command.by.login.clone(), command.by.id);
    Some(((*target)?, Decided { node, by, who, owner, at: command.comment.created_at, what }))
}

fn issue_named(court: &Court<'_>, typed: &str) -> Option<String> {
    issue_ref::parse(typed, &court.snapshot.repository, court.web)
}

pub(super) fn judge(court: &Court<'_>, command: &SlashCommand<'_>) -> Judgement {
    let applied = || Judgement::Is(CommandOutcome::Applied { documents: court.documents.clone() });
    let when = |allowed: Owns, refusal: Refusal| match allowed {
        Owns::Yes => applied(),
        Owns::No => Judgement::refused(refusal),
        Owns::CannotTell(_) => Judgement::CannotTell,
    };
    let by_owner = || when(owns(court, command.by), Refusal::OwnersOnly);
    let or = |problem: Option<Refusal>, allowed: Judgement| match (allowed, problem) {
        (Judgement::Is(CommandOutcome::Applied { .. }), Some(problem)) => Judgement::refused(problem),
        (allowed, _) => allowed,
    };
    match &command.verb {
        Verb::Status | Verb::Facts | Verb::Help => Judgement::Is(CommandOutcome::Answered),
        Verb::Unknown { .. } => Judgement::refused(Refusal::Unknown),
        // Never typed.
        Verb::NotYet { .. } | Verb::Meant { .. } | Verb::Talk => Judgement::refused(Refusal::NotYet),
        Verb::Start | Verb::Pause | Verb::Resume => when(writes(court, command.by), Refusal::WriteOnly),
        Verb::Draft | Verb::Rerun => when(author_or_owner(court, command.by), Refusal::AuthorOrOwner),
        Verb::Ask { topic } => or(topic.is_empty().then_some(Refusal::Usage), by_owner()),
        Verb::Waive => match command.thread {
            Some(PostKey { kind: PostKind::Question, .. }) => by_owner(),
            _ => Judgement::refused(Refusal::QuestionThreadOnly),
        },
        Verb::Settle if court.record.revision().is_none() => Judgement::refused(Refusal::NoDraft),
        Verb::Settle => by_owner(),
        Verb::Challenge { assumption } => or(challengeable(court, *assumption), by_owner()),
        Verb::Add { text, .. } if court.record.revision().is_none() && !text.is_empty() => {
            Judgement::refused(Refusal::NoDraft)
        }
        Verb::Add { text, .. } => or(text.is_empty().then_some(Refusal::Usage), by_owner()),
        Verb::Keep { .. }
        | Verb::Drop { .. }
        | Verb::Edit { .. }
        | Verb::Split { .. }
        | Verb::Merge { .. }
        | Verb::Raise { .. }
        | Verb::Lower { .. }
        | Verb::AcceptRisk { .. } => or(unfit(court, command), by_owner()),
        Verb::Defer { issue, .. } => match or(unfit(court, command), by_owner()) {
            Judgement::Is(CommandOutcome::Applied { .. }) => issue_judged(court, issue),
            other => other,
        },
        Verb::Decline { .. } => {
            or(unfit(court, command), when(author_or_owner(court, command.by), Refusal::AuthorOrOwner))
        }
        Verb::Override { digest, reason } => match overrides::objection(court, command.by, digest, reason) {
            None => applied(),
            Some(Refusal::CannotTell) => Judgement::CannotTell,
            Some(refusal) => Judgement::refused(refusal),
        },
    }
}

/// Why a command about a recommendation cannot be carried out on this draft, whoever typed it.
fn unfit(court: &Court<'_>, command: &SlashCommand<'_>) -> Option<Refusal> {
    let Some(revision) = court.record.revision() else { return Some(Refusal::NoDraft) };
    let elsewhere = |key: PostKey| key.kind == PostKind::Recommendation && key.round != revision.number;
    let Some(ordinal) = command.verb.target().filter(|_| !command.thread.is_some_and(elsewhere)) else {
        return Some(Refusal::RecommendationThreadOnly);
    };
    let there = curation::is_there(revision, ordinal);
    let known = revision.model.recommendations.iter().any(|r| r.ordinal == ordinal);
    match &command.verb {
        Verb::Keep { .. } => (!known || curation::gone_into(revision, ordinal).is_some()).then_some(Refusal::NotThere),
        Verb::Drop { reason, .. } => {
            if known {
                reason.is_empty().then_some(Refusal::ReasonMissing)
            } else {
                Some(Refusal::NotThere)
            }
        }
        _ if !there => Some(Refusal::NotThere),
        Verb::AcceptRisk { reason, .. } | Verb::Decline { reason, .. } if reason.is_empty() => {
            Some(Refusal::ReasonMissing)
        }
        Verb::AcceptRisk { until: Some(until), .. } if *until < court.now => Some(Refusal::DayOver),
        Verb::Merge { other: Some(other), .. } if !curation::is_there(revision, *other) => Some(Refusal::NotThere),
        Verb::Raise { .. } | Verb::Lower { .. } => {
            let fits = act(court, command).is_some_and(|act| curation::fits(revision, &act.what));
            (!fits).then_some(Refusal::NoFurther)
        }
        Verb::Edit { .. } | Verb::Split { .. } | Verb::Merge { .. } => {
            let fits = act(court, command).is_some_and(|act| curation::fits(revision, &act.what));
            (!fits).then_some(Refusal::Usage)
        }
        Verb::Defer { issue, .. } => issue_named(court, issue).is_none().then_some(Refusal::Usage),
        _ => None,
    }
}

fn challengeable(court: &Court<'_>, assumption: Option<u32>) -> Option<Refusal> {
    let Some(revision) = court.record.revision() else { return Some(Refusal::NoDraft) };
    let Some(assumption) = assumption else { return Some(Refusal::Usage) };
    let known = revision.model.assumptions.iter().any(|a| a.ordinal == assumption);
    (!known).then_some(Refusal::NoAssumption)
}

/// An issue to which something is put off has to be there.
fn issue_judged(court: &Court<'_>, typed: &str) -> Judgement {
    let known = issue_named(court, typed).and_then(|issue| court.snapshot.issues.get(&issue));
    match known {
        Some(Known::Yes(true)) => Judgement::Is(CommandOutcome::Applied { documents: court.documents.clone() }),
        Some(Known::Yes(false)) => Judgement::refused(Refusal::IssueNotFound),
        Some(Known::Unknown(_)) | None => Judgement::CannotTell,
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
pub(super) fn owns(court: &Court<'_>, person: &Actor) -> Owns {
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
        let Verb::Drop { target: Some(ordinal), .. } = command.verb else { continue };
        let earlier =
            command.thread.is_some_and(|key| key.kind == PostKind::Recommendation && key.round != revision.number);
        let known = court.record.commands.get(&command.comment.node);
        let refused = known.is_some_and(|c| matches!(c.outcome, CommandOutcome::Refused { why: Refusal::OwnersOnly }));
        if !earlier && refused && owns(court, command.by) != Owns::No {
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
