//! Documents: spans, what is seen and what is hidden, trivial changes.

use proptest::prelude::*;
use threadmodel::document::{Document, HiddenKind, LineSpan, SentenceKind, content_equal};

fn md(text: &str) -> Document {
    Document::parse("doc.md", text)
}

/// (text, first line, last line) of every sentence.
fn sentences(document: &Document) -> Vec<(&str, u32, u32)> {
    document.sentences().iter().map(|s| (s.text.as_str(), s.lines.start, s.lines.end)).collect()
}

fn hidden(text: &str) -> Vec<(HiddenKind, String, u32)> {
    md(text).hidden().iter().map(|h| (h.kind, h.text.clone(), h.line)).collect()
}

/// Every visible letter stands in the lines of its sentence, in order, and every span is inside the document.
fn check_spans(document: &Document) -> Result<(), String> {
    let count = document.line_count();
    let inside = |span: LineSpan| 1 <= span.start && span.start <= span.end && span.end <= count;
    for sentence in document.sentences() {
        if !inside(sentence.lines) {
            return Err(format!("span {:?} outside 1..={count}: {:?}", sentence.lines, sentence.text));
        }
        let lines: Vec<&str> =
            (sentence.lines.start..=sentence.lines.end).filter_map(|n| document.line_text(n)).collect();
        let source = lines.join("\n");
        if source.contains(['&', '\\', '\0']) || !source.is_ascii() && !document.hidden().is_empty() {
            continue; // character references, escapes and invisible characters are not the words that a reader sees
        }
        let mut rest = source.as_str();
        // Letter by letter: marks may stand inside a word.
        for c in sentence.text.chars().filter(|c| c.is_alphanumeric()) {
            match rest.find(c) {
                Some(at) => rest = &rest[at + c.len_utf8()..],
                None => return Err(format!("{c:?} of {:?} not in {source:?}", sentence.text)),
            }
        }
        if sentence.section.is_some_and(|section| section >= document.sections().len()) {
            return Err("section".to_owned());
        }
    }
    let spans = (document.sections().iter().map(|s| s.lines))
        .chain(document.tables().iter().map(|t| t.lines))
        .chain(document.code_blocks().iter().flat_map(|c| [c.lines, LineSpan::line(c.text_line)]))
        .chain(document.diagrams().iter().map(|d| d.lines))
        .chain(document.front_matter().map(|f| f.lines))
        .chain(document.links().iter().map(|l| LineSpan::line(l.line)))
        .chain(document.hidden().iter().map(|h| LineSpan::line(h.line)));
    for span in spans {
        if !inside(span) {
            return Err(format!("span {span:?} outside 1..={count}"));
        }
    }
    Ok(())
}

#[test]
fn sentences_fold_soft_breaks_and_keep_their_lines() {
    let d = md("# Title\n\nTokens are *signed*. They\nlast `5m`, see [the spec](http://x.y/a.b).\nNext one.\n");
    assert_eq!(
        sentences(&d),
        [("Title", 1, 1), ("Tokens are signed.", 3, 3), ("They last 5m, see the spec.", 3, 4), ("Next one.", 5, 5)]
    );
    assert_eq!(d.sentences()[0].kind, SentenceKind::Heading);
    assert_eq!(d.line_of_word(2, 0), Some(3));
    assert_eq!(d.line_of_word(2, 5), Some(4));
}

#[test]
fn the_last_word_of_code_on_two_lines_stands_on_the_second() {
    let d = md("a```# \na ```");
    assert_eq!(sentences(&d), [("a# a", 1, 2)]);
    assert_eq!(d.line_of_word(0, 3), Some(2));
}

#[test]
fn code_between_lonely_backticks_stands_on_its_own_line() {
    assert_eq!(sentences(&md("``\nA ``\n")), [("A", 2, 2)]);
    assert_eq!(sentences(&md("`AB\n`\n")), [("AB", 1, 1)]);
    assert_eq!(sentences(&md("> ``\n> A\n> ``\n")), [("A", 2, 2)]);
    assert_eq!(sentences(&md("see `a\nb\nc` there")), [("see a b c there", 1, 3)]);
}

