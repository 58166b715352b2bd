//! GitHub's CODEOWNERS: who owns a path, and the line that says so.
//!
//! Source: <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>.
//! The last line whose pattern matches decides; a line without owners takes ownership away; a line
//! that GitHub cannot read is skipped, the others hold; paths are case-sensitive.
//!
//! # Why not `ignore` or `globset`
//!
//! The patterns are gitignore's *with exceptions*, and the crates cannot be told the exceptions:
//! `docs/*` owns direct children only (gitignore goes on into directories), `!` and `[ ]` do not
//! exist, `#` cannot be escaped. `ignore` also asks for a path, then for its parents one by one, so
//! that an early line about a file beats a later line about its directory, where CODEOWNERS knows
//! the order of lines only. `globset` always reads `{a,b}` and `[ab]` as alternatives, has no
//! "this directory and all below", and compiles every pattern into one automaton, whose size the
//! author of the file decides. So [`pattern`] is a matcher of its own, without recursion or
//! backtracking over more than the last wildcard, and [`index`] finds the few lines worth trying.
//!
//! # What GitHub leaves open, and what is done here
//!
//! * A `#` begins a comment wherever it stands; after `\`, that leaves a dangling `\`: invalid.
//! * A line with an unescaped `[` is invalid (GitHub reports it), `\[` is a plain bracket.
//! * One owner that is no user, team or e-mail makes its whole line invalid.
//! * Whether an owner exists and has write access is not known here.

mod index;
mod line;
mod owner;
mod pattern;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;

pub use line::InvalidReason;
pub use owner::Owner;

use index::Index;
use line::Line;
use pattern::Steps;

/// GitHub loads a file only when it is smaller than this many bytes (3 MB).
pub const MAX_BYTES: usize = 3 * 1024 * 1024;

/// Where GitHub looks for the file, in this order; the first one found is the only one used.
pub const LOCATIONS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// The place of the file that counts, given which paths are files on the base branch.
pub fn locate(is_file: impl Fn(&str) -> bool) -> Option<&'static str> {
    LOCATIONS.into_iter().find(|path| is_file(path))
}

/// A line that assigns owners (or none) to what its pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Line in the file, from 1.
    pub line: u32,
    /// The pattern as written.
    pub pattern: String,
    /// The owners in the order of the line; empty takes ownership away.
    pub owners: Vec<Owner>,
}

/// A line that GitHub skips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidLine {
    /// Line in the file, from 1.
    pub line: u32,
    /// The line as written, without its line break.
    pub source: String,
    /// What is wrong with it.
    pub reason: InvalidReason,
}

/// A CODEOWNERS file, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Codeowners {
    rules: Vec<Rule>,
    steps: Steps,
    index: Index,
    invalid_lines: Vec<InvalidLine>,
    too_large: bool,
}

impl Codeowners {
    /// Reads a file. Never fails: what cannot be read is in [`Self::invalid_lines`]. A file of
    /// [`MAX_BYTES`] or more has no rules at all, as on GitHub, and is [`Self::too_large`].
    pub fn parse(text: &str) -> Self {
        if text.len() >= MAX_BYTES {
            return Self { too_large: true, ..Self::default() };
        }
        // Some editors begin a file with a byte order mark; it is no part of the first pattern.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut file = Self::default();
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        file.rules.reserve(lines);
        file.steps.reserve(lines);
        for (source, number) in text.split('\n').zip(1_u32..) {
            match line::parse(source) {
                Line::Blank => {}
                Line::Rule { pattern, owners } => {
                    file.steps.push(pattern);
                    file.rules.push(Rule { line: number, pattern: pattern.to_owned(), owners });
                }
                Line::Invalid(reason) => file.invalid_lines.push(InvalidLine {
                    line: number,
                    source: source.strip_suffix('\r').unwrap_or(source).to_owned(),
                    reason,
                }),
            }
        }
        file.index = Index::build(&file.rules, &file.steps);
        file
    }

    /// The rule that decides about `path`, which is relative to the repository's root and written
    /// as GitHub lists files. None: no line matches. A rule without owners: nobody owns it.
    pub fn rule_for(&self, path: &str) -> Option<&Rule> {
        let position = self.index.last_match(&self.rules, &self.steps, path)?;
        self.rules.get(position)
    }

    /// All valid lines, in the order of the file.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The lines that were skipped, in the order of the file.
    pub fn invalid_lines(&self) -> &[InvalidLine] {
        &self.invalid_lines
    }

    /// The file was too large to be loaded, so that it owns nothing.
    pub fn too_large(&self) -> bool {
        self.too_large
    }
}
