//! Gemini's `generateContent`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::form::{Dialect, Piece, Turns, base64, count, joined, model, some_text};
use super::{Completion, Part, ProviderError, Request, Usage, faults};

/// What `responseJsonSchema` lists as known has neither limits of strings nor `const`.
const DIALECT: Dialect = Dialect {
    without: &[
        "$schema",
        "minLength",
        "maxLength",
        "pattern",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "uniqueItems",
    ],
    const_as_enum: true,
};

/// What stands for itself in a piece of a path.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// Below the base URL. The model's name is a piece of the path, so it is kept from being more than one.
pub(super) fn path(model: &str) -> String {
    let name = model.strip_prefix("models/").unwrap_or(model);
    format!("models/{}:generateContent", utf8_percent_encode(name, ENCODED))
}

pub(super) fn body(request: &Request, schema_in_prompt: bool) -> Value {
    let turns = Turns::of(request, schema_in_prompt);
    let part = |piece: &Piece<'_>| match piece {
        Piece::Part(Part::Image { media_type, bytes }) => {
            json!({"inlineData": {"mimeType": media_type, "data": base64(bytes)}})
        }
        Piece::Part(Part::Text { text, .. }) | Piece::Own(text) => json!({"text": text}),
    };
    let turn = |role: &str, parts: Vec<Value>| json!({"role": role, "parts": parts});
    let mut contents = vec![turn("user", turns.user.iter().map(part).collect())];
    if let Some((answer, complaint)) = turns.repair {
        contents.push(turn("model", vec![json!({"text": answer})]));
        contents.push(turn("user", vec![json!({"text": complaint})]));
    }
    let mut body = json!({});
    if !turns.system.is_empty() {
        body["systemInstruction"] = json!({"parts": [{"text": joined(&turns.system)}]});
    }
    body["contents"] = Value::Array(contents);
    let mut config = json!({"maxOutputTokens": request.max_output_tokens, "responseMimeType": "application/json"});
    if !schema_in_prompt {
        config["responseJsonSchema"] = DIALECT.of(&request.schema.schema);
    }
    body["generationConfig"] = config;
    body
}

pub(super) fn read(answer: &Value, asked: &str) -> Result<Completion, ProviderError> {
    if let Some(error) = faults::inside(answer) {
        return Err(error);
    }
    let usage = usage(answer.get("usageMetadata"));
    if blocked(answer) {
        return Err(ProviderError::Refused { usage });
    }
    let candidate =
        answer.pointer("/candidates/0").ok_or_else(|| ProviderError::Invalid("it holds no candidate".to_owned()))?;
    match candidate.get("finishReason").and_then(Value::as_str) {
        Some("STOP") => {}
        Some("MAX_TOKENS") => return Err(ProviderError::Truncated { usage }),
        Some("SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY") => {
            return Err(ProviderError::Refused { usage });
        }
        Some(_) => return Err(ProviderError::Invalid("it stopped for a reason that is not known".to_owned())),
        None => return Err(ProviderError::Invalid("it does not say why it stopped".to_owned())),
    }
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let thought = |part: &&Value| part.get("thought").and_then(Value::as_bool) == Some(true);
    let said = parts.iter().filter(|part| !thought(part));
    let text: String = said.filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
    Ok(Completion { text: some_text(text)?, usage, model: model(answer, "modelVersion", asked) })
}

/// Whether the prompt itself was declined.
pub(super) fn blocked(answer: &Value) -> bool {
    answer.pointer("/promptFeedback/blockReason").is_some_and(Value::is_string)
}

/// `promptTokenCount` counts cached ones, `candidatesTokenCount` leaves out what was thought.
fn usage(usage: Option<&Value>) -> Usage {
    Usage {
        input: count(usage, "/promptTokenCount"),
        cached: count(usage, "/cachedContentTokenCount"),
        cache_written: 0,
        output: count(usage, "/candidatesTokenCount").saturating_add(count(usage, "/thoughtsTokenCount")),
    }
}
