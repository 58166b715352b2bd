//! Reads a ticked sheet. Strict: a box that cannot be read, is missing or stands twice is an error that names its line.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::arms::Arm;
use super::corpus::Group;
use super::report::{Recall, ratio};
use super::sheet::{Key, KeyArm, KeyDocument, WOULD_ASK};
use super::table::{RECALL, part, recall_row, table};

/// What people ticked, for one arm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticked {
    /// Every known concern.
    pub all: Recall,
    /// Those cut out of the text.
    pub open: Recall,
    /// Those that the text hints at.
    pub hinted: Recall,
    /// Those that came up later, elsewhere.
    pub later: Recall,
    /// Questions shown.
    pub questions: usize,
    /// Questions that a security engineer would have asked.
    pub would_ask: usize,
}

/// What people ticked, arm by arm.
pub type Result = BTreeMap<Arm, Ticked>;

/// A box of a sheet.
enum Tick<'a> {
    /// A concern and the findings that touch it.
    Concern(&'a str, Vec<&'a str>),
    /// A question, and whether it would have been asked.
    Question(&'a str, bool),
}

/// Where the reader is.
struct Place<'k> {
    document: &'k KeyDocument,
    arm: Option<(&'k KeyArm, usize, BTreeSet<String>)>,
}

/// Reads a sheet by its key.
pub fn read(sheet: &str, key: &Key) -> std::result::Result<Result, String> {
    let mut result = Result::new();
    let mut place: Option<Place<'_>> = None;
    let mut done: BTreeSet<(&str, char)> = BTreeSet::new();
    for (n, line) in sheet.lines().enumerate() {
        let n = n + 1;
        let wrong = |why: String| format!("line {n}: {why}");
        let line = line.trim_end();
        if let Some(name) = line.strip_prefix("## Document ") {
            leave(place.as_mut())?;
            let document = key.documents.iter().find(|document| document.name == name);
            let document = document.ok_or_else(|| wrong(format!("the key knows no document `{name}`")))?;
            place = Some(Place { document, arm: None });
        } else if let Some(letter) = line.strip_prefix("### Arm ") {
            leave(place.as_mut())?;
            let at = place.as_mut().ok_or_else(|| wrong("an arm before the first document".to_owned()))?;
            let arm = at.document.arms.iter().find(|arm| arm.letter.to_string() == letter);
            let arm = arm.ok_or_else(|| wrong(format!("the key knows no arm `{letter}` of {}", at.document.name)))?;
            if !done.insert((&at.document.name, arm.letter)) {
                return Err(wrong(format!("arm {letter} of {} stands twice", at.document.name)));
            }
            at.arm = Some((arm, n, BTreeSet::new()));
        } else if let Some(at) = place.as_mut().filter(|_| looks_like_a_box(line)) {
            take(at, line, &mut result).map_err(wrong)?;
        }
    }
    leave(place.as_mut())?;
    let missing = key.documents.iter().flat_map(|d| d.arms.iter().map(|arm| (d.name.as_str(), arm.letter)));
    match missing.into_iter().find(|arm| !done.contains(arm)) {
        Some((name, letter)) => Err(format!("the sheet has no arm {letter} of {name}")),
        None => Ok(result),
    }
}

/// A box, or what was one before somebody changed it.
fn looks_like_a_box(line: &str) -> bool {
    let line = line.trim_start();
    ["- [", "-[", "* [", "*[", "- x", "[x]", "[ ]", "[X]"].iter().any(|beginning| line.starts_with(beginning))
}

/// An arm is left when the next begins: every box must have been there.
fn leave(place: Option<&mut Place<'_>>) -> std::result::Result<(), String> {
    let Some(place) = place else { return Ok(()) };
    let Some((arm, line, seen)) = place.arm.take() else { return Ok(()) };
    match boxes(place.document, arm).find(|name| !seen.contains(name)) {
        Some(name) => Err(format!("line {line}: arm {} of {} has no box for {name}", arm.letter, place.document.name)),
        None => Ok(()),
    }
}

fn boxes<'k>(document: &'k KeyDocument, arm: &'k KeyArm) -> impl Iterator<Item = String> + use<'k> {
    let questions = arm.findings.iter().filter(|number| number.starts_with('Q'));
    let concerns = document.concerns.iter().map(|(id, _)| format!("concern {id}"));
    concerns.chain(questions.map(|number| format!("question {number}")))
}

