//! Which patterns could match a text, found in one pass over it by the words that have to be there.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use regex_syntax::ast::{Ast, RepetitionKind, RepetitionRange};

use super::Pattern;

/// Words of which one has to be there.
type Group = Vec<String>;

/// Groups that all have to be there.
pub(super) type Way = Vec<Group>;

/// A group of more words rules out too little.
const MOST_WORDS: usize = 256;
/// A way of more groups rules out hardly more.
const MOST_GROUPS: usize = 5;
/// So many ways are told apart; more become one.
const MOST_WAYS: usize = 32;
/// So many spellings of one place are written out.
const MOST_SPELLINGS: usize = 24;

/// The ways in which a text can match: each match satisfies one. A way without groups is open to every text.
pub(super) fn ways(ast: &Ast) -> Vec<Way> {
    of(ast).into_ways().into_iter().map(best).collect()
}

/// What is known of a part of a pattern.
enum Known {
    /// It is written in one of these spellings.
    Exact(Vec<String>),
    Ways(Vec<Way>),
}

impl Known {
    fn nothing() -> Self {
        Self::Ways(vec![Way::new()])
    }

    fn into_ways(self) -> Vec<Way> {
        match self {
            Self::Exact(words) => vec![group(words).into_iter().collect()],
            Self::Ways(ways) => ways,
        }
    }
}

/// A group, where the words say enough.
fn group(words: Group) -> Option<Group> {
    (!words.is_empty() && words.len() <= MOST_WORDS && shortest(&words) > 1).then_some(words)
}

fn shortest(words: &[String]) -> usize {
    words.iter().map(|w| w.trim().len()).min().unwrap_or(0)
}

/// The more it rules out, the greater.
fn worth(group: &Group) -> (usize, usize) {
    (shortest(group), usize::MAX - group.len())
}

fn of(ast: &Ast) -> Known {
    match ast {
        Ast::Literal(literal) => Known::Exact(vec![literal.c.to_ascii_lowercase().to_string()]),
        Ast::Empty(_) | Ast::Assertion(_) | Ast::Flags(_) => Known::Exact(vec![String::new()]),
        Ast::Group(inner) => of(&inner.ast),
        Ast::Repetition(repetition) if at_least_once(&repetition.op.kind) => {
            Known::Ways(of(&repetition.ast).into_ways())
        }
        Ast::Alternation(alternation) => any(alternation.asts.iter().map(of).collect()),
        Ast::Concat(concat) => all(&concat.asts),
        Ast::Repetition(_) | Ast::Dot(_) | Ast::ClassUnicode(_) | Ast::ClassPerl(_) | Ast::ClassBracketed(_) => {
            Known::nothing()
        }
    }
}

fn at_least_once(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::OneOrMore => true,
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => false,
        RepetitionKind::Range(range) => match range {
            RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n) | RepetitionRange::Bounded(n, _) => *n > 0,
        },
    }
}

fn any(branches: Vec<Known>) -> Known {
    let exact = branches.iter().all(|b| matches!(b, Known::Exact(_)));
    if exact {
        let words = branches.into_iter().flat_map(|b| match b {
            Known::Exact(words) => words,
            Known::Ways(_) => Vec::new(),
        });
        return Known::Exact(words.collect());
    }
    Known::Ways(few(branches.into_iter().flat_map(Known::into_ways).collect()))
}

