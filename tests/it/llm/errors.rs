//! What is made of every way in which a provider can fail. Nothing of the request, the answer or the key is in an error.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use threadmodel::llm::provider::retry::Patience;
use threadmodel::llm::provider::setup::Kind;
use threadmodel::llm::provider::{Provider as _, ProviderError, Usage};

use super::server::{Answer, Server};
use super::wire::{DOCUMENT, KEY, anthropic, gemini, openai, provider, request, setup};

async fn failed(kind: Kind, answer: Answer) -> ProviderError {
    let server = Server::start(vec![answer]).await;
    let error = provider(kind, &server).complete(&request("claude-m")).await.map(|_| ()).unwrap_err();
    let words = format!("{error} {error:?}");
    for secret in [KEY, DOCUMENT, "questions", &server.url] {
        assert!(!words.contains(secret), "{words}");
    }
    error
}

/// Servers repeat in their messages what they got.
fn message() -> String {
    format!("Incorrect API key provided: {KEY}. Your text was: {DOCUMENT}")
}

fn rejected(status: u16, hint: &str) -> ProviderError {
    ProviderError::Rejected { status, hint: hint.to_owned() }
}

fn invalid(why: &str) -> ProviderError {
    ProviderError::Invalid(why.to_owned())
}

const fn busy(status: u16) -> ProviderError {
    ProviderError::Overloaded { status, after: None }
}

const LIMITED: ProviderError = ProviderError::RateLimited { after: None };
const REFUSED: ProviderError = ProviderError::Refused { usage: NOTHING };
const NOTHING: Usage = Usage { input: 0, cached: 0, cache_written: 0, output: 0 };

#[tokio::test]
async fn every_error_of_anthropic_has_its_name() {
    let body = |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"});
    let too_long = "prompt is too long: 208310 tokens > 200000 maximum";
    let both = "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000";
    for (status, kind, words, expected) in [
        (400, "invalid_request_error", message().as_str(), rejected(400, "invalid_request_error")),
        (400, "invalid_request_error", too_long, ProviderError::TooLong),
        (400, "invalid_request_error", both, ProviderError::TooLong),
        (400, "invalid_request_error", "Output blocked by content filtering policy", REFUSED),
        (401, "authentication_error", &message(), ProviderError::Unauthorised(401)),
        (403, "permission_error", &message(), ProviderError::Unauthorised(403)),
        (404, "not_found_error", "model: claude-x", rejected(404, "not_found_error")),
        (413, "request_too_large", "Request exceeds the maximum size", ProviderError::TooLong),
        (429, "rate_limit_error", &message(), LIMITED),
        (500, "api_error", "Internal server error", busy(500)),
        (529, "overloaded_error", "Overloaded", busy(529)),
    ] {
        assert_eq!(
            failed(Kind::Anthropic, Answer::error(status, body(kind, words))).await,
            expected,
            "{kind}: {words}"
        );
    }
}

#[tokio::test]
async fn every_error_of_openai_and_those_like_it_has_its_name() {
    let body = |code: Value, kind: &str, message: &str| json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    let long =
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.";
    let llama = json!({"error": {
        "code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096,
        "message": "the request exceeds the available context size, try increasing it"
    }});
    let old_vllm = json!({"object": "error", "message": long, "type": "BadRequestError", "param": null, "code": 400});
    let azure = json!({"error": {
        "code": "content_filter", "status": 400, "param": "prompt", "message": message(),
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {}}
    }});
    for (status, body, expected) in [
        (400, body(json!("context_length_exceeded"), "invalid_request_error", long), ProviderError::TooLong),
        (400, body(json!(null), "BadRequestError", long), ProviderError::TooLong),
        (400, old_vllm, ProviderError::TooLong),
        (400, llama, ProviderError::TooLong),
        (400, azure, REFUSED),
        (
            400,
            body(json!("unsupported_parameter"), "invalid_request_error", &message()),
            rejected(400, "unsupported_parameter"),
        ),
        (401, body(json!("invalid_api_key"), "invalid_request_error", &message()), ProviderError::Unauthorised(401)),
        (402, json!({"error": {"code": 402, "message": "Insufficient credits"}}), rejected(402, "no code given")),
        (404, body(json!("model_not_found"), "invalid_request_error", &message()), rejected(404, "model_not_found")),
        (404, json!({"error": "model 'm' not found"}), rejected(404, "no code given")),
        (422, json!({"detail": message()}), rejected(422, "no code given")),
        (429, body(json!("rate_limit_exceeded"), "tokens", &message()), LIMITED),
        (429, body(json!("insufficient_quota"), "insufficient_quota", &message()), rejected(429, "insufficient_quota")),
        (503, json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}), busy(503)),
        // Gateways put errors into answers.
        (200, json!({"error": {"code": 429, "message": message()}}), LIMITED),
        (200, json!({"error": {"message": message()}}), invalid("it is an error with status 200")),
    ] {
        assert_eq!(failed(Kind::OpenaiCompatible, Answer::error(status, body.clone())).await, expected, "{body}");
    }
    assert_eq!(failed(Kind::Openai, Answer::text(502, "<html>Bad gateway</html>")).await, busy(502));
}

