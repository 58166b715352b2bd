//! Holds an answer to its schema, limits included, and complains in words.

use std::fmt;

use serde_json::{Map, Value};

use super::{list, words::counted};

/// A longer list of complaints helps nobody to repair an answer.
pub const MAX_PROBLEMS: usize = 20;

/// Words of an answer that a complaint repeats, in characters.
const MAX_REPEATED: usize = 60;

/// What is wrong with an answer, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `questions[2].choices`; empty for the answer as a whole.
    pub at: String,
    /// What is wrong there: goes on from the place.
    pub says: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            write!(f, "the answer {}", self.says)
        } else {
            write!(f, "`{}` {}", self.at, self.says)
        }
    }
}

/// Holds a value to a schema of the portable subset: to its limits too, when it is of [`super::Dialect::Limits`]. Says at most
/// [`MAX_PROBLEMS`] of what is wrong. A whole number must be written without a point, or it would not fit its Rust type.
pub fn check(value: &Value, schema: &Value) -> Result<(), Vec<Problem>> {
    let mut checking = Checking { problems: Vec::new() };
    checking.node(value, schema, "");
    if checking.problems.is_empty() { Ok(()) } else { Err(checking.problems) }
}

/// The property that tells the variants of a choice apart: a different word in each.
pub(super) fn tag(branches: &[Value]) -> Option<String> {
    let properties = |branch: &Value| branch.get("properties").and_then(Value::as_object).cloned();
    let first = properties(branches.first()?)?;
    first
        .keys()
        .find(|name| {
            let words: Vec<Option<Value>> = branches
                .iter()
                .map(|b| properties(b).and_then(|p| p.get(*name).and_then(only_word).cloned()))
                .collect();
            words.iter().enumerate().all(|(i, word)| word.is_some() && !words[..i].contains(word))
        })
        .cloned()
}

fn only_word(schema: &Value) -> Option<&Value> {
    match list(schema.get("enum")) {
        [only] => Some(only),
        _ => None,
    }
}

/// The path one step down.
pub(super) fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

struct Checking {
    problems: Vec<Problem>,
}

