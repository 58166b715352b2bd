//! What is worth asking and showing: how bad and how near, how open the text leaves it, how central the thing is; and then few,
//! and different ones.

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
    lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| w.len() > 2 && !EMPTY.contains(w))
        .map(|w| stemmer.stem(w).into_owned())
        .collect()
}

/// How central each word is to a document.
#[derive(Debug)]
pub(crate) struct Salience {
    /// In how many statements a stem is.
    counts: HashMap<String, u32>,
    /// Stems of title and headings.
    loud: BTreeSet<String>,
}

impl Salience {
    /// Counts the words of a document.
    pub(crate) fn of(view: &View) -> Self {
        let mut counts = HashMap::new();
        for statement in view.statements.iter().filter(|s| s.weight > 0) {
            for stem in stems(&statement.text) {
                *counts.entry(stem).or_insert(0) += 1;
            }
        }
        let mut loud = stems(&view.title);
        for section in view.document.sections() {
            loud.extend(stems(&section.heading));
        }
        Self { counts, loud }
    }

    /// How central a name is, 0 to 200: by its most central word.
    fn of_name(&self, phrase: &Phrase) -> u32 {
        self.of_text(phrase.text())
    }

    fn of_text(&self, text: &str) -> u32 {
        stems(text).iter().map(|stem| self.of_stem(stem)).max().unwrap_or(0)
    }

    fn of_stem(&self, stem: &str) -> u32 {
        let count = self.counts.get(stem).copied().unwrap_or(0);
        // The second mention says more than the twentieth.
        let often =
            [0, 10, 40, 60, 75, 90, 100, 110, 120].get(usize::try_from(count).unwrap_or(8)).copied().unwrap_or(130);
        often + if self.loud.contains(stem) { 70 } else { 0 }
    }
}

/// How much the answer changes the draft, 0 to 1000.
pub(crate) fn value(
    concern: &Concern,
    view: &View,
    salience: &Salience,
    statement: &Statement,
    words: &BTreeMap<String, Phrase>,
) -> u32 {
    let base = concern.impact * concern.exposure * 40;
    let place = [0, 0, 70, 110].get(usize::try_from(statement.weight).unwrap_or(0)).copied().unwrap_or(0);
    let lower = statement.text.to_lowercase();
    let open = [" may ", " might ", "optional", "should", "tbd", "todo", "for now", "arbitrary", " any "];
    let open = if open.iter().any(|h| lower.contains(h)) { 40 } else { 0 };
    let things = words.iter().filter(|(name, _)| *name != "v").map(|(_, p)| p);
    let central = things.clone().map(|p| salience.of_name(p)).max();
    let central = central.unwrap_or_else(|| salience.of_text(&statement.text) / 2);
    let own = if things.clone().any(|p| is_own(view, p)) { 40 } else { 0 };
    let running = if matches!(statement.kind, SentenceKind::TableRow | SentenceKind::Quote) { 0 } else { 80 };
    let firm = if ["MUST", "SHALL", "SHOULD"].iter().any(|m| statement.text.contains(m)) { 25 } else { 0 };
    let readable = if (6..=40).contains(&statement.text.split_whitespace().count()) { 30 } else { 0 };
    // Why something is wanted says less about what will be built.
    let reasons = if statement.weight < 2 { 90 } else { 0 };
    (base + place + open + central + own + running + firm + readable).saturating_sub(reasons + 50).min(1000)
}

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
pub(crate) fn spread<'f, 'a>(findings: impl IntoIterator<Item = &'f Finding<'a>>) -> Vec<&'f Finding<'a>> {
    let mut left: Vec<(&Finding<'a>, BTreeSet<String>)> =
        findings.into_iter().map(|f| (f, stems(&f.subject()))).collect();
    let mut chosen: Vec<(&Finding<'a>, BTreeSet<String>)> = Vec::new();
    while !left.is_empty() {
        let worth = |(f, subject): &(&Finding<'a>, BTreeSet<String>)| {
            chosen.iter().fold(f.value, |worth, (other, things)| {
                let slot = if other.concern.slot == f.concern.slot { SAME_SLOT } else { 0 };
                let thing = if !subject.is_empty() && subject == things { SAME_THING } else { 0 };
                let place = if (other.view, other.statement) == (f.view, f.statement) { SAME_STATEMENT } else { 0 };
                worth.saturating_sub(slot + thing + place)
            })
        };
        let best = left.iter().enumerate().max_by(|(i, a), (j, b)| worth(a).cmp(&worth(b)).then(j.cmp(i)));
        let Some(at) = best.map(|(at, _)| at) else { break };
        let next = left.remove(at);
        let repeats = |f: &Finding<'a>| f.concern.family == next.0.concern.family && f.view == next.0.view;
        left.retain(|(f, _)| !repeats(f));
        chosen.push(next);
    }
    chosen.into_iter().map(|(f, _)| f).collect()
}
