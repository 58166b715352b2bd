//! Organisational memory: what a team decided in this review, to be remembered for the next ones, and what earlier reviews
//! decided that this one may use.
//!
//! Curation is decided when the team stands by it: when the gate is open on an approval, or the pull request was merged.

use std::collections::BTreeMap;

use super::commands::{self, Verb};
use super::curation::{Asked, Change, Part};
use super::drafting::recommendation_post;
use super::outcome::{self, Ending};
use super::pasted;
use super::record::{CommandRecord, Pin, Record, Revision};
use super::snapshot::{PullState, Snapshot};
use crate::digest::{Canonical, Digest};
use crate::threat_model::{Decision, DecisionKind, Fact, Recommendation, Slot};
use crate::time::Timestamp;

/// Most decisions that one analysis is given.
pub const MOST: usize = 200;

/// Most that are loaded with a record: more than are used, so that new ones do not at once push out those that an analysis
/// under way was given.
pub const MOST_LOADED: usize = 2 * MOST;

/// What the store must learn or unlearn, now that the team stands by it (`approved`, or merged). Nothing when it knows already.
/// `agreed_at`: when a code owner last approved.
pub fn pins(
    snapshot: &Snapshot,
    record: &Record,
    approved: bool,
    agreed_at: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Pin> {
    if !approved && snapshot.pull.state != PullState::Merged {
        return Vec::new();
    }
    let decided: BTreeMap<String, Decision> =
        decisions(snapshot, record, agreed_at).into_iter().map(|d| (d.id.clone(), d)).collect();
    let taken_back = record.remembered.keys().filter(|id| !decided.contains_key(*id));
    let mut pins: Vec<Pin> = taken_back.map(|id| Pin::TakeBack(id.clone())).collect();
    for decision in decided.into_values() {
        let digest = digest(&decision);
        if record.remembered.get(&decision.id) != Some(&digest) {
            // Decided by the team at this moment, whenever it was typed.
            let decision = Box::new(Decision { at: now, ..decision });
            pins.push(Pin::Remember { decision, digest });
        }
    }
    pins
}

/// What tells a decision from another one of the same name: all of it, with the time at which it was typed.
fn digest(decision: &Decision) -> Digest {
    Canonical::new("decision", 1).json(decision).finish()
}

/// What people decided about the current revision of the draft, one decision for each recommendation; `at` says when they
/// typed it. A drop counts more than how a recommendation ended, and that more than how it was worded.
pub fn decisions(snapshot: &Snapshot, record: &Record, agreed_at: Option<Timestamp>) -> Vec<Decision> {
    let Some(revision) = record.revision() else { return Vec::new() };
    let about = About { snapshot, record, revision, agreed_at };
    revision
        .model
        .recommendations
        .iter()
        .filter_map(|r| about.dropped(r).or_else(|| about.ended(r)).or_else(|| about.worded(r)))
        .collect()
}

/// What every decision about one revision has in common.
struct About<'a> {
    snapshot: &'a Snapshot,
    record: &'a Record,
    revision: &'a Revision,
    agreed_at: Option<Timestamp>,
}

