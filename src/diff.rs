//! Differences: on which lines of a pull request a thread may stand, where a line went, which suggestions were taken.

mod line_map;
mod patch;
mod replace;
mod unified;

pub use line_map::LineMap;
pub use patch::{Hunk, Patch, PatchError, Side};
pub use replace::{LineReplacement, apply, is_with_subset_applied};
pub use unified::unified;

use std::ops::Range;

/// The lines of a text, each with its ending.
fn lines_with_endings(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A line without its ending (`\n` or `\r\n`).
fn without_ending(line: &str) -> &str {
    line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line))
}

/// The number that comes after `n` places, for 1-based lines.
fn to_line(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Where two lists of lines differ: which lines went away, and which came in their place.
pub fn line_changes(old: &[&str], new: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let differs = |op: &similar::DiffOp| op.tag() != similar::DiffTag::Equal;
    line_ops(old, new).iter().filter(|op| differs(op)).map(|op| (op.old_range(), op.new_range())).collect()
}

/// The operations that turn one list of lines into the other. The heuristics of `similar`'s Myers bound the work without a
/// clock, so that the same texts always give the same answer.
fn line_ops(old: &[&str], new: &[&str]) -> Vec<similar::DiffOp> {
    similar::capture_diff_slices(similar::Algorithm::Myers, old, new)
}
