//! Words and their stems, so that two texts can be compared without minding endings and spelling.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// Words that say nothing about what a concern is: English, and what every finding of this trade says.
const EMPTY: &str = "a about above after again against all also although always am among an and another any anybody anyone anything are \
    as at be because been before being below between both but by can cannot case cases could did do does doing done down during each \
    either else even every few for from further gets give given goes had has have having he her here him his how however i if in \
    instead into is it its itself just keep kept least less let like made make makes many may me mean means might more most much must \
    my need needs neither never no nobody nor not nothing now of off often on once one only onto or other others otherwise our out over own \
    part per put rather same say says see she should shown since so some somebody someone something still such sure take than that the their \
    them then there these they thing things this those though through thus to together too toward two under until up upon us use \
    used uses using very via want wants was way we well were what whatever when where whether which while who whoever whom whose \
    why will with within without would yes yet you your \
    attack attacker attackers attacks design document malicious possible risk risks security threat threats vulnerability";

/// Stems of words that mean the same for our purpose: plain words and those of the trade. The first of a line stands for all.
const FAMILIES: &[&[&str]] = &[
    &["impersonate", "spoof", "forge", "forged", "fake", "pretend", "masquerade", "pose"],
    &["alter", "tamper", "modify", "change", "overwrite", "replace", "edit"],
    &["reveal", "leak", "disclose", "expose", "exposure", "exfiltrate", "disclosure"],
    &["exhaust", "flood", "overload", "dos", "ddos", "denial", "exhaustion"],
    &[
        "permission",
        "permit",
        "allow",
        "privilege",
        "authorise",
        "authorize",
        "authorisation",
        "authorization",
        "rbac",
        "right",
    ],
    &["login", "authenticate", "authentication", "identity", "identify", "verify", "verification", "prove"],
    &["erase", "delete", "remove", "deletion", "removal"],
    &["repeat", "replay", "reuse", "twice"],
    &["execute", "run", "execution", "inject", "injection"],
    &["log", "audit", "record", "trace"],
    &["limit", "quota", "cap", "bound", "rate"],
    &["expire", "expiry", "lifetime", "expiration", "ttl"],
    &["revoke", "revocation", "withdraw", "invalidate"],
    &["credential", "secret", "password"],
];

/// Makes stems; made once for many texts.
pub(super) struct Stems {
    stemmer: Stemmer,
    empty: BTreeSet<&'static str>,
    families: Vec<(String, &'static str)>,
}

impl Stems {
    pub(super) fn new() -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let families = FAMILIES
            .iter()
            .flat_map(|family| {
                family.iter().map(|word| (stem(&stemmer, word), family.first().copied().unwrap_or_default()))
            })
            .collect();
        Self { stemmer, empty: EMPTY.split_whitespace().collect(), families }
    }

    /// The stems of a text's content words, in order, doubles kept.
    pub(super) fn of(&self, text: &str) -> Vec<String> {
        text.unicode_words()
            .flat_map(|word| word.split(['\'', '\u{2019}', '_', '.', ':']))
            .map(str::to_lowercase)
            .filter(|word| word.chars().count() >= 3 && !self.empty.contains(word.as_str()))
            .filter(|word| word.chars().any(char::is_alphabetic))
            .map(|word| self.one(&word))
            .collect()
    }

    /// The set of them.
    pub(super) fn set(&self, text: &str) -> BTreeSet<String> {
        self.of(text).into_iter().collect()
    }

    fn one(&self, word: &str) -> String {
        let stem = stem(&self.stemmer, word);
        self.families.iter().find(|(of, _)| *of == stem).map_or(stem, |(_, family)| (*family).to_owned())
    }
}

fn stem(stemmer: &Stemmer, word: &str) -> String {
    // One spelling for both sides of the ocean.
    let word = word.replace("isation", "ization").replace("ise", "ize").replace("our", "or");
    stemmer.stem(&word).into_owned()
}

/// What of a text is its own words, and what it quotes: between double quotation marks, or set as code.
pub(super) fn own_and_quoted(text: &str) -> (String, Vec<String>) {
    let mut own = String::new();
    let mut quoted = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\u{201C}', '`']) {
        let (before, from) = rest.split_at(at);
        let open = from.chars().next().unwrap_or('"');
        let close = if open == '\u{201C}' { '\u{201D}' } else { open };
        let inside = from.strip_prefix(open).unwrap_or_default();
        let Some((inside, after)) = inside.split_once(close) else { break };
        own.push_str(before);
        own.push_str(" \u{0} ");
        quoted.push(inside.to_owned());
        rest = after;
    }
    own.push_str(rest);
    (own, quoted)
}

/// How alike two sets are: shared over all; two empty ones are the same.
#[expect(clippy::cast_precision_loss, reason = "sets of words are small")]
pub(super) fn jaccard<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> f64 {
    let all = a.union(b).count();
    if all == 0 { 1.0 } else { a.intersection(b).count() as f64 / all as f64 }
}

/// One line without doubled white space.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Stems, own_and_quoted};

    #[test]
    fn endings_spelling_and_the_words_of_the_trade_do_not_count() {
        let stems = Stems::new();
        assert_eq!(stems.set("Authorisation of exported tokens"), stems.set("exporting a token is authorized"));
        assert_eq!(stems.set("spoofed"), stems.set("somebody could pretend"));
        assert!(stems.set("What could an attacker do with this?").is_empty());
    }

    #[test]
    fn quoted_words_are_told_from_own_ones() {
        let (own, quoted) = own_and_quoted("Who can read \"the bucket\" and `/dump` of it?");
        assert_eq!(quoted, ["the bucket", "/dump"]);
        assert_eq!(own.replace('\u{0}', "…"), "Who can read  …  and  …  of it?");
        assert_eq!(own_and_quoted("a 5\" disk").1, Vec::<String>::new());
    }
}
