//! An attack tree by a model: asked for where the methodology draws one, on the page with what follows from it; in a review and at the
//! terminal.

use serde_json::{Value, json};
use threadmodel::llm::answers::DraftAnswer;
use threadmodel::llm::answers::tree::TreeDraftAnswer;

use super::model::{STAFF, SUMMARY, TITLE, staged, tasks, well};
use super::{DOCUMENT, assert_safe};
use crate::llm::scripted::answers::{draft, quote, recommendation, threat};
use crate::llm::scripted::{KEY, Reply, Request, Scripted};

const LINK: &str = "Customers download the file through a signed link";

/// Two ways, and a third that rests on nothing.
fn with_tree(request: &Request) -> Reply {
    if request.task != "draft" {
        return well(request);
    }
    let mut answer: DraftAnswer = draft(&format!("{SUMMARY}."));
    answer.threats = vec![
        threat("doc1", STAFF, "t1", "staff-access", "A person in support reads the invoices of a neighbour."),
        threat("doc1", LINK, "t2", "link-sharing", "Whoever gets the forwarded mail opens the file of somebody else."),
    ];
    answer.recommendations = vec![recommendation("doc1", STAFF, "t1", TITLE)];
    let step = |id: &str, under: &str, action: &str, words: Option<&str>, threat: Option<&str>| {
        json!({"quotation": words.map(|words| quote("doc1", words)), "assumption": null, "after": null, "id": id,
               "precondition": "It is as the text says.", "under": under, "action": action, "threat": threat,
               "skill": "anybody", "cost": 1, "noticed": id == "s1"})
    };
    let tree = json!({
        "goal": "Read the invoices of a neighbour",
        "nodes": [{"id": "n1", "under": null, "title": "read them", "takes": "any"}],
        "steps": [
            step("s1", "n1", "Open the export in the backoffice", Some(STAFF), Some("t1")),
            step("s2", "n1", "Open the link of a forwarded mail", Some(LINK), Some("t2")),
            step("s3", "n1", "Walk into the machine room", Some("The machine room is never locked"), None),
        ],
    });
    let attack_tree = serde_json::from_value(tree).unwrap();
    Reply::answer(&TreeDraftAnswer { draft: answer, attack_tree })
}

fn drawn(body: &str) {
    assert!(body.contains("Ways to the one thing") && body.contains("flowchart TD"), "{body}");
    assert!(body.contains("**What somebody would want:** Read the invoices of a neighbour."), "{body}");
    assert!(body.contains("**Cheapest way:** S1; 1 day, by anybody; somebody would notice."), "{body}");
    assert!(body.contains("**Unnoticed:** S2; 1 day, by anybody; nobody would notice."), "{body}");
    assert!(
        body.contains("**What blocks every way:** every step has to go. No recommendations together do it"),
        "{body}"
    );
    assert!(!body.contains("machine room") && !body.contains("No tree was drawn"), "{body}");
}

/// Whether the form that was asked for has a place for a tree.
fn asks_for_tree(request: &Request) -> bool {
    request.body["response_format"].to_string().contains("attack_tree")
}

#[test]
fn a_review_shows_the_tree_that_a_model_made_and_what_follows_from_it() {
    let provider = Scripted::start(with_tree);
    let stage = staged(&provider, "methodology: attack-tree\n", &[]);
    let pull = stage.propose(super::PATH, DOCUMENT);
    let drafted = stage.drafted(pull);
    drawn(&drafted.body);
    assert_eq!(tasks(&provider), ["triage", "ask", "draft"]);
    let asked: Vec<bool> = provider.requests().iter().map(asks_for_tree).collect();
    assert_eq!(asked, [false, false, true]);
    stage.approve("sam", pull);
    stage.green(pull);
    assert_safe(&stage);
}

#[test]
fn at_the_terminal_the_tree_is_drawn_and_what_fell_is_told() {
    let provider = Scripted::start(with_tree);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("export.md"), DOCUMENT).unwrap();
    let review = |methodology: &str| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_threadmodel"))
            .args(["review", "export.md", "--yes", "--methodology", methodology])
            .current_dir(directory.path())
            .env("THREADMODEL_LLM_PROVIDER", "openai-compatible")
            .env("THREADMODEL_LLM_BASE_URL", provider.url())
            .env("THREADMODEL_LLM_MODEL", "scripted")
            .env("THREADMODEL_LLM_KEY", KEY)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (out.status.code(), text(out.stdout), text(out.stderr))
    };
    let (code, out, err) = review("attack-tree");
    assert_eq!(code, Some(0), "{err}");
    drawn(&out);
    assert!(err.contains("2 of the model's statements did not stand up"), "{err}");
    assert!(asks_for_tree(&provider.requests_of("draft")[0]));
    // Any other methodology is not asked for one, and gets none that is told all the same.
    let (code, out, err) = review("stride");
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("not of the form"), "{err}");
    let asked: Vec<Value> = provider.requests_of("draft").iter().map(|r| json!(asks_for_tree(r))).collect();
    assert_eq!(asked, [json!(true), json!(false), json!(false)]);
}
