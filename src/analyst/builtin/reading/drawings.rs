//! Parts, flows and boundaries out of the document's own diagrams.

use super::flows::Flow;
use super::parts::{Kind, Parts, Place, Sort};
use super::tables;
use crate::document::{Diagram, Document, Graph, GraphKind, Node, NodeKind};

/// Reads every diagram that shows parts of a system.
pub(super) fn read(document: &Document, parts: &mut Parts, out: &mut Vec<Flow>) {
    for placed in document.diagrams() {
        let Diagram::Graph(graph) = &placed.diagram else { continue };
        if graph.kind == GraphKind::Flowchart && !is_of_parts(graph) {
            continue;
        }
        let ends: Vec<Option<usize>> = graph.nodes.iter().map(|node| part(graph, node, parts)).collect();
        for edge in &graph.edges {
            let end = |i: usize| ends.get(i).copied().flatten();
            let (Some(from), Some(to)) = (end(edge.from), end(edge.to)) else { continue };
            if from == to {
                continue;
            }
            let label = one_line(edge.label.as_deref().unwrap_or_default());
            out.push(Flow { from: Some(from), to: Some(to), label, place: Place::Line(edge.line), drawn: true });
        }
    }
}

/// Not a chart of decisions and steps, whose nodes are sentences and questions, nor one of names alone, which can be anything.
fn is_of_parts(graph: &Graph) -> bool {
    /// A node that begins so is something that happens: the spans of a trace.
    const CALLS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "SELECT", "INSERT", "UPDATE"];
    let step = |node: &&Node| {
        let label = node.label.trim();
        let call = label.split_whitespace().next().is_some_and(|first| CALLS.contains(&first));
        call || label.ends_with('?') || without_brackets(label).split_whitespace().count() >= 5
    };
    let part = |node: &&Node| {
        node.kind != NodeKind::Process
            || tables::known_sort(without_brackets(&node.label)).is_some_and(|s| s.kind != Kind::Data)
    };
    let nodes = graph.nodes.len();
    graph.nodes.iter().filter(step).count() * 3 <= nodes && graph.nodes.iter().filter(part).count() * 5 >= nodes
}

/// A label without what stands in brackets after it.
fn without_brackets(label: &str) -> &str {
    label.find(" (").and_then(|at| label.get(..at)).filter(|head| !head.trim().is_empty()).unwrap_or(label)
}

fn part(graph: &Graph, node: &Node, parts: &mut Parts) -> Option<usize> {
    let label = one_line(without_brackets(&node.label));
    let by_shape = match node.kind {
        NodeKind::Actor => Some(Kind::Actor),
        NodeKind::Store => Some(Kind::Store),
        NodeKind::Process => None,
    };
    let sort =
        by_shape.map_or_else(|| tables::sort(&label, Kind::Process), |kind| Sort { kind, vague: false, client: false });
    let index = parts.named(&label, sort, Place::Line(node.line))?;
    let zone = node.zone.and_then(|z| graph.zones.get(z)).map(|z| one_line(&z.label)).filter(|z| !z.is_empty());
    if let Some(entity) = parts.list.get_mut(index) {
        entity.drawn = true;
        entity.zone = entity.zone.take().or(zone);
        if let Some(kind) = by_shape {
            entity.kind = kind;
        }
    }
    Some(index)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['`', '*', '"'], "")
}
