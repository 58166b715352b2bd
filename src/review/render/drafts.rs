//! The draft and its recommendations.

use std::collections::BTreeMap;

use super::super::drafting::{draft_post, recommendation_post};
use super::super::marker::PostKey;
use super::super::placing::{Line, place};
use super::super::record::Revision;
use super::super::seen::SeenPost;
use super::super::wanted::{Place, WantedPost};
use super::super::{Parts, View, post};
use super::on_line;
use crate::policy::Suggestions;
use crate::prose::markdown::{text, words};
use crate::threat_model::Recommendation;

/// Recommendations with a thread of their own; the rest is folded in the body.
const SHOWN: usize = 5;

/// The posts of the current revision. Those of earlier revisions are left as they are.
pub(super) fn draft(
    view: &View<'_>,
    parts: &Parts<'_>,
    _seen: &BTreeMap<PostKey, Vec<SeenPost<'_>>>,
) -> Vec<WantedPost> {
    let Some(revision) = view.record.revision() else { return Vec::new() };
    let key = draft_post(revision.number);
    let placed: Vec<(&Recommendation, Option<Line>)> = revision
        .model
        .recommendations
        .iter()
        .enumerate()
        .map(|(n, r)| (r, if n < SHOWN { line_of(view, revision, r) } else { None }))
        .collect();
    let _ = parts;
    let mut posts = vec![post(key, words("draft").clone(), Place::Review)];
    for (recommendation, line) in placed {
        let Some(line) = line else { continue };
        let key_r = recommendation_post(revision.number, recommendation.ordinal);
        let _ = (line.exact && view.policy.suggestions == Suggestions::On, &line);
        let place = Place::InReview { review: key, path: line.path, line: line.line, start_line: line.start_line };
        posts.push(post(key_r, text(&recommendation.title), place));
    }
    posts
}

/// The line that a recommendation stands on; `None`: in the body.
fn line_of(view: &View<'_>, revision: &Revision, recommendation: &Recommendation) -> Option<Line> {
    let (path, start, end) = match &recommendation.suggestion {
        Some(s) => (&s.path, s.start_line, s.end_line),
        None => (&recommendation.anchor.path, recommendation.anchor.end_line, recommendation.anchor.end_line),
    };
    let origin = revision.documents.get(path).and_then(|blob| view.record.texts.get(blob)).map(|text| &**text);
    let line = place(&view.scope, path, start, end, origin);
    let key = recommendation_post(revision.number, recommendation.ordinal);
    if view.advises() || !on_line(view.record, draft_post(revision.number), key, line.is_some()) {
        return None;
    }
    Some(line.unwrap_or(Line { path: path.clone(), line: end, start_line: None, exact: false }))
}
