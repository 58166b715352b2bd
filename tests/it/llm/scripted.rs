//! A provider for stories that speaks OpenAI's language on this machine: a closure answers each request, and every request is kept.
//!
//! It runs beside the real binary, which is told of it by its documented settings ([`Scripted::configure`]). What it answers is
//! written by hand (`answers`); no model was asked.

#![allow(dead_code, reason = "stories use what they need of it")]

pub(crate) mod answers;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::stage::Stage;

/// The key that stories give the app.
pub(crate) const KEY: &str = "scripted-key-3fd1c07a9b52";

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `triage`, `ask`, `assess`, `draft`, `follow`, `refine`: the name of the schema.
    pub(crate) task: String,
    /// The model that was asked for.
    pub(crate) model: String,
    /// The `authorization` header.
    pub(crate) authorization: String,
    /// The whole body.
    pub(crate) body: Value,
    /// What all messages say, one after the other.
    pub(crate) text: String,
    /// It is a second try: the answer before could not be used.
    pub(crate) repair: bool,
    /// When it came.
    pub(crate) at: Instant,
}

impl Request {
    fn read(headers: &HeaderMap, body: &Bytes) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let empty = Vec::new();
        let messages = body["messages"].as_array().unwrap_or(&empty);
        let text = messages.iter().map(content).collect::<Vec<_>>().join("\n\n");
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let header = headers.get("authorization").and_then(|value| value.to_str().ok());
        Self {
            task: word(&body["response_format"]["json_schema"]["name"]),
            model: word(&body["model"]),
            authorization: header.unwrap_or_default().to_owned(),
            repair: messages.iter().any(|message| message["role"] == "assistant"),
            text,
            body,
            at: Instant::now(),
        }
    }

    /// What a message of this role says.
    pub(crate) fn said_by(&self, role: &str) -> String {
        let messages = self.body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        messages.iter().filter(|message| message["role"] == role).map(content).collect::<Vec<_>>().join("\n\n")
    }

    /// The lines between the fences of a piece (`doc1`, `reply2`, …), without their numbers.
    pub(crate) fn piece(&self, id: &str) -> Option<String> {
        let begin = format!("<<<{id} ");
        let end = format!("<<<end {id} ");
        let lines = self.text.lines().skip_while(|line| !line.starts_with(&begin)).skip(1);
        let lines: Vec<&str> = lines.take_while(|line| !line.starts_with(&end)).map(without_number).collect();
        self.text.lines().any(|line| line.starts_with(&begin)).then(|| lines.join("\n"))
    }
}

fn without_number(line: &str) -> &str {
    let (number, rest) = line.split_once(": ").unwrap_or(("", line));
    if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) {
        rest.strip_prefix("# ").unwrap_or(rest)
    } else {
        line
    }
}

fn content(message: &Value) -> String {
    match &message["content"] {
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n\n"),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
    cut: bool,
}

impl Reply {
    /// An answer of the form that was asked for, with made-up usage.
    pub(crate) fn answer(answer: &impl Serialize) -> Self {
        Self::text(&serde_json::to_string(answer).unwrap())
    }

    /// A completion with this text.
    pub(crate) fn text(text: &str) -> Self {
        Self::finished(text, "stop")
    }

    /// A completion that ended for this reason: `stop`, `length`, `content_filter`.
    pub(crate) fn finished(text: &str, reason: &str) -> Self {
        let usage = json!({"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100});
        Self::body(
            200,
            &json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted-1",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}],
                "usage": usage,
            }),
        )
    }

    /// An error as OpenAI words it.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::body(status, &json!({"error": {"message": "no", "type": code, "param": null, "code": code}}))
    }

    /// Any body.
    pub(crate) fn body(status: u16, body: &Value) -> Self {
        Self::bytes(status, body.to_string().into_bytes())
    }

    /// Any bytes.
    pub(crate) fn bytes(status: u16, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body, delay: Duration::ZERO, cut: false }
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// After a while.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The connection breaks in the middle of the body.
    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    fn send(self) -> Response {
        let mut answer = Response::builder().status(self.status);
        for (name, value) in self.headers {
            answer = answer.header(name, value);
        }
        if !self.cut {
            return answer.body(Body::from(self.body)).unwrap();
        }
        let half = Bytes::copy_from_slice(&self.body[..self.body.len() / 2]);
        // The first half is on its way before the connection breaks.
        let broken = futures::stream::once(async { Ok(half) }).chain(futures::stream::once(async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
        }));
        answer.body(Body::from_stream(broken)).unwrap()
    }
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

