//! Whether a finding is worth somebody's two minutes: a question has to be one that a reader of the document would have asked, at
//! these words. A threat may rest on less; so this weighs questions only.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::catalogue::Concern;
use super::phrase::Phrase;
use super::rank::Salience;
use super::view::{Statement, is_match};
use crate::document::SentenceKind;
use crate::threat_model::Slot;

/// Sentences that tell how things are, were, or are elsewhere, and not what will be built.
static ASIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:currently|today|at present|at the moment|historically|previously|traditionally|until now|so far|in the past|for (?:example|instance)|note that|chosen (?:option|because))\b",
        r"|\b(?:currently|today|nowadays|as of today|no longer|used to|(?:is|are|was|were|been) deprecated|legacy|in contrast|unlike|as opposed to|inspired by|well-known|would have|could have|one could|we could|could technically|would need|(?:may|might) (?:initially )?(?:need|require))\b|^(?:good|bad|neutral), because\b",
        r"|\b(?:out of scope|no value in|not being implemented|not (?:needed|necessary|planned)|(?:will|would|does|do|is|are|was) not (?:needed|required|affected|changed?))\b",
        r"|\b(?:purposes? of|alternative to) \[?(?:msc|kep|pep|rfc|eip|tep|tap|bep)[ -]?\d|^(?:unit |integration |e2e )?test(?:s|ing)?\b|\b(?:we (?:considered|rejected|discussed|could also)|conceivable)\b",
    ))
    .ok()
});

/// Sentences that tell how things are today.
static TODAYS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:currently|today|at present|at the moment|nowadays|so far|until now|previously|historically)\b",
    )
    .ok()
});

/// Parts that tell how things are today.
static TODAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^[\d. ]*(?:the )?(?:motivation|background|introduction|context|problem|preface|history|goals|status quo|current|today|precedent)").ok()
});

/// Sentences that say what does not happen.
static DENIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:never|cannot|can not|can't|must not|may not|nobody|no one|kept (?:out|from)|not allowed|(?:is|are|be|gets?) (?:refused|rejected|thrown away|discarded|dropped|ignored))\b").ok()
});

/// Sentences that say what the document is for, before it says anything.
static ANNOUNCES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^(?:the (?:goal|aim|purpose|motivation|intention) of )?(?:this|the) (?:[\w.-]+ )?(?:document|proposal|rfc|pep|e[ir]p|kep|tep|tap|msc|bep|adr|simd|blueprint|design|paper|page|section|specification|spec|explainer|note|change|feature)s?\b[^.;]{0,30}\b",
        r"(?:describes?|details?|outlines?|proposes?|covers?|discuss\w*|explains?|standardi[sz]es?|aims?|presents?|tr(?:y|ies)|focus\w*|is (?:about|motivated|to)|builds? (?:up)?on|comes as|seeks?|documents?|summari[sz]es?)\b",
        r"|^(?:it is our hope|we (?:propose|aim|hope|want|would like)|(?:as an?|suppose|imagine|let'?s say|there are (?:two|three|four|several|multiple|a few))\b)",
    ))
    .ok()
});

/// Parts that say in short what the rest says at length.
static IN_SHORT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^[\d. ]*(?:abstract|summary|overview|tl;?dr|introduction)\b").ok());

/// Sentences that say how fast, small or convenient something is.
static GAINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:bandwidth|latency|faster|slower|speeds? up|compress(?:es|ed)? (?:well|from)|benchmark\w*|overhead|performance|throughput|more (?:efficient|convenient)|adds? very little|creates? very little|user friction|timeline|proof[- ]of[- ]concept|prototype)\b").ok()
});

/// Words after which the matter is said not to be so.
static NOT_SO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:not|never|no|without|nor|neither|cannot|\w+n't|avoid(?:s|ing)?|prevent(?:s|ing)?|eliminat\w+|instead of|rather than|unlike|no longer)(?: [\w'-]+){0,6} ?$").ok()
});