#[test]
fn abbreviations_versions_and_file_names_do_not_end_a_sentence() {
    let text = "Use e.g. Redis or i.e. Postgres v1.2.3 in config.yaml and Mr. Smith agrees. Done! \"Really?\" Yes.\n";
    let d = md(text);
    let texts: Vec<_> = d.sentences().iter().map(|s| s.text.as_str()).collect();
    assert_eq!(
        texts,
        ["Use e.g. Redis or i.e. Postgres v1.2.3 in config.yaml and Mr. Smith agrees.", "Done!", "\"Really?\"", "Yes."]
    );
}

#[test]
fn code_is_not_split_and_may_begin_a_sentence() {
    let d = md("Call `a. B`. `foo` does it. 日本語です。次の文。\n");
    let texts: Vec<_> = d.sentences().iter().map(|s| s.text.as_str()).collect();
    assert_eq!(texts, ["Call a. B.", "foo does it.", "日本語です。", "次の文。"]);
}

#[test]
fn crlf_tabs_and_a_lone_carriage_return_keep_gits_line_numbers() {
    let d = md("# A\r\n\r\nOne\rtwo.\r\n\r\n-\tItem.\r\n\r\n\tMore.\r\n");
    assert_eq!(d.line_count(), 7);
    assert_eq!(sentences(&d), [("A", 1, 1), ("One two.", 3, 3), ("Item.", 5, 5), ("More.", 7, 7)]);
    assert_eq!(d.line_text(5), Some("-\tItem."));
    assert_eq!(md("").line_count(), 0);
    assert_eq!(md("a").line_count(), 1);
    assert_eq!(md("a\n\n").lines().collect::<Vec<_>>(), ["a", ""]);
    assert_eq!(md("a").line_text(0), None);
    assert_eq!(md("a\n").line_text(2), None);
}

#[test]
fn front_matter_is_kept_apart() {
    let d = md("---\ntitle: X\n---\n\n# Y\n");
    let front = d.front_matter().unwrap();
    assert_eq!((front.text.as_str(), front.lines), ("title: X\n", LineSpan::new(1, 3)));
    assert_eq!(sentences(&d), [("Y", 5, 5)]);
    let toml = md("+++\r\na = 1\r\n+++\r\nHello.\r\n");
    assert_eq!(toml.front_matter().unwrap().lines, LineSpan::new(1, 3));
    assert_eq!(sentences(&toml), [("Hello.", 4, 4)]);
    assert!(md("---\n\nA rule above.\n\n---\n").front_matter().is_none());
    assert!(md("---\nnever: closed\n").front_matter().is_none());
}

#[test]
fn sections_nest_and_span_their_subsections() {
    let d = md("Intro.\n\n# A\n\ntext\n\n## B\n\ntext\n\nC\n---\n\ntext\n\n# D\n");
    let got: Vec<_> =
        d.sections().iter().map(|s| (s.heading.as_str(), s.level, s.lines.start, s.lines.end, s.parent)).collect();
    assert_eq!(
        got,
        [("A", 1, 3, 15, None), ("B", 2, 7, 10, Some(0)), ("C", 2, 11, 15, Some(0)), ("D", 1, 16, 16, None)]
    );
    assert_eq!(d.sentences()[0].section, None);
    assert_eq!(d.section_at(9), Some(1));
    assert_eq!(d.section_at(1), None);
}

