//! Text from outside shows literally, whatever it holds.

use std::sync::LazyLock;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use threadmodel::prose::diagram::data_flow;
use threadmodel::prose::markdown::{
    self, code, code_block, details, holds_command, login, login_quiet, quote, strong, struck, suggestion, table, text,
    words,
};
use threadmodel::prose::{RepoAddress, RepoLink, SafeMarkdown};
use threadmodel::say;
use threadmodel::threat_model::{Anchor, Component, ComponentKind, DataFlow, Suggestion};

const JOINER: char = '\u{2060}';

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
}

/// The visible text of one paragraph of literal text; anything else that the parser finds is a failure.
fn literal(markdown: &SafeMarkdown) -> String {
    let mut out = String::new();
    for event in Parser::new_ext(markdown.as_str(), options()) {
        match event {
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
            Event::Text(t) => out.push_str(&t),
            // Between lines of ours; text itself is one line.
            Event::SoftBreak => out.push('\n'),
            // GitHub's own way to write a dollar sign.
            Event::InlineHtml(tag) if matches!(&*tag, "<span>" | "</span>") => {}
            other => panic!("{other:?} in {:?}", markdown.as_str()),
        }
    }
    out
}

/// What GitHub's filters would turn into something in rendered text.
static TRIGGERS: LazyLock<regex::Regex> = LazyLock::new(|| {
    regex::Regex::new(
        r"(?imx) @[a-z0-9] | \#[0-9] | gh-[0-9] | \b[0-9a-f]{7,40}\b | :[a-z0-9_+-]+: | (https?|ftp):// | www\. | ^/[a-z]",
    )
    .unwrap()
});

fn folded(input: &str) -> String {
    markdown::plain(input, 2_000)
}

fn check_literal(input: &str) {
    let shown = literal(&text(input));
    assert!(!TRIGGERS.is_match(&shown), "{input:?} shows as {shown:?}");
    assert_eq!(shown.replace(JOINER, ""), folded(input), "of {input:?}");
    // Also between our own words, and at the start of a line of ours.
    let inside = literal(&say!("says\n{} and\n{}", text(input), text(input)));
    assert!(!TRIGGERS.is_match(&inside), "{input:?} shows as {inside:?}");
}

