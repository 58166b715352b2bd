//! The draft: when it is made, whether its posts stand on GitHub as written, and which recommendations the documents adopted.

use std::collections::{BTreeMap, BTreeSet};

use super::curation;
use super::gate::Subject;
use super::hearing;
use super::marker::{PostKey, PostKind};
use super::pasted;
use super::placing::{self, Origin};
use super::questioning::{self, Around, Asked, Standing as Stands, documents_since, texts};
use super::record::{Analysis, Pin, Post, Record, Revision};
use super::redraft;
use super::scope::{Scope, blobs};
use super::seen::{SeenPost, body_digest};
use super::settings::Settings;
use super::snapshot::{CommitSha, ReviewState, Snapshot};
use super::verdict::Reason;
use super::wanted::{WantedAnalysis, WantedPost};
use crate::analyst::{Answer, DraftInput, Task};
use crate::diff::{LineMap, LineReplacement, apply};
use crate::digest::Canonical;
use crate::threat_model::considered::listed;
use crate::threat_model::{Question, Recommendation, Suggestion, ThreatModel};
use crate::time::Timestamp;

/// What making the draft needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafting {
    /// Analyses that are missing.
    pub analyses: Vec<WantedAnalysis>,
    /// A revision that was decided.
    pub pins: Vec<Pin>,
    /// Why drafting failed, if it did.
    pub failed: Option<String>,
}

/// Wants a draft when there is none yet, or when somebody asked for a new analysis since. A push never makes one.
pub(super) fn drafting(around: Around<'_>, asked: &[Asked<'_>], not_before: Timestamp) -> Drafting {
    let Around { snapshot, record, policy, scope, now, .. } = around;
    let mut result = Drafting::default();
    let reruns = super::commands::reruns(record);
    if record.revision().is_some_and(|r| r.reruns >= reruns) {
        return result;
    }
    // A draft is there: what was said since is read first.
    if record.revision().is_some() && asked.iter().any(|a| matches!(a.standing, Stands::Reading)) {
        return result;
    }
    let questions = questioning::settled(asked);
    let facts = [questioning::facts(asked), hearing::corrections(snapshot, record, None)].concat();
    let input = DraftInput {
        documents: documents_since(scope, record, None),
        description: pasted::masked(snapshot.pull.body.raw()),
        decisions: super::memory::known(snapshot, record, &facts, now),
        facts,
        questions: questions.clone(),
        methodology: policy.methodology.for_analyst(),
        nonce: reruns,
        context: questioning::context(snapshot),
    };
    let key = Canonical::new("draft", 1).json(&input).finish();
    let wanted = WantedAnalysis { key: key.clone(), task: Task::Draft(input), not_before };
    match record.analyses.get(&key) {
        Some(Analysis::Done { answer }) => match &**answer {
            Answer::Draft(model) => {
                let documents = blobs(&scope.documents);
                let origin = Origin { documents: &documents, record };
                let placed = placing::recommendations(scope, &snapshot.pull.head, model, &origin);
                let revision = Revision {
                    number: record.revision().map_or(1, |r| r.number.saturating_add(1)),
                    key,
                    head: snapshot.pull.head.clone(),
                    placed,
                    documents,
                    model: with_considered(record, model),
                    questions,
                    dropped: BTreeMap::new(),
                    settled_at: None,
                    witnessed: BTreeSet::new(),
                    restored: BTreeMap::new(),
                    reruns,
                    curated: false,
                    at: now,
                    notes: BTreeMap::new(),
                    foreign: BTreeMap::new(),
                    outcomes: BTreeMap::new(),
                    answered: BTreeMap::new(),
                    heard: questioning::read(asked),
                    redrafted: None,
                };
                let revision = match record.revision() {
                    Some(old) => redraft::carried(old, revision),
                    None => revision,
                };
                result.pins.push(Pin::Revision(Box::new(revision), texts(scope)));
            }
            Answer::Ask(_) | Answer::Assess(_) | Answer::Follow(_) | Answer::Refine(_) => {
                result.failed = Some("the analyst answered another task".to_owned());
            }
        },
        Some(Analysis::Failed { why, .. }) => {
            result.failed = Some(why.clone());
            result.analyses.push(wanted);
        }
        Some(Analysis::Waiting { .. }) => {}
        None => result.analyses.push(wanted),
    }
    result
}

/// A draft that lists also what was looked at when asking, where an analyst told.
pub(super) fn with_considered(record: &Record, model: &ThreatModel) -> ThreatModel {
    let questions: Vec<&Question> = record.rounds.iter().flat_map(|round| &round.questions).collect();
    listed(model.clone(), record.rounds.iter().flat_map(|round| &round.considered), &questions)
}

