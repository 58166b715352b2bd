//! Answers as GitHub gives them, and what each means for the next request.

#![allow(clippy::unnecessary_wraps, reason = "compared with what may be nothing")]

use super::*;

const NOW: Timestamp = Timestamp(1_000_000_000_000);

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &str)| Some((http::HeaderName::from_static(name), value.parse().ok()?));
    pairs.iter().filter_map(pair).collect()
}

fn failed(status: u16, pairs: &[(&'static str, &str)], body: &str) -> Option<Failure> {
    match classify(status, &headers(pairs), body.as_bytes(), NOW) {
        Class::Failed(failure) => Some(failure),
        _ => None,
    }
}

fn refused(status: u16, why: &str) -> Option<Failure> {
    Some(Failure::Refused { status, why: why.into() })
}

fn delay(seconds: u64, why: &str) -> Option<Failure> {
    Some(Failure::Delay { seconds, why: why.into() })
}

#[test]
fn answers_that_are_facts() {
    assert_eq!(
        failed(403, &[], r#"{"message":"Resource not accessible by integration"}"#),
        refused(403, "Resource not accessible by integration")
    );
    assert_eq!(failed(404, &[], r#"{"message":"Not Found"}"#), refused(404, "Not Found"));
    assert_eq!(failed(410, &[], "{}"), refused(410, "no reason given"));
    let unprocessable = r#"{"message":"Unprocessable Entity","errors":["Line could not be resolved"]}"#;
    assert_eq!(failed(422, &[], unprocessable), refused(422, "Unprocessable Entity; Line could not be resolved"));
    let validation =
        r#"{"message":"Validation Failed","errors":[{"resource":"Issue","field":"body","code":"missing"}]}"#;
    assert_eq!(failed(422, &[], validation), refused(422, "Validation Failed; Issue body missing"));
    // A 403 while quota is left is a refusal, whatever the limit headers of every answer say.
    let quota = [("x-ratelimit-remaining", "4000"), ("x-ratelimit-reset", "1000000100")];
    assert_eq!(failed(403, &quota, r#"{"message":"no"}"#), refused(403, "no"));
}

#[test]
fn answers_that_ask_to_wait() {
    assert_eq!(failed(429, &[("retry-after", "7")], "{}"), delay(7, "no reason given"));
    assert_eq!(failed(403, &[("retry-after", "30")], "{}"), delay(30, "no reason given"));
    let primary = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000090")];
    assert_eq!(failed(403, &primary, r#"{"message":"API rate limit exceeded"}"#), delay(90, "API rate limit exceeded"));
    let secondary = r#"{"message":"You have exceeded a secondary rate limit."}"#;
    assert_eq!(failed(403, &[], secondary), delay(60, "You have exceeded a secondary rate limit."));
    assert_eq!(failed(409, &[], "{}"), delay(5, "no reason given"));
    let quick = r#"{"message":"Validation Failed","errors":[{"message":"was submitted too quickly"}]}"#;
    assert_eq!(failed(422, &[], quick), delay(60, "Validation Failed; was submitted too quickly"));
    // A reset in the past or far away stays within bounds.
    assert_eq!(
        failed(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")], "{}"),
        delay(60, "no reason given")
    );
    assert_eq!(failed(429, &[("retry-after", "999999")], "{}"), delay(3_600, "no reason given"));
}

#[test]
fn answers_that_leave_the_outcome_open() {
    for status in [500, 502, 503, 504, 520] {
        assert!(matches!(failed(status, &[], "<html>"), Some(Failure::Uncertain { .. })), "{status}");
    }
    assert_eq!(
        classify(401, &HeaderMap::new(), br#"{"message":"Bad credentials"}"#, NOW),
        Class::Unauthorised { why: "Bad credentials".into() }
    );
    assert_eq!(classify(304, &HeaderMap::new(), b"", NOW), Class::NotModified);
    assert_eq!(classify(201, &HeaderMap::new(), b"", NOW), Class::Ok);
}

#[test]
fn graphql_errors_come_with_status_200() {
    let errors = |json: &str| {
        let value: Value = serde_json::from_str(json).unwrap_or_default();
        GraphQlError::all(&value).first().map(|e| e.failure(&headers(&[("retry-after", "9")]), NOW))
    };
    assert_eq!(
        errors(r#"{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}"#),
        delay(9, "API rate limit exceeded")
    );
    assert_eq!(
        errors(r#"{"errors":[{"message":"You have exceeded a secondary rate limit"}]}"#),
        delay(9, "You have exceeded a secondary rate limit")
    );
    assert_eq!(
        errors(r#"{"data":{"node":null},"errors":[{"type":"NOT_FOUND","path":["node"],"message":"gone"}]}"#),
        refused(404, "gone")
    );
    assert_eq!(
        errors(r#"{"errors":[{"type":"FORBIDDEN","message":"Resource not accessible by integration"}]}"#),
        refused(403, "Resource not accessible by integration")
    );
    assert!(matches!(
        errors(r#"{"errors":[{"message":"Something went wrong while executing your query."}]}"#),
        Some(Failure::Uncertain { .. })
    ));
    assert_eq!(errors(r#"{"data":{}}"#), None);
}
