//! The check run.

use super::super::curation;
use super::super::marker::{PostKey, PostKind};
use super::super::outcome::{self, Ending};
use super::super::questioning::Standing;
use super::super::record::{CheckKey, CheckState, Post, Record};
use super::super::reminders;
use super::super::snapshot::{Known, Snapshot};
use super::super::verdict::{OwnersOf, Reason, Verdict, Why};
use super::super::wanted::{Action, Conclusion, Phase, WantedCheck};
use super::super::{Parts, View, check_key, commands, drafting, say};
use super::context;
use crate::document::Hidden;
use crate::policy::{PolicyFile, PolicyProblem};
use crate::prose::check::{
    ChangedSince, CheckDetails, DraftState, PolicyTrouble, Trouble, WaitingQuestion, WayThrough, summary, title,
};
use crate::prose::{CommentRef, RepoLink};
use crate::review::settings::Settings;
use crate::threat_model::Recommendation;

/// The check run for a verdict.
pub(in super::super) fn check(
    view: &View<'_>,
    parts: &Parts<'_>,
    phase: Phase,
    verdict: &Verdict,
    conclusion: Conclusion,
) -> WantedCheck {
    let context = view.context(&view.snapshot.pull.head);
    let digest = view.override_digest();
    let diff = changed_since(view, verdict);
    let in_scope = !view.scope.documents.is_empty();
    let paused = phase == Phase::Paused;
    let teams: Vec<String> = view.policy.approval.teams.iter().map(ToString::to_string).collect();
    let details = CheckDetails {
        documents: view.scope.documents.iter().map(|d| d.path.as_str()).collect(),
        quiet: view.kept_quiet(),
        paused_by: commands::paused_by(view.record),
        policy: None,
        questions: waiting(view, parts, &context),
        draft_at: reminders::draft_at(&parts.questioning, view.record, view.policy),
        approvals: parts.needs.clone(),
        draft: draft_state(view, parts, &context),
        trouble: trouble(view, parts),
        unresolved: unresolved(view),
        skipped_lines: match &view.snapshot.codeowners_errors {
            Known::Yes(errors) if in_scope => errors.clone(),
            _ => Vec::new(),
        },
        not_read: if in_scope { &view.snapshot.context_left_out } else { &[] },
        only_owner_is_author: only_owner_is_author(view),
        // Paused: closed whatever is typed, until `resume`.
        way_through: (!verdict.is_open() && in_scope && !paused && !teams.is_empty())
            .then_some(WayThrough { digest: &digest, teams }),
        changed_since: diff.as_ref().map(|(by, diff)| ChangedSince { by, diff }),
        news: &parts.following.seen.news,
        unseen: unseen(view),
        spent: (view.record.spent.tokens > 0)
            .then_some((view.record.spent.tokens, view.policy.budget.tokens_per_review)),
        stood_in: &view.record.spent.stood_in,
    };
    let actions = match (phase, conclusion) {
        (_, Conclusion::InProgress) => Vec::new(),
        (Phase::Questioning, _) => vec![Action::DraftNow],
        (Phase::Curation | Phase::Approved, _) => vec![Action::RunAgain],
        (Phase::Failed, _) => vec![Action::TryAgain],
        _ => Vec::new(),
    };
    WantedCheck {
        key: check_key(view.snapshot),
        conclusion,
        title: title(&context, phase, verdict, &details),
        summary: summary(&context, phase, verdict, &details),
        actions,
        nonce: nonce(view.record),
    }
}

/// How often somebody asked GitHub to run the check again: each time it is written again.
fn nonce(record: &Record) -> u32 {
    u32::try_from(commands::presses(record, "rerequested").count()).unwrap_or(u32::MAX)
}

