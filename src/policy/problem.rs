//! What is wrong with a policy file, where, and in words.

use std::fmt;

use super::PATH;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFile {
    /// The repository's, read from the base.
    Repository,
    /// That of the organisation's `.github` repository.
    Organisation,
}

/// One problem of a policy file, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyProblem {
    /// Whose file.
    pub file: PolicyFile,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// What is wrong and what is allowed: one or two sentences of Markdown. What is quoted from the
    /// file stands in backticks and can neither end them nor break the line.
    pub message: String,
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.file {
            PolicyFile::Repository => "",
            PolicyFile::Organisation => "the organisation's ",
        };
        let Self { line, column, message, .. } = self;
        write!(f, "{whose}`{PATH}`, line {line}, column {column}: {message}")
    }
}

impl std::error::Error for PolicyProblem {}

/// Text of the file, as code, short and on one line.
pub(super) fn quoted(text: &str) -> String {
    const MAX: usize = 60;
    let mut shown: String =
        text.chars().map(|c| if c.is_control() || c == '`' { '\u{fffd}' } else { c }).take(MAX).collect();
    if text.chars().nth(MAX).is_some() {
        shown.push('…');
    }
    if shown.trim().is_empty() {
        return "an empty text".to_owned();
    }
    format!("`{shown}`")
}

/// `a`, `b` or `c`, in backticks.
pub(super) fn alternatives(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// " Did you mean `…`?" for the nearest of `known`, when one is near enough; else "".
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> String {
    let nearest = known.iter().map(|known| (distance(word, known), *known)).min();
    match nearest {
        Some((distance, known)) if distance <= known.chars().count().div_ceil(3).min(3) => {
            format!(" Did you mean `{known}`?")
        }
        _ => String::new(),
    }
}

/// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    // Long words are near nothing; this also bounds the work.
    let a: Vec<char> = a.to_lowercase().chars().take(64).collect();
    let b: Vec<char> = b.to_lowercase().chars().take(64).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: usize, column: usize| rows.get(row).and_then(|row| row.get(column)).copied();
            let replaced = at(i, j).map(|cost| cost + usize::from(x != y));
            let removed = at(i, j + 1).map(|cost| cost + 1);
            let inserted = row.last().map(|cost| cost + 1);
            let swaps = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            let swapped = swaps.then(|| at(i - 1, j - 1)).flatten().map(|cost| cost + 1);
            let best = [replaced, removed, inserted, swapped].into_iter().flatten().min();
            row.push(best.unwrap_or(usize::MAX / 2));
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(usize::MAX)
}
