//! Unified patches as GitHub shows them, the lines they show, and how a line moves from one version to the next.

use std::collections::BTreeMap;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use super::git::{Files, Git};
use super::model::{Lines, Oid, Side};

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 3;

/// One changed file between two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Path (the new one after a rename).
    pub path: String,
    /// `added`, `removed`, `modified`, `renamed`.
    pub status: &'static str,
    /// The old path of a rename.
    pub previous: Option<String>,
    /// Blob before.
    pub old: Option<Oid>,
    /// Blob after.
    pub new: Option<Oid>,
    /// Added lines.
    pub additions: u64,
    /// Deleted lines.
    pub deletions: u64,
    /// The patch; absent for binary files, pure renames and what is too large.
    pub patch: Option<String>,
}

/// Lines with their line ends, split at `\n` only.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Git's test: a NUL in the first 8,000 bytes.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|byte| *byte == 0)
}

fn ops(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    capture_diff_slices(Algorithm::Myers, old, new)
}

/// The hunks of a unified diff, without file headers, and the numbers of added and deleted lines.
pub fn unified(old: &str, new: &str) -> (String, u64, u64) {
    let (old, new) = (lines(old), lines(new));
    let (mut patch, mut added, mut deleted) = (String::new(), 0, 0);
    for group in group_diff_ops(ops(&old, &new), CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        let (old_range, new_range) =
            (first.old_range().start..last.old_range().end, first.new_range().start..last.new_range().end);
        if !patch.is_empty() {
            patch.push('\n');
        }
        let header = ["@@ -", &span(&old_range), " +", &span(&new_range), " @@", &heading(&old, old_range.start)];
        patch.push_str(&header.concat());
        for op in &group {
            match op.tag() {
                DiffTag::Equal => push_lines(&mut patch, ' ', &new, op.new_range()),
                DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                    deleted += op.old_range().len() as u64;
                    added += op.new_range().len() as u64;
                    push_lines(&mut patch, '-', &old, op.old_range());
                    push_lines(&mut patch, '+', &new, op.new_range());
                }
            }
        }
    }
    (patch, added, deleted)
}

fn span(range: &std::ops::Range<usize>) -> String {
    // An empty side names the line before it; a length of one is left out.
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        length => format!("{},{length}", range.start + 1),
    }
}

/// Git's default "function" line: the nearest line above that starts with a letter, `_` or `$`.
fn heading(old: &[&str], before: usize) -> String {
    let found = old
        .iter()
        .take(before)
        .rev()
        .find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$'));
    found.map_or_else(String::new, |line| {
        let line = line.trim_end();
        let mut end = line.len().min(80);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        format!(" {}", &line[..end])
    })
}

fn push_lines(patch: &mut String, sign: char, lines: &[&str], range: std::ops::Range<usize>) {
    for line in lines.iter().skip(range.start).take(range.len()) {
        patch.push('\n');
        patch.push(sign);
        if let Some(text) = line.strip_suffix('\n') {
            patch.push_str(text);
        } else {
            patch.push_str(line);
            patch.push_str("\n\\ No newline at end of file");
        }
    }
}

/// Every line that a patch shows, with its hunk's number and the position GitHub's old API counts.
pub fn shown_lines(patch: &str) -> BTreeMap<(Side, u32), Shown> {
    let mut shown = BTreeMap::new();
    let (mut old, mut new, mut hunk) = (0_u32, 0_u32, 0_u32);
    let mut position = 0_u32;
    for (index, line) in patch.split('\n').enumerate() {
        if line.starts_with("@@") {
            let mut numbers =
                line.split([' ', ',']).filter_map(|word| word.strip_prefix(['-', '+'])?.parse::<u32>().ok());
            (old, new) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            hunk += 1;
            position = u32::try_from(index).unwrap_or(u32::MAX);
            continue;
        }
        position += 1;
        let at = Shown { hunk, position };
        match line.chars().next() {
            Some('-') => {
                shown.insert((Side::Left, old), at);
                old += 1;
            }
            Some('+') => {
                shown.insert((Side::Right, new), at);
                new += 1;
            }
            Some('\\') => {}
            _ => {
                shown.insert((Side::Left, old), at);
                shown.insert((Side::Right, new), at);
                old += 1;
                new += 1;
            }
        }
    }
    shown
}

/// Where in a patch a line is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Number of the hunk, from 1.
    pub hunk: u32,
    /// Lines below the first hunk header.
    pub position: u32,
}

/// The part of a patch that GitHub keeps as `diff_hunk`: the hunk's header down to the line.
pub fn hunk_until(patch: &str, side: Side, line: u32) -> String {
    let Some(at) = shown_lines(patch).get(&(side, line)).copied() else {
        return String::new();
    };
    let all: Vec<&str> = patch.split('\n').collect();
    let end = usize::try_from(at.position).unwrap_or(0).min(all.len().saturating_sub(1));
    let start = all.iter().take(end + 1).rposition(|line| line.starts_with("@@")).unwrap_or(0);
    all.get(start..=end).map(|part| part.join("\n")).unwrap_or_default()
}

