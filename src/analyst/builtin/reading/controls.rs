//! What the design already does to protect itself, and what it leaves out: found by phrases, with the clause looked at for a "not".

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

/// A kind of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Control {
    EncryptionAtRest,
    EncryptionInTransit,
    Authentication,
    Authorization,
    RateLimit,
    Verification,
    InputValidation,
    Audit,
    Expiry,
    Isolation,
    Revocation,
    Allowlist,
}

impl Control {
    /// In a reader's words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::EncryptionAtRest => "encryption at rest",
            Self::EncryptionInTransit => "encrypted connections",
            Self::Authentication => "sign-in",
            Self::Authorization => "a check of permissions",
            Self::RateLimit => "limits on how often",
            Self::Verification => "verification of signatures or digests",
            Self::InputValidation => "checks of input",
            Self::Audit => "a record of actions",
            Self::Expiry => "expiry",
            Self::Isolation => "isolation",
            Self::Revocation => "revocation",
            Self::Allowlist => "a list of what is allowed",
        }
    }
}

/// Phrases in small letters. `~` at the end lets the last word go on ("rate-limit~").
const CONTROLS: &[(Control, &str)] = &[
    (
        Control::EncryptionAtRest,
        "encrypted at rest|encryption at rest|encrypts at rest|encrypted on disk|stored encrypted|encrypted before storage|encrypted before being stored",
    ),
    (
        Control::EncryptionInTransit,
        "over tls|over https|via tls|via https|using tls|using https|over mtls|mutual tls|requires tls|requires https|must use https|must use tls|encrypted in transit|encryption in transit|mtls is",
    ),
    (
        Control::Authentication,
        "must be authenticated|is authenticated|are authenticated|requires authentication|require authentication|must authenticate|authenticates with|authenticate with|authenticates using|requires a valid token|must be signed in|must be logged in|only signed-in|only authenticated|bearer token is required",
    ),
    (
        Control::Authorization,
        "is authorized|are authorized|must be authorized|checks the permission~|checks that the user|checks whether the user|verifies that the user|access control list~|protected by rbac|enforced by rbac|enforces rbac|role-based access control|subjectaccessreview|requires the role|must have the role|must have permission~|only the owner can|only the owner may|only admins can|only admins may|only administrators can|only administrators may|returns 403|403 forbidden|is rejected with a 403",
    ),
    (
        Control::RateLimit,
        "rate-limited|rate limited|rate limit is|rate limits are|is throttled|are throttled|rate limiting is applied|must be rate limited|should be rate limited",
    ),
    (
        Control::Verification,
        "verifies the signature~|signature is verified|signatures are verified|verify the signature~|validates the signature~|checks the signature~|checksum is verified|checksums are verified|verifies the checksum~|verifies the digest~|digest is verified|hmac is verified|must verify the signature~|is signed with|are signed with|must be signed",
    ),
    (
        Control::InputValidation,
        "is validated|are validated|must be validated|is sanitized|are sanitized|must be sanitized|sanitised|is escaped|are escaped|must be escaped|rejects requests|validates the request~|validates the input~|schema validation",
    ),
    (Control::Audit, "audit log~|audit trail~|audit event~|is audited|are audited"),
    (
        Control::Expiry,
        "short-lived|expires after|expire after|expires in|expire in|valid for|single-use|one-time token~|one-time code~|one-time link~",
    ),
    (
        Control::Isolation,
        "runs in a sandbox|run in a sandbox|is sandboxed|are sandboxed|isolated from|runs as non-root|run as non-root|network policy|network policies|least-privileged|separate namespace~|separate network~",
    ),
    (Control::Revocation, "can be revoked|is revoked|are revoked|be revoked by|revokes the"),
    (
        Control::Allowlist,
        "allowlist~|allow-list~|allow list~|whitelist~|only allowed from|restricted to|limited to the following",
    ),
];

/// What is said to be missing.
const ABSENT: &str = "no authentication|no authorization|no access control|no encryption|no validation|no rate limit~|no audit|no logging|no limit~ on|no way to|no mechanism|no support for|no plan~ to|there is no|there are no|there will be no|without authentication|without authorization|without encryption|without validation|unauthenticated|unencrypted|not authenticated|not encrypted|not validated|not verified|not checked|not signed|not supported|not yet|not implemented|not planned|not in scope|not part of|not enforced|not covered|not limited|not required|not protected|not addressed|isn't supported|aren't supported|does not support|doesn't support|do not support|does not verify|does not check|does not validate|does not authenticate|does not encrypt|does not limit|does not expire|do not expire|never expire~|does not enforce|do not enforce|do not validate|do not verify|do not check|doesn't check|doesn't verify|doesn't validate|out of scope|out-of-scope|non-goal~|left to|left for|left as|left open|is up to|are up to|for now|at the moment|for the time being|in a later version|in a later release|in a future version|in a future release|in the future|in a follow-up|as future work|future work|to be defined|to be determined|to be decided|to be specified|to be discussed|yet to be|tbd|todo|fixme|to do:|undecided|unspecified|undefined behavio~|we assume|assume that|assumes that|is assumed|are assumed|assuming that|assumption is|we trust|is trusted to|are trusted to|responsibility of|responsible for securing|deferred|postponed|future improvement~|not decided";

