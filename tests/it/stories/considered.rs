//! What a model looked at before asking is listed in the draft, folded; at the terminal with its words.

use serde_json::json;
use threadmodel::llm::answers::{AskAnswer, ConsideredSaid};
use threadmodel::threat_model::Slot;

use super::assert_safe;
use super::model::{staged, well};
use super::{DOCUMENT, PATH};
use crate::llm::scripted::answers::{ask, question, quote};
use crate::llm::scripted::{KEY, Reply, Request, Scripted};

const KEPT: &str = "Exports are deleted after 24 hours.";
const MAIL: &str = "The mail service is run by another company";

/// Twenty matters, each in words of its own; the first is answered.
fn looked_at() -> Vec<ConsideredSaid> {
    let one = |n: usize| ConsideredSaid {
        quotation: quote("doc1", KEPT),
        slot: Slot::Retention,
        could_go_wrong: format!("Apples{n} outlive pears{n} beside plums{n} under quinces{n}."),
        answered_by: (n == 0).then(|| quote("doc1", KEPT)),
    };
    (0..20).map(one).collect()
}

fn broad(request: &Request) -> Reply {
    if request.task != "ask" {
        return well(request);
    }
    let asked = ask(vec![question("doc1", MAIL, "mail-data", "For how long does the mail company keep what it gets?")]);
    Reply::answer(&AskAnswer { considered: looked_at(), ..asked })
}

#[test]
fn what_was_looked_at_is_folded_into_the_draft_and_capped() {
    let provider = Scripted::start(broad);
    let stage = staged(&provider, "", &[]);
    let pull = stage.propose(PATH, DOCUMENT);
    let body = stage.drafted(pull).body;
    assert!(body.contains("<summary>Considered and set aside (16)</summary>"), "{body}");
    assert!(
        body.contains("Apples0 outlive pears0") && body.contains("Answered already: “Exports are deleted"),
        "{body}"
    );
    assert!(body.contains("Apples15 outlive") && !body.contains("Apples16 outlive"), "{body}");
    assert!(body.contains("Looked at before asking, and not taken further."), "{body}");
    assert_eq!(body.matches("Apples3 outlive").count(), 1, "{body}");
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn explain_tells_what_was_looked_at_with_its_words() {
    let provider = Scripted::start(broad);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("export.md"), DOCUMENT).unwrap();
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_threadmodel"))
        .args(["review", "export.md", "--yes", "--explain", "--json"])
        .current_dir(directory.path())
        .env("THREADMODEL_LLM_PROVIDER", "openai-compatible")
        .env("THREADMODEL_LLM_BASE_URL", provider.url())
        .env("THREADMODEL_LLM_MODEL", "scripted")
        .env("THREADMODEL_LLM_KEY", KEY)
        .output()
        .unwrap();
    let err = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(0), "{err}");
    assert!(err.contains(&format!(
        "looked at: Apples0 outlive pears0 beside plums0 under quinces0.\n  for “{KEPT}”; answered by"
    )));
    assert!(err.contains("looked at: Apples19") && err.contains("; nothing answers it"), "{err}");
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let aside = report["threat_model"]["set_aside"].as_array().unwrap();
    assert_eq!(aside.len(), 20);
    assert_eq!(aside[1]["reason"], json!("Looked at before asking, and not taken further."));
}
