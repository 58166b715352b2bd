//! A code owner's own words on a recommendation, where a model is there to read them: plain words in its thread, and what was typed
//! after `edit` and `split`. The model says what is asked for; whether the person may, whether their words say so clearly enough
//! and whether the draft allows it, is decided here and in `commands` by plain code (docs/adr/0012).

use super::commands::{self, Court, Judgement, SlashCommand, Verb};
use super::curation::{self, Asked, Part};
use super::explicit::{self, Says};
use super::marker::{PostKey, PostKind};
use super::ownership::Owns;
use super::pasted;
use super::plain_words;
use super::record::{Analysis, CommandOutcome, CommandRecord, Pin, Revision};
use super::snapshot::{Actor, ActorKind, Comment, Thread};
use super::wanted::WantedAnalysis;
use crate::analyst::{Act, Answer, Mode, RefineInput, Refined, Reply, Task, Titled};
use crate::digest::Canonical;
use crate::evidence;
use crate::threat_model::Wording;
use crate::time::{Millis, Timestamp};

/// Plain words older than this are talk: a model that is set up later does not act on what was said before.
const OLDEST: Millis = Millis::minutes(48 * 60);

/// Longer words are no instruction: nobody reads them for one.
const LONGEST: usize = 6_000;

/// How much of a person's words a command that is shown repeats.
const REPEATED: usize = 300;

/// What is to be done about words.
#[derive(Debug, Default)]
pub(super) struct Refining {
    /// What the record must learn.
    pub pins: Vec<Pin>,
    /// Readings that are missing.
    pub analyses: Vec<WantedAnalysis>,
    /// Words are being read that may change the draft.
    pub pending: bool,
}

/// What is known of one comment's words.
enum State<'a> {
    Wanted(Box<WantedAnalysis>),
    Waiting,
    /// Read; `None`: they ask for nothing, or nobody could tell.
    Read(Option<&'a Refined>),
}

/// What becomes of a command whose words a model may read.
pub(super) enum Worded {
    /// It is carried out as typed, as ever.
    Plainly,
    /// It waits; with the reading, when that was not asked for yet.
    Later(Option<Box<WantedAnalysis>>),
    /// It is carried out as this.
    As(Verb),
    /// It is carried out as typed, because no model put it into words.
    AsTyped,
}

/// `edit` and `split` by a code owner, about a recommendation that stands.
pub(super) fn command(court: &Court<'_>, command: &SlashCommand<'_>) -> Worded {
    let (mode, words) = match &command.verb {
        Verb::Edit { part: Part::Change, exact: false, text, .. } => (Mode::Edit, text.clone()),
        Verb::Split { into, .. } => (Mode::Split, into.join(" | ")),
        _ => return Worded::Plainly,
    };
    let (Some(revision), Some(ordinal)) = (court.record.revision(), command.verb.target()) else {
        return Worded::Plainly;
    };
    let elsewhere = |key: PostKey| key.kind == PostKind::Recommendation && key.round != revision.number;
    let may = commands::owns(court, command.by) == Owns::Yes && curation::is_there(revision, ordinal);
    if !court.refines || words.is_empty() || !may || command.thread.is_some_and(elsewhere) {
        return Worded::Plainly;
    }
    match state(court, revision, mode, ordinal, command.comment, command.by, &words) {
        State::Wanted(analysis) => Worded::Later(Some(analysis)),
        State::Waiting => Worded::Later(None),
        State::Read(read) => match (read.map(|refined| &refined.act), &command.verb) {
            (Some(Act::Edit { wording }), Verb::Edit { target, part, text, exact, .. })
                if changes(revision, ordinal, wording) =>
            {
                let wording = Some(Box::new(wording.clone()));
                Worded::As(Verb::Edit { target: *target, part: *part, text: text.clone(), exact: *exact, wording })
            }
            (Some(Act::Split { into: parts }), Verb::Split { target, into, .. }) => {
                Worded::As(Verb::Split { target: *target, into: into.clone(), parts: parts.clone() })
            }
            _ => Worded::AsTyped,
        },
    }
}

