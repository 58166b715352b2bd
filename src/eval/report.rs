//! What a run found, as data: for each document and in all. `--json` writes it, `--against` reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arms::{Arm, Shown};
use super::corpus::{Case, Group};
use super::findings::{Finding, Kind, findings};
use super::play::{Played, Probed, Settings, Spent};
use super::rubric::{Fault, Rubric, Rule};
use super::terms::{Heard, Judge, Term, touches};
use super::words::jaccard;
use crate::threat_model::Quotations;

/// The version of the JSON form.
pub const VERSION: u32 = 1;

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this form.
    pub version: u32,
    /// Who was measured.
    pub analyst: String,
    /// Who judged.
    pub judge: String,
    /// How reviews were played.
    pub settings: Settings,
    /// In all.
    pub totals: Totals,
    /// Recall of each arm that was compared, over all known concerns.
    #[serde(default)]
    pub arms: BTreeMap<Arm, Recall>,
    /// Each document, by name.
    pub documents: Vec<DocumentReport>,
}

/// One document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentReport {
    /// Name of its folder.
    pub name: String,
    /// It has no security relevance.
    pub low: bool,
    /// Questions asked.
    pub questions: usize,
    /// Threats shown.
    pub threats: usize,
    /// Recommendations made.
    pub recommendations: usize,
    /// What was considered and listed in a line.
    pub aside: usize,
    /// Known concerns, with what touches them.
    pub concerns: Vec<Concern>,
    /// Hard rules that are broken.
    pub faults: Vec<Fault>,
    /// Quotations, checked again here.
    pub quotations: Quotations,
    /// What is wrong with those that do not stand.
    pub fallen: Vec<String>,
    /// Pairs of questions that ask the same, by place from 1.
    pub doubled: Vec<(usize, usize)>,
    /// Whether further runs said the same.
    pub stability: Stability,
    /// Digest of all that the analyst said.
    pub output: String,
    /// Milliseconds of the first run.
    pub milliseconds: f64,
    /// Tokens and money, of the first run.
    pub spent: Spent,
}

/// A known concern, with what touches it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concern {
    /// Its id in `expected.json`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its group.
    pub group: Group,
    /// Numbers of questions.
    pub by_question: Vec<String>,
    /// Numbers of threats shown.
    pub by_threat: Vec<String>,
    /// Numbers of what was set aside.
    pub by_aside: Vec<String>,
    /// What the judge looked for.
    pub terms: Vec<Term>,
    /// Words of findings on which a judge that reads rests, after the finding's number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quoted: Vec<String>,
}

/// Whether further runs said the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// How many runs.
    pub runs: usize,
    /// The least likeness (Jaccard) of the concerns of a further run with those of the first.
    pub concerns: f64,
    /// Every run said the same, byte for byte.
    pub identical: bool,
}

/// How many known concerns, and how many of them were touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// Known.
    pub expected: usize,
    /// Touched by a question.
    pub by_question: usize,
    /// By a threat shown, or what is recommended for it.
    pub by_threat: usize,
    /// By either.
    pub by_either: usize,
    /// By anything that was considered.
    pub considered: usize,
}

impl Recall {
    /// Counts concerns.
    pub fn of<'a>(concerns: impl Iterator<Item = &'a Concern>) -> Self {
        let mut recall = Self::default();
        for concern in concerns {
            let (question, threat) = (!concern.by_question.is_empty(), !concern.by_threat.is_empty());
            recall.add(question, threat, !concern.by_aside.is_empty());
        }
        recall
    }

    /// One more concern.
    pub fn add(&mut self, question: bool, threat: bool, aside: bool) {
        self.expected += 1;
        self.by_question += usize::from(question);
        self.by_threat += usize::from(threat);
        self.by_either += usize::from(question || threat);
        self.considered += usize::from(question || threat || aside);
    }
}

/// `part` of `whole`, from 0 to 1; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of findings are small")]
pub fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// All documents together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Documents.
    pub documents: usize,
    /// Every known concern.
    pub all: Recall,
    /// Those cut out of the text that was read.
    pub open: Recall,
    /// Those that the text still gives away.
    pub hinted: Recall,
    /// Those that came up later, elsewhere.
    pub later: Recall,
    /// Questions, on all documents.
    pub questions: usize,
    /// The most on one document.
    pub most_questions: usize,
    /// Recommendations, on all documents.
    pub recommendations: usize,
    /// For each hard rule, how many questions or recommendations break it.
    pub broken: BTreeMap<Rule, usize>,
    /// Quotations.
    pub quotations: Quotations,
    /// Documents without security relevance.
    pub low: usize,
    /// Those of them on which nothing is asked.
    pub low_quiet: usize,
    /// Questions on them.
    pub low_questions: usize,
    /// Pairs of questions that ask the same.
    pub doubled: usize,
    /// Documents on which every run said the same, byte for byte.
    pub identical: usize,
    /// The mean likeness of the concerns of further runs.
    pub concerns_stable: f64,
    /// Milliseconds, of the first runs.
    pub milliseconds: f64,
    /// Tokens and money.
    pub spent: Spent,
}

