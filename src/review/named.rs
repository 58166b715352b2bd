//! Whom a reply names as one who knows: `@login`, `@org/team`, "the payments team", "team payments".

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::marker::PostKind;
use super::snapshot::{ActorKind, Repository, Thread};
use crate::document::{Document, SentenceKind};

/// Names that one look asks GitHub for at most; the newest replies first.
pub const MOST: usize = 10;

/// Words that stand where a team's name would and name none.
const NO_TEAM: &[&str] = &[
    "a",
    "all",
    "an",
    "and",
    "another",
    "any",
    "as",
    "at",
    "best",
    "big",
    "can",
    "did",
    "does",
    "each",
    "entire",
    "every",
    "for",
    "from",
    "had",
    "has",
    "have",
    "her",
    "his",
    "if",
    "in",
    "into",
    "is",
    "its",
    "just",
    "knows",
    "lead",
    "leads",
    "may",
    "meeting",
    "member",
    "members",
    "might",
    "must",
    "my",
    "new",
    "no",
    "of",
    "old",
    "on",
    "one",
    "only",
    "or",
    "other",
    "our",
    "own",
    "relevant",
    "respective",
    "responsible",
    "rest",
    "right",
    "said",
    "same",
    "should",
    "small",
    "some",
    "that",
    "the",
    "their",
    "then",
    "this",
    "to",
    "was",
    "we",
    "were",
    "which",
    "who",
    "whole",
    "will",
    "with",
    "would",
    "wrong",
    "you",
    "your",
];

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by a test")]
static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    // Not within an address of a mail or a path; logins hold single hyphens inside, at most 39 characters.
    Regex::new(r"(?i)(?:^|[^\w@/.`+-])@([a-z0-9](?:-?[a-z0-9]){0,38})(?:/([a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?))?")
        .expect("a valid pattern")
});

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by a test")]
static THE_TEAM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:the|our)\s+((?:[a-z0-9][a-z0-9-]*\s+){1,3}?)team\b").expect("a valid pattern")
});

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by a test")]
static TEAM_NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|\b(?:ask|by|from|or|and|of|to|with)\s+|[.,;:(]\s*)team\s+([a-z0-9][a-z0-9-]*)\b")
        .expect("a valid pattern")
});

/// The keys of everybody whom a text names, in the order of their names: a login, or `org/slug` of a team, in lower case. Code
/// and quoted lines do not count.
pub fn names(text: &str, repository: &Repository) -> Vec<String> {
    let document = Document::parse("reply.md", text);
    let mut found = Vec::new();
    for (n, sentence) in document.sentences().iter().enumerate().filter(|(_, s)| s.kind != SentenceKind::Quote) {
        let said = without_code(&sentence.text, document.code_in(n));
        let mut here: Vec<(usize, String)> = Vec::new();
        for captures in MENTION.captures_iter(&said) {
            let Some(login) = captures.get(1) else { continue };
            here.push((login.start(), key(login.as_str(), captures.get(2).map(|slug| slug.as_str()))));
        }
        for captures in THE_TEAM.captures_iter(&said).chain(TEAM_NAMED.captures_iter(&said)) {
            let Some(words) = captures.get(1) else { continue };
            here.extend(slug(words.as_str()).map(|slug| (words.start(), key(&repository.owner, Some(&slug)))));
        }
        here.sort();
        found.extend(here.into_iter().map(|(_, key)| key));
    }
    let mut seen = BTreeSet::new();
    found.retain(|key| seen.insert(key.clone()));
    found
}

/// The names in replies by people to our questions: those of the newest replies first, at most [`MOST`].
pub fn in_threads(threads: &[Thread], repository: &Repository) -> BTreeSet<String> {
    let ours = threads.iter().filter(|thread| {
        let first = thread.comments.first().and_then(|c| c.marker);
        first.is_some_and(|key| key.kind == PostKind::Question)
    });
    let by_people = |c: &&super::snapshot::Comment| {
        c.marker.is_none() && !c.minimized && c.author.as_ref().is_some_and(|a| a.kind == ActorKind::User)
    };
    let mut replies: Vec<_> = ours.flat_map(|t| t.comments.iter().skip(1)).filter(by_people).collect();
    replies.sort_by_key(|c| std::cmp::Reverse((c.created_at, c.id)));
    let mut newest = BTreeSet::new();
    for name in replies.into_iter().flat_map(|c| names(c.body.raw(), repository)) {
        if newest.len() < MOST {
            newest.insert(name);
        }
    }
    newest
}

fn key(owner: &str, slug: Option<&str>) -> String {
    match slug {
        Some(slug) => format!("{owner}/{slug}").to_ascii_lowercase(),
        None => owner.to_ascii_lowercase(),
    }
}

/// GitHub makes a team's slug from its name: lower case, hyphens between the words.
fn slug(words: &str) -> Option<String> {
    let words: Vec<String> = words.split_whitespace().map(str::to_ascii_lowercase).collect();
    let named = !words.is_empty() && words.iter().all(|word| !NO_TEAM.contains(&word.as_str()));
    named.then(|| words.join("-"))
}

fn without_code(text: &str, code: &[std::ops::Range<usize>]) -> String {
    let kept = text.char_indices().filter(|(at, _)| !code.iter().any(|range| range.contains(at)));
    kept.map(|(_, c)| c).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let repository = Repository {
            id: 1,
            owner: "Acme".to_owned(),
            name: "api".to_owned(),
            public: false,
            default_branch: "main".to_owned(),
        };
        assert_eq!(names(text, &repository), expected, "{text}");
    }

    #[test]
    fn people_and_teams_are_named_by_mention() {
        check("Don't know, ask @Ben-J.", &["ben-j"]);
        check("@acme/Payments or (@cleo)", &["acme/payments", "cleo"]);
        check("@ben, @ben and @BEN", &["ben"]);
    }

    #[test]
    fn teams_are_named_by_words() {
        check("The payments team knows.", &["acme/payments"]);
        check("Ask the Data Platform team, or team core", &["acme/data-platform", "acme/core"]);
        check("our identity team decided that", &["acme/identity"]);
    }

    #[test]
    fn what_names_nobody_names_nobody() {
        for text in [
            "mail ana@example.com",
            "the whole team knows",
            "the team is away; the team knows",
            "our team, the rest of the team",
            "`@ben` wrote it",
            "> ask @ben\n\nNot decided.",
            "```\n@ben\n```",
            "<!-- @ben -->nobody",
            "see docs/@types/node",
            "Team has no idea",
        ] {
            check(text, &[]);
        }
    }
}