/// The body of the draft's review.
pub const fn draft_post(revision: u32) -> PostKey {
    PostKey::new(PostKind::Draft, revision, 0, 0)
}

/// A recommendation's post.
pub const fn recommendation_post(revision: u32, ordinal: u32) -> PostKey {
    PostKey::new(PostKind::Recommendation, revision, ordinal, 0)
}

/// Whether the posts of the current revision stand on GitHub as the app wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Alterations to remember, or the moment from which approvals count.
    pub pins: Vec<Pin>,
    /// What approvals are for.
    pub subject: Subject,
}

/// Compares the current revision's posts as wanted, as written, and as seen.
pub fn standing(
    snapshot: &Snapshot,
    record: &Record,
    revision: &Revision,
    wanted: &[WantedPost],
    seen: &BTreeMap<PostKey, Vec<SeenPost<'_>>>,
    settings: &Settings,
    now: Timestamp,
) -> Standing {
    let mut pins = Vec::new();
    let mut reasons = Vec::new();
    let mut latest = Timestamp::default();
    let mut complete = true;
    let mut all_shown = true;
    let of_revision = |key: &PostKey| key.is_of_draft() && key.round == revision.number;
    for post in wanted.iter().filter(|p| of_revision(&p.key)) {
        let applied = record.posts.get(&post.key);
        let Some(shown) = seen.get(&post.key).and_then(|posts| posts.first()) else {
            (complete, all_shown) = (false, false);
            match applied {
                Some(Post::Done { at, .. }) if now < at.after(settings.settle) && revision.settled_at.is_some() => {}
                Some(Post::Removed { at }) => {
                    pins.extend(alteration(revision, post.key, *at));
                    reasons.push(Reason::Altered { post: name(post.key), editor: None });
                }
                _ => reasons.push(Reason::DraftNotSettled),
            }
            continue;
        };
        let written = shown.comment.last_edited_at.unwrap_or(shown.comment.created_at).max(shown.comment.created_at);
        latest = latest.max(written);
        if let Some(editor) = shown.foreign_editor(&snapshot.app) {
            complete = false;
            let held = matches!(applied, Some(Post::Done { at, .. }) if now >= at.after(settings.settle));
            let after = if held && revision.settled_at.is_some() { written.max(now) } else { written };
            pins.extend(alteration(revision, post.key, after));
            reasons.push(Reason::Altered { post: name(post.key), editor: Some(editor.login.clone()) });
            continue;
        }
        let Some(Post::Done { body, at, .. }) = applied else {
            complete = false;
            reasons.push(Reason::DraftNotSettled);
            continue;
        };
        let as_written = shown.body() == *body;
        let as_wanted = *body == body_digest(post.body.as_str());
        complete &= as_written && as_wanted;
        if !as_written && now >= at.after(settings.settle) {
            reasons.push(Reason::Altered { post: name(post.key), editor: None });
        }
    }
    reasons.dedup();
    let subject = match revision.settled_at {
        Some(settled_at) if reasons.is_empty() => {
            let mut witnessed = revision.witnessed.clone();
            let fresh = if all_shown { witnesses(snapshot, &witnessed, latest) } else { BTreeSet::new() };
            if !fresh.is_empty() {
                witnessed.extend(&fresh);
                pins.push(Pin::Witnessed { number: revision.number, reviews: fresh });
            }
            Subject::Draft { settled_at, witnessed }
        }
        Some(_) => Subject::NotReady(reasons),
        None => {
            // Read back whole and as written: from GitHub's own time of the last write on, approvals count.
            if complete && pins.is_empty() {
                pins.push(Pin::Settled { number: revision.number, at: latest });
            }
            if reasons.is_empty() {
                reasons.push(Reason::DraftNotSettled);
            }
            Subject::NotReady(reasons)
        }
    };
    Standing { pins, subject }
}

/// Approvals of one reading that shows every post as the app wrote it, last at `latest`: newer than that, so no words but the
/// app's stood there when they were given.
fn witnesses(snapshot: &Snapshot, known: &BTreeSet<u64>, latest: Timestamp) -> BTreeSet<u64> {
    let approvals = snapshot.reviews.iter().filter(|r| r.state == ReviewState::Approved && r.submitted_at > latest);
    approvals.map(|r| r.post.id).filter(|id| !known.contains(id)).collect()
}

