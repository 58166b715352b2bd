//! The reading of a document: who and what takes part, what goes from where to where, who may do what, which numbers, controls and
//! absences the text states, and where it contradicts itself. Everything points to a statement; nothing is asked or judged here.
//!
//! One pass over the words for names, one for the rest; both take time in proportion to the text.

mod apart;
mod contradictions;
mod controls;
mod drawings;
mod flows;
mod lexicon;
mod measures;
mod parts;
mod permissions;
mod tables;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use apart::between;
pub(crate) use contradictions::Contradiction;
pub(crate) use controls::Control;
pub(crate) use flows::Flow;
pub(crate) use measures::{Attribute, Measure};
pub(crate) use parts::{Entity, Kind, Place};
pub(crate) use permissions::Permission;

use serde::Deserialize;

use self::parts::Parts;
use self::words::Word;
use super::view::{Statement, View};
use crate::document::SentenceKind;

/// What a document says it does to protect itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protection {
    pub(crate) statement: usize,
    pub(crate) at: usize,
    pub(crate) control: Control,
}

/// What a document says is not there, not yet, or left to somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Absence {
    pub(crate) statement: usize,
    pub(crate) at: usize,
    /// The words that say so.
    pub(crate) words: String,
    /// What is absent, in the author's words; empty where the sentence does not say.
    pub(crate) subject: String,
}

/// A document, read.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    entities: Vec<Entity>,
    flows: Vec<Flow>,
    permissions: Vec<Permission>,
    measures: Vec<Measure>,
    protections: Vec<Protection>,
    absences: Vec<Absence>,
    contradictions: Vec<Contradiction>,
}

/// A shape in the text that a concern can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Structure {
    Store,
    ThirdParty,
    Actor,
    Process,
    /// From an actor or third party into ours.
    FlowIn,
    /// From ours to a third party.
    FlowOut,
    /// Between two zones.
    FlowAcross,
    Permission,
    Absence,
    /// A number that says until when something is good, how long data is kept, how long or how often.
    Lifetime,
    /// A number that says how large, how many, how often at most.
    Limit,
    Control,
    Contradiction,
}

/// One place where a structure stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Index into [`View::statements`].
    pub(crate) statement: usize,
    /// Byte offset in the statement.
    pub(crate) at: usize,
    /// The thing itself, or the flow's source, or who may.
    pub(crate) x: String,
    /// The flow's destination, what may be done, the value.
    pub(crate) y: Option<String>,
    /// The other statement of a contradiction, and the place in it.
    pub(crate) other: Option<(usize, usize)>,
}

impl Reading {
    /// Reads a document.
    pub(crate) fn of(view: &View) -> Self {
        let mut reading = Self::default();
        let mut parts = Parts::default();
        let text = Words::of(view);
        for (index, statement, list) in text.statements(view) {
            parts.count_names(list);
            parts.acronyms(&statement.text, list, index);
            parts.mention_all(&statement.text, list, index);
        }
        drawings::read(&view.document, &mut parts, &mut reading.flows);
        tables::read(&view.document, |line| statement_on(view, line), &mut parts, &mut reading.flows);
        let mut said = Vec::new();
        for (index, statement, list) in text.statements(view).filter(|(_, s, _)| s.kind != SentenceKind::Heading) {
            reading.statement(index, statement, list, &mut parts, &mut said);
        }
        let to = parts.merge();
        let follow = |end: Option<usize>| end.and_then(|i| to.get(i).copied());
        for flow in &mut reading.flows {
            (flow.from, flow.to) = (follow(flow.from), follow(flow.to));
        }
        reading.entities = parts.list;
        reading.contradictions = contradictions::find(view, &reading.measures, &reading.permissions);
        reading
    }

