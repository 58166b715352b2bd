//! What the documents give reason to think about: every concern of the catalogue against every statement.

use std::collections::BTreeMap;

use super::catalogue::{Catalogue, Concern};
use super::naming::{self, Spellings};
use super::pattern::Pattern;
use super::phrase::Phrase;
use super::rank::{self, Salience};
use super::reading::{Found, Reading};
use super::relevance;
use super::view::{Statement, View};
use crate::document::SentenceKind;
use crate::threat_model::Anchor;

/// A concern that the text gives reason for, with the words that do.
#[derive(Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) concern: &'a Concern,
    pub(crate) view: usize,
    pub(crate) statement: usize,
    pub(crate) words: BTreeMap<String, Phrase>,
    pub(crate) anchor: Anchor,
    /// How much the answer changes the draft, 0 to 1000.
    pub(crate) value: u32,
    /// Byte offset of the words within the statement.
    pub(crate) at: usize,
    /// A second statement that does not fit the first, and the place in it.
    pub(crate) other: Option<(usize, usize)>,
}

/// A concern that the text answers by itself.
#[derive(Debug)]
pub(crate) struct AnsweredByText<'a> {
    pub(crate) concern: &'a Concern,
    pub(crate) anchor: Anchor,
}

/// What reading the documents gave, most valuable first.
#[derive(Debug, Default)]
pub(crate) struct Findings<'a> {
    pub(crate) open: Vec<Finding<'a>>,
    pub(crate) answered: Vec<AnsweredByText<'a>>,
}

impl Finding<'_> {
    /// The thing asked about, in the author's words.
    pub(crate) fn subject(&self) -> String {
        self.words.get("x").or_else(|| self.words.get("y")).map_or_else(String::new, |p| p.text().to_owned())
    }
}

/// Reads the documents against the catalogue. Documents without security relevance give nothing.
pub(crate) fn find<'a>(catalogue: &'a Catalogue, views: &[View], description: &str) -> Findings<'a> {
    let mut all = Findings::default();
    for (index, view) in views.iter().enumerate().filter(|(_, view)| relevance::is_relevant(view)) {
        let reader = Reader { view, index, salience: Salience::of(view), spellings: Spellings::of(view), description };
        for (concern, places) in evidence(catalogue, view) {
            match reader.look(concern, &places) {
                Look::Open(finding) => all.open.push(*finding),
                Look::Answered(answered) => all.answered.push(answered),
                Look::Nothing => {}
            }
        }
    }
    all.open
        .sort_by(|a, b| b.value.cmp(&a.value).then_with(|| a.concern.id.cmp(&b.concern.id)).then(a.view.cmp(&b.view)));
    all
}

/// Where a concern could be found: a statement, and what speaks for it there.
type Place<'a> = (usize, Evidence<'a>);

/// What speaks for a concern.
#[derive(Clone, Debug)]
enum Evidence<'a> {
    /// A pattern whose words are in the statement.
    Pattern(&'a Pattern),
    /// A shape that was read there.
    Structure(Found),
}

/// What a shape is worth less than words that speak of the matter.
const OF_A_SHAPE: u32 = 120;

fn less(evidence: &Evidence<'_>) -> u32 {
    match evidence {
        // Two statements that do not fit speak for themselves.
        Evidence::Structure(found) if found.other.is_none() => OF_A_SHAPE,
        Evidence::Structure(_) | Evidence::Pattern(_) => 0,
    }
}

/// For each concern the places where it could be found.
fn evidence<'a>(catalogue: &'a Catalogue, view: &View) -> Vec<(&'a Concern, Vec<Place<'a>>)> {
    let mut places: BTreeMap<usize, Vec<Place<'a>>> = BTreeMap::new();
    for (i, statement) in view.statements.iter().enumerate().filter(|(_, s)| speaks(s)) {
        for (concern, pattern) in catalogue.candidates(&statement.text) {
            places.entry(concern).or_default().push((i, Evidence::Pattern(pattern)));
        }
    }
    let reading = Reading::of(view);
    for (at, concern) in catalogue.concerns.iter().enumerate().filter(|(_, c)| !c.structures.is_empty()) {
        places.entry(at).or_default().extend(structures(concern, view, &reading));
    }
    places.into_iter().filter_map(|(at, found)| Some((catalogue.concerns.get(at)?, found))).collect()
}

fn structures<'a>(concern: &Concern, view: &View, reading: &Reading) -> Vec<Place<'a>> {
    let found = concern.structures.iter().flat_map(|kind| reading.structures(*kind));
    found
        .filter(|f| view.statements.get(f.statement).is_some_and(speaks))
        .map(|f| (f.statement, Evidence::Structure(f)))
        .collect()
}

/// Whether a statement says something about what is going to be built, and is part of the change.
fn speaks(statement: &Statement) -> bool {
    let asks = statement.text.trim_end().ends_with('?');
    statement.weight > 0 && statement.changed && !asks && statement.text.split_whitespace().nth(3).is_some()
}

