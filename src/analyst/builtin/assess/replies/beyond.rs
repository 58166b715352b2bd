//! Replies that are more than an answer: in private, in another language, a question back, against the document's "only".

use super::*;

#[test]
fn who_would_tell_it_in_private_is_heard_as_such() {
    check(
        &link(),
        &[
            ("I can't say that here", "private"),
            ("we can not discuss this in public", "private"),
            ("confidential", "private"),
            ("That's confidential, sorry", "private"),
            ("Sorry, that's confidential.", "private"),
            ("can I DM you?", "private"),
            ("Could we mail you the details?", "private"),
            ("this is under NDA", "private"),
            ("let's take this offline", "private"),
            ("I'd rather not share this publicly", "private"),
            ("not in public please", "private"),
            ("not in public", "private"),
            ("Das kann ich hier nicht sagen", "private"),
            ("vertraulich", "private"),
            ("je ne peux pas le dire ici", "private"),
            ("en privé ?", "private"),
            ("no puedo decirlo aquí", "private"),
            ("b, but I can't say here why", "short"),
            ("can't say", "open"),
            ("the list of passes is confidential and the page asks for the guest's phone", "own"),
        ],
    );
    let out = assess(&link(), &[("ana", "I can't tell this here")], &[], false);
    assert_eq!((out.noted.as_str(), out.by.as_deref(), out.facts.len()), ("", Some("ana"), 0));
    assert_eq!(thread(&link(), &[("ana", "b"), ("ana", "the details are confidential, can I mail you?")]).0, "short");
}

#[test]
fn a_reply_in_another_language_is_read_and_asked_about_in_it() {
    check(
        &token(),
        &[
            ("12 Stunden", "days"),
            ("sieben Tage oder so, vielleicht", "again"),
            ("7 Tage", "card"),
            ("Stunden oder Tage", "days"),
            ("2 días", "card"),
            ("12 heures", "days"),
            ("12 horas", "days"),
            ("Antwort b", "days"),
            ("la b", "days"),
            ("je prends b", "days"),
        ],
    );
    let first = |reply: &str| match assess(&link(), &[("ana", reply)], &[], false).reading {
        Reading::Unclear { follow_up } => follow_up,
        other => panic!("{reply}: {other:?}"),
    };
    let german = first("wahrscheinlich b");
    assert_eq!(german, "Sie schreiben “wahrscheinlich b”. Meinen Sie “minutes, for anyone who has it”?");
    assert!(first("peut-être, ça dépend").starts_with("Vous écrivez “peut-être, ça dépend”. Laquelle"));
    assert!(first("depende").starts_with("Usted escribe “depende”. ¿Cuál se acerca más"));
    let settled = assess(&link(), &[("ana", "wahrscheinlich b"), ("ana", "ja, genau")], &[&german], false);
    assert_eq!(short(&link(), &settled), "short");
    let twice = assess(&link(), &[("ana", "depende"), ("ana", "tal vez")], &[&first("depende")], false);
    assert_eq!(short(&link(), &twice), "own");
}

#[test]
fn a_question_back_gets_three_sentences_with_a_story_and_a_way_out() {
    use unicode_segmentation::UnicodeSegmentation as _;
    for reply in ["why does that matter?", "what do you mean by that?", "warum fragen Sie das?"] {
        let Reading::CounterQuestion { explanation } = assess(&link(), &[("ana", reply)], &[], false).reading else {
            panic!("{reply}");
        };
        let sentences = explanation.unicode_sentences().count();
        assert!((2..=3).contains(&sentences), "{sentences}: {explanation}");
        assert!(explanation.contains("link"), "{explanation}");
    }
    let Reading::CounterQuestion { explanation } = assess(&token(), &[("ana", "why?")], &[], false).reading else {
        panic!("no explanation");
    };
    assert!(explanation.starts_with("It decides who gets in. For example: "), "{explanation}");
    assert!(
        explanation.contains("session token") && explanation.ends_with("the question is dropped."),
        "{explanation}"
    );
    let then = |word: &str| assess(&token(), &[("ana", "why?"), ("ana", word)], &[&explanation], false);
    assert_eq!(then("doesn't matter here, because the page holds nothing").reading, Reading::NotApplicable);
    assert_eq!(short(&token(), &then("ok, then b")), "days");
}

const ACCESS: &str = "# Guest passes\n\n## Design\n\nOnly administrators can open the visit log.\n\
    Anyone can read the list of hosts.\nA guest must not change a pass.\n";

fn who(subject: &str, words: &str, asked: &str, reply: &str) -> AssessOutput {
    let mut question = question("who-may-change", subject, words);
    question.text = asked.to_owned();
    analyst().assess(&AssessInput {
        question,
        follow_ups: Vec::new(),
        replies: vec![Reply {
            comment: "C1".to_owned(),
            login: "ana".to_owned(),
            body: reply.to_owned(),
            at: Timestamp(1_000),
        }],
        document: Some(DocumentText { path: "docs/passes.md".to_owned(), text: ACCESS.to_owned(), before: None }),
        facts: Vec::new(),
        last_word: false,
        context: Vec::new(),
        earlier: Vec::new(),
    })
}

#[test]
fn who_may_by_a_reply_and_who_may_by_the_document_are_held_against_each_other() {
    let log = |reply: &str| {
        who("visit log", "Only administrators can open the visit log.", "Who can open the visit log?", reply).reading
    };
    let Reading::Contradicts { document, reply, suggestion } = log("anyone with an account can open it") else {
        panic!("{:?}", log("anyone with an account can open it"));
    };
    assert_eq!(document.quotation, "Only administrators can open the visit log.");
    assert_eq!(reply.quotation, "anyone with an account can open it");
    let replaced = suggestion.map(|s| s.replacement);
    assert_eq!(replaced.as_deref(), Some("Anyone with an account can open the visit log."));
    for fits in [
        "only administrators",
        "only the administrators can open it",
        "probably anyone",
        "not everyone",
        "anyone, later",
    ] {
        assert!(!matches!(log(fits), Reading::Contradicts { .. }), "{fits}");
    }
    assert!(matches!(log("only the owners can open it"), Reading::Contradicts { .. }));
    let hosts =
        who("list of hosts", "Anyone can read the list of hosts.", "Who can read the list of hosts?", "only admins");
    let Reading::Contradicts { suggestion, .. } = hosts.reading else { panic!("{:?}", hosts.reading) };
    assert_eq!(suggestion.map(|s| s.replacement).as_deref(), Some("Only admins can read the list of hosts."));
    let other = who("badge", "", "Who can print the badge?", "anyone");
    assert!(!matches!(other.reading, Reading::Contradicts { .. }), "{:?}", other.reading);
}
