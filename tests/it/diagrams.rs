//! Diagrams as graphs.

use threadmodel::document::{Diagram, Document, Graph, HiddenKind, NodeKind};

fn graph(language: &str, source: &str) -> Graph {
    let document = Document::parse("a.md", &format!("```{language}\n{source}\n```\n"));
    match &document.diagrams()[0].diagram {
        Diagram::Graph(graph) => graph.clone(),
        Diagram::Unread { .. } => panic!("unread: {source}"),
    }
}

/// One line a node `id "label" kind @zone`, one a zone, one an edge.
fn show(graph: &Graph) -> String {
    let zone = |zone: Option<usize>| zone.map_or(String::new(), |zone| format!(" @{}", graph.zones[zone].label));
    let mut out = String::new();
    for z in &graph.zones {
        out += &format!("zone {}{} :{}\n", z.label, zone(z.parent), z.line);
    }
    for n in &graph.nodes {
        out += &format!("{} {:?} {:?}{} :{}\n", n.id, n.label, n.kind, zone(n.zone), n.line);
    }
    for e in &graph.edges {
        let arrow = if e.both { "<->" } else { "->" };
        let label = e.label.as_deref().map_or(String::new(), |label| format!(" {label:?}"));
        out += &format!("{} {arrow} {}{label} :{}\n", graph.nodes[e.from].id, graph.nodes[e.to].id, e.line);
    }
    out
}

#[test]
fn a_flowchart_is_a_graph_with_zones() {
    let source = "flowchart LR\n  %% a secret note\n  U([User]) -->|HTTPS| gw[\"API <br/> Gateway (v2)\"]\n  subgraph dmz [The DMZ]\n    gw --> auth-svc{Auth}\n    subgraph core\n      auth-svc -- \"SQL over TLS\" --> pg[(Accounts)]\n    end\n  end\n  a & b -.-> c:::red; c <--> d ==> e((E))\n  d --text--- f\n  x ~~~ y\n  classDef red fill:#f00\n  q@{ shape: cyl, label: \"Jobs\" }";
    insta::assert_snapshot!(show(&graph("mermaid", source)), @r#"
    zone The DMZ :5
    zone core @The DMZ :7
    U "User" Actor :4
    gw "API Gateway (v2)" Process @The DMZ :4
    auth-svc "Auth" Process @The DMZ :6
    pg "Accounts" Store @core :8
    a "a" Process :11
    b "b" Process :11
    c "c" Process :11
    d "d" Process :11
    e "E" Actor :11
    f "f" Process :12
    x "x" Process :13
    y "y" Process :13
    q "Jobs" Store :15
    U -> gw "HTTPS" :4
    gw -> auth-svc :6
    auth-svc -> pg "SQL over TLS" :8
    a -> c :11
    b -> c :11
    c <-> d :11
    d -> e :11
    d -> f "text" :12
    x -> y :13
    "#);
    let document = Document::parse("a.md", &format!("```mermaid\n{source}\n```\n"));
    let hidden = &document.hidden()[0];
    assert_eq!((hidden.kind, hidden.text.as_str(), hidden.line), (HiddenKind::SourceComment, "a secret note", 3));
}

#[test]
fn a_sequence_diagram_is_a_graph() {
    let source = "sequenceDiagram\n  autonumber\n  actor U as The user\n  box Purple Inside\n  participant api-gw as API\n  participant D@{ \"type\": \"database\" }\n  end\n  U->>+api-gw: GET /x: y\n  alt ok\n    api-gw-->>U: 200\n  else no\n    api-gw--xU: 500\n  end\n  Note over U: hi - there\n  api-gw-)D: write";
    insta::assert_snapshot!(show(&graph("mermaid", source)), @r#"
    zone Inside :5
    U "The user" Actor :4
    api-gw "API" Process @Inside :6
    D "D" Store @Inside :7
    U -> api-gw "GET /x: y" :9
    api-gw -> U "200" :11
    api-gw -> U "500" :13
    api-gw -> D "write" :16
    "#);
}

#[test]
fn plantuml_is_a_graph() {
    let source = "@startuml\n' note to self\nactor Alice\ndatabase \"User DB\" as db\npackage \"Backend\" {\n  [Api server] as api\n  component Worker\n}\nAlice -> api : login\napi --> db: read\ndb <-- Worker\n[Api server] ..> \"Other\" : x\n@enduml";
    insta::assert_snapshot!(show(&graph("plantuml", source)), @r#"
    zone Backend :6
    Alice "Alice" Actor :4
    db "User DB" Store :5
    api "Api server" Process @Backend :7
    Worker "Worker" Process @Backend :8
    Api server "Api server" Process :13
    Other "Other" Process :13
    Alice -> api "login" :10
    api -> db "read" :11
    Worker -> db :12
    Api server -> Other "x" :13
    "#);
}

#[test]
fn what_is_not_read_is_kept() {
    for (language, source) in [("mermaid", "gantt\n  title X"), ("dot", "digraph { a -> b }"), ("mermaid", "")] {
        let document = Document::parse("a.md", &format!("```{language}\n{source}\n```\n"));
        match &document.diagrams()[0].diagram {
            Diagram::Unread { language: kept, text } => {
                assert_eq!((kept.as_str(), text.trim_end()), (language, source))
            }
            Diagram::Graph(graph) => panic!("{graph:?}"),
        }
    }
    assert!(Document::parse("a.md", "```rust\na --> b\n```\n").diagrams().is_empty());
}

#[test]
fn a_diagram_in_a_list_keeps_its_lines() {
    let document = Document::parse("a.md", "- x\n\n  ```mermaid\n  graph TD; A-->B\n  B-->C\n  ```\n");
    let Diagram::Graph(graph) = &document.diagrams()[0].diagram else { panic!() };
    assert_eq!(graph.edges.iter().map(|e| e.line).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(graph.nodes[0].kind, NodeKind::Process);
}
