//! How words are cited: where they stand, who said them, with a link.

use super::link::Context;
use super::markdown::{SafeMarkdown, code, link, link_maybe, login_quiet, ordinal, quote, words};
use crate::say;
use crate::threat_model::{Anchor, ReplyQuote, Source};

/// A document by its file name.
pub fn document(path: &str) -> SafeMarkdown {
    code(path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path))
}

/// Several documents by their file names; three, then how many more.
pub fn documents<'a>(paths: impl IntoIterator<Item = &'a str>) -> SafeMarkdown {
    let all: Vec<_> = paths.into_iter().map(document).collect();
    let more = all.len().saturating_sub(3);
    let mut shown: Vec<_> = all.into_iter().take(3).collect();
    if more > 0 {
        shown.push(say!("{} more", super::markdown::number(more as u64)));
    }
    super::markdown::and(shown)
}

/// "line 42" or "lines 42–44", linked; names the document when it is not `home`.
pub fn place(context: &Context, at: &Anchor, home: Option<&str>) -> SafeMarkdown {
    let shown = if at.start_line == at.end_line {
        say!("line {}", ordinal(at.start_line))
    } else {
        say!("lines {}–{}", ordinal(at.start_line), ordinal(at.end_line))
    };
    let linked = link(&shown, &context.lines(&at.path, at.start_line, at.end_line));
    if home == Some(at.path.as_str()) { linked } else { say!("{} of {}", linked, document(&at.path)) }
}

/// Who said it, linked to the comment; notifies nobody.
pub fn speaker(context: &Context, comment: &str, who: &str) -> SafeMarkdown {
    link_maybe(&login_quiet(who), context.comment(comment).as_ref())
}

/// The words and where they come from: `“…” (line 42)`.
pub fn source(context: &Context, from: &Source, home: Option<&str>) -> SafeMarkdown {
    match from {
        Source::Document { anchor } => say!("{} ({})", quote(&anchor.quotation), place(context, anchor, home)),
        // A letter picked from the proposed answers says nothing by itself.
        Source::Reply { comment, login, quotation } if quotation.trim().chars().count() < 3 => {
            say!("the answer of {}", speaker(context, comment, login))
        }
        Source::Reply { comment, login, quotation } => {
            say!("{} ({})", quote(quotation), speaker(context, comment, login))
        }
        Source::Description { quotation } => say!("{} (description)", quote(quotation)),
        Source::Context { path, quotation } => say!("{} ({})", quote(quotation), document(path)),
        Source::Decision { quotation, .. } if quotation.trim().is_empty() => origin(context, from, home),
        Source::Decision { quotation, .. } => say!("{} ({})", quote(quotation), origin(context, from, home)),
        Source::Assumption { ordinal: n } => say!("assumption A{}", ordinal(*n)),
    }
}

/// Only where it comes from: `line 42`, `@ana`.
pub fn origin(context: &Context, from: &Source, home: Option<&str>) -> SafeMarkdown {
    match from {
        Source::Document { anchor } => place(context, anchor, home),
        Source::Reply { comment, login, .. } => speaker(context, comment, login),
        Source::Description { .. } => words("the description"),
        Source::Context { path, .. } => document(path),
        Source::Decision { repository, pull, .. } => {
            say!("decided in {}", super::markdown::text(&format!("{repository} pull request {pull}")))
        }
        Source::Assumption { ordinal: n } => say!("assumption A{}", ordinal(*n)),
    }
}

/// A person's words: `@ana, here` as a link to the comment.
pub fn said_by(context: &Context, reply: &ReplyQuote) -> SafeMarkdown {
    let here = context.comment(&reply.comment);
    let here = here.map_or_else(SafeMarkdown::default, |to| say!(", {}", link(&words("here"), &to)));
    say!("{}{}", login_quiet(&reply.login), here)
}
