//! Mermaid `flowchart` / `graph` (mermaid.js.org, "Flowcharts - Basic Syntax"), tolerant.

use super::{Builder, Graph, GraphKind, NodeKind};

/// Openers of a node's shape, longest first, with what closes them and what the shape hints at.
const SHAPES: &[(&str, &[&str], Option<NodeKind>)] = &[
    ("(((", &[")))"], Some(NodeKind::Actor)),
    ("((", &["))"], Some(NodeKind::Actor)),
    ("([", &["])"], None),
    ("[[", &["]]"], None),
    ("[(", &[")]"], Some(NodeKind::Store)),
    ("[/", &["/]", "\\]"], None),
    ("[\\", &["\\]", "/]"], None),
    ("{{", &["}}"], None),
    ("[", &["]"], None),
    ("(", &[")"], None),
    ("{", &["}"], None),
    (">", &["]"], None),
];

/// Reads the statements of a flowchart.
pub(super) fn read<'l>(lines: impl Iterator<Item = (u32, &'l str)>) -> Graph {
    let mut graph = Builder::new(GraphKind::Flowchart);
    for (line, text) in lines {
        for statement in statements(text) {
            self::statement(&mut graph, statement.trim(), line);
        }
    }
    graph.graph
}

/// Cuts a line at `;` outside quotes and brackets.
fn statements(line: &str) -> Vec<&str> {
    let (mut out, mut from, mut quoted, mut depth) = (Vec::new(), 0, false, 0_i32);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth -= 1,
            ';' if !quoted && depth <= 0 => {
                out.push(line.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(line.get(from..).unwrap_or_default());
    out
}

fn statement(graph: &mut Builder, text: &str, line: u32) {
    let keyword = text.split_whitespace().next().unwrap_or_default();
    match keyword {
        "" | "direction" | "classDef" | "class" | "style" | "linkStyle" | "click" | "accTitle:" | "accDescr:" => {}
        "end" => graph.close_zone(),
        "subgraph" => {
            let title = text.strip_prefix("subgraph").unwrap_or_default().trim();
            // `subgraph id [Title]`, `subgraph id["Title"]` or `subgraph Title`
            let label = title.split_once('[').map_or(title, |(_, rest)| rest.trim_end().trim_end_matches(']'));
            graph.open_zone(label, line);
        }
        _ => chain(graph, text, line),
    }
}

/// `a & b -->|label| c --> d`
fn chain(graph: &mut Builder, text: &str, line: u32) {
    let Some((mut from, mut rest)) = group(graph, text, line) else {
        return;
    };
    while let Some((label, both, after)) = link(rest.trim_start()) {
        let Some((to, next)) = group(graph, after, line) else {
            return;
        };
        for &a in &from {
            for &b in &to {
                graph.edge(a, b, label, both, line);
            }
        }
        (from, rest) = (to, next);
    }
}

/// Nodes joined by `&`.
fn group<'t>(graph: &mut Builder, text: &'t str, line: u32) -> Option<(Vec<usize>, &'t str)> {
    /// Edges of a group multiply; no drawing has more.
    const MOST: usize = 32;
    let (first, mut rest) = node(graph, text.trim_start(), line)?;
    let mut nodes = vec![first];
    while let Some(more) = rest.trim_start().strip_prefix('&') {
        let (next, after) = node(graph, more.trim_start(), line)?;
        if nodes.len() < MOST {
            nodes.push(next);
        }
        rest = after;
    }
    Some((nodes, rest))
}

fn node<'t>(graph: &mut Builder, text: &'t str, line: u32) -> Option<(usize, &'t str)> {
    // `e1@-->` names an edge; the name says nothing.
    let id_len = id_length(text);
    let id = text.get(..id_len).filter(|id| !id.is_empty())?;
    let mut rest = text.get(id_len..)?;
    let (mut label, mut kind) = (None, None);
    if let Some(body) = rest.strip_prefix("@{") {
        let end = body.find('}')?;
        let data = body.get(..end)?;
        label = field(data, "label");
        kind = field(data, "shape")
            .filter(|shape| {
                matches!(
                    *shape,
                    "cyl"
                        | "cylinder"
                        | "db"
                        | "database"
                        | "disk"
                        | "das"
                        | "lin-cyl"
                        | "h-cyl"
                        | "bow-rect"
                        | "datastore"
                )
            })
            .map(|_| NodeKind::Store);
        rest = body.get(end + 1..)?;
    } else if let Some((opener, closers, hint)) = SHAPES.iter().find(|(opener, ..)| rest.starts_with(opener)) {
        let body = rest.get(opener.len()..)?;
        let (end, closer) = shape_end(body, closers)?;
        label = body.get(..end);
        kind = *hint;
        rest = body.get(end + closer..)?;
    }
    if let Some(class) = rest.strip_prefix(":::") {
        let end = class.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(class.len());
        rest = class.get(end..)?;
    }
    Some((graph.node(id, label, kind, line), rest))
}