/// Where these lines of `old` stand in `new`; `None` when one of them was changed or deleted.
pub fn follow(old: &str, new: &str, at: Lines) -> Option<Lines> {
    let (old, new) = (lines(old), lines(new));
    let start = usize::try_from(at.start.unwrap_or(at.line)).ok()?.checked_sub(1)?;
    let end = usize::try_from(at.line).ok()?;
    for op in ops(&old, &new) {
        if let DiffOp::Equal { old_index, new_index, len } = op
            && old_index <= start
            && end <= old_index + len
        {
            let moved = |line: usize| u32::try_from(line - old_index + new_index + 1).ok();
            return Some(Lines {
                start: if at.start.is_some() { Some(moved(start)?) } else { None },
                line: moved(end.checked_sub(1)?)?,
            });
        }
    }
    None
}

/// How large a patch may be before GitHub leaves it out.
#[derive(Clone, Copy, Debug)]
pub struct PatchLimit {
    /// Added and deleted lines of one file.
    pub lines: u64,
    /// Bytes of one file's patch.
    pub bytes: usize,
}

/// All changed files between two trees, by path, renames recognised as git does (identical, or at least half alike).
pub fn changes(git: &Git, old: &Files, new: &Files, limit: PatchLimit) -> Vec<FileChange> {
    let mut removed: Vec<(&String, &Oid)> = old.iter().filter(|(path, _)| !new.contains_key(*path)).collect();
    let mut found = Vec::new();
    for (path, oid) in new {
        match old.get(path) {
            Some(before) if before == oid => {}
            Some(before) => found.push(change(git, path, "modified", None, Some(before), Some(oid), limit)),
            None => {
                let source = rename_source(git, &removed, oid);
                if let Some(index) = source {
                    let (previous, before) = removed.remove(index);
                    found.push(change(git, path, "renamed", Some(previous), Some(before), Some(oid), limit));
                } else {
                    found.push(change(git, path, "added", None, None, Some(oid), limit));
                }
            }
        }
    }
    found.extend(removed.into_iter().map(|(path, oid)| change(git, path, "removed", None, Some(oid), None, limit)));
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn rename_source(git: &Git, removed: &[(&String, &Oid)], oid: &Oid) -> Option<usize> {
    if let Some(same) = removed.iter().position(|(_, before)| *before == oid) {
        return Some(same);
    }
    let new = text(git, Some(oid))?;
    let new = lines(&new);
    removed.iter().position(|(_, before)| {
        let Some(old) = text(git, Some(before)) else {
            return false;
        };
        let old = lines(&old);
        let alike: usize =
            ops(&old, &new).iter().filter(|op| op.tag() == DiffTag::Equal).map(|op| op.new_range().len()).sum();
        alike > 0 && alike * 2 >= old.len().max(new.len())
    })
}

fn text(git: &Git, oid: Option<&Oid>) -> Option<String> {
    let Some(oid) = oid else {
        return Some(String::new());
    };
    let bytes = git.blob(oid)?;
    if is_binary(bytes) { None } else { Some(String::from_utf8_lossy(bytes).into_owned()) }
}

fn change(
    git: &Git,
    path: &str,
    status: &'static str,
    previous: Option<&String>,
    old: Option<&Oid>,
    new: Option<&Oid>,
    limit: PatchLimit,
) -> FileChange {
    let (mut patch, mut additions, mut deletions) = (None, 0, 0);
    if old != new
        && let (Some(before), Some(after)) = (text(git, old), text(git, new))
    {
        let (hunks, added, deleted) = unified(&before, &after);
        (additions, deletions) = (added, deleted);
        if !hunks.is_empty() && added + deleted <= limit.lines && hunks.len() <= limit.bytes {
            patch = Some(hunks);
        }
    }
    FileChange {
        path: path.to_owned(),
        status,
        previous: previous.cloned(),
        old: old.cloned(),
        new: new.cloned(),
        additions,
        deletions,
        patch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_reads_like_gits() {
        let old = "Title\n\na\nb\nc\nd\ne\nf\ng\n";
        let new = "Title\n\na\nb\nc\nd\ne\nF\ng";
        let (patch, added, deleted) = unified(old, new);
        assert_eq!(patch, "@@ -5,5 +5,5 @@ b\n c\n d\n e\n-f\n-g\n+F\n+g\n\\ No newline at end of file");
        assert_eq!((added, deleted), (2, 2));
        let shown = shown_lines(&patch);
        assert!(
            shown.contains_key(&(Side::Right, 9))
                && shown.contains_key(&(Side::Left, 8))
                && !shown.contains_key(&(Side::Right, 4))
        );
        assert_eq!(hunk_until(&patch, Side::Right, 6), "@@ -5,5 +5,5 @@ b\n c\n d");
    }

    #[test]
    fn an_added_file_starts_at_nought() {
        assert_eq!(unified("", "one\ntwo\n").0, "@@ -0,0 +1,2 @@\n+one\n+two");
    }

    #[test]
    fn untouched_lines_move_and_touched_ones_are_lost() {
        let at = |line| Lines { start: None, line };
        assert_eq!(follow("a\nb\nc\n", "x\na\nb\nc\n", at(2)), Some(at(3)));
        assert_eq!(follow("a\nb\nc\n", "a\nB\nc\n", at(2)), None);
        assert_eq!(follow("a\nb\nc\n", "a\nx\nb\nc\n", Lines { start: Some(1), line: 2 }), None);
    }
}
