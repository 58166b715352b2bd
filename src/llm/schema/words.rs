//! Limits and choices in words: what a model reads in a description where its provider refuses the keyword.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Keywords that limit a value.
pub(super) const LIMITS: &[&str] = &["minLength", "maxLength", "pattern", "minItems", "maxItems", "minimum", "maximum"];

/// The limits of one node, as sentences.
pub(super) fn of_limits(kind: &str, limits: &Map<String, Value>) -> String {
    let (low, high, thing) = match kind {
        "string" => ("minLength", "maxLength", "character"),
        "array" => ("minItems", "maxItems", "item"),
        _ => ("minimum", "maximum", ""),
    };
    let mut out = String::new();
    match (limits.get(low), limits.get(high)) {
        (Some(low), Some(high)) if thing.is_empty() => {
            let _ = write!(out, "From {low} to {high}.");
        }
        (Some(low), Some(high)) if low == high => {
            let _ = write!(out, "Exactly {}.", counted(low, thing));
        }
        (Some(low), Some(high)) => {
            let _ = write!(out, "From {low} to {}.", counted(high, thing));
        }
        (Some(low), None) => {
            let _ = write!(out, "At least {}.", counted(low, thing));
        }
        (None, Some(high)) => {
            let _ = write!(out, "At most {}.", counted(high, thing));
        }
        (None, None) => {}
    }
    if let Some(pattern) = limits.get("pattern").and_then(Value::as_str) {
        let space = if out.is_empty() { "" } else { " " };
        let _ = write!(out, "{space}Must match the regular expression {pattern}");
    }
    out
}

/// `4 items`, `1 item`, `12`.
pub(super) fn counted(count: &Value, thing: &str) -> String {
    match thing {
        "" => count.to_string(),
        thing if count.as_u64() == Some(1) => format!("1 {thing}"),
        thing => format!("{count} {thing}s"),
    }
}

/// What the words of a choice mean, where somebody said so: one line each.
pub(super) fn of_choices(words: &[(String, String)]) -> String {
    let lines: Vec<String> =
        words.iter().filter(|(_, means)| !means.is_empty()).map(|(word, means)| format!("{word}: {means}")).collect();
    lines.join("\n")
}