fn changes(revision: &Revision, ordinal: u32, wording: &Wording) -> bool {
    revision.model.recommendations.iter().any(|r| r.ordinal == ordinal && Wording::of(r) != *wording)
}

/// Plain words of code owners in the threads of recommendations, the oldest of each thread first; not those that were written
/// after the approval that opened the gate (`sealed`).
pub(super) fn words(court: &Court<'_>, sealed: Option<Timestamp>) -> Refining {
    let mut result = Refining::default();
    let Some(revision) = court.record.revision().filter(|_| court.refines) else { return result };
    for thread in &court.snapshot.threads {
        let Some(key) = commands::about(thread) else { continue };
        if key.kind != PostKind::Recommendation || key.round != revision.number || !can_change(revision, key.ordinal) {
            continue;
        }
        let Some((comment, by)) = next(court, thread, key, sealed) else { continue };
        let own = own(comment);
        match state(court, revision, Mode::Words, key.ordinal, comment, by, &own) {
            State::Wanted(analysis) => {
                result.pending = true;
                result.analyses.push(*analysis);
            }
            State::Waiting => result.pending = true,
            State::Read(read) => {
                let spoken = Spoken { court, key, comment, by, own: &own };
                result.pins = spoken.resolve(read);
                if !result.pins.is_empty() {
                    // The next look sees what they changed.
                    return result;
                }
            }
        }
    }
    result
}

/// A recommendation that stands, or that was dropped and may come back.
fn can_change(revision: &Revision, ordinal: u32) -> bool {
    curation::is_there(revision, ordinal) || revision.dropped.contains_key(&ordinal)
}

/// The oldest words of a code owner in a thread that nobody read yet.
fn next<'a>(
    court: &Court<'a>,
    thread: &'a Thread,
    key: PostKey,
    sealed: Option<Timestamp>,
) -> Option<(&'a Comment, &'a Actor)> {
    let after = thread.comments.iter().skip_while(|c| c.marker != Some(key)).skip(1);
    let unread = after.filter(|c| !court.record.commands.contains_key(&c.node));
    let in_time =
        unread.filter(|c| sealed.is_none_or(|at| c.created_at <= at) && court.now < c.created_at.after(OLDEST));
    // As a command: by a person, and never edited.
    let words = in_time.filter_map(|comment| {
        let by = comment.author.as_ref().filter(|author| author.kind == ActorKind::User)?;
        let untouched = comment.last_edited_at.is_none() && comment.editor.is_none();
        let plain = comment.marker.is_none() && !comment.minimized && !commands::is_command(comment.body.raw());
        (untouched && plain && !own(comment).is_empty()).then_some((comment, by))
    });
    words
        .filter(|(_, by)| commands::owns(court, by) == Owns::Yes)
        .min_by_key(|(comment, _)| (comment.created_at, &comment.node))
}

/// What a person wrote themselves, without what they quoted; keys and passwords masked.
fn own(comment: &Comment) -> String {
    let lines = comment.body.raw().lines().filter(|line| !line.trim_start().starts_with('>'));
    pasted::masked(lines.collect::<Vec<_>>().join("\n").trim())
}

