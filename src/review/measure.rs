//! What a review is measured by: numbers from its record and from what GitHub shows. Nothing here counts for the gate.
//! `docs/metrics.md` says what each means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::commands::{self, Verb};
use super::curation::{self, Change};
use super::drafting;
use super::hearing;
use super::marker::{PostKey, PostKind};
use super::outcome::{self, Ending};
use super::record::{CommandRecord, QuestionKey, Record, Revision};
use super::scope;
use super::snapshot::{PullState, ReviewState, Snapshot};
use super::verdict::{Ground, Verdict};
use super::wanted::Wanted;
use crate::analyst::Settled;
use crate::methodology;
use crate::threat_model::{Source, ThreatModel};
use crate::time::Timestamp;

/// Numbers of one review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    /// Id of the methodology.
    pub methodology: String,
    /// Questions asked, follow-ups not counted.
    pub questions: u64,
    /// Of these, answered or said not to apply.
    pub answered: u64,
    /// Of the answered ones, those that the draft was made with.
    pub settled: u64,
    /// Of those, answers that changed the draft.
    pub changed: u64,
    /// From the beginning to the first question.
    pub to_first_question: Option<Minutes>,
    /// From the first question to the first answer.
    pub to_first_answer: Option<Minutes>,
    /// From the beginning to the approval that opened the gate.
    pub to_green: Option<Minutes>,
    /// Recommendations that code owners decided on.
    pub decided: u64,
    /// Of these, kept.
    pub accepted: u64,
    /// Of the kept ones, adopted in the document.
    pub adopted: u64,
    /// What it cost the security team, by estimate, in half minutes.
    pub security_half_minutes: u64,
}

/// Whole minutes.
pub type Minutes = u64;

/// Measures a review; `None` while nothing was asked, and when it is closed: what was measured last stays.
pub fn measure(snapshot: &Snapshot, record: &Record, wanted: &Wanted) -> Option<Measures> {
    let (Ok(policy), PullState::Open) = (&snapshot.policy, snapshot.pull.state) else { return None };
    if record.rounds.is_empty() && record.revisions.is_empty() {
        return None;
    }
    let revision = record.revision();
    let named = revision.map_or_else(|| policy.methodology.for_analyst(), |r| r.model.methodology.clone());
    let mut measures =
        Measures { methodology: methodology::chosen(&named).methodology.id.clone(), ..Measures::default() };
    talk(snapshot, record, &mut measures);
    measures.to_green = green(snapshot, wanted).map(|at| minutes(begun(snapshot, record), at));
    if let Some(revision) = revision {
        draft(revision, &mut measures);
        let approvals = len(revision.witnessed.len());
        measures.security_half_minutes = half_minutes(record, revision, approvals);
        if revision.curated || measures.to_green.is_some() {
            let scope = scope::scope(snapshot, policy);
            let adopted = drafting::adopted(snapshot, record, revision, &scope);
            let all = revision.model.recommendations.iter().map(|r| r.ordinal);
            // One that went into another, or that an answer made needless, was decided on by nobody.
            let decided = |n: &u32| curation::is_there(revision, *n) || revision.dropped.contains_key(n);
            let decided: Vec<u32> = all.filter(decided).collect();
            let accepted: Vec<&u32> = decided.iter().filter(|n| is_accepted(revision, **n)).collect();
            measures.decided = len(decided.len());
            measures.accepted = len(accepted.len());
            measures.adopted = len(accepted.into_iter().filter(|n| adopted.contains_key(n)).count());
        }
    }
    Some(measures)
}

/// Neither dropped nor declined.
fn is_accepted(revision: &Revision, ordinal: u32) -> bool {
    let declined = outcome::standing(revision, ordinal).is_some_and(|d| matches!(d.what, Ending::Declined { .. }));
    !revision.dropped.contains_key(&ordinal) && !declined
}

/// When it began: when the pull request was opened, or somebody said `start`.
fn begun(snapshot: &Snapshot, record: &Record) -> Timestamp {
    let started = commands::applied(record, |c| c.verb == Verb::Start).map(|c| c.at).min();
    started.unwrap_or(snapshot.pull.created_at)
}

/// Questions and answers, and how soon they came.
fn talk(snapshot: &Snapshot, record: &Record, measures: &mut Measures) {
    let questions: Vec<QuestionKey> = hearing::questions(record).map(|(id, _)| id).collect();
    let posted = questions.iter().filter_map(|id| hearing::thread_of(snapshot, *id)?.comments.first());
    let posted = posted.map(|comment| comment.created_at).min();
    let conversation = hearing::conversation(snapshot, record, None);
    let first = |said: &hearing::Said<'_>| said.heard.iter().map(|heard| heard.comment.created_at).min();
    let heard: Vec<Timestamp> = conversation.values().filter_map(first).collect();
    measures.questions = len(questions.len());
    measures.answered = len(heard.len());
    let asked = posted.or_else(|| record.rounds.iter().filter(|r| !r.questions.is_empty()).map(|r| r.at).min());
    let Some(asked) = asked else { return };
    measures.to_first_question = Some(minutes(begun(snapshot, record), asked));
    measures.to_first_answer = heard.into_iter().min().map(|at| minutes(asked, at));
}

/// Once there is a draft it says which questions were answered, and what came of the answers.
fn draft(revision: &Revision, measures: &mut Measures) {
    let answered: Vec<&Settled> = revision.questions.iter().filter(|s| !s.open).collect();
    measures.answered = len(answered.len());
    measures.settled = measures.answered;
    measures.changed = len(answered.iter().filter(|s| changed(&revision.model, &s.question.concern)).count());
}

