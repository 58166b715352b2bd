//! Mermaid `sequenceDiagram` (mermaid.js.org, "Sequence diagrams"), tolerant.

use super::{Builder, Graph, GraphKind, NodeKind};

/// Reads the statements of a sequence diagram.
pub(super) fn read(lines: &[(u32, &str)]) -> Graph {
    let mut graph = Builder::new(GraphKind::Sequence);
    // What each `end` closes: a box is a zone, a loop or alternative is none.
    let mut blocks: Vec<bool> = Vec::new();
    for &(line, text) in lines {
        let text = text.trim_end_matches(';');
        let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match keyword {
            "participant" => participant(&mut graph, rest, None, line),
            "actor" => participant(&mut graph, rest, Some(NodeKind::Actor), line),
            "create" => {
                let (kind, rest) = rest.trim().split_once(char::is_whitespace).unwrap_or(("", rest));
                participant(&mut graph, rest, (kind == "actor").then_some(NodeKind::Actor), line);
            }
            "box" => {
                graph.open_zone(box_label(rest), line);
                blocks.push(true);
            }
            "loop" | "alt" | "opt" | "par" | "par_over" | "critical" | "break" | "rect" => {
                blocks.push(false);
            }
            "end" => {
                if blocks.pop() == Some(true) {
                    graph.close_zone();
                }
            }
            "note" | "Note" | "activate" | "deactivate" | "destroy" | "autonumber" | "else" | "and" | "option"
            | "title" | "title:" | "link" | "links" | "accTitle:" | "accDescr:" => {}
            _ => message(&mut graph, text, line),
        }
    }
    graph.graph
}

fn participant(graph: &mut Builder, text: &str, kind: Option<NodeKind>, line: u32) {
    let (name, label) = match text.split_once(" as ") {
        Some((name, label)) => (name.trim(), Some(label)),
        None => (text.trim(), None),
    };
    let (name, data) = name.split_once("@{").unwrap_or((name, ""));
    let kind = kind.or_else(|| match data {
        data if data.contains("database") || data.contains("queue") || data.contains("collections") => {
            Some(NodeKind::Store)
        }
        data if data.contains("actor") => Some(NodeKind::Actor),
        _ => None,
    });
    if !name.trim().is_empty() {
        graph.node(name.trim(), label, kind, line);
    }
}

/// Colours that boxes are given in practice, of CSS's list.
const COLOURS: &[&str] = &[
    "transparent",
    "aqua",
    "blue",
    "lightblue",
    "green",
    "lightgreen",
    "grey",
    "gray",
    "lightgrey",
    "lightgray",
    "red",
    "orange",
    "yellow",
    "lightyellow",
    "purple",
    "pink",
    "white",
    "black",
    "cyan",
    "teal",
];

/// The words of a box without its colour.
fn box_label(text: &str) -> &str {
    let text = text.trim();
    if let Some(close) = text.find(')').filter(|_| text.starts_with("rgb")) {
        return text.get(close + 1..).unwrap_or_default();
    }
    match text.split_once(' ') {
        Some((colour, rest)) if COLOURS.iter().any(|known| known.eq_ignore_ascii_case(colour)) => rest,
        _ => text,
    }
}

/// `A->>+B: text`
fn message(graph: &mut Builder, text: &str, line: u32) {
    let (ends, label) = text.split_once(':').unwrap_or((text, ""));
    for (at, _) in ends.match_indices('-') {
        let arrow = ends.get(at..).unwrap_or_default();
        let dashes = if arrow.starts_with("--") { 2 } else { 1 };
        let head = arrow.get(dashes..).unwrap_or_default();
        let Some(len) =
            [">>", ">", "x", ")", "|\\", "|/"].iter().find(|mark| head.starts_with(**mark)).map(|mark| mark.len())
        else {
            continue;
        };
        let from = ends.get(..at).unwrap_or_default();
        let both = from.ends_with("<<");
        let from = from.trim_end_matches('<').trim();
        let to = head.get(len..).unwrap_or_default().trim().trim_start_matches(['+', '-']).trim();
        if !from.is_empty() && !to.is_empty() {
            let (from, to) = (graph.node(from, None, None, line), graph.node(to, None, None, line));
            graph.edge(from, to, label, both, line);
            return;
        }
    }
}
