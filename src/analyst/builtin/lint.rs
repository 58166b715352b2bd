//! What a question may not say: the hard rules of a good question that can be checked on its words alone.

use std::sync::LazyLock;

use regex::Regex;

/// Words of the trade that a developer should not need. Matched as whole words, lower case.
const JARGON: [&str; 46] = [
    "spoof",
    "spoofing",
    "tampering",
    "repudiation",
    "elevation",
    "escalation",
    "escalate",
    "stride",
    "ttp",
    "ttps",
    "cia",
    "exfiltrate",
    "exfiltration",
    "adversary",
    "adversaries",
    "attacker",
    "attackers",
    "attack",
    "attacks",
    "exploit",
    "exploitable",
    "vulnerability",
    "vulnerabilities",
    "malicious",
    "ssrf",
    "xss",
    "csrf",
    "dos",
    "ddos",
    "mitm",
    "rce",
    "idor",
    "sanitize",
    "sanitise",
    "hardening",
    "posture",
    "mitigate",
    "mitigation",
    "mitigations",
    "threat",
    "threats",
    "cve",
    "confidentiality",
    "integrity",
    "non-repudiation",
    "pii",
];

/// Phrases of the trade, blame, and advice dressed up as a question.
const PHRASES: [&str; 22] = [
    "threat actor",
    "attack surface",
    "least privilege",
    "trust boundary",
    "blast radius",
    "defense in depth",
    "defence in depth",
    "zero trust",
    "kill chain",
    "replay attack",
    "lateral movement",
    "why didn't",
    "why did you not",
    "you should",
    "you must",
    "you need to",
    "have you considered",
    "did you consider",
    "did you think",
    "wouldn't it be",
    "shouldn't",
    "list all",
];

static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}'-]+").ok());

fn words(text: &str) -> impl Iterator<Item = &str> {
    WORDS.as_ref().into_iter().flat_map(move |r| r.find_iter(text).map(|m| m.as_str()))
}

/// Says what is not plain in a text, if anything.
pub(crate) fn plain(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if let Some(word) = words(&lower).find(|w| JARGON.contains(w)) {
        return Some(format!("`{word}` is a word of the trade"));
    }
    PHRASES.iter().find(|p| lower.contains(*p)).map(|p| format!("`{p}` does not belong in a question"))
}

/// Says what is wrong with a question, if anything. What stands in quotation marks are the document's own words.
pub(crate) fn question(text: &str) -> Option<String> {
    if words(text).count() > MAX_WORDS {
        return Some(format!("more than {MAX_WORDS} words"));
    }
    let own: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let text = own.as_str();
    if let Some(problem) = plain(text) {
        return Some(problem);
    }
    if text.matches('?').count() != 1 || !text.trim_end().ends_with('?') {
        return Some("a question ends with its only question mark".to_owned());
    }
    if text.contains(" and/or ") {
        return Some("asks two things".to_owned());
    }
    words(&text.to_lowercase()).any(|w| w == "all").then(|| "asks for all of something".to_owned())
}

/// A question that can be read and answered in two minutes has at most so many words.
pub(crate) const MAX_WORDS: usize = 60;

#[cfg(test)]
mod tests {
    use super::{plain, question};

    #[test]
    fn a_plain_question_passes() {
        assert_eq!(question("Who can read the exports bucket?"), None);
    }

    #[test]
    fn trade_words_blame_and_disguised_advice_do_not() {
        for bad in [
            "Which threat actor can reach it?",
            "Could an attacker read it?",
            "Why didn't the design name an owner?",
            "Have you considered adding a limit?",
            "Who reads it? Who writes it?",
            "Can you list all readers?",
            "What are all the readers?",
            "Who can read it",
        ] {
            assert!(question(bad).is_some(), "{bad}");
        }
        assert!(plain("Somebody may exfiltrate it.").is_some());
        assert_eq!(plain("An attached file."), None);
    }
}