fn state<'a>(
    court: &Court<'a>,
    revision: &Revision,
    mode: Mode,
    ordinal: u32,
    comment: &Comment,
    by: &Actor,
    words: &str,
) -> State<'a> {
    let Some(about) = revision.model.recommendations.iter().find(|r| r.ordinal == ordinal) else {
        return State::Read(None);
    };
    if words.chars().count() > LONGEST {
        return State::Read(None);
    }
    let wording = Wording::of(about);
    let body = pasted::masked(words);
    // The comment, its words and the recommendation: the titles of the others may change meanwhile without its being read again.
    let key = Canonical::new("refine", 1)
        .int(u64::from(revision.number))
        .int(u64::from(ordinal))
        .text(comment.node.as_str())
        .json(&(mode, &body, &wording, about.severity))
        .finish();
    match court.record.analyses.get(&key) {
        Some(Analysis::Done { answer }) => match &**answer {
            Answer::Refine(read) => State::Read(read.asked_for.as_ref()),
            Answer::Ask(_) | Answer::Assess(_) | Answer::Draft(_) | Answer::Follow(_) => State::Read(None),
        },
        Some(Analysis::Failed { .. }) => State::Read(None),
        Some(Analysis::Waiting { .. }) => State::Waiting,
        None => {
            let story = revision.model.threats.iter().find(|t| t.id == about.threat).map(|t| t.story.clone());
            let others = revision.model.recommendations.iter();
            let others = others.filter(|r| r.ordinal != ordinal && curation::is_there(revision, r.ordinal));
            let masked = |text: &String| pasted::masked(text);
            let input = RefineInput {
                mode,
                ordinal,
                wording: Wording {
                    title: masked(&wording.title),
                    change: masked(&wording.change),
                    alternative: masked(&wording.alternative),
                    trade_off: masked(&wording.trade_off),
                },
                severity: about.severity,
                story: story.as_ref().map(masked).unwrap_or_default(),
                about: masked(&about.anchor.quotation),
                others: others.map(|r| Titled { ordinal: r.ordinal, title: masked(&r.title) }).collect(),
                said: Reply {
                    comment: comment.node.to_string(),
                    login: by.login.clone(),
                    body,
                    at: comment.created_at,
                },
            };
            State::Wanted(Box::new(WantedAnalysis { key, task: Task::Refine(input), not_before: comment.created_at }))
        }
    }
}

/// One comment's plain words.
struct Spoken<'a> {
    court: &'a Court<'a>,
    key: PostKey,
    comment: &'a Comment,
    by: &'a Actor,
    own: &'a str,
}

