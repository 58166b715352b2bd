//! What a provider's refusal to answer means. Its words are looked at and thrown away: messages repeat requests and keys.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::{ProviderError, Usage};

/// The longest wait that is believed.
const A_DAY: Duration = Duration::from_hours(24);

/// The longest code that is passed on.
const LONGEST_HINT: usize = 60;

/// Codes and types that say "too long": OpenAI and Azure, llama.cpp, Anthropic's 413.
const TOO_LONG_CODES: [&str; 4] =
    ["context_length_exceeded", "exceed_context_size_error", "request_too_large", "string_above_max_length"];

/// Where only the message says it: Anthropic, vLLM and others that copy OpenAI's words, Gemini, Bedrock, llama.cpp.
const TOO_LONG_WORDS: [&str; 9] = [
    "prompt is too long",
    "exceed context limit",
    "maximum context length",
    "input token count",
    "input is too long",
    "exceeds the available context size",
    "exceeds the context window",
    "context length exceeded",
    "too many input tokens",
];

/// Codes that say "declined": OpenAI's and Azure's filters.
const REFUSED_CODES: [&str; 4] =
    ["content_filter", "content_policy_violation", "responsibleaipolicyviolation", "invalid_prompt"];

/// Where only the message says it: Anthropic.
const REFUSED_WORDS: [&str; 1] = ["content filtering policy"];

/// 429 of an account without money: no wait helps.
const UNPAID_CODES: [&str; 3] = ["insufficient_quota", "billing_not_active", "billing_hard_limit_reached"];

/// What the body of an error says, in whichever form.
#[derive(Default)]
struct Said {
    /// From the narrowest to the widest.
    codes: Vec<String>,
    message: String,
    after: Option<Duration>,
}

/// The error for an answer that is none.
pub(super) fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ProviderError {
    let said = serde_json::from_slice::<Value>(body).map(|body| read(&body)).unwrap_or_default();
    classify(status.as_u16(), retry_after(headers), &said)
}

/// The error in a body that came with status 200: gateways do so. `None`: there is none.
pub(super) fn inside(body: &Value) -> Option<ProviderError> {
    let error = body.get("error").filter(|error| !error.is_null())?;
    let status = ["code", "status"].iter().find_map(|key| error.get(*key)?.as_u64());
    Some(match status.and_then(|status| u16::try_from(status).ok()).filter(|status| (400..600).contains(status)) {
        Some(status) => classify(status, None, &read(body)),
        None => ProviderError::Invalid("it is an error with status 200".to_owned()),
    })
}

fn classify(status: u16, header: Option<Duration>, said: &Said) -> ProviderError {
    let after = header.or(said.after);
    let coded = |list: &[&str]| said.codes.iter().any(|code| list.contains(&code.to_ascii_lowercase().as_str()));
    let worded = |list: &[&str]| list.iter().any(|words| said.message.contains(words));
    let rejected = || ProviderError::Rejected { status, hint: said.hint() };
    match status {
        401 | 403 => ProviderError::Unauthorised(status),
        413 => ProviderError::TooLong,
        429 if coded(&UNPAID_CODES) => rejected(),
        429 => ProviderError::RateLimited { after },
        408 | 500..=599 => ProviderError::Overloaded { status, after },
        300..=399 => ProviderError::Rejected { status, hint: "redirect".to_owned() },
        _ if coded(&TOO_LONG_CODES) || worded(&TOO_LONG_WORDS) => ProviderError::TooLong,
        _ if coded(&REFUSED_CODES) || worded(&REFUSED_WORDS) => ProviderError::Refused { usage: Usage::default() },
        // Gemini says so with status 400.
        _ if coded(&["api_key_invalid"]) => ProviderError::Unauthorised(status),
        _ => rejected(),
    }
}

/// Reads `{"error": {…}}`, `{"error": "…"}`, the same within a list (Google), and errors without a frame (older vLLM, AWS).
fn read(body: &Value) -> Said {
    let body = body.get(0).unwrap_or(body);
    let error = body.get("error").unwrap_or(body);
    let mut said = Said::default();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    for details in error.get("details").and_then(Value::as_array).into_iter().flatten() {
        said.codes.extend(text(details, "reason"));
        said.after =
            said.after.or_else(|| text(details, "retryDelay").and_then(|delay| span(delay.trim_end_matches('s'), 1.0)));
    }
    // Azure's filter: the outer code is general.
    said.codes.extend(error.get("innererror").and_then(|inner| text(inner, "code")));
    said.codes.extend(["code", "type", "status", "__type"].iter().filter_map(|key| text(error, key)));
    let message = error.as_str().map(str::to_owned).or_else(|| text(error, "message")).unwrap_or_default();
    said.message = message.to_ascii_lowercase();
    said
}

