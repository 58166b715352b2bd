//! YAML as a tree in which every key and value knows its place.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Location, Spanned};

use super::MAX_BYTES;
use super::problem::{PolicyFile, PolicyProblem, quoted};

/// A place in a file, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: PolicyFile,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Place {
    fn new(file: PolicyFile, location: Location) -> Self {
        // Zero is "unknown": then the beginning of the file is meant.
        let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).max(1);
        Self { file, line: number(location.line()), column: number(location.column()) }
    }

    pub(super) fn problem(self, message: impl Into<String>) -> PolicyProblem {
        PolicyProblem { file: self.file, line: self.line, column: self.column, message: message.into() }
    }
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) key: String,
    pub(super) node: Node,
}

/// Reads a file. Untrusted: small, shallow, without anchors and aliases.
pub(super) fn parse(file: PolicyFile, text: &str) -> Result<Node, PolicyProblem> {
    let start = Place { file, line: 1, column: 1 };
    if text.len() > MAX_BYTES {
        let message = format!("the file is larger than {} KiB, so it is not read.", MAX_BYTES / 1024);
        return Err(start.problem(message));
    }
    let says_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(says_nothing) {
        return Ok(Node { place: start, value: Value::Map(Vec::new()) });
    }
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options()) {
        Ok(raw) => Ok(raw_node(file, raw)),
        Err(error) => Err(yaml_problem(file, &error)),
    }
}

fn options() -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_anchors = 0;
    budget.max_aliases = 0;
    budget.max_depth = 16;
    budget.flow_nesting_limit = 16;
    budget.max_nodes = 10_000;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options.duplicate_keys = DuplicateKeyPolicy::Error;
    options.merge_keys = MergeKeyPolicy::Error;
    // `on` and `off` are words, as the editor of the file sees them.
    options.strict_booleans = true;
    options.with_snippet = false;
    options
}

fn yaml_problem(file: PolicyFile, error: &serde_saphyr::Error) -> PolicyProblem {
    use serde_saphyr::Error;
    let error = error.without_snippet();
    let location = error.location().unwrap_or(Location::UNKNOWN);
    let message = match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("{} is set twice.", quoted(key))
        }
        Error::MultipleDocuments { .. } => "only one YAML document may stand in this file.".to_owned(),
        Error::Budget { .. } => {
            "anchors, aliases, and more than 16 levels or 10,000 values are not read here.".to_owned()
        }
        Error::UnknownAnchor { .. } | Error::MergeKeyNotAllowed { .. } => {
            "anchors, aliases and `<<` are not read here.".to_owned()
        }
        Error::ExternalMessage { msg, .. } | Error::Message { msg, .. } => {
            format!("this is not valid YAML: {}.", quoted(msg))
        }
        _ => "this is not YAML as it is read here. Is the indentation right, and every quote closed?".to_owned(),
    };
    Place::new(file, location).problem(message)
}

/// The tree as serde builds it.
enum Raw {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn raw_node(file: PolicyFile, raw: Spanned<Raw>) -> Node {
    let value = match raw.value {
        Raw::Null => Value::Null,
        Raw::Bool(value) => Value::Bool(value),
        Raw::Integer(value) => Value::Integer(value),
        Raw::Float(value) => Value::Float(value),
        Raw::Text(value) => Value::Text(value),
        Raw::List(items) => Value::List(items.into_iter().map(|item| raw_node(file, item)).collect()),
        Raw::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Raw>)| Entry {
                place: Place::new(file, key.referenced),
                key: key.value,
                node: raw_node(file, value),
            };
            Value::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node { place: Place::new(file, raw.referenced), value }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Integer(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}
