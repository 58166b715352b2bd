//! Where a question or a recommendation stands: on its own line when a hunk shows it, else on the nearest line on which
//! GitHub accepts a comment, else in the review's body.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::drafting::draft_post;
use super::marker::{PostKey, PostKind};
use super::record::{Pin, Post, Record, Revision};
use super::scope::Scope;
use super::snapshot::{BlobId, CommitSha};
use crate::diff::{LineMap, Patch, Side};
use crate::prose::draft::SHOWN;
use crate::threat_model::{Question, ThreatModel};

/// Where the comments of one review go, decided for one head commit and kept: what a posted comment says must not change
/// because the document did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// For this head commit.
    pub head: CommitSha,
    /// By ordinal; what is not there goes into the body.
    pub lines: BTreeMap<u32, Line>,
}

/// A place on the right side of the diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The file.
    pub path: String,
    /// The last (or only) line.
    pub line: u32,
    /// The first line, when there are several.
    pub start_line: Option<u32>,
    /// The very lines that were wanted: a suggestion block may stand here.
    pub exact: bool,
}

/// What was read, for finding lines that moved since.
pub struct Origin<'a> {
    /// The documents that were read.
    pub documents: &'a BTreeMap<String, BlobId>,
    /// The record that keeps their texts.
    pub record: &'a Record,
}

/// Where a round's questions go: each on one line, the last of its words.
pub fn questions(scope: &Scope, head: &CommitSha, questions: &[Question], origin: &Origin<'_>) -> Placed {
    let wanted = (1..).zip(questions).map(|(n, q)| (n, q.anchor.path.as_str(), q.anchor.end_line, q.anchor.end_line));
    placed(scope, head, wanted, origin)
}

/// Where a draft's recommendations go: on the lines of their suggestion, or on the line that they would change.
pub fn recommendations(scope: &Scope, head: &CommitSha, model: &ThreatModel, origin: &Origin<'_>) -> Placed {
    let wanted = model.recommendations.iter().take(SHOWN).map(|r| match &r.suggestion {
        Some(s) => (r.ordinal, s.path.as_str(), s.start_line, s.end_line),
        None => (r.ordinal, r.anchor.path.as_str(), r.anchor.end_line, r.anchor.end_line),
    });
    placed(scope, head, wanted, origin)
}

fn placed<'a>(
    scope: &Scope,
    head: &CommitSha,
    wanted: impl Iterator<Item = (u32, &'a str, u32, u32)>,
    origin: &Origin<'_>,
) -> Placed {
    let lines =
        wanted.filter_map(|(ordinal, path, start, end)| Some((ordinal, place(scope, path, start, end, origin)?)));
    Placed { head: head.clone(), lines: lines.collect() }
}

/// Finds the place for lines `start..=end` of `path` as they stood when it was read.
fn place(scope: &Scope, path: &str, start: u32, end: u32, origin: &Origin<'_>) -> Option<Line> {
    let document = scope.documents.iter().find(|d| d.path == path)?;
    let patch = Patch::parse(document.patch.as_deref()).ok()?;
    let text = document.text.as_deref()?;
    let read = origin.documents.get(path).and_then(|blob| origin.record.texts.get(blob));
    let (start, end, survived) = match read {
        Some(read) if **read != *text => moved(read, text, start, end),
        _ => (start, end, true),
    };
    if survived && patch.in_one_hunk(Side::Right, start, end) {
        let start_line = (start < end).then_some(start);
        return Some(Line { path: path.to_owned(), line: end, start_line, exact: true });
    }
    let line = patch.nearest(end)?;
    Some(Line { path: path.to_owned(), line, start_line: None, exact: false })
}

/// Where lines went, and whether they are all still there, together and unchanged.
fn moved(origin: &str, text: &str, start: u32, end: u32) -> (u32, u32, bool) {
    let map = LineMap::between(origin, text);
    match (map.map(start), map.map(end)) {
        (Some(s), Some(e)) if e.checked_sub(s) == end.checked_sub(start) => (s, e, true),
        _ => (map.nearest(start), map.nearest(end), false),
    }
}

/// Reviews that are not posted yet although the head moved: their comments are placed anew.
pub fn anew(record: &Record, scope: &Scope, head: &CommitSha) -> Vec<Pin> {
    let untried = |review: PostKey| match record.posts.get(&review) {
        None => true,
        // Taken back: it certainly was not carried out.
        Some(Post::Intent { attempts, .. }) => *attempts == 0,
        Some(_) => false,
    };
    let mut pins = Vec::new();
    for round in &record.rounds {
        let review = PostKey::new(PostKind::Round, round.ordinal, 0, 0);
        if untried(review) && round.placed.head != *head {
            let origin = Origin { documents: &round.documents, record };
            pins.push(Pin::Placed(review, questions(scope, head, &round.questions, &origin)));
        }
    }
    if let Some(Revision { number, placed, documents, model, .. }) = record.revision()
        && untried(draft_post(*number))
        && placed.head != *head
    {
        let origin = Origin { documents, record };
        pins.push(Pin::Placed(draft_post(*number), recommendations(scope, head, model, &origin)));
    }
    pins
}
