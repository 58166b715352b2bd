//! The JSON Schema of the file and the page for repository owners, both from the types.

use std::fmt::Write as _;

use schemars::{Schema, schema_for};
use serde_json::{Map, Value, json};

use super::Policy;

/// What stands before the table in `docs/policy.md`.
const INTRODUCTION: &str = include_str!("reference/introduction.md");

/// What stands after it.
const NOTES: &str = include_str!("reference/notes.md");

/// The JSON Schema of `.github/threadmodel.yml`.
pub fn schema() -> Schema {
    let mut schema = schema_for!(Policy);
    schema.insert("title".to_owned(), json!("threadmodel policy"));
    schema.insert(
        "description".to_owned(),
        json!("`.github/threadmodel.yml`: what a repository asks of threadmodel. Every setting may be left out."),
    );
    schema
}

/// The page about the file: an example, every setting, and what happens when it is broken.
pub fn reference_markdown() -> String {
    let schema = schema();
    let mut rows = String::from("| setting | default | allowed | |\n| --- | --- | --- | --- |\n");
    for (name, property) in properties(schema.as_value()).into_iter().flatten() {
        match properties(property) {
            Some(inner) => {
                for (inner, property) in inner {
                    push_row(&mut rows, &format!("{name}.{inner}"), property);
                }
            }
            None => push_row(&mut rows, name, property),
        }
    }
    format!("{INTRODUCTION}\n{rows}\n{NOTES}")
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

fn push_row(rows: &mut String, name: &str, property: &Value) {
    let text = property.get("description").and_then(Value::as_str).unwrap_or_default();
    let text = text.replace('\n', " ");
    let default = property.get("default").map(yaml).unwrap_or_default();
    // Writing into a string cannot fail.
    let _ = writeln!(rows, "| `{name}` | `{default}` | {} | {text} |", allowed(property));
}

/// A default as one writes it into the file.
fn yaml(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([':', '{', '@']) => format!("\"{text}\""),
        Value::String(text) => text.clone(),
        other => other.to_string().replace("\",\"", "\", \""),
    }
}

fn allowed(property: &Value) -> String {
    let words = |choices: &[Value]| {
        let words: Vec<String> = choices.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        words.join(", ")
    };
    if let Some(choices) = property.get("enum").and_then(Value::as_array) {
        return words(choices);
    }
    if let Some(choices) = property.get("oneOf").and_then(Value::as_array) {
        let constants: Vec<Value> = choices.iter().filter_map(|choice| choice.get("const").cloned()).collect();
        return words(&constants);
    }
    if let Some(Value::Array(names)) = property.pointer("/anyOf/0/enum") {
        return format!("{}, or a path", words(names));
    }
    if let (Some(least), Some(most)) = (property.get("minimum"), property.get("maximum")) {
        return format!("{} to {}", number(least), number(most));
    }
    let has = |pointer: &str| property.pointer(pointer).is_some();
    match property.get("type").and_then(Value::as_str) {
        Some("array") if has("/items/pattern") => "teams",
        Some("array") if has("/items/maxLength") => "patterns",
        Some("array") => "hosts",
        Some("boolean") => "`true`, `false`",
        Some("object") => "`pattern: name` pairs",
        _ => "text",
    }
    .to_owned()
}

/// A bound, with its thousands parted.
fn number(value: &Value) -> String {
    let text = value.as_f64().map(|value| value.to_string()).unwrap_or_default();
    let mut parted = String::new();
    for (position, digit) in text.chars().enumerate() {
        if position > 0 && (text.len() - position).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted
}