/// The end of a node's name: a dash belongs to it unless a link begins there.
fn id_length(text: &str) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        let inside = c.is_alphanumeric()
            || matches!(c, '_' | '/' | '#' | '\'' | '*' | '$')
            || (c == '.' && !rest.starts_with(".-"))
            || (c == ':' && !rest.starts_with(":::"))
            || (c == '-' && !rest.starts_with("--") && !rest.starts_with("-.") && !rest.starts_with("->"));
        if !inside {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// Where the shape's text ends; a quoted label may hold the closing brackets.
fn shape_end(body: &str, closers: &[&str]) -> Option<(usize, usize)> {
    let skip = match body.trim_start().strip_prefix('"') {
        Some(quoted) => body.len() - quoted.len() + quoted.find('"').map_or(0, |end| end + 1),
        None => 0,
    };
    let rest = body.get(skip..)?;
    closers.iter().filter_map(|closer| rest.find(closer).map(|at| (skip + at, closer.len()))).min()
}

fn field<'d>(data: &'d str, name: &str) -> Option<&'d str> {
    let after = data.split_once(name)?.1.trim_start().strip_prefix(':')?.trim_start();
    match after.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => after.split([',', '}']).next().map(str::trim),
    }
}

/// A link at the head of `text`: its label, whether it points both ways, and what follows.
fn link(text: &str) -> Option<(&str, bool, &str)> {
    // A named edge: `e1@-->`
    let text = match text.split_once('@') {
        Some((name, rest))
            if !name.is_empty() && name.chars().all(char::is_alphanumeric) && rest.starts_with(['-', '=', '<']) =>
        {
            rest
        }
        _ => text,
    };
    let (back, body) = match text.strip_prefix('<') {
        Some(body) => (true, body),
        None => (
            false,
            text.strip_prefix(['o', 'x'])
                .filter(|rest| rest.starts_with("--") || rest.starts_with("=="))
                .unwrap_or(text),
        ),
    };
    let run = stroke(body);
    if run < 2 {
        return None;
    }
    let after = body.get(run..)?;
    let (head, after) = arrow_head(after);
    if head || run > 2 {
        return Some(piped(after, back && head));
    }
    // `-- text -->`: the text runs to the next stroke.
    let close = after.char_indices().map(|(at, _)| at).find(|&at| {
        let rest = after.get(at..).unwrap_or_default();
        stroke(rest) >= 2
    })?;
    let label = after.get(..close)?;
    let rest = after.get(close..)?;
    let (head, rest) = arrow_head(rest.get(stroke(rest)..)?);
    Some((label.trim(), back && head, rest))
}

fn stroke(text: &str) -> usize {
    text.bytes().take_while(|b| matches!(b, b'-' | b'=' | b'.' | b'~')).count()
}

fn arrow_head(text: &str) -> (bool, &str) {
    match text.strip_prefix('>') {
        Some(rest) => (true, rest),
        None => match text.strip_prefix(['o', 'x']) {
            Some(rest) if rest.starts_with([' ', '|']) => (true, rest),
            _ => (false, text),
        },
    }
}

/// `|label|` after the arrow.
fn piped(text: &str, both: bool) -> (&str, bool, &str) {
    let label = text.trim_start().strip_prefix('|').and_then(|rest| rest.split_once('|'));
    let (label, rest) = label.unwrap_or(("", text));
    (label, both, rest)
}
