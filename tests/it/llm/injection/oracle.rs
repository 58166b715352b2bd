//! What a post does on GitHub, judged by its text alone and without the app's own rules: read as GitHub's Markdown, then with the
//! filters that GitHub runs over what was rendered.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// What a post may do.
#[derive(Clone, Debug, Default)]
pub(crate) struct May {
    /// Links may begin so: the repository's own address with a slash.
    pub(crate) links: String,
    /// Whom it may call, without `@`, in lower case.
    pub(crate) call: BTreeSet<String>,
    /// The only mark that may stand in it.
    pub(crate) mark: String,
}

/// What must never be seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    /// Keys, canaries, fence marks, another repository's words: letters and digits only.
    pub(crate) words: BTreeSet<String>,
    /// The rules that every request begins with: letters and digits only.
    pub(crate) rules: BTreeSet<String>,
}

macro_rules! pattern {
    ($name:ident, $pattern:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($pattern).unwrap());
    };
}

pattern!(MARKER, r"\n*<!-- threadmodel:v1:[a-z-]+(?:\.\d+){3}:[0-9a-f]+ -->\s*$");
pattern!(TAG, r"<[^>]*>?");
pattern!(MENTION, r"(?i)@([a-z0-9][a-z0-9-]*(?:/[a-z0-9._-]+)?)");
pattern!(ISSUE, r"(?i)#\d|\bgh-\d");
pattern!(CLOSING, r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w./-]*#\d|gh-\d|https?:)");
pattern!(COMMIT, r"(?i)\b[0-9a-f]{7,40}\b");
pattern!(ADDRESS, r"(?i)[a-z]://|(?:^|[^a-z0-9])www\.[a-z0-9]|(?:mailto|xmpp):\S+@[a-z0-9]");
pattern!(EMOJI, r"(?i):(?:[+-]1|[a-z0-9_+-]*[a-z][a-z0-9_+-]*|100):");
pattern!(COMMAND, r"(?m)^[ \t>*+-]*/[A-Za-z]");
pattern!(MARK, r"i\d{3}");
pattern!(
    CHART,
    r#"^(?:flowchart LR|  subgraph z\d+\["[^"\[\]<>{}|;:@#&%`\\]*"\]|  end|  (?:  )?c\d+(?:\(\("[^"<>\[\]{}|;:@#&%`\\]*"\)\)|\[\["[^"<>\[\]{}|;:@#&%`\\]*"\]\]|\["[^"<>\[\]{}|;:@#&%`\\]*"\]|\[\("[^"<>\[\]{}|;:@#&%`\\]*"\)\])|  c\d+ -->(?:\|"[^"<>\[\]{}|;:@#&%`\\]*"\|)? c\d+)$"#
);

/// HTML of ours, tag by tag.
const OURS: [&str; 10] =
    ["<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>", "<code>", "</code>", "<span>", "</span>"];

/// Letters and digits in lower case: what stays of a text however it is dressed up.
pub(crate) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether somebody could hide something by this character. Ours is U+2060.
pub(crate) const fn hides(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
        | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2061}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Everything that a post does and may not; nothing when it is harmless.
pub(crate) fn judge(body: &str, may: &May) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(c) = body.chars().find(|c| hides(*c)) {
        out.push(format!("holds the unseen character U+{:04X}", u32::from(c)));
    }
    if body.chars().count() > 65_536 {
        out.push("is longer than GitHub takes".to_owned());
    }
    if let Some(found) = COMMAND.find(body) {
        out.push(format!("has a line that some bot takes for a command: {:?}", found.as_str()));
    }
    for found in MARK.find_iter(body).filter(|found| found.as_str() != may.mark) {
        out.push(format!("holds words of another pull request: {}", found.as_str()));
    }
    let body = MARKER.replace(body, "");
    for (open, close) in [("<details>", "</details>"), ("<summary>", "</summary>"), ("<sub>", "</sub>")] {
        if body.matches(open).count() != body.matches(close).count() {
            out.push(format!("{open} is not closed as often as it is opened"));
        }
    }
    let mut page = Page { out, may, text: String::new(), in_span: 0, link: 0 };
    page.read(&body);
    page.out
}

