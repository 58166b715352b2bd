//! Whether a question is plain: words of the trade, blame, advice in disguise, and the grade of school that reading it takes.
//! Written from the rules, not from the analyst's own checks: a judge that shares its rules finds nothing.

use unicode_segmentation::UnicodeSegmentation as _;

/// Beginnings of words that a developer should not need to know. The document's own words are not judged.
const JARGON: &[&str] = &[
    "spoof",
    "repudiat",
    "nonrepudiat",
    "tamper",
    "exfiltrat",
    "adversar",
    "exploit",
    "vulnerabilit",
    "mitigat",
    "impersonat",
    "attacker",
    "attack",
    "threat",
    "malicious",
    "sanitis",
    "sanitiz",
    "ssrf",
    "xss",
    "csrf",
    "ddos",
    "mitm",
    "rce",
    "idor",
    "toctou",
    "ttp",
    "ttps",
    "stride",
    "linddun",
    "cve",
    "cwe",
    "pii",
    "pivot",
    "hardening",
    "posture",
    "authn",
    "authz",
    "iam",
];

/// Phrases of the trade.
const JARGON_PHRASES: &[&str] = &[
    "threat actor",
    "attack surface",
    "least privilege",
    "trust boundary",
    "blast radius",
    "defense in depth",
    "defence in depth",
    "zero trust",
    "kill chain",
    "lateral movement",
    "elevation of privilege",
    "privilege escalation",
    "escalate privilege",
    "denial of service",
    "information disclosure",
    "confused deputy",
    "side channel",
    "man in the middle",
    "supply chain attack",
    "cia triad",
    "attack vector",
];

const BLAME: &[&str] = &[
    "why didn't",
    "why did you not",
    "why don't you",
    "why haven't",
    "why do you not",
    "you should",
    "you must",
    "you need to",
    "you have to",
    "you forgot",
    "you failed",
    "you neglect",
    "should have",
    "fails to",
    "forgot to",
    "overlooked",
    "careless",
    "obviously",
    "wrongly",
];

const ADVICE: &[&str] = &[
    "have you considered",
    "did you consider",
    "have you thought",
    "did you think",
    "wouldn't it be",
    "would it not be",
    "shouldn't",
    "isn't it better",
    "would it be better",
    "why not ",
    "how about",
    "what about adding",
    "what about using",
    "could you add",
    "could you use",
    "can you add",
    "can you use",
    "would you add",
    "consider adding",
    "consider using",
    "is it worth adding",
    "should we add",
    "should we use",
    "please add",
    "we recommend",
    "it would be safer",
    "it is recommended",
    "should be encrypted",
    "should be limited",
    "should be signed",
];

/// The highest grade that is still plain.
pub(super) const HIGHEST_GRADE: f64 = 9.0;

/// The first word or phrase of the trade, if any.
pub(super) fn jargon(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase().replace('-', " ");
    let word = |word: &str| JARGON.iter().find(|beginning| is_of_the_trade(word, beginning)).copied();
    phrase(&lower, JARGON_PHRASES).or_else(|| lower.unicode_words().find_map(word))
}

/// Short names must be the whole word: `rce` is not in `rces…`.
fn is_of_the_trade(word: &str, beginning: &str) -> bool {
    if beginning.len() <= 5 {
        word == beginning || (beginning == "spoof" && word.starts_with(beginning))
    } else {
        word.starts_with(beginning)
    }
}

/// Words that blame.
pub(super) fn blame(text: &str) -> Option<&'static str> {
    phrase(&text.to_lowercase().replace('\u{2019}', "'"), BLAME)
}

/// Words that advise.
pub(super) fn advice(text: &str) -> Option<&'static str> {
    phrase(&text.to_lowercase().replace('\u{2019}', "'"), ADVICE)
}

fn phrase(lower: &str, phrases: &[&'static str]) -> Option<&'static str> {
    let begins_word = |at: usize| !lower[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    phrases.iter().find(|p| lower.match_indices(**p).any(|(at, _)| begins_word(at))).copied()
}

/// The Flesch-Kincaid grade of a text.
#[expect(clippy::cast_precision_loss, reason = "a question has few words")]
pub(super) fn grade(text: &str) -> f64 {
    let words: Vec<&str> = text.unicode_words().collect();
    let sentences = text.unicode_sentences().filter(|s| s.unicode_words().next().is_some()).count();
    if words.is_empty() || sentences == 0 {
        return 0.0;
    }
    let syllables: usize = words.iter().map(|word| syllables(word)).sum();
    let words = words.len() as f64;
    0.39 * words / sentences as f64 + 11.8 * syllables as f64 / words - 15.59
}

/// Syllables of an English word: groups of vowels, without a silent `e`. A number counts as one.
fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut groups = 0;
    let mut in_group = false;
    for c in word.chars() {
        if vowel(c) && !in_group {
            groups += 1;
        }
        in_group = vowel(c);
    }
    let silent = (word.ends_with('e') && !word.ends_with("le") && !word.ends_with("ee"))
        || (word.ends_with("ed") && !word.ends_with("ted") && !word.ends_with("ded"))
        || (word.ends_with("es")
            && !["ses", "zes", "ces", "ges", "xes", "shes", "ches"].iter().any(|e| word.ends_with(e)));
    if silent && groups > 1 { groups - 1 } else { groups.max(1) }
}

#[cfg(test)]
mod tests {
    use super::{advice, blame, grade, jargon, syllables};

    #[test]
    fn words_of_the_trade_are_found_and_others_are_not() {
        assert_eq!(jargon("Could somebody spoof the sender?"), Some("spoof"));
        assert_eq!(jargon("Is least-privilege applied?"), Some("least privilege"));
        assert_eq!(jargon("Which IAM role?"), Some("iam"));
        assert_eq!(jargon("What is attached to the source, and who can read it?"), None);
    }

    #[test]
    fn blame_and_advice_are_found_and_plain_questions_are_not() {
        assert_eq!(blame("Why didn\u{2019}t this name an owner?"), Some("why didn't"));
        assert_eq!(advice("Have you considered a limit?"), Some("have you considered"));
        assert_eq!(blame("Who answers when it fails?"), None);
        assert_eq!(advice("Who may delete a file?"), None);
    }

    #[test]
    fn syllables_are_counted_as_one_says_them() {
        for (word, n) in [
            ("who", 1),
            ("service", 2),
            ("deleted", 3),
            ("token", 2),
            ("like", 1),
            ("table", 2),
            ("queue", 1),
            ("42", 1),
        ] {
            assert_eq!(syllables(word), n, "{word}");
        }
    }

    #[test]
    fn long_words_and_sentences_take_a_higher_grade() {
        assert!(grade("Who can read the file?") < 3.0);
        assert!(
            grade("Which organisational authentication considerations necessitate administrative intervention?") > 15.0
        );
    }
}
