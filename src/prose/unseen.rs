//! Text of the documents that a reader does not see, for those who review.

use super::cite;
use super::link::Context;
use super::markdown::{SafeMarkdown, blocks, code, details, list, number, words};
use crate::document::{Hidden, HiddenKind};
use crate::say;
use crate::threat_model::Anchor;

/// So many are shown.
const SHOWN: usize = 12;

/// A folded list, in the given order; nothing when there is none.
pub fn unseen(context: &Context, found: &[(&str, &Hidden)]) -> SafeMarkdown {
    if found.is_empty() {
        return SafeMarkdown::default();
    }
    let home = found.first().map(|(path, _)| *path).filter(|home| found.iter().all(|(path, _)| path == home));
    let shown = found.iter().take(SHOWN).map(|(path, hidden)| {
        let (start_line, end_line) = (hidden.line, hidden.line);
        let at = Anchor { path: (*path).to_owned(), start_line, end_line, quotation: String::new() };
        say!("{}, {}: {}", cite::place(context, &at, home), kind(hidden.kind), code(&hidden.text))
    });
    let rest = match found.len().saturating_sub(SHOWN) {
        0 => SafeMarkdown::default(),
        n => say!("and {} more", number(n as u64)),
    };
    let said =
        words("It was kept from the analyst. Most of it is harmless; whoever reviews should know that it is there.");
    let body = blocks([said, list(0, shown.chain([rest]))]);
    details("Text that a reader does not see", Some(found.len()), &body)
}

fn kind(kind: HiddenKind) -> SafeMarkdown {
    words(match kind {
        HiddenKind::HtmlComment | HiddenKind::SourceComment => "a comment",
        HiddenKind::HtmlAttribute => "inside a tag",
        HiddenKind::HiddenElement => "a part that is not shown",
        HiddenKind::Collapsed => "folded text",
        HiddenKind::Tiny => "tiny text",
        HiddenKind::LinkTitle => "a link's title",
        HiddenKind::ImageAlt => "a picture's description",
        HiddenKind::LinkDefinition => "where a link leads",
        HiddenKind::UnusedLinkDefinition => "a link that nothing uses",
        HiddenKind::CodeInfo => "beside the language of a code block",
        HiddenKind::ExtraCell => "a cell outside the table",
        HiddenKind::UnusedFootnote => "a footnote that nothing refers to",
        HiddenKind::ZeroWidth => "characters without width",
        HiddenKind::Bidi => "characters that turn the direction of writing",
        HiddenKind::Tag => "characters that spell hidden words",
    })
}
