//! Showing a difference.

use super::{line_ops, lines_with_endings, without_ending};
use similar::{DiffOp, group_diff_ops};
use std::fmt::Write;

/// The most characters that are shown; GitHub ends a comment at 65,536 and other text stands around.
const MOST: usize = 20_000;
/// The most characters of one line.
const MOST_IN_LINE: usize = 1_000;

/// The difference of two texts as a unified diff without a file header, `context` unchanged lines around each change. Empty when
/// the lines are equal. Bounded: what would be too long ends with a line that says how many lines are left out.
pub fn unified(before: &str, after: &str, context: usize) -> String {
    let old = lines_with_endings(before);
    let new = lines_with_endings(after);
    let mut out = String::new();
    let mut left_out = 0_usize;
    for group in group_diff_ops(line_ops(&old, &new), context) {
        let lines = std::iter::once(header(&group)).chain(group.iter().flat_map(|op| body(op, &old, &new)));
        for line in lines {
            if left_out > 0 || out.len() + line.len() > MOST {
                left_out += 1;
            } else {
                out.push_str(&line);
                out.push('\n');
            }
        }
    }
    if left_out > 0 {
        let _ = writeln!(out, "… {left_out} more lines"); // writing to a string cannot fail
    }
    out
}

fn header(group: &[DiffOp]) -> String {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return String::new();
    };
    let side = |start: usize, end: usize| match end.saturating_sub(start) {
        // An empty range stands after the line before it.
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        len => format!("{},{len}", start + 1),
    };
    let old = side(first.old_range().start, last.old_range().end);
    let new = side(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@")
}

fn body(op: &DiffOp, old: &[&str], new: &[&str]) -> Vec<String> {
    let shown = |mark: char, line: &str| {
        let text = without_ending(line);
        let mut shown: String = std::iter::once(mark).chain(text.chars().take(MOST_IN_LINE)).collect();
        if text.chars().nth(MOST_IN_LINE).is_some() {
            shown.push('…');
        }
        if !line.ends_with('\n') {
            shown.push_str("\n\\ No newline at end of file");
        }
        shown
    };
    let lines = |of: &[&str], range: std::ops::Range<usize>, mark: char| -> Vec<String> {
        of.get(range).unwrap_or_default().iter().map(|line| shown(mark, line)).collect()
    };
    match op.tag() {
        similar::DiffTag::Equal => lines(old, op.old_range(), ' '),
        _ => [lines(old, op.old_range(), '-'), lines(new, op.new_range(), '+')].concat(),
    }
}
