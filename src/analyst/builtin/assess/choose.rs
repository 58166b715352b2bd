//! Which proposed answers a reply picks: by letter, by words, by yes or no, by a length of time. A picked answer that asks for no
//! change has to be said; it is never guessed.

use std::sync::LazyLock;

use regex::Regex;

use super::amounts::amounts;
use super::language::units;
use super::words::{DENIES, HEDGE, NO, QUALIFIES, SOFT_HEDGE, YES, stems};
use crate::analyst::builtin::catalogue::{Attribute, Catalogue, Concern};
use crate::analyst::builtin::values::Unit;
use crate::threat_model::{Choice, Question};

/// What a reply picks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// These, and the words around the choice.
    Sure { branches: Vec<String>, rest: String },
    /// One of these, it seems.
    Perhaps(Vec<String>),
    /// The letter after the last answer, which stands for something else or nothing decided.
    Beyond { rest: String },
    /// A safe answer with a condition that takes a part of it back.
    Qualified,
}

/// The proposed answers of a question.
#[derive(Clone, Copy)]
pub(super) struct Options<'a> {
    pub(super) question: &'a Question,
    pub(super) concern: Option<&'a Concern>,
    pub(super) catalogue: &'a Catalogue,
}

impl<'a> Options<'a> {
    fn choices(self) -> &'a [Choice] {
        &self.question.choices
    }

    /// Whether an answer asks for no change. Of a question that is not in the catalogue nothing is known: it may be.
    fn is_safe(self, branch: &str) -> bool {
        self.concern.and_then(|c| c.choice(branch)).is_none_or(|c| c.safe.is_some())
    }

    /// The words of the answers with these branches.
    pub(super) fn texts(self, branches: &[String]) -> String {
        let chosen = self.question.choices.iter().filter(|c| branches.contains(&c.branch));
        chosen.map(|c| c.text.as_str()).collect::<Vec<_>>().join(" and ")
    }

    pub(super) fn all_safe(self, branches: &[String]) -> bool {
        branches.iter().all(|b| self.is_safe(b))
    }

    /// Whether the answer is a time after which something ends.
    pub(super) fn asks_for_time(self) -> bool {
        self.concern.and_then(|c| c.attribute) == Some(Attribute::Lifetime)
    }

    /// What the reply picks, if it picks anything.
    pub(super) fn pick(self, text: &str) -> Option<Pick> {
        self.by_letter(text)
            .or_else(|| self.by_beginning(text))
            .or_else(|| self.by_words(text))
            .or_else(|| self.by_units(text))
            .or_else(|| self.by_yes_or_no(text))
            .or_else(|| self.by_time(text))
    }
}

// ── letters ──

static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^\W*
        (?P<lead>(?:(?:i|i'?d|i'?ll|we|we'?d|let'?s|it|it'?s|that'?s|that|would|will|answer|choice|option|variant|case|letter|my|the|our|go|going|went|pick|picked
            |choose|chose|say|take|took|with|for|is|be|clearly|definitely|simply|just|currently|now|probably|prob|maybe|perhaps|i\ guess|i\ think|think|guess
            |should\ be|should|not\ sure|unsure|so|then|well|ok|rather|more|like|likely|ich|wir|nehme|nehmen|antwort|variante|wohl|eher|vermutlich|wahrscheinlich|vielleicht
            |option\ is|réponse|plutôt|je|on|dirais|prends|c'est|peut-être|opción|respuesta|la|creo|sería|quizás?|probablemente)\b[\s:,=]*)*)
        [(\[]?(?P<letter>[a-e])
        (?:\s*[)\].,;:!?]+|\s*[–—-]+(?:\s|$)|\s*=|\s*$|\s*\n
            |\s+(?P<word>and|or|und|oder|et|ou|y|o|but|aber|mais|pero|because|weil|denn|car|parce|porque|bc|since|as|for|with|if|when|in|on|it\ is|i\ think|i\ guess|i\ believe|probably|maybe|prob|definitely|please|/|\+|&|👍)(?:\s|$)
            |(?P<joined>[/+&])[a-e]\b)",
    )
    .ok()
});
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?P<not>\bnot\s+)?\b(?:option|answer|choice|variant)\s+[(\[]?(?P<letter>[a-e])\b").ok()
});
/// "I looked it up: a".
static AT_THE_END: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)[a-z\d]:\s+[(\[]?(?P<letter>[a-e])[)\].!]*\s*$").ok());
static MORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?ix)^\s*(?:(?:,\s*)?(?P<or>\b(?:or|oder|ou|o)\b)|(?:,\s*)?\b(?:and|und|et|y)\b|,|/|\+|&)\s*(?:option\s+)?[(\[]?(?:(?P<b>[b-e])(?:[\s,.;:!?)\]]+|$)|(?P<a>a)(?:\s*[,.;:!?)\]]+|\s*$))").ok()
});
static LATER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:[,;.]|\band|\bbut|\bthen)\s*[(\[]?(?P<letter>[a-e])[)\]]?:?\s+(?:for|if|when|later|once|after|in|on)\b")
        .ok()
});
static ON_CONDITION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:depend\w*|for|if|when|in|je nach|selon|según|both)\b").ok());