/// Whether an answer about this concern changed the draft: a threat of the concern, or what is recommended against it, rests
/// on a reply; or the concern was considered and set aside, where without an answer it would have been assumed.
fn changed(model: &ThreatModel, concern: &str) -> bool {
    let said = |evidence: &[Source]| evidence.iter().any(|source| matches!(source, Source::Reply { .. }));
    let mut threats = model.threats.iter().filter(|t| t.concern == concern).peekable();
    if threats.peek().is_none() {
        return model.set_aside.iter().any(|aside| aside.concern == concern);
    }
    threats.any(|threat| {
        let mut against = model.recommendations.iter().filter(|r| r.threat == threat.id);
        said(&threat.evidence) || against.any(|r| said(&r.evidence))
    })
}

/// When the approval came that opened the gate.
fn green(snapshot: &Snapshot, wanted: &Wanted) -> Option<Timestamp> {
    let Verdict::Open { ground: Ground::Approved { by } } = &wanted.verdict else { return None };
    let approvals = snapshot.reviews.iter().filter(|review| {
        let login = review.post.author.as_ref().map(|author| &author.login);
        review.state == ReviewState::Approved && login.is_some_and(|login| by.contains(login))
    });
    approvals.map(|review| review.submitted_at).max()
}

/// A minute to read a recommendation, half a minute for a threat or an assumption, a minute to type a command about a
/// recommendation or to end curation, three for one that a person added, two for an approval.
fn half_minutes(record: &Record, revision: &Revision, approvals: u64) -> u64 {
    let in_thread = |post: Option<PostKey>| post.is_some_and(|p| p.kind == PostKind::Recommendation);
    let curates = |c: &CommandRecord| in_thread(c.thread) || c.verb.target().is_some() || c.verb == Verb::Settle;
    let typed = commands::applied(record, curates).count();
    let added = revision.notes.values().flatten().filter(|note| matches!(note.change, Change::Added)).count();
    let model = &revision.model;
    let halves = model.threats.len().saturating_add(model.assumptions.len());
    let wholes = model.recommendations.len().saturating_add(typed).saturating_add(added.saturating_mul(3));
    len(halves).saturating_add(len(wholes).saturating_mul(2)).saturating_add(approvals.saturating_mul(4))
}

fn minutes(from: Timestamp, to: Timestamp) -> Minutes {
    u64::try_from(to.since(from).0 / 60_000).unwrap_or_default()
}

fn len(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

/// Most groups that are told apart; the rest is one group.
pub const MOST_GROUPS: usize = 200;

/// The name of everything beyond.
pub const OTHER: &str = "other";

/// Reviews of one repository by one methodology.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// `owner/name`.
    pub repository: String,
    /// Id of the methodology.
    pub methodology: String,
}

/// A sum and how many it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// The sum.
    pub sum: u64,
    /// Of how many.
    pub of: u64,
}

impl Sum {
    fn add(&mut self, value: Option<u64>) {
        if let Some(value) = value {
            self.sum = self.sum.saturating_add(value);
            self.of = self.of.saturating_add(1);
        }
    }

    fn merge(&mut self, other: Self) {
        self.sum = self.sum.saturating_add(other.sum);
        self.of = self.of.saturating_add(other.of);
    }
}

/// Numbers of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Reviews in which something was asked or drafted.
    pub reviews: u64,
    /// Each field of [`Measures`], added up. The times are in the three sums.
    pub sums: Measures,
    /// Minutes from the beginning to the first question.
    pub to_first_question: Sum,
    /// Minutes from the first question to the first answer.
    pub to_first_answer: Sum,
    /// Minutes from the beginning to green.
    pub to_green: Sum,
}

impl Totals {
    fn add(&mut self, one: &Measures) {
        self.reviews = self.reviews.saturating_add(1);
        self.to_first_question.add(one.to_first_question);
        self.to_first_answer.add(one.to_first_answer);
        self.to_green.add(one.to_green);
        self.sums.add(one);
    }

    fn merge(&mut self, other: &Self) {
        self.reviews = self.reviews.saturating_add(other.reviews);
        self.to_first_question.merge(other.to_first_question);
        self.to_first_answer.merge(other.to_first_answer);
        self.to_green.merge(other.to_green);
        self.sums.add(&other.sums);
    }
}

impl Measures {
    fn add(&mut self, other: &Self) {
        let fields = [
            (&mut self.questions, other.questions),
            (&mut self.answered, other.answered),
            (&mut self.settled, other.settled),
            (&mut self.changed, other.changed),
            (&mut self.decided, other.decided),
            (&mut self.accepted, other.accepted),
            (&mut self.adopted, other.adopted),
            (&mut self.security_half_minutes, other.security_half_minutes),
        ];
        for (sum, value) in fields {
            *sum = sum.saturating_add(value);
        }
    }
}

/// Adds reviews up by repository and methodology: the groups with most reviews first, at most [`MOST_GROUPS`] and one for the
/// rest.
pub fn totals<'a>(reviews: impl IntoIterator<Item = (&'a str, &'a Measures)>) -> Vec<(Group, Totals)> {
    let mut groups: BTreeMap<Group, Totals> = BTreeMap::new();
    for (repository, measures) in reviews {
        let group = Group { repository: repository.to_owned(), methodology: measures.methodology.clone() };
        groups.entry(group).or_default().add(measures);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(a, one), (b, other)| other.reviews.cmp(&one.reviews).then_with(|| a.cmp(b)));
    let beyond = groups.split_off(groups.len().min(MOST_GROUPS));
    if !beyond.is_empty() {
        let mut rest = Totals::default();
        for (_, totals) in &beyond {
            rest.merge(totals);
        }
        groups.push((Group { repository: OTHER.to_owned(), methodology: OTHER.to_owned() }, rest));
    }
    groups
}
