//! What goes over the wire to each provider, and what is made of the answer.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use threadmodel::llm::provider::retry::Patience;
use threadmodel::llm::provider::setup::{Kind, Setup};
use threadmodel::llm::provider::{AnswerSchema, Completion, Part, Provider, ProviderError, Repair, Request, Usage};

use super::server::{Answer, Server};

pub const KEY: &str = "sk-test-0123456789";

/// Stands in every request, and must stand in no error.
pub const DOCUMENT: &str = "The gateway keeps session tokens in Redis.";

/// One try and a second of time.
pub fn setup(kind: Kind, model: &str, base: &str) -> Setup {
    let mut setup = Setup::new(kind, Some(model), Some(base)).unwrap().unwrap();
    setup.patience = Patience { tries: 1, ..Patience::default() };
    setup.timeout = Duration::from_secs(20);
    setup
}

/// At the path below which the provider has its API.
pub fn provider(kind: Kind, server: &Server) -> Arc<dyn Provider> {
    let path = match kind {
        Kind::Gemini => "/v1beta",
        Kind::Bedrock => "",
        Kind::Vertex => "/v1/projects/p/locations/eu",
        _ => "/v1",
    };
    setup(kind, "m", &format!("{}{path}", server.url)).open(Some(SecretString::from(KEY))).unwrap()
}

/// One of everything: two stable parts, a picture, a schema with limits.
pub fn request(model: &str) -> Request {
    Request {
        task: "ask",
        model: model.to_owned(),
        system: vec![Part::text("You review designs."), Part::cached("The methodology.")],
        user: vec![
            Part::cached(DOCUMENT),
            Part::text(" "),
            Part::Image { media_type: "image/png".to_owned(), bytes: b"png".to_vec() },
            Part::text("Ask."),
        ],
        repair: None,
        schema: AnswerSchema {
            name: "ask_answer",
            schema: json!({
                "type": "object",
                "properties": {
                    "questions": {
                        "type": "array",
                        "maxItems": 6,
                        "items": {
                            "type": "object",
                            "properties": {
                                "quotation": {"type": "string", "maxLength": 300, "description": "At most 300 characters."},
                                "kind": {"anyOf": [{"const": "open"}, {"type": "null"}]}
                            },
                            "required": ["quotation", "kind"],
                            "additionalProperties": false
                        }
                    }
                },
                "required": ["questions"],
                "additionalProperties": false
            }),
        },
        max_output_tokens: 4000,
    }
}

fn texts_only(model: &str) -> Request {
    let mut request = request(model);
    request.user.retain(|part| !matches!(part, Part::Image { .. }));
    request
}

pub fn anthropic(stop: &str) -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6",
        "content": [{"type": "text", "text": "{\"questions\":"}, {"type": "text", "text": "[]}"}],
        "stop_reason": stop, "stop_sequence": null,
        "usage": {
            "input_tokens": 100, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 3000, "output_tokens": 40
        }
    })
}

pub fn openai(finish: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5-2025-08-07",
        "choices": [{
            "index": 0, "finish_reason": finish,
            "message": {"role": "assistant", "content": "{\"questions\":[]}", "refusal": null}
        }],
        "usage": {
            "prompt_tokens": 3120, "completion_tokens": 140, "total_tokens": 3260,
            "prompt_tokens_details": {"cached_tokens": 3000}, "completion_tokens_details": {"reasoning_tokens": 100}
        }
    })
}

pub fn gemini(finish: &str) -> Value {
    json!({
        "candidates": [{
            "content": {"role": "model", "parts": [{"text": "hm", "thought": true}, {"text": "{\"questions\":[]}"}]},
            "finishReason": finish, "index": 0
        }],
        "usageMetadata": {
            "promptTokenCount": 3120, "cachedContentTokenCount": 3000, "candidatesTokenCount": 40,
            "thoughtsTokenCount": 100, "totalTokenCount": 3260
        },
        "modelVersion": "gemini-3-pro"
    })
}