/// What a sentence that only leads up to the matter costs.
const OF_AN_ASIDE: u32 = 130;
/// Why something is wanted says even less about what to ask than about what could go wrong.
const OF_REASONS: u32 = 60;
/// A question that could name the thing and cannot is vague.
const OF_NO_NAME: u32 = 90;
/// So does what is so today.
const OF_TODAY: u32 = 160;
/// A question that many documents could be asked.
const OF_DOUBT: u32 = 230;
/// What a question gains that nearly every reader would ask.
const OF_SURETY: u32 = 60;
/// The words before a list, a block or a command: the matter follows.
const OF_A_LEAD: u32 = 110;
/// A row names values; what is done with them stands elsewhere.
const OF_A_ROW: u32 = 90;

/// What does not happen needs no question, or another one.
const OF_A_DENIAL: u32 = 90;
/// What is said not to be so is no matter at all.
const OF_NOTHING: u32 = 260;
/// What a sentence costs that says what the document is for.
const OF_AN_ANNOUNCEMENT: u32 = 130;
/// What is said in short is better asked where it is said at length.
const OF_A_SUMMARY: u32 = 40;
/// A sentence about speed or comfort is about no one's rights.
const OF_GAINS: u32 = 110;
/// A word of a longer title, as of a standard.
const OF_A_TITLE: u32 = 200;
/// One of several things in a row.
const OF_A_LIST: u32 = 90;
/// A sentence of many things is about none of them.
const OF_A_CROWD: u32 = 80;
/// Words that stand far from each other speak of each other less.
const OF_DISTANCE: u32 = 70;
/// So many letters are far.
const FAR: usize = 60;
/// What stands in brackets is said by the way.
const OF_BRACKETS: u32 = 80;
const OF_A_NOT: u32 = 30;
/// A thing that is mentioned once, in passing.
const OF_PASSING: u32 = 60;
/// What is named so seldom is mentioned in passing.
const OFTEN: u32 = 20;

/// Where a finding stands.
pub(crate) struct Place<'v> {
    pub(crate) statement: &'v Statement,
    /// Where the thing begins, and as long as the words that speak for it.
    pub(crate) found: Range<usize>,
    /// Where those words begin.
    pub(crate) from: usize,
    /// What stands before it in the same section.
    pub(crate) before: Option<&'v Statement>,
    pub(crate) heading: &'v str,
    pub(crate) salience: &'v Salience,
}

/// Whether a thing is only the beginning of a title of four words or more: "Device Code" of "Device Code Authorization Grant".
fn is_in_a_title(text: &str, thing: &str) -> bool {
    let capital = |s: &str| s.starts_with(char::is_uppercase) && s.chars().skip(1).any(char::is_lowercase);
    let Some(after) = text.split_once(thing).and_then(|(_, after)| after.strip_prefix(' ')) else { return false };
    let follow = after.split(' ').take_while(|w| capital(w)).count();
    capital(thing) && follow > 0 && follow + thing.split(' ').count() >= 4
}

/// Whether a sentence tells of something else than the design; one that points back tells of what was told before it.
fn is_aside(statement: &Statement, before: Option<&Statement>) -> bool {
    let back = ["These ", "Those ", "This ", "That ", "It ", "They ", "Such ", "As a result", "Instead, "];
    let points_back = back.iter().any(|word| statement.text.starts_with(word));
    is_match(&ASIDE, &statement.text) || (points_back && before.is_some_and(|before| is_match(&TODAYS, &before.text)))
}

/// Whether the words right before a place, in the same clause, say that it is not so.
fn is_denied(text: &str, from: usize) -> bool {
    let before = text.get(..from).unwrap_or_default();
    let clause = before.rsplit([',', ';', ':', '.', '(']).next().unwrap_or_default();
    let clause = clause.rsplit(" but ").next().unwrap_or_default();
    let more = ["not only", "not just", "not necessarily"].iter().any(|more| clause.to_lowercase().contains(more));
    !more && is_match(&NOT_SO, clause)
}

