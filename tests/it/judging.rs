//! `threadmodel eval --judge llm` over a scripted provider: what a judge is given, what counts of what it says, what it costs.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::llm::scripted::answers::{ask, draft, question, quote, triage};
use crate::llm::scripted::{KEY, Reply, Request, Scripted};
use threadmodel::llm::answers::{AskAnswer, ConsideredSaid};
use threadmodel::threat_model::Slot;

const DOCUMENT: &str = include_str!("../../examples/invoice-export.md");

struct Ran {
    code: Option<i32>,
    report: Value,
    out: String,
    err: String,
}

fn eval(provider: &Scripted, corpus: &Path, more: &[&str]) -> Ran {
    let out = Command::new(env!("CARGO_BIN_EXE_threadmodel"))
        .args(["eval", ".", "--judge", "llm", "--runs", "1", "--quick"])
        .args(more)
        .current_dir(corpus)
        .env("THREADMODEL_LLM_PROVIDER", "openai-compatible")
        .env("THREADMODEL_LLM_BASE_URL", provider.url())
        .env("THREADMODEL_LLM_MODEL", "scripted")
        .env("THREADMODEL_LLM_KEY", KEY)
        .env("THREADMODEL_LLM__TRIES", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err, code) = (text(out.stdout), text(out.stderr), out.status.code());
    Ran { code, report: serde_json::from_str(&out).unwrap_or_default(), out, err }
}

/// A corpus of these documents, each with one concern.
fn corpus(names: &[&str]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in names {
        let folder = dir.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("doc.md"), DOCUMENT).unwrap();
        let expected = r#"{"threats": [{"id": "T1", "title": "Nobody ends old exports", "detail": "They pile up."}]}"#;
        std::fs::write(folder.join("expected.json"), expected).unwrap();
    }
    dir
}

/// The lines of a list, as label and text.
fn listed(request: &Request, list: &str) -> Vec<(String, String)> {
    let piece = request.piece(list).unwrap();
    piece.lines().map(|line| line.split_once(": ").unwrap()).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
}

/// The first words of a text.
fn begin(text: &str) -> String {
    text.split_whitespace().take(5).collect::<Vec<_>>().join(" ")
}

/// The first question in the list touches the concern, in these words, or in its own.
fn says(words: Option<&'static str>) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request| {
        assert_eq!(request.task, "judge", "nobody else is asked");
        let findings = listed(request, "findings");
        let (label, text) = findings.iter().find(|(_, text)| text.contains("Answers: ")).unwrap();
        let quotation = words.map_or_else(|| begin(text), str::to_owned);
        let touches = json!([{"finding": label, "quotation": quotation}]);
        Reply::answer(&json!({"verdicts": [{"concern": "c1", "touches": touches, "touched": true}]}))
    }
}