    fn statement(
        &mut self,
        index: usize,
        statement: &Statement,
        list: &[Word<'_>],
        parts: &mut Parts,
        said: &mut Vec<controls::Said>,
    ) {
        let text = statement.text.as_str();
        if statement.kind != SentenceKind::TableRow {
            let sentence = flows::Sentence { text, words: list, index };
            flows::read(&sentence, parts, &mut self.flows);
            permissions::read(text, list, index, &mut self.permissions);
        }
        measures::read(text, list, index, &mut self.measures);
        controls::phrases(text, said);
        for found in said {
            match found.control {
                Some(control) => self.protections.push(Protection { statement: index, at: found.at, control }),
                None => self.absences.push(Absence {
                    statement: index,
                    at: found.at,
                    words: text.get(found.at..found.end).unwrap_or_default().to_owned(),
                    subject: absent(text, list, found.at, found.end),
                }),
            }
        }
    }

    /// Who and what takes part; flows point into this list. Those with no mention are merged into others.
    pub(crate) fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// What goes from where to where, also where one end is open.
    pub(crate) fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// Whether an entity belongs to the system that is built.
    fn is_ours(&self, index: Option<usize>) -> bool {
        index.is_none_or(|i| self.entities.get(i).is_some_and(|e| matches!(e.kind, Kind::Process | Kind::Store)))
    }

    fn kind(&self, index: Option<usize>) -> Option<Kind> {
        self.entities.get(index?).map(|e| e.kind)
    }

    /// The boundary an entity stands inside, as far as words and drawings say.
    fn zone(&self, index: usize) -> Option<&str> {
        let entity = self.entities.get(index)?;
        Some(match (&entity.zone, entity.kind) {
            (Some(zone), _) => zone,
            (None, Kind::Actor) => "people",
            (None, Kind::ThirdParty) => "others",
            (None, _) if entity.client => "people",
            (None, _) => "",
        })
    }
}

#[allow(dead_code, reason = "for the catalogue's structural evidence")]
impl Reading {
    /// Who may do what.
    pub(crate) fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Numbers with their subjects.
    pub(crate) fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// What the design already does.
    pub(crate) fn protections(&self) -> &[Protection] {
        &self.protections
    }

    /// What is said not to be there.
    pub(crate) fn absences(&self) -> &[Absence] {
        &self.absences
    }

    /// Statements that exclude each other.
    pub(crate) fn contradictions(&self) -> &[Contradiction] {
        &self.contradictions
    }

    /// Every place where a structure stands in the text, in order of statements. What only a diagram shows has no statement and
    /// is in [`Reading::entities`] and [`Reading::flows`].
    pub(crate) fn structures(&self, kind: Structure) -> Vec<Found> {
        let mut found = match kind {
            Structure::Store => self.of_kind(Kind::Store),
            Structure::ThirdParty => self.of_kind(Kind::ThirdParty),
            Structure::Actor => self.of_kind(Kind::Actor),
            Structure::Process => self.of_kind(Kind::Process),
            Structure::FlowIn => self.flows_where(|from, to| {
                matches!(self.kind(from), Some(Kind::Actor | Kind::ThirdParty)) && self.is_ours(to)
            }),
            Structure::FlowOut => {
                self.flows_where(|from, to| self.kind(to) == Some(Kind::ThirdParty) && self.is_ours(from))
            }
            Structure::FlowAcross => self.flows_where(|from, to| match (from, to) {
                (Some(from), Some(to)) => self.zone(from) != self.zone(to),
                _ => false,
            }),
            Structure::Permission => self
                .permissions
                .iter()
                .map(|p| Found {
                    statement: p.statement,
                    at: p.at,
                    x: p.actor.clone(),
                    y: Some(format!("{} {}", p.verb, p.object).trim_end().to_owned()),
                    other: None,
                })
                .collect(),
            Structure::Absence => self
                .absences
                .iter()
                .map(|a| Found {
                    statement: a.statement,
                    at: a.at,
                    x: a.subject.clone(),
                    y: Some(a.words.clone()),
                    other: None,
                })
                .collect(),
            Structure::Lifetime => self.numbers(|a| {
                matches!(a, Attribute::Lifetime | Attribute::Retention | Attribute::Timeout | Attribute::Interval)
            }),
            Structure::Limit => self.numbers(|a| matches!(a, Attribute::Size | Attribute::Count | Attribute::Rate)),
            Structure::Control => self
                .protections
                .iter()
                .map(|p| Found {
                    statement: p.statement,
                    at: p.at,
                    x: p.control.words().to_owned(),
                    y: None,
                    other: None,
                })
                .collect(),
            Structure::Contradiction => self
                .contradictions
                .iter()
                .map(|c| Found {
                    statement: c.b.0,
                    at: c.b.1,
                    x: c.subject.clone(),
                    y: Some(c.attribute.clone()),
                    other: Some(c.a),
                })
                .collect(),
        };
        found.sort_by_key(|f| (f.statement, f.at));
        found
    }

