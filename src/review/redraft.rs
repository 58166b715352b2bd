//! Answers that were given after the draft change it in place: the threads stay, what an answer settled says so, what it made
//! worse is told, and what a person worded is left alone. Threads are never posted a second time for it.

use std::collections::{BTreeMap, BTreeSet};

use super::commands;
use super::curation;
use super::drafting::{self, Drafting};
use super::hearing;
use super::pasted;
use super::questioning::{self, Around, Asked, Standing};
use super::record::{Analysis, Pin, QuestionKey, Revised, Revision};
use super::wanted::WantedAnalysis;
use crate::analyst::{Answer, DocumentText, DraftInput, Settled, Task};
use crate::digest::{Canonical, Digest};
use crate::threat_model::{Assumption, Fact, Recommendation, Threat, ThreatModel};
use crate::time::Timestamp;

/// Wants the draft anew when answers given since say something else; `not_before`: the quiet period.
pub(super) fn redraft(
    around: Around<'_>,
    asked: &[Asked<'_>],
    sealed: Option<Timestamp>,
    not_before: Timestamp,
    result: &mut Drafting,
) {
    let Around { snapshot, record, scope, now, .. } = around;
    let Some(revision) = record.revision() else { return };
    // A whole new analysis takes everything in; what is being read may change it again.
    let anew = commands::reruns(record) > revision.reruns;
    if anew || asked.iter().any(|a| matches!(a.standing, Standing::Reading)) {
        return;
    }
    let questions = questioning::settled(asked);
    let corrections = hearing::corrections(snapshot, record, sealed);
    if !changed(&revision.questions, &questions) && told(&revision.model.facts) == corrections {
        return;
    }
    let documents = revision.documents.iter().filter_map(|(path, blob)| {
        let before = scope.documents.iter().find(|d| d.path == *path).and_then(|d| d.before.as_deref());
        let text = pasted::masked(record.texts.get(blob)?);
        Some(DocumentText { path: path.clone(), text, before: before.map(pasted::masked) })
    });
    let facts = [questioning::facts(asked), corrections].concat();
    let input = DraftInput {
        documents: documents.collect(),
        description: pasted::masked(snapshot.pull.body.raw()),
        decisions: super::memory::known(snapshot, record, &facts, now),
        facts,
        questions: questions.clone(),
        methodology: revision.model.methodology.clone(),
        nonce: revision.reruns,
        context: questioning::context(snapshot),
    };
    let key = Canonical::new("redraft", 1).int(u64::from(revision.number)).json(&input).finish();
    if revision.redrafted.as_ref() == Some(&key) {
        return;
    }
    match record.analyses.get(&key) {
        Some(Analysis::Done { answer }) => {
            if let Answer::Draft(fresh) = &**answer {
                let heard = questioning::read(asked);
                let fresh = drafting::with_considered(record, fresh);
                result.pins.push(Pin::Revised(Box::new(revised(revision, key, &fresh, questions, heard))));
            }
        }
        Some(Analysis::Failed { why, .. }) => {
            result.failed.get_or_insert_with(|| why.clone());
            result.analyses.push(WantedAnalysis { key, task: Task::Draft(input), not_before });
        }
        Some(Analysis::Waiting { .. }) => {}
        None => result.analyses.push(WantedAnalysis { key, task: Task::Draft(input), not_before }),
    }
}

/// Corrections that the draft holds already.
fn told(facts: &[Fact]) -> Vec<Fact> {
    facts.iter().filter(|f| f.concern.as_deref() == Some(hearing::UNDERSTANDING)).cloned().collect()
}

/// Something is answered now that was open or answered otherwise. A new question that nobody answered changes nothing.
fn changed(before: &[Settled], now: &[Settled]) -> bool {
    let same = |a: &Settled, b: &Settled| a.open == b.open && a.branches == b.branches && a.noted == b.noted;
    let old = before.iter().zip(now).any(|(before, now)| !same(before, now));
    old || now.iter().skip(before.len()).any(|new| !new.open)
}

/// What the revision says once `fresh`, made from the same documents and later answers, is taken in.
fn revised(
    revision: &Revision,
    key: Digest,
    fresh: &ThreatModel,
    questions: Vec<Settled>,
    heard: BTreeMap<QuestionKey, Digest>,
) -> Revised {
    let before = &revision.model;
    let mut model = fresh.clone();
    let mut answered = revision.answered.clone();
    let concern = |threats: &[Threat], r: &Recommendation| -> Option<String> {
        threats.iter().find(|t| t.id == r.threat).map(|t| t.concern.clone())
    };
    let of_fresh: BTreeMap<String, &Recommendation> =
        fresh.recommendations.iter().filter_map(|r| Some((concern(&fresh.threats, r)?, r))).collect();
    let mut taken = BTreeSet::new();
    let mut recommendations = Vec::new();
    for old in &before.recommendations {
        let about = concern(&before.threats, old);
        let new = about.as_ref().and_then(|about| of_fresh.get(about)).filter(|_| taken.insert(about.clone()));
        let curated = curation::is_curated(revision, old.ordinal);
        recommendations.push(if let Some(new) = new {
            answered.remove(&old.ordinal);
            if curated { Recommendation { threat: new.threat.clone(), ..old.clone() } } else { same_place(old, new) }
        } else {
            // What merely fell below the line stays as it was told.
            if let Some(said) = settled_by(&questions, about.as_deref()).filter(|_| !curated) {
                answered.insert(old.ordinal, said);
            }
            Recommendation { threat: keep_threat(before, &mut model, &old.threat), ..old.clone() }
        });
    }
    let mut next = before.recommendations.iter().map(|r| r.ordinal).max().unwrap_or(0);
    for (about, new) in of_fresh {
        if taken.insert(Some(about)) {
            next = next.saturating_add(1);
            recommendations.push(Recommendation { ordinal: next, ..new.clone() });
        }
    }
    model.recommendations = recommendations;
    model.assumptions = numbered(&before.assumptions, &fresh.assumptions);
    let reworded = model.recommendations != before.recommendations
        || words(&model.threats) != words(&before.threats)
        || model.assumptions != before.assumptions
        || answered != revision.answered;
    Revised { number: revision.number, key, model, questions, heard, answered, reworded }
}

fn words(threats: &[Threat]) -> BTreeSet<(&str, &str)> {
    threats.iter().map(|t| (t.concern.as_str(), t.story.as_str())).collect()
}

/// The new words on the old line: a thread stands there, and a suggestion block fits only its own lines.
fn same_place(old: &Recommendation, new: &Recommendation) -> Recommendation {
    let lines = |r: &Recommendation| r.suggestion.as_ref().map(|s| (s.path.clone(), s.start_line, s.end_line));
    let suggestion = new.suggestion.clone().filter(|_| lines(old) == lines(new));
    Recommendation { ordinal: old.ordinal, anchor: old.anchor.clone(), suggestion, ..new.clone() }
}

/// What was noted about a concern, for the recommendation that it made needless.
fn settled_by(questions: &[Settled], concern: Option<&str>) -> Option<String> {
    let of = |s: &&Settled| Some(s.question.concern.as_str()) == concern && !s.open;
    questions.iter().find(of).map(|s| s.noted.clone())
}

/// A threat that only the old draft names stays while its recommendation does.
fn keep_threat(before: &ThreatModel, model: &mut ThreatModel, id: &str) -> String {
    let Some(old) = before.threats.iter().find(|t| t.id == id) else { return String::new() };
    if let Some(same) = model.threats.iter().find(|t| t.concern == old.concern) {
        return same.id.clone();
    }
    let free = (1..=u32::MAX).map(|n| format!("T{n}")).find(|id| model.threats.iter().all(|t| t.id != *id));
    let id = free.unwrap_or_else(|| old.id.clone());
    model.threats.push(Threat { id: id.clone(), ..old.clone() });
    id
}

/// An assumption keeps its number: people wrote it down. New ones come after all that ever were.
fn numbered(before: &[Assumption], fresh: &[Assumption]) -> Vec<Assumption> {
    let same = |a: &Assumption, b: &Assumption| if b.about.is_empty() { a.text == b.text } else { a.about == b.about };
    let mut next = before.iter().map(|a| a.ordinal).max().unwrap_or(0);
    let mut all: Vec<Assumption> = fresh
        .iter()
        .map(|new| {
            let ordinal = before.iter().find(|old| same(old, new)).map_or_else(
                || {
                    next = next.saturating_add(1);
                    next
                },
                |old| old.ordinal,
            );
            Assumption { ordinal, ..new.clone() }
        })
        .collect();
    all.sort_by_key(|a| a.ordinal);
    all
}

/// A new analysis that somebody asked for keeps what people decided: what was dropped stays dropped, what they worded or added
/// stays as they said it, and outcomes stand, each with the recommendation about the same concern.
pub(super) fn carried(old: &Revision, mut new: Revision) -> Revision {
    let concern = |model: &ThreatModel, r: &Recommendation| -> Option<String> {
        model.threats.iter().find(|t| t.id == r.threat).map(|t| t.concern.clone())
    };
    for before in &old.model.recommendations {
        let about = concern(&old.model, before);
        let same = new.model.recommendations.iter().position(|r| about.is_some() && concern(&new.model, r) == about);
        let curated = curation::is_curated(old, before.ordinal);
        let ordinal = match same.and_then(|at| new.model.recommendations.get_mut(at)) {
            Some(after) => {
                if curated && after.change != before.change {
                    let (anchor, threat) = (after.anchor.clone(), after.threat.clone());
                    *after =
                        Recommendation { ordinal: after.ordinal, anchor, threat, suggestion: None, ..before.clone() };
                }
                after.ordinal
            }
            None if curated => {
                let next = new.model.recommendations.iter().map(|r| r.ordinal).max().unwrap_or(0).saturating_add(1);
                let threat = keep_threat(&old.model, &mut new.model, &before.threat);
                new.model.recommendations.push(Recommendation {
                    ordinal: next,
                    threat,
                    suggestion: None,
                    ..before.clone()
                });
                next
            }
            None => continue,
        };
        if let Some(dropped) = old.dropped.get(&before.ordinal) {
            new.dropped.insert(ordinal, dropped.clone());
        }
        if let Some(outcomes) = old.outcomes.get(&before.ordinal) {
            new.outcomes.insert(ordinal, outcomes.clone());
        }
        if curated && let Some(notes) = old.notes.get(&before.ordinal) {
            new.notes.insert(ordinal, notes.clone());
        }
    }
    new
}
