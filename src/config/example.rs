//! `threadmodel.example.toml`, written from the settings' own documentation and defaults.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::Settings;

const HEAD: &str = "\
# threadmodel's own settings. What is left out has the value shown.
# Every setting may also come from the environment, which wins: THREADMODEL_LISTEN, THREADMODEL_ENGINE__WORKERS.
# Secrets come from files of their own or from the environment, never from this file.
";

impl Settings {
    /// The text of `threadmodel.example.toml`: every setting with its default, commented out.
    pub fn example() -> String {
        let schema = schemars::schema_for!(Settings);
        let defaults = serde_json::to_value(Self::default()).unwrap_or_default();
        let mut out = HEAD.to_owned();
        for (name, property) in properties(schema.as_value()).into_iter().flatten() {
            let default = defaults.get(name).unwrap_or(&Value::Null);
            match properties(property) {
                None => setting(&mut out, name, property, default),
                Some(inner) => {
                    comment(&mut out, property);
                    let _ = writeln!(out, "[{name}]");
                    for (name, property) in inner {
                        setting(&mut out, name, property, default.get(name).unwrap_or(&Value::Null));
                    }
                }
            }
        }
        out
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}

/// Writing to a String cannot fail.
fn setting(out: &mut String, name: &str, property: &Value, default: &Value) {
    comment(out, property);
    let _ = match default {
        Value::Null => writeln!(out, "# {name} = {}", sample(name)),
        value => writeln!(out, "# {name} = {value}"),
    };
}

fn comment(out: &mut String, property: &Value) {
    out.push('\n');
    for line in property.get("description").and_then(Value::as_str).unwrap_or_default().lines() {
        let _ = writeln!(out, "# {line}");
    }
}

/// Something to put where there is no default.
fn sample(name: &str) -> String {
    match name {
        "app_id" => "123456".to_owned(),
        "model" => "\"claude-sonnet-4-6\"".to_owned(),
        "small_model" => "\"claude-haiku-4-5\"".to_owned(),
        "base_url" => "\"https://gateway.example.com/v1\"".to_owned(),
        "proxy" => "\"http://proxy.example.com:3128\"".to_owned(),
        "key_file" => "\"/run/secrets/llm_key\"".to_owned(),
        "public_url" => "\"https://threadmodel.example.com\"".to_owned(),
        file => format!("\"/run/secrets/{}\"", file.trim_end_matches("_file")),
    }
}
