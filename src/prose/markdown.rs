//! Markdown that is safe to post.

use serde::{Deserialize, Serialize};

use super::escape;
use super::link::RepoLink;
use crate::threat_model::Suggestion;
use crate::time::Timestamp;

/// The longest body that we post, in characters. GitHub ends at 65,536 and our marker needs room.
pub const MAX_BODY: usize = 60_000;
const MAX_TEXT: usize = 2_000;
const MAX_QUOTE: usize = 300;
const MAX_CODE: usize = 300;

/// Markdown that may be posted. Our own words go in as `&'static str`; everything else is escaped on the way in. There is
/// no other constructor, so text from outside cannot reach GitHub unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SafeMarkdown(String);

/// Our words with `{}` for each safe part: `say!("{} approved at {}", login(who), time(at, now))`. The number of parts is
/// checked at compile time.
#[macro_export]
macro_rules! say {
    ($words:literal $(, $part:expr)* $(,)?) => {{
        const { assert!($crate::prose::markdown::gaps($words) == 0 $(+ { let _ = stringify!($part); 1 })*) };
        $crate::prose::markdown::SafeMarkdown::fill($words, &[$(&$part),*])
    }};
}

/// How many `{}` a text holds.
pub const fn gaps(words: &str) -> usize {
    let bytes = words.as_bytes();
    let (mut n, mut i) = (0, 1);
    while i < bytes.len() {
        if bytes[i - 1] == b'{' && bytes[i] == b'}' {
            n += 1;
        }
        i += 1;
    }
    n
}

/// Our own words, Markdown and all.
pub fn words(text: &'static str) -> SafeMarkdown {
    SafeMarkdown(text.to_owned())
}

/// Text from outside, shown literally on one line: no formatting, mention, reference, link, emoji or command comes out of it.
pub fn text(text: &str) -> SafeMarkdown {
    SafeMarkdown(escape::inline(text, MAX_TEXT))
}

/// As [`text`], at most `max` characters.
pub fn text_within(text: &str, max: usize) -> SafeMarkdown {
    SafeMarkdown(escape::inline(text, max))
}

/// An analyst's or a person's sentence: as [`told`], with a full stop when it has no end.
pub fn sentence(said: &str) -> SafeMarkdown {
    let said = said.trim_end();
    match said.chars().next_back() {
        None => SafeMarkdown::default(),
        Some('.' | '?' | '!' | '…' | ':' | '"' | '”' | '」' | '。') => told(said),
        Some(_) => told(said).then(&words(".")),
    }
}

/// An analyst's sentence: as [`text`], but names between single backticks stay code.
pub fn told(said: &str) -> SafeMarkdown {
    let folded = escape::fold(said, MAX_TEXT);
    let pieces: Vec<&str> = folded.split('`').collect();
    // An odd number of backticks, or two side by side, is no plain pair: show all of it literally.
    if pieces.len().is_multiple_of(2) || pieces.iter().skip(1).rev().skip(1).any(|piece| piece.trim().is_empty()) {
        return text(&folded);
    }
    let mut out = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        if i % 2 == 1 {
            out.push_str(&code(piece).0);
        } else {
            out.push_str(if piece.starts_with(' ') { " " } else { "" });
            out.push_str(&if i == 0 { escape::inline(piece, MAX_TEXT) } else { escape::inline_after(piece, MAX_TEXT) });
            out.push_str(if piece.len() > 1 && piece.ends_with(' ') { " " } else { "" });
        }
    }
    SafeMarkdown(out.trim_end().to_owned())
}

/// Somebody's words in typographic quotation marks, cut at 300 characters.
pub fn quote(said: &str) -> SafeMarkdown {
    SafeMarkdown(format!("“{}”", escape::inline(said, MAX_QUOTE)))
}

/// A code span, at most 300 characters on one line.
pub fn code(source: &str) -> SafeMarkdown {
    let folded = escape::fold(source, MAX_CODE);
    if folded.is_empty() {
        return words("(empty)");
    }
    if folded.contains('|') {
        // A bar in a code span ends a table's cell.
        return SafeMarkdown(format!("<code>{}</code>", escape::inline(&folded, MAX_CODE)));
    }
    let fence = "`".repeat(escape::longest_run(&folded, '`').saturating_add(1));
    let pad = if folded.starts_with('`') || folded.ends_with('`') { " " } else { "" };
    SafeMarkdown(format!("{fence}{pad}{folded}{pad}{fence}"))
}