/// An alteration is told from the one that was restored before by its time. GitHub's times are whole seconds, so the caller
/// gives a later one when somebody else's words are still shown after the restore was read back.
fn alteration(revision: &Revision, key: PostKey, after: Timestamp) -> Option<Pin> {
    let known = revision.restored.get(&key).is_some_and(|r| r.after >= after);
    (!known).then_some(Pin::Altered { number: revision.number, key, after })
}

/// A post of the draft in words.
pub fn name(key: PostKey) -> String {
    match key.kind {
        PostKind::Recommendation => format!("R{}", key.ordinal),
        _ => "the draft".to_owned(),
    }
}

/// The suggestions that people can commit with a click: those whose block stands on GitHub, on the very lines that it
/// replaces, and that were neither dropped nor are `contested`.
pub fn offered<'a>(record: &'a Record, contested: &BTreeSet<u32>) -> Vec<&'a Suggestion> {
    let Some(revision) = record.revision() else { return Vec::new() };
    let stands = |ordinal: u32| {
        let post = record.posts.get(&recommendation_post(revision.number, ordinal));
        let exact = revision.placed.lines.get(&ordinal).is_some_and(|line| line.exact);
        let kept = curation::is_there(revision, ordinal) && !contested.contains(&ordinal);
        exact && kept && matches!(post, Some(Post::Done { .. }))
    };
    let standing = revision.model.recommendations.iter().filter(|r| stands(r.ordinal));
    // Text with characters that a reader cannot see is never offered as a block.
    let blocks = standing.filter_map(|r| r.suggestion.as_ref());
    blocks.filter(|s| crate::prose::markdown::suggestion(s).is_some()).collect()
}

/// Where a recommendation was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// The first commit that holds the suggestion's words.
    pub commit: CommitSha,
    /// The line where they stand at head.
    pub line: u32,
}

/// The recommendations whose suggestion stands in the document at head, byte for byte.
pub fn adopted(snapshot: &Snapshot, record: &Record, revision: &Revision, scope: &Scope) -> BTreeMap<u32, Adopted> {
    let mut found = BTreeMap::new();
    for recommendation in &revision.model.recommendations {
        let Some(suggestion) = &recommendation.suggestion else {
            continue;
        };
        let origin = revision.documents.get(&suggestion.path).and_then(|blob| record.texts.get(blob));
        let document = scope.documents.iter().find(|d| d.path == suggestion.path);
        let (Some(origin), Some(text)) = (origin, document.and_then(|d| d.text.as_deref())) else {
            continue;
        };
        let Some(line) = stands_in(origin, suggestion, text) else {
            continue;
        };
        let holds = |sha: &CommitSha| {
            let blob = snapshot.trees.get(sha)?.get(&suggestion.path)?.as_ref()?;
            stands_in(origin, suggestion, snapshot.blobs.get(blob)?)
        };
        let commit = snapshot.commits.list.iter().find(|c| holds(&c.sha).is_some());
        let commit = commit.map_or_else(|| snapshot.pull.head.clone(), |c| c.sha.clone());
        found.insert(recommendation.ordinal, Adopted { commit, line });
    }
    found
}

/// Whether the lines that a recommendation would change say something else now, or are gone.
pub fn lines_changed(record: &Record, revision: &Revision, about: &Recommendation, scope: &Scope) -> bool {
    let at = &about.anchor;
    let origin = revision.documents.get(&at.path).and_then(|blob| record.texts.get(blob));
    let document = scope.documents.iter().find(|d| d.path == at.path);
    let (Some(origin), Some(text)) = (origin, document.and_then(|d| d.text.as_deref())) else { return false };
    let map = LineMap::between(origin, text);
    (at.start_line..=at.end_line).any(|line| map.map(line).is_none())
}

/// The line at which a suggestion's words stand in `text`, a later state of `origin`.
fn stands_in(origin: &str, suggestion: &Suggestion, text: &str) -> Option<u32> {
    if suggestion.replacement.is_empty() {
        return None;
    }
    let replacement = LineReplacement {
        start_line: suggestion.start_line,
        end_line: suggestion.end_line,
        replacement: suggestion.replacement.clone(),
    };
    let changed = apply(origin, &replacement);
    if changed == origin {
        return None;
    }
    let map = LineMap::between(&changed, text);
    let count = u32::try_from(suggestion.replacement.split('\n').count()).ok()?;
    let first = map.map(suggestion.start_line)?;
    (0..count)
        .all(|n| {
            let line = suggestion.start_line.checked_add(n).and_then(|line| map.map(line));
            line.is_some() && line == first.checked_add(n)
        })
        .then_some(first)
}
