//! `want()`: what should be true of one pull request. Pure: the same snapshot, record, policy and time give the same plan.
//!
//! Each part is a function of its own; this is the only place that sees the whole snapshot and puts the parts in order.

pub mod commands;
pub mod coverage;
pub mod drafting;
pub mod effect;
pub mod gate;
pub mod marker;
pub mod overrides;
pub mod ownership;
pub mod placing;
pub mod questioning;
pub mod reconcile;
pub mod record;
pub mod reminders;
mod render;
pub mod say;
pub mod scope;
pub mod seen;
pub mod settings;
pub mod snapshot;
pub mod verdict;
pub mod wanted;
pub mod weighing;

use std::collections::BTreeMap;

use commands::{Court, Verb};
use coverage::Kept;
use drafting::{Adopted, Drafting};
use gate::{Judged, Subject};
use ownership::Ownership;
use questioning::Questioning;
use record::{CheckKey, Record};
use scope::Scope;
use settings::Settings;
use snapshot::{PullState, Snapshot};
use verdict::{DocumentNeeds, Ground, Reason, Verdict};
use wanted::{Conclusion, Phase, Wanted, WantedCheck, WantedPost, WantedReviewer};

use crate::digest::Digest;
use crate::policy::{Mode, Policy, Suggestions};
use crate::prose::SafeMarkdown;
use crate::time::Timestamp;

/// Everything that the parts of the plan look at.
pub(crate) struct View<'a> {
    snapshot: &'a Snapshot,
    record: &'a Record,
    policy: &'a Policy,
    settings: &'a Settings,
    now: Timestamp,
    scope: Scope,
    documents: Digest,
    owners: Vec<Ownership>,
}

impl<'a> View<'a> {
    fn new(
        snapshot: &'a Snapshot,
        record: &'a Record,
        policy: &'a Policy,
        settings: &'a Settings,
        now: Timestamp,
    ) -> Self {
        let scope = scope::scope(snapshot, policy);
        let documents = scope::documents_digest(snapshot, &scope.documents);
        let mut paths: Vec<&str> = scope.documents.iter().flat_map(scope::DocumentChange::paths).collect();
        paths.sort_unstable();
        paths.dedup();
        let owners = paths.into_iter().map(|path| ownership::ownership(snapshot, policy, path)).collect();
        Self { snapshot, record, policy, settings, now, scope, documents, owners }
    }

    fn court(&self) -> Court<'_> {
        Court {
            snapshot: self.snapshot,
            record: self.record,
            policy: self.policy,
            scope: &self.scope,
            owners: &self.owners,
            documents: &self.documents,
            now: self.now,
        }
    }

    fn advises(&self) -> bool {
        self.policy.mode == Mode::Advise
    }

    /// What the override line on the check must name.
    fn override_digest(&self) -> Digest {
        overrides::digest(&self.documents, self.record)
    }

    /// Reads that were not whole, as far as every verdict depends on them.
    fn unreadable(&self) -> Vec<String> {
        let mut unreadable = Vec::new();
        if self.scope.truncated {
            unreadable
                .push("the list of changed files ends at GitHub's limit of 3,000: split the pull request".to_owned());
        }
        for document in &self.scope.documents {
            match (&document.head, &document.text) {
                (None, _) => unreadable.push(format!("`{}` could not be read at the head commit", document.path)),
                // The analyst reads text: what it did not see, no draft speaks of.
                (Some(Some(_)), None) if self.scope.trivial.is_none() => unreadable.push(format!(
                    "`{}` is not text that can be read: make it a text file below 1 MB, or name it under `ignore`",
                    document.path
                )),
                _ => {}
            }
        }
        unreadable
    }
}

/// The parts of a plan that the check speaks of.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    questioning: Questioning<'a>,
    drafting: Drafting,
    adopted: BTreeMap<u32, Adopted>,
    needs: Vec<DocumentNeeds>,
    /// Curation ended: by command, or by an owner's review.
    curated: bool,
}

pub use render::gave_up;