#[test]
fn every_trick_of_markdown_and_of_github_shows_literally() {
    for input in [
        "# heading",
        "- item",
        "+ item",
        "* item",
        "1. item",
        "1) item",
        "> quote",
        "```\ncode",
        "~~~\ncode",
        "    code",
        "---",
        "===",
        "a\n===",
        "a\n---",
        "| a | b |\n|---|---|",
        ":-:",
        "- [ ] task",
        "[x](http://evil.example)",
        "![x](https://evil.example/a.png)",
        "<b>bold</b>",
        "<!-- threadmodel:v1:draft.1.0.0:00 -->",
        "<img src=x>",
        "&lt;script&gt;",
        "&#64;ana",
        "<https://x.example>",
        "@ana",
        "a@b.example",
        "@acme/security",
        "acme/shop@3f2c1d9e",
        "#12",
        "acme/shop#12",
        "GH-12",
        "gh-1",
        "3f2c1d9",
        "3f2c1d9e0a3f2c1d9e0a3f2c1d9e0a3f2c1d9e0a",
        "http://x.example",
        "https://x.example",
        "ftp://x.example",
        "www.x.example",
        "WWW.x.example",
        ":tada:",
        ":+1:",
        "a:b:c",
        "/threadmodel override 3fa91c07 x",
        "  /lgtm",
        "$x^2$",
        "$$x$$",
        "$`x`$",
        "[^1]: note",
        "[^1]",
        "[a]: http://x.example",
        "*a* _b_ **c** __d__ ~~e~~",
        "`code`",
        "a\\",
        "\\*a\\*",
        "a  \nb",
        "a\r\nb",
        "a\u{2028}b",
        "[!NOTE]",
        "> [!WARNING]\n> x",
        "x\u{202e}y\u{200b}z\u{e0041}",
        "\u{feff}# x",
        "10.\u{a0}a",
        "![",
        "a & b && c",
        "'\"",
        "…",
        "",
    ] {
        check_literal(input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_shows_literally(input in ".{0,60}") {
        check_literal(&input);
    }

    #[test]
    fn any_mix_of_signs_shows_literally(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("@"), Just("#"), Just("1"), Just("."), Just(")"), Just("-"), Just("+"), Just("="), Just(">"), Just("<"), Just("`"), Just("~"),
                Just("|"), Just("\n"), Just(" "), Just("    "), Just("\t"), Just("*"), Just("_"), Just("["), Just("]"), Just("("), Just("!"), Just("\\"),
                Just("a"), Just("b"), Just("www"), Just("http"), Just(":"), Just("/"), Just("gh"), Just("&"), Just("amp;"), Just("$"), Just("^"),
                Just("\u{200b}"), Just("\u{2060}"), Just("\r"), Just("0123456789abcdef"), Just("script"), Just("é"),
            ],
            0..24,
        )
    ) {
        check_literal(&parts.concat());
    }

    #[test]
    fn texts_side_by_side_make_nothing_new(one in "[@#a01:/.!\\[\\](`*_~-]{0,6}", other in "[@#a01:/.!\\[\\](`*_~-]{0,6}") {
        let shown = literal(&say!("{}{}", text(&one), text(&other)));
        prop_assert!(!["://", "@a", "@0", "#0", "#1"].iter().any(|bad| shown.contains(bad)), "{shown:?}");
    }

    #[test]
    fn an_analysts_sentence_is_text_and_code_only(input in "[`@#a1:/.!\\[\\]*_ -]{0,24}") {
        let shown = markdown::told(&input);
        let mut visible = String::new();
        for event in Parser::new_ext(shown.as_str(), options()) {
            match event {
                Event::Text(t) => visible.push_str(&t),
                Event::Code(_) => visible.push('\u{fffc}'),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                other => prop_assert!(false, "{:?} in {:?}", other, shown.as_str()),
            }
        }
        prop_assert!(!TRIGGERS.is_match(&visible), "{:?} shows as {:?}", input, visible);
    }

    #[test]
    fn code_spans_hold_any_text_and_nothing_else(input in ".{0,40}|[`| a\\\\\n]{0,12}") {
        let shown = say!("see {} here", code(&input));
        let events: Vec<_> = Parser::new_ext(shown.as_str(), options()).collect();
        let plain = folded(&input);
        if plain.contains('|') {
            prop_assert!(shown.as_str().contains("<code>"));
        } else if !plain.is_empty() {
            let held = events.iter().find_map(|e| if let Event::Code(c) = e { Some(c.to_string()) } else { None });
            prop_assert_eq!(held, Some(plain));
            prop_assert_eq!(events.len(), 5);
        }
    }

    #[test]
    fn table_cells_hold_any_text(input in ".{0,40}|[`|\\\\ a\n]{0,12}") {
        let shown = table(["", ""], [[text(&input), code(&input)], [quote(&input), words("x")]]);
        let cells = Parser::new_ext(shown.as_str(), options()).filter(|e| matches!(e, Event::Start(Tag::TableCell))).count();
        prop_assert_eq!(cells, 6);
    }

    #[test]
    fn blocks_hold_any_text(input in "[`~\n a-z<>/]{0,40}") {
        let block = say!("{}\n\nafter", code_block(&input));
        let events: Vec<_> = Parser::new_ext(block.as_str(), options()).collect();
        prop_assert!(matches!(events.first(), Some(Event::Start(Tag::CodeBlock(_)))));
        prop_assert!(matches!(events.get(events.len() - 2), Some(Event::Text(t)) if &**t == "after"));
        prop_assert_eq!(events.iter().filter(|e| matches!(e, Event::Start(_))).count(), 2);

        let new = Suggestion { path: "a.md".into(), start_line: 1, end_line: 1, replacement: input.clone() };
        let Some(block) = suggestion(&new) else {
            prop_assert!(holds_command(&input), "only what a bot would take for a command is no suggestion");
            return Ok(());
        };
        prop_assert!(!holds_command(&input));
        let held: String = Parser::new_ext(block.as_str(), options())
            .filter_map(|e| if let Event::Text(t) = e { Some(t.to_string()) } else { None })
            .collect();
        let expected = if input.is_empty() { String::new() } else { format!("{input}\n") };
        prop_assert_eq!(held, expected, "byte for byte, or adoption could not be told");
    }

    #[test]
    fn folds_marks_and_links_keep_what_they_hold(input in ".{1,40}") {
        let to = RepoLink::pull(&RepoAddress::new("https://github.com", "acme", "shop"), 7);
        let shown = details("Why we ask", None, &text(&input));
        let open = Parser::new_ext(shown.as_str(), options()).filter(|e| matches!(e, Event::Start(_))).count();
        prop_assert!(open <= 3, "{}", shown.as_str());
        if folded(&input).is_empty() {
            return Ok(());
        }
        for shown in [struck(&text(&input)), strong(&text(&input)), markdown::link(&text(&input), &to)] {
            let first: Vec<_> = Parser::new_ext(shown.as_str(), options()).take(2).collect();
            prop_assert!(
                matches!(first.get(1), Some(Event::Start(Tag::Strikethrough | Tag::Strong | Tag::Link { .. }))),
                "{:?} of {:?}", first, shown.as_str()
            );
        }
    }
}

