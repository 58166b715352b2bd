//! New text for the document's own lines: the author's sentence stays, a sentence is put behind it.

use super::view::{Statement, View};
use crate::document::SentenceKind;
use crate::threat_model::Suggestion;

/// Longer lines are broken after the author's sentence.
const LINE: usize = 120;

/// Whether a line is running text: not code, table, heading, quotation or metadata.
pub(crate) fn is_prose(view: &View, line: u32) -> bool {
    let document = &view.document;
    let inside = |span: crate::document::LineSpan| span.contains(line);
    let text = document.line_text(line).unwrap_or_default();
    !document.code_blocks().iter().any(|c| inside(c.lines))
        && !document.tables().iter().any(|t| inside(t.lines))
        && document.front_matter().is_none_or(|f| !inside(f.lines))
        && !text.trim_start().starts_with(['#', '|', '>', '<'])
        && !text.contains(" | ")
}

/// Puts a sentence behind a statement, on the statement's last line. None where that cannot be done cleanly.
pub(crate) fn append(view: &View, statement: &Statement, clause: &str) -> Option<Suggestion> {
    if !matches!(statement.kind, SentenceKind::Paragraph | SentenceKind::ListItem) || !is_markdown(view) {
        return None;
    }
    let line = statement.lines.end;
    if !is_prose(view, line) || !statement.text.trim_end().ends_with('.') {
        return None;
    }
    let text = view.document.line_text(line)?;
    // The sentence has to end where the line ends: what follows on the line belongs to somebody else's thought.
    let body = text.trim_end();
    let last = statement.text.trim_end().rsplit(' ').next()?;
    if !body.ends_with('.') || !body.ends_with(last) || text.ends_with("  ") {
        return None;
    }
    let indent = indent(view, statement, body);
    let replacement = if body.chars().count() + 1 + clause.chars().count() <= LINE {
        format!("{body} {clause}")
    } else {
        format!("{body}\n{indent}{clause}")
    };
    Some(Suggestion { path: view.document.path().to_owned(), start_line: line, end_line: line, replacement })
}

fn is_markdown(view: &View) -> bool {
    let path = view.document.path().to_lowercase();
    [".md", ".markdown", ".mdx"].iter().any(|e| path.ends_with(e))
}

/// White space under which a further line belongs to the same paragraph or list item.
fn indent(view: &View, statement: &Statement, last_line: &str) -> String {
    let own: String = last_line.chars().take_while(|c| *c == ' ').collect();
    if statement.kind == SentenceKind::ListItem && statement.lines.start == statement.lines.end {
        let first = view.document.line_text(statement.lines.start).unwrap_or_default();
        let marker = first.trim_start().chars().take_while(|c| !c.is_whitespace()).count();
        let is_marker = first.trim_start().starts_with(['-', '*', '+'])
            || first.trim_start().starts_with(|c: char| c.is_ascii_digit());
        if is_marker {
            return format!("{own}{}", " ".repeat(marker + 1));
        }
    }
    own
}
