//! OpenAI's chat completions, and everything that speaks them: Azure's v1, Ollama's `/v1`, vLLM, llama.cpp, gateways.

use serde_json::{Value, json};

use super::form::{Dialect, Piece, Turns, base64, count, joined, model, some_text};
use super::{Completion, Part, ProviderError, Request, Usage, faults};

/// Strict schemas know limits of numbers and lists, not of strings.
const STRICT: Dialect =
    Dialect { without: &["$schema", "minLength", "maxLength", "uniqueItems"], const_as_enum: false };

/// Servers of local models need every limit: a string without one can run to the end of the answer.
const WHOLE: Dialect = Dialect { without: &["$schema"], const_as_enum: false };

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    /// OpenAI itself, or Azure: newer models take `max_completion_tokens` only.
    OpenAi,
    /// Anybody else: `max_tokens` is what all of them know.
    Compatible,
}

pub(super) fn body(request: &Request, flavour: Flavour, schema_in_prompt: bool) -> Value {
    let turns = Turns::of(request, schema_in_prompt);
    let mut messages = Vec::new();
    if !turns.system.is_empty() {
        messages.push(json!({"role": "system", "content": joined(&turns.system)}));
    }
    messages.push(json!({"role": "user", "content": content(&turns.user)}));
    if let Some((answer, complaint)) = turns.repair {
        messages.push(json!({"role": "assistant", "content": answer}));
        messages.push(json!({"role": "user", "content": complaint}));
    }
    let (limit, dialect) = match flavour {
        Flavour::OpenAi => ("max_completion_tokens", STRICT),
        Flavour::Compatible => ("max_tokens", WHOLE),
    };
    let mut body = json!({"model": request.model, "messages": messages, limit: request.max_output_tokens});
    if !schema_in_prompt {
        let (name, schema) = (request.schema.name, dialect.of(&request.schema.schema));
        body["response_format"] =
            json!({"type": "json_schema", "json_schema": {"name": name, "strict": true, "schema": schema}});
    }
    body
}

/// One text where there are only texts: templates of local models know nothing else.
fn content(pieces: &[Piece<'_>]) -> Value {
    let text = |piece: &Piece<'_>| match piece {
        Piece::Part(Part::Text { text, .. }) | Piece::Own(text) => Some(text.clone()),
        Piece::Part(Part::Image { .. }) => None,
    };
    let texts: Option<Vec<String>> = pieces.iter().map(text).collect();
    if let Some(texts) = texts {
        return Value::String(texts.join("\n\n"));
    }
    let part = |piece: &Piece<'_>| match piece {
        Piece::Part(Part::Image { media_type, bytes }) => {
            let url = format!("data:{media_type};base64,{}", base64(bytes));
            json!({"type": "image_url", "image_url": {"url": url}})
        }
        other => json!({"type": "text", "text": text(other)}),
    };
    Value::Array(pieces.iter().map(part).collect())
}

pub(super) fn read(answer: &Value, asked: &str) -> Result<Completion, ProviderError> {
    if let Some(error) = faults::inside(answer) {
        return Err(error);
    }
    let usage = usage(answer.get("usage"));
    let choice = answer.pointer("/choices/0").ok_or_else(|| ProviderError::Invalid("it holds no choice".to_owned()))?;
    match choice.get("finish_reason").and_then(Value::as_str) {
        // Not every server says it; what follows is checked by its form anyway.
        None | Some("stop" | "end_turn" | "eos" | "eos_token" | "stop_sequence") => {}
        Some("length" | "max_tokens" | "model_length") => return Err(ProviderError::Truncated { usage }),
        Some("content_filter" | "refusal" | "safety") => return Err(ProviderError::Refused { usage }),
        Some(_) => return Err(ProviderError::Invalid("it stopped for a reason that is not known".to_owned())),
    }
    if choice.pointer("/message/refusal").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
        return Err(ProviderError::Refused { usage });
    }
    let text = match choice.pointer("/message/content") {
        Some(Value::String(text)) => text.clone(),
        // Mistral's reasoning models send a list; what they thought is not the answer.
        Some(Value::Array(list)) => list
            .iter()
            .filter(|one| one.get("type").and_then(Value::as_str) == Some("text"))
            .filter_map(|one| one.get("text").and_then(Value::as_str))
            .collect(),
        _ => String::new(),
    };
    Ok(Completion { text: some_text(text)?, usage, model: model(answer, "model", asked) })
}

/// `prompt_tokens` counts cached ones, `completion_tokens` counts reasoning.
fn usage(usage: Option<&Value>) -> Usage {
    Usage {
        input: count(usage, "/prompt_tokens"),
        cached: count(usage, "/prompt_tokens_details/cached_tokens"),
        cache_written: count(usage, "/prompt_tokens_details/cache_write_tokens"),
        output: count(usage, "/completion_tokens"),
    }
}