/// Letters that were found, and the words around them.
struct Letters {
    indexes: Vec<usize>,
    /// Joined by "or".
    either: bool,
    before: String,
    rest: String,
}

fn index(letter: &str) -> Option<usize> {
    "abcde".find(&letter.to_lowercase())
}

fn letters(text: &str) -> Option<Letters> {
    let Some(found) = LETTER.as_ref()?.captures(text) else { return named(text) };
    let letter = found.name("letter")?;
    let before = text.get(..letter.start())?.to_owned();
    let mut letters = Letters { indexes: vec![index(letter.as_str())?], either: false, before, rest: String::new() };
    let mut rest =
        text.get(letter.end()..)?.trim_start_matches([')', ']', '.', ':', '!', '?', ';', '=', '–', '—', '-']);
    // "e.g." and "b/c" (because) are no choices.
    if rest.starts_with("g.") || (rest.starts_with('/') && rest.split_whitespace().count() > 1) {
        return None;
    }
    while let Some(more) = MORE.as_ref().and_then(|r| r.captures(rest)) {
        letters.indexes.push(index(more.name("b").or(more.name("a"))?.as_str())?);
        letters.either |= more.name("or").is_some() || rest.starts_with('/');
        rest = rest.get(more.get(0)?.end()..)?;
    }
    for later in LATER.iter().flat_map(|r| r.captures_iter(rest)) {
        letters.indexes.extend(later.name("letter").and_then(|l| index(l.as_str())));
    }
    letters.indexes.sort_unstable();
    letters.indexes.dedup();
    rest.trim_matches(|c: char| c.is_whitespace() || ",.;:–—-".contains(c)).clone_into(&mut letters.rest);
    Some(letters)
}

/// Whether answers are picked by their letters.
pub(super) fn names_a_letter(text: &str) -> bool {
    letters(text).is_some()
}

/// "… so option b it is": anywhere in the reply.
fn named(text: &str) -> Option<Letters> {
    let all = NAMED.as_ref()?.captures_iter(text).chain(AT_THE_END.as_ref()?.captures_iter(text));
    let mut indexes: Vec<usize> =
        all.filter(|c| c.name("not").is_none()).filter_map(|c| index(c.name("letter")?.as_str())).collect();
    indexes.sort_unstable();
    indexes.dedup();
    let either = indexes.len() > 1;
    (!indexes.is_empty()).then(|| Letters { indexes, either, before: text.to_owned(), rest: String::new() })
}

impl Options<'_> {
    fn by_letter(self, text: &str) -> Option<Pick> {
        let Letters { indexes, either, before, rest } = letters(text)?;
        if indexes.contains(&self.choices().len()) {
            return Some(Pick::Beyond { rest });
        }
        let branches: Vec<String> =
            indexes.iter().map(|i| self.choices().get(*i).map(|c| c.branch.clone())).collect::<Option<_>>()?;
        let safe = self.all_safe(&branches);
        let conditional = ON_CONDITION.as_ref().is_some_and(|r| r.is_match(&rest));
        let short = rest.split_whitespace().count() <= 3;
        let unsure = HEDGE.are_in(&before)
            || (HEDGE.are_in(&rest) && (short || safe))
            || (safe && (SOFT_HEDGE.are_in(&before) || SOFT_HEDGE.are_in(&rest)))
            || text.trim_end().trim_end_matches('?').chars().count() <= 3 && text.contains('?');
        if unsure || (either && !conditional) {
            return Some(Pick::Perhaps(branches));
        }
        if safe && QUALIFIES.are_in(&rest) {
            return Some(Pick::Qualified);
        }
        match self.of_time(&rest) {
            Some(other) if !branches.contains(&other) => Some(Pick::Perhaps([branches, vec![other]].concat())),
            _ => Some(Pick::Sure { branches, rest }),
        }
    }
}

