//! A code owner who curates in plain words. Without a model nothing is done by them: the command that seems to be meant is
//! shown, ready to be posted, once in a thread.

use std::sync::LazyLock;

use regex::Regex;

/// A pattern, and how the command begins that it stands for.
struct Meaning {
    says: Option<Regex>,
    verb: &'static str,
    /// What follows the verb.
    rest: Rest,
}

/// What follows the verb.
#[derive(Clone, Copy)]
enum Rest {
    /// Nothing.
    Nothing,
    /// The person's reason.
    Reason,
    /// What the pattern caught.
    Caught,
}

static MEANINGS: LazyLock<Vec<Meaning>> = LazyLock::new(|| {
    let meaning = |pattern: &str, verb, rest| Meaning { says: Regex::new(&format!("(?i){pattern}")).ok(), verb, rest };
    vec![
        meaning(r"\b(?:merge|duplicate|same|combine|covered)\b[^.]{0,40}?\b(R\d+)\b", "merge", Rest::Caught),
        meaning(r"\b(?:defer|postpone|later|tracked|track)\b[^.]{0,60}?(#\d+)\b", "defer", Rest::Caught),
        meaning(
            r"\b(?:accept|take|live with)\b[^.]{0,20}\brisk\b|\brisk is (?:fine|ok|okay|acceptable)\b",
            "accept-risk",
            Rest::Reason,
        ),
        meaning(
            r"\b(?:reword(?: (?:it|this))?(?: to| as)?|should (?:say|read)|change (?:it|this) to|make it say)[:\s]+(.{8,})",
            "edit",
            Rest::Caught,
        ),
        meaning(
            r"\b(?:drop|remove|delete|discard|skip|kill|leave out)\b|\bnot (?:needed|relevant|worth)\b|\b(?:we )?do(?:n'|n’)t need\b",
            "drop",
            Rest::Reason,
        ),
        meaning(
            r"\b(?:lower|downgrade)\b|\btoo (?:high|severe|strong)\b|\bnot (?:that|so) (?:severe|bad|high)\b|\boverrated\b",
            "lower",
            Rest::Nothing,
        ),
        meaning(
            r"\b(?:raise|upgrade)\b|\btoo low\b|\bmore (?:severe|serious)\b|\bshould be high\b|\bunderrated\b",
            "raise",
            Rest::Nothing,
        ),
        meaning(r"\bkeep\b|\bgood (?:point|one|catch)\b|\bagree\b", "keep", Rest::Nothing),
    ]
});

static NEGATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:do(?:n'|n’| no)t|never|not|no need to)\s+(?:\w+\s+)?(?:merge|defer|accept|take|drop|remove|delete|lower|raise|keep)\b").ok()
});

/// The command that plain words seem to mean; `None`: nothing that would be one.
pub fn meant(words: &str) -> Option<String> {
    let own: Vec<&str> = words.lines().filter(|line| !line.trim_start().starts_with('>')).collect();
    let text = own.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let negated = NEGATED.as_ref().is_some_and(|negated| negated.is_match(&text));
    if text.ends_with('?') || negated || text.chars().count() > 400 {
        return None;
    }
    let (meaning, found) =
        MEANINGS.iter().find_map(|meaning| Some((meaning, meaning.says.as_ref()?.captures(&text)?)))?;
    let rest = match meaning.rest {
        Rest::Nothing => String::new(),
        Rest::Reason => reason(&text, found.get(0).map_or(0, |all| all.end())).to_owned(),
        Rest::Caught => found.get(1).map(|caught| caught.as_str().trim().to_owned()).unwrap_or_default(),
    };
    Some(format!("/threadmodel {} {rest}", meaning.verb).trim_end().to_owned())
}

/// What comes after the first clause, or else everything.
fn reason(text: &str, from: usize) -> &str {
    let after = text.get(from..).unwrap_or_default();
    let clause = after.find([',', ':', ';', '.', '—', '–']).and_then(|at| after.get(at..));
    let because =
        ["because ", "since "].iter().filter_map(|word| after.find(word)).min().and_then(|at| after.get(at..));
    let clause = because.or(clause).unwrap_or_default();
    let clause = clause.trim_start_matches([',', ':', ';', '.', '—', '–', ' ']);
    let clause = clause.strip_prefix("because ").or_else(|| clause.strip_prefix("since ")).unwrap_or(clause);
    let clause = clause.trim_end_matches('.');
    if clause.split_whitespace().count() >= 2 { clause } else { text.trim_end_matches('.') }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn plain_words_become_the_command_to_post() {
        let means = |words: &str, command: &str| assert_eq!(meant(words).as_deref(), Some(command), "{words}");
        means("Please drop this, we never do one-time links.", "/threadmodel drop we never do one-time links");
        means(
            "We don't need this because the mail system signs links",
            "/threadmodel drop the mail system signs links",
        );
        means("That is too high for an internal tool", "/threadmodel lower");
        means("This is the same as R3.", "/threadmodel merge R3");
        means("Let's do that later, see #41", "/threadmodel defer #41");
        means("We accept the risk: one customer only", "/threadmodel accept-risk one customer only");
        means("It should say: sign people in first", "/threadmodel edit sign people in first");
        means("Good point, keep it", "/threadmodel keep");
    }

    #[test]
    fn what_is_no_wish_stays_talk() {
        for words in
            ["Don't drop this", "Should we drop this?", "Who runs the mail system", "> drop this\nhm", "Thanks"]
        {
            assert_eq!(meant(words), None, "{words}");
        }
    }
}
