//! What the documents give reason to think about: every concern of the catalogue against every statement.

use std::collections::BTreeMap;
use std::ops::Range;

use super::catalogue::{Catalogue, Concern};
use super::naming::{self, Spellings};
use super::pattern::Pattern;
use super::phrase::Phrase;
use super::rank::{self, Salience};
use super::reading::Found;
use super::relevance;
use super::senses::Sense;
use super::view::{Statement, View};
use super::worth;
use crate::document::SentenceKind;
use crate::threat_model::{Anchor, Source};

/// A concern that the text gives reason for, with the words that do.
#[derive(Clone, Debug)]
pub(crate) struct Finding<'a> {
    pub(crate) concern: &'a Concern,
    pub(crate) view: usize,
    pub(crate) statement: usize,
    pub(crate) words: BTreeMap<String, Phrase>,
    pub(crate) anchor: Anchor,
    /// How much the answer changes the draft, 0 to 1000.
    pub(crate) value: u32,
    /// How much speaks for asking it here, 0 to 1000.
    pub(crate) asking: u32,
    /// Byte offset of the words within the statement.
    pub(crate) at: usize,
    /// A second statement that does not fit the first, and the place in it.
    pub(crate) other: Option<(usize, usize)>,
    /// Words of another text that do not fit the first.
    pub(crate) beside: Option<Beside>,
    /// The same at the second best place, for when something else is asked at the first.
    pub(crate) instead: Option<Box<Finding<'a>>>,
}

/// Words of another document or of the organisation's context.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    pub(crate) path: String,
    /// Few of them, for a question.
    pub(crate) words: String,
    pub(crate) source: Source,
}

/// A concern that the text answers by itself.
#[derive(Clone, Debug)]
pub(crate) struct AnsweredByText<'a> {
    pub(crate) concern: &'a Concern,
    pub(crate) anchor: Anchor,
}

