//! Comments as a reader sees them: GitHub's Markdown to HTML, with nothing in it but what is on a short list.

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::picture;
use super::town::REPOSITORY;

/// Tags that a comment may hold; attributes are left out.
const ALLOWED: [&str; 6] = ["details", "summary", "sub", "sup", "kbd", "br"];

/// Renders a comment. `before`: the lines that its thread stands on, which a suggestion block would replace.
pub(super) fn render(markdown: &str, before: Option<&str>) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut filter = Filter { before, fence: None, tags: Tags::default() };
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options).filter_map(|event| filter.pass(event)).collect();
    let mut out = String::with_capacity(markdown.len().saturating_mul(2));
    html::push_html(&mut out, events.into_iter());
    filter.tags.close(&mut out);
    out
}

/// Text as HTML shows it literally.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

struct Filter<'a> {
    before: Option<&'a str>,
    fence: Option<(String, String)>,
    tags: Tags,
}

impl Filter<'_> {
    fn pass<'e>(&mut self, event: Event<'e>) -> Option<Event<'e>> {
        if let Some((language, code)) = &mut self.fence {
            match event {
                Event::Text(text) => code.push_str(&text),
                Event::End(TagEnd::CodeBlock) => {
                    let block = block(language, code, self.before);
                    self.fence = None;
                    return Some(Event::Html(block.into()));
                }
                _ => {}
            }
            return None;
        }
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().unwrap_or_default().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.fence = Some((language, String::new()));
                None
            }
            Event::Html(text) | Event::InlineHtml(text) => Some(Event::InlineHtml(self.tags.allow(&text).into())),
            Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
                let to = target(dest_url);
                Some(Event::Start(Tag::Link { link_type, dest_url: to, title: CowStr::Borrowed(""), id }))
            }
            // Nothing is loaded from elsewhere: an image is its description.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
            // In comments GitHub keeps line breaks.
            Event::SoftBreak => Some(Event::HardBreak),
            other => Some(other),
        }
    }
}

/// Where a link leads: on the web, or on this page when it points at a post of this pull request; nowhere else.
fn target(url: CowStr<'_>) -> CowStr<'_> {
    let here = format!("/{REPOSITORY}/pull/1#");
    if let Some((_, post)) = url.split_once(&here) {
        return format!("#{post}").into();
    }
    if ["https://", "http://", "#", "/"].iter().any(|start| url.starts_with(start)) { url } else { "#".into() }
}

fn block(language: &str, code: &str, before: Option<&str>) -> String {
    match language {
        "suggestion" => suggestion(code, before.unwrap_or_default()),
        "mermaid" => {
            let source = format!("<pre><code>{}</code></pre>", escape(code));
            picture::draw(code).map_or(source.clone(), |picture| {
                format!("<figure>{picture}<figcaption><details><summary>Source</summary>{source}</details></figcaption></figure>")
            })
        }
        "diff" => {
            let lines: String = code.lines().map(|line| changed(line.chars().next(), line)).collect();
            format!("<pre class=\"diff\">{lines}</pre>")
        }
        _ => format!("<pre><code>{}</code></pre>", escape(code)),
    }
}

fn changed(sign: Option<char>, line: &str) -> String {
    let line = escape(line);
    match sign {
        Some('+') => format!("<ins>{line}\n</ins>"),
        Some('-') => format!("<del>{line}\n</del>"),
        _ => format!("<span>{line}\n</span>"),
    }
}

fn suggestion(new: &str, old: &str) -> String {
    let lines = |sign: char, text: &str| -> String {
        text.lines().map(|line| changed(Some(sign), &format!("{sign} {line}"))).collect()
    };
    format!(
        "<div class=\"suggestion\"><p>Suggested change</p><pre class=\"diff\">{}{}</pre></div>",
        lines('-', old),
        lines('+', new)
    )
}

/// Raw HTML, tag by tag.
#[derive(Default)]
struct Tags {
    open: Vec<&'static str>,
    in_comment: bool,
}

impl Tags {
    /// Allowed tags without attributes; comments are left out; everything else is shown literally.
    fn allow(&mut self, html: &str) -> String {
        let mut out = String::new();
        let mut rest = html;
        loop {
            if self.in_comment {
                let Some((_, after)) = rest.split_once("-->") else { return out };
                self.in_comment = false;
                rest = after;
            }
            let Some((text, from)) = rest.split_once('<') else {
                out.push_str(&rest.replace('>', "&gt;"));
                return out;
            };
            out.push_str(&text.replace('>', "&gt;"));
            if let Some(after) = from.strip_prefix("!--") {
                self.in_comment = true;
                rest = after;
            } else if let Some((tag, after)) = from.split_once('>') {
                self.tag(tag, &mut out);
                rest = after;
            } else {
                out.push_str("&lt;");
                out.push_str(&escape(from));
                return out;
            }
        }
    }

    fn tag(&mut self, tag: &str, out: &mut String) {
        let (closes, name) = tag.strip_prefix('/').map_or((false, tag), |name| (true, name));
        let name = name.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default().to_ascii_lowercase();
        let Some(name) = ALLOWED.into_iter().find(|allowed| *allowed == name) else {
            out.push_str(&escape(&format!("<{tag}>")));
            return;
        };
        if name == "br" {
            out.push_str("<br>");
        } else if !closes {
            self.open.push(name);
            out.extend(["<", name, ">"]);
        } else if self.open.contains(&name) {
            while let Some(last) = self.open.pop() {
                out.extend(["</", last, ">"]);
                if last == name {
                    break;
                }
            }
        }
    }

    fn close(&mut self, out: &mut String) {
        while let Some(last) = self.open.pop() {
            out.extend(["</", last, ">"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    fn check(markdown: &str, html: &str) {
        assert_eq!(render(markdown, Some("old & line")).trim(), html);
    }

    #[test]
    fn comments_show_as_on_github() {
        check("**a** one\ntwo", "<p><strong>a</strong> one<br />\ntwo</p>");
        check("~~gone~~", "<p><del>gone</del></p>");
        check(
            "<details><summary>Why</summary>\n\n*Because*\n\n</details>",
            "<details><summary>Why</summary>\n<p><em>Because</em></p>\n</details>",
        );
        check("said<!-- threadmodel:v1:x -->", "<p>said</p>");
        check(
            "```suggestion\nnew <b>\n```",
            "<div class=\"suggestion\"><p>Suggested change</p><pre class=\"diff\"><del>- old &amp; line\n</del><ins>+ new &lt;b&gt;\n</ins></pre></div>",
        );
    }

    #[test]
    fn nothing_active_gets_through() {
        check("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
        check("a <img src=x onerror=alert(1)> b", "<p>a &lt;img src=x onerror=alert(1)&gt; b</p>");
        check("[x](http://127.0.0.1:1/acme/billing/pull/1#discussion_r7)", "<p><a href=\"#discussion_r7\">x</a></p>");
        check("[x](javascript:alert(1))", "<p><a href=\"#\">x</a></p>");
        check("![x](https://example.com/a.png)", "<p>x</p>");
        check("a <sub onclick=alert(1)>b", "<p>a <sub>b</p>\n</sub>");
        check("</details></div>", "&lt;/div&gt;");
        check("```x\"><script>\n</code><script>\n```", "<pre><code>&lt;/code&gt;&lt;script&gt;\n</code></pre>");
    }
}
