//! Whether a document is about anything that could go wrong: only then is anything asked. It decides how much is asked, never
//! whether the gate opens.

use std::sync::LazyLock;

use regex::Regex;

use super::view::View;

/// Families of words that come with risk; several of them have to be there, not one word many times.
const FAMILIES: [&str; 15] = [
    r"authenticat\w*|log ?in|sign[- ]in|credentials?|oidc|oauth\w*",
    r"authori[sz]\w*|permissions?|rbac|access control|roles?|privileg\w*|admins?|administrators?|allowed to",
    r"tokens?|api keys?|passwords?|secrets?|private keys?|service accounts?",
    r"sign(?:ed|atures?|ing)|encrypt\w*|certificates?|tls|https|hash(?:ed)?|attestations?|verif(?:y|ies|ied|ication)",
    r"tenants?|tenancy|namespaces?|isolat\w+|cross-\w+|customers?",
    r"endpoints?|apis?|requests?|http|webhooks?|callbacks?|servers?|grpc",
    r"uploads?|downloads?|user input|files?|attachments?|media|urls?|links?",
    r"scripts?|exec\w*|shell|environment variables?|subprocess\w*|child process\w*|templates?|plugins?|containers?|images?|commands?",
    r"personal|profiles?|e-?mails?|privacy|private|sensitive|invoices?|payments?",
    r"malicious\w*|attack\w*|trust\w*|untrusted|secure\w*|security|abuse\w*|vulnerab\w*",
    r"databases?|stores?|stored|buckets?|cach(?:e|es|ed)|queues?|retention|delet(?:ed?|ion)",
    r"rate[- ]limit\w*|quotas?|timeouts?|retr(?:y|ies)|limits?",
    r"registr(?:y|ies)|publish\w*|packages?|artifacts?|pipelines?|ci",
    r"consent\w*|iframes?|origins?|cross-origin|gestures?|wallets?|browsers?|screens?|pixels?|identit(?:y|ies)|impersonat\w*|fingerprint\w*",
    r"controllers?|services?|clients?|clusters?|nodes?|pods?|hosts?|daemons?|workers?",
];

static PATTERNS: LazyLock<Vec<Regex>> =
    LazyLock::new(|| FAMILIES.iter().filter_map(|f| Regex::new(&format!(r"(?i)\b(?:{f})\b")).ok()).collect());

/// Strong families: without one of them nothing is asked.
const STRONG: [usize; 8] = [0, 1, 2, 3, 8, 9, 7, 13];

/// Whether enough of them are there, in statements that say what is going to be built.
pub(crate) fn is_relevant(view: &View) -> bool {
    let mut counts = vec![0_usize; PATTERNS.len()];
    let mut statements = 0_usize;
    for statement in view.statements.iter().filter(|s| s.weight > 0) {
        statements += 1;
        for (count, pattern) in counts.iter_mut().zip(PATTERNS.iter()) {
            *count += usize::from(pattern.is_match(&statement.text));
        }
    }
    let present = counts.iter().filter(|c| **c > 0).count();
    let strong: usize = STRONG.iter().filter_map(|i| counts.get(*i)).sum();
    let total: usize = counts.iter().sum();
    // Texts about names, words and papers mention systems in passing; long texts mention everything once.
    let share = if is_about_words(&view.title) { 70 } else { 25 };
    present >= 4 && (strong >= 2 || (strong == 1 && present >= 6)) && total * 100 >= statements * share
}

fn is_about_words(title: &str) -> bool {
    static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:renam\w*|naming|names?|docs|documentation|style guide|terminology|guidelines?|glossary|typos?)\b").ok()
    });
    super::view::is_match(&WORDS, title)
}
