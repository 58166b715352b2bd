//! The system as the document draws and tells it, out of the reading: few parts, each with words that name it.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::{Entity, Flow, Kind, Place, Reading};
use super::view::View;
use crate::threat_model::{Anchor, Component, ComponentKind, DataFlow};

/// Parts and flows.
#[derive(Debug, Default)]
pub(crate) struct System {
    pub(crate) components: Vec<Component>,
    pub(crate) flows: Vec<DataFlow>,
}

/// More than so many parts make no picture.
const MOST: usize = 40;
/// A part without a flow is worth showing when the text names it so often.
const OFTEN: u32 = 3;

/// Makes the system model of some documents.
pub(crate) fn read(views: &[View]) -> System {
    let mut system = System::default();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for view in views {
        add(view, view.reading(), &mut system, &mut names);
    }
    system
}

fn add(view: &View, reading: &Reading, system: &mut System, names: &mut BTreeMap<String, String>) {
    let flows: Vec<(&Flow, usize, usize)> = reading.flows().iter().filter_map(|f| whole(view, f)).collect();
    let chosen = choose(reading.entities(), &flows);
    // Two documents may write one name in two ways.
    let mut name = |entity: &Entity| {
        let plain = plain(&entity.name);
        names.entry(plain.to_lowercase()).or_insert(plain).clone()
    };
    for entity in chosen.iter().filter_map(|i| reading.entities().get(*i)) {
        let name = name(entity);
        if system.components.len() < MOST && !system.components.iter().any(|c| c.name == name) {
            let evidence = anchor(view, entity.place, &entity.name);
            system.components.push(Component { name, kind: kind(entity.kind), zone: entity.zone.clone(), evidence });
        }
    }
    let shown: BTreeSet<String> = system.components.iter().map(|c| c.name.clone()).collect();
    for (flow, from, to) in flows {
        let mut end = |i: usize| reading.entities().get(i).map(&mut name).filter(|n| shown.contains(n));
        let (Some(from), Some(to)) = (end(from), end(to)) else { continue };
        let label = plain(&flow.label);
        let room = system.flows.len() < 2 * MOST;
        let known = system.flows.iter_mut().find(|f| f.from == from && f.to == to);
        match known {
            Some(known) if known.label.is_empty() => known.label = label,
            None if room => {
                let evidence = anchor(view, flow.place, if label.is_empty() { &to } else { &flow.label });
                system.flows.push(DataFlow { from, to, label, evidence });
            }
            Some(_) | None => {}
        }
    }
}

/// A flow with both ends, in a place that says what is going to be built.
fn whole<'r>(view: &View, flow: &'r Flow) -> Option<(&'r Flow, usize, usize)> {
    let designed = match flow.place {
        Place::Line(_) => true,
        Place::Statement { statement, .. } => {
            view.statements.get(statement).is_some_and(|s| s.weight >= 2 || flow.drawn)
        }
    };
    let (from, to) = (flow.from?, flow.to?);
    (designed && from != to).then_some((flow, from, to))
}

/// What is drawn or has a flow, then what is named often; in the order of the list.
fn choose(entities: &[Entity], flows: &[(&Flow, usize, usize)]) -> Vec<usize> {
    let mut count: BTreeMap<usize, u32> = BTreeMap::new();
    for (_, from, to) in flows {
        *count.entry(*from).or_default() += 1;
        *count.entry(*to).or_default() += 1;
    }
    let mut ranked: Vec<(bool, u32, u32, usize)> = entities
        .iter()
        .enumerate()
        .filter(|(_, e)| e.kind != Kind::Data && !e.name.is_empty())
        .map(|(i, e)| (e.drawn, count.get(&i).copied().unwrap_or(0), if e.vague { 0 } else { e.mentions }, i))
        .filter(|(drawn, flows, mentions, _)| *drawn || *flows > 0 || *mentions >= OFTEN)
        .collect();
    ranked.sort_by_key(|(drawn, flows, mentions, i)| (!drawn, std::cmp::Reverse((*flows, *mentions)), *i));
    let mut chosen: Vec<usize> = ranked.into_iter().take(MOST).map(|(.., i)| i).collect();
    chosen.sort_unstable();
    chosen
}

fn kind(kind: Kind) -> ComponentKind {
    match kind {
        Kind::Actor => ComponentKind::Actor,
        Kind::ThirdParty => ComponentKind::ThirdParty,
        Kind::Store => ComponentKind::Store,
        Kind::Process | Kind::Data => ComponentKind::Process,
    }
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['`', '*', '"'], "")
}

fn anchor(view: &View, place: Place, words: &str) -> Anchor {
    match place {
        Place::Statement { statement, at } => match view.statements.get(statement) {
            Some(statement) => view.anchor(statement, at),
            None => on_line(view, 1, words),
        },
        Place::Line(line) => on_line(view, line, words),
    }
}

/// The words where they stand so, else the line itself: a label may be broken over lines or hold marks.
fn on_line(view: &View, line: u32, words: &str) -> Anchor {
    let text = view.document.line_text(line).unwrap_or_default();
    let words = if text.contains(words) { words } else { text.trim() };
    Anchor { path: view.document.path().to_owned(), start_line: line, end_line: line, quotation: words.to_owned() }
}
