//! PlantUML: participants, components, boxes around them and arrows (plantuml.com, "Sequence diagram", "Component
//! diagram"), the part that design documents use.

use super::{Builder, Graph, GraphKind, NodeKind};

/// Reads a PlantUML text.
pub(super) fn read(text: &str, first_line: u32, comments: &mut Vec<(u32, String)>) -> Graph {
    let mut graph = Builder::new(GraphKind::PlantUml);
    let mut blocks: Vec<bool> = Vec::new();
    let mut in_comment = false;
    for (line, text) in (first_line..).zip(text.lines()) {
        let text = text.trim();
        if in_comment || text.starts_with("/'") {
            in_comment = !text.contains("'/");
            comments.push((line, text.trim_matches(['/', '\'']).to_owned()));
        } else if let Some(comment) = text.strip_prefix('\'') {
            comments.push((line, comment.to_owned()));
        } else if !text.is_empty() && !text.starts_with(['@', '!']) {
            statement(&mut graph, &mut blocks, text, line);
        }
    }
    graph.graph
}

fn statement(graph: &mut Builder, blocks: &mut Vec<bool>, text: &str, line: u32) {
    let (keyword, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let kind = match keyword {
        "actor" | "person" => Some(Some(NodeKind::Actor)),
        "database" | "queue" | "collections" | "storage" | "entity" => Some(Some(NodeKind::Store)),
        "participant" | "boundary" | "control" | "component" | "interface" | "agent" | "artifact" | "card" | "file"
        | "usecase" => Some(None),
        _ => None,
    };
    let opens = text.ends_with('{');
    match keyword {
        "package" | "node" | "rectangle" | "cloud" | "frame" | "folder" | "box" | "together"
            if opens || keyword == "box" =>
        {
            graph.open_zone(name(rest.trim_end_matches('{').trim()).0, line);
            blocks.push(true);
            return;
        }
        "end" if rest.trim() == "box" => {
            if blocks.pop() == Some(true) {
                graph.close_zone();
            }
            return;
        }
        "}" => {
            if blocks.pop() == Some(true) {
                graph.close_zone();
            }
            return;
        }
        "skinparam" | "title" | "note" | "legend" | "header" | "footer" | "hide" | "activate" | "deactivate"
        | "group" | "alt" | "else" | "opt" | "loop" | "autonumber" | "left" | "scale" => {
            if opens {
                blocks.push(false);
            }
            return;
        }
        _ => {}
    }
    if let Some(kind) = kind {
        declare(graph, rest.trim_end_matches('{'), kind, line);
    } else if matches!(keyword, "node" | "rectangle" | "cloud" | "package" | "folder" | "frame") {
        declare(graph, rest, None, line);
    } else {
        arrow(graph, text, line);
    }
}

/// `"A label" as id`, `id as "A label"` or `id`
fn declare(graph: &mut Builder, text: &str, kind: Option<NodeKind>, line: u32) {
    let (first, rest) = name(text.trim());
    if first.is_empty() {
        return;
    }
    let second =
        rest.trim_start().strip_prefix("as ").map(|rest| name(rest.trim()).0).filter(|second| !second.is_empty());
    match second {
        Some(second) if text.trim_start().starts_with(['"', '[', '(', ':']) => {
            graph.node(second, Some(first), kind, line)
        }
        Some(second) => graph.node(first, Some(second), kind, line),
        None => graph.node(first, None, kind, line),
    };
}

/// The name at the head of a text, quoted, bracketed or bare, and what follows.
fn name(text: &str) -> (&str, &str) {
    for (open, close) in [('"', '"'), ('[', ']'), ('(', ')'), (':', ':')] {
        if let Some((inner, rest)) = text.strip_prefix(open).and_then(|body| body.split_once(close)) {
            return (inner.trim(), rest);
        }
    }
    let end = text
        .char_indices()
        .find(|&(at, c)| {
            let rest = text.get(at..).unwrap_or_default();
            c.is_whitespace()
                || matches!(c, ':' | '<' | '#')
                || rest.starts_with("->")
                || rest.starts_with("--")
                || rest.starts_with("..")
        })
        .map_or(text.len(), |(at, _)| at);
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn arrow(graph: &mut Builder, text: &str, line: u32) {
    let (from, rest) = name(text);
    let rest = rest.trim_start();
    if rest.starts_with("as ") || (rest.is_empty() && text.starts_with('[')) {
        declare(graph, text, None, line); // `[A component] as id`
        return;
    }
    let end = rest.find(|c: char| c.is_whitespace() || c == '"' || c == '(' || c == ':').unwrap_or(rest.len());
    // `-[#red]->` and `-up->` carry letters; what ends the arrow is its last stroke.
    let token = rest.get(..end).unwrap_or_default();
    let Some(last) = token.rfind(['-', '.', '>', '<', '\\', '/']) else {
        return;
    };
    let token = token.get(..=last).unwrap_or_default();
    let (back, ahead) = (token.starts_with('<'), token.ends_with('>') || token.ends_with(['\\', '/']));
    if from.is_empty() || !token.contains(['-', '.']) || token.len() < 2 {
        return;
    }
    let (to, after) = name(rest.get(last + 1..).unwrap_or_default().trim_start());
    if to.is_empty() {
        return;
    }
    let label = after.trim_start().strip_prefix(':').unwrap_or_default();
    let (from, to) = (graph.node(from, None, None, line), graph.node(to, None, None, line));
    if back && !ahead {
        graph.edge(to, from, label, false, line);
    } else {
        graph.edge(from, to, label, back, line);
    }
}
