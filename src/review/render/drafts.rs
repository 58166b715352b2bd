//! The draft and its recommendations.

use std::collections::BTreeSet;

use super::super::curation;
use super::super::drafting::{draft_post, recommendation_post};
use super::super::marker::PostKey;
use super::super::outcome::{self, Ending};
use super::super::placing::Line;
use super::super::record::{self, Post, Revision};
use super::super::verdict::OwnersOf;
use super::super::wanted::{Place, WantedPost};
use super::super::{Parts, View, post};
use super::on_line;
use crate::policy::{Suggestions, Visibility};
use crate::prose::SafeMarkdown;
use crate::prose::draft::{self, SHOWN};
use crate::prose::follow_up::ThreadLines;
use crate::prose::markdown::{blocks, ordinal, small};
use crate::prose::recommendation::{Dropped, Outcome, Seen, Shown, recommendation};
use crate::prose::unseen::unseen;
use crate::say;
use crate::threat_model::Recommendation;

/// The posts of the current revision. Those of earlier revisions are left as they are.
pub(in super::super) fn draft(view: &View<'_>, parts: &Parts<'_>) -> Vec<WantedPost> {
    let Some(revision) = view.record.revision() else { return Vec::new() };
    let key = draft_post(revision.number);
    let own = |r: &&Recommendation| !revision.foreign.contains_key(&r.ordinal);
    let shown = revision.model.recommendations.iter().take(SHOWN).filter(own);
    let placed: Vec<(&Recommendation, Line)> = shown.filter_map(|r| Some((r, line_of(view, revision, r)?))).collect();
    let added: Vec<(&Recommendation, u64, &Line)> = added(view, revision);
    let threaded = placed.iter().map(|(r, _)| r.ordinal).chain(added.iter().map(|(r, _, _)| r.ordinal)).collect();
    let mut posts = vec![post(key, restored(revision, key, body(view, parts, revision, threaded)), Place::Review)];
    for (recommendation, line) in placed {
        let key_of = recommendation_post(revision.number, recommendation.ordinal);
        let text = restored(revision, key_of, thread(view, parts, revision, recommendation, &line));
        let place = Place::InReview { review: key, path: line.path, line: line.line, start_line: line.start_line };
        posts.push(post(key_of, text, place));
    }
    // What a code owner added on a line stands in the thread that they began.
    for (added, comment, line) in added {
        let key_of = recommendation_post(revision.number, added.ordinal);
        let text = restored(revision, key_of, thread(view, parts, revision, added, line));
        posts.push(post(key_of, text, Place::ForeignThread { comment }));
    }
    posts
}

/// A restored post says so: people see why approvals before that do not count, and its text differs from the altered one.
fn restored(revision: &Revision, key: PostKey, body: SafeMarkdown) -> SafeMarkdown {
    match revision.restored.get(&key) {
        Some(restored) if restored.times > 0 => {
            let said = say!(
                "✎ Somebody had changed this post; the app restored it ({}). Approvals from before that do not count.",
                ordinal(restored.times)
            );
            blocks([body, small(&said)])
        }
        _ => body,
    }
}

fn body(view: &View<'_>, parts: &Parts<'_>, revision: &Revision, threaded: BTreeSet<u32>) -> SafeMarkdown {
    let all = revision.model.recommendations.iter();
    let said = draft::Draft {
        model: &revision.model,
        reviewers: reviewers(view),
        curated: parts.curated,
        outcomes: all.filter_map(|r| Some((r.ordinal, outcome(view, parts, revision, r.ordinal)?))).collect(),
        notes: revision.notes.iter().map(|(ordinal, notes)| (*ordinal, notes.as_slice())).collect(),
        threaded,
        asked: revision.questions.len(),
        answered: revision.questions.iter().filter(|q| !q.open).count(),
        stories: shows_stories(view),
        advises: view.advises(),
    };
    let context = view.context(&revision.head);
    let unseen = unseen(&context, &view.record.unseen_in(&revision.documents));
    blocks([draft::body(&context, &said), unseen]).capped()
}

