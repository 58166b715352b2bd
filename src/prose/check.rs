//! The check run: the status page of a review. A title of one line and a summary that says what is wanted of whom, and why.

mod owners;
mod reasons;

use super::cite;
use super::link::{Context, RepoLink};
use super::markdown::{
    SafeMarkdown, and, blocks, code, count, diff_block, join, lines, link_maybe, list, login_quiet, number, or,
    ordinal, plain, say_when, sentence, small, strong, text, time, time_plain, told, words,
};
use super::unseen::unseen;
use crate::digest::Digest;
use crate::document::Hidden;
use crate::review::snapshot::CodeownersError;
use crate::review::spent::StoodIn;
use crate::review::verdict::{DocumentNeeds, Ground, Reason, TrivialRule, Verdict};
use crate::review::wanted::Phase;
use crate::say;
use crate::threat_model::{News, NewsKind};
use crate::time::Timestamp;

/// GitHub shows a title on one line.
const MAX_TITLE: usize = 120;

/// What the check says, beside phase and verdict. Everything that does not apply stays empty.
#[derive(Clone, Debug, Default)]
pub struct CheckDetails<'a> {
    /// The changed design documents.
    pub documents: Vec<&'a str>,
    /// Why the app is quiet, in [`Phase::NotStarted`].
    pub quiet: Option<Quiet<'a>>,
    /// Who said `pause`.
    pub paused_by: Option<&'a str>,
    /// What is wrong with the policy, in [`Phase::PolicyBroken`].
    pub policy: Option<PolicyTrouble<'a>>,
    /// Open questions, in order.
    pub questions: Vec<WaitingQuestion<'a>>,
    /// When the draft goes ahead without the answers, if it does.
    pub draft_at: Option<Timestamp>,
    /// Every document's owners and approvals, those that are complete too.
    pub approvals: Vec<DocumentNeeds>,
    /// The draft, once there is one.
    pub draft: Option<DraftState>,
    /// What keeps failing, or why an answer takes long.
    pub trouble: Option<Trouble<'a>>,
    /// Threads that must be resolved, where a rule of the branch demands it.
    pub unresolved: usize,
    /// Lines of CODEOWNERS that GitHub skips.
    pub skipped_lines: Vec<CodeownersError>,
    /// Files of the organisation's context, and of its decisions, that are not read: each as `path: why`.
    pub not_read: &'a [String],
    /// The only valid code owner is the author.
    pub only_owner_is_author: bool,
    /// How to let it through without approval.
    pub way_through: Option<WayThrough<'a>>,
    /// What changed since somebody approved.
    pub changed_since: Option<ChangedSince<'a>>,
    /// What a push since the draft seems to have changed in the design.
    pub news: &'a [News],
    /// What a reader does not see of the documents, each with its path, while no draft tells it.
    pub unseen: Vec<(&'a str, &'a Hidden)>,
    /// Tokens spent, and the limit.
    pub spent: Option<(u64, u64)>,
    /// Where the built-in analyst did what a model was to do.
    pub stood_in: &'a [StoodIn],
}

/// Why the app has not started by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet<'a> {
    /// The pull request is a draft.
    DraftPullRequest,
    /// It was opened before the app was installed.
    OpenedBeforeInstallation,
    /// The author is no member or collaborator.
    Outsider {
        /// The author; none where the account is gone.
        login: Option<&'a str>,
    },
}

/// What is wrong with the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyTrouble<'a> {
    /// The file.
    pub path: &'a str,
    /// 1-based, when known.
    pub line: Option<u32>,
    /// 1-based, when known.
    pub column: Option<u32>,
    /// What, as a sentence; names between backticks are shown as code.
    pub message: &'a str,
    /// The branch it is read from.
    pub branch: &'a str,
}

/// A question that waits.
#[derive(Clone, Debug)]
pub struct WaitingQuestion<'a> {
    /// Its words.
    pub text: &'a str,
    /// Its document.
    pub document: &'a str,
    /// Its thread.
    pub link: Option<RepoLink>,
    /// A follow-up waits, not the question itself.
    pub asked_again: bool,
    /// Somebody without a say answered, and nobody has confirmed it.
    pub unconfirmed: Option<&'a str>,
}