enum Look<'a> {
    Open(Box<Finding<'a>>),
    Answered(AnsweredByText<'a>),
    Nothing,
}

/// One document while it is read.
struct Reader<'v> {
    view: &'v View,
    index: usize,
    salience: Salience,
    spellings: Spellings<'v>,
    description: &'v str,
}

impl Reader<'_> {
    fn look<'a>(&self, concern: &'a Concern, places: &[Place<'a>]) -> Look<'a> {
        let needed = |n: &Pattern| self.view.statements.iter().any(|s| s.weight > 0 && n.is_match(&s.text));
        if !concern.needs.as_ref().is_none_or(needed) {
            return Look::Nothing;
        }
        let mut best: Option<Finding<'a>> = None;
        let mut found = 0_u32;
        let mut last = None;
        for (at, evidence) in places {
            if last == Some(*at) {
                continue;
            }
            let Some(finding) = self.fires(concern, *at, evidence) else { continue };
            last = Some(*at);
            found += 1;
            if best.as_ref().is_none_or(|b| finding.value > b.value) {
                best = Some(finding);
            }
        }
        let Some(mut best) = best else { return Look::Nothing };
        if let Some(answered) = &concern.answered {
            if answered.is_match(self.description) {
                return Look::Nothing;
            }
            if let Some((statement, at)) = self.answer(answered, &best) {
                return Look::Answered(AnsweredByText { concern, anchor: self.view.anchor(statement, at) });
            }
        }
        best.value = rank::repeated(best.value, found);
        Look::Open(Box::new(best))
    }

    fn fires<'a>(&self, concern: &'a Concern, i: usize, evidence: &Evidence<'a>) -> Option<Finding<'a>> {
        let statement = self.view.statements.get(i)?;
        let (words, at) = self.words(statement, evidence)?;
        if !concern.questions.iter().any(|q| q.fits(&words)) {
            return None;
        }
        let excluded = concern.excludes.as_ref().is_some_and(|e| e.is_match(&statement.text));
        if excluded || concern.answered_near.as_ref().is_some_and(|near| self.is_answered_nearby(near, i)) {
            return None;
        }
        Some(Finding {
            concern,
            view: self.index,
            statement: i,
            anchor: self.view.anchor(statement, at),
            value: rank::value(concern, self.view, &self.salience, statement, &words).saturating_sub(less(evidence)),
            other: match evidence {
                Evidence::Structure(found) => found.other,
                Evidence::Pattern(_) => None,
            },
            words,
            at,
        })
    }

    /// The things that the evidence names, and where they stand; nothing when it does not hold.
    fn words(&self, statement: &Statement, evidence: &Evidence<'_>) -> Option<(BTreeMap<String, Phrase>, usize)> {
        match evidence {
            Evidence::Pattern(pattern) => {
                let regex = pattern.regex()?;
                let captures = regex.captures(&statement.text)?;
                let named = captures.name("x").or_else(|| captures.name("y")).or_else(|| captures.get(0));
                Some((
                    naming::names(self.view, &self.spellings, statement, regex, &captures),
                    named.map_or(0, |m| m.start()),
                ))
            }
            Evidence::Structure(found) => {
                let things = [("x", Some(&found.x)), ("y", found.y.as_ref())];
                let named = things.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Phrase::new(text?))));
                Some((named.filter(|(_, phrase)| phrase.is_name()).collect(), found.at))
            }
        }
    }

    /// A statement that answers: of the same section, or about the same thing.
    fn answer(&self, answered: &Pattern, finding: &Finding<'_>) -> Option<(&Statement, usize)> {
        let section = self.view.statements.get(finding.statement).and_then(|s| s.section);
        let subject = rank::stems(&finding.subject());
        let regex = answered.regex()?;
        self.view
            .statements
            .iter()
            .filter(|s| s.weight >= 2 && s.kind != SentenceKind::Heading)
            .filter_map(|s| regex.find(&s.text).map(|m| (s, m.start())))
            .find(|(s, _)| s.section == section || rank::stems(&s.text).iter().any(|w| subject.contains(w)))
    }

    /// Whether the statement itself, or one beside it in the same section, answers.
    fn is_answered_nearby(&self, near: &Pattern, at: usize) -> bool {
        let section = self.view.statements.get(at).and_then(|s| s.section);
        let from = at.saturating_sub(3);
        let around = self.view.statements.iter().skip(from).take(at - from + 5);
        around.filter(|s| s.section == section).any(|s| near.is_match(&s.text))
    }
}

/// Whether a concern is open in one text, whatever else is in it. For the catalogue's own texts.
pub(crate) fn is_open(concern: &Concern, view: &View) -> bool {
    let reader =
        Reader { view, index: 0, salience: Salience::of(view), spellings: Spellings::of(view), description: "" };
    let statements = view.statements.iter().enumerate().filter(|(_, s)| speaks(s));
    let patterns = |i| concern.fires.iter().map(move |p| (i, Evidence::Pattern(p)));
    let mut places: Vec<Place<'_>> = statements.flat_map(|(i, _)| patterns(i)).collect();
    places.extend(structures(concern, view, &Reading::of(view)));
    matches!(reader.look(concern, &places), Look::Open(_))
}
