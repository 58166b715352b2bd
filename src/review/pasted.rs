//! Secrets that somebody pasted into a reply or left in a design document: found by the well-known shapes of tokens, hidden
//! before any analyst reads the text, and told once. What was found is never repeated, only where.

#[path = "pasted_seen.rs"]
mod seen;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use self::seen::Seen;
use super::record::{Pin, Record};
use super::scope::Scope;
use super::snapshot::{ActorKind, Comment, CommitSha, NodeId, Snapshot};
use crate::digest::{Canonical, Digest};

/// Notices on one pull request at most: who pasted a whole file of keys needs no notice for each.
pub const MOST: usize = 10;

/// What stands in the place of a secret.
const MASK: &str = "[secret]";

/// What a secret looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The key of a cloud provider.
    AccessKey,
    /// A token of a service.
    Token,
    /// A private key.
    PrivateKey,
    /// A signed token (JWT).
    SignedToken,
    /// A password, or whatever stands behind `secret:`.
    Password,
}

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    at: Range<usize>,
    kind: Kind,
}

struct Rule {
    kind: Kind,
    /// The first group is the secret; without one, all of it.
    shape: Regex,
    /// A shape that words may have, too: then it must look random.
    loose: bool,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let shapes: &[(Kind, bool, &str)] = &[
        // As lines, or in one string with `\n`.
        (
            Kind::PrivateKey,
            false,
            r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:(?:[ \t>]*\r?\n[ \t>]*(?:[A-Za-z-]+: [^\r\n]*|[A-Za-z0-9+/=]{4,}|))+|(?:\\n[A-Za-z0-9+/=]{4,})+)",
        ),
        (Kind::Token, false, r"\b(?:ghp|gho|ghu|ghr)_[A-Za-z0-9]{36,255}\b"),
        (Kind::Token, false, r"\bghs_[A-Za-z0-9_.-]{36,}"),
        (Kind::Token, false, r"\bgithub_pat_[A-Za-z0-9_]{60,255}\b"),
        (Kind::Token, false, r"\bglpat-[A-Za-z0-9_-]{20,}"),
        (Kind::Token, false, r"\bxox[abeoprs]-(?:[A-Za-z0-9]+-)+[A-Za-z0-9]{10,}"),
        (Kind::Token, false, r"\bhooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}"),
        (Kind::Token, false, r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
        (Kind::Token, false, r"\bnpm_[A-Za-z0-9]{36}\b"),
        (Kind::Token, false, r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
        (Kind::Token, false, r"\bsk-(?:ant|proj)-[A-Za-z0-9_-]{40,}"),
        (Kind::Token, false, r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
        (Kind::AccessKey, false, r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
        (
            Kind::AccessKey,
            false,
            r#"(?i)secret_?access_?key["'`]?\s*[:=]\s*["'`]?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+]|$)"#,
        ),
        (Kind::AccessKey, false, r"\bAIza[A-Za-z0-9_-]{35}\b"),
        (Kind::SignedToken, false, r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
        (
            Kind::Password,
            true,
            r#"(?i)(?:passwords?|passwd|passphrase|secrets?|tokens?|api[_-]?keys?|access[_-]?keys?|credentials?)["'`*]*\s*(?::=|=>|[:=])\s*["'`*]*([A-Za-z0-9+/=_.~!@#%^&-]{12,200})"#,
        ),
    ];
    shapes
        .iter()
        .filter_map(|(kind, loose, shape)| Some(Rule { kind: *kind, shape: Regex::new(shape).ok()?, loose: *loose }))
        .collect()
});

/// Parts of what people write in documentation in the place of a secret.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "xxxx",
    "....",
    "****",
    "your",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "insert",
    "dummy",
    "sample",
    "12345678",
    "abcdefgh",
    "sflkxwrjsmekkf2qt4fwpmejf36pok6yjv_adqssw5c",
];

/// The same behind `secret:` and its like, where no shape tells a token from what somebody made up.
const MADE_UP: &[&str] = &["abc123", "123456", "abcdef", "password", "secret", "token", "test"];

/// The secrets in a text, in the order in which they stand, none within another.
fn find(text: &str) -> Vec<Found> {
    let mut found = find_plain(text, |_| true);
    let seen = Seen::of(text);
    if seen.text != text {
        // A token that is taken apart by marks is whole again once they are not shown. Looser shapes have words in them.
        let whole = find_plain(&seen.text, |rule| !rule.loose && rule.kind != Kind::PrivateKey);
        found.extend(whole.into_iter().map(|f| Found { at: seen.place(&f.at), kind: f.kind }));
    }
    found.sort_by_key(|f| (f.at.start, std::cmp::Reverse(f.at.end)));
    let mut end = 0;
    found.retain(|f| {
        let apart = f.at.start >= end;
        end = end.max(f.at.end);
        apart
    });
    found
}

/// What stands there by the shapes that count.
fn find_plain(text: &str, counts: impl Fn(&Rule) -> bool) -> Vec<Found> {
    RULES
        .iter()
        .filter(|rule| counts(rule))
        .flat_map(|rule| {
            rule.shape.captures_iter(text).filter_map(|captures| {
                let secret = captures.get(1).or_else(|| captures.get(0))?;
                let real = !is_placeholder(secret.as_str())
                    && match rule.kind {
                        Kind::PrivateKey => secret.len() > 100,
                        _ => !rule.loose || looks_random(secret.as_str()),
                    };
                real.then(|| Found { at: secret.range(), kind: rule.kind })
            })
        })
        .collect()
}

fn is_placeholder(secret: &str) -> bool {
    let lower = secret.to_ascii_lowercase();
    let mut run = (0, '\0');
    let mut longest = 0;
    for c in lower.chars() {
        run = if c == run.1 { (run.0 + 1, c) } else { (1, c) };
        longest = longest.max(run.0);
    }
    longest >= 6 || PLACEHOLDERS.iter().any(|part| lower.contains(part))
}

/// Neither words nor a path, a version or an algorithm: letters and digits mixed, and hardly a character twice.
fn looks_random(secret: &str) -> bool {
    let words = secret.split(['-', '_', '.', '/', '=', '+', '@', '#', '&', '!']).all(|part| {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        part.len() <= 8 || (digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit()))
    });
    let digits = secret.bytes().any(|b| b.is_ascii_digit());
    let letters = secret.bytes().any(|b| b.is_ascii_alphabetic());
    let lower = secret.to_ascii_lowercase();
    let made_up = MADE_UP.iter().any(|part| lower.contains(part));
    !words && !made_up && digits && letters && entropy(secret) >= 3.0
}

/// Shannon's entropy, in bits a character.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let all = f64::from(u32::try_from(text.len()).unwrap_or(u32::MAX));
    let parts = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    parts.map(|part| -part * part.log2()).sum()
}