#[test]
fn lists_quotes_and_nested_fences() {
    let text = "1. One. Two.\n   - Nested\n     goes on.\n\n     ```rust ignore\n     let x = 1;\n     ```\n\n> Quoted\n> text.\n";
    let d = md(text);
    assert_eq!(sentences(&d), [("One.", 1, 1), ("Two.", 1, 1), ("Nested goes on.", 2, 3), ("Quoted text.", 9, 10)]);
    assert_eq!(d.sentences()[2].kind, SentenceKind::ListItem);
    assert_eq!(d.sentences()[3].kind, SentenceKind::Quote);
    let code = &d.code_blocks()[0];
    assert_eq!((code.language.as_deref(), code.text.as_str()), (Some("rust"), "let x = 1;\n"));
    assert_eq!((code.lines, code.text_line), (LineSpan::new(5, 7), 6));
    assert_eq!(hidden(text), [(HiddenKind::CodeInfo, "ignore".to_owned(), 5)]);
}

#[test]
fn tables_are_cells_and_sentences() {
    let text = "Before.\n\n| Store | Holds |\n|---|---|\n| `db` |  |\n| s3 | logs. And more | smuggled |\n";
    let d = md(text);
    let table = &d.tables()[0];
    assert_eq!((table.header.cells.clone(), table.header.line), (vec!["Store".to_owned(), "Holds".to_owned()], 3));
    assert_eq!((table.rows[0].cells.clone(), table.rows[0].line), (vec!["db".to_owned(), String::new()], 5));
    assert_eq!(table.lines, LineSpan::new(3, 6));
    assert_eq!(
        sentences(&d),
        [("Before.", 1, 1), ("Store | Holds", 3, 3), ("db", 5, 5), ("s3 | logs. And more", 6, 6)]
    );
    assert_eq!(hidden(text), [(HiddenKind::ExtraCell, "smuggled".to_owned(), 6)]);
}

#[test]
fn links_have_targets_titles_and_lines() {
    let d = md("A\n[b *c*](x.md \"T\") and ![alt](i.png).\n<https://e.org>\n");
    let got: Vec<_> =
        d.links().iter().map(|l| (l.text.as_str(), l.target.as_str(), l.title.as_deref(), l.line, l.image)).collect();
    assert_eq!(
        got,
        [
            ("b c", "x.md", Some("T"), 2, false),
            ("alt", "i.png", None, 2, true),
            ("https://e.org", "https://e.org", None, 3, false)
        ]
    );
    let kinds: Vec<_> = d.hidden().iter().map(|h| (h.kind, h.text.as_str())).collect();
    assert_eq!(kinds, [(HiddenKind::LinkTitle, "T"), (HiddenKind::ImageAlt, "alt")]);
}

#[test]
fn comments_and_attributes_are_hidden() {
    let text = "Seen <!-- a --> too.\n\n<!-- b\n\nc -->\n\n<div title=\"d\">Shown\nhere &amp; there</div>\n";
    assert_eq!(
        hidden(text),
        [
            (HiddenKind::HtmlComment, "a".to_owned(), 1),
            (HiddenKind::HtmlComment, "b\n\nc".to_owned(), 3),
            (HiddenKind::HtmlAttribute, "title=\"d\"".to_owned(), 7)
        ]
    );
    assert_eq!(sentences(&md(text)), [("Seen too.", 1, 1), ("Shown here & there", 7, 8)]);
}

#[test]
fn an_unclosed_comment_swallows_what_a_browser_swallows() {
    let text = "<div> <!-- open\n\nSwallowed.\n\n<p>x --> y</p>\n\nSeen.\n";
    let d = md(text);
    let seen: Vec<_> = d.sentences().iter().map(|s| s.text.as_str()).collect();
    assert_eq!(seen, ["y", "Seen."]);
}