/// What became of a recommendation; `None`: nothing yet.
fn outcome<'a>(view: &View<'_>, parts: &'a Parts<'_>, revision: &'a Revision, ordinal: u32) -> Option<Outcome<'a>> {
    if let Some(record::Dropped { by, reason }) = revision.dropped.get(&ordinal) {
        return Some(Outcome::Dropped(Dropped { by: by.as_deref(), reason }));
    }
    if let Some(other) = curation::gone_into(revision, ordinal) {
        return Some(Outcome::WentInto { other });
    }
    if let Some(noted) = revision.answered.get(&ordinal) {
        return Some(Outcome::Answered { noted });
    }
    if let Some(adopted) = parts.adopted.get(&ordinal) {
        return Some(Outcome::Adopted { sha: adopted.commit.as_str(), line: Some(adopted.line) });
    }
    let decided = outcome::standing(revision, ordinal)?;
    let by = decided.by.as_str();
    Some(match &decided.what {
        Ending::Declined { reason } => {
            Outcome::Declined { by, reason, counts: decided.counts(parts.agreed_at, view.now) }
        }
        Ending::RiskAccepted { reason, until } => {
            Outcome::RiskAccepted { by, reason, until: *until, over: decided.is_over(view.now) }
        }
        Ending::Deferred { issue } => Outcome::Deferred { by, issue },
    })
}

/// Recommendations of people that stand in their own threads: with the thread's first comment and its line.
fn added<'r>(view: &View<'_>, revision: &'r Revision) -> Vec<(&'r Recommendation, u64, &'r Line)> {
    if view.advises() {
        return Vec::new();
    }
    let of = |r: &'r Recommendation| {
        let key = recommendation_post(revision.number, r.ordinal);
        let refused = matches!(view.record.posts.get(&key), Some(Post::Refused { .. } | Post::Failed { .. }));
        let comment = revision.foreign.get(&r.ordinal).copied().filter(|_| !refused)?;
        Some((r, comment, revision.placed.lines.get(&r.ordinal)?))
    };
    revision.model.recommendations.iter().filter_map(of).collect()
}

/// Who curates, as CODEOWNERS or the policy name them.
fn reviewers(view: &View<'_>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let named = view.owners.iter().flat_map(|ownership| match &ownership.how {
        OwnersOf::Rule { owners, .. } => owners.as_slice(),
        OwnersOf::Fallback { teams, .. } => teams.as_slice(),
        OwnersOf::Nobody { .. } => &[],
    });
    named.filter(|owner| seen.insert(owner.to_lowercase())).cloned().collect()
}

/// Whether threat stories may stand on the page.
fn shows_stories(view: &View<'_>) -> bool {
    match view.policy.visibility {
        Visibility::Full => true,
        Visibility::Summary => false,
        Visibility::Auto => !view.snapshot.repository.public,
    }
}

fn thread(
    view: &View<'_>,
    parts: &Parts<'_>,
    revision: &Revision,
    proposed: &Recommendation,
    line: &Line,
) -> SafeMarkdown {
    let otherwise = if parts.curated { Outcome::Kept } else { Outcome::Proposed };
    let outcome = outcome(view, parts, revision, proposed.ordinal).unwrap_or(otherwise);
    let seen = parts.following.seen.answers.iter().find(|followed| followed.ordinal == proposed.ordinal);
    // Where the suggestion's own lines are shown; elsewhere the new text is told, not offered to be committed.
    let lines = proposed.suggestion.as_ref().filter(|_| line.exact && view.policy.suggestions == Suggestions::On);
    let shown = Shown {
        recommendation: proposed,
        threat: revision.model.threats.iter().find(|t| t.id == proposed.threat).filter(|_| shows_stories(view)),
        outcome,
        notes: revision.notes.get(&proposed.ordinal).map(Vec::as_slice).unwrap_or_default(),
        seen: seen.map(|followed| Seen { how: followed.how, sentence: &followed.sentence }),
        lines_changed: super::super::drafting::lines_changed(view.record, revision, proposed, &view.scope),
        thread: lines.map(|s| ThreadLines { path: &s.path, start: s.start_line, end: s.end_line }),
    };
    recommendation(&view.context(&revision.head), &shown)
}

/// The line that a recommendation stands on; `None`: in the body.
fn line_of(view: &View<'_>, revision: &Revision, proposed: &Recommendation) -> Option<Line> {
    let key = recommendation_post(revision.number, proposed.ordinal);
    let line = revision.placed.lines.get(&proposed.ordinal)?;
    (!view.advises() && on_line(view.record, draft_post(revision.number), key)).then(|| line.clone())
}