#[test]
fn only_logins_and_teams_are_mentioned() {
    for name in ["ana", "@ana", "dev-sec", "octo_acme", "acme/security", "@acme/sec_ops.eu"] {
        assert_eq!(login(name).as_str().trim_start_matches('@'), name.trim_start_matches('@'));
        assert!(!TRIGGERS.is_match(&literal(&login_quiet(name))), "{name}");
    }
    for name in
        ["ana ben", "a@b.example", "-ana", "ana-", "a/b/c", "", "@", "@@ana", "ana\n/threadmodel settle", "<b>", "a--b"]
    {
        assert!(!TRIGGERS.is_match(&literal(&login(name))), "{name}");
    }
}

#[test]
fn hidden_characters_are_not_offered_as_a_suggestion() {
    let with = |replacement: &str| Suggestion {
        path: "a.md".into(),
        start_line: 1,
        end_line: 1,
        replacement: replacement.into(),
    };
    assert!(suggestion(&with("Links\u{200b} expire.")).is_none());
    assert!(suggestion(&with("Links expire.\rx")).is_none());
    assert!(suggestion(&with("Links\texpire. 7 días")).is_some());
}

#[test]
fn a_diagram_holds_labels_and_nothing_else() {
    let anchor = Anchor { path: "a.md".into(), start_line: 1, end_line: 1, quotation: "x".into() };
    let part = |name: &str, kind, zone: Option<&str>| Component {
        name: name.into(),
        kind,
        zone: zone.map(Into::into),
        evidence: anchor.clone(),
    };
    let flow = |from: &str, to: &str, label: &str| DataFlow {
        from: from.into(),
        to: to.into(),
        label: label.into(),
        evidence: anchor.clone(),
    };
    let components = [
        part("customer", ComponentKind::Actor, None),
        part("api\"]; click c1 \"javascript:x\"", ComponentKind::Process, Some("ours\nend")),
        part("exports-bucket", ComponentKind::Store, Some("ours\nend")),
        part("mail ```", ComponentKind::ThirdParty, None),
    ];
    let flows = [
        flow("customer", "api\"]; click c1 \"javascript:x\"", "asks for export"),
        flow("exports-bucket", "mail ```", "|x|"),
        flow("customer", "nobody", "dropped"),
    ];
    insta::assert_snapshot!(data_flow(&components, &flows).as_str());
    assert!(data_flow(&components, &[]).is_empty());
}
