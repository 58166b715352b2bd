//! The `patch` of a pull request's file, as GitHub's "List pull requests files" gives it: the hunks of a unified diff
//! without its header. A review comment can stand only on a line of a hunk, context included
//! (<https://docs.github.com/en/rest/pulls/comments#create-a-review-comment-for-a-pull-request>).

use crate::document::LineSpan;
use serde::{Deserialize, Serialize};

/// The side of a split diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    /// The old file: deleted lines, and context.
    Left,
    /// The new file: added lines, and context.
    Right,
}

/// Why a patch could not be read. Nothing of such a patch is commentable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// Text where the head of a hunk should be.
    #[error("line {0} of the patch is no hunk header")]
    NoHunk(usize),
    /// `@@ -a,b +c,d @@` that does not parse, or whose numbers run backwards.
    #[error("line {0} of the patch is a malformed hunk header")]
    Header(usize),
    /// A line of a hunk that is neither context, added nor deleted.
    #[error("line {0} of the patch has no mark")]
    Mark(usize),
    /// A hunk with fewer or more lines than its head says: the patch was cut.
    #[error("the hunk before line {0} of the patch does not have the lines that its header says")]
    Count(usize),
}

/// One hunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// The lines of the old file in the hunk; none when it only adds to an empty place.
    pub old: Option<LineSpan>,
    /// The lines of the new file in the hunk; none when it only deletes.
    pub new: Option<LineSpan>,
    /// Old lines that are deleted, rising.
    pub deleted: Vec<u32>,
    /// New lines that are added, rising.
    pub added: Vec<u32>,
    /// The words after the second `@@`: the line that Git takes for the enclosing section.
    pub title: String,
}

impl Hunk {
    /// The lines of one side.
    pub fn lines(&self, side: Side) -> Option<LineSpan> {
        match side {
            Side::Left => self.old,
            Side::Right => self.new,
        }
    }
}

/// The hunks of one file. Without a patch (a binary file, a file too large, a pure rename) there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    hunks: Vec<Hunk>,
}

impl Patch {
    /// Reads the `patch` field.
    pub fn parse(patch: Option<&str>) -> Result<Self, PatchError> {
        let text = patch.unwrap_or_default();
        let text = text.strip_suffix('\n').unwrap_or(text);
        let mut hunks: Vec<Hunk> = Vec::new();
        if text.is_empty() {
            return Ok(Self { hunks });
        }
        let mut lines = (1..).zip(text.split('\n')).peekable();
        while let Some((n, line)) = lines.next() {
            if !line.starts_with("@@") {
                return Err(PatchError::NoHunk(n));
            }
            let head = Head::parse(line).ok_or(PatchError::Header(n))?;
            if hunks.last().is_some_and(|before| !head.follows(before)) {
                return Err(PatchError::Header(n));
            }
            let mut body = Body { old: head.old_start, new: head.new_start, deleted: Vec::new(), added: Vec::new() };
            let (old_end, new_end) = (head.old_start + head.old_len, head.new_start + head.new_len);
            while let Some(&(at, line)) = lines.peek() {
                if line.starts_with("\\ ") {
                    lines.next();
                    continue; // "\ No newline at end of file"
                }
                if body.old == old_end && body.new == new_end {
                    break;
                }
                body.take(line).ok_or(PatchError::Mark(at))?;
                if body.old > old_end || body.new > new_end {
                    return Err(PatchError::Count(at));
                }
                lines.next();
            }
            if body.old != old_end || body.new != new_end {
                return Err(PatchError::Count(n));
            }
            hunks.push(Hunk {
                old: span(head.old_start, head.old_len),
                new: span(head.new_start, head.new_len),
                deleted: body.deleted,
                added: body.added,
                title: head.title,
            });
        }
        Ok(Self { hunks })
    }

    /// The hunks, from top to bottom.
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// The commentable lines of a side, one span a hunk.
    pub fn commentable(&self, side: Side) -> impl Iterator<Item = LineSpan> {
        self.hunks.iter().filter_map(move |hunk| hunk.lines(side))
    }

    /// Whether a thread may stand on a line.
    pub fn is_commentable(&self, side: Side, line: u32) -> bool {
        self.commentable(side).any(|span| span.contains(line))
    }

    /// Whether all lines of `start..=end` are in the same hunk, as a comment on several lines needs.
    pub fn in_one_hunk(&self, side: Side, start: u32, end: u32) -> bool {
        start <= end && self.commentable(side).any(|span| span.contains(start) && span.contains(end))
    }

    /// Whether an old line is deleted.
    pub fn is_deleted(&self, line: u32) -> bool {
        self.hunks.iter().any(|hunk| hunk.deleted.binary_search(&line).is_ok())
    }

    /// Whether a new line is added.
    pub fn is_added(&self, line: u32) -> bool {
        self.hunks.iter().any(|hunk| hunk.added.binary_search(&line).is_ok())
    }

    /// The commentable line of the new file that is nearest; the upper one of two.
    pub fn nearest(&self, line: u32) -> Option<u32> {
        self.commentable(Side::Right).map(|span| line.clamp(span.start, span.end)).min_by_key(|&at| at.abs_diff(line))
    }
}

fn span(start: u64, len: u64) -> Option<LineSpan> {
    let last = (start + len).checked_sub(1).filter(|_| len > 0)?;
    Some(LineSpan::new(u32::try_from(start).ok()?, u32::try_from(last).ok()?))
}

struct Head {
    old_start: u64,
    old_len: u64,
    new_start: u64,
    new_len: u64,
    title: String,
}

impl Head {
    /// `@@ -3,9 +3,9 @@ title`
    fn parse(line: &str) -> Option<Self> {
        let (ranges, title) = line.strip_prefix("@@ -")?.split_once(" @@")?;
        let (old, new) = ranges.split_once(" +")?;
        let (old_start, old_len) = range(old)?;
        let (new_start, new_len) = range(new)?;
        Some(Self { old_start, old_len, new_start, new_len, title: title.trim().to_owned() })
    }

    fn follows(&self, before: &Hunk) -> bool {
        let after = |span: Option<LineSpan>, start: u64| span.is_none_or(|span| u64::from(span.end) < start.max(1));
        after(before.old, self.old_start) && after(before.new, self.new_start)
    }
}

/// `3,9`, or `3` for one line. Lines are counted from 1; an empty range may stand at 0.
fn range(text: &str) -> Option<(u64, u64)> {
    let number = |text: &str| {
        text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten().map(u64::from)
    };
    let (start, len) = match text.split_once(',') {
        Some((start, len)) => (number(start)?, number(len)?),
        None => (number(text)?, 1),
    };
    let fits = u32::try_from(start + len).is_ok() && (start > 0 || len == 0);
    fits.then_some((start, len))
}

/// The place in both files while a hunk is read.
struct Body {
    old: u64,
    new: u64,
    deleted: Vec<u32>,
    added: Vec<u32>,
}

impl Body {
    fn take(&mut self, line: &str) -> Option<()> {
        match line.bytes().next() {
            // Some tools cut the one space off an empty line of context.
            Some(b' ') | None => {
                self.old += 1;
                self.new += 1;
            }
            Some(b'-') => {
                self.deleted.push(u32::try_from(self.old).ok()?);
                self.old += 1;
            }
            Some(b'+') => {
                self.added.push(u32::try_from(self.new).ok()?);
                self.new += 1;
            }
            Some(b'\r') if line.len() == 1 => {
                self.old += 1;
                self.new += 1;
            }
            _ => return None,
        }
        Some(())
    }
}
