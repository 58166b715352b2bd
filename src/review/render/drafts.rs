//! The draft and its recommendations.

use std::collections::BTreeSet;

use super::super::drafting::{draft_post, recommendation_post};
use super::super::marker::PostKey;
use super::super::placing::Line;
use super::super::record::{self, Revision};
use super::super::verdict::OwnersOf;
use super::super::wanted::{Place, WantedPost};
use super::super::{Parts, View, post};
use super::on_line;
use crate::policy::{Suggestions, Visibility};
use crate::prose::SafeMarkdown;
use crate::prose::draft::{self, SHOWN};
use crate::prose::follow_up::ThreadLines;
use crate::prose::markdown::{blocks, ordinal, small};
use crate::prose::recommendation::{Dropped, Outcome, Shown, recommendation};
use crate::say;
use crate::threat_model::Recommendation;

/// The posts of the current revision. Those of earlier revisions are left as they are.
pub(super) fn draft(view: &View<'_>, parts: &Parts<'_>) -> Vec<WantedPost> {
    let Some(revision) = view.record.revision() else { return Vec::new() };
    let key = draft_post(revision.number);
    let shown = revision.model.recommendations.iter().take(SHOWN);
    let placed: Vec<(&Recommendation, Line)> = shown.filter_map(|r| Some((r, line_of(view, revision, r)?))).collect();
    let threaded = placed.iter().map(|(r, _)| r.ordinal).collect();
    let mut posts = vec![post(key, restored(revision, key, body(view, parts, revision, threaded)), Place::Review)];
    for (recommendation, line) in placed {
        let key_of = recommendation_post(revision.number, recommendation.ordinal);
        let text = restored(revision, key_of, thread(view, parts, revision, recommendation, &line));
        let place = Place::InReview { review: key, path: line.path, line: line.line, start_line: line.start_line };
        posts.push(post(key_of, text, place));
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
    let said = draft::Draft {
        model: &revision.model,
        reviewers: reviewers(view),
        curated: parts.curated,
        dropped: revision.dropped.iter().map(|(ordinal, drop)| (*ordinal, dropped(drop))).collect(),
        threaded,
        asked: revision.questions.len(),
        answered: revision.questions.iter().filter(|q| !q.open).count(),
        stories: shows_stories(view),
        advises: view.advises(),
    };
    draft::body(&view.context(&revision.head), &said)
}

fn dropped(drop: &record::Dropped) -> Dropped<'_> {
    Dropped { by: drop.by.as_deref(), reason: &drop.reason }
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
    let adopted = parts.adopted.get(&proposed.ordinal);
    let outcome = match (revision.dropped.get(&proposed.ordinal), adopted) {
        (Some(drop), _) => Outcome::Dropped(dropped(drop)),
        (None, Some(adopted)) => Outcome::Adopted { sha: adopted.commit.as_str(), line: Some(adopted.line) },
        (None, None) if parts.curated => Outcome::Kept,
        (None, None) => Outcome::Proposed,
    };
    // Where the suggestion's own lines are shown; elsewhere the new text is told, not offered to be committed.
    let lines = proposed.suggestion.as_ref().filter(|_| line.exact && view.policy.suggestions == Suggestions::On);
    let shown = Shown {
        recommendation: proposed,
        threat: revision.model.threats.iter().find(|t| t.id == proposed.threat).filter(|_| shows_stories(view)),
        outcome,
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