    fn of_kind(&self, kind: Kind) -> Vec<Found> {
        let named = self.entities.iter().filter(|e| e.kind == kind && e.mentions > 0);
        named.filter_map(|e| found(e.place, e.name.clone(), None)).collect()
    }

    fn name(&self, index: Option<usize>) -> Option<String> {
        self.entities.get(index?).map(|e| e.name.clone())
    }

    fn flows_where(&self, holds: impl Fn(Option<usize>, Option<usize>) -> bool) -> Vec<Found> {
        let flows = self.flows.iter().filter(|f| f.from != f.to && holds(f.from, f.to));
        flows
            .filter_map(|f| {
                let (from, to) = (self.name(f.from), self.name(f.to));
                match from {
                    Some(from) => found(f.place, from, to),
                    None => found(f.place, to?, None),
                }
            })
            .collect()
    }

    fn numbers(&self, holds: impl Fn(Attribute) -> bool) -> Vec<Found> {
        let numbers = self.measures.iter().filter(|m| holds(m.attribute));
        numbers
            .map(|m| Found {
                statement: m.statement,
                at: m.at,
                x: m.subject.clone(),
                y: Some(m.text.clone()),
                other: None,
            })
            .collect()
    }
}

fn found(place: Place, x: String, y: Option<String>) -> Option<Found> {
    match place {
        Place::Statement { statement, at } => Some(Found { statement, at, x, y, other: None }),
        Place::Line(_) => None,
    }
}

/// The words of all statements that count.
struct Words<'v> {
    all: Vec<Word<'v>>,
    /// The statement, and where its words end.
    ends: Vec<(usize, usize)>,
}

impl<'v> Words<'v> {
    fn of(view: &'v View) -> Self {
        let mut words = Self { all: Vec::with_capacity(view.document.text().len() / 6), ends: Vec::new() };
        for (index, statement) in view.statements.iter().enumerate() {
            if statement.weight > 0 || statement.kind == SentenceKind::Heading {
                words::split(&statement.text, view.document.code_in(index), &mut words.all);
                words.ends.push((index, words.all.len()));
            }
        }
        words
    }

    fn statements<'a>(&'a self, view: &'v View) -> impl Iterator<Item = (usize, &'v Statement, &'a [Word<'v>])> {
        let begins = std::iter::once(0).chain(self.ends.iter().map(|(_, end)| *end));
        begins.zip(&self.ends).filter_map(move |(begin, (index, end))| {
            Some((*index, view.statements.get(*index)?, self.all.get(begin..*end)?))
        })
    }
}

fn statement_on(view: &View, line: u32) -> Option<usize> {
    let at = view.statements.partition_point(|s| s.lines.start < line);
    view.statements.get(at).filter(|s| s.lines.start == line).map(|_| at)
}

/// What is absent: the name right after the words, else the subject before them.
fn absent(text: &str, list: &[Word<'_>], at: usize, end: usize) -> String {
    let after = list.partition_point(|w| w.at < end);
    let before = list.partition_point(|w| w.at < at);
    let follows = list.get(after).filter(|w| w.gap == words::Gap::None).and_then(|_| words::name_from(list, after));
    let own = text.get(at..end).filter(|w| w.to_ascii_lowercase().starts_with("no ") && !w.ends_with(" to"));
    let span = words::subject(list, before).filter(|s| s.head(list).is_some_and(|w| !w.is(lexicon::STOP)));
    match own.and_then(|w| w.split_once(' ')) {
        Some((_, what)) => what.to_owned(),
        None => follows.map(|(s, _)| s).or(span).map_or_else(String::new, |s| s.text(text, list).to_owned()),
    }
}
