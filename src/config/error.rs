//! What is wrong with the configuration: which setting, where it came from, what to do.

use std::path::PathBuf;

use figment::error::Kind;
use figment::{Figment, Source};

use super::secrets;
use super::settings::Variables;

/// The configuration cannot be used. Every problem that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Never empty.
    pub problems: Vec<Problem>,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The setting, such as `engine.workers`; empty when it is not about one.
    pub key: String,
    /// Where its value came from.
    pub from: String,
    /// What is wrong. Shows no secret.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key, from, what, fix } = self;
        match (key.is_empty(), from.is_empty()) {
            (true, _) => write!(f, "{from}: ")?,
            (false, true) => write!(f, "{key}: ")?,
            (false, false) => write!(f, "{key} ({from}): ")?,
        }
        write!(f, "{what}; {fix}")
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    File(PathBuf),
    Variable(String),
    Default,
}

impl Origin {
    /// Of a setting such as `engine.workers`.
    pub(super) fn of(figment: &Figment, key: &str) -> Self {
        figment.find_metadata(key).map_or(Self::Default, |metadata| match &metadata.source {
            Some(Source::File(path)) => Self::File(path.clone()),
            _ => Self::Variable(secrets::variable(key)),
        })
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Variable(name) => f.write_str(name),
            Self::Default => Ok(()),
        }
    }
}

impl Problem {
    pub(super) fn new(
        key: &str,
        from: impl std::fmt::Display,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { key: key.to_owned(), from: from.to_string(), what: what.into(), fix: fix.into() }
    }

    fn from_figment(error: &figment::Error) -> Self {
        let mut path = error.path.clone();
        let (what, fix) = match &error.kind {
            Kind::UnknownField(field, known) => {
                if path.last() != Some(field) {
                    path.push(field.clone());
                }
                // In its own table a secret has a shorter name.
                unknown(if path == ["llm", "key"] { "llm_key" } else { field }, known)
            }
            // TOML that cannot be read: the message has line and column.
            Kind::Message(message) => (
                message.trim().replace('\n', "\n    "),
                "correct it; threadmodel.example.toml shows every setting".to_owned(),
            ),
            Kind::InvalidType(found, expected) | Kind::InvalidValue(found, expected) => {
                (format!("found {found}"), format!("give it {expected}"))
            }
            other => (other.to_string(), "threadmodel.example.toml shows every setting".to_owned()),
        };
        let key = path.join(".");
        let origin = match error.metadata.as_ref() {
            Some(metadata) if metadata.name == Variables::NAME => Origin::Variable(secrets::variable(&key)),
            Some(metadata) => match &metadata.source {
                Some(Source::File(path)) => Origin::File(path.clone()),
                _ => Origin::Default,
            },
            None => Origin::Default,
        };
        Self::new(&key, origin, what, fix)
    }
}

fn unknown(field: &str, known: &[&str]) -> (String, String) {
    if secrets::NAMES.contains(&field) {
        let fix = format!(
            "put it into a file of its own and name that in `{}`, or set {}",
            secrets::file_of(field),
            secrets::variable(field)
        );
        return ("a secret does not belong into this file".to_owned(), fix);
    }
    ("there is no such setting".to_owned(), format!("the settings here are {}", known.join(", ")))
}

impl ConfigError {
    pub(super) fn one(from: Origin, what: String, fix: &str) -> Self {
        Self { problems: vec![Problem::new("", from, what, fix)] }
    }

    pub(super) fn many(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    pub(super) fn from_figment(error: figment::Error) -> Self {
        Self { problems: error.into_iter().map(|error| Problem::from_figment(&error)).collect() }
    }
}