/// What should be true now.
pub fn want(snapshot: &Snapshot, record: &Record, settings: &Settings, now: Timestamp) -> Wanted {
    if snapshot.pull.state != PullState::Open {
        return plain(Phase::Closed, closed(Reason::NoDraft), None);
    }
    let policy = match &snapshot.policy {
        Ok(policy) => policy,
        Err(problem) => {
            let verdict = closed(Reason::CannotTell { what: "the policy cannot be read".to_owned() });
            let check = render::broken_policy(snapshot, record, settings, problem, &verdict);
            return plain(Phase::PolicyBroken, verdict, Some(check));
        }
    };
    let view = View::new(snapshot, record, policy, settings, now);
    let (pins, wake_at) = commands::decide(&view.court());
    let mut wanted = if !pins.is_empty() {
        // Decided first: everything else is judged with what they changed.
        Wanted { pins, ..plain(Phase::Reading, closed(Reason::NoDraft), None) }
    } else if view.scope.documents.is_empty() && !view.scope.truncated {
        passed(&view, Phase::OutOfScope, Ground::NoDesignDocuments)
    } else if view.scope.trivial.is_some() {
        trivial(&view)
    } else if commands::paused(record) {
        quiet(&view, Phase::Paused)
    } else if !started(&view) {
        not_started(&view)
    } else {
        reviewed(&view)
    };
    wanted.posts.extend(render::command_replies(&view, &wanted));
    wanted.wake_at = earliest(wanted.wake_at, wake_at);
    wanted
}

fn plain(phase: Phase, verdict: Verdict, check: Option<WantedCheck>) -> Wanted {
    Wanted {
        pins: Vec::new(),
        analyses: Vec::new(),
        posts: Vec::new(),
        check,
        reviewers: Vec::new(),
        wake_at: None,
        verdict,
        phase,
    }
}

