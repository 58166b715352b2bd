//! Diagrams that are written as text, as graphs: who is there, what flows where, which boundary is around whom.

mod flowchart;
mod plantuml;
mod sequence;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;

/// A diagram in a block of code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Diagram {
    /// Nodes and edges.
    Graph(Graph),
    /// A diagram in a language, or of a kind, that is not read.
    Unread {
        /// As the fence names it.
        language: String,
        /// The source.
        text: String,
    },
}

/// Which notation a graph was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GraphKind {
    /// Mermaid `flowchart` or `graph`.
    Flowchart,
    /// Mermaid `sequenceDiagram`; edges are messages in order.
    Sequence,
    /// PlantUML, sequence or component.
    PlantUml,
}

/// Nodes, edges and the zones around nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graph {
    /// The notation.
    pub kind: GraphKind,
    /// In order of appearance.
    pub nodes: Vec<Node>,
    /// In order of appearance.
    pub edges: Vec<Edge>,
    /// In order of appearance.
    pub zones: Vec<Zone>,
}

/// What the shape or the label of a node hints at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NodeKind {
    /// A person or system outside.
    Actor,
    /// Keeps data.
    Store,
    /// Anything else.
    Process,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The name that the source uses.
    pub id: String,
    /// The name that a reader sees.
    pub label: String,
    /// A hint.
    pub kind: NodeKind,
    /// The innermost zone, an index into [`Graph::zones`].
    pub zone: Option<usize>,
    /// The line of the document where it first appears.
    pub line: u32,
}

/// An edge or message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// An index into [`Graph::nodes`].
    pub from: usize,
    /// An index into [`Graph::nodes`].
    pub to: usize,
    /// What is written on it.
    pub label: Option<String>,
    /// Whether it points both ways.
    pub both: bool,
    /// The line of the document.
    pub line: u32,
}

/// A box around nodes: a trust zone, by intention or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// What is written on it.
    pub label: String,
    /// The zone around it, an index into [`Graph::zones`].
    pub parent: Option<usize>,
    /// The line of the document where it begins.
    pub line: u32,
}

/// A diagram and the comments in its source, with their lines.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) diagram: Diagram,
    pub(super) comments: Vec<(u32, String)>,
}

/// Reads a block of code; none when it is no diagram. `first_line` is the line of its first line in the document.
pub(super) fn read(language: &str, text: &str, first_line: u32) -> Option<Found> {
    let name = language.trim_matches(['{', '}', '.']).to_ascii_lowercase();
    let mut comments = Vec::new();
    let graph = match name.as_str() {
        "mermaid" => mermaid(text, first_line, &mut comments),
        "plantuml" | "puml" | "uml" => Some(plantuml::read(text, first_line, &mut comments)),
        "dot" | "graphviz" | "d2" | "ditaa" | "structurizr" | "svgbob" => None,
        _ if text.trim_start().starts_with("@startuml") => Some(plantuml::read(text, first_line, &mut comments)),
        _ => return None,
    };
    let diagram = match graph.filter(|graph| !graph.nodes.is_empty()) {
        Some(graph) => Diagram::Graph(graph),
        None => Diagram::Unread { language: language.to_owned(), text: text.to_owned() },
    };
    Some(Found { diagram, comments })
}

fn mermaid(text: &str, first_line: u32, comments: &mut Vec<(u32, String)>) -> Option<Graph> {
    let mut lines = Vec::new();
    let mut in_head = false;
    for (n, line) in (first_line..).zip(text.lines()) {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix("%%") {
            comments.push((n, comment.to_owned()));
        } else if line == "---" && (lines.is_empty() || in_head) {
            in_head = !in_head; // configuration at the head of the diagram
        } else if !line.is_empty() && !in_head {
            lines.push((n, line));
        }
    }
    let lines = joined(&lines);
    let lines: Vec<(u32, &str)> = lines.iter().map(|(n, line)| (*n, line.as_ref())).collect();
    let (&(_, head), body) = lines.split_first()?;
    let keyword = head.split([' ', ';']).next().unwrap_or(head);
    match keyword {
        "graph" | "flowchart" | "flowchart-elk" => {
            // `graph TD; A-->B`: statements may follow on the same line.
            let rest = head.split_once(';').map(|(_, rest)| (lines.first().map_or(first_line, |l| l.0), rest));
            Some(flowchart::read(rest.into_iter().chain(body.iter().copied())))
        }
        "sequenceDiagram" => Some(sequence::read(body)),
        _ => None,
    }
}