impl About<'_> {
    fn dropped(&self, recommendation: &Recommendation) -> Option<Decision> {
        let dropped = self.revision.dropped.get(&recommendation.ordinal)?;
        let by = dropped.by.clone().unwrap_or_default();
        let typed = self.typed(recommendation.ordinal, |verb| matches!(verb, Verb::Drop { .. }));
        let reason = typed.and_then(|command| remembered(&command.asked)).unwrap_or(&dropped.reason);
        let at = typed.map_or(self.revision.at, |command| command.at);
        Some(self.decision(DecisionKind::Dropped, recommendation, by, reason, at))
    }

    /// How it ended, if a code owner said so, or approved after the author had.
    fn ended(&self, recommendation: &Recommendation) -> Option<Decision> {
        let decided = outcome::standing(self.revision, recommendation.ordinal)?;
        if !decided.owner && self.agreed_at.is_none_or(|at| at <= decided.at) {
            return None;
        }
        let (kind, reason, until) = match &decided.what {
            Ending::Declined { reason } => (DecisionKind::Declined, reason, None),
            Ending::RiskAccepted { reason, until } => (DecisionKind::RiskAccepted, reason, *until),
            Ending::Deferred { issue } => (DecisionKind::Deferred, issue, None),
        };
        let decision = self.decision(kind, recommendation, decided.by.clone(), reason, decided.at);
        Some(Decision { until, ..decision })
    }

    /// That a person reworded or added it; the reason holds their words.
    fn worded(&self, recommendation: &Recommendation) -> Option<Decision> {
        let notes = self.revision.notes.get(&recommendation.ordinal)?;
        let (note, kind, words) = notes.iter().rev().find_map(|note| match note.change {
            Change::Edited { part: Part::Title, .. } => Some((note, DecisionKind::Edited, &recommendation.title)),
            Change::Edited { part: Part::Change, .. } | Change::Rewritten { .. } => {
                Some((note, DecisionKind::Edited, &recommendation.change))
            }
            Change::Edited { part: Part::Alternative, .. } => {
                Some((note, DecisionKind::Edited, &recommendation.alternative))
            }
            Change::Added => Some((note, DecisionKind::Added, &recommendation.change)),
            _ => None,
        })?;
        let words = remembered(&note.asked).unwrap_or(words);
        Some(self.decision(kind, recommendation, note.by.clone(), words, note.at))
    }

    fn decision(
        &self,
        kind: DecisionKind,
        recommendation: &Recommendation,
        by: String,
        reason: &str,
        at: Timestamp,
    ) -> Decision {
        let (concern, slot) = self.concern(recommendation);
        Decision {
            id: self.id(recommendation),
            repository: here(self.snapshot),
            pull: self.snapshot.pull.number,
            kind,
            concern: concern.to_owned(),
            slot,
            title: pasted::masked(&recommendation.title),
            reason: pasted::masked(reason),
            by,
            at,
            until: None,
        }
    }

    /// The concern that a recommendation answers; none when a person added it.
    fn concern(&self, recommendation: &Recommendation) -> (&str, Slot) {
        let threat = self.revision.model.threats.iter().find(|t| t.id == recommendation.threat);
        threat.map_or(("", Slot::Purpose), |t| (&t.concern, t.slot))
    }

    /// A name that the next revision's recommendation about the same gets again: of the concern, counted where several
    /// recommendations answer it.
    fn id(&self, recommendation: &Recommendation) -> String {
        let (concern, _) = self.concern(recommendation);
        let same = self.revision.model.recommendations.iter().filter(|r| self.concern(r).0 == concern);
        let before = same.take_while(|r| r.ordinal != recommendation.ordinal).count();
        let about = if concern.is_empty() { "added".to_owned() } else { slug(concern) };
        let nth = if before == 0 { String::new() } else { format!("-{}", before.saturating_add(1)) };
        format!("{}-{}-{about}{nth}", self.snapshot.repository.id, self.snapshot.pull.number)
    }

    /// The last command about a recommendation, where that was kept.
    fn typed(&self, ordinal: u32, is: fn(&Verb) -> bool) -> Option<&CommandRecord> {
        let thread = Some(recommendation_post(self.revision.number, ordinal));
        let meant = move |c: &CommandRecord| c.thread == thread || c.verb.target() == Some(ordinal);
        commands::applied(self.record, move |c| meant(c) && is(&c.verb)).max_by_key(|c| (c.at, c.ordinal))
    }
}

/// The person's words that are to be remembered, where they said so.
fn remembered(asked: &Asked) -> Option<&String> {
    match asked {
        Asked::Words { remember, .. } => remember.as_ref(),
        Asked::Command | Asked::AsTyped => None,
    }
}

/// Lower-case letters, digits and single hyphens.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase().chars().take(60).collect()
}

/// What earlier reviews decided, for an analysis of this one: what holds, and was decided before people here last said or
/// wanted something. Later decisions wait for the next analysis, or a busy organisation would have one thrown away and begun
/// again with each.
///
/// A decision that stands as a file counts as the file says, unless its matter was decided anew since: people edit it there.
///
/// A public repository is given only what was decided, or committed, in itself: others may be private.
pub fn known<'a>(
    snapshot: &Snapshot,
    record: &Record,
    facts: impl IntoIterator<Item = &'a Fact>,
    now: Timestamp,
) -> Vec<Decision> {
    let rounds = record.rounds.iter().map(|r| r.at);
    let commands = record.commands.values().map(|c| c.at);
    let presses = record.presses.iter().map(|p| p.at);
    let said = facts.into_iter().map(|f| f.at);
    let last = rounds.chain(commands).chain(presses).chain(said).fold(snapshot.pull.created_at, Timestamp::max);
    let in_time = |decision: &&Decision| decision.at <= last;
    let (here, public) = (here(snapshot), snapshot.repository.public);
    let may_be_told = |decision: &&Decision| !public || decision.repository == here;
    let mut newest: BTreeMap<&str, &Decision> = BTreeMap::new();
    let own = |decision: &Decision| decision.repository == here && decision.pull == snapshot.pull.number;
    let files = snapshot.decided.iter().filter(|file| !public || !file.path.contains(':'));
    let committed = files.map(|file| &file.decision).filter(|decision| !own(decision));
    for decision in committed.chain(record.memory.iter().filter(may_be_told)) {
        let known = newest.entry(&decision.id).or_insert(decision);
        if decision.at > known.at {
            *known = decision;
        }
    }
    let mut fit: Vec<Decision> = newest.into_values().filter(|d| d.holds(now)).filter(in_time).cloned().collect();
    fit.sort_by(Decision::newest_first);
    fit.truncate(MOST);
    fit
}

/// The repository by its name now.
fn here(snapshot: &Snapshot) -> String {
    format!("{}/{}", snapshot.repository.owner, snapshot.repository.name)
}