#[tokio::test]
async fn every_error_of_gemini_has_its_name() {
    let body = |status: u16, name: &str, words: &str, details: Value| json!({"error": {"code": status, "message": words, "status": name, "details": details}});
    let reason = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]);
    let delay = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]);
    let long = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
    let after = Some(Duration::from_millis(34_500));
    for (status, body, expected) in [
        (400, body(400, "INVALID_ARGUMENT", &message(), json!([])), rejected(400, "INVALID_ARGUMENT")),
        (400, body(400, "INVALID_ARGUMENT", &message(), reason), ProviderError::Unauthorised(400)),
        (400, body(400, "INVALID_ARGUMENT", long, json!([])), ProviderError::TooLong),
        (403, body(403, "PERMISSION_DENIED", &message(), json!([])), ProviderError::Unauthorised(403)),
        (404, json!([body(404, "NOT_FOUND", &message(), json!([]))]), rejected(404, "NOT_FOUND")),
        (429, body(429, "RESOURCE_EXHAUSTED", &message(), delay), ProviderError::RateLimited { after }),
        (503, body(503, "UNAVAILABLE", "The model is overloaded.", json!([])), busy(503)),
    ] {
        assert_eq!(failed(Kind::Gemini, Answer::error(status, body.clone())).await, expected, "{body}");
    }
}

#[tokio::test]
async fn errors_of_bedrock_and_vertex_lose_their_words_too() {
    let aws = json!({"message": message(), "__type": "ThrottlingException"});
    assert_eq!(failed(Kind::Bedrock, Answer::error(429, aws)).await, LIMITED);
    let long = json!({"message": "Input is too long for requested model."});
    assert_eq!(failed(Kind::Bedrock, Answer::error(400, long)).await, ProviderError::TooLong);
    let unknown = json!({"output": {"text": DOCUMENT}});
    assert!(matches!(failed(Kind::Bedrock, Answer::ok(unknown)).await, ProviderError::Invalid(_)));
    let token = json!({"error": {"code": 401, "message": message(), "status": "UNAUTHENTICATED"}});
    assert_eq!(failed(Kind::Vertex, Answer::error(401, token)).await, ProviderError::Unauthorised(401));
    assert_eq!(failed(Kind::Vertex, Answer::text(200, "no JSON")).await, invalid("it is not JSON"));
    assert!(matches!(failed(Kind::Vertex, Answer::ok(anthropic("refusal"))).await, ProviderError::Refused { .. }));
}

