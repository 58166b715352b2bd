//! What is worth asking and showing: how bad and how near, how open the text leaves it, how central the thing is; and then few,
//! and different ones.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_stemmers::{Algorithm, Stemmer};

use super::catalogue::Concern;
use super::find::Finding;
use super::naming::is_own;
use super::phrase::Phrase;
use super::view::{Statement, View};
use crate::document::SentenceKind;

/// Words that say nothing about what a document is about.
const EMPTY: [&str; 40] = [
    "the", "and", "for", "that", "this", "with", "from", "are", "can", "will", "must", "should", "may", "not", "has",
    "have", "been", "which", "when", "where", "their", "its", "any", "all", "into", "other", "such", "also", "only",
    "than", "then", "there", "would", "could", "use", "used", "using", "new", "one", "each",
];

/// The stems of the words that carry meaning.
pub(crate) fn stems(text: &str) -> BTreeSet<String> {
    let stemmer = Stemmer::create(Algorithm::English);
    let lower = text.to_lowercase();
    words(&lower).filter(|w| has_meaning(w)).map(|w| stemmer.stem(w).into_owned()).collect()
}

fn words(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2)
}

fn has_meaning(word: &str) -> bool {
    word.len() > 2 && !EMPTY.contains(&word)
}

/// How central a word is by how many statements hold it: the second mention says more than the twentieth.
const OFTEN: [u32; 9] = [0, 10, 40, 60, 75, 90, 100, 110, 120];

/// How central each word is to a document.
#[derive(Debug)]
pub(crate) struct Salience {
    /// For each word, in small letters, its stem; none when it carries no meaning.
    words: HashMap<Box<str>, Option<usize>>,
    stems: HashMap<Box<str>, usize>,
    /// How central each stem is, 0 to 200.
    central: Vec<u32>,
    most: u32,
    /// The stems of each statement that counts, sorted.
    statements: Vec<Vec<usize>>,
    /// What each statement is worth by itself, once it was asked for.
    worth: Vec<OnceCell<u32>>,
}

impl Salience {
    /// Counts the words of a document.
    pub(crate) fn of(view: &View) -> Self {
        let mut all = Self {
            words: HashMap::new(),
            stems: HashMap::new(),
            central: Vec::new(),
            most: 0,
            statements: Vec::with_capacity(view.statements.len()),
            worth: vec![OnceCell::new(); view.statements.len()],
        };
        let stemmer = Stemmer::create(Algorithm::English);
        let mut counts = Vec::new();
        for statement in &view.statements {
            let mut stems = Vec::new();
            if statement.weight > 0 {
                all.number(&statement.text, &stemmer, &mut stems);
            }
            counts.resize(all.stems.len(), 0_usize);
            for stem in &stems {
                if let Some(count) = counts.get_mut(*stem) {
                    *count += 1;
                }
            }
            all.statements.push(stems);
        }
        let headings = view.document.sections().iter().map(|section| section.heading.as_str());
        let headings = headings.chain(std::iter::once(view.title.as_str()));
        let loud: BTreeSet<usize> = headings
            .flat_map(|text| {
                let mut stems = Vec::new();
                all.number(text, &stemmer, &mut stems);
                stems
            })
            .collect();
        counts.resize(all.stems.len(), 0);
        all.central = counts.into_iter().map(|count| OFTEN.get(count).copied().unwrap_or(130)).collect();
        for stem in loud {
            if let Some(central) = all.central.get_mut(stem) {
                *central += 70;
            }
        }
        all.most = all.central.iter().copied().max().unwrap_or(0);
        all
    }

    /// Adds the stems of a text, each once, sorted.
    fn number(&mut self, text: &str, stemmer: &Stemmer, out: &mut Vec<usize>) {
        let lower = text.to_lowercase();
        for word in words(&lower) {
            let stem = if let Some(known) = self.words.get(word) {
                *known
            } else {
                let stem = has_meaning(word).then(|| {
                    let next = self.stems.len();
                    *self.stems.entry(stemmer.stem(word).into()).or_insert(next)
                });
                self.words.insert(word.into(), stem);
                stem
            };
            out.extend(stem);
        }
        out.sort_unstable();
        out.dedup();
    }

    /// How central a name is: by its most central word.
    fn of_name(&self, phrase: &Phrase) -> u32 {
        self.of_text(phrase.text())
    }

    /// The same for a text of several words.
    pub(crate) fn of_text(&self, text: &str) -> u32 {
        let lower = text.to_lowercase();
        words(&lower).filter_map(|word| self.stem(word)).map(|stem| self.of_stem(stem)).max().unwrap_or(0)
    }

    /// What a concern can be worth in a statement at most, whatever it finds there.
    pub(crate) fn at_most(&self, concern: &Concern, view: &View, statement: usize) -> u32 {
        self.worth(concern, view, statement, self.most + OWN)
    }

    fn worth(&self, concern: &Concern, view: &View, statement: usize, things: u32) -> u32 {
        let Some(said) = view.statements.get(statement) else { return 0 };
        let base = concern.impact * concern.exposure * 40;
        let place = self.worth.get(statement).map_or(0, |worth| *worth.get_or_init(|| of_place(said)));
        // Why something is wanted says less about what will be built.
        let reasons = if said.weight < 2 { 90 } else { 0 };
        (base + place + things).saturating_sub(reasons + 50).min(1000)
    }