/// Lines that a quoted label runs over are one.
fn joined<'l>(lines: &[(u32, &'l str)]) -> Vec<(u32, Cow<'l, str>)> {
    /// No label has more lines: a quote was forgotten.
    const MOST: usize = 8;
    let is_open = |text: &str| text.bytes().filter(|b| *b == b'"').count() % 2 == 1;
    let mut out: Vec<(u32, Cow<'l, str>)> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while let Some(&(n, first)) = lines.get(at) {
        at += 1;
        if !is_open(first) {
            out.push((n, Cow::Borrowed(first)));
            continue;
        }
        let rest = lines.get(at..lines.len().min(at + MOST)).unwrap_or_default();
        let Some(closing) = rest.iter().position(|(_, text)| is_open(text)) else {
            out.push((n, Cow::Borrowed(first)));
            continue;
        };
        let mut label = first.to_owned();
        for (_, text) in rest.iter().take(closing + 1) {
            label.push(' ');
            label.push_str(text);
        }
        out.push((n, Cow::Owned(label)));
        at += closing + 1;
    }
    out
}

/// Collects a graph; nodes are known by the name that the source uses.
#[derive(Debug)]
struct Builder {
    graph: Graph,
    by_id: HashMap<String, usize>,
    open: Vec<usize>,
}

impl Builder {
    fn new(kind: GraphKind) -> Self {
        let graph = Graph { kind, nodes: Vec::new(), edges: Vec::new(), zones: Vec::new() };
        Self { graph, by_id: HashMap::new(), open: Vec::new() }
    }

    /// The node of this name; `label` and `kind` where the source gives them here.
    fn node(&mut self, id: &str, label: Option<&str>, kind: Option<NodeKind>, line: u32) -> usize {
        let zone = self.open.last().copied();
        let index = *self.by_id.entry(id.to_owned()).or_insert_with(|| {
            let label = plain(id);
            let kind = hint(&label);
            self.graph.nodes.push(Node { id: id.to_owned(), label, kind, zone, line });
            self.graph.nodes.len() - 1
        });
        if let Some(node) = self.graph.nodes.get_mut(index) {
            if let Some(label) = label {
                node.label = plain(label);
                node.kind = hint(&node.label);
            }
            if let Some(kind) = kind {
                node.kind = kind;
            }
            node.zone = node.zone.or(zone);
        }
        index
    }

    fn edge(&mut self, from: usize, to: usize, label: &str, both: bool, line: u32) {
        let label = Some(plain(label)).filter(|label| !label.is_empty());
        self.graph.edges.push(Edge { from, to, label, both, line });
    }

    fn open_zone(&mut self, label: &str, line: u32) {
        let parent = self.open.last().copied();
        self.open.push(self.graph.zones.len());
        self.graph.zones.push(Zone { label: plain(label), parent, line });
    }

    fn close_zone(&mut self) {
        self.open.pop();
    }
}

/// A label as a reader sees it: quotes and HTML breaks gone, white space folded.
fn plain(label: &str) -> String {
    let label = label.trim().trim_matches(['"', '`', '\'']);
    let mut out = String::with_capacity(label.len());
    super::html::pieces(label, |_, piece| match piece {
        super::html::Piece::Text(text) => out.push_str(&super::html::decode(text)),
        _ => out.push(' '),
    });
    let out = out.replace("\\n", " ");
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a label says about its node.
fn hint(label: &str) -> NodeKind {
    const ACTORS: &[&str] = &[
        "user",
        "users",
        "actor",
        "client",
        "browser",
        "admin",
        "administrator",
        "operator",
        "customer",
        "attacker",
        "developer",
        "visitor",
        "owner",
        "person",
        "human",
    ];
    const STORES: &[&str] = &[
        "db",
        "database",
        "store",
        "storage",
        "bucket",
        "s3",
        "cache",
        "redis",
        "postgres",
        "postgresql",
        "mysql",
        "sqlite",
        "etcd",
        "disk",
        "vault",
        "table",
        "queue",
        "kafka",
        "log",
        "logs",
        "blob",
        "warehouse",
    ];
    /// Who ends in one of these runs, whatever stands before: "User service", "Log shipper".
    const RUNS: &[&str] = &[
        "service",
        "server",
        "api",
        "page",
        "worker",
        "controller",
        "plugin",
        "app",
        "application",
        "backend",
        "frontend",
        "gateway",
        "proxy",
        "manager",
        "endpoint",
        "handler",
        "agent",
        "shipper",
        "operator",
        "component",
        "module",
        "function",
        "job",
        "process",
        "processor",
        "adapter",
        "engine",
        "provider",
        "token",
        "request",
        "portal",
        "ui",
    ];
    let lower = label.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let before_bracket = lower.split('(').next().unwrap_or_default();
    let last = before_bracket.split(|c: char| !c.is_alphanumeric() && c != '_').rfind(|word| !word.is_empty());
    // A sentence is a step, not a part.
    let alone = words.clone().count() == 1;
    if last.is_none_or(|last| RUNS.contains(&last) && !alone) || words.clone().count() > 5 {
        return NodeKind::Process;
    }
    let has = |list: &[&str]| words.clone().any(|word| list.contains(&word));
    if has(STORES) {
        NodeKind::Store
    } else if has(ACTORS) {
        NodeKind::Actor
    } else {
        NodeKind::Process
    }
}