#[derive(Clone)]
struct Inner {
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<Request>>>,
    strange: Arc<Mutex<Vec<String>>>,
}

/// The provider. It ends with the value.
pub(crate) struct Scripted {
    _runtime: tokio::runtime::Runtime,
    address: SocketAddr,
    inner: Inner,
}

impl Scripted {
    /// Starts one that answers as the closure says.
    pub(crate) fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Inner { script: Arc::new(script), seen: Arc::default(), strange: Arc::default() };
        let router = Router::new().fallback(serve).with_state(inner.clone());
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap();
        });
        Self { _runtime: runtime, address, inner }
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Tells the app of a stage, before it is started.
    pub(crate) fn configure(&self, stage: &mut Stage) {
        stage.set("LLM__PROVIDER", "openai-compatible");
        stage.set("LLM__BASE_URL", &self.url());
        stage.set("LLM__MODEL", "scripted");
        stage.set("LLM_KEY", KEY);
    }

    /// What was asked so far, oldest first.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.inner.seen.lock().unwrap().clone()
    }

    /// What was asked of one task.
    pub(crate) fn requests_of(&self, task: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.task == task).collect()
    }

    /// Requests to other addresses than that of chat completions.
    pub(crate) fn strange(&self) -> Vec<String> {
        self.inner.strange.lock().unwrap().clone()
    }
}

async fn serve(State(inner): State<Inner>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if method != Method::POST || uri.path() != "/v1/chat/completions" {
        inner.strange.lock().unwrap().push(format!("{method} {uri}"));
        return Reply::error(404, "not_found").send();
    }
    let request = Request::read(&headers, &body);
    inner.seen.lock().unwrap().push(request.clone());
    let reply = (inner.script)(&request);
    tokio::time::sleep(reply.delay).await;
    reply.send()
}

#[test]
fn it_answers_as_told_and_keeps_what_was_asked() {
    let provider = Scripted::start(|request| match request.task.as_str() {
        "triage" => Reply::answer(&answers::triage("doc1", "Customers ask for an export")),
        "ask" => Reply::error(429, "rate_limit").header("retry-after", "7"),
        _ => Reply::text("half").cut(),
    });
    let url = format!("{}/chat/completions", provider.url());
    let post = |task: &str| {
        let text = "<<<doc1 0a design document>>>\n3: # Storage\n4: Kept: 7 days\n<<<end doc1 0a>>>";
        let body = json!({
            "model": "scripted", "messages": [{"role": "system", "content": "Rules."}, {"role": "user", "content": text}],
            "response_format": {"type": "json_schema", "json_schema": {"name": task}},
        });
        provider._runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let answer = client.post(&url).bearer_auth(KEY).json(&body).send().await?;
            let (status, again) = (answer.status().as_u16(), answer.headers().get("retry-after").is_some());
            Ok::<_, reqwest::Error>((status, again, answer.text().await?))
        })
    };
    let (status, _, body) = post("triage").unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let answer: Value = serde_json::from_str(body["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!((status, &answer["risk"]), (200, &json!("high")));
    assert!(matches!(post("ask"), Ok((429, true, _))));
    assert!(post("draft").is_err(), "the connection breaks");
    let asked = provider.requests();
    assert_eq!(asked.iter().map(|request| request.task.as_str()).collect::<Vec<_>>(), ["triage", "ask", "draft"]);
    assert_eq!(asked[0].authorization, format!("Bearer {KEY}"));
    assert_eq!(asked[0].said_by("system"), "Rules.");
    assert_eq!(asked[0].piece("doc1").unwrap(), "Storage\nKept: 7 days");
    assert_eq!((provider.requests_of("ask").len(), provider.strange().len()), (1, 0));
}