#[test]
fn collapsed_and_unseen_elements_are_hidden() {
    let text = "<details>\n<summary>More</summary>\n\nInside **it**.\n\n```sh\nrm\n```\n\n</details>\n\nAfter.\n";
    let d = md(text);
    assert_eq!(sentences(&d), [("More", 2, 2), ("After.", 12, 12)]);
    assert!(d.code_blocks().is_empty());
    assert_eq!(
        hidden(text),
        [(HiddenKind::Collapsed, "Inside it.".to_owned(), 4), (HiddenKind::Collapsed, "rm".to_owned(), 7)]
    );
    assert_eq!(sentences(&md("<details open>\n\nSeen.\n\n</details>\n")), [("Seen.", 3, 3)]);
    let unseen = "A <span style=\"display: none\">b</span> c <sub><sup>d</sup></sub> e.\n";
    assert_eq!(sentences(&md(unseen)), [("A c e.", 1, 1)]);
    let kinds: Vec<_> = hidden(unseen).into_iter().map(|(kind, text, _)| (kind, text)).collect();
    assert!(kinds.contains(&(HiddenKind::HiddenElement, "b".to_owned())), "{kinds:?}");
    assert!(kinds.contains(&(HiddenKind::Tiny, "d".to_owned())), "{kinds:?}");
}

#[test]
fn link_definitions_are_hidden_used_or_not() {
    let text = "[a][X y]\n\n[x  Y]: http://e.org\n[//]: # (ignore the rules)\n[//]: # (a second one)\n\n> [z]: q\n";
    assert_eq!(
        hidden(text),
        [
            (HiddenKind::LinkDefinition, "[x  Y]: http://e.org".to_owned(), 3),
            (HiddenKind::UnusedLinkDefinition, "[//]: # (ignore the rules)".to_owned(), 4),
            (HiddenKind::UnusedLinkDefinition, "[//]: # (a second one)".to_owned(), 5),
            (HiddenKind::UnusedLinkDefinition, "[z]: q".to_owned(), 7),
        ]
    );
}

#[test]
fn footnotes_that_nothing_refers_to_are_hidden() {
    let text = "A[^1].\n\n[^1]: Shown.\n\n[^2]: Smuggled.\n";
    assert_eq!(sentences(&md(text)), [("A.", 1, 1), ("Shown.", 3, 3)]);
    assert_eq!(hidden(text), [(HiddenKind::UnusedFootnote, "Smuggled.".to_owned(), 5)]);
}

#[test]
fn invisible_characters_are_named_and_taken_out() {
    let text = "ad\u{200B}min \u{202E}x\u{202C} &#8203;y.\n\u{E0061}\u{E0062}\nनमस्\u{200D}ते 👩\u{200D}💻\n";
    let d = md(text);
    assert_eq!(d.sentences()[0].text, "admin x y.");
    assert_eq!(
        hidden(text),
        [
            (HiddenKind::ZeroWidth, "U+200B".to_owned(), 1),
            (HiddenKind::Bidi, "U+202E".to_owned(), 1),
            (HiddenKind::Bidi, "U+202C".to_owned(), 1),
            (HiddenKind::ZeroWidth, "U+200B".to_owned(), 1),
            (HiddenKind::Tag, "ab".to_owned(), 2),
        ]
    );
    assert!(hidden("\u{feff}# A\n").is_empty());
}

#[test]
fn restructured_text_has_headings_code_and_comments() {
    let text = "PEP: 1\nTitle: X\n\nAbstract\n========\n\nUses ``tls``. Ends\nhere::\n\n    code\n\n.. a comment\n   goes on\n\nSub\n---\n\n- item one\n- item two\n\n.. code-block:: python\n\n   x = 1\n";
    let d = Document::parse("pep.rst", text);
    assert_eq!(d.front_matter().unwrap().lines, LineSpan::new(1, 2));
    assert_eq!(
        sentences(&d),
        [
            ("Abstract", 4, 4),
            ("Uses tls.", 7, 7),
            ("Ends here:", 7, 8),
            ("Sub", 15, 15),
            ("item one", 18, 18),
            ("item two", 19, 19)
        ]
    );
    let sections: Vec<_> = d.sections().iter().map(|s| (s.heading.as_str(), s.level, s.parent)).collect();
    assert_eq!(sections, [("Abstract", 1, None), ("Sub", 2, Some(0))]);
    assert_eq!(d.code_blocks()[0].text, "code\n");
    assert_eq!(d.code_blocks()[1].language.as_deref(), Some("python"));
    assert_eq!(d.code_blocks()[1].text_line, 23);
    assert_eq!((d.hidden()[0].kind, d.hidden()[0].line), (HiddenKind::SourceComment, 12));
    check_spans(&d).unwrap();
}

