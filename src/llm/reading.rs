//! What of long documents a model reads whole and what only in outline.
//!
//! Documents are cut by their sections. When all of them do not fit into what may be sent, sections are read whole in order of
//! how much they say about the matter (words of security, of the question, changed lines); of the rest the heading and the first
//! sentence stay, and the model is told so.

use super::sources::{Line, Piece};

/// About how many tokens a text has: a count from above for prose and code in Latin script, without a tokenizer of each model.
pub fn tokens(text: &str) -> u64 {
    let (ascii, other) =
        text.chars().fold((0_u64, 0_u64), |(a, o), c| if c.is_ascii() { (a + 1, o) } else { (a, o + 1) });
    // Prose has about four letters a token, code and tables three; other scripts up to one and a half tokens a character.
    ascii.div_ceil(3).saturating_add(other.saturating_mul(3).div_ceil(2))
}

/// A piece as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The lines, numbered.
    pub text: String,
    /// Headings of sections that are sent in outline only.
    pub outlined: Vec<String>,
}

/// The lines of a piece from a heading to the next.
struct Part<'p> {
    lines: &'p [Line],
    tokens: u64,
    worth: u64,
}

/// Words that show where security is talked about; general ones, no names.
const TELLING: [&str; 38] = [
    "secur",
    "auth",
    "token",
    "secret",
    "credential",
    "password",
    "key",
    "permission",
    "access",
    "admin",
    "role",
    "user",
    "privacy",
    "personal",
    "encrypt",
    "sign",
    "trust",
    "attack",
    "threat",
    "risk",
    "abuse",
    "limit",
    "valid",
    "sanit",
    "inject",
    "tenant",
    "isolat",
    "sandbox",
    "audit",
    "log",
    "delete",
    "retention",
    "public",
    "anonymous",
    "webhook",
    "upload",
    "execut",
    "default",
];

/// Cuts pieces so that together they have at most about `room` tokens. `about`: words that the task asks for; lines in `changed`
/// (per piece) count more.
pub fn fit(pieces: &[&Piece], room: u64, about: &str) -> Vec<Read> {
    let whole: u64 = pieces.iter().map(|p| p.lines.iter().map(|l| tokens(&l.text) + 2).sum::<u64>()).sum();
    if whole <= room {
        return pieces.iter().map(|p| Read { text: numbered(&p.lines), outlined: Vec::new() }).collect();
    }
    let about: Vec<String> = words(about);
    let parts: Vec<Vec<Part>> = pieces.iter().map(|p| cut(&p.lines, &about)).collect();
    let outline: u64 = parts.iter().flatten().map(|p| tokens(&outlined(p))).sum();
    let mut left = room.saturating_sub(outline);
    let mut order: Vec<(usize, usize)> =
        parts.iter().enumerate().flat_map(|(i, of)| (0..of.len()).map(move |j| (i, j))).collect();
    let part = |(i, j): (usize, usize)| parts.get(i).and_then(|of| of.get(j));
    order.sort_by_key(|at| {
        (std::cmp::Reverse(part(*at).map_or(0, |p| p.worth.saturating_mul(1000) / p.tokens.max(1))), *at)
    });
    let mut kept: Vec<(usize, usize)> = Vec::new();
    for at in order {
        let Some(p) = part(at) else { continue };
        if p.tokens <= left {
            left -= p.tokens;
            kept.push(at);
        }
    }
    let mut out = Vec::with_capacity(parts.len());
    for (i, of) in parts.iter().enumerate() {
        let mut read = Read { text: String::new(), outlined: Vec::new() };
        for (j, p) in of.iter().enumerate() {
            if kept.contains(&(i, j)) {
                read.text.push_str(&numbered(p.lines));
            } else {
                read.text.push_str(&outlined(p));
                if let Some(first) = p.lines.first() {
                    read.outlined.push(first.text.chars().take(80).collect());
                }
            }
        }
        // A text without headings, or an outline that is too long by itself, is cut at the end.
        while tokens(&read.text) > room && !read.text.is_empty() {
            let keep = read.text.len() * 3 / 4;
            let keep = (0..=keep).rev().find(|at| read.text.is_char_boundary(*at)).unwrap_or(0);
            read.text.truncate(keep);
        }
        out.push(read);
    }
    out
}

fn cut<'p>(lines: &'p [Line], about: &[String]) -> Vec<Part<'p>> {
    let mut starts: Vec<usize> =
        lines.iter().enumerate().filter(|(n, l)| l.heading || *n == 0 || n % 80 == 0).map(|(n, _)| n).collect();
    starts.push(lines.len());
    starts
        .windows(2)
        .filter_map(|w| match w {
            [from, to] => lines.get(*from..*to),
            _ => None,
        })
        .filter(|lines| !lines.is_empty())
        .map(|lines| {
            let text = lines.iter().map(|l| l.text.to_lowercase()).collect::<Vec<_>>().join(" ");
            let told = TELLING.iter().filter(|w| text.contains(*w)).count() as u64;
            let asked = about.iter().filter(|w| text.contains(w.as_str())).count() as u64;
            let tokens = lines.iter().map(|l| tokens(&l.text) + 2).sum::<u64>();
            // What is said in few words is worth as much as what is said in many: the root keeps short sections from winning.
            Part { lines, tokens, worth: (1 + told + 3 * asked).saturating_mul(tokens.isqrt().max(1)) }
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let mut all: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() > 4).map(str::to_lowercase).collect();
    all.sort();
    all.dedup();
    all
}

fn outlined(part: &Part<'_>) -> String {
    let mut shown: Vec<Line> = Vec::new();
    for line in part.lines.iter().take(2) {
        let mut line = line.clone();
        if line.text.chars().count() > 160 {
            line.text = line.text.chars().take(160).collect::<String>() + " …";
        }
        let heading = line.heading;
        shown.push(line);
        if !heading {
            break;
        }
    }
    let rest = part.lines.len().saturating_sub(shown.len());
    let mut text = numbered(&shown);
    if rest > 0 {
        text.push_str("[… only the beginning of this section was sent]\n");
    }
    text
}

fn numbered(lines: &[Line]) -> String {
    let mut out = String::new();
    for line in lines {
        out.push_str(line.mark.sign());
        if line.number > 0 {
            out.push_str(&line.number.to_string());
            out.push_str(": ");
        }
        if line.heading {
            out.push_str("# ");
        }
        out.push_str(&line.text);
        out.push('\n');
    }
    out
}