// ── words ──

/// A text in comparable form: words only, lower case.
fn bare(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Yes or no at the beginning, and what follows.
fn polarity(text: &str) -> (Option<bool>, &str) {
    let (word, said) = if YES.are_in(text) { (&YES, true) } else { (&NO, false) };
    let Some((_, mut rest)) = word.split(text) else { return (None, text) };
    while let Some((_, more)) = word.split(rest) {
        rest = more;
    }
    (Some(said), rest)
}

/// What is left of an answer without a first clause that only says yes, no, nothing, not at all.
fn core(text: &str) -> (Option<bool>, &str) {
    let (said, rest) = polarity(text);
    match rest.split_once([',', ';']) {
        Some((first, more)) if stems(first).is_empty() => (said, more),
        _ => (said, rest),
    }
}

/// Whether a reply is nothing but yes or no.
pub(super) fn is_bare(text: &str) -> Option<bool> {
    let (said, rest) = polarity(text);
    said.filter(|_| !rest.chars().any(char::is_alphanumeric))
}

/// How well a reply fits one proposed answer.
struct Fit<'a> {
    branch: &'a str,
    /// Of the answer's words, in per cent.
    share: usize,
    /// Nothing in the reply speaks against it.
    clean: bool,
}

impl<'a> Options<'a> {
    fn fit(self, choice: &'a Choice, text: &str) -> Option<Fit<'a>> {
        let ((theirs, offered), (said, rest)) = (core(&choice.text), core(text));
        if said.is_some() && theirs.is_some() && said != theirs {
            return None;
        }
        let (offered_stems, said_stems) = (stems(offered), stems(rest));
        if offered_stems.is_empty() {
            return None;
        }
        let shared = in_order(&offered_stems, &said_stems);
        let extra = said_stems.len() - shared.min(said_stems.len());
        let (denied, denies) = (DENIES.count_in(offered), DENIES.count_in(rest));
        let clean = if self.is_safe(&choice.branch) {
            let reserved = QUALIFIES.count_in(rest) > QUALIFIES.count_in(offered);
            denied == denies && extra <= offered_stems.len() && !reserved
        } else {
            (denied > 0) == (denies > 0) && extra <= 2 * offered_stems.len() + 3
        };
        Some(Fit { branch: &choice.branch, share: shared * 100 / offered_stems.len(), clean })
    }

    /// The answer itself, or its first clause when just one begins so.
    fn by_beginning(self, text: &str) -> Option<Pick> {
        let said = bare(text);
        if said.is_empty() {
            return None;
        }
        let sure = |c: &Choice| Some(Pick::Sure { branches: vec![c.branch.clone()], rest: String::new() });
        let plain = is_bare(text);
        let same_word = |c: &Choice| plain.is_some() && is_bare(&c.text) == plain;
        if let Some(exact) = self.choices().iter().find(|c| bare(&c.text) == said || same_word(c)) {
            return sure(exact);
        }
        let begins = |c: &&Choice| {
            let first = c.text.split([',', ';']).next().unwrap_or_default();
            bare(first) == said || (plain.is_some() && polarity(&c.text).0 == plain)
        };
        let found: Vec<&Choice> = self.choices().iter().filter(begins).collect();
        match found.as_slice() {
            [] => None,
            // A bare "no" says little of "no, each one is checked first".
            [one]
                if self.is_safe(&one.branch)
                    && (plain.is_some() || stems(text).is_empty())
                    && stems(&one.text).len() >= 2 =>
            {
                Some(Pick::Perhaps(vec![one.branch.clone()]))
            }
            [one] => sure(one),
            several => Some(Pick::Perhaps(several.iter().map(|c| c.branch.clone()).collect())),
        }
    }

    /// "Stunden oder Tage".
    fn by_units(self, text: &str) -> Option<Pick> {
        let english = units(text)?;
        self.by_beginning(&english).or_else(|| self.by_words(&english))
    }

    fn by_words(self, text: &str) -> Option<Pick> {
        const ENOUGH: usize = 60;
        const CLEARLY: usize = 15;
        let mut fits: Vec<Fit<'_>> =
            self.choices().iter().filter_map(|c| self.fit(c, text)).filter(|f| f.share >= ENOUGH && f.clean).collect();
        fits.sort_by_key(|f| std::cmp::Reverse(f.share));
        let best = fits.first()?;
        let near: Vec<String> =
            fits.iter().filter(|f| f.share + CLEARLY > best.share).map(|f| f.branch.to_owned()).collect();
        let unsure = HEDGE.are_in(text) || (self.all_safe(&near) && SOFT_HEDGE.are_in(text));
        if unsure || near.len() > 1 {
            return Some(Pick::Perhaps(near));
        }
        Some(Pick::Sure { branches: near, rest: String::new() })
    }

    /// Yes or no with words of its own.
    fn by_yes_or_no(self, text: &str) -> Option<Pick> {
        let (said, rest) = polarity(text);
        said?;
        let same: Vec<&Choice> = self.choices().iter().filter(|c| polarity(&c.text).0 == said).collect();
        let [one] = same.as_slice() else { return None };
        let branches = vec![one.branch.clone()];
        if is_bare(&one.text).is_some() {
            let as_is = !QUALIFIES.are_in(rest) && !HEDGE.are_in(text);
            return as_is.then(|| Pick::Sure { branches, rest: String::new() });
        }
        let touches = self.fit(one, text).is_some_and(|f| f.share > 0 && f.clean);
        touches.then_some(Pick::Perhaps(branches))
    }
}

/// How many words the two have in common in the same order (longest common subsequence).
fn in_order(offered: &[String], said: &[String]) -> usize {
    let mut best = vec![0_usize; offered.len() + 1];
    for word in said {
        let mut diagonal = 0;
        for (at, other) in offered.iter().enumerate() {
            let (left, above) = (best.get(at).copied().unwrap_or(0), best.get(at + 1).copied().unwrap_or(0));
            let here = if same(word, other) { diagonal + 1 } else { left.max(above) };
            if let Some(slot) = best.get_mut(at + 1) {
                *slot = here;
            }
            diagonal = above;
        }
    }
    best.last().copied().unwrap_or(0)
}

/// The same word, or nearly: a letter too few or too many in a long one.
fn same(a: &str, b: &str) -> bool {
    const LONG: usize = 5;
    a == b
        || (a.len() >= LONG
            && b.len() >= LONG
            && a.len().abs_diff(b.len()) <= 1
            && a.chars().next() == b.chars().next()
            && similar::TextDiff::from_chars(a, b).ratio() > 0.82)
}

// ── times ──

impl Options<'_> {
    /// A stated time against answers such as "minutes" and "hours or days", when just one of them fits.
    fn by_time(self, text: &str) -> Option<Pick> {
        let branch = self.of_time(text)?;
        let choice = self.choices().iter().find(|c| c.branch == branch)?;
        let more = stems(&choice.text).into_iter().filter(|s| !is_time(s)).count();
        // Of "days, removed by itself" the reply says half.
        let half = self.is_safe(&branch) && more > 0;
        let unsure = half
            || HEDGE.are_in(text)
            || (self.is_safe(&branch) && (SOFT_HEDGE.are_in(text) || QUALIFIES.are_in(text)));
        let branches = vec![branch];
        Some(if unsure { Pick::Perhaps(branches) } else { Pick::Sure { branches, rest: String::new() } })
    }

    /// The answer that a time belongs to.
    fn of_time(self, text: &str) -> Option<String> {
        if !self.asks_for_time() {
            return None;
        }
        let said: Vec<_> = amounts(text).into_iter().filter(|a| a.value.unit == Unit::Time && a.is_meant()).collect();
        let [amount] = said.as_slice() else { return None };
        let (least, most) = amount.range();
        let words: &[&str] = match if most == u64::MAX { least } else { amount.value.amount } {
            0..3_600 => &["minute"],
            3_600..86_400 => &["hour"],
            86_400..1_209_600 => &["day"],
            1_209_600..5_184_000 => &["week", "longer"],
            _ => &["month", "year", "longer"],
        };
        let fits = |c: &&Choice| words.iter().any(|w| c.text.to_lowercase().contains(w));
        let found: Vec<&Choice> = self.choices().iter().filter(fits).collect();
        if let [one] = found.as_slice() { Some(one.branch.clone()) } else { None }
    }
}

fn is_time(stem: &str) -> bool {
    ["second", "minut", "hour", "day", "week", "month", "year", "longer", "long"].contains(&stem)
}
