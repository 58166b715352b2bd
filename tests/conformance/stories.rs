//! Real design documents on the way from `pull_request.opened` to the merge, on the real binary.

use crate::shared::shared_part;
use crate::stage::Stage;

const DOCUMENTS: [&str; 5] = [
    "rust-rfc3691-trusted-publishing",
    "msc2246-asynchronous-uploads",
    "flux-rfc0001-authorization",
    "tekton-tep0102-https-interceptor",
    "cert-manager-acme-ari",
];

/// Documents that the collection classes as low: nothing in them is about security.
const HARMLESS: [&str; 2] = ["otep0108-metric-naming-guidelines", "swift-se0118-closure-parameter-names"];

fn text(id: &str, checks: usize) -> Option<String> {
    let path = shared_part(&format!("data/docs/{id}/doc.md"), checks)?;
    Some(std::fs::read_to_string(path).expect("a readable document"))
}

/// Opened, asked, answered, drafted, approved, merged.
fn merge_a_real_document(id: &str) {
    let Some(text) = text(id, 4) else { return };
    let stage = Stage::new();
    let pull = stage.propose(&format!("docs/{id}.md"), &text);
    let questions = stage.questions(pull);
    for question in &questions {
        // A thread's words are what the page shows under its line.
        assert!(
            question.text.as_deref().is_some_and(|line| text.contains(line.trim_end_matches('\r'))),
            "{question:?}"
        );
        stage.reply("alice", question, "Not decided yet.");
    }
    assert!(stage.merge("alice", pull).is_err());
    stage.drafted(pull);
    stage.quiet(pull);
    stage.approve("sam", pull);
    stage.green(pull);
    stage.merge("alice", pull).expect("the check is green");
    assert_eq!(stage.page(pull).state(), "merged");
}

#[test]
fn trusted_publishing_goes_from_opened_to_merged() {
    merge_a_real_document(DOCUMENTS[0]);
}

#[test]
fn asynchronous_uploads_go_from_opened_to_merged() {
    merge_a_real_document(DOCUMENTS[1]);
}

#[test]
fn authorization_goes_from_opened_to_merged() {
    merge_a_real_document(DOCUMENTS[2]);
}

#[test]
fn an_https_interceptor_goes_from_opened_to_merged() {
    merge_a_real_document(DOCUMENTS[3]);
}

#[test]
fn renewal_information_goes_from_opened_to_merged() {
    merge_a_real_document(DOCUMENTS[4]);
}

#[test]
fn a_real_document_without_security_relevance_is_not_questioned_and_waits_for_its_owner() {
    for id in HARMLESS {
        let Some(text) = text(id, 3) else { return };
        let stage = Stage::new();
        let pull = stage.propose(&format!("docs/{id}.md"), &text);
        let draft = stage.draft(pull);
        assert_eq!(stage.page(pull).questions().len(), 0, "{id}");
        assert_eq!(draft.recommendations.len(), 0, "{id}");
        stage.quiet(pull);
        assert!(stage.merge("alice", pull).is_err(), "{id}: it waits for its owner");
        stage.approve("tess", pull);
        stage.green(pull);
    }
}

#[test]
fn white_space_in_a_real_document_is_green_at_once() {
    let id = DOCUMENTS[1];
    let Some(text) = text(id, 2) else { return };
    let path = format!("docs/{id}.md");
    let beginning = crate::stage::Beginning { files: vec![(path.clone(), text.clone())], ..Default::default() };
    let stage = Stage::with(&beginning);
    let (head, rest) = text.split_once("\n\n").expect("paragraphs");
    let pull = stage.propose(&path, &format!("{head}\n\n\n{rest}"));
    stage.green(pull);
    assert_eq!(stage.quiet(pull).posts().len(), 0);
}
