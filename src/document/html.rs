//! Raw HTML inside Markdown: which of it is seen.
//!
//! A tolerant tokenizer and the stack of open elements that hide what is inside them. It follows the browser rather than
//! the sanitiser: what either hides is hidden.

use super::HiddenKind;
use std::borrow::Cow;

/// A piece of raw HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'h> {
    Text(&'h str),
    /// A comment, declaration, CDATA section or processing instruction.
    Comment(&'h str),
    Open {
        name: &'h str,
        attributes: &'h str,
        closed: bool,
    },
    Close(&'h str),
    /// A comment or tag without an end: it swallows what follows, up to the given end.
    Unclosed(&'h str, Until),
}

/// What ends an unclosed comment or tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    CommentEnd,
    TagEnd,
}

impl Until {
    pub(super) fn end_in(self, html: &str) -> Option<usize> {
        match self {
            Self::CommentEnd => html.find("-->").map(|at| at + 3),
            Self::TagEnd => html.find('>').map(|at| at + 1),
        }
    }
}

/// Cuts HTML into pieces; gives each with its byte offset.
pub(super) fn pieces<'h>(html: &'h str, mut each: impl FnMut(usize, Piece<'h>)) {
    let mut at = 0;
    let mut text_from = 0;
    while let Some(found) = html.get(at..).and_then(|rest| rest.find('<')) {
        let open = at + found;
        let rest = html.get(open..).unwrap_or_default();
        let Some((piece, len)) = tag(rest) else {
            at = open + 1;
            continue;
        };
        if let Some(text) = html.get(text_from..open).filter(|text| !text.is_empty()) {
            each(text_from, Piece::Text(text));
        }
        each(open, piece);
        at = open + len;
        text_from = at;
    }
    if let Some(text) = html.get(text_from..).filter(|text| !text.is_empty()) {
        each(text_from, Piece::Text(text));
    }
}

/// The tag at the head of `rest`, which begins with `<`; none when it is a plain `<`.
fn tag(rest: &str) -> Option<(Piece<'_>, usize)> {
    if let Some(body) = rest.strip_prefix("<!--") {
        // `<!-->` and `<!--->` are whole comments.
        let quick = ["<!-->", "<!--->"].into_iter().find(|quick| rest.starts_with(quick));
        if let Some(quick) = quick {
            return Some((Piece::Comment(""), quick.len()));
        }
        return Some(match body.find("-->") {
            Some(end) => (Piece::Comment(body.get(..end)?), 4 + end + 3),
            None => (Piece::Unclosed(body, Until::CommentEnd), rest.len()),
        });
    }
    if let Some(body) = rest.strip_prefix("<!").or_else(|| rest.strip_prefix("<?")) {
        return Some(match body.find('>') {
            Some(end) => (Piece::Comment(body.get(..end)?), 2 + end + 1),
            None => (Piece::Unclosed(body, Until::TagEnd), rest.len()),
        });
    }
    let (closing, body) = rest.strip_prefix("</").map_or((false, rest.get(1..)?), |body| (true, body));
    if !body.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let name_len = body.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(body.len());
    let name = body.get(..name_len)?;
    let Some(end) = tag_end(body, name_len) else {
        return Some((Piece::Unclosed(body, Until::TagEnd), rest.len()));
    };
    let len = rest.len() - body.len() + end + 1;
    if closing {
        return Some((Piece::Close(name), len));
    }
    let attributes = body.get(name_len..end)?;
    let closed = attributes.ends_with('/');
    Some((Piece::Open { name, attributes: attributes.trim_end_matches('/').trim(), closed }, len))
}

/// The `>` that ends a tag, not one inside a quoted value.
fn tag_end(body: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in body.bytes().enumerate().skip(from) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The value of an attribute, lower case kept.
pub(super) fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let name_len = rest.find(|c: char| c.is_ascii_whitespace() || c == '=').unwrap_or(rest.len());
        let name = rest.get(..name_len)?;
        rest = rest.get(name_len..)?.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some(quote) = quote {
                let inner = after.get(1..)?;
                let end = inner.find(quote).unwrap_or(inner.len());
                value = inner.get(..end)?;
                rest = inner.get(end + 1..).unwrap_or_default();
            } else {
                let end = after.find(|c: char| c.is_ascii_whitespace()).unwrap_or(after.len());
                value = after.get(..end)?;
                rest = after.get(end..)?;
            }
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = rest.trim_start();
        if name.is_empty() && rest.starts_with('=') {
            rest = rest.get(1..)?;
        }
    }
    None
}

/// Whether an element begins a new block.
pub(super) fn is_block(name: &str) -> bool {
    const BLOCKS: &[&str] = &[
        "p",
        "div",
        "li",
        "ul",
        "ol",
        "table",
        "tr",
        "thead",
        "tbody",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "hr",
        "section",
        "summary",
        "details",
        "dl",
        "dt",
        "dd",
        "center",
        "figure",
        "figcaption",
    ];
    BLOCKS.iter().any(|block| block.eq_ignore_ascii_case(name))
}

/// Decodes the few character references that matter in prose.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.as_bytes().iter().take(12).position(|&b| b == b';');
        let decoded = end.and_then(|end| reference(from.get(1..end)?)).zip(end);
        if let Some((c, end)) = decoded {
            out.push(c);
            rest = from.get(end + 1..).unwrap_or_default();
        } else {
            out.push('&');
            rest = from.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn reference(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return char::from_u32(code.ok()?).filter(|c| !c.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "rarr" => '→',
        "larr" => '←',
        "shy" => '\u{ad}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        _ => return None,
    })
}

#[derive(Debug)]
struct Frame {
    name: String,
    hides: Option<HiddenKind>,
    inline: bool,
}

/// The open elements that matter for what is seen.
#[derive(Debug, Default)]
pub(super) struct Hider {
    frames: Vec<Frame>,
    pub(super) pending: Option<Until>,
}

impl Hider {
    /// Why text at this point is not seen.
    pub(super) fn active(&self) -> Option<HiddenKind> {
        if self.pending.is_some() {
            return Some(HiddenKind::HtmlComment);
        }
        let mut shown_summary = false;
        for frame in self.frames.iter().rev() {
            match frame.hides {
                Some(HiddenKind::Collapsed) if shown_summary => shown_summary = false,
                Some(kind) => return Some(kind),
                None => shown_summary = frame.name == "summary",
            }
        }
        None
    }

    pub(super) fn open(&mut self, name: &str, attributes: &str, inline: bool) {
        /// Deeper nesting than any page needs; keeps hostile input linear.
        const DEEPEST: usize = 64;
        let name = name.to_ascii_lowercase();
        if matches!(name.as_str(), "br" | "img" | "hr" | "input" | "meta" | "link" | "wbr" | "col" | "source") {
            return;
        }
        let small = matches!(name.as_str(), "sub" | "sup" | "small");
        let hides = hides(&name, attributes).or_else(|| {
            let nested = self.frames.iter().any(|f| matches!(f.name.as_str(), "sub" | "sup" | "small"));
            (small && nested).then_some(HiddenKind::Tiny)
        });
        let same = self.frames.iter().any(|frame| frame.name == name);
        if (hides.is_some() || small || same || name == "summary") && self.frames.len() < DEEPEST {
            let stays = matches!(name.as_str(), "details" | "summary" | "template" | "script" | "style" | "textarea");
            self.frames.push(Frame { name, hides, inline: inline && !stays });
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        if let Some(at) = self.frames.iter().rposition(|frame| frame.name.eq_ignore_ascii_case(name)) {
            self.frames.truncate(at);
        }
    }

    /// A paragraph ends, and with it the phrasing elements left open in it.
    pub(super) fn end_of_paragraph(&mut self) {
        self.frames.retain(|frame| !frame.inline);
    }
}

fn hides(name: &str, attributes: &str) -> Option<HiddenKind> {
    match name {
        "details" if attribute(attributes, "open").is_none() => return Some(HiddenKind::Collapsed),
        "script" | "style" | "template" | "noscript" | "title" | "head" | "iframe" | "object" | "datalist" => {
            return Some(HiddenKind::HiddenElement);
        }
        _ => {}
    }
    if attributes.is_empty() {
        return None;
    }
    if attribute(attributes, "hidden").is_some() {
        return Some(HiddenKind::HiddenElement);
    }
    let pale = name == "font"
        && attribute(attributes, "color")
            .is_some_and(|color| matches!(color.to_ascii_lowercase().as_str(), "white" | "#fff" | "#ffffff"));
    if pale || attribute(attributes, "style").unwrap_or_default().split(';').any(unseen) {
        return Some(HiddenKind::HiddenElement);
    }
    None
}

/// Whether a CSS declaration makes text unseen.
fn unseen(declaration: &str) -> bool {
    let Some((property, value)) = declaration.split_once(':') else {
        return false;
    };
    let value = value.trim().to_ascii_lowercase();
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%').trim().parse::<f32>().ok();
    match property.trim().to_ascii_lowercase().as_str() {
        "display" => value.starts_with("none"),
        "visibility" => value.starts_with("hidden") || value.starts_with("collapse"),
        "font-size" => {
            number.is_some_and(|size| size <= if value.ends_with("px") || value.ends_with("pt") { 3.0 } else { 0.1 })
        }
        "opacity" | "height" | "width" | "max-height" | "max-width" => number.is_some_and(|size| size <= 0.05),
        "color" => matches!(value.as_str(), "white" | "#fff" | "#ffffff" | "transparent"),
        "left" | "top" | "right" | "text-indent" => number.is_some_and(|shift| shift <= -500.0),
        _ => false,
    }
}
