//! gitignore-style patterns, compiled once.

use std::borrow::Cow;
use std::fmt;

use globset::{GlobBuilder, GlobMatcher};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// How many patterns a setting may hold.
pub(super) const MAX_PATTERNS: usize = 100;

/// How long a pattern may be, in bytes.
pub(super) const MAX_PATTERN_BYTES: usize = 300;

/// A list of gitignore-style patterns: the last one that matches decides, `!` takes away. Compared
/// and written as the list of its patterns.
#[derive(Clone)]
pub struct Globs {
    patterns: Vec<String>,
    matcher: Gitignore,
}

impl Globs {
    /// Compiles patterns. The error is the position of the pattern at fault and what is wrong with it.
    pub fn new(patterns: Vec<String>) -> Result<Self, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        for (position, pattern) in patterns.iter().enumerate() {
            // gitignore would take these for comments and blank lines.
            if pattern.trim().is_empty() || pattern.starts_with('#') || pattern.chars().any(char::is_control) {
                return Err((position, "matches nothing".to_owned()));
            }
            builder.add_line(None, pattern).map_err(|error| (position, reason(&error)))?;
        }
        let matcher = builder.build().map_err(|error| (0, reason(&error)))?;
        Ok(Self { patterns, matcher })
    }

    /// The patterns as written.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether a path, relative to the root of the repository, is matched, by itself or through one
    /// of its directories.
    pub fn matches(&self, path: &str) -> bool {
        // The matcher insists on relative paths; GitHub's are.
        if path.is_empty() || path.starts_with('/') || path.starts_with("./") {
            return false;
        }
        self.matcher.matched_path_or_any_parents(path, false).is_ignore()
    }
}

fn reason(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

/// A pattern over the names of branches.
pub(super) fn branch_pattern(pattern: &str) -> Result<GlobMatcher, String> {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

impl Default for Globs {
    fn default() -> Self {
        Self { patterns: Vec::new(), matcher: Gitignore::empty() }
    }
}

impl fmt::Debug for Globs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.patterns.fmt(f)
    }
}

impl PartialEq for Globs {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Globs {}

impl Serialize for Globs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.patterns.serialize(serializer)
    }
}

impl JsonSchema for Globs {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Globs".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "type": "array",
            "items": { "type": "string", "minLength": 1, "maxLength": MAX_PATTERN_BYTES },
            "maxItems": MAX_PATTERNS,
        })
    }
}
