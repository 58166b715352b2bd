//! A data-flow diagram as a picture: mermaid's flow chart drawn as SVG, from left to right. No script, no network.

use std::fmt::Write as _;

use super::markdown::escape;

use crate::document::{Diagram, Document, Graph, NodeKind};

const COLUMN: usize = 236;
const ROW: usize = 74;
const WIDTH: usize = 136;
const HEIGHT: usize = 40;
const MARGIN: usize = 12;
/// More than this makes no readable picture.
const MOST: usize = 40;

/// The picture, or nothing when the source is no flow chart.
pub(super) fn draw(source: &str) -> Option<String> {
    let document = Document::parse("diagram.md", &format!("```mermaid\n{source}\n```\n"));
    let graph = document.diagrams().iter().find_map(|placed| match &placed.diagram {
        Diagram::Graph(graph) => Some(graph),
        Diagram::Unread { .. } => None,
    })?;
    (!graph.nodes.is_empty() && graph.nodes.len() <= MOST && graph.edges.len() <= MOST).then(|| svg(graph))
}

/// Column and row of each node: a column per step away from a source.
fn places(graph: &Graph) -> Vec<(usize, usize)> {
    let count = graph.nodes.len();
    let forward = forward(graph);
    let mut columns = vec![0_usize; count];
    for _ in 0..count {
        for (from, to) in &forward {
            let next = columns.get(*from).map_or(0, |column| column + 1);
            if let Some(column) = columns.get_mut(*to) {
                *column = (*column).max(next);
            }
        }
    }
    // What only feeds others stands just before the first of them.
    for node in 0..count {
        let fed = forward.iter().any(|(_, to)| *to == node);
        let first = forward.iter().filter(|(from, _)| *from == node).filter_map(|(_, to)| columns.get(*to)).min();
        if let (false, Some(before), Some(column)) =
            (fed, first.map(|c| c.saturating_sub(1)), columns.get(node).copied())
            && column < before
            && let Some(column) = columns.get_mut(node)
        {
            *column = before;
        }
    }
    let mut filled = std::collections::BTreeMap::<usize, usize>::new();
    columns
        .into_iter()
        .map(|column| {
            let row = filled.entry(column).or_default();
            *row += 1;
            (column, *row - 1)
        })
        .collect()
}

/// The arrows without those that close a circle.
fn forward(graph: &Graph) -> Vec<(usize, usize)> {
    fn visit(node: usize, graph: &Graph, path: &mut Vec<usize>, done: &mut [bool], found: &mut Vec<(usize, usize)>) {
        let Some(seen) = done.get_mut(node).filter(|seen| !**seen) else { return };
        *seen = true;
        path.push(node);
        for edge in graph.edges.iter().filter(|edge| edge.from == node && !path.contains(&edge.to)).collect::<Vec<_>>()
        {
            found.push((edge.from, edge.to));
            visit(edge.to, graph, path, done, found);
        }
        path.pop();
    }
    let mut found = Vec::new();
    let mut done = vec![false; graph.nodes.len()];
    for node in 0..graph.nodes.len() {
        visit(node, graph, &mut Vec::new(), &mut done, &mut found);
    }
    found
}

fn svg(graph: &Graph) -> String {
    let places = places(graph);
    let most = |pick: fn(&(usize, usize)) -> usize| places.iter().map(pick).max().unwrap_or(0);
    let (width, height) = (most(|p| p.0) * COLUMN + WIDTH + 2 * MARGIN, most(|p| p.1) * ROW + HEIGHT + 16 + 2 * MARGIN);
    let corner = |n: usize| {
        places.get(n).map_or((MARGIN, MARGIN), |(column, row)| (MARGIN + column * COLUMN, MARGIN + row * ROW))
    };
    let mut out = format!(
        "<svg class=\"picture\" role=\"img\" aria-label=\"Data-flow diagram\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\"><defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0 8 4 0 8z\"/></marker></defs>"
    );
    let mut labels = String::new();
    for edge in &graph.edges {
        let (from, to) = (corner(edge.from), corner(edge.to));
        let ((x1, y1, x2, y2), back) = ends(from, to);
        let bend = if back { y1.max(y2) + ROW / 3 } else { y1 };
        let middle = usize::midpoint(x1, x2);
        let path = if back {
            format!("M{x1} {y1} C{x1} {bend} {x2} {bend} {x2} {y2}")
        } else {
            format!("M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}")
        };
        let both = if edge.both { " marker-start=\"url(#arrow)\"" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(out, "<path class=\"flow\" d=\"{path}\" marker-end=\"url(#arrow)\"{both}/>");
        if let Some(label) = edge.label.as_deref().filter(|label| !label.trim().is_empty()) {
            let y = if back { bend.saturating_sub(4) } else { usize::midpoint(y1, y2).saturating_sub(5) };
            let _ = write!(labels, "<text class=\"label\" x=\"{middle}\" y=\"{y}\">{}</text>", short(label, 18));
        }
    }
    for (n, node) in graph.nodes.iter().enumerate() {
        let (x, y) = corner(n);
        let round = match node.kind {
            NodeKind::Actor => HEIGHT / 2,
            NodeKind::Store => 10,
            NodeKind::Process => 3,
        };
        let kind = match node.kind {
            NodeKind::Actor => "actor",
            NodeKind::Store => "store",
            NodeKind::Process => "process",
        };
        let _ = write!(
            out,
            "<g class=\"{kind}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" rx=\"{round}\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            escape(&node.label),
            x + WIDTH / 2,
            y + HEIGHT / 2 + 5,
            short(&node.label, 17),
        );
        if let Some(zone) = node.zone.and_then(|zone| graph.zones.get(zone)) {
            let _ = write!(
                out,
                "<text class=\"zone\" x=\"{}\" y=\"{}\">{}</text>",
                x + WIDTH / 2,
                y + HEIGHT + 12,
                short(&zone.label, 24)
            );
        }
    }
    out.push_str(&labels);
    out.push_str("</svg>");
    out
}

/// Where an arrow begins and ends, and whether it goes back or stays in its column.
fn ends(from: (usize, usize), to: (usize, usize)) -> ((usize, usize, usize, usize), bool) {
    if to.0 > from.0 {
        ((from.0 + WIDTH, from.1 + HEIGHT / 2, to.0, to.1 + HEIGHT / 2), false)
    } else if to.0 == from.0 && to.1 > from.1 {
        // Straight down within a column.
        ((from.0 + WIDTH / 4, from.1 + HEIGHT, to.0 + WIDTH / 4, to.1), false)
    } else {
        ((from.0 + WIDTH / 2, from.1 + HEIGHT, to.0 + WIDTH / 2, to.1 + HEIGHT), true)
    }
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return escape(text);
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", escape(cut.trim_end()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_flow_chart_is_drawn_and_its_labels_are_only_text() {
        let drawn =
            super::draw("flowchart LR\n  a((\"<b>\")) -->|\"x & y\"| b[(\"store\")]\n  b --> a\n").unwrap_or_default();
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert_eq!(drawn.matches("class=\"flow\"").count(), 2);
        assert!(drawn.contains("x &amp; y") && !drawn.contains("<b>"), "{drawn}");
    }

    #[test]
    fn what_is_no_flow_chart_is_not_drawn() {
        assert_eq!(super::draw("pie\n \"a\": 3\n"), None);
    }
}
