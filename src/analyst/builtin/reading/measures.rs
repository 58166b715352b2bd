//! Numbers with what they are a number of: how long, how large, how many, how often, and of which thing.

use super::super::values::{Unit, values};
use super::lexicon::{MEASURE, PLURAL, PREP, STOP, UNIT};
use super::words::{self, Gap, Span, Word};

/// What a number says of its subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Attribute {
    /// Until when something is good: tokens, links, sessions.
    Lifetime,
    /// How long data is kept.
    Retention,
    /// How long somebody waits.
    Timeout,
    /// How often something happens.
    Interval,
    /// Bytes.
    Size,
    /// At most so many.
    Count,
    /// So many in a time.
    Rate,
}

/// A number with its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) statement: usize,
    /// Byte offset of the number.
    pub(crate) at: usize,
    pub(crate) attribute: Attribute,
    /// In the author's words; empty where the sentence does not say.
    pub(crate) subject: String,
    /// Seconds, bytes, or a count.
    pub(crate) amount: u64,
    /// The number as written.
    pub(crate) text: String,
    /// "at most", "up to", "no more than".
    pub(crate) at_most: bool,
    /// "at least".
    pub(crate) at_least: bool,
}

/// Words that say which attribute a number belongs to.
const ATTRIBUTES: &[(Attribute, &[&str])] = &[
    (
        Attribute::Lifetime,
        &[
            "expire",
            "expires",
            "expired",
            "expiry",
            "expiration",
            "lifetime",
            "lifetimes",
            "ttl",
            "valid",
            "validity",
            "live",
            "lives",
            "last",
            "lasts",
        ],
    ),
    (
        Attribute::Retention,
        &[
            "kept",
            "keep",
            "keeps",
            "retain",
            "retained",
            "retention",
            "deleted",
            "delete",
            "deletes",
            "removed",
            "purged",
            "stored",
            "archived",
        ],
    ),
    (Attribute::Timeout, &["timeout", "timeouts", "waits", "wait"]),
    (Attribute::Interval, &["every", "interval", "rotated", "rotates", "refreshed", "polls", "polled"]),
    (
        Attribute::Size,
        &["size", "large", "larger", "limit", "limited", "bytes", "exceed", "exceeds", "maximum", "most"],
    ),
];