/// The parts of a sequence: what is written out in a row becomes one spelling, everything else is a requirement more.
fn all(parts: &[Ast]) -> Known {
    let mut ways = vec![Way::new()];
    let mut run = vec![String::new()];
    let mut exact = true;
    for part in parts {
        if let Ast::Literal(literal) = part {
            for spelling in &mut run {
                spelling.push(literal.c.to_ascii_lowercase());
            }
            continue;
        }
        match of(part) {
            Known::Exact(words) if run.len() * words.len() <= MOST_SPELLINGS.max(words.len()) => {
                run = run.iter().flat_map(|head| words.iter().map(move |tail| format!("{head}{tail}"))).collect();
            }
            Known::Exact(words) => {
                exact = false;
                require(&mut ways, std::mem::replace(&mut run, words));
            }
            Known::Ways(more) => {
                exact = false;
                require(&mut ways, std::mem::replace(&mut run, vec![String::new()]));
                ways = both(ways, more);
            }
        }
    }
    if exact {
        return Known::Exact(run);
    }
    require(&mut ways, run);
    Known::Ways(ways)
}

fn require(ways: &mut [Way], words: Group) {
    let Some(group) = group(words) else { return };
    let Some((last, others)) = ways.split_last_mut() else { return };
    for way in others {
        way.push(group.clone());
    }
    last.push(group);
}

fn both(ways: Vec<Way>, more: Vec<Way>) -> Vec<Way> {
    let (mut ways, more) = if ways.len() * more.len() > MOST_WAYS { (one(ways), one(more)) } else { (ways, more) };
    if let ([way], [_]) = (ways.as_mut_slice(), more.as_slice()) {
        way.extend(more.into_iter().flatten());
        return ways;
    }
    ways.iter().flat_map(|a| more.iter().map(move |b| a.iter().chain(b).cloned().collect())).collect()
}

fn few(ways: Vec<Way>) -> Vec<Way> {
    let single =
        ways.iter().all(|way| way.len() == 1) && ways.iter().flatten().map(Vec::len).sum::<usize>() <= MOST_WORDS;
    if ways.len() > MOST_WAYS || single { one(ways) } else { ways }
}

/// One way that each of these satisfies: any word of the best group of each.
fn one(ways: Vec<Way>) -> Vec<Way> {
    if ways.len() < 2 {
        return ways;
    }
    let best = ways.into_iter().map(|way| way.into_iter().max_by_key(worth)).collect::<Option<Vec<_>>>();
    vec![best.and_then(|groups| group(groups.into_iter().flatten().collect())).into_iter().collect()]
}

/// The groups that rule out most, the best first.
fn best(mut way: Way) -> Way {
    for group in &mut way {
        group.sort();
        group.dedup();
    }
    way.sort_by(|a, b| worth(b).cmp(&worth(a)).then_with(|| a.cmp(b)));
    way.dedup();
    way.truncate(MOST_GROUPS);
    way
}

/// Finds, in one pass over a text, which patterns could match.
#[derive(Debug)]
pub(crate) struct Index {
    automaton: Option<AhoCorasick>,
    /// For each word, the groups that it is in.
    groups: Vec<Vec<u32>>,
    /// For each group, the ways of which it is the best: the other groups, and the pattern.
    waiting: Vec<Vec<(Box<[u32]>, u32)>>,
    /// Patterns that are open to every text.
    always: Vec<usize>,
}

/// Room for the work on one text, kept for the next.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// For each group, the last text in which it was there.
    seen: Vec<u32>,
    text: u32,
    groups: Vec<u32>,
}

