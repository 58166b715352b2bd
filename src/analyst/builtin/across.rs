//! What two documents of a pull request, or a document and the organisation's context, say differently of one thing.

use std::collections::BTreeMap;

use super::ask::excerpt;
use super::catalogue::Catalogue;
use super::context::File;
use super::find::{Beside, Finding, Findings};
use super::phrase::Phrase;
use super::reading::{Contradiction, Reading, Structure, between};
use super::view::View;
use crate::threat_model::{Anchor, Source};

/// More than so many are one question: which of the texts holds.
const MOST: usize = 2;

/// What two statements that exclude each other are worth.
const VALUE: u32 = 620;

/// Adds what does not fit together, as findings of the concern that is about contradictions.
pub(crate) fn add<'a>(catalogue: &'a Catalogue, findings: &mut Findings<'a>, views: &[View], files: &[File]) {
    if views.len() + files.len() < 2 {
        return;
    }
    let concern = catalogue.concerns.iter().find(|c| c.structures.contains(&Structure::Contradiction));
    let Some(concern) = concern else { return };
    let readings: Vec<Reading> = views.iter().map(Reading::of).collect();
    let of_files: Vec<Reading> = files.iter().map(|f| Reading::of(&f.view)).collect();
    let mut found = Vec::new();
    for (at, (view, reading)) in views.iter().zip(&readings).enumerate() {
        for (file, rules) in files.iter().zip(&of_files) {
            let apart = between((view, reading), (&file.view, rules), true);
            let new = apart.into_iter().filter(|c| is_changed(view, c.b.0));
            found.extend(new.map(|c| (at, context(file, &c), c)));
        }
        for (other, theirs) in views.iter().zip(&readings).skip(at + 1) {
            let apart = between((view, reading), (other, theirs), false);
            let new = apart.into_iter().filter(|c| is_changed(view, c.b.0) || is_changed(other, c.a.0));
            found.extend(new.map(|c| (at, document(other, &c), c)));
        }
    }
    let new = found.into_iter().filter_map(|(at, beside, contradiction)| {
        let view = views.get(at)?;
        let (statement, offset) = contradiction.b;
        let anchor = view.anchor(view.statements.get(statement)?, offset);
        let words = BTreeMap::from([("x".to_owned(), Phrase::new(&contradiction.subject))]);
        Some(Finding {
            concern,
            view: at,
            statement,
            words,
            anchor,
            value: VALUE,
            asking: VALUE,
            at: offset,
            other: None,
            beside: Some(beside?),
            instead: None,
        })
    });
    findings.open.extend(new.take(MOST));
    findings.open.sort_by_key(|finding| std::cmp::Reverse(finding.value));
}

/// What the pull request did not touch is not asked about.
fn is_changed(view: &View, statement: usize) -> bool {
    view.statements.get(statement).is_some_and(|s| s.changed)
}

fn context(file: &File, contradiction: &Contradiction) -> Option<Beside> {
    let anchor = stands(&file.view, contradiction)?;
    let source = Source::Context { path: file.path.clone(), quotation: anchor.quotation.clone() };
    Some(Beside { path: file.path.clone(), words: words(&file.view, contradiction), source })
}

fn document(view: &View, contradiction: &Contradiction) -> Option<Beside> {
    let anchor = stands(view, contradiction)?;
    let words = words(view, contradiction);
    Some(Beside { path: anchor.path.clone(), words, source: Source::Document { anchor } })
}

/// The other side's words, when they stand where they should.
fn stands(view: &View, contradiction: &Contradiction) -> Option<Anchor> {
    let (statement, at) = contradiction.a;
    let anchor = view.anchor(view.statements.get(statement)?, at);
    view.source.find(&anchor.quotation).map(|_| anchor)
}

fn words(view: &View, contradiction: &Contradiction) -> String {
    let (statement, at) = contradiction.a;
    excerpt(view.statements.get(statement).map_or("", |s| s.text.as_str()), at).replace('"', "'")
}