/// Where the draft stands.
#[derive(Clone, Debug, Default)]
pub struct DraftState {
    /// Its revision, from 1.
    pub revision: u32,
    /// Its review.
    pub link: Option<RepoLink>,
    /// Recommendations that nobody dropped.
    pub kept: usize,
    /// Dropped ones.
    pub dropped: usize,
    /// Of the kept ones: applied to the document.
    pub adopted: usize,
    /// Of the kept ones: declined, with a code owner's say.
    pub declined: usize,
    /// Of the kept ones: the risk is accepted.
    pub accepted: usize,
    /// The earliest end of an accepted risk, if one is accepted for a time.
    pub accepted_until: Option<Timestamp>,
    /// Of the kept ones: put off to an issue.
    pub deferred: usize,
    /// The numbers of the assumptions that it states.
    pub assumptions: Vec<u32>,
}

/// What does not go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble<'a> {
    /// What, as a sentence in plain words.
    pub what: &'a str,
    /// When the next attempt is made.
    pub next: Option<Timestamp>,
}

/// The override.
#[derive(Clone, Debug)]
pub struct WayThrough<'a> {
    /// The digest of what is seen now.
    pub digest: &'a Digest,
    /// Teams whose members may.
    pub teams: Vec<String>,
}

/// What changed since an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedSince<'a> {
    /// Who approved.
    pub by: &'a str,
    /// The difference of the documents since, as unified diff.
    pub diff: &'a str,
}

/// The check's title: plain text, one line.
pub fn title(context: &Context, phase: Phase, verdict: &Verdict, details: &CheckDetails<'_>) -> String {
    let title = match verdict {
        Verdict::Open { ground: Ground::AdviseMode { would_be_open: true } } => {
            "Advises only; nothing is open".to_owned()
        }
        Verdict::Open { ground: Ground::AdviseMode { would_be_open: false } } => {
            format!("Advises only ({})", lower_first(&phase_title(context, phase, &[], details)))
        }
        Verdict::Open { ground } => ground_title(ground),
        Verdict::Closed { reasons } => phase_title(context, phase, reasons, details),
    };
    plain(&title, MAX_TITLE)
}