impl Totals {
    /// Adds up documents.
    pub fn of(documents: &[DocumentReport]) -> Self {
        let mut totals = Self { documents: documents.len(), ..Self::default() };
        let group = |group: Group| {
            Recall::of(documents.iter().flat_map(|d| &d.concerns).filter(|concern| concern.group == group))
        };
        totals.all = Recall::of(documents.iter().flat_map(|d| &d.concerns));
        (totals.open, totals.hinted, totals.later) = (group(Group::Open), group(Group::Hinted), group(Group::Later));
        totals.broken = Rule::ALL.iter().map(|rule| (*rule, 0)).collect();
        for document in documents {
            totals.add(document);
        }
        if !documents.is_empty() {
            let stable: f64 = documents.iter().map(|d| d.stability.concerns).sum();
            totals.concerns_stable = stable * ratio(1, documents.len());
        }
        totals
    }

    fn add(&mut self, document: &DocumentReport) {
        self.questions += document.questions;
        self.most_questions = self.most_questions.max(document.questions);
        self.recommendations += document.recommendations;
        for fault in &document.faults {
            *self.broken.entry(fault.rule).or_default() += 1;
        }
        self.quotations.checked += document.quotations.checked;
        self.quotations.found += document.quotations.found;
        if document.low {
            self.low += 1;
            self.low_quiet += usize::from(document.questions == 0);
            self.low_questions += document.questions;
        }
        self.doubled += document.doubled.len();
        self.identical += usize::from(document.stability.identical);
        self.milliseconds += document.milliseconds;
        self.spent.tokens += document.spent.tokens;
        self.spent.micro_dollars += document.spent.micro_dollars;
    }
}

/// What was seen of one document.
#[derive(Debug)]
pub struct Seen {
    /// Every run, the first first; never empty.
    pub first: Played,
    /// The further ones.
    pub further: Vec<Played>,
    /// More questions to the analyst, where that was wanted.
    pub probed: Option<Probed>,
    /// Milliseconds of the first run.
    pub milliseconds: f64,
    /// Tokens and money of the first run.
    pub spent: Spent,
}

/// Judges one document.
pub fn document(case: &Case, settings: &Settings, judge: &Judge, seen: &Seen) -> DocumentReport {
    let rubric = Rubric::new(case, &seen.first);
    let found = findings(&seen.first, settings);
    let (quotations, fallen) = rubric.quotations();
    let count = |kind: Kind| found.iter().filter(|finding| finding.kind == kind).count();
    DocumentReport {
        name: case.name.clone(),
        low: case.low,
        questions: count(Kind::Question),
        threats: count(Kind::Threat),
        recommendations: seen.first.draft.recommendations.len(),
        aside: count(Kind::Aside),
        concerns: concerns(case, judge, &found),
        faults: rubric.faults(seen.probed.as_ref()),
        quotations,
        fallen,
        doubled: rubric.doubled(),
        stability: stability(&seen.first, &seen.further),
        output: seen.first.digest(),
        milliseconds: seen.milliseconds,
        spent: seen.spent,
    }
}

/// Which known concerns these findings touch, by terms.
pub fn concerns(case: &Case, judge: &Judge, found: &[Finding]) -> Vec<Concern> {
    let reading = judge.read(case);
    let heard: Vec<Heard> = found.iter().map(|finding| judge.hear(finding)).collect();
    let touched = |terms: &[Term], kind: Kind| {
        let of_kind = found.iter().zip(&heard).filter(|(finding, _)| finding.kind == kind);
        of_kind.filter(|(_, heard)| touches(terms, heard)).map(|(finding, _)| finding.number.clone()).collect()
    };
    case.expected
        .iter()
        .map(|expected| {
            let terms = reading.terms(expected);
            Concern {
                id: expected.id.clone(),
                title: expected.title.clone(),
                group: expected.group(),
                by_question: touched(&terms, Kind::Question),
                by_threat: touched(&terms, Kind::Threat),
                by_aside: touched(&terms, Kind::Aside),
                terms,
                quoted: Vec::new(),
            }
        })
        .collect()
}

/// Recall of each arm, by whoever judges.
pub fn arms<E>(
    cases: &[&Case],
    shown: &[Vec<Shown>],
    mut judge: impl FnMut(&Case, &[Finding]) -> Result<Vec<Concern>, E>,
) -> Result<BTreeMap<Arm, Recall>, E> {
    let mut out: BTreeMap<Arm, Recall> = BTreeMap::new();
    for (case, arms) in cases.iter().zip(shown) {
        for shown in arms {
            let recall = out.entry(shown.arm).or_default();
            for concern in judge(case, &shown.findings)? {
                recall.add(!concern.by_question.is_empty(), !concern.by_threat.is_empty(), false);
            }
        }
    }
    Ok(out)
}

fn stability(first: &Played, further: &[Played]) -> Stability {
    let concerns = |played: &Played| -> BTreeSet<String> {
        let asked = played.asked.questions.iter().map(|q| q.concern.clone());
        asked.chain(played.draft.threats.iter().map(|t| t.concern.clone())).collect()
    };
    let of_first = concerns(first);
    let likeness = further.iter().map(|played| jaccard(&of_first, &concerns(played)));
    Stability {
        runs: further.len() + 1,
        concerns: likeness.fold(1.0, f64::min),
        identical: further.iter().all(|played| played.digest() == first.digest()),
    }
}