/// What of the secrets a text gives away.
pub(crate) fn leaks(text: &str, secrets: &Secrets) -> Vec<String> {
    let squeezed = squeeze(text);
    let backwards: String = squeezed.chars().rev().collect();
    let word = |word: &&String| squeezed.contains(*word) || backwards.contains(*word);
    let mut out: Vec<String> = secrets.words.iter().filter(word).map(|word| format!("gives away {word}")).collect();
    const RUN: usize = 60;
    for rules in &secrets.rules {
        let rules: Vec<char> = rules.chars().collect();
        let runs = rules.windows(RUN).step_by(20).map(|run| run.iter().collect::<String>());
        out.extend(
            runs.into_iter().find(|run| squeezed.contains(run)).map(|run| format!("gives away the rules: {run}")),
        );
    }
    out
}

struct Page<'m> {
    out: Vec<String>,
    may: &'m May,
    /// What is rendered of the block so far; code stands as U+FFFC.
    text: String,
    in_span: usize,
    link: usize,
}

impl Page<'_> {
    fn read(&mut self, body: &str) {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_GFM;
        let mut code: Option<(String, String)> = None;
        let mut heading = None;
        for event in Parser::new_ext(body, options) {
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    self.end();
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => "indented".to_owned(),
                    };
                    code = Some((language, String::new()));
                }
                Event::End(TagEnd::CodeBlock) => {
                    if let Some((language, text)) = code.take() {
                        self.code(&language, &text);
                    }
                }
                Event::Text(text) => match &mut code {
                    Some((_, held)) => held.push_str(&text),
                    None if self.in_span > 0 => self.text.push('\u{fffc}'),
                    None => self.text.push_str(&text),
                },
                Event::Code(_) => self.text.push('\u{fffc}'),
                Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
                Event::Html(html) | Event::InlineHtml(html) => self.html(&html),
                Event::Start(Tag::Image { dest_url, .. }) => self.out.push(format!("shows an image: {dest_url}")),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    self.link += 1;
                    if !dest_url.starts_with(&self.may.links) || dest_url.contains("/../") || self.may.links.is_empty()
                    {
                        self.out.push(format!("links to {dest_url}"));
                    }
                }
                Event::End(TagEnd::Link) => self.link -= 1,
                Event::Start(Tag::Heading { level, .. }) => {
                    self.end();
                    heading = Some(level);
                }
                Event::End(TagEnd::Heading(_)) => {
                    let ours = ["Draft threat model", "Threat model", "Who approves"];
                    let text = self.text.clone();
                    let known = heading.take().is_some_and(|level| level as usize >= 2);
                    if !known
                        || MARK.is_match(&text)
                        || (!ours.iter().any(|o| text.starts_with(o)) && text.contains("pproved"))
                    {
                        self.out.push(format!("has a heading that is not ours: {text}"));
                    }
                    self.end();
                }
                Event::FootnoteReference(name) => self.out.push(format!("has a footnote: {name}")),
                Event::TaskListMarker(_) => self.out.push("has a box to tick".to_owned()),
                Event::Rule => self.out.push("has a rule across the page".to_owned()),
                Event::InlineMath(_) | Event::DisplayMath(_) => self.out.push("has a formula".to_owned()),
                Event::Start(Tag::BlockQuote(Some(_))) => self.out.push("has an alert".to_owned()),
                Event::Start(tag) if is_block(&tag) => self.end(),
                Event::End(tag) if ends_block(tag) => self.end(),
                _ => {}
            }
        }
        self.end();
    }

    /// The filters over what was rendered.
    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        for found in MENTION.captures_iter(&text) {
            let name = found[1].trim_end_matches(['.', '-']).to_lowercase();
            if !self.may.call.contains(&name) {
                self.out.push(format!("calls @{name}"));
            }
        }
        let looks = [
            (&*ISSUE, "refers to an issue"),
            (&*CLOSING, "would close an issue"),
            (&*COMMIT, "refers to a commit"),
            (&*ADDRESS, "holds an address that becomes a link"),
            (&*EMOJI, "shows an emoji by its name"),
            (&*COMMAND, "begins a line with a command"),
        ];
        for (pattern, what) in looks {
            if let Some(found) = pattern.find(&text) {
                self.out.push(format!("{what}: {:?}", found.as_str()));
            }
        }
        if text.contains('$') {
            self.out.push("holds a dollar sign that may begin a formula".to_owned());
        }
        if text.trim_start().starts_with("[!") {
            self.out.push("begins like an alert".to_owned());
        }
    }

    fn html(&mut self, html: &str) {
        for tag in TAG.find_iter(html) {
            match tag.as_str() {
                "<span>" => self.in_span += 1,
                "</span>" => self.in_span = self.in_span.saturating_sub(1),
                tag if OURS.contains(&tag) => {}
                tag => self.out.push(format!("holds HTML: {tag}")),
            }
        }
        let rest = TAG.replace_all(html, " ");
        if !rest.trim().is_empty() {
            self.text.push_str(&rest);
        }
    }

    fn code(&mut self, language: &str, text: &str) {
        match language {
            "text" | "diff" | "suggestion" => {}
            "mermaid" => {
                for line in text.lines().filter(|line| !CHART.is_match(line)) {
                    self.out.push(format!("draws what is no part of a chart: {line}"));
                }
            }
            other => self.out.push(format!("has a code block that is not ours: {other:?}")),
        }
    }
}