/// A person or team that we address, with or without the leading `@`: GitHub notifies them. Anything that is no login and
/// no `organisation/team` is shown as text.
pub fn login(who: &str) -> SafeMarkdown {
    let name = who.strip_prefix('@').unwrap_or(who);
    if is_login(name) { SafeMarkdown(format!("@{name}")) } else { text(who) }
}

/// A person or team that we speak of: looks the same, notifies nobody.
pub fn login_quiet(who: &str) -> SafeMarkdown {
    let name = who.strip_prefix('@').unwrap_or(who);
    if is_login(name) { SafeMarkdown(format!("@{}{}", escape::JOINER, text(name).0)) } else { text(who) }
}

/// A login (letters, digits, single hyphens; an underscore for managed users) or `organisation/team`.
fn is_login(name: &str) -> bool {
    let part = |p: &str, more: &[char]| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        p.len() <= 100
            && ends(p.chars().next())
            && ends(p.chars().next_back())
            && p.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || more.contains(&c))
            && !p.contains("--")
            && !p.contains("__")
    };
    match name.split_once('/') {
        Some((organisation, team)) => part(organisation, &['_']) && part(team, &['_', '.']),
        None => part(name, &['_']),
    }
}

/// Lines of somebody's text, as they are. Characters that a reader cannot see are left out; at most 4,000 characters.
pub fn code_block(source: &str) -> SafeMarkdown {
    fenced("text", source)
}

/// Lines of a difference, coloured by GitHub.
pub fn diff_block(source: &str) -> SafeMarkdown {
    fenced("diff", source)
}

fn fenced(language: &'static str, source: &str) -> SafeMarkdown {
    let source = source.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let mut kept: String = source.chars().filter(|c| !escape::is_invisible(*c)).take(4_000).collect();
    if kept.len() < source.len() && source.chars().count() > 4_000 {
        kept.push_str("\n…");
    }
    let fence = "`".repeat(escape::longest_run(&kept, '`').max(2).saturating_add(1));
    SafeMarkdown(format!("{fence}{language}\n{}\n{fence}", kept.trim_end_matches('\n')))
}

/// Whether a line of this text would be taken for a command by a bot that reads comments as they were typed.
pub fn holds_command(source: &str) -> bool {
    let lead = |c: char| c.is_whitespace() || matches!(c, '>' | '-' | '*' | '+');
    source.lines().any(|line| line.trim_start_matches(lead).starts_with(['/', '@']))
}

/// A GitHub suggestion block. `None` when the new text holds characters that a reader cannot see: committing them with a click
/// would put something hidden into the document; and when a line of it is a command to some bot.
pub fn suggestion(new: &Suggestion) -> Option<SafeMarkdown> {
    let replacement = &new.replacement;
    if holds_command(replacement) {
        return None;
    }
    if replacement
        .chars()
        .any(|c| escape::is_invisible(c) || matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1f}'))
    {
        return None;
    }
    let fence = "`".repeat(escape::longest_run(replacement, '`').max(2).saturating_add(1));
    let body = if replacement.is_empty() { String::new() } else { format!("{replacement}\n") };
    Some(SafeMarkdown(format!("{fence}suggestion\n{body}{fence}")))
}

/// For `diagram.rs` alone, which builds the chart from typed parts and sanitised labels.
pub(super) fn mermaid_from(chart: &str) -> SafeMarkdown {
    let fence = "`".repeat(escape::longest_run(chart, '`').max(2).saturating_add(1));
    SafeMarkdown(format!("{fence}mermaid\n{chart}{fence}"))
}

/// A link within the repository. The text must hold no link itself.
pub fn link(shown: &SafeMarkdown, to: &RepoLink) -> SafeMarkdown {
    match to.url() {
        Some(url) => SafeMarkdown(format!("[{}]({url})", shown.0)),
        None => shown.clone(),
    }
}

/// A link when there is something to link to, else the text alone.
pub fn link_maybe(shown: &SafeMarkdown, to: Option<&RepoLink>) -> SafeMarkdown {
    to.map_or_else(|| shown.clone(), |to| link(shown, to))
}

