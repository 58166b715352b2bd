//! What every provider's way of writing has in common: the turns, the schema's dialect, and the words for a schema that has to
//! stand in the prompt.

use base64::Engine as _;
use serde_json::{Map, Value};

use super::{AnswerSchema, Part, ProviderError, Request};

/// The turns of a request: what is asked, and for a repair the answer and the complaint.
pub(super) struct Turns<'a> {
    pub(super) system: Vec<&'a Part>,
    pub(super) user: Vec<Piece<'a>>,
    /// The answer that could not be used, and what is said of it.
    pub(super) repair: Option<(&'a str, &'a str)>,
}

/// A part, or a sentence of ours that stands where a part would.
pub(super) enum Piece<'a> {
    Part(&'a Part),
    Own(String),
}

impl<'a> Turns<'a> {
    /// Of a request. Empty texts are left out, since some providers refuse them.
    pub(super) fn of(request: &'a Request, schema_in_prompt: bool) -> Self {
        let full = |part: &&Part| !matches!(part, Part::Text { text, .. } if text.trim().is_empty());
        let mut user: Vec<_> = request.user.iter().filter(full).map(Piece::Part).collect();
        if schema_in_prompt {
            user.push(Piece::Own(in_words(&request.schema)));
        }
        let repair = request.repair.as_ref().map(|repair| (repair.answer.as_str(), repair.complaint.as_str()));
        let repair = match repair {
            // A turn may not be empty: the complaint then belongs to the question.
            Some((answer, complaint)) if answer.trim().is_empty() => {
                user.push(Piece::Own(complaint.to_owned()));
                None
            }
            other => other,
        };
        Self { system: request.system.iter().filter(full).collect(), user, repair }
    }
}

/// The texts of several parts as one, for providers that take a single one.
pub(super) fn joined(parts: &[&Part]) -> String {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { text, .. } => Some(text.as_str()),
            Part::Image { .. } => None,
        })
        .collect();
    texts.join("\n\n")
}

/// The schema as a sentence.
pub(super) fn in_words(schema: &AnswerSchema) -> String {
    format!(
        "Answer with one JSON object and nothing else: no words around it, no code fence. It must fit this JSON Schema:\n{}",
        schema.schema
    )
}

pub(super) fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// What a provider's dialect of JSON Schema does not know.
pub(super) struct Dialect {
    /// Keywords that are refused.
    pub(super) without: &'static [&'static str],
    /// `const: x` is written as `enum: [x]`.
    pub(super) const_as_enum: bool,
}

impl Dialect {
    /// The schema in this dialect. What is left out still stands in the descriptions, and is checked after parsing.
    pub(super) fn of(&self, schema: &Value) -> Value {
        let Value::Object(schema) = schema else { return schema.clone() };
        let mut out = Map::new();
        for (key, value) in schema {
            let (key, value) = match key.as_str() {
                key if self.without.contains(&key) => continue,
                "const" if self.const_as_enum => ("enum", Value::Array(vec![value.clone()])),
                // Here the keys are names, not keywords.
                "properties" | "$defs" => (key.as_str(), self.each(value)),
                "items" | "additionalProperties" => (key.as_str(), self.of(value)),
                "anyOf" | "oneOf" | "allOf" | "prefixItems" => (key.as_str(), self.list(value)),
                _ => (key.as_str(), value.clone()),
            };
            out.insert(key.to_owned(), value);
        }
        Value::Object(out)
    }

    fn each(&self, schemas: &Value) -> Value {
        match schemas {
            Value::Object(map) => Value::Object(map.iter().map(|(name, one)| (name.clone(), self.of(one))).collect()),
            other => other.clone(),
        }
    }

    fn list(&self, schemas: &Value) -> Value {
        match schemas {
            Value::Array(list) => Value::Array(list.iter().map(|one| self.of(one)).collect()),
            other => other.clone(),
        }
    }
}

/// A number of tokens; what is left out counts as none.
pub(super) fn count(usage: Option<&Value>, path: &str) -> u64 {
    usage.and_then(|usage| usage.pointer(path)).and_then(Value::as_u64).unwrap_or(0)
}

/// The name of the model that answered, if it is a name and not a text.
pub(super) fn model(answer: &Value, key: &str, asked: &str) -> String {
    let plain = |name: &&str| {
        !name.is_empty()
            && name.len() <= 120
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./:@ ".contains(&b))
    };
    answer.get(key).and_then(Value::as_str).filter(plain).unwrap_or(asked).to_owned()
}

/// The error for a text that is none.
pub(super) fn some_text(text: String) -> Result<String, ProviderError> {
    if text.trim().is_empty() { Err(ProviderError::Invalid("it holds no text".to_owned())) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_dialect_takes_keywords_out_and_leaves_names() {
        let schema = json!({
            "type": "object",
            "properties": {
                "pattern": {"type": "string", "pattern": "^a", "maxLength": 3},
                "kind": {"anyOf": [{"const": "a"}, {"type": "array", "items": {"type": "string", "maxLength": 1}}]}
            },
            "required": ["pattern", "kind"],
            "additionalProperties": false
        });
        let dialect = Dialect { without: &["pattern", "maxLength"], const_as_enum: true };
        assert_eq!(
            dialect.of(&schema),
            json!({
                "type": "object",
                "properties": {
                    "pattern": {"type": "string"},
                    "kind": {"anyOf": [{"enum": ["a"]}, {"type": "array", "items": {"type": "string"}}]}
                },
                "required": ["pattern", "kind"],
                "additionalProperties": false
            })
        );
    }
}
