//! Kinds of data that a document names, in its own words: about people, secret, or the organisation's own.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::view::{View, is_match};
use crate::document::SentenceKind;
use crate::threat_model::{DataClass, DataItem, Handling};

/// More are no overview.
const MOST: usize = 16;

static KINDS: LazyLock<Vec<(DataClass, Regex)>> = LazyLock::new(|| {
    [
        (
            DataClass::Personal,
            r"(?i)\b(?:e-?mail address(?:es)?|(?:tele|mobile )?phone numbers?|(?:postal|home|delivery|shipping|billing|ip) address(?:es)?|(?:full|first|last|real|display) names?|names?(?:,| and| or) (?:\w+ )?address(?:es)?|(?:customer|user|person|people|member|patient|employee|owner)(?:'s|s'|’s|s’) (?:names?|address(?:es)?|age|location)|user ?names?|birth ?dates?|dates? of birth|passports?|(?:credit |bank |payment )?card (?:numbers?|data|details)|bank (?:accounts?|details)|payment (?:data|details|methods?)|(?:health|medical|patient) (?:data|records?|information)|location (?:data|history)|geolocations?|personal(?:ly identifiable)? (?:data|information|details)|pii|(?:customer|employee|member|subscriber|user|contact) (?:data|details|information|records?|profiles?)|profile (?:data|pictures?|photos?)|private messages?|chat histor(?:y|ies)|(?:search|browsing|purchase|order) history|salar(?:y|ies)|social security numbers?|fingerprints of (?:users|people))\b",
        ),
        (
            DataClass::Secret,
            r"(?i)\b(?:(?:api|access|refresh|session|bearer|auth|signing|id|registry|service account|csrf|deploy) tokens?|api keys?|(?:private|signing|secret|encryption|ssh|host) keys?|passwords?|passphrases?|credentials|(?:client|webhook|shared) secrets?|session cookies?|kubeconfigs?)\b",
        ),
        (
            DataClass::Internal,
            r"(?i)\b(?:audit (?:logs?|records?|events?)|access logs?|log (?:files?|messages?|entries)|backups?|source code|build artifacts?|invoices?|receipts?|uploaded files?|attachments?|crash reports?|metrics)\b",
        ),
    ]
    .into_iter()
    .filter_map(|(class, pattern)| Regex::new(pattern).ok().map(|r| (class, r)))
    .collect()
});

/// Words before a kind of data that say it is not there.
static ABSENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:no|not|never|without|nor|neither|\w+n't|instead of|rather than)\b[^.;:]{0,60}$").ok()
});

static STORED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:stor(?:e|es|ed|ing)|sav(?:e|es|ed|ing)|ke(?:ep|eps|pt)|persist\w*|written|writes?|cached?|caches|retain\w*|recorded|database|bucket)\b").ok()
});

static SENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:sen[dt]s?|sending|pass(?:es|ed)?|mail(?:s|ed)|forward\w*|return(?:s|ed)?|export\w*|upload(?:s|ed)?|shar(?:e|es|ed)|publish\w*|post(?:s|ed)|transmit\w*|deliver\w*)\b").ok()
});

/// Reads the kinds of data, each where it is first named in the design.
pub(crate) fn read(views: &[View]) -> Vec<DataItem> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for view in views {
        let design = view.statements.iter().filter(|s| s.weight > 0 && s.kind != SentenceKind::Heading);
        for statement in design {
            for (class, pattern) in KINDS.iter() {
                for named in pattern.find_iter(&statement.text) {
                    let before = statement.text.get(..named.start()).unwrap_or_default();
                    if is_match(&ABSENT, before) || !seen.insert(singular(named.as_str())) {
                        continue;
                    }
                    found.push(DataItem {
                        name: named.as_str().to_owned(),
                        class: *class,
                        handling: handling(&statement.text),
                        evidence: view.anchor(statement, named.start()),
                    });
                }
            }
        }
    }
    found.sort_by_key(|item| !item.class.is_sensitive());
    found.truncate(MOST);
    found
}

fn handling(sentence: &str) -> Handling {
    if is_match(&STORED, sentence) {
        Handling::Stored
    } else if is_match(&SENT, sentence) {
        Handling::Sent
    } else {
        Handling::Used
    }
}

/// "E-mail addresses" and "email address" are one kind.
fn singular(name: &str) -> String {
    let name = name.to_lowercase().replace("e-mail", "email");
    let name = name.strip_suffix("es").filter(|n| n.ends_with("ss")).unwrap_or(&name);
    name.strip_suffix('s').filter(|n| !n.ends_with('s')).unwrap_or(name).to_owned()
}