impl Spoken<'_> {
    /// What is remembered of them, with what they changed. Nothing: not now.
    fn resolve(&self, read: Option<&Refined>) -> Vec<Pin> {
        // Whatever the analyst said: words that do not stand in the comment ask for nothing.
        let Some(read) = read.filter(|read| self.stands(&read.words)) else {
            return self.noted(self.as_a_rule());
        };
        match explicit::says(&read.act, self.key.ordinal, self.own, &read.words) {
            Says::Clearly if self.is_overtaken(&read.act) => self.noted(None),
            Says::Clearly => self.carry_out(read),
            Says::Perhaps => self.noted(Some(self.typed(&read.act))),
            Says::Nothing => self.noted(self.as_a_rule()),
        }
    }

    fn stands(&self, quotation: &str) -> bool {
        evidence::find_in_text(quotation, self.own).is_some()
    }

    /// What the words seem to mean to somebody who has no model.
    fn as_a_rule(&self) -> Option<String> {
        plain_words::meant(self.comment.body.raw())
    }

    /// Remembers that they were read. A command that they may mean is shown once in a thread.
    fn noted(&self, command: Option<String>) -> Vec<Pin> {
        let told = |c: &CommandRecord| c.thread == Some(self.key) && matches!(c.verb, Verb::Meant { .. });
        let told = self.court.record.commands.values().any(told);
        let verb = command.filter(|_| !told).map_or(Verb::Talk, |command| Verb::Meant { command });
        vec![self.record(verb, CommandOutcome::Answered, Asked::Command)]
    }

    fn carry_out(&self, read: &Refined) -> Vec<Pin> {
        let remember = read.remember.clone().filter(|words| self.stands(words));
        let asked = Asked::Words { quotation: read.words.clone(), remember };
        let command = SlashCommand {
            verb: self.verb(read),
            comment: self.comment,
            by: self.by,
            thread: Some(self.key),
            on: None,
            asked: asked.clone(),
        };
        match commands::judge(self.court, &command) {
            Judgement::Is(outcome) => {
                let mut pins: Vec<Pin> = commands::consequence(self.court, &command, &outcome).into_iter().collect();
                pins.push(self.record(command.verb, outcome, asked));
                pins
            }
            Judgement::CannotTell => Vec::new(),
        }
    }

    fn record(&self, verb: Verb, outcome: CommandOutcome, asked: Asked) -> Pin {
        let ordinal = u32::try_from(self.court.record.commands.len()).unwrap_or(u32::MAX).saturating_add(1);
        let (by, at) = (self.by.login.clone(), self.comment.created_at);
        let record = CommandRecord { ordinal, verb, outcome, by, at, thread: Some(self.key), on: None, asked };
        Pin::Command(self.comment.node.clone(), record)
    }

    /// The command that does what is asked for.
    fn verb(&self, read: &Refined) -> Verb {
        let target = Some(self.key.ordinal);
        match &read.act {
            Act::Keep => Verb::Keep { target },
            Act::Drop { reason } => {
                let reason = Some(reason).filter(|reason| self.stands(reason)).unwrap_or(&read.words);
                Verb::Drop { target, reason: reason.clone() }
            }
            Act::Edit { wording } => Verb::Edit {
                target,
                part: Part::Change,
                text: read.words.clone(),
                exact: false,
                wording: Some(Box::new(wording.clone())),
            },
            Act::Split { into } => Verb::Split {
                target,
                into: into.iter().map(|wording| wording.title.clone()).collect(),
                parts: into.clone(),
            },
            Act::Merge { other } => Verb::Merge { target, other: Some(*other) },
            Act::Raise => Verb::Raise { target },
            Act::Lower => Verb::Lower { target },
            Act::Ask { question } => Verb::Ask { topic: question.clone() },
            Act::Add { wording } => Verb::Add { text: read.words.clone(), wording: Some(Box::new(wording.clone())) },
        }
    }

    /// The command to post, in the person's own words where it takes any.
    fn typed(&self, act: &Act) -> String {
        let words = self.own.split_whitespace().collect::<Vec<_>>().join(" ");
        let words: String = words.chars().take(REPEATED).collect();
        match act {
            Act::Keep => "/threadmodel keep".to_owned(),
            Act::Drop { .. } => format!("/threadmodel drop {words}"),
            Act::Edit { .. } => format!("/threadmodel edit {words}"),
            Act::Split { .. } => format!("/threadmodel split {words}"),
            Act::Merge { other } => format!("/threadmodel merge R{other}"),
            Act::Raise => "/threadmodel raise".to_owned(),
            Act::Lower => "/threadmodel lower".to_owned(),
            Act::Ask { .. } => format!("/threadmodel ask {words}"),
            Act::Add { .. } => format!("/threadmodel add {words}"),
        }
    }

    /// A command that was typed after the words, on the same matter, says what is meant.
    fn is_overtaken(&self, act: &Act) -> bool {
        let matter = |verb: &Verb| match verb {
            Verb::Keep { .. } | Verb::Drop { .. } | Verb::Merge { .. } => Some(0),
            Verb::Raise { .. } | Verb::Lower { .. } => Some(1),
            Verb::Edit { .. } | Verb::Split { .. } => Some(2),
            _ => None,
        };
        let mine = match act {
            Act::Keep | Act::Drop { .. } | Act::Merge { .. } => 0,
            Act::Raise | Act::Lower => 1,
            Act::Edit { .. } | Act::Split { .. } => 2,
            Act::Ask { .. } | Act::Add { .. } => return false,
        };
        let later = |c: &CommandRecord| c.at > self.comment.created_at && c.asked.is_command();
        let here = |c: &CommandRecord| c.thread == Some(self.key) || c.verb.target() == Some(self.key.ordinal);
        commands::applied(self.court.record, move |c| later(c) && here(c)).any(|c| matter(&c.verb) == Some(mine))
    }
}
