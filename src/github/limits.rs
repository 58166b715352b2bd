//! What an answer of GitHub means for the caller: done, refused (a fact), later, or unknown.
//!
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>,
//! <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>

use http::HeaderMap;
use serde_json::Value;

use crate::time::Timestamp;

/// Why a request did not give what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A fact: asking again changes nothing until something else changes.
    #[error("GitHub refused ({status}): {why}")]
    Refused {
        /// HTTP status; 0 when the request never left.
        status: u16,
        /// GitHub's words.
        why: String,
    },
    /// Not now.
    #[error("GitHub asks to wait {seconds} s: {why}")]
    Delay {
        /// From now.
        seconds: u64,
        /// GitHub's words.
        why: String,
    },
    /// No usable answer. For a write the outcome is unknown: look before repeating.
    #[error("{why}")]
    Uncertain {
        /// What happened.
        why: String,
    },
}

/// The meaning of one HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// 2xx.
    Ok,
    /// 304.
    NotModified,
    /// 401: the token expired or was revoked; a new one may help, once.
    Unauthorised {
        /// GitHub's words.
        why: String,
    },
    /// Anything else.
    Failed(Failure),
}

/// GitHub asks for at least a minute when a secondary limit comes without `Retry-After`.
const SECONDARY: u64 = 60;
/// A 409 says that something else is being written at this moment.
const CONFLICT: u64 = 5;
/// No pause is longer than the primary limit's own window.
const LONGEST: u64 = 3_600;

/// Classifies an answer of either API by its status and headers.
pub fn classify(status: u16, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Class {
    let failed = Class::Failed;
    match status {
        200..=299 => Class::Ok,
        304 => Class::NotModified,
        401 => Class::Unauthorised { why: reason(body) },
        409 => failed(Failure::Delay { seconds: pause(headers, now).unwrap_or(CONFLICT), why: reason(body) }),
        429 => failed(Failure::Delay { seconds: pause(headers, now).unwrap_or(SECONDARY), why: reason(body) }),
        403 => {
            let why = reason(body);
            let seconds = pause(headers, now).or_else(|| is_limit(&why).then_some(SECONDARY));
            failed(match seconds {
                Some(seconds) => Failure::Delay { seconds, why },
                None => Failure::Refused { status, why },
            })
        }
        422 => {
            let why = reason(body);
            failed(if too_quick(&why) {
                Failure::Delay { seconds: pause(headers, now).unwrap_or(SECONDARY), why }
            } else {
                Failure::Refused { status, why }
            })
        }
        300..=499 => failed(Failure::Refused { status, why: reason(body) }),
        _ => failed(Failure::Uncertain { why: format!("GitHub answered {status}: {}", reason(body)) }),
    }
}

/// Seconds to wait, when the headers say so.
fn pause(headers: &HeaderMap, now: Timestamp) -> Option<u64> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    if let Some(after) = text("retry-after") {
        let seconds = after.parse::<u64>().ok().or_else(|| {
            let at = chrono::DateTime::parse_from_rfc2822(after).ok()?.timestamp();
            u64::try_from(at.saturating_sub(now.0.div_euclid(1_000))).ok()
        });
        return Some(seconds.unwrap_or(SECONDARY).clamp(1, LONGEST));
    }
    if text("x-ratelimit-remaining") == Some("0") {
        let reset = text("x-ratelimit-reset").and_then(|v| v.parse::<i64>().ok());
        let left = reset.and_then(|at| u64::try_from(at.saturating_sub(now.0.div_euclid(1_000))).ok());
        return Some(left.unwrap_or(SECONDARY).clamp(1, LONGEST));
    }
    None
}

fn is_limit(why: &str) -> bool {
    let why = why.to_ascii_lowercase();
    why.contains("rate limit") || why.contains("abuse detection") || too_quick(&why)
}

fn too_quick(why: &str) -> bool {
    why.to_ascii_lowercase().contains("submitted too quickly")
}

/// GitHub's words: the message and what its `errors` say, on one line, bounded.
pub(crate) fn reason(body: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return "no reason given".to_owned();
    };
    let mut words: Vec<String> = value.get("message").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    match value.get("errors") {
        Some(Value::Array(errors)) => words.extend(errors.iter().map(one_error)),
        Some(Value::String(error)) => words.push(error.clone()),
        _ => {}
    }
    if words.is_empty() {
        return "no reason given".to_owned();
    }
    let line = words.join("; ").replace(['\r', '\n'], " ");
    line.chars().take(500).collect()
}

fn one_error(error: &Value) -> String {
    let field = |name: &str| error.get(name).and_then(Value::as_str);
    match (error.as_str(), field("message")) {
        (Some(text), _) | (None, Some(text)) => text.to_owned(),
        (None, None) => {
            ["resource", "field", "code"].iter().filter_map(|name| field(name)).collect::<Vec<_>>().join(" ")
        }
    }
}

/// One entry of a GraphQL answer's `errors`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphQlError {
    /// GitHub's `type`, such as `NOT_FOUND`; empty where it gives none.
    pub kind: String,
    /// Its words.
    pub message: String,
    /// Which selection, joined with dots.
    pub path: String,
}

impl GraphQlError {
    /// Reads the `errors` of an answer.
    pub fn all(answer: &Value) -> Vec<Self> {
        let Some(errors) = answer.get("errors").and_then(Value::as_array) else {
            return Vec::new();
        };
        let text = |e: &Value, name: &str| e.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        errors
            .iter()
            .map(|e| {
                let path = e.get("path").and_then(Value::as_array).map(|p| {
                    p.iter()
                        .map(|s| s.as_str().map_or_else(|| s.to_string(), str::to_owned))
                        .collect::<Vec<_>>()
                        .join(".")
                });
                Self { kind: text(e, "type"), message: text(e, "message"), path: path.unwrap_or_default() }
            })
            .collect()
    }

    /// What it means. GitHub sends these with HTTP status 200.
    pub fn failure(&self, headers: &HeaderMap, now: Timestamp) -> Failure {
        let why = if self.message.is_empty() { self.kind.clone() } else { self.message.chars().take(500).collect() };
        match self.kind.as_str() {
            "RATE_LIMITED" | "RATE_LIMIT" => Failure::Delay { seconds: pause(headers, now).unwrap_or(SECONDARY), why },
            _ if is_limit(&why) => Failure::Delay { seconds: pause(headers, now).unwrap_or(SECONDARY), why },
            "NOT_FOUND" => Failure::Refused { status: 404, why },
            "FORBIDDEN" | "INSUFFICIENT_SCOPES" => Failure::Refused { status: 403, why },
            // "Something went wrong while executing your query", timeouts, SERVICE_UNAVAILABLE: no type says what was done.
            "" | "INTERNAL" | "SERVICE_UNAVAILABLE" | "LOADING" => Failure::Uncertain { why },
            _ => Failure::Refused { status: 422, why },
        }
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
