//! `want()`: what should be true of one pull request. Pure: the same snapshot, record, policy and time give the same plan.
//!
//! Each part is a function of its own; this is the only place that sees the whole snapshot and puts the parts in order.

pub mod commands;
pub mod coverage;
pub mod curation;
pub mod drafting;
pub mod effect;
mod explicit;
pub mod following;
pub mod gate;
pub mod hearing;
pub mod issue_ref;
pub mod ledger;
pub mod marker;
pub mod measure;
pub mod memory;
pub mod named;
pub mod outcome;
pub mod overrides;
pub mod ownership;
pub mod pasted;
pub mod placing;
pub mod plain_words;
mod question_key;
pub mod questioning;
pub mod reconcile;
pub mod record;
mod redraft;
mod refining;
pub mod reminders;
mod render;
mod requested;
pub mod say;
pub mod scope;
pub mod seen;
pub mod settings;
pub mod snapshot;
pub mod spent;
mod unseen;
pub mod verb;
pub mod verdict;
pub mod wanted;
pub mod weighing;

use std::collections::BTreeMap;

use commands::{Court, Decisions, Verb};
use coverage::Kept;
use drafting::{Adopted, Drafting};
use following::Following;
use gate::{Judged, Subject};
use ownership::Ownership;
use questioning::{Around, Questioning, Stage};
use record::{CheckKey, Record};
use refining::Refining;
use scope::Scope;
use settings::Settings;
use snapshot::{PullState, Snapshot};
use verdict::{DocumentNeeds, Ground, Reason, Verdict};
use wanted::{Conclusion, Phase, Wanted, WantedCheck, WantedPost, WantedReviewer};

use crate::digest::Digest;
use crate::policy::{Mode, Outsiders, Policy, Suggestions};
use crate::prose::SafeMarkdown;
use crate::prose::check::Quiet;
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
            web: &self.settings.web,
            refines: self.settings.refines,
            now: self.now,
        }
    }

    fn around(&self) -> Around<'_> {
        let Self { snapshot, record, policy, settings, ref scope, now, .. } = *self;
        Around { snapshot, record, policy, settings, scope, now }
    }

    /// Whether somebody owns one of the documents; whom it cannot be told of does not.
    fn is_owner(&self, person: &snapshot::Actor) -> bool {
        self.owners.iter().any(|owners| owners.includes(self.snapshot, person) == ownership::Owns::Yes)
    }

    /// Why nothing begins by itself, if so.
    fn kept_quiet(&self) -> Option<Quiet<'_>> {
        let Snapshot { pull, app, .. } = self.snapshot;
        if pull.state != PullState::Open {
            None
        } else if pull.draft {
            Some(Quiet::DraftPullRequest)
        } else if pull.created_at < app.installed_at {
            Some(Quiet::OpenedBeforeInstallation)
        } else if self.policy.outsiders == Outsiders::AskFirst && hearing::from_outside(self.snapshot) {
            Some(Quiet::Outsider { login: pull.author.as_ref().map(|author| author.login.as_str()) })
        } else {
            None
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
    following: Following,
    needs: Vec<DocumentNeeds>,
    /// When a code owner last approved, whatever changed since: they agreed with what had been declined by then.
    agreed_at: Option<Timestamp>,
    /// Curation ended: by command, or by an owner's review.
    curated: bool,
}

pub use render::gave_up;

/// What should be true now.
pub fn want(snapshot: &Snapshot, record: &Record, settings: &Settings, now: Timestamp) -> Wanted {
    if snapshot.pull.state != PullState::Open {
        let policy = snapshot.policy.as_ref().ok();
        let agreed_at = policy.and_then(|policy| agreed_at(&View::new(snapshot, record, policy, settings, now)));
        let pins = memory::pins(snapshot, record, false, agreed_at, now);
        return Wanted { pins, ..plain(Phase::Closed, closed(Reason::NoDraft), None) };
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
    let Decisions { pins, wake_at, analyses, pending } = commands::decide(&view.court());
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
        reviewed(&view, pending)
    };
    wanted.analyses.extend(analyses);
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
    said || view.kept_quiet().is_none() || !view.record.rounds.is_empty()
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
    let Judged { verdict, needs } = judge(view, &kept(view), &Subject::Nod);
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

/// The suggestions that people can commit with a click.
fn kept<'a>(view: &View<'a>) -> Kept<'a> {
    let offered = view.policy.suggestions == Suggestions::On && !view.advises();
    let suggestions =
        if offered { drafting::offered(view.record, &commands::contested(&view.court())) } else { Vec::new() };
    Kept::of(view.record, suggestions)
}

