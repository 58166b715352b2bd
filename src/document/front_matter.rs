//! The metadata block at the head of a file.

use super::{FrontMatter, FrontMatterKind, LineIndex, LineSpan};

/// Finds `---` or `+++` metadata on the first line; gives it and the byte offset at which the prose begins.
pub(super) fn fenced(text: &str, lines: &LineIndex) -> Option<(FrontMatter, usize)> {
    let (open, kind) = match lines.get(text, 1)?.trim_start_matches('\u{feff}').trim_end() {
        "---" => ("---", FrontMatterKind::Yaml),
        "+++" => ("+++", FrontMatterKind::Toml),
        _ => return None,
    };
    let close = (2..=lines.count()).find(|&n| {
        let line = lines.get(text, n).unwrap_or_default().trim_end();
        line == open || (kind == FrontMatterKind::Yaml && line == "...")
    })?;
    // A rule followed by prose up to another rule is no metadata: metadata has a key on its first line that says something.
    let first = (2..close).filter_map(|n| lines.get(text, n)).find(|line| !line.trim().is_empty())?;
    let key = if kind == FrontMatterKind::Yaml { ':' } else { '=' };
    if !first.contains(key) && !first.trim_start().starts_with('#') {
        return None;
    }
    let (from, to) = (lines.range(2)?.start, lines.range(close)?);
    let text = text.get(from..to.start)?.to_owned();
    Some((FrontMatter { kind, text, lines: LineSpan::new(1, close) }, to.end))
}

/// Finds a head of `Name: value` lines (continued by indentation); gives it and the first line after it.
pub(super) fn headers(text: &str, lines: &LineIndex) -> Option<(FrontMatter, u32)> {
    let mut last = 0;
    for n in 1..=lines.count() {
        let line = lines.get(text, n)?;
        if line.trim().is_empty() {
            break;
        }
        let named = line.split_once(':').is_some_and(|(name, value)| {
            !name.is_empty()
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && (value.is_empty() || value.starts_with(' '))
        });
        let continued = n > 1 && line.starts_with([' ', '\t']);
        if !named && !continued {
            return None;
        }
        last = n;
    }
    if last < 2 {
        return None;
    }
    let block = text.get(..lines.range(last)?.end)?.to_owned();
    Some((FrontMatter { kind: FrontMatterKind::Headers, text: block, lines: LineSpan::new(1, last) }, last + 1))
}
