//! Diagrams as mermaid flow charts, built from typed parts: no text reaches them but sanitised labels.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::markdown::SafeMarkdown;
use super::{escape, markdown};
use crate::threat_model::{AttackTree, Component, ComponentKind, DataFlow, Takes};

/// More than this many parts make no readable picture.
pub const MAX_PARTS: usize = 30;
/// More than this many arrows neither.
pub const MAX_FLOWS: usize = 40;

/// The diagram, or nothing when there is nothing to draw or too much to read. A flow with an end that is no component is left out.
pub fn data_flow(components: &[Component], flows: &[DataFlow]) -> SafeMarkdown {
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    for component in components {
        let id = format!("c{}", ids.len().saturating_add(1));
        ids.entry(component.name.as_str()).or_insert(id);
    }
    let arrows: Vec<_> = flows
        .iter()
        .filter_map(|flow| Some((ids.get(flow.from.as_str())?, ids.get(flow.to.as_str())?, label(&flow.label))))
        .collect();
    let joined: BTreeSet<&String> = arrows.iter().flat_map(|(from, to, _)| [*from, *to]).collect();
    if arrows.is_empty() || joined.len() > MAX_PARTS || arrows.len() > MAX_FLOWS {
        return SafeMarkdown::default();
    }
    let mut zones: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    let mut drawn = BTreeSet::new();
    for component in components {
        // What nothing reaches and nothing leaves would float about.
        let Some(id) = ids.get(component.name.as_str()).filter(|id| joined.contains(id)) else {
            continue;
        };
        if drawn.insert(id) {
            zones.entry(component.zone.as_deref()).or_default().push(node(id, component));
        }
    }
    let mut chart = String::from("flowchart LR\n");
    for (n, (zone, nodes)) in zones.iter().enumerate() {
        let Some(zone) = zone else {
            write_lines(&mut chart, "  ", nodes);
            continue;
        };
        write_line(&mut chart, &format!("  subgraph z{n}[\"{}\"]", label(zone)));
        write_lines(&mut chart, "    ", nodes);
        write_line(&mut chart, "  end");
    }
    for (from, to, label) in arrows {
        let label = if label.is_empty() { String::new() } else { format!("|\"{label}\"|") };
        write_line(&mut chart, &format!("  {from} -->{label} {to}"));
    }
    markdown::mermaid_from(&chart)
}

/// A tree from its goal down; the steps at `marked` are drawn with a thick line.
pub fn attack_tree(tree: &AttackTree, marked: &[usize]) -> SafeMarkdown {
    let ids: BTreeMap<&str, String> =
        (1..).zip(&tree.nodes).map(|(n, node): (u32, _)| (node.id.as_str(), format!("n{n}"))).collect();
    let mut chart = String::from("flowchart TD\n");
    for node in &tree.nodes {
        let Some(id) = ids.get(node.id.as_str()) else { continue };
        let title = label_within(if node.under.is_none() { &tree.goal } else { &node.title }, 60);
        let takes = match node.takes {
            Takes::Any => "any of these",
            Takes::All => "all of these",
        };
        write_line(&mut chart, &format!("  {id}([\"{title} - {takes}\"])"));
    }
    for (n, step) in (1..).zip(&tree.steps) {
        let n: u32 = n;
        write_line(&mut chart, &format!("  s{n}[\"S{n} {}\"]", label_within(&step.action, 60)));
    }
    let under = tree.nodes.iter().filter_map(|n| Some((ids.get(n.id.as_str())?.clone(), n.under.as_deref()?)));
    let steps = (1..).zip(&tree.steps).map(|(n, s): (u32, _)| (format!("s{n}"), s.under.as_str()));
    for (id, under) in under.chain(steps) {
        if let Some(under) = ids.get(under) {
            write_line(&mut chart, &format!("  {under} --> {id}"));
        }
    }
    let marked: Vec<String> = marked.iter().map(|at| format!("s{}", at.saturating_add(1))).collect();
    if !marked.is_empty() {
        write_line(&mut chart, "  classDef cheapest stroke-width:3px");
        write_line(&mut chart, &format!("  class {} cheapest", marked.join(",")));
    }
    markdown::mermaid_from(&chart)
}

fn write_lines(chart: &mut String, indent: &str, lines: &[String]) {
    for line in lines {
        write_line(chart, &format!("{indent}{line}"));
    }
}

fn write_line(chart: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(chart, "{line}");
}

fn node(id: &str, component: &Component) -> String {
    let name = label(&component.name);
    let name = if name.is_empty() { "unnamed" } else { name.as_str() };
    match component.kind {
        ComponentKind::Actor => format!("{id}((\"{name}\"))"),
        ComponentKind::ThirdParty => format!("{id}[[\"{name}\"]]"),
        ComponentKind::Process => format!("{id}[\"{name}\"]"),
        ComponentKind::Store => format!("{id}[(\"{name}\")]"),
    }
}

/// At most 40 characters.
fn label(text: &str) -> String {
    label_within(text, 40)
}

/// Letters, digits and a few signs that mean nothing inside a quoted mermaid label.
fn label_within(text: &str, max: usize) -> String {
    let kept: String =
        text.chars().map(|c| if c.is_alphanumeric() || "-_.,/()'".contains(c) { c } else { ' ' }).collect();
    escape::fold(&kept, max)
}