fn bedrock() -> Value {
    json!({
        "output": {"message": {"role": "assistant", "content": [{"text": "{\"questions\":[]}"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 100, "outputTokens": 40, "totalTokens": 140}
    })
}

/// Sends one request and shows it.
async fn sent(kind: Kind, request: &Request, answer: Value) -> (Value, Completion) {
    let server = Server::start(vec![Answer::ok(answer)]).await;
    let completion = provider(kind, &server).complete(request).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(!seen[0].line.contains(KEY) && !seen[0].body.to_string().contains(KEY), "the key goes into a header only");
    assert!(seen[0].headers.values().any(|value| value.contains(KEY)));
    (seen[0].stable(), completion)
}

fn completion(model: &str, usage: Usage) -> Completion {
    Completion { text: "{\"questions\":[]}".to_owned(), usage, model: model.to_owned() }
}

#[tokio::test]
async fn anthropic_gets_blocks_with_cache_markers_and_a_schema_without_limits() {
    let (sent, answer) = sent(Kind::Anthropic, &request("claude-sonnet-4-6"), anthropic("end_turn")).await;
    insta::assert_json_snapshot!(sent);
    // Its `input_tokens` leave out what the cache did.
    let usage = Usage { input: 3120, cached: 3000, cache_written: 20, output: 40 };
    assert!(answer == completion("claude-sonnet-4-6", usage), "{answer:?}");
}

#[tokio::test]
async fn openai_gets_a_strict_schema() {
    let (sent, answer) = sent(Kind::Openai, &request("gpt-5"), openai("stop")).await;
    insta::assert_json_snapshot!(sent);
    let usage = Usage { input: 3120, cached: 3000, cache_written: 0, output: 140 };
    assert!(answer == completion("gpt-5-2025-08-07", usage), "{answer:?}");
}

#[tokio::test]
async fn compatible_servers_get_plain_texts_and_every_limit() {
    // A name that ends like an effort is still a name.
    let (sent, _) = sent(Kind::OpenaiCompatible, &texts_only("mistral-medium"), openai("stop")).await;
    insta::assert_json_snapshot!(sent);
}

#[tokio::test]
async fn gemini_gets_a_schema_in_its_dialect() {
    let (sent, answer) = sent(Kind::Gemini, &request("gemini-3-pro"), gemini("STOP")).await;
    insta::assert_json_snapshot!(sent);
    let usage = Usage { input: 3120, cached: 3000, cache_written: 0, output: 140 };
    assert!(answer == completion("gemini-3-pro", usage), "{answer:?}");
}

#[tokio::test]
async fn bedrock_gets_the_schema_in_the_prompt() {
    let request = request("anthropic.claude-sonnet-4-5-20250929-v1:0");
    let (sent, answer) = sent(Kind::Bedrock, &request, bedrock()).await;
    insta::assert_json_snapshot!(sent);
    let usage = Usage { input: 100, cached: 0, cache_written: 0, output: 40 };
    assert!(answer == completion(&request.model, usage), "{answer:?}");
}

#[tokio::test]
async fn claude_on_vertex_gets_the_schema_in_the_prompt_and_gemini_beside_it() {
    let (claude, _) = sent(Kind::Vertex, &request("claude-sonnet-4-6"), anthropic("end_turn")).await;
    insta::assert_json_snapshot!("vertex_claude", claude);
    let (gemini, _) = sent(Kind::Vertex, &request("gemini-3-pro"), gemini("STOP")).await;
    insta::assert_json_snapshot!("vertex_gemini", gemini);
}

#[tokio::test]
async fn a_repair_follows_as_two_more_turns() {
    let repair = |answer: &str| {
        let mut request = texts_only("m");
        request.repair = Some(Repair { answer: answer.to_owned(), complaint: "No JSON.".to_owned() });
        request
    };
    let (anthropic_sent, _) = sent(Kind::Anthropic, &repair("Hello"), anthropic("end_turn")).await;
    let (openai_sent, _) = sent(Kind::Openai, &repair("Hello"), openai("stop")).await;
    let (gemini_sent, _) = sent(Kind::Gemini, &repair("Hello"), gemini("STOP")).await;
    let turns = json!({
        "anthropic": anthropic_sent["body"]["messages"],
        "openai": openai_sent["body"]["messages"],
        "gemini": gemini_sent["body"]["contents"],
    });
    insta::assert_json_snapshot!("repairs", turns);
    // What comes before the repair is the same as in the request that it repairs, byte for byte: the cache holds.
    let (first, _) = sent(Kind::Anthropic, &texts_only("m"), anthropic("end_turn")).await;
    assert_eq!(first["body"]["messages"][0], anthropic_sent["body"]["messages"][0]);
    assert_eq!(first["body"]["system"], anthropic_sent["body"]["system"]);
    // No turn is empty: some providers refuse that.
    let (empty, _) = sent(Kind::Anthropic, &repair(" "), anthropic("end_turn")).await;
    let messages = empty["body"]["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["content"].as_array().unwrap().last().unwrap()["text"], "No JSON.");
}

#[tokio::test]
async fn anthropic_gets_no_more_than_four_markers_and_the_last_ones() {
    let mut request = request("m");
    request.user = (0..6).map(|n| Part::cached(format!("part {n}"))).collect();
    let (sent, _) = sent(Kind::Anthropic, &request, anthropic("end_turn")).await;
    assert_eq!(sent.to_string().matches("cache_control").count(), 4);
    let marked: Vec<bool> = sent["body"]["messages"][0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.get("cache_control").is_some())
        .collect();
    assert_eq!(marked, [false, false, true, true, true, true]);
}

#[tokio::test]
async fn the_schema_goes_into_the_prompt_where_that_is_configured() {
    let server = Server::start(vec![Answer::ok(openai("stop"))]).await;
    let mut setup = setup(Kind::OpenaiCompatible, "m", &format!("{}/v1", server.url));
    setup.schema_in_prompt = true;
    setup.open(None).unwrap().complete(&texts_only("m")).await.unwrap();
    let seen = &server.seen()[0];
    assert!(seen.body.get("response_format").is_none());
    let prompt = seen.body["messages"][1]["content"].as_str().unwrap();
    let schema: Value = serde_json::from_str(prompt.lines().last().unwrap()).unwrap();
    assert_eq!(schema, texts_only("m").schema.schema);
    assert!(!seen.headers.contains_key("authorization"), "no key was configured");
}

#[tokio::test]
async fn a_key_never_follows_a_redirect() {
    for kind in [Kind::Anthropic, Kind::Openai, Kind::OpenaiCompatible, Kind::Gemini, Kind::Bedrock, Kind::Vertex] {
        for status in [301, 302, 307, 308] {
            let elsewhere = Server::start(vec![]).await;
            let to = vec![("location", format!("{}/v1/messages", elsewhere.url))];
            let server = Server::start(vec![Answer::Json(status, to, json!({}))]).await;
            let error = provider(kind, &server).complete(&request("claude-m")).await.map(|_| ()).unwrap_err();
            assert_eq!(error, ProviderError::Rejected { status, hint: "redirect".to_owned() }, "{kind:?}");
            assert_eq!((server.seen().len(), elsewhere.seen().len()), (1, 0), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_proxy_is_used_when_it_is_configured() {
    let proxy = Server::start(vec![Answer::ok(openai("stop"))]).await;
    let mut setup = setup(Kind::OpenaiCompatible, "m", "http://127.0.0.1:9/v1");
    setup.proxy = Some(proxy.url.parse().unwrap());
    setup.open(None).unwrap().complete(&request("m")).await.unwrap();
    assert_eq!(proxy.seen()[0].line, "POST http://127.0.0.1:9/v1/chat/completions");
}

#[tokio::test]
async fn a_query_of_the_base_url_stays_and_a_model_is_one_piece_of_the_path() {
    let server = Server::start(vec![Answer::ok(openai("stop")), Answer::ok(gemini("STOP"))]).await;
    let azure = setup(Kind::OpenaiCompatible, "m", &format!("{}/openai/v1?api-version=preview", server.url));
    azure.open(None).unwrap().complete(&request("m")).await.unwrap();
    provider(Kind::Gemini, &server).complete(&request("models/../../x?y#z")).await.unwrap();
    let lines: Vec<String> = server.seen().into_iter().map(|seen| seen.line).collect();
    assert_eq!(
        lines,
        [
            "POST /openai/v1/chat/completions?api-version=preview",
            "POST /v1beta/models/..%2F..%2Fx%3Fy%23z:generateContent"
        ]
    );
}
