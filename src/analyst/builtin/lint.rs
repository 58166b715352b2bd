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

/// Whether a question reads easily: a Flesch-Kincaid grade of at most nine, the document's quoted words left aside.
/// 0.39 × words per sentence + 11.8 × syllables per word − 15.59, here times a hundred and for one sentence.
pub(crate) fn is_easy(text: &str) -> bool {
    let own: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let count = words(&own).count();
    let syllables: usize = words(&own).map(syllables).sum();
    39 * count * count + 1180 * syllables <= (HIGHEST_GRADE + 1559) * count
}

/// The highest grade, times a hundred; counts of syllables differ a little, so it stays below nine.
const HIGHEST_GRADE: usize = 860;

/// Groups of vowels, without a silent `e`.
fn syllables(word: &str) -> usize {
    let lower = word.to_lowercase();
    let groups = lower.split(|c: char| !"aeiouy".contains(c)).filter(|group| !group.is_empty()).count();
    let silent = lower.ends_with('e') && !lower.ends_with("le") && !lower.ends_with("ee");
    groups.saturating_sub(usize::from(silent)).max(1)
}

/// A question that can be read and answered in two minutes has at most so many words.
pub(crate) const MAX_WORDS: usize = 60;

#[cfg(test)]
mod tests {
    use super::{is_easy, plain, question};

    #[test]
    fn a_plain_question_passes() {
        assert_eq!(question("Who can read the exports bucket?"), None);
    }

    #[test]
    fn long_words_read_hard_and_quoted_ones_do_not_count() {
        assert!(is_easy("Who can read the exports bucket?"));
        assert!(is_easy("About \"administrative interoperability considerations\": who can read it?"));
        assert!(!is_easy("Which organisational responsibilities accompany administrative authorisation?"));
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
