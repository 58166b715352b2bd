//! The judge that is a model, without the model: what it is given, in an order that tells it nothing, and what its verdicts are worth.

use std::collections::BTreeMap;

use super::corpus::Case;
use super::findings::{Finding, Kind};
use super::report::Concern;
use super::words::folded;
use crate::digest::{Canonical, Digest};

/// What is done, for `--explain`.
pub const RULE: &str = "\
The judge `llm` is a model. It is given each document's known concerns and findings in an order that tells nothing, neither who made
them nor how they reach people, and names the findings that touch a concern with their words. Words that do not stand in the finding
do not count.";

/// So many concerns and findings of a document are judged at most.
pub const MOST_CONCERNS: usize = 40;
/// See [`MOST_CONCERNS`]. What reaches people first comes first.
pub const MOST_FINDINGS: usize = 60;
/// So many characters of each are told.
const MOST_CHARACTERS: usize = 700;

/// What is judged, as a judge sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// Known concerns: `c1`, …
    pub concerns: Vec<Entry>,
    /// Findings: `f1`, …; neither who made them, nor how they reach people.
    pub findings: Vec<Entry>,
    /// Findings and concerns that are more than a judge is given.
    pub left_out: usize,
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How verdicts name it.
    pub label: String,
    /// What it says.
    pub text: String,
    /// Its place in the list that was given.
    at: usize,
}

/// What a judge says of one concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `c1`, …
    pub concern: String,
    /// Findings that touch it, each with its words that do.
    pub touches: Vec<(String, String)>,
    /// Yes or no.
    pub touched: bool,
}

/// What verdicts come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Each known concern, with what touches it.
    pub concerns: Vec<Concern>,
    /// Touches that are not counted: their words do not stand in the finding, or there is no such finding.
    pub fallen: usize,
    /// Concerns without a verdict; they count as not touched.
    pub silent: usize,
}

/// The lists of one document, each in the order of the digests of what it says: the same every time, and unlike the order in which
/// an analyst ranked it.
pub fn blind(case: &Case, found: &[Finding]) -> Blind {
    let concerns = case.expected.iter().map(|c| folded(&format!("{}. {}", c.title.trim_end_matches('.'), c.detail)));
    let findings = found.iter().map(|f| folded(&f.told.join(" ")));
    let left_out = case.expected.len().saturating_sub(MOST_CONCERNS) + found.len().saturating_sub(MOST_FINDINGS);
    Blind {
        concerns: shuffled('c', concerns.take(MOST_CONCERNS)),
        findings: shuffled('f', findings.take(MOST_FINDINGS)),
        left_out,
    }
}

fn shuffled(letter: char, texts: impl Iterator<Item = String>) -> Vec<Entry> {
    let cut = |text: String| text.chars().take(MOST_CHARACTERS).collect::<String>();
    let mut all: Vec<(Digest, usize, String)> = texts
        .map(cut)
        .enumerate()
        .map(|(at, text)| (Canonical::new("judge-order", 1).text(&text).finish(), at, text))
        .collect();
    all.sort();
    (1..).zip(all).map(|(n, (_, at, text))| Entry { label: format!("{letter}{n}"), text, at }).collect()
}

impl Blind {
    /// The same for the same lists: what was judged once is not judged again.
    pub fn digest(&self) -> Digest {
        let of = |entries: &[Entry]| entries.iter().map(|e| e.text.clone()).collect::<Vec<_>>();
        Canonical::new("judge", 1).json(&(of(&self.concerns), of(&self.findings))).finish()
    }

    /// Reads verdicts. A yes needs words that stand in the finding.
    pub fn read(&self, case: &Case, found: &[Finding], verdicts: &[Verdict]) -> Judged {
        let (mut fallen, mut silent) = (0, 0);
        let mut concerns = Vec::new();
        for (at, expected) in case.expected.iter().enumerate() {
            let label = self.concerns.iter().find(|entry| entry.at == at).map(|entry| entry.label.as_str());
            let verdict = verdicts.iter().find(|v| label == Some(v.concern.as_str()));
            silent += usize::from(verdict.is_none());
            let mut touched: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
            let mut quoted = Vec::new();
            for (finding, words) in verdict.filter(|v| v.touched).iter().flat_map(|v| &v.touches) {
                let Some(by) = self.stands(found, finding, words) else {
                    fallen += 1;
                    continue;
                };
                let numbers = touched.entry(by.kind).or_default();
                if !numbers.contains(&by.number) {
                    numbers.push(by.number.clone());
                    quoted.push(format!("{}: \u{201c}{}\u{201d}", by.number, folded(words)));
                }
            }
            let mut by = |kind: Kind| touched.remove(&kind).unwrap_or_default();
            concerns.push(Concern {
                id: expected.id.clone(),
                title: expected.title.clone(),
                group: expected.group(),
                by_question: by(Kind::Question),
                by_threat: by(Kind::Threat),
                by_aside: by(Kind::Aside),
                terms: Vec::new(),
                quoted,
            });
        }
        Judged { concerns, fallen, silent }
    }

    /// The finding that a judge names, when the words stand in what it was given of it.
    fn stands<'f>(&self, found: &'f [Finding], label: &str, words: &str) -> Option<&'f Finding> {
        let entry = self.findings.iter().find(|entry| entry.label == label)?;
        let words = bare(words);
        (words.split(' ').count() >= 2 && bare(&entry.text).contains(&words)).then(|| found.get(entry.at)).flatten()
    }
}

/// Words without marks, whatever their case.
fn bare(text: &str) -> String {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
