//! Parts and flows out of tables: columns named "from" and "to", lists of components, stores and roles.

use super::flows::Flow;
use super::parts::{Kind, Parts, Place, Sort};
use super::words::{self, Span};
use crate::document::{Document, Table, TableRow};

/// What the column heads say.
#[derive(Default)]
struct Columns {
    from: Option<usize>,
    to: Option<usize>,
    what: Option<usize>,
    part: Option<(usize, Kind)>,
}

/// Reads every table. `statements` gives the index of the statement that stands on a line.
pub(super) fn read(
    document: &Document,
    statement_at: impl Fn(u32) -> Option<usize>,
    parts: &mut Parts,
    out: &mut Vec<Flow>,
) {
    for table in document.tables() {
        let columns = columns(table);
        for row in &table.rows {
            let place = statement_at(row.line).map(|statement| Place::Statement { statement, at: 0 });
            let place = place.unwrap_or(Place::Line(row.line));
            if let (Some(from), Some(to)) = (columns.from, columns.to) {
                let from = cell(row, from).and_then(|name| parts.named(name, sort(name, Kind::Process), place));
                let to = cell(row, to).and_then(|name| parts.named(name, sort(name, Kind::Process), place));
                if let (Some(from), Some(to)) = (from, to)
                    && from != to
                {
                    let label = columns.what.and_then(|c| cell(row, c)).unwrap_or_default().to_owned();
                    out.push(Flow { from: Some(from), to: Some(to), label, place, drawn: true });
                }
            } else if let Some((column, kind)) = columns.part
                && let Some(found) = cell(row, column).and_then(|name| parts.named(name, sort(name, kind), place))
                && let Some(entity) = parts.list.get_mut(found)
            {
                entity.mentions = entity.mentions.saturating_add(1);
            }
        }
    }
}

fn cell(row: &TableRow, column: usize) -> Option<&str> {
    let name = row.cells.get(column)?.trim();
    // A cell that holds a sentence names nothing.
    (!name.is_empty()
        && name.split_whitespace().count() <= 5
        && !name.ends_with('.')
        && name.chars().any(char::is_alphabetic))
    .then_some(name)
}

/// What a name in a cell is: by its last word, else what the column says.
pub(super) fn sort(name: &str, column: Kind) -> Sort {
    let known = known_sort(name).filter(|s| s.kind != Kind::Data);
    known.unwrap_or(Sort { kind: column, vague: false, client: false })
}

/// What a name is by its last word.
pub(super) fn known_sort(name: &str) -> Option<Sort> {
    let mut list = Vec::new();
    words::split(name, &[], &mut list);
    super::parts::sort_of(&list, Span { start: 0, end: list.len() })
}

fn columns(table: &Table) -> Columns {
    let mut columns = Columns::default();
    for (i, head) in table.header.cells.iter().enumerate() {
        let head = head.trim().to_ascii_lowercase();
        let slot = match head.as_str() {
            "from" | "source" | "sender" | "caller" | "origin" => &mut columns.from,
            "to" | "destination" | "target" | "receiver" | "callee" => &mut columns.to,
            "data" | "what" | "payload" | "message" | "content" | "description" | "purpose" | "protocol" => {
                &mut columns.what
            }
            _ => {
                let kind = match head.as_str() {
                    "component" | "components" | "service" | "services" | "process" | "module" | "system" => {
                        Kind::Process
                    }
                    "actor" | "actors" | "role" | "roles" | "persona" | "who" => Kind::Actor,
                    "store" | "data store" | "datastore" | "database" | "bucket" => Kind::Store,
                    "third party" | "provider" | "vendor" | "external system" => Kind::ThirdParty,
                    _ => continue,
                };
                columns.part = columns.part.or(Some((i, kind)));
                continue;
            }
        };
        *slot = slot.or(Some(i));
    }
    columns
}