impl Index {
    /// An index over patterns, which are then known by their place.
    pub(crate) fn new<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        let mut numbers: BTreeMap<&Group, u32> = BTreeMap::new();
        let mut waiting: Vec<Vec<(Box<[u32]>, u32)>> = Vec::new();
        let mut always = Vec::new();
        for (at, pattern) in patterns.into_iter().enumerate() {
            if pattern.ways.iter().any(Vec::is_empty) {
                always.push(at);
                continue;
            }
            for way in &pattern.ways {
                let mut list = Vec::with_capacity(way.len());
                for group in way {
                    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                    list.push(*numbers.entry(group).or_insert(next));
                }
                waiting.resize_with(numbers.len(), Vec::new);
                if let Some((first, others)) = list.split_first()
                    && let Some(slot) = waiting.get_mut(place(*first))
                {
                    slot.push((others.into(), u32::try_from(at).unwrap_or(u32::MAX)));
                }
            }
        }
        let mut by_word: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (group, number) in &numbers {
            for word in *group {
                by_word.entry(word).or_default().push(*number);
            }
        }
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(by_word.keys()).ok();
        if automaton.is_none() {
            // Too large for an automaton: then every pattern is tried.
            always.extend(waiting.iter().flatten().map(|(_, at)| place(*at)));
            always.sort_unstable();
            always.dedup();
        }
        Self { automaton, groups: by_word.into_values().collect(), waiting, always }
    }

    /// Gives the places of the patterns that could match, ascending.
    pub(crate) fn candidates(&self, text: &str, scratch: &mut Scratch, found: &mut Vec<usize>) {
        found.clear();
        found.extend(&self.always);
        let Some(automaton) = &self.automaton else { return };
        if scratch.text == u32::MAX || scratch.seen.len() != self.waiting.len() {
            *scratch = Scratch { seen: vec![0; self.waiting.len()], ..Scratch::default() };
        }
        scratch.text += 1;
        scratch.groups.clear();
        for word in automaton.find_overlapping_iter(text) {
            for group in self.groups.get(word.pattern().as_usize()).into_iter().flatten() {
                if let Some(seen) = scratch.seen.get_mut(place(*group))
                    && *seen != scratch.text
                {
                    *seen = scratch.text;
                    scratch.groups.push(*group);
                }
            }
        }
        let here = |group: &u32| scratch.seen.get(place(*group)) == Some(&scratch.text);
        for (others, pattern) in scratch.groups.iter().filter_map(|g| self.waiting.get(place(*g))).flatten() {
            if others.iter().all(here) {
                found.push(place(*pattern));
            }
        }
        found.sort_unstable();
        found.dedup();
    }
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[allow(clippy::panic, reason = "tests")]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    fn ways(text: &str) -> String {
        let ways = pattern(text).ways;
        let ways = ways.iter().map(|way| way.iter().map(|g| g.join("|")).collect::<Vec<_>>().join(" & "));
        ways.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_way_holds_the_words_that_have_to_be_there() {
        assert_eq!(ways(r"\b(?P<x>archives?)\b[^.]{0,40}\bunpacked\b"), "unpacked & archive");
        assert_eq!(ways(r"\b(?:token|cookie)s?\b"), "cookie|token");
        assert_eq!(ways(r"\bun(?:zip|tar)s?\b"), "untar|unzip");
        assert_eq!(ways(r"\b(?:key\w* of \w+|tokens?)\b"), "key &  of ; token");
        assert_eq!(ways(r"\w+ed\b"), "ed");
        assert_eq!(ways(r"(?:abc){0,2}|def+"), "; de");
        assert_eq!(ways(r"\w+"), "");
    }

    #[test]
    fn what_matches_is_always_among_the_candidates() {
        let patterns: Vec<Pattern> = [
            r"\b(?P<x>API keys?)\b",
            r"%may% (?:read|write)",
            r"\bun(?:zip|tar)s?\b",
            r"[A-Z]{3}",
            r"\b(?:staff|admins?)\b[^.]{0,30}\b(?:writes?|reads?)\b|\bkeys? (?:is|are) made\b",
        ]
        .map(pattern)
        .into();
        let index = Index::new(&patterns);
        let (mut scratch, mut candidates) = (Scratch::default(), Vec::new());
        let mut count = 0;
        for text in [
            "An api KEY is made.",
            "Staff may WRITE to it",
            "It Untars the file",
            "nothing here",
            "Staff reads",
            "keys",
        ] {
            index.candidates(text, &mut scratch, &mut candidates);
            count += candidates.len();
            for (at, p) in patterns.iter().enumerate() {
                assert!(!p.is_match(text) || candidates.contains(&at), "{at} in {text}");
            }
        }
        assert!(count < 14, "{count} candidates rule out nothing");
    }
}