/// Whether a concern is about how much something takes.
const fn is_about_load(slot: Slot) -> bool {
    matches!(slot, Slot::Abuse | Slot::FailureModes)
}

/// Whether a place is inside round brackets.
fn is_in_brackets(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('(') > before.rfind(')') && text.get(at..).is_some_and(|after| after.contains(')'))
}

/// Whether a sentence holds so much that it is hardly one.
fn is_crowded(text: &str) -> bool {
    text.split_whitespace().count() > 45 || text.matches([',', ';']).count() > 6
}

/// Whether a thing is one of three or more in a row: "owners, reviews, digests, policy".
fn is_listed(text: &str, thing: &str) -> bool {
    let Some((before, after)) = text.split_once(thing) else { return false };
    let (before, after) = (before.trim_end(), after.trim_start());
    let starts = before.ends_with([',', '(', ':']) || before.ends_with(" and") || before.ends_with(" or");
    let ends = after.is_empty() || after.starts_with([',', ')', '.']);
    let follows = after.starts_with("and ") || after.starts_with("or ");
    starts && (ends || follows) && text.matches(',').count() > 1
}

/// How much speaks for asking, 0 to 1000, from how much the answer would change.
pub(crate) fn worth(concern: &Concern, place: &Place<'_>, words: &BTreeMap<String, Phrase>, value: u32) -> u32 {
    let Place { statement, found, from, before, heading, salience } = place;
    let named = concern.questions.iter().any(|q| q.names().next().is_some());
    let fits = concern.questions.iter().any(|q| q.names().next().is_some() && q.fits(words));
    let less = [
        (concern.sure < 2, OF_DOUBT),
        (is_aside(statement, *before), OF_AN_ASIDE),
        (is_match(&ANNOUNCES, &statement.text), OF_AN_ANNOUNCEMENT),
        (is_match(&IN_SHORT, heading), OF_A_SUMMARY),
        (!is_about_load(concern.slot) && is_match(&GAINS, &statement.text), OF_GAINS),
        (is_denied(&statement.text, *from), OF_NOTHING),
        (is_match(&DENIED, &statement.text), OF_A_DENIAL),
        (words.values().any(|x| is_in_a_title(&statement.text, x.text())), OF_A_TITLE),
        (statement.weight < 2, OF_REASONS),
        (is_match(&TODAY, heading), OF_TODAY),
        (named && !fits, OF_NO_NAME),
        (statement.text.trim_end().ends_with(':'), OF_A_LEAD),
        (statement.kind == SentenceKind::TableRow, OF_A_ROW),
        (is_crowded(&statement.text), OF_A_CROWD),
        (found.len() > FAR, OF_DISTANCE),
        (is_in_brackets(&statement.text, found.start), OF_BRACKETS),
        (statement.text.contains(" not "), OF_A_NOT),
        (words.get("x").is_some_and(|x| is_listed(&statement.text, x.text())), OF_A_LIST),
        (words.get("x").is_some_and(|x| salience.of_text(x.text()) < OFTEN), OF_PASSING),
    ];
    let less: u32 = less.iter().filter(|(holds, _)| *holds).map(|(_, cost)| cost).sum();
    let more = if concern.sure > 2 && (fits || !named) { OF_SURETY } else { 0 };
    (value + more).saturating_sub(less).min(1000)
}

/// How much can speak for asking at most, from how much the answer would change at most.
pub(crate) fn at_most(concern: &Concern, value: u32) -> u32 {
    let more = if concern.sure > 2 { OF_SURETY } else { 0 };
    let less = if concern.sure < 2 { OF_DOUBT } else { 0 };
    (value + more).saturating_sub(less).min(1000)
}

/// Words that stand for anything.
const ANYTHING: [&str; 26] = [
    "value",
    "values",
    "parameter",
    "parameters",
    "tag",
    "case",
    "cases",
    "type",
    "types",
    "field",
    "fields",
    "option",
    "options",
    "place",
    "state",
    "part",
    "parts",
    "item",
    "items",
    "object",
    "objects",
    "entity",
    "element",
    "step",
    "number",
    "result",
];

