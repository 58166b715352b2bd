//! Where the lines of an old version are in a new one.

use super::{line_ops, lines_with_endings, to_line, without_ending};

/// For each line of an old text, the line of the new text that it became, if it survived unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineMap {
    /// Line n of the old text is at index n - 1; 0 stands for a line that is gone.
    new_lines: Vec<u32>,
    new_count: u32,
}

impl LineMap {
    /// Compares two versions line by line. Line endings do not count.
    pub fn between(old: &str, new: &str) -> Self {
        let old_lines: Vec<&str> = lines_with_endings(old).into_iter().map(without_ending).collect();
        let lines: Vec<&str> = lines_with_endings(new).into_iter().map(without_ending).collect();
        let mut new_lines = vec![0; old_lines.len()];
        for op in line_ops(&old_lines, &lines) {
            if let similar::DiffOp::Equal { old_index, new_index, len } = op {
                for offset in 0..len {
                    if let Some(slot) = new_lines.get_mut(old_index + offset) {
                        *slot = to_line(new_index + offset + 1);
                    }
                }
            }
        }
        Self { new_lines, new_count: to_line(lines.len()) }
    }

    /// The line in the new text; only for a line that survived unchanged.
    pub fn map(&self, old_line: u32) -> Option<u32> {
        let index = usize::try_from(old_line).ok()?.checked_sub(1)?;
        self.new_lines.get(index).copied().filter(|&line| line > 0)
    }

    /// The line in the new text, or, for a line that is gone, the place where it was: next to its nearest surviving
    /// neighbour, the one above preferred. Always a line of the new text (1 when that is empty).
    pub fn nearest(&self, old_line: u32) -> u32 {
        let last = self.new_count.max(1);
        if let Some(line) = self.map(old_line) {
            return line;
        }
        let index = usize::try_from(old_line).unwrap_or(usize::MAX).clamp(1, self.new_lines.len().max(1)) - 1;
        let above = (0..=index)
            .rev()
            .find_map(|i| self.new_lines.get(i).filter(|&&line| line > 0).map(|&line| (index - i, line)));
        let below = (index..self.new_lines.len())
            .find_map(|i| self.new_lines.get(i).filter(|&&line| line > 0).map(|&line| (i - index, line)));
        let line = match (above, below) {
            // The replacement of a line stands after what stood before it.
            (Some((up, above)), Some((down, below))) if up <= down => above.saturating_add(1).min(below),
            (_, Some((_, below))) => below.saturating_sub(1),
            (Some((_, above)), None) => above.saturating_add(1),
            (None, None) => old_line,
        };
        line.clamp(1, last)
    }
}
