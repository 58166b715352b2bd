//! The judge by terms: transparent and rough. A finding touches a concern when it shares enough of the concern's key terms.
//!
//! Key terms are the stems of the content words of title and detail. A term weighs more the fewer documents of the corpus hold it, and
//! less the more often its own document does: the words that a document is about are in every finding on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::corpus::{Case, Expected};
use super::findings::Finding;
use super::words::Stems;

/// The share of a concern's weight that a finding must hold.
pub const SHARE: f64 = 0.34;
/// The number of different key terms that it must hold; two where a concern has but four or fewer.
pub const TERMS: usize = 3;
/// How much of a term's weight counts when the finding only quotes it.
const QUOTED: f64 = 0.5;

/// The rule in words, for `--explain`.
pub const RULE: &str = "\
Judge `terms`: a finding touches a concern when it holds at least 3 of the concern's key terms (2 of 4 or fewer) that make up at least 34 %
of their weight. Key terms: stems of the content words of title and detail, plain words and words of the trade that mean the same
taken as one. Weight: ln((1 + documents) / (1 + documents that hold it)) + 1, divided by 1 + ln(1 + times that its own document
holds it). A term that the finding only quotes from the document counts half.";

/// A key term of a concern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The stem, or the word that stands for its family.
    pub stem: String,
    /// How much it says.
    pub weight: f64,
}

/// Judges findings on the documents of one corpus.
pub struct Judge {
    stems: Stems,
    documents: f64,
    held_by: BTreeMap<String, u32>,
}

/// A document, made ready for its concerns.
pub struct Reading<'a> {
    judge: &'a Judge,
    counts: BTreeMap<String, u32>,
}

/// The stems of a finding.
pub struct Heard {
    own: BTreeSet<String>,
    quoted: BTreeSet<String>,
}

impl Judge {
    /// Learns how rare words are in a corpus.
    #[expect(clippy::cast_precision_loss, reason = "a corpus has fewer documents than a double has integers")]
    pub fn of(cases: &[Case]) -> Self {
        let stems = Stems::new();
        let mut held_by: BTreeMap<String, u32> = BTreeMap::new();
        for case in cases {
            for stem in stems.set(&case.document.text) {
                *held_by.entry(stem).or_default() += 1;
            }
        }
        Self { stems, documents: cases.len() as f64, held_by }
    }

    /// Reads one document.
    pub fn read(&self, case: &Case) -> Reading<'_> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for stem in self.stems.of(&case.document.text) {
            *counts.entry(stem).or_default() += 1;
        }
        Reading { judge: self, counts }
    }

    /// Takes in a finding.
    pub fn hear(&self, finding: &Finding) -> Heard {
        Heard { own: self.stems.set(&finding.own), quoted: self.stems.set(&finding.quoted) }
    }
}

impl Reading<'_> {
    /// The key terms of a concern, the weightiest first.
    pub fn terms(&self, expected: &Expected) -> Vec<Term> {
        let judge = self.judge;
        let mut terms: Vec<Term> = judge
            .stems
            .set(&format!("{}. {}", expected.title, expected.detail))
            .into_iter()
            .map(|stem| {
                let held = f64::from(judge.held_by.get(&stem).copied().unwrap_or(0));
                let here = f64::from(self.counts.get(&stem).copied().unwrap_or(0));
                let rarity = ((1.0 + judge.documents) / (1.0 + held)).ln() + 1.0;
                Term { weight: rarity / (1.0 + (1.0 + here).ln()), stem }
            })
            .collect();
        terms.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.stem.cmp(&b.stem)));
        terms
    }
}

/// Whether a finding touches the concern with these key terms.
pub fn touches(terms: &[Term], heard: &Heard) -> bool {
    let all: f64 = terms.iter().map(|term| term.weight).sum();
    let held: Vec<f64> = terms
        .iter()
        .filter_map(|term| {
            let own = heard.own.contains(&term.stem);
            (own || heard.quoted.contains(&term.stem)).then_some(term.weight * if own { 1.0 } else { QUOTED })
        })
        .collect();
    let needed = if terms.len() <= 4 { TERMS - 1 } else { TERMS };
    held.len() >= needed && held.iter().sum::<f64>() >= SHARE * all
}
