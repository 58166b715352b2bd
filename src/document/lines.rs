//! Lines of a text, and spans of them.

use serde::{Deserialize, Serialize};

/// Lines `start..=end`, 1-based, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineSpan {
    /// First line.
    pub start: u32,
    /// Last line.
    pub end: u32,
}

impl LineSpan {
    /// The lines from `start` to `end`; an `end` before `start` is taken as `start`.
    pub fn new(start: u32, end: u32) -> Self {
        Self { start, end: end.max(start) }
    }

    /// One line.
    pub fn line(line: u32) -> Self {
        Self { start: line, end: line }
    }

    /// Whether a line is in it.
    pub fn contains(self, line: u32) -> bool {
        (self.start..=self.end).contains(&line)
    }
}

/// Where each line begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineIndex {
    starts: Vec<usize>,
    len: usize,
}

impl LineIndex {
    pub(crate) fn of(text: &str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 40 + 1);
        if !text.is_empty() {
            starts.push(0);
        }
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1).filter(|&at| at < text.len()));
        Self { starts, len: text.len() }
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    /// The line that holds a byte offset; the last line for an offset beyond the end.
    pub(crate) fn line_of(&self, offset: usize) -> u32 {
        let line = self.starts.partition_point(|&start| start <= offset);
        u32::try_from(line.max(1)).unwrap_or(u32::MAX)
    }

    /// The lines of a byte range whose trailing white space does not count.
    pub(crate) fn span(&self, text: &str, range: std::ops::Range<usize>) -> LineSpan {
        let kept = text.get(range.clone()).map_or(0, |part| part.trim_end().len());
        let last = range.start + kept.saturating_sub(1);
        LineSpan::new(self.line_of(range.start), self.line_of(last))
    }

    /// The byte range of line `n`, its ending included.
    pub(crate) fn range(&self, n: u32) -> Option<std::ops::Range<usize>> {
        let index = usize::try_from(n).ok()?.checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.len);
        Some(start..end)
    }

    pub(crate) fn get<'t>(&self, text: &'t str, n: u32) -> Option<&'t str> {
        let line = text.get(self.range(n)?)?;
        let line = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
        Some(line)
    }
}

/// Looks lines up in rising order, mostly: a step forward is cheaper than a search.
#[derive(Debug)]
pub(super) struct LineCursor<'i> {
    index: &'i LineIndex,
    at: usize,
}

impl<'i> LineCursor<'i> {
    pub(super) fn new(index: &'i LineIndex) -> Self {
        Self { index, at: 0 }
    }

    pub(super) fn line_of(&mut self, offset: usize) -> u32 {
        let starts = &self.index.starts;
        for _ in 0..8 {
            let here = starts.get(self.at).is_none_or(|&start| start <= offset);
            let next = starts.get(self.at + 1).is_some_and(|&start| start <= offset);
            match (here, next) {
                (true, false) => return u32::try_from(self.at + 1).unwrap_or(u32::MAX),
                (true, true) => self.at += 1,
                (false, _) => break,
            }
        }
        let line = self.index.line_of(offset);
        self.at = usize::try_from(line).unwrap_or(1).saturating_sub(1);
        line
    }
}