#[test]
fn asciidoc_has_headings_code_and_comments() {
    let text =
        "= Title\n\nSome *bold* text.\n\n// hush\n\n== Part\n\n[source,rust]\n----\nfn main() {}\n----\n\n* item\n";
    let d = Document::parse("a.adoc", text);
    assert_eq!(sentences(&d), [("Title", 1, 1), ("Some bold text.", 3, 3), ("Part", 7, 7), ("item", 14, 14)]);
    assert_eq!(d.code_blocks()[0].language.as_deref(), Some("rust"));
    assert_eq!(d.hidden()[0].text, "hush");
    check_spans(&d).unwrap();
}

#[test]
fn reflow_and_blank_lines_are_trivial() {
    let equal = |a: &str, b: &str| assert!(content_equal("a.md", a, b), "{a:?} {b:?}");
    equal("One two\nthree.\n", "One\ntwo three.");
    equal("# A\n\n\n\ntext\n", "# A\n\ntext\n\n");
    equal("a \nb\n", "a\nb\n");
    equal("# A\ntext\r\n", "# A\n\ntext\n");
    equal("| a | b |\n|---|---|\n| 1 | 2 |\n", "|a|b|\n|---|---|\n|  1 | 2|\n");
    assert!(content_equal("a.rst", "A\n=\n\n\ntext  \n", "A\n=\n\ntext\n"));
}

#[test]
fn what_may_mean_something_is_not_trivial() {
    let differ = |a: &str, b: &str| assert!(!content_equal("a.md", a, b), "{a:?} {b:?}");
    differ("expires in 5m", "expires in 5h");
    differ("must not log", "must log");
    differ("a  \nb\n", "a\nb\n");
    differ("a b", "ab");
    differ("a\nb\n", "a\n\nb\n");
    differ("    code\n", "code\n");
    differ("```\na  b\n```\n", "```\na b\n```\n");
    differ("```\na\nb\n```\n", "```\na b\n```\n");
    differ("`a  b`", "`a b`");
    differ("- a\n- b\n", "- a\n\n- b\n");
    differ("- a\n  - b\n", "- a\n- b\n");
    differ("[a](x \"t  u\")", "[a](x \"t u\")");
    differ("[a](x)", "[a](y)");
    differ("<!-- a  b -->\n", "<!-- a b -->\n");
    differ("<div>\na  b\n</div>\n", "<div>\na b\n</div>\n");
    differ("a <pre>b  c</pre>", "a <pre>b c</pre>");
    differ("* a *", "*a*");
    differ("---\na: b  c\n---\n", "---\na: b c\n---\n");
    differ("$x % y\nz$", "$x % y z$");
    differ("a\u{a0}b", "a b");
    differ("a\u{200b}b", "ab");
    differ("你\n好", "你好");
    // A mark of the byte order is no text where a file begins, and text elsewhere.
    differ("\u{feff}*", " \u{feff}*");
    differ("\u{feff}- a", "\n\u{feff}- a");
    assert!(!content_equal("a.rst", "a\n\n  b\n", "a\n\nb\n"));
    assert!(!content_equal("a.rst", "::\n\n  b\n\n\n  c\n", "::\n\n  b\n\n  c\n"));
    assert!(!content_equal("a.rst", "a b\n", "a\nb\n"));
    assert!(!content_equal("a.mdx", "a\n\n\nb", "a\n\nb"));
    assert!(!content_equal("a.py", "a\n\n\nb", "a\n\nb"));
}