/// Verbs that a step begins with; a noun of one word may look like one.
const VERBS: [&str; 34] = [
    "add", "adds", "adding", "remove", "removes", "removing", "create", "creates", "creating", "update", "updates",
    "updating", "delete", "deletes", "deleting", "set", "sets", "setting", "get", "gets", "getting", "make", "makes",
    "making", "use", "uses", "using", "allow", "allows", "allowing", "see", "read", "reads", "run",
];

/// The words that a question can name without stumbling: nouns, few, and no half sentences or lists.
pub(crate) fn sayable(words: &BTreeMap<String, Phrase>) -> BTreeMap<String, Phrase> {
    words.iter().filter(|(name, p)| *name == "v" || is_sayable(p.text())).map(|(n, p)| (n.clone(), p.clone())).collect()
}

fn is_sayable(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(' ').collect();
    let first = words.first().copied().unwrap_or_default();
    let several = words.len() > 1;
    let path = several && words.iter().any(|w| w.contains('/'));
    let empty = if several { VERBS.contains(&first) } else { ANYTHING.contains(&first) };
    words.len() <= 5 && !path && !empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_sentences_and_empty_words_are_not_named() {
        for good in ["signed link", "export-worker", "/v1/exports", "settings of a customer"] {
            assert!(is_sayable(good), "{good}");
        }
        for bad in ["value", "update the export", "red/blue/green store", "links of the people who read it"] {
            assert!(!is_sayable(bad), "{bad}");
        }
    }

    #[test]
    fn one_of_many_things_in_a_row_is_mentioned_in_passing() {
        assert!(is_listed("The gate takes owners, reviews, digests, policy.", "digests"));
        assert!(!is_listed("The worker checks the digest, and stops when it differs.", "digest"));
    }

    #[test]
    fn a_word_of_the_title_of_a_standard_is_no_thing_of_the_design() {
        assert!(is_in_a_title("It uses the Refresh Token Rotation Profile.", "Refresh Token"));
        assert!(!is_in_a_title("It sends the Refresh Token to the server.", "Refresh Token"));
    }

    #[test]
    fn what_is_said_not_to_be_so_is_no_matter() {
        let denied = |text: &str, word: &str| is_denied(text, text.find(word).unwrap_or_default());
        assert!(denied("The service does not attempt to cache data.", "cache"));
        assert!(denied("It keeps devices from being made which do not support encryption.", "encryption"));
        assert!(denied("The token is read, without a copy on disk.", "disk"));
        assert!(!denied("The service does not cache data, the gateway caches tokens.", "caches"));
        assert!(!denied("It not only caches data for an hour.", "caches"));
        assert!(!denied("The token is not encrypted.", "token"));
    }

    #[test]
    fn a_sentence_that_says_what_the_document_is_for_only_announces() {
        for announces in [
            "This document details a new method for handling cookies and sessions.",
            "This design doc outlines a service that can be used by clients.",
            "The goal of this RFC is to describe how tokens are renewed.",
            "We propose limiting when users can delete files.",
        ] {
            assert!(is_match(&ANNOUNCES, announces), "{announces}");
        }
        for says in
            ["This token is sent with each request.", "The proposed endpoint returns a token.", "This adds a cookie."]
        {
            assert!(!is_match(&ANNOUNCES, says), "{says}");
        }
    }

    #[test]
    fn a_sentence_about_how_things_were_is_an_aside() {
        for aside in [
            "Currently a token is mailed.",
            "Tests should cover the token.",
            "We could make a token of its own for this.",
            "Good, because the token stays on the device.",
            "A token would have been simpler, unlike this.",
        ] {
            assert!(is_match(&ASIDE, aside), "{aside}");
        }
        assert!(!is_match(&ASIDE, "The worker mails a token to the customer."));
    }
}