/// What reading the documents gave, most valuable first.
#[derive(Clone, Debug, Default)]
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
        let reader = Reader::new(catalogue, view, index, description);
        for (concern, places) in reader.evidence(catalogue) {
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

/// A place where a concern was found.
struct Fired {
    statement: usize,
    words: BTreeMap<String, Phrase>,
    value: u32,
    asking: u32,
    /// Where the thing begins, and as long as the words that speak for it.
    found: Range<usize>,
    /// Where those words begin.
    from: usize,
    other: Option<(usize, usize)>,
}

/// What evidence names, and where it stands in its statement.
struct Named {
    words: BTreeMap<String, Phrase>,
    /// Where the thing begins, and as long as the words that speak for it.
    found: Range<usize>,
    /// Those words.
    whole: Range<usize>,
    /// Where the verb ends, when the pattern tells it.
    verb: Option<usize>,
}

/// Whether a place is better than the best so far.
fn beats(best: Option<&Fired>, asking: u32, value: u32) -> bool {
    best.is_none_or(|b| (asking, value) > (b.asking, b.value))
}

/// Words between a verb and a noun that make the noun something else than what is done to: "removed as an owner of a package".
const BETWEEN: [&str; 30] = [
    "of",
    "by",
    "to",
    "from",
    "in",
    "with",
    "for",
    "as",
    "into",
    "on",
    "onto",
    "via",
    "through",
    "at",
    "than",
    "that",
    "which",
    "who",
    "containing",
    "between",
    "but",
    "without",
    "if",
    "when",
    "where",
    "is",
    "are",
    "it",
    "they",
    "because",
];

/// Whether the thing that is named is what the words before it are done to.
fn is_done_to(text: &str, named: &Named) -> bool {
    let thing = named.found.start;
    let verb = named.verb.filter(|end| *end <= thing).unwrap_or(named.whole.start);
    let between = text.get(verb..thing).unwrap_or_default();
    let words = between.split_whitespace().skip(usize::from(named.verb.is_none()));
    !words.map(str::to_lowercase).any(|word| BETWEEN.contains(&word.as_str()))
}

/// One document while it is read.
struct Reader<'v, 'c> {
    view: &'v View,
    index: usize,
    salience: Salience,
    spellings: Spellings<'v>,
    description: &'v str,
    /// For each pattern of the catalogue the statements that it could match.
    candidates: Vec<Vec<usize>>,
    /// For each pattern whether it could match the description.
    described: Vec<Vec<usize>>,
    /// Other senses of words, each with whether the whole document shows it.
    senses: Vec<(&'c Sense, bool)>,
}

impl<'v, 'c> Reader<'v, 'c> {
    fn new(catalogue: &'c Catalogue, view: &'v View, index: usize, description: &'v str) -> Self {
        let mut reader = Self {
            view,
            index,
            salience: Salience::of(view),
            spellings: Spellings::of(view),
            description,
            candidates: catalogue.candidates(view.statements.iter().map(|s| s.text.as_str())),
            described: catalogue.candidates([description]),
            senses: Vec::new(),
        };
        let shows = |pattern: &Pattern| reader.candidates(pattern).any(|(_, s)| pattern.is_match(&s.text));
        let senses = catalogue.senses.iter().map(|sense| (sense, sense.throughout.as_ref().is_some_and(shows)));
        reader.senses = senses.collect();
        reader
    }

    /// Whether a word that speaks for a concern is meant in another sense than the concern's.
    fn is_another_sense(&self, concern: &Concern, statement: &Statement, named: &Named) -> bool {
        let words = || named.words.iter().filter(|(name, _)| *name != "v").map(|(_, phrase)| phrase.text());
        let whole = statement.text.get(named.whole.clone()).unwrap_or_default();
        let alone = words().next().is_none().then_some(whole);
        self.senses.iter().filter(|(sense, _)| !concern.senses.contains(&sense.name)).any(|(sense, throughout)| {
            words().chain(alone).any(|thing| sense.is_meant(thing, &statement.text, *throughout))
        })
    }

    /// The statements that a pattern could match, in order.
    fn candidates(&self, pattern: &Pattern) -> impl Iterator<Item = (usize, &'v Statement)> {
        let places = self.candidates.get(pattern.id).into_iter().flatten();
        places.filter_map(|at| Some((*at, self.view.statements.get(*at)?)))
    }

    /// For each concern the places where it could be found.
    fn evidence<'a>(&self, catalogue: &'a Catalogue) -> Vec<(&'a Concern, Vec<Place<'a>>)> {
        let speaks: Vec<bool> = self.view.statements.iter().map(speaks).collect();
        let speaks = |at: usize| speaks.get(at) == Some(&true);
        let concerns = catalogue.concerns.iter().map(|concern| (concern, self.places(concern, speaks)));
        concerns.filter(|(concern, places)| !places.is_empty() || !concern.structures.is_empty()).collect()
    }

    /// The places where a concern could be found: by its words, in order of the text, then by its shapes.
    fn places<'a>(&self, concern: &'a Concern, speaks: impl Fn(usize) -> bool) -> Vec<Place<'a>> {
        let by_words = |pattern: &'a Pattern| {
            let candidates = self.candidates.get(pattern.id).into_iter().flatten();
            candidates.map(move |at| (*at, Evidence::Pattern(pattern)))
        };
        let mut places: Vec<Place<'a>> =
            concern.fires.iter().flat_map(by_words).filter(|(at, _)| speaks(*at)).collect();
        places.sort_by_key(|(at, _)| *at);
        let shapes = concern.structures.iter().flat_map(|kind| self.view.reading().structures(*kind));
        places.extend(shapes.filter(|f| speaks(f.statement)).map(|f| (f.statement, Evidence::Structure(f))));
        places
    }

    fn look<'a>(&self, concern: &'a Concern, places: &[Place<'a>]) -> Look<'a> {
        let needed = |n: &Pattern| self.candidates(n).any(|(_, s)| s.weight > 0 && n.is_match(&s.text));
        if !concern.needs.as_ref().is_none_or(needed) {
            return Look::Nothing;
        }
        let (mut best, mut second): (Option<Fired>, Option<Fired>) = (None, None);
        let (mut found, mut most) = (0_u32, 0_u32);
        let mut last = None;
        for (at, evidence) in places {
            let open = || {
                let value = self.salience.at_most(concern, self.view, *at);
                found < rank::PLENTY || value > most || beats(best.as_ref(), worth::at_most(concern, value), value)
            };
            if last == Some(*at) || !open() {
                continue;
            }
            let Some(mut fired) = self.fires(concern, *at, evidence) else { continue };
            last = Some(*at);
            found += 1;
            most = most.max(fired.value);
            let could = worth::at_most(concern, fired.value);
            if !beats(best.as_ref(), could, fired.value) && !beats(second.as_ref(), could, fired.value) {
                continue;
            }
            fired.asking = self.asking(concern, &fired);
            if beats(best.as_ref(), fired.asking, fired.value) {
                second = best.replace(fired).or(second);
            } else if beats(second.as_ref(), fired.asking, fired.value) {
                second = Some(fired);
            }
        }
        let Some(mut best) = best.and_then(|best| self.finding(concern, best)) else { return Look::Nothing };
        if let Some(answered) = &concern.answered {
            let described = self.described.get(answered.id).is_some_and(|texts| !texts.is_empty());
            if described && answered.is_match(self.description) {
                return Look::Nothing;
            }
            if let Some((statement, at)) = self.answer(answered, &best) {
                return Look::Answered(AnsweredByText { concern, anchor: self.view.anchor(statement, at) });
            }
        }
        best.value = rank::repeated(most, found);
        let asking = |asking| rank::repeated(asking, found);
        best.asking = if self.is_answered_elsewhere(concern, &best) { 0 } else { asking(best.asking) };
        let second = second.filter(|second| second.statement != best.statement && best.asking > 0);
        best.instead = second.and_then(|second| self.finding(concern, second)).map(|mut second| {
            (second.value, second.asking) = (best.value, asking(second.asking));
            Box::new(second)
        });
        Look::Open(Box::new(best))
    }

    fn fires(&self, concern: &Concern, i: usize, evidence: &Evidence<'_>) -> Option<Fired> {
        let statement = self.view.statements.get(i)?;
        let named = self.named(statement, evidence)?;
        if !concern.questions.iter().any(|q| q.fits(&named.words)) {
            return None;
        }
        if matches!(evidence, Evidence::Pattern(_)) && self.is_another_sense(concern, statement, &named) {
            return None;
        }
        if concern.direct && !is_done_to(&statement.text, &named) {
            return None;
        }
        let excluded = concern.excludes.as_ref().is_some_and(|e| self.could(e, i) && e.is_match(&statement.text));
        if excluded || concern.answered_near.as_ref().is_some_and(|near| self.is_answered_nearby(near, i)) {
            return None;
        }
        Some(Fired {
            statement: i,
            value: rank::value(concern, self.view, &self.salience, i, &named.words).saturating_sub(less(evidence)),
            asking: 0,
            from: named.whole.start,
            other: match evidence {
                Evidence::Structure(found) => found.other,
                Evidence::Pattern(_) => None,
            },
            words: named.words,
            found: named.found,
        })
    }

    /// How much speaks for asking about it here.
    fn asking(&self, concern: &Concern, fired: &Fired) -> u32 {
        let i = fired.statement;
        let in_context = |c: &Pattern| self.around(i, 1, 1).any(|(at, s)| self.could(c, at) && c.is_match(&s.text));
        let Some(statement) = self.view.statements.get(i) else { return 0 };
        if !concern.context.as_ref().is_none_or(in_context) {
            return 0;
        }
        let before = i.checked_sub(1).and_then(|b| self.view.statements.get(b));
        let place = worth::Place {
            statement,
            found: fired.found.clone(),
            from: fired.from,
            before: before.filter(|b| b.section == statement.section),
            heading: self.view.heading(statement),
            salience: &self.salience,
        };
        worth::worth(concern, &place, &worth::sayable(&fired.words), fired.value)
    }

    fn finding<'a>(&self, concern: &'a Concern, fired: Fired) -> Option<Finding<'a>> {
        let Fired { statement, words, value, asking, found, other, .. } = fired;
        let (view, at) = (self.index, found.start);
        let anchor = self.view.anchor(self.view.statements.get(statement)?, at);
        Some(Finding { concern, view, statement, words, anchor, value, asking, at, other, beside: None, instead: None })
    }

    /// The things that the evidence names, and where it stands; nothing when it does not hold.
    fn named(&self, statement: &Statement, evidence: &Evidence<'_>) -> Option<Named> {
        match evidence {
            Evidence::Pattern(pattern) => {
                let found = pattern.captures(&statement.text)?;
                let group = |name: &str| found.groups.iter().find(|(n, _)| *n == name).map(|(_, range)| range.start);
                let at = group("x").or_else(|| group("y")).unwrap_or(found.whole.start);
                let words = naming::names(self.view, &self.spellings, statement, &found.groups);
                let verb = found.groups.iter().find(|(n, _)| *n == "v").map(|(_, range)| range.end);
                Some(Named { words, found: at..at + found.whole.len(), whole: found.whole, verb })
            }
            Evidence::Structure(found) => {
                let things = [("x", Some(&found.x)), ("y", found.y.as_ref())];
                let named = things.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Phrase::new(text?))));
                let words = named.filter(|(_, phrase)| phrase.is_name()).collect();
                Some(Named { words, found: found.at..found.at, whole: found.at..found.at, verb: None })
            }
        }
    }

    /// A statement that answers: of the same section, or about the same thing.
    fn answer(&self, answered: &Pattern, finding: &Finding<'_>) -> Option<(&Statement, usize)> {
        let section = self.view.statements.get(finding.statement).and_then(|s| s.section);
        let subject = rank::stems(&finding.subject());
        let fits = |at: usize, s: &Statement| s.section == section || self.salience.shares(at, &subject);
        self.candidates(answered)
            .filter(|(at, s)| s.weight >= 2 && s.kind != SentenceKind::Heading && fits(*at, s))
            .find_map(|(_, s)| Some((s, answered.find(&s.text)?.start)))
    }

    /// Whether some other part of the document answers. It may speak of something else, so the threat stays; but who has read the
    /// whole document does not ask.
    fn is_answered_elsewhere(&self, concern: &Concern, finding: &Finding<'_>) -> bool {
        let subject = rank::stems(&finding.subject());
        let alike = |at: usize| self.salience.is_alike(at, &subject, finding.statement, 3);
        let said = |pattern: &Pattern, least: u32, of: &dyn Fn(usize) -> bool| {
            let counts = |s: &Statement| s.weight >= least && s.kind != SentenceKind::Heading;
            self.candidates(pattern).any(|(at, s)| counts(s) && of(at) && pattern.is_match(&s.text))
        };
        concern.answered.as_ref().is_some_and(|p| said(p, 1, &|_| true))
            || concern.answered_near.as_ref().is_some_and(|p| said(p, 2, &alike))
    }

    /// Whether the statement itself, or one beside it in the same section, answers.
    fn is_answered_nearby(&self, near: &Pattern, at: usize) -> bool {
        self.around(at, 3, 4).any(|(i, s)| self.could(near, i) && near.is_match(&s.text))
    }

    /// A statement and those beside it in the same section.
    fn around(&self, at: usize, before: usize, after: usize) -> impl Iterator<Item = (usize, &Statement)> {
        let section = self.view.statements.get(at).and_then(|s| s.section);
        let all = self.view.statements.iter().enumerate().skip(at.saturating_sub(before));
        all.take_while(move |(i, _)| *i <= at + after).filter(move |(_, s)| s.section == section)
    }

    /// Whether a pattern could match a statement.
    fn could(&self, pattern: &Pattern, statement: usize) -> bool {
        self.candidates.get(pattern.id).is_some_and(|places| places.binary_search(&statement).is_ok())
    }
}

/// Whether a concern is open in one text, whatever else is in it. For the catalogue's own texts.
pub(crate) fn is_open(catalogue: &Catalogue, concern: &Concern, view: &View) -> bool {
    found(catalogue, concern, view).is_some()
}

/// One concern in one text, whatever else is in it.
pub(crate) fn found<'a>(catalogue: &Catalogue, concern: &'a Concern, view: &View) -> Option<Finding<'a>> {
    let reader = Reader::new(catalogue, view, 0, "");
    let places = reader.places(concern, |at| view.statements.get(at).is_some_and(speaks));
    match reader.look(concern, &places) {
        Look::Open(finding) => Some(*finding),
        Look::Answered(_) | Look::Nothing => None,
    }
}
