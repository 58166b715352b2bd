//! Which issue a person names: `#12`, `owner/name#12`, or the web address of an issue on the configured GitHub.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::snapshot::{ActorKind, Comment, Repository};

/// Issues that one look asks GitHub for at most; the newest commands first.
pub const MOST: usize = 10;

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by a test")]
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/([A-Za-z0-9._-]{1,100}))?#([1-9][0-9]{0,9})$")
        .expect("a valid pattern")
});

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by a test")]
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^/([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))/([A-Za-z0-9._-]{1,100})/issues/([1-9][0-9]{0,9})/?(?:[?#].*)?$")
        .expect("a valid pattern")
});

/// The first issue that `text` names, as `owner/name#12` in lower case. `web` is where people see GitHub.
pub fn parse(text: &str, repository: &Repository, web: &str) -> Option<String> {
    text.split_whitespace().find_map(|word| one(word, repository, web))
}

fn one(word: &str, repository: &Repository, web: &str) -> Option<String> {
    let word = word.trim_matches(['(', ')', '<', '>', '[', ']', ',', '.', ';', ':', '!', '"', '\'']);
    if let Some(found) = SHORT.captures(word) {
        let (owner, name) = match (found.get(1), found.get(2)) {
            (Some(owner), Some(name)) => (owner.as_str(), name.as_str()),
            _ => (repository.owner.as_str(), repository.name.as_str()),
        };
        return key(owner, name, found.get(3)?.as_str());
    }
    let found = PATH.captures(after(word, web.trim_end_matches('/'))?)?;
    key(found.get(1)?.as_str(), found.get(2)?.as_str(), found.get(3)?.as_str())
}

/// What follows `web`; hosts and schemes know no case.
fn after<'a>(word: &'a str, web: &str) -> Option<&'a str> {
    let head = word.get(..web.len()).filter(|_| !web.is_empty())?;
    head.eq_ignore_ascii_case(web).then(|| word.get(web.len()..)).flatten()
}

fn key(owner: &str, name: &str, number: &str) -> Option<String> {
    // Names of dots alone would walk through a path.
    (!name.trim_matches('.').is_empty()).then(|| format!("{owner}/{name}#{number}").to_ascii_lowercase())
}

/// Takes a key apart: owner, name, number.
pub fn split(key: &str) -> Option<(&str, &str, u64)> {
    let (repository, number) = key.split_once('#')?;
    let (owner, name) = repository.split_once('/')?;
    Some((owner, name, number.parse().ok()?))
}

/// The issues that `/threadmodel defer …` lines name in these comments, those of the newest comments first, at most [`MOST`].
pub fn deferred_to<'a>(
    comments: impl IntoIterator<Item = &'a Comment>,
    repository: &Repository,
    web: &str,
) -> BTreeSet<String> {
    let mut named: Vec<_> = comments
        .into_iter()
        .filter(|c| c.author.as_ref().is_some_and(|author| author.kind == ActorKind::User))
        .filter_map(|c| Some((c.created_at, parse(argument(c.body.raw())?, repository, web)?)))
        .collect();
    named.sort_by(|a, b| b.cmp(a));
    let mut newest = BTreeSet::new();
    for (_, key) in named {
        if newest.len() < MOST {
            newest.insert(key);
        }
    }
    newest
}

/// What follows `/threadmodel defer` on a comment's first line.
fn argument(body: &str) -> Option<&str> {
    let rest = body.lines().next()?.strip_prefix("/threadmodel")?;
    let rest = rest.starts_with([' ', '\t']).then(|| rest.trim())?;
    let (verb, argument) = rest.split_once(char::is_whitespace)?;
    verb.eq_ignore_ascii_case("defer").then_some(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        Repository {
            id: 1,
            owner: "Acme".to_owned(),
            name: "api".to_owned(),
            public: false,
            default_branch: "main".to_owned(),
        }
    }

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse(text, &repository(), "https://github.com").as_deref(), expected, "{text}");
    }

    #[test]
    fn an_issue_is_named_by_number_by_repository_or_by_address() {
        check("#12", Some("acme/api#12"));
        check("to #12, after the summer", Some("acme/api#12"));
        check("Acme/Platform.io#7", Some("acme/platform.io#7"));
        check("https://github.com/acme/ops/issues/9", Some("acme/ops#9"));
        check("<https://GitHub.com/acme/ops/issues/9#issuecomment-1>.", Some("acme/ops#9"));
    }

    #[test]
    fn what_is_no_issue_names_none() {
        for text in [
            "",
            "12",
            "#",
            "#0",
            "#012",
            "#12345678901",
            "next quarter",
            "a#b",
            "acme/..#1",
            "acme/api/x#1",
            "https://github.com/acme/ops/pull/9",
            "https://github.com/acme/ops/issues/9x",
            "https://github.com/acme/issues/9",
            "https://github.com.evil.example/acme/ops/issues/9",
            "https://evil.example/acme/ops/issues/9",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_key_comes_apart() {
        assert_eq!(split("acme/api#12"), Some(("acme", "api", 12)));
        assert_eq!(split("acme#12"), None);
    }

    #[test]
    fn only_the_first_line_of_a_command_counts() {
        assert_eq!(argument("/threadmodel defer #12\nmore"), Some("#12"));
        assert_eq!(argument("/threadmodel\tDefer  #12"), Some(" #12"));
        for body in [
            "> /threadmodel defer #12",
            "please\n/threadmodel defer #12",
            "/threadmodeldefer #12",
            "/threadmodel drop #12",
        ] {
            assert_eq!(argument(body), None, "{body}");
        }
    }
}
