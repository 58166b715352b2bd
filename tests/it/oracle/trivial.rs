//! Do two versions of a document say the same? A necessary condition, that plain code can state in three lines: the same words in the same
//! order, in the comments too, and no line of code moved in or out of its block.

use super::flaws::Flaw;

pub(crate) fn same(before: &str, after: &str, flaw: Option<Flaw>) -> bool {
    match flaw {
        Some(Flaw::EverythingIsTrivial) => true,
        Some(Flaw::OnlyVisibleText) => words(&visible(before)) == words(&visible(after)),
        _ => words(before) == words(after) && code(before) == code(after),
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Fenced and indented lines: there, white space is content.
fn code(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let kept = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        fenced || fence || (line.starts_with("    ") || line.starts_with('\t')) && !line.trim().is_empty()
    });
    kept.map(str::trim_end).collect()
}

fn visible(text: &str) -> String {
    let mut pieces = text.split("<!--");
    let first = pieces.next().unwrap_or("").to_owned();
    pieces.fold(first, |shown, piece| shown + piece.split_once("-->").map_or("", |(_, rest)| rest))
}
