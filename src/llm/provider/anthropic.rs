//! Anthropic's Messages API, and gateways that speak it.

use serde_json::{Value, json};

use super::form::{Dialect, Piece, Turns, base64, count, model, some_text};
use super::{Completion, Part, ProviderError, Request, Usage};

/// The version of the API, sent with every request.
pub(super) const VERSION: &str = "2023-06-01";

/// More cache markers than this are an error.
const MARKERS: usize = 4;

/// Structured output refuses limits (the provider's documentation of structured outputs).
const DIALECT: Dialect = Dialect {
    without: &[
        "$schema",
        "title",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
    ],
    const_as_enum: false,
};

pub(super) fn body(request: &Request, schema_in_prompt: bool) -> Value {
    let turns = Turns::of(request, schema_in_prompt);
    let marks = |part: &&Part| matches!(part, Part::Text { cache: true, .. });
    let in_user = turns.user.iter().filter(|piece| matches!(piece, Piece::Part(part) if marks(part)));
    let marked = turns.system.iter().copied().filter(|part| marks(part)).count() + in_user.count();
    // The last ones cover the longest beginnings.
    let mut surplus = marked.saturating_sub(MARKERS);
    let system: Vec<Value> = turns.system.iter().map(|part| block(part, &mut surplus)).collect();
    let user: Vec<Value> = turns
        .user
        .iter()
        .map(|piece| match piece {
            Piece::Part(part) => block(part, &mut surplus),
            Piece::Own(text) => json!({"type": "text", "text": text}),
        })
        .collect();
    let mut messages = vec![json!({"role": "user", "content": user})];
    if let Some((answer, complaint)) = turns.repair {
        messages.push(json!({"role": "assistant", "content": answer}));
        messages.push(json!({"role": "user", "content": complaint}));
    }
    let mut body = json!({"model": request.model, "max_tokens": request.max_output_tokens});
    if !system.is_empty() {
        body["system"] = Value::Array(system);
    }
    body["messages"] = Value::Array(messages);
    if !schema_in_prompt {
        body["output_config"] =
            json!({"format": {"type": "json_schema", "schema": DIALECT.of(&request.schema.schema)}});
    }
    body
}

fn block(part: &Part, surplus: &mut usize) -> Value {
    match part {
        Part::Text { text, cache } => {
            let mut block = json!({"type": "text", "text": text});
            if *cache && *surplus > 0 {
                *surplus -= 1;
            } else if *cache {
                block["cache_control"] = json!({"type": "ephemeral"});
            }
            block
        }
        Part::Image { media_type, bytes } => {
            json!({"type": "image", "source": {"type": "base64", "media_type": media_type, "data": base64(bytes)}})
        }
    }
}

pub(super) fn read(answer: &Value, asked: &str) -> Result<Completion, ProviderError> {
    let usage = usage(answer.get("usage"));
    match answer.get("stop_reason").and_then(Value::as_str) {
        Some("end_turn" | "stop_sequence") => {}
        Some("max_tokens" | "model_context_window_exceeded") => return Err(ProviderError::Truncated { usage }),
        Some("refusal") => return Err(ProviderError::Refused { usage }),
        Some(_) => return Err(ProviderError::Invalid("it stopped for a reason that is not known".to_owned())),
        None => return Err(ProviderError::Invalid("it does not say why it stopped".to_owned())),
    }
    let blocks = answer.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let texts = blocks.iter().filter(|block| block.get("type").and_then(Value::as_str) == Some("text"));
    let text: String = texts.filter_map(|block| block.get("text").and_then(Value::as_str)).collect();
    Ok(Completion { text: some_text(text)?, usage, model: model(answer, "model", asked) })
}

/// `input_tokens` leaves out what was read from and written to the cache.
fn usage(usage: Option<&Value>) -> Usage {
    let (cached, cache_written) =
        (count(usage, "/cache_read_input_tokens"), count(usage, "/cache_creation_input_tokens"));
    Usage {
        input: count(usage, "/input_tokens").saturating_add(cached).saturating_add(cache_written),
        cached,
        cache_written,
        output: count(usage, "/output_tokens"),
    }
}