/// The text as an analyst may see it: each secret replaced; every line stays on its line.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for found in find(text) {
        out.push_str(text.get(from..found.at.start).unwrap_or_default());
        out.push_str(MASK);
        let lines = text.get(found.at.clone()).unwrap_or_default().matches('\n').count();
        out.extend(std::iter::repeat_n('\n', lines));
        from = found.at.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// A secret that people were told of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noticed {
    /// For the notice's key, from 1.
    pub ordinal: u32,
    /// Tells it from others: of the place and the secret, from which the secret cannot be read.
    pub id: Digest,
    /// What it looks like.
    pub kind: Kind,
    /// Where it stands.
    pub place: Where,
}

/// Where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum Where {
    /// In a design document.
    Document {
        /// Its path.
        path: String,
        /// 1-based, at that commit.
        line: u32,
        /// The head commit that was read.
        head: CommitSha,
    },
    /// In a comment.
    Comment {
        /// Its node id.
        node: NodeId,
        /// Who wrote it.
        login: String,
    },
}

/// Secrets that nobody was told of yet, to be remembered before they are told.
pub fn unnoticed(snapshot: &Snapshot, scope: &Scope, record: &Record) -> Vec<Pin> {
    let mut known: Vec<Noticed> = record.noticed.clone();
    let mut pins = Vec::new();
    let mut note = |name: &str, secret: &str, kind: Kind, place: Where| {
        let id = Canonical::new("pasted", 1).int(snapshot.pull.id).text(name).text(secret).finish();
        if known.len() >= MOST || known.iter().any(|n| n.id == id) {
            return;
        }
        let ordinal = u32::try_from(known.len()).unwrap_or(u32::MAX).saturating_add(1);
        let noticed = Noticed { ordinal, id, kind, place };
        known.push(noticed.clone());
        pins.push(Pin::Noticed(noticed));
    };
    for document in &scope.documents {
        let Some(text) = document.text.as_deref() else { continue };
        for found in find(text) {
            let before = text.get(..found.at.start).unwrap_or_default().matches('\n').count();
            let line = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
            let place = Where::Document { path: document.path.clone(), line, head: snapshot.pull.head.clone() };
            note(&document.path, text.get(found.at).unwrap_or_default(), found.kind, place);
        }
    }
    for (comment, login) in written_by_people(snapshot) {
        let text = comment.body.raw();
        for found in find(text) {
            let place = Where::Comment { node: comment.node.clone(), login: login.to_owned() };
            note(comment.node.as_str(), text.get(found.at).unwrap_or_default(), found.kind, place);
        }
    }
    pins
}

fn written_by_people(snapshot: &Snapshot) -> impl Iterator<Item = (&Comment, &str)> {
    let in_threads = snapshot.threads.iter().flat_map(|t| &t.comments);
    in_threads.chain(&snapshot.comments).filter_map(|comment| {
        let author = comment.author.as_ref().filter(|a| a.kind == ActorKind::User && comment.marker.is_none())?;
        Some((comment, author.login.as_str()))
    })
}

#[cfg(test)]
#[path = "pasted_tests.rs"]
mod tests;