/// The measures of a statement.
pub(super) fn read(text: &str, words: &[Word<'_>], statement: usize, out: &mut Vec<Measure>) {
    if !words.iter().any(|w| w.is(UNIT) || w.text.bytes().next().is_some_and(|b| b.is_ascii_digit())) {
        return;
    }
    for value in values(text) {
        let here = words.partition_point(|w| w.at <= value.at).saturating_sub(1);
        let Some((attribute, sign)) = attribute(words, here, value.unit) else { continue };
        out.push(Measure {
            statement,
            at: value.at,
            attribute,
            subject: subject(text, words, sign, here),
            amount: value.amount,
            text: value.text,
            at_most: is_before(words, here, &["most", "to", "than", "maximum", "within", "under", "exceed"]),
            at_least: is_before(words, here, &["least", "minimum"]),
        });
    }
    counts(text, words, statement, out);
}

/// "at most 5 attempts", "up to 20 files", "10 requests per minute".
fn counts(text: &str, words: &[Word<'_>], statement: usize, out: &mut Vec<Measure>) {
    for (i, word) in words.iter().enumerate() {
        if !word.text.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let Ok(amount) = word.text.parse() else { continue };
        let Some((span, end)) = words::name_from(words, i + 1) else { continue };
        let thing = span.head(words).is_some_and(|w| w.is(PLURAL) || (w.text.ends_with('s') && !w.is(UNIT)));
        let near = words.get(i + 1).is_some_and(|w| w.gap == Gap::None);
        if !thing || !near || words.get(i + 1).is_some_and(|w| w.is(UNIT)) {
            continue;
        }
        let per = words.get(end).is_some_and(|w| matches!(w.text, "per" | "a" | "an" | "every"))
            && words.get(end + 1).is_some_and(|w| w.is(UNIT));
        let limit = is_before(words, i, &["most", "to", "than", "maximum", "only", "max", "limit"]);
        if !per && !limit {
            continue;
        }
        out.push(Measure {
            statement,
            at: word.at,
            attribute: if per { Attribute::Rate } else { Attribute::Count },
            subject: span.text(text, words).to_owned(),
            amount,
            text: word.text.to_owned(),
            at_most: limit,
            at_least: is_before(words, i, &["least", "minimum"]),
        });
    }
}

/// Whether one of these stands among the two words before.
fn is_before(words: &[Word<'_>], i: usize, list: &[&str]) -> bool {
    (i.saturating_sub(2)..i).filter_map(|n| words.get(n)).any(|w| list.iter().any(|l| w.text.eq_ignore_ascii_case(l)))
}

/// The attribute of a number, and the word that says so.
fn attribute(words: &[Word<'_>], value: usize, unit: Unit) -> Option<(Attribute, usize)> {
    const BACK: usize = 9;
    let mut best = None;
    let mut i = value;
    while i > 0 && value - i < BACK {
        if words.get(i).is_some_and(|w| w.gap == Gap::Clause && i < value) {
            break;
        }
        i -= 1;
        if let Some(found) = words.get(i).and_then(|w| named(w, unit)) {
            best = Some((found, i));
            break;
        }
    }
    if best.is_none() {
        // "a 5 minute timeout", "5-minute lifetime"
        best = (value + 1..value + 4).find_map(|n| {
            let word = words.get(n).filter(|w| w.gap == Gap::None)?;
            named(word, unit).map(|a| (a, n))
        });
    }
    best.or_else(|| (unit == Unit::Size).then_some((Attribute::Size, value)))
}

fn named(word: &Word<'_>, unit: Unit) -> Option<Attribute> {
    if !word.is(MEASURE)
        && !matches!(
            word.text,
            "every" | "stored" | "archived" | "waits" | "wait" | "polls" | "polled" | "delete" | "deletes" | "keeps"
        )
    {
        return None;
    }
    let found = ATTRIBUTES.iter().find(|(_, list)| list.iter().any(|l| word.text.eq_ignore_ascii_case(l)))?.0;
    ((found == Attribute::Size) == (unit == Unit::Size)).then_some(found)
}

/// Whose attribute it is: "the lifetime of X", "X lifetime", "X expires".
fn subject(text: &str, words: &[Word<'_>], sign: usize, value: usize) -> String {
    if sign < value && words.get(sign + 1).is_some_and(|w| w.text == "of" && w.gap == Gap::None) {
        return words::name_from(words, sign + 2)
            .map_or_else(String::new, |(span, _)| span.text(text, words).to_owned());
    }
    let span: Option<Span> = words::subject(words, sign);
    // "a shortcode's length": whose length it is.
    let span = span.map(|s| match s.start.checked_sub(1) {
        Some(owner) if s.end == s.start + 1 && words.get(owner).is_some_and(|w| w.owner) => {
            words::name_ending_at(words, owner)
        }
        _ => s,
    });
    let span = span.filter(|s| s.head(words).is_some_and(|w| !w.is(STOP | PREP) && !w.is(MEASURE)));
    span.map_or_else(String::new, |s| s.text(text, words).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Attribute, String, u64)> {
        let mut list = Vec::new();
        words::split(text, &[], &mut list);
        let mut out = Vec::new();
        read(text, &list, 0, &mut out);
        out.into_iter().map(|m| (m.attribute, m.subject, m.amount)).collect()
    }

    #[test]
    fn a_number_belongs_to_its_subject() {
        let one = |a, s: &str, n| vec![(a, s.to_owned(), n)];
        assert_eq!(of("Session tokens expire after 15 minutes."), one(Attribute::Lifetime, "Session tokens", 900));
        assert_eq!(of("The lifetime of a session token is 1 hour."), one(Attribute::Lifetime, "session token", 3600));
        assert_eq!(of("Exports are deleted after 24 hours."), one(Attribute::Retention, "Exports", 86_400));
        assert_eq!(of("Uploads are limited to 10 MB."), one(Attribute::Size, "Uploads", 10 << 20));
        assert_eq!(of("A client gets at most 5 attempts."), one(Attribute::Count, "attempts", 5));
        assert_eq!(of("We allow 100 requests per minute."), one(Attribute::Rate, "requests", 100));
    }

    #[test]
    fn numbers_without_an_attribute_say_nothing() {
        assert!(of("In version 2 there are 3 modes.").is_empty());
        assert!(of("The meeting took 2 hours.").is_empty());
    }
}