#[test]
fn a_model_judges_blindly_one_request_a_document_and_its_cost_is_told() {
    let provider = Scripted::start(says(None));
    let corpus = corpus(&["a"]);
    let ran = eval(&provider, corpus.path(), &["--analyst", "builtin", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.report["judge"], "llm: scripted");
    let recall = &ran.report["totals"]["all"];
    assert_eq!((&recall["expected"], &recall["by_question"], &recall["by_threat"]), (&json!(1), &json!(1), &json!(0)));
    let quoted = ran.report["documents"][0]["concerns"][0]["quoted"][0].as_str().unwrap();
    assert!(quoted.starts_with('Q') && quoted.contains('“'), "{quoted}");
    assert!(ran.err.contains("judge: 1 requests; tokens: 1000 in"), "{}", ran.err);
    let [request] = &provider.requests()[..] else { panic!("one request") };
    assert_eq!(listed(request, "concerns"), [("c1".to_owned(), "Nobody ends old exports. They pile up.".to_owned())]);
    // As many as were found, in no order of theirs: questions are told apart by nothing but their text.
    let findings = listed(request, "findings");
    let document = &ran.report["documents"][0];
    let of = |key: &str| usize::try_from(document[key].as_u64().unwrap()).unwrap();
    assert_eq!(findings.len(), of("questions") + of("threats") + of("aside"));
    let asked: Vec<bool> = findings.iter().map(|(_, text)| text.contains("Answers: ")).collect();
    assert!(!asked.iter().take(of("questions")).all(|asked| *asked), "the questions come first: {asked:?}");
}

#[test]
fn words_that_stand_nowhere_do_not_count_and_that_is_told() {
    let provider = Scripted::start(says(Some("the exports are never thrown away")));
    let corpus = corpus(&["a"]);
    let ran = eval(&provider, corpus.path(), &["--analyst", "builtin", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(ran.report["totals"]["all"]["considered"], json!(0));
    assert!(ran.err.contains("a: 1 of the judge's words stand in no finding and do not count"), "{}", ran.err);
}

#[test]
fn the_same_lists_are_judged_once_and_each_arm_by_itself() {
    let provider = Scripted::start(says(None));
    let corpus = corpus(&["a", "b"]);
    let ran = eval(&provider, corpus.path(), &["--analyst", "builtin", "--json"]);
    assert_eq!((ran.code, provider.requests().len()), (Some(0), 1), "{}", ran.err);
    assert_eq!(ran.report["totals"]["all"]["by_question"], json!(2));
    let ran = eval(&provider, corpus.path(), &["--analyst", "builtin", "--arms", "checklist", "--explain"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(
        ran.out.contains("arm, by llm: scripted") && ran.out.contains("The judge `llm` is a model."),
        "{}",
        ran.out
    );
    // One more for the documents, and one for the checklist, which is the same for both.
    assert_eq!(provider.requests().len(), 3);
}

#[test]
fn a_judge_that_fails_ends_the_run_in_plain_words() {
    let provider = Scripted::start(|_| Reply::text("I would say yes."));
    let corpus = corpus(&["a"]);
    let ran = eval(&provider, corpus.path(), &["--analyst", "builtin"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(ran.err.contains("a: the judge gave no answer: the model's answer was not of the form"), "{}", ran.err);
    assert!(ran.err.contains("`--judge terms` needs no model."), "{}", ran.err);
    assert_eq!(provider.requests().len(), 2, "one repair");
}

#[test]
fn what_an_analyst_looked_at_counts_as_considered_not_as_shown() {
    let provider = Scripted::start(|request: &Request| match request.task.as_str() {
        "triage" => Reply::answer(&triage("doc1", first_sentence())),
        "ask" => {
            let asked =
                ask(vec![question("doc1", first_sentence(), "who-reads", "Who may read what is written there?")]);
            let considered = vec![ConsideredSaid {
                quotation: quote("doc1", first_sentence()),
                slot: Slot::Retention,
                could_go_wrong: "Old exports pile up because nobody ends them.".to_owned(),
                answered_by: None,
            }];
            Reply::answer(&AskAnswer { considered, ..asked })
        }
        "draft" => Reply::answer(&draft("It exports invoices.")),
        "judge" => {
            let findings = listed(request, "findings");
            let (label, text) = findings.iter().find(|(_, text)| text.starts_with("Old exports pile up")).unwrap();
            let touches = json!([{"finding": label, "quotation": begin(text)}]);
            Reply::answer(&json!({"verdicts": [{"concern": "c1", "touches": touches, "touched": true}]}))
        }
        other => panic!("nobody knows the task {other}"),
    });
    let corpus = corpus(&["a"]);
    let ran = eval(&provider, corpus.path(), &["--analyst", "model", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let recall = &ran.report["totals"]["all"];
    assert_eq!((&recall["by_either"], &recall["considered"]), (&json!(0), &json!(1)), "{recall}");
    assert!(ran.err.contains("the judge is the model that is measured"), "{}", ran.err);
}

/// The first whole sentence of running text.
fn first_sentence() -> &'static str {
    let line = DOCUMENT.lines().find(|line| line.ends_with('.') && !line.starts_with(['#', '|', '-', '*'])).unwrap();
    line.split_inclusive(". ").next().unwrap().trim()
}
