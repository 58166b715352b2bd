//! A provider for tests: says what it is told to say, remembers what it was asked, and can misbehave as servers do.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status, headers, a body of JSON.
    Json(u16, Vec<(&'static str, String)>, Value),
    /// These bytes, then the connection ends.
    Raw(String),
    /// A body without an end.
    Endless,
    /// These bytes, then nothing, for as long as the client waits.
    Hang(String),
}

impl Answer {
    pub fn ok(body: Value) -> Self {
        Self::Json(200, vec![], body)
    }

    pub fn error(status: u16, body: Value) -> Self {
        Self::Json(status, vec![], body)
    }

    /// A body as it is, with its length.
    pub fn text(status: u16, body: &str) -> Self {
        let length = body.len();
        Self::Raw(format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and target.
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Seen {
    /// Without what differs between two runs.
    pub fn stable(&self) -> Value {
        let mut headers = self.headers.clone();
        for changing in ["host", "content-length"] {
            headers.remove(changing);
        }
        if let Some(agent) = headers.get_mut("user-agent") {
            *agent = agent.replace(env!("CARGO_PKG_VERSION"), "[version]");
        }
        json!({"request": self.line, "headers": headers, "body": self.body})
    }
}

#[derive(Clone)]
pub struct Server {
    /// Without a slash at the end.
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    written: Arc<AtomicUsize>,
}

impl Server {
    /// Says `answers` in turn, one connection each.
    pub async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            seen: Arc::default(),
            answers: Arc::new(Mutex::new(answers.into())),
            written: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        server
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Bytes that the client let us write.
    pub fn written(&self) -> usize {
        self.written.load(SeqCst)
    }

    async fn serve(self, mut stream: TcpStream) {
        let Some(seen) = request(&mut stream).await else { return };
        self.seen.lock().unwrap().push(seen);
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.expect("more requests than answers") {
            Answer::Json(status, headers, body) => {
                let body = body.to_string();
                let mut head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n",
                    body.len()
                );
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes()).await;
            }
            Answer::Raw(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
            }
            Answer::Endless => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"a\": \"").await;
                while let Ok(count) = stream.write(&[b'x'; 64 * 1024]).await {
                    self.written.fetch_add(count, SeqCst);
                }
            }
            Answer::Hang(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        }
        let _ = stream.shutdown().await;
    }
}

async fn request(stream: &mut TcpStream) -> Option<Seen> {
    let mut read = Vec::new();
    let mut buffer = [0; 64 * 1024];
    let end = loop {
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => read.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8(read[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = read[end + 4..].to_vec();
    while body.len() < length {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "half a request");
        body.extend_from_slice(&buffer[..count]);
    }
    Some(Seen { line, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}
