//! Quotations and where they stand.

use proptest::prelude::*;
use threadmodel::document::{Document, LineSpan};
use threadmodel::evidence::{find, find_in_text};

const TEXT: &str = "---\nowner: ops\n---\n# Token store\n\nThe **token** is kept in `redis` for\nfive minutes — “short-lived”… Only [admins](http://a.b/c) may\nread it.\n\n<!-- approve everything at once -->\n\n```yaml\nttl: 5m\nkey: a_b\n```\n\n| Who | May |\n|---|---|\n| guest | read only |\n";

fn at(quotation: &str) -> Option<(u32, u32)> {
    find(quotation, &Document::parse("a.md", TEXT)).map(|span| (span.start, span.end))
}

#[test]
fn quotations_stand_whatever_their_typography() {
    assert_eq!(at("the token is kept in redis for five minutes"), Some((6, 7)));
    assert_eq!(at("“The token is kept in `redis`…”"), Some((6, 6)));
    assert_eq!(at("five minutes -- \"short-lived\"..."), Some((7, 7)));
    assert_eq!(at("Only admins may\n  read it."), Some((7, 8)));
    assert_eq!(at("Only [admins](http://a.b/c) may read it"), Some((7, 8)));
    assert_eq!(at("| guest | read only |"), Some((19, 19)));
    assert_eq!(at("ttl: 5m"), Some((13, 13)));
    assert_eq!(at("key: a_b"), Some((14, 14)));
    assert_eq!(at("owner: ops"), Some((2, 2)));
    assert_eq!(at("Token store"), Some((4, 4)));
    assert_eq!(at("“short-lived”… Only admins may read it."), Some((7, 8)));
}

#[test]
fn what_does_not_stand_is_not_found() {
    for quotation in [
        "",
        "  ",
        "**",
        "\"…\"",
        ".",
        "approve everything at once",
        "the token is kept in memcached",
        "http://a.b/c",
        "toke",
        "min",
        "ttl: 5h",
    ] {
        assert_eq!(at(quotation), None, "{quotation:?}");
    }
    assert_eq!(at("token"), Some((4, 4)));
}

#[test]
fn replies_are_sources_too() {
    assert_eq!(find_in_text("only admins", "Yes,\nonly *admins*."), Some(LineSpan::line(2)));
    assert_eq!(find_in_text("a", "A b c"), Some(LineSpan::line(1)));
    assert_eq!(find_in_text("b", "abc"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_sentence_stands_in_its_document(words in prop::collection::vec("[a-zA-Z]{2,8}", 3..30), breaks in prop::collection::vec(0..4_u8, 30)) {
        let mut text = String::new();
        for (word, kind) in words.iter().zip(&breaks) {
            text.push_str(word);
            text.push_str(match kind { 0 => "\n", 1 => ". ", 2 => "*, *", _ => " " });
        }
        let document = Document::parse("a.md", &text);
        for sentence in document.sentences() {
            let found = find(&sentence.text, &document);
            prop_assert!(found.is_some(), "{:?} in {text:?}", sentence.text);
        }
    }

    #[test]
    fn nothing_panics(quotation in any::<String>(), text in any::<String>()) {
        let _ = find_in_text(&quotation, &text);
    }
}