/// A whole number, with commas: `41,200`.
pub fn number(n: u64) -> SafeMarkdown {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && digits.len().saturating_sub(i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    SafeMarkdown(out)
}

/// A number and its noun: `1 question`, `4 questions`.
pub fn count(n: usize, one: &'static str, many: &'static str) -> SafeMarkdown {
    say!("{} {}", number(n as u64), words(if n == 1 { one } else { many }))
}

/// A line's or item's number as it is, without commas.
pub fn ordinal(n: u32) -> SafeMarkdown {
    SafeMarkdown(n.to_string())
}

/// A commit's first seven digits, not linked.
pub fn commit(sha: &str) -> SafeMarkdown {
    code(sha.get(..7).unwrap_or(sha))
}

/// A day in UTC, as people type it: `2027-03-31`.
pub fn day(at: Timestamp) -> SafeMarkdown {
    let day = chrono::DateTime::from_timestamp_millis(at.0).map(|at| at.format("%Y-%m-%d").to_string());
    SafeMarkdown(day.unwrap_or_else(|| "an unknown day".to_owned()))
}

/// A time of day in UTC, with the date when it is not today and the year when it is not this year.
pub fn time(at: Timestamp, now: Timestamp) -> SafeMarkdown {
    SafeMarkdown(time_plain(at, now))
}

pub(crate) fn time_plain(at: Timestamp, now: Timestamp) -> String {
    use chrono::{DateTime, Datelike as _};
    let (Some(at), Some(now)) = (DateTime::from_timestamp_millis(at.0), DateTime::from_timestamp_millis(now.0)) else {
        return "an unknown time".to_owned();
    };
    let layout = match (at.year() == now.year(), at.date_naive() == now.date_naive()) {
        (_, true) => "%H:%M UTC",
        (true, false) => "%-d %b, %H:%M UTC",
        (false, false) => "%-d %b %Y, %H:%M UTC",
    };
    at.format(layout).to_string()
}

/// Folded content under a summary of ours, with the number of entries when given.
pub fn details(summary: &'static str, entries: Option<usize>, body: &SafeMarkdown) -> SafeMarkdown {
    let entries = entries.map_or_else(SafeMarkdown::default, |n| say!(" ({})", number(n as u64)));
    // The blank lines end the HTML block, so that the body is read as Markdown and its escapes hold.
    say!("<details><summary>{}{}</summary>\n\n{}\n\n</details>", words(summary), entries, *body)
}

/// Small print.
pub fn small(body: &SafeMarkdown) -> SafeMarkdown {
    say!("<sub>{}</sub>", *body)
}

/// Strong, when there is something to make strong.
pub fn strong(body: &SafeMarkdown) -> SafeMarkdown {
    if body.is_empty() { SafeMarkdown::default() } else { say!("**{}**", *body) }
}

/// Struck out, when there is something to strike.
pub fn struck(body: &SafeMarkdown) -> SafeMarkdown {
    if body.is_empty() { SafeMarkdown::default() } else { say!("~~{}~~", *body) }
}

/// Parts with a separator between those that are not empty.
pub fn join(separator: &'static str, parts: impl IntoIterator<Item = SafeMarkdown>) -> SafeMarkdown {
    let mut out = String::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !out.is_empty() {
            out.push_str(separator);
        }
        out.push_str(&part.0);
    }
    SafeMarkdown(out)
}

/// What is said of a value, when there is one.
pub fn say_when<T>(value: Option<T>, say: impl FnOnce(T) -> SafeMarkdown) -> SafeMarkdown {
    value.map_or_else(SafeMarkdown::default, say)
}

/// Lines one under the other.
pub fn lines(parts: impl IntoIterator<Item = SafeMarkdown>) -> SafeMarkdown {
    join("\n", parts)
}

/// Blocks with a blank line between them.
pub fn blocks(parts: impl IntoIterator<Item = SafeMarkdown>) -> SafeMarkdown {
    join("\n\n", parts)
}

/// A list, indented by `depth` levels.
pub fn list(depth: usize, items: impl IntoIterator<Item = SafeMarkdown>) -> SafeMarkdown {
    let indent = "  ".repeat(depth);
    lines(items.into_iter().filter(|i| !i.is_empty()).map(|item| SafeMarkdown(format!("{indent}- {}", item.0))))
}

