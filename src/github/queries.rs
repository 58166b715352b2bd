//! The GraphQL documents, as files so that they can be read and validated against GitHub's schema.

use std::fmt::Write as _;

macro_rules! document {
    ($($file:literal),+) => { concat!($(include_str!($file)),+) };
}

/// What moves, a page of each list.
pub const PULL: &str = document!("queries/pull.graphql", "queries/thread_comment.graphql", "queries/who.graphql");
/// The rest of a long thread.
pub const THREAD: &str = document!("queries/thread.graphql", "queries/thread_comment.graphql", "queries/who.graphql");
/// The last reading.
pub const STILL: &str = include_str!("queries/still.graphql");
/// Posts by id.
pub const PROBE: &str = include_str!("queries/probe.graphql");

/// Lookups in one `trees` query: each costs GitHub a walk through a tree.
pub const TREES_AT_ONCE: usize = 40;

/// Asks which blob stands at each of `files` paths, and whether each of `commits` commits is there at all. The variables are
/// `e0`… (`sha:path`) and `c0`… (`sha`).
pub fn trees(commits: usize, files: usize) -> String {
    let mut variables = String::from("$owner: String!, $name: String!");
    let mut fields = String::new();
    for i in 0..commits {
        let _ = write!(variables, ", $c{i}: String!");
        let _ = write!(fields, "\n    c{i}: object(expression: $c{i}) {{ __typename }}");
    }
    for i in 0..files {
        let _ = write!(variables, ", $e{i}: String!");
        let _ = write!(fields, "\n    e{i}: object(expression: $e{i}) {{ __typename oid ... on Blob {{ byteSize }} }}");
    }
    format!(
        "query Trees({variables}) {{\n  repository(owner: $owner, name: $name) {{\n    databaseId{fields}\n  }}\n}}\n"
    )
}

/// Every document, for validation.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("pull", PULL.to_owned()),
        ("thread", THREAD.to_owned()),
        ("still", STILL.to_owned()),
        ("probe", PROBE.to_owned()),
        ("trees", trees(2, 3)),
    ]
}