struct Phrases {
    automaton: AhoCorasick,
    /// What each pattern says; `None` is an absence. And whether its last word may go on.
    said: Vec<(Option<Control>, bool)>,
}

static PHRASES: LazyLock<Option<Phrases>> = LazyLock::new(|| {
    let mut patterns = Vec::new();
    let mut said = Vec::new();
    let all = CONTROLS.iter().map(|(c, list)| (Some(*c), *list)).chain([(None, ABSENT)]);
    for (control, list) in all {
        for phrase in list.split('|') {
            let open = phrase.strip_suffix('~');
            patterns.push(open.unwrap_or(phrase));
            said.push((control, open.is_some()));
        }
    }
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(patterns)
        .ok()?;
    Some(Phrases { automaton, said })
});

/// A phrase that says something about protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// `None`: something is absent.
    pub(super) control: Option<Control>,
    pub(super) at: usize,
    pub(super) end: usize,
}

/// The phrases in a statement.
pub(super) fn phrases(text: &str, out: &mut Vec<Said>) {
    out.clear();
    let Some(phrases) = PHRASES.as_ref() else { return };
    for found in phrases.automaton.find_iter(text) {
        let Some(&(control, open)) = phrases.said.get(found.pattern().as_usize()) else { continue };
        if !is_whole(text, found.start(), found.end(), open) {
            continue;
        }
        let said = match control {
            // "is not encrypted at rest", "could be rate limited": no control.
            Some(_) if is_denied(text, found.start()) => Said { control: None, at: found.start(), end: found.end() },
            Some(_) if is_wished(text, found.start()) => continue,
            _ => Said { control, at: found.start(), end: found.end() },
        };
        out.push(said);
    }
}

fn is_whole(text: &str, start: usize, end: usize, open: bool) -> bool {
    let bytes = text.as_bytes();
    let letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let before = start.checked_sub(1).and_then(|i| bytes.get(i));
    // Inside a name or an address: `system:unauthenticated`, "/not-supported".
    let joined = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b'-' | b':' | b'/' | b'.'));
    if text.get(start..end).is_some_and(|t| t.ends_with("no"))
        && text.get(end..).is_some_and(|t| t.starts_with(" longer"))
    {
        return false;
    }
    !letter(before) && !joined(before) && (open || !letter(bytes.get(end)))
}

/// The few words before a place, in the same clause; the last first, as a clause can be as long as a document.
fn before(text: &str, at: usize, most: usize) -> impl Iterator<Item = &str> {
    let words = text.get(..at).unwrap_or_default().rsplit(|c: char| c.is_ascii_whitespace());
    let mut is_over = false;
    let clause = words.map_while(move |word| {
        if is_over {
            return None;
        }
        match word.rfind([',', ';', ':', '(']) {
            Some(end) => {
                is_over = true;
                word.get(end + 1..)
            }
            None => Some(word),
        }
    });
    clause.filter(|w| !w.is_empty()).take(most)
}

fn is_denied(text: &str, at: usize) -> bool {
    const NOT: [&str; 12] =
        ["not", "no", "never", "without", "cannot", "isn't", "aren't", "don't", "doesn't", "won't", "nor", "rarely"];
    before(text, at, 4).any(|w| NOT.iter().any(|n| w.eq_ignore_ascii_case(n)))
}

fn is_wished(text: &str, at: usize) -> bool {
    const PERHAPS: [&str; 10] =
        ["could", "might", "would", "if", "unless", "whether", "should", "may", "ideally", "optionally"];
    text.trim_end().ends_with('?') || before(text, at, 6).any(|w| PERHAPS.iter().any(|n| w.eq_ignore_ascii_case(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Option<Control>> {
        let mut out = Vec::new();
        phrases(text, &mut out);
        out.into_iter().map(|s| s.control).collect()
    }

    #[test]
    fn protection_is_told_by_kind() {
        assert_eq!(of("The bucket is encrypted at rest."), [Some(Control::EncryptionAtRest)]);
        assert_eq!(of("Agents connect over mTLS."), [Some(Control::EncryptionInTransit)]);
        assert_eq!(of("The gateway verifies the signature of each event."), [Some(Control::Verification)]);
        assert_eq!(of("Each change is written to the audit log."), [Some(Control::Audit)]);
    }

    #[test]
    fn what_is_denied_or_wished_protects_nothing() {
        assert_eq!(of("Backups are not encrypted at rest."), [None]);
        assert!(of("The calls could be rate limited.").is_empty());
        assert!(of("Is the input sanitized, or are links escaped?").is_empty());
    }

    #[test]
    fn absences_are_found_as_whole_words() {
        for text in [
            "There is no authentication for now.",
            "Rotation is out of scope.",
            "TBD: say who may delete.",
            "The check of the size is left to the client.",
            "We assume that the network is closed.",
        ] {
            assert!(of(text).contains(&None), "{text}");
        }
        assert!(of("The mastodon server answers.").is_empty());
        assert!(of("The todolist shows all items.").is_empty());
    }
}