fn take(at: &mut Place<'_>, line: &str, result: &mut Result) -> std::result::Result<(), String> {
    let document = at.document;
    let Some((arm, _, seen)) = at.arm.as_mut() else {
        return Err("a box outside an arm".to_owned());
    };
    let told = result.entry(arm.arm).or_default();
    let name = match tick(line)? {
        Tick::Question(number, yes) => {
            if !arm.findings.iter().any(|known| known == number) {
                return Err(format!("arm {} has no question {number}", arm.letter));
            }
            told.questions += 1;
            told.would_ask += usize::from(yes);
            format!("question {number}")
        }
        Tick::Concern(id, by) => {
            let group = document.concerns.iter().find(|(known, _)| known == id).map(|(_, group)| *group);
            let group = group.ok_or_else(|| format!("{} has no concern {id}", document.name))?;
            if let Some(number) = by.iter().find(|number| !arm.findings.iter().any(|known| known == *number)) {
                return Err(format!("arm {} has no finding `{number}`", arm.letter));
            }
            let question = by.iter().any(|number| number.starts_with('Q'));
            let threat = by.iter().any(|number| number.starts_with('F'));
            told.all.add(question, threat, false);
            let part = match group {
                Group::Open => &mut told.open,
                Group::Hinted => &mut told.hinted,
                Group::Later => &mut told.later,
            };
            part.add(question, threat, false);
            format!("concern {id}")
        }
    };
    if seen.insert(name.clone()) { Ok(()) } else { Err(format!("the box of {name} stands twice")) }
}

/// Reads one box.
fn tick(line: &str) -> std::result::Result<Tick<'_>, String> {
    let rest = [("- [ ] ", false), ("- [x] ", true), ("- [X] ", true)];
    let read = rest.iter().find_map(|(mark, ticked)| line.strip_prefix(mark).map(|rest| (rest, *ticked)));
    let Some((rest, ticked)) = read else {
        return Err("a box is written `- [ ] ` or `- [x] `".to_owned());
    };
    if let Some(number) = rest.strip_suffix(WOULD_ASK).map(str::trim_end) {
        return Ok(Tick::Question(number, ticked));
    }
    let Some((id, by)) = rest.split_once(':') else {
        return Err(format!("after the box comes `T1: Q3, F5`, or `Q1 {WOULD_ASK}`"));
    };
    let by: Vec<&str> = by.split(',').map(str::trim).filter(|number| !number.is_empty()).collect();
    match (ticked, by.is_empty()) {
        (true, true) => Err(format!("{id} is ticked but names no finding")),
        (false, false) => Err(format!("{id} names findings but is not ticked")),
        _ => Ok(Tick::Concern(id, by)),
    }
}

/// The result as tables.
pub fn told(result: &Result) -> String {
    let mut rows = Vec::new();
    for (arm, ticked) in result {
        let parts = [
            ("all", ticked.all),
            ("cut out of the text", ticked.open),
            ("hinted in the text", ticked.hinted),
            ("came up later", ticked.later),
        ];
        for (name, recall) in parts {
            let mut row = recall_row(&format!("{}: {name}", arm.name()), &recall);
            row.pop(); // a sheet shows nothing that was set aside
            rows.push(row);
        }
    }
    let header: Vec<&str> = RECALL.iter().copied().filter(|name| *name != "considered").collect();
    let mut told = vec![table(&header, rows), String::new()];
    for (arm, ticked) in result {
        let share = part(ticked.would_ask, ticked.questions);
        told.push(format!("{}: {share} of the questions would have been asked", arm.name()));
    }
    if let Some(ours) = result.get(&Arm::Ours) {
        for (arm, other) in result.iter().filter(|(arm, _)| **arm != Arm::Ours) {
            let ahead = |of: fn(&Ticked) -> Recall| {
                let share = |ticked: &Ticked| ratio(of(ticked).by_either, of(ticked).expected);
                100.0 * (share(ours) - share(other))
            };
            told.push(format!(
                "ours is {:+.0} points ahead of {} by either ({:+.0} on concerns cut out of the text)",
                ahead(|t| t.all),
                arm.name(),
                ahead(|t| t.open)
            ));
        }
    }
    told.join("\n")
}