impl Checking {
    fn say(&mut self, at: &str, says: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { at: at.to_owned(), says });
        }
    }

    fn node(&mut self, value: &Value, schema: &Value, at: &str) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        if let Some(branches) = schema.get("anyOf") {
            return self.any_of(value, list(Some(branches)), at);
        }
        let Some(kind) = schema.get("type").and_then(Value::as_str) else {
            return self.say(at, "is not described by the schema".to_owned());
        };
        match (kind, value) {
            ("object", Value::Object(object)) => self.object(object, schema, at),
            ("array", Value::Array(items)) => self.array(items, schema, at),
            ("string", Value::String(text)) => self.string(text, schema, at),
            ("integer", Value::Number(number)) if number.is_f64() => {
                self.say(at, format!("is {number}; it must be a whole number, written without a point"));
            }
            ("integer" | "number", Value::Number(number)) => self.number(number, schema, at),
            ("boolean", Value::Bool(_)) | ("null", Value::Null) => {}
            (kind, value) => self.say(at, format!("is {}; it must be {}", kind_of(value), kind_named(kind))),
        }
    }

    fn object(&mut self, object: &Map<String, Value>, schema: &Value, at: &str) {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        for name in list(schema.get("required")).iter().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                self.say(&below(at, name), "is missing".to_owned());
            }
        }
        for (name, value) in object {
            if let Some(property) = properties.get(name) {
                self.node(value, property, &below(at, name));
            } else {
                let known: Vec<&str> = properties.keys().map(String::as_str).collect();
                self.say(at, format!("has a field `{}` that is not asked for; it has {}", cut(name), known.join(", ")));
            }
        }
    }

    fn array(&mut self, items: &[Value], schema: &Value, at: &str) {
        self.length(items.len(), schema, ["minItems", "maxItems"], "item", at);
        if let Some(of) = schema.get("items") {
            for (i, item) in items.iter().enumerate() {
                self.node(item, of, &format!("{at}[{i}]"));
            }
        }
    }

    fn string(&mut self, text: &str, schema: &Value, at: &str) {
        let words: Vec<&str> = list(schema.get("enum")).iter().filter_map(Value::as_str).collect();
        if schema.get("enum").is_some() && !words.contains(&text) {
            let what = if words.len() == 1 { "it must be" } else { "it must be one of" };
            self.say(at, format!("is \"{}\"; {what} {}", cut(text), words.join(", ")));
        }
        self.length(text.chars().count(), schema, ["minLength", "maxLength"], "character", at);
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str)
            && !regex::Regex::new(pattern).is_ok_and(|p| p.is_match(text))
        {
            self.say(at, format!("is \"{}\"; it must match the regular expression {pattern}", cut(text)));
        }
    }

    fn length(&mut self, length: usize, schema: &Value, [low, high]: [&str; 2], thing: &str, at: &str) {
        let length = Value::from(length);
        let number = |keyword: &str| schema.get(keyword).and_then(Value::as_u64);
        if let Some(low) = number(low).filter(|low| length.as_u64() < Some(*low)) {
            self.say(at, format!("has {}; at least {low}", counted(&length, thing)));
        }
        if let Some(high) = number(high).filter(|high| length.as_u64() > Some(*high)) {
            self.say(at, format!("has {}; at most {high}", counted(&length, thing)));
        }
    }

    fn number(&mut self, number: &serde_json::Number, schema: &Value, at: &str) {
        use std::cmp::Ordering::{Greater, Less};
        let against = |keyword: &str| schema.get(keyword).and_then(Value::as_number);
        if let Some(low) = against("minimum").filter(|low| compared(number, low) == Some(Less)) {
            self.say(at, format!("is {number}; at least {low}"));
        }
        if let Some(high) = against("maximum").filter(|high| compared(number, high) == Some(Greater)) {
            self.say(at, format!("is {number}; at most {high}"));
        }
    }

    fn any_of(&mut self, value: &Value, branches: &[Value], at: &str) {
        let null = |branch: &&Value| branch.get("type").is_some_and(|t| t == "null");
        let some: Vec<&Value> = branches.iter().filter(|b| !null(b)).collect();
        if value.is_null() && some.len() < branches.len() {
            return;
        }
        if let [only] = some.as_slice() {
            return self.node(value, only, at);
        }
        let Some(tag) = tag(branches) else {
            return self.say(at, "is not described by the schema".to_owned());
        };
        let Value::Object(object) = value else {
            return self.say(at, format!("is {}; it must be an object", kind_of(value)));
        };
        let word_of = |branch: &Value| branch.get("properties").and_then(|p| p.get(&tag)).and_then(only_word).cloned();
        let said = object.get(&tag);
        if let Some(branch) = branches.iter().find(|b| said.is_some() && word_of(b).as_ref() == said) {
            return self.node(value, branch, at);
        }
        let words: Vec<String> =
            branches.iter().filter_map(word_of).filter_map(|w| w.as_str().map(str::to_owned)).collect();
        let is = match said {
            None => "is missing".to_owned(),
            Some(Value::String(text)) => format!("is \"{}\"", cut(text)),
            Some(other) => format!("is {}", kind_of(other)),
        };
        self.say(&below(at, &tag), format!("{is}; it must be one of {}", words.join(", ")));
    }
}

/// Whole numbers exactly, others as nearly as they are written.
fn compared(one: &serde_json::Number, other: &serde_json::Number) -> Option<std::cmp::Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

fn cut(text: &str) -> String {
    let mut out: String = text.chars().take(MAX_REPEATED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MAX_REPEATED).is_some() {
        out.push('…');
    }
    out
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn kind_named(kind: &str) -> &str {
    match kind {
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        other => other,
    }
}
