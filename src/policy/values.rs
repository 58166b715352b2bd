//! Values that are more than a word: teams, periods, methodologies, languages.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::codeowners::Owner;

/// A team as `@organisation/team`. Compared without regard to ASCII case, shown as written.
#[derive(Debug, Clone)]
pub struct TeamRef {
    /// The organisation's login.
    pub org: String,
    /// The team's slug.
    pub slug: String,
}

impl TeamRef {
    /// Reads `@organisation/team`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_owner(&Owner::parse(text)?)
    }

    /// The team that an owner is, if it is one.
    pub fn from_owner(owner: &Owner) -> Option<Self> {
        match owner {
            Owner::Team { org, slug } => Some(Self { org: org.clone(), slug: slug.clone() }),
            Owner::User(_) | Owner::Email(_) => None,
        }
    }

    fn letters(&self) -> impl Iterator<Item = u8> + '_ {
        let both = self.org.bytes().chain([b'/']).chain(self.slug.bytes());
        both.map(|byte| byte.to_ascii_lowercase())
    }
}

impl PartialEq for TeamRef {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for TeamRef {}

impl PartialOrd for TeamRef {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TeamRef {
    fn cmp(&self, other: &Self) -> Ordering {
        self.letters().cmp(other.letters())
    }
}

impl Hash for TeamRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.letters().for_each(|letter| letter.hash(state));
    }
}

impl fmt::Display for TeamRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}/{}", self.org, self.slug)
    }
}

/// A length of working time, in whole hours or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `12h`
    Hours(u32),
    /// `3d`
    Days(u32),
}

impl Period {
    /// What is allowed, in words.
    pub(super) const ALLOWED: &'static str = "days or hours such as `3d` or `12h`, from `1h` to `90d`";

    /// So many days.
    pub const fn days(days: u32) -> Self {
        Self::Days(days)
    }

    /// Reads `12h` or `3d`, from `1h` to `90d`.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.get(..text.len().checked_sub(1)?)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let amount: u32 = digits.parse().ok()?;
        match text.bytes().last()? {
            b'h' if (1..=90 * 24).contains(&amount) => Some(Self::Hours(amount)),
            b'd' if (1..=90).contains(&amount) => Some(Self::Days(amount)),
            _ => None,
        }
    }

    /// In hours, a day being 24 of them.
    pub const fn hours(self) -> u32 {
        match self {
            Self::Hours(hours) => hours,
            Self::Days(days) => days.saturating_mul(24),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Days(days) => write!(f, "{days}d"),
        }
    }
}

/// How threats are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Methodology {
    /// One that comes with threadmodel, by its name in [`Methodology::NAMES`].
    Named(&'static str),
    /// A file of the repository, by its path.
    Path(String),
    /// The same, read from the base.
    Read {
        /// Where it is.
        path: String,
        /// What it says.
        text: Arc<str>,
    },
}

impl Methodology {
    /// Those that come with threadmodel.
    pub const NAMES: [&'static str; 11] = [
        "four-questions",
        "stride",
        "rapid-risk-assessment",
        "linddun",
        "attack-tree",
        "pasta",
        "two-scenarios",
        "trail",
        "platform-review",
        "house",
        "maestro",
    ];

    /// What an analyst takes: the name, or the text of the file once it was read.
    pub fn for_analyst(&self) -> String {
        match self {
            Self::Read { text, .. } => text.to_string(),
            Self::Named(_) | Self::Path(_) => self.to_string(),
        }
    }

    /// Reads a name, or a path: what holds a `/` or a `.`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = Self::NAMES.into_iter().find(|name| *name == text) {
            return Some(Self::Named(name));
        }
        let looks_like_path = text.contains(['/', '.']);
        (looks_like_path && is_repository_path(text)).then(|| Self::Path(text.to_owned()))
    }
}

impl Default for Methodology {
    fn default() -> Self {
        Self::Named("four-questions")
    }
}

impl fmt::Display for Methodology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Path(path) | Self::Read { path, .. } => f.write_str(path),
        }
    }
}

/// Relative to the root of the repository, and inside it.
pub(super) fn is_repository_path(text: &str) -> bool {
    text.len() <= 300
        && !text.chars().any(|c| c.is_control() || c == '\\')
        && text.trim_end_matches('/').split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// The language that people are addressed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Language {
    /// The document's.
    Auto,
    /// A tag of BCP 47 (<https://www.rfc-editor.org/info/bcp47>), such as `pt-BR`.
    Tag(String),
}

impl Language {
    const PATTERN: &'static str = "^(auto|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})$";

    /// Reads `auto` or a tag.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "auto" {
            return Some(Self::Auto);
        }
        let mut parts = text.split('-');
        let primary = parts.next()?;
        let subtags: Vec<&str> = parts.collect();
        let valid = (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
            && subtags.len() <= 3
            && subtags
                .iter()
                .all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        valid.then(|| Self::Tag(text.to_owned()))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Tag(tag) => f.write_str(tag),
        }
    }
}

/// Written as the text that is read, with the schema of that text.
macro_rules! text_value {
    ($type:ident, $schema:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

text_value!(TeamRef, json_schema!({ "type": "string", "pattern": "^@[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9_-]+$" }));
text_value!(Period, json_schema!({ "type": "string", "pattern": "^[0-9]+[hd]$" }));
text_value!(Language, json_schema!({ "type": "string", "pattern": Language::PATTERN }));
text_value!(
    Methodology,
    json_schema!({ "anyOf": [
        { "enum": Methodology::NAMES },
        { "type": "string", "pattern": "[/.]", "maxLength": 300 },
    ] })
);
