//! The system as the document draws and tells it: parts and what travels between them, by the author's own names.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::phrase::{Phrase, is_code};
use super::view::View;
use crate::document::{Diagram, NodeKind, SentenceKind};
use crate::threat_model::{Anchor, Component, ComponentKind, DataFlow};

/// Parts and flows.
#[derive(Debug, Default)]
pub(crate) struct System {
    pub(crate) components: Vec<Component>,
    pub(crate) flows: Vec<DataFlow>,
}

/// More than so many parts make no picture.
const MOST: usize = 40;

static FLOW: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?P<from>(?:(?:[Tt]he|[Aa]n?) )?[A-Za-z][\w.-]*(?: (?:service|server|worker|controller|client|job|API|app))?) (?:then |also )?(?P<verb>sends?|posts?|writes?|forwards?|uploads?|passes|puts?|mails?|pushes|submits?|publishes|stores?|saves?) (?P<what>(?:[\w.-]+ ){1,6}?)(?:to|into|in) (?P<to>(?:the |an? )?[A-Za-z][\w.-]*(?: (?:service|server|worker|controller|client|queue|bucket|database|API|index|registry))?)").ok()
});

static ACTOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:end[- ])?(?:users?|customers?|admins?|administrators?|operators?|staff|support(?: staff)?|developers?|maintainers?|publishers?|members?|visitors?|patients?|people|clients?)$").ok()
});
static STORE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:bucket|database|db|store|storage|queue|table|cache|index|registry|repository|log|s3|redis|postgres\w*|volume|secret)s?$").ok()
});
static THIRD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:external|third[- ]party|vendor|provider|CA)\b").ok());

/// Reads diagrams first, then sentences.
pub(crate) fn read(views: &[View]) -> System {
    let mut system = System::default();
    for view in views {
        diagrams(view, &mut system);
        sentences(view, &mut system);
    }
    system.components.truncate(MOST);
    let names: BTreeSet<&str> = system.components.iter().map(|c| c.name.as_str()).collect();
    system.flows.retain(|f| names.contains(f.from.as_str()) && names.contains(f.to.as_str()));
    system.flows.truncate(2 * MOST);
    system
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['`', '*', '"'], "")
}

fn line_anchor(view: &View, line: u32, words: &str) -> Anchor {
    Anchor { path: view.document.path().to_owned(), start_line: line, end_line: line, quotation: words.to_owned() }
}

fn diagrams(view: &View, system: &mut System) {
    for placed in view.document.diagrams() {
        let Diagram::Graph(graph) = &placed.diagram else {
            continue;
        };
        let name = |i: usize| graph.nodes.get(i).map(|n| one_line(&n.label));
        for node in &graph.nodes {
            let label = one_line(&node.label);
            let evidence = line_anchor(view, node.line, node.label.lines().next().unwrap_or_default().trim());
            let kind = match node.kind {
                NodeKind::Actor => ComponentKind::Actor,
                NodeKind::Store => ComponentKind::Store,
                NodeKind::Process => kind(&label),
            };
            let zone = node.zone.and_then(|z| graph.zones.get(z)).map(|z| one_line(&z.label));
            add(system, Component { name: label, kind, zone, evidence });
        }
        for edge in &graph.edges {
            let (Some(from), Some(to)) = (name(edge.from), name(edge.to)) else {
                continue;
            };
            let label = edge.label.as_deref().map(one_line).unwrap_or_default();
            let words = if label.is_empty() { to.clone() } else { label.clone() };
            system.flows.push(DataFlow { from, to, label, evidence: line_anchor(view, edge.line, &words) });
        }
    }
}

fn kind(name: &str) -> ComponentKind {
    if super::view::is_match(&ACTOR, name) {
        ComponentKind::Actor
    } else if super::view::is_match(&STORE, name) {
        ComponentKind::Store
    } else if super::view::is_match(&THIRD, name) {
        ComponentKind::ThirdParty
    } else {
        ComponentKind::Process
    }
}

fn add(system: &mut System, component: Component) {
    let known = system.components.iter().any(|c| c.name.eq_ignore_ascii_case(&component.name));
    if !known && !component.name.is_empty() && component.name.len() <= 60 {
        system.components.push(component);
    }
}

/// Whether a word names a part rather than anything else that can be the subject of a sentence.
fn names_a_part(view: &View, name: &str) -> bool {
    let last = name.rsplit(' ').next().unwrap_or_default();
    view.names.contains(last)
        || is_code(last)
        || last.contains('-')
        || super::view::is_match(&ACTOR, name)
        || super::view::is_match(&STORE, name)
        || name.contains(' ')
}

fn sentences(view: &View, system: &mut System) {
    let Some(flow) = FLOW.as_ref() else { return };
    for statement in view
        .statements
        .iter()
        .filter(|s| s.weight >= 2 && matches!(s.kind, SentenceKind::Paragraph | SentenceKind::ListItem))
    {
        for found in flow.captures_iter(&statement.text) {
            let part = |name: &str| found.name(name).map(|m| (Phrase::new(m.as_str()), m.start()));
            let (Some((from, at)), Some((to, _)), Some((what, _))) = (part("from"), part("to"), part("what")) else {
                continue;
            };
            let both =
                from.is_name() && to.is_name() && names_a_part(view, from.text()) && names_a_part(view, to.text());
            if !both || from.text().eq_ignore_ascii_case(to.text()) {
                continue;
            }
            let anchor = view.anchor(statement, at);
            let known = |p: &Phrase, system: &System| {
                system.components.iter().find(|c| c.name.eq_ignore_ascii_case(p.text())).map(|c| c.name.clone())
            };
            for phrase in [&from, &to] {
                let component = Component {
                    name: phrase.text().to_owned(),
                    kind: kind(phrase.text()),
                    zone: None,
                    evidence: anchor.clone(),
                };
                add(system, component);
            }
            let (Some(from), Some(to)) = (known(&from, system), known(&to, system)) else {
                continue;
            };
            if !system.flows.iter().any(|f| f.from == from && f.to == to) {
                system.flows.push(DataFlow { from, to, label: what.text().to_owned(), evidence: anchor });
            }
        }
    }
}