/// A table; line breaks in cells become spaces.
pub fn table<const N: usize>(
    head: [&'static str; N],
    rows: impl IntoIterator<Item = [SafeMarkdown; N]>,
) -> SafeMarkdown {
    table_of(&head, rows)
}

/// As [`table`], with as many columns as there are heads.
pub fn table_of<R: AsRef<[SafeMarkdown]>>(head: &[&'static str], rows: impl IntoIterator<Item = R>) -> SafeMarkdown {
    let row = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let mut out = vec![row(head.iter().map(|&h| h.to_owned()).collect()), format!("|{}", "---|".repeat(head.len()))];
    out.extend(rows.into_iter().map(|cells| row(cells.as_ref().iter().map(|c| c.0.replace('\n', " ")).collect())));
    SafeMarkdown(out.join("\n"))
}

/// "a", "a and b", "a, b and c".
pub fn and(parts: Vec<SafeMarkdown>) -> SafeMarkdown {
    series(parts, " and ")
}

/// "a", "a or b", "a, b or c".
pub fn or(parts: Vec<SafeMarkdown>) -> SafeMarkdown {
    series(parts, " or ")
}

fn series(mut parts: Vec<SafeMarkdown>, last_join: &'static str) -> SafeMarkdown {
    match (parts.pop(), parts.is_empty()) {
        (None, _) => SafeMarkdown::default(),
        (Some(only), true) => only,
        (Some(last), false) => SafeMarkdown(format!("{}{last_join}{}", join(", ", parts).0, last.0)),
    }
}

impl SafeMarkdown {
    /// The text as it goes to GitHub.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This and then that, without anything between.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        self.0.push_str(&next.0);
        self
    }

    /// Our words with the parts in the gaps; use [`say!`](crate::say), which counts them.
    pub fn fill(words: &'static str, parts: &[&Self]) -> Self {
        let mut out = String::with_capacity(words.len());
        let mut parts = parts.iter();
        let mut pieces = words.split("{}");
        out.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            out.push_str(parts.next().map_or("", |p| p.as_str()));
            out.push_str(piece);
        }
        Self(out)
    }

    /// At most [`MAX_BODY`] characters: cut between blocks, outside code blocks and folds, and says so.
    #[must_use]
    pub fn capped(self) -> Self {
        self.capped_at(MAX_BODY)
    }

    fn capped_at(self, max: usize) -> Self {
        const NOTE: &str = "*Cut here: the rest is longer than GitHub allows.*";
        if self.0.chars().count() <= max {
            return self;
        }
        let room = max.saturating_sub(NOTE.len().saturating_add(2));
        let (mut bytes, mut chars, mut keep, mut folds) = (0_usize, 0_usize, 0_usize, 0_usize);
        let mut fence: Option<usize> = None;
        for line in self.0.split_inclusive('\n') {
            chars = chars.saturating_add(line.chars().count());
            if chars > room {
                break;
            }
            bytes = bytes.saturating_add(line.len());
            let ticks = line.chars().take_while(|c| *c == '`').count();
            match fence {
                Some(opened) if ticks >= opened && line.trim_end().len() == ticks => fence = None,
                Some(_) => {}
                // A code span may begin a line as well; a fence has no backtick after its opening run.
                None if ticks >= 3 && !line.get(ticks..).unwrap_or_default().contains('`') => fence = Some(ticks),
                None => {
                    folds = folds.saturating_add(line.matches("<details>").count());
                    folds = folds.saturating_sub(line.matches("</details>").count());
                }
            }
            if fence.is_none() && folds == 0 && line == "\n" {
                keep = bytes;
            }
        }
        let kept = self.0.get(..keep).unwrap_or_default().trim_end();
        Self(if kept.is_empty() { NOTE.to_owned() } else { format!("{kept}\n\n{NOTE}") })
    }
}

impl From<&'static str> for SafeMarkdown {
    fn from(text: &'static str) -> Self {
        words(text)
    }
}

/// A line of plain text for places where GitHub shows no Markdown (a check's title): visible characters only, cut at `max`.
pub fn plain(text: &str, max: usize) -> String {
    escape::fold(text, max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bodies_are_cut_between_blocks_and_say_so() {
        let block = code_block("one\n\ntwo");
        let last = words("last words, and so many of them that the whole is longer than what is allowed here");
        let long = blocks([words("first"), details("more", None, &words("a\n\nb")), block, last]);
        let cut = |max| long.clone().capped_at(max);
        assert_eq!(cut(1_000), long);
        assert_eq!(cut(60).as_str(), "first\n\n*Cut here: the rest is longer than GitHub allows.*");
        // The fold and the code block are kept whole or not at all.
        let half = cut(130);
        assert!(half.as_str().contains("</details>\n\n*Cut"), "{half:?}");
        assert_eq!(cut(10).as_str(), "*Cut here: the rest is longer than GitHub allows.*");
    }

    #[test]
    fn times_name_the_day_only_when_it_is_another() {
        let at = Timestamp(1_772_028_120_000); // 2026-02-25 14:02 UTC
        let later = |days: i64| Timestamp(at.0 + days * 86_400_000);
        assert_eq!(time(at, later(0)).as_str(), "14:02 UTC");
        assert_eq!(time(at, later(2)).as_str(), "25 Feb, 14:02 UTC");
        assert_eq!(time(at, later(400)).as_str(), "25 Feb 2026, 14:02 UTC");
    }
}
