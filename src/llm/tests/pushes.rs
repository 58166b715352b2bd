//! What is sent and quoted after a push.

use super::*;
use crate::analyst::{Earlier, FollowInput};
use crate::threat_model::{How, NewsKind, Recommendation};

/// Long enough that a sentence is no third of it.
fn long() -> String {
    let parts = (1..12).map(|n| format!("\n## Part {n}\n\nNumber {n} is told to the people of team {n} every week.\n"));
    format!("{DOCUMENT}{}", parts.collect::<Vec<_>>().concat())
}

const DELETED: &str = "Exports are deleted after 24 hours.";
const KEPT: &str = "Exports are kept for a year.";

fn pushed(before: &str, after: &str) -> Vec<DocumentText> {
    let (path, text) = ("docs/export.md".to_owned(), after.to_owned());
    vec![DocumentText { path, text, before: Some(before.to_owned()) }]
}

fn earlier(texts: &[&str]) -> Vec<Earlier> {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    vec![Earlier { path: "docs/export.md".to_owned(), texts }]
}

fn again(documents: Vec<DocumentText>, earlier: Vec<Earlier>) -> AskInput {
    AskInput { documents, earlier, asked: vec![settled(false).question], ..ask() }
}

/// The parts of a request that end with a marker.
fn marked(desk: &Desk) -> Vec<String> {
    let asked = desk.script.asked.lock().unwrap();
    let parts = asked[0].system.iter().chain(&asked[0].user);
    let cached = parts.filter_map(|part| match part {
        Part::Text { text, cache: true } => Some(text.clone()),
        _ => None,
    });
    cached.collect()
}

#[test]
fn after_a_push_what_was_sent_before_stands_first_and_then_what_changed() {
    let (first, second) = (long(), long().replace(DELETED, KEPT));
    let third = second.replace("## Part 7", "## Part seven");
    let send = |input: AskInput| {
        let desk = desk([questions(&[])]);
        desk.perform(&Task::Ask(input));
        let (sent, marked) = (desk.sent(0), marked(&desk));
        (sent, marked)
    };
    let (_, one) = send(again(vec![DocumentText { text: first.clone(), ..document() }], Vec::new()));
    let (sent, two) = send(again(pushed(&first, &second), earlier(&[&first])));
    assert_eq!((one.len(), two.len()), (3, 4), "a provider takes four markers");
    assert_eq!(one[..3], two[..3]);
    assert!(two[3].contains("\n- 7: Exports are deleted") && two[3].contains("\n+ 7: Exports are kept"), "{}", two[3]);
    assert_eq!(sent.matches("Number 3 is told").count(), 1, "the old text is not sent beside the new one");
    let (sent, three) = send(again(pushed(&second, &third), earlier(&[&first, &second])));
    assert_eq!(one[..3], three[..3]);
    assert!(three[3].starts_with(&two[3]), "later changes come after it");
    assert!(three[3].contains("\n- 33: # Part 7\n+ 33: # Part seven\n"), "{}", three[3]);
    assert!(!sent.contains("<<<old1 "), "what changed is told once");
}

#[test]
fn a_document_that_was_there_is_sent_whole_with_what_went_away() {
    let documents = pushed(&long(), &long().replace(DELETED, KEPT));
    let desk = desk([questions(&[])]);
    desk.perform(&Task::Ask(again(documents, Vec::new())));
    let sent = desk.sent(0);
    assert!(sent.contains(">>>\n- 7: Exports are deleted after 24 hours.\n+ line 7 as it is now\n<<<"), "{sent}");
    assert!(sent.contains("\n7: Exports are kept for a year."), "{sent}");
    assert_eq!(sent.matches("Number 3 is told").count(), 1);
}

#[test]
fn questions_and_facts_are_about_the_text_as_it_is_now() {
    let (first, second) = (long(), long().replace(DELETED, KEPT));
    let now = asked("Exports are kept for a year", "Who can still open an export after months?", "year");
    let gone = asked("Exports are deleted after 24 hours", "Who checks that exports are deleted?", "deleted");
    let mut by_change = asked("kept for a year", "Who decides how long an export is kept?", "keeps");
    by_change["quotation"]["source"] = json!("doc1v2");
    // The fact of `questions` quotes the words that are gone.
    let desk = desk([questions(&[now, gone, by_change])]);
    let performed = desk.perform(&Task::Ask(again(pushed(&first, &second), earlier(&[&first]))));
    let Answer::Ask(output) = performed.answer.unwrap() else { panic!() };
    let found: Vec<(&str, u32)> = output.questions.iter().map(|q| (q.concern.as_str(), q.anchor.start_line)).collect();
    assert_eq!(found, [("year", 7), ("keeps", 7)]);
    assert_eq!(output.facts, []);
    let why: Vec<&str> = performed.dropped.iter().map(|dropped| dropped.why).collect();
    assert_eq!(why, ["the document does not say so any more", "its quotation stands in no design document"]);
}

#[test]
fn a_follow_quotes_what_is_gone_and_what_is_new() {
    let recommendations = |model: ThreatModel| -> Vec<Recommendation> { model.recommendations };
    let recommendations = recommendations(model(desk([drafted()]).perform(&Task::Draft(draft_input(false)))));
    let change = |text: &str| {
        let text = text.replace(DELETED, KEPT);
        text.replace("through a signed link, which they get by mail", "after they signed in")
    };
    let answer = json!({
        "recommendations": [{"number": 1, "quotation": {"source": "doc1", "words": "after they signed in"}, "how": "adopted"}],
        "news": [
            {"quotation": {"source": "old1", "words": DELETED}, "kind": "removed_control", "text": "Exports stay."},
            {"quotation": {"source": "doc1", "words": "Number 3 is told"}, "kind": "removed_control", "text": "No."},
        ],
    });
    // Appended to what the draft read, and beside the whole text when much changed.
    for (before, whole) in [(long(), false), (DOCUMENT.to_owned(), true)] {
        let documents = pushed(&before, &change(&before));
        let input = FollowInput { documents, recommendations: recommendations.clone(), covered: Vec::new() };
        let desk = desk([answer.clone()]);
        let Answer::Follow(output) = desk.perform(&Task::Follow(input)).answer.unwrap() else { panic!() };
        let followed: Vec<_> = output.answers.iter().map(|f| (f.ordinal, f.how, f.sentence.start_line)).collect();
        assert_eq!(followed, [(1, How::Adopted, 6)], "{whole}");
        let news: Vec<_> = output.news.iter().map(|n| (n.kind, n.anchor.start_line)).collect();
        assert_eq!(news, [(NewsKind::RemovedControl, 7)], "{whole}");
        assert_eq!(desk.sent(0).contains("<<<old1 "), whole);
        assert_eq!(desk.sent(0).contains("<<<doc1v2 "), !whole);
    }
}

#[test]
fn a_reply_is_read_beside_the_document_as_it_was_asked_about() {
    let (first, second) = (long(), long().replace(DELETED, KEPT));
    let read = |document: &str, earlier: Vec<Earlier>| {
        let desk = desk([assessed("answered", "Anyone who has it")]);
        let document = Some(DocumentText { text: document.to_owned(), ..super::document() });
        desk.perform(&Task::Assess(AssessInput { document, earlier, ..assess_input(false) })).answer.unwrap();
        marked(&desk)
    };
    let (one, two) = (read(&first, Vec::new()), read(&second, earlier(&[&first])));
    assert_eq!(one[..3], two[..3]);
    assert!(two[3].contains("+ 7: Exports are kept"), "{}", two[3]);
}