fn closed(reason: Reason) -> Verdict {
    Verdict::Closed { reasons: vec![reason] }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// Begun: somebody said `start`, or it was never quiet here, or questions were asked already.
fn started(view: &View<'_>) -> bool {
    let said = commands::applied(view.record, |c| c.verb == Verb::Start).next().is_some();
    let quiet = view.snapshot.pull.draft || view.snapshot.pull.created_at < view.snapshot.app.installed_at;
    said || !quiet || !view.record.rounds.is_empty()
}

fn passed(view: &View<'_>, phase: Phase, ground: Ground) -> Wanted {
    conclude(view, &Parts::default(), phase, Verdict::Open { ground })
}

fn quiet(view: &View<'_>, phase: Phase) -> Wanted {
    conclude(view, &Parts::default(), phase, closed(Reason::NoDraft))
}

/// Nothing was begun; an override counts all the same, since the check shows the line for it.
fn not_started(view: &View<'_>) -> Wanted {
    match overrides::current(&view.court()) {
        Some(ground) => passed(view, Phase::Overridden, ground),
        None => quiet(view, Phase::NotStarted),
    }
}

fn trivial(view: &View<'_>) -> Wanted {
    let Some(rule) = view.scope.trivial else {
        return quiet(view, Phase::Trivial);
    };
    if !scope::wants_nod(view.snapshot, view.policy, &view.documents) {
        return passed(view, Phase::Trivial, Ground::TrivialByRule { rule, nod: Vec::new() });
    }
    let Judged { verdict, needs } = judge(view, &Subject::Nod);
    let verdict = match verdict {
        Verdict::Open { ground: Ground::Approved { by } } => {
            Verdict::Open { ground: Ground::TrivialByRule { rule, nod: by } }
        }
        verdict => verdict,
    };
    let parts = Parts { needs, ..Parts::default() };
    match overrides::current(&view.court()) {
        Some(ground) if !verdict.is_open() => conclude(view, &parts, Phase::Overridden, Verdict::Open { ground }),
        _ => conclude(view, &parts, Phase::Trivial, verdict),
    }
}

fn judge(view: &View<'_>, subject: &Subject) -> Judged {
    let offered = view.policy.suggestions == Suggestions::On && !view.advises();
    let suggestions =
        if offered { drafting::offered(view.record, &commands::contested(&view.court())) } else { Vec::new() };
    let kept = Kept::of(view.record, suggestions);
    let required = view.policy.approval.required;
    let facts = weighing::facts(view.snapshot, &view.owners, &kept, subject.clone(), required, view.unreadable());
    gate::gate(&facts)
}

/// The whole way: questions, draft, curation, approval.
fn reviewed(view: &View<'_>) -> Wanted {
    let View { snapshot, record, policy, settings, now, .. } = *view;
    let asked_for = commands::draft_now(record, &view.documents) || reminders::lapsed(view.record, policy, now);
    let drafted = asked_for || record.revision().is_some();
    let questioning = questioning::questioning(snapshot, record, policy, settings, &view.scope, now, drafted);

    let ready = asked_for || (!questioning.asking && questioning.open() == 0);
    let mut drafting = Drafting::default();
    if record.revision().is_some() || (ready && !record.rounds.is_empty()) || asked_for {
        let not_before = questioning.last_word.map_or(now, |at| at.after(settings.quiet));
        let not_before = if asked_for { now } else { not_before };
        drafting = drafting::drafting(snapshot, record, policy, &view.scope, &questioning.asked, not_before, now);
    }
    let adopted = record.revision().map(|r| drafting::adopted(snapshot, record, r, &view.scope)).unwrap_or_default();
    let mut parts = Parts { questioning, drafting, adopted, needs: Vec::new(), curated: curated(view) };

    let seen = seen::seen(snapshot, record);
    let posts = render::posts(view, &parts);
    let mut pins = [parts.questioning.pins.clone(), parts.drafting.pins.clone()].concat();
    pins.extend(placing::anew(record, &view.scope, &snapshot.pull.head));
    let subject = match record.revision() {
        None => Subject::NotReady(vec![Reason::NoDraft]),
        Some(revision) => {
            let standing = drafting::standing(snapshot, record, revision, &posts, &seen, settings, now);
            pins.extend(standing.pins);
            standing.subject
        }
    };
    let Judged { verdict, needs } = judge(view, &subject);
    parts.needs = needs;
    let verdict = must_fix(view, &parts.adopted, verdict);
    let (phase, verdict) = phase(view, &parts, verdict);
    let mut wanted = conclude(view, &parts, phase, verdict);
    wanted.reviewers = asked_again(view, &subject);
    wanted.analyses = [parts.questioning.analyses.clone(), parts.drafting.analyses.clone()].concat();
    wanted.wake_at = earliest(wanted.wake_at, reminders::wake_at(&parts.questioning, record, policy));
    wanted.posts = posts;
    wanted.pins = pins;
    wanted
}

/// `approval.must_fix`: every kept recommendation of high severity is adopted byte for byte, or a code owner drops it. The
/// outcomes `accept-risk` and `defer` do not exist yet, so this is stricter than it will be, never laxer.
fn must_fix(view: &View<'_>, adopted: &BTreeMap<u32, Adopted>, verdict: Verdict) -> Verdict {
    let (true, Some(revision)) = (view.policy.approval.must_fix, view.record.revision()) else { return verdict };
    let unsettled: Vec<Reason> = revision
        .model
        .recommendations
        .iter()
        .filter(|r| r.severity == crate::threat_model::Severity::High)
        .filter(|r| !revision.dropped.contains_key(&r.ordinal) && !adopted.contains_key(&r.ordinal))
        .map(|r| Reason::MustFix { ordinal: r.ordinal })
        .collect();
    match verdict {
        verdict if unsettled.is_empty() => verdict,
        Verdict::Open { .. } => Verdict::Closed { reasons: unsettled },
        Verdict::Closed { reasons } => Verdict::Closed { reasons: [reasons, unsettled].concat() },
    }
}

fn phase(view: &View<'_>, parts: &Parts<'_>, verdict: Verdict) -> (Phase, Verdict) {
    if verdict.is_open() {
        return (Phase::Approved, verdict);
    }
    if let Some(ground) = overrides::current(&view.court()) {
        return (Phase::Overridden, Verdict::Open { ground });
    }
    let failed = parts.questioning.failed.is_some() || parts.drafting.failed.is_some() || view.record.gave_up.is_some();
    let phase = if view.record.revision().is_some() {
        Phase::Curation
    } else if failed {
        Phase::Failed
    } else if parts.questioning.reading {
        Phase::Reading
    } else if parts.questioning.open() > 0 {
        Phase::Questioning
    } else {
        Phase::Drafting
    };
    (phase, verdict)
}

/// Curation ended: an owner said so by command, or by a review on the draft that stands.
fn curated(view: &View<'_>) -> bool {
    let Some(revision) = view.record.revision() else { return false };
    let Some(settled_at) = revision.settled_at else { return revision.curated };
    revision.curated
        || say::says(view.snapshot).into_values().any(|(person, say)| match say {
            say::Say::Approves(review) | say::Say::Objects(review) => {
                review.submitted_at > settled_at
                    && view.owners.iter().any(|o| o.includes(view.snapshot, person) == ownership::Owns::Yes)
            }
            say::Say::ObjectionDismissed { .. } | say::Say::DismissedUnread | say::Say::Nothing => false,
        })
}

/// Owners who approved before the draft are asked again, once for each revision.
fn asked_again(view: &View<'_>, subject: &Subject) -> Vec<WantedReviewer> {
    let (Subject::Draft { .. }, Some(revision)) = (subject, view.record.revision()) else {
        return Vec::new();
    };
    say::says(view.snapshot)
        .into_values()
        .filter_map(|(person, say)| match say {
            say::Say::Approves(review) if !subject.is_about(review.post.id, review.submitted_at) => Some(person),
            _ => None,
        })
        .filter(|person| person.kind == snapshot::ActorKind::User)
        .filter(|person| view.snapshot.pull.author.as_ref().is_none_or(|author| author.id != person.id))
        .filter(|person| view.owners.iter().any(|o| o.includes(view.snapshot, person) == ownership::Owns::Yes))
        .map(|person| WantedReviewer { revision: revision.number, who: person.id, login: person.login.clone() })
        .collect()
}

/// The check run for a verdict: the least of this pull request's and of its siblings' on the same commit and name.
fn conclude(view: &View<'_>, parts: &Parts<'_>, phase: Phase, verdict: Verdict) -> Wanted {
    let verdict = if view.advises() {
        Verdict::Open { ground: Ground::AdviseMode { would_be_open: verdict.is_open() } }
    } else {
        verdict
    };
    let siblings = &view.snapshot.siblings;
    let blocking: Vec<Reason> =
        siblings.iter().filter(|s| !s.open).map(|s| Reason::Sibling { number: s.number }).collect();
    let shown = match &verdict {
        Verdict::Open { .. } if blocking.is_empty() => verdict.clone(),
        Verdict::Open { .. } => Verdict::Closed { reasons: blocking },
        Verdict::Closed { reasons } => Verdict::Closed { reasons: [reasons.clone(), blocking].concat() },
    };
    let conclusion = match (&shown, phase) {
        (Verdict::Open { .. }, _) => Conclusion::Success,
        (Verdict::Closed { .. }, Phase::Reading | Phase::Drafting) => Conclusion::InProgress,
        (Verdict::Closed { .. }, _) => Conclusion::ActionRequired,
    };
    let check = speaks(view, verdict.is_open()).then(|| render::check(view, parts, phase, &shown, conclusion));
    plain(phase, verdict, check)
}

/// A check run that several pull requests share has one speaker, or two would rewrite it for ever: the closed one with the
/// lowest number, or the lowest of all when all are open. Whoever is closed and finds the run green, or finds none, speaks too.
fn speaks(view: &View<'_>, open: bool) -> bool {
    let siblings = &view.snapshot.siblings;
    let first_of_its_kind = siblings.iter().filter(|s| s.open == open).all(|s| s.number > view.snapshot.pull.number);
    if open {
        return first_of_its_kind && siblings.iter().all(|s| s.open);
    }
    let key = check_key(view.snapshot);
    let run = view.snapshot.check_run(&key.name);
    let wrote_green = matches!(view.record.checks.get(&key), Some(record::CheckState::Done { green: true, .. }));
    first_of_its_kind || wrote_green || run.is_none_or(|run| run.conclusion.as_deref() == Some("success"))
}

/// Name and commit of the check run for this pull request; with a broken policy under the default name.
pub fn check_key(snapshot: &Snapshot) -> CheckKey {
    let base = &snapshot.pull.base;
    let name =
        snapshot.policy.as_ref().map_or_else(|_| Policy::default().check_name(base), |policy| policy.check_name(base));
    CheckKey { name, sha: snapshot.pull.head.clone() }
}

/// A post that should stand, for `render`.
fn post(key: marker::PostKey, body: SafeMarkdown, place: wanted::Place) -> WantedPost {
    WantedPost { key, body, place }
}
