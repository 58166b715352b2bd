//! A repository's file over its organisation's.

use serde_json::Value as Json;

use super::problem::{PolicyFile, PolicyProblem, did_you_mean, quoted};
use super::tree::{self, Entry, Node, Value};
use super::{Policy, read};

/// The organisation's file: defaults for its repositories, and settings that they cannot change.
/// The same settings as in a repository, and `locked: [approval, reminders.after, …]`.
#[derive(Debug, Clone, PartialEq)]
pub struct OrgPolicy {
    defaults: Policy,
    locked: Vec<String>,
}

impl OrgPolicy {
    /// Reads the organisation's file.
    pub fn parse(text: &str) -> Result<Self, PolicyProblem> {
        let mut tree = tree::parse(PolicyFile::Organisation, text)?;
        let mut locked = Vec::new();
        if let Value::Map(entries) = &mut tree.value
            && let Some(position) = entries.iter().position(|entry| entry.key == "locked")
        {
            locked = locked_names(&entries.remove(position))?;
        }
        let mut defaults = Policy::default();
        read::apply(&tree, &mut defaults)?;
        Ok(Self { defaults, locked })
    }

    /// What holds where a repository says nothing.
    pub fn defaults(&self) -> &Policy {
        &self.defaults
    }

    /// The names of the settings that repositories cannot change.
    pub fn locked(&self) -> &[String] {
        &self.locked
    }
}

/// A repository's policy, and what its file said in vain.
#[derive(Debug, Clone, PartialEq)]
pub struct Layered {
    /// What holds.
    pub policy: Policy,
    /// Settings of the repository's file that the organisation locked to another value.
    pub overruled: Vec<PolicyProblem>,
}

pub(super) fn layered(org: Option<&OrgPolicy>, repo: Option<&str>) -> Result<Layered, PolicyProblem> {
    let mut policy = org.map_or_else(Policy::default, |org| org.defaults.clone());
    let Some(repo) = repo else {
        return Ok(Layered { policy, overruled: Vec::new() });
    };
    let tree = tree::parse(PolicyFile::Repository, repo)?;
    let locked = org.map_or(&[][..], |org| &org.locked);
    // What the file wants, were nothing locked: also finds what is wrong in locked settings.
    let mut wanted = policy.clone();
    read::apply(&tree, &mut wanted)?;
    let mut removed = Vec::new();
    let allowed = without(&tree, "", locked, &mut removed);
    read::apply(&allowed, &mut policy)?;

    let (wanted, holds) = (json(&wanted), json(&policy));
    let overruled = removed
        .into_iter()
        .filter(|(name, _)| value(&wanted, name) != value(&holds, name))
        .map(|(name, entry)| {
            let held = value(&holds, &name).map(ToString::to_string).unwrap_or_default();
            let message = format!("`{name}` is locked by the organisation: {} holds.", quoted(&held));
            entry.place.problem(message)
        })
        .collect();
    Ok(Layered { policy, overruled })
}

/// The tree without locked settings; those are noted in `removed`.
fn without<'a>(tree: &'a Node, inside: &str, locked: &[String], removed: &mut Vec<(String, &'a Entry)>) -> Node {
    let Value::Map(entries) = &tree.value else {
        return tree.clone();
    };
    let mut kept = Vec::new();
    for entry in entries {
        let name = format!("{inside}{}", entry.key);
        if locked.contains(&name) {
            removed.push((name, entry));
            continue;
        }
        // Names have two parts at most.
        let node = if inside.is_empty() {
            without(&entry.node, &format!("{name}."), locked, removed)
        } else {
            entry.node.clone()
        };
        kept.push(Entry { node, ..entry.clone() });
    }
    Node { value: Value::Map(kept), ..*tree }
}

fn locked_names(entry: &Entry) -> Result<Vec<String>, PolicyProblem> {
    let Value::List(items) = &entry.node.value else {
        let message = "`locked` must be a list of settings in `[ ]`, such as `[approval, mode]`.";
        return Err(entry.node.place.problem(message));
    };
    let known = read::names();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let name = |item: &Node| match &item.value {
        Value::Text(name) if known.contains(&name.as_str()) => Ok(name.clone()),
        Value::Text(name) => {
            let hint = did_you_mean(name, &known);
            Err(item.place.problem(format!("{} is not a setting that can be locked.{hint}", quoted(name))))
        }
        _ => Err(item.place.problem("`locked` must hold names of settings only.")),
    };
    items.iter().map(name).collect()
}

fn json(policy: &Policy) -> Json {
    // A policy holds nothing that JSON cannot: no failure is possible.
    serde_json::to_value(policy).unwrap_or_default()
}

fn value<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    name.split('.').try_fold(json, |json, part| json.get(part))
}
