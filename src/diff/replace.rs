//! Suggested changes: replacing lines of a file, and telling which of them a new version took.
//! (<https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/incorporating-feedback-in-your-pull-request>)

use super::lines_with_endings;
use std::collections::HashSet;

/// Lines to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineReplacement {
    /// First line, 1-based.
    pub start_line: u32,
    /// Last line, included.
    pub end_line: u32,
    /// The new lines without the last one's ending; empty: the lines are deleted.
    pub replacement: String,
}

impl LineReplacement {
    /// The lines as indices, `from..to`; none when they are not in a text of `count` lines.
    fn range(&self, count: usize) -> Option<std::ops::Range<usize>> {
        let from = usize::try_from(self.start_line).ok()?.checked_sub(1)?;
        let to = usize::try_from(self.end_line).ok()?;
        (from < to && to <= count).then_some(from..to)
    }

    /// The bytes that stand in place of `replaced`: with the document's line ending, and ended as the last replaced line was.
    fn bytes(&self, replaced: &[&str], document_ending: &str) -> String {
        if self.replacement.is_empty() {
            return String::new();
        }
        let mut out = String::with_capacity(self.replacement.len() + 2);
        for (n, line) in self.replacement.split('\n').enumerate() {
            if n > 0 {
                out.push_str(document_ending);
            }
            out.push_str(line.strip_suffix('\r').unwrap_or(line));
        }
        if replaced.last().is_some_and(|last| last.ends_with('\n')) {
            out.push_str(document_ending);
        }
        out
    }
}

/// The line ending of a text: that of its first line.
fn ending(lines: &[&str]) -> &'static str {
    if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" }
}

/// The text with lines replaced; unchanged when the lines are not in it.
pub fn apply(before: &str, change: &LineReplacement) -> String {
    let lines = lines_with_endings(before);
    let Some(range) = change.range(lines.len()) else {
        return before.to_owned();
    };
    let replaced = lines.get(range.clone()).unwrap_or_default();
    let mut out = lines.get(..range.start).unwrap_or_default().concat();
    out.push_str(&change.bytes(replaced, ending(&lines)));
    out.extend(lines.get(range.end..).unwrap_or_default().iter().copied());
    out
}

/// Whether `after` is `before` with a subset of the suggestions applied, byte for byte, and nothing else; gives their indices,
/// rising. Of two that overlap at most one is applied. Where several subsets would do, the one that takes a suggestion
/// as early as possible wins. Suggestions for lines that `before` does not have are never applied.
pub fn is_with_subset_applied(before: &str, after: &str, suggestions: &[LineReplacement]) -> Option<Vec<usize>> {
    let lines = lines_with_endings(before);
    let ending = ending(&lines);
    let mut changes: Vec<Change> = Vec::new();
    for (index, suggestion) in suggestions.iter().enumerate() {
        if let Some(range) = suggestion.range(lines.len()) {
            let replaced = lines.get(range.clone()).unwrap_or_default();
            changes.push(Change { index, bytes: suggestion.bytes(replaced, ending), range });
        }
    }
    changes.sort_by_key(|change| (change.range.start, change.index));
    let mut starts = Vec::with_capacity(lines.len() + 1);
    let mut at = 0;
    for line in &lines {
        starts.push(at);
        at += line.len();
    }
    starts.push(at);
    let walk = Walk { before, after, starts, changes };
    walk.run()
}

struct Change {
    index: usize,
    range: std::ops::Range<usize>,
    bytes: String,
}

struct Walk<'t> {
    before: &'t str,
    after: &'t str,
    /// Where each line of `before` begins, and its end.
    starts: Vec<usize>,
    /// By first line.
    changes: Vec<Change>,
}

/// Before `line` of the old text and byte `at` of the new one, with all changes from `next` on still to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    line: usize,
    at: usize,
    next: usize,
}

impl Walk<'_> {
    /// Depth first, each state once: states are (change, place in the new text) pairs, so the work is bounded by their
    /// number and not by that of subsets.
    fn run(&self) -> Option<Vec<usize>> {
        /// More than any real pull request needs; a hostile one ends here, with "not only suggestions".
        const MOST_STATES: usize = 1_000_000;
        let mut seen: HashSet<State> = HashSet::new();
        // Each entry: a state, how many changes were applied before it, and the one applied to reach it.
        let mut open = vec![(State { line: 0, at: 0, next: 0 }, 0, None)];
        let mut applied: Vec<usize> = Vec::new();
        while let Some((state, depth, taken)) = open.pop() {
            applied.truncate(depth);
            applied.extend(taken);
            let Some(state) = self.copy(state) else {
                continue;
            };
            if !seen.insert(state) || seen.len() > MOST_STATES {
                continue;
            }
            let Some(change) = self.changes.get(state.next) else {
                if self.rest_is_equal(state) {
                    applied.sort_unstable();
                    return Some(applied);
                }
                continue;
            };
            let depth = applied.len();
            open.push((State { next: state.next + 1, ..state }, depth, None));
            if let Some(reached) = self.take(state, change) {
                open.push((reached, depth, Some(change.index)));
            }
        }
        None
    }

    /// Copies the lines up to the next change, which no change to come can touch; none when the new text has others there.
    /// So that of all ways to the same place one state is left.
    fn copy(&self, state: State) -> Option<State> {
        let Some(change) = self.changes.get(state.next).filter(|change| change.range.start > state.line) else {
            return Some(state);
        };
        let kept = self.between(state.line, change.range.start)?;
        self.after.get(state.at..)?.starts_with(kept).then_some(())?;
        Some(State { line: change.range.start, at: state.at + kept.len(), ..state })
    }

    /// Applies a change, if the new text says so and none that overlaps was applied.
    fn take(&self, state: State, change: &Change) -> Option<State> {
        if change.range.start != state.line {
            return None;
        }
        let rest = self.after.get(state.at..)?.strip_prefix(change.bytes.as_str())?;
        Some(State { line: change.range.end, at: self.after.len() - rest.len(), next: state.next + 1 })
    }

    fn rest_is_equal(&self, state: State) -> bool {
        self.between(state.line, self.starts.len().saturating_sub(1)) == self.after.get(state.at..)
    }

    fn between(&self, from: usize, to: usize) -> Option<&str> {
        self.before.get(*self.starts.get(from)?..*self.starts.get(to)?)
    }
}
