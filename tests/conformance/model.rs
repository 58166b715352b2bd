//! What a model is sent about real design documents: the size of each part of a request, by task. No model is asked.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use threadmodel::analyst::{AskInput, AssessInput, DocumentText, DraftInput, Reply, Settled, Task};
use threadmodel::llm::model::{Llm, ModelSettings};
use threadmodel::llm::provider::{Completion, Part, Provider, ProviderError, Request, Usage};
use threadmodel::llm::reading::tokens;
use threadmodel::threat_model::{Anchor, Choice, Question, Slot};
use threadmodel::time::Timestamp;

use crate::stories::{DOCUMENTS, text};

/// Answers each task in its form and with as little as it may; keeps what was asked.
#[derive(Debug, Default)]
struct Terse(Mutex<Vec<Request>>);

impl Provider for Terse {
    fn complete<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Completion, ProviderError>> {
        self.0.lock().unwrap().push(request.clone());
        let text = answer(request.task).to_string();
        async move { Ok(Completion { text, usage: Usage::default(), model: "none".to_owned() }) }.boxed()
    }
}

fn answer(task: &str) -> Value {
    match task {
        "triage" => json!({"quotation": {"source": "doc1", "words": "the"}, "reason": "Much.", "risk": "high"}),
        "ask" => json!({"facts": [], "considered": [], "questions": []}),
        "assess" => {
            json!({"facts": [], "reply": null, "against": null, "outcome": "not_an_answer", "noted": "", "chosen": [],
                           "follow_up": "", "may_know": "", "explanation": ""})
        }
        "draft" => json!({"components": [], "flows": [], "data": [], "summary": "", "covered": [], "threats": [],
                          "assumptions": [], "recommendations": []}),
        other => panic!("nobody knows the task {other}"),
    }
}

/// A question about the first line that has words.
fn question(document: &DocumentText) -> Question {
    let long = |(_, line): &(usize, &str)| line.len() > 40 && line.chars().next().is_some_and(char::is_alphabetic);
    let (n, line) = document.text.lines().enumerate().find(long).expect("a line with words");
    let line_number = u32::try_from(n + 1).unwrap();
    Question {
        concern: "who".to_owned(),
        subject: String::new(),
        slot: Slot::Authz,
        anchor: Anchor {
            path: document.path.clone(),
            start_line: line_number,
            end_line: line_number,
            quotation: line.split_whitespace().take(12).collect::<Vec<_>>().join(" "),
        },
        text: "Who may do this, and who decides that?".to_owned(),
        choices: ["the author", "a person of the team"]
            .map(|text| Choice { text: text.to_owned(), branch: text.replace(' ', "-") })
            .into(),
        why: "It decides what the draft says.".to_owned(),
        value: 500,
    }
}

fn review(document: &DocumentText) -> [Task; 3] {
    let documents = vec![document.clone()];
    let (methodology, description) = ("four-questions".to_owned(), "Please have a look at this design.".to_owned());
    let asked = question(document);
    let said = |n: u8| Settled {
        question: asked.clone(),
        branches: Vec::new(),
        noted: format!("Two people of the team, said as answer {n}"),
        by: Some("ana".to_owned()),
        open: false,
    };
    [
        Task::Ask(AskInput {
            documents: documents.clone(),
            description: description.clone(),
            facts: Vec::new(),
            asked: Vec::new(),
            max_questions: 6,
            methodology: methodology.clone(),
            topic: None,
            concern: None,
            decisions: Vec::new(),
            context: Vec::new(),
            earlier: Vec::new(),
        }),
        Task::Assess(AssessInput {
            question: asked.clone(),
            follow_ups: Vec::new(),
            replies: vec![Reply {
                comment: "C1".to_owned(),
                login: "ana".to_owned(),
                body: "Two people of the team, on shift.".to_owned(),
                at: Timestamp(1),
            }],
            document: Some(document.clone()),
            facts: Vec::new(),
            last_word: false,
            context: Vec::new(),
            earlier: Vec::new(),
        }),
        Task::Draft(DraftInput {
            documents,
            description,
            questions: (1..=6).map(said).collect(),
            facts: Vec::new(),
            methodology,
            nonce: 0,
            decisions: Vec::new(),
            context: Vec::new(),
        }),
    ]
}

fn said(part: &Part) -> &str {
    match part {
        Part::Text { text, .. } => text,
        Part::Image { .. } => panic!("no document of these brings pictures along"),
    }
}

/// Rules, what lasts, documents, the task, and the form of the answer: each as it is sent.
fn parts(request: &Request) -> [String; 5] {
    let mut parts: [String; 5] = Default::default();
    parts[0] = request.system.iter().map(said).collect();
    let (task, before) = request.user.split_last().unwrap();
    for part in before {
        let about_documents = said(part).starts_with("<<<");
        parts[if about_documents { 2 } else { 1 }].push_str(said(part));
    }
    said(task).clone_into(&mut parts[3]);
    parts[4] = request.schema.schema.to_string();
    parts
}

#[test]
fn what_is_sent_by_task_for_three_documents() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!(
        "| document | task | rules | method and manner | documents | task's own text | form | characters | tokens, estimated |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for id in [DOCUMENTS[0], DOCUMENTS[1], DOCUMENTS[2]] {
        let Some(text) = text(id, 4) else { return };
        let letters = text.chars().count();
        let document = DocumentText { path: format!("docs/{id}.md"), text, before: None };
        let terse = Arc::new(Terse::default());
        let settings = ModelSettings {
            model: "large".to_owned(),
            small_model: "small".to_owned(),
            context_tokens: 128_000,
            max_output_tokens: 16_000,
        };
        let llm = Llm::new(Arc::<Terse>::clone(&terse), settings).unwrap();
        for task in &review(&document) {
            let performed = runtime.block_on(llm.perform(task, None));
            assert!(performed.answer.is_ok(), "{:?}", performed.answer);
            assert_eq!(performed.outlined, Vec::<String>::new(), "it fits as a whole");
            let input: u64 =
                performed.exchanges.iter().map(|one| one.prompt.iter().map(|part| tokens(part)).sum::<u64>()).sum();
            let tried = u64::try_from(performed.exchanges.len()).unwrap();
            // The budget is asked before: what is set aside is not far below what the requests of the task then take.
            assert!(llm.estimate(task) * tried >= input, "{} × {tried} < {input}", llm.estimate(task));
        }
        let asked = terse.0.lock().unwrap();
        assert_eq!(asked.iter().map(|request| request.task).collect::<Vec<_>>(), ["triage", "ask", "assess", "draft"]);
        for request in asked.iter() {
            let parts = parts(request);
            let sizes = parts.each_ref().map(|part| part.chars().count());
            // All that a reader sees of the document, each line with its number; not more than once.
            assert!(sizes[2] > letters / 3 && sizes[2] < letters * 2, "{sizes:?} of {letters}");
            assert_eq!(parts[0], said(&asked[0].system[0]), "the same rules each time");
            let all: u64 = parts.iter().map(|part| tokens(part)).sum();
            println!(
                "| {id} | {} | {} | {} | {} | {} | {} | {} | {all} |",
                request.task,
                sizes[0],
                sizes[1],
                sizes[2],
                sizes[3],
                sizes[4],
                sizes.iter().sum::<usize>()
            );
        }
    }
}
