//! The blind sheet: what a person reads and ticks. It names arms by letters only; which is which stands in the key, a file of its own.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::arms::{Arm, Shown, shuffle};
use super::corpus::{Case, Group};
use super::findings::{Finding, Kind};
use super::words::folded;

/// What a question's box says.
pub(super) const WOULD_ASK: &str = "a security engineer would have asked this here";

/// What is needed to read a ticked sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Version of this form.
    pub version: u32,
    /// What shuffled the arms.
    pub seed: u64,
    /// Documents in the sheet's order.
    pub documents: Vec<KeyDocument>,
}

/// One document of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDocument {
    /// Its name.
    pub name: String,
    /// Known concerns: id and group.
    pub concerns: Vec<(String, Group)>,
    /// Arms in the sheet's order.
    pub arms: Vec<KeyArm>,
}

/// One arm of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyArm {
    /// `A`, `B`, …
    pub letter: char,
    /// What it is.
    pub arm: Arm,
    /// The document for which the findings were made; none for the checklist.
    pub made_for: Option<String>,
    /// Numbers of its findings.
    pub findings: Vec<String>,
}

const HEAD: &str = "\
# Blind evaluation sheet

For each document there are known concerns, and several arms with findings. Read an arm's findings, then tick.

* **A concern is touched** by a finding whose answer, or whose change, would bring up that very concern. Being about the same feature is not enough. Put an
  `x` between the brackets and name the findings after the colon: `- [x] T1: Q3, F5`. Leave `- [ ] T2:` when nothing touches it. Q are questions, F threats with
  what is recommended.
* **A question's box** is ticked when a security engineer would have asked this about this very document: `- [x] Q1 a security engineer would …`.

Judge each arm by itself, and change nothing but the boxes: the reader of this sheet is strict and names the line that it cannot read.
";

/// Writes sheet and key for documents with what each arm shows.
pub fn sheet(documents: &[(&Case, Vec<Shown>)], seed: u64) -> (String, Key) {
    let mut text = HEAD.to_owned();
    let mut key = Key { version: 1, seed, documents: Vec::new() };
    for (case, arms) in documents {
        let arms: Vec<(char, Shown)> = ('A'..='Z').zip(shuffle(&case.name, arms.clone(), seed)).collect();
        let _ = writeln!(text, "\n## Document {}\n\nKnown concerns:\n", case.name);
        for expected in &case.expected {
            let said = folded(&format!("{}. {}", expected.title.trim_end_matches('.'), expected.detail));
            let _ = writeln!(text, "* **{}** {said}", expected.id);
        }
        for (letter, shown) in &arms {
            let _ = writeln!(text, "\n### Arm {letter}\n");
            for expected in &case.expected {
                let _ = writeln!(text, "- [ ] {}:", expected.id);
            }
            write_findings(&mut text, &shown.findings);
        }
        key.documents.push(key_of(case, arms));
    }
    (text, key)
}

fn write_findings(text: &mut String, findings: &[Finding]) {
    if findings.is_empty() {
        text.push_str("\nNo findings.\n");
    }
    for finding in findings {
        let mut told = finding.told.iter();
        let _ = writeln!(text, "\n**{}** {}", finding.number, told.next().map_or("", String::as_str));
        for line in told {
            let _ = writeln!(text, "  {line}");
        }
        if finding.kind == Kind::Question {
            let _ = writeln!(text, "\n- [ ] {} {WOULD_ASK}", finding.number);
        }
    }
}

fn key_of(case: &Case, arms: Vec<(char, Shown)>) -> KeyDocument {
    KeyDocument {
        name: case.name.clone(),
        concerns: case.expected.iter().map(|expected| (expected.id.clone(), expected.group())).collect(),
        arms: arms
            .into_iter()
            .map(|(letter, shown)| KeyArm {
                letter,
                arm: shown.arm,
                made_for: shown.made_for,
                findings: shown.findings.into_iter().map(|finding| finding.number).collect(),
            })
            .collect(),
    }
}