    fn of_statement(&self, statement: usize) -> u32 {
        self.statements.get(statement).into_iter().flatten().map(|stem| self.of_stem(*stem)).max().unwrap_or(0)
    }

    fn of_stem(&self, stem: usize) -> u32 {
        self.central.get(stem).copied().unwrap_or(0)
    }

    fn stem(&self, word: &str) -> Option<usize> {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let stemmer = Stemmer::create(Algorithm::English);
        if has_meaning(word) { self.stems.get(&*stemmer.stem(word)).copied() } else { None }
    }

    /// Whether a statement that counts names all of these stems, and shares so many with another.
    pub(crate) fn is_alike(&self, statement: usize, stems: &BTreeSet<String>, other: usize, least: usize) -> bool {
        let of = |at: usize| self.statements.get(at).map_or(&[][..], Vec::as_slice);
        let (there, here) = (of(statement), of(other));
        let names = |stem: &String| self.stems.get(stem.as_str()).is_some_and(|n| there.binary_search(n).is_ok());
        let shared = || here.iter().filter(|n| there.binary_search(n).is_ok()).count();
        !stems.is_empty() && stems.iter().all(names) && shared() >= least
    }

    /// Whether a statement that counts has a word of one of these stems.
    pub(crate) fn shares(&self, statement: usize, stems: &BTreeSet<String>) -> bool {
        let own = self.statements.get(statement).map_or(&[][..], Vec::as_slice);
        stems.iter().filter_map(|stem| self.stems.get(stem.as_str())).any(|stem| own.binary_search(stem).is_ok())
    }
}

/// How much the answer changes the draft, 0 to 1000.
pub(crate) fn value(
    concern: &Concern,
    view: &View,
    salience: &Salience,
    statement: usize,
    words: &BTreeMap<String, Phrase>,
) -> u32 {
    let things = words.iter().filter(|(name, _)| *name != "v").map(|(_, p)| p);
    let central = things.clone().map(|p| salience.of_name(p)).max();
    let central = central.unwrap_or_else(|| salience.of_statement(statement) / 2);
    let own = if things.clone().any(|p| is_own(view, p)) { OWN } else { 0 };
    salience.worth(concern, view, statement, central + own)
}

/// What naming a thing of the document's own adds.
const OWN: u32 = 40;

/// What a statement is worth by itself: where it stands, how it is put.
fn of_place(statement: &Statement) -> u32 {
    let place = [0, 0, 70, 110].get(usize::try_from(statement.weight).unwrap_or(0)).copied().unwrap_or(0);
    let lower = statement.text.to_lowercase();
    let open = [" may ", " might ", "optional", "should", "tbd", "todo", "for now", "arbitrary", " any "];
    let open = if open.iter().any(|h| lower.contains(h)) { 40 } else { 0 };
    let running = if matches!(statement.kind, SentenceKind::TableRow | SentenceKind::Quote) { 0 } else { 80 };
    let firm = if ["MUST", "SHALL", "SHOULD"].iter().any(|m| statement.text.contains(m)) { 25 } else { 0 };
    let readable = if (6..=40).contains(&statement.text.split_whitespace().count()) { 30 } else { 0 };
    place + open + running + firm + readable
}

/// So much evidence is as good as any more.
pub(crate) const PLENTY: u32 = 6;

/// More evidence is a better reason, up to a point.
pub(crate) fn repeated(value: u32, found: u32) -> u32 {
    let more = [0, 0, 30, 50, 65, 75].get(usize::try_from(found).unwrap_or(5)).copied().unwrap_or(80);
    (value + more).min(1000)
}

/// What another finding of the same kind costs one that comes after it.
const SAME_SLOT: u32 = 110;
const SAME_THING: u32 = 50;
const SAME_STATEMENT: u32 = 160;

/// The best findings, each worth the more the less it repeats those before it; at most one of a family. The rest stays behind in
/// the order of its value.
pub(crate) fn spread<'f, 'a>(
    findings: impl IntoIterator<Item = &'f Finding<'a>>,
    points: impl Fn(&Finding<'a>) -> u32,
) -> Vec<&'f Finding<'a>> {
    let mut left: Vec<(u32, &Finding<'a>, BTreeSet<String>)> =
        findings.into_iter().map(|f| (points(f), f, stems(&f.subject()))).collect();
    let mut chosen = Vec::new();
    // The first of those that are worth most.
    while let Some(at) = (0..left.len()).rev().max_by_key(|at| left.get(*at).map(|(worth, ..)| *worth)) {
        let (_, next, things) = left.remove(at);
        left.retain(|(_, f, _)| f.concern.family != next.concern.family || f.view != next.view);
        for (worth, f, subject) in &mut left {
            let slot = if next.concern.slot == f.concern.slot { SAME_SLOT } else { 0 };
            let thing = if !subject.is_empty() && *subject == things { SAME_THING } else { 0 };
            let place = if (next.view, next.statement) == (f.view, f.statement) { SAME_STATEMENT } else { 0 };
            *worth = worth.saturating_sub(slot + thing + place);
        }
        chosen.push(next);
    }
    chosen
}
