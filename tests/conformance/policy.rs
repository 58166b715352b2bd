//! The settings are those of the block in the design text, which is the only list.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use threadmodel::policy::{Policy, schema};

use crate::shared::shared_part;

/// The block of BEHAVIOUR, "Configuration".
fn block() -> Option<String> {
    let path = shared_part("design/BEHAVIOUR.md", 2)?;
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("## Configuration").expect("a section \"Configuration\"");
    let (_, rest) = section.split_once("```yaml\n").expect("a block of YAML");
    Some(rest.split("```").next().unwrap().to_owned())
}

/// Names of the settings in a value, one level deep.
fn names(value: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (name, value) in value.as_object().unwrap() {
        names.insert(name.clone());
        let inner = value.as_object().into_iter().flatten();
        names.extend(inner.map(|(inner, _)| format!("{name}.{inner}")));
    }
    names
}

/// Names of the settings that the schema has.
fn schema_names() -> BTreeSet<String> {
    let properties = |schema: &Value| schema.get("properties").cloned().unwrap_or(Value::Null);
    let mut flat = properties(schema().as_value());
    for property in flat.as_object_mut().unwrap().values_mut() {
        *property = properties(property);
    }
    names(&flat)
}

#[test]
fn the_settings_are_those_of_the_block() {
    let Some(block) = block() else { return };
    let mut written: Value = serde_saphyr::from_str(&block).unwrap();
    // Stands in a comment, since only the default branch's file has it.
    assert!(block.contains("default branch only: { groups:"));
    written["check"]["groups"] = json!({});
    assert_eq!(schema_names(), names(&written));
}

#[test]
fn the_block_is_a_policy_and_holds_the_defaults() {
    let Some(block) = block() else { return };
    let policy = Policy::parse(&block).unwrap();
    let mut default = Policy::default();
    // The block names a made-up organisation; nobody's default can.
    default.approval.teams.clone_from(&policy.approval.teams);
    default.approval.fallback.clone_from(&policy.approval.fallback);
    assert_eq!(policy, default);
    assert_eq!(policy.approval.teams.len(), 1);
}