/// The check run that says what is wrong with the policy.
pub(in super::super) fn broken_policy(
    snapshot: &Snapshot,
    record: &Record,
    settings: &Settings,
    problem: &PolicyProblem,
    verdict: &Verdict,
) -> WantedCheck {
    let context = context(snapshot, settings, &snapshot.pull.head);
    let trouble = PolicyTrouble {
        path: match problem.file {
            PolicyFile::Repository => crate::policy::PATH,
            PolicyFile::Organisation => "the organisation's .github/threadmodel.yml",
        },
        line: Some(problem.line),
        column: Some(problem.column),
        message: &problem.message,
        branch: &snapshot.pull.base,
    };
    let details = CheckDetails { policy: Some(trouble), ..CheckDetails::default() };
    WantedCheck {
        key: broken_policy_key(snapshot, record),
        conclusion: Conclusion::ActionRequired,
        title: title(&context, Phase::PolicyBroken, verdict, &details),
        summary: summary(&context, Phase::PolicyBroken, verdict, &details),
        actions: Vec::new(),
        nonce: nonce(record),
    }
}

/// The policy says how the check is called. Where it cannot be read: as it was called on this commit before, so that what was
/// green does not stay so, a green one first.
fn broken_policy_key(snapshot: &Snapshot, record: &Record) -> CheckKey {
    let on_head = record.checks.iter().filter(|(key, _)| key.sha == snapshot.pull.head);
    let latest = on_head.filter_map(|(key, state)| match state {
        CheckState::Done { green, at, .. } => Some(((*green, *at), key)),
        CheckState::Intent { .. } | CheckState::Refused { .. } => None,
    });
    let known = latest.max_by_key(|(order, _)| *order).map(|(_, key)| key.clone());
    known.unwrap_or_else(|| check_key(snapshot))
}

/// The check run that says that looking kept failing. Made from nothing but the reason: nothing else could be read.
pub fn gave_up(key: CheckKey, why: &str) -> WantedCheck {
    let context = crate::prose::Context::unlinked(crate::time::Timestamp::default());
    let verdict = Verdict::Closed { reasons: vec![Reason::CannotTell { what: why.to_owned() }] };
    let details = CheckDetails { trouble: Some(Trouble { what: why, next: None }), ..CheckDetails::default() };
    WantedCheck {
        key,
        conclusion: Conclusion::ActionRequired,
        title: title(&context, Phase::Failed, &verdict, &details),
        summary: summary(&context, Phase::Failed, &verdict, &details),
        actions: vec![Action::TryAgain],
        nonce: 0,
    }
}

pub(super) fn waiting<'a>(
    view: &View<'_>,
    parts: &'a Parts<'_>,
    context: &crate::prose::Context,
) -> Vec<WaitingQuestion<'a>> {
    parts
        .questioning
        .asked
        .iter()
        .filter(|a| a.standing.is_open())
        .map(|a| {
            let in_body = match view.record.posts.get(&PostKey::new(PostKind::Round, a.id.round, 0, 0)) {
                Some(Post::Done { id, .. }) => Some(CommentRef::Review(*id)),
                _ => None,
            };
            let comment = a.post.map(CommentRef::Thread).or(in_body);
            WaitingQuestion {
                text: &a.question.text,
                document: &a.question.anchor.path,
                link: comment.map(|c| RepoLink::comment(&context.repository, context.pull, c)),
                asked_again: a.standing == Standing::AskedAgain,
                unconfirmed: a.unconfirmed.as_deref(),
            }
        })
        .collect()
}