fn judge(view: &View<'_>, kept: &Kept<'_>, subject: &Subject) -> Judged {
    let required = view.policy.approval.required;
    let facts = weighing::facts(view.snapshot, &view.owners, kept, subject.clone(), required, view.unreadable());
    gate::gate(&facts)
}

/// The whole way: questions, draft, curation, approval. What stands of the draft is judged first: once it is approved, later
/// words are not read by themselves.
fn reviewed(view: &View<'_>, pending: bool) -> Wanted {
    let View { snapshot, record, policy, settings, now, .. } = *view;
    let around = view.around();
    let kept = kept(view);
    let asked_for = commands::draft_now(record, &view.documents) || reminders::lapsed(view.record, policy, now);
    let mut parts = Parts { curated: curated(view), ..Parts::default() };
    let mut pins = Vec::new();
    let mut draft = Vec::new();
    let mut judged = None;
    let mut refining = Refining { pending, ..Refining::default() };
    let stage = match record.revision() {
        None if asked_for => Stage::DraftWanted,
        None => Stage::Asking,
        Some(revision) => {
            parts.adopted = drafting::adopted(snapshot, record, revision, &view.scope);
            let changed = says_more(view, &kept, revision);
            if changed {
                parts.following = following::following(around, revision);
            }
            parts.agreed_at = agreed_at(view);
            draft = render::draft(view, &parts);
            let seen = seen::seen(snapshot, record);
            let standing = drafting::standing(snapshot, record, revision, &draft, &seen, settings, now);
            pins.extend(standing.pins);
            let verdict = judge(view, &kept, &standing.subject);
            let sealed = approved_at(view, &verdict);
            judged = Some((standing.subject, verdict));
            let words = refining::words(&view.court(), sealed);
            refining = Refining { pending: pending || words.pending, ..words };
            // What is being read was written before the approval, which did not see what comes of it.
            if refining.pending {
                let subject = Subject::NotReady(vec![Reason::DraftNotSettled]);
                let verdict = judge(view, &kept, &subject);
                judged = Some((subject, verdict));
            }
            Stage::Drafted { sealed, changed }
        }
    };
    parts.questioning = questioning::questioning(around, stage);
    let ready = asked_for || (!parts.questioning.asking && parts.questioning.open() == 0);
    let quiet = parts.questioning.last_word.map_or(now, |at| at.after(settings.quiet));
    if record.revision().is_some() || (ready && !record.rounds.is_empty()) || asked_for {
        let not_before = if asked_for { now } else { quiet };
        parts.drafting = drafting::drafting(around, &parts.questioning.asked, not_before);
    }
    if let Stage::Drafted { sealed, .. } = stage {
        redraft::redraft(around, &parts.questioning.asked, sealed, quiet, &mut parts.drafting);
    }
    pins.extend([parts.questioning.pins.clone(), parts.drafting.pins.clone(), refining.pins].concat());
    pins.extend(placing::anew(record, &view.scope, &snapshot.pull.head));
    pins.extend(pasted::unnoticed(snapshot, &view.scope, record));
    let (subject, Judged { verdict, needs }) = judged.unwrap_or_else(|| {
        let subject = Subject::NotReady(vec![Reason::NoDraft]);
        let verdict = judge(view, &kept, &subject);
        (subject, verdict)
    });
    parts.needs = needs;
    let posts = render::posts(view, &parts, draft);
    let verdict = must_fix(view, &parts, verdict);
    let (phase, verdict) = phase(view, &parts, verdict);
    let mut wanted = conclude(view, &parts, phase, verdict);
    wanted.reviewers = asked_again(view, &subject);
    let Parts { questioning, drafting, following, .. } = &parts;
    wanted.analyses = [questioning.analyses.clone(), drafting.analyses.clone(), following.analyses.clone()].concat();
    let ends = record.revision().and_then(|revision| outcome::next_end(revision, now));
    wanted.wake_at = earliest(ends, reminders::wake_at(&parts.questioning, record, policy));
    wanted.posts = posts;
    pins.extend(memory::pins(snapshot, record, phase == Phase::Approved, parts.agreed_at, now));
    wanted.pins = pins;
    wanted.analyses.extend(refining.analyses);
    wanted
}

