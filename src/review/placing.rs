//! Where a question or a recommendation stands: on its own line when a hunk shows it, else on the nearest line on which
//! GitHub accepts a comment, else in the review's body.

use super::scope::Scope;
use crate::diff::{LineMap, Patch, Side};

/// A place on the right side of the diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) path: String,
    pub(super) line: u32,
    pub(super) start_line: Option<u32>,
    /// The very lines that were wanted: a suggestion block may stand here.
    pub(super) exact: bool,
}

/// Finds the place for lines `start..=end` of `path` as they stood in `origin` (the text that was read).
pub(super) fn place(scope: &Scope, path: &str, start: u32, end: u32, origin: Option<&str>) -> Option<Line> {
    let document = scope.documents.iter().find(|d| d.path == path)?;
    let patch = Patch::parse(document.patch.as_deref()).ok()?;
    let text = document.text.as_deref()?;
    let (start, end, survived) = match origin {
        Some(origin) if origin != text => moved(origin, text, start, end),
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