fn draft_state(view: &View<'_>, parts: &Parts<'_>, context: &crate::prose::Context) -> Option<DraftState> {
    let revision = view.record.revision()?;
    let review = match view.record.posts.get(&drafting::draft_post(revision.number)) {
        Some(Post::Done { id, .. }) => Some(CommentRef::Review(*id)),
        _ => None,
    };
    let there = |r: &&Recommendation| curation::is_there(revision, r.ordinal);
    let kept: Vec<u32> = revision.model.recommendations.iter().filter(there).map(|r| r.ordinal).collect();
    let adopted = kept.iter().filter(|n| parts.adopted.contains_key(n)).count();
    let open = kept.iter().filter(|n| !parts.adopted.contains_key(n));
    let ended: Vec<&Ending> = open
        .filter_map(|n| outcome::standing(revision, *n).filter(|d| d.counts(parts.agreed_at, view.now)))
        .map(|decided| &decided.what)
        .collect();
    let of = |fits: fn(&Ending) -> bool| ended.iter().filter(|e| fits(e)).count();
    Some(DraftState {
        revision: revision.number,
        link: review.map(|c| RepoLink::comment(&context.repository, context.pull, c)),
        kept: kept.len(),
        dropped: revision.dropped.len(),
        adopted,
        declined: of(|e| matches!(e, Ending::Declined { .. })),
        accepted: of(|e| matches!(e, Ending::RiskAccepted { .. })),
        accepted_until: ended.iter().filter_map(|ending| ending.until()).min(),
        deferred: of(|e| matches!(e, Ending::Deferred { .. })),
        assumptions: revision.model.assumptions.iter().map(|a| a.ordinal).collect(),
    })
}

/// What a reader does not see of the documents as they were last read; the draft itself tells it once it is there.
fn unseen<'a>(view: &View<'a>) -> Vec<(&'a str, &'a Hidden)> {
    let round = view.record.rounds.last().filter(|_| view.record.revision().is_none());
    round.map(|round| view.record.unseen_in(&round.documents)).unwrap_or_default()
}

fn trouble<'a>(view: &View<'a>, parts: &'a Parts<'_>) -> Option<Trouble<'a>> {
    let failed = parts.questioning.failed.as_ref().or(parts.drafting.failed.as_ref());
    let what = failed.or(view.record.gave_up.as_ref())?;
    Some(Trouble { what, next: None })
}

/// Threads of ours that a rule of the branch wants resolved before merging.
fn unresolved(view: &View<'_>) -> usize {
    if !view.snapshot.conversation_resolution {
        return 0;
    }
    let ours = view.snapshot.threads.iter().filter(|t| t.comments.first().is_some_and(|c| c.marker.is_some()));
    ours.filter(|t| !t.resolved).count()
}

/// Some document's only owner is the author: nobody can approve it, and it is better said at once.
fn only_owner_is_author(view: &View<'_>) -> bool {
    let Some(author) = &view.snapshot.pull.author else { return false };
    view.owners.iter().any(|ownership| match &ownership.how {
        OwnersOf::Rule { owners, .. } => {
            owners.len() == 1
                && owners.iter().all(|owner| {
                    owner.strip_prefix('@').is_some_and(|login| login.eq_ignore_ascii_case(&author.login))
                        || crate::policy::TeamRef::parse(owner).is_some_and(|team| {
                            view.snapshot
                                .teams
                                .get(&team)
                                .and_then(Known::value)
                                .is_some_and(|members| members.iter().eq([&author.id]))
                        })
                })
        }
        OwnersOf::Fallback { .. } | OwnersOf::Nobody { .. } => false,
    })
}

/// The difference of the documents since somebody's approval that no longer covers them.
fn changed_since(view: &View<'_>, verdict: &Verdict) -> Option<(String, String)> {
    let Verdict::Closed { reasons } = verdict else { return None };
    let outdated = reasons.iter().find_map(|reason| match reason {
        Reason::Approvals(needs) => needs.not_counted.iter().find_map(|(by, why)| match why {
            Why::DocumentChanged { .. } => Some((by.clone(), needs.path.clone())),
            _ => None,
        }),
        _ => None,
    });
    let (by, path) = outdated?;
    let commit = say::says(view.snapshot).into_values().find_map(|(person, say)| match say {
        say::Say::Approves(review) if person.login == by => review.commit.clone(),
        _ => None,
    })?;
    let text = |sha| {
        let blob = view.snapshot.trees.get(sha)?.get(&path)?.as_ref()?;
        view.snapshot.blobs.get(blob)
    };
    let diff = crate::diff::unified(text(&commit)?, text(&view.snapshot.pull.head)?, 1);
    Some((by, diff))
}