/// A document says more, or less, than what the draft read with its own suggestions applied.
fn says_more(view: &View<'_>, kept: &Kept<'_>, revision: &record::Revision) -> bool {
    let now = scope::blobs(&view.scope.documents);
    let paths = now.keys().chain(revision.documents.keys());
    paths.into_iter().any(|path| match (revision.documents.get(path), now.get(path)) {
        (Some(before), Some(after)) if before == after => false,
        (Some(before), Some(after)) => {
            let (before, after) = (view.record.texts.get(before), view.snapshot.blobs.get(after));
            !before.zip(after).is_some_and(|(before, after)| kept.explains(path, before, after))
        }
        _ => true,
    })
}

/// When the last approval was given that the gate counts, if it is open on them.
fn approved_at(view: &View<'_>, judged: &Judged) -> Option<Timestamp> {
    let Verdict::Open { ground: Ground::Approved { by } } = &judged.verdict else { return None };
    let says = say::says(view.snapshot);
    let counted = says.values().filter_map(|(person, say)| match say {
        say::Say::Approves(review) if by.contains(&person.login) => Some(review.submitted_at),
        _ => None,
    });
    counted.max()
}

/// When a code owner who may approve last did.
fn agreed_at(view: &View<'_>) -> Option<Timestamp> {
    let author = view.snapshot.pull.author.as_ref().map(|author| author.id);
    let says = say::says(view.snapshot);
    let owners = says.values().filter_map(|(person, say)| match say {
        say::Say::Approves(review) if Some(person.id) != author && view.is_owner(person) => Some(review.submitted_at),
        _ => None,
    });
    owners.max()
}

/// `approval.must_fix`: for every kept recommendation of high severity the risk is accepted, its suggestion was applied byte
/// for byte, or its lines changed and a code owner approved what they say now.
fn must_fix(view: &View<'_>, parts: &Parts<'_>, verdict: Verdict) -> Verdict {
    let (true, Some(revision)) = (view.policy.approval.must_fix, view.record.revision()) else { return verdict };
    let high = revision.model.recommendations.iter().filter(|r| r.severity == crate::threat_model::Severity::High);
    let unsettled: Vec<Reason> = high
        .filter(|r| curation::is_there(revision, r.ordinal) && !parts.adopted.contains_key(&r.ordinal))
        .filter(|r| !risk_accepted(revision, r.ordinal, view.now))
        .filter(|r| !(verdict.is_open() && drafting::lines_changed(view.record, revision, r, &view.scope)))
        .map(|r| Reason::MustFix { ordinal: r.ordinal })
        .collect();
    match verdict {
        verdict if unsettled.is_empty() => verdict,
        Verdict::Open { .. } => Verdict::Closed { reasons: unsettled },
        Verdict::Closed { reasons } => Verdict::Closed { reasons: [reasons, unsettled].concat() },
    }
}

fn risk_accepted(revision: &record::Revision, ordinal: u32, now: Timestamp) -> bool {
    outcome::standing(revision, ordinal).is_some_and(|decided| {
        decided.owner && !decided.is_over(now) && matches!(decided.what, outcome::Ending::RiskAccepted { .. })
    })
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
                review.submitted_at > settled_at && view.is_owner(person)
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
        .filter(|person| view.is_owner(person))
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