const fn is_block(tag: &Tag<'_>) -> bool {
    !matches!(
        tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::Superscript
            | Tag::Subscript
    )
}

const fn ends_block(tag: TagEnd) -> bool {
    !matches!(
        tag,
        TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::Superscript
            | TagEnd::Subscript
    )
}

/// The suggestion blocks of a post.
pub(crate) fn suggestions(body: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut held: Option<String> = None;
    for event in Parser::new_ext(body, Options::ENABLE_TABLES | Options::ENABLE_GFM) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) if language.trim() == "suggestion" => {
                held = Some(String::new());
            }
            Event::Text(text) => {
                if let Some(held) = &mut held {
                    held.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => out.extend(held.take()),
            _ => {}
        }
    }
    out
}

/// Whether a line is, word for word, one that the catalogue puts behind an author's sentence: where the built-in analyst stands in,
/// it adds such a line of its own and leaves the author's as it is.
fn is_our_clause(line: &str) -> bool {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/prompts/catalogue");
    let clause = format!("clause = \"{line}\"");
    std::fs::read_dir(folder).unwrap().any(|file| {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        !line.contains('\n') && text.lines().any(|one| one == clause)
    })
}

/// What a suggestion block would do to a document beside changing words of its one line.
pub(crate) fn judge_suggestion(document: &str, line: usize, new: &str) -> Vec<String> {
    let mut out = Vec::new();
    let new = new.strip_suffix('\n').unwrap_or(new);
    let kept = document.lines().nth(line.wrapping_sub(1)).and_then(|old| new.strip_prefix(old)?.strip_prefix('\n'));
    if new.contains('\n') && !kept.is_some_and(is_our_clause) {
        out.push("changes the number of lines".to_owned());
    }
    if let Some(c) = new.chars().find(|c| hides(*c) || *c == '\u{2060}') {
        out.push(format!("puts the unseen character U+{:04X} into the document", u32::from(c)));
    }
    let lines: Vec<&str> = document.lines().collect();
    let Some(old) = lines.get(line.wrapping_sub(1)) else { return vec!["is about no line".to_owned()] };
    let mut changed = lines.clone();
    changed[line - 1] = new;
    let (before, after) = (shape(document), shape(&changed.join("\n")));
    if before.0 != after.0 {
        out.push(format!("changes the shape of the document: {old:?} to {new:?}"));
    }
    for odd in after.1.iter().filter(|odd| !before.1.contains(odd)) {
        out.push(format!("brings {odd}"));
    }
    out
}

/// The blocks of a document in order, and what of it is more than text.
fn shape(document: &str) -> (Vec<String>, Vec<String>) {
    let (mut blocks, mut odd) = (Vec::new(), Vec::new());
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for event in Parser::new_ext(document, options) {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => odd.push(format!("a link to {dest_url}")),
            Event::Start(Tag::Image { dest_url, .. }) => odd.push(format!("an image of {dest_url}")),
            Event::Start(tag) if is_block(&tag) => blocks.push(format!("{tag:?}")),
            Event::Html(html) | Event::InlineHtml(html) => odd.push(format!("HTML {html}")),
            Event::Text(text) => {
                let address = ADDRESS.find(&text).map(|found| format!("an address {}", found.as_str()));
                let entity = text
                    .chars()
                    .any(|c| hides(c) || c == '\u{2060}' || c == '\u{a0}')
                    .then(|| "unseen text".to_owned());
                odd.extend(address.into_iter().chain(entity));
            }
            Event::Rule => blocks.push("rule".to_owned()),
            Event::TaskListMarker(_) => odd.push("a box to tick".to_owned()),
            Event::FootnoteReference(name) => odd.push(format!("a footnote {name}")),
            _ => {}
        }
    }
    (blocks, odd)
}