#[tokio::test]
async fn the_reason_to_stop_comes_before_the_text() {
    let claude = Usage { input: 3120, cached: 3000, cache_written: 20, output: 40 };
    let others = Usage { input: 3120, cached: 3000, cache_written: 0, output: 140 };
    let unknown = || invalid("it stopped for a reason that is not known");
    let mut refusal = openai("stop");
    refusal["choices"][0]["message"]["refusal"] = json!("I cannot help with that.");
    let blocked =
        json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 9}});
    let spent = Usage { input: 9, ..NOTHING };
    for (kind, answer, expected) in [
        (Kind::Anthropic, anthropic("max_tokens"), ProviderError::Truncated { usage: claude }),
        (Kind::Anthropic, anthropic("model_context_window_exceeded"), ProviderError::Truncated { usage: claude }),
        (Kind::Anthropic, anthropic("refusal"), ProviderError::Refused { usage: claude }),
        (Kind::Anthropic, anthropic("tool_use"), unknown()),
        (Kind::Openai, openai("length"), ProviderError::Truncated { usage: others }),
        (Kind::Openai, openai("content_filter"), ProviderError::Refused { usage: others }),
        (Kind::Openai, refusal, ProviderError::Refused { usage: others }),
        (Kind::Openai, openai("tool_calls"), unknown()),
        (Kind::Gemini, gemini("MAX_TOKENS"), ProviderError::Truncated { usage: others }),
        (Kind::Gemini, gemini("SAFETY"), ProviderError::Refused { usage: others }),
        (Kind::Gemini, blocked, ProviderError::Refused { usage: spent }),
        (Kind::Gemini, gemini("MALFORMED_FUNCTION_CALL"), unknown()),
    ] {
        assert_eq!(failed(kind, Answer::ok(answer.clone())).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn an_answer_without_an_answer_is_no_answer() {
    for kind in [Kind::Anthropic, Kind::Openai, Kind::OpenaiCompatible, Kind::Gemini] {
        assert_eq!(failed(kind, Answer::text(200, "")).await, invalid("it is empty"));
        assert_eq!(failed(kind, Answer::text(200, "<html>Sign in</html>")).await, invalid("it is not JSON"));
        assert_eq!(failed(kind, Answer::text(200, "{\"choices\": [{\"mess")).await, invalid("it is not JSON"));
        for nothing in [json!({}), json!([]), json!("questions"), json!(null)] {
            assert!(matches!(failed(kind, Answer::ok(nothing)).await, ProviderError::Invalid(_)), "{kind:?}");
        }
    }
    let mut silent = anthropic("end_turn");
    silent["content"] = json!([]);
    assert_eq!(failed(Kind::Anthropic, Answer::ok(silent)).await, invalid("it holds no text"));
    let mut silent = openai("stop");
    silent["choices"][0]["message"]["content"] = json!(null);
    assert_eq!(failed(Kind::Openai, Answer::ok(silent)).await, invalid("it holds no text"));
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let long = "x".repeat(10 * 1024 * 1024);
    for kind in [Kind::Anthropic, Kind::Openai, Kind::OpenaiCompatible, Kind::Gemini] {
        assert_eq!(failed(kind, Answer::text(200, &long)).await, invalid("it is larger than 8 MB"), "{kind:?}");
    }
    // One that never ends is left where the limit is; what the sockets hold on top is little.
    let server = Server::start(vec![Answer::Endless]).await;
    let error = provider(Kind::Anthropic, &server).complete(&request("m")).await.map(|_| ()).unwrap_err();
    assert_eq!(error, invalid("it is larger than 8 MB"));
    assert!(server.written() < 24 * 1024 * 1024, "{}", server.written());
    // And a long error is looked at only as far as it is useful.
    assert_eq!(failed(Kind::Anthropic, Answer::text(500, &long)).await, busy(500));
}

#[tokio::test]
async fn a_line_that_breaks_or_hangs_is_named() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{\"content\": [";
    for kind in [Kind::Anthropic, Kind::Gemini, Kind::Bedrock] {
        let broken = ProviderError::Unreachable("the connection broke off");
        assert_eq!(failed(kind, Answer::Raw(half.to_owned())).await, broken, "{kind:?}");
        assert_eq!(failed(kind, Answer::Raw(String::new())).await, broken, "{kind:?}");
    }
    for hang in [String::new(), half.to_owned()] {
        let server = Server::start(vec![Answer::Hang(hang)]).await;
        let mut setup = setup(Kind::Anthropic, "m", &server.url);
        setup.timeout = Duration::from_millis(300);
        let begun = Instant::now();
        let error = setup.open(Some(KEY.into())).unwrap().complete(&request("m")).await.map(|_| ()).unwrap_err();
        assert_eq!(error, ProviderError::Unreachable("no answer in time"));
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    // Nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = setup(Kind::Anthropic, "m", &format!("http://{free}/v1")).open(Some(KEY.into())).unwrap();
    let error = gone.complete(&request("m")).await.map(|_| ()).unwrap_err();
    assert_eq!(error, ProviderError::Unreachable("no connection"));
}

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_is_kept_or_handed_on() {
    let limited = |after: &str| {
        let headers = vec![("retry-after", after.to_owned()), ("date", "Thu, 26 Nov 2026 10:00:00 GMT".to_owned())];
        Answer::Json(429, headers, json!({"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}))
    };
    let opened = |server: &Server| {
        let mut setup = setup(Kind::Anthropic, "m", &server.url);
        setup.patience = Patience { first: Duration::from_millis(1), ..Patience::default() };
        setup.open(Some(KEY.into())).unwrap()
    };
    let server =
        Server::start(vec![limited("0"), limited("Thu, 26 Nov 2026 10:00:00 GMT"), Answer::ok(anthropic("end_turn"))])
            .await;
    assert!(opened(&server).complete(&request("m")).await.is_ok());
    assert_eq!(server.seen().len(), 3);
    for (asked, seconds) in [("3600", 3600), ("Thu, 26 Nov 2026 10:30:00 GMT", 1800)] {
        let server = Server::start(vec![limited(asked)]).await;
        let error = opened(&server).complete(&request("m")).await.map(|_| ()).unwrap_err();
        assert_eq!(error, ProviderError::RateLimited { after: Some(Duration::from_secs(seconds)) });
        assert_eq!(server.seen().len(), 1, "an hour is somebody else's to wait");
    }
}