impl Said {
    /// A code that is one: words, or anything else that could carry text of ours, are not.
    fn hint(&self) -> String {
        let plain = |code: &&String| {
            !code.is_empty()
                && code.len() <= LONGEST_HINT
                && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        };
        self.codes.iter().find(plain).cloned().unwrap_or_else(|| "no code given".to_owned())
    }
}

/// How long to wait: in milliseconds (OpenAI), seconds, or until a date, which is counted from the answer's own date so
/// that neither clock matters.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(span) = text("retry-after-ms").and_then(|text| span(text, 0.001)) {
        return Some(span);
    }
    let after = text("retry-after")?;
    if let Some(span) = span(after, 1.0) {
        return Some(span);
    }
    let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let span = date(after)?.signed_duration_since(date(text("date")?)?);
    Some(span.to_std().unwrap_or_default().min(A_DAY))
}

/// A number of units; `unit` in seconds. At most a day.
fn span(text: &str, unit: f64) -> Option<Duration> {
    let seconds: f64 = text.parse::<f64>().ok()? * unit;
    // NaN fails here too.
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(A_DAY.as_secs_f64())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn error(status: u16, body: &Value) -> ProviderError {
        of(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.to_string().as_bytes())
    }

    #[test]
    fn a_wait_is_read_in_each_form() {
        fn wait(pairs: &[(&'static str, &'static str)]) -> Option<Duration> {
            retry_after(&headers(pairs))
        }
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        assert_eq!(wait(&[("retry-after-ms", "1500"), ("retry-after", "9")]), Some(Duration::from_millis(1500)));
        let dates = [("retry-after", "Thu, 26 Nov 2026 10:00:30 GMT"), ("date", "Thu, 26 Nov 2026 10:00:00 GMT")];
        assert_eq!(wait(&dates), Some(Duration::from_secs(30)));
        let past = [("retry-after", "Thu, 26 Nov 2026 09:00:00 GMT"), ("date", "Thu, 26 Nov 2026 10:00:00 GMT")];
        assert_eq!(wait(&past), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "Thu, 26 Nov 2026 10:00:30 GMT")]), None, "no date to count from");
        for nonsense in ["soon", "-1", "NaN", ""] {
            assert_eq!(wait(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
        assert_eq!(wait(&[("retry-after", "1e300")]), Some(A_DAY), "no overflow");
    }

    #[test]
    fn a_hint_is_a_code_and_never_words() {
        let hint = |body| match error(400, &body) {
            ProviderError::Rejected { hint, .. } => hint,
            other => panic!("{other:?}"),
        };
        assert_eq!(hint(json!({"error": {"code": "model_not_found", "type": "x"}})), "model_not_found");
        assert_eq!(hint(json!({"error": {"code": null, "type": "invalid_request_error"}})), "invalid_request_error");
        assert_eq!(hint(json!({"error": {"code": "Your text was: secret", "message": "secret"}})), "no code given");
        assert_eq!(hint(json!({"error": {"code": "a".repeat(61)}})), "no code given");
        assert_eq!(hint(json!({"error": "model `x` not found"})), "no code given");
        assert_eq!(hint(json!("what")), "no code given");
        assert_eq!(hint(json!([{"error": {"status": "NOT_FOUND"}}])), "NOT_FOUND");
    }

    #[test]
    fn an_account_without_money_is_not_waited_for() {
        let unpaid = error(429, &json!({"error": {"code": "insufficient_quota", "type": "insufficient_quota"}}));
        assert!(!unpaid.is_passing(), "{unpaid:?}");
        assert!(error(429, &json!({"error": {"code": "rate_limit_exceeded"}})).is_passing());
    }

    #[test]
    fn an_error_inside_an_answer_is_found() {
        assert_eq!(inside(&json!({"choices": [], "error": null})), None);
        let busy = inside(&json!({"error": {"code": 529, "message": "busy"}}));
        assert_eq!(busy, Some(ProviderError::Overloaded { status: 529, after: None }));
        assert!(matches!(inside(&json!({"error": {"code": "x"}})), Some(ProviderError::Invalid(_))));
    }
}
