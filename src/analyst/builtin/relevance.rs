//! Whether a document is about anything that could go wrong: only then is anything asked. It decides how much is asked, never
//! whether the gate opens.

use std::sync::LazyLock;

use regex::Regex;
use regex_automata::meta;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{Input, MatchKind, PatternSet};

use super::pattern::parse;
use super::view::View;

/// Families of words that come with risk; several of them have to be there, not one word many times.
const FAMILIES: [&str; 16] = [
    r"(?:un)?authenticat\w*|log(?:s|ged)?[- ]?in|sign(?:s|ed)?[- ]in|accounts?|credentials?|oidc|oauth\w*",
    r"(?:un)?authori[sz]\w*|permissions?|membership|rbac|access control|roles?|privileg\w*|admins?|administrators?|owners?|ownership|allowed to",
    r"tokens?|(?:api|ssh) keys?|passwords?|secrets?|private keys?|service accounts?",
    r"sign(?:ed|atures?|ing)|encrypt\w*|certificates?|tls|https|hash(?:ed)?|attestations?|verif(?:y|ies|ied|ication)",
    r"tenants?|tenancy|namespaces?|isolat\w+|cross-\w+|customers?",
    r"endpoints?|apis?|requests?|http|webhooks?|callbacks?|servers?|grpc",
    r"uploads?|downloads?|user input|files?|attachments?|media|urls?|links?",
    r"scripts?|exec\w*|shell|environment variables?|subprocess\w*|child process\w*|templates?|plugins?|containers?|images?|commands?",
    r"personal|profiles?|e-?mails?|addresses|names? and address|phone numbers?|privacy|private|sensitive|invoices?|payments?|payouts?|refunds?|patients?|salar(?:y|ies)|applicants?|candidates?|cvs|children|pupils|gift cards?|vouchers?|coupons?|discounts?|checkout|sms|push notifications?|postcodes?|gps",
    r"malicious\w*|attack\w*|trust\w*|untrusted|secure\w*|security|abuse\w*|vulnerab\w*",
    r"databases?|stores?|stored|buckets?|cach(?:e|es|ed)|queues?|retention|delet(?:ed?|ion)",
    r"rate[- ]limit\w*|quotas?|timeouts?|retr(?:y|ies)|limits?",
    r"registr(?:y|ies)|publish\w*|packages?|artifacts?|pipelines?|ci",
    r"consent\w*|iframes?|origins?|cross-origin|gestures?|wallets?|browsers?|screens?|pixels?|identit(?:y|ies)|impersonat\w*|fingerprint\w*",
    r"controllers?|services?|clients?|clusters?|nodes?|pods?|hosts?|daemons?|workers?|devices?|sensors?|firmware|mqtt|bluetooth|networks?|vpn|production|staging|mobile|phones?",
    r"llms?|language models?|openai|anthropic|claude|gemini|chat ?bots?|prompts?|copilots?|gpt\S*|embeddings?|rag",
];

/// All families in one automaton, which says of a text which ones are in it.
static PATTERNS: LazyLock<Option<meta::Regex>> = LazyLock::new(|| {
    let patterns: Option<Vec<_>> = FAMILIES.iter().map(|f| parse(&format!(r"\b(?:{f})\b"))).collect();
    let config = meta::Config::new().match_kind(MatchKind::All).which_captures(WhichCaptures::None);
    meta::Builder::new().configure(config.auto_prefilter(false).onepass(false)).build_many_from_hir(&patterns?).ok()
});

/// Strong families: without one of them nothing is asked.
const STRONG: [usize; 9] = [0, 1, 2, 3, 8, 9, 7, 13, 15];

/// Whether enough of them are there, in statements that say what is going to be built.
pub(crate) fn is_relevant(view: &View) -> bool {
    *view.relevant.get_or_init(|| has_enough(view))
}

fn has_enough(view: &View) -> bool {
    let statements = || view.statements.iter().filter(|s| s.weight > 0);
    // Texts about names, words and papers mention systems in passing; long texts mention everything once.
    let share = if is_about_words(&view.title) { 70 } else { 25 };
    let all = statements().count();
    let least = (all * share).div_ceil(100);
    let Some(patterns) = PATTERNS.as_ref() else { return false };
    let mut counts = [0_usize; FAMILIES.len()];
    let mut found = PatternSet::new(FAMILIES.len());
    // Counts only grow: the first statements of a long document are often enough.
    statements().any(|statement| {
        found.clear();
        patterns.which_overlapping_matches(&Input::new(&statement.text), &mut found);
        for family in found.iter() {
            if let Some(count) = counts.get_mut(family.as_usize()) {
                *count += 1;
            }
        }
        is_enough(&counts, least, all)
    })
}

/// So few statements cannot speak of much, and each of them counts.
const SHORT: usize = 12;

fn is_enough(counts: &[usize], least: usize, statements: usize) -> bool {
    let present = counts.iter().filter(|c| **c > 0).count();
    let strong: usize = STRONG.iter().filter_map(|i| counts.get(*i)).sum();
    let total: usize = counts.iter().sum();
    let varied = if statements <= SHORT {
        present >= 2 && strong >= 1 || present >= 3
    } else {
        present >= 4 && (strong >= 2 || (strong == 1 && present >= 6))
    };
    varied && total >= least
}

fn is_about_words(title: &str) -> bool {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:renam\w*|naming|names?|docs|documentation|style guide|terminology|guidelines?|glossary|typos?)\b").ok()
    });
    // The gap of a template that was never filled in says nothing.
    !title.contains("{{") && super::view::is_match(&WORDS, title)
}

#[cfg(test)]
mod tests {
    use super::{View, is_about_words, is_relevant};
    use crate::analyst::DocumentText;

    fn relevant(text: &str) -> bool {
        is_relevant(&View::read(&DocumentText { path: "a.md".to_owned(), text: text.to_owned(), before: None }))
    }

    #[test]
    fn a_short_text_needs_to_speak_of_little_to_be_relevant() {
        assert!(relevant(
            "# One database\n\nAll tenants move into one database. The API reads the tenant from a header.\n"
        ));
        assert!(relevant("# Support\n\nAn agent can log in as a customer. The session lasts eight hours.\n"));
        assert!(!relevant(
            "# Faster builds\n\nThe build compiles two files at once. The order of steps stays as it was.\n"
        ));
        assert!(!relevant(
            "# Rename billing\n\nThe module `billing` becomes `invoicing`. A script changes the imports.\n"
        ));
    }

    #[test]
    fn a_title_of_names_is_about_words_and_an_unfilled_one_is_not() {
        assert!(is_about_words("Renaming the export names"));
        assert!(!is_about_words("{{ rfc.name }} - {{ rfc.title }}"));
    }
}