fn lower_first(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

fn upper_first(phrase: &str) -> String {
    let mut chars = phrase.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn ground_title(ground: &Ground) -> String {
    match ground {
        Ground::Approved { by } => format!("Approved by {}", people(by)),
        Ground::Overridden { by, reason } => format!("Overridden by {}: {}", people([by]), reason.raw()),
        Ground::TrivialByRule { rule: TrivialRule::ContentEqual, nod } if nod.is_empty() => {
            "The documents say the same as before".to_owned()
        }
        Ground::TrivialByRule { rule: TrivialRule::Paths, nod } if nod.is_empty() => {
            "Only files that the policy calls trivial".to_owned()
        }
        Ground::TrivialByRule { nod, .. } => format!("Trivial change, seen by {}", people(nod)),
        Ground::NoDesignDocuments => "No design document changed".to_owned(),
        Ground::AdviseMode { .. } => "Advises only".to_owned(),
    }
}

/// Names in a plain-text list, each with its `@`.
fn people<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("@{}", n.strip_prefix('@').unwrap_or(n))).collect();
    match names.split_last() {
        None => "nobody".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn phase_title(context: &Context, phase: Phase, reasons: &[Reason], details: &CheckDetails<'_>) -> String {
    let file = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    match phase {
        Phase::OutOfScope => "No design document changed".to_owned(),
        Phase::Trivial => match owners::asked(&details.approvals) {
            who if who.is_empty() => reasons::title(reasons).unwrap_or_else(|| "Trivial change".to_owned()),
            who => format!("Trivial change: waits for a look by {}", people(&who)),
        },
        Phase::NotStarted => "Not started: /threadmodel start begins".to_owned(),
        Phase::Paused => "Paused: /threadmodel resume goes on".to_owned(),
        Phase::PolicyBroken => match details.policy {
            Some(PolicyTrouble { path, line: Some(line), .. }) => {
                format!("{} has a mistake in line {line}", file(path))
            }
            Some(PolicyTrouble { path, line: None, .. }) => format!("{} cannot be used", file(path)),
            None => "The policy cannot be used".to_owned(),
        },
        Phase::Reading => match details.documents.as_slice() {
            [] => "Reading".to_owned(),
            [one] => format!("Reading {}", file(one)),
            many => format!("Reading {} documents", many.len()),
        },
        Phase::Questioning => match details.questions.len() {
            1 => "1 question waits for an answer".to_owned(),
            n => format!("{n} questions wait for an answer"),
        },
        Phase::Drafting => match details.trouble {
            Some(Trouble { next: Some(next), .. }) => {
                format!("Drafting is delayed; tries again at {}", time_plain(next, context.now))
            }
            _ => "Drafting".to_owned(),
        },
        Phase::Curation | Phase::Approved | Phase::Overridden => match reasons::title(reasons) {
            Some(title) => title,
            None if owners::asked(&details.approvals).is_empty() => "Waits for the code owners".to_owned(),
            None => format!("Waits for {}", people(&owners::asked(&details.approvals))),
        },
        Phase::Failed => match details.trouble {
            Some(trouble) => format!("Failed: {}", trouble.what),
            None => "Failed".to_owned(),
        },
        Phase::Closed => "Closed".to_owned(),
    }
}

/// The check's summary.
pub fn summary(context: &Context, phase: Phase, verdict: &Verdict, details: &CheckDetails<'_>) -> SafeMarkdown {
    let advice = match verdict {
        Verdict::Open { ground: Ground::AdviseMode { would_be_open: true } } => words(
            "This repository's policy only advises (`mode: advise`). With `enforce` the check would pass as well.",
        ),
        Verdict::Open { ground: Ground::AdviseMode { would_be_open: false } } => words(
            "This repository's policy only advises (`mode: advise`), so the check passes. With `enforce` it would not:",
        ),
        _ => SafeMarkdown::default(),
    };
    let reasons = match verdict {
        Verdict::Closed { reasons } => reasons.as_slice(),
        Verdict::Open { .. } => &[],
    };
    let said = match verdict {
        Verdict::Open {
            ground:
                ground @ (Ground::Approved { .. }
                | Ground::Overridden { .. }
                | Ground::TrivialByRule { .. }
                | Ground::NoDesignDocuments),
        } => join(". ", [ground_said(ground), accepted(ground, details)]),
        _ => phase_said(context, phase, reasons, details),
    };
    let facts = lines([
        owners::documents(context, &details.approvals),
        list(0, [draft_line(details), spent(details)].into_iter().chain(stood_in(details))),
    ]);
    blocks([
        advice,
        said,
        reasons::all(context, reasons),
        facts,
        resolution(details),
        lone_owner(details),
        skipped_lines(details),
        not_read(details),
        later_questions(phase, details),
        news(context, details),
        changed(details),
        unseen(context, &details.unseen),
        way_through(verdict, details),
    ])
    .capped()
}

fn ground_said(ground: &Ground) -> SafeMarkdown {
    let names = |who: &[String]| and(who.iter().map(|w| login_quiet(w)).collect());
    match ground {
        Ground::Approved { by } => strong(&say!("Approved by {}", names(by))),
        Ground::Overridden { by, reason } => say!(
            "**Let through without approval** by {}: {}\n\nThis ends when a design document, the base or the draft changes.",
            login_quiet(by),
            text(reason.raw())
        ),
        Ground::TrivialByRule { rule, nod } => {
            let why = match rule {
                TrivialRule::ContentEqual => {
                    words("The documents' content, visible and hidden, is the same as before.")
                }
                TrivialRule::Paths => words("Only files of `trivial.paths` changed."),
            };
            let seen = if nod.is_empty() { SafeMarkdown::default() } else { say!(" Seen by {}.", names(nod)) };
            say!("{}{}", why, seen)
        }
        Ground::NoDesignDocuments => {
            words("No changed file matches `documents` in the policy, so there is nothing to review here.")
        }
        Ground::AdviseMode { .. } => SafeMarkdown::default(),
    }
}

/// Approving accepts what nobody said.
fn accepted(ground: &Ground, details: &CheckDetails<'_>) -> SafeMarkdown {
    let numbers = details.draft.as_ref().map(|draft| draft.assumptions.as_slice()).unwrap_or_default();
    match ground {
        Ground::Approved { .. } if !numbers.is_empty() => say!("With it, {} accepted.", is_or_are(numbers)),
        _ => SafeMarkdown::default(),
    }
}

fn is_or_are(numbers: &[u32]) -> SafeMarkdown {
    let verb = if numbers.len() == 1 { "is" } else { "are" };
    say!("{} {}", assumptions(numbers), words(verb))
}

fn phase_said(context: &Context, phase: Phase, reasons: &[Reason], details: &CheckDetails<'_>) -> SafeMarkdown {
    match phase {
        Phase::OutOfScope => {
            words("No changed file matches `documents` in the policy, so there is nothing to review here.")
        }
        Phase::Trivial => words(
            "The change is trivial by rule, so there are no questions and no draft. The policy wants a code owner to look at it: an ordinary approval will do.",
        ),
        Phase::NotStarted => not_started(details),
        Phase::Paused => say!(
            "**Paused**{}. The check stays closed meanwhile. {} goes on.",
            details.paused_by.map_or_else(SafeMarkdown::default, |by| say!(" by {}", login_quiet(by))),
            words("`/threadmodel resume`")
        ),
        Phase::PolicyBroken => policy_broken(details),
        Phase::Reading => say!(
            "Reading{}. Questions, if there are any, come as one review.{}",
            say_when((!details.documents.is_empty()).then_some(&details.documents), |documents| {
                say!(" {}", cite::documents(documents.iter().copied()))
            }),
            trouble(context, details)
        ),
        Phase::Questioning => questioning(context, details),
        Phase::Drafting => {
            say!("The draft threat model is being written; there is nothing to do.{}", trouble(context, details))
        }
        Phase::Curation | Phase::Approved | Phase::Overridden => match owners::wanted(&details.approvals, reasons) {
            wanted if wanted.is_empty() => SafeMarkdown::default(),
            wanted => strong(&say!("Waits for {}", wanted)),
        },
        Phase::Failed => say!(
            "**This did not work**{}\n\nAnswers and approvals are kept. Press “Try again”, or wait for the next attempt.",
            trouble(context, details)
        ),
        Phase::Closed => words("The pull request is closed."),
    }
}

fn trouble(context: &Context, details: &CheckDetails<'_>) -> SafeMarkdown {
    let Some(trouble) = details.trouble else { return SafeMarkdown::default() };
    let next = say_when(trouble.next, |at| say!(" Next attempt at {}.", time(at, context.now)));
    say!("\n\n{}{}", sentence(&upper_first(trouble.what)), next)
}

fn not_started(details: &CheckDetails<'_>) -> SafeMarkdown {
    let because = match details.quiet {
        Some(Quiet::DraftPullRequest) => words(
            "This pull request is a draft. The questions come when it is ready for review, or with `/threadmodel start`.",
        ),
        Some(Quiet::OpenedBeforeInstallation) => words(
            "This pull request is older than the app's installation, so nothing was asked. Somebody with write access can begin with `/threadmodel start`.",
        ),
        Some(Quiet::Outsider { login }) => say!(
            "{} is new to this repository. Somebody with write access can begin with `/threadmodel start`.",
            login.map_or_else(|| words("The author"), login_quiet)
        ),
        None => words("Somebody with write access can begin with `/threadmodel start`."),
    };
    say!("**Not started.** {}", because)
}

fn policy_broken(details: &CheckDetails<'_>) -> SafeMarkdown {
    let Some(policy) = details.policy else {
        return words("The policy cannot be used. Until that is fixed the check stays closed.");
    };
    let place = join(
        ", ",
        [
            code(policy.path),
            say_when(policy.line, |line| say!("line {}", ordinal(line))),
            say_when(policy.column, |column| say!("column {}", ordinal(column))),
        ],
    );
    say!(
        "{}: {} Until this is fixed on {} the check stays closed.",
        place,
        sentence(policy.message),
        code(policy.branch)
    )
}

fn questioning(context: &Context, details: &CheckDetails<'_>) -> SafeMarkdown {
    let wait = match details.questions.len() {
        1 => words("**1 question waits for an answer**"),
        n => strong(&say!("{} questions wait for an answer", number(n as u64))),
    };
    let questions = details.questions.iter().map(waiting);
    let then = match details.draft_at {
        Some(at) => say!("Without answers the draft goes ahead on stated assumptions at {}.", time(at, context.now)),
        None => words(
            "What nobody can answer becomes a stated assumption: press “Draft now”, or comment `/threadmodel draft`.",
        ),
    };
    blocks([wait, list(0, questions), then])
}

fn waiting(q: &WaitingQuestion<'_>) -> SafeMarkdown {
    let again = if q.asked_again { words(", asked again") } else { SafeMarkdown::default() };
    let unconfirmed =
        say_when(q.unconfirmed, |by| say!(", {} answered and waits for a member to confirm", login_quiet(by)));
    let asked = link_maybe(&told_without_links(q.text), q.link.as_ref());
    say!("{} ({}{}{})", asked, cite::document(q.document), again, unconfirmed)
}

fn told_without_links(question: &str) -> SafeMarkdown {
    told(&plain(question, 200))
}

fn draft_line(details: &CheckDetails<'_>) -> SafeMarkdown {
    let Some(draft) = &details.draft else { return SafeMarkdown::default() };
    let name = say!("Draft r{}", ordinal(draft.revision));
    let dropped = say_when((draft.dropped > 0).then_some(draft.dropped), |n| say!("{} dropped", number(n as u64)));
    let some =
        |n: usize, said: &'static str| say_when((n > 0).then_some(n), |n| say!("{} {}", number(n as u64), words(said)));
    let until = say_when(draft.accepted_until, |at| say!(" until {}", super::markdown::day(at)));
    let ended = [
        some(draft.adopted, "adopted"),
        some(draft.declined, "declined"),
        some(draft.accepted, "with its risk accepted").then(&until),
        some(draft.deferred, "deferred"),
    ];
    let kept = if draft.kept == 0 && draft.dropped == 0 {
        words("no recommendations")
    } else {
        say!("{} kept", count(draft.kept, "recommendation", "recommendations"))
    };
    let assumptions = assumptions(&draft.assumptions);
    let first = [link_maybe(&name, draft.link.as_ref()), kept, dropped];
    join(", ", first.into_iter().chain(ended).chain([assumptions]))
}

/// `assumption A1`, `assumptions A1–A3`, `assumptions A1, A4`.
fn assumptions(numbers: &[u32]) -> SafeMarkdown {
    let name = |n: &u32| say!("A{}", ordinal(*n));
    match numbers {
        [] => SafeMarkdown::default(),
        [one] => say!("assumption {}", name(one)),
        [first, .., last]
            if last.checked_sub(*first) == u32::try_from(numbers.len()).ok().and_then(|n| n.checked_sub(1)) =>
        {
            say!("assumptions {}–{}", name(first), name(last))
        }
        some => say!("assumptions {}", join(", ", some.iter().map(name))),
    }
}

fn spent(details: &CheckDetails<'_>) -> SafeMarkdown {
    say_when(details.spent, |(spent, limit)| say!("Spent: {} tokens of {}", number(spent), number(limit)))
}

/// What was done instead of the model, each reason once with what it is the reason for; the reasons are ours.
fn stood_in<'d>(details: &'d CheckDetails<'_>) -> impl Iterator<Item = SafeMarkdown> + use<'d> {
    let done = |task: &str| match task {
        "ask" | "triage" => "the questions",
        "assess" => "the reading of replies",
        "draft" => "the draft",
        "refine" => "the reading of code owners' words",
        _ => "the reading of a push",
    };
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in details.stood_in {
        let what = done(&one.task);
        match by_reason.iter_mut().find(|(why, _)| *why == one.why) {
            Some((_, tasks)) if tasks.contains(&what) => {}
            Some((_, tasks)) => tasks.push(what),
            None => by_reason.push((&one.why, vec![what])),
        }
    }
    by_reason.into_iter().map(|(why, tasks)| {
        let tasks = and(tasks.into_iter().map(text).collect());
        say!("By the built-in analyst instead of the model: {}, since {}", tasks, told(why))
    })
}

fn resolution(details: &CheckDetails<'_>) -> SafeMarkdown {
    match details.unresolved {
        0 => SafeMarkdown::default(),
        n => say!(
            "This branch wants conversations resolved before merging: please resolve {}.",
            count(n, "thread", "threads")
        ),
    }
}

fn lone_owner(details: &CheckDetails<'_>) -> SafeMarkdown {
    if !details.only_owner_is_author {
        return SafeMarkdown::default();
    }
    words(
        "The only code owner is the author of this pull request, whose approval does not count. Ways out: name a second owner in CODEOWNERS, set `approval.fallback` in the policy, or let somebody else open the pull request.",
    )
}

fn skipped_lines(details: &CheckDetails<'_>) -> SafeMarkdown {
    let lines = details.skipped_lines.iter().take(20);
    let lines = lines.map(|l| say!("line {}: {}, {}", ordinal(l.line), code(&l.source), text(&l.kind.to_lowercase())));
    match details.skipped_lines.len() {
        0 => SafeMarkdown::default(),
        n => super::markdown::details("Lines of CODEOWNERS that GitHub skips", Some(n), &list(0, lines)),
    }
}

fn not_read(details: &CheckDetails<'_>) -> SafeMarkdown {
    match details.not_read.len() {
        0 => SafeMarkdown::default(),
        n => super::markdown::details(
            "What the organisation keeps as context, and could not be read",
            Some(n),
            &list(0, details.not_read.iter().take(20).map(|file| told(file))),
        ),
    }
}

/// Questions that wait although there is a draft: a code owner, a doubt or a push raised them.
fn later_questions(phase: Phase, details: &CheckDetails<'_>) -> SafeMarkdown {
    if phase != Phase::Curation || details.questions.is_empty() {
        return SafeMarkdown::default();
    }
    let n = count(details.questions.len(), "question waits", "questions wait");
    blocks([say!("{} for an answer; approving does without:", n), list(0, details.questions.iter().map(waiting))])
}

/// What a push changed, as far as the analyst can tell.
fn news(context: &Context, details: &CheckDetails<'_>) -> SafeMarkdown {
    let line = |news: &News| {
        let what = match news.kind {
            NewsKind::RemovedControl => words("**A safeguard is gone or says less**"),
            NewsKind::WidenedAccess => words("**More may be done, or by more**"),
            NewsKind::NewComponent => words("**New part**"),
            NewsKind::ChangedWords => words("**Other words**"),
        };
        say!("{}: {} ({})", what, sentence(&news.text), cite::place(context, &news.anchor, None))
    };
    if details.news.is_empty() {
        return SafeMarkdown::default();
    }
    let head =
        words("Since the draft the documents changed, as far as the app can tell (“Run again” reads them anew):");
    blocks([head, list(0, details.news.iter().map(line))])
}

fn changed(details: &CheckDetails<'_>) -> SafeMarkdown {
    say_when(details.changed_since, |changed| {
        blocks([
            say!("What changed since {} approved:", login_quiet(changed.by)),
            super::markdown::details("The difference", None, &diff_block(changed.diff)),
        ])
    })
}

fn way_through(verdict: &Verdict, details: &CheckDetails<'_>) -> SafeMarkdown {
    let Some(way) = details.way_through.as_ref().filter(|way| !verdict.is_open() && !way.teams.is_empty()) else {
        return SafeMarkdown::default();
    };
    let teams = or(way.teams.iter().map(|team| login_quiet(team)).collect());
    small(&say!(
        "To let it through without approval: {} (members of {}).",
        code(&format!("/threadmodel override {} <reason>", way.digest.short())),
        teams
    ))
}