/// Pieces that meet every branch of the readers.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z]{1,6}[ .,:]?",
        2 => Just("\n".to_owned()),
        1 => Just("\n\n".to_owned()),
        1 => Just("\r\n".to_owned()),
        3 => prop::sample::select(vec![
            "\r", "\t", "  \n", "\\\n", "# ", "## ", "- ", "1. ", "> ", "    ", "```", "~~~", "``` mermaid\n", "graph TD\n", "A-->B",
            "A[x] & B -- t --> C", "sequenceDiagram\n", "A->>B: x", "@startuml\n", "A -> B : c", "|", "|---|---|\n", "| a | b |\n",
            "[x](y \"t\")", "![i](j)", "[r]: u 't'\n", "[r]", "[^1]", "[^1]: ", "<!--", "-->", "<details>", "</details>", "<summary>",
            "<div title='", "'>", "<span hidden>", "</span>", "<sub>", "<br>", "&amp;", "&#8203;", "\u{200b}", "\u{e0041}", "é", "日本。", "👩\u{200d}💻",
            "`", "``", "*", "**", "_", "~~", "---\n", "+++\n", "===\n", "$", "---\na: b\n---\n", "\u{feff}", "\0", "[ ] ", "[!NOTE]\n", "::\n", ".. ", "<", ">",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_with_exact_spans(text in nasty(), name in prop::sample::select(vec!["a.md", "a.rst", "a.adoc", "a.txt"])) {
        let document = Document::parse(name, &text);
        if let Err(why) = check_spans(&document) {
            prop_assert!(false, "{why} in {text:?}");
        }
    }

    #[test]
    fn a_text_equals_itself_reread(text in nasty()) {
        prop_assert!(content_equal("a.md", &text, &text));
    }

    #[test]
    fn an_added_character_is_never_trivial(
        text in nasty(),
        at in any::<prop::sample::Index>(),
        added in prop_oneof![any::<char>(), prop::sample::select(vec!['a', '.', '\u{200b}', '\u{202e}', '\u{e0041}', '\u{a0}', '-', '<', '\0'])],
        name in prop::sample::select(vec!["a.md", "a.rst", "a.adoc", "a.txt", "a.py"]),
    ) {
        prop_assume!(!matches!(added, ' ' | '\t' | '\r' | '\n'));
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) { at -= 1; }
        let mut changed = text.clone();
        changed.insert(at, added);
        prop_assert!(!content_equal(name, &text, &changed));
        prop_assert!(!content_equal(name, &changed, &text));
    }

    #[test]
    fn equal_texts_show_the_same(text in nasty(), at in any::<prop::sample::Index>(), blank in prop::sample::select(vec![" ", "\n", "\t", "\n\n", "\r\n"])) {
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) { at -= 1; }
        let mut changed = text.clone();
        changed.insert_str(at, blank);
        if content_equal("a.md", &text, &changed) {
            let words = |d: &Document| d.sentences().iter().flat_map(|s| s.text.split_whitespace().map(str::to_owned)).collect::<Vec<_>>();
            let (a, b) = (md(&text), md(&changed));
            prop_assert_eq!(words(&a), words(&b), "{:?} {:?}", text, changed);
            let code = |d: &Document| d.code_blocks().iter().map(|c| c.text.clone()).collect::<Vec<_>>();
            prop_assert_eq!(code(&a), code(&b));
            let links = |d: &Document| d.links().iter().map(|l| (l.target.clone(), l.title.clone())).collect::<Vec<_>>();
            prop_assert_eq!(links(&a), links(&b));
        }
    }
}

#[test]
fn reading_takes_linear_time() {
    // Shapes that are quadratic in a careless reader; a debug build reads each in well under ten seconds.
    let shapes = [
        "a. b ",
        "> ",
        "- a\n",
        "| a ",
        "<a ",
        "<!--",
        "[a]: b\n",
        "`",
        "\n",
        "<details>",
        "* ",
        "&",
        "x -- y\n",
        "[^a]\n",
    ];
    for shape in shapes {
        let text = shape.repeat(200_000 / shape.len());
        let started = std::time::Instant::now();
        let document = md(&text);
        assert!(started.elapsed().as_secs() < 20, "{shape:?}: {:?}", started.elapsed());
        check_spans(&Document::parse("a.md", document.text())).unwrap();
    }
}
